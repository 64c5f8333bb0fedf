/* Images of optical discs: ISO 9660 with the names of Joliet or Rock Ridge. */
#include "format/iso.h"
#include "source/pack_path.h"

#include "source/pack.h"

enum {
    DESCRIPTORS = 64,   /* sectors in which descriptors are looked for */
    DEPTH = 256,        /* folders within each other */
    PARTS = 256,        /* of one file: 1 TiB */
    CONTINUATIONS = 64, /* of one system area */
    UNIT = 512,         /* bytes of what is marked as seen */
    BOOT_ENTRY = 32,
    BOOT_IMAGE = 0x88
};

struct folder {
    uint64_t start, size, at; /* in the image, bytes; at: in the folder */
    size_t path;              /* bytes of the path that belong to it */
};

struct part {
    uint64_t start, size;
};

struct image {
    struct pack *pack;
    struct iso_descriptor primary, joliet; /* kind ISO_NONE: there is none */
    uint8_t primary_sector[ISO_SECTOR], joliet_sector[ISO_SECTOR];
    uint32_t boot; /* sector of the catalog; 0 none */
    bool udf;
    /* The tree in hand */
    const struct iso_descriptor *tree;
    bool second, rock, done; /* second: only what the first tree does not have is told */
    unsigned skip;
    struct folder folders[DEPTH];
    size_t depth;
    uint8_t *seen_folders, *seen_files; /* bits, of units of the image */
    size_t seen_size;
    uint8_t window[ISO_SECTOR], more[ISO_SECTOR];
    uint64_t window_at;
    size_t window_size;
    /* The member in hand */
    struct iso_record record;
    struct iso_rock about;
    struct part parts[PARTS];
    size_t part_count, part;
    uint64_t part_at;
    uint64_t members;
    size_t next_boot, next_fact;
    unsigned section; /* entries of a section of the boot catalog that follow */
    bool differs;
    struct text whole, name, path; /* whole: the path as it is told */
};

/* What comes before the descriptors is free for use; most leave it empty or make it boot a PC or a Mac. */
static bool suspect(struct span head, uint64_t size) {
    bool boots = (span_u8(head, 510) == 0x55 && span_u8(head, 511) == 0xaa) || span_starts(head, "ER", 2);
    return size >= (ISO_FIRST + 1) * ISO_SECTOR && (boots || span_is_zero(head));
}

static size_t fetch(struct image *image, struct job *job, uint64_t at, uint8_t *to, size_t size) {
    uint64_t left = at < image->pack->reader.size ? image->pack->reader.size - at : 0;
    size_t want = left < size ? (size_t)left : size;
    return want > 0 ? reader_read(&image->pack->reader, job, at, to, want) : 0;
}

/* --- what was seen --- */

static bool is_marked(const struct image *image, const uint8_t *seen, uint64_t at) {
    uint64_t unit = at / UNIT;
    return unit / 8 < image->seen_size && (seen[unit / 8] >> unit % 8 & 1);
}

static void mark(struct image *image, uint8_t *seen, uint64_t at) {
    uint64_t unit = at / UNIT;
    if (unit / 8 < image->seen_size)
        seen[unit / 8] |= (uint8_t)(1u << unit % 8);
}

/* Marks a folder; false if any of it was before: then it would be told without end, or again and again. */
static bool claim(struct image *image, const struct folder *folder) {
    for (uint64_t at = 0; at < folder->size; at += UNIT)
        if (is_marked(image, image->seen_folders, folder->start + at))
            return false;
    for (uint64_t at = 0; at < folder->size; at += UNIT)
        mark(image, image->seen_folders, folder->start + at);
    return true;
}

/* --- opening --- */

static void take_descriptor(struct image *image, const uint8_t *sector) {
    struct iso_descriptor found = iso_descriptor_read(span_of(sector, ISO_SECTOR, 0));
    bool volume = found.kind == ISO_PRIMARY || found.kind == ISO_JOLIET;
    struct iso_descriptor *keep = found.kind == ISO_JOLIET ? &image->joliet : &image->primary;
    uint8_t *bytes = found.kind == ISO_JOLIET ? image->joliet_sector : image->primary_sector;
    if (volume && keep->kind == ISO_NONE) {
        span_copy(span_of(sector, ISO_SECTOR, 0), bytes, ISO_SECTOR);
        *keep = iso_descriptor_read(span_of(bytes, ISO_SECTOR, 0));
    }
    if (found.kind == ISO_BOOT && found.boot > 0 && image->boot == 0)
        image->boot = found.boot;
    image->udf |= found.kind == ISO_UDF;
}

static void read_descriptors(struct image *image, struct job *job) {
    bool ended = false;
    for (unsigned i = 0; i < DESCRIPTORS; i++) {
        uint64_t at = (uint64_t)(ISO_FIRST + i) * ISO_SECTOR;
        if (at + ISO_SECTOR > image->pack->reader.size ||
            fetch(image, job, at, image->window, ISO_SECTOR) < ISO_SECTOR)
            break;
        enum iso_descriptor_kind kind = iso_descriptor_read(span_of(image->window, ISO_SECTOR, at)).kind;
        if (ended ? kind != ISO_UDF : kind == ISO_NONE)
            break;
        take_descriptor(image, image->window);
        ended |= kind == ISO_END;
    }
    image->window_size = 0;
}

static void begin_tree(struct image *image, const struct iso_descriptor *tree) {
    uint64_t size = image->pack->reader.size, start = (uint64_t)tree->root.extent * tree->block;
    image->tree = tree;
    image->rock = false;
    image->skip = 0;
    image->depth = 1;
    image->whole.size = 0;
    memset(image->seen_folders, 0, image->seen_size);
    if (start > size)
        start = size;
    image->folders[0] = (struct folder){
        .start = start, .size = tree->root.size < size - start ? tree->root.size : size - start};
    (void)claim(image, &image->folders[0]);
}

static bool open(struct pack *pack) {
    struct job *memory = pack->memory;
    struct image *image = pack->state = job_alloc(memory, 1, sizeof *image);
    if (!image)
        return false;
    image->pack = pack;
    image->whole.max = 2 * PACK_PATH;
    if (pack->reader.size < (ISO_FIRST + 1) * ISO_SECTOR)
        return job_fail(memory, FAULT_BAD, 0, "no image of an optical disc");
    read_descriptors(image, memory);
    if (image->primary.kind == ISO_NONE && image->joliet.kind == ISO_NONE)
        return job_fail(memory, image->udf ? FAULT_UNSUPPORTED : FAULT_BAD, ISO_FIRST * ISO_SECTOR,
                        image->udf ? "a file system of UDF, which is not read"
                                   : "no image of an optical disc");
    bool joliet = image->joliet.kind == ISO_JOLIET && image->joliet.block > 0;
    if (!joliet && image->primary.block == 0)
        return job_fail(memory, FAULT_UNSUPPORTED, ISO_FIRST * ISO_SECTOR,
                        "an image of an optical disc with blocks of a size that is not read");
    image->seen_size = (size_t)(pack->reader.size / UNIT / 8) + 1;
    if (image->seen_size > PACK_TABLE)
        return job_fail(memory, FAULT_LIMIT, 0, "an image of an optical disc that is larger than is read");
    image->seen_folders = job_alloc(memory, image->seen_size, 1);
    image->seen_files = job_alloc(memory, image->seen_size, 1);
    if (!image->seen_folders || !image->seen_files)
        return false;
    begin_tree(image, joliet ? &image->joliet : &image->primary);
    return true;
}

/* --- records --- */

static struct span window_at(struct image *image, struct job *job, uint64_t at) {
    if (image->window_size == 0 || image->window_at != at) {
        image->window_at = at;
        image->window_size = fetch(image, job, at, image->window, ISO_SECTOR);
    }
    return span_of(image->window, image->window_size, at);
}

/* The next record of the folder in hand; false at its end. Records do not go over the ends of sectors. */
static bool next_record(struct image *image, struct job *job) {
    struct folder *folder = &image->folders[image->depth - 1];
    while (folder->at < folder->size) {
        uint64_t sector = folder->at - folder->at % ISO_SECTOR, left = folder->size - sector;
        struct span bytes = span_clip(window_at(image, job, folder->start + sector), 0, left);
        if (iso_record_read(span_from(bytes, folder->at % ISO_SECTOR), &image->record) &&
            image->record.length > 0) {
            folder->at += image->record.length;
            return true;
        }
        if (image->record.length > 0)
            job_note(job, FAULT_BAD, folder->start + folder->at,
                     "a record in a folder of this image that makes no sense");
        folder->at = sector + ISO_SECTOR;
    }
    return false;
}

static bool is_self(struct span name) {
    return name.size == 1 && name.data[0] <= 1;
}

/* What Rock Ridge says, also where its system area goes on. */
static void read_rock(struct image *image, struct job *job) {
    unsigned turns = 0;
    text_clear(&image->name);
    image->about = (struct iso_rock){0};
    if (!image->rock)
        return;
    iso_rock_read(span_from(image->record.system, image->skip), &image->about, &image->name);
    while (image->about.again && turns++ < CONTINUATIONS) {
        uint64_t at = (uint64_t)image->about.next * image->tree->block + image->about.offset;
        size_t size = image->about.size < ISO_SECTOR ? image->about.size : ISO_SECTOR;
        size_t got = fetch(image, job, at, image->more, size);
        iso_rock_read(span_of(image->more, got, at), &image->about, &image->name);
    }
    if (image->about.again)
        job_note(job, FAULT_LIMIT, cursor_offset(&(struct cursor){image->record.name, 0, false}),
                 "a name that goes on in too many places");
}

/* The path of the record in hand, as it is told. */
static uint32_t build_path(struct image *image, struct pack_member *ret) {
    struct folder *folder = &image->folders[image->depth - 1];
    struct text part = {0}, *whole = &image->whole;
    if (image->about.named)
        text_from_bytes(&part, span_of(text_string(&image->name), image->name.size, 0));
    else
        iso_name(&part, image->record.name, image->tree == &image->joliet);
    whole->size = folder->path;
    if (whole->data)
        whole->data[whole->size] = 0;
    if (image->second && whole->size == 0)
        text_add(whole, "[ISO 9660]");
    if (whole->size > 0)
        text_char(whole, '/');
    text_bytes(whole, text_string(&part), part.size);
    text_free(&part);
    uint32_t flags = pack_path(&image->path, text_string(whole), whole->size);
    ret->path = span_of(text_string(&image->path), image->path.size, 0);
    return flags;
}

/* --- folders and files --- */

/* The folder that stands elsewhere, and here a file for it: how long it is its own record says. */
static void find_child(struct image *image, struct job *job) {
    struct iso_record own;
    uint64_t at = (uint64_t)image->about.child * image->tree->block;
    size_t got = fetch(image, job, at, image->more, ISO_SECTOR);
    if (iso_record_read(span_of(image->more, got, at), &own) && own.length > 0) {
        image->record.extent = image->about.child;
        image->record.size = own.size;
        image->record.attributes = 0;
    }
}

static void enter(struct image *image, struct job *job) {
    const struct iso_record *record = &image->record;
    uint64_t size = image->pack->reader.size;
    uint64_t start = ((uint64_t)record->extent + record->attributes) * image->tree->block;
    struct folder folder = {.start = start, .size = record->size, .path = image->whole.size};
    if (start >= size || record->size > size - start) {
        job_note(job, FAULT_TORN, start, "a folder of this image that does not lie in it as a whole");
        folder.start = start < size ? start : size;
        folder.size = size - folder.start;
    }
    if (folder.size == 0)
        return;
    if (image->depth == DEPTH)
        job_note(job, FAULT_LIMIT, start, "folders that are nested too deeply");
    else if (!claim(image, &folder))
        job_note(job, FAULT_BAD, start, "a folder of this image that lies where another one does");
    else
        image->folders[image->depth++] = folder;
}

static void add_part(struct image *image) {
    uint64_t start = ((uint64_t)image->record.extent + image->record.attributes) * image->tree->block;
    image->parts[image->part_count++] = (struct part){start, image->record.size};
}

/* Larger files are several records of one name. */
static void gather(struct image *image, struct job *job) {
    uint8_t name[ISO_LONG];
    size_t size = span_copy(image->record.name, name, sizeof name);
    image->part_count = 0;
    add_part(image);
    while (image->record.flags & ISO_MORE) {
        struct folder *folder = &image->folders[image->depth - 1];
        uint64_t at = folder->at;
        struct iso_record before = image->record;
        bool more = image->part_count < PARTS && next_record(image, job);
        if (!more || !span_equal(image->record.name, span_of(name, size, 0))) {
            job_note(job, FAULT_BAD, image->parts[0].start, "a file of this image whose parts do not end");
            folder->at = more ? at : folder->at; /* it is a file of its own */
            image->record.flags = before.flags & ~(unsigned)ISO_MORE;
            return;
        }
        add_part(image);
    }
}

static void describe_file(struct image *image, struct pack_member *ret) {
    uint64_t end = image->pack->reader.size;
    ret->size = 0;
    for (size_t i = 0; i < image->part_count; i++) {
        const struct part *part = &image->parts[i];
        ret->size += part->size;
        if (part->size > 0 && (part->start > end || part->size > end - part->start))
            ret->flags |= PACK_DAMAGED;
    }
    const struct part *first = &image->parts[0];
    ret->reason = first->size > 0 && first->start >= end
                      ? "the image says that its bytes lie outside of the image"
                  : image->record.interleaved ? "its bytes do not lie in a row, which is not read"
                  : image->about.compressed   ? "compressed as zisofs has it, which is not undone"
                                              : NULL;
    if (ret->reason)
        ret->flags |= PACK_UNSUPPORTED;
    const char *role = image->record.flags & ISO_ASSOCIATED ? "associated file"
                       : image->second                      ? "not in the other tree"
                       : image->record.flags & ISO_HIDDEN   ? "hidden"
                                                            : "";
    ret->role = span_of(role, strlen(role), 0);
    if (ret->reason)
        image->part_count = 0;
}

/* What the first tree has is told already: what begins and ends where a file of it does. */
static bool is_new(struct image *image) {
    const struct part *first = &image->parts[0];
    if (first->size == 0)
        return !image->second;
    uint64_t last = first->start + first->size - 1;
    bool seen =
        is_marked(image, image->seen_files, first->start) && is_marked(image, image->seen_files, last);
    mark(image, image->seen_files, first->start);
    mark(image, image->seen_files, last);
    return !image->second || !seen;
}

static bool take_record(struct image *image, struct job *job, struct pack_member *ret) {
    bool folder;
    read_rock(image, job);
    if (image->about.relocated)
        return false;
    if (image->about.child > 0)
        find_child(image, job);
    folder = image->record.flags & ISO_DIRECTORY || image->about.child > 0;
    if (image->record.differs && !image->differs)
        job_note(job, FAULT_BAD, image->record.name.offset,
                 "a record of this image that says two things in its two orders of bytes");
    image->differs |= image->record.differs;
    *ret = (struct pack_member){.modified = image->record.modified};
    ret->flags = build_path(image, ret);
    if (folder) {
        ret->flags |= PACK_DIRECTORY;
        enter(image, job);
        return !image->second;
    }
    gather(image, job);
    if (image->about.linked) {
        ret->flags |= PACK_LINK;
        image->part_count = 0;
        return !image->second;
    }
    describe_file(image, ret);
    return is_new(image);
}

/* The root's own record says whether Rock Ridge is used. */
static void take_self(struct image *image) {
    unsigned skip = 0;
    if (image->depth == 1 && image->record.name.data[0] == 0 && image->tree == &image->primary &&
        iso_rock_used(image->record.system, &skip)) {
        image->rock = true;
        image->skip = skip;
    }
}

static bool next_of_tree(struct image *image, struct job *job, struct pack_member *ret) {
    while (image->depth > 0) {
        if (!next_record(image, job))
            image->depth--;
        else if (is_self(image->record.name))
            take_self(image);
        else if (take_record(image, job, ret))
            return true;
    }
    return false;
}

/* --- what a PC starts from, where no file is it --- */

static uint64_t boot_size(unsigned media, unsigned sectors) {
    static const uint32_t floppies[] = {0, 1228800, 1474560, 2949120};
    return (media & 15) >= 1 && (media & 15) <= 3 ? floppies[media & 15] : (uint64_t)sectors * UNIT;
}

static bool next_boot(struct image *image, struct job *job, struct pack_member *ret) {
    uint64_t at = (uint64_t)image->boot * ISO_SECTOR;
    while (image->boot > 0 && ++image->next_boot < ISO_SECTOR / BOOT_ENTRY) {
        uint8_t bytes[BOOT_ENTRY];
        size_t got = fetch(image, job, at + image->next_boot * BOOT_ENTRY, bytes, BOOT_ENTRY);
        struct cursor c = cursor_of(span_of(bytes, got, at));
        unsigned kind = cursor_u8(&c), media = cursor_u8(&c);
        cursor_skip(&c, 4);
        unsigned sectors = cursor_u16(&c);
        uint64_t start = (uint64_t)cursor_u32(&c) * ISO_SECTOR;
        bool entry = image->next_boot == 1 || image->section > 0;
        image->section -= entry && image->next_boot > 1;
        if (!entry && (kind & 0xfe) == 0x90)
            image->section = (unsigned)bytes[2] | (unsigned)bytes[3] << 8;
        if (c.torn || !entry || kind != BOOT_IMAGE || start == 0 ||
            is_marked(image, image->seen_files, start))
            continue;
        char path[32];
        snprintf(path, sizeof path, "[Boot]/%zu.img", image->next_boot);
        image->whole.size = 0;
        (void)pack_path(&image->path, path, strlen(path));
        image->parts[0] = (struct part){start, boot_size(media, sectors)};
        image->part_count = 1;
        image->record = (struct iso_record){0};
        image->about = (struct iso_rock){0};
        *ret = (struct pack_member){.path = span_of(text_string(&image->path), image->path.size, 0)};
        describe_file(image, ret);
        ret->role = span_of("boot image", 10, 0);
        ret->flags |= PACK_OWN;
        mark(image, image->seen_files, start);
        return true;
    }
    return false;
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct image *image = pack->state;
    bool found = false;
    image->part_count = image->part = 0;
    image->part_at = 0;
    while (!image->done && !found) {
        found = next_of_tree(image, job, ret);
        if (!found && image->tree == &image->joliet && image->primary.block > 0) {
            image->second = true;
            begin_tree(image, &image->primary);
        } else if (!found) {
            image->done = true;
        }
    }
    if (!found)
        found = next_boot(image, job, ret);
    if (!found || image->members++ < PACK_MEMBERS)
        return found;
    job_note(job, FAULT_LIMIT, 0, "an image of an optical disc with too many files");
    image->done = true;
    image->boot = 0;
    return false;
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct image *image = pack->state;
    size_t done = 0;
    while (done < size && image->part < image->part_count) {
        const struct part *part = &image->parts[image->part];
        uint64_t left = part->size - image->part_at;
        size_t want = left < size - done ? (size_t)left : size - done;
        size_t got = fetch(image, job, part->start + image->part_at, to + done, want);
        done += got;
        image->part_at += got;
        if (got < want) {
            job_note(job, FAULT_TORN, part->start + image->part_at,
                     "the image ends in the middle of this file");
            image->part_count = 0;
        } else if (image->part_at == part->size) {
            image->part++;
            image->part_at = 0;
        }
    }
    return done;
}

/* --- facts --- */

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    struct image *image = pack->state;
    bool joliet = image->primary.kind == ISO_NONE;
    const struct iso_descriptor *volume = joliet ? &image->joliet : &image->primary;
    const struct {
        const char *kind, *name;
        struct span value;
    } facts[] = {
        {"writer", "application", volume->application},
        {"product", "volume", volume->volume},
        {"publisher", "publisher", volume->publisher},
        {"partial", "UDF", image->udf ? span_of("its file system is not read", 27, 0) : span_of("", 0, 0)}};
    (void)job;
    while (image->next_fact < sizeof facts / sizeof facts[0]) {
        size_t i = image->next_fact++;
        if (facts[i].value.size == 0)
            continue;
        text_clear(&image->name);
        if (joliet)
            iso_name(&image->name, facts[i].value, true);
        else
            text_from_bytes(&image->name, facts[i].value);
        *ret = (struct pack_fact){facts[i].kind, span_of(facts[i].name, strlen(facts[i].name), 0),
                                  span_of(text_string(&image->name), image->name.size, 0)};
        return true;
    }
    return false;
}

static void close(struct pack *pack) {
    struct image *image = pack->state;
    if (!image)
        return;
    text_free(&image->whole);
    text_free(&image->name);
    text_free(&image->path);
}

const struct pack_format pack_iso = {.name = "iso",
                                     .suspect = suspect,
                                     .open = open,
                                     .next = next,
                                     .read = read,
                                     .fact = fact,
                                     .close = close};
