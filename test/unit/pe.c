#include "format/pe.h"

#include "base/digest.h"
#include "format/pe_debug.h"
#include "format/pe_exports.h"
#include "format/pe_image.h"
#include "format/pe_imphash.h"
#include "format/pe_imports.h"
#include "format/pe_ordinals.h"
#include "format/pe_rich.h"
#include "format/pe_sections.h"
#include "format/pe_version.h"
#include "unit/pe_build.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CAP ((size_t)64 << 20)

struct context {
    struct job job;
    struct build build;
    struct pe pe;
};

static int setup(void **state) {
    struct context *c = calloc(1, sizeof *c);
    if (!c || !digest_prepare())
        return 1;
    job_init(&c->job, CAP);
    build_all(&c->build, true);
    *state = c;
    return 0;
}

static int teardown(void **state) {
    struct context *c = *state;
    job_reset(&c->job);
    free(c);
    return 0;
}

static bool decode(struct context *c, size_t size) {
    job_reset(&c->job);
    return pe_decode(&c->job, span_of(c->build.bytes, size, 0), size, &c->pe);
}

static bool noted(const struct context *c, enum fault_code code, const char *text) {
    for (size_t i = 0; i < c->job.noted && i < JOB_NOTES; i++)
        if (c->job.notes[i].code == code && strstr(c->job.notes[i].text, text))
            return true;
    return false;
}

static void refuses(struct context *c, size_t size, enum fault_code code, uint64_t offset) {
    c->pe.machine = 77;
    assert_false(decode(c, size));
    assert_int_equal(c->job.fault.code, code);
    assert_int_equal(c->job.fault.offset, offset);
    assert_int_equal(c->pe.machine, 77); /* written only on success */
}

static void refuses_what_is_no_pe(void **state) {
    struct context *c = *state;
    refuses(c, 0, FAULT_BAD, 0);
    refuses(c, 1, FAULT_BAD, 0);
    refuses(c, 63, FAULT_TORN, 63);
    refuses(c, BUILD_HEADER + 23, FAULT_TORN, 0x3c);
    refuses(c, BUILD_OPTIONAL + 1, FAULT_TORN, BUILD_OPTIONAL);
    c->build.bytes[BUILD_OPTIONAL] = 0x0c;
    refuses(c, BUILD_SIZE, FAULT_BAD, BUILD_OPTIONAL);
    c->build.bytes[BUILD_HEADER + 2] = 1;
    refuses(c, BUILD_SIZE, FAULT_BAD, BUILD_HEADER);
    build_32(&c->build, 0x3c, 0xffffffff);
    refuses(c, BUILD_SIZE, FAULT_TORN, 0x3c);
    c->build.bytes[1] = 'z';
    refuses(c, BUILD_SIZE, FAULT_BAD, 0);
}

static void sniffs(void **state) {
    struct context *c = *state;
    const uint8_t *bytes = c->build.bytes;
    assert_false(pe_sniff(span_of(bytes, 0, 0)));
    assert_false(pe_sniff(span_of(bytes, 63, 0)));
    assert_true(pe_sniff(span_of(bytes, 64, 0))); /* the rest may lie behind the head */
    assert_true(pe_sniff(span_of(bytes, BUILD_SIZE, 0)));
    build_text(&c->build, BUILD_HEADER, "NE");
    assert_false(pe_sniff(span_of(bytes, BUILD_SIZE, 0)));
    build_32(&c->build, 0x3c, 0xffffffff);
    assert_true(pe_sniff(span_of(bytes, BUILD_SIZE, 0)));
}

static void survives_every_prefix(void **state) {
    struct context *c = *state;
    for (int wide = 0; wide < 2; wide++) {
        build_all(&c->build, wide);
        for (size_t size = 0; size < BUILD_END; size++) {
            uint8_t *copy = malloc(size ? size : 1);
            assert_non_null(copy);
            memcpy(copy, c->build.bytes, size);
            job_reset(&c->job);
            bool decoded = pe_decode(&c->job, span_of(copy, size, 0), size, &c->pe);
            assert_true(decoded == (size >= BUILD_OPTIONAL + 2));
            assert_true(decoded ? c->job.noted > 0 : c->job.fault.code != FAULT_NONE);
            free(copy);
        }
    }
}

/* A window is no truncation: nothing may be called torn that the file still holds. */
static void calls_what_is_behind_the_window_a_limit(void **state) {
    struct context *c = *state;
    for (size_t size = BUILD_SIZE - 1; size >= BUILD_OPTIONAL + 512; size -= 7) {
        job_reset(&c->job);
        assert_true(pe_decode(&c->job, span_of(c->build.bytes, size, 0), BUILD_SIZE, &c->pe));
        assert_int_equal(c->pe.file_size, BUILD_SIZE);
        assert_int_equal(c->pe.overlay_offset, BUILD_END);
        for (size_t i = 0; i < c->job.noted && i < JOB_NOTES; i++)
            assert_int_equal(c->job.notes[i].code, FAULT_LIMIT);
        assert_true(size >= BUILD_END || c->job.noted > 0);
    }
}

static void survives_every_bit(void **state) {
    struct context *c = *state;
    for (int wide = 0; wide < 2; wide++) {
        build_all(&c->build, wide);
        for (size_t bit = 0; bit < (size_t)BUILD_END * 8; bit++) {
            c->build.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            (void)decode(c, BUILD_SIZE);
            assert_true(c->job.used <= CAP);
            c->build.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void survives_lack_of_memory(void **state) {
    struct context *c = *state;
    size_t full = 0;
    for (size_t cap = 0; cap < (1u << 20) && !full; cap += 48) {
        struct job job;
        job_init(&job, cap);
        bool decoded = pe_decode(&job, span_of(c->build.bytes, BUILD_SIZE, 0), BUILD_SIZE, &c->pe);
        if (job.fault.code == FAULT_NONE)
            full = cap;
        else
            assert_int_equal(job.fault.code, FAULT_LIMIT);
        assert_true(decoded || job.fault.code == FAULT_LIMIT);
        job_reset(&job);
    }
    assert_true(full > 0);
}

static void survives_lack_of_steps(void **state) {
    struct context *c = *state;
    for (uint64_t steps = 0; steps < 20; steps++) {
        job_reset(&c->job);
        c->job.steps = steps;
        assert_true(pe_decode(&c->job, span_of(c->build.bytes, BUILD_SIZE, 0), BUILD_SIZE, &c->pe));
    }
}

static void ends_in_loops(void **state) {
    struct context *c = *state;
    struct build *b = &c->build;
    build_32(b, b->resources + 44, 0x80000000u); /* the name folder leads back to the root */
    assert_true(decode(c, BUILD_SIZE));
    assert_false(c->pe.version.present);
    build_all(b, true);
    build_32(b, b->imports, build_rva(b->imports)); /* lookup table over its descriptor */
    assert_true(decode(c, BUILD_SIZE));
    assert_true(c->pe.imports.dll_count > 0);
}

static void measures_shared_bytes_no_more_than_twice(void **state) {
    struct context *c = *state;
    struct build *b = &c->build;
    build_16(b, BUILD_HEADER + 6, 3);
    for (uint32_t i = 0; i < 3; i++)
        build_section(b, i, "same", 0x1000 * (i + 1), 0, BUILD_SIZE);
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.section_count, 3);
    assert_true(c->pe.sections[1].entropy > 0);
    assert_int_equal(c->pe.sections[2].entropy, 0);
    assert_true(noted(c, FAULT_LIMIT, "share"));
}

static void notes_a_repeating_import_table_and_keeps_it(void **state) {
    struct context *c = *state;
    struct build *b = &c->build;
    b->next = BUILD_DATA + 0x700;
    uint32_t hint = build_take(b, 8), table = build_take(b, 8 * 21);
    build_text(b, hint + 2, "Same");
    for (uint32_t i = 0; i < 20; i++) {
        build_32(b, table + 8 * i, build_rva(hint));
        build_32(b, table + 8 * i + 4, 0);
    }
    build_32(b, table + 160, 0);
    build_32(b, table + 164, 0);
    build_32(b, b->imports, build_rva(table));
    build_32(b, b->imports + 16, build_rva(table));
    assert_true(decode(c, BUILD_SIZE));
    assert_true(noted(c, FAULT_BAD, "implausible"));
    assert_true(c->pe.imports.dlls[0].irregular);
    assert_int_equal(c->pe.imports.dlls[0].function_count, 20);
    assert_string_equal(c->pe.imports.dlls[0].functions[19].name, "Same");
}

/* 262,144 exports that share one long name are 16 MiB of it, not 1 GiB. */
static void keeps_no_more_than_a_cap_of_names(void **state) {
    struct context *c = *state;
    struct build *b = &c->build;
    size_t size = (size_t)3 << 20;
    uint8_t *big = calloc(1, size);
    assert_non_null(big);
    uint32_t name = BUILD_SIZE + 0x100, names = 0x4000, count = PE_EXPORTS;
    build_32(b, b->exports + 24, count);
    build_32(b, b->exports + 32, 0x10000 + names);
    build_32(b, b->exports + 36, 0x10000 + (2 << 20)); /* zeros */
    build_16(b, BUILD_HEADER + 6, 3);
    build_section(b, 2, "names", 0x10000, 0, (uint32_t)size);
    memcpy(big, b->bytes, BUILD_SIZE);
    memset(big + name, 'x', 3000);
    for (uint32_t i = 0; i < count; i++) {
        big[names + 4 * i] = (uint8_t)name;
        big[names + 4 * i + 1] = (uint8_t)(name >> 8);
        big[names + 4 * i + 2] = 1;
    }
    job_reset(&c->job);
    assert_true(pe_decode(&c->job, span_of(big, size, 0), size, &c->pe));
    assert_int_equal(c->job.fault.code, FAULT_NONE);
    assert_int_equal(c->pe.exports.count, count);
    assert_int_equal(strlen(c->pe.exports.names[0].name), 3000);
    assert_string_equal(c->pe.exports.names[count - 1].name, "");
    assert_true(noted(c, FAULT_LIMIT, "larger than is kept"));
    free(big);
}

static void stops_at_what_is_no_import_table(void **state) {
    struct context *c = *state;
    build_directory(&c->build, 1, 0x1000, 40); /* 00 01 02 ... */
    assert_true(decode(c, BUILD_SIZE));
    assert_true(c->pe.imports.dll_count <= 6);
    assert_int_equal(c->pe.imports.function_count, 0);
    assert_string_equal(c->pe.imphash, "");
}

/* Each part for itself, over an image of no bytes whose directories all claim something. */
static void parts_find_nothing_in_nothing(void **state) {
    struct context *c = *state;
    struct pe pe = {.magic = PE_MAGIC_32, .directories_present = PE_DIRECTORIES};
    struct pe_image image = {.job = &c->job, .bytes = span_of(c->build.bytes, 0, 0), .pe = &pe};
    for (size_t i = 0; i < PE_DIRECTORIES; i++)
        pe.directories[i] = (struct pe_directory){0x1000, 0x1000};
    assert_true(pe_sections_decode(&image, 0, 3));
    pe_sections_end(&image, 0, 0);
    assert_true(pe_rich_decode(&image) && pe_imports_decode(&image) && pe_imphash_make(&image));
    assert_true(pe_exports_decode(&image) && pe_version_decode(&image) && pe_debug_decode(&image));
    assert_int_equal(pe.section_count + pe.imports.dll_count + pe.delay_imports.dll_count, 0);
    assert_false(pe.exports.present || pe.version.present || pe.rich.present);
    assert_int_equal(pe.debug.count, 0);
    assert_string_equal(pe.imphash, "");
    assert_int_equal(c->job.fault.code, FAULT_NONE);
    assert_true(c->job.noted >= 5);
}

static void gives_bytes_by_rva(void **state) {
    struct context *c = *state;
    assert_true(decode(c, BUILD_SIZE));
    struct pe_image image = {.job = &c->job,
                             .bytes = span_of(c->build.bytes, BUILD_SIZE, 0),
                             .file_size = BUILD_SIZE,
                             .pe = &c->pe};
    assert_int_equal(pe_image_at(&image, 0x9000, 4).size, 0);
    assert_int_equal(pe_image_at(&image, UINT64_MAX, UINT64_MAX).size, 0);
    assert_int_equal(pe_image_at(&image, 0x11ff, 4).size, 1); /* not into the next section */
    assert_int_equal(pe_image_at(&image, 0x1010, 4).offset, BUILD_TEXT + 0x10);
    assert_int_equal(pe_image_until_nul(span_of("", 0, 0)).size, 0);
    assert_int_equal(pe_image_until_nul(span_of("ab", 2, 0)).size, 2);
    assert_int_equal(pe_image_until_nul(span_of("ab\0c", 4, 0)).size, 2);
    assert_string_equal(pe_image_name(&image, 0, 0, ""), "MZ");
    assert_null(pe_image_name(&image, 0, 0x9000, ""));
    text_free(&image.scratch);
}

static void knows_ordinals(void **state) {
    (void)state;
    assert_null(pe_ordinals_name("kernel32.dll", 1));
    assert_null(pe_ordinals_name("ws2_32.dll", 0));
    assert_null(pe_ordinals_name("ws2_32.dll", 100));
    assert_null(pe_ordinals_name("ws2_32.dll", 65535));
    assert_null(pe_ordinals_name("WS2_32.dll", 1));
    assert_string_equal(pe_ordinals_name("ws2_32.dll", 1), "accept");
    assert_string_equal(pe_ordinals_name("wsock32.dll", 500), "WEP");
    assert_string_equal(pe_ordinals_name("oleaut32.dll", 443), "UnRegisterTypeLibForUser");
}

static void decodes_headers(void **state) {
    struct context *c = *state;
    for (int wide = 0; wide < 2; wide++) {
        build_all(&c->build, wide);
        assert_true(decode(c, BUILD_SIZE));
        const struct pe *pe = &c->pe;
        assert_int_equal(c->job.noted, 0);
        assert_int_equal(c->job.fault.code, FAULT_NONE);
        assert_int_equal(pe->machine, wide ? 0x8664 : 0x14c);
        assert_int_equal(pe->magic, wide ? PE_MAGIC_64 : PE_MAGIC_32);
        assert_int_equal(pe->timestamp, 0x5e4b2a00);
        assert_int_equal(pe->characteristics, 0x2022);
        assert_int_equal(pe->linker_major, 14);
        assert_int_equal(pe->linker_minor, 29);
        assert_int_equal(pe->entry, 0x1010);
        assert_string_equal(pe->entry_section, ".text");
        assert_int_equal(pe->image_base, 0x400000);
        assert_int_equal(pe->subsystem, 3);
        assert_int_equal(pe->dll_characteristics, 0x8160);
        assert_int_equal(pe->checksum, 0x12345);
        assert_int_equal(pe->checksum_offset, BUILD_OPTIONAL + 64);
        assert_int_equal(pe->security_offset, c->build.directories + 32);
        assert_int_equal(pe->directory_count, 16);
        assert_int_equal(pe->table_offset, BUILD_TABLE);
        assert_int_equal(pe->table_size, BUILD_TABLE_SIZE);
    }
}

static void decodes_sections(void **state) {
    struct context *c = *state;
    assert_true(decode(c, BUILD_SIZE));
    const struct pe *pe = &c->pe;
    assert_int_equal(pe->section_count, 2);
    assert_int_equal(pe->section_claimed, 2);
    assert_string_equal(pe->sections[1].name, ".rdata");
    assert_int_equal(pe->sections[1].rva, 0x2000);
    assert_int_equal(pe->sections[1].raw_offset, BUILD_DATA);
    assert_int_equal(pe->sections[1].raw_size, BUILD_DATA_SIZE);
    assert_int_equal(pe->sections[1].virtual_size, BUILD_DATA_SIZE - 16);
    assert_int_equal(pe->sections[0].entropy, 8000);
    assert_in_range(pe->sections[1].entropy, 1000, 7000);
}

static void maps_rvas(void **state) {
    struct context *c = *state;
    uint64_t offset = 0;
    build_32(&c->build, c->build.sections + 20, BUILD_TEXT + 0x1ff); /* the loader rounds this down */
    assert_true(decode(c, BUILD_SIZE));
    assert_true(pe_offset(&c->pe, 0x10, &offset));
    assert_int_equal(offset, 0x10);
    assert_true(pe_offset(&c->pe, 0x1004, &offset));
    assert_int_equal(offset, BUILD_TEXT + 4);
    assert_true(pe_offset(&c->pe, 0x2004, &offset));
    assert_int_equal(offset, BUILD_DATA + 4);
    assert_false(pe_offset(&c->pe, 0x9000, &offset));
    assert_null(pe_section_of(&c->pe, 0x9000));
    assert_ptr_equal(pe_section_of(&c->pe, 0x2004), &c->pe.sections[1]);
}

static void decodes_imports(void **state) {
    struct context *c = *state;
    for (int wide = 0; wide < 2; wide++) {
        build_all(&c->build, wide);
        assert_true(decode(c, BUILD_SIZE));
        const struct pe_imports *imports = &c->pe.imports;
        assert_int_equal(imports->dll_count, 2);
        assert_int_equal(imports->function_count, 4);
        assert_string_equal(imports->dlls[0].dll, "KERNEL32.dll");
        assert_string_equal(imports->dlls[0].functions[1].name, "ReadFile");
        assert_int_equal(imports->dlls[0].functions[1].ordinal, 8);
        assert_false(imports->dlls[0].functions[1].by_ordinal);
        assert_true(imports->dlls[1].functions[0].by_ordinal);
        assert_null(imports->dlls[1].functions[0].name);
        assert_int_equal(imports->dlls[1].functions[0].ordinal, 1);
        const struct pe_imports *delayed = &c->pe.delay_imports;
        assert_int_equal(delayed->dll_count, 1);
        assert_string_equal(delayed->dlls[0].dll, "USER32.dll");
        assert_string_equal(delayed->dlls[0].functions[0].name, "MessageBoxW");
    }
}

static void expect_imphash(struct context *c, const char *list) {
    uint8_t digest[DIGEST_MAX];
    char hex[33] = "";
    digest_once(DIGEST_MD5, span_of(list, strlen(list), 0), digest);
    for (size_t i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_true(decode(c, BUILD_SIZE));
    assert_string_equal(c->pe.imphash, hex);
}

static void makes_the_imphash(void **state) {
    struct context *c = *state;
    struct build *b = &c->build;
    uint32_t kernel = BUILD_DATA + build_get(b, b->imports + 12) - 0x2000;
    uint32_t winsock = BUILD_DATA + build_get(b, b->imports + 32) - 0x2000;
    expect_imphash(c, "kernel32.createfilew,kernel32.readfile,ws2_32.accept,ws2_32.wsasendx");
    build_text(b, kernel, "KERNEL32.drv");
    build_text(b, winsock, "WS2_33.ocx");
    expect_imphash(c, "kernel32.drv.createfilew,kernel32.drv.readfile,ws2_33.ord1,ws2_33.wsasendx");
    build_text(b, kernel, "a\\B.sys");
    build_text(b, winsock, "\x01.dll");
    expect_imphash(c, "a\\b.createfilew,a\\b.readfile,*invalid*.ord1,*invalid*.wsasendx");
    build_directory(b, 1, 0, 0);
    assert_true(decode(c, BUILD_SIZE));
    assert_string_equal(c->pe.imphash, "");
}

static void decodes_exports(void **state) {
    struct context *c = *state;
    assert_true(decode(c, BUILD_SIZE));
    const struct pe_exports *exports = &c->pe.exports;
    assert_true(exports->present);
    assert_string_equal(exports->dll, "built.dll");
    assert_int_equal(exports->count, 2);
    assert_string_equal(exports->names[0].name, "DllMain");
    assert_int_equal(exports->names[0].ordinal, 3);
    assert_int_equal(exports->names[0].rva, 0x1010);
    assert_null(exports->names[0].forwarder);
    assert_string_equal(exports->names[1].forwarder, "NTDLL.RtlAllocateHeap");
    build_32(&c->build, c->build.exports + 24, 0x7fffffff);
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.exports.name_count, 0x7fffffff);
    assert_true(c->pe.exports.count < BUILD_SIZE / 4);
    assert_true(noted(c, FAULT_LIMIT, "more exported names"));
    assert_true(noted(c, FAULT_BAD, "name table"));
}

static void decodes_the_version_resource(void **state) {
    struct context *c = *state;
    assert_true(decode(c, BUILD_SIZE));
    const struct pe_version *version = &c->pe.version;
    assert_true(version->present && version->fixed);
    for (uint16_t i = 0; i < 4; i++) {
        assert_int_equal(version->file[i], i + 1);
        assert_int_equal(version->product[i], i + 5);
    }
    assert_string_equal(version->company, "A/B Corp");
    assert_string_equal(version->product_name, "Product");
    assert_string_equal(version->file_version, "1.2");
    assert_null(version->internal_name);
    assert_int_equal(version->string_count, 3);
    assert_string_equal(version->strings[2].key, "FileVersion");
    build_16(&c->build, c->build.strings, 0xffff);
    assert_true(decode(c, BUILD_SIZE));
    assert_true(noted(c, FAULT_BAD, "wrong length"));
    assert_string_equal(c->pe.version.company, "A/B Corp");
}

static void decodes_debug_entries(void **state) {
    struct context *c = *state;
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.debug.count, 2);
    assert_true(c->pe.debug.reproducible);
    assert_string_equal(c->pe.debug.pdb, "C:\\\\p\\\\a b.pdb");
    assert_int_equal(c->pe.debug.pdb_age, 9);
    assert_int_equal(c->pe.debug.pdb_guid[15], 16);
    uint32_t record = build_get(&c->build, c->build.debug + 28 + 24);
    build_text(&c->build, record, "NB10");
    build_text(&c->build, record + 16, "old.pdb");
    assert_true(decode(c, BUILD_SIZE));
    assert_string_equal(c->pe.debug.pdb, "old.pdb");
}

static void decodes_the_rich_header(void **state) {
    struct context *c = *state;
    assert_true(decode(c, BUILD_SIZE));
    const struct pe_rich *rich = &c->pe.rich;
    assert_true(rich->present && rich->valid);
    assert_int_equal(rich->offset, 0x80);
    assert_int_equal(rich->size, 40);
    assert_int_equal(rich->count, 2);
    assert_int_equal(rich->entries[0].product, 0x105);
    assert_int_equal(rich->entries[0].build, 0x7062);
    assert_int_equal(rich->entries[0].count, 30);
    c->build.bytes[0x50] ^= 1;
    assert_true(decode(c, BUILD_SIZE));
    assert_true(c->pe.rich.present);
    assert_false(c->pe.rich.valid);
    c->build.bytes[0x80] ^= 1;
    assert_true(decode(c, BUILD_SIZE));
    assert_false(c->pe.rich.present);
    assert_true(noted(c, FAULT_BAD, "Rich"));
}

static void finds_the_overlay(void **state) {
    struct context *c = *state;
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.image_end, BUILD_END);
    assert_int_equal(c->pe.overlay_offset, BUILD_END);
    assert_int_equal(c->pe.overlay_size, 8);
    memset(c->build.bytes + BUILD_END, 0, BUILD_OVERLAY); /* eight zeros are more than alignment */
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.overlay_size, 8);
    build_directory(&c->build, 4, BUILD_END + 4, 8);
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.overlay_offset, BUILD_END + 12);
    assert_int_equal(c->pe.overlay_size, 12);
    build_directory(&c->build, 4, BUILD_END, BUILD_SIZE - BUILD_END);
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.overlay_size, 0);
    build_directory(&c->build, 4, 0, 0);
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.overlay_size, BUILD_SIZE - BUILD_END);
    assert_true(decode(c, BUILD_END));
    assert_int_equal(c->pe.overlay_size, 0);
    assert_int_equal(c->pe.image_end, BUILD_END);
}

static void heeds_the_number_of_directories(void **state) {
    struct context *c = *state;
    build_32(&c->build, BUILD_OPTIONAL + 108, 4);
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.directories_present, 4);
    assert_int_equal(c->pe.security_offset, 0);
    assert_int_equal(c->pe.table_size, 0);
    assert_null(c->pe.debug.pdb);
    build_32(&c->build, BUILD_OPTIONAL + 108, 0xffffffff);
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.directories_present, 16);
    assert_int_equal(c->pe.directory_count, 0xffffffff);
}

static void decodes_rom_images_without_directories(void **state) {
    struct context *c = *state;
    build_16(&c->build, BUILD_OPTIONAL, PE_MAGIC_ROM);
    assert_true(decode(c, BUILD_SIZE));
    assert_int_equal(c->pe.section_count, 2);
    assert_int_equal(c->pe.directories_present, 0);
    assert_int_equal(c->pe.checksum_offset, 0);
}

static void escapes_names(void **state) {
    struct context *c = *state;
    build_text(&c->build, c->build.sections, "\xff\x01/\\");
    assert_true(decode(c, BUILD_SIZE));
    assert_string_equal(c->pe.sections[0].name, "\\xFF\x01/\\\\");
}

/* Writes what the tests build to a folder, as seeds for the fuzzer. */
static int write_seeds(const char *folder) {
    static const char *const names[] = {"built32", "built64", "rom", "headers-only"};
    static struct build build;
    for (int i = 0; i < 4; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.bin", folder, names[i]);
        FILE *file = fopen(path, "wb");
        build_all(&build, i > 0);
        if (i == 2)
            build_16(&build, BUILD_OPTIONAL, PE_MAGIC_ROM);
        if (i == 3)
            build_16(&build, BUILD_HEADER + 6, 0);
        if (!file || fwrite(build.bytes, 1, BUILD_SIZE, file) != BUILD_SIZE || fclose(file) != 0)
            return 1;
    }
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* With an argument: a folder for seeds. */
int main(int argc, char **argv) {
    if (argc > 1)
        return write_seeds(argv[1]);
    const struct CMUnitTest tests[] = {
        TEST(refuses_what_is_no_pe),
        TEST(sniffs),
        TEST(survives_every_prefix),
        TEST(calls_what_is_behind_the_window_a_limit),
        TEST(survives_every_bit),
        TEST(survives_lack_of_memory),
        TEST(survives_lack_of_steps),
        TEST(ends_in_loops),
        TEST(measures_shared_bytes_no_more_than_twice),
        TEST(notes_a_repeating_import_table_and_keeps_it),
        TEST(keeps_no_more_than_a_cap_of_names),
        TEST(stops_at_what_is_no_import_table),
        TEST(parts_find_nothing_in_nothing),
        TEST(gives_bytes_by_rva),
        TEST(knows_ordinals),
        TEST(decodes_headers),
        TEST(decodes_sections),
        TEST(maps_rvas),
        TEST(decodes_imports),
        TEST(makes_the_imphash),
        TEST(decodes_exports),
        TEST(decodes_the_version_resource),
        TEST(decodes_debug_entries),
        TEST(decodes_the_rich_header),
        TEST(finds_the_overlay),
        TEST(heeds_the_number_of_directories),
        TEST(decodes_rom_images_without_directories),
        TEST(escapes_names),
    };
    return cmocka_run_group_tests_name("pe", tests, NULL, NULL);
}
