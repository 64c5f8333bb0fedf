/* mutate_image WRAP SEED OUT FILE...: evidence with damage that SEED decides; SEED 0 leaves it whole.
 *
 * WRAP says what OUT is to be: `none` (FILE as it is), `mbr`, `gpt`, `ewf`, `vmdk`, `stream` (VMDK for
 * streams), `vhd`, `vhdx`, `qcow` (the one FILE is the disk, at most 2 MiB), `zip` or `tar` (gzipped; FILEs
 * are NAME=FILE). Damage is done to the content before it is packed, to what came out, or to both.
 *
 * Half of it hits what holds things together: records, index blocks, log pages, boot sectors, headers and the
 * last 4 KiB. Half of that knows what it hits in a file record: run lists that loop, overlap or leave the
 * volume, sizes of 2^63, parents and attribute lists that refer to themselves, lengths of 0 and too much. The
 * rest: bits, bytes, numbers, sectors that change places, ranges of zeros and ones, and an early end. */
#include "make/image_made.h"
#include "make/tar_made.h"
#include "make/zip_made.h"

#include <stdio.h>

enum { SECTOR = 512, ROOM = 32 << 20, SPOTS = 65536, FIRST_SECTOR = 2048, MEMBERS = 16 };

struct bytes {
    uint8_t *data; /* ROOM */
    size_t size;
};

static uint64_t state;
static size_t spots[SPOTS], spot_count, records[SPOTS], record_count;

static uint64_t draw(uint64_t below) {
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % below;
}

static void die(const char *what) {
    fprintf(stderr, "mutate_image: %s\n", what);
    exit(1);
}

static struct bytes new (void) {
    struct bytes bytes = {calloc(1, ROOM), 0};
    if (!bytes.data)
        die("memory");
    return bytes;
}

static struct bytes load(const char *path) {
    struct bytes bytes = new ();
    FILE *file = fopen(path, "rb");
    if (!file)
        die(path);
    bytes.size = fread(bytes.data, 1, ROOM / 2, file);
    fclose(file);
    return bytes;
}

static uint64_t get(const uint8_t *from, size_t size) {
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)from[i] << 8 * i;
    return value;
}

static void put(uint8_t *to, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* A number that is likely to be believed or to overflow. */
static uint64_t odd_number(uint64_t near) {
    static const uint64_t odd[] = {0,         1,          UINT64_MAX, UINT64_C(1) << 63, INT64_MAX,
                                   INT32_MAX, UINT32_MAX, UINT16_MAX, UINT64_C(1) << 31, UINT64_C(1) << 48,
                                   255,       4096,       7,          UINT64_C(1) << 40};
    uint64_t n = draw(sizeof odd / sizeof *odd + 4);
    return n < sizeof odd / sizeof *odd ? odd[n] : near + draw(17) - 8;
}

static bool is_spot(const uint8_t *at, size_t left) {
    static const char *const heads[] = {
        "FILE",     "INDX", "RSTR", "RCRD",     "\xebR\x90N", "EFI PART", "KDMV",     "EVF",      "conectix",
        "cxsparse", "head", "regi", "metadata", "QFI\xfb",    "PK",       "vhdxfile", "\x1f\x8b", "ustar"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (left > 8 && memcmp(at, heads[i], strlen(heads[i])) == 0)
            return true;
    return false;
}

static void find_spots(const struct bytes *bytes) {
    spot_count = record_count = 0;
    for (size_t at = 0; at + SECTOR <= bytes->size && spot_count < SPOTS - 32; at += SECTOR) {
        if (is_spot(bytes->data + at, bytes->size - at))
            spots[spot_count++] = at;
        if (memcmp(bytes->data + at, "FILE", 4) == 0 && at + 1024 <= bytes->size)
            records[record_count++] = at;
    }
    for (size_t i = 0; i < 16; i++) { /* both ends */
        spots[spot_count++] = i * 256 < bytes->size ? i * 256 : 0;
        spots[spot_count++] = bytes->size > (i + 1) * 256 ? bytes->size - (i + 1) * 256 : 0;
    }
}

/* A place, mostly one that matters. */
static size_t place(const struct bytes *bytes) {
    size_t at = draw(4) ? spots[draw(spot_count)] + draw(draw(3) ? 64 : 1024) : draw(bytes->size);
    return at < bytes->size ? at : bytes->size - 1;
}

/* The n-th attribute of a record, drawn; 0 if there is none. */
static size_t attribute(const uint8_t *record) {
    size_t at = get(record + 20, 2), found[32], count = 0;
    while (at + 24 < 1024 && get(record + at, 4) != UINT32_MAX && count < 32) {
        found[count++] = at;
        size_t size = get(record + at + 4, 4);
        if (size < 24 || size > 1024 - at)
            break;
        at += size;
    }
    return count ? found[draw(count)] : 0;
}

/* Runs: the first byte of a pair keeps its sizes, so that the list goes on. */
static void damage_runs(uint8_t *attribute, size_t left) {
    size_t at = get(attribute + 32, 2);
    for (uint64_t skip = draw(3); at + 18 < left && attribute[at]; skip--) {
        size_t count = attribute[at] & 15, distance = attribute[at] >> 4;
        if (skip == 0) {
            uint64_t how = draw(6);
            if (how == 0)
                put(attribute + at + 1 + count, 0, distance); /* where the last one was */
            else if (how == 1)
                put(attribute + at + 1 + count, odd_number(0), distance);
            else if (how == 2)
                put(attribute + at + 1, odd_number(get(attribute + at + 1, count)), count);
            else if (how == 3)
                attribute[at] = (uint8_t)draw(256);
            else if (how == 4)
                attribute[at] = (uint8_t)count; /* sparse */
            else
                attribute[at + 1 + count] ^= (uint8_t)(1u << draw(8));
            return;
        }
        at += 1 + count + distance;
    }
}

static void damage_value(uint8_t *attribute, size_t left, uint64_t self) {
    size_t at = get(attribute + 20, 2), size = get(attribute + 16, 4);
    if (at >= left || size > left - at || size < 8)
        return;
    uint8_t *value = attribute + at;
    uint64_t type = get(attribute, 4);
    if (type == 0x30) /* its own parent, or another's */
        put(value, draw(2) ? self : draw(80), 6);
    else if (type == 0x20 && size >= 32) /* a list that leads back */
        put(value + draw(size / 32) * 32 + 16, draw(2) ? self : draw(80), 6);
    else
        put(value + draw(size / 8) * 8, odd_number(0), 8);
    if (type == 0x30 && draw(2) && size > 64)
        value[64] = (uint8_t)draw(256);
}

static void damage_record(uint8_t *record) {
    uint64_t self = get(record + 44, 4);
    size_t at = attribute(record), left = 1024 - at;
    uint8_t *attribute = record + at;
    switch (at && left > 72 ? draw(8) : 8) {
    case 0:
    case 1:
        if (attribute[8])
            damage_runs(attribute, left);
        else
            damage_value(attribute, left, self);
        break;
    case 2: /* allocated, real and initialized size of the nonresident; value of the resident */
        if (attribute[8])
            put(attribute + 40 + 8 * draw(3), odd_number(get(attribute + 48, 8)), 8);
        else
            put(attribute + 16, odd_number(get(attribute + 16, 4)), 4);
        break;
    case 3: /* first and last cluster */
        if (attribute[8])
            put(attribute + 16 + 8 * draw(2), odd_number(get(attribute + 24, 8)), 8);
        break;
    case 4:
        put(attribute + 4, odd_number(get(attribute + 4, 4)), 4);
        break;
    case 5: /* type, kind, name, flags, number, offsets */
        put(attribute + 2 * draw(18), odd_number(0), 2);
        break;
    case 6: /* becomes an extension of itself or another */
        put(record + 32, draw(2) ? self : draw(80), 6);
        break;
    case 7:
        put(record + 22, draw(8), 2);
        break;
    default:
        put(record + 2 * draw(24), odd_number(0), 2);
    }
}

static void damage_range(struct bytes *bytes) {
    size_t at = place(bytes), size = 1 + draw(draw(2) ? 64 : 8192);
    if (size > bytes->size - at)
        size = bytes->size - at;
    memset(bytes->data + at, draw(2) ? 0xff : 0, size);
}

static void damage_sectors(struct bytes *bytes, bool swap) {
    uint8_t kept[SECTOR];
    size_t a = place(bytes) / SECTOR * SECTOR, b = place(bytes) / SECTOR * SECTOR;
    if (a + SECTOR > bytes->size || b + SECTOR > bytes->size)
        return;
    memcpy(kept, bytes->data + a, SECTOR);
    memmove(bytes->data + a, bytes->data + b, SECTOR);
    if (swap)
        memcpy(bytes->data + b, kept, SECTOR);
}

static void damage_number(struct bytes *bytes) {
    size_t size = (size_t)1 << draw(4), at = place(bytes) / size * size;
    if (size <= bytes->size - at)
        put(bytes->data + at, odd_number(get(bytes->data + at, size)), size);
}

static void damage_once(struct bytes *bytes) {
    uint64_t how = draw(16);
    if (record_count > 0 && how < 7)
        damage_record(bytes->data +
                      records[draw(draw(2) ? (record_count < 80 ? record_count : 80) : record_count)]);
    else if (how < 9)
        bytes->data[place(bytes)] ^= (uint8_t)(1u << draw(8));
    else if (how < 10)
        bytes->data[place(bytes)] = (uint8_t)draw(256);
    else if (how < 13)
        damage_number(bytes);
    else if (how < 14)
        damage_range(bytes);
    else
        damage_sectors(bytes, how == 14);
}

static void damage(struct bytes *bytes) {
    if (bytes->size == 0)
        return;
    find_spots(bytes);
    for (uint64_t n = 1 + draw(draw(3) ? 6 : 40); n > 0; n--)
        damage_once(bytes);
    if (draw(12) == 0)
        bytes->size = 1 + draw(bytes->size);
}

/* --- what it is packed in --- */

static void from_made(struct bytes *to, struct made *made) {
    memcpy(to->data, made->data, made->size);
    to->size = made->size;
    made_free(made);
}

static void wrap_mbr(struct bytes *to, const struct bytes *disk) {
    size_t start = (size_t)FIRST_SECTOR * SECTOR;
    memcpy(to->data + start, disk->data, disk->size);
    uint8_t *entry = to->data + 446;
    entry[4] = 7;
    put(entry + 8, FIRST_SECTOR, 4);
    put(entry + 12, (disk->size + SECTOR - 1) / SECTOR, 4);
    put(to->data + 510, 0xaa55, 2);
    to->size = start + disk->size;
}

static void gpt_header(struct bytes *to, uint64_t here, uint64_t there, uint64_t table, uint64_t last) {
    uint8_t *head = to->data + here * SECTOR;
    memcpy(to->data + table * SECTOR, to->data + 1024, 128);
    memcpy(head, "EFI PART\0\0\1\0\x5c", 13);
    put(head + 24, here, 8);
    put(head + 32, there, 8);
    put(head + 40, 34, 8);
    put(head + 48, last, 8);
    head[56] = 9;
    put(head + 72, table, 8);
    put(head + 80, 128, 4);
    put(head + 84, 128, 4);
    put(head + 88, crc32(0, to->data + table * SECTOR, 128 * 128), 4);
    put(head + 16, crc32(0, head, 92), 4);
}

static void wrap_gpt(struct bytes *to, const struct bytes *disk) {
    uint64_t count = (disk->size + SECTOR - 1) / SECTOR, end = FIRST_SECTOR + count;
    wrap_mbr(to, disk);
    to->data[446 + 4] = 0xee;
    put(to->data + 446 + 8, 1, 4);
    uint8_t *entry = to->data + 1024;
    memcpy(entry, "\xa2\xa0\xd0\xeb\xe5\xb9\x33\x44\x87\xc0\x68\xb6\xb7\x26\x99\xc7", 16);
    entry[16] = 1;
    put(entry + 32, FIRST_SECTOR, 8);
    put(entry + 40, end - 1, 8);
    gpt_header(to, end + 32, 1, end, end - 1);
    gpt_header(to, 1, end + 32, 2, end - 1);
    to->size = (size_t)(end + 33) * SECTOR;
}

static void wrap_image(const char *wrap, struct bytes *to, const struct bytes *disk) {
    static const char descriptor[] = "# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\n"
                                     "createType=\"monolithicSparse\"\nRW 4096 SPARSE \"disk.vmdk\"\n";
    static const uint8_t md5[16];
    struct made made = made_new();
    size_t size = disk->size < 2 << 20 ? disk->size : 2 << 20;
    if (strcmp(wrap, "ewf") == 0)
        made_ewf(&made, 1, disk->data, size, 32768, draw(2) || state == 0, md5);
    else if (strcmp(wrap, "vmdk") == 0 || strcmp(wrap, "stream") == 0)
        made_sparse(&made, disk->data, size, wrap[0] == 's', descriptor);
    else if (strcmp(wrap, "vhd") == 0)
        made_vhd(&made, disk->data, size, 1, NULL, NULL, 0);
    else if (strcmp(wrap, "vhdx") == 0)
        made_vhdx(&made, disk->data, size, 1, NULL, NULL, 0);
    else if (strcmp(wrap, "qcow") == 0)
        made_qcow(&made, disk->data, size, 1 + (unsigned)draw(3), draw(2) == 0);
    else
        die(wrap);
    from_made(to, &made);
}

static size_t member(char *argument, struct bytes *ret) {
    char *path = strchr(argument, '=');
    if (!path)
        die(argument);
    *path = 0;
    *ret = load(path + 1);
    return ret->size;
}

static void wrap_zip(struct bytes *to, char **names, struct bytes *members, int count) {
    struct zip_made made = {.bytes = to->data, .size = ROOM};
    for (int i = 0; i < count; i++)
        zip_made_add(&made, names[i], draw(3) ? 8 : 0, members[i].data, members[i].size);
    to->size = zip_made_end(&made);
}

static void wrap_tar(struct bytes *to, char **names, struct bytes *members, int count, bool inside) {
    struct bytes tar = new ();
    struct tar_made made = {.bytes = tar.data, .size = ROOM};
    for (int i = 0; i < count; i++)
        tar_made_add(&made, names[i], '0', members[i].data, members[i].size);
    tar.size = tar_made_end(&made);
    if (inside)
        damage(&tar);
    z_stream z = {.next_in = tar.data, .avail_in = (uInt)tar.size, .next_out = to->data, .avail_out = ROOM};
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&z, Z_FINISH) != Z_STREAM_END)
        die("gzip");
    to->size = z.total_out;
    deflateEnd(&z);
    free(tar.data);
}

static void wrap_archive(bool zip, struct bytes *to, char **names, int count, bool inside) {
    struct bytes members[MEMBERS];
    if (count > MEMBERS)
        die("too many members");
    for (int i = 0; i < count; i++) {
        member(names[i], &members[i]);
        if (inside && draw(2))
            damage(&members[i]);
    }
    if (zip)
        wrap_zip(to, names, members, count);
    else
        wrap_tar(to, names, members, count, inside && draw(2));
    for (int i = 0; i < count; i++)
        free(members[i].data);
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: mutate_image WRAP SEED OUT FILE...\n");
        return 2;
    }
    const char *wrap = argv[1];
    uint64_t seed = strtoull(argv[2], NULL, 10);
    state = seed * 1000003;
    uint64_t where = seed ? draw(5) : 5; /* 0, 1: inside; 2, 3: outside; 4: both */
    bool inside = where < 2 || where == 4, outside = where >= 2 && where < 5,
         archive = strcmp(wrap, "zip") == 0 || strcmp(wrap, "tar") == 0;
    struct bytes out = new ();
    if (archive) {
        wrap_archive(wrap[0] == 'z', &out, argv + 4, argc - 4, inside);
    } else {
        struct bytes disk = load(argv[4]);
        if (inside)
            damage(&disk);
        if (strcmp(wrap, "none") == 0)
            memcpy(out.data, disk.data, out.size = disk.size);
        else if (strcmp(wrap, "mbr") == 0)
            wrap_mbr(&out, &disk);
        else if (strcmp(wrap, "gpt") == 0)
            wrap_gpt(&out, &disk);
        else
            wrap_image(wrap, &out, &disk);
        free(disk.data);
    }
    if (outside)
        damage(&out);
    FILE *file = fopen(argv[3], "wb");
    bool good = file && fwrite(out.data, 1, out.size, file) == out.size;
    good = file && fclose(file) == 0 && good;
    free(out.data);
    return good ? 0 : 1;
}
