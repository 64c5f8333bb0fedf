/* imagecat: reads a disk image as source/image.h does and says what it found, for comparison with other
 * tools.
 *
 *     imagecat [-c] [-k N] [-o FILE] [-r SEED] [-s] FIRST
 *
 * The names that follow FIRST, and those that the image asks for, are looked up beside it. Prints the format,
 * the size of the disk, the SHA-256 of its bytes, stored digests and notes. What cannot be read counts as
 * zeros, in steps of 512 bytes. With -c it confines itself like a worker (engine/confine.h) before the image
 * is opened; with -o the bytes go to FILE, too, zeros as holes; with -r, 400 reads of odd sizes at random
 * places are compared with what was read in order; with -s the shadow copies of the volume that a raw image
 * is are told, too; with -k only the bytes of its Nth one are written to FILE, nothing else is done. */
#include "base/digest.h"
#include "base/filetime.h"
#include "base/text.h"
#include "engine/confine.h"
#include "source/image.h"
#include "source/shadows.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, KEPT = 256 << 20, STEP = 512 };

static struct image_part parts[IMAGE_PARTS];
static size_t count;
static char folder[4096];
static struct text said;

static bool add(const char *name) {
    char path[8192];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = count < IMAGE_PARTS ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || fstat(fd, &st) != 0)
        return false;
    struct image_part *part = &parts[count++];
    part->fd = fd;
    part->size = (uint64_t)st.st_size;
    snprintf(part->name, sizeof part->name, "%s", name);
    return true;
}

static void tell(struct job *job) {
    if (job->fault.code != FAULT_NONE)
        text_format(&said, "fault %s %" PRIu64 " %s\n", fault_word(job->fault.code), job->fault.offset,
                    job->fault.text);
    for (size_t i = 0; i < job->noted && i < JOB_NOTES; i++)
        text_format(&said, "note %s %" PRIu64 " %s\n", fault_word(job->notes[i].code), job->notes[i].offset,
                    job->notes[i].text);
}

static void tell_hex(const char *name, const void *data, size_t size) {
    text_add(&said, name);
    text_add(&said, " ");
    text_hex(&said, data, size);
    text_add(&said, "\n");
}

/* Opens the image; while `look`, with the files that it asks for. */
static struct image *open_all(struct job *job, bool look) {
    char wanted[IMAGE_NAME];
    for (;;) {
        struct image *image = image_open(job, parts, count, wanted);
        if (image || wanted[0] == 0)
            return image;
        if (!look || !add(wanted)) {
            text_format(&said, "wanted %s\n", wanted);
            return NULL;
        }
        job_reset(job);
    }
}

/* Reads on behind what cannot be read. */
static void read_on(struct image *image, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    for (size_t done = 0; done < size;) {
        done += image_read(image, job, offset + done, offset + done, to + done, size - done);
        size_t n = STEP - (offset + done) % STEP;
        n = n < size - done ? n : size - done;
        memset(to + done, 0, n);
        done += n;
    }
}

static void write_out(int out, const uint8_t *data, size_t size, uint64_t offset) {
    for (size_t at = 0; at < size; at += 4096) {
        struct span part = span_clip(span_of(data, size, 0), at, 4096);
        if (!span_is_zero(part) && pwrite(out, part.data, part.size, (off_t)(offset + at)) < 0)
            return;
    }
}

static uint8_t *read_in_order(struct image *image, struct job *job, int out) {
    static uint8_t buffer[BUFFER];
    uint64_t size = image_size(image);
    uint8_t value[DIGEST_MAX], *all = size <= KEPT ? malloc(size ? size : 1) : NULL;
    struct digest *digest = digest_new();
    digest_start(digest, DIGEST_SHA256);
    for (uint64_t at = 0; at < size; at += BUFFER) {
        size_t n = size - at < BUFFER ? (size_t)(size - at) : BUFFER;
        read_on(image, job, at, buffer, n);
        digest_add(digest, span_of(buffer, n, at));
        if (all)
            span_copy(span_of(buffer, n, at), all + at, n);
        if (out >= 0)
            write_out(out, buffer, n, at);
    }
    if (out >= 0 && ftruncate(out, (off_t)size) != 0)
        text_add(&said, "cannot write\n");
    digest_end(digest, value);
    digest_free(digest);
    tell_hex("sha256", value, 32);
    return all;
}

static void read_anywhere(struct image *image, const uint8_t *all, uint64_t seed) {
    static uint8_t buffer[300001];
    struct job job;
    uint64_t size = image_size(image), bad = 0;
    job_init(&job, 0);
    for (int i = 0; i < 400 && size > 0; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t at = (seed >> 20) % size;
        size_t n = (size_t)((seed >> 8) % (i % 4 ? 5000 : sizeof buffer)) + 1;
        n = n < size - at ? n : (size_t)(size - at);
        size_t got = image_read(image, &job, at, at, buffer, n);
        bad += memcmp(buffer, all + at, got) != 0 || (got < n && job.noted == 0);
    }
    text_format(&said, "random %s\n", bad ? "differs" : "agrees");
}

static void tell_shadows(struct job *job, int fd, uint64_t size) {
    struct evidence_reader reader = reader_of(fd, 0, size);
    struct shadows *shadows = shadows_suspect(&reader) ? shadows_open(job, &reader) : NULL;
    for (size_t i = 0; shadows && i < shadows_count(shadows); i++) {
        struct shadows_copy copy = shadows_copy(shadows, i);
        uint8_t boot[512] = {0};
        size_t got = copy.readable ? shadows_read(shadows, i, job, 0, 0, boot, sizeof boot) : 0;
        text_format(&said, "shadow %" PRIu64 " %" PRIu64 " %s %zu %.4s ", copy.created, copy.size,
                    copy.readable ? "readable" : "unreadable", got, (const char *)boot + 3);
        tell_hex("id", copy.identifier, 16);
    }
    shadows_close(shadows);
}

/* Writes one copy out. */
static int keep_shadow(int out, size_t number) {
    static uint8_t buffer[BUFFER];
    struct job job;
    job_init(&job, 64 << 20);
    struct evidence_reader reader = reader_of(parts[0].fd, 0, parts[0].size);
    struct shadows *shadows = shadows_open(&job, &reader);
    bool good = shadows && number <= shadows_count(shadows) && shadows_copy(shadows, number - 1).readable;
    uint64_t size = good ? shadows_copy(shadows, number - 1).size : 0;
    for (uint64_t at = 0; at < size; at += BUFFER) {
        size_t n = size - at < BUFFER ? (size_t)(size - at) : BUFFER;
        write_out(out, buffer, shadows_read(shadows, number - 1, &job, at, at, buffer, n), at);
    }
    good = good && job.noted == 0 && ftruncate(out, (off_t)size) == 0;
    shadows_close(shadows);
    job_reset(&job);
    return good ? 0 : 1;
}

static int work(int out, uint64_t seed, bool shadows) {
    struct job job;
    job_init(&job, 64 << 20);
    struct image *image = open_all(&job, false);
    if (!image) {
        tell(&job);
        return 1;
    }
    struct image_stored stored = image_stored(image);
    text_format(&said, "format %s%s %zu\nsize %" PRIu64 "\n", image_kind(image).name,
                image_kind(image).format == IMAGE_SPLIT ? " split" : "", count, image_size(image));
    uint8_t *all = read_in_order(image, &job, out);
    if (stored.md5.size)
        tell_hex("md5", stored.md5.data, stored.md5.size);
    if (stored.sha1.size)
        tell_hex("sha1", stored.sha1.data, stored.sha1.size);
    if (seed != 0 && all)
        read_anywhere(image, all, seed);
    if (shadows && image_raw(image) >= 0)
        tell_shadows(&job, image_raw(image), image_size(image));
    tell(&job);
    text_format(&said, "noted %zu\n", job.noted);
    free(all);
    image_close(image);
    job_reset(&job);
    return 0;
}

/* In a child that can do no more than a worker; what it says comes through a socket. */
static int work_confined(uint64_t seed, bool shadows) {
    int pair[2], status;
    char buffer[4096];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 2;
    pid_t pid = fork();
    if (pid == 0) {
        struct confine_report report;
        close(pair[0]);
        if (!confine_self(&report))
            _exit(3);
        int result = work(-1, seed, shadows);
        struct iovec part = {said.data, said.size};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        _exit(sendmsg(pair[1], &message, 0) == (ssize_t)said.size ? result : 4);
    }
    close(pair[1]);
    for (ssize_t n; (n = read(pair[0], buffer, sizeof buffer)) > 0;)
        fwrite(buffer, 1, (size_t)n, stdout);
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 5;
}

int main(int argc, char **argv) {
    bool confined = false, shadows = false;
    uint64_t seed = 0, keep = 0;
    int out = -1;
    for (int option; (option = getopt(argc, argv, "ck:o:r:s")) != -1;) {
        confined |= option == 'c';
        shadows |= option == 's';
        if (option == 'o')
            out = open(optarg, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (option == 'k')
            keep = strtoull(optarg, NULL, 10);
        if (option == 'r')
            seed = strtoull(optarg, NULL, 10);
    }
    if (optind + 1 != argc || !digest_prepare())
        return 2;
    const char *slash = strrchr(argv[optind], '/'), *name = slash ? slash + 1 : argv[optind];
    char next[IMAGE_NAME];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - argv[optind]) : 1,
             slash ? argv[optind] : ".");
    if (!add(name))
        return 2;
    while (image_follower(name, count, next) && add(next))
        ;
    if (keep > 0)
        return keep_shadow(out, keep);
    struct job job;
    job_init(&job, 64 << 20);
    image_close(open_all(&job, true));
    job_reset(&job);
    text_clear(&said);
    if (confined)
        return work_confined(seed, shadows);
    int result = work(out, seed, shadows);
    fputs(text_string(&said), stdout);
    text_free(&said);
    return result;
}
