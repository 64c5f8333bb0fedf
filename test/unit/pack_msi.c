#include "make/cab_made.h"
#include "make/msi_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_msi;

static struct pack_walk walk;
static struct msi_made made;
static uint8_t nothing[100], program[70000], words[9000], helper[5000];
static uint8_t *cabinets[2];
static size_t cabinet_sizes[2];

static int start(void **state) {
    (void)state;
    memset(&walk, 0, sizeof walk);
    memset(&made, 0, sizeof made);
    pack_sample(4, 1, program, sizeof program);
    pack_sample(2, 1, words, sizeof words);
    pack_sample(1, 1, helper, sizeof helper);
    return 0;
}

static void make_cabinet(size_t i, const char *name, const uint8_t *data, size_t size, const char *other) {
    struct cab_made_file files[] = {{name, data, size, 0}, {other, words, 9, 0}};
    struct cab_made cab = {.files = files, .count = other ? 2 : 1, .method = 1};
    cabinet_sizes[i] = cab_made_all(&cab, &cabinets[i]);
    cab_made_free(&cab);
}

static void add_tables(void) {
    static const char *const file[] = {"sFile", "sComponent_", "sFileName", "lFileSize", "iSequence"};
    static const char *const files[] = {"F1",       "C1",        "PROG~1.EXE|program.exe",
                                        "70000",    "1",         "F2",
                                        "C2",       "words.txt", "9000",
                                        "2",        "F3",        "C3",
                                        "..\\evil", "12",        "3"};
    static const char *const component[] = {"sComponent", "sDirectory_", "sKeyPath"};
    static const char *const components[] = {"C1", "APP", "F1", "C2", "DATA.0123", "F2", "C3", "LOOP", NULL};
    static const char *const directory[] = {"sDirectory", "sDirectory_Parent", "sDefaultDir"};
    static const char *const directories[] = {"TARGETDIR",
                                              NULL,
                                              "SourceDir",
                                              "ProgramFilesFolder",
                                              "TARGETDIR",
                                              ".",
                                              "VENDOR",
                                              "ProgramFilesFolder",
                                              "VEND~1|Vendor:src",
                                              "APP",
                                              "VENDOR",
                                              "App:.",
                                              "DATA.0123",
                                              "TARGETDIR",
                                              "data",
                                              "LOOP",
                                              "LOOP2",
                                              "a",
                                              "LOOP2",
                                              "LOOP",
                                              "b"};
    static const char *const media[] = {"iDiskId", "sCabinet"};
    static const char *const medias[] = {"1", "#one.cab", "2", "two.cab"};
    static const char *const property[] = {"sProperty", "sValue"};
    static const char *const properties[] = {"ProductName", "Program", "ProductVersion", "1.2", "Other", "x"};
    static const char *const action[] = {"sAction", "iType", "sSource", "sTarget"};
    static const char *const actions[] = {"Do", "3137", "Helper", "Entry"};
    static const char *const sequence[] = {"sAction", "sCondition", "iSequence"};
    static const char *const sequences[] = {"InstallFiles", NULL, "4000", "Do", "NOT Installed", "4001"};
    static const char *const service[] = {"sServiceInstall", "sName", "iStartType", "sComponent_"};
    static const char *const services[] = {"S", "Svc", "2", "C1"};
    static const char *const registry[] = {"sRegistry", "iRoot", "sKey", "sName", "sValue"};
    static const char *const registries[] = {"R", "2", "Software\\Run", "n", "v"};
    static const char *const binary[] = {"sName", "vData"};
    static const char *const binaries[] = {"Helper", "x", "Packed", "x"};
    msi_made_table(&made, "Binary", binary, 2, binaries, 2);
    msi_made_table(&made, "File", file, 5, files, 3);
    msi_made_table(&made, "Component", component, 3, components, 3);
    msi_made_table(&made, "Directory", directory, 3, directories, 7);
    msi_made_table(&made, "Media", media, 2, medias, 2);
    msi_made_table(&made, "Property", property, 2, properties, 3);
    msi_made_table(&made, "CustomAction", action, 4, actions, 1);
    msi_made_table(&made, "InstallExecuteSequence", sequence, 3, sequences, 2);
    msi_made_table(&made, "ServiceInstall", service, 4, services, 1);
    msi_made_table(&made, "Registry", registry, 5, registries, 1);
}

static void build(void) {
    make_cabinet(0, "F1", program, sizeof program, "stranger");
    make_cabinet(1, "F2", words, sizeof words, NULL);
    add_tables();
    msi_made_stream(&made, "one.cab", false, 0, cabinets[0], cabinet_sizes[0]);
    msi_made_stream(&made, "Binary.Helper", false, 0, helper, sizeof helper);
    msi_made_stream(&made, "Binary.Packed", false, 0, cabinets[1], cabinet_sizes[1]);
    memcpy(nothing, cabinets[1], 44);
    memset(nothing + 28, 0, 2); /* no files */
    olecf_made_number(nothing + 8, sizeof nothing, 4);
    msi_made_stream(&made, "none.cab", false, 0, nothing, sizeof nothing);
    msi_made_write(&made);
    walk.files[0] = (struct pack_walk_file){"a.msi", made.file.bytes, made.file.size};
    walk.files[1] = (struct pack_walk_file){"TWO.CAB", cabinets[1], cabinet_sizes[1]};
    walk.count = 2;
}

static void forget(void) {
    free(cabinets[0]);
    free(cabinets[1]);
    olecf_made_free(&made.file);
}

struct expected {
    const char *path;
    const uint8_t *data;
    size_t size;
    uint32_t flags;
    const char *role;
};

/* The next member but tables. */
static bool next(struct pack_member *ret) {
    static const char role[] = "table, as text";
    bool there;
    do
        there = pack_msi.next(&walk.pack, &walk.notes, ret);
    while (there && span_equal(ret->role, span_of(role, sizeof role - 1, 0)));
    return there;
}

static void members_are(const struct expected *expected, size_t count) {
    uint8_t *bytes = malloc(sizeof program + 1);
    struct pack_member member;
    for (size_t i = 0; i < count; i++) {
        assert_true(next(&member));
        assert_int_equal(member.path.size, strlen(expected[i].path));
        assert_memory_equal(member.path.data, expected[i].path, member.path.size);
        assert_int_equal(member.flags, expected[i].flags);
        assert_int_equal(member.size, expected[i].size);
        assert_int_equal(member.reason == NULL, expected[i].data != NULL);
        assert_int_equal(member.role.size, strlen(expected[i].role));
        assert_memory_equal(member.role.data, expected[i].role, member.role.size);
        size_t got = pack_msi.read(&walk.pack, &walk.notes, bytes, sizeof program + 1);
        assert_int_equal(got, expected[i].data ? expected[i].size : 0);
        if (got > 0)
            assert_memory_equal(bytes, expected[i].data, got);
    }
    assert_false(next(&member));
    free(bytes);
}

/* Sorted, with what would break a line escaped. A table that the schema does not know is a stream. */
static void tables_are_text(void **state) {
    static const char *const columns[] = {"sKey", "iNumber", "vBytes", "sText"};
    static const char *const rows[] = {"b", NULL, NULL, "tab\tand\\", "a", "-7", "x", "line\n"};
    static const char text[] = "Key\tNumber\tBytes\tText\na\t-7\t\tline\\x0A\nb\t\t\ttab\\x09and\\\\\n";
    struct pack_member member;
    char got[200];
    (void)state;
    msi_made_table(&made, "Table", columns, 4, rows, 2);
    msi_made_stream(&made, "Unknown", true, 0, words, 5000);
    msi_made_write(&made);
    walk.files[0] = (struct pack_walk_file){"a.msi", made.file.bytes, made.file.size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_msi));
    assert_true(pack_msi.next(&walk.pack, &walk.notes, &member));
    assert_memory_equal(member.path.data, "[Tables]/Table", member.path.size);
    assert_int_equal(member.size, sizeof text - 1);
    assert_int_equal(pack_msi.read(&walk.pack, &walk.notes, (uint8_t *)got, sizeof got), sizeof text - 1);
    assert_memory_equal(got, text, sizeof text - 1);
    assert_true(pack_msi.next(&walk.pack, &walk.notes, &member));
    assert_memory_equal(member.path.data, "[Tables]/Unknown", member.path.size);
    assert_int_equal(member.size, 5000);
    assert_false(pack_msi.next(&walk.pack, &walk.notes, &member));
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
    olecf_made_free(&made.file);
}

static void files_go_where_the_tables_say(void **state) {
    char circle[512] = "LOOP"; /* ends after 64 folders */
    struct expected expected[] = {
        {"ProgramFilesFolder/Vendor/App/program.exe", program, sizeof program, 0, "C1"},
        {"[Cabinet]/one.cab/stranger", words, 9, 0, "in no table"},
        {"TARGETDIR/data/words.txt", words, sizeof words, 0, "C2"},
        {circle, NULL, 12, PACK_UNSAFE | PACK_UNSUPPORTED, "C3"},
        {"[Binary]/Helper", helper, sizeof helper, PACK_OWN, ""},
        {"[Binary]/Packed", NULL, 0, PACK_OWN, ""},
        {"[Stream]/none.cab", nothing, sizeof nothing, PACK_OWN, ""},
    };
    struct expected *packed = &expected[5];
    (void)state;
    for (size_t i = 0; i < 32; i++)
        memcpy(circle + 4 + 4 * i, "/b/a", 5);
    memcpy(circle + strlen(circle), "/../evil", 9);
    build();
    packed->data = cabinets[1];
    packed->size = cabinet_sizes[1];
    assert_true(pack_msi.suspect(span_of(made.file.bytes, 4096, 0), made.file.size));
    assert_true(pack_walk_open(&walk, &pack_msi));
    members_are(expected, 7);
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
    forget();
}

/* A file that goes over two cabinets, each in a stream, is one member. */
static void sets_lie_in_streams(void **state) {
    static const char *const file[] = {"sFile", "sComponent_", "sFileName", "lFileSize", "iSequence"};
    static const char *const files[] = {"F1", "C1", "program.exe", "70000", "1",
                                        "F2", "C1", "words.txt",   "9",     "2"};
    struct cab_made_file packed[] = {{"F1", program, sizeof program, 0}, {"F2", words, 9, 0}};
    struct cab_made cab = {.files = packed, .count = 2, .method = 1};
    uint8_t *whole, *bytes[2];
    struct pack_member member;
    (void)state;
    cab_made_all(&cab, &whole);
    for (size_t i = 0; i < 2; i++) {
        struct cab_made_range range = {i,           i ? cab.blocks : 1,   i ? 100 : 0,         i ? 0 : 100,
                                       (unsigned)i, i ? "one.cab" : NULL, i ? NULL : "two.cab"};
        bytes[i] = malloc(2 * cab.size + 65536);
        msi_made_stream(&made, i ? "two.cab" : "one.cab", false, 0, bytes[i],
                        cab_made_write(&cab, range, bytes[i]));
    }
    msi_made_table(&made, "File", file, 5, files, 2);
    msi_made_write(&made);
    walk.files[0] = (struct pack_walk_file){"a.msi", made.file.bytes, made.file.size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_msi));
    for (size_t i = 0; i < 2; i++) {
        uint8_t got[sizeof program + 1];
        assert_true(next(&member));
        assert_null(member.reason);
        assert_int_equal(pack_msi.read(&walk.pack, &walk.notes, got, sizeof got), packed[i].size);
        assert_memory_equal(got, packed[i].data, packed[i].size);
    }
    assert_false(next(&member));
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
    free(bytes[0]);
    free(bytes[1]);
    free(whole);
    cab_made_free(&cab);
    olecf_made_free(&made.file);
}

static void facts_are_told(void **state) {
    static const char *const expected[][3] = {
        {"product", "ProductName", "Program"},
        {"version", "ProductVersion", "1.2"},
        {"custom-action", "Do",
         "type 3137: calls a DLL in a stream, deferred, without impersonation, its failure is ignored; source Helper; "
         "target Entry; InstallExecuteSequence 4001 if NOT Installed"},
        {"service", "Svc", "start 2; file ProgramFilesFolder/Vendor/App/program.exe"},
        {"registry", "HKLM\\\\Software\\\\Run\\\\n", "v"},
    };
    struct pack_fact fact;
    (void)state;
    build();
    assert_true(pack_walk_open(&walk, &pack_msi));
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_true(pack_msi.fact(&walk.pack, &walk.notes, &fact));
        assert_string_equal(fact.kind, expected[i][0]);
        assert_string_equal((const char *)fact.name.data, expected[i][1]);
        assert_string_equal((const char *)fact.value.data, expected[i][2]);
    }
    assert_false(pack_msi.fact(&walk.pack, &walk.notes, &fact));
    pack_walk_close(&walk);
    forget();
}

/* Without the cabinet beside the package, and with a stream that only says that it is one. */
static void what_is_not_there_is_told(void **state) {
    struct pack_member member;
    unsigned told = 0, streams = 0;
    (void)state;
    build();
    memcpy(cabinets[0] + 16, "\xff\xff\xff\x7f", 4); /* its list of files lies nowhere */
    olecf_made_free(&made.file);
    olecf_made_write(&made.file);
    walk.files[0] = (struct pack_walk_file){"a.msi", made.file.bytes, made.file.size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_msi));
    while (next(&member)) {
        told += member.reason && strcmp(member.reason, "its cabinet is another file, which is not here") == 0;
        streams += member.reason == NULL;
    }
    assert_int_equal(told, 3);
    assert_int_equal(streams, 4); /* two values of a table, and two cabinets that none can be made of */
    assert_true(walk.notes.noted > 0);
    pack_walk_close(&walk);
    forget();
}

/* A patch: no tables of files, a transform in a storage, a cabinet of differences. */
static void patches_have_differences(void **state) {
    static const uint8_t delta[] = "PA30 and so on", plain[] = "MZ";
    struct cab_made_file files[] = {{"F1", delta, sizeof delta, 0}, {"F2", plain, sizeof plain, 0}};
    struct cab_made cab = {.files = files, .count = 2};
    const struct expected expected[] = {
        {"[Cabinet]/PCW_CAB_x/F1", delta, sizeof delta, PACK_DELTA, ""},
        {"[Cabinet]/PCW_CAB_x/F2", plain, sizeof plain, 0, ""},
        {"[Storage]/old_to_new/[Table]/File", words, 100, PACK_OWN, ""},
    };
    struct pack_fact fact;
    uint8_t *bytes;
    (void)state;
    size_t size = cab_made_all(&cab, &bytes);
    made.file.version = 4;
    msi_made_stream(&made, "PCW_CAB_x", false, 0, bytes, size);
    size_t storage = olecf_made_add(&made.file, "old_to_new", 0, NULL, 0);
    made.file.files[storage - 1].storage = true;
    msi_made_stream(&made, "File", true, storage, words, 100);
    made.file.installer = 0x86;
    olecf_made_write(&made.file);
    walk.files[0] = (struct pack_walk_file){"a.msp", made.file.bytes, made.file.size};
    walk.count = 1;
    assert_true(pack_walk_open(&walk, &pack_msi));
    assert_true(pack_msi.fact(&walk.pack, &walk.notes, &fact));
    assert_string_equal(fact.kind, "transform");
    assert_string_equal((const char *)fact.name.data, "old_to_new");
    assert_string_equal((const char *)fact.value.data, "changes File");
    members_are(expected, 3);
    assert_int_equal(walk.notes.noted, 0);
    pack_walk_close(&walk);
    cab_made_free(&cab);
    free(bytes);
    olecf_made_free(&made.file);
}

/* A document is none, whatever its streams are; an installer without tables is one. */
static void other_compound_files_are_none(void **state) {
    static const uint8_t classes[] = {0, 0x81, 0x84};
    (void)state;
    for (size_t i = 0; i < sizeof classes; i++) {
        memset(&made, 0, sizeof made);
        made.file.version = 3;
        made.file.installer = classes[i];
        msi_made_stream(&made, "WordDocument", false, 0, words, 100);
        olecf_made_write(&made.file);
        walk.files[0] = (struct pack_walk_file){"a.doc", made.file.bytes, made.file.size};
        walk.count = 1;
        assert_int_equal(pack_walk_open(&walk, &pack_msi), classes[i] == 0x84);
        assert_int_equal(walk.memory.fault.code, classes[i] == 0x84 ? FAULT_NONE : FAULT_BAD);
        pack_walk_close(&walk);
        olecf_made_free(&made.file);
    }
}

static void no_prefix_breaks_out(void **state) {
    (void)state;
    build();
    for (size_t n = 0; n < made.file.size; n += 509) {
        uint8_t *exact = malloc(n + 1);
        memcpy(exact, made.file.bytes, n);
        walk.files[0] = (struct pack_walk_file){"a.msi", exact, n};
        bool opened = pack_walk_open(&walk, &pack_msi);
        assert_int_equal(opened, walk.memory.fault.code == FAULT_NONE);
        if (opened)
            pack_walk_all(&walk, 1 << 20);
        pack_walk_close(&walk);
        free(exact);
    }
    forget();
}

static void no_flipped_bit_breaks_out(void **state) {
    (void)state;
    build();
    uint8_t *bytes = made.file.bytes;
    size_t tables = made.file.size - 12 * 512;
    for (size_t bit = 0; bit < made.file.size * 8; bit += bit < 512 * 8 || bit > tables * 8 ? 29 : 2003) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        walk.files[0] = (struct pack_walk_file){"a.msi", bytes, made.file.size};
        if (pack_walk_open(&walk, &pack_msi))
            pack_walk_all(&walk, 1 << 20);
        pack_walk_close(&walk);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    forget();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(files_go_where_the_tables_say, start),
        cmocka_unit_test_setup(tables_are_text, start),
        cmocka_unit_test_setup(sets_lie_in_streams, start),
        cmocka_unit_test_setup(facts_are_told, start),
        cmocka_unit_test_setup(what_is_not_there_is_told, start),
        cmocka_unit_test_setup(patches_have_differences, start),
        cmocka_unit_test_setup(other_compound_files_are_none, start),
        cmocka_unit_test_setup(no_prefix_breaks_out, start),
        cmocka_unit_test_setup(no_flipped_bit_breaks_out, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
