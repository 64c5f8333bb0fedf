/* Explanations: lines within the width, everything said. */
#include "report/explain.h"

#include "unit/case_made.h"

static void all_is_said(void **state) {
    (void)state;
    struct text text = {0};
    explain_text(&text, "detector", &made_detector, 0);
    static const char *const wanted[] = {"hidden (detector): something hidden",
                                         "up to critical",
                                         "T1027",
                                         "It matters.",
                                         "It may be a tag.",
                                         "Look at it."};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_non_null(strstr(text_string(&text), wanted[i]));
    text_free(&text);
}

static void lines_fit(void **state) {
    (void)state;
    struct explanation wordy = made_detector;
    wordy.why =
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty twenty-one twenty-two twenty-three twenty-four";
    for (unsigned width = 0; width < 120; width++) {
        struct text text = {0};
        explain_text(&text, "judge", &wordy, width);
        size_t most = width == 0 ? 100 : width < 40 ? 40 : width;
        char *rest = text.data;
        for (char *line = strtok_r(rest, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            assert_true(strlen(line) <= most);
        text_free(&text);
    }
}

static void a_table(void **state) {
    (void)state;
    struct text text = {0};
    struct explanation quiet = made_detector;
    quiet.attack = "";
    explain_head(&text);
    explain_row(&text, "detector", &quiet);
    assert_non_null(strstr(text_string(&text), "hidden                 detector  critical"));
    assert_non_null(strstr(text_string(&text), "something hidden\n"));
    text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_is_said), cmocka_unit_test(lines_fit),
                                       cmocka_unit_test(a_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
