/* Innocent operations that leave what stompers leave, each labelled in the manifest: one function a style.
 * Some are daily operations for once alone; that is what makes them hard. */
#ifndef TEST_TIMESET_ALIKE_H
#define TEST_TIMESET_ALIKE_H

#include "make/timeset_daily.h"

static struct timeset_label *label_file(struct timeset_world *world, uint32_t id, const char *style) {
    world->labels =
        timeset_grow(world->labels, ++world->label_count, &world->label_room, sizeof *world->labels);
    struct timeset_label *label = &world->labels[world->label_count];
    *label = (struct timeset_label){.file = id, .style = style};
    file_of(world, id)->label = (uint32_t)world->label_count;
    return label;
}

static uint32_t mixed_folder(struct timeset_world *world) {
    static const enum timeset_place places[] = {SYSTEM, DATA, PROGRAMS, DOWNLOADS, TEMPORARY};
    return some_folder(world, places[below(world, sizeof places / sizeof *places)]);
}

/* C, M and A of some years ago. */
static void past_stamps(struct timeset_world *world, uint64_t unit, uint64_t to[STAMPS]) {
    to[CREATED] = some_past(world, unit);
    to[MODIFIED] = (to[CREATED] + below(world, 40 * DAY)) / unit * unit;
    to[CHANGED] = to[MODIFIED] + (unit == 1 ? below(world, SECOND) : 0);
    to[ACCESSED] = to[MODIFIED];
}

/* One file out of an archive or a backup into a folder of others. */
static void alike_extraction(struct timeset_world *world) {
    uint64_t time = some_past(world, 2 * SECOND);
    const uint64_t to[STAMPS] = {time, time, 0, time};
    label_file(world,
               stamped(world, mixed_folder(world), some_name(world, "single"), SET_C | SET_M | SET_A, to),
               "single-extraction");
}

static void alike_restore(struct timeset_world *world) {
    uint64_t to[STAMPS];
    past_stamps(world, 1, to);
    label_file(world,
               stamped(world, mixed_folder(world), some_name(world, "restore"), SET_C | SET_M | SET_A, to),
               "single-restore");
}

/* An extracted file that is renamed: $FILE_NAME takes the archive's times. */
static void alike_renamed(struct timeset_world *world) {
    uint64_t time = some_past(world, 2 * SECOND);
    const uint64_t to[STAMPS] = {time, time, 0, time};
    uint32_t id = stamped(world, mixed_folder(world), some_name(world, "draft"), SET_C | SET_M | SET_A, to);
    pass(world, 2 * SECOND);
    rename_some(world, id);
    label_file(world, id, "extraction-renamed");
}

/* An updater: temporary file, times in the create session, the old file goes, the new one takes its name. */
static void alike_updater(struct timeset_world *world) {
    uint32_t old = some_file(world);
    if (!old || file_of(world, old)->link.text)
        return;
    struct timeset_name name = file_of(world, old)->name;
    uint64_t to[STAMPS];
    past_stamps(world, 1, to);
    uint32_t id = stamped(world, name.folder, timeset_text(world, "~update", "tmp"), SET_C | SET_M, to);
    pass(world, 100 * MILLISECOND);
    remove_file(world, old);
    rename_file(world, id, name.folder, name.text);
    finish(world, id);
    label_file(world, id, "updater");
}

/* The machine's clock is wrong by days for an hour, while files are made. */
static void alike_clock(struct timeset_world *world) {
    uint32_t folder = mixed_folder(world);
    world->clock_error = (int64_t)between(world, DAY, 9 * DAY) * (chance(world, 50) ? 1 : -1);
    for (int i = 0; i < 12; i++) {
        label_file(world, plain(world, folder, some_name(world, "clock")), "wrong-clock");
        pass(world, 5 * MINUTE);
    }
    world->clock_error = 0;
}

/* A zip that was packed in another zone: hours in the future. */
static void alike_zone(struct timeset_world *world) {
    uint64_t hours = between(world, 1, 14), packed = clock_of(world) - below(world, 20) * MINUTE;
    uint32_t folder = mixed_folder(world);
    for (int i = 0; i < 3; i++) {
        uint64_t time = (packed + hours * HOUR) / (2 * SECOND) * 2 * SECOND;
        const uint64_t to[STAMPS] = {time, time, 0, time};
        label_file(world, stamped(world, folder, some_name(world, "travel"), SET_C | SET_M | SET_A, to),
                   "zone-shift");
    }
}

/* Files that are copied, and will have their times set by a second pass (robocopy /TIMFIX), days later. */
static void alike_bulk_copy(struct timeset_world *world) {
    struct timeset_bulk *bulk = &world->bulks[world->bulks_made++ % BULKS];
    bulk->count = (unsigned)between(world, 42, BULK_MOST);
    bulk->folder = package_folder(world, DATA, "migrated");
    for (unsigned i = 0; i < bulk->count; i++) {
        bulk->files[i] = plain(world, bulk->folder, some_name(world, "bulk"));
        file_of(world, bulk->files[i])->pinned = true;
    }
}

/* Somebody uses them in between. */
static void alike_bulk_use(struct timeset_world *world) {
    if (world->bulks_set == world->bulks_made)
        return;
    const struct timeset_bulk *bulk = &world->bulks[world->bulks_set % BULKS];
    for (unsigned i = 0; i < bulk->count; i++)
        if (chance(world, 60))
            attributes_some(world, bulk->files[i]);
}

/* The second pass: each file in a session of its own. */
static void alike_bulk_set(struct timeset_world *world) {
    if (world->bulks_set == world->bulks_made)
        return;
    const struct timeset_bulk *bulk = &world->bulks[world->bulks_set++ % BULKS];
    for (unsigned i = 0; i < bulk->count; i++) {
        uint64_t to[STAMPS];
        past_stamps(world, 1, to);
        set_stamps(world, bulk->files[i], SET_C | SET_M | SET_A, to);
        finish(world, bulk->files[i]);
        label_file(world, bulk->files[i], "bulk-restore");
    }
    folder_times(world, bulk->folder, SET_C | SET_M, some_past(world, 1));
}

/* Folders get their times when all that is in them is there. */
static void alike_folder(struct timeset_world *world) {
    uint64_t packed = some_past(world, 2 * SECOND);
    const uint64_t to[STAMPS] = {packed, packed, 0, packed};
    uint32_t folder = package_folder(world, DOWNLOADS, "folder");
    for (int i = 0; i < 3; i++)
        stamped(world, folder, some_name(world, "leaf"), SET_M, to);
    folder_times(world, folder, SET_C | SET_M | SET_A, packed);
    label_file(world, folder, "folder-times");
}

static void alike_save(struct timeset_world *world) {
    uint32_t id = some_file(world);
    if (id && !file_of(world, id)->link.text)
        label_file(world, safe_save(world, id), "safe-save");
}

/* The same, and later an attribute: the creation time that tunnelling brought back differs from that of the
 * creation in the journal, and a session sets nothing but times, as far as its reasons tell. */
static void alike_save_changed(struct timeset_world *world) {
    uint32_t id = some_file(world);
    if (!id || file_of(world, id)->link.text)
        return;
    id = safe_save(world, id);
    pass(world, 3 * SECOND);
    attributes_some(world, id);
    label_file(world, id, "save-changed");
}

/* A browser: a partial name, the final one, the mark of the web. */
static void alike_download(struct timeset_world *world) {
    uint32_t folder = some_folder(world, DOWNLOADS);
    uint32_t id = written(world, folder, timeset_text(world, "part", "crdownload"));
    pass(world, SECOND);
    finish(world, id);
    rename_file(world, id, folder, some_name(world, "download"));
    finish(world, id);
    mark_file(world, id);
    label_file(world, id, "download");
}

/* One that takes an hour and sets the server's times at its end, in the same session. */
static void alike_long_download(struct timeset_world *world) {
    uint64_t time = some_past(world, SECOND);
    const uint64_t to[STAMPS] = {time, time, 0, 0};
    uint32_t id = make_file(world, mixed_folder(world), some_name(world, "large"), false);
    pass(world, 40 * MINUTE);
    write_file(world, id, some_size(world));
    set_stamps(world, id, SET_C | SET_M, to);
    finish(world, id);
    label_file(world, id, "long-download");
}

/* A move from another volume over a file that is there: its C changes, in a session that also writes it. */
static void alike_move_over(struct timeset_world *world) {
    uint32_t id = some_file(world);
    if (!id)
        return;
    uint64_t to[STAMPS];
    past_stamps(world, 1, to);
    uint32_t size = file_of(world, id)->size;
    truncate_file(world, id);
    write_file(world, id, size > 60 ? size - 16 : size + 16);
    set_stamps(world, id, SET_C | SET_M, to);
    finish(world, id);
    label_file(world, id, "overwriting-move");
}

/* A package of two or three files that share C, M and A to 100 ns. */
static void alike_package(struct timeset_world *world) {
    uint32_t folder = mixed_folder(world);
    uint64_t time = some_past(world, 1);
    const uint64_t to[STAMPS] = {time, time, 0, time};
    for (unsigned i = 0, count = 2 + (unsigned)below(world, 2); i < count; i++) {
        uint32_t id = stamped(world, folder, some_name(world, "cab"), SET_C | SET_M | SET_A, to);
        file_of(world, id)->shared = true;
        label_file(world, id, "small-package");
    }
}

/* An attribute changes on a file that once came from an archive: C is old, and the session sets nothing else.
 */
static void alike_attribute(struct timeset_world *world) {
    for (int tries = 0; tries < 200; tries++) {
        uint32_t id = some_file(world);
        if (!id || file_of(world, id)->si[CREATED] >= file_of(world, id)->name.fn[CREATED])
            continue;
        attributes_some(world, id);
        label_file(world, id, "attribute-change");
        return;
    }
}

/* The same within the journal: creation, with times in the create session, and later a session that sets
 * nothing but an attribute. */
static void alike_extraction_changed(struct timeset_world *world) {
    uint64_t time = some_past(world, 2 * SECOND);
    const uint64_t to[STAMPS] = {time, time, 0, time};
    uint32_t id = stamped(world, mixed_folder(world), some_name(world, "hidden"), SET_C | SET_M | SET_A, to);
    pass(world, 3 * SECOND);
    attributes_some(world, id);
    label_file(world, id, "extraction-changed");
}

static void alike_touch(struct timeset_world *world) {
    uint32_t id = some_file(world);
    if (!id)
        return;
    touch_some(world, id);
    label_file(world, id, "touch");
}

/* A component with a hard link, which has its times set in the create session: only the entry by which it was
 * opened hears of them. */
static void alike_link(struct timeset_world *world) {
    uint64_t to[STAMPS];
    past_stamps(world, 1, to);
    uint32_t id = make_file(world, mixed_folder(world), some_name(world, "component"), false);
    write_file(world, id, some_size(world));
    link_file(world, id, some_folder(world, SYSTEM), some_name(world, "projected"));
    set_stamps(world, id, SET_C | SET_M | SET_A, to);
    finish(world, id);
    label_file(world, id, "hard-link");
}

static void (*const alikes[])(struct timeset_world *world) = {
    alike_extraction,  alike_restore,   alike_renamed,  alike_updater,       alike_zone,
    alike_folder,      alike_save,      alike_download, alike_long_download, alike_move_over,
    alike_package,     alike_attribute, alike_touch,    alike_link,          alike_extraction_changed,
    alike_save_changed};

#endif
