#include "base/digest.h"
#include "base/output.h"
#include "case/casefile_integrity.h"
#include "case/casefile_merge.h"
#include "cli/case_verify.h"
#include "cli/command.h"
#include "report/case_info.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct command_option options[] = {
    {"evidence", 'e', "PATH", "verify: read it again and compare, too; may be repeated, in order"},
    {"digest", 0, "HEX", "verify: the last digest, as case info gave it when it was noted down"},
    {"replace", 0, NULL, "merge: overwrite OUT if it exists"},
    COMMAND_ENGINE_OPTIONS,
    {0},
};

struct asked {
    struct case_verify verify;
    bool replace;
};

static bool take_option(struct asked *asked, const char *name, const char *argument) {
    bool bad = false;
    if (strcmp(name, "replace") == 0)
        return asked->replace = true;
    if (strcmp(name, "digest") == 0) {
        asked->verify.digest = argument;
        return strlen(argument) == CASEFILE_INTEGRITY_HEX - 1 &&
               strspn(argument, "0123456789abcdefABCDEF") == CASEFILE_INTEGRITY_HEX - 1;
    }
    if (strcmp(name, "evidence") != 0)
        return command_engine_option(&asked->verify.engine, name, argument, &bad) && !bad;
    if (asked->verify.evidence_count == 64)
        return false;
    asked->verify.evidence[asked->verify.evidence_count++] = (char *)(uintptr_t)argument;
    return true;
}

/* Size and SHA-256 of the case's own file. */
static bool tell_file(const char *path, const struct wrap *wrap, struct text *out) {
    static uint8_t bytes[1 << 20];
    uint8_t value[DIGEST_MAX];
    uint64_t size = 0;
    ssize_t got = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct digest *digest = fd >= 0 && digest_prepare() ? digest_new() : NULL;
    if (digest)
        digest_start(digest, DIGEST_SHA256);
    while (digest && ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0) {
            digest_add(digest, span_of(bytes, (size_t)got, 0));
            size += (uint64_t)got;
        }
    if (fd >= 0)
        close(fd);
    if (digest && got == 0) {
        struct text line = {0};
        digest_end(digest, value);
        text_terminal(&line, path, strlen(path));
        text_add(&line, ", ");
        text_grouped(&line, size);
        text_add(&line, " bytes, SHA-256 ");
        text_hex(&line, value, 32);
        wrap_line(out, wrap, 0, 12, WRAP_BOLD, "Case", text_string(&line));
        text_free(&line);
    }
    digest_free(digest);
    return digest && got == 0;
}

static int info(const char *path) {
    struct text error = {0}, out = {0};
    struct wrap wrap = {.width = command_width(), .colour = isatty(1) && !getenv("NO_COLOR")};
    struct output output;
    struct casefile *casefile = casefile_open(path, &error);
    bool good = casefile && tell_file(path, &wrap, &out) && case_info_tell(casefile, &wrap, &out);
    output_init(&output, 1);
    if (good)
        output_text(&output, &out);
    good = output_end(&output) && good;
    if (!good)
        command_error("%s", !casefile      ? text_string(&error)
                            : output.error ? output_reason(&output)
                                           : casefile_error(casefile));
    casefile_close(casefile);
    text_free(&error);
    text_free(&out);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

static bool write_merged(const char *out, bool replace, const struct casefile_merge *from, size_t count,
                         struct text *error) {
    struct text because = {0};
    struct casefile *to = casefile_create(out, replace, error);
    bool good = to && casefile_merge(to, from, count, &because, error) &&
                casefile_finish(to, because.size ? text_string(&because) : NULL);
    if (to && !good && error->size == 0)
        text_format(error, "%s: %s", out, casefile_error(to));
    casefile_close(to);
    text_free(&because);
    return good;
}

static int merge(const struct asked *asked, char **paths, int count) {
    struct casefile_merge from[CASEFILE_MERGE_MOST] = {0};
    struct text error = {0};
    bool good = count - 1 <= CASEFILE_MERGE_MOST;
    if (!good)
        text_format(&error, "case merge: more than %d cases", CASEFILE_MERGE_MOST);
    for (int i = 1; good && i < count; i++) {
        from[i - 1] = (struct casefile_merge){casefile_open(paths[i], &error), paths[i]};
        good = from[i - 1].casefile != NULL;
    }
    good = good && write_merged(paths[0], asked->replace, from, (size_t)count - 1, &error);
    if (!good)
        command_error("%s", text_string(&error));
    for (size_t i = 0; i < CASEFILE_MERGE_MOST; i++)
        casefile_close(from[i].casefile);
    text_free(&error);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

static int case_run(int argc, char **argv) {
    struct asked asked = {.verify.engine = command_engine_defaults()};
    const char *argument;
    int first, got;
    while ((got = command_option(&command_case, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&asked, options[got].name, argument)) {
            command_error("case: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    const char *word = first < argc ? argv[first] : "";
    if (strcmp(word, "info") == 0 && argc - first == 2)
        return info(argv[first + 1]);
    if (strcmp(word, "verify") == 0 && argc - first == 2)
        return case_verify_run(&asked.verify, argv[first + 1]);
    if (strcmp(word, "merge") == 0 && argc - first >= 4)
        return merge(&asked, argv + first + 1, argc - first - 1);
    command_error("case: info CASE, verify CASE or merge OUT CASE CASE...");
    return COMMAND_ERROR;
}

const struct command command_case = {
    .name = "case",
    .usage = "info CASE | verify [OPTION...] CASE | merge OUT CASE CASE...",
    .summary =
        "What is this case of, is it as it was when it was made, and what are several as one?\n"
        "verify computes the digests of its findings again and names what was changed; with --evidence the\n"
        "contents that findings cite, too. Exit status 1 if anything is not as it was, 3 if not all could be\n"
        "compared.",
    .options = options,
    .run = case_run,
};
