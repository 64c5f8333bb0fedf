/* network_names: hosts of lists, for questions by name. For judges. */
#ifndef JUDGE_NETWORK_NAMES_H
#define JUDGE_NETWORK_NAMES_H

#include "base/netname.h"
#include "intel/lists_file.h"

struct network_name {
    const char *name; /* the list's text */
    bool address;
    const struct lists *lists;
    size_t number; /* there */
};

struct network_names {
    struct network_name *list; /* by name, each once: of several the most severe, then the first */
    size_t count;
};

/* Borrows the lists. False if memory ran out. */
bool network_names_load(const struct lists_set *lists, struct network_names *ret) MUST_USE;

void network_names_free(struct network_names *names);

/* What the lists have of a host, as somebody wrote it: of a domain, itself or the nearest above it. NULL for
 * nothing. */
const struct network_name *network_names_find(const struct network_names *names, struct span host);

#endif
