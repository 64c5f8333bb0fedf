/* ntfs_index: all file records of one NTFS volume, or of a $MFT of its own, in one sparse memfd.
 *
 * One process builds it in one sequential pass over $MFT; others map it read-only and do not trust it:
 * ntfs_index_open checks the header and every section's bounds, and every accessor checks the number it is
 * given and the offsets it follows. An accessor given a number that is not there returns NULL,
 * NTFS_INDEX_NONE or an empty span. Mappings end with the process or with ntfs_index_close.
 *
 * rows     one a record number, dense; all zero where there is no base record (unused, unreadable, extension)
 * names    stored forms (base/text.h), followed by the raw UTF-16LE where the stored form had to escape some
 * links    further $FILE_NAMEs that are not DOS-only, chained per record in order of appearance
 * streams  named $DATA; with want_content also unnamed $DATA and index roots other than $I30; with
 * want_indexes also what makes up $I30; chained likewise extents, resident, order   only with want_content
 *
 * Chains are strictly ascending, so they end. Names of the DOS namespace are not kept unless a record has no
 * other. Memory that is touched: about 104 bytes a record, its names, and 72 bytes a further link. */
#ifndef SOURCE_NTFS_INDEX_H
#define SOURCE_NTFS_INDEX_H

#include "base/job.h"
#include "base/span.h"
#include "format/ntfs_boot.h"
#include "source/reader.h"

#define NTFS_INDEX_NONE   UINT32_MAX /* no link, no stream, no parent */
#define NTFS_INDEX_SPARSE UINT64_MAX /* as ntfs_extent.cluster: reads as zeros */

enum { NTFS_INDEX_RECORDS = 1 << 27, NTFS_INDEX_LABEL = 800, NTFS_INDEX_DEPTH = 64 };

enum ntfs_row_flag {
    NTFS_ROW_PRESENT = 1, /* a base record is here; all other fields mean nothing without it */
    NTFS_ROW_DELETED = 2, /* not in use */
    NTFS_ROW_DIRECTORY = 4,
    NTFS_ROW_DATA = 8, /* has an unnamed $DATA; the next four describe it */
    NTFS_ROW_COMPRESSED = 16,
    NTFS_ROW_ENCRYPTED = 32,
    NTFS_ROW_SPARSE = 64,
    NTFS_ROW_RESIDENT = 128,
    NTFS_ROW_REPARSE = 256,   /* has a $REPARSE_POINT */
    NTFS_ROW_WOF = 512,       /* its tag is IO_REPARSE_TAG_WOF: the content is compressed in another stream */
    NTFS_ROW_DAMAGED = 1024,  /* fixups that do not match, or attributes that do not fit */
    NTFS_ROW_SI = 2048,       /* has a $STANDARD_INFORMATION */
    NTFS_ROW_FN = 4096,       /* has a $FILE_NAME: name, parent and fn are meant */
    NTFS_ROW_RAW_NAME = 8192, /* the raw name is kept */
    NTFS_ROW_STREAMS = 16384, /* has named $DATA streams */
    NTFS_ROW_INCOMPLETE = 32768, /* an extension record did not match, or a cap cut something off */
    NTFS_ROW_I30 = 262144,       /* its $INDEX_ALLOCATION of $I30 is in the reading order */
    NTFS_ROW_PACKAGE = 131072,   /* a folder with a file of the name BLOCKMAP_NAME, or that file */
    NTFS_ROW_ELSEWHERE =
        65536 /* a reparse tag says that content may be kept elsewhere: cloud, deduplication */
};

enum ntfs_wof { NTFS_WOF_UNKNOWN = 0, NTFS_WOF_WIM = 255 };

enum { NTFS_CREATED, NTFS_MODIFIED, NTFS_CHANGED, NTFS_ACCESSED, NTFS_TIMES }; /* as in model/listing.h */

struct ntfs_row {
    uint64_t si[NTFS_TIMES], fn[NTFS_TIMES]; /* FILETIME */
    uint64_t size;                           /* of the unnamed $DATA, bytes */
    uint32_t parent;                         /* record number */
    uint16_t parent_sequence, sequence;
    uint32_t name;                     /* offset in names */
    uint32_t attributes;               /* FILE_ATTRIBUTE_* ([MS-FSCC] 2.6) of $STANDARD_INFORMATION */
    uint32_t first_link, first_stream; /* plus one; 0 is none. Use the accessors */
    uint16_t name_size;                /* bytes, stored form */
    uint8_t namespace;                 /* 0 POSIX, 1 Win32, 2 DOS, 3 Win32 and DOS */
    uint8_t wof;    /* what keeps the content, if NTFS_ROW_WOF: enum ntfs_wof, or an algorithm plus one */
    uint32_t flags; /* enum ntfs_row_flag */
};

struct ntfs_link {
    uint64_t fn[NTFS_TIMES];
    uint32_t record, next; /* next: plus one; 0 is none */
    uint32_t name;
    uint32_t parent;
    uint16_t parent_sequence, name_size;
    uint8_t namespace, raw_name, spare[2];
};

enum ntfs_stream_flag {
    NTFS_STREAM_MAIN = 1,  /* the unnamed $DATA */
    NTFS_STREAM_INDEX = 2, /* not $DATA but an $INDEX_ROOT, such as $Secure:$SDH; not a file */
    NTFS_STREAM_RESIDENT = 4,
    NTFS_STREAM_COMPRESSED = 8,
    NTFS_STREAM_ENCRYPTED = 16,
    NTFS_STREAM_SPARSE = 32,
    NTFS_STREAM_BAD = 64, /* runs refused: absurd, overlapping, or not all there */
    NTFS_STREAM_RAW_NAME = 128,
    NTFS_STREAM_DELETED = 256, /* of a record not in use; its content is not read */
    NTFS_STREAM_WOF = 512,     /* its bytes lie compressed in WofCompressedData, or in a WIM */
    NTFS_STREAM_FREE =
        2048, /* of a record not in use: no other file has its clusters, by $Bitmap, or it is resident */
    NTFS_STREAM_REUSED = 4096,  /* the same: some are allocated again. Neither: not known */
    NTFS_STREAM_I30 = 8192,     /* with INDEX: the directory's $INDEX_ROOT (resident) or $INDEX_ALLOCATION */
    NTFS_STREAM_BITMAP = 16384, /* with INDEX: its $BITMAP, of blocks in use */
    NTFS_STREAM_ORDERED =
        32768, /* with I30: the one that stands for the directory's index in the reading order */
    NTFS_STREAM_ELSEWHERE = 1024 /* its holes are not zeros but content that is not on this volume */
};

struct ntfs_stream {
    uint64_t size, initialized; /* bytes, as declared; at most what the runs allot */
    uint32_t record, next;      /* next: plus one; 0 is none */
    uint32_t name;
    uint16_t name_size; /* 0 for the unnamed one */
    uint16_t flags;     /* enum ntfs_stream_flag */
    uint32_t first;     /* first extent, or offset of the resident bytes */
    uint32_t count;     /* extents, or resident bytes */
    uint16_t attribute; /* its id in the record, as in The Sleuth Kit's 31-128-3 */
    uint16_t unit;      /* compression unit: logarithm of clusters, 0 if none */
    uint32_t hash;      /* of type and raw name, to join attributes that were split */
};

struct ntfs_extent {
    uint64_t cluster; /* first one, or NTFS_INDEX_SPARSE */
    uint64_t count;   /* clusters */
};

struct ntfs_index_input {
    struct evidence_reader evidence; /* all of it */
    uint64_t offset, size; /* of the volume or $MFT in the evidence; size: the bytes that are present */
    int memfd;             /* empty, open for reading and writing; must allow ftruncate and shared mmap */
    bool standalone;       /* offset and size are those of a $MFT of its own */
    bool want_content;     /* keep extents, resident bytes and the reading order */
    bool want_indexes;     /* with want_content: indexes of names are contents, too */
    bool want_prints;      /* keep a print of each record; ntfs_index_print */
    bool hash_mft;         /* SHA-256 of the raw $MFT, if all of it could be read */
};

struct ntfs_index_summary {
    uint64_t records; /* rows; all record numbers are below */
    uint64_t first;   /* the lowest number there is: not 0 for a $MFT of its own that was cut at its start */
    uint64_t claimed; /* records that $MFT's size stands for; more than records if the image is cut */
    uint64_t base, in_use, deleted, directories, extensions; /* base = in_use + deleted */
    uint64_t unused;                                         /* records without a FILE header */
    uint64_t damaged;  /* records with bad fixups, header or attributes; the first are noted with offset */
    uint64_t unread;   /* records that the evidence does not hold */
    uint64_t nameless; /* base records without a $FILE_NAME */
    uint64_t stray;    /* extension records whose base is not there or has another sequence number */
    uint64_t links, streams, extents, ordered; /* entries in those sections */
    uint64_t names_used, resident_used;        /* bytes */
    uint64_t mft_size;                         /* bytes of $MFT's data */
    uint64_t bytes_read;                       /* evidence read */
    struct ntfs_boot boot;                     /* sizes only for a $MFT of its own */
    char label[NTFS_INDEX_LABEL];              /* volume label, stored form */
    uint8_t mft_sha256[32];
    uint8_t standalone, has_content, has_mft_sha256; /* 1 or 0; no bool, for readers do not trust them */
};

/* Builds the index. False with a fault in `job` if there is no readable $MFT, the memfd cannot be mapped or
 * memory runs out; everything else is noted in `job` and counted. The memfd is left unmapped and cut to what
 * is used last, so that it can be sealed. Needs address space of about 3 KiB a record while it runs, not
 * memory. */
bool ntfs_index_build(struct job *job, const struct ntfs_index_input *input,
                      struct ntfs_index_summary *ret) MUST_USE;

struct ntfs_index {
    struct span map; /* all of it */
    const struct ntfs_index_summary *summary;
    const struct ntfs_row *rows;
    const struct ntfs_link *links;
    const struct ntfs_stream *streams;
    const struct ntfs_extent *extents;
    const uint32_t *order;
    struct span names, resident;
    const uint64_t *prints; /* by record; NULL if they were not wanted */
    uint32_t row_count, link_count, stream_count, extent_count, order_count;
};

/* Maps a finished index. False if header, version, counts or bounds do not fit the memfd's size. */
bool ntfs_index_open(int memfd, struct ntfs_index *ret) MUST_USE;
void ntfs_index_close(struct ntfs_index *index);

/* The base record at this number, or NULL. */
static inline const struct ntfs_row *ntfs_index_row(const struct ntfs_index *index, uint64_t record) {
    if (record < index->summary->first || record >= index->row_count ||
        !(index->rows[record].flags & NTFS_ROW_PRESENT))
        return NULL;
    return &index->rows[record];
}

/* Numbers of the first and the following link or stream, NTFS_INDEX_NONE at the end. */
uint32_t ntfs_index_first_link(const struct ntfs_index *index, const struct ntfs_row *row);
uint32_t ntfs_index_next_link(const struct ntfs_index *index, uint32_t link);
uint32_t ntfs_index_first_stream(const struct ntfs_index *index, const struct ntfs_row *row);
uint32_t ntfs_index_next_stream(const struct ntfs_index *index, uint32_t stream);

/* A number that stands for the bytes of a base record and its extensions, without log sequence numbers and
 * fixups: equal for the same file in a volume and its shadow copy unless something of it was changed. 0 if
 * unknown. */
static inline uint64_t ntfs_index_print(const struct ntfs_index *index, uint64_t record) {
    return index->prints && record < index->row_count ? index->prints[record] : 0;
}

/* The stream of a record's unnamed $DATA; NTFS_INDEX_NONE without one or without content. */
uint32_t ntfs_index_main(const struct ntfs_index *index, const struct ntfs_row *row);

const struct ntfs_link *ntfs_index_link(const struct ntfs_index *index, uint32_t link);       /* or NULL */
const struct ntfs_stream *ntfs_index_stream(const struct ntfs_index *index, uint32_t stream); /* or NULL */

/* `size` bytes of a stored name; and the raw UTF-16LE kept behind it, for those with a raw-name flag. */
struct span ntfs_index_name(const struct ntfs_index *index, uint32_t name, uint16_t size);
struct span ntfs_index_raw_name(const struct ntfs_index *index, uint32_t name, uint16_t size);

/* Is it the change journal: the stream $J of a record that is called $UsnJrnl? Its size counts what was ever
 * written to it and may exceed the volume's; most of it is a hole. */
bool ntfs_index_is_journal(const struct ntfs_index *index, const struct ntfs_stream *stream);

/* The same, and it lies in $Extend: it is this volume's, and no copy of another one's. */
bool ntfs_index_is_own_journal(const struct ntfs_index *index, const struct ntfs_stream *stream);

/* Whether a stream is a mark of the web: an alternate data stream of that name. */
bool ntfs_index_is_zone(const struct ntfs_index *index, const struct ntfs_stream *stream);

/* Whether a stream is the log of the volume: the unnamed $DATA of record 2. */
bool ntfs_index_is_log(const struct ntfs_stream *stream);

/* Whether a stream is the map of bad clusters, $Bad of record 8: as long as the volume, a hole but for what
 * no longer can be read, and so without any content. */
bool ntfs_index_is_bad(const struct ntfs_index *index, const struct ntfs_stream *stream);

/* Does the record lie below a folder with NTFS_ROW_PACKAGE, at most NTFS_INDEX_DEPTH folders up? */
bool ntfs_index_in_package(const struct ntfs_index *index, uint32_t record);

/* Does Windows live here: is there a folder \Windows\System32\config, in use? Names in any case. */
bool ntfs_index_is_system(const struct ntfs_index *index);

/* Stream numbers in reading order: resident ones first, then by first cluster. From 0 to order_count; index
 * roots and streams of deleted records are not in it, but for $I30: one a directory, its $INDEX_ALLOCATION,
 * or its $INDEX_ROOT where there is none that can be read; of deleted directories if it is NTFS_STREAM_FREE.
 * NTFS_INDEX_NONE outside. */
uint32_t ntfs_index_ordered(const struct ntfs_index *index, uint32_t at);

#endif
