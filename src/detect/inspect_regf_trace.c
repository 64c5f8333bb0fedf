#include "detect/inspect_regf_trace.h"

#include "base/filetime.h"
#include "base/row.h"
#include "format/regf_text.h"
#include "format/shimcache.h"
#include "format/userassist.h"
#include "model/facts.h"

#include <stdlib.h>
#include <strings.h>

enum { TEXT = 4096, SHA1 = 20, SHA1_TEXT = 44, DATE = 19 };

/* --- which keys --- */

/* `*` stands for one name; the last name of a path that matches is the one that the rows need, but for the
 * class of UserAssist, which comes before it. */
static const struct {
    const char *pattern;
    enum inspect_regf_trace_kind kind;
} places[] = {
    {"/*/Control/Session Manager/AppCompatCache", INSPECT_REGF_TRACE_SHIMCACHE},
    {"/*/Control/Session Manager/AppCompatibility", INSPECT_REGF_TRACE_SHIMCACHE},
    {"/Software/Microsoft/Windows/CurrentVersion/Explorer/UserAssist/*/Count", INSPECT_REGF_TRACE_USERASSIST},
    {"/*/Services/bam/UserSettings/*", INSPECT_REGF_TRACE_BAM},
    {"/*/Services/bam/State/UserSettings/*", INSPECT_REGF_TRACE_BAM},
    {"/*/Services/dam/UserSettings/*", INSPECT_REGF_TRACE_DAM},
    {"/*/Services/dam/State/UserSettings/*", INSPECT_REGF_TRACE_DAM},
    {"/Root/File/*/*", INSPECT_REGF_TRACE_FILE},
    {"/Root/InventoryApplicationFile/*", INSPECT_REGF_TRACE_APPLICATION_FILE},
    {"/Root/InventoryDriverBinary/*", INSPECT_REGF_TRACE_DRIVER},
};

/* The text of the last `*` goes to `*last`. */
static bool matches(const char *pattern, const char *path, struct span *last) {
    while (*pattern == '/' && *path == '/') {
        size_t wanted = strcspn(++pattern, "/"), size = strcspn(++path, "/");
        if (wanted == 1 && *pattern == '*')
            *last = span_of(path, size, 0);
        else if (wanted != size || strncasecmp(pattern, path, size) != 0)
            return false;
        pattern += wanted;
        path += size;
    }
    return !*pattern && !*path;
}

/* --- rows --- */

static void begin(struct inspect_regf_trace *trace, struct row_writer *row, struct text *out, unsigned table,
                  unsigned ordinal) {
    row_begin(row, out, table);
    row_integer(row, ordinal, trace->made++);
}

static void add_utf16(struct inspect_regf_trace *trace, struct row_writer *row, unsigned column,
                      struct span utf16) {
    text_clear(&trace->scratch);
    text_from_prose(&trace->scratch, utf16);
    row_text(row, column, text_string(&trace->scratch), trace->scratch.size);
}

static void add_time(struct row_writer *row, unsigned column, uint64_t time) {
    if (time)
        row_integer(row, column, time);
}

static void add_entry(struct inspect_regf_trace *trace, const struct inspect_regf_trace_value *value,
                      const struct shimcache *cache, const struct shimcache_entry *entry) {
    struct row_writer row;
    begin(trace, &row, trace->rows, FACT_shimcache, FACT_shimcache_ordinal);
    row_integer(&row, FACT_shimcache_key, trace->key);
    row_integer(&row, FACT_shimcache_value, value->number);
    row_string(&row, FACT_shimcache_layout, shimcache_layout_word(cache->layout));
    row_integer(&row, FACT_shimcache_position, cache->number - 1);
    add_utf16(trace, &row, FACT_shimcache_path, entry->path);
    add_time(&row, FACT_shimcache_modified, entry->modified);
    add_time(&row, FACT_shimcache_updated, entry->updated);
    if (entry->has_size)
        row_integer(&row, FACT_shimcache_size, entry->size);
    if (entry->has_flags)
        row_integer(&row, FACT_shimcache_flags, entry->flags);
    row_string(&row, FACT_shimcache_state, trace->state);
}

/* Damage inside of a value does not end the reading of its hive, and of remains it is nothing to tell. */
static void pass_on(const struct inspect_regf_trace *trace, const struct job *inner) {
    size_t notes = inner->noted < JOB_NOTES ? inner->noted : JOB_NOTES;
    for (size_t i = 0; trace->live && i < notes; i++)
        job_note(trace->job, inner->notes[i].code, inner->notes[i].offset, inner->notes[i].text);
    if (trace->live && inner->fault.code != FAULT_NONE)
        job_note(trace->job, inner->fault.code, inner->fault.offset, inner->fault.text);
}

static void read_shimcache(struct inspect_regf_trace *trace, const struct inspect_regf_trace_value *value) {
    struct shimcache cache;
    struct shimcache_entry entry;
    struct job job;
    job_init(&job, 0);
    if (value->data.size > 0 && shimcache_open(&job, value->data, &cache))
        while (shimcache_next(&cache, &entry))
            if (entry.path.size > 0)
                add_entry(trace, value, &cache, &entry);
    pass_on(trace, &job);
    job_reset(&job);
}

/* Names that begin so are not of programs but of the counting itself. */
static bool is_control(const struct text *name) {
    return strncmp(text_string(name), "UEME_CTL", 8) == 0;
}

static void read_userassist(struct inspect_regf_trace *trace, const struct inspect_regf_trace_value *value) {
    struct userassist found;
    struct row_writer row;
    if (!userassist_decode(value->data, &found))
        return;
    text_clear(&trace->scratch);
    text_bytes(&trace->scratch, value->name, value->name_size);
    userassist_turn(trace->scratch.data, trace->scratch.size);
    if (is_control(&trace->scratch))
        return;
    begin(trace, &row, trace->rows, FACT_userassist, FACT_userassist_ordinal);
    row_integer(&row, FACT_userassist_key, trace->key);
    row_integer(&row, FACT_userassist_value, value->number);
    row_text(&row, FACT_userassist_class, text_string(&trace->tail), trace->tail.size);
    row_integer(&row, FACT_userassist_version, found.version);
    row_text(&row, FACT_userassist_name, text_string(&trace->scratch), trace->scratch.size);
    row_integer(&row, FACT_userassist_runs, found.runs);
    if (found.has_focus) {
        row_integer(&row, FACT_userassist_focuses, found.focuses);
        row_integer(&row, FACT_userassist_focus_ms, found.focus_ms);
    }
    add_time(&row, FACT_userassist_last_run, found.last_run);
    row_string(&row, FACT_userassist_state, trace->state);
}

/* Besides programs there are numbers of versions and sequences, which are no binary data. */
static void read_bam(struct inspect_regf_trace *trace, const struct inspect_regf_trace_value *value) {
    struct cursor c = cursor_of(value->data);
    struct row_writer row;
    uint64_t last = cursor_u64(&c);
    if (value->type != REGF_BINARY || c.torn)
        return;
    begin(trace, &row, trace->rows, FACT_bam, FACT_bam_ordinal);
    row_integer(&row, FACT_bam_key, trace->key);
    row_integer(&row, FACT_bam_value, value->number);
    row_string(&row, FACT_bam_kind, trace->kind == INSPECT_REGF_TRACE_BAM ? "bam" : "dam");
    row_text(&row, FACT_bam_user, text_string(&trace->tail), trace->tail.size);
    row_text(&row, FACT_bam_path, value->name, value->name_size);
    add_time(&row, FACT_bam_last_run, last);
    row_string(&row, FACT_bam_state, trace->state);
}

/* --- Amcache: a row a key, a column a value --- */

enum form { FORM_TEXT, FORM_NUMBER, FORM_SHA1, FORM_DATE, FORM_UNIX, FORM_FILETIME };

static const struct {
    enum inspect_regf_trace_kind kind;
    const char *name;
    unsigned column;
    enum form form;
} columns[] = {
    {INSPECT_REGF_TRACE_FILE, "15", FACT_amcache_path, FORM_TEXT},
    {INSPECT_REGF_TRACE_FILE, "101", FACT_amcache_sha1, FORM_SHA1},
    {INSPECT_REGF_TRACE_FILE, "6", FACT_amcache_size, FORM_NUMBER},
    {INSPECT_REGF_TRACE_FILE, "f", FACT_amcache_link_time, FORM_UNIX},
    {INSPECT_REGF_TRACE_FILE, "11", FACT_amcache_modified, FORM_FILETIME},
    {INSPECT_REGF_TRACE_FILE, "12", FACT_amcache_created, FORM_FILETIME},
    {INSPECT_REGF_TRACE_FILE, "1", FACT_amcache_publisher, FORM_TEXT},
    {INSPECT_REGF_TRACE_FILE, "0", FACT_amcache_product, FORM_TEXT},
    {INSPECT_REGF_TRACE_FILE, "5", FACT_amcache_version, FORM_TEXT},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "LowerCaseLongPath", FACT_amcache_path, FORM_TEXT},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "Name", FACT_amcache_name, FORM_TEXT},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "FileId", FACT_amcache_sha1, FORM_SHA1},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "Size", FACT_amcache_size, FORM_NUMBER},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "LinkDate", FACT_amcache_link_time, FORM_DATE},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "Publisher", FACT_amcache_publisher, FORM_TEXT},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "ProductName", FACT_amcache_product, FORM_TEXT},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "Version", FACT_amcache_version, FORM_TEXT},
    {INSPECT_REGF_TRACE_APPLICATION_FILE, "OriginalFileName", FACT_amcache_original_name, FORM_TEXT},
    {INSPECT_REGF_TRACE_DRIVER, "DriverName", FACT_amcache_name, FORM_TEXT},
    {INSPECT_REGF_TRACE_DRIVER, "DriverId", FACT_amcache_sha1, FORM_SHA1},
    {INSPECT_REGF_TRACE_DRIVER, "ImageSize", FACT_amcache_image_size, FORM_NUMBER},
    {INSPECT_REGF_TRACE_DRIVER, "DriverTimeStamp", FACT_amcache_link_time, FORM_UNIX},
    {INSPECT_REGF_TRACE_DRIVER, "DriverLastWriteTime", FACT_amcache_modified, FORM_DATE},
    {INSPECT_REGF_TRACE_DRIVER, "DriverCompany", FACT_amcache_publisher, FORM_TEXT},
    {INSPECT_REGF_TRACE_DRIVER, "Product", FACT_amcache_product, FORM_TEXT},
    {INSPECT_REGF_TRACE_DRIVER, "DriverVersion", FACT_amcache_version, FORM_TEXT},
    {INSPECT_REGF_TRACE_DRIVER, "Service", FACT_amcache_service, FORM_TEXT},
    {INSPECT_REGF_TRACE_DRIVER, "DriverSigned", FACT_amcache_driver_signed, FORM_NUMBER},
    {INSPECT_REGF_TRACE_DRIVER, "DriverInBox", FACT_amcache_driver_in_box, FORM_NUMBER},
    {INSPECT_REGF_TRACE_DRIVER, "DriverIsKernelMode", FACT_amcache_driver_kernel, FORM_NUMBER},
    {INSPECT_REGF_TRACE_DRIVER, "Inf", FACT_amcache_driver_inf, FORM_TEXT},
    {INSPECT_REGF_TRACE_DRIVER, "DriverPackageStrongName", FACT_amcache_driver_package, FORM_TEXT},
};

static const char *amcache_word(enum inspect_regf_trace_kind kind) {
    return kind == INSPECT_REGF_TRACE_FILE               ? "file"
           : kind == INSPECT_REGF_TRACE_APPLICATION_FILE ? "application-file"
                                                         : "driver";
}

/* Four zeros, then 40 digits. */
static bool sha1_of(const char *text, uint8_t ret[SHA1]) {
    if (strlen(text) != SHA1_TEXT || strncmp(text, "0000", 4) != 0)
        return false;
    for (size_t i = 0; i < SHA1; i++) {
        char pair[3] = {text[4 + 2 * i], text[5 + 2 * i], 0}, *end;
        ret[i] = (uint8_t)strtoul(pair, &end, 16);
        if (end != pair + 2)
            return false;
    }
    return true;
}

/* The key of a driver bears its path with slashes; before Windows 10 1703 its digest instead. */
static void add_driver_key(struct inspect_regf_trace *trace, struct row_writer *row) {
    static const char slash[] = "\\u002F";
    const char *at = text_string(&trace->tail);
    uint8_t sha1[SHA1];
    trace->keyed = sha1_of(at, sha1);
    if (trace->keyed) {
        row_blob(row, FACT_amcache_sha1, sha1, sizeof sha1);
        return;
    }
    text_clear(&trace->scratch);
    for (const char *found; (found = strstr(at, slash)); at = found + sizeof slash - 1) {
        text_bytes(&trace->scratch, at, (size_t)(found - at));
        text_add(&trace->scratch, "\\\\");
    }
    text_add(&trace->scratch, at);
    row_text(row, FACT_amcache_path, text_string(&trace->scratch), trace->scratch.size);
}

static void begin_amcache(struct inspect_regf_trace *trace) {
    struct row_writer row;
    text_clear(&trace->pending);
    trace->filled = 0;
    begin(trace, &row, &trace->pending, FACT_amcache, FACT_amcache_ordinal);
    row_integer(&row, FACT_amcache_key, trace->key);
    row_string(&row, FACT_amcache_kind, amcache_word(trace->kind));
    row_integer(&row, FACT_amcache_key_time, trace->last_write);
    row_string(&row, FACT_amcache_state, trace->state);
    trace->keyed = false;
    if (trace->kind == INSPECT_REGF_TRACE_DRIVER)
        add_driver_key(trace, &row);
}

static void flush(struct inspect_regf_trace *trace) {
    if (trace->pending.size > 0)
        text_bytes(trace->rows, trace->pending.data, trace->pending.size);
    text_clear(&trace->pending);
}

static bool is_text(uint32_t type) {
    return type == REGF_SZ || type == REGF_EXPAND_SZ;
}

/* Numbers of the registry, and such as are written out, of which some versions of Windows make strings. */
static bool number_of(const struct inspect_regf_trace_value *value, struct text *text, uint64_t *ret) {
    struct cursor c = cursor_of(value->data);
    if (value->type == REGF_DWORD || value->type == REGF_QWORD) {
        *ret = value->type == REGF_DWORD ? cursor_u32(&c) : cursor_u64(&c);
        return !c.torn;
    }
    text_clear(text);
    char *end = NULL;
    if (!is_text(value->type) || !regf_text(value->type, span_clip(value->data, 0, 64), text) ||
        text->size == 0)
        return false;
    *ret = strtoull(text_string(text), &end, 0);
    return end && *end == 0 && text_string(text)[0] != '-';
}

static unsigned digits(const char *text, size_t count) {
    unsigned number = 0;
    for (size_t i = 0; i < count; i++)
        number = 10 * number + (unsigned)(text[i] - '0');
    return number;
}

/* 04/07/2014 15:18:49 */
static bool date_of(const char *date, uint64_t *ret) {
    static const char form[] = "00/00/0000 00:00:00";
    struct text text = {0};
    if (strlen(date) != DATE)
        return false;
    for (size_t i = 0; i < DATE; i++)
        if (form[i] == '0' ? date[i] < '0' || date[i] > '9' : date[i] != form[i])
            return false;
    text_format(&text, "%04u-%.2s-%.2sT%.8sZ", digits(date + 6, 4), date, date + 3, date + 11);
    bool good = filetime_parse(text_string(&text), ret);
    text_free(&text);
    return good;
}

static void add_text_form(struct inspect_regf_trace *trace, struct row_writer *row, unsigned column,
                          enum form form, const struct inspect_regf_trace_value *value) {
    uint8_t sha1[SHA1];
    uint64_t time;
    struct span utf16 = span_clip(value->data, 0, TEXT);
    size_t size = 0;
    if (!is_text(value->type))
        return;
    while (size + 1 < utf16.size && (utf16.data[size] || utf16.data[size + 1]))
        size += 2;
    text_clear(&trace->scratch);
    text_from_prose(&trace->scratch, span_clip(utf16, 0, size));
    const char *text = text_string(&trace->scratch);
    if (form == FORM_TEXT && trace->scratch.size > 0)
        row_text(row, column, text, trace->scratch.size);
    else if (form == FORM_SHA1 && sha1_of(text, sha1))
        row_blob(row, column, sha1, sizeof sha1);
    else if (form == FORM_DATE && date_of(text, &time))
        row_integer(row, column, time);
}

static void add_column(struct inspect_regf_trace *trace, unsigned column, enum form form,
                       const struct inspect_regf_trace_value *value) {
    struct row_writer row = {&trace->pending, 0};
    uint64_t number;
    if (form == FORM_TEXT || form == FORM_SHA1 || form == FORM_DATE)
        add_text_form(trace, &row, column, form, value);
    else if (!number_of(value, &trace->scratch, &number) || (form != FORM_NUMBER && number == 0))
        return;
    else if (form == FORM_UNIX)
        row_integer(&row, column, filetime_from_unix((int64_t)(uint32_t)number, 0));
    else
        row_integer(&row, column, number);
}

/* A value that is there twice counts once, so that a row has each of its columns once. */
static void read_amcache(struct inspect_regf_trace *trace, const struct inspect_regf_trace_value *value) {
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        bool same = columns[i].kind == trace->kind && strlen(columns[i].name) == value->name_size &&
                    strncasecmp(columns[i].name, value->name, value->name_size) == 0;
        if (!same || trace->filled & UINT64_C(1) << i ||
            (trace->keyed && columns[i].column == FACT_amcache_sha1))
            continue;
        trace->filled |= UINT64_C(1) << i;
        add_column(trace, columns[i].column, columns[i].form, value);
        return;
    }
}

_Static_assert(sizeof columns / sizeof columns[0] <= 64, "a bit for each");

/* --- the walk --- */

void inspect_regf_trace_key(struct inspect_regf_trace *trace, const struct text *path, uint64_t number,
                            uint64_t last_write, const char *state) {
    struct span last = {0};
    flush(trace);
    trace->kind = INSPECT_REGF_TRACE_NONE;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (matches(places[i].pattern, text_string(path), &last)) {
            trace->kind = places[i].kind;
            break;
        }
    if (trace->kind == INSPECT_REGF_TRACE_NONE)
        return;
    trace->key = number;
    trace->last_write = last_write;
    trace->state = state;
    trace->live = strcmp(state, "live") == 0;
    text_clear(&trace->tail);
    text_bytes(&trace->tail, last.data, last.size);
    if (trace->kind >= INSPECT_REGF_TRACE_FILE)
        begin_amcache(trace);
}

void inspect_regf_trace_value(struct inspect_regf_trace *trace,
                              const struct inspect_regf_trace_value *value) {
    if (trace->kind == INSPECT_REGF_TRACE_SHIMCACHE) {
        if (value->name_size == 14 && strncasecmp(value->name, "AppCompatCache", 14) == 0)
            read_shimcache(trace, value);
    } else if (trace->kind == INSPECT_REGF_TRACE_USERASSIST)
        read_userassist(trace, value);
    else if (trace->kind == INSPECT_REGF_TRACE_BAM || trace->kind == INSPECT_REGF_TRACE_DAM)
        read_bam(trace, value);
    else if (trace->kind != INSPECT_REGF_TRACE_NONE)
        read_amcache(trace, value);
}

void inspect_regf_trace_end(struct inspect_regf_trace *trace) {
    flush(trace);
    text_free(&trace->tail);
    text_free(&trace->pending);
    text_free(&trace->scratch);
}
