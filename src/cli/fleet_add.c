/* assay fleet add: cases into a store, one after the other; what cannot be taken is named and left out. */
#include "cli/fleet.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 64, OUTCOMES = STORE_FAILED + 1 };

struct adding {
    struct store *store;
    struct engine_options *signals;
    const char *where;
    struct stat itself; /* of the store, which may lie among the cases */
    uint64_t counts[OUTCOMES], things, collisions, others, unread;
    bool bar, quiet;
};

static bool goes_on(const struct adding *a) {
    return a->counts[STORE_FAILED] == 0 && !(a->signals->interrupt && *a->signals->interrupt);
}

static void clear_bar(const struct adding *a) {
    if (a->bar)
        fputs("\r\033[K", stderr);
}

static void show_bar(const struct adding *a) {
    unsigned long long done = 0;
    for (int i = 0; i < OUTCOMES; i++)
        done += a->counts[i];
    if (a->bar)
        fprintf(stderr, "\r%llu cases, %llu of them new, %llu things", done,
                (unsigned long long)(a->counts[STORE_ADDED] + a->counts[STORE_REPLACED]),
                (unsigned long long)a->things);
}

static void tell(struct adding *a, const char *path, enum store_added added,
                 const struct store_report *report) {
    const char *name = text_string(&report->name), *reason = text_string(&report->reason);
    if (added == STORE_REFUSED || added == STORE_FAILED || report->collides)
        clear_bar(a);
    if (added == STORE_REFUSED) /* most reasons name the file */
        command_error("refused: %s%s%s", strstr(reason, path) ? "" : path, strstr(reason, path) ? "" : ": ",
                      reason);
    if (added == STORE_FAILED)
        command_error("%s: %s", path, store_error(a->store));
    if (report->collides)
        command_error("%s: %s has the machine id of host %llu: a clone, or the same host under another name; "
                      "both are kept",
                      path, name, (unsigned long long)report->collides);
}

static void add_case(struct adding *a, const char *path) {
    struct store_report report;
    enum store_added added = store_add(a->store, path, &report);
    a->counts[added]++;
    a->things += report.things;
    a->collisions += report.collides != 0;
    tell(a, path, added, &report);
    show_bar(a);
    text_free(&report.name);
    text_free(&report.reason);
}

static void complain(struct adding *a, const char *path) {
    clear_bar(a);
    command_error("%s: %s", path, strerror(errno));
    a->unread++;
}

static void walk(struct adding *a, const char *path, int depth);

static void folder(struct adding *a, const char *path, int depth) {
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        complain(a, path);
        return;
    }
    for (int i = 0; i < count; i++) {
        struct text below = {0};
        const char *name = entries[i]->d_name;
        bool self = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
        text_format(&below, "%s/%s", path, name);
        if (!self && !below.full && goes_on(a))
            walk(a, text_string(&below), depth + 1);
        text_free(&below);
        free(entries[i]);
    }
    free(entries);
}

/* Below a folder: links are not followed, and only what begins like a case is one. */
static void walk(struct adding *a, const char *path, int depth) {
    struct stat st;
    if (lstat(path, &st) != 0)
        complain(a, path);
    else if (S_ISDIR(st.st_mode) && depth <= DEPTH)
        folder(a, path, depth);
    else if (S_ISREG(st.st_mode) && st.st_dev == a->itself.st_dev && st.st_ino == a->itself.st_ino)
        return;
    else if (S_ISREG(st.st_mode) && command_is_case(path))
        add_case(a, path);
    else
        a->others++;
}

/* What was named is meant: a link is followed, and what is no case is refused. */
static void operand(struct adding *a, const char *path) {
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        folder(a, path, 0);
    else
        add_case(a, path);
}

static void say(const char *what, uint64_t count) {
    if (count > 0)
        printf(", %llu %s", (unsigned long long)count, what);
}

static int summary(const struct adding *a) {
    const uint64_t *counts = a->counts;
    clear_bar(a);
    printf("%llu added", (unsigned long long)counts[STORE_ADDED]);
    say("replaced by newer cases", counts[STORE_REPLACED]);
    say("older than what is there", counts[STORE_OLDER]);
    say("there already", counts[STORE_SAME]);
    say("refused", counts[STORE_REFUSED]);
    say("that could not be read", a->unread);
    say("other files in folders", a->others);
    say("with a machine id that another host has", a->collisions);
    printf("; %llu things\n", (unsigned long long)a->things);
    if (counts[STORE_FAILED] > 0)
        return COMMAND_ERROR;
    if (!goes_on(a)) {
        command_error("interrupted: adding the same again goes on where this ended");
        return COMMAND_INCOMPLETE;
    }
    return counts[STORE_REFUSED] + a->unread > 0 ? COMMAND_INCOMPLETE : COMMAND_CLEAN;
}

static int add_all(char **operands, int count) {
    struct engine_options signals = {.interrupt = NULL};
    struct adding a = {.signals = &signals, .where = operands[0], .bar = isatty(2) == 1};
    a.store = fleet_open(operands[0], STORE_WRITE);
    if (!a.store)
        return COMMAND_ERROR;
    command_signals(&signals);
    if (stat(operands[0], &a.itself) != 0) /* a server */
        a.itself = (struct stat){.st_ino = 0};
    for (int i = 1; i < count && goes_on(&a); i++)
        operand(&a, operands[i]);
    int status = summary(&a);
    store_close(a.store);
    return status;
}

static const struct command_option options[] = {{0}};

static int fleet_add_run(int argc, char **argv) {
    const char *argument;
    int first, got;
    while ((got = command_option(&fleet_add, argc, argv, &argument, &first)) >= 0) {
    }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (argc - first < 2) {
        command_error("fleet add: name a store, and cases or folders of them");
        return COMMAND_ERROR;
    }
    return add_all(argv + first, argc - first);
}

const struct command fleet_add = {
    .name = "fleet add",
    .usage = "STORE CASE|FOLDER...",
    .summary = "Cases into a store, which is made if it is not there; the newest of a host counts.",
    .options = options,
    .run = fleet_add_run,
};
