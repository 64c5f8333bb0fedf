#include "report/as_html_bins.h"

#include "base/salt.h"
#include "report/as_html.h"

#include <stdlib.h>

enum { SLOTS = 65536, SECOND = 10000000 };

/* `start` is the number of the bin of its source, from 1601, plus one; 0 is free. */
struct bin {
    uint64_t start, count;
    unsigned source;
};

struct as_html_bins {
    struct bin slots[SLOTS], held[AS_HTML_BINS + 1];
    unsigned shift; /* a bin has 1 << shift seconds */
    size_t used;
    uint64_t total, outside, salt;
    struct {
        uint64_t count, first, last;
    } sources[TIMELINE_SOURCES];
};

_Static_assert(AS_HTML_BINS < SLOTS / 2, "slots are found quickly");

struct as_html_bins *as_html_bins_new(void) {
    struct as_html_bins *bins = calloc(1, sizeof *bins);
    if (bins)
        bins->salt = salt_of_process();
    return bins;
}

void as_html_bins_free(struct as_html_bins *bins) {
    free(bins);
}

static struct bin *slot_of(struct as_html_bins *bins, unsigned source, uint64_t start) {
    uint64_t hash = (start * TIMELINE_SOURCES + source) ^ bins->salt;
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    size_t at = hash >> 48;
    while (bins->slots[at].start != 0 && (bins->slots[at].start != start || bins->slots[at].source != source))
        at = (at + 1) % SLOTS;
    return &bins->slots[at];
}

static void put(struct as_html_bins *bins, unsigned source, uint64_t start, uint64_t count) {
    struct bin *bin = slot_of(bins, source, start);
    bins->used += bin->start == 0;
    *bin = (struct bin){.start = start, .count = bin->count + count, .source = source};
}

static int by_place(const void *a, const void *b) {
    const struct bin *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The bins in use to the front, in order; the rest is free. */
static size_t gather(struct as_html_bins *bins) {
    size_t count = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (bins->slots[i].start != 0)
            bins->slots[count++] = bins->slots[i];
    memset(bins->slots + count, 0, (SLOTS - count) * sizeof(struct bin));
    qsort(bins->slots, count, sizeof(struct bin), by_place);
    return count;
}

static void widen(struct as_html_bins *bins) {
    size_t count = gather(bins);
    memcpy(bins->held, bins->slots, count * sizeof(struct bin));
    memset(bins->slots, 0, count * sizeof(struct bin));
    bins->used = 0;
    bins->shift++;
    for (size_t i = 0; i < count; i++)
        put(bins, bins->held[i].source, ((bins->held[i].start - 1) >> 1) + 1, bins->held[i].count);
}

void as_html_bins_add(struct as_html_bins *bins, enum timeline_source source, uint64_t filetime) {
    bins->total++;
    if (filetime == 0 || filetime > INT64_MAX || (unsigned)source >= TIMELINE_SOURCES) {
        bins->outside++;
        return;
    }
    if (bins->sources[source].count++ == 0)
        bins->sources[source].first = bins->sources[source].last = filetime;
    if (filetime < bins->sources[source].first)
        bins->sources[source].first = filetime;
    if (filetime > bins->sources[source].last)
        bins->sources[source].last = filetime;
    put(bins, source, (filetime / SECOND >> bins->shift) + 1, 1);
    while (bins->used > AS_HTML_BINS)
        widen(bins);
}

uint64_t as_html_bins_total(const struct as_html_bins *bins) {
    return bins->total;
}

uint64_t as_html_bins_outside(const struct as_html_bins *bins) {
    return bins->outside;
}

uint64_t as_html_bins_count(const struct as_html_bins *bins, enum timeline_source source, uint64_t *first,
                            uint64_t *last) {
    *first = bins->sources[source].first;
    *last = bins->sources[source].last;
    return bins->sources[source].count;
}

uint64_t as_html_bins_width(const struct as_html_bins *bins) {
    return UINT64_C(1) << bins->shift;
}

void as_html_bins_json(struct as_html_bins *bins, struct text *out) {
    size_t count = gather(bins);
    uint64_t last = 0;
    text_format(out, "{\"width\":%llu,\"origin\":-11644473600000,\"bins\":{",
                (unsigned long long)as_html_bins_width(bins));
    for (size_t i = 0; i < count; i++) {
        const struct bin *bin = &bins->slots[i];
        bool first = i == 0 || bin[-1].source != bin->source;
        if (first) {
            text_format(out, "%s\"%s\":[", i == 0 ? "" : "],",
                        timeline_event_source((enum timeline_source)bin->source));
            last = 0;
        }
        text_format(out, "%s%llu,%llu", first ? "" : ",", (unsigned long long)(bin->start - 1 - last),
                    (unsigned long long)bin->count);
        last = bin->start - 1;
    }
    text_add(out, count > 0 ? "]}}" : "}}");
}
