#include "source/sparse.h"

#include "format/json.h"

/* --- the index --- */

enum field { ORIGINAL, LENGTH, PACKED, PRESENT, FIELDS };

static const char *const names[FIELDS] = {"original_offset", "length", "file_offset", "file_length"};

struct reading {
    struct job *job;
    struct sparse_range *ranges;
    uint32_t room, count;
    uint64_t size, packed; /* ends so far: of the file, of its bytes in the copy */
};

static bool add(struct reading *reading, const uint64_t value[FIELDS], uint64_t offset) {
    uint64_t original = value[ORIGINAL], length = value[LENGTH], present = value[PRESENT];
    if (original > INT64_MAX || length > INT64_MAX - original || value[PACKED] > INT64_MAX ||
        present > INT64_MAX - value[PACKED] || original < reading->size)
        return job_fail(reading->job, FAULT_BAD, offset,
                        "ranges of a sparse file that overlap or make no sense");
    reading->size = original + length;
    if (present > length)
        present = length;
    if (present == 0)
        return true;
    if (value[PACKED] < reading->packed)
        return job_fail(reading->job, FAULT_BAD, offset, "ranges of a sparse file that share their bytes");
    if (reading->count == reading->room)
        return job_fail(reading->job, FAULT_LIMIT, offset, "more ranges of a sparse file than are read");
    reading->ranges[reading->count++] = (struct sparse_range){original, length, value[PACKED], present};
    reading->packed = value[PACKED] + present;
    return true;
}

/* An object with at least one of the four names is a range; what is left out is 0. */
static bool read_ranges(struct reading *reading, struct json *json) {
    struct json_token token;
    uint64_t value[FIELDS] = {0};
    int field = -1;
    bool seen = false;
    while (json_next(json, &token)) {
        if (token.kind == JSON_OBJECT || (token.kind == JSON_END && seen)) {
            if (token.kind == JSON_END && !add(reading, value, token.text.offset))
                return false;
            memset(value, 0, sizeof value);
            seen = false;
        }
        if (token.kind == JSON_KEY) {
            for (field = FIELDS - 1; field >= 0 && !json_is(token, names[field]);)
                field--;
            continue;
        }
        if (field >= 0) {
            if (!json_number(token, &value[field]))
                return job_fail(reading->job, FAULT_BAD, token.text.offset,
                                "a range of a sparse file without a number");
            seen = true;
        }
        field = -1;
    }
    return !json->broken;
}

bool sparse_read(struct job *job, struct span text, struct sparse_range *ranges, uint32_t room,
                 uint32_t *count, uint64_t *size) {
    struct reading reading = {.job = job, .ranges = ranges, .room = room};
    struct json json = json_of(job, text);
    if (!read_ranges(&reading, &json))
        return false;
    if (reading.size == 0)
        return job_fail(job, FAULT_BAD, text.offset, "an index of a sparse file without ranges");
    *count = reading.count;
    *size = reading.size;
    return true;
}

/* --- the restored file --- */

/* The first range that ends behind `offset`. */
static uint32_t find(const struct sparse_content *sparse, uint64_t offset) {
    uint32_t low = 0, high = sparse->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct sparse_range *range = &sparse->ranges[middle];
        if (range->original + range->present <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint64_t data_at(struct content *content, uint64_t offset) {
    struct sparse_content *sparse = (struct sparse_content *)(void *)content;
    uint32_t i = find(sparse, offset);
    uint64_t at = i < sparse->count ? sparse->ranges[i].original : content->size;
    at = at > offset ? at : offset;
    return at < content->size ? at : content->size;
}

static size_t least(size_t a, uint64_t b) {
    return b < a ? (size_t)b : a;
}

/* The bytes at `offset`, of which `size` lie in one range. */
static size_t read_range(struct sparse_content *sparse, struct job *job, const struct sparse_range *range,
                         uint64_t offset, uint8_t *to, size_t size) {
    uint64_t from = range->packed + (offset - range->original);
    uint64_t there = from < sparse->inner->size ? sparse->inner->size - from : 0;
    size_t want = least(size, there);
    size_t got = want ? sparse->inner->read(sparse->inner, job, from, to, want) : 0;
    if (want < size && got == want)
        job_note(job, FAULT_TORN, offset + got,
                 "the copy of a sparse file has fewer bytes than its index says");
    return got;
}

static size_t read_at(struct content *content, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    struct sparse_content *sparse = (struct sparse_content *)(void *)content;
    size_t want = least(size, offset < content->size ? content->size - offset : 0), done = 0;
    for (uint32_t i = find(sparse, offset); done < want; i++) {
        uint64_t at = offset + done;
        const struct sparse_range *range = i < sparse->count ? &sparse->ranges[i] : NULL;
        uint64_t start = range ? range->original : content->size;
        size_t hole = start > at ? least(want - done, start - at) : 0;
        memset(to + done, 0, hole);
        done += hole;
        at += hole;
        if (done == want || !range)
            break;
        uint64_t inside = at >= start ? at - start : 0;
        size_t part = inside < range->present ? least(want - done, range->present - inside) : 0;
        size_t got = part ? read_range(sparse, job, range, at, to + done, part) : 0;
        done += got;
        if (got < part)
            break;
    }
    return done;
}

void sparse_content_open(struct sparse_content *ret, struct job *job, struct content *inner,
                         const struct sparse_range *ranges, uint32_t count, uint64_t size, uint8_t *head) {
    *ret = (struct sparse_content){.inner = inner, .ranges = ranges, .count = count};
    ret->content = (struct content){.size = size, .read = read_at, .data = data_at};
    size_t got = read_at(&ret->content, job, 0, head, least(CONTENT_HEAD, size));
    ret->content.head = span_of(head, got, 0);
}
