#include "engine/casesink.h"

static struct casefile *of(struct engine_sink *sink) {
    return ((struct casesink *)(void *)sink)->casefile;
}

static bool evidence(struct engine_sink *sink, const struct casefile_evidence *row) {
    return casefile_evidence(of(sink), row);
}

static bool volume(struct engine_sink *sink, const struct casefile_volume *row) {
    return casefile_volume(of(sink), row);
}

static bool entry(struct engine_sink *sink, const struct engine_entry *entry) {
    if (entry->listing->link > 0)
        return casefile_path(of(sink), entry->artifact, entry->listing);
    return casefile_artifact(of(sink), entry->artifact, entry->listing, entry->raw_name, entry->state,
                             entry->reason);
}

static bool row(struct engine_sink *sink, uint64_t artifact, const struct row *row, bool *refused) {
    enum casefile_taken taken = casefile_row(of(sink), row, artifact);
    *refused = taken == CASEFILE_REFUSED;
    return taken != CASEFILE_FAILED;
}

static bool finding(struct engine_sink *sink, struct casefile_place place, const struct finding *finding) {
    return casefile_finding(of(sink), place, finding, NULL, 0);
}

static bool coverage(struct engine_sink *sink, uint64_t evidence, uint64_t volume, const char *class,
                     const char *reason, uint64_t files, uint64_t bytes) {
    return casefile_coverage(of(sink), evidence, volume, class, reason, files, bytes);
}

static bool collected(struct engine_sink *sink, uint64_t evidence, uint64_t volume, bool complete) {
    return casefile_collected(of(sink), evidence, volume, "", complete);
}

void casesink_init(struct casesink *ret, struct casefile *casefile) {
    *ret = (struct casesink){.casefile = casefile};
    ret->sink = (struct engine_sink){.evidence = evidence,
                                     .volume = volume,
                                     .entry = entry,
                                     .row = row,
                                     .finding = finding,
                                     .coverage = coverage,
                                     .collected = collected};
}
