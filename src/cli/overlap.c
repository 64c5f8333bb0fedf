#include "report/overlap.h"
#include "base/output.h"
#include "cli/command.h"
#include "cli/command_campaigns.h"
#include "judge/overlap.h"

#include <unistd.h>

struct overlap {
    struct command_intel given;
    bool jsonl, unconfined;
};

static const struct command_option options[] = {
    {"campaign", 0, "FILE", "compare anew, with this list, too (MISP, STIX, table, lines); may be repeated"},
    {"format", 'f', "FORMAT", "text (default) or jsonl (docs/overlap.md)"},
    {"unconfined", 0, NULL, "read lists without a sandbox, where the system offers none"},
    {0},
};

static bool take_option(struct overlap *overlap, const char *name, const char *argument) {
    bool bad = false;
    if (strcmp(name, "format") == 0) {
        overlap->jsonl = strcmp(argument, "jsonl") == 0;
        return overlap->jsonl || strcmp(argument, "text") == 0;
    }
    if (strcmp(name, "unconfined") == 0)
        return overlap->unconfined = true;
    return command_intel_option(&overlap->given, name, argument, &bad) && !bad;
}

static bool print(const struct overlap *overlap, struct casefile *casefile) {
    struct output output;
    struct overlap_options how = {
        .jsonl = overlap->jsonl, .width = command_width(), .colour = isatty(1) && !getenv("NO_COLOR")};
    output_init(&output, 1);
    bool good = overlap_print(casefile, &how, &output);
    good = output_end(&output) && good;
    if (!good && !output_gone(&output))
        command_error("overlap: %s", output.error ? output_reason(&output) : casefile_error(casefile));
    return good;
}

/* A case is never changed: what is computed anew goes into one of its own, which is gone with the process. */
static struct casefile *compute(struct casefile *casefile, const struct intel *intel) {
    struct text error = {0};
    struct overlap_ledger ledger = {0};
    struct casefile *anew = casefile_create(NULL, false, &error);
    bool good =
        anew && overlap_compute(casefile_db(casefile), intel, &ledger) && overlap_write(&ledger, anew);
    if (!good)
        command_error("overlap: %s", error.size > 0                ? text_string(&error)
                                     : casefile_error(casefile)[0] ? casefile_error(casefile)
                                     : anew                        ? casefile_error(anew)
                                                                   : "out of memory");
    overlap_free(&ledger);
    text_free(&error);
    if (!good) {
        casefile_close(anew);
        anew = NULL;
    }
    return anew;
}

/* Lists are read before the case is open: the processes that read them hold nothing. */
static bool load(const struct overlap *overlap, struct intel *intel) {
    struct text error = {0};
    struct intel_options none = {0};
    bool good = intel_load(&none, intel, &error);
    if (!good)
        command_error("%s", text_string(&error));
    text_free(&error);
    return good && command_campaigns_add(overlap->given.campaigns, overlap->given.campaign_count,
                                         overlap->unconfined, &intel->campaigns);
}

static int show(const struct overlap *overlap, const char *path) {
    struct text error = {0};
    struct intel intel = {0};
    bool again = overlap->given.campaign_count > 0;
    bool good = !again || load(overlap, &intel);
    struct casefile *casefile = good ? casefile_open(path, &error) : NULL, *anew = NULL;
    if (good && !casefile)
        command_error("%s", text_string(&error));
    if (casefile && again)
        anew = compute(casefile, &intel);
    good = casefile && (!again || anew) && print(overlap, again ? anew : casefile);
    casefile_close(anew);
    casefile_close(casefile);
    intel_free(&intel);
    text_free(&error);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

static int overlap_run(int argc, char **argv) {
    struct overlap overlap = {0};
    const char *argument;
    int first, got;
    while ((got = command_option(&command_overlap, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&overlap, options[got].name, argument)) {
            command_error("overlap: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first != 1) {
        command_error("overlap: name one case");
        return COMMAND_ERROR;
    }
    return show(&overlap, argv[first]);
}

const struct command command_overlap = {
    .name = "overlap",
    .usage = "[OPTION...] CASE",
    .summary = "What does a case share with known campaigns, and what else would explain it?",
    .options = options,
    .run = overlap_run,
};
