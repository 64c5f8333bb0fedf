#include "format/quantum.h"

enum {
    SLACK = 16,
    ROOM = 256 * 1024,
    LITERALS = 64, /* of a model; four of them have all bytes */
    SLOTS = 2 * QUANTUM_MOST,
    SELECTORS = 7,
    LENGTHS = 27,
    MOST = 64,      /* symbols of a model */
    STEP = 8,       /* what a symbol that occurred gains */
    FULL = 3800,    /* then all frequencies are halved ... */
    FIRST_SORT = 4, /* ... and the symbols sorted the fourth time, */
    NEXT_SORT = 50, /* then every fiftieth */
    GHOST = 32      /* bits behind the end that the coder may have read ahead */
};

/* Symbols with the sum of the frequencies from each on. */
struct model {
    unsigned count, until_sort;
    uint16_t symbols[MOST + 1], sums[MOST + 1];
};

struct quantum {
    struct unpack out;
    size_t window, room;
    unsigned bits_of_window;
    bool broken;
    struct model literals[4], selector, slots3, slots4, slots, length;
    struct cursor in;
    uint64_t hold; /* the next bits, the first one highest */
    unsigned count, ghost;
    uint16_t high, low, code; /* of the coder */
    uint8_t zeros[QUANTUM_BLOCK];
    uint8_t *buffer;
};

static void start_model(struct model *model, unsigned first, unsigned count) {
    model->count = count;
    model->until_sort = FIRST_SORT;
    for (unsigned i = 0; i <= count; i++) {
        model->symbols[i] = (uint16_t)(first + i);
        model->sums[i] = (uint16_t)(count - i);
    }
}

struct quantum *quantum_new(struct job *job, unsigned bits) {
    if (bits < QUANTUM_LEAST || bits > QUANTUM_MOST) {
        job_fail(job, FAULT_BAD, 0, "a Quantum window of a size that is none");
        return NULL;
    }
    struct quantum *q = job_alloc(job, 1, sizeof *q);
    if (!q)
        return NULL;
    q->bits_of_window = bits;
    q->window = (size_t)1 << bits;
    q->room = q->window + (q->window > ROOM ? q->window : ROOM) + QUANTUM_BLOCK + SLACK;
    q->buffer = job_alloc(job, q->room, 1);
    if (!q->buffer)
        return NULL;
    quantum_start(q);
    return q;
}

void quantum_start(struct quantum *q) {
    unsigned slots = 2 * q->bits_of_window;
    q->out = unpack_of(q->buffer, q->room);
    q->broken = false;
    for (unsigned i = 0; i < 4; i++)
        start_model(&q->literals[i], i * LITERALS, LITERALS);
    start_model(&q->selector, 0, SELECTORS);
    start_model(&q->slots3, 0, slots < 24 ? slots : 24);
    start_model(&q->slots4, 0, slots < 36 ? slots : 36);
    start_model(&q->slots, 0, slots);
    start_model(&q->length, 0, LENGTHS);
}

/* --- bits --- */

static void fill(struct quantum *q) {
    while (q->count <= 32) {
        uint64_t word = 0;
        if (cursor_left(&q->in) >= 2) {
            word = cursor_u16be(&q->in);
        } else if (cursor_left(&q->in) == 1) {
            word = (uint64_t)cursor_u8(&q->in) << 8;
            q->ghost += 8;
        } else {
            q->ghost += 16;
        }
        q->hold |= word << (48 - q->count);
        q->count += 16;
    }
}

/* At most 19 bits. */
static unsigned take(struct quantum *q, unsigned count) {
    fill(q);
    unsigned value = (unsigned)(q->hold >> 1 >> (63 - count));
    q->hold <<= count;
    q->count -= count;
    return value;
}

static bool torn(const struct quantum *q) {
    return q->ghost > q->count + GHOST;
}

/* --- models --- */

static void halve(struct model *model) {
    for (unsigned i = model->count; i-- > 0;) {
        model->sums[i] = (uint16_t)(model->sums[i] >> 1);
        if (model->sums[i] <= model->sums[i + 1])
            model->sums[i] = (uint16_t)(model->sums[i + 1] + 1);
    }
}

static void swap(uint16_t *a, uint16_t *b) {
    uint16_t kept = *a;
    *a = *b;
    *b = kept;
}

/* Frequent symbols first. Which of equal ones comes first is a matter of this very way of sorting. */
static void sort(struct model *model) {
    for (unsigned i = 0; i < model->count; i++)
        model->sums[i] = (uint16_t)((model->sums[i] - model->sums[i + 1] + 1) >> 1);
    for (unsigned i = 0; i + 1 < model->count; i++)
        for (unsigned k = i + 1; k < model->count; k++)
            if (model->sums[i] < model->sums[k]) {
                swap(&model->sums[i], &model->sums[k]);
                swap(&model->symbols[i], &model->symbols[k]);
            }
    for (unsigned i = model->count; i-- > 0;)
        model->sums[i] = (uint16_t)(model->sums[i] + model->sums[i + 1]);
}

/* The bounds of the coder after a symbol, as far as its first bits are known. */
static void narrow(struct quantum *q) {
    for (;;) {
        if ((q->low ^ q->high) & 0x8000) {
            if (!(q->low & 0x4000) || q->high & 0x4000)
                return;
            q->code ^= 0x4000;
            q->low &= 0x3fff;
            q->high |= 0x4000;
        }
        q->low = (uint16_t)(q->low << 1);
        q->high = (uint16_t)(q->high << 1 | 1);
        q->code = (uint16_t)((unsigned)q->code << 1 | take(q, 1));
    }
}

static unsigned symbol(struct quantum *q, struct model *model) {
    uint32_t range = (uint32_t)(uint16_t)(q->high - q->low) + 1, all = model->sums[0];
    uint32_t wanted = ((uint32_t)(uint16_t)(q->code - q->low) + 1) * all - 1;
    unsigned sum = (uint16_t)(wanted / range), i = 1;
    while (i < model->count && model->sums[i] > sum)
        i++;
    unsigned found = model->symbols[i - 1];
    q->high = (uint16_t)(q->low + model->sums[i - 1] * range / all - 1);
    q->low = (uint16_t)(q->low + model->sums[i] * range / all);
    for (unsigned k = 0; k < i; k++)
        model->sums[k] = (uint16_t)(model->sums[k] + STEP);
    if (model->sums[0] > FULL) {
        bool to_sort = --model->until_sort == 0;
        to_sort ? sort(model) : halve(model);
        if (to_sort)
            model->until_sort = NEXT_SORT;
    }
    narrow(q);
    return found;
}

/* --- matches --- */

static uint32_t distance(struct quantum *q, struct model *model) {
    unsigned slot = symbol(q, model), width = slot < 4 ? 0 : slot / 2 - 1;
    uint32_t base = slot < 4 ? slot : (2 + (slot & 1)) << width;
    return base + take(q, width) + 1;
}

static unsigned length(struct quantum *q) {
    static const uint8_t bases[LENGTHS] = {0,  1,  2,  3,  4,  5,  6,  8,   10,  12,  14,  18,  22, 26,
                                           30, 38, 46, 54, 62, 78, 94, 110, 126, 158, 190, 222, 254};
    unsigned slot = symbol(q, &q->length);
    unsigned width = slot < 6 || slot == LENGTHS - 1 ? 0 : (slot - 2) / 4;
    return bases[slot] + take(q, width) + 5;
}

static bool refuse(struct quantum *q, struct unpacked *ret, enum fault_code code, const char *text) {
    ret->fault = (struct fault){code, cursor_offset(&q->in), text};
    return false;
}

static bool match(struct quantum *q, unsigned selector, size_t end, struct unpacked *ret) {
    size_t size = selector == 4 ? 3 : selector == 5 ? 4 : length(q);
    uint32_t back = distance(q, selector == 4 ? &q->slots3 : selector == 5 ? &q->slots4 : &q->slots);
    if (torn(q))
        return refuse(q, ret, FAULT_TORN, "the data end before their size");
    if (back > q->out.at || back > q->window)
        return refuse(q, ret, FAULT_BAD, "a match before the start of the data");
    if (size > end - q->out.at)
        return refuse(q, ret, FAULT_BAD, "a match beyond the end of its block");
    unpack_repeat(&q->out, back, size);
    return true;
}

static bool block(struct quantum *q, size_t end, struct unpacked *ret) {
    q->high = 0xffff;
    q->low = 0;
    q->code = (uint16_t)take(q, 16);
    while (q->out.at < end) {
        unsigned selector = symbol(q, &q->selector);
        if (selector >= 4) {
            if (!match(q, selector, end, ret))
                return false;
            continue;
        }
        unsigned byte = symbol(q, &q->literals[selector]);
        if (torn(q))
            return refuse(q, ret, FAULT_TORN, "the data end before their size");
        q->out.to[q->out.at++] = (uint8_t)byte;
    }
    return true;
}

/* What came before moves to the start of the buffer when the next block does not fit behind it; then it lies
 * behind where it moves to. */
static void make_room(struct quantum *q, size_t size) {
    if (unpack_room(&q->out) >= size + SLACK)
        return;
    span_copy(span_of(q->buffer + q->out.at - q->window, q->window, 0), q->buffer, q->window);
    q->out.at = q->window;
}

bool quantum_decode(struct quantum *q, struct span in, size_t size, const uint8_t **bytes,
                    struct unpacked *ret) {
    *ret = (struct unpacked){0};
    *bytes = q->zeros;
    q->in = cursor_of(in);
    q->hold = q->count = q->ghost = 0;
    if (size > QUANTUM_BLOCK)
        return refuse(q, ret, FAULT_LIMIT, "a block of more than 32 KiB");
    if (q->broken)
        return refuse(q, ret, FAULT_BAD, "a block behind one that is broken");
    make_room(q, size);
    size_t start = q->out.at;
    bool good = block(q, start + size, ret);
    q->broken = !good;
    ret->size = q->out.at - start;
    ret->used = q->in.at;
    memset(q->buffer + q->out.at, 0, size - ret->size);
    *bytes = q->buffer + start;
    return good;
}
