/* The page of a report: hostile texts, hostile cases, failing output, then what is told, in which order and
 * how much of it. */
#include "report/as_html.h"

#include "make/report_scene.h"
#include "report/as_html_near.h"
#include "unit/case_made.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static char *told; /* the last page */

extern const struct export_format as_html;

static const char *tell(struct casefile *c, enum severity least) {
    const struct export_options options = {.least = least};
    struct output output;
    int fd = memfd_create("page", MFD_CLOEXEC);
    assert_true(fd >= 0);
    output_init(&output, fd);
    bool good = as_html.print(c, &options, &output);
    assert_true(output_end(&output));
    free(told);
    told = calloc(1, (size_t)output.written + 1);
    assert_non_null(told);
    assert_int_equal(pread(fd, told, (size_t)output.written, 0), output.written);
    close(fd);
    assert_true(good);
    return told;
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

/* --- a strict reader of what is written: every element closed in order, every attribute quoted --- */

enum { DEPTH = 64, NAME = 16 };

static bool is_void(const char *name) {
    static const char *const names[] = {"meta", "br", "wbr", "input"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* From behind the name to behind the `>`; attributes are name or name="value". */
static const char *attributes(const char *at) {
    while (*at != '>') {
        assert_true(*at == ' ');
        at++;
        assert_true(islower((unsigned char)*at));
        while (islower((unsigned char)*at) || *at == '-')
            at++;
        assert_true(strncmp(at - 1, "on", 2) != 0);
        if (*at == '=') {
            assert_true(at[1] == '"');
            at = strchr(at + 2, '"');
            assert_non_null(at);
            at++;
        }
    }
    return at + 1;
}

static size_t name_of(const char *at, char name[NAME]) {
    size_t size = 0;
    while (size < NAME - 1 && (islower((unsigned char)at[size]) || isdigit((unsigned char)at[size])))
        size++;
    memcpy(name, at, size);
    name[size] = 0;
    assert_true(size > 0);
    return size;
}

static void well_formed(const char *page) {
    char open[DEPTH][NAME];
    size_t depth = 0;
    assert_true(strncmp(page, "<!doctype html>\n", 16) == 0);
    for (const char *at = strchr(page + 16, '<'); at; at = strchr(at, '<')) {
        char name[NAME];
        bool ends = at[1] == '/';
        at += ends ? 2 : 1;
        at += name_of(at, name);
        if (ends) {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
            assert_true(*at++ == '>');
            continue;
        }
        at = attributes(at);
        if (is_void(name))
            continue;
        assert_true(depth < DEPTH);
        memcpy(open[depth++], name, NAME);
        if (strcmp(name, "script") == 0 || strcmp(name, "style") == 0)
            at = strstr(at, "</");
    }
    assert_int_equal(depth, 0);
}

static struct casefile *scene(const struct report_scene *how) {
    struct text error = {0};
    struct casefile *c = casefile_create(NULL, false, &error);
    assert_non_null(c);
    assert_true(report_scene_make(c, how));
    assert_true(casefile_finish(c, NULL));
    text_free(&error);
    return c;
}

/* --- misuse --- */

#define EVIL                                                                                                 \
    "\"'><img src=x onerror=evil()></script><script>evil()</script><!--]]>\xe2\x80\xae\xe2\x80\xa8\x1b[31m</td></table></section>"

static void texts_that_would_act(void **state) {
    (void)state;
    struct casefile *c = scene(&(struct report_scene){.files = 5, .findings = 5, .nasty = EVIL});
    tell(c, SEVERITY_INFO);
    well_formed(told);
    made_is_tame(told);
    assert_null(strstr(told, "<img"));
    assert_null(strstr(told, "<script>evil"));
    assert_null(strstr(told, "<!--"));
    assert_null(strstr(told, "\xe2\x80\xa8"));
    assert_int_equal(count(told, "<script"), 4); /* two of data, the library, the script */
    assert_int_equal(count(told, "</script>"), 4);
    assert_true(count(told, "&lt;img src=x onerror=evil()&gt;") > 40);
    assert_true(count(told, "\\u003cimg src=x onerror=evil()>") > 10);
    assert_true(count(told, "\\u{202E}") > 40);
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
        "INSERT INTO evidence(id, size, media_size, stored_md5, host) VALUES (-1, -1, -1, zeroblob(300), 'h');"
        "INSERT INTO volume(id, evidence, ordinal, shadow, shadow_created) VALUES (9, -1, -7, 3, -1);"
        "INSERT INTO coverage VALUES (NULL, NULL, NULL, NULL, NULL, NULL), (1, 1, 'seen', 'x', -1, -1);"
        "INSERT INTO finding_detail VALUES (3, NULL, NULL), (3, CAST(x'fe' AS TEXT), char(10, 10) || 'b' || char(10));"
        "INSERT INTO verdict VALUES (NULL, NULL, NULL, 99, 7, NULL, '', -1), (5, 'b', 'c', -4, NULL, NULL, NULL, NULL);"
        "INSERT INTO chain(id, word, story, first_time) VALUES (-3, NULL, NULL, -1), (4, 'x', char(10) || 'a' || char(10), 5);"
        "INSERT INTO chain_step(chain, ordinal, stage, time, strength, artifact) VALUES (4, -1, '\"', -9, 77, 1), (4, 3, NULL, NULL, NULL, 55),"
        " (99, 1, 'x', 1, 1, 1), (NULL, NULL, NULL, NULL, NULL, NULL);"
        "INSERT INTO chain_link(chain, from_step, to_step) VALUES (4, 9, 3), (NULL, NULL, NULL), (4, -1, -1), (77, 1, 1);"
        "INSERT INTO chain_finding VALUES (4, 3, NULL), (4, 3, -5), (NULL, NULL, 3), (5, 5, 5);"
        "INSERT INTO chain_gap VALUES (NULL, NULL, NULL), (4, NULL, 'x');"
        "INSERT INTO campaign(id) VALUES (-1), (2); INSERT INTO overlap(campaign, weight, finding) VALUES (2, -1, -1), (1, 5, 5);"
        "INSERT INTO campaign_relation(campaign) VALUES (2), (9);"
        "INSERT INTO stake(id, files, size, created) VALUES (1, -1, -1, -1);"
        "INSERT INTO finding_chain VALUES (-1, zeroblob(900));"
        "INSERT INTO time_summary(volume, files, explained, journal_from) VALUES (-1, -1, -1, -1);"
        "INSERT INTO meta VALUES ('findings_omitted', 'many');"));
    tell(c, SEVERITY_INFO);
    well_formed(told);
    made_is_tame(told);
    assert_non_null(strstr(told, "id=\"step-4--1\""));
    casefile_close(c);
}

static void empty_case(void **state) {
    (void)state;
    struct text error = {0};
    struct casefile *c = casefile_create(NULL, false, &error);
    assert_non_null(c);
    assert_true(casefile_finish(c, "nothing was given"));
    tell(c, SEVERITY_INFO);
    well_formed(told);
    assert_non_null(strstr(told, "no verdict"));
    assert_non_null(strstr(told, "nothing was given"));
    assert_non_null(strstr(told, "Overlap is not attribution."));
    casefile_close(c);
}

static void output_that_fails(void **state) {
    (void)state;
    struct casefile *c = scene(&(struct report_scene){.files = 3});
    struct output output;
    const struct export_options options = {0};
    output_init(&output, -1);
    bool good = as_html.print(c, &options, &output);
    assert_false(output_end(&output) && good);
    casefile_close(c);
}

/* --- use --- */

static void everything_in_order(void **state) {
    static const char *const parts[] = {"<title>compromised: implant \xe2\x80\x93 WS-042</title>",
                                        "<h1 id=\"verdict-title\">WS-042</h1>",
                                        "<strong>compromised: implant</strong>",
                                        "On 22 March 2023 Mary installed",
                                        "What it could be instead",
                                        "What speaks against it",
                                        "the firewall of this host kept no log",
                                        "id=\"step-1-4\"",
                                        "ffmpeg.dll names d3dcompiler_47.dll.",
                                        "Read in: MFT entry 1003-2",
                                        "id=\"chain-data\"",
                                        "<h2 id=\"timeline-title\">",
                                        "id=\"events\"",
                                        "id=\"bin-data\"",
                                        "<h2 id=\"findings-title\">",
                                        "id=\"f1\"",
                                        "<h2 id=\"rules-title\">",
                                        "Innocent causes",
                                        "Check by hand",
                                        "<h2 id=\"coverage-title\">",
                                        "larger than the limit",
                                        "<h2 id=\"stakes-title\">",
                                        "Electrum",
                                        "<h2 id=\"overlap-title\">",
                                        "Overlap is not attribution.",
                                        "Anyone who installed the release has this file.",
                                        "this case does not hold it",
                                        "<h2 id=\"evidence-title\">",
                                        "as stored in the image",
                                        "program</dt><dd>assay ",
                                        "Microsoft driver block list, version 10.0.25965.0",
                                        "License of D3",
                                        "Copyright 2010-2022 Mike Bostock"};
    (void)state;
    struct casefile *c = scene(&(struct report_scene){.files = 20, .findings = 10});
    const char *at = tell(c, SEVERITY_INFO);
    well_formed(told);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const char *next = strstr(at, parts[i]);
        if (!next)
            fail_msg("not there, or not in this order: %s", parts[i]);
        at = next;
    }
    assert_int_equal(count(told, "<details class=\"finding"), 15);
    assert_non_null(strstr(told, "0005c005  4d 5a 90 00"));
    casefile_close(c);
}

static void same_case_same_bytes(void **state) {
    (void)state;
    struct casefile *c = scene(&(struct report_scene){.files = 50, .findings = 50});
    char *first = strdup(tell(c, SEVERITY_INFO));
    assert_string_equal(first, tell(c, SEVERITY_INFO));
    free(first);
    casefile_close(c);
}

static void severity_leaves_out(void **state) {
    (void)state;
    struct casefile *c = scene(&(struct report_scene){.files = 50, .findings = 50});
    tell(c, SEVERITY_HIGH);
    well_formed(told);
    assert_int_equal(count(told, "<details class=\"finding"), 3);
    assert_int_equal(count(told, "<article class=\"rule\""), 3);
    assert_non_null(strstr(told, "And 52 findings of lower severity, which were left out on request."));
    casefile_close(c);
}

static void many_findings_are_lines(void **state) {
    (void)state;
    struct casefile *c = scene(&(struct report_scene){.files = 100, .findings = AS_HTML_FULL + 250});
    tell(c, SEVERITY_INFO);
    well_formed(told);
    assert_int_equal(count(told, "<details class=\"finding"), AS_HTML_FULL);
    assert_int_equal(count(told, "<p class=\"line"), 255);
    casefile_close(c);
}

#define COUNT_TO(n) "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " #n ") "

/* Whatever there is too much of is left out, and how much of it is said. */
static void caps_are_told(void **state) {
    static const char *const more[] = {"And 5 chains, less grave",
                                       "And 100 steps;",
                                       "And 10 campaigns;",
                                       "And 200 items;",
                                       "And 7 relations;",
                                       "And 100 rows; the case's table stake",
                                       "And 150 rows; the case's table coverage",
                                       "And 40 pieces of evidence",
                                       "And more hosts;"};
    (void)state;
    struct casefile *c = made_case(NULL);
    assert_true(
        db_run(casefile_db(c), COUNT_TO(250) "INSERT INTO verdict(evidence, host, word, rank, complete) SELECT i, 'host ' || i, 'nothing found', 0, 1 FROM n;"
                                             "INSERT INTO verdict(word, rank, complete, reason) VALUES ('exposed', 1, 0, 'because');" COUNT_TO(25) "INSERT INTO chain(id, word, title) SELECT i, 'exposed', 'chain ' || i FROM n;" COUNT_TO(500) "INSERT INTO chain_step(chain, ordinal, stage, name) SELECT 1, i, 'loader', 'x' || i FROM n;" COUNT_TO(60) "INSERT INTO campaign(id, name) SELECT i, 'c' || i FROM n;" COUNT_TO(700) "INSERT INTO overlap(campaign, ordinal, kind) SELECT 3, i, 'md5' FROM n;" COUNT_TO(
                                                 507) "INSERT INTO campaign_relation(campaign, other) SELECT 2, 'o' || i FROM n;" COUNT_TO(3100) "INSERT INTO stake(id, name) SELECT i, 's' || i FROM n;" COUNT_TO(650) "INSERT INTO coverage(evidence, class, reason, files, bytes) SELECT 1, 'skipped', 'r' || i, 1, 1 FROM n;" COUNT_TO(538) "INSERT INTO evidence(id, path, kind, state) SELECT 10 + i, 'p' || i, 'file', 'read' FROM n"));
    tell(c, SEVERITY_INFO);
    well_formed(told);
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        if (!strstr(told, more[i]))
            fail_msg("not said: %s", more[i]);
    assert_int_equal(count(told, "class=\"step\""), AS_HTML_STEPS);
    assert_int_equal(count(told, "{\"n\":"), AS_HTML_STEPS);
    assert_int_equal(count(told, "<tr><th scope=\"row\">host "), AS_HTML_HOSTS);
    casefile_close(c);
}

/* What is near: the story's files, and what happened within a minute of a step, but not the rest. */
static void near_and_far(void **state) {
    (void)state;
    size_t n;
    struct casefile *c = scene(&(struct report_scene){.files = 10});
    struct as_html_near *near = as_html_near_new(casefile_db(c));
    assert_non_null(near);
    uint64_t step = report_scene_time("2023-03-29T11:47:20Z");
    struct timeline_event event = {.source = TIMELINE_FILE,
                                   .what = "x",
                                   .single = true,
                                   .known = 1,
                                   .evidence = 1,
                                   .volume = 1,
                                   .base = 1,
                                   .has_record = true,
                                   .has_sequence = true,
                                   .record = 77777,
                                   .sequence = 1,
                                   .folder = "/a",
                                   .name = "b"};
    event.times[0] = step + 300 * UINT64_C(10000000);
    assert_true(as_html_near_take(near, &event));
    assert_non_null(as_html_near_list(near, &n));
    assert_int_equal(n, 0);
    event.times[0] = step - 7 * UINT64_C(10000000);
    assert_true(as_html_near_take(near, &event));
    event.record = 1003; /* of step 4 */
    event.sequence = 2;
    event.times[0] = 5;
    assert_true(as_html_near_take(near, &event));
    event.sequence = 3; /* another file in its place */
    assert_true(as_html_near_take(near, &event));
    const struct as_html_event *list = as_html_near_list(near, &n);
    assert_int_equal(n, 2);
    assert_int_equal(list[0].rank, AS_HTML_STEP);
    assert_int_equal(list[0].step, 4);
    assert_string_equal(list[0].stage, "payload");
    assert_string_equal(list[0].place, "/evidence/WS-042.E01 \xe2\x96\xb8 part 1 \xe2\x96\xb8 C:\\a\\b");
    assert_int_equal(list[1].rank, AS_HTML_CLOSE_BY);
    assert_int_equal(list[1].step, 5); /* the nearest of several */
    for (unsigned i = 0; i < AS_HTML_NEAR + 5; i++) {
        event.record = 80000 + i;
        event.times[0] = step;
        assert_true(as_html_near_take(near, &event));
    }
    assert_int_equal(as_html_near_omitted(near, AS_HTML_CLOSE_BY), 6);
    as_html_near_free(near);
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(texts_that_would_act, forget),
                                       cmocka_unit_test_teardown(cells_that_lie, forget),
                                       cmocka_unit_test_teardown(empty_case, forget),
                                       cmocka_unit_test_teardown(output_that_fails, forget),
                                       cmocka_unit_test_teardown(everything_in_order, forget),
                                       cmocka_unit_test_teardown(same_case_same_bytes, forget),
                                       cmocka_unit_test_teardown(severity_leaves_out, forget),
                                       cmocka_unit_test_teardown(many_findings_are_lines, forget),
                                       cmocka_unit_test_teardown(caps_are_told, forget),
                                       cmocka_unit_test(near_and_far)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
