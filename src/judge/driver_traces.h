/* driver_traces: what events, Amcache, the registry, the change journal and the file table tell of drivers,
 * one entry a path of one machine. For the judges driver_unsigned, driver_events and driver_ephemeral. */
#ifndef JUDGE_DRIVER_TRACES_H
#define JUDGE_DRIVER_TRACES_H

#include "judge/host_path.h"
#include "judge/listed.h"

enum {
    DRIVER_TRACES = 100000,        /* drivers at most */
    DRIVER_TRACES_HOSTS = 1024,    /* machines */
    DRIVER_TRACES_SAID = 12,       /* events of one driver that are told one by one */
    DRIVER_TRACES_WORD = 256,      /* bytes of a service's or signer's name */
    DRIVER_TRACES_TEXT = 128 << 20 /* bytes of all texts */
};

enum driver_trace_kind {
    DRIVER_TRACE_INSTALLED, /* a service was made for it: 7045, 4697 */
    DRIVER_TRACE_LOADED,    /* Sysmon 6 */
    DRIVER_TRACE_UNSIGNED,  /* without a signature: 3001, Sysmon 6, 3089 that counts none */
    DRIVER_TRACE_INVALID,   /* its signature does not hold: 3004, Sysmon 6 */
    DRIVER_TRACE_REVOKED,   /* 3021, 3022, 3032, 3035, 3036, 3112 */
    DRIVER_TRACE_BLOCKED,   /* 3023, 3077 and others, of the kernel */
    DRIVER_TRACE_AUDITED,   /* a policy would have blocked it: 3076, 3082, 3083 */
    DRIVER_TRACE_AMCACHE,   /* InventoryDriverBinary */
    DRIVER_TRACE_DELETED,   /* the change journal tells of its deletion */
    DRIVER_TRACE_RECORD,    /* a deleted record of the file table */
    DRIVER_TRACE_SERVICE,   /* a service key names it */
    DRIVER_TRACE_REMAINS,   /* what is left of a service key that was deleted */
    DRIVER_TRACE_KINDS
};

enum driver_place {
    DRIVER_PLACE_OTHER,
    DRIVER_PLACE_OWN,     /* where drivers and products are installed */
    DRIVER_PLACE_OPEN,    /* where anybody may write, or what is meant for a moment */
    DRIVER_PLACE_SERVICED /* stores of Windows, in which files come and go */
};

struct driver_trace {
    uint32_t host;    /* number in `hosts` */
    size_t path;      /* normal form */
    int64_t artifact; /* the file, if it is there or only deleted; 0 */
    enum host_path_state state;
    enum driver_place place;
    uint64_t counts[DRIVER_TRACE_KINDS];
    uint64_t first, last;   /* FILETIME of what has one; 0 none */
    uint64_t made, deleted; /* by the change journal; 0 not known */
    int64_t traced;         /* artifact of the first trace */
    size_t service, signer; /* texts; 0 none */
    size_t said;            /* number of the first of its events in `events`, plus one; 0 none */
    bool vouched;           /* Windows or Sysmon took its signature for valid */
    size_t listed;          /* number in `listed`, plus one; 0: no list has it */
};

/* One event of a driver, told in words. */
struct driver_event {
    size_t text, next; /* next: as `said` */
};

struct driver_traces {
    struct driver_trace *list;
    struct host *hosts;
    struct driver_event *events;
    struct listed *listed;
    uint32_t *slots;
    size_t count, room, host_count, event_count, event_room, listed_count, listed_room, slot_count;
    struct text texts;
    uint64_t omitted; /* that there was no room for */
};

/* Reads the case; `lists` may be NULL. False if it cannot be read or memory runs out. Free in either case. */
bool driver_traces_gather(struct db *db, const struct lists_set *lists, struct driver_traces *ret) MUST_USE;
void driver_traces_free(struct driver_traces *traces);

const char *driver_traces_text(const struct driver_traces *traces, size_t text); /* "" for 0 */

/* The trace of a file that is there, with the most to say; NULL. */
const struct driver_trace *driver_traces_of(const struct driver_traces *traces, int64_t artifact);

/* By a normal path of a host: "/Windows/Temp/a.sys". */
enum driver_place driver_traces_place(const char *path);

/* "installed 2 times, loaded, deleted": what was seen. */
void driver_traces_words(const struct driver_trace *trace, struct text *ret);

/* Its events, one a line, as far as they are told. */
void driver_traces_events(const struct driver_traces *traces, const struct driver_trace *trace,
                          struct text *ret);

#endif
