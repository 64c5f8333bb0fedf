#include "format/bcj2.h"

#define TOP ((uint32_t)1 << 24)

enum { BITS = 11, MOVE = 5, HALF = 1 << (BITS - 1), CALL = 0xe8, JUMP = 0xe9, ESCAPE = 0x0f };

void bcj2_start(struct bcj2 *bcj2, bcj2_more *more, void *context) {
    memset(bcj2, 0, sizeof *bcj2);
    bcj2->more = more;
    bcj2->context = context;
    bcj2->range = UINT32_MAX;
    bcj2->target_at = 4;
    for (size_t i = 0; i < sizeof bcj2->chances / sizeof bcj2->chances[0]; i++)
        bcj2->chances[i] = HALF;
}

static bool fill(struct bcj2 *bcj2, struct job *job, enum bcj2_stream stream) {
    bcj2->streams[stream].at = 0;
    bcj2->streams[stream].size =
        bcj2->more(bcj2->context, job, stream, bcj2->streams[stream].bytes, BCJ2_BUFFER);
    return bcj2->streams[stream].size > 0;
}

static uint8_t byte(struct bcj2 *bcj2, struct job *job, enum bcj2_stream stream) {
    if (bcj2->streams[stream].at == bcj2->streams[stream].size && !fill(bcj2, job, stream)) {
        if (!bcj2->ended)
            job_note(job, FAULT_TORN, bcj2->out, "a stream of split code ends too early");
        bcj2->ended = true;
        return 0;
    }
    return bcj2->streams[stream].bytes[bcj2->streams[stream].at++];
}

static bool decide(struct bcj2 *bcj2, struct job *job, uint16_t *chance) {
    uint32_t bound = (bcj2->range >> BITS) * *chance;
    bool set = bcj2->code >= bound;
    if (set) {
        bcj2->range -= bound;
        bcj2->code -= bound;
        *chance = (uint16_t)(*chance - (*chance >> MOVE));
    } else {
        bcj2->range = bound;
        *chance = (uint16_t)(*chance + (((1 << BITS) - *chance) >> MOVE));
    }
    if (bcj2->range < TOP) {
        bcj2->range <<= 8;
        bcj2->code = bcj2->code << 8 | byte(bcj2, job, BCJ2_RANGE);
    }
    return set;
}

static void read_target(struct bcj2 *bcj2, struct job *job, enum bcj2_stream stream) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 8 | byte(bcj2, job, stream);
    value -= (uint32_t)bcj2->out + 4;
    for (int i = 0; i < 4; i++)
        bcj2->target[i] = (uint8_t)(value >> 8 * i);
    bcj2->target_at = 0;
}

/* After a byte of the main stream that could be followed by a target. */
static void see(struct bcj2 *bcj2, struct job *job, uint8_t last) {
    uint8_t before = bcj2->before;
    bcj2->before = last;
    bool jump = before == ESCAPE && (last & 0xf0) == 0x80;
    if ((last & 0xfe) != CALL && !jump)
        return;
    uint16_t *chance = &bcj2->chances[last == CALL ? before : last == JUMP ? 256 : 257];
    if (decide(bcj2, job, chance))
        read_target(bcj2, job, last == CALL ? BCJ2_CALL : BCJ2_JUMP);
}

static void begin(struct bcj2 *bcj2, struct job *job) {
    bcj2->begun = true;
    for (int i = 0; i < 5; i++)
        bcj2->code = bcj2->code << 8 | byte(bcj2, job, BCJ2_RANGE);
}

size_t bcj2_read(struct bcj2 *bcj2, struct job *job, uint8_t *to, size_t size) {
    size_t done = 0;
    if (!bcj2->begun)
        begin(bcj2, job);
    while (done < size && !bcj2->ended) {
        if (bcj2->target_at < 4) {
            to[done++] = bcj2->before = bcj2->target[bcj2->target_at++];
            bcj2->out++;
            continue;
        }
        uint8_t last = byte(bcj2, job, BCJ2_MAIN);
        if (bcj2->ended)
            break;
        to[done++] = last;
        bcj2->out++;
        see(bcj2, job, last);
    }
    return done;
}
