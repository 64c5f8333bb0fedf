#include "format/regf_private.h"

enum {
    NAME_AT = 48, /* of the file name in the base block */
    NAME_SIZE = 64,
    BIN_HEADER = 32,
    CELL_HEADER = 4,
    STEP_BYTES = 32 /* of evidence that are gone through in one step */
};
#define BINS_MAX 0x7ffff000u /* bytes of bins: offsets have 31 bits */

bool regf_sniff(struct span head) {
    struct cursor c = cursor_of(head);
    cursor_seek(&c, 28);
    uint32_t type = cursor_u32(&c);
    return span_starts(head, "regf", 4) && !c.torn && type != 1 && type != 2 && type != 6;
}

uint32_t regf_checksum(struct span base) {
    struct cursor c = cursor_of(base);
    uint32_t sum = 0;
    for (int i = 0; i < 127; i++)
        sum ^= cursor_u32(&c);
    return sum == 0xffffffffu ? 0xfffffffeu : sum == 0 ? 1 : sum;
}

/* UTF-16LE up to its NUL. */
static struct span until_nul(struct span units) {
    size_t size = 0;
    while (span_holds(units, size, 2) && (units.data[size] | units.data[size + 1]) != 0)
        size += 2;
    return span_part(units, 0, size);
}

static void read_base(struct span base, struct regf *ret) {
    struct cursor c = cursor_of(base);
    cursor_skip(&c, 4);
    ret->primary = cursor_u32(&c);
    ret->secondary = cursor_u32(&c);
    ret->written = cursor_u64(&c);
    ret->major = cursor_u32(&c);
    ret->minor = cursor_u32(&c);
    cursor_skip(&c, 8);
    ret->root = cursor_u32(&c);
    ret->bins_size = cursor_u32(&c);
    ret->name = until_nul(span_part(base, NAME_AT, NAME_SIZE));
    cursor_seek(&c, REGF_HEADER - 4);
    uint32_t sum = cursor_u32(&c);
    ret->base_good = !c.torn && span_starts(base, "regf", 4) && sum == regf_checksum(base);
    ret->dirty = !ret->base_good || ret->primary != ret->secondary;
}

void regf_peek(struct span file, struct regf *ret) {
    *ret = (struct regf){.job = NULL};
    read_base(span_clip(file, 0, REGF_BASE), ret);
}

static void note_base(struct regf *hive, struct span file) {
    if (!hive->base_good) {
        job_note(hive->job, FAULT_BAD, file.offset, "a hive whose base block is damaged");
        hive->damaged++;
    }
    if (hive->bins_size > hive->bins.size) {
        hive->torn = true;
        hive->damaged++;
        job_note(hive->job, FAULT_TORN, file.offset + file.size, "a hive that ends before its bins do");
    }
    if (hive->bins_size > hive->bins.size || !hive->base_good)
        hive->bins_size = (uint32_t)hive->bins.size;
}

bool regf_open(struct job *job, struct span file, struct regf *ret) {
    struct span base = span_clip(file, 0, REGF_BASE), bins = span_from(file, REGF_BASE);
    if (!span_starts(base, "regf", 4) && !span_starts(bins, "hbin", 4))
        return job_fail(job, FAULT_BAD, file.offset, "no registry hive");
    if (bins.size > BINS_MAX) {
        job_note(job, FAULT_LIMIT, bins.offset + BINS_MAX, "a hive that is larger than its format allows");
        bins = span_part(bins, 0, BINS_MAX);
    }
    *ret = (struct regf){.job = job, .bins = bins};
    read_base(base, ret);
    note_base(ret, file);
    size_t bits = bins.size / REGF_UNIT / 8 + 1;
    ret->seen = job_alloc(job, bits, 1);
    ret->used = job_alloc(job, bits, 1);
    return ret->seen && ret->used;
}

void regf_damage(struct regf *hive, enum fault_code code, uint32_t at, const char *text) {
    hive->damaged++;
    job_note(hive->job, code, hive->bins.offset + at, text);
}

bool regf_step(struct regf *hive, uint32_t at, uint64_t size) {
    hive->spent = hive->spent || !job_step(hive->job, 1 + size / STEP_BYTES, hive->bins.offset + at);
    return !hive->spent;
}

enum regf_flaw regf_cell(const struct regf *hive, uint32_t at, struct span *ret) {
    struct span rest = span_from(hive->bins, at);
    *ret = span_part(rest, 0, 0);
    if (at < BIN_HEADER || at % REGF_UNIT != 0 || rest.size < REGF_UNIT)
        return REGF_OUTSIDE;
    struct cursor c = cursor_of(rest);
    uint32_t raw = cursor_u32(&c);
    bool in_use = raw >> 31;
    uint32_t size = in_use ? 0u - raw : raw;
    if (size < REGF_UNIT || size > rest.size) {
        *ret = span_from(rest, CELL_HEADER);
        return REGF_SIZE;
    }
    *ret = span_part(rest, CELL_HEADER, size - CELL_HEADER);
    return in_use ? REGF_SOUND : REGF_FREE;
}

bool regf_follow(struct regf *hive, uint32_t at, struct span *ret) {
    switch (regf_cell(hive, at, ret)) {
    case REGF_OUTSIDE:
        regf_damage(hive, FAULT_BAD, at < hive->bins.size ? at : 0, "a link to where no cell can be");
        return false;
    case REGF_SIZE:
        regf_damage(hive, FAULT_BAD, at, "a cell whose size is wrong");
        return true;
    case REGF_FREE:
        regf_damage(hive, FAULT_BAD, at, "a link to a cell that is marked as free");
        return true;
    default:
        return true;
    }
}

void regf_use(struct regf *hive, uint32_t at, uint64_t size) {
    uint64_t end = at + size;
    if (end > hive->bins.size)
        end = hive->bins.size;
    uint32_t unit = at / REGF_UNIT, last = (uint32_t)((end + REGF_UNIT - 1) / REGF_UNIT);
    for (; unit < last && unit % 8 != 0; unit++)
        hive->used[unit / 8] |= (uint8_t)(1u << unit % 8);
    if (last > unit && last - unit >= 8) {
        memset(hive->used + unit / 8, 0xff, (last - unit) / 8);
        unit += (last - unit) / 8 * 8;
    }
    for (; unit < last; unit++)
        hive->used[unit / 8] |= (uint8_t)(1u << unit % 8);
}

bool regf_read_key(const struct regf *hive, uint32_t at, struct span body, struct regf_key *ret, bool *cut) {
    struct cursor c = cursor_of(body);
    *cut = false;
    if (!span_starts(body, "nk", 2) || body.size < REGF_KEY_NAME)
        return false;
    *ret = (struct regf_key){.cell = at, .offset = hive->bins.offset + at};
    cursor_skip(&c, 2);
    ret->flags = cursor_u16(&c);
    ret->written = cursor_u64(&c);
    cursor_skip(&c, 4);
    ret->parent = cursor_u32(&c);
    ret->subkeys = cursor_u32(&c);
    cursor_skip(&c, 4);
    ret->subkey_list = cursor_u32(&c);
    cursor_skip(&c, 4);
    ret->values = cursor_u32(&c);
    ret->value_list = cursor_u32(&c);
    cursor_skip(&c, 4);
    uint32_t class_at = cursor_u32(&c);
    cursor_seek(&c, REGF_KEY_NAME - 4);
    uint16_t name = cursor_u16(&c), class_size = cursor_u16(&c);
    ret->name = span_clip(body, REGF_KEY_NAME, name);
    *cut = ret->name.size < name;
    struct span class_body;
    if (class_size > 0 && class_at != REGF_NONE && regf_cell(hive, class_at, &class_body) == REGF_SOUND)
        ret->class_name = span_clip(class_body, 0, class_size);
    else
        ret->class_name = span_part(body, body.size, 0);
    return true;
}

const char *regf_state_word(enum regf_state state) {
    static const char *const words[] = {"live", "lost", "deleted"};
    return (unsigned)state < REGF_STATES ? words[state] : "?";
}
