#include "report/story_chain.h"

#include "model/finding.h"

enum {
    LABEL = 12,
    STAGE = 14 /* column behind a stage */,
    SUSPICIOUS = 2 /* verdict.rank */,
    LONGEST = 65536 /* bytes of a text that are told */
};

static bool sound(struct db *db, struct db_query *query) {
    db_finish(query);
    return query && db_error(db)[0] == 0;
}

static void safe(struct text *line, const char *text, size_t size) {
    text_terminal(line, text, size < LONGEST ? size : LONGEST);
}

static void cell(struct text *line, struct db_query *query, int at) {
    size_t size;
    const char *text = db_text(query, at, &size);
    safe(line, text, size);
}

static enum wrap_colour colour_of(int64_t rank, bool complete) {
    return rank > SUSPICIOUS ? WRAP_RED : rank > 0 || !complete ? WRAP_YELLOW : WRAP_GREEN;
}

/* "compromised: implant (complete). Why." */
static void verdict_line(struct text *line, struct db_query *query) {
    bool complete = db_integer(query, 3) != 0;
    if (!db_is_null(query, 0)) {
        cell(line, query, 1);
        text_add(line, line->size ? ": " : "a machine without a name: ");
    }
    cell(line, query, 2);
    text_add(line, complete ? " (complete). " : " (incomplete). ");
    cell(line, query, 4);
    if (!complete) {
        text_add(line, " Not everything was read, so that this may be too low: ");
        cell(line, query, 5);
        text_char(line, '.');
    }
}

bool story_chain_verdict(struct db *db, const struct wrap *wrap, struct text *out, bool *told) {
    struct db_query *query = db_prepare(
        db,
        "SELECT evidence, host, word, complete, reason, coalesce(incomplete, ''), rank, (SELECT count(*) FROM verdict"
        " WHERE evidence IS NOT NULL) FROM verdict ORDER BY evidence IS NOT NULL, rank DESC, evidence");
    struct text line = {0};
    unsigned count = 0;
    *told = false;
    while (query && db_step(query)) {
        bool whole = db_is_null(query, 0);
        int64_t hosts = db_integer(query, 7);
        if (!whole && (hosts < 2 || count++ >= STORY_CHAIN_HOSTS))
            continue;
        text_clear(&line);
        verdict_line(&line, query);
        wrap_paragraph(out, wrap, 0, LABEL, colour_of(db_integer(query, 6), db_integer(query, 3) != 0),
                       whole ? "Verdict" : "", text_string(&line));
        *told = *told || whole;
    }
    if (count > STORY_CHAIN_HOSTS)
        text_format(out, "%*sand %u more machines\n", LABEL, "", count - STORY_CHAIN_HOSTS);
    text_free(&line);
    return sound(db, query);
}

/* --- chains --- */

static void paragraph(const struct wrap *wrap, struct text *out, const char *label, const char *text,
                      size_t size) {
    struct text line = {0}, name = {0};
    if (size == 0)
        return;
    safe(&line, text, size);
    safe(&name, label, strlen(label) < STAGE ? strlen(label) : STAGE - 1);
    wrap_paragraph(out, wrap, 0, STAGE, WRAP_BOLD, text_string(&name), text_string(&line));
    text_free(&line);
    text_free(&name);
}

/* A paragraph a line, each with the stage that it is of. */
static bool lines(struct db *db, const struct wrap *wrap, struct text *out, int64_t chain, const char *text) {
    struct db_query *query =
        db_prepare(db, "SELECT stage FROM chain_step WHERE chain = ? GROUP BY stage ORDER BY min(ordinal)");
    if (query)
        db_bind_integer(query, 1, chain);
    while (query && *text) {
        size_t size = strcspn(text, "\n");
        const char *stage = db_step(query) ? db_text(query, 0, NULL) : "";
        paragraph(wrap, out, stage, text, size);
        text += size + (text[size] != 0);
    }
    return sound(db, query);
}

static bool gaps(struct db *db, const struct wrap *wrap, struct text *out, int64_t chain) {
    struct db_query *query =
        db_prepare(db, "SELECT text FROM chain_gap WHERE chain = ? ORDER BY rowid LIMIT 20");
    const char *label = "Missing";
    if (query)
        db_bind_integer(query, 1, chain);
    while (query && db_step(query)) {
        size_t size;
        const char *text = db_text(query, 0, &size);
        paragraph(wrap, out, label, text, size);
        label = "";
    }
    return sound(db, query);
}

static bool tell(struct db *db, const struct wrap *wrap, struct text *out, struct db_query *query) {
    struct text line = {0};
    size_t size;
    cell(&line, query, 1);
    text_add(&line, " (");
    cell(&line, query, 2);
    text_format(&line, ", %s)", strength_word((enum strength)db_integer(query, 3)));
    wrap_paragraph(out, wrap, 0, STAGE, WRAP_BOLD, "Story", text_string(&line));
    text_free(&line);
    bool good = lines(db, wrap, out, db_integer(query, 0), db_text(query, 4, NULL));
    const char *text = db_text(query, 5, &size);
    paragraph(wrap, out, "Instead", text, size);
    text = db_text(query, 6, &size);
    paragraph(wrap, out, "Against", text, size);
    good = gaps(db, wrap, out, db_integer(query, 0)) && good;
    text_char(out, '\n');
    return good;
}

bool story_chain(struct db *db, const struct wrap *wrap, struct text *out, bool all) {
    struct db_query *query = db_prepare(
        db,
        "SELECT id, title, word, strength, story, alternative, coalesce(against, '') FROM chain ORDER BY id");
    uint64_t count = 0;
    bool good = query != NULL;
    while (good && db_step(query))
        if (count++ < STORY_CHAIN_MOST || all)
            good = tell(db, wrap, out, query);
    if (count > STORY_CHAIN_MOST && !all)
        text_format(out, "And %llu more stories; --all tells them\n\n",
                    (unsigned long long)(count - STORY_CHAIN_MOST));
    return sound(db, query) && good;
}
