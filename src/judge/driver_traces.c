#include "judge/driver_traces.h"

#include "judge/driver_traces_read.h"
#include "judge/host_file.h"

#include <stdlib.h>
#include <strings.h>

struct gathering {
    struct driver_traces *to;
    struct host_paths *paths;
    const struct lists_set *lists;
    uint32_t number;  /* of the host of `traced` */
    struct host host; /* with its user, for paths that mean a user's folders */
    int64_t traced;
    bool known;
    struct text path;
};

void driver_traces_free(struct driver_traces *traces) {
    free(traces->list);
    free(traces->hosts);
    free(traces->events);
    free(traces->listed);
    free(traces->slots);
    text_free(&traces->texts);
    *traces = (struct driver_traces){0};
}

const char *driver_traces_text(const struct driver_traces *traces, size_t text) {
    return text ? traces->texts.data + text : "";
}

/* --- places --- */

/* Stores of Windows, in which drivers come and go. */
static const char *const serviced[] = {"/windows/winsxs/",
                                       "/windows/system32/driverstore/",
                                       "/windows/softwaredistribution/",
                                       "/windows/servicing/",
                                       "/windows/cbstemp/",
                                       "/windows/installer/",
                                       "/windows.old/",
                                       "/$windows.~bt/",
                                       "/$windows.~ws/",
                                       "/$winreagent/"};

enum driver_place driver_traces_place(const char *path) {
    for (size_t i = 0; i < sizeof serviced / sizeof serviced[0]; i++)
        if (strncasecmp(path, serviced[i], strlen(serviced[i])) == 0)
            return DRIVER_PLACE_SERVICED;
    switch (host_place_of(path)) {
    case HOST_PLACE_DRIVERS:
    case HOST_PLACE_SYSTEM:
    case HOST_PLACE_PROGRAMS:
        return DRIVER_PLACE_OWN;
    case HOST_PLACE_OPEN:
        return DRIVER_PLACE_OPEN;
    default:
        return DRIVER_PLACE_OTHER;
    }
}

/* --- growing --- */

static bool grow(void *list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t more = *room ? 2 * *room : 64;
    void *new = realloc(*(void **)list, more * size);
    if (!new)
        return false;
    *(void **)list = new;
    *room = more;
    return true;
}

/* 0 if there is no room. */
static size_t keep(struct driver_traces *to, const char *text, size_t most) {
    size_t size = text ? strnlen(text, most) : 0, at = to->texts.size;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    if (size == 0 || at + size + 1 > DRIVER_TRACES_TEXT)
        return 0;
    text_bytes(&to->texts, text, size);
    text_char(&to->texts, 0);
    return at;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static size_t hash_of(uint32_t host, const char *path) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ host;
    for (; *path; path++)
        hash = (hash ^ (unsigned char)lower(*path)) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 31);
}

static bool grow_slots(struct driver_traces *to) {
    size_t count = to->slot_count ? 2 * to->slot_count : 1024;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < to->count; i++) {
        size_t at = hash_of(to->list[i].host, driver_traces_text(to, to->list[i].path)) & (count - 1);
        while (slots[at])
            at = (at + 1) & (count - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(to->slots);
    to->slots = slots;
    to->slot_count = count;
    return true;
}

/* The driver of this path; NULL if memory runs out, or if there is no room (`*full`). */
static struct driver_trace *find(struct driver_traces *to, uint32_t host, const char *path, bool *full) {
    if (2 * to->count >= to->slot_count && !grow_slots(to))
        return NULL;
    size_t at = hash_of(host, path) & (to->slot_count - 1);
    for (; to->slots[at]; at = (at + 1) & (to->slot_count - 1)) {
        struct driver_trace *trace = &to->list[to->slots[at] - 1];
        if (trace->host == host && strcasecmp(driver_traces_text(to, trace->path), path) == 0)
            return trace;
    }
    size_t text = to->count < DRIVER_TRACES ? keep(to, path, HOST_PATH_LONGEST) : 0;
    *full = text == 0;
    if (*full || !grow(&to->list, to->count, &to->room, sizeof *to->list))
        return NULL;
    to->list[to->count] =
        (struct driver_trace){.host = host, .path = text, .place = driver_traces_place(path)};
    to->slots[at] = (uint32_t)++to->count;
    return &to->list[to->count - 1];
}

/* --- taking --- */

static bool use_host(struct gathering *g, int64_t traced) {
    struct driver_traces *to = g->to;
    size_t i = 0;
    if (g->known && g->traced == traced)
        return true;
    if (!host_paths_host(g->paths, traced, &g->host))
        return false;
    while (i < to->host_count &&
           (to->hosts[i].evidence != g->host.evidence || to->hosts[i].volume != g->host.volume ||
            strcmp(to->hosts[i].root, g->host.root) != 0))
        i++;
    if (i == DRIVER_TRACES_HOSTS)
        i--;
    else if (i == to->host_count)
        to->hosts[to->host_count++] = g->host;
    g->number = (uint32_t)i;
    g->traced = traced;
    g->known = true;
    return true;
}

static bool add_event(struct driver_traces *to, struct driver_trace *trace, const char *words) {
    size_t told = 0, *link = &trace->said;
    if (!words || !words[0])
        return true;
    for (; *link; link = &to->events[*link - 1].next)
        if (++told == DRIVER_TRACES_SAID)
            return true;
    /* `link` may lie in what is about to be moved */
    size_t text = keep(to, words, 2 * DRIVER_TRACES_WORD), last = trace->said;
    if (text == 0)
        return true;
    if (!grow(&to->events, to->event_count, &to->event_room, sizeof *to->events))
        return false;
    to->events[to->event_count] = (struct driver_event){text, 0};
    while (last && to->events[last - 1].next)
        last = to->events[last - 1].next;
    *(last ? &to->events[last - 1].next : &trace->said) = ++to->event_count;
    return true;
}

static bool look_up(struct gathering *g, struct driver_trace *trace, const struct driver_sign *sign) {
    struct driver_traces *to = g->to;
    struct listed listed;
    unsigned kinds =
        1u << LISTS_INDICATOR | 1u << LISTS_VULNERABLE | 1u << LISTS_MALICIOUS | 1u << LISTS_LOADER;
    if (trace->listed || !g->lists || !listed_find(g->lists, &sign->digests, kinds, &listed))
        return true;
    if (!grow(&to->listed, to->listed_count, &to->listed_room, sizeof *to->listed))
        return false;
    to->listed[to->listed_count++] = listed;
    trace->listed = to->listed_count;
    return true;
}

static void see_times(struct driver_trace *trace, const struct driver_sign *sign) {
    if (sign->time && (!trace->first || sign->time < trace->first))
        trace->first = sign->time;
    if (sign->time > trace->last)
        trace->last = sign->time;
    if (sign->made && (!trace->made || sign->made < trace->made))
        trace->made = sign->made;
    if (sign->deleted > trace->deleted)
        trace->deleted = sign->deleted;
}

static bool add(struct gathering *g, const struct driver_sign *sign, const struct host_path *found) {
    struct driver_traces *to = g->to;
    bool full = false;
    struct driver_trace *trace = find(to, g->number, found->normal, &full);
    if (!trace) {
        to->omitted += full;
        return full;
    }
    trace->state = found->state;
    trace->artifact = found->state >= HOST_PATH_DELETED ? found->artifact : 0;
    for (unsigned i = 0; i < DRIVER_TRACE_KINDS; i++)
        trace->counts[i] += sign->kinds >> i & 1 && (!sign->slack || trace->counts[i] == 0);
    see_times(trace, sign);
    trace->vouched |= sign->vouched;
    if (!trace->traced)
        trace->traced = sign->traced;
    if (!trace->service)
        trace->service = keep(to, sign->service, DRIVER_TRACES_WORD);
    if (!trace->signer)
        trace->signer = keep(to, sign->signer, DRIVER_TRACES_WORD);
    return add_event(to, trace, sign->slack ? NULL : sign->event) && look_up(g, trace, sign);
}

/* A path on the volume itself gets the drive of the machine's system volume, if it is that. */
static const char *path_of(struct gathering *g, const struct driver_sign *sign) {
    const struct host *host = &g->host;
    if (!sign->on_volume)
        return sign->path;
    text_clear(&g->path);
    text_format(&g->path, "%c:%s", host->drive ? host->drive : 'C', sign->path + strlen(host->root));
    return text_string(&g->path);
}

static bool take(void *context, const struct driver_sign *sign) {
    struct gathering *g = context;
    struct host_path found = {.normal = ""};
    if (!sign->path || !sign->path[0])
        return true;
    if (!use_host(g, sign->traced))
        return false;
    const struct host *host = &g->host;
    if (sign->on_volume && strncasecmp(sign->path, host->root, strlen(host->root)) != 0)
        return true;
    const char *path = path_of(g, sign);
    if (!host_paths_find(g->paths, host, sign->command ? HOST_PATH_COMMAND : HOST_PATH_DRIVER, path,
                         strlen(path), &found))
        return false;
    return !found.normal[0] || add(g, sign, &found);
}

bool driver_traces_gather(struct db *db, const struct lists_set *lists, struct driver_traces *ret) {
    struct gathering g = {.to = ret, .lists = lists};
    *ret = (struct driver_traces){0};
    ret->hosts = calloc(DRIVER_TRACES_HOSTS, sizeof *ret->hosts);
    text_char(&ret->texts, 0); /* so that 0 is no place of a text */
    g.paths = host_paths_open(db);
    bool good = g.paths && ret->hosts && driver_traces_read(db, take, &g);
    host_paths_close(g.paths);
    text_free(&g.path);
    return good && !ret->texts.full && db_error(db)[0] == 0;
}

/* --- answers --- */

static uint64_t weight(const struct driver_trace *trace) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < DRIVER_TRACE_KINDS; i++)
        sum += trace->counts[i] > 0;
    return sum;
}

const struct driver_trace *driver_traces_of(const struct driver_traces *traces, int64_t artifact) {
    const struct driver_trace *best = NULL;
    for (size_t i = 0; i < traces->count; i++) {
        const struct driver_trace *trace = &traces->list[i];
        if (trace->state == HOST_PATH_FOUND && trace->artifact == artifact &&
            (!best || weight(trace) > weight(best)))
            best = trace;
    }
    return best;
}

void driver_traces_words(const struct driver_trace *trace, struct text *ret) {
    static const char *const words[DRIVER_TRACE_KINDS] = {
        "installed as a service",
        "loaded",
        "without a signature",
        "with a signature that does not hold",
        "revoked",
        "blocked",
        "reported by a policy",
        "in Amcache",
        "deleted by the change journal",
        "a deleted file record",
        "named by a service key",
        "named by what is left of a deleted service key",
    };
    for (unsigned i = 0; i < DRIVER_TRACE_KINDS; i++) {
        if (trace->counts[i] == 0)
            continue;
        text_add(ret, ret->size > 0 ? ", " : "");
        text_add(ret, words[i]);
        if (trace->counts[i] > 1)
            text_format(ret, " (%llu)", (unsigned long long)trace->counts[i]);
    }
}

void driver_traces_events(const struct driver_traces *traces, const struct driver_trace *trace,
                          struct text *ret) {
    for (size_t at = trace->said; at; at = traces->events[at - 1].next) {
        text_add(ret, ret->size > 0 ? "; " : "");
        text_add(ret, driver_traces_text(traces, traces->events[at - 1].text));
    }
}
