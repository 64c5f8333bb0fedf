/* Files whose times a stomper has set, in the styles that are known, and whether that can be told. */
#ifndef TEST_TIMESET_STOMP_H
#define TEST_TIMESET_STOMP_H

#include "make/timeset_alike.h"

enum stomp_value {
    VALUE_PAST,      /* some years ago, with all digits */
    VALUE_SECONDS,   /* the same in whole seconds */
    VALUE_FAMOUS,    /* those of a file of the system */
    VALUE_NEIGHBOUR, /* those of a file in the same folder */
    VALUE_HOURS,     /* some hours less than they are */
    VALUE_FUTURE,
    VALUE_DAY_BEFORE,
    VALUE_RECENT, /* within the journal's period */
    VALUE_SAME    /* what they were before it was written to */
};

enum stomp_target { TARGET_DROPPED, TARGET_OWN_SESSION, TARGET_SECONDS_LATER, TARGET_OLD };
enum stomp_after { AFTER_NOTHING, AFTER_RENAME, AFTER_MOVE };

struct stomp_style {
    const char *name;
    unsigned which;
    enum stomp_value value;
    enum stomp_target target;
    enum stomp_after after;
};

static const struct stomp_style stomp_styles[] = {
    {"all-four", SET_C | SET_M | SET_E | SET_A, VALUE_PAST, TARGET_DROPPED, AFTER_NOTHING},
    {"create-modify", SET_C | SET_M, VALUE_PAST, TARGET_DROPPED, AFTER_NOTHING},
    {"clone-system", SET_C | SET_M | SET_A, VALUE_FAMOUS, TARGET_DROPPED, AFTER_NOTHING},
    {"clone-neighbour", SET_C | SET_M | SET_A, VALUE_NEIGHBOUR, TARGET_DROPPED, AFTER_NOTHING},
    {"clone-renamed", SET_C | SET_M | SET_A, VALUE_FAMOUS, TARGET_DROPPED, AFTER_RENAME},
    {"zero-digits", SET_C | SET_M | SET_A, VALUE_SECONDS, TARGET_DROPPED, AFTER_NOTHING},
    {"random-digits", SET_C | SET_M | SET_A, VALUE_PAST, TARGET_DROPPED, AFTER_NOTHING},
    {"dropper", SET_C | SET_M | SET_A, VALUE_PAST, TARGET_OWN_SESSION, AFTER_NOTHING},
    {"next-session", SET_C | SET_M | SET_A, VALUE_PAST, TARGET_SECONDS_LATER, AFTER_NOTHING},
    {"renamed", SET_C | SET_M | SET_A, VALUE_PAST, TARGET_DROPPED, AFTER_RENAME},
    {"moved", SET_C | SET_M | SET_A, VALUE_PAST, TARGET_DROPPED, AFTER_MOVE},
    {"shift-hours", SET_C | SET_M, VALUE_HOURS, TARGET_DROPPED, AFTER_NOTHING},
    {"future", SET_C | SET_M, VALUE_FUTURE, TARGET_DROPPED, AFTER_NOTHING},
    {"day-before", SET_C | SET_M, VALUE_DAY_BEFORE, TARGET_DROPPED, AFTER_NOTHING},
    {"old-file", SET_C | SET_M | SET_A, VALUE_PAST, TARGET_OLD, AFTER_NOTHING},
    {"old-file-recent", SET_C | SET_M, VALUE_RECENT, TARGET_OLD, AFTER_NOTHING},
    {"modified-only", SET_M, VALUE_PAST, TARGET_DROPPED, AFTER_NOTHING},
    {"restored-after-write", SET_C | SET_M | SET_A, VALUE_SAME, TARGET_OLD, AFTER_NOTHING},
    {"journal-deleted", SET_C | SET_M | SET_E | SET_A, VALUE_PAST, TARGET_DROPPED, AFTER_NOTHING},
};

enum { STYLE_COUNT = sizeof stomp_styles / sizeof *stomp_styles - 1, STYLE_JOURNAL_DELETED = STYLE_COUNT };

/* When a file is dropped, used, and stomped; one that is there already is not dropped. */
struct stomp_plan {
    const struct stomp_style *style;
    uint64_t drop, live, set; /* live: 0 if it is not used in between */
    uint32_t file, source;
};

/* ---- whose times ---- */

/* All seven digits of C and of M are there, no package shares them, and the file was never renamed: the times
 * of its $FILE_NAME are one. Two files of a package, of which one was renamed, would look like a clone. */
static bool worth_cloning(const struct timeset_file *file) {
    for (int i = 1; i < STAMPS; i++)
        if (file->name.fn[i] != file->name.fn[0])
            return false;
    if (file->shared)
        return false;
    for (int i = CREATED; i <= MODIFIED; i++)
        for (uint64_t digits = file->si[i] % SECOND, n = 0; n < 7; n++, digits /= 10)
            if (digits % 10 == 0)
                return false;
    return true;
}

static uint32_t neighbour(struct timeset_world *world) {
    for (int tries = 0; tries < 20000; tries++) {
        uint32_t id = some_file(world);
        if (!id || !worth_cloning(file_of(world, id)))
            continue;
        file_of(world, id)->pinned = true;
        return id;
    }
    return 0;
}

/* ---- what happens ---- */

static void stomp_drop(struct timeset_world *world, struct stomp_plan *plan) {
    static const char *const words[] = {"svchelper", "winupd", "msdriver", "netcfg", "spoolex"};
    const struct stomp_style *style = plan->style;
    if (style->target == TARGET_OLD)
        return;
    uint32_t folder = mixed_folder(world);
    if (style->value == VALUE_NEIGHBOUR) {
        plan->source = neighbour(world);
        if (plan->source)
            folder = file_of(world, plan->source)->name.folder;
    }
    plan->file = written(world, folder,
                         timeset_text(world, words[below(world, 5)], chance(world, 60) ? "exe" : "dll"));
    file_of(world, plan->file)->pinned = true;
    if (style->target == TARGET_OWN_SESSION)
        return;
    finish(world, plan->file);
    if (style->target == TARGET_DROPPED && chance(world, 15))
        mark_file(world, plan->file);
}

/* Somebody uses the file, days later: its entry in the directory then says so. */
static void stomp_live(struct timeset_world *world, const struct stomp_plan *plan) {
    if (!plan->file)
        return;
    if (chance(world, 50))
        attributes_some(world, plan->file);
    else
        write_file(world, plan->file, file_of(world, plan->file)->size), finish(world, plan->file);
}

/* An ordinary file that was there before the journal begins. */
static uint32_t old_file(struct timeset_world *world) {
    for (int tries = 0; tries < 2000; tries++) {
        uint32_t id = some_file(world);
        if (id && file_of(world, id)->made < world->journal_from)
            return id;
    }
    return 0;
}

static uint64_t value_of(struct timeset_world *world, const struct stomp_plan *plan,
                         const struct timeset_file *file) {
    uint64_t after = file->made > world->journal_from ? file->made : world->journal_from;
    switch (plan->style->value) {
    case VALUE_DAY_BEFORE:
        return file->made / DAY * DAY - between(world, 1, DAY - 1);
    case VALUE_FUTURE:
        return world->end + between(world, 2 * DAY, 200 * DAY);
    case VALUE_RECENT:
        return after + 2 * DAY + below(world, world->end - after - 3 * DAY);
    default:
        return 0;
    }
}

static void values_of(struct timeset_world *world, const struct stomp_plan *plan, uint64_t to[STAMPS]) {
    const struct timeset_file *file = file_of(world, plan->file);
    uint64_t hours = between(world, 1, 12) * HOUR;
    switch (plan->style->value) {
    case VALUE_PAST:
    case VALUE_SECONDS:
        past_stamps(world, plan->style->value == VALUE_PAST ? 1 : SECOND, to);
        break;
    case VALUE_HOURS:
        for (int i = 0; i < STAMPS; i++)
            to[i] = file->si[i] - hours;
        break;
    case VALUE_SAME:
        memcpy(to, file->si, sizeof file->si);
        break;
    case VALUE_FAMOUS:
    case VALUE_NEIGHBOUR:
        memcpy(to, file_of(world, plan->source)->si, sizeof file->si);
        break;
    default:
        to[CREATED] = value_of(world, plan, file);
        to[MODIFIED] = to[CREATED] + below(world, HOUR);
        to[CHANGED] = to[ACCESSED] = to[MODIFIED];
    }
}

static void stomp_move(struct timeset_world *world, uint32_t id) {
    uint32_t from = file_of(world, id)->name.folder, folder = from;
    while (folder == from)
        folder = mixed_folder(world);
    rename_file(world, id, folder, file_of(world, id)->name.text);
    finish(world, id);
}

static void stomp_set(struct timeset_world *world, struct stomp_plan *plan) {
    const struct stomp_style *style = plan->style;
    uint64_t to[STAMPS];
    if (style->target == TARGET_OLD)
        plan->file = old_file(world);
    if (style->value == VALUE_FAMOUS || (style->value == VALUE_NEIGHBOUR && !plan->source))
        plan->source = world->famous[below(world, 3) ? below(world, FAMOUS) : 0];
    if (!plan->file)
        return;
    values_of(world, plan, to);
    if (style->value == VALUE_SAME) {
        write_file(world, plan->file, file_of(world, plan->file)->size);
        finish(world, plan->file);
        pass(world, 2 * SECOND);
    }
    uint64_t created = file_of(world, plan->file)->si[CREATED];
    set_stamps(world, plan->file, style->which, to);
    uint64_t when = clock_of(world);
    finish(world, plan->file);
    struct timeset_label *label = label_file(world, plan->file, style->name);
    label->stomped = true;
    label->source = plan->source;
    label->set = when;
    label->moved_created = file_of(world, plan->file)->si[CREATED] + 2 * SECOND < created ||
                           created + 2 * SECOND < file_of(world, plan->file)->si[CREATED];
    label->in_own_session = style->target == TARGET_OWN_SESSION;
    label->laundered = style->after != AFTER_NOTHING;
    pass(world, 2 * SECOND);
    if (style->after == AFTER_RENAME)
        rename_some(world, plan->file);
    if (style->after == AFTER_MOVE) {
        stomp_move(world, plan->file);
    }
}

#endif
