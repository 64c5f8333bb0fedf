#include "detect/inspect_regf_choice.h"

static const char *const patterns[] = {
#define HIVE_KEY(pattern) pattern,
#include "detect/inspect_regf.def"
#undef HIVE_KEY
};

#define COUNT (sizeof patterns / sizeof *patterns)

_Static_assert(COUNT <= INSPECT_REGF_PATTERNS, "room for all patterns");

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* One name against one part of a pattern; a star is tried at the last place where it was. */
static bool matches(const char *part, size_t part_size, const char *name, size_t size) {
    size_t p = 0, n = 0, star = SIZE_MAX, behind = 0;
    while (n < size) {
        if (p < part_size && part[p] == '*') {
            star = p++;
            behind = n;
        } else if (p < part_size && lower(part[p]) == lower(name[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++behind;
        } else
            return false;
    }
    while (p < part_size && part[p] == '*')
        p++;
    return p == part_size;
}

static void start(struct inspect_regf_level *level) {
    level->all = false;
    level->count = COUNT;
    for (size_t i = 0; i < COUNT; i++)
        level->alive[i] = (struct inspect_regf_alive){(uint8_t)i, 0};
}

/* What is left of the patterns above a key below it; whether one of them ends with it. */
static bool descend(const struct inspect_regf_level *above, struct inspect_regf_level *below,
                    const char *name, size_t size) {
    bool taken = above->all;
    below->count = 0;
    below->all = above->all;
    for (size_t i = 0; i < above->count && !above->all; i++) {
        struct inspect_regf_alive alive = above->alive[i];
        const char *part = patterns[alive.pattern] + alive.at, *end = strchr(part, '/');
        size_t part_size = end ? (size_t)(end - part) : strlen(part);
        if (!matches(part, part_size, name, size))
            continue;
        bool open = end && strcmp(end, "/**") == 0;
        taken = taken || !end || open;
        below->all = below->all || open;
        if (end && !open)
            below->alive[below->count++] =
                (struct inspect_regf_alive){alive.pattern, (uint8_t)(alive.at + part_size + 1)};
    }
    return taken;
}

bool inspect_regf_choice_takes(struct inspect_regf_choice *choice, unsigned level, const char *name,
                               size_t size) {
    if (level == 0) {
        start(&choice->levels[0]);
        return false;
    }
    if (level > REGF_DEPTH)
        return false;
    return descend(&choice->levels[level - 1], &choice->levels[level], name, size);
}

bool inspect_regf_choice_takes_path(struct inspect_regf_choice *choice, const char *path, size_t size) {
    bool taken = inspect_regf_choice_takes(choice, 0, "", 0);
    unsigned level = 0;
    for (size_t at = 0; at < size;) {
        const char *name = path + at + 1, *end = memchr(name, '/', size - at - 1);
        size_t name_size = end ? (size_t)(end - name) : size - at - 1;
        taken = inspect_regf_choice_takes(choice, ++level, name, name_size);
        at += name_size + 1;
    }
    return taken;
}
