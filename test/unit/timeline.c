/* Timelines of small cases: names that would break a format, times that are none, then each source and
 * format. */
#include "report/timeline.h"

#include "unit/case_made.h"

#include <stdio.h>
#include <unistd.h>

#define DAY_2011 UINT64_C(129685541940000000) /* 2011-12-17T00:09:54 */

static char printed[1 << 20];
static struct timeline_result result;

static struct timeline_options all_of(enum timeline_format format) {
    return (struct timeline_options){.format = format, .sources = (1u << TIMELINE_SOURCES) - 1};
}

/* Prints a finished case into `printed`. */
static bool print_with(struct casefile *c, const struct timeline_options *options) {
    FILE *file = tmpfile();
    struct output output;
    assert_non_null(file);
    output_init(&output, fileno(file));
    bool good = timeline_print(c, options, &output, &result);
    assert_true(output_end(&output));
    ssize_t size = pread(fileno(file), printed, sizeof printed - 1, 0);
    assert_true(size >= 0);
    printed[size] = 0;
    fclose(file);
    return good;
}

static void print(struct casefile *c, enum timeline_format format) {
    struct timeline_options options = all_of(format);
    assert_true(casefile_finish(c, NULL));
    assert_true(print_with(c, &options));
}

static size_t count(const char *text, const char *part) {
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, part)); at++)
        n++;
    return n;
}

static struct listing timed(const char *folder, const char *name) {
    struct listing listing = made_listing(folder, name);
    for (int i = 0; i < LISTING_TIMES; i++)
        listing.si[i] = listing.fn[i] = DAY_2011;
    return listing;
}

static void put_listing(struct casefile *c, uint64_t id, const struct listing *listing) {
    assert_true(casefile_artifact(c, id, listing, span_of("", 0, 0), "read", NULL));
}

static void send_row(struct casefile *c, struct text *bytes, uint64_t artifact) {
    assert_int_equal(made_send(c, bytes, artifact), CASEFILE_TAKEN);
    text_free(bytes);
}

static void names_that_break_out(void **state) {
    (void)state;
    for (int format = TIMELINE_TEXT; format <= TIMELINE_TIMESKETCH_CSV; format++) {
        struct casefile *c = made_case(NULL);
        struct listing listing = timed("/a|b\n", MADE_NASTY);
        struct text bytes = {0};
        struct row_writer row;
        put_listing(c, 1, &listing);
        listing.stream = "Zone.Identifier";
        listing.stream_size = 15;
        put_listing(c, 2, &listing);
        row_begin(&row, &bytes, FACT_zone);
        row_string(&row, FACT_zone_host_url, MADE_NASTY);
        send_row(c, &bytes, 2);
        print(c, (enum timeline_format)format);
        made_is_tame(printed);
        bool head = format == TIMELINE_TEXT || format == TIMELINE_CSV || format == TIMELINE_TIMESKETCH_CSV;
        assert_int_equal(count(printed, "\n"), (format == TIMELINE_BODY ? 3 : 2) + head);
        if (format == TIMELINE_BODY)
            assert_int_equal(count(printed, "|"), 30);
        casefile_close(c);
    }
}

static void cells_are_no_formulas(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct listing listing = timed("", "x");
    listing.stream = "=cmd|' /C calc'!A0";
    listing.stream_size = strlen(listing.stream);
    put_listing(c, 1, &listing);
    print(c, TIMELINE_CSV);
    assert_non_null(strstr(printed, ",\"'=cmd"));
    casefile_close(c);
}

static void times_that_are_none(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct listing listing = timed("", "x");
    listing.si[0] = 0;
    listing.si[1] = UINT64_MAX;
    listing.si[2] = (uint64_t)INT64_MAX + 1;
    listing.si[3] = INT64_MAX;
    listing.has_fn = false;
    put_listing(c, 1, &listing);
    print(c, TIMELINE_CSV);
    assert_int_equal(result.lines, 4);
    assert_int_equal(result.zero, 1);
    assert_int_equal(result.beyond, 2);
    const char *first = strstr(printed, "\n1601-01-01T00:00:00.0000000Z,...b"),
               *last = strstr(printed, "\n60056-05-28T05:36:10.9551615Z,m...");
    assert_true(first && last && first < strstr(printed, "\n30828-09-14T02:48:05.4775807Z,.a.."));
    assert_null(strchr(last + 1, '\n') + 1 < printed + strlen(printed) ? last : NULL);
    struct timeline_options options = all_of(TIMELINE_TIMESKETCH);
    assert_true(print_with(c, &options));
    assert_int_equal(count(printed, "\"datetime\":\"9999-12-31T23:59:59.999999+00:00\""), 3);
    options = all_of(TIMELINE_BODY);
    assert_true(print_with(c, &options));
    assert_non_null(strstr(printed, "|0\n")); /* before 1970 a body file has no time */
    casefile_close(c);
}

static void equal_times_are_one_event(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct listing listing = timed("/d", "x");
    listing.si[LISTING_MODIFIED] = listing.si[LISTING_CHANGED] = DAY_2011 + 1;
    listing.flags = LISTING_DELETED;
    put_listing(c, 1, &listing);
    struct listing other = timed("/e", "y");
    other.link = 1;
    assert_true(casefile_path(c, 1, &other));
    print(c, TIMELINE_CSV);
    assert_string_equal(
        strchr(printed, '\n') + 1,
        "2011-12-17T00:09:54.0000000Z,.a.b,file,settable,$STANDARD_INFORMATION,1,1,,64,2,/d/x,,"
        "5000,deleted,\r\n"
        "2011-12-17T00:09:54.0000000Z,macb,name,inherited,$FILE_NAME,1,1,,64,2,/d/x,,5000,"
        "deleted,\r\n"
        "2011-12-17T00:09:54.0000000Z,macb,name,inherited,$FILE_NAME,1,1,,64,2,/e/y,,5000,"
        "deleted,\r\n"
        "2011-12-17T00:09:54.0000001Z,m.c.,file,settable,$STANDARD_INFORMATION,1,1,,64,2,/d/x,,"
        "5000,deleted,\r\n");
    struct timeline_options options = all_of(TIMELINE_BODY);
    assert_true(print_with(c, &options));
    assert_int_equal(count(printed, "\n"), 4); /* each name with both kinds of times, as fls */
    assert_non_null(strstr(printed, "0|/e/y ($FILE_NAME) (deleted)|64|r/rrwxrwxrwx|0|0|5000|1324080594|"));
    options = all_of(TIMELINE_CSV);
    options.from = DAY_2011 + 1;
    assert_true(print_with(c, &options));
    assert_int_equal(result.lines, 1);
    options = all_of(TIMELINE_CSV);
    options.to = DAY_2011 + 1;
    assert_true(print_with(c, &options));
    assert_int_equal(result.lines, 3);
    options.sources = 1u << TIMELINE_NAME;
    assert_true(print_with(c, &options));
    assert_int_equal(result.lines, 2);
    casefile_close(c);
}

static void copies_tell_what_differs(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct casefile_volume copy = {.id = 2,
                                   .evidence = 1,
                                   .ordinal = 2,
                                   .kind = "ntfs",
                                   .state = "read",
                                   .shadow = 1,
                                   .shadow_of = 1,
                                   .shadow_created = DAY_2011 + 5,
                                   .shadow_id = "store"};
    assert_true(casefile_volume(c, &copy));
    copy.id = 3;
    copy.shadow = 2;
    assert_true(casefile_volume(c, &copy));
    struct listing listing = timed("", "x");
    put_listing(c, 1, &listing);
    listing.volume = 2;
    listing.shadow = 1;
    listing.si[LISTING_MODIFIED] = DAY_2011 - 1; /* the rest is as now */
    put_listing(c, 2, &listing);
    listing.volume = 3;
    listing.shadow = 2; /* both copies alike */
    put_listing(c, 3, &listing);
    print(c, TIMELINE_CSV);
    assert_int_equal(result.lines, 5);
    assert_non_null(
        strstr(printed, "2011-12-17T00:09:53.9999999Z,m...,file,settable,$STANDARD_INFORMATION,1,2,1,"));
    assert_int_equal(count(printed, ",shadow,recorded,"), 2);
    struct timeline_options options = all_of(TIMELINE_BODY);
    assert_true(print_with(c, &options));
    assert_int_equal(result.lines, 5);
    assert_int_equal(count(printed, "0|/x (shadow 1)|"), 1);
    assert_int_equal(count(printed, "0|/x ($FILE_NAME)|"), 1);
    casefile_close(c);
}

static void what_the_journal_says(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct listing listing = made_listing("/$Extend", "$UsnJrnl");
    struct text bytes = {0};
    struct row_writer row;
    listing.stream = "$J";
    listing.stream_size = 2;
    listing.has_fn = false;
    put_listing(c, 1, &listing);
    for (unsigned i = 0; i < 2; i++) {
        row_begin(&row, &bytes, FACT_usn);
        row_integer(&row, FACT_usn_ordinal, i);
        row_integer(&row, FACT_usn_usn, 80 * i);
        if (i == 0) /* version 4 has no time */
            row_integer(&row, FACT_usn_time, DAY_2011);
        row_integer(&row, FACT_usn_file, 70);
        row_integer(&row, FACT_usn_file_sequence, 3);
        row_integer(&row, FACT_usn_parent, 5);
        row_integer(&row, FACT_usn_parent_sequence, 5);
        row_string(&row, FACT_usn_reasons, "FILE_CREATE");
        row_string(&row, FACT_usn_name, "new");
    }
    row_begin(&row, &bytes, FACT_usn_summary);
    row_integer(&row, FACT_usn_summary_records, 12);
    row_integer(&row, FACT_usn_summary_kept, 2);
    row_string(&row, FACT_usn_summary_selection, "candidates");
    send_row(c, &bytes, 1);
    struct casefile_usn_path path = {1, 5, 5, 0, 80, "/dir", 4, "journal"};
    assert_true(casefile_usn_path(c, &path));
    struct timeline_options options = all_of(TIMELINE_JSONL);
    options.sources = 1u << TIMELINE_JOURNAL;
    assert_true(casefile_finish(c, NULL));
    assert_true(print_with(c, &options));
    assert_string_equal(printed,
                        "{\"time\":\"2011-12-17T00:09:54.0000000Z\",\"source\":\"journal\",\"confidence\":"
                        "\"recorded\",\"what\":\"FILE_CREATE\",\"evidence\":1,\"volume\":1,\"record\":70,"
                        "\"sequence\":3,\"path\":\"/dir/new\",\"detail\":\"USN 0, path by journal\"}\n");
    assert_true(timeline_gaps(c, &bytes));
    assert_non_null(strstr(text_string(&bytes), "10 records"));
    text_free(&bytes);
    casefile_close(c);
}

static void add_log_row(struct text *bytes, unsigned ordinal, bool stale, bool named) {
    struct row_writer row;
    row_begin(&row, bytes, FACT_log_record);
    row_integer(&row, FACT_log_record_ordinal, ordinal);
    row_integer(&row, FACT_log_record_lsn, 1000 + ordinal);
    row_string(&row, FACT_log_record_what, named ? "fn_create" : "si_update");
    row_integer(&row, FACT_log_record_record, 70);
    if (stale)
        row_integer(&row, FACT_log_record_stale, 1);
    if (named) {
        row_integer(&row, FACT_log_record_parent, 64);
        row_integer(&row, FACT_log_record_parent_sequence, 2);
        row_string(&row, FACT_log_record_name, "new");
    }
    if (ordinal == 3) /* writes nothing: a deletion */
        return;
    row_integer(&row, FACT_log_record_created_before, DAY_2011);
    row_integer(&row, FACT_log_record_created_after, DAY_2011 + 10000000);
    row_integer(&row, FACT_log_record_accessed_before, DAY_2011);
    row_integer(&row, FACT_log_record_accessed_after, DAY_2011);
    if (ordinal != 2)
        row_integer(&row, FACT_log_record_changed_after, DAY_2011 + 20000000);
}

static void what_the_log_says(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct listing listing = made_listing("", "d");
    struct text bytes = {0};
    listing.flags = LISTING_DIRECTORY;
    put_listing(c, 1, &listing);
    listing = made_listing("/d", "x");
    listing.record = 70;
    put_listing(c, 2, &listing);
    listing = made_listing("", "$LogFile");
    listing.record = 2;
    put_listing(c, 3, &listing);
    add_log_row(&bytes, 0, false, false);
    add_log_row(&bytes, 1, true, true);
    add_log_row(&bytes, 2, false, false);
    add_log_row(&bytes, 3, false, false);
    send_row(c, &bytes, 3);
    struct timeline_options options = all_of(TIMELINE_CSV);
    options.sources = 1u << TIMELINE_LOG;
    assert_true(casefile_finish(c, NULL));
    assert_true(print_with(c, &options));
    assert_int_equal(result.lines, 3);
    assert_int_equal(result.timeless, 1);
    assert_non_null(strstr(printed,
                           "2011-12-17T00:09:55.0000000Z,....,log,recorded,si_update,1,1,,70,,/d/x,,,,"
                           "\"LSN 1002, created 2011-12-17T00:09:54.0000000Z -> "
                           "2011-12-17T00:09:55.0000000Z\"\r\n"));
    assert_non_null(strstr(printed, "2011-12-17T00:09:56.0000000Z,....,log,recorded,si_update,"));
    assert_non_null(strstr(printed, "changed 2011-12-17T00:09:56.0000000Z"));
    assert_non_null(strstr(printed, "log,stale,fn_create,1,1,,70,,/d/new,"));
    casefile_close(c);
}

static void what_else_there_is(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    struct listing listing = made_listing("", "d");
    struct text bytes = {0};
    struct row_writer row;
    for (uint64_t id = 1; id <= 3; id++) {
        listing.record = 64 + id;
        put_listing(c, id, &listing);
    }
    for (unsigned slack = 0; slack < 2; slack++) {
        row_begin(&row, &bytes, FACT_index_entry);
        row_integer(&row, FACT_index_entry_ordinal, slack);
        row_string(&row, FACT_index_entry_node, "node");
        row_integer(&row, FACT_index_entry_offset, 512);
        row_integer(&row, FACT_index_entry_slack, slack);
        row_integer(&row, FACT_index_entry_created, DAY_2011);
        row_integer(&row, FACT_index_entry_modified, DAY_2011 + 1);
        row_string(&row, FACT_index_entry_name, "gone");
    }
    send_row(c, &bytes, 1);
    for (unsigned reproducible = 0; reproducible < 2; reproducible++) {
        row_begin(&row, &bytes, FACT_pe);
        row_integer(&row, FACT_pe_timestamp, 1324080594);
        row_integer(&row, FACT_pe_reproducible, reproducible);
        if (reproducible == 0)
            for (unsigned i = 0; i < 2; i++) {
                row_begin(&row, &bytes, FACT_signature);
                row_integer(&row, FACT_signature_ordinal, i);
                row_string(&row, FACT_signature_subject, "CN=Contoso");
                row_string(&row, FACT_signature_stamp, "rfc3161");
                row_integer(&row, FACT_signature_stamp_time, DAY_2011);
                row_integer(&row, FACT_signature_stamp_faults, 4 * i);
                row_integer(&row, FACT_signature_claimed_time, DAY_2011);
            }
        send_row(c, &bytes, 2 + reproducible);
    }
    struct timeline_options options = all_of(TIMELINE_CSV);
    assert_true(timeline_event_sources("index,pe,signature", &options.sources));
    assert_true(casefile_finish(c, NULL));
    assert_true(print_with(c, &options));
    assert_int_equal(result.lines, 7);
    assert_non_null(
        strstr(printed, "...b,index,stale,\"$I30 slack\",1,1,,,,/d/gone,,,,\"node, at byte 512\""));
    assert_int_equal(count(printed, ",pe,claimed,"), 1);
    assert_int_equal(count(printed, ",signature,signed,"), 1);
    assert_int_equal(count(printed, ",signature,claimed,"), 3);
    casefile_close(c);
}

static void fields_that_timesketch_refuses(void **state) {
    (void)state;
    struct casefile *c = made_case(NULL);
    size_t size = 40000;
    char *name = malloc(size + 1);
    for (size_t i = 0; i < size; i++) /* two bytes each */
        name[i] = "\xc3\xa9"[i % 2];
    name[size] = 0;
    struct listing listing = timed("", name);
    listing.has_fn = false;
    put_listing(c, 1, &listing);
    print(c, TIMELINE_TIMESKETCH);
    assert_int_equal(result.cut, 2); /* message and path */
    assert_true(text_valid(printed, strlen(printed)));
    assert_true(strlen(printed) < 2 * TIMELINE_KEYWORD + 1000);
    assert_non_null(strstr(printed, "\"timestamp_desc\":\"Creation Time; Content Modification Time; Metadata "
                                    "Modification Time; Last Access Time\""));
    struct timeline_options options = all_of(TIMELINE_TIMESKETCH_CSV);
    assert_true(print_with(c, &options));
    assert_int_equal(result.cut, 2);
    assert_int_equal(strncmp(printed, "message,datetime,timestamp_desc,", 32), 0);
    free(name);
    casefile_close(c);
}

static void words(void **state) {
    (void)state;
    enum timeline_format format;
    unsigned mask = 77;
    assert_false(timeline_format_parse("CSV", &format));
    assert_true(timeline_format_parse("timesketch", &format));
    assert_int_equal(format, TIMELINE_TIMESKETCH);
    static const char *const bad[] = {"", "file,", ",file", "files", "file name", "file,,name"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(timeline_event_sources(bad[i], &mask));
    assert_int_equal(mask, 77);
    assert_true(timeline_event_sources("shadow,file,file", &mask));
    assert_int_equal(mask, 1u << TIMELINE_FILE | 1u << TIMELINE_SHADOW);
    assert_string_equal(timeline_event_source((enum timeline_source)99), "?");
    assert_string_equal(timeline_event_confidence((enum timeline_confidence)99), "?");
}

static void stops_when_told(void **state) {
    (void)state;
    static const volatile int yes = 1;
    struct casefile *c = made_case(NULL);
    struct listing listing = timed("", "x");
    put_listing(c, 1, &listing);
    assert_true(casefile_finish(c, NULL));
    struct timeline_options options = all_of(TIMELINE_CSV);
    options.interrupt = &yes;
    assert_false(print_with(c, &options));
    assert_string_equal(result.error, "interrupted");
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_break_out),
        cmocka_unit_test(cells_are_no_formulas),
        cmocka_unit_test(times_that_are_none),
        cmocka_unit_test(equal_times_are_one_event),
        cmocka_unit_test(copies_tell_what_differs),
        cmocka_unit_test(what_the_journal_says),
        cmocka_unit_test(what_the_log_says),
        cmocka_unit_test(what_else_there_is),
        cmocka_unit_test(fields_that_timesketch_refuses),
        cmocka_unit_test(words),
        cmocka_unit_test(stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
