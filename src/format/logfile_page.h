/* logfile_page: restart pages and record pages of $LogFile (docs/format/logfile.md), one at a time.
 *
 * A page is a caller's writable copy, in which fixups are undone in place. All spans point into it. For
 * logfile.c; who wants all records in order reads logfile.h. */
#ifndef FORMAT_LOGFILE_PAGE_H
#define FORMAT_LOGFILE_PAGE_H

#include "base/span.h"

enum {
    LOGFILE_SECTOR = 512,       /* what a fixup protects */
    LOGFILE_PAGE = 4096,        /* bytes of a page, unless a restart page says otherwise */
    LOGFILE_PAGE_MIN = 512,     /* a page has a power of two of bytes from here */
    LOGFILE_PAGE_MAX = 65536,   /* to here */
    LOGFILE_HEADER = 48,        /* bytes of a record's header, at least */
    LOGFILE_DATA = 64,          /* first byte of records in a page of LOGFILE_PAGE bytes */
    LOGFILE_CLIENTS = 16,       /* clients of a log; one is known, NTFS */
    LOGFILE_CLIENT_MAX = 196608 /* bytes of one record's data: redo and undo have at most 65,535 each */
};

enum logfile_kind {
    LOGFILE_STRANGE, /* none of these */
    LOGFILE_UNUSED,  /* all 0xff, or all zero: never written, or wiped */
    LOGFILE_RESTART, /* RSTR */
    LOGFILE_CHECKED, /* CHKD: a restart page after chkdsk */
    LOGFILE_RECORDS, /* RCRD */
    LOGFILE_BAAD     /* BAAD: a page that a driver found torn */
};

enum logfile_type { LOGFILE_UPDATE = 1, LOGFILE_CHECKPOINT = 2 }; /* of a record */

/* What the pages of one log have in common. */
struct logfile_layout {
    uint64_t size;      /* bytes of the log: where it starts again */
    uint32_t page;      /* bytes of a page */
    uint16_t major;     /* 0: not known, there was no restart page */
    uint16_t header;    /* bytes of a record's header */
    uint16_t data;      /* first byte of records in a page */
    unsigned data_bits; /* bits of an LSN that tell the place, in units of 8 bytes; the rest counts rounds */
};

struct logfile_restart {
    uint64_t offset;
    bool checked; /* chkdsk was here */
    uint16_t major, minor;
    uint32_t system_page;
    struct logfile_layout layout; /* layout.size as the page says */
    uint64_t current_lsn, checked_lsn;
    uint16_t flags;
    bool clean;                          /* no client uses it, or the volume was unmounted cleanly */
    bool has_client;                     /* the two that follow are known */
    uint64_t oldest_lsn, checkpoint_lsn; /* needed by the client; its last checkpoint */
    uint32_t open_count;                 /* changes with each mount */
};

struct logfile_page {
    enum logfile_kind kind;
    struct span bytes;
    size_t readable; /* bytes before the first sector whose fixup does not match; bytes.size if all do */
    uint64_t home;   /* where in the log it belongs; not its offset if it is a copy */
    bool copy;       /* one of the pages before the circular part, which hold copies of the newest */
    uint64_t last_lsn, last_end_lsn; /* of the last record that starts or goes on here, 0 if not known (copies
                                        of version 1.1); of the last one that ends here */
    uint32_t flags;
    uint16_t count, position, next; /* place in one write of `count` pages; free space from here on */
    const struct logfile_layout *layout;
    size_t at;   /* iteration: next place to look at */
    bool found;  /* a record was found */
    bool broken; /* between records there was something else */
};

struct logfile_header {
    uint64_t lsn, previous_lsn, undo_next_lsn;
    uint32_t size; /* bytes of data behind it, which may go on in the next page; at most LOGFILE_CLIENT_MAX */
    uint16_t client_sequence, client;
    uint32_t type; /* enum logfile_type */
    uint32_t transaction;
    uint16_t flags;
    size_t at;   /* of the header, in the page */
    size_t data; /* of its first byte of data, in the page */
    bool stale;  /* lies in the free space: of an earlier round */
};

/* The kind of a page. */
enum logfile_kind logfile_page_kind(struct span page);

/* Undoes the fixups of a page of `size` bytes, up to the first sector whose fixup does not match. Returns how
 * many bytes that leaves: `size` if all match, 0 if the fixup array cannot be followed. Pages with a checksum
 * in place of fixups (on persistent memory) are left as they are, the checksum unchecked. */
size_t logfile_page_fix(uint8_t *page, size_t size);

/* Reads a restart page that lies at `offset`. False if it is none, or its fixups or fields do not fit. */
bool logfile_restart_read(uint8_t *page, size_t size, uint64_t offset, struct logfile_restart *ret)
    __attribute__((warn_unused_result));

/* The layout of a log of `size` bytes without a restart page. */
struct logfile_layout logfile_layout_guess(uint64_t size);

/* First byte of the circular part; what lies between the restart pages and it are copies. With an unknown
 * version, that of 1.1. */
uint64_t logfile_first(const struct logfile_layout *layout);

/* Undoes the fixups of the layout->page bytes at `page`, which lie at `offset`, and reads the header. `kind`
 * is LOGFILE_RECORDS only if something of it is readable. */
void logfile_page_open(uint8_t *page, uint64_t offset, const struct logfile_layout *layout,
                       struct logfile_page *ret);

/* The next record that starts in the page; false at the end. A record is known by its LSN, which tells the
 * place; whether its data are complete is not looked at. */
bool logfile_page_next(struct logfile_page *page, struct logfile_header *ret);

/* Reads the header at `at`; false if there is none. */
bool logfile_header_at(const struct logfile_page *page, size_t at, struct logfile_header *ret);

#endif
