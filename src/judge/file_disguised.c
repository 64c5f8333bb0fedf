#include "judge/file_disguised_traits.h"
#include "judge/saying.h"
#include "model/judge.h"

#include <strings.h>

enum { DENSE = 7200 /* thousandths of a bit a byte: encrypted or packed */ };

/* Logs of transactions that are none; with how many siblings of the same stem lie beside them, if the volume
 * was enumerated completely. */
static const char logs_sql[] =
    "SELECT s.artifact, s.dpapi, max(s.entropy, coalesce(s.further_entropy, 0)), (SELECT count(*) FROM artifact b WHERE b.folder = a.folder AND b.volume IS a.volume"
    " AND b.id <> a.id AND b.stream IS NULL AND lower(substr(b.name, 1, instr(a.name, '.'))) = lower(substr(a.name, 1,"
    " instr(a.name, '.'))) AND b.flags & 2 = 0), (SELECT max(c.complete) FROM collected c WHERE c.evidence = a.evidence AND"
    " c.volume = a.volume AND c.path = '') FROM shape s JOIN artifact a ON a.id = s.artifact WHERE s.kind = 'not-clfs'"
    " AND a.flags & 2 = 0 ORDER BY s.artifact";

/* Blobs that only the machine can open, in folders of the system where it keeps none, or beside the content
 * of a log. */
static const char blobs_sql[] =
    "SELECT s.artifact, o.path, a.stream IS NOT NULL AND (lower(a.name) LIKE '%.regtrans-ms' OR lower(a.name) LIKE '%.blf')"
    " FROM shape s JOIN artifact a ON a.id = s.artifact JOIN folder o ON o.id = a.folder"
    " WHERE s.kind = 'dpapi' AND a.flags & 2 = 0 ORDER BY s.artifact";

/* Programs under the names of documents and pictures. */
static const char programs_sql[] =
    "SELECT p.artifact, a.name FROM pe p JOIN artifact a ON a.id = p.artifact WHERE a.stream IS NULL"
    " AND a.flags & 2 = 0 AND instr(a.name, '.') > 0 ORDER BY p.artifact";

static bool judge_log(struct casefile *casefile, struct db_query *q) {
    bool dpapi = db_integer(q, 1) != 0, dense = db_integer(q, 2) >= DENSE;
    bool complete = db_integer(q, 4) != 0, lone = complete && db_integer(q, 3) == 0;
    char entropy[48];
    snprintf(entropy, sizeof entropy, "%lld.%03lld bits a byte", (long long)db_integer(q, 2) / 1000,
             (long long)db_integer(q, 2) % 1000);
    const char *siblings = !complete ? "not testable: the folder was not enumerated completely"
                           : lone    ? "none: real ones come in sets"
                                     : "there are some";
    enum severity severity = dpapi ? SEVERITY_HIGH : dense ? SEVERITY_MEDIUM : SEVERITY_LOW;
    enum strength strength = dpapi && lone ? STRENGTH_STRONG : dpapi || dense ? STRENGTH_FIRM : STRENGTH_WEAK;
    return file_disguised_say(
        casefile, db_integer(q, 0), severity, strength,
        dpapi   ? "Named like a log of registry transactions, it is a blob that only this machine can open"
        : dense ? "Named like a log of transactions, its content is none, but encrypted or packed"
                : "Named like a log of transactions, it does not begin like one",
        "entropy", entropy, "siblings", siblings);
}

/* Where Windows and its parts keep such blobs. */
static bool is_place_of_blobs(const char *folder) {
    static const char *const places[] = {
        "/microsoft/protect", "/microsoft/crypto",     "/microsoft/credentials",
        "/microsoft/vault",   "/config/systemprofile", "/serviceprofiles/",
        "/microsoft/ngc",     "/microsoft/wlansvc",    "/cryptography"};
    for (const char *at = folder; *at; at++)
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            if (strncasecmp(at, places[i], strlen(places[i])) == 0)
                return true;
    return false;
}

static bool judge_blob(struct casefile *casefile, struct db_query *q) {
    const char *folder = db_text(q, 1, NULL);
    if (db_integer(q, 2) != 0)
        return file_disguised_say(
            casefile, db_integer(q, 0), SEVERITY_HIGH, STRENGTH_FIRM,
            "A stream of a file that is named like a log of transactions is a blob that only this machine can open",
            "folder", folder, NULL, NULL);
    if (strncasecmp(folder, "/windows", 8) != 0 || (folder[8] != '/' && folder[8] != 0) ||
        is_place_of_blobs(folder))
        return true;
    return file_disguised_say(
        casefile, db_integer(q, 0), SEVERITY_MEDIUM, STRENGTH_FIRM,
        "A blob that only this machine can open lies among the files of Windows, which keeps none there",
        "folder", folder, NULL, NULL);
}

static bool judge_program(struct casefile *casefile, struct db_query *q) {
    static const char *const endings[] = {"pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx",
                                          "rtf", "txt", "csv",  "jpg", "jpeg", "png", "gif",
                                          "bmp", "ico", "mp3",  "mp4", "htm",  "html"};
    const char *name = db_text(q, 1, NULL), *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot + 1, endings[i]) == 0)
            return file_disguised_say(casefile, db_integer(q, 0), SEVERITY_MEDIUM, STRENGTH_FIRM,
                                      "A program bears the name of a document or picture", "ending", dot,
                                      NULL, NULL);
    return true;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    (void)intel;
    return file_disguised_each(casefile, logs_sql, judge_log) &&
           file_disguised_each(casefile, blobs_sql, judge_blob) &&
           file_disguised_each(casefile, programs_sql, judge_program) && file_disguised_traits(casefile) &&
           casefile_error(casefile)[0] == 0;
}

const struct judge judge_file_disguised = {
    .text =
        {
            .id = "file_disguised",
            .title = "content that is not what its name promises",
            .why =
                "Gopuram kept its payload as config\\TxR\\{GUID}.TxR.0.regtrans-ms: a name like those of the registry's "
                "transaction logs, its content a blob of CryptProtectData, so that no other machine can open it. This "
                "judge asks files named like such logs whether they are any, looks for such blobs among the files of "
                "Windows, for programs under the names of documents and pictures, for programs of Windows' names that "
                "Microsoft did not sign, for bytes behind the end of icons and pictures, for dense files under names "
                "such as krwve.jat, and for files named manifest that hold a time to come.",
            .innocent =
                "Real logs that were never used are all zeros, which is silent. A damaged one does not begin like a log, "
                "but is not dense either: that is weak. Some products keep blobs in folders of their own below Windows; "
                "some tests and packers rename programs; some tools for pictures leave notes behind the end.",
            .verify =
                "xxd FILE | head: a log begins with 15 00; a blob with 01 00 00 00 d0 8c 9d df; a program with MZ. Real TxR "
                "files come in sets of one GUID: .TxR.0, .1, .2.regtrans-ms and .TxR.blf.",
            .attack = "T1036.008",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
