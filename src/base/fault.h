/* fault: why something could not be done or read.
 *
 * A fault is a code for programs, a constant sentence for people and a byte position for both. Recording one
 * never allocates. About evidence, a fault is an observation, not an error: TORN means that the bytes ran
 * out, BAD that the bytes contradict their own format. */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdint.h>

/* Every fallible function returns bool and must be heeded. */
#define MUST_USE __attribute__((warn_unused_result))

enum fault_code {
    FAULT_NONE,
    FAULT_TORN,        /* the bytes ran out */
    FAULT_BAD,         /* the bytes lie */
    FAULT_LIMIT,       /* a cap of ours was reached */
    FAULT_UNSUPPORTED, /* a known thing that is not read yet */
    FAULT_IO           /* the system refused to read */
};

struct fault {
    enum fault_code code;
    uint64_t offset;  /* in the artifact, in bytes */
    const char *text; /* constant; never freed */
};

/* The word for a code: "torn", "bad", "limit", "unsupported", "io"; "none" for FAULT_NONE and anything else.
 */
const char *fault_word(enum fault_code code);

#endif
