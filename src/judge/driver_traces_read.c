#include "judge/driver_traces_read.h"

#include "base/filetime.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#define BIT(kind) (1u << DRIVER_TRACE_##kind)

enum { WORDS = 400, NAME = 100 };

struct reading {
    struct db *db;
    bool (*take)(void *context, const struct driver_sign *sign);
    void *context;
};

/* --- events --- */

/* Code integrity tells of a file in one event and of its signatures in others, joined by their activity. */
#define CODE_INTEGRITY "'Microsoft-Windows-CodeIntegrity'"
/* Event 7045 has the kind of a service in the language of the machine: the word for a driver in large ones.
 * Of others the service's key tells, where it is there, or the file's ending. */
#define KIND "json_extract(e.data, '$.ServiceType') LIKE "
#define SAYS_DRIVER                                                                                          \
    KIND "'%driver%' OR " KIND "'%treiber%' OR " KIND "'%pilote%' OR " KIND "'%controlador%' OR " KIND       \
         "'%райвер%' OR " KIND "'%驱动%' OR " KIND "'%ドライバ%'"
static const char events_sql[] =
    "WITH signed AS MATERIALIZED (SELECT artifact, activity, max(CAST(json_extract(data, '$.TotalSignatureCount') AS"
    " INTEGER)) AS signatures, max(json_extract(data, '$.PublisherName')) AS publisher FROM event WHERE event_id = 3089 AND"
    " provider = " CODE_INTEGRITY
    " AND activity IS NOT NULL AND data IS NOT NULL GROUP BY artifact, activity)"
    " SELECT e.artifact, e.event_id, coalesce(e.time, e.written), e.slack, coalesce(json_extract(e.data, '$.ImagePath'),"
    " json_extract(e.data, '$.ServiceFileName'), json_extract(e.data, '$.ImageLoaded'), json_extract(e.data,"
    " '$.FileNameBuffer'), json_extract(e.data, '$.\"File Name\"')) AS path, json_extract(e.data, '$.ServiceName'),"
    " json_extract(e.data, '$.Signed'), json_extract(e.data, '$.SignatureStatus'), coalesce(json_extract(e.data,"
    " '$.Signature'), s.publisher), json_extract(e.data, '$.Hashes'), json_extract(e.data, '$.\"SHA256 Hash\"'),"
    " json_extract(e.data, '$.\"SHA256 Flat Hash\"'), s.signatures, e.number FROM event e LEFT JOIN signed s ON s.artifact ="
    " e.artifact AND s.activity = e.activity WHERE e.data IS NOT NULL AND ((e.event_id = 7045 AND e.provider = 'Service"
    " Control Manager' AND (json_extract(e.data, '$.ImagePath') LIKE '%.sys%' OR " SAYS_DRIVER
    " OR (lower(json_extract("
    "e.data, '$.ServiceName')) IN (SELECT lower(name) FROM service WHERE type & 3 <> 0 AND type & 48 = 0) AND"
    " json_extract(e.data, '$.ImagePath') NOT LIKE '%.exe%'))) OR (e.event_id = 4697 AND e.provider = 'Microsoft-Windows-Security-Auditing' AND (json_extract(e.data,"
    " '$.ServiceFileName') LIKE '%.sys%' OR lower(json_extract(e.data, '$.ServiceType')) IN ('0x1', '0x2', '1', '2'))) OR"
    " (e.event_id = 6 AND e.provider = 'Microsoft-Windows-Sysmon') OR (e.event_id BETWEEN 3001 AND 3112 AND e.event_id <>"
    " 3089 AND e.provider = " CODE_INTEGRITY
    " AND (coalesce(json_extract(e.data, '$.FileNameBuffer'), json_extract(e.data,"
    " '$.\"File Name\"')) LIKE '%.sys' OR CAST(json_extract(e.data, '$.\"SI Signing Scenario\"') AS TEXT) = '0')))"
    " ORDER BY e.artifact, e.ordinal";

static const struct {
    int64_t id;
    unsigned kinds;
    const char *words;
} events[] = {
    {7045, BIT(INSTALLED), "7045 service installed"},
    {4697, BIT(INSTALLED), "4697 service installed"},
    {6, BIT(LOADED), "Sysmon 6 loaded"},
    {3001, BIT(UNSIGNED), "3001 loaded without a signature"},
    {3004, BIT(INVALID), "3004 hash not found"},
    {3021, BIT(REVOKED), "3021 revoked, loaded"},
    {3022, BIT(REVOKED), "3022 revoked, loaded with a debugger"},
    {3023, BIT(BLOCKED), "3023 blocked"},
    {3032, BIT(REVOKED), "3032 revoked, loaded"},
    {3033, BIT(BLOCKED), "3033 blocked for its signing level"},
    {3034, BIT(AUDITED), "3034 not up to the signing level"},
    {3035, BIT(REVOKED), "3035 revoked, loaded with a debugger"},
    {3036, BIT(REVOKED) | BIT(BLOCKED), "3036 revoked, blocked"},
    {3076, BIT(AUDITED), "3076 a policy would block it"},
    {3077, BIT(BLOCKED), "3077 blocked by a policy"},
    {3082, BIT(AUDITED), "3082 a policy would block it"},
    {3083, BIT(AUDITED), "3083 its signature does not meet the policy"},
    {3104, BIT(BLOCKED), "3104 blocked"},
    {3111, BIT(BLOCKED), "3111 blocked by memory integrity"},
    {3112, BIT(REVOKED) | BIT(BLOCKED), "3112 revoked, blocked"},
};

static unsigned nibble(char c) {
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : ((unsigned char)c | 32u) - 'a' + 10;
}

/* Exactly `size` bytes in hex. */
static bool hex_of(const char *text, uint8_t *to, size_t size) {
    for (size_t i = 0; i < 2 * size; i++)
        if (!isxdigit((unsigned char)text[i]))
            return false;
    if (isxdigit((unsigned char)text[2 * size]))
        return false;
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]));
    return true;
}

struct digests {
    uint8_t md5[16], sha1[20], sha256[32], image[32];
};

static void set_digest(struct driver_sign *sign, enum lists_digest digest, const char *text, uint8_t *to,
                       size_t size) {
    if (text && hex_of(text, to, size))
        sign->digests.digest[digest] = span_of(to, size, 0);
}

/* Sysmon's form: SHA1=...,MD5=...,SHA256=...,IMPHASH=... */
static void read_hashes(struct driver_sign *sign, const char *text, struct digests *digests) {
    const char *md5 = strstr(text, "MD5="), *sha1 = strstr(text, "SHA1="), *sha256 = strstr(text, "SHA256=");
    set_digest(sign, LISTS_MD5, md5 ? md5 + 4 : NULL, digests->md5, 16);
    set_digest(sign, LISTS_SHA1, sha1 ? sha1 + 5 : NULL, digests->sha1, 20);
    set_digest(sign, LISTS_SHA256, sha256 ? sha256 + 7 : NULL, digests->sha256, 32);
}

/* Sysmon says whether it is signed; what it could not check is neither. */
static void read_signature(struct driver_sign *sign, const char *is_signed, const char *status) {
    if (strcasecmp(is_signed, "false") == 0)
        sign->kinds |= BIT(UNSIGNED);
    else if (strcasecmp(is_signed, "true") == 0 && strcasecmp(status, "Valid") == 0)
        sign->vouched = true;
    else if (strcasecmp(status, "Revoked") == 0)
        sign->kinds |= BIT(REVOKED);
    else if (strcasecmp(is_signed, "true") == 0 && status[0] && strcasecmp(status, "Expired") != 0 &&
             strcasecmp(status, "Unavailable") != 0)
        sign->kinds |= BIT(INVALID);
}

/* Such a path has no arguments, and may be meant from the Windows folder. */
static bool ends_like_a_driver(const char *path) {
    size_t size = strlen(path);
    return size > 4 && strcasecmp(path + size - 4, ".sys") == 0;
}

static bool take_event(struct reading *r, struct db_query *q) {
    struct driver_sign sign = {.traced = db_integer(q, 0),
                               .time = (uint64_t)db_integer(q, 2),
                               .slack = db_integer(q, 3) != 0,
                               .path = db_text(q, 4, NULL),
                               .service = db_text(q, 5, NULL),
                               .signer = db_text(q, 8, NULL)};
    struct digests digests;
    char words[WORDS], time[FILETIME_TEXT];
    int64_t id = db_integer(q, 1);
    size_t i = 0;
    while (i < sizeof events / sizeof events[0] && events[i].id != id)
        i++;
    if (i == sizeof events / sizeof events[0])
        return true;
    sign.kinds = events[i].kinds;
    sign.command = !ends_like_a_driver(sign.path);
    if (id == 6)
        read_signature(&sign, db_text(q, 6, NULL), db_text(q, 7, NULL));
    read_hashes(&sign, db_text(q, 9, NULL), &digests);
    set_digest(&sign, LISTS_IMAGE_SHA256, db_text(q, 10, NULL), digests.image, 32);
    if (!sign.digests.digest[LISTS_SHA256].size)
        set_digest(&sign, LISTS_SHA256, db_text(q, 11, NULL), digests.sha256, 32);
    if (!db_is_null(q, 12) && db_integer(q, 12) == 0)
        sign.kinds |= BIT(UNSIGNED);
    filetime_text(sign.time, time);
    snprintf(words, sizeof words, "%.19sZ %s%s%.*s (record %lld)", time, events[i].words,
             sign.service[0] ? " " : "", text_cut(sign.service, NAME), sign.service,
             (long long)db_integer(q, 13));
    sign.event = words;
    return r->take(r->context, &sign);
}

/* --- Amcache and the registry --- */

static const char amcache_sql[] =
    "SELECT artifact, path, key_time, service, sha1, driver_signed, publisher FROM amcache WHERE kind = 'driver' AND path IS NOT NULL"
    " AND coalesce(driver_in_box, 0) = 0 ORDER BY artifact, ordinal";

static bool take_amcache(struct reading *r, struct db_query *q) {
    struct driver_sign sign = {.traced = db_integer(q, 0),
                               .kinds = BIT(AMCACHE),
                               .path = db_text(q, 1, NULL),
                               .time = (uint64_t)db_integer(q, 2),
                               .service = db_text(q, 3, NULL),
                               .signer = db_text(q, 6, NULL),
                               .vouched = db_integer(q, 5) != 0};
    sign.digests.digest[LISTS_SHA1] = db_blob(q, 4);
    if (!db_is_null(q, 5) && !sign.vouched)
        sign.kinds |= BIT(UNSIGNED);
    return r->take(r->context, &sign);
}

/* Keys of drivers, as the judge `services` found them: those of the control set in use, and what is left of
 * others; without a path it is the one of their name. */
static const char services_sql[] =
    "SELECT hive, coalesce(image, 'System32\\drivers\\' || name || '.sys'), state, last_write, name FROM service WHERE"
    " type & 3 <> 0 AND type & 48 = 0 AND state <> 'other' ORDER BY hive, key";

static bool take_service(struct reading *r, struct db_query *q) {
    char words[WORDS], time[FILETIME_TEXT];
    bool gone = strcmp(db_text(q, 2, NULL), "current") != 0;
    struct driver_sign sign = {.traced = db_integer(q, 0),
                               .path = db_text(q, 1, NULL),
                               .kinds = gone ? BIT(REMAINS) : BIT(SERVICE),
                               .service = db_text(q, 4, NULL)};
    filetime_text((uint64_t)db_integer(q, 3), time);
    snprintf(words, sizeof words, "%.19sZ last write of its deleted service key %.*s", time,
             text_cut(sign.service, NAME), sign.service);
    sign.event = gone ? words : NULL;
    return r->take(r->context, &sign);
}

/* --- deleted records of the file table --- */

static const char records_sql[] =
    "SELECT a.id, coalesce(o.path, '') || '/' || a.name, a.si_created, a.record, a.sequence FROM artifact a LEFT JOIN folder"
    " o ON o.id = a.folder WHERE a.flags & 2 <> 0 AND a.flags & 1 = 0 AND a.stream IS NULL AND a.name LIKE '%.sys' AND"
    " a.volume IS NOT NULL ORDER BY a.id";

static bool take_record(struct reading *r, struct db_query *q) {
    char words[WORDS], time[FILETIME_TEXT];
    struct driver_sign sign = {.traced = db_integer(q, 0),
                               .path = db_text(q, 1, NULL),
                               .kinds = BIT(RECORD),
                               .on_volume = true,
                               .event = words};
    filetime_text((uint64_t)db_integer(q, 2), time);
    snprintf(words, sizeof words, "%.19sZ made, says the deleted MFT record %lld-%lld", time,
             (long long)db_integer(q, 3), (long long)db_integer(q, 4));
    return r->take(r->context, &sign);
}

/* --- the change journal --- */

/* What was deleted under a driver's name, with when it was made if the journal goes back so far, and where:
 * the folder's path as it was at the time. */
static const char journal_sql[] =
    "WITH drivers AS MATERIALIZED (SELECT u.artifact AS artifact, u.file AS file, u.file_sequence AS sequence, u.parent AS"
    " parent, u.parent_sequence AS parent_sequence, u.name AS name, min(u.usn) AS usn, min(CASE WHEN u.reason & 256 THEN"
    " u.time END) AS made, max(CASE WHEN u.reason & 512 THEN u.time END) AS deleted FROM usn u WHERE u.name LIKE '%.sys'"
    " AND coalesce(u.attributes, 0) & 16 = 0 GROUP BY u.artifact, u.file, u.file_sequence, u.parent, u.parent_sequence,"
    " lower(u.name)) SELECT d.artifact, o.path || '/' || d.name, d.made, d.deleted, d.usn FROM drivers d JOIN usn_path p ON"
    " p.artifact = d.artifact AND p.parent = d.parent AND p.parent_sequence = d.parent_sequence AND d.usn BETWEEN p.from_usn"
    " AND p.to_usn JOIN folder o ON o.id = p.folder WHERE d.deleted IS NOT NULL ORDER BY d.artifact, d.usn";

static bool take_journal(struct reading *r, struct db_query *q) {
    char words[WORDS], made[FILETIME_TEXT], deleted[FILETIME_TEXT];
    struct driver_sign sign = {.traced = db_integer(q, 0),
                               .path = db_text(q, 1, NULL),
                               .kinds = BIT(DELETED),
                               .on_volume = true,
                               .made = (uint64_t)db_integer(q, 2),
                               .deleted = (uint64_t)db_integer(q, 3),
                               .event = words};
    filetime_text(sign.made, made);
    filetime_text(sign.deleted, deleted);
    snprintf(words, sizeof words, "%s%.19s%s%.19sZ deleted, says the change journal (USN %lld)",
             sign.made ? "" : "made before it begins", sign.made ? made : "", sign.made ? "Z made, " : ", ",
             deleted, (long long)db_integer(q, 4));
    return r->take(r->context, &sign);
}

bool driver_traces_read(struct db *db, bool (*take)(void *context, const struct driver_sign *sign),
                        void *context) {
    static const struct {
        const char *sql;
        bool (*row)(struct reading *, struct db_query *);
    } tables[] = {{events_sql, take_event},
                  {amcache_sql, take_amcache},
                  {services_sql, take_service},
                  {records_sql, take_record},
                  {journal_sql, take_journal}};
    struct reading r = {db, take, context};
    bool good = true;
    for (size_t i = 0; good && i < sizeof tables / sizeof tables[0]; i++) {
        struct db_query *q = db_prepare(db, tables[i].sql);
        good = q != NULL;
        while (good && db_step(q))
            good = tables[i].row(&r, q);
        db_finish(q);
    }
    return good && db_error(db)[0] == 0;
}
