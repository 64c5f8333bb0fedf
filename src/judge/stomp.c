#include "judge/stomp_suspect.h"

#include "model/judge.h"

#include <stdlib.h>

/* Volumes whose files have both kinds of times; of each, the journal and the log that are its own. A copy in
 * a collection belongs to the $MFT of its drive, else to the only one that was collected with it: as in
 * judge/usn_paths.c. */
static const char volumes_sql[] =
    "WITH source(id, log) AS (SELECT artifact, 0 FROM usn_summary UNION ALL SELECT artifact, 1 FROM log_summary WHERE"
    " state IN ('used', 'headless')),"
    " mft(evidence, drive, top, id) AS (SELECT m.evidence, m.volume, m.name = '$MFT' AND p.path = '', n.id FROM evidence e"
    " JOIN artifact m ON m.id = e.artifact LEFT JOIN folder p ON p.id = m.folder JOIN volume n ON n.evidence = e.id"
    " WHERE e.kind = 'mft'),"
    " placed(id, log, volume) AS (SELECT s.id, s.log, CASE WHEN v.kind = 'ntfs' THEN CASE WHEN s.log AND a.name = '$LogFile'"
    " AND o.path = '' OR NOT s.log AND a.name = '$UsnJrnl' AND a.stream = '$J' AND o.path = '/$Extend' THEN v.id END"
    " ELSE coalesce((SELECT min(m.id) FROM mft m WHERE m.evidence = a.evidence AND m.drive = v.id AND m.top),"
    " (SELECT CASE count(*) WHEN 1 THEN min(m.id) END FROM mft m WHERE m.evidence = a.evidence AND (v.id IS NULL OR"
    " m.drive = v.id))) END FROM source s JOIN artifact a ON a.id = s.id LEFT JOIN volume v ON v.id = a.volume"
    " LEFT JOIN folder o ON o.id = a.folder)"
    " SELECT v.id, (SELECT min(p.id) FROM placed p WHERE p.volume = v.id AND NOT p.log), (SELECT min(p.id) FROM placed p"
    " WHERE p.volume = v.id AND p.log) FROM volume v WHERE v.kind = 'ntfs' AND v.shadow IS NULL"
    " ORDER BY v.id";

/* Whatever gives a reason to look: its times, or what journal, log, index or a copy have of it. */
static bool is_suspect(const struct stomp_file *file) {
    if (file->record < STOMP_SYSTEM_FILES)
        return (file->flags & STOMP_ASKED) != 0;
    return file->flags & (STOMP_IRREGULAR | STOMP_ASKED) || file->first_session || file->changes ||
           file->entries ||
           (file->content && file->times.si[1] < file->content &&
            file->content - file->times.si[1] > STOMP_AHEAD);
}

/* Files of which nothing was seen are no suspects, even if there was a reason to look. */
static bool is_clean(const struct stomp_volume *volume, const struct stomp_suspect *s) {
    unsigned told = STOMP_MOVED_LATER | STOMP_NEVER_MADE | STOMP_UNRECORDED | STOMP_LOG_PAIR |
                    STOMP_EVENT_PAIR | STOMP_INDEX_OLD | STOMP_SHADOW_OLD | STOMP_CONTENT_LATER |
                    STOMP_TUNNELLED;
    const struct stomp_file *file = &volume->files[s->file];
    return !(file->flags & STOMP_IRREGULAR) && !(s->seen & told) && !(s->alone.fails & STOMP_SI_CREATED);
}

static bool collect(const struct stomp_volume *volume, struct stomp_suspects *suspects) {
    for (uint32_t i = 0; i < volume->count; i++) {
        struct stomp_suspect suspect = {
            .file = i, .folder = volume->files[i].folder, .changed = volume->files[i].times.si[2]};
        if (!is_suspect(&volume->files[i]))
            continue;
        stomp_evidence(volume, &suspect);
        suspect.clean = is_clean(volume, &suspect);
        if (suspect.clean && !(volume->files[i].flags & STOMP_ASKED))
            continue;
        void *list = suspects->list;
        bool good = stomp_volume_grow(&list, suspects->count, &suspects->room, sizeof *suspects->list);
        suspects->list = list;
        if (!good)
            return false;
        suspects->list[suspects->count++] = suspect;
    }
    return true;
}

static bool judge_volume(struct casefile *casefile, int64_t id, int64_t journal, int64_t log) {
    struct db *db = casefile_db(casefile);
    struct stomp_volume volume;
    struct stomp_suspects suspects = {0};
    bool good = stomp_volume_load(&volume, db, id, journal, log);
    if (good && volume.count == 0)
        return stomp_volume_free(&volume), true;
    good = good && collect(&volume, &suspects) && stomp_cohort(&volume, &suspects, db);
    for (size_t i = 0; good && i < suspects.count; i++)
        stomp_verdict(&volume, &suspects.list[i]);
    good = good && stomp_tell(&volume, &suspects, casefile);
    free(suspects.list);
    stomp_volume_free(&volume);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct db_query *q = db_prepare(db, volumes_sql);
    bool good = q != NULL;
    (void)intel;
    while (good && db_step(q))
        good = judge_volume(casefile, db_integer(q, 0), db_integer(q, 1), db_integer(q, 2));
    db_finish(q);
    return good && db_error(db)[0] == 0 && casefile_error(casefile)[0] == 0;
}

const struct judge judge_stomp = {
    .text =
        {
            .id = "stomp",
            .title = "times of a file that no innocent sequence of operations explains",
            .why =
                "Programs can set the times in $STANDARD_INFORMATION, which every listing shows, and attackers do, so "
                "that what they brought looks as old as what lies beside it. They cannot so easily set those in "
                "$FILE_NAME, in old directory entries, in shadow copies, in the change journal and in $LogFile. This "
                "judge asks whether any innocent sequence of operations leaves all of a file's times, together with what "
                "those others say. What the MFT alone shows is a note (weak); what the journal, the log, an index or a "
                "copy contradicts is firm; a creation time that was moved in a handle session after the one that made "
                "the file, or the times of one unrelated file to 100 ns, are strong. docs/time.md has the model.",
            .innocent =
                "Extractors, installers, restores and moves from other volumes set times in the session that makes the "
                "file: an attacker's dropper would leave the same, so that this never is more than a note. Bulk tools "
                "that come back to many files are known by their number; one that comes back to a single file is not.",
            .verify =
                "assay time EVIDENCE PATH prints all times and the history of the file. By hand: istat IMAGE ENTRY for "
                "the eight times, usnjls -f ntfs IMAGE for the journal; the finding names MFT entry, USN and LSN.",
            .attack = "T1070.006",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
