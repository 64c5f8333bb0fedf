/* Which host a case is of: what makes it one, and what makes hosts comparable. */
#include "store/extract_private.h"

#include "base/mac.h"

#include <string.h>

/* The first answer to a question with one column, kept; "" for none. */
const char *extract_ask(struct extract *e, struct db *db, const char *sql, const char *parameter) {
    struct db_query *query = db_prepare(db, sql);
    const char *answer = "";
    if (query && parameter)
        db_bind_text(query, 1, parameter, strlen(parameter));
    if (query && db_step(query))
        answer = extract_keep(e, db_text(query, 0, NULL));
    db_finish(query);
    return answer;
}

static const char *posture(struct extract *e, struct db *db, const char *fact) {
    return extract_ask(
        e, db, "SELECT value FROM posture WHERE fact = ? AND value <> '' ORDER BY rowid LIMIT 1", fact);
}

static const char *lower(struct extract *e, const char *text) {
    struct text small = {0};
    for (const char *c = text; *c; c++)
        text_char(&small, *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c);
    const char *kept = extract_keep(e, text_string(&small));
    text_free(&small);
    return kept;
}

/* "10 Pro 19045.3803": what is the same on machines that were set up alike. */
static const char *os_build(struct extract *e, struct db *db) {
    struct text text = {0};
    const char *build = posture(e, db, "system build"), *update = posture(e, db, "system update");
    const char *name = posture(e, db, "system name");
    text_add(&text, name[0] ? name : posture(e, db, "system release"));
    if (build[0])
        text_format(&text, "%s%s%s%s", text.size ? " " : "", build, update[0] ? "." : "", update);
    const char *kept = extract_keep(e, text_string(&text));
    text_free(&text);
    return kept;
}

/* What the setup made of it goes before its name: a domain controller is called as any other server. That
 * there is a key of the directory service says nothing, which all servers have. */
static const char *role(struct extract *e, struct db *db) {
    const char *type = lower(e, posture(e, db, "product type"));
    const char *name = lower(e, posture(e, db, "system name"));
    const char *edition = lower(e, posture(e, db, "system edition"));
    if (strcmp(type, "lanmannt") == 0)
        return "domain controller";
    if (strcmp(type, "servernt") == 0 || strstr(name, "server") || strstr(edition, "server"))
        return "server";
    if (name[0] || edition[0] || type[0])
        return "client";
    return posture(e, db, "system release")[0] ? "linux" : "";
}

/* All that are known, in order, as much as a field holds. */
static const char *macs(struct extract *e, struct db *db) {
    struct db_query *query =
        db_prepare(db, "SELECT DISTINCT lower(value) FROM posture WHERE fact = 'network address' ORDER BY 1");
    struct text text = {0};
    uint8_t mac[MAC_SIZE];
    while (query && text.size < EXTRACT_TEXT - MAC_TEXT - 1 && db_step(query)) {
        size_t size;
        const char *value = db_text(query, 0, &size);
        if (size != MAC_TEXT || !mac_read(value, size, mac) || !mac_is_telling(mac))
            continue;
        text_add(&text, text.size ? " " : "");
        mac_add(&text, mac);
    }
    db_finish(query);
    const char *kept = extract_keep(e, text_string(&text));
    text_free(&text);
    return kept;
}

/* --- what it is used for --- */

static const struct {
    const char *class;
    enum store_kind kind;
    const char *pattern;
} uses[] = {
#define USE(class, kind, pattern) {class, STORE_##kind, pattern},
#include "store/uses.def"
#undef USE
};

enum { USES = sizeof uses / sizeof uses[0] };

/* A star at the end is any end, one at the beginning too is any place in the name. */
static bool fits(const char *pattern, const char *name) {
    size_t size = strlen(pattern);
    char part[64];
    bool within = pattern[0] == '*', begins = size > 1 && pattern[size - 1] == '*';
    if (!begins)
        return strcmp(pattern, name) == 0;
    snprintf(part, sizeof part, "%.*s", (int)(size - 1 - within), pattern + within);
    return within ? strstr(name, part) != NULL : strncmp(name, part, strlen(part)) == 0;
}

void extract_uses(struct extract *e) {
    bool has[USES] = {false};
    struct text text = {0};
    for (size_t i = 0; i < e->thing_count; i++)
        for (size_t k = 0; k < USES; k++)
            has[k] = has[k] || (uses[k].kind == e->things[i].thing.kind &&
                                fits(uses[k].pattern, e->things[i].thing.name));
    for (size_t k = 0; k < USES; k++) /* lines of a class stand together, classes by their names */
        if (has[k] && (text.size < strlen(uses[k].class) ||
                       strcmp(text.data + text.size - strlen(uses[k].class), uses[k].class) != 0))
            text_format(&text, "%s%s", text.size ? " " : "", uses[k].class);
    e->host.products = extract_keep(e, text_string(&text));
    text_free(&text);
}

/* --- who it is --- */

/* The machine's SID is that of its own accounts without their last number. ProfileList has the SIDs of all
 * who have a profile, of accounts of a domain, too, and nothing in it tells them apart: so it is known of
 * hosts in no domain alone, where all have one prefix. */
#define SIDS                                                                                                 \
    "SELECT DISTINCT substr(rtrim(rtrim(path, '0123456789'), '-'), 50) FROM hive_key WHERE state = 'live'"   \
    " AND path LIKE '/Microsoft/Windows NT/CurrentVersion/ProfileList/S-1-5-21-%-%' LIMIT 2"

static const char *machine_sid(struct extract *e, struct db *db) {
    struct db_query *query = db_prepare(db, SIDS);
    const char *sid = "";
    unsigned count = 0;
    for (; query && db_step(query); count++)
        sid = extract_keep(e, db_text(query, 0, NULL));
    db_finish(query);
    return count == 1 && !e->host.domain[0] ? lower(e, sid) : "";
}

/* Machines that were cloned share a machine id, and names are given twice: both make the host, with its
 * domain. The SID counts only without a machine id, for it comes to be known when somebody signs in. */
bool extract_host(struct extract *e, struct db *db, struct text *why) {
    struct store_host *h = &e->host;
    const char *named =
        extract_ask(e, db, "SELECT host FROM evidence WHERE host <> '' ORDER BY id LIMIT 1", NULL);
    h->name = lower(e, named[0] ? named : posture(e, db, "computer name"));
    h->domain = lower(e, posture(e, db, "domain"));
    h->machine_guid = lower(e, posture(e, db, "machine id"));
    h->machine_sid = machine_sid(e, db);
    h->mac = macs(e, db);
    h->os_build = os_build(e, db);
    h->role = role(e, db);
    h->products = "";
    if (!h->name[0] && !h->machine_guid[0]) {
        text_add(why, "it does not say of which host it is: scan with --host NAME");
        return false;
    }
    struct text key = {0};
    text_format(&key, "%s\n%s\n%s", h->name, h->domain,
                h->machine_guid[0] ? h->machine_guid : h->machine_sid);
    h->host = rows_id("host", text_string(&key));
    text_free(&key);
    return true;
}
