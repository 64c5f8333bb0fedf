#include "intel/intel.h"
#include "judge/driver_telling.h"
#include "judge/host_subject.h"
#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

/* What others say of drivers as a whole; driver_service also of such as cannot be looked at. */
#define OTHERS                                                                                               \
    "'driver_known', 'driver_unsigned', 'driver_blocked', 'driver_service', 'signature_untrusted',"          \
    " 'signature_distrusted'"

static const char services_sql[] =
    "SELECT f.id, f.severity, a.evidence, coalesce(a.volume, 0), lower(d.value) FROM finding f JOIN finding_detail d ON"
    " d.finding = f.id JOIN artifact a ON a.id = f.artifact WHERE f.detector = 'driver_service' AND d.key = 'driver'"
    " ORDER BY 5, 3, 4, 1";

struct services {
    struct service_told {
        int64_t finding, severity, evidence, volume;
        char *path;
    } * list;
    size_t count, room;
};

enum standing { STANDING_UNKNOWN, STANDING_TRUSTED, STANDING_UNSIGNED };

static enum standing standing_of(const char *state) {
    return strncmp(state, "trusted", 7) == 0                                         ? STANDING_TRUSTED
           : strcmp(state, "unsigned") == 0 || strcmp(state, "digest-mismatch") == 0 ? STANDING_UNSIGNED
                                                                                     : STANDING_UNKNOWN;
}

static bool load_services(struct db *db, struct services *ret) {
    struct db_query *q = db_prepare(db, services_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        if (ret->count == ret->room) {
            ret->room = ret->room ? 2 * ret->room : 64;
            void *more = realloc(ret->list, ret->room * sizeof *ret->list);
            good = more != NULL;
            ret->list = good ? more : ret->list;
        }
        char *path = good ? strdup(db_text(q, 4, NULL)) : NULL;
        good = path != NULL;
        if (good)
            ret->list[ret->count++] = (struct service_told){db_integer(q, 0), db_integer(q, 1),
                                                            db_integer(q, 2), db_integer(q, 3), path};
    }
    db_finish(q);
    return good;
}

static void free_services(struct services *services) {
    for (size_t i = 0; i < services->count; i++)
        free(services->list[i].path);
    free(services->list);
}

/* What driver_service says of the driver of this path; NULL. */
static const struct service_told *service_of(const struct services *in, const struct host *host,
                                             const char *path) {
    size_t low = 0, high = in->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcasecmp(in->list[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < in->count && strcasecmp(in->list[low].path, path) == 0; low++)
        if (in->list[low].evidence == host->evidence && in->list[low].volume == host->volume)
            return &in->list[low];
    return NULL;
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

/* What the judge knows besides the traces. */
struct others {
    struct services services;
    struct host_subjects *subjects;
};

/* One finding a driver: what others say at least as severely gets the events as a particular, what
 * driver_service says with less weight is raised by them. */
static bool join(struct casefile *casefile, uint64_t told, const struct driver_telling *telling,
                 const struct finding *finding, bool raises) {
    const char *events = text_string(&telling->events);
    return (!raises || casefile_raise(casefile, told, finding->severity, finding->summary)) &&
           (raises || finding->severity == SEVERITY_INFO ||
            casefile_detail(casefile, told, "events say", finding->summary)) &&
           casefile_detail(casefile, told, "seen", text_string(&telling->seen)) &&
           (!events[0] || casefile_detail(casefile, told, "events", events));
}

static bool report(struct casefile *casefile, const struct driver_traces *traces,
                   const struct driver_trace *trace, const struct others *others, enum standing standing) {
    struct driver_telling telling = {0};
    struct finding finding = {.detector = "driver_events"};
    weigh(&finding, trace, driver_telling_list(traces, trace), standing);
    driver_telling_detail(&telling, traces, trace, &finding);
    saying_detail(&finding, "its file",
                  trace->state != HOST_PATH_FOUND ? "not testable: it is not known what is there"
                  : standing == STANDING_TRUSTED  ? "trusted as it is now"
                                                  : "of its signature nothing is known");
    int64_t about = trace->state == HOST_PATH_FOUND ? trace->artifact : 0;
    uint64_t told = about ? host_subjects_told(others->subjects, about, finding.severity) : 0;
    const struct service_told *service =
        service_of(&others->services, &traces->hosts[trace->host], driver_traces_text(traces, trace->path));
    bool raises = !told && service && service->severity < (int64_t)finding.severity;
    if (!told && service)
        told = (uint64_t)service->finding;
    bool good = told ? join(casefile, told, &telling, &finding, raises)
                     : driver_telling_write(casefile, trace, &finding);
    driver_telling_free(&telling);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct driver_traces traces;
    struct others others = {.subjects = host_subjects_open(db, OTHERS)};
    bool good = driver_traces_gather(db, intel ? &intel->lists : NULL, &traces) && others.subjects &&
                load_services(db, &others.services);
    for (size_t i = 0; good && i < traces.count; i++) {
        const struct driver_trace *trace = &traces.list[i];
        struct host_subject about;
        good =
            host_subjects_of(others.subjects, trace->state == HOST_PATH_FOUND ? trace->artifact : 0, &about);
        enum standing standing = good && about.artifact ? standing_of(about.state) : STANDING_UNKNOWN;
        if (good && is_ours(trace, standing))
            good = report(casefile, &traces, trace, &others, standing);
    }
    good = good && host_subjects_omitted(casefile, "driver_events", (size_t)traces.omitted);
    driver_traces_free(&traces);
    free_services(&others.services);
    host_subjects_close(others.subjects);
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
                "signatures in 3089, joined by their activity). All events of one driver are one finding, or part of what "
                "another judge says of it. Ordinary ones are told as history.",
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
