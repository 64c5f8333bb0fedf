#include "judge/saying.h"
#include "judge/signed_by.h"
#include "model/judge.h"

enum {
    PAYLOAD = 4096, /* bytes behind a signature that no tag or padding needs */
    DENSE = 7000    /* thousandths of a bit a byte: encrypted or packed */
};

/* Texts of images that name a file beside them. `sibling` is what such a file may be. */
#define NAMED                                                                                                \
    " FROM pe_reference r JOIN artifact a ON a.id = r.artifact JOIN pe p ON p.artifact = a.id"               \
    " JOIN sibling b ON b.key = lower(r.name) AND b.folder = a.folder AND b.evidence = a.evidence"           \
    " AND b.volume = coalesce(a.volume, 0) LEFT JOIN trust t ON t.artifact = a.id"                           \
    " WHERE r.kind IN ('ascii', 'utf-16') AND a.stream IS NULL AND a.flags & 2 = 0 AND b.id <> a.id"

/* ANGLE names the compiler of shaders in every Electron program, whatever became of that. */
#define ANGLE                                                                                                 \
    "lower(r.name) LIKE 'd3dcompiler_4_.dll' AND (instr(p.exports, 'glDrawElements') > 0 OR instr(p.exports," \
    " 'eglInitialize') > 0)"

#define SIBLING                                                                                              \
    "SELECT a.id AS id, a.evidence AS evidence, coalesce(a.volume, 0) AS volume, a.folder AS folder,"        \
    " lower(a.name) AS key"

/* Files with bytes behind their signature that no known tag explains, or behind what their format needs. */
static const char carriers_sql[] =
    "WITH hidden AS MATERIALIZED (SELECT artifact, sum(slack_size - tag_size) AS size, max(slack_entropy) AS entropy,"
    " 1 AS slack FROM certificate_entry WHERE slack_zero = 0 AND slack_size - tag_size > 7 GROUP BY artifact"
    " UNION ALL SELECT artifact, appended, coalesce(appended_entropy, 0), 0 FROM shape WHERE appended > 0),"
    " sibling AS MATERIALIZED (" SIBLING
    ", h.size AS size, h.entropy AS entropy, h.slack AS slack FROM hidden h JOIN artifact a ON a.id = h.artifact"
    " WHERE a.stream IS NULL AND a.flags & 2 = 0)"
    " SELECT a.id, b.id, r.name, r.offset, r.kind, coalesce(t.state, 'unknown'), b.size, b.entropy, b.slack,"
    " p.characteristics & 0x2000 <> 0, " ANGLE NAMED " ORDER BY a.id, b.id";

/* Libraries that nobody trusted signed and that name one which somebody trusted did. */
static const char others_sql[] =
    "WITH sibling AS MATERIALIZED (" SIBLING
    ", t.signer AS signer FROM trust t JOIN artifact a ON a.id = t.artifact WHERE t.state = 'trusted'"
    " AND a.stream IS NULL AND a.flags & 2 = 0)"
    " SELECT a.id, b.id, r.name, r.offset, r.kind, t.state, b.signer, count(*)" NAMED
    " AND p.characteristics & 0x2000 <> 0 AND t.state NOT IN ('trusted', 'trusted-but-altered-slack')"
    " GROUP BY a.id ORDER BY a.id";

static bool report_carrier(struct casefile *casefile, struct db_query *q) {
    char size[24], entropy[48];
    int64_t bytes = db_integer(q, 6), density = db_integer(q, 7);
    bool slack = db_integer(q, 8) != 0, payload = bytes >= PAYLOAD && density >= DENSE;
    bool trusted = strncmp(db_text(q, 5, NULL), "trusted", 7) == 0, angle = db_integer(q, 10) != 0;
    struct casefile_reference reference = {(uint64_t)db_integer(q, 1), "file that it names"};
    snprintf(size, sizeof size, "%lld", (long long)bytes);
    snprintf(entropy, sizeof entropy, "%lld.%03lld bits a byte", (long long)density / 1000,
             (long long)density % 1000);
    struct finding finding = {
        .detector = "extends_sibling",
        .severity = angle                            ? SEVERITY_LOW
                    : slack && (payload || !trusted) ? SEVERITY_HIGH
                                                     : SEVERITY_MEDIUM,
        .strength = angle                            ? STRENGTH_WEAK
                    : slack && (payload || !trusted) ? STRENGTH_STRONG
                                                     : STRENGTH_FIRM,
        .offset = (uint64_t)db_integer(q, 3),
        .size = strlen(db_text(q, 2, NULL)) * (strcmp(db_text(q, 4, NULL), "utf-16") == 0 ? 2 : 1),
        .summary =
            angle
                ? "It names the compiler of shaders beside it, as ANGLE does, and that has bytes hidden in it"
            : slack
                ? "It names a file beside it, without importing it, that has bytes hidden behind its signature"
                : "It names a file beside it that has bytes behind the end of its content"};
    saying_detail(&finding, "names", db_text(q, 2, NULL));
    saying_detail(&finding, "how", db_text(q, 4, NULL));
    saying_detail(&finding, slack ? "bytes behind the signature there" : "bytes behind the content there",
                  size);
    saying_detail(&finding, "their entropy", entropy);
    saying_detail(&finding, "its own trust", db_text(q, 5, NULL));
    return saying_write(casefile, db_integer(q, 0), &finding, &reference, 1);
}

static bool report_other(struct casefile *casefile, struct db_query *q) {
    char count[24];
    struct casefile_reference reference = {(uint64_t)db_integer(q, 1), "file that it names"};
    snprintf(count, sizeof count, "%lld", (long long)db_integer(q, 7));
    struct finding finding = {
        .detector = "extends_sibling",
        .severity = SEVERITY_INFO,
        .strength = STRENGTH_WEAK,
        .offset = (uint64_t)db_integer(q, 3),
        .size = strlen(db_text(q, 2, NULL)) * (strcmp(db_text(q, 4, NULL), "utf-16") == 0 ? 2 : 1),
        .summary =
            "A library without a trusted signature names a signed one beside it, without importing it"};
    saying_detail(&finding, "names", db_text(q, 2, NULL));
    saying_detail(&finding, "how", db_text(q, 4, NULL));
    saying_detail(&finding, "signer of that", db_text(q, 6, NULL));
    saying_detail(&finding, "such files that it names", count);
    saying_detail(&finding, "its own trust", db_text(q, 5, NULL));
    return saying_write(casefile, db_integer(q, 0), &finding, &reference, 1);
}

static bool each(struct casefile *casefile, const char *sql,
                 bool (*report)(struct casefile *, struct db_query *)) {
    struct db_query *q = db_prepare(casefile_db(casefile), sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good = report(casefile, q);
    db_finish(q);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    (void)intel;
    return each(casefile, carriers_sql, report_carrier) && each(casefile, others_sql, report_other) &&
           casefile_error(casefile)[0] == 0;
}

const struct judge judge_extends_sibling = {
    .text =
        {
            .id = "extends_sibling",
            .title = "an image that reads a file beside it",
            .why =
                "In the 3CX release, ffmpeg.dll held the text d3dcompiler_47.dll, opened that file in its own folder, and took "
                "the next stage out of the bytes behind Microsoft's signature. An image that names a neighbour by a text, but "
                "neither imports it, nor late, nor forwards to it, is worth a look, and more than that if the neighbour "
                "carries bytes behind its signature or behind the end of its picture.",
            .innocent =
                "Programs load plug-ins by name: ANGLE's libGLESv2.dll names d3dcompiler_47.dll in every Electron app. Such "
                "notes are weak, even where that file is bad. Some installers and updaters keep a download's tag behind the signature, which known tags "
                "are subtracted for.",
            .verify =
                "strings -t x FILE and strings -el -t x FILE show the name at the offset; objdump -p FILE what is imported; "
                "assay scan FILE.dll what lies behind the neighbour's signature.",
            .attack = "T1574.001",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
