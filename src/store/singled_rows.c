#include "store/singled_rows.h"

#include "base/mac.h"
#include "store/normal.h"
#include "store/questions.h"

#include <stdlib.h>
#include <string.h>

uint64_t singled_rows_print(const char *text) {
    uint64_t print = UINT64_C(14695981039346656037);
    if (!text[0])
        return 0;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        print = (print ^ *c) * UINT64_C(1099511628211);
    return print ? print : 1;
}

static uint64_t both(uint64_t a, uint64_t b) {
    uint64_t print = (a ^ (b + UINT64_C(0x9e3779b97f4a7c15) + (a << 6) + (a >> 2))) * UINT64_C(1099511628211);
    return print ? print : 1;
}

/* --- lists --- */

/* Room for one more at the end, zeroed; NULL once memory ran out. */
static void *more(struct singled_rows *rows, void **list, size_t *count, size_t *room, size_t size) {
    if (rows->failed)
        return NULL;
    if (*count == *room) {
        size_t wanted = *room ? *room * 2 : 1024;
        void *larger = realloc(*list, wanted * size);
        if (!larger) {
            rows->failed = true;
            return NULL;
        }
        *list = larger;
        *room = wanted;
    }
    return memset((char *)*list + (*count)++ * size, 0, size);
}

#define MORE(rows, list, count, room) more(rows, (void **)&(list), &(count), &(room), sizeof *(list))

static const char *keep(struct singled_rows *rows, const char *text) {
    char *copy = text[0] ? strdup(text) : NULL;
    rows->failed = rows->failed || (text[0] && !copy);
    return copy ? copy : "";
}

static void forget(const char *kept) {
    if (kept && kept[0])
        free((void *)(uintptr_t)kept);
}

static void put(struct singled_rows *rows, struct singled_rows_set *set, uint64_t print) {
    uint64_t *value = print ? MORE(rows, set->values, set->count, set->room) : NULL;
    if (value)
        *value = print;
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void settle(struct singled_rows_set *set) {
    size_t kept = 0;
    if (set->count > 0)
        qsort(set->values, set->count, sizeof *set->values, by_value);
    for (size_t i = 0; i < set->count; i++)
        if (kept == 0 || set->values[kept - 1] != set->values[i])
            set->values[kept++] = set->values[i];
    set->count = kept;
}

bool singled_rows_has(const struct singled_rows_set *set, uint64_t print) {
    return print && set->count > 0 && bsearch(&print, set->values, set->count, sizeof print, by_value);
}

static uint32_t word(struct singled_rows *rows, const char *text) {
    uint32_t number = 0;
    rows->failed = rows->failed || !texts_number(&rows->words, text, &number);
    return number;
}

/* By a first member of 64 bits, which hosts and things have. */
static uint32_t find(const void *list, size_t count, size_t size, uint64_t id) {
    const char *found = count ? bsearch(&id, list, count, size, by_value) : NULL;
    return found ? (uint32_t)((size_t)(found - (const char *)list) / size) : SINGLED_ROWS_NONE;
}

static uint32_t host_of(const struct singled_rows *rows, int64_t id) {
    return find(rows->hosts, rows->host_count, sizeof *rows->hosts, (uint64_t)id);
}

static uint32_t thing_of(const struct singled_rows *rows, int64_t id) {
    return find(rows->things, rows->thing_count, sizeof *rows->things, (uint64_t)id);
}

/* --- asking --- */

typedef void each_row(struct singled_rows *rows, struct store *store, struct engine_rows *answer);

static bool each(struct singled_rows *rows, struct store *store, struct sql *sql, each_row *take) {
    struct engine_rows *answer = store_ask(store, sql);
    while (!rows->failed && store_next(store, answer))
        take(rows, store, answer);
    store_finish(store, answer);
    sql_free(sql);
    return !rows->failed && store_error(store)[0] == 0;
}

static bool ask(struct singled_rows *rows, struct store *store, const char *words, each_row *take) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, words);
    return each(rows, store, &sql, take);
}

/* Hosts that are one update apart can be compared: "Windows 10 Pro 19045.3803" is "Windows 10 Pro 19045". */
static uint64_t coarse(const char *build) {
    struct text text = {0};
    const char *dot = strrchr(build, '.');
    size_t digits = 0;
    while (dot && (size_t)(dot - build) > digits && dot[-1 - (ptrdiff_t)digits] >= '0' &&
           dot[-1 - (ptrdiff_t)digits] <= '9')
        digits++;
    bool update = digits >= 4 && dot[1 + strspn(dot + 1, "0123456789")] == 0;
    text_bytes(&text, build, update ? (size_t)(dot - build) : strlen(build));
    uint64_t print = singled_rows_print(text_string(&text));
    text_free(&text);
    return print;
}

static void take_host(struct singled_rows *rows, struct store *store, struct engine_rows *answer) {
    struct singled_rows_host *host = MORE(rows, rows->hosts, rows->host_count, rows->host_room);
    struct text macs = {0};
    if (!host)
        return;
    host->host = (uint64_t)store_number(store, answer, 0);
    host->name = keep(rows, store_text(store, answer, 1));
    host->domain = keep(rows, store_text(store, answer, 2));
    text_format(&macs, "%s ", store_text(store, answer, 3));
    text_add(&macs, store_text(store, answer, 8));
    host->mac = keep(rows, text_string(&macs));
    text_free(&macs);
    host->os_build = keep(rows, store_text(store, answer, 4));
    host->build = singled_rows_print(host->os_build);
    host->kin = both(singled_rows_print(store_text(store, answer, 5)),
                     singled_rows_print(store_text(store, answer, 6)));
    host->alike = both(coarse(host->os_build), host->kin);
    host->verdict = keep(rows, store_text(store, answer, 7));
    host->partial = true;
}

/* --- network cards --- */

struct card {
    uint64_t mac;
    uint32_t host;
};

static int by_card(const void *a, const void *b) {
    const struct card *x = a, *y = b;
    if (x->mac != y->mac)
        return x->mac > y->mac ? 1 : -1;
    return (x->host > y->host) - (x->host < y->host);
}

static uint64_t number_of(const uint8_t mac[MAC_SIZE]) {
    uint64_t number = 0;
    for (size_t i = 0; i < MAC_SIZE; i++)
        number = number << 8 | mac[i];
    return number;
}

/* What is left of a host's: an address that it has twice is one, and one of many hosts is none. */
static void keep_cards(struct singled_rows *rows, struct singled_rows_host *host,
                       const struct singled_rows_set *common) {
    struct text left = {0};
    uint8_t mac[MAC_SIZE];
    for (const char *at = host->mac; mac_next(&at, mac);)
        if (!singled_rows_has(common, number_of(mac))) {
            text_add(&left, left.size ? " " : "");
            mac_add(&left, mac);
        }
    forget(host->mac);
    host->mac = keep(rows, text_string(&left));
    text_free(&left);
}

static bool settle_cards(struct singled_rows *rows) {
    struct card *cards = NULL;
    struct singled_rows_set common = {0};
    size_t count = 0, room = 0;
    uint8_t mac[MAC_SIZE];
    for (uint32_t i = 0; i < rows->host_count; i++)
        for (const char *at = rows->hosts[i].mac; mac_next(&at, mac);) {
            struct card *card = MORE(rows, cards, count, room);
            if (card)
                *card = (struct card){number_of(mac), i};
        }
    if (count > 0)
        qsort(cards, count, sizeof *cards, by_card);
    for (size_t i = 0, hosts = 0; i < count; i++) {
        bool same = i > 0 && cards[i].mac == cards[i - 1].mac;
        hosts = !same ? 1 : hosts + (cards[i].host != cards[i - 1].host);
        if (hosts > SINGLED_ROWS_CARD)
            put(rows, &common, cards[i].mac);
    }
    settle(&common);
    for (size_t i = 0; i < rows->host_count; i++)
        keep_cards(rows, &rows->hosts[i], &common);
    free(cards);
    free(common.values);
    return !rows->failed;
}

/* --- what was collected --- */

/* Whether a hive was read whole differs by accident: that it was read is what is compared. */
static void take_covered(struct singled_rows *rows, struct store *store, struct engine_rows *answer) {
    uint32_t host = host_of(rows, store_number(store, answer, 0));
    const char *prefix = store_text(store, answer, 1);
    bool complete = store_number(store, answer, 2) == 1;
    if (host == SINGLED_ROWS_NONE)
        return;
    bool hive = strcmp(prefix, ROWS_HIVE_SYSTEM) == 0 || strcmp(prefix, ROWS_HIVE_SOFTWARE) == 0;
    rows->hosts[host].depth =
        both(rows->hosts[host].depth, both(singled_rows_print(prefix), hive || complete));
    if (!prefix[0] && complete)
        rows->hosts[host].partial = false;
}

/* --- things --- */

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static uint8_t place_of(const char *path) {
    unsigned place = begins(path, "/windows/") ? SINGLED_ROWS_WINDOWS : 0;
    if (begins(path, "/users/") || begins(path, "/documents and settings/"))
        place |= SINGLED_ROWS_USERS;
    if (strstr(path, "/temp/") || strstr(path, "/tmp/"))
        place |= SINGLED_ROWS_TEMP;
    return (uint8_t)place;
}

static uint8_t kind_of(const char *word_of_kind) {
    uint8_t kind = 0;
    while (kind < STORE_KINDS && strcmp(rows_kind_word((enum store_kind)kind), word_of_kind) != 0)
        kind++;
    return kind;
}

static bool starts_something(uint8_t kind) {
    return kind == STORE_SERVICE || kind == STORE_AUTOSTART;
}

/* What many have is kept only as far as rare things are compared with it. */
static void take_common(struct singled_rows *rows, const struct singled_rows_thing *thing) {
    if (starts_something(thing->kind))
        put(rows, &rows->started, thing->path);
    if (thing->kind != STORE_IMAGE && thing->kind != STORE_DRIVER)
        return;
    put(rows, &rows->paths, thing->path);
    put(rows, &rows->digests, thing->sha256);
    put(rows, &rows->authentihashes, thing->authentihash);
    put(rows, &rows->signers, thing->signer);
    if (thing->sha256)
        put(rows, &rows->same, both(thing->path, thing->sha256));
}

static void take_thing(struct singled_rows *rows, struct store *store, struct engine_rows *answer) {
    struct singled_rows_thing thing = {.thing = (uint64_t)store_number(store, answer, 0),
                                       .kind = kind_of(store_text(store, answer, 1)),
                                       .path = singled_rows_print(store_text(store, answer, 2)),
                                       .place = place_of(store_text(store, answer, 2)),
                                       .sha256 = singled_rows_print(store_text(store, answer, 3)),
                                       .authentihash = singled_rows_print(store_text(store, answer, 4)),
                                       .signer = singled_rows_print(store_text(store, answer, 5)),
                                       .built = store_number(store, answer, 6) != 0,
                                       .hosts = (unsigned)store_number(store, answer, 7)};
    if (thing.hosts > rows->rare) {
        take_common(rows, &thing);
        return;
    }
    if (singled_rows_has(&rows->own, thing.thing))
        return;
    struct singled_rows_thing *kept = MORE(rows, rows->things, rows->thing_count, rows->thing_room);
    if (kept)
        *kept = thing;
}

/* The element in another of its builds, which only its hosts can have: to them it is no more than the
 * element. */
static void take_own(struct singled_rows *rows, struct store *store, struct engine_rows *answer) {
    put(rows, &rows->own, (uint64_t)store_number(store, answer, 0));
}

static bool load_own(struct singled_rows *rows, struct store *store,
                     const struct questions_element *element) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT thing FROM ");
    questions_element_things(&sql, element);
    bool good = each(rows, store, &sql, take_own);
    settle(&rows->own);
    return good;
}

/* The same file under the same name, of which a few hosts could not tell who signed it, is not rare. */
static void drop_same(struct singled_rows *rows) {
    size_t kept = 0;
    for (size_t i = 0; i < rows->thing_count; i++) {
        const struct singled_rows_thing *thing = &rows->things[i];
        if (!thing->sha256 || !singled_rows_has(&rows->same, both(thing->path, thing->sha256)))
            rows->things[kept++] = *thing;
    }
    rows->thing_count = kept;
}

/* What was built on hosts is no evidence by itself: only marked. */
#define THINGS                                                                                               \
    "SELECT thing, kind, path, sha256, authentihash, signer, built, hosts FROM (SELECT thing, kind, path,"   \
    " sha256, authentihash, signer, built FROM {things} WHERE built = 0 OR thing IN (SELECT thing FROM"      \
    " {marks} WHERE severity > 0)) {join} {counts} USING (thing) ORDER BY thing"

static bool load_things(struct singled_rows *rows, struct store *store) {
    struct singled_rows_set *const sets[] = {&rows->paths,          &rows->digests, &rows->same,
                                             &rows->authentihashes, &rows->signers, &rows->started};
    if (!ask(rows, store, THINGS, take_thing))
        return false;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        settle(sets[i]);
    drop_same(rows);
    return true;
}

static void take_presence(struct singled_rows *rows, struct store *store, struct engine_rows *answer) {
    uint32_t thing = thing_of(rows, store_number(store, answer, 0));
    uint32_t host = host_of(rows, store_number(store, answer, 1));
    if (thing == SINGLED_ROWS_NONE || host == SINGLED_ROWS_NONE)
        return;
    struct singled_rows_presence *presence =
        MORE(rows, rows->presences, rows->presence_count, rows->presence_room);
    if (presence)
        *presence = (struct singled_rows_presence){host, thing, (uint64_t)store_number(store, answer, 2)};
}

static int by_host(const void *a, const void *b) {
    const struct singled_rows_presence *x = a, *y = b;
    if (x->host != y->host)
        return x->host > y->host ? 1 : -1;
    return (x->thing > y->thing) - (x->thing < y->thing);
}

static bool load_presences(struct singled_rows *rows, struct store *store) {
    struct text words = {0};
    text_format(&words, "SELECT thing, host, time FROM {rare %u}", rows->rare);
    bool good = ask(rows, store, text_string(&words), take_presence);
    text_free(&words);
    if (good && rows->presence_count > 0)
        qsort(rows->presences, rows->presence_count, sizeof *rows->presences, by_host);
    return good;
}

/* What is found under one path on many hosts is one thing in many builds. */
static void take_found(struct singled_rows *rows, struct store *store, struct engine_rows *answer) {
    put(rows, &rows->found,
        both(singled_rows_print(store_text(store, answer, 0)),
             singled_rows_print(store_text(store, answer, 1))));
}

static bool load_found(struct singled_rows *rows, struct store *store) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT path, detector, {distinct host} AS hosts FROM (SELECT thing, path FROM {things}"
                  " WHERE path <> '' AND thing IN (SELECT thing FROM {marks} WHERE severity > 0)) {join}"
                  " (SELECT thing, host, detector FROM {marks} WHERE severity > 0 AND thing <> 0)"
                  " USING (thing) GROUP BY path, detector HAVING hosts > ");
    sql_number(&sql, rows->rare);
    bool good = each(rows, store, &sql, take_found);
    settle(&rows->found);
    return good;
}

/* The paths and numbers in what is found differ from host to host where the same is found. */
static uint64_t said(const char *summary) {
    struct text normal = {0}, text = {0};
    normal_command(&normal, summary);
    for (const char *c = text_string(&normal); *c;) {
        size_t digits = strspn(c, "0123456789");
        text_char(&text, digits ? '#' : *c);
        c += digits ? digits : 1;
    }
    uint64_t print = singled_rows_print(text_string(&text));
    text_free(&normal);
    text_free(&text);
    return print;
}

static void take_mark(struct singled_rows *rows, struct store *store, struct engine_rows *answer) {
    int64_t id = store_number(store, answer, 1);
    uint32_t host = host_of(rows, store_number(store, answer, 0)), thing = thing_of(rows, id);
    uint64_t detector = singled_rows_print(store_text(store, answer, 5));
    if (host == SINGLED_ROWS_NONE || (id != 0 && thing == SINGLED_ROWS_NONE))
        return;
    if (id != 0 && singled_rows_has(&rows->found, both(rows->things[thing].path, detector))) {
        rows->things[thing].many = true;
        return;
    }
    struct singled_rows_mark *mark = MORE(rows, rows->marks, rows->mark_count, rows->mark_room);
    if (!mark)
        return;
    mark->host = host;
    mark->thing = thing;
    mark->stage = word(rows, store_text(store, answer, 2));
    mark->severity = (uint8_t)store_number(store, answer, 3);
    mark->strength = (uint8_t)store_number(store, answer, 4);
    mark->detector = word(rows, store_text(store, answer, 5));
    mark->time = (uint64_t)store_number(store, answer, 6);
    mark->text = both(detector, singled_rows_print(store_text(store, answer, 7)));
    mark->like = id == 0 ? both(detector, said(store_text(store, answer, 7))) : 0;
}

/* --- the element --- */

static void take_carrier(struct singled_rows *rows, struct store *store, struct engine_rows *answer) {
    uint32_t host = host_of(rows, store_number(store, answer, 0));
    uint64_t time = (uint64_t)store_number(store, answer, 1);
    if (host == SINGLED_ROWS_NONE)
        return;
    struct singled_rows_host *carrier = &rows->hosts[host];
    carrier->carries = true;
    if (time && (!carrier->arrival || time < carrier->arrival))
        carrier->arrival = time;
}

static bool load_element(struct singled_rows *rows, struct store *store, const char *text, struct text *why) {
    struct questions_element element;
    struct sql sql;
    if (text && !questions_element(text, &element)) {
        text_format(why,
                    "'%s' is no element: sha256:, authentihash:, product:, name: or marked: and what it is",
                    text);
        return false;
    }
    if (!text && !questions_found_element(store, &element))
        return store_error(store)[0] == 0;
    text_format(&rows->element, "%s:%s", questions_element_word(element.common), element.value);
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT host, arrived FROM ");
    questions_cohort(&sql, &element);
    return each(rows, store, &sql, take_carrier) && load_own(rows, store, &element);
}

/* --- all of it --- */

static unsigned rare_of(size_t hosts) {
    size_t most = hosts / SINGLED_ROWS_LEAST;
    return most < 1 ? 1 : most > STORE_RARE ? STORE_RARE : (unsigned)most;
}

#define HOSTS                                                                                                \
    "SELECT host, name, domain, mac, os_build, role, products, verdict, coalesce(listed, '') AS known FROM"  \
    " (SELECT host, name, domain, mac, os_build, role, products, verdict FROM {hosts} {join} (SELECT host,"  \
    " verdict FROM {cases}) USING (host)) {left} (SELECT host, mac AS listed FROM {places}) USING (host)"    \
    " ORDER BY host"
#define COVERED "SELECT host, prefix, complete FROM {covered} ORDER BY host, prefix, complete"
#define MARKS                                                                                                \
    "SELECT host, thing, stage, severity, strength, detector, time, summary FROM {marks} WHERE severity > 0" \
    " ORDER BY host, thing, severity, strength, detector, summary, time"

bool singled_rows_load(struct store *store, const char *element, struct singled_rows *ret, struct text *why) {
    *ret = (struct singled_rows){.rare = 1};
    (void)word(ret, "");
    bool good = ask(ret, store, HOSTS, take_host);
    ret->rare = rare_of(ret->host_count);
    good = good && settle_cards(ret) && ask(ret, store, COVERED, take_covered) &&
           load_element(ret, store, element, why) && load_things(ret, store) && load_presences(ret, store) &&
           load_found(ret, store) && ask(ret, store, MARKS, take_mark);
    if (!good && why->size == 0)
        text_add(why, ret->failed ? "out of memory" : store_error(store));
    return good;
}

void singled_rows_free(struct singled_rows *rows) {
    struct singled_rows_set *const sets[] = {
        &rows->paths,   &rows->digests, &rows->same, &rows->authentihashes,
        &rows->signers, &rows->started, &rows->own,  &rows->found};
    for (size_t i = 0; i < rows->host_count; i++) {
        const struct singled_rows_host *host = &rows->hosts[i];
        const char *const texts[] = {host->name, host->domain, host->mac, host->os_build, host->verdict};
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
            forget(texts[k]);
    }
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        free(sets[i]->values);
    texts_free(&rows->words);
    free(rows->hosts);
    free(rows->things);
    free(rows->presences);
    free(rows->marks);
    text_free(&rows->element);
    *rows = (struct singled_rows){.rare = 0};
}

/* --- texts of what is told --- */

bool singled_rows_texts(struct store *store, uint64_t thing, struct singled_rows_texts *ret) {
    struct sql sql;
    struct text *const texts[] = {&ret->kind, &ret->path, &ret->name, &ret->sha256, &ret->signer};
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT kind, path, name, sha256, signer FROM {things} WHERE thing = ");
    sql_number(&sql, (int64_t)thing);
    struct engine_rows *answer = store_ask(store, &sql);
    if (store_next(store, answer))
        for (unsigned i = 0; i < 5; i++)
            text_add(texts[i], store_text(store, answer, i));
    store_finish(store, answer);
    sql_free(&sql);
    return store_error(store)[0] == 0;
}

void singled_rows_texts_free(struct singled_rows_texts *texts) {
    text_free(&texts->kind);
    text_free(&texts->path);
    text_free(&texts->name);
    text_free(&texts->sha256);
    text_free(&texts->signer);
}

bool singled_rows_summary(struct store *store, uint64_t host, uint64_t thing, const char *detector,
                          struct text *ret) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT summary FROM {marks} WHERE host = ");
    sql_number(&sql, (int64_t)host);
    sql_add(&sql, " AND thing = ");
    sql_number(&sql, (int64_t)thing);
    sql_add(&sql, " AND detector = ");
    sql_text(&sql, detector);
    sql_add(&sql, " ORDER BY severity DESC, strength DESC, summary LIMIT 1");
    struct engine_rows *answer = store_ask(store, &sql);
    if (store_next(store, answer))
        text_add(ret, store_text(store, answer, 0));
    store_finish(store, answer);
    sql_free(&sql);
    return store_error(store)[0] == 0;
}
