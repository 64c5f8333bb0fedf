#include "case/casefile.h"
#include "judge/saying.h"
#include "judge/usn_tree.h"
#include "model/judge.h"
#include "model/listing.h"

#include <stdlib.h>

enum { NEW_NAME = 0x2000 }; /* USN_REASON_RENAME_NEW_NAME, [MS-FSCC] 2.3.62.1 */

#define TEXT_BUDGET ((uint64_t)256 << 20) /* bytes of paths that are kept of a case */

/* A record as such: something happened in `parent`. */
struct use {
    uint64_t usn;
    uint32_t parent, order;
};

/* A record about a folder: so it was called, and there it lay. */
struct sight {
    uint64_t usn;
    uint32_t node, name, parent, order;
    bool renamed; /* now, so that it had another name before */
};

/* A path and the records for which it holds. */
struct stretch {
    uint64_t from, to;
    uint32_t node, path;
    uint8_t source;
};

struct journal {
    int64_t artifact;
    int64_t volume; /* whose $MFT tells of it, 0 none */
    bool collected; /* that $MFT was collected with it */
};

struct judging {
    struct casefile *casefile;
    struct db *db;
    struct db_query *records;
    struct usn_tree tree;
    int64_t listed; /* the volume whose folders are in the tree */
    struct use *uses;
    struct sight *sights;
    struct stretch *stretches;
    uint32_t *open; /* by node: its last stretch plus one, 0 none */
    size_t use_count, use_room, sight_count, sight_room, stretch_count, stretch_room;
    uint64_t left, cut; /* of TEXT_BUDGET; paths that had no room any more */
    struct text path;
};

/* A volume's own journal is judged by its $MFT. A copy anywhere else is not of that volume; but of a drive of
 * a collection it is judged by the $MFT of that drive, which is evidence of its own (evidence.artifact); what
 * lies on no drive, by the only $MFT that was collected with it. */
static const char journals_sql[] =
    "WITH RECURSIVE j(id) AS (SELECT min(artifact) FROM usn UNION ALL"
    " SELECT (SELECT min(artifact) FROM usn WHERE artifact > j.id) FROM j WHERE j.id IS NOT NULL),"
    " mft(evidence, drive, top, id) AS (SELECT m.evidence, m.volume, m.name = '$MFT' AND p.path = '', n.id FROM"
    " evidence e JOIN artifact m ON m.id = e.artifact LEFT JOIN folder p ON p.id = m.folder"
    " JOIN volume n ON n.evidence = e.id WHERE e.kind = 'mft')"
    " SELECT a.id, CASE WHEN v.kind = 'ntfs' THEN CASE WHEN a.name = '$UsnJrnl' AND a.stream = '$J' AND"
    " o.path = '/$Extend' THEN v.id END ELSE coalesce("
    "(SELECT min(m.id) FROM mft m WHERE m.evidence = a.evidence AND m.drive = v.id AND m.top), "
    "(SELECT CASE count(*) WHEN 1 THEN min(m.id) END FROM mft m WHERE m.evidence = a.evidence"
    " AND (v.id IS NULL OR m.drive = v.id))) END AS place, coalesce(v.kind, '') <> 'ntfs'"
    " FROM j JOIN artifact a ON a.id = j.id LEFT JOIN volume v ON v.id = a.volume"
    " LEFT JOIN folder o ON o.id = a.folder ORDER BY place, a.id";

static const char folders_sql[] =
    "SELECT a.record, a.sequence, a.flags, o.path, a.name FROM artifact a JOIN folder o ON o.id = a.folder"
    " WHERE a.volume = ? AND a.flags & 1 AND a.stream IS NULL ORDER BY a.id";

static const char records_sql[] =
    "SELECT usn, parent, parent_sequence, attributes & 16, file, file_sequence, reason, name FROM usn"
    " WHERE artifact = ? ORDER BY ordinal";

/* Room for one more of `size` bytes in `list`; false if memory runs out. */
static bool grow(void **list, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return true;
    size_t want = *room ? 2 * *room : 4096;
    void *more = want < UINT32_MAX ? realloc(*list, want * size) : NULL;
    if (!more)
        return false;
    *list = more;
    *room = want;
    return true;
}

static bool load_folders(struct judging *j, int64_t volume) {
    usn_tree_free(&j->tree);
    if (!usn_tree_open(&j->tree))
        return false;
    j->listed = volume;
    struct db_query *q = volume ? db_prepare(j->db, folders_sql) : NULL;
    bool good = !volume || q;
    if (q)
        db_bind_integer(q, 1, volume);
    while (q && good && db_step(q)) {
        unsigned flags = (unsigned)db_integer(q, 2);
        struct usn_tree_listed listed = {.record = (uint64_t)db_integer(q, 0),
                                         .sequence = (uint16_t)db_integer(q, 1),
                                         .deleted = flags & LISTING_DELETED,
                                         .orphan = flags & LISTING_ORPHAN};
        listed.folder = db_text(q, 3, &listed.folder_size);
        listed.name = db_text(q, 4, &listed.name_size);
        good = usn_tree_list(&j->tree, &listed);
    }
    db_finish(q);
    return good;
}

static bool take_sight(struct judging *j, struct db_query *q, uint64_t usn, uint32_t parent) {
    size_t size;
    const char *text = db_text(q, 7, &size);
    if (size == 0)
        return true;
    void *list = j->sights;
    bool good = grow(&list, j->sight_count, &j->sight_room, sizeof *j->sights);
    j->sights = list;
    if (!good)
        return false;
    struct sight *sight = &j->sights[j->sight_count];
    *sight = (struct sight){
        .usn = usn,
        .node = usn_tree_node(&j->tree, (uint64_t)db_integer(q, 4), (uint16_t)db_integer(q, 5)),
        .name = usn_tree_name(&j->tree, text, size),
        .parent = parent,
        .order = (uint32_t)j->sight_count,
        .renamed = db_integer(q, 6) & NEW_NAME};
    j->sight_count++;
    return sight->node != USN_TREE_NONE && sight->name != USN_TREE_NONE;
}

static bool take_record(struct judging *j, struct db_query *q) {
    void *list = j->uses;
    bool good = grow(&list, j->use_count, &j->use_room, sizeof *j->uses);
    j->uses = list;
    if (!good)
        return false;
    uint64_t usn = (uint64_t)db_integer(q, 0);
    uint32_t parent = usn_tree_node(&j->tree, (uint64_t)db_integer(q, 1), (uint16_t)db_integer(q, 2));
    j->uses[j->use_count] = (struct use){usn, parent, (uint32_t)j->use_count};
    j->use_count++;
    return parent != USN_TREE_NONE && (db_integer(q, 3) == 0 || take_sight(j, q, usn, parent));
}

static int sight_order(const void *left, const void *right) {
    const struct sight *a = left, *b = right;
    return a->usn != b->usn ? (a->usn > b->usn) - (a->usn < b->usn)
                            : (a->order > b->order) - (a->order < b->order);
}

static int use_order(const void *left, const void *right) {
    const struct use *a = left, *b = right;
    return a->usn != b->usn ? (a->usn > b->usn) - (a->usn < b->usn)
                            : (a->order > b->order) - (a->order < b->order);
}

/* Journals are in order already; damaged and invented ones need not be. */
static void sort_all(struct judging *j) {
    bool sorted = true;
    for (size_t i = 1; i < j->use_count && sorted; i++)
        sorted = j->uses[i - 1].usn <= j->uses[i].usn;
    if (sorted)
        return;
    qsort(j->uses, j->use_count, sizeof *j->uses, use_order);
    if (j->sight_count > 0)
        qsort(j->sights, j->sight_count, sizeof *j->sights, sight_order);
}

static bool load_records(struct judging *j, int64_t artifact) {
    struct db_query *q = j->records;
    bool good = true;
    j->use_count = j->sight_count = j->stretch_count = 0;
    usn_tree_begin(&j->tree);
    db_reset(q);
    db_bind_integer(q, 1, artifact);
    while (good && db_step(q))
        good = take_record(j, q);
    sort_all(j);
    return good;
}

/* Before it was first seen, a folder was what it then was; unless it had just got its name. */
static void begin_sights(struct judging *j) {
    for (size_t i = 0; i < j->sight_count; i++) {
        const struct sight *sight = &j->sights[i];
        if (usn_tree_is_fresh(&j->tree, sight->node))
            usn_tree_set(&j->tree, sight->node, sight->renamed ? USN_TREE_NONE : sight->name, sight->parent);
    }
}

static bool use_folder(struct judging *j, const struct use *use) {
    enum usn_tree_source source;
    uint32_t path = usn_tree_path(&j->tree, use->parent, &source);
    if (path == USN_TREE_NONE)
        return false;
    struct stretch *last = j->open[use->parent] ? &j->stretches[j->open[use->parent] - 1] : NULL;
    if (last && last->path == path && last->source == source) {
        last->to = use->usn;
        return true;
    }
    void *list = j->stretches;
    bool good = grow(&list, j->stretch_count, &j->stretch_room, sizeof *j->stretches);
    j->stretches = list;
    if (!good)
        return false;
    j->stretches[j->stretch_count++] =
        (struct stretch){use->usn, use->usn, use->parent, path, (uint8_t)source};
    j->open[use->parent] = (uint32_t)j->stretch_count;
    return true;
}

/* Through the journal from its first record on. All that is said with one number holds for that number, so
 * that a number and a folder have one path. */
static bool follow(struct judging *j) {
    j->open = calloc(j->tree.node_table.count + 1, sizeof *j->open);
    bool good = j->open != NULL;
    size_t seen = 0;
    begin_sights(j);
    for (size_t i = 0; i < j->use_count && good; i++) {
        for (; seen < j->sight_count && j->sights[seen].usn <= j->uses[i].usn; seen++)
            usn_tree_set(&j->tree, j->sights[seen].node, j->sights[seen].name, j->sights[seen].parent);
        good = use_folder(j, &j->uses[i]);
    }
    free(j->open);
    j->open = NULL;
    return good;
}

static const char *word_of(const struct journal *journal, unsigned source) {
    static const char *const words[] = {"mft", "mft-deleted", "journal", "unknown"};
    if (source == USN_TREE_MFT && !journal->volume)
        return "journal";
    return source == USN_TREE_MFT && journal->collected ? "mft-collected" : words[source];
}

static bool tell(struct judging *j, const struct journal *journal) {
    for (size_t i = 0; i < j->stretch_count; i++) {
        struct stretch *stretch = &j->stretches[i];
        if (usn_tree_size(&j->tree, stretch->path) > j->left) {
            stretch->path = usn_tree_unknown(&j->tree, stretch->node);
            stretch->source = USN_TREE_UNKNOWN;
            j->cut++;
        } else
            j->left -= usn_tree_size(&j->tree, stretch->path);
        if (stretch->path == USN_TREE_NONE)
            return false;
        text_clear(&j->path);
        usn_tree_text(&j->tree, stretch->path, &j->path);
        struct casefile_usn_path row = {.artifact = (uint64_t)journal->artifact,
                                        .parent = usn_tree_record(&j->tree, stretch->node),
                                        .parent_sequence = usn_tree_sequence(&j->tree, stretch->node),
                                        .from_usn = stretch->from,
                                        .to_usn = stretch->to,
                                        .folder = text_string(&j->path),
                                        .folder_size = j->path.size,
                                        .source = word_of(journal, stretch->source)};
        if (!casefile_usn_path(j->casefile, &row))
            return false;
    }
    return true;
}

static bool tell_cut(struct judging *j, const struct journal *journal) {
    char summary[96];
    if (j->cut == 0)
        return true;
    snprintf(summary, sizeof summary, "%llu paths of the change journal are longer than is kept of a case",
             (unsigned long long)j->cut);
    struct finding finding = {
        .detector = "usn_paths", .severity = SEVERITY_INFO, .strength = STRENGTH_FIRM, .summary = summary};
    j->cut = 0;
    return saying_write(j->casefile, journal->artifact, &finding, NULL, 0);
}

static bool judge_journal(struct judging *j, const struct journal *journal) {
    bool again = !j->tree.path_list || !journal->volume || journal->volume != j->listed;
    return (!again || load_folders(j, journal->volume)) && load_records(j, journal->artifact) && follow(j) &&
           tell(j, journal) && tell_cut(j, journal);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct judging j = {.casefile = casefile, .db = db, .left = TEXT_BUDGET};
    struct db_query *q = db_prepare(db, journals_sql);
    j.records = db_prepare(db, records_sql);
    bool good = q && j.records;
    (void)intel;
    while (good && db_step(q)) {
        struct journal journal = {db_integer(q, 0), db_integer(q, 1), db_integer(q, 2) != 0};
        good = judge_journal(&j, &journal);
    }
    db_finish(q);
    db_finish(j.records);
    usn_tree_free(&j.tree);
    free(j.uses);
    free(j.sights);
    free(j.stretches);
    text_free(&j.path);
    return good && db_error(db)[0] == 0 && casefile_error(casefile)[0] == 0;
}

const struct judge judge_usn_paths = {
    .text =
        {
            .id = "usn_paths",
            .title = "where the files of the change journal lay",
            .why =
                "A record of the change journal names a file and a reference to its folder, but no path. The folder "
                "may have been renamed, moved or deleted since, and its number given to another: whoever looks the "
                "number up as it is now puts files where they never lay. This judge follows the folders through the "
                "journal's own records; the table usn_path holds the answers, the view usn_event shows them. It "
                "gives a finding only where there were more paths than are kept.",
            .innocent =
                "Folders that were gone before the journal begins are not known: their paths begin with $Unknown and "
                "the folder's number.",
            .verify =
                "Look for the folder's own records: SELECT usn, reasons, name, parent FROM usn WHERE file = NUMBER "
                "AND file_sequence = SEQUENCE ORDER BY usn.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
};
