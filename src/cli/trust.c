#include "report/trust.h"
#include "base/filetime.h"
#include "cli/command.h"
#include "engine/casesink.h"

#include <unistd.h>

struct trust {
    struct engine_options engine;
    struct command_intel given;
    struct intel intel;
    bool jsonl, quiet;
    struct text error;
    struct casefile *casefile;
    struct engine_result result;
    struct trust_counts counts;
};

static const struct command_option options[] = {
    {"format", 'f', "FORMAT", "text (default) or jsonl (a file a line; docs/trust.md)"},
    {"quiet", 'q', NULL, "print nothing of files that are trusted"},
    COMMAND_INTEL_OPTIONS,
    COMMAND_ENGINE_OPTIONS,
    {0},
};

static bool take_option(struct trust *trust, const char *name, const char *argument) {
    bool bad = false;
    if (strcmp(name, "format") == 0) {
        trust->jsonl = strcmp(argument, "jsonl") == 0;
        return trust->jsonl || strcmp(argument, "text") == 0;
    }
    if (strcmp(name, "quiet") == 0) {
        trust->quiet = true;
        return true;
    }
    if (command_intel_option(&trust->given, name, argument, &bad))
        return !bad;
    return command_engine_option(&trust->engine, name, argument, &bad) && !bad;
}

static bool print(struct trust *trust) {
    struct output output;
    output_init(&output, 1);
    struct trust_options how = {.jsonl = trust->jsonl, .quiet = trust->quiet, .width = command_width()};
    bool good = trust_print(trust->casefile, &how, &output, &trust->counts);
    good = output_end(&output) && good;
    if (!good && !output_gone(&output))
        command_error("the result could not be printed: %s",
                      output.error ? output_reason(&output) : casefile_error(trust->casefile));
    return good;
}

/* A gate: 0 only if there was something and all of it is trusted. */
static int status_of(const struct trust *trust) {
    const struct engine_result *result = &trust->result;
    if (trust->counts.refused > 0 || trust->counts.denied > 0)
        return COMMAND_FOUND;
    if (result->paths_refused > 0)
        return COMMAND_ERROR;
    bool incomplete = result->interrupted || result->error || result->volumes_lost > 0 || result->lost > 0;
    return incomplete || trust->counts.unknown > 0 || trust->counts.trusted == 0 ? COMMAND_INCOMPLETE
                                                                                 : COMMAND_CLEAN;
}

static int examine(struct trust *trust, struct zygote *zygote, const struct engine_target *targets,
                   int count) {
    struct casesink sink;
    trust->casefile = casefile_create(NULL, false, &trust->error);
    if (!trust->casefile) {
        command_error("%s", text_string(&trust->error));
        return COMMAND_ERROR;
    }
    casesink_init(&sink, trust->casefile);
    bool good = command_register(trust->casefile);
    bool ran = good && engine_run(zygote, &trust->engine, targets, (size_t)count, &sink.sink, &trust->result);
    good = good && (ran || !trust->result.sink_failed) &&
           command_judge(trust->casefile, &trust->intel, "trust") && casefile_finish(trust->casefile, NULL);
    command_engine_end(&trust->result);
    if (!good) {
        command_error("the facts could not be kept: %s", casefile_error(trust->casefile));
        return COMMAND_ERROR;
    }
    return print(trust) ? status_of(trust) : COMMAND_ERROR;
}

static int trust_targets(struct trust *trust, char **operands, int count) {
    struct zygote zygote = {-1, 0};
    void *memory;
    int all, status = COMMAND_ERROR;
    if (command_engine_start_with(&trust->engine, &trust->given, &trust->intel, &zygote)) {
        struct engine_target *targets =
            command_targets(operands, count, &trust->engine, &trust->given, &all, &memory);
        if (targets)
            status = examine(trust, &zygote, targets, all);
        command_targets_free(targets, count, memory);
        zygote_stop(&zygote);
    }
    casefile_close(trust->casefile);
    intel_free(&trust->intel);
    text_free(&trust->error);
    return status;
}

static int trust_run(int argc, char **argv) {
    struct trust trust = {.engine = command_engine_defaults()};
    const char *argument;
    int first, got;
    trust.engine.inspect = true;
    trust.engine.trust_only = true;
    while ((got = command_option(&command_trust, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&trust, options[got].name, argument)) {
            command_error("trust: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (first == argc && trust.engine.map_count == 0) {
        command_error("trust: name at least one file, folder or disk image");
        return COMMAND_ERROR;
    }
    return trust_targets(&trust, argv + first, argc - first);
}

const struct command command_trust = {
    .name = "trust",
    .usage = "[OPTION...] PATH...",
    .summary = "Who signed this, does it hold, and would Windows accept it?",
    .options = options,
    .run = trust_run,
};
