#include "store/presences.h"

#include "base/wire.h"

#include <endian.h>

enum { HEAD = 10, NUMBER = 8 };

static unsigned bytes_of(uint64_t value) {
    unsigned bytes = 0;
    for (; value; value >>= 8)
        bytes++;
    return bytes;
}

static size_t size_of(size_t count, unsigned difference, unsigned time) {
    return HEAD + (count - 1) * difference + count * time;
}

static void put(struct text *out, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        text_char(out, (char)(uint8_t)(value >> (8 * i)));
}

size_t presences_pack(const struct store_presence *rows, size_t count, struct text *out) {
    uint64_t least = 0, most = 0, widest = 1;
    unsigned difference = 1, time = 0;
    size_t taken = 0;
    for (; taken < count; taken++) {
        const struct store_presence *row = &rows[taken];
        uint64_t low = row->time && (!least || row->time < least) ? row->time : least;
        uint64_t high = row->time > most ? row->time : most, step = widest;
        if (taken > 0 && row->thing - rows[taken - 1].thing > step)
            step = row->thing - rows[taken - 1].thing;
        unsigned d = bytes_of(step), t = high ? bytes_of(high - low + 1) : 0;
        if (taken > 0 && size_of(taken + 1, d, t) > PRESENCES_BYTES)
            break;
        least = low;
        most = high;
        widest = step;
        difference = d;
        time = t;
    }
    text_clear(out);
    wire_u8(out, (uint8_t)difference);
    wire_u8(out, (uint8_t)time);
    wire_u64(out, least);
    for (size_t i = 1; i < taken; i++)
        put(out, rows[i].thing - rows[i - 1].thing, difference);
    for (size_t i = 0; i < taken; i++)
        put(out, rows[i].time ? rows[i].time - least + 1 : 0, time);
    return taken;
}

/* For the hot path of stacks: eight bytes are read where fewer are meant, from a copy with room behind. */
static uint64_t number(const uint8_t *at, unsigned bytes) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return bytes == 0 ? 0 : le64toh(value) & (UINT64_MAX >> (64 - 8 * bytes));
}

bool presences_unpack(uint64_t first, struct span chunk, bool times, struct presences *ret) {
    uint8_t copy[PRESENCES_BYTES + NUMBER];
    ret->count = 0;
    if (chunk.size < HEAD || chunk.size > PRESENCES_BYTES || first == 0 || first > INT64_MAX)
        return false;
    span_copy(chunk, copy, chunk.size);
    memset(copy + chunk.size, 0, NUMBER);
    unsigned difference = copy[0], time = copy[1];
    if (difference < 1 || difference > NUMBER || time > NUMBER ||
        (chunk.size - HEAD + difference) % (difference + time) != 0)
        return false;
    size_t count = (chunk.size - HEAD + difference) / (difference + time);
    uint64_t thing = first, least = number(copy + 2, NUMBER);
    const uint8_t *at = copy + HEAD;
    bool good = count > 0;
    ret->things[0] = thing;
    for (size_t i = 1; i < count; i++, at += difference) {
        uint64_t step = number(at, difference);
        good = good && step > 0 && step <= INT64_MAX - thing;
        thing += step;
        ret->things[i] = thing;
    }
    for (size_t i = 0; times && i < count; i++, at += time) {
        uint64_t value = number(at, time);
        good = good && (value == 0 || (least <= INT64_MAX && value - 1 <= INT64_MAX - least));
        ret->times[i] = value ? least + value - 1 : 0;
    }
    ret->count = good ? count : 0;
    return good;
}

size_t presences_find(const struct presences *presences, size_t from, uint64_t thing) {
    size_t low = from, high = presences->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (presences->things[middle] < thing)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
