#include "format/deflate64.h"

#include "format/huffman.h"

enum {
    WINDOW = 1 << 16,
    LENGTHS = 288,
    DISTANCES = 32,
    ORDERS = 19,
    END = 256,
    LONGEST = 285,
    DIRECT = 9,
    SPARE_LENGTH = 290, /* symbols that no stream can mean: the other half of codes of one bit */
    SPARE_DISTANCE = 33,
    MOST = SPARE_LENGTH + 1
};

enum place { AT_HEAD, IN_STORED, IN_CODES };
enum complement { UNKNOWN, WRITTEN, LEFT_OUT };

struct deflate64 {
    enum deflate64_kind kind;
    enum intake_state state;
    enum place place;
    enum complement complement;
    bool last;                /* this block */
    struct huffman_bits bits; /* each byte turned round, so that its lowest bit comes first */
    unsigned left;            /* bytes of the stored block */
    unsigned length;          /* of a match, not given yet */
    size_t distance, at;      /* at: in the window, behind the last byte */
    uint64_t given;
    struct huffman_code lengths, distances;
    uint8_t window[WINDOW];
};

struct deflate64 *deflate64_new(struct job *job) {
    return job_alloc(job, 1, sizeof(struct deflate64));
}

void deflate64_start(struct deflate64 *of, enum deflate64_kind kind) {
    of->kind = kind;
    of->state = INTAKE_GOES_ON;
    of->place = AT_HEAD;
    of->last = false;
    of->bits = huffman_bits_of(span_of("", 0, 0));
    of->left = of->length = 0;
    of->distance = of->at = 0;
    of->given = 0;
}

/* --- bits --- */

static const uint8_t halves[16] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};

static unsigned turned(unsigned value, unsigned count) {
    unsigned low = (unsigned)halves[value & 15] << 4 | halves[value >> 4 & 15];
    unsigned high = (unsigned)halves[value >> 8 & 15] << 4 | halves[value >> 12 & 15];
    return (low << 8 | high) >> (16 - count);
}

static void fill(struct deflate64 *of, struct intake *in, unsigned want) {
    while (of->bits.count < want) {
        uint64_t ghost = in->ghost;
        uint8_t byte = intake_byte(in);
        uint64_t first = (uint64_t)halves[byte & 15] << 4 | halves[byte >> 4];
        of->bits.hold |= first << (56 - of->bits.count);
        of->bits.count += 8;
        of->bits.ghost += in->ghost > ghost ? 8 : 0;
    }
}

/* At most 16 bits, the first one lowest. */
static unsigned take(struct deflate64 *of, struct intake *in, unsigned count) {
    fill(of, in, count);
    return turned(huffman_take(&of->bits, count), count);
}

static unsigned symbol(struct deflate64 *of, struct intake *in, const struct huffman_code *code) {
    fill(of, in, HUFFMAN_LENGTH);
    return huffman_symbol(&of->bits, code, DIRECT);
}

static bool stop(struct deflate64 *of, enum intake_state state) {
    of->state = huffman_torn(&of->bits) ? INTAKE_TORN : state;
    return false;
}

/* --- blocks --- */

static bool begin_stored(struct deflate64 *of, struct intake *in) {
    (void)take(of, in, of->bits.count % 8);
    unsigned size = take(of, in, 16);
    fill(of, in, 16);
    bool follows = turned((unsigned)(of->bits.hold >> 48), 16) == (size ^ 0xffff);
    if (of->kind == DEFLATE64)
        of->complement = WRITTEN;
    else if (of->complement == UNKNOWN)
        of->complement = follows ? WRITTEN : LEFT_OUT;
    if (of->complement == WRITTEN) {
        (void)take(of, in, 16);
        if (!follows)
            return stop(of, INTAKE_BAD);
    }
    of->left = size;
    of->place = IN_STORED;
    return true;
}

/* A code of a single symbol has one bit, of which one value means nothing. */
static bool build(struct huffman_code *code, uint8_t lengths[MOST], unsigned count, unsigned spare) {
    unsigned used = 0, longest = 0;
    for (unsigned i = 0; i < count; i++) {
        used += lengths[i] > 0;
        longest = lengths[i] > longest ? lengths[i] : longest;
    }
    for (unsigned i = count; i <= spare; i++)
        lengths[i] = i == spare && used == 1 && longest == 1;
    return huffman_build(code, lengths, spare + 1, DIRECT);
}

static bool begin_fixed(struct deflate64 *of) {
    uint8_t lengths[MOST] = {0}, distances[MOST] = {0};
    for (unsigned i = 0; i < LENGTHS; i++)
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    memset(distances, 5, DISTANCES);
    of->place = IN_CODES;
    return build(&of->lengths, lengths, LENGTHS, SPARE_LENGTH) &&
           build(&of->distances, distances, DISTANCES, SPARE_DISTANCE);
}

/* Lengths of codes, themselves coded; those of both codes are one run. */
static bool read_lengths(struct deflate64 *of, struct intake *in, uint8_t *lengths, unsigned count) {
    for (unsigned i = 0; i < count;) {
        unsigned next = symbol(of, in, &of->lengths), repeat = 1;
        uint8_t value = (uint8_t)next;
        if (next > 18 || (next == 16 && i == 0) || huffman_torn(&of->bits))
            return stop(of, INTAKE_BAD);
        if (next >= 16) {
            value = next == 16 ? lengths[i - 1] : 0;
            repeat = next == 16   ? 3 + take(of, in, 2)
                     : next == 17 ? 3 + take(of, in, 3)
                                  : 11 + take(of, in, 7);
        }
        if (repeat > count - i)
            return stop(of, INTAKE_BAD);
        memset(lengths + i, value, repeat);
        i += repeat;
    }
    return true;
}

static bool begin_codes(struct deflate64 *of, struct intake *in) {
    static const uint8_t order[ORDERS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[LENGTHS + DISTANCES] = {0}, part[MOST] = {0};
    unsigned literals = 257 + take(of, in, 5), distances = 1 + take(of, in, 5), orders = 4 + take(of, in, 4);
    for (unsigned i = 0; i < orders; i++)
        part[order[i]] = (uint8_t)take(of, in, 3);
    if (literals > LENGTHS || !huffman_build(&of->lengths, part, ORDERS, DIRECT) ||
        !read_lengths(of, in, lengths, literals + distances))
        return stop(of, INTAKE_BAD);
    memset(part, 0, sizeof part);
    (void)span_copy(span_of(lengths, literals, 0), part, sizeof part);
    if (part[END] == 0 || !build(&of->lengths, part, LENGTHS, SPARE_LENGTH))
        return stop(of, INTAKE_BAD);
    memset(part, 0, sizeof part);
    (void)span_copy(span_of(lengths + literals, distances, 0), part, sizeof part);
    of->place = IN_CODES;
    return build(&of->distances, part, DISTANCES, SPARE_DISTANCE) || stop(of, INTAKE_BAD);
}

static bool begin_block(struct deflate64 *of, struct intake *in) {
    if (of->last) {
        of->state = INTAKE_ENDED;
        return false;
    }
    of->last = take(of, in, 1);
    unsigned type = take(of, in, 2);
    if (huffman_torn(&of->bits) || type == 3)
        return stop(of, INTAKE_BAD);
    bool good = type == 0 ? begin_stored(of, in) : type == 1 ? begin_fixed(of) : begin_codes(of, in);
    return (good && !huffman_torn(&of->bits)) || stop(of, INTAKE_BAD);
}

/* --- bytes --- */

static void put(struct deflate64 *of, uint8_t *to, uint8_t byte) {
    *to = byte;
    of->window[of->at] = byte;
    of->at = (of->at + 1) % WINDOW;
    of->given++;
}

static size_t give_stored(struct deflate64 *of, struct intake *in, uint8_t *to, size_t size) {
    size_t done = 0;
    for (; done < size && of->left > 0; of->left--) {
        uint8_t byte = of->bits.count > 0 || in->at == in->end ? (uint8_t)take(of, in, 8) : *in->at++;
        if (huffman_torn(&of->bits)) {
            stop(of, INTAKE_TORN);
            break;
        }
        put(of, to + done++, byte);
    }
    if (of->left == 0)
        of->place = AT_HEAD;
    return done;
}

static bool read_length(struct deflate64 *of, struct intake *in, unsigned which) {
    if (which == LONGEST) {
        of->length = of->kind == DEFLATE64 ? 3 + take(of, in, 16) : 258;
        return true;
    }
    unsigned slot = which - END - 1, extra = slot < 8 ? 0 : (slot - 4) / 4;
    of->length = slot < 8 ? 3 + slot : 3 + ((4 + slot % 4) << extra) + take(of, in, extra);
    return which < LONGEST;
}

static bool read_match(struct deflate64 *of, struct intake *in, unsigned which) {
    if (!read_length(of, in, which))
        return stop(of, INTAKE_BAD);
    unsigned slot = symbol(of, in, &of->distances), extra = slot < 4 ? 0 : slot / 2 - 1;
    if (slot >= (of->kind == DEFLATE64 ? 32u : 30u))
        return stop(of, INTAKE_BAD);
    of->distance = slot < 4 ? 1 + slot : 1 + ((2 + slot % 2) << extra) + take(of, in, extra);
    bool good = of->distance <= of->given && !huffman_torn(&of->bits);
    of->length = good ? of->length : 0;
    return good || stop(of, INTAKE_BAD);
}

static size_t give_coded(struct deflate64 *of, struct intake *in, uint8_t *to, size_t size) {
    size_t done = 0;
    while (done < size) {
        for (; done < size && of->length > 0; of->length--)
            put(of, to + done++, of->window[(of->at - of->distance) % WINDOW]);
        if (done == size)
            break;
        unsigned next = symbol(of, in, &of->lengths);
        if (huffman_torn(&of->bits) || next >= LENGTHS || (next > END && !read_match(of, in, next))) {
            of->length = 0;
            stop(of, INTAKE_BAD);
            break;
        }
        if (next == END) {
            of->place = AT_HEAD;
            break;
        }
        if (next < END)
            put(of, to + done++, (uint8_t)next);
    }
    return done;
}

size_t deflate64_read(struct deflate64 *of, struct intake *in, uint8_t *to, size_t size,
                      enum intake_state *state) {
    size_t done = 0;
    while (done < size && of->state == INTAKE_GOES_ON) {
        if (of->place == IN_STORED)
            done += give_stored(of, in, to + done, size - done);
        else if (of->place == IN_CODES)
            done += give_coded(of, in, to + done, size - done);
        else
            (void)begin_block(of, in);
    }
    *state = of->state;
    return done;
}
