/* Who was singled out: scenes by hand, one rule each; then invented fleets. */
#include "judge/singled_private.h"
#include "make/fleet_world.h"
#include "report/fleet_singled.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* --- scenes --- */

enum { HOSTS = 150, COHORT = 50, EXTRAS = 4000, FILES = 6 };

/* One thing more on one host. */
struct extra {
    unsigned host;
    enum store_kind kind;
    char path[64];
    unsigned content, authentihash; /* numbers; 0 for a content of its own, and the same for the other */
    const char *signer, *detector;
    unsigned severity, strength;
    int hours; /* after the element; 0: not known */
    bool built;
};

struct scene {
    unsigned hosts, cohort;
    bool unknown; /* nobody knows when the element came */
    struct extra extras[EXTRAS];
    size_t count;
    unsigned odd_build;    /* hosts from 0 on that have a build of their own */
    unsigned shallow;      /* hosts from 0 on of which only /windows was collected */
    unsigned talked;       /* hosts from 0 on of which something is found in no file */
    const char *host_name; /* of host 0 */
};

static struct scene scene;
static struct store *store;
static char folder[64], path_of_store[96];

static void store_gone(void) {
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[128];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%s%s", path_of_store, ends[i]);
        unlink(name);
    }
}

/* A new one. */
static void store_made(void) {
    struct text why = {0};
    store_gone();
    store = store_open(path_of_store, STORE_WRITE, &why);
    assert_string_equal(text_string(&why), "");
    assert_non_null(store);
    text_free(&why);
}

static uint64_t arrival_of(unsigned host) {
    return fleet_end() - 15 * fleet_day + (uint64_t)(host % 7) * fleet_day;
}

static struct extra *with(unsigned host, const char *path, int hours) {
    struct extra *extra = &scene.extras[scene.count++];
    assert_true(scene.count < EXTRAS);
    *extra = (struct extra){.host = host, .kind = STORE_IMAGE, .signer = "", .hours = hours};
    snprintf(extra->path, sizeof extra->path, "%s", path);
    return extra;
}

/* An unsigned library that a service loads. */
static void with_service(unsigned host, int hours) {
    char path[64];
    snprintf(path, sizeof path, "/program files/x%u/x%u.dll", host, host);
    with(host, path, hours);
    with(host, path, hours)->kind = STORE_SERVICE;
}

static const char *hex_of(unsigned number, char hex[65]) {
    snprintf(hex, 65, "%064u", number);
    return number ? hex : "";
}

struct rows_made {
    struct extract_thing things[EXTRAS];
    struct store_mark marks[EXTRAS];
    char digests[EXTRAS][2][65], names[EXTRAS][64];
    struct extract e;
};

static struct extract_thing *add(struct rows_made *made, struct store_thing thing, uint64_t time) {
    thing.version = thing.exports = "";
    thing.product = thing.product ? thing.product : "";
    struct extract_thing *row = &made->things[made->e.thing_count++];
    *row = (struct extract_thing){.id = rows_thing_id(&thing), .time = time, .thing = thing};
    return row;
}

static void add_mark(struct rows_made *made, uint64_t thing, const char *detector, unsigned severity,
                     unsigned strength, uint64_t time) {
    made->marks[made->e.mark_count++] = (struct store_mark){.thing = thing,
                                                            .stage = "",
                                                            .detector = detector,
                                                            .severity = severity,
                                                            .strength = strength,
                                                            .summary = "it is odd",
                                                            .time = time};
}

static void add_extra(struct rows_made *made, const struct extra *extra, size_t index) {
    const char *slash = strrchr(extra->path, '/');
    bool file = extra->kind == STORE_IMAGE || extra->kind == STORE_DRIVER;
    unsigned content = extra->content ? extra->content : 100000 + (unsigned)index;
    uint64_t time =
        extra->hours ? arrival_of(extra->host) + (uint64_t)(int64_t)extra->hours * (fleet_day / 24) : 0;
    snprintf(made->names[index], 64, "%s", slash ? slash + 1 : extra->path);
    struct store_thing thing = {
        .kind = extra->kind,
        .path = extra->path,
        .name = made->names[index],
        .sha256 = file ? hex_of(content, made->digests[index][0]) : "",
        .authentihash =
            file ? hex_of(extra->authentihash ? extra->authentihash : content, made->digests[index][1]) : "",
        .signer = extra->signer,
        .built = extra->built};
    uint64_t id = add(made, thing, time)->id;
    if (extra->detector)
        add_mark(made, id, extra->detector, extra->severity, extra->strength, time);
}

/* What all have: files of Windows, and of the cohort the element. */
static void add_usual(struct rows_made *made, unsigned host) {
    static const char *const paths[FILES] = {"/windows/system32/a.dll", "/windows/system32/b.dll",
                                             "/windows/system32/c.dll", "/windows/system32/d.dll",
                                             "/program files/p/p.exe",  "/program files/p/q.dll"};
    static char digests[FILES][65];
    for (unsigned i = 0; i < FILES; i++)
        add(made,
            (struct store_thing){.kind = STORE_IMAGE,
                                 .path = paths[i],
                                 .name = strrchr(paths[i], '/') + 1,
                                 .sha256 = hex_of(i + 1, digests[i]),
                                 .authentihash = digests[i],
                                 .signer = i < 4 ? "Microsoft Windows" : "P Ltd"},
            fleet_end() - 500 * fleet_day);
    if (host >= scene.cohort)
        return;
    uint64_t time = scene.unknown ? 0 : arrival_of(host);
    struct store_thing phone = {.kind = STORE_IMAGE,
                                .path = "/phone/phone.dll",
                                .name = "phone.dll",
                                .sha256 = "aa",
                                .authentihash = "",
                                .signer = "",
                                .product = "Phone"};
    add_mark(made, add(made, phone, time)->id, "ioc_hash", 4, 2, time);
}

static void put_host(unsigned host) {
    static struct rows_made made;
    char name[80], guid[48], summary[96];
    struct store_covered covered = {host < scene.shallow ? "/windows" : "", true};
    struct store_report report;
    memset(&made.e, 0, sizeof made.e);
    snprintf(name, sizeof name, "%s", host == 0 && scene.host_name ? scene.host_name : "");
    if (!name[0])
        snprintf(name, sizeof name, "h%03u", host);
    snprintf(guid, sizeof guid, "guid-%u", host);
    add_usual(&made, host);
    for (size_t i = 0; i < scene.count; i++)
        if (scene.extras[i].host == host)
            add_extra(&made, &scene.extras[i], i);
    if (host < scene.talked) {
        snprintf(summary, sizeof summary, "C:\\Users\\u%u\\log.txt has bad.example at %u", host, 977 * host);
        add_mark(&made, 0, "ioc_network", 3, 2, arrival_of(host) + fleet_day);
        made.marks[made.e.mark_count - 1].summary = summary;
    }
    made.e.things = made.things;
    made.e.marks = made.marks;
    made.e.covered = &covered;
    made.e.covered_count = 1;
    made.e.host = (struct store_host){rows_id("host", name),
                                      name,
                                      "example.org",
                                      guid,
                                      "",
                                      "00:11:22:33:44:55",
                                      host < scene.odd_build ? "11 Pro" : "10 Pro",
                                      "client",
                                      ""};
    made.e.made = (struct store_case){.caseid = rows_id("case", name),
                                      .host = made.e.host.host,
                                      .collected = fleet_end(),
                                      .verdict = "nothing found"};
    assert_int_equal(store_put(store, &made.e, &report), STORE_ADDED);
    text_free(&report.name);
    text_free(&report.reason);
}

static void begin(unsigned hosts, unsigned cohort) {
    memset(&scene, 0, sizeof scene);
    scene.hosts = hosts;
    scene.cohort = cohort;
}

static void judge_with(struct singled *ret, const struct singled_options *options, bool backwards) {
    struct text why = {0};
    store_made();
    for (unsigned i = 0; i < scene.hosts; i++)
        put_host(backwards ? scene.hosts - 1 - i : i);
    if (!singled_judge(store, options, ret, &why))
        fail_msg("%s", text_string(&why));
    store_close(store);
    text_free(&why);
}

static void judge(struct singled *ret) {
    const struct singled_options options = {.most = 50};
    judge_with(ret, &options, false);
}

static void expect(enum singled_answer answer, unsigned called, size_t with_evidence) {
    struct singled singled;
    judge(&singled);
    assert_string_equal(singled_answer_word(singled.answer), singled_answer_word(answer));
    assert_int_equal(singled.called, called);
    assert_int_equal(singled.with_evidence, with_evidence);
    singled_free(&singled);
}

/* --- who is called --- */

static void nothing_to_go_by(void **state) {
    (void)state;
    begin(0, 0);
    expect(SINGLED_NO_ELEMENT, 0, 0);
    begin(HOSTS, 0);
    with_service(3, 30);
    expect(SINGLED_NO_ELEMENT, 0, 0);
}

static void too_small_to_say(void **state) {
    struct singled singled;
    (void)state;
    begin(60, 19);
    for (unsigned i = 0; i < 7; i++)
        with_service(i, 30);
    judge(&singled);
    assert_int_equal(singled.answer, SINGLED_TOO_SMALL);
    assert_non_null(strstr(singled.statement, "Too small to say: 19 hosts"));
    assert_int_equal(singled.ranked_count, 7); /* the order is there */
    assert_int_equal(singled.called, 0);
    singled_free(&singled);
    begin(60, 60);
    with_service(1, 30);
    judge(&singled);
    assert_non_null(strstr(singled.statement, "all hosts have the element"));
    assert_null(strstr(singled.ranked[0].evidence[0].why, "without the element")); /* there is none */
    singled_free(&singled);
    begin(61, 60); /* one other: one of 61 arrangements at best */
    with_service(1, 30);
    judge(&singled);
    assert_int_equal(singled.answer, SINGLED_TOO_SMALL);
    assert_true(singled.smallest > 1 / 61.5 && singled.smallest < 1 / 60.5);
    singled_free(&singled);
}

static void seven_are_called(void **state) {
    struct singled singled;
    (void)state;
    begin(HOSTS, COHORT);
    for (unsigned i = 0; i < 7; i++)
        with_service(7 * i, 30 + (int)i);
    judge(&singled);
    assert_int_equal(singled.answer, SINGLED_SOMEBODY);
    assert_int_equal(singled.called, 7);
    for (unsigned i = 0; i < 7; i++) {
        const struct singled_host *host = &singled.ranked[i];
        assert_true(host->called && host->witnessed);
        assert_int_equal(strtoul(host->name + 1, NULL, 10) % 7, 0);
        assert_string_equal(host->evidence[0].stage, "implant");
        assert_string_equal(host->evidence[0].kind, "image");
        assert_non_null(strstr(host->evidence[0].why, "no other of 150 hosts has it"));
        assert_non_null(strstr(host->evidence[0].why, "none of 100 hosts without the element has the like"));
    }
    singled_free(&singled);
}

static void as_frequent_without_it(void **state) {
    (void)state;
    begin(HOSTS, COHORT);
    for (unsigned i = 0; i < 21; i++)
        with_service(7 * i, 0);
    expect(SINGLED_NOBODY, 0, 8);
}

static void what_was_there_before(void **state) {
    (void)state;
    begin(HOSTS, COHORT);
    for (unsigned i = 0; i < 7; i++)
        with_service(7 * i, -72);
    expect(SINGLED_NOBODY, 0, 7);
}

/* One fact, however many hosts have it. */
static void one_content_on_many(void **state) {
    (void)state;
    begin(HOSTS, COHORT);
    for (unsigned i = 0; i < 7; i++)
        with(i, "/windows/system32/tool.dll", 30)->content = 77;
    expect(SINGLED_NOBODY, 0, 7);
}

static void unknown_times(void **state) {
    struct singled singled;
    (void)state;
    begin(HOSTS, COHORT);
    scene.unknown = true;
    for (unsigned i = 0; i < 7; i++)
        with_service(7 * i, 30);
    judge(&singled);
    assert_int_equal(singled.called, 7);
    assert_int_equal(singled.dated, 0);
    assert_non_null(strstr(singled.statement, "not known when the element came"));
    singled_free(&singled);
}

/* Hosts that were collected less deeply are compared with each other. */
static void depth(void **state) {
    struct singled singled;
    (void)state;
    begin(HOSTS, COHORT);
    scene.shallow = 25;
    for (unsigned i = 0; i < 7; i++)
        with_service(26 + i, 30);
    judge(&singled);
    assert_int_equal(singled.depths, 2);
    assert_int_equal(singled.shallow, 25);
    assert_non_null(strstr(singled.statement, "25 were collected less completely"));
    singled_free(&singled);
}

static void with_found(unsigned from, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        struct extra *extra = with(from + i, "/program files/y/y.dll", 30);
        extra->content = 77;
        extra->detector = "dll_phantom";
        extra->severity = 3;
        extra->strength = 2;
    }
}

/* What lies where some hosts were not looked at is as rare as it is among the others. */
static void looked(void **state) {
    struct singled singled;
    (void)state;
    begin(200, 60);
    scene.shallow = 40;
    with_found(40, 8);
    judge(&singled);
    assert_int_equal(singled.ranked_count, 8);
    assert_non_null(
        strstr(singled.ranked[0].evidence[0].why, "8 of 160 hosts that were looked at there have it"));
    assert_non_null(strstr(singled.ranked[0].evidence[0].why, "none of 140 hosts without"));
    singled_free(&singled);
    begin(200, 60);
    scene.shallow = 40;
    with_found(40, 9);
    judge(&singled);
    assert_int_equal(singled.ranked_count, 0);
    singled_free(&singled);
    begin(200, 60);
    with_found(40, 9);
    judge(&singled);
    assert_int_equal(singled.ranked_count, 9);
    assert_non_null(strstr(singled.ranked[0].evidence[0].why, "9 of 200 hosts have it"));
    singled_free(&singled);
}

/* --- what counts --- */

static void sums_do_not_win(void **state) {
    struct singled singled;
    char path[64];
    (void)state;
    begin(HOSTS, COHORT);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "/windows/odd/%u.dll", i);
        with(4, path, 30);
    }
    for (unsigned i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "/users/<user>/repos/bin/debug/%u.dll", i);
        with(5, path, 30)->built = true;
    }
    with_service(9, 30);
    judge(&singled);
    assert_int_equal(singled.with_evidence, 2); /* builds are nobody's evidence */
    assert_string_equal(singled.ranked[0].name, "h009");
    assert_string_equal(singled.ranked[1].name, "h004");
    assert_int_equal(singled.ranked[1].more, 300 - SINGLED_EVIDENCE);
    singled_free(&singled);
}

/* The first host's gravest thing is this. */
static void gravest(const char *stage, const char *why) {
    struct singled singled;
    judge(&singled);
    assert_int_equal(singled.with_evidence, 1);
    assert_string_equal(singled.ranked[0].evidence[0].stage, stage);
    if (!strstr(singled.ranked[0].evidence[0].why, why))
        fail_msg("%s", singled.ranked[0].evidence[0].why);
    singled_free(&singled);
}

static void what_a_thing_would_be(void **state) {
    struct extra *extra;
    (void)state;
    begin(HOSTS, COHORT);
    extra = with(1, "/program files/p/q.dll", 30);
    extra->authentihash = 6;
    extra->signer = "P Ltd";
    gravest("payload", "with other bytes around it");
    begin(HOSTS, COHORT);
    with(1, "/program files/p/q.dll", 30);
    gravest("loader", "many hosts have other content");
    begin(HOSTS, COHORT);
    extra = with(1, "/elsewhere/q.dll", 30);
    extra->content = 6;
    gravest("implant", "at a path where none of them has it");
    begin(HOSTS, COHORT);
    with(1, "/windows/system32/drivers/x.sys", 30)->kind = STORE_DRIVER;
    gravest("driver", "a driver that nobody known has signed");
    begin(HOSTS, COHORT);
    with(1, "/x/y.dll", 30)->signer = "Nobody Knows Ltd";
    gravest("", "of whom no common file");
    begin(HOSTS, COHORT);
    with(1, "/windows/temp/<temp>.exe", 30)->kind = STORE_EXECUTION;
    gravest("execution", "is gone");
    begin(HOSTS, COHORT);
    extra = with(1, "/anything/x.dll", 30);
    extra->detector = "yara_match";
    extra->severity = 3;
    extra->strength = 2;
    gravest("payload", "the mark of an attack");
}

static void what_is_nothing(void **state) {
    char path[64];
    struct extra *extra;
    (void)state;
    begin(HOSTS, COHORT); /* the same file, whose catalog was not collected */
    extra = with(1, "/windows/system32/a.dll", 30);
    extra->content = 1;
    with(2, "/program files/x/y.dll", 30);           /* unsigned, but nothing starts it */
    with(3, "/windows/z.dll", 30)->signer = "P Ltd"; /* a maker that is known */
    for (unsigned i = 5; i < 25; i++)                /* where each host has its own */
        with(i, "/windows/system32/licence.dll", 30);
    extra = with(30, "/x/posture.dll", 30);
    extra->detector = "posture"; /* describes a machine */
    extra->severity = 1;
    expect(SINGLED_NOBODY, 0, 0);
    begin(HOSTS, COHORT);
    scene.odd_build = 7; /* of a build that few have */
    for (unsigned i = 0; i < 7; i++)
        for (unsigned k = 0; k < 9; k++) {
            snprintf(path, sizeof path, "/windows/system32/new%u.dll", k);
            with(i, path, 30)->content = 500 + k;
        }
    expect(SINGLED_NOBODY, 0, 0);
}

/* A trojan of which each host got one of many builds, with a companion that only hosts with it can have. */
static void builds_of_the_element(void **state) {
    static const char *const paths[] = {"/phone/phone.dll", "/elsewhere/phone.dll", "/phone/codec.dll"};
    (void)state;
    begin(HOSTS, COHORT);
    for (unsigned i = 0; i < 30; i++)
        for (unsigned k = 0; k < 3; k++) {
            struct extra *extra = with(i, paths[k], 1);
            extra->content = 1000 * (k + 1) + i / 3;
            extra->detector = k < 2 ? "ioc_hash" : "yara_match";
            extra->severity = 4;
            extra->strength = 2;
        }
    expect(SINGLED_NOBODY, 0, 0);
    begin(HOSTS, COHORT);
    scene.talked = 30; /* the same words, but for a user's name and a number */
    expect(SINGLED_NOBODY, 0, 0);
    begin(HOSTS, COHORT);
    scene.talked = 7;
    expect(SINGLED_SOMEBODY, 7, 7); /* few, each of its own */
}

/* An update that comes to five hosts a day. */
static void rings(void **state) {
    (void)state;
    begin(HOSTS, COHORT);
    for (unsigned i = 0; i < 30; i++)
        with(i, "/program files/p/q.dll", 30)->content = 1000 + i / 5;
    expect(SINGLED_NOBODY, 0, 0);
}

/* The case of a stranger, whose host comes before all others in the store, says what it likes: what is known
 * of others stays. */
static void strangers_words(void **state) {
    static char words[5000][16];
    struct singled singled;
    struct text why = {0};
    (void)state;
    begin(HOSTS, COHORT);
    struct extra *extra = with(1, "/anything/x.dll", 30);
    extra->detector = "yara_match";
    extra->severity = 3;
    extra->strength = 2;
    judge(&singled); /* fills the store */
    singled_free(&singled);
    struct store_mark marks[5000];
    for (size_t i = 0; i < 5000; i++) {
        snprintf(words[i], sizeof words[i], "w%zu", i);
        marks[i] = (struct store_mark){.stage = words[i], .severity = 1, .detector = words[i], .summary = ""};
    }
    struct extract e = {.host = {1, "stranger", "", "", "", "", "", "", ""},
                        .made = {.caseid = 1, .host = 1, .verdict = ""},
                        .marks = marks,
                        .mark_count = 5000};
    struct store_report report;
    store = store_open(path_of_store, STORE_WRITE, &why);
    assert_non_null(store);
    assert_int_equal(store_put(store, &e, &report), STORE_ADDED);
    text_free(&report.name);
    const struct singled_options options = {.most = 50};
    assert_true(singled_judge(store, &options, &singled, &why));
    assert_string_equal(singled.ranked[0].name, "h001");
    assert_string_equal(singled.ranked[0].evidence[0].detector, "yara_match");
    assert_string_equal(singled.ranked[0].evidence[0].stage, "payload");
    singled_free(&singled);
    store_close(store);
}

/* Where one host has many things, another's is still one; its own are of no account. */
static void one_host_crowds_for_itself(void **state) {
    struct singled singled;
    (void)state;
    begin(HOSTS, COHORT);
    with(3, "/windows/system32/wlbsctrl.dll", 30);
    for (unsigned i = 0; i < 40; i++)
        with(HOSTS - 1, "/windows/system32/wlbsctrl.dll", 30);
    for (unsigned i = 0; i < 40; i++)
        with(5, "/windows/system32/made.dll", 30);
    judge(&singled);
    assert_int_equal(singled.with_evidence, 1);
    assert_string_equal(singled.ranked[0].name, "h003");
    singled_free(&singled);
}

/* --- the same --- */

static void the_same_again(void **state) {
    struct singled one, other;
    const struct singled_options options = {.element = "sha256:aa"}, by_name = {.element = "name:phone.dll"};
    struct text why = {0};
    (void)state;
    begin(HOSTS, COHORT);
    for (unsigned i = 0; i < 9; i++)
        with_service(5 * i, 20 + (int)i);
    judge_with(&one, &by_name, false);
    judge_with(&other, &by_name, true);
    assert_string_equal(one.statement, other.statement);
    assert_int_equal(one.ranked_count, other.ranked_count);
    for (size_t i = 0; i < one.ranked_count; i++) {
        assert_string_equal(one.ranked[i].name, other.ranked[i].name);
        assert_string_equal(one.ranked[i].evidence[0].why, other.ranked[i].evidence[0].why);
    }
    singled_free(&one);
    singled_free(&other);
    store_made();
    assert_false(singled_judge(store, &options, &one, &why)); /* no digest */
    assert_non_null(strstr(text_string(&why), "is no element"));
    singled_free(&one);
    store_close(store);
    text_free(&why);
}

/* --- the test by itself --- */

static void p_is_what_it_says(void **state) {
    struct singled_rows rows = {.rare = 2};
    struct singled_world world;
    struct singled_test test;
    struct singled_rows_host hosts[40] = {{0}};
    struct singled_rows_thing things[6] = {{0}};
    struct singled_rows_presence presences[6] = {{0}};
    (void)state;
    for (unsigned i = 0; i < 40; i++)
        hosts[i] = (struct singled_rows_host){.host = i + 1, .carries = i < 20};
    for (unsigned i = 0; i < 6; i++) {
        things[i] = (struct singled_rows_thing){
            .thing = i + 1, .path = i + 100, .hosts = 1, .kind = STORE_DRIVER, .place = SINGLED_ROWS_WINDOWS};
        presences[i] = (struct singled_rows_presence){i, i, 0};
    }
    rows.hosts = hosts;
    rows.host_count = 40;
    rows.things = things;
    rows.thing_count = 6;
    rows.presences = presences;
    rows.presence_count = 6;
    assert_true(singled_grade(&rows, &world));
    assert_true(singled_test(&world, &test));
    assert_true(test.made);
    /* All six within twenty of forty: C(20, 6) / C(40, 6) = 0.0101, not rare enough. */
    assert_true(test.p > 0.005 && test.p < 0.02);
    assert_int_equal(test.threshold, SINGLED_TOP);
    assert_true(test.smallest < 1e-11 && test.smallest > 7e-12); /* 1 / C(40, 20) */
    singled_grade_free(&world);
}

/* --- target lists --- */

static void targets(void **state) {
    const struct singled_rows_host host = {
        .name = "ws-7", .domain = "corp.example.org", .mac = "00:1c:23:4b:c3:96 00:11:22:aa:bb:cc"};
    static const char *const lines[] = {
        "WS-7",
        " corp.example.org\t",
        "example.org",
        "ws-7.corp.example.org",
        "0011.22aa.bbcc",
        "00:11:22:AA:BB:CC",
        "b2b9ba1d43b5df6d5dd3b1a3ed7d1a05", /* stands for the MD5 of the address, made below */
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char line[80];
        uint8_t value[DIGEST_MAX];
        struct text hex = {0};
        snprintf(line, sizeof line, "# a comment\r\n%s\r\nsomebody-else\n", lines[i]);
        if (i == 6) {
            digest_once(DIGEST_MD5, span_of("\x00\x11\x22\xaa\xbb\xcc", 6, 0), value);
            text_hex(&hex, value, 16);
            snprintf(line, sizeof line, "%s\nsomebody-else", text_string(&hex));
        }
        struct singled_targets *list = singled_targets_read(line);
        size_t at = 0;
        assert_int_equal(singled_targets_count(list), 2);
        assert_non_null(singled_targets_match(list, &host));
        assert_string_equal(singled_targets_absent(list, &at), "somebody-else");
        assert_null(singled_targets_absent(list, &at));
        singled_targets_free(list);
        text_free(&hex);
    }
    struct singled_targets *none =
        singled_targets_read("org\nws-70\nws-\n7\n00:11:22:aa:bb:c\n\n  \n#ws-7\n");
    assert_int_equal(singled_targets_count(none), 5);
    assert_null(singled_targets_match(none, &host));
    singled_targets_free(none);
    struct singled_targets *mark = singled_targets_read("\xef\xbb\xbfws-7\n"); /* of UTF-8 */
    assert_non_null(singled_targets_match(mark, &host));
    singled_targets_free(mark);
}

/* --- what is printed --- */

static char *printed(const struct singled *singled, int form) {
    static char bytes[1 << 20];
    const struct fleet_singled_options how = {.width = 80, .answer = "somebody"};
    struct output output;
    int pipes = memfd_create("printed", 0);
    assert_true(pipes >= 0);
    output_init(&output, pipes);
    if (form == 0)
        fleet_singled_text(singled, &how, &output);
    else if (form == 1)
        fleet_singled_jsonl(singled, &how, &output);
    else
        fleet_singled_csv(singled, &output);
    assert_true(output_end(&output));
    ssize_t got = pread(pipes, bytes, sizeof bytes - 1, 0);
    assert_true(got > 0);
    bytes[got] = 0;
    close(pipes);
    return bytes;
}

static void strangers_names(void **state) {
    struct singled singled;
    struct extra *extra;
    const struct singled_options options = {.targets = "=ho\033[31mst\n\xff\xfe\n"};
    (void)state;
    begin(HOSTS, COHORT);
    scene.host_name = "=ho\033[31mst\xe2\x80\xae";
    extra = with(0, "/windows/=\033]0;x\a,\"q\"\xc2\x9b.dll", 30);
    extra->detector = "dll_phantom";
    extra->severity = 3;
    extra->strength = 1;
    judge_with(&singled, &options, false);
    assert_int_equal(singled.ranked_count, 1);
    for (int form = 0; form < 3; form++) {
        const char *bytes = printed(&singled, form);
        assert_null(strchr(bytes, '\033'));
        assert_null(strchr(bytes, '\a'));
        if (form < 2)
            assert_null(strstr(bytes, "\xc2\x9b"));
        else
            assert_null(strstr(bytes, ",=ho"));
    }
    singled_free(&singled);
}

/* --- invented fleets --- */

static bool has_implant(const struct fleet *fleet, const char *name) {
    return fleet->style[strtoul(strchr(name, '-') + 1, NULL, 10)] != 0;
}

static void invent(const struct fleet_options *options, struct singled *ret) {
    const struct singled_options ask = {.most = 10};
    struct text why = {0};
    store_made();
    assert_true(fleet_fill(store, options));
    assert_true(singled_judge(store, &ask, ret, &why));
    store_close(store);
    text_free(&why);
}

static void all_seven_in_ten(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        const struct fleet_options options = {
            .hosts = 200, .implants = 7, .things = 20, .share = 30, .noise = 100, .seed = seed};
        struct singled singled;
        struct fleet fleet;
        unsigned found = 0;
        invent(&options, &singled);
        assert_true(fleet_start(&fleet, &options));
        for (size_t i = 0; i < 10 && i < singled.ranked_count; i++)
            found += has_implant(&fleet, singled.ranked[i].name);
        assert_int_equal(found, 7);
        fleet_end_all(&fleet);
        singled_free(&singled);
    }
}

static void nobody_without_implant(void **state) {
    (void)state;
    for (uint64_t seed = 101; seed <= 106; seed++) {
        const struct fleet_options options = {
            .hosts = 200, .things = 20, .share = 30, .noise = 200, .seed = seed, .foreign = seed % 2 == 0};
        struct singled singled;
        invent(&options, &singled);
        assert_int_equal(singled.answer, SINGLED_NOBODY);
        singled_free(&singled);
    }
}

static int start(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/assay-singled.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path_of_store, sizeof path_of_store, "%s/s.store", folder);
    return digest_prepare() ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    store_gone();
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_to_go_by),
        cmocka_unit_test(too_small_to_say),
        cmocka_unit_test(seven_are_called),
        cmocka_unit_test(as_frequent_without_it),
        cmocka_unit_test(what_was_there_before),
        cmocka_unit_test(one_content_on_many),
        cmocka_unit_test(unknown_times),
        cmocka_unit_test(depth),
        cmocka_unit_test(looked),
        cmocka_unit_test(sums_do_not_win),
        cmocka_unit_test(what_a_thing_would_be),
        cmocka_unit_test(what_is_nothing),
        cmocka_unit_test(strangers_words),
        cmocka_unit_test(one_host_crowds_for_itself),
        cmocka_unit_test(builds_of_the_element),
        cmocka_unit_test(rings),
        cmocka_unit_test(the_same_again),
        cmocka_unit_test(p_is_what_it_says),
        cmocka_unit_test(targets),
        cmocka_unit_test(strangers_names),
        cmocka_unit_test(all_seven_in_ten),
        cmocka_unit_test(nobody_without_implant),
    };
    return cmocka_run_group_tests_name("singled", tests, start, end);
}
