/* One file of a case, and how to repeat a finding by hand: hostile names stay text, every question to the
 * case can be asked, and commands name the right tool with the right numbers. */
#include "report/show.h"

#include "host_made.h"
#include "report/explain_hand.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct wrap wrap = {.width = 200};

/* What is shown of an artifact, or of all with 0; to be freed. */
static char *shown(struct casefile *c, int64_t artifact) {
    struct output output;
    int fd = memfd_create("show", MFD_CLOEXEC);
    output_init(&output, fd);
    assert_true(artifact ? show_artifact(c, artifact, &wrap, &output) : show_list(c, &wrap, &output));
    assert_true(output_end(&output));
    char *text = calloc(1, (size_t)output.written + 1);
    assert_non_null(text);
    assert_int_equal(pread(fd, text, (size_t)output.written, 0), output.written);
    close(fd);
    made_is_tame(text);
    return text;
}

static void has(const char *text, const char *wanted) {
    if (!strstr(text, wanted))
        fail_msg("no '%s' in:\n%s", wanted, text);
}

static void hostile(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    uint64_t file = host_file(&m, "/Users/" MADE_NASTY, MADE_NASTY);
    host_trust(&m, file, "trusted", MADE_NASTY);
    struct finding finding = {.detector = "hidden",
                              .severity = SEVERITY_HIGH,
                              .strength = STRENGTH_FIRM,
                              .offset = UINT64_C(0x7fffffffffffff00),
                              .size = 4096,
                              .summary = MADE_NASTY};
    struct casefile_reference reference = {file, MADE_NASTY};
    assert_true(casefile_finding(m.c, (struct casefile_place){.artifact = 1}, &finding, &reference, 1));
    assert_true(casefile_finding(m.c, (struct casefile_place){.artifact = file}, &finding, &reference, 1));
    assert_true(casefile_finding(m.c, (struct casefile_place){.volume = 1}, &finding, NULL, 0));
    assert_true(casefile_finish(m.c, NULL));
    for (int64_t artifact = 0; artifact <= (int64_t)file; artifact++)
        free(shown(m.c, artifact));
    struct text out = {0};
    for (int64_t id = 0; id < 5; id++)
        assert_true(explain_hand_tell(m.c, MADE_NASTY, id, &wrap, &out));
    made_is_tame(text_string(&out));
    text_free(&out);
    casefile_close(m.c);
}

static void finds(struct casefile *c, const char *text, size_t wanted, int64_t first) {
    int64_t found[SHOW_CANDIDATES];
    size_t count;
    assert_true(show_find(c, text, found, &count));
    if (count != wanted || (wanted > 0 && found[0] != first))
        fail_msg("%s: %zu, the first %lld", text, count, (long long)(count ? found[0] : 0));
}

static void which(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_file(&m, "/Windows/System32", "a.dll");
    host_file(&m, "/Windows/System32", "A.DLL");
    host_file(&m, "/Users/x", "b.exe");
    struct listing listing = made_listing("/Users/x", "b.exe");
    listing.stream = "Zone.Identifier";
    listing.stream_size = strlen(listing.stream);
    assert_true(casefile_artifact(m.c, ++m.file, &listing, span_of("", 0, 0), "read", NULL));
    assert_true(casefile_finish(m.c, NULL));
    finds(m.c, "4", 1, 4);
    finds(m.c, "#4", 1, 4);
    finds(m.c, "5", 1, 5);
    finds(m.c, "6", 0, 0);
    finds(m.c, "0", 0, 0);
    finds(m.c, "-1", 0, 0);
    finds(m.c, "99999999999999999999", 0, 0);
    finds(m.c, "C:\\windows\\system32\\a.dll", 2, 2);
    finds(m.c, "/users/X/B.exe", 1, 4);
    finds(m.c, "\\Users\\x\\b.exe", 1, 4);
    finds(m.c, "disk.img!vol1!/Users/x/b.exe", 1, 4);
    finds(m.c, "disk.img!vol1!/Users/x/b.exe:Zone.Identifier", 1, 5);
    finds(m.c, "disk.img!vol2!/Users/x/b.exe", 0, 0);
    finds(m.c, "b.exe", 0, 0);
    finds(m.c, "", 0, 0);
    finds(m.c, "%", 0, 0);
    casefile_close(m.c);
}

static void told(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    uint64_t file = host_file(&m, "/Windows/System32/drivers", "x.sys");
    host_file(&m, "/Windows/System32/drivers", "y.sys");
    m.hive = 1;
    host_service(&m, "xsvc", 1, 2, "\\SystemRoot\\System32\\drivers\\x.sys");
    host_trust(&m, file, "unsigned", NULL);
    host_judge(&m, "services");
    struct casefile_execution run = {.id = 1,
                                     .evidence = 1,
                                     .volume = 1,
                                     .path = "/x",
                                     .artifact = file,
                                     .kind = "loaded",
                                     .source = "sysmon 6",
                                     .first = HOST_TIME,
                                     .last = HOST_TIME,
                                     .count = 3};
    assert_true(casefile_execution(m.c, &run));
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, "It is odd");
    made_report(m.c, file, &finding);
    assert_true(casefile_number(m.c));
    const struct casefile_cell chain[] = {{.column = FACT_chain_id, .number = 1},
                                          {.column = FACT_chain_word, .text = "suspicious"},
                                          {.column = FACT_chain_alternative, .text = "a driver of a game"}};
    const struct casefile_cell step[] = {{.column = FACT_chain_step_chain, .number = 1},
                                         {.column = FACT_chain_step_ordinal, .number = 1},
                                         {.column = FACT_chain_step_stage, .text = "driver"},
                                         {.column = FACT_chain_step_artifact, .number = file},
                                         {.column = FACT_chain_step_text, .text = "It was loaded."}};
    const struct casefile_cell cites[] = {{.column = FACT_chain_finding_chain, .number = 1},
                                          {.column = FACT_chain_finding_step, .number = 1},
                                          {.column = FACT_chain_finding_finding, .number = 1}};
    assert_true(casefile_put(m.c, FACT_chain, chain, 3) && casefile_put(m.c, FACT_chain_step, step, 5) &&
                casefile_put(m.c, FACT_chain_finding, cites, 3) && casefile_finish(m.c, NULL));
    char *text = shown(m.c, (int64_t)file);
    has(text, "$SI           created 2022-06-");
    has(text, "$FN           created 2022-06-");
    has(text, "signature     unsigned");
    has(text, "executions    loaded, by sysmon 6, first 2022-06-");
    has(text, "services      xsvc (ControlSet001");
    has(text, "findings      [1] high, hidden: It is odd");
    has(text, "chains        chain 1 (suspicious), step 1, driver: It was loaded.");
    has(text, "in folder     #3 y.sys");
    has(text, "in time       #");
    free(text);
    text = shown(m.c, 0);
    has(text, "#2        high        1  disk.img");
    free(text);
    struct text out = {0};
    assert_true(explain_hand_tell(m.c, "x.assay", 1, &wrap, &out));
    has(text_string(&out), "tried         what chain 1 could be instead: a driver of a game");
    text_free(&out);
    casefile_close(m.c);
}

/* What is said by hand of one file of such evidence. */
static void by_hand(struct casefile_evidence evidence, struct casefile_volume volume, unsigned flags,
                    const char *stream, const char *wanted) {
    struct text error = {0}, out = {0};
    struct casefile *c = casefile_create(NULL, false, &error);
    struct listing listing = made_listing("/d", "it's");
    struct finding finding = made_finding(SEVERITY_LOW, STRENGTH_FIRM, "x");
    assert_true(casefile_detector(c, "detector", &made_detector));
    evidence.id = 1;
    evidence.state = "read";
    assert_true(casefile_evidence(c, &evidence));
    volume.id = volume.evidence = volume.ordinal = 1;
    volume.state = "read";
    listing.volume = volume.kind != NULL;
    assert_true(!volume.kind || casefile_volume(c, &volume));
    listing.flags = flags;
    listing.stream = stream;
    listing.stream_size = stream ? strlen(stream) : 0;
    assert_true(casefile_artifact(c, 1, &listing, span_of("", 0, 0), "read", NULL));
    finding.offset = 100;
    finding.size = 300;
    made_report(c, 1, &finding);
    assert_true(casefile_finish(c, NULL) && explain_hand_tell(c, "x.assay", 1, &wrap, &out));
    has(text_string(&out), wanted);
    casefile_close(c);
    text_free(&error);
    text_free(&out);
}

#define INDENT "\n              "

static void hands(void **state) {
    (void)state;
    struct casefile_volume ntfs = {
        .kind = "ntfs", .offset = 1048576, .record_size = 1024, .cluster_size = 4096};
    struct casefile_volume shadow = ntfs, collected = {.kind = "collected"}, whole = ntfs;
    shadow.shadow = 2;
    whole.offset = 0;
    struct casefile_evidence image = {.path = "a b.img", .kind = "disk-image"};
    by_hand(image, ntfs, 0, NULL,
            "by hand       istat -o 2048 'a b.img' 64    # times, attributes and runs" INDENT
            "icat -o 2048 'a b.img' 0 | xxd -s 65536 -l 1024    # the file record itself" INDENT
            "icat -o 2048 'a b.img' 64 > file1" INDENT "xxd -s 100 -l 256 file1" INDENT
            "dd if=file1 of=range1 bs=1 skip=100 count=300");
    by_hand(image, whole, 0, NULL, "by hand       istat 'a b.img' 64 ");
    by_hand(image, ntfs, 2, NULL, "icat -r -o 2048 'a b.img' 64 > file1");
    by_hand(image, ntfs, 0, "s",
            "icat -o 2048 'a b.img' 64-128-ID > file1    # ID: istat gives it for the stream s");
    by_hand(image, shadow, 0, NULL,
            "by hand       mkdir -p vss && vshadowmount -o 1048576 'a b.img' vss" INDENT
            "istat 'vss/vss2' 64 ");
    image.container = "E01";
    by_hand(image, ntfs, 0, NULL, "by hand       istat -i ewf -o 2048 'a b.img' 64 ");
    image.container = "QCOW2";
    by_hand(image, ntfs, 0, NULL,
            "by hand       qemu-img convert -O raw 'a b.img' raw.img" INDENT "istat -o 2048 'raw.img' 64 ");
    image.artifact = 1;
    by_hand(image, ntfs, 0, NULL, "by hand       First take the evidence out of what it lies in");
    by_hand((struct casefile_evidence){.path = "/e", .kind = "folder"}, (struct casefile_volume){0}, 0, NULL,
            "by hand       cp '/e/d/it'\\''s' file1" INDENT "xxd -s 100");
    by_hand((struct casefile_evidence){.path = "/e/x", .kind = "file"}, (struct casefile_volume){0}, 0, NULL,
            "by hand       cp '/e/x' file1");
    by_hand((struct casefile_evidence){.path = "c.zip", .kind = "archive", .container = "zip"}, collected, 0,
            NULL, "by hand       unzip -p 'c.zip' 'd/it'\\''s' > file1");
    by_hand((struct casefile_evidence){.path = "c.tgz", .kind = "archive", .container = "tar.gz"}, collected,
            0, NULL, "by hand       tar -xOf 'c.tgz' 'd/it'\\''s' > file1");
    by_hand((struct casefile_evidence){.path = "$MFT", .kind = "mft"}, (struct casefile_volume){0}, 0, NULL,
            "by hand       xxd -s 65536 -l 1024 '$MFT'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile),
        cmocka_unit_test(which),
        cmocka_unit_test(told),
        cmocka_unit_test(hands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
