/* fleet: what the subcommands of `assay fleet` share. Each is a struct command of its own, named in fleet.c.
 */
#ifndef CLI_FLEET_H
#define CLI_FLEET_H

#include "cli/command.h"
#include "cli/output_file.h"
#include "report/fleet_table.h"
#include "store/questions.h"

/* The store that `where` names; NULL after saying why. */
struct store *fleet_open(const char *where, enum store_mode mode) MUST_USE;

/* What the questions take; each takes some of it. */
struct fleet_asked {
    enum fleet_table_format format;
    const char *out; /* NULL: standard output */
    uint64_t limit, rare, since;
    const char *kind;
    bool most, sites, approximate, added, has_element;
    struct questions_element element;
};

/* One option by its name; false if its argument is no good. */
bool fleet_option(struct fleet_asked *asked, const char *name, const char *argument) MUST_USE;
#define FLEET_OPTIONS                                                                                        \
    {"format", 'f', "FORMAT", "text (default), jsonl or csv (docs/fleet.md)"}, {                             \
        "output", 'o', "FILE", "write there, where nothing may be yet"                                       \
    }
#define FLEET_LIMIT                                                                                          \
    { "limit", 'n', "N", "rows at most (0: all)" }
#define FLEET_ELEMENT                                                                                                              \
    {                                                                                                                              \
        "element", 'e', "ELEMENT",                                                                                                 \
            "what the hosts have in common: sha256:…, authentihash:…, product:…, name:…, marked:… (things of that name " \
            "with findings at least high); default: what stands out"                                                               \
    }

/* A question with STORE and `operands` more: asked and answered, complained about if it fails. */
struct fleet_question {
    const struct command *command;
    int operands;
    bool (*ask)(struct fleet_table *table, struct store *store, const struct fleet_asked *asked,
                char **operands) MUST_USE; /* false: the store failed, or it was complained about */
    struct fleet_asked defaults;
};
int fleet_ask(const struct fleet_question *question, int argc, char **argv);

/* The element that was given, or the one that stands out; false after saying that there is none. */
bool fleet_element(struct store *store, const struct fleet_asked *asked,
                   struct questions_element *ret) MUST_USE;

extern const struct command fleet_add, fleet_place, fleet_forget;
extern const struct command fleet_hosts, fleet_stack, fleet_common, fleet_search, fleet_map, fleet_diff,
    fleet_watch;

#endif
