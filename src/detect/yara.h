/* yara: rules of YARA on contents, with libyara.
 *
 * Sources are compiled to a bundle of bytes by one confined process (detect/yara_compile.h); each worker
 * loads the bundle after it has been confined, since it comes from a process that has read foreign text, and
 * has one scanner a set of rules (detect/yara_divide.h). docs/rules.md says what is looked at, and how.
 *
 * libyara allocates by itself, within the process's limit; what is ours is a job's. What it cannot finish is
 * noted in the job. */
#ifndef DETECT_YARA_H
#define DETECT_YARA_H

#include "model/content.h"

enum {
    YARA_STRINGS = 16,             /* strings of a rule that are told */
    YARA_METAS = 64,               /* metadata of a rule that are */
    YARA_HITS = 4096,              /* rules that are told of one content */
    YARA_SECONDS = 20,             /* that all rules may take for any content, */
    YARA_BYTES_A_SECOND = 4 << 20, /* and one second more for so many of its bytes; */
    YARA_LATE = 3,                 /* after so many contents in a row that took all of it 1 instead of 20, */
    YARA_GIVEN_UP = 30,            /* and then no rule is tried any more, which is noted */
    YARA_WINDOW = 16 << 20,        /* bytes that are looked at together behind CONTENT_WHOLE, */
    YARA_OVERLAP = 64 << 10        /* of which so many are in the next window too */
};

/* All texts of a rule are bytes as its source has them, not yet in stored form; they live as long as the
 * rules. */
struct yara_meta {
    const char *key, *text; /* text NULL: a number */
    int64_t number;
};

struct yara_string {
    const char *name;
    uint64_t offset, size, count; /* first match in the content, bytes; how many there are */
};

struct yara_hit {
    const char *rule;
    struct span source;  /* name of the file that the rule is from, stored form */
    const char *tags[8]; /* NULL behind the last one */
    struct yara_meta metas[YARA_METAS];
    struct yara_string strings[YARA_STRINGS]; /* those that matched */
    size_t meta_count, string_count;
    struct yara_hit *next;
};

/* What the variables from outside are to be; stored form. */
struct yara_names {
    const char *name, *path; /* the path with backslashes, from the root or a drive; "" if not known */
};

struct yara_look {
    struct span bytes;       /* all of the content, or its first CONTENT_WHOLE bytes */
    struct content *content; /* read only behind those */
    struct yara_names names;
    const uint8_t *sha256; /* of the content; NULL: not known */
};

struct yara_hits {
    struct yara_hit *first;
    size_t count;   /* of the list; further ones are noted */
    uint64_t bytes; /* read from the content */
};

/* Before the process is confined, once; never undone. */
bool yara_prepare(void) MUST_USE;

struct yara; /* loaded rules */

/* The bundle's bytes are not needed any more afterwards; `job` must stay. NULL if they make no sense or
 * memory runs out: a bundle is yara_compile's, or this may crash. */
struct yara *yara_load(struct job *job, struct span bundle) MUST_USE;
void yara_free(struct yara *yara);

/* Matching rules in the order of their sources, in memory of `job`. */
void yara_scan(struct yara *yara, struct job *job, const struct yara_look *look, struct yara_hits *ret);

#endif
