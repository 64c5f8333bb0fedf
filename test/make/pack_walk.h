/* Walks containers that lie in memory as source/pack.h opens them, for unit tests and fuzz targets. */
#ifndef TEST_MAKE_PACK_WALK_H
#define TEST_MAKE_PACK_WALK_H

#include "source/pack.h"

enum { PACK_WALK_FILES = 16, PACK_WALK_CAP = 256 << 20 };

struct pack_walk_file {
    const char *name;
    const uint8_t *data;
    size_t size;
};

struct pack_walk {
    struct pack pack;
    struct job memory, notes;
    struct pack_walk_file files[PACK_WALK_FILES]; /* the first is the container, the others its siblings */
    size_t count;
};

static inline size_t pack_walk_read(void *context, struct job *job, uint64_t offset, uint64_t noted, void *to,
                                    size_t size) {
    const struct pack_walk_file *file = context;
    struct span part = span_clip(span_of(file->data, file->size, 0), offset, size);
    if (part.size < size)
        job_note(job, FAULT_TORN, noted + part.size, "the evidence ends here");
    return span_copy(part, to, size);
}

static inline struct evidence_reader pack_walk_reader(struct pack_walk_file *file) {
    return (struct evidence_reader){.fd = -1, .read = pack_walk_read, .context = file, .size = file->size};
}

static inline bool pack_walk_sibling(void *context, struct job *job, struct span name,
                                     struct evidence_reader *ret) {
    struct pack_walk *walk = context;
    (void)job;
    for (size_t i = 1; i < walk->count; i++)
        if (strlen(walk->files[i].name) == name.size &&
            strncasecmp(walk->files[i].name, (const char *)name.data, name.size) == 0) {
            *ret = pack_walk_reader(&walk->files[i]);
            return true;
        }
    return false;
}

/* Opens files[0]. False with memory.fault set; pack_walk_close is to be called in both cases. */
static inline bool pack_walk_open(struct pack_walk *walk, const struct pack_format *format) {
    job_init(&walk->memory, PACK_WALK_CAP);
    job_init(&walk->notes, 1 << 20);
    walk->pack = (struct pack){.format = format,
                               .reader = pack_walk_reader(&walk->files[0]),
                               .memory = &walk->memory,
                               .sibling = walk->count > 1 ? pack_walk_sibling : NULL,
                               .sibling_context = walk,
                               .name = span_of(walk->files[0].name, strlen(walk->files[0].name), 0)};
    return format->open(&walk->pack);
}

static inline void pack_walk_close(struct pack_walk *walk) {
    if (walk->pack.format->close)
        walk->pack.format->close(&walk->pack);
    job_reset(&walk->memory);
    job_reset(&walk->notes);
}

/* Reads a member to its end, up to `most` bytes; returns how many. */
static inline uint64_t pack_walk_drain(struct pack_walk *walk, uint64_t most) {
    uint8_t bytes[4096];
    uint64_t all = 0;
    for (size_t got = sizeof bytes; got == sizeof bytes && all < most; all += got)
        got = walk->pack.format->read(&walk->pack, &walk->notes, bytes, sizeof bytes);
    return all;
}

/* Walks everything, for what must not break: every other member is read, and facts in between. Aborts where
 * source/pack.h is not kept. */
static inline void pack_walk_all(struct pack_walk *walk, uint64_t most) {
    struct pack_member member;
    struct pack_fact fact;
    uint64_t given = 0;
    for (unsigned n = 0; walk->pack.format->next(&walk->pack, &walk->notes, &member); n++) {
        if (member.path.size == 0 || member.path.size > PACK_PATH || member.path.data[0] == '/' ||
            n > PACK_MEMBERS)
            abort();
        if (walk->pack.format->fact && walk->pack.format->fact(&walk->pack, &walk->notes, &fact) &&
            !fact.kind)
            abort();
        uint64_t left = given < most ? most - given : 0;
        uint64_t got = n % 3 == 2 ? 0 : pack_walk_drain(walk, left);
        if ((member.reason && got > 0) || (member.size != PACK_UNKNOWN && got > member.size))
            abort();
        given += got;
    }
    while (walk->pack.format->fact && walk->pack.format->fact(&walk->pack, &walk->notes, &fact))
        if (!fact.kind)
            abort();
}

#endif
