#include "format/ntfs_runs.h"

static bool refuse(struct ntfs_runs *runs, enum fault_code code, const char *text) {
    runs->fault = (struct fault){code, cursor_offset(&runs->cursor), text};
    return false;
}

/* `size` bytes, at most 8, little-endian. */
static uint64_t number(struct cursor *c, unsigned size) {
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)cursor_u8(c) << 8 * i;
    return value;
}

static uint64_t sign_extended(uint64_t value, unsigned size) {
    if (size < 8 && value >> (8 * size - 1) & 1)
        value |= UINT64_MAX << 8 * size;
    return value;
}

bool ntfs_runs_next(struct ntfs_runs *runs, struct ntfs_run *ret) {
    struct cursor *c = &runs->cursor;
    uint8_t sizes = cursor_u8(c);
    if (c->torn)
        return refuse(runs, FAULT_TORN, "a run list without an end");
    if (sizes == 0)
        return false;
    unsigned length_size = sizes & 15, distance_size = sizes >> 4;
    if (length_size == 0 || length_size > 8 || distance_size > 8)
        return refuse(runs, FAULT_BAD, "a run list with an absurd size of a number");
    uint64_t count = number(c, length_size);
    uint64_t distance = distance_size ? sign_extended(number(c, distance_size), distance_size) : 0;
    if (c->torn)
        return refuse(runs, FAULT_TORN, "a run list without an end");
    if (count == 0 || runs->vcn > NTFS_RUNS_VCN || count > NTFS_RUNS_VCN - runs->vcn)
        return refuse(runs, FAULT_BAD, "a run of an absurd length");
    *ret = (struct ntfs_run){runs->vcn, 0, count, distance_size == 0};
    runs->vcn += count;
    if (distance_size == 0)
        return true;
    uint64_t lcn = runs->lcn + distance; /* modulo 2^64, so a negative sum is a huge one */
    if (lcn >= runs->clusters || count > runs->clusters - lcn)
        return refuse(runs, FAULT_BAD, "a run outside the volume");
    if (count > runs->clusters - runs->allocated)
        return refuse(runs, FAULT_BAD, "runs that claim more than the volume holds");
    runs->allocated += count;
    runs->lcn = lcn;
    ret->lcn = lcn;
    return true;
}
