#include "source/image_private.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { MEMORY = 256 << 20, UNITS_MEMORY = 1 << 20, READ_ONCE = 1 << 30 };

static size_t read_at(int fd, uint64_t at, void *to, size_t size, enum fault_code *failed, uint64_t *bytes) {
    size_t done = 0;
    *failed = FAULT_NONE;
    while (done < size) {
        size_t part = size - done < READ_ONCE ? size - done : READ_ONCE;
        ssize_t got = pread(fd, (uint8_t *)to + done, part, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            *failed = got < 0 ? FAULT_IO : FAULT_TORN;
            break;
        }
        done += (size_t)got;
        *bytes += (uint64_t)got;
    }
    return done;
}

static struct container_kind sniff(int fd, uint64_t size) {
    uint8_t head[CONTAINER_HEAD], tail[CONTAINER_HEAD];
    size_t want = size < CONTAINER_HEAD ? (size_t)size : CONTAINER_HEAD;
    enum fault_code failed;
    uint64_t bytes = 0;
    size_t first = read_at(fd, 0, head, want, &failed, &bytes);
    size_t last = read_at(fd, size - want, tail, want, &failed, &bytes);
    return container_sniff(span_of(head, first, 0), span_of(tail, last, size - want));
}

static struct image_kind kind_of(struct container_kind kind) {
    static const enum image_format formats[] = {
        [CONTAINER_NONE] = IMAGE_RAW,   [CONTAINER_EWF] = IMAGE_EWF,
        [CONTAINER_VMDK] = IMAGE_VMDK,  [CONTAINER_VMDK_TEXT] = IMAGE_VMDK,
        [CONTAINER_VHD] = IMAGE_VHD,    [CONTAINER_VHDX] = IMAGE_VHD,
        [CONTAINER_QCOW] = IMAGE_QCOW2, [CONTAINER_REFUSED] = IMAGE_REFUSED,
    };
    return (struct image_kind){formats[kind.format], kind.name};
}

struct image_kind image_sniff_head(struct span head) {
    return kind_of(container_sniff(head, span_of(head.data, 0, 0)));
}

struct image_kind image_sniff(int fd, uint64_t size) {
    return kind_of(sniff(fd, size));
}

size_t image_pull(struct image *image, size_t part, uint64_t at, void *to, size_t size) {
    const struct image_file *file = &image->files[part];
    uint64_t left = at < file->size ? file->size - at : 0;
    size_t want = size < left ? size : (size_t)left;
    size_t done = read_at(file->fd, at, to, want, &image->failed, &image->bytes);
    if (done == want && want < size)
        image->failed = FAULT_TORN;
    return done;
}

static struct image_page *page_of(struct image *image, size_t part, uint64_t at) {
    uint64_t number = at / IMAGE_PAGE;
    struct image_page *page = &image->pages[(number + part * 7) % IMAGE_PAGES];
    if (page->part != part + 1 || page->at != number * IMAGE_PAGE) {
        page->part = 0;
        page->at = number * IMAGE_PAGE;
        page->size = image_pull(image, part, page->at, page->data, IMAGE_PAGE);
        if (image->failed == FAULT_IO && page->at + page->size <= at)
            return page; /* not kept: it may be readable later */
        page->part = part + 1;
    }
    return page;
}

bool image_fetch(struct image *image, size_t part, uint64_t at, void *to, size_t size) {
    image->failed = FAULT_NONE;
    for (size_t done = 0; done < size;) {
        const struct image_page *page = page_of(image, part, at + done);
        struct span rest = span_from(span_of(page->data, page->size, page->at), at + done - page->at);
        size_t n = span_copy(rest, (uint8_t *)to + done, size - done);
        done += n;
        if (n == 0) {
            if (image->failed == FAULT_NONE)
                image->failed = FAULT_TORN;
            return false;
        }
    }
    image->failed = FAULT_NONE;
    return true;
}

uint64_t image_bits(struct image *image, size_t part, uint64_t at, uint64_t bit, uint64_t most, bool high,
                    bool *set) {
    uint8_t bytes[512];
    uint64_t first = bit / 8, room = sizeof bytes * 8 - bit % 8, n = 0;
    most = most < room ? most : room;
    if (!image_fetch(image, part, at + first, bytes, (size_t)((bit % 8 + most + 7) / 8)))
        return 0;
    for (; n < most; n++) {
        uint64_t index = bit % 8 + n;
        bool is = bytes[index / 8] >> (high ? 7 - index % 8 : index % 8) & 1;
        if (n == 0)
            *set = is;
        else if (is != *set)
            break;
    }
    return n;
}

void image_lose(struct image *image, struct image_piece *ret, const char *why) {
    ret->kind = IMAGE_LOST;
    ret->code = image->failed == FAULT_NONE ? FAULT_BAD : image->failed;
    ret->why = why;
}

bool image_unread(const struct image *image, struct job *job, uint64_t at, const char *why) {
    return job_fail(job, image->failed == FAULT_IO ? FAULT_IO : FAULT_TORN, at, why);
}

void image_note(struct job *job, const struct job *from) {
    job_note(job, from->fault.code, from->fault.offset, from->fault.text);
}

/* --- raw --- */

/* Where each part begins in the disk. */
static void raw_locate(struct image *image, uint64_t offset, struct image_piece *ret) {
    const uint64_t *starts = image->state;
    size_t low = 0, high = image->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    ret->kind = IMAGE_STORED;
    ret->part = low;
    ret->at = offset - starts[low];
    ret->length = image->files[low].size - ret->at;
}

static bool raw_open(struct image *image, struct image_opening *opening) {
    uint64_t *starts = job_alloc(&image->memory, image->count, sizeof *starts);
    if (!starts)
        return job_fail(opening->job, FAULT_LIMIT, 0, "no memory for the parts of an image");
    for (size_t i = 0; i < image->count; i++) {
        starts[i] = image->size;
        if (image->files[i].size > INT64_MAX / 2 - image->size)
            return job_fail(opening->job, FAULT_LIMIT, 0, "the parts of the image are longer than is read");
        image->size += image->files[i].size;
    }
    if (image->count > 1)
        image->kind = (struct image_kind){IMAGE_SPLIT, "raw"};
    image->state = starts;
    image->locate = raw_locate;
    return true;
}

/* --- opening --- */

static bool refuse(struct image *image, struct image_opening *opening) {
    static const struct {
        const char *name, *why;
    } reasons[] = {
        {"VDI", "a VirtualBox image (VDI) has no reader"},
        {"Ex01", "EWF version 2 (Ex01) has no reader"},
        {"L01", "logical evidence (L01) has no reader"},
        {"Lx01", "logical evidence (Lx01) has no reader"},
        {"AFF4", "AFF4 has no reader"},
        {"DMG", "an Apple disk image (DMG) has no reader"},
        {"WIM", "a Windows image archive (WIM) has no reader"},
        {"Parallels HDD", "a Parallels image has no reader"},
    };
    const char *why = "an image of this format has no reader";
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(reasons[i].name, image->kind.name) == 0)
            why = reasons[i].why;
    return job_fail(opening->job, FAULT_UNSUPPORTED, 0, why);
}

static bool prepare(struct image *image, const struct image_opening *opening) {
    image->count = opening->count;
    image->files = job_alloc(&image->memory, image->count, sizeof *image->files);
    image->pages = job_alloc(&image->memory, IMAGE_PAGES, sizeof *image->pages);
    if (!image->files || !image->pages)
        return false;
    for (size_t i = 0; i < image->count; i++)
        image->files[i] = (struct image_file){opening->parts[i].fd, opening->parts[i].size};
    return true;
}

/* Buffers for units, as many as fit into a fixed amount of memory, at least one. */
static bool make_units(struct image *image) {
    if (image->unit_size == 0)
        return true;
    size_t count = UNITS_MEMORY / image->unit_size;
    image->unit_count = count < 1 ? 1 : count > IMAGE_UNITS ? IMAGE_UNITS : count;
    for (size_t i = 0; i < image->unit_count; i++)
        if (!(image->units[i].data = job_alloc(&image->memory, image->unit_size, 1)))
            return false;
    image->packed = job_alloc(&image->memory, 2 * image->unit_size + 4096, 1);
    return image->packed != NULL;
}

static bool open_format(struct image *image, struct image_opening *opening, enum container_format format) {
    switch (format) {
    case CONTAINER_EWF:
        return image_ewf_open(image, opening);
    case CONTAINER_VMDK:
    case CONTAINER_VMDK_TEXT:
        return image_vmdk_open(image, opening);
    case CONTAINER_VHD:
        return image_vhd_open(image, opening);
    case CONTAINER_VHDX:
        return image_vhdx_open(image, opening);
    case CONTAINER_QCOW:
        return image_qcow_open(image, opening);
    case CONTAINER_REFUSED:
        return refuse(image, opening);
    case CONTAINER_NONE:
        break;
    }
    return raw_open(image, opening);
}

struct image *image_open_below(struct image_opening opening) {
    struct image *image = calloc(1, sizeof *image);
    if (image)
        job_init(&image->memory, MEMORY);
    if (!image || !prepare(image, &opening)) {
        job_fail(opening.job, FAULT_LIMIT, 0, "no memory for an image");
        image_close(image);
        return NULL;
    }
    struct container_kind kind = sniff(image->files[0].fd, image->files[0].size);
    image->kind = kind_of(kind);
    bool good = open_format(image, &opening, kind.format);
    if (good && !make_units(image))
        good = job_fail(opening.job, FAULT_LIMIT, 0, "no memory for an image");
    if (!good) {
        image_close(image);
        return NULL;
    }
    return image;
}

struct image *image_open(struct job *job, const struct image_part *parts, size_t count,
                         char wanted[IMAGE_NAME]) {
    wanted[0] = 0;
    if (count == 0 || count > IMAGE_PARTS) {
        job_fail(job, FAULT_LIMIT, 0, "an image of more parts than are read");
        return NULL;
    }
    return image_open_below((struct image_opening){job, parts, count, 0, wanted});
}

bool image_parent_open(struct image *image, struct image_opening *opening, const char *name) {
    if (opening->depth + 1 >= IMAGE_CHAIN)
        return job_fail(opening->job, FAULT_LIMIT, 0,
                        "more differencing images on top of one another than are read");
    if (opening->count < 2) {
        if (name[0] == 0)
            return job_fail(opening->job, FAULT_BAD, 0, "a differencing image that does not name its parent");
        span_copy(span_of(name, strlen(name) + 1, 0), opening->wanted, IMAGE_NAME);
        return job_fail(opening->job, FAULT_UNSUPPORTED, 0, "a differencing image without its parent");
    }
    image->parent = image_open_below((struct image_opening){
        opening->job, opening->parts + 1, opening->count - 1, opening->depth + 1, opening->wanted});
    if (!image->parent)
        return false;
    image->count = 1;
    return image->parent->kind.format == IMAGE_VHD ||
           job_fail(opening->job, FAULT_BAD, 0, "the parent of a differencing image is of another format");
}

void image_close(struct image *image) {
    while (image) {
        struct image *parent = image->parent;
        if (image->inflating)
            inflateEnd(&image->inflater);
        job_reset(&image->memory);
        free(image);
        image = parent;
    }
}

struct image_kind image_kind(const struct image *image) {
    return image->kind;
}

uint64_t image_size(const struct image *image) {
    return image->size;
}

struct image_stored image_stored(const struct image *image) {
    return image->stored;
}

int image_raw(const struct image *image) {
    return image->kind.format == IMAGE_RAW ? image->files[0].fd : -1;
}

uint64_t image_bytes(const struct image *image) {
    return image->bytes + (image->parent ? image_bytes(image->parent) : 0);
}
