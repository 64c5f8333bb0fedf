/* command_rules: the rules of YARA that a run was given, compiled. */
#ifndef CLI_COMMAND_RULES_H
#define CLI_COMMAND_RULES_H

#include "cli/command.h"
#include "engine/compile_rules.h"

struct command_rules {
    struct rules files;
    struct yara_compiled compiled;
    int bundle; /* with files */
};

/* Compiles what was named, and with `kept` what the user keeps, before anything else is opened, and lets the
 * workers of `options` have it. A file of a folder that does not compile is said on stderr and left out.
 * False, when that has been said, if a file that was named itself does not compile, or none does. */
bool command_rules_load(struct command_rules *ret, const struct command_intel *given, bool kept,
                        struct engine_options *options) MUST_USE;
/* Is it a package in which nothing is named like rules? */
bool command_rules_none(const char *path, bool unconfined);

void command_rules_free(struct command_rules *rules);

/* One line about them; nothing if there are none. */
void command_rules_tell(const struct command_rules *rules, struct text *ret);

#endif
