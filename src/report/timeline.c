#include "report/timeline.h"

#include "report/timeline_gather.h"
#include "report/timeline_sort.h"

enum { LINE = 8 << 20 }; /* bytes of a line at most */

struct printing {
    const struct timeline_options *options;
    struct timeline_result *result;
    struct timeline_printer printer;
    struct timeline_sort sort;
    struct text line;
};

static bool interrupted(const struct printing *p) {
    return p->options->interrupt && *p->options->interrupt;
}

static bool fail(struct printing *p, const char *why) {
    if (p->result->error[0] == 0)
        snprintf(p->result->error, sizeof p->result->error, "%s", why);
    return false;
}

static bool is_wanted(const struct printing *p, uint64_t time) {
    return time >= p->options->from && (p->options->to == 0 || time < p->options->to);
}

static struct timeline_key key_of(const struct timeline_event *event) {
    return (struct timeline_key){.place = (uint64_t)event->source << 56 | (event->evidence & 0xffffff) << 32 |
                                          (event->base & 0xffffffff),
                                 .item = event->item,
                                 .order = event->order,
                                 .identity = timeline_event_identity(event),
                                 .shadow = (uint32_t)event->shadow};
}

static bool add_line(struct printing *p, const struct timeline_event *event, struct timeline_key key,
                     unsigned mask) {
    text_clear(&p->line);
    timeline_format_line(&p->printer, event, mask, &p->line);
    if (p->line.full)
        return fail(p, "out of memory, or a line longer than anybody reads");
    return timeline_sort_add(&p->sort, &key, text_string(&p->line), p->line.size);
}

/* A body file has a line for all times of an event, at the first of them. What is equal in two copies must be
 * so in all four. */
static bool take_body(struct printing *p, const struct timeline_event *event) {
    bool wanted = false;
    struct timeline_key key = key_of(event);
    key.time = UINT64_MAX;
    key.mask = 1;
    uint64_t hash = 0;
    for (unsigned i = 0; i < LISTING_TIMES; i++) {
        if (!(event->known >> i & 1))
            continue;
        wanted = wanted || is_wanted(p, event->times[i]);
        key.time = event->times[i] < key.time ? event->times[i] : key.time;
        hash = (hash ^ event->times[i]) * UINT64_C(0x9e3779b97f4a7c15);
    }
    if (!wanted)
        return true;
    key.identity ^= hash;
    return add_line(p, event, key, TIMELINE_ALL);
}

static bool take(void *context, const struct timeline_event *event) {
    struct printing *p = context;
    if (interrupted(p))
        return fail(p, "interrupted");
    if (p->options->format == TIMELINE_BODY)
        return take_body(p, event);
    struct timeline_key key = key_of(event);
    for (unsigned i = 0; i < LISTING_TIMES; i++) {
        key.time = event->times[i];
        key.mask = timeline_event_equal(event, i);
        if (key.mask != 0 && is_wanted(p, key.time) && !add_line(p, event, key, key.mask))
            return false;
    }
    return true;
}

/* --- in order --- */

static bool same_thing(const struct timeline_key *a, const struct timeline_key *b) {
    return a->time == b->time && a->place == b->place && a->item == b->item && a->order == b->order &&
           a->identity == b->identity;
}

static void count(struct timeline_result *result, uint64_t time) {
    result->lines++;
    result->zero += time == 0;
    result->beyond += time > INT64_MAX;
}

/* Of one thing, the volume itself comes before its copies: what they have in common with what was told is
 * left out. */
static bool write_sorted(struct printing *p, struct output *output) {
    struct timeline_key key, told = {.time = 0};
    struct span line;
    bool more = timeline_sort_next(&p->sort, &key, &line);
    if (timeline_sort_error(&p->sort)[0]) /* not a word, then */
        return false;
    text_clear(&p->line);
    timeline_format_head(&p->printer, &p->line);
    output_text(output, &p->line);
    for (; more && output->error == 0; more = timeline_sort_next(&p->sort, &key, &line)) {
        if (interrupted(p))
            return fail(p, "interrupted");
        bool same = same_thing(&key, &told);
        if (same && key.shadow != told.shadow && (key.mask & ~told.mask) == 0)
            continue;
        unsigned mask = same ? told.mask | key.mask : key.mask;
        told = key;
        told.mask = mask;
        count(p->result, key.time);
        output_bytes(output, line.data, line.size);
    }
    return output->error == 0;
}

bool timeline_print(struct casefile *casefile, const struct timeline_options *options, struct output *output,
                    struct timeline_result *ret) {
    *ret = (struct timeline_result){0};
    struct printing p = {.options = options, .result = ret, .line = {.max = LINE}};
    struct timeline_gather gather = {.sources = options->sources,
                                     .each_name = options->format == TIMELINE_BODY,
                                     .take = take,
                                     .context = &p};
    timeline_format_init(&p.printer, options->format);
    timeline_sort_init(&p.sort, options->memory ? options->memory : TIMELINE_SORT_MEMORY);
    bool good = timeline_gather(&gather, casefile) && write_sorted(&p, output);
    const char *why = timeline_sort_error(&p.sort);
    good = why[0] ? fail(&p, why) : good;
    ret->timeless = gather.timeless;
    ret->cut = p.printer.cut;
    timeline_sort_free(&p.sort);
    timeline_format_free(&p.printer);
    text_free(&p.line);
    return good;
}

bool timeline_gaps(struct casefile *casefile, struct text *out) {
    struct db *db = casefile_db(casefile);
    struct db_query *query =
        db_prepare(db, "SELECT coalesce(sum(records - kept), 0) FROM usn_summary WHERE selection <> 'all'");
    if (query && db_step(query) && db_integer(query, 0) > 0)
        text_format(out,
                    "this case does not hold %lld records of change journals: its scan was made without"
                    " --keep-events\n",
                    (long long)db_integer(query, 0));
    db_finish(query);
    return query && db_error(db)[0] == 0;
}
