/* JSON value by value: commas, nesting, escapes; UUIDs of names. */
#include "report/emit.h"

#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void nests(void **state) {
    struct text out = {0};
    struct emit emit;
    (void)state;
    emit_init(&emit, &out);
    emit_object(&emit, NULL);
    emit_text(&emit, "a", "x\"\n\xe2\x80\xa8\x1b");
    emit_some(&emit, "b", "");
    emit_some(&emit, "c", NULL);
    emit_array(&emit, "d");
    emit_number(&emit, NULL, INT64_MIN);
    emit_object(&emit, NULL);
    emit_end_object(&emit);
    emit_bool(&emit, NULL, false);
    emit_end_array(&emit);
    emit_hex(&emit, "e", span_of("\x00\xff", 2, 0));
    emit_hex(&emit, "f", span_of("", 0, 0));
    emit_time(&emit, "g", 0);
    emit_time(&emit, "h", 1);
    emit_end_object(&emit);
    assert_string_equal(text_string(&out),
                        "{\"a\":\"x\\\"\\u000a\\u2028\\u001b\",\"d\":[-9223372036854775808,{},false],"
                        "\"e\":\"00ff\",\"h\":\"1601-01-01T00:00:00.0000001Z\"}");
    text_free(&out);
}

static void refuses_depth(void **state) {
    struct text out = {0};
    struct emit emit;
    (void)state;
    emit_init(&emit, &out);
    for (int i = 0; i < EMIT_DEPTH + 4; i++)
        emit_array(&emit, NULL);
    assert_true(out.full);
    for (int i = 0; i < 2 * EMIT_DEPTH; i++)
        emit_end_array(&emit);
    text_free(&out);
}

/* By uuid.uuid5 of Python, in the name space uuid5(NAMESPACE_URL, "assay"). */
static void names_by_uuid(void **state) {
    char uuid[EMIT_UUID];
    (void)state;
    assert_true(digest_prepare());
    emit_uuid(uuid, span_of("assay", 5, 0));
    assert_string_equal(uuid, "3501957a-25f7-509b-878d-9ff047a8c614");
    emit_uuid(uuid, span_of("", 0, 0));
    assert_string_equal(uuid, "45d29633-3c78-5797-a56a-f217509e929a");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nests),
        cmocka_unit_test(refuses_depth),
        cmocka_unit_test(names_by_uuid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
