/* stomp_volume: all that a case knows of the times of one volume's files, in memory. For judge/stomp*.c only.
 *
 * Files are numbered from 0 in the order of their artifacts. About 120 bytes a file, 48 a handle session of
 * the journal, and each name that was given up in the journal once. Functions that load return false if the
 * case could not be read or memory runs out. */
#ifndef JUDGE_STOMP_VOLUME_H
#define JUDGE_STOMP_VOLUME_H

#include "base/db.h"
#include "judge/stomp_model.h"

#define STOMP_NONE UINT32_MAX

enum stomp_file_flag {
    STOMP_FOLDER = 1,
    STOMP_DELETED = 2,
    STOMP_IRREGULAR =
        4, /* stamps_irregular (model/stamps.h), and no further name was given at its creation time */
    STOMP_ASKED = 8,    /* `assay time` was asked about it */
    STOMP_PROGRAM = 16, /* a PE */
    STOMP_WEB = 32,     /* it has a Zone.Identifier */
    STOMP_ODD = 64,     /* the journal contradicts itself about it */
    STOMP_SIGNED = 256, /* `content` is what a time stamp on its signature says */
    STOMP_OPEN = 128    /* its last session was not closed */
};

struct stomp_file {
    struct stomp_times times;
    uint64_t size;    /* bytes */
    uint64_t written; /* FILETIME of its last change of content in the log; while loading */
    uint64_t
        content; /* FILETIME before which its content cannot have been: link or signing time; 0 not known */
    uint32_t artifact, record, folder;
    uint32_t first_session, last_session, changes, entries; /* plus one, 0 none */
    uint16_t sequence, flags;                               /* enum stomp_file_flag */
};

/* A pair of creation times in a record of $LogFile, or in an event of Sysmon (2: a process changed it). */
struct stomp_change {
    uint64_t lsn, before, after; /* lsn: of an event its record number */
    uint64_t time;               /* FILETIME when it was written, as far as can be told; 0 not known */
    uint32_t next;               /* of the same file, plus one */
    uint32_t log;                /* artifact of the event log; 0: $LogFile */
    bool written; /* the log has its content changed within a minute before: another file may have come over
                     it */
};

/* An entry of a directory's index, or the same file in a shadow copy, with another creation time. */
struct stomp_entry {
    uint64_t created, changed; /* FILETIME; of a shadow copy, changed is when the copy was made */
    uint64_t offset, size;     /* of the entry in its stream; of the content, bytes */
    uint32_t artifact;         /* the directory, or the file in the copy */
    uint32_t next;
    bool slack, shadow;
};

struct stomp_journal {
    int64_t artifact; /* 0: none */
    bool complete, damaged;
    uint64_t from, to, step; /* FILETIME; by how much the clock was set back at most */
};

struct stomp_log {
    int64_t artifact; /* 0: none */
    bool complete;
    uint64_t from, to; /* FILETIME of the times that it writes */
};

/* The clock was set, by two seconds or more. */
struct stomp_step {
    uint64_t before, after; /* FILETIME */
};

struct stomp_clock {
    bool logs; /* event logs of the machine were read */
    /* Those that event logs tell of. What was made between the two times of one that a journal tells of is in
     * that journal. */
    struct stomp_step *steps;
    uint32_t count; /* the first 4,096 */
    uint64_t told;  /* all of them */
    uint64_t back;  /* by how much it was set back at most, 100 ns */
};

struct stomp_session_link {
    struct stomp_session session;
    uint32_t next; /* plus one */
};

struct stomp_volume {
    int64_t id;
    uint64_t born; /* FILETIME: creation of its $MFT; 0 not known */
    struct stomp_file *files;
    uint32_t count;
    uint32_t *by_record; /* plus one */
    uint32_t record_count;
    uint32_t *by_birth; /* files in the order of their creation in $FILE_NAME */
    struct stomp_session_link *sessions;
    struct stomp_change *changes;
    struct stomp_entry *entries;
    uint32_t session_count, change_count, entry_count;
    size_t file_room, session_room, change_room, entry_room;
    struct stomp_journal journal;
    struct stomp_log log;
    struct stomp_clock clock;
    bool has_shadows;
};

/* Reads volume `id`. `journal` and `log`: their artifacts, 0 none. `asked`: paths that count as asked for are
 * those of the artifacts in table meta under keys that begin with it. Free it in either case. */
bool stomp_volume_load(struct stomp_volume *ret, struct db *db, int64_t id, int64_t journal,
                       int64_t log) MUST_USE;
void stomp_volume_free(struct stomp_volume *volume);

/* The file of a record, if its sequence number is that of the file; STOMP_NONE otherwise. A record that is
 * not in use any more also answers to the sequence number before its own. */
uint32_t stomp_volume_find(const struct stomp_volume *volume, uint64_t record, uint64_t sequence);

/* The file of an artifact; STOMP_NONE if it is none of this volume. */
uint32_t stomp_volume_of(const struct stomp_volume *volume, int64_t artifact);

/* Its sessions in order, at most `room`, the first one and the last ones; equal ones that follow each other
 * are one, the last. Returns how many there are. */
size_t stomp_volume_sessions(const struct stomp_volume *volume, const struct stomp_file *file,
                             struct stomp_session *ret, size_t room);

/* When the file was made, as far as it can be told: by the journal, else by $FILE_NAME unless a rename has
 * copied other times there. *sure: it is not copied. */
uint64_t stomp_volume_birth(const struct stomp_volume *volume, const struct stomp_file *file, bool *sure);

/* Loads by stomp_volume_load; in files of their own. */
bool stomp_history_load(struct stomp_volume *volume, struct db *db) MUST_USE; /* journal and log */
bool stomp_traces_load(struct stomp_volume *volume, struct db *db) MUST_USE;  /* indexes, copies, contents */

bool stomp_events_load(struct stomp_volume *volume, struct db *db) MUST_USE; /* clock, Sysmon */

/* Did the clock show this time, and was it then set back before it? Then it may have been later than what
 * came after it. */
bool stomp_events_took_back(const struct stomp_volume *volume, uint64_t time);

/* Room for one more of `size` bytes; false if memory runs out. */
bool stomp_volume_grow(void **list, size_t count, size_t *room, size_t size) MUST_USE;

#endif
