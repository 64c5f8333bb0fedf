#include "judge/execution_traces.h"

#include <stdlib.h>
#include <strings.h>

/* What names a path, and what it says: `sql` yields artifact and ordinal of the row, path, first and last
 * time, how often, by whom. */
static const struct source {
    const char *word;
    enum execution_kind kind;
    enum host_path_kind path;
    const char *sql;
} sources[] = {
    {"prefetch", EXECUTION_EXECUTED, HOST_PATH_FILE,
     "SELECT x.artifact, 0, coalesce(x.path, ''), x.earlier_runs, x.last_run, x.runs, CASE WHEN x.path IS NULL THEN x.name"
     " ELSE '' END FROM (SELECT p.*, (SELECT f.path FROM prefetch_file f WHERE f.artifact = p.artifact AND (substr(f.path,"
     " -length(p.name) - 1) = '\\' || p.name OR (length(p.name) = 29 AND instr(f.path, '\\' || p.name) > 0)) LIMIT 1) AS"
     " path FROM prefetch p) x ORDER BY x.artifact"},
    {"prefetch_file", EXECUTION_LOADED, HOST_PATH_FILE,
     "SELECT f.artifact, f.ordinal, f.path, NULL, p.last_run, 1, p.name FROM prefetch p JOIN prefetch_file f ON"
     " f.artifact = p.artifact WHERE (f.path LIKE '%.DLL' OR f.path LIKE '%.EXE' OR f.path LIKE '%.OCX' OR f.path LIKE"
     " '%.CPL' OR f.path LIKE '%.AX' OR f.path LIKE '%.DRV' OR f.path LIKE '%.NODE' OR f.path LIKE '%.PYD') AND"
     " substr(f.path, -length(p.name) - 1) <> '\\' || p.name ORDER BY f.artifact, f.ordinal"},
    {"bam", EXECUTION_EXECUTED, HOST_PATH_FILE,
     "SELECT artifact, ordinal, path, NULL, last_run, 1, user FROM bam WHERE instr(path, '\\') > 0 ORDER BY artifact, ordinal"},
    {"userassist", EXECUTION_EXECUTED, HOST_PATH_FILE,
     "SELECT artifact, ordinal, name, NULL, last_run, runs, '' FROM userassist WHERE (runs > 0 OR last_run IS NOT NULL)"
     " AND instr(name, '\\') > 0 AND name NOT LIKE '%.lnk' ORDER BY artifact, ordinal"},
    {"shimcache", EXECUTION_PRESENT, HOST_PATH_FILE,
     "SELECT artifact, ordinal, path, NULL, NULL, 1, '' FROM shimcache WHERE instr(path, char(9)) = 0 ORDER BY artifact, ordinal"},
    {"amcache", EXECUTION_PRESENT, HOST_PATH_FILE,
     "SELECT artifact, ordinal, path, NULL, key_time, 1, coalesce(service, '') FROM amcache WHERE path IS NOT NULL ORDER BY"
     " artifact, ordinal"},
    {"lnk", EXECUTION_PRESENT, HOST_PATH_FILE,
     "SELECT artifact, 0, path, NULL, NULL, 1, '' FROM lnk WHERE path LIKE '%.exe' OR path LIKE '%.dll' OR path LIKE '%.sys'"
     " OR path LIKE '%.com' OR path LIKE '%.scr' ORDER BY artifact"},
    {"event 4688", EXECUTION_EXECUTED, HOST_PATH_FILE,
     "SELECT artifact, ordinal, json_extract(data, '$.NewProcessName'), coalesce(time, written), coalesce(time, written),"
     " 1 - slack, json_extract(data, '$.SubjectUserName') FROM event WHERE event_id = 4688 AND provider ="
     " 'Microsoft-Windows-Security-Auditing' ORDER BY artifact, ordinal"},
    {"sysmon 1", EXECUTION_EXECUTED, HOST_PATH_FILE,
     "SELECT artifact, ordinal, json_extract(data, '$.Image'), coalesce(time, written), coalesce(time, written), 1 - slack,"
     " json_extract(data, '$.User') FROM event WHERE event_id = 1 AND provider = 'Microsoft-Windows-Sysmon' ORDER BY"
     " artifact, ordinal"},
    {"sysmon 6", EXECUTION_LOADED, HOST_PATH_DRIVER,
     "SELECT artifact, ordinal, json_extract(data, '$.ImageLoaded'), coalesce(time, written), coalesce(time, written), 1 -"
     " slack, json_extract(data, '$.Signature') FROM event WHERE event_id = 6 AND provider = 'Microsoft-Windows-Sysmon'"
     " ORDER BY artifact, ordinal"},
    {"sysmon 7", EXECUTION_LOADED, HOST_PATH_FILE,
     "SELECT artifact, ordinal, json_extract(data, '$.ImageLoaded'), coalesce(time, written), coalesce(time, written), 1 -"
     " slack, json_extract(data, '$.Image') FROM event WHERE event_id = 7 AND provider = 'Microsoft-Windows-Sysmon' ORDER"
     " BY artifact, ordinal"},
    {"codeintegrity 3001", EXECUTION_LOADED, HOST_PATH_DRIVER,
     "SELECT artifact, ordinal, json_extract(data, '$.FileNameBuffer'), coalesce(time, written), coalesce(time, written), 1"
     " - slack, '' FROM event WHERE event_id = 3001 AND provider = 'Microsoft-Windows-CodeIntegrity' ORDER BY artifact,"
     " ordinal"},
    {"event 7045", EXECUTION_PRESENT, HOST_PATH_COMMAND,
     "SELECT artifact, ordinal, json_extract(data, '$.ImagePath'), coalesce(time, written), coalesce(time, written), 1 -"
     " slack, json_extract(data, '$.ServiceName') FROM event WHERE event_id = 7045 AND provider = 'Service Control"
     " Manager' ORDER BY artifact, ordinal"},
    {"event 4697", EXECUTION_PRESENT, HOST_PATH_COMMAND,
     "SELECT artifact, ordinal, json_extract(data, '$.ServiceFileName'), coalesce(time, written), coalesce(time, written),"
     " 1 - slack, json_extract(data, '$.ServiceName') FROM event WHERE event_id = 4697 AND provider ="
     " 'Microsoft-Windows-Security-Auditing' ORDER BY artifact, ordinal"},
    {"event 7040", EXECUTION_CHANGED, HOST_PATH_FILE,
     "SELECT artifact, ordinal, '', coalesce(time, written), coalesce(time, written), 1 - slack,"
     " coalesce(json_extract(data, '$.param4'), json_extract(data, '$.param1')) || ': ' || json_extract(data, '$.param2')"
     " || ', now ' || json_extract(data, '$.param3') FROM event WHERE event_id = 7040 AND provider = 'Service Control"
     " Manager' ORDER BY artifact, ordinal"},
};

enum { SOURCES = sizeof sources / sizeof sources[0], PREFETCH = 0, USERASSIST = 3 };

_Static_assert(SOURCES < 256, "a byte each");

struct gathering {
    struct execution_traces *to;
    struct host_paths *paths;
    struct host host; /* of the artifact `traced` */
    uint32_t number;  /* its number */
    int64_t traced;
    bool known;
    struct text name;
};

const char *execution_traces_kind(unsigned kind) {
    static const char *const words[] = {"executed", "loaded", "present", "changed"};
    return kind < EXECUTION_KINDS ? words[kind] : "?";
}

const char *execution_traces_source(unsigned source) {
    return source < SOURCES ? sources[source].word : "?";
}

const char *execution_traces_path(const struct execution_traces *traces,
                                  const struct execution_trace *trace) {
    return traces->texts.data + trace->path;
}

const char *execution_traces_detail(const struct execution_traces *traces,
                                    const struct execution_trace *trace) {
    return trace->detail ? traces->texts.data + trace->detail : "";
}

void execution_traces_free(struct execution_traces *traces) {
    free(traces->list);
    free(traces->hosts);
    free(traces->slots);
    text_free(&traces->texts);
    *traces = (struct execution_traces){0};
}

const struct execution_host *execution_traces_host(const struct execution_traces *traces, int64_t evidence,
                                                   int64_t volume) {
    for (size_t i = 0; i < traces->host_count; i++)
        if (traces->hosts[i].evidence == evidence && traces->hosts[i].volume == volume)
            return &traces->hosts[i];
    return NULL;
}

/* --- machines --- */

static uint32_t number_of(struct execution_traces *to, const struct host *host) {
    size_t i = 0;
    while (i < to->host_count &&
           (to->hosts[i].evidence != host->evidence || to->hosts[i].volume != host->volume))
        i++;
    if (i == EXECUTION_HOSTS)
        return EXECUTION_HOSTS - 1;
    if (i == to->host_count)
        to->hosts[to->host_count++] = (struct execution_host){
            .evidence = host->evidence, .volume = host->volume, .placed = host->placed};
    return (uint32_t)i;
}

static bool use_host(struct gathering *g, int64_t traced) {
    if (g->known && g->traced == traced)
        return true;
    if (!host_paths_host(g->paths, traced, &g->host))
        return false;
    g->number = number_of(g->to, &g->host);
    g->traced = traced;
    g->known = true;
    return true;
}

/* --- traces --- */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static uint64_t hash_of(const struct execution_trace *trace, const char *path, size_t size) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)trace->host << 16 ^ (uint64_t)trace->source << 8;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)lower(path[i])) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static bool grow_slots(struct execution_traces *to) {
    size_t count = to->slot_count ? 2 * to->slot_count : 4096;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < to->count; i++) {
        const char *path = execution_traces_path(to, &to->list[i]);
        size_t at = hash_of(&to->list[i], path, strlen(path)) & (count - 1);
        while (slots[at])
            at = (at + 1) & (count - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(to->slots);
    to->slots = slots;
    to->slot_count = count;
    return true;
}

/* Where what is known of this path by this source stands, or where it would. */
static uint32_t *slot_of(struct execution_traces *to, const struct execution_trace *trace, const char *path,
                         size_t size) {
    size_t at = hash_of(trace, path, size) & (to->slot_count - 1);
    for (; to->slots[at]; at = (at + 1) & (to->slot_count - 1)) {
        const struct execution_trace *other = &to->list[to->slots[at] - 1];
        const char *its = execution_traces_path(to, other);
        if (other->host == trace->host && other->source == trace->source &&
            strncasecmp(its, path, size) == 0 && its[size] == 0)
            break;
    }
    return &to->slots[at];
}

static size_t keep(struct text *texts, const char *text, size_t size) {
    size_t at = texts->size;
    text_bytes(texts, text, size);
    text_char(texts, 0);
    return at;
}

static void merge(struct execution_trace *to, const struct execution_trace *from) {
    to->count += from->count;
    if (from->first && (!to->first || from->first < to->first))
        to->first = from->first;
    if (from->last > to->last) {
        to->last = from->last;
        to->traced = from->traced;
        to->row = from->row;
    }
    if (!to->artifact)
        to->artifact = from->artifact;
}

static bool add(struct execution_traces *to, struct execution_trace *trace, const char *path,
                const char *detail) {
    size_t size = strlen(path), detail_size = strnlen(detail, EXECUTION_DETAIL);
    if (2 * to->count >= to->slot_count && !grow_slots(to))
        return false;
    uint32_t *slot = slot_of(to, trace, path, size);
    if (*slot) {
        merge(&to->list[*slot - 1], trace);
        return true;
    }
    if (to->count == EXECUTION_TRACES || to->texts.size + size + detail_size + 2 > EXECUTION_TEXT) {
        to->omitted++;
        return true;
    }
    if ((to->count & (to->count - 1)) == 0) {
        void *more = realloc(to->list, (to->count ? 2 * to->count : 1) * sizeof *to->list);
        if (!more)
            return false;
        to->list = more;
    }
    while (detail_size > 0 && ((unsigned char)detail[detail_size] & 0xc0) == 0x80)
        detail_size--;
    trace->path = keep(&to->texts, path, size);
    trace->detail = detail_size > 0 ? keep(&to->texts, detail, detail_size) : 0;
    to->list[to->count++] = *trace;
    *slot = (uint32_t)to->count;
    return !to->texts.full;
}

/* --- rows --- */

/* Known folders of Windows by GUID (KNOWNFOLDERID), as variables that a path may begin with. */
static const char *const folders[][2] = {
    {"{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}", "%SystemRoot%\\System32"},
    {"{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}", "%SystemRoot%\\SysWOW64"},
    {"{F38BF404-1D43-42F2-9305-67DE0B28FC23}", "%SystemRoot%"},
    {"{6D809377-6AF0-444B-8957-A3773F02200E}", "%ProgramFiles%"},
    {"{905E63B6-C1BF-494E-B29C-65B732D3D21A}", "%ProgramFiles%"},
    {"{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}", "%ProgramFiles(x86)%"},
    {"{B4BFCC3A-DB2C-424C-B029-7FE99A87C641}", "%USERPROFILE%\\Desktop"},
    {"{374DE290-123F-4565-9164-39C4925E467B}", "%USERPROFILE%\\Downloads"},
};

/* What was started, as a path: NULL if it is none. */
static const char *userassist_path(struct text *text, const char *name) {
    static const char run[] = "UEME_RUNPATH:";
    if (strncmp(name, run, sizeof run - 1) == 0)
        return name + sizeof run - 1;
    if (name[0] != '{')
        return strncmp(name, "UEME_", 5) == 0 ? NULL : name;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        size_t size = strlen(folders[i][0]);
        if (strncasecmp(name, folders[i][0], size) == 0) {
            text_clear(text);
            text_add(text, folders[i][1]);
            text_add(text, name + size);
            return text_string(text);
        }
    }
    return NULL;
}

/* Of times one after the other the last one is the earliest. */
static uint64_t earliest(const char *times) {
    const char *last = strrchr(times, ' ');
    return strtoull(last ? last + 1 : times, NULL, 10);
}

static bool take(struct gathering *g, unsigned number, struct db_query *q) {
    const struct source *source = &sources[number];
    struct execution_trace trace = {.traced = db_integer(q, 0),
                                    .row = db_integer(q, 1),
                                    .first = earliest(db_text(q, 3, NULL)),
                                    .last = (uint64_t)db_integer(q, 4),
                                    .count = db_integer(q, 5) > 0 ? (uint64_t)db_integer(q, 5) : 0,
                                    .kind = (uint8_t)source->kind,
                                    .source = (uint8_t)number};
    struct host_path found = {.normal = ""};
    const char *path = db_text(q, 2, NULL);
    if (!use_host(g, trace.traced))
        return false;
    trace.host = g->number;
    if (number == USERASSIST)
        path = userassist_path(&g->name, path);
    if (source->kind == EXECUTION_CHANGED) /* what was changed is told apart by its words */
        return db_is_null(q, 6) || add(g->to, &trace, db_text(q, 6, NULL), "");
    if (path && !path[0] && number == PREFETCH) /* of which folder is not known */
        return add(g->to, &trace, db_text(q, 6, NULL), "");
    if (!path || !path[0])
        return true;
    if (!host_paths_find(g->paths, &g->host, source->path, path, strlen(path), &found))
        return false;
    trace.artifact = found.state >= HOST_PATH_DELETED ? found.artifact : 0;
    if (trace.first == 0)
        trace.first = trace.last;
    return !found.normal[0] || add(g->to, &trace, found.normal, db_text(q, 6, NULL));
}

static bool gather_source(struct gathering *g, struct db *db, unsigned number) {
    struct db_query *q = db_prepare(db, sources[number].sql);
    bool good = q != NULL;
    while (good && db_step(q))
        good = take(g, number, q);
    db_finish(q);
    return good;
}

/* --- what there is to tell by --- */

static const char prefetch_sql[] = "SELECT artifact, 1, 0, 0 FROM prefetch ORDER BY artifact";

/* EnablePrefetcher of the control set that Select names. Values come first: keys have an index by their
 * number, values none by their key. */
static const char hives_sql[] =
    "WITH current AS MATERIALIZED (SELECT v.artifact AS artifact, CAST(v.text AS INTEGER) AS number FROM hive_value v CROSS"
    " JOIN hive_key k ON k.artifact = v.artifact AND k.ordinal = v.key WHERE v.name = 'Current' AND k.path = '/Select' AND"
    " k.state = 'live'), off AS MATERIALIZED (SELECT v.artifact AS artifact, CAST(substr(k.path, 12, 3) AS INTEGER) AS number"
    " FROM hive_value v CROSS JOIN hive_key k ON k.artifact = v.artifact AND k.ordinal = v.key WHERE v.name ="
    " 'EnablePrefetcher' AND v.text = '0' AND k.state = 'live' AND k.path LIKE '/ControlSet%/Control/Session Manager/Memory"
    " Management/PrefetchParameters') SELECT h.artifact, 0, 1, h.artifact IN (SELECT o.artifact FROM off o JOIN current c ON"
    " c.artifact = o.artifact AND c.number = o.number) FROM hive h WHERE h.kind = 'system' ORDER BY h.artifact";

static bool gather_means(struct gathering *g, struct db *db, const char *sql) {
    struct db_query *q = db_prepare(db, sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        good = use_host(g, db_integer(q, 0));
        struct execution_host *host = good ? &g->to->hosts[g->number] : NULL;
        if (!host)
            break;
        host->prefetch_files += (uint64_t)db_integer(q, 1);
        host->system_hive |= db_integer(q, 2) != 0;
        host->prefetch_off |= db_integer(q, 3) != 0;
    }
    db_finish(q);
    return good;
}

bool execution_traces_gather(struct db *db, struct execution_traces *ret) {
    struct gathering g = {.to = ret};
    *ret = (struct execution_traces){0};
    ret->hosts = calloc(EXECUTION_HOSTS, sizeof *ret->hosts);
    text_char(&ret->texts, 0); /* so that 0 is no place of a text */
    g.paths = host_paths_open(db);
    bool good =
        g.paths && ret->hosts && gather_means(&g, db, prefetch_sql) && gather_means(&g, db, hives_sql);
    for (unsigned i = 0; good && i < SOURCES; i++)
        good = gather_source(&g, db, i);
    host_paths_close(g.paths);
    text_free(&g.name);
    return good && db_error(db)[0] == 0;
}
