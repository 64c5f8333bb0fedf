/* Rules compiled, divided and tried: what does not compile, what must not match, and that division changes
 * nothing: libyara itself, undivided, is asked the same. */
#include "make/rules_made.h"

#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <yara.h>

#define MZ "MZ\0\0"

static void damage(void **state) {
    (void)state;
    static const struct rules_text texts[] = {
        {"good.yar", "rule good { condition: true }"},
        {"bad.yar", "rule a { condition: true }\nrule b {\n condition: other }"},
        {"magic.yar", "import \"magic\" rule m { condition: magic.type() == \"x\" }"},
        {"twice.yar", "rule good { condition: true }"},
        {"away.yar", "include \"/etc/passwd\" rule n { condition: true }"},
        {"empty.yar", ""},
    };
    struct rules_made made;
    rules_make(&made, texts, 6);
    assert_int_equal(made.compiled.rules, 2);
    assert_int_equal(made.compiled.refused, 3);
    assert_int_equal(made.compiled.damage_count, 3);
    assert_int_equal(made.compiled.damage[0].source, 1);
    assert_int_equal(made.compiled.damage[0].line, 3);
    assert_non_null(strstr(made.compiled.damage[0].why, "undefined identifier \"other\""));
    assert_int_equal(made.compiled.damage[1].source, 2);
    assert_non_null(strstr(made.compiled.damage[1].why, "module magic"));
    assert_int_equal(made.compiled.damage[2].source, 4);
    assert_non_null(strstr(made.compiled.damage[2].why, "include"));
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "good good");
    rules_free_made(&made);
}

static void no_text(void **state) {
    (void)state;
    struct job job;
    static struct yara_compiled compiled;
    struct text bundle = {0};
    const char *why;
    struct yara_source source = {span_of("n", 1, 0), span_of("rule a { condition: true }\0x", 28, 0)};
    job_init(&job, (size_t)64 << 20);
    assert_true(yara_compile(&job, &source, 1, &compiled, &bundle, &why));
    assert_int_equal(compiled.rules, 0);
    assert_int_equal(compiled.refused, 1);
    assert_non_null(strstr(compiled.damage[0].why, "NUL"));
    text_free(&bundle);
    job_reset(&job);
    job_init(&job, 64);
    source.text.size = 26;
    assert_false(yara_compile(&job, &source, 1, &compiled, &bundle, &why));
    assert_non_null(strstr(why, "memory"));
    text_free(&bundle);
    job_reset(&job);
}

static void includes(void **state) {
    (void)state;
    static const struct rules_text texts[] = {
        {"all/index.yar", "include \"./one.yar\"\ninclude \"two.yar\""},
        {"all/one.yar", "rule one { condition: true }"},
        {"all/two.yar", "rule two { condition: one }"},
        {"two.yar", "rule other { condition: true }"},
    };
    struct rules_made made;
    rules_make(&made, texts, 4);
    assert_int_equal(made.compiled.refused, 0);
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "one other two");
    rules_free_made(&made);
    /* Without the index each stands for itself. */
    static const struct rules_text broken[] = {
        {"index.yar", "include \"one.yar\"\ninclude \"two.yar\"\nrule x { condition: nothing }"},
        {"one.yar", "rule one { condition: true }"},
        {"two.yar", "rule two { condition: one }"},
    };
    rules_make(&made, broken, 3);
    assert_int_equal(made.compiled.refused, 2);
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "one");
    rules_free_made(&made);
}

/* What they include of themselves is an error of theirs, and of nobody else. */
static void includes_in_circles(void **state) {
    (void)state;
    static const struct rules_text texts[] = {
        {"self.yar", "include \"self.yar\" rule self { condition: true }"},
        {"a.yar", "include \"b.yar\" rule a { condition: true }"},
        {"b.yar", "include \"a.yar\" rule b { condition: true }"},
        {"c.yar", "rule c { condition: true }"},
    };
    struct rules_made made;
    rules_make(&made, texts, 4);
    assert_int_equal(made.compiled.refused, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(made.compiled.damage[i].source, i);
        assert_non_null(strstr(made.compiled.damage[i].why, "circular"));
    }
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "c");
    rules_free_made(&made);
}

/* By the place of the one that includes, however it is called; and not without end. */
static void includes_in_folders(void **state) {
    (void)state;
    static const struct rules_text texts[] = {
        {"top.yar", "include \"./in/one.yar\" rule top { condition: two }"},
        {"in/one.yar", "include \"more/x.yar\" include \"../x.yar\" rule one { condition: x }"},
        {"in/more/x.yar", "include \"../../two.yar\" rule x { condition: two }"},
        {"x.yar", "rule x2 { condition: true }"},
        {"two.yar", "rule two { condition: true }"},
    };
    struct rules_made made;
    rules_make(&made, texts, 5);
    assert_int_equal(made.compiled.refused, 0);
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "one top two x x2");
    rules_free_made(&made);

    struct rules_text chain[20];
    char names[20][8], said[20][64];
    for (int i = 0; i < 20; i++) {
        snprintf(names[i], sizeof names[i], "%c.yar", 'a' + i);
        snprintf(said[i], sizeof said[i], "include \"%c.yar\" rule %c { condition: true }", 'a' + i + 1,
                 'a' + i);
        chain[i] = (struct rules_text){names[i], said[i]};
    }
    chain[19].text = "rule t { condition: true }";
    rules_make(&made, chain, 20);
    assert_int_equal(made.compiled.refused, 3); /* sixteen in one another are taken */
    assert_non_null(strstr(made.compiled.damage[0].why, "too deep"));
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "d e f g h i j k l m n o p q r s t");
    rules_free_made(&made);
}

static void a_bad_one_takes_no_other_with_it(void **state) {
    (void)state;
    static const struct rules_text texts[] = {
        {"bad.yar", "include \"x.yar\" rule bad { condition: nothing }"},
        {"good.yar", "include \"y.yar\" rule good { condition: y }"},
        {"x.yar", "rule x { condition: true }"},
        {"y.yar", "rule y { condition: true }"},
    };
    struct rules_made made;
    rules_make(&made, texts, 4);
    assert_int_equal(made.compiled.refused, 1);
    assert_int_equal(made.compiled.damage[0].source, 0);
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "good x y");
    rules_free_made(&made);
}

static void what_is_included_must_be_fit(void **state) {
    (void)state;
    static const struct rules_text texts[] = {
        {"a.yar", "include \"m.yar\" rule a { condition: true }"},
        {"m.yar", "import \"magic\" rule m { condition: true }"},
        {"n.yar", "import \"ma\\x67ic\" rule n { condition: true }"},
        {"o.yar", "rule o { condition: true }"},
    };
    struct rules_made made;
    rules_make(&made, texts, 4);
    assert_int_equal(made.compiled.refused, 3);
    assert_non_null(strstr(made.compiled.damage[0].why, "it includes m.yar: the module magic"));
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "o");
    rules_free_made(&made);
}

static void cut_bundles(void **state) {
    (void)state;
    static const struct rules_text text = {"a.yar", "rule a { condition: true }"};
    struct rules_made made;
    rules_make(&made, &text, 1);
    for (size_t size = 0; size < 8 + 4 + 1 + 8192 + 4 + 9; size += size < 16 || size > 8180 ? 1 : 97)
        assert_null(yara_load(&made.job, span_of(made.bundle.data, size, 0)));
    made.bundle.data[8] ^= 1; /* of another version */
    assert_null(yara_load(&made.job, span_of(made.bundle.data, made.bundle.size, 0)));
    rules_free_made(&made);
}

/* --- the same as undivided --- */

static const struct rules_text tricky[] = {
    {"gates.yar",
     "import \"pe\" import \"math\" import \"elf\"\n"
     "rule mz { condition: uint16(0) == 0x5a4d }\n"
     "rule mz_or { strings: $a = \"needle\" condition: uint16(0) == 0x5a4d or $a }\n"
     "rule mz_not { condition: not uint16(0) == 0x5a4d }\n"
     "rule elf_gate { condition: uint32(0) == 0x464c457f }\n"
     "rule module { strings: $a = \"needle\" condition: pe.number_of_sections == 1 or $a }\n"
     "rule module_not { condition: not pe.is_pe }\n"
     "rule module_zero { condition: pe.is_pe == 0 }\n"
     "rule module_not_dll { strings: $a = \"hay\" condition: $a and not pe.is_dll() }\n"
     "rule for_all { condition: for all i in (0..pe.number_of_sections) : ( true ) }\n"
     "rule for_any { condition: for any i in (0..pe.number_of_signatures) : ( i == 0 ) }\n"
     "rule constant { condition: pe.MACHINE_AMD64 == 0x8664 }\n"
     "rule entropy { condition: math.entropy(0, filesize) < 4.0 }\n"
     "rule entry { strings: $a = \"needle\" condition: $a at pe.entry_point or #a > 1 }\n"
     "rule zero { strings: $a = \"needle\" condition: #a == 0 }\n"
     "private rule hidden { strings: $a = \"needle\" condition: $a }\n"
     "rule by_hidden { condition: hidden and filesize < 100 }\n"
     "rule by_module { condition: module }\n"
     "rule by_mz { condition: not mz }\n"
     "private rule hidden_module { strings: $a = \"hay\" condition: $a and math.entropy(0, 2) >= 0.0 }\n"
     "rule by_hidden_module { condition: hidden_module }\n"
     "rule sleeper { strings: $a = \"needle\" condition: $a }\n"
     "rule by_sleeper { condition: not sleeper }\n"
     "rule chained { strings: $a = { 6E 65 65 [0-300] 68 61 79 } $b = \"nowhere\" condition: any of them }\n"
     "rule torn_chain { strings: $a = { 6E 65 65 [0-300] 78 78 } condition: $a }\n"},
    {"global.yar", "global rule small { condition: filesize < 30 }\n"
                   "rule in_small { condition: true }\n"
                   "rule mz_in_small { condition: uint16(0) == 0x5a4d }\n"},
    {"wild.yar", "rule w_one { strings: $a = \"needle\" condition: $a }\n"
                 "rule w_mz { condition: uint16(0) == 0x5a4d }\n"
                 "rule any_w { condition: any of (w_*) }\n"},
    {"names.yar", "rule named { condition: filename == \"a.exe\" }\n"
                  "rule named_mz { condition: uint16(0) == 0x5a4d and extension == \".exe\" }\n"
                  "rule by_named { condition: not named and filesize > 1 }\n"},
};

enum { TRICKY = sizeof tricky / sizeof tricky[0] };

static int count_names(YR_SCAN_CONTEXT *context, int message, void *data, void *user) {
    struct yara_hits *hits = user;
    (void)context;
    if (message == CALLBACK_MSG_RULE_MATCHING) {
        struct yara_hit *hit = calloc(1, sizeof *hit);
        hit->rule = ((YR_RULE *)data)->identifier;
        hit->next = hits->first;
        hits->first = hit;
    }
    return CALLBACK_CONTINUE;
}

/* Undivided, by libyara. */
static void ask_libyara(YR_RULES *rules, const void *bytes, size_t size, const char *name, char said[4096]) {
    struct yara_hits hits = {0};
    YR_SCANNER *scanner;
    const char *dot = strrchr(name, '.');
    assert_int_equal(yr_scanner_create(rules, &scanner), 0);
    yr_scanner_define_string_variable(scanner, "filename", name);
    yr_scanner_define_string_variable(scanner, "extension", dot ? dot : "");
    yr_scanner_set_callback(scanner, count_names, &hits);
    assert_int_equal(yr_scanner_scan_mem(scanner, bytes, size), 0);
    snprintf(said, 4096, "%s", rules_names(&hits));
    for (struct yara_hit *next, *hit = hits.first; hit; hit = next) {
        next = hit->next;
        free(hit);
    }
    yr_scanner_destroy(scanner);
}

static YR_RULES *whole(void) {
    YR_COMPILER *compiler;
    YR_RULES *rules;
    assert_int_equal(yr_compiler_create(&compiler), 0);
    for (size_t i = 0; yara_divide_externals[i]; i++)
        yr_compiler_define_string_variable(compiler, yara_divide_externals[i], "");
    for (size_t i = 0; i < TRICKY; i++)
        assert_int_equal(yr_compiler_add_string(compiler, tricky[i].text, tricky[i].name), 0);
    assert_int_equal(yr_compiler_get_rules(compiler, &rules), 0);
    yr_compiler_destroy(compiler);
    return rules;
}

static void division_changes_nothing(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } contents[] = {
        {"", 0},
        {"M", 1},
        {"MZ", 2},
        {MZ "needle hay", 14},
        {"needle", 6},
        {"hay", 3},
        {"hay needle needle", 17},
        {"\x7f"
         "ELF needle",
         11},
        {"nothing of the kind", 19},
        {"a long text without any of these words in it", 44},
        {"long with a needle in it, and longer than all", 45},
        {MZ "long with a needle in it, and longer than all", 49},
    };
    static const char *const names[] = {"", "a.exe", "b.exe", "a.txt"};
    struct rules_made made;
    rules_make(&made, tricky, TRICKY);
    if (made.compiled.refused > 0)
        fail_msg("line %u: %s", (unsigned)made.compiled.damage[0].line, made.compiled.damage[0].why);
    YR_RULES *rules = whole();
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++)
        for (size_t n = 0; n < 4; n++)
            for (int again = 0; again < 2; again++) { /* the second time the content is known */
                char wanted[4096];
                uint8_t digest[DIGEST_MAX];
                digest_once(DIGEST_SHA256, span_of(contents[i].bytes, contents[i].size, 0), digest);
                ask_libyara(rules, contents[i].bytes, contents[i].size, names[n], wanted);
                assert_string_equal(
                    rules_try(&made, contents[i].bytes, contents[i].size, names[n], again ? digest : NULL),
                    wanted);
            }
    yr_rules_destroy(rules);
    rules_free_made(&made);
}

/* What division relies on: of what is no PE nothing is known but constants. */
static void undefined_fields(void **state) {
    (void)state;
    static const struct rules_text text = {
        "a.yar",
        "import \"pe\"\n"
        "rule a { strings: $x = \"none of these\" condition: not uint16(0) == 0x5a4d and ("
        "pe.machine == 0 or pe.number_of_sections == 0 or pe.number_of_signatures == 0 or"
        " pe.number_of_resources == 0 or pe.number_of_exports == 0 or pe.number_of_imports == 0 or"
        " pe.characteristics == 0 or pe.timestamp == 0 or pe.entry_point == 0 or pe.image_base == 0 or"
        " pe.imphash() == \"\" or pe.exports(\"\") or pe.imports(\"a\") or pe.is_dll() or pe.is_32bit() or"
        " pe.is_64bit() or pe.checksum == 0 or pe.calculate_checksum() == 0 or pe.pdb_path == \"\" or"
        " pe.dll_name == \"\" or pe.overlay.size == 0 or pe.rich_signature.length == 0 or"
        " pe.rich_signature.version(1) == 0 or pe.section_index(\"x\") == 0 or pe.subsystem == 0 or"
        " pe.number_of_version_infos == 0 or pe.language(1) or pe.locale(1) or $x) }"};
    struct rules_made made;
    rules_make(&made, &text, 1);
    assert_string_equal(rules_try(&made, "no program at all", 17, "", NULL), "");
    rules_free_made(&made);
}

/* --- what is told of a match --- */

static void told(void **state) {
    (void)state;
    static const struct rules_text text = {
        "dir/a.yar",
        "rule a : one two { meta: author = \"M\xff\" score = 70 ok = true strings: $x = \"abc\" $y = { 64 65 } "
        "$z = \"none\" $p = \"cd\" private condition: any of them }"};
    struct rules_made made;
    struct job job;
    struct yara_hits hits;
    struct rules_content c = {{10, span_of("xxabcdeabc", 10, 0), rules_read, NULL}, NULL, 0, NULL, 0};
    struct yara_look look = {c.content.head, &c.content, {"", ""}, NULL};
    rules_make(&made, &text, 1);
    job_init(&job, 1 << 20);
    yara_scan(made.yara, &job, &look, &hits);
    assert_int_equal(hits.count, 1);
    const struct yara_hit *hit = hits.first;
    assert_true(span_equal(hit->source, span_of("dir/a.yar", 9, 0)));
    assert_string_equal(hit->tags[0], "one");
    assert_string_equal(hit->tags[1], "two");
    assert_null(hit->tags[2]);
    assert_int_equal(hit->meta_count, 3);
    assert_string_equal(hit->metas[0].text, "M\xff");
    assert_null(hit->metas[1].text);
    assert_int_equal(hit->metas[1].number, 70);
    assert_int_equal(hit->string_count, 2);
    assert_string_equal(hit->strings[0].name, "$x");
    assert_int_equal(hit->strings[0].offset, 2);
    assert_int_equal(hit->strings[0].size, 3);
    assert_int_equal(hit->strings[0].count, 2);
    assert_int_equal(hit->strings[1].offset, 5);
    job_reset(&job);
    rules_free_made(&made);
}

static void names_from_outside(void **state) {
    (void)state;
    static const struct rules_text text = {"a.yar",
                                           "rule name { condition: filename == \"B.EXE\" }\n"
                                           "rule path { condition: filepath contains \"\\\\Temp\\\\\" }\n"
                                           "rule extension_ { condition: extension == \".exe\" }\n"
                                           "rule type { condition: filetype == \"EXE\" }\n"
                                           "rule owner_ { condition: owner != \"\" }\n"};
    struct rules_made made;
    rules_make(&made, &text, 1);
    assert_string_equal(rules_try(&made, "MZ", 2, "C:\\Temp\\B.EXE", NULL), "extension_ name path type");
    assert_string_equal(rules_try(&made, "x", 1, "", NULL), "");
    rules_free_made(&made);
}

/* --- limits --- */

static void behind_the_first_block(void **state) {
    (void)state;
    static const struct rules_text text = {
        "a.yar", "import \"hash\" import \"pe\"\n"
                 "rule end { strings: $a = \"at the very end\" condition: $a at (filesize - 15) }\n"
                 "rule size { condition: filesize == 80MB }\n"
                 "rule across { strings: $a = \"over the edge\" condition: #a == 1 }\n"
                 "rule last { condition: uint8(filesize - 1) == 0x64 }\n"
                 "rule program { condition: pe.is_pe }\n"};
    enum { EDGE = 10 };
    struct rules_made made;
    struct job job;
    struct yara_hits hits;
    size_t first = (size_t)CONTENT_WHOLE;
    uint8_t *bytes = calloc(first + 64, 1);
    memcpy(bytes + first - EDGE, "over the edge", 13);
    struct rules_content c = {{(uint64_t)80 << 20, span_of(bytes, CONTENT_HEAD, 0), rules_read, NULL},
                              bytes,
                              first + 64,
                              "MZ at the very end",
                              0};
    struct yara_look look = {span_of(bytes, first, 0), &c.content, {"", ""}, NULL};
    rules_make(&made, &text, 1);
    job_init(&job, (size_t)64 << 20);
    yara_scan(made.yara, &job, &look, &hits);
    assert_string_equal(rules_names(&hits), "across end last size");
    assert_int_equal(job.noted, 0);
    job_reset(&job);
    job_init(&job, 1 << 20); /* no room for the window */
    yara_scan(made.yara, &job, &look, &hits);
    assert_int_equal(hits.count, 0);
    assert_int_equal(job.notes[0].code, FAULT_LIMIT);
    job_reset(&job);
    free(bytes);
    rules_free_made(&made);
}

static void too_many_matches(void **state) {
    (void)state;
    static const struct rules_text text = {"a.yar", "rule a { strings: $a = \"aaaa\" condition: $a }"};
    struct rules_made made;
    struct job job;
    struct yara_hits hits;
    size_t size = 1100000;
    uint8_t digest[32] = {1}, *bytes = malloc(size);
    memset(bytes, 'a', size);
    struct rules_content c = {
        {size, span_of(bytes, CONTENT_HEAD, 0), rules_read, NULL}, bytes, size, NULL, 0};
    struct yara_look look = {span_of(bytes, size, 0), &c.content, {"", ""}, digest};
    rules_make(&made, &text, 1);
    for (int i = 0; i < 2; i++) { /* and it is not taken for known */
        job_init(&job, 1 << 20);
        yara_scan(made.yara, &job, &look, &hits);
        assert_int_equal(job.notes[0].code, FAULT_LIMIT);
        assert_non_null(strstr(job.notes[0].text, "too often"));
        job_reset(&job);
    }
    free(bytes);
    rules_free_made(&made);
}

static void equal_contents(void **state) {
    (void)state;
    static const struct rules_text text = {"a.yar", "rule a { strings: $a = \"abc\" condition: $a }"};
    struct rules_made made;
    uint8_t digest[32] = {7};
    rules_make(&made, &text, 1);
    assert_string_equal(rules_try(&made, "xabc", 4, "", digest), "a");
    assert_string_equal(rules_try(&made, "xabc", 4, "", digest),
                        "a"); /* what matches is looked at each time */
    assert_string_equal(rules_try(&made, "x", 1, "", digest), "");
    assert_string_equal(rules_try(&made, "xabc", 4, "", digest),
                        ""); /* by a digest that lies: it was not read */
    digest[0] = 8;
    assert_string_equal(rules_try(&made, "xabc", 4, "", digest), "a");
    rules_free_made(&made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage),
        cmocka_unit_test(no_text),
        cmocka_unit_test(includes),
        cmocka_unit_test(includes_in_circles),
        cmocka_unit_test(includes_in_folders),
        cmocka_unit_test(a_bad_one_takes_no_other_with_it),
        cmocka_unit_test(what_is_included_must_be_fit),
        cmocka_unit_test(cut_bundles),
        cmocka_unit_test(division_changes_nothing),
        cmocka_unit_test(undefined_fields),
        cmocka_unit_test(told),
        cmocka_unit_test(names_from_outside),
        cmocka_unit_test(behind_the_first_block),
        cmocka_unit_test(too_many_matches),
        cmocka_unit_test(equal_contents),
    };
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
