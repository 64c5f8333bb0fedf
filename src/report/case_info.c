#include "report/case_info.h"

#include "base/filetime.h"
#include "case/casefile_integrity.h"
#include "report/findings.h"
#include "report/story_counts.h"

enum { LABEL = 12 };

static void add(struct text *line, const char *text) {
    text_terminal(line, text, findings_clip(text));
}

static void paragraph(struct text *out, const struct wrap *wrap, const char *label, struct text *line) {
    if (line->size > 0)
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, label, text_string(line));
    text_clear(line);
}

/* Rows of two texts, as "first: second". */
static bool pairs(struct db *db, const struct wrap *wrap, struct text *out, const char *label,
                  const char *sql) {
    struct db_query *q = db_prepare(db, sql);
    struct text line = {0};
    while (q && db_step(q)) {
        text_add(&line, line.size ? "; " : "");
        add(&line, db_text(q, 0, NULL));
        text_add(&line, ": ");
        add(&line, db_text(q, 1, NULL));
    }
    paragraph(out, wrap, label, &line);
    db_finish(q);
    text_free(&line);
    return q && db_error(db)[0] == 0;
}

static bool counts(struct db *db, const struct wrap *wrap, struct text *out) {
    static const char sql[] =
        "SELECT count(*), sum(severity = 4), sum(severity = 3), sum(severity = 2), sum(severity = 1), sum(severity = 0),"
        " (SELECT count(*) FROM artifact), (SELECT count(*) FROM hashes), (SELECT count(*) FROM chain), (SELECT count(*) FROM"
        " campaign), (SELECT count(*) FROM stake) FROM finding";
    static const struct {
        const char *one, *many;
    } words[] = {{" finding (", " findings ("},
                 {" critical, ", " critical, "},
                 {" high, ", " high, "},
                 {" medium, ", " medium, "},
                 {" low, ", " low, "},
                 {" info); ", " info); "},
                 {" file or stream, ", " files and streams, "},
                 {" of them digested; ", " of them digested; "},
                 {" chain, ", " chains, "},
                 {" campaign that shares evidence, ", " campaigns that share evidence, "},
                 {" place at stake", " places at stake"}};
    struct db_query *q = db_prepare(db, sql);
    struct text line = {0};
    if (q && db_step(q))
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            int64_t count = db_integer(q, (int)i);
            text_grouped(&line, count > 0 ? (uint64_t)count : 0);
            text_add(&line, count == 1 ? words[i].one : words[i].many);
        }
    paragraph(out, wrap, "Counts", &line);
    db_finish(q);
    text_free(&line);
    return q && db_error(db)[0] == 0;
}

static bool verdicts(struct db *db, const struct wrap *wrap, struct text *out) {
    struct db_query *q =
        db_prepare(db, "SELECT coalesce(host, CASE WHEN evidence IS NULL THEN 'the whole case' ELSE"
                       " 'evidence ' || evidence END), word, complete, reason, since FROM verdict ORDER BY"
                       " evidence IS NOT NULL, rowid LIMIT 1000");
    struct text line = {0};
    bool first = true;
    while (q && db_step(q)) {
        char time[FILETIME_TEXT];
        add(&line, db_text(q, 0, NULL));
        text_add(&line, ": ");
        add(&line, db_text(q, 1, NULL));
        text_add(&line, db_integer(q, 2) ? ", complete. " : ", incomplete. ");
        add(&line, db_text(q, 3, NULL));
        if (db_integer(q, 4) > 0) {
            filetime_text((uint64_t)db_integer(q, 4), time);
            text_format(&line, " Since %s.", time);
        }
        paragraph(out, wrap, first ? "Verdict" : "", &line);
        first = false;
    }
    db_finish(q);
    text_free(&line);
    return q && db_error(db)[0] == 0;
}

static bool digest(struct casefile *casefile, const struct wrap *wrap, struct text *out) {
    char last[CASEFILE_INTEGRITY_HEX];
    bool good = casefile_integrity_last(casefile, last);
    wrap_line(out, wrap, 0, LABEL, WRAP_BOLD, "Digest", last);
    wrap_paragraph(
        out, wrap, 0, LABEL, WRAP_PLAIN, "",
        "of the findings, one after the other: note it down elsewhere, and assay case verify --digest tells "
        "later whether it is still the same");
    return good;
}

bool case_info_tell(struct casefile *casefile, const struct wrap *wrap, struct text *out) {
    struct db *db = casefile_db(casefile);
    return story_counts_head(db, wrap, out) &&
           pairs(
               db, wrap, out, "Images",
               "SELECT path, 'SHA-256 of the disk inside ' || lower(hex(media_sha256)) FROM evidence WHERE media_sha256 IS"
               " NOT NULL ORDER BY id LIMIT 1000") &&
           pairs(
               db, wrap, out, "Made",
               "SELECT key, value FROM meta WHERE key NOT IN ('complete', 'incomplete_because') UNION ALL SELECT 'complete',"
               " CASE value WHEN '1' THEN 'yes' ELSE 'no' END FROM meta WHERE key = 'complete' UNION ALL SELECT 'because',"
               " value FROM meta WHERE key = 'incomplete_because'") &&
           pairs(db, wrap, out, "Run", "SELECT key, value FROM run ORDER BY key LIMIT 1000") &&
           verdicts(db, wrap, out) && counts(db, wrap, out) && digest(casefile, wrap, out) &&
           casefile_error(casefile)[0] == 0;
}
