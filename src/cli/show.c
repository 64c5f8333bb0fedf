#include "report/show.h"

#include "base/output.h"
#include "cli/command.h"

#include <unistd.h>

static const struct command_option options[] = {{0}};

/* Several files may have the name. */
static void tell_candidates(struct casefile *casefile, const int64_t *found, size_t count,
                            struct output *output) {
    struct text line = {0};
    for (size_t i = 0; i < count && i < SHOW_CANDIDATES; i++) {
        text_format(&line, "#%-8lld ", (long long)found[i]);
        if (!show_place(casefile, found[i], &line))
            text_char(&line, '?');
        text_char(&line, '\n');
        output_text(output, &line);
    }
    text_free(&line);
}

static int tell(struct casefile *casefile, const char *path, const char *what, struct output *output) {
    struct wrap wrap = {.width = command_width(), .colour = isatty(1) && !getenv("NO_COLOR")};
    int64_t found[SHOW_CANDIDATES];
    size_t count = 0;
    bool good = what ? show_find(casefile, what, found, &count) : show_list(casefile, &wrap, output);
    if (good && what && count == 1)
        good = show_artifact(casefile, found[0], &wrap, output);
    else if (good && what && count > 1)
        tell_candidates(casefile, found, count, output);
    good = output_end(output) && good;
    if (!good)
        command_error("%s: %s", path, output->error ? output_reason(output) : casefile_error(casefile));
    else if (what && count == 0)
        command_error("%s has nothing that is '%s'", path, what);
    else if (what && count > 1)
        command_error("%zu files may be meant by '%s': name one by its number", count, what);
    return good && (!what || count == 1) ? COMMAND_CLEAN : COMMAND_ERROR;
}

static int show_run(int argc, char **argv) {
    const char *argument;
    struct text error = {0};
    struct output output;
    int first, got = command_option(&command_show, argc, argv, &argument, &first);
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first != 1 && argc - first != 2) {
        command_error("show: name a case, and a file in it");
        return COMMAND_ERROR;
    }
    struct casefile *casefile = casefile_open(argv[first], &error);
    int status = COMMAND_ERROR;
    if (casefile) {
        output_init(&output, 1);
        status = tell(casefile, argv[first], argc - first == 2 ? argv[first + 1] : NULL, &output);
    } else
        command_error("%s", text_string(&error));
    casefile_close(casefile);
    text_free(&error);
    return status;
}

const struct command command_show = {
    .name = "show",
    .usage = "CASE [FILE]",
    .summary =
        "What does a case know of one file: times, signature, findings, neighbours?\n"
        "FILE is its number (#12), its address, or its path; without it, the files that findings are about.",
    .options = options,
    .run = show_run,
};
