/* timeline_event: one thing that a timeline tells, whatever it was read from.
 *
 * Texts are in stored form (base/text.h) and borrowed for one call. */
#ifndef REPORT_TIMELINE_EVENT_H
#define REPORT_TIMELINE_EVENT_H

#include "base/fault.h"
#include "base/text.h"
#include "model/listing.h"

/* Where a time was read; the order in which events of one time are told. */
enum timeline_source {
    TIMELINE_FILE,      /* $STANDARD_INFORMATION; outside images, what the file system or archive says */
    TIMELINE_NAME,      /* $FILE_NAME */
    TIMELINE_JOURNAL,   /* the change journal */
    TIMELINE_LOG,       /* $LogFile */
    TIMELINE_INDEX,     /* entries in the slack of a directory's index */
    TIMELINE_PE,        /* link time of a PE */
    TIMELINE_SIGNATURE, /* signatures, their time stamps, catalogs */
    TIMELINE_SHADOW,    /* volume shadow copies */
    TIMELINE_EVENT,     /* records of event logs */
    TIMELINE_EXECUTION, /* what ran, by traces that are no events (docs/execution.md) */
    TIMELINE_REGISTRY,  /* when keys of services and of what starts were written */
    TIMELINE_DOWNLOAD,  /* histories of browsers */
    TIMELINE_STORY,     /* steps of the story that the judge chain tells, of cases alone */
    TIMELINE_SOURCES
};

/* How far a time can be believed. */
enum timeline_confidence {
    TIMELINE_RECORDED,  /* written by the system when it happened */
    TIMELINE_SETTABLE,  /* any program may set it */
    TIMELINE_INHERITED, /* copied from settable times when a name was made or moved */
    TIMELINE_STALE,     /* left over; the same as inherited, of a while ago */
    TIMELINE_CLAIMED,   /* its maker says so */
    TIMELINE_SIGNED,    /* a time stamping authority says so, and its signature holds */
    TIMELINE_JUDGED     /* chosen from the others by a judge */
};

enum { TIMELINE_ALL = (1 << LISTING_TIMES) - 1 }; /* mask of all four times */

struct timeline_event {
    enum timeline_source source;
    enum timeline_confidence confidence;
    const char *what; /* in a few words */
    bool single;      /* times[0] is all there is: no created, modified, changed, accessed */
    uint64_t times[LISTING_TIMES];
    unsigned known;                    /* mask of 1 << LISTING_CREATED and so on: which of them there are */
    uint64_t evidence, volume, shadow; /* as in model/listing.h */
    uint64_t base;                     /* the volume, or the one that it is a shadow copy of */
    bool has_record, has_sequence, has_size, collected;
    uint64_t record, sequence, size;
    uint32_t flags;       /* LISTING_DIRECTORY and _DELETED count */
    const char *folder;   /* NULL if nothing is known of the path */
    const char *name;     /* with folder: it joins them by a slash */
    const char *stream;   /* NULL for the main one */
    const char *detail;   /* further particulars, NULL for none */
    bool numbered;        /* `order` is the system's own number for it: what has the same is the same */
    uint64_t item, order; /* rank among events of one time and source; the same in copies of one thing */
};

/* "file", "name", "journal", "log", "index", "pe", "signature", "shadow". */
const char *timeline_event_source(enum timeline_source source);

/* The mask of 1 << enum timeline_source that a list such as "file,journal" means; false if a word is none. */
bool timeline_event_sources(const char *list, unsigned *ret) MUST_USE;

/* "recorded", "settable", "inherited", "stale", "claimed", "signed". */
const char *timeline_event_confidence(enum timeline_confidence confidence);

/* The times of the event that are equal to the one at `at`, as a mask; 0 if it is not known or an earlier
 * one is equal to it, so that the masks from 0 to LISTING_TIMES partition what is known. */
unsigned timeline_event_equal(const struct timeline_event *event, unsigned at);

/* A number for all of it but its times, its size and the copy it is in: equal for what is told twice. Of what
 * is numbered, the path does not count, for one copy may know more of it than another. */
uint64_t timeline_event_identity(const struct timeline_event *event);

#endif
