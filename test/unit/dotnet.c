/* Metadata of .NET: damaged, lying, without, then as they are. */
#include "format/dotnet.h"

#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "make/dotnet_made.h"

static int prepare(void **state) {
    (void)state;
    return digest_prepare() ? 0 : -1;
}

static const char *shown(const char *text) {
    return text ? text : "-";
}

/* All that is said of `size` bytes; "" for nothing. */
static void tell(const uint8_t *data, size_t size, size_t memory, char *ret, size_t room) {
    struct job job;
    struct pe pe;
    struct dotnet d;
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, data, size);
    struct span bytes = span_of(exact, size, 0);
    job_init(&job, memory);
    ret[0] = 0;
    if (pe_decode(&job, bytes, size, &pe) && dotnet_decode(&job, &pe, bytes, &d)) {
        size_t used = (size_t)snprintf(ret, room, "%s %s %s %s %s %s %u/%u/%u %zu", shown(d.assembly),
                                       d.version, shown(d.culture), shown(d.module), shown(d.runtime),
                                       shown(d.framework), d.types, d.methods, d.resources, d.mvid.size);
        for (size_t i = 0; i < d.reference_count && used < room; i++)
            used += (size_t)snprintf(ret + used, room - used, " %s=%s/%zu", d.references[i].name,
                                     d.references[i].version, d.references[i].token.size);
        for (size_t i = 0; i < d.import_count && used < room; i++)
            used += (size_t)snprintf(ret + used, room - used, " %s!%s", d.imports[i].library,
                                     d.imports[i].function);
        for (size_t i = 0; i < d.name_count && used < room; i++)
            used += (size_t)snprintf(ret + used, room - used, " #%s", d.names[i]);
        snprintf(ret + used, used < room ? room - used : 0, " key %zu", d.key.size);
    }
    free(exact);
    job_reset(&job);
}

static void every_prefix(void **state) {
    (void)state;
    struct dotnet_made m = dotnet_make();
    char got[2048];
    for (size_t size = 0; size <= BUILD_SIZE; size++)
        tell(m.build.bytes, size, 8 << 20, got, sizeof got);
}

static void every_bit(void **state) {
    (void)state;
    struct dotnet_made m = dotnet_make();
    char got[4096];
    for (size_t bit = 8 * (size_t)DOTNET_CLI; bit < 8 * (size_t)m.end; bit++) {
        m.build.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        tell(m.build.bytes, BUILD_SIZE, 8 << 20, got, sizeof got);
        m.build.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void little_memory(void **state) {
    (void)state;
    struct dotnet_made m = dotnet_make();
    char got[4096];
    for (size_t memory = 0; memory < 200000; memory += 3000)
        tell(m.build.bytes, BUILD_SIZE, memory, got, sizeof got);
}

static void lies(void **state) {
    (void)state;
    struct dotnet_made m = dotnet_make();
    char got[4096];
    for (uint32_t i = 0; i < 11; i++) { /* as many rows as can be claimed */
        build_32(&m.build, m.tables + 24 + 4 * i, 0xffffffff);
        tell(m.build.bytes, BUILD_SIZE, 8 << 20, got, sizeof got);
        assert_true(strlen(got) > 0);
        build_32(&m.build, m.tables + 24 + 4 * i, 1);
    }
    build_32(&m.build, DOTNET_ROOT, 0x424a5343);
    tell(m.build.bytes, BUILD_SIZE, 8 << 20, got, sizeof got);
    assert_string_equal(got, "");
    m = dotnet_make();
    build_directory(&m.build, 14, 0, 0);
    tell(m.build.bytes, BUILD_SIZE, 8 << 20, got, sizeof got);
    assert_string_equal(got, "");
}

static void as_it_is(void **state) {
    (void)state;
    struct dotnet_made m = dotnet_make();
    char got[4096];
    tell(m.build.bytes, BUILD_SIZE, 8 << 20, got, sizeof got);
    assert_string_equal(
        got, "Made 1.2.3.4 - Made.dll v4.0.30319 .NETCoreApp,Version=v8.0.00 1/1/1 16 mscorlib=4.0.0.0/8 "
             "native.dll!Call #icon key 8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix), cmocka_unit_test(every_bit), cmocka_unit_test(little_memory),
        cmocka_unit_test(lies),         cmocka_unit_test(as_it_is),
    };
    return cmocka_run_group_tests(tests, prepare, NULL);
}
