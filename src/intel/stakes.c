#include "intel/stakes.h"

#include "intel/place.h"

#include <stdlib.h>

enum { FIELDS = 7, EXTENSION = 32 };

static const char *const kinds[] = {
    [STAKES_WALLET] = "wallet",
    [STAKES_WALLET_EXTENSION] = "wallet_extension",
    [STAKES_HARDWARE_WALLET] = "hardware_wallet",
    [STAKES_SECRET_KEY] = "key",
    [STAKES_BROWSER_CREDENTIALS] = "browser_credentials",
    [STAKES_BROWSER_HISTORY] = "browser_history",
    [STAKES_SIGNING_KEY] = "signing_key",
    [STAKES_BUILD_TOOL] = "build_tool",
    [STAKES_PASSWORD_MANAGER] = "password_manager",
    [STAKES_VPN] = "vpn",
    [STAKES_REMOTE_ACCESS] = "remote_access",
    [STAKES_MAIL] = "mail",
    [STAKES_CLOUD] = "cloud",
    [STAKES_KINDS] = "",
    [STAKES_BROWSER] = "browser",
    [STAKES_NONE] = "none",
};

static const char *const matches[] = {
    [STAKES_USER] = "user",           [STAKES_ROOT] = "root",         [STAKES_NAME] = "name",
    [STAKES_PLACE] = "place",         [STAKES_PROFILES] = "profiles", [STAKES_CHROMIUM] = "chromium",
    [STAKES_EXTENSION] = "extension", [STAKES_FIREFOX] = "firefox",   [STAKES_KEY] = "key",
};

static const char *const holdings[] = {"keys",     "credentials", "history", "sessions",
                                       "profiles", "program",     "trace"};

void stakes_free(struct stakes *stakes) {
    free(stakes->list);
    free(stakes->memory);
    free(stakes->cut);
    *stakes = (struct stakes){0};
}

const char *stakes_kind_word(enum stakes_kind kind) {
    return kinds[kind];
}

static char small(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

bool stakes_is(const char *pattern, const char *name, size_t size) {
    const char *end = name + size, *star = NULL, *from = NULL;
    while (name < end) {
        if (*pattern == '*') {
            star = ++pattern;
            from = name;
        } else if (*pattern && small(*pattern) == small(*name)) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star;
            name = ++from;
        } else
            return false;
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static size_t number_of(const char *word, const char *const *words, size_t count) {
    size_t i = 0;
    while (i < count && strcmp(word, words[i]) != 0)
        i++;
    return i;
}

/* Cuts a copy of the value into its names. */
static const char *cut(char *copy, struct stakes_rule *rule) {
    size_t size = strlen(copy);
    rule->whole = size > 0 && copy[size - 1] == '\\';
    if (rule->whole)
        copy[size - 1] = 0;
    if (rule->match != STAKES_CHROMIUM && *copy++ != '\\')
        return "a place does not begin with a backslash";
    for (char *at = copy; at;) {
        char *next = strchr(at, '\\');
        if (next)
            *next++ = 0;
        if (!*at || rule->part_count == STAKES_PARTS)
            return "a place has an empty name or too many";
        rule->parts[rule->part_count++] = at;
        at = next;
    }
    return NULL;
}

static bool is_extension(const char *value) {
    return strlen(value) == EXTENSION && strspn(value, "abcdefghijklmnop") == EXTENSION;
}

static const char *check(char *copy, struct stakes_rule *rule) {
    bool none = rule->kind == STAKES_NONE;
    if (rule->kind == STAKES_KINDS || !*rule->name || !*rule->value || !*rule->source)
        return "name, value or source is missing";
    if (none != (rule->match == STAKES_PLACE) && !(none && rule->match == STAKES_NAME))
        return "only a name or a place can be none, and a place nothing else";
    if ((rule->kind == STAKES_BROWSER) != (rule->match == STAKES_PROFILES))
        return "a browser is where profiles are";
    switch (rule->match) {
    case STAKES_USER:
    case STAKES_ROOT:
    case STAKES_PROFILES:
    case STAKES_CHROMIUM:
        return cut(copy, rule);
    case STAKES_EXTENSION:
        return is_extension(rule->value) ? NULL : "an ID is not 32 letters from a to p";
    case STAKES_KEY:
        return rule->value[0] == '/' ? NULL : "a key does not begin with a slash";
    default:
        return strpbrk(rule->value, "\\/") ? "a name holds a slash" : NULL;
    }
}

/* NULL if the line is good, else what is wrong with it. `copy` is the same line again. */
static const char *parse(char *line, char *copy, struct stakes_rule *ret) {
    char *fields[FIELDS], *start = line;
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = line;
        char *tab = strchr(line, '\t');
        if ((i + 1 < FIELDS) != (tab != NULL))
            return "the line does not have seven fields";
        if (tab) {
            *tab = 0;
            copy[tab - start] = 0;
            line = tab + 1;
        }
    }
    size_t kind = number_of(fields[0], kinds, sizeof kinds / sizeof *kinds);
    size_t match = number_of(fields[2], matches, sizeof matches / sizeof *matches);
    if (strcmp(fields[0], "kind") == 0) {
        ret->source = NULL;
        return NULL;
    }
    if (kind == sizeof kinds / sizeof *kinds || match == sizeof matches / sizeof *matches ||
        number_of(fields[4], holdings, sizeof holdings / sizeof *holdings) ==
            sizeof holdings / sizeof *holdings)
        return "kind, match or holds is no word of this table";
    *ret = (struct stakes_rule){.kind = (enum stakes_kind)kind,
                                .match = (enum stakes_match)match,
                                .name = fields[1],
                                .value = fields[3],
                                .holds = fields[4],
                                .note = fields[5],
                                .source = fields[6]};
    return check(copy + (fields[3] - start), ret);
}

static const char *take(struct stakes *to, char *line, char *copy) {
    struct stakes_rule rule = {0}, *more;
    const char *why = parse(line, copy, &rule);
    if (why || !rule.source)
        return why;
    if (to->count == STAKES_MAX)
        return "there are too many lines";
    more = realloc(to->list, (to->count + 1) * sizeof *more);
    if (!more)
        return "out of memory";
    to->list = more;
    to->list[to->count++] = rule;
    return NULL;
}

static const char *take_lines(struct stakes *read, size_t *number) {
    const char *why = NULL;
    for (char *line = read->memory, *next; !why && *line; line = next) {
        char *copy = read->cut + (line - read->memory);
        size_t size = strcspn(line, "\n"), text = strcspn(line, "\r\n");
        next = line + size + (line[size] != 0);
        (*number)++;
        line[size] = copy[size] = line[text] = copy[text] = 0;
        if (line[0] && line[0] != '#')
            why = take(read, line, copy);
    }
    return why;
}

bool stakes_load(struct stakes *stakes, const char *path, struct text *error) {
    size_t size, number = 0;
    struct stakes read = {0};
    if (!place_read(path, STAKES_FILE, &read.memory, &size, error))
        return false;
    read.cut = strdup(read.memory);
    const char *why = strlen(read.memory) != size ? "the file holds a NUL"
                      : read.cut                  ? take_lines(&read, &number)
                                                  : "out of memory";
    if (!why) {
        *stakes = read;
        return true;
    }
    text_format(error, "%s:%zu: %s", path, number, why);
    stakes_free(&read);
    return false;
}
