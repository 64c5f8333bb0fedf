/* logfile_action: what NTFS wrote into a record of $LogFile: an operation to redo, one to undo, and where.
 *
 * Spans point into the record's data. Nothing is allocated but the table of open attributes. */
#ifndef FORMAT_LOGFILE_ACTION_H
#define FORMAT_LOGFILE_ACTION_H

#include "base/job.h"
#include "base/span.h"

enum logfile_operation {
    LOGFILE_NOOP,
    LOGFILE_COMPENSATION,
    LOGFILE_INIT_RECORD,
    LOGFILE_FREE_RECORD,
    LOGFILE_WRITE_END_OF_RECORD,
    LOGFILE_CREATE_ATTRIBUTE,
    LOGFILE_DELETE_ATTRIBUTE,
    LOGFILE_UPDATE_RESIDENT,
    LOGFILE_UPDATE_NONRESIDENT,
    LOGFILE_UPDATE_MAPPING_PAIRS,
    LOGFILE_DELETE_DIRTY_CLUSTERS,
    LOGFILE_SET_SIZES,
    LOGFILE_ADD_ENTRY_ROOT,
    LOGFILE_DELETE_ENTRY_ROOT,
    LOGFILE_ADD_ENTRY_ALLOCATION,
    LOGFILE_DELETE_ENTRY_ALLOCATION,
    LOGFILE_WRITE_END_OF_INDEX,
    LOGFILE_SET_VCN_ROOT,
    LOGFILE_SET_VCN_ALLOCATION,
    LOGFILE_UPDATE_NAME_ROOT,
    LOGFILE_UPDATE_NAME_ALLOCATION,
    LOGFILE_SET_BITS,
    LOGFILE_CLEAR_BITS,
    LOGFILE_HOT_FIX,
    LOGFILE_END_TOP_LEVEL,
    LOGFILE_PREPARE,
    LOGFILE_COMMIT,
    LOGFILE_FORGET,
    LOGFILE_OPEN_ATTRIBUTE,
    LOGFILE_OPEN_ATTRIBUTES,
    LOGFILE_ATTRIBUTE_NAMES,
    LOGFILE_DIRTY_PAGES,
    LOGFILE_TRANSACTIONS,
    LOGFILE_UPDATE_DATA_ROOT,
    LOGFILE_UPDATE_DATA_ALLOCATION,
    LOGFILE_UPDATE_RELATIVE_ROOT,
    LOGFILE_UPDATE_RELATIVE_ALLOCATION,
    LOGFILE_ZERO_END_OF_RECORD,
    LOGFILE_OPERATIONS /* how many are known */
};

/* The name that Microsoft gave it, NULL for what is not known. */
const char *logfile_operation_name(unsigned operation);

/* Whether an operation is one on a file record of $MFT, so that its place tells the record. */
bool logfile_operation_on_record(unsigned operation);

struct logfile_action {
    uint16_t redo, undo;        /* enum logfile_operation; others exist */
    struct span after, before;  /* data to redo, to undo */
    uint16_t attribute;         /* key in the table of open attributes */
    uint16_t record_at;         /* of the attribute in its file record, or of an index block's part */
    uint16_t attribute_at;      /* in the attribute or the index block */
    uint16_t block, block_size; /* sectors from the cluster's start; sectors of the target, 0 if not said */
    uint64_t vcn;               /* of the target */
};

/* Data of a record of type LOGFILE_UPDATE. False if it is too short, or one of its parts lies outside. */
bool logfile_action_read(struct span data, struct logfile_action *ret) __attribute__((warn_unused_result));

/* --- sizes of the volume, which the log does not state plainly --- */

enum logfile_sizes {
    LOGFILE_ASSUMED, /* the usual ones: 4096 and 1024 */
    LOGFILE_SHOWN,   /* file records in the log that know their number agree on it */
    LOGFILE_STATED   /* by a checkpoint, as Windows 7 and later write it */
};

struct logfile_geometry {
    uint32_t cluster, record; /* bytes of a cluster and of a file record */
    enum logfile_sizes sizes;
    uint32_t votes[32]; /* for clusters of 1 << n bytes */
    uint32_t stated;    /* 0 if no checkpoint did */
};

static inline struct logfile_geometry logfile_geometry_new(void) {
    return (struct logfile_geometry){.cluster = 4096, .record = 1024};
}

/* Learns what the first bytes of a record's data tell. */
void logfile_geometry_learn(struct logfile_geometry *geometry, uint32_t type, struct span data);

/* After the last one: sets cluster, record and sizes. */
void logfile_geometry_settle(struct logfile_geometry *geometry);

/* The file record that an action is on; false if it is on something else, or its place makes no sense. */
bool logfile_target(const struct logfile_geometry *geometry, const struct logfile_action *action,
                    uint64_t *ret);

/* --- attributes that are open, by their key --- */

enum logfile_named { LOGFILE_NAME_UNKNOWN, LOGFILE_NAME_I30, LOGFILE_NAME_OTHER };

struct logfile_attribute {
    uint64_t reference; /* file reference: record number, and 16 bits sequence number */
    uint32_t type;      /* 0: not known */
    uint8_t named;      /* enum logfile_named */
};

struct logfile_attributes {
    struct logfile_attribute *slots; /* one for every key that can be */
};

/* False if memory runs out. */
bool logfile_attributes_new(struct job *job, struct logfile_attributes *ret) MUST_USE;

/* Takes what an action says of open attributes. For actions in the order of their LSN. */
void logfile_attributes_take(struct logfile_attributes *attributes, const struct logfile_action *action);

/* NULL if it is not known. */
const struct logfile_attribute *logfile_attributes_find(const struct logfile_attributes *attributes,
                                                        uint16_t key);

#endif
