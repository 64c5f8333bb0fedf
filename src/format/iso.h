/* iso: descriptors and directory records of ISO 9660, with the names of Joliet and Rock Ridge
 * (docs/format/iso.md).
 *
 * Spans in, structs out; what lies elsewhere in the image (directories, continuations) is for the caller to
 * fetch. */
#ifndef FORMAT_ISO_H
#define FORMAT_ISO_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    ISO_SECTOR = 2048,    /* bytes of a descriptor */
    ISO_FIRST = 16,       /* sector of the first one */
    ISO_ROOT = 34,        /* bytes of the root's record in a descriptor */
    ISO_RECORD = 33,      /* bytes of a record before its name */
    ISO_NAME = 64 * 1024, /* bytes of a name of Rock Ridge that are kept, about */
    ISO_LONG = 255        /* bytes of a record at most */
};

enum iso_descriptor_kind { ISO_NONE, ISO_BOOT, ISO_PRIMARY, ISO_JOLIET, ISO_OTHER, ISO_END, ISO_UDF };

enum iso_record_flag { ISO_HIDDEN = 1, ISO_DIRECTORY = 2, ISO_ASSOCIATED = 4, ISO_MORE = 128 };

struct iso_record {
    unsigned length;     /* bytes of the record; 0: no more in this block */
    uint32_t extent;     /* first block */
    uint32_t size;       /* bytes */
    unsigned attributes; /* blocks before the data, of a record with extended attributes */
    unsigned flags;      /* enum iso_record_flag */
    bool interleaved;    /* its bytes are not in a row */
    bool differs;        /* its little- and big-endian numbers are not the same */
    uint64_t modified;   /* FILETIME; 0 if it is none */
    struct span name;    /* as stored; one byte 0 or 1: this directory, the one above */
    struct span system;  /* what other standards keep with it */
};

struct iso_descriptor {
    enum iso_descriptor_kind kind;
    unsigned block;         /* bytes of a logical block: 512, 1024 or 2048; 0 if it is none of these */
    struct iso_record root; /* of ISO_PRIMARY and ISO_JOLIET */
    struct span volume, publisher, application; /* texts without the blanks behind them */
    uint32_t boot;                              /* of ISO_BOOT: sector of the catalog of El Torito; 0 none */
};

/* A descriptor, from its sector. ISO_UDF: one of the marks that a file system of UDF follows. */
struct iso_descriptor iso_descriptor_read(struct span sector);

/* The record at the start of `bytes`. False if it does not lie whole in them; its length is then set all the
 * same. With length 0 and true, the block has no more. */
bool iso_record_read(struct span bytes, struct iso_record *ret) MUST_USE;

/* Appends a name in stored form, without the version and a lone dot at its end. */
void iso_name(struct text *text, struct span name, bool joliet);

/* What Rock Ridge says of a record. Zeroed before the first part of its system area is read. */
struct iso_rock {
    bool named, linked, relocated, compressed; /* relocated: it is told in another place, and not here */
    uint32_t child;                            /* block of the directory that it stands for; 0 none */
    uint32_t mode;                             /* Unix; 0 not told */
    bool again;                                /* the system area goes on: */
    uint32_t next, offset, size;               /* in this block, there, so many bytes */
};

/* Reads a part of a system area and appends what it has of the name to `name`, as it is stored: a character
 * may be divided between two fields. */
void iso_rock_read(struct span system, struct iso_rock *rock, struct text *name);

/* The system area of the root's own record: does it say that SUSP is used? `skip` is then how many bytes come
 * before, in each. */
bool iso_rock_used(struct span system, unsigned *skip);

#endif
