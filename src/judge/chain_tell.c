/* The texts of a chain. */
#include "judge/chain_story.h"

enum { TOLD = 6 /* steps of a stage that the story tells */, STORY = 60000 /* bytes at most */ };

static const char image_sql[] =
    "SELECT coalesce(nullif(fixed_file_version, '0.0.0.0'), file_version, product_version, '') FROM pe WHERE artifact = ?";

/* --- title --- */

/* The last name of a path. */
static const char *last_name(const char *path, size_t size, int *length) {
    size_t at = size;
    while (at > 0 && path[at - 1] != '/')
        at--;
    *length = (int)(size - at);
    return path + at;
}

static const struct chain_step *first_of(const struct chain_story *story, enum chain_stage stage) {
    for (size_t i = 0; i < story->step_count; i++)
        if (story->steps[i].stage == stage && story->steps[i].event == CHAIN_NO_EVENT)
            return &story->steps[i];
    return NULL;
}

static bool version(struct chain_case *c, int64_t artifact, struct text *title) {
    struct db_query *q = db_prepare(c->db, image_sql);
    if (q)
        db_bind_integer(q, 1, artifact);
    if (q && db_step(q) && db_text(q, 0, NULL)[0])
        text_format(title, " %.64s", db_text(q, 0, NULL));
    db_finish(q);
    return q && db_error(c->db)[0] == 0;
}

/* The product that was turned against its users: by its folder, or by its package. */
static bool product(struct chain_case *c, struct chain_story *story) {
    const struct chain_step *step = first_of(story, CHAIN_STAGE_LOADER);
    step = step ? step : first_of(story, CHAIN_STAGE_PAYLOAD);
    if (!step)
        return true;
    const struct chain_thing *t = &c->things[step->thing];
    int length;
    const char *name = last_name(t->folder, t->product, &length);
    const struct chain_evidence *e = chain_evidence_of(c, t->evidence);
    if (t->place == CHAIN_PLACE_PACKAGE && e) {
        const char *back = strrchr(e->path, '\\'), *slash = strrchr(e->path, '/');
        name = back ? back + 1 : slash ? slash + 1 : e->path;
        length = (int)strlen(name);
    } else if (length == 0) {
        name = t->file;
        length = (int)strlen(name);
    }
    text_format(&story->title, "%.*s", length, name);
    return version(c, step->artifact, &story->title);
}

/* The service that loads it, as its key has the name; NULL if none is known. */
static const char *service_of(const struct chain_story *story, uint32_t thing) {
    static const char before[] = "service ";
    for (size_t i = 0; i < story->step_count; i++) {
        const struct chain_step *step = &story->steps[i];
        if (step->stage == CHAIN_STAGE_PERSISTENCE && step->event != CHAIN_NO_EVENT && step->thing == thing &&
            strncmp(step->name, before, sizeof before - 1) == 0)
            return step->name + sizeof before - 1;
    }
    return NULL;
}

static void implant(const struct chain_case *c, struct chain_story *story) {
    const struct chain_step *named = first_of(story, CHAIN_STAGE_IMPLANT);
    const char *service = NULL;
    if (!named)
        return;
    for (size_t i = 0; i < story->step_count && !service; i++)
        if (story->steps[i].stage == CHAIN_STAGE_IMPLANT)
            service = service_of(story, story->steps[i].thing);
    text_format(&story->title, "%s%s%s", story->title.size ? " and an implant" : "An implant",
                service ? " in " : ", ", service ? service : c->things[named->thing].file);
}

static bool title(struct chain_case *c, struct chain_story *story) {
    if (!product(c, story))
        return false;
    implant(c, story);
    const struct chain_step *driver = first_of(story, CHAIN_STAGE_DRIVER);
    if (story->title.size == 0 && driver)
        text_format(&story->title, "The driver %s", c->things[driver->thing].file);
    if (story->title.size == 0 && story->step_count > 0)
        text_format(&story->title, "%s: %s", chain_model_stage(story->steps[0].stage), story->steps[0].name);
    return true;
}

/* --- story --- */

static void sentence(struct chain_story *story, const struct chain_step *step) {
    struct chain_moment time;
    chain_moment(step->time, &time);
    text_format(&story->story, " %s%s%s%s%s: %s", step->name,
                time.text[0] || step->strength == STRENGTH_WEAK ? " (" : "", time.text,
                step->strength > STRENGTH_WEAK ? (time.text[0] ? " UTC" : "")
                : time.text[0]                 ? " UTC; a note, no proof"
                                               : "a note, no proof",
                time.text[0] || step->strength == STRENGTH_WEAK ? ")" : "", step->text);
}

static void story_text(struct chain_story *story) {
    enum chain_stage last = CHAIN_STAGE_NONE;
    size_t told = 0, left = 0;
    for (size_t i = 0; i <= story->step_count; i++) {
        const struct chain_step *step = i < story->step_count ? &story->steps[i] : NULL;
        if ((!step || step->stage != last) && left > 0)
            text_format(&story->story, " And %llu more.", (unsigned long long)left);
        if (!step)
            break;
        if (step->stage != last) {
            text_format(&story->story, "%s%s", story->story.size ? "\n" : "", chain_model_lead(step->stage));
            told = left = 0;
        }
        last = step->stage;
        if (told < TOLD)
            sentence(story, step);
        left += told++ >= TOLD;
    }
    if (story->omitted > 0)
        text_format(&story->story, "\n%llu further steps are left out.", (unsigned long long)story->omitted);
}

/* --- what it could be instead --- */

static void alternative(struct chain_story *story) {
    bool seen[CHAIN_STAGE_NONE] = {0};
    unsigned causes = 0;
    for (size_t i = 0; i < story->step_count; i++) {
        enum chain_stage stage = story->steps[i].stage;
        const char *innocent = chain_model_innocent(stage);
        if (seen[stage] || !innocent[0])
            continue;
        seen[stage] = true;
        causes++;
        text_format(&story->alternative, "%s%s", story->alternative.size ? " " : "", innocent);
    }
    if (causes > 2)
        text_format(&story->alternative,
                    " For all of this to be innocent, %u such causes would have to meet here.", causes);
}

bool chain_tell(struct chain_case *c, struct chain_story *story) {
    story->title.max = story->story.max = story->alternative.max = STORY;
    if (!title(c, story))
        return false;
    story_text(story);
    alternative(story);
    return !c->failed;
}
