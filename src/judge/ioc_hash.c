#include "intel/intel.h"
#include "judge/listed.h"
#include "model/judge.h"

static const char rows_sql[] = "SELECT a.id, coalesce(t.state, ''), " LISTED_COLUMNS " FROM " LISTED_TABLES
                               " LEFT JOIN trust t ON t.artifact = a.id WHERE " LISTED_WHERE " ORDER BY a.id";

/* A program of a vendor that nobody altered is bait or tool, not malware, whatever company it keeps. */
static bool is_unaltered_host(const struct listed *listed, const char *trust) {
    return listed->best.entry.flags & LISTS_HOST && strcmp(trust, "trusted") == 0;
}

static bool report(struct casefile *casefile, int64_t artifact, const char *trust,
                   const struct listed *listed, const char *known) {
    struct listed_text text;
    char summary[300];
    bool host = is_unaltered_host(listed, trust);
    snprintf(summary, sizeof summary,
             host ? "An unaltered program of a vendor that a list names because it was abused (%.40s: %.120s)"
                  : "A list of indicators has this very file (%.40s: %.120s)",
             listed->best.list, listed->best.entry.what[0] ? listed->best.entry.what : "without a word");
    for (size_t n = strlen(summary); n > 0 && !text_valid(summary, n); n--)
        summary[n - 1] = 0;
    enum severity severity = listed->best.entry.severity;
    struct finding finding = {.detector = "ioc_hash",
                              .severity = host && severity > SEVERITY_LOW ? SEVERITY_LOW : severity,
                              .strength = listed->digest == LISTS_MD5 ? STRENGTH_FIRM : STRENGTH_STRONG,
                              .summary = summary};
    listed_detail(&finding, listed, &text);
    saying_detail(&finding, "trust", trust);
    saying_detail(&finding, "also in a list of known software", known);
    return saying_write(casefile, artifact, &finding, NULL, 0);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = intel ? db_prepare(casefile_db(casefile), rows_sql) : NULL;
    bool good = q || !intel;
    while (good && intel && db_step(q)) {
        struct listed_file file;
        struct listed found, known;
        listed_read(q, 2, &file);
        if (!listed_find(&intel->lists, &file, 1u << LISTS_INDICATOR, &found))
            continue;
        bool is_known = listed_find(&intel->lists, &file, 1u << LISTS_KNOWN, &known);
        good = report(casefile, db_integer(q, 0), db_text(q, 1, NULL), &found,
                      is_known ? known.best.list : NULL);
    }
    db_finish(q);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_ioc_hash = {
    .text =
        {
            .id = "ioc_hash",
            .title = "a list of indicators has this file",
            .why =
                "Whoever examined an attack publishes digests of what was found. An equal digest means the same bytes: "
                "the same malware, or the same file that somebody took for a part of it.",
            .innocent =
                "Lists also name genuine programs that attackers brought along or abused, tools of administrators, "
                "and files that their makers mistook; analysts and scanners keep samples. A signed program that nobody "
                "altered and that a list names as such is told as low.",
            .verify =
                "Compute the digest that the finding names (sha256sum FILE; of an Authentihash: assay trust FILE) and "
                "look it up in the list and at its source.",
            .attack = "",
            .severity = SEVERITY_CRITICAL,
        },
    .judge = judge,
};
