#include "base/filetime.h"
#include "judge/defender_exclusion.h"
#include "judge/removal_command.h"
#include "judge/saying.h"
#include "model/judge.h"

#include <strings.h>

enum { FINDINGS = 200 /* of one kind */, SETTINGS = 20 /* told of one hive or log, of each weight */ };

/* What was asked, and what it means. Of hives, values come first: keys have an index by their number, values
 * none by their key. `sql` yields artifact, first and last time, how often, what, who,
 * severity, strength; equal ones in one row. */
struct ask {
    const char *summary, *what, *innocent, *sql;
    enum { ALONE, GROUPED } telling; /* GROUPED: of one hive or log in one finding; rows by artifact */
};

#define TIME "coalesce(time, written)"
#define IMPORTANT                                                                                             \
    "('Security', 'System', 'Application', 'Windows PowerShell', 'Microsoft-Windows-PowerShell/Operational'," \
    " 'Microsoft-Windows-Sysmon/Operational', 'Microsoft-Windows-CodeIntegrity/Operational',"                 \
    " 'Microsoft-Windows-Windows Defender/Operational', 'Microsoft-Windows-TaskScheduler/Operational')"
/* When the system of each volume was installed, in seconds of Unix. */
#define INSTALLED                                                                                                  \
    "SELECT a.volume AS volume, max(CAST(v.text AS INTEGER)) AS installed FROM hive_value v CROSS JOIN hive_key k" \
    " ON k.artifact = v.artifact AND k.ordinal = v.key JOIN artifact a ON a.id = v.artifact WHERE k.path ="        \
    " '/Microsoft/Windows NT/CurrentVersion' AND k.state = 'live' AND v.name = 'InstallDate' GROUP BY a.volume"
#define DEFENDER "'Microsoft-Windows-Windows Defender'"
#define SECURITY "'Microsoft-Windows-Security-Auditing'"
static const struct ask asks[] = {
    {"An event log was cleared", "log",
     "Clearing is done by hand or by a script: before an image is made, in a lab, to free room.",
     "WITH first AS MATERIALIZED (SELECT artifact, min(number) AS number FROM event GROUP BY artifact),"
     " installed AS MATERIALIZED (" INSTALLED ")"
     " SELECT artifact, min(" TIME "), max(" TIME
     "), count(DISTINCT number), what, max(who), CASE WHEN begins THEN 0 WHEN"
     " what IN " IMPORTANT " THEN 2 ELSE 1 END AS severity, 1 FROM (SELECT e.*, coalesce(json_extract(data,"
     " '$.LogFileCleared.Channel'), CASE event_id WHEN 1102 THEN 'Security' ELSE 'not told' END) AS what,"
     " json_extract(data, '$.LogFileCleared.SubjectUserName') AS who, e.number = f.number AND i.installed IS NOT NULL AND"
     " coalesce(json_extract(data, '$.LogFileCleared.SubjectUserSid') = 'S-1-5-18', json_extract(data,"
     " '$.LogFileCleared.SubjectUserName') = 'SYSTEM', 0) AND abs(coalesce(e.time, e.written) - (i.installed + 11644473600)"
     " * 10000000) <= 864000000000 AS begins FROM event e JOIN artifact a ON a.id = e.artifact JOIN first f ON f.artifact ="
     " e.artifact LEFT JOIN installed i ON i.volume = a.volume WHERE event_id IN (104, 1102) AND provider ="
     " 'Microsoft-Windows-Eventlog') GROUP BY artifact, what, severity",
     ALONE},
    {"Records are missing inside of an event log", "log",
     "A log that was copied while it was written to may lack some; then this is weak.",
     "SELECT g.artifact, min(g.last_time), max(coalesce(g.next_time, g.last_time)), sum(g.next_number - g.last_number - 1),"
     " l.channel, NULL, CASE WHEN l.channel IN " IMPORTANT
     " THEN 2 ELSE 1 END, CASE WHEN coalesce(l.dirty, 1) THEN 0 ELSE 1"
     " END FROM event_gap g JOIN event_log l ON l.artifact = g.artifact WHERE l.damaged_chunks = 0 AND l.broken = 0 AND"
     " g.next_number > g.last_number GROUP BY g.artifact",
     ALONE},
    {"Auditing was reduced", "changes",
     "Group policy changes auditing as the system (S-1-5-18): then this is weak.",
     "SELECT artifact, min(" TIME "), max(" TIME
     "), count(*), json_extract(data, '$.SubcategoryGuid') || ' ' ||"
     " json_extract(data, '$.AuditPolicyChanges') AS what, max(json_extract(data, '$.SubjectUserName')), CASE"
     " json_extract(data, '$.SubjectUserSid') WHEN 'S-1-5-18' THEN 1 ELSE 2 END AS severity, CASE json_extract(data,"
     " '$.SubjectUserSid') WHEN 'S-1-5-18' THEN 0 ELSE 1 END FROM event WHERE event_id = 4719 AND provider = " SECURITY
     " AND (instr(json_extract(data, '$.AuditPolicyChanges'), '%%8448') > 0 OR instr(json_extract(data,"
     " '$.AuditPolicyChanges'), '%%8450') > 0) GROUP BY artifact, what, severity",
     ALONE},
    {"Windows Defender was switched off", "event",
     "Another product against malware switches it off; so does whoever tests something.",
     "SELECT artifact, min(" TIME "), max(" TIME
     "), count(*), CASE event_id WHEN 5001 THEN '5001 real-time protection' WHEN"
     " 5010 THEN '5010 scanning for unwanted software' ELSE '5012 scanning for viruses' END, max(user), 2, 1 FROM event"
     " WHERE event_id IN (5001, 5010, 5012) AND provider = " DEFENDER " GROUP BY artifact, event_id",
     ALONE},
    {"Windows Defender was told to look away", "setting",
     "Products that are slowed down by it exclude their folders, and programmers their sources.",
     "SELECT artifact, min(" TIME "), max(" TIME
     "), count(*), what, max(user), CASE WHEN what LIKE '%\\Disable%' THEN 2"
     " ELSE 1 END, 1 FROM (SELECT *, coalesce(json_extract(data, '$.\"New Value\"'), json_extract(data,"
     " '$.NewValue')) AS what FROM event WHERE event_id = 5007 AND provider = " DEFENDER ") WHERE what LIKE"
     " '%\\Windows Defender\\Exclusions\\%' OR what LIKE '%\\DisableAntiSpyware = 0x1' OR what LIKE"
     " '%\\DisableRealtimeMonitoring = 0x1' OR what LIKE '%\\DisableBehaviorMonitoring = 0x1' OR what LIKE"
     " '%\\DisableIOAVProtection = 0x1' GROUP BY artifact, what ORDER BY artifact, what",
     GROUPED},
    {"Windows Defender is told to look away", "setting",
     "Products that are slowed down by it exclude their folders, and programmers their sources.",
     "SELECT artifact, max(last_write), max(last_write), 1, what, NULL, 1, 1 FROM"
     " (SELECT k.artifact AS artifact, k.last_write AS last_write, replace(replace(k.path, '/', '\\') || '\\' || v.name,"
     " '\\\\', '\\') || ' = ' AS what FROM hive_value v CROSS JOIN hive_key k ON k.artifact = v.artifact AND k.ordinal = v.key"
     " WHERE (k.path LIKE '/Microsoft/Windows Defender/Exclusions/%' OR k.path LIKE '/Policies/Microsoft/Windows"
     " Defender/Exclusions/%') AND v.name <> '' AND k.state <> 'deleted') GROUP BY artifact, what ORDER BY artifact, what",
     GROUPED},
    {"Windows Defender is switched off by a policy", "setting",
     "Administrators do so where another product against malware is in use.",
     "SELECT k.artifact, max(k.last_write), max(k.last_write), 1, v.name AS what, NULL, 1, 1 FROM hive_value v CROSS JOIN hive_key k"
     " ON k.artifact = v.artifact AND k.ordinal = v.key WHERE k.path LIKE '/Policies/Microsoft/Windows Defender%' AND v.name"
     " IN ('DisableAntiSpyware', 'DisableAntiVirus', 'DisableRealtimeMonitoring', 'DisableBehaviorMonitoring',"
     " 'DisableIOAVProtection', 'DisableOnAccessProtection') AND v.text = '1' AND k.state = 'live' GROUP BY k.artifact, what",
     ALONE},
    {"Windows Defender found malware", "threat",
     "It also finds test files, hacking tools that somebody may have, and now and then something harmless.",
     "SELECT artifact, min(" TIME "), max(" TIME
     "), count(*), coalesce(json_extract(data, '$.\"Threat Name\"'), 'not told')"
     " || ', ' || coalesce(json_extract(data, '$.Path'), 'path not told') AS what, max(json_extract(data, '$.\"Detection"
     " User\"')), 2, 1 FROM event WHERE event_id IN (1116, 1117) AND provider = " DEFENDER
     " GROUP BY artifact, what",
     ALONE},
    {"The change journal of the system's volume was begun anew", "begun",
     "It is made anew if it was damaged or its size was changed; volumes that were laid down from an image get theirs "
     "later.",
     "SELECT j.id, m.si_created, j.si_created, 1, 'volume made, journal made', NULL, 1, CASE WHEN i.installed IS NULL THEN 0"
     " ELSE 1 END FROM artifact j JOIN artifact m ON m.volume = j.volume AND m.record = 0 AND m.name = '$MFT' AND m.stream IS"
     " NULL LEFT JOIN (" INSTALLED ") i ON i.volume = j.volume WHERE"
     " j.name = '$UsnJrnl' AND j.stream = '$J' AND j.flags & 2 = 0 AND m.si_created > 0 AND j.si_created > m.si_created +"
     " 1728000000000 AND (i.installed IS NULL OR j.si_created > (i.installed + 11644473600) * 10000000 + 1728000000000) AND"
     " EXISTS (SELECT 1 FROM artifact s JOIN folder o ON o.id = s.folder WHERE s.volume = j.volume AND lower(o.path) ="
     " '/windows/system32/config' AND lower(s.name) = 'system')",
     ALONE},
};

static bool report(struct casefile *casefile, const struct ask *ask, struct db_query *q) {
    char first[FILETIME_TEXT], last[FILETIME_TEXT], count[24];
    filetime_text((uint64_t)db_integer(q, 1), first);
    filetime_text((uint64_t)db_integer(q, 2), last);
    snprintf(count, sizeof count, "%lld", (long long)db_integer(q, 3));
    struct finding finding = {.detector = "evidence_removed",
                              .severity = (enum severity)db_integer(q, 6),
                              .strength = (enum strength)db_integer(q, 7),
                              .summary = ask->summary};
    saying_detail(&finding, ask->what, db_text(q, 4, NULL));
    saying_detail(&finding, "by", db_text(q, 5, NULL));
    saying_detail(&finding, "how many", count);
    saying_detail(&finding, "first", db_integer(q, 1) > 0 ? first : NULL);
    saying_detail(&finding, "last", db_integer(q, 2) != db_integer(q, 1) ? last : NULL);
    saying_detail(&finding, "innocent if", ask->innocent);
    return saying_write(casefile, db_integer(q, 0), &finding, NULL, 0);
}

static bool tell_rest(struct casefile *casefile, const char *summary, uint64_t count) {
    char text[200];
    if (count <= FINDINGS)
        return true;
    snprintf(text, sizeof text, "%s: %llu more times", summary, (unsigned long long)(count - FINDINGS));
    struct finding finding = {.detector = "evidence_removed",
                              .severity = SEVERITY_INFO,
                              .strength = STRENGTH_FIRM,
                              .summary = text};
    return casefile_finding(casefile, (struct casefile_place){.evidence = 1}, &finding, NULL, 0);
}

/* Settings of one hive or log. The grave ones come first. */
struct group {
    int64_t artifact;
    uint64_t first, last;
    enum severity severity;
    size_t count, grave;
    struct text grave_ones, others, by;
};

static void add(struct text *list, const char *what, size_t told) {
    if (told >= SETTINGS)
        return;
    text_add(list, told > 0 ? "; " : "");
    text_add(list, what);
}

static bool tell_group(struct casefile *casefile, const struct ask *ask, struct group *group) {
    char first[FILETIME_TEXT], last[FILETIME_TEXT], count[24];
    if (group->count == 0)
        return true;
    filetime_text(group->first, first);
    filetime_text(group->last, last);
    snprintf(count, sizeof count, "%zu", group->count);
    struct finding finding = {.detector = "evidence_removed",
                              .severity = group->severity,
                              .strength = STRENGTH_FIRM,
                              .summary = ask->summary};
    saying_detail(&finding, "how many", count);
    saying_detail(&finding, "by", group->by.size > 0 ? text_string(&group->by) : NULL);
    saying_detail(&finding, "first", group->first > 0 ? first : NULL);
    saying_detail(&finding, "last", group->last != group->first ? last : NULL);
    saying_detail(&finding, "innocent if", ask->innocent);
    saying_detail(&finding, ask->what, text_string(&group->grave_ones));
    saying_detail(&finding, ask->what, text_string(&group->others));
    return !group->grave_ones.full && !group->others.full &&
           saying_write(casefile, group->artifact, &finding, NULL, 0);
}

static void take(struct group *group, struct db_query *q) {
    const char *what = db_text(q, 4, NULL);
    enum severity severity =
        defender_exclusion_is_broad(what) ? SEVERITY_MEDIUM : (enum severity)db_integer(q, 6);
    uint64_t first = (uint64_t)db_integer(q, 1), last = (uint64_t)db_integer(q, 2);
    bool grave = severity > SEVERITY_LOW;
    if (group->count == 0 || group->artifact != db_integer(q, 0)) {
        text_clear(&group->grave_ones);
        text_clear(&group->others);
        text_clear(&group->by);
        text_add(&group->by, db_text(q, 5, NULL));
        *group = (struct group){.artifact = db_integer(q, 0),
                                .first = first,
                                .grave_ones = group->grave_ones,
                                .others = group->others,
                                .by = group->by};
    }
    add(grave ? &group->grave_ones : &group->others, what,
        grave ? group->grave : group->count - group->grave);
    group->first = first && first < group->first ? first : group->first;
    group->last = last > group->last ? last : group->last;
    group->severity = severity > group->severity ? severity : group->severity;
    group->count++;
    group->grave += grave;
}

static bool judge_groups(struct casefile *casefile, const struct ask *ask) {
    struct db_query *q = db_prepare(casefile_db(casefile), ask->sql);
    struct group group = {0};
    bool good = q != NULL;
    while (good && db_step(q)) {
        if (group.artifact != db_integer(q, 0))
            good = tell_group(casefile, ask, &group);
        take(&group, q);
    }
    good = good && tell_group(casefile, ask, &group);
    db_finish(q);
    text_free(&group.grave_ones);
    text_free(&group.others);
    text_free(&group.by);
    return good;
}

static bool judge_ask(struct casefile *casefile, const struct ask *ask) {
    struct db_query *q = db_prepare(casefile_db(casefile), ask->sql);
    uint64_t count = 0;
    bool good = q != NULL;
    while (good && db_step(q))
        good = count++ >= FINDINGS || report(casefile, ask, q);
    db_finish(q);
    return good && tell_rest(casefile, ask->summary, count);
}

/* --- commands --- */

static const char commands_sql[] =
    "SELECT artifact, " TIME
    ", number, json_extract(data, '$.CommandLine'), coalesce(json_extract(data, '$.User'),"
    " json_extract(data, '$.SubjectUserName')) FROM event WHERE data IS NOT NULL AND ((event_id = 4688 AND provider = " SECURITY
    ") OR (event_id = 1 AND provider = 'Microsoft-Windows-Sysmon')) ORDER BY artifact, ordinal";

static bool report_command(struct casefile *casefile, const char *summary, struct db_query *q,
                           const char *line) {
    char time[FILETIME_TEXT], number[24];
    filetime_text((uint64_t)db_integer(q, 1), time);
    snprintf(number, sizeof number, "%lld", (long long)db_integer(q, 2));
    struct finding finding = {.detector = "evidence_removed",
                              .severity = SEVERITY_MEDIUM,
                              .strength = STRENGTH_FIRM,
                              .summary = summary};
    saying_detail(&finding, "command", line);
    saying_detail(&finding, "by", db_text(q, 4, NULL));
    saying_detail(&finding, "first", time);
    saying_detail(&finding, "record", number);
    saying_detail(
        &finding, "innocent if",
        "Programs for backup delete old shadow copies, and administrators do all of this by scripts.");
    return saying_write(casefile, db_integer(q, 0), &finding, NULL, 0);
}

static bool judge_commands(struct casefile *casefile) {
    struct db_query *q = db_prepare(casefile_db(casefile), commands_sql);
    uint64_t count = 0;
    char line[REMOVAL_COMMAND + 1];
    bool good = q != NULL;
    while (good && db_step(q)) {
        if (snprintf(line, sizeof line, "%s", db_text(q, 3, NULL)) > REMOVAL_COMMAND)
            for (size_t end = REMOVAL_COMMAND; end > 0 && (unsigned char)line[end - 1] & 0x80;)
                line[--end] = 0; /* perhaps half a character */
        const char *summary = removal_command(line);
        if (summary)
            good = count++ >= FINDINGS || report_command(casefile, summary, q, line);
    }
    db_finish(q);
    return good && tell_rest(casefile, "Traces were removed by a command", count);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    bool good = true;
    (void)intel;
    for (size_t i = 0; good && i < sizeof asks / sizeof asks[0]; i++)
        good = asks[i].telling == GROUPED ? judge_groups(casefile, &asks[i]) : judge_ask(casefile, &asks[i]);
    return good && judge_commands(casefile) && casefile_error(casefile)[0] == 0;
}

const struct judge judge_evidence_removed = {
    .text =
        {
            .id = "evidence_removed",
            .title = "traces were removed, or nobody was to make any",
            .why =
                "Who was here may have cleared event logs (1102, 104), taken records out of them, reduced auditing (4719), "
                "deleted shadow copies or the change journal, and told Windows Defender to look away (5001, 5007, the "
                "registry). What such a log does not tell may have happened. What Defender found (1116, 1117) is told, too.",
            .innocent =
                "Administrators, installers, products against malware and programs for backup do each of these things, too; "
                "each finding says which. Numbers that are missing in a damaged log are not told.",
            .verify =
                "wevtutil qe LOG /lf (or any reader of evtx) shows the records before and behind; look who was logged on, and "
                "what else happened at that time (assay timeline).",
            .attack = "T1070",
            .severity = SEVERITY_MEDIUM,
        },
    .judge = judge,
};
