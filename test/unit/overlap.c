/* The ledger: what says nothing first (techniques, names, forged and common items), then the public
 * indicators. */
#include "judge/overlap.h"

#include "base/digest.h"

#include "format/tlsh.h"
#include "host_made.h"
#include "intel/campaigns_value.h"
#include "judge/overlap_rich.h"

#define FFMPEG   "7986bbaee8940da11ce089383521ab420c443ab7b15ed42aed91fd31ce833896"
#define COMPILER "11be1803e2e307b647a8a7e02d128335c448ff741bf06bf52b332e0bbf423b03"
#define STAGE2   "b56279136d816a11cf4db9fc1b249da04b3fa3aef4ba709b20cdfbe572394812"
#define UNXORED  "fe948451df90df80c8028b969bf89ecbf501401e7879805667c134080976ce2e"
#define HEAD     "kind\tvalue\trole\twhat\treport\tsource\n"

static struct intel intel;

/* The shipped campaigns, and `more`. */
static struct host_made begin(bool shipped, const char *more) {
    struct text error = {0};
    struct campaigns_damage damage;
    campaigns_free(&intel.campaigns);
    assert_true(!shipped || campaigns_ship(&intel.campaigns, &error));
    if (more && !campaigns_add(&intel.campaigns, span_of(more, strlen(more), 0), "more", false, &damage))
        fail_msg("%s", damage.why);
    return host_start(true);
}

static uint64_t file_of(struct host_made *m, const char *folder, const char *name, enum campaigns_kind kind,
                        const char *hex) {
    static const unsigned columns[] = {FACT_hashes_md5, FACT_hashes_sha1, FACT_hashes_sha256};
    struct text bytes = {0};
    struct row_writer row;
    uint8_t digest[32];
    uint64_t id = host_file(m, folder, name);
    size_t size = lists_read_digest(span_of(hex, strlen(hex), 0), digest);
    row_begin(&row, &bytes, FACT_hashes);
    row_blob(&row, columns[kind], digest, size);
    assert_int_equal(made_send(m->c, &bytes, id), CASEFILE_TAKEN);
    text_free(&bytes);
    return id;
}

static void host_name(struct host_made *m, uint64_t file, unsigned ordinal, const char *address,
                      const char *name) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_host_name);
    row_integer(&row, FACT_host_name_ordinal, ordinal);
    row_string(&row, FACT_host_name_address, address);
    row_string(&row, FACT_host_name_name, name);
    assert_int_equal(made_send(m->c, &bytes, file), CASEFILE_TAKEN);
    text_free(&bytes);
}

/* Events of Sysmon that a host was looked up. */
static void looked_up(struct host_made *m, uint64_t log, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct text bytes = {0}, data = {0};
        struct row_writer row;
        text_format(&data, "{\"QueryName\":\"%s\",\"QueryResults\":\"203.0.113.7;\"}", names[i]);
        row_begin(&row, &bytes, FACT_event);
        row_integer(&row, FACT_event_ordinal, i);
        row_integer(&row, FACT_event_event_id, 22);
        row_string(&row, FACT_event_provider, "Microsoft-Windows-Sysmon");
        row_string(&row, FACT_event_data, text_string(&data));
        assert_int_equal(made_send(m->c, &bytes, log), CASEFILE_TAKEN);
        text_free(&bytes);
        text_free(&data);
    }
}

#define CAMPAIGNS                                                                                            \
    "SELECT group_concat(x, ' ') FROM (SELECT source || ':' || confidence || ':' || items AS x FROM campaign ORDER BY id)"
#define ROWS                                                                                                 \
    "SELECT group_concat(x, ' ') FROM (SELECT kind || ':' || weight AS x FROM overlap ORDER BY campaign, ordinal)"
#define RELATIONS                                                                                                    \
    "SELECT group_concat(x, ' ') FROM (SELECT c.source || '+' || r.other || ':' || substr(r.value, 1, 10) || ':' ||" \
    " here AS x FROM campaign_relation r JOIN campaign c ON c.id = r.campaign ORDER BY r.rowid)"

static void judge(struct host_made *m) {
    assert_true(casefile_number(m->c));
    assert_true(judges_find("overlap")->judge(m->c, &intel));
}

static void expect(struct host_made *m, const char *sql, const char *wanted) {
    const char *got = made_ask(m->c, sql);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s\nnot %s", got, wanted);
}

static void end(struct host_made *m, const char *sql, const char *wanted) {
    judge(m);
    expect(m, sql, wanted);
    casefile_close(m->c);
}

/* --- what claims nothing --- */

static void nothing(void **state) {
    (void)state;
    struct host_made m = begin(true, NULL);
    host_file(&m, "/Windows/System32", "kernel32.dll");
    end(&m, CAMPAIGNS, "");
    m = begin(false, NULL);
    end(&m, CAMPAIGNS, "");
}

/* Everybody's technique, alone, is no news. */
static void techniques(void **state) {
    (void)state;
    struct host_made m = begin(false, HEAD "campaign\tA\t\t\t\t\ntechnique\tT1027\t\tw\tr\ts\n");
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, "hidden");
    made_report(m.c, host_file(&m, "/a", "b.exe"), &finding);
    end(&m, CAMPAIGNS, "");
}

/* Names that Windows and programs have; a trusted signature; genuine software; what blocks a host. */
static void common(void **state) {
    (void)state;
    static struct phantoms_entry phantom = {.name = "wlbsctrl.dll", .service = "IKEEXT"};
    struct host_made m = begin(
        false, HEAD
        "campaign\tA\t\t\t\t\npath\tC:\\Windows\\System32\\wlbsctrl.dll\t\tw\tr\ts\nservice\tIKEEXT\t\tw\tr\ts\n"
        "path\tC:\\Tools\\own.exe\t\tw\tr\ts\npath\tkdu.exe\tname\tw\tr\ts\nsha256\t" FFMPEG
        "\thost\tw\tr\ts\ndomain\tevil.com\t\tw\tr\ts\npath\tC:\\Any\\version.dll\t\tw\tr\ts\n");
    intel.phantoms = (struct phantoms){.list = &phantom, .count = 1};
    host_file(&m, "/Windows/System32", "wlbsctrl.dll");
    host_file(&m, "/any", "VERSION.dll");
    host_file(&m, "/x", "kdu.exe");
    uint64_t own = host_file(&m, "/Tools", "own.exe");
    host_trust(&m, own, "trusted", "Own Ltd");
    file_of(&m, "/p", "app.exe", CAMPAIGNS_SHA256, FFMPEG);
    uint64_t hosts = host_file(&m, "/Windows/System32/drivers/etc", "hosts");
    host_name(&m, hosts, 0, "0.0.0.0", "evil.com");
    host_service(&m, "IKEEXT", 0x20, 2, "svchost.exe");
    host_judge(&m, "services");
    judge(&m);
    expect(&m, CAMPAIGNS, "more:none:7");
    expect(&m, ROWS, "sha256:5 path:2 path:2 path:2 path:0 service:0 domain:0");
    expect(&m, "SELECT common FROM overlap WHERE kind = 'service'", "Windows has a service of that name");
    expect(&m, "SELECT common FROM overlap WHERE value LIKE '%own.exe'",
           "what is there is signed by Own Ltd, and trusted");
    expect(&m, "SELECT count(*) FROM overlap WHERE instead IS NULL", "0");
    casefile_close(m.c);
    intel.phantoms = (struct phantoms){0};
}

/* The same name on a host on which nothing was found; a digest there clears nothing. Software that a list
 * knows. */
static void clean_twins(void **state) {
    (void)state;
    struct host_made m =
        begin(false, HEAD "campaign\tA\t\t\t\t\npath\tC:\\Tools\\own.exe\t\tw\tr\ts\nsha256\t" FFMPEG
                          "\t\tw\tr\ts\nsha256\t" COMPILER "\t\tw\tr\ts\n");
    host_file(&m, "/Tools", "own.exe");
    struct listing listing = made_listing("/Tools", "own.exe");
    listing.evidence = 2;
    listing.volume = 0;
    assert_true(casefile_artifact(m.c, ++m.file, &listing, span_of("", 0, 0), "read", NULL));
    file_of(&m, "/a", "f.dll", CAMPAIGNS_SHA256, FFMPEG);
    uint64_t known = file_of(&m, "/a", "d.dll", CAMPAIGNS_SHA256, COMPILER);
    struct casefile_known row = {.artifact = known, .list = "NSRL"};
    assert_true(casefile_known(m.c, &row) && casefile_number(m.c));
    const struct casefile_cell cells[] = {{.column = FACT_verdict_evidence, .number = 2},
                                          {.column = FACT_verdict_host, .text = "TWIN"},
                                          {.column = FACT_verdict_rank, .number = 0}};
    assert_true(casefile_put(m.c, FACT_verdict, cells, 3));
    judge(&m);
    expect(&m, ROWS, "sha256:100 sha256:10 path:2");
    expect(&m, "SELECT common FROM overlap WHERE kind = 'path'", "also on TWIN, where nothing was found");
    expect(&m, "SELECT common FROM overlap WHERE weight = 10", "known software, says NSRL");
    casefile_close(m.c);
}

/* Alike is less than equal, and the less the farther. */
static void alike(void **state) {
    (void)state;
    char list[400], written[TLSH_TEXT];
    uint8_t digest[TLSH_SIZE], other[TLSH_SIZE];
    static const unsigned bits[] = {0, 1, 35}; /* of the buckets that differ */
    static const char *const wanted[] = {"tlsh:30", "tlsh:29", ""};
    for (size_t i = 0; i < TLSH_SIZE; i++)
        digest[i] = (uint8_t)(i * 37 + 11);
    tlsh_write(digest, written);
    snprintf(list, sizeof list, HEAD "campaign\tA\t\t\t\t\ntlsh\t%s\t\tw\tr\ts\n", written);
    for (size_t round = 0; round < 3; round++) {
        struct host_made m = begin(false, list);
        struct text bytes = {0};
        struct row_writer row;
        memcpy(other, digest, sizeof other);
        for (unsigned bit = 0; bit < bits[round]; bit++)
            other[TLSH_SIZE - 1 - bit / 2] ^= (uint8_t)(bit % 2 ? 0x10 : 0x01);
        row_begin(&row, &bytes, FACT_fuzzy);
        row_blob(&row, FACT_fuzzy_tlsh, other, sizeof other);
        assert_int_equal(made_send(m.c, &bytes, host_file(&m, "/a", "b.dll")), CASEFILE_TAKEN);
        text_free(&bytes);
        end(&m, ROWS, wanted[round]);
    }
}

/* A number that anybody can write into a certificate of his own, and one that a root vouches for. */
static void certificates(void **state) {
    (void)state;
    static const char *const states[] = {"untrusted-root", "trusted"};
    static const char *const wanted[] = {"cert_serial:0", "cert_serial:40"};
    for (int i = 0; i < 2; i++) {
        struct host_made m =
            begin(false, HEAD "campaign\tA\t\t\t\t\ncert_serial\t008538A6C5018F50FC\t\tw\tr\ts\n");
        struct text bytes = {0};
        struct row_writer row;
        uint64_t file = host_file(&m, "/a", "setup.exe");
        row_begin(&row, &bytes, FACT_certificate);
        row_blob(&row, FACT_certificate_thumbprint, FFMPEG, 32);
        row_string(&row, FACT_certificate_serial, "8538A6C5018F50FC");
        row_begin(&row, &bytes, FACT_signature_certificate);
        row_integer(&row, FACT_signature_certificate_ordinal, 0);
        row_string(&row, FACT_signature_certificate_role, "signer");
        row_integer(&row, FACT_signature_certificate_position, 0);
        row_blob(&row, FACT_signature_certificate_thumbprint, FFMPEG, 32);
        assert_int_equal(made_send(m.c, &bytes, file), CASEFILE_TAKEN);
        text_free(&bytes);
        host_trust(&m, file, states[i], "Somebody");
        judge(&m);
        expect(&m, ROWS, wanted[i]);
        expect(&m, CAMPAIGNS, "more:none:1");
        casefile_close(m.c);
    }
}

/* --- Rich headers --- */

struct rich {
    uint16_t build, product;
    uint32_t count;
};

static struct span rich_span(const struct rich *rich, size_t count) {
    return span_of(rich, count * sizeof *rich, 0);
}

static uint64_t image(struct host_made *m, const char *name, struct span rich, const char *linker,
                      uint64_t imports) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t file = host_file(m, "/a", name);
    row_begin(&row, &bytes, FACT_pe);
    row_string(&row, FACT_pe_linker, linker);
    row_integer(&row, FACT_pe_import_count, imports);
    row_blob(&row, FACT_pe_rich, rich.data, rich.size);
    assert_int_equal(made_send(m->c, &bytes, file), CASEFILE_TAKEN);
    text_free(&bytes);
    return file;
}

static const struct rich profile[] = {{30818, 259, 9}, {31329, 256, 1}, {30818, 261, 33}, {29395, 261, 140},
                                      {29395, 257, 7}, {0, 1, 120},     {31329, 258, 1}};

/* The header of Olympic Destroyer said linker 6; its code was of another one. */
static void forged_rich(void **state) {
    (void)state;
    struct host_made m = begin(true, NULL);
    image(&m, "forged.dll", rich_span(profile, 7), "10.0", 90);
    judge(&m);
    expect(&m, CAMPAIGNS, "3cx.tsv:none:1 applejeus.tsv:none:1");
    expect(&m, ROWS, "rich:0 rich:0");
    expect(&m, "SELECT common FROM overlap",
           "contradicted: the linker that the Rich header names did not make this image");
    expect(&m, RELATIONS, ""); /* nothing is claimed, so nothing follows from it */
    casefile_close(m.c);
    m = begin(true, NULL);
    image(&m, "packed.dll", rich_span(profile, 7), "14.32", 3);
    end(&m, ROWS, "rich:0 rich:0");
    m = begin(true, NULL);
    image(&m, "nameless.dll", rich_span(profile, 6), "14.32", 90);
    end(&m, ROWS, "rich:0 rich:0");
    m = begin(true, NULL);
    image(&m, "other.dll", rich_span(profile + 1, 6), "14.32", 90); /* lacks a term */
    end(&m, CAMPAIGNS, "");
}

/* Two campaigns hold the profile, so it weighs half. One that is laid out takes a step from the rest. */
static void rich_headers(void **state) {
    (void)state;
    struct host_made m = begin(true, NULL);
    image(&m, "real.dll", rich_span(profile, 7), "14.32", 90);
    end(&m, ROWS, "rich:15 rich:15");
    static const char both[] =
        HEAD "campaign\tA\t\t\t\t\nrich\t259.30818=9 256.31329=1\t\tw\tr\ts\nsha256\t" FFMPEG "\t\tw\tr\ts\n";
    m = begin(false, both);
    file_of(&m, "/b", "f.dll", CAMPAIGNS_SHA256, FFMPEG);
    image(&m, "forged.dll", rich_span(profile, 7), "6.0", 90);
    end(&m, CAMPAIGNS, "more:none:2");
    m = begin(false, both);
    file_of(&m, "/b", "f.dll", CAMPAIGNS_SHA256, FFMPEG);
    image(&m, "real.dll", rich_span(profile, 7), "14.32", 90);
    end(&m, CAMPAIGNS, "more:low:2");
}

/* The published digest of a header: pefile's, checked by hand over "DanS", twelve zeros and the entries. */
static void rich_digests(void **state) {
    (void)state;
    char digest[33];
    const struct rich one = {0x6b74, 0x102, 1};
    overlap_rich_digest(rich_span(&one, 1), digest);
    assert_string_equal(digest, "babdbfe085c7564e5a5bc6838919cf6b");
    assert_null(overlap_rich_against(rich_span(profile, 7), "14.32", 120));
    assert_non_null(overlap_rich_against(rich_span(profile, 7), "14.32", 121));
    assert_non_null(overlap_rich_against(rich_span(profile, 7), "", 90));
    assert_non_null(overlap_rich_against(span_of("", 0, 0), "14.32", 0));
    assert_false(overlap_rich_fits(span_of("1234567", 7, 0), "259.30818=9 1.0=1"));
}

/* --- what counts --- */

/* Several digests of one file, and its path, are one thing; so are reports that lists copy. */
static void counted_once(void **state) {
    (void)state;
    struct host_made m = begin(false, HEAD "campaign\tA\t\t\t\t\nsha256\t" FFMPEG
                                           "\t\tw\tr1\ts\nsha1\tbf939c9c261d27ee7bb92325cc588624fca75429"
                                           "\t\tw\tr2\ts\npath\tC:\\b\\f.dll\t\tw\tr3\ts\nsha256\t" COMPILER
                                           "\t\tw\tr1\tother list\n");
    struct text bytes = {0};
    struct row_writer row;
    uint8_t digest[32];
    uint64_t file = host_file(&m, "/b", "f.dll");
    row_begin(&row, &bytes, FACT_hashes);
    assert_int_equal(lists_read_digest(span_of(FFMPEG, 64, 0), digest), 32);
    row_blob(&row, FACT_hashes_sha256, digest, 32);
    assert_int_equal(lists_read_digest(span_of("bf939c9c261d27ee7bb92325cc588624fca75429", 40, 0), digest),
                     20);
    row_blob(&row, FACT_hashes_sha1, digest, 20);
    assert_int_equal(made_send(m.c, &bytes, file), CASEFILE_TAKEN);
    text_free(&bytes);
    file_of(&m, "/b", "d.dll", CAMPAIGNS_SHA256, COMPILER);
    file_of(&m, "/c", "d.dll", CAMPAIGNS_SHA256, COMPILER);
    judge(&m);
    expect(&m, CAMPAIGNS, "more:low:4");
    expect(&m, "SELECT score || ' ' || independent FROM campaign", "200 2");
    expect(&m, "SELECT place FROM overlap WHERE value = '" COMPILER "'", "disk.img: /b/d.dll, and 1 more");
    expect(&m,
           "SELECT sum(weight) FROM overlap WHERE artifact = "
           "2",
           "100");
    casefile_close(m.c);
}

/* A copy of the list is no other holder, and no relation. */
static void copies(void **state) {
    (void)state;
    struct host_made m = begin(
        false, HEAD "campaign\tA\t\t\t\t\nsha256\t" FFMPEG "\t\tw\tr1\ts\nsha256\t" COMPILER
                    "\t\tw\tr2\ts\ncampaign\tB\t\t\t\t\nsha256\t" FFMPEG "\t\tw\tr1\ts\nsha256\t" COMPILER
                    "\t\tw\tr1\ts\ncampaign\tC\t\t\t\t\nsha256\t" FFMPEG "\t\tw\tr3\ts\nsha256\t" STAGE2
                    "\t\tw\tr3\ts\n");
    file_of(&m, "/b", "f.dll", CAMPAIGNS_SHA256, FFMPEG);
    file_of(&m, "/b", "d.dll", CAMPAIGNS_SHA256, COMPILER);
    judge(&m);
    expect(&m, CAMPAIGNS, "more:low:2 more:low:2 more:none:1");
    expect(&m, ROWS, "sha256:100 sha256:50 sha256:100 sha256:50 sha256:33");
    expect(&m, "SELECT summary LIKE '%Mostly the same items as B%' FROM campaign WHERE name = 'A'", "1");
    expect(&m, "SELECT count(*) FROM campaign_relation", "2"); /* A and C, B and C */
    casefile_close(m.c);
}

/* The public indicators: 3CX first, and the published overlap, of which this case has nothing itself. */
static void public_3cx(void **state) {
    (void)state;
    static const char *const names[] = {"msstorageazure.com", "www.officeaddons.com", "example.org"};
    struct host_made m = begin(true, NULL);
    file_of(&m, "/Users/a/AppData/Local/Programs/3CXDesktopApp/app", "ffmpeg.dll", CAMPAIGNS_SHA256, FFMPEG);
    file_of(&m, "/Users/a/AppData/Local/Programs/3CXDesktopApp/app", "d3dcompiler_47.dll", CAMPAIGNS_SHA256,
            COMPILER);
    looked_up(&m, host_file(&m, "/Windows/System32/winevt/Logs", "Sysmon.evtx"), names, 3);
    judge(&m);
    expect(&m, CAMPAIGNS, "3cx.tsv:moderate:4 gopuram.tsv:none:0 simplextea.tsv:none:0 applejeus.tsv:none:0");
    expect(&m, ROWS, "sha256:100 sha256:100 domain:60 domain:60");
    expect(&m, RELATIONS,
           "3cx.tsv+Gopuram, 2020-2023:b56279136d:0 3cx.tsv+SimplexTea for Linux, 2023:journalide:0"
           " gopuram.tsv+AppleJeus, 2018-2022:fe948451df:0");
    expect(&m, "SELECT count(*) FROM campaign WHERE summary LIKE '%Overlap is not attribution%'", "4");
    expect(&m, "SELECT count(*) FROM campaign WHERE name || summary LIKE '%lazarus%'", "0");
    casefile_close(m.c);
    m = begin(true, NULL);
    file_of(&m, "/a", "x.bin", CAMPAIGNS_SHA256, STAGE2);
    file_of(&m, "/a", "y.bin", CAMPAIGNS_SHA256, UNXORED);
    judge(&m);
    expect(&m, CAMPAIGNS, "gopuram.tsv:low:2 3cx.tsv:none:1 applejeus.tsv:none:1 simplextea.tsv:none:0");
    expect(
        &m, RELATIONS,
        "gopuram.tsv+3CX desktop client, 2022-2023:b56279136d:1 gopuram.tsv+AppleJeus, 2018-2022:fe948451df:1"
        " 3cx.tsv+SimplexTea for Linux, 2023:journalide:0");
    casefile_close(m.c);
}

/* Marker bytes are found where a finding shows them, and weigh as much as a public tool. */
static void markers(void **state) {
    (void)state;
    struct host_made m = begin(true, NULL);
    struct finding finding = made_finding(SEVERITY_HIGH, STRENGTH_FIRM, "slack");
    finding.excerpt = span_of("\x00\xfe\xed\xfa\xce\xfe\xed\xfa\xce\x01", 10, 0);
    made_report(m.c, host_file(&m, "/a", "b.dll"), &finding);
    judge(&m);
    expect(&m, "SELECT kind || weight || (finding IS NOT NULL) FROM overlap", "bytes41");
    expect(&m, CAMPAIGNS, "3cx.tsv:none:2"); /* and the technique of that finding */
    casefile_close(m.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),      cmocka_unit_test(techniques),   cmocka_unit_test(common),
        cmocka_unit_test(certificates), cmocka_unit_test(clean_twins),  cmocka_unit_test(alike),
        cmocka_unit_test(forged_rich),  cmocka_unit_test(rich_headers), cmocka_unit_test(rich_digests),
        cmocka_unit_test(counted_once), cmocka_unit_test(copies),       cmocka_unit_test(public_3cx),
        cmocka_unit_test(markers),
    };
    if (!digest_prepare() || setenv("ASSAY_INTEL", "intel", 1) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    campaigns_free(&intel.campaigns);
    return failed;
}
