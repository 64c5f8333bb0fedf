/* regf_value: values of the keys of a registry hive and their data. */
#ifndef FORMAT_REGF_VALUE_H
#define FORMAT_REGF_VALUE_H

#include "format/regf.h"

enum { REGF_VALUE_NAME = 20 /* bytes of a value's own fields, before its name */ };

struct regf_value {
    uint32_t cell;
    uint64_t offset;  /* of its cell in the artifact */
    struct span name; /* empty: the key's default value */
    bool latin;
    uint32_t type;        /* enum regf_type; others exist */
    uint32_t size;        /* bytes of data, as it says */
    bool cut;             /* not all of them are there */
    bool gone;            /* remains: what was its data is something else by now */
    struct span data;     /* as far as it is in one piece; see regf_data */
    struct span segments; /* offsets of its segments, or empty */
};

/* The data of a value in one piece: all that is there. Valid until the next call. False with a fault if
 * memory or steps run out. */
bool regf_data(struct regf *hive, const struct regf_value *value, struct span *ret) MUST_USE;

/* For regf_walk.c: reads the value in the cell at `at`, whose content is `body`; false if it is none. `*cut`
 * is set if its name is not wholly there. */
bool regf_read_value(const struct regf *hive, uint32_t at, struct span body, struct regf_value *ret,
                     bool *cut) MUST_USE;

/* Finds the data of a value of the tree and marks it as used; or of remains, quietly. */
void regf_find_data(struct regf *hive, struct regf_value *value);
void regf_find_remains(const struct regf *hive, struct regf_value *value);

#endif
