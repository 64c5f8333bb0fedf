#include "report/export.h"
#include "report/jsonl.h"

static bool print(struct casefile *casefile, const struct export_options *options, struct output *output) {
    (void)options;
    const struct jsonl_options how = {.texts = true};
    return jsonl_print(casefile, &how, output);
}

const struct export_format as_jsonl = {
    .name = "jsonl", .summary = "JSON Lines, one finding a line (docs/jsonl.md)", .print = print};
