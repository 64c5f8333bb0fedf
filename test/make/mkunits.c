/* mkunits IMAGE PATH HOSTFILE: what libntfs-3g compressed, through our decoder. Reads the runs and raw
 * clusters of a file on an NTFS volume with libntfs-3g, decodes each compression unit with format/lznt1.h and
 * compares it with the file of the host that was copied there. Prints how many units were compressed, whole
 * and absent; status 1 if one differs.
 *
 * A program of the tests only. It links libntfs-3g, which is GPL-2.0-or-later, and is never installed or
 * shipped; assay itself links nothing of it. */
#define HAVE_STDIO_H     1
#define HAVE_STDARG_H    1
#define HAVE_STDINT_H    1
#define HAVE_STDDEF_H    1
#define HAVE_ENDIAN_H    1
#define HAVE_BYTESWAP_H  1
#define HAVE_SYS_STAT_H  1
#define HAVE_SYS_TYPES_H 1
#define HAVE_FFS         1
#define HAVE_DAEMON      1
#define HAVE_STRSEP      1
#define HAVE_TIME_H      1
#include "format/lznt1.h"

#include <ntfs-3g/types.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/bootsect.h>
#include <ntfs-3g/device.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/runlist.h>
#include <ntfs-3g/volume.h>

#include <stdnoreturn.h>

static unsigned compressed, whole, absent, slack;

static noreturn void die(const char *what) {
    fprintf(stderr, "mkunits: %s\n", what);
    exit(1);
}

/* The clusters of one unit that are allocated, read in their order. Returns how many. */
static unsigned gather(ntfs_volume *volume, ntfs_attr *attribute, s64 vcn, unsigned clusters, uint8_t *to) {
    unsigned count = 0;
    for (unsigned i = 0; i < clusters; i++) {
        LCN lcn = ntfs_attr_vcn_to_lcn(attribute, vcn + i);
        if (lcn < 0)
            continue;
        s64 size = volume->cluster_size;
        if (ntfs_pread(volume->dev, lcn << volume->cluster_size_bits, size, to + count * size) != size)
            die("read");
        count++;
    }
    return count;
}

static void check_unit(const uint8_t *raw, size_t there, size_t size, const uint8_t *expected, size_t valid) {
    uint8_t *unit = malloc(size), *exact = malloc(there ? there : 1);
    struct unpacked got;
    if (!unit || !exact)
        die("memory");
    memcpy(exact, raw, there);
    if (!lznt1_decode(span_of(exact, there, 0), unit, size, &got))
        die(got.fault.text);
    if (memcmp(unit, expected, valid) != 0)
        die("a unit that decodes to something else");
    slack += got.used < there;
    free(unit);
    free(exact);
}

static void check_file(ntfs_volume *volume, ntfs_attr *attribute, const uint8_t *expected, size_t size) {
    unsigned clusters = attribute->compression_block_clusters;
    size_t unit = (size_t)clusters * volume->cluster_size;
    uint8_t *raw = malloc(unit);
    if (!raw || clusters == 0 || (size_t)attribute->data_size != size)
        die("not a compressed file of that size");
    for (size_t at = 0; at < size; at += unit) {
        size_t valid = size - at < unit ? size - at : unit;
        unsigned count = gather(volume, attribute, (s64)(at / volume->cluster_size), clusters, raw);
        bool is_whole = count == clusters;
        if (is_whole || count == 0) {
            if (count == 0)
                memset(raw, 0, unit);
            if (memcmp(raw, expected + at, valid) != 0)
                die("a whole or absent unit that differs");
            *(is_whole ? &whole : &absent) += 1;
        } else {
            check_unit(raw, (size_t)count * volume->cluster_size, unit, expected + at, valid);
            compressed++;
        }
    }
    free(raw);
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    FILE *file = fopen(argv[3], "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        die(argv[3]);
    size_t size = (size_t)ftell(file);
    uint8_t *expected = malloc(size + 1);
    rewind(file);
    if (!expected || fread(expected, 1, size, file) != size)
        die(argv[3]);
    fclose(file);
    ntfs_volume *volume = ntfs_mount(argv[1], NTFS_MNT_RDONLY);
    ntfs_inode *inode = volume ? ntfs_pathname_to_inode(volume, NULL, argv[2]) : NULL;
    ntfs_attr *attribute = inode ? ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0) : NULL;
    if (!attribute || ntfs_attr_map_whole_runlist(attribute))
        die(argv[2]);
    check_file(volume, attribute, expected, size);
    printf("%u compressed, %u whole, %u absent, %u with slack\n", compressed, whole, absent, slack);
    ntfs_attr_close(attribute);
    ntfs_inode_close(inode);
    ntfs_umount(volume, FALSE);
    free(expected);
    return 0;
}
