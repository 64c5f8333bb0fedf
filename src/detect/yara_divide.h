/* yara_divide: which rules of several sources are tried on which contents.
 *
 * Trying a rule costs time even where it cannot hold, and so does a module that looks at every content. Rules
 * are compiled in up to five sets:
 *   - all of them, for contents that begin as some rules ask for (the gates);
 *   - the rest, for other contents: without those rules, and without those that use modules and need a
 * string;
 *   - these, of the same; and
 *   - their strings, and what of their conditions asks for no module: whether it is worth trying them;
 *   - those that depend on the name or path of a file, for contents whose bytes are known not to match
 * others. A set holds what its rules refer to as well. Sources that cannot be divided safely (global rules,
 * names with an asterisk, includes, what yara_text does not understand) are in the sets as a whole. */
#ifndef DETECT_YARA_DIVIDE_H
#define DETECT_YARA_DIVIDE_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum yara_set { YARA_ALL, YARA_REST, YARA_MODULES, YARA_TRIGGERS, YARA_NAMED, YARA_SETS };
enum { YARA_IMPORTS = 32, YARA_RULES = 1 << 20 };

struct yara_source {
    struct span name, text;
};

struct yara_divide_rule {
    struct span name, condition;
    size_t start, end; /* in its source */
    size_t word;       /* the same: where it says `rule`, behind `global` and `private` */
    uint32_t modules;  /* bits by number of the import in its source */
    int gate;          /* detect/yara_condition.h, and the next */
    bool needs_string, always_needs_string, has_strings;
    bool uses_module, named; /* it depends on a module, on a variable that comes from outside */
    bool referred;           /* others depend on it */
    bool in[YARA_SETS];
};

struct yara_divide_import {
    struct span name;
    size_t start, end;
};

struct yara_divide_source {
    struct yara_divide_rule *rules;
    struct yara_divide_import imports[YARA_IMPORTS];
    size_t rule_count, import_count;
    bool whole;      /* is not divided */
    bool opaque;     /* nor known to the end */
    size_t includer; /* a source that says it includes this */
    bool included;   /* there is one: not compiled by itself */
    bool reached;    /* one that was compiled did include it */
    bool magic;      /* it may import the module magic: that is said, or cannot be seen */
    bool refused;    /* does not compile */
};

struct yara_divide {
    const struct yara_source *sources;
    struct yara_divide_source *divided; /* by source */
    size_t count;
    uint8_t gates[65536 / 8]; /* bits: contents that begin with these two bytes meet all rules */
};

/* The names of the variables that come from outside; ends with NULL. */
extern const char *const yara_divide_externals[];

/* Everything is the job's, and borrows the sources. False if memory runs out. */
bool yara_divide_read(struct job *job, const struct yara_source *sources, size_t count,
                      struct yara_divide *ret) MUST_USE;

/* The source that an include in the source `from` means: `name`, in the folder of `from`; divide->count if
 * there is none. */
size_t yara_divide_included(const struct yara_divide *divide, size_t from, struct span name);

/* Says which rules are in which set, after `whole` and `refused` are settled. False if memory runs out. */
bool yara_divide_settle(struct job *job, struct yara_divide *divide) MUST_USE;

/* Is there anything of the source in the set, and is the set worth having beside YARA_ALL? */
bool yara_divide_holds(const struct yara_divide *divide, size_t source, enum yara_set set);
bool yara_divide_wants(const struct yara_divide *divide, enum yara_set set);

/* Whether a rule of a set can hold only for what has one of its strings; other rules do not ask for it. */
bool yara_divide_sleeps(const struct yara_divide_source *source, const struct yara_divide_rule *rule,
                        enum yara_set set);

/* The source's text for a set, appended: what is not in it is blank, so that lines keep their numbers. */
void yara_divide_write(const struct yara_divide *divide, size_t source, enum yara_set set, struct text *out);

#endif
