#include "cli/command.h"

#include "base/filetime.h"
#include "case/casefile_census.h"
#include "cli/command_campaigns.h"
#include "detect/registry.h"
#include "judge/judges.h"

#include "base/output.h"
#include "base/text.h"
#include "engine/worker.h"
#include "report/address.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTIONS = 64 };

static volatile int interrupted;

void command_error(const char *format, ...) {
    char message[4096];
    struct text text = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    text_add(&text, "assay: ");
    text_terminal(&text, message, strlen(message));
    text_char(&text, '\n');
    fputs(text_string(&text), stderr);
    text_free(&text);
}

void command_census_note(const char *path, struct casefile *casefile) {
    if (casefile_census_only(casefile))
        command_error("%s is a census: what findings and the like do not cite was left out", path);
}

void command_help(const struct command *command) {
    printf("usage: assay %s %s\n\n%s\n\n", command->name, command->usage, command->summary);
    for (const struct command_option *option = command->options; option->name; option++) {
        char left[64];
        snprintf(left, sizeof left, "%s%c%s --%s%s%s", option->letter ? "-" : " ",
                 option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
                 option->argument && option->argument[0] != '[' ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-28s %s\n", left, option->help);
    }
    printf("  %-28s %s\n", "    --help", "this text");
}

/* The command's options in the form getopt_long wants, --help last. */
static size_t long_options(const struct command *command, struct option *longs, char *letters) {
    size_t n = 0;
    *letters++ = ':'; /* errors are told here, in our words */
    for (; command->options[n].name && n < OPTIONS - 2; n++) {
        const struct command_option *option = &command->options[n];
        longs[n] = (struct option){option->name,
                                   !option->argument            ? no_argument
                                   : option->argument[0] == '[' ? optional_argument
                                                                : required_argument,
                                   NULL, 1000 + (int)n};
        if (option->letter) {
            *letters++ = option->letter;
            if (option->argument)
                *letters++ = ':';
        }
    }
    longs[n] = (struct option){"help", no_argument, NULL, 'h' + 2000};
    longs[n + 1] = (struct option){0};
    *letters = 0;
    return n;
}

static int by_letter(const struct command *command, int letter) {
    for (int i = 0; command->options[i].name; i++)
        if (command->options[i].letter == letter)
            return i;
    return -2;
}

int command_option(const struct command *command, int argc, char **argv, const char **argument,
                   int *operands) {
    struct option longs[OPTIONS];
    char letters[3 * OPTIONS];
    long_options(command, longs, letters);
    opterr = 0;
    int got = getopt_long(argc, argv, letters, longs, NULL);
    *operands = optind;
    *argument = optarg;
    if (got == -1)
        return -1;
    if (got == 'h' + 2000) {
        command_help(command);
        return -3;
    }
    if (got == '?' || got == ':') {
        const char *what = argv[optind - 1];
        command_error(got == ':' ? "%s: '%s' wants an argument" : "%s: no option '%s'", command->name, what);
        fprintf(stderr, "usage: assay %s %s\n", command->name, command->usage);
        return -2;
    }
    return got >= 1000 ? got - 1000 : by_letter(command, got);
}

bool command_number(const char *text, uint64_t *ret) {
    char *end;
    errno = 0;
    if (text[0] < '0' || text[0] > '9')
        return false;
    unsigned long long value = strtoull(text, &end, 10);
    unsigned shift = 0;
    if (*end) {
        const char *at = strchr("KMGT", *end);
        if (!at)
            return false;
        shift = 10 * (unsigned)(at - "KMGT" + 1);
        end++;
    }
    if (errno || *end || value > UINT64_MAX >> shift)
        return false;
    *ret = (uint64_t)value << shift;
    return true;
}

struct engine_options command_engine_defaults(void) {
    return (struct engine_options){.max_file_size = (uint64_t)4 << 30,
                                   .stall_seconds = 60,
                                   .read_contents = true,
                                   .shadows = ENGINE_SHADOWS_CHANGED,
                                   .progress_fd = -1,
                                   .progress_bar = isatty(2) == 1};
}

static bool shadows_word(const char *word, enum engine_shadows *ret) {
    static const char *const words[] = {"none", "changed", "all"};
    for (int i = 0; i < 3; i++)
        if (strcmp(word, words[i]) == 0)
            return *ret = (enum engine_shadows)i, true;
    return false;
}

/* DIR=X: */
static bool take_map(struct engine_options *options, const char *argument) {
    size_t size = strlen(argument), room = sizeof options->maps / sizeof options->maps[0];
    if (size < 4 || argument[size - 3] != '=' || argument[size - 1] != ':' || options->map_count == room)
        return false;
    char letter = (char)(argument[size - 2] & ~32);
    struct engine_map *map = &options->maps[options->map_count];
    if (letter < 'A' || letter > 'Z' || !(map->folder = strndup(argument, size - 3)))
        return false;
    map->drive[0] = letter;
    map->drive[1] = ':';
    options->map_count++;
    return true;
}

bool command_engine_option(struct engine_options *options, const char *name, const char *argument,
                           bool *bad) {
    uint64_t value = 0;
    bool number = argument && command_number(argument, &value);
    *bad = false;
    if (strcmp(name, "jobs") == 0) {
        *bad = !number || value < 1 || value > 64;
        options->jobs = (unsigned)value;
    } else if (strcmp(name, "max-file-size") == 0) {
        *bad = !number;
        options->max_file_size = value;
    } else if (strcmp(name, "max-members") == 0) {
        *bad = !number;
        options->max_members = value;
    } else if (strcmp(name, "max-unpacked") == 0) {
        *bad = !number;
        options->max_unpacked = value;
    } else if (strcmp(name, "progress-fd") == 0) {
        *bad = !number || value > 1023 || fcntl((int)value, F_GETFD) < 0;
        options->progress_fd = (int)value;
    } else if (strcmp(name, "stall") == 0) {
        *bad = !number || value > 86400;
        options->stall_seconds = (unsigned)value;
    } else if (strcmp(name, "unconfined") == 0)
        options->unconfined = true;
    else if (strcmp(name, "hash-evidence") == 0)
        options->hash_evidence = true;
    else if (strcmp(name, "host") == 0) {
        *bad = strlen(argument) > 255 || !argument[0];
        options->host = argument;
    } else if (strcmp(name, "map") == 0)
        *bad = !take_map(options, argument);
    else if (strcmp(name, "shadows") == 0)
        *bad = !shadows_word(argument, &options->shadows);
    else
        return false;
    return true;
}

/* The first signal asks for a clean end, a second one has its usual effect. */
static void on_signal(int number) {
    interrupted = 1;
    signal(number, SIG_DFL);
}

static bool push(const char *list[64], size_t *count, const char *argument) {
    if (*count == 64)
        return false;
    list[(*count)++] = argument;
    return true;
}

bool command_intel_option(struct command_intel *intel, const char *name, const char *argument, bool *bad) {
    *bad = false;
    if (strcmp(name, "roots") == 0)
        *bad = !push(intel->roots, &intel->root_count, argument);
    else if (strcmp(name, "distrust") == 0)
        *bad = !push(intel->certificates, &intel->certificate_count, argument);
    else if (strcmp(name, "driver-policy") == 0)
        *bad = !push(intel->policies, &intel->policy_count, argument);
    else if (strcmp(name, "catalogs") == 0)
        *bad = !push(intel->catalogs, &intel->catalog_count, argument);
    else if (strcmp(name, "intel") == 0)
        *bad = !push(intel->lists, &intel->list_count, argument);
    else if (strcmp(name, "known") == 0)
        *bad = !push(intel->known, &intel->known_count, argument);
    else if (strcmp(name, "rules") == 0)
        *bad = !push(intel->rules, &intel->rule_count, argument);
    else if (strcmp(name, "campaign") == 0)
        *bad = !push(intel->campaigns, &intel->campaign_count, argument);
    else if (strcmp(name, "no-default-roots") == 0)
        intel->no_default_roots = true;
    else if (strcmp(name, "at") == 0)
        *bad = !filetime_parse(argument, &intel->at) || intel->at == 0;
    else
        return false;
    return true;
}

/* An image may have thousands of segments, all of which are held open. */
static void allow_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)!setrlimit(RLIMIT_NOFILE, &limit); /* as many as there may be, then */
}

void command_signals(struct engine_options *options) {
    options->interrupt = &interrupted;
    signal(SIGPIPE, SIG_IGN);
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: a blocked call must return */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (signal(SIGHUP, SIG_DFL) != SIG_IGN) /* started by nohup: it stays ignored */
        sigaction(SIGHUP, &action, NULL);
    else
        signal(SIGHUP, SIG_IGN);
}

static bool start(struct engine_options *options, const struct inspect_root *roots, size_t count,
                  struct zygote *zygote) {
    command_signals(options);
    allow_descriptors();
    if (!engine_prepare(roots, count)) {
        command_error("the cryptographic library lacks an algorithm");
        return false;
    }
    if (!zygote_start(zygote, worker_run)) {
        command_error("worker processes cannot be started: %s", strerror(errno));
        return false;
    }
    return true;
}

bool command_engine_start(struct engine_options *options, struct zygote *zygote) {
    return start(options, NULL, 0, zygote);
}

void command_policies(const struct policies *policies) {
    for (size_t i = 0; i < policies->count; i++) {
        struct text text = {0};
        policy_tell(policies->list[i], true, &text);
        if (policies->list[i]->noted > 0)
            command_error("%s", text_string(&text));
        text_free(&text);
    }
}

static void want_digests(struct engine_options *options, const struct intel *intel) {
    unsigned wants = lists_file_wants(&intel->lists);
    options->md5 = options->md5 || wants >> LISTS_MD5 & 1 || campaigns_want(&intel->campaigns, CAMPAIGNS_MD5);
    options->sha1 =
        options->sha1 || wants >> LISTS_SHA1 & 1 || campaigns_want(&intel->campaigns, CAMPAIGNS_SHA1);
}

bool command_engine_start_with(struct engine_options *options, const struct command_intel *given,
                               struct intel *intel, struct zygote *zygote) {
    struct text error = {0};
    struct intel_options how = {.roots = given->roots,
                                .root_count = given->root_count,
                                .no_default_roots = given->no_default_roots,
                                .certificates = given->certificates,
                                .certificate_count = given->certificate_count,
                                .policies = given->policies,
                                .policy_count = given->policy_count,
                                .lists = given->lists,
                                .list_count = given->list_count,
                                .known = given->known,
                                .known_count = given->known_count};
    bool good = intel_load(&how, intel, &error);
    if (!good)
        command_error("%s", text_string(&error));
    text_free(&error);
    command_policies(&intel->policies);
    good = good && command_campaigns_add(given->campaigns, given->campaign_count, options->unconfined,
                                         &intel->campaigns);
    if (given->at)
        intel->now = given->at;
    options->now = intel->now;
    want_digests(options, intel);
    struct inspect_root *roots = calloc(intel->roots.count + 1, sizeof *roots);
    for (size_t i = 0; roots && i < intel->roots.count; i++)
        roots[i] = (struct inspect_root){intel->roots.list[i].der, intel->roots.list[i].purposes};
    good = good && roots && start(options, roots, intel->roots.count, zygote);
    free(roots);
    return good;
}

bool command_register(struct casefile *casefile) {
    size_t count;
    const struct judge *const *judges = judges_all(&count);
    bool good = true;
    for (size_t i = 0; i < registry_count(); i++)
        good = good && casefile_detector(casefile, "detector", &registry_at(i)->text);
    for (size_t i = 0; i < count; i++)
        good = good && casefile_detector(casefile, "judge", &judges[i]->text);
    return good;
}

bool command_judge(struct casefile *casefile, const struct intel *intel, const char *only) {
    size_t count;
    const struct judge *const *judges = judges_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (only && strcmp(judges[i]->text.id, only) != 0)
            continue;
        if ((judges[i]->closing && !casefile_number(casefile)) || !judges[i]->judge(casefile, intel))
            return false;
    }
    return true;
}

struct parsed {
    struct address_parsed address;
    struct text path, prefix, inner;
    bool used;
};

static bool exists(const char *path) {
    struct stat st;
    return lstat(path, &st) == 0;
}

/* What is evidence and lies in an archive is called ARCHIVE!/path: the first `!/` behind the name of a file
 * that is there divides. False if there is none. */
static bool split_inner(struct engine_target *target, struct parsed *parsed) {
    const char *evidence = parsed->address.address.evidence;
    for (const char *mark = strstr(evidence, "!/"); mark; mark = strstr(mark + 1, "!/")) {
        text_clear(&parsed->inner);
        text_clear(&parsed->path);
        text_bytes(&parsed->inner, evidence, (size_t)(mark - evidence));
        if (!text_unstore(&parsed->path, text_string(&parsed->inner)) || !exists(text_string(&parsed->path)))
            continue;
        target->path = text_string(&parsed->path);
        target->inner = mark + 1;
        return true;
    }
    return false;
}

/* An address's evidence is a path in stored form; what is opened is the name behind it. */
static void take_address(struct engine_target *target, struct parsed *parsed) {
    const struct address *address = &parsed->address.address;
    if (!text_unstore(&parsed->path, address->evidence))
        return;
    target->path = text_string(&parsed->path);
    if (!exists(target->path) && !split_inner(target, parsed)) {
        target->path = target->given; /* so it is said not to be there */
        return;
    }
    target->volume = address->volume;
    target->shadow = address->shadow;
    target->drive = address->drive;
    target->stream = address->stream;
    if (address->name) {
        text_add(&parsed->prefix, address->folder ? address->folder : "");
        if (address->name[0]) {
            text_char(&parsed->prefix, '/');
            text_add(&parsed->prefix, address->name);
        }
        target->prefix = text_string(&parsed->prefix);
    }
}

/* Trailing slashes do not make another folder. */
static bool same_folder(const char *a, const char *b) {
    size_t first = strlen(a), second = strlen(b);
    while (first > 1 && a[first - 1] == '/')
        first--;
    while (second > 1 && b[second - 1] == '/')
        second--;
    return first == second && memcmp(a, b, first) == 0;
}

/* Marks the target that is this folder, or adds one. */
static void map_target(struct engine_target *targets, int *all, const struct engine_map *map) {
    for (int i = 0; i < *all; i++)
        if (same_folder(targets[i].path, map->folder)) {
            targets[i].mapped = map->drive;
            return;
        }
    targets[(*all)++] =
        (struct engine_target){.given = map->folder, .path = map->folder, .mapped = map->drive};
}

struct engine_target *command_targets(char **operands, int count, const struct engine_options *options,
                                      const struct command_intel *intel, int *all, void **memory) {
    size_t catalogs = intel ? intel->catalog_count : 0;
    struct engine_target *targets =
        calloc((size_t)count + options->map_count + catalogs + 1, sizeof *targets);
    struct parsed *parsed = calloc((size_t)count + 1, sizeof *parsed);
    *memory = parsed;
    *all = 0;
    for (; targets && parsed && *all < count; ++*all) {
        int i = *all;
        targets[i] = (struct engine_target){.given = operands[i], .path = operands[i]};
        if (!exists(operands[i]) && address_parse(operands[i], &parsed[i].address)) {
            parsed[i].used = true;
            take_address(&targets[i], &parsed[i]);
        }
    }
    for (size_t i = 0; targets && parsed && i < options->map_count; i++)
        map_target(targets, all, &options->maps[i]);
    for (size_t i = 0; targets && i < catalogs; i++)
        targets[(*all)++] =
            (struct engine_target){.given = intel->catalogs[i], .path = intel->catalogs[i], .catalogs = true};
    return parsed ? targets : NULL;
}

void command_targets_free(struct engine_target *targets, int count, void *memory) {
    struct parsed *parsed = memory;
    for (int i = 0; parsed && i < count; i++) {
        if (parsed[i].used)
            address_free(&parsed[i].address);
        text_free(&parsed[i].prefix);
        text_free(&parsed[i].inner);
        text_free(&parsed[i].path);
    }
    free(parsed);
    free(targets);
}

bool command_is_case(const char *path) {
    char head[16];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    bool same = fd >= 0 && pread(fd, head, sizeof head, 0) == sizeof head &&
                memcmp(head, "SQLite format 3", sizeof head) == 0;
    if (fd >= 0)
        close(fd);
    return same;
}

void command_engine_end(const struct engine_result *result) {
    if (result->error)
        command_error("%s", result->error);
    if (result->interrupted)
        command_error("interrupted: what was found so far is kept, the rest was not examined");
}

bool command_inside(const char *path, const char *evidence) {
    char folder[PATH_MAX], real[PATH_MAX], real_evidence[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct stat a, b;
    if (stat(path, &a) == 0 && stat(evidence, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        return true;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    if (stat(evidence, &b) != 0 || !S_ISDIR(b.st_mode) || !realpath(folder, real) ||
        !realpath(evidence, real_evidence))
        return false;
    size_t size = strlen(real_evidence);
    return strncmp(real, real_evidence, size) == 0 && (real[size] == '/' || real[size] == 0 || size == 1);
}

bool command_printed(struct output *output) {
    bool good = output_end(output);
    if (!good && !output_gone(output))
        command_error("it could not be written: %s", output_reason(output));
    return good;
}

unsigned command_width(void) {
    struct winsize size;
    if (isatty(1) && ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 100;
}
