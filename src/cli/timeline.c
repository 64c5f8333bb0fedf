#include "report/timeline.h"
#include "cli/command.h"
#include "cli/output_file.h"
#include "engine/casesink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

struct timeline {
    struct engine_options engine;
    struct timeline_options how;
    const char *out; /* NULL: standard output */
    struct output_file file;
    bool incomplete;
};

static const struct command_option options[] = {
    {"format", 'f', "FORMAT", "text (default), csv, jsonl, bodyfile or timesketch (docs/timeline.md)"},
    {"from", 0, "TIME", "leave out what is before TIME, such as 2023-03-22 or 2023-03-22T12:00:00Z"},
    {"to", 0, "TIME", "leave out TIME and what is after it"},
    {"source", 0, "LIST",
     "only these, with commas: file name journal log index pe signature shadow event execution registry download story"},
    {"output", 'o', "FILE", "write there, where nothing may be yet; timesketch wants *.csv or *.jsonl"},
    COMMAND_ENGINE_OPTIONS,
    {0},
};

/* A time, or a day for its first moment. */
static bool take_time(const char *argument, uint64_t *ret) {
    char text[64];
    if (filetime_parse(argument, ret))
        return true;
    if (strlen(argument) > 11 || strchr(argument, 'T'))
        return false;
    snprintf(text, sizeof text, "%sT00:00:00Z", argument);
    return filetime_parse(text, ret);
}

static bool take_option(struct timeline *timeline, const char *name, const char *argument) {
    bool bad = false;
    if (strcmp(name, "format") == 0)
        return timeline_format_parse(argument, &timeline->how.format);
    if (strcmp(name, "from") == 0)
        return take_time(argument, &timeline->how.from);
    if (strcmp(name, "to") == 0)
        return take_time(argument, &timeline->how.to) && timeline->how.to > 0;
    if (strcmp(name, "source") == 0)
        return timeline_event_sources(argument, &timeline->how.sources);
    if (strcmp(name, "output") == 0)
        timeline->out = argument;
    else
        return command_engine_option(&timeline->engine, name, argument, &bad) && !bad;
    return true;
}

static bool ends_in(const char *name, const char *end) {
    size_t size = strlen(name), tail = strlen(end);
    return size > tail && strcmp(name + size - tail, end) == 0;
}

/* Timesketch tells the format of a file by its name. */
static bool choose_format(struct timeline *timeline) {
    if (timeline->how.format != TIMELINE_TIMESKETCH || !timeline->out || ends_in(timeline->out, ".jsonl"))
        return true;
    timeline->how.format = TIMELINE_TIMESKETCH_CSV;
    if (!ends_in(timeline->out, ".csv"))
        command_error("timeline: Timesketch takes files named *.csv or *.jsonl");
    return ends_in(timeline->out, ".csv");
}

/* --- where it goes --- */

static bool open_output(struct timeline *timeline, const struct engine_target *targets, int count) {
    for (int i = 0; timeline->out && i < count; i++)
        if (command_inside(timeline->out, targets[i].path)) {
            command_error("the timeline would be written into the evidence (%s)", targets[i].given);
            return false;
        }
    return output_file_open(&timeline->file, timeline->out);
}

/* --- what it says --- */

static void tell_count(const char *what, uint64_t count) {
    if (count > 0)
        command_error("%s: %llu", what, (unsigned long long)count);
}

static void tell(const struct timeline_result *result) {
    tell_count("lines with the time 0, 1601-01-01, which come first", result->zero);
    tell_count("lines with a time after the year 30828, which is none for Windows and comes last",
               result->beyond);
    tell_count("records of $LogFile that write no time and are not told", result->timeless);
    tell_count("fields longer than Timesketch takes, which were cut", result->cut);
}

static bool tell_gaps(struct casefile *casefile) {
    struct text gaps = {0};
    bool good = timeline_gaps(casefile, &gaps);
    if (gaps.size > 0)
        command_error("%.*s", (int)strcspn(text_string(&gaps), "\n"), text_string(&gaps));
    text_free(&gaps);
    return good;
}

static bool print_case(struct timeline *timeline, struct casefile *casefile) {
    struct timeline_result result = {0};
    bool good =
        tell_gaps(casefile) && timeline_print(casefile, &timeline->how, &timeline->file.output, &result);
    if (good)
        tell(&result);
    else if (result.error[0])
        command_error("no timeline: %s", result.error);
    else if (casefile_error(casefile)[0])
        command_error("the case could not be read: %s", casefile_error(casefile));
    return good;
}

/* --- a case --- */

static bool is_incomplete(struct casefile *casefile) {
    struct db_query *query =
        db_prepare(casefile_db(casefile), "SELECT value FROM meta WHERE key = 'incomplete_because'");
    bool incomplete = query && db_step(query);
    if (incomplete)
        command_error("the case is incomplete: %s", db_text(query, 0, NULL));
    db_finish(query);
    return incomplete;
}

static int timeline_case(struct timeline *timeline, const char *path) {
    struct text error = {0};
    struct engine_target target = {.given = path, .path = path};
    struct casefile *casefile = casefile_open(path, &error);
    int status = COMMAND_ERROR;
    if (!casefile)
        command_error("%s", text_string(&error));
    else if (open_output(timeline, &target, 1)) {
        command_census_note(path, casefile);
        timeline->incomplete = is_incomplete(casefile);
        timeline->how.interrupt = timeline->engine.interrupt;
        if (output_file_close(&timeline->file, print_case(timeline, casefile)))
            status = timeline->incomplete ? COMMAND_INCOMPLETE : COMMAND_CLEAN;
    }
    casefile_close(casefile);
    text_free(&error);
    return status;
}

/* --- evidence --- */

static void complain(struct casefile *casefile) {
    struct db_query *query =
        db_prepare(casefile_db(casefile),
                   "SELECT 'evidence ' || path, state, reason FROM evidence WHERE state <> 'read' UNION ALL"
                   " SELECT 'volume ' || ordinal || ' (' || kind || ')', state, reason FROM volume"
                   " WHERE state <> 'read' UNION ALL SELECT class || ': ' || files, reason, NULL"
                   " FROM coverage WHERE class = 'damaged' OR (reason IS NOT NULL AND class <> 'unread')");
    while (query && db_step(query))
        command_error("%s%s%s%s%s%s", db_text(query, 0, NULL), db_is_null(query, 1) ? "" : ", ",
                      db_text(query, 1, NULL), db_is_null(query, 2) ? "" : " (", db_text(query, 2, NULL),
                      db_is_null(query, 2) ? "" : ")");
    db_finish(query);
}

/* Reads the evidence into a case of nobody else's. */
static bool examine(struct timeline *timeline, struct zygote *zygote, const struct intel *intel,
                    const struct engine_target *targets, int count, struct casefile *casefile,
                    struct engine_result *result) {
    struct casesink sink;
    casesink_init(&sink, casefile);
    if (!command_register(casefile))
        return false;
    bool ran = engine_run(zygote, &timeline->engine, targets, (size_t)count, &sink.sink, result);
    command_engine_end(result);
    return (ran || !result->sink_failed) && command_judge(casefile, intel, "usn_paths") &&
           command_judge(casefile, intel, "services") && command_judge(casefile, intel, "execution") &&
           casefile_finish(casefile, NULL);
}

static int status_of(const struct engine_result *result) {
    if (result->paths_refused > 0 || result->error)
        return COMMAND_ERROR;
    return result->interrupted || result->volumes_lost > 0 || result->lost * 100 > result->seen
               ? COMMAND_INCOMPLETE
               : COMMAND_CLEAN;
}

static int timeline_evidence(struct timeline *timeline, const struct engine_target *targets, int count) {
    struct zygote zygote = {-1, 0};
    struct command_intel given = {0};
    struct intel intel;
    struct engine_result result = {0};
    struct text error = {0};
    int status = COMMAND_ERROR;
    struct casefile *casefile = NULL;
    bool started = command_engine_start_with(&timeline->engine, &given, &intel, &zygote);
    if (started && open_output(timeline, targets, count)) {
        casefile = casefile_create("", false, &error);
        bool good = casefile && examine(timeline, &zygote, &intel, targets, count, casefile, &result);
        if (!good)
            command_error("the evidence could not be read into a temporary case: %s",
                          casefile ? casefile_error(casefile) : text_string(&error));
        else
            complain(casefile);
        if (!result.interrupted) /* else what was read before is told */
            timeline->how.interrupt = timeline->engine.interrupt;
        if (output_file_close(&timeline->file, good && print_case(timeline, casefile)))
            status = status_of(&result);
    }
    casefile_close(casefile);
    if (started)
        zygote_stop(&zygote);
    intel_free(&intel);
    text_free(&error);
    return status;
}

static int timeline_operands(struct timeline *timeline, char **operands, int count) {
    int all;
    void *memory;
    command_signals(&timeline->engine);
    signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is an error like a full disk */
    if (count == 1 && command_is_case(operands[0]))
        return timeline_case(timeline, operands[0]);
    struct engine_target *targets = command_targets(operands, count, &timeline->engine, NULL, &all, &memory);
    int status = targets ? timeline_evidence(timeline, targets, all) : COMMAND_ERROR;
    command_targets_free(targets, count, memory);
    return status;
}

/* What has to be read for what is to be told. */
static void choose_reading(struct engine_options *engine) {
    engine->inspect = true;
    engine->keep_events = true;
}

static int timeline_run(int argc, char **argv) {
    struct timeline timeline = {.engine = command_engine_defaults(),
                                .how = {.sources = (1u << TIMELINE_SOURCES) - 1}};
    const char *argument;
    int first, got;
    choose_reading(&timeline.engine);
    while ((got = command_option(&command_timeline, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&timeline, options[got].name, argument)) {
            command_error("timeline: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (first == argc && timeline.engine.map_count == 0) {
        command_error("timeline: name a case, or at least one file, folder or disk image");
        return COMMAND_ERROR;
    }
    int status =
        choose_format(&timeline) ? timeline_operands(&timeline, argv + first, argc - first) : COMMAND_ERROR;
    return status;
}

const struct command command_timeline = {
    .name = "timeline",
    .usage = "[OPTION...] CASE | PATH...",
    .summary = "What happened when: all times of files, journals, logs and signatures, in order.",
    .options = options,
    .run = timeline_run,
};
