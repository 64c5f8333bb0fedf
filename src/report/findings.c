#include "report/findings.h"

/* Nine cells that make an address. */
#define PLACE " e.path, e.kind, v.ordinal, v.kind, o.path, a.name, a.stream, v.shadow, v.drive"

static const char rows[] =
    "SELECT f.id, f.severity, f.strength, f.detector, d.title, d.why, d.innocent, d.verify, d.attack, f.summary,"
    " f.artifact, f.offset, f.size, a.record, a.sequence, f.excerpt, h.md5, h.sha1, h.sha256,"
    " p.authentihash_sha256," PLACE
    ", (SELECT group_concat(k.list || ': ' || coalesce(k.name, 'no name') || coalesce(', of ' ||"
    " k.product, '') || coalesce(' ' || k.version, '') || coalesce(' by ' || k.maker, ''), '; ') FROM known k WHERE k.artifact ="
    " f.artifact) FROM finding f LEFT JOIN artifact a ON a.id = f.artifact"
    " LEFT JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = coalesce(a.volume, f.volume)"
    " LEFT JOIN evidence e ON e.id = coalesce(a.evidence, f.evidence, v.evidence)"
    " LEFT JOIN detector d ON d.id = f.detector LEFT JOIN hashes h ON h.artifact = f.artifact"
    " LEFT JOIN pe p ON p.artifact = f.artifact WHERE f.id BETWEEN ? AND ? ORDER BY f.id";

static const char references[] =
    "SELECT r.role, h.sha256," PLACE " FROM finding_reference r LEFT JOIN artifact a ON a.id = r.artifact"
    " LEFT JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume"
    " LEFT JOIN evidence e ON e.id = a.evidence LEFT JOIN hashes h ON h.artifact = r.artifact"
    " WHERE r.finding = ? ORDER BY r.rowid LIMIT ?";

static const char links[] = "SELECT o.path, p.name FROM artifact_path p LEFT JOIN folder o ON o.id = p.folder"
                            " WHERE p.artifact = ? ORDER BY p.rowid LIMIT ?";

static const char details[] =
    "SELECT key, value FROM finding_detail WHERE finding = ? ORDER BY rowid LIMIT ?";

bool findings_open(struct findings *findings, struct casefile *casefile, int64_t id) {
    struct db *db = casefile_db(casefile);
    *findings = (struct findings){.db = db};
    findings->rows = db_prepare(db, rows);
    findings->details = db_prepare(db, details);
    findings->references = db_prepare(db, references);
    findings->links = db_prepare(db, links);
    if (!findings->rows || !findings->details || !findings->references || !findings->links)
        return false;
    db_bind_integer(findings->rows, 1, id == 0 ? INT64_MIN : id);
    db_bind_integer(findings->rows, 2, id == 0 ? INT64_MAX : id);
    return true;
}

void findings_close(struct findings *findings) {
    db_finish(findings->rows);
    db_finish(findings->details);
    db_finish(findings->references);
    db_finish(findings->links);
}

size_t findings_clip(const char *text) {
    size_t size = strnlen(text, FINDINGS_TEXT);
    while (size == FINDINGS_TEXT && size > FINDINGS_TEXT - 4 && ((uint8_t)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

static const char *text_or_null(struct db_query *query, int at) {
    return db_is_null(query, at) ? NULL : db_text(query, at, NULL);
}

/* A file given by its own path is named by that path alone. */
static struct address place(struct db_query *query, int at) {
    struct address address = {.evidence = db_text(query, at, NULL),
                              .volume_kind = db_text(query, at + 3, NULL),
                              .stream = text_or_null(query, at + 6)};
    int64_t volume = db_integer(query, at + 2);
    address.volume = volume > 0 ? (uint64_t)volume : 0;
    int64_t shadow = db_integer(query, at + 7);
    address.shadow = shadow > 0 ? (uint64_t)shadow : 0;
    address.drive = text_or_null(query, at + 8);
    address.packed = strcmp(db_text(query, at + 1, NULL), "archive") == 0;
    if (strcmp(db_text(query, at + 1, NULL), "file") != 0) {
        address.folder = text_or_null(query, at + 4);
        address.name = text_or_null(query, at + 5);
    }
    return address;
}

static int64_t within(int64_t value, int64_t most) {
    return value < 0 ? 0 : value > most ? most : value;
}

bool findings_next(struct findings *findings, struct findings_row *ret) {
    struct db_query *q = findings->rows;
    if (!db_step(q))
        return false;
    *ret = (struct findings_row){
        .id = db_integer(q, 0),
        .severity = (enum severity)within(db_integer(q, 1), SEVERITY_CRITICAL),
        .strength = (enum strength)within(db_integer(q, 2), STRENGTH_STRONG),
        .detector = db_text(q, 3, NULL),
        .title = db_text(q, 4, NULL),
        .why = db_text(q, 5, NULL),
        .innocent = db_text(q, 6, NULL),
        .verify = db_text(q, 7, NULL),
        .attack = db_text(q, 8, NULL),
        .summary = db_text(q, 9, NULL),
        .has_artifact = !db_is_null(q, 10),
        .in_volume = !db_is_null(q, 22) && strcmp(db_text(q, 23, NULL), ADDRESS_COLLECTED) != 0,
        .artifact = db_integer(q, 10),
        .offset = within(db_integer(q, 11), INT64_MAX),
        .size = within(db_integer(q, 12), INT64_MAX),
        .has_record = !db_is_null(q, 13) && !db_is_null(q, 14),
        .record = within(db_integer(q, 13), INT64_MAX),
        .sequence = within(db_integer(q, 14), INT64_MAX),
        .address = place(q, 20),
    };
    ret->excerpt = span_clip(db_blob(q, 15), 0, FINDING_EXCERPT);
    ret->excerpt.offset = (uint64_t)ret->offset;
    ret->md5 = span_clip(db_blob(q, 16), 0, 16);
    ret->sha1 = span_clip(db_blob(q, 17), 0, 20);
    ret->sha256 = span_clip(db_blob(q, 18), 0, 32);
    ret->authentihash = span_clip(db_blob(q, 19), 0, 32);
    ret->known = db_text(q, 29, NULL);
    return true;
}

static void start(struct db_query *query, int64_t id, int64_t limit) {
    db_reset(query);
    db_bind_integer(query, 1, id);
    db_bind_integer(query, 2, limit);
}

void findings_details(struct findings *findings, const struct findings_row *row) {
    start(findings->details, row->id, FINDINGS_DETAILS);
}

bool findings_detail(struct findings *findings, const char **key, const char **value) {
    if (!db_step(findings->details))
        return false;
    *key = db_text(findings->details, 0, NULL);
    *value = db_text(findings->details, 1, NULL);
    return true;
}

void findings_references(struct findings *findings, const struct findings_row *row) {
    start(findings->references, row->id, FINDINGS_REFERENCES);
}

bool findings_reference(struct findings *findings, const char **role, struct address *address,
                        struct span *sha256) {
    if (!db_step(findings->references))
        return false;
    *role = db_text(findings->references, 0, NULL);
    *sha256 = span_clip(db_blob(findings->references, 1), 0, 32);
    *address = place(findings->references, 2);
    return true;
}

/* Without an artifact there are none. */
void findings_links(struct findings *findings, const struct findings_row *row) {
    start(findings->links, row->artifact, row->has_artifact ? FINDINGS_LINKS : 0);
}

bool findings_link(struct findings *findings, const char **folder, const char **name) {
    if (!db_step(findings->links))
        return false;
    *folder = db_text(findings->links, 0, NULL);
    *name = db_text(findings->links, 1, NULL);
    return true;
}
