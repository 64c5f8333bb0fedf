#include "case/casefile.h"
#include "intel/intel.h"
#include "judge/saying.h"
#include "model/judge.h"

/* Files that something was said about, and those that are cited there. */
static const char files_sql[] =
    "SELECT h.artifact, h.sha256 FROM hashes h JOIN artifact a ON a.id = h.artifact WHERE a.size > 0 AND h.sha256 IS NOT NULL"
    " AND h.artifact IN (SELECT artifact FROM finding UNION SELECT artifact FROM finding_reference) ORDER BY h.artifact";

static bool tell_broken(struct casefile *casefile, const char *list, const char *reason) {
    struct text summary = {0};
    text_format(&summary, "The list of known software %s could not be read to its end", list);
    struct finding finding = {.detector = "known_file",
                              .severity = SEVERITY_INFO,
                              .strength = STRENGTH_FIRM,
                              .summary = text_string(&summary)};
    saying_detail(&finding, "reason", reason);
    bool good = casefile_finding(casefile, (struct casefile_place){.evidence = 1}, &finding, NULL, 0);
    text_free(&summary);
    return good;
}

static bool ask(struct casefile *casefile, struct known *known) {
    struct db_query *q = db_prepare(casefile_db(casefile), files_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct known_hit hit;
        if (!known_find(known, db_blob(q, 1), &hit)) {
            if (known_error(known)[0])
                break;
            continue;
        }
        struct casefile_known row = {.artifact = (uint64_t)db_integer(q, 0),
                                     .list = known_name(known),
                                     .name = hit.name,
                                     .product = hit.product,
                                     .version = hit.version,
                                     .maker = hit.maker};
        good = casefile_known(casefile, &row);
    }
    db_finish(q);
    return good &&
           (known_error(known)[0] == 0 || tell_broken(casefile, known_name(known), known_error(known)));
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    bool good = true;
    for (size_t i = 0; intel && good && i < intel->known_count; i++) {
        struct text error = {0};
        struct known *known = known_open(intel->known[i], &error);
        good = known ? ask(casefile, known) : tell_broken(casefile, intel->known[i], text_string(&error));
        known_close(known);
        text_free(&error);
    }
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_known_file = {
    .text =
        {
            .id = "known_file",
            .title = "whether a list of known software has the file",
            .why =
                "A file that a library of published software has is one that many have, and its name and product there say "
                "what it is: worth knowing of every file that something was said about. The table known has the answers of "
                "the lists given with --known; findings show them. It gives no finding of its own but where a list is "
                "damaged.",
            .innocent =
                "Known is neither good nor bad: such libraries hold what was published, tools of attackers too, and drivers "
                "with holes.",
            .verify = "SELECT * FROM FILE WHERE sha256 = '...' in the list; sha256sum of the file.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
};
