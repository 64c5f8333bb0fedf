#include "report/export.h"
#include "report/story.h"

static bool print(struct casefile *casefile, const struct export_options *options, struct output *output) {
    const struct story_options how = {.width = options->width, .colour = options->colour, .all = true};
    return story_print(casefile, &how, output);
}

const struct export_format as_text = {
    .name = "text", .summary = "the story, with every finding in full", .print = print};
