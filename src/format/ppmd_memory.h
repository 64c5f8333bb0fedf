/* ppmd_memory: the block of memory that a model of PPMd lives in, for its decoders (docs/format/ppmd.md).
 *
 * Units of 12 bytes, in pieces of 38 sizes. Text grows from the bottom, contexts come from the top down,
 * arrays of symbols from the middle up; what is free again is kept by size, and glued when nothing is left.
 * References are offsets; 0 is none. An access outside the block goes to its first bytes, which nothing else
 * uses, and is remembered in `broken`. */
#ifndef FORMAT_PPMD_MEMORY_H
#define FORMAT_PPMD_MEMORY_H

#include "base/job.h"

#include <stdint.h>

enum { PPMD_UNIT = 12, PPMD_STATE = 6, PPMD_SIZES = 38, PPMD_LARGEST = 128 };

struct ppmd_memory {
    uint8_t *bytes;
    uint32_t size, end; /* end: of accesses, two units behind `size` bytes */
    uint32_t text, units, low,
        high; /* text: its end; units: where they begin; between low and high nothing */
    uint32_t free[PPMD_SIZES];
    uint32_t until_glue;
    uint8_t units_of[PPMD_SIZES], size_of[PPMD_LARGEST + 1]; /* by size; by units */
    bool broken;
};

/* The first `size` bytes begin at PPMD_UNIT. False with a LIMIT fault in `job`. */
bool ppmd_memory_new(struct ppmd_memory *ret, struct job *job, uint32_t size) MUST_USE;

/* Everything is free again. */
void ppmd_memory_start(struct ppmd_memory *memory);

/* An array of `units`, at most PPMD_LARGEST; 0 if there is no room. */
uint32_t ppmd_memory_take(struct ppmd_memory *memory, unsigned units);

/* One unit for a context, which come from the top. */
uint32_t ppmd_memory_context(struct ppmd_memory *memory);

void ppmd_memory_give(struct ppmd_memory *memory, uint32_t array, unsigned units);

/* The array with fewer units, maybe at another place. */
uint32_t ppmd_memory_shrink(struct ppmd_memory *memory, uint32_t array, unsigned from, unsigned to);

/* The array with one unit more; 0 if there is no room. */
uint32_t ppmd_memory_grow(struct ppmd_memory *memory, uint32_t array, unsigned units);

static inline uint8_t *ppmd_at(struct ppmd_memory *memory, uint32_t at) {
    if (at < memory->end)
        return memory->bytes + at;
    memory->broken = true;
    return memory->bytes;
}

static inline unsigned ppmd_u8(struct ppmd_memory *memory, uint32_t at) {
    return *ppmd_at(memory, at);
}

static inline void ppmd_put8(struct ppmd_memory *memory, uint32_t at, unsigned value) {
    *ppmd_at(memory, at) = (uint8_t)value;
}

static inline unsigned ppmd_u16(struct ppmd_memory *memory, uint32_t at) {
    const uint8_t *bytes = ppmd_at(memory, at);
    return bytes[0] | (unsigned)bytes[1] << 8;
}

static inline void ppmd_put16(struct ppmd_memory *memory, uint32_t at, unsigned value) {
    uint8_t *bytes = ppmd_at(memory, at);
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static inline uint32_t ppmd_u32(struct ppmd_memory *memory, uint32_t at) {
    const uint8_t *bytes = ppmd_at(memory, at);
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline void ppmd_put32(struct ppmd_memory *memory, uint32_t at, uint32_t value) {
    uint8_t *bytes = ppmd_at(memory, at);
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

/* A symbol of a context, by value. */
struct ppmd_state {
    uint8_t symbol, frequency;
    uint32_t successor;
};

static inline struct ppmd_state ppmd_state(struct ppmd_memory *memory, uint32_t at) {
    const uint8_t *bytes = ppmd_at(memory, at);
    return (struct ppmd_state){bytes[0], bytes[1],
                               bytes[2] | (uint32_t)bytes[3] << 8 | (uint32_t)bytes[4] << 16 |
                                   (uint32_t)bytes[5] << 24};
}

static inline void ppmd_put_state(struct ppmd_memory *memory, uint32_t at, struct ppmd_state state) {
    uint8_t *bytes = ppmd_at(memory, at);
    bytes[0] = state.symbol;
    bytes[1] = state.frequency;
    for (unsigned i = 0; i < 4; i++)
        bytes[2 + i] = (uint8_t)(state.successor >> 8 * i);
}

#endif
