#include "intel/intel.h"
#include "judge/driver_telling.h"
#include "model/judge.h"

#include <stdlib.h>

/* What trust says of each driver's file. */
static const char trust_sql[] = "SELECT artifact, state FROM trust ORDER BY artifact";

enum standing { STANDING_UNKNOWN, STANDING_TRUSTED, STANDING_UNSIGNED };

struct standings {
    struct standing_of {
        int64_t artifact;
        enum standing standing;
    } * list;
    size_t count;
};

static bool load(struct db *db, struct standings *ret) {
    struct db_query *q = db_prepare(db, trust_sql);
    bool good = q != NULL;
    size_t room = 0;
    while (good && db_step(q)) {
        const char *state = db_text(q, 1, NULL);
        enum standing standing = strncmp(state, "trusted", 7) == 0 ? STANDING_TRUSTED
                                 : strcmp(state, "unsigned") == 0 || strcmp(state, "digest-mismatch") == 0
                                     ? STANDING_UNSIGNED
                                     : STANDING_UNKNOWN;
        if (ret->count == room) {
            room = room ? 2 * room : 1024;
            void *more = realloc(ret->list, room * sizeof *ret->list);
            good = more != NULL;
            ret->list = good ? more : ret->list;
        }
        if (good)
            ret->list[ret->count++] = (struct standing_of){db_integer(q, 0), standing};
    }
    db_finish(q);
    return good;
}

static enum standing standing_of(const struct standings *in, int64_t artifact) {
    size_t low = 0, high = in->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (in->list[middle].artifact < artifact)
            low = middle + 1;
        else
            high = middle;
    }
    return low < in->count && in->list[low].artifact == artifact ? in->list[low].standing : STANDING_UNKNOWN;
}

static bool has_event(const struct driver_trace *trace) {
    for (unsigned i = DRIVER_TRACE_INSTALLED; i <= DRIVER_TRACE_AUDITED; i++)
        if (trace->counts[i] > 0 && (i != DRIVER_TRACE_UNSIGNED || trace->said))
            return true;
    return false;
}

/* Those whose file is gone are told by driver_ephemeral, those without a signature by driver_unsigned. */
static bool is_ours(const struct driver_trace *trace, enum standing standing) {
    bool gone = trace->state == HOST_PATH_ABSENT || trace->state == HOST_PATH_DELETED;
    return has_event(trace) && !gone && standing != STANDING_UNSIGNED;
}

static void weigh_listed(struct finding *finding, const struct driver_trace *trace,
                         enum driver_telling_list list) {
    bool open = trace->place == DRIVER_PLACE_OPEN;
    bool malicious = list == DRIVER_TELLING_MALICIOUS;
    finding->severity = malicious || open ? SEVERITY_HIGH : SEVERITY_LOW;
    finding->strength = malicious ? STRENGTH_STRONG : STRENGTH_FIRM;
    finding->summary = malicious ? "Events tell of a driver that is known from attacks"
                       : open    ? "Events tell of a driver with a known hole where anybody can write"
                                 : "Events tell of a driver with a known hole";
}

static void weigh(struct finding *finding, const struct driver_trace *trace, enum driver_telling_list list,
                  enum standing standing) {
    bool open = trace->place == DRIVER_PLACE_OPEN, bad = driver_telling_is_bad(trace);
    finding->strength = STRENGTH_FIRM;
    if (list != DRIVER_TELLING_NONE)
        weigh_listed(finding, trace, list);
    else if (bad && standing != STANDING_TRUSTED) {
        finding->severity = open ? SEVERITY_HIGH : SEVERITY_MEDIUM;
        finding->summary = open ? "Windows found fault with a driver that lies where anybody can write"
                                : "Windows found fault with the signature of a driver";
    } else if (bad) {
        finding->severity = SEVERITY_LOW;
        finding->summary = "Windows found fault with a driver whose file is trusted as it is now";
    } else if (open) {
        finding->severity = SEVERITY_LOW;
        finding->summary = "A driver was installed or loaded from where anybody can write";
    } else if (trace->counts[DRIVER_TRACE_AUDITED] > 0) {
        finding->severity = SEVERITY_LOW;
        finding->strength = STRENGTH_WEAK;
        finding->summary = "A policy would have blocked a driver";
    } else {
        finding->severity = SEVERITY_INFO;
        finding->summary = "A driver was installed or loaded";
    }
}

static bool report(struct casefile *casefile, const struct driver_traces *traces,
                   const struct driver_trace *trace, enum standing standing) {
    struct driver_telling telling = {0};
    struct finding finding = {.detector = "driver_events"};
    weigh(&finding, trace, driver_telling_list(traces, trace), standing);
    driver_telling_detail(&telling, traces, trace, &finding);
    saying_detail(&finding, "its file",
                  trace->state != HOST_PATH_FOUND ? "not testable: it is not known what is there"
                  : standing == STANDING_TRUSTED  ? "trusted as it is now"
                                                  : "of its signature nothing is known");
    bool good = driver_telling_write(casefile, trace, &finding);
    driver_telling_free(&telling);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct driver_traces traces;
    struct standings standings = {0};
    bool good = driver_traces_gather(db, intel ? &intel->lists : NULL, &traces) && load(db, &standings);
    for (size_t i = 0; good && i < traces.count; i++) {
        const struct driver_trace *trace = &traces.list[i];
        enum standing standing =
            trace->state == HOST_PATH_FOUND ? standing_of(&standings, trace->artifact) : STANDING_UNKNOWN;
        if (is_ours(trace, standing))
            good = report(casefile, &traces, trace, standing);
    }
    driver_traces_free(&traces);
    free(standings.list);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_driver_events = {
    .text =
        {
            .id = "driver_events",
            .title = "what events tell of a driver",
            .why =
                "System 7045 and Security 4697 tell of a service that was made for a driver, Sysmon 6 of one that was "
                "loaded, CodeIntegrity of what Windows thought of its signature (3001, 3004, 3023, 3033, 3076, 3077 and the "
                "signatures in 3089, joined by their activity). All events of one driver are one finding. Ordinary ones are "
                "told as history.",
            .innocent =
                "Every product with a driver installs it so; tools such as CPU-Z and Process Explorer put a signed driver "
                "into Temp for a moment. 3033 and 3076 are frequent where a policy is tried. A lack of event 7045 clears "
                "nothing: loaders of the KDU kind write the service key by themselves, and a mapped driver leaves no event.",
            .verify =
                "Look the events up by their record numbers in the log; compare the driver's digest with loldrivers.io; "
                "sc qc SERVICE on the machine.",
            .attack = "T1543.003",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
