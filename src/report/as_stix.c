/* STIX 2.1 (OASIS standard): what was found as indicators with their sightings, observed data and
 * relationships.
 *
 * Objects have ids made from what the case says (UUID, version 5), so that the same case gives the same
 * bundle and importing it twice doubles nothing. Times of objects are those of the run. Confidence is 15, 50
 * or 85 for weak, firm and strong; what shares evidence with a campaign never says more than related-to. */
#include "report/emit.h"
#include "report/export.h"
#include "report/export_case.h"

#include "base/filetime.h"

struct bundle {
    struct output *output;
    struct export_case export;
    struct text out;
    struct emit emit;
    bool some;
    char tool[EMIT_UUID]; /* identity of this program */
};

/* The UUID of what `kind` and `name` say, within this case. */
static void uuid_of(struct bundle *bundle, const char *kind, const char *name, char ret[EMIT_UUID]) {
    struct text all = {0};
    text_format(&all, "%s\nstix %s\n", bundle->export.identity, kind);
    text_bytes(&all, name, findings_clip(name));
    emit_uuid(ret, span_of(text_string(&all), all.size, 0));
    text_free(&all);
}

static uint64_t run_time(const struct bundle *bundle) {
    return bundle->export.started ? bundle->export.started : 116444736000000000; /* 1970 */
}

/* Times of objects have three digits behind the point, no more and no fewer (3.2). */
static void run_at(struct bundle *bundle, const char *key) {
    char text[FILETIME_TEXT];
    size_t size = filetime_text(run_time(bundle), text);
    memcpy(text + size - 5, "Z", 2);
    emit_text(&bundle->emit, key, text);
}

static void begin(struct bundle *bundle, const char *type, const char uuid[EMIT_UUID], bool observable) {
    struct emit *emit = &bundle->emit;
    struct text prefix = {0};
    text_add(&bundle->out, bundle->some ? ",\n" : "\n");
    bundle->some = true;
    emit_init(emit, &bundle->out);
    emit_object(emit, NULL);
    emit_text(emit, "type", type);
    emit_text(emit, "spec_version", "2.1");
    text_format(&prefix, "%s--", type);
    emit_id(emit, "id", text_string(&prefix), uuid);
    text_free(&prefix);
    if (observable)
        return;
    run_at(bundle, "created");
    run_at(bundle, "modified");
}

static void end(struct bundle *bundle) {
    emit_end_object(&bundle->emit);
    output_text(bundle->output, &bundle->out);
}

static void by_tool(struct bundle *bundle) {
    emit_id(&bundle->emit, "created_by_ref", "identity--", bundle->tool);
}

static void identity(struct bundle *bundle, const char *name, const char *class, const char uuid[EMIT_UUID]) {
    begin(bundle, "identity", uuid, false);
    emit_text(&bundle->emit, "name", name);
    emit_text(&bundle->emit, "identity_class", class);
    end(bundle);
}

/* --- files --- */

static void digests(struct emit *emit, const struct findings_row *row) {
    if (row->sha256.size + row->sha1.size + row->md5.size == 0)
        return;
    emit_object(emit, "hashes");
    emit_hex(emit, "MD5", row->md5);
    emit_hex(emit, "SHA-1", row->sha1);
    emit_hex(emit, "SHA-256", row->sha256);
    emit_end_object(emit);
}

static void folder(struct bundle *bundle, const struct address *address, const char uuid[EMIT_UUID]) {
    struct text path = {0};
    export_case_folder(&path, address);
    begin(bundle, "directory", uuid, true);
    emit_text(&bundle->emit, "path", text_string(&path));
    end(bundle);
    text_free(&path);
}

static void file(struct bundle *bundle, const struct findings_row *row, const struct export_case_file *about,
                 const char uuid[EMIT_UUID], const char folder[EMIT_UUID]) {
    struct emit *emit = &bundle->emit;
    begin(bundle, "file", uuid, true);
    digests(emit, row);
    if (about->has_size)
        emit_number(emit, "size", (int64_t)about->size);
    emit_text(emit, "name", row->address.name);
    emit_time(emit, "ctime", about->created);
    emit_time(emit, "mtime", about->modified);
    emit_time(emit, "atime", about->accessed);
    emit_id(emit, "parent_directory_ref", "directory--", folder);
    end(bundle);
}

static void observed(struct bundle *bundle, const char uuid[EMIT_UUID], const char file[EMIT_UUID],
                     const char folder[EMIT_UUID]) {
    struct emit *emit = &bundle->emit;
    begin(bundle, "observed-data", uuid, false);
    by_tool(bundle);
    run_at(bundle, "first_observed");
    run_at(bundle, "last_observed");
    emit_number(emit, "number_observed", 1);
    emit_array(emit, "object_refs");
    emit_id(emit, NULL, "file--", file);
    emit_id(emit, NULL, "directory--", folder);
    emit_end_array(emit);
    end(bundle);
}

/* --- findings --- */

static void words(struct text *out, const struct findings_row *row) {
    text_bytes(out, row->summary, findings_clip(row->summary));
    text_format(out, "\nWhere: ");
    address_eyes(out, &row->address);
    if (row->size > 0)
        text_format(out, ", bytes %lld, %lld long", (long long)row->offset, (long long)row->size);
    if (row->innocent[0])
        text_format(out, "\nInnocent if: %s", row->innocent);
}

/* Its pattern is the content: whoever has the same bytes has the same thing. */
static void indicator(struct bundle *bundle, const struct findings_row *row, const char uuid[EMIT_UUID]) {
    struct emit *emit = &bundle->emit;
    struct text said = {0};
    begin(bundle, "indicator", uuid, false);
    by_tool(bundle);
    emit_text(emit, "name", row->title[0] ? row->title : row->detector);
    words(&said, row);
    emit_text(emit, "description", text_string(&said));
    emit_array(emit, "indicator_types");
    emit_text(emit, NULL, row->severity >= SEVERITY_HIGH ? "malicious-activity" : "anomalous-activity");
    emit_end_array(emit);
    text_clear(&said);
    text_add(&said, "[file:hashes.'SHA-256' = '");
    text_hex(&said, row->sha256.data, row->sha256.size);
    text_add(&said, "']");
    emit_text(emit, "pattern", text_string(&said));
    emit_text(emit, "pattern_type", "stix");
    run_at(bundle, "valid_from");
    emit_number(emit, "confidence", export_case_confidence(row->strength));
    emit_array(emit, "labels");
    emit_text(emit, NULL, row->detector);
    emit_text(emit, NULL, severity_word(row->severity));
    emit_end_array(emit);
    end(bundle);
    text_free(&said);
}

static void sighting(struct bundle *bundle, const struct findings_row *row, const char *host,
                     const char indicator[EMIT_UUID], const char observed[EMIT_UUID]) {
    struct emit *emit = &bundle->emit;
    char uuid[EMIT_UUID], where[EMIT_UUID];
    uuid_of(bundle, "sighting", indicator, uuid);
    begin(bundle, "sighting", uuid, false);
    by_tool(bundle);
    emit_number(emit, "count", 1);
    emit_number(emit, "confidence", export_case_confidence(row->strength));
    emit_id(emit, "sighting_of_ref", "indicator--", indicator);
    emit_array(emit, "observed_data_refs");
    emit_id(emit, NULL, "observed-data--", observed);
    emit_end_array(emit);
    if (host[0]) {
        uuid_of(bundle, "host", host, where);
        emit_array(emit, "where_sighted_refs");
        emit_id(emit, NULL, "identity--", where);
        emit_end_array(emit);
    }
    end(bundle);
}

/* `from` and `to` are whole ids. */
static void relationship(struct bundle *bundle, const char *type, const char *from, const char *to,
                         int confidence, const char *description) {
    struct emit *emit = &bundle->emit;
    struct text name = {0};
    char uuid[EMIT_UUID];
    text_format(&name, "%s %s %s %s", type, from, to, description);
    uuid_of(bundle, "relationship", text_string(&name), uuid);
    begin(bundle, "relationship", uuid, false);
    by_tool(bundle);
    emit_text(emit, "relationship_type", type);
    emit_some(emit, "description", description);
    emit_text(emit, "source_ref", from);
    emit_text(emit, "target_ref", to);
    emit_number(emit, "confidence", confidence);
    end(bundle);
    text_free(&name);
}

static void indicates(struct bundle *bundle, const struct findings_row *row,
                      const char indicator[EMIT_UUID]) {
    char uuid[EMIT_UUID], from[64], to[64];
    if (!row->attack[0])
        return;
    uuid_of(bundle, "technique", row->attack, uuid);
    snprintf(from, sizeof from, "indicator--%s", indicator);
    snprintf(to, sizeof to, "attack-pattern--%s", uuid);
    relationship(bundle, "indicates", from, to, export_case_confidence(row->strength), "");
}

static void artifact_uuid(struct bundle *bundle, const char *kind, int64_t artifact, char ret[EMIT_UUID]) {
    char name[32];
    snprintf(name, sizeof name, "%lld", (long long)artifact);
    uuid_of(bundle, kind, name, ret);
}

static void finding(struct bundle *bundle, const struct findings_row *row) {
    char number[32], uuid[EMIT_UUID], observed[EMIT_UUID];
    struct export_case_file about;
    if (!row->has_artifact || row->sha256.size == 0 || row->strength == STRENGTH_WEAK)
        return;
    /* A log that was cleared is the victim's own: its bytes are looked for nowhere else. */
    if (strcmp(row->detector, "evidence_removed") == 0)
        return;
    export_case_file(&bundle->export, row, &about);
    snprintf(number, sizeof number, "%lld", (long long)row->id);
    uuid_of(bundle, "indicator", number, uuid);
    artifact_uuid(bundle, "observed", row->artifact, observed);
    indicator(bundle, row, uuid);
    sighting(bundle, row, about.host, uuid, observed);
    indicates(bundle, row, uuid);
}

/* --- what is told once --- */

static void thing(struct bundle *bundle, const struct findings_row *row) {
    struct export_case_file about;
    char uuid[EMIT_UUID], seen[EMIT_UUID], in[EMIT_UUID];
    export_case_file(&bundle->export, row, &about);
    artifact_uuid(bundle, "file", row->artifact, uuid);
    artifact_uuid(bundle, "observed", row->artifact, seen);
    artifact_uuid(bundle, "folder", row->artifact, in);
    folder(bundle, &row->address, in);
    file(bundle, row, &about, uuid, in);
    observed(bundle, seen, uuid, in);
}

static void technique(struct bundle *bundle, const char *id) {
    char uuid[EMIT_UUID];
    struct emit *emit = &bundle->emit;
    uuid_of(bundle, "technique", id, uuid);
    begin(bundle, "attack-pattern", uuid, false);
    by_tool(bundle);
    emit_text(emit, "name", id);
    emit_array(emit, "external_references");
    emit_object(emit, NULL);
    emit_text(emit, "source_name", "mitre-attack");
    emit_text(emit, "external_id", id);
    emit_end_object(emit);
    emit_end_array(emit);
    end(bundle);
}

static void host(struct bundle *bundle, const char *name) {
    char uuid[EMIT_UUID];
    uuid_of(bundle, "host", name, uuid);
    identity(bundle, name, "system", uuid);
}

static void campaign(struct bundle *bundle, const char *name) {
    char uuid[EMIT_UUID];
    uuid_of(bundle, "campaign", name, uuid);
    begin(bundle, "campaign", uuid, false);
    by_tool(bundle);
    emit_text(&bundle->emit, "name", name);
    emit_text(&bundle->emit, "description",
              "A published campaign that shares evidence with this case. Overlap is not attribution.");
    end(bundle);
}

/* One object for each row of a query whose first column is a text. */
static bool each(struct bundle *bundle, const char *sql, void (*put)(struct bundle *, const char *)) {
    struct db_query *q = db_prepare(bundle->export.db, sql);
    while (q && bundle->output->error == 0 && db_step(q))
        put(bundle, db_text(q, 0, NULL));
    db_finish(q);
    return q != NULL;
}

/* --- what belongs together --- */

#define LINKS                                                                                                \
    "SELECT f.artifact, t.artifact, l.text, l.strength FROM chain_link l"                                    \
    " JOIN chain_step f ON f.chain = l.chain AND f.ordinal = l.from_step"                                    \
    " JOIN chain_step t ON t.chain = l.chain AND t.ordinal = l.to_step"                                      \
    " WHERE f.artifact IS NOT NULL AND t.artifact IS NOT NULL AND f.artifact <> t.artifact"                  \
    " AND f.artifact IN (SELECT artifact FROM finding WHERE severity >= ?1)"                                 \
    " AND t.artifact IN (SELECT artifact FROM finding WHERE severity >= ?1) ORDER BY l.chain, l.rowid"

static bool links(struct bundle *bundle, enum severity least) {
    char uuid[EMIT_UUID], from[64], to[64];
    struct db_query *q = db_prepare(bundle->export.db, LINKS);
    if (!q)
        return false;
    db_bind_integer(q, 1, least);
    while (bundle->output->error == 0 && db_step(q)) {
        int64_t strength = db_integer(q, 3);
        artifact_uuid(bundle, "file", db_integer(q, 0), uuid);
        snprintf(from, sizeof from, "file--%s", uuid);
        artifact_uuid(bundle, "file", db_integer(q, 1), uuid);
        snprintf(to, sizeof to, "file--%s", uuid);
        relationship(
            bundle, "related-to", from, to,
            export_case_confidence(strength < 0 || strength > 2 ? STRENGTH_WEAK : (enum strength)strength),
            db_text(q, 2, NULL));
    }
    db_finish(q);
    return true;
}

#define OVERLAPS                                                                                             \
    "SELECT c.name, o.artifact, o.kind || ' ' || o.value || ': ' || coalesce(o.what, '') ||"                 \
    " coalesce('. Instead: ' || o.instead, ''), c.confidence FROM overlap o JOIN campaign c"                 \
    " ON c.id = o.campaign WHERE o.weight > 0 AND o.artifact IN"                                             \
    " (SELECT artifact FROM finding WHERE severity >= ?) ORDER BY o.campaign, o.ordinal"

static bool overlaps(struct bundle *bundle, enum severity least) {
    char uuid[EMIT_UUID], from[64], to[64];
    struct db_query *q = db_prepare(bundle->export.db, OVERLAPS);
    if (!q)
        return false;
    db_bind_integer(q, 1, least);
    while (bundle->output->error == 0 && db_step(q)) {
        artifact_uuid(bundle, "file", db_integer(q, 1), uuid);
        snprintf(from, sizeof from, "file--%s", uuid);
        uuid_of(bundle, "campaign", db_text(q, 0, NULL), uuid);
        snprintf(to, sizeof to, "campaign--%s", uuid);
        bool moderate = strcmp(db_text(q, 3, NULL), "moderate") == 0;
        relationship(bundle, "related-to", from, to, moderate ? 30 : 15, db_text(q, 2, NULL));
    }
    db_finish(q);
    return true;
}

#define VERDICTS                                                                                             \
    "SELECT rowid, coalesce(host, ''), word, complete, reason, coalesce(incomplete, '') FROM verdict"        \
    " WHERE evidence IS NOT NULL ORDER BY rank DESC, rowid"

static bool verdicts(struct bundle *bundle) {
    char uuid[EMIT_UUID], about[EMIT_UUID];
    struct emit *emit = &bundle->emit;
    struct text said = {0};
    struct db_query *q = db_prepare(bundle->export.db, VERDICTS);
    while (q && bundle->output->error == 0 && db_step(q)) {
        const char *name = db_text(q, 1, NULL);
        text_clear(&said);
        text_format(&said, "%s (%s). ", db_text(q, 2, NULL), db_integer(q, 3) ? "complete" : "incomplete");
        text_format(&said, "%s ", db_text(q, 4, NULL));
        text_format(&said, "%s", db_text(q, 5, NULL));
        artifact_uuid(bundle, "verdict", db_integer(q, 0), uuid);
        uuid_of(bundle, "host", name, about);
        begin(bundle, "note", uuid, false);
        by_tool(bundle);
        emit_text(emit, "abstract", "verdict of the case");
        emit_text(emit, "content", text_string(&said));
        emit_array(emit, "object_refs");
        emit_id(emit, NULL, "identity--", name[0] ? about : bundle->tool);
        emit_end_array(emit);
        end(bundle);
    }
    db_finish(q);
    text_free(&said);
    return q != NULL;
}

/* --- all of it --- */

#define HOSTS                                                                                                \
    "SELECT DISTINCT n FROM (SELECT host AS n FROM evidence UNION SELECT host FROM verdict UNION"            \
    " SELECT value FROM posture WHERE fact = 'computer name') WHERE n <> '' ORDER BY n"

#define TECHNIQUES                                                                                           \
    "SELECT DISTINCT attack FROM detector WHERE attack <> '' AND id IN (SELECT detector FROM finding)"       \
    " ORDER BY attack"

static bool tell(struct bundle *bundle, struct casefile *casefile, enum severity least) {
    struct findings findings;
    struct findings_row row;
    identity(bundle, "assay " ASSAY_VERSION, "system", bundle->tool);
    bool ok = each(bundle, HOSTS, host) && each(bundle, TECHNIQUES, technique) &&
              each(bundle, "SELECT name FROM campaign ORDER BY id", campaign);
    ok = findings_open(&findings, casefile, 0) && ok;
    while (ok && bundle->output->error == 0 && findings_next(&findings, &row)) {
        if (row.address.name && export_case_first(&bundle->export, &row, least))
            thing(bundle, &row);
        if (row.severity >= least)
            finding(bundle, &row);
    }
    findings_close(&findings);
    return ok && links(bundle, least) && overlaps(bundle, least) && verdicts(bundle);
}

static bool print(struct casefile *casefile, const struct export_options *options, struct output *output) {
    struct bundle bundle = {.output = output};
    char uuid[EMIT_UUID];
    /* Notes are for people; machines that block what they are told are told what is at least low. */
    enum severity least = options->least > SEVERITY_LOW ? options->least : SEVERITY_LOW;
    bool ok = export_case_open(&bundle.export, casefile);
    emit_uuid(bundle.tool, span_of("assay", 5, 0));
    uuid_of(&bundle, "bundle", "", uuid);
    text_format(&bundle.out, "{\"type\":\"bundle\",\"id\":\"bundle--%s\",\"objects\":[", uuid);
    ok = ok && tell(&bundle, casefile, least);
    text_add(&bundle.out, "\n]}\n");
    output_text(output, &bundle.out);
    export_case_close(&bundle.export);
    text_free(&bundle.out);
    return ok && casefile_error(casefile)[0] == 0 && output->error == 0;
}

const struct export_format as_stix = {.name = "stix",
                                      .summary =
                                          "indicators, sightings and observed data as a bundle of STIX 2.1",
                                      .print = print};
