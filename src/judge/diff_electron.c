#include "judge/diff_rules.h"

#include <stdlib.h>
#include <strings.h>

enum { ROWS = 1 << 16, DIGEST_TEXT = 64 };

/* One fuse, or one archive that a program is to check. */
struct told {
    int64_t artifact, place, number;
    const char *name, *value; /* a fuse and its state; a file and its digest in hex, "" if none is known */
};

struct tolds {
    struct told *list; /* by artifact */
    size_t count;
};

struct side {
    const struct release *release;
    struct tolds fuses, seals;
    struct db_query *directory; /* of an archive */
};

static const char fuses_sql[] =
    "SELECT artifact, coalesce(place, 0), coalesce(number, 0), coalesce(name, 'fuse ' || number), coalesce(state, '') "
    "FROM electron_fuse ORDER BY artifact, ordinal";
static const char seals_sql[] =
    "SELECT artifact, 0, ordinal, coalesce(file, ''), coalesce(lower(hex(sha256)), '') "
    "FROM asar_seal ORDER BY artifact, ordinal";
static const char directory_sql[] =
    "SELECT value FROM package_fact WHERE artifact = ? AND kind = 'integrity' AND name = 'directory'";

static const char *text_of(struct job *job, struct db_query *q, int at) {
    size_t size;
    const char *text = db_text(q, at, &size);
    return release_text(job, text, size);
}

static bool load_rows(struct job *job, const struct release *release, const char *sql, struct tolds *ret) {
    struct db_query *q = db_prepare(casefile_db(release->casefile), sql);
    size_t room = 0;
    if (!q)
        return false;
    while (db_step(q) && ret->count < ROWS) {
        if (ret->count == room) {
            room = room ? 2 * room : 64;
            struct told *list = job_alloc(job, room, sizeof *list);
            if (!list)
                break;
            if (ret->count > 0)
                memcpy(list, ret->list, ret->count * sizeof *list);
            ret->list = list;
        }
        ret->list[ret->count++] = (struct told){db_integer(q, 0), db_integer(q, 1), db_integer(q, 2),
                                                text_of(job, q, 3), text_of(job, q, 4)};
    }
    db_finish(q);
    return job->fault.code == FAULT_NONE;
}

static bool load(struct job *job, const struct release *release, struct side *ret) {
    *ret = (struct side){.release = release};
    ret->directory = db_prepare(casefile_db(release->casefile), directory_sql);
    return ret->directory && load_rows(job, release, fuses_sql, &ret->fuses) &&
           load_rows(job, release, seals_sql, &ret->seals);
}

static struct tolds rows_of(const struct tolds *rows, int64_t artifact) {
    size_t low = 0, high = rows->count, end;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (rows->list[middle].artifact < artifact)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < rows->count && rows->list[end].artifact == artifact;)
        end++;
    return (struct tolds){end > low ? rows->list + low : NULL, end - low};
}

/* --- fuses --- */

/* The state in which a fuse lets others run their code in the program, or read what it keeps; NULL for one
 * that does neither (format/electron_fuse.h). */
static const char *weak_state(int64_t number) {
    static const char *const states[] = {"on", "off", "on", "on", "off", "off", NULL, "on"};
    return number >= 0 && (size_t)number < sizeof states / sizeof states[0] ? states[number] : NULL;
}

static const struct told *same_fuse(const struct tolds *rows, const struct told *fuse) {
    for (size_t i = 0; i < rows->count; i++)
        if (rows->list[i].place == fuse->place && rows->list[i].number == fuse->number)
            return &rows->list[i];
    return NULL;
}

static void judge_fuses(struct diff_judging *judging, struct diff_pair *pair, const struct tolds *before,
                        const struct tolds *after) {
    struct diff_finding *finding = NULL;
    for (size_t i = 0; i < after->count; i++) {
        const struct told *fuse = &after->list[i], *old = same_fuse(before, fuse);
        const char *weak = weak_state(fuse->number);
        if (!old || strcmp(old->value, fuse->value) == 0)
            continue;
        diff_pair_add(judging->job, pair, "fuses", fuse->name, old->value, fuse->value);
        if (!weak || strcmp(fuse->value, weak) != 0)
            continue;
        if (!finding)
            finding =
                diff_rules_find(judging, &diff_rule_electron, pair,
                                diff_rules_small(judging) ? SEVERITY_MEDIUM : SEVERITY_LOW, STRENGTH_FIRM,
                                "a fuse that protects the program is set the other way than before");
        diff_rules_detail(judging, finding, fuse->name, fuse->value);
    }
    if (before->count > 0 && after->count == 0)
        diff_pair_add(judging->job, pair, "fuses", "number", "present", "none");
}

/* --- archives --- */

/* What the program names, from its folder on; whatever the case of its letters, as on Windows. */
static const struct diff_member *archive_of(const struct side *side, const struct diff_member *program,
                                            const char *file) {
    struct text path = {0};
    const char *slash = strrchr(program->path, '/');
    text_bytes(&path, program->path, slash ? (size_t)(slash + 1 - program->path) : 0);
    text_add(&path, file);
    const struct diff_member *found = release_find(side->release, text_string(&path));
    for (size_t i = 0; !found && i < side->release->count; i++)
        if (strcasecmp(side->release->members[i].path, text_string(&path)) == 0)
            found = &side->release->members[i];
    text_free(&path);
    return found;
}

enum sealed { NOT_KNOWN, MATCHES, DIFFERS };

static enum sealed check(struct side *side, const struct diff_member *program, const struct told *seal,
                         const struct diff_member **archive) {
    enum sealed ret = NOT_KNOWN;
    *archive = archive_of(side, program, seal->name);
    if (!*archive || strlen(seal->value) != DIGEST_TEXT)
        return NOT_KNOWN;
    db_bind_integer(side->directory, 1, (*archive)->artifact);
    if (db_step(side->directory))
        ret = strcmp(db_text(side->directory, 0, NULL), seal->value) == 0 ? MATCHES : DIFFERS;
    db_reset(side->directory);
    return ret;
}

static const struct diff_pair *pair_of(const struct diff_judging *judging, const struct diff_member *member) {
    for (size_t i = 0; i < judging->diff->pair_count; i++)
        if (judging->diff->pairs[i].after == member)
            return &judging->diff->pairs[i];
    return NULL;
}

static enum sealed was(struct side *side, const struct diff_member *program, const char *file) {
    enum sealed ret = NOT_KNOWN;
    const struct diff_member *archive;
    struct tolds seals = program ? rows_of(&side->seals, program->artifact) : (struct tolds){NULL, 0};
    for (size_t i = 0; i < seals.count && ret == NOT_KNOWN; i++)
        if (strcasecmp(seals.list[i].name, file) == 0)
            ret = check(side, program, &seals.list[i], &archive);
    return ret;
}

static void judge_seals(struct diff_judging *judging, struct diff_pair *pair, struct side *before,
                        struct side *after) {
    struct tolds seals = rows_of(&after->seals, pair->after->artifact);
    for (size_t i = 0; i < seals.count; i++) {
        const struct diff_member *archive;
        if (check(after, pair->after, &seals.list[i], &archive) != DIFFERS)
            continue;
        enum sealed old = was(before, pair->before, seals.list[i].name);
        struct diff_finding *finding = diff_rules_find(
            judging, &diff_rule_electron, pair_of(judging, archive),
            old == MATCHES   ? SEVERITY_HIGH
            : old == DIFFERS ? SEVERITY_INFO
                             : SEVERITY_LOW,
            STRENGTH_STRONG, "the program that loads this archive names another digest of its directory");
        diff_rules_cite(finding, pair);
        diff_rules_detail(judging, finding, "digest that the program names", seals.list[i].value);
        diff_rules_detail(judging, finding, "in the earlier release",
                          old == MATCHES   ? "they matched"
                          : old == DIFFERS ? "they did not match either"
                                           : "not known");
    }
    if (seals.count > 0 || !pair->before || rows_of(&before->seals, pair->before->artifact).count == 0)
        return;
    diff_rules_find(judging, &diff_rule_electron, pair,
                    diff_rules_small(judging) ? SEVERITY_MEDIUM : SEVERITY_LOW, STRENGTH_FIRM,
                    "it no longer says which digest the archive that it loads must have");
}

static bool judge(struct diff_judging *judging) {
    struct side before = {0}, after = {0};
    bool good = load(judging->job, judging->before, &before) && load(judging->job, judging->after, &after);
    for (size_t i = 0; good && i < judging->diff->pair_count; i++) {
        struct diff_pair *pair = &judging->diff->pairs[i];
        if (!pair->after)
            continue;
        if (pair->before && pair->fate == DIFF_CHANGED) {
            struct tolds old = rows_of(&before.fuses, pair->before->artifact),
                         new = rows_of(&after.fuses, pair->after->artifact);
            judge_fuses(judging, pair, &old, &new);
        }
        judge_seals(judging, pair, &before, &after);
    }
    db_finish(before.directory);
    db_finish(after.directory);
    return good && judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_electron = {
    .text =
        {
            .id = "diff_electron",
            .title = "a program of Electron protects itself less",
            .why =
                "Fuses decide whether a program of Electron runs code that others hand it: as Node.js, by options in the "
                "environment, from an archive whose digest is not checked, from outside of the archive. Who changes such "
                "an archive must switch the check off, or leaves a digest that no longer matches.",
            .innocent =
                "A maker needs the function again and says so; the tool that sets the fuses was left out of the build; "
                "an archive was changed by the maker after the program was finished, where nothing checks it.",
            .verify =
                "npx @electron/fuses read --app on both programs; the SHA-256 of the archive's directory against the "
                "resource ElectronAsar; look what changed in the archive.",
            .attack = "T1554",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
