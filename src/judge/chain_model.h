/* chain_model: the words of docs/verdict.md: stages, weights, places, the ladder. For the judge `chain`. */
#ifndef JUDGE_CHAIN_MODEL_H
#define JUDGE_CHAIN_MODEL_H

#include "model/finding.h"

#include <stdbool.h>

/* In the order of a story. */
enum chain_stage {
#define CHAIN_WORDS(stage, name, lead, innocent) CHAIN_STAGE_##stage,
#include "judge/chain_words.def"
#undef CHAIN_WORDS
    CHAIN_STAGE_NONE
};

enum chain_weight {
    CHAIN_WEIGHT_NOTE,
    CHAIN_WEIGHT_HOLE,
    CHAIN_WEIGHT_SUPPORT,
    CHAIN_WEIGHT_GRAVE,
    CHAIN_WEIGHT_LISTED
};

enum chain_place {
    CHAIN_PLACE_ANY, /* of a record: it lies in no place that says something */
    CHAIN_PLACE_WINDOWS,
    CHAIN_PLACE_PRODUCT,
    CHAIN_PLACE_OPEN,
    CHAIN_PLACE_PACKAGE,
    CHAIN_PLACE_ELSEWHERE
};

/* The ladder. */
enum chain_word {
    CHAIN_WORD_NOTHING,
    CHAIN_WORD_EXPOSED,
    CHAIN_WORD_SUSPICIOUS,
    CHAIN_WORD_STAGE1,
    CHAIN_WORD_IMPLANT
};

struct chain_rule {
    const char *detector;
    enum chain_place place;
    enum chain_stage stage;
    enum chain_weight weight;
    enum severity severity;
    enum strength strength;
    const char *kin;
};

/* The line of chain_stages.def for a finding; one of weight SUPPORT without a stage if there is none. */
const struct chain_rule *chain_model_rule(const char *detector, enum chain_place place,
                                          enum severity severity, enum strength strength);

/* Has the detector any line? */
bool chain_model_knows(const char *detector);

const char *chain_model_stage(enum chain_stage stage);    /* "release" */
const char *chain_model_lead(enum chain_stage stage);     /* how its paragraph begins */
const char *chain_model_innocent(enum chain_stage stage); /* "" for nothing */
const char *chain_model_word(enum chain_word word);       /* "compromised: stage 1" */

/* A way in: what brings an attacker's code to the machine. */
bool chain_model_way_in(enum chain_stage stage);

/* Where a folder is, from its path (stored form, / between names). `whole`: it begins at the root of a
 * volume; else a known folder may stand anywhere in it. `*product` is the length of the beginning of `folder`
 * that is the folder of one product, 0 if files of many lie there. */
enum chain_place chain_model_place(const char *folder, bool whole, size_t *product);

#endif
