#include "base/filetime.h"
#include "judge/execution_traces.h"
#include "judge/saying.h"
#include "model/judge.h"

#include <stdlib.h>

enum { SAID = 8, VALUE = 900 }; /* sources that are told of one kind; bytes of what is told */

struct telling {
    struct casefile *casefile;
    struct execution_traces traces;
    uint32_t *by_artifact; /* numbers of traces with an artifact, in the order of artifacts */
    size_t known;
    struct text value;
};

/* Findings about a file, and whether a machine is known that it lies on. */
static const char findings_sql[] =
    "SELECT f.id, f.artifact, a.evidence, coalesce(a.volume, 0), p.artifact IS NOT NULL,"
    " coalesce(p.characteristics, 0) & 0x2000 = 0 AND coalesce(p.subsystem, 0) <> 1"
    " FROM finding f JOIN artifact a ON a.id = f.artifact LEFT JOIN pe p ON p.artifact = f.artifact"
    " WHERE f.severity > 0 ORDER BY f.id";

/* --- rows --- */

static bool write_rows(const struct telling *t) {
    bool good = true;
    for (size_t i = 0; good && i < t->traces.count; i++) {
        const struct execution_trace *trace = &t->traces.list[i];
        const struct execution_host *host = &t->traces.hosts[trace->host];
        const char *path = execution_traces_path(&t->traces, trace);
        const char *detail = execution_traces_detail(&t->traces, trace);
        bool changed = trace->kind == EXECUTION_CHANGED;
        struct casefile_execution row = {.id = i + 1,
                                         .evidence = (uint64_t)host->evidence,
                                         .volume = (uint64_t)host->volume,
                                         .path = changed ? NULL : path,
                                         .artifact = (uint64_t)trace->artifact,
                                         .kind = execution_traces_kind(trace->kind),
                                         .source = execution_traces_source(trace->source),
                                         .first = trace->first,
                                         .last = trace->last,
                                         .count = trace->count,
                                         .detail = changed     ? path
                                                   : detail[0] ? detail
                                                               : NULL,
                                         .traced = (uint64_t)trace->traced,
                                         .row = (uint64_t)trace->row};
        good = casefile_execution(t->casefile, &row);
    }
    return good;
}

static bool tell_omitted(const struct telling *t) {
    char summary[96];
    if (t->traces.omitted == 0)
        return true;
    snprintf(summary, sizeof summary, "%llu traces of execution are more than is kept of a case",
             (unsigned long long)t->traces.omitted);
    struct finding finding = {
        .detector = "execution", .severity = SEVERITY_INFO, .strength = STRENGTH_FIRM, .summary = summary};
    return casefile_finding(t->casefile, (struct casefile_place){.evidence = 1}, &finding, NULL, 0);
}

/* --- what is told of findings --- */

static int by_artifact(const void *left, const void *right, void *context) {
    const struct execution_trace *list = context;
    const struct execution_trace *a = &list[*(const uint32_t *)left], *b = &list[*(const uint32_t *)right];
    if (a->artifact != b->artifact)
        return a->artifact < b->artifact ? -1 : 1;
    return *(const uint32_t *)left < *(const uint32_t *)right ? -1 : 1;
}

static bool sort(struct telling *t) {
    const struct execution_traces *traces = &t->traces;
    t->by_artifact = calloc(traces->count + 1, sizeof *t->by_artifact);
    if (!t->by_artifact)
        return false;
    for (size_t i = 0; i < traces->count; i++)
        if (traces->list[i].artifact)
            t->by_artifact[t->known++] = (uint32_t)i;
    if (t->known > 0)
        qsort_r(t->by_artifact, t->known, sizeof *t->by_artifact, by_artifact, traces->list);
    return true;
}

static size_t first_of(const struct telling *t, int64_t artifact) {
    size_t low = 0, high = t->known;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->traces.list[t->by_artifact[middle]].artifact < artifact)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* "prefetch 9 times, the last 2024-05-06T07:08:09.0000000Z (by RUNDLL32.EXE)" */
static void add_trace(struct telling *t, const struct execution_trace *trace) {
    const char *detail = execution_traces_detail(&t->traces, trace);
    char time[FILETIME_TEXT];
    if (t->value.size > 0)
        text_add(&t->value, "; ");
    text_add(&t->value, execution_traces_source(trace->source));
    if (trace->count > 1)
        text_format(&t->value, " %llu times", (unsigned long long)trace->count);
    if (trace->last) {
        filetime_text(trace->last, time);
        text_format(&t->value, trace->count > 1 ? ", the last %s" : ", %s", time);
    }
    if (detail[0])
        text_format(&t->value, " (%s)", detail);
}

static bool tell_kind(struct telling *t, uint64_t finding, int64_t artifact, enum execution_kind kind,
                      const char *key) {
    size_t told = 0;
    text_clear(&t->value);
    for (size_t i = first_of(t, artifact); i < t->known; i++) {
        const struct execution_trace *trace = &t->traces.list[t->by_artifact[i]];
        if (trace->artifact != artifact)
            break;
        if (trace->kind == kind && told < SAID && t->value.size < VALUE) {
            add_trace(t, trace);
            told++;
        }
    }
    return told == 0 || casefile_detail(t->casefile, finding, key, text_string(&t->value));
}

/* That nothing is told means something only where there is what would tell it; that there is not is said of
 * programs alone, not once more of each library. */
static bool tell_nothing(struct telling *t, uint64_t finding, int64_t evidence, int64_t volume,
                         bool program) {
    const struct execution_host *host = execution_traces_host(&t->traces, evidence, volume);
    if (!host || (host->prefetch_files == 0 && !program))
        return true;
    text_clear(&t->value);
    if (host->prefetch_files > 0)
        text_format(&t->value, "no trace; there are %llu prefetch files",
                    (unsigned long long)host->prefetch_files);
    else
        text_add(&t->value, host->prefetch_off
                                ? "not testable: prefetch is switched off on this machine, as on servers"
                                : "not testable: there are no prefetch files");
    return casefile_detail(t->casefile, finding, "execution", text_string(&t->value));
}

static bool tell_finding(struct telling *t, struct db_query *q) {
    uint64_t finding = (uint64_t)db_integer(q, 0);
    int64_t artifact = db_integer(q, 1);
    size_t first = first_of(t, artifact);
    if (first < t->known && t->traces.list[t->by_artifact[first]].artifact == artifact)
        return tell_kind(t, finding, artifact, EXECUTION_EXECUTED, "executed, by its path") &&
               tell_kind(t, finding, artifact, EXECUTION_LOADED, "loaded, by its path") &&
               tell_kind(t, finding, artifact, EXECUTION_PRESENT, "was there, by its path");
    return db_integer(q, 4) == 0 ||
           tell_nothing(t, finding, db_integer(q, 2), db_integer(q, 3), db_integer(q, 5) != 0);
}

static bool tell_findings(struct telling *t) {
    struct db_query *q = db_prepare(casefile_db(t->casefile), findings_sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good = tell_finding(t, q);
    db_finish(q);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct telling t = {.casefile = casefile};
    (void)intel;
    bool good = execution_traces_gather(casefile_db(casefile), &t.traces) && write_rows(&t) &&
                tell_omitted(&t) && sort(&t) && tell_findings(&t);
    execution_traces_free(&t.traces);
    free(t.by_artifact);
    text_free(&t.value);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_execution = {
    .text =
        {
            .id = "execution",
            .title = "what ran, was loaded or was there",
            .why =
                "Whether a file that stands out ever ran decides what is to be done about it. This judge gathers prefetch, "
                "BAM, UserAssist, shimcache, Amcache, links and events into the table execution, and adds to the findings "
                "of others what is known of their file. It gives a finding of its own only where there was more than is kept.",
            .innocent =
                "Shimcache, Amcache and links show that a file was there, not that it ran; a path may have held another file "
                "at the time. A lack of traces clears nothing: prefetch is off on servers and can be deleted, and a driver "
                "that is mapped leaves none.",
            .verify =
                "SELECT * FROM execution WHERE path LIKE '%NAME' in the case; then look at the row that traced and traced_row "
                "name, and at the prefetch file or hive itself with another tool.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
};
