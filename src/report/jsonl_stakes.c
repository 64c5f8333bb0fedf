#include "report/jsonl_stakes.h"

#include "base/filetime.h"

/* In the order of the columns of the question. */
enum { TEXTS = 9, NUMBERS = 2, TIMES = 3 };

static const char rows_sql[] =
    "SELECT s.id, s.kind, s.name, s.holds, s.user, s.path, s.state, s.owner, s.note, s.source, s.files, s.size,"
    " s.created, s.modified, s.exposed_since, e.path FROM stake s LEFT JOIN evidence e ON e.id = s.evidence ORDER BY s.id";

static const char *const text_keys[TEXTS] = {"kind",  "name",  "holds", "user",  "path",
                                             "state", "owner", "note",  "source"};
static const char *const number_keys[NUMBERS] = {"files", "size"};
static const char *const time_keys[TIMES] = {"created", "modified", "exposed_since"};

static void member(struct text *out, const char *key, struct db_query *q, int at) {
    size_t size;
    if (db_is_null(q, at))
        return;
    const char *text = db_text(q, at, &size);
    text_format(out, ",\"%s\":", key);
    text_json(out, text, size);
}

static void time_member(struct text *out, const char *key, struct db_query *q, int at) {
    char time[FILETIME_TEXT];
    if (db_is_null(q, at) || db_integer(q, at) <= 0)
        return;
    filetime_text((uint64_t)db_integer(q, at), time);
    text_format(out, ",\"%s\":\"%s\"", key, time);
}

static void stake(struct text *out, struct db_query *q) {
    text_format(out, "{\"schema\":\"assay.stake/1\",\"id\":%lld", (long long)db_integer(q, 0));
    member(out, "evidence", q, 1 + TEXTS + NUMBERS + TIMES);
    for (int i = 0; i < TEXTS; i++)
        member(out, text_keys[i], q, 1 + i);
    for (int i = 0; i < NUMBERS; i++)
        if (!db_is_null(q, 1 + TEXTS + i))
            text_format(out, ",\"%s\":%lld", number_keys[i], (long long)db_integer(q, 1 + TEXTS + i));
    for (int i = 0; i < TIMES; i++)
        time_member(out, time_keys[i], q, 1 + TEXTS + NUMBERS + i);
    text_add(out, "}\n");
}

bool jsonl_stakes(struct casefile *casefile, struct output *output) {
    struct db *db = casefile_db(casefile);
    struct db_query *q = db_prepare(db, rows_sql);
    struct text line = {0};
    while (q && output->error == 0 && db_step(q)) {
        stake(&line, q);
        output_text(output, &line);
    }
    db_finish(q);
    text_free(&line);
    return q && db_error(db)[0] == 0 && output->error == 0;
}
