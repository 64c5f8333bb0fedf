/* bcj2: x86 code that was split into four streams, put together again (docs/format/7z.md).
 *
 * The main stream holds everything but the targets of calls and jumps, which have streams of their own, as
 * absolute addresses, high byte first; a fourth one, range coded, says at each place where a target could be
 * whether it is. */
#ifndef FORMAT_BCJ2_H
#define FORMAT_BCJ2_H

#include "base/job.h"
#include "base/span.h"

enum bcj2_stream { BCJ2_MAIN, BCJ2_CALL, BCJ2_JUMP, BCJ2_RANGE, BCJ2_STREAMS };

enum { BCJ2_BUFFER = 16384 };

/* Up to `size` bytes of a stream; fewer only at its end. */
typedef size_t bcj2_more(void *context, struct job *job, enum bcj2_stream stream, uint8_t *to, size_t size);

struct bcj2 {
    bcj2_more *more;
    void *context;
    uint64_t out; /* bytes given */
    uint32_t range, code;
    uint16_t chances[258];
    uint8_t before;     /* the byte before */
    uint8_t target[4];  /* of a call, not given yet */
    unsigned target_at; /* 4: none waits */
    bool begun, ended;  /* ended: a stream was too short */
    struct {
        uint8_t bytes[BCJ2_BUFFER];
        size_t at, size;
    } streams[BCJ2_STREAMS];
};

void bcj2_start(struct bcj2 *bcj2, bcj2_more *more, void *context);

/* The next bytes; fewer than asked where a stream ends (noted as TORN, once). */
size_t bcj2_read(struct bcj2 *bcj2, struct job *job, uint8_t *to, size_t size);

#endif
