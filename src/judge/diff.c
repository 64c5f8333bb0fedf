#include "judge/diff.h"

#include "judge/diff_rules.h"
#include "judge/release_excerpt.h"

#include <stdlib.h>

#define SCRATCH_MEMORY ((size_t)256 << 20) /* of one pair */

struct comparing {
    struct job *job;
    struct diff *diff;
    struct diff_traits *traits;
    struct release_images *before, *after;
    const struct release *old, *new;
};

static bool is_program(const struct diff_member *member) {
    return member && member->kind == DIFF_PROGRAM;
}

static void add_tools(struct job *job, struct diff_pair *pair, const struct release_image *before,
                      const struct diff_traits *traits) {
    char text[96];
    snprintf(text, sizeof text, "linker %s, %s", before->linker[0] ? before->linker : "unknown",
             before->has_rich ? "Rich header" : "no Rich header");
    if (strcmp(text, traits->toolchain) != 0)
        diff_pair_add(job, pair, "build", "tools", text, traits->toolchain);
}

/* What texts gained and lost, line by line. */
static bool compare_lines(struct comparing *c, struct diff_pair *pair) {
    struct release_lines lines;
    struct job scratch;
    char counts[96];
    job_init(&scratch, SCRATCH_MEMORY);
    struct span before = release_excerpt(c->old, &scratch, pair->before->artifact);
    struct span after = release_excerpt(c->new, &scratch, pair->after->artifact);
    bool good =
        before.size == 0 || after.size == 0 || release_excerpt_compare(&scratch, before, after, &lines);
    if (good && before.size > 0 && after.size > 0) {
        snprintf(counts, sizeof counts, "%llu lines lost, %llu gained", (unsigned long long)lines.lost,
                 (unsigned long long)lines.gained);
        diff_pair_add(c->job, pair, "text", "lines", "", counts);
        diff_pair_add(c->job, pair, "text", "what", "", lines.told);
        if (pair->change_count > 0 && lines.told[0])
            pair->changes[pair->change_count - 1].text = true;
    }
    job_reset(&scratch);
    return good;
}

/* Programs that stayed as they were are looked at, too: they tell how the release is made. */
static bool compare_pair(struct comparing *c, size_t number) {
    static struct release_image before, after;
    struct diff_pair *pair = &c->diff->pairs[number];
    struct diff_traits *traits = &c->traits[number];
    struct job scratch;
    job_init(&scratch, SCRATCH_MEMORY);
    bool old = is_program(pair->before) && pair->fate == DIFF_CHANGED, new = is_program(pair->after);
    bool good = (!old || release_image_load(c->before, &scratch, pair->before->artifact, &before)) &&
                (!new || release_image_load(c->after, &scratch, pair->after->artifact, &after)) &&
                diff_pair_compare(c->job, old ? &before : NULL, new ? &after : NULL, pair, traits);
    if (good && old && new)
        add_tools(c->job, pair, &before, traits);
    job_reset(&scratch);
    if (good && !old && !new && pair->fate == DIFF_CHANGED)
        good = compare_lines(c, pair);
    return good;
}

static enum diff_step step_of(const struct release *before, const struct release *after) {
    bool known = before->version[0] && after->version[0];
    enum diff_step step = known ? release_step(before->version, after->version) : DIFF_STEP_UNKNOWN;
    bool vague = strcmp(before->version_from, RELEASE_MOST_PROGRAMS) == 0 ||
                 strcmp(after->version_from, RELEASE_MOST_PROGRAMS) == 0;
    return step == DIFF_STEP_NONE && vague ? DIFF_STEP_UNKNOWN : step;
}

static struct diff_release describe(const struct release *release) {
    struct diff_release ret = {.version = release->version,
                               .version_from = release->version_from,
                               .label = "",
                               .members = release->count,
                               .complete = release->complete};
    for (size_t i = 0; i < release->count; i++)
        ret.unread += release->members[i].state != DIFF_READ;
    return ret;
}

/* Most severe first; else in the order in which they were found. */
static int by_weight(const void *left, const void *right) {
    const struct diff_finding *a = left, *b = right;
    if (a->joined != b->joined)
        return a->joined - b->joined;
    if (a->severity != b->severity)
        return (int)b->severity - (int)a->severity;
    if (a->strength != b->strength)
        return (int)b->strength - (int)a->strength;
    int order = strcmp(a->rule->id, b->rule->id);
    const struct diff_pair *x = a->pair_count ? a->pairs[0] : NULL, *y = b->pair_count ? b->pairs[0] : NULL;
    return order ? order : x < y ? -1 : x > y;
}

/* One step: all of it but what a history adds. */
static bool compare_two(struct job *job, struct release *before, struct release *after,
                        const struct diff_others *others, struct diff *ret) {
    struct comparing c = {.job = job, .diff = ret, .old = before, .new = after};
    *ret = (struct diff){.before = describe(before), .after = describe(after), .history = 1};
    ret->step = step_of(before, after);
    if (!diff_match(job, before, after, ret))
        return false;
    c.traits = job_alloc(job, ret->pair_count + 1, sizeof *c.traits);
    c.before = release_images_open(before);
    c.after = release_images_open(after);
    bool good = c.traits && c.before && c.after;
    for (size_t i = 0; good && i < ret->pair_count; i++)
        good = compare_pair(&c, i);
    release_images_close(c.before);
    release_images_close(c.after);
    struct diff_judging judging = {job, before, after, ret, c.traits, {NULL, NULL, NULL}};
    if (others)
        judging.others = *others;
    good = good && diff_rules_run(&judging);
    if (good && ret->finding_count > 0)
        qsort(ret->findings, ret->finding_count, sizeof *ret->findings, by_weight);
    return good;
}

/* --- habits --- */

static bool same_matter(struct job *job, const struct diff_finding *a, const struct diff_finding *b) {
    if (a->rule != b->rule || a->pair_count == 0 || b->pair_count == 0 || !a->pairs[0]->after ||
        !b->pairs[0]->after)
        return false;
    const char *x = release_plain(job, a->pairs[0]->after->path),
               *y = release_plain(job, b->pairs[0]->after->path);
    return x && y && strcmp(x, y) == 0;
}

/* What happens in most steps of a maker is its habit; what never happened is the more telling. */
static void weigh_habits(struct job *job, const struct diff *earlier, size_t steps, struct diff *ret) {
    for (size_t i = 0; i < ret->finding_count; i++) {
        struct diff_finding *finding = &ret->findings[i];
        size_t seen = 0;
        for (size_t k = 0; k < steps; k++) {
            bool found = false;
            for (size_t n = 0; n < earlier[k].finding_count && !found; n++)
                found = same_matter(job, &earlier[k].findings[n], finding);
            seen += found;
        }
        char text[96];
        if (seen == 0)
            snprintf(text, sizeof text, "never in %zu earlier step%s", steps, steps == 1 ? "" : "s");
        else
            snprintf(text, sizeof text, "in %zu of %zu earlier steps", seen, steps);
        if (seen * 2 > steps && finding->severity > SEVERITY_INFO && finding->severity < SEVERITY_CRITICAL)
            finding->severity--;
        if (finding->detail_count < DIFF_DETAILS)
            finding->details[finding->detail_count++] =
                (struct diff_detail){"the same before", release_text(job, text, strlen(text))};
    }
}

bool diff_compare(struct job *job, struct release *before, size_t count, struct release *after,
                  const struct diff_others *others, struct diff *ret) {
    struct diff *earlier = job_alloc(job, count, sizeof *earlier);
    bool good = earlier && count > 0;
    for (size_t i = 0; good && i + 1 < count; i++)
        good = compare_two(job, &before[i], &before[i + 1], NULL, &earlier[i]);
    good = good && compare_two(job, &before[count - 1], after, others, ret);
    if (!good)
        return false;
    ret->history = count;
    if (count > 1) {
        weigh_habits(job, earlier, count - 1, ret);
        if (ret->finding_count > 0)
            qsort(ret->findings, ret->finding_count, sizeof *ret->findings, by_weight);
    }
    return true;
}
