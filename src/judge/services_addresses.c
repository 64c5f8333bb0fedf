/* Which network cards a machine has or had, where its registry does not say it: events of the DHCP client,
 * and GUIDs of files that links tell of. Only what the machine says of itself: a log or a link that came from
 * another machine has that one's card. */
#include "judge/services_parts.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

enum { TOLD = 64, FILES = 2 /* with one address at least, of a link */ };

/* What each evidence's machine is called. */
#define OWN                                                                                                  \
    "WITH own(evidence, name) AS (SELECT h.evidence, lower(p.value) FROM posture p JOIN artifact h ON"       \
    " h.id = p.hive WHERE p.fact = 'computer name' AND p.value <> '' UNION SELECT id, lower(host) FROM"      \
    " evidence WHERE host <> '')"

/* Forwarded events have another number than their record, and another computer. */
static const char events_sql[] = OWN
    " SELECT e.artifact, min(coalesce(e.time, e.written)), json_extract(e.data, '$.HWAddress') AS address,"
    " min(e.event_id) FROM event e JOIN artifact a ON a.id = e.artifact JOIN own o ON o.evidence = a.evidence"
    " WHERE e.provider = 'Microsoft-Windows-Dhcp-Client' COLLATE NOCASE AND e.event_id BETWEEN 1000 AND 1007"
    " AND e.original_number IS NULL AND (lower(e.computer) = o.name OR"
    " substr(lower(e.computer), 1, length(o.name) + 1) = o.name || '.')"
    " AND address IS NOT NULL GROUP BY e.artifact, address ORDER BY e.artifact, address LIMIT 1000";

/* Of files on the system's own drive that were not moved there: others have GUIDs of other machines. */
static const char links_sql[] = OWN
    ", installed(evidence, time) AS (SELECT h.evidence, max(CASE p.fact WHEN 'install time' THEN"
    " CAST(p.value AS INTEGER) ELSE CAST(p.value AS INTEGER) * 10000000 + 116444736000000000 END) FROM posture p"
    " JOIN artifact h ON h.id = p.hive WHERE p.fact IN ('install time', 'install date') GROUP BY 1),"
    " drive(evidence, letter) AS (SELECT DISTINCT h.evidence, lower(substr(p.value, 1, 2)) FROM posture p"
    " JOIN artifact h ON h.id = p.hive WHERE p.fact = 'system folder')"
    " SELECT min(l.artifact), l.file_id, i.time, substr(l.file_id, 25) AS node, a.evidence FROM lnk l"
    " JOIN artifact a ON a.id = l.artifact JOIN own o ON o.evidence = a.evidence AND o.name = lower(l.machine)"
    " JOIN installed i ON i.evidence = a.evidence JOIN drive d ON d.evidence = a.evidence AND"
    " d.letter = lower(substr(l.path, 1, 2)) WHERE l.drive_type = 3 AND l.moved = 0 AND"
    " substr(l.file_id, 15, 1) = '1' GROUP BY a.evidence, l.file_id ORDER BY a.evidence, node, l.file_id";

struct card {
    struct casefile *casefile;
    int64_t artifact, evidence;
    uint8_t mac[MAC_SIZE];
    uint64_t time;
    const char *key, *name;
};

static bool tell(const struct card *card) {
    struct text text = {0};
    mac_add(&text, card->mac);
    bool good = casefile_posture(card->casefile, &(struct casefile_posture){.hive = (uint64_t)card->artifact,
                                                                            .fact = SERVICES_NETWORK_ADDRESS,
                                                                            .value = text_string(&text),
                                                                            .key_path = card->key,
                                                                            .name = card->name,
                                                                            .last_write = card->time});
    text_free(&text);
    return good;
}

static bool take_events(struct casefile *casefile) {
    struct db_query *q = db_prepare(casefile_db(casefile), events_sql);
    struct text key = {0};
    bool good = q != NULL;
    unsigned told = 0;
    while (good && told < TOLD && db_step(q)) {
        struct card card = {
            .casefile = casefile, .artifact = db_integer(q, 0), .time = (uint64_t)db_integer(q, 1)};
        size_t size;
        const char *address = db_text(q, 2, &size);
        if (!mac_read(address, size, card.mac) || !mac_is_telling(card.mac))
            continue;
        text_clear(&key);
        text_format(&key, "Microsoft-Windows-Dhcp-Client %lld", (long long)db_integer(q, 3));
        card.key = text_string(&key);
        card.name = "HWAddress";
        good = tell(&card);
        told++;
    }
    db_finish(q);
    text_free(&key);
    return good;
}

/* When a GUID of version 1 was made (RFC 9562, 5.1): 100 ns since 15 October 1582. 0 if it is none. */
static uint64_t guid_time(const char *guid) {
    static const uint64_t until_1601 = UINT64_C(5748192000000000);
    char digits[16] = "";
    if (strlen(guid) != 36)
        return 0;
    memcpy(digits, guid + 15, 3);
    memcpy(digits + 3, guid + 9, 4);
    memcpy(digits + 7, guid, 8);
    uint64_t time = strtoull(digits, NULL, 16);
    return time > until_1601 ? time - until_1601 : 0;
}

/* Files come by node; the first of a node stays until another one bears it out. */
static bool take_links(struct casefile *casefile) {
    struct db_query *q = db_prepare(casefile_db(casefile), links_sql);
    struct card card = {.casefile = casefile, .name = "file_id"};
    bool good = q != NULL;
    unsigned told = 0, files = 0;
    while (good && told < TOLD && db_step(q)) {
        uint8_t mac[MAC_SIZE];
        size_t size;
        uint64_t made = guid_time(db_text(q, 1, NULL));
        const char *node = db_text(q, 3, &size);
        if (made <= (uint64_t)db_integer(q, 2) || !mac_read(node, size, mac) || mac_is_invented(mac) ||
            !mac_is_telling(mac))
            continue;
        bool same = files > 0 && card.evidence == db_integer(q, 4) && memcmp(mac, card.mac, MAC_SIZE) == 0;
        files = same ? files + 1 : 1;
        if (!same) {
            card.artifact = db_integer(q, 0);
            card.evidence = db_integer(q, 4);
            card.time = made;
            memcpy(card.mac, mac, MAC_SIZE);
        }
        if (files == FILES) {
            good = tell(&card);
            told++;
        }
    }
    db_finish(q);
    return good;
}

bool services_addresses_take(struct casefile *casefile) {
    return take_events(casefile) && take_links(casefile) && db_error(casefile_db(casefile))[0] == 0;
}
