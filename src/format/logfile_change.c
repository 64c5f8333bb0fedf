#include "format/logfile_change.h"

#include "format/logfile_page.h"
#include "format/ntfs_record.h"

enum {
    VALUE = 24,        /* first byte of a resident attribute's value, if it has no name */
    SI_SIZE = 72,      /* bytes of $STANDARD_INFORMATION, at most */
    NAME_FIXED = 66,   /* bytes of $FILE_NAME before the name */
    ENTRY = 16,        /* bytes of an index entry before its key */
    RECORD_FIXED = 48, /* bytes of a file record before its fixups, NTFS 3.1 */
    RECORD_OLD = 42    /* and before */
};

/* The times of a value of which bytes [from, from + part.size) are there. */
static struct logfile_times times_of(struct span part, uint64_t from) {
    struct logfile_times ret = {0};
    for (unsigned i = 0; i < 4; i++) {
        struct cursor c = cursor_of(part);
        uint64_t at = 8u * i;
        if (from > at)
            continue;
        cursor_seek(&c, at - from);
        uint64_t time = cursor_u64(&c);
        ret.known[i] = !c.torn;
        ret.at[i] = time;
    }
    return ret;
}

static struct logfile_times times_in(const uint64_t times[4]) {
    struct logfile_times ret;
    for (unsigned i = 0; i < 4; i++) {
        ret.at[i] = times[i];
        ret.known[i] = true;
    }
    return ret;
}

static void take_name(const struct ntfs_file_name *name, struct logfile_change *ret) {
    ret->has_name = true;
    ret->parent = name->parent;
    ret->parent_sequence = name->parent_sequence;
    ret->namespace = name->namespace;
    ret->name = name->name;
}

/* $STANDARD_INFORMATION is the first attribute of a base record: attributes are sorted by type, and no type
 * is smaller. So it starts where the fixups end, which depends on the record's size alone. */
static bool at_standard_information(const struct logfile_action *action,
                                    const struct logfile_geometry *geometry, uint64_t size) {
    uint32_t record =
        action->block_size > 0 ? (uint32_t)action->block_size * LOGFILE_SECTOR : geometry->record;
    uint32_t fixups = 2 * (record / LOGFILE_SECTOR + 1);
    uint32_t now = (RECORD_FIXED + fixups + 7) / 8 * 8, before = (RECORD_OLD + fixups + 7) / 8 * 8;
    return (action->record_at == now || action->record_at == before) && action->attribute_at >= VALUE &&
           action->attribute_at <= VALUE + SI_SIZE &&
           size <= (uint64_t)VALUE + SI_SIZE - action->attribute_at;
}

static bool whole_name(struct span value, struct ntfs_file_name *ret) {
    return ntfs_file_name_read(value, ret) && value.size == NAME_FIXED + ret->name.size &&
           ret->namespace <= 3;
}

static bool resident(const struct logfile_action *action, const struct logfile_geometry *geometry,
                     struct logfile_change *ret) {
    struct ntfs_file_name before, after;
    uint64_t size = action->after.size > action->before.size ? action->after.size : action->before.size;
    if (size > 0 && at_standard_information(action, geometry, size)) {
        ret->what = LOGFILE_SI_UPDATE;
        ret->attribute = NTFS_STANDARD_INFORMATION;
        ret->before = times_of(action->before, action->attribute_at - VALUE);
        ret->after = times_of(action->after, action->attribute_at - VALUE);
        return true;
    }
    if (action->attribute_at != VALUE || !whole_name(action->after, &after) ||
        !whole_name(action->before, &before))
        return false;
    ret->what = LOGFILE_FN_UPDATE;
    ret->attribute = NTFS_FILE_NAME;
    ret->before = times_in(before.times);
    ret->after = times_in(after.times);
    take_name(&after, ret);
    return true;
}

/* An attribute that is created, from the data to redo, or deleted, from those to undo. */
static bool attribute(struct span data, bool deleted, struct logfile_change *ret) {
    struct ntfs_attributes it = {cursor_of(data), false};
    struct ntfs_attribute found;
    struct ntfs_standard_information si;
    struct ntfs_file_name name;
    struct logfile_times *times = deleted ? &ret->before : &ret->after;
    struct span value;
    if (data.size < VALUE || !ntfs_record_next(&it, &found) || !ntfs_attribute_value(&found, &value))
        return false;
    ret->attribute = found.type;
    if (found.type == NTFS_STANDARD_INFORMATION && ntfs_standard_information_read(value, &si)) {
        ret->what = deleted ? LOGFILE_SI_DELETE : LOGFILE_SI_CREATE;
        *times = times_in(si.times);
        return true;
    }
    if (found.type == NTFS_FILE_NAME && ntfs_file_name_read(value, &name)) {
        ret->what = deleted ? LOGFILE_FN_DELETE : LOGFILE_FN_CREATE;
        *times = times_in(name.times);
        take_name(&name, ret);
        return true;
    }
    return false;
}

static void take_attribute(const struct ntfs_attribute *found, struct logfile_times *times,
                           struct logfile_change *ret) {
    struct ntfs_standard_information si;
    struct ntfs_file_name name;
    struct span value;
    if (!ntfs_attribute_value(found, &value))
        return;
    if (found->type == NTFS_STANDARD_INFORMATION && ntfs_standard_information_read(value, &si))
        *times = times_in(si.times);
    if (found->type != NTFS_FILE_NAME || !ntfs_file_name_read(value, &name))
        return;
    if (ret->has_name && (ret->namespace != NTFS_DOS || name.namespace == NTFS_DOS))
        return;
    take_name(&name, ret);
    ret->names = times_in(name.times);
}

/* A file record, as it is in memory: without fixups, and cut behind its last attribute. */
static bool record(struct span data, enum logfile_what what, struct logfile_change *ret) {
    struct cursor c = cursor_of(data);
    struct logfile_times *times = what == LOGFILE_RECORD_INIT ? &ret->after : &ret->before;
    ret->what = what;
    if (!span_starts(data, "FILE", 4))
        return what == LOGFILE_RECORD_FREE;
    cursor_seek(&c, 4);
    bool numbered = cursor_u16(&c) >= RECORD_FIXED;
    cursor_seek(&c, 16);
    ret->sequence = cursor_u16(&c);
    ret->has_sequence = !c.torn;
    cursor_skip(&c, 2);
    struct ntfs_record bytes = {.bytes = data, .attributes = cursor_u16(&c)};
    cursor_seek(&c, 0x2c);
    uint32_t number = cursor_u32(&c);
    if (c.torn) /* records that are freed are told by the start of their header */
        return true;
    if (numbered) {
        ret->record = number;
        ret->has_record = true;
    }
    struct ntfs_attributes it = ntfs_record_attributes(&bytes);
    struct ntfs_attribute found;
    while (ntfs_record_next(&it, &found))
        take_attribute(&found, times, ret);
    return true;
}

/* Indexes of other kinds have other keys, which a $FILE_NAME's length gives away. */
static bool entry(struct span data, bool deleted, struct logfile_change *ret) {
    struct ntfs_file_name name;
    struct cursor c = cursor_of(data);
    uint64_t reference = cursor_u64(&c);
    uint16_t size = cursor_u16(&c), key = cursor_u16(&c);
    if (c.torn || size < ENTRY || size > data.size || key > size - ENTRY ||
        !whole_name(span_part(data, ENTRY, key), &name))
        return false;
    ret->what = deleted ? LOGFILE_INDEX_DELETE : LOGFILE_INDEX_ADD;
    *(deleted ? &ret->before : &ret->after) = times_in(name.times);
    take_name(&name, ret);
    ret->has_file = true;
    ret->file = NTFS_REFERENCE(reference);
    ret->file_sequence = (uint16_t)(reference >> 48);
    return true;
}

static bool update_entry(const struct logfile_action *action, struct logfile_change *ret) {
    ret->what = LOGFILE_INDEX_UPDATE;
    ret->before = times_of(action->before, 0);
    ret->after = times_of(action->after, 0);
    return true;
}

/* The folder that an index belongs to, by the table of open attributes. False if that knows it to be another
 * kind of index. */
static bool find_index(const struct logfile_action *action, const struct logfile_attributes *attributes,
                       struct logfile_change *ret) {
    const struct logfile_attribute *index = logfile_attributes_find(attributes, action->attribute);
    ret->attribute = NTFS_INDEX_ALLOCATION;
    if (!index)
        return true;
    ret->has_record = ret->has_sequence = true;
    ret->record = NTFS_REFERENCE(index->reference);
    ret->sequence = (uint16_t)(index->reference >> 48);
    return index->type == NTFS_INDEX_ALLOCATION && index->named != LOGFILE_NAME_OTHER;
}

static bool of_index(const struct logfile_action *action, const struct logfile_attributes *attributes,
                     struct logfile_change *ret) {
    switch (action->redo) {
    case LOGFILE_ADD_ENTRY_ROOT:
        ret->attribute = NTFS_INDEX_ROOT;
        return entry(action->after, false, ret);
    case LOGFILE_DELETE_ENTRY_ROOT:
        ret->attribute = NTFS_INDEX_ROOT;
        return entry(action->before, true, ret);
    case LOGFILE_UPDATE_NAME_ROOT:
        ret->attribute = NTFS_INDEX_ROOT;
        return update_entry(action, ret);
    case LOGFILE_ADD_ENTRY_ALLOCATION:
        return find_index(action, attributes, ret) && entry(action->after, false, ret);
    case LOGFILE_DELETE_ENTRY_ALLOCATION:
        return find_index(action, attributes, ret) && entry(action->before, true, ret);
    case LOGFILE_UPDATE_NAME_ALLOCATION:
        return find_index(action, attributes, ret) && update_entry(action, ret);
    default:
        return false;
    }
}

bool logfile_change_of(const struct logfile_action *action, const struct logfile_geometry *geometry,
                       const struct logfile_attributes *attributes, struct logfile_change *ret) {
    *ret = (struct logfile_change){0};
    ret->has_record = logfile_target(geometry, action, &ret->record);
    switch (action->redo) {
    case LOGFILE_INIT_RECORD:
        return record(action->after, LOGFILE_RECORD_INIT, ret);
    case LOGFILE_FREE_RECORD:
        return record(action->before, LOGFILE_RECORD_FREE, ret);
    case LOGFILE_NOOP:
        return action->undo == LOGFILE_INIT_RECORD && record(action->before, LOGFILE_RECORD_OLD, ret);
    case LOGFILE_CREATE_ATTRIBUTE:
        return attribute(action->after, false, ret);
    case LOGFILE_DELETE_ATTRIBUTE:
        return attribute(action->before, true, ret);
    case LOGFILE_UPDATE_RESIDENT:
        return resident(action, geometry, ret);
    default:
        return of_index(action, attributes, ret);
    }
}

const char *logfile_what_word(enum logfile_what what) {
    static const char *const words[] = {
        "other",     "si_update",    "si_create",    "si_delete",   "fn_create",  "fn_delete",  "fn_update",
        "index_add", "index_delete", "index_update", "record_init", "record_old", "record_free"};
    return (unsigned)what <= LOGFILE_RECORD_FREE ? words[what] : "?";
}
