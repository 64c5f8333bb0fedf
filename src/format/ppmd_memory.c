#include "format/ppmd_memory.h"

#include "base/span.h"

enum { ALL_UNITS_LESS = 8, UNITS_OF_THEM = 7, GLUE_AGAIN = 255, MOST_GLUED = 0x10000 };
/* Of a free piece while pieces are glued: 0 as nothing else begins; its units; the next piece, the one
 * before. */
enum { AT_STAMP = 0, AT_UNITS = 2, AT_NEXT = 4, AT_BEFORE = 8 };

static void fill_sizes(struct ppmd_memory *memory) {
    unsigned units = 0;
    for (unsigned i = 0; i < PPMD_SIZES; i++) {
        for (unsigned step = i >= 12 ? 4 : i / 4 + 1; step > 0; step--)
            memory->size_of[++units] = (uint8_t)i;
        memory->units_of[i] = (uint8_t)units;
    }
}

bool ppmd_memory_new(struct ppmd_memory *ret, struct job *job, uint32_t size) {
    *ret = (struct ppmd_memory){.size = size, .end = PPMD_UNIT + size + PPMD_UNIT};
    ret->bytes = job_alloc(job, 1, (size_t)ret->end + PPMD_UNIT);
    fill_sizes(ret);
    return ret->bytes != NULL;
}

void ppmd_memory_start(struct ppmd_memory *memory) {
    for (unsigned i = 0; i < PPMD_SIZES; i++)
        memory->free[i] = 0;
    memory->text = PPMD_UNIT;
    memory->high = PPMD_UNIT + memory->size;
    memory->low = memory->units =
        memory->high - memory->size / ALL_UNITS_LESS / PPMD_UNIT * UNITS_OF_THEM * PPMD_UNIT;
    memory->until_glue = 0;
}

/* --- free pieces --- */

static void keep(struct ppmd_memory *memory, uint32_t piece, unsigned size) {
    ppmd_put32(memory, piece, memory->free[size]);
    memory->free[size] = piece;
}

static uint32_t take_kept(struct ppmd_memory *memory, unsigned size) {
    uint32_t piece = memory->free[size];
    memory->free[size] = ppmd_u32(memory, piece);
    return piece;
}

/* Units that are a size, or two of them. */
static void keep_units(struct ppmd_memory *memory, uint32_t piece, unsigned units) {
    unsigned size = memory->size_of[units];
    if (memory->units_of[size] != units) {
        unsigned first = memory->units_of[--size];
        keep(memory, piece + first * PPMD_UNIT, memory->size_of[units - first]);
    }
    keep(memory, piece, size);
}

static void split(struct ppmd_memory *memory, uint32_t piece, unsigned from, unsigned to) {
    unsigned kept = memory->units_of[to];
    keep_units(memory, piece + kept * PPMD_UNIT, memory->units_of[from] - kept);
}

/* --- gluing --- */

/* All free pieces in one list, which begins and ends behind the memory. */
static uint32_t list_all(struct ppmd_memory *memory, uint32_t head) {
    uint32_t first = head;
    for (unsigned i = 0; i < PPMD_SIZES; i++) {
        uint32_t next = memory->free[i];
        memory->free[i] = 0;
        while (next && !memory->broken) {
            uint32_t piece = next;
            next = ppmd_u32(memory, piece);
            ppmd_put32(memory, piece + AT_NEXT, first);
            ppmd_put32(memory, first + AT_BEFORE, piece);
            first = piece;
            ppmd_put16(memory, piece + AT_STAMP, 0);
            ppmd_put16(memory, piece + AT_UNITS, memory->units_of[i]);
        }
    }
    ppmd_put16(memory, head + AT_STAMP, 1);
    ppmd_put32(memory, head + AT_NEXT, first);
    ppmd_put32(memory, first + AT_BEFORE, head);
    return first;
}

static void glue_from(struct ppmd_memory *memory, uint32_t piece) {
    uint32_t units = ppmd_u16(memory, piece + AT_UNITS);
    for (;;) {
        uint32_t behind = piece + units * PPMD_UNIT;
        units += ppmd_u16(memory, behind + AT_UNITS);
        if (ppmd_u16(memory, behind + AT_STAMP) != 0 || units >= MOST_GLUED || memory->broken)
            return;
        uint32_t before = ppmd_u32(memory, behind + AT_BEFORE), next = ppmd_u32(memory, behind + AT_NEXT);
        ppmd_put32(memory, before + AT_NEXT, next);
        ppmd_put32(memory, next + AT_BEFORE, before);
        ppmd_put16(memory, piece + AT_UNITS, units);
    }
}

static void glue(struct ppmd_memory *memory) {
    uint32_t head = PPMD_UNIT + memory->size, piece = list_all(memory, head);
    memory->until_glue = GLUE_AGAIN;
    if (memory->low != memory->high)
        ppmd_put16(memory, memory->low + AT_STAMP, 1);
    for (; piece != head && !memory->broken; piece = ppmd_u32(memory, piece + AT_NEXT))
        glue_from(memory, piece);
    for (piece = ppmd_u32(memory, head + AT_NEXT); piece != head && !memory->broken;) {
        unsigned units = ppmd_u16(memory, piece + AT_UNITS);
        uint32_t part = piece;
        piece = ppmd_u32(memory, piece + AT_NEXT);
        for (; units > PPMD_LARGEST; units -= PPMD_LARGEST, part += PPMD_LARGEST * PPMD_UNIT)
            keep(memory, part, PPMD_SIZES - 1);
        if (units > 0)
            keep_units(memory, part, units);
    }
}

/* --- arrays --- */

static uint32_t take_rare(struct ppmd_memory *memory, unsigned size) {
    if (memory->until_glue == 0) {
        glue(memory);
        if (memory->free[size])
            return take_kept(memory, size);
    }
    for (unsigned i = size + 1; i < PPMD_SIZES; i++)
        if (memory->free[i]) {
            uint32_t piece = take_kept(memory, i);
            split(memory, piece, i, size);
            return piece;
        }
    uint32_t bytes = memory->units_of[size] * (uint32_t)PPMD_UNIT;
    memory->until_glue--;
    return memory->units - memory->text > bytes ? memory->units -= bytes : 0;
}

static uint32_t take_size(struct ppmd_memory *memory, unsigned size) {
    uint32_t bytes = memory->units_of[size] * (uint32_t)PPMD_UNIT;
    if (memory->free[size])
        return take_kept(memory, size);
    if (bytes > memory->high - memory->low)
        return take_rare(memory, size);
    memory->low += bytes;
    return memory->low - bytes;
}

uint32_t ppmd_memory_take(struct ppmd_memory *memory, unsigned units) {
    return take_size(memory, memory->size_of[units]);
}

uint32_t ppmd_memory_context(struct ppmd_memory *memory) {
    if (memory->high != memory->low)
        return memory->high -= PPMD_UNIT;
    return memory->free[0] ? take_kept(memory, 0) : take_rare(memory, 0);
}

void ppmd_memory_give(struct ppmd_memory *memory, uint32_t array, unsigned units) {
    keep(memory, array, memory->size_of[units]);
}

static void copy(struct ppmd_memory *memory, uint32_t from, uint32_t to, unsigned units) {
    for (uint32_t i = 0; i < units * PPMD_UNIT; i += 4)
        ppmd_put32(memory, to + i, ppmd_u32(memory, from + i));
}

uint32_t ppmd_memory_shrink(struct ppmd_memory *memory, uint32_t array, unsigned from, unsigned to) {
    unsigned old = memory->size_of[from], new = memory->size_of[to];
    if (old == new)
        return array;
    if (!memory->free[new]) {
        split(memory, array, old, new);
        return array;
    }
    uint32_t ret = take_kept(memory, new);
    copy(memory, array, ret, to);
    keep(memory, array, old);
    return ret;
}

uint32_t ppmd_memory_grow(struct ppmd_memory *memory, uint32_t array, unsigned units) {
    unsigned old = memory->size_of[units];
    if (old == memory->size_of[units + 1])
        return array;
    uint32_t ret = take_size(memory, old + 1);
    if (ret) {
        copy(memory, array, ret, units);
        keep(memory, array, old);
    }
    return ret;
}
