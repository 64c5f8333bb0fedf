/* What a case tells of times, for Timesketch and for mactime: docs/timeline.md. */
#include "report/export.h"
#include "report/timeline.h"

static bool print(struct casefile *casefile, enum timeline_format format, struct output *output) {
    struct timeline_result result;
    const struct timeline_options how = {.format = format, .sources = (1u << TIMELINE_SOURCES) - 1};
    return timeline_print(casefile, &how, output, &result);
}

static bool lines(struct casefile *casefile, const struct export_options *options, struct output *output) {
    (void)options;
    return print(casefile, TIMELINE_TIMESKETCH, output);
}

static bool table(struct casefile *casefile, const struct export_options *options, struct output *output) {
    (void)options;
    return print(casefile, TIMELINE_TIMESKETCH_CSV, output);
}

static bool body(struct casefile *casefile, const struct export_options *options, struct output *output) {
    (void)options;
    return print(casefile, TIMELINE_BODY, output);
}

const struct export_format as_timeline_jsonl = {
    .name = "timesketch", .summary = "story and timeline as JSON Lines for Timesketch", .print = lines};
const struct export_format as_timeline_csv = {
    .name = "timesketch-csv", .summary = "the same as a table", .print = table};
const struct export_format as_timeline_body = {
    .name = "bodyfile", .summary = "the timeline as a body file of The Sleuth Kit 3", .print = body};
