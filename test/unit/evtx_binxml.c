/* Parts of the event reader by themselves: names, widths, arrays, documents without a log, steps.
 * (Whole logs: test/unit/evtx.c.) */
#include "format/evtx_binxml.h"
#include "format/evtx_binxml_compile.h"
#include "format/evtx_names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MEMORY = 24 << 20 };

static struct job job;
static struct evtx_binxml binxml;
static uint8_t chunk[EVTX_CHUNK];
static size_t used;

static int setup(void **state) {
    (void)state;
    job_init(&job, MEMORY);
    memset(chunk, 0, sizeof chunk);
    used = 512;
    assert_true(evtx_binxml_open(&job, &binxml));
    evtx_binxml_chunk(&binxml, span_of(chunk, sizeof chunk, 0));
    return 0;
}

static int teardown(void **state) {
    (void)state;
    evtx_binxml_free(&binxml);
    job_reset(&job);
    return 0;
}

static void put(uint64_t value, int width) {
    for (int i = 0; i < width; i++)
        chunk[used++] = (uint8_t)(value >> 8 * i);
}

/* A name where it is used for the first time. */
static void put_name(const char *word) {
    put(used + 4, 4);
    put(0, 4), put(0, 2), put(strlen(word), 2);
    for (size_t i = 0; word[i]; i++)
        put((uint8_t)word[i], 2);
    put(0, 2);
}

/* An element with text as content. */
static void put_element(const char *word, const char *text) {
    put(0x01, 1), put(0xffff, 2), put(0, 4);
    put_name(word);
    put(0x02, 1);
    put(0x05, 1), put(EVTX_STRING, 1), put(strlen(text), 2);
    for (size_t i = 0; text[i]; i++)
        put((uint8_t)text[i], 2);
    put(0x04, 1);
}

static struct span from(size_t start) {
    return span_clip(span_of(chunk, sizeof chunk, 0), start, used - start);
}

static struct evtx_name *named(const char *word, size_t units) {
    uint8_t wide[4096];
    for (size_t i = 0; i < units; i++) {
        wide[2 * i] = (uint8_t)word[i % strlen(word)];
        wide[2 * i + 1] = 0;
    }
    return evtx_names_get(&binxml.names, span_of(wide, 2 * units, 0));
}

/* --- misuse --- */

static void a_document_that_is_cut_is_torn(void **state) {
    (void)state;
    size_t start = used;
    put_element("A", "text");
    size_t whole = used;
    for (used = start + 1; used < whole; used++) {
        assert_false(evtx_binxml_read(&binxml, from(start), false));
        assert_int_not_equal(binxml.fault.code, FAULT_NONE);
        evtx_binxml_chunk(&binxml, span_of(chunk, sizeof chunk, 0));
    }
}

static void a_token_that_there_is_not_is_bad(void **state) {
    (void)state;
    size_t start = used;
    put(0x3f, 1), put(0, 4);
    assert_false(evtx_binxml_read(&binxml, from(start), false));
    assert_int_equal(binxml.fault.code, FAULT_BAD);
    assert_int_equal(binxml.fault.offset, start);
}

static void an_instance_that_ends_too_soon_is_torn(void **state) {
    (void)state;
    struct evtx_instance instance;
    put(1, 1), put(7, 4), put(8192, 4);
    struct cursor c = cursor_of(from(512));
    assert_false(evtx_binxml_instance(&binxml, &c, &instance));
    assert_int_equal(binxml.fault.code, FAULT_TORN);
}

static void names_that_are_too_long_are_not_kept(void **state) {
    (void)state;
    assert_non_null(named("long", EVTX_NAME_UNITS));
    assert_null(named("long", EVTX_NAME_UNITS + 1));
}

static void names_end_with_their_room(void **state) {
    (void)state;
    char word[16];
    size_t kept = 0;
    while (kept < 2 * EVTX_NAMES) {
        size_t size = (size_t)snprintf(word, sizeof word, "n%zu", kept);
        if (!named(word, size))
            break;
        kept++;
    }
    assert_true(kept > EVTX_NAMES / 2);
    assert_true(kept <= EVTX_NAMES);
    assert_true(evtx_names_begin(&binxml.names));
    assert_int_equal(binxml.names.count, 0);
    assert_non_null(named(word, 2));
}

static void the_budget_ends_with_a_limit(void **state) {
    (void)state;
    binxml.steps = 1;
    assert_true(evtx_binxml_step(&binxml, 1, 9));
    assert_false(evtx_binxml_step(&binxml, 1, 9));
    assert_int_equal(binxml.fault.code, FAULT_LIMIT);
    assert_int_equal(binxml.fault.offset, 9);
    evtx_binxml_fail(&binxml, FAULT_BAD, 1, "another"); /* the first one stays */
    assert_int_equal(binxml.fault.code, FAULT_LIMIT);
}

/* --- use --- */

static void a_name_is_kept_once(void **state) {
    (void)state;
    struct evtx_name *data = named("Data", 4), *other = named("Data2", 5);
    assert_ptr_equal(named("Data", 4), data);
    assert_ptr_not_equal(data, other);
    assert_int_equal(data->known, EVTX_NAME_Data);
    assert_int_equal(other->known, EVTX_UNKNOWN);
    assert_memory_equal(data->json, "\"Data\":", data->json_size);
    assert_false(evtx_names_begin(&binxml.names)); /* room enough: names stay */
    assert_ptr_equal(named("Data", 4), data);
}

static void an_element_is_a_node_and_its_text_another(void **state) {
    (void)state;
    size_t start = used;
    put_element("Channel", "System");
    put(0, 1);
    assert_true(evtx_binxml_read(&binxml, from(start), false));
    assert_int_equal(binxml.node_count, 2);
    assert_int_equal(binxml.nodes[0].kind, EVTX_ELEMENT);
    assert_int_equal(binxml.nodes[0].name->known, EVTX_NAME_Channel);
    assert_int_equal(binxml.nodes[0].end, 2);
    assert_int_equal(binxml.nodes[1].kind, EVTX_VALUE);
    assert_int_equal(binxml.nodes[1].type, EVTX_STRING);
    assert_int_equal(binxml.nodes[1].value.size, 12);
}

static void a_fragment_becomes_steps(void **state) {
    (void)state;
    size_t start = used;
    put_element("A", "x");
    put(0, 1);
    assert_true(evtx_binxml_compile(&binxml, from(start), false));
    assert_int_equal(binxml.operation_count, 3);
    assert_int_equal(binxml.operations[0].kind, EVTX_OPEN);
    assert_int_equal(binxml.operations[0].end, 3);
    assert_int_equal(binxml.operations[1].kind, EVTX_LITERAL);
    assert_int_equal(binxml.operations[2].kind, EVTX_CLOSE);
}

static void an_instance_says_where_its_values_lie(void **state) {
    (void)state;
    struct evtx_instance instance;
    put(1, 1), put(7, 4), put(8192, 4);
    put(1, 4), put(4, 2), put(EVTX_UINT32, 1), put(0, 1), put(42, 4);
    struct cursor c = cursor_of(from(512));
    assert_true(evtx_binxml_instance(&binxml, &c, &instance));
    assert_int_equal(instance.id, 7);
    assert_int_equal(instance.offset, 8192);
    assert_int_equal(instance.count, 1);
    assert_int_equal(instance.descriptors.size, 4);
    assert_int_equal(instance.values.data[0], 42);
}

static void widths_are_those_of_the_types(void **state) {
    (void)state;
    assert_int_equal(evtx_binxml_width(EVTX_UINT8), 1);
    assert_int_equal(evtx_binxml_width(EVTX_HEX32), 4);
    assert_int_equal(evtx_binxml_width(EVTX_FILETIME), 8);
    assert_int_equal(evtx_binxml_width(EVTX_GUID), 16);
    assert_int_equal(evtx_binxml_width(EVTX_STRING), 0);
    assert_int_equal(evtx_binxml_width(0x7f), 0);
}

static void arrays_give_their_items_and_no_more(void **state) {
    (void)state;
    static const uint8_t three[] = {1, 0, 2, 0, 3};
    static const uint8_t words[] = {'a', 0, 0, 0, 'b', 0};
    struct span rest = span_of(three, sizeof three, 0), item;
    assert_true(evtx_binxml_item(EVTX_UINT16, &rest, &item));
    assert_int_equal(item.data[0], 1);
    assert_true(evtx_binxml_item(EVTX_UINT16, &rest, &item));
    assert_true(evtx_binxml_item(EVTX_UINT16, &rest, &item)); /* what is left over */
    assert_int_equal(item.size, 1);
    assert_false(evtx_binxml_item(EVTX_UINT16, &rest, &item));
    rest = span_of(words, sizeof words, 0);
    assert_true(evtx_binxml_item(EVTX_STRING, &rest, &item));
    assert_int_equal(item.data[0], 'a');
    assert_true(evtx_binxml_item(EVTX_STRING, &rest, &item));
    assert_int_equal(item.data[0], 'b');
    assert_false(evtx_binxml_item(EVTX_STRING, &rest, &item));
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_document_that_is_cut_is_torn),
        TEST(a_token_that_there_is_not_is_bad),
        TEST(an_instance_that_ends_too_soon_is_torn),
        TEST(names_that_are_too_long_are_not_kept),
        TEST(names_end_with_their_room),
        TEST(the_budget_ends_with_a_limit),
        TEST(a_name_is_kept_once),
        TEST(an_element_is_a_node_and_its_text_another),
        TEST(a_fragment_becomes_steps),
        TEST(an_instance_says_where_its_values_lie),
        TEST(widths_are_those_of_the_types),
        TEST(arrays_give_their_items_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
