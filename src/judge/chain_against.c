/* What contradicts a chain (docs/verdict.md). */
#include "judge/chain_story.h"

#define SECOND 10000000
#define HOUR   ((int64_t)CHAIN_HOUR * SECOND)
#define DAY    (24 * HOUR)

static const char known_sql[] = "SELECT list FROM known WHERE artifact = ? ORDER BY list LIMIT 1";

static const char trust_sql[] =
    "SELECT coalesce(signer, '') FROM trust WHERE artifact = ? AND state = 'trusted'";

static const char clock_sql[] =
    "SELECT evidence, abs(before - after) FROM clock_step WHERE before BETWEEN ? AND ? AND"
    " abs(before - after) >= ?";

static void say(struct chain_story *story, const char *sentence) {
    text_format(&story->against, "%s%s", story->against.size ? " " : "", sentence ? sentence : "");
    if (story->strength > STRENGTH_WEAK)
        story->strength--;
    else if (story->word > CHAIN_WORD_SUSPICIOUS)
        story->word = CHAIN_WORD_SUSPICIOUS;
    if (story->strength == STRENGTH_WEAK && story->word > CHAIN_WORD_SUSPICIOUS)
        story->word = CHAIN_WORD_SUSPICIOUS;
}

/* The step of a stage with the earliest time; NULL if none has one. */
static const struct chain_step *earliest(const struct chain_story *story, enum chain_stage stage) {
    const struct chain_step *found = NULL;
    for (size_t i = 0; i < story->step_count; i++)
        if (story->steps[i].stage == stage && story->steps[i].time > 0 &&
            (!found || story->steps[i].time < found->time))
            found = &story->steps[i];
    return found;
}

/* What a product holds was there before the product came. */
static void older_than_release(struct chain_case *c, struct chain_story *story) {
    const struct chain_step *release = earliest(story, CHAIN_STAGE_RELEASE);
    for (size_t i = 0; release && i < story->step_count; i++) {
        const struct chain_step *step = &story->steps[i];
        struct chain_moment there, came;
        if ((step->stage != CHAIN_STAGE_LOADER && step->stage != CHAIN_STAGE_PAYLOAD) || step->time <= 0 ||
            step->time >= release->time - DAY)
            continue;
        say(story,
            chain_said(c,
                       "%s was there at %s (UTC), before %s came at %s, as if it had nothing to do with it.",
                       c->things[step->thing].file, chain_moment(step->time, &there), release->name,
                       chain_moment(release->time, &came)));
        return;
    }
}

static void implant_before_way_in(struct chain_case *c, struct chain_story *story) {
    const struct chain_step *implant = earliest(story, CHAIN_STAGE_IMPLANT),
                            *loader = earliest(story, CHAIN_STAGE_LOADER),
                            *payload = earliest(story, CHAIN_STAGE_PAYLOAD);
    struct chain_moment first, then;
    if (loader && payload && payload->time < loader->time)
        loader = payload;
    if (implant && loader && implant->time < loader->time - DAY)
        say(story,
            chain_said(c, "%s was there at %s (UTC), before what is said to have brought it, %s, at %s.",
                       implant->name, chain_moment(implant->time, &first), loader->name,
                       chain_moment(loader->time, &then)));
}

static void ran_before(struct chain_case *c, struct chain_story *story) {
    for (size_t i = 0; i < story->step_count; i++) {
        const struct chain_step *step = &story->steps[i];
        int64_t born = c->things[step->thing].born;
        struct chain_moment ran, made;
        if (step->stage != CHAIN_STAGE_EXECUTION || !chain_story_own(c, step) || step->time <= 0 ||
            born <= 0 || step->time >= born - DAY)
            continue;
        say(story,
            chain_said(
                c,
                "%s ran at %s (UTC), before it was made at %s: something else had its path then, or a clock "
                "was wrong.",
                step->name, chain_moment(step->time, &ran), chain_moment(born, &made)));
        return;
    }
}

static bool clock_steps(struct chain_case *c, struct chain_story *story) {
    struct db_query *q = db_prepare(c->db, clock_sql);
    bool told = false;
    if (q) {
        db_bind_integer(q, 1, story->first);
        db_bind_integer(q, 2, story->last);
        db_bind_integer(q, 3, HOUR);
    }
    while (q && !told && db_step(q)) {
        const struct chain_evidence *e = chain_evidence_of(c, db_integer(q, 0));
        if (!e || e->host != story->host)
            continue;
        say(story,
            chain_said(
                c,
                "The clock of the machine was set by %lld hours or more between the first and the last of "
                "these events, so that their order is not certain.",
                (long long)(db_integer(q, 1) / HOUR)));
        told = true;
    }
    db_finish(q);
    return q && db_error(c->db)[0] == 0;
}

/* The first file that carries the accusation and is vouched for. */
static bool vouched(struct chain_case *c, struct chain_story *story, const char *sql, bool only_implants,
                    const char *format) {
    struct db_query *q = db_prepare(c->db, sql);
    bool told = false;
    for (size_t i = 0; q && !told && i < story->step_count; i++) {
        const struct chain_step *step = &story->steps[i];
        bool fits = step->stage == CHAIN_STAGE_IMPLANT || step->stage == CHAIN_STAGE_DRIVER ||
                    step->stage == CHAIN_STAGE_PAYLOAD;
        if (only_implants)
            fits = step->stage == CHAIN_STAGE_IMPLANT;
        if (!fits || step->event != CHAIN_NO_EVENT || step->strength < STRENGTH_FIRM ||
            !chain_story_own(c, step))
            continue;
        db_reset(q);
        db_bind_integer(q, 1, step->artifact);
        if (db_step(q)) {
            char by[200];
            const char *name = db_text(q, 0, NULL);
            snprintf(by, sizeof by, "%.*s", text_cut(name, (int)sizeof by - 1), name);
            say(story, chain_said(c, "%s %s%s.", step->name, format, by));
            told = true;
        }
        db_reset(q);
    }
    db_finish(q);
    return q && db_error(c->db)[0] == 0;
}

bool chain_against(struct chain_case *c, struct chain_story *story) {
    older_than_release(c, story);
    implant_before_way_in(c, story);
    ran_before(c, story);
    return clock_steps(c, story) &&
           vouched(c, story, known_sql, false,
                   "is delivered like that by its maker, as a list of known software has it: ") &&
           vouched(c, story, trust_sql, true, "is signed and unaltered, as Windows would see it, by ") &&
           !c->failed;
}
