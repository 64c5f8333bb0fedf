/* fleetfill: fills a store with hosts that share most of what they have, through the same calls as `fleet
 * add`:
 *
 *     fleetfill STORE HOSTS THINGS [FIRST [SEED]]
 *
 * HOSTS hosts from number FIRST on with about THINGS things each: 80 % from a set of their build of the
 * system (of eight), 18 % from products that some have (Zipf), 2 % versions that few have, two things of
 * their own. Every third host has phone.dll, on which something was found, since a day in two weeks; every
 * three hundredth of these an implant. Prints what it took. */
#include "base/digest.h"
#include "base/filetime.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BUILDS = 8, TEXT = 96 };
#define START UINT64_C(133224480000000000) /* 2023-03-03 */
#define DAY   UINT64_C(864000000000)

static uint64_t state;
static clock_t spent; /* in the store alone */

static uint64_t draw(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

struct texts {
    char path[2 * TEXT], name[TEXT], sha256[65], version[24], product[24];
};

struct host {
    struct extract extract;
    struct texts *texts;
    struct store_mark marks[2];
    struct store_covered covered;
    char name[24], guid[40], build[24];
};

static const char *const signers[] = {"Microsoft Windows", "Microsoft Corporation", "Contoso Ltd", "",
                                      "Fabrikam Inc"};

/* Thing `number` of a set: the same number, the same row. */
static void add(struct host *h, const char *set, uint64_t number, uint64_t time) {
    struct extract *e = &h->extract;
    struct texts *t = &h->texts[e->thing_count];
    struct extract_thing *thing = &e->things[e->thing_count++];
    uint8_t digest[DIGEST_MAX];
    char key[64];
    snprintf(key, sizeof key, "%s %llu", set, (unsigned long long)number);
    digest_once(DIGEST_SHA256, span_of(key, strlen(key), 0), digest);
    for (int i = 0; i < 32; i++)
        snprintf(t->sha256 + 2 * i, 3, "%02x", digest[i]);
    snprintf(t->name, sizeof t->name, "%s%llu.dll", set, (unsigned long long)(number % 40000));
    if (strcmp(set, "phone") == 0) /* versions of one file */
        snprintf(t->name, sizeof t->name, "phone.dll");
    snprintf(t->path, sizeof t->path, "/windows/%s/%llu/%s", number % 3 ? "system32" : "winsxs",
             (unsigned long long)(number % 97), t->name);
    snprintf(t->version, sizeof t->version, "10.0.%llu.1", (unsigned long long)(number / 40000));
    snprintf(t->product, sizeof t->product, "Product %llu", (unsigned long long)(number % 61));
    thing->thing = (struct store_thing){.kind = number % 50 == 0 ? STORE_DRIVER : STORE_IMAGE,
                                        .path = t->path,
                                        .name = t->name,
                                        .sha256 = t->sha256,
                                        .authentihash = t->sha256,
                                        .signer = signers[number % 5],
                                        .exports = "0123456789abcdef",
                                        .version = t->version,
                                        .product = t->product};
    thing->id = rows_thing_id(&thing->thing);
    thing->time = time;
}

static int by_id(const void *a, const void *b) {
    const struct extract_thing *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void mark(struct host *h, const struct extract_thing *thing, unsigned severity, const char *stage) {
    h->marks[h->extract.mark_count++] = (struct store_mark){.thing = thing->id,
                                                            .stage = stage,
                                                            .severity = severity,
                                                            .strength = 2,
                                                            .detector = "made",
                                                            .summary = "as it was made",
                                                            .time = thing->time};
}

static void things(struct host *h, uint64_t number, uint64_t wanted) {
    uint64_t build = number % BUILDS, system = wanted * 80 / 100;
    for (uint64_t i = 0; i < system; i++) /* builds share three quarters */
        add(h, "sys", i % 4 ? i : i + (build + 1) * 1000000, START - DAY * (i % 900));
    for (uint64_t i = system; i + 4 < wanted; i++) {
        double u = (double)(draw() >> 11) / 9007199254740992.0;
        uint64_t pick = (uint64_t)((double)wanted * 4 * u * u * u * u);
        add(h, i % 50 ? "app" : "few", i % 50 ? pick : draw() % (wanted * 20), START - DAY * (i % 300));
    }
    add(h, "own", number * 2, START + DAY);
    add(h, "own", number * 2 + 1, START - DAY);
    if (number % 3 == 0) {
        add(h, "phone", number / 3 % 4, START + DAY * (draw() % 14));
        mark(h, &h->extract.things[h->extract.thing_count - 1], 4, "release");
    }
    if (number % 900 == 0) {
        add(h, "implant", number, START + DAY * 20);
        mark(h, &h->extract.things[h->extract.thing_count - 1], 3, "implant");
    }
}

static void unique(struct extract *e) {
    size_t kept = 0;
    qsort(e->things, e->thing_count, sizeof *e->things, by_id);
    for (size_t i = 0; i < e->thing_count; i++)
        if (kept == 0 || e->things[kept - 1].id != e->things[i].id)
            e->things[kept++] = e->things[i];
    e->thing_count = kept;
}

static bool fill(struct store *store, struct host *h, uint64_t number, uint64_t wanted, uint64_t *presences) {
    struct extract *e = &h->extract;
    struct store_report report;
    e->thing_count = e->mark_count = 0;
    snprintf(h->name, sizeof h->name, "ws-%06llu", (unsigned long long)number);
    snprintf(h->guid, sizeof h->guid, "%016llx", (unsigned long long)(number * UINT64_C(0x9e3779b97f4a7c15)));
    snprintf(h->build, sizeof h->build, "Windows 10 Pro %llu", (unsigned long long)(19041 + number % BUILDS));
    e->host = (struct store_host){
        rows_id("host", h->name), h->name, "corp.example", h->guid, "", "", h->build, "client", ""};
    e->made = (struct store_case){.caseid = rows_id("case", h->name),
                                  .host = e->host.host,
                                  .collected = START + 40 * DAY,
                                  .rank = number % 900 == 0 ? 4
                                          : number % 3 == 0 ? 3
                                                            : 0,
                                  .verdict = number % 900 == 0 ? "compromised: implant"
                                             : number % 3 == 0 ? "compromised: stage 1"
                                                               : "nothing found",
                                  .complete = true};
    things(h, number, wanted);
    unique(e);
    h->covered = (struct store_covered){"", true};
    e->marks = h->marks;
    e->covered = &h->covered;
    e->covered_count = 1;
    clock_t before = clock();
    enum store_added added = store_put(store, e, &report);
    spent += clock() - before;
    *presences += report.things;
    text_free(&report.name);
    text_free(&report.reason);
    return added != STORE_FAILED;
}

int main(int argc, char **argv) {
    struct text error = {0};
    struct host h = {.covered = {"", true}};
    if (argc < 4)
        return 2;
    uint64_t hosts = strtoull(argv[2], NULL, 10), wanted = strtoull(argv[3], NULL, 10);
    uint64_t first = argc > 4 ? strtoull(argv[4], NULL, 10) : 0, presences = 0;
    state = argc > 5 ? strtoull(argv[5], NULL, 10) : 88172645463325252u;
    struct store *store = store_open(argv[1], STORE_WRITE, &error);
    h.extract.things = calloc(wanted + 16, sizeof *h.extract.things);
    h.texts = calloc(wanted + 16, sizeof *h.texts);
    bool good = store && h.extract.things && h.texts && state != 0 && wanted >= 10;
    uint64_t began = filetime_now();
    for (uint64_t i = 0; i < hosts && good; i++)
        good = fill(store, &h, first + i, wanted, &presences);
    double cpu = (double)spent / CLOCKS_PER_SEC, wall = (double)(filetime_now() - began) / 1e7;
    if (good)
        printf("%llu hosts, %llu presences, %.2f s of CPU, %.2f s, %.0f presences a second of CPU\n",
               (unsigned long long)hosts, (unsigned long long)presences, cpu, wall,
               (double)presences / (cpu > 0 ? cpu : 1));
    else
        fprintf(stderr, "fleetfill: %s\n", store ? store_error(store) : text_string(&error));
    store_close(store);
    text_free(&error);
    free(h.extract.things);
    free(h.texts);
    return good ? 0 : 1;
}
