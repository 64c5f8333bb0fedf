#include "report/export_case.h"

#include "base/digest.h"
#include "base/filetime.h"

static const char file_sql[] =
    "SELECT a.size, a.flags, a.si_created, a.si_modified, a.si_changed, a.si_accessed,"
    " coalesce(e.host, (SELECT p.value FROM posture p JOIN artifact h ON h.id = p.hive WHERE h.evidence = e.id"
    " AND p.fact = 'computer name' ORDER BY p.rowid LIMIT 1)), t.state, t.signer"
    " FROM artifact a LEFT JOIN evidence e ON e.id = a.evidence"
    " LEFT JOIN trust t ON t.artifact = a.id WHERE a.id = ?";

/* All rows of a query into the digest, cells apart. */
static void digest_rows(struct db *db, struct digest *digest, const char *sql, int columns) {
    struct db_query *query = db_prepare(db, sql);
    size_t size;
    while (query && db_step(query))
        for (int i = 0; i < columns; i++) {
            const char *cell = db_text(query, i, &size);
            digest_add(digest, span_of(cell, size, 0));
            digest_zeros(digest, 1);
        }
    db_finish(query);
}

static bool identify(struct export_case *export) {
    uint8_t value[DIGEST_MAX];
    struct text hex = {0};
    struct digest *digest = digest_new();
    if (!digest)
        return false;
    digest_start(digest, DIGEST_SHA256);
    digest_rows(export->db, digest, "SELECT path, kind, size, host FROM evidence ORDER BY id", 4);
    digest_rows(export->db, digest,
                "SELECT detector, artifact, offset, size, summary FROM finding ORDER BY id", 5);
    digest_end(digest, value);
    digest_free(digest);
    text_hex(&hex, value, 32);
    snprintf(export->identity, sizeof export->identity, "%s", text_string(&hex));
    text_free(&hex);
    return true;
}

bool export_case_open(struct export_case *ret, struct casefile *casefile) {
    *ret = (struct export_case){.db = casefile_db(casefile)};
    ret->files = db_prepare(ret->db, file_sql);
    ret->meta = db_prepare(ret->db, "SELECT value FROM meta WHERE key = ?");
    struct db_query *run = db_prepare(ret->db, "SELECT value FROM run WHERE key = 'started'");
    if (run && db_step(run) && !filetime_parse(db_text(run, 0, NULL), &ret->started))
        ret->started = 0;
    db_finish(run);
    ret->first = db_prepare(ret->db, "SELECT min(id) FROM finding WHERE artifact = ? AND severity >= ?");
    if (!ret->files || !ret->meta || !ret->first)
        return false;
    return identify(ret) && db_error(ret->db)[0] == 0;
}

void export_case_close(struct export_case *export) {
    db_finish(export->files);
    db_finish(export->meta);
    db_finish(export->first);
    text_free(&export->name);
}

void export_case_file(struct export_case *export, const struct findings_row *row,
                      struct export_case_file *ret) {
    *ret = (struct export_case_file){.host = "", .trust = "", .signer = ""};
    db_reset(export->files);
    db_bind_integer(export->files, 1, row->artifact);
    if (!row->has_artifact || !db_step(export->files))
        return;
    struct db_query *q = export->files;
    ret->has_size = !db_is_null(q, 0) && db_integer(q, 0) >= 0;
    ret->size = ret->has_size ? (uint64_t)db_integer(q, 0) : 0;
    ret->is_folder = db_integer(q, 1) & 1;
    uint64_t *const times[] = {&ret->created, &ret->modified, &ret->changed, &ret->accessed};
    for (int i = 0; i < 4; i++)
        *times[i] = db_integer(q, 2 + i) > 0 ? (uint64_t)db_integer(q, 2 + i) : 0;
    ret->host = db_text(q, 6, NULL);
    ret->trust = db_text(q, 7, NULL);
    ret->signer = db_text(q, 8, NULL);
}

bool export_case_first(struct export_case *export, const struct findings_row *row, enum severity least) {
    db_reset(export->first);
    db_bind_integer(export->first, 1, row->artifact);
    db_bind_integer(export->first, 2, least);
    return row->has_artifact && db_step(export->first) && db_integer(export->first, 0) == row->id;
}

const char *export_case_meta(struct export_case *export, const char *key) {
    db_reset(export->meta);
    db_bind_text(export->meta, 1, key, strlen(key));
    return db_step(export->meta) ? db_text(export->meta, 0, NULL) : "";
}

static void part(struct text *out, const char *text, bool drive) {
    for (size_t i = 0, n = findings_clip(text); i < n; i++)
        text_char(out, drive && text[i] == '/' ? '\\' : text[i]);
}

static bool has_drive(const struct address *address) {
    return address->drive && address->drive[0];
}

void export_case_folder(struct text *out, const struct address *address) {
    bool drive = has_drive(address);
    if (drive)
        text_add(out, address->drive);
    if (address->folder)
        part(out, address->folder, drive);
    if (!address->folder || !address->folder[0])
        text_char(out, drive ? '\\' : '/');
}

void export_case_path(struct text *out, const struct address *address) {
    bool drive = has_drive(address);
    if (!address->name)
        return;
    export_case_folder(out, address);
    if (address->folder && address->folder[0])
        text_char(out, drive ? '\\' : '/');
    part(out, address->name, false);
    if (!address->stream)
        return;
    text_char(out, ':');
    part(out, address->stream, false);
}

struct span export_case_name(struct export_case *export, const char *kind, const struct findings_row *row) {
    text_clear(&export->name);
    text_format(&export->name, "%s\n%s\n", export->identity, kind);
    if (row->has_artifact)
        address_format(&export->name, &row->address);
    text_format(&export->name, "\n%lld\n%s\n%lld", (long long)row->artifact, row->detector,
                (long long)row->id);
    return span_of(text_string(&export->name), export->name.size, 0);
}

int export_case_confidence(enum strength strength) {
    return strength == STRENGTH_STRONG ? 85 : strength == STRENGTH_FIRM ? 50 : 15;
}
