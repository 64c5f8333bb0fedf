#include "detect/inspect_evtx.h"

#include "base/row.h"
#include "format/evtx_json.h"
#include "model/facts.h"

#define STEP_BACK ((uint64_t)20000000) /* FILETIME: two seconds */

enum { NAME = 5 }; /* of ".evtx" */

static const struct rule {
    const char *provider;
    uint32_t first, last;
    const char *datum, *words;
} rules[] = {
#define EVENTS(provider, first, last, datum, words, reason) {provider, first, last, datum, words},
#include "detect/inspect_evtx.def"
#undef EVENTS
};

/* Records in use of one chunk. */
struct stretch {
    uint64_t first, last, first_time, last_time;
};

struct reading {
    const struct inspect_options *options;
    struct job *job;
    struct text *rows;
    struct evtx evtx;
    struct evtx_json json;
    struct text word, data, channel;
    struct stretch *stretches;
    uint64_t capacity, stretched; /* of stretches */
    struct stretch chunk;         /* the current one */
    bool any;                     /* it has records */
    uint64_t count, kept, gaps, missing, backwards;
    bool limited, cut;
};

bool inspect_evtx_is(const struct content *content, const char *name) {
    size_t size = strlen(name);
    bool named = size > NAME && strcasecmp(name + size - NAME, ".evtx") == 0;
    return evtx_sniff(content->head) || (named && content->size > EVTX_HEADER);
}

/* --- which are kept --- */

static bool holds(const struct evtx_node *value, const char *words) {
    for (size_t size; *words; words += size + (words[size] == '|')) {
        size = strcspn(words, "|");
        if (evtx_value_has(value, words, size))
            return true;
    }
    return false;
}

static bool is_named(struct span utf16, const char *ascii) {
    struct evtx_node node = {.type = EVTX_STRING, .value = utf16};
    return evtx_value_is(&node, ascii);
}

static bool fits(const struct rule *rule, const struct evtx_event *event) {
    struct evtx_pair pair;
    uint32_t at = 0;
    if (rule->datum[0] == 0)
        return true;
    while (evtx_pair(event, &at, &pair))
        if (pair.count == 1 && is_named(pair.name, rule->datum) && holds(pair.first, rule->words))
            return true;
    return false;
}

static bool is_wanted(const struct reading *r, const struct evtx_event *event) {
    uint64_t id;
    if (r->options->keep_events)
        return true;
    if (!event->fields[EVTX_EVENT] || !event->fields[EVTX_PROVIDER] ||
        !evtx_value_number(event->fields[EVTX_EVENT], &id))
        return false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (id >= rules[i].first && id <= rules[i].last &&
            evtx_value_is(event->fields[EVTX_PROVIDER], rules[i].provider) && fits(&rules[i], event))
            return true;
    return false;
}

/* --- rows --- */

static void add_number(struct row_writer *row, unsigned column, const struct evtx_node *value) {
    uint64_t number;
    if (value && evtx_value_number(value, &number))
        row_integer(row, column, number);
}

/* Stored form, cut where a character ends. */
static void set_word(struct reading *r, const struct evtx_node *value, struct text *ret) {
    text_clear(ret);
    evtx_value_text(&r->json.printer, value, ret);
    if (ret->size <= INSPECT_EVTX_STRING)
        return;
    size_t size = INSPECT_EVTX_STRING;
    while (size > 0 && ((uint8_t)ret->data[size] & 0xc0) == 0x80)
        size--;
    ret->size = size;
    ret->data[size] = 0;
}

static void add_word(struct reading *r, struct row_writer *row, unsigned column,
                     const struct evtx_node *value) {
    if (!value)
        return;
    set_word(r, value, &r->word);
    row_text(row, column, text_string(&r->word), r->word.size);
}

/* Long values are cut before anything is left out. */
static void add_data(struct reading *r, struct row_writer *row, const struct evtx_event *event) {
    if (!event->data)
        return;
    r->json.cut = 0;
    for (int attempt = 0; attempt < 2; attempt++) {
        text_clear(&r->data);
        evtx_json_data(&r->json, event, &r->data);
        if (r->data.size <= INSPECT_EVTX_DATA && !r->data.full) {
            row_text(row, FACT_event_data, text_string(&r->data), r->data.size);
            break;
        }
        r->json.cut = INSPECT_EVTX_CUT;
    }
    if (r->json.cut > 0)
        row_integer(row, FACT_event_cut, 1);
}

static void add_row(struct reading *r, const struct evtx_event *event) {
    const struct evtx_node *const *fields = event->fields;
    struct row_writer row;
    uint64_t number;
    row_begin(&row, r->rows, FACT_event);
    row_integer(&row, FACT_event_ordinal, r->count);
    row_integer(&row, FACT_event_offset, event->offset);
    row_integer(&row, FACT_event_slack, event->slack);
    row_integer(&row, FACT_event_number, event->number);
    if (fields[EVTX_RECORD] && evtx_value_number(fields[EVTX_RECORD], &number) && number != event->number)
        row_integer(&row, FACT_event_original_number, number);
    row_integer(&row, FACT_event_written, event->time);
    if (fields[EVTX_CREATED] && evtx_value_time(fields[EVTX_CREATED], &number))
        row_integer(&row, FACT_event_time, number);
    add_word(r, &row, FACT_event_provider, fields[EVTX_PROVIDER]);
    add_number(&row, FACT_event_event_id, fields[EVTX_EVENT]);
    add_number(&row, FACT_event_level, fields[EVTX_LEVEL]);
    add_word(r, &row, FACT_event_channel, fields[EVTX_CHANNEL]);
    add_word(r, &row, FACT_event_computer, fields[EVTX_COMPUTER]);
    add_word(r, &row, FACT_event_activity, fields[EVTX_ACTIVITY]);
    add_word(r, &row, FACT_event_user, fields[EVTX_USER]);
    add_number(&row, FACT_event_process, fields[EVTX_PROCESS]);
    add_data(r, &row, event);
    if (event->damaged)
        row_integer(&row, FACT_event_damaged, 1);
}

/* --- numbers --- */

static void add_gap(struct reading *r, const struct stretch *before, uint64_t number, uint64_t time) {
    struct row_writer row;
    r->missing += number - before->last - 1;
    if (r->gaps++ >= INSPECT_EVTX_GAPS)
        return;
    row_begin(&row, r->rows, FACT_event_gap);
    row_integer(&row, FACT_event_gap_ordinal, r->gaps - 1);
    row_integer(&row, FACT_event_gap_last_number, before->last);
    row_integer(&row, FACT_event_gap_last_time, before->last_time);
    row_integer(&row, FACT_event_gap_next_number, number);
    if (time > 0)
        row_integer(&row, FACT_event_gap_next_time, time);
}

static void follow(struct reading *r, const struct evtx_event *event) {
    struct stretch *chunk = &r->chunk;
    if (!r->any)
        *chunk = (struct stretch){event->number, event->number, event->time, event->time};
    else if (event->number > chunk->last && event->number - chunk->last > 1)
        add_gap(r, chunk, event->number, event->time);
    if (r->any && chunk->last_time > event->time && chunk->last_time - event->time >= STEP_BACK)
        r->backwards++;
    r->any = true;
    chunk->last = event->number;
    chunk->last_time = event->time;
}

static int by_number(const void *a, const void *b) {
    const struct stretch *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Chunks are written in a ring: sorted, their numbers follow each other. Of overlapping ones, which a log
 * does not have, the one that reaches further counts. */
static void find_gaps(struct reading *r, struct stretch *whole) {
    qsort(r->stretches, r->stretched, sizeof *r->stretches, by_number);
    *whole = r->stretches[0];
    for (uint64_t i = 1; i < r->stretched; i++) {
        const struct stretch *next = &r->stretches[i];
        if (next->first > whole->last && next->first - whole->last > 1)
            add_gap(r, whole, next->first, next->first_time);
        if (next->last >= whole->last) {
            whole->last = next->last;
            whole->last_time = next->last_time;
        }
    }
}

/* A log that was closed knows the number of the record that comes next. */
static void find_end(struct reading *r, const struct stretch *whole) {
    const struct evtx_header *header = &r->evtx.header;
    if (header->sound && !header->dirty && header->next_record > whole->last &&
        header->next_record - whole->last > 1)
        add_gap(r, whole, header->next_record, 0);
}

/* --- reading --- */

static void take_event(struct reading *r, const struct evtx_event *event) {
    if (r->channel.size == 0 && event->fields[EVTX_CHANNEL])
        set_word(r, event->fields[EVTX_CHANNEL], &r->channel);
    if (!event->slack)
        follow(r, event);
    if (is_wanted(r, event)) {
        if (r->kept == INSPECT_EVTX_EVENTS)
            r->limited = true;
        else {
            add_row(r, event);
            r->kept++;
        }
    }
    r->count++;
    if (r->options->flush && r->rows->size > INSPECT_EVTX_FLUSH)
        r->options->flush(r->options->flush_context);
}

static void take_chunk(struct reading *r, struct span chunk) {
    struct evtx_event event;
    r->any = false;
    evtx_chunk(&r->evtx, chunk, (chunk.offset - EVTX_HEADER) / EVTX_CHUNK);
    while (!r->limited && evtx_next(&r->evtx, &event))
        take_event(r, &event);
    if (r->any && r->stretched < r->capacity)
        r->stretches[r->stretched++] = r->chunk;
    else if (r->any)
        r->limited = true;
}

/* Where to go on behind a place that cannot be read, as its note says. */
static uint64_t behind(const struct job *job, uint64_t end, uint64_t size) {
    size_t last = job->noted - 1;
    if (job->noted == 0 || last >= JOB_NOTES || job->notes[last].code != FAULT_IO ||
        job->notes[last].offset != end || job->note_sizes[last] == 0 || job->note_sizes[last] > size - end)
        return size;
    uint64_t next = end + job->note_sizes[last] - EVTX_HEADER;
    return EVTX_HEADER + (next + EVTX_CHUNK - 1) / EVTX_CHUNK * EVTX_CHUNK;
}

static void read_all(struct reading *r, struct content *content, uint8_t *buffer, void (*seen)(struct span),
                     uint64_t *read) {
    for (uint64_t at = EVTX_HEADER; at < content->size && !r->limited;) {
        uint64_t left = content->size - at;
        size_t want = left < INSPECT_EVTX_WINDOW ? (size_t)left : INSPECT_EVTX_WINDOW;
        size_t got = content->read(content, r->job, at, buffer, want);
        struct span rest = span_of(buffer, got, at);
        *read += got;
        if (seen)
            seen(rest);
        at = got == want ? at + got : behind(r->job, at + got, content->size);
        r->cut = r->cut || got < want;
        for (; rest.size > 0 && !r->limited;
             rest = span_from(rest, rest.size < EVTX_CHUNK ? rest.size : EVTX_CHUNK))
            take_chunk(r, rest);
    }
}

static void add_counts(struct reading *r, struct row_writer *row) {
    row_integer(row, FACT_event_log_gaps, r->gaps);
    row_integer(row, FACT_event_log_missing, r->missing);
    row_integer(row, FACT_event_log_backwards, r->backwards);
    row_integer(row, FACT_event_log_chunks, r->evtx.tally.chunks);
    row_integer(row, FACT_event_log_damaged_chunks, r->evtx.tally.damaged);
    row_integer(row, FACT_event_log_spare_chunks, r->evtx.tally.spare);
    row_integer(row, FACT_event_log_broken, r->evtx.tally.broken);
    row_integer(row, FACT_event_log_slack, r->evtx.tally.slack);
    row_integer(row, FACT_event_log_slack_lost, r->evtx.tally.lost);
}

static void add_summary(struct reading *r, bool sound) {
    struct row_writer row;
    struct stretch whole;
    const struct evtx_header *header = &r->evtx.header;
    if (r->stretched > 0) {
        find_gaps(r, &whole);
        find_end(r, &whole);
    }
    row_begin(&row, r->rows, FACT_event_log);
    if (r->channel.size > 0)
        row_text(&row, FACT_event_log_channel, text_string(&r->channel), r->channel.size);
    row_integer(&row, FACT_event_log_records, r->evtx.tally.records);
    row_integer(&row, FACT_event_log_kept, r->kept);
    row_string(&row, FACT_event_log_selection, r->options->keep_events ? "all" : "selected");
    if (r->stretched > 0) {
        row_integer(&row, FACT_event_log_first_number, whole.first);
        row_integer(&row, FACT_event_log_last_number, whole.last);
        row_integer(&row, FACT_event_log_first_time, whole.first_time);
        row_integer(&row, FACT_event_log_last_time, whole.last_time);
    }
    if (header->present) {
        row_integer(&row, FACT_event_log_next_number, header->next_record);
        row_integer(&row, FACT_event_log_dirty, header->dirty);
    }
    add_counts(r, &row);
    row_integer(&row, FACT_event_log_complete, sound && r->gaps == 0 && r->evtx.tally.damaged == 0);
}

bool inspect_evtx(struct content *content, struct job *job, const struct inspect_options *options,
                  void (*seen)(struct span bytes), struct text *rows, uint64_t *read) {
    struct reading r = {.options = options, .job = job, .rows = rows};
    struct evtx_header header;
    size_t noted = job->noted;
    uint64_t chunks = content->size / EVTX_CHUNK + 1;
    struct span head = span_clip(content->head, 0, content->size);
    if (seen)
        seen(head);
    evtx_header(job, head, &header);
    r.capacity = chunks < INSPECT_EVTX_CHUNKS ? chunks : INSPECT_EVTX_CHUNKS;
    r.stretches = job_alloc(job, (size_t)r.capacity, sizeof *r.stretches);
    uint8_t *buffer = job_alloc(job, INSPECT_EVTX_WINDOW, 1);
    if (!r.stretches || !buffer || !evtx_open(job, &header, &r.evtx))
        return false;
    r.json.names = &r.evtx.binxml.names;
    read_all(&r, content, buffer, seen, read);
    if (r.limited)
        job_note(job, FAULT_LIMIT, 0, "an event log with more events than are kept");
    add_summary(&r, job->fault.code == FAULT_NONE && job->noted == noted && !r.cut && !r.limited);
    evtx_close(&r.evtx);
    text_free(&r.word);
    text_free(&r.data);
    text_free(&r.channel);
    return !r.limited;
}
