/* diff: what a comparison of two releases says. Filled in by judge/diff.h, told by report/diff*.h.
 *
 * All texts are in stored form (base/text.h) and belong, as everything here, to the job of whoever compares.
 */
#ifndef MODEL_DIFF_H
#define MODEL_DIFF_H

#include "model/explanation.h"
#include "model/finding.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a member is, by its content. */
enum diff_kind { DIFF_PROGRAM, DIFF_TEXT, DIFF_PICTURE, DIFF_CONTAINER, DIFF_DATA, DIFF_KINDS };

/* How well a member could be read. */
enum diff_state { DIFF_READ, DIFF_DAMAGED, DIFF_ENCRYPTED, DIFF_UNREAD };

struct diff_member {
    int64_t artifact; /* in its release's case */
    const char *path; /* from the release's root, containers with `!` behind their names: a/b.msi!/c.dll */
    const char *name; /* its last component */
    uint64_t size;    /* bytes */
    enum diff_kind kind;
    enum diff_state state;
    const char *reason;  /* why it could not be read; NULL if it could */
    bool root;           /* the file that the release is */
    bool own;            /* belongs to the installer itself (source/pack.h) */
    bool hashed, imaged; /* the digests are there */
    uint8_t sha256[32], authentihash[32];
    /* Of programs; texts are never NULL. */
    const char *version, *product, *company, *original_name, *signer, *trust;
    int64_t machine;
    bool library;
};

enum diff_match {
    DIFF_BY_NOTHING, /* one side only */
    DIFF_BY_PATH,
    DIFF_BY_NAME,     /* the path but for versions */
    DIFF_BY_CONTENT,  /* SHA-256 */
    DIFF_BY_IMAGE,    /* Authentihash */
    DIFF_BY_IDENTITY, /* what the version resource and the exports say */
    DIFF_BY_LIKENESS, /* fuzzy hash */
    DIFF_MATCHES
};

enum diff_fate { DIFF_SAME, DIFF_MOVED, DIFF_CHANGED, DIFF_ADDED, DIFF_REMOVED, DIFF_FATES };

/* One difference, as a person reads it. Either text may be "". */
struct diff_change {
    const char *group; /* constant: "signing", "imports", "exports", "sections", "version", "build", "entry
                          point", "resources", "fuses", "overlay", "texts", "references", "capability",
                          "rules", ".NET", "content", "text" */
    const char *what;  /* a few words: "imports gained" */
    const char *before, *after;
    bool text; /* after is a line diff in several lines */
};

struct diff_pair {
    enum diff_fate fate;
    enum diff_match match;
    const struct diff_member *before, *after; /* NULL on one side of what was added or removed */
    struct diff_change *changes;
    size_t change_count, change_omitted;
    unsigned likeness; /* with DIFF_BY_LIKENESS: the distance */
};

enum { DIFF_DETAILS = 24, DIFF_PAIRS_OF_FINDING = 16 };

struct diff_detail {
    const char *key, *value;
};

/* What is wrong with a change, or with how a release was made. */
struct diff_finding {
    const struct explanation *rule;
    enum severity severity;
    enum strength strength;
    const char *summary;                                  /* one sentence, without paths */
    const struct diff_pair *pairs[DIFF_PAIRS_OF_FINDING]; /* what it is about, the chief one first */
    size_t pair_count, pair_omitted;
    struct diff_detail details[DIFF_DETAILS];
    size_t detail_count;
    bool joined; /* a part of a finding that tells of several: told with that one */
};

/* How far apart two versions are. */
enum diff_step { DIFF_STEP_UNKNOWN, DIFF_STEP_NONE, DIFF_STEP_PATCH, DIFF_STEP_MINOR, DIFF_STEP_MAJOR };

struct diff_release {
    const char *label;        /* as the user named it */
    const char *version;      /* "" if nobody tells */
    const char *version_from; /* constant words: who says so */
    uint64_t members, unread;
    bool complete; /* all of it was read */
};

struct diff {
    struct diff_release before, after; /* before: the last of the earlier ones */
    size_t history;                    /* earlier releases, `before` included */
    enum diff_step step;
    struct diff_pair *pairs; /* by path of the later release, then what was removed */
    size_t pair_count;
    uint64_t fates[DIFF_FATES];
    struct diff_finding *findings; /* most severe first */
    size_t finding_count, finding_omitted;
};

static inline const char *diff_fate_word(enum diff_fate fate) {
    static const char *const words[] = {"same", "moved", "changed", "added", "removed"};
    return (unsigned)fate < DIFF_FATES ? words[fate] : "?";
}

static inline const char *diff_match_word(enum diff_match match) {
    static const char *const words[] = {"nothing", "path",     "name",    "content",
                                        "image",   "identity", "likeness"};
    return (unsigned)match < DIFF_MATCHES ? words[match] : "?";
}

static inline const char *diff_step_word(enum diff_step step) {
    static const char *const words[] = {"unknown", "none", "patch", "minor", "major"};
    return (unsigned)step <= DIFF_STEP_MAJOR ? words[step] : "?";
}

#endif
