/* An event of MISP (its core format, MISP/PyMISP's schema): an object `file` for each file that something at
 * least low is said of, with what is said. Nothing is published, nothing distributed: the event is for your
 * own organisation until somebody decides otherwise. Content that is firmly bad is marked for detection. */
#include "report/emit.h"
#include "report/export.h"
#include "report/export_case.h"

#include "base/filetime.h"

#define FILE_TEMPLATE "688c46fb-5edb-40a3-8273-1af7923e2215"

struct event {
    struct export_case export;
    struct text out;
    struct emit emit;
    char seconds[24]; /* of the run, since 1970 */
};

static void unique(struct event *event, const char *kind, const char *name) {
    char uuid[EMIT_UUID];
    struct text all = {0};
    text_format(&all, "%s\nmisp %s\n", event->export.identity, kind);
    text_bytes(&all, name, findings_clip(name));
    emit_uuid(uuid, span_of(text_string(&all), all.size, 0));
    emit_text(&event->emit, "uuid", uuid);
    text_free(&all);
}

struct attribute {
    const char *relation, *type, *category, *value;
    bool detect;
};

static void attribute(struct event *event, const char *of, const struct attribute *a) {
    struct emit *emit = &event->emit;
    struct text name = {0};
    if (!a->value[0])
        return;
    text_format(&name, "%s %s %s %s", of, a->relation, a->type, a->value);
    emit_object(emit, NULL);
    unique(event, "attribute", text_string(&name));
    emit_some(emit, "object_relation", a->relation);
    emit_text(emit, "type", a->type);
    emit_text(emit, "category", a->category);
    emit_text(emit, "value", a->value);
    emit_bool(emit, "to_ids", a->detect);
    emit_text(emit, "distribution", "5"); /* as the event */
    emit_text(emit, "timestamp", event->seconds);
    emit_end_object(emit);
    text_free(&name);
}

static void digest(struct event *event, const char *of, const char *type, struct span bytes, bool detect) {
    struct text hex = {0};
    text_hex(&hex, bytes.data, bytes.size);
    attribute(event, of, &(struct attribute){type, type, "Payload delivery", text_string(&hex), detect});
    text_free(&hex);
}

/* What all findings of one file say: their texts, and the worst of them. */
struct about {
    struct text said;
    enum severity severity;
    bool content; /* something firm and at least medium is of the content, not of the name or the times */
};

/* Of these the bytes are what is bad; of others they may be anything. */
static bool is_of_content(const char *detector) {
    static const char *const ids[] = {
        "signature_slack",    "signature_stowage",   "ioc_hash",    "driver_unsigned",
        "driver_blocked",     "driver_known",        "dll_phantom", "file_disguised",
        "authentihash_twins", "signed_then_changed", "yara",        "extends_sibling"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        if (strcmp(detector, ids[i]) == 0)
            return true;
    return false;
}

static void take(struct about *about, const char *detector, enum severity severity, enum strength strength,
                 const char *summary) {
    bool firm = severity >= SEVERITY_MEDIUM && strength >= STRENGTH_FIRM;
    text_format(&about->said, "%s%s, %s: ", about->said.size > 0 ? "\n" : "", severity_word(severity),
                strength_word(strength));
    text_bytes(&about->said, summary, findings_clip(summary));
    about->content = about->content || (firm && is_of_content(detector));
    about->severity = severity > about->severity ? severity : about->severity;
}

static void attributes(struct event *event, const char *of, const struct findings_row *row,
                       const struct about *about) {
    struct export_case_file file;
    struct text text = {0};
    bool detect = about->content;
    export_case_file(&event->export, row, &file);
    attribute(event, of,
              &(struct attribute){"filename", "filename", "Payload delivery", row->address.name, false});
    export_case_path(&text, &row->address);
    attribute(event, of,
              &(struct attribute){"fullpath", "text", "Payload delivery", text_string(&text), false});
    text_clear(&text);
    if (file.has_size)
        text_format(&text, "%llu", (unsigned long long)file.size);
    attribute(event, of,
              &(struct attribute){"size-in-bytes", "size-in-bytes", "Other", text_string(&text), false});
    digest(event, of, "md5", row->md5, detect);
    digest(event, of, "sha1", row->sha1, detect);
    digest(event, of, "sha256", row->sha256, detect);
    /* A file with something behind its signature has the digest of the genuine one: never for detection. */
    digest(event, of, "authentihash", row->authentihash, false);
    attribute(event, of, &(struct attribute){"text", "text", "Other", text_string(&about->said), false});
    text_free(&text);
}

static void object(struct event *event, const struct findings_row *row, const struct about *about) {
    struct emit *emit = &event->emit;
    struct text address = {0};
    address_format(&address, &row->address);
    emit_object(emit, NULL);
    unique(event, "object", text_string(&address));
    emit_text(emit, "name", "file");
    emit_text(emit, "meta-category", "file");
    emit_text(emit, "template_uuid", FILE_TEMPLATE);
    emit_text(emit, "template_version", "24");
    emit_text(emit, "description", "File object describing a file with meta-information");
    emit_text(emit, "distribution", "5");
    emit_text(emit, "timestamp", event->seconds);
    emit_text(emit, "comment", text_string(&address));
    emit_array(emit, "Attribute");
    attributes(event, text_string(&address), row, about);
    emit_end_array(emit);
    emit_end_object(emit);
    text_free(&address);
}

/* --- all of it --- */

struct gathering {
    struct db_query *said;
    enum severity least;
};

static void gather(struct about *about, struct gathering *gathering, int64_t artifact) {
    text_clear(&about->said);
    *about = (struct about){.said = about->said};
    struct db_query *q = gathering->said;
    db_reset(q);
    db_bind_integer(q, 1, artifact);
    db_bind_integer(q, 2, gathering->least);
    while (db_step(q))
        take(about, db_text(q, 0, NULL), (enum severity)(db_integer(q, 1) & 7),
             (enum strength)(db_integer(q, 2) & 3), db_text(q, 3, NULL));
}

static bool files(struct event *event, struct casefile *casefile, enum severity least,
                  struct output *output) {
    struct findings findings;
    struct findings_row row;
    struct about about = {.severity = SEVERITY_INFO};
    struct gathering gathering = {
        .said = db_prepare(event->export.db, "SELECT detector, severity, strength, summary FROM finding"
                                             " WHERE artifact = ? AND severity >= ? ORDER BY id"),
        .least = least};
    bool ok = findings_open(&findings, casefile, 0) && gathering.said;
    while (ok && output->error == 0 && findings_next(&findings, &row)) {
        if (!row.address.name || !export_case_first(&event->export, &row, least))
            continue;
        gather(&about, &gathering, row.artifact);
        object(event, &row, &about);
        output_text(output, &event->out);
    }
    findings_close(&findings);
    db_finish(gathering.said);
    text_free(&about.said);
    return ok;
}

#define WORST "SELECT coalesce(max(severity), 0) FROM finding WHERE strength >= 1"
#define WORD                                                                                                 \
    "SELECT word || CASE complete WHEN 1 THEN '' ELSE ', incomplete' END FROM verdict WHERE evidence IS NULL"

/* 1 high, 2 medium, 3 low, 4 undefined. */
static const char *threat_level(struct db *db) {
    struct db_query *q = db_prepare(db, WORST);
    int64_t worst = q && db_step(q) ? db_integer(q, 0) : 0;
    db_finish(q);
    return worst >= SEVERITY_HIGH ? "1" : worst == SEVERITY_MEDIUM ? "2" : worst == SEVERITY_LOW ? "3" : "4";
}

/* What the whole case comes to, and what domains of campaigns were met. */
static bool whole(struct event *event) {
    struct emit *emit = &event->emit;
    struct db_query *q = db_prepare(event->export.db, WORD);
    bool ok = q != NULL;
    emit_array(emit, "Attribute");
    if (q && db_step(q))
        attribute(event, "event", &(struct attribute){NULL, "comment", "Other", db_text(q, 0, NULL), false});
    db_finish(q);
    q = db_prepare(event->export.db, "SELECT DISTINCT value FROM overlap WHERE kind = 'domain' AND weight > 0"
                                     " ORDER BY value");
    while (q && db_step(q))
        attribute(event, "event",
                  &(struct attribute){NULL, "domain", "Network activity", db_text(q, 0, NULL), true});
    ok = ok && q;
    db_finish(q);
    emit_end_array(emit);
    return ok;
}

static void head(struct event *event) {
    struct emit *emit = &event->emit;
    char day[FILETIME_TEXT];
    uint64_t started = event->export.started ? event->export.started : 116444736000000000;
    filetime_text(started, day);
    day[10] = 0;
    snprintf(event->seconds, sizeof event->seconds, "%lld", (long long)filetime_to_unix(started));
    emit_init(emit, &event->out);
    emit_object(emit, NULL);
    emit_object(emit, "Event");
    unique(event, "event", "");
    emit_text(emit, "info", "assay: what was found in a case");
    emit_text(emit, "date", day);
    emit_text(emit, "timestamp", event->seconds);
    emit_text(emit, "threat_level_id", threat_level(event->export.db));
    emit_text(emit, "analysis", "1");     /* going on */
    emit_text(emit, "distribution", "0"); /* your own organisation only */
    emit_bool(emit, "published", false);
}

static bool print(struct casefile *casefile, const struct export_options *options, struct output *output) {
    struct event event = {.seconds = ""};
    enum severity least = options->least > SEVERITY_LOW ? options->least : SEVERITY_LOW;
    bool ok = export_case_open(&event.export, casefile);
    if (ok) {
        head(&event);
        ok = whole(&event);
        emit_array(&event.emit, "Object");
        ok = ok && files(&event, casefile, least, output);
        emit_end_array(&event.emit);
        emit_end_object(&event.emit);
        emit_end_object(&event.emit);
        text_char(&event.out, '\n');
        output_text(output, &event.out);
    }
    export_case_close(&event.export);
    text_free(&event.out);
    return ok && casefile_error(casefile)[0] == 0 && output->error == 0;
}

const struct export_format as_misp = {
    .name = "misp", .summary = "an event of MISP, with an object for each file", .print = print};
