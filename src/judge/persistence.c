#include "judge/persistence.h"

#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

enum { MOST = 500 /* findings of a case */ };

/* One thing that something is to be said of; the same `what` is told once. */
struct suspect {
    uint64_t what;
    int64_t row;
    enum severity severity;
    enum strength strength;
};

struct persistence_judge {
    struct casefile *casefile;
    struct host_subjects *subjects;
    struct suspect *suspects;
    size_t count, room, written, omitted;
    uint64_t *classes; /* of the machine, hashed with where it is; in order */
    size_t class_count, class_room;
    struct text kinds;
};

#define COLUMNS                                                                                              \
    "s.rowid, s.kind, s.key_path, coalesce(s.command, ''), coalesce(s.path, ''), coalesce(s.through, ''), "  \
    "coalesce(s.path_state, ''), coalesce(s.artifact, 0), h.evidence, coalesce(h.volume, 0), s.hive, "       \
    "coalesce(s.name, ''), coalesce(s.user, ''), coalesce(s.last_write, 0), s.state FROM autostart s JOIN artifact h ON h.id = s.hive"

static const char rows_sql[] = "SELECT " COLUMNS " WHERE s.incomplete IS NULL"
                               " AND (s.state = 'live' OR s.kind LIKE 'wmi%') ORDER BY s.rowid";
static const char incomplete_sql[] = "SELECT count(*) FROM autostart WHERE incomplete = 1";
static const char one_sql[] = "SELECT " COLUMNS " WHERE s.rowid = ?";

/* /Classes/CLSID/{GUID}/InprocServer32 */
static const char classes_sql[] =
    "SELECT h.evidence, coalesce(h.volume, 0), substr(k.path, 16, 38) FROM hive x JOIN artifact h ON h.id = x.artifact JOIN"
    " hive_key k ON k.artifact = x.artifact WHERE x.kind = 'software' AND k.state = 'live' AND k.path LIKE"
    " '/Classes/CLSID/{%}/InprocServer32'";

/* FNV-1a, of letters without their case. */
static uint64_t hash_of(int64_t evidence, int64_t volume, const char *text, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)evidence << 32 ^ (uint64_t)volume;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* --- classes of the machine --- */

static int by_number(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static bool load_classes(struct db *db, struct persistence_judge *j) {
    struct db_query *q = db_prepare(db, classes_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        if (j->class_count == j->class_room) {
            j->class_room = j->class_room ? 2 * j->class_room : 4096;
            uint64_t *more = realloc(j->classes, j->class_room * sizeof *more);
            good = more != NULL;
            j->classes = good ? more : j->classes;
        }
        size_t size;
        const char *id = db_text(q, 2, &size);
        if (good)
            j->classes[j->class_count++] = hash_of(db_integer(q, 0), db_integer(q, 1), id, size);
    }
    db_finish(q);
    if (good && j->class_count > 0)
        qsort(j->classes, j->class_count, sizeof *j->classes, by_number);
    return good;
}

/* The GUID in the path of a user's class. */
static bool is_of_machine(const struct persistence_judge *j, int64_t evidence, int64_t volume,
                          const char *key_path) {
    const char *id = strchr(key_path, '{');
    if (!id || strlen(id) < 38 || j->class_count == 0)
        return false;
    uint64_t key = hash_of(evidence, volume, id, 38);
    return bsearch(&key, j->classes, j->class_count, sizeof *j->classes, by_number) != NULL;
}

/* --- gathering --- */

static bool read_row(struct persistence_judge *j, struct db_query *q, struct persistence *ret) {
    *ret = (struct persistence){.kind = db_text(q, 1, NULL),
                                .key_path = db_text(q, 2, NULL),
                                .name = db_text(q, 11, NULL),
                                .remains = strcmp(db_text(q, 14, NULL), "live") != 0,
                                .command = db_text(q, 3, NULL),
                                .path = db_text(q, 4, NULL),
                                .through = db_text(q, 5, NULL),
                                .state = db_text(q, 6, NULL)};
    ret->place = host_place_of(ret->path);
    ret->shadows = strcmp(ret->kind, "com_user") == 0 &&
                   is_of_machine(j, db_integer(q, 8), db_integer(q, 9), ret->key_path);
    return host_subjects_of(j->subjects, db_integer(q, 7), &ret->subject);
}

static bool gather(struct persistence_judge *j, struct db_query *q) {
    struct persistence p;
    struct finding finding = {0};
    if (!read_row(j, q, &p))
        return false;
    if (!persistence_weigh(&p, &finding))
        return true;
    if (j->count == j->room) {
        size_t room = j->room ? 2 * j->room : 64;
        struct suspect *more = realloc(j->suspects, room * sizeof *more);
        if (!more)
            return false;
        j->suspects = more;
        j->room = room;
    }
    const char *what = persistence_is_command(&p) || !p.path[0] ? p.command : p.path;
    j->suspects[j->count++] =
        (struct suspect){hash_of(db_integer(q, 8), db_integer(q, 9), what, strlen(what)), db_integer(q, 0),
                         finding.severity, finding.strength};
    return true;
}

/* Things together, the gravest first. */
static int by_what(const void *left, const void *right) {
    const struct suspect *a = left, *b = right;
    if (a->what != b->what)
        return a->what < b->what ? -1 : 1;
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->strength != b->strength)
        return a->strength > b->strength ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* --- telling --- */

static bool report(struct persistence_judge *j, struct db_query *q, const struct persistence *p, size_t count,
                   struct finding *finding) {
    struct host_moment born, written;
    char times[32];
    host_moment(db_integer(q, 13), &written);
    snprintf(times, sizeof times, "%zu", count);
    saying_detail(finding, "kind", p->kind);
    saying_detail(finding, "key", p->key_path);
    saying_detail(finding, "value", db_text(q, 11, NULL));
    saying_detail(finding, "command", p->command);
    saying_detail(finding, "path", p->path);
    saying_detail(finding, "run by", p->through);
    saying_detail(finding, "file", p->state);
    saying_detail(finding, "place", host_place_word(p->place));
    saying_detail(finding, "user", db_text(q, 12, NULL));
    saying_detail(finding, "key written", written.text);
    saying_detail(finding, "entries with it", count > 1 ? times : NULL);
    host_subject_detail(&p->subject, &born, finding);
    int64_t hive = db_integer(q, 10);
    struct casefile_reference reference = {(uint64_t)hive, "where it is started"};
    bool found =
        p->subject.artifact != 0 && p->subject.trust != HOST_TRUST_GOOD && !persistence_is_command(p);
    j->written++;
    return saying_write(j->casefile, found ? p->subject.artifact : hive, finding, &reference, found);
}

static bool tell(struct persistence_judge *j, struct db_query *q, const struct suspect *suspect,
                 size_t count) {
    struct persistence p;
    struct finding finding = {.detector = "persistence"};
    db_reset(q);
    db_bind_integer(q, 1, suspect->row);
    if (!db_step(q) || !read_row(j, q, &p) || !persistence_weigh(&p, &finding))
        return false;
    uint64_t told = persistence_is_command(&p)
                        ? 0
                        : host_subjects_told(j->subjects, p.subject.artifact, finding.severity);
    if (told) {
        text_clear(&j->kinds);
        text_format(&j->kinds, "%s %s", p.kind, p.key_path);
        return casefile_detail(j->casefile, told, "started by", text_string(&j->kinds));
    }
    if (j->written >= MOST) {
        j->omitted++;
        return true;
    }
    return report(j, q, &p, count, &finding);
}

static bool tell_all(struct persistence_judge *j, struct db *db) {
    struct db_query *q = db_prepare(db, one_sql);
    bool good = q != NULL;
    if (good && j->count > 0)
        qsort(j->suspects, j->count, sizeof *j->suspects, by_what);
    for (size_t i = 0, next; good && i < j->count; i = next) {
        for (next = i + 1; next < j->count && j->suspects[next].what == j->suspects[i].what;)
            next++;
        good = tell(j, q, &j->suspects[i], next - i);
    }
    db_finish(q);
    return good && host_subjects_omitted(j->casefile, "persistence", j->omitted);
}

/* What could not be read of values may start something, too. */
static bool tell_incomplete(struct casefile *casefile) {
    struct db_query *q = db_prepare(casefile_db(casefile), incomplete_sql);
    char summary[128];
    if (!q || !db_step(q))
        return false;
    int64_t count = db_integer(q, 0);
    db_finish(q);
    snprintf(summary, sizeof summary,
             "Of %lld keys or values of the registry that start something not all could be read",
             (long long)count);
    struct finding finding = {
        .detector = "persistence", .severity = SEVERITY_INFO, .strength = STRENGTH_FIRM, .summary = summary};
    return count == 0 ||
           casefile_finding(casefile, (struct casefile_place){.evidence = 1}, &finding, NULL, 0);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct persistence_judge j = {.casefile = casefile};
    (void)intel;
    j.subjects = host_subjects_open(
        db,
        "'driver_service', 'dll_phantom', 'dll_sideload', 'file_disguised', 'service_odd', 'signature_untrusted',"
        " 'signature_distrusted', 'publisher_claim'");
    struct db_query *q = db_prepare(db, rows_sql);
    bool good = j.subjects && q && load_classes(db, &j);
    while (good && db_step(q))
        good = gather(&j, q);
    db_finish(q);
    good = good && tell_all(&j, db) && tell_incomplete(casefile);
    host_subjects_close(j.subjects);
    free(j.suspects);
    free(j.classes);
    text_free(&j.kinds);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_persistence = {
    .text =
        {
            .id = "persistence",
            .title = "something that is started or loaded and does not belong there",
            .why =
                "Whoever wants to stay has to be started again. Of the table autostart (Run keys, tasks, Winlogon, AppInit, "
                "debuggers of Image File Execution Options, classes of users, LSA packages, startup folders, WMI subscriptions and more) told is what no "
                "signature covers and that lies in an odd place, what hides what it does, what bears the name of a part "
                "of Windows elsewhere, and what replaces something else. What is trusted is silent, unless it is told to run something hidden or stands where only an attack puts it.",
            .innocent =
                "Portable and free programs without a signature that were set to start with the user; products that install "
                "into AppData (low); products and administrators that watch a machine by WMI, whose repository also keeps what was removed; debuggers set for tests; administrators' encoded tasks. Without the machine's "
                "catalogs a signature may not be found, which is told as unknown.",
            .verify =
                "Autoruns on the machine with signatures verified; the key in the hive with its last write; who wrote the "
                "file, and when (assay timeline).",
            .attack = "T1547",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
