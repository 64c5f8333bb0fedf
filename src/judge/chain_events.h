/* chain_events: what a case holds about the things of chains and is no finding: traces of execution,
 * services, autostarts, installations, installers and packages as they came (docs/verdict.md, Stages). */
#ifndef JUDGE_CHAIN_EVENTS_H
#define JUDGE_CHAIN_EVENTS_H

#include "judge/chain_case.h"

enum {
    CHAIN_EVENTS = 100000 /* kept at most */,
    CHAIN_RELEASES = 200 /* packages whose origin is looked up */
};

struct chain_event {
    enum chain_stage stage;
    uint32_t thing;                        /* that it belongs to */
    int64_t artifact;                      /* of what it is about; 0 for no file */
    int64_t time;                          /* 0 not known */
    const char *name, *text, *time_source; /* time_source NULL without a time */
    const char *link, *records;            /* why it belongs to the thing, and where that is read */
    enum chain_kind kind;
};

/* Where programs of a product lie, by a thing there. */
struct chain_product {
    const char *folder, *name; /* in small letters: all of the path; the last name */
    int64_t volume;
    uint32_t host, thing;
};

struct chain_events {
    struct chain_event *list;
    size_t count, room;
    struct chain_product *products, *by_name; /* by volume and folder; by host and name */
    size_t product_count, product_room;
};

/* After chain_link. Also says of things that they ran (`ran`), and adds edges of kind LOADS. */
bool chain_events(struct chain_case *c, struct chain_events *ret) MUST_USE;
void chain_events_free(struct chain_events *events);

/* Its parts. */
bool chain_runs(struct chain_case *c, struct chain_events *events) MUST_USE;
bool chain_starts(struct chain_case *c, struct chain_events *events) MUST_USE;
bool chain_arrivals(struct chain_case *c, struct chain_events *events) MUST_USE;
bool chain_packages(struct chain_case *c, struct chain_events *events) MUST_USE;

/* Adds one; its texts must be kept already. What is above the cap is left out. */
bool chain_event_add(struct chain_case *c, struct chain_events *events, struct chain_event event) MUST_USE;

/* The product whose folder this is in, or NULL. `whole` as in chain_model_place. */
const struct chain_product *chain_product_at(const struct chain_case *c, const struct chain_events *events,
                                             int64_t volume, const char *folder);

/* The product of that host whose name is the beginning of `name`, up to a space or the end; NULL if there is
 * none. */
const struct chain_product *chain_product_named(const struct chain_events *events, uint32_t host,
                                                const char *name);

/* "2023-03-31 10:02:17" into 20 bytes; "" for 0. */
struct chain_moment {
    char text[24];
};
const char *chain_moment(int64_t time, struct chain_moment *ret);

/* What text_format made, kept. */
const char *chain_said(struct chain_case *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
