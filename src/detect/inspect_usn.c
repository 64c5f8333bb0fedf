#include "detect/inspect_usn.h"

#include "base/row.h"
#include "detect/inspect_usn_choice.h"
#include "format/ntfs_record.h"
#include "format/usn.h"
#include "model/facts.h"

/* Time goes back where a record is this much older than the one before: two seconds. */
#define STEP_BACK ((uint64_t)20000000)

enum { CHOICE_MEMORY = 2 << 20 }; /* of the second reading, for what a source may need */

/* What a journal covers. */
struct survey {
    bool any, timed;
    uint64_t first_usn, last_usn, first_time, last_time, end; /* end: of the last record, in the stream */
    uint64_t gaps, backwards;
};

struct reading {
    const struct inspect_options *options;
    struct text *rows;
    struct usn_journal journal;
    struct survey survey;
    struct inspect_usn_choice choice;
    struct text name, reasons;
    uint8_t *buffer;
    uint64_t count, kept; /* records; rows of them */
    bool choosing;        /* not all are kept */
    bool again;           /* this is the second reading */
    bool limited, cut;    /* more than is kept; the source gave less than it promised */
};

static void add_reference(struct row_writer *row, const struct usn_reference *reference, unsigned number,
                          unsigned sequence) {
    row_integer(row, number, NTFS_REFERENCE(reference->low));
    row_integer(row, sequence, reference->low >> 48);
}

static void name_reasons(uint32_t reason, struct text *ret) {
    text_clear(ret);
    uint32_t unknown = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t flag = (uint32_t)1 << bit;
        const char *name = usn_reason_name(flag);
        if (!(reason & flag))
            continue;
        if (name)
            text_format(ret, "%s%s", ret->size ? "|" : "", name);
        else
            unknown |= flag;
    }
    if (unknown)
        text_format(ret, "%s0x%x", ret->size ? "|" : "", unknown);
}

static void add_row(struct reading *r, const struct usn_record *record) {
    struct row_writer row;
    row_begin(&row, r->rows, FACT_usn);
    row_integer(&row, FACT_usn_ordinal, r->count);
    row_integer(&row, FACT_usn_usn, record->usn);
    if (record->offset != record->usn)
        row_integer(&row, FACT_usn_offset, record->offset);
    row_integer(&row, FACT_usn_version, record->major);
    add_reference(&row, &record->file, FACT_usn_file, FACT_usn_file_sequence);
    add_reference(&row, &record->parent, FACT_usn_parent, FACT_usn_parent_sequence);
    row_integer(&row, FACT_usn_reason, record->reason);
    name_reasons(record->reason, &r->reasons);
    row_text(&row, FACT_usn_reasons, text_string(&r->reasons), r->reasons.size);
    if (record->source)
        row_integer(&row, FACT_usn_source, record->source);
    if (record->major == 4)
        return;
    row_integer(&row, FACT_usn_time, record->time);
    row_integer(&row, FACT_usn_attributes, record->attributes);
    text_clear(&r->name);
    text_from_utf16(&r->name, record->name);
    row_text(&row, FACT_usn_name, text_string(&r->name), r->name.size);
}

static void add_step(struct reading *r, const struct usn_record *record) {
    struct row_writer row;
    row_begin(&row, r->rows, FACT_usn_clock);
    row_integer(&row, FACT_usn_clock_ordinal, r->survey.backwards);
    row_integer(&row, FACT_usn_clock_usn, record->usn);
    row_integer(&row, FACT_usn_clock_before, r->survey.last_time);
    row_integer(&row, FACT_usn_clock_after, record->time);
}

static void survey_time(struct reading *r, const struct usn_record *record) {
    struct survey *survey = &r->survey;
    if (!survey->timed)
        survey->first_time = record->time;
    else if (survey->last_time > record->time && survey->last_time - record->time >= STEP_BACK) {
        if (survey->backwards < INSPECT_USN_STEPS)
            add_step(r, record);
        survey->backwards++;
    }
    survey->timed = true;
    survey->last_time = record->time;
}

/* Records follow each other but for the end of a page that was too short for the next one. */
static void survey_record(struct reading *r, const struct usn_record *record) {
    struct survey *survey = &r->survey;
    uint64_t gap = record->offset - survey->end;
    if (!survey->any)
        survey->first_usn = record->usn;
    else if (gap > 0 && (gap >= USN_PAGE || record->usn % USN_PAGE != 0))
        survey->gaps++;
    survey->any = true;
    survey->last_usn = record->usn;
    survey->end = r->journal.next;
    if (record->major != 4)
        survey_time(r, record);
}

static void keep(struct reading *r, const struct usn_record *record) {
    if (r->kept == INSPECT_USN_RECORDS) {
        r->limited = true;
        return;
    }
    add_row(r, record);
    r->kept++;
}

static void take_record(struct reading *r, const struct usn_record *record) {
    if (!r->again)
        survey_record(r, record);
    if (!r->choosing)
        keep(r, record);
    else if (!r->again)
        inspect_usn_choice_see(&r->choice, record);
    else if (inspect_usn_choice_takes(&r->choice, record))
        keep(r, record);
    r->count++;
}

static void take_window(struct reading *r, struct span window, bool last) {
    struct usn_record record;
    usn_feed(&r->journal, window, last);
    while (!r->limited && usn_next(&r->journal, &record))
        take_record(r, &record);
    if (r->options->flush && r->rows->size > INSPECT_USN_FLUSH)
        r->options->flush(r->options->flush_context);
}

/* Where data begins, in whole pages. */
static uint64_t next_data(struct content *content, uint64_t offset) {
    uint64_t at = content->data ? content->data(content, offset) : offset;
    return at > offset ? at / USN_PAGE * USN_PAGE : offset;
}

/* Where to go on behind a place that cannot be read, as its note says. */
static uint64_t behind(const struct job *job, uint64_t end, uint64_t size) {
    size_t last = job->noted - 1;
    if (job->noted == 0 || last >= JOB_NOTES || job->notes[last].code != FAULT_IO ||
        job->notes[last].offset != end || job->note_sizes[last] == 0 || job->note_sizes[last] > size - end)
        return size;
    return (end + job->note_sizes[last] + USN_PAGE - 1) / USN_PAGE * USN_PAGE;
}

static void read_all(struct reading *r, struct content *content, struct job *job, uint64_t from,
                     uint64_t *read) {
    uint64_t taken = 0;
    r->journal = usn_journal_of(job);
    r->count = 0;
    for (uint64_t at = next_data(content, from); at < content->size && !r->limited;) {
        uint64_t left = content->size - at;
        size_t want = left < INSPECT_USN_WINDOW ? (size_t)left : INSPECT_USN_WINDOW;
        size_t got = content->read(content, job, at, r->buffer, want);
        taken += got;
        r->cut = r->cut || got < want;
        uint64_t end = at + got,
                 next = got == want ? next_data(content, end) : behind(job, end, content->size);
        take_window(r, span_of(r->buffer, got, at), next >= content->size);
        r->limited = r->limited || (r->options->max_size > 0 && taken > r->options->max_size);
        size_t kept = usn_left(&r->journal);
        at = next == end && kept < got ? end - kept : next; /* a record that the window cuts is read again */
    }
    *read += taken;
}

/* The same once more, now that it is known whose records matter. What is damaged was noted before. */
static void read_again(struct reading *r, struct content *content, struct job *job, uint64_t from,
                       uint64_t *read) {
    struct job second;
    uint64_t records = r->count, place = r->journal.next;
    job_init(&second, CHOICE_MEMORY);
    inspect_usn_choice_settle(&r->choice, r->survey.first_time, r->survey.last_time);
    r->again = true;
    r->limited = false;
    read_all(r, content, &second, from, read);
    if (!r->limited && (r->count != records || r->journal.next != place))
        job_note(job, FAULT_IO, r->journal.next, "a change journal that was not the same when read again");
    r->count = records;
    job_reset(&second);
}

static void add_summary(struct reading *r, bool complete) {
    const struct survey *survey = &r->survey;
    struct row_writer row;
    row_begin(&row, r->rows, FACT_usn_summary);
    row_integer(&row, FACT_usn_summary_records, r->count);
    row_integer(&row, FACT_usn_summary_kept, r->kept);
    row_string(&row, FACT_usn_summary_selection, r->choosing ? "candidates" : "all");
    if (survey->any) {
        row_integer(&row, FACT_usn_summary_first_usn, survey->first_usn);
        row_integer(&row, FACT_usn_summary_last_usn, survey->last_usn);
    }
    if (survey->timed) {
        row_integer(&row, FACT_usn_summary_first_time, survey->first_time);
        row_integer(&row, FACT_usn_summary_last_time, survey->last_time);
    }
    row_integer(&row, FACT_usn_summary_backwards, survey->backwards);
    row_integer(&row, FACT_usn_summary_damaged, r->journal.damaged);
    row_integer(&row, FACT_usn_summary_damaged_bytes, r->journal.damaged_bytes);
    row_integer(&row, FACT_usn_summary_complete, complete);
}

bool inspect_usn(struct content *content, struct job *job, const struct inspect_options *options,
                 uint64_t from, struct text *rows, uint64_t *read) {
    struct reading r = {.options = options, .rows = rows};
    size_t noted = job->noted;
    r.buffer = job_alloc(job, INSPECT_USN_WINDOW, 1);
    if (!r.buffer) {
        add_summary(&r, false);
        return false;
    }
    r.choosing =
        options->volume && !options->keep_events && inspect_usn_choice_open(job, options->volume, &r.choice);
    read_all(&r, content, job, from, read);
    bool limited = r.limited;
    if (r.choosing)
        read_again(&r, content, job, from, read);
    limited = limited || r.limited;
    if (limited)
        job_note(job, FAULT_LIMIT, r.journal.next, "a change journal with more records than are kept");
    bool orderly = r.survey.gaps == 0 && r.journal.shifts == 0 && r.journal.backwards == 0;
    bool sound = job->fault.code == FAULT_NONE && job->noted == noted && !r.cut && r.journal.damaged == 0;
    add_summary(&r, sound && orderly && !limited);
    text_free(&r.name);
    text_free(&r.reasons);
    return !limited;
}

/* The first of these bytes that are not zero, in steps of 8; their size if all are. */
static size_t first_byte(struct span bytes) {
    size_t at = 0;
    while (at < bytes.size && span_is_zero(span_clip(bytes, at, USN_PAGE)))
        at += USN_PAGE;
    while (at < bytes.size && span_is_zero(span_clip(bytes, at, 8)))
        at += 8;
    return at < bytes.size ? at : bytes.size;
}

bool inspect_usn_find(struct content *content, struct job *job, const struct inspect_options *options,
                      uint64_t *from, uint64_t *read) {
    uint8_t *buffer = job_alloc(job, INSPECT_USN_WINDOW, 1);
    uint64_t taken = 0;
    for (uint64_t at = content->head.size; buffer && at < content->size;) {
        at = next_data(content, at);
        if (at >= content->size || (options->max_size > 0 && taken > options->max_size))
            return false;
        uint64_t left = content->size - at;
        size_t want = left < INSPECT_USN_WINDOW ? (size_t)left : INSPECT_USN_WINDOW;
        size_t got = content->read(content, job, at, buffer, want),
               first = first_byte(span_of(buffer, got, at));
        *read += got;
        taken += got;
        if (first == got) {
            if (got < want)
                return false;
            at += got;
            continue;
        }
        if (got - first < CONTENT_HEAD && got == want &&
            got < left) { /* the head goes on in the next window */
            at += first;
            left -= first;
            first = 0;
            want = left < CONTENT_HEAD ? (size_t)left : CONTENT_HEAD;
            got = content->read(content, job, at, buffer, want);
            *read += got;
        }
        *from = at + first;
        return usn_sniff(span_clip(span_of(buffer, got, at), first, CONTENT_HEAD));
    }
    return false;
}
