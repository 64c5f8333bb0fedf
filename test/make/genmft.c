/* genmft COUNT FILE: writes a $MFT of COUNT records that is valid to the last fixup and wholly invented.
 *
 * Records of 1024 bytes: $STANDARD_INFORMATION of 72 bytes; one $FILE_NAME for both name spaces or one each
 * for WIN32 and DOS; $DATA resident or in one run, or an empty $INDEX_ROOT for folders. 8 % are deleted, 0.5
 * % carry a creation time in $STANDARD_INFORMATION that lies before that of $FILE_NAME and is a whole second;
 * 0 to 11 are the system files, 12 to 23 are in use without a name. The same COUNT yields the same bytes.
 * Prints how many of each kind there are. */
#include <stdbool.h>
#include <stdint.h>

enum { RECORD = 1024, SECTOR = 512, CLUSTER = 4096, RESIDENT_MAX = 500, FOLDER = 0x10000000 };

static const char *const words[] = {
    "Microsoft",    "Windows",   "System",  "Update", "Service",  "Client", "Runtime",   "Kernel",
    "Driver",       "Shell",     "Network", "Policy", "Security", "Common", "Resources", "Manager",
    "Package",      "Framework", "Storage", "Media",  "Cache",    "Config", "Data",      "Logs",
    "Temp",         "User",      "Profile", "Local",  "AppData",  "Module", "lib",       "dist",
    "node_modules", "index",     "helper",  "main",
};
static const char *const endings[] = {"dll", "exe", "mui", "sys", "txt", "log",      "xml", "json", "js",
                                      "map", "png", "ini", "cat", "lnk", "manifest", "tmp", "etl",  "pf"};
static const char *const system_files[] = {"$MFT",     "$MFTMirr", "$LogFile", "$Volume",
                                           "$AttrDef", ".",        "$Bitmap",  "$Boot",
                                           "$BadClus", "$Secure",  "$UpCase",  "$Extend"};

static uint64_t seed = 1;

static uint64_t next_random(void) { /* splitmix64 */
    uint64_t z = (seed += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static unsigned below(unsigned limit) {
    return (unsigned)(next_random() >> 11) % limit;
}

#define ANY(list) ((list)[below(sizeof(list) / sizeof *(list))])

/* One record being written; `end` is where the next attribute starts. */
struct record {
    uint8_t bytes[RECORD];
    unsigned end;
    unsigned attributes;
};

static void put(struct record *record, unsigned at, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        record->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

/* Begins a resident attribute with a value of `size` bytes; returns where the value lies. */
static unsigned resident(struct record *record, unsigned type, unsigned size, unsigned indexed) {
    unsigned at = record->end, length = (24 + size + 7) & ~7u;
    put(record, at, type, 4);
    put(record, at + 4, length, 4);
    put(record, at + 10, 24, 2);
    put(record, at + 14, record->attributes++, 2);
    put(record, at + 16, size, 4);
    put(record, at + 20, 24, 2);
    put(record, at + 22, indexed, 1);
    record->end += length;
    return at + 24;
}

/* What a file is, before it is written down. */
struct file {
    uint64_t number, parent, size, allocated;
    uint64_t si[4], fn[4];
    unsigned sequence, flags;
    bool folder;
};

static void add_information(struct record *record, const struct file *file) {
    unsigned at = resident(record, 0x10, 72, 0);
    for (unsigned i = 0; i < 4; i++)
        put(record, at + 8 * i, file->si[i], 8);
    put(record, at + 32, file->folder ? 0x10 : 0x20, 4);
    put(record, at + 52, 256 + below(2000), 4);
    put(record, at + 64, next_random() >> 30, 8);
}

static void add_name(struct record *record, const struct file *file, const char *name, unsigned space) {
    unsigned units = (unsigned)strlen(name), at = resident(record, 0x30, 66 + 2 * units, 1);
    put(record, at, file->parent, 8);
    for (unsigned i = 0; i < 4; i++)
        put(record, at + 8 + 8 * i, file->fn[i], 8);
    put(record, at + 40, file->allocated, 8);
    put(record, at + 48, file->size, 8);
    put(record, at + 56, file->folder ? FOLDER : 0x20, 4);
    put(record, at + 64, units, 1);
    put(record, at + 65, space, 1);
    for (unsigned i = 0; i < units; i++)
        put(record, at + 66 + 2 * i, (uint8_t)name[i], 2);
}

static void add_index_root(struct record *record) {
    unsigned at = record->end;
    put(record, at, 0x90, 4);
    put(record, at + 4, 0x58, 4);
    put(record, at + 9, 4, 1); /* the name $I30, at 24; the value at 32 */
    put(record, at + 10, 24, 2);
    put(record, at + 14, record->attributes++, 2);
    put(record, at + 16, 48, 4);
    put(record, at + 20, 32, 2);
    for (unsigned i = 0; i < 4; i++)
        put(record, at + 24 + 2 * i, (uint8_t) "$I30"[i], 2);
    put(record, at + 32, 0x30, 4);
    put(record, at + 36, 1, 4);
    put(record, at + 40, CLUSTER, 4);
    put(record, at + 44, 1, 1);
    put(record, at + 48, 16, 4); /* index header: entries at 16, one end entry of 16 bytes */
    put(record, at + 52, 32, 4);
    put(record, at + 56, 32, 4);
    put(record, at + 72, 16, 2);
    put(record, at + 76, 2, 2);
    record->end += 0x58;
}

static void add_data(struct record *record, const struct file *file) {
    unsigned room = RECORD - record->end - 8 - 24;
    if (file->size <= RESIDENT_MAX && file->size <= room) {
        unsigned at = resident(record, 0x80, (unsigned)file->size, 0);
        for (unsigned i = 0; i < file->size; i++)
            put(record, at + i, 32 + (i * 7 + file->number) % 90, 1);
        return;
    }
    unsigned at = record->end;
    uint64_t clusters = file->allocated / CLUSTER ? file->allocated / CLUSTER : 1;
    put(record, at, 0x80, 4);
    put(record, at + 4, 80, 4);
    put(record, at + 8, 1, 1);
    put(record, at + 10, 64, 2);
    put(record, at + 14, record->attributes++, 2);
    put(record, at + 24, clusters - 1, 8);
    put(record, at + 32, 64, 2);
    put(record, at + 40, clusters * CLUSTER, 8);
    put(record, at + 48, file->size, 8);
    put(record, at + 56, file->size, 8);
    put(record, at + 64, 0x34, 1); /* a run: four bytes of length, three of place */
    put(record, at + 65, clusters, 4);
    put(record, at + 69, file->number == 0 ? 4 : 1 + below(4000000), 3);
    record->end += 80;
}

/* Long name and, three times in four, a DOS name beside it. */
static unsigned add_names(struct record *record, const struct file *file) {
    const char *one = ANY(words), *two = ANY(words), *ending = ANY(endings);
    char name[128], dos[16];
    if (file->number < 12) {
        add_name(record, file, system_files[file->number], 3);
        return 1;
    }
    if (below(4) == 0) {
        snprintf(name, sizeof name, "%.4s%04X.%.3s", one, below(65536), ending);
        add_name(record, file, name, 3);
        return 1;
    }
    snprintf(dos, sizeof dos, "%.2s%04X~%u.%.3s", one, below(65536), 1 + below(9), ending);
    for (char *c = dos; *c; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
    if (below(3) == 0)
        snprintf(name, sizeof name, "amd64_%s-%s_31bf3856ad364e35_10.0.%u.%u_none_%08x", one, two,
                 19041 + below(500), below(4000), (unsigned)next_random());
    else
        snprintf(name, sizeof name, "%s.%s%llu.%s", one, two, (unsigned long long)file->number, ending);
    add_name(record, file, dos, 2);
    add_name(record, file, name, 1);
    return 2;
}

static void finish(struct record *record, const struct file *file, unsigned links) {
    put(record, record->end, 0xffffffff, 4);
    memcpy(record->bytes, "FILE", 4);
    put(record, 4, 48, 2);
    put(record, 6, 3, 2);
    put(record, 8, next_random() >> 20, 8);
    put(record, 16, file->sequence, 2);
    put(record, 18, links, 2);
    put(record, 20, 56, 2);
    put(record, 22, file->flags, 2);
    put(record, 24, record->end + 8, 4);
    put(record, 28, RECORD, 4);
    put(record, 40, record->attributes, 2);
    put(record, 44, file->number, 4);
    unsigned check = 1 + below(65000);
    put(record, 48, check, 2);
    for (unsigned i = 0; i < RECORD / SECTOR; i++) {
        uint8_t *last = record->bytes + (i + 1) * SECTOR - 2;
        memcpy(record->bytes + 50 + 2 * i, last, 2);
        last[0] = (uint8_t)check;
        last[1] = (uint8_t)(check >> 8);
    }
}

struct counts {
    unsigned long long names, folders, deleted, stomped, unnamed;
};

static void invent_times(struct file *file, struct counts *counts) {
    uint64_t born = 131900000000000000u + next_random() % 1500000000000000u;
    for (unsigned i = 0; i < 4; i++) {
        file->fn[i] = born;
        file->si[i] = i == 0 ? born : born + next_random() % 20000000000000u;
    }
    if (file->number < 24 || below(200) != 0)
        return;
    file->si[0] = (born - 10000000 - next_random() % 30000000000000000u) / 10000000 * 10000000;
    file->si[1] = file->si[3] = file->si[0];
    counts->stomped++;
}

static void write_record(FILE *out, uint64_t number, uint64_t total, uint64_t *folders,
                         struct counts *counts) {
    struct record record = {.end = 56};
    struct file file = {.number = number, .flags = 1, .parent = 5ull << 48 | 5};
    file.sequence = number >= 16 ? 1 + below(6) : number ? (unsigned)number : 1;
    bool ordinary = number >= 24, unnamed = number >= 12 && !ordinary;
    file.folder = number == 5 || number == 11 || (ordinary && below(14) == 0);
    if (ordinary && below(100) < 8) {
        file.flags = 0;
        counts->deleted++;
    }
    invent_times(&file, counts);
    if (ordinary)
        file.parent = folders[below((unsigned)counts->folders)];
    if (!file.folder && !unnamed)
        file.size = below(2) ? below(RESIDENT_MAX) : below(200000);
    if (number == 0)
        file.size = total * RECORD;
    file.allocated =
        file.size <= RESIDENT_MAX ? (file.size + 7) & ~7ull : (file.size + CLUSTER - 1) / CLUSTER * CLUSTER;
    add_information(&record, &file);
    unsigned links = unnamed ? 0 : add_names(&record, &file);
    counts->names += links;
    counts->unnamed += unnamed;
    if (file.folder) {
        file.flags |= 2;
        add_index_root(&record);
        folders[counts->folders++] = (uint64_t)file.sequence << 48 | number;
    } else if (!unnamed) {
        add_data(&record, &file);
    }
    finish(&record, &file, links);
    fwrite(record.bytes, 1, RECORD, out);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: genmft COUNT FILE\n");
        return 2;
    }
    uint64_t total = strtoull(argv[1], NULL, 0);
    FILE *out = fopen(argv[2], "wb");
    uint64_t *folders = calloc(total + 1, sizeof *folders);
    if (!out || !folders) {
        perror(argv[2]);
        return 1;
    }
    struct counts counts = {0};
    for (uint64_t i = 0; i < total; i++)
        write_record(out, i, total, folders, &counts);
    free(folders);
    if (fclose(out) != 0) {
        perror(argv[2]);
        return 1;
    }
    printf("records %llu names %llu folders %llu deleted %llu stomped %llu unnamed %llu\n",
           (unsigned long long)total, counts.names, counts.folders, counts.deleted, counts.stomped,
           counts.unnamed);
    return 0;
}
