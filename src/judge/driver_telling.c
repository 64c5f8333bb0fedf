#include "judge/driver_telling.h"

enum { EVENTS = 3000 }; /* bytes of what is told of events */

void driver_telling_free(struct driver_telling *telling) {
    text_free(&telling->seen);
    text_free(&telling->events);
}

void driver_telling_detail(struct driver_telling *telling, const struct driver_traces *traces,
                           const struct driver_trace *trace, struct finding *finding) {
    text_clear(&telling->seen);
    text_clear(&telling->events);
    driver_traces_words(trace, &telling->seen);
    driver_traces_events(traces, trace, &telling->events);
    if (telling->events.size > EVENTS) {
        telling->events.size = EVENTS;
        while (((unsigned char)telling->events.data[telling->events.size] & 0xc0) == 0x80)
            telling->events.size--;
        telling->events.data[telling->events.size] = 0;
    }
    saying_detail(finding, "driver", driver_traces_text(traces, trace->path));
    saying_detail(finding, "file", host_path_word(trace->state));
    saying_detail(finding, "service", driver_traces_text(traces, trace->service));
    saying_detail(finding, "signer, as told", driver_traces_text(traces, trace->signer));
    saying_detail(finding, "seen", text_string(&telling->seen));
    saying_detail(finding, "events", text_string(&telling->events));
    if (trace->counts[DRIVER_TRACE_LOADED] > 0 && trace->counts[DRIVER_TRACE_INSTALLED] == 0)
        saying_detail(finding, "event 7045",
                      "none, which clears nothing: a loader may write the key by itself");
    if (!trace->listed)
        return;
    const struct listed *listed = &traces->listed[trace->listed - 1];
    snprintf(telling->list, sizeof telling->list, "%s: %s, %s (%s)", listed->best.list,
             lists_kind_word(listed->best.entry.kind), listed->best.entry.what, listed->best.entry.id);
    saying_detail(finding, "its digest is in a list", telling->list);
}

enum driver_telling_list driver_telling_list(const struct driver_traces *traces,
                                             const struct driver_trace *trace) {
    if (!trace->listed)
        return DRIVER_TELLING_NONE;
    const bool *kinds = traces->listed[trace->listed - 1].kinds;
    return kinds[LISTS_MALICIOUS] || kinds[LISTS_INDICATOR] ? DRIVER_TELLING_MALICIOUS : DRIVER_TELLING_HOLE;
}

bool driver_telling_is_bad(const struct driver_trace *trace) {
    return trace->counts[DRIVER_TRACE_UNSIGNED] > 0 || trace->counts[DRIVER_TRACE_INVALID] > 0 ||
           trace->counts[DRIVER_TRACE_REVOKED] > 0 || trace->counts[DRIVER_TRACE_BLOCKED] > 0;
}

bool driver_telling_write(struct casefile *casefile, const struct driver_trace *trace,
                          const struct finding *finding) {
    int64_t about = trace->state == HOST_PATH_FOUND && trace->artifact ? trace->artifact : trace->traced;
    return saying_write(casefile, about, finding, NULL, 0);
}
