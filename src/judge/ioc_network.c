#include "base/filetime.h"
#include "intel/intel.h"
#include "judge/network_names.h"
#include "judge/saying.h"
#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

enum { CONTACTS = 1000, WHO = 300, SEEN = 300 }; /* findings; bytes of programs, of what was seen */

/* How a host was met. */
enum way {
    WAY_LOOKED_UP,
    WAY_CONNECTED,
    WAY_ANSWERED,
    WAY_DOWNLOADED,
    WAY_NAMED,
    WAY_FIREWALL,
    WAY_VISITED,
    WAY_REMOVED,
    WAY_KNOWN,
    WAY_SENT,
    WAYS
};

/* One host of a list in one artifact. */
struct contact {
    int64_t artifact;
    const struct network_name *name;
    enum way way;
    uint64_t first, last, count;
    bool blocked;              /* it led nowhere, each time */
    char seen[SEEN], who[WHO]; /* as it was written; programs, or what else goes with it */
    char from[24], to[24];     /* times as they were written, where they are of no known zone */
};

struct looking {
    struct casefile *casefile;
    struct network_names names;
    struct contact *list;
    size_t count;
    uint64_t omitted;
};

/* A row of a query: artifact, time, what names the host, what answers, who. */
struct sighting {
    int64_t artifact;
    uint64_t time;
    const char *host, *who;
    enum way way;
    bool blocked;
    uint64_t count;
    const char *from, *to;
    uint64_t until; /* the last time, if there were several; 0: `time` is all */
};

/* Cuts at a character. */
static void copy(char *to, size_t room, const char *text) {
    size_t size = strnlen(text, room - 1);
    while (size > 0 && !text_valid(text, size))
        size--;
    memcpy(to, text, size);
    to[size] = 0;
}

/* Adds a program that is not told yet. */
static void add_who(struct contact *contact, const char *who) {
    size_t size = strlen(contact->who);
    if (!who || !who[0] || strstr(contact->who, who) || size + strlen(who) + 3 > sizeof contact->who)
        return;
    snprintf(contact->who + size, sizeof contact->who - size, "%s%s", size > 0 ? "; " : "", who);
}

static struct contact *contact_of(struct looking *l, const struct sighting *sighting,
                                  const struct network_name *name) {
    for (size_t i = l->count; i > 0; i--) {
        struct contact *contact = &l->list[i - 1];
        if (contact->artifact == sighting->artifact && contact->name == name && contact->way == sighting->way)
            return contact;
    }
    if (l->count == CONTACTS) {
        l->omitted++;
        return NULL;
    }
    struct contact *contact = &l->list[l->count++];
    *contact = (struct contact){.artifact = sighting->artifact,
                                .name = name,
                                .way = sighting->way,
                                .first = sighting->time,
                                .blocked = true};
    copy(contact->seen, sizeof contact->seen, sighting->host);
    copy(contact->from, sizeof contact->from, sighting->from ? sighting->from : "");
    return contact;
}

static void see(struct looking *l, const struct sighting *sighting) {
    const struct network_name *name =
        network_names_find(&l->names, span_of(sighting->host, strlen(sighting->host), 0));
    struct contact *contact = name ? contact_of(l, sighting, name) : NULL;
    if (!contact)
        return;
    contact->count += sighting->count;
    contact->blocked &= sighting->blocked;
    if (sighting->time && (!contact->first || sighting->time < contact->first))
        contact->first = sighting->time;
    uint64_t last = sighting->until > sighting->time ? sighting->until : sighting->time;
    if (last > contact->last)
        contact->last = last;
    copy(contact->to, sizeof contact->to, sighting->to ? sighting->to : "");
    add_who(contact, sighting->who);
}

/* --- events --- */

/* Answers of DNS, as Sysmon and the client write them: "::ffff:192.0.2.1;type: 5 name;". */
static void see_answers(struct looking *l, struct sighting *sighting, const char *answers) {
    char word[NETNAME_MOST];
    while (*answers) {
        size_t size = strcspn(answers, "; ");
        if (size > 0 && size < sizeof word) {
            memcpy(word, answers, size);
            word[size] = 0;
            sighting->host = word;
            see(l, sighting);
        }
        answers += size + (answers[size] != 0);
    }
}

static bool is_blocked(const char *answers) {
    char name[NETNAME_MOST];
    size_t size = strcspn(answers, "; ");
    return netname_normal(span_of(answers, size, 0), name) == NETNAME_ADDRESS && netname_is_nowhere(name);
}

#define TIME "coalesce(time, written)"
static const char events_sql[] =
    "SELECT artifact, " TIME ", event_id, coalesce(json_extract(data, '$.QueryName'), json_extract(data,"
    " '$.DestinationHostname')), coalesce(json_extract(data, '$.QueryResults'), json_extract(data, '$.DestinationIp')),"
    " coalesce(json_extract(data, '$.Image'), json_extract(data, '$.name')), json_extract(data, '$.url') FROM event WHERE"
    " data IS NOT NULL AND ((event_id IN (3, 22) AND provider = 'Microsoft-Windows-Sysmon') OR (event_id IN (1014) OR"
    " event_id BETWEEN 3006 AND 3020) AND provider = 'Microsoft-Windows-DNS-Client' OR (event_id BETWEEN 59 AND 61 AND"
    " provider = 'Microsoft-Windows-Bits-Client')) ORDER BY artifact, ordinal";

static void take_event(struct looking *l, struct db_query *q) {
    bool connected = db_integer(q, 2) == 3;
    const char *answers = db_text(q, 4, NULL);
    char host[NETNAME_MOST];
    struct sighting sighting = {.artifact = db_integer(q, 0),
                                .time = (uint64_t)db_integer(q, 1),
                                .host = db_text(q, 3, NULL),
                                .who = db_text(q, 5, NULL),
                                .way = connected ? WAY_CONNECTED : WAY_LOOKED_UP,
                                .blocked = !connected && is_blocked(answers),
                                .count = 1};
    if (!db_is_null(q, 6)) {
        const char *url = db_text(q, 6, NULL);
        struct span of_url = netname_of_url(span_of(url, strlen(url), 0));
        if (netname_normal(of_url, host) == NETNAME_NONE)
            return;
        sighting.host = host;
        sighting.way = WAY_DOWNLOADED;
        sighting.blocked = false;
    }
    see(l, &sighting);
    if (!connected)
        sighting.way = WAY_ANSWERED;
    sighting.blocked = false;
    see_answers(l, &sighting, answers);
}

/* --- marks of the web --- */

static const char zones_sql[] =
    "SELECT u.artifact, a.si_created, u.url FROM (SELECT artifact, host_url AS url FROM zone WHERE host_url IS NOT NULL UNION"
    " ALL SELECT artifact, referrer_url FROM zone WHERE referrer_url IS NOT NULL) u CROSS JOIN artifact a ON a.id = u.artifact"
    " ORDER BY u.artifact";

static void take_zone(struct looking *l, struct db_query *q) {
    const char *url = db_text(q, 2, NULL);
    struct span of_url = netname_of_url(span_of(url, strlen(url), 0));
    char host[NETNAME_MOST];
    struct sighting sighting = {.artifact = db_integer(q, 0),
                                .time = (uint64_t)db_integer(q, 1),
                                .host = host,
                                .who = url,
                                .way = WAY_DOWNLOADED,
                                .count = 1};
    if (netname_normal(of_url, host) != NETNAME_NONE)
        see(l, &sighting);
}

/* --- hosts and the firewall --- */

static const char hosts_sql[] =
    "SELECT h.artifact, h.name, h.address FROM host_name h CROSS JOIN artifact a ON a.id = h.artifact CROSS JOIN folder o ON"
    " o.id = a.folder WHERE o.path LIKE '%/drivers/etc' ORDER BY h.artifact, h.ordinal";

static void take_host(struct looking *l, struct db_query *q) {
    const char *address = db_text(q, 2, NULL);
    struct sighting sighting = {.artifact = db_integer(q, 0),
                                .host = db_text(q, 1, NULL),
                                .who = address,
                                .way = WAY_NAMED,
                                .blocked = is_blocked(address),
                                .count = 1};
    see(l, &sighting);
}

static const char connections_sql[] =
    "SELECT artifact, source, destination, action, first, last, count FROM connection ORDER BY artifact, ordinal";

static void take_connection(struct looking *l, struct db_query *q) {
    const char *action = db_text(q, 3, NULL);
    for (int i = 1; i < 3; i++) {
        struct sighting sighting = {.artifact = db_integer(q, 0),
                                    .host = db_text(q, i, NULL),
                                    .who = action,
                                    .way = WAY_FIREWALL,
                                    .blocked = strcasecmp(action, "DROP") == 0,
                                    .count = (uint64_t)db_integer(q, 6),
                                    .from = db_text(q, 4, NULL),
                                    .to = db_text(q, 5, NULL)};
        see(l, &sighting);
    }
}

/* --- browsers --- */

static const char browser_hosts_sql[] =
    "SELECT b.artifact, b.host, b.kind, b.first, b.last, b.count, h.browser FROM browser_host b CROSS JOIN browser_history h"
    " ON h.artifact = b.artifact ORDER BY b.artifact, b.ordinal";

static void take_browser_host(struct looking *l, struct db_query *q) {
    const char *kind = db_text(q, 2, NULL);
    bool known = strcmp(kind, "known") == 0;
    struct sighting sighting = {.artifact = db_integer(q, 0),
                                .time = (uint64_t)db_integer(q, 3),
                                .until = (uint64_t)db_integer(q, 4),
                                .host = db_text(q, 1, NULL),
                                .who = db_text(q, 6, NULL),
                                .way = known                          ? WAY_KNOWN
                                       : strcmp(kind, "removed") == 0 ? WAY_REMOVED
                                                                      : WAY_VISITED,
                                .count = known ? 1 : (uint64_t)db_integer(q, 5)};
    see(l, &sighting);
}

/* The host that gave it, and the one whose page led there, which told of it and no more. */
static const char browser_downloads_sql[] =
    "SELECT artifact, time, target, host, NULL FROM browser_download WHERE host IS NOT NULL UNION ALL SELECT artifact, time,"
    " target, NULL, referrer FROM browser_download WHERE referrer IS NOT NULL GROUP BY artifact, download ORDER BY 1, 2, 3";

static void take_browser_download(struct looking *l, struct db_query *q) {
    bool gave = !db_is_null(q, 3);
    struct sighting sighting = {.artifact = db_integer(q, 0),
                                .time = (uint64_t)db_integer(q, 1),
                                .host = db_text(q, gave ? 3 : 4, NULL),
                                .who = db_text(q, 2, NULL),
                                .way = gave ? WAY_DOWNLOADED : WAY_SENT,
                                .count = 1};
    see(l, &sighting);
}

static bool look(struct looking *l, const char *sql, void (*take)(struct looking *l, struct db_query *q)) {
    struct db_query *q = db_prepare(casefile_db(l->casefile), sql);
    if (!q)
        return false;
    while (db_step(q))
        take(l, q);
    db_finish(q);
    return true;
}

/* --- telling --- */

static const struct {
    const char *summary, *blocked, *who;
} ways[WAYS] = {
    {"A host that a list has was looked up", "A host that a list has was looked up and led nowhere", "by"},
    {"There was a connection to a host that a list has", NULL, "by"},
    {"A name was looked up that leads to a host that a list has", NULL, "by"},
    {"Something was downloaded from a host that a list has", NULL, "what"},
    {"The file hosts gives an address for a host that a list has",
     "The file hosts blocks a host that a list has", "address"},
    {"The firewall has met an address that a list has",
     "The firewall has held back an address that a list has", "action"},
    {"A browser has visited a host that a list has", NULL, "browser"},
    {"A browser has visited a host that a list has, and no longer remembers it", NULL, "browser"},
    {"A browser knows an address of a host that a list has, without a visit", NULL, "browser"},
    {"A page of a host that a list has led to a download", NULL, "what"},
};

/* Addresses change hands, and many may live behind one: never more than medium, and weak. */
static void weigh(const struct contact *contact, const struct lists_name *listed, struct finding *finding) {
    bool address = contact->name->address;
    finding->severity = listed->entry.severity;
    finding->strength = address || contact->way == WAY_KNOWN ? STRENGTH_WEAK : STRENGTH_FIRM;
    finding->summary = contact->blocked && ways[contact->way].blocked ? ways[contact->way].blocked
                                                                      : ways[contact->way].summary;
    enum severity most = contact->blocked && contact->way == WAY_NAMED      ? SEVERITY_INFO
                         : contact->way == WAY_KNOWN                        ? SEVERITY_INFO
                         : contact->blocked && contact->way == WAY_FIREWALL ? SEVERITY_LOW
                         : address                                          ? SEVERITY_MEDIUM
                                                                            : SEVERITY_CRITICAL;
    if (finding->severity > most)
        finding->severity = most;
}

static bool report(struct casefile *casefile, const struct contact *contact) {
    struct lists_name listed;
    struct finding finding = {.detector = "ioc_network"};
    char first[FILETIME_TEXT], last[FILETIME_TEXT], count[24], row[24];
    lists_name(contact->name->lists, contact->name->number, &listed);
    weigh(contact, &listed, &finding);
    filetime_text(contact->first, first);
    filetime_text(contact->last, last);
    snprintf(count, sizeof count, "%llu", (unsigned long long)contact->count);
    snprintf(row, sizeof row, "%lu", (unsigned long)listed.number);
    saying_detail(&finding, "host", contact->seen);
    saying_detail(&finding, ways[contact->way].who, contact->who);
    saying_detail(&finding, "how often", count);
    saying_detail(&finding, "first", contact->first ? first : contact->from);
    saying_detail(&finding, "last",
                  contact->first ? (contact->last != contact->first ? last : NULL) : contact->to);
    saying_detail(&finding, "list", listed.list);
    saying_detail(&finding, "list of", listed.list_date);
    saying_detail(&finding, "listed", listed.pattern);
    saying_detail(&finding, "says", listed.entry.what);
    saying_detail(&finding, "row", row);
    saying_detail(&finding, "source", listed.entry.source);
    return saying_write(casefile, contact->artifact, &finding, NULL, 0);
}

static bool tell(const struct looking *l) {
    bool good = true;
    char summary[96];
    for (size_t i = 0; good && i < l->count; i++)
        good = report(l->casefile, &l->list[i]);
    if (!good || l->omitted == 0)
        return good;
    snprintf(summary, sizeof summary, "Hosts that a list has were met %llu more times",
             (unsigned long long)l->omitted);
    struct finding finding = {
        .detector = "ioc_network", .severity = SEVERITY_INFO, .strength = STRENGTH_FIRM, .summary = summary};
    return casefile_finding(l->casefile, (struct casefile_place){.evidence = 1}, &finding, NULL, 0);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct looking l = {.casefile = casefile};
    bool good = !intel || network_names_load(&intel->lists, &l.names);
    if (good && l.names.count > 0) {
        l.list = calloc(CONTACTS, sizeof *l.list);
        good = l.list && look(&l, events_sql, take_event) && look(&l, zones_sql, take_zone) &&
               look(&l, hosts_sql, take_host) && look(&l, connections_sql, take_connection) &&
               look(&l, browser_hosts_sql, take_browser_host) &&
               look(&l, browser_downloads_sql, take_browser_download) && tell(&l);
    }
    network_names_free(&l.names);
    free(l.list);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_ioc_network = {
    .text =
        {
            .id = "ioc_network",
            .title = "a host that a list has was met",
            .why =
                "Programs of attackers call their makers, and lists name the hosts. Here such a host was looked up, connected "
                "to, visited or downloaded from, as event logs (Sysmon 3 and 22, DNS client, BITS), marks of the web, the file "
                "hosts, the firewall's log or histories of browsers tell. A name below one that is listed counts as it.",
            .innocent =
                "Who examines an attack looks its hosts up, too, and so do products that test links; a visit is no infection: people "
                "follow links in reports and in trainings about security, browsers load pages ahead that nobody sees, and pages "
                "embed others; a domain may have been "
                "taken over by those who fight it, and an address belongs to somebody else by now or serves many: addresses "
                "alone are weak. A file hosts that leads such a name to 0.0.0.0 or 127.0.0.1 blocks it.",
            .verify =
                "Read the event (or the file) that the finding names; a history with sqlite3, from a copy with its -wal; compare "
                "its time with that of the list's entry; ask which program it was and whether trust has a verdict on it.",
            .attack = "T1071",
            .severity = SEVERITY_CRITICAL,
        },
    .judge = judge,
};
