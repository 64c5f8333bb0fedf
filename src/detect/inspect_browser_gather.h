/* inspect_browser_gather: what is kept of a browser's history: hosts and downloads. For inspect_browser.c.
 *
 * URLs come first, then visits by the number of their URL, then downloads. Of a URL nothing but its host
 * stays. What is more than is kept is noted once (LIMIT). Memory is the job's. */
#ifndef DETECT_INSPECT_BROWSER_GATHER_H
#define DETECT_INSPECT_BROWSER_GATHER_H

#include "base/job.h"
#include "base/text.h"
#include "detect/inspect.h"

enum {
    INSPECT_BROWSER_URLS = 500000,  /* whose visits are counted */
    INSPECT_BROWSER_HOSTS = 100000, /* different ones */
    INSPECT_BROWSER_DOWNLOADS = 20000,
    INSPECT_BROWSER_TEXTS = 16 << 20, /* bytes of hosts and paths together */
    INSPECT_BROWSER_PATH = 4096,      /* bytes of a path; what is behind is cut */
    INSPECT_BROWSER_FLUSH = 4 << 20   /* bytes of rows after which options->flush is called */
};

struct inspect_browser_host {
    const char *name;
    uint64_t first, last; /* FILETIME; 0 none */
    uint64_t counted;     /* visits, as its URLs say */
    uint64_t seen;        /* visits that there are */
    bool listed;          /* there is a URL of it; else downloads alone tell of it */
    bool removed;         /* there was one, before what the log says */
};

struct inspect_browser_download {
    int64_t number;
    const char *target; /* stored form */
    uint64_t time;      /* FILETIME; 0 not known */
    int64_t size;       /* below 0: not known */
    uint32_t referrer;  /* as inspect_browser_gather_host tells them */
    uint32_t host;      /* the last one told */
    bool told;          /* there is a row */
};

struct inspect_browser_gather {
    struct job *job;
    const struct inspect_options *options;
    struct text *rows;
    struct inspect_browser_host *hosts;
    uint32_t *host_slots, host_count;
    uint32_t host_room, url_room, download_room; /* how many there may be */
    uint32_t host_mask, url_mask;                /* slots less 1 */
    int64_t *url_numbers;                        /* by slot, with the host of each */
    uint32_t *url_hosts, url_count;
    struct inspect_browser_download *downloads;
    uint32_t download_count, rows_of_downloads, rows_of_hosts;
    size_t texts; /* bytes used */
    uint64_t urls, unnamed, visits, all_downloads;
    bool limited;
    bool
        before; /* what comes is what the database was before its log: only hosts that it has no more count */
};

/* `bytes`: of the database and its log, which bound how much there can be in it. */
bool inspect_browser_gather_begin(struct job *job, const struct inspect_options *options, struct text *rows,
                                  uint64_t bytes, struct inspect_browser_gather *ret) MUST_USE;

/* The host of a URL, from 1; 0 if it has none, or there is no room. */
uint32_t inspect_browser_gather_host(struct inspect_browser_gather *gather, struct span url);

/* A URL: how often it was visited, and last. */
void inspect_browser_gather_url(struct inspect_browser_gather *gather, int64_t number, struct span url,
                                uint64_t count, uint64_t last);

/* A visit to a URL that came before; others are counted and no more. */
void inspect_browser_gather_visit(struct inspect_browser_gather *gather, int64_t url, uint64_t time);

/* The host of a URL that came before, or 0. */
uint32_t inspect_browser_gather_host_of(const struct inspect_browser_gather *gather, int64_t url);

/* Keeps a download, whose target is copied. NULL if there is no room. */
struct inspect_browser_download *
inspect_browser_gather_download(struct inspect_browser_gather *gather,
                                const struct inspect_browser_download *download);

/* The one with that number that came last, or NULL. */
struct inspect_browser_download *inspect_browser_gather_find(struct inspect_browser_gather *gather,
                                                             int64_t number);

/* Writes a row for a host of a download; nothing if it is the same as in the row before. */
void inspect_browser_gather_from(struct inspect_browser_gather *gather,
                                 struct inspect_browser_download *download, uint32_t host);

/* Writes what has no row yet: downloads without a host, and hosts. */
void inspect_browser_gather_end(struct inspect_browser_gather *gather);

#endif
