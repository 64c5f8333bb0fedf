/* Hand-made file records and volumes for tests: what a writer would put down, one attribute after the other.
 */
#ifndef TEST_NTFS_MADE_H
#define TEST_NTFS_MADE_H

#include "base/job.h"
#include "source/ntfs_index.h"

#include <sys/mman.h>
#include <unistd.h>

enum { MADE_RECORD = 1024, MADE_CLUSTER = 4096, MADE_MFT = 4, MADE_CLUSTERS = 256 };

static inline void made_put(uint8_t *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

struct made {
    uint8_t bytes[MADE_RECORD];
    size_t at;
    uint16_t next_id;
};

static inline struct made made_record(uint32_t number, uint16_t sequence, uint16_t flags, uint64_t base) {
    struct made made = {.at = 56};
    memcpy(made.bytes, "FILE", 4);
    made_put(made.bytes + 4, 48, 2);
    made_put(made.bytes + 6, 3, 2);
    made_put(made.bytes + 16, sequence, 2);
    made_put(made.bytes + 20, 56, 2);
    made_put(made.bytes + 22, flags, 2);
    made_put(made.bytes + 28, MADE_RECORD, 4);
    made_put(made.bytes + 32, base, 8);
    made_put(made.bytes + 44, number, 4);
    return made;
}

static inline size_t made_utf16(uint8_t *to, const char *ascii) {
    size_t n = strlen(ascii);
    for (size_t i = 0; i < n; i++)
        made_put(to + 2 * i, (uint8_t)ascii[i], 2);
    return n;
}

static inline void made_resident(struct made *made, uint32_t type, const char *name, uint16_t flags,
                                 const void *value, size_t size) {
    uint8_t *a = made->bytes + made->at;
    size_t units = made_utf16(a + 24, name), head = (24 + 2 * units + 7) / 8 * 8;
    size_t length = (head + size + 7) / 8 * 8;
    made_put(a, type, 4);
    made_put(a + 4, length, 4);
    a[9] = (uint8_t)units;
    made_put(a + 10, 24, 2);
    made_put(a + 12, flags, 2);
    made_put(a + 14, made->next_id++, 2);
    made_put(a + 16, size, 4);
    made_put(a + 20, head, 2);
    if (size)
        memcpy(a + head, value, size);
    made->at += length;
}

static inline void made_runs(struct made *made, uint32_t type, const char *name, uint16_t flags,
                             uint64_t lowest, uint64_t size, uint64_t initialized, const void *runs,
                             size_t runs_size) {
    uint8_t *a = made->bytes + made->at;
    size_t units = made_utf16(a + 64, name), head = (64 + 2 * units + 7) / 8 * 8;
    size_t length = (head + runs_size + 7) / 8 * 8;
    made_put(a, type, 4);
    made_put(a + 4, length, 4);
    a[8] = 1;
    a[9] = (uint8_t)units;
    made_put(a + 10, 64, 2);
    made_put(a + 12, flags, 2);
    made_put(a + 14, made->next_id++, 2);
    made_put(a + 16, lowest, 8);
    made_put(a + 32, head, 2);
    made_put(a + 34, flags & 1 ? 4 : 0, 2); /* compressed: units of 16 clusters */
    made_put(a + 40, (size + MADE_CLUSTER - 1) / MADE_CLUSTER * MADE_CLUSTER, 8);
    made_put(a + 48, size, 8);
    made_put(a + 56, initialized, 8);
    memcpy(a + head, runs, runs_size);
    made->at += length;
}

static inline void made_si(struct made *made, uint64_t time, uint32_t attributes) {
    uint8_t value[72] = {0};
    for (int i = 0; i < 4; i++)
        made_put(value + 8 * i, time + (uint64_t)i, 8);
    made_put(value + 32, attributes, 4);
    made_resident(made, 0x10, "", 0, value, sizeof value);
}

static inline void made_fn(struct made *made, uint64_t parent, uint16_t parent_sequence, uint64_t time,
                           int namespace, const char *name) {
    uint8_t value[66 + 510] = {0};
    made_put(value, parent | (uint64_t)parent_sequence << 48, 8);
    for (int i = 0; i < 4; i++)
        made_put(value + 8 + 8 * i, time + (uint64_t)i, 8);
    size_t units = made_utf16(value + 66, name);
    value[64] = (uint8_t)units;
    value[65] = (uint8_t) namespace;
    made_resident(made, 0x30, "", 0, value, 66 + 2 * units);
}

/* Ends the record and puts its fixups in. */
static inline void made_end(struct made *made) {
    made_put(made->bytes + made->at, UINT32_MAX, 4);
    made_put(made->bytes + 24, made->at + 8, 4);
    made_put(made->bytes + 48, 0x1234, 2);
    for (int i = 0; i < 2; i++) {
        memcpy(made->bytes + 50 + 2 * i, made->bytes + 512 * i + 510, 2);
        made_put(made->bytes + 512 * i + 510, 0x1234, 2);
    }
}

static inline void made_boot(uint8_t sector[512], uint64_t clusters) {
    memset(sector, 0, 512);
    memcpy(sector, "\xeb\x52\x90NTFS    ", 11);
    made_put(sector + 11, 512, 2);
    sector[13] = MADE_CLUSTER / 512;
    made_put(sector + 0x28, clusters * (MADE_CLUSTER / 512), 8);
    made_put(sector + 0x30, MADE_MFT, 8);
    made_put(sector + 0x38, 2, 8);
    sector[0x40] = 0xf6;
    sector[0x44] = 1;
    made_put(sector + 0x48, 0x1122334455667788, 8);
    sector[510] = 0x55;
    sector[511] = 0xaa;
}

/* A volume of MADE_CLUSTERS clusters in memory: boot sector and $MFT of `records` records from cluster
 * MADE_MFT on, with records 0 and 5 in place. Other places hold the number of their cluster, in every byte.
 */
struct made_volume {
    uint8_t bytes[MADE_CLUSTERS * MADE_CLUSTER];
    size_t size; /* to be written; less than all cuts the image */
};

static inline uint8_t *made_place(struct made_volume *volume, uint32_t record) {
    return volume->bytes + MADE_MFT * MADE_CLUSTER + (size_t)record * MADE_RECORD;
}

static inline void made_store(struct made_volume *volume, uint32_t record, struct made *made) {
    made_end(made);
    memcpy(made_place(volume, record), made->bytes, MADE_RECORD);
}

static inline void made_folder(struct made_volume *volume, uint32_t record, uint16_t sequence,
                               uint32_t parent, uint16_t parent_sequence, const char *name) {
    struct made made = made_record(record, sequence, 3, 0);
    made_si(&made, 1000 + record, 0);
    made_fn(&made, parent, parent_sequence, 2000 + record, 3, name);
    made_store(volume, record, &made);
}

static inline void made_volume(struct made_volume *volume, uint32_t records) {
    for (size_t i = 0; i < sizeof volume->bytes; i++)
        volume->bytes[i] = (uint8_t)(i / MADE_CLUSTER);
    uint32_t clusters = (records * MADE_RECORD + MADE_CLUSTER - 1) / MADE_CLUSTER;
    memset(made_place(volume, 0), 0, (size_t)clusters * MADE_CLUSTER);
    made_boot(volume->bytes, MADE_CLUSTERS);
    uint8_t runs[] = {0x11, (uint8_t)clusters, MADE_MFT, 0};
    struct made mft = made_record(0, 1, 1, 0);
    made_si(&mft, 1000, 6);
    made_fn(&mft, 5, 5, 2000, 3, "$MFT");
    uint64_t size = (uint64_t)records * MADE_RECORD;
    made_runs(&mft, 0x80, "", 0, 0, size, size, runs, sizeof runs);
    made_store(volume, 0, &mft);
    made_folder(volume, 5, 5, 5, 5, ".");
    volume->size = sizeof volume->bytes;
}

/* The volume as a file descriptor. */
static inline int made_file(const void *bytes, size_t size) {
    int fd = memfd_create("made", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        abort();
    return fd;
}

/* Builds and opens its index; false if that fails. */
static inline bool made_index(struct job *job, int fd, uint64_t offset, uint64_t size, bool content,
                              struct ntfs_index_summary *summary, struct ntfs_index *index) {
    struct ntfs_index_input input = {
        .evidence = reader_of(fd, 0, offset + size), .offset = offset, .size = size, .want_content = content};
    input.memfd = memfd_create("index", MFD_CLOEXEC);
    bool done = ntfs_index_build(job, &input, summary) && ntfs_index_open(input.memfd, index);
    close(input.memfd);
    return done;
}

#endif
