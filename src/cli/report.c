#include "base/digest.h"
#include "cli/command.h"
#include "cli/output_file.h"
#include "report/export.h"

#include <string.h>
#include <unistd.h>

struct report {
    const struct export_format *format;
    struct export_options how;
    const char *out;
};

static const struct command_option options[] = {
    {"format", 'f', "FORMAT",
     "by default text, or by the ending of FILE: html text jsonl csv sarif stix misp ecs timesketch timesketch-csv bodyfile"},
    {"output", 'o', "FILE", "write there, where nothing may be yet"},
    {"severity", 's', "LEVEL", "leave out findings below: info (default) low medium high critical"},
    {0},
};

static bool take_severity(struct report *report, const char *word) {
    for (int i = 0; i <= SEVERITY_CRITICAL; i++)
        if (strcmp(word, severity_word((enum severity)i)) == 0) {
            report->how.least = (enum severity)i;
            return true;
        }
    return false;
}

static bool take_option(struct report *report, const char *name, const char *argument) {
    if (strcmp(name, "format") == 0)
        return (report->format = export_find(argument)) != NULL;
    if (strcmp(name, "severity") == 0)
        return take_severity(report, argument);
    report->out = argument;
    return true;
}

/* The form whose name ends the file's, text for any other. */
static const struct export_format *by_ending(const char *path) {
    const char *dot = path ? strrchr(path, '.') : NULL;
    const struct export_format *format = dot ? export_find(dot + 1) : NULL;
    return format ? format : export_find("text");
}

static int print(const struct report *report, const char *path) {
    struct text error = {0};
    struct output_file file;
    struct casefile *casefile = casefile_open(path, &error);
    if (!casefile)
        command_error("%s", text_string(&error));
    text_free(&error);
    bool good = casefile && output_file_open(&file, report->out);
    if (good) {
        good = report->format->print(casefile, &report->how, &file.output);
        if (!good && file.output.error == 0)
            command_error("%s: %s", path, casefile_error(casefile));
        good = output_file_close(&file, good);
    }
    casefile_close(casefile);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

static int report_run(int argc, char **argv) {
    struct report report = {0};
    const char *argument;
    int first, got;
    while ((got = command_option(&command_report, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&report, options[got].name, argument)) {
            command_error("report: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first != 1) {
        command_error("report: name one case");
        return COMMAND_ERROR;
    }
    if (!digest_prepare()) {
        command_error("the cryptographic library lacks a digest");
        return COMMAND_ERROR;
    }
    if (!report.format)
        report.format = by_ending(report.out);
    report.how.width = command_width();
    report.how.colour = !report.out && isatty(1) && !getenv("NO_COLOR");
    return print(&report, argv[first]);
}

const struct command command_report = {
    .name = "report",
    .usage = "[OPTION...] CASE",
    .summary = "What does a case say, as a page for people or as records for programs?",
    .options = options,
    .run = report_run,
};
