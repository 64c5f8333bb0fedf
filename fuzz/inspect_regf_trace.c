/* Keys and values of a hive, as they come: rows that can be read, with numbers in order and each column once.
 *
 * Input: 0 to 9, a key at that place with a name of its own; or 10 and more, a value with the name of that
 * number or one of its own, its type, the size of its data, and that. */
#include "detect/inspect_regf_trace.h"

#include "base/row.h"
#include "model/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const places[] = {
    "/ControlSet001/Control/Session Manager/AppCompatCache",
    "/ControlSet001/Control/Session Manager/AppCompatibility",
    "/Software/Microsoft/Windows/CurrentVersion/Explorer/UserAssist/{}/Count",
    "/ControlSet001/Services/bam/UserSettings/",
    "/ControlSet001/Services/dam/State/UserSettings/",
    "/Root/File/{}/",
    "/Root/InventoryApplicationFile/",
    "/Root/InventoryDriverBinary/",
    "/ControlSet001/Services/",
    "/",
};

static const char *const names[] = {
    "AppCompatCache",
    "15",
    "101",
    "6",
    "f",
    "11",
    "FileId",
    "Size",
    "LinkDate",
    "LowerCaseLongPath",
    "DriverId",
    "DriverTimeStamp",
    "DriverLastWriteTime",
    "DriverSigned",
    "Service",
};

enum { PLACES = sizeof places / sizeof places[0], NAMES = sizeof names / sizeof names[0] };

static void add_name(struct cursor *c, struct text *ret) {
    text_from_bytes(ret, cursor_take(c, cursor_u8(c)));
}

static void take_key(struct inspect_regf_trace *trace, struct cursor *c, unsigned place, uint64_t number) {
    struct text path = {0};
    text_add(&path, places[place]);
    if (place > 2)
        add_name(c, &path);
    inspect_regf_trace_key(trace, &path, number, number, number % 7 ? "live" : "deleted");
    text_free(&path);
}

static void take_value(struct inspect_regf_trace *trace, struct cursor *c, unsigned which, uint64_t number) {
    struct text name = {0};
    if (which < NAMES)
        text_add(&name, names[which]);
    else
        add_name(c, &name);
    uint32_t type = cursor_u8(c);
    struct inspect_regf_trace_value value = {text_string(&name), name.size, type,
                                             cursor_take(c, cursor_u16(c)), number};
    if (!c->torn)
        inspect_regf_trace_value(trace, &value);
    text_free(&name);
}

static void check_cell(const struct row *row, size_t number) {
    const struct row_cell *cell = &row->cells[number];
    for (size_t i = 0; i < number; i++)
        if (row->cells[i].column == cell->column)
            __builtin_trap();
    if (cell->kind == ROW_TEXT && !text_valid((const char *)cell->bytes.data, cell->bytes.size))
        __builtin_trap();
}

static void check(const struct text *rows) {
    struct cursor c = cursor_of(span_of(text_string(rows), rows->size, 0));
    struct row row;
    bool bad = false;
    uint64_t count = 0;
    while (row_next(&c, &row, &bad)) {
        bool known = row.table == FACT_shimcache || row.table == FACT_userassist || row.table == FACT_bam ||
                     row.table == FACT_amcache;
        if (!known || row.count == 0 || row.cells[0].integer != count++)
            __builtin_trap();
        for (size_t i = 0; i < row.count; i++)
            check_cell(&row, i);
    }
    if (bad)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cursor c = cursor_of(span_of(data, size, 0));
    struct text rows = {0};
    struct job job;
    job_init(&job, 0);
    struct inspect_regf_trace trace = {.job = &job, .rows = &rows};
    for (uint64_t number = 0; !c.torn && cursor_left(&c) > 0; number++) {
        unsigned op = cursor_u8(&c);
        if (op < PLACES)
            take_key(&trace, &c, op, number);
        else
            take_value(&trace, &c, op - PLACES, number);
    }
    inspect_regf_trace_end(&trace);
    if (job.fault.code != FAULT_NONE) /* what is damaged inside of a value does not end a hive */
        __builtin_trap();
    check(&rows);
    text_free(&rows);
    job_reset(&job);
    return 0;
}
