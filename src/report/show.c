#include "report/show.h"

#include "report/address.h"
#include "report/findings.h"

#include <stdlib.h>
#include <strings.h>

enum { LABEL = 14 };

/* A FILETIME as text. */
#define TIME(x)                                                                                              \
    "strftime('%Y-%m-%dT%H:%M:%S', " x " / 10000000 - 11644473600, 'unixepoch') || printf('.%07dZ', " x      \
    " % 10000000)"
#define MAYBE(x) "coalesce(" TIME(x) ", 'not known')"
#define SEVERITY(x)                                                                                          \
    "CASE " x                                                                                                \
    " WHEN 0 THEN 'info' WHEN 1 THEN 'low' WHEN 2 THEN 'medium' WHEN 3 THEN 'high' ELSE 'critical' END"
#define PATH "o.path || '/' || a.name || coalesce(':' || a.stream, '')"

/* What is told of a file, in this order: each row is one line behind the label. ?1 is its number. */
static const struct {
    const char *label, *sql;
} facts[] = {
    {"file",
     "SELECT coalesce('MFT entry ' || record || '-' || sequence || ', ', '') || coalesce(size || ' bytes', 'size not"
     " known') || ', attributes ' || printf('0x%x', coalesce(attributes, 0)) || ', ' || coalesce(state, 'not read') ||"
     " coalesce(': ' || reason, '') FROM artifact WHERE id = ?1"},
    {"marks",
     "SELECT group_concat(word, ', ') FROM (SELECT CASE WHEN flags & 1 THEN 'directory' END AS word FROM artifact"
     " WHERE id = ?1 UNION ALL SELECT CASE WHEN flags & 2 THEN 'deleted' END FROM artifact WHERE id = ?1 UNION ALL"
     " SELECT CASE WHEN flags & 4 THEN 'compressed' END FROM artifact WHERE id = ?1 UNION ALL SELECT CASE WHEN flags"
     " & 8 THEN 'encrypted' END FROM artifact WHERE id = ?1 UNION ALL SELECT CASE WHEN flags & 32 THEN 'reparse"
     " point' END FROM artifact WHERE id = ?1 UNION ALL SELECT CASE WHEN flags & 64 THEN 'orphan' END FROM artifact"
     " WHERE id = ?1) WHERE word IS NOT NULL HAVING count(*) > 0"},
    {"also",
     "SELECT o.path || '/' || p.name FROM artifact_path p JOIN folder o ON o.id = p.folder WHERE p.artifact = ?1"},
    {"$SI",
     "SELECT 'created ' || " MAYBE("si_created") " FROM artifact WHERE id = ?1 UNION ALL SELECT 'modified ' || " MAYBE("si_modified") " FROM artifact WHERE id = ?1 UNION ALL SELECT 'changed ' || " MAYBE(
         "si_changed") " FROM artifact WHERE id = ?1 UNION ALL SELECT 'accessed ' || " MAYBE("si_accessed") " FROM"
                                                                                                            " artifact WHERE id = ?1"},
    {"$FN",
     "SELECT 'created ' || " MAYBE("fn_created") " FROM artifact WHERE id = ?1 UNION ALL SELECT 'modified ' || " MAYBE("fn_modified") " FROM artifact WHERE id = ?1 UNION ALL SELECT 'changed ' || " MAYBE(
         "fn_changed") " FROM artifact WHERE id = ?1 UNION ALL SELECT 'accessed ' || " MAYBE("fn_accessed") " FROM"
                                                                                                            " artifact WHERE id = ?1"},
    {"times say", "SELECT verdict || ': ' || coalesce(summary, '') FROM time_verdict WHERE artifact = ?1"},
    {"digests",
     "SELECT 'SHA-256 ' || lower(hex(sha256)) FROM hashes WHERE artifact = ?1 AND sha256 IS NOT NULL UNION ALL"
     " SELECT 'SHA-1 ' || lower(hex(sha1)) FROM hashes WHERE artifact = ?1 AND sha1 IS NOT NULL UNION ALL SELECT"
     " 'MD5 ' || lower(hex(md5)) FROM hashes WHERE artifact = ?1 AND md5 IS NOT NULL UNION ALL SELECT"
     " 'Authentihash SHA-256 ' || lower(hex(authentihash_sha256)) FROM pe WHERE artifact = ?1 AND"
     " authentihash_sha256 IS NOT NULL"},
    {"program",
     "SELECT coalesce(product, 'no product') || coalesce(' ' || file_version, ' ' || fixed_file_version, '') || ', ' ||"
     " coalesce(company, 'no company') || coalesce('; ' || description, '') || coalesce('; was ' || original_name,"
     " '') FROM pe WHERE artifact = ?1 UNION ALL SELECT 'machine ' || printf('0x%x', machine) || ', subsystem ' ||"
     " coalesce(subsystem, '?') || ', linker ' || coalesce(linker, '?') || ', ' || coalesce(import_count, 0) || '"
     " imports, ' || coalesce(export_count, 0) || ' exports' || coalesce('; PDB ' || pdb, '') FROM pe WHERE artifact"
     " = ?1"},
    {"signature",
     "SELECT state || coalesce(', signed by ' || signer, '') || coalesce(', issued by ' || issuer, '') ||"
     " coalesce(', root ' || root, '') || coalesce(', time stamp ' || " TIME(
         "time") ", '') || coalesce('. ' || reason,"
                 " '') FROM trust WHERE artifact = ?1"},
    {"trust",
     "SELECT 'Windows ' || user || ', strict ' || strict || ', kernel ' || kernel || coalesce('; denied by ' ||"
     " denied_by, '') || coalesce('; ' || nullif(flags, ''), '') FROM trust WHERE artifact = ?1"},
    {"known",
     "SELECT list || ': ' || coalesce(product, name, '') || coalesce(' ' || version, '') || coalesce(' by ' || maker,"
     " '') FROM known WHERE artifact = ?1"},
    {"executions",
     "SELECT kind || ', by ' || source || coalesce(', first ' || " TIME("first_time") ", '') || coalesce(', last ' || " TIME(
         "last_time") ", '') || coalesce(', ' || count || ' times', '') || coalesce(', ' || detail, '') FROM"
                      " execution WHERE artifact = ?1"},
    {"services",
     "SELECT name || ' (' || control_set || ', ' || state || ', start ' || coalesce(start, '?') || ', key written ' || " MAYBE(
         "last_write") " || ')' FROM service WHERE image_artifact = ?1 OR library_artifact = ?1"},
    {"starts by",
     "SELECT kind || coalesce(' ' || name, '') || coalesce(', ' || key_path, '') || ', written ' || " MAYBE(
         "last_write") " FROM autostart WHERE artifact = ?1"},
    {"came from",
     "SELECT coalesce('zone ' || zone_id, '') || coalesce(', ' || host_url, '') || coalesce(', referred by ' || referrer_url,"
     " '') FROM zone WHERE artifact IN (SELECT z.id FROM artifact z JOIN artifact a ON a.id = ?1 WHERE z.folder ="
     " a.folder AND z.name = a.name AND z.evidence = a.evidence AND z.volume IS a.volume)"},
    {"findings", "SELECT '[' || id || '] ' || " SEVERITY(
                     "severity") " || ', ' || detector || ': ' || summary FROM finding WHERE artifact"
                                 " = ?1 ORDER BY id"},
    {"cited by",
     "SELECT DISTINCT '[' || f.id || '] as ' || r.role || ': ' || f.summary FROM finding_reference r JOIN finding f ON"
     " f.id = r.finding WHERE r.artifact = ?1 ORDER BY f.id"},
    {"chains",
     "SELECT 'chain ' || c.id || ' (' || c.word || '), step ' || s.ordinal || ', ' || s.stage || ': ' || s.text FROM"
     " chain_step s JOIN chain c ON c.id = s.chain WHERE s.artifact = ?1 ORDER BY c.id, s.ordinal"},
    {"campaigns",
     "SELECT c.name || ': ' || o.kind || ' ' || o.value FROM overlap o JOIN campaign c ON c.id = o.campaign WHERE"
     " o.artifact = ?1"},
    {"at stake",
     "SELECT kind || ', ' || name || ', ' || holds || ': ' || path FROM stake WHERE artifact = ?1"},
    {"in folder",
     "SELECT '#' || a.id || ' ' || a.name || coalesce(':' || a.stream, '') || ', ' || coalesce(a.size, 0) || ' bytes,"
     " created ' || " MAYBE(
         "a.si_created") " || CASE WHEN a.flags & 2 THEN ', deleted' ELSE '' END FROM artifact a JOIN"
                         " artifact b ON b.id = ?1 WHERE a.folder = b.folder AND a.evidence = b.evidence AND a.volume IS b.volume AND"
                         " a.id <> b.id ORDER BY abs(coalesce(a.si_created, 0) - coalesce(b.si_created, 0)), a.id LIMIT 12"},
    {"in time",
     "SELECT '#' || id || ' ' || path || ', created ' || at FROM (SELECT a.id AS id, " PATH
     " AS path, " MAYBE(
         "coalesce(a.fn_created, a.si_created)") " AS at, coalesce(a.fn_created, a.si_created) AS number FROM artifact a"
                                                 " JOIN artifact b ON b.id = ?1 JOIN folder o ON o.id = a.folder WHERE a.evidence = b.evidence AND a.volume IS"
                                                 " b.volume AND a.id <> b.id AND a.stream IS NULL AND coalesce(b.fn_created, b.si_created) > 0 ORDER BY"
                                                 " abs(coalesce(a.fn_created, a.si_created, 0) - coalesce(b.fn_created, b.si_created)), a.id LIMIT 12) ORDER BY"
                                                 " number, id"},
};

static const char place_sql[] =
    "SELECT e.path, e.kind, v.ordinal, v.kind, o.path, a.name, a.stream, v.shadow, v.drive FROM artifact a LEFT JOIN folder o ON"
    " o.id = a.folder LEFT JOIN volume v ON v.id = a.volume LEFT JOIN evidence e ON e.id = a.evidence WHERE a.id = ?";

static const char list_sql[] =
    "SELECT artifact, max(severity), count(*), min(id) FROM finding WHERE artifact IS NOT NULL GROUP BY artifact ORDER BY"
    " min(id)";

static struct address place_of(struct db_query *q) {
    bool file = strcmp(db_text(q, 1, NULL), "file") == 0;
    struct address address = {.evidence = db_text(q, 0, NULL),
                              .volume = db_integer(q, 2) > 0 ? (uint64_t)db_integer(q, 2) : 0,
                              .shadow = db_integer(q, 7) > 0 ? (uint64_t)db_integer(q, 7) : 0,
                              .volume_kind = db_text(q, 3, NULL),
                              .packed = strcmp(db_text(q, 1, NULL), "archive") == 0,
                              .drive = db_is_null(q, 8) ? NULL : db_text(q, 8, NULL),
                              .stream = db_is_null(q, 6) ? NULL : db_text(q, 6, NULL)};
    if (!file) {
        address.folder = db_text(q, 4, NULL);
        address.name = db_text(q, 5, NULL);
    }
    return address;
}

static bool tell_place(struct casefile *casefile, int64_t artifact,
                       void (*format)(struct text *out, const struct address *address), struct text *out) {
    struct db_query *q = db_prepare(casefile_db(casefile), place_sql);
    bool there = false;
    if (q) {
        db_bind_integer(q, 1, artifact);
        there = db_step(q);
    }
    if (there) {
        struct address address = place_of(q);
        format(out, &address);
    }
    db_finish(q);
    return there;
}

bool show_place(struct casefile *casefile, int64_t artifact, struct text *out) {
    return tell_place(casefile, artifact, address_eyes, out);
}

bool show_list(struct casefile *casefile, const struct wrap *wrap, struct output *output) {
    struct db_query *q = db_prepare(casefile_db(casefile), list_sql);
    struct text line = {0};
    (void)wrap;
    while (q && output->error == 0 && db_step(q)) {
        int64_t severity = db_integer(q, 1);
        text_format(&line, "#%-8lld %-8s %4lld  ", (long long)db_integer(q, 0),
                    severity_word((enum severity)(severity < 0 || severity > 4 ? 4 : severity)),
                    (long long)db_integer(q, 2));
        if (!show_place(casefile, db_integer(q, 0), &line))
            text_add(&line, "not in the case");
        text_char(&line, '\n');
        output_text(output, &line);
    }
    db_finish(q);
    text_free(&line);
    return q && casefile_error(casefile)[0] == 0 && output->error == 0;
}

/* --- which file is meant --- */

static bool take(struct db_query *q, int64_t found[SHOW_CANDIDATES], size_t *count) {
    while (q && db_step(q)) {
        if (*count < SHOW_CANDIDATES)
            found[*count] = db_integer(q, 0);
        (*count)++;
    }
    db_finish(q);
    return q != NULL;
}

static bool find_number(struct db *db, const char *text, int64_t found[SHOW_CANDIDATES], size_t *count) {
    char *end;
    long long number = strtoll(text + (text[0] == '#'), &end, 10);
    if (*end || number <= 0)
        return true;
    struct db_query *q = db_prepare(db, "SELECT id FROM artifact WHERE id = ?");
    if (q)
        db_bind_integer(q, 1, number);
    return take(q, found, count);
}

static bool find_address(struct db *db, const struct address *address, int64_t found[SHOW_CANDIDATES],
                         size_t *count) {
    static const char sql[] =
        "SELECT a.id FROM artifact a JOIN evidence e ON e.id = a.evidence LEFT JOIN volume v ON v.id = a.volume JOIN folder o ON"
        " o.id = a.folder WHERE e.path = ?1 AND coalesce(v.ordinal, 0) = ?2 AND coalesce(v.shadow, 0) = ?3 AND"
        " (?4 IS NULL OR (o.path = ?4 AND a.name = ?5)) AND a.stream IS ?6 AND (?4 IS NOT NULL OR e.kind = 'file') ORDER BY a.id";
    struct db_query *q = db_prepare(db, sql);
    if (!q)
        return false;
    db_bind_text(q, 1, address->evidence, strlen(address->evidence));
    db_bind_integer(q, 2, (int64_t)address->volume);
    db_bind_integer(q, 3, (int64_t)address->shadow);
    if (address->name) {
        const char *folder = address->folder ? address->folder : "";
        db_bind_text(q, 4, folder, strlen(folder));
        db_bind_text(q, 5, address->name, strlen(address->name));
    }
    if (address->stream)
        db_bind_text(q, 6, address->stream, strlen(address->stream));
    return take(q, found, count);
}

/* C:\Users\a.exe, \Users\a.exe, /Users/a.exe. */
static bool find_path(struct db *db, const char *text, int64_t found[SHOW_CANDIDATES], size_t *count) {
    static const char sql[] =
        "SELECT a.id FROM artifact a JOIN folder o ON o.id = a.folder WHERE o.path || '/' || a.name ="
        " ?1 COLLATE NOCASE AND a.stream IS NULL ORDER BY a.id";
    struct text path = {0};
    bool drive = text[0] && text[1] == ':' && (text[2] == '\\' || text[2] == '/');
    for (const char *at = text + (drive ? 2 : 0); *at; at++)
        text_char(&path, *at == '\\' ? '/' : *at);
    struct db_query *q = db_prepare(db, sql);
    if (q)
        db_bind_text(q, 1, text_string(&path), path.size);
    bool good = take(q, found, count);
    text_free(&path);
    return good;
}

bool show_find(struct casefile *casefile, const char *text, int64_t found[SHOW_CANDIDATES], size_t *count) {
    struct db *db = casefile_db(casefile);
    struct address_parsed parsed;
    *count = 0;
    bool good = find_number(db, text, found, count);
    if (good && *count == 0 && address_parse(text, &parsed)) {
        good = find_address(db, &parsed.address, found, count);
        address_free(&parsed);
    }
    if (good && *count == 0)
        good = find_path(db, text, found, count);
    return good && casefile_error(casefile)[0] == 0;
}

/* --- one file --- */

static bool tell_fact(struct db *db, int64_t artifact, size_t fact, const struct wrap *wrap,
                      struct text *out) {
    struct db_query *q = db_prepare(db, facts[fact].sql);
    struct text line = {0};
    uint64_t told = 0;
    if (q)
        db_bind_integer(q, 1, artifact);
    while (q && db_step(q)) {
        if (told++ >= SHOW_LINES || db_is_null(q, 0))
            continue;
        text_clear(&line);
        text_terminal(&line, db_text(q, 0, NULL), findings_clip(db_text(q, 0, NULL)));
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, told == 1 ? facts[fact].label : "",
                       text_string(&line));
    }
    if (told > SHOW_LINES)
        text_format(out, "%*sand %llu more\n", LABEL, "", (unsigned long long)(told - SHOW_LINES));
    db_finish(q);
    text_free(&line);
    return q && db_error(db)[0] == 0;
}

/* How many rows each table has of it, for who asks further with SQL. */
static bool tell_tables(struct db *db, int64_t artifact, const struct wrap *wrap, struct text *out) {
    struct text line = {0};
    struct db_query *tables = db_prepare(
        db,
        "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'artifact'"
        " AND m.name NOT LIKE 'sqlite%' ORDER BY m.rowid");
    while (tables && db_step(tables)) {
        struct text sql = {0};
        text_format(&sql, "SELECT count(*) FROM \"%s\" WHERE artifact = ?", db_text(tables, 0, NULL));
        struct db_query *q = db_prepare(db, text_string(&sql));
        text_free(&sql);
        if (q)
            db_bind_integer(q, 1, artifact);
        if (q && db_step(q) && db_integer(q, 0) > 0)
            text_format(&line, "%s%s %lld", line.size ? ", " : "", db_text(tables, 0, NULL),
                        (long long)db_integer(q, 0));
        db_finish(q);
    }
    if (line.size > 0)
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, "rows", text_string(&line));
    db_finish(tables);
    text_free(&line);
    return tables && db_error(db)[0] == 0;
}

bool show_artifact(struct casefile *casefile, int64_t artifact, const struct wrap *wrap,
                   struct output *output) {
    struct text out = {0}, line = {0};
    struct db *db = casefile_db(casefile);
    char number[32];
    snprintf(number, sizeof number, "#%lld", (long long)artifact);
    bool good = show_place(casefile, artifact, &line);
    wrap_line(&out, wrap, 0, LABEL, WRAP_BOLD, number, text_string(&line));
    text_clear(&line);
    good = good && tell_place(casefile, artifact, address_format, &line);
    wrap_line(&out, wrap, 0, LABEL, WRAP_BOLD, "address", text_string(&line));
    for (size_t i = 0; good && i < sizeof facts / sizeof *facts; i++)
        good = tell_fact(db, artifact, i, wrap, &out);
    good = good && tell_tables(db, artifact, wrap, &out);
    if (good)
        output_text(output, &out);
    text_free(&out);
    text_free(&line);
    return good && output->error == 0;
}
