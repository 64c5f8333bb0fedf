/* Disk images of every format, made here: the bytes are those of the disk, damage costs what it hits and is
 * told, and what is not read is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "make/image_made.h"
#include "source/image.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SIZE = 601 * 512, LONG = 7 * MADE_MIB / 2, CHUNK = 4096, PARTS = 8 };

static struct set {
    struct image_part parts[PARTS];
    size_t count;
} set;
static struct job job;
static char wanted[IMAGE_NAME];
static uint8_t disk[LONG], below[LONG], buffer[LONG + 1];

static int begin(void **state) {
    (void)state;
    job_init(&job, 1 << 20);
    made_disk(disk, sizeof disk, 1);
    set.count = 0;
    return 0;
}

static int end(void **state) {
    (void)state;
    for (size_t i = 0; i < set.count; i++)
        close(set.parts[i].fd);
    job_reset(&job);
    return 0;
}

/* One more part. */
static void part(const char *name, const void *data, size_t size) {
    struct image_part *to = &set.parts[set.count++];
    to->fd = memfd_create(name, MFD_CLOEXEC);
    to->size = size;
    snprintf(to->name, sizeof to->name, "%s", name);
    assert_true(to->fd >= 0 && (size == 0 || write(to->fd, data, size) == (ssize_t)size));
}

static void part_made(const char *name, struct made *made) {
    part(name, made->data, made->size);
    made_free(made);
}

static struct image *opened(void) {
    struct image *image = image_open(&job, set.parts, set.count, wanted);
    if (job.fault.code != FAULT_NONE)
        print_message("%s\n", job.fault.text);
    assert_non_null(image);
    assert_string_equal(wanted, "");
    return image;
}

static void refused(enum fault_code code, const char *text) {
    struct image *image = image_open(&job, set.parts, set.count, wanted);
    assert_null(image);
    assert_int_equal(job.fault.code, code);
    if (text)
        assert_string_equal(job.fault.text, text);
    job_reset(&job);
}

/* The image is the disk: as a whole, and in pieces of odd sizes in an order that jumps. */
static void is_disk(struct image *image, const uint8_t *bytes, size_t size) {
    assert_int_equal(image_size(image), size);
    memset(buffer, 0xaa, sizeof buffer);
    assert_int_equal(image_read(image, &job, 0, 0, buffer, size), size);
    assert_memory_equal(buffer, bytes, size);
    uint64_t x = 7;
    for (int i = 0; i < 500; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        size_t at = (size_t)(x >> 33) % size, n = (size_t)(x >> 20) % 9001 + 1;
        n = n < size - at ? n : size - at;
        assert_int_equal(image_read(image, &job, at, at, buffer, n), n);
        assert_memory_equal(buffer, bytes + at, n);
    }
    assert_int_equal(job.noted, 0);
    assert_int_equal(image_read(image, &job, size - 5, 1000, buffer, 10), 5);
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(job.notes[0].offset, 1005);
    assert_int_equal(image_read(image, &job, UINT64_MAX, 0, buffer, 10), 0);
    assert_true(image_bytes(image) > 0);
    image_close(image);
}

/* --- names and kinds --- */

static void follows(const char *first, size_t count, const char *name) {
    char ret[IMAGE_NAME];
    assert_true(image_follower(first, count, ret));
    assert_string_equal(ret, name);
}

static void names(void **state) {
    char ret[IMAGE_NAME], big[IMAGE_NAME + 10];
    (void)state;
    static const char *const none[] = {"",     ".",     "x",      ".E01x",  "x.E02",       "x.E00", "x.003",
                                       "x.ab", "x.L01", "x.Ex01", "x.vmdk", "x-s001.vmdk", "E01"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(image_follower(none[i], 1, ret));
    memset(big, 'x', sizeof big);
    memcpy(big + sizeof big - 5, ".E01", 5);
    assert_false(image_follower(big, 1, ret));
    follows("a.b.E01", 1, "a.b.E02");
    follows("x.e01", 98, "x.e99");
    follows("x.E01", 99, "x.EAA");
    follows("x.s01", 99 + 25, "x.saz");
    follows("x.E01", 99 + 26, "x.EBA");
    follows("x.E01", 99 + 675, "x.EZZ");
    follows("x.E01", 99 + 676, "x.FAA");
    assert_false(image_follower("x.S01", 99 + 8 * 676, ret));
    follows("x.001", 1, "x.002");
    follows("x.000", 1, "x.001");
    follows("x.001", 998, "x.999");
    assert_false(image_follower("x.001", 999, ret));
    follows("x.aa", 1, "x.ab");
    follows("x.aa", 27, "x.bb");
    assert_false(image_follower("x.aa", 676, ret));
    static const char *const followers[] = {"x.E02", "x.s99", "x.002", "x.999"};
    static const char *const others[] = {"x.E01", "x.001", "x.000", "x.ab", "x.js",
                                         "x.EAA", "x.exe", "x",     ".002"};
    for (size_t i = 0; i < sizeof followers / sizeof *followers; i++)
        assert_true(image_is_follower(followers[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(image_is_follower(others[i]));
}

static void refused_kinds(void **state) {
    static const struct {
        size_t at;
        const char *bytes;
        size_t size;
        const char *name;
    } known[] = {
        {64, "\x7f\x10\xda\xbe", 4, "VDI"},
        {0, "EVF2\r\n\x81\0", 8, "Ex01"},
        {0, "LVF\x09\r\n\xff\0", 8, "L01"},
        {0, "AFF10\r\n\0", 8, "AFF"},
        {0, "COWD", 4, "VMDK (COWD)"},
        {0, "MSWIM\0\0\0", 8, "WIM"},
        {0, "WithoutFreeSpace", 16, "Parallels HDD"},
        {8192 - 512, "koly", 4, "DMG"},
        {0, "LEF2\r\n\x81\0", 8, "Lx01"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint8_t bytes[8192] = {0};
        memcpy(bytes + known[i].at, known[i].bytes, known[i].size);
        part("x", bytes, sizeof bytes);
        struct image_kind kind = image_sniff(set.parts[0].fd, sizeof bytes);
        assert_int_equal(kind.format, IMAGE_REFUSED);
        assert_string_equal(kind.name, known[i].name);
        refused(FAULT_UNSUPPORTED, NULL);
        close(set.parts[--set.count].fd);
    }
}

/* --- raw --- */

static void misuse(void **state) {
    (void)state;
    refused(FAULT_LIMIT, NULL);
    part("empty", "", 0);
    struct image *image = opened();
    assert_int_equal(image_size(image), 0);
    assert_int_equal(image_read(image, &job, 0, 0, buffer, 1), 0);
    image_close(image);
    assert_int_equal(image_sniff(-1, 1000).format, IMAGE_RAW);
    image_close(NULL);
}

static void raw(void **state) {
    (void)state;
    part("x.raw", disk, SIZE);
    struct image *image = opened();
    assert_int_equal(image_kind(image).format, IMAGE_RAW);
    assert_int_equal(image_raw(image), set.parts[0].fd);
    is_disk(image, disk, SIZE);
}

static void split(void **state) {
    (void)state;
    part("x.001", disk, 100000);
    part("x.002", disk + 100000, 200000);
    part("x.003", "", 0);
    part("x.004", disk + 300000, SIZE - 300000);
    struct image *image = opened();
    assert_int_equal(image_kind(image).format, IMAGE_SPLIT);
    assert_int_equal(image_raw(image), -1);
    is_disk(image, disk, SIZE);
}

static void unreadable(void **state) {
    (void)state;
    part("x.raw", disk, SIZE);
    int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), kept = set.parts[0].fd;
    set.parts[0].fd = folder; /* pread refuses a folder */
    struct image *image = opened();
    assert_int_equal(image_read(image, &job, 512, 7, buffer, 10), 0);
    assert_int_equal(job.notes[0].code, FAULT_IO);
    assert_int_equal(job.notes[0].offset, 7);
    image_close(image);
    job_reset(&job);
    set.parts[0].fd = kept;
    set.parts[0].size = SIZE + 512; /* the file has become shorter */
    image = opened();
    assert_int_equal(image_read(image, &job, SIZE - 10, 0, buffer, 100), 10);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(job.notes[0].offset, 10);
    image_close(image);
    close(folder);
}

/* --- EWF --- */

static const uint8_t md5[16] = "sixteen bytes...";

static void ewf_parts(size_t count, bool pack) {
    struct made made[PARTS];
    for (size_t i = 0; i < count; i++)
        made[i] = made_new();
    made_ewf(made, count, disk, SIZE, CHUNK, pack, md5);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "x.E%02zu", i + 1);
        part_made(name, &made[i]);
    }
}

static void ewf(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        ewf_parts(i & 1 ? 3 : 1, i & 2);
        struct image *image = opened();
        assert_string_equal(image_kind(image).name, "E01");
        assert_memory_equal(image_stored(image).md5.data, md5, 16);
        assert_int_equal(image_stored(image).sha1.size, 20);
        is_disk(image, disk, SIZE);
        end(NULL);
        set.count = 0;
    }
}

static void change(size_t index, uint64_t at, uint8_t by) {
    uint8_t byte;
    assert_int_equal(pread(set.parts[index].fd, &byte, 1, (off_t)at), 1);
    byte ^= by;
    assert_int_equal(pwrite(set.parts[index].fd, &byte, 1, (off_t)at), 1);
}

/* The place of the first section of this type. */
static uint64_t section(size_t index, const char *type) {
    size_t size = (size_t)set.parts[index].size, length = strlen(type) + 1;
    uint8_t *bytes = malloc(size);
    assert_int_equal(pread(set.parts[index].fd, bytes, size, 0), (ssize_t)size);
    uint64_t at = 0;
    while (at + length < size && memcmp(bytes + at, type, length) != 0)
        at++;
    free(bytes);
    return at;
}

/* Damage anywhere in the chunks: never a wrong byte, and all other chunks can be read. */
static void ewf_damage(void **state) {
    (void)state;
    for (int pack = 0; pack < 2; pack++) {
        ewf_parts(1, pack);
        uint64_t first = section(0, "sectors") + 76, last = section(0, "table");
        for (uint64_t at = first; at < last; at += 997) {
            change(0, at, 0x10);
            struct image *image = opened();
            size_t lost = 0;
            for (size_t chunk = 0; chunk < SIZE; chunk += CHUNK) {
                size_t n = SIZE - chunk < CHUNK ? SIZE - chunk : CHUNK;
                size_t got = image_read(image, &job, chunk, chunk, buffer, n);
                assert_memory_equal(buffer, disk + chunk, got);
                if (got == n)
                    continue;
                assert_int_equal(got, 0);
                assert_int_equal(job.notes[lost].code, FAULT_BAD);
                assert_int_equal(job.notes[lost].offset, chunk);
                lost++;
            }
            assert_in_range(lost, 0, 1);
            assert_true(lost == 1 || pack);
            image_close(image);
            job_reset(&job);
            change(0, at, 0x10);
        }
        end(NULL);
        set.count = 0;
    }
}

static void ewf_tables(void **state) {
    (void)state;
    ewf_parts(1, true);
    uint64_t table = section(0, "table"), copy = section(0, "table2");
    change(0, table + 76 + 24 + 5, 1); /* an entry: the copy is right */
    is_disk(opened(), disk, SIZE);
    job_reset(&job);
    change(0, copy + 76 + 24 + 5, 1); /* the copy's too: no chunk of this table is taken from where it says */
    struct image *image = opened();
    assert_int_equal(image_read(image, &job, 0, 9, buffer, SIZE), 0);
    assert_int_equal(job.notes[0].code, FAULT_BAD);
    assert_int_equal(job.notes[0].offset, 9);
    assert_int_equal(image_read(image, &job, SIZE - 600, 0, buffer, 600), 600); /* of the second table */
    assert_memory_equal(buffer, disk + SIZE - 600, 600);
    image_close(image);
    job_reset(&job);
    change(0, copy + 76 + 24 + 5, 1);
    change(0, table + 76, 1); /* the head too */
    image = opened();
    assert_int_equal(job.noted, 1);
    assert_int_equal(image_read(image, &job, 0, 0, buffer, SIZE), SIZE);
    assert_memory_equal(buffer, disk, SIZE);
    image_close(image);
    job_reset(&job);
    change(0, copy + 76, 1); /* both: what follows cannot be placed */
    image = opened();
    assert_true(job.noted >= 1 && job.notes[job.noted - 1].code == FAULT_BAD);
    assert_int_equal(image_read(image, &job, SIZE - 600, 0, buffer, 600), 0);
    image_close(image);
}

static void ewf_segments(void **state) {
    (void)state;
    ewf_parts(3, true);
    struct image_part third = set.parts[2];
    set.count = 2;
    struct image *image = opened(); /* without the last one */
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_string_equal(job.notes[0].text, "later segments of the image are missing");
    assert_int_equal(image_size(image), SIZE);
    size_t got = image_read(image, &job, 0, 0, buffer, SIZE);
    assert_in_range(got, SIZE / 2, SIZE - 1);
    assert_int_equal(got % CHUNK, 0);
    assert_memory_equal(buffer, disk, got);
    assert_int_equal(job.notes[1].code, FAULT_TORN);
    assert_int_equal(job.notes[1].offset, got);
    image_close(image);
    job_reset(&job);
    struct image_part second = set.parts[1];
    set.parts[1] = third; /* without the one in the middle */
    image = opened();
    assert_string_equal(job.notes[0].text, "a segment of the image is missing or not in its place");
    got = image_read(image, &job, 0, 0, buffer, SIZE);
    assert_memory_equal(buffer, disk, got);
    image_close(image);
    job_reset(&job);
    set.parts[2] = set.parts[0];
    set.parts[0] = second; /* without the first one */
    set.count = 1;
    refused(FAULT_BAD, NULL);
    set.parts[1] = third;
    set.count = 3;
}

/* --- QCOW2 --- */

static void qcow(void **state) {
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct made made = made_new();
        made_qcow(&made, disk, SIZE, 1 + i / 2, i % 2);
        part_made("x.qcow2", &made);
        is_disk(opened(), disk, SIZE);
        end(NULL);
        set.count = 0;
    }
}

static void qcow_field(size_t at, uint64_t value, size_t size, enum fault_code code, const char *text) {
    struct made made = made_new();
    made_qcow(&made, disk, SIZE, 3, false);
    made_be(&made, at, value, size);
    part_made("x.qcow2", &made);
    refused(code, text);
    close(set.parts[--set.count].fd);
}

static void qcow_refused(void **state) {
    (void)state;
    qcow_field(4, 4, 4, FAULT_UNSUPPORTED, "QCOW of a version that is not known");
    qcow_field(8, 1024, 8, FAULT_UNSUPPORTED, "QCOW2 with a backing file");
    qcow_field(32, 1, 4, FAULT_UNSUPPORTED, "encrypted QCOW2");
    qcow_field(72, 4, 8, FAULT_UNSUPPORTED, "QCOW2 whose data lies in an external file");
    qcow_field(72, 16, 8, FAULT_UNSUPPORTED, "QCOW2 with subclusters");
    qcow_field(72, 32, 8, FAULT_UNSUPPORTED, "QCOW2 with a feature that is not known");
    qcow_field(20, 40, 4, FAULT_BAD, NULL);
    qcow_field(20, 8, 4, FAULT_BAD, NULL);
    qcow_field(24, UINT64_MAX, 8, FAULT_LIMIT, NULL);
    qcow_field(36, 0, 4, FAULT_BAD, NULL);
}

/* --- VMDK --- */

#define HEAD "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType=\"x\"\n\n"

static void vmdk_embedded(void **state) {
    (void)state;
    for (int stream = 0; stream < 2; stream++) {
        struct made made = made_new();
        made_sparse(&made, disk, SIZE, stream, HEAD "RW 601 SPARSE \"other name.vmdk\"\n");
        part_made("x.vmdk", &made);
        is_disk(opened(), disk, SIZE);
        end(NULL);
        set.count = 0;
    }
}

static void vmdk_split(void **state) {
    static const char text[] =
        HEAD "# Extents\r\nRW 200 SPARSE \"X-s001.vmdk\"\r\nRW 100 FLAT \"x-f002.vmdk\" 8\r\n"
             "RW 8 ZERO\r\nRW 293 SPARSE \"dir/x-s003.vmdk\"\r\n\r\nddb.x = \"1\"\r\n";
    (void)state;
    memset(disk + 300 * 512, 0, 8 * 512);
    part("x.vmdk", text, sizeof text - 1);
    struct image *image = image_open(&job, set.parts, set.count, wanted);
    assert_null(image);
    assert_string_equal(wanted, "X-s001.vmdk");
    job_reset(&job);
    struct made made = made_new();
    made_sparse(&made, disk + 308 * 512, 293 * 512, false, NULL);
    part_made("x-s003.vmdk", &made);
    made = made_new();
    made_sparse(&made, disk, 200 * 512, false, NULL);
    part_made("x-s001.vmdk", &made);
    assert_null(image_open(&job, set.parts, set.count, wanted));
    assert_string_equal(wanted, "x-f002.vmdk");
    job_reset(&job);
    part("x-f002.vmdk", disk + 192 * 512, 108 * 512);
    is_disk(opened(), disk, SIZE);
    job_reset(&job);
    set.parts[set.count - 1].size -= 512; /* a flat extent that is too short */
    image = opened();
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(image_read(image, &job, 0, 0, buffer, SIZE), 299 * 512);
    image_close(image);
}

static void vmdk_text(const char *text, enum fault_code code, const char *why) {
    part("x.vmdk", text, strlen(text));
    refused(code, why);
    assert_string_equal(wanted, "");
    close(set.parts[--set.count].fd);
}

static void vmdk_refused(void **state) {
    (void)state;
    struct made made = made_new();
    made_sparse(&made, disk, SIZE, false, NULL);
    part_made("x-s002.vmdk", &made);
    refused(FAULT_UNSUPPORTED, "an extent of a VMDK image without its descriptor");
    close(set.parts[--set.count].fd);
    vmdk_text("# Disk DescriptorFile\nCID=1\nparentCID=2\n", FAULT_UNSUPPORTED,
              "VMDK that is a delta of another (a snapshot)");
    vmdk_text(HEAD, FAULT_BAD, NULL);
    vmdk_text(HEAD "RW 10 VMFSSPARSE \"x\"\n", FAULT_UNSUPPORTED, NULL);
    vmdk_text(HEAD "RW 10 FLAT \"..\"\n", FAULT_BAD, NULL);
    vmdk_text(HEAD "RW ten FLAT \"x\"\n", FAULT_BAD, NULL);
    vmdk_text(HEAD "RW 10 FLAT \"x\n", FAULT_BAD, NULL);
    vmdk_text(HEAD "RW 99999999999999999999 ZERO\n", FAULT_BAD, NULL);
    vmdk_text(HEAD "RW 1125899906842624 ZERO\n", FAULT_LIMIT, NULL);
    vmdk_text("# Disk DescriptorFile\ncreateType=\"fullDevice\"\n", FAULT_UNSUPPORTED, NULL);
}

/* --- VHD and VHDX --- */

static void vhd(void **state) {
    (void)state;
    struct made made = made_new();
    made_bytes(&made, 0, disk, SIZE);
    made_footer(&made, SIZE, SIZE, 2, 1);
    part_made("fixed.vhd", &made);
    is_disk(opened(), disk, SIZE);
    job_reset(&job);
    set.count = 0;
    made = made_new();
    made_vhd(&made, disk, SIZE, 1, NULL, NULL, 0);
    part_made("x.vhd", &made);
    is_disk(opened(), disk, SIZE);
    job_reset(&job);
    set.parts[0].size -= 512; /* without the footer: its copy at the start serves */
    struct image *image = opened();
    assert_int_equal(job.noted, 1);
    assert_int_equal(job.notes[0].code, FAULT_TORN);
    assert_int_equal(image_read(image, &job, 0, 0, buffer, SIZE), SIZE);
    assert_memory_equal(buffer, disk, SIZE);
    image_close(image);
}

/* A child that differs in a few places, and its parent. */
static void differ(size_t size) {
    memcpy(below, disk, size);
    for (size_t at = 700; at < size; at += size / 9)
        disk[at] ^= 1;
    memset(disk + size / 2 / 512 * 512, 0, 4096); /* zeros over what the parent has */
}

static void vhd_child(void **state) {
    (void)state;
    differ(SIZE);
    struct made made = made_new();
    made_vhd(&made, disk, SIZE, 2, below, ".\\folder\\parent.vhd", 1);
    part_made("child.vhd", &made);
    assert_null(image_open(&job, set.parts, set.count, wanted));
    assert_int_equal(job.fault.code, FAULT_UNSUPPORTED);
    assert_string_equal(wanted, "parent.vhd");
    job_reset(&job);
    made = made_new();
    made_vhd(&made, below, SIZE, 1, NULL, NULL, 0);
    part_made("parent.vhd", &made);
    is_disk(opened(), disk, SIZE);
    job_reset(&job);
    change(1, set.parts[1].size - 512 + 69, 1); /* another identifier */
    change(1, set.parts[1].size - 512 + 67, 1);
    refused(FAULT_BAD, "the parent of a differencing image is not the one that it names");
    set.parts[1] = set.parts[0];
    set.count = 1;
    part("parent.raw", below, SIZE);
    refused(FAULT_BAD, "the parent of a differencing image is of another format");
}

static void vhd_chain(void **state) {
    static struct image_part parts[IMAGE_CHAIN + 1];
    (void)state;
    struct made made = made_new();
    made_vhd(&made, disk, SIZE, 1, disk, "self.vhd", 1);
    part_made("self.vhd", &made);
    for (size_t i = 0; i <= IMAGE_CHAIN; i++)
        parts[i] = set.parts[0];
    assert_null(image_open(&job, parts, IMAGE_CHAIN + 1, wanted));
    assert_int_equal(job.fault.code, FAULT_LIMIT);
    assert_string_equal(wanted, "");
}

static void vhdx(void **state) {
    (void)state;
    memset(disk + MADE_MIB, 0, 2 * MADE_MIB);
    struct made made = made_new();
    made_vhdx(&made, disk, LONG, 1, NULL, NULL, 0);
    part_made("x.vhdx", &made);
    is_disk(opened(), disk, LONG);
}

static void vhdx_child(void **state) {
    (void)state;
    memset(disk + MADE_MIB, 0, MADE_MIB);
    differ(LONG);
    memcpy(disk + MADE_MIB, below + MADE_MIB, MADE_MIB); /* a block that the child does not have */
    struct made made = made_new();
    made_vhdx(&made, disk, LONG, 2, below, "..\\parent.vhdx", 1);
    part_made("child.vhdx", &made);
    assert_null(image_open(&job, set.parts, set.count, wanted));
    assert_string_equal(wanted, "parent.vhdx");
    job_reset(&job);
    made = made_new();
    made_vhdx(&made, below, LONG, 1, NULL, NULL, 0);
    part_made("parent.vhdx", &made);
    is_disk(opened(), disk, LONG);
    job_reset(&job);
    set.parts[1] = set.parts[0];
    refused(FAULT_UNSUPPORTED, NULL); /* itself as its parent lacks one */
}

/* --- damage --- */

static void make_any(unsigned format, struct made *made) {
    switch (format) {
    case 0:
        made_ewf(made, 1, disk, SIZE / 4, CHUNK, true, md5);
        break;
    case 1:
    case 2:
    case 3:
        made_qcow(made, disk, SIZE / 4, format, true);
        break;
    case 4:
    case 5:
        made_sparse(made, disk, SIZE / 4, format == 5, HEAD "RW 150 SPARSE \"x\"\n");
        break;
    case 6:
        made_vhd(made, disk, SIZE / 4, 1, NULL, NULL, 0);
        break;
    default:
        made_vhd(made, disk, SIZE / 4, 1, below, "x.vhd", 1);
        break;
    }
}

enum { FORMATS = 8 };

static void read_all(const void *data, size_t size) {
    part("x", data, size);
    struct image *image = image_open(&job, set.parts, set.count, wanted);
    assert_true(image || job.fault.code != FAULT_NONE);
    for (uint64_t at = 0; image && at < image_size(image) && at < 4 * SIZE; at += 8192)
        (void)image_read(image, &job, at, at, buffer, 8192);
    image_close(image);
    job_reset(&job);
    close(set.parts[--set.count].fd);
}

static void any_prefix(void **state) {
    (void)state;
    for (unsigned format = 0; format < FORMATS; format++) {
        struct made made = made_new();
        make_any(format, &made);
        for (size_t size = 0; size < made.size; size += size < 2048 ? 13 : 2039)
            read_all(made.data, size);
        made_free(&made);
    }
}

static void any_flip(void **state) {
    (void)state;
    for (unsigned format = 0; format < FORMATS; format++) {
        struct made made = made_new();
        make_any(format, &made);
        uint64_t x = 3;
        for (int i = 0; i < 400; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            size_t room = i % 2 ? 2048 : made.size, at = (size_t)(x >> 33) % room;
            uint8_t kept = made.data[at];
            made.data[at] = i % 3 ? (uint8_t)(x >> 24) : 0xff;
            read_all(made.data, made.size);
            made.data[at] = kept;
        }
        made_free(&made);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(names),      TEST(refused_kinds), TEST(misuse),        TEST(raw),        TEST(split),
        TEST(unreadable), TEST(ewf),           TEST(ewf_damage),    TEST(ewf_tables), TEST(ewf_segments),
        TEST(qcow),       TEST(qcow_refused),  TEST(vmdk_embedded), TEST(vmdk_split), TEST(vmdk_refused),
        TEST(vhd),        TEST(vhd_child),     TEST(vhd_chain),     TEST(vhdx),       TEST(vhdx_child),
        TEST(any_prefix), TEST(any_flip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
