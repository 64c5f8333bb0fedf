/* authenticode_table: the attribute certificate table of a PE image (PE/COFF specification, "The Attribute
 * Certificate Table"): entries, and every byte of the table that belongs to none of them.
 *
 * An entry is WIN_CERTIFICATE {u32 dwLength, u16 wRevision, u16 wCertificateType, u8 bCertificate[]}; entries
 * start at multiples of 8 bytes. Offsets are in the file, sizes in bytes. */
#ifndef FORMAT_AUTHENTICODE_TABLE_H
#define FORMAT_AUTHENTICODE_TABLE_H

#include "base/job.h"
#include "base/span.h"

enum {
    AUTHENTICODE_TABLE_ENTRIES = 64, /* entries read; more are noted as LIMIT and end as part of the tail */
    AUTHENTICODE_TABLE_PKCS7 = 2     /* wCertificateType of a PKCS #7 SignedData */
};

/* Where the parts of an image lie that Authenticode leaves out of its digest, as the headers claim. */
struct authenticode_layout {
    uint64_t checksum_at;          /* 4 bytes */
    uint64_t directory_at;         /* 8 bytes; 0 if the header has no SECURITY directory entry */
    uint64_t table_at, table_size; /* both 0 if there is no table */
    uint64_t file_size;
};

struct authenticode_entry {
    uint64_t offset; /* of dwLength */
    uint32_t length; /* dwLength as claimed */
    uint16_t revision, type;
    struct span body;  /* bCertificate as far as table and file hold it */
    struct span der;   /* its first value; empty if it does not begin with a whole one */
    bool strict;       /* ... whose length is encoded as DER demands */
    struct span slack; /* body behind der; all of body if it begins with no ASN.1 SEQUENCE at all */
    struct span gap;   /* the bytes from the entry's end to the next multiple of 8 */
    bool whole;        /* nothing of it is cut off */
    bool signature;    /* der is a PKCS #7 SignedData that was decoded; set by authenticode_decode */
};

/* How the directory's Size relates to the sum over entries of dwLength rounded up to 8. */
enum authenticode_table_sum {
    AUTHENTICODE_TABLE_EXACT,
    AUTHENTICODE_TABLE_ROUNDING, /* differs by less than 8 */
    AUTHENTICODE_TABLE_DIFFERENT
};

struct authenticode_table {
    struct span bytes; /* as read */
    bool usable;       /* lies behind the headers and starts inside the file */
    bool whole;        /* ... and ends inside it, and was read to its end */
    struct authenticode_entry *entries;
    size_t entry_count;
    uint64_t sum; /* of dwLength rounded up to 8 */
    enum authenticode_table_sum sum_relation;
    struct span tail;                  /* bytes of the table behind the last entry and its gap */
    uint64_t after_offset, after_size; /* bytes of the file behind the table */
};

/* True if the layout names a table that can be left out of the digest: behind CheckSum and directory entry,
 * starting inside the file. */
bool authenticode_table_usable(const struct authenticode_layout *layout);

/* Walks the table. `bytes` are those at layout->table_at: as many of layout->table_size as the file holds or
 * the caller read. Damage is noted in the job: TORN what lies behind the end of the file, BAD what
 * contradicts itself, LIMIT what was not read. False only if the job's memory runs out. Result and entries
 * live as long as job and bytes. */
bool authenticode_table_decode(struct job *job, const struct authenticode_layout *layout, struct span bytes,
                               struct authenticode_table *ret) MUST_USE;

#endif
