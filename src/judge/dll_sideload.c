#include "intel/intel.h"
#include "judge/dll_names.h"
#include "judge/library_list.h"
#include "judge/saying.h"
#include "judge/signed_by.h"
#include "judge/whereabouts.h"
#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

enum { REFERENCES = 8 };

/* Signatures that hold, whatever else is to be said of them. */
#define HOLDS "('trusted', 'trusted-but-altered-slack', 'weak-digest')"

/* Programs that are trusted, with a library beside them that they name and that somebody else signed, or
 * nobody whom Windows trusts; unknown is not bad. With it: whether the system has another library of that
 * name; what most of its exports are forwarded to; and the same program where programs belong, with its
 * library there. */
static const char rows_sql[] =
    "WITH x AS MATERIALIZED (SELECT a.id AS id, a.evidence AS evidence, coalesce(a.volume, 0) AS volume, a.folder AS"
    " folder, o.path AS path, lower(a.name) AS key, p.machine AS machine, coalesce(p.characteristics, 0) & 0x2000 <> 0 AS"
    " dll, t.state AS state, t.state IN " HOLDS " AS good, coalesce(" SIGNED_BY
    ", '') AS by, p.authentihash_sha256 AS hash, coalesce(t.signer, '') AS signer, coalesce(p.product, '') AS product,"
    " coalesce(p.export_count, 0) AS exports FROM trust t JOIN pe p ON p.artifact = t.artifact JOIN artifact a ON a.id ="
    " t.artifact JOIN folder o ON o.id = a.folder WHERE a.stream IS NULL AND a.flags & 2 = 0),"
    " known AS MATERIALIZED (SELECT DISTINCT lower(v.text) AS key FROM hive_key k JOIN hive_value v ON v.artifact ="
    " k.artifact AND v.key = k.ordinal WHERE k.path LIKE '%/Control/Session Manager/KnownDLLs' AND v.state = 'live'),"
    " sys AS MATERIALIZED (SELECT key, min(hash) AS hash FROM x WHERE lower(path) IN ('/windows/system32',"
    " '/windows/syswow64') GROUP BY key),"
    " forward AS MATERIALIZED (SELECT artifact, name, max(count) AS most FROM pe_reference WHERE kind = 'forward' GROUP BY"
    " artifact),"
    " cleared AS MATERIALIZED (SELECT DISTINCT l.artifact AS artifact FROM artifact_path l JOIN folder o ON o.id = l.folder"
    " WHERE o.path LIKE '/Windows/%' OR o.path LIKE '/Program Files%'),"
    " home AS MATERIALIZED (SELECT hash, evidence, min(id) AS id, folder FROM x WHERE NOT dll AND volume > 0 AND hash IS"
    " NOT NULL AND (path LIKE '/Windows/%' OR path LIKE '/Program Files%') GROUP BY hash, evidence)"
    " SELECT h.id, d.id, h.folder, h.path, h.volume, min(CASE r.kind WHEN 'import' THEN 0 WHEN 'delay' THEN 1 ELSE 2 END),"
    " h.by, h.signer, h.product, d.key, d.state, d.by, d.good, sys.key IS NOT NULL AND sys.hash IS NOT d.hash,"
    " coalesce(f.most, 0), d.exports, coalesce(f.name, ''), coalesce(target.good, 0), c.artifact IS NOT NULL,"
    " home.id IS NOT NULL AND home.id <> h.id AND hd.hash IS NOT d.hash, h.key, d.evidence"
    " FROM x h JOIN pe_reference r ON r.artifact = h.id JOIN x d ON d.key = lower(r.name) AND d.folder = h.folder"
    " AND d.evidence = h.evidence AND d.volume = h.volume AND d.machine IS h.machine"
    " LEFT JOIN sys ON sys.key = d.key LEFT JOIN forward f ON f.artifact = d.id"
    " LEFT JOIN x target ON target.key = lower(f.name) AND target.folder = d.folder AND target.evidence = d.evidence AND"
    " target.volume = d.volume LEFT JOIN cleared c ON c.artifact = h.id"
    " LEFT JOIN home ON home.hash = h.hash AND home.evidence = h.evidence"
    " LEFT JOIN x hd ON hd.key = d.key AND hd.folder = home.folder AND hd.evidence = home.evidence"
    " WHERE NOT h.dll AND h.state = 'trusted' AND d.dll AND d.state <> 'unknown' AND d.id <> h.id AND r.kind <> 'forward'"
    " AND (NOT d.good OR d.by <> h.by) AND d.key NOT IN (SELECT key FROM known)"
    " GROUP BY h.id, d.id ORDER BY d.evidence, h.volume, h.folder, d.id, h.id";

/* What is told of one program and one library. */
struct pair {
    int64_t host, dll, folder, volume, evidence;
    enum severity severity;
    enum strength strength;
    const char *summary;
    char program[200], name[200], state[40], by[200], host_by[200], how[16], target[200];
    enum whereabouts where;
    bool shadow, proxy, moved, windows;
    struct library_list_answer listed;
};

/* A folder of programs: the gravest pair, and what else there is. */
struct group {
    struct pair worst;
    struct casefile_reference references[REFERENCES];
    size_t cited;
    uint64_t pairs;
};

static void copy(char *to, size_t room, const char *text) {
    snprintf(to, room, "%s", text);
    size_t size = strlen(to);
    while (size > 0 && !text_valid(to, size))
        to[--size] = 0;
}

/* Programs that are a part of Windows, not only made by Microsoft. */
static bool is_of_windows(const char *by, const char *signer, const char *product) {
    return strncmp(by, "Microsoft", 9) == 0 &&
           ((strstr(product, "Windows") && strstr(product, "Operating System")) ||
            (strncmp(signer, "Microsoft Windows", 17) == 0 && !strstr(signer, "Hardware")));
}

/* Mods of games bring libraries of system names as a matter of course. */
static bool is_game(const char *folder) {
    static const char *const parts[] = {"/steamapps/", "/epic games/",    "/gog galaxy/", "/gog games/",
                                        "/xboxgames/", "/ubisoft games/", "/riot games/", "/ea games/"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strcasestr(folder, parts[i]))
            return true;
    return false;
}

static bool judge_misplaced(struct pair *pair, bool good) {
    bool by_text = pair->how[0] == 't';
    if (good && by_text)
        return false;
    pair->severity = good || by_text ? SEVERITY_MEDIUM : SEVERITY_HIGH;
    pair->strength = pair->proxy && !good ? STRENGTH_STRONG : STRENGTH_FIRM;
    pair->summary =
        good ? "A program of Windows lies outside Windows, beside a library of somebody else that it loads"
             : "A program of Windows lies outside Windows, beside a library without a trusted signature "
               "that it loads";
    return true;
}

/* False if nothing is to be told. */
static bool weigh(struct pair *pair, bool good, bool app_local, bool game) {
    bool known_place = pair->volume > 0 || pair->where != WHEREABOUTS_OTHER;
    bool odd = known_place && (pair->where == WHEREABOUTS_OTHER || pair->where == WHEREABOUTS_OPEN);
    if (pair->windows && odd)
        return judge_misplaced(pair, good);
    bool by_text = pair->how[0] == 't';
    if (pair->moved && odd && !good && !by_text) {
        pair->severity = SEVERITY_MEDIUM;
        pair->strength = pair->proxy ? STRENGTH_STRONG : STRENGTH_FIRM;
        pair->summary =
            "A copy of a program that is installed elsewhere lies beside a library that it loads and that "
            "is another one there";
        return true;
    }
    if (pair->listed.loads && !pair->listed.in_place && odd && !good) {
        pair->severity = SEVERITY_MEDIUM;
        pair->strength = pair->proxy ? STRENGTH_STRONG : STRENGTH_FIRM;
        pair->summary =
            "Beside a signed program that a list has as a loader of such libraries lies one without a "
            "trusted signature, where it does not belong";
        return true;
    }
    if (app_local || pair->where == WHEREABOUTS_WINDOWS)
        return false;
    if (pair->proxy && !game) {
        pair->severity = SEVERITY_MEDIUM;
        pair->strength = good || by_text ? STRENGTH_WEAK : STRENGTH_FIRM;
        pair->summary =
            "Beside a signed program lies a library that hands most of its functions on to another one, in "
            "whose stead it is loaded";
        return true;
    }
    if (!pair->shadow || good || by_text || game || pair->listed.in_place)
        return false;
    pair->severity = SEVERITY_LOW;
    pair->strength = STRENGTH_WEAK;
    pair->summary =
        "Beside a signed program lies a library without a trusted signature, in the stead of one of Windows";
    return true;
}

static bool read_pair(struct db_query *q, const struct library_list *libraries, struct pair *ret) {
    static const char *const how[] = {"imported", "imported late", "text"};
    const char *path = db_text(q, 3, NULL), *name = db_text(q, 9, NULL);
    int64_t most = db_integer(q, 14), kind = db_integer(q, 5);
    bool good = db_integer(q, 12) != 0, app_local = dll_names_is_app_local(name);
    *ret = (struct pair){.host = db_integer(q, 0),
                         .dll = db_integer(q, 1),
                         .folder = db_integer(q, 2),
                         .volume = db_integer(q, 4),
                         .evidence = db_integer(q, 21)};
    ret->where = db_integer(q, 18) ? WHEREABOUTS_WINDOWS : whereabouts_of(path, ret->volume > 0);
    ret->windows = is_of_windows(db_text(q, 6, NULL), db_text(q, 7, NULL), db_text(q, 8, NULL));
    ret->shadow = (db_integer(q, 13) != 0 || dll_names_is_system(name)) && !app_local;
    bool forwards = most >= 2 && most * 2 >= db_integer(q, 15);
    ret->proxy = forwards && (ret->shadow || (!good && db_integer(q, 17) != 0));
    ret->moved = db_integer(q, 19) != 0;
    copy(ret->host_by, sizeof ret->host_by, db_text(q, 6, NULL));
    copy(ret->name, sizeof ret->name, name);
    copy(ret->state, sizeof ret->state, db_text(q, 10, NULL));
    copy(ret->by, sizeof ret->by, db_text(q, 11, NULL));
    copy(ret->target, sizeof ret->target, forwards ? db_text(q, 16, NULL) : "");
    copy(ret->program, sizeof ret->program, db_text(q, 20, NULL));
    copy(ret->how, sizeof ret->how, how[kind >= 0 && kind < 2 ? kind : 2]);
    library_list_ask(libraries, name, db_text(q, 20, NULL), path, &ret->listed);
    return weigh(ret, good, app_local, is_game(path));
}

static bool report(struct casefile *casefile, const struct group *group) {
    const struct pair *pair = &group->worst;
    char further[24];
    struct text listed = {0};
    if (group->pairs == 0)
        return true;
    snprintf(further, sizeof further, "%llu", (unsigned long long)(group->pairs - 1));
    struct finding finding = {.detector = "dll_sideload",
                              .severity = pair->severity,
                              .strength = pair->strength,
                              .summary = pair->summary};
    saying_detail(&finding, "program", pair->program);
    saying_detail(&finding, "signed by", pair->host_by);
    saying_detail(&finding, "lies in", whereabouts_word(pair->where));
    saying_detail(&finding, "library", pair->name);
    saying_detail(&finding, "named", pair->how);
    saying_detail(&finding, "trust of the library", pair->state);
    saying_detail(&finding, "signer of the library", pair->by);
    saying_detail(&finding, "in the stead of", pair->shadow ? "a library of Windows" : NULL);
    saying_detail(&finding, "hands most functions on to", pair->target);
    saying_detail(&finding, "installed elsewhere",
                  pair->moved ? "with another library of that name, or none" : NULL);
    if (pair->listed.loads)
        text_format(&listed, "%s of %s: %s, %s", pair->listed.list, pair->listed.date, pair->listed.vendor,
                    pair->listed.how);
    saying_detail(&finding, "list that has program and library", listed.size ? text_string(&listed) : NULL);
    saying_detail(&finding, "further pairs in this folder", group->pairs > 1 ? further : NULL);
    bool good = saying_write(casefile, pair->dll, &finding, group->references, group->cited);
    text_free(&listed);
    return good;
}

static bool outweighs(const struct pair *a, const struct pair *b) {
    return a->severity != b->severity ? a->severity > b->severity : a->strength > b->strength;
}

static void cite(struct group *group, int64_t artifact, const char *role) {
    for (size_t i = 0; i < group->cited; i++)
        if (group->references[i].artifact == (uint64_t)artifact)
            return;
    if (group->cited < REFERENCES)
        group->references[group->cited++] = (struct casefile_reference){(uint64_t)artifact, role};
}

static bool same_folder(const struct group *group, const struct pair *pair) {
    const struct pair *first = &group->worst;
    return group->pairs > 0 && first->folder == pair->folder && first->volume == pair->volume &&
           first->evidence == pair->evidence;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = db_prepare(casefile_db(casefile), rows_sql);
    struct library_list libraries;
    struct group group = {0};
    struct pair pair;
    bool good = library_list_load(intel ? &intel->lists : NULL, &libraries) && q;
    while (good && db_step(q)) {
        if (!read_pair(q, &libraries, &pair))
            continue;
        if (!same_folder(&group, &pair)) {
            good = report(casefile, &group);
            group = (struct group){.worst = pair};
        }
        if (group.pairs++ == 0 || outweighs(&pair, &group.worst))
            group.worst = pair;
        cite(&group, pair.host, "program that loads it");
        cite(&group, pair.dll, "library beside it");
    }
    db_finish(q);
    good = good && report(casefile, &group);
    library_list_free(&libraries);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_dll_sideload = {
    .text =
        {
            .id = "dll_sideload",
            .title = "a library in the stead of another one",
            .why =
                "A program looks for its libraries in its own folder first. Who puts a copy of a signed program beside a library "
                "of their own, under a name that the program asks for, runs inside a program that everybody trusts: "
                "X_TRADER's victims had a copy of TpmVscMgrSvr.exe in ProgramData\\TPM, beside a winscard.dll. It is told by "
                "imports, exports and signatures: a program of Windows outside Windows, a copy of an installed program, "
                "a library that forwards most of its functions to the one that it replaces.",
            .innocent =
                "Programs bring libraries of others along, unsigned ones too; that alone is silent, and so are run times, "
                "DirectX and API sets. A library of a name that Windows has, beside a program in its usual place, is "
                "weak: some products and mods of games do so.",
            .verify =
                "assay trust FOLDER shows who signed what; objdump -p PROGRAM what it imports, and objdump -p LIBRARY which "
                "of its exports are forwarded. Is the program at its usual place, with the same library?",
            .attack = "T1574.001",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
