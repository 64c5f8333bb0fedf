/* singled_private: what the files of the judge `singled` share. */
#ifndef JUDGE_SINGLED_PRIVATE_H
#define JUDGE_SINGLED_PRIVATE_H

#include "judge/chain_model.h"
#include "judge/singled.h"
#include "store/singled_rows.h"

enum singled_grade {
#define SINGLED_GRADE(grade, points, stage, why, innocent) SINGLED_GRADE_##grade,
#include "judge/singled_grades.def"
#undef SINGLED_GRADE
    SINGLED_GRADES
};

/* How soon after the element's arrival on its host, or where it stood a host without it would have had it. */
enum singled_near {
    SINGLED_BEFORE, /* so it is no consequence of it, if its times are true: the test leaves it out */
    SINGLED_UNKNOWN,
    SINGLED_LATER,
    SINGLED_WEEKS,
    SINGLED_WEEK,
    SINGLED_DAYS,
    SINGLED_NEARS
};
enum singled_scarce { SINGLED_ONE, SINGLED_THREE, SINGLED_EIGHT, SINGLED_FEW, SINGLED_SCARCE };

/* One reason to look at a host. Items of one class are alike in all that points are given for. */
struct singled_item {
    uint32_t host, thing, mark; /* by index in rows, or SINGLED_ROWS_NONE */
    uint64_t time;
    uint32_t detector;                  /* of its mark */
    uint8_t grade, near, scarce, stage; /* stage: enum chain_stage */
    bool stands; /* it stands for all hosts that have the same: the one that the test counts */
    unsigned hosts;
    uint32_t class;
};

/* Hosts by number, each with a stretch of classes. */
struct singled_lists {
    uint32_t *first; /* host_count + 1 */
    uint32_t *classes;
};

struct singled_world {
    const struct singled_rows *rows;
    struct singled_item *items; /* by host, then class */
    size_t item_count, item_room;
    uint32_t class_count;
    unsigned *points;   /* by class, without what is added for scarcity among hosts without it */
    uint64_t *arrivals; /* by host: of those without the element, one that another host had */
    bool *witnessed;    /* by host */
    struct singled_lists all, standing;
    bool failed;
};

/* Items, classes and lists. False if memory ran out. singled_grade_free in either case. */
bool singled_grade(const struct singled_rows *rows, struct singled_world *ret) MUST_USE;
void singled_grade_free(struct singled_world *world);
const char *singled_grade_why(enum singled_grade grade);
const char *singled_grade_innocent(enum singled_grade grade);

enum {
    SINGLED_TOP = 4096,   /* points are below it */
    SINGLED_WITNESS = 50, /* tenths for a thing of a second stage that came as soon */
    SINGLED_PERMUTATIONS = 1999
};

/* What a comparison counts with: `inside` says by host who counts as one with the element. */
struct singled_tally {
    unsigned *outside; /* by class: hosts without the element that have it */
    unsigned others;   /* hosts without it */
    unsigned *logs;    /* by number of hosts: what it takes off */
};
bool singled_tally_make(const struct singled_world *world, struct singled_tally *ret) MUST_USE;
void singled_tally_free(struct singled_tally *tally);
void singled_tally_count(const struct singled_world *world, const struct singled_lists *lists,
                         const bool *inside, struct singled_tally *tally);

/* Points of a class, and of a host. `own`: the host is one of those that were counted. */
unsigned singled_tally_class(const struct singled_world *world, const struct singled_tally *tally,
                             uint32_t class, bool own);
unsigned singled_tally_host(const struct singled_world *world, const struct singled_lists *lists,
                            const struct singled_tally *tally, uint32_t host, bool own);

/* The test. */
struct singled_test {
    unsigned strata, depths;
    double smallest; /* p that can be attained at best */
    double p;        /* of the permutation test; 2 if it was not made */
    unsigned permutations;
    unsigned threshold; /* points from which on hosts are singled out */
    double chance;      /* hosts of the cohort that would reach it by chance */
    bool made;
};
#define SINGLED_LEVEL 0.005 /* p at most */
bool singled_test(const struct singled_world *world, struct singled_test *ret) MUST_USE;

/* A copy that lives as long as the answer; "" if memory ran out, which is noted. */
const char *singled_keep(struct singled *singled, const char *text);
bool singled_sound(const struct singled *singled);

/* Lines of a target list, and which of them names a host; NULL for none. */
struct singled_targets;
struct singled_targets *singled_targets_read(const char *list);
const char *singled_targets_match(struct singled_targets *targets, const struct singled_rows_host *host);
/* Lines that matched nobody, one after the other; NULL at the end. */
const char *singled_targets_absent(const struct singled_targets *targets, size_t *at);
size_t singled_targets_count(const struct singled_targets *targets);
void singled_targets_free(struct singled_targets *targets);

/* Fills in what is told of a host. */
bool singled_tell_host(struct store *store, const struct singled_world *world,
                       const struct singled_tally *tally, uint32_t host, struct singled *singled,
                       struct singled_host *ret) MUST_USE;
/* The statement. */
void singled_tell_answer(struct singled *singled);

#endif
