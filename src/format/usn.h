/* usn: the change journal of an NTFS volume, stream $J of $Extend\$UsnJrnl (docs/format/usn.md).
 *
 * The stream is fed in windows, in ascending order, of any size. A record never crosses a page of USN_PAGE
 * bytes, so what a window leaves undecided is less than a page:
 *
 *     struct usn_journal journal = usn_journal_of(&job);
 *     for each window:
 *         usn_feed(&journal, window, is_last);      window.offset: its place in the stream, a multiple of 8
 *         while (usn_next(&journal, &record))
 *             ...
 *         the next window begins with the last usn_left(&journal) bytes of this one
 *
 * Windows that begin and end at multiples of USN_PAGE leave nothing of a stream that lies where its records
 * say. A caller who does not want to read the sparse start, or holes, feeds a window with a larger offset
 * instead; what was left of the one before is then damage. A window that overlaps what is already decided is
 * the caller's error and is read from where the last one ended.
 *
 * A record's number (USN) is its place in the stream. Copies often lack the sparse start, so place and number
 * are both told; their difference should be the same in all records of a copy.
 *
 * Damage is skipped in steps of 8 bytes up to the next record or page, counted, and noted in the job with its
 * place: BAD, or TORN at the end of the last window. Nothing is allocated; spans point into the window. */
#ifndef FORMAT_USN_H
#define FORMAT_USN_H

#include "base/job.h"
#include "base/span.h"

enum { USN_PAGE = 4096, USN_RECORD_MAX = USN_PAGE };

enum usn_reason {
    USN_DATA_OVERWRITE = 0x1,
    USN_DATA_EXTEND = 0x2,
    USN_DATA_TRUNCATION = 0x4,
    USN_NAMED_DATA_OVERWRITE = 0x10,
    USN_NAMED_DATA_EXTEND = 0x20,
    USN_NAMED_DATA_TRUNCATION = 0x40,
    USN_FILE_CREATE = 0x100,
    USN_FILE_DELETE = 0x200,
    USN_EA_CHANGE = 0x400,
    USN_SECURITY_CHANGE = 0x800,
    USN_RENAME_OLD_NAME = 0x1000,
    USN_RENAME_NEW_NAME = 0x2000,
    USN_INDEXABLE_CHANGE = 0x4000,
    USN_BASIC_INFO_CHANGE = 0x8000,
    USN_HARD_LINK_CHANGE = 0x10000,
    USN_COMPRESSION_CHANGE = 0x20000,
    USN_ENCRYPTION_CHANGE = 0x40000,
    USN_OBJECT_ID_CHANGE = 0x80000,
    USN_REPARSE_POINT_CHANGE = 0x100000,
    USN_STREAM_CHANGE = 0x200000,
    USN_TRANSACTED_CHANGE = 0x400000,
    USN_INTEGRITY_CHANGE = 0x800000,
    USN_DESIRED_STORAGE_CLASS_CHANGE = 0x1000000
};
#define USN_CLOSE 0x80000000u /* reason; the last record of a handle session */

enum usn_source {
    USN_SOURCE_DATA_MANAGEMENT = 1,
    USN_SOURCE_AUXILIARY_DATA = 2,
    USN_SOURCE_REPLICATION_MANAGEMENT = 4,
    USN_SOURCE_CLIENT_REPLICATION_MANAGEMENT = 8
};

/* 128 bits in versions 3 and 4. On NTFS, `high` is 0 and `low` is a file reference: 48 bits number of the
 * record in $MFT (NTFS_REFERENCE), 16 bits its sequence number. */
struct usn_reference {
    uint64_t low, high;
};

struct usn_record {
    uint64_t offset; /* its place in the stream, as fed */
    uint64_t usn;    /* its place in the stream, as it says */
    struct usn_reference file, parent;
    uint64_t time;                       /* FILETIME; version 4 has none: 0 */
    uint32_t reason, source;             /* enum usn_reason, USN_CLOSE; enum usn_source; others exist */
    uint32_t security, attributes;       /* id in $Secure; FILE_ATTRIBUTE_*; version 4 has neither: 0 */
    uint16_t major, minor;               /* major is 2, 3 or 4 */
    struct span name;                    /* UTF-16LE, without path; empty in version 4 */
    struct span extents;                 /* version 4: changed ranges, see usn_extent; else empty */
    uint32_t remaining;                  /* version 4: extents that follow in further records */
    uint16_t extent_count, extent_bytes; /* version 4; extent_bytes: of one, at least 16 */
};

struct usn_journal {
    struct job *job;
    struct span window;
    size_t at; /* in the window, decided up to here */
    bool last;
    uint64_t next;     /* in the stream, decided up to here */
    uint64_t bad_from; /* damage since here, or UINT64_MAX */
    uint64_t shift;    /* usn - offset of the last record, modulo 2^64 */

    /* What was seen so far. */
    uint64_t records[3];             /* of versions 2, 3 and 4 */
    uint64_t zeros;                  /* bytes of zero words between records; holes not fed are not counted */
    uint64_t damaged, damaged_bytes; /* runs of bytes that are no record, and their sum */
    uint64_t placed;                 /* records whose usn is their offset */
    uint64_t shifts;                 /* changes of usn - offset from one record to the next */
    uint64_t backwards;              /* records whose usn is not above the one before */
    uint64_t first_usn, last_usn;    /* of the first and the last record; meant if there was one */
};

/* Before the first window. Notes of damage go to `job`. */
static inline struct usn_journal usn_journal_of(struct job *job) {
    return (struct usn_journal){.job = job, .bad_from = UINT64_MAX};
}

/* The next window; `last` says that nothing follows it. */
void usn_feed(struct usn_journal *journal, struct span window, bool last);

/* The next record; false if the window has no more. `ret` is written in any case. */
bool usn_next(struct usn_journal *journal, struct usn_record *ret);

/* Bytes at the end of the window that belong to the start of the next one: less than USN_RECORD_MAX, 0 after
 * the last window. Meant once usn_next has returned false. */
static inline size_t usn_left(const struct usn_journal *journal) {
    return journal->window.size - journal->at;
}

/* Do these first bytes of a stream begin with two records of a journal, one behind the other, or are they
 * one? Copies without the sparse start do. True too if the first few hundred bytes are the end of something
 * and four such records follow: a copy that begins within a record, at a multiple of 8. */
bool usn_sniff(struct span head);

/* A changed range of a version 4 record, in bytes of the file; false from extent_count on. */
bool usn_extent(const struct usn_record *record, unsigned index, uint64_t *offset, uint64_t *length);

/* Names of single flags without their prefix, such as "DATA_EXTEND"; NULL for a bit that has none, no bit or
 * several. */
const char *usn_reason_name(uint32_t flag);
const char *usn_source_name(uint32_t flag);

#endif
