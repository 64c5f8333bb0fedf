#include "report/trust.h"

#include "base/filetime.h"
#include "report/address.h"

static const char rows_sql[] =
    "SELECT e.path, coalesce(v.ordinal, 0), coalesce(v.kind, ''), o.path, a.name, a.stream,"
    " coalesce(v.shadow, 0), coalesce(v.drive, ''), t.state, coalesce(t.source, ''),"
    " coalesce(t.signer, ''), coalesce(t.issuer, ''), coalesce(t.root, ''), coalesce(t.time, 0), coalesce(t.flags, ''),"
    " coalesce(t.user, 'unknown'), coalesce(t.user_code, -1), coalesce(t.strict, 'unknown'), coalesce(t.strict_code, -1),"
    " coalesce(t.kernel, 'unknown'), coalesce(t.kernel_code, -1), coalesce(t.reason, ''), s.thumbprint,"
    " coalesce(s.serial, ''), coalesce(s.stamp, ''), coalesce(s.stamp_signer, ''), coalesce(s.algorithm, s.seal_algorithm, ''),"
    " coalesce(s.digest, p.authentihash_sha256), coalesce(t.catalog, 0), t.artifact, coalesce(t.signature, -1), e.kind,"
    " coalesce(s.chain_blamed, ''), coalesce(s.special, ''), coalesce(t.denied_by, '') FROM trust t JOIN artifact a ON a.id = t.artifact"
    " JOIN evidence e ON e.id = a.evidence LEFT JOIN volume v ON v.id = a.volume LEFT JOIN folder o ON o.id = a.folder"
    " LEFT JOIN pe p ON p.artifact = t.artifact LEFT JOIN signature s ON s.artifact = coalesce(t.catalog, t.artifact)"
    " AND s.ordinal = t.signature ORDER BY t.artifact";

static const char chain_sql[] =
    "SELECT c.subject, c.sha1 FROM signature_certificate l JOIN certificate c ON"
    " c.thumbprint = l.thumbprint WHERE l.artifact = ? AND l.signature = ? AND l.role ="
    " 'signer' ORDER BY l.position";

static const char place_sql[] =
    "SELECT e.path, coalesce(v.ordinal, 0), coalesce(v.kind, ''), o.path, a.name, a.stream,"
    " coalesce(v.shadow, 0), coalesce(v.drive, '') FROM artifact a JOIN evidence e ON e.id = a.evidence LEFT JOIN volume v ON"
    " v.id = a.volume LEFT JOIN folder o ON o.id = a.folder WHERE a.id = ?";

enum column {
    STATE = 8,
    SOURCE,
    SIGNER,
    ISSUER,
    ROOT,
    TIME,
    FLAGS,
    USER,
    USER_CODE,
    STRICT,
    STRICT_CODE,
    KERNEL,
    KERNEL_CODE,
    REASON,
    THUMBPRINT,
    SERIAL,
    STAMP,
    STAMP_SIGNER,
    ALGORITHM,
    DIGEST,
    CATALOG,
    ARTIFACT,
    SIGNATURE,
    KIND,
    BLAMED,
    SPECIAL,
    DENIED_BY
};

struct printing {
    const struct trust_options *options;
    struct output *output;
    struct db_query *row, *chain, *place;
    struct text text;
};

static const char *cell(struct printing *p, enum column at) {
    return db_text(p->row, (int)at, NULL);
}

static struct address address_of(struct db_query *query) {
    const char *folder = db_text(query, 3, NULL), *name = db_text(query, 4, NULL);
    struct address address = {.evidence = db_text(query, 0, NULL),
                              .volume = (uint64_t)db_integer(query, 1),
                              .volume_kind = db_text(query, 2, NULL),
                              .shadow = (uint64_t)db_integer(query, 6),
                              .drive = db_text(query, 7, NULL),
                              .folder = folder,
                              .name = name,
                              .stream = db_is_null(query, 5) ? NULL : db_text(query, 5, NULL)};
    return address;
}

/* A file that was named by itself has no path inside its evidence. */
static void settle(struct address *address, const char *kind) {
    address->packed = strcmp(kind, "archive") == 0;
    if (strcmp(kind, "file") == 0)
        address->folder = address->name = NULL;
}

/* --- JSON --- */

static void member(struct text *out, const char *key, const char *value) {
    if (!value[0])
        return;
    text_format(out, ",\"%s\":", key);
    text_json(out, value, strlen(value));
}

static void time_member(struct text *out, const char *key, uint64_t time) {
    char iso[FILETIME_TEXT];
    if (time == 0)
        return;
    filetime_text(time, iso);
    member(out, key, iso);
}

static void hex_member(struct text *out, const char *key, struct span bytes) {
    if (bytes.size == 0)
        return;
    text_format(out, ",\"%s\":\"", key);
    text_hex(out, bytes.data, bytes.size);
    text_char(out, '"');
}

static void verdict_member(struct printing *p, const char *key, enum column at) {
    int64_t code = db_integer(p->row, (int)at + 1);
    text_format(&p->text, ",\"%s\":{\"verdict\":\"%s\"", key, cell(p, at));
    if (code >= 0)
        text_format(&p->text, ",\"code\":\"0x%08llX\"", (unsigned long long)code);
    text_char(&p->text, '}');
}

static void address_member(struct text *out, const char *before, const struct address *address) {
    struct text ascii = {0};
    address_format(&ascii, address);
    text_add(out, before);
    text_json(out, text_string(&ascii), ascii.size);
    text_free(&ascii);
}

static void start_chain(struct printing *p) {
    int64_t catalog = db_integer(p->row, CATALOG);
    db_reset(p->chain);
    db_bind_integer(p->chain, 1, catalog ? catalog : db_integer(p->row, ARTIFACT));
    db_bind_integer(p->chain, 2, db_integer(p->row, SIGNATURE));
}

static void chain_member(struct printing *p) {
    bool first = true;
    start_chain(p);
    while (db_step(p->chain)) {
        text_add(&p->text, first ? ",\"chain\":[{" : ",{");
        first = false;
        text_add(&p->text, "\"subject\":");
        text_json(&p->text, db_text(p->chain, 0, NULL), strlen(db_text(p->chain, 0, NULL)));
        hex_member(&p->text, "sha1", db_blob(p->chain, 1));
        text_char(&p->text, '}');
    }
    text_add(&p->text, first ? "" : "]");
}

static void flags_member(struct printing *p) {
    const char *flags = cell(p, FLAGS);
    text_add(&p->text, ",\"flags\":[");
    for (size_t size; *flags; flags += size + (flags[size] == ' ')) {
        size = strcspn(flags, " ");
        text_format(&p->text, "%s\"%.*s\"", flags == cell(p, FLAGS) ? "" : ",", (int)size, flags);
    }
    text_char(&p->text, ']');
}

static bool find_place(struct printing *p, int64_t artifact) {
    db_reset(p->place);
    db_bind_integer(p->place, 1, artifact);
    return db_step(p->place);
}

static void print_json(struct printing *p, const struct address *address) {
    struct text *out = &p->text;
    address_member(out, "{\"type\":\"trust\",\"address\":", address);
    member(out, "state", cell(p, STATE));
    member(out, "reason", cell(p, REASON));
    member(out, "source", cell(p, SOURCE));
    if (db_integer(p->row, CATALOG) && find_place(p, db_integer(p->row, CATALOG))) {
        struct address catalog = address_of(p->place);
        address_member(out, ",\"catalog\":", &catalog);
    }
    flags_member(p);
    verdict_member(p, "windows_default", USER);
    verdict_member(p, "windows_strict", STRICT);
    verdict_member(p, "windows_kernel", KERNEL);
    member(out, "denied_by", cell(p, DENIED_BY));
    member(out, "signer", cell(p, SIGNER));
    member(out, "issuer", cell(p, ISSUER));
    member(out, "serial", cell(p, SERIAL));
    hex_member(out, "thumbprint_sha256", db_blob(p->row, THUMBPRINT));
    member(out, "root", cell(p, ROOT));
    member(out, "blamed", cell(p, BLAMED));
    member(out, "algorithm", cell(p, ALGORITHM));
    hex_member(out, "digest", db_blob(p->row, DIGEST));
    member(out, "stamp", cell(p, STAMP));
    member(out, "stamp_signer", cell(p, STAMP_SIGNER));
    time_member(out, "time", (uint64_t)db_integer(p->row, TIME));
    chain_member(p);
    text_add(out, "}\n");
}

/* --- text --- */

static void safe(struct text *out, const char *value) {
    text_terminal(out, value, strlen(value));
}

static void label(struct text *out, const char *word) {
    text_format(out, "    %-10s", word);
}

static void print_signer(struct printing *p) {
    struct text *out = &p->text;
    char iso[FILETIME_TEXT];
    uint64_t time = (uint64_t)db_integer(p->row, TIME);
    label(out, "signer");
    safe(out, cell(p, SIGNER));
    if (cell(p, ISSUER)[0]) {
        text_add(out, ", issued by ");
        safe(out, cell(p, ISSUER));
    }
    if (cell(p, ROOT)[0]) {
        text_add(out, ", root ");
        safe(out, cell(p, ROOT));
    } else if (cell(p, BLAMED)[0]) {
        text_add(out, "; ");
        safe(out, cell(p, BLAMED));
    }
    text_char(out, '\n');
    label(out, "signed");
    text_add(out, cell(p, SOURCE));
    if (db_integer(p->row, CATALOG) && find_place(p, db_integer(p->row, CATALOG))) {
        struct address catalog = address_of(p->place);
        text_char(out, ' ');
        address_eyes(out, &catalog);
    }
    text_format(out, ", %s", cell(p, ALGORITHM));
    if (time) {
        filetime_text(time, iso);
        text_format(out, ", stamped %.19sZ (%s)", iso, cell(p, STAMP));
    } else if (cell(p, STAMP)[0]) {
        text_format(out, ", its stamp (%s) does not count", cell(p, STAMP));
    }
    text_char(out, '\n');
}

static void print_verdict(struct printing *p, const char *before, enum column at) {
    int64_t code = db_integer(p->row, (int)at + 1);
    text_format(&p->text, "%s%s", before, cell(p, at));
    if (code > 0)
        text_format(&p->text, " (0x%08llX)", (unsigned long long)code);
}

static void print_text(struct printing *p, const struct address *address) {
    struct text *out = &p->text;
    address_eyes(out, address);
    text_format(out, "\n    %s: %s\n", cell(p, STATE), cell(p, REASON));
    if (cell(p, SIGNER)[0])
        print_signer(p);
    label(out, "Windows");
    print_verdict(p, "", USER);
    print_verdict(p, "; with EnableCertPaddingCheck ", STRICT);
    if (strcmp(cell(p, SPECIAL), "kernel") == 0 || strcmp(cell(p, KERNEL), "unknown") != 0)
        print_verdict(p, "; as a driver ", KERNEL);
    text_char(out, '\n');
    if (cell(p, DENIED_BY)[0]) {
        label(out, "denied by");
        safe(out, cell(p, DENIED_BY));
        text_char(out, '\n');
    }
    if (cell(p, FLAGS)[0]) {
        label(out, "flags");
        text_format(out, "%s\n", cell(p, FLAGS));
    }
}

static void count(const char *state, struct trust_counts *counts) {
    if (strcmp(state, "trusted") == 0)
        counts->trusted++;
    else if (strcmp(state, "unknown") == 0)
        counts->unknown++;
    else
        counts->refused++;
}

static void print_row(struct printing *p, struct trust_counts *counts) {
    struct address address = address_of(p->row);
    settle(&address, cell(p, KIND));
    if (strcmp(cell(p, KIND), "catalogs") == 0)
        return; /* it speaks for others; nobody asked about it */
    count(cell(p, STATE), counts);
    bool denied = cell(p, DENIED_BY)[0] != 0;
    counts->denied += denied;
    if (p->options->quiet && !denied && strcmp(cell(p, STATE), "trusted") == 0)
        return;
    if (p->options->jsonl)
        print_json(p, &address);
    else
        print_text(p, &address);
    output_text(p->output, &p->text);
}

bool trust_print(struct casefile *casefile, const struct trust_options *options, struct output *output,
                 struct trust_counts *counts) {
    struct db *db = casefile_db(casefile);
    struct printing p = {
        options, output, db_prepare(db, rows_sql), db_prepare(db, chain_sql), db_prepare(db, place_sql), {0}};
    bool good = p.row && p.chain && p.place;
    *counts = (struct trust_counts){0};
    while (good && output->error == 0 && db_step(p.row))
        print_row(&p, counts);
    if (good && !options->jsonl) {
        text_format(&p.text, "%llu trusted, %llu not, %llu unknown", (unsigned long long)counts->trusted,
                    (unsigned long long)counts->refused, (unsigned long long)counts->unknown);
        if (counts->denied > 0)
            text_format(&p.text, "; %llu denied by a driver policy", (unsigned long long)counts->denied);
        text_char(&p.text, '\n');
        output_text(output, &p.text);
    }
    db_finish(p.row);
    db_finish(p.chain);
    db_finish(p.place);
    text_free(&p.text);
    return good && db_error(db)[0] == 0 && output->error == 0;
}
