#include "intel/intel.h"
#include "judge/host_subject.h"
#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

enum {
    MOST = 100,   /* findings of a case */
    ASKED = 10,   /* of these, for which events are read: that takes a look at each of them */
    AUTOMATIC = 2 /* a service's start */
};

struct asked {
    const struct phantoms *phantoms;
    const struct phantoms_entry **sorted; /* by name */
};

/* The service that would load it, of the same machine. */
struct service {
    bool known; /* its machine's services are */
    bool named;
    int64_t hive, start, other_start, last_write, changed;
};

struct found {
    int64_t artifact, evidence, volume;
    const char *folder, *name;
    const struct phantoms_entry *entry;
    struct host_subject subject;
    struct service service;
    bool in_place, together;
};

struct phantom_judge {
    struct casefile *casefile;
    struct host_subjects *subjects;
    struct db_query *service, *changed;
    struct asked asked;
    size_t written, omitted;
};

/* Further names, too: a file has several by hard links. */
static const char rows_sql[] =
    "SELECT a.id, a.name, coalesce(o.path, ''), a.evidence, coalesce(a.volume, 0) FROM artifact a LEFT JOIN folder o ON o.id ="
    " a.folder WHERE a.stream IS NULL AND a.flags & 1 = 0 AND a.name LIKE '%.dll' UNION ALL"
    " SELECT a.id, l.name, coalesce(o.path, ''), a.evidence, coalesce(a.volume, 0) FROM artifact_path l JOIN artifact a ON"
    " a.id = l.artifact LEFT JOIN folder o ON o.id = l.folder WHERE a.stream IS NULL AND l.name LIKE '%.dll' ORDER BY 1";

static const char service_sql[] =
    "SELECT s.state, s.start, s.last_write, s.hive, s.name = ?3 COLLATE NOCASE FROM service s JOIN artifact h ON h.id ="
    " s.hive WHERE h.evidence = ?1 AND coalesce(h.volume, 0) = ?2 AND s.state IN ('current', 'other') ORDER BY 5 DESC, s.rowid LIMIT 16";

/* The last time that the service control manager told that the start was changed. It tells in the language of
 * the machine: only where it says in English that the start is no longer automatic is that known. */
static const char changed_sql[] =
    "SELECT time FROM (SELECT max(coalesce(e.time, e.written)) AS time, json_extract(e.data, '$.param3') AS word FROM event e"
    " JOIN artifact l ON l.id = e.artifact WHERE e.event_id = 7040 AND e.provider = 'Service Control Manager' AND l.evidence"
    " = ? AND coalesce(l.volume, 0) = ? AND e.data IS NOT NULL AND json_extract(e.data, '$.param4') = ? COLLATE NOCASE AND"
    " json_extract(e.data, '$.param2') <> json_extract(e.data, '$.param3')) WHERE word NOT LIKE 'demand%' AND word NOT LIKE"
    " 'disabled%'";

/* --- names and places --- */

static int by_name(const void *left, const void *right) {
    const struct phantoms_entry *a = *(const struct phantoms_entry *const *)left,
                                *b = *(const struct phantoms_entry *const *)right;
    return strcasecmp(a->name, b->name);
}

static bool sort(const struct phantoms *phantoms, struct asked *ret) {
    ret->phantoms = phantoms;
    ret->sorted = calloc(phantoms->count + 1, sizeof *ret->sorted);
    for (size_t i = 0; ret->sorted && i < phantoms->count; i++)
        ret->sorted[i] = &phantoms->list[i];
    if (ret->sorted && phantoms->count > 0)
        qsort(ret->sorted, phantoms->count, sizeof *ret->sorted, by_name);
    return ret->sorted != NULL;
}

static const struct phantoms_entry *find(const struct asked *asked, const char *name) {
    struct phantoms_entry key = {.name = name};
    const struct phantoms_entry *wanted = &key, **at = NULL;
    if (asked->phantoms->count > 0)
        at = bsearch(&wanted, asked->sorted, asked->phantoms->count, sizeof *asked->sorted, by_name);
    return at ? *at : NULL;
}

/* Outside volumes it is not known where the path begins. `folder` may have backslashes. */
static bool is_folder(const char *path, const char *folder, bool whole) {
    size_t size = strlen(folder), length = strlen(path);
    if (length < size || (whole && length != size))
        return false;
    path += length - size;
    for (size_t i = 0; i < size; i++)
        if (strncasecmp(path + i, folder[i] == '\\' ? "/" : folder + i, 1) != 0)
            return false;
    return true;
}

/* What PATH of every Windows names. */
static bool is_on_path(const char *path, bool whole) {
    static const char *const folders[] = {"/Windows/System32", "/Windows", "/Windows/System32/wbem",
                                          "/Windows/System32/WindowsPowerShell/v1.0"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (is_folder(path, folders[i], whole))
            return true;
    return false;
}

/* --- weighing --- */

static bool begins(const char *text, const char *with) {
    return with[0] && strncasecmp(text, with, strlen(with)) == 0;
}

/* Something speaks for it that the service was made ready for the library. */
static bool is_prepared(const struct found *f) {
    const struct service *s = &f->service;
    return s->named && s->start == AUTOMATIC &&
           (f->together || s->changed || (s->other_start >= 0 && s->other_start != AUTOMATIC));
}

static void weigh_bad(const struct found *f, struct finding *finding) {
    bool idle = f->service.named && f->service.start == 4;
    finding->severity = f->subject.is_deleted || idle ? SEVERITY_MEDIUM : SEVERITY_HIGH;
    finding->strength = is_prepared(f) ? STRENGTH_STRONG : STRENGTH_FIRM;
    finding->summary =
        f->subject.is_deleted
            ? "A library that a service loads and Windows does not bring was here, and no "
              "signature covers it"
            : "A service loads a library that Windows does not bring, and no signature covers it";
}

/* False if nothing is to be said. What is unknown is not bad: a catalog may cover it. */
static bool weigh(const struct found *f, struct finding *finding) {
    const char *owner = f->entry->owner;
    finding->severity = SEVERITY_LOW;
    finding->strength = STRENGTH_FIRM;
    if (f->subject.trust == HOST_TRUST_GOOD) {
        finding->summary =
            "A library that Windows does not bring where a service looks for it; its signature holds";
        return f->in_place && !begins(f->subject.signer, owner);
    }
    if (!f->in_place) {
        finding->strength = STRENGTH_WEAK;
        finding->summary = "A library has the name of one that a service looks for along PATH";
        return f->subject.trust == HOST_TRUST_BAD;
    }
    if (f->subject.trust == HOST_TRUST_BAD) {
        weigh_bad(f, finding);
        return true;
    }
    finding->summary =
        "A library that Windows does not bring where a service looks for it; of its signature nothing is known";
    if (f->subject.is_image && !begins(f->subject.company, owner) && !f->subject.is_deleted)
        finding->severity = SEVERITY_MEDIUM;
    else
        finding->strength = STRENGTH_WEAK;
    return true;
}

/* --- gathering --- */

static bool look_at_service(struct phantom_judge *p, struct found *f) {
    struct service *to = &f->service;
    struct db_query *q = p->service;
    *to = (struct service){.start = -1, .other_start = -1};
    db_reset(q);
    db_bind_integer(q, 1, f->evidence);
    db_bind_integer(q, 2, f->volume);
    db_bind_text(q, 3, f->entry->service, strlen(f->entry->service));
    while (db_step(q)) {
        bool current = strcmp(db_text(q, 0, NULL), "current") == 0;
        to->known = true;
        if (!db_integer(q, 4))
            continue;
        if (!current && !db_is_null(q, 1))
            to->other_start = db_integer(q, 1);
        if (!current)
            continue;
        to->named = true;
        to->start = db_is_null(q, 1) ? -1 : db_integer(q, 1);
        to->last_write = db_integer(q, 2);
        to->hive = db_integer(q, 3);
    }
    db_reset(q);
    f->together = host_apart(to->last_write, f->subject.born) <= HOST_TOGETHER;
    if (p->written >= ASKED)
        return true;
    q = p->changed;
    db_reset(q);
    db_bind_integer(q, 1, f->evidence);
    db_bind_integer(q, 2, f->volume);
    db_bind_text(q, 3, f->entry->service, strlen(f->entry->service));
    to->changed = db_step(q) ? db_integer(q, 0) : 0;
    db_reset(q);
    return db_error(casefile_db(p->casefile))[0] == 0;
}

/* --- telling --- */

static const char *start_word(int64_t start) {
    static const char *const words[] = {"at boot", "with the system", "automatic", "on demand", "disabled"};
    return start >= 0 && start <= 4 ? words[start] : NULL;
}

static bool report(struct phantom_judge *p, const struct found *f, struct finding *finding) {
    struct host_moment born, written, changed;
    const struct service *s = &f->service;
    host_moment(s->last_write, &written);
    host_moment(s->changed, &changed);
    saying_detail(finding, "service", f->entry->service);
    saying_detail(finding, "loaded by", f->entry->loader);
    saying_detail(finding, "start",
                  s->named   ? start_word(s->start)
                  : s->known ? "there is no key of this service"
                             : "not testable: the machine's services are not known");
    saying_detail(finding, "start in another control set",
                  s->other_start != s->start ? start_word(s->other_start) : NULL);
    saying_detail(finding, "key written", written.text);
    saying_detail(finding, "key and file", f->together ? "within an hour of each other" : NULL);
    saying_detail(finding, "start changed, says event 7040", changed.text);
    host_subject_detail(&f->subject, &born, finding);
    saying_detail(finding, "known of it", f->entry->note);
    saying_detail(finding, "source", f->entry->source);
    struct casefile_reference hive = {(uint64_t)s->hive, "registry hive"};
    p->written++;
    return saying_write(p->casefile, f->artifact, finding, &hive, s->named);
}

static bool take(struct phantom_judge *p, struct db_query *q) {
    struct finding finding = {.detector = "dll_phantom"};
    struct found f = {.artifact = db_integer(q, 0),
                      .name = db_text(q, 1, NULL),
                      .folder = db_text(q, 2, NULL),
                      .evidence = db_integer(q, 3),
                      .volume = db_integer(q, 4)};
    bool whole = f.volume != 0;
    f.entry = find(&p->asked, f.name);
    if (!f.entry)
        return true;
    f.in_place =
        f.entry->folder[0] ? is_folder(f.folder, f.entry->folder, whole) : is_on_path(f.folder, whole);
    if (!f.in_place && f.entry->folder[0])
        return true;
    if (p->written >= MOST) {
        p->omitted++;
        return true;
    }
    if (!host_subjects_of(p->subjects, f.artifact, &f.subject) || !look_at_service(p, &f))
        return false;
    if (!weigh(&f, &finding))
        return true;
    uint64_t told = host_subjects_told(p->subjects, f.artifact, finding.severity);
    return told ? casefile_detail(p->casefile, told, "phantom library of service", f.entry->service)
                : report(p, &f, &finding);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct phantom_judge p = {.casefile = casefile};
    if (!intel || intel->phantoms.count == 0)
        return true;
    p.subjects = host_subjects_open(db, "'dll_sideload'");
    p.service = db_prepare(db, service_sql);
    p.changed = db_prepare(db, changed_sql);
    struct db_query *q = db_prepare(db, rows_sql);
    bool good = p.subjects && p.service && p.changed && q && sort(&intel->phantoms, &p.asked);
    while (good && db_step(q))
        good = take(&p, q);
    good = good && host_subjects_omitted(casefile, "dll_phantom", p.omitted);
    db_finish(q);
    db_finish(p.service);
    db_finish(p.changed);
    host_subjects_close(p.subjects);
    free(p.asked.sorted);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_dll_phantom = {
    .text =
        {
            .id = "dll_phantom",
            .title = "a library that Windows does not bring, where a service loads it",
            .why =
                "Some services ask for libraries that Windows does not have; whoever puts a file of that name there is "
                "loaded as a service, without a key of his own. Gopuram was wlbsctrl.dll, which IKEEXT loads. The list is "
                "intel/phantom_dlls.tsv. Told is only what no signature covers, or of which nothing is known; firmer if "
                "the service was made automatic or its key was written when the file was made.",
            .innocent =
                "wlbsctrl.dll is genuine where Network Load Balancing is installed, oci.dll with Oracle's client, both "
                "signed by their makers: silent. Without the machine's catalogs a signature may not be found; then "
                "this is medium at most.",
            .verify =
                "signtool verify /v /a FILE on the machine; sc qc SERVICE, and compare its start with that of a fresh "
                "Windows of the same version; System event 7040; which process has loaded the library.",
            .attack = "T1574.001",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
