/* Archives as evidence: hostile ones first, then members read in every way. */
#include "source/archive.h"

#include "make/pack_made.h"
#include "make/tar_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 1 << 20, PLAIN = 200000, MEMORY = 256 << 20 };

static uint8_t bytes[SIZE], plain[PLAIN], out[SIZE], scratch[SIZE];
static struct zip_made made;
static struct tar_made tar;
static struct job memory, job;
static struct archive_input input;
static struct archive_summary summary;
static struct archive archive;
static struct archive_plan plan;
static struct archive_content content;
static int evidence = -1, memfd = -1;

static int setup(void **state) {
    (void)state;
    memset(bytes, 0, sizeof bytes);
    for (size_t i = 0; i < PLAIN; i++)
        plain[i] = (uint8_t)(i % 251 + i / 1000);
    made = (struct zip_made){.bytes = bytes, .size = SIZE};
    tar = (struct tar_made){.bytes = bytes, .size = SIZE};
    memset(&input, 0, sizeof input);
    job_reset(&memory); /* some tests begin several times */
    job_reset(&job);
    job_init(&memory, MEMORY);
    job_init(&job, MEMORY);
    return 0;
}

static void shut(void) {
    archive_plan_end(&plan);
    archive_close(&archive);
    if (evidence >= 0)
        close(evidence);
    if (memfd >= 0)
        close(memfd);
    evidence = memfd = -1;
    job_reset(&memory);
    job_reset(&job);
}

static int teardown(void **state) {
    (void)state;
    shut();
    return 0;
}

/* Evidence out of the first bytes; true if it has an index, which is then open, with a plan for all. */
static bool index_of(const uint8_t *from, size_t size) {
    shut();
    evidence = memfd_create("evidence", MFD_CLOEXEC);
    memfd = memfd_create("index", MFD_CLOEXEC);
    assert_true(evidence >= 0 && memfd >= 0);
    assert_int_equal(write(evidence, from, size), size);
    input.reader = reader_of(evidence, 0, size);
    input.memfd = memfd;
    input.form = archive_sniff(&memory, input.reader);
    assert_int_equal(memory.fault.code, FAULT_NONE);
    assert_int_equal(memory.noted, 0);
    if (!archive_build(&job, &input, &summary)) {
        assert_int_not_equal(job.fault.code, FAULT_NONE);
        return false;
    }
    assert_true(archive_open(memfd, &archive));
    assert_int_equal(archive.row_count, summary.rows);
    assert_int_equal(archive.order_count, summary.files);
    assert_true(archive_plan(&memory, &archive, input.reader, 0, UINT32_MAX, &plan));
    return true;
}

static size_t ended(void) {
    return zip_made_end(&made);
}

/* All of the current content, in parts. */
static size_t drain(size_t part) {
    size_t done = 0, got = 1;
    while (done < content.content.size && got > 0) {
        size_t want = content.content.size - done < part ? (size_t)(content.content.size - done) : part;
        got = content.content.read(&content.content, &job, done, out + done, want);
        done += got;
    }
    return done;
}

static bool has_note(enum fault_code code, const char *words) {
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        if (job.notes[i].code == code && strstr(job.notes[i].text, words))
            return true;
    return false;
}

static const char *path(uint32_t row) {
    static char text[256];
    struct span span = archive_path(&archive, archive_row(&archive, row));
    text[span_copy(span, text, sizeof text - 1)] = 0;
    return text;
}

/* --- misuse --- */

static void what_is_no_archive(void **state) {
    (void)state;
    assert_false(index_of(bytes, 0));
    assert_int_equal(job.fault.code, FAULT_UNSUPPORTED);
    assert_false(index_of(plain, 5000));
    assert_false(index_of(bytes, 5000));
    assert_string_equal(archive_form_name(input.form), "");
    assert_false(archive_suspect(span_of(plain, 5000, 0)));
    zip_made_add(&made, "a", 0, "text", 4);
    assert_false(index_of(bytes, made.at)); /* without its end */
    assert_int_equal(job.fault.code, FAULT_TORN);
    assert_int_equal(input.form.kind, ARCHIVE_ZIP);
}

static void read_changed(void) {
    struct archive other;
    struct archive_plan another;
    if (!archive_open(memfd, &other))
        return;
    job_reset(&job);
    assert_true(archive_plan(&job, &other, input.reader, 0, UINT32_MAX, &another));
    for (int n = 0; n < 8 && archive_next(&another, &job, &content); n++) {
        (void)archive_name(&other, content.meta);
        (void)archive_folder(&other, content.meta);
        (void)archive_reason(&other, content.meta);
        (void)content.content.read(&content.content, &job, 0, out, 6000);
    }
    archive_plan_end(&another);
    archive_close(&other);
}

/* Changes every byte of a part of the index. */
static void change(const void *from, size_t size) {
    off_t start = (const uint8_t *)from - archive.map.data;
    for (off_t at = start; at < start + (off_t)size; at++) {
        uint8_t old = archive.map.data[at];
        const uint8_t new[] = {(uint8_t)(old ^ 1), 0xff, 0x7f, 0};
        for (size_t i = 0; i < sizeof new; i++) {
            assert_int_equal(pwrite(memfd, &new[i], 1, at), 1);
            read_changed();
        }
        assert_int_equal(pwrite(memfd, &old, 1, at), 1);
    }
}

static void an_index_is_not_trusted(void **state) {
    static const char index[] =
        "[{\"length\":10000},{\"original_offset\":10000,\"length\":100,\"file_length\":100}]";
    (void)state;
    zip_made_add(&made, "a", 8, plain, 5000);
    zip_made_add(&made, "b", 0, plain, 100);
    zip_made_add(&made, "b.idx", 0, index, sizeof index - 1);
    assert_true(index_of(bytes, ended()));
    assert_int_equal(archive.range_count, 1);
    change(archive.map.data, 400);
    change(archive.rows, 3 * sizeof *archive.rows);
    change(archive.order, 3 * sizeof *archive.order);
    change(archive.ranges, sizeof *archive.ranges);
    change(archive.names.data, archive.names.size);
    struct archive other;
    for (off_t n = 0; n < 8000; n += 100) {
        assert_int_equal(ftruncate(memfd, n), 0);
        assert_false(archive_open(memfd, &other));
    }
}

static void paths_that_lead_out_are_made_harmless(void **state) {
    static const struct {
        const char *name, *want;
        bool unsafe;
    } cases[] = {{"/etc/passwd", "etc/passwd", true},
                 {"../../x", "../../x", true},
                 {"C:\\Windows\\x", "C:/Windows/x", true},
                 {"\\\\server\\share\\x", "server/share/x", true},
                 {"a\\b\\c", "a/b/c", false},
                 {"./a//b/./c", "a/b/c", false},
                 {"a/../b", "a/../b", true},
                 {"a..b/..c", "a..b/..c", false},
                 {"a/C:/x", "a/C:/x", false},
                 {"", "", false},
                 {"///", "", true}};
    (void)state;
    size_t count = sizeof cases / sizeof *cases;
    for (size_t i = 0; i < count; i++)
        zip_made_add(&made, cases[i].name, 0, "", 0);
    assert_true(index_of(bytes, ended()));
    assert_int_equal(summary.unsafe, 6);
    unsigned notes = 0;
    for (size_t i = 0; i < job.noted; i++)
        notes += strstr(job.notes[i].text, "leads out") != NULL;
    assert_int_equal(notes, 1);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(path((uint32_t)i), cases[i].want);
        assert_int_equal((archive.rows[i].flags & ARCHIVE_ROW_UNSAFE) != 0, cases[i].unsafe);
    }
}

static void same_names_are_kept_and_told(void **state) {
    (void)state;
    zip_made_add(&made, "x", 0, "one", 3);
    zip_made_add(&made, "y", 0, "two", 3);
    zip_made_add(&made, "./x", 0, "three", 5);
    assert_true(index_of(bytes, ended()));
    assert_int_equal(summary.duplicates, 1);
    assert_true(archive.rows[2].flags & ARCHIVE_ROW_DUPLICATE);
    assert_true(has_note(FAULT_BAD, "same path"));
    for (int i = 0; i < 3; i++)
        assert_true(archive_next(&plan, &job, &content));
    assert_int_equal(drain(100), 5);
}

static void members_that_share_bytes(void **state) {
    (void)state;
    struct zip_made_member *first = zip_made_add(&made, "a", 8, plain, PLAIN);
    for (int i = 0; i < 10; i++)
        made.members[made.count++] = *first;
    zip_made_add(&made, "alone", 0, "text", 4);
    size_t size = ended();
    input.caps.suspect = 5 * PLAIN;
    assert_true(index_of(bytes, size));
    assert_int_equal(summary.shared, 11);
    assert_int_equal(summary.refused, 6);
    assert_true(has_note(FAULT_BAD, "share their bytes") &&
                has_note(FAULT_LIMIT, "not unpacked any further"));
    unsigned read = 0, refused = 0;
    while (archive_next(&plan, &job, &content)) {
        read += content.fault.code == FAULT_NONE;
        refused += content.fault.code == FAULT_LIMIT;
    }
    assert_int_equal(read, 6);
    assert_int_equal(refused, 6);
    assert_false(archive.rows[11].flags & ARCHIVE_ROW_SHARED);
}

/* One member that begins inside another, with the directory in any order. */
static void members_that_overlap_out_of_order(void **state) {
    (void)state;
    zip_made_add(&made, "c", 0, plain, 3000);
    zip_made_add(&made, "b", 0, plain, 3000);
    zip_made_add(&made, "a", 0, plain, 3000);
    struct zip_made_member third = made.members[2];
    made.members[2] = made.members[0];
    made.members[0] = third;
    assert_true(index_of(bytes, ended()));
    assert_int_equal(summary.shared, 0);
    setup(NULL);
    zip_made_add(&made, "c", 0, plain, 3000)->packed += 40;
    zip_made_add(&made, "b", 0, plain, 3000);
    third = made.members[1];
    made.members[1] = made.members[0];
    made.members[0] = third;
    assert_true(index_of(bytes, ended()));
    assert_int_equal(summary.shared, 2);
}

static void sizes_that_cannot_be(void **state) {
    (void)state;
    zip_made_add(&made, "grows", 8, plain, 5000)->size = 1ull << 31;
    zip_made_add(&made, "more", 8, plain, 5000)->size = 4999;
    zip_made_add(&made, "less", 8, plain, 5000)->size = 5001;
    zip_made_add(&made, "stored", 0, plain, 5000)->size = 6000;
    zip_made_add(&made, "short", 0, plain, 5000)->packed = 4000;
    size_t size = ended();
    input.caps.suspect = 1 << 30;
    assert_true(index_of(bytes, size));
    assert_int_equal(summary.grows, 1);
    assert_int_equal(summary.refused, 1);
    assert_true(has_note(FAULT_BAD, "cannot come out"));
    input.caps.suspect = 0;
    assert_true(index_of(bytes, size));
    static const size_t want[] = {5000, 4999, 5000, 5000, 4000};
    static const char *const words[] = {"fewer bytes than it says", "more bytes than it says",
                                        "fewer bytes than it says", "in fewer bytes than it says",
                                        "in fewer bytes than it says"};
    for (int i = 0; i < 5; i++) {
        job_reset(&job);
        assert_true(archive_next(&plan, &job, &content));
        assert_int_equal(drain(SIZE), want[i]);
        assert_true(has_note(FAULT_BAD, words[i]));
    }
}

static void what_cannot_be_read_has_a_reason(void **state) {
    (void)state;
    zip_made_add(&made, "secret", 0, plain, 100)->flags = 1;
    zip_made_add(&made, "old", 0, plain, 100)->method = 6;
    zip_made_add(&made, "ppmd", 0, plain, 100)->method = 98;
    zip_made_add(&made, "odd", 0, plain, 100)->method = 4242;
    zip_made_add(&made, "nowhere", 0, plain, 100)->local = 1 << 30;
    zip_made_add(&made, "no header", 0, plain, 100)->local++;
    zip_made_add(&made, "folder/", 0, "", 0);
    assert_true(index_of(bytes, ended()));
    static const struct {
        enum fault_code code;
        const char *words;
    } want[] = {{FAULT_UNSUPPORTED, "encrypted (traditional"},
                {FAULT_UNSUPPORTED, "imploding"},
                {FAULT_UNSUPPORTED, "PPMd"},
                {FAULT_UNSUPPORTED, "a method that is not read"},
                {FAULT_BAD, "outside of the archive"},
                {FAULT_BAD, "no local header"}};
    assert_int_equal(summary.encrypted, 1);
    assert_int_equal(summary.unsupported, 3);
    assert_int_equal(summary.files, 6);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_true(archive_next(&plan, &job, &content));
        assert_int_equal(content.fault.code, want[i].code);
        assert_non_null(strstr(content.fault.text, want[i].words));
        assert_int_equal(content.content.size, 0);
        assert_int_equal(content.content.read(&content.content, &job, 0, out, 10), 0);
    }
    assert_false(archive_next(&plan, &job, &content));
    archive_content_open(&plan, &job, 6, &content);
    assert_int_equal(content.fault.code, FAULT_UNSUPPORTED);
    archive_content_open(&plan, &job, 99, &content);
    assert_int_equal(content.fault.code, FAULT_BAD);
}

static void a_wrong_checksum_is_told_at_the_end(void **state) {
    (void)state;
    for (int method = 0; method <= 8; method += 8) {
        setup(NULL);
        zip_made_add(&made, "a", method, plain, 50000)->crc ^= 1;
        assert_true(index_of(bytes, ended()));
        assert_true(archive_next(&plan, &job, &content));
        assert_int_equal(content.content.read(&content.content, &job, 0, out, 49999), 49999);
        assert_int_equal(job.noted, 0);
        assert_int_equal(content.content.read(&content.content, &job, 49999, out, 1), 1);
        assert_true(has_note(FAULT_BAD, "CRC-32"));
        assert_int_equal(job.notes[0].offset, 50000);
    }
}

static void too_many_members(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++)
        zip_made_add(&made, "x", 0, "", 0);
    input.caps.members = 7;
    assert_true(index_of(bytes, ended()));
    assert_int_equal(summary.rows, 7);
    assert_int_equal(summary.claimed, 20);
    assert_true(has_note(FAULT_LIMIT, "more members"));
}

static void a_path_beyond_measure_is_cut(void **state) {
    static char name[60000];
    (void)state;
    memset(name, 'n', sizeof name - 1);
    for (size_t i = 100; i < sizeof name - 1; i += 100)
        name[i] = '/';
    zip_made_add(&made, name, 0, "text", 4);
    assert_true(index_of(bytes, ended()));
    assert_true(archive.rows[0].flags & ARCHIVE_ROW_CUT);
    assert_true(archive.rows[0].name_size <= ARCHIVE_NAME && archive.rows[0].name_size > ARCHIVE_NAME - 200);
    assert_true(has_note(FAULT_LIMIT, "longer than is kept"));
    assert_true(archive_next(&plan, &job, &content));
    assert_int_equal(drain(10), 4);
    assert_int_equal(content.fault.code, FAULT_NONE);
}

/* A small archive of both kinds: any prefix and any bit, all of it read. */
static void read_all(void) {
    while (archive_next(&plan, &job, &content))
        if (content.fault.code == FAULT_NONE && content.content.size <= SIZE)
            (void)drain(3000);
}

static void every_prefix_and_every_bit(void **state) {
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        setup(NULL);
        size_t size;
        const uint8_t *from = bytes;
        if (kind == 0) {
            zip_made_add(&made, "a\\b", 8, plain, 4000);
            zip_made_add(&made, "a\\b.idx", 0, "{\"ranges\":[{\"length\":4000,\"file_length\":4000}]}", 47);
            size = ended();
        } else {
            tar_made_add(&tar, "a", '0', plain, 300);
            size = tar_made_end(&tar);
        }
        if (kind == 2) {
            size = pack_made_gzip(bytes, size, scratch, SIZE);
            from = scratch;
        }
        for (size_t n = 0; n < size; n += 1 + n % 3)
            if (index_of(from, n))
                read_all();
        for (size_t bit = 0; bit < 8 * size; bit += 1 + bit % (kind == 1 ? 61 : 7)) {
            uint8_t *at = (kind == 2 ? scratch : bytes) + bit / 8;
            *at ^= (uint8_t)(1u << bit % 8);
            if (index_of(from, size))
                read_all();
            *at ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void reading_backwards_has_an_end(void **state) {
    (void)state;
    zip_made_add(&made, "a", 8, plain, PLAIN);
    assert_true(index_of(bytes, ended()));
    assert_true(archive_next(&plan, &job, &content));
    unsigned good = 0;
    for (int i = 0; i < 40; i++) {
        good += content.content.read(&content.content, &job, 150000, out, 100) == 100;
        (void)content.content.read(&content.content, &job, 5000, out, 100);
    }
    assert_true(good >= ARCHIVE_RESTARTS / 2 && good < 40);
    assert_true(has_note(FAULT_LIMIT, "read backwards"));
}

static void a_tar_that_grows_beyond_measure(void **state) {
    (void)state;
    static const uint8_t zeros[100000];
    for (int i = 0; i < 10; i++)
        tar_made_add(&tar, "zeros", '0', zeros, sizeof zeros);
    (void)tar_made_end(&tar);
    size_t size = pack_made(INFLATE_ZSTD, bytes, tar.at, scratch, SIZE);
    input.caps.suspect = 100000;
    input.caps.ratio = 10;
    assert_true(index_of(scratch, size));
    assert_true(summary.rows < 10);
    assert_true(has_note(FAULT_LIMIT, "grows beyond measure"));
    read_all();
}

static void a_packed_tar_that_is_torn(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++)
        tar_made_add(&tar, "member", '0', plain + 1000 * i, 60000);
    size_t size = pack_made_gzip(bytes, tar_made_end(&tar), scratch, SIZE);
    assert_true(index_of(scratch, size / 2));
    assert_true(summary.rows >= 1);
    bool told = false;
    while (archive_next(&plan, &job, &content)) {
        job_reset(&job);
        size_t got = drain(5000);
        told |= got < 60000;
        assert_true(got == 60000 || job.noted > 0 || content.content.head.size < 4096);
    }
    assert_true(told);
}

/* --- use --- */

static void members_are_read_in_every_way(void **state) {
    static const size_t parts[] = {1, 100, 4096, 5000, SIZE};
    (void)state;
    for (int method = 0; method < INFLATE_FILTERED; method++) {
        static const uint16_t numbers[] = {0, 8, 0, 95, 93, 12, 14};
        if (method == INFLATE_GZIP)
            continue;
        setup(NULL);
        struct zip_made_member *member = zip_made_add(&made, "a/b", 0, plain, 60000);
        size_t packed = pack_made((enum inflate_method)method, plain, 60000, bytes + made.at - 60000, 100000);
        made.at += packed - 60000;
        member->packed = packed;
        member->method = numbers[method];
        bytes[8] = (uint8_t)numbers[method];
        zip_made_add(&made, "next", 8, "text", 4);
        assert_true(index_of(bytes, ended()));
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            archive_content_open(&plan, &job, 0, &content);
            assert_int_equal(content.fault.code, FAULT_NONE);
            assert_int_equal(content.content.head.size, CONTENT_HEAD);
            assert_int_equal(drain(parts[i]), 60000);
            assert_memory_equal(out, plain, 60000);
            assert_int_equal(job.noted, 0);
        }
        assert_int_equal(content.content.read(&content.content, &job, 59990, out, 100), 10);
        assert_int_equal(content.content.read(&content.content, &job, 70000, out, 100), 0);
    }
}

static void reading_forward_reads_once(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++)
        zip_made_add(&made, "x", i % 2 ? 8 : 0, plain, 60000);
    size_t size = ended();
    assert_true(index_of(bytes, size));
    unsigned n = 0;
    while (archive_next(&plan, &job, &content)) {
        assert_int_equal(drain(10000), 60000);
        assert_memory_equal(out, plain, 60000);
        n++;
    }
    assert_int_equal(n, 6);
    assert_true(plan.reader.bytes_read <= size);
}

static void rows_say_what_the_archive_says(void **state) {
    (void)state;
    zip_made_add(&made, "C\\Windows\\notepad.exe", 8, plain, 5000);
    struct zip_made_member *link = zip_made_add(&made, "etc/link", 0, "x", 1);
    link->host = 3;
    link->attributes = 0120777u << 16;
    zip_made_add(&made, "d/", 0, "", 0);
    zip_made_add(&made, "inner.ZIP", 0, "x", 1);
    assert_true(index_of(bytes, ended()));
    assert_int_equal(summary.rows, 4);
    assert_int_equal(summary.files, 2);
    assert_int_equal(summary.directories, 1);
    assert_int_equal(summary.nested, 1);
    assert_int_equal(summary.kind, ARCHIVE_ZIP);
    assert_int_equal(summary.sequential, 0);
    const struct archive_row *row = archive_row(&archive, 0);
    assert_string_equal(path(0), "C/Windows/notepad.exe");
    assert_true(span_equal(archive_name(&archive, row), span_of("notepad.exe", 11, 0)));
    assert_true(span_equal(archive_folder(&archive, row), span_of("C/Windows", 9, 0)));
    assert_int_equal(row->flags, ARCHIVE_ROW_LOCAL | ARCHIVE_ROW_BACKSLASH);
    assert_true(row->times[1] > 0 && row->times[0] == 0);
    assert_int_equal(archive_folder(&archive, archive_row(&archive, 3)).size, 0);
    assert_int_equal(archive_ordered(&archive, 0), 0);
    assert_int_equal(archive_ordered(&archive, 1), 3);
    assert_true(archive_ordered(&archive, 2) == ARCHIVE_NONE);
    assert_null(archive_row(&archive, 4));
    assert_true(archive.rows[1].flags & ARCHIVE_ROW_SYMLINK);
    assert_int_equal(archive.rows[1].mode, 0120777);
}

static void a_zip_behind_a_program(void **state) {
    (void)state;
    memcpy(bytes, "MZ", 2);
    made.at = made.shift = 5000;
    zip_made_add(&made, "a", 8, plain, 5000);
    assert_true(index_of(bytes, ended()));
    assert_true(input.form.prefixed);
    assert_int_equal(summary.shift, 5000);
    assert_true(archive_next(&plan, &job, &content));
    assert_int_equal(drain(SIZE), 5000);
    assert_int_equal(job.noted, 0);
}

/* Holes of a sparse copy come back as zeros that are told. */
static void sparse_copies_are_restored(void **state) {
    static const char index[] =
        "{\"ranges\":[{\"file_offset\":0,\"original_offset\":0,\"file_length\":0,\"length\":1000000},"
        "{\"original_offset\":\"1000000\",\"file_length\":\"30000\",\"length\":\"30000\"},"
        "{\"file_offset\":30000,\"original_offset\":1030000,\"length\":5000},"
        "{\"file_offset\":30000,\"original_offset\":1035000,\"file_length\":20000,\"length\":20000}]}";
    (void)state;
    for (int method = 0; method <= 8; method += 8) {
        setup(NULL);
        zip_made_add(&made, "$J.idx", method, index, sizeof index - 1);
        zip_made_add(&made, "$J", method, plain, 50000);
        zip_made_add(&made, "x.idx", method, index, sizeof index - 1);
        zip_made_add(&made, "y", 0, "y", 1);
        zip_made_add(&made, "y.idx", 0, "not JSON", 8);
        assert_true(index_of(bytes, ended()));
        assert_int_equal(summary.sparse, 1);
        assert_int_equal(job.noted, 0);
        assert_true(archive.rows[0].flags & ARCHIVE_ROW_INDEX);
        assert_true(archive.rows[1].flags & ARCHIVE_ROW_SPARSE);
        assert_int_equal(archive.rows[1].size, 1055000);
        assert_int_equal(archive.rows[1].unpacked, 50000);
        archive_content_open(&plan, &job, 1, &content);
        struct content *c = &content.content;
        assert_int_equal(c->size, 1055000);
        assert_true(span_is_zero(c->head) && c->head.size == CONTENT_HEAD);
        assert_int_equal(c->data(c, 0), 1000000);
        assert_int_equal(c->data(c, 1029999), 1029999);
        assert_int_equal(c->data(c, 1030000), 1035000);
        assert_int_equal(c->data(c, 2000000), 1055000);
        assert_int_equal(c->read(c, &job, 999000, out, 60000), 56000);
        assert_true(span_is_zero(span_of(out, 1000, 0)));
        assert_memory_equal(out + 1000, plain, 30000);
        assert_true(span_is_zero(span_of(out + 31000, 5000, 0)));
        assert_memory_equal(out + 36000, plain + 30000, 20000);
        assert_int_equal(job.noted, 0);
    }
}

static void tars_plain_and_packed(void **state) {
    (void)state;
    for (int method = 0; method < INFLATE_LZMA; method++) {
        static const char *const names[] = {"tar", "", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"};
        if (method == INFLATE_DEFLATE)
            continue;
        setup(NULL);
        tar_made_add(&tar, "./[root]/etc/passwd", '0', plain, 60000);
        tar_made_add(&tar, "folder", '5', "", 0);
        tar_made_add(&tar, "link", '2', "", 0);
        tar_made_add(&tar, "a\\b", '0', plain + 500, 60000);
        tar_made_add(&tar, "empty", '0', "", 0);
        size_t size = tar_made_end(&tar);
        size = pack_made((enum inflate_method)method, bytes, size, scratch, SIZE);
        assert_true(archive_suspect(span_of(scratch, size, 0)));
        assert_true(index_of(scratch, size));
        assert_string_equal(archive_form_name(input.form), names[method]);
        assert_int_equal(summary.sequential, method != 0);
        assert_int_equal(summary.rows, 5);
        assert_int_equal(summary.files, 3);
        assert_string_equal(path(0), "[root]/etc/passwd");
        assert_string_equal(path(3), "a\\\\b");
        for (int turn = 0; turn < 2; turn++) { /* the second one begins again */
            assert_true(archive_plan(&memory, &archive, input.reader, 0, 3, &plan));
            assert_true(archive_next(&plan, &job, &content));
            assert_int_equal(drain(7000), 60000);
            assert_memory_equal(out, plain, 60000);
            assert_true(archive_next(&plan, &job, &content));
            assert_int_equal(drain(7000), 60000);
            assert_memory_equal(out, plain + 500, 60000);
            assert_true(archive_next(&plan, &job, &content));
            assert_int_equal(content.content.size, 0);
            assert_false(archive_next(&plan, &job, &content));
        }
        archive_content_open(&plan, &job, 3, &content); /* and out of order */
        assert_int_equal(drain(SIZE), 60000);
        archive_content_open(&plan, &job, 0, &content);
        assert_int_equal(drain(SIZE), 60000);
        assert_memory_equal(out, plain, 60000);
        assert_true(archive_plan(&memory, &archive, input.reader, 1, 2, &plan));
        assert_true(archive_next(&plan, &job, &content));
        assert_int_equal(content.row, 3);
        assert_int_equal(drain(SIZE), 60000);
        assert_false(archive_next(&plan, &job, &content));
        assert_int_equal(job.noted, 0);
    }
}

static void an_index_of_ranges_is_not_trusted(void **state) {
    static const char *const bad[] = {
        "{\"ranges\":[{\"original_offset\":10,\"file_length\":10,\"length\":10},{\"original_offset\":15,\"length\":1}]}",
        "{\"ranges\":[{\"length\":10,\"file_length\":10},{\"original_offset\":10,\"length\":10,\"file_length\":10}]}",
        "{\"ranges\":[{\"length\":-1}]}",
        "{\"ranges\":[{\"length\":18446744073709551615}]}",
        "{\"ranges\":[{\"original_offset\":9223372036854775807,\"length\":1}]}",
        "{\"ranges\":[]}",
        "{\"ranges\":[{\"length\":1}",
        "[1,2]"};
    struct sparse_range ranges[4];
    uint32_t count;
    uint64_t size;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        job_reset(&job);
        assert_false(sparse_read(&job, span_of(bad[i], strlen(bad[i]), 0), ranges, 4, &count, &size));
        assert_int_not_equal(job.fault.code, FAULT_NONE);
    }
    job_reset(&job);
    static const char good[] = "[{\"file_offset\":0,\"original_offset\":5,\"file_length\":3,\"length\":10}]";
    assert_true(sparse_read(&job, span_of(good, sizeof good - 1, 0), ranges, 4, &count, &size));
    assert_true(count == 1 && size == 15 && ranges[0].present == 3);
    assert_false(sparse_read(&job, span_of(good, sizeof good - 1, 0), ranges, 0, &count, &size));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    zip_made_add(&made, "y", 0, "y", 1);
    zip_made_add(&made, "y.idx", 0, bad[0], strlen(bad[0]));
    assert_true(index_of(bytes, ended()));
    assert_int_equal(summary.sparse, 0);
    assert_true(has_note(FAULT_BAD, "overlap"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_archive, setup, teardown),
        cmocka_unit_test_setup_teardown(an_index_is_not_trusted, setup, teardown),
        cmocka_unit_test_setup_teardown(paths_that_lead_out_are_made_harmless, setup, teardown),
        cmocka_unit_test_setup_teardown(same_names_are_kept_and_told, setup, teardown),
        cmocka_unit_test_setup_teardown(members_that_share_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(members_that_overlap_out_of_order, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_that_cannot_be, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_has_a_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_checksum_is_told_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_members, setup, teardown),
        cmocka_unit_test_setup_teardown(a_path_beyond_measure_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(every_prefix_and_every_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_backwards_has_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tar_that_grows_beyond_measure, setup, teardown),
        cmocka_unit_test_setup_teardown(a_packed_tar_that_is_torn, setup, teardown),
        cmocka_unit_test_setup_teardown(an_index_of_ranges_is_not_trusted, setup, teardown),
        cmocka_unit_test_setup_teardown(members_are_read_in_every_way, setup, teardown),
        cmocka_unit_test_setup_teardown(reading_forward_reads_once, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_say_what_the_archive_says, setup, teardown),
        cmocka_unit_test_setup_teardown(a_zip_behind_a_program, setup, teardown),
        cmocka_unit_test_setup_teardown(sparse_copies_are_restored, setup, teardown),
        cmocka_unit_test_setup_teardown(tars_plain_and_packed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
