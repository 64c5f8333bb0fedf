#include "judge/diff_rules.h"

#include <stdlib.h>
#include <strings.h>

/* Names of hosts that texts of the earlier release have, in small letters. */
struct hosts {
    const char **list;
    size_t count;
};

enum { HOSTS = 1 << 16 };

/* The host of a URL, a piece of the job's memory; "" if it has none. */
static const char *host_of(struct job *job, const char *url) {
    const char *at = strstr(url, "://");
    at = at ? at + 3 : url;
    const char *user = strpbrk(at, "@/?#");
    if (user && *user == '@')
        at = user + 1;
    char *host = (char *)(uintptr_t)release_text(job, at, strcspn(at, ":/?#"));
    for (char *c = host; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c |= 32;
    return host;
}

static bool load_hosts(struct diff_judging *judging, struct hosts *ret) {
    struct db_query *q = db_prepare(
        casefile_db(judging->before->casefile),
        "SELECT DISTINCT value FROM pe_text WHERE class IN ('url', 'domain') AND value IS NOT NULL");
    ret->list = job_alloc(judging->job, HOSTS, sizeof *ret->list);
    while (q && ret->list && ret->count < HOSTS && db_step(q))
        ret->list[ret->count++] = host_of(judging->job, db_text(q, 0, NULL));
    db_finish(q);
    return q && ret->list;
}

/* The last two names of a host: who it belongs to, mostly. */
static const char *owner_of(const char *host) {
    const char *at = host + strlen(host);
    for (int dots = 0; at > host; at--)
        if (at[-1] == '.' && ++dots == 2)
            break;
    return at;
}

static bool begins(const char *text, const char *front) {
    return strncmp(text, front, strlen(front)) == 0;
}

/* Texts of some compilers stand behind each other without an end: what a host's name seems to go on with
 * changes from build to build. */
static bool is_known(const struct hosts *hosts, const char *host) {
    const char *owner = owner_of(host);
    for (size_t i = 0; i < hosts->count; i++) {
        const char *other = owner_of(hosts->list[i]);
        if (other[0] && (begins(owner, other) || begins(other, owner)))
            return true;
    }
    return false;
}

static bool is_address(const char *host) {
    return host[0] == '[' || (host[0] && strspn(host, "0123456789.") == strlen(host));
}

/* Networks of a machine and of a house, and those that documentation uses (RFC 1918, 3927, 5737). */
static bool is_local(const char *host) {
    static const char *const fronts[] = {"127.",     "10.",         "192.168.",   "169.254.", "0.",
                                         "192.0.2.", "198.51.100.", "203.0.113.", "[::1]",    "[fe80"};
    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++)
        if (begins(host, fronts[i]))
            return true;
    return begins(host, "172.1") || begins(host, "172.2") || begins(host, "172.3");
}

/* What came that says most. */
struct came {
    const char *address, *host, *hash, *constant;
    size_t hashes;
};

static void see_host(struct diff_judging *judging, const struct hosts *hosts, const char *url,
                     struct came *ret) {
    const char *host = host_of(judging->job, url);
    if (is_address(host)) {
        if (!ret->address && !is_local(host))
            ret->address = url;
    } else if (!ret->host && strchr(host, '.') && !is_known(hosts, host))
        ret->host = url;
}

static struct came see(struct diff_judging *judging, const struct hosts *hosts, const struct diff_traits *t) {
    struct came ret = {0};
    for (size_t i = 0; i < t->texts_gained.count; i++) {
        const char *text = t->texts_gained.list[i], *value = strchr(text, ' ');
        value = value ? value + 1 : text;
        if (begins(text, "url: "))
            see_host(judging, hosts, value, &ret);
        else if (begins(text, "address: ") && !ret.address && strchr(value, ':') && !is_local(value))
            ret.address = value; /* with a port: four numbers alone may be a version */
        else if (begins(text, "api-hash: ")) {
            ret.hash = ret.hash ? ret.hash : value;
            ret.hashes++;
        } else if (begins(text, "constant: ") && !ret.constant)
            ret.constant = value;
    }
    return ret;
}

static const char *named(const struct diff_traits *t, int *class) {
    static const int grave[] = {API_network,    API_injection, API_service,
                                API_credential, API_driver,    API_capture};
    for (size_t i = 0; i < sizeof grave / sizeof grave[0]; i++)
        if (t->named[grave[i]])
            return *class = grave[i], t->named[grave[i]];
    return NULL;
}

/* What the severest of it is; NULL if nothing came. */
static const char *what(const struct came *came, const struct diff_traits *t, bool still,
                        enum severity *severity) {
    int class;
    *severity = still ? SEVERITY_HIGH : SEVERITY_MEDIUM;
    if (came->hash && !t->hashes_before)
        return "it finds functions by numbers of their names, which it did not before";
    *severity = SEVERITY_MEDIUM;
    if (came->address)
        return "it names an address of the network by its number, which it did not before";
    if (named(t, &class))
        return "it names functions of a kind that it neither imported nor named before";
    *severity = still ? SEVERITY_MEDIUM : SEVERITY_LOW;
    if (came->host)
        return "it names a host that no program of the earlier release named";
    if (came->constant && still)
        return "it has a table of cryptography that it had not";
    return NULL;
}

static void judge_pair(struct diff_judging *judging, const struct hosts *hosts, const struct diff_pair *pair,
                       const struct diff_traits *t) {
    bool still = t->same_version || t->same_build || judging->diff->step == DIFF_STEP_NONE;
    struct came came = see(judging, hosts, t);
    enum severity severity;
    int class = 0;
    const char *summary = what(&came, t, still, &severity);
    if (!summary)
        return;
    struct diff_finding *finding =
        diff_rules_find(judging, &diff_rule_texts, pair, diff_rules_small(judging) ? severity : SEVERITY_LOW,
                        STRENGTH_FIRM, summary);
    diff_rules_detail(judging, finding, "address", came.address);
    diff_rules_detail(judging, finding, "host", came.host);
    diff_rules_detail(judging, finding, "by number", came.hash);
    diff_rules_detail(judging, finding, "table", came.constant);
    const char *name = named(t, &class);
    diff_rules_detail(judging, finding, name ? api_class_word((enum api_class) class) : "", name);
    diff_rules_detail(judging, finding, "its own version",
                      t->same_version ? "unchanged" : pair->after->version);
    diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
}

static bool judge(struct diff_judging *judging) {
    struct hosts hosts = {0};
    if (!load_hosts(judging, &hosts))
        return false;
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        const struct diff_traits *t = diff_rules_traits(judging, i);
        if (t->known && pair->fate == DIFF_CHANGED && pair->before && pair->before->kind == DIFF_PROGRAM)
            judge_pair(judging, &hosts, pair, t);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_texts = {
    .text =
        {
            .id = "diff_texts",
            .title = "a program's texts tell of something new",
            .why =
                "A program that looks functions up by itself shows that in no import: in their names, or in numbers of "
                "these where it wants to hide them. An address written as a number, a host that nobody named before "
                "and tables of cryptography come with what is to be reached and hidden.",
            .innocent =
                "Libraries that are linked in bring addresses of their documentation, tables and names with them; test "
                "and example addresses are numbers, too. In a larger step told low.",
            .verify =
                "strings on both files; look which code refers to the text, and whom the address belongs to.",
            .attack = "T1027.007",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
