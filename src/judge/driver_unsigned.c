#include "intel/intel.h"
#include "judge/driver_telling.h"
#include "model/judge.h"

#include <strings.h>

/* Images for the kernel of which it is known that nobody's signature covers them as they are. Programs that
 * run before Windows does have the same subsystem, but import from ntdll.dll, which no driver can. */
static const char rows_sql[] =
    "WITH unclear AS MATERIALIZED (SELECT h.evidence AS e, coalesce(h.volume, 0) AS v, lower(substr(s.image_path,"
    " length(rtrim(s.image_path, replace(s.image_path, '/', ''))) + 1)) AS file, min(s.image) AS image FROM service s JOIN"
    " artifact h ON h.id = s.hive WHERE s.type & 3 <> 0 AND s.type & 48 = 0 AND s.image_state = 'not testable' AND"
    " s.image_path IS NOT NULL GROUP BY 1, 2, 3) SELECT t.artifact, t.state, p.machine, coalesce(o.path, '') || '/' || a.name, a.volume, p.company, p.description, u.image FROM"
    " trust t JOIN pe p ON p.artifact = t.artifact JOIN artifact a ON a.id = t.artifact LEFT JOIN folder o ON o.id ="
    " a.folder LEFT JOIN unclear u ON u.e = a.evidence AND u.v = coalesce(a.volume, 0) AND u.file = lower(a.name) WHERE t.state IN ('unsigned', 'digest-mismatch') AND p.subsystem = 1 AND a.flags & 2 = 0 AND (p.imports IS"
    " NULL OR instr(lower(p.imports), 'ntdll.dll!') = 0) ORDER BY t.artifact";

enum { MACHINE_I386 = 0x14c };

/* Do events say that it was loaded, or a key or event that it was to be? */
static bool is_registered(const struct driver_trace *trace) {
    return trace && (trace->counts[DRIVER_TRACE_INSTALLED] > 0 || trace->counts[DRIVER_TRACE_LOADED] > 0 ||
                     trace->counts[DRIVER_TRACE_UNSIGNED] > 0 || trace->counts[DRIVER_TRACE_SERVICE] > 0);
}

static bool was_loaded(const struct driver_trace *trace) {
    return trace && trace->counts[DRIVER_TRACE_LOADED] + trace->counts[DRIVER_TRACE_UNSIGNED] > 0;
}

/* 32-bit Windows loads what has no signature. */
static void weigh(struct finding *finding, const struct driver_trace *trace, const char *path, bool changed,
                  bool in_volume, bool unclear, int64_t machine) {
    finding->strength = STRENGTH_FIRM;
    if (is_registered(trace)) {
        finding->severity = SEVERITY_HIGH;
        finding->strength = was_loaded(trace) ? STRENGTH_STRONG : STRENGTH_FIRM;
        finding->summary = changed
                               ? "A driver that was changed after it was signed, and that Windows was to load"
                               : "A driver without a signature, and that Windows was to load";
    } else if (in_volume && strncasecmp(path, "/windows/system32/drivers/", 26) == 0) {
        finding->severity = SEVERITY_MEDIUM;
        finding->summary = changed
                               ? "A driver that was changed after it was signed, where drivers are installed"
                               : "A driver without a signature, where drivers are installed";
    } else if (unclear) {
        finding->severity = SEVERITY_MEDIUM;
        finding->summary =
            changed
                ? "A driver that was changed after it was signed; a service is to load one of its name by a "
                  "path that could not be followed"
                : "A driver without a signature; a service is to load one of its name by a path that could not "
                  "be followed";
    } else {
        finding->severity = SEVERITY_LOW;
        finding->summary =
            changed ? "A driver that was changed after it was signed; nothing says that it was loaded"
                    : "A driver without a signature; nothing says that it was loaded";
    }
    if (machine == MACHINE_I386 && finding->severity == SEVERITY_HIGH)
        finding->severity = SEVERITY_MEDIUM;
}

static bool report(struct casefile *casefile, const struct driver_traces *traces, struct db_query *q) {
    int64_t artifact = db_integer(q, 0);
    const struct driver_trace *trace = driver_traces_of(traces, artifact);
    struct driver_telling telling = {0};
    struct finding finding = {.detector = "driver_unsigned"};
    const char *state = db_text(q, 1, NULL);
    weigh(&finding, trace, db_text(q, 3, NULL), strcmp(state, "unsigned") != 0, !db_is_null(q, 4),
          !db_is_null(q, 7), db_integer(q, 2));
    saying_detail(&finding, "signature", state);
    saying_detail(&finding, "company, as it says", db_text(q, 5, NULL));
    saying_detail(&finding, "description", db_text(q, 6, NULL));
    if (!trace)
        saying_detail(&finding, "path that was not followed", db_text(q, 7, NULL));
    if (db_integer(q, 2) == MACHINE_I386)
        saying_detail(&finding, "machine", "32 bits: such Windows loads drivers without a signature");
    if (trace)
        driver_telling_detail(&telling, traces, trace, &finding);
    bool good = saying_write(casefile, artifact, &finding, NULL, 0);
    driver_telling_free(&telling);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct driver_traces traces = {0};
    struct db_query *q = db_prepare(db, rows_sql);
    bool good = q != NULL, any = false;
    while (good && db_step(q)) {
        if (!any)
            good = driver_traces_gather(db, intel ? &intel->lists : NULL, &traces);
        any = true;
        good = good && report(casefile, &traces, q);
    }
    db_finish(q);
    driver_traces_free(&traces);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_driver_unsigned = {
    .text =
        {
            .id = "driver_unsigned",
            .title = "a driver that no signature covers",
            .why =
                "64-bit Windows loads no driver without a signature unless a hole is used or the machine is set up for "
                "tests. Gopuram brought one that a signed driver with a hole was to load. What raises this is that a "
                "service key or an event names the file, or that it lies where drivers are installed.",
            .innocent =
                "Drivers under development, drivers of emulators and of 32-bit Windows, and files of drivers that were "
                "unpacked and never installed. Nothing is said where it is not known which catalogs the machine has: a "
                "signature may stand in one of them.",
            .verify =
                "signtool verify /kp /v FILE on the machine itself, where its catalogs are; sc qc SERVICE; bcdedit shows "
                "whether testsigning is on.",
            .attack = "T1014",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
