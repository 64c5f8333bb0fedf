/* That programs and libraries of chains ran. */
#include "judge/chain_events.h"
#include "judge/chain_link.h"

static const char runs_sql[] =
    "SELECT e.artifact, e.kind, e.source, coalesce(e.first_time, 0), coalesce(e.last_time, 0), coalesce(e.count, 0),"
    " coalesce(e.traced, 0), coalesce(e.traced_row, 0), coalesce(a.volume, 0), f.path, a.name, a.evidence,"
    " coalesce(t.evidence, 0), coalesce(t.volume, 0), coalesce(tf.path, ''), coalesce(t.name, '') FROM execution e JOIN"
    " artifact a ON a.id = e.artifact JOIN folder f ON f.id = a.folder LEFT JOIN artifact t ON t.id = e.traced LEFT JOIN"
    " folder tf ON tf.id = t.folder WHERE e.kind IN ('executed', 'loaded') ORDER BY e.id";

/* Libraries that a program imports by name. */
static const char imports_sql[] =
    "SELECT lower(name) FROM pe_reference WHERE artifact = ? AND kind LIKE 'import%'";

enum { NEIGHBOURS = 64 /* things behind the first of a product that are compared with imports */ };

struct runs {
    struct chain_case *c;
    struct chain_events *events;
    struct db_query *imports;
    int64_t asked;   /* the program that was asked for last */
    uint32_t answer; /* and what it imports */
};

static const char *told(struct chain_case *c, struct db_query *q) {
    struct chain_moment first, last;
    bool loaded = strcmp(db_text(q, 1, NULL), "loaded") == 0;
    int64_t from = db_integer(q, 3), to = db_integer(q, 4), count = db_integer(q, 5);
    chain_moment(from, &first);
    chain_moment(to, &last);
    const char *what = loaded ? "was loaded" : "ran";
    if (to > 0 && from > 0 && from != to)
        return chain_said(c, "It %s, first at %s and last at %s (UTC), as %s has it; %lld times are told.",
                          what, first.text, last.text, db_text(q, 2, NULL), (long long)count);
    if (to > 0 || from > 0)
        return chain_said(c, "It %s at %s (UTC), as %s has it.", what, to > 0 ? last.text : first.text,
                          db_text(q, 2, NULL));
    return chain_said(c, "It %s, as %s has it; when is not told.", what, db_text(q, 2, NULL));
}

/* The thing of the product that this program imports: the library comes with the program. */
static uint32_t imported(struct runs *r, const struct chain_product *product, int64_t program,
                         const char *folder) {
    const struct chain_case *c = r->c;
    uint32_t found = CHAIN_NONE;
    if (r->asked == program)
        return r->answer;
    db_reset(r->imports);
    db_bind_integer(r->imports, 1, program);
    while (found == CHAIN_NONE && db_step(r->imports))
        for (uint32_t i = product->thing, n = 0; i < c->thing_count && n < NEIGHBOURS; i++, n++)
            if (c->things[i].artifact != 0 && c->things[i].volume == product->volume &&
                strcmp(c->things[i].folder, folder) == 0 && chain_link_staged(c, i) &&
                strcasecmp(c->things[i].file, db_text(r->imports, 0, NULL)) == 0)
                found = i;
    db_reset(r->imports);
    r->asked = program;
    return r->answer = found;
}

static const char *record(struct chain_case *c, struct db_query *q) {
    const char *trace = db_integer(q, 6) ? chain_path(c, db_integer(q, 12), db_integer(q, 13),
                                                      db_text(q, 14, NULL), db_text(q, 15, NULL))
                                         : "?";
    return chain_said(c, "%s in %s (artifact %lld), row %lld", db_text(q, 2, NULL), trace ? trace : "?",
                      (long long)db_integer(q, 6), (long long)db_integer(q, 7));
}

static bool take(struct runs *r, struct db_query *q) {
    struct chain_case *c = r->c;
    int64_t artifact = db_integer(q, 0), volume = db_integer(q, 8);
    uint32_t at = chain_thing_of(c, artifact);
    bool itself = at != CHAIN_NONE && chain_link_staged(c, at);
    struct chain_event event = {
        .stage = CHAIN_STAGE_EXECUTION, .artifact = artifact, .kind = CHAIN_KIND_STARTED};
    event.link = "The trace names this very file.";
    if (!itself) {
        const struct chain_product *product = chain_product_at(c, r->events, volume, db_text(q, 9, NULL));
        if (!product)
            return true;
        at = imported(r, product, artifact, db_text(q, 9, NULL));
        event.kind = at == CHAIN_NONE ? CHAIN_KIND_FOLDER : CHAIN_KIND_LOADS;
        event.link = at == CHAIN_NONE ? "The program is of the product in whose folder this lies."
                                      : "The program imports this library and so loads it whenever it runs.";
        at = at == CHAIN_NONE ? product->thing : at;
    }
    c->things[at].ran = c->things[at].ran || itself || event.kind == CHAIN_KIND_LOADS;
    event.thing = at;
    event.time = db_integer(q, 3) > 0 ? db_integer(q, 3) : db_integer(q, 4);
    event.name = chain_path(c, db_integer(q, 11), volume, db_text(q, 9, NULL), db_text(q, 10, NULL));
    event.text = told(c, q);
    event.time_source = event.time > 0 ? chain_said(c, "it ran, %s", db_text(q, 2, NULL)) : NULL;
    event.records = record(c, q);
    return chain_event_add(c, r->events, event);
}

bool chain_runs(struct chain_case *c, struct chain_events *events) {
    struct runs r = {.c = c, .events = events, .imports = db_prepare(c->db, imports_sql)};
    struct db_query *q = db_prepare(c->db, runs_sql);
    bool good = q && r.imports;
    while (good && events->count < CHAIN_EVENTS && db_step(q))
        good = take(&r, q);
    db_finish(q);
    db_finish(r.imports);
    return good && !c->failed && db_error(c->db)[0] == 0;
}
