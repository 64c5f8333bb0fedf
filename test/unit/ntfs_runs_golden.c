/* Run lists against what others say of them: the vectors and the sample of omerbenamram/mft, and the $MFT of
 * 171 runs in two records of Velocidex/go-ntfs, as The Sleuth Kit and go-ntfs read it. */
#include "format/ntfs_record.h"
#include "format/ntfs_runs.h"
#include "source/ntfs_mft.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { RUNS = 512, LIST = 4096 };

struct answer {
    struct ntfs_run runs[RUNS];
    size_t count;
};

static char *load(const char *path) {
    static char text[256 * 1024];
    char whole[4096];
    const char *root = getenv("ASSAY_SHARED");
    snprintf(whole, sizeof whole, "%s/corpora/%s", root ? root : "../shared", path);
    FILE *file = fopen(whole, "rb");
    if (!file) {
        print_message("# skipped: %s is absent\n", whole);
        return NULL;
    }
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

/* The bytes between & [ and ], with or without a type behind them. */
static size_t bytes_of(char **at, uint8_t *list) {
    size_t size = 0;
    char *end = strchr(*at, ']');
    assert_non_null(end);
    for (char *p = *at; (p = strstr(p, "0x")) && p < end; p += 4) {
        assert_true(size < LIST);
        list[size++] = (uint8_t)strtoul(p, NULL, 16);
    }
    *at = end;
    return size;
}

static uint64_t number_behind(char **at, const char *word) {
    char *p = strstr(*at, word);
    assert_non_null(p);
    *at = p + strlen(word);
    return strtoull(*at, at, 10 + 6 * !strncmp(*at, " 0x", 3));
}

static void runs_of(char *at, const char *end, struct answer *ret) {
    ret->count = 0;
    for (uint64_t vcn = 0; (at = strstr(at, "DataRun {")) && at < end;) {
        struct ntfs_run run = {.vcn = vcn, .count = number_behind(&at, "lcn_length:")};
        run.lcn = number_behind(&at, "lcn_offset:");
        at = strstr(at, "RunType::");
        run.sparse = strncmp(at, "RunType::Sparse", 15) == 0;
        vcn += run.count;
        assert_true(ret->count < RUNS);
        ret->runs[ret->count++] = run;
    }
}

static size_t compare(struct span list, const struct answer *answer) {
    struct ntfs_runs runs = ntfs_runs_of(list, 0, 1 << 24);
    struct ntfs_run run;
    size_t n = 0, differ = 0;
    while (ntfs_runs_next(&runs, &run)) {
        assert_true(n < answer->count);
        const struct ntfs_run *other = &answer->runs[n++];
        assert_int_equal(run.vcn, other->vcn);
        assert_int_equal(run.count, other->count);
        assert_int_equal(run.sparse, other->sparse);
        differ += run.lcn != other->lcn;
    }
    assert_int_equal(runs.fault.code, FAULT_NONE);
    assert_int_equal(n, answer->count);
    return differ;
}

/* In the second vector a run behind a hole is counted from cluster 0 by omerbenamram/mft. By its source, the
 * Linux-NTFS documentation (Data Runs, example 3), it is counted from the last run that is no hole. */
static void vectors(void **state) {
    static struct answer answer;
    uint8_t list[LIST];
    size_t lists = 0, differ[8] = {0};
    (void)state;
    char *at = load("omerbenamram-mft/tests/test_data_run.rs");
    if (!at)
        skip();
    while ((at = strstr(at, "decode_data_runs(&[")) && lists < 8) {
        size_t size = bytes_of(&at, list);
        char *end = strstr(at, "assert_eq!");
        runs_of(at, end ? end : at + strlen(at), &answer);
        assert_true(answer.count > 0);
        differ[lists++] = compare(span_of(list, size, 0), &answer);
    }
    assert_int_equal(lists, 4);
    assert_int_equal(differ[0] + differ[2] + differ[3], 0);
    assert_int_equal(differ[1], 1);
}

/* The last vector once more, in the record that it comes from, where the list does not follow its header. */
static void run_list_at_its_offset(void **state) {
    static struct ntfs_record record;
    static uint8_t bytes[1024];
    struct ntfs_attribute attribute;
    size_t found = 0;
    (void)state;
    char *text = load("omerbenamram-mft/samples/entry_data_run_at_offset");
    if (!text)
        skip();
    memcpy(bytes, text, sizeof bytes);
    assert_int_equal(ntfs_record_open(bytes, sizeof bytes, 0, &record), NTFS_RECORD_FILE);
    struct ntfs_attributes it = ntfs_record_attributes(&record);
    while (ntfs_record_next(&it, &attribute)) {
        struct ntfs_nonresident data;
        struct ntfs_run run;
        if (attribute.type != NTFS_DATA || !ntfs_attribute_nonresident(&attribute, &data))
            continue;
        struct ntfs_runs runs = ntfs_runs_of(data.runs, data.lowest, 1 << 24);
        for (; ntfs_runs_next(&runs, &run); found++)
            assert_true(found > 0 || (run.sparse && run.lcn == 0 && run.count == 517248));
        assert_int_equal(runs.fault.code, FAULT_NONE);
    }
    assert_int_equal(found, 53);
}

/* Each number that follows `before`, with the one that follows `between`. */
static size_t pairs(char *at, const char *before, const char *between, struct answer *ret) {
    ret->count = 0;
    while (at && strstr(at, before)) {
        struct ntfs_run run = {.lcn = number_behind(&at, before)};
        run.count = number_behind(&at, between);
        ret->runs[ret->count++] = run;
        assert_true(ret->count < RUNS);
    }
    return ret->count;
}

static bool put_sector(int fd, uint64_t at) {
    char name[128];
    snprintf(name, sizeof name, "Velocidex-go-ntfs/tests/highly_fragmented_mft/0x%08llx.bin",
             (unsigned long long)at);
    const char *bytes = load(name);
    return bytes && pwrite(fd, bytes, 1024, (off_t)at) == 1024;
}

static void mft_of_many_runs(void **state) {
    static const uint64_t places[] = {0, 0xc0000000, 0xc0003c00, 0xc0004000, 0xc0004400, 0xca53a6000};
    static struct answer istat, upstream;
    static struct ntfs_mft mft;
    struct job job;
    (void)state;
    int fd = memfd_create("volume", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, (off_t)64 << 30), 0);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!put_sector(fd, places[i])) {
            close(fd);
            skip();
        }
    job_init(&job, (size_t)64 << 20);
    struct ntfs_index_input input = {
        .evidence = reader_of(fd, 0, (uint64_t)64 << 30), .size = (uint64_t)64 << 30, .memfd = -1};
    assert_true(ntfs_mft_open(&job, &input, &mft));
    assert_int_equal(job.noted, 0);
    assert_int_equal(mft.size, 7203717120u);
    char *text = load("Velocidex-go-ntfs/tests/highly_fragmented_mft/istat.txt");
    assert_non_null(text);
    text = strstr(text, "Type: $DATA (128-6)");
    *strstr(text + 1, "Type: ") = 0;
    pairs(text, "Staring address:", "length:", &istat);
    text = load("Velocidex-go-ntfs/tests/highly_fragmented_mft/fixtures/runs.golden");
    assert_non_null(text);
    pairs(strchr(text, '\n'), "DiskOffset", "Length", &upstream);
    print_message("# %u runs; istat %zu, go-ntfs %zu\n", mft.count, istat.count, upstream.count);
    assert_int_equal(mft.count, istat.count);
    assert_int_equal(mft.count, upstream.count);
    for (uint32_t i = 0; i < mft.count; i++) {
        assert_int_equal(mft.extents[i].cluster, istat.runs[i].lcn);
        assert_int_equal(mft.extents[i].count, istat.runs[i].count);
        assert_int_equal(mft.extents[i].cluster, upstream.runs[i].lcn);
        assert_int_equal(mft.extents[i].count, upstream.runs[i].count);
    }
    close(fd);
    job_reset(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(run_list_at_its_offset),
        cmocka_unit_test(mft_of_many_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
