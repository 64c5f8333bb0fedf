/* What NTFS writes beside the files themselves: records of the change journal, which accumulate the reasons
 * of a handle session, and records of $LogFile with what was there before and after. Both begin late: the
 * journal has wrapped, and the log holds the last hours. */
#ifndef TEST_TIMESET_TRACE_H
#define TEST_TIMESET_TRACE_H

#include "make/timeset.h"

/* ---- the change journal ---- */

static bool journal_covers(const struct timeset_world *world) {
    return world->now >= world->journal_from;
}

static void journal_room(struct timeset_world *world) {
    struct usn_made *journal = &world->journal;
    if (journal->size - journal->at >= (size_t)4 * USN_MADE_PAGE)
        return;
    size_t more = journal->size ? 2 * journal->size : (size_t)1 << 20;
    journal->bytes = realloc(journal->bytes, more);
    if (!journal->bytes)
        timeset_die("no memory");
    memset(journal->bytes + journal->size, 0, more - journal->size);
    journal->size = more;
}

/* A journal that has wrapped begins somewhere; to delete one takes the numbers of its records from all files.
 */
static void journal_begin(struct timeset_world *world) {
    world->journal.base = world->journal_is_new ? 0 : (world->usn + 0xffff) & ~UINT64_C(0xffff);
    for (size_t i = 1; world->journal_is_new && i <= world->count; i++)
        world->files[i].usn = 0;
}

/* One record, about the name that is given. Before the period only the numbers grow. */
static void journal_record(struct timeset_world *world, struct timeset_file *file,
                           const struct timeset_name *name, uint32_t reason) {
    size_t size = (60 + 2 * strlen(name->text) + 7) / 8 * 8;
    file->usn = world->usn;
    if (!journal_covers(world)) {
        world->usn += size;
        return;
    }
    struct usn_made *journal = &world->journal;
    if (!journal->bytes)
        journal_begin(world);
    journal_room(world);
    journal->time = clock_of(world);
    journal->attributes = file->is_folder ? 0x10 : file->attributes;
    if (!usn_made_add(journal, 2, reference_of(file), reference_of(file_of(world, name->folder)), reason,
                      name->text))
        timeset_die("the journal is full");
    file->usn = journal->base + journal->at - size;
    world->usn = journal->base + journal->at;
}

/* A reason for the session of this file: a record if the session had none of the kind before. */
static void journal_note(struct timeset_world *world, struct timeset_file *file, uint32_t reason) {
    if ((file->reasons & reason) == reason)
        return;
    file->reasons |= reason;
    journal_record(world, file, &file->name, file->reasons);
}

static void journal_close(struct timeset_world *world, struct timeset_file *file) {
    if (file->reasons)
        journal_record(world, file, &file->name, file->reasons | 0x80000000u);
    if (journal_covers(world) && file->reasons & REASON_TRUNCATION && file->reasons & REASON_BASIC)
        file->rewritten = true;
    file->reasons = 0;
}

/* ---- the log ---- */

static bool log_covers(const struct timeset_world *world) {
    return world->now >= world->log_from;
}

/* The key under which the index of a folder is open. */
static unsigned log_key(struct timeset_world *world, uint32_t folder) {
    struct timeset_file *file = file_of(world, folder);
    if (world->log_key[file->key] != folder) {
        world->log_next = (world->log_next + 1) % LOG_KEYS;
        file->key = (uint16_t)world->log_next;
        world->log_key[file->key] = folder;
        logfile_made_open(&world->log, 64 + 40u * file->key, reference_of(file), 0xa0, false, "$I30");
    }
    return 64 + 40u * file->key;
}

static uint64_t log_number(const struct timeset_file *file) {
    return reference_of(file) & 0xffffffffffff;
}

/* An entry of a directory is added (0xc in a root, 0xe in a block) or taken out (0xd, 0xf). */
static void log_entry(struct timeset_world *world, const struct timeset_file *file,
                      const struct timeset_name *name, bool added) {
    uint8_t key[66 + 2 * 255], entry[16 + 66 + 2 * 255 + 8];
    struct timeset_file *folder = file_of(world, name->folder);
    bool is_small = folder->children < 6;
    size_t size = logfile_made_name(key, reference_of(folder), name->entry, 1, name->text);
    logfile_made_put(key + 48, name->entry_size, 8);
    size = logfile_made_entry(entry, reference_of(file), key, size);
    struct logfile_made_action action = {.redo = is_small ? 0xc : 0xe, .undo = is_small ? 0xd : 0xf};
    if (!added)
        action = (struct logfile_made_action){.redo = action.undo, .undo = action.redo};
    *(added ? &action.after : &action.before) = entry;
    *(added ? &action.after_size : &action.before_size) = size;
    if (is_small)
        logfile_made_aim(&action, log_number(folder));
    else
        action.attribute = log_key(world, name->folder);
    logfile_made_update(&world->log, &action);
}

static void log_make(struct timeset_world *world, const struct timeset_file *file) {
    uint8_t name[66 + 2 * 255], record[1024];
    if (!log_covers(world))
        return;
    size_t size = logfile_made_name(name, reference_of(file_of(world, file->name.folder)), file->name.fn, 1,
                                    file->name.text);
    struct logfile_made_action action = {.redo = 2, .undo = 3, .after = record};
    action.after_size = logfile_made_file(record, log_number(file), file->sequence, file->si, name, size);
    logfile_made_aim(&action, log_number(file));
    logfile_made_update(&world->log, &action);
    log_entry(world, file, &file->name, true);
    logfile_made_forget(&world->log);
}

/* $STANDARD_INFORMATION changes: the range from the first stamp that differs to the last. */
static void log_stamps(struct timeset_world *world, const struct timeset_file *file,
                       const uint64_t before[STAMPS]) {
    size_t first = 0, end = STAMPS;
    if (!log_covers(world))
        return;
    while (first < STAMPS && before[first] == file->si[first])
        first++;
    while (end > first && before[end - 1] == file->si[end - 1])
        end--;
    if (first == end)
        return;
    logfile_made_si(&world->log, log_number(file), before, file->si, 8 * first, 8 * (end - first));
    logfile_made_forget(&world->log);
}

/* The entry in the directory is brought up to date: UpdateFileNameAllocation, UpdateFileNameRoot. */
static void log_entry_stamps(struct timeset_world *world, const struct timeset_name *name,
                             const uint64_t before[STAMPS], uint32_t size_before) {
    uint8_t new[56] = {0}, old[56] = {0};
    struct timeset_file *folder = file_of(world, name->folder);
    if (!log_covers(world))
        return;
    logfile_made_times(new, name->entry);
    logfile_made_times(old, before);
    logfile_made_put(new + 40, name->entry_size, 8);
    logfile_made_put(old + 40, size_before, 8);
    new[48] = old[48] = 0x20;
    struct logfile_made_action action = {.redo = 0x14, .undo = 0x14, .after = new, .before = old};
    action.after_size = action.before_size = sizeof new;
    if (folder->children < 6) {
        action.redo = action.undo = 0x13;
        logfile_made_aim(&action, log_number(folder));
    } else {
        action.attribute = log_key(world, name->folder);
    }
    logfile_made_update(&world->log, &action);
    logfile_made_forget(&world->log);
}

/* A name is added to the file record (5) or taken out of it (6). */
static void log_name(struct timeset_world *world, const struct timeset_file *file,
                     const struct timeset_name *name, bool added) {
    uint8_t value[66 + 2 * 255], attribute[24 + 66 + 2 * 255 + 8];
    size_t size =
        logfile_made_name(value, reference_of(file_of(world, name->folder)), name->fn, 1, name->text);
    size = logfile_made_attribute(attribute, 0x30, value, size);
    struct logfile_made_action action = {.redo = added ? 5 : 6, .undo = added ? 6 : 5, .record_at = 0x98};
    *(added ? &action.after : &action.before) = attribute;
    *(added ? &action.after_size : &action.before_size) = size;
    logfile_made_aim(&action, log_number(file));
    logfile_made_update(&world->log, &action);
}

static void log_rename(struct timeset_world *world, const struct timeset_file *file,
                       const struct timeset_name *old) {
    if (!log_covers(world))
        return;
    log_entry(world, file, old, false);
    log_name(world, file, old, false);
    log_name(world, file, &file->name, true);
    log_entry(world, file, &file->name, true);
    logfile_made_forget(&world->log);
}

static void log_link(struct timeset_world *world, const struct timeset_file *file) {
    if (!log_covers(world))
        return;
    log_name(world, file, &file->link, true);
    log_entry(world, file, &file->link, true);
    logfile_made_forget(&world->log);
}

static void log_remove(struct timeset_world *world, const struct timeset_file *file) {
    uint8_t name[66 + 2 * 255], record[1024];
    if (!log_covers(world))
        return;
    log_entry(world, file, &file->name, false);
    size_t size = logfile_made_name(name, reference_of(file_of(world, file->name.folder)), file->name.fn, 1,
                                    file->name.text);
    struct logfile_made_action action = {.redo = 3, .undo = 2, .before = record, .before_size = 24};
    logfile_made_file(record, log_number(file), file->sequence, file->si, name, size);
    logfile_made_aim(&action, log_number(file));
    logfile_made_update(&world->log, &action);
    logfile_made_forget(&world->log);
}

#endif
