#include "case/casefile_integrity.h"

#include "base/digest.h"
#include "case/casefile_private.h"

enum { SIZE = 32 };

/* View finding_form, part by part, each in the order of findings. */
enum { PARTS = 3 };
static const char *const parts_sql[PARTS] = {
    "SELECT f.id, " CASEFILE_SCHEMA_FINDING ", " CASEFILE_SCHEMA_FILE CASEFILE_SCHEMA_OF_FINDING
    " ORDER BY f.id",
    "SELECT d.finding, " CASEFILE_SCHEMA_DETAIL " FROM finding_detail d ORDER BY d.finding, d.rowid",
    "SELECT r.finding, " CASEFILE_SCHEMA_REFERENCE CASEFILE_SCHEMA_OF_REFERENCE
    " ORDER BY r.finding, r.rowid",
};

struct form {
    struct db_query *parts[PARTS];
    bool there[PARTS]; /* it stands at a row */
    struct digest *digest;
};
static const char chain_sql[] = "SELECT finding, digest FROM finding_chain ORDER BY finding, rowid";
static const char findings_sql[] = "SELECT id FROM finding ORDER BY id";
static const char strays_sql[] =
    "SELECT 'detail', finding, count(*) FROM finding_detail WHERE coalesce(finding, 0) NOT IN (SELECT id FROM finding) GROUP BY finding"
    " UNION ALL SELECT 'reference', finding, count(*) FROM finding_reference WHERE coalesce(finding, 0) NOT IN (SELECT id FROM finding)"
    " GROUP BY finding ORDER BY 2, 1";

static void hex_of(const uint8_t digest[SIZE], char ret[CASEFILE_INTEGRITY_HEX]) {
    for (size_t i = 0; i < SIZE; i++)
        snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

static void start_hex(char ret[CASEFILE_INTEGRITY_HEX]) {
    memset(ret, '0', CASEFILE_INTEGRITY_HEX - 1);
    ret[CASEFILE_INTEGRITY_HEX - 1] = 0;
}

static void close_form(struct form *form) {
    for (size_t i = 0; i < PARTS; i++)
        db_finish(form->parts[i]);
    digest_free(form->digest);
}

static bool open_form(struct form *form, struct db *db) {
    *form = (struct form){.digest = digest_prepare() ? digest_new() : NULL};
    bool good = form->digest != NULL;
    for (size_t i = 0; i < PARTS; i++) {
        form->parts[i] = db_prepare(db, parts_sql[i]);
        good = good && form->parts[i];
        form->there[i] = good && db_step(form->parts[i]);
    }
    return good;
}

static void add_line(struct form *form, struct db_query *q, int at) {
    size_t size;
    const char *line = db_text(q, at, &size);
    digest_add(form->digest, span_of(line, size, 0));
    digest_add(form->digest, span_of("\n", 1, 0));
}

/* The digest of a finding behind one whose digest is `before`. To be asked for in the order of numbers. */
static void digest_of(struct form *form, int64_t finding, const char *before, uint8_t ret[DIGEST_MAX]) {
    digest_start(form->digest, DIGEST_SHA256);
    digest_add(form->digest, span_of(before, strlen(before), 0));
    digest_add(form->digest, span_of("\n", 1, 0));
    for (size_t i = 0; i < PARTS; i++) {
        struct db_query *q = form->parts[i];
        while (form->there[i] && db_integer(q, 0) <= finding) {
            if (db_integer(q, 0) == finding)
                add_line(form, q, 1);
            if (db_integer(q, 0) == finding && i == 0)
                add_line(form, q, 2);
            form->there[i] = db_step(q);
        }
    }
    digest_end(form->digest, ret);
}

static bool put(struct casefile *casefile, int64_t finding, const uint8_t digest[SIZE]) {
    const struct casefile_cell cells[] = {
        {.column = FACT_finding_chain_finding, .number = (uint64_t)finding},
        {.column = FACT_finding_chain_digest, .bytes = span_of(digest, SIZE, 0)},
    };
    return casefile_put(casefile, FACT_finding_chain, cells, sizeof cells / sizeof *cells);
}

bool casefile_private_chain(struct casefile *casefile) {
    char before[CASEFILE_INTEGRITY_HEX];
    uint8_t value[DIGEST_MAX];
    struct form form;
    bool good = open_form(&form, casefile->db);
    start_hex(before);
    while (good && form.there[0]) {
        int64_t finding = db_integer(form.parts[0], 0);
        digest_of(&form, finding, before, value);
        hex_of(value, before);
        good = put(casefile, finding, value);
    }
    close_form(&form);
    if (!good && casefile_private_sound(casefile))
        return casefile_private_fail(casefile, "digests of findings could not be computed");
    return casefile_private_sound(casefile);
}

struct check {
    const struct casefile_integrity_teller *teller;
    struct casefile_integrity *ret;
    struct form form;
    struct db_query *findings, *chain;
    int64_t expected;
    struct text sentence;
};

static void wrong(struct check *check) {
    check->ret->wrong++;
    if (check->teller && check->ret->wrong <= CASEFILE_INTEGRITY_TOLD)
        check->teller->tell(check->teller->context, text_string(&check->sentence));
    text_clear(&check->sentence);
}

static void tell(struct check *check, int64_t finding, const char *what) {
    text_format(&check->sentence, "finding %lld %s", (long long)finding, what);
    wrong(check);
}

/* Numbers between those that are there: they were taken away with their digests. */
static void tell_gap(struct check *check, int64_t next) {
    if (next > check->expected + 1)
        text_format(&check->sentence, "findings %lld to %lld are gone, with their digests",
                    (long long)check->expected, (long long)next - 1);
    else
        text_format(&check->sentence, "finding %lld is gone, with its digest", (long long)check->expected);
    wrong(check);
}

static void compare(struct check *check, int64_t finding, bool there) {
    struct span stored = db_blob(check->chain, 1);
    uint8_t value[DIGEST_MAX], was[SIZE] = {0};
    if (!there)
        tell(check, finding, "is gone; its digest is still there");
    else {
        digest_of(&check->form, finding, check->ret->last, value);
        if (stored.size == SIZE && memcmp(stored.data, value, SIZE) != 0)
            tell(check, finding,
                 "is not what it was: it, its file, its details or references, or their order, or its digest "
                 "were changed");
    }
    if (stored.size != SIZE)
        tell(check, finding, "has no whole digest");
    span_copy(stored, was, SIZE);
    hex_of(was, check->ret->last);
}

/* Both lists are in the order of numbers. */
static void check_all(struct check *check) {
    bool found = db_step(check->findings), chained = db_step(check->chain);
    while (found || chained) {
        int64_t finding = found ? db_integer(check->findings, 0) : INT64_MAX;
        int64_t digest = chained ? db_integer(check->chain, 0) : INT64_MAX;
        int64_t now = finding < digest ? finding : digest;
        if (now < check->expected)
            tell(check, now, "has a number that another has, or none of a case");
        else if (now > check->expected)
            tell_gap(check, now);
        bool there = found && finding == now, has_digest = chained && digest == now;
        if (has_digest)
            compare(check, now, there);
        else
            tell(check, now, "has no digest: it was added, or its digest taken away");
        check->ret->findings += there;
        check->expected = now >= check->expected && now < INT64_MAX ? now + 1 : check->expected;
        found = there ? db_step(check->findings) : found;
        chained = has_digest ? db_step(check->chain) : chained;
    }
}

/* Particulars of findings that are not there. */
static bool check_strays(struct check *check, struct db *db) {
    struct db_query *q = db_prepare(db, strays_sql);
    while (q && db_step(q)) {
        text_format(&check->sentence, "%lld %s%s of finding %lld, which is not there",
                    (long long)db_integer(q, 2), db_text(q, 0, NULL), db_integer(q, 2) == 1 ? "" : "s",
                    (long long)db_integer(q, 1));
        wrong(check);
    }
    db_finish(q);
    return q != NULL;
}

bool casefile_integrity_check(struct casefile *casefile, const struct casefile_integrity_teller *teller,
                              struct casefile_integrity *ret) {
    struct db *db = casefile_db(casefile);
    struct check check = {.teller = teller, .ret = ret, .expected = 1};
    *ret = (struct casefile_integrity){0};
    start_hex(ret->last);
    check.findings = db_prepare(db, findings_sql);
    check.chain = db_prepare(db, chain_sql);
    bool good = open_form(&check.form, db) && check.findings && check.chain;
    if (good) {
        check_all(&check);
        good = check_strays(&check, db);
    }
    db_finish(check.chain);
    db_finish(check.findings);
    close_form(&check.form);
    text_free(&check.sentence);
    return good && db_error(db)[0] == 0;
}

bool casefile_integrity_last(struct casefile *casefile, char ret[CASEFILE_INTEGRITY_HEX]) {
    struct db *db = casefile_db(casefile);
    struct db_query *q = db_prepare(db, "SELECT digest FROM finding_chain ORDER BY finding DESC LIMIT 1");
    uint8_t digest[SIZE] = {0};
    start_hex(ret);
    if (q && db_step(q)) {
        span_copy(db_blob(q, 0), digest, SIZE);
        hex_of(digest, ret);
    }
    db_finish(q);
    return q && db_error(db)[0] == 0;
}
