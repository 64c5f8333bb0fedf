#include "source/pack_inno_private.h"
#include "source/pack_inno_text.h"
#include "source/pack_path.h"

enum { KEPT = 32 << 20 /* bytes of a file that are kept for members that are the same one */ };

static const char missing[] = "in a file beside the installer, which is not at hand";
static const char encrypted[] = "encrypted (Inno Setup)";

/* --- adding --- */

static bool room_for(struct pack_inno *inno) {
    if (inno->item_count < inno->item_room)
        return true;
    if (inno->item_room > 0 && inno->item_count >= PACK_MEMBERS) {
        job_note(inno->pack->memory, FAULT_LIMIT, inno->table.headers, "more members than are read");
        return false;
    }
    size_t room = inno->item_room ? 2 * inno->item_room : 64;
    struct pack_inno_item *list = job_alloc(inno->pack->memory, room, sizeof *list);
    if (!list)
        return false;
    if (inno->item_count > 0)
        memcpy(list, inno->items, inno->item_count * sizeof *list);
    inno->items = list;
    inno->item_room = room;
    return true;
}

static struct pack_inno_item *add(struct pack_inno *inno, const struct text *path, uint32_t flags) {
    if (!room_for(inno))
        return NULL;
    uint8_t *copy = job_alloc(inno->pack->memory, path->size + 1, 1);
    if (!copy)
        return NULL;
    struct pack_inno_item *item = &inno->items[inno->item_count];
    size_t size = span_copy(span_of(text_string(path), path->size, 0), copy, path->size);
    *item = (struct pack_inno_item){
        .path = span_of(copy, size, 0), .number = (uint32_t)inno->item_count, .flags = flags};
    inno->item_count++;
    return item;
}

static void add_bytes(struct pack_inno *inno, const char *name, unsigned number, struct span bytes) {
    if (bytes.size == 0)
        return;
    text_clear(&inno->path);
    text_format(&inno->path, number > 1 ? "[Inno]/%s-%u" : "[Inno]/%s", name, number);
    struct pack_inno_item *item = add(inno, &inno->path, PACK_OWN);
    if (item)
        item->bytes = bytes;
}

static void add_program(struct pack_inno *inno) {
    if (inno->table.program == 0)
        return;
    text_clear(&inno->path);
    text_add(&inno->path, "[Inno]/setup.exe");
    struct pack_inno_item *item = add(inno, &inno->path, PACK_OWN);
    if (item)
        item->source = PACK_INNO_PROGRAM;
}

static void add_languages(struct pack_inno *inno) {
    struct inno_walk walk = inno_setup_walk(&inno->setup, INNO_LANGUAGE);
    struct inno_entry entry;
    while (inno_setup_next(&walk, &entry)) {
        text_clear(&inno->scratch);
        text_add(&inno->scratch, "[Inno]/language/");
        pack_inno_text(&inno->setup, entry.texts[INNO_LANGUAGE_NAME], &inno->scratch);
        (void)pack_path(&inno->path, text_string(&inno->scratch), inno->scratch.size);
        struct pack_inno_item *item = add(inno, &inno->path, PACK_OWN);
        if (!item)
            return;
        item->bytes = entry.texts[INNO_LANGUAGE_DATA];
    }
}

static void add_own(struct pack_inno *inno) {
    static const struct {
        enum inno_text text;
        const char *name;
    } texts[] = {{INNO_TEXT_SCRIPT, "script"},           {INNO_TEXT_OLD_SCRIPT, "script"},
                 {INNO_TEXT_LICENSE, "license"},         {INNO_TEXT_OLD_LICENSE, "license"},
                 {INNO_TEXT_INFO_BEFORE, "info-before"}, {INNO_TEXT_OLD_INFO_BEFORE, "info-before"},
                 {INNO_TEXT_INFO_AFTER, "info-after"},   {INNO_TEXT_OLD_INFO_AFTER, "info-after"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        add_bytes(inno, texts[i].name, 0, inno->setup.texts[texts[i].text]);
    for (size_t i = 0; i < inno->setup.part_count; i++) {
        const struct inno_part *part = &inno->setup.parts[i];
        add_bytes(inno, part->name, part->number, part->bytes);
    }
    add_languages(inno);
}

static void add_folders(struct pack_inno *inno) {
    struct inno_walk walk = inno_setup_walk(&inno->setup, INNO_FOLDER);
    struct inno_entry entry;
    while (inno_setup_next(&walk, &entry)) {
        uint32_t flags =
            pack_inno_path(&inno->setup, entry.texts[INNO_FOLDER_NAME], &inno->scratch, &inno->path);
        struct pack_inno_item *item = add(inno, &inno->path, flags | PACK_DIRECTORY);
        if (!item)
            return;
        item->source = PACK_INNO_NOTHING;
    }
}

/* --- files --- */

static void place(struct pack_inno *inno, struct pack_inno_item *item, uint32_t number) {
    struct inno_location location;
    struct job aside;
    inno_setup_location(&inno->setup, number, &location);
    job_init(&aside, 4096);
    item->source = PACK_INNO_LOCATION;
    item->location = number;
    item->slice = location.first_slice;
    item->chunk = location.at;
    item->inside = location.inside;
    if (location.encrypted) {
        item->reason = encrypted;
        item->flags |= PACK_ENCRYPTED;
    } else if (!pack_inno_stream_has(&inno->stream, &aside, &location)) {
        item->reason = missing;
        item->flags |= PACK_UNSUPPORTED;
    }
    job_reset(&aside);
}

/* Files of the script alone have no place: they are copied to where it says. */
static bool add_file(struct pack_inno *inno, const struct inno_entry *entry) {
    struct span target = entry->texts[INNO_FILE_TARGET];
    uint32_t flags = pack_inno_path(&inno->setup, target.size > 0 ? target : entry->texts[INNO_FILE_SOURCE],
                                    &inno->scratch, &inno->path);
    struct pack_inno_item *item = add(inno, &inno->path, flags | (entry->not_copied ? PACK_OWN : 0u));
    if (item)
        place(inno, item, entry->location);
    return item != NULL;
}

/* Locations that no entry names are bytes of the installer all the same. */
static bool add_unnamed(struct pack_inno *inno, const uint8_t *seen) {
    for (uint32_t i = 0; i < inno->setup.location_count; i++) {
        if (seen[i])
            continue;
        text_clear(&inno->path);
        text_format(&inno->path, "[Inno]/file-%u", i + 1);
        struct pack_inno_item *item = add(inno, &inno->path, PACK_OWN);
        if (!item)
            return false;
        place(inno, item, i);
    }
    return true;
}

/* Entries without a location are no bytes of this installer: files that lie beside it, and the uninstaller,
 * which is the program of the installation once more. */
static void add_files(struct pack_inno *inno) {
    uint8_t *seen = job_alloc(inno->pack->memory, (size_t)inno->setup.location_count + 1, 1);
    struct inno_walk walk = inno_setup_walk(&inno->setup, INNO_FILE);
    struct inno_entry entry;
    while (seen && inno_setup_next(&walk, &entry)) {
        if (entry.location == UINT32_MAX || entry.uninstaller)
            continue;
        if (entry.location >= inno->setup.location_count) {
            job_note(inno->pack->memory, FAULT_BAD, inno->table.headers,
                     "a file of this installer that is nowhere");
            continue;
        }
        seen[entry.location] = 1;
        if (!add_file(inno, &entry))
            return;
    }
    if (seen)
        (void)!add_unnamed(inno, seen);
}

/* --- order --- */

/* What the installer itself consists of, then files in the order of their bytes, so that a chunk is unpacked
 * once. */
static int compare(const void *a, const void *b) {
    const struct pack_inno_item *x = a, *y = b;
    bool in_x = x->source == PACK_INNO_LOCATION, in_y = y->source == PACK_INNO_LOCATION;
    if (in_x != in_y)
        return in_x ? 1 : -1;
    if (in_x && x->slice != y->slice)
        return x->slice < y->slice ? -1 : 1;
    if (in_x && x->chunk != y->chunk)
        return x->chunk < y->chunk ? -1 : 1;
    if (in_x && x->inside != y->inside)
        return x->inside < y->inside ? -1 : 1;
    if (in_x && x->location != y->location)
        return x->location < y->location ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Room for the largest file that several members are. */
static bool make_room(struct pack_inno *inno) {
    uint64_t most = 0;
    for (size_t i = 0; i + 1 < inno->item_count; i++) {
        const struct pack_inno_item *item = &inno->items[i], *next = item + 1;
        struct inno_location location;
        if (item->source != PACK_INNO_LOCATION || item->reason || item->location != next->location)
            continue;
        inno_setup_location(&inno->setup, item->location, &location);
        if (location.size <= KEPT && location.size > most)
            most = location.size;
    }
    inno->kept_room = (size_t)most;
    inno->kept_location = UINT32_MAX;
    inno->kept = most > 0 ? job_alloc(inno->pack->memory, (size_t)most, 1) : NULL;
    return most == 0 || inno->kept;
}

static void add_refused(struct pack_inno *inno) {
    text_clear(&inno->path);
    text_add(&inno->path, "[Inno]/headers");
    struct pack_inno_item *item = add(inno, &inno->path, PACK_OWN | inno->refused_flags);
    if (item) {
        item->source = PACK_INNO_NOTHING;
        item->reason = inno->refused;
    }
}

bool pack_inno_items(struct pack_inno *inno) {
    if (inno->refused) {
        add_refused(inno);
        return inno->pack->memory->fault.code == FAULT_NONE;
    }
    add_bytes(inno, "headers", 0, inno->setup.headers);
    add_program(inno);
    add_own(inno);
    add_folders(inno);
    add_files(inno);
    if (inno->pack->memory->fault.code != FAULT_NONE)
        return false;
    if (inno->item_count > 1)
        qsort(inno->items, inno->item_count, sizeof *inno->items, compare);
    return make_room(inno);
}
