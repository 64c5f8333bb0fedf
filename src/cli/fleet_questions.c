/* The questions of `assay fleet`: options in, tables out. */
#include "cli/fleet.h"

#include <string.h>

static bool print(struct fleet_table *table, struct store *store, struct question *question,
                  const char *title) {
    bool good = fleet_table_print(table, store, question, title);
    questions_free(question);
    return good;
}

/* Says that there may be more; nothing is left out in silence. Rows for programs have no place for it. */
static void say_more(struct fleet_table *table, uint64_t limit) {
    if (limit == 0 || table->rows < limit)
        return;
    if (table->format == FLEET_TABLE_TEXT)
        fleet_table_say(table, "  the first %llu; there may be more (--limit)", (unsigned long long)limit);
    else
        command_error("the first %llu rows; there may be more (--limit)", (unsigned long long)limit);
}

/* --- hosts --- */

static bool hosts(struct fleet_table *table, struct store *store, const struct fleet_asked *asked,
                  char **operands) {
    struct question all, collisions;
    (void)asked;
    (void)operands;
    questions_hosts(&all, store_dialect(store));
    questions_collisions(&collisions, store_dialect(store));
    if (!print(table, store, &all, "Hosts, the gravest first")) {
        questions_free(&collisions);
        return false;
    }
    return print(table, store, &collisions,
                 "Machine ids that several hosts have: clones, or one host under two names");
}

static const struct command_option plain_options[] = {FLEET_OPTIONS, {0}};

static int hosts_run(int argc, char **argv) {
    return fleet_ask(&(struct fleet_question){.command = &fleet_hosts, .ask = hosts}, argc, argv);
}

const struct command fleet_hosts = {
    .name = "fleet hosts",
    .usage = "[OPTION...] STORE",
    .summary = "Every host with its verdict.",
    .options = plain_options,
    .run = hosts_run,
};

/* --- stacks --- */

static bool stack(struct fleet_table *table, struct store *store, const struct fleet_asked *asked,
                  char **operands) {
    struct question question;
    const struct questions_stack wanted = {.field = questions_field(operands[0]),
                                           .kind = asked->kind,
                                           .rare = (unsigned)asked->rare,
                                           .limit = asked->limit,
                                           .most = asked->most,
                                           .approximate = asked->approximate};
    if (!wanted.field) {
        command_error("fleet stack: no field '%s'; there are: %s", operands[0], questions_fields());
        return false;
    }
    questions_stack(&question, store_dialect(store), &wanted);
    if (question.error > 0)
        fleet_table_say(table, "approximate, ± %u.%u %% (in 95 of 100 rows; docs/fleet.md)",
                        question.error / 10, question.error % 10);
    else if (asked->approximate)
        fleet_table_say(table, "exact: to count is as quick here as to estimate");
    bool good =
        print(table, store, &question,
              asked->most ? "Hosts by value, the commonest first" : "Hosts by value, the rarest first");
    say_more(table, asked->limit);
    return good;
}

static const struct command_option stack_options[] = {
    {"kind", 'k', "KIND", "only things of a kind: image driver service autostart execution software"},
    {"rare", 'r', "N", "only what at most N hosts have (at most 16): fast, whatever the store's size"},
    {"most", 'm', NULL, "the commonest first"},
    {"approximate", 'a', NULL,
     "hosts may be estimated where to count them takes too long; the answer says by how much it may be off"},
    FLEET_LIMIT,
    FLEET_OPTIONS,
    {0}};

static int stack_run(int argc, char **argv) {
    return fleet_ask(
        &(struct fleet_question){
            .command = &fleet_stack, .operands = 1, .ask = stack, .defaults = {.limit = 100}},
        argc, argv);
}

const struct command fleet_stack = {
    .name = "fleet stack",
    .usage = "[OPTION...] STORE FIELD",
    .summary = "On how many hosts each value of a field is: path, sha256, signer and others.",
    .options = stack_options,
    .run = stack_run,
};

/* --- what many have --- */

/* What else could have been taken: another trojan, or another file of the same. */
static bool other_elements(struct fleet_table *table, struct store *store) {
    enum { MOST = 20 };
    struct question names;
    questions_elements(&names, store_dialect(store), MOST);
    return print(table, store, &names,
                 "Names that stand out, the most hosts first; --element marked:NAME takes another");
}

static bool common(struct fleet_table *table, struct store *store, const struct fleet_asked *asked,
                   char **operands) {
    struct questions_element element;
    struct question versions, spread;
    (void)operands;
    if (!fleet_element(store, asked, &element))
        return false;
    questions_versions(&versions, store_dialect(store), &element);
    questions_spread(&spread, store_dialect(store), &element);
    fleet_table_say(table, "%s %s:%s", asked->has_element ? "Element" : "What stands out:",
                    questions_element_word(element.common), element.value);
    bool good = print(table, store, &versions, "Versions");
    if (!good) {
        questions_free(&spread);
        return false;
    }
    return print(table, store, &spread, "Hosts by the day on which it came (UTC)") &&
           (asked->has_element || other_elements(table, store));
}

static const struct command_option common_options[] = {FLEET_ELEMENT, FLEET_OPTIONS, {0}};

static int common_run(int argc, char **argv) {
    return fleet_ask(&(struct fleet_question){.command = &fleet_common, .ask = common}, argc, argv);
}

const struct command fleet_common = {
    .name = "fleet common",
    .usage = "[OPTION...] STORE",
    .summary = "What was found on many hosts: its versions, and how it spread.",
    .options = common_options,
    .run = common_run,
};

/* --- search --- */

static bool search(struct fleet_table *table, struct store *store, const struct fleet_asked *asked,
                   char **operands) {
    struct question things, where;
    const char *text = operands[0];
    if (!text[0] || strlen(text) > 4096 || !text_valid(text, strlen(text))) {
        command_error("fleet search: '%s' is no text to look for", text);
        return false;
    }
    questions_search(&things, store_dialect(store), text, asked->limit);
    if (!print(table, store, &things, "Things, the rarest first"))
        return false;
    say_more(table, asked->limit);
    if (asked->limit > 0 && table->rows >= asked->limit) {
        fleet_table_say(table, "Too many things to tell the hosts that have them.");
        return true;
    }
    questions_search_hosts(&where, store_dialect(store), text, asked->limit);
    bool good = print(table, store, &where, "Hosts that have any of them, or are called so");
    say_more(table, asked->limit);
    return good;
}

static const struct command_option search_options[] = {FLEET_LIMIT, FLEET_OPTIONS, {0}};

static int search_run(int argc, char **argv) {
    return fleet_ask(
        &(struct fleet_question){
            .command = &fleet_search, .operands = 1, .ask = search, .defaults = {.limit = 200}},
        argc, argv);
}

const struct command fleet_search = {
    .name = "fleet search",
    .usage = "[OPTION...] STORE TEXT|SHA256|AUTHENTIHASH",
    .summary = "What holds a text or has a digest, and which hosts have that.",
    .options = search_options,
    .run = search_run,
};

/* --- two hosts --- */

static bool diff(struct fleet_table *table, struct store *store, const struct fleet_asked *asked,
                 char **operands) {
    struct question question;
    uint64_t one = store_host(store, operands[0]);
    uint64_t other = one ? store_host(store, operands[1]) : 0;
    if (!other)
        return false;
    questions_diff(&question, store_dialect(store), one, other, asked->limit);
    fleet_table_say(
        table,
        "First is %s, second %s. Where `looked` is not yes, not all of that part of the other host was collected: it may be there.",
        operands[0], operands[1]);
    bool good = print(table, store, &question, "What one host has and the other has not, the rarest first");
    say_more(table, asked->limit);
    return good;
}

static int diff_run(int argc, char **argv) {
    return fleet_ask(
        &(struct fleet_question){
            .command = &fleet_diff, .operands = 2, .ask = diff, .defaults = {.limit = 200}},
        argc, argv);
}

const struct command fleet_diff = {
    .name = "fleet diff",
    .usage = "[OPTION...] STORE HOST HOST",
    .summary = "What one host has and another has not.",
    .options = search_options,
    .run = diff_run,
};

/* --- what is new --- */

static bool watch(struct fleet_table *table, struct store *store, const struct fleet_asked *asked,
                  char **operands) {
    struct question question;
    (void)operands;
    if (asked->since == 0) {
        command_error("fleet watch: --since says from when on");
        return false;
    }
    (asked->added ? questions_watch_added : questions_watch)(&question, store_dialect(store), asked->since,
                                                             (unsigned)asked->rare, asked->limit);
    bool good = print(table, store, &question,
                      asked->added ? "Rare things that came into the store since then"
                                   : "Rare things that came since then");
    say_more(table, asked->limit);
    return good;
}

static const struct command_option watch_options[] = {
    {"since", 's', "DATE", "from when on, such as 2023-03-08 or 2023-03-08T12:00:00Z"},
    {"added", 'a', NULL, "what came into the store since then, also what has no time on its host"},
    {"rare", 'r', "N", "what at most N hosts have (default 3, at most 16)"},
    FLEET_LIMIT,
    FLEET_OPTIONS,
    {0}};

static int watch_run(int argc, char **argv) {
    return fleet_ask(&(struct fleet_question){.command = &fleet_watch,
                                              .ask = watch,
                                              .defaults = {.limit = 200, .rare = 3}},
                     argc, argv);
}

const struct command fleet_watch = {
    .name = "fleet watch",
    .usage = "--since DATE [OPTION...] STORE",
    .summary = "What is rare and came to the first host that has it since a date.",
    .options = watch_options,
    .run = watch_run,
};

/* --- places --- */

static bool map(struct fleet_table *table, struct store *store, const struct fleet_asked *asked,
                char **operands) {
    struct question question;
    struct questions_element element = asked->element;
    (void)operands;
    bool some = asked->has_element || questions_found_element(store, &element);
    questions_map(&question, store_dialect(store), asked->sites, some ? &element : NULL);
    if (some)
        fleet_table_say(table, "Carriers have %s:%s. Compromised: the verdict says so.",
                        questions_element_word(element.common), element.value);
    else
        fleet_table_say(table, "Compromised: the verdict says so.");
    return print(table, store, &question,
                 asked->sites ? "Hosts by site (rates of fewer than 10 hosts are marked)"
                              : "Hosts by country (rates of fewer than 10 hosts are marked)");
}

static const struct command_option map_options[] = {
    {"sites", 's', NULL, "by site, not by country"}, FLEET_ELEMENT, FLEET_OPTIONS, {0}};

static int map_run(int argc, char **argv) {
    return fleet_ask(&(struct fleet_question){.command = &fleet_map, .ask = map}, argc, argv);
}

const struct command fleet_map = {
    .name = "fleet map",
    .usage = "[OPTION...] STORE",
    .summary = "Hosts by country or site: how many, and how many of them have it.",
    .options = map_options,
    .run = map_run,
};
