#include "detect/inspect_logfile.h"

#include "base/row.h"
#include "format/logfile.h"
#include "format/logfile_change.h"
#include "model/facts.h"

enum { PROBE = 5 * LOGFILE_PAGE /* up to the first page of the circular part of version 1.1 */ };

struct log_source {
    struct logfile_source source; /* first */
    struct content *content;
    struct span bytes;
    struct job *job;
    uint64_t read;
};

struct reading {
    const struct inspect_options *options;
    struct text *rows;
    struct logfile *log;
    struct logfile_attributes attributes;
    struct text name;
    uint64_t operations[LOGFILE_OPERATIONS + 1]; /* the last one: not known */
    uint64_t checkpoints, bad, count;
    bool limited;
};

static bool ends_with(const char *name, const char *end) {
    size_t size = strlen(name), tail = strlen(end);
    return size >= tail && strcmp(name + size - tail, end) == 0;
}

static bool blank(struct span head) {
    return head.size == LOGFILE_PAGE && logfile_page_kind(head) == LOGFILE_UNUSED;
}

static bool probe(struct content *content, struct job *job, uint64_t *read) {
    static uint8_t pages[PROBE];
    size_t got = content->read(content, job, 0, pages, PROBE);
    *read += got;
    for (size_t at = LOGFILE_PAGE; got == PROBE && at < PROBE; at += LOGFILE_PAGE)
        if (logfile_sniff_page(pages + at, at, content->size))
            return true;
    return false;
}

bool inspect_logfile_is(struct content *content, const char *name, struct job *job, enum inspect_log how,
                        uint64_t *read) {
    if (content->size < PROBE || content->size > LOGFILE_SIZE_MAX)
        return false;
    if (logfile_sniff(content->head))
        return true;
    if (!blank(content->head))
        return false;
    return ends_with(name, "$LogFile") || ends_with(name, "%24LogFile") ||
           (how == INSPECT_LOG_PROBE && probe(content, job, read));
}

static size_t read_source(struct logfile_source *source, uint64_t offset, uint8_t *to, size_t size) {
    struct log_source *s = (struct log_source *)(void *)source;
    size_t got = span_copy(span_clip(s->bytes, offset, size), to, size);
    if (got == size || s->bytes.size == s->content->size || offset + got >= s->content->size)
        return got;
    uint64_t left = s->content->size - offset - got, want = size - got < left ? size - got : left;
    size_t more = s->content->read(s->content, s->job, offset + got, to + got, (size_t)want);
    s->read += more;
    return got + more;
}

/* --- rows --- */

static void add_times(struct row_writer *row, const struct logfile_times *times, const unsigned columns[4]) {
    for (unsigned i = 0; i < 4; i++)
        if (times->known[i])
            row_integer(row, columns[i], times->at[i]);
}

static void add_operation(struct row_writer *row, unsigned column, unsigned operation) {
    const char *name = logfile_operation_name(operation);
    char number[16];
    snprintf(number, sizeof number, "0x%x", operation);
    row_string(row, column, name ? name : number);
}

static void add_origin(struct row_writer *row, const struct logfile_record *record, uint64_t ordinal) {
    row_integer(row, FACT_log_record_ordinal, ordinal);
    row_integer(row, FACT_log_record_lsn, record->lsn);
    if (record->previous_lsn)
        row_integer(row, FACT_log_record_previous_lsn, record->previous_lsn);
    if (record->undo_next_lsn)
        row_integer(row, FACT_log_record_undo_next_lsn, record->undo_next_lsn);
    row_integer(row, FACT_log_record_transaction_id, record->transaction);
    row_integer(row, FACT_log_record_offset, record->offset);
    if (record->stale)
        row_integer(row, FACT_log_record_stale, 1);
}

static void add_target(struct row_writer *row, const struct logfile_change *change, struct text *name) {
    row_string(row, FACT_log_record_what, logfile_what_word(change->what));
    if (change->has_record)
        row_integer(row, FACT_log_record_record, change->record);
    if (change->has_sequence)
        row_integer(row, FACT_log_record_sequence, change->sequence);
    if (change->attribute)
        row_integer(row, FACT_log_record_attribute, change->attribute);
    if (change->has_file) {
        row_integer(row, FACT_log_record_file, change->file);
        row_integer(row, FACT_log_record_file_sequence, change->file_sequence);
    }
    if (!change->has_name)
        return;
    row_integer(row, FACT_log_record_parent, change->parent);
    row_integer(row, FACT_log_record_parent_sequence, change->parent_sequence);
    row_integer(row, FACT_log_record_namespace, change->namespace);
    text_clear(name);
    text_from_utf16(name, change->name);
    row_text(row, FACT_log_record_name, text_string(name), name->size);
}

static void add_row(struct reading *r, const struct logfile_record *record,
                    const struct logfile_action *action, const struct logfile_change *change) {
    static const unsigned before[4] = {FACT_log_record_created_before, FACT_log_record_modified_before,
                                       FACT_log_record_changed_before, FACT_log_record_accessed_before};
    static const unsigned after[4] = {FACT_log_record_created_after, FACT_log_record_modified_after,
                                      FACT_log_record_changed_after, FACT_log_record_accessed_after};
    static const unsigned names[4] = {FACT_log_record_name_created, FACT_log_record_name_modified,
                                      FACT_log_record_name_changed, FACT_log_record_name_accessed};
    struct row_writer row;
    row_begin(&row, r->rows, FACT_log_record);
    add_origin(&row, record, r->count++);
    add_operation(&row, FACT_log_record_redo, action->redo);
    add_operation(&row, FACT_log_record_undo, action->undo);
    add_target(&row, change, &r->name);
    add_times(&row, &change->before, before);
    add_times(&row, &change->after, after);
    add_times(&row, &change->names, names);
    if (r->options->flush && r->rows->size > INSPECT_LOGFILE_FLUSH)
        r->options->flush(r->options->flush_context);
}

static void take_update(struct reading *r, const struct logfile_record *record) {
    struct logfile_action action;
    struct logfile_change change;
    if (!logfile_action_read(record->data, &action)) {
        r->bad++;
        if (record->complete)
            job_note(r->log->job, FAULT_BAD, record->offset, "a log record whose parts do not fit");
        return;
    }
    r->operations[action.redo < LOGFILE_OPERATIONS ? action.redo : LOGFILE_OPERATIONS]++;
    if (!record->stale)
        logfile_attributes_take(&r->attributes, &action);
    if (!logfile_change_of(&action, &r->log->geometry, &r->attributes, &change))
        return;
    if (r->count == INSPECT_LOGFILE_ROWS)
        r->limited = true;
    else
        add_row(r, record, &action, &change);
}

static void name_operations(const struct reading *r, struct text *ret) {
    text_clear(ret);
    for (unsigned i = 0; i <= LOGFILE_OPERATIONS; i++) {
        const char *name = logfile_operation_name(i);
        if (r->operations[i])
            text_format(ret, "%s%s=%llu", ret->size ? " " : "", name ? name : "Unknown",
                        (unsigned long long)r->operations[i]);
    }
    if (r->checkpoints)
        text_format(ret, "%sCheckpoint=%llu", ret->size ? " " : "", (unsigned long long)r->checkpoints);
}

static void add_restart(struct row_writer *row, const struct logfile_restart *restart) {
    row_integer(row, FACT_log_summary_major, restart->major);
    row_integer(row, FACT_log_summary_minor, restart->minor);
    row_integer(row, FACT_log_summary_clean, restart->clean);
    row_integer(row, FACT_log_summary_checked, restart->checked);
    row_integer(row, FACT_log_summary_current_lsn, restart->current_lsn);
    if (!restart->has_client)
        return;
    row_integer(row, FACT_log_summary_checkpoint_lsn, restart->checkpoint_lsn);
    row_integer(row, FACT_log_summary_required_lsn, restart->oldest_lsn);
}

static void add_counts(struct row_writer *row, const struct reading *r) {
    const struct logfile *log = r->log;
    row_integer(row, FACT_log_summary_restart_pages, log->restart_pages);
    row_integer(row, FACT_log_summary_good_pages, log->good_pages);
    row_integer(row, FACT_log_summary_bad_pages, log->bad_pages);
    row_integer(row, FACT_log_summary_unused_pages, log->unused_pages);
    row_integer(row, FACT_log_summary_copies, log->copies);
    row_integer(row, FACT_log_summary_records, log->records);
    row_integer(row, FACT_log_summary_stale, log->stale);
    row_integer(row, FACT_log_summary_torn, r->bad);
    if (log->newest_lsn == 0)
        return;
    row_integer(row, FACT_log_summary_oldest_lsn, log->oldest_lsn);
    row_integer(row, FACT_log_summary_newest_lsn, log->newest_lsn);
}

static void add_summary(struct reading *r, bool complete) {
    static const char *const sizes[] = {"assumed", "shown", "stated"};
    const struct logfile *log = r->log;
    struct row_writer row;
    row_begin(&row, r->rows, FACT_log_summary);
    row_string(&row, FACT_log_summary_state, logfile_state_word(log->state));
    if (log->state == LOGFILE_USED)
        add_restart(&row, &log->restart);
    row_integer(&row, FACT_log_summary_size, log->layout.size);
    row_integer(&row, FACT_log_summary_page_size, log->layout.page);
    add_counts(&row, r);
    name_operations(r, &r->name);
    if (r->name.size > 0)
        row_text(&row, FACT_log_summary_operations, text_string(&r->name), r->name.size);
    if (log->records > 0) {
        row_integer(&row, FACT_log_summary_cluster_size, log->geometry.cluster);
        row_integer(&row, FACT_log_summary_record_size, log->geometry.record);
        row_string(&row, FACT_log_summary_sizes, sizes[log->geometry.sizes]);
    }
    row_integer(&row, FACT_log_summary_complete, complete);
}

static void take_all(struct reading *r) {
    struct logfile_record record;
    while (logfile_next(r->log, &record)) {
        if (record.type == LOGFILE_UPDATE)
            take_update(r, &record);
        else
            r->checkpoints++;
    }
}

bool inspect_logfile(struct content *content, struct span bytes, struct job *job,
                     const struct inspect_options *options, struct text *rows, uint64_t *read) {
    struct log_source source = {{read_source, content->size}, content, bytes, job, 0};
    struct logfile log;
    struct reading r = {.options = options, .rows = rows, .log = &log};
    if (!logfile_attributes_new(job, &r.attributes) || !logfile_open(&log, job, &source.source)) {
        *read += source.read;
        return false;
    }
    take_all(&r);
    if (r.limited)
        job_note(job, FAULT_LIMIT, 0, "a log with more changes than are kept");
    bool good = !r.limited && log.omitted == 0 && job->fault.code == FAULT_NONE;
    add_summary(&r, good);
    *read += source.read;
    text_free(&r.name);
    return good;
}
