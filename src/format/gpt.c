#include "format/gpt.h"

/* CRC-32 as of ISO 3309, bit by bit: a table has 16 KiB to check once a disk. */
static uint32_t crc_add(uint32_t crc, uint8_t byte) {
    crc ^= byte;
    for (int bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    return crc;
}

static uint32_t crc_of(struct span bytes, size_t hole) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.size; i++)
        crc = crc_add(crc, i >= hole && i - hole < 4 ? 0 : bytes.data[i]);
    return ~crc;
}

bool gpt_read(struct job *job, struct span sector, struct gpt *ret) {
    struct cursor c = cursor_of(sector);
    if (!span_starts(cursor_take(&c, 8), "EFI PART", 8))
        return false;
    cursor_skip(&c, 4);
    uint32_t header_size = cursor_u32(&c), header_crc = cursor_u32(&c);
    cursor_skip(&c, 20); /* reserved, this sector, the backup's sector */
    struct gpt gpt = {.first = cursor_u64(&c), .last = cursor_u64(&c)};
    cursor_skip(&c, 16);
    gpt.entries = cursor_u64(&c);
    gpt.count = cursor_u32(&c);
    gpt.entry_size = cursor_u32(&c);
    gpt.crc = cursor_u32(&c);
    if (c.torn)
        return job_fail(job, FAULT_TORN, cursor_offset(&c), "a GPT header is cut off");
    if (header_size < 92 || header_size > sector.size || gpt.entry_size < 128 || gpt.entry_size % 8 != 0 ||
        gpt.entries < 2 || gpt.entries > (uint64_t)INT64_MAX / 4096)
        return job_fail(job, FAULT_BAD, sector.offset, "a GPT header with absurd sizes");
    if (gpt.count > GPT_ENTRIES_MAX || gpt.entry_size > GPT_ENTRY_MAX)
        return job_fail(job, FAULT_LIMIT, sector.offset + 80, "a GPT with too many or too large entries");
    gpt.crc_matches = crc_of(span_part(sector, 0, header_size), 16) == header_crc;
    if (!gpt.crc_matches)
        job_note(job, FAULT_BAD, sector.offset + 16, "the GPT header's checksum is wrong");
    *ret = gpt;
    return true;
}

bool gpt_entries_match(const struct gpt *gpt, struct span entries) {
    size_t size = (size_t)gpt->count * gpt->entry_size;
    return entries.size >= size && crc_of(span_part(entries, 0, size), SIZE_MAX) == gpt->crc;
}

/* A name ends at its first NUL unit. */
static struct span name_of(struct span field) {
    size_t size = 0;
    while (size + 1 < field.size && (span_u8(field, size) || span_u8(field, size + 1)))
        size += 2;
    return span_part(field, 0, size);
}

bool gpt_entry(const struct gpt *gpt, struct span entries, uint32_t at, struct gpt_partition *ret) {
    struct span entry = span_part(entries, (uint64_t)at * gpt->entry_size, gpt->entry_size);
    if (at >= gpt->count || entry.size < 128 || span_is_zero(span_part(entry, 0, 16)))
        return false;
    struct cursor c = cursor_of(entry);
    struct gpt_partition partition = {.first = 0};
    span_copy(cursor_take(&c, 16), partition.type, 16);
    cursor_skip(&c, 16);
    uint64_t first = cursor_u64(&c), last = cursor_u64(&c);
    cursor_skip(&c, 8);
    partition.name = name_of(cursor_take(&c, GPT_NAME));
    if (first == 0 || last < first || last > (uint64_t)INT64_MAX / 4096)
        return false;
    partition.first = first;
    partition.count = last - first + 1;
    *ret = partition;
    return true;
}
