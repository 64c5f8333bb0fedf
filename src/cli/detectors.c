#include "base/output.h"
#include "cli/command.h"
#include "detect/registry.h"
#include "judge/judges.h"
#include "report/explain.h"

static const struct command_option options[] = {{0}};

static int detectors_run(int argc, char **argv) {
    const char *argument;
    int first, got = command_option(&command_detectors, argc, argv, &argument, &first);
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (first != argc) {
        command_error("detectors: takes no operand");
        return COMMAND_ERROR;
    }
    struct output output;
    struct text text = {0};
    size_t count;
    const struct judge *const *judges = judges_all(&count);
    output_init(&output, 1);
    explain_head(&text);
    for (size_t i = 0; i < registry_count(); i++)
        explain_row(&text, "detector", &registry_at(i)->text);
    for (size_t i = 0; i < count; i++)
        explain_row(&text, "judge", &judges[i]->text);
    output_text(&output, &text);
    text_free(&text);
    return output_end(&output) ? COMMAND_CLEAN : COMMAND_ERROR;
}

const struct command command_detectors = {
    .name = "detectors",
    .usage = "",
    .summary = "What can be found.",
    .options = options,
    .run = detectors_run,
};
