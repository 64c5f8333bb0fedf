/* inspect: the whole examination of one content: type, digests, facts, findings.
 *
 * inspect_content reads a content once (of contents above CONTENT_WHOLE the certificate table twice, and
 * everything if there are rules; a change journal of which events are chosen twice) and appends rows
 * (base/row.h) of the tables hashes, pe, pe_section, certificate_entry, signature, finding and
 * finding_detail, none of them longer than INSPECT_ROW; details follow their finding. Columns that the parent
 * knows (artifact, id) are left to it. Damage never stops it: the job's fault and notes end as findings of
 * `damaged`. Memory is the job's; a job must be allowed to hold INSPECT_MEMORY for contents of any size. */
#ifndef DETECT_INSPECT_H
#define DETECT_INSPECT_H

#include "base/digest.h"
#include "base/text.h"
#include "model/content.h"

struct yara; /* detect/yara.h */

enum {
    INSPECT_ROW = 100 << 10,  /* bytes of the longest row */
    INSPECT_TABLE = 16 << 20, /* bytes of a certificate table that are read if it lies behind CONTENT_WHOLE */
    INSPECT_MEMORY = 160 << 20 /* bytes of job memory that suffice for any content */
};

/* How hard to look whether a content is the log of a volume ($LogFile). */
enum inspect_log {
    INSPECT_LOG_HEAD,  /* by its head, and by its name if that is blank */
    INSPECT_LOG_PROBE, /* if the head is blank, by what lies behind it too, which costs reads; so for change
                          journals whose hole is zeros */
    INSPECT_LOG_SURE   /* it is, whatever is in it */
};

/* The directory whose index of names ($I30) a content is. */
struct inspect_directory {
    uint64_t record;
    uint16_t sequence;  /* that its entries name */
    uint32_t block;     /* bytes of an index block: a power of two from 512 to 65536 */
    struct span root;   /* value of $INDEX_ROOT */
    struct span bitmap; /* of blocks in use; what it does not reach is not known */
    bool has_blocks;    /* the content is $INDEX_ALLOCATION; else `root` is all there is */
    /* Is that record there, with this sequence number, and are these its times, in $STANDARD_INFORMATION or
     * in a $FILE_NAME? NULL: it is not known. */
    bool (*agrees)(const void *context, uint64_t record, uint16_t sequence, const uint64_t times[4]);
    const void *context;
};

/* What the file records of a volume tell of one file. Times in the order of model/listing.h. */
struct inspect_stamps {
    const uint64_t *si, *fn; /* of $STANDARD_INFORMATION and of the first $FILE_NAME; NULL: there is none */
    uint16_t sequence;
    bool deleted; /* not in use: the sequence number has been counted on */
};

/* The volume whose change journal a content is. */
struct inspect_volume {
    uint64_t records; /* their numbers are below */
    bool (*stamps)(const void *context, uint64_t record,
                   struct inspect_stamps *ret);           /* false: no file there */
    bool (*wanted)(const void *context, uint64_t record); /* all its events are to be kept; NULL: of none */
    const void *context;
};

/* The folder that a content lies in. */
struct inspect_beside {
    /* All bytes of the file in it that has the content's name with `ending` behind it, in memory of `job`.
     * False if there is none, or none that can be read or has at most `most` bytes, which is noted. */
    bool (*read)(const void *context, struct job *job, const char *ending, uint64_t most, struct span *ret);
    const void *context;
};

struct inspect_options {
    bool inspect;    /* decode and detect; without it a content is at most digested */
    bool hash;       /* digest every content wholly, whatever it is */
    bool md5, sha1;  /* further digests of what is read wholly */
    bool trust_only; /* with inspect: signatures and the version resource, and only the digests they need */
    bool package;    /* the content may belong to an Appx package: pe.blocks is wanted */
    bool journal;    /* the content is a change journal ($UsnJrnl:$J), whose start may be a hole */
    bool zone;       /* the content is a mark of the web (stream Zone.Identifier) */
    enum inspect_log log;
    bool keep_events; /* rows of all live entries of an index, not only of those that the records do not bear
                         out; of all records of a journal or an event log; of all keys of a hive */
    bool release;     /* with inspect and hash: what a comparison of releases asks for, too
                         (detect/inspect_release.h) */
    const struct inspect_directory *directory; /* the content is its index; NULL otherwise */
    const struct inspect_volume *volume;       /* with journal: whose it is, so that events can be chosen
                                                  (detect/inspect_usn_choice.h); NULL: not known, all are kept */
    const struct inspect_beside
        *beside; /* for the logs of a dirty hive and of a browser's history; NULL: nothing is known */
    void (*flush)(void *context); /* takes over what is in `rows` and clears it, while a content yields many;
                                     NULL: nobody does */
    void *flush_context;
    bool (*carries)(void *context, struct span image); /* does this program, all of which is there, carry a
                                                          container? NULL: nobody asks */
    void *carries_context;
    struct yara *rules; /* with inspect: to be tried on the content, which is read for it; NULL: none */
    const char *path;   /* with rules: of the file, stored form, with backslashes; NULL or "": not known */
    bool tell_once;     /* rows of table certificate only the first time in this process */
    uint64_t now;       /* FILETIME as of which signatures without a time stamp are judged */
    uint64_t max_size;  /* larger contents are not read, nor that much of a journal (its holes do not
                           count); 0: no limit */
};

enum inspect_type {
    INSPECT_NONE,
    INSPECT_PE,
    INSPECT_CATALOG,
    INSPECT_PACKAGE,
    INSPECT_JOURNAL,
    INSPECT_LOGFILE,
    INSPECT_INDEX,
    INSPECT_ZONE,
    INSPECT_PREFETCH,
    INSPECT_LNK,
    INSPECT_HIVE,
    INSPECT_EVENTS,
    INSPECT_PICTURE, /* small ones, whose end is looked for */
    INSPECT_HOSTS,
    INSPECT_OS_RELEASE,
    INSPECT_FIREWALL,
    INSPECT_HISTORY, /* of a browser */
    INSPECT_TASK,
    INSPECT_WMI
};

enum inspect_state {
    INSPECT_READ,   /* wholly, or as far as its source could */
    INSPECT_HEAD,   /* nothing in its first bytes asked for more */
    INSPECT_SKIPPED /* it should have been read, but see reason */
};

struct inspect_result {
    enum inspect_type type;
    enum inspect_state state;
    const char *reason; /* constant; NULL unless skipped */
    uint64_t bytes;     /* read from the source, besides the head */
    bool has_sha256;    /* false too if bytes were missing */
    uint8_t sha256[32];
    bool carries; /* a program that carries a container as options.carries says, or is too large to be asked
                     and has bytes behind its image or large resources */
    unsigned faulted; /* mask of 1 << enum fault_code that occurred */
};

/* A trusted root, or a certificate that helps to reach one; purposes as X509_FOR_* (format/x509.h). */
struct inspect_root {
    struct span der;
    unsigned purposes;
};

/* Everything that must happen before the process is confined; afterwards inspect_content opens no file, loads
 * no library and asks for no locale. Once in a process. The roots' bytes must stay. */
bool inspect_prepare(const struct inspect_root *roots, size_t count) MUST_USE;

/* `name` is the file name in stored form, "" if unknown. `rows` is appended to. The job must be fresh. */
void inspect_content(struct content *content, const char *name, struct job *job,
                     const struct inspect_options *options, struct text *rows, struct inspect_result *ret);

/* "none", "pe", "catalog", "package", "journal", "logfile", "index", "zone", "prefetch", "lnk", "hive",
 * "events", "picture", "hosts", "firewall", "history", "task", "wmi" and "read", "head", "skipped". */
const char *inspect_type_word(enum inspect_type type);
const char *inspect_state_word(enum inspect_state state);

#endif
