#include "format/container_vmdk.h"

#include <strings.h>

bool container_vmdk(struct job *job, struct span head, struct container_sparse *ret) {
    struct cursor c = cursor_of(head);
    *ret = (struct container_sparse){0};
    cursor_skip(&c, 4);
    uint32_t version = cursor_u32(&c), flags = cursor_u32(&c);
    ret->sectors = cursor_u64(&c);
    ret->grain = cursor_u64(&c);
    ret->descriptor = cursor_u64(&c);
    ret->descriptor_size = cursor_u64(&c);
    ret->entries = cursor_u32(&c);
    ret->second = cursor_u64(&c);
    ret->directory = cursor_u64(&c);
    cursor_u64(&c);
    ret->unclean = cursor_u8(&c) != 0;
    cursor_skip(&c, 4);
    uint16_t codec = cursor_u16(&c);
    ret->zeroed = flags & 4;
    ret->compressed = flags & 0x10000;
    ret->at_end = ret->directory == UINT64_MAX;
    if (c.torn || head.size < VMDK_HEAD)
        return job_fail(job, FAULT_TORN, head.offset, "a VMDK file that ends in its header");
    if (version < 1 || version > 3)
        return job_fail(job, FAULT_UNSUPPORTED, head.offset, "VMDK of a version that is not known");
    if (ret->compressed && codec != 1)
        return job_fail(job, FAULT_UNSUPPORTED, head.offset, "VMDK with a compression other than deflate");
    if (ret->grain == 0 || (ret->grain & (ret->grain - 1)) != 0 || ret->grain > CONTAINER_UNIT / VMDK_SECTOR)
        return job_fail(job, FAULT_BAD, head.offset, "the grain size of the VMDK file makes no sense");
    if (ret->entries == 0 || ret->entries > 65536 || (ret->entries & (ret->entries - 1)) != 0)
        return job_fail(job, FAULT_BAD, head.offset, "the grain tables of the VMDK file make no sense");
    if (ret->sectors > CONTAINER_DISK / VMDK_SECTOR)
        return job_fail(job, FAULT_LIMIT, head.offset, "the disk is said to be longer than is read");
    return true;
}

/* The next line without its end; false at the end of the text. */
static bool line_next(struct container_descriptor *text, struct span *line) {
    struct span rest = span_from(text->text, text->at);
    size_t size = 0;
    if (rest.size == 0 || rest.data[0] == 0)
        return false;
    while (size < rest.size && rest.data[size] != '\n' && rest.data[size] != 0)
        size++;
    text->at += size + (size < rest.size && rest.data[size] == '\n');
    while (size > 0 && (rest.data[size - 1] == '\r' || rest.data[size - 1] == ' '))
        size--;
    *line = span_part(rest, 0, size);
    return true;
}

static void skip_blanks(struct cursor *c) {
    while (cursor_left(c) > 0 && (c->span.data[c->at] == ' ' || c->span.data[c->at] == '\t'))
        c->at++;
}

/* The next word, ended by a blank or by `end`. */
static struct span word_next(struct cursor *c, char end) {
    skip_blanks(c);
    size_t size = 0;
    struct span rest = span_from(c->span, c->at);
    while (size < rest.size && rest.data[size] != ' ' && rest.data[size] != '\t' && rest.data[size] != end)
        size++;
    return cursor_take(c, size);
}

static bool word_is(struct span word, const char *text) {
    return word.size == strlen(text) && strncasecmp((const char *)word.data, text, word.size) == 0;
}

static bool number(struct span word, uint64_t *ret) {
    *ret = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9' || *ret > CONTAINER_DISK)
            return false;
        *ret = *ret * 10 + (uint64_t)(word.data[i] - '0');
    }
    return word.size > 0;
}

/* The value of `key = value` without quotes; empty if the line is another. */
static struct span value_of(struct span line, const char *key) {
    struct cursor c = cursor_of(line);
    struct span none = span_part(line, line.size, 0);
    if (!word_is(word_next(&c, '='), key))
        return none;
    skip_blanks(&c);
    if (cursor_u8(&c) != '=')
        return none;
    skip_blanks(&c);
    struct span value = span_from(line, c.at);
    if (value.size >= 2 && value.data[0] == '"' && value.data[value.size - 1] == '"')
        value = span_part(value, 1, value.size - 2);
    return value;
}

bool container_vmdk_text(struct job *job, struct span text, struct container_descriptor *ret) {
    struct span line;
    *ret = (struct container_descriptor){.text = text};
    if (!span_starts(text, "# Disk DescriptorFile", 21))
        return job_fail(job, FAULT_BAD, text.offset, "the VMDK file's descriptor is none");
    while (line_next(ret, &line)) {
        struct span parent = value_of(line, "parentCID"), type = value_of(line, "createType");
        if (parent.size > 0 && !word_is(parent, "ffffffff"))
            ret->delta = true;
        if (word_is(type, "fullDevice") || word_is(type, "partitionedDevice"))
            return job_fail(job, FAULT_UNSUPPORTED, line.offset, "VMDK that stands for a device");
    }
    ret->at = 0;
    if (ret->delta)
        return job_fail(job, FAULT_UNSUPPORTED, text.offset, "VMDK that is a delta of another (a snapshot)");
    return true;
}

static bool quoted(struct cursor *c, char ret[CONTAINER_NAME]) {
    skip_blanks(c);
    if (cursor_u8(c) != '"')
        return false;
    struct span rest = span_from(c->span, c->at);
    size_t size = 0;
    while (size < rest.size && rest.data[size] != '"')
        size++;
    cursor_skip(c, size);
    return cursor_u8(c) == '"' && !c->torn && container_base((const char *)rest.data, size, ret);
}

/* The rest of a line behind its access. False with a fault. */
static bool extent(struct job *job, struct cursor *c, struct container_extent *ret) {
    uint64_t at = cursor_offset(c);
    if (!number(word_next(c, ' '), &ret->sectors))
        return job_fail(job, FAULT_BAD, at, "an extent of the VMDK descriptor has no size");
    struct span type = word_next(c, ' ');
    if (word_is(type, "ZERO")) {
        ret->type = EXTENT_ZERO;
        return true;
    }
    if (word_is(type, "SPARSE"))
        ret->type = EXTENT_SPARSE;
    else if (word_is(type, "FLAT") || word_is(type, "VMFS"))
        ret->type = EXTENT_FLAT;
    else
        return job_fail(job, FAULT_UNSUPPORTED, type.offset, "VMDK with a kind of extent that is not read");
    if (!quoted(c, ret->name))
        return job_fail(job, FAULT_BAD, at, "an extent of the VMDK descriptor has no usable name");
    struct span offset = word_next(c, ' ');
    if (offset.size > 0 && !number(offset, &ret->offset))
        return job_fail(job, FAULT_BAD, at, "an extent of the VMDK descriptor has a bad offset");
    return true;
}

bool container_vmdk_extent(struct job *job, struct container_descriptor *text, struct container_extent *ret) {
    struct span line;
    while (line_next(text, &line)) {
        struct cursor c = cursor_of(line);
        struct span access = word_next(&c, ' ');
        if (!word_is(access, "RW") && !word_is(access, "RDONLY") && !word_is(access, "NOACCESS"))
            continue;
        *ret = (struct container_extent){0};
        if (!extent(job, &c, ret))
            return false;
        if (ret->sectors > CONTAINER_DISK / VMDK_SECTOR - text->sum)
            return job_fail(job, FAULT_LIMIT, line.offset, "the disk is said to be longer than is read");
        text->sum += ret->sectors;
        return true;
    }
    return false;
}
