#include "format/nsis_bzip2.h"

#include "base/span.h"

enum {
    GROUPS = 6,
    GROUP = 50, /* symbols that one code is used for */
    SELECTORS = NSIS_BZIP2_BLOCK / GROUP + 2,
    SYMBOLS = 258,
    LENGTH = 20, /* longest code */
    RUN = 4,     /* equal bytes behind which a count stands */
    BLOCK = 0x31,
    END = 0x17
};

struct code {
    unsigned least;            /* shortest length */
    int32_t limit[LENGTH + 2]; /* last code of a length; -1 before there is one */
    int32_t base[LENGTH + 2];  /* a code less this is the place of its symbol */
    uint16_t symbols[SYMBOLS];
};

struct nsis_bzip2 {
    enum intake_state state;
    uint64_t hold; /* the next bits, the first one highest */
    unsigned count, ghost;
    unsigned code_count, selector_count;
    uint8_t used[256]; /* bytes that occur in the block, in order */
    unsigned used_count;
    uint8_t selectors[SELECTORS];
    struct code codes[GROUPS];
    /* The block, and how far it is given */
    uint32_t origin, size, next, left;
    unsigned run;    /* equal bytes given in a row, at most RUN */
    unsigned repeat; /* more of them to be given */
    uint8_t byte;
    uint32_t chain[NSIS_BZIP2_BLOCK]; /* a byte, above it where the next one is */
};

struct nsis_bzip2 *nsis_bzip2_new(struct job *job) {
    return job_alloc(job, 1, sizeof(struct nsis_bzip2));
}

void nsis_bzip2_start(struct nsis_bzip2 *of) {
    of->state = INTAKE_GOES_ON;
    of->hold = 0;
    of->count = of->ghost = 0;
    of->left = of->repeat = of->run = 0;
}

/* --- bits --- */

/* At most 24 bits. */
static unsigned take(struct nsis_bzip2 *of, struct intake *in, unsigned count) {
    while (of->count < count) {
        uint64_t ghost = in->ghost;
        of->hold |= (uint64_t)intake_byte(in) << (56 - of->count);
        of->count += 8;
        of->ghost += in->ghost > ghost ? 8 : 0;
    }
    unsigned value = (unsigned)(of->hold >> 1 >> (63 - count));
    of->hold <<= count;
    of->count -= count;
    return value;
}

static bool torn(const struct nsis_bzip2 *of) {
    return of->ghost > of->count;
}

static bool bad(struct nsis_bzip2 *of) {
    of->state = torn(of) ? INTAKE_TORN : INTAKE_BAD;
    return false;
}

/* --- what a block begins with --- */

static bool read_used(struct nsis_bzip2 *of, struct intake *in) {
    unsigned rows = take(of, in, 16);
    of->used_count = 0;
    for (unsigned row = 0; row < 16; row++) {
        unsigned bits = rows >> (15 - row) & 1 ? take(of, in, 16) : 0;
        for (unsigned i = 0; i < 16; i++)
            if (bits >> (15 - i) & 1)
                of->used[of->used_count++] = (uint8_t)(row * 16 + i);
    }
    return of->used_count > 0 || bad(of);
}

static uint8_t to_front(uint8_t *list, unsigned at) {
    uint8_t ret = list[at];
    for (; at > 0; at--)
        list[at] = list[at - 1];
    return list[0] = ret;
}

/* Which code each group of symbols uses; more than a block needs are read and forgotten. */
static bool read_selectors(struct nsis_bzip2 *of, struct intake *in) {
    uint8_t order[GROUPS] = {0, 1, 2, 3, 4, 5};
    of->code_count = take(of, in, 3);
    unsigned count = take(of, in, 15);
    if (of->code_count < 2 || of->code_count > GROUPS || count == 0)
        return bad(of);
    of->selector_count = count < SELECTORS ? count : SELECTORS;
    for (unsigned i = 0; i < count; i++) {
        unsigned at = 0;
        while (take(of, in, 1))
            if (++at >= of->code_count)
                return bad(of);
        uint8_t which = to_front(order, at);
        if (i < SELECTORS)
            of->selectors[i] = which;
    }
    return true;
}

static void build(struct code *code, const uint8_t *lengths, unsigned count) {
    int32_t next = 0, place = 0;
    code->least = LENGTH;
    for (unsigned length = 1; length <= LENGTH; length++) {
        code->base[length] = next - place;
        for (unsigned i = 0; i < count; i++)
            if (lengths[i] == length) {
                code->symbols[place++] = (uint16_t)i;
                code->least = length < code->least ? length : code->least;
                next++;
            }
        code->limit[length] = next - 1;
        next <<= 1;
    }
}

static bool read_codes(struct nsis_bzip2 *of, struct intake *in) {
    uint8_t lengths[SYMBOLS];
    for (unsigned n = 0; n < of->code_count; n++) {
        unsigned length = take(of, in, 5);
        for (unsigned i = 0; i < of->used_count + 2; i++) {
            for (;;) {
                if (length < 1 || length > LENGTH)
                    return bad(of);
                if (take(of, in, 1) == 0)
                    break;
                length += take(of, in, 1) ? -1u : 1u;
            }
            lengths[i] = (uint8_t)length;
        }
        build(&of->codes[n], lengths, of->used_count + 2);
    }
    return !torn(of) || bad(of);
}

/* --- its symbols --- */

static bool symbol(struct nsis_bzip2 *of, struct intake *in, unsigned number, unsigned *ret) {
    unsigned group = number / GROUP;
    if (group >= of->selector_count)
        return false;
    const struct code *code = &of->codes[of->selectors[group]];
    unsigned length = code->least;
    int32_t bits = (int32_t)take(of, in, length);
    while (bits > code->limit[length]) {
        if (++length > LENGTH)
            return false;
        bits = bits << 1 | (int32_t)take(of, in, 1);
    }
    int32_t place = bits - code->base[length];
    if (place < 0 || place >= (int32_t)of->used_count + 2 || torn(of))
        return false;
    *ret = code->symbols[place];
    return true;
}

/* Symbols 0 and 1 are digits of how often the first byte of the list follows; others are places in it. */
static bool read_symbols(struct nsis_bzip2 *of, struct intake *in) {
    uint8_t list[256];
    uint32_t repeat = 0, digit = 1;
    unsigned which;
    (void)span_copy(span_of(of->used, of->used_count, 0), list, sizeof list);
    of->size = 0;
    for (unsigned number = 0;; number++) {
        if (!symbol(of, in, number, &which))
            return bad(of);
        if (which < 2) {
            repeat += digit << which;
            digit <<= 1;
            if (repeat > NSIS_BZIP2_BLOCK - of->size)
                return bad(of);
            continue;
        }
        for (; repeat > 0; repeat--)
            of->chain[of->size++] = list[0];
        digit = 1;
        if (which == of->used_count + 1)
            return true;
        if (of->size == NSIS_BZIP2_BLOCK)
            return bad(of);
        of->chain[of->size++] = to_front(list, which - 1);
    }
}

/* Where each byte's next one is: the sorted bytes stand for the column before theirs. */
static void link_chain(struct nsis_bzip2 *of) {
    uint32_t places[256] = {0}, sum = 0;
    for (uint32_t i = 0; i < of->size; i++)
        places[of->chain[i] & 0xff]++;
    for (unsigned i = 0; i < 256; i++) {
        uint32_t count = places[i];
        places[i] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < of->size; i++)
        of->chain[places[of->chain[i] & 0xff]++] |= i << 8;
}

static bool begin_block(struct nsis_bzip2 *of, struct intake *in) {
    unsigned mark = take(of, in, 8);
    if (mark == END && !torn(of)) {
        of->state = INTAKE_ENDED;
        return false;
    }
    of->origin = take(of, in, 24);
    if (mark != BLOCK || torn(of))
        return bad(of);
    if (!read_used(of, in) || !read_selectors(of, in) || !read_codes(of, in) || !read_symbols(of, in))
        return false;
    if (of->origin >= of->size)
        return bad(of);
    link_chain(of);
    of->next = of->chain[of->origin] >> 8;
    of->left = of->size;
    of->run = 0;
    return true;
}

/* --- bytes --- */

static size_t give(struct nsis_bzip2 *of, uint8_t *to, size_t size) {
    size_t done = 0;
    while (done < size) {
        if (of->repeat > 0) {
            size_t part = of->repeat < size - done ? of->repeat : size - done;
            memset(to + done, of->byte, part);
            done += part;
            of->repeat -= (unsigned)part;
            continue;
        }
        if (of->left == 0)
            break;
        uint32_t here = of->chain[of->next];
        uint8_t byte = (uint8_t)here;
        of->next = here >> 8;
        of->left--;
        if (of->run == RUN) {
            of->repeat = byte;
            of->run = 0;
            continue;
        }
        of->run = of->run > 0 && byte == of->byte ? of->run + 1 : 1;
        to[done++] = of->byte = byte;
    }
    return done;
}

size_t nsis_bzip2_read(struct nsis_bzip2 *of, struct intake *in, uint8_t *to, size_t size,
                       enum intake_state *state) {
    size_t done = 0;
    while (done < size && of->state == INTAKE_GOES_ON) {
        if (of->left > 0 || of->repeat > 0)
            done += give(of, to + done, size - done);
        else
            (void)begin_block(of, in);
    }
    *state = of->state;
    return done;
}
