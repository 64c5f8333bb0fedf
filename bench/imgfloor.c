/* imgfloor IMAGE read|hash [THREADS]: the least work that hashes the files of an NTFS volume: each $DATA of
 * each base record in use, in the order of $MFT, read with pread and put through SHA-256 (`read`: only read).
 * Records of 1024 bytes. Sparse runs are zeros; compressed ones are hashed as they are stored; pieces in
 * extension records count as contents of their own. Files of NTFS itself are left out. What assay does beyond
 * it (paths, order of the disk, attribute lists, decompression, damage, any geometry, confinement, the
 * listing itself) is what it is measured for. Trusts its input; not for evidence. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

enum { RECORD = 1024, WINDOW = 1 << 20, THREADS = 8, RUNS = 4096, FIRST = 24 };

struct run {
    uint64_t from, size; /* bytes */
    bool sparse;
};

struct part {
    pthread_t thread;
    uint64_t from, to; /* records */
    uint64_t files, bytes, sum;
    uint8_t *window;
    EVP_MD_CTX *context;
};

static int image;
static bool hashing;
static uint64_t cluster;
static struct run mft[RUNS];
static unsigned mft_runs;
static EVP_MD *sha256;
static uint8_t zeros[WINDOW];

static uint16_t u16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}
static uint32_t u32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}
static uint64_t u64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static bool undo_fixups(uint8_t *record) {
    unsigned at = u16(record + 4);
    if (u32(record) != 0x454c4946 || u16(record + 6) != 3 || at > RECORD - 6)
        return false;
    for (unsigned i = 1; i < 3; i++) {
        uint8_t *last = record + 512 * i - 2;
        if (u16(last) != u16(record + at))
            return false;
        memcpy(last, record + at + 2 * i, 2);
    }
    return true;
}

/* The next run of a list; `lcn` carries on from the one before. */
static bool next_run(const uint8_t **at, const uint8_t *end, int64_t *lcn, struct run *ret) {
    if (*at >= end || **at == 0)
        return false;
    unsigned header = *(*at)++, length = header & 15, offset = header >> 4;
    uint64_t count = 0;
    int64_t delta = 0;
    for (unsigned i = 0; i < length; i++)
        count |= (uint64_t) * (*at)++ << 8 * i;
    for (unsigned i = 0; i < offset; i++)
        delta |= (int64_t)((uint64_t) * (*at)++ << 8 * i);
    if (offset > 0 && offset < 8 && (*at)[-1] & 0x80)
        delta |= (int64_t)(~UINT64_C(0) << 8 * offset);
    *lcn += delta;
    *ret = (struct run){(uint64_t)*lcn * cluster, count * cluster, offset == 0};
    return true;
}

static void add(struct part *part, const uint8_t *bytes, size_t size) {
    if (hashing)
        EVP_DigestUpdate(part->context, bytes, size);
    part->bytes += size;
}

static void add_run(struct part *part, const struct run *run, uint64_t left) {
    uint64_t size = run->size < left ? run->size : left;
    for (uint64_t done = 0; done < size;) {
        size_t want = size - done < WINDOW ? (size_t)(size - done) : WINDOW;
        ssize_t got =
            run->sparse ? (ssize_t)want : pread(image, part->window, want, (off_t)(run->from + done));
        if (got <= 0)
            return;
        add(part, run->sparse ? zeros : part->window, (size_t)got);
        done += (uint64_t)got;
    }
}

static void take_data(struct part *part, const uint8_t *attribute, uint32_t length) {
    uint8_t value[EVP_MAX_MD_SIZE];
    if (hashing)
        EVP_DigestInit_ex2(part->context, sha256, NULL);
    if (attribute[8] == 0) {
        add(part, attribute + u16(attribute + 20), u32(attribute + 16));
    } else {
        uint64_t left =
            u64(attribute + 16) ? UINT64_MAX : u64(attribute + 48); /* a later piece has no size */
        const uint8_t *at = attribute + u16(attribute + 32);
        int64_t lcn = 0;
        struct run run;
        while (left > 0 && next_run(&at, attribute + length, &lcn, &run)) {
            add_run(part, &run, left);
            left -= run.size < left ? run.size : left;
        }
    }
    if (hashing) {
        EVP_DigestFinal_ex(part->context, value, NULL);
        part->sum += u64(value);
    }
    part->files++;
}

static void take_record(struct part *part, uint8_t *record) {
    if (!undo_fixups(record) || !(u16(record + 22) & 1))
        return;
    for (unsigned at = u16(record + 20); at + 24 <= RECORD;) {
        uint32_t type = u32(record + at), length = u32(record + at + 4);
        if (type == 0xffffffff || length < 24 || length > RECORD - at)
            break;
        if (type == 0x80)
            take_data(part, record + at, length);
        at += length;
    }
}

/* Records of one run of $MFT, some at a time. */
static void *take_part(void *argument) {
    struct part *part = argument;
    uint8_t *records = malloc(WINDOW);
    part->window = malloc(WINDOW);
    part->context = EVP_MD_CTX_new();
    uint64_t first = 0;
    for (unsigned i = 0; records && part->window && part->context && i < mft_runs; i++) {
        uint64_t count = mft[i].size / RECORD, from = part->from > first ? part->from - first : 0,
                 to = part->to < first + count ? part->to - first : count;
        first += count;
        while (part->to > first - count && from < to) {
            uint64_t some = to - from < WINDOW / RECORD ? to - from : WINDOW / RECORD;
            ssize_t got = pread(image, records, some * RECORD, (off_t)(mft[i].from + from * RECORD));
            for (ssize_t at = 0; at + RECORD <= got; at += RECORD)
                if (first - count + from + (uint64_t)at / RECORD >= FIRST)
                    take_record(part, records + at);
            from += some;
        }
    }
    return NULL;
}

/* The runs of $MFT from its own record; returns how many records there are. */
static uint64_t find_mft(void) {
    uint8_t boot[512], record[RECORD];
    if (pread(image, boot, sizeof boot, 0) != sizeof boot)
        return 0;
    cluster = (uint64_t)u16(boot + 11) * boot[13];
    if (pread(image, record, RECORD, (off_t)(u64(boot + 48) * cluster)) != RECORD || !undo_fixups(record))
        return 0;
    for (unsigned at = u16(record + 20); u32(record + at) != 0xffffffff; at += u32(record + at + 4)) {
        const uint8_t *attribute = record + at, *runs = attribute + u16(attribute + 32);
        int64_t lcn = 0;
        if (u32(attribute) != 0x80)
            continue;
        while (mft_runs < RUNS && next_run(&runs, attribute + u32(attribute + 4), &lcn, &mft[mft_runs]))
            mft_runs++;
        return u64(attribute + 48) / RECORD;
    }
    return 0;
}

int main(int argc, char **argv) {
    struct part parts[THREADS] = {0}, all = {0};
    image = argc > 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    int threads = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 1;
    uint64_t count = image >= 0 ? find_mft() : 0;
    if (count == 0 || threads < 1 || threads > THREADS) {
        fprintf(stderr, "usage: imgfloor IMAGE read|hash [THREADS]\n");
        return 2;
    }
    hashing = strcmp(argv[2], "hash") == 0;
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    for (int i = 0; i < threads; i++) {
        parts[i].from = count * (uint64_t)i / (uint64_t)threads;
        parts[i].to = count * (uint64_t)(i + 1) / (uint64_t)threads;
        pthread_create(&parts[i].thread, NULL, take_part, &parts[i]);
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(parts[i].thread, NULL);
        all.files += parts[i].files;
        all.bytes += parts[i].bytes;
        all.sum += parts[i].sum;
    }
    printf("%llu contents, %llu bytes, sum %016llx\n", (unsigned long long)all.files,
           (unsigned long long)all.bytes, (unsigned long long)all.sum);
    return 0;
}
