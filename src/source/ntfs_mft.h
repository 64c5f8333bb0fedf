/* ntfs_mft: where $MFT lies, and its bytes in order. */
#ifndef SOURCE_NTFS_MFT_H
#define SOURCE_NTFS_MFT_H

#include "base/digest.h"
#include "format/ntfs_boot.h"
#include "source/ntfs_index.h"
#include "source/reader.h"

enum {
    NTFS_MFT_CHUNK = 1 << 20,
    NTFS_MFT_EXTENTS = 65536,
    NTFS_MFT_LIST = 1 << 20
}; /* bytes; count; bytes */

struct ntfs_mft {
    struct evidence_reader reader;
    struct ntfs_boot boot;
    uint64_t size;  /* of $MFT's data, bytes */
    uint64_t first; /* number of its first record: not 0 for a $MFT of its own that was cut at its start */
    struct ntfs_extent *extents;
    uint32_t count;
    uint64_t mapped;         /* bytes of $MFT that the extents hold */
    uint32_t at;             /* extent being read ... */
    uint64_t at_start, next; /* ... where it begins in $MFT, and the next byte to read */
    bool cut;                /* some of it is not in the evidence */
    bool holes;              /* some of it was not read */
    uint8_t *buffer;         /* NTFS_MFT_CHUNK bytes */
    struct digest *digest;   /* takes every byte read in order; NULL if not wanted */
};

/* Some records in a row, in a writable buffer that the next call reuses. */
struct ntfs_mft_chunk {
    uint8_t *bytes;
    uint64_t first;  /* number of the first record */
    size_t count;    /* records read */
    size_t lost;     /* records behind them that could not be read */
    uint64_t offset; /* of the first byte in the evidence */
};

/* Of a $MFT of its own, holes behind its data are left out unless it is to be hashed.
 *
 * Finds $MFT's extents: record 0, its attribute list, the extension records that continue them. False with a
 * fault in `job` if record 0 cannot be read. What cannot be mapped is noted. */
bool ntfs_mft_open(struct job *job, const struct ntfs_index_input *input, struct ntfs_mft *ret) MUST_USE;

/* The number behind the last record that could be in the evidence at all: $MFT may claim more than was
 * imaged. */
uint64_t ntfs_mft_records(const struct ntfs_mft *mft);

/* Where a record begins in the evidence; 0 if its place is not known. */
uint64_t ntfs_mft_offset(const struct ntfs_mft *mft, uint64_t record);

/* The next chunk; false at the end. */
bool ntfs_mft_next(struct ntfs_mft *mft, struct job *job, struct ntfs_mft_chunk *ret);

#endif
