/* Hosts of lists: look-alikes and what says nothing, then each way to meet one. */
#include "traces_made.h"

#define DNS  "Microsoft-Windows-DNS-Client"
#define BITS "Microsoft-Windows-Bits-Client"

enum { HOSTS = TRACES_FIRST, ELSEWHERE, FIREWALL, ZONE, HISTORY, OTHER_HISTORY };

static void know(const char *rows) {
    struct lists_build build = {0};
    struct lists_damage damage;
    struct lists_source source = {.name = "net", .file = "net.tsv", .date = "2024-01-02"};
    struct text out = {0}, error = {0};
    lists_file_free(&made_intel.lists);
    assert_true(lists_read(span_of(rows, strlen(rows), 0), &source, &build, &damage));
    assert_true(lists_build_write(&build, &out));
    assert_true(lists_file_take(&made_intel.lists, &out, "lists.intel", &error));
    lists_build_free(&build);
}

static const char table[] = "type\tvalue\tname\tseverity\n"
                            "domain\tevil.com\tC2\t\n"
                            "domain\tlow.example.org\tadvertising\tlow\n"
                            "ip\t192.0.2[.]66\tserver\tcritical\n"
                            "url\tgood.com/a\tdead drop\t\n";

static struct casefile *begin(void) {
    struct casefile *c = traces_case(true);
    know(table);
    traces_file(c, HOSTS, "/Windows/System32/drivers/etc", "hosts", 0);
    traces_file(c, ELSEWHERE, "/Projects", "hosts", 0);
    traces_file(c, FIREWALL, "/Windows/System32/LogFiles/Firewall", "pfirewall.log", 0);
    traces_file(c, ZONE, "/Users/a/Downloads", "a.exe:Zone.Identifier", 0);
    traces_file(c, HISTORY, "/Users/a/AppData/Local/Google/Chrome/User Data/Default", "History", 0);
    traces_file(c, OTHER_HISTORY, "/Users/b/AppData/Roaming/Mozilla/Firefox/Profiles/x", "places.sqlite", 0);
    return c;
}

static void end(struct casefile *c, const char *expected) {
    traces_judge(c, "ioc_network");
    traces_expect(c, traces_findings, expected);
}

static void host(struct casefile *c, uint64_t artifact, const char *address, const char *name) {
    traces_begin(FACT_host_name);
    traces_number(FACT_host_name_ordinal, traces_ordinal++);
    traces_string(FACT_host_name_address, address);
    traces_string(FACT_host_name_name, name);
    traces_send(c, artifact);
}

static void connection(struct casefile *c, const char *action, const char *from, const char *to) {
    traces_begin(FACT_connection);
    traces_number(FACT_connection_ordinal, traces_ordinal++);
    traces_string(FACT_connection_action, action);
    if (from)
        traces_string(FACT_connection_source, from);
    if (to)
        traces_string(FACT_connection_destination, to);
    traces_string(FACT_connection_first, "2024-05-06 07:08:09");
    traces_string(FACT_connection_last, "2024-05-07 07:08:09");
    traces_number(FACT_connection_count, 7);
    traces_send(c, FIREWALL);
}

static void zone(struct casefile *c, const char *host_url, const char *referrer) {
    traces_begin(FACT_zone);
    traces_number(FACT_zone_zone_id, 3);
    if (host_url)
        traces_string(FACT_zone_host_url, host_url);
    if (referrer)
        traces_string(FACT_zone_referrer_url, referrer);
    traces_send(c, ZONE);
}

static void history(struct casefile *c, uint64_t artifact, const char *browser) {
    traces_begin(FACT_browser_history);
    traces_string(FACT_browser_history_browser, browser);
    traces_send(c, artifact);
}

static void met(struct casefile *c, uint64_t artifact, const char *name, const char *kind, unsigned count) {
    traces_begin(FACT_browser_host);
    traces_number(FACT_browser_host_ordinal, traces_ordinal++);
    traces_string(FACT_browser_host_host, name);
    traces_string(FACT_browser_host_kind, kind);
    if (count > 0) {
        traces_number(FACT_browser_host_first, TRACES_TIME);
        traces_number(FACT_browser_host_last, TRACES_TIME + (count - 1) * TRACES_DAY);
    }
    traces_number(FACT_browser_host_count, count);
    traces_send(c, artifact);
}

static void visited(struct casefile *c, uint64_t artifact, const char *name, unsigned count) {
    met(c, artifact, name, count > 0 ? "visited" : "known", count);
}

static void downloaded(struct casefile *c, unsigned number, const char *name, const char *referrer) {
    traces_begin(FACT_browser_download);
    traces_number(FACT_browser_download_ordinal, traces_ordinal++);
    traces_number(FACT_browser_download_download, number);
    if (name)
        traces_string(FACT_browser_download_host, name);
    if (referrer)
        traces_string(FACT_browser_download_referrer, referrer);
    traces_string(FACT_browser_download_target, "C:\\x.exe");
    traces_number(FACT_browser_download_time, TRACES_TIME);
    traces_send(c, HISTORY);
}

/* Names that end like one, or begin so; hosts of URLs that are listed; events of others. */
static void look_alikes(void **state) {
    (void)state;
    struct casefile *c = begin();
    traces_event(c, TRACES_SYSMON, 22,
                 "{\"QueryName\":\"notevil.com\",\"QueryResults\":\"192.0.2.6;192.0.2.166\"}");
    traces_event(c, TRACES_SYSMON, 22, "{\"QueryName\":\"evil.com.example.net\"}");
    traces_event(c, TRACES_SYSMON, 22, "{\"QueryName\":\"com\",\"QueryResults\":\"type:  5 \"}");
    traces_event(c, TRACES_SYSMON, 22, "{\"QueryName\":\"example.org\"}");
    traces_event(c, TRACES_SYSMON, 22, "{\"QueryName\":\"good.com\"}");
    traces_event(c, TRACES_SYSMON, 1, "{\"QueryName\":\"evil.com\",\"CommandLine\":\"evil.com\"}");
    traces_event(c, "Somebody", 22, "{\"QueryName\":\"evil.com\"}");
    traces_event(c, DNS, 1015, "{\"QueryName\":\"evil.com\"}");
    traces_event(c, DNS, 3008, "{\"Other\":\"evil.com\"}");
    traces_event(c, DNS, 3008, NULL);
    traces_event(c, BITS, 59, "{\"url\":\"https://good.com/?u=https://evil.com/\"}");
    zone(c, "https://good.com/evil.com", "about:internet");
    host(c, ELSEWHERE, "10.0.0.1", "evil.com");
    host(c, HOSTS, "10.0.0.1", "evil");
    connection(c, "ALLOW", "10.0.0.1", "192.0.2.6");
    connection(c, "INFO-EVENTS-LOST", NULL, NULL);
    history(c, HISTORY, "chromium");
    visited(c, HISTORY, "notevil.com", 3);
    visited(c, HISTORY, "evil.com.example.net", 3);
    visited(c, HISTORY, "good.com", 3);
    downloaded(c, 1, "example.org", "org");
    downloaded(c, 2, NULL, NULL);
    end(c, "");
}

static void nothing_is_listed(void **state) {
    (void)state;
    struct casefile *c = begin();
    lists_file_free(&made_intel.lists);
    traces_event(c, TRACES_SYSMON, 22, "{\"QueryName\":\"evil.com\"}");
    end(c, "");
}

static void lookups(void **state) {
    (void)state;
    struct casefile *c = begin();
    for (int i = 0; i < 3; i++)
        traces_event(c, TRACES_SYSMON, 22, "{\"QueryName\":\"EVIL.com\",\"Image\":\"C:\\\\a.exe\"}");
    traces_event(c, DNS, 3006, "{\"QueryName\":\"a.b.evil.com.\",\"Image\":\"C:\\\\b.exe\"}");
    traces_event(c, DNS, 1014, "{\"QueryName\":\"low.example.org\"}");
    traces_judge(c, "ioc_network");
    traces_expect(
        c,
        "SELECT severity || '/' || strength || ' ' || group_concat(key || ': ' || value, ', ') FROM finding f JOIN"
        " finding_detail d ON d.finding = f.id WHERE key NOT LIKE 'list%' GROUP BY f.id ORDER BY f.id",
        "3/1 host: EVIL.com, by: C:\\a.exe; C:\\b.exe, how often: 4, first: 2024-05-12T15:06:40.0000000Z, says: C2,"
        " row: 2 1/1 host: low.example.org, how often: 1, first: 2024-05-12T15:06:40.0000000Z, says: advertising,"
        " row: 3");
}

static void connections(void **state) {
    (void)state;
    struct casefile *c = begin();
    traces_event(c, TRACES_SYSMON, 3,
                 "{\"DestinationHostname\":\"x.evil.com\",\"DestinationIp\":\"10.0.0.1\"}");
    traces_event(c, TRACES_SYSMON, 3, "{\"DestinationIp\":\"192.0.2.66\",\"Image\":\"C:\\\\a.exe\"}");
    traces_event(c, TRACES_SYSMON, 22,
                 "{\"QueryName\":\"a.net\",\"QueryResults\":\"type:  5 b.evil.com;::ffff:192.0.2.66;\"}");
    end(c, "3/1@2 3/1@2 2/0@2 2/0@2");
}

static void downloads(void **state) {
    (void)state;
    struct casefile *c = begin();
    traces_event(c, BITS, 59, "{\"url\":\"https://u@cdn.evil.com:8443/x\",\"name\":\"job\"}");
    zone(c, "https://good.com/x", "http://evil.com/page");
    end(c, "3/1@2 3/1@9");
}

/* What blocks is told as that. */
static void files(void **state) {
    (void)state;
    struct casefile *c = begin();
    host(c, HOSTS, "0.0.0.0", "evil.com");
    host(c, HOSTS, "10.0.0.1", "low.example.org");
    connection(c, "DROP", "192.0.2.66", "10.0.0.1");
    end(c, "1/1@6 0/1@6 1/0@8");
    c = begin();
    host(c, HOSTS, "0.0.0.0", "evil.com");
    host(c, HOSTS, "10.0.0.1", "evil.com");
    connection(c, "DROP", "192.0.2.66", "10.0.0.1");
    connection(c, "ALLOW", "10.0.0.1", "192.0.2.66");
    end(c, "3/1@6 2/0@8");
}

static void browsers(void **state) {
    (void)state;
    struct casefile *c = begin();
    history(c, HISTORY, "chromium");
    history(c, OTHER_HISTORY, "firefox");
    visited(c, HISTORY, "www.evil.com", 3);
    visited(c, HISTORY, "cdn.evil.com", 1);
    visited(c, HISTORY, "low.example.org", 2);
    visited(c, HISTORY, "192.0.2.66", 2);
    visited(c, OTHER_HISTORY, "evil.com", 0);
    traces_judge(c, "ioc_network");
    traces_expect(
        c,
        "SELECT severity || '/' || strength || '@' || artifact || ' ' || group_concat(key || ': ' || value, ', ') FROM finding f JOIN"
        " finding_detail d ON d.finding = f.id WHERE key IN ('host', 'browser', 'how often', 'first', 'last') GROUP BY f.id ORDER BY f.id",
        "3/1@10 host: www.evil.com, browser: chromium, how often: 4, first: 2024-05-12T15:06:40.0000000Z, last:"
        " 2024-05-14T15:06:40.0000000Z 2/0@10 host: 192.0.2.66, browser: chromium, how often: 2, first:"
        " 2024-05-12T15:06:40.0000000Z, last: 2024-05-13T15:06:40.0000000Z 1/1@10 host: low.example.org, browser: chromium, how"
        " often: 2, first: 2024-05-12T15:06:40.0000000Z, last: 2024-05-13T15:06:40.0000000Z 0/0@11 host: evil.com, browser:"
        " firefox, how often: 1");
}

/* What was taken out is not mixed with what is there. */
static void histories_that_were_cleared(void **state) {
    (void)state;
    struct casefile *c = begin();
    history(c, HISTORY, "chromium");
    met(c, HISTORY, "a.evil.com", "removed", 2);
    visited(c, HISTORY, "b.evil.com", 1);
    traces_judge(c, "ioc_network");
    traces_expect(
        c,
        "SELECT severity || '/' || strength || ' ' || f.summary || ': ' || value FROM finding f JOIN finding_detail d ON"
        " d.finding = f.id WHERE key = 'how often' ORDER BY f.id",
        "3/1 A browser has visited a host that a list has: 1 3/1 A browser has visited a host that a list has, and no"
        " longer remembers it: 2");
}

/* One that went through two hosts is one of each, and of its page once. */
static void downloads_of_browsers(void **state) {
    (void)state;
    struct casefile *c = begin();
    history(c, HISTORY, "chromium");
    downloaded(c, 1, "cdn.evil.com", "low.example.org");
    downloaded(c, 1, "good.com", "low.example.org");
    downloaded(c, 2, NULL, "low.example.org");
    traces_judge(c, "ioc_network");
    traces_expect(
        c,
        "SELECT severity || '/' || strength || ' ' || f.summary || ': ' || group_concat(value, ', ') FROM finding f JOIN finding_detail d"
        " ON d.finding = f.id WHERE key IN ('host', 'what', 'how often') GROUP BY f.id ORDER BY f.id",
        "3/1 Something was downloaded from a host that a list has: cdn.evil.com, C:\\x.exe, 1 1/1 A page of a host that a list"
        " has led to a download: low.example.org, C:\\x.exe, 2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(look_alikes),
        cmocka_unit_test(nothing_is_listed),
        cmocka_unit_test(lookups),
        cmocka_unit_test(connections),
        cmocka_unit_test(downloads),
        cmocka_unit_test(files),
        cmocka_unit_test(browsers),
        cmocka_unit_test(histories_that_were_cleared),
        cmocka_unit_test(downloads_of_browsers),
    };
    return cmocka_run_group_tests(tests, traces_start, traces_end);
}
