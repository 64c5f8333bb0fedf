/* An index whose maker is not trusted: bytes taken as a memfd by the reading side. */
#include "source/ntfs_content.h"
#include "source/ntfs_layout.h"
#include "source/ntfs_paths.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct job *job, const struct ntfs_index *index, int fd, size_t size) {
    static struct ntfs_content content;
    static uint8_t buffer[4096];
    struct ntfs_paths paths;
    struct ntfs_walker walker;
    struct listing listing;
    struct ntfs_plan plan;
    unsigned rows = 0;
    if (ntfs_paths_build(job, index, &paths) && ntfs_paths_walk(job, &paths, 0, UINT32_MAX, &walker))
        while (ntfs_paths_next(&walker, &listing) && rows++ < 10000)
            (void)span_entropy(span_of(listing.name, listing.name_size, 0));
    if (!ntfs_content_plan(job, index, reader_of(fd, 0, size), 0, UINT32_MAX, true, &plan))
        return;
    while (ntfs_content_next(&plan, job, &content))
        (void)content.content.read(&content.content, job, content.content.size / 2, buffer, sizeof buffer);
}

/* Magic and sizes are put right, so that what lies behind them is reached. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ntfs_layout layout = {.magic = 0};
    struct ntfs_index index;
    struct job job;
    if (size < NTFS_LAYOUT_PAGE || size > 1 << 20)
        return 0;
    int fd = memfd_create("index", MFD_CLOEXEC);
    memcpy(&layout, data, sizeof layout);
    layout.magic = NTFS_LAYOUT_MAGIC;
    layout.version = NTFS_LAYOUT_VERSION;
    layout.size = size;
    if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
        pwrite(fd, &layout, sizeof layout, 0) != (ssize_t)sizeof layout)
        abort();
    job_init(&job, (size_t)64 << 20);
    if (ntfs_index_open(fd, &index)) {
        use(&job, &index, fd, size);
        ntfs_index_close(&index);
    }
    close(fd);
    job_reset(&job);
    return 0;
}
