#include "detect/inspect_browser.h"

#include "base/filetime.h"
#include "base/row.h"
#include "detect/inspect_browser_gather.h"
#include "format/sqlite_file_row.h"
#include "format/sqlite_file_schema.h"
#include "format/sqlite_file_walk.h"
#include "model/facts.h"

#include <strings.h>

enum { BLOCKS = INSPECT_BROWSER_WHOLE / INSPECT_BROWSER_BLOCK };

/* Bytes of a content that come when they are asked for. */
struct window {
    struct content *content;
    struct job *job;
    uint8_t *memory;
    size_t size;
    uint64_t *read;
    bool loaded[BLOCKS];
    uint32_t there[BLOCKS]; /* bytes, at the start of each */
};

enum browser { NONE, CHROMIUM, FIREFOX };

struct inspect_browser {
    struct job *job;
    const struct inspect_options *options;
    struct window window;
    struct sqlite_file_source source;
    struct sqlite_file file;
    struct inspect_browser_gather gather;
    struct text text;
    enum browser browser;
    bool whole, logged; /* no byte is behind; the log was asked for */
};

/* --- bytes --- */

static void load(struct window *w, size_t block) {
    size_t at = block * INSPECT_BROWSER_BLOCK, left = w->size - at;
    size_t want = left < INSPECT_BROWSER_BLOCK ? left : INSPECT_BROWSER_BLOCK, got = 0;
    if (w->loaded[block])
        return;
    w->loaded[block] = true;
    if (block == 0)
        got = span_copy(w->content->head, w->memory, want);
    if (got < want) {
        size_t more = w->content->read(w->content, w->job, at + got, w->memory + at + got, want - got);
        *w->read += more;
        got += more < want - got ? more : want - got;
    }
    w->there[block] = (uint32_t)got;
}

static bool need(void *context, uint64_t offset, size_t size) {
    struct window *w = context;
    if (offset > w->size || size > w->size - offset)
        return false;
    for (uint64_t at = offset; at < offset + size;) {
        size_t block = (size_t)(at / INSPECT_BROWSER_BLOCK), start = block * INSPECT_BROWSER_BLOCK;
        load(w, block);
        if (offset + size > start + w->there[block] && w->there[block] < INSPECT_BROWSER_BLOCK)
            return false;
        at = start + INSPECT_BROWSER_BLOCK;
    }
    return true;
}

struct span inspect_browser_load(struct inspect_browser *b) {
    struct window *w = &b->window;
    size_t there = 0;
    if (!b->source.need)
        return b->source.bytes;
    for (size_t block = 0; block * INSPECT_BROWSER_BLOCK < w->size; block++) {
        load(w, block);
        if (there == block * INSPECT_BROWSER_BLOCK)
            there += w->there[block];
    }
    return span_of(w->memory, there, 0);
}

/* The log beside it, once, if it goes with one. */
static void add_log(struct inspect_browser *b) {
    const struct inspect_beside *beside = b->options->beside;
    struct span log;
    if (b->logged || !beside || !b->file.logged)
        return;
    b->logged = true;
    if (beside->read(beside->context, b->job, "-wal", INSPECT_BROWSER_WHOLE - b->source.bytes.size, &log))
        b->source.log = log;
}

/* --- what it is --- */

static bool has(struct sqlite_file *file, const char *name, const char *column) {
    struct sqlite_file_table table;
    return sqlite_file_find(file, name, &table) && sqlite_file_column(&table, column) >= 0;
}

static bool is_empty(struct sqlite_file *file) {
    struct sqlite_file_walk walk;
    struct sqlite_file_row row;
    return sqlite_file_begin(file, 1, &walk) && !sqlite_file_next(&walk, &row);
}

static enum browser kind_of(struct inspect_browser *b) {
    if (!sqlite_file_open(b->job, &b->source, &b->file))
        return NONE;
    if (has(&b->file, "urls", "url") && has(&b->file, "visits", "visit_time"))
        return CHROMIUM;
    if (has(&b->file, "moz_places", "url") && has(&b->file, "moz_historyvisits", "visit_date"))
        return FIREFOX;
    return NONE;
}

/* A new one may have all its tables in the log yet. */
static enum browser find(struct inspect_browser *b) {
    enum browser kind = kind_of(b);
    if (kind != NONE || b->job->fault.code != FAULT_NONE || !is_empty(&b->file))
        return kind;
    add_log(b);
    return b->source.log.size > 0 ? kind_of(b) : NONE;
}

static bool is_named(const char *name) {
    return strcasecmp(name, "History") == 0 || strcasecmp(name, "places.sqlite") == 0;
}

struct inspect_browser *inspect_browser_find(struct content *content, const char *name, struct job *job,
                                             const struct inspect_options *options, struct span have,
                                             uint64_t *read) {
    size_t size = (size_t)(content->size < INSPECT_BROWSER_WHOLE ? content->size : INSPECT_BROWSER_WHOLE);
    struct fault fault = job->fault;
    size_t noted = job->noted;
    struct inspect_browser *b = job_alloc(job, 1, sizeof *b);
    uint8_t *memory = have.size == 0 ? job_alloc(job, size, 1) : NULL;
    if (!b || (have.size == 0 && !memory))
        return NULL;
    *b = (struct inspect_browser){.job = job, .options = options, .whole = size == content->size};
    b->window = (struct window){.content = content, .job = job, .memory = memory, .size = size, .read = read};
    b->source = (struct sqlite_file_source){.bytes = have};
    if (memory)
        b->source = (struct sqlite_file_source){span_of(memory, size, 0), {0}, need, &b->window};
    b->browser = find(b);
    if (b->browser != NONE)
        return b;
    if (!is_named(name) && fault.code == FAULT_NONE) {
        job->fault = fault;
        job->noted = noted;
    }
    return NULL;
}

/* --- rows --- */

/* Microseconds since 1601. */
static uint64_t time_of_chromium(int64_t time) {
    return time > 0 && time < INT64_MAX / 10 ? (uint64_t)time * 10 : 0;
}

/* Microseconds since 1970. */
static uint64_t time_of_firefox(int64_t time) {
    return time > 0 ? filetime_from_unix(time / 1000000, (uint32_t)(time % 1000000) * 1000) : 0;
}

static uint64_t time_of(const struct inspect_browser *b, int64_t time) {
    return b->browser == CHROMIUM ? time_of_chromium(time) : time_of_firefox(time);
}

/* A table, and the columns of it that are asked for. */
struct reading {
    struct sqlite_file_table table;
    struct sqlite_file_walk walk;
    struct sqlite_file_row row;
    int columns[8];
};

static bool begin(struct inspect_browser *b, const char *name, const char *const columns[8],
                  struct reading *ret) {
    if (!sqlite_file_find(&b->file, name, &ret->table))
        return false;
    for (int i = 0; i < 8; i++)
        ret->columns[i] = columns[i] ? sqlite_file_column(&ret->table, columns[i]) : -1;
    return sqlite_file_begin(&b->file, ret->table.root, &ret->walk);
}

static int64_t integer(const struct reading *r, int column) {
    struct sqlite_file_value value;
    sqlite_file_value(&r->row, r->columns[column], &value);
    return value.integer;
}

/* A text in stored form, in the text of the browser; empty if it is none. */
static struct span text(struct inspect_browser *b, const struct reading *r, int column) {
    struct sqlite_file_value value;
    text_clear(&b->text);
    sqlite_file_value(&r->row, r->columns[column], &value);
    if (value.kind == SQLITE_FILE_TEXT)
        sqlite_file_text(&b->file, value.bytes, &b->text);
    return span_of(text_string(&b->text), b->text.size, 0);
}

static void read_urls(struct inspect_browser *b) {
    static const char *const chromium[8] = {"url", "visit_count", "last_visit_time"}, *const firefox[8] = {
                                                                                          "url",
                                                                                          "visit_count",
                                                                                          "last_visit_date"};
    bool is_chromium = b->browser == CHROMIUM;
    struct reading r;
    if (!begin(b, is_chromium ? "urls" : "moz_places", is_chromium ? chromium : firefox, &r))
        return;
    while (sqlite_file_next(&r.walk, &r.row)) {
        int64_t count = integer(&r, 1);
        inspect_browser_gather_url(&b->gather, r.row.rowid, text(b, &r, 0), count > 0 ? (uint64_t)count : 0,
                                   time_of(b, integer(&r, 2)));
    }
}

static void read_visits(struct inspect_browser *b) {
    static const char *const chromium[8] = {"url", "visit_time"}, *const firefox[8] = {"place_id",
                                                                                       "visit_date"};
    bool is_chromium = b->browser == CHROMIUM;
    struct reading r;
    if (!begin(b, is_chromium ? "visits" : "moz_historyvisits", is_chromium ? chromium : firefox, &r))
        return;
    while (sqlite_file_next(&r.walk, &r.row))
        inspect_browser_gather_visit(&b->gather, integer(&r, 0), time_of(b, integer(&r, 1)));
}

/* The page that it came from: what it says itself, else that of the tab. */
static uint32_t referrer(struct inspect_browser *b, const struct reading *r, int first, int second) {
    uint32_t host = inspect_browser_gather_host(&b->gather, text(b, r, first));
    return host ? host : inspect_browser_gather_host(&b->gather, text(b, r, second));
}

static void read_downloads(struct inspect_browser *b) {
    static const char *const columns[8] = {"target_path", "start_time", "total_bytes", "referrer",
                                           "tab_url",     "full_path",  "url",         "current_path"};
    struct reading r;
    if (!begin(b, "downloads", columns, &r))
        return;
    while (sqlite_file_next(&r.walk, &r.row)) {
        struct inspect_browser_download download = {.number = r.row.rowid,
                                                    .time = time_of(b, integer(&r, 1)),
                                                    .size = r.columns[2] >= 0 ? integer(&r, 2) : -1,
                                                    .referrer = referrer(b, &r, 3, 4)};
        uint32_t host = inspect_browser_gather_host(&b->gather, text(b, &r, 6)); /* of old ones */
        if (text(b, &r, 0).size == 0 && text(b, &r, 7).size == 0)
            (void)text(b, &r, 5);
        download.target = text_string(&b->text);
        struct inspect_browser_download *kept = inspect_browser_gather_download(&b->gather, &download);
        if (kept)
            inspect_browser_gather_from(&b->gather, kept, host);
    }
}

/* The URLs that each went through. */
static void read_chains(struct inspect_browser *b) {
    static const char *const columns[8] = {"id", "url"};
    struct reading r;
    if (!begin(b, "downloads_url_chains", columns, &r))
        return;
    while (sqlite_file_next(&r.walk, &r.row)) {
        struct inspect_browser_download *download = inspect_browser_gather_find(&b->gather, integer(&r, 0));
        if (download)
            inspect_browser_gather_from(&b->gather, download,
                                        inspect_browser_gather_host(&b->gather, text(b, &r, 1)));
    }
}

/* Firefox notes beside a URL where it put what it got from there. */
static void read_notes(struct inspect_browser *b) {
    static const char *const names[8] = {"name"}, *const columns[8] = {"anno_attribute_id", "place_id",
                                                                       "content", "dateAdded"};
    static const char wanted[] = "downloads/destinationFileURI";
    int64_t attribute = -1;
    struct reading r;
    if (!begin(b, "moz_anno_attributes", names, &r))
        return;
    while (sqlite_file_next(&r.walk, &r.row))
        if (span_equal(text(b, &r, 0), span_of(wanted, sizeof wanted - 1, 0)))
            attribute = r.row.rowid;
    if (attribute < 0 || !begin(b, "moz_annos", columns, &r))
        return;
    while (sqlite_file_next(&r.walk, &r.row)) {
        if (integer(&r, 0) != attribute)
            continue;
        struct inspect_browser_download download = {
            .number = r.row.rowid, .time = time_of(b, integer(&r, 3)), .size = -1};
        (void)text(b, &r, 2);
        download.target = text_string(&b->text);
        struct inspect_browser_download *kept = inspect_browser_gather_download(&b->gather, &download);
        if (kept)
            inspect_browser_gather_from(&b->gather, kept,
                                        inspect_browser_gather_host_of(&b->gather, integer(&r, 1)));
    }
}

/* What the log has taken out is in the file still, until the log is written back. That state need not be
 * sound: nothing is said of it. */
static void read_before(struct inspect_browser *b) {
    struct sqlite_file_source source = b->source;
    struct sqlite_file now = b->file;
    size_t noted = b->job->noted;
    source.log = span_of("", 0, 0);
    if (now.committed == 0 || now.spent || !sqlite_file_open(b->job, &source, &b->file))
        return;
    b->gather.before = true;
    read_urls(b);
    read_visits(b);
    now.spent |= b->file.spent;
    b->file = now;
    b->job->noted = noted;
}

static void add_history(struct inspect_browser *b, struct text *rows, bool complete) {
    const struct inspect_browser_gather *gather = &b->gather;
    struct row_writer row;
    row_begin(&row, rows, FACT_browser_history);
    row_string(&row, FACT_browser_history_browser, b->browser == CHROMIUM ? "chromium" : "firefox");
    row_integer(&row, FACT_browser_history_urls, gather->urls);
    row_integer(&row, FACT_browser_history_unnamed, gather->unnamed);
    row_integer(&row, FACT_browser_history_visits, gather->visits);
    row_integer(&row, FACT_browser_history_hosts, gather->rows_of_hosts);
    row_integer(&row, FACT_browser_history_downloads, gather->all_downloads);
    row_integer(&row, FACT_browser_history_frames, b->file.committed);
    row_integer(&row, FACT_browser_history_complete, complete);
}

bool inspect_browser(struct inspect_browser *b, struct text *rows) {
    size_t noted = b->job->noted;
    add_log(b);
    uint64_t bytes = b->source.bytes.size + b->source.log.size;
    if (!b->whole)
        job_note(b->job, FAULT_LIMIT, INSPECT_BROWSER_WHOLE, "a history of a browser larger than is read");
    if (!inspect_browser_gather_begin(b->job, b->options, rows, bytes, &b->gather) ||
        !sqlite_file_open(b->job, &b->source, &b->file))
        return false;
    read_urls(b);
    read_visits(b);
    if (b->browser == CHROMIUM) {
        read_downloads(b);
        read_chains(b);
    } else
        read_notes(b);
    read_before(b);
    inspect_browser_gather_end(&b->gather);
    text_free(&b->text);
    add_history(b, rows, b->whole && b->job->noted == noted && b->job->fault.code == FAULT_NONE);
    return !b->gather.limited && !b->file.spent;
}
