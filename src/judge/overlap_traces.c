/* What logs, histories, services and findings tell of items of campaigns. */
#include "base/netname.h"
#include "intel/campaigns_value.h"
#include "judge/overlap_parts.h"

#include <strings.h>

/* How a host was met, and how much of its weight that is worth: people follow links in reports. */
enum way {
    WAY_LOOKED_UP,
    WAY_CONNECTED,
    WAY_DOWNLOADED,
    WAY_HOSTS,
    WAY_FIREWALL,
    WAY_VISITED,
    WAY_KNOWN,
    WAY_REFERRED,
    WAYS
};

static const struct {
    const char *words;
    unsigned part;
} ways[WAYS] = {
    [WAY_LOOKED_UP] = {"looked up, says an event", 100},
    [WAY_CONNECTED] = {"connected to, says an event", 100},
    [WAY_DOWNLOADED] = {"something was downloaded from it", 100},
    [WAY_HOSTS] = {"the file hosts gives it an address", 25},
    [WAY_FIREWALL] = {"in the firewall's log", 50},
    [WAY_VISITED] = {"visited with a browser", 50},
    [WAY_KNOWN] = {"a browser knows it, and never went there", 5},
    [WAY_REFERRED] = {"its page led to a download", 25},
};

enum { ADDRESS_PART = 25 /* hundredths: addresses are rented to one after the other */ };

static bool is_address(const char *host) {
    return strchr(host, ':') || host[strspn(host, "0123456789.")] == 0;
}

/* `host` and what it lies below. */
static void see_host(struct overlap_looking *l, struct span written, enum way way, bool blocked,
                     int64_t artifact) {
    char host[NETNAME_MOST];
    enum netname_kind kind = netname_normal(written, host);
    struct overlap_sight sight = {.artifact = artifact, .way = ways[way].words, .part = ways[way].part};
    if (kind == NETNAME_NONE)
        return;
    if (is_address(host))
        sight.part = sight.part * ADDRESS_PART / 100;
    if (blocked) {
        sight.part = 0;
        sight.common = way == WAY_HOSTS ? "the file hosts leads it nowhere: somebody blocks it"
                                        : "it led nowhere: somebody blocks it";
    }
    for (const char *name = host; name; name = kind == NETNAME_DOMAIN ? netname_parent(name) : NULL)
        overlap_index_see(l, CAMPAIGNS_DOMAIN, name, &sight);
}

static struct span span_string(const char *text) {
    return span_of(text, strlen(text), 0);
}

static bool is_nowhere(const char *answers) {
    char host[NETNAME_MOST];
    size_t size = strcspn(answers, "; ");
    return netname_normal(span_of(answers, size, 0), host) == NETNAME_ADDRESS && netname_is_nowhere(host);
}

static void see_answers(struct overlap_looking *l, const char *answers, int64_t artifact) {
    while (*answers) {
        size_t size = strcspn(answers, "; ");
        if (size > 0)
            see_host(l, span_of(answers, size, 0), WAY_LOOKED_UP, false, artifact);
        answers += size + (answers[size] != 0);
    }
}

static const char events_sql[] =
    "SELECT artifact, event_id, coalesce(json_extract(data, '$.QueryName'), json_extract(data, '$.DestinationHostname'),"
    " ''), coalesce(json_extract(data, '$.QueryResults'), json_extract(data, '$.DestinationIp'), ''),"
    " coalesce(json_extract(data, '$.url'), '') FROM event WHERE data IS NOT NULL AND ((event_id IN (3, 22) AND provider ="
    " 'Microsoft-Windows-Sysmon') OR ((event_id = 1014 OR event_id BETWEEN 3006 AND 3020) AND provider ="
    " 'Microsoft-Windows-DNS-Client') OR (event_id BETWEEN 59 AND 61 AND provider = 'Microsoft-Windows-Bits-Client'))"
    " ORDER BY artifact, ordinal";

static void take_event(struct overlap_looking *l, struct db_query *q) {
    int64_t artifact = db_integer(q, 0);
    const char *answers = db_text(q, 3, NULL);
    bool connected = db_integer(q, 1) == 3;
    enum way way = connected ? WAY_CONNECTED : WAY_LOOKED_UP;
    see_host(l, span_string(db_text(q, 2, NULL)), way, !connected && is_nowhere(answers), artifact);
    if (connected)
        see_host(l, span_string(answers), way, false, artifact);
    else
        see_answers(l, answers, artifact);
    see_host(l, netname_of_url(span_string(db_text(q, 4, NULL))), WAY_DOWNLOADED, false, artifact);
}

/* Artifact, way, host or URL, whether that is a URL, what blocks it. */
static const char hosts_sql[] =
    "SELECT artifact, 2, host_url, 1, '' FROM zone WHERE host_url IS NOT NULL"
    " UNION ALL SELECT artifact, 7, referrer_url, 1, '' FROM zone WHERE referrer_url IS NOT NULL"
    " UNION ALL SELECT h.artifact, 3, h.name, 0, h.address FROM host_name h CROSS JOIN artifact a ON a.id = h.artifact"
    " CROSS JOIN folder o ON o.id = a.folder WHERE o.path LIKE '%/drivers/etc'"
    " UNION ALL SELECT artifact, 4, source, 0, action FROM connection WHERE source IS NOT NULL"
    " UNION ALL SELECT artifact, 4, destination, 0, action FROM connection WHERE destination IS NOT NULL"
    " UNION ALL SELECT artifact, CASE kind WHEN 'known' THEN 6 ELSE 5 END, host, 0, '' FROM browser_host"
    " UNION ALL SELECT artifact, 2, host, 0, '' FROM browser_download WHERE host IS NOT NULL"
    " UNION ALL SELECT artifact, 7, referrer, 0, '' FROM browser_download WHERE referrer IS NOT NULL";

static void take_host(struct overlap_looking *l, struct db_query *q) {
    int64_t way = db_integer(q, 1);
    struct span host = span_string(db_text(q, 2, NULL));
    const char *block = db_text(q, 4, NULL);
    if (way < 0 || way >= WAYS)
        return;
    if (db_integer(q, 3))
        host = netname_of_url(host);
    bool blocked =
        (way == WAY_HOSTS && is_nowhere(block)) || (way == WAY_FIREWALL && strcasecmp(block, "DROP") == 0);
    see_host(l, host, (enum way)way, blocked, db_integer(q, 0));
}

/* --- services and techniques --- */

static void take_service(struct overlap_looking *l, struct db_query *q) {
    struct text key = {0};
    struct overlap_sight sight = {.artifact = db_integer(q, 2), .way = "a service of that name", .part = 100};
    if (!sight.artifact)
        sight.artifact = db_integer(q, 1);
    if (campaigns_value_key(CAMPAIGNS_SERVICE, db_text(q, 0, NULL), &key))
        overlap_index_see(l, CAMPAIGNS_SERVICE, text_string(&key), &sight);
    text_free(&key);
}

static void take_technique(struct overlap_looking *l, struct db_query *q) {
    struct overlap_sight sight = {.artifact = db_integer(q, 2),
                                  .finding = db_integer(q, 1),
                                  .way = "what a finding is about",
                                  .part = 100};
    overlap_index_see(l, CAMPAIGNS_TECHNIQUE, db_text(q, 0, NULL), &sight);
}

static bool look(struct overlap_looking *l, enum campaigns_kind kind, const char *sql,
                 void (*take)(struct overlap_looking *l, struct db_query *q)) {
    if (overlap_index_count(l, kind) == 0)
        return true;
    struct db_query *q = db_prepare(l->db, sql);
    while (q && db_step(q))
        take(l, q);
    db_finish(q);
    return q != NULL;
}

bool overlap_traces_look(struct overlap_looking *l) {
    return look(l, CAMPAIGNS_DOMAIN, events_sql, take_event) &&
           look(l, CAMPAIGNS_DOMAIN, hosts_sql, take_host) &&
           look(l, CAMPAIGNS_SERVICE,
                "SELECT name, hive, coalesce(library_artifact, image_artifact, 0) FROM service WHERE state ="
                " 'current' ORDER BY hive, key",
                take_service) &&
           look(
               l, CAMPAIGNS_TECHNIQUE,
               "SELECT d.attack, min(f.id), f.artifact FROM finding f CROSS JOIN detector d ON d.id = f.detector"
               " WHERE f.severity >= 1 AND f.strength >= 1 AND d.attack <> '' GROUP BY d.attack ORDER BY 2",
               take_technique);
}
