/* driver_telling: what the judges of drivers say in the same words. */
#ifndef JUDGE_DRIVER_TELLING_H
#define JUDGE_DRIVER_TELLING_H

#include "judge/driver_traces.h"

/* Texts of one finding; zeroed before its first use, freed by driver_telling_free. */
struct driver_telling {
    struct text seen, events;
    char list[LISTS_TEXT];
};
void driver_telling_free(struct driver_telling *telling);

/* Adds path, service, signer, what was seen, the events, and what a list says of it. The texts are those of
 * `telling` and `traces`; the call before is undone. */
void driver_telling_detail(struct driver_telling *telling, const struct driver_traces *traces,
                           const struct driver_trace *trace, struct finding *finding);

/* What a list has it for: "" if none does. */
enum driver_telling_list { DRIVER_TELLING_NONE, DRIVER_TELLING_HOLE, DRIVER_TELLING_MALICIOUS };
enum driver_telling_list driver_telling_list(const struct driver_traces *traces,
                                             const struct driver_trace *trace);

/* Windows or Sysmon found something wrong with it. */
bool driver_telling_is_bad(const struct driver_trace *trace);

/* About the file if it is there, else about what tells of it first. */
bool driver_telling_write(struct casefile *casefile, const struct driver_trace *trace,
                          const struct finding *finding) MUST_USE;

#endif
