#include "judge/chain_story.h"

#include "judge/chain_link.h"

#include <stdlib.h>

enum {
    STAGE_STEPS = CHAIN_STEPS / CHAIN_STAGE_NONE,
    SUMMARIES = 3 /* of a step that are told */,
    TEXT = 3000 /* bytes of a step's text at most */
};

static const char summary_sql[] = "SELECT coalesce(summary, '') FROM finding WHERE id = ?";

bool chain_story_has(const struct chain_story *story, enum chain_stage stage) {
    for (size_t i = 0; i < story->step_count; i++)
        if (story->steps[i].stage == stage)
            return true;
    return false;
}

bool chain_story_own(const struct chain_case *c, const struct chain_step *step) {
    return step->artifact != 0 && step->artifact == c->things[step->thing].artifact;
}

static struct chain_step *add(struct chain_case *c, struct chain_story *story, struct chain_step step) {
    if (!chain_room(c, &story->steps, &story->step_room, story->step_count, sizeof *story->steps))
        return NULL;
    story->steps[story->step_count] = step;
    return &story->steps[story->step_count++];
}

/* --- steps that rest on findings --- */

static void time_of(struct chain_case *c, struct chain_step *step) {
    const struct chain_thing *t = &c->things[step->thing];
    bool set = step->stage == CHAIN_STAGE_STOMPING;
    step->time = t->artifact ? (set ? t->changed : t->born) : 0;
    if (step->time > 0) {
        step->time_source = chain_said(c,
                                       set ? "record changed, $STANDARD_INFORMATION of MFT entry %lld-%lld"
                                           : "file made, $FILE_NAME of MFT entry %lld-%lld",
                                       (long long)t->record, (long long)t->sequence);
        return;
    }
    for (uint32_t i = 0; step->time == 0 && i < t->founds; i++)
        if (c->founds[t->found + i].rule->stage == step->stage)
            step->time = c->founds[t->found + i].time;
    step->time_source = step->time > 0 ? "as the finding tells" : NULL;
}

/* The summaries of its findings, the gravest first, each once. */
static bool summaries(struct chain_case *c, struct db_query *q, struct chain_step *step) {
    const struct chain_thing *t = &c->things[step->thing];
    struct text text = {.max = TEXT};
    unsigned told = 0;
    for (uint32_t i = 0; i < t->founds; i++) {
        const struct chain_found *found = &c->founds[t->found + i];
        if (found->rule->stage != step->stage)
            continue;
        step->severity = found->severity > step->severity ? found->severity : step->severity;
        step->strength = found->strength > step->strength ? found->strength : step->strength;
        if (told++ >= SUMMARIES)
            continue;
        db_reset(q);
        db_bind_integer(q, 1, found->id);
        if (db_step(q))
            text_format(&text, "%s%s [%lld].", text.size ? " " : "", db_text(q, 0, NULL),
                        (long long)found->id);
        db_reset(q);
    }
    if (told > SUMMARIES)
        text_format(&text, " And %u more.", told - SUMMARIES);
    step->text = chain_keep(c, text_string(&text), text.size);
    text_free(&text);
    return step->text && db_error(c->db)[0] == 0;
}

/* Where there are more steps than are told, each stage has its gravest. */
static bool is_full(const struct chain_story *story, enum chain_stage stage) {
    size_t of_stage = 0;
    if (!story->crowded)
        return false;
    for (size_t i = 0; i < story->step_count; i++)
        of_stage += story->steps[i].stage == stage;
    return of_stage >= STAGE_STEPS;
}

static bool of_thing(struct chain_case *c, struct db_query *q, struct chain_story *story, uint32_t at) {
    const struct chain_thing *t = &c->things[at];
    bool seen[CHAIN_STAGE_NONE] = {0};
    for (uint32_t i = 0; i < t->founds; i++) {
        enum chain_stage stage = c->founds[t->found + i].rule->stage;
        if (stage == CHAIN_STAGE_NONE || seen[stage])
            continue;
        seen[stage] = true;
        if (is_full(story, stage)) {
            story->omitted++;
            continue;
        }
        struct chain_step *step = add(c, story,
                                      (struct chain_step){.stage = stage,
                                                          .thing = at,
                                                          .event = CHAIN_NO_EVENT,
                                                          .artifact = t->artifact ? t->artifact : t->holder,
                                                          .name = t->name});
        if (!step || !summaries(c, q, step))
            return false;
        time_of(c, step);
    }
    return !c->failed;
}

/* A thing by the gravest of its findings. */
struct ranked {
    unsigned rank;
    uint32_t thing;
};

static int by_rank(const void *left, const void *right) {
    const struct ranked *a = left, *b = right;
    return a->rank != b->rank ? (a->rank > b->rank ? -1 : 1) : (a->thing > b->thing) - (a->thing < b->thing);
}

static struct ranked rank(const struct chain_case *c, uint32_t thing) {
    const struct chain_thing *t = &c->things[thing];
    struct ranked ret = {0, thing};
    for (uint32_t i = 0; i < t->founds; i++) {
        const struct chain_found *found = &c->founds[t->found + i];
        bool firm = found->strength >= STRENGTH_FIRM;
        unsigned value = firm * 100u + (unsigned)found->severity * 10 + (unsigned)found->strength;
        if (found->rule->stage != CHAIN_STAGE_NONE && value > ret.rank)
            ret.rank = value;
    }
    return ret;
}

static bool of_findings(struct chain_case *c, struct chain_story *story) {
    struct db_query *q = db_prepare(c->db, summary_sql);
    struct ranked *list = malloc((story->thing_count + 1) * sizeof *list);
    bool good = q && list;
    for (size_t i = 0; good && i < story->thing_count; i++)
        list[i] = rank(c, story->things[i]);
    if (good && story->thing_count > 0)
        qsort(list, story->thing_count, sizeof *list, by_rank);
    for (size_t i = 0; good && i < story->thing_count; i++)
        good = of_thing(c, q, story, list[i].thing);
    free(list);
    db_finish(q);
    return good;
}

/* --- steps that are no findings --- */

static bool is_of(const struct chain_story *story, uint32_t thing) {
    size_t low = 0, high = story->thing_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (story->things[middle] == thing)
            return true;
        if (story->things[middle] < thing)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* What several sources say of one thing is one step, of the earliest time. */
static struct chain_step *same(struct chain_story *story, size_t from, const struct chain_event *event) {
    for (size_t i = from; i < story->step_count; i++)
        if (story->steps[i].stage == event->stage && story->steps[i].artifact == event->artifact &&
            strcmp(story->steps[i].name, event->name) == 0)
            return &story->steps[i];
    return NULL;
}

static bool merge(struct chain_case *c, struct chain_step *step, const struct chain_event *event) {
    if (strlen(step->text) + strlen(event->text) < TEXT && !strstr(step->text, event->text))
        step->text = chain_said(c, "%s %s", step->text, event->text);
    if (event->time > 0 && (step->time == 0 || event->time < step->time)) {
        step->time = event->time;
        step->time_source = event->time_source;
    }
    return !c->failed;
}

static bool of_events(struct chain_case *c, const struct chain_events *events, struct chain_story *story) {
    size_t from = story->step_count;
    bool good = true;
    for (size_t i = 0; good && i < events->count; i++) {
        const struct chain_event *event = &events->list[i];
        if (!is_of(story, event->thing))
            continue;
        struct chain_step *step = same(story, from, event);
        if (!step && (is_full(story, event->stage) || story->step_count >= CHAIN_STEPS)) {
            story->omitted++;
            continue;
        }
        good = step ? merge(c, step, event)
                    : add(c, story,
                          (struct chain_step){.stage = event->stage,
                                              .thing = event->thing,
                                              .event = i,
                                              .artifact = event->artifact,
                                              .time = event->time,
                                              .name = event->name,
                                              .text = event->text,
                                              .time_source = event->time_source,
                                              .strength = STRENGTH_FIRM}) != NULL;
    }
    return good;
}

/* --- order --- */

static int by_story(const void *left, const void *right) {
    const struct chain_step *a = left, *b = right;
    if (a->stage != b->stage)
        return a->stage < b->stage ? -1 : 1;
    if (a->time != b->time)
        return a->time == 0 ? 1 : b->time == 0 ? -1 : a->time < b->time ? -1 : 1;
    if (a->thing != b->thing)
        return a->thing < b->thing ? -1 : 1;
    return (a->event > b->event) - (a->event < b->event);
}

static void order(struct chain_story *story) {
    if (story->step_count > 0)
        qsort(story->steps, story->step_count, sizeof *story->steps, by_story);
    for (size_t i = 0; i < story->step_count; i++) {
        int64_t time = story->steps[i].time;
        if (time > 0 && (story->first == 0 || time < story->first))
            story->first = time;
        if (time > story->last)
            story->last = time;
    }
}

static bool holds_code(enum chain_stage stage) {
    return stage == CHAIN_STAGE_LOADER || stage == CHAIN_STAGE_PAYLOAD || stage == CHAIN_STAGE_IMPLANT ||
           stage == CHAIN_STAGE_DRIVER;
}

/* From when on its code may have run: the birth of what holds it, outside packages; else the first run. */
static void since(const struct chain_case *c, struct chain_story *story) {
    for (size_t i = 0; i < story->thing_count; i++) {
        const struct chain_thing *t = &c->things[story->things[i]];
        if (!t->artifact || t->born <= 0 || t->place == CHAIN_PLACE_PACKAGE)
            continue;
        for (uint32_t n = 0; n < t->founds; n++) {
            const struct chain_found *found = &c->founds[t->found + n];
            if (found->strength >= STRENGTH_FIRM && holds_code(found->rule->stage) &&
                (story->since == 0 || t->born < story->since))
                story->since = t->born;
        }
    }
    for (size_t i = 0, none = story->since == 0; none && i < story->step_count; i++)
        if (story->steps[i].stage == CHAIN_STAGE_EXECUTION && story->steps[i].time > 0 &&
            (story->since == 0 || story->steps[i].time < story->since))
            story->since = story->steps[i].time;
}

/* How many steps there could be. */
static size_t steps_of(const struct chain_case *c, const struct chain_events *events,
                       const struct chain_story *story) {
    size_t count = 0;
    for (size_t i = 0; i < story->thing_count; i++) {
        const struct chain_thing *t = &c->things[story->things[i]];
        bool seen[CHAIN_STAGE_NONE + 1] = {[CHAIN_STAGE_NONE] = true};
        for (uint32_t n = 0; n < t->founds; n++) {
            enum chain_stage stage = c->founds[t->found + n].rule->stage;
            count += !seen[stage];
            seen[stage] = true;
        }
    }
    for (size_t i = 0; i < events->count; i++)
        count += is_of(story, events->list[i].thing);
    return count;
}

bool chain_story(struct chain_case *c, const struct chain_events *events, struct chain_story *story) {
    story->crowded = steps_of(c, events, story) > CHAIN_STEPS;
    if (!of_findings(c, story) || !of_events(c, events, story))
        return false;
    order(story);
    since(c, story);
    return chain_joints(c, events, story);
}

void chain_story_free(struct chain_story *story) {
    free(story->steps);
    free(story->joints);
    text_free(&story->title);
    text_free(&story->story);
    text_free(&story->alternative);
    text_free(&story->against);
}
