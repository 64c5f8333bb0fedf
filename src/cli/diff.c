#include "judge/diff.h"

#include "base/output.h"
#include "cli/command_rules.h"
#include "engine/casesink.h"
#include "report/diff.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY ((size_t)2 << 30) /* of what is compared and told */

enum { RELEASES = 64, LIST = 64 << 20 /* bytes of a list of digests */ };

struct diff_command {
    struct engine_options engine;
    struct command_intel given;
    struct command_rules rules;
    struct intel intel;
    struct zygote zygote;
    struct diff_report report;
    diff_printer *printer;
    const char *baseline, *builds, *upstream;
    struct release extras[2];
    struct diff_known known;
    struct diff_others others;
    bool replace, started, incomplete;
    struct casefile *cases[RELEASES + 2];
    struct release releases[RELEASES];
    size_t count, open; /* releases; cases */
    struct job job;
    struct text error;
};

static const struct command_option options[] = {
    {"format", 'f', "FORMAT", "text (default), jsonl, sarif (2.1.0), markdown or html"},
    {"all", 'a', NULL, "tell what stayed the same, too, and every difference"},
    {"fail-on", 0, "SEVERITY", "exit 1 from this severity on: info low medium (default) high critical never"},
    {"baseline", 'b', "CASE", "keep what is known of NEW in this file, for later comparisons"},
    {"replace", 0, NULL, "overwrite that file if it exists"},
    {"unsigned", 0, "BUILD", "what was built: NEW must be that, but for its signatures"},
    {"upstream", 0, "PATH", "published builds of components of NEW, or their digests (sha256sum)"},
    {"rules", 0, "PATH", "try these rules of YARA: a file, or a folder or ZIP of *.yar; may be repeated"},
    COMMAND_INTEL_OPTIONS,
    COMMAND_ENGINE_OPTIONS,
    {0},
};

static const struct {
    const char *name;
    diff_printer *printer;
} formats[] = {{"text", diff_text},
               {"jsonl", diff_jsonl},
               {"sarif", diff_sarif},
               {"markdown", diff_markdown},
               {"html", diff_html}};

static bool take_format(struct diff_command *command, const char *word) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, word) == 0)
            return command->printer = formats[i].printer, true;
    return false;
}

static bool fail_on(struct diff_command *command, const char *word) {
    for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++)
        if (strcmp(word, severity_word((enum severity)i)) == 0)
            return command->report.fail_on = (enum severity)i, true;
    command->report.fail_on = (enum severity)(SEVERITY_CRITICAL + 1);
    return strcmp(word, "never") == 0;
}

static bool take_option(struct diff_command *command, const char *name, const char *argument) {
    bool bad = false;
    if (strcmp(name, "format") == 0)
        return take_format(command, argument);
    if (strcmp(name, "fail-on") == 0)
        return fail_on(command, argument);
    if (strcmp(name, "all") == 0)
        return command->report.all = true;
    if (strcmp(name, "replace") == 0)
        return command->replace = true;
    if (strcmp(name, "baseline") == 0)
        return (command->baseline = argument)[0] != 0;
    if (strcmp(name, "unsigned") == 0)
        return (command->builds = argument)[0] != 0;
    if (strcmp(name, "upstream") == 0)
        return (command->upstream = argument)[0] != 0;
    if (command_intel_option(&command->given, name, argument, &bad))
        return !bad;
    return command_engine_option(&command->engine, name, argument, &bad) && !bad;
}

/* --- releases --- */

/* Workers are started when the first release has to be read. */
static bool start(struct diff_command *command) {
    if (!command->started &&
        (!command_rules_load(&command->rules, &command->given, true, &command->engine) ||
         !command_engine_start_with(&command->engine, &command->given, &command->intel, &command->zygote)))
        return false;
    command->started = true;
    return true;
}

static struct casefile *read_case(struct diff_command *command, const char *path) {
    struct casefile *casefile = casefile_open(path, &command->error);
    if (!casefile)
        command_error("%s", text_string(&command->error));
    return casefile;
}

/* Which rules were tried: a comparison with a case of others must not take all matches for new. */
static bool write_rules(struct diff_command *command, struct casefile *casefile) {
    struct text text = {0};
    command_rules_tell(&command->rules, &text);
    bool good = text.size == 0 || casefile_run(casefile, "rules", text_string(&text));
    text_free(&text);
    return good;
}

static bool fill(struct diff_command *command, struct casefile *casefile, char *path) {
    struct casesink sink;
    struct engine_result result = {0};
    void *memory;
    int all;
    struct engine_target *targets =
        command_targets(&path, 1, &command->engine, &command->given, &all, &memory);
    if (!targets)
        return false;
    casesink_init(&sink, casefile);
    bool good = command_register(casefile) && write_rules(command, casefile);
    bool ran =
        good && engine_run(&command->zygote, &command->engine, targets, (size_t)all, &sink.sink, &result);
    if (good)
        command_engine_end(&result);
    command_targets_free(targets, 1, memory);
    bool lost = result.interrupted || result.error || result.paths_refused > 0;
    good = good && (ran || !result.sink_failed) && command_judge(casefile, &command->intel, "trust") &&
           casefile_finish(casefile, lost ? "not all of the release could be read" : NULL);
    if (!good && casefile_error(casefile)[0])
        command_error("what is known of %s could not be kept: %s", path, casefile_error(casefile));
    if (good && result.paths_refused > 0)
        command_error("%s could not be read", path);
    return good && result.paths_refused == 0 && !result.interrupted;
}

/* NEW may be kept under a name; all others are gone with the process. */
static struct casefile *read_evidence(struct diff_command *command, char *path, const char *keep) {
    if (access(path, F_OK) != 0) {
        command_error("%s: there is no such file or folder", path);
        return NULL;
    }
    if (keep && command_inside(keep, path)) {
        command_error("the baseline would be written into the release (%s)", path);
        return NULL;
    }
    if (!start(command))
        return NULL;
    struct casefile *casefile = casefile_create(keep ? keep : "", command->replace, &command->error);
    if (!casefile)
        command_error("%s%s", text_string(&command->error),
                      keep && !command->replace && access(keep, F_OK) == 0 ? " (--replace overwrites it)"
                                                                           : "");
    else if (!fill(command, casefile, path)) {
        casefile_close(casefile);
        casefile = NULL;
    }
    return casefile;
}

static bool load(struct diff_command *command, char *path, const char *keep, struct release *ret) {
    struct casefile *casefile =
        command_is_case(path) ? read_case(command, path) : read_evidence(command, path, keep);
    if (!casefile)
        return false;
    command->cases[command->open++] = casefile;
    if (!release_load(&command->job, casefile, ret)) {
        command_error("what is known of %s could not be read: %s", path,
                      casefile_error(casefile)[0] ? casefile_error(casefile) : "out of memory");
        return false;
    }
    if (ret->count == 0)
        command_error("%s: no file of a release was found in it", path);
    return ret->count > 0;
}

static bool add_release(struct diff_command *command, char *path, bool last) {
    if (last && command->baseline && command_is_case(path)) {
        command_error("diff: %s is kept already", path);
        return false;
    }
    return load(command, path, last ? command->baseline : NULL, &command->releases[command->count++]);
}

/* Does it begin with a digest? */
static bool is_list(struct span text) {
    size_t n = 0;
    while (n < text.size && n < 64 && strchr("0123456789abcdefABCDEF", (int)text.data[n]) && text.data[n])
        n++;
    return n == 64 && span_u8(text, 64) == ' ';
}

/* A list of digests; false if it is none or broken, *said if that was said. */
static bool read_list(struct diff_command *command, const char *path, bool *said) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    uint64_t line = 0;
    bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 && st.st_size <= LIST;
    size_t size = good ? (size_t)st.st_size : 0;
    uint8_t *bytes = good ? job_alloc(&command->job, size, 1) : NULL;
    good = bytes && pread(fd, bytes, size, 0) == (ssize_t)size && is_list(span_of(bytes, size, 0));
    if (fd >= 0)
        close(fd);
    if (!good)
        return false;
    good = diff_known_read(&command->job, span_of(bytes, size, 0), &command->known, &line);
    *said = !good;
    if (!good)
        command_error("%s: line %llu is no digest with a name", path, (unsigned long long)line);
    return good;
}

static bool add_others(struct diff_command *command) {
    bool said = false;
    struct diff_others *others = &command->others;
    if (command->builds) {
        if (!load(command, (char *)(uintptr_t)command->builds, NULL, &command->extras[0]))
            return false;
        others->builds = &command->extras[0];
    }
    if (!command->upstream)
        return true;
    if (read_list(command, command->upstream, &said)) {
        others->known = &command->known;
        return true;
    }
    others->upstream = &command->extras[1];
    return !said && load(command, (char *)(uintptr_t)command->upstream, NULL, &command->extras[1]);
}

/* --- the answer --- */

static const char *label(struct job *job, const char *path) {
    struct text text = {0};
    text_from_bytes(&text, span_of(path, strlen(path), 0));
    const char *ret = release_text(job, text_string(&text), text.size);
    text_free(&text);
    return ret;
}

static int answer(struct diff_command *command, char **paths) {
    static struct diff diff;
    struct output output;
    size_t last = command->count - 1;
    if (!diff_compare(&command->job, command->releases, last, &command->releases[last], &command->others,
                      &diff)) {
        command_error("the releases could not be compared: %s",
                      command->job.fault.code != FAULT_NONE ? "out of memory" : "a case could not be read");
        return COMMAND_ERROR;
    }
    diff.before.label = label(&command->job, paths[last - 1]);
    diff.after.label = label(&command->job, paths[last]);
    output_init(&output, 1);
    command->printer(&diff, &command->report, &output);
    bool good = output_end(&output);
    if (!good && !output_gone(&output))
        command_error("the result could not be printed: %s", output_reason(&output));
    if (!good)
        return COMMAND_ERROR;
    if (command->report.fail_on <= SEVERITY_CRITICAL &&
        diff_count_from(&diff, command->report.fail_on, STRENGTH_FIRM) > 0)
        return COMMAND_FOUND;
    return diff.before.complete && diff.after.complete ? COMMAND_CLEAN : COMMAND_INCOMPLETE;
}

static int compare(struct diff_command *command, char **paths, int count) {
    bool good = true;
    int status = COMMAND_ERROR;
    job_init(&command->job, MEMORY);
    for (int i = 0; good && i < count; i++)
        good = add_release(command, paths[i], i + 1 == count);
    if (good && add_others(command))
        status = answer(command, paths);
    for (size_t i = 0; i < command->open; i++)
        casefile_close(command->cases[i]);
    job_reset(&command->job);
    if (command->started) {
        zygote_stop(&command->zygote);
        intel_free(&command->intel);
    }
    command_rules_free(&command->rules);
    text_free(&command->error);
    return status;
}

static int diff_run(int argc, char **argv) {
    static struct diff_command command;
    const char *argument;
    int first, got;
    command = (struct diff_command){.zygote = {-1, 0}, .rules = {.bundle = -1}, .printer = diff_text};
    command.engine = command_engine_defaults();
    command.engine.inspect = command.engine.hash = command.engine.packages = command.engine.release = true;
    command.report = (struct diff_report){
        .width = command_width(), .colour = isatty(1) && !getenv("NO_COLOR"), .fail_on = SEVERITY_MEDIUM};
    while ((got = command_option(&command_diff, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&command, options[got].name, argument)) {
            command_error("diff: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first < 2 || argc - first > RELEASES) {
        command_error(argc - first < 2 ? "diff: name an earlier release and a later one"
                                       : "diff: too many releases");
        return COMMAND_ERROR;
    }
    return compare(&command, argv + first, argc - first);
}

const struct command command_diff = {
    .name = "diff",
    .usage = "[OPTION...] OLD... NEW",
    .summary = "What changed between two releases, and should this one be stopped?",
    .options = options,
    .run = diff_run,
};
