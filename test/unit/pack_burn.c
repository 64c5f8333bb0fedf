#include "base/digest.h"
#include "base/text.h"
#include "format/burn_manifest.h"
#include "make/burn_made.h"
#include "make/pack_walk.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

extern const struct pack_format pack_burn;

enum { ROOM = 65536, BIG = 50000 };

static struct pack_walk walk;
static uint8_t first[BIG], second[777], third[4000], *whole, *outer[BURN_MADE_CONTAINERS];
static size_t size;
static char told[ROOM];
static char manifest[ROOM];

#define V3 "http://schemas.microsoft.com/wix/2008/Burn"

static void hex(const uint8_t *bytes, size_t many, enum digest_kind kind, char *to) {
    uint8_t value[DIGEST_MAX];
    digest_once(kind, span_of(bytes, many, 0), value);
    for (size_t i = 0; i < digest_size(kind); i++)
        snprintf(to + 2 * i, 3, i % 2 ? "%02x" : "%02X", value[i]);
}

/* What a bundle of the toolset 3 would say, with `more` behind the payloads. */
static void write_manifest(const char *space, const char *more) {
    char one[2 * DIGEST_MAX + 1], two[2 * DIGEST_MAX + 1];
    hex(first, BIG, DIGEST_SHA1, one);
    hex(second, sizeof second, DIGEST_SHA512, two);
    snprintf(
        manifest, sizeof manifest,
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><BurnManifest xmlns=\"%s\">"
        "<RelatedBundle Id=\"{UP}\" Action=\"Upgrade\" /><RelatedBundle Id=\"{NO}\" Action=\"Detect\" />"
        "<UX><Payload Id=\"u0\" FilePath=\"mba\\ui.dll\" Packaging=\"embedded\" SourcePath=\"u0\" /></UX>"
        "<Container Id=\"All\" FilePath=\"setup.exe\" AttachedIndex=\"1\" Attached=\"yes\" />"
        "<Container Id=\"Own\" FilePath=\"own.cab\" FileSize=\"1\" />"
        "<Payload Id=\"p1\" FilePath=\"x64\\one.msi\" FileSize=\"%d\" Hash=\"%s\" Packaging=\"embedded\" "
        "SourcePath=\"a0\" Container=\"All\" />"
        "<Payload Id=\"p2\" FilePath=\"..\\two.cab\" FileSize=\"777\" Hash=\"%s\" Packaging=\"embedded\" "
        "SourcePath=\"a1\" Container=\"All\" />%s"
        "<Registration Id=\"{ID}\" Version=\"1.2.3.4\"><Arp DisplayName=\"Demo\" Publisher=\"M&amp;M\" />"
        "</Registration><Chain><MsiPackage Id=\"one\"><PayloadRef Id=\"p1\" /><PayloadRef Id=\"p2\" />"
        "</MsiPackage><ExePackage Id=\"run\" InstallArguments=\"/q\"><PayloadRef Id=\"p3\" /></ExePackage>"
        "</Chain><ApprovedExeForElevation Id=\"e\" Key=\"SOFTWARE\\Demo\" /></BurnManifest>",
        space, BIG, one, two, more);
}

/* The interface's cabinet and one more. */
static void build(struct burn_made *burn, unsigned method) {
    const struct cab_made_file ui[] = {{"0", (const uint8_t *)manifest, strlen(manifest), 0},
                                       {"u0", third, 100, 0},
                                       {"u7", third + 5, 55, 0}};
    const struct cab_made_file all[] = {
        {"a0", first, BIG, 0}, {"a1", second, sizeof second, 0}, {"a9", third, 9, 0}};
    for (size_t i = 0; i < 2; i++) {
        outer[i] = burn_made_cabinet(i == 0 ? ui : all, 3, method, &burn->sizes[i]);
        burn->containers[i] = outer[i];
    }
    burn->count = 2;
    whole = burn_made_all(burn, &size);
}

static int start(void **state) {
    (void)state;
    pack_sample(4, 1, first, sizeof first);
    pack_sample(2, 2, second, sizeof second);
    pack_sample(3, 3, third, sizeof third);
    memset(&walk, 0, sizeof walk);
    memset(outer, 0, sizeof outer);
    write_manifest(V3, "");
    return 0;
}

static int end(void **state) {
    (void)state;
    free(whole);
    for (size_t i = 0; i < BURN_MADE_CONTAINERS; i++)
        free(outer[i]);
    whole = NULL;
    return 0;
}

static void say(const char *format, ...) {
    va_list arguments;
    size_t n = strlen(told);
    va_start(arguments, format);
    vsnprintf(told + n, sizeof told - n, format, arguments);
    va_end(arguments);
}

static void say_notes(const struct job *job) {
    for (size_t i = 0; i < job->noted && i < JOB_NOTES; i++)
        say("! %s\n", job->notes[i].text);
}

/* "path size flags sum role" of each member and "reason" of those that have one, notes, and facts. */
static bool list(const uint8_t *bytes, size_t many) {
    static uint8_t content[BIG + 1];
    struct pack_member member;
    struct pack_fact fact;
    walk.files[0] = (struct pack_walk_file){"setup.exe", bytes, many};
    walk.count = walk.count > 1 ? walk.count : 1;
    told[0] = 0;
    bool good = pack_walk_open(&walk, &pack_burn);
    if (!good)
        say("%s", walk.memory.fault.text);
    while (good && pack_burn.next(&walk.pack, &walk.notes, &member)) {
        char path[256];
        snprintf(path, sizeof path, "%.*s", (int)member.path.size, (const char *)member.path.data);
        char role[64];
        snprintf(role, sizeof role, "%.*s", (int)member.role.size, (const char *)member.role.data);
        size_t got = pack_burn.read(&walk.pack, &walk.notes, content, sizeof content);
        assert_true(got <= member.size && (got == 0 || !member.reason));
        say("%s %zu %x %x %s%s%s\n", path, got, member.flags,
            got > 3 ? content[0] * 65536 + content[got - 1] : 0, role, member.reason ? ": " : "",
            member.reason ? member.reason : "");
    }
    say_notes(&walk.notes);
    say_notes(&walk.memory);
    while (good && pack_burn.fact(&walk.pack, &walk.notes, &fact))
        say("%s|%.*s|%.*s\n", fact.kind, (int)fact.name.size, (const char *)fact.name.data,
            (int)fact.value.size, (const char *)fact.value.data);
    pack_walk_close(&walk);
    return good;
}

static unsigned sum(const uint8_t *bytes, size_t many) {
    return bytes[0] * 65536u + bytes[many - 1];
}

static char wanted[ROOM];

static void expect_members(const char *behind) {
    snprintf(
        wanted, sizeof wanted,
        "[UX]/manifest.xml %zu 40 %x manifest\n[UX]/mba/ui.dll 100 40 %x \n[UX]/u7 55 40 %x in no manifest\n"
        "x64/one.msi %d 0 %x MsiPackage one\n../two.cab 777 10 %x MsiPackage one\n"
        "[Container]/a9 9 0 %x in no manifest\n%s",
        strlen(manifest), sum((const uint8_t *)manifest, strlen(manifest)), sum(third, 100),
        sum(third + 5, 55), BIG, sum(first, BIG), sum(second, 777), sum(third, 9), behind);
}

#define FACTS                                                                                                \
    "upgrade-code|Id|{UP}\nproduct-code|Id|{ID}\nversion|Version|1.2.3.4\nproduct|DisplayName|Demo\n"        \
    "publisher|Publisher|M&M\nrun|MsiPackage one|x64/one.msi\nrun|ExePackage run|"
#define TAIL "/q\nregistry|Key|SOFTWARE\\\\Demo\n"

static void both_layouts_and_all_methods(void **state) {
    (void)state;
    static const unsigned methods[] = {0, 1, CAB_MADE_LZX};
    for (unsigned i = 0; i < 12; i++) {
        struct burn_made burn = {.wide = i & 1,
                                 .version = i & 4 ? 3 : 2,
                                 .engine_signature = i & 2 ? 1000 : 0,
                                 .last_signature = i & 2 ? 888 : 0};
        build(&burn, methods[i % 3]);
        assert_true(pack_burn.suspect(span_clip(span_of(whole, size, 0), 0, 4096), size));
        assert_true(list(whole, size));
        expect_members("writer|WiX Burn|\n" FACTS TAIL);
        assert_string_equal(told, wanted);
        end(state);
        memset(outer, 0, sizeof outer);
    }
}

/* Toolset 4 and later: another namespace, the engine's version. */
static void a_later_manifest(void **state) {
    (void)state;
    struct burn_made burn = {.wide = true};
    write_manifest("http://wixtoolset.org/schemas/v4/2008/Burn\" EngineVersion=\"6.0.1", "");
    build(&burn, 1);
    assert_true(list(whole, size));
    expect_members("writer|WiX Burn|6.0.1\n" FACTS TAIL);
    assert_string_equal(told, wanted);
}

/* Signed by who knew nothing of bundles: the program itself would not find its container, we do. */
static void a_signature_behind_all(void **state) {
    (void)state;
    struct burn_made burn = {.last_signature = 500};
    build(&burn, 1);
    assert_true(list(whole, size));
    expect_members("! a container of this bundle does not lie where the program looks\n"
                   "writer|WiX Burn|\n" FACTS TAIL);
    assert_string_equal(told, wanted);
}

static const char elsewhere[] =
    "<Payload Id=\"p3\" FilePath=\"run.exe\" FileSize=\"4000\" Packaging=\"external\" SourcePath=\"run.exe\" />"
    "<Payload Id=\"p4\" FilePath=\"own.bin\" FileSize=\"20\" Packaging=\"embedded\" SourcePath=\"o\" Container=\"Own\" />"
    "<Payload Id=\"p5\" FilePath=\"web.exe\" FileSize=\"9\" Packaging=\"external\" SourcePath=\"web.exe\" "
    "DownloadUrl=\"http://demo.invalid/web.exe\" />";

static void what_lies_elsewhere(void **state) {
    (void)state;
    struct burn_made burn = {.version = 2};
    write_manifest(V3, elsewhere);
    build(&burn, 0);
    assert_true(list(whole, size));
    expect_members("run.exe 0 8 0 ExePackage run: it lies beside the bundle, in no container\n"
                   "own.bin 0 8 0 : its container is another file, which is not here\n"
                   "writer|WiX Burn|\n" FACTS "run.exe " TAIL
                   "download|web.exe|http://demo.invalid/web.exe\n");
    assert_string_equal(told, wanted);
    const struct cab_made_file own[] = {{"o", third, 20, 0}};
    size_t many;
    outer[2] = burn_made_cabinet(own, 1, 1, &many);
    walk.files[1] = (struct pack_walk_file){"RUN.exe", third, 4000};
    walk.files[2] = (struct pack_walk_file){"own.cab", outer[2], many};
    walk.files[3] = (struct pack_walk_file){"web.exe", third, 8};
    walk.count = 4;
    assert_true(list(whole, size));
    assert_non_null(strstr(told, "own.bin 20 0 "));
    assert_non_null(strstr(told, "run.exe 4000 0 "));
    assert_non_null(strstr(told, "web.exe 8 0 "));
    assert_non_null(strstr(told, "! a payload is not as large as the bundle's manifest says\n"));
}

static void changed_payloads(void **state) {
    (void)state;
    struct burn_made burn = {.version = 2};
    build(&burn, 0);
    assert_true(list(whole, size));
    assert_null(strstr(told, "!"));
    end(state);
    start(state);
    second[776] ^= 1; /* after the manifest was written */
    build(&burn, 0);
    assert_true(list(whole, size));
    assert_non_null(strstr(told, "! the payload's bytes are not those that the bundle's manifest names\n"));
    second[776] ^= 1;
}

static void what_is_no_bundle(void **state) {
    (void)state;
    struct burn_made burn = {.version = 4};
    build(&burn, 0);
    assert_false(list(whole, size));
    assert_int_equal(walk.memory.fault.code, FAULT_NONE); /* reset by closing */
    assert_string_equal(told, "a bundle of a version that is not read");
    whole[BURN_MADE_STUB - BURN_MADE_SECTION + 4] = 2;
    whole[BURN_MADE_STUB - BURN_MADE_SECTION + 40] = 7;
    assert_false(list(whole, size));
    assert_string_equal(told, "a bundle whose containers are no cabinets");
    whole[BURN_MADE_STUB - BURN_MADE_SECTION + 40] = 1;
    assert_false(list(whole, BURN_MADE_STUB));
    assert_string_equal(told, "the stub of a bundle, without containers");
    whole[BURN_MADE_STUB - BURN_MADE_SECTION] = 1;
    assert_false(list(whole, size));
    assert_string_equal(told, "no section of a bundle");
    assert_false(pack_burn.suspect(span_of(whole, 300, 0), size));
}

/* As the Package Cache keeps bundles: the engine alone. */
static void without_what_is_attached(void **state) {
    (void)state;
    struct burn_made burn = {.engine_signature = 100};
    build(&burn, 1);
    assert_true(list(whole, BURN_MADE_STUB + burn.sizes[0] + 100));
    assert_non_null(strstr(told, "x64/one.msi 0 8 0 MsiPackage one: no container of the bundle has it\n"));
    assert_null(strstr(told, "!"));
    assert_true(list(whole, size - 60));
    assert_non_null(strstr(told, "! the bundle ends in the middle of a container\n"));
}

static void bad_manifests(void **state) {
    (void)state;
    static const char *const texts[] = {"<BurnManifest><UX>", "<Other/>", "",
                                        "<!DOCTYPE a [<!ENTITY b \"c\">]><BurnManifest a=\"&b;\" />",
                                        "<BurnManifest><Payload FileSize=\"x\" />"
                                        "</BurnManifest>"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct burn_made burn = {.version = 2};
        snprintf(manifest, sizeof manifest, "%s", texts[i]);
        build(&burn, 1);
        assert_true(list(whole, size));
        assert_non_null(strstr(told, "[Container]/a0 50000 "));
        assert_non_null(strstr(told, "! "));
        assert_non_null(strstr(told, "partial|manifest|not all of it is understood"));
        end(state);
        memset(outer, 0, sizeof outer);
    }
}

static void bounds_of_manifests(void **state) {
    (void)state;
    struct burn_manifest found;
    struct job job;
    struct text xml = {0};
    job_init(&job, 64 << 20);
    text_add(&xml, "<BurnManifest>");
    for (unsigned i = 0; i < BURN_MANIFEST_DEPTH; i++)
        text_add(&xml, "<a>");
    assert_true(burn_manifest_decode(&job, span_of(xml.data, xml.size, 0), &found));
    assert_false(found.complete);
    assert_string_equal(job.notes[0].text, "a manifest of a bundle whose elements are nested too deeply");
    job_reset(&job);
    text_clear(&xml);
    text_add(&xml, "<BurnManifest>");
    for (unsigned i = 0; i <= BURN_MANIFEST_ITEMS; i++)
        text_format(&xml, "<Payload Id=\"%u\" SourcePath=\"%u\" Container=\"c\"/>", i, i);
    text_add(&xml, "</BurnManifest>");
    assert_true(burn_manifest_decode(&job, span_of(xml.data, xml.size, 0), &found));
    assert_int_equal(found.payload_count, BURN_MANIFEST_ITEMS);
    assert_false(found.complete);
    assert_non_null(burn_manifest_find(&found, false, span_of("c", 1, 0), span_of("65535", 5, 0)));
    assert_null(burn_manifest_find(&found, false, span_of("c", 1, 0), span_of("65536", 5, 0)));
    assert_null(burn_manifest_find(&found, true, span_of("c", 1, 0), span_of("7", 1, 0)));
    job_reset(&job);
    job_init(&job, 100000); /* less memory than it takes */
    assert_false(burn_manifest_decode(&job, span_of(xml.data, xml.size, 0), &found));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    job_reset(&job);
    text_free(&xml);
}

/* Opens and walks what is damaged: nothing else is asked than that the rules of source/pack.h hold. */
static void survive(const uint8_t *bytes, size_t many) {
    walk.files[0] = walk.files[1] = (struct pack_walk_file){"own.cab", bytes, many};
    walk.count = 2;
    if (pack_walk_open(&walk, &pack_burn))
        pack_walk_all(&walk, 1 << 20);
    else
        assert_int_not_equal(walk.memory.fault.code, FAULT_NONE);
    pack_walk_close(&walk);
}

static void prefixes_and_flipped_bits_are_survived(void **state) {
    (void)state;
    struct burn_made burn = {.engine_signature = 30};
    const struct cab_made_file all[] = {{"a0", first, 40, 0}, {"a1", second, 30, 0}};
    const struct cab_made_file ui[] = {{"0", (const uint8_t *)manifest, 0, 0}, {"u0", third, 10, 0}};
    struct cab_made_file real[2];
    write_manifest(V3, elsewhere);
    memcpy(real, ui, sizeof real);
    real[0].size = strlen(manifest);
    outer[0] = burn_made_cabinet(real, 2, 1, &burn.sizes[0]);
    outer[1] = burn_made_cabinet(all, 2, 0, &burn.sizes[1]);
    burn.containers[0] = outer[0];
    burn.containers[1] = outer[1];
    burn.count = 2;
    whole = burn_made_all(&burn, &size);
    for (size_t i = 0; i < size; i += i < 400 || i > BURN_MADE_STUB - 20 ? 3 : 40) {
        uint8_t *part = malloc(i + 1);
        memcpy(part, whole, i);
        survive(part, i);
        free(part);
    }
    for (size_t bit = 0; bit < size * 8; bit += 5) {
        whole[bit / 8] ^= (uint8_t)(1u << bit % 8);
        survive(whole, size);
        whole[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_no_bundle),
        TEST(bad_manifests),
        TEST(bounds_of_manifests),
        TEST(prefixes_and_flipped_bits_are_survived),
        TEST(changed_payloads),
        TEST(without_what_is_attached),
        TEST(both_layouts_and_all_methods),
        TEST(a_later_manifest),
        TEST(a_signature_behind_all),
        TEST(what_lies_elsewhere),
    };
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
