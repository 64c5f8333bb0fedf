/* The parent's own rows. */
#include "case/casefile_private.h"

struct db_query *casefile_private_insert(struct casefile *casefile, enum fact_table table) {
    if (!casefile_private_sound(casefile))
        return NULL;
    if (!casefile->writing) {
        casefile_private_fail(casefile, "the case is not being written");
        return NULL;
    }
    if (!casefile->insert[table]) {
        struct text sql = {0};
        casefile_schema_insert(&sql, table);
        casefile->insert[table] = db_prepare(casefile->db, text_string(&sql));
        text_free(&sql);
        if (!casefile->insert[table])
            casefile_private_fail(casefile, "out of memory");
    }
    return casefile->insert[table];
}

bool casefile_private_put(struct casefile *casefile, struct db_query *query) {
    (void)!db_step(query);
    db_reset(query);
    casefile->repair_count = 0;
    return casefile_private_sound(casefile);
}

/* Length of the well-formed sequence at `s`, 0 if there is none (Unicode, table 3-7). */
static size_t sequence(const uint8_t *s, size_t size) {
    uint8_t lead = s[0];
    if (lead < 0x80)
        return lead != 0;
    size_t length = lead >= 0xc2 && lead < 0xe0   ? 2
                    : (lead & 0xf0) == 0xe0       ? 3
                    : lead >= 0xf0 && lead < 0xf5 ? 4
                                                  : 0;
    if (length == 0 || length > size)
        return 0;
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* True if none of the eight bytes is NUL or above 0x7f. */
static bool plain_word(const uint8_t *s) {
    uint64_t word;
    memcpy(&word, s, 8);
    return ((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) == 0;
}

bool casefile_private_utf8(const void *text, size_t size) {
    const uint8_t *s = text;
    for (size_t i = 0; i < size;) {
        if (size - i >= 8 && plain_word(s + i)) {
            i += 8;
            continue;
        }
        size_t length = sequence(s + i, size - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

/* What cannot be stored as it is: ill-formed bytes as \xHH, the end of a long text as three dots. */
static const struct text *repaired(struct casefile *casefile, const char *text, size_t size) {
    if (casefile->repair_count == CASEFILE_REPAIRS)
        return NULL;
    struct text *out = &casefile->repairs[casefile->repair_count++];
    text_clear(out);
    if (casefile_private_utf8(text, size))
        text_bytes(out, text, size);
    else
        text_from_bytes(out, span_of(text, size, 0));
    if (out->size > CASEFILE_TEXT) {
        out->size = CASEFILE_TEXT - 3;
        while (out->size > 0 && (out->data[out->size] & 0xc0) == 0x80)
            out->size--;
        text_add(out, "...");
    }
    return out->full ? NULL : out;
}

bool casefile_private_bytes(struct casefile *casefile, struct db_query *query, int at, const char *text,
                            size_t size) {
    if (size <= CASEFILE_TEXT && casefile_private_utf8(text, size)) {
        db_bind_text(query, at, text, size);
        return true;
    }
    const struct text *good = repaired(casefile, text, size);
    if (!good) {
        db_reset(query);
        return casefile_private_fail(casefile, "out of memory");
    }
    db_bind_text(query, at, good->data, good->size);
    return true;
}

bool casefile_private_text(struct casefile *casefile, struct db_query *query, int at, const char *text) {
    return !text || casefile_private_bytes(casefile, query, at, text, strlen(text));
}

void casefile_private_some(struct db_query *query, int at, uint64_t value) {
    if (value != 0)
        db_bind_integer(query, at, (int64_t)value);
}

static bool pair(struct casefile *casefile, enum fact_table table, const char *key, const char *value) {
    struct db_query *query = casefile_private_insert(casefile, table);
    return query && casefile_private_text(casefile, query, 1, key) &&
           casefile_private_text(casefile, query, 2, value) && casefile_private_put(casefile, query);
}

bool casefile_meta(struct casefile *casefile, const char *key, const char *value) {
    return pair(casefile, FACT_meta, key, value);
}

bool casefile_run(struct casefile *casefile, const char *key, const char *value) {
    return pair(casefile, FACT_run, key, value);
}

static void bind_some(struct db_query *query, int at, struct span bytes) {
    if (bytes.size > 0)
        db_bind_blob(query, at, bytes.data, bytes.size);
}

bool casefile_evidence(struct casefile *casefile, const struct casefile_evidence *evidence) {
    struct db_query *query = casefile_private_insert(casefile, FACT_evidence);
    if (!query)
        return false;
    db_bind_integer(query, 1, (int64_t)evidence->id);
    if (evidence->has_size)
        db_bind_integer(query, 4, (int64_t)evidence->size);
    casefile_private_some(query, 8, evidence->parts);
    casefile_private_some(query, 9, evidence->media_size);
    casefile_private_some(query, 16, evidence->artifact);
    bind_some(query, 10, evidence->stored_md5);
    bind_some(query, 11, evidence->stored_sha1);
    bind_some(query, 12, evidence->media_md5);
    bind_some(query, 13, evidence->media_sha1);
    bind_some(query, 14, evidence->media_sha256);
    return casefile_private_text(casefile, query, 2, evidence->path) &&
           casefile_private_text(casefile, query, 3, evidence->kind) &&
           casefile_private_text(casefile, query, 5, evidence->state) &&
           casefile_private_text(casefile, query, 6, evidence->reason) &&
           casefile_private_text(casefile, query, 7, evidence->container) &&
           casefile_private_text(casefile, query, 15, evidence->host) &&
           casefile_private_text(casefile, query, 17, evidence->collector) &&
           casefile_private_put(casefile, query);
}

bool casefile_volume(struct casefile *casefile, const struct casefile_volume *volume) {
    struct db_query *query = casefile_private_insert(casefile, FACT_volume);
    if (!query)
        return false;
    db_bind_integer(query, 1, (int64_t)volume->id);
    db_bind_integer(query, 2, (int64_t)volume->evidence);
    db_bind_integer(query, 3, (int64_t)volume->ordinal);
    db_bind_integer(query, 5, (int64_t)volume->offset);
    db_bind_integer(query, 6, (int64_t)volume->size);
    casefile_private_some(query, 9, volume->cluster_size);
    casefile_private_some(query, 10, volume->record_size);
    casefile_private_some(query, 11, volume->records);
    casefile_private_some(query, 14, volume->shadow);
    casefile_private_some(query, 15, volume->shadow_of);
    casefile_private_some(query, 16, volume->shadow_created);
    return casefile_private_text(casefile, query, 4, volume->kind) &&
           casefile_private_text(casefile, query, 7, volume->label) &&
           casefile_private_text(casefile, query, 8, volume->serial) &&
           casefile_private_text(casefile, query, 12, volume->state) &&
           casefile_private_text(casefile, query, 13, volume->reason) &&
           casefile_private_text(casefile, query, 17, volume->shadow_id) &&
           casefile_private_text(casefile, query, 18, volume->drive) && casefile_private_put(casefile, query);
}

/* The number of a folder, stored when it is new; 0 if the case failed. */
static uint32_t folder(struct casefile *casefile, const struct listing *listing) {
    bool fresh;
    uint32_t number =
        casefile_folders_number(&casefile->folders, listing->folder, listing->folder_size, &fresh);
    if (number == 0) {
        casefile_private_fail(casefile, "out of memory for folders");
        return 0;
    }
    if (!fresh)
        return number;
    struct db_query *query = casefile_private_insert(casefile, FACT_folder);
    if (!query)
        return 0;
    db_bind_integer(query, 1, number);
    return casefile_private_bytes(casefile, query, 2, listing->folder, listing->folder_size) &&
                   casefile_private_put(casefile, query)
               ? number
               : 0;
}

/* Binding numbers of a table's columns, from 1, in the order of facts.def. */
#define AT(table, column, first) ((int)(FACT_##table##_##column - FACT_##table##_##first) + 1)
#define ARTIFACT(column)         AT(artifact, column, id)

/* Times that are 0 are times in an MFT, and unknown elsewhere. */
static void bind_times(struct db_query *query, int at, const uint64_t times[LISTING_TIMES], bool unrecorded) {
    for (int i = 0; i < LISTING_TIMES; i++)
        if (times[i] != 0 || !unrecorded)
            db_bind_integer(query, at + i, (int64_t)times[i]);
}

static void bind_numbers(struct db_query *query, const struct listing *listing) {
    db_bind_integer(query, ARTIFACT(evidence), listing->evidence);
    casefile_private_some(query, ARTIFACT(volume), listing->volume);
    db_bind_integer(query, ARTIFACT(record), (int64_t)listing->record);
    db_bind_integer(query, ARTIFACT(sequence), listing->sequence);
    db_bind_integer(query, ARTIFACT(size), (int64_t)listing->size);
    db_bind_integer(query, ARTIFACT(attributes), listing->attributes);
    db_bind_integer(query, ARTIFACT(flags), listing->flags);
    bind_times(query, ARTIFACT(si_created), listing->si, listing->unrecorded);
    if (listing->has_fn)
        bind_times(query, ARTIFACT(fn_created), listing->fn, false);
}

bool casefile_artifact(struct casefile *casefile, uint64_t id, const struct listing *listing, struct span raw,
                       const char *state, const char *reason) {
    uint32_t number = casefile_private_sound(casefile) ? folder(casefile, listing) : 0;
    struct db_query *query = number ? casefile_private_insert(casefile, FACT_artifact) : NULL;
    if (!query)
        return false;
    db_bind_integer(query, ARTIFACT(id), (int64_t)id);
    db_bind_integer(query, ARTIFACT(folder), number);
    bind_numbers(query, listing);
    if (raw.size > 0)
        db_bind_blob(query, ARTIFACT(raw_name), raw.data, raw.size);
    return casefile_private_bytes(casefile, query, ARTIFACT(name), listing->name, listing->name_size) &&
           (!listing->stream || casefile_private_bytes(casefile, query, ARTIFACT(stream), listing->stream,
                                                       listing->stream_size)) &&
           casefile_private_text(casefile, query, ARTIFACT(state), state) &&
           casefile_private_text(casefile, query, ARTIFACT(reason), reason) &&
           casefile_private_put(casefile, query);
}

bool casefile_state(struct casefile *casefile, uint64_t artifact, const char *state, const char *reason) {
    if (!casefile_private_sound(casefile))
        return false;
    if (!casefile->writing)
        return casefile_private_fail(casefile, "the case is not being written");
    if (!casefile->state)
        casefile->state = db_prepare(casefile->db, "UPDATE artifact SET state = ?, reason = ? WHERE id = ?");
    struct db_query *query = casefile->state;
    if (!query)
        return casefile_private_fail(casefile, "out of memory");
    db_bind_integer(query, 3, (int64_t)artifact);
    return casefile_private_text(casefile, query, 1, state) &&
           casefile_private_text(casefile, query, 2, reason) && casefile_private_put(casefile, query);
}

bool casefile_path(struct casefile *casefile, uint64_t artifact, const struct listing *listing) {
    uint32_t number = casefile_private_sound(casefile) ? folder(casefile, listing) : 0;
    struct db_query *query = number ? casefile_private_insert(casefile, FACT_artifact_path) : NULL;
    if (!query)
        return false;
    db_bind_integer(query, 1, (int64_t)artifact);
    db_bind_integer(query, 2, number);
    if (listing->has_fn)
        bind_times(query, AT(artifact_path, fn_created, artifact), listing->fn, false);
    return casefile_private_bytes(casefile, query, 3, listing->name, listing->name_size) &&
           casefile_private_put(casefile, query);
}

bool casefile_coverage(struct casefile *casefile, uint64_t evidence, uint64_t volume, const char *class,
                       const char *reason, uint64_t files, uint64_t bytes) {
    struct db_query *query = casefile_private_insert(casefile, FACT_coverage);
    if (!query)
        return false;
    db_bind_integer(query, 1, (int64_t)evidence);
    casefile_private_some(query, 2, volume);
    db_bind_integer(query, 5, (int64_t)files);
    db_bind_integer(query, 6, (int64_t)bytes);
    return casefile_private_text(casefile, query, 3, class) &&
           casefile_private_text(casefile, query, 4, reason) && casefile_private_put(casefile, query);
}

bool casefile_collected(struct casefile *casefile, uint64_t evidence, uint64_t volume, const char *path,
                        bool complete) {
    struct db_query *query = casefile_private_insert(casefile, FACT_collected);
    if (!query)
        return false;
    db_bind_integer(query, 1, (int64_t)evidence);
    casefile_private_some(query, 2, volume);
    db_bind_integer(query, 4, complete);
    return casefile_private_text(casefile, query, 3, path) && casefile_private_put(casefile, query);
}

#define TRUST(column) AT(trust, column, artifact)

static bool bind_verdict(struct casefile *casefile, struct db_query *query, int at,
                         const struct casefile_verdict *verdict) {
    if (verdict->has_code)
        db_bind_integer(query, at + 1, (int64_t)verdict->code);
    return casefile_private_text(casefile, query, at, verdict->word);
}

bool casefile_trust(struct casefile *casefile, const struct casefile_trust *trust) {
    struct db_query *query = casefile_private_insert(casefile, FACT_trust);
    if (!query)
        return false;
    db_bind_integer(query, TRUST(artifact), (int64_t)trust->artifact);
    if (trust->has_signature)
        db_bind_integer(query, TRUST(signature), (int64_t)trust->signature);
    casefile_private_some(query, TRUST(catalog), trust->catalog);
    casefile_private_some(query, TRUST(time), trust->time);
    return casefile_private_text(casefile, query, TRUST(state), trust->state) &&
           casefile_private_text(casefile, query, TRUST(source), trust->source) &&
           casefile_private_text(casefile, query, TRUST(signer), trust->signer) &&
           casefile_private_text(casefile, query, TRUST(issuer), trust->issuer) &&
           casefile_private_text(casefile, query, TRUST(root), trust->root) &&
           casefile_private_text(casefile, query, TRUST(flags), trust->flags) &&
           casefile_private_text(casefile, query, TRUST(denied_by), trust->denied_by) &&
           casefile_private_text(casefile, query, TRUST(reason), trust->reason) &&
           bind_verdict(casefile, query, TRUST(user), &trust->user) &&
           bind_verdict(casefile, query, TRUST(strict), &trust->strict) &&
           bind_verdict(casefile, query, TRUST(kernel), &trust->kernel) &&
           casefile_private_put(casefile, query);
}

#define USN_PATH(column) AT(usn_path, column, artifact)

bool casefile_usn_path(struct casefile *casefile, const struct casefile_usn_path *path) {
    struct listing place = {.folder = path->folder, .folder_size = path->folder_size};
    uint32_t number = casefile_private_sound(casefile) ? folder(casefile, &place) : 0;
    struct db_query *query = number ? casefile_private_insert(casefile, FACT_usn_path) : NULL;
    if (!query)
        return false;
    db_bind_integer(query, USN_PATH(artifact), (int64_t)path->artifact);
    db_bind_integer(query, USN_PATH(parent), (int64_t)path->parent);
    db_bind_integer(query, USN_PATH(parent_sequence), (int64_t)path->parent_sequence);
    db_bind_integer(query, USN_PATH(from_usn), (int64_t)path->from_usn);
    db_bind_integer(query, USN_PATH(to_usn), (int64_t)path->to_usn);
    db_bind_integer(query, USN_PATH(folder), number);
    return casefile_private_text(casefile, query, USN_PATH(source), path->source) &&
           casefile_private_put(casefile, query);
}

#define CLOCK(column) AT(clock_step, column, evidence)

bool casefile_clock_step(struct casefile *casefile, const struct casefile_clock_step *step) {
    struct db_query *query = casefile_private_insert(casefile, FACT_clock_step);
    if (!query)
        return false;
    const uint64_t numbers[] = {step->evidence, step->artifact, step->ordinal};
    for (int i = 0; i < 3; i++)
        db_bind_integer(query, CLOCK(evidence) + i, (int64_t)numbers[i]);
    db_bind_integer(query, CLOCK(before), (int64_t)step->before);
    db_bind_integer(query, CLOCK(after), (int64_t)step->after);
    return casefile_private_text(casefile, query, CLOCK(source), step->source) &&
           casefile_private_text(casefile, query, CLOCK(program), step->program) &&
           casefile_private_put(casefile, query);
}

#define VERDICT(column) AT(time_verdict, column, artifact)

bool casefile_time_verdict(struct casefile *casefile, const struct casefile_time_verdict *verdict) {
    struct db_query *query = casefile_private_insert(casefile, FACT_time_verdict);
    if (!query)
        return false;
    db_bind_integer(query, VERDICT(artifact), (int64_t)verdict->artifact);
    db_bind_integer(query, VERDICT(score), (int64_t)verdict->score);
    db_bind_integer(query, VERDICT(cohort), (int64_t)verdict->cohort);
    casefile_private_some(query, VERDICT(twin), verdict->twin);
    return casefile_private_text(casefile, query, VERDICT(verdict), verdict->verdict) &&
           casefile_private_text(casefile, query, VERDICT(operations), verdict->operations) &&
           casefile_private_text(casefile, query, VERDICT(history), verdict->history) &&
           casefile_private_text(casefile, query, VERDICT(summary), verdict->summary) &&
           casefile_private_text(casefile, query, VERDICT(innocent), verdict->innocent) &&
           casefile_private_text(casefile, query, VERDICT(records), verdict->records) &&
           casefile_private_text(casefile, query, VERDICT(fails), verdict->fails) &&
           casefile_private_text(casefile, query, VERDICT(marks), verdict->marks) &&
           casefile_private_text(casefile, query, VERDICT(journal), verdict->journal) &&
           casefile_private_text(casefile, query, VERDICT(log), verdict->log) &&
           casefile_private_text(casefile, query, VERDICT(directory), verdict->directory) &&
           casefile_private_text(casefile, query, VERDICT(shadow), verdict->shadow) &&
           casefile_private_text(casefile, query, VERDICT(events), verdict->events) &&
           casefile_private_put(casefile, query);
}

#define SUMMARY(column) AT(time_summary, column, volume)

bool casefile_time_summary(struct casefile *casefile, const struct casefile_time_summary *summary) {
    struct db_query *query = casefile_private_insert(casefile, FACT_time_summary);
    if (!query)
        return false;
    const uint64_t counts[] = {summary->volume, summary->files, summary->irregular, summary->explained,
                               summary->weak,   summary->firm,  summary->strong,    summary->told};
    for (int i = 0; i < 8; i++)
        db_bind_integer(query, SUMMARY(volume) + i, (int64_t)counts[i]);
    casefile_private_some(query, SUMMARY(journal), summary->journal);
    casefile_private_some(query, SUMMARY(journal_from), summary->journal_from);
    casefile_private_some(query, SUMMARY(journal_to), summary->journal_to);
    casefile_private_some(query, SUMMARY(log), summary->log);
    casefile_private_some(query, SUMMARY(log_from), summary->log_from);
    casefile_private_some(query, SUMMARY(log_to), summary->log_to);
    db_bind_integer(query, SUMMARY(logs), summary->logs);
    db_bind_integer(query, SUMMARY(clock_steps), (int64_t)summary->clock_steps);
    db_bind_integer(query, SUMMARY(clock_back), (int64_t)summary->clock_back);
    return casefile_private_text(casefile, query, SUMMARY(journal_state), summary->journal_state) &&
           casefile_private_text(casefile, query, SUMMARY(log_state), summary->log_state) &&
           casefile_private_put(casefile, query);
}

#define KNOWN(column) AT(known, column, artifact)

static const char *some(const char *text) {
    return text && text[0] ? text : NULL;
}

bool casefile_known(struct casefile *casefile, const struct casefile_known *known) {
    struct db_query *query = casefile_private_insert(casefile, FACT_known);
    if (!query)
        return false;
    db_bind_integer(query, KNOWN(artifact), (int64_t)known->artifact);
    return casefile_private_text(casefile, query, KNOWN(list), known->list) &&
           casefile_private_text(casefile, query, KNOWN(name), some(known->name)) &&
           casefile_private_text(casefile, query, KNOWN(product), some(known->product)) &&
           casefile_private_text(casefile, query, KNOWN(version), some(known->version)) &&
           casefile_private_text(casefile, query, KNOWN(maker), some(known->maker)) &&
           casefile_private_put(casefile, query);
}

#define EXECUTION(column) AT(execution, column, id)

bool casefile_execution(struct casefile *casefile, const struct casefile_execution *execution) {
    struct db_query *query = casefile_private_insert(casefile, FACT_execution);
    if (!query)
        return false;
    db_bind_integer(query, EXECUTION(id), (int64_t)execution->id);
    db_bind_integer(query, EXECUTION(evidence), (int64_t)execution->evidence);
    casefile_private_some(query, EXECUTION(volume), execution->volume);
    casefile_private_some(query, EXECUTION(artifact), execution->artifact);
    casefile_private_some(query, EXECUTION(first_time), execution->first);
    casefile_private_some(query, EXECUTION(last_time), execution->last);
    db_bind_integer(query, EXECUTION(count), (int64_t)execution->count);
    db_bind_integer(query, EXECUTION(traced), (int64_t)execution->traced);
    db_bind_integer(query, EXECUTION(traced_row), (int64_t)execution->row);
    return casefile_private_text(casefile, query, EXECUTION(path), execution->path) &&
           casefile_private_text(casefile, query, EXECUTION(kind), execution->kind) &&
           casefile_private_text(casefile, query, EXECUTION(source), execution->source) &&
           casefile_private_text(casefile, query, EXECUTION(detail), execution->detail) &&
           casefile_private_put(casefile, query);
}

bool casefile_private_knows(const struct casefile *casefile, const char *id, size_t size) {
    for (size_t i = 0; i < casefile->detector_count; i++)
        if (strlen(casefile->detectors[i]) == size && memcmp(casefile->detectors[i], id, size) == 0)
            return true;
    return false;
}

bool casefile_detector(struct casefile *casefile, const char *kind, const struct explanation *text) {
    struct db_query *query = casefile_private_insert(casefile, FACT_detector);
    if (!query)
        return false;
    const char *const texts[] = {text->id,       kind,         text->title, text->why,
                                 text->innocent, text->verify, text->attack};
    for (int i = 0; i < 7; i++)
        if (!casefile_private_text(casefile, query, i + 1, texts[i]))
            return false;
    db_bind_integer(query, 8, text->severity);
    if (!casefile_private_put(casefile, query))
        return false;
    if (casefile_private_knows(casefile, text->id, strlen(text->id)))
        return true;
    char *id = casefile->detector_count < CASEFILE_DETECTORS ? strdup(text->id) : NULL;
    if (!id)
        return casefile_private_fail(casefile, "too many detectors");
    casefile->detectors[casefile->detector_count++] = id;
    return true;
}
