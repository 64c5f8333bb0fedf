#include "format/wof.h"

#include "make/pack_lzx.h"
#include "make/pack_xpress.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { FILE_SIZE = 5 * 32768 + 77 };

static struct fault fault;
static struct wof_layout layout;
static struct wof_chunk chunk;
static uint8_t plain[FILE_SIZE], stream[2 * FILE_SIZE], out[WOF_CHUNK_MOST];

static bool reparse(const void *data, size_t size, struct wof_reparse *ret) {
    bool good = wof_read_reparse(span_of(data, size, 100), ret, &fault);
    assert_int_equal(good, fault.code == FAULT_NONE);
    return good;
}

static void reparse_points_that_are_unknown_or_cut(void **state) {
    static const uint8_t lzx[20] = {1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1};
    uint8_t other[20];
    struct wof_reparse got;
    (void)state;
    for (size_t n = 0; n < sizeof lzx; n++) {
        assert_false(reparse(lzx, n, &got));
        assert_int_equal(fault.code, FAULT_TORN);
    }
    for (size_t i = 0; i < 16; i++) { /* all but the flags */
        memcpy(other, lzx, sizeof other);
        other[i] ^= 0x84;
        assert_false(reparse(other, sizeof other, &got));
        assert_true(fault.code == FAULT_UNSUPPORTED && fault.offset >= 100);
    }
    memcpy(other, lzx, sizeof other);
    other[4] = 3;
    assert_false(reparse(other, sizeof other, &got));
    other[4] = 1; /* WIM, and no hash */
    assert_false(reparse(other, sizeof other, &got));
    assert_int_equal(fault.code, FAULT_TORN);
}

static void reparse_points(void **state) {
    uint8_t file[24] = {1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 0xff};
    uint8_t wim[44] = {1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1, 0xaa};
    struct wof_reparse got;
    (void)state;
    assert_true(reparse(file, sizeof file, &got));
    assert_int_equal(got.provider, WOF_FILE);
    assert_int_equal(got.algorithm, WOF_XPRESS16K);
    assert_int_equal(got.flags, 9);
    assert_int_equal(got.hash.size, 0);
    assert_true(reparse(wim, sizeof wim, &got));
    assert_int_equal(got.provider, WOF_WIM);
    assert_int_equal(got.flags, 4);
    assert_int_equal(got.wim, 0x0102030405060708);
    assert_int_equal(got.hash.size, 20);
    assert_int_equal(got.hash.offset, 124);
    assert_int_equal(got.hash.data[0], 0xaa);
}

static void layouts(void **state) {
    static const uint32_t sizes[] = {4096, 32768, 8192, 16384};
    (void)state;
    assert_false(wof_layout(4, 1, 1, &layout, &fault));
    assert_int_equal(fault.code, FAULT_UNSUPPORTED);
    for (uint32_t i = 0; i < WOF_ALGORITHMS; i++) {
        assert_true(wof_layout(i, 0, 0, &layout, &fault));
        assert_int_equal(layout.chunks, 0);
        assert_false(wof_layout(i, 1, 0, &layout, &fault));
        assert_int_equal(fault.code, FAULT_TORN);
        assert_true(wof_layout(i, sizes[i], 1, &layout, &fault));
        assert_int_equal(layout.chunks, 1);
        assert_int_equal(layout.table, 0);
        assert_false(wof_layout(i, sizes[i] + 1, 5, &layout, &fault));
        assert_true(wof_layout(i, sizes[i] + 1, 6, &layout, &fault));
        assert_int_equal(layout.chunks, 2);
        assert_int_equal(layout.table, 4);
        assert_true(wof_layout(i, UINT32_MAX, UINT32_MAX, &layout, &fault));
        assert_int_equal(layout.entry, 4);
        assert_true(wof_layout(i, UINT64_C(1) << 32, UINT32_MAX, &layout, &fault));
        assert_int_equal(layout.entry, 8);
        assert_int_equal(layout.table, ((UINT64_C(1) << 32) / sizes[i] - 1) * 8);
        assert_false(wof_layout(i, UINT64_MAX, UINT32_MAX, &layout, &fault));
        assert_true(wof_layout(i, UINT64_MAX, UINT64_MAX, &layout, &fault));
    }
}

static void entries_of(uint64_t first, uint64_t count, uint64_t offset, uint64_t size) {
    uint64_t got_offset, got_size;
    wof_entries(&layout, first, count, &got_offset, &got_size);
    assert_int_equal(got_offset, offset);
    assert_int_equal(got_size, size);
}

static void entries_that_locate_chunks(void **state) {
    (void)state;
    assert_true(wof_layout(WOF_LZX, 4 * 32768, 1000, &layout, &fault)); /* 3 entries */
    entries_of(0, 0, 0, 0);
    entries_of(0, 1, 0, 4);
    entries_of(1, 1, 0, 8);
    entries_of(2, 1, 4, 8);
    entries_of(3, 1, 8, 4);
    entries_of(0, 4, 0, 12);
    entries_of(0, UINT64_MAX, 0, 12);
    entries_of(2, UINT64_MAX, 4, 8);
    entries_of(4, 1, 12, 0);
    entries_of(UINT64_MAX, UINT64_MAX, 12, 0);
    assert_true(wof_layout(WOF_LZX, 5, 5, &layout, &fault));
    entries_of(0, 1, 0, 0);
    assert_true(wof_layout(WOF_LZX, 0, 0, &layout, &fault));
    entries_of(0, 1, 0, 0);
}

static bool locate(uint64_t i, const uint32_t *table, size_t size, uint64_t offset) {
    bool good = wof_locate(&layout, i, span_of(table, size, offset), &chunk, &fault);
    assert_int_equal(good, fault.code == FAULT_NONE);
    return good;
}

static void chunks_that_lie_are_refused(void **state) {
    static const uint32_t good[] = {10, 20, 40}, back[] = {10, 5, 40}, same[] = {10, 10, 40},
                          far[] = {10, 20, 89};
    (void)state;
    assert_true(wof_layout(WOF_XPRESS4K, 3 * 4096 + 50, 12 + 88, &layout, &fault));
    assert_false(locate(4, good, 12, 0));
    assert_int_equal(fault.code, FAULT_BAD);
    assert_false(locate(1, back, 12, 0));
    assert_int_equal(fault.code, FAULT_BAD);
    assert_false(locate(1, same, 12, 0));
    assert_int_equal(fault.code, FAULT_BAD);
    assert_false(locate(2, far, 12, 0));
    assert_int_equal(fault.code, FAULT_TORN);
    assert_int_equal(fault.offset, 4);
    assert_false(locate(3, far, 12, 0));
    assert_int_equal(fault.code, FAULT_TORN);
    assert_true(locate(3, good, 12, 0)); /* 48 bytes stand for 50 */
    assert_int_equal(chunk.offset, 12 + 40);
    assert_int_equal(chunk.stored, 48);
    assert_int_equal(chunk.size, 50);
    assert_true(wof_layout(WOF_XPRESS4K, 3 * 4096 + 47, 12 + 88, &layout, &fault));
    assert_false(locate(3, good, 12, 0)); /* 48 stand for 47 */
    assert_int_equal(fault.code, FAULT_BAD);
    static const uint32_t large[] = {4097, 5000, 6000};
    assert_true(wof_layout(WOF_XPRESS4K, 3 * 4096 + 47, 9000, &layout, &fault));
    assert_false(locate(0, large, 12, 0));
    assert_int_equal(fault.code, FAULT_BAD);
}

/* Any part of the table will do that has the entries. */
static void a_part_of_the_table(void **state) {
    static const uint32_t table[] = {10, 20, 40};
    (void)state;
    assert_true(wof_layout(WOF_XPRESS4K, 4 * 4096, 12 + 88, &layout, &fault));
    assert_true(locate(2, table + 1, 8, 4));
    assert_int_equal(chunk.offset, 32);
    assert_int_equal(chunk.stored, 20);
    assert_true(locate(0, table, 4, 0));
    assert_true(locate(3, table + 2, 4, 8));
    assert_false(locate(3, table, 8, 0));
    assert_int_equal(fault.code, FAULT_TORN);
    assert_false(locate(1, table + 1, 8, 4));
    assert_int_equal(fault.code, FAULT_TORN);
    assert_false(locate(2, table + 1, 7, 4));
    assert_false(locate(0, NULL, 0, 0));
}

static void entries_of_eight_bytes(void **state) {
    static const uint64_t table[] = {UINT64_C(0x100000005), UINT64_C(0x100000009)};
    (void)state;
    assert_true(wof_layout(WOF_XPRESS8K, UINT64_C(1) << 40, UINT64_C(1) << 39, &layout, &fault));
    assert_true(wof_locate(&layout, 1000, span_of(table, 16, 999 * 8), &chunk, &fault));
    assert_int_equal(chunk.offset, layout.table + table[0]);
    assert_int_equal(chunk.stored, 4);
    assert_int_equal(chunk.size, 8192);
    assert_false(wof_locate(&layout, 1000, span_of(table, 16, 998 * 8), &chunk, &fault));
}

/* Packs `size` bytes like Windows does: chunks that do not shrink as they are. */
static size_t pack(enum wof_algorithm algorithm, size_t size) {
    assert_true(wof_layout(algorithm, size, UINT32_MAX, &layout, &fault));
    size_t at = layout.table;
    for (uint64_t i = 0; i < layout.chunks; i++) {
        size_t from = i * layout.chunk, part = size - from < layout.chunk ? size - from : layout.chunk;
        size_t n = algorithm == WOF_LZX
                       ? pack_lzx(plain + from, part, PACK_LZX_MIXED, 9000, true, i, stream + at)
                       : pack_xpress(plain + from, part, 400, i, true, stream + at);
        if (n >= part) {
            memcpy(stream + at, plain + from, part);
            n = part;
        }
        at += n;
        for (unsigned k = 0; k < 4 && i + 1 < layout.chunks; k++)
            stream[i * 4 + k] = (uint8_t)((at - layout.table) >> 8 * k);
    }
    return at;
}

static void what_is_packed_comes_back(void **state) {
    static const size_t sizes[] = {1, 4096, 4097, 32768, 70000, FILE_SIZE};
    unsigned as_it_is = 0, coded = 0;
    (void)state;
    for (unsigned kind = 0; kind < PACK_SAMPLE_KINDS; kind++)
        for (uint32_t algorithm = 0; algorithm < WOF_ALGORITHMS; algorithm++)
            for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
                pack_sample(kind, k, plain, sizes[k]);
                size_t stored = pack((enum wof_algorithm)algorithm, sizes[k]);
                assert_true(wof_layout(algorithm, sizes[k], stored, &layout, &fault));
                for (uint64_t i = 0; i < layout.chunks; i++) {
                    struct unpacked got;
                    uint64_t offset, size;
                    wof_entries(&layout, i, 1, &offset, &size);
                    assert_true(
                        wof_locate(&layout, i, span_of(stream + offset, size, offset), &chunk, &fault));
                    assert_true(chunk.offset + chunk.stored <= stored);
                    struct span in = span_of(stream + chunk.offset, chunk.stored, chunk.offset);
                    assert_true(wof_decode(&layout, &chunk, in, out, &got));
                    assert_int_equal(got.size, chunk.size);
                    assert_memory_equal(out, plain + i * layout.chunk, chunk.size);
                    *(chunk.stored == chunk.size ? &as_it_is : &coded) += 1;
                    in.size--;
                    bool good =
                        wof_decode(&layout, &chunk, in, out, &got); /* may have lost the mark of the end */
                    assert_true(good ? algorithm != WOF_LZX : got.fault.code == FAULT_TORN);
                    assert_true(chunk.stored < chunk.size || !good);
                }
            }
    assert_true(as_it_is > 50 && coded > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reparse_points_that_are_unknown_or_cut),
        cmocka_unit_test(reparse_points),
        cmocka_unit_test(layouts),
        cmocka_unit_test(entries_that_locate_chunks),
        cmocka_unit_test(chunks_that_lie_are_refused),
        cmocka_unit_test(a_part_of_the_table),
        cmocka_unit_test(entries_of_eight_bytes),
        cmocka_unit_test(what_is_packed_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
