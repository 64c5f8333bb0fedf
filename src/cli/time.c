#include "report/time.h"
#include "base/output.h"
#include "cli/command.h"
#include "engine/casesink.h"

#include <stdlib.h>
#include <unistd.h>

struct time_command {
    struct engine_options engine;
    struct command_intel given;
    struct intel intel;
    bool jsonl;
    struct text error, path;
    struct casefile *casefile;
    struct engine_result result;
    const char *name; /* as typed */
    int64_t *files;
    size_t count, room;
    bool lost; /* out of memory */
};

static const struct command_option options[] = {
    {"format", 'f', "FORMAT", "text (default) or jsonl (a file a line; docs/time.md)"},
    COMMAND_ENGINE_OPTIONS,
    {0},
};

static bool take_option(struct time_command *command, const char *name, const char *argument) {
    bool bad = false;
    if (strcmp(name, "format") == 0) {
        command->jsonl = strcmp(argument, "jsonl") == 0;
        return command->jsonl || strcmp(argument, "text") == 0;
    }
    return command_engine_option(&command->engine, name, argument, &bad) && !bad;
}

static void found(void *context, int64_t artifact) {
    struct time_command *command = context;
    if (command->count == command->room) {
        size_t want = command->room ? 2 * command->room : 16;
        int64_t *more = realloc(command->files, want * sizeof *more);
        if (!more) {
            command->lost = true;
            return;
        }
        command->files = more;
        command->room = want;
    }
    command->files[command->count++] = artifact;
}

/* The judges are told what was asked about: table meta, keys time_of_1, time_of_2 ... */
static bool tell_judges(struct time_command *command) {
    char key[40], number[24];
    for (size_t i = 0; i < command->count; i++) {
        snprintf(number, sizeof number, "%lld", (long long)command->files[i]);
        snprintf(key, sizeof key, "time_of_%zu", i + 1);
        if (!casefile_meta(command->casefile, key, number))
            return false;
    }
    return true;
}

static int print(struct time_command *command) {
    struct output output;
    struct time_options how = {
        .jsonl = command->jsonl, .width = command_width(), .colour = isatty(1) && !getenv("NO_COLOR")};
    bool good = true, doubt = false;
    output_init(&output, 1);
    for (size_t i = 0; i < command->count && good; i++) {
        bool one = false;
        good = time_print(command->casefile, command->files[i], &how, &output, &one);
        doubt = doubt || one;
    }
    good = output_end(&output) && good;
    if (!good && !output_gone(&output)) {
        command_error("the result could not be printed: %s",
                      output.error ? output_reason(&output) : casefile_error(command->casefile));
        return COMMAND_ERROR;
    }
    return doubt ? COMMAND_FOUND : COMMAND_CLEAN;
}

static int nothing(const struct time_command *command) {
    command_error("no NTFS volume there has a file with MFT times called '%s'", command->name);
    return COMMAND_ERROR;
}

/* --- a case --- */

static int ask_case(struct time_command *command, const char *path) {
    command->casefile = casefile_open(path, &command->error);
    if (!command->casefile) {
        command_error("%s", text_string(&command->error));
        return COMMAND_ERROR;
    }
    command_census_note(path, command->casefile);
    if (!time_find(command->casefile, command->name, found, command) || command->lost) {
        command_error("the case could not be read: %s", casefile_error(command->casefile));
        return COMMAND_ERROR;
    }
    return command->count > 0 ? print(command) : nothing(command);
}

/* --- evidence --- */

static bool judge_all(struct time_command *command) {
    static const char *const judges[] = {"usn_paths", "clock_steps", "stomp"};
    for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++)
        if (!command_judge(command->casefile, &command->intel, judges[i]))
            return false;
    return casefile_finish(command->casefile, NULL);
}

/* Reads the evidence into a fresh case and looks for the file. False after an error, which was told. */
static bool read_evidence(struct time_command *command, struct zygote *zygote,
                          const struct engine_target *targets, int count) {
    struct casesink sink;
    casefile_close(command->casefile);
    command->casefile = casefile_create("", false, &command->error);
    if (!command->casefile) {
        command_error("%s", text_string(&command->error));
        return false;
    }
    casesink_init(&sink, command->casefile);
    bool good = command_register(command->casefile);
    bool ran =
        good && engine_run(zygote, &command->engine, targets, (size_t)count, &sink.sink, &command->result);
    if (!good || (!ran && command->result.sink_failed)) {
        command_error("the facts could not be kept: %s", casefile_error(command->casefile));
        return false;
    }
    if (!time_find(command->casefile, command->name, found, command) || command->lost) {
        command_error("the facts could not be read: %s", casefile_error(command->casefile));
        return false;
    }
    return true;
}

static int examine(struct time_command *command, struct zygote *zygote, struct engine_target *targets,
                   int count) {
    bool good = read_evidence(command, zygote, targets, count);
    if (good && command->count == 0 && targets[0].prefix && !command->result.interrupted) {
        targets[0].prefix = NULL; /* in a collection the path is not one of the evidence */
        good = read_evidence(command, zygote, targets, count);
    }
    command_engine_end(&command->result);
    if (!good)
        return COMMAND_ERROR;
    if (command->count == 0)
        return nothing(command);
    if (!tell_judges(command) || !judge_all(command)) {
        command_error("the facts could not be judged: %s", casefile_error(command->casefile));
        return COMMAND_ERROR;
    }
    int status = print(command);
    bool incomplete =
        command->result.interrupted || command->result.error || command->result.volumes_lost > 0;
    return status == COMMAND_CLEAN && incomplete ? COMMAND_INCOMPLETE : status;
}

/* What lies there is read too, so that its own times are known; if the name is a path. */
static void set_prefix(struct time_command *command, struct engine_target *target) {
    const char *name = command->name;
    if (name[0] && name[1] == ':')
        name += 2;
    if (name[0] != '/' && name[0] != '\\')
        return;
    for (const char *c = name; *c; c++)
        text_char(&command->path, *c == '\\' ? '/' : *c);
    target->prefix = text_string(&command->path);
}

static int ask_evidence(struct time_command *command, char *path) {
    struct zygote zygote = {-1, 0};
    void *memory;
    int all, status = COMMAND_ERROR;
    char *operands[] = {path};
    if (command_engine_start_with(&command->engine, &command->given, &command->intel, &zygote)) {
        struct engine_target *targets =
            command_targets(operands, 1, &command->engine, &command->given, &all, &memory);
        if (targets) {
            set_prefix(command, &targets[0]);
            status = examine(command, &zygote, targets, all);
        }
        command_targets_free(targets, 1, memory);
        zygote_stop(&zygote);
    }
    intel_free(&command->intel);
    return status;
}

static int time_run(int argc, char **argv) {
    struct time_command command = {.engine = command_engine_defaults()};
    const char *argument;
    int first, got;
    command.engine.inspect = true;
    command.engine.times_only = command.engine.whole_volume = true;
    while ((got = command_option(&command_time, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&command, options[got].name, argument)) {
            command_error("time: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first != 2 || argv[first + 1][0] == 0) {
        command_error(
            "time: name evidence (or a case) and one file in it, such as 'C:\\Windows\\x.dll' or its MFT entry");
        return COMMAND_ERROR;
    }
    command.name = argv[first + 1];
    int status =
        command_is_case(argv[first]) ? ask_case(&command, argv[first]) : ask_evidence(&command, argv[first]);
    casefile_close(command.casefile);
    text_free(&command.error);
    text_free(&command.path);
    free(command.files);
    return status;
}

const struct command command_time = {
    .name = "time",
    .usage = "[OPTION...] EVIDENCE|CASE PATH|ENTRY",
    .summary = "One file's eight times and history: does anything innocent explain them?",
    .options = options,
    .run = time_run,
};
