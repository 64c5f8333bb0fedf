/* Real ZIP files, and what 7-Zip lists of them: paths, sizes, checksums; and every member that it could test
 * is read whole with a right CRC-32. */
#include "format/json.h"
#include "source/archive.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 8 << 20, MEMORY = 256 << 20, LINE = 1 << 20 };

static struct job memory, job;
static struct archive archive;
static struct archive_summary summary;
static struct archive_input input;
static struct archive_plan plan;
static struct archive_content content;
static uint8_t out[MOST];
static unsigned members, archives;
static bool renamed;

static const char *shared(const char *path) {
    static char whole[4096];
    const char *root = getenv("ASSAY_SHARED");
    snprintf(whole, sizeof whole, "%s/corpora/%s", root ? root : "../shared", path);
    return whole;
}

/* What 7-Zip says of one member. */
struct expected {
    char path[512], size[32], packed[32], crc[16], method[64];
    bool encrypted;
};

static bool key_into(struct json_token key, struct json_token value, struct expected *ret) {
    const struct {
        const char *key;
        char *to;
        size_t room;
    } fields[] = {{"Path", ret->path, sizeof ret->path},
                  {"Size", ret->size, sizeof ret->size},
                  {"Packed Size", ret->packed, sizeof ret->packed},
                  {"CRC", ret->crc, sizeof ret->crc},
                  {"Method", ret->method, sizeof ret->method}};
    struct text text = {0};
    if (value.kind == JSON_STRING)
        json_string(value, &text);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (json_is(key, fields[i].key))
            snprintf(fields[i].to, fields[i].room, "%s", text_string(&text));
    if (json_is(key, "Encrypted"))
        ret->encrypted = strcmp(text_string(&text), "+") == 0;
    text_free(&text);
    return true;
}

/* The next member of "entries"; false at their end. */
static bool expected_next(struct json *json, struct expected *ret) {
    struct json_token token, key = {.kind = JSON_END};
    memset(ret, 0, sizeof *ret);
    while (json_next(json, &token)) {
        if (token.kind == JSON_END)
            return token.depth == 2;
        if (token.kind == JSON_KEY)
            key = token;
        else if (token.kind != JSON_OBJECT && token.kind != JSON_ARRAY)
            key_into(key, token, ret);
    }
    return false;
}

static bool open_archive(const char *path) {
    int fd = open(shared(path), O_RDONLY | O_CLOEXEC), memfd = memfd_create("index", MFD_CLOEXEC);
    assert_true(fd >= 0 && memfd >= 0);
    input =
        (struct archive_input){.reader = reader_of(fd, 0, (uint64_t)lseek(fd, 0, SEEK_END)), .memfd = memfd};
    input.form = archive_sniff(&memory, input.reader);
    if (!archive_build(&job, &input, &summary))
        return false;
    assert_true(archive_open(memfd, &archive));
    close(memfd);
    return archive_plan(&memory, &archive, input.reader, 0, UINT32_MAX, &plan);
}

static void check_content(const struct expected *want, const struct archive_row *row, bool tested) {
    size_t size = (size_t)row->size;
    job_reset(&job);
    archive_content_open(&plan, &job, (uint32_t)(row - archive.rows), &content);
    if (row->flags & (ARCHIVE_ROW_DIRECTORY | ARCHIVE_ROW_SYMLINK))
        return;
    bool unread = want->encrypted || strncmp(want->method, "PPMd", 4) == 0;
    assert_int_equal(content.fault.code, unread ? FAULT_UNSUPPORTED : FAULT_NONE);
    if (unread || !tested || size > MOST)
        return;
    assert_int_equal(content.content.read(&content.content, &job, 0, out, size), size);
    if (job.noted > 0)
        print_message("%s: %s\n", want->path, job.notes[0].text);
    /* Local names of one archive were changed, so that the Unicode name has to be taken. */
    assert_true(job.noted == 0 || (renamed && strstr(job.notes[0].text, "another name")));
    members++;
}

static void check_row(const struct expected *want, const struct archive_row *row, bool tested) {
    struct span path = archive_path(&archive, row);
    bool plain = !strstr(want->path, "\357\277\275"); /* 7-Zip's answer lost what is not UTF-8 */
    if (plain)
        assert_memory_equal(path.data, want->path, path.size);
    if (!(row->flags & ARCHIVE_ROW_DIRECTORY)) {
        assert_int_equal(row->size, strtoull(want->size, NULL, 10));
        assert_int_equal(row->packed, strtoull(want->packed, NULL, 10));
    }
    if (want->crc[0])
        assert_int_equal(row->crc, strtoull(want->crc, NULL, 16));
    assert_int_equal((row->flags & ARCHIVE_ROW_ENCRYPTED) != 0, want->encrypted);
    check_content(want, row, tested);
}

static void check_archive(const char *path, bool tested, struct json *json) {
    struct expected want;
    job_reset(&memory);
    job_reset(&job);
    print_message("%s\n", path);
    bool opened = open_archive(path);
    renamed = strstr(path, "7075_utf8_paths") != NULL;
    uint32_t n = 0;
    while (expected_next(json, &want)) {
        if (!opened && job.fault.code == FAULT_UNSUPPORTED) /* 7-Zip shows what is masked in its stead */
            continue;
        assert_true(opened && n < archive.row_count);
        check_row(&want, &archive.rows[n++], tested);
    }
    if (opened)
        assert_int_equal(n, archive.row_count);
    archives += n > 0;
    archive_close(&archive);
    close(input.reader.fd);
}

/* One line of the summary: kind, path, results of list and test, then the members. */
static void check_line(const char *line, size_t size) {
    struct job own;
    struct json_token token, key = {.kind = JSON_END};
    char path[512] = "";
    bool zip = false, tested = false;
    job_init(&own, 65536);
    struct json json = json_of(&own, span_of(line, size, 0));
    while (json_next(&json, &token)) {
        if (token.kind == JSON_KEY)
            key = token;
        else if (json_is(key, "kind"))
            zip = json_is(token, "zip");
        else if (json_is(key, "path"))
            snprintf(path, sizeof path, "%.*s", (int)token.text.size, (const char *)token.text.data);
        else if (json_is(key, "7z_test_rc"))
            tested = json_is(token, "0");
        else if (zip && json_is(key, "entries") && token.kind == JSON_ARRAY)
            check_archive(path, tested, &json);
        if (token.kind != JSON_KEY)
            key.text.size = 0;
    }
    job_reset(&own);
}

static void as_7zip_lists_them(void **state) {
    static char line[LINE];
    FILE *file = fopen(shared("golden/summary.jsonl"), "rb");
    (void)state;
    if (!file) {
        print_message("skipped: no %s\n", shared("golden/summary.jsonl"));
        skip();
    }
    job_init(&memory, MEMORY);
    job_init(&job, MEMORY);
    while (fgets(line, sizeof line, file))
        check_line(line, strlen(line));
    fclose(file);
    job_reset(&memory);
    job_reset(&job);
    print_message("%u archives, %u members read\n", archives, members);
    assert_true(archives > 20 && members > 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_7zip_lists_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
