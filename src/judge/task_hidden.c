#include "judge/host_path.h"
#include "judge/host_subject.h"
#include "model/judge.h"

enum { MOST = 100 /* hidden tasks that are told */, NAMED = 10 /* tasks that a summary names */ };

#define TREE "/Microsoft/Windows NT/CurrentVersion/Schedule/TaskCache/Tree"

/* Tasks of live keys, which have an Id; folders have none. Before Windows 8 no key has SD: so it is missed
 * only where most have one. */
#define TASKS                                                                                                              \
    "WITH leaf AS MATERIALIZED (SELECT k.artifact AS hive, k.ordinal, substr(k.path, length('" TREE                        \
    "') + 1) AS name,"                                                                                                     \
    " coalesce(k.last_write, 0) AS last_write, max(v.name = 'Id' COLLATE NOCASE) AS id, max(v.name = 'SD' COLLATE NOCASE)" \
    " AS sd, max(v.name = 'Index' COLLATE NOCASE AND v.text = '0') AS zero, a.evidence AS e, coalesce(a.volume, 0) AS v,"  \
    " coalesce(x.complete, 0) AS complete FROM hive x JOIN artifact a ON a.id = x.artifact LEFT JOIN volume d ON d.id ="   \
    " a.volume JOIN hive_key k ON k.artifact = x.artifact JOIN hive_value v ON v.artifact = k.artifact AND v.key ="        \
    " k.ordinal WHERE x.kind = 'software' AND a.flags & 2 = 0 AND d.shadow IS NULL AND k.state = 'live' AND v.state ="     \
    " 'live' AND k.path LIKE '" TREE "/%' GROUP BY 1, 2 HAVING max(v.name = 'Id' COLLATE NOCASE))"

static const char leaves_sql[] = TASKS
    ", usual AS MATERIALIZED (SELECT hive, 2 * sum(sd) > count(*) AS yes FROM leaf GROUP BY 1)"
    " SELECT l.hive, l.name, l.last_write, NOT l.sd AND u.yes AND l.complete, l.zero FROM leaf l JOIN usual u ON u.hive ="
    " l.hive ORDER BY l.hive, l.ordinal";

/* Files of tasks that no key names, where all keys of a machine are known. */
static const char files_sql[] = TASKS
    ", file AS MATERIALIZED (SELECT a.id, a.evidence AS e, coalesce(a.volume, 0) AS v, o.path || '/' || a.name AS path,"
    " instr(lower(o.path || '/'), '/system32/tasks/') AS at FROM task t JOIN artifact a ON a.id = t.artifact JOIN folder o"
    " ON o.id = a.folder LEFT JOIN volume d ON d.id = a.volume WHERE a.flags & 2 = 0 AND d.shadow IS NULL AND a.stream IS"
    " NULL), known AS MATERIALIZED (SELECT DISTINCT hive, e, v FROM leaf WHERE complete = 1),"
    " names AS MATERIALIZED (SELECT DISTINCT e, v, lower(name) AS name FROM leaf)"
    " SELECT min(k.hive), f.id, substr(f.path, f.at + 15) FROM file f JOIN known k ON k.e = f.e AND k.v = f.v LEFT JOIN"
    " names n ON n.e = f.e AND n.v = f.v AND n.name = lower(substr(f.path, f.at + 15)) WHERE f.at > 0 AND n.name IS NULL"
    " GROUP BY f.id ORDER BY 1, 2";

/* Tasks of one hive that are told together. */
struct group {
    int64_t hive;
    size_t count;
    struct text names;
};

struct task_judge {
    struct casefile *casefile;
    struct host_paths *paths;
    struct group missing, alone;
    size_t written, omitted;
};

/* --- those that are told together --- */

static bool tell_group(struct task_judge *j, struct group *group, const char *summary) {
    char count[32];
    struct finding finding = {
        .detector = "task_hidden", .severity = SEVERITY_LOW, .strength = STRENGTH_WEAK, .summary = summary};
    snprintf(count, sizeof count, "%zu", group->count);
    saying_detail(&finding, "tasks", text_string(&group->names));
    saying_detail(&finding, "how many", count);
    bool good = group->count == 0 || saying_write(j->casefile, group->hive, &finding, NULL, 0);
    group->count = 0;
    text_clear(&group->names);
    return good;
}

static bool add(struct task_judge *j, struct group *group, const char *summary, int64_t hive,
                const char *name) {
    if (group->hive != hive && !tell_group(j, group, summary))
        return false;
    group->hive = hive;
    if (group->count++ < NAMED)
        text_format(&group->names, "%s%s", group->count > 1 ? "\n" : "", name);
    return true;
}

static const char missing[] =
    "Tasks of the registry have no file; what removed it, or made them without, is not known";
static const char alone[] =
    "Files of tasks are not in the registry, so they are not run; tasks were removed or never registered";

/* --- those that are hidden --- */

static bool tell_hidden(struct task_judge *j, struct db_query *q, bool sd, bool zero, bool gone) {
    struct host_moment written;
    struct finding finding = {.detector = "task_hidden",
                              .severity = gone ? SEVERITY_HIGH : SEVERITY_MEDIUM,
                              .strength = gone ? STRENGTH_STRONG : STRENGTH_FIRM,
                              .summary =
                                  gone ? "A task is hidden from programs that list them, and its file is gone"
                                       : "A task is hidden from programs that list them"};
    if (j->written == MOST) {
        j->omitted++;
        return true;
    }
    j->written++;
    host_moment(db_integer(q, 2), &written);
    saying_detail(&finding, "task", db_text(q, 1, NULL));
    saying_detail(&finding, "value SD", sd ? "missing, and most other tasks have one" : NULL);
    saying_detail(&finding, "value Index", zero ? "0" : NULL);
    saying_detail(&finding, "file", gone ? "not there" : NULL);
    saying_detail(&finding, "key written", written.text);
    return saying_write(j->casefile, db_integer(q, 0), &finding, NULL, 0);
}

/* Is its file not where it belongs, and is that known? */
static bool is_gone(struct task_judge *j, int64_t hive, const char *name, bool *ret) {
    struct text path = {0};
    struct host host;
    struct host_path answer = {0};
    text_format(&path, "\\SystemRoot\\System32\\Tasks%s", name);
    bool good = !path.full && host_paths_host(j->paths, hive, &host) &&
                host_paths_find(j->paths, &host, HOST_PATH_FILE, text_string(&path), path.size, &answer);
    *ret = answer.state == HOST_PATH_ABSENT || answer.state == HOST_PATH_DELETED;
    text_free(&path);
    return good;
}

static bool take(struct task_judge *j, struct db_query *q) {
    bool gone, sd = db_integer(q, 3), zero = db_integer(q, 4);
    const char *name = db_text(q, 1, NULL);
    if (!is_gone(j, db_integer(q, 0), name, &gone))
        return false;
    if (sd || zero)
        return tell_hidden(j, q, sd, zero, gone);
    return !gone || add(j, &j->missing, missing, db_integer(q, 0), name);
}

/* --- all --- */

static bool each(struct task_judge *j, struct db *db) {
    struct db_query *leaves = db_prepare(db, leaves_sql), *files = db_prepare(db, files_sql);
    bool good = leaves && files;
    while (good && db_step(leaves)) {
        j->paths = j->paths ? j->paths : host_paths_open(db);
        good = j->paths && take(j, leaves);
    }
    while (good && db_step(files))
        good = add(j, &j->alone, alone, db_integer(files, 0), db_text(files, 2, NULL));
    db_finish(leaves);
    db_finish(files);
    return good && tell_group(j, &j->missing, missing) && tell_group(j, &j->alone, alone) &&
           host_subjects_omitted(j->casefile, "task_hidden", j->omitted);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct task_judge j = {.casefile = casefile};
    (void)intel;
    bool good = each(&j, db);
    host_paths_close(j.paths);
    text_free(&j.missing.names);
    text_free(&j.alone.names);
    return good && db_error(db)[0] == 0 && casefile_error(casefile)[0] == 0;
}

const struct judge judge_task_hidden = {
    .text =
        {
            .id = "task_hidden",
            .title =
                "a scheduled task that is hidden, or that the registry and the folder of tasks do not agree on",
            .why =
                "Windows runs tasks by what the registry holds of them. One whose key below TaskCache\\Tree lost its value SD, or "
                "whose Index is 0, is run and in no list, also not in that of schtasks: so did the malware Tarrask. Its file may "
                "have been removed, too. Where the whole folder of tasks was collected, tasks without a file are told, and files "
                "that no key names; both are weak alone.",
            .innocent =
                "Restored or upgraded systems have tasks of which a part is missing; programs for cleaning remove files. Windows "
                "before 8 has no SD there and is not judged by it.",
            .verify =
                "The key in the hive, with its last write, and the key of its Id below TaskCache\\Tasks: what it runs, and since "
                "when; the event log Microsoft-Windows-TaskScheduler/Operational, 106, 140, 141.",
            .attack = "T1053.005",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
