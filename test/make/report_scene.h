/* report_scene: the rows of a case in which everything stands that a report can tell: a verdict, two chains,
 * findings, times, overlap, stakes, coverage. Invented; nothing is judged here, so that reports can be tested
 * without judges. */
#ifndef TEST_REPORT_SCENE_H
#define TEST_REPORT_SCENE_H

#include "base/filetime.h"
#include "case/casefile.h"
#include "model/facts.h"

#include <inttypes.h>

struct report_scene {
    uint64_t files;    /* further files beside those of the story */
    uint64_t findings; /* further findings, about those files in turn */
    const char
        *nasty; /* stands in every text that evidence or lists could choose; NULL for a readable scene */
};

struct report_scene_maker {
    struct casefile *c;
    const struct report_scene *how;
    bool good;
};

static inline uint64_t report_scene_time(const char *text) {
    uint64_t time = 0;
    return filetime_parse(text, &time) ? time : 0;
}

/* The text, or what is nasty. */
static inline const char *report_scene_text(const struct report_scene_maker *m, const char *text) {
    return m->how->nasty ? m->how->nasty : text;
}

static inline struct casefile_cell report_scene_words(unsigned column, const char *text) {
    return (struct casefile_cell){.column = column, .text = text};
}

/* 0 is a number, but for artifacts and times: none. */
static inline struct casefile_cell report_scene_number(unsigned column, uint64_t number) {
    bool some = column == FACT_chain_step_artifact || column == FACT_chain_step_time;
    return (struct casefile_cell){.column = column, .number = number, .some = some};
}

#define REPORT_SCENE_PUT(m, table, ...)                                                                      \
    do {                                                                                                     \
        const struct casefile_cell cells[] = {__VA_ARGS__};                                                  \
        (m)->good = (m)->good && casefile_put((m)->c, FACT_##table, cells, sizeof cells / sizeof cells[0]);  \
    } while (0)
#define W(column, text)   report_scene_words(FACT_##column, text)
#define N(column, number) report_scene_number(FACT_##column, number)
#define T(column, text)   report_scene_number(FACT_##column, report_scene_time(text))

/* Files of the story; further ones follow. */
static const struct {
    const char *folder, *name, *time;
} report_scene_files[] = {
    {"/Users/mary/Downloads", "ContosoPhone-18.12.416.msi", "2023-03-22T08:14:02.1234567Z"},
    {"/Users/mary/AppData/Local/Programs/ContosoPhone/app", "ContosoPhone.exe",
     "2023-03-22T08:15:40.0000000Z"},
    {"/Users/mary/AppData/Local/Programs/ContosoPhone/app", "ffmpeg.dll", "2023-03-22T08:15:41.5000000Z"},
    {"/Users/mary/AppData/Local/Programs/ContosoPhone/app", "d3dcompiler_47.dll",
     "2023-03-22T08:15:41.9000000Z"},
    {"/Windows/System32", "wlbsctrl.dll", "2023-03-29T11:47:15.3333333Z"},
    {"/Windows/System32/config/TxR", "{016888b9-6c6f-11de-8d1d-001e0bcde3ec}.TxR.0.regtrans-ms",
     "2023-03-29T11:47:16.0000000Z"},
    {"/Windows/System32/drivers", "hwbase.sys", "2023-03-29T11:50:00.0000000Z"},
    {"/Windows/Prefetch", "SVCHOST.EXE-7CFEDEA3.pf", "2023-03-30T06:00:11.0000000Z"},
};

enum {
    REPORT_SCENE_FILES = sizeof report_scene_files / sizeof report_scene_files[0],
    REPORT_SCENE_FOLDER = 100
};

static const struct explanation report_scene_rules[] = {
    {"dll_phantom", "a library that Windows looks for and does not have",
     "Services of Windows ask for libraries that are normally absent. Whoever puts a file there is loaded with the service's rights.",
     "Some vendors place such a file on purpose, such as agents for load balancing.",
     "reg query HKLM\\SYSTEM\\CurrentControlSet\\Services\\IKEEXT /s; sigcheck -a wlbsctrl.dll", "T1574.001",
     SEVERITY_CRITICAL},
    {"signature_slack", "bytes hidden behind the signature",
     "Windows does not look at what stands in the certificate table behind the signature, so the file stays validly signed.",
     "Installers keep a few bytes there to recognise a download.",
     "osslsigncode extract-signature -in FILE -out sig.der; compare the sizes", "T1027", SEVERITY_HIGH},
    {"stomp", "times that no plain creation explains", "Times of files were set, so that they seem old.",
     "Archives and installers set the times of what they unpack.",
     "MFTECmd -f '$MFT' --csv . and compare both kinds of times", "T1070.006", SEVERITY_HIGH},
    {"damaged", "a file that could not be read whole", "What could not be read is not known.",
     "A bad sector, or a copy that was cut.", "Read it again from the source.", "", SEVERITY_INFO},
};

static inline void report_scene_evidence(struct report_scene_maker *m) {
    static const uint8_t md5[16] = {0xd4, 0x1d, 0x8c, 0xd9}, sha256[32] = {0xe3, 0xb0, 0xc4, 0x42};
    struct casefile_evidence image = {.id = 1,
                                      .path = report_scene_text(m, "/evidence/WS-042.E01"),
                                      .kind = "disk-image",
                                      .has_size = true,
                                      .size = UINT64_C(64) << 30,
                                      .state = "read",
                                      .container = "E01",
                                      .parts = 12,
                                      .media_size = UINT64_C(128) << 30,
                                      .host = report_scene_text(m, "WS-042"),
                                      .stored_md5 = span_of(md5, 16, 0),
                                      .media_md5 = span_of(md5, 16, 0),
                                      .media_sha256 = span_of(sha256, 32, 0)};
    struct casefile_volume volume = {.id = 1,
                                     .evidence = 1,
                                     .ordinal = 1,
                                     .kind = "ntfs",
                                     .offset = 1 << 20,
                                     .size = UINT64_C(120) << 30,
                                     .label = report_scene_text(m, "Windows"),
                                     .serial = "1234567890ABCDEF",
                                     .records = 4096,
                                     .state = "read",
                                     .drive = "C:"};
    m->good = m->good && casefile_evidence(m->c, &image) && casefile_volume(m->c, &volume);
    volume.id = 2;
    volume.shadow = 1;
    volume.shadow_of = 1;
    volume.shadow_created = report_scene_time("2023-03-15T03:00:00Z");
    m->good = m->good && casefile_volume(m->c, &volume);
}

static inline struct listing report_scene_listing(const char *folder, const char *name, uint64_t record,
                                                  uint64_t time) {
    return (struct listing){.folder = folder,
                            .folder_size = strlen(folder),
                            .name = name,
                            .name_size = strlen(name),
                            .evidence = 1,
                            .volume = 1,
                            .record = record,
                            .sequence = 2,
                            .has_fn = true,
                            .size = 4096 + record * 37 % 900000,
                            .si = {time, time + 300000000, time + 310000000, time + 600000000},
                            .fn = {time, time, time, time}};
}

static inline void report_scene_artifacts(struct report_scene_maker *m) {
    uint64_t start = report_scene_time("2022-11-01T07:00:00Z");
    for (uint64_t i = 0; m->good && i < REPORT_SCENE_FILES; i++) {
        struct listing listing = report_scene_listing(
            report_scene_files[i].folder, report_scene_text(m, report_scene_files[i].name), 1000 + i,
            report_scene_time(report_scene_files[i].time));
        m->good = casefile_artifact(m->c, i + 1, &listing, span_of("", 0, 0), "read", NULL);
    }
    for (uint64_t i = 0; m->good && i < m->how->files; i++) {
        char folder[64], name[64];
        snprintf(folder, sizeof folder, "/Program Files/Vendor %" PRIu64 "/bin", i / REPORT_SCENE_FOLDER);
        snprintf(name, sizeof name, "component-%" PRIu64 ".dll", i);
        struct listing listing = report_scene_listing(
            folder, name, 5000 + i, start + i * UINT64_C(9876543210) % (UINT64_C(150) * 864000000000));
        m->good =
            casefile_artifact(m->c, REPORT_SCENE_FILES + i + 1, &listing, span_of("", 0, 0), "read", NULL);
    }
}

static inline void report_scene_finding(struct report_scene_maker *m, uint64_t artifact, const char *detector,
                                        enum severity severity, const char *summary) {
    static const uint8_t bytes[FINDING_EXCERPT] =
        "MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0<script>\0hidden payload follows";
    struct finding finding = {
        .detector = detector,
        .severity = severity,
        .strength = severity == SEVERITY_CRITICAL ? STRENGTH_STRONG : STRENGTH_FIRM,
        .offset = 0x5c000 + artifact,
        .size = 4096,
        .summary = summary,
        .excerpt = span_of(bytes, sizeof bytes, 0x5c000),
        .details = {{"signer", report_scene_text(m, "Contoso Ltd")}, {"entropy", "7.98 bits a byte"}},
        .detail_count = 2};
    m->good =
        m->good && casefile_finding(m->c, (struct casefile_place){.artifact = artifact}, &finding, NULL, 0);
}

static inline void report_scene_findings(struct report_scene_maker *m) {
    for (size_t i = 0; i < sizeof report_scene_rules / sizeof report_scene_rules[0]; i++)
        m->good = m->good &&
                  casefile_detector(m->c, i == 0 || i == 2 ? "judge" : "detector", &report_scene_rules[i]);
    report_scene_finding(
        m, 5, "dll_phantom", SEVERITY_CRITICAL,
        report_scene_text(m, "The service IKEEXT loads this library; Windows has none of that name."));
    report_scene_finding(m, 4, "signature_slack", SEVERITY_HIGH,
                         report_scene_text(m, "275,464 bytes of high entropy stand behind the signature."));
    report_scene_finding(
        m, 5, "stomp", SEVERITY_HIGH,
        report_scene_text(m, "Its creation time was set to 2009; the journal saw it made on 2023-03-29."));
    report_scene_finding(
        m, 3, "signature_slack", SEVERITY_MEDIUM,
        report_scene_text(m, "The library reads d3dcompiler_47.dll behind its own signature."));
    report_scene_finding(m, 8, "damaged", SEVERITY_INFO, "The file ends in the middle of a section.");
    for (uint64_t i = 0; m->good && i < m->how->findings; i++) {
        char summary[96];
        snprintf(summary, sizeof summary, "The file ends %" PRIu64 " bytes before its last section.", i + 1);
        report_scene_finding(m, REPORT_SCENE_FILES + i % (m->how->files > 0 ? m->how->files : 1) + 1,
                             i % 3 == 0 ? "signature_slack" : "damaged",
                             i % 50 == 0 ? SEVERITY_LOW : SEVERITY_INFO, summary);
    }
}

static inline void report_scene_step(struct report_scene_maker *m, uint64_t chain, uint64_t ordinal,
                                     const char *stage, uint64_t artifact, const char *name, const char *text,
                                     const char *time, enum strength strength) {
    REPORT_SCENE_PUT(m, chain_step, N(chain_step_chain, chain), N(chain_step_ordinal, ordinal),
                     W(chain_step_stage, stage), N(chain_step_artifact, artifact),
                     W(chain_step_name, report_scene_text(m, name)),
                     W(chain_step_text, report_scene_text(m, text)), T(chain_step_time, time),
                     W(chain_step_time_source, "file made, $FILE_NAME"), N(chain_step_strength, strength));
}

static inline void report_scene_link(struct report_scene_maker *m, uint64_t from, uint64_t to,
                                     const char *kind, const char *text, enum strength strength) {
    REPORT_SCENE_PUT(
        m, chain_link, N(chain_link_chain, 1), N(chain_link_from_step, from), N(chain_link_to_step, to),
        W(chain_link_kind, kind), W(chain_link_text, report_scene_text(m, text)),
        W(chain_link_records, report_scene_text(m, "MFT entry 1003-2; bytes 376,832 to 652,296")),
        N(chain_link_strength, strength));
}

static inline void report_scene_verdict(struct report_scene_maker *m) {
    const char *reason =
        "A library that a service loads on every start decrypts a blob which only this machine can open. Without the blob it would be suspicious.";
    REPORT_SCENE_PUT(m, verdict, N(verdict_evidence, 1), W(verdict_host, report_scene_text(m, "WS-042")),
                     W(verdict_word, "compromised: implant"), N(verdict_rank, 4), N(verdict_complete, 1),
                     W(verdict_reason, report_scene_text(m, reason)),
                     T(verdict_since, "2023-03-22T08:15:40Z"));
    REPORT_SCENE_PUT(m, verdict, W(verdict_word, "compromised: implant"), N(verdict_rank, 4),
                     N(verdict_complete, 1), W(verdict_reason, report_scene_text(m, reason)),
                     T(verdict_since, "2023-03-22T08:15:40Z"));
    REPORT_SCENE_PUT(
        m, chain, N(chain_id, 1), N(chain_evidence, 1), W(chain_word, "compromised: implant"),
        N(chain_strength, 2),
        W(chain_title, report_scene_text(m, "Contoso Phone 18.12.416 and an implant in IKEEXT")),
        W(chain_story,
          report_scene_text(
              m,
              "On 22 March 2023 Mary installed Contoso Phone 18.12.416 from a package that its vendor signed. Two of its libraries are not the "
              "vendor's: ffmpeg.dll reads bytes that stand hidden behind the signature of d3dcompiler_47.dll and runs them.\n"
              "A week later a library appeared in System32 that the service IKEEXT loads at every start, with a blob beside it that only this "
              "machine can decrypt. Its times were set back to 2009.\n"
              "Prefetch shows that the service started on the morning after.")),
        W(chain_alternative,
          report_scene_text(
              m,
              "A red team with the vendor's consent would leave the same traces. Nothing on this host tells of one.")),
        W(chain_against,
          report_scene_text(
              m, "The driver hwbase.sys is signed by its maker and may belong to the docking station.")),
        T(chain_first_time, "2023-03-22T08:14:02Z"), T(chain_last_time, "2023-03-30T06:00:11Z"));
    REPORT_SCENE_PUT(m, chain, N(chain_id, 2), N(chain_evidence, 1), W(chain_word, "exposed"),
                     N(chain_strength, 0), W(chain_title, "A vulnerable driver"),
                     W(chain_story, "The driver hwbase.sys is known to let any program write to memory."),
                     W(chain_alternative, "Docking stations come with it."));
    report_scene_step(m, 2, 1, "driver", 7, "C:\\Windows\\System32\\drivers\\hwbase.sys",
                      "A driver with a known weakness.", "2023-03-29T11:50:00Z", STRENGTH_WEAK);
    REPORT_SCENE_PUT(
        m, chain_gap, N(chain_gap_chain, 1), W(chain_gap_stage, "network"),
        W(chain_gap_text,
          report_scene_text(m, "No connections are known: the firewall of this host kept no log.")));
}

static inline void report_scene_chain(struct report_scene_maker *m) {
    static const char app[] = "C:\\Users\\mary\\AppData\\Local\\Programs\\ContosoPhone\\app\\";
    char path[160];
    report_scene_step(m, 1, 1, "release", 1, "C:\\Users\\mary\\Downloads\\ContosoPhone-18.12.416.msi",
                      "An installer package, validly signed by its vendor.", report_scene_files[0].time,
                      STRENGTH_FIRM);
    snprintf(path, sizeof path, "%sContosoPhone.exe", app);
    report_scene_step(m, 1, 2, "installation", 2, path, "The client was installed for the user mary.",
                      report_scene_files[1].time, STRENGTH_STRONG);
    snprintf(path, sizeof path, "%sffmpeg.dll", app);
    report_scene_step(m, 1, 3, "loader", 3, path,
                      "A library of the product that reads another one's hidden bytes.",
                      report_scene_files[2].time, STRENGTH_FIRM);
    snprintf(path, sizeof path, "%sd3dcompiler_47.dll", app);
    report_scene_step(m, 1, 4, "payload", 4, path, "275,464 bytes stand behind its signature.",
                      report_scene_files[3].time, STRENGTH_STRONG);
    report_scene_step(m, 1, 5, "implant", 5, "C:\\Windows\\System32\\wlbsctrl.dll",
                      "A library that IKEEXT loads and Windows does not have.", report_scene_files[4].time,
                      STRENGTH_STRONG);
    report_scene_step(
        m, 1, 6, "implant", 6,
        "C:\\Windows\\System32\\config\\TxR\\{016888b9-6c6f-11de-8d1d-001e0bcde3ec}.TxR.0.regtrans-ms",
        "A blob that only this machine can open, under the name of a log.", report_scene_files[5].time,
        STRENGTH_FIRM);
    report_scene_step(m, 1, 7, "stomping", 5, "C:\\Windows\\System32\\wlbsctrl.dll",
                      "Its times were set back to 2009.", "2023-03-29T11:47:20Z", STRENGTH_FIRM);
    report_scene_step(m, 1, 8, "persistence", 0, "service IKEEXT",
                      "The service starts with Windows and loads the library.", "2023-03-29T11:48:00Z",
                      STRENGTH_STRONG);
    report_scene_step(m, 1, 9, "execution", 8, "C:\\Windows\\Prefetch\\SVCHOST.EXE-7CFEDEA3.pf",
                      "The service ran, with the library among what it read.", report_scene_files[7].time,
                      STRENGTH_FIRM);
    report_scene_link(m, 1, 2, "package", "The installed client is the package's member by SHA-256.",
                      STRENGTH_STRONG);
    report_scene_link(m, 2, 3, "folder",
                      "The library lies beside the client and was made in the same second.", STRENGTH_FIRM);
    report_scene_link(m, 3, 4, "names", "ffmpeg.dll names d3dcompiler_47.dll.", STRENGTH_STRONG);
    report_scene_link(m, 2, 3, "loads", "The client imports ffmpeg.dll.", STRENGTH_STRONG);
    report_scene_link(m, 4, 5, "time", "Both were made within a week of the installation.", STRENGTH_WEAK);
    report_scene_link(m, 5, 6, "time", "The blob was made one second after the library.", STRENGTH_FIRM);
    report_scene_link(m, 5, 7, "file", "It is the same file.", STRENGTH_STRONG);
    report_scene_link(m, 5, 8, "service", "The service's host group asks for this name.", STRENGTH_STRONG);
    report_scene_link(m, 8, 9, "started", "Prefetch names the library among the files that the service read.",
                      STRENGTH_FIRM);
    for (uint64_t i = 0; i < 4; i++)
        REPORT_SCENE_PUT(m, chain_finding, N(chain_finding_chain, 1),
                         N(chain_finding_step, i == 0   ? 5
                                               : i == 1 ? 4
                                               : i == 2 ? 7
                                                        : 3),
                         N(chain_finding_finding, i + 1));
}

static inline void report_scene_overlap(struct report_scene_maker *m) {
    REPORT_SCENE_PUT(
        m, campaign, N(campaign_id, 1), W(campaign_name, report_scene_text(m, "Contoso supply chain")),
        W(campaign_source, "contoso.tsv"), W(campaign_confidence, "moderate"), N(campaign_score, 310),
        N(campaign_items, 2), N(campaign_independent, 2),
        W(campaign_summary,
          report_scene_text(
              m, "Two items of two independent reports are here, one of them held by no other campaign.")));
    REPORT_SCENE_PUT(
        m, overlap, N(overlap_campaign, 1), N(overlap_ordinal, 1), W(overlap_kind, "sha256"),
        W(overlap_value,
          report_scene_text(m, "11be1803e2e307b647a8a7e02d128335c448ff741bf06bf52b332e0bbf423b03")),
        W(overlap_what, "d3dcompiler_47.dll of the client"), N(overlap_artifact, 4), N(overlap_finding, 2),
        W(overlap_place, report_scene_text(m, "d3dcompiler_47.dll")), N(overlap_weight, 90),
        N(overlap_holders, 0), W(overlap_report, "Vendor report A"), W(overlap_source, "public list"),
        W(overlap_instead, "Anyone who installed the release has this file."));
    REPORT_SCENE_PUT(m, overlap, N(overlap_campaign, 1), N(overlap_ordinal, 2), W(overlap_kind, "technique"),
                     W(overlap_value, "T1574.001"),
                     W(overlap_what, "libraries that are loaded instead of others"),
                     W(overlap_place, "finding 1"), N(overlap_weight, 0), N(overlap_holders, 41),
                     W(overlap_common, "a technique of very many"), W(overlap_report, "Vendor report B"),
                     W(overlap_instead, "The technique is common."));
    REPORT_SCENE_PUT(
        m, campaign_relation, N(campaign_relation_campaign, 1),
        W(campaign_relation_other, report_scene_text(m, "Fabrikam")), W(campaign_relation_kind, "sha256"),
        W(campaign_relation_value, "22be1803e2e307b647a8a7e02d128335c448ff741bf06bf52b332e0bbf423b03"),
        W(campaign_relation_what, "a loader"), N(campaign_relation_here, 0),
        W(campaign_relation_sources, "reports A and C"));
}

static inline void report_scene_stakes(struct report_scene_maker *m) {
    static const char *const kinds[][3] = {{"wallet", "Electrum", "keys"},
                                           {"browser_credentials", "Chrome", "credentials"},
                                           {"signing_key", "PFX file", "keys"},
                                           {"password_manager", "KeePass", "credentials"}};
    for (uint64_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        REPORT_SCENE_PUT(m, stake, N(stake_id, i + 1), N(stake_evidence, 1), W(stake_kind, kinds[i][0]),
                         W(stake_name, kinds[i][1]), W(stake_holds, kinds[i][2]),
                         W(stake_user, report_scene_text(m, "mary")),
                         W(stake_path, report_scene_text(m, "C:\\Users\\mary\\AppData\\Roaming\\store")),
                         W(stake_state, "present"), N(stake_files, i + 1), N(stake_size, 4096 * (i + 1)),
                         T(stake_created, "2021-05-01T10:00:00Z"), T(stake_modified, "2023-03-28T18:20:01Z"),
                         W(stake_source, "product documentation"),
                         T(stake_exposed_since, "2023-03-22T08:15:40Z"));
}

/* Everything but casefile_finish. */
static inline bool report_scene_make(struct casefile *c, const struct report_scene *how) {
    struct report_scene_maker maker = {.c = c, .how = how, .good = true}, *m = &maker;
    report_scene_evidence(m);
    report_scene_artifacts(m);
    report_scene_findings(m);
    m->good = m->good && casefile_coverage(c, 1, 1, "seen", NULL, 4096 + how->files, UINT64_C(9) << 30) &&
              casefile_coverage(c, 1, 1, "read", NULL, 4000, UINT64_C(8) << 30) &&
              casefile_coverage(c, 1, 1, "skipped", report_scene_text(m, "larger than the limit"), 3,
                                UINT64_C(5) << 30) &&
              casefile_run(c, "started", "2023-04-02T09:00:00.0000000Z") &&
              casefile_run(c, "judged_at", "2023-04-02T09:00:00.0000000Z") &&
              casefile_run(c, "driver_policy_1",
                           report_scene_text(m, "Microsoft driver block list, version 10.0.25965.0")) &&
              casefile_run(c, "list_1", "LOLDrivers, 2023-03-30, 441 drivers") &&
              casefile_run(c, "confinement", "seccomp, Landlock ABI 2") && casefile_number(c);
    report_scene_verdict(m);
    report_scene_chain(m);
    report_scene_overlap(m);
    report_scene_stakes(m);
    return m->good;
}

#undef W
#undef N
#undef T
#endif
