#include "intel/campaigns.h"

#include "intel/campaigns_value.h"
#include "intel/place.h"

#include <stdlib.h>

enum { FIELDS = 6 };

const char *campaigns_kind_word(enum campaigns_kind kind) {
    static const char *const words[CAMPAIGNS_KINDS] = {"md5",         "sha1",      "sha256", "authentihash",
                                                       "cert_serial", "bytes",     "path",   "service",
                                                       "domain",      "technique", "tlsh",   "rich"};
    return (unsigned)kind < CAMPAIGNS_KINDS ? words[kind] : "?";
}

const char *campaigns_role_word(enum campaigns_role role) {
    static const char *const words[CAMPAIGNS_ROLES] = {"", "host", "tool", "name"};
    return (unsigned)role < CAMPAIGNS_ROLES ? words[role] : "?";
}

void campaigns_free(struct campaigns *campaigns) {
    for (size_t i = 0; i < campaigns->block_count; i++)
        free(campaigns->blocks[i]);
    free(campaigns->blocks);
    free(campaigns->list);
    free(campaigns->items);
    *campaigns = (struct campaigns){0};
}

/* --- one list --- */

struct reader {
    struct campaigns read;
    struct text keys;
    size_t *key_at; /* of each item, in `keys` */
    const char *file;
    bool shipped, named;
};

static bool grow(void **list, size_t count, size_t size) {
    if (count & (count - 1)) /* doubled whenever it is a power of two */
        return true;
    void *more = realloc(*list, (count > 0 ? 2 * count : 1) * size);
    if (more)
        *list = more;
    return more != NULL;
}

static bool begin(struct reader *r, char *const fields[FIELDS]) {
    struct campaigns *to = &r->read;
    if (to->count == CAMPAIGNS_MOST || !grow((void **)&to->list, to->count, sizeof *to->list))
        return false;
    to->list[to->count++] = (struct campaigns_one){.name = fields[1],
                                                   .what = fields[3],
                                                   .file = r->file,
                                                   .first = to->item_count,
                                                   .shipped = r->shipped};
    return true;
}

static const char *take_item(struct reader *r, enum campaigns_kind kind, char *const fields[FIELDS]) {
    struct campaigns *to = &r->read;
    int role = 0;
    while (role < CAMPAIGNS_ROLES && strcmp(campaigns_role_word((enum campaigns_role)role), fields[2]) != 0)
        role++;
    if (role == CAMPAIGNS_ROLES)
        return "a role that there is not";
    if (to->item_count == CAMPAIGNS_ITEMS)
        return "there are too many items";
    if (!grow((void **)&to->items, to->item_count, sizeof *to->items) ||
        !grow((void **)&r->key_at, to->item_count, sizeof *r->key_at))
        return "out of memory";
    size_t at = r->keys.size;
    if (!campaigns_value_key(kind, fields[1], &r->keys))
        return "a value that is none of its kind";
    text_char(&r->keys, 0);
    r->key_at[to->item_count] = at;
    to->items[to->item_count++] =
        (struct campaigns_item){.campaign = (uint32_t)to->count - 1,
                                .kind = kind,
                                .role = (enum campaigns_role)role,
                                .value = fields[1],
                                .what = fields[3],
                                .report = strcmp(fields[4], "not stated") == 0 ? "" : fields[4],
                                .source = fields[5]};
    to->list[to->count - 1].count++;
    return NULL;
}

static const char *split(char *line, char *fields[FIELDS]) {
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = line;
        char *tab = strchr(line, '\t');
        if ((i + 1 < FIELDS) != (tab != NULL))
            return "the line does not have six fields";
        if (tab) {
            *tab = 0;
            line = tab + 1;
        }
        if (strlen(fields[i]) > CAMPAIGNS_CELL || !text_valid(fields[i], strlen(fields[i])))
            return "a field that is too long or no text";
    }
    return NULL;
}

static const char *take_passed(struct reader *r, const char *value) {
    char *end;
    if (value[0] < '0' || value[0] > '9')
        return "no number";
    r->read.list[r->read.count - 1].passed = strtoull(value, &end, 10);
    return *end ? "no number" : NULL;
}

static const char *take(struct reader *r, char *line) {
    static const char *const head[FIELDS] = {"kind", "value", "role", "what", "report", "source"};
    char *fields[FIELDS];
    const char *why = split(line, fields);
    if (why)
        return why;
    if (!r->named) {
        r->named = true;
        for (size_t i = 0; i < FIELDS; i++)
            if (strcmp(fields[i], head[i]) != 0)
                return "the first line does not name the fields";
        return NULL;
    }
    if (strcmp(fields[0], "campaign") == 0) {
        if (!fields[1][0] || strlen(fields[1]) > CAMPAIGNS_NAME)
            return "a campaign without a name, or with one that is too long";
        return begin(r, fields) ? NULL : "there are too many campaigns";
    }
    if (r->read.count == 0)
        return "an item before the first campaign";
    if (strcmp(fields[0], "passed") == 0)
        return take_passed(r, fields[1]);
    for (int kind = 0; kind < CAMPAIGNS_KINDS; kind++)
        if (strcmp(campaigns_kind_word((enum campaigns_kind)kind), fields[0]) == 0)
            return take_item(r, (enum campaigns_kind)kind, fields);
    return "a kind that there is not";
}

/* The texts are cut in place; the list owns them, the keys and the name of the file. */
static const char *read_list(struct reader *r, char *text, uint64_t *line) {
    const char *why = NULL;
    for (char *at = text, *next; !why && *at; at = next) {
        next = at + strcspn(at, "\n");
        if (*next)
            *next++ = 0;
        ++*line;
        at[strcspn(at, "\r")] = 0;
        if (at[0] && at[0] != '#')
            why = take(r, at);
    }
    if (!why) {
        *line = 0;
        why = r->keys.full ? "out of memory" : r->read.item_count == 0 ? "nothing in it is compared" : NULL;
    }
    return why;
}

static bool settle(struct reader *r, char *text, char *file) {
    char *keys = r->keys.data;
    r->read.blocks = calloc(3, sizeof *r->read.blocks);
    if (!r->read.blocks)
        return false;
    r->keys = (struct text){0};
    r->read.blocks[0] = text;
    r->read.blocks[1] = file;
    r->read.blocks[2] = keys;
    r->read.block_count = 3;
    for (size_t i = 0; i < r->read.item_count; i++)
        r->read.items[i].key = keys + r->key_at[i];
    return true;
}

bool campaigns_add(struct campaigns *campaigns, struct span bytes, const char *file, bool shipped,
                   struct campaigns_damage *damage) {
    char *text = malloc(bytes.size + 1), *called = strdup(file);
    struct reader r = {.file = called, .shipped = shipped};
    *damage = (struct campaigns_damage){.why = "out of memory"};
    bool settled = false;
    if (text && called) {
        text[span_copy(bytes, text, bytes.size)] = 0;
        damage->why = bytes.size > CAMPAIGNS_FILE  ? "the list is too large"
                      : strlen(text) != bytes.size ? "the list holds a NUL"
                                                   : read_list(&r, text, &damage->line);
        settled = !damage->why && settle(&r, text, called);
        if (!damage->why && (!settled || !campaigns_move(campaigns, &r.read)))
            damage->why = "there are too many campaigns, or memory ran out";
    }
    text_free(&r.keys);
    free(r.key_at);
    if (!settled) {
        free(text);
        free(called);
    }
    campaigns_free(&r.read);
    return !damage->why;
}

bool campaigns_load(struct campaigns *campaigns, const char *path, const char *file, bool shipped,
                    struct text *error) {
    char *bytes;
    size_t size;
    struct campaigns_damage damage;
    if (!place_read(path, CAMPAIGNS_FILE, &bytes, &size, error))
        return false;
    bool good = campaigns_add(campaigns, span_of(bytes, size, 0), file, shipped, &damage);
    if (!good)
        text_format(error, "%s:%llu: %s", path, (unsigned long long)damage.line, damage.why);
    free(bytes);
    return good;
}

/* --- sets --- */

static bool make_room(void **list, size_t count, size_t more, size_t size) {
    if (more == 0)
        return true;
    void *larger = realloc(*list, (count + more) * size);
    if (larger)
        *list = larger;
    return larger != NULL;
}

bool campaigns_move(struct campaigns *to, struct campaigns *from) {
    if (from->count > CAMPAIGNS_MOST - to->count || from->item_count > CAMPAIGNS_ITEMS - to->item_count ||
        !make_room((void **)&to->list, to->count, from->count, sizeof *to->list) ||
        !make_room((void **)&to->items, to->item_count, from->item_count, sizeof *to->items) ||
        !make_room((void **)&to->blocks, to->block_count, from->block_count, sizeof *to->blocks))
        return false;
    for (size_t i = 0; i < from->count; i++) {
        to->list[to->count + i] = from->list[i];
        to->list[to->count + i].first += to->item_count;
    }
    for (size_t i = 0; i < from->item_count; i++) {
        to->items[to->item_count + i] = from->items[i];
        to->items[to->item_count + i].campaign += (uint32_t)to->count;
    }
    for (size_t i = 0; i < from->block_count; i++)
        to->blocks[to->block_count + i] = from->blocks[i];
    to->count += from->count;
    to->item_count += from->item_count;
    to->block_count += from->block_count;
    from->block_count = 0; /* they have another owner */
    campaigns_free(from);
    return true;
}

bool campaigns_ship(struct campaigns *campaigns, struct text *error) {
    static const char *const shipped[] = {"3cx.tsv", "gopuram.tsv", "applejeus.tsv", "x_trader.tsv",
                                          "simplextea.tsv"};
    struct text path = {0};
    char place[40];
    bool good = true;
    for (size_t i = 0; good && i < sizeof shipped / sizeof shipped[0]; i++) {
        snprintf(place, sizeof place, "campaigns/%s", shipped[i]);
        good = place_find(place, &path, error) &&
               campaigns_load(campaigns, text_string(&path), shipped[i], true, error);
    }
    text_free(&path);
    return good;
}

bool campaigns_want(const struct campaigns *campaigns, enum campaigns_kind kind) {
    for (size_t i = 0; i < campaigns->item_count; i++)
        if (campaigns->items[i].kind == kind && !campaigns->list[campaigns->items[i].campaign].shipped)
            return true;
    return false;
}

void campaigns_tell(const struct campaigns *campaigns, size_t first, struct text *ret) {
    enum { NAMED = 3 };
    uint64_t items = 0, passed = 0;
    for (size_t i = first; i < campaigns->count; i++) {
        items += campaigns->list[i].count;
        passed += campaigns->list[i].passed;
        if (i < first + NAMED)
            text_format(ret, "%s%s", i > first ? "; " : "", campaigns->list[i].name);
    }
    if (campaigns->count > first + NAMED)
        text_format(ret, "; and %zu more", campaigns->count - first - NAMED);
    text_format(ret, ": %s, ", campaigns->count - first == 1 ? "campaign" : "campaigns");
    text_grouped(ret, items);
    text_add(ret, items == 1 ? " item" : " items");
    if (passed > 0) {
        text_add(ret, ", ");
        text_grouped(ret, passed);
        text_add(ret, passed == 1 ? " row that is not compared" : " rows that are not compared");
    }
}
