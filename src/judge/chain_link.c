#include "judge/chain_link.h"

#include <stdlib.h>

#define DIGEST INT64_MIN /* a key whose text is bytes */

/* What makes things one: equal keys of one kind on one host. */
struct key {
    const char *text;
    size_t size;
    int64_t number; /* of a volume or package */
    uint32_t host, thing;
    enum chain_kind kind;
};

struct keys {
    struct key *list;
    size_t count, room;
};

/* Roles of finding_reference that mean that both files belong to one thing. */
static const char *const roles[] = {"file that it names", "program that loads it", "in the same package"};

static const char references_sql[] =
    "SELECT r.finding, r.artifact, r.role FROM finding_reference r WHERE r.finding <= ? ORDER BY r.finding";

/* Certificates that are not to be trusted, by file. */
static const char signers_sql[] =
    "SELECT t.artifact, lower(hex(s.thumbprint)), coalesce(t.signer, '') FROM trust t JOIN signature s ON s.artifact ="
    " coalesce(t.catalog, t.artifact) AND s.ordinal = t.signature WHERE t.state IN ('untrusted-root',"
    " 'revoked-or-distrusted') AND s.thumbprint IS NOT NULL ORDER BY t.artifact";

const char *chain_link_kind(enum chain_kind kind) {
    static const char *const words[] = {"names",   "file",   "service", "started", "loads",
                                        "package", "folder", "signer",  "time"};
    return (unsigned)kind < sizeof words / sizeof words[0] ? words[kind] : "?";
}

enum strength chain_link_strength(enum chain_kind kind) {
    return kind == CHAIN_KIND_TIME      ? STRENGTH_WEAK
           : kind >= CHAIN_KIND_PACKAGE ? STRENGTH_FIRM
                                        : STRENGTH_STRONG;
}

/* --- union-find --- */

uint32_t chain_link_root(uint32_t *parents, uint32_t thing) {
    while (parents[thing] != thing) {
        parents[thing] = parents[parents[thing]];
        thing = parents[thing];
    }
    return thing;
}

bool chain_link_unite(uint32_t *parents, uint32_t a, uint32_t b) {
    a = chain_link_root(parents, a);
    b = chain_link_root(parents, b);
    if (a < b)
        parents[b] = a;
    else
        parents[a] = b;
    return a != b;
}

bool chain_link_edge(struct chain_case *c, struct chain_edge edge) {
    if (!chain_room(c, &c->edges, &c->edge_room, c->edge_count, sizeof *c->edges))
        return false;
    c->edges[c->edge_count++] = edge;
    return true;
}

static bool join(struct chain_case *c, struct chain_edge edge) {
    chain_link_unite(c->parents, edge.from, edge.to);
    return chain_link_edge(c, edge);
}

bool chain_link_staged(const struct chain_case *c, uint32_t thing) {
    const struct chain_thing *t = &c->things[thing];
    for (uint32_t i = 0; i < t->founds; i++)
        if (c->founds[t->found + i].rule->stage != CHAIN_STAGE_NONE)
            return true;
    return false;
}

/* --- keys --- */

static bool add(struct chain_case *c, struct keys *keys, enum chain_kind kind, uint32_t thing,
                const char *text, size_t size, int64_t number) {
    if (!chain_room(c, &keys->list, &keys->room, keys->count, sizeof *keys->list))
        return false;
    keys->list[keys->count++] = (struct key){.text = text,
                                             .size = size,
                                             .number = number,
                                             .host = c->things[thing].host,
                                             .thing = thing,
                                             .kind = kind};
    return true;
}

static bool keys_of(struct chain_case *c, struct keys *keys, uint32_t at) {
    const struct chain_thing *t = &c->things[at];
    bool package = t->place == CHAIN_PLACE_PACKAGE;
    bool good = true;
    if (t->has_sha256)
        good = add(c, keys, CHAIN_KIND_FILE, at, (const char *)t->sha256, sizeof t->sha256, DIGEST);
    if (good && t->path)
        good = add(c, keys, CHAIN_KIND_STARTED, at, t->path, strlen(t->path), 0);
    if (good && package)
        good = add(c, keys, CHAIN_KIND_PACKAGE, at, "", 0, t->evidence);
    else if (good && t->product > 0)
        good = add(c, keys, CHAIN_KIND_FOLDER, at, t->folder, t->product,
                   t->volume ? t->volume : -t->evidence - 1);
    for (uint32_t i = 0; good && i < t->founds; i++) {
        const char *service = c->founds[t->found + i].service;
        if (service)
            good = add(c, keys, CHAIN_KIND_SERVICE, at, service, strlen(service), 0);
    }
    return good;
}

static bool signers(struct chain_case *c, struct keys *keys) {
    struct db_query *q = db_prepare(c->db, signers_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        uint32_t at = chain_thing_of(c, db_integer(q, 0));
        size_t size;
        const char *text = db_text(q, 1, &size);
        if (at == CHAIN_NONE || !chain_link_staged(c, at))
            continue;
        text = chain_keep(c, text, size);
        good = text && add(c, keys, CHAIN_KIND_SIGNER, at, text, size, 0);
    }
    db_finish(q);
    return good && db_error(c->db)[0] == 0;
}

static int compare_what(const struct key *a, const struct key *b) {
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    size_t least = a->size < b->size ? a->size : b->size;
    int differs =
        least ? (a->number == DIGEST ? memcmp(a->text, b->text, least) : strncasecmp(a->text, b->text, least))
              : 0;
    return differs ? differs : (a->size > b->size) - (a->size < b->size);
}

static int compare(const void *left, const void *right) {
    const struct key *a = left, *b = right;
    int differs = compare_what(a, b);
    return differs ? differs : (a->thing > b->thing) - (a->thing < b->thing);
}

/* Equal keys are joined to the first thing that has them. */
static bool join_keys(struct chain_case *c, struct keys *keys) {
    bool good = true;
    size_t first = 0;
    if (keys->count > 0)
        qsort(keys->list, keys->count, sizeof *keys->list, compare);
    for (size_t i = 1; good && i < keys->count; i++) {
        const struct key *hub = &keys->list[first], *key = &keys->list[i];
        if (compare_what(hub, key) != 0)
            first = i;
        else if (hub->thing != key->thing && key->thing != keys->list[i - 1].thing)
            good = join(c, (struct chain_edge){
                               .from = hub->thing,
                               .to = key->thing,
                               .kind = hub->kind,
                               .text = hub->number == DIGEST ? NULL : chain_keep(c, hub->text, hub->size)});
    }
    return good && !c->failed;
}

/* --- references --- */

static bool is_role(const char *role) {
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(role, roles[i]) == 0)
            return true;
    return false;
}

static bool references(struct chain_case *c) {
    struct db_query *q = db_prepare(c->db, references_sql);
    size_t at = 0;
    bool good = q != NULL;
    if (q)
        db_bind_integer(q, 1, CHAIN_FINDINGS);
    while (good && db_step(q)) {
        int64_t id = db_integer(q, 0);
        while (at < c->found_count && c->founds[c->by_finding[at]].id < id)
            at++;
        uint32_t other = chain_thing_of(c, db_integer(q, 1));
        if (at == c->found_count || c->founds[c->by_finding[at]].id != id || other == CHAIN_NONE ||
            !is_role(db_text(q, 2, NULL)))
            continue;
        const struct chain_found *found = &c->founds[c->by_finding[at]];
        if (found->rule->stage == CHAIN_STAGE_NONE || other == found->thing || !chain_link_staged(c, other))
            continue;
        good = join(
            c, (struct chain_edge){.from = found->thing,
                                   .to = other,
                                   .kind = CHAIN_KIND_NAMES,
                                   .finding = id,
                                   .text = chain_keep(c, db_text(q, 2, NULL), strlen(db_text(q, 2, NULL)))});
    }
    db_finish(q);
    return good && !c->failed && db_error(c->db)[0] == 0;
}

bool chain_link(struct chain_case *c) {
    struct keys keys = {0};
    c->parents = malloc((c->thing_count + 1) * sizeof *c->parents);
    bool good = c->parents != NULL;
    for (size_t i = 0; good && i < c->thing_count; i++)
        c->parents[i] = (uint32_t)i;
    good = good && references(c);
    for (size_t i = 0; good && i < c->thing_count; i++)
        if (chain_link_staged(c, (uint32_t)i))
            good = keys_of(c, &keys, (uint32_t)i);
    good = good && signers(c, &keys) && join_keys(c, &keys);
    free(keys.list);
    return good;
}
