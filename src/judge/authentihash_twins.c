#include "base/text.h"
#include "case/casefile.h"
#include "model/judge.h"

enum {
    CONTENTS = 256, /* different contents of one group that are compared; more are counted */
    REFERENCES = 8, /* files that a finding cites */
    HASH = 32,
    ALIGNMENT = 7, /* bytes of slack that the table's alignment explains */
    /* As signature_slack sees it: what a program may carry for its maker, and what nobody does. */
    PAYLOAD = 1024,
    LARGE = 16 * 1024,
    DENSE = 7200 /* thousandths of a bit a byte */
};

/* One content: all files with the same SHA-256, for which the first stands. */
struct twin {
    int64_t artifact, slack_size, largest; /* bytes of slack, over all entries and of the largest */
    int64_t loose, entropy;                /* bytes of the largest that no known tag explains */
    bool library;                          /* DLL or driver: nobody personalises those */
    uint8_t sha256[HASH], der[HASH], slack[HASH];
    bool is_signed, has_slack; /* der and slack are meant */
    bool slack_zero;
};

struct group {
    uint8_t authentihash[HASH];
    struct twin twins[CONTENTS];
    size_t count, all;
};

struct judging {
    struct casefile *casefile;
    struct db_query *ranges, *excerpts;
    struct group group;
};

/* Contents that share their Authentihash with another one, group by group. Damaged and unread files are left
 * out: what was not read whole has no digest to compare. A bare column beside min() is of that same row. */
static const char contents[] =
    "SELECT p.authentihash_sha256, h.sha256, min(p.artifact), p.der_sha256, coalesce(p.slack_size, 0),"
    " p.slack_sha256, coalesce(e.zero, 1), coalesce(e.largest, 0), coalesce(e.loose, 0), coalesce(e.entropy, 0),"
    " coalesce(p.slack_size, 0) - coalesce(e.total, 0), coalesce(p.characteristics & 8192, 0) OR"
    " coalesce(p.subsystem, 0) = 1 FROM pe p JOIN hashes h ON h.artifact = p.artifact LEFT JOIN"
    " (SELECT artifact, CAST(total(slack_size) AS INTEGER) AS total, max(slack_size) AS largest,"
    " max(slack_size - coalesce(tag_size, 0)) AS loose, min(slack_size = 0 OR slack_zero <> 0) AS zero,"
    " max(CASE WHEN slack_zero THEN 0 ELSE slack_entropy END) AS entropy FROM certificate_entry GROUP BY artifact) e"
    " ON e.artifact = p.artifact JOIN artifact a ON a.id = p.artifact WHERE p.authentihash_sha256 IN (SELECT q.authentihash_sha256 FROM pe q"
    " JOIN hashes i ON i.artifact = q.artifact GROUP BY 1 HAVING count(DISTINCT i.sha256) > 1)"
    " AND coalesce(a.state, 'read') = 'read' GROUP BY 1, 2 ORDER BY 1, 3";

/* Behind an entry's DER, or behind the last entry, which begins at a multiple of 8 from the table's start. */
static const char ranges[] =
    "SELECT slack_offset, slack_size FROM certificate_entry WHERE artifact = ?1 AND slack_offset IS NOT NULL"
    " UNION ALL SELECT p.table_offset + (max(c.offset + c.length) - p.table_offset + 7) / 8 * 8,"
    " p.slack_size - CAST(total(c.slack_size) AS INTEGER) FROM pe p JOIN certificate_entry c"
    " ON c.artifact = p.artifact WHERE p.artifact = ?1 ORDER BY 2 DESC, 1 LIMIT 1";

/* A judge has no bytes; what a detector showed of the same place will do. */
static const char excerpts[] = "SELECT excerpt FROM finding WHERE artifact = ? AND offset = ?"
                               " AND excerpt IS NOT NULL ORDER BY detector, size, excerpt LIMIT 1";

static bool digest(struct db_query *query, int at, uint8_t to[HASH]) {
    struct span blob = db_blob(query, at);
    return !db_is_null(query, at) && blob.size == HASH && span_copy(blob, to, HASH) == HASH;
}

static bool read_twin(struct db_query *query, uint8_t authentihash[HASH], struct twin *twin) {
    *twin = (struct twin){.artifact = db_integer(query, 2),
                          .slack_size = db_integer(query, 4),
                          .slack_zero = db_integer(query, 6) != 0,
                          .largest = db_integer(query, 7),
                          .loose = db_integer(query, 8),
                          .entropy = db_integer(query, 9),
                          .library = db_integer(query, 11) != 0};
    int64_t tail = db_integer(query, 10); /* bytes behind the last entry; counted only if not zero */
    twin->slack_zero = twin->slack_zero && tail <= 0;
    twin->largest = tail > twin->largest ? tail : twin->largest;
    twin->loose = tail > twin->loose ? tail : twin->loose;
    twin->loose = twin->library ? twin->largest : twin->loose;
    twin->is_signed = digest(query, 3, twin->der);
    twin->has_slack = digest(query, 5, twin->slack) && twin->slack_size > 0;
    return digest(query, 0, authentihash) && digest(query, 1, twin->sha256);
}

static bool same_der(const struct twin *a, const struct twin *b) {
    return a->is_signed && b->is_signed && memcmp(a->der, b->der, HASH) == 0;
}

static bool same_slack(const struct twin *a, const struct twin *b) {
    if (a->slack_size != b->slack_size || a->has_slack != b->has_slack)
        return false;
    return !a->has_slack || memcmp(a->slack, b->slack, HASH) == 0;
}

/* Slack of which nobody would think anything: none, or zeros that fill each entry up to the alignment. */
static bool is_clean(const struct twin *twin) {
    return twin->slack_size == 0 || (twin->slack_zero && twin->largest <= ALIGNMENT);
}

/* True if `a` carries more than `b`. */
static bool carries_more(const struct twin *a, const struct twin *b) {
    if (is_clean(a) != is_clean(b))
        return is_clean(b);
    if (a->slack_zero != b->slack_zero)
        return b->slack_zero;
    return a->loose != b->loose ? a->loose > b->loose : a->slack_size > b->slack_size;
}

/* Foreign bytes in a file of which a clean copy exists are the known trick; without the clean copy they may
 * well be how the maker ships it. Known tags are, and short bytes in a program mostly are. */
static enum severity severity_of(const struct twin *carrier, bool clean_copy) {
    bool much = carrier->library || carrier->loose >= LARGE ||
                (carrier->loose >= PAYLOAD && carrier->entropy >= DENSE);
    if (carrier->slack_zero || carrier->loose <= 0)
        return SEVERITY_INFO;
    if (carrier->loose <= ALIGNMENT)
        return SEVERITY_LOW;
    if (much)
        return clean_copy ? SEVERITY_HIGH : SEVERITY_MEDIUM;
    return clean_copy ? SEVERITY_MEDIUM : SEVERITY_LOW;
}

/* Where the carrier's slack lies, and what a detector showed of it (kept in `bytes`). */
static void show(struct judging *judging, const struct twin *carrier, struct finding *finding,
                 uint8_t bytes[FINDING_EXCERPT]) {
    db_reset(judging->ranges);
    db_bind_integer(judging->ranges, 1, carrier->artifact);
    if (!db_step(judging->ranges))
        return;
    int64_t offset = db_integer(judging->ranges, 0), size = db_integer(judging->ranges, 1);
    if (offset < 0 || size <= 0)
        return;
    finding->offset = (uint64_t)offset;
    finding->size = (uint64_t)size;
    db_reset(judging->excerpts);
    db_bind_integer(judging->excerpts, 1, carrier->artifact);
    db_bind_integer(judging->excerpts, 2, offset);
    if (db_step(judging->excerpts)) {
        size_t shown = span_copy(db_blob(judging->excerpts, 0), bytes, FINDING_EXCERPT);
        finding->excerpt = span_of(bytes, shown, finding->offset);
    }
}

struct hex {
    char text[2 * HASH + 1];
};

static struct hex hex_of(const uint8_t bytes[HASH]) {
    struct hex hex;
    for (size_t i = 0; i < HASH; i++)
        snprintf(hex.text + 2 * i, 3, "%02x", bytes[i]);
    return hex;
}

static void detail(struct finding *finding, const char *key, const char *value) {
    if (finding->detail_count < FINDING_DETAILS)
        finding->details[finding->detail_count++] = (struct finding_detail){key, value};
}

static bool say_slack(struct judging *judging, const struct twin *carrier, const struct twin *least,
                      const struct casefile_reference *references, size_t reference_count,
                      size_t contents_count) {
    uint8_t bytes[FINDING_EXCERPT];
    char summary[256], count[24], sizes[64];
    struct hex authentihash = hex_of(judging->group.authentihash), other = hex_of(least->sha256);
    bool clean_copy = is_clean(least);
    snprintf(summary, sizeof summary,
             "%lld %sbytes behind the signature are all that distinguishes this file from %s with the same "
             "signature and the same Authenticode digest",
             (long long)carrier->largest, carrier->slack_zero ? "zero " : "",
             clean_copy ? "a clean copy" : "another file");
    struct finding finding = {.detector = "authentihash_twins",
                              .severity = severity_of(carrier, clean_copy),
                              .strength = STRENGTH_FIRM,
                              .summary = summary};
    show(judging, carrier, &finding, bytes);
    snprintf(count, sizeof count, "%zu", contents_count);
    snprintf(sizes, sizeof sizes, "%lld against %lld", (long long)carrier->slack_size,
             (long long)least->slack_size);
    detail(&finding, "authentihash_sha256", authentihash.text);
    detail(&finding, clean_copy ? "clean_twin_sha256" : "other_sha256", other.text);
    detail(&finding, "slack_bytes", sizes);
    detail(&finding, "contents", count);
    return casefile_finding(judging->casefile,
                            (struct casefile_place){.artifact = (uint64_t)carrier->artifact}, &finding,
                            references, reference_count);
}

/* The contents that share the DER of group->twins[at], one of which is the first of them: one finding about
 * the one that carries most, if their slack differs. */
static bool judge_same_der(struct judging *judging, size_t at, bool *said) {
    const struct group *group = &judging->group;
    const struct twin *carrier = &group->twins[at], *least = carrier;
    size_t count = 0, cited = 0;
    for (size_t i = at; i < group->count; i++) {
        const struct twin *twin = &group->twins[i];
        if (!same_der(&group->twins[at], twin))
            continue;
        count++;
        carrier = carries_more(twin, carrier) ? twin : carrier;
        least = carries_more(least, twin) ? twin : least;
    }
    /* Tags of one size: none carries more, yet they differ. */
    for (size_t i = at; i < group->count && same_slack(carrier, least); i++)
        least = same_der(carrier, &group->twins[i]) ? &group->twins[i] : least;
    if (same_slack(carrier, least) || (is_clean(carrier) && is_clean(least)))
        return true;
    struct casefile_reference references[REFERENCES] = {
        {(uint64_t)least->artifact, is_clean(least) ? "clean twin" : "twin"}};
    cited = 1;
    for (size_t i = at; i < group->count && cited < REFERENCES; i++) {
        const struct twin *twin = &group->twins[i];
        if (twin != carrier && twin != least && same_der(carrier, twin))
            references[cited++] = (struct casefile_reference){(uint64_t)twin->artifact, "twin"};
    }
    *said = true;
    return say_slack(judging, carrier, least, references, cited, count);
}

/* What the group's contents differ in, as far as the digest leaves it out. */
static const char *difference(const struct group *group) {
    bool some_unsigned = false, some_signed = false, ders = false;
    const struct twin *first = NULL;
    for (size_t i = 0; i < group->count; i++) {
        const struct twin *twin = &group->twins[i];
        some_unsigned = some_unsigned || !twin->is_signed;
        some_signed = some_signed || twin->is_signed;
        if (twin->is_signed && !first)
            first = twin;
        ders = ders || (twin->is_signed && !same_der(first, twin));
    }
    if (some_unsigned && some_signed)
        return "signed and unsigned copies";
    return ders ? "signed anew or time-stamped again"
                : "the checksum field or padding of the certificate table";
}

static bool say_pair(struct judging *judging) {
    const struct group *group = &judging->group;
    struct casefile_reference references[REFERENCES];
    size_t cited = 0;
    char summary[200];
    struct hex authentihash = hex_of(group->authentihash);
    snprintf(summary, sizeof summary,
             "%zu different files have one Authenticode digest and differ only in what it leaves out: %s",
             group->all, difference(group));
    struct finding finding = {.detector = "authentihash_twins",
                              .severity = SEVERITY_INFO,
                              .strength = STRENGTH_WEAK,
                              .summary = summary};
    detail(&finding, "authentihash_sha256", authentihash.text);
    for (size_t i = 1; i < group->count && cited < REFERENCES; i++)
        references[cited++] = (struct casefile_reference){(uint64_t)group->twins[i].artifact, "twin"};
    return casefile_finding(judging->casefile,
                            (struct casefile_place){.artifact = (uint64_t)group->twins[0].artifact}, &finding,
                            references, cited);
}

static bool judge_group(struct judging *judging) {
    const struct group *group = &judging->group;
    bool said = false;
    if (group->count < 2)
        return true;
    for (size_t i = 0; i < group->count; i++) {
        bool first = group->twins[i].is_signed;
        for (size_t j = 0; j < i && first; j++)
            first = !same_der(&group->twins[i], &group->twins[j]);
        if (first && !judge_same_der(judging, i, &said))
            return false;
    }
    return said || say_pair(judging);
}

/* Findings are added while the query runs; it does not read that table. */
static bool judge_all(struct judging *judging, struct db_query *query) {
    struct group *group = &judging->group;
    while (db_step(query)) {
        uint8_t authentihash[HASH];
        struct twin twin;
        if (!read_twin(query, authentihash, &twin))
            continue;
        if (group->all > 0 && memcmp(authentihash, group->authentihash, HASH) != 0) {
            if (!judge_group(judging))
                return false;
            group->all = group->count = 0;
        }
        memcpy(group->authentihash, authentihash, HASH);
        group->all++;
        if (group->count < CONTENTS)
            group->twins[group->count++] = twin;
    }
    return judge_group(judging) && casefile_error(judging->casefile)[0] == 0;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    (void)intel;
    struct db *db = casefile_db(casefile);
    struct db_query *query = db_prepare(db, contents);
    struct judging *judging = calloc(1, sizeof *judging);
    bool ok = false;
    if (judging && query) {
        judging->casefile = casefile;
        judging->ranges = db_prepare(db, ranges);
        judging->excerpts = db_prepare(db, excerpts);
        ok = judging->ranges && judging->excerpts && judge_all(judging, query);
        db_finish(judging->ranges);
        db_finish(judging->excerpts);
    }
    free(judging);
    db_finish(query);
    return ok;
}

const struct judge judge_authentihash_twins = {
    .text =
        {
            .id = "authentihash_twins",
            .title = "same Authenticode digest, different file",
            .why =
                "Two files with one Authenticode digest are the same program to Windows: both pass as signed. If they "
                "also carry the very same signature and differ only in the bytes behind it, somebody put those bytes "
                "there without the maker's key; 3CX's d3dcompiler_47.dll was made this way. No list of known bad "
                "hashes is needed to see it, only a clean copy.",
            .innocent =
                "Makers that personalise installers for each download write a tag into the same place: then many copies "
                "differ, none is clean, and the bytes are short and mostly text. A file that was signed or time-stamped "
                "again, or compared with its unsigned build, also shares the digest; that is reported for information.",
            .verify =
                "Compare the two files: cmp -l FILE CLEAN_TWIN. All differing bytes must lie in the certificate "
                "table, the optional header's CheckSum or the size of the table (osslsigncode verify prints the "
                "same digest for both). Then look at the bytes: xxd -s OFFSET -l 256 FILE.",
            .attack = "T1553.002",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
