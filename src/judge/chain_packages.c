/* Packages in which things of chains lie, and where they came from. */
#include "judge/chain_events.h"
#include "judge/chain_link.h"

#include <stdlib.h>

static const char package_sql[] =
    "SELECT coalesce(a.fn_created, 0), coalesce(a.record, 0), coalesce(a.sequence, 0) FROM artifact a WHERE a.id = ?";

static const char mark_sql[] =
    "SELECT coalesce(z.host_url, ''), coalesce(z.referrer_url, '') FROM artifact f JOIN artifact s ON s.folder = f.folder AND"
    " s.name = f.name AND s.evidence = f.evidence AND s.stream IS NOT NULL JOIN zone z ON z.artifact = s.id WHERE"
    " f.id = ? AND coalesce(z.zone_id, 0) >= 3 ORDER BY s.id LIMIT 1";

static const char download_sql[] =
    "SELECT coalesce(d.host, ''), coalesce(d.time, 0), d.artifact, d.ordinal FROM artifact f JOIN browser_download d ON"
    " lower(substr(d.target, -length(f.name))) = lower(f.name) WHERE f.id = ? AND length(f.name) > 4"
    " ORDER BY d.time LIMIT 1";

enum { URL = 300 };

/* Adds to a release where it came from. */
static bool origin(struct chain_case *c, struct db_query *mark, struct db_query *download,
                   struct chain_event *event) {
    struct chain_moment time;
    db_reset(mark);
    db_bind_integer(mark, 1, event->artifact);
    if (db_step(mark)) {
        const char *url = db_text(mark, 0, NULL)[0] ? db_text(mark, 0, NULL) : db_text(mark, 1, NULL);
        event->text = chain_said(c, "%s It came from the internet, as its mark of the web says%s%.*s.",
                                 event->text, url[0] ? ": " : "", text_cut(url, URL), url);
    }
    db_reset(mark);
    db_reset(download);
    db_bind_integer(download, 1, event->artifact);
    if (!c->failed && db_step(download)) {
        const char *host = db_text(download, 0, NULL);
        event->time = db_integer(download, 1) > 0 ? db_integer(download, 1) : event->time;
        event->time_source =
            db_integer(download, 1) > 0
                ? chain_said(c, "download in a browser's history (artifact %lld, row %lld)",
                             (long long)db_integer(download, 2), (long long)db_integer(download, 3))
                : event->time_source;
        event->text = chain_said(c, "%s A browser downloaded it from %.*s at %s (UTC).", event->text,
                                 text_cut(host, URL), host[0] ? host : "?",
                                 chain_moment(db_integer(download, 1), &time));
    }
    db_reset(download);
    return !c->failed;
}

static bool add(struct chain_case *c, struct chain_events *events, struct db_query *package, uint32_t at,
                const struct chain_evidence *e) {
    struct chain_event event = {.stage = CHAIN_STAGE_RELEASE,
                                .thing = at,
                                .artifact = e->artifact,
                                .name = e->path,
                                .kind = CHAIN_KIND_PACKAGE,
                                .text = "The package in which it came.",
                                .link = "This lies inside the package.",
                                .records =
                                    chain_said(c, "members of evidence %lld, the file with artifact %lld",
                                               (long long)e->id, (long long)e->artifact)};
    db_reset(package);
    db_bind_integer(package, 1, e->artifact);
    if (db_step(package) && db_integer(package, 0) > 0) {
        event.time = db_integer(package, 0);
        event.time_source = chain_said(c, "file made, $FILE_NAME of MFT entry %lld-%lld",
                                       (long long)db_integer(package, 1), (long long)db_integer(package, 2));
    }
    db_reset(package);
    return chain_event_add(c, events, event);
}

/* Things lie in the order of their artifacts, so those of a package together. */
static bool packages(struct chain_case *c, struct chain_events *events) {
    struct db_query *package = db_prepare(c->db, package_sql);
    int64_t last = 0;
    bool good = package != NULL;
    for (uint32_t i = 0; good && i < c->thing_count; i++) {
        const struct chain_thing *t = &c->things[i];
        const struct chain_evidence *e = t->evidence != last ? chain_evidence_of(c, t->evidence) : NULL;
        if (!e || !e->package || e->artifact == 0 || !chain_link_staged(c, i))
            continue;
        last = t->evidence;
        good = add(c, events, package, i, e);
    }
    db_finish(package);
    return good && !c->failed && db_error(c->db)[0] == 0;
}

bool chain_packages(struct chain_case *c, struct chain_events *events) {
    struct db_query *mark = db_prepare(c->db, mark_sql), *download = db_prepare(c->db, download_sql);
    bool good = mark && download && packages(c, events);
    size_t asked = 0;
    for (size_t i = 0; good && i < events->count && asked < CHAIN_RELEASES; i++)
        if (events->list[i].stage == CHAIN_STAGE_RELEASE) {
            asked++;
            good = origin(c, mark, download, &events->list[i]);
        }
    db_finish(mark);
    db_finish(download);
    return good && db_error(c->db)[0] == 0;
}
