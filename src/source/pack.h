/* pack: a container of a release (installer, package, archive, bundle) as a stream of members.
 *
 * What unpacks in one pass only (solid 7z, cabinets, installers) and what does not have one shape here:
 * members come one after the other, and of the one that came last the bytes can be read forward, once. What
 * is not read is skipped. Nothing is written anywhere, nothing is run.
 *
 * A format is one file, source/pack_x.c, ending in a `const struct pack_format pack_x`, and one line in
 * packs.def. Its decoders of bytes are in format/.
 *
 * Paths: stored form (base/text.h), separators `/`, no leading or trailing slash, `.` and empty components
 * dropped; what could lead out of a folder (`..`, a drive, an absolute path) is kept as a component and told
 * by PACK_UNSAFE. Members with equal paths are all given.
 *
 * Everything that is not understood is told: a member whose content cannot be had has `reason`; a container
 * of which a part is not understood has PACK_PARTIAL facts. Damage is noted in the job (TORN, BAD, LIMIT,
 * UNSUPPORTED, IO) at its offset in the container. Bounds: `limits`, and each format's own caps; time grows
 * with the bytes that are read and given, not with what headers say. */
#ifndef SOURCE_PACK_H
#define SOURCE_PACK_H

#include "base/job.h"
#include "base/span.h"
#include "source/reader.h"

enum {
    PACK_PATH = 32767,       /* bytes of a path; longer ones are cut, and noted */
    PACK_MEMBERS = 1 << 20,  /* members of one container; more are a LIMIT note, and the walk ends */
    PACK_WINDOW = 128 << 20, /* bytes of a decompressor's dictionary at most */
    PACK_TABLE = 64 << 20    /* bytes of a directory or header that is held in memory at most */
};
#define PACK_UNKNOWN UINT64_MAX /* a size that is not told before the bytes are read */

enum pack_flag {
    PACK_DIRECTORY = 1,
    PACK_LINK = 2,        /* symbolic or hard: no content of its own */
    PACK_ENCRYPTED = 4,   /* reason says how */
    PACK_UNSUPPORTED = 8, /* reason says what */
    PACK_UNSAFE = 16,     /* its path could lead out of a folder */
    PACK_DAMAGED = 32,    /* what is there cannot be all of it; noted in the job when it is read */
    PACK_OWN = 64, /* belongs to the installer itself: script, user interface, what runs while it installs */
    PACK_DELTA = 128 /* not a file but the difference to one (MSP, Squirrel) */
};

struct pack_member {
    struct span path;   /* all spans are the pack's, until the next member */
    struct span role;   /* what the container says it is for: an MSI's component or binary; may be empty */
    uint64_t size;      /* bytes, as told; PACK_UNKNOWN */
    uint64_t modified;  /* FILETIME, 0 if not told */
    uint32_t flags;     /* enum pack_flag */
    const char *reason; /* constant words: why its bytes cannot be read; NULL if they can */
};

/* What a container says beside its members, such as product, version, what it runs. `kind` is one of these
 * words: "product", "version", "publisher", "product-code", "upgrade-code", "writer" (which program made it,
 * with version), "custom-action", "service", "run", "registry", "shortcut", "transform" (which tables it
 * changes), "integrity", "entry-point", "download" (what would be fetched, and from where), "partial" (a part
 * that is not understood). */
struct pack_fact {
    const char *kind;
    struct span name, value; /* stored form */
};

struct pack;

/* Another file beside the container, by its name in any case (external cabinets). False if there is none. */
typedef bool pack_sibling(void *context, struct job *job, struct span name, struct evidence_reader *ret);

struct pack_format {
    const char *name; /* "cab", "msi", "7z" */
    /* Cheap, by the first 4096 bytes (or all there are) and the size: could this be it? */
    bool (*suspect)(struct span head, uint64_t size);
    /* Reads what is needed to begin, with the memory of pack->memory. False with a fault there if it is none
     * after all (BAD, TORN), a kind that is not read (UNSUPPORTED), or memory runs out (LIMIT). */
    bool (*open)(struct pack *pack);
    /* The next of all members; false at the end. `job` takes notes. */
    bool (*next)(struct pack *pack, struct job *job, struct pack_member *ret);
    /* Up to `size` bytes more of the member that came last; fewer than asked only at its end, which damage
     * may be (noted). */
    size_t (*read)(struct pack *pack, struct job *job, uint8_t *to, size_t size);
    /* The next fact; false at the end. May be NULL; before, between or after members. */
    bool (*fact)(struct pack *pack, struct job *job, struct pack_fact *ret);
    /* Frees what is not the job's: may be NULL. */
    void (*close)(struct pack *pack);
};

struct pack {
    const struct pack_format *format;
    struct evidence_reader reader; /* of the container: offsets from its start */
    struct job *memory;            /* holds all until the pack is closed and the job reset; the caller's */
    pack_sibling *sibling;         /* NULL: none are known */
    void *sibling_context;
    struct span name; /* of the container's own file, without its folder; empty if it is not known */
    void *state;      /* the format's */
};

#endif
