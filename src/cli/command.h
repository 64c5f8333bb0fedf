/* command: the shape of a subcommand, and what subcommands share.
 *
 * A subcommand is one file, cli/<name>.c, that ends in a `const struct command command_<name>`, and one line
 * COMMAND(<name>) in cli/commands.def. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/fault.h"
#include "engine/engine.h"
#include "intel/intel.h"

struct casefile; /* case/casefile.h */

enum command_status {
    COMMAND_CLEAN = 0,     /* nothing at or above --fail-on */
    COMMAND_FOUND = 1,     /* findings */
    COMMAND_ERROR = 2,     /* usage, or input or output that cannot be opened or written */
    COMMAND_INCOMPLETE = 3 /* nothing found, but too much could not be read */
};

struct command_option {
    const char *name;     /* without -- */
    char letter;          /* or 0 */
    const char *argument; /* its name in the help, NULL if it takes none; [=NAME] if it may be left out */
    const char *help;
};

struct command {
    const char *name;
    const char *usage;                    /* what follows the name */
    const char *summary;                  /* one line */
    const struct command_option *options; /* ends with a name of NULL */
    int (*run)(int argc, char **argv);    /* argv[0] is the name; gives the exit status */
};

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

/* Steps through argv. Returns the next option's index in `options`, -1 when only operands are left (from
 * `*operands` on), -2 after a usage error that has been printed, -3 after --help has been printed. */
int command_option(const struct command *command, int argc, char **argv, const char **argument,
                   int *operands);

/* Prints `assay: ` and the message on stderr, made safe for a terminal. */
void command_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

void command_help(const struct command *command);

/* Says on stderr that a case is a census, if it is one from which the rest was left out. */
void command_census_note(const char *path, struct casefile *casefile);

/* A number with an optional K, M, G or T (powers of 1024). */
bool command_number(const char *text, uint64_t *ret) MUST_USE;

/* The options that scan and list share; true if `name` is one of them, *bad if its argument is no good. */
bool command_engine_option(struct engine_options *options, const char *name, const char *argument, bool *bad);
#define COMMAND_ENGINE_OPTIONS                                                                               \
    {"jobs", 'j', "N", "worker processes (default: one a core)"},                                            \
        {"max-file-size", 0, "SIZE", "do not read larger contents (default 4G; K, M, G, T; 0: all)"},        \
        {"max-members", 0, "N", "members of an archive that are read (default 8000000)"},                    \
        {"max-unpacked", 0, "SIZE", "what may come out of an archive that looks like a bomb (default 16G)"}, \
        {"shadows", 0, "WHICH",                                                                              \
         "volume shadow copies: none, changed (default: files whose record differs), all"},                  \
        {"hash-evidence", 0, NULL, "digests of whole images, compared with those that they store"},          \
        {"host", 0, "NAME", "the machine that the evidence is of"},                                          \
        {"map", 0, "DIR=C:", "examine DIR, the root of a mounted volume, as that drive; may be repeated"},   \
        {"progress-fd", 0, "N", "write progress to descriptor N as JSON lines"},                             \
        {"stall", 0, "SECONDS", "end a worker that stands still for so long (default 60)"}, {                \
        "unconfined", 0, NULL, "let workers run without a sandbox, where the system offers none"             \
    }

/* What is known beforehand (intel/intel.h), as scan and trust take it. */
struct command_intel {
    const char *roots[64], *certificates[64], *policies[64], *catalogs[64], *lists[64], *known[64],
        *rules[64], *campaigns[64];
    size_t root_count, certificate_count, policy_count, catalog_count, list_count, known_count, rule_count,
        campaign_count;
    bool no_default_roots;
    uint64_t at; /* FILETIME as of which to judge; 0: now */
};
bool command_intel_option(struct command_intel *intel, const char *name, const char *argument, bool *bad);
#define COMMAND_INTEL_OPTIONS                                                                                \
    {"roots", 0, "FILE|DIR", "trust these root certificates, too (PEM or DER; may be repeated)"},            \
        {"no-default-roots", 0, NULL, "trust no others"},                                                    \
        {"distrust", 0, "FILE",                                                                              \
         "a further list of certificates that are not to be believed (docs/trust.md)"},                      \
        {"driver-policy", 0, "FILE",                                                                         \
         "a policy (SiPolicy XML) whose denials of drivers count; may be repeated"},                         \
        {"catalogs", 0, "DIR", "security catalogs (*.cat) that speak for all PATHs; may be repeated"}, {     \
        "at", 0, "TIME", "judge signatures without time stamp as of TIME, such as 2023-03-29T00:00:00Z"      \
    }

/* What every engine run starts from. */
struct engine_options command_engine_defaults(void);

/* A first SIGINT, SIGTERM or SIGHUP makes *options->interrupt 1, a second one has its usual effect; SIGPIPE
 * has none. */
void command_signals(struct engine_options *options);

/* The usual settings: one worker a core, bar on a terminal, an interrupt by SIGINT or SIGTERM. Starts the
 * zygote: to be called before anything is opened. */
bool command_engine_start(struct engine_options *options, struct zygote *zygote) MUST_USE;

/* The same after loading what is known, for workers that look into signatures. `intel` must stay until
 * intel_free. */
bool command_engine_start_with(struct engine_options *options, const struct command_intel *given,
                               struct intel *intel, struct zygote *zygote) MUST_USE;

/* Operands as targets, then the folders of --map that are not among them, then those of catalogs of `intel`,
 * which may be NULL; `*all` is their number. An operand that does not exist but is an address
 * (report/address.h) is taken apart. NULL if memory runs out. `*memory` must be freed with
 * command_targets_free. */
struct engine_target *command_targets(char **operands, int count, const struct engine_options *options,
                                      const struct command_intel *intel, int *all, void **memory);
void command_targets_free(struct engine_target *targets, int count, void *memory);

/* Says on stderr what was not understood of the policies: nobody is to think that it was applied. */
void command_policies(const struct policies *policies);

/* Detectors and judges into a new case; all judges, or with `only` that one, in their order. False if the
 * case could not be written or read. */
bool command_register(struct casefile *casefile) MUST_USE;
bool command_judge(struct casefile *casefile, const struct intel *intel, const char *only) MUST_USE;

/* Does this file begin like a database of SQLite? Then it is a case, or none of ours, which opening it tells.
 */
bool command_is_case(const char *path);

/* Says on stderr what kept a run from going on. */
void command_engine_end(const struct engine_result *result);

/* Is `path`, which need not exist yet, inside the folder `evidence`, or that very file? */
bool command_inside(const char *path, const char *evidence) MUST_USE;

/* Ends what was printed. False, complained about, if it could not be written; a reader that left is no
 * complaint. */
struct output;
bool command_printed(struct output *output) MUST_USE;

/* Columns of the terminal on stdout, 100 if it is none. */
unsigned command_width(void);

#endif
