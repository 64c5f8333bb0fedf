#include "engine/run.h"

/* Of rows about one artifact, in its messages: what images need; and journals, of which a record of 64 bytes
 * with every reason there is becomes a row of 640. */
enum { ITEM_BYTES = 16 << 20, ITEM_TIMES = 12 };

bool run_sink(struct run *run, bool answer) {
    if (!answer) {
        run->result->sink_failed = true;
        run->stop = 1;
    }
    return answer;
}

bool run_stopping(struct run *run) {
    if (*run->options->interrupt) {
        run->result->interrupted = true;
        run->stop = 1;
    }
    return run->stop != 0;
}

void run_refused(struct run *run, const struct casefile_evidence *evidence, const char *state) {
    if (!evidence->artifact)
        run->result->paths_refused++;
    else if (strcmp(state, fault_word(FAULT_UNSUPPORTED)) != 0)
        run->result->volumes_lost++;
}

void run_words(struct span words, char to[TALLY_REASON]) {
    size_t size = span_copy(words, to, TALLY_REASON - 1);
    to[size] = 0;
    for (size_t i = 0; i < size; i++)
        if (to[i] < 0x20 || to[i] > 0x7e)
            to[i] = '?';
}

static bool damage(struct run *run, struct casefile_place place, uint64_t offset, uint64_t bytes,
                   struct span text) {
    char summary[TALLY_REASON];
    run_words(text, summary);
    struct finding finding = {.detector = "damaged",
                              .severity = SEVERITY_INFO,
                              .strength = STRENGTH_FIRM,
                              .offset = offset,
                              .size = bytes,
                              .summary = summary,
                              .excerpt = span_of("", 0, 0)};
    return run_sink(run, run->sink->finding(run->sink, place, &finding));
}

bool run_damage(struct run *run, struct casefile_place place, uint64_t offset, const char *text,
                size_t size) {
    return damage(run, place, offset, 0, span_of(text, size, 0));
}

bool run_notes(struct run *run, struct casefile_place place, const struct protocol_notes *notes) {
    for (size_t i = 0; i < notes->count; i++) {
        const struct protocol_note *note = &notes->note[i];
        if (!damage(run, place, note->offset, note->size, note->text))
            return false;
    }
    if (notes->more > 0) {
        char text[80];
        int size = snprintf(text, sizeof text, "%llu further places are damaged in the same way",
                            (unsigned long long)notes->more);
        return run_damage(run, place, 0, text, (size_t)size);
    }
    return true;
}

bool run_rows(struct run *run, uint64_t artifact, struct span rows) {
    struct cursor cursor = cursor_of(rows);
    struct row row;
    bool bad, refused = false;
    while (row_next(&cursor, &row, &bad)) {
        if (!run_sink(run, run->sink->row(run->sink, artifact, &row, &refused)))
            return true;
        if (refused)
            return false;
    }
    return !bad;
}

bool run_within(struct pool_job *job, size_t size, uint64_t evidence) {
    job->bytes += size;
    return job->bytes <= ITEM_BYTES || (job->bytes - ITEM_BYTES) / ITEM_TIMES <= evidence;
}

void run_count(struct run *run, struct tally *tally, unsigned state, unsigned codes, const char *reason,
               uint64_t size) {
    unsigned losses = 1u << FAULT_IO | 1u << FAULT_TORN | 1u << FAULT_LIMIT;
    tally_add(tally, "seen", NULL, 1, size);
    bool told = state == STATE_READ || state == STATE_HEAD;
    tally_add(tally, protocol_state_word(state), told ? NULL : reason, 1, size);
    run->result->seen++;
    if (codes & losses)
        run->result->lost++;
}

void run_tally(struct run *run, struct tally *tally, uint64_t evidence, uint64_t volume) {
    tally_sort(tally);
    for (size_t i = 0; i < tally->count && !run->result->sink_failed; i++) {
        const struct tally_line *line = &tally->lines[i];
        run_sink(run, run->sink->coverage(run->sink, evidence, volume, line->class,
                                          line->reason[0] ? line->reason : NULL, line->files, line->bytes));
    }
}

void run_unread(struct run *run, const struct casefile_evidence *evidence, const char *reason,
                uint64_t size) {
    uint64_t files = evidence->artifact ? 0 : 1;
    if (files == 0 || run_sink(run, run->sink->coverage(run->sink, evidence->id, 0, "seen", NULL, 1, size)))
        run_sink(run, run->sink->coverage(run->sink, evidence->id, 0, "unread", reason, files, size));
}

/* The part of `prefix` that one component of the listing takes up; false if they differ. */
static bool eat(const char **prefix, const char *text, size_t size) {
    if (strncmp(*prefix, text, size) != 0)
        return false;
    *prefix += size;
    return true;
}

static bool of_stream(const struct engine_target *target, const struct listing *listing) {
    return !target->stream || (listing->stream && strlen(target->stream) == listing->stream_size &&
                               memcmp(target->stream, listing->stream, listing->stream_size) == 0);
}

bool run_accepts(const struct engine_target *target, const struct listing *listing) {
    const char *rest = target->prefix;
    if (target->catalogs &&
        (listing->name_size < 4 || strncasecmp(listing->name + listing->name_size - 4, ".cat", 4) != 0))
        return false;
    if (!rest)
        return of_stream(target, listing);
    size_t size = strlen(rest);
    if (listing->folder_size >= size) /* below it, or somewhere else */
        return memcmp(listing->folder, rest, size) == 0 &&
               (listing->folder_size == size || listing->folder[size] == '/') && !target->stream;
    if (!eat(&rest, listing->folder, listing->folder_size) || *rest++ != '/' ||
        !eat(&rest, listing->name, listing->name_size) || *rest != 0)
        return false;
    return of_stream(target, listing);
}

struct ask {
    struct pool_client client; /* first */
    struct pool_job *job;      /* NULL once handed out */
    uint32_t want;
    struct text *answer;
    bool answered;
    const char *why;
    struct run *run;
    uint64_t artifact; /* that rows may be about; 0: none */
    uint64_t most;     /* bytes of what it is, which bound them */
};

static bool ask_next(struct pool_client *client, struct pool_job *ret) {
    struct ask *ask = (struct ask *)(void *)client;
    if (!ask->job)
        return false;
    *ret = *ask->job;
    ask->job = NULL;
    return true;
}

static bool take_rows(struct ask *ask, struct span payload) {
    struct cursor cursor = cursor_of(payload);
    struct protocol_item item;
    bool bad;
    while (protocol_item_next(&cursor, &item, &bad))
        if (item.item != 0 || !run_rows(ask->run, ask->artifact, item.rows))
            return false;
    return !bad;
}

static bool ask_message(struct pool_client *client, struct pool_job *job, uint32_t type,
                        struct span payload) {
    struct ask *ask = (struct ask *)(void *)client;
    if (type == PROTOCOL_ITEMS && ask->artifact && !ask->answered)
        return run_within(job, payload.size, ask->most) && take_rows(ask, payload);
    if (type != ask->want || ask->answered)
        return false;
    text_bytes(ask->answer, payload.data, payload.size);
    return ask->answered = !ask->answer->full;
}

static bool ask_finished(struct pool_client *client, const struct pool_job *job) {
    (void)job;
    return ((struct ask *)(void *)client)->answered;
}

static bool ask_died(struct pool_client *client, struct pool_job *job, uint64_t current, const char *why) {
    (void)job;
    (void)current;
    ((struct ask *)(void *)client)->why = why;
    return false;
}

bool run_ask(struct run *run, struct pool_job *job, uint32_t want, struct text *answer, const char **why) {
    return run_ask_about(run, job, want, 0, 0, answer, why);
}

bool run_ask_about(struct run *run, struct pool_job *job, uint32_t want, uint64_t artifact, uint64_t most,
                   struct text *answer, const char **why) {
    struct ask ask = {.client = {ask_next, ask_message, ask_finished, ask_died},
                      .job = job,
                      .want = want,
                      .answer = answer,
                      .run = run,
                      .artifact = artifact,
                      .most = most};
    bool ran = pool_run(run->pool, &ask.client);
    *why = ask.why ? ask.why : ran ? "the worker did not answer" : "interrupted";
    return ran && ask.answered && !ask.why;
}
