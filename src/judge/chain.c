#include "judge/chain_gather.h"
#include "judge/chain_link.h"
#include "judge/chain_verdict.h"
#include "judge/chain_write.h"
#include "model/judge.h"

#include <stdlib.h>

/* Fragments of one chain, as they come to be told. */
struct candidate {
    uint32_t root, host, things;
    size_t first; /* in the list of things by chain */
    enum chain_word word;
    enum strength strength;
    enum severity severity;
    unsigned kins;
    int64_t time;
};

struct work {
    struct chain_case c;
    struct chain_events events;
    struct chain_fragments fragments;
    struct chain_outcome *outcomes;
    struct candidate *candidates;
    uint32_t *things; /* with a stage, by chain */
    size_t candidate_count, thing_count;
};

/* --- chains --- */

/* A thing with the root of its chain, so that those of a chain stand together. */
struct place {
    uint32_t root, thing;
};

static int by_chain(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    return a->root != b->root ? (a->root < b->root ? -1 : 1) : (a->thing > b->thing) - (a->thing < b->thing);
}

static bool sort(struct work *w) {
    struct chain_case *c = &w->c;
    struct place *list = malloc((c->thing_count + 1) * sizeof *list);
    w->things = malloc((c->thing_count + 1) * sizeof *w->things);
    w->candidates = malloc((c->thing_count + 1) * sizeof *w->candidates);
    if (!list || !w->things || !w->candidates) {
        free(list);
        return false;
    }
    for (uint32_t i = 0; i < c->thing_count; i++) {
        c->chains[i] = chain_link_root(c->chains, i);
        if (w->fragments.of[i] != CHAIN_NONE)
            list[w->thing_count++] = (struct place){c->chains[i], i};
    }
    if (w->thing_count > 0)
        qsort(list, w->thing_count, sizeof *list, by_chain);
    for (size_t i = 0; i < w->thing_count; i++)
        w->things[i] = list[i].thing;
    free(list);
    return true;
}

static void add_fragment(struct candidate *to, const struct chain_fragment *f) {
    if (f->word > to->word) {
        to->word = f->word;
        to->strength = f->strength;
    } else if (f->word == to->word && f->strength > to->strength)
        to->strength = f->strength;
    if (f->severity > to->severity)
        to->severity = f->severity;
    to->kins += f->kins;
    if (f->first > 0 && (to->time == 0 || f->first < to->time))
        to->time = f->first;
}

static bool collect(struct work *w) {
    struct chain_case *c = &w->c;
    if (!sort(w))
        return false;
    for (size_t i = 0; i < w->thing_count; i++) {
        uint32_t thing = w->things[i], root = c->chains[thing];
        const struct chain_fragment *f = &w->fragments.list[w->fragments.of[thing]];
        if (i == 0 || c->chains[w->things[i - 1]] != root)
            w->candidates[w->candidate_count++] =
                (struct candidate){.root = root, .host = c->things[thing].host, .first = i};
        struct candidate *to = &w->candidates[w->candidate_count - 1];
        to->things++;
        if (f->root == thing)
            add_fragment(to, f);
    }
    return true;
}

static int by_gravity(const void *left, const void *right) {
    const struct candidate *a = left, *b = right;
    if (a->word != b->word)
        return a->word > b->word ? -1 : 1;
    if (a->strength != b->strength)
        return a->strength > b->strength ? -1 : 1;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    return a->root < b->root ? -1 : a->root > b->root;
}

/* What is linked to nothing is a chain if it makes a verdict by itself. */
static bool is_told(const struct candidate *candidate) {
    return candidate->word >= CHAIN_WORD_EXPOSED &&
           (candidate->things > 1 || candidate->kins > 1 || candidate->severity >= SEVERITY_HIGH);
}

static void heed(struct work *w, uint32_t host, enum chain_word word, const char *title, int64_t since) {
    if (host == CHAIN_NONE)
        return;
    struct chain_outcome *o = &w->outcomes[host];
    if (word > o->word || (word == o->word && !o->title))
        o->title = title;
    if (word > o->word)
        o->word = word;
    if (word >= CHAIN_WORD_STAGE1 && since > 0 && (o->since == 0 || since < o->since))
        o->since = since;
}

/* --- telling, in the order of gravity --- */

static int by_outcome(const void *left, const void *right) {
    const struct chain_story *a = left, *b = right;
    if (a->word != b->word)
        return a->word > b->word ? -1 : 1;
    if (a->strength != b->strength)
        return a->strength > b->strength ? -1 : 1;
    return a->things < b->things ? -1 : a->things > b->things;
}

static bool prepare(struct work *w, const struct candidate *candidate, struct chain_story *story) {
    *story = (struct chain_story){.things = w->things + candidate->first,
                                  .thing_count = candidate->things,
                                  .host = candidate->host,
                                  .word = candidate->word,
                                  .strength = candidate->strength};
    return chain_story(&w->c, &w->events, story) && chain_against(&w->c, story) && chain_gaps(&w->c, story) &&
           chain_tell(&w->c, story);
}

/* Contradictions may have changed the order. */
static bool write_stories(struct work *w, struct chain_story *stories, size_t count) {
    bool good = true;
    if (count > 0)
        qsort(stories, count, sizeof *stories, by_outcome);
    for (size_t i = 0; good && i < count; i++) {
        const struct chain_story *story = &stories[i];
        heed(w, story->host, story->word, chain_keep(&w->c, text_string(&story->title), story->title.size),
             story->since);
        good = chain_write(&w->c, i + 1, story);
    }
    return good;
}

static bool tell(struct work *w) {
    struct chain_story *stories = calloc(CHAIN_MOST, sizeof *stories);
    size_t count = 0;
    bool good = stories != NULL;
    if (w->candidate_count > 0)
        qsort(w->candidates, w->candidate_count, sizeof *w->candidates, by_gravity);
    for (size_t i = 0; good && i < w->candidate_count; i++) {
        const struct candidate *candidate = &w->candidates[i];
        if (is_told(candidate) && count < CHAIN_MOST)
            good = prepare(w, candidate, &stories[count++]);
        else
            heed(w, candidate->host, candidate->word, NULL, 0);
    }
    good = good && write_stories(w, stories, count);
    for (size_t i = 0; i < count; i++)
        chain_story_free(&stories[i]);
    free(stories);
    return good;
}

/* Findings without a stage count, too; so do those of evidence that is of no host: they speak for all. */
static bool count(struct work *w) {
    struct chain_case *c = &w->c;
    w->outcomes = calloc(c->host_count + 1, sizeof *w->outcomes);
    for (size_t i = 0; w->outcomes && i < c->found_count; i++) {
        const struct chain_found *found = &c->founds[i];
        uint32_t host = c->things[found->thing].host;
        if (host == CHAIN_NONE)
            continue;
        struct chain_outcome *o = &w->outcomes[host];
        bool firm = found->strength >= STRENGTH_FIRM, counts = firm && found->severity >= SEVERITY_MEDIUM &&
                                                               found->rule->weight >= CHAIN_WEIGHT_SUPPORT;
        o->firm += counts;
        o->weak += !firm;
        o->holes += found->rule->weight == CHAIN_WEIGHT_HOLE;
        if (counts && found->rule->stage == CHAIN_STAGE_NONE)
            heed(w, host, CHAIN_WORD_SUSPICIOUS, NULL, 0);
    }
    return w->outcomes != NULL;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct work w = {.c = {.casefile = casefile, .db = casefile_db(casefile)}};
    (void)intel;
    bool good = chain_gather(&w.c) && chain_link(&w.c) && chain_events(&w.c, &w.events) &&
                chain_weigh(&w.c, &w.fragments) && chain_join(&w.c, &w.fragments) && collect(&w) &&
                count(&w) && tell(&w) && chain_verdict(&w.c, w.outcomes);
    chain_events_free(&w.events);
    chain_weigh_free(&w.fragments);
    free(w.outcomes);
    free(w.candidates);
    free(w.things);
    chain_case_free(&w.c);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_chain = {
    .text =
        {
            .id = "chain",
            .title = "what the case comes to, and which findings are one attack",
            .why =
                "Findings say what is odd about single files. An attack is a sequence: a changed product is installed, a part of "
                "it opens a payload, that brings an implant and a driver, dates are set back, something starts it, traces are "
                "removed. This judge joins findings and what else is known by what they share (names, bytes, services, folders, "
                "packages; time alone is weak), tells what happened in order, and gives a verdict: nothing found, exposed, "
                "suspicious, compromised: stage 1 (a changed product is installed or ran) or compromised: implant. Notes alone are "
                "never more than nothing; a single finding is never more than suspicious, unless a list has that very file. "
                "docs/verdict.md has the model.",
            .innocent =
                "Each stage has innocent causes, which are told with the chain; that several meet is what makes an attack likely. "
                "Contradictions, such as a part that is older than the product, lower the strength and are told. Analysts' tools "
                "and collections of samples look like attacks.",
            .verify =
                "assay explain CASE NUMBER for each finding of the chain; the links name artifacts, MFT entries, keys and byte "
                "ranges to look at; assay timeline EVIDENCE for what else happened at that time.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
    .closing = true,
};
