/* Which collector made a tree, and where its files were: trees in, mapped paths out; look-alikes first. */
#include "source/collection.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct collection collection;
static struct text text;

static struct span span(const char *string) {
    return span_of(string, strlen(string), 0);
}

static void settle(const char *const *paths, const char *evidence) {
    collection_begin(&collection);
    for (; *paths; paths++)
        collection_see(&collection, span(*paths));
    collection_settle(&collection, span(evidence));
}

static int teardown(void **state) {
    (void)state;
    text_free(&text);
    return 0;
}

/* "C:/Windows/x" or "C:/a:stream" or "C:#3/a"; ":" in front of what is the collector's, "?" of an index. */
static const char *mapped(const char *path) {
    static char out[1024];
    struct collection_place place;
    collection_map(&collection, span(path), &text, &place);
    char snapshot[16] = "";
    if (place.snapshot)
        snprintf(snapshot, sizeof snapshot, "#%u", (unsigned)place.snapshot);
    snprintf(out, sizeof out, "%s%s%s%.*s%s%.*s",
             place.role == COLLECTION_OWN     ? ":"
             : place.role == COLLECTION_INDEX ? "?"
                                              : "",
             place.drive, snapshot, (int)place.path.size, (const char *)place.path.data,
             place.stream.size ? ":" : "", (int)place.stream.size, (const char *)place.stream.data);
    return out;
}

/* --- what is no drive --- */

static void folders_of_one_letter_are_no_drives(void **state) {
    static const char *const trees[][8] = {
        {"c/main.c", "c/windows/window.c", "c/linux/window.c", "C/README", NULL},
        {"a/b/c/d", "src/c/windows/gui.c", "src/d/users/list.d", NULL},
        {"C/include/x.h", "D/include/y.h", "windows/system32.c", NULL},
        {"lib/C/Windows", "lib/C/Users/list.c", "c", "C", NULL},
        {"x/C/Users/alice/photo.jpg", "c/users/alice/ntuser.c", NULL},
        {"C%3", "C%3A", "%5C%5C.%5CPhysicalDrive0/x", "%5C%5C.%5CC/x", NULL},
        {"cc/Windows/System32/x.dll", "1/Windows/System32/x.dll", NULL},
        {"[root]/readme", "uploads/auto/readme", "uploads/other/etc/passwd", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        settle(trees[i], "x.zip");
        assert_int_equal(collection.kind, COLLECTION_NONE);
        for (const char *const *path = trees[i]; *path; path++)
            assert_string_equal(mapped(*path), *path);
    }
}

static void what_only_looks_like_a_collector(void **state) {
    static const char *const tree[] = {"uploads.json", "results/a.json", "uac.log", "x_CopyLog.csv", NULL};
    (void)state;
    settle(tree, "Collection-HOST-2024-11-05T17_45_36Z.zip");
    assert_int_equal(collection.kind, COLLECTION_NONE);
    assert_string_equal(collection.host, "");
    assert_string_equal(mapped("uploads.json"), "uploads.json");
    assert_string_equal(collection_name(collection.kind), "");
}

/* --- what is one --- */

struct pair {
    const char *path, *want;
};

static void each(const struct pair *pairs, enum collection_kind kind, const char *host,
                 const char *evidence) {
    collection_begin(&collection);
    for (const struct pair *pair = pairs; pair->path; pair++)
        collection_see(&collection, span(pair->path));
    collection_settle(&collection, span(evidence));
    assert_int_equal(collection.kind, kind);
    assert_string_equal(collection.host, host);
    for (const struct pair *pair = pairs; pair->path; pair++)
        assert_string_equal(mapped(pair->path), pair->want);
}

static void kape(void **state) {
    static const struct pair pairs[] = {
        {"2024-05-08T22_33_17_6779741_CopyLog.csv", ":2024-05-08T22_33_17_6779741_CopyLog.csv"},
        {"2024-05-08T22_33_17_6779741_SkipLog.csv.csv", ":2024-05-08T22_33_17_6779741_SkipLog.csv.csv"},
        {"C", "C:/"},
        {"C/$MFT", "C:/$MFT"},
        {"C/$Extend/$J", "C:/$Extend/$UsnJrnl:$J"},
        {"C/$Extend/$Max", "C:/$Extend/$UsnJrnl:$Max"},
        {"C/$Extend/$RmMetadata/$TxfLog/$T", "C:/$Extend/$RmMetadata/$TxfLog/$Tops:$T"},
        {"C/$Secure_$SDS", "C:/$Secure:$SDS"},
        {"C/Windows/System32/config/SYSTEM", "C:/Windows/System32/config/SYSTEM"},
        {"C/Windows/100%25.txt", "C:/Windows/100%25.txt"},
        {"D/Data/notes.txt", "D:/Data/notes.txt"},
        {"d/Data/notes.txt", "d/Data/notes.txt"},
        {"E", "E"},
        {"readme.txt", "readme.txt"},
        {NULL, NULL}};
    (void)state;
    each(pairs, COLLECTION_KAPE, "", "2024-05-08T223317_HOST.zip");
    assert_string_equal(collection_name(collection.kind), "KAPE");
}

static void kape_below_the_machine(void **state) {
    static const struct pair pairs[] = {
        {"triage/WS02/C/Users/bob/NTUSER.DAT", "C:/Users/bob/NTUSER.DAT"},
        {"triage/WS02/C/Windows/System32/drivers/etc/hosts", "C:/Windows/System32/drivers/etc/hosts"},
        {"triage/WS02/E/x/c/Windows/System32/y", "E:/x/c/Windows/System32/y"},
        {"triage/WS02/2025-01-21T02_02_01_6418515_ConsoleLog.txt",
         ":triage/WS02/2025-01-21T02_02_01_6418515_ConsoleLog.txt"},
        {"triage/other/F/x", "triage/other/F/x"},
        {NULL, NULL}};
    (void)state;
    each(pairs, COLLECTION_KAPE, "", "");
}

static void velociraptor(void **state) {
    static const struct pair pairs[] = {
        {"client_info.json", ":client_info.json"},
        {"uploads.json", ":uploads.json"},
        {"results/Windows.KapeFiles.Targets%2FUploads.json",
         ":results/Windows.KapeFiles.Targets%2FUploads.json"},
        {"uploads/auto/C%3A/ProgramData/Microsoft/Start Menu/a.lnk",
         "C:/ProgramData/Microsoft/Start Menu/a.lnk"},
        {"uploads/auto/C%3A/Users/J%C3%BCrgen/100%25.txt", "C:/Users/J\303\274rgen/100%.txt"},
        {"uploads/auto/D%3A/x", "D:/x"},
        {"uploads/ntfs/%5C%5C.%5CC%3A/$MFT", "C:/$MFT"},
        {"uploads/ntfs/%5C%5C.%5CC%3A/$Extend/$UsnJrnl%3A$J", "C:/$Extend/$UsnJrnl:$J"},
        {"uploads/ntfs/%5C%5C.%5CC%3A/$Extend/$UsnJrnl%3A$J.idx", "?C:/$Extend/$UsnJrnl:$J.idx"},
        {"uploads/ntfs/%5C%5C.%5CC%3A/a%2Fb/%2E%2E/c%5Cd", "C:/a%2Fb/%2E%2E/c\\\\d"},
        {"uploads/ntfs/%5C%5C.%5CC%3A/bad%zz%4", "C:/bad%zz%4"},
        {"uploads/ntfs/%5C%5C.%5CC%3A/nul%00", "C:/nul\\u0000"},
        {"uploads/ntfs/%5C%5C.%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy12/Windows/System32/config/SAM",
         "#12/Windows/System32/config/SAM"},
        {"uploads/ntfs_vss/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy1/x", "#1/x"},
        {"uploads/ntfs/%5C%5C%3F%5CVolume%7Bab-cd%7D/Windows/x", "/Windows/x"},
        {"uploads/data/file", "uploads/data/file"},
        {NULL, NULL}};
    (void)state;
    each(pairs, COLLECTION_VELOCIRAPTOR, "WIN-SJE0CKQO83P_lan",
         "Collection-WIN-SJE0CKQO83P_lan-2024-11-05T17_45_36Z.zip");
    assert_true(collection_tells(&collection, span("client_info.json")));
    assert_false(collection_tells(&collection, span("uploads/auto/C%3A/client_info.json")));
    struct job job;
    job_init(&job, 65536);
    assert_true(
        collection_tell(&collection, &job, span("[{\"Hostname\": \"WS\\u0031\", \"Fqdn\": \"ws1.lan\"}]")));
    assert_string_equal(collection.host, "WS1");
    assert_true(collection_tell(&collection, &job, span("{\"os_info\":{\"fqdn\":\"ws2.lan\",\"x\":1}}")));
    assert_string_equal(collection.host, "ws2.lan");
    assert_false(collection_tell(&collection, &job, span("{\"x\":\"hostname\"}")));
    assert_int_equal(job.fault.code, FAULT_BAD);
    job_reset(&job);
}

static void the_only_drive_has_the_shadow_copies(void **state) {
    static const struct pair pairs[] = {
        {"uploads/auto/C%3A/Windows/x", "C:/Windows/x"},
        {"uploads/ntfs/%5C%5C%3F%5CGLOBALROOT%5CDevice%5CHarddiskVolumeShadowCopy1/x", "C:#1/x"},
        {NULL, NULL}};
    (void)state;
    each(pairs, COLLECTION_VELOCIRAPTOR, "", "x.zip");
}

static void velociraptor_on_unix_and_of_old(void **state) {
    static const struct pair on_unix[] = {{"uploads/auto/etc/passwd", "/etc/passwd"},
                                          {"uploads/auto/var/log/a%3Ab", "/var/log/a:b"},
                                          {"uploads.json", ":uploads.json"},
                                          {NULL, NULL}};
    static const struct pair old[] = {{"auto/C%3A/Windows/x.dll", "C:/Windows/x.dll"},
                                      {"ntfs/%5C%5C.%5CC%3A/$MFT", "C:/$MFT"},
                                      {NULL, NULL}};
    (void)state;
    each(on_unix, COLLECTION_VELOCIRAPTOR, "", "x.zip");
    each(old, COLLECTION_VELOCIRAPTOR, "", "x.zip");
}

static void cylr(void **state) {
    static const struct pair pairs[] = {
        {"CyLR_Collection_Log_2021-07-16_10-11-12.log", ":CyLR_Collection_Log_2021-07-16_10-11-12.log"},
        {"C/$Extend/$UsnJrnl$J", "C:/$Extend/$UsnJrnl:$J"},
        {"C/$Secure$SDS", "C:/$Secure:$SDS"},
        {"C/Windows/System32/winevt/Logs/Security.evtx", "C:/Windows/System32/winevt/Logs/Security.evtx"},
        {NULL, NULL}};
    (void)state;
    each(pairs, COLLECTION_CYLR, "WS02", "WS02.zip");
    static const struct pair without_log[] = {{"c/windows/system32/x", "C:/windows/system32/x"},
                                              {"C:/Program Files/y", "C:/Program Files/y"},
                                              {NULL, NULL}};
    each(without_log, COLLECTION_DRIVES, "", "WS02.zip");
}

static void uac(void **state) {
    static const struct pair flat[] = {{"uac.log", ":uac.log"},
                                       {"bodyfile/bodyfile.txt", ":bodyfile/bodyfile.txt"},
                                       {"live_response/process/ps.txt", ":live_response/process/ps.txt"},
                                       {"[root]/etc/passwd", "/etc/passwd"},
                                       {"[root]/var/log/a:b", "/var/log/a:b"},
                                       {"[root]/mnt/c/Windows/System32/x", "/mnt/c/Windows/System32/x"},
                                       {NULL, NULL}};
    static const struct pair below[] = {
        {"uac-web-01-linux-20240102030405/uac.log", ":uac-web-01-linux-20240102030405/uac.log"},
        {"uac-web-01-linux-20240102030405/[root]/etc/passwd", "/etc/passwd"},
        {NULL, NULL}};
    (void)state;
    each(flat, COLLECTION_UAC, "web-01", "uac-web-01-linux-20240102030405.tar.gz");
    each(flat, COLLECTION_UAC, "", "uac-web-01-linux-2024010203.tar.gz");
    each(below, COLLECTION_UAC, "web-01", "x.tar");
}

/* The answer depends on the set of paths only. */
static void the_order_does_not_matter(void **state) {
    static const char *const paths[] = {"D/x", "C/Windows/System32/a", "c/y", "HOST/E/$MFT",
                                        "uploads/auto/F%3A/z"};
    char first[5][64];
    size_t count = sizeof paths / sizeof *paths;
    (void)state;
    for (size_t turn = 0; turn < count; turn++) {
        collection_begin(&collection);
        for (size_t i = 0; i < count; i++)
            collection_see(&collection, span(paths[(i + turn) % count]));
        collection_settle(&collection, span(""));
        for (size_t i = 0; i < count; i++) {
            if (turn == 0)
                snprintf(first[i], sizeof first[i], "%s", mapped(paths[i]));
            assert_string_equal(mapped(paths[i]), first[i]);
        }
    }
    assert_string_equal(first[0], "D:/x");
    assert_string_equal(first[2], "c/y");
    assert_string_equal(first[3], "E:/$MFT");
    assert_string_equal(first[4], "F:/z");
}

static void many_candidates_are_counted(void **state) {
    char path[64];
    (void)state;
    collection_begin(&collection);
    for (int i = 0; i < 100; i++) {
        snprintf(path, sizeof path, "folder%d/X/y", i);
        collection_see(&collection, span(path));
    }
    collection_see(&collection, span("host/C/$MFT"));
    for (int i = 0; i < 100; i++) {
        snprintf(path, sizeof path, "machine%d/C/$MFT", i);
        collection_see(&collection, span(path));
    }
    collection_settle(&collection, span(""));
    assert_int_equal(collection.root_count, COLLECTION_ROOTS);
    assert_int_equal(collection.omitted, 100 - 32 + 101 - 32);
    assert_string_equal(mapped("host/C/$MFT"), "C:/$MFT");
    assert_string_equal(mapped("folder1/X/y"), "folder1/X/y");
}

/* Any text at all is a path. */
static void every_byte_anywhere(void **state) {
    static const char *const paths[] = {"uploads/ntfs/%5C%5C.%5CC%3A/$Extend/$UsnJrnl%3A$J.idx",
                                        "a/C/Windows/System32/x", "uac-h-o-20240102030405/[root]/etc/x"};
    struct collection_place place;
    char path[128];
    (void)state;
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++)
        for (size_t at = 0; at <= strlen(paths[p]); at++)
            for (int byte = 0; byte < 256; byte += 1 + byte % 7) {
                snprintf(path, sizeof path, "%s", paths[p]);
                path[at] = (char)byte;
                collection_begin(&collection);
                collection_see(&collection, span(paths[p]));
                collection_see(&collection, span(path));
                collection_settle(&collection, span(path));
                collection_map(&collection, span(path), &text, &place);
                assert_true(place.path.size <= text.size);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_of_one_letter_are_no_drives),
        cmocka_unit_test(what_only_looks_like_a_collector),
        cmocka_unit_test(many_candidates_are_counted),
        cmocka_unit_test(every_byte_anywhere),
        cmocka_unit_test(kape),
        cmocka_unit_test(kape_below_the_machine),
        cmocka_unit_test(velociraptor),
        cmocka_unit_test(the_only_drive_has_the_shadow_copies),
        cmocka_unit_test(velociraptor_on_unix_and_of_old),
        cmocka_unit_test(cylr),
        cmocka_unit_test(uac),
        cmocka_unit_test(the_order_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
