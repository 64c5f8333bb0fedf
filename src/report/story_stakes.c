#include "report/story_stakes.h"

#include "base/filetime.h"

enum { LABEL = 12, TEXT = 4096 };

static const struct {
    const char *kind, *one, *more;
} kinds[] = {
    {"wallet", "wallet", "wallets"},
    {"wallet_extension", "wallet in a browser", "wallets in browsers"},
    {"hardware_wallet", "trace of a hardware wallet", "traces of hardware wallets"},
    {"key", "place of a user's keys", "places of users' keys"},
    {"browser_credentials", "store of a browser's credentials", "stores of browsers' credentials"},
    {"browser_history", "browser's history", "browsers' histories"},
    {"signing_key", "place of keys that sign", "places of keys that sign"},
    {"build_tool", "place of what builds or publishes software",
     "places of what builds or publishes software"},
    {"password_manager", "password manager", "places of password managers"},
    {"vpn", "way into another network", "ways into other networks"},
    {"remote_access", "way into another machine", "ways into other machines"},
    {"mail", "store of mail", "stores of mail"},
    {"cloud", "place of what opens clouds", "places of what opens clouds"},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* In the order of the judge, which is that of the table above. */
static const char names_sql[] =
    "SELECT kind, name, count(*), min(id) FROM stake GROUP BY kind, name ORDER BY min(id)";

static const char rows_sql[] =
    "SELECT kind, name, holds, path, state, size, modified, note FROM stake ORDER BY id LIMIT ?";

static const char since_sql[] = "SELECT min(exposed_since) FROM stake WHERE exposed_since > 0";

static void add(struct text *out, const char *text) {
    text_terminal(out, text, strnlen(text, TEXT));
}

struct tally {
    uint64_t count, names;
    struct text told;
};

static void take_name(struct tally tallies[KINDS], struct db_query *q) {
    size_t i = 0;
    while (i < KINDS && strcmp(kinds[i].kind, db_text(q, 0, NULL)) != 0)
        i++;
    if (i == KINDS)
        return;
    tallies[i].count += (uint64_t)db_integer(q, 2);
    if (tallies[i].names++ >= STORY_STAKES_NAMES)
        return;
    if (tallies[i].told.size > 0)
        text_add(&tallies[i].told, ", ");
    add(&tallies[i].told, db_text(q, 1, NULL));
}

static void tell_kind(size_t kind, const struct tally *tally, struct text *line) {
    if (tally->count == 0)
        return;
    text_add(line, line->size ? "; " : "");
    text_grouped(line, tally->count);
    text_format(line, " %s (%s", tally->count == 1 ? kinds[kind].one : kinds[kind].more,
                text_string(&tally->told));
    if (tally->names > STORY_STAKES_NAMES)
        text_format(line, " and %llu more", (unsigned long long)(tally->names - STORY_STAKES_NAMES));
    text_add(line, ")");
}

static bool tell_since(struct db *db, struct text *line) {
    struct db_query *q = db_prepare(db, since_sql);
    char time[FILETIME_TEXT];
    if (q && db_step(q) && !db_is_null(q, 0)) {
        filetime_text((uint64_t)db_integer(q, 0), time);
        text_format(line,
                    ". An attacker may have run code here since %s: what lay here then, or came later, "
                    "counts as taken until that is ruled out",
                    time);
    }
    db_finish(q);
    return q && db_error(db)[0] == 0;
}

static bool summary(struct db *db, const struct wrap *wrap, struct text *out) {
    struct tally tallies[KINDS] = {0};
    struct text line = {0};
    struct db_query *q = db_prepare(db, names_sql);
    while (q && db_step(q))
        take_name(tallies, q);
    db_finish(q);
    for (size_t i = 0; i < KINDS; i++) {
        tell_kind(i, &tallies[i], &line);
        text_free(&tallies[i].told);
    }
    bool good = q && (line.size == 0 || tell_since(db, &line));
    if (line.size > 0)
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, "At stake", text_string(&line));
    text_free(&line);
    return good && db_error(db)[0] == 0;
}

static void tell_row(struct db_query *q, const struct wrap *wrap, struct text *line, struct text *out) {
    char time[FILETIME_TEXT];
    text_clear(line);
    add(line, db_text(q, 1, NULL));
    text_add(line, ", ");
    add(line, db_text(q, 2, NULL));
    text_add(line, ": ");
    add(line, db_text(q, 3, NULL));
    if (strcmp(db_text(q, 4, NULL), "deleted") == 0)
        text_add(line, ", deleted");
    if (!db_is_null(q, 5)) {
        text_add(line, ", ");
        text_size(line, (uint64_t)db_integer(q, 5));
    }
    if (!db_is_null(q, 6)) {
        filetime_text((uint64_t)db_integer(q, 6), time);
        text_format(line, ", changed %s", time);
    }
    if (!db_is_null(q, 7)) {
        text_add(line, " (");
        add(line, db_text(q, 7, NULL));
        text_char(line, ')');
    }
    wrap_line(out, wrap, 0, LABEL, WRAP_DIM, "", text_string(line));
}

static bool each(struct db *db, const struct wrap *wrap, struct text *out) {
    struct text line = {0};
    struct db_query *q = db_prepare(db, rows_sql);
    if (q)
        db_bind_integer(q, 1, STORY_STAKES_MOST);
    while (q && db_step(q))
        tell_row(q, wrap, &line, out);
    db_finish(q);
    text_free(&line);
    return q && db_error(db)[0] == 0;
}

bool story_stakes(struct db *db, const struct wrap *wrap, bool all, struct text *out) {
    return summary(db, wrap, out) && (!all || each(db, wrap, out));
}
