/* wimcheck WIM...: decodes every resource of WIM files, as another program made them, and compares each with
 * the SHA-1 that the WIM has of it. A compressed resource of a WIM with XPRESS chunks of 4, 8 or 16 KiB or
 * LZX chunks of 32 KiB is laid out like a WofCompressedData stream, so this goes through format/wof.h.
 *
 * With -t SECONDS, decodes all again for so long and prints how fast that was. Prints for each WIM how many
 * resources, chunks and bytes it had; status 1 if one of them is not what it should be. Trusts its input as
 * to sizes. */
#include "base/digest.h"
#include "format/wof.h"

#include <openssl/evp.h>
#include <time.h>

enum { HEADER = 208, ENTRY = 50, COMPRESSED = 4, SOLID = 16, LZX = 0x40000 };

static struct span wim;
static uint8_t *content;
static uint64_t room; /* of content */
static unsigned long resources, chunks, plain, wrong;
static unsigned long long bytes;

struct resource {
    uint64_t stored, offset, size;
    uint8_t flags, sha1[20];
};

static struct span load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        exit(2);
    size_t size = (size_t)ftell(file);
    uint8_t *data = malloc(size + 1);
    rewind(file);
    if (!data || fread(data, 1, size, file) != size)
        exit(2);
    fclose(file);
    return span_of(data, size, 0);
}

static struct resource read_resource(struct cursor *c) {
    struct resource r;
    uint64_t first = cursor_u64(c);
    r.stored = first & 0xffffffffffffff;
    r.flags = (uint8_t)(first >> 56);
    r.offset = cursor_u64(c);
    r.size = cursor_u64(c);
    return r;
}

static bool unpack(const struct resource *r, uint32_t algorithm) {
    struct wof_layout layout;
    struct fault fault;
    struct span stream = span_part(wim, r->offset, r->stored);
    stream.offset = 0;
    if (!wof_layout(algorithm, r->size, r->stored, &layout, &fault)) {
        fprintf(stderr, "wimcheck: %s\n", fault.text);
        return false;
    }
    for (uint64_t i = 0; i < layout.chunks; i++) {
        struct wof_chunk chunk;
        struct unpacked got;
        if (!wof_locate(&layout, i, stream, &chunk, &fault)) {
            fprintf(stderr, "wimcheck: chunk %llu: %s\n", (unsigned long long)i, fault.text);
            return false;
        }
        struct span in = span_part(stream, chunk.offset, chunk.stored);
        if (!wof_decode(&layout, &chunk, in, content + i * layout.chunk, &got)) {
            fprintf(stderr, "wimcheck: chunk %llu: %s at %llu, %zu of %u bytes\n", (unsigned long long)i,
                    got.fault.text, (unsigned long long)got.fault.offset, got.size, chunk.size);
            return false;
        }
        chunks++;
        plain += chunk.stored == chunk.size;
    }
    return true;
}

static bool check(const struct resource *r, uint32_t algorithm, bool compare) {
    uint8_t sha1[EVP_MAX_MD_SIZE];
    if (r->size > room) {
        free(content);
        room = r->size;
        content = malloc(room);
    }
    if (!content)
        exit(2);
    if (!(r->flags & COMPRESSED))
        span_copy(span_part(wim, r->offset, r->size), content, r->size);
    else if (!unpack(r, algorithm))
        return false;
    resources++;
    bytes += r->size;
    return !compare || (EVP_Digest(content, r->size, sha1, NULL, EVP_sha1(), NULL) == 1 &&
                        memcmp(sha1, r->sha1, sizeof r->sha1) == 0);
}

/* Every entry of the lookup table; `only` leaves those out that are not compressed. */
static void check_all(uint32_t algorithm, struct resource table, bool compare) {
    struct cursor c = cursor_of(span_part(wim, table.offset, table.size));
    while (cursor_left(&c) >= ENTRY) {
        struct resource r = read_resource(&c);
        cursor_skip(&c, 6);
        span_copy(cursor_take(&c, sizeof r.sha1), r.sha1, sizeof r.sha1);
        if (r.flags & SOLID || !check(&r, algorithm, compare))
            wrong++;
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void run(const char *path, double seconds) {
    wim = load(path);
    struct cursor c = cursor_of(wim);
    cursor_skip(&c, 16);
    uint32_t flags = cursor_u32(&c), chunk = cursor_u32(&c);
    cursor_seek(&c, 48);
    struct resource table = read_resource(&c);
    uint32_t algorithm = flags & LZX     ? WOF_LZX
                         : chunk == 4096 ? WOF_XPRESS4K
                         : chunk == 8192 ? WOF_XPRESS8K
                                         : WOF_XPRESS16K;
    if (!span_starts(wim, "MSWIM\0\0", 8) || table.flags & COMPRESSED)
        exit(2);
    resources = chunks = plain = 0;
    bytes = 0;
    check_all(algorithm, table, true);
    printf(
        "%s: %s, chunks of %u bytes: %lu resources, %lu chunks, %lu of them stored, %llu bytes, %lu wrong\n",
        path, flags & LZX ? "LZX" : "XPRESS", chunk, resources, chunks, plain, bytes, wrong);
    if (seconds <= 0)
        return;
    double start = now();
    bytes = 0;
    do
        check_all(algorithm, table, false);
    while (now() - start < seconds);
    printf("%s: %.0f MB/s of CPU time\n", path, (double)bytes / 1e6 / (now() - start));
}

int main(int argc, char **argv) {
    double seconds = 0;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-t") == 0 && i + 1 < argc)
            seconds = strtod(argv[++i], NULL);
        else
            run(argv[i], seconds);
    free(content);
    return argc < 2 ? 2 : wrong > 0;
}
