#include "report/jsonl.h"

#include "report/findings.h"
#include "report/jsonl_chain.h"
#include "report/jsonl_stakes.h"

static void string(struct text *out, const char *text) {
    text_json(out, text, findings_clip(text));
}

/* ,"key":"text" */
static void member(struct text *out, const char *key, const char *text) {
    text_format(out, ",\"%s\":", key);
    string(out, text);
}

static void some(struct text *out, const char *key, const char *text) {
    if (text && text[0])
        member(out, key, text);
}

static void number(struct text *out, const char *key, int64_t value) {
    text_format(out, ",\"%s\":%lld", key, (long long)value);
}

static void hex(struct text *out, const char *key, struct span bytes) {
    if (bytes.size == 0)
        return;
    text_format(out, ",\"%s\":\"", key);
    text_hex(out, bytes.data, bytes.size);
    text_char(out, '"');
}

static void address(struct text *out, const char *before, const struct address *address) {
    struct text ascii = {0};
    address_format(&ascii, address);
    text_format(out, "%s\"address\":", before);
    text_json(out, text_string(&ascii), ascii.size);
    out->full = out->full || ascii.full;
    text_free(&ascii);
}

static void path(struct text *out, const char *key, const char *folder, const char *name) {
    struct text whole = {0};
    text_bytes(&whole, folder, findings_clip(folder));
    text_char(&whole, '/');
    text_bytes(&whole, name, findings_clip(name));
    text_format(out, "%s", key);
    text_json(out, text_string(&whole), whole.size);
    out->full = out->full || whole.full;
    text_free(&whole);
}

static void where(struct text *out, struct findings *findings, const struct findings_row *row) {
    const struct address *a = &row->address;
    const char *folder, *name;
    bool first = true;
    address(out, ",", a);
    member(out, "evidence", a->evidence);
    if (a->volume != 0) {
        number(out, "volume", (int64_t)a->volume);
        some(out, "filesystem", a->volume_kind);
        if (a->shadow != 0)
            number(out, "shadow", (int64_t)a->shadow);
        some(out, "drive", a->drive);
    }
    if (a->folder || a->name)
        path(out, ",\"path\":", a->folder ? a->folder : "", a->name ? a->name : "");
    if (a->stream)
        member(out, "stream", a->stream);
    findings_links(findings, row);
    while (findings_link(findings, &folder, &name)) {
        path(out, first ? ",\"other_paths\":[" : ",", folder, name);
        first = false;
    }
    text_add(out, first ? "" : "]");
    if (row->has_record) {
        number(out, "record", row->record);
        number(out, "sequence", row->sequence);
    }
}

static void details(struct text *out, struct findings *findings, const struct findings_row *row) {
    const char *key, *value;
    bool first = true;
    text_add(out, ",\"details\":{");
    findings_details(findings, row);
    while (findings_detail(findings, &key, &value)) {
        text_add(out, first ? "" : ",");
        string(out, key);
        text_char(out, ':');
        string(out, value);
        first = false;
    }
    text_char(out, '}');
}

static void references(struct text *out, struct findings *findings, const struct findings_row *row) {
    const char *role;
    struct address place;
    struct span sha256;
    bool first = true;
    text_add(out, ",\"references\":[");
    findings_references(findings, row);
    while (findings_reference(findings, &role, &place, &sha256)) {
        text_add(out, first ? "{\"role\":" : ",{\"role\":");
        string(out, role);
        address(out, ",", &place);
        hex(out, "sha256", sha256);
        text_char(out, '}');
        first = false;
    }
    text_char(out, ']');
}

static void finding(struct text *out, const struct jsonl_options *options, struct findings *findings,
                    const struct findings_row *row) {
    text_add(out, "{\"schema\":\"assay.finding/1\"");
    number(out, "id", row->id);
    member(out, "detector", row->detector);
    member(out, "severity", severity_word(row->severity));
    member(out, "strength", strength_word(row->strength));
    member(out, "title", row->title);
    member(out, "summary", row->summary);
    some(out, "attack", row->attack);
    where(out, findings, row);
    number(out, "offset", row->offset);
    number(out, "size", row->size);
    hex(out, "excerpt", row->excerpt);
    hex(out, "md5", row->md5);
    hex(out, "sha1", row->sha1);
    hex(out, "sha256", row->sha256);
    hex(out, "authentihash_sha256", row->authentihash);
    some(out, "known", row->known);
    details(out, findings, row);
    references(out, findings, row);
    if (options->texts) {
        member(out, "why", row->why);
        member(out, "innocent", row->innocent);
        member(out, "verify", row->verify);
    }
    text_add(out, "}\n");
}

/* A value of meta; NULL if there is none. Valid until the query is finished. */
static const char *meta(struct db_query *query, const char *key) {
    if (!query)
        return NULL;
    db_reset(query);
    db_bind_text(query, 1, key, strlen(key));
    return db_step(query) ? db_text(query, 0, NULL) : NULL;
}

static bool counts(struct text *out, struct db *db) {
    struct db_query *query = db_prepare(db, "SELECT class, reason, sum(files), sum(bytes) FROM coverage"
                                            " GROUP BY class, reason ORDER BY class, reason LIMIT 1000");
    bool first = true;
    text_add(out, ",\"counts\":[");
    while (query && db_step(query)) {
        text_add(out, first ? "{\"class\":" : ",{\"class\":");
        string(out, db_text(query, 0, NULL));
        if (!db_is_null(query, 1))
            member(out, "reason", db_text(query, 1, NULL));
        number(out, "files", db_integer(query, 2));
        number(out, "bytes", db_integer(query, 3));
        text_char(out, '}');
        first = false;
    }
    text_char(out, ']');
    db_finish(query);
    return query && db_error(db)[0] == 0;
}

static bool coverage(struct text *out, struct casefile *casefile) {
    struct db *db = casefile_db(casefile);
    struct db_query *query = db_prepare(db, "SELECT value FROM meta WHERE key = ?");
    text_add(out, "{\"schema\":\"assay.coverage/1\"");
    some(out, "program", meta(query, "program"));
    const char *complete = meta(query, "complete");
    text_format(out, ",\"complete\":%s", complete && strcmp(complete, "1") == 0 ? "true" : "false");
    some(out, "incomplete_because", meta(query, "incomplete_because"));
    struct db_query *lost =
        db_prepare(db, "SELECT (SELECT count(*) FROM evidence WHERE state <> 'read' AND artifact IS NULL),"
                       " (SELECT count(*) FROM volume WHERE state <> 'read'),"
                       " (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'findings_omitted'),"
                       " (SELECT count(*) FROM evidence WHERE state <> 'read' AND artifact IS NOT NULL)");
    if (lost && db_step(lost)) {
        number(out, "paths_not_read", db_integer(lost, 0));
        number(out, "volumes_not_read", db_integer(lost, 1));
        if (db_integer(lost, 3) > 0)
            number(out, "images_inside_not_read", db_integer(lost, 3));
        if (db_integer(lost, 2) > 0)
            number(out, "findings_omitted", db_integer(lost, 2));
    }
    bool ok = lost && query && counts(out, db);
    db_finish(lost);
    db_finish(query);
    text_add(out, "}\n");
    return ok;
}

bool jsonl_print(struct casefile *casefile, const struct jsonl_options *options, struct output *output) {
    struct findings findings;
    struct findings_row row;
    struct text line = {0};
    bool ok = findings_open(&findings, casefile, 0);
    while (ok && output->error == 0 && findings_next(&findings, &row)) {
        finding(&line, options, &findings, &row);
        output_text(output, &line);
    }
    findings_close(&findings);
    ok = ok && casefile_error(casefile)[0] == 0 && jsonl_chain(casefile_db(casefile), output) &&
         jsonl_stakes(casefile, output) && coverage(&line, casefile);
    output_text(output, &line);
    text_free(&line);
    return ok && output->error == 0;
}
