/* Packs as evidence: what is in them, in what they can be damaged, and what of them is told. The archives
 * were made by 7-Zip and lie with the corpus of the fuzz target, behind one byte that is its own. */
#include "base/digest.h"
#include "source/archive.h"
#include "source/packs.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char told[4096]; /* "path:size:what;" of each member, and "kind=value;" of each fact */

static void take_fact(void *context, const struct pack_fact *fact) {
    (void)context;
    size_t n = strlen(told);
    snprintf(told + n, sizeof told - n, "%s=%.*s;", fact->kind, (int)fact->value.size,
             (const char *)fact->value.data);
}

/* What a content is, shortly: its SHA-256's first bytes, or why there is none. */
static void tell_member(const struct archive *archive, struct archive_content *content, struct job *job) {
    static uint8_t bytes[65536];
    uint8_t digest[DIGEST_MAX];
    size_t n = strlen(told);
    struct span path = archive_path(archive, content->meta);
    n += (size_t)snprintf(told + n, sizeof told - n, "%.*s:%llu:", (int)path.size, (const char *)path.data,
                          (unsigned long long)content->meta->size);
    if (content->fault.code != FAULT_NONE) {
        snprintf(told + n, sizeof told - n, "%s;", content->fault.text);
        return;
    }
    size_t got = content->content.read(&content->content, job, 0, bytes, sizeof bytes);
    digest_once(DIGEST_SHA256, span_of(bytes, got, 0), digest);
    snprintf(told + n, sizeof told - n, "%02x%02x%02x%02x%s;", digest[0], digest[1], digest[2], digest[3],
             job->noted > 0 ? "!" : "");
}

static bool walk(struct evidence_reader reader, const char *format) {
    struct job job, item;
    struct archive archive;
    struct archive_plan plan;
    struct archive_summary summary;
    static struct archive_content content;
    struct archive_input input = {
        .reader = reader, .memfd = memfd_create("index", MFD_CLOEXEC), .fact = take_fact};
    told[0] = 0;
    job_init(&job, (size_t)512 << 20);
    job_init(&item, 1 << 20);
    input.form = archive_sniff(&job, reader);
    bool good = input.form.kind == ARCHIVE_PACK && strcmp(archive_form_name(input.form), format) == 0 &&
                archive_build(&job, &input, &summary);
    if (good) {
        assert_true(archive_open(input.memfd, &archive));
        assert_true(archive_plan(&job, &archive, reader, 0, UINT32_MAX, &plan));
        while (archive_next(&plan, &item, &content)) {
            tell_member(&archive, &content, &item);
            job_reset(&item);
        }
        archive_plan_end(&plan);
        archive_close(&archive);
    } else if (job.fault.code != FAULT_NONE)
        snprintf(told, sizeof told, "%s", job.fault.text);
    close(input.memfd);
    job_reset(&item);
    job_reset(&job);
    return good;
}

static struct evidence_reader reader_of_corpus(const char *name, int *fd) {
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "fuzz/corpus/archive/%s", name);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(*fd >= 0 && fstat(*fd, &st) == 0);
    return reader_of(*fd, 1, (uint64_t)st.st_size - 1);
}

static void expect(const char *name, const char *format, bool opens, const char *wanted) {
    int fd;
    struct evidence_reader reader = reader_of_corpus(name, &fd);
    assert_int_equal(walk(reader, format), opens);
    assert_string_equal(told, wanted);
    close(fd);
}

#define SEVEN "dir/empty:0:e3b0c442;code.bin:1800:f2a282e4;text.txt:1070:a4e92f2b;"

static void methods_of_7z(void **state) {
    (void)state;
    static const char *const names[] = {"7z-lzma",  "7z-lzma2",     "7z-bzip2", "7z-deflate",
                                        "7z-copy",  "7z-bcj",       "7z-bcj2",  "7z-bcjcopy",
                                        "7z-delta", "7z-plainhead", "7z-ppmd",  "7z-deflate64"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        expect(names[i], "7z", true, SEVEN);
}

static void what_is_not_undone(void **state) {
    (void)state;
    expect("7z-swap", "7z", true,
           "dir/empty:0:e3b0c442;code.bin:1800:packed in a way that is not undone;"
           "text.txt:1070:packed in a way that is not undone;");
    expect("7z-encrypted", "7z", true,
           "dir/empty:0:e3b0c442;code.bin:1800:encrypted (AES-256);text.txt:1070:encrypted (AES-256);");
    expect("7z-hidden", "7z", false, "encrypted (AES-256)");
}

static void an_asar(void **state) {
    (void)state;
    expect(
        "asar", "asar", true,
        "integrity=f27a71c9ea92af72ef6669ef7f7d50f0cffef8078212b6327738dabf4e4a11b0;integrity=3 of 3 files;"
        "package.json:19:2afa0f3c;lib/main.js:80:eb7c3564;bad.js:2:4355a46b!;");
}

/* Behind a program that unpacks itself; and programs that are none. */
static void behind_a_program(void **state) {
    (void)state;
    uint8_t head[1024] = "MZ", seven[4096];
    int fd, evidence = memfd_create("evidence", MFD_CLOEXEC);
    struct evidence_reader reader = reader_of_corpus("7z-lzma", &fd);
    struct job job;
    job_init(&job, 1 << 20);
    size_t size = reader_read(&reader, &job, 0, seven, (size_t)reader.size);
    head[0x3c] = 0x40;
    memcpy(head + 0x40, "PE\0\0", 4);
    head[0x46] = 1;                  /* a section */
    head[0x54] = 0xe0;               /* optional header */
    head[0x40 + 24 + 0xe0 + 17] = 2; /* 512 bytes at 512 */
    head[0x40 + 24 + 0xe0 + 21] = 2;
    assert_int_equal(write(evidence, head, sizeof head), sizeof head);
    assert_false(walk(reader_of(evidence, 0, sizeof head), "7z"));
    assert_int_equal(write(evidence, ";!@Install@!UTF-8!\n", 19), 19);
    assert_int_equal(write(evidence, seven, size), size);
    assert_true(walk(reader_of(evidence, 0, sizeof head + 19 + size), "7z"));
    assert_string_equal(told, SEVEN);
    assert_false(walk(reader_of(evidence, 0, sizeof head + 19 + 31), "7z"));
    close(fd);
    close(evidence);
    job_reset(&job);
}

static int made(const void *bytes, size_t size) {
    int evidence = memfd_create("evidence", MFD_CLOEXEC);
    assert_int_equal(write(evidence, bytes, size), size);
    return evidence;
}

static void a_package_of_debian(void **state) {
    (void)state;
    static const char deb[] = "!<arch>\n"
                              "debian-binary   1600000000  0     0     100644  4         `\n2.0\n"
                              "control.tar     1600000000  0     0     100644  3         `\nabc\n"
                              "data.tar        1600000000  0     0     100644  9         `\nabcd";
    int evidence = made(deb, sizeof deb - 1);
    assert_true(walk(reader_of(evidence, 0, sizeof deb - 1), "deb"));
    assert_string_equal(told, "debian-binary:4:d526eb4e;control.tar:3:ba7816bf;data.tar:9:88d4266f!;");
    for (size_t n = 0; n < sizeof deb; n++)
        (void)walk(reader_of(evidence, 0, n), "deb");
    close(evidence);
}

/* Every prefix, and each bit of the first part: no crash, no end; what is there still comes. */
static void damage(void **state) {
    (void)state;
    static const char *const names[] = {"7z-lzma2", "7z-bcj2", "7z-plainhead", "asar"};
    static uint8_t bytes[65536];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int fd, evidence = memfd_create("evidence", MFD_CLOEXEC);
        struct evidence_reader reader = reader_of_corpus(names[i], &fd);
        struct job job;
        job_init(&job, 1 << 20);
        size_t size = reader_read(&reader, &job, 0, bytes, (size_t)reader.size);
        const char *format = names[i][0] == 'a' ? "asar" : "7z";
        assert_int_equal(pwrite(evidence, bytes, size, 0), size);
        for (size_t n = 0; n < size; n += 1 + size / 400)
            (void)walk(reader_of(evidence, 0, n), format);
        for (size_t n = 0; n < size; n += 1 + size / 400) {
            uint8_t other = (uint8_t)(bytes[n] ^ 1u << n % 8);
            assert_int_equal(pwrite(evidence, &other, 1, (off_t)n), 1);
            (void)walk(reader_of(evidence, 0, size), format);
            assert_int_equal(pwrite(evidence, &bytes[n], 1, (off_t)n), 1);
        }
        close(fd);
        close(evidence);
        job_reset(&job);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(methods_of_7z),    cmocka_unit_test(what_is_not_undone),  cmocka_unit_test(an_asar),
        cmocka_unit_test(behind_a_program), cmocka_unit_test(a_package_of_debian), cmocka_unit_test(damage),
    };
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
