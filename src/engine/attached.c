#include "engine/attached.h"

#include <strings.h>
#include <unistd.h>

enum { SECTOR = 4096 };

static void let_go(struct attached *attached) {
    shadows_close(attached->shadows);
    image_close(attached->image);
    for (size_t i = 0; i < attached->count; i++)
        close(attached->parts[i].fd);
    for (size_t i = 0; i < attached->beside_count; i++)
        close(attached->beside[i].fd);
    attached->shadows = NULL;
    attached->image = NULL;
    attached->beside_count = 0;
    attached->taken = 0;
    attached->count = attached->total = 0;
    attached->wanted[0] = 0;
}

/* The descriptors of a message become ours. */
static void take_files(struct wire_message *message, const struct protocol_parts *parts,
                       struct image_part *list, size_t *count) {
    for (uint32_t i = 0; i < parts->count; i++) {
        struct image_part *part = &list[(*count)++];
        *part = (struct image_part){.fd = message->fds[i], .size = parts->sizes[i]};
        span_copy(span_of(parts->names[i], sizeof parts->names[i], 0), part->name, sizeof part->name - 1);
        message->fds[i] = -1;
    }
}

bool attached_take(struct attached *attached, struct wire_message *message) {
    static struct protocol_parts parts;
    if (!protocol_parts_read(message->payload, &parts) || parts.count != message->fd_count ||
        parts.total > IMAGE_PARTS)
        return false;
    if (parts.first == 0)
        let_go(attached);
    if (parts.first != attached->count || (parts.first > 0 && parts.total != attached->total))
        return false;
    attached->total = parts.total;
    take_files(message, &parts, attached->parts, &attached->count);
    return true;
}

bool attached_take_beside(struct attached *attached, struct wire_message *message) {
    static struct protocol_parts parts;
    if (!protocol_parts_read(message->payload, &parts) || parts.count != message->fd_count ||
        parts.total > PROTOCOL_BESIDE_MOST || parts.first != attached->beside_count ||
        attached->count < attached->total)
        return false;
    take_files(message, &parts, attached->beside, &attached->beside_count);
    return true;
}

/* --- what lies beside --- */

static size_t find_beside(const struct attached *attached, struct span name) {
    size_t i = 0;
    while (i < attached->beside_count &&
           (strlen(attached->beside[i].name) != name.size ||
            strncasecmp(attached->beside[i].name, (const char *)name.data, name.size) != 0))
        i++;
    return i;
}

static bool sibling(void *context, struct job *job, struct span name, struct evidence_reader *ret) {
    struct attached *attached = context;
    size_t found = find_beside(attached, name);
    (void)job;
    if (found == attached->beside_count)
        return false;
    *ret = reader_of(attached->beside[found].fd, 0, attached->beside[found].size);
    return true;
}

static void taken(void *context, struct span name) {
    struct attached *attached = context;
    size_t found = find_beside(attached, name);
    if (found < attached->beside_count)
        attached->taken |= (uint64_t)1 << found;
}

const struct pack_beside *attached_beside(struct attached *attached) {
    const char *name = attached->count > 0 ? attached->parts[0].name : "";
    attached->place = (struct pack_beside){span_of(name, strlen(name), 0), sibling, taken, attached};
    return &attached->place;
}

/* --- the parts --- */

struct image *attached_image(struct attached *attached, struct job *job) {
    if (attached->image)
        return attached->image;
    if (attached->count == 0 || attached->count < attached->total) {
        (void)!job_fail(job, FAULT_IO, 0, "no evidence is attached");
        return NULL;
    }
    attached->image = image_open(job, attached->parts, attached->count, attached->wanted);
    return attached->image;
}

static size_t read_image(void *context, struct job *job, uint64_t offset, uint64_t noted, void *to,
                         size_t size) {
    return image_read(context, job, offset, noted, to, size);
}

static size_t read_shadow(void *context, struct job *job, uint64_t offset, uint64_t noted, void *to,
                          size_t size) {
    const struct shadow_reading *reading = context;
    return shadows_read(reading->shadows, reading->number, job, offset, noted, to, size);
}

bool attached_reader(struct attached *attached, struct job *job, struct evidence_reader *ret) {
    struct image *image = attached_image(attached, job);
    if (!image)
        return false;
    if (image_raw(image) >= 0)
        *ret = reader_of(image_raw(image), 0, image_size(image));
    else
        *ret = (struct evidence_reader){
            .fd = -1, .read = read_image, .context = image, .size = image_size(image)};
    return true;
}

struct shadows *attached_shadows(struct attached *attached, struct job *job,
                                 const struct protocol_place *place) {
    struct evidence_reader all;
    if (!attached_reader(attached, job, &all))
        return NULL;
    /* The sector behind the last cluster belongs to the volume, too, and may be all that its size leaves out.
     */
    uint64_t size = place->size < UINT64_MAX - SECTOR ? place->size + SECTOR : UINT64_MAX;
    struct evidence_reader volume = reader_within(&all, place->base, size);
    if (attached->shadows && attached->volume.base == volume.base && attached->volume.size == volume.size)
        return attached->shadows;
    shadows_close(attached->shadows);
    attached->volume = volume;
    attached->shadows = shadows_suspect(&attached->volume) ? shadows_open(job, &attached->volume) : NULL;
    return attached->shadows;
}

bool attached_place(struct attached *attached, struct job *job, struct protocol_place *place,
                    struct evidence_reader *ret) {
    if (place->shadow == 0)
        return attached_reader(attached, job, ret);
    struct shadows *shadows = attached_shadows(attached, job, place);
    if (!shadows || place->shadow > shadows_count(shadows))
        return job_fail(job, FAULT_BAD, place->base, "a shadow copy is not there any more");
    attached->reading = (struct shadow_reading){shadows, place->shadow - 1};
    *ret = (struct evidence_reader){.fd = -1,
                                    .read = read_shadow,
                                    .context = &attached->reading,
                                    .size = shadows_copy(shadows, place->shadow - 1).size};
    place->base = 0;
    place->size = ret->size;
    return true;
}
