#include "report/explain.h"
#include "base/output.h"
#include "cli/command.h"
#include "detect/registry.h"
#include "judge/diff.h"
#include "judge/judges.h"
#include "report/explain_hand.h"
#include "report/story.h"

#include <unistd.h>

static const struct command_option options[] = {{0}};

/* The words of a detector or judge; NULL if there is none of that name. */
static const struct explanation *find(const char *id, const char **kind) {
    const struct detector *detector = registry_find(id);
    const struct judge *judge = judges_find(id);
    *kind = detector ? "detector" : judge ? "judge" : "rule of diff";
    return detector ? &detector->text : judge ? &judge->text : diff_rule(id);
}

static int explain_id(const char *id) {
    const char *kind;
    const struct explanation *text = find(id, &kind);
    struct output output;
    struct text out = {0};
    if (!text) {
        command_error("explain: no detector, judge or rule '%s'; 'assay detectors' lists them", id);
        return COMMAND_ERROR;
    }
    output_init(&output, 1);
    explain_text(&out, kind, text, command_width());
    output_text(&output, &out);
    text_free(&out);
    return command_printed(&output) ? COMMAND_CLEAN : COMMAND_ERROR;
}

static int explain_finding(const char *path, const char *number) {
    uint64_t id;
    bool found = false;
    struct text error = {0};
    struct output output;
    struct story_options how = {.width = command_width(), .colour = isatty(1) && !getenv("NO_COLOR")};
    if (!command_number(number, &id)) {
        command_error("explain: '%s' is not the number of a finding", number);
        return COMMAND_ERROR;
    }
    struct casefile *casefile = casefile_open(path, &error);
    if (!casefile) {
        command_error("%s", text_string(&error));
        text_free(&error);
        return COMMAND_ERROR;
    }
    command_census_note(path, casefile);
    output_init(&output, 1);
    bool good = story_finding(casefile, id, &how, &output, &found);
    if (good && found) {
        struct text hand = {0};
        const struct wrap wrap = {.width = how.width, .colour = how.colour};
        good = explain_hand_tell(casefile, path, (int64_t)id, &wrap, &hand);
        output_text(&output, &hand);
        text_free(&hand);
    }
    good = output_end(&output) && good;
    if (!good)
        command_error("%s", output.error ? output_reason(&output) : casefile_error(casefile));
    else if (!found)
        command_error("%s has no finding %s", path, number);
    casefile_close(casefile);
    text_free(&error);
    return good && found ? COMMAND_CLEAN : COMMAND_ERROR;
}

static int explain_run(int argc, char **argv) {
    const char *argument;
    int first, got = command_option(&command_explain, argc, argv, &argument, &first);
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first == 1)
        return explain_id(argv[first]);
    if (argc - first == 2)
        return explain_finding(argv[first], argv[first + 1]);
    command_error("explain: name a detector or judge, or a case and the number of a finding");
    return COMMAND_ERROR;
}

const struct command command_explain = {
    .name = "explain",
    .usage = "ID | CASE NUMBER",
    .summary = "Why is this said, what innocent cause looks the same, how can it be checked by hand?\n"
               "ID is a detector or judge; NUMBER is a finding of CASE.",
    .options = options,
    .run = explain_run,
};
