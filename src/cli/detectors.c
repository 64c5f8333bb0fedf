#include "base/output.h"
#include "cli/command.h"
#include "cli/intel_campaigns.h"
#include "cli/intel_policies.h"
#include "cli/intel_rules.h"
#include "detect/registry.h"
#include "intel/campaigns_kept.h"
#include "intel/policy_kept.h"
#include "intel/rules_kept.h"
#include "judge/judges.h"
#include "report/explain.h"

static const struct command_option options[] = {{0}};

/* With what is found: behind an empty line, so that the table can be cut off there. */
static bool add_lists(struct text *text) {
    struct lists_set lists = {0};
    struct text error = {0};
    bool good = intel_load_lists(&lists, &error);
    if (!good)
        command_error("%s", text_string(&error));
    text_add(text, "\nlists (assay intel list)\n");
    for (size_t i = 0; i < lists.count; i++)
        for (size_t n = 0; n < lists_count(&lists.shelf[i].lists); n++) {
            struct lists_list list;
            struct text line = {0};
            lists_list(&lists.shelf[i].lists, n, &list);
            lists_file_tell(&list, &line);
            text_add(text, "  ");
            text_terminal(text, text_string(&line), line.size);
            text_char(text, '\n');
            text_free(&line);
        }
    lists_file_free(&lists);
    text_free(&error);
    return good;
}

/* What is kept by name. */
static bool tell_kept(struct output *output) {
    struct intel_kept rules = {.kind = &rules_kept_kind}, policies = {.kind = &policy_kept_kind},
                      campaigns = {.kind = &campaigns_kept_kind};
    struct text error = {0};
    bool good = intel_rules_tell_kept(&rules, "  ", false, output, &error) &&
                intel_policies_tell_kept(&policies, "  ", false, output, &error) &&
                intel_campaigns_tell_kept(&campaigns, "  ", false, output, &error);
    if (!good)
        command_error("%s", text_string(&error));
    intel_kept_free(&rules);
    intel_kept_free(&policies);
    intel_kept_free(&campaigns);
    text_free(&error);
    return good;
}

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
    bool good = add_lists(&text);
    output_text(&output, &text);
    good = tell_kept(&output) && good;
    text_free(&text);
    return command_printed(&output) && good ? COMMAND_CLEAN : COMMAND_ERROR;
}

const struct command command_detectors = {
    .name = "detectors",
    .usage = "",
    .summary = "What can be found, and with which lists.",
    .options = options,
    .run = detectors_run,
};
