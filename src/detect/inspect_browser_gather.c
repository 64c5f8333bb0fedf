#include "detect/inspect_browser_gather.h"

#include "base/netname.h"
#include "base/row.h"
#include "model/facts.h"

enum { ROW_LEAST = 16 }; /* bytes of a database that a row with a host takes at least */

static uint32_t room_of(uint64_t bytes, uint32_t most) {
    return bytes / ROW_LEAST < most ? (uint32_t)(bytes / ROW_LEAST) + 1 : most;
}

/* More than twice as many, as a mask. */
static uint32_t mask_of(uint32_t room) {
    uint32_t slots = 4;
    while (slots <= 2 * room)
        slots *= 2;
    return slots - 1;
}

bool inspect_browser_gather_begin(struct job *job, const struct inspect_options *options, struct text *rows,
                                  uint64_t bytes, struct inspect_browser_gather *ret) {
    *ret = (struct inspect_browser_gather){.job = job,
                                           .options = options,
                                           .rows = rows,
                                           .host_room = room_of(bytes, INSPECT_BROWSER_HOSTS),
                                           .url_room = room_of(bytes, INSPECT_BROWSER_URLS),
                                           .download_room = room_of(bytes, INSPECT_BROWSER_DOWNLOADS)};
    ret->host_mask = mask_of(ret->host_room);
    ret->url_mask = mask_of(ret->url_room);
    ret->hosts = job_alloc(job, ret->host_room, sizeof *ret->hosts);
    ret->host_slots = job_alloc(job, (size_t)ret->host_mask + 1, sizeof *ret->host_slots);
    ret->url_numbers = job_alloc(job, (size_t)ret->url_mask + 1, sizeof *ret->url_numbers);
    ret->url_hosts = job_alloc(job, (size_t)ret->url_mask + 1, sizeof *ret->url_hosts);
    ret->downloads = job_alloc(job, ret->download_room, sizeof *ret->downloads);
    return ret->hosts && ret->host_slots && ret->url_numbers && ret->url_hosts && ret->downloads;
}

static void limit(struct inspect_browser_gather *g) {
    if (!g->limited)
        job_note(g->job, FAULT_LIMIT, 0, "a history of a browser with more than is kept");
    g->limited = true;
}

/* A copy that stays; NULL if there is no room. */
static const char *keep(struct inspect_browser_gather *g, const char *text, size_t size) {
    char *copy = size < INSPECT_BROWSER_TEXTS - g->texts ? job_alloc(g->job, size + 1, 1) : NULL;
    if (!copy) {
        limit(g);
        return NULL;
    }
    memcpy(copy, text, size);
    g->texts += size + 1;
    return copy;
}

static uint64_t hash_of(const void *bytes, size_t size) {
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

uint32_t inspect_browser_gather_host(struct inspect_browser_gather *g, struct span url) {
    char name[NETNAME_MOST];
    if (netname_normal(netname_of_url(url), name) == NETNAME_NONE)
        return 0;
    size_t size = strlen(name), at = (size_t)hash_of(name, size) & g->host_mask;
    while (g->host_slots[at] && strcmp(g->hosts[g->host_slots[at] - 1].name, name) != 0)
        at = (at + 1) & g->host_mask;
    if (g->host_slots[at])
        return g->host_slots[at];
    if (g->host_count == g->host_room) {
        limit(g);
        return 0;
    }
    const char *kept = keep(g, name, size);
    if (!kept)
        return 0;
    g->hosts[g->host_count++] = (struct inspect_browser_host){.name = kept};
    return g->host_slots[at] = g->host_count;
}

/* Where the URL of a number stands, or would. */
static size_t slot_of(const struct inspect_browser_gather *g, int64_t number) {
    size_t at = (size_t)hash_of(&number, sizeof number) & g->url_mask;
    while (g->url_hosts[at] && g->url_numbers[at] != number)
        at = (at + 1) & g->url_mask;
    return at;
}

static void see(struct inspect_browser_host *host, uint64_t time) {
    if (time && (!host->first || time < host->first))
        host->first = time;
    if (time > host->last)
        host->last = time;
}

/* Remembers of which host the URL of a number is. */
static void remember(struct inspect_browser_gather *g, int64_t number, uint32_t host) {
    size_t at = slot_of(g, number);
    if (!g->url_hosts[at] && g->url_count == g->url_room) {
        limit(g);
        return;
    }
    g->url_count += !g->url_hosts[at];
    g->url_numbers[at] = number;
    g->url_hosts[at] = host;
}

void inspect_browser_gather_url(struct inspect_browser_gather *g, int64_t number, struct span url,
                                uint64_t count, uint64_t last) {
    uint32_t number_of_host = inspect_browser_gather_host(g, url);
    g->urls += !g->before;
    g->unnamed += !g->before && number_of_host == 0;
    if (number_of_host == 0)
        return;
    struct inspect_browser_host *host = &g->hosts[number_of_host - 1];
    if (g->before && host->listed)
        return;
    host->listed |= !g->before;
    host->removed |= g->before;
    host->counted += count < UINT32_MAX ? count : 0; /* nobody did that */
    see(host, last);
    remember(g, number, number_of_host);
}

uint32_t inspect_browser_gather_host_of(const struct inspect_browser_gather *g, int64_t url) {
    return g->url_hosts[slot_of(g, url)];
}

void inspect_browser_gather_visit(struct inspect_browser_gather *g, int64_t url, uint64_t time) {
    uint32_t number = inspect_browser_gather_host_of(g, url);
    struct inspect_browser_host *host = number > 0 ? &g->hosts[number - 1] : NULL;
    g->visits += !g->before;
    if (!host || (g->before && host->listed))
        return;
    host->seen++;
    see(host, time);
}

struct inspect_browser_download *
inspect_browser_gather_download(struct inspect_browser_gather *g,
                                const struct inspect_browser_download *download) {
    g->all_downloads++;
    if (g->download_count == g->download_room) {
        limit(g);
        return NULL;
    }
    const char *target = keep(g, download->target, (size_t)text_cut(download->target, INSPECT_BROWSER_PATH));
    if (!target)
        return NULL;
    struct inspect_browser_download *kept = &g->downloads[g->download_count++];
    *kept = *download;
    kept->target = target;
    return kept;
}

/* Their numbers grow in a sound database; in any other the one that is met is as good. */
struct inspect_browser_download *inspect_browser_gather_find(struct inspect_browser_gather *g,
                                                             int64_t number) {
    uint32_t low = 0, high = g->download_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (g->downloads[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < g->download_count && g->downloads[low].number == number;
    return found ? &g->downloads[low] : NULL;
}

static void flush(struct inspect_browser_gather *g) {
    if (g->options->flush && g->rows->size > INSPECT_BROWSER_FLUSH)
        g->options->flush(g->options->flush_context);
}

static void add_download(struct inspect_browser_gather *g, const struct inspect_browser_download *download) {
    struct row_writer row;
    row_begin(&row, g->rows, FACT_browser_download);
    row_integer(&row, FACT_browser_download_ordinal, g->rows_of_downloads++);
    row_integer(&row, FACT_browser_download_download, (uint64_t)download->number);
    if (download->host)
        row_string(&row, FACT_browser_download_host, g->hosts[download->host - 1].name);
    if (download->referrer)
        row_string(&row, FACT_browser_download_referrer, g->hosts[download->referrer - 1].name);
    row_string(&row, FACT_browser_download_target, download->target);
    if (download->time)
        row_integer(&row, FACT_browser_download_time, download->time);
    if (download->size >= 0)
        row_integer(&row, FACT_browser_download_size, (uint64_t)download->size);
    flush(g);
}

void inspect_browser_gather_from(struct inspect_browser_gather *g, struct inspect_browser_download *download,
                                 uint32_t host) {
    if (host == 0 || (download->told && download->host == host))
        return;
    download->host = host;
    download->told = true;
    add_download(g, download);
}

static void add_host(struct inspect_browser_gather *g, const struct inspect_browser_host *host) {
    uint64_t count = host->counted > host->seen ? host->counted : host->seen;
    struct row_writer row;
    row_begin(&row, g->rows, FACT_browser_host);
    row_integer(&row, FACT_browser_host_ordinal, g->rows_of_hosts++);
    row_string(&row, FACT_browser_host_host, host->name);
    row_string(&row, FACT_browser_host_kind, host->removed ? "removed" : count > 0 ? "visited" : "known");
    if (count > 0 && host->first)
        row_integer(&row, FACT_browser_host_first, host->first);
    if (count > 0 && host->last)
        row_integer(&row, FACT_browser_host_last, host->last);
    row_integer(&row, FACT_browser_host_count, count);
    flush(g);
}

void inspect_browser_gather_end(struct inspect_browser_gather *g) {
    for (uint32_t i = 0; i < g->download_count; i++)
        if (!g->downloads[i].told)
            add_download(g, &g->downloads[i]);
    for (uint32_t i = 0; i < g->host_count; i++)
        if (g->hosts[i].listed || (g->hosts[i].removed && g->hosts[i].counted + g->hosts[i].seen > 0))
            add_host(g, &g->hosts[i]);
}
