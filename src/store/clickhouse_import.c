#include "store/clickhouse_private.h"

#include "base/filetime.h"

enum { SENT_SLOTS = 1 << 22, SENT_MOST = SENT_SLOTS / 2 };

static const char *const inserts[CLICKHOUSE_TABLES] = {
    [CLICKHOUSE_HOST] =
        "INSERT INTO host (batch, host, name, domain, machine_guid, machine_sid, mac, os_build, role,"
        " products) FORMAT TabSeparated",
    [CLICKHOUSE_PRESENCE] = "INSERT INTO presence (batch, thing, time) FORMAT TabSeparated",
    [CLICKHOUSE_MARK] = "INSERT INTO mark (batch, thing, stage, severity, strength, detector, time, summary)"
                        " FORMAT TabSeparated",
    [CLICKHOUSE_COVERED] = "INSERT INTO covered (batch, prefix, complete) FORMAT TabSeparated",
    [CLICKHOUSE_THING] =
        "INSERT INTO thing (thing, kind, path, name, sha256, authentihash, signer, exports, version,"
        " product, built, added, earliness) FORMAT TabSeparated",
};

/* --- batches --- */

/* Sixteen numbers at a time: one small insert for nearly every case. */
static bool note_batches(struct engine *engine) {
    struct clickhouse *state = clickhouse_of(engine);
    struct text rows = {0};
    size_t count = 0;
    for (; count < sizeof state->batches / sizeof state->batches[0]; count++) {
        state->batches[count] = clickhouse_random(engine);
        text_format(&rows, "%llu\t%lld\t%lld\n", (unsigned long long)state->batches[count],
                    (long long)state->import.host, (long long)filetime_now());
    }
    bool good =
        engine->error.size == 0 &&
        clickhouse_send(engine, "INSERT INTO import (batch, host, started) FORMAT TabSeparated", &rows);
    state->batch_count = good ? count : 0;
    text_free(&rows);
    return good;
}

/* Puts a fresh number before each row. */
static uint64_t number_rows(struct engine *engine, struct clickhouse_rows *rows) {
    struct clickhouse *state = clickhouse_of(engine);
    char digits[CLICKHOUSE_DIGITS + 1];
    if (state->batch_count == 0 && !note_batches(engine))
        return 0;
    uint64_t batch = state->batches[--state->batch_count];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)batch);
    char *end = rows->text.data + rows->text.size;
    for (char *row = rows->text.data; row < end;) {
        memcpy(row, digits, CLICKHOUSE_DIGITS);
        char *feed = memchr(row, '\n', (size_t)(end - row));
        row = feed ? feed + 1 : end;
    }
    return batch;
}

/* Each try is a batch of its own, and the one that arrived for sure is listed. */
static bool send_batch(struct engine *engine, enum clickhouse_table table) {
    struct clickhouse *state = clickhouse_of(engine);
    struct clickhouse_rows *rows = &state->rows[table];
    struct text why = {0};
    enum clickhouse_link_outcome outcome = CLICKHOUSE_LINK_BAD;
    uint64_t batch = 0;
    for (unsigned tries = 1;; tries++) {
        struct clickhouse_answer *answer;
        batch = number_rows(engine, rows);
        const struct clickhouse_link_request request = {
            .sql = inserts[table], .body = text_string(&rows->text), .size = rows->text.size};
        if (batch == 0)
            break;
        outcome = clickhouse_link_ask(state->link, &request, &answer, &why);
        clickhouse_link_finish(answer);
        if (outcome != CLICKHOUSE_LINK_AGAIN || !clickhouse_link_wait(tries))
            break;
    }
    if (outcome == CLICKHOUSE_LINK_GOOD) {
        struct text *list = table == CLICKHOUSE_PRESENCE ? &state->presences : &state->others;
        text_format(list, "%s%llu", list->size > 0 ? "," : "", (unsigned long long)batch);
    } else if (batch > 0)
        engine_fail(engine, "%s", text_string(&why));
    text_free(&why);
    return engine->error.size == 0;
}

static bool flush(struct engine *engine, enum clickhouse_table table) {
    struct clickhouse_rows *rows = &clickhouse_of(engine)->rows[table];
    bool good = true;
    if (rows->text.full)
        return engine_fail(engine, "out of memory");
    if (rows->count > 0)
        good = table < CLICKHOUSE_BATCHED ? send_batch(engine, table)
                                          : clickhouse_send(engine, inserts[table], &rows->text);
    text_clear(&rows->text);
    rows->count = 0;
    return good;
}

/* --- rows --- */

static struct text *row(struct engine *engine, enum clickhouse_table table) {
    struct clickhouse_rows *rows = &clickhouse_of(engine)->rows[table];
    rows->count++;
    if (table < CLICKHOUSE_BATCHED)
        text_add(&rows->text, "0000000000000000000");
    return &rows->text;
}

static void number(struct text *out, uint64_t value) {
    text_format(out, "%s%lld", out->size > 0 && out->data[out->size - 1] != '\n' ? "\t" : "",
                (long long)value);
}

static void string(struct text *out, const char *value) {
    text_char(out, '\t');
    clickhouse_tsv_cell(out, value);
}

static bool end_row(struct engine *engine, enum clickhouse_table table) {
    struct clickhouse_rows *rows = &clickhouse_of(engine)->rows[table];
    text_char(&rows->text, '\n');
    if (rows->count >= CLICKHOUSE_ROWS || rows->text.size >= CLICKHOUSE_BYTES)
        return flush(engine, table);
    return engine->error.size == 0;
}

bool clickhouse_import_host(struct engine *engine, const struct store_host *h) {
    const char *const fields[] = {h->name, h->domain,   h->machine_guid, h->machine_sid,
                                  h->mac,  h->os_build, h->role,         h->products};
    struct text *out = row(engine, CLICKHOUSE_HOST);
    number(out, h->host);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        string(out, fields[i]);
    return end_row(engine, CLICKHOUSE_HOST);
}

/* Was it sent? If not it will be. */
static bool is_sent(struct clickhouse *state, uint64_t thing) {
    if (!state->sent || state->sent_count >= SENT_MOST) {
        free(state->sent);
        state->sent = calloc(SENT_SLOTS, sizeof *state->sent);
        state->sent_count = 0;
    }
    if (!state->sent)
        return false;
    size_t at = thing & (SENT_SLOTS - 1);
    while (state->sent[at] && state->sent[at] != thing)
        at = (at + 1) & (SENT_SLOTS - 1);
    if (state->sent[at])
        return true;
    state->sent[at] = thing;
    state->sent_count++;
    return false;
}

static void forget_sent(struct clickhouse *state) {
    free(state->sent);
    state->sent = NULL;
    state->sent_count = 0;
}

bool clickhouse_import_thing(struct engine *engine, uint64_t id, const struct store_thing *t) {
    const char *const fields[] = {rows_kind_word(t->kind),
                                  t->path,
                                  t->name,
                                  t->sha256,
                                  t->authentihash,
                                  t->signer,
                                  t->exports,
                                  t->version,
                                  t->product};
    if (is_sent(clickhouse_of(engine), id))
        return engine->error.size == 0;
    struct text *out = row(engine, CLICKHOUSE_THING);
    number(out, id);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        string(out, fields[i]);
    number(out, t->built);
    number(out, clickhouse_of(engine)->added);
    number(out, INT64_MAX - clickhouse_of(engine)->added); /* the greatest stays: what came first */
    return end_row(engine, CLICKHOUSE_THING);
}

bool clickhouse_import_presence(struct engine *engine, const struct store_presence *p) {
    struct text *out = row(engine, CLICKHOUSE_PRESENCE);
    number(out, p->thing);
    number(out, p->time);
    return end_row(engine, CLICKHOUSE_PRESENCE);
}

bool clickhouse_import_mark(struct engine *engine, const struct store_mark *m) {
    struct text *out = row(engine, CLICKHOUSE_MARK);
    number(out, m->thing);
    string(out, m->stage);
    number(out, m->severity);
    number(out, m->strength);
    string(out, m->detector);
    number(out, m->time);
    string(out, m->summary);
    return end_row(engine, CLICKHOUSE_MARK);
}

bool clickhouse_import_covered(struct engine *engine, const struct store_covered *c) {
    struct text *out = row(engine, CLICKHOUSE_COVERED);
    string(out, c->prefix);
    number(out, c->complete);
    return end_row(engine, CLICKHOUSE_COVERED);
}

/* --- the import as a whole --- */

static const char count_forgotten[] = "SELECT uniqExact(turn) FROM host_case WHERE gone = 1";

static void drop_rows(struct clickhouse *state) {
    for (int i = 0; i < CLICKHOUSE_TABLES; i++) {
        text_clear(&state->rows[i].text);
        state->rows[i].count = 0;
    }
    text_clear(&state->presences);
    text_clear(&state->others);
    state->batch_count = 0;
}

bool clickhouse_import_begin(struct engine *engine, const struct engine_import *import) {
    struct clickhouse *state = clickhouse_of(engine);
    struct text sql = {0};
    uint64_t forgotten;
    drop_rows(state);
    state->importing = true;
    state->import = *import;
    state->added = filetime_now();
    text_format(&sql, "SELECT uniqExact(turn) FROM host_case WHERE gone = 1 AND host = %lld",
                (long long)import->host);
    bool good = clickhouse_number(engine, count_forgotten, &forgotten) &&
                clickhouse_number(engine, text_string(&sql), &state->epoch);
    text_free(&sql);
    /* Things of a host that was forgotten may be gone, too. */
    if (good && forgotten != state->forgotten)
        forget_sent(state);
    if (good)
        state->forgotten = forgotten;
    return good;
}

void clickhouse_import_abandon(struct engine *engine) {
    struct clickhouse *state = clickhouse_of(engine);
    if (state->rows[CLICKHOUSE_THING].count > 0)
        forget_sent(state);
    drop_rows(state);
    state->importing = false;
}

void clickhouse_turn(struct text *out, uint64_t epoch, const struct store_case *made, uint64_t added,
                     uint64_t chance) {
    text_format(out, "%010llu %020llu %019llu %020llu %019llu", (unsigned long long)epoch,
                (unsigned long long)made->collected, (unsigned long long)made->caseid,
                (unsigned long long)added, (unsigned long long)chance);
}

static bool write_case(struct engine *engine, const struct store_case *c) {
    struct clickhouse *state = clickhouse_of(engine);
    struct text out = {0};
    uint64_t added = state->added, chance = clickhouse_random(engine);
    const uint64_t numbers[] = {c->host, c->caseid, c->collected, added, c->rank, c->complete, c->since, 0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        number(&out, numbers[i]);
    string(&out, c->verdict);
    text_format(&out, "\t[%s]\t[%s]\t", text_string(&state->presences), text_string(&state->others));
    clickhouse_turn(&out, state->epoch, c, added, chance);
    text_char(&out, '\n');
    bool good =
        engine->error.size == 0 &&
        clickhouse_send(engine,
                        "INSERT INTO host_case (host, caseid, collected, added, rank, complete, since, gone,"
                        " verdict, presences, others, turn) FORMAT TabSeparated",
                        &out);
    text_free(&out);
    return good;
}

bool clickhouse_import_commit(struct engine *engine, const struct store_case *made) {
    struct clickhouse *state = clickhouse_of(engine);
    uint64_t forgotten;
    for (int i = CLICKHOUSE_TABLES; i-- > 0;)
        if (!flush(engine, (enum clickhouse_table)i))
            return false;
    if (!clickhouse_number(engine, count_forgotten, &forgotten))
        return false;
    if (forgotten != state->forgotten)
        return engine_fail(engine,
                           "a host was forgotten while a case was added, which may have taken things of this "
                           "case with it; the case was not added, add it again");
    bool good = write_case(engine, made);
    state->importing = state->importing && !good;
    return good;
}

void clickhouse_import_free(struct clickhouse *state) {
    for (int i = 0; i < CLICKHOUSE_TABLES; i++)
        text_free(&state->rows[i].text);
    text_free(&state->presences);
    text_free(&state->others);
    free(state->sent);
}
