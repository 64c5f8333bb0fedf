#include "judge/host_command.h"
#include "judge/host_subject.h"
#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

enum { MOST = 500 /* findings of a case */, GROUPS = 512 /* of svchost.exe, in a case */ };

struct service {
    int64_t hive, evidence, volume, last_write, keys;
    const char *name, *display, *account, *start, *image, *failure, *group;
    const char *written, *path, *state; /* of what counts: the library, or else the program */
    bool library;
    struct host_subject subject;
    enum host_place place;
    bool together;
    bool by_command; /* what is said is said of the command, not of the file */
};

/* What svchost.exe may load for a group: names of services, one a line. */
struct group {
    int64_t evidence, volume;
    char *name, *services;
};

/* A file that a finding of this judge is about. */
struct own {
    int64_t artifact, finding;
    enum severity severity;
};

struct service_judge {
    struct casefile *casefile;
    struct host_subjects *subjects;
    struct db_query *last;
    struct own own[MOST];
    size_t own_count;
    struct group groups[GROUPS];
    size_t group_count, written, omitted;
};

/* One row a command or library of a machine, whatever number of services has it; libraries first, of which
 * more is said than of a program that loads them. */
static const char rows_sql[] =
    "SELECT s.hive, s.name, coalesce(s.display, ''), coalesce(s.account, ''), coalesce(s.start, ''), coalesce(s.image, ''),"
    " coalesce(group_concat(s.failure_command, ' | '), ''), coalesce(s.host_group, ''), coalesce(s.library, s.image, ''),"
    " coalesce(s.library_path, s.image_path, ''), coalesce(CASE WHEN s.library IS NULL THEN s.image_state ELSE"
    " s.library_state END, ''), coalesce(CASE WHEN s.library IS NULL THEN s.image_artifact ELSE s.library_artifact END, 0),"
    " s.library IS NOT NULL, s.last_write, count(*), min(s.key), h.evidence, coalesce(h.volume, 0) FROM service s JOIN artifact h ON h.id = s.hive"
    " WHERE s.state = 'current' AND coalesce(s.type, 16) & 48 <> 0 AND coalesce(s.library, s.image) IS NOT NULL GROUP BY"
    " h.evidence, coalesce(h.volume, 0), lower(coalesce(s.library_path, s.image_path)), coalesce(s.library, s.image)"
    " ORDER BY s.hive, s.library IS NULL, min(s.key)";

static const char last_sql[] =
    "SELECT id FROM finding WHERE id = (SELECT max(id) FROM finding) AND artifact = ?";

static const char groups_sql[] =
    "SELECT h.evidence, coalesce(h.volume, 0), v.name, v.text FROM hive x JOIN artifact h ON h.id = x.artifact JOIN hive_key k"
    " ON k.artifact = x.artifact JOIN hive_value v ON v.artifact = k.artifact AND v.key = k.ordinal WHERE x.kind ="
    " 'software' AND k.state = 'live' AND v.state = 'live' AND v.type = 'REG_MULTI_SZ' AND v.text IS NOT NULL AND k.path ="
    " '/Microsoft/Windows NT/CurrentVersion/Svchost' COLLATE NOCASE ORDER BY 1, 2, v.ordinal";

/* --- groups of svchost.exe --- */

static bool load_groups(struct db *db, struct service_judge *j) {
    struct db_query *q = db_prepare(db, groups_sql);
    bool good = q != NULL;
    while (good && j->group_count < GROUPS && db_step(q)) {
        struct group *group = &j->groups[j->group_count++];
        *group = (struct group){db_integer(q, 0), db_integer(q, 1), strdup(db_text(q, 2, NULL)),
                                strdup(db_text(q, 3, NULL))};
        good = group->name && group->services;
    }
    db_finish(q);
    return good;
}

static void free_groups(struct service_judge *j) {
    for (size_t i = 0; i < j->group_count; i++) {
        free(j->groups[i].name);
        free(j->groups[i].services);
    }
}

static bool has_line(const char *lines, const char *line) {
    size_t size = strlen(line);
    for (; *lines; lines += strcspn(lines, "\n"), lines += *lines == '\n')
        if (strcspn(lines, "\n") == size && strncasecmp(lines, line, size) == 0)
            return true;
    return false;
}

/* NULL where it is not known, or may be one of those that were left out. */
static const char *group_word(const struct service_judge *j, const struct service *s) {
    bool known = false;
    for (size_t i = 0; i < j->group_count; i++) {
        const struct group *group = &j->groups[i];
        if (group->evidence != s->evidence || group->volume != s->volume)
            continue;
        known = true;
        if (strcasecmp(group->name, s->group) == 0 && has_line(group->services, s->name))
            return "lists it";
    }
    return known && s->group[0] && j->group_count < GROUPS
               ? "does not list it, so that svchost.exe does not start it"
               : NULL;
}

/* --- weighing --- */

static bool set(struct finding *finding, enum severity severity, const char *summary) {
    finding->severity = severity;
    finding->summary = summary;
    return true;
}

static bool is_found(const struct service *s) {
    return strcmp(s->state, "found") == 0;
}

/* What svchost.exe loads is a part of Windows or of a product; an own program may be anybody's. */
static bool weigh_bad(const struct service *s, struct finding *finding) {
    bool foreign = strcmp(s->subject.state, "untrusted-root") == 0;
    switch (s->place) {
    case HOST_PLACE_OPEN:
        finding->strength = s->together ? STRENGTH_STRONG : STRENGTH_FIRM;
        return set(finding, foreign ? SEVERITY_MEDIUM : SEVERITY_HIGH,
                   s->library
                       ? "A service loads a library that no signature covers from where anybody can write"
                       : "A service runs a program that no signature covers from where anybody can write");
    case HOST_PLACE_SYSTEM:
    case HOST_PLACE_DRIVERS:
        return set(finding, s->library && !foreign ? SEVERITY_MEDIUM : SEVERITY_LOW,
                   s->library ? "A service loads a library in the Windows folder that no signature covers"
                              : "A service runs a program in the Windows folder that no signature covers");
    case HOST_PLACE_VENDOR:
    case HOST_PLACE_OTHER:
        return set(finding, s->library && !foreign ? SEVERITY_MEDIUM : SEVERITY_LOW,
                   s->library ? "A service loads a library that no signature covers from an unusual place"
                              : "A service runs a program that no signature covers from an unusual place") &&
               (s->library || s->place == HOST_PLACE_VENDOR);
    default:
        return false;
    }
}

static bool weigh_open(const struct service *s, struct finding *finding) {
    if (strcmp(s->state, "not testable") == 0) {
        finding->strength = STRENGTH_WEAK;
        return set(finding, SEVERITY_LOW,
                   "A service names a file where anybody can write; it cannot be looked at");
    }
    if (!is_found(s))
        return set(finding, SEVERITY_LOW, "A service names a file where anybody can write, and it is gone");
    return set(finding, s->together || s->library ? SEVERITY_MEDIUM : SEVERITY_LOW,
               "A service starts a file where anybody can write; of its signature nothing is known");
}

static bool weigh_command(const struct service *s, struct finding *finding) {
    if (host_command_of(s->image) == HOST_COMMAND_HIDDEN)
        return set(finding, SEVERITY_HIGH, "A service runs a command that hides what it does");
    return host_command_of(s->failure) == HOST_COMMAND_HIDDEN &&
           set(finding, SEVERITY_HIGH, "A service that fails runs a command that hides what it does");
}

/* False if nothing is to be said. */
static bool weigh(struct service *s, struct finding *finding) {
    finding->strength = STRENGTH_FIRM;
    s->by_command = weigh_command(s, finding);
    if (s->by_command)
        return true;
    if (host_is_masked(s->path) && s->subject.trust != HOST_TRUST_GOOD)
        return set(finding, s->subject.trust == HOST_TRUST_BAD ? SEVERITY_HIGH : SEVERITY_MEDIUM,
                   "A service starts a program that has the name of a part of Windows and lies elsewhere");
    if (is_found(s) && s->subject.trust == HOST_TRUST_BAD)
        return weigh_bad(s, finding);
    if (s->place == HOST_PLACE_OPEN && s->subject.trust != HOST_TRUST_GOOD)
        return weigh_open(s, finding);
    s->by_command = host_command_of(s->image) == HOST_COMMAND_SHELL && !s->library;
    return s->by_command && set(finding, SEVERITY_LOW, "A service runs a command of a shell");
}

/* --- telling --- */

static const char *start_word(const char *start) {
    static const char *const words[] = {"at boot", "with the system", "automatic", "on demand", "disabled"};
    return start[0] >= '0' && start[0] <= '4' && !start[1] ? words[start[0] - '0'] : start;
}

/* The finding that says as much of a file already, or 0. */
static uint64_t told_of(const struct service_judge *j, const struct service *s, enum severity severity) {
    int64_t artifact = s->by_command ? 0 : s->subject.artifact;
    for (size_t i = 0; artifact != 0 && i < j->own_count; i++)
        if (j->own[i].artifact == artifact && j->own[i].severity >= severity)
            return (uint64_t)j->own[i].finding;
    return artifact == 0 ? 0 : host_subjects_told(j->subjects, artifact, severity);
}

/* If the case is full, nothing was written and nothing is kept. */
static void keep_own(struct service_judge *j, int64_t artifact, enum severity severity) {
    db_reset(j->last);
    db_bind_integer(j->last, 1, artifact);
    if (j->own_count < MOST && db_step(j->last))
        j->own[j->own_count++] = (struct own){artifact, db_integer(j->last, 0), severity};
    db_reset(j->last);
}

static bool report(struct service_judge *j, const struct service *s, struct finding *finding) {
    struct host_moment born, written;
    char keys[32];
    host_moment(s->last_write, &written);
    snprintf(keys, sizeof keys, "%lld", (long long)s->keys);
    saying_detail(finding, "service", s->name);
    saying_detail(finding, "display name", s->display);
    saying_detail(finding, s->library ? "library" : "command", s->written);
    saying_detail(finding, "path", s->path);
    saying_detail(finding, "file", s->state);
    saying_detail(finding, "place", host_place_word(s->place));
    saying_detail(finding, "start", start_word(s->start));
    saying_detail(finding, "account", s->account);
    saying_detail(finding, "svchost's group", group_word(j, s));
    saying_detail(finding, "when it fails", s->failure);
    saying_detail(finding, "key written", written.text);
    saying_detail(finding, "services with it", s->keys > 1 ? keys : NULL);
    host_subject_detail(&s->subject, &born, finding);
    struct casefile_reference hive = {(uint64_t)s->hive, "registry hive"};
    bool found = s->subject.artifact != 0 && !s->by_command;
    j->written++;
    if (!saying_write(j->casefile, found ? s->subject.artifact : s->hive, finding, &hive, found))
        return false;
    if (found)
        keep_own(j, s->subject.artifact, finding->severity);
    return true;
}

static bool take(struct service_judge *j, struct db_query *q) {
    struct finding finding = {.detector = "service_odd"};
    struct service s = {.hive = db_integer(q, 0),
                        .name = db_text(q, 1, NULL),
                        .display = db_text(q, 2, NULL),
                        .account = db_text(q, 3, NULL),
                        .start = db_text(q, 4, NULL),
                        .image = db_text(q, 5, NULL),
                        .failure = db_text(q, 6, NULL),
                        .group = db_text(q, 7, NULL),
                        .written = db_text(q, 8, NULL),
                        .path = db_text(q, 9, NULL),
                        .state = db_text(q, 10, NULL),
                        .library = db_integer(q, 12) != 0,
                        .last_write = db_integer(q, 13),
                        .keys = db_integer(q, 14),
                        .evidence = db_integer(q, 16),
                        .volume = db_integer(q, 17)};
    if (!host_subjects_of(j->subjects, db_integer(q, 11), &s.subject))
        return false;
    s.place = host_place_of(s.path);
    s.together = host_apart(s.last_write, s.subject.born) <= HOST_TOGETHER;
    if (!weigh(&s, &finding))
        return true;
    uint64_t told = told_of(j, &s, finding.severity);
    if (told)
        return casefile_detail(j->casefile, told, "started by service", s.name);
    if (j->written >= MOST) {
        j->omitted++;
        return true;
    }
    return report(j, &s, &finding);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct service_judge *j = calloc(1, sizeof *j);
    (void)intel;
    if (!j)
        return false;
    j->casefile = casefile;
    j->subjects =
        host_subjects_open(db, "'dll_phantom', 'dll_sideload', 'file_disguised', 'signature_untrusted',"
                               " 'signature_distrusted', 'publisher_claim'");
    j->last = db_prepare(db, last_sql);
    struct db_query *q = db_prepare(db, rows_sql);
    bool good = j->subjects && j->last && q && load_groups(db, j);
    while (good && db_step(q))
        good = take(j, q);
    db_finish(q);
    db_finish(j->last);
    good = good && host_subjects_omitted(casefile, "service_odd", j->omitted);
    host_subjects_close(j->subjects);
    free_groups(j);
    free(j);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_service_odd = {
    .text =
        {
            .id = "service_odd",
            .title = "a service that is not like those of Windows and of products",
            .why =
                "A service comes back with every start and mostly has all rights. Told are services whose program or "
                "ServiceDll no signature covers and that lies where anybody can write, libraries that svchost.exe loads "
                "without any signature, programs with the name of a part of Windows in other places, and commands that "
                "hide what they do. What is trusted is silent, wherever it lies, but for commands that hide what they run.",
            .innocent =
                "Home-made services and free software are often unsigned: in an ordinary place of their own they are silent, "
                "in ProgramData low. Without the machine's catalogs Windows' own files are unknown, which is not unsigned. "
                "Tools that administer many machines at once do run encoded commands as services.",
            .verify =
                "sc qc SERVICE and sc qfailure SERVICE on the machine; signtool verify /v /a FILE; when was the key written, "
                "and what else happened then (assay timeline).",
            .attack = "T1543.003",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
