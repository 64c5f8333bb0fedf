/* host_registry: the keys of a hive with their values, for judges. Costs one sort of the hive's values;
 * values are read only of keys that are asked for. */
#ifndef JUDGE_HOST_REGISTRY_H
#define JUDGE_HOST_REGISTRY_H

#include "base/db.h"

enum { HOST_REGISTRY_VALUES = 4096 /* of a key that are told */ };

struct host_value {
    int64_t ordinal;
    const char *name, *type, *text; /* name in stored form; text as it is, "" if the type has none */
    size_t text_size;
    struct span data; /* first bytes, where there is no text */
};

struct host_key {
    int64_t hive, ordinal, last_write, offset;
    const char *path, *state; /* of live ones from the root: /ControlSet001/Services/x */
    const struct host_value *values;
    size_t count;
    bool cut; /* it has more values than are told */
};

/* Who takes keys: `wants` a path, then `take` gets it, parents before children; valid during the call. */
struct host_registry_taker {
    bool (*wants)(void *context, const char *path, const char *state);
    bool (*take)(void *context, const struct host_key *key); /* false ends the walk */
    void *context;
};

/* False if the case cannot be read, memory runs out, or take was false. */
bool host_registry_each(struct db *db, int64_t hive, const struct host_registry_taker *taker) MUST_USE;

/* Does the path have the form of the pattern? A star is any run of characters of one name; letters without
 * regard to case (ASCII); ** at the end is one name or more. */
bool host_registry_is(const char *pattern, const char *path);

/* The value of this name, or NULL. */
const struct host_value *host_registry_value(const struct host_key *key, const char *name);

/* Its number; false if there is none, or it is none. */
bool host_registry_number(const struct host_key *key, const char *name, uint64_t *ret) MUST_USE;

/* Its text, or NULL. */
const char *host_registry_text(const struct host_key *key, const char *name);

#endif
