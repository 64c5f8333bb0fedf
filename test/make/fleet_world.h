/* fleet_world: an invented fleet, host by host: what each of them has, what was found there, when it came.
 * The same seed, the same fleet. Times end on 5 April 2023; the trojan comes from 16 to 29 March.
 *
 * Innocent things are as they are in offices: products that few or many have, in several versions, of signed
 * and unsigned makers, for all users or one; builds of developers; images made by NGEN; drivers of one maker;
 * services that somebody wrote for himself; old libraries among those of Windows. */
#ifndef TEST_FLEET_WORLD_H
#define TEST_FLEET_WORLD_H

#include "base/digest.h"
#include "base/filetime.h"
#include "store/normal.h"
#include "store/rows.h"
#include "store/store.h"

enum { FLEET_PRODUCTS = 60, FLEET_THINGS = 20000, FLEET_MARKS = 256 };

struct fleet_options {
    unsigned hosts, implants, things; /* things: files of Windows and of products a host, about */
    unsigned share, noise;            /* percent that have the trojan; percent of the usual oddities */
    uint64_t seed;
    bool foreign; /* innocent oddities of further kinds, see fleet_foreign.h */
    bool uses;    /* hosts are said to be used for something; cases of fleetmake do not tell it */
};

struct fleet_thing {
    enum store_kind kind;
    char path[200]; /* with / between, as a case has it; of a service, what it starts */
    char name[80];  /* of a service */
    const char *signer, *product;
    char version[24];
    uint8_t sha256[32], authentihash[32];
    uint64_t time;
};

struct fleet_mark {
    int thing; /* index, -1 for none */
    const char *detector;
    unsigned severity, strength;
    char summary[256];
    uint64_t time;
};

struct fleet_host {
    unsigned index, build, patch, style; /* style: 0 none, 1 to 3 */
    char name[32], user[32], guid[40];
    bool carries, server, developer, shallow;
    uint64_t arrival, random;
    struct fleet_thing *things;
    struct fleet_mark *marks;
    size_t thing_count, mark_count;
};

struct fleet {
    struct fleet_options options;
    bool *carries;
    uint8_t *style;         /* by host */
    struct fleet_host host; /* the one that was made last */
};

static const uint64_t fleet_day = UINT64_C(864000000000);

static const struct {
    const char *name, *number;
    bool server;
    unsigned weight;
} fleet_builds[] = {{"10 Pro", "19044", false, 18},    {"10 Pro", "19045", false, 34},
                    {"11 Pro", "22000", false, 8},     {"11 Pro", "22621", false, 28},
                    {"Server 2019", "17763", true, 7}, {"Server 2022", "20348", true, 5}};

/* --- chance --- */

static inline uint64_t fleet_mix(uint64_t a, uint64_t b) {
    uint64_t z = a * UINT64_C(0x9e3779b97f4a7c15) + b + UINT64_C(0x632be59bd9b4e019);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint64_t fleet_next(struct fleet_host *host) {
    return fleet_mix(++host->random, UINT64_C(0x2545f4914f6cdd1d));
}

static inline unsigned fleet_below(struct fleet_host *host, unsigned most) {
    return (unsigned)(fleet_next(host) % most);
}

/* `permille` of hosts, as many more as the noise is louder. */
static inline bool fleet_oddity(struct fleet *fleet, unsigned permille) {
    return fleet_below(&fleet->host, 100000) < permille * fleet->options.noise;
}

static inline uint64_t fleet_end(void) {
    uint64_t end = 0;
    return filetime_parse("2023-04-05T12:00:00Z", &end) ? end : 0;
}

/* At any time of the last thousand days, with seconds that are not round. */
static inline uint64_t fleet_time(struct fleet_host *host) {
    return fleet_end() - fleet_next(host) % (1000 * fleet_day);
}

static inline uint64_t fleet_after(struct fleet_host *host, unsigned hours, unsigned more) {
    return host->arrival + (hours + fleet_below(host, more)) * (fleet_day / 24) +
           fleet_next(host) % (fleet_day / 24);
}

/* --- things --- */

static inline void fleet_digest(uint8_t digest[32], uint64_t a, uint64_t b) {
    for (unsigned i = 0; i < 4; i++) {
        uint64_t part = fleet_mix(a + i, b);
        memcpy(digest + 8 * (size_t)i, &part, sizeof part);
    }
}

/* A thing whose content is told by two numbers. */
static inline struct fleet_thing *fleet_thing(struct fleet_host *host, enum store_kind kind, uint64_t a,
                                              uint64_t b, const char *path) {
    struct fleet_thing *thing =
        &host->things[host->thing_count < FLEET_THINGS - 1 ? host->thing_count++ : host->thing_count];
    *thing = (struct fleet_thing){.kind = kind, .signer = "", .product = ""};
    snprintf(thing->path, sizeof thing->path, "%s", path);
    fleet_digest(thing->sha256, a, b);
    fleet_digest(thing->authentihash, a, b ^ 0xa5);
    thing->time = fleet_time(host);
    return thing;
}

/* Content that no other host has. */
static inline struct fleet_thing *fleet_own(struct fleet_host *host, enum store_kind kind, const char *path) {
    return fleet_thing(host, kind, fleet_next(host), host->index, path);
}

static inline struct fleet_thing *fleet_service(struct fleet_host *host, const char *name, const char *path,
                                                uint64_t time) {
    struct fleet_thing *thing = fleet_own(host, STORE_SERVICE, path);
    snprintf(thing->name, sizeof thing->name, "%s", name);
    thing->time = time;
    return thing;
}

static inline struct fleet_mark *fleet_mark(struct fleet_host *host, const struct fleet_thing *thing,
                                            const char *detector, unsigned severity, unsigned strength,
                                            uint64_t time) {
    struct fleet_mark *mark =
        &host->marks[host->mark_count < FLEET_MARKS - 1 ? host->mark_count++ : host->mark_count];
    *mark = (struct fleet_mark){.thing = thing ? (int)(thing - host->things) : -1,
                                .detector = detector,
                                .severity = severity,
                                .strength = strength,
                                .time = time};
    snprintf(mark->summary, sizeof mark->summary, "%s says it of %s", detector,
             thing ? thing->path : "this host");
    return mark;
}

/* A word such as "Kelvaro", the same for the same number. */
static inline const char *fleet_word(uint64_t number, char word[16]) {
    static const char *const parts[] = {"ka",  "lo",  "mi",  "ver", "tan", "su",  "pel", "dor",
                                        "qui", "zen", "bra", "nix", "fo",  "gel", "har", "tu"};
    uint64_t mixed = fleet_mix(number, 77);
    snprintf(word, 16, "%s%s%s%s", parts[mixed & 15], parts[mixed >> 4 & 15], parts[mixed >> 8 & 15],
             parts[mixed >> 12 & 15]);
    return word;
}

/* --- what offices have --- */

/* A file changes with one patch of eight. */
static inline void fleet_windows(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    char path[200], word[16];
    for (unsigned i = 0; i < fleet->options.things * 3 / 5; i++) {
        unsigned changed = host->patch;
        while (changed > 0 && fleet_mix(i, changed) % 8 != 0)
            changed--;
        snprintf(path, sizeof path, "/Windows/System32/%s%s%u%s", i % 20 == 0 ? "drivers/" : "",
                 fleet_word(i, word), i, i % 20 == 0 ? ".sys" : ".dll");
        struct fleet_thing *thing = fleet_thing(host, i % 20 == 0 ? STORE_DRIVER : STORE_IMAGE,
                                                fleet_mix(i, 1000 + host->build), changed, path);
        thing->signer = "Microsoft Windows";
        thing->product = "Microsoft Windows Operating System";
    }
    for (unsigned i = 0; i < 12; i++) {
        snprintf(path, sizeof path, "/Windows/System32/%s.dll", fleet_word(i + 500, word));
        fleet_service(host, word, path, fleet_end() - 900 * fleet_day);
    }
}

static const char *const fleet_makers[] = {"Northwind Ltd", "Contoso AG",  "Fabrikam SpA", "Tailspin GmbH",
                                           "Adatum Inc.",   "Litware SAS", "Proseware BV", "Wingtip Toys"};

static inline void fleet_product(struct fleet *fleet, unsigned product) {
    struct fleet_host *host = &fleet->host;
    char path[200], word[16], folder[96];
    unsigned version = fleet_below(host, 5) * fleet_below(host, 5) / 4, files = 3 + product % 6;
    uint64_t time = fleet_time(host);
    files = files * fleet->options.things / 300 + 2;
    if (product % 9 == 4)
        snprintf(folder, sizeof folder, "/Users/%s/AppData/Local/%s", host->user,
                 fleet_word(product + 100, word));
    else
        snprintf(folder, sizeof folder, "/Program Files/%s", fleet_word(product + 100, word));
    for (unsigned i = 0; i < files; i++) {
        snprintf(path, sizeof path, "%s/%s%u.%s", folder, word, i, i == 0 ? "exe" : "dll");
        struct fleet_thing *thing = fleet_thing(host, STORE_IMAGE, fleet_mix(product, i), version + 1, path);
        thing->signer = product % 6 == 5 ? "" : fleet_makers[product % 8];
        thing->time = time;
        snprintf(thing->version, sizeof thing->version, "%u.%u.0.0", product % 7 + 1, version);
    }
    if (product % 5 == 0) {
        snprintf(path, sizeof path, "%s/%s0.exe", folder, word);
        fleet_service(host, word, path, time);
    }
}

/* Zipf: the n-th product has 1/n^0.7 of the first one's users. */
static inline void fleet_products(struct fleet *fleet) {
    static const unsigned adoption[] = {900, 850, 760, 690, 640, 590, 550, 510,
                                        480, 450, 420, 390, 370, 350, 330};
    for (unsigned i = 0; i < FLEET_PRODUCTS; i++)
        if (fleet_below(&fleet->host, 1000) < (i < 15 ? adoption[i] : 5000 / (i + 1)))
            fleet_product(fleet, i);
}

static inline void fleet_ngen(struct fleet_host *host) {
    char path[200], word[16];
    for (unsigned i = 0; i < 12; i++) {
        snprintf(path, sizeof path,
                 "/Windows/assembly/NativeImages_v4.0.30319_64/%s/%016llx%016llx/%s.ni.dll",
                 fleet_word(i + 300, word), (unsigned long long)fleet_next(host),
                 (unsigned long long)fleet_next(host), word);
        fleet_own(host, STORE_IMAGE, path);
    }
}

/* Hundreds of builds; some are started as services, some lie where no compiler's folder is. */
static inline void fleet_developer(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    char path[200], word[16];
    unsigned count = 150 + fleet_below(host, 150);
    for (unsigned i = 0; i < count; i++) {
        snprintf(path, sizeof path, "/Users/%s/source/repos/%s/%s/%s%u.%s", host->user,
                 fleet_word(host->index * 8 + i % 8, word), i % 4 == 3 ? "out" : "bin/Debug", word, i,
                 i % 2 ? "dll" : "exe");
        struct fleet_thing *thing = fleet_own(host, STORE_IMAGE, path);
        if (i == 0 && fleet_below(host, 4) == 0)
            fleet_service(host, word, path, thing->time);
    }
}

/* --- what is odd and innocent --- */

static inline void fleet_own_service(struct fleet_host *host) {
    char path[200], word[16];
    snprintf(path, sizeof path, "/Program Files/%s/agent.exe", fleet_word(host->index + 90000, word));
    struct fleet_thing *thing = fleet_own(host, STORE_IMAGE, path);
    fleet_service(host, word, path, thing->time);
}

static inline void fleet_old_library(struct fleet_host *host) {
    char path[200], word[16];
    snprintf(path, sizeof path, "/Windows/System32/%s.dll", fleet_word(host->index + 50000, word));
    fleet_own(host, STORE_IMAGE, path);
}

static inline void fleet_driver(struct fleet_host *host, const char *signer) {
    char path[200], word[16];
    snprintf(path, sizeof path, "/Windows/System32/drivers/%s.sys", fleet_word(host->index + 70000, word));
    struct fleet_thing *thing = fleet_own(host, STORE_DRIVER, path);
    thing->signer = signer;
    if (!signer[0])
        fleet_mark(host, thing, "driver_unsigned", 1, 1, thing->time);
    fleet_service(host, word, path, thing->time);
}

static inline void fleet_phantom(struct fleet_host *host) {
    struct fleet_thing *thing = fleet_own(host, STORE_IMAGE, "/Windows/System32/wlbsctrl.dll");
    fleet_mark(host, thing, "dll_phantom", 1, 1, thing->time);
}

/* One tool of the organisation's, the same content, on eight hosts a campaign of installing, on one day. */
static inline void fleet_rollout(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    for (unsigned i = 0; i < 3; i++)
        if (fleet_mix(host->index + 31 * i, fleet->options.seed) % fleet->options.hosts < 8) {
            char path[200];
            snprintf(path, sizeof path, "/Program Files/House Tool %u/tool.exe", i);
            struct fleet_thing *thing = fleet_thing(host, STORE_IMAGE, 4000 + i, fleet->options.seed, path);
            thing->time = fleet_end() - (uint64_t)(8 + 3 * i) * fleet_day;
            fleet_service(host,
                          i == 0   ? "HouseToolA"
                          : i == 1 ? "HouseToolB"
                                   : "HouseToolC",
                          path, thing->time);
        }
}

static inline void fleet_oddities(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    if (fleet_oddity(fleet, 10))
        fleet_own_service(host);
    if (fleet_oddity(fleet, 15))
        fleet_old_library(host);
    if (fleet_oddity(fleet, 40)) {
        static const char *const once[] = {"Instrument Co", "Scanner Works", "Label Printer KG", "Audio Lab"};
        fleet_driver(host, once[fleet_below(host, 4)]);
    }
    if (fleet_oddity(fleet, 8))
        fleet_driver(host, "");
    if (fleet_oddity(fleet, 5))
        fleet_phantom(host);
    for (unsigned i = 0; i < 2; i++)
        if (fleet_oddity(fleet, 40)) {
            struct fleet_mark *mark = fleet_mark(host, NULL, "stomp", 1, 1, fleet_time(host));
            snprintf(mark->summary, sizeof mark->summary, "its times were set to %llu",
                     (unsigned long long)fleet_next(host));
        }
    if (fleet_oddity(fleet, 10))
        fleet_mark(host, NULL, "evidence_removed", 1, 1, fleet_time(host));
    fleet_rollout(fleet);
}

/* --- the attack --- */

static inline void fleet_trojan(struct fleet_host *host) {
    char path[200];
    unsigned version = host->random % 2 ? 407 : 416;
    static const char *const names[] = {"3CXDesktopApp.exe", "ffmpeg.dll", "d3dcompiler_47.dll"};
    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "/Users/%s/AppData/Local/Programs/3CXDesktopApp/app-18.12.%u/%s",
                 host->user, version, names[i]);
        struct fleet_thing *thing = fleet_thing(host, STORE_IMAGE, 3000 + i, i == 2 ? 1 : version, path);
        thing->time = host->arrival;
        thing->product = "3CX Desktop App";
        thing->signer = i == 1 ? "" : "3CX Ltd";
        snprintf(thing->version, sizeof thing->version, "18.12.%u.0", version);
        if (i > 0)
            fleet_mark(host, thing, i == 1 ? "ioc_hash" : "signature_slack", 5 - i, 2, host->arrival);
    }
}

/* A library that Windows looks for and that nobody has, its payload in a file that is none, its times set. */
static inline void fleet_implant_marked(struct fleet_host *host) {
    struct fleet_thing *thing = fleet_own(host, STORE_IMAGE, "/Windows/System32/wlbsctrl.dll");
    thing->time = fleet_after(host, 20, 60);
    fleet_mark(host, thing, "dll_phantom", 3, 1, thing->time);
    struct fleet_mark *mark = fleet_mark(host, NULL, "file_disguised", 3, 1, thing->time);
    snprintf(mark->summary, sizeof mark->summary, "a log of the registry holds %llu bytes that are none",
             (unsigned long long)fleet_next(host) % 100000);
}

static inline void fleet_implant_driver(struct fleet_host *host) {
    char path[200], word[16];
    snprintf(path, sizeof path, "/Windows/System32/drivers/%s.sys", fleet_word(host->index + 1234567, word));
    struct fleet_thing *thing = fleet_own(host, STORE_DRIVER, path);
    thing->time = fleet_after(host, 24, 70);
    fleet_mark(host, thing, "driver_unsigned", 2, 1, thing->time);
    fleet_service(host, word, path, thing->time + fleet_day / 1440);
}

/* Nothing finds it: unsigned, unique, where a service loads it, days after the trojan. */
static inline void fleet_implant_silent(struct fleet_host *host) {
    char path[200], word[16];
    snprintf(path, sizeof path, "/Program Files/Common Files/%s/%s.dll",
             fleet_word(host->index + 7654321, word), word);
    struct fleet_thing *thing = fleet_own(host, STORE_IMAGE, path);
    thing->time = fleet_after(host, 26, 100);
    fleet_service(host, word, path, thing->time + fleet_day / 1440);
}

/* --- a host --- */

#include "fleet_foreign.h"

static inline void fleet_identity(struct fleet *fleet, unsigned index) {
    struct fleet_host *host = &fleet->host;
    unsigned draw, build = 0;
    static const char *const users[] = {"anna", "bruno",  "chiara", "dieter",
                                        "elif", "fatima", "georg",  "hanna"};
    host->index = index;
    host->random = fleet_mix(fleet->options.seed, index);
    host->thing_count = host->mark_count = 0;
    host->carries = fleet->carries[index];
    host->style = fleet->style[index];
    draw = fleet_below(host, 100);
    while (draw >= fleet_builds[build].weight)
        draw -= fleet_builds[build++].weight;
    host->build = build;
    host->server = fleet_builds[build].server;
    host->patch = fleet_below(host, 4);
    host->developer = !host->server && fleet_below(host, 100) < 5;
    host->shallow = false;
    snprintf(host->name, sizeof host->name, "%s-%05u", host->server ? "srv" : "pc", index);
    snprintf(host->user, sizeof host->user, "%s.%u", users[fleet_below(host, 8)], index);
    snprintf(host->guid, sizeof host->guid, "%08x-0000-4000-8000-%012llx", index,
             (unsigned long long)(fleet_next(host) & 0xffffffffffff));
    host->arrival = fleet_end() - 20 * fleet_day + fleet_next(host) % (13 * fleet_day);
}

static inline void fleet_make(struct fleet *fleet, unsigned index) {
    fleet_identity(fleet, index);
    struct fleet_host *host = &fleet->host;
    fleet_windows(fleet);
    fleet_products(fleet);
    fleet_ngen(host);
    if (host->developer)
        fleet_developer(fleet);
    fleet_oddities(fleet);
    if (fleet->options.foreign)
        fleet_foreign(fleet);
    if (host->carries)
        fleet_trojan(host);
    if (host->style == 1)
        fleet_implant_marked(host);
    else if (host->style == 2)
        fleet_implant_driver(host);
    else if (host->style == 3)
        fleet_implant_silent(host);
}

/* Who has the trojan, and who the implant. */
static inline bool fleet_start(struct fleet *fleet, const struct fleet_options *options) {
    unsigned carriers = 0, chosen = 0;
    *fleet = (struct fleet){.options = *options};
    fleet->carries = calloc(options->hosts + 1, sizeof *fleet->carries);
    fleet->style = calloc(options->hosts + 1, sizeof *fleet->style);
    fleet->host.things = calloc(FLEET_THINGS, sizeof *fleet->host.things);
    fleet->host.marks = calloc(FLEET_MARKS, sizeof *fleet->host.marks);
    if (!fleet->carries || !fleet->style || !fleet->host.things || !fleet->host.marks)
        return false;
    for (unsigned i = 0; i < options->hosts; i++) {
        fleet->carries[i] = fleet_mix(options->seed ^ 0x3c, i) % 100 < options->share;
        carriers += fleet->carries[i];
    }
    for (uint64_t try = 0; chosen < options->implants && chosen < carriers; try++) {
        unsigned host = (unsigned)(fleet_mix(options->seed ^ 0x1f, try) % options->hosts);
        if (fleet->carries[host] && !fleet->style[host])
            fleet->style[host] = (uint8_t)(1 + chosen++ % 3);
    }
    return true;
}

static inline void fleet_end_all(struct fleet *fleet) {
    free(fleet->carries);
    free(fleet->style);
    free(fleet->host.things);
    free(fleet->host.marks);
}

/* --- straight into a store --- */

static inline bool fleet_is_built(const char *path) {
    return strstr(path, "/assembly/NativeImages") || strstr(path, "/bin/Debug/");
}

/* One host's rows; texts are kept in `kept`, which has room for all. */
static inline const char *fleet_keep(char **kept, const char *text) {
    char *here = *kept;
    size_t size = strlen(text) + 1;
    memcpy(here, text, size);
    *kept += size;
    return here;
}

static inline const char *fleet_hex(char **kept, const uint8_t digest[32]) {
    struct text hex = {0};
    text_hex(&hex, digest, 32);
    const char *here = fleet_keep(kept, text_string(&hex));
    text_free(&hex);
    return here;
}

static inline void fleet_row(const struct fleet_thing *thing, struct extract_thing *row, char **kept) {
    struct text path = {0}, name = {0};
    const char *slash = strrchr(thing->path, '/');
    bool file = thing->kind == STORE_IMAGE || thing->kind == STORE_DRIVER;
    if (file)
        normal_path(&path, thing->path);
    else
        normal_command(&path, thing->path);
    if (thing->kind == STORE_SERVICE)
        normal_service(&name, thing->name);
    else
        normal_name(&name, slash ? slash + 1 : thing->path);
    row->thing = (struct store_thing){.kind = thing->kind,
                                      .path = fleet_keep(kept, text_string(&path)),
                                      .name = fleet_keep(kept, text_string(&name)),
                                      .sha256 = file ? fleet_hex(kept, thing->sha256) : "",
                                      .authentihash = file ? fleet_hex(kept, thing->authentihash) : "",
                                      .signer = thing->signer,
                                      .exports = "",
                                      .version = thing->version,
                                      .product = thing->product,
                                      .built = file && fleet_is_built(thing->path)};
    row->time = thing->time;
    row->id = rows_thing_id(&row->thing);
    text_free(&path);
    text_free(&name);
}

static inline int fleet_by_id(const void *a, const void *b) {
    const struct extract_thing *x = a, *y = b;
    return x->id != y->id ? (x->id > y->id ? 1 : -1) : (x->time > y->time) - (x->time < y->time);
}

/* As extract has it: of a host of which the folder of Windows was collected, the areas in it, too. */
static inline size_t fleet_covered(const struct fleet_host *host, const struct extract *e,
                                   struct store_covered covered[1 + ROWS_AREAS]) {
    bool seen[ROWS_AREAS] = {false};
    size_t count = 0;
    covered[count++] = (struct store_covered){host->shallow ? "/windows" : "", true};
    for (size_t i = 0; host->shallow && i < e->thing_count; i++)
        if (e->things[i].thing.kind == STORE_IMAGE || e->things[i].thing.kind == STORE_DRIVER)
            seen[rows_area_of(e->things[i].thing.path)] = true;
    for (unsigned i = 0; i < ROWS_AREAS; i++)
        if (seen[i] && strcmp(rows_area(i), "/windows") != 0)
            covered[count++] =
                (struct store_covered){rows_area(i), strncmp(rows_area(i), "/windows/", 9) == 0};
    return count;
}

/* The address of its network card. */
static inline void fleet_card(const struct fleet_host *host, char mac[24]) {
    snprintf(mac, 24, "00:1c:23:%02x:%02x:%02x", host->index >> 16 & 255, host->index >> 8 & 255,
             host->index & 255);
}

/* Into the store, as an extract of its case would be; false if it cannot be written. */
static inline bool fleet_put(struct fleet *fleet, struct store *store) {
    struct fleet_host *host = &fleet->host;
    char *memory = malloc((host->thing_count + 1) * 520), *kept = memory;
    char build[64], key[160], mac[24];
    struct extract e = {.things = calloc(host->thing_count + 1, sizeof *e.things),
                        .marks = calloc(host->mark_count + 1, sizeof *e.marks)};
    struct store_covered covered[1 + ROWS_AREAS];
    struct store_report report = {.host = 0};
    size_t unique = 0;
    if (!memory || !e.things || !e.marks)
        return false;
    snprintf(build, sizeof build, "%s %s.%u", fleet_builds[host->build].name,
             fleet_builds[host->build].number, 1000 + 37 * host->patch);
    for (size_t i = 0; i < host->thing_count; i++)
        fleet_row(&host->things[i], &e.things[i], &kept);
    for (size_t i = 0; i < host->mark_count; i++) {
        const struct fleet_mark *m = &host->marks[i];
        e.marks[e.mark_count++] = (struct store_mark){.thing = m->thing < 0 ? 0 : e.things[m->thing].id,
                                                      .stage = "",
                                                      .severity = m->severity,
                                                      .strength = m->strength,
                                                      .detector = m->detector,
                                                      .summary = m->summary,
                                                      .time = m->time};
    }
    qsort(e.things, host->thing_count, sizeof *e.things, fleet_by_id);
    for (size_t i = 0; i < host->thing_count; i++)
        if (unique == 0 || e.things[unique - 1].id != e.things[i].id)
            e.things[unique++] = e.things[i];
    e.thing_count = unique;
    e.covered = covered;
    e.covered_count = fleet_covered(host, &e, covered);
    snprintf(key, sizeof key, "%s\nexample.org\n%s", host->name, host->guid); /* as extract makes it */
    fleet_card(host, mac);
    e.host = (struct store_host){.host = rows_id("host", key),
                                 .name = host->name,
                                 .domain = "example.org",
                                 .machine_guid = host->guid,
                                 .machine_sid = "",
                                 .mac = mac,
                                 .os_build = build,
                                 .role = host->server ? "server" : "client",
                                 .products = !fleet->options.uses ? ""
                                             : host->developer    ? "developer office"
                                             : host->server       ? "web"
                                                                  : "office"};
    e.made = (struct store_case){.caseid = rows_id("case", host->name),
                                 .host = e.host.host,
                                 .collected = fleet_end(),
                                 .verdict = host->carries ? "compromised: stage 1" : "nothing found",
                                 .rank = host->carries ? 3 : 0,
                                 .complete = true};
    enum store_added added = store_put(store, &e, &report);
    text_free(&report.name);
    text_free(&report.reason);
    free(memory);
    free(e.things);
    free(e.marks);
    return added == STORE_ADDED || added == STORE_REPLACED;
}

/* A whole fleet; false with the reason in store_error. */
static inline bool fleet_fill(struct store *store, const struct fleet_options *options) {
    struct fleet fleet;
    bool good = fleet_start(&fleet, options);
    for (unsigned i = 0; good && i < options->hosts; i++) {
        fleet_make(&fleet, i);
        good = fleet_put(&fleet, store);
    }
    fleet_end_all(&fleet);
    return good;
}

#endif
