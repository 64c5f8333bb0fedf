/* intake: packed bytes for decoders of our own, one after the other. Behind their end come zeros, which are
 * counted: a decoder takes what belongs to one symbol, asks whether it was there, and only then believes it.
 */
#ifndef FORMAT_INTAKE_H
#define FORMAT_INTAKE_H

#include <stdbool.h>
#include <stdint.h>

struct intake {
    const uint8_t *at, *end; /* bytes at hand */
    /* Sets `at` and `end` to more of them; false where there are none. */
    bool (*fill)(struct intake *in);
    void *context;  /* of fill */
    uint64_t ghost; /* bytes given that are not there */
};

/* How a decoder stands. */
enum intake_state { INTAKE_GOES_ON, INTAKE_ENDED, INTAKE_TORN, INTAKE_BAD };

static inline uint8_t intake_byte(struct intake *in) {
    if (in->at == in->end && !in->fill(in)) {
        in->ghost++;
        return 0;
    }
    return *in->at++;
}

#endif
