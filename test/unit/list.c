/* Listings: names that would break a format, then every format, then the fast path against the slow one. */
#include "report/list.h"

#include "unit/case_made.h"

static struct text print(enum list_format format, const struct listing *row) {
    static struct list_printer printer;
    struct text out = {0};
    list_init(&printer, format);
    list_row(&printer, row, &out);
    assert_false(out.full);
    return out;
}

static size_t count(const char *text, char c) {
    size_t n = 0;
    for (; *text; text++)
        n += *text == c;
    return n;
}

static void names_that_break_out(void **state) {
    (void)state;
    struct listing row = made_listing("/a|b\n", MADE_NASTY);
    row.stream = MADE_NASTY;
    row.stream_size = strlen(MADE_NASTY);
    for (int format = LIST_TEXT; format <= LIST_BODY; format++) {
        struct text out = print((enum list_format)format, &row);
        made_is_tame(text_string(&out));
        assert_int_equal(count(text_string(&out), '\n'), format == LIST_BODY ? 2 : 1);
        if (format == LIST_BODY)
            assert_int_equal(count(text_string(&out), '|'), 20);
        if (format == LIST_CSV)
            assert_non_null(strstr(text_string(&out), ",\"'=cmd")); /* the stream would be a formula */
        text_free(&out);
    }
}

static void a_text_that_is_full(void **state) {
    (void)state;
    struct listing row = made_listing("/a", "b");
    for (int format = LIST_TEXT; format <= LIST_BODY; format++) {
        struct list_printer printer;
        struct text out = {.max = 100};
        list_init(&printer, (enum list_format)format);
        for (int i = 0; i < 3; i++)
            list_row(&printer, &row, &out);
        assert_true(out.full && out.size <= 100);
        text_free(&out);
    }
}

static void formats_have_names(void **state) {
    (void)state;
    enum list_format format = LIST_TEXT;
    assert_false(list_format_parse("CSV", &format));
    assert_false(list_format_parse("", &format));
    assert_true(list_format_parse("bodyfile", &format));
    assert_int_equal(format, LIST_BODY);
}

static struct listing plain_row(void) {
    struct listing row = made_listing("/Program Files/a", "b.dll");
    for (int i = 0; i < LISTING_TIMES; i++) {
        row.si[i] = 129685541940000000u + (unsigned)i;
        row.fn[i] = 129685541940000000u;
    }
    row.flags = LISTING_DELETED | LISTING_RESIDENT;
    row.attributes = 32;
    return row;
}

static void copies_are_told(void **state) {
    (void)state;
    struct listing row = plain_row();
    row.shadow = 12;
    struct text out = print(LIST_CSV, &row);
    assert_non_null(strstr(text_string(&out), ",12\r\n"));
    text_free(&out);
    out = print(LIST_JSONL, &row);
    assert_non_null(strstr(text_string(&out), "\"volume\":1,\"shadow\":12,"));
    text_free(&out);
    out = print(LIST_BODY, &row);
    assert_non_null(strstr(text_string(&out), " (shadow 12)|"));
    text_free(&out);
    out = print(LIST_TEXT, &row);
    assert_non_null(strstr(text_string(&out), "1.1@12 "));
    text_free(&out);
}

static void each_format(void **state) {
    (void)state;
    struct listing row = plain_row();
    uint8_t hash[32] = {0xab};
    row.sha256 = hash;
    struct text out = print(LIST_CSV, &row);
    assert_string_equal(
        text_string(&out),
        "1,1,64,2,0,\"/Program Files/a/b.dll\",,5000,deleted resident,32,2011-12-17T00:09:54.0000000Z,"
        "2011-12-17T00:09:54.0000001Z,2011-12-17T00:09:54.0000002Z,2011-12-17T00:09:54.0000003Z,"
        "2011-12-17T00:09:54.0000000Z,2011-12-17T00:09:54.0000000Z,2011-12-17T00:09:54.0000000Z,"
        "2011-12-17T00:09:54.0000000Z,ab00000000000000000000000000000000000000000000000000000000000000,\r\n");
    text_free(&out);
    row.sha256 = NULL;
    row.has_fn = false;
    row.stream = "s";
    row.stream_size = 1;
    out = print(LIST_JSONL, &row);
    assert_string_equal(
        text_string(&out),
        "{\"evidence\":1,\"volume\":1,\"record\":64,\"sequence\":2,\"link\":0,\"path\":\"/Program Files/a/b.dll\","
        "\"stream\":\"s\",\"size\":5000,\"flags\":[\"deleted\",\"resident\"],\"attributes\":32,"
        "\"si_created\":\"2011-12-17T00:09:54.0000000Z\",\"si_modified\":\"2011-12-17T00:09:54.0000001Z\","
        "\"si_changed\":\"2011-12-17T00:09:54.0000002Z\",\"si_accessed\":\"2011-12-17T00:09:54.0000003Z\"}\n");
    text_free(&out);
    out = print(LIST_BODY, &row);
    assert_string_equal(text_string(&out),
                        "0|/Program Files/a/b.dll:s (deleted)|64|r/rrwxrwxrwx|0|0|5000|1324080594|"
                        "1324080594|1324080594|1324080594\n");
    text_free(&out);
    out = print(LIST_TEXT, &row);
    assert_non_null(strstr(text_string(&out),
                           "64-2 xi                5000  2011-12-17 00:09:54  /Program Files/a/b.dll:s\n"));
    text_free(&out);
}

static void file_name_lines_and_a_prefix(void **state) {
    (void)state;
    struct listing row = plain_row();
    struct list_printer printer;
    struct text out = {0};
    row.flags = LISTING_DIRECTORY;
    list_init(&printer, LIST_BODY);
    printer.prefix = "C:";
    list_row(&printer, &row, &out);
    assert_non_null(
        strstr(text_string(&out), "\n0|C:/Program Files/a/b.dll ($FILE_NAME)|64|d/drwxrwxrwx|0|0|"));
    text_free(&out);
}

static void heads(void **state) {
    (void)state;
    struct list_printer printer;
    struct text head = {0};
    list_init(&printer, LIST_CSV);
    list_head(&printer, &head);
    struct listing row = plain_row();
    struct text line = print(LIST_CSV, &row);
    assert_int_equal(count(text_string(&head), ','), count(text_string(&line), ','));
    text_clear(&head);
    list_init(&printer, LIST_BODY);
    list_head(&printer, &head);
    assert_int_equal(head.size, 0);
    text_free(&head);
    text_free(&line);
}

/* Times that a file system in a folder did not tell are empty; in an image 0 is what is written there. */
static void times_of_zero(void **state) {
    (void)state;
    struct listing row = made_listing("", "f");
    row.has_fn = false;
    row.volume = 0;
    struct text out = print(LIST_CSV, &row);
    assert_non_null(strstr(text_string(&out), "\"/f\",,5000,,0,,,,,,,,,,\r\n"));
    text_free(&out);
    row.volume = 1;
    out = print(LIST_CSV, &row);
    assert_non_null(strstr(text_string(&out), "1601-01-01T00:00:00.0000000Z"));
    text_free(&out);
}

/* Names with every byte at every place of a word: the fast path takes exactly what needs no escape. */
static void fast_and_slow_agree(void **state) {
    (void)state;
    char name[20];
    for (int byte = 1; byte < 256; byte++)
        for (size_t at = 0; at < 17; at++) {
            memset(name, 'n', sizeof name);
            name[at] = (char)byte;
            struct listing row = made_listing("/f", "");
            row.name = name;
            row.name_size = 17;
            struct text out = print(LIST_JSONL, &row), path = {0}, wanted = {0};
            text_add(&path, "/f/");
            text_bytes(&path, name, 17);
            text_add(&wanted, "\"path\":");
            text_json(&wanted, path.data, path.size);
            text_add(&wanted, ",\"size\"");
            assert_non_null(strstr(text_string(&out), text_string(&wanted)));
            text_free(&out);
            text_free(&path);
            text_free(&wanted);
        }
}

static void times_agree(void **state) {
    (void)state;
    static struct list_time memory;
    uint64_t value = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        char fast[FILETIME_TEXT + 8] = {0}, slow[FILETIME_TEXT];
        value ^= value << 13;
        value ^= value >> 7;
        value ^= value << 17;
        uint64_t time = i == 0   ? 0
                        : i == 1 ? UINT64_MAX
                        : i % 3  ? 132000000000000000u + value % 3000000000000000u
                                 : value;
        fast[list_time_print(&memory, time, fast)] = 0;
        filetime_text(time, slow);
        assert_string_equal(fast, slow);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_break_out),
        cmocka_unit_test(a_text_that_is_full),
        cmocka_unit_test(formats_have_names),
        cmocka_unit_test(each_format),
        cmocka_unit_test(copies_are_told),
        cmocka_unit_test(file_name_lines_and_a_prefix),
        cmocka_unit_test(heads),
        cmocka_unit_test(times_of_zero),
        cmocka_unit_test(fast_and_slow_agree),
        cmocka_unit_test(times_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
