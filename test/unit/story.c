/* The story: hostile texts, hostile cases, then what is told and how much of it. */
#include "report/story.h"

#include "unit/case_made.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static char *told; /* of the last story */

/* What one story says; empty if it could not be told. */
static const char *tell(struct casefile *c, const struct story_options *options) {
    struct output output;
    int fd = memfd_create("story", MFD_CLOEXEC);
    assert_true(fd >= 0);
    output_init(&output, fd);
    bool ok = story_print(c, options, &output);
    assert_true(output_end(&output));
    free(told);
    told = calloc(1, (size_t)output.written + 1);
    assert_non_null(told);
    assert_int_equal(pread(fd, told, (size_t)output.written, 0), output.written);
    close(fd);
    assert_true(ok);
    return told;
}

static const char *plainly(struct casefile *c) {
    return tell(c, &(struct story_options){0});
}

static size_t count(const char *text, const char *word) {
    size_t n = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        n++;
    return n;
}

static int forget(void **state) {
    (void)state;
    free(told);
    told = NULL;
    return 0;
}

static void texts_that_would_act(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct casefile_evidence evidence = {.id = 3,
                                         .path = MADE_NASTY,
                                         .kind = MADE_NASTY,
                                         .state = "bad",
                                         .reason = MADE_NASTY,
                                         .container = MADE_NASTY,
                                         .host = MADE_NASTY};
    assert_true(casefile_evidence(c, &evidence));
    struct casefile_volume volume = {
        .id = 2, .evidence = 3, .ordinal = 1, .kind = MADE_NASTY, .label = MADE_NASTY, .drive = MADE_NASTY};
    assert_true(casefile_volume(c, &volume));
    struct listing listing = made_listing("/" MADE_NASTY, MADE_NASTY);
    listing.stream = MADE_NASTY;
    listing.stream_size = strlen(MADE_NASTY);
    assert_true(casefile_artifact(c, 1, &listing, span_of("", 0, 0), "read", NULL));
    assert_true(casefile_path(c, 1, &listing));
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, MADE_NASTY);
    finding.details[0] = (struct finding_detail){MADE_NASTY, MADE_NASTY};
    finding.detail_count = 1;
    struct casefile_reference reference = {1, MADE_NASTY};
    assert_true(casefile_finding(c, (struct casefile_place){.artifact = 1}, &finding, &reference, 1));
    assert_true(casefile_coverage(c, 1, 0, "skipped", MADE_NASTY, 1, 1));
    assert_true(casefile_finish(c, MADE_NASTY));
    made_is_tame(plainly(c));
    assert_true(count(told, "=cmd\\x1B[31m\\u{202E}") >= 10);
    assert_null(strchr(told, '\r'));
    casefile_close(c);
}

/* Rows that a sound scan never writes, as a stranger's case may hold them. */
static void cells_that_lie(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_true(db_run(
        casefile_db(c),
        "INSERT INTO finding VALUES (-5, NULL, NULL, NULL, NULL, 99, -3, -1, -1, NULL, NULL),"
        "(9223372036854775807, 77, 88, 99, 'gone', -1, 99, 9223372036854775807, 9223372036854775807, 's', x'00'),"
        "(3, 1, NULL, NULL, 'hidden', 3, 1, NULL, NULL, CAST(x'ff00fe1b5b' AS TEXT), zeroblob(5000));"
        "INSERT INTO artifact(id, evidence, volume, folder, record) VALUES (1, -1, -1, -1, -1);"
        "INSERT INTO evidence(id, size, media_size, stored_md5, host) VALUES (-1, -1, -1, zeroblob(3), 'h');"
        "INSERT INTO coverage VALUES (NULL, NULL, NULL, NULL, NULL, NULL), (1, 1, 'seen', 'x', -1, -1);"
        "INSERT INTO finding_reference VALUES (3, NULL, NULL);"
        "INSERT INTO finding_detail VALUES (3, NULL, NULL)"));
    made_is_tame(tell(c, &(struct story_options){.all = true}));
    made_is_tame(plainly(c));
    struct output output;
    bool found;
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    output_init(&output, fd);
    assert_true(story_finding(c, INT64_MAX, &(struct story_options){0}, &output, &found) && found);
    assert_true(story_finding(c, UINT64_MAX, &(struct story_options){0}, &output, &found) && !found);
    assert_true(story_finding(c, 0, &(struct story_options){0}, &output, &found) && !found);
    assert_true(output_end(&output));
    close(fd);
    casefile_close(c);
}

static void output_that_fails(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct output output;
    assert_true(casefile_finish(c, NULL));
    output_init(&output, -1);
    bool good = story_print(c, &(struct story_options){0}, &output);
    assert_false(output_end(&output) && good);
    casefile_close(c);
}

static struct casefile *many(unsigned findings, unsigned infos) {
    struct casefile *c = made_case(NULL);
    for (unsigned i = 1; i <= findings + infos; i++) {
        char name[32], summary[32];
        snprintf(name, sizeof name, "file-%u.dll", i);
        snprintf(summary, sizeof summary, "summary %u.", i);
        made_artifact(c, i, "/Windows", name);
        struct finding finding =
            made_finding(i <= findings ? SEVERITY_HIGH : SEVERITY_INFO, STRENGTH_FIRM, summary);
        finding.offset = 4096;
        finding.size = 4102;
        finding.excerpt = span_of("0123456789abcdef", 16, 4096);
        made_report(c, i, &finding);
    }
    assert_true(casefile_finish(c, NULL));
    return c;
}

static void long_texts_once(void **state) {
    (void)state;
    struct casefile *c = many(40, 7);
    plainly(c);
    assert_int_equal(count(told, "It may be a tag."), 1);
    assert_int_equal(count(told, "|0123456789abcdef|"), 1);
    assert_int_equal(count(told, "high, firm"), 1 + STORY_COMPACT);
    assert_int_equal(count(told, "info, firm"), 0);
    assert_non_null(strstr(told, "19 more of hidden"));
    assert_non_null(strstr(told, "40 high (well established); 7 for information"));
    assert_non_null(strstr(told, "7 x something hidden (hidden)"));
    assert_non_null(strstr(told, "disk.img \xe2\x96\xb8 part 1 \xe2\x96\xb8 \\Windows\\file-1.dll"));
    assert_non_null(strstr(told, "MFT entry 64-2; bytes 4,096 (0x1000), 4,102 bytes long"));
    tell(c, &(struct story_options){.all = true});
    assert_int_equal(count(told, "high, firm"), 40);
    assert_int_equal(count(told, "info, firm"), 7);
    assert_int_equal(count(told, "It may be a tag."), 1);
    casefile_close(c);
}

static void links_are_counted(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    made_artifact(c, 1, "/a", "f");
    for (unsigned i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "link-%u", i);
        struct listing listing = made_listing("/b", name);
        assert_true(casefile_path(c, 1, &listing));
    }
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, "x");
    made_report(c, 1, &finding);
    assert_true(casefile_finish(c, NULL));
    assert_int_equal(count(plainly(c), "/b/link-"), STORY_LINKS - 1);
    assert_non_null(strstr(told, "at 8 more paths"));
    assert_int_equal(count(tell(c, &(struct story_options){.all = true}), "/b/link-"), 10);
    casefile_close(c);
}

static void verdicts(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct finding finding = made_finding(SEVERITY_CRITICAL, STRENGTH_WEAK, "x");
    made_artifact(c, 1, "/a", "f");
    made_report(c, 1, &finding);
    assert_true(casefile_finish(c, "the disk was too short"));
    tell(c, &(struct story_options){.width = 200});
    assert_non_null(strstr(told, "nothing that needs attention; 1 weak"));
    assert_non_null(strstr(told, "NOT EVERYTHING WAS READ: the disk was too short"));
    uint64_t n = 0;
    assert_true(story_count(c, SEVERITY_MEDIUM, STRENGTH_FIRM, &n));
    assert_int_equal(n, 0);
    assert_true(story_count(c, SEVERITY_MEDIUM, STRENGTH_WEAK, &n));
    assert_int_equal(n, 1);
    casefile_close(c);
}

static void coverage_is_one_line(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_true(casefile_coverage(c, 1, 1, "seen", NULL, 1234, 5 << 20) &&
                casefile_coverage(c, 1, 1, "read", NULL, 1200, 4 << 20) &&
                casefile_coverage(c, 1, 1, "skipped", "larger than the limit", 30, 9) &&
                casefile_coverage(c, 1, 1, "damaged", "torn", 3, 9) &&
                casefile_coverage(c, 1, 1, "unread", "encrypted", 1, 9) &&
                casefile_run(c, "seconds", "1.50"));
    assert_true(casefile_finish(c, NULL));
    tell(c, &(struct story_options){.width = 200});
    assert_non_null(strstr(
        told, "Coverage    1,234 files and streams seen (5.0 MiB), 1,200 read (4.0 MiB), 30 skipped "
              "(30 larger than the limit), 3 damaged (3 torn), 1 not read (1 encrypted); 1.50 seconds\n"));
    casefile_close(c);
}

/* Words fit; only what has no space in it, and the hex view, may be longer. */
/* What an image says of itself is told, and whether that was looked into; copies are told apart. */
static void evidence_says_what_it_is(void **state) {
    static const uint8_t one[20] = {1, 2, 3}, other[20] = {1, 2, 4};
    static const struct story_options wide = {.width = 400};
    (void)state;
    struct casefile *c = made_case(NULL);
    struct span md5 = span_of(one, 16, 0), sha1 = span_of(one, 20, 0);
    struct casefile_evidence evidence = {.id = 3,
                                         .path = "host.E01",
                                         .kind = "disk-image",
                                         .container = "E01",
                                         .host = "WS-042",
                                         .collector = "KAPE",
                                         .state = "read",
                                         .stored_md5 = md5};
    assert_true(casefile_evidence(c, &evidence));
    assert_int_equal(
        count(tell(c, &wide), "host.E01 (disk-image, E01); collected by KAPE; host WS-042; stored MD5 "), 1);
    assert_int_equal(count(told, "00 (not verified)"), 1);
    assert_int_equal(count(told, "01020300000000000000000000000000"), 1);
    evidence.media_md5 = md5;
    evidence.stored_sha1 = sha1;
    evidence.media_sha1 = sha1;
    assert_true(casefile_evidence(c, &evidence));
    assert_int_equal(count(tell(c, &wide), "(verified)"), 2);
    assert_int_equal(count(told, "SHA-1 0102030000"), 1);
    evidence.media_md5 = span_of(other, 16, 0);
    assert_true(casefile_evidence(c, &evidence));
    assert_int_equal(count(tell(c, &wide), "(verified)"), 1);
    assert_non_null(strstr(told, "01020400000000000000000000000000)"));
    struct casefile_volume volume = {.id = 2,
                                     .evidence = 3,
                                     .ordinal = 1,
                                     .kind = "ntfs",
                                     .state = "read",
                                     .shadow = 2,
                                     .shadow_created = 130305261097363787,
                                     .drive = "C:"};
    assert_true(casefile_volume(c, &volume));
    assert_non_null(strstr(tell(c, &wide), "part 1, shadow copy 2 of 2013-12-03T06:35:09Z (C:): ntfs"));
    casefile_close(c);
}

/* A file of a collection has no MFT entry: its number is that of a member or inode. */
static void collected_files_have_no_entry(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct casefile_volume volume = {
        .id = 2, .evidence = 1, .ordinal = 2, .kind = "collected", .state = "read", .drive = "C:"};
    assert_true(casefile_volume(c, &volume));
    struct listing listing = made_listing("/Windows", "x.dll");
    listing.volume = 2;
    assert_true(casefile_artifact(c, 1, &listing, span_of("", 0, 0), "read", NULL));
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, "there");
    made_report(c, 1, &finding);
    assert_true(casefile_finish(c, NULL));
    plainly(c);
    assert_non_null(strstr(told, "disk.img \xe2\x96\xb8 C:\\Windows\\x.dll"));
    assert_null(strstr(told, "MFT entry"));
    casefile_close(c);
}

static void lines_fit(void **state) {
    (void)state;
    struct casefile *c = many(1, 1);
    for (unsigned width = 1; width < 300; width += 7) {
        tell(c, &(struct story_options){.width = width});
        size_t most = width < STORY_WIDTH_LEAST  ? STORY_WIDTH_LEAST
                      : width > STORY_WIDTH_MOST ? STORY_WIDTH_MOST
                                                 : width;
        char *rest = told;
        for (char *line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            if (!strstr(line, "disk.img") && !strstr(line, "00001000"))
                assert_true(strlen(line) <= most);
    }
    casefile_close(c);
}

static void colour_only_if_asked(void **state) {
    (void)state;
    struct casefile *c = many(2, 2);
    assert_null(strchr(plainly(c), '\033'));
    char *plain = strdup(told);
    assert_non_null(plain);
    tell(c, &(struct story_options){.colour = true});
    assert_non_null(strstr(told, "\033[1;31mhigh, firm\033[0m"));
    size_t n = 0; /* without the codes it is the same */
    for (char *in = told; *in; in++) {
        if (*in == '\033')
            in = strchr(in, 'm');
        else
            told[n++] = *in;
    }
    told[n] = 0;
    assert_string_equal(told, plain);
    free(plain);
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_would_act),
        cmocka_unit_test(cells_that_lie),
        cmocka_unit_test(output_that_fails),
        cmocka_unit_test(long_texts_once),
        cmocka_unit_test(links_are_counted),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(coverage_is_one_line),
        cmocka_unit_test(collected_files_have_no_entry),
        cmocka_unit_test(lines_fit),
        cmocka_unit_test(colour_only_if_asked),
        cmocka_unit_test(evidence_says_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, forget);
}
