#include "judge/chain_model.h"

#include <string.h>
#include <strings.h>

static const struct chain_rule rules[] = {
#define CHAIN_STAGE(detector, place, stage, weight, severity, strength, kin)                                 \
    {detector,                                                                                               \
     CHAIN_PLACE_##place,                                                                                    \
     CHAIN_STAGE_##stage,                                                                                    \
     CHAIN_WEIGHT_##weight,                                                                                  \
     SEVERITY_##severity,                                                                                    \
     STRENGTH_##strength,                                                                                    \
     kin},
#include "judge/chain_stages.def"
#undef CHAIN_STAGE
};

static const struct chain_rule without_stage = {
    "", CHAIN_PLACE_ANY, CHAIN_STAGE_NONE, CHAIN_WEIGHT_SUPPORT, SEVERITY_LOW, STRENGTH_WEAK, "other"};

const struct chain_rule *chain_model_rule(const char *detector, enum chain_place place,
                                          enum severity severity, enum strength strength) {
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct chain_rule *rule = &rules[i];
        if (strcmp(rule->detector, detector) == 0 &&
            (rule->place == CHAIN_PLACE_ANY || rule->place == place) && severity >= rule->severity &&
            strength >= rule->strength)
            return rule;
    }
    return &without_stage;
}

bool chain_model_knows(const char *detector) {
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rules[i].detector, detector) == 0)
            return true;
    return false;
}

static const struct {
    const char *name, *lead, *innocent;
} words[] = {
#define CHAIN_WORDS(stage, name, lead, innocent) {name, lead, innocent},
#include "judge/chain_words.def"
#undef CHAIN_WORDS
};

const char *chain_model_stage(enum chain_stage stage) {
    return stage < CHAIN_STAGE_NONE ? words[stage].name : "";
}

const char *chain_model_lead(enum chain_stage stage) {
    return stage < CHAIN_STAGE_NONE ? words[stage].lead : "";
}

const char *chain_model_innocent(enum chain_stage stage) {
    return stage < CHAIN_STAGE_NONE ? words[stage].innocent : "";
}

const char *chain_model_word(enum chain_word word) {
    static const char *const ladder[] = {"nothing found", "exposed", "suspicious", "compromised: stage 1",
                                         "compromised: implant"};
    return (unsigned)word < sizeof ladder / sizeof ladder[0] ? ladder[word] : "?";
}

bool chain_model_way_in(enum chain_stage stage) {
    return stage == CHAIN_STAGE_RELEASE || stage == CHAIN_STAGE_INSTALLATION || stage == CHAIN_STAGE_LOADER;
}

/* --- places --- */

enum { PARTS = 8 /* names of a path that are looked at */ };

struct parts {
    const char *at[PARTS];
    size_t size[PARTS], count;
    const char *folder;
};

static void split(const char *folder, struct parts *parts) {
    *parts = (struct parts){.folder = folder};
    for (const char *c = folder; *c && parts->count < PARTS;) {
        c += strspn(c, "/");
        size_t size = strcspn(c, "/");
        if (size == 0)
            break;
        parts->at[parts->count] = c;
        parts->size[parts->count++] = size;
        c += size;
    }
}

static bool is(const struct parts *parts, size_t at, const char *name) {
    return at < parts->count && parts->size[at] == strlen(name) &&
           strncasecmp(parts->at[at], name, parts->size[at]) == 0;
}

static bool is_one(const struct parts *parts, size_t at, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is(parts, at, names[i]))
            return true;
    return false;
}

/* The length of the path up to and with name `at`; 0 if there is none. */
static size_t up_to(const struct parts *parts, size_t at) {
    return at < parts->count ? (size_t)(parts->at[at] + parts->size[at] - parts->folder) : 0;
}

/* A folder of makers, each of whom may have several products there. */
static bool is_shelf(const struct parts *parts, size_t at) {
    static const char *const names[] = {"Microsoft", "Common Files", "WindowsApps", "ModifiableWindowsApps",
                                        "Packages",  "Programs",     "Google",      "Package Cache"};
    return is_one(parts, at, names, sizeof names / sizeof names[0]);
}

/* The product in a folder of products, the last name of which is at `at`. */
static enum chain_place product_in(const struct parts *parts, size_t at, size_t *product) {
    *product = up_to(parts, is_shelf(parts, at + 1) ? at + 2 : at + 1);
    return CHAIN_PLACE_PRODUCT;
}

static enum chain_place open_in(const struct parts *parts, size_t at, size_t *product) {
    *product = up_to(parts, at + 1);
    return CHAIN_PLACE_OPEN;
}

static enum chain_place of_user(const struct parts *parts, size_t at, size_t *product) {
    static const char *const own[] = {"Downloads", "Desktop", "Documents", "Pictures", "Music", "Videos"};
    if (is(parts, at + 1, "Public"))
        return open_in(parts, at + 2, product);
    if (is_one(parts, at + 2, own, sizeof own / sizeof own[0]))
        return open_in(parts, at + 2, product);
    if (!is(parts, at + 2, "AppData"))
        return CHAIN_PLACE_ELSEWHERE;
    if (is(parts, at + 4, "Temp"))
        return open_in(parts, at + 4, product);
    return product_in(parts, at + 3, product);
}

enum chain_place chain_model_place(const char *folder, bool whole, size_t *product) {
    static const char *const programs[] = {"Program Files", "Program Files (x86)", "ProgramData"};
    static const char *const open[] = {"Temp", "Tmp", "$Recycle.Bin", "PerfLogs"};
    struct parts parts;
    split(folder, &parts);
    *product = 0;
    for (size_t at = 0; at < (whole ? 1 : parts.count); at++) {
        if (is(&parts, at, "Windows"))
            return CHAIN_PLACE_WINDOWS;
        if (is_one(&parts, at, programs, sizeof programs / sizeof programs[0]))
            return product_in(&parts, at, product);
        if (is(&parts, at, "Users"))
            return of_user(&parts, at, product);
        if (whole && is_one(&parts, at, open, sizeof open / sizeof open[0]))
            return open_in(&parts, at, product);
    }
    *product = whole && parts.count == 0 ? 0 : strlen(folder);
    return CHAIN_PLACE_ELSEWHERE;
}
