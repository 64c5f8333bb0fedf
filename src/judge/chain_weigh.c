#include "judge/chain_weigh.h"

#include "judge/chain_link.h"

#include <stdlib.h>

enum { KINS = 24 };

/* What is counted of a fragment while its things pass. */
struct count {
    const char *kins[KINS];
    bool high, strong, listed, pair, implant, installed, hole, weighty, persistent;
};

static bool is_installed(const struct chain_case *c, const struct chain_thing *t) {
    return t->host != CHAIN_NONE && c->hosts[t->host].windows && t->place != CHAIN_PLACE_OPEN &&
           t->place != CHAIN_PLACE_PACKAGE && (t->artifact || t->path);
}

static void add_kin(struct chain_fragment *f, struct count *count, const char *kin) {
    for (unsigned i = 0; i < f->kins; i++)
        if (strcmp(count->kins[i], kin) == 0)
            return;
    if (f->kins < KINS)
        count->kins[f->kins++] = kin;
}

/* What is weak, or low, tells and does not count; a hole counts for itself alone. */
static void weigh_found(struct chain_fragment *f, struct count *count, const struct chain_found *found) {
    const struct chain_rule *rule = found->rule;
    bool high = found->severity >= SEVERITY_HIGH;
    if (found->strength < STRENGTH_FIRM || rule->stage == CHAIN_STAGE_NONE)
        return;
    if (found->severity > f->severity)
        f->severity = found->severity;
    count->hole = count->hole || rule->weight == CHAIN_WEIGHT_HOLE;
    if (found->severity < SEVERITY_MEDIUM || rule->weight < CHAIN_WEIGHT_SUPPORT)
        return;
    count->weighty = true;
    f->grave = f->grave || rule->weight >= CHAIN_WEIGHT_GRAVE;
    f->way_in = f->way_in || chain_model_way_in(rule->stage);
    count->persistent = count->persistent || rule->stage == CHAIN_STAGE_PERSISTENCE;
    add_kin(f, count, rule->kin);
    if (rule->weight < CHAIN_WEIGHT_GRAVE || !high)
        return;
    bool strong = found->strength == STRENGTH_STRONG;
    count->high = true;
    count->strong = count->strong || strong;
    count->implant =
        count->implant || rule->stage == CHAIN_STAGE_IMPLANT || rule->stage == CHAIN_STAGE_DRIVER;
    count->listed = count->listed ||
                    (strong && rule->weight == CHAIN_WEIGHT_LISTED && found->severity == SEVERITY_CRITICAL);
    count->pair = count->pair || (strong && strcmp(rule->kin, "sibling") == 0);
}

static enum chain_word word_of(const struct chain_case *c, const struct chain_fragment *f,
                               const struct count *count) {
    bool confirmed = count->listed || (count->high && (f->kins > 1 || count->pair));
    bool windows = f->host != CHAIN_NONE && c->hosts[f->host].windows;
    if (!confirmed)
        return count->weighty ? CHAIN_WORD_SUSPICIOUS : count->hole ? CHAIN_WORD_EXPOSED : CHAIN_WORD_NOTHING;
    if (!windows)
        return count->implant ? CHAIN_WORD_SUSPICIOUS : CHAIN_WORD_EXPOSED;
    if (!count->installed && !(count->implant && count->persistent))
        return CHAIN_WORD_EXPOSED;
    return count->implant ? CHAIN_WORD_IMPLANT : CHAIN_WORD_STAGE1;
}

static void weigh_thing(const struct chain_case *c, struct chain_fragment *f, struct count *count,
                        uint32_t at) {
    const struct chain_thing *t = &c->things[at];
    int64_t time = chain_time(c, at);
    f->things++;
    for (uint32_t i = 0; i < t->founds; i++)
        weigh_found(f, count, &c->founds[t->found + i]);
    count->installed = count->installed || is_installed(c, t) || t->ran;
    if (time > 0 && (f->first == 0 || time < f->first))
        f->first = time;
}

/* Things by their roots, so that those of a fragment stand together. */
struct member {
    uint32_t root, thing;
};

static int compare(const void *left, const void *right) {
    const struct member *a = left, *b = right;
    if (a->root != b->root)
        return a->root < b->root ? -1 : 1;
    return (a->thing > b->thing) - (a->thing < b->thing);
}

static size_t members(struct chain_case *c, struct member *list) {
    size_t count = 0;
    for (uint32_t i = 0; i < c->thing_count; i++)
        if (chain_link_staged(c, i))
            list[count++] = (struct member){chain_link_root(c->parents, i), i};
    if (count > 0)
        qsort(list, count, sizeof *list, compare);
    return count;
}

bool chain_weigh(struct chain_case *c, struct chain_fragments *ret) {
    struct member *list = malloc((c->thing_count + 1) * sizeof *list);
    *ret = (struct chain_fragments){.list = malloc((c->thing_count + 1) * sizeof *ret->list),
                                    .of = malloc((c->thing_count + 1) * sizeof *ret->of)};
    if (!list || !ret->list || !ret->of) {
        free(list);
        return false;
    }
    size_t count = members(c, list);
    memset(ret->of, 0xff, (c->thing_count + 1) * sizeof *ret->of);
    for (size_t i = 0; i < count;) {
        struct chain_fragment *f = &ret->list[ret->count];
        struct count counted = {0};
        *f = (struct chain_fragment){.root = list[i].root, .host = c->things[list[i].thing].host};
        for (uint32_t root = f->root; i < count && list[i].root == root; i++) {
            ret->of[list[i].thing] = (uint32_t)ret->count;
            weigh_thing(c, f, &counted, list[i].thing);
        }
        f->seed = counted.weighty || counted.hole;
        f->word = word_of(c, f, &counted);
        f->strength = counted.strong || counted.listed ? STRENGTH_STRONG : STRENGTH_FIRM;
        ret->count++;
    }
    free(list);
    return true;
}

void chain_weigh_free(struct chain_fragments *fragments) {
    free(fragments->list);
    free(fragments->of);
}
