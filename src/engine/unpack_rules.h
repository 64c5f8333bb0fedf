/* unpack_rules: packages of rules of YARA, as they are published, read in a confined process.
 *
 * The process is sent the open file and leaves the texts of its members (intel/package.h) in a memory file.
 * The program takes them for what they are, texts of strangers, to be compiled as any others
 * (engine/compile_rules.h); it looks at nothing but their sizes and names. Nothing is written to disk.
 *
 * What the process leaves, little-endian: u32 members, each a string: its name, a string: why it is refused
 * or "", a string: its text. A string is a u32 and so many bytes. */
#ifndef ENGINE_UNPACK_RULES_H
#define ENGINE_UNPACK_RULES_H

#include "engine/zygote.h"
#include "intel/rules.h"

enum { UNPACK_RULES_ASK = 3, UNPACK_RULES_ANSWER = 2 };

/* Is it a file that begins like a ZIP? */
bool unpack_rules_is(const char *path);

/* Adds the members *.yar and *.yara of the package, as rules_add those of a folder; members that cannot be
 * read are refused (rules_refuse). The zygote is one of compile_rules_worker. False with the reason in
 * `error` if the package cannot be read, or holds no such member: then *none, too. */
bool unpack_rules(struct zygote *zygote, const char *path, bool unconfined, struct rules *rules, bool *none,
                  struct text *error) MUST_USE;

/* The process's part, when it is confined: reads `fd`, leaves the members in `memory`. */
void unpack_rules_work(int fd, int memory, struct text *answer);

/* The program's part that reads what was left. */
bool unpack_rules_take(struct span bytes, const char *path, struct rules *rules, struct text *error) MUST_USE;

#endif
