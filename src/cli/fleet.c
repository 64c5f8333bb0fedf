/* assay fleet: one subcommand of many; each is a line here. */
#include "cli/fleet.h"

#include "base/digest.h"
#include "base/filetime.h"
#include "cli/fleet_progress.h"
#include "cli/fleet_singled_out.h"

#include <string.h>

static const struct command *const subcommands[] = {
    &fleet_add,   &fleet_hosts, &fleet_stack, &fleet_common, &fleet_search,      &fleet_diff,
    &fleet_watch, &fleet_map,   &fleet_place, &fleet_forget, &fleet_singled_out,
};

enum { SUBCOMMANDS = sizeof subcommands / sizeof subcommands[0] };

struct store *fleet_open(const char *where, enum store_mode mode) {
    struct text error = {0};
    struct store *store = store_open(where, mode, &error);
    if (!store)
        command_error("%s", text_string(&error));
    text_free(&error);
    return store;
}

static bool small_number(const char *text, uint64_t most, uint64_t *ret) {
    return command_number(text, ret) && *ret <= most;
}

/* A day, or a time. */
static bool moment(const char *text, uint64_t *ret) {
    char whole[FILETIME_TEXT];
    if (strlen(text) == 10) {
        snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
        return filetime_parse(whole, ret);
    }
    return filetime_parse(text, ret);
}

static bool is_kind(const char *word) {
    for (int i = 0; i < STORE_KINDS; i++)
        if (strcmp(word, rows_kind_word((enum store_kind)i)) == 0)
            return true;
    return false;
}

bool fleet_option(struct fleet_asked *asked, const char *name, const char *argument) {
    if (strcmp(name, "format") == 0)
        return fleet_table_parse(argument, &asked->format);
    if (strcmp(name, "limit") == 0)
        return small_number(argument, INT64_MAX, &asked->limit);
    if (strcmp(name, "rare") == 0)
        return small_number(argument, STORE_RARE, &asked->rare) && asked->rare > 0;
    if (strcmp(name, "since") == 0)
        return moment(argument, &asked->since);
    if (strcmp(name, "element") == 0)
        return asked->has_element = questions_element(argument, &asked->element);
    if (strcmp(name, "kind") == 0) {
        asked->kind = argument;
        return is_kind(argument);
    }
    if (strcmp(name, "added") == 0)
        asked->added = true;
    else if (strcmp(name, "most") == 0)
        asked->most = true;
    else if (strcmp(name, "sites") == 0)
        asked->sites = true;
    else if (strcmp(name, "approximate") == 0)
        asked->approximate = true;
    else
        asked->out = argument;
    return true;
}

bool fleet_element(struct store *store, const struct fleet_asked *asked, struct questions_element *ret) {
    *ret = asked->element;
    if (asked->has_element || questions_found_element(store, ret))
        return true;
    if (store_error(store)[0] == 0)
        command_error("nothing that was found to be at least high is on two hosts: name an --element");
    return false;
}

static int answer(const struct fleet_question *question, const struct fleet_asked *asked, char **operands) {
    struct output_file file;
    struct store *store = fleet_open(operands[0], STORE_READ);
    bool good = store && output_file_open(&file, asked->out);
    if (good) {
        struct fleet_table table = {.format = asked->format, .output = &file.output};
        fleet_progress_start(store, text_string(&file.partial));
        good = question->ask(&table, store, asked, operands + 1);
        fleet_progress_end(store);
        if (store_error(store)[0])
            command_error("%s", store_error(store));
        good = output_file_close(&file, good);
    }
    store_close(store);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

int fleet_ask(const struct fleet_question *question, int argc, char **argv) {
    const struct command *command = question->command;
    struct fleet_asked asked = question->defaults;
    const char *argument;
    int first, got;
    while ((got = command_option(command, argc, argv, &argument, &first)) >= 0)
        if (!fleet_option(&asked, command->options[got].name, argument)) {
            command_error("%s: --%s does not take '%s'", command->name, command->options[got].name,
                          argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first != 1 + question->operands) {
        command_error("usage: assay %s %s", command->name, command->usage);
        return COMMAND_ERROR;
    }
    return answer(question, &asked, argv + first);
}

static int help(FILE *to) {
    fputs("usage: assay fleet SUBCOMMAND [OPTION...] STORE [OPERAND...]\n\n"
          "STORE is a file, or clickhouse://USER@HOST:PORT/DATABASE (docs/fleet.md).\n\n",
          to);
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(to, "  %-13s %s\n", subcommands[i]->name + strlen("fleet "), subcommands[i]->summary);
    fputs("\n  assay fleet SUBCOMMAND --help   options of a subcommand\n", to);
    return to == stdout ? COMMAND_CLEAN : COMMAND_ERROR;
}

static int fleet_run(int argc, char **argv) {
    if (argc < 2)
        return help(stderr);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(stdout);
    if (!digest_prepare()) {
        command_error("the cryptographic library lacks a digest");
        return COMMAND_ERROR;
    }
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        if (strcmp(subcommands[i]->name + strlen("fleet "), argv[1]) == 0)
            return subcommands[i]->run(argc - 1, argv + 1);
    command_error("fleet: no subcommand '%s'; 'assay fleet --help' lists them", argv[1]);
    return COMMAND_ERROR;
}

static const struct command_option options[] = {{0}};

const struct command command_fleet = {
    .name = "fleet",
    .usage = "SUBCOMMAND [OPTION...] STORE [OPERAND...]",
    .summary = "The cases of many hosts in one store: who has what, and what is rare.",
    .options = options,
    .run = fleet_run,
};
