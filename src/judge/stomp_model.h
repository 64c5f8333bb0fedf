/* stomp_model: does any innocent sequence of operations explain the times of a file? For judge/stomp*.c only.
 *
 * The operations are data (judge/stomp_operations.def). A sequence begins with one that makes the file. Where
 * a change journal tells of the file, each of its handle sessions is one operation that leaves such marks,
 * and what lies before the journal is free; without one, up to two operations follow the first. Times that
 * must be one are compared with STOMP_SAME of slack. A given time may lie at most STOMP_AHEAD after its
 * operation: archives and FAT volumes hold local time.
 *
 * The work is bounded: at most STOMP_SESSIONS sessions count (the last ones; what lies before them is then
 * free), at most STOMP_STATES states are followed. */
#ifndef JUDGE_STOMP_MODEL_H
#define JUDGE_STOMP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STOMP_SECOND ((uint64_t)10000000)
#define STOMP_SAME   (2 * STOMP_SECOND)
#define STOMP_AHEAD  (26 * 3600 * STOMP_SECOND)

enum { STOMP_SESSIONS = 16, STOMP_STATES = 256, STOMP_LENGTH = 2 * STOMP_SESSIONS + 3 };

/* Creation, modification, change, access; as in model/listing.h. */
struct stomp_times {
    uint64_t si[4], fn[4];
};

enum stomp_mark { /* of a handle session in the change journal */
                  STOMP_CREATE = 1,
                  STOMP_DATA = 2,   /* the unnamed stream was written, extended or cut */
                  STOMP_BASIC = 4,  /* times or attributes were set */
                  STOMP_RENAME = 8, /* it got a new name */
                  STOMP_FREED = 16 /* that name, or the one it was made with, had been another file's up to 20
                                      s before */
};

struct stomp_session {
    uint64_t start, end; /* FILETIME of its first and last record */
    uint64_t usn;        /* of its first record */
    uint64_t old;     /* FILETIME of the creation of the file that gave up the name, if FREED; 0 not known */
    uint64_t set_usn; /* of its first record with BASIC_INFO_CHANGE; 0 none */
    unsigned marks;   /* enum stomp_mark */
};

/* What a journal tells of a file: all its sessions since `from`, in order. */
struct stomp_past {
    uint64_t from; /* FILETIME since when nothing is missing */
    uint64_t step; /* by how much the clock was ever set back in that time; slack for what may lie ahead */
    const struct stomp_session *sessions;
    size_t count;
};

enum stomp_stamp { /* bits */
                   STOMP_SI_CREATED = 1,
                   STOMP_SI_MODIFIED = 2,
                   STOMP_SI_CHANGED = 4,
                   STOMP_FN_CREATED = 8,
                   STOMP_FN_MODIFIED = 16,
                   STOMP_FN_CHANGED = 32
};

struct stomp_answer {
    uint8_t operations[STOMP_LENGTH]; /* of the sequence that comes closest, first to last */
    size_t count;
    unsigned fails; /* enum stomp_stamp: times that it does not explain; 0: all are explained */
    bool reaches;   /* the journal tells of the file's creation */
    bool cut;       /* bounds were met: other sequences were not tried */
    bool by_tunnel; /* the creation time is explained by tunnelling, or is free since the file was made */
    bool by_later;  /* it is what a program was told that met a file which was there */
    bool by_given;  /* the creation time is what a program was told */
};

/* `past` NULL: by the MFT record alone. `folder`: it is one. Of sequences that fail, the one that explains
 * the creation time, and then most others, is the closest. */
void stomp_model_explain(const struct stomp_times *times, const struct stomp_past *past, bool folder,
                         struct stomp_answer *ret);

/* Name of an operation, and what it does; constant. NULL beyond the last one. */
const char *stomp_model_name(unsigned operation);
const char *stomp_model_text(unsigned operation);

#endif
