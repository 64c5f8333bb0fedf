#include "intel/intel.h"
#include "judge/driver_product.h"
#include "judge/driver_telling.h"
#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

enum {
    LONE = 100, /* findings about nothing but a deleted file, at most */
    MOST = 500  /* findings of one severity: many small ones hide no great one */
};

#define WEEK UINT64_C(6048000000000) /* FILETIME */

/* Names of drivers that are there: an installer unpacks its own into a folder that it then removes. */
static const char names_sql[] =
    "SELECT DISTINCT lower(name) FROM artifact WHERE name LIKE '%.sys' AND flags & 2 = 0 AND stream IS NULL ORDER BY 1";

/* Who made or signed the programs that are there. */
static const char makers_sql[] =
    "SELECT DISTINCT lower(p.company) FROM pe p JOIN artifact a ON a.id = p.artifact WHERE p.company IS NOT NULL AND"
    " coalesce(p.subsystem, 0) <> 1 AND a.flags & 2 = 0 UNION SELECT DISTINCT lower(t.signer) FROM trust t JOIN pe p ON"
    " p.artifact = t.artifact WHERE t.signer IS NOT NULL AND t.state = 'trusted' AND coalesce(p.subsystem, 0) <> 1 ORDER BY 1";

struct names {
    char **list;
    size_t count, room;
};

static bool load(struct db *db, const char *sql, struct names *ret) {
    struct db_query *q = db_prepare(db, sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        if (ret->count == ret->room) {
            size_t room = ret->room ? 2 * ret->room : 1024;
            char **more = realloc(ret->list, room * sizeof *more);
            good = more != NULL;
            ret->list = good ? more : ret->list;
            ret->room = good ? room : ret->room;
        }
        good = good && (ret->list[ret->count] = strdup(db_text(q, 0, NULL))) != NULL;
        ret->count += good;
    }
    db_finish(q);
    return good;
}

static void release(struct names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i]);
    free(names->list);
}

static int compare(const void *key, const void *element) {
    return strcasecmp(key, *(char *const *)element);
}

static bool holds(const struct names *names, const char *name) {
    return names->count > 0 && bsearch(name, names->list, names->count, sizeof *names->list, compare) != NULL;
}

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What is there, to compare what is gone with. */
struct present {
    struct names drivers, makers;
    struct driver_product_names programs;
};

/* --- weighing --- */

static bool is_gone(const struct driver_trace *trace) {
    return trace->state == HOST_PATH_ABSENT || trace->state == HOST_PATH_DELETED;
}

static bool was_registered(const struct driver_trace *trace) {
    return trace->counts[DRIVER_TRACE_INSTALLED] > 0 || trace->counts[DRIVER_TRACE_LOADED] > 0 ||
           trace->counts[DRIVER_TRACE_UNSIGNED] > 0 || trace->counts[DRIVER_TRACE_AMCACHE] > 0 ||
           trace->counts[DRIVER_TRACE_REMAINS] > 0;
}

/* Kinds of evidence that it was there and is gone: of a service key as it is, driver_service speaks. */
static unsigned witnesses(const struct driver_trace *trace) {
    unsigned sum = 0;
    for (unsigned i = 0; i < DRIVER_TRACE_KINDS; i++)
        sum += trace->counts[i] > 0 && i != DRIVER_TRACE_SERVICE && i != DRIVER_TRACE_AUDITED;
    return sum;
}

static bool was_brief(const struct driver_trace *trace) {
    return trace->made && trace->deleted >= trace->made && trace->deleted - trace->made < WEEK;
}

static bool weigh_listed(const struct driver_trace *trace, enum driver_telling_list list,
                         struct finding *finding) {
    bool malicious = list == DRIVER_TELLING_MALICIOUS, own = trace->place == DRIVER_PLACE_OWN;
    finding->severity = malicious || !own ? SEVERITY_HIGH : SEVERITY_LOW;
    finding->strength = malicious ? STRENGTH_STRONG : STRENGTH_FIRM;
    finding->summary = malicious ? "A driver that is known from attacks was here and is gone"
                       : own     ? "A driver with a known hole was installed and is gone"
                                 : "A driver with a known hole was in an unusual place and is gone";
    return true;
}

/* Where products are installed they are also removed: only what was there for less than a week is told. */
static bool weigh_own(const struct driver_traces *traces, const struct driver_trace *trace,
                      struct finding *finding) {
    if (trace->counts[DRIVER_TRACE_LOADED] > 0 && driver_telling_is_bad(trace) && !trace->vouched) {
        /* Windows loads its drivers for crash dumps under such names, which no file has. */
        bool dump = strncasecmp(name_of(driver_traces_text(traces, trace->path)), "dump_", 5) == 0;
        finding->severity = dump ? SEVERITY_LOW : SEVERITY_MEDIUM;
        finding->strength = dump ? STRENGTH_WEAK : STRENGTH_FIRM;
        finding->summary = "A driver whose signature was not accepted was loaded and is gone";
        return true;
    }
    if (!was_brief(trace) || witnesses(trace) < 2 || trace->vouched)
        return false;
    finding->severity = driver_telling_is_bad(trace) ? SEVERITY_MEDIUM : SEVERITY_LOW;
    finding->strength = STRENGTH_FIRM;
    finding->summary = "A driver was installed and removed within a week";
    return true;
}

/* A signed one is what honest tools leave, if there is anything of its signer besides; where nobody told of
 * its signature, a trusted program whose name begins the same. The place was enumerated completely, or it
 * would not be known that the driver is gone. */
static bool weigh_registered(const struct driver_traces *traces, const struct driver_trace *trace,
                             const struct present *present, struct finding *finding) {
    const char *signer = driver_traces_text(traces, trace->signer);
    const char *name = name_of(driver_traces_text(traces, trace->path));
    bool bad = driver_telling_is_bad(trace);
    bool tool = trace->vouched && (!signer[0] || holds(&present->makers, signer));
    bool alike = !bad && !trace->vouched && driver_product_named(&present->programs, name);
    finding->strength = STRENGTH_FIRM;
    finding->severity = bad ? SEVERITY_HIGH : tool || alike ? SEVERITY_LOW : SEVERITY_MEDIUM;
    finding->summary =
        bad     ? "A driver whose signature Windows did not accept was in an unusual place and is gone"
        : tool  ? "A signed driver was in an unusual place for a moment"
        : alike ? "A driver was in an unusual place for a moment; a trusted program named like it is there"
        : trace->vouched
            ? "A signed driver was in an unusual place and is gone, and nothing else of its signer is here"
            : "A driver was in an unusual place and is gone";
    saying_detail(finding, "programs of its signer",
                  !trace->vouched || !signer[0] ? NULL
                  : tool                        ? "are there"
                                                : "none is there");
    return true;
}

/* False if nothing is to be said. */
static bool weigh(const struct driver_traces *traces, const struct driver_trace *trace,
                  const struct present *present, struct finding *finding) {
    enum driver_telling_list list = driver_telling_list(traces, trace);
    if (list == DRIVER_TELLING_MALICIOUS || (list && trace->place != DRIVER_PLACE_SERVICED))
        return weigh_listed(trace, list, finding);
    if (trace->place == DRIVER_PLACE_SERVICED)
        return false;
    if (trace->place == DRIVER_PLACE_OWN)
        return weigh_own(traces, trace, finding);
    if (was_registered(trace))
        return weigh_registered(traces, trace, present, finding);
    if (holds(&present->drivers, name_of(driver_traces_text(traces, trace->path))))
        return false;
    finding->severity = SEVERITY_LOW;
    finding->strength = STRENGTH_WEAK;
    finding->summary = "A file named like a driver was in an unusual place and was deleted";
    return true;
}

/* --- telling --- */

static bool report(struct casefile *casefile, const struct driver_traces *traces,
                   const struct driver_trace *trace, struct finding *finding) {
    struct driver_telling telling = {0};
    driver_telling_detail(&telling, traces, trace, finding);
    if (trace->made || trace->deleted)
        saying_detail(finding, "how long",
                      was_brief(trace) ? "less than a week" : "a week or more, or not known");
    bool good = driver_telling_write(casefile, trace, finding);
    driver_telling_free(&telling);
    return good;
}

static bool tell_rest(struct casefile *casefile, size_t count, const char *what) {
    char summary[96];
    if (count == 0)
        return true;
    snprintf(summary, sizeof summary, "%zu further %s", count, what);
    struct finding finding = {.detector = "driver_ephemeral",
                              .severity = SEVERITY_INFO,
                              .strength = STRENGTH_WEAK,
                              .summary = summary};
    return casefile_finding(casefile, (struct casefile_place){.evidence = 1}, &finding, NULL, 0);
}

static bool report_all(struct casefile *casefile, const struct driver_traces *traces,
                       const struct present *present) {
    size_t lone = 0, told[SEVERITY_HIGH + 1] = {0}, more = 0;
    bool good = true;
    for (size_t i = 0; good && i < traces->count; i++) {
        const struct driver_trace *trace = &traces->list[i];
        struct finding finding = {.detector = "driver_ephemeral"};
        if (!is_gone(trace) || witnesses(trace) == 0 || !weigh(traces, trace, present, &finding))
            continue;
        if (finding.strength == STRENGTH_WEAK && lone++ >= LONE)
            continue;
        if (told[finding.severity]++ < MOST)
            good = report(casefile, traces, trace, &finding);
        else
            more++;
    }
    return good &&
           tell_rest(casefile, lone > LONE ? lone - LONE : 0, "files named like drivers were deleted") &&
           tell_rest(casefile, more, "drivers were here and are gone");
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct driver_traces traces;
    struct present present = {0};
    bool good = driver_traces_gather(db, intel ? &intel->lists : NULL, &traces) &&
                load(db, names_sql, &present.drivers) && load(db, makers_sql, &present.makers) &&
                driver_product_names_load(db, &present.programs) && report_all(casefile, &traces, &present);
    driver_traces_free(&traces);
    release(&present.drivers);
    release(&present.makers);
    driver_product_names_free(&present.programs);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_driver_ephemeral = {
    .text =
        {
            .id = "driver_ephemeral",
            .title = "a driver that was here and is gone",
            .why =
                "A signed driver with a hole is put somewhere, loaded, used to load another, and deleted. What it leaves "
                "are an event, a row in Amcache, a service key that was deleted, a deleted file record, and the change "
                "journal. All of one driver are one finding.",
            .innocent =
                "Honest tools (CPU-Z, HWiNFO, Process Explorer) put their signed driver into Temp for a moment, installers "
                "unpack drivers there, and products are uninstalled. What Sysmon or Amcache took for signed is therefore "
                "low if there is a program of its signer, what nobody told of if there is a trusted program whose name "
                "begins the same; stores of Windows, and what still lies elsewhere under the "
                "same name, are silent.",
            .verify =
                "Look the digest that Amcache or Sysmon gives up at loldrivers.io; carve the deleted record; ask which program "
                "ran at that time (SELECT * FROM execution ORDER BY last_time).",
            .attack = "T1014",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
