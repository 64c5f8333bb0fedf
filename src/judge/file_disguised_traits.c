#include "judge/file_disguised_traits.h"

#include "base/filetime.h"
#include "judge/host_file.h"
#include "judge/saying.h"
#include "judge/signed_by.h"
#include "judge/whereabouts.h"

#include <strings.h>

enum {
    CODED = 5500, /* thousandths of a bit a byte: Base64 and denser */
    SET_OF_PROGRAMS =
        5,      /* a folder with so many of Windows' names may be another Windows, or stand for one (Wine) */
    MOSTLY = 2, /* if so much of it, one in two, is of such names, or if it has the libraries of a Windows */
    MESSAGE = 64,     /* bytes that can say something; tools leave fewer */
    SOON = 6 * 86400, /* seconds: a timer runs longer than what a program writes of its own day */
    LATE = 60 * 86400 /* and no longer than somebody waits */
};

/* --- programs of Windows' names --- */

/* Images named like programs of Windows, with who signed them and how many lie there; a trusted one of
 * Microsoft is what it is called, wherever it lies, and what nothing is known of is not bad. A path by a hard
 * link clears, too. */
static const char programs_sql[] =
    "WITH named AS MATERIALIZED (SELECT a.id AS id, lower(a.name) AS name, o.path AS path, t.state AS state,"
    " t.state IN ('trusted', 'trusted-but-altered-slack', 'weak-digest') AS good, coalesce(a.volume, 0) AS volume,"
    " a.evidence AS evidence, a.folder AS folder, coalesce(" SIGNED_BY
    ", '') AS by, count(*) OVER (PARTITION BY a.evidence, a.volume, a.folder) AS several FROM trust t JOIN artifact a"
    " ON a.id = t.artifact JOIN folder o ON o.id = a.folder"
    " WHERE lower(a.name) IN ('svchost.exe', 'lsass.exe', 'services.exe', 'csrss.exe', 'smss.exe', 'wininit.exe',"
    " 'winlogon.exe', 'spoolsv.exe', 'taskhostw.exe', 'dllhost.exe', 'rundll32.exe', 'conhost.exe', 'explorer.exe',"
    " 'runtimebroker.exe', 'sihost.exe', 'dwm.exe', 'fontdrvhost.exe', 'searchindexer.exe', 'wmiprvse.exe',"
    " 'msmpeng.exe', 'nissrv.exe', 'mpcmdrun.exe', 'lsaiso.exe', 'userinit.exe', 'ctfmon.exe', 'taskmgr.exe',"
    " 'tpmvscmgrsvr.exe') AND a.stream IS NULL AND a.flags & 2 = 0 AND t.state <> 'unknown'),"
    " linked AS MATERIALIZED (SELECT l.artifact AS id, o.path AS path FROM artifact_path l JOIN folder o ON o.id = l.folder"
    " WHERE l.artifact IN (SELECT id FROM named)),"
    " beside AS MATERIALIZED (SELECT b.evidence AS evidence, coalesce(b.volume, 0) AS volume, b.folder AS folder, count(*) AS"
    " files, count(DISTINCT CASE WHEN lower(b.name) IN ('ntdll.dll', 'kernel32.dll') THEN lower(b.name) END) AS core FROM"
    " artifact b WHERE b.folder IN (SELECT folder FROM named) AND b.stream IS NULL AND b.flags & 2 = 0"
    " GROUP BY 1, 2, 3)"
    " SELECT n.id, n.name, n.path, n.state, n.by, n.good, n.volume, n.several, coalesce(b.files, 0), coalesce(b.core, 0)"
    " FROM named n LEFT JOIN beside b ON b.evidence = n.evidence AND b.volume = n.volume AND b.folder = n.folder WHERE NOT (n.good AND n.by LIKE"
    " 'Microsoft%') AND NOT EXISTS (SELECT 1 FROM linked l"
    " WHERE l.id = n.id AND (l.path LIKE '/Windows/System32' OR l.path LIKE '/Windows/SysWOW64' OR l.path LIKE"
    " '/Windows')) ORDER BY n.id";

static bool lies_below(const char *folder, const char *top) {
    size_t size = strlen(top);
    return strncasecmp(folder, top, size) == 0 && (folder[size] == '/' || folder[size] == 0);
}

/* Whole paths from the root of the volume: a folder of such a name elsewhere is anybody's. Where the root is
 * not known, the path may stand behind others. */
static bool lies_in(const char *folder, const char *const *tops, bool whole) {
    for (const char *at = folder; at; at = whole ? NULL : strchr(at + 1, '/'))
        for (size_t i = 0; tops[i]; i++)
            if (lies_below(at, tops[i]))
                return true;
    return false;
}

static bool is_place_of_program(const char *name, const char *folder, bool whole) {
    static const char *const defender[] = {
        "/program files/windows defender", "/program files (x86)/windows defender",
        "/program files/microsoft security client", "/programdata/microsoft/windows defender", NULL};
    static const char *const wbem[] = {"/windows/system32/wbem", "/windows/syswow64/wbem", NULL};
    static const char *const stores[] = {"/windows/winsxs", NULL};
    if (strcmp(name, "msmpeng.exe") == 0 || strcmp(name, "nissrv.exe") == 0 ||
        strcmp(name, "mpcmdrun.exe") == 0)
        return lies_in(folder, defender, whole) || lies_in(folder, stores, whole);
    if (strcmp(name, "explorer.exe") == 0 && strcasecmp(folder, "/windows") == 0)
        return true;
    if (strcmp(name, "wmiprvse.exe") == 0 && lies_in(folder, wbem, whole))
        return true;
    return strcasecmp(folder, "/windows/system32") == 0 || strcasecmp(folder, "/windows/syswow64") == 0 ||
           lies_in(folder, stores, whole);
}

/* Older and coming installations have all of them, and catalogs of their own. */
static bool is_of_another_windows(const char *folder) {
    bool here = strncasecmp(folder, "/windows", 8) == 0 && (folder[8] == '/' || folder[8] == 0);
    return !here && whereabouts_of(folder, true) == WHEREABOUTS_WINDOWS;
}

/* Whoever writes where anybody may makes such a set in a moment: there it clears nothing. */
static bool is_open(const char *folder, enum whereabouts where, bool whole) {
    struct text path = {0};
    text_format(&path, "%s/x", folder);
    bool open =
        whole ? path.full || host_place_of(text_string(&path)) == HOST_PLACE_OPEN : where == WHEREABOUTS_OPEN;
    text_free(&path);
    return open;
}

/* Does the folder stand for another Windows, by what else lies there? */
static bool is_set(struct db_query *q) {
    int64_t several = db_integer(q, 7), files = db_integer(q, 8);
    bool mostly = several * MOSTLY >= files, core = db_integer(q, 9) == 2;
    return several >= SET_OF_PROGRAMS && (mostly || core);
}

static bool judge_program(struct casefile *casefile, struct db_query *q) {
    const char *folder = db_text(q, 2, NULL);
    bool whole = db_integer(q, 6) > 0, by_another = db_integer(q, 5) != 0;
    enum whereabouts where = whereabouts_of(folder, whole);
    bool set = is_set(q) && !is_open(folder, where, whole);
    if (is_place_of_program(db_text(q, 1, NULL), folder, whole) || is_of_another_windows(folder) ||
        (where == WHEREABOUTS_OTHER && !whole))
        return true;
    return file_disguised_say(
        casefile, db_integer(q, 0),
        by_another || set               ? SEVERITY_LOW
        : where == WHEREABOUTS_PROGRAMS ? SEVERITY_MEDIUM
                                        : SEVERITY_HIGH,
        by_another || set ? STRENGTH_WEAK : STRENGTH_FIRM,
        by_another ? "It has the name of a program of Windows, lies elsewhere, and somebody else signed it"
        : set      ? "It has the name of a program of Windows and lies elsewhere among others of such names"
                   : "It has the name of a program of Windows, lies elsewhere, and has no trusted signature",
        "trust", db_text(q, 3, NULL), "signer", db_text(q, 4, NULL));
}

/* --- logs named after the machine --- */

/* The GUID of the hardware profile is the machine's own, that of a log is drawn by chance. */
static const char profiles_sql[] =
    "WITH profile AS MATERIALIZED (SELECT DISTINCT trim(lower(v.text), '{}') AS guid FROM hive_value v WHERE v.name ="
    " 'HwProfileGuid' AND length(v.text) BETWEEN 36 AND 38)"
    " SELECT s.artifact, p.guid, s.kind, (SELECT min(f.id) FROM finding f WHERE f.artifact = s.artifact AND f.detector ="
    " 'file_disguised' AND f.severity >= 3 AND f.strength >= 2) FROM shape s JOIN artifact a ON a.id = s.artifact JOIN profile p ON"
    " substr(ltrim(lower(a.name), '{'), 1, 36) = p.guid WHERE s.kind IN ('clfs', 'zeros', 'not-clfs') AND a.flags & 2 = 0"
    " ORDER BY s.artifact, p.guid";

static bool judge_profile(struct casefile *casefile, struct db_query *q) {
    bool log = strcmp(db_text(q, 2, NULL), "not-clfs") != 0;
    if (!db_is_null(q, 3)) /* as much is said already */
        return casefile_detail(casefile, (uint64_t)db_integer(q, 3), "GUID",
                               "that of the machine's hardware profile, where logs have one of their own");
    return file_disguised_say(
        casefile, db_integer(q, 0), SEVERITY_HIGH, log ? STRENGTH_FIRM : STRENGTH_STRONG,
        "Named like a log of registry transactions, it has the GUID of the machine's hardware "
        "profile, where logs have one of their own",
        "GUID", db_text(q, 1, NULL), "its beginning", log ? "like that of a log" : "not that of a log");
}

/* Real logs come in sets. Rows of shape are all files of such names. */
static const char lone_sql[] =
    "WITH log AS MATERIALIZED (SELECT a.id AS id, a.evidence AS evidence, a.volume AS volume, a.folder AS folder,"
    " lower(substr(a.name, 1, instr(a.name, '.'))) AS stem, lower(a.name) AS name FROM shape s JOIN artifact a ON a.id ="
    " s.artifact WHERE s.kind IN ('clfs', 'zeros', 'not-clfs') AND a.flags & 2 = 0),"
    " several AS MATERIALIZED (SELECT volume, folder, stem FROM log GROUP BY volume, folder, stem HAVING count(*) = 1)"
    " SELECT l.id FROM log l JOIN several USING (volume, folder, stem) JOIN shape s ON s.artifact = l.id"
    " WHERE l.name LIKE '%.txr.0.regtrans-ms' AND s.kind <> 'not-clfs' AND EXISTS (SELECT 1 FROM collected c WHERE"
    " c.evidence = l.evidence AND c.volume = l.volume AND c.path = '' AND c.complete = 1) ORDER BY l.id";

static bool judge_lone(struct casefile *casefile, struct db_query *q) {
    return file_disguised_say(casefile, db_integer(q, 0), SEVERITY_LOW, STRENGTH_WEAK,
                              "A log of registry transactions without the others of its set", "siblings",
                              "none, and the volume was enumerated completely", NULL, NULL);
}

/* --- pictures --- */

static const char pictures_sql[] =
    "SELECT s.artifact, s.kind, s.appended, s.appended_offset, coalesce(s.appended_entropy, 0) FROM shape s JOIN artifact a"
    " ON a.id = s.artifact WHERE s.appended > 0 AND a.flags & 2 = 0 ORDER BY s.artifact";

static bool judge_picture(struct casefile *casefile, struct db_query *q) {
    bool icon = strcmp(db_text(q, 1, NULL), "icon") == 0, coded = db_integer(q, 4) >= CODED;
    bool sure = icon && coded && db_integer(q, 2) >= MESSAGE;
    char size[24], entropy[48];
    snprintf(size, sizeof size, "%lld", (long long)db_integer(q, 2));
    snprintf(entropy, sizeof entropy, "%lld.%03lld bits a byte", (long long)db_integer(q, 4) / 1000,
             (long long)db_integer(q, 4) % 1000);
    struct finding finding = {.detector = "file_disguised",
                              .severity = sure ? SEVERITY_MEDIUM : SEVERITY_INFO,
                              .strength = sure ? STRENGTH_FIRM : STRENGTH_WEAK,
                              .offset = (uint64_t)db_integer(q, 3),
                              .size = (uint64_t)db_integer(q, 2),
                              .summary = icon ? "Bytes lie behind the last image of an icon"
                                              : "Bytes lie behind the end of a picture"};
    saying_detail(&finding, "picture", db_text(q, 1, NULL));
    saying_detail(&finding, "bytes", size);
    saying_detail(&finding, "their entropy", entropy);
    return saying_write(casefile, db_integer(q, 0), &finding, NULL, 0);
}

/* --- dense files and timers --- */

static const char dense_sql[] =
    "SELECT s.artifact, lower(a.name), o.path FROM shape s JOIN artifact a ON a.id = s.artifact JOIN folder o ON o.id ="
    " a.folder WHERE s.kind = 'dense' AND a.stream IS NULL AND a.flags & 2 = 0 AND lower(o.path) IN ('/windows',"
    " '/windows/system32', '/windows/syswow64', '/windows/system32/drivers', '/windows/system32/catroot2',"
    " '/windows/system32/config', '/windows/system32/config/txr') ORDER BY s.artifact";

static bool ends_with(const char *name, const char *end) {
    size_t size = strlen(name), tail = strlen(end);
    return size >= tail && strcmp(name + size - tail, end) == 0;
}

/* The database of catalogs writes edb.chk and edb*.log, and never edb.chk.log; nothing of Windows ends in
 * .jat. */
static bool judge_dense(struct casefile *casefile, struct db_query *q) {
    const char *name = db_text(q, 1, NULL);
    bool odd = ends_with(name, ".jat") || ends_with(name, ".chk.log");
    return file_disguised_say(
        casefile, db_integer(q, 0), odd ? SEVERITY_MEDIUM : SEVERITY_LOW, odd ? STRENGTH_FIRM : STRENGTH_WEAK,
        odd ? "An encrypted or packed file lies among those of Windows, under a name that Windows "
              "does not use"
            : "A data file or log among the files of Windows begins encrypted or packed",
        "folder", db_text(q, 2, NULL), NULL, NULL);
}

/* A time to come, as seen from when the file was written, beside a program. */
static const char timers_sql[] =
    "WITH timer AS MATERIALIZED (SELECT a.id AS id, a.folder AS folder, a.evidence AS evidence, a.volume AS volume, s.epoch"
    " AS epoch, s.epoch - (a.si_modified / 10000000 - 11644473600) AS ahead FROM shape s JOIN artifact a ON a.id ="
    " s.artifact WHERE s.kind = 'epoch' AND a.si_modified > 0 AND a.stream IS NULL AND a.flags & 2 = 0)"
    " SELECT t.id, t.epoch, t.ahead, min(b.name) FROM timer t JOIN artifact b ON b.folder = t.folder AND b.evidence ="
    " t.evidence AND b.volume IS t.volume JOIN pe p ON p.artifact = b.id WHERE t.ahead BETWEEN ?1 AND ?2"
    " AND lower(b.name) LIKE '%.exe' GROUP BY t.id ORDER BY t.id";

static bool judge_timer(struct casefile *casefile, struct db_query *q) {
    char time[FILETIME_TEXT];
    filetime_text(filetime_from_unix(db_integer(q, 1), 0), time);
    return file_disguised_say(
        casefile, db_integer(q, 0), SEVERITY_LOW, STRENGTH_WEAK,
        "Beside a program lies a file named manifest that is nothing but a time weeks after it "
        "was written",
        "time", time, "program beside it", db_text(q, 3, NULL));
}

static bool judge_timers(struct casefile *casefile) {
    struct db_query *q = db_prepare(casefile_db(casefile), timers_sql);
    bool good = q != NULL;
    if (q) {
        db_bind_integer(q, 1, SOON);
        db_bind_integer(q, 2, LATE);
    }
    while (good && db_step(q))
        good = judge_timer(casefile, q);
    db_finish(q);
    return good;
}

/* --- shared --- */

bool file_disguised_say(struct casefile *casefile, int64_t artifact, enum severity severity,
                        enum strength strength, const char *summary, const char *key, const char *value,
                        const char *also, const char *also_value) {
    struct finding finding = {
        .detector = "file_disguised", .severity = severity, .strength = strength, .summary = summary};
    saying_detail(&finding, key, value);
    saying_detail(&finding, also, also_value);
    return saying_write(casefile, artifact, &finding, NULL, 0);
}

bool file_disguised_each(struct casefile *casefile, const char *sql,
                         bool (*judge_row)(struct casefile *, struct db_query *)) {
    struct db_query *q = db_prepare(casefile_db(casefile), sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good = judge_row(casefile, q);
    db_finish(q);
    return good;
}

bool file_disguised_traits(struct casefile *casefile) {
    return file_disguised_each(casefile, programs_sql, judge_program) &&
           file_disguised_each(casefile, profiles_sql, judge_profile) &&
           file_disguised_each(casefile, lone_sql, judge_lone) &&
           file_disguised_each(casefile, pictures_sql, judge_picture) &&
           file_disguised_each(casefile, dense_sql, judge_dense) && judge_timers(casefile);
}
