/* diff: two releases, what became of each member, and whether that is what a step of this size explains.
 *
 * Works on cases alone (profile release, DESIGN 9). Members are paired by path, then by path but for
 * versions, by content, by Authentihash, by what version resource and exports say, by likeness; each step
 * takes only what is one to one. docs/diff.md tells rules and limits. */
#ifndef JUDGE_DIFF_H
#define JUDGE_DIFF_H

#include "judge/release.h"

enum {
    DIFF_CHANGES = 200,    /* told of one pair; more are counted */
    DIFF_FINDINGS = 10000, /* the same, of all */
    DIFF_LINES = 40        /* of a line diff */
};

/* What the later release may be held against without an earlier one, all NULL if there is none. */
struct diff_others {
    const struct release *builds;   /* what was built, before it was signed */
    const struct release *upstream; /* published builds of components that the release has copies of */
    const struct diff_known *known; /* digests of published files */
};

/* Published files: a base name and a SHA-256 each, sorted by name, without regard to case, then digest. */
struct diff_known {
    const struct diff_known_file {
        const char *name;
        uint8_t sha256[32];
    } * list;
    size_t count;
};

/* Reads lines as sha256sum writes them; the job's. False, with the line in `*line`, if one is none. */
bool diff_known_read(struct job *job, struct span text, struct diff_known *ret, uint64_t *line) MUST_USE;

/* Compares the last of `before` with `after`; the earlier ones tell what is a habit. Everything is the job's.
 * False if memory runs out or a case cannot be read (casefile_error). */
bool diff_compare(struct job *job, struct release *before, size_t count, struct release *after,
                  const struct diff_others *others, struct diff *ret) MUST_USE;

/* --- the parts --- */

/* Pairs and fates. */
bool diff_match(struct job *job, const struct release *before, const struct release *after,
                struct diff *ret) MUST_USE;

/* A rule by its id, or by number; NULL if there is none. */
const struct explanation *diff_rule(const char *id);
const struct explanation *diff_rule_at(size_t number);

#endif
