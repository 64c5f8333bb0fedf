/* A whole volume or a $MFT of its own, whatever it is taken for: found, indexed, walked and read. */
#include "base/digest.h"
#include "source/ntfs_content.h"
#include "source/ntfs_i30.h"
#include "source/ntfs_paths.h"
#include "source/volumes.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20 };

static void walk(struct job *job, const struct ntfs_index *index) {
    struct ntfs_paths paths;
    struct ntfs_walker walker;
    struct listing listing;
    if (!ntfs_paths_build(job, index, &paths) || !ntfs_paths_walk(job, &paths, 0, UINT32_MAX, &walker))
        return;
    walker.indexes = true;
    while (ntfs_paths_next(&walker, &listing)) {
        if (listing.folder_size > 0 && listing.folder[0] != '/')
            abort();
        (void)span_entropy(span_of(listing.name, listing.name_size, 0));
    }
}

static void read_all(struct job *job, const struct ntfs_index *index, int fd, uint64_t offset,
                     uint64_t size) {
    static struct ntfs_content content;
    static uint8_t buffer[16384];
    struct ntfs_plan plan;
    if (!ntfs_content_plan(job, index, reader_of(fd, offset, size), 0, UINT32_MAX, size & 1, &plan))
        return;
    while (ntfs_content_next(&plan, job, &content)) {
        struct ntfs_i30 i30;
        static const uint64_t times[NTFS_TIMES];
        if (content.meta->flags & NTFS_STREAM_I30) {
            ntfs_i30_open(&content, job, &i30);
            if (i30.block < 512 || i30.block > 65536 || i30.bitmap.size > NTFS_I30_BITMAP)
                abort();
            (void)ntfs_i30_agrees(index, i30.record, i30.sequence, times);
        }
        uint64_t at = 0;
        for (int i = 0; i < 8; i++) {
            size_t got = content.content.read(&content.content, job, at, buffer, sizeof buffer);
            if (got > sizeof buffer || got > content.content.size - at)
                abort();
            at += got;
        }
    }
}

static void index_one(struct job *job, int fd, uint64_t offset, uint64_t size, bool standalone) {
    struct ntfs_index_summary summary;
    struct ntfs_index index;
    struct ntfs_index_input input = {.evidence = reader_of(fd, 0, offset + size),
                                     .offset = offset,
                                     .size = size,
                                     .memfd = memfd_create("index", MFD_CLOEXEC),
                                     .standalone = standalone,
                                     .want_content = true,
                                     .want_indexes = size % 5 != 0,
                                     .hash_mft = size % 3 == 0};
    if (ntfs_index_build(job, &input, &summary)) {
        if (!ntfs_index_open(input.memfd, &index))
            abort(); /* what is built must open */
        walk(job, &index);
        read_all(job, &index, fd, offset, size);
        ntfs_index_close(&index);
    }
    close(input.memfd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct volumes volumes;
    struct job job;
    if (size > MOST || !digest_prepare())
        return 0;
    int fd = memfd_create("evidence", MFD_CLOEXEC);
    job_init(&job, (size_t)64 << 20);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    struct evidence_reader evidence = reader_of(fd, 0, size);
    if (volumes_find(&job, &evidence, &volumes)) {
        if (volumes.kind == VOLUMES_MFT)
            index_one(&job, fd, 0, size, true);
        for (size_t i = 0; i < volumes.count && i < 2; i++)
            if (strcmp(volumes.volumes[i].filesystem, "ntfs") == 0)
                index_one(&job, fd, volumes.volumes[i].offset, volumes.volumes[i].present, false);
    }
    close(fd);
    job_reset(&job);
    return 0;
}
