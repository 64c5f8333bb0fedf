#include "format/evtx_json.h"
#include "make/evtx_made.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SIZE = EVTX_MADE_HEADER + 6 * EVTX_MADE_CHUNK };

static uint8_t bytes[SIZE];
static struct evtx_made made;
static struct job job;
static struct evtx evtx;
static struct evtx_header header;
static struct text live, slack;
static uint64_t numbers[4096], slack_numbers[4096];

static const struct evtx_made_datum two[] = {{"ServiceName", "abc", 1, NULL, 0},
                                             {"ImagePath", "C:\\x.sys", 1, NULL, 0}};
static const struct evtx_made_event service = {.time = UINT64_C(133000000000000000),
                                               .provider = "Service Control Manager",
                                               .channel = "System",
                                               .computer = "HOST",
                                               .id = 7045,
                                               .level = 4,
                                               .data = two,
                                               .count = 2};

static int setup(void **state) {
    (void)state;
    job_reset(&job); /* some tests begin again */
    job_init(&job, EVTX_MEMORY);
    memset(bytes, 0, sizeof bytes);
    made = (struct evtx_made){.bytes = bytes, .size = sizeof bytes};
    text_clear(&live);
    text_clear(&slack);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

/* Reads a whole log into `live` and `slack`. */
static void read_log(const uint8_t *log, size_t size) {
    struct evtx_event event;
    job_reset(&job);
    text_clear(&live);
    text_clear(&slack);
    struct span all = span_of(log, size, 0);
    evtx_header(&job, span_clip(all, 0, EVTX_HEADER), &header);
    assert_true(evtx_open(&job, &header, &evtx));
    struct evtx_json json = {.names = &evtx.binxml.names};
    uint64_t number = 0;
    size_t used = 0, stale = 0;
    for (struct span rest = span_from(all, EVTX_HEADER); rest.size > 0;
         rest = span_from(rest, rest.size < EVTX_CHUNK ? rest.size : EVTX_CHUNK)) {
        evtx_chunk(&evtx, rest, number++);
        while (evtx_next(&evtx, &event)) {
            struct text *text = event.slack ? &slack : &live;
            evtx_json_event(&json, &event, text);
            text_char(text, '\n');
            if (event.slack)
                slack_numbers[stale++ % 4096] = event.number;
            else
                numbers[used++ % 4096] = event.number;
        }
    }
    evtx_close(&evtx);
}

static size_t add(size_t count) {
    for (size_t i = 0; i < count; i++)
        assert_true(evtx_made_add(&made, &service));
    return made.at;
}

/* Sums of a chunk and of the header, after something in them was changed. */
static void seal(uint8_t *chunk) {
    size_t end = chunk[48] | (size_t)chunk[49] << 8;
    evtx_made_set(chunk + 52, inflate_crc(0, span_of(chunk + 512, end - 512, 0)), 4);
    uint32_t sum = inflate_crc(0, span_of(chunk, 120, 0));
    evtx_made_set(chunk + 124, inflate_crc(sum, span_of(chunk + 128, 384, 0)), 4);
    evtx_made_set(bytes + 124, inflate_crc(0, span_of(bytes, 120, 0)), 4);
}

static void noted(enum fault_code code, const char *words) {
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        if (job.notes[i].code == code && strstr(job.notes[i].text, words))
            return;
    fail_msg("not noted: %s", words);
}

/* --- a record whose document the caller writes --- */

static size_t record_at;

static void begin(void) {
    if (made.chunk == 0)
        evtx_made_start_chunk(&made);
    record_at = evtx_made_begin(&made, 1);
    evtx_made_put(&made, 0x0001010f, 4);
}

static void finish(void) {
    evtx_made_put(&made, 0, 1);
    evtx_made_end(&made, record_at);
    read_log(bytes, evtx_made_finish(&made));
}

static void gives(const char *json) {
    assert_int_equal(evtx.tally.broken, 0);
    assert_int_equal(job.noted, 0);
    assert_string_equal(text_string(&live), json);
}

/* A record of one template <A>slot</A> with one value. */
static void one_value(unsigned type, const void *value, size_t size) {
    size_t at;
    setup(NULL);
    begin();
    assert_true(evtx_made_instance(&made, "one", &at));
    evtx_made_slot(&made, "A", 0, type);
    evtx_made_defined(&made, at);
    struct evtx_made_datum datum = {NULL, NULL, (uint8_t)type, value, size};
    evtx_made_values(&made, &datum, 1);
    finish();
}
#define VALUE(type, json, ...)                                                                               \
    do {                                                                                                     \
        one_value(type, (const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__});               \
        gives("{\"A\":" json "}\n");                                                                         \
    } while (0)

/* --- misuse --- */

static void what_is_no_log_is_said_to_be_none(void **state) {
    (void)state;
    assert_false(evtx_sniff(span_of("", 0, 0)));
    assert_false(evtx_sniff(span_of("ElfFile", 7, 0)));
    assert_true(evtx_sniff(span_of("ElfFile", 8, 0)));
    read_log(bytes, 0);
    noted(FAULT_BAD, "without its header");
    read_log(bytes, 100);
    assert_int_equal(evtx.tally.records, 0);
    memcpy(bytes, "ElfFile", 8);
    read_log(bytes, 100);
    noted(FAULT_TORN, "within its header");
    read_log(bytes, EVTX_HEADER);
    noted(FAULT_BAD, "wrong checksum");
}

static void what_is_no_chunk_is_noted_and_zeros_are_not(void **state) {
    (void)state;
    size_t size = evtx_made_finish(&made);
    read_log(bytes, size + EVTX_CHUNK);
    assert_int_equal(evtx.tally.empty, 1);
    assert_int_equal(job.noted, 0);
    bytes[size + 5] = 1;
    bytes[42] = 1; /* the header counts it */
    evtx_made_set(bytes + 124, inflate_crc(0, span_of(bytes, 120, 0)), 4);
    read_log(bytes, size + EVTX_CHUNK);
    noted(FAULT_BAD, "no chunk");
    assert_int_equal(evtx.tally.damaged, 1);
}

static void sums_are_checked(void **state) {
    (void)state;
    size_t size = (add(3), evtx_made_finish(&made));
    bytes[EVTX_HEADER + 130] ^= 1;
    read_log(bytes, size);
    noted(FAULT_BAD, "header has a wrong checksum");
    assert_int_equal(evtx.tally.records, 3);
    bytes[EVTX_HEADER + 130] ^= 1;
    bytes[EVTX_HEADER + 512 + 16] ^= 1; /* a time */
    read_log(bytes, size);
    noted(FAULT_BAD, "records have a wrong checksum");
    assert_int_equal(evtx.tally.records, 3);
    assert_int_equal(evtx.tally.damaged, 1);
    bytes[120] = 1; /* a log that was not closed has sums of a moment ago */
    read_log(bytes, size);
    assert_int_equal(job.noted, 0);
}

static void documents_that_lie_are_told_of_and_the_next_is_read(void **state) {
    (void)state;
    static const struct {
        uint8_t token[16];
        size_t size;
        enum fault_code code;
        const char *words;
    } lies[] = {
        {{0x1f}, 1, FAULT_BAD, "unknown token"},
        {{0x01, 0xff, 0xff, 0, 0, 0, 0, 0xf0, 0xff, 0, 0}, 11, FAULT_BAD, "lies nowhere"},
        {{0x0c, 1, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}, 14, FAULT_BAD, "template lies nowhere"},
        {{0x0c, 1, 1, 2, 3, 4, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, 14, FAULT_TORN, "ends too soon"},
        {{0x04}, 1, FAULT_BAD, "end of no element"},
        {{0x06, 0, 0, 0, 0}, 5, FAULT_BAD, "attribute of no element"},
        {{0x05, 8, 1, 2, 3, 4}, 6, FAULT_UNSUPPORTED, "no string"},
        {{0x05, 1, 0xff, 0xff}, 4, FAULT_TORN, "ends too soon"},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        setup(NULL);
        begin();
        evtx_made_bytes(&made, lies[i].token, lies[i].size);
        evtx_made_end(&made, record_at);
        add(1);
        read_log(bytes, evtx_made_finish(&made));
        noted(lies[i].code, lies[i].words);
        assert_int_equal(evtx.tally.records, 2);
        assert_int_equal(evtx.tally.broken, 1);
        assert_non_null(strstr(text_string(&live), "\"ServiceName\":\"abc\""));
    }
}

static void what_was_read_of_a_broken_document_is_closed(void **state) {
    (void)state;
    begin();
    evtx_made_open(&made, "A", 0xffff, false);
    evtx_made_content(&made);
    evtx_made_open(&made, "B", 0xffff, false);
    evtx_made_content(&made);
    evtx_made_text(&made, "x");
    evtx_made_put(&made, 0x1f, 1);
    finish();
    noted(FAULT_BAD, "unknown token");
    assert_string_equal(text_string(&live), "{\"A\":{\"B\":\"x\"}}\n");
}

static void nesting_ends(void **state) {
    (void)state;
    begin();
    for (int i = 0; i < 100; i++) {
        evtx_made_open(&made, "A", 0xffff, false);
        evtx_made_content(&made);
    }
    finish();
    noted(FAULT_LIMIT, "nested deeper");
    setup(NULL);
    size_t at;
    begin();
    evtx_made_instance(&made, "self", &at);
    size_t element = evtx_made_open(&made, "A", 0xffff, false);
    evtx_made_content(&made);
    for (int i = 0; i < 2; i++) { /* a template that holds itself twice */
        evtx_made_instance(&made, "self", &at);
        evtx_made_put(&made, 0, 4);
    }
    evtx_made_close(&made, element);
    evtx_made_put(&made, 0, 1);
    evtx_made_set(bytes + EVTX_HEADER + 512 + 24 + 4 + 10 + 20,
                  made.at - (EVTX_HEADER + 512 + 24 + 4 + 10 + 24), 4);
    evtx_made_put(&made, 0, 4);
    finish();
    noted(FAULT_LIMIT, "nested deeper");
}

static void a_chunk_unfolds_to_no_more_than_its_budget(void **state) {
    (void)state;
    static uint8_t array[40000];
    size_t at;
    begin();
    assert_true(evtx_made_instance(&made, "many", &at));
    size_t element = evtx_made_open(&made, "A", 0xffff, false);
    evtx_made_content(&made);
    for (int i = 0; i < 20; i++)
        evtx_made_slot(&made, "B", 0, 0x84);
    evtx_made_close(&made, element);
    evtx_made_defined(&made, at);
    struct evtx_made_datum datum = {NULL, NULL, 0x84, array, sizeof array};
    evtx_made_values(&made, &datum, 1);
    finish();
    noted(FAULT_LIMIT, "more elements");
    assert_true(evtx.binxml.node_count <= EVTX_NODES);
}

/* --- use --- */

static void records_come_as_they_were_written(void **state) {
    (void)state;
    add(500);
    size_t size = evtx_made_finish(&made);
    assert_true(made.chunks > 1);
    read_log(bytes, size);
    assert_int_equal(job.noted, 0);
    assert_int_equal(evtx.tally.records, 500);
    assert_int_equal(evtx.tally.chunks, made.chunks);
    for (size_t i = 0; i < 500; i++)
        assert_int_equal(numbers[i], i + 1);
    const char *first =
        "{\"Event\":{\"#attributes\":{\"xmlns\":\"http://schemas.microsoft.com/win/2004/08/events/event\"},"
        "\"System\":{\"Provider\":{\"#attributes\":{\"Name\":\"Service Control Manager\"}},\"EventID\":7045,"
        "\"Level\":4,\"Keywords\":\"0x8000000000000000\",\"TimeCreated\":{\"#attributes\":{\"SystemTime\":"
        "\"2022-06-18T04:26:40.0000000Z\"}},\"EventRecordID\":1,\"Execution\":{\"#attributes\":"
        "{\"ProcessID\":7045,\"ThreadID\":4}},\"Channel\":\"System\",\"Computer\":\"HOST\",\"Security\":null},"
        "\"EventData\":{\"ServiceName\":\"abc\",\"ImagePath\":\"C:\\\\x.sys\"}}}\n";
    assert_memory_equal(text_string(&live), first, strlen(first));
}

static void fields_and_data_are_pulled_out(void **state) {
    (void)state;
    struct evtx_made_event event = service;
    event.has_user = true;
    memcpy(event.user, "\1\1\0\0\0\0\0\5\22\0\0\0", 12);
    assert_true(evtx_made_add(&made, &event));
    size_t size = evtx_made_finish(&made);
    job_reset(&job);
    evtx_header(&job, span_of(bytes, EVTX_HEADER, 0), &header);
    assert_true(evtx_open(&job, &header, &evtx));
    evtx_chunk(&evtx, span_of(bytes + EVTX_HEADER, size - EVTX_HEADER, EVTX_HEADER), 0);
    struct evtx_event got;
    struct evtx_printer printer = {{0}};
    uint64_t number;
    assert_true(evtx_next(&evtx, &got));
    assert_int_equal(got.number, 1);
    assert_int_equal(got.time, event.time);
    assert_int_equal(got.offset, EVTX_HEADER + 512);
    assert_true(evtx_value_is(got.fields[EVTX_PROVIDER], "service control MANAGER"));
    assert_false(evtx_value_is(got.fields[EVTX_PROVIDER], "service control"));
    assert_true(evtx_value_number(got.fields[EVTX_EVENT], &number) && number == 7045);
    assert_true(evtx_value_number(got.fields[EVTX_KEYWORDS], &number) && number == UINT64_C(1) << 63);
    assert_true(evtx_value_time(got.fields[EVTX_CREATED], &number) && number == event.time);
    assert_null(got.fields[EVTX_ACTIVITY]);
    text_clear(&live);
    evtx_value_text(&printer, got.fields[EVTX_USER], &live);
    assert_string_equal(text_string(&live), "S-1-5-18");
    struct evtx_pair pair;
    uint32_t at = 0;
    assert_true(evtx_pair(&got, &at, &pair));
    assert_int_equal(pair.name.size, 2 * strlen("ServiceName"));
    assert_int_equal(pair.count, 1);
    assert_true(evtx_value_is(pair.first, "abc"));
    for (int more = 2; more >= 0; more--) { /* its attribute, the next one, its attribute */
        assert_true(evtx_pair(&got, &at, &pair));
        assert_int_equal(pair.attribute != NULL, more != 1);
    }
    assert_false(evtx_pair(&got, &at, &pair));
    assert_false(evtx_next(&evtx, &got));
    evtx_close(&evtx);
}

static void values_are_told_by_type(void **state) {
    (void)state;
    VALUE(EVTX_STRING, "\"a\\\\\\\"\\u000a\"", 'a', 0, '\\', 0, '"', 0, '\n', 0, 0, 0);
    VALUE(EVTX_STRING, "\"\xc3\xa9\xef\xbf\xbd\"", 0xe9, 0, 0x00, 0xd8);
    VALUE(EVTX_ANSI, "\"ab\"", 'a', 'b', 0);
    VALUE(EVTX_INT8, "-2", 0xfe);
    VALUE(EVTX_UINT8, "254", 0xfe);
    VALUE(EVTX_INT16, "-2", 0xfe, 0xff);
    VALUE(EVTX_UINT16, "65534", 0xfe, 0xff);
    VALUE(EVTX_INT32, "-2", 0xfe, 0xff, 0xff, 0xff);
    VALUE(EVTX_UINT32, "4294967294", 0xfe, 0xff, 0xff, 0xff);
    VALUE(EVTX_INT64, "-9223372036854775808", 0, 0, 0, 0, 0, 0, 0, 0x80);
    VALUE(EVTX_UINT64, "9223372036854775808", 0, 0, 0, 0, 0, 0, 0, 0x80);
    VALUE(EVTX_REAL32, "\"1.5\"", 0, 0, 0xc0, 0x3f);
    VALUE(EVTX_REAL64, "\"-INF\"", 0, 0, 0, 0, 0, 0, 0xf0, 0xff);
    VALUE(EVTX_BOOLEAN, "true", 1, 0, 0, 0);
    VALUE(EVTX_BOOLEAN, "false", 0);
    VALUE(EVTX_BINARY, "\"00FF10\"", 0, 0xff, 0x10);
    VALUE(EVTX_GUID, "\"04030201-0605-0807-090A-0B0C0D0E0F10\"", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
          14, 15, 16);
    VALUE(EVTX_SIZE, "\"0x10\"", 16, 0, 0, 0);
    VALUE(EVTX_FILETIME, "\"1601-01-01T00:00:00.0000001Z\"", 1, 0, 0, 0, 0, 0, 0, 0);
    VALUE(EVTX_SYSTEMTIME, "\"2024-02-29T23:59:58.0070000Z\"", 0xe8, 7, 2, 0, 4, 0, 29, 0, 23, 0, 59, 0, 58,
          0, 7, 0);
    VALUE(EVTX_SID, "\"S-1-5-32-544\"", 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0);
    VALUE(EVTX_SID, "\"S-1-0x010000000005\"", 1, 0, 1, 0, 0, 0, 0, 5);
    VALUE(EVTX_HEX32, "\"0xff\"", 0xff, 0, 0, 0);
    VALUE(EVTX_HEX64, "\"0x0\"", 0, 0, 0, 0, 0, 0, 0, 0);
}

/* Whatever its size is, a value of a wrong one is told as its bytes. */
static void values_of_a_wrong_size_are_binary(void **state) {
    (void)state;
    VALUE(EVTX_UINT32, "\"010203\"", 1, 2, 3);
    VALUE(EVTX_GUID, "\"01\"", 1);
    VALUE(EVTX_SID, "\"0102000000000005\"", 1, 2, 0, 0, 0, 0, 0, 5);
    VALUE(EVTX_SYSTEMTIME, "\"E8071100000000000000000000000000\"", 0xe8, 7, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
          0, 0, 0);
    VALUE(0x7e, "\"0102\"", 1, 2);
    VALUE(EVTX_STRING, "\"a\xef\xbf\xbd\"", 'a', 0, 'b');
}

static void arrays_repeat_their_element(void **state) {
    (void)state;
    size_t at;
    begin();
    assert_true(evtx_made_instance(&made, "arrays", &at));
    size_t element = evtx_made_open(&made, "EventData", 0xffff, false);
    evtx_made_content(&made);
    for (unsigned i = 0; i < 3; i++)
        evtx_made_slot(&made, i == 0 ? "Data" : i == 1 ? "N" : "E", i, 0x81);
    element = (evtx_made_close(&made, element), element);
    evtx_made_defined(&made, at);
    const struct evtx_made_datum data[] = {{NULL, NULL, 0x81, "a\0\0\0\0\0b\0\0", 10},
                                           {NULL, NULL, 0x86, "\1\0\2\0", 4},
                                           {NULL, NULL, 0x81, "", 0}};
    evtx_made_values(&made, data, 3);
    finish();
    gives("{\"EventData\":{\"Data\":{\"#text\":[\"a\",\"\",\"b\"]},\"N\":1,\"N_1\":2,\"E\":\"\"}}\n");
}

static void absent_values_leave_their_element_out(void **state) {
    (void)state;
    size_t at;
    begin();
    assert_true(evtx_made_instance(&made, "absent", &at));
    size_t element = evtx_made_open(&made, "A", 0xffff, true);
    evtx_made_attribute(&made, "x", true);
    evtx_made_substitution(&made, 0, 1);
    evtx_made_attribute(&made, "y", false);
    evtx_made_substitution(&made, 1, 1);
    evtx_made_content(&made);
    evtx_made_slot(&made, "B", 0, 1);
    evtx_made_slot(&made, "C", 1, 1);
    evtx_made_slot(&made, "D", 7, 1); /* there is no such value */
    evtx_made_close(&made, element);
    evtx_made_defined(&made, at);
    const struct evtx_made_datum data[] = {{NULL, NULL, 0, "", 0}, {NULL, "v", 1, NULL, 0}};
    evtx_made_values(&made, data, 2);
    finish();
    gives("{\"A\":{\"#attributes\":{\"y\":\"v\"},\"C\":\"v\"}}\n");
}

static void references_and_sections_are_text(void **state) {
    (void)state;
    begin();
    size_t element = evtx_made_open(&made, "A", 0xffff, false);
    evtx_made_content(&made);
    evtx_made_text(&made, "1");
    evtx_made_put(&made, 0x48, 1);
    evtx_made_put(&made, 0xe9, 2);
    for (int i = 0; i < 2; i++) {
        evtx_made_put(&made, 0x49, 1);
        evtx_made_name(&made, i == 0 ? "amp" : "quot");
    }
    evtx_made_put(&made, 0x07, 1);
    evtx_made_put(&made, 1, 2);
    evtx_made_put(&made, '<', 2);
    evtx_made_put(&made, 0x0a, 1); /* a processing instruction is not kept */
    evtx_made_name(&made, "pi");
    evtx_made_put(&made, 0x0b, 1);
    evtx_made_put(&made, 1, 2);
    evtx_made_put(&made, 'z', 2);
    evtx_made_close(&made, element);
    finish();
    gives("{\"A\":\"1\xc3\xa9&\\\"<\"}\n");
}

static void twins_and_mixed_content_keep_apart(void **state) {
    (void)state;
    begin();
    size_t outer = evtx_made_open(&made, "A", 0xffff, false), inner;
    evtx_made_content(&made);
    for (int i = 0; i < 2; i++) {
        inner = evtx_made_open(&made, "B", 0xffff, false);
        evtx_made_content(&made);
        size_t deep = evtx_made_open(&made, "B", 0xffff, false);
        evtx_made_close_empty(&made, deep);
        evtx_made_close(&made, inner);
        evtx_made_text(&made, "t");
    }
    evtx_made_close(&made, outer);
    finish();
    gives("{\"A\":{\"#text\":\"tt\",\"B\":{\"B\":null},\"B_1\":{\"B\":null}}}\n");
}

/* --- slack and damage --- */

static void records_behind_the_last_are_slack(void **state) {
    (void)state;
    add(5);
    size_t size = evtx_made_finish(&made), at = EVTX_HEADER + 512;
    uint8_t *chunk = bytes + EVTX_HEADER;
    for (int i = 0; i < 3; i++)
        at += bytes[at + 4] | (size_t)bytes[at + 5] << 8;
    evtx_made_set(chunk + 48, at - EVTX_HEADER, 4);
    seal(chunk);
    read_log(bytes, size);
    assert_int_equal(evtx.tally.records, 3);
    assert_int_equal(evtx.tally.slack, 2);
    assert_int_equal(evtx.tally.lost, 0);
    assert_int_equal(slack_numbers[0], 4);
    assert_int_equal(slack_numbers[1], 5);
    assert_int_equal(job.noted, 0);
    bytes[120] = 1; /* not closed: numbers tell how far it goes */
    seal(chunk);
    read_log(bytes, size);
    assert_int_equal(evtx.tally.records, 5);
    assert_int_equal(evtx.tally.slack, 0);
}

/* What lies at the place of its template is another one by now. */
static void slack_does_not_borrow_a_template(void **state) {
    (void)state;
    add(3);
    size_t size = evtx_made_finish(&made), at = EVTX_HEADER + 512;
    uint8_t *chunk = bytes + EVTX_HEADER;
    evtx_made_set(chunk + 48, at + (bytes[at + 4] | (size_t)bytes[at + 5] << 8) - EVTX_HEADER, 4);
    bytes[at + 24 + 4 + 14] ^= 1; /* GUID */
    seal(chunk);
    read_log(bytes, size);
    assert_int_equal(evtx.tally.records, 1);
    assert_int_equal(evtx.tally.slack, 2);
    assert_int_equal(evtx.tally.lost, 2);
    assert_int_equal(job.noted, 0);
}

static void chunks_that_the_log_has_given_up_are_slack(void **state) {
    (void)state;
    add(300);
    size_t size = evtx_made_finish(&made);
    assert_true(made.chunks >= 2);
    bytes[42] = 1;
    seal(bytes + EVTX_HEADER);
    read_log(bytes, size);
    assert_int_equal(evtx.tally.chunks, 1);
    assert_int_equal(evtx.tally.spare, made.chunks - 1);
    assert_int_equal(evtx.tally.records + evtx.tally.slack, 300);
    assert_int_equal(evtx.tally.lost, 0);
    assert_int_equal(slack_numbers[0], numbers[evtx.tally.records - 1] + 1);
}

static void damage_in_the_middle_is_passed_over(void **state) {
    (void)state;
    add(300);
    size_t size = evtx_made_finish(&made), at = EVTX_HEADER + 512;
    at += bytes[at + 4] | (size_t)bytes[at + 5] << 8;
    bytes[at + 4] ^= 0x40; /* the size of the second */
    seal(bytes + EVTX_HEADER);
    read_log(bytes, size);
    noted(FAULT_BAD, "holds none");
    assert_int_equal(evtx.tally.records, 299);
    assert_int_equal(numbers[1], 3);
    memset(bytes + EVTX_HEADER, 0xee, 512); /* and the header of the chunk */
    read_log(bytes, size);
    noted(FAULT_BAD, "no chunk");
    assert_int_equal(evtx.tally.records + evtx.tally.slack, 299);
    assert_int_equal(evtx.tally.damaged, 1);
    memset(bytes, 0, EVTX_HEADER); /* and that of the log */
    read_log(bytes, size);
    noted(FAULT_BAD, "without its header");
    assert_int_equal(evtx.tally.records + evtx.tally.slack, 299);
}

static void every_prefix_is_read(void **state) {
    (void)state;
    add(4);
    size_t end = made.at;
    evtx_made_finish(&made);
    for (size_t size = 0; size <= end; size += size < EVTX_HEADER ? 512 : 1) {
        uint8_t *copy = malloc(size ? size : 1);
        assert_non_null(copy);
        memcpy(copy, bytes, size);
        read_log(copy, size);
        assert_true(evtx.tally.records <= 4);
        if (size < end)
            assert_true(job.noted > 0 || size == EVTX_HEADER);
        free(copy);
    }
}

static void no_bit_breaks_the_reader(void **state) {
    (void)state;
    add(2);
    size_t end = made.at, size = evtx_made_finish(&made);
    for (size_t bit = EVTX_HEADER * 8; bit < end * 8; bit += 3) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        read_log(bytes, size);
        assert_true(evtx.tally.records + evtx.tally.slack <= 3);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    read_log(bytes, size);
    assert_int_equal(job.noted, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(what_is_no_log_is_said_to_be_none),
        TEST(what_is_no_chunk_is_noted_and_zeros_are_not),
        TEST(sums_are_checked),
        TEST(documents_that_lie_are_told_of_and_the_next_is_read),
        TEST(what_was_read_of_a_broken_document_is_closed),
        TEST(nesting_ends),
        TEST(a_chunk_unfolds_to_no_more_than_its_budget),
        TEST(records_come_as_they_were_written),
        TEST(fields_and_data_are_pulled_out),
        TEST(values_are_told_by_type),
        TEST(values_of_a_wrong_size_are_binary),
        TEST(arrays_repeat_their_element),
        TEST(absent_values_leave_their_element_out),
        TEST(references_and_sections_are_text),
        TEST(twins_and_mixed_content_keep_apart),
        TEST(records_behind_the_last_are_slack),
        TEST(slack_does_not_borrow_a_template),
        TEST(chunks_that_the_log_has_given_up_are_slack),
        TEST(damage_in_the_middle_is_passed_over),
        TEST(every_prefix_is_read),
        TEST(no_bit_breaks_the_reader),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    text_free(&live);
    text_free(&slack);
    return failed;
}
