#include "report/story_counts.h"

#include "base/filetime.h"

enum { LABEL = 12 };

static void cell(struct text *out, struct db_query *query, int at) {
    size_t size;
    const char *text = db_text(query, at, &size);
    text_terminal(out, text, size < 4096 ? size : 4096);
}

static bool sound(struct db *db, struct db_query *query) {
    db_finish(query);
    return query && db_error(db)[0] == 0;
}

static void unread(struct text *line, struct db_query *query, int state) {
    if (strcmp(db_text(query, state, NULL), "read") == 0 || db_is_null(query, state))
        return;
    text_add(line, "; ");
    cell(line, query, state);
    if (!db_is_null(query, state + 1)) {
        text_add(line, ": ");
        cell(line, query, state + 1);
    }
}

/* ", shadow copy 2 of 2024-11-05T17:45:36Z (C:)" */
static void which(struct text *line, struct db_query *query) {
    char time[FILETIME_TEXT];
    if (db_integer(query, 7) > 0)
        text_format(line, ", shadow copy %lld", (long long)db_integer(query, 7));
    if (db_integer(query, 7) > 0 && db_integer(query, 8) > 0) {
        filetime_text((uint64_t)db_integer(query, 8), time);
        text_format(line, " of %.*sZ", (int)strcspn(time, "."), time);
    }
    if (db_text(query, 9, NULL)[0]) {
        text_add(line, " (");
        cell(line, query, 9);
        text_char(line, ')');
    }
}

static bool volumes(struct db *db, const struct wrap *wrap, struct text *out, int64_t evidence) {
    struct db_query *query = db_prepare(
        db, "SELECT ordinal, kind, size, label, records, state, reason, shadow, shadow_created, drive"
            " FROM volume WHERE evidence = ? ORDER BY id LIMIT ?");
    struct text line = {0};
    if (query) {
        db_bind_integer(query, 1, evidence);
        db_bind_integer(query, 2, STORY_COUNTS_LINES);
    }
    while (query && db_step(query)) {
        text_clear(&line);
        text_format(&line, "part %lld", (long long)db_integer(query, 0));
        which(&line, query);
        text_add(&line, ": ");
        cell(&line, query, 1);
        if (db_integer(query, 2) > 0) {
            text_add(&line, ", ");
            text_size(&line, (uint64_t)db_integer(query, 2));
        }
        if (db_text(query, 3, NULL)[0]) {
            text_add(&line, ", label ");
            cell(&line, query, 3);
        }
        if (db_integer(query, 4) > 0) {
            text_add(&line, ", ");
            text_grouped(&line, (uint64_t)db_integer(query, 4));
            text_add(&line, " file records");
        }
        unread(&line, query, 5);
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_PLAIN, "", text_string(&line));
    }
    text_free(&line);
    return sound(db, query);
}

/* "; stored MD5 00... (not verified)": what an image says of itself, and whether it was looked into. */
static void stored(struct text *line, struct db_query *query, int at, const char *name) {
    struct span said = span_clip(db_blob(query, at), 0, 20), found = span_clip(db_blob(query, at + 1), 0, 20);
    if (said.size == 0)
        return;
    text_format(line, "; stored %s ", name);
    text_hex(line, said.data, said.size);
    text_add(line, found.size == 0           ? " (not verified)"
                   : span_equal(said, found) ? " (verified)"
                                             : " (its content has another: ");
    if (found.size > 0 && !span_equal(said, found)) {
        text_hex(line, found.data, found.size);
        text_char(line, ')');
    }
}

static void some(struct text *line, struct db_query *query, int at, const char *before) {
    if (!db_text(query, at, NULL)[0])
        return;
    text_add(line, before);
    cell(line, query, at);
}

bool story_counts_head(struct db *db, const struct wrap *wrap, struct text *out) {
    struct db_query *query = db_prepare(
        db, "SELECT id, path, kind, size, state, reason, container, host, collector, stored_md5, media_md5,"
            " stored_sha1, media_sha1 FROM evidence ORDER BY id");
    struct text line = {0};
    unsigned count = 0;
    bool ok = true;
    while (ok && query && db_step(query)) {
        if (count++ >= STORY_COUNTS_LINES)
            continue;
        text_clear(&line);
        cell(&line, query, 1);
        text_add(&line, " (");
        cell(&line, query, 2);
        some(&line, query, 6, ", ");
        if (!db_is_null(query, 3) && db_integer(query, 3) >= 0) {
            text_add(&line, ", ");
            text_size(&line, (uint64_t)db_integer(query, 3));
        }
        text_char(&line, ')');
        some(&line, query, 8,
             strcmp(db_text(query, 8, NULL), "drives") == 0 ? "; a collection of " : "; collected by ");
        some(&line, query, 7, "; host ");
        stored(&line, query, 9, "MD5");
        stored(&line, query, 11, "SHA-1");
        unread(&line, query, 4);
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, count == 1 ? "Examined" : "", text_string(&line));
        ok = volumes(db, wrap, out, db_integer(query, 0));
    }
    if (count > STORY_COUNTS_LINES)
        text_format(out, "%*sand %u more\n", LABEL, "", count - STORY_COUNTS_LINES);
    text_free(&line);
    return sound(db, query) && ok;
}

struct tally {
    uint64_t firm[SEVERITY_CRITICAL + 1], weak, all;
};

static bool tally(struct db *db, struct tally *ret) {
    struct db_query *query = db_prepare(db, "SELECT severity, strength, count(*) FROM finding GROUP BY 1, 2");
    *ret = (struct tally){0};
    while (query && db_step(query)) {
        int64_t severity = db_integer(query, 0);
        uint64_t count = (uint64_t)db_integer(query, 2);
        ret->all += count;
        if (severity < SEVERITY_INFO || severity > SEVERITY_CRITICAL)
            continue;
        if (db_integer(query, 1) >= STRENGTH_FIRM || severity == SEVERITY_INFO)
            ret->firm[severity] += count;
        else
            ret->weak += count;
    }
    return sound(db, query);
}

static void worst(struct text *line, const struct tally *tally) {
    const char *before = "";
    for (int i = SEVERITY_CRITICAL; i >= SEVERITY_MEDIUM; i--)
        if (tally->firm[i] > 0) {
            text_add(line, before);
            text_grouped(line, tally->firm[i]);
            text_format(line, " %s", severity_word((enum severity)i));
            before = ", ";
        }
    text_add(line, before[0] ? " (well established)" : "nothing that needs attention");
    if (tally->firm[SEVERITY_LOW] > 0)
        text_format(line, "; %llu low", (unsigned long long)tally->firm[SEVERITY_LOW]);
    if (tally->weak > 0)
        text_format(line, "; %llu weak, no verdict by themselves", (unsigned long long)tally->weak);
    if (tally->firm[SEVERITY_INFO] > 0)
        text_format(line, "; %llu for information", (unsigned long long)tally->firm[SEVERITY_INFO]);
}

bool story_counts_verdict(struct db *db, const struct wrap *wrap, struct text *out, const char *label) {
    struct tally counts;
    struct text line = {0};
    if (!tally(db, &counts))
        return false;
    struct db_query *query = db_prepare(db, "SELECT (SELECT value FROM meta WHERE key = 'complete'),"
                                            " (SELECT value FROM meta WHERE key = 'incomplete_because')");
    enum wrap_colour colour = counts.firm[SEVERITY_CRITICAL] + counts.firm[SEVERITY_HIGH] > 0 ? WRAP_RED
                              : counts.firm[SEVERITY_MEDIUM] > 0                              ? WRAP_YELLOW
                                                                                              : WRAP_GREEN;
    worst(&line, &counts);
    bool incomplete = query && db_step(query) && strcmp(db_text(query, 0, NULL), "1") != 0;
    if (incomplete) {
        text_add(&line, ". NOT EVERYTHING WAS READ: ");
        cell(&line, query, 1);
        colour = colour == WRAP_GREEN ? WRAP_YELLOW : colour;
    }
    db_finish(query);
    query =
        db_prepare(db, "SELECT (SELECT count(*) FROM evidence WHERE state <> 'read' AND artifact IS NULL),"
                       " (SELECT count(*) FROM volume WHERE state <> 'read'),"
                       " (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'findings_omitted'),"
                       " (SELECT count(*) FROM evidence WHERE state <> 'read' AND artifact IS NOT NULL)");
    bool told = query && db_step(query);
    if (told && db_integer(query, 0) + db_integer(query, 1) + db_integer(query, 3) > 0) {
        if (!incomplete)
            text_add(&line, ". NOT EVERYTHING WAS READ: ");
        text_format(&line, "%s%lld of the paths given, %lld of the volumes", incomplete ? "; " : "",
                    (long long)db_integer(query, 0), (long long)db_integer(query, 1));
        if (db_integer(query, 3) > 0)
            text_format(&line, ", %lld of the images inside", (long long)db_integer(query, 3));
        colour = colour == WRAP_GREEN ? WRAP_YELLOW : colour;
    }
    if (told && db_integer(query, 2) > 0)
        text_format(&line, "; %lld further findings were not kept", (long long)db_integer(query, 2));
    wrap_paragraph(out, wrap, 0, LABEL, colour, label, text_string(&line));
    text_free(&line);
    return sound(db, query);
}

bool story_counts_info(struct db *db, const struct wrap *wrap, struct text *out) {
    struct db_query *query = db_prepare(
        db, "SELECT f.detector, coalesce(d.title, f.detector), count(*) FROM finding f LEFT JOIN detector d"
            " ON d.id = f.detector WHERE f.severity = 0 GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT ?");
    struct text line = {0};
    unsigned count = 0;
    if (query)
        db_bind_integer(query, 1, STORY_COUNTS_LINES);
    while (query && db_step(query)) {
        text_clear(&line);
        text_grouped(&line, (uint64_t)db_integer(query, 2));
        text_add(&line, " x ");
        cell(&line, query, 1);
        text_add(&line, " (");
        cell(&line, query, 0);
        text_char(&line, ')');
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, count++ == 0 ? "Also noted" : "", text_string(&line));
    }
    if (count > 0)
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_PLAIN, "", "for information; --all tells each");
    text_free(&line);
    return sound(db, query);
}

/* "3 skipped (2 larger than the limit, 1 a placeholder)"; nothing if there is none of the class. */
static bool of_class(struct db *db, struct text *line, const char *class, const char *words) {
    struct db_query *query =
        db_prepare(db, "SELECT reason, sum(files) FROM coverage WHERE class = ? GROUP BY reason"
                       " HAVING sum(files) > 0 ORDER BY 2 DESC, 1 LIMIT ?");
    struct text reasons = {0};
    uint64_t files = 0;
    if (query) {
        db_bind_text(query, 1, class, strlen(class));
        db_bind_integer(query, 2, STORY_COUNTS_LINES);
    }
    while (query && db_step(query)) {
        files += (uint64_t)db_integer(query, 1);
        if (db_is_null(query, 0))
            continue;
        text_add(&reasons, reasons.size == 0 ? " (" : ", ");
        text_grouped(&reasons, (uint64_t)db_integer(query, 1));
        text_char(&reasons, ' ');
        cell(&reasons, query, 0);
    }
    if (files > 0) {
        text_add(line, ", ");
        text_grouped(line, files);
        text_format(line, " %s%s%s", words, text_string(&reasons), reasons.size == 0 ? "" : ")");
    }
    text_free(&reasons);
    return sound(db, query);
}

static bool seen(struct db *db, struct text *line) {
    struct db_query *query = db_prepare(
        db, "SELECT sum(CASE class WHEN 'seen' THEN files END), sum(CASE class WHEN 'seen' THEN bytes END),"
            " sum(CASE class WHEN 'read' THEN files END), sum(CASE class WHEN 'read' THEN bytes END)"
            " FROM coverage");
    if (query && db_step(query)) {
        text_grouped(line, (uint64_t)db_integer(query, 0));
        text_add(line, " files and streams seen (");
        text_size(line, (uint64_t)db_integer(query, 1));
        text_add(line, "), ");
        text_grouped(line, (uint64_t)db_integer(query, 2));
        text_add(line, " read (");
        text_size(line, (uint64_t)db_integer(query, 3));
        text_char(line, ')');
    }
    return sound(db, query);
}

static bool duration(struct db *db, struct text *line) {
    struct db_query *query = db_prepare(db, "SELECT value FROM run WHERE key = 'seconds'");
    if (query && db_step(query)) {
        text_add(line, "; ");
        cell(line, query, 0);
        text_add(line, " seconds");
    }
    return sound(db, query);
}

bool story_counts_trust(struct db *db, const struct wrap *wrap, struct text *out) {
    struct db_query *query =
        db_prepare(db, "SELECT coalesce(state, 'unknown'), count(*) FROM trust GROUP BY 1"
                       " ORDER BY 1 <> 'trusted', 1 = 'unknown', 2 DESC, 1");
    struct text line = {0};
    while (query && db_step(query)) {
        text_add(&line, line.size > 0 ? ", " : "signatures: ");
        text_grouped(&line, (uint64_t)db_integer(query, 1));
        text_char(&line, ' ');
        cell(&line, query, 0);
    }
    if (line.size > 0)
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, "Trust", text_string(&line));
    text_free(&line);
    return sound(db, query);
}

static void period(struct text *line, struct db_query *query, const char *what, int from) {
    char first[FILETIME_TEXT], last[FILETIME_TEXT];
    if (db_is_null(query, from)) {
        text_format(line, "; no %s", what);
        return;
    }
    filetime_text((uint64_t)db_integer(query, from), first);
    filetime_text((uint64_t)db_integer(query, from + 1), last);
    text_format(line, "; %s %.10s to %.10s", what, first, last);
}

bool story_counts_times(struct db *db, const struct wrap *wrap, struct text *out) {
    static const char *const words[] = {" explained, ", " weak, ", " firm, ", " strong"};
    struct db_query *query = db_prepare(
        db, "SELECT explained, weak, firm, strong, files, journal_from, journal_to, log_from, log_to"
            " FROM time_summary ORDER BY volume LIMIT 50");
    struct text line = {0};
    while (query && db_step(query)) {
        text_clear(&line);
        text_grouped(&line, (uint64_t)db_integer(query, 4));
        text_add(&line, " files judged: ");
        for (int i = 0; i < 4; i++) {
            text_grouped(&line, (uint64_t)db_integer(query, i));
            text_add(&line, words[i]);
        }
        period(&line, query, "change journal", 5);
        period(&line, query, "log", 7);
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, "Times", text_string(&line));
    }
    text_free(&line);
    return sound(db, query);
}

bool story_counts_coverage(struct db *db, const struct wrap *wrap, struct text *out) {
    struct text line = {0};
    bool ok = seen(db, &line) && of_class(db, &line, "head", "looked at") &&
              of_class(db, &line, "skipped", "skipped") && of_class(db, &line, "damaged", "damaged") &&
              of_class(db, &line, "unread", "not read") &&
              of_class(db, &line, "unsupported", "of unsupported kinds") && duration(db, &line);
    if (ok)
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, "Coverage", text_string(&line));
    text_free(&line);
    return ok;
}
