#include "case/casefile_merge.h"

#include "case/casefile_integrity.h"
#include "case/casefile_private.h"

struct merge {
    struct casefile *to;
    const struct casefile_merge *from;
    size_t count;
    unsigned refers[FACT_COLUMNS]; /* to which table's numbers; FACT_TABLES: to none */
    int64_t most[FACT_TABLES];     /* numbers of the cases so far */
    struct db_query *number;       /* a finding's number now, by what it was */
};

static const char number_sql[] = "SELECT now FROM temp.kept WHERE was = ?";

/* Who an evidence is: two with the same answer are the same. */
static const char evidence_sql[] =
    "SELECT e.path, hex(coalesce(e.media_sha256, '')), coalesce(e.kind, '') || '/' || coalesce(e.size, '') || '/' ||"
    " coalesce(e.container, '') || '/' || coalesce(e.host, '') || '/' || (SELECT count(*) FROM artifact a WHERE a.evidence ="
    " e.id) || '/' || coalesce((SELECT group_concat(coalesce(serial, '') || '+' || coalesce(offset, '')) FROM volume v WHERE"
    " v.evidence = e.id), '') FROM evidence e WHERE e.artifact IS NULL ORDER BY e.id";

static const char whole_sql[] =
    "SELECT word, rank, complete, reason, incomplete, since FROM verdict WHERE evidence IS NULL"
    " ORDER BY rank DESC LIMIT 1";

/* The text of the schema is the law: what refers to a table begins with its name. */
static unsigned refers_to(const struct casefile_schema_column *column) {
    const char *end = strstr(column->meaning, ".id");
    if (column->kind != ROW_INTEGER)
        return FACT_TABLES;
    if (strcmp(column->name, "id") == 0)
        return column->table;
    if (strncmp(column->meaning, "verdict.evidence", 16) == 0)
        return FACT_evidence;
    for (unsigned i = 0; end && i < FACT_TABLES; i++) {
        size_t size = strlen(casefile_schema_tables[i].name);
        if ((size_t)(end - column->meaning) == size &&
            memcmp(column->meaning, casefile_schema_tables[i].name, size) == 0)
            return i;
    }
    return FACT_TABLES;
}

static bool is_closing(unsigned table) {
    return table >= FACT_finding_chain && table <= FACT_stake;
}

/* meta and run are of the case itself, and digests are computed anew. */
static bool is_copied(unsigned table) {
    return table != FACT_meta && table != FACT_run && table != FACT_finding_chain;
}

static int64_t renumber(struct merge *m, unsigned table, int64_t number) {
    int64_t moved;
    if (number <= 0 || __builtin_add_overflow(number, m->most[table], &moved))
        return number;
    if (table != FACT_finding || !m->number)
        return moved;
    db_reset(m->number);
    db_bind_integer(m->number, 1, moved);
    return db_step(m->number) ? db_integer(m->number, 0) : 0;
}

static void bind(struct merge *m, struct db_query *out, struct db_query *in, unsigned column, int at) {
    enum row_kind kind = casefile_schema_columns[column].kind;
    if (db_is_null(in, at))
        return;
    if (kind == ROW_INTEGER) {
        int64_t value = db_integer(in, at);
        unsigned refers = m->refers[column];
        db_bind_integer(out, at + 1, refers < FACT_TABLES ? renumber(m, refers, value) : value);
    } else if (kind == ROW_BLOB) {
        struct span bytes = db_blob(in, at);
        db_bind_blob(out, at + 1, bytes.data, bytes.size);
    } else {
        size_t size;
        const char *text = db_text(in, at, &size);
        db_bind_text(out, at + 1, text, size);
    }
}

static bool copy_table(struct merge *m, struct db *from, unsigned table) {
    struct text sql = {0};
    unsigned first = m->to->first[table], end = m->to->end[table];
    text_format(&sql, "SELECT * FROM \"%s\"%s", casefile_schema_tables[table].name,
                table == FACT_verdict ? " WHERE evidence IS NOT NULL" : "");
    struct db_query *in = db_prepare(from, text_string(&sql));
    bool good = in != NULL;
    while (good && db_step(in)) {
        struct db_query *out = casefile_private_insert(m->to, (enum fact_table)table);
        for (unsigned i = first; out && i < end; i++)
            bind(m, out, in, i, (int)(i - first));
        good = out && casefile_private_put(m->to, out);
    }
    db_finish(in);
    text_free(&sql);
    return good && db_error(from)[0] == 0;
}

static int64_t ask(struct db *db, const char *sql) {
    struct db_query *q = db_prepare(db, sql);
    int64_t value = q && db_step(q) ? db_integer(q, 0) : 0;
    db_finish(q);
    return value > 0 ? value : 0;
}

/* The cases that come next are numbered behind this one. */
static void count_numbers(struct merge *m, struct db *from) {
    for (unsigned i = 0; i < FACT_TABLES; i++) {
        struct text sql = {0};
        if (casefile_schema_columns[m->to->first[i]].kind == ROW_INTEGER &&
            strcmp(casefile_schema_columns[m->to->first[i]].name, "id") == 0) {
            text_format(&sql, "SELECT max(id) FROM \"%s\"", casefile_schema_tables[i].name);
            int64_t most = ask(from, text_string(&sql));
            if (__builtin_add_overflow(m->most[i], most, &m->most[i]))
                m->most[i] = INT64_MAX;
        }
        text_free(&sql);
    }
}

/* Facts first; what cites findings when these have their numbers. */
static bool copy(struct merge *m, bool closing) {
    bool good = true;
    memset(m->most, 0, sizeof m->most);
    for (size_t i = 0; good && i < m->count; i++) {
        struct db *from = casefile_db(m->from[i].casefile);
        for (unsigned table = 0; good && table < FACT_TABLES; table++)
            if (is_copied(table) && is_closing(table) == closing)
                good = copy_table(m, from, table);
        count_numbers(m, from);
    }
    return good;
}

static bool put_whole(struct merge *m) {
    struct text reason = {0}, incomplete = {0}, word = {0};
    int64_t rank = -1, complete = 1, since = 0, told = 0;
    for (size_t i = 0; i < m->count; i++) {
        struct db_query *q = db_prepare(casefile_db(m->from[i].casefile), whole_sql);
        if (q && db_step(q)) {
            told++;
            complete = complete && db_integer(q, 2);
            if (!db_is_null(q, 4))
                text_format(&incomplete, "%s%s", incomplete.size ? "; " : "", db_text(q, 4, NULL));
            if (db_integer(q, 5) > 0 && (since == 0 || db_integer(q, 5) < since))
                since = db_integer(q, 5);
            if (db_integer(q, 1) > rank) {
                rank = db_integer(q, 1);
                text_clear(&word);
                text_clear(&reason);
                text_add(&word, db_text(q, 0, NULL));
                text_add(&reason, db_text(q, 3, NULL));
            }
        }
        db_finish(q);
    }
    const struct casefile_cell cells[] = {
        {.column = FACT_verdict_word, .text = text_string(&word)},
        {.column = FACT_verdict_rank, .number = (uint64_t)(rank > 0 ? rank : 0)},
        {.column = FACT_verdict_complete, .number = (uint64_t)(complete != 0)},
        {.column = FACT_verdict_reason, .text = text_string(&reason)},
        {.column = FACT_verdict_incomplete, .text = incomplete.size ? text_string(&incomplete) : NULL},
        {.column = FACT_verdict_since, .number = (uint64_t)since, .some = true},
    };
    bool good = told == 0 || casefile_put(m->to, FACT_verdict, cells, sizeof cells / sizeof *cells);
    text_free(&reason);
    text_free(&incomplete);
    text_free(&word);
    return good;
}

/* What was of each run, with the number of the case before it. */
static bool put_runs(struct merge *m, size_t at) {
    char key[96], last[CASEFILE_INTEGRITY_HEX];
    struct casefile *from = m->from[at].casefile;
    struct db_query *q = db_prepare(casefile_db(from), "SELECT key, value FROM run ORDER BY key");
    bool good = q != NULL && casefile_integrity_last(from, last);
    while (good && db_step(q)) {
        snprintf(key, sizeof key, "%zu %.64s", at + 1, db_text(q, 0, NULL));
        good = casefile_run(m->to, key, db_text(q, 1, NULL));
    }
    db_finish(q);
    snprintf(key, sizeof key, "%zu case", at + 1);
    good = good && casefile_run(m->to, key, m->from[at].path);
    snprintf(key, sizeof key, "%zu digest", at + 1);
    return good && casefile_run(m->to, key, last);
}

static bool put_meta(struct merge *m, struct text *because) {
    bool good = true;
    uint64_t stakes = 0;
    for (size_t i = 0; good && i < m->count; i++) {
        struct db *db = casefile_db(m->from[i].casefile);
        m->to->omitted +=
            (uint64_t)ask(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'findings_omitted'");
        stakes += (uint64_t)ask(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'stakes_omitted'");
        struct db_query *q = db_prepare(db, "SELECT value FROM meta WHERE key = 'incomplete_because'");
        if (q && db_step(q))
            text_format(because, "%scase %zu: %s", because->size ? "; " : "", i + 1, db_text(q, 0, NULL));
        db_finish(q);
        good = put_runs(m, i);
    }
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)stakes);
    return good && (stakes == 0 || casefile_meta(m->to, "stakes_omitted", number));
}

/* True, with the reason, if `q` stands at an evidence that the other case has, too. */
static bool is_in(struct db_query *q, const struct casefile_merge *one, const struct casefile_merge *other,
                  struct text *error) {
    struct db_query *there = db_prepare(casefile_db(other->casefile), evidence_sql);
    bool same = false;
    while (there && !same && db_step(there)) {
        bool digests = db_text(q, 1, NULL)[0] && db_text(there, 1, NULL)[0];
        same = digests ? strcmp(db_text(q, 1, NULL), db_text(there, 1, NULL)) == 0
                       : strcmp(db_text(q, 0, NULL), db_text(there, 0, NULL)) == 0 &&
                             strcmp(db_text(q, 2, NULL), db_text(there, 2, NULL)) == 0;
    }
    if (same)
        text_format(error, "the same evidence is in %s and in %s: %s", one->path, other->path,
                    db_text(q, 0, NULL));
    db_finish(there);
    return same;
}

static bool all_differ(const struct casefile_merge *from, size_t count, struct text *error) {
    bool differ = true;
    for (size_t i = 0; differ && i < count; i++) {
        struct db_query *q = db_prepare(casefile_db(from[i].casefile), evidence_sql);
        while (differ && q && db_step(q))
            for (size_t n = i + 1; differ && n < count; n++)
                differ = !is_in(q, &from[i], &from[n], error);
        db_finish(q);
    }
    return differ;
}

bool casefile_merge(struct casefile *to, const struct casefile_merge *from, size_t count,
                    struct text *because, struct text *error) {
    struct merge m = {.to = to, .from = from, .count = count};
    for (unsigned i = 0; i < FACT_COLUMNS; i++)
        m.refers[i] = refers_to(&casefile_schema_columns[i]);
    if (!all_differ(from, count, error))
        return false;
    bool good = copy(&m, false) && casefile_number(to);
    m.number = good ? db_prepare(to->db, number_sql) : NULL;
    good = m.number && copy(&m, true) && put_whole(&m) && put_meta(&m, because);
    db_finish(m.number);
    for (size_t i = 0; !good && error->size == 0 && i < count; i++)
        if (casefile_error(from[i].casefile)[0])
            text_format(error, "%s: %s", from[i].path, casefile_error(from[i].casefile));
    return good;
}
