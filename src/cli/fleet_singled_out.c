#include "cli/fleet_singled_out.h"

#include "cli/fleet_progress.h"
#include "cli/output_file.h"
#include "judge/singled.h"
#include "report/fleet_singled.h"

#include <errno.h>
#include <unistd.h>

enum { TARGETS = 64 << 20 }; /* bytes of a target list */

static const struct command_option options[] = {
    {"element", 'e', "ELEMENT",
     "what the hosts have in common: sha256:…, authentihash:…, product:…, name:…, marked:…; default: what stands out"},
    {"targets", 0, "FILE",
     "names of hosts and domains, MAC addresses, digests of these, a line each: told beside"},
    {"limit", 'n', "N", "hosts that are told (default 20; 0: all); whoever is called is told"},
    {"format", 'f', "FORMAT", "text (default), jsonl or csv (docs/singled-out.md)"},
    {"output", 'o', "FILE", "write there, where nothing may be yet"},
    {0},
};

struct request {
    struct singled_options ask;
    const char *format, *output, *targets;
};

static bool set(struct request *request, const char *name, const char *argument) {
    uint64_t number;
    if (strcmp(name, "element") == 0)
        request->ask.element = argument;
    else if (strcmp(name, "targets") == 0)
        request->targets = argument;
    else if (strcmp(name, "output") == 0)
        request->output = argument;
    else if (strcmp(name, "format") == 0) {
        request->format = argument;
        return strcmp(argument, "text") == 0 || strcmp(argument, "jsonl") == 0 ||
               strcmp(argument, "csv") == 0;
    } else {
        if (!command_number(argument, &number) || number > INT64_MAX)
            return false;
        request->ask.most = number == 0 || number > UINT32_MAX ? UINT32_MAX : (unsigned)number;
    }
    return true;
}

static bool read_targets(const char *path, struct text *ret) {
    char buffer[65536];
    FILE *file = fopen(path, "r");
    size_t got;
    ret->max = TARGETS;
    if (!file) {
        command_error("%s: %s", path, strerror(errno));
        return false;
    }
    while ((got = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_bytes(ret, buffer, got);
    bool good = !ferror(file) && !ret->full;
    fclose(file);
    if (!good)
        command_error("%s: it cannot be read, or is too long for a list", path);
    if (good && memchr(text_string(ret), 0, ret->size)) {
        command_error("%s: no list in UTF-8", path); /* UTF-16 would be read as a list that names nobody */
        good = false;
    }
    return good;
}

static bool print(const struct singled *singled, const struct request *request) {
    struct output_file file;
    const struct fleet_singled_options how = {.width = command_width(),
                                              .colour = !request->output && isatty(1) && !getenv("NO_COLOR"),
                                              .answer = singled_answer_word(singled->answer)};
    if (!output_file_open(&file, request->output))
        return false;
    if (strcmp(request->format, "jsonl") == 0)
        fleet_singled_jsonl(singled, &how, &file.output);
    else if (strcmp(request->format, "csv") == 0)
        fleet_singled_csv(singled, &file.output);
    else
        fleet_singled_text(singled, &how, &file.output);
    return output_file_close(&file, true);
}

static int status_of(enum singled_answer answer) {
    return answer == SINGLED_SOMEBODY ? COMMAND_FOUND
           : answer == SINGLED_NOBODY ? COMMAND_CLEAN
                                      : COMMAND_INCOMPLETE;
}

static int judge(const char *where, const struct request *request) {
    struct text why = {0};
    struct singled singled;
    struct store *store = store_open(where, STORE_READ, &why);
    if (!store) {
        command_error("%s", text_string(&why));
        text_free(&why);
        return COMMAND_ERROR;
    }
    fleet_progress_start(store, NULL);
    bool good = singled_judge(store, &request->ask, &singled, &why);
    fleet_progress_end(store);
    if (!good)
        command_error("%s", text_string(&why));
    int status = good && print(&singled, request) ? status_of(singled.answer) : COMMAND_ERROR;
    singled_free(&singled);
    store_close(store);
    text_free(&why);
    return status;
}

int fleet_singled_out_run(int argc, char **argv) {
    struct request request = {.format = "text"};
    struct text targets = {0};
    const char *argument;
    int first, got;
    while ((got = command_option(&fleet_singled_out, argc, argv, &argument, &first)) >= 0)
        if (!set(&request, options[got].name, argument)) {
            command_error("fleet singled-out: '%s' is no good for --%s", argument, options[got].name);
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first != 1) {
        command_error("fleet singled-out: name one store");
        return COMMAND_ERROR;
    }
    int status = COMMAND_ERROR;
    if (!request.targets || read_targets(request.targets, &targets)) {
        request.ask.targets = request.targets ? text_string(&targets) : NULL;
        status = judge(argv[first], &request);
    }
    text_free(&targets);
    return status;
}

const struct command fleet_singled_out = {
    .name = "fleet singled-out",
    .usage = "[OPTION]... STORE",
    .summary = "Who, among the hosts with a common element, has something that none of the others has?",
    .options = options,
    .run = fleet_singled_out_run,
};
