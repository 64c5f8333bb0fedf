#include "report/explain_hand.h"

#include "report/findings.h"

enum { LABEL = 14, SECTOR = 512, DELETED = 2 };

/* The file that it is about first, then those that it cites. */
static const char files_sql[] =
    "SELECT f.artifact, NULL, f.offset, f.size FROM finding f WHERE f.id = ?1 AND f.artifact IS NOT NULL UNION ALL SELECT * FROM"
    " (SELECT r.artifact, r.role, 0, 0 FROM finding_reference r WHERE r.finding = ?1 ORDER BY r.rowid)";

static const char file_sql[] =
    "SELECT e.path, e.kind, e.container, e.artifact IS NOT NULL, v.offset, v.kind, v.shadow, v.record_size, v.cluster_size,"
    " v.serial, a.record, a.sequence, a.flags, o.path, a.name, a.stream, h.sha256, e.size, e.media_sha256, e.media_md5,"
    " v.ordinal, (SELECT count(*) FROM pe WHERE artifact = a.id AND signed_digest <> 'none'), a.size FROM artifact a LEFT JOIN"
    " evidence e ON e.id = a.evidence LEFT JOIN volume v ON v.id = a.volume LEFT JOIN folder o ON o.id = a.folder LEFT JOIN"
    " hashes h ON h.artifact = a.id WHERE a.id = ?";

enum column {
    PATH,
    KIND,
    CONTAINER,
    NESTED,
    OFFSET,
    FILE_SYSTEM,
    SHADOW,
    RECORD_SIZE,
    CLUSTER_SIZE,
    SERIAL,
    RECORD,
    SEQUENCE,
    FLAGS,
    FOLDER,
    NAME,
    STREAM,
    SHA256,
    EVIDENCE_SIZE,
    MEDIA_SHA256,
    MEDIA_MD5,
    ORDINAL,
    IS_SIGNED,
    SIZE
};

struct hand {
    const struct wrap *wrap;
    struct text *out, line, word;
    const char *label;
    uint64_t files;
};

static void say(struct hand *h) {
    wrap_paragraph(h->out, h->wrap, 0, LABEL, WRAP_BOLD, h->label, text_string(&h->line));
    text_clear(&h->line);
    h->label = "";
}

/* A command stands alone on its line, however long, so that it can be copied. */
static void command(struct hand *h) {
    wrap_line(h->out, h->wrap, 0, LABEL, WRAP_PLAIN, h->label, text_string(&h->line));
    text_clear(&h->line);
    h->label = "";
}

static void plain(struct hand *h, const char *text) {
    text_terminal(&h->line, text, findings_clip(text));
}

/* As one word of a shell. */
static void quoted(struct hand *h, const char *text) {
    text_clear(&h->word);
    text_char(&h->word, '\'');
    for (size_t i = 0, size = findings_clip(text); i < size; i++)
        if (text[i] == '\'')
            text_add(&h->word, "'\\''");
        else
            text_char(&h->word, text[i]);
    text_char(&h->word, '\'');
    text_terminal(&h->line, text_string(&h->word), h->word.size);
}

static bool is(struct db_query *q, enum column at, const char *word) {
    return strcmp(db_text(q, (int)at, NULL), word) == 0;
}

static void hex(struct hand *h, const char *before, struct span bytes) {
    if (bytes.size == 0)
        return;
    text_add(&h->line, before);
    text_hex(&h->line, bytes.data, span_clip(bytes, 0, 64).size);
}

/* --- what was read where --- */

static void tell_where(struct hand *h, struct db_query *q, int64_t offset, int64_t size) {
    h->label = "read";
    text_add(&h->line, "evidence ");
    plain(h, db_text(q, PATH, NULL));
    text_add(&h->line, " (");
    plain(h, db_text(q, KIND, NULL));
    if (!db_is_null(q, CONTAINER)) {
        text_add(&h->line, ", ");
        plain(h, db_text(q, CONTAINER, NULL));
    }
    if (!db_is_null(q, EVIDENCE_SIZE))
        text_format(&h->line, ", %lld bytes", (long long)db_integer(q, EVIDENCE_SIZE));
    hex(h, "; SHA-256 of the disk inside ", db_blob(q, MEDIA_SHA256));
    hex(h, ", MD5 ", db_blob(q, MEDIA_MD5));
    if (db_is_null(q, MEDIA_SHA256) && (is(q, KIND, "disk-image") || is(q, KIND, "volume-image")))
        text_add(&h->line, "; not digested as a whole: scan with --hash-evidence");
    text_char(&h->line, ')');
    say(h);
    if (!db_is_null(q, ORDINAL)) {
        text_format(&h->line, "volume %lld, ", (long long)db_integer(q, ORDINAL));
        plain(h, db_text(q, FILE_SYSTEM, NULL));
        text_format(&h->line, ", from byte %lld (sector %lld), serial ", (long long)db_integer(q, OFFSET),
                    (long long)db_integer(q, OFFSET) / SECTOR);
        plain(h, db_is_null(q, SERIAL) ? "not known" : db_text(q, SERIAL, NULL));
        text_format(&h->line, ", clusters of %lld bytes", (long long)db_integer(q, CLUSTER_SIZE));
        if (db_integer(q, SHADOW) > 0)
            text_format(&h->line, ", shadow copy %lld", (long long)db_integer(q, SHADOW));
        say(h);
    }
    if (!db_is_null(q, RECORD))
        text_format(&h->line, "record %lld-%lld, ", (long long)db_integer(q, RECORD),
                    (long long)db_integer(q, SEQUENCE));
    if (size > 0)
        text_format(&h->line, "bytes %lld to %lld of the file (0x%llx, %lld bytes)", (long long)offset,
                    (long long)(offset < INT64_MAX - size ? offset + size - 1 : INT64_MAX),
                    (unsigned long long)offset, (long long)size);
    else
        text_add(&h->line, "the file as a whole, its place or times");
    hex(h, "; SHA-256 of the file ", db_blob(q, SHA256));
    say(h);
}

/* --- how to get at it --- */

/* Formats that The Sleuth Kit reads by itself. */
static const char *image_option(struct db_query *q) {
    static const char *const known[][2] = {{"E01", " -i ewf"}, {"VMDK", " -i vmdk"}, {"VHD", " -i vhd"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is(q, CONTAINER, known[i][0]))
            return known[i][1];
    return "";
}

static bool must_convert(struct db_query *q) {
    return !db_is_null(q, CONTAINER) && !image_option(q)[0];
}

static void tool(struct hand *h, struct db_query *q, const char *name, const char *image) {
    int64_t sector = db_integer(q, SHADOW) > 0 ? 0 : db_integer(q, OFFSET) / SECTOR;
    text_format(&h->line, "%s%s", name, image ? "" : image_option(q));
    if (sector > 0)
        text_format(&h->line, " -o %lld", (long long)sector);
    text_char(&h->line, ' ');
    quoted(h, image ? image : db_text(q, PATH, NULL));
}

/* The image that tools take: it, a raw copy of it, or a shadow copy that is mounted. NULL: itself. */
static const char *prepare_image(struct hand *h, struct db_query *q) {
    static char mounted[64];
    const char *image = NULL;
    if (must_convert(q)) {
        text_add(&h->line, "qemu-img convert -O raw ");
        quoted(h, db_text(q, PATH, NULL));
        text_add(&h->line, " raw.img");
        command(h);
        image = "raw.img";
    }
    if (db_integer(q, SHADOW) <= 0)
        return image;
    text_format(&h->line, "mkdir -p vss && vshadowmount -o %lld ", (long long)db_integer(q, OFFSET));
    quoted(h, image ? image : db_text(q, PATH, NULL));
    text_add(&h->line, " vss");
    command(h);
    snprintf(mounted, sizeof mounted, "vss/vss%lld", (long long)db_integer(q, SHADOW));
    return mounted;
}

static void from_volume(struct hand *h, struct db_query *q) {
    long long record = db_integer(q, RECORD), record_size = db_integer(q, RECORD_SIZE);
    const char *image = prepare_image(h, q);
    tool(h, q, "istat", image);
    text_format(&h->line, " %lld    # times, attributes and runs", record);
    command(h);
    if (record_size > 0 && record < INT64_MAX / record_size) {
        tool(h, q, "icat", image);
        text_format(&h->line, " 0 | xxd -s %lld -l %lld    # the file record itself", record * record_size,
                    record_size);
        command(h);
    }
    tool(h, q, (db_integer(q, FLAGS) & DELETED) ? "icat -r" : "icat", image);
    if (db_is_null(q, STREAM))
        text_format(&h->line, " %lld > file%llu", record, (unsigned long long)h->files);
    else {
        text_format(&h->line, " %lld-128-ID > file%llu    # ID: istat gives it for the stream ", record,
                    (unsigned long long)h->files);
        plain(h, db_text(q, STREAM, NULL));
    }
    command(h);
}

static void from_archive(struct hand *h, struct db_query *q) {
    const char *folder = db_text(q, FOLDER, NULL);
    bool tar = strncmp(db_text(q, CONTAINER, NULL), "tar", 3) == 0;
    text_add(&h->line, tar ? "tar -xOf " : is(q, CONTAINER, "zip") ? "unzip -p " : "7z x -so ");
    quoted(h, db_text(q, PATH, NULL));
    struct text inner = {0};
    text_format(&inner, "%s%s%s", folder[0] == '/' ? folder + 1 : folder, folder[0] ? "/" : "",
                db_text(q, NAME, NULL));
    text_char(&h->line, ' ');
    quoted(h, text_string(&inner));
    text_free(&inner);
    text_format(&h->line, " > file%llu    # as the archive spells it", (unsigned long long)h->files);
    command(h);
}

static void from_folder(struct hand *h, struct db_query *q) {
    struct text whole = {0};
    text_add(&whole, db_text(q, PATH, NULL));
    if (!is(q, KIND, "file"))
        text_format(&whole, "%s/%s", db_text(q, FOLDER, NULL), db_text(q, NAME, NULL));
    text_add(&h->line, "cp ");
    quoted(h, text_string(&whole));
    text_format(&h->line, " file%llu", (unsigned long long)h->files);
    text_free(&whole);
    command(h);
}

static void look_at(struct hand *h, struct db_query *q, int64_t offset, int64_t size) {
    unsigned long long file = (unsigned long long)h->files;
    if (db_blob(q, SHA256).size > 0) {
        text_format(&h->line, "sha256sum file%llu    #", file);
        hex(h, " ", db_blob(q, SHA256));
        command(h);
    }
    if (size > 0) {
        text_format(&h->line, "xxd -s %lld -l %lld file%llu", (long long)offset,
                    (long long)(size < 256 ? size : 256), file);
        command(h);
        text_format(&h->line, "dd if=file%llu of=range%llu bs=1 skip=%lld count=%lld", file, file,
                    (long long)offset, (long long)size);
        command(h);
    }
    if (db_integer(q, IS_SIGNED) > 0) {
        text_format(&h->line, "osslsigncode verify -in file%llu    # or signtool verify /v /pa on Windows",
                    file);
        command(h);
    }
}

static void tell_commands(struct hand *h, struct db_query *q, int64_t offset, int64_t size) {
    bool collected = is(q, FILE_SYSTEM, "collected");
    h->files++;
    if (db_integer(q, NESTED)) {
        text_add(&h->line,
                 "First take the evidence out of what it lies in: its path says where, behind each !/.");
        say(h);
    }
    if (is(q, KIND, "mft")) {
        text_add(&h->line, "xxd -s ");
        text_format(&h->line, "%lld -l 1024 ",
                    (long long)(db_integer(q, RECORD) < INT64_MAX / 1024 ? db_integer(q, RECORD) * 1024 : 0));
        quoted(h, db_text(q, PATH, NULL));
        command(h);
        return;
    }
    if (!db_is_null(q, ORDINAL) && !collected)
        from_volume(h, q);
    else if (is(q, KIND, "archive"))
        from_archive(h, q);
    else
        from_folder(h, q);
    look_at(h, q, offset, size);
}

/* --- the rule, and what else it could be --- */

static bool rows(struct db *db, struct hand *h, const char *label, const char *sql, int64_t finding) {
    struct db_query *q = db_prepare(db, sql);
    if (q)
        db_bind_integer(q, 1, finding);
    h->label = label;
    while (q && db_step(q)) {
        if (db_is_null(q, 0))
            continue;
        plain(h, db_text(q, 0, NULL));
        say(h);
    }
    db_finish(q);
    return q && db_error(db)[0] == 0;
}

static bool tell_rule(struct db *db, struct hand *h, int64_t finding) {
    return rows(
               db, h, "rule",
               "SELECT d.kind || ' ' || d.id || ' of ' || coalesce((SELECT value FROM meta WHERE key = 'program'), 'assay') ||"
               " coalesce('; signatures were judged as of ' || (SELECT value FROM run WHERE key = 'judged_at'), '') FROM finding f"
               " JOIN detector d ON d.id = f.detector WHERE f.id = ?1",
               finding) &&
           rows(
               db, h, "",
               "SELECT 'what was known: ' || value FROM run WHERE (key LIKE 'list_%' OR key LIKE 'driver_policy_%' OR"
               " key = 'rules') AND ?1 > 0 ORDER BY key",
               finding) &&
           rows(
               db, h, "tried",
               "SELECT replace(x.line, char(10), '; ') FROM (SELECT 'operations that leave such times: ' || t.operations AS line"
               " FROM finding f JOIN time_verdict t ON t.artifact = f.artifact WHERE f.id = ?1 AND f.detector = 'stomp' UNION"
               " ALL SELECT 'why the innocent ones do not hold: ' || t.fails FROM finding f JOIN time_verdict t ON t.artifact ="
               " f.artifact WHERE f.id = ?1 AND f.detector = 'stomp' UNION ALL SELECT DISTINCT 'what chain ' || c.id || ' could"
               " be instead: ' || c.alternative || coalesce(' Against it: ' || c.against, '') FROM chain_finding n JOIN chain c"
               " ON c.id = n.chain WHERE n.finding = ?1 UNION ALL SELECT 'what looks the same stands above under innocent, and"
               " what holds here under details' WHERE ?1 > 0) x",
               finding) &&
           rows(
               db, h, "digest",
               "SELECT 'of this finding and all before it: ' || lower(hex(digest)) FROM finding_chain WHERE finding"
               " = ?1",
               finding);
}

static void tell_case(struct hand *h, const char *path, int64_t finding) {
    h->label = "in the case";
    text_add(&h->line, "sqlite3 -readonly ");
    quoted(h, path);
    text_format(&h->line, " 'SELECT line FROM finding_form WHERE finding = %lld ORDER BY part, number'",
                (long long)finding);
    command(h);
}

static bool tell_files(struct db *db, struct hand *h, int64_t finding) {
    struct db_query *files = db_prepare(db, files_sql), *q = db_prepare(db, file_sql);
    uint64_t left = EXPLAIN_HAND_CITED + 1;
    if (files)
        db_bind_integer(files, 1, finding);
    while (files && q && left-- > 0 && db_step(files)) {
        db_reset(q);
        db_bind_integer(q, 1, db_integer(files, 0));
        if (!db_step(q))
            continue;
        if (db_is_null(files, 1)) {
            tell_where(h, q, db_integer(files, 2), db_integer(files, 3));
            if (!tell_rule(db, h, finding))
                break;
            h->label = "by hand";
        } else {
            h->label = "cited";
            text_add(&h->line, "as ");
            plain(h, db_text(files, 1, NULL));
            text_add(&h->line, ": ");
            plain(h, db_text(q, FOLDER, NULL));
            text_char(&h->line, '/');
            plain(h, db_text(q, NAME, NULL));
            say(h);
        }
        tell_commands(h, q, db_integer(files, 2), db_integer(files, 3));
    }
    db_finish(files);
    db_finish(q);
    return files && q && db_error(db)[0] == 0;
}

bool explain_hand_tell(struct casefile *casefile, const char *path, int64_t finding, const struct wrap *wrap,
                       struct text *out) {
    struct hand h = {.wrap = wrap, .out = out, .label = ""};
    struct db *db = casefile_db(casefile);
    bool good = tell_files(db, &h, finding);
    if (good && h.files == 0)
        good = tell_rule(db, &h, finding);
    tell_case(&h, path, finding);
    text_free(&h.line);
    text_free(&h.word);
    return good && casefile_error(casefile)[0] == 0;
}
