#include "intel/intel.h"
#include "judge/saying.h"
#include "model/judge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

/* A pattern that is a text but for its escapes: end of a folder's path, then a whole name. Others are not
 * applied: regular expressions from elsewhere, over every path of a volume, cost what their author never
 * meant. */
struct pattern {
    size_t folder, name, except; /* in the texts; except 0: none */
    bool whole, either_case, except_either;
    const struct lists *lists;
    size_t number;
};

struct patterns {
    struct pattern *list; /* by name, whatever the case */
    size_t count, room;
    struct text texts;
};

static const char paths_sql[] =
    "SELECT p.artifact, p.folder, p.name, coalesce(t.state, '') FROM (SELECT a.id AS artifact, coalesce(o.path, '') AS"
    " folder, a.name AS name FROM artifact a LEFT JOIN folder o ON o.id = a.folder WHERE a.stream IS NULL AND a.flags & 1"
    " = 0 UNION ALL SELECT l.artifact, coalesce(o.path, ''), l.name FROM artifact_path l LEFT JOIN folder o ON o.id ="
    " l.folder) p LEFT JOIN trust t ON t.artifact = p.artifact ORDER BY p.artifact";

/* Appends what a pattern stands for, / between names; false if it is more than a text. */
static bool translate(const char *pattern, struct text *to) {
    for (; *pattern; pattern++) {
        if (*pattern == '$' && !pattern[1])
            return true;
        if (*pattern == '\\' && pattern[1] && strchr("\\.()[]{}+*?^$|-/ ", pattern[1]))
            text_char(to, *++pattern == '\\' ? '/' : *pattern);
        else if (strchr("\\.()[]{}+*?^$|", *pattern))
            return false;
        else
            text_char(to, *pattern);
    }
    return true;
}

static bool add_text(struct text *texts, const char *pattern, size_t *ret) {
    *ret = texts->size;
    bool good = translate(pattern, texts);
    text_char(texts, 0);
    return good && !texts->full;
}

/* Divides at the last slash, and takes a drive off. */
static bool divide(struct patterns *to, struct pattern *pattern) {
    char *text = to->texts.data + pattern->folder, *slash = strrchr(text, '/');
    if (!slash || !slash[1])
        return false;
    pattern->name = pattern->folder + (size_t)(slash - text) + 1;
    *slash = 0;
    if (((text[0] | 32) >= 'a' && (text[0] | 32) <= 'z') && text[1] == ':') {
        pattern->folder += 2;
        pattern->whole = true;
    }
    return true;
}

static bool compile(struct patterns *to, const struct lists *lists, size_t number) {
    struct lists_name name;
    struct pattern pattern = {.lists = lists, .number = number};
    lists_name(lists, number, &name);
    if (name.network || name.role != LISTS_PATTERN)
        return true;
    pattern.either_case = name.either_case;
    pattern.except_either = strncmp(name.except, "(?i)", 4) == 0;
    size_t before = to->texts.size;
    bool good = add_text(&to->texts, name.pattern, &pattern.folder) && divide(to, &pattern);
    if (good && name.except[0])
        good = add_text(&to->texts, name.except + (pattern.except_either ? 4 : 0), &pattern.except);
    if (!good) {
        to->texts.size = before;
        return !to->texts.full;
    }
    if (to->count == to->room) {
        size_t room = to->room ? 2 * to->room : 1024;
        struct pattern *more = realloc(to->list, room * sizeof *more);
        if (!more)
            return false;
        to->list = more;
        to->room = room;
    }
    to->list[to->count++] = pattern;
    return true;
}

static int by_name(const void *left, const void *right, void *texts) {
    const struct pattern *a = left, *b = right;
    const char *text = texts;
    int order = strcasecmp(text + a->name, text + b->name);
    return order ? order : a->folder < b->folder ? -1 : a->folder > b->folder;
}

static bool load(const struct lists_set *lists, struct patterns *to) {
    bool good = true;
    text_char(&to->texts, 0);
    for (size_t i = 0; i < lists->count; i++)
        for (size_t n = 0; good && n < lists_name_count(&lists->shelf[i].lists); n++)
            good = compile(to, &lists->shelf[i].lists, n);
    if (to->count > 0)
        qsort_r(to->list, to->count, sizeof *to->list, by_name, to->texts.data);
    return good;
}

static bool same(const char *a, const char *b, bool either_case) {
    return either_case ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

static bool fits(const struct patterns *patterns, const struct pattern *pattern, const char *folder,
                 const char *name) {
    const char *texts = patterns->texts.data, *wanted = texts + pattern->folder;
    size_t size = strlen(folder), want = strlen(wanted);
    if (want > size || (pattern->whole && want != size) ||
        !same(folder + size - want, wanted, pattern->either_case) ||
        !same(name, texts + pattern->name, pattern->either_case))
        return false;
    const char *except = texts + pattern->except;
    return !pattern->except ||
           !(pattern->except_either ? strcasestr(folder, except) || strcasestr(name, except)
                                    : strstr(folder, except) || strstr(name, except));
}

static const struct pattern *find(const struct patterns *in, const char *folder, const char *name) {
    size_t low = 0, high = in->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcasecmp(in->texts.data + in->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < in->count && strcasecmp(in->texts.data + in->list[low].name, name) == 0; low++)
        if (fits(in, &in->list[low], folder, name))
            return &in->list[low];
    return NULL;
}

static bool report(struct casefile *casefile, int64_t artifact, const struct pattern *pattern) {
    struct lists_name name;
    char row[24], score[24];
    lists_name(pattern->lists, pattern->number, &name);
    snprintf(row, sizeof row, "%" PRIu32, name.number);
    snprintf(score, sizeof score, "%" PRIu32, name.score);
    struct finding finding = {
        .detector = "ioc_name",
        .severity = SEVERITY_INFO,
        .strength = STRENGTH_WEAK,
        .summary = "A list has a file of this name at such a place; nothing else speaks of it"};
    saying_detail(&finding, "list", name.list);
    saying_detail(&finding, "list of", name.list_date);
    saying_detail(&finding, "says", name.entry.what);
    saying_detail(&finding, "row", row);
    saying_detail(&finding, "pattern", name.pattern);
    saying_detail(&finding, "score", score);
    return saying_write(casefile, artifact, &finding, NULL, 0);
}

static bool look(struct casefile *casefile, const struct patterns *patterns) {
    struct db_query *q = db_prepare(casefile_db(casefile), paths_sql);
    bool good = q != NULL;
    int64_t last = 0;
    while (good && db_step(q)) {
        int64_t artifact = db_integer(q, 0);
        if (artifact == last || strcmp(db_text(q, 3, NULL), "trusted") == 0)
            continue;
        const struct pattern *pattern = find(patterns, db_text(q, 1, NULL), db_text(q, 2, NULL));
        if (!pattern)
            continue;
        good = report(casefile, artifact, pattern);
        last = artifact;
    }
    db_finish(q);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct patterns patterns = {0};
    bool good = !intel || load(&intel->lists, &patterns);
    if (good && patterns.count > 0)
        good = look(casefile, &patterns);
    free(patterns.list);
    text_free(&patterns.texts);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_ioc_name = {
    .text =
        {
            .id = "ioc_name",
            .title = "a name and place that a list has",
            .why =
                "Lists of indicators also name files. The same name at the same place is a reason to look, where nobody "
                "whom Windows trusts signed the file.",
            .innocent =
                "A name is free to everybody: most files of such a name are innocent. Such findings are notes, and "
                "no verdict rests on them.",
            .verify =
                "Read the remark before the row in the list; look the file's digest up (sha256sum FILE); assay trust FILE.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
};
