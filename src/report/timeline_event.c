#include "report/timeline_event.h"

static const char *const sources[TIMELINE_SOURCES] = {
    "file",   "name",  "journal",   "log",      "index",    "pe",   "signature",
    "shadow", "event", "execution", "registry", "download", "story"};

const char *timeline_event_source(enum timeline_source source) {
    return (unsigned)source < TIMELINE_SOURCES ? sources[source] : "?";
}

bool timeline_event_sources(const char *list, unsigned *ret) {
    unsigned mask = 0;
    for (;;) {
        size_t size = strcspn(list, ",");
        unsigned i = 0;
        while (i < TIMELINE_SOURCES && (strlen(sources[i]) != size || memcmp(sources[i], list, size) != 0))
            i++;
        if (i == TIMELINE_SOURCES)
            return false;
        mask |= 1u << i;
        if (list[size] == 0)
            break;
        list += size + 1;
    }
    *ret = mask;
    return true;
}

const char *timeline_event_confidence(enum timeline_confidence confidence) {
    static const char *const words[] = {"recorded", "settable", "inherited", "stale",
                                        "claimed",  "signed",   "judged"};
    return (unsigned)confidence <= TIMELINE_JUDGED ? words[confidence] : "?";
}

unsigned timeline_event_equal(const struct timeline_event *event, unsigned at) {
    unsigned mask = 0;
    for (unsigned i = 0; i < LISTING_TIMES; i++)
        if (event->known >> i & 1 && event->times[i] == event->times[at])
            mask |= 1u << i;
    bool first = (mask & ((1u << at) - 1)) == 0;
    return event->known >> at & 1 && first ? mask : 0;
}

/* A step of splitmix64. */
static uint64_t step(uint64_t hash, uint64_t word) {
    uint64_t z = (hash ^ word) + UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* With its size, so that one text's end is not another's start. */
static uint64_t mix(uint64_t hash, const char *text) {
    size_t size = text ? strlen(text) : 0;
    hash = step(hash, text ? size : UINT64_MAX);
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = 0;
        memcpy(&word, text + at, size - at < 8 ? size - at : 8);
        hash = step(hash, word);
    }
    return hash;
}

uint64_t timeline_event_identity(const struct timeline_event *event) {
    uint64_t hash = mix(step(event->record, event->sequence), event->what);
    hash = mix(hash, event->name);
    if (event->numbered)
        return hash;
    hash = mix(hash, event->folder);
    hash = mix(hash, event->stream);
    return mix(hash, event->detail);
}
