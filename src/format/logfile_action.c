#include "format/logfile_action.h"

#include "format/logfile_page.h"
#include "format/ntfs_boot.h"

enum {
    ACTION = 32,             /* bytes before the list of clusters */
    CHECKPOINT_CLUSTER = 80, /* where a checkpoint states the cluster size */
    TABLE = 24,              /* bytes before the first entry of a table */
    OLD_ENTRY = 44,          /* bytes of an entry of the first version of the table of open attributes */
    NEW_ENTRY = 40,          /* and of the second */
    KEYS = 65536 / 4,        /* keys are offsets in that table, multiples of 4 */
    CLUSTER_MIN_BITS = 9,    /* bits of a cluster's size */
    CLUSTER_MAX_BITS = 21
};
#define ALLOCATED 0xffffffffu         /* first word of an entry that is in use */
#define VCN_MAX   ((uint64_t)1 << 40) /* more clusters than a $MFT has */

const char *logfile_operation_name(unsigned operation) {
    static const char *const names[LOGFILE_OPERATIONS] = {
        "Noop",
        "CompensationLogRecord",
        "InitializeFileRecordSegment",
        "DeallocateFileRecordSegment",
        "WriteEndOfFileRecordSegment",
        "CreateAttribute",
        "DeleteAttribute",
        "UpdateResidentValue",
        "UpdateNonresidentValue",
        "UpdateMappingPairs",
        "DeleteDirtyClusters",
        "SetNewAttributeSizes",
        "AddIndexEntryRoot",
        "DeleteIndexEntryRoot",
        "AddIndexEntryAllocation",
        "DeleteIndexEntryAllocation",
        "WriteEndOfIndexBuffer",
        "SetIndexEntryVcnRoot",
        "SetIndexEntryVcnAllocation",
        "UpdateFileNameRoot",
        "UpdateFileNameAllocation",
        "SetBitsInNonresidentBitMap",
        "ClearBitsInNonresidentBitMap",
        "HotFix",
        "EndTopLevelAction",
        "PrepareTransaction",
        "CommitTransaction",
        "ForgetTransaction",
        "OpenNonresidentAttribute",
        "OpenAttributeTableDump",
        "AttributeNamesDump",
        "DirtyPageTableDump",
        "TransactionTableDump",
        "UpdateRecordDataRoot",
        "UpdateRecordDataAllocation",
        "UpdateRelativeDataIndex",
        "UpdateRelativeDataAllocation",
        "ZeroEndOfFileRecord",
    };
    return operation < LOGFILE_OPERATIONS ? names[operation] : NULL;
}

bool logfile_operation_on_record(unsigned operation) {
    switch (operation) {
    case LOGFILE_INIT_RECORD:
    case LOGFILE_FREE_RECORD:
    case LOGFILE_WRITE_END_OF_RECORD:
    case LOGFILE_CREATE_ATTRIBUTE:
    case LOGFILE_DELETE_ATTRIBUTE:
    case LOGFILE_UPDATE_RESIDENT:
    case LOGFILE_UPDATE_MAPPING_PAIRS:
    case LOGFILE_SET_SIZES:
    case LOGFILE_ADD_ENTRY_ROOT:
    case LOGFILE_DELETE_ENTRY_ROOT:
    case LOGFILE_SET_VCN_ROOT:
    case LOGFILE_UPDATE_NAME_ROOT:
    case LOGFILE_UPDATE_DATA_ROOT:
    case LOGFILE_UPDATE_RELATIVE_ROOT:
    case LOGFILE_ZERO_END_OF_RECORD:
        return true;
    default:
        return false;
    }
}

static bool take_part(struct span data, uint16_t at, uint16_t size, struct span *ret) {
    bool inside = size == 0 || (at >= ACTION && span_holds(data, at, size));
    *ret = size > 0 && inside ? span_part(data, at, size) : span_part(data, data.size, 0);
    return inside;
}

bool logfile_action_read(struct span data, struct logfile_action *ret) {
    struct cursor c = cursor_of(data);
    ret->redo = cursor_u16(&c);
    ret->undo = cursor_u16(&c);
    uint16_t redo_at = cursor_u16(&c), redo_size = cursor_u16(&c);
    uint16_t undo_at = cursor_u16(&c), undo_size = cursor_u16(&c);
    ret->attribute = cursor_u16(&c);
    cursor_skip(&c, 2);
    ret->record_at = cursor_u16(&c);
    ret->attribute_at = cursor_u16(&c);
    ret->block = cursor_u16(&c);
    ret->block_size = cursor_u16(&c);
    ret->vcn = cursor_u64(&c);
    bool after = take_part(data, redo_at, redo_size, &ret->after);
    bool before = take_part(data, undo_at, undo_size, &ret->before);
    return !c.torn && after && before;
}

static bool is_size(uint32_t size, uint32_t low, uint32_t high) {
    return size >= low && size <= high && (size & (size - 1)) == 0;
}

/* A file record that knows its number and lies at a known place tells the size of a cluster. Only the start
 * of the data is looked at: they may go on in another page. */
static void learn_record(struct logfile_geometry *geometry, struct span data) {
    struct cursor c = cursor_of(data);
    uint16_t redo = cursor_u16(&c);
    cursor_skip(&c, 2);
    uint16_t at = cursor_u16(&c);
    cursor_seek(&c, 20);
    uint16_t block = cursor_u16(&c);
    cursor_skip(&c, 2);
    uint64_t vcn = cursor_u64(&c);
    struct span record = span_from(data, at);
    if (c.torn || redo != LOGFILE_INIT_RECORD || at < ACTION || !span_starts(record, "FILE", 4))
        return;
    c = cursor_of(record);
    cursor_skip(&c, 4);
    bool numbered = cursor_u16(&c) >= 0x30;
    cursor_seek(&c, 0x1c);
    uint32_t size = cursor_u32(&c);
    cursor_seek(&c, 0x2c);
    uint64_t number = cursor_u32(&c), place = number * size;
    if (c.torn || !is_size(size, LOGFILE_SECTOR, NTFS_RECORD_MAX))
        return;
    geometry->record = size;
    uint64_t rest = (uint64_t)block * LOGFILE_SECTOR;
    if (!numbered || vcn == 0 || vcn > VCN_MAX || place <= rest || (place - rest) % vcn != 0)
        return;
    uint64_t cluster = (place - rest) / vcn;
    for (unsigned bit = CLUSTER_MIN_BITS; bit <= CLUSTER_MAX_BITS; bit++)
        geometry->votes[bit] += cluster == (uint64_t)1 << bit;
}

void logfile_geometry_learn(struct logfile_geometry *geometry, uint32_t type, struct span data) {
    if (type == LOGFILE_UPDATE) {
        learn_record(geometry, data);
        return;
    }
    struct cursor c = cursor_of(data);
    cursor_seek(&c, CHECKPOINT_CLUSTER);
    uint32_t size = cursor_u32(&c);
    if (!c.torn && is_size(size, LOGFILE_SECTOR, NTFS_CLUSTER_MAX))
        geometry->stated = size;
}

void logfile_geometry_settle(struct logfile_geometry *geometry) {
    unsigned best = 0;
    for (unsigned bit = CLUSTER_MIN_BITS; bit <= CLUSTER_MAX_BITS; bit++)
        if (geometry->votes[bit] > geometry->votes[best])
            best = bit;
    if (geometry->stated) {
        geometry->cluster = geometry->stated;
        geometry->sizes = LOGFILE_STATED;
    } else if (best > 0) {
        geometry->cluster = (uint32_t)1 << best;
        geometry->sizes = LOGFILE_SHOWN;
    }
}

bool logfile_target(const struct logfile_geometry *geometry, const struct logfile_action *action,
                    uint64_t *ret) {
    bool on_record = logfile_operation_on_record(action->redo) ||
                     (action->redo == LOGFILE_NOOP && logfile_operation_on_record(action->undo));
    if (!on_record || action->vcn > VCN_MAX)
        return false;
    uint32_t size = (uint32_t)action->block_size * LOGFILE_SECTOR;
    if (!is_size(size, LOGFILE_SECTOR, NTFS_RECORD_MAX))
        size = geometry->record;
    uint64_t place = action->vcn * geometry->cluster + (uint64_t)action->block * LOGFILE_SECTOR;
    *ret = place / size;
    return place % size == 0;
}

bool logfile_attributes_new(struct job *job, struct logfile_attributes *ret) {
    ret->slots = job_alloc(job, KEYS, sizeof *ret->slots);
    return ret->slots != NULL;
}

static struct logfile_attribute *slot_of(const struct logfile_attributes *attributes, uint64_t key) {
    return key >= TABLE && key % 4 == 0 && key / 4 < KEYS ? &attributes->slots[key / 4] : NULL;
}

static enum logfile_named name_of(struct span name) {
    static const uint8_t i30[] = {'$', 0, 'I', 0, '3', 0, '0', 0};
    if (name.size == 0)
        return LOGFILE_NAME_UNKNOWN;
    return name.size == sizeof i30 && span_starts(name, i30, sizeof i30) ? LOGFILE_NAME_I30
                                                                         : LOGFILE_NAME_OTHER;
}

/* One entry, of whichever version its size tells; free entries are left alone. */
static void take_entry(struct logfile_attribute *slot, struct span entry) {
    struct cursor c = cursor_of(entry);
    uint32_t used = cursor_u32(&c), type;
    uint64_t reference;
    bool old = entry.size >= OLD_ENTRY;
    cursor_seek(&c, 8);
    if (old) {
        reference = cursor_u64(&c);
        cursor_seek(&c, 0x1c);
        type = cursor_u32(&c);
    } else {
        type = cursor_u32(&c);
        cursor_skip(&c, 4);
        reference = cursor_u64(&c);
    }
    if (c.torn || entry.size < NEW_ENTRY || used != ALLOCATED || !slot)
        return;
    *slot = (struct logfile_attribute){.reference = reference, .type = type};
}

static void take_table(struct logfile_attributes *attributes, struct span table) {
    struct cursor c = cursor_of(table);
    uint16_t size = cursor_u16(&c), count = cursor_u16(&c);
    if (c.torn || size < NEW_ENTRY || size > 2 * OLD_ENTRY)
        return;
    for (uint64_t i = 0, at = TABLE; i < count && span_holds(table, at, size); i++, at += size)
        take_entry(slot_of(attributes, at), span_part(table, at, size));
}

static void take_names(struct logfile_attributes *attributes, struct span names) {
    struct cursor c = cursor_of(names);
    for (;;) {
        struct logfile_attribute *slot = slot_of(attributes, cursor_u16(&c));
        struct span name = cursor_take(&c, cursor_u16(&c));
        if (c.torn || name.size == 0)
            return;
        if (slot)
            slot->named = (uint8_t)name_of(name);
        cursor_skip(&c, 2); /* a zero behind the name */
    }
}

void logfile_attributes_take(struct logfile_attributes *attributes, const struct logfile_action *action) {
    struct logfile_attribute *slot = slot_of(attributes, action->attribute);
    switch (action->redo) {
    case LOGFILE_OPEN_ATTRIBUTE:
        take_entry(slot, action->after);
        if (slot)
            slot->named = (uint8_t)name_of(action->before);
        return;
    case LOGFILE_OPEN_ATTRIBUTES:
        take_table(attributes, action->after);
        return;
    case LOGFILE_ATTRIBUTE_NAMES:
        take_names(attributes, action->after);
        return;
    default:
        return;
    }
}

const struct logfile_attribute *logfile_attributes_find(const struct logfile_attributes *attributes,
                                                        uint16_t key) {
    const struct logfile_attribute *slot = slot_of(attributes, key);
    return slot && slot->type != 0 ? slot : NULL;
}
