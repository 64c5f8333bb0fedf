#include "judge/stomp_suspect.h"

#include "base/filetime.h"
#include "judge/saying.h"

#include <stdlib.h>

static const char *const verdicts[] = {"regular", "explained", "weak", "firm", "strong"};

/* In the order of enum stomp_seen. */
static const char *const words[] = {
    "before-name", "after-name",    "whole-seconds", "exact",       "lone",        "outlier",
    "bulk",        "unexplained",   "in-session",    "set-later",   "moved-later", "never-made",
    "unrecorded",  "log-pair",      "log-later",     "index-old",   "index-young", "shadow-old",
    "clone",       "content-later", "tunnelled",     "renamed",     "change-time", "future",
    "set-bulk",    "old-bulk",      "event-pair",    "event-later", "clock"};

enum { WORDS = sizeof words / sizeof words[0], LINES = 8 };

static void add_time(struct text *text, uint64_t time) {
    char written[FILETIME_TEXT];
    filetime_text(time, written);
    text_add(text, written);
}

/* The eight times as a small table. */
static void add_times(struct text *text, const struct stomp_times *times) {
    static const char *const names[] = {"created ", "modified", "changed ", "accessed"};
    text_add(text, "          $STANDARD_INFORMATION         $FILE_NAME");
    for (int i = 0; i < 4; i++) {
        text_format(text, "\n%s  ", names[i]);
        add_time(text, times->si[i]);
        text_add(text, "  ");
        add_time(text, times->fn[i]);
    }
}

static const struct stomp_answer *best_answer(const struct stomp_suspect *s) {
    return s->has_journal ? &s->journaled : &s->alone;
}

static void add_operations(struct text *text, const struct stomp_suspect *s) {
    const struct stomp_answer *answer = best_answer(s);
    for (size_t i = 0; i < answer->count; i++) {
        if (i > 0)
            text_char(text, ' ');
        text_add(text, stomp_model_name(answer->operations[i]));
    }
}

static void add_history(struct text *text, const struct stomp_suspect *s) {
    const struct stomp_answer *answer = best_answer(s);
    for (size_t i = 0; i < answer->count; i++)
        text_format(text, "%s%s", i > 0 ? "; then " : "", stomp_model_text(answer->operations[i]));
}

static void add_marks(struct text *text, const struct stomp_suspect *s) {
    for (unsigned i = 0; i < WORDS; i++)
        if (s->seen >> i & 1) {
            if (text->size > 0)
                text_char(text, ' ');
            text_add(text, words[i]);
        }
}

/* --- what the sources say --- */

static void say_journal(const struct stomp_volume *volume, const struct stomp_suspect *s, struct text *text) {
    const struct stomp_journal *journal = &volume->journal;
    bool fails = s->journaled.fails & STOMP_SI_CREATED;
    if (!journal->artifact)
        text_add(text, "not testable: there is no change journal");
    else if (!s->has_journal)
        text_add(text, volume->files[s->file].flags & STOMP_ODD
                           ? "not testable: it contradicts itself about this file"
                           : "not testable: it has no period");
    else if (fails && s->journaled.cut)
        text_add(text, "not testable: it has more handle sessions of this file than are followed");
    else if (s->seen & (STOMP_MOVED_LATER | STOMP_NEVER_MADE | STOMP_UNRECORDED))
        text_add(text, "contradicts");
    else if (s->journaled.reaches)
        text_add(text,
                 fails
                     ? "does not explain the creation time, but it was set in the session that made the file"
                     : "agrees");
    else {
        text_add(text, "silent: it begins ");
        add_time(text, journal->from);
        text_add(text, ", after the file was made");
    }
    if (journal->artifact && !journal->complete)
        text_add(text, " (the journal is damaged or was not read whole)");
}

static void say_log(const struct stomp_volume *volume, const struct stomp_suspect *s, struct text *text) {
    if (!volume->log.artifact)
        text_add(text, "not testable: there is no log, or it is empty");
    else if (s->seen & STOMP_LOG_LATER)
        text_add(text, "contradicts");
    else if (s->seen & STOMP_LOG_PAIR)
        text_add(text,
                 "agrees: the creation time was set while the file was made, or so that it cannot be told");
    else {
        text_add(text, "silent: it reaches back to ");
        add_time(text, volume->log.from);
    }
}

static const char *say_directory(const struct stomp_suspect *s) {
    return s->seen & STOMP_INDEX_OLD     ? "contradicts"
           : s->seen & STOMP_INDEX_YOUNG ? "shows another creation time, but only from when the file was made"
                                         : "silent";
}

static const char *say_shadow(const struct stomp_volume *volume, const struct stomp_suspect *s) {
    return !volume->has_shadows         ? "not testable: no shadow copies were read"
           : s->seen & STOMP_SHADOW_OLD ? "contradicts"
                                        : "silent";
}

static void say_events(const struct stomp_volume *volume, const struct stomp_suspect *s, struct text *text) {
    const struct stomp_clock *clock = &volume->clock;
    if (!clock->logs) {
        text_add(text, "not testable: no event logs were read");
        return;
    }
    if (s->seen & STOMP_EVENT_PAIR) {
        text_add(text, s->seen & STOMP_EVENT_LATER
                           ? "contradict: Sysmon saw the creation time changed "
                           : "Sysmon saw the creation time changed, while the file was made or so "
                             "that it cannot be told, ");
        add_time(text, s->event_time);
    } else
        text_add(text, s->seen & STOMP_CLOCK ? "explain: a time of it lies where the clock was set back"
                                             : "silent");
    text_format(text, "; %llu steps of the clock, of 2 s or more", (unsigned long long)clock->told);
    if (clock->told && clock->back)
        text_format(text, ", back by %llu s at most",
                    (unsigned long long)((clock->back + STOMP_SECOND - 1) / STOMP_SECOND));
}

/* Where the innocent sequence fails. */
static void say_fails(const struct stomp_suspect *s, struct text *text) {
    static const struct {
        unsigned seen;
        const char *text;
    } lines[] = {
        {STOMP_MOVED_LATER,
         "the change journal has the file made at another time, and that session set no times; a later "
         "one did, and did nothing else"},
        {STOMP_NEVER_MADE,
         "the creation time lies in the period of the change journal, which has no creation of the file"},
        {STOMP_UNRECORDED,
         "the change journal has the file made at another time, and no session that set its times"},
        {STOMP_LOG_LATER,
         "$LogFile holds the creation time before and after, written when the file had long been made"},
        {STOMP_EVENT_LATER, "Sysmon saw its creation time changed when the file had long been made"},
        {STOMP_INDEX_OLD,
         "an entry of its directory, from long after it was made, still has another creation time"},
        {STOMP_SHADOW_OLD, "in a shadow copy, made long after the file, it has another creation time"},
        {STOMP_CLONE,
         "creation and modification are, to 100 ns, those of one other file that it has nothing to do with"},
        {STOMP_CONTENT_LATER, "its content is younger than its last modification"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (s->seen & lines[i].seen)
            text_format(text, "%s%s", text->size ? "; " : "", lines[i].text);
    unsigned fails = s->alone.fails;
    if (fails)
        text_format(
            text, "%sno sequence of operations leaves %s%s%s as they are", text->size ? "; " : "",
            fails & STOMP_SI_CREATED ? "the creation time " : "",
            fails & (STOMP_SI_MODIFIED | STOMP_SI_CHANGED) ? "the times of modification and change " : "",
            fails & (STOMP_FN_CREATED | STOMP_FN_MODIFIED | STOMP_FN_CHANGED) ? "those of the name" : "");
}

/* --- the finding --- */

static const char *summary_of(const struct stomp_suspect *s) {
    if (s->seen & STOMP_MOVED_LATER)
        return "The creation time of this file was moved in a handle session after the one that made it, as the change "
               "journal shows";
    if (s->seen & STOMP_LOG_LATER)
        return "The creation time of this file was rewritten long after it was made: $LogFile holds both";
    if (s->seen & STOMP_EVENT_LATER)
        return "Sysmon saw the creation time of this file changed long after it was made";
    if (s->seen & STOMP_CLONE)
        return "This file bears, to 100 ns, the times of another file that it has nothing to do with";
    if (s->seen & STOMP_NEVER_MADE)
        return "This file claims to have been made when the change journal, which is complete for that time, has no "
               "creation of it";
    if (s->seen & STOMP_UNRECORDED)
        return "The change journal has this file made at another time than it claims, and nothing that set it";
    if (s->seen & STOMP_SHADOW_OLD)
        return "This file had another creation time when a shadow copy was made";
    if (s->seen & STOMP_INDEX_OLD)
        return "An old entry of its directory has another creation time for this file";
    if (s->seen & STOMP_CONTENT_LATER && s->verdict >= STOMP_FIRM)
        return "The content of this file was signed after it is said to have been modified last";
    if (s->verdict == STOMP_REGULAR)
        return "A plain creation explains these times, and nothing in the evidence contradicts them.";
    if (s->verdict == STOMP_EXPLAINED)
        return "An innocent sequence of operations explains the times of this file";
    return s->alone.fails ? "No sequence of ordinary operations leaves the times of this file"
                          : "The times of this file came from elsewhere: an extractor would leave the same";
}

static const char *innocent_if(const struct stomp_suspect *s) {
    if (s->seen & (STOMP_MOVED_LATER | STOMP_LOG_LATER | STOMP_EVENT_LATER))
        return "a synchroniser, restore or copy tool came back to this one file later and set its creation time; then its "
               "log or schedule has it at that moment";
    if (s->seen & STOMP_CLONE)
        return "a program copied both times from that file on purpose, as some installers and editors do for what they "
               "generate from it";
    if (s->seen & (STOMP_NEVER_MADE | STOMP_UNRECORDED))
        return "the volume was written to by another system or by a driver below the journal, or the journal lost records "
               "without a trace";
    if (s->seen & (STOMP_INDEX_OLD | STOMP_SHADOW_OLD))
        return "another file was moved over it from another volume, or it took over the name of one that had just been "
               "deleted";
    if (s->seen & STOMP_CONTENT_LATER)
        return "the archive or tool that brought it set a fixed or false time of modification";
    return "it was extracted, installed, restored or moved here from another volume";
}

static void add_records(const struct stomp_volume *volume, const struct stomp_suspect *s, struct text *text) {
    const struct stomp_file *file = &volume->files[s->file];
    text_format(text, "MFT entry %u-%u", file->record, file->sequence);
    if (s->create_usn)
        text_format(text, ", USN %llu (made)", (unsigned long long)s->create_usn);
    if (s->set_usn)
        text_format(text, ", USN %llu (times set)", (unsigned long long)s->set_usn);
    if (s->lsn)
        text_format(text, ", LSN %llu", (unsigned long long)s->lsn);
    if (s->event)
        text_format(text, ", event record %llu of Sysmon", (unsigned long long)s->event);
    if (s->entry) {
        const struct stomp_entry *entry = &volume->entries[s->entry - 1];
        text_format(text,
                    entry->shadow ? ", artifact %u of a shadow copy (created "
                                  : ", artifact %u, $I30 at byte %llu (created ",
                    entry->artifact, (unsigned long long)entry->offset);
        add_time(text, entry->created);
        text_char(text, ')');
    }
}

static bool write_finding(const struct stomp_volume *volume, struct casefile *casefile,
                          const struct stomp_suspect *s, const struct casefile_time_verdict *row) {
    static const enum severity severities[] = {SEVERITY_INFO, SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM,
                                               SEVERITY_HIGH};
    static const enum strength strengths[] = {STRENGTH_WEAK, STRENGTH_WEAK, STRENGTH_WEAK, STRENGTH_FIRM,
                                              STRENGTH_STRONG};
    struct text times = {0};
    add_times(&times, &volume->files[s->file].times);
    struct finding finding = {.detector = "stomp",
                              .severity = severities[s->verdict],
                              .strength = strengths[s->verdict],
                              .summary = row->summary,
                              .excerpt = span_of("", 0, 0)};
    saying_detail(&finding, "times", text_string(&times));
    saying_detail(&finding, "closest innocent history", row->history);
    saying_detail(&finding, "where it fails", row->fails);
    saying_detail(&finding, "innocent if", row->innocent);
    saying_detail(&finding, "change journal", row->journal);
    saying_detail(&finding, "$LogFile", row->log);
    saying_detail(&finding, "directory index", row->directory);
    saying_detail(&finding, "shadow copies", row->shadow);
    saying_detail(&finding, "event logs", row->events);
    saying_detail(&finding, "to check", row->records);
    struct casefile_reference twin = {row->twin, "the file whose times it has"};
    bool good = saying_write(casefile, (int64_t)row->artifact, &finding, &twin, row->twin ? 1 : 0);
    text_free(&times);
    return good;
}

static bool tell_one(const struct stomp_volume *volume, struct casefile *casefile,
                     const struct stomp_suspect *s, struct text line[LINES], bool finding) {
    const struct stomp_file *file = &volume->files[s->file];
    bool words_too = s->verdict > STOMP_EXPLAINED || file->flags & STOMP_ASKED;
    for (int i = 0; i < LINES; i++)
        text_clear(&line[i]);
    add_operations(&line[0], s);
    say_fails(s, &line[1]);
    add_marks(&line[2], s);
    say_journal(volume, s, &line[3]);
    say_log(volume, s, &line[4]);
    say_events(volume, s, &line[7]);
    if (words_too) {
        add_history(&line[5], s);
        add_records(volume, s, &line[6]);
    }
    struct casefile_time_verdict row = {.artifact = file->artifact,
                                        .verdict = verdicts[s->verdict],
                                        .operations = text_string(&line[0]),
                                        .history = words_too ? text_string(&line[5]) : NULL,
                                        .summary = words_too ? summary_of(s) : NULL,
                                        .innocent =
                                            words_too && s->verdict > STOMP_EXPLAINED ? innocent_if(s) : NULL,
                                        .records = words_too ? text_string(&line[6]) : NULL,
                                        .fails = line[1].size ? text_string(&line[1]) : NULL,
                                        .marks = text_string(&line[2]),
                                        .score = s->score,
                                        .cohort = s->cohort,
                                        .journal = text_string(&line[3]),
                                        .log = text_string(&line[4]),
                                        .directory = say_directory(s),
                                        .shadow = say_shadow(volume, s),
                                        .events = text_string(&line[7]),
                                        .twin = s->twin == STOMP_NONE ? 0 : volume->files[s->twin].artifact};
    return casefile_time_verdict(casefile, &row) && (!finding || write_finding(volume, casefile, s, &row));
}

/* --- all --- */

static int by_score(const void *left, const void *right) {
    const struct stomp_suspect *a = *(const struct stomp_suspect *const *)left,
                               *b = *(const struct stomp_suspect *const *)right;
    return a->score != b->score ? (a->score < b->score) - (a->score > b->score)
                                : (a->file > b->file) - (a->file < b->file);
}

/* The score from which on notes are told, so that at most STOMP_NOTES are; by file where it is the last one.
 */
static bool choose_notes(const struct stomp_suspects *suspects, uint32_t *score, uint32_t *last) {
    const struct stomp_suspect **weak = malloc((suspects->count + 1) * sizeof(struct stomp_suspect *));
    size_t count = 0;
    *score = STOMP_NOTE_SCORE;
    *last = UINT32_MAX;
    if (!weak)
        return false;
    for (size_t i = 0; i < suspects->count; i++)
        if (suspects->list[i].verdict == STOMP_WEAK && suspects->list[i].score >= STOMP_NOTE_SCORE)
            weak[count++] = &suspects->list[i];
    if (count > STOMP_NOTES) {
        qsort(weak, count, sizeof(struct stomp_suspect *), by_score);
        *score = weak[STOMP_NOTES - 1]->score;
        *last = weak[STOMP_NOTES - 1]->file;
    }
    free(weak);
    return true;
}

static bool is_told(const struct stomp_suspect *s, uint32_t score, uint32_t last) {
    return s->verdict >= STOMP_FIRM ||
           (s->verdict == STOMP_WEAK && (s->score > score || (s->score == score && s->file <= last)));
}

static const char *state_of_journal(const struct stomp_journal *journal) {
    if (!journal->artifact)
        return "there is none";
    return journal->damaged ? "damaged" : journal->complete ? "usable" : "not read whole";
}

bool stomp_tell(const struct stomp_volume *volume, struct stomp_suspects *suspects,
                struct casefile *casefile) {
    struct casefile_time_summary sum = {.volume = (uint64_t)volume->id,
                                        .files = volume->count,
                                        .journal = (uint64_t)volume->journal.artifact,
                                        .journal_from = volume->journal.from,
                                        .journal_to = volume->journal.to,
                                        .journal_state = state_of_journal(&volume->journal),
                                        .log = (uint64_t)volume->log.artifact,
                                        .log_from = volume->log.from,
                                        .log_to = volume->log.to,
                                        .logs = volume->clock.logs,
                                        .clock_steps = volume->clock.told,
                                        .clock_back = volume->clock.back,
                                        .log_state = !volume->log.artifact  ? "there is none"
                                                     : volume->log.complete ? "usable"
                                                                            : "not read whole"};
    uint64_t regular = 0, *const counts[] = {&regular, &sum.explained, &sum.weak, &sum.firm, &sum.strong};
    struct text line[LINES] = {{0}};
    uint32_t score, last;
    bool good = choose_notes(suspects, &score, &last);
    for (uint32_t i = 0; i < volume->count; i++)
        sum.irregular +=
            volume->files[i].flags & STOMP_IRREGULAR && volume->files[i].record >= STOMP_SYSTEM_FILES;
    for (size_t i = 0; good && i < suspects->count; i++) {
        const struct stomp_suspect *s = &suspects->list[i];
        bool told = is_told(s, score, last);
        ++*counts[s->verdict];
        sum.told += told && s->verdict == STOMP_WEAK;
        good = tell_one(volume, casefile, s, line, told);
    }
    for (int i = 0; i < LINES; i++)
        text_free(&line[i]);
    return good && casefile_time_summary(casefile, &sum);
}
