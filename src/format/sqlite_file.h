/* sqlite_file: databases of SQLite 3 and their write-ahead log, as far as tables go
 * (docs/format/sqlite_file.md).
 *
 *     if (sqlite_file_open(job, &source, &file))
 *         if (sqlite_file_find(&file, "urls", &table))                       format/sqlite_file_schema.h
 *             if (sqlite_file_begin(&file, table.root, &walk))                 format/sqlite_file_walk.h
 *                 while (sqlite_file_next(&walk, &row))
 *                     sqlite_file_value(&row, number, &value);                  format/sqlite_file_row.h
 *
 * Pages that the log has committed stand for those of the file. Of a damaged page what can be read is told;
 * the rest of the tree goes on. In one walk a page is visited once, whatever leads to it, and steps of the
 * job are taken for what is gone through, so every walk ends. Damage is noted in the job once a page, with
 * the page's place in the file, and counted.
 *
 * Memory is the job's: five bytes a page at most, a bit a page for each walk, and SQLITE_FILE_PAYLOAD once
 * for rows that are longer than a page has room for. Spans point into the bytes given, which must stay, or
 * into that memory, which is used again for the next row of any walk. */
#ifndef FORMAT_SQLITE_FILE_H
#define FORMAT_SQLITE_FILE_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    SQLITE_FILE_HEAD = 100,       /* bytes before the first page's own header */
    SQLITE_FILE_DEPTH = 20,       /* levels of a tree; SQLite has no more */
    SQLITE_FILE_PAYLOAD = 4 << 20 /* bytes of a row that are read; what is behind is cut */
};

enum sqlite_file_encoding { SQLITE_FILE_UTF8 = 1, SQLITE_FILE_UTF16LE, SQLITE_FILE_UTF16BE };

struct sqlite_file_source {
    struct span bytes; /* all of the file */
    struct span log;   /* all of NAME-wal; empty if there is none */
    /* Called before any of these bytes of the file are looked at, so that they need not be there before.
     * False if they cannot be had. NULL: all are there. */
    bool (*need)(void *context, uint64_t offset, size_t size);
    void *context;
};

struct sqlite_file {
    struct job *job;
    struct sqlite_file_source source;
    uint32_t page_size, usable; /* bytes of a page; of them for content */
    uint32_t pages;             /* their numbers are 1 to this */
    uint32_t declared;          /* how many there are as the header says; 0: it does not */
    enum sqlite_file_encoding encoding;
    bool logged;        /* the header says that a log goes with the file */
    uint32_t *frames;   /* by page less 1: number of the frame of the log that has it, from 1; 0 none */
    uint32_t committed; /* frames of the log that stand for pages, also such that later ones replace */
    uint32_t open;      /* sound frames behind them, of what was never committed */
    uint8_t *told;      /* a bit a page: damage was noted */
    uint64_t damaged;   /* pages with damage */
    bool spent;         /* the steps of the job were used up */
    uint8_t *scratch;
    size_t scratch_size;
};

/* Is it the start of a database? */
bool sqlite_file_sniff(struct span head);

/* False, with a fault, if this is no database, its pages have no possible size, or memory runs out. A log
 * that does not fit is noted and not applied. */
bool sqlite_file_open(struct job *job, const struct sqlite_file_source *source,
                      struct sqlite_file *ret) MUST_USE;

/* Appends a text in stored form (base/text.h). */
void sqlite_file_text(const struct sqlite_file *file, struct span bytes, struct text *text);

#endif
