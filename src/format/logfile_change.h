/* logfile_change: what an action of $LogFile changes of a file's times and names.
 *
 * A value "after" is what the action writes, "before" what it replaces. Of a partial update only fields that
 * lie wholly in the written range are known. Spans point into the action's data. */
#ifndef FORMAT_LOGFILE_CHANGE_H
#define FORMAT_LOGFILE_CHANGE_H

#include "format/logfile_action.h"

enum logfile_what {
    LOGFILE_OTHER,     /* nothing of this kind */
    LOGFILE_SI_UPDATE, /* a part of $STANDARD_INFORMATION is overwritten */
    LOGFILE_SI_CREATE, /* the attribute is created */
    LOGFILE_SI_DELETE, /* deleted, or moved to another record */
    LOGFILE_FN_CREATE, /* the same of $FILE_NAME */
    LOGFILE_FN_DELETE,
    LOGFILE_FN_UPDATE, /* a whole $FILE_NAME is overwritten */
    LOGFILE_INDEX_ADD, /* an entry of a folder; its key is a $FILE_NAME */
    LOGFILE_INDEX_DELETE,
    LOGFILE_INDEX_UPDATE, /* times, sizes and flags in an entry; the action does not name it */
    LOGFILE_RECORD_INIT,  /* a file record is written: new, or anew */
    LOGFILE_RECORD_OLD,   /* the file record as it was before that */
    LOGFILE_RECORD_FREE   /* a file record is freed */
};

struct logfile_times {
    uint64_t at[4]; /* FILETIME: created, modified, record changed, accessed */
    bool known[4];
};

struct logfile_change {
    enum logfile_what what;
    bool has_record, has_sequence, has_name, has_file;
    uint64_t record; /* number of the file record that is changed; of an index, that of its folder */
    uint16_t sequence;
    uint32_t
        attribute; /* type of the attribute that is changed; 0 if it is the record itself, or not known */
    struct logfile_times before, after; /* of $STANDARD_INFORMATION; of fn_ and index_, of $FILE_NAME */
    struct logfile_times names; /* of record_: times of its $FILE_NAME; before or after, as the record */
    uint64_t parent; /* with has_name: from the $FILE_NAME. Of several, the first that is no DOS name */
    uint16_t parent_sequence;
    uint8_t namespace; /* enum ntfs_namespace */
    struct span name;  /* UTF-16LE */
    uint64_t file;     /* with has_file: what an index entry points to */
    uint16_t file_sequence;
};

/* False if it changes nothing of this kind. `attributes` as of this action. */
bool logfile_change_of(const struct logfile_action *action, const struct logfile_geometry *geometry,
                       const struct logfile_attributes *attributes, struct logfile_change *ret);

/* "si_update", "si_create", "si_delete", "fn_create", "fn_delete", "fn_update", "index_add", "index_delete",
 * "index_update", "record_init", "record_old", "record_free"; "other". */
const char *logfile_what_word(enum logfile_what what);

#endif
