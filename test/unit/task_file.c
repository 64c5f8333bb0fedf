/* Files of scheduled tasks. */
#include "format/task_file.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SPACE       "http://schemas.microsoft.com/windows/2004/02/mit/task"
#define TASK(inner) "<Task version=\"1.2\" xmlns=\"" SPACE "\">" inner "</Task>"

static const char whole[] = "<?xml version=\"1.0\" encoding=\"UTF-16\"?>\r\n" TASK(
    "<RegistrationInfo><Date>2024-05-06T07:08:09</Date><Author>HOST\\user</Author><URI>\\Vendor\\Up</URI></RegistrationInfo>"
    "<Triggers><LogonTrigger><Enabled>false</Enabled></LogonTrigger><CalendarTrigger/></Triggers>"
    "<Principals><Principal id=\"A\"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>"
    "<Settings><Hidden>true</Hidden><Enabled> false </Enabled></Settings>"
    "<Actions><Exec><Command>a&amp;b.exe</Command><Arguments>-x</Arguments><WorkingDirectory>C:\\</WorkingDirectory></Exec>"
    "<ComHandler><ClassId>{1}</ClassId><Data><![CDATA[d]]></Data></ComHandler></Actions>");

static struct job job;
static struct task_file file;

static int setup(void **state) {
    (void)state;
    job_init(&job, 4 << 20);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

/* As Windows writes it: a byte order mark and UTF-16LE. */
static size_t widen(const char *text, uint8_t *to) {
    size_t size = 2;
    to[0] = 0xff;
    to[1] = 0xfe;
    for (; *text; text++) {
        to[size++] = (uint8_t)*text;
        to[size++] = 0;
    }
    return size;
}

static void read_text(const char *text) {
    job_reset(&job);
    assert_true(task_file_decode(&job, span_of(text, strlen(text), 0), &file));
}

static void every_prefix(void **state) {
    (void)state;
    uint8_t bytes[2 * sizeof whole + 2];
    size_t size = widen(whole, bytes);
    for (size_t i = 0; i < size; i++) {
        uint8_t *part = malloc(i + 1); /* of its own, so that a read behind it is seen */
        assert_non_null(part);
        memcpy(part, bytes, i);
        job_reset(&job);
        assert_true(task_file_decode(&job, span_of(part, i, 0), &file));
        assert_false(file.complete);
        assert_int_equal(job.noted, 1);
        free(part);
    }
}

static void every_bit(void **state) {
    (void)state;
    uint8_t bytes[2 * sizeof whole + 2];
    size_t size = widen(whole, bytes);
    for (size_t i = 0; i < 8 * size; i++) {
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
        job_reset(&job);
        assert_true(task_file_decode(&job, span_of(bytes, size, 0), &file));
        assert_true(file.count <= 2 && file.complete == (job.noted == 0));
        bytes[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}

static void refused(void **state) {
    (void)state;
    read_text(
        "<!DOCTYPE x [<!ENTITY a \"b\">]>" TASK("<Actions><Exec><Command>&a;</Command></Exec></Actions>"));
    assert_false(file.complete);
    assert_int_equal(file.count, 0);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    read_text("<Task><Actions><Exec/></Actions></Task>"); /* of no namespace */
    assert_false(file.complete);
    read_text(TASK("<Actions><Unknown/></Actions>"));
    assert_false(file.complete);
    assert_int_equal(file.count, 0);
    read_text(TASK("<Actions><Exec><Command xmlns=\"other\">x</Command></Exec></Actions>"));
    assert_string_equal(file.actions[0].command, "");
}

/* `count` times a text, between two others. */
static void repeat(struct text *text, const char *before, const char *what, size_t count, const char *after) {
    text_clear(text);
    text_add(text, "<Task xmlns=\"" SPACE "\">");
    text_add(text, before);
    for (size_t i = 0; i < count; i++)
        text_add(text, what);
    text_add(text, after);
    text_add(text, "</Task>");
}

static void limits(void **state) {
    (void)state;
    struct text text = {0};
    repeat(&text, "<Actions>", "<Exec/>", TASK_ACTIONS, "</Actions>");
    read_text(text.data);
    assert_true(file.complete && file.count == TASK_ACTIONS);
    repeat(&text, "<Actions>", "<Exec/>", TASK_ACTIONS + 1, "</Actions>");
    read_text(text.data);
    assert_true(!file.complete && file.count == TASK_ACTIONS);
    repeat(&text, "<Triggers>", "<BootTrigger/>", TASK_FILE_TRIGGERS + 1, "</Triggers>");
    read_text(text.data);
    assert_false(file.complete);
    assert_int_equal(job.noted, 1);
    assert_int_equal(strlen(file.triggers), 5 * TASK_FILE_TRIGGERS - 1);
    repeat(&text, "", "<a>", TASK_FILE_DEPTH, "");
    read_text(text.data);
    assert_false(file.complete);
    repeat(&text, "<Actions><Exec><Command>", "\xc3\xa4", TASK_FILE_TEXT, "</Command></Exec></Actions>");
    read_text(text.data);
    assert_false(file.complete);
    assert_int_equal(strlen(file.actions[0].command), TASK_FILE_TEXT);
    assert_true(text_valid(file.actions[0].command, TASK_FILE_TEXT));
    repeat(&text, "<!-- ", "x", TASK_FILE_SIZE, " -->");
    read_text(text.data);
    assert_false(file.complete);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    text_free(&text);
}

static void sniffed(void **state) {
    (void)state;
    uint8_t bytes[2 * sizeof whole + 2];
    size_t size = widen(whole, bytes);
    assert_true(task_file_sniff(span_of(bytes, size, 0)));
    assert_true(task_file_sniff(span_of(whole, sizeof whole - 1, 0)));
    assert_false(task_file_sniff(span_of(bytes, 100, 0)));
    assert_false(task_file_sniff(span_of("", 0, 0)));
    assert_false(task_file_sniff(span_of(SPACE, sizeof SPACE - 1, 0)));
    assert_false(task_file_sniff(span_of("<?xml version=\"1.0\"?><x/>", 25, 0)));
}

static void use(void **state) {
    (void)state;
    uint8_t bytes[2 * sizeof whole + 2];
    size_t size = widen(whole, bytes);
    assert_true(task_file_decode(&job, span_of(bytes, size, 0), &file));
    assert_true(file.complete && file.hidden && !file.enabled);
    assert_string_equal(file.uri, "\\Vendor\\Up");
    assert_string_equal(file.author, "HOST\\user");
    assert_string_equal(file.date, "2024-05-06T07:08:09");
    assert_string_equal(file.user, "S-1-5-18");
    assert_string_equal(file.run_level, "HighestAvailable");
    assert_string_equal(file.triggers, "Logon Calendar");
    assert_int_equal(file.count, 2);
    assert_int_equal(file.actions[0].kind, TASK_RUN);
    assert_string_equal(file.actions[0].command, "a&b.exe");
    assert_string_equal(file.actions[0].arguments, "-x");
    assert_string_equal(file.actions[0].folder, "C:\\");
    assert_int_equal(file.actions[1].kind, TASK_COM);
    assert_string_equal(file.actions[1].class_id, "{1}");
    assert_string_equal(file.actions[1].data, "d");
    read_text(TASK("<Settings/>"));
    assert_true(file.complete && !file.hidden && file.enabled && file.count == 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {T(every_prefix), T(every_bit), T(refused),
                                       T(limits),       T(sniffed),   T(use)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
