/* mkimage IMAGE MANIFEST: fills an NTFS volume, as `mkntfs -F` left it, without mounting it.
 *
 * A program of the tests only. It links libntfs-3g, which is GPL-2.0-or-later, and is never installed or
 * shipped; assay itself links nothing of it.
 *
 * MANIFEST ("-" is standard input) has one order a line, fields separated by tabs; empty lines and # lines
 * are skipped:
 *
 *   dir PATH                          text PATH STRING              delete PATH
 *   file PATH HOSTFILE                fill PATH SIZE SEED           link EXISTING NEW        (hard link)
 *   stream PATH NAME HOSTFILE|=STRING sparse PATH SIZE              short PATH NAME          (DOS name)
 *   compress PATH HOSTFILE            fragments PATH COUNT SEED     many DIR COUNT SIZE SEED
 *   extend PATH SIZE                  junction PATH TARGET          crowd DIR COUNT
 *   times PATH CREATED MODIFIED CHANGED ACCESSED                    fntimes PATH (the same four)
 *   journal MEGABYTES (of all that was made before; image_journal.h)
 *   event PATH TIME REASONS (a record of the change journal, which then holds nothing but these)
 *
 * Paths start with a slash and are UTF-8; in paths and strings \\ \n \r \t \e and \xHH are escapes, in paths
 * \uHHHH too (one UTF-16 unit, paired or not). `fill` is pseudo-random; `sparse` holds data only in its
 * middle; `extend` makes a file larger without writing, so that its valid data ends before its size;
 * `junction` makes the folder PATH a mount point; `crowd` makes COUNT empty files in one folder; `fragments`
 * is COUNT clusters that never lie side by side; `many` makes COUNT files of 0 to SIZE bytes, 500 a folder.
 * `times` sets $STANDARD_INFORMATION, `fntimes` every $FILE_NAME; both belong after all else about a path.
 * The clock that the library sees is ours, so the same manifest yields the same times.
 *
 * libntfs-3g has no shared in-core inode: the same inode opened twice corrupts the volume. So each step opens
 * the parent, does one thing, closes the child through the parent, closes the parent. */
#define HAVE_STDIO_H       1
#define HAVE_STDARG_H      1
#define HAVE_STDINT_H      1
#define HAVE_STDDEF_H      1
#define HAVE_ENDIAN_H      1
#define HAVE_BYTESWAP_H    1
#define HAVE_SYS_STAT_H    1
#define HAVE_SYS_TYPES_H   1
#define HAVE_FFS           1
#define HAVE_DAEMON        1
#define HAVE_STRSEP        1
#define HAVE_TIME_H        1
#define HAVE_CLOCK_GETTIME 1
#include "base/filetime.h"
#include "make/image_journal.h"

#include <ntfs-3g/types.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/dir.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/lcnalloc.h>
#include <ntfs-3g/logging.h>
#include <ntfs-3g/reparse.h>
#include <ntfs-3g/unistr.h>
#include <ntfs-3g/volume.h>

#include <errno.h>
#include <stdnoreturn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NAME_UNITS = 255, FIELDS = 8, CHUNK = 1 << 20, FOLDER_FILES = 500 };

static ntfs_volume *volume;
static const char *manifest;
static unsigned long line_number;
static struct image_journal journal;

static noreturn void die(const char *what) {
    fprintf(stderr, "mkimage: %s:%lu: %s: %s\n", manifest, line_number, what,
            errno ? strerror(errno) : "bad order");
    exit(1);
}

/* The clock of libntfs-3g: 2024-01-15T08:00:00Z and a little more at each look. */
int clock_gettime(clockid_t clock, struct timespec *now) {
    static long ticks;
    if (clock != CLOCK_REALTIME)
        return (int)syscall(SYS_clock_gettime, clock, now);
    ticks++;
    now->tv_sec = 1705305600 + ticks / 1000;
    now->tv_nsec = ticks % 1000 * 1000000 + 123400;
    return 0;
}

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t number(const char *text) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 0);
    if (errno || !*text || *end)
        die(text);
    return value;
}

/* ---- text of the manifest ---- */

static unsigned hex(const char **at, int digits) {
    unsigned value = 0;
    for (int i = 0; i < digits; i++) {
        char c = *(*at)++;
        unsigned digit = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a' + 10);
        if (digit > 15)
            die("bad escape");
        value = value * 16 + digit;
    }
    return value;
}

/* What follows a backslash; `at` stands behind it. */
static unsigned escape(const char **at) {
    char c = *(*at)++;
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'e':
        return 27;
    case 'x':
        return hex(at, 2);
    case 'u':
        return hex(at, 4);
    case '\\':
        return '\\';
    default:
        die("bad escape");
    }
}

/* One code point of UTF-8 that we trust to be well-formed. */
static uint32_t utf8(const char **at) {
    uint8_t c = (uint8_t) * (*at)++;
    if (c < 0x80)
        return c;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    uint32_t code = c & (0x3fu >> more);
    for (; more > 0 && **at; more--)
        code = code << 6 | ((uint8_t) * (*at)++ & 0x3f);
    return code;
}

static size_t unescape(const char *text, uint8_t *out) {
    size_t size = 0;
    while (*text) {
        if (*text == '\\') {
            text++;
            out[size++] = (uint8_t)escape(&text);
        } else {
            out[size++] = (uint8_t)*text++;
        }
    }
    return size;
}

struct name {
    ntfschar units[NAME_UNITS];
    int size;
};

static void name_add(struct name *name, unsigned unit) {
    if (name->size == NAME_UNITS)
        die("name too long");
    name->units[name->size++] = const_cpu_to_le16((u16)unit);
}

/* The next component of a path; false at the end. */
static bool next_name(const char **path, struct name *name) {
    name->size = 0;
    while (**path == '/')
        (*path)++;
    while (**path && **path != '/') {
        if (**path == '\\') {
            (*path)++;
            name_add(name, escape(path));
            continue;
        }
        uint32_t code = utf8(path);
        if (code > 0xffff) {
            name_add(name, 0xd800 + ((code - 0x10000) >> 10));
            name_add(name, 0xdc00 + ((code - 0x10000) & 0x3ff));
        } else {
            name_add(name, code);
        }
    }
    return name->size > 0;
}

/* ---- inodes ---- */

/* Opens the folder that holds the last component of `path`, which goes to `leaf`. */
static ntfs_inode *open_parent(const char *path, struct name *leaf) {
    ntfs_inode *folder = ntfs_inode_open(volume, FILE_root);
    if (!folder || !next_name(&path, leaf))
        die("no such path");
    struct name next;
    while (next_name(&path, &next)) {
        u64 reference = ntfs_inode_lookup_by_name(folder, leaf->units, leaf->size);
        if (ntfs_inode_close(folder) || reference == (u64)-1)
            die("no such folder");
        folder = ntfs_inode_open(volume, MREF(reference));
        if (!folder)
            die("folder");
        *leaf = next;
    }
    return folder;
}

static ntfs_inode *open_path(const char *path) {
    struct name leaf;
    ntfs_inode *folder = open_parent(path, &leaf);
    u64 reference = ntfs_inode_lookup_by_name(folder, leaf.units, leaf.size);
    if (ntfs_inode_close(folder) || reference == (u64)-1)
        die("no such file");
    ntfs_inode *inode = ntfs_inode_open(volume, MREF(reference));
    if (!inode)
        die("inode");
    return inode;
}

static void close_inode(ntfs_inode *inode) {
    if (ntfs_inode_close(inode))
        die("close");
}

static uint64_t reference_of(const ntfs_inode *inode) {
    return inode->mft_no | (uint64_t)le16_to_cpu(inode->mrec->sequence_number) << 48;
}

static void note(const ntfs_inode *inode, const ntfs_inode *folder, const struct name *name, bool directory) {
    struct image_journal_file file = {.reference = reference_of(inode),
                                      .parent = reference_of(folder),
                                      .created = (uint64_t)sle64_to_cpu(inode->creation_time),
                                      .directory = directory};
    image_journal_note(&journal, file, name->units, name->size);
}

static void create(const char *path, mode_t type) {
    struct name leaf;
    ntfs_inode *folder = open_parent(path, &leaf);
    ntfs_inode *inode = ntfs_create(folder, const_cpu_to_le32(0), leaf.units, (u8)leaf.size, type);
    if (!inode)
        die("create");
    note(inode, folder, &leaf, S_ISDIR(type));
    if (ntfs_inode_close_in_dir(inode, folder))
        die("create");
    close_inode(folder);
}

/* ---- content ---- */

/* Where the bytes come from: a file, memory, or the generator. */
struct supply {
    FILE *file;
    const uint8_t *bytes;
    uint64_t seed;
    uint64_t left;
};

static size_t supply_next(struct supply *supply, uint8_t *chunk) {
    size_t size = supply->left < CHUNK ? (size_t)supply->left : CHUNK;
    if (supply->file) {
        size = fread(chunk, 1, CHUNK, supply->file);
    } else if (supply->bytes) {
        memcpy(chunk, supply->bytes, size);
        supply->bytes += size;
        supply->left -= size;
    } else {
        for (size_t i = 0; i < size; i += 8) {
            uint64_t word = next_random(&supply->seed);
            memcpy(chunk + i, &word, size - i < 8 ? size - i : 8);
        }
        supply->left -= size;
    }
    return size;
}

static struct supply supply_file(const char *path) {
    struct supply supply = {.file = fopen(path, "rb")};
    if (!supply.file)
        die(path);
    return supply;
}

/* Writes to an attribute of an open inode, sequentially from the start. */
static void fill_attribute(ntfs_inode *inode, ntfschar *name, int name_size, struct supply *supply,
                           bool compressed) {
    static uint8_t chunk[CHUNK];
    ntfs_attr *attribute = ntfs_attr_open(inode, AT_DATA, name, (u32)name_size);
    if (!attribute)
        die("data");
    s64 at = 0;
    for (size_t size; (size = supply_next(supply, chunk)) > 0;) {
        for (size_t done = 0; done < size;) {
            s64 wrote = ntfs_attr_pwrite(attribute, at, (s64)(size - done), chunk + done);
            if (wrote <= 0)
                die("write");
            at += wrote;
            done += (size_t)wrote;
        }
    }
    if (compressed && ntfs_attr_pclose(attribute))
        die("compress");
    ntfs_attr_close(attribute);
    if (supply->file)
        fclose(supply->file);
}

static void fill_file(const char *path, struct supply supply, bool compressed) {
    create(path, S_IFREG);
    ntfs_inode *inode = open_path(path);
    if (compressed) {
        inode->flags |= FILE_ATTR_COMPRESSED;
        NInoSetDirty(inode);
    }
    fill_attribute(inode, AT_UNNAMED, 0, &supply, compressed);
    close_inode(inode);
}

/* ---- orders ---- */

static void order_dir(char **field) {
    create(field[1], S_IFDIR);
}

static void order_file(char **field) {
    fill_file(field[1], supply_file(field[2]), false);
}

static void order_compress(char **field) {
    fill_file(field[1], supply_file(field[2]), true);
}

static void order_text(char **field) {
    uint8_t *bytes = malloc(strlen(field[2]) + 1);
    if (!bytes)
        die("memory");
    struct supply supply = {.bytes = bytes, .left = unescape(field[2], bytes)};
    fill_file(field[1], supply, false);
    free(bytes);
}

static void order_fill(char **field) {
    struct supply supply = {.left = number(field[2]), .seed = number(field[3])};
    fill_file(field[1], supply, false);
}

static void order_stream(char **field) {
    struct name name;
    const char *at = field[2];
    if (!next_name(&at, &name) || *at)
        die("stream name");
    uint8_t *bytes = malloc(strlen(field[3]) + 1);
    if (!bytes)
        die("memory");
    struct supply supply;
    if (field[3][0] == '=')
        supply = (struct supply){.bytes = bytes, .left = unescape(field[3] + 1, bytes)};
    else
        supply = supply_file(field[3]);
    ntfs_inode *inode = open_path(field[1]);
    if (ntfs_attr_add(inode, AT_DATA, name.units, (u8)name.size, NULL, 0))
        die("stream");
    fill_attribute(inode, name.units, name.size, &supply, false);
    close_inode(inode);
    free(bytes);
}

static void order_link(char **field) {
    struct name leaf;
    ntfs_inode *inode = open_path(field[1]);
    ntfs_inode *folder = open_parent(field[2], &leaf);
    if (ntfs_link(inode, folder, leaf.units, (u8)leaf.size))
        die("link");
    close_inode(folder); /* first: its new entry is looked up when the file is closed */
    close_inode(inode);
}

/* What is deleted was mostly made not long ago, or is one of few. */
static void note_deleted(uint64_t reference) {
    static size_t at;
    for (size_t n = 0; n < journal.count; n++) {
        at = (at + 1) % journal.count;
        if (journal.files[at].reference == reference) {
            journal.files[at].deleted = true;
            return;
        }
    }
}

static void order_delete(char **field) {
    struct name leaf;
    ntfs_inode *inode = open_path(field[1]);
    ntfs_inode *folder = open_parent(field[1], &leaf);
    note_deleted(reference_of(inode));
    if (ntfs_delete(volume, NULL, inode, folder, leaf.units, (u8)leaf.size)) /* closes both */
        die("delete");
}

static void order_short(char **field) {
    struct name leaf;
    ntfs_inode *inode = open_path(field[1]);
    ntfs_inode *folder = open_parent(field[1], &leaf);
    if (ntfs_set_ntfs_dos_name(inode, folder, field[2], strlen(field[2]), 0)) /* closes both */
        die("short");
}

static void order_sparse(char **field) {
    uint64_t size = number(field[2]);
    create(field[1], S_IFREG);
    ntfs_inode *inode = open_path(field[1]);
    inode->flags |= FILE_ATTR_SPARSE_FILE;
    NInoSetDirty(inode);
    ntfs_attr *attribute = ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0);
    static const char middle[] = "the only bytes of a sparse file";
    if (!attribute || ntfs_attr_truncate(attribute, (s64)size))
        die("sparse");
    if (ntfs_attr_pwrite(attribute, (s64)(size / 2), sizeof middle - 1, middle) != sizeof middle - 1)
        die("write");
    ntfs_attr_close(attribute);
    close_inode(inode);
}

static void put_cluster(const char *path, uint64_t at, uint64_t *seed) {
    static uint8_t cluster[2 << 20];
    size_t size = (size_t)volume->cluster_size;
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word = next_random(seed);
        memcpy(cluster + i, &word, 8);
    }
    ntfs_inode *inode = open_path(path);
    ntfs_attr *attribute = ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0);
    if (!attribute || ntfs_attr_pwrite(attribute, (s64)(at * size), (s64)size, cluster) != (s64)size)
        die("write");
    ntfs_attr_close(attribute);
    close_inode(inode);
}

/* Takes the cluster behind each even one of `path`, so that none can be allocated there. */
static runlist **plug_gaps(const char *path, uint64_t count) {
    runlist **plugs = calloc(count + 1, sizeof *plugs);
    ntfs_inode *inode = open_path(path);
    ntfs_attr *attribute = ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0);
    if (!plugs || !attribute)
        die("fragments");
    for (uint64_t i = 0; i < count; i += 2) {
        LCN cluster = ntfs_attr_vcn_to_lcn(attribute, (VCN)i);
        plugs[i] = ntfs_cluster_alloc(volume, 0, 1, cluster + 1, DATA_ZONE);
        if (cluster < 0 || !plugs[i])
            die("fragments");
    }
    ntfs_attr_close(attribute);
    close_inode(inode);
    return plugs;
}

/* The even clusters first, then those between them, which have to go elsewhere. */
static void order_fragments(char **field) {
    uint64_t count = number(field[2]), seed = number(field[3]);
    create(field[1], S_IFREG);
    for (uint64_t i = 0; i < count; i += 2)
        put_cluster(field[1], i, &seed);
    runlist **plugs = plug_gaps(field[1], count);
    for (uint64_t i = 1; i < count; i += 2)
        put_cluster(field[1], i, &seed);
    for (uint64_t i = 0; i < count; i++) {
        if (plugs[i] && ntfs_cluster_free_from_rl(volume, plugs[i]))
            die("fragments");
        free(plugs[i]);
    }
    free(plugs);
}

/* Clusters are allotted, and nothing is written to them. */
static void order_extend(char **field) {
    ntfs_inode *inode = open_path(field[1]);
    ntfs_attr *attribute = ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0);
    if (!attribute || ntfs_attr_truncate_solid(attribute, (s64)number(field[2])))
        die("extend");
    ntfs_attr_close(attribute);
    close_inode(inode);
}

static void put_16(uint8_t *to, unsigned value) {
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

/* REPARSE_DATA_BUFFER of a mount point: the same name to follow and to print. */
static void order_junction(char **field) {
    static uint8_t data[16 + 4 * NAME_UNITS + 8] = {3, 0, 0, 0xa0};
    size_t units = strlen(field[2]);
    if (units > NAME_UNITS / 2)
        die("target");
    put_16(data + 4, (unsigned)(8 + 4 * units + 4));
    put_16(data + 10, (unsigned)(2 * units));
    put_16(data + 12, (unsigned)(2 * units + 2));
    put_16(data + 14, (unsigned)(2 * units));
    for (size_t i = 0; i < units; i++) {
        put_16(data + 16 + 2 * i, (uint8_t)field[2][i]);
        put_16(data + 18 + 2 * units + 2 * i, (uint8_t)field[2][i]);
    }
    ntfs_inode *inode = open_path(field[1]);
    if (ntfs_set_ntfs_reparse_data(inode, (const char *)data, 16 + 4 * units + 4, 0))
        die("junction");
    close_inode(inode);
}

static void many_file(ntfs_inode *folder, uint64_t index, uint64_t size, uint64_t *seed) {
    char text[48];
    int length = snprintf(text, sizeof text, "file_%07llu.%s", (unsigned long long)index,
                          (const char *const[]){"dll", "txt", "dat", "log"}[next_random(seed) % 4]);
    struct name name = {.size = 0};
    for (int i = 0; i < length; i++)
        name_add(&name, (uint8_t)text[i]);
    ntfs_inode *inode = ntfs_create(folder, const_cpu_to_le32(0), name.units, (u8)name.size, S_IFREG);
    if (!inode)
        die("create");
    note(inode, folder, &name, false);
    struct supply supply = {.left = next_random(seed) % (size + 1), .seed = next_random(seed)};
    fill_attribute(inode, AT_UNNAMED, 0, &supply, false);
    if (ntfs_inode_close_in_dir(inode, folder))
        die("close");
}

static void order_many(char **field) {
    uint64_t count = number(field[2]), size = number(field[3]), seed = number(field[4]);
    for (uint64_t i = 0; i < count;) {
        static char path[8192];
        snprintf(path, sizeof path, "%s/part_%05llu", field[1], (unsigned long long)(i / FOLDER_FILES));
        create(path, S_IFDIR);
        ntfs_inode *folder = open_path(path);
        for (uint64_t end = i + FOLDER_FILES; i < end && i < count; i++)
            many_file(folder, i, size, &seed);
        close_inode(folder);
    }
}

static void order_crowd(char **field) {
    uint64_t count = number(field[2]), seed = 1;
    ntfs_inode *folder = open_path(field[1]);
    for (uint64_t i = 0; i < count; i++)
        many_file(folder, i, 0, &seed);
    close_inode(folder);
}

static void read_times(char **field, sle64 times[4]) {
    for (int i = 0; i < 4; i++) {
        uint64_t time;
        if (!filetime_parse(field[2 + i], &time))
            die(field[2 + i]);
        times[i] = (sle64)cpu_to_le64(time);
    }
}

static void order_times(char **field) {
    sle64 times[4];
    read_times(field, times);
    ntfs_inode *inode = open_path(field[1]);
    inode->creation_time = times[0];
    inode->last_data_change_time = times[1];
    inode->last_mft_change_time = times[2];
    inode->last_access_time = times[3];
    NInoSetDirty(inode);
    NInoFileNameSetDirty(inode);
    close_inode(inode);
}

static void order_fntimes(char **field) {
    sle64 times[4];
    read_times(field, times);
    ntfs_inode *inode = open_path(field[1]);
    ntfs_attr_search_ctx *search = ntfs_attr_get_search_ctx(inode, NULL);
    while (search && !ntfs_attr_lookup(AT_FILE_NAME, AT_UNNAMED, 0, CASE_SENSITIVE, 0, NULL, 0, search)) {
        FILE_NAME_ATTR *name =
            (FILE_NAME_ATTR *)((u8 *)search->attr + le16_to_cpu(search->attr->value_offset));
        name->creation_time = times[0];
        name->last_data_change_time = times[1];
        name->last_mft_change_time = times[2];
        name->last_access_time = times[3];
        ntfs_inode_mark_dirty(search->ntfs_ino);
    }
    ntfs_attr_put_search_ctx(search);
    close_inode(inode);
}

static ntfs_attr *journal_stream;

static void write_journal(const uint8_t *bytes, size_t size) {
    for (size_t done = 0; done < size;) {
        s64 wrote =
            ntfs_attr_pwrite(journal_stream, (s64)(journal.wrote + done), (s64)(size - done), bytes + done);
        if (wrote <= 0)
            die("write");
        done += (size_t)wrote;
    }
}

/* The times that the journal tells of. */
static void settle_times(void) {
    for (size_t i = 0; i < journal.count; i++) {
        const struct image_journal_file *file = &journal.files[i];
        bool old = !file->directory && image_journal_extracted(i);
        if (file->deleted || (!old && !file->written))
            continue;
        ntfs_inode *inode = ntfs_inode_open(volume, MREF(file->reference));
        if (!inode)
            die("inode");
        if (old) {
            inode->creation_time = (sle64)cpu_to_le64(IMAGE_JOURNAL_OLD + i * IMAGE_JOURNAL_SECOND);
            inode->last_data_change_time = inode->creation_time;
            inode->last_access_time = inode->creation_time;
        }
        if (file->written) {
            inode->last_data_change_time = (sle64)cpu_to_le64(file->written);
            inode->last_mft_change_time = inode->last_data_change_time;
        }
        NInoSetDirty(inode);
        NInoFileNameSetDirty(inode);
        close_inode(inode);
    }
}

/* ---- a journal that is told record by record ---- */

static struct usn_made told;

static void order_event(char **field) {
    enum { ROOM = 1 << 20 };
    struct name leaf;
    char name[NAME_UNITS + 1];
    if (!told.bytes)
        told = (struct usn_made){.bytes = calloc(ROOM, 1), .size = ROOM};
    ntfs_inode *folder = open_parent(field[1], &leaf);
    u64 reference = ntfs_inode_lookup_by_name(folder, leaf.units, leaf.size), in = reference_of(folder);
    for (int i = 0; i < leaf.size; i++)
        name[i] = (char)le16_to_cpu(leaf.units[i]);
    name[leaf.size] = 0;
    if (reference == (u64)-1 || !filetime_parse(field[2], &told.time) || !told.bytes ||
        !usn_made_add(&told, 2, reference, in, (uint32_t)strtoul(field[3], NULL, 16), name))
        die("event");
    close_inode(folder);
}

static ntfs_inode *open_journal(void) {
    static const char path[] = "/$Extend/$UsnJrnl";
    struct name name = {.size = 0};
    name_add(&name, '$');
    name_add(&name, 'J');
    create(path, S_IFREG);
    journal.count--; /* it does not tell of itself */
    ntfs_inode *inode = open_path(path);
    if (ntfs_attr_add(inode, AT_DATA, name.units, (u8)name.size, NULL, 0))
        die("stream");
    journal_stream = ntfs_attr_open(inode, AT_DATA, name.units, (u32)name.size);
    if (!journal_stream)
        die("journal");
    return inode;
}

static void write_told(void) {
    if (told.at == 0)
        return;
    ntfs_inode *inode = open_journal();
    write_journal(told.bytes, told.at);
    ntfs_attr_close(journal_stream);
    close_inode(inode);
    free(told.bytes);
}

static void order_journal(char **field) {
    ntfs_inode *inode = open_journal();
    journal.write = write_journal;
    if (!image_journal_write(&journal, number(field[1]) << 20))
        die("journal");
    ntfs_attr_close(journal_stream);
    close_inode(inode);
    settle_times();
}

static const struct order {
    const char *verb;
    int fields; /* behind the verb */
    void (*run)(char **field);
} orders[] = {
    {"dir", 1, order_dir},         {"file", 2, order_file},           {"text", 2, order_text},
    {"fill", 3, order_fill},       {"stream", 3, order_stream},       {"link", 2, order_link},
    {"sparse", 2, order_sparse},   {"compress", 2, order_compress},   {"times", 5, order_times},
    {"fntimes", 5, order_fntimes}, {"delete", 1, order_delete},       {"many", 4, order_many},
    {"extend", 2, order_extend},   {"junction", 2, order_junction},   {"crowd", 2, order_crowd},
    {"short", 2, order_short},     {"fragments", 3, order_fragments}, {"journal", 1, order_journal},
    {"event", 3, order_event},
};

static void run_line(char *line) {
    char *field[FIELDS + 1];
    int count = 0;
    for (char *rest = line; rest && count < FIELDS;)
        field[count++] = strsep(&rest, "\t");
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (strcmp(field[0], orders[i].verb) == 0 && count == orders[i].fields + 1) {
            errno = 0;
            orders[i].run(field);
            return;
        }
    }
    errno = 0;
    die(field[0]);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: mkimage IMAGE MANIFEST\n");
        return 2;
    }
    manifest = argv[2];
    ntfs_log_set_handler(ntfs_log_handler_stderr);
    FILE *in = strcmp(manifest, "-") == 0 ? stdin : fopen(manifest, "r");
    if (!in)
        die("open");
    volume = ntfs_mount(argv[1], NTFS_MNT_NONE);
    if (!volume)
        die(argv[1]);
    char *line = NULL;
    size_t room = 0;
    for (ssize_t size; (size = getline(&line, &room, in)) > 0;) {
        line_number++;
        if (line[size - 1] == '\n')
            line[size - 1] = 0;
        if (line[0] && line[0] != '#')
            run_line(line);
    }
    write_told();
    free(line);
    free(journal.files);
    free(journal.names);
    if (ntfs_umount(volume, FALSE))
        die("unmount");
    return 0;
}
