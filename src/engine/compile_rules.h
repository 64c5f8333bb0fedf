/* compile_rules: rules of YARA to the bundle that workers load (detect/yara_compile.h), in a confined
 * process.
 *
 * One process reads all files; it is sent their bytes in a memory file and leaves the bundle in another one.
 * The parent does not look into the bundle: only workers that are confined themselves load it. */
#ifndef ENGINE_COMPILE_RULES_H
#define ENGINE_COMPILE_RULES_H

#include "detect/yara_compile.h"
#include "engine/zygote.h"
#include "intel/rules.h"

#define COMPILE_RULES_MEMORY ((size_t)768 << 20) /* bytes for what is known of the sources */

/* What the zygote is to be started with (zygote_start), after yara_prepare; also for packages
 * (engine/unpack_rules.h). Never returns. */
_Noreturn void compile_rules_worker(int socket);

/* Compiles all files of `rules`. *bundle is a memory file, the caller's to close. False with the reason in
 * `error` if there is no bundle. Files that do not compile are in `ret`. */
bool compile_rules(struct zygote *zygote, const struct rules *rules, bool unconfined,
                   struct yara_compiled *ret, int *bundle, struct text *error) MUST_USE;

#endif
