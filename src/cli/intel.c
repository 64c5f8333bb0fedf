#include "base/digest.h"
#include "base/filetime.h"
#include "base/output.h"
#include "cli/command.h"
#include "cli/command_campaigns.h"
#include "cli/intel_campaigns.h"
#include "cli/intel_policies.h"
#include "cli/intel_rules.h"
#include "engine/compile.h"
#include "intel/campaigns_kept.h"
#include "intel/policy_kept.h"
#include "intel/rules_kept.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is kept by name, each in files of its own. */
enum { RULES, POLICIES, CAMPAIGNS, KEPT };

struct intel_command {
    const char *name;
    struct lists_source given;
    bool unconfined, campaigns; /* all files are lists of campaigns */
    struct zygote zygote;
    struct output output;
    struct lists_set lists; /* of the files named, each of one list, or those that are there */
    struct intel_kept kept[KEPT];
    struct text error;
};

static const struct command_option options[] = {
    {"name", 0, "NAME", "what to call the list (default: the file's name)"},
    {"known", 0, NULL, "digests of widespread software, which are not indicators"},
    {"severity", 0, "SEVERITY", "where a list does not say it: info low medium high (default) critical"},
    {"campaign", 0, NULL, "the files are lists of campaigns (docs/overlap.md), whatever their form"},
    {"unconfined", 0, NULL, "read lists without a sandbox, where the system offers none"},
    {0},
};

static bool take_option(struct intel_command *c, const char *name, const char *argument) {
    if (strcmp(name, "known") == 0)
        return c->given.known = true;
    if (strcmp(name, "campaign") == 0)
        return c->campaigns = true;
    if (strcmp(name, "unconfined") == 0)
        return c->unconfined = true;
    if (strcmp(name, "name") == 0) {
        c->name = argument;
        return argument[0] && strlen(argument) <= 100 && text_valid(argument, strlen(argument));
    }
    for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++)
        if (strcmp(argument, severity_word((enum severity)i)) == 0) {
            c->given.severity = (enum severity)i;
            return c->given.has_severity = true;
        }
    return false;
}

/* --- reading files --- */

static int open_list(const char *path, char date[FILETIME_TEXT], struct text *error) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    const char *why = fd < 0 || fstat(fd, &st) != 0 ? strerror(errno)
                      : !S_ISREG(st.st_mode)        ? "is no file"
                                                    : NULL;
    if (why) {
        text_add(error, why);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    filetime_text(filetime_from_unix(st.st_mtim.tv_sec, 0), date);
    date[10] = 0; /* the day */
    return fd;
}

/* Compiles one file, or takes one that is compiled. */
static bool read_list(struct intel_command *c, const char *path) {
    char date[FILETIME_TEXT], magic[8] = "";
    struct text file = {0}, out = {0}, why = {0};
    const char *slash = strrchr(path, '/');
    text_from_bytes(&file, span_of(slash ? slash + 1 : path, strlen(slash ? slash + 1 : path), 0));
    struct lists_source source = c->given;
    source.file = text_string(&file);
    source.name = c->name ? c->name : source.file;
    source.date = date;
    int fd = open_list(path, date, &why);
    bool compiled = fd >= 0 && pread(fd, magic, 8, 0) == 8 && memcmp(magic, LISTS_MAGIC, 8) == 0;
    bool good = fd >= 0 && (compiled ? lists_file_load(&c->lists, path, false, &c->error)
                                     : compile_list(&c->zygote, fd, &source, c->unconfined, &out, &why) &&
                                           lists_file_take(&c->lists, &out, path, &c->error));
    if (!good)
        command_error("%s%s%s", c->error.size ? text_string(&c->error) : path, why.size ? ": " : "",
                      text_string(&why));
    if (fd >= 0)
        close(fd);
    text_free(&file);
    text_free(&out);
    text_free(&why);
    return good;
}

static bool read_lists(struct intel_command *c, char **files, int count) {
    bool good = true;
    if (count == 0)
        return true;
    if (!digest_prepare() || !zygote_start(&c->zygote, compile_worker)) {
        command_error("worker processes cannot be started");
        return false;
    }
    for (int i = 0; i < count; i++) /* go on: every damaged one is told */
        good = read_list(c, files[i]) && good;
    zygote_stop(&c->zygote);
    return good;
}

/* Which kind of what is kept a file is; KEPT: it is a list. */
static int kind_of(const struct intel_command *c, const char *path) {
    return c->campaigns                           ? CAMPAIGNS
           : intel_policies_are(path)             ? POLICIES
           : intel_rules_are(path, c->unconfined) ? RULES
           : command_campaigns_are(path)          ? CAMPAIGNS
                                                  : KEPT;
}

/* Lists to the front; how many there are. */
static int part(const struct intel_command *c, char **files, int count) {
    int lists = 0;
    for (int i = 0; i < count; i++)
        if (kind_of(c, files[i]) == KEPT) {
            char *list = files[i];
            memmove(files + lists + 1, files + lists, (size_t)(i - lists) * sizeof *files);
            files[lists++] = list;
        }
    return lists;
}

static bool read_kept(struct intel_command *c, const char *path) {
    int kind = kind_of(c, path);
    struct intel_kept *kept = &c->kept[kind < KEPT ? kind : RULES];
    return kind == POLICIES    ? intel_policies_read(kept, path, c->name)
           : kind == CAMPAIGNS ? intel_campaigns_read(kept, path, c->name, c->unconfined)
                               : intel_rules_read(kept, path, c->name, c->unconfined);
}

static bool read_all(struct intel_command *c, char **files, int count) {
    int lists = part(c, files, count);
    bool good = read_lists(c, files, lists);
    for (int i = lists; i < count; i++)
        good = read_kept(c, files[i]) && good;
    return good;
}

static void tell(struct intel_command *c, const char *before, const struct lists_list *list,
                 const char *behind) {
    struct text line = {0}, out = {0};
    text_add(&line, before);
    lists_file_tell(list, &line);
    text_add(&line, behind);
    text_terminal(&out, text_string(&line), line.size);
    text_char(&out, '\n');
    output_text(&c->output, &out);
    text_free(&line);
    text_free(&out);
}

static void tell_all(struct intel_command *c, const char *before) {
    for (size_t i = 0; i < c->lists.count; i++)
        for (size_t n = 0; n < lists_count(&c->lists.shelf[i].lists); n++) {
            struct lists_list list;
            struct text behind = {0};
            lists_list(&c->lists.shelf[i].lists, n, &list);
            if (!before[0])
                text_format(&behind, " (%s)", c->lists.shelf[i].shipped ? "shipped" : c->lists.shelf[i].path);
            tell(c, before, &list, text_string(&behind));
            text_free(&behind);
        }
}

/* --- changing the user's file --- */

static bool has_list(const struct lists_set *set, const char *name) {
    for (size_t i = 0; i < set->count; i++)
        for (size_t n = 0; n < lists_count(&set->shelf[i].lists); n++) {
            struct lists_list list;
            lists_list(&set->shelf[i].lists, n, &list);
            if (strcmp(list.name, name) == 0)
                return true;
        }
    return false;
}

static bool among(char **names, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* All lists of a set but those that are in `without` or named. */
static void copy_lists(struct lists_build *build, const struct lists_set *set,
                       const struct lists_set *without, char **names, int count) {
    for (size_t i = 0; i < set->count; i++)
        for (size_t n = 0; n < lists_count(&set->shelf[i].lists); n++) {
            struct lists_list list;
            lists_list(&set->shelf[i].lists, n, &list);
            if (!(without && has_list(without, list.name)) && !among(names, count, list.name))
                lists_build_copy(build, &set->shelf[i].lists, (uint32_t)n);
        }
}

static bool load_old(const char *folder, struct lists_set *ret, struct text *error) {
    struct text path = {0};
    text_format(&path, "%s/" LISTS_FILE_NAME, folder);
    bool good =
        access(text_string(&path), F_OK) != 0 || lists_file_load(ret, text_string(&path), true, error);
    text_free(&path);
    return good;
}

/* Adds the lists read and takes the named ones away, as one step. */
static bool change(struct intel_command *c, char **names, int count) {
    struct lists_set old = {0};
    struct lists_build build = {0};
    struct text folder = {0}, out = {0};
    int lock = lists_file_home(&folder, &c->error) ? lists_file_lock(text_string(&folder), &c->error) : -1;
    bool good = lock >= 0 && load_old(text_string(&folder), &old, &c->error);
    for (int i = 0; good && i < count; i++)
        if (!has_list(&old, names[i])) {
            text_format(&c->error, "no list is called '%s'; 'assay intel list' shows them", names[i]);
            good = false;
        }
    if (good) {
        copy_lists(&build, &old, &c->lists, names, count);
        copy_lists(&build, &c->lists, NULL, NULL, 0);
        good = lists_build_write(&build, &out);
        if (!good)
            text_add(&c->error, "together the lists are more than is kept");
    }
    good = good && lists_file_save(text_string(&folder), LISTS_FILE_NAME, &out, &c->error);
    if (!good)
        command_error("intel: %s", text_string(&c->error));
    lists_build_free(&build);
    lists_file_free(&old);
    if (lock >= 0)
        close(lock);
    text_free(&folder);
    text_free(&out);
    return good;
}

static void tell_read(struct intel_command *c, const char *before) {
    tell_all(c, before);
    for (int i = 0; i < KEPT; i++)
        intel_kept_tell(&c->kept[i], before, &c->output);
}

/* Two lists of one name could not be told apart later. */
static bool names_differ(const struct intel_command *c) {
    struct lists_set seen = {0};
    for (size_t i = 0; i < c->lists.count; i++) {
        for (size_t n = 0; n < lists_count(&c->lists.shelf[i].lists); n++) {
            struct lists_list list;
            lists_list(&c->lists.shelf[i].lists, n, &list);
            if (has_list(&seen, list.name)) {
                command_error("intel: two lists are called '%s': give one another --name", list.name);
                return false;
            }
        }
        seen.shelf[seen.count++] = c->lists.shelf[i]; /* borrowed */
    }
    return true;
}

/* Which kind of what is kept has the name; NULL: it can only be a list. */
static struct intel_kept *keeper(struct intel_command *c, const char *name) {
    for (int i = 0; i < KEPT; i++)
        if (intel_kept_has(&c->kept[i], name, &c->error))
            return &c->kept[i];
    return NULL;
}

/* Is a name that was given to one kind one of another kind, given or kept? */
static bool is_of_another(struct intel_command *c, const struct lists_set *all, int kind, const char *name) {
    bool twice = has_list(all, name) || has_list(&c->lists, name);
    for (int i = 0; i < KEPT; i++) {
        twice = twice || (i != kind && intel_kept_has(&c->kept[i], name, &c->error));
        for (size_t n = 0; i != kind && n < c->kept[i].count; n++)
            twice = twice || strcmp(c->kept[i].files[n].name, name) == 0;
    }
    return twice;
}

/* A name is taken away by itself, so that it must not mean two things of different kinds. */
static bool kinds_differ(struct intel_command *c) {
    struct lists_set all = {0};
    const char *twice = NULL;
    bool good = intel_load_lists(&all, &c->error);
    for (size_t i = 0; i < c->lists.count; i++)
        for (size_t n = 0; !twice && n < lists_count(&c->lists.shelf[i].lists); n++) {
            struct lists_list list;
            lists_list(&c->lists.shelf[i].lists, n, &list);
            twice = keeper(c, list.name) ? list.name : NULL;
        }
    for (int i = 0; i < KEPT; i++)
        for (size_t n = 0; !twice && n < c->kept[i].count; n++)
            if (is_of_another(c, &all, i, c->kept[i].files[n].name))
                twice = c->kept[i].files[n].name;
    good = good && c->error.size == 0;
    if (good && twice)
        text_format(&c->error, "'%s' would be the name of things of two kinds: give one another --name",
                    twice);
    lists_file_free(&all);
    return good && !twice;
}

static bool tell_error(struct intel_command *c) {
    command_error("intel: %s", text_string(&c->error));
    return false;
}

static bool add(struct intel_command *c, char **files, int count) {
    if (!read_all(c, files, count) || !names_differ(c))
        return false;
    if (c->lists.count == 0 && (c->given.known || c->given.has_severity)) {
        command_error("intel: --known and --severity are for lists of digests and names");
        return false;
    }
    if (!kinds_differ(c))
        return tell_error(c);
    for (int i = 0; i < KEPT; i++)
        if (!intel_kept_room(&c->kept[i], &c->error))
            return tell_error(c);
    if (c->lists.count > 0 && !change(c, NULL, 0))
        return false;
    for (int i = 0; i < KEPT; i++)
        if (c->kept[i].count > 0 && !intel_kept_save(&c->kept[i], &c->error))
            return tell_error(c);
    tell_read(c, "added: ");
    return true;
}

/* Those that are kept by themselves are taken away when the others are known to be lists. */
static bool take_away(struct intel_command *c, char **names, int count) {
    int lists = 0;
    struct intel_kept **keepers = calloc((size_t)count, sizeof *keepers);
    char **listed = calloc((size_t)count, sizeof *listed);
    bool good = keepers && listed;
    for (int i = 0; good && i < count; i++) {
        keepers[i] = keeper(c, names[i]);
        if (!keepers[i])
            listed[lists++] = names[i];
    }
    good = good && (c->error.size > 0 ? tell_error(c) : lists == 0 || change(c, listed, lists));
    for (int i = 0; good && i < count; i++)
        good = !keepers[i] || intel_kept_remove(keepers[i], names[i], &c->error) || tell_error(c);
    free(keepers);
    free(listed);
    return good;
}

static bool act(struct intel_command *c, const char *verb, char **operands, int count) {
    if (strcmp(verb, "list") == 0) {
        bool good = intel_load_lists(&c->lists, &c->error);
        tell_all(c, "");
        return (good && intel_rules_tell_kept(&c->kept[RULES], "", true, &c->output, &c->error) &&
                intel_policies_tell_kept(&c->kept[POLICIES], "", true, &c->output, &c->error) &&
                intel_campaigns_tell_kept(&c->kept[CAMPAIGNS], "", true, &c->output, &c->error)) ||
               tell_error(c);
    }
    if (strcmp(verb, "check") == 0) {
        bool good = read_all(c, operands, count);
        tell_read(c, "good: ");
        return good;
    }
    return strcmp(verb, "remove") == 0 ? take_away(c, operands, count) : add(c, operands, count);
}

static const char *wrong_use(const struct intel_command *c, const char *verb, int count) {
    bool list = strcmp(verb, "list") == 0, add = strcmp(verb, "add") == 0;
    if (!list && !add && strcmp(verb, "check") != 0 && strcmp(verb, "remove") != 0)
        return "say add, list, check or remove";
    if (list ? count > 0 : count == 0)
        return list ? "list takes no operand" : "name at least one";
    if (count > LISTS_FILE_SHELVES)
        return "too many files at once";
    if (!add && (c->name || c->given.known || c->given.has_severity || c->campaigns) &&
        strcmp(verb, "check") != 0)
        return "--name, --known, --severity and --campaign are for add and check";
    return c->name && count != 1 ? "--name is for one file" : NULL;
}

static int intel_run(int argc, char **argv) {
    struct intel_command c = {.kept = {[RULES] = {.kind = &rules_kept_kind},
                                       [POLICIES] = {.kind = &policy_kept_kind},
                                       [CAMPAIGNS] = {.kind = &campaigns_kept_kind}}};
    const char *argument;
    int first, got;
    while ((got = command_option(&command_intel, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&c, options[got].name, argument)) {
            command_error("intel: --%s does not take '%s'", options[got].name, argument);
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    const char *verb = first < argc ? argv[first] : "", *why = wrong_use(&c, verb, argc - first - 1);
    if (why) {
        command_error("intel: %s", why);
        fprintf(stderr, "usage: assay intel %s\n", command_intel.usage);
        return COMMAND_ERROR;
    }
    output_init(&c.output, 1);
    bool good = act(&c, verb, argv + first + 1, argc - first - 1);
    good = command_printed(&c.output) && good;
    lists_file_free(&c.lists);
    for (int i = 0; i < KEPT; i++)
        intel_kept_free(&c.kept[i]);
    text_free(&c.error);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

const struct command command_intel = {
    .name = "intel",
    .usage = "[OPTION...] add FILE... | list | check FILE... | remove NAME...",
    .summary = "Lists of digests and names, rules of YARA, driver policies, campaigns, as published.",
    .options = options,
    .run = intel_run,
};
