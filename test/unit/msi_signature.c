/* The signature of an installer database: an empty one of relic's, signed with the digest of names. */
#include "format/msi_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t file[64 << 10];
static size_t file_size;
static struct digest *digest;

static size_t fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    (void)job;
    return span_copy(span_clip(*(const struct span *)context, offset, size), to, size);
}

static int prepare(void **state) {
    (void)state;
    FILE *in = fopen("fuzz/corpus/msi_signature/signed", "rb");
    if (!in || !digest_prepare() || !(digest = digest_new()))
        return -1;
    file_size = fread(file, 1, sizeof file, in);
    fclose(in);
    return file_size > 1000 ? 0 : -1;
}

struct answer {
    bool signed_at_all, told;
    enum msi_signature_names names;
    uint8_t value[DIGEST_MAX];
};

static struct answer ask(const uint8_t *bytes, size_t size, size_t memory) {
    struct answer ret = {.names = MSI_SIGNATURE_NO_NAMES};
    struct span span = span_of(bytes, size, 0);
    struct msi_signature found;
    struct olecf olecf;
    struct job job;
    job_init(&job, memory);
    ret.signed_at_all = olecf_open(&job, fetch, &span, size, &olecf) && msi_signature_find(&olecf, &found);
    ret.told = ret.signed_at_all &&
               msi_signature_digest(&olecf, &job, &found, DIGEST_SHA256, digest, ret.value, &ret.names);
    job_reset(&job);
    return ret;
}

static const uint8_t wanted[] = {0x48, 0x23, 0x29, 0x32, 0xd5, 0xff, 0x60, 0xd8};

static void as_it_is(void **state) {
    (void)state;
    struct answer answer = ask(file, file_size, 8 << 20);
    assert_true(answer.signed_at_all && answer.told);
    assert_int_equal(answer.names, MSI_SIGNATURE_NAMES_MATCH);
    assert_memory_equal(answer.value, wanted, sizeof wanted);
}

static void every_cut(void **state) {
    (void)state;
    for (size_t size = 0; size < file_size; size += size < 2048 ? 1 : 61) {
        uint8_t *cut = malloc(size + 1); /* so that a sanitizer sees what is read behind it */
        assert_non_null(cut);
        memcpy(cut, file, size);
        (void)ask(cut, size, 8 << 20);
        free(cut);
    }
}

/* Each byte in turn: either nothing is told any more, or what is told differs, or the byte is none that
 * counts. */
static void every_byte(void **state) {
    (void)state;
    size_t differ = 0, names = 0;
    for (size_t at = 0; at < file_size; at += at < 1024 ? 1 : 7) {
        file[at] ^= 0x15;
        struct answer answer = ask(file, file_size, 8 << 20);
        differ += answer.told && memcmp(answer.value, wanted, sizeof wanted) != 0;
        names += answer.told && answer.names == MSI_SIGNATURE_NAMES_DIFFER;
        file[at] ^= 0x15;
    }
    assert_true(differ > 500);
    assert_true(names > 20);
}

static void little_memory(void **state) {
    (void)state;
    for (size_t memory = 0; memory < 200000; memory += 5000)
        (void)ask(file, file_size, memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_it_is), cmocka_unit_test(every_cut),
                                       cmocka_unit_test(every_byte), cmocka_unit_test(little_memory)};
    return cmocka_run_group_tests(tests, prepare, NULL);
}
