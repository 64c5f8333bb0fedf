/* What NTFS does to the stamps of files, one function a request of a program. Each writes all that NTFS
 * writes: $STANDARD_INFORMATION, $FILE_NAME, the entry in the directory, the change journal, the log.
 *
 * A file that was made or written to has an open handle session until `finish`. The rules are those of
 * J. Bouma's table of operations and of the papers that KNOWLEDGE names; see docs/time-labels.md. */
#ifndef TEST_TIMESET_WORLD_H
#define TEST_TIMESET_WORLD_H

#include "make/timeset_trace.h"

/* ---- the folder, and the entry in it ---- */

/* A folder changes when names in it do. */
static void folder_changes(struct timeset_world *world, uint32_t folder) {
    struct timeset_file *file = file_of(world, folder);
    uint64_t before[STAMPS];
    memcpy(before, file->si, sizeof before);
    file->si[MODIFIED] = file->si[CHANGED] = file->si[ACCESSED] = clock_of(world);
    memcpy(file->name.entry, file->si, sizeof file->si);
    log_stamps(world, file, before);
}

/* The entry takes what the file has now; what it was is remembered. */
static void entry_follows(struct timeset_world *world, struct timeset_file *file) {
    struct timeset_name *name = &file->name;
    if (memcmp(name->entry, file->si, sizeof file->si) == 0 && name->entry_size == file->size)
        return;
    uint64_t before[STAMPS];
    uint32_t size_before = name->entry_size;
    memcpy(before, name->entry, sizeof before);
    if (!file->is_folder) {
        world->states =
            timeset_grow(world->states, ++world->state_count, &world->state_room, sizeof *world->states);
        struct timeset_state *state = &world->states[world->state_count];
        memcpy(state->entry, before, sizeof before);
        state->size = size_before;
        state->older = file->older;
        file->older = (uint32_t)world->state_count;
    }
    memcpy(name->entry, file->si, sizeof file->si);
    name->entry_size = file->size;
    log_entry_stamps(world, name, before, size_before);
}

/* The entry is taken out of its folder; what it was may stay behind the others. */
static void entry_goes(struct timeset_world *world, uint32_t id, const struct timeset_name *name) {
    struct timeset_file *folder = file_of(world, name->folder);
    world->ghosts =
        timeset_grow(world->ghosts, ++world->ghost_count, &world->ghost_room, sizeof *world->ghosts);
    world->ghosts[world->ghost_count] = (struct timeset_ghost){*name, id, folder->ghosts};
    folder->ghosts = (uint32_t)world->ghost_count;
    folder->children--;
}

/* ---- tunnelling: a name that comes back within 15 seconds has the old creation time ---- */

static void tunnel_put(struct timeset_world *world, const struct timeset_name *name, uint64_t created) {
    world->tunnel[world->tunnel_next++ % TUNNEL] =
        (struct timeset_tunnel){name->text, name->folder, created, world->now + 15 * SECOND};
}

static bool tunnel_get(struct timeset_world *world, uint32_t folder, const char *text, uint64_t *created) {
    for (unsigned i = 0; i < TUNNEL; i++) {
        struct timeset_tunnel *old = &world->tunnel[i];
        if (!old->text || old->folder != folder || old->until < world->now || strcmp(old->text, text) != 0)
            continue;
        *created = old->created;
        old->text = NULL;
        return true;
    }
    return false;
}

/* ---- requests ---- */

static void take_slot(struct timeset_world *world, uint32_t id) {
    struct timeset_file *file = file_of(world, id);
    file->slot = world->free_count ? world->free_slots[--world->free_count] : (uint32_t)world->slots_used++;
    struct timeset_slot *slot = &world->slots[file->slot];
    if (slot->sequence == 0)
        slot->sequence = 1;
    slot->file = id;
    file->sequence = slot->sequence;
}

/* A new file or folder; its handle stays open. */
static uint32_t make_file(struct timeset_world *world, uint32_t folder, const char *text, bool is_folder) {
    if (world->count + 1 >= world->room)
        timeset_die("more files than planned");
    tick(world);
    uint32_t id = (uint32_t)++world->count;
    struct timeset_file *file = file_of(world, id);
    take_slot(world, id);
    file->is_folder = is_folder;
    file->attributes = is_folder ? 0x10 : 0x20;
    file->content = id;
    file->name.text = text;
    file->name.folder = folder;
    file->made = clock_of(world);
    for (int i = 0; i < STAMPS; i++)
        file->si[i] = file->made;
    tunnel_get(world, folder, text, &file->si[CREATED]);
    memcpy(file->name.fn, file->si, sizeof file->si);
    memcpy(file->name.entry, file->si, sizeof file->si);
    file_of(world, folder)->children++;
    journal_note(world, file, REASON_CREATE);
    log_make(world, file);
    folder_changes(world, folder);
    return id;
}

/* Bytes are written: more than there were, or others in their place. */
static void write_file(struct timeset_world *world, uint32_t id, uint32_t size) {
    struct timeset_file *file = file_of(world, id);
    uint64_t before[STAMPS];
    memcpy(before, file->si, sizeof before);
    tick(world);
    journal_note(world, file, size > file->size ? REASON_EXTEND : REASON_OVERWRITE);
    file->size = size > file->size ? size : file->size;
    file->si[MODIFIED] = file->si[CHANGED] = file->si[ACCESSED] = clock_of(world);
    log_stamps(world, file, before);
}

/* An existing file is opened to be written anew. */
static void truncate_file(struct timeset_world *world, uint32_t id) {
    struct timeset_file *file = file_of(world, id);
    tick(world);
    journal_note(world, file, REASON_TRUNCATION);
    file->size = 0;
}

/* Sets the stamps whose bits are in `which` (1 << CREATED ...); that of the record's change follows the clock
 * if it is not among them. */
static void set_stamps(struct timeset_world *world, uint32_t id, unsigned which, const uint64_t to[STAMPS]) {
    struct timeset_file *file = file_of(world, id);
    uint64_t before[STAMPS];
    memcpy(before, file->si, sizeof before);
    tick(world);
    file->si[CHANGED] = clock_of(world);
    for (unsigned i = 0; i < STAMPS; i++)
        if (which >> i & 1)
            file->si[i] = to[i];
    journal_note(world, file, REASON_BASIC);
    log_stamps(world, file, before);
}

static void finish(struct timeset_world *world, uint32_t id) {
    struct timeset_file *file = file_of(world, id);
    tick(world);
    journal_close(world, file);
    entry_follows(world, file);
}

static void set_attributes(struct timeset_world *world, uint32_t id, uint32_t attributes) {
    static const uint64_t none[STAMPS];
    file_of(world, id)->attributes = attributes;
    set_stamps(world, id, 0, none);
    finish(world, id);
}

/* A new name in the same or another folder. The new $FILE_NAME has the stamps that $STANDARD_INFORMATION had.
 * The session stays open. */
static void rename_file(struct timeset_world *world, uint32_t id, uint32_t folder, const char *text) {
    struct timeset_file *file = file_of(world, id);
    struct timeset_name old = file->name;
    uint64_t before[STAMPS];
    memcpy(before, file->si, sizeof before);
    tick(world);
    journal_record(world, file, &old, file->reasons | REASON_OLD_NAME);
    tunnel_put(world, &old, file->si[CREATED]);
    file->name = (struct timeset_name){.text = text, .folder = folder, .entry_size = file->size};
    memcpy(file->name.fn, before, sizeof before);
    tunnel_get(world, folder, text, &file->si[CREATED]);
    file->si[CHANGED] = clock_of(world);
    memcpy(file->name.entry, file->si, sizeof file->si);
    file->older = 0;
    entry_goes(world, id, &old);
    file_of(world, folder)->children++;
    journal_note(world, file, REASON_NEW_NAME);
    log_rename(world, file, &old);
    log_stamps(world, file, before);
    folder_changes(world, old.folder);
    if (folder != old.folder)
        folder_changes(world, folder);
}

static void remove_file(struct timeset_world *world, uint32_t id) {
    struct timeset_file *file = file_of(world, id);
    tick(world);
    tunnel_put(world, &file->name, file->si[CREATED]);
    file->reasons |= REASON_DELETE;
    journal_close(world, file);
    log_remove(world, file);
    entry_goes(world, id, &file->name);
    file->dead = true;
    struct timeset_slot *slot = &world->slots[file->slot];
    slot->sequence = slot->sequence == 0xffff ? 1 : slot->sequence + 1;
    world->free_slots[world->free_count++] = file->slot;
    folder_changes(world, file->name.folder);
}

/* A second name in another folder. The session stays open, and what it changes later this entry does not
 * hear. */
static void link_file(struct timeset_world *world, uint32_t id, uint32_t folder, const char *text) {
    struct timeset_file *file = file_of(world, id);
    uint64_t before[STAMPS];
    memcpy(before, file->si, sizeof before);
    tick(world);
    file->link = (struct timeset_name){.text = text, .folder = folder, .entry_size = file->size};
    memcpy(file->link.fn, before, sizeof before);
    memcpy(file->link.entry, before, sizeof before);
    file->si[CHANGED] = clock_of(world);
    file_of(world, folder)->children++;
    journal_note(world, file, REASON_HARD_LINK);
    log_link(world, file);
    log_stamps(world, file, before);
    folder_changes(world, folder);
}

/* The mark of the web: a stream named Zone.Identifier. */
static void mark_file(struct timeset_world *world, uint32_t id) {
    struct timeset_file *file = file_of(world, id);
    uint64_t before[STAMPS];
    memcpy(before, file->si, sizeof before);
    tick(world);
    journal_note(world, file, REASON_STREAM);
    journal_note(world, file, REASON_NAMED_EXTEND);
    file->marked = true;
    file->si[CHANGED] = clock_of(world);
    log_stamps(world, file, before);
    finish(world, id);
}

/* Somebody reads it, and the last access is kept. Neither journal nor directory entry hear of it. */
static void read_file(struct timeset_world *world, uint32_t id) {
    struct timeset_file *file = file_of(world, id);
    uint64_t before[STAMPS];
    memcpy(before, file->si, sizeof before);
    file->si[ACCESSED] = clock_of(world);
    log_stamps(world, file, before);
}

#endif
