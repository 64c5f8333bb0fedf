#include "judge/chain_write.h"

#include "judge/chain_link.h"
#include "model/facts.h"

#define TEXT(table, name, value)                                                                             \
    { .column = FACT_##table##_##name, .text = (value) }
#define NUMBER(table, name, value)                                                                           \
    { .column = FACT_##table##_##name, .number = (uint64_t)(value) }
#define SOME(table, name, value)                                                                             \
    { .column = FACT_##table##_##name, .number = (uint64_t)(value), .some = true }
#define PUT(table, cells) casefile_put(c->casefile, FACT_##table, cells, sizeof(cells) / sizeof *(cells))

static bool put_chain(struct chain_case *c, uint64_t number, const struct chain_story *s) {
    const struct casefile_cell cells[] = {
        NUMBER(chain, id, number),
        SOME(chain, evidence, s->host != CHAIN_NONE ? c->hosts[s->host].evidence : 0),
        TEXT(chain, word, chain_model_word(s->word)),
        NUMBER(chain, strength, s->strength),
        TEXT(chain, title, text_string(&s->title)),
        TEXT(chain, story, text_string(&s->story)),
        TEXT(chain, alternative, text_string(&s->alternative)),
        TEXT(chain, against, s->against.size ? text_string(&s->against) : NULL),
        SOME(chain, first_time, s->first),
        SOME(chain, last_time, s->last)};
    return PUT(chain, cells);
}

static bool put_findings(struct chain_case *c, uint64_t number, size_t ordinal,
                         const struct chain_step *step) {
    const struct chain_thing *t = &c->things[step->thing];
    bool good = true;
    for (uint32_t i = 0; good && i < t->founds; i++) {
        const struct chain_found *found = &c->founds[t->found + i];
        const struct casefile_cell cells[] = {NUMBER(chain_finding, chain, number),
                                              NUMBER(chain_finding, step, ordinal),
                                              NUMBER(chain_finding, finding, found->id)};
        if (found->rule->stage == step->stage)
            good = PUT(chain_finding, cells);
    }
    return good;
}

static bool put_step(struct chain_case *c, uint64_t number, size_t ordinal, const struct chain_step *step) {
    const struct casefile_cell cells[] = {
        NUMBER(chain_step, chain, number),
        NUMBER(chain_step, ordinal, ordinal),
        TEXT(chain_step, stage, chain_model_stage(step->stage)),
        SOME(chain_step, artifact, step->artifact),
        TEXT(chain_step, name, step->name),
        TEXT(chain_step, text, step->text),
        SOME(chain_step, time, step->time > 0 ? step->time : 0),
        TEXT(chain_step, time_source, step->time > 0 ? step->time_source : NULL),
        NUMBER(chain_step, strength, step->strength)};
    return PUT(chain_step, cells) &&
           (step->event != CHAIN_NO_EVENT || put_findings(c, number, ordinal, step));
}

static bool put_link(struct chain_case *c, uint64_t number, const struct chain_joint *joint) {
    const struct casefile_cell cells[] = {NUMBER(chain_link, chain, number),
                                          NUMBER(chain_link, from_step, joint->from + 1),
                                          NUMBER(chain_link, to_step, joint->to + 1),
                                          TEXT(chain_link, kind, chain_link_kind(joint->kind)),
                                          TEXT(chain_link, text, joint->text),
                                          TEXT(chain_link, records, joint->records),
                                          NUMBER(chain_link, strength, joint->strength)};
    return PUT(chain_link, cells);
}

static bool put_gap(struct chain_case *c, uint64_t number, const struct chain_step *gap) {
    const struct casefile_cell cells[] = {NUMBER(chain_gap, chain, number),
                                          TEXT(chain_gap, stage, chain_model_stage(gap->stage)),
                                          TEXT(chain_gap, text, gap->text)};
    return PUT(chain_gap, cells);
}

bool chain_write(struct chain_case *c, uint64_t number, const struct chain_story *story) {
    bool good = put_chain(c, number, story);
    for (size_t i = 0; good && i < story->step_count; i++)
        good = put_step(c, number, i + 1, &story->steps[i]);
    for (size_t i = 0; good && i < story->joint_count; i++)
        good = put_link(c, number, &story->joints[i]);
    for (size_t i = 0; good && i < story->gap_count; i++)
        good = put_gap(c, number, &story->gaps[i]);
    return good;
}
