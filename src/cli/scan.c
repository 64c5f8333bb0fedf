#include "base/filetime.h"
#include "base/output.h"
#include "cli/command.h"
#include "cli/command_rules.h"
#include "engine/casesink.h"
#include "report/jsonl.h"
#include "report/story.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 40 };

struct scan {
    struct engine_options engine;
    struct command_intel given;
    struct intel intel;
    const char *out;
    bool replace, jsonl, all, timings;
    enum severity fail_on;
    struct text case_path, error;
    struct command_rules rules;
    struct casefile *casefile;
    struct engine_result result;
    double seconds;
};

static const struct command_option options[] = {
    {"output", 'o', "CASE", "keep the case in this file (default: in the user's state folder)"},
    {"replace", 0, NULL, "overwrite CASE if it exists"},
    {"format", 'f', "FORMAT", "text (the story, default) or jsonl (a finding a line; docs/jsonl.md)"},
    {"all", 'a', NULL, "tell every finding in full, info ones too"},
    {"fail-on", 0, "SEVERITY", "exit 1 from this severity on: info low medium (default) high critical never"},
    {"hash", 0, NULL, "digest every content, not only programs, for lists of digests"},
    {"keep-events", 0, NULL, "keep all of journals, logs, indexes, hives, not only what is new"},
    {"packages", 0, NULL, "open installers and archives in folders and collections, too"},
    {"release", 0, NULL, "keep what a comparison with another release needs; with it --packages and --hash"},
    {"timings", 0, NULL, "say on stderr how long the parts took and how much was read"},
    {"rules", 0, "PATH", "try these rules of YARA: a file, or a folder or ZIP of *.yar; may be repeated"},
    {"intel", 0, "FILE", "lists compiled by assay intel, besides one's own; may be repeated"},
    {"campaign", 0, "FILE",
     "a list of a campaign, to compare with (MISP, STIX, table, lines); may be repeated"},
    {"known", 0, "FILE", "a list of known software (SQLite, as NSRL's RDSv3); may be repeated"},
    COMMAND_INTEL_OPTIONS,
    COMMAND_ENGINE_OPTIONS,
    {0},
};

static bool fail_on(struct scan *scan, const char *word) {
    if (strcmp(word, "never") == 0) {
        scan->fail_on = (enum severity)(SEVERITY_CRITICAL + 1);
        return true;
    }
    for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++)
        if (strcmp(word, severity_word((enum severity)i)) == 0) {
            scan->fail_on = (enum severity)i;
            return true;
        }
    return false;
}

static bool take_option(struct scan *scan, const char *name, const char *argument) {
    bool bad = false;
    if (strcmp(name, "output") == 0)
        scan->out = argument;
    else if (strcmp(name, "replace") == 0)
        scan->replace = true;
    else if (strcmp(name, "format") == 0) {
        scan->jsonl = strcmp(argument, "jsonl") == 0;
        return scan->jsonl || strcmp(argument, "text") == 0;
    } else if (strcmp(name, "all") == 0)
        scan->all = true;
    else if (strcmp(name, "timings") == 0)
        scan->timings = true;
    else if (strcmp(name, "hash") == 0)
        scan->engine.hash = true;
    else if (strcmp(name, "keep-events") == 0)
        scan->engine.keep_events = true;
    else if (strcmp(name, "packages") == 0)
        scan->engine.packages = true;
    else if (strcmp(name, "release") == 0)
        scan->engine.release = scan->engine.packages = scan->engine.hash = true;
    else if (strcmp(name, "fail-on") == 0)
        return fail_on(scan, argument);
    else if (command_intel_option(&scan->given, name, argument, &bad))
        return !bad;
    else
        return command_engine_option(&scan->engine, name, argument, &bad) && !bad;
    return true;
}

/* --- where the case goes --- */

static bool make_folders(const char *path) {
    char part[PATH_MAX];
    if (strlen(path) >= sizeof part)
        return false;
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return true;
}

/* A file name that says when and what: only letters, digits, dots and dashes. */
static void default_name(struct text *path, const char *operand) {
    char now[FILETIME_TEXT], name[NAME_BYTES + 1];
    size_t size = strlen(operand), n = 0;
    filetime_text(filetime_now(), now);
    while (size > 0 && operand[size - 1] == '/')
        size--;
    size_t start = size;
    while (start > 0 && operand[start - 1] != '/')
        start--;
    for (; start < size && n < NAME_BYTES; start++) {
        char c = operand[start];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                     c == '-';
        name[n++] = plain ? c : '_';
    }
    name[n] = 0;
    for (size_t i = 0; now[i]; i++)
        if (now[i] != ':')
            text_char(path, now[i] == '.' ? '-' : now[i]);
    text_format(path, "-%s.assay", n ? name : "case");
}

static void choose_path(struct scan *scan, const char *operand) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (scan->out) {
        text_add(&scan->case_path, scan->out);
        return;
    }
    if (state && state[0] == '/')
        text_format(&scan->case_path, "%s/assay/cases/", state);
    else if (home && home[0] == '/')
        text_format(&scan->case_path, "%s/.local/state/assay/cases/", home);
    if (scan->case_path.size > 0 && make_folders(text_string(&scan->case_path)) &&
        access(text_string(&scan->case_path), W_OK) == 0) {
        default_name(&scan->case_path, operand);
        return;
    }
    /* The answer matters more than the file. */
    command_error("no state folder to keep the case in, so it is not kept; name a file with -o");
    text_clear(&scan->case_path);
}

static bool open_case(struct scan *scan, const struct engine_target *targets, int count) {
    const char *path = scan->case_path.size ? text_string(&scan->case_path) : NULL;
    for (int i = 0; path && i < count; i++)
        if (command_inside(path, targets[i].path)) {
            command_error("the case would be written into the evidence (%s): choose another place with -o",
                          targets[i].given);
            return false;
        }
    scan->casefile = casefile_create(path, scan->replace, &scan->error);
    bool there = path && !scan->replace && access(path, F_OK) == 0;
    if (!scan->casefile)
        command_error("%s%s", text_string(&scan->error), there ? " (--replace overwrites it)" : "");
    return scan->casefile != NULL;
}

/* --- the run --- */

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool write_policies(struct scan *scan) {
    bool good = true;
    for (size_t i = 0; good && i < scan->intel.policies.count; i++) {
        struct text text = {0};
        char key[40];
        snprintf(key, sizeof key, "driver_policy_%zu", i + 1);
        policy_tell(scan->intel.policies.list[i], true, &text);
        good = casefile_run(scan->casefile, key, text_string(&text));
        text_free(&text);
    }
    return good;
}

static bool write_lists(struct scan *scan) {
    bool good = true;
    size_t number = 0;
    for (size_t i = 0; i < scan->intel.lists.count; i++)
        for (size_t n = 0; good && n < lists_count(&scan->intel.lists.shelf[i].lists); n++) {
            struct lists_list list;
            struct text text = {0};
            char key[40];
            snprintf(key, sizeof key, "list_%zu", ++number);
            lists_list(&scan->intel.lists.shelf[i].lists, n, &list);
            lists_file_tell(&list, &text);
            good = casefile_run(scan->casefile, key, text_string(&text));
            text_free(&text);
        }
    return good;
}

static bool write_campaigns(struct scan *scan) {
    struct text text = {0};
    campaigns_tell(&scan->intel.campaigns, 0, &text);
    bool good = casefile_run(scan->casefile, "campaigns", text_string(&text));
    text_free(&text);
    return good;
}

static bool write_rules(struct scan *scan) {
    struct text text = {0};
    command_rules_tell(&scan->rules, &text);
    bool good = text.size == 0 || casefile_run(scan->casefile, "rules", text_string(&text));
    text_free(&text);
    return good;
}

static bool write_run(struct scan *scan, uint64_t started) {
    char judged[FILETIME_TEXT];
    filetime_text(scan->intel.now, judged);
    char text[FILETIME_TEXT], number[64];
    bool good;
    filetime_text(started, text);
    good = casefile_run(scan->casefile, "started", text);
    filetime_text(filetime_now(), text);
    good = good && casefile_run(scan->casefile, "ended", text) &&
           casefile_run(scan->casefile, "judged_at", judged);
    snprintf(number, sizeof number, "%.2f", scan->seconds);
    good = good && casefile_run(scan->casefile, "seconds", number);
    snprintf(number, sizeof number, "%llu", (unsigned long long)scan->result.bytes_read);
    good = good && casefile_run(scan->casefile, "bytes_read", number);
    snprintf(number, sizeof number, "%u", scan->result.deaths);
    good = good && casefile_run(scan->casefile, "workers_replaced", number);
    if (scan->engine.unconfined)
        snprintf(number, sizeof number, "none (--unconfined)");
    else
        snprintf(number, sizeof number,
                 scan->result.landlock ? "seccomp, Landlock ABI %u" : "seccomp, no Landlock",
                 scan->result.landlock);
    return good && casefile_run(scan->casefile, "confinement", number) && write_policies(scan) &&
           write_lists(scan) && write_campaigns(scan) && write_rules(scan);
}

static bool much_is_lost(const struct engine_result *result) {
    return result->lost * 100 > result->seen;
}

static const char *incomplete(const struct scan *scan) {
    const struct engine_result *result = &scan->result;
    if (result->interrupted)
        return "interrupted";
    return result->error              ? result->error
           : result->astray > 0       ? "nothing lies at an address that was given"
           : result->volumes_lost > 0 ? "an image or volume could not be read, or not wholly"
           : much_is_lost(result)     ? "more than 1 % of the files and streams could not be read whole"
                                      : NULL;
}

/* Before judges run, so that they know. */
static bool say_incomplete(struct scan *scan) {
    const char *because = incomplete(scan);
    return casefile_meta(scan->casefile, "complete", because ? "0" : "1") &&
           (!because || casefile_meta(scan->casefile, "incomplete_because", because));
}

static bool examine(struct scan *scan, struct zygote *zygote, const struct engine_target *targets,
                    int count) {
    struct casesink sink;
    uint64_t started = filetime_now();
    double before = seconds_now();
    casesink_init(&sink, scan->casefile);
    if (!command_register(scan->casefile))
        return false;
    bool ran = engine_run(zygote, &scan->engine, targets, (size_t)count, &sink.sink, &scan->result);
    double middle = seconds_now();
    if (!ran && scan->result.sink_failed)
        return false;
    bool good = say_incomplete(scan) && command_judge(scan->casefile, &scan->intel, NULL);
    scan->seconds = seconds_now() - before;
    good = good && write_run(scan, started) && casefile_finish(scan->casefile, incomplete(scan));
    if (scan->timings)
        fprintf(stderr, "assay: evidence %.3f s, judges and case %.3f s, %llu bytes of evidence read\n",
                middle - before, seconds_now() - middle, (unsigned long long)scan->result.bytes_read);
    return good;
}

static bool print(struct scan *scan) {
    struct output output;
    output_init(&output, 1);
    bool good;
    if (scan->jsonl) {
        struct jsonl_options how = {.texts = false};
        good = jsonl_print(scan->casefile, &how, &output);
    } else {
        struct story_options how = {
            .width = command_width(), .colour = isatty(1) && !getenv("NO_COLOR"), .all = scan->all};
        good = story_print(scan->casefile, &how, &output);
        struct text line = {0};
        text_add(&line, "case: ");
        text_terminal(&line, text_string(&scan->case_path), scan->case_path.size);
        text_char(&line, '\n');
        if (scan->case_path.size > 0)
            output_text(&output, &line);
        text_free(&line);
    }
    good = output_end(&output) && good;
    if (!good && !output_gone(&output))
        command_error("the result could not be printed: %s",
                      output.error ? output_reason(&output) : casefile_error(scan->casefile));
    return good;
}

static int status_of(struct scan *scan) {
    uint64_t findings = 0;
    const struct engine_result *result = &scan->result;
    if (scan->fail_on <= SEVERITY_CRITICAL &&
        !story_count(scan->casefile, scan->fail_on, STRENGTH_FIRM, &findings))
        return COMMAND_ERROR;
    if (findings > 0)
        return COMMAND_FOUND;
    if (result->paths_refused > 0)
        return COMMAND_ERROR;
    return result->interrupted || result->error || result->volumes_lost > 0 || much_is_lost(result)
               ? COMMAND_INCOMPLETE
               : COMMAND_CLEAN;
}

static int scan_targets(struct scan *scan, const struct engine_target *targets, int count) {
    struct zygote zygote = {-1, 0};
    int status = COMMAND_ERROR;
    if (!command_rules_load(&scan->rules, &scan->given, true, &scan->engine) ||
        !command_engine_start_with(&scan->engine, &scan->given, &scan->intel, &zygote)) {
        command_rules_free(&scan->rules);
        intel_free(&scan->intel);
        return status;
    }
    choose_path(scan, targets[0].path);
    if (open_case(scan, targets, count)) {
        bool written = examine(scan, &zygote, targets, count);
        command_engine_end(&scan->result);
        if (!written)
            command_error("the case could not be written: %s", casefile_error(scan->casefile));
        else
            status = print(scan) ? status_of(scan) : COMMAND_ERROR;
    }
    casefile_close(scan->casefile);
    zygote_stop(&zygote);
    intel_free(&scan->intel);
    command_rules_free(&scan->rules);
    return status;
}

static int scan_run(int argc, char **argv) {
    struct scan scan = {.fail_on = SEVERITY_MEDIUM};
    const char *argument;
    int first, got;
    void *memory;
    scan.engine = command_engine_defaults();
    scan.engine.inspect = true;
    while ((got = command_option(&command_scan, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&scan, options[got].name, argument)) {
            command_error("scan: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (first == argc && scan.engine.map_count == 0) {
        command_error("scan: name at least one file, folder or disk image");
        return COMMAND_ERROR;
    }
    int all;
    struct engine_target *targets =
        command_targets(argv + first, argc - first, &scan.engine, &scan.given, &all, &memory);
    int status = targets ? scan_targets(&scan, targets, all) : COMMAND_ERROR;
    command_targets_free(targets, argc - first, memory);
    text_free(&scan.case_path);
    text_free(&scan.error);
    return status;
}

const struct command command_scan = {
    .name = "scan",
    .usage = "[OPTION...] PATH...",
    .summary = "What is in this file, folder or disk image, and what is wrong with it?",
    .options = options,
    .run = scan_run,
};
