/* stomp_suspect: a file whose times something other than a plain creation made, and what speaks for and
 * against it. For judge/stomp*.c only.
 *
 * First each is looked at alone (stomp_evidence), then with the others (stomp_cohort), then weighed
 * (stomp_verdict), then told (stomp_tell). */
#ifndef JUDGE_STOMP_SUSPECT_H
#define JUDGE_STOMP_SUSPECT_H

#include "case/casefile.h"
#include "judge/stomp_volume.h"

enum stomp_verdict_word { STOMP_REGULAR, STOMP_EXPLAINED, STOMP_WEAK, STOMP_FIRM, STOMP_STRONG };

/* What was seen; the words for time_verdict.marks stand in stomp_tell.c, their meaning in docs/time.md. */
enum stomp_seen {
    STOMP_BEFORE_NAME = 1 << 0,  /* created before $FILE_NAME was */
    STOMP_AFTER_NAME = 1 << 1,   /* created after it */
    STOMP_WHOLE = 1 << 2,        /* creation in whole seconds: all seven digits are zero */
    STOMP_EXACT = 1 << 3,        /* creation and modification finer than a millisecond */
    STOMP_LONE = 1 << 4,         /* no other file was made together with it that shows the same */
    STOMP_OUTLIER = 1 << 5,      /* others were made beside it, and none of them shows the same */
    STOMP_BULK = 1 << 6,         /* others that were made together with it show the same */
    STOMP_UNEXPLAINED = 1 << 7,  /* no sequence of operations leaves these times, by the MFT alone */
    STOMP_IN_SESSION = 1 << 8,   /* times were set in the handle session that made it */
    STOMP_SET_LATER = 1 << 9,    /* a later session set times or attributes and nothing else */
    STOMP_MOVED_LATER = 1 << 10, /* and the creation time cannot have been moved in any other */
    STOMP_NEVER_MADE = 1 << 11,  /* said to be created in the journal's period, which has no creation of it */
    STOMP_UNRECORDED = 1 << 12,  /* the journal has its creation at another time and no session that set it */
    STOMP_LOG_PAIR = 1 << 13,    /* $LogFile holds the creation time before and after */
    STOMP_LOG_LATER = 1 << 14,   /* and that was after the session that made the file */
    STOMP_INDEX_OLD = 1 << 15, /* a directory entry from long after its creation has another creation time */
    STOMP_INDEX_YOUNG = 1 << 16,   /* one from its creation has */
    STOMP_SHADOW_OLD = 1 << 17,    /* a shadow copy has */
    STOMP_CLONE = 1 << 18,         /* creation and modification are those of one unrelated file */
    STOMP_CONTENT_LATER = 1 << 19, /* its content is younger than its last modification */
    STOMP_TUNNELLED = 1 << 20,     /* it took over the name, and so the creation time, of another */
    STOMP_RENAMED = 1 << 21,       /* the journal has it renamed, or its $FILE_NAME was copied */
    STOMP_CHANGE_TIME = 1 << 22,   /* the record-change time is not that of its last event */
    STOMP_FUTURE = 1 << 23,        /* created after all that is known of the volume */
    STOMP_SET_BULK = 1 << 24,      /* many others had their creation time moved in the same minute */
    STOMP_OLD_BULK = 1 << 25,    /* many others of its tree were changed with it, long after they were made */
    STOMP_EVENT_PAIR = 1 << 26,  /* Sysmon saw the creation time changed */
    STOMP_EVENT_LATER = 1 << 27, /* and that was after the session that made the file */
    STOMP_CLOCK = 1 << 28        /* a time of it lies where the clock was set back */
};

struct stomp_suspect {
    uint32_t file, folder;                /* numbers in the volume and in the case */
    unsigned seen;                        /* enum stomp_seen */
    struct stomp_answer alone, journaled; /* journaled: if has_journal */
    bool clean;                           /* nothing was seen; only asked for */
    bool has_journal, sure;               /* sure: birth is known */
    uint64_t changed;                     /* of its record, FILETIME */
    uint64_t birth, set_time, set_usn;    /* set_time: when the creation time was moved; 0 not known */
    uint64_t create_usn, lsn;
    uint64_t event, event_time;   /* number of the record of Sysmon; 0 none */
    uint32_t tree;                /* where it lies: a hash of the first two folders; 0 if nobody asked */
    uint32_t siblings;            /* irregular ones in its folder that were made together with it */
    uint32_t cohort, twin, entry; /* twin: file number; entry: number plus one of the entry that shows it */
    enum stomp_verdict_word verdict;
    uint32_t score;
};

struct stomp_suspects {
    struct stomp_suspect *list;
    size_t count, room;
};

/* Everything that one file shows by itself. */
void stomp_evidence(const struct stomp_volume *volume, struct stomp_suspect *suspect);

/* What the others show. False if memory runs out or the case could not be read. */
bool stomp_cohort(const struct stomp_volume *volume, struct stomp_suspects *suspects, struct db *db) MUST_USE;

/* Verdict and score. */
void stomp_verdict(const struct stomp_volume *volume, struct stomp_suspect *suspect);

/* Rows of time_verdict for all, findings for those that are firm or strong and for the `notes` oddest of the
 * weak ones, and the row of time_summary. `told` counts such findings. */
bool stomp_tell(const struct stomp_volume *volume, struct stomp_suspects *suspects,
                struct casefile *casefile) MUST_USE;

enum {
    STOMP_NOTES = 100,
    STOMP_NOTE_SCORE = 50,
    STOMP_SYSTEM_FILES = 24 /* records below: whoever formatted the volume made them, and as he liked */
};

#endif
