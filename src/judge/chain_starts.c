/* What starts or loads the things of chains: services, and other autostarts. */
#include "judge/chain_events.h"
#include "judge/chain_link.h"

#include <stdlib.h>

static const char services_sql[] =
    "SELECT s.name, coalesce(s.start, -1), coalesce(s.type, 0), coalesce(s.image_artifact, 0), coalesce(s.library_artifact, 0),"
    " s.last_write, s.offset, s.hive, coalesce(s.control_set, ''), h.evidence, coalesce(h.volume, 0), f.path, h.name FROM"
    " service s JOIN artifact h ON h.id = s.hive JOIN folder f ON f.id = h.folder WHERE s.state = 'current'"
    " ORDER BY s.hive, s.key";

static const char changes_sql[] =
    "SELECT e.detail, coalesce(e.last_time, 0), coalesce(e.traced, 0), coalesce(e.traced_row, 0), e.evidence FROM execution e"
    " WHERE e.kind = 'changed' AND e.detail IS NOT NULL ORDER BY e.id";

static const char autostarts_sql[] =
    "SELECT s.kind, s.key_path, coalesce(s.name, ''), coalesce(s.artifact, 0), coalesce(s.last_write, 0), s.hive, h.evidence,"
    " coalesce(h.volume, 0), f.path, h.name, coalesce(s.command, '') FROM autostart s JOIN artifact h ON h.id = s.hive JOIN"
    " folder f ON f.id = h.folder WHERE s.artifact IS NOT NULL AND s.state = 'live' AND s.incomplete IS NULL"
    " ORDER BY s.hive, s.key, s.value";

enum { DRIVERS = 3 /* bits of service.type */, AUTOMATIC = 2, QUOTED = 300 };

/* Services that findings name. */
struct named {
    uint32_t host, thing;
    const char *service;
};

struct starts {
    struct chain_case *c;
    struct chain_events *events;
    struct named *named;
    size_t count, room;
};

static int compare(const void *left, const void *right) {
    const struct named *a = left, *b = right;
    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    int differs = strcasecmp(a->service, b->service);
    return differs ? differs : (a->thing > b->thing) - (a->thing < b->thing);
}

static bool load(struct starts *s) {
    struct chain_case *c = s->c;
    for (size_t i = 0; i < c->found_count; i++) {
        const struct chain_found *found = &c->founds[i];
        if (!found->service || found->rule->stage == CHAIN_STAGE_NONE)
            continue;
        if (!chain_room(c, &s->named, &s->room, s->count, sizeof *s->named))
            return false;
        s->named[s->count++] = (struct named){c->things[found->thing].host, found->thing, found->service};
    }
    if (s->count > 0)
        qsort(s->named, s->count, sizeof *s->named, compare);
    return true;
}

/* The thing of a finding that names the service, or CHAIN_NONE. */
static uint32_t thing_named(const struct starts *s, uint32_t host, const char *service) {
    struct named key = {.host = host, .thing = 0, .service = service};
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&s->named[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool is = low < s->count && s->named[low].host == host && strcasecmp(s->named[low].service, service) == 0;
    return is ? s->named[low].thing : CHAIN_NONE;
}

static uint32_t host_of(const struct chain_case *c, int64_t evidence) {
    const struct chain_evidence *e = chain_evidence_of(c, evidence);
    return e ? e->host : CHAIN_NONE;
}

static uint32_t staged(const struct chain_case *c, int64_t artifact) {
    uint32_t at = artifact ? chain_thing_of(c, artifact) : CHAIN_NONE;
    return at != CHAIN_NONE && chain_link_staged(c, at) ? at : CHAIN_NONE;
}

static const char *start_word(int64_t start) {
    static const char *const words[] = {"at boot", "with the system", "automatically", "on demand",
                                        "not at all: it is disabled"};
    return start >= 0 && start < 5 ? words[start] : "in a way that is not told";
}

static bool take_service(struct starts *s, struct db_query *q) {
    struct chain_case *c = s->c;
    const char *name = db_text(q, 0, NULL);
    bool driver = (db_integer(q, 2) & DRIVERS) != 0 && db_integer(q, 1) > AUTOMATIC;
    uint32_t at = staged(c, db_integer(q, 3));
    at = at != CHAIN_NONE ? at : staged(c, db_integer(q, 4));
    bool file = at != CHAIN_NONE;
    at = file ? at : thing_named(s, host_of(c, db_integer(q, 9)), name);
    if (at == CHAIN_NONE)
        return true;
    struct chain_moment written;
    const char *hive =
        chain_path(c, db_integer(q, 9), db_integer(q, 10), db_text(q, 11, NULL), db_text(q, 12, NULL));
    struct chain_event event = {
        .stage = driver ? CHAIN_STAGE_DRIVER : CHAIN_STAGE_PERSISTENCE,
        .thing = at,
        .time = db_integer(q, 5),
        .kind = CHAIN_KIND_SERVICE,
        .time_source = db_integer(q, 5) > 0 ? "key of the service written" : NULL,
        .name = chain_said(c, "service %s", name),
        .text = chain_said(c, "A service loads it, which starts %s; its key was last written at %s (UTC).",
                           start_word(db_integer(q, 1)), chain_moment(db_integer(q, 5), &written)),
        .link =
            file ? "The key of the service names this file." : "The finding about this names the service.",
        .records =
            chain_said(c, "%s (artifact %lld), key %s/Services/%s, cell at byte %lld", hive ? hive : "?",
                       (long long)db_integer(q, 7), db_text(q, 8, NULL), name, (long long)db_integer(q, 6))};
    return chain_event_add(c, s->events, event);
}

/* "IKEEXT: demand start, now auto start" */
static bool take_change(struct starts *s, struct db_query *q) {
    struct chain_case *c = s->c;
    const char *detail = db_text(q, 0, NULL), *colon = strchr(detail, ':');
    const char *name = colon ? chain_keep(c, detail, (size_t)(colon - detail)) : NULL;
    uint32_t at = name ? thing_named(s, host_of(c, db_integer(q, 4)), name) : CHAIN_NONE;
    if (at == CHAIN_NONE)
        return !c->failed;
    struct chain_event event = {
        .stage = CHAIN_STAGE_PERSISTENCE,
        .thing = at,
        .time = db_integer(q, 1),
        .kind = CHAIN_KIND_SERVICE,
        .time_source = db_integer(q, 1) > 0 ? "event 7040" : NULL,
        .name = chain_said(c, "service %s", name),
        .text = chain_said(c, "How it starts was changed, as event 7040 tells:%s.", colon + 1),
        .link = "The event names the service that loads it.",
        .records = chain_said(c, "event log (artifact %lld), record in row %lld", (long long)db_integer(q, 2),
                              (long long)db_integer(q, 3))};
    return chain_event_add(c, s->events, event);
}

static bool take_autostart(struct starts *s, struct db_query *q) {
    struct chain_case *c = s->c;
    uint32_t at = staged(c, db_integer(q, 3));
    if (at == CHAIN_NONE)
        return true;
    const char *hive =
        chain_path(c, db_integer(q, 6), db_integer(q, 7), db_text(q, 8, NULL), db_text(q, 9, NULL));
    const char *command = db_text(q, 10, NULL);
    struct chain_event event = {.stage = CHAIN_STAGE_PERSISTENCE,
                                .thing = at,
                                .time = db_integer(q, 4),
                                .kind = CHAIN_KIND_STARTED,
                                .time_source = db_integer(q, 4) > 0 ? "key written" : NULL,
                                .name = chain_said(c, "%s %s", db_text(q, 1, NULL), db_text(q, 2, NULL)),
                                .text = chain_said(c, "Windows starts it (%s): %.*s", db_text(q, 0, NULL),
                                                   text_cut(command, QUOTED), command),
                                .link = "The autostart names this file.",
                                .records = chain_said(c, "%s (artifact %lld), %s, value %s",
                                                      hive ? hive : "?", (long long)db_integer(q, 5),
                                                      db_text(q, 1, NULL), db_text(q, 2, NULL))};
    return chain_event_add(c, s->events, event);
}

static bool each(struct starts *s, const char *sql, bool (*take)(struct starts *, struct db_query *)) {
    struct db_query *q = db_prepare(s->c->db, sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good = take(s, q);
    db_finish(q);
    return good && !s->c->failed && db_error(s->c->db)[0] == 0;
}

bool chain_starts(struct chain_case *c, struct chain_events *events) {
    struct starts s = {.c = c, .events = events};
    bool good = load(&s) && each(&s, services_sql, take_service) && each(&s, changes_sql, take_change) &&
                each(&s, autostarts_sql, take_autostart);
    free(s.named);
    return good;
}
