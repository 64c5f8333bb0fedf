/* chain_story: one chain as steps and links, in the order in which it is told, and its texts. */
#ifndef JUDGE_CHAIN_STORY_H
#define JUDGE_CHAIN_STORY_H

#include "judge/chain_events.h"
#include "judge/chain_weigh.h"

#define CHAIN_NO_EVENT SIZE_MAX

struct chain_step {
    enum chain_stage stage;
    uint32_t thing; /* what it is about, or belongs to */
    size_t event;   /* CHAIN_NO_EVENT: it rests on the thing's findings of that stage */
    int64_t artifact, time;
    const char *name, *text, *time_source;
    enum strength strength;
    enum severity severity;
};

struct chain_joint {
    size_t from, to; /* numbers of steps, from 0 */
    enum chain_kind kind;
    enum strength strength;
    const char *text, *records;
};

struct chain_story {
    const uint32_t *things; /* in order */
    size_t thing_count;
    uint32_t host;
    enum chain_word word;
    enum strength strength;
    bool crowded; /* more things than can be told: of each stage the gravest are */
    struct chain_step *steps;
    struct chain_joint *joints;
    size_t step_count, step_room, joint_count, joint_room, omitted; /* omitted: steps that were left out */
    struct text title, story, alternative, against;
    struct chain_step gaps[CHAIN_STAGE_NONE]; /* stage and text */
    size_t gap_count;
    int64_t first, last, since;
};

/* Steps and links of a chain whose things are set. */
bool chain_story(struct chain_case *c, const struct chain_events *events, struct chain_story *story) MUST_USE;
void chain_story_free(struct chain_story *story);

/* Its part: why the steps belong together. */
bool chain_joints(struct chain_case *c, const struct chain_events *events,
                  struct chain_story *story) MUST_USE;

bool chain_story_has(const struct chain_story *story, enum chain_stage stage);

/* Is the step about the file itself, one of the chain's? */
bool chain_story_own(const struct chain_case *c, const struct chain_step *step);

/* What contradicts it, each of which lowers its strength and so perhaps its word. Before the texts. */
bool chain_against(struct chain_case *c, struct chain_story *story) MUST_USE;

/* What it lacks. */
bool chain_gaps(struct chain_case *c, struct chain_story *story) MUST_USE;

/* Title, story and alternative. */
bool chain_tell(struct chain_case *c, struct chain_story *story) MUST_USE;

#endif
