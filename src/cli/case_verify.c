#include "cli/case_verify.h"

#include "base/output.h"
#include "case/casefile_integrity.h"
#include "engine/casesink.h"
#include "report/address.h"
#include "report/findings.h"

#include <strings.h>
#include <unistd.h>

/* Files that findings are about or cite, with their digests. */
static const char cited_sql[] =
    "SELECT e.path, e.kind, v.ordinal, v.kind, o.path, a.name, a.stream, v.shadow, v.drive, a.evidence, a.record,"
    " a.sequence, h.sha256 FROM hashes h JOIN artifact a ON a.id = h.artifact JOIN folder o ON o.id = a.folder LEFT JOIN volume"
    " v ON v.id = a.volume LEFT JOIN evidence e ON e.id = a.evidence WHERE h.sha256 IS NOT NULL AND a.id IN (SELECT artifact"
    " FROM finding UNION SELECT artifact FROM finding_reference) ORDER BY a.id";

static const char found_sql[] =
    "SELECT h.sha256 FROM artifact a JOIN folder o ON o.id = a.folder LEFT JOIN volume v ON v.id = a.volume LEFT JOIN hashes h"
    " ON h.artifact = a.id WHERE a.folder IN (SELECT id FROM folder WHERE path = ?1) AND a.name = ?2 AND a.stream IS ?3 AND"
    " a.evidence = ?4 AND v.ordinal IS ?5 AND v.shadow IS ?6 AND (?7 IS NULL OR a.record IS ?7) ORDER BY h.sha256 IS NULL LIMIT 1";

static const char images_sql[] =
    "SELECT id, path, media_sha256 FROM evidence WHERE media_sha256 IS NOT NULL ORDER BY id";

struct comparing {
    struct casefile *kept, *now;
    struct output output;
    struct text line;
    uint64_t same, changed, missing;
};

static void say(struct comparing *c) {
    text_char(&c->line, '\n');
    output_text(&c->output, &c->line);
}

static void tell(void *context, const char *sentence) {
    struct comparing *c = context;
    text_format(&c->line, "CHANGED     %s", sentence);
    say(c);
}

/* The pages of the file, wholly; opening it looked at the schema and at the pages quickly. */
static bool check_pages(struct comparing *c) {
    struct db_query *q = db_prepare(casefile_db(c->kept), "PRAGMA integrity_check(100)");
    bool sound = true;
    while (q && db_step(q)) {
        const char *said = db_text(q, 0, NULL);
        if (strcmp(said, "ok") == 0)
            continue;
        sound = false;
        text_add(&c->line, "DAMAGED     ");
        text_terminal(&c->line, said, strlen(said));
        say(c);
    }
    db_finish(q);
    c->changed += !sound;
    return q && casefile_error(c->kept)[0] == 0;
}

static bool check_findings(struct comparing *c, const char *noted) {
    struct casefile_integrity integrity;
    const struct casefile_integrity_teller teller = {tell, c};
    if (!casefile_integrity_check(c->kept, &teller, &integrity))
        return false;
    if (integrity.wrong > CASEFILE_INTEGRITY_TOLD) {
        text_format(&c->line, "CHANGED     and %llu more",
                    (unsigned long long)(integrity.wrong - CASEFILE_INTEGRITY_TOLD));
        say(c);
    }
    if (noted && strcasecmp(noted, integrity.last) != 0) {
        text_format(&c->line, "CHANGED     the last digest is %s, not the one that was noted down",
                    integrity.last);
        say(c);
        c->changed++;
    }
    c->changed += integrity.wrong;
    text_format(&c->line, "findings    %llu, %llu discrepancies; last digest %s",
                (unsigned long long)integrity.findings, (unsigned long long)integrity.wrong, integrity.last);
    say(c);
    return true;
}

/* --- evidence that is read again --- */

static void bind_cell(struct db_query *out, int to, struct db_query *in, int at, bool text) {
    size_t size;
    if (db_is_null(in, at))
        db_bind_null(out, to);
    else if (text) {
        const char *value = db_text(in, at, &size);
        db_bind_text(out, to, value, size);
    } else
        db_bind_integer(out, to, db_integer(in, at));
}

/* Is it known there, and the same? */
static void judge_digest(struct comparing *c, struct span was, struct db_query *found, int at) {
    struct span now = found ? db_blob(found, at) : span_of("", 0, 0);
    bool same = now.size > 0 && span_equal(was, now);
    c->same += same;
    c->changed += now.size > 0 && !same;
    c->missing += now.size == 0;
    if (same) {
        text_clear(&c->line);
        return;
    }
    text_add(&c->line, now.size > 0 ? ": SHA-256 was " : ": cannot be found or read; its SHA-256 was ");
    text_hex(&c->line, was.data, was.size);
    if (now.size > 0) {
        text_add(&c->line, ", is ");
        text_hex(&c->line, now.data, now.size);
    }
    say(c);
}

static void name_file(struct comparing *c, struct db_query *q) {
    bool file = strcmp(db_text(q, 1, NULL), "file") == 0;
    struct address address = {.evidence = db_text(q, 0, NULL),
                              .volume = (uint64_t)db_integer(q, 2),
                              .volume_kind = db_text(q, 3, NULL),
                              .folder = file ? NULL : db_text(q, 4, NULL),
                              .name = file ? NULL : db_text(q, 5, NULL),
                              .stream = db_is_null(q, 6) ? NULL : db_text(q, 6, NULL),
                              .shadow = (uint64_t)db_integer(q, 7),
                              .drive = db_is_null(q, 8) ? NULL : db_text(q, 8, NULL)};
    text_add(&c->line, "EVIDENCE    ");
    address_eyes(&c->line, &address);
}

/* In folders and archives a record number is not the file's own. */
static bool compare_files(struct comparing *c) {
    struct db_query *q = db_prepare(casefile_db(c->kept), cited_sql);
    struct db_query *found = db_prepare(casefile_db(c->now), found_sql);
    while (q && found && db_step(q)) {
        bool in_volume = db_integer(q, 2) > 0 && strcmp(db_text(q, 3, NULL), ADDRESS_COLLECTED) != 0;
        db_reset(found);
        bind_cell(found, 1, q, 4, true);
        bind_cell(found, 2, q, 5, true);
        bind_cell(found, 3, q, 6, true);
        bind_cell(found, 4, q, 9, false);
        bind_cell(found, 5, q, 2, false);
        bind_cell(found, 6, q, 7, false);
        if (in_volume)
            bind_cell(found, 7, q, 10, false);
        name_file(c, q);
        judge_digest(c, db_blob(q, 12), db_step(found) ? found : NULL, 0);
    }
    db_finish(q);
    db_finish(found);
    return q && found && casefile_error(c->kept)[0] == 0 && casefile_error(c->now)[0] == 0;
}

static bool compare_images(struct comparing *c) {
    struct db_query *q = db_prepare(casefile_db(c->kept), images_sql);
    struct db_query *found =
        db_prepare(casefile_db(c->now), "SELECT media_sha256 FROM evidence WHERE id = ?");
    while (q && found && db_step(q)) {
        db_reset(found);
        db_bind_integer(found, 1, db_integer(q, 0));
        text_add(&c->line, "EVIDENCE    the disk inside ");
        text_terminal(&c->line, db_text(q, 1, NULL), findings_clip(db_text(q, 1, NULL)));
        judge_digest(c, db_blob(q, 2), db_step(found) ? found : NULL, 0);
    }
    db_finish(q);
    db_finish(found);
    return q && found && casefile_error(c->kept)[0] == 0 && casefile_error(c->now)[0] == 0;
}

static bool read_again(struct comparing *c, struct case_verify *verify, struct zygote *zygote) {
    int all;
    void *memory;
    struct engine_result result;
    struct casesink sink;
    struct engine_target *targets =
        command_targets(verify->evidence, verify->evidence_count, &verify->engine, NULL, &all, &memory);
    casesink_init(&sink, c->now);
    bool good = targets && command_register(c->now) &&
                engine_run(zygote, &verify->engine, targets, (size_t)all, &sink.sink, &result) &&
                casefile_number(c->now) &&
                db_run(casefile_db(c->now), "CREATE INDEX folder_path ON folder(path)");
    if (targets)
        command_engine_end(&result);
    command_targets_free(targets, verify->evidence_count, memory);
    return good;
}

static bool check_evidence(struct comparing *c, struct case_verify *verify) {
    struct zygote zygote = {-1, 0};
    struct text error = {0};
    verify->engine.hash = true;
    bool good = command_engine_start(&verify->engine, &zygote);
    c->now = good ? casefile_create("", false, &error) : NULL;
    if (good && !c->now)
        command_error("%s", text_string(&error));
    good = c->now && read_again(c, verify, &zygote) && compare_images(c) && compare_files(c);
    text_format(&c->line, "evidence    %llu contents as they were, %llu changed, %llu not found or not read",
                (unsigned long long)c->same, (unsigned long long)c->changed, (unsigned long long)c->missing);
    if (good)
        say(c);
    zygote_stop(&zygote);
    text_free(&error);
    return good;
}

static bool has_images(struct casefile *casefile) {
    struct db_query *q = db_prepare(casefile_db(casefile), images_sql);
    bool has = q && db_step(q);
    db_finish(q);
    return has;
}

static int status_of(const struct comparing *c, bool good) {
    return !good            ? COMMAND_ERROR
           : c->changed > 0 ? COMMAND_FOUND
           : c->missing > 0 ? COMMAND_INCOMPLETE
                            : COMMAND_CLEAN;
}

int case_verify_run(struct case_verify *verify, const char *path) {
    struct text error = {0};
    struct comparing c = {.kept = casefile_open(path, &error)};
    if (!c.kept)
        command_error("%s", text_string(&error));
    text_free(&error);
    if (!c.kept)
        return COMMAND_ERROR;
    output_init(&c.output, 1);
    bool good = check_pages(&c) && check_findings(&c, verify->digest);
    uint64_t changed = c.changed;
    c.changed = 0;
    if (good && verify->evidence_count > 0) {
        verify->engine.hash_evidence = has_images(c.kept);
        good = output_flush(&c.output) && check_evidence(&c, verify);
    }
    c.changed += changed;
    text_add(&c.line, c.changed > 0   ? "Something is not as it was."
                      : c.missing > 0 ? "Nothing is known to be changed, but not all could be compared."
                                      : "All that was compared is as it was.");
    say(&c);
    good = output_end(&c.output) && good;
    if (!good)
        command_error("%s: %s", path, c.output.error ? output_reason(&c.output) : casefile_error(c.kept));
    int status = status_of(&c, good);
    casefile_close(c.now);
    casefile_close(c.kept);
    text_free(&c.line);
    return status;
}
