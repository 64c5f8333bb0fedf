/* logfile: the records of an NTFS $LogFile, versions 1.1 and 2.0, in the order of their LSN
 * (docs/format/logfile.md).
 *
 *     struct logfile log;
 *     if (logfile_open(&log, &job, &source))
 *         while (logfile_next(&log, &record))
 *             ...
 *
 * logfile_open reads every page once: it needs no chain from record to record. Each page tells by itself
 * where its records start, since an LSN is a place in the log; those found are sorted. logfile_next then
 * reads the pages again, in the order of the records, and puts together what goes on over pages. An LSN is
 * delivered once, from the circular part if it is there, else from a copy.
 *
 * What lies in the free space of a page is delivered too, as stale: it is what an earlier round of the log
 * left.
 *
 * Damage is noted in the job with its place, counted, and costs what it hits. Memory is the job's: two pages,
 * one record, and 16 bytes for each record that can be, at most LOGFILE_RECORD_MAX. */
#ifndef FORMAT_LOGFILE_H
#define FORMAT_LOGFILE_H

#include "base/job.h"
#include "format/logfile_action.h"
#include "format/logfile_page.h"

#define LOGFILE_RECORD_MAX 4000000             /* records of one log; more are counted and not delivered */
#define LOGFILE_SIZE_MAX   ((uint64_t)4 << 30) /* bytes; NTFS makes none that is larger */

enum { LOGFILE_COPIES = 32, LOGFILE_SNIFF = 4096 /* bytes that suffice for logfile_sniff */ };

/* Where the bytes come from. */
struct logfile_source {
    /* Up to `size` bytes at `offset` into `to`; returns how many. Fewer only at the end. */
    size_t (*read)(struct logfile_source *source, uint64_t offset, uint8_t *to, size_t size);
    uint64_t size;
};

enum logfile_state {
    LOGFILE_USED,     /* it has a restart page */
    LOGFILE_HEADLESS, /* it has record pages, but no restart page that can be read */
    LOGFILE_EMPTY,    /* every byte is 0xff, as a formatter leaves it */
    LOGFILE_ZERO,     /* every byte is zero */
    LOGFILE_NO_LOG    /* none of these */
};

struct logfile_place { /* one record found */
    uint64_t lsn;
    uint64_t place; /* offset; PLACE_STALE and PLACE_COPY above, so that the better one of two sorts first */
};

struct logfile_copy {
    uint64_t offset, home;
};

struct logfile {
    struct job *job;
    struct logfile_source *source;
    struct logfile_layout layout;
    enum logfile_state state;
    struct logfile_restart restart; /* the one that counts; meant if state is LOGFILE_USED */
    struct logfile_geometry geometry;

    uint64_t restart_pages, bad_restart_pages; /* good ones; missing or damaged ones */
    uint64_t good_pages, bad_pages, unused_pages;
    uint64_t copies;                 /* pages that are copies; some of good_pages */
    uint64_t omitted;                /* records beyond LOGFILE_RECORD_MAX */
    uint64_t records, stale;         /* delivered so far; of these, stale ones */
    uint64_t torn;                   /* of these, with data that are not complete */
    uint64_t oldest_lsn, newest_lsn; /* of records that are not stale; 0 if there is none */

    /* Its own. */
    uint8_t *first, *second, *joined;
    struct logfile_page page; /* in `first` */
    struct logfile_copy copy[LOGFILE_COPIES];
    size_t copy_count, room, count, next;
    struct logfile_place *places;
};

struct logfile_record {
    uint64_t lsn, previous_lsn, undo_next_lsn;
    uint64_t offset; /* of its header, in the file */
    uint32_t type, transaction;
    uint16_t client, flags;
    bool stale;
    bool complete;    /* all data are there */
    struct span data; /* valid until the next record */
};

/* Whether a file begins with a restart page, going by its first LOGFILE_SNIFF bytes. */
bool logfile_sniff(struct span head);

/* Whether the bytes, which lie at `offset` (a multiple of LOGFILE_PAGE), are a page of a log that has lost
 * its restart pages: a record page of LOGFILE_PAGE bytes with good fixups and a record, or a restart page.
 * `page` is changed. */
bool logfile_sniff_page(uint8_t *page, uint64_t offset, uint64_t size);

/* Reads all pages. False with a fault in `job` if memory or the step budget runs out. `source` must outlive
 * the log. Of a source that is larger than LOGFILE_SIZE_MAX the rest is not read, which is noted. */
bool logfile_open(struct logfile *log, struct job *job, struct logfile_source *source) MUST_USE;

/* The next record; false at the end, or, with a fault in the job, if the step budget is used up. */
bool logfile_next(struct logfile *log, struct logfile_record *ret) MUST_USE;

/* "used", "headless", "empty", "zero", "no-log". */
const char *logfile_state_word(enum logfile_state state);

#endif
