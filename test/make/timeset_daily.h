/* What happens on a machine in two years, one function an operation; `count` is the number of files it is
 * about. Which stamp comes from where is stated at each. t is the time of the operation. */
#ifndef TEST_TIMESET_DAILY_H
#define TEST_TIMESET_DAILY_H

#include "make/timeset_world.h"

enum { SET_C = 1 << CREATED, SET_M = 1 << MODIFIED, SET_E = 1 << CHANGED, SET_A = 1 << ACCESSED };

/* ---- where, which and when ---- */

static void area_add(struct timeset_world *world, enum timeset_place place, uint32_t folder) {
    struct timeset_area *area = &world->areas[place];
    area->folders = timeset_grow(area->folders, area->count, &area->room, sizeof *area->folders);
    area->folders[area->count++] = folder;
}

static uint32_t some_folder(struct timeset_world *world, enum timeset_place place) {
    struct timeset_area *area = &world->areas[place];
    return area->folders[below(world, area->count)];
}

static uint32_t new_folder(struct timeset_world *world, uint32_t above, const char *text) {
    uint32_t id = make_file(world, above, text, true);
    finish(world, id);
    return id;
}

/* One of the places where people and programs put files. */
static enum timeset_place some_place(struct timeset_world *world) {
    static const enum timeset_place places[] = {PROGRAMS, DOCUMENTS, DOCUMENTS, DOWNLOADS, DATA};
    return places[below(world, sizeof places / sizeof *places)];
}

/* An ordinary file whose story is not told elsewhere; 0 if none is found. */
static uint32_t some_file(struct timeset_world *world) {
    for (int tries = 0; tries < 1000; tries++) {
        uint32_t id = (uint32_t)between(world, ROOT + 1, world->count);
        const struct timeset_file *file = file_of(world, id);
        if (!file->is_folder && !file->dead && !file->label && !file->pinned && !file->reasons &&
            file->name.folder != ROOT)
            return id;
    }
    return 0;
}

static const char *extension_of(struct timeset_world *world) {
    static const char *const all[] = {"dll", "exe", "txt", "docx", "xml", "dat", "log", "js", "png", "sys"};
    return all[below(world, sizeof all / sizeof *all)];
}

static const char *some_name(struct timeset_world *world, const char *word) {
    return timeset_text(world, word, extension_of(world));
}

/* A time between some years before the volume and now, to a multiple of `unit`. */
static uint64_t some_past(struct timeset_world *world, uint64_t unit) {
    uint64_t from = world->begin - 3000 * DAY;
    return between(world, from, world->now - DAY) / unit * unit;
}

static uint32_t some_size(struct timeset_world *world) {
    return (uint32_t)between(world, 8, 120);
}

/* A file with content, whose session is still open. */
static uint32_t written(struct timeset_world *world, uint32_t folder, const char *text) {
    uint32_t id = make_file(world, folder, text, false);
    write_file(world, id, some_size(world));
    return id;
}

static uint32_t plain(struct timeset_world *world, uint32_t folder, const char *text) {
    uint32_t id = written(world, folder, text);
    finish(world, id);
    return id;
}

/* A file whose writer sets `which` stamps before it closes it. */
static uint32_t stamped(struct timeset_world *world, uint32_t folder, const char *text, unsigned which,
                        const uint64_t to[STAMPS]) {
    uint32_t id = written(world, folder, text);
    set_stamps(world, id, which, to);
    finish(world, id);
    return id;
}

/* A folder that comes with an archive, a package or a backup. */
static uint32_t package_folder(struct timeset_world *world, enum timeset_place place, const char *word) {
    uint32_t ret = new_folder(world, some_folder(world, place), timeset_text(world, word, ""));
    area_add(world, place, ret);
    return ret;
}

/* Later, in a session of its own, the program that made a folder gives it the times that it had. */
static void folder_times(struct timeset_world *world, uint32_t folder, unsigned which, uint64_t time) {
    const uint64_t to[STAMPS] = {time, time, time, time};
    pass(world, 50 * MILLISECOND);
    set_stamps(world, folder, which, to);
    finish(world, folder);
}

/* ---- operations that add files ---- */

/* Image apply, as from a WIM: C, M and A from the image, E = t, FN = t. A third of the values belong to
 * packages whose files share them. */
static void image_file(struct timeset_world *world, uint32_t folder, const char *text, uint64_t built) {
    uint64_t to[STAMPS];
    for (unsigned i = 0; i < STAMPS; i++)
        to[i] = built + below(world, 30 * DAY);
    bool shared = chance(world, 33);
    if (shared)
        to[CREATED] = to[MODIFIED] = to[ACCESSED] = built + between(world, 1, 2000) * 1234567891;
    uint32_t id = stamped(world, folder, text, SET_C | SET_M | SET_A, to);
    file_of(world, id)->shared = shared;
}

static void plain_files(struct timeset_world *world, unsigned count) {
    uint32_t folder = some_folder(world, chance(world, 20) ? TEMPORARY : some_place(world));
    for (unsigned i = 0; i < count; i++) {
        plain(world, folder, some_name(world, "file"));
        pass(world, SECOND);
    }
}

/* An installer writes its files in a run and, by its kind, sets M to two seconds (MSI), C and M to 100 ns
 * (self-extractors), C, M and A to two seconds of local time (CAB), or nothing, while the file is open. */
static void install(struct timeset_world *world, unsigned count) {
    static const unsigned which[] = {SET_M, SET_C | SET_M, SET_C | SET_M | SET_A, 0};
    uint64_t kind = below(world, 4), built = some_past(world, SECOND);
    uint32_t folder = package_folder(world, PROGRAMS, "app");
    for (unsigned i = 0; i < count; i++) {
        uint64_t time = built + below(world, 5 * DAY);
        if (kind != 1)
            time = time / (2 * SECOND) * 2 * SECOND;
        const uint64_t to[STAMPS] = {time, kind == 1 ? time - below(world, DAY) : time, 0, time};
        uint32_t id = written(world, folder, some_name(world, "setup"));
        if (which[kind])
            set_stamps(world, id, which[kind], to);
        finish(world, id);
        if (i % 40 == 39)
            folder = new_folder(world, folder, timeset_text(world, "part", ""));
    }
}

/* Extraction by Explorer: C, M and A from the archive, which has two seconds; E = t, FN = t. */
static void extract_zip(struct timeset_world *world, unsigned count) {
    uint64_t packed = some_past(world, 2 * SECOND);
    uint32_t folder = package_folder(world, chance(world, 50) ? DOWNLOADS : DOCUMENTS, "archive");
    for (unsigned i = 0; i < count; i++) {
        uint64_t time = packed - below(world, 30 * DAY) / (2 * SECOND) * 2 * SECOND;
        const uint64_t to[STAMPS] = {time, time, 0, time};
        stamped(world, folder, some_name(world, "zip"), SET_C | SET_M | SET_A, to);
    }
}

/* An archiver: M from the archive, to 100 ns or two seconds; C too if the archive has it. It gives folders
 * their times at the end. */
static void extract_archive(struct timeset_world *world, unsigned count) {
    uint64_t unit = chance(world, 50) ? 1 : 2 * SECOND, packed = some_past(world, unit);
    unsigned which = chance(world, 25) ? SET_C | SET_M : SET_M;
    uint32_t folder = package_folder(world, some_place(world), "unpacked");
    for (unsigned i = 0; i < count; i++) {
        uint64_t time = (packed - below(world, 300 * DAY)) / unit * unit;
        const uint64_t to[STAMPS] = {time, time + below(world, 3) * DAY, 0, 0};
        stamped(world, folder, some_name(world, "entry"), which, to);
    }
    folder_times(world, folder, which, packed);
}

/* Copy: C = t, M = that of the source. */
static void copy_files(struct timeset_world *world, unsigned count) {
    uint32_t folder = some_folder(world, some_place(world));
    for (unsigned i = 0; i < count; i++) {
        uint32_t from = some_file(world);
        uint64_t to[STAMPS] = {0, some_past(world, chance(world, 30) ? 2 * SECOND : 1), 0, 0};
        if (from && chance(world, 60))
            to[MODIFIED] = file_of(world, from)->si[MODIFIED];
        stamped(world, folder, some_name(world, "copy"), SET_M, to);
    }
}

/* A copy within the volume that keeps all times, as robocopy /COPY:DAT makes it: C and M are those of another
 * file to 100 ns, with its name, and its size. */
static void copy_with_times(struct timeset_world *world, unsigned count) {
    uint32_t folder = package_folder(world, DATA, "mirror");
    for (unsigned i = 0; i < count; i++) {
        uint32_t from = some_file(world);
        if (!from || file_of(world, from)->shared)
            continue;
        file_of(world, from)->shared = true;
        const struct timeset_file source = *file_of(world, from);
        uint32_t id = make_file(world, folder, source.name.text, false);
        write_file(world, id, source.size);
        file_of(world, id)->content = source.content;
        set_stamps(world, id, SET_C | SET_M | SET_A, source.si);
        finish(world, id);
        file_of(world, id)->shared = true;
    }
}

/* Move from another volume: C and M those of the source, to 10 ms and two seconds if that is FAT. */
static void move_in(struct timeset_world *world, unsigned count) {
    bool is_fat = chance(world, 50);
    uint32_t folder = some_folder(world, some_place(world));
    for (unsigned i = 0; i < count; i++) {
        uint64_t modified = some_past(world, is_fat ? 2 * SECOND : 1);
        uint64_t created = some_past(world, is_fat ? 10 * MILLISECOND : 1);
        const uint64_t to[STAMPS] = {created, modified, 0, 0};
        stamped(world, folder, some_name(world, "moved"), SET_C | SET_M, to);
    }
}

/* A sync client: a temporary name, times set in the create session, then the name it has in the cloud. */
static void sync_cloud(struct timeset_world *world, unsigned count) {
    uint32_t folder = some_folder(world, CLOUD);
    for (unsigned i = 0; i < count; i++) {
        uint64_t time = some_past(world, chance(world, 50) ? SECOND : MILLISECOND);
        const uint64_t to[STAMPS] = {time, time + below(world, 2) * DAY, 0, 0};
        uint32_t id = stamped(world, folder, timeset_text(world, "~sync", "tmp"), SET_C | SET_M, to);
        pass(world, 30 * MILLISECOND);
        rename_file(world, id, folder, some_name(world, "cloud"));
        finish(world, id);
    }
    if (chance(world, 30)) {
        uint32_t below_it = new_folder(world, folder, timeset_text(world, "shared", ""));
        area_add(world, CLOUD, below_it);
    }
}

/* Restore of many files from a backup: C, M and A as they were, set in the create session; folders
 * afterwards. */
static void restore_backup(struct timeset_world *world, unsigned count) {
    uint32_t folder = package_folder(world, DOCUMENTS, "restored");
    for (unsigned i = 0; i < count; i++) {
        uint64_t created = some_past(world, 1);
        const uint64_t to[STAMPS] = {created, created + below(world, DAY), 0, created + below(world, DAY)};
        stamped(world, folder, some_name(world, "backup"), SET_C | SET_M | SET_A, to);
    }
    folder_times(world, folder, SET_C | SET_M, some_past(world, 1));
}

/* Unpackers that go by path: M and A are set in a session of their own, C is not. */
static void untar(struct timeset_world *world, unsigned count) {
    uint32_t folder = package_folder(world, DATA, "tree");
    for (unsigned i = 0; i < count; i++) {
        uint64_t time = some_past(world, SECOND);
        const uint64_t to[STAMPS] = {0, time, 0, time};
        uint32_t id = plain(world, folder, some_name(world, "source"));
        set_stamps(world, id, SET_M | SET_A, to);
        finish(world, id);
    }
}

/* Temporary files, whose records others take. */
static void churn(struct timeset_world *world, unsigned count) {
    uint32_t folder = some_folder(world, TEMPORARY);
    for (unsigned i = 0; i < count; i++) {
        uint32_t id = plain(world, folder, timeset_text(world, "tmp", "tmp"));
        pass(world, 200 * MILLISECOND);
        if (chance(world, 85))
            remove_file(world, id);
    }
}

/* ---- operations on files that are there ---- */

static void rename_some(struct timeset_world *world, uint32_t id) {
    rename_file(world, id, file_of(world, id)->name.folder, some_name(world, "renamed"));
    finish(world, id);
}

static void move_some(struct timeset_world *world, uint32_t id) {
    rename_file(world, id, some_folder(world, some_place(world)), some_name(world, "shifted"));
    finish(world, id);
}

/* A program saves beside the file, deletes it and takes its name: tunnelling brings C back. */
static uint32_t safe_save(struct timeset_world *world, uint32_t id) {
    struct timeset_name name = file_of(world, id)->name;
    uint32_t saved = plain(world, name.folder, timeset_text(world, "~save", "tmp"));
    pass(world, 20 * MILLISECOND);
    remove_file(world, id);
    rename_file(world, saved, name.folder, name.text);
    finish(world, saved);
    return saved;
}

static void save_some(struct timeset_world *world, uint32_t id) {
    safe_save(world, id);
}

/* ReplaceFile: the new content takes the name, the attributes and C of the old in one session. */
static void replace_some(struct timeset_world *world, uint32_t id) {
    struct timeset_file old = *file_of(world, id);
    uint32_t saved = plain(world, old.name.folder, timeset_text(world, "~new", "tmp"));
    rename_file(world, id, old.name.folder, timeset_text(world, "~old", "tmp"));
    finish(world, id);
    set_stamps(world, saved, SET_C, old.si);
    journal_note(world, file_of(world, saved), REASON_SECURITY);
    rename_file(world, saved, old.name.folder, old.name.text);
    finish(world, saved);
    remove_file(world, id);
}

/* A copy over a file that is there: M of the source, C stays. */
static void copy_over(struct timeset_world *world, uint32_t id) {
    const uint64_t to[STAMPS] = {0, some_past(world, 1), 0, 0};
    truncate_file(world, id);
    write_file(world, id, some_size(world));
    set_stamps(world, id, SET_M, to);
    finish(world, id);
}

static void attributes_some(struct timeset_world *world, uint32_t id) {
    set_attributes(world, id, file_of(world, id)->attributes ^ (chance(world, 50) ? 0x1 : 0x2));
}

/* touch, git and make: M, and A with it. */
static void touch_some(struct timeset_world *world, uint32_t id) {
    uint64_t time = some_past(world, chance(world, 50) ? SECOND : 1);
    const uint64_t to[STAMPS] = {0, time, 0, time};
    set_stamps(world, id, SET_M | SET_A, to);
    finish(world, id);
}

static void edit_some(struct timeset_world *world, uint32_t id) {
    uint32_t size = file_of(world, id)->size + (uint32_t)below(world, 2) * 8;
    if (size > 120) {
        truncate_file(world, id);
        size = some_size(world);
    }
    write_file(world, id, size);
    finish(world, id);
}

static void link_some(struct timeset_world *world, uint32_t id) {
    if (file_of(world, id)->link.text)
        return;
    link_file(world, id, some_folder(world, PROGRAMS), some_name(world, "link"));
    finish(world, id);
}

static void remove_some(struct timeset_world *world, uint32_t id) {
    if (!file_of(world, id)->link.text)
        remove_file(world, id);
}

static void mark_some(struct timeset_world *world, uint32_t id) {
    if (!file_of(world, id)->marked)
        mark_file(world, id);
}

#endif
