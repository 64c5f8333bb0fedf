/* When and by what the products of chains came: keys of uninstallers, events of MsiInstaller, installers. */
#include "judge/chain_events.h"
#include "judge/chain_link.h"

#include <stdio.h>
#include <stdlib.h>

static const char keys_sql[] =
    "SELECT v.artifact, v.key, lower(v.name), v.text, coalesce(k.last_write, 0), k.path, coalesce(k.offset, 0), h.evidence,"
    " coalesce(h.volume, 0), f.path, h.name FROM hive_key k JOIN hive_value v ON v.artifact = k.artifact AND v.key ="
    " k.ordinal JOIN artifact h ON h.id = k.artifact JOIN folder f ON f.id = h.folder WHERE k.state = 'live' AND k.path LIKE"
    " '%/Uninstall/%' AND lower(v.name) IN ('displayname', 'displayversion', 'installlocation') AND v.text IS NOT NULL"
    " ORDER BY v.artifact, v.key, v.ordinal";

/* Unnamed data: product, version, language, status, maker. */
static const char events_sql[] =
    "SELECT e.artifact, e.number, coalesce(e.time, e.written), e.offset, coalesce(json_extract(e.data,"
    " '$.Data.\"#text\"[0]'), ''), coalesce(json_extract(e.data, '$.Data.\"#text\"[1]'), ''), a.evidence FROM event e JOIN"
    " artifact a ON a.id = e.artifact WHERE e.provider = 'MsiInstaller' AND e.event_id = 1033 AND coalesce(e.slack, 0) = 0"
    " ORDER BY e.artifact, e.ordinal";

static const char installers_sql[] =
    "SELECT p.artifact, p.product, coalesce(p.company, ''), coalesce(nullif(p.fixed_file_version, '0.0.0.0'), p.file_version, p.product_version, ''), a.evidence,"
    " coalesce(a.volume, 0), f.path, a.name, coalesce(a.fn_created, 0), coalesce(a.record, 0), coalesce(a.sequence, 0) FROM pe"
    " p JOIN artifact a ON a.id = p.artifact JOIN folder f ON f.id = a.folder WHERE p.product IS NOT NULL AND a.stream IS"
    " NULL AND a.flags & 2 = 0 ORDER BY p.artifact";

static const char image_sql[] =
    "SELECT coalesce(company, ''), coalesce(nullif(fixed_file_version, '0.0.0.0'), file_version, product_version, '') FROM pe WHERE artifact = ?";

enum { LONG = 1024 };

struct key {
    int64_t hive, key, time, offset, evidence, volume;
    char name[LONG], version[128], location[LONG];
    const char *path, *hive_path;
};

/* `"C:\Program Files\X\"` as /Program Files/X. */
static void normal(char *location) {
    char *to = location;
    const char *from = location;
    from += *from == '"';
    if (from[0] && from[1] == ':')
        from += 2;
    for (; *from && *from != '"'; from++)
        *to++ = *from == '\\' ? '/' : *from;
    while (to > location && to[-1] == '/')
        to--;
    *to = 0;
}

static bool tell_key(struct chain_case *c, struct chain_events *events, struct key *key) {
    const struct chain_evidence *e = chain_evidence_of(c, key->evidence);
    char inside[LONG + 4];
    if (!key->path || !e)
        return true;
    normal(key->location);
    snprintf(inside, sizeof inside, "%s/x", key->location);
    const struct chain_product *product =
        key->location[0] ? chain_product_at(c, events, key->volume, inside) : NULL;
    product = product ? product : chain_product_named(events, e->host, key->name);
    if (!product)
        return true;
    struct chain_moment written;
    struct chain_event event = {
        .stage = CHAIN_STAGE_INSTALLATION,
        .thing = product->thing,
        .time = key->time,
        .time_source = key->time > 0 ? "key of the uninstaller written" : NULL,
        .kind = CHAIN_KIND_FOLDER,
        .name = chain_said(c, "%s%s%s", key->name[0] ? key->name : key->location, key->version[0] ? " " : "",
                           key->version),
        .text = chain_said(
            c, "It is entered among the installed programs; the entry was last written at %s (UTC).",
            chain_moment(key->time, &written)),
        .link = key->location[0] ? "The entry names the folder in which this lies."
                                 : "The entry names the product.",
        .records = chain_said(c, "%s (artifact %lld), key %s, cell at byte %lld", key->hive_path,
                              (long long)key->hive, key->path, (long long)key->offset)};
    return chain_event_add(c, events, event);
}

static void take_value(struct chain_case *c, struct key *key, struct db_query *q) {
    const char *name = db_text(q, 2, NULL), *text = db_text(q, 3, NULL);
    if (key->hive != db_integer(q, 0) || key->key != db_integer(q, 1))
        *key = (struct key){.hive = db_integer(q, 0),
                            .key = db_integer(q, 1),
                            .time = db_integer(q, 4),
                            .offset = db_integer(q, 6),
                            .evidence = db_integer(q, 7),
                            .volume = db_integer(q, 8),
                            .path = chain_keep(c, db_text(q, 5, NULL), strlen(db_text(q, 5, NULL))),
                            .hive_path = chain_path(c, db_integer(q, 7), db_integer(q, 8),
                                                    db_text(q, 9, NULL), db_text(q, 10, NULL))};
    if (strcmp(name, "displayname") == 0)
        snprintf(key->name, sizeof key->name, "%.*s", text_cut(text, LONG - 1), text);
    else if (strcmp(name, "displayversion") == 0)
        snprintf(key->version, sizeof key->version, "%.*s", text_cut(text, 127), text);
    else
        snprintf(key->location, sizeof key->location, "%.*s", text_cut(text, LONG - 1), text);
}

static bool keys(struct chain_case *c, struct chain_events *events) {
    struct db_query *q = db_prepare(c->db, keys_sql);
    struct key key = {0};
    bool good = q != NULL;
    while (good && !c->failed && db_step(q)) {
        if (key.path && (key.hive != db_integer(q, 0) || key.key != db_integer(q, 1)))
            good = tell_key(c, events, &key);
        take_value(c, &key, q);
    }
    good = good && !c->failed && tell_key(c, events, &key);
    db_finish(q);
    return good && db_error(c->db)[0] == 0;
}

static bool msi_events(struct chain_case *c, struct chain_events *events) {
    struct db_query *q = db_prepare(c->db, events_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        const struct chain_evidence *e = chain_evidence_of(c, db_integer(q, 6));
        const char *name = db_text(q, 4, NULL), *version = db_text(q, 5, NULL);
        const struct chain_product *product = e ? chain_product_named(events, e->host, name) : NULL;
        if (!product)
            continue;
        good = chain_event_add(
            c, events,
            (struct chain_event){.stage = CHAIN_STAGE_INSTALLATION,
                                 .thing = product->thing,
                                 .time = db_integer(q, 2),
                                 .time_source = "event 1033 of MsiInstaller",
                                 .kind = CHAIN_KIND_FOLDER,
                                 .name = chain_said(c, "%s%s%s", name, version[0] ? " " : "", version),
                                 .text = "Windows Installer installed it, as event 1033 tells.",
                                 .link = "The event names the product in whose folder this lies.",
                                 .records =
                                     chain_said(c, "event log (artifact %lld), record %lld at byte %lld",
                                                (long long)db_integer(q, 0), (long long)db_integer(q, 1),
                                                (long long)db_integer(q, 3))});
    }
    db_finish(q);
    return good && !c->failed && db_error(c->db)[0] == 0;
}

/* --- installers --- */

/* Does the thing say the same company and version as the installer? What either does not say is no
 * difference. */
static bool agrees(struct db_query *image, int64_t artifact, const char *company, const char *version) {
    db_reset(image);
    db_bind_integer(image, 1, artifact);
    bool known = db_step(image);
    const char *own = known ? db_text(image, 0, NULL) : "";
    bool same = !own[0] || !company[0] || strcasecmp(own, company) == 0;
    own = known ? db_text(image, 1, NULL) : "";
    same = same && own[0] && version[0] && strcmp(own, version) == 0;
    db_reset(image);
    return same;
}

/* The first thing of the product that says the same version; CHAIN_NONE if none does. */
static uint32_t of_release(const struct chain_case *c, struct db_query *image,
                           const struct chain_product *product, const char *company, const char *version) {
    const struct chain_thing *first = &c->things[product->thing];
    for (uint32_t i = product->thing, n = 0; i < c->thing_count && n < 64; i++, n++) {
        const struct chain_thing *t = &c->things[i];
        if (t->artifact != 0 && t->volume == first->volume && t->product == first->product &&
            strncasecmp(t->folder, first->folder, t->product) == 0 && chain_link_staged(c, i) &&
            agrees(image, t->artifact, company, version))
            return i;
    }
    return CHAIN_NONE;
}

static bool installers(struct chain_case *c, struct chain_events *events) {
    struct db_query *q = db_prepare(c->db, installers_sql), *image = db_prepare(c->db, image_sql);
    bool good = q && image;
    while (good && db_step(q)) {
        const struct chain_evidence *e = chain_evidence_of(c, db_integer(q, 4));
        const char *company = db_text(q, 2, NULL), *version = db_text(q, 3, NULL),
                   *folder = db_text(q, 6, NULL);
        size_t size;
        if (!e || e->package || chain_model_place(folder, true, &size) != CHAIN_PLACE_OPEN)
            continue;
        const struct chain_product *product = chain_product_named(events, e->host, db_text(q, 1, NULL));
        uint32_t at = product ? of_release(c, image, product, company, version) : CHAIN_NONE;
        if (at == CHAIN_NONE)
            continue;
        struct chain_event event = {
            .stage = CHAIN_STAGE_RELEASE,
            .thing = at,
            .artifact = db_integer(q, 0),
            .time = db_integer(q, 8),
            .time_source = db_integer(q, 8) > 0
                               ? chain_said(c, "file made, $FILE_NAME of MFT entry %lld-%lld",
                                            (long long)db_integer(q, 9), (long long)db_integer(q, 10))
                               : NULL,
            .kind = CHAIN_KIND_PACKAGE,
            .name = chain_path(c, db_integer(q, 4), db_integer(q, 5), folder, db_text(q, 7, NULL)),
            .text = chain_said(c, "An installer: it says that it is %s %s.", db_text(q, 1, NULL), version),
            .link = "The installer names the same product, maker and version.",
            .records = chain_said(c, "version resource of artifact %lld", (long long)db_integer(q, 0))};
        good = chain_event_add(c, events, event);
    }
    db_finish(q);
    db_finish(image);
    return good && !c->failed && db_error(c->db)[0] == 0;
}

bool chain_arrivals(struct chain_case *c, struct chain_events *events) {
    if (events->product_count == 0)
        return true;
    return keys(c, events) && msi_events(c, events) && installers(c, events);
}
