#include "judge/overlap_common.h"

#include "intel/campaigns_value.h"
#include "judge/dll_names.h"
#include "judge/library_list.h"

#include <stdlib.h>
#include <strings.h>

enum { LITTLE = 10 /* hundredths that are left of what is common */ };

struct overlap_common {
    const struct overlap_looking *l;
    struct db_query *trust, *known, *twin, *place, *finding, *detail;
    struct library_list libraries;
};

static const char twin_sql[] =
    "SELECT coalesce(v.host, e.path) FROM artifact a CROSS JOIN verdict v ON v.evidence = a.evidence CROSS JOIN evidence e"
    " ON e.id = a.evidence WHERE a.id = ? AND v.rank = 0";
static const char place_sql[] =
    "SELECT o.path || CASE a.name WHEN '' THEN '' ELSE '/' || a.name END || CASE WHEN a.stream IS NULL THEN '' ELSE ':' ||"
    " a.stream END, CASE WHEN (SELECT count(*) FROM evidence) > 1 THEN e.path ELSE '' END FROM artifact a CROSS JOIN folder"
    " o ON o.id = a.folder CROSS JOIN evidence e ON e.id = a.evidence WHERE a.id = ?";
static const char detail_sql[] =
    "SELECT f.id FROM finding f CROSS JOIN finding_detail d ON d.finding = f.id WHERE f.artifact = ? AND f.detector = ? AND"
    " d.value = ? ORDER BY f.id LIMIT 1";

struct overlap_common *overlap_common_open(const struct overlap_looking *l) {
    struct overlap_common *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->l = l;
    c->trust = db_prepare(l->db, "SELECT state, coalesce(signer, '') FROM trust WHERE artifact = ?");
    c->known = db_prepare(l->db, "SELECT list FROM known WHERE artifact = ?");
    c->twin = db_prepare(l->db, twin_sql);
    c->place = db_prepare(l->db, place_sql);
    c->finding =
        db_prepare(l->db, "SELECT id FROM finding WHERE artifact = ? ORDER BY severity DESC, id LIMIT 1");
    c->detail = db_prepare(l->db, detail_sql);
    if (c->trust && c->known && c->twin && c->place && c->finding && c->detail &&
        library_list_load(&l->intel->lists, &c->libraries))
        return c;
    overlap_common_close(c);
    return NULL;
}

void overlap_common_close(struct overlap_common *common) {
    if (!common)
        return;
    db_finish(common->trust);
    db_finish(common->known);
    db_finish(common->twin);
    db_finish(common->place);
    db_finish(common->finding);
    db_finish(common->detail);
    library_list_free(&common->libraries);
    free(common);
}

static bool ask(struct db_query *q, int64_t artifact) {
    db_reset(q);
    db_bind_integer(q, 1, artifact);
    return db_step(q);
}

/* --- names --- */

static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_phantom(const struct phantoms *phantoms, const char *name) {
    for (size_t i = 0; i < phantoms->count; i++)
        if (strcasecmp(phantoms->list[i].name, name) == 0)
            return true;
    return false;
}

static bool is_service_of_windows(const struct phantoms *phantoms, const char *name) {
    for (size_t i = 0; i < phantoms->count; i++)
        if (strcasecmp(phantoms->list[i].service, name) == 0)
            return true;
    return false;
}

static bool is_listed(const struct library_list *libraries, const char *name) {
    for (size_t i = 0; i < libraries->count; i++)
        if (strcasecmp(libraries->rows[i].library, name) == 0)
            return true;
    return false;
}

/* Why a name says little; NULL if nothing is known of it. */
static const char *common_name(const struct overlap_common *c, const struct campaigns_item *item) {
    const char *name = name_of(item->key);
    const struct phantoms *phantoms = &c->l->intel->phantoms;
    if (item->kind == CAMPAIGNS_SERVICE)
        return is_service_of_windows(phantoms, item->key) ? "Windows has a service of that name" : NULL;
    return is_phantom(phantoms, name) ? "a name that parts of Windows ask for, genuine with some of its roles"
           : dll_names_is_system(name)      ? "Windows has a library of that name"
           : dll_names_is_app_local(name)   ? "a library that programs bring along"
           : is_listed(&c->libraries, name) ? "a library that programs bring along, as HijackLibs lists them"
           : item->role == CAMPAIGNS_NAMED || !strchr(item->key, '/')
               ? "a name alone, which everybody may give to a file"
               : NULL;
}

/* --- software --- */

static bool has_known_digest(const struct overlap_common *c, const struct campaigns_item *item) {
    static const enum lists_digest kinds[] = {LISTS_MD5, LISTS_SHA1, LISTS_SHA256};
    uint8_t value[32];
    struct lists_hit hit;
    if (item->kind > CAMPAIGNS_SHA256)
        return false;
    size_t size = lists_read_digest(span_of(item->key, strlen(item->key), 0), value), first;
    for (size_t i = 0; i < c->l->intel->lists.count; i++) {
        const struct lists *lists = &c->l->intel->lists.shelf[i].lists;
        size_t count = lists_find(lists, kinds[item->kind], span_of(value, size, 0), &first);
        for (size_t n = first; n < first + count; n++) {
            lists_hit(lists, kinds[item->kind], n, &hit);
            if (hit.entry.kind == LISTS_KNOWN)
                return true;
        }
    }
    return false;
}

/* Is what stands at the place of that name genuine? Of a file whose content is listed that is no answer: the
 * trojans of supply chains are signed. */
static bool is_genuine(struct overlap_common *c, const struct campaigns_item *item,
                       const struct overlap_sight *sight, struct text *why) {
    if ((item->kind != CAMPAIGNS_PATH && item->kind != CAMPAIGNS_SERVICE) ||
        !ask(c->trust, sight->artifact) || strcmp(db_text(c->trust, 0, NULL), "trusted") != 0)
        return false;
    text_format(why, "what is there is signed by %s, and trusted", db_text(c->trust, 1, NULL));
    return true;
}

/* Also on a host on which nothing was found? Equal contents are what they are; names and hosts are not. */
static bool has_clean_twin(struct overlap_common *c, const struct campaigns_item *item,
                           const struct overlap_sight *sight, struct text *why) {
    if (item->kind <= CAMPAIGNS_AUTHENTIHASH || item->kind == CAMPAIGNS_TECHNIQUE || sight->times < 2)
        return false;
    for (size_t i = 0; i < OVERLAP_SEEN && i < sight->times; i++)
        if (ask(c->twin, sight->seen[i])) {
            text_format(why, "also on %s, where nothing was found", db_text(c->twin, 0, NULL));
            return true;
        }
    return false;
}

unsigned overlap_common_ask(struct overlap_common *c, const struct campaigns_item *item,
                            const struct overlap_sight *sight, struct text *why) {
    const char *name =
        item->kind == CAMPAIGNS_PATH || item->kind == CAMPAIGNS_SERVICE ? common_name(c, item) : NULL;
    if (sight->against || sight->common) {
        text_add(why, sight->against ? sight->against : sight->common);
        return 0;
    }
    if (is_genuine(c, item, sight, why))
        return 0;
    if (name) {
        text_add(why, name);
        return item->kind == CAMPAIGNS_SERVICE ? 0 : LITTLE;
    }
    if (has_known_digest(c, item)) {
        text_add(why, "in a list of known software");
        return LITTLE;
    }
    if (item->kind != CAMPAIGNS_DOMAIN && item->kind != CAMPAIGNS_TECHNIQUE &&
        ask(c->known, sight->artifact)) {
        text_format(why, "known software, says %s", db_text(c->known, 0, NULL));
        return LITTLE;
    }
    return has_clean_twin(c, item, sight, why) ? LITTLE : 100;
}

/* --- where --- */

void overlap_common_place(struct overlap_common *c, const struct overlap_sight *sight, struct text *place) {
    if (sight->artifact && ask(c->place, sight->artifact)) {
        const char *evidence = db_text(c->place, 1, NULL);
        text_format(place, "%s%s%s", evidence, evidence[0] ? ": " : "", db_text(c->place, 0, NULL));
    }
    if (sight->way)
        text_format(place, "%s%s", place->size > 0 ? " (" : "", sight->way);
    text_add(place, sight->way && sight->artifact ? ")" : "");
    if (sight->times > 1)
        text_format(place, ", and %llu more", (unsigned long long)sight->times - 1);
}

int64_t overlap_common_finding(struct overlap_common *c, int64_t artifact, const char *detector,
                               const char *detail) {
    if (!detector)
        return ask(c->finding, artifact) ? db_integer(c->finding, 0) : 0;
    db_reset(c->detail);
    db_bind_integer(c->detail, 1, artifact);
    db_bind_text(c->detail, 2, detector, strlen(detector));
    db_bind_text(c->detail, 3, detail, strlen(detail));
    return db_step(c->detail) ? db_integer(c->detail, 0) : 0;
}
