#include "format/regf_value.h"

#include "format/regf_private.h"

enum { INLINE_MAX = 4, INLINE_AT = 8 };
#define INLINE 0x80000000u

bool regf_read_value(const struct regf *hive, uint32_t at, struct span body, struct regf_value *ret,
                     bool *cut) {
    struct cursor c = cursor_of(body);
    *cut = false;
    if (!span_starts(body, "vk", 2) || body.size < REGF_VALUE_NAME)
        return false;
    *ret = (struct regf_value){.cell = at, .offset = hive->bins.offset + at};
    cursor_skip(&c, 2);
    uint16_t name = cursor_u16(&c);
    ret->size = cursor_u32(&c);
    cursor_skip(&c, 4);
    ret->type = cursor_u32(&c);
    ret->latin = cursor_u16(&c) & 1;
    ret->name = span_clip(body, REGF_VALUE_NAME, name);
    ret->data = ret->segments = span_part(body, body.size, 0);
    if (ret->size & INLINE) {
        ret->size &= ~INLINE;
        ret->data = span_clip(body, INLINE_AT, ret->size < INLINE_MAX ? ret->size : INLINE_MAX);
        ret->cut = ret->size > INLINE_MAX;
    }
    *cut = ret->name.size < name;
    return true;
}

/* Where the data of a value lie; REGF_NONE if it has none or holds them itself. */
static uint32_t data_at(const struct regf *hive, const struct regf_value *value) {
    struct cursor c = cursor_of(span_from(hive->bins, (uint64_t)value->cell + 4));
    cursor_skip(&c, 4);
    uint32_t size = cursor_u32(&c), at = cursor_u32(&c);
    return c.torn || size & INLINE || size == 0 ? REGF_NONE : at;
}

/* A value whose data are in segments: false if the cell holds them themselves. */
static bool is_big(const struct regf *hive, const struct regf_value *value, struct span body, uint32_t *list,
                   unsigned *count) {
    struct cursor c = cursor_of(body);
    if (value->size <= REGF_BIG || (hive->base_good && hive->minor < 4) || !span_starts(body, "db", 2) ||
        body.size >= value->size)
        return false;
    cursor_skip(&c, 2);
    *count = cursor_u16(&c);
    *list = cursor_u32(&c);
    return !c.torn;
}

/* The size of segment `index` of a value. */
static size_t segment_size(const struct regf_value *value, size_t index) {
    uint64_t before = (uint64_t)index * REGF_BIG;
    uint64_t left = value->size > before ? value->size - before : 0;
    return (size_t)(left < REGF_BIG ? left : REGF_BIG);
}

static uint32_t segment_at(const struct regf_value *value, size_t index) {
    struct cursor c = cursor_of(span_from(value->segments, index * 4));
    return cursor_u32(&c);
}

void regf_find_data(struct regf *hive, struct regf_value *value) {
    uint32_t at = data_at(hive, value), list;
    unsigned count;
    struct span body;
    if (value->cut)
        regf_damage(hive, FAULT_BAD, value->cell, "a value that holds more data than it has room for");
    if (at == REGF_NONE)
        return;
    if (!regf_follow(hive, at, &body)) {
        value->cut = true;
        return;
    }
    if (!is_big(hive, value, body, &list, &count)) {
        value->data = span_clip(body, 0, value->size);
        value->cut = value->data.size < value->size;
        regf_use(hive, at, 4 + (uint64_t)value->data.size);
        if (value->cut)
            regf_damage(hive, FAULT_TORN, at, "data of a value that are longer than their cell");
        return;
    }
    regf_use(hive, at, 12);
    value->cut = !regf_follow(hive, list, &body);
    value->segments = span_clip(body, 0, (uint64_t)count * 4);
    if (!value->cut)
        regf_use(hive, list, 4 + (uint64_t)value->segments.size);
    for (size_t i = 0; i < value->segments.size / 4 && segment_size(value, i) > 0; i++) {
        uint32_t segment = segment_at(value, i);
        if (segment < hive->bins.size)
            regf_use(hive, segment, 4 + (uint64_t)segment_size(value, i));
    }
    if ((uint64_t)value->segments.size / 4 * REGF_BIG < value->size) {
        value->cut = true;
        regf_damage(hive, FAULT_TORN, list, "a value with fewer segments than it needs");
    }
}

void regf_find_remains(const struct regf *hive, struct regf_value *value) {
    uint32_t at = data_at(hive, value), list;
    unsigned count;
    struct span body;
    if (at == REGF_NONE)
        return;
    enum regf_flaw flaw = regf_cell(hive, at, &body);
    value->gone = flaw == REGF_OUTSIDE || regf_bit(hive->used, at);
    if (value->gone)
        return;
    if (is_big(hive, value, body, &list, &count)) {
        value->gone = regf_cell(hive, list, &body) == REGF_OUTSIDE || regf_bit(hive->used, list);
        if (!value->gone)
            value->segments = span_clip(body, 0, (uint64_t)count * 4);
        return;
    }
    value->data = span_clip(body, 0, value->size);
    value->cut = value->data.size < value->size;
}

static bool make_room(struct regf *hive, size_t size) {
    if (size <= hive->scratch_size)
        return true;
    size_t more = hive->scratch_size * 2 > size ? hive->scratch_size * 2 : size;
    hive->scratch = job_alloc(hive->job, more, 1);
    hive->scratch_size = hive->scratch ? more : 0;
    return hive->scratch != NULL;
}

bool regf_data(struct regf *hive, const struct regf_value *value, struct span *ret) {
    size_t count = value->segments.size / 4, size = 0;
    *ret = value->data;
    if (count == 0)
        return regf_step(hive, value->cell, value->data.size);
    size_t room = value->size < hive->bins.size ? value->size : hive->bins.size;
    if (!make_room(hive, room) || !regf_step(hive, value->cell, room))
        return false;
    for (size_t i = 0; i < count && segment_size(value, i) > 0; i++) {
        struct span body;
        if (regf_cell(hive, segment_at(value, i), &body) == REGF_OUTSIDE) {
            regf_damage(hive, FAULT_BAD, value->cell, "a value with a segment that is not there");
            break;
        }
        struct span part = span_clip(body, 0, segment_size(value, i));
        size += span_copy(part, hive->scratch + size, room - size);
        if (part.size < segment_size(value, i)) {
            regf_damage(hive, FAULT_TORN, value->cell, "a value with a segment that is too short");
            break;
        }
    }
    *ret = span_of(hive->scratch, size, value->offset);
    return true;
}
