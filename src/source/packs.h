/* packs: the formats of packs that are known, by number, in the order of packs.def. */
#ifndef SOURCE_PACKS_H
#define SOURCE_PACKS_H

#include "source/pack.h"

extern const unsigned packs_count;

/* NULL for a number that none has. */
const struct pack_format *packs_format(unsigned number);

/* Could it be one, by its first bytes? Programs may carry one whatever they begin with, and are none by this.
 */
bool packs_suspect(struct span head, uint64_t size);

/* The number of the format that these bytes are, by opening them as each that suspects it; packs_count for
 * none. Nothing is noted. `opens`: it can be opened; if it cannot, it bears the marks of the format, and
 * opening it tells what is wrong. */
unsigned packs_sniff(struct evidence_reader reader, bool *opens);

/* Begins `ret`, which is then to be closed whether that succeeds or not. False with a fault in `memory`.
 * `beside` is what its place is known to be, or NULL; it must outlive the pack. */
bool packs_open(struct pack *ret, struct job *memory, const struct pack_format *format,
                struct evidence_reader reader, const struct pack_beside *beside) MUST_USE;
void packs_close(struct pack *pack);

/* What container these first bytes look like, whether anybody here opens it or not: "rar", "zip"; at most 15
 * bytes. NULL for none. */
const char *packs_looks(struct span head);

#endif
