#include "judge/saying.h"
#include "model/judge.h"

#include <strings.h>

/* What weakens a machine, and the value that says so. Of Defender's exclusions and policies evidence_removed
 * tells. */
static const struct {
    const char *fact, *value, *says;
    bool contains;
} weak[] = {
    {"driver blocklist", "0", "switched off", false},
    {"memory integrity", "0", NULL, false},
    {"test signing", "1", "on: drivers load with any certificate", false},
    {"integrity checks off", "1", "drivers load without a signature", false},
    {"boot options", "TESTSIGNING", "test signing was on when it was last started", true},
    {"WDigest keeps passwords", "1", "passwords of users stay in memory", false},
    {"user account control", "0", "off", false},
    {"Defender off", "1", "off", false},
    {"Defender real-time protection off", "1", "off", false},
};

enum { WEAK = sizeof weak / sizeof weak[0] };

struct machine {
    int64_t hive, evidence, volume;
    bool is_weak[WEAK];
};

static const char rows_sql[] =
    "SELECT p.hive, h.evidence, coalesce(h.volume, 0), p.fact, coalesce(p.value, '') FROM posture p JOIN artifact h ON h.id ="
    " p.hive ORDER BY 2, 3, p.rowid";

static bool fits(size_t at, const char *fact, const char *value) {
    return strcmp(weak[at].fact, fact) == 0 && (weak[at].contains ? strcasestr(value, weak[at].value) != NULL
                                                                  : strcmp(weak[at].value, value) == 0);
}

/* Memory integrity is off on most machines: it is told with the rest, but is no reason to tell. */
static bool report(struct casefile *casefile, const struct machine *machine) {
    struct finding finding = {.detector = "posture",
                              .severity = SEVERITY_LOW,
                              .strength = STRENGTH_FIRM,
                              .summary = "Protection of this machine was switched off"};
    bool reason = false;
    for (size_t i = 0; i < WEAK; i++) {
        reason |= machine->is_weak[i] && weak[i].says;
        if (machine->is_weak[i])
            saying_detail(&finding, weak[i].fact, weak[i].says ? weak[i].says : "off");
    }
    return !reason || saying_write(casefile, machine->hive, &finding, NULL, 0);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = db_prepare(casefile_db(casefile), rows_sql);
    struct machine machine = {0};
    bool good = q != NULL, any = false;
    (void)intel;
    while (good && db_step(q)) {
        bool same = any && machine.evidence == db_integer(q, 1) && machine.volume == db_integer(q, 2);
        good = same || !any || report(casefile, &machine);
        if (!same)
            machine = (struct machine){db_integer(q, 0), db_integer(q, 1), db_integer(q, 2), {0}};
        any = true;
        for (size_t i = 0; i < WEAK; i++)
            machine.is_weak[i] |= fits(i, db_text(q, 3, NULL), db_text(q, 4, NULL));
    }
    db_finish(q);
    good = good && (!any || report(casefile, &machine));
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_posture = {
    .text =
        {
            .id = "posture",
            .title = "a machine whose protection was weakened",
            .why =
                "Whether a driver with a hole could be loaded, and whether anything would have been noticed, depends on how "
                "the machine is set up. Told once a machine is what was switched off: the blocklist of drivers, signatures of "
                "drivers, Defender, account control. The story's line Host has the rest.",
            .innocent =
                "Developers of drivers switch test signing on, some games and tools of old hardware ask for the blocklist to be "
                "off, and another scanner switches Defender off. What is not set has a default that depends on "
                "the version: the blocklist is on by default since Windows 11 22H2.",
            .verify =
                "SELECT * FROM posture in the case has the keys with their last write; on the machine bcdedit, "
                "Get-MpPreference, msinfo32.",
            .attack = "T1562.001",
            .severity = SEVERITY_LOW,
        },
    .judge = judge,
};
