/* What is told of a host, and the answer, in sentences. */
#include "judge/singled_private.h"

#include <math.h>
#include <stdlib.h>

struct choice {
    const struct singled_item *item;
    unsigned points;
};

static int by_points(const void *a, const void *b) {
    const struct choice *x = a, *y = b;
    if (x->points != y->points)
        return x->points < y->points ? 1 : -1;
    if (x->item->thing != y->item->thing)
        return x->item->thing > y->item->thing ? 1 : -1;
    return (x->item->mark > y->item->mark) - (x->item->mark < y->item->mark);
}

static void when(struct text *out, uint64_t arrival, uint64_t time) {
    static const uint64_t day = UINT64_C(864000000000);
    if (!time || !arrival)
        text_add(out, ", at a time that is not known");
    else if (time < arrival)
        text_format(out, ", %.1f days before the element", (double)(arrival - time) / (double)day);
    else
        text_format(out, ", %.1f days after the element", (double)(time - arrival) / (double)day);
}

/* Why it counts: what it is, how few have it, when it came, and how often others have the like. */
static void why(struct text *out, const struct singled_world *world, const struct singled_tally *tally,
                const struct singled_item *item) {
    unsigned outside = tally->outside[item->class];
    text_add(out, singled_grade_why((enum singled_grade)item->grade));
    if (item->hosts <= 1)
        text_format(out, "; no other of %zu hosts has it", world->rows->host_count);
    else
        text_format(out, "; %u of %zu hosts have it", item->hosts, world->rows->host_count);
    when(out, world->arrivals[item->host], item->time);
    if (tally->others == 0)
        return;
    if (outside == 0)
        text_format(out, "; none of %u hosts without the element has the like", tally->others);
    else
        text_format(out, "; %u of %u hosts without the element %s the like", outside, tally->others,
                    outside == 1 ? "has" : "have");
}

static bool texts(struct store *store, const struct singled_rows *rows, const struct singled_item *item,
                  struct singled *singled, struct singled_evidence *ret) {
    struct singled_rows_texts of = {{0}, {0}, {0}, {0}, {0}};
    struct text summary = {0};
    uint64_t thing = item->thing == SINGLED_ROWS_NONE ? 0 : rows->things[item->thing].thing;
    bool good = thing == 0 || singled_rows_texts(store, thing, &of);
    ret->detector = singled_keep(singled, texts_of(&rows->words, item->detector));
    if (good && item->mark != SINGLED_ROWS_NONE)
        good = singled_rows_summary(store, rows->hosts[item->host].host, thing, ret->detector, &summary);
    ret->kind = singled_keep(singled, text_string(&of.kind));
    ret->path = singled_keep(singled, text_string(&of.path));
    ret->name = singled_keep(singled, text_string(&of.name));
    ret->sha256 = singled_keep(singled, text_string(&of.sha256));
    ret->signer = singled_keep(singled, text_string(&of.signer));
    ret->summary = singled_keep(singled, text_string(&summary));
    singled_rows_texts_free(&of);
    text_free(&summary);
    return good;
}

static bool evidence(struct store *store, const struct singled_world *world,
                     const struct singled_tally *tally, const struct choice *choice, struct singled *singled,
                     struct singled_evidence *ret) {
    const struct singled_item *item = choice->item;
    struct text reason = {0};
    *ret = (struct singled_evidence){
        .stage = singled_keep(singled, chain_model_stage((enum chain_stage)item->stage)),
        .innocent = singled_grade_innocent((enum singled_grade)item->grade),
        .time = item->time,
        .hosts = item->hosts,
        .outside = tally->outside[item->class],
        .points = choice->points};
    why(&reason, world, tally, item);
    ret->why = singled_keep(singled, text_string(&reason));
    text_free(&reason);
    return texts(store, world->rows, item, singled, ret);
}

/* Items of one host lie together. */
static size_t first_of(const struct singled_world *world, uint32_t host) {
    size_t low = 0, high = world->item_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (world->items[middle].host < host)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Things are told once, by the gravest of what is said of them; marks of none each. */
static bool told(bool *things, const struct singled_item *item) {
    if (item->thing == SINGLED_ROWS_NONE)
        return false;
    bool before = things[item->thing];
    things[item->thing] = true;
    return before;
}

bool singled_tell_host(struct store *store, const struct singled_world *world,
                       const struct singled_tally *tally, uint32_t host, struct singled *singled,
                       struct singled_host *ret) {
    const struct singled_rows_host *row = &world->rows->hosts[host];
    size_t first = first_of(world, host), end = first, count = 0;
    while (end < world->item_count && world->items[end].host == host)
        end++;
    struct choice *choices = calloc(end - first + 1, sizeof *choices);
    bool *things = calloc(world->rows->thing_count + 1, sizeof *things);
    bool good = choices && things;
    for (size_t i = first; good && i < end; i++)
        choices[count++] = (struct choice){&world->items[i],
                                           singled_tally_class(world, tally, world->items[i].class, false)};
    if (count > 0)
        qsort(choices, count, sizeof *choices, by_points);
    ret->host = row->host;
    ret->arrival = row->arrival;
    ret->name = singled_keep(singled, row->name);
    ret->domain = singled_keep(singled, row->domain);
    ret->os_build = singled_keep(singled, row->os_build);
    ret->verdict = singled_keep(singled, row->verdict);
    ret->witnessed = world->witnessed[host];
    for (size_t i = 0; good && i < count; i++) {
        if (told(things, choices[i].item))
            continue;
        /* What was there before the element is told only where there is nothing else. */
        if (ret->evidence_count == SINGLED_EVIDENCE || (i > 0 && choices[i].item->near == SINGLED_BEFORE))
            ret->more++;
        else
            good = evidence(store, world, tally, &choices[i], singled, &ret->evidence[ret->evidence_count++]);
    }
    free(choices);
    free(things);
    return good;
}

/* --- the answer --- */

static void too_small(struct text *out, const struct singled *s) {
    if (s->cohort < SINGLED_ROWS_LEAST)
        text_format(
            out,
            "Too small to say: %u hosts have the element, and from fewer than %d nothing can be told about "
            "what is rare among them.",
            s->cohort, SINGLED_ROWS_LEAST);
    else if (s->cohort == s->hosts)
        text_add(out,
                 "Too small to say: all hosts have the element, so there is nobody to compare them with.");
    else
        text_format(
            out,
            "Too small to say: with %u hosts without the element, or so few in each group of hosts that are "
            "alike, chance alone cannot be ruled out (the least p is %.3g, %.3g is needed).",
            s->hosts - s->cohort, s->smallest, SINGLED_LEVEL);
    text_add(out, " The order below shows where to look first; it calls nobody singled out.");
}

static void decided(struct text *out, const struct singled *s) {
    if (s->answer == SINGLED_SOMEBODY)
        text_format(
            out,
            "%u of %u hosts with the element were singled out: rare evidence as grave as theirs is more "
            "frequent among hosts with the element than chance would have it (p %.4f by %u permutations); "
            "about %.1f of them would be there by chance.",
            s->called, s->cohort, s->p, s->permutations, s->chance);
    else
        text_format(
            out,
            "Nobody is called singled out: what is rare among the %u hosts with the element is no graver "
            "and no more frequent than among the %u without it (p %.3f; at most %.3f would say so).",
            s->cohort, s->hosts - s->cohort, s->p, SINGLED_LEVEL);
    if (s->shallow > 0)
        text_format(
            out,
            " Of the hosts with the element %u were collected less completely: what they lack is not known "
            "to be absent.",
            s->shallow);
    if (s->dated < s->cohort)
        text_format(out, " On %u of them it is not known when the element came.", s->cohort - s->dated);
}

void singled_tell_answer(struct singled *singled) {
    struct text out = {0};
    if (singled->answer == SINGLED_NO_ELEMENT)
        text_add(&out,
                 singled->element[0]
                     ? "No host has that element."
                     : "There is no element: no file on any host is marked as high or graver. Name one with "
                       "--element.");
    else if (singled->answer == SINGLED_TOO_SMALL)
        too_small(&out, singled);
    else
        decided(&out, singled);
    singled->statement = singled_keep(singled, text_string(&out));
    text_free(&out);
}
