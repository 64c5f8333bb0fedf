#include "source/archive.h"
#include "base/digest.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20, MEMORY = INFLATE_WINDOW + (64 << 20) };

static void read_members(const struct archive *archive, struct evidence_reader reader, size_t part) {
    static struct archive_content content;
    static uint8_t out[65536];
    struct archive_plan plan;
    struct job memory, job;
    job_init(&memory, MEMORY);
    job_init(&job, 1 << 20);
    unsigned n = 0;
    if (archive_plan(&memory, archive, reader, 0, UINT32_MAX, &plan))
        while (n++ < 64 && archive_next(&plan, &job, &content)) {
            struct content *c = &content.content;
            for (uint64_t at = 0; at < c->size && at < MOST; at += part)
                if (c->read(c, &job, at, out, part) < part)
                    break;
            (void)c->read(c, &job, c->size / 2, out, 100);
            if (c->data && (c->data(c, c->size / 3) < c->size / 3 || c->data(c, 0) > c->size))
                __builtin_trap();
            (void)archive_reason(archive, content.meta);
            job_reset(&job);
        }
    archive_plan_end(&plan);
    job_reset(&memory);
    job_reset(&job);
}

/* The first byte chooses the size of the reads. Evidence in, members read through. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    if (!ready && !digest_prepare())
        __builtin_trap();
    ready = true;
    if (size < 1)
        return 0;
    int evidence = memfd_create("evidence", MFD_CLOEXEC), memfd = memfd_create("index", MFD_CLOEXEC);
    if (evidence < 0 || memfd < 0 || write(evidence, data + 1, size - 1) != (ssize_t)(size - 1))
        __builtin_trap();
    struct archive_input input = {
        .reader = reader_of(evidence, 0, size - 1), .memfd = memfd, .caps = {1000, 0, 16 << 20}};
    struct archive_summary summary;
    struct archive archive;
    struct job job;
    job_init(&job, MEMORY);
    input.form = archive_sniff(&job, input.reader);
    if (archive_build(&job, &input, &summary)) {
        if (!archive_open(memfd, &archive) || archive.row_count != summary.rows)
            __builtin_trap();
        read_members(&archive, input.reader, 1 + (size_t)data[0] * 257);
        archive_close(&archive);
    }
    job_reset(&job);
    close(evidence);
    close(memfd);
    return 0;
}
