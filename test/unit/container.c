/* Headers of disk images: what is out of range is refused before anything is read by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/container_ewf.h"
#include "format/container_qcow.h"
#include "format/container_vhd.h"
#include "format/container_vhdx.h"
#include "format/container_vmdk.h"
#include "make/image_made.h"

#include <stdio.h>

static struct job job;

static int begin(void **state) {
    (void)state;
    job_init(&job, 1 << 16);
    return 0;
}

static int end(void **state) {
    (void)state;
    job_reset(&job);
    return 0;
}

static struct span of(const struct made *made, size_t at, size_t size) {
    return span_of(made->data + at, size, at);
}

static void failed(bool good, enum fault_code code) {
    assert_false(good);
    assert_int_equal(job.fault.code, code);
    job_reset(&job);
}

static const char *kind(const void *head, size_t size, const void *tail, size_t tail_size) {
    return container_sniff(span_of(head, size, 0), span_of(tail, tail_size, 0)).name;
}

static void sniffs(void **state) {
    uint8_t end_block[1024] = {0}, zip[100] = "PK\x03\x04";
    (void)state;
    assert_string_equal(kind("", 0, "", 0), "raw");
    assert_string_equal(kind("KDM", 3, "", 0), "raw");
    assert_string_equal(kind("KDMV", 4, "", 0), "VMDK");
    assert_string_equal(kind("# Disk DescriptorFile\n", 22, "", 0), "VMDK");
    assert_string_equal(kind("vhdxfile", 8, "", 0), "VHDX");
    memcpy(end_block + 512, "conectix", 8);
    assert_string_equal(kind("MZ", 2, end_block, 1024), "VHD");
    assert_string_equal(kind("MZ", 2, end_block, 1023), "raw");
    memcpy(end_block + 512, "koly\0\0\0\4", 8);
    assert_string_equal(kind("", 0, end_block, 1024), "DMG");
    zip[26] = 21;
    memcpy(zip + 30, "container.description", 21);
    assert_string_equal(kind(zip, sizeof zip, "", 0), "AFF4");
    zip[26] = 20;
    assert_string_equal(kind(zip, sizeof zip, "", 0), "raw");
    uint8_t whole[40] = "PK\x05\x06";
    memcpy(whole + 22, "aff4://x", 8);
    assert_string_equal(kind(zip, sizeof zip, whole, sizeof whole), "AFF4");
}

static void base(const char *path, const char *name) {
    char ret[CONTAINER_NAME];
    bool good = container_base(path, strlen(path), ret);
    assert_int_equal(good, name != NULL);
    if (name)
        assert_string_equal(ret, name);
}

static void names(void **state) {
    char ret[CONTAINER_NAME], big[CONTAINER_NAME + 1];
    (void)state;
    base("", NULL);
    base(".", NULL);
    base("..", NULL);
    base("a/..", NULL);
    base("a/", NULL);
    base("a\nb", NULL);
    base("a\xff", NULL);
    base("C:\\x\\y.vhd", "y.vhd");
    base("../../etc/passwd", "passwd");
    base(".hidden", ".hidden");
    base("...", "...");
    assert_false(container_base("a\0b", 3, ret));
    memset(big, 'x', sizeof big);
    assert_false(container_base(big, CONTAINER_NAME, ret));
    assert_true(container_base(big, CONTAINER_NAME - 1, ret));
    assert_true(container_base_utf16(span_of(".\0\\\0\xe4\0b\0\0\0z\0", 12, 0), false, ret));
    assert_string_equal(ret, "\xc3\xa4"
                             "b");
    assert_true(container_base_utf16(span_of("\xd8\x3d\xde\x00", 4, 0), true, ret));
    assert_string_equal(ret, "\xf0\x9f\x98\x80");
    assert_true(container_base_utf16(span_of("\x3d\xd8", 2, 0), false, ret));
    assert_string_equal(ret, "\xef\xbf\xbd");
    assert_false(container_base_utf16(span_of("", 0, 0), false, ret));
}

static void ewf(void **state) {
    (void)state;
    static const uint8_t disk[64 * 512];
    struct made made = made_new();
    struct container_section section;
    struct container_volume volume;
    unsigned segment;
    uint32_t count;
    uint64_t base_offset;
    assert_int_equal(container_adler(span_of("Wikipedia", 9, 0)), 0x11e60398);
    made_ewf(&made, 1, disk, sizeof disk, 4096, true, disk);
    for (size_t n = 0; n < EWF_HEAD; n++)
        assert_false(container_ewf(of(&made, 0, n), &segment));
    assert_true(container_ewf(of(&made, 0, EWF_HEAD), &segment));
    assert_int_equal(segment, 1);
    for (size_t n = 0; n < EWF_SECTION; n++)
        failed(container_ewf_section(&job, of(&made, 13, n), &section), FAULT_TORN);
    assert_true(container_ewf_section(&job, of(&made, 13, EWF_SECTION), &section));
    assert_string_equal(section.type, "volume");
    assert_int_equal(section.next, 13 + 76 + 1052);
    for (size_t n = 0; n < EWF_VOLUME_MIN; n++)
        failed(container_ewf_volume(&job, of(&made, 89, n), &volume), FAULT_TORN);
    assert_true(container_ewf_volume(&job, of(&made, 89, 1052), &volume));
    assert_true(volume.good);
    assert_int_equal(volume.size, sizeof disk);
    assert_int_equal(volume.chunk_size, 4096);
    made_le(&made, 89 + 8, 1 << 20, 4);
    failed(container_ewf_volume(&job, of(&made, 89, 1052), &volume), FAULT_LIMIT);
    made_le(&made, 89 + 8, 0, 4);
    failed(container_ewf_volume(&job, of(&made, 89, 1052), &volume), FAULT_BAD);
    made_le(&made, 89 + 8, 8, 4);
    made_le(&made, 89 + 16, UINT64_MAX, 8);
    failed(container_ewf_volume(&job, of(&made, 89, 1052), &volume), FAULT_LIMIT);
    made_le(&made, 20, 1, 1);
    failed(container_ewf_section(&job, of(&made, 13, EWF_SECTION), &section), FAULT_BAD);
    failed(container_ewf_table(&job, of(&made, 0, 23), &count, &base_offset), FAULT_TORN);
    failed(container_ewf_table(&job, of(&made, 0, 24), &count, &base_offset), FAULT_BAD);
    made_free(&made);
}

static void sparse_field(struct made *made, size_t at, uint64_t value, size_t size, enum fault_code code) {
    struct container_sparse sparse;
    made_sparse_head(made, 0, 100, false, 21, true);
    made_le(made, at, value, size);
    failed(container_vmdk(&job, of(made, 0, 512), &sparse), code);
}

static void vmdk(void **state) {
    (void)state;
    struct made made = made_new();
    struct container_sparse sparse;
    made_sparse_head(&made, 0, 100, false, 21, true);
    for (size_t n = 0; n < VMDK_HEAD; n += 3)
        failed(container_vmdk(&job, of(&made, 0, n), &sparse), FAULT_TORN);
    assert_true(container_vmdk(&job, of(&made, 0, 512), &sparse));
    assert_true(sparse.zeroed && !sparse.compressed && !sparse.at_end && sparse.entries == 512);
    sparse_field(&made, 4, 4, 4, FAULT_UNSUPPORTED);
    sparse_field(&made, 20, 7, 8, FAULT_BAD);
    sparse_field(&made, 20, 0, 8, FAULT_BAD);
    sparse_field(&made, 20, (uint64_t)1 << 60, 8, FAULT_BAD);
    sparse_field(&made, 44, 0, 4, FAULT_BAD);
    sparse_field(&made, 44, 1u << 31, 4, FAULT_BAD);
    sparse_field(&made, 12, UINT64_MAX, 8, FAULT_LIMIT);
    made_free(&made);
}

static void descriptor(void **state) {
    static const char text[] =
        "# Disk DescriptorFile\r\nparentCID = \"FFFFFFFF\"\r\n rw 1 Zero \nRDONLY\t5  sparse \"a b.vmdk\"\n"
        "RW 7 VMFS \"c\" 3\nnot an extent\n\0RW 9 ZERO\n";
    struct container_descriptor read;
    struct container_extent extent;
    (void)state;
    assert_true(container_vmdk_text(&job, span_of(text, sizeof text, 0), &read));
    assert_true(container_vmdk_extent(&job, &read, &extent));
    assert_int_equal(extent.type, EXTENT_ZERO);
    assert_true(container_vmdk_extent(&job, &read, &extent));
    assert_string_equal(extent.name, "a b.vmdk");
    assert_true(container_vmdk_extent(&job, &read, &extent));
    assert_int_equal(extent.offset, 3);
    assert_int_equal(read.sum, 13);
    assert_false(container_vmdk_extent(&job, &read, &extent));
    assert_int_equal(job.fault.code, FAULT_NONE);
    failed(container_vmdk_text(&job, span_of(text + 1, 40, 0), &read), FAULT_BAD);
    for (size_t n = 21; n < sizeof text; n++) {
        assert_true(container_vmdk_text(&job, span_of(text, n, 0), &read) ||
                    job.fault.code == FAULT_UNSUPPORTED);
        while (container_vmdk_extent(&job, &read, &extent))
            ;
        job_reset(&job);
    }
}

static void vhd(void **state) {
    (void)state;
    static const uint8_t disk[40960] = {1};
    struct made made = made_new();
    struct container_vhd footer;
    struct container_vhd_header header;
    char name[CONTAINER_NAME];
    made_vhd(&made, disk, sizeof disk, 1, disk, "x\\up.vhd", 2);
    for (size_t n = 0; n < VHD_FOOTER; n += 5)
        failed(container_vhd(&job, of(&made, 0, n), &footer), FAULT_TORN);
    assert_true(container_vhd(&job, of(&made, 0, 512), &footer));
    assert_true(footer.good && footer.type == VHD_DIFFERENCING && footer.size == sizeof disk);
    for (size_t n = 0; n < VHD_HEADER; n += 5)
        failed(container_vhd_header(&job, of(&made, 512, n), &footer, &header), FAULT_TORN);
    assert_true(container_vhd_header(&job, of(&made, 512, 1024), &footer, &header));
    assert_true(header.good && header.parent[0] == 2);
    assert_string_equal(header.parent_name, "absolute.vhd");
    struct container_vhd_locator locator = header.locators[0];
    assert_true(container_vhd_locator(&locator, of(&made, locator.offset, locator.size), name));
    assert_string_equal(name, "up.vhd");
    locator.platform = 1;
    assert_false(container_vhd_locator(&locator, of(&made, 0, 10), name));
    made_be(&made, 544, 3000, 4);
    failed(container_vhd_header(&job, of(&made, 512, 1024), &footer, &header), FAULT_BAD);
    made_be(&made, 544, MADE_BLOCK, 4);
    made_be(&made, 540, 2, 4);
    failed(container_vhd_header(&job, of(&made, 512, 1024), &footer, &header), FAULT_BAD);
    made_be(&made, 60, 5, 4);
    failed(container_vhd(&job, of(&made, 0, 512), &footer), FAULT_BAD);
    made_be(&made, 60, 3, 4);
    made_be(&made, 48, UINT64_MAX, 8);
    failed(container_vhd(&job, of(&made, 0, 512), &footer), FAULT_LIMIT);
    made_free(&made);
}

static void vhdx(void **state) {
    (void)state;
    struct made made = made_new();
    struct container_vhdx_header header;
    struct container_vhdx_regions regions;
    struct container_vhdx ret;
    made_vhdx_heads(&made, 9);
    made_vhdx_metadata(&made, 5 << 20, "dir/up.vhdx", 7);
    assert_false(container_vhdx_header(of(&made, 65536, 4095), &header));
    assert_true(container_vhdx_header(of(&made, 65536, 4096), &header));
    assert_true(header.sequence == 1 && header.data_write[0] == 9 && !header.logged);
    assert_false(container_vhdx_regions(of(&made, 3 * 65536, 65535), &regions));
    assert_true(container_vhdx_regions(of(&made, 3 * 65536, 65536), &regions));
    assert_true(regions.table == 2 << 20 && regions.metadata == 1 << 20);
    made_le(&made, 65536 + 48, 1, 1);
    assert_false(container_vhdx_header(of(&made, 65536, 4096), &header));
    made_crc(&made, 65536, 4096);
    assert_true(container_vhdx_header(of(&made, 65536, 4096), &header) && header.logged);
    assert_true(container_vhdx(&job, of(&made, MADE_MIB, 70000), &ret));
    assert_true(ret.has_parent && ret.size == 5 << 20 && ret.block == MADE_MIB && ret.parent[0] == 7);
    assert_string_equal(ret.parent_name, "up.vhdx");
    failed(container_vhdx(&job, of(&made, MADE_MIB, 7), &ret), FAULT_BAD);
    for (size_t n = 8; n < 65536 + 20; n += 501)
        failed(container_vhdx(&job, of(&made, MADE_MIB, n), &ret), FAULT_BAD);
    made_le(&made, MADE_MIB + 65536, 3 << 20, 4);
    failed(container_vhdx(&job, of(&made, MADE_MIB, 70000), &ret), FAULT_BAD);
    made_free(&made);
}

static void qcow(void **state) {
    (void)state;
    static const uint8_t disk[40960] = {1};
    struct made made = made_new();
    struct container_qcow ret;
    made_qcow(&made, disk, sizeof disk, 2, false);
    for (size_t n = 12; n < 48; n++)
        failed(container_qcow(&job, of(&made, 0, n), &ret), n < 8 ? FAULT_UNSUPPORTED : FAULT_TORN);
    assert_true(container_qcow(&job, of(&made, 0, QCOW_HEAD), &ret));
    assert_true(ret.version == 2 && ret.cluster_bits == 12 && ret.l2_bits == 9 && ret.l1_entries == 1);
    made_be(&made, 36, 0, 4);
    failed(container_qcow(&job, of(&made, 0, QCOW_HEAD), &ret), FAULT_BAD);
    made_free(&made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(sniffs), TEST(names), TEST(ewf), TEST(vmdk), TEST(descriptor), TEST(vhd), TEST(vhdx), TEST(qcow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
