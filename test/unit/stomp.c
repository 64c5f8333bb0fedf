/* What the judge of times says: cases that hit, look-alikes that must not, and journals that are damaged or
 * contradict themselves. Each test is a small volume: a few files, and what journal, log and indexes have of
 * them. */
#include "stomp_made.h"

/* --- by the MFT alone --- */

static void the_mft_alone_gives_no_more_than_a_note(void **state) {
    (void)state;
    struct scene s = start();
    unsigned regular = file(&s, "regular.exe", plain(AT(DAY)));
    unsigned moved = file(&s, "moved.exe", stomped(AT(2 * DAY), AT(2 * DAY)));
    unsigned future =
        file(&s, "future.exe", (struct times){AT(90 * DAY), AT(DAY), AT(DAY), AT(DAY), AT(DAY), AT(DAY)});
    run(&s);
    VERDICT(&s, regular, "none");
    VERDICT(&s, moved, "weak");
    VERDICT(&s, future, "weak");
    ASK(&s, "SELECT count(*) FROM finding WHERE strength > 0", "0");
    ASK(&s, "SELECT files || ' ' || irregular || ' ' || weak || ' ' || journal_state FROM time_summary",
        "5 2 2 there is none");
    ASK(&s,
        "SELECT journal LIKE 'not testable%' AND log LIKE 'not testable%' AND shadow LIKE 'not testable%' FROM time_verdict",
        "1");
    casefile_close(s.c);
}

static void what_was_made_in_one_go_is_explained(void **state) {
    (void)state;
    struct scene s = start();
    char name[48];
    for (int i = 0; i < 12; i++) {
        uint64_t born = AT(DAY) + (uint64_t)i * SECOND, from = OLD + (uint64_t)i * HOUR;
        snprintf(name, sizeof name, "part%d.dll", i);
        file(&s, name, (struct times){from, from, born, born, born, born});
    }
    run(&s);
    ASK(&s, "SELECT group_concat(DISTINCT verdict) FROM time_verdict", "explained");
    ASK(&s, "SELECT count(*) FROM finding", "0");
    casefile_close(s.c);
}

static void a_further_name_may_explain(void **state) {
    (void)state;
    struct scene s = start();
    unsigned linked = file(&s, "linked.dll", stomped(AT(DAY), AT(DAY)));
    struct listing link = made_listing("/d", "first.dll");
    link.link = 1;
    uint64_t fn[4] = {OLD, OLD, OLD, OLD};
    memcpy(link.fn, fn, sizeof fn);
    assert_true(casefile_path(s.c, s.next - 1, &link));
    run(&s);
    VERDICT(&s, linked, "none");
    casefile_close(s.c);
}

static void times_of_one_unrelated_file_are_strong(void **state) {
    (void)state;
    struct scene s = start();
    unsigned owner = file_in(&s, "/s", "kernel32.dll", 700000,
                             (struct times){OLD, OLD + 5 * DAY, OLD + 5 * DAY, OLD, OLD, OLD});
    struct times times = {OLD, OLD + 5 * DAY, AT(DAY), AT(DAY), AT(DAY), AT(DAY)};
    unsigned clone = file_in(&s, "/s", "wlb.dll", 90000, times);
    times.e = times.fc = times.fm = times.fe = AT(9 * DAY);
    unsigned copy = file_in(&s, "/backup", "KERNEL32.DLL", 700000, times); /* a copy that keeps all times */
    times.e = times.fc = times.fm = times.fe = AT(19 * DAY);
    unsigned same_size = file_in(&s, "/x", "other.bak", 700000, times);
    run(&s);
    VERDICT(&s, clone, "strong");
    VERDICT(&s, owner, "none");
    VERDICT(&s, copy, "weak");
    VERDICT(&s, same_size, "weak");
    ASK(&s, "SELECT a.name FROM time_verdict v JOIN artifact a ON a.id = v.twin WHERE v.verdict = 'strong'",
        "kernel32.dll");
    ASK(&s,
        "SELECT count(*) FROM finding_reference r JOIN finding f ON f.id = r.finding WHERE f.strength = 2",
        "1");
    casefile_close(s.c);
}

static void values_of_a_cabinet_are_no_clone(void **state) {
    (void)state;
    struct scene s = start();
    struct times times = {OLD, OLD + 5 * DAY, AT(DAY), AT(DAY), AT(DAY), AT(DAY)};
    file_in(&s, "/a", "one.dll", 10, times);
    file_in(&s, "/b", "two.dll", 20, times); /* born together: a package gave both that value */
    times.e = times.fc = times.fm = times.fe = AT(9 * DAY);
    unsigned later = file_in(&s, "/c", "three.dll", 30, times);
    struct times rounded = {OLD / SECOND * SECOND, OLD / SECOND * SECOND, AT(DAY), AT(DAY), AT(DAY), AT(DAY)};
    file_in(&s, "/e", "r.dll", 40, rounded);
    rounded.e = rounded.fc = rounded.fm = rounded.fe = AT(30 * DAY);
    unsigned round = file_in(&s, "/f", "s.dll", 50, rounded);
    run(&s);
    VERDICT(&s, later, "weak");
    VERDICT(&s, round, "weak");
    casefile_close(s.c);
}

/* --- with the journal --- */

static void a_creation_time_moved_in_a_later_session_is_strong(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "hit.exe", stomped(AT(DAY), AT(DAY + HOUR)));
    session(&s, hit, AT(DAY), CREATE | EXTEND, "hit.exe");
    session(&s, hit, AT(DAY + HOUR), BASIC, "hit.exe");
    unsigned renamed = file(&s, "renamed.exe", (struct times){OLD, OLD, AT(3 * DAY), OLD, OLD, AT(2 * DAY)});
    session(&s, renamed, AT(2 * DAY - HOUR), CREATE | EXTEND, "a.exe");
    session(&s, renamed, AT(2 * DAY), BASIC, "a.exe");
    event(&s, renamed, AT(3 * DAY), FROM, "a.exe");
    session(&s, renamed, AT(3 * DAY), TO, "renamed.exe");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, hit, "strong");
    VERDICT(&s, renamed, "strong"); /* SI == FN clears nothing */
    ASK(&s, "SELECT count(*) FROM finding WHERE detector = 'stomp' AND strength = 2 AND severity = 3", "2");
    ASK(&s, "SELECT records LIKE '%USN %(made)%USN %(times set)%' FROM time_verdict LIMIT 1", "1");
    casefile_close(s.c);
}

static void what_an_extractor_leaves_is_no_more_than_weak(void **state) {
    (void)state;
    struct scene s = start();
    unsigned extracted = file(&s, "lone.exe", stomped(AT(DAY), AT(DAY)));
    session(&s, extracted, AT(DAY), CREATE | EXTEND | BASIC, "lone.exe");
    unsigned again = file(&s, "again.exe", stomped(AT(2 * DAY), AT(3 * DAY))); /* and an attribute later */
    session(&s, again, AT(2 * DAY), CREATE | EXTEND | BASIC, "again.exe");
    session(&s, again, AT(3 * DAY), BASIC, "again.exe");
    unsigned touched =
        file(&s, "touched.txt",
             (struct times){AT(4 * DAY), OLD, AT(5 * DAY), AT(4 * DAY), AT(4 * DAY), AT(4 * DAY)});
    session(&s, touched, AT(4 * DAY), CREATE | EXTEND, "touched.txt");
    session(&s, touched, AT(5 * DAY), BASIC, "touched.txt");
    unsigned over =
        file(&s, "over.exe", stomped(AT(6 * DAY), AT(7 * DAY))); /* moved over it from another volume */
    session(&s, over, AT(6 * DAY), CREATE | EXTEND, "over.exe");
    session(&s, over, AT(7 * DAY), OVERWRITE | EXTEND | BASIC, "over.exe");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, extracted, "weak");
    VERDICT(&s, again, "weak");
    VERDICT(&s, touched, "none");
    VERDICT(&s, over, "weak");
    ASK(&s, "SELECT count(*) FROM finding WHERE strength > 0", "0");
    ASK(&s, "SELECT summary LIKE '%an extractor would leave the same%' FROM time_verdict LIMIT 1", "1");
    casefile_close(s.c);
}

static void tunnelling_is_explained(void **state) {
    (void)state;
    struct scene s = start();
    unsigned saved = file(&s, "letter.docx", (struct times){OLD, AT(DAY), AT(DAY), OLD, AT(DAY), AT(DAY)});
    session(&s, 800, AT(DAY) - 5 * SECOND, DELETED, "letter.docx");
    session(&s, saved, AT(DAY), CREATE | EXTEND, "LETTER.docx");
    unsigned slow =
        file(&s, "slow.docx", (struct times){OLD, AT(2 * DAY), AT(3 * DAY), OLD, AT(2 * DAY), AT(2 * DAY)});
    session(&s, 801, AT(2 * DAY) - 90 * SECOND, DELETED, "slow.docx"); /* too long ago for it */
    session(&s, slow, AT(2 * DAY), CREATE | EXTEND, "slow.docx");
    session(&s, slow, AT(3 * DAY), BASIC, "slow.docx");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, saved, "explained");
    VERDICT(&s, slow, "strong");
    casefile_close(s.c);
}

/* Each of these gives the new file the creation time of the one that had its name. */
static void names_are_given_up_in_many_ways(void **state) {
    (void)state;
    struct scene s = start();
    struct times times = {OLD, AT(DAY), AT(2 * DAY), OLD, AT(DAY), AT(DAY)};
    unsigned reused = file(&s, "reused.txt", times); /* by the file that had the same entry before */
    sequence = 0;
    session(&s, reused, AT(DAY) - SECOND, DELETED, "reused.txt");
    sequence = 1;
    session(&s, reused, AT(DAY), CREATE | EXTEND, "reused.txt");
    session(&s, reused, AT(2 * DAY), BASIC, "reused.txt");
    unsigned linked = file(&s, "linked.txt", times); /* by a hard link that was removed */
    session(&s, 801, AT(DAY) - SECOND, 0x10000, "linked.txt");
    session(&s, linked, AT(DAY), CREATE | EXTEND, "linked.txt");
    session(&s, linked, AT(2 * DAY), BASIC, "linked.txt");
    unsigned stepped = file(&s, "stepped.txt", times); /* while the clock was set back by 30 ms */
    session(&s, 802, AT(DAY) + 300000, DELETED, "stepped.txt");
    session(&s, stepped, AT(DAY), CREATE | EXTEND, "stepped.txt");
    session(&s, stepped, AT(2 * DAY), BASIC, "stepped.txt");
    unsigned umlaut = file(&s, "\xc3\xa4.txt", times); /* in another case */
    session(&s, 803, AT(DAY) - SECOND, DELETED, "\xc3\x84.txt");
    session(&s, umlaut, AT(DAY), CREATE | EXTEND, "\xc3\xa4.txt");
    session(&s, umlaut, AT(2 * DAY), BASIC, "\xc3\xa4.txt");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    ASK(&s, "SELECT group_concat(DISTINCT verdict) || ' ' || count(*) FROM time_verdict", "explained 4");
    casefile_close(s.c);
}

/* A name that was given up by a file of a minute ago does not explain a year. */
static void a_dummy_does_not_launder(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "ren.dll", (struct times){OLD, OLD, AT(DAY + HOUR), AT(DAY), AT(DAY), AT(DAY)});
    session(&s, hit, AT(DAY), CREATE | EXTEND, "q.dll");
    session(&s, 800, AT(DAY) + SECOND, CREATE, "ren.dll");
    session(&s, 800, AT(DAY) + 2 * SECOND, DELETED, "ren.dll");
    event(&s, hit, AT(DAY) + 3 * SECOND, FROM, "q.dll");
    session(&s, hit, AT(DAY) + 3 * SECOND, TO, "ren.dll");
    session(&s, hit, AT(DAY + HOUR), BASIC, "ren.dll");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, hit, "strong");
    casefile_close(s.c);
}

static void a_session_that_began_before_the_journal_is_no_making(void **state) {
    (void)state;
    struct scene s = start();
    unsigned held =
        file(&s, "held.log",
             (struct times){T0 - 9 * DAY, AT(DAY), AT(DAY), T0 - 9 * DAY, T0 - 9 * DAY, T0 - 9 * DAY});
    event(&s, held, AT(0), CREATE | EXTEND | OVERWRITE, "held.log");
    event(&s, held, AT(DAY), CREATE | EXTEND | OVERWRITE | CLOSE, "held.log");
    session(&s, held, AT(DAY), BASIC, "held.log");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, held, "none");
    casefile_close(s.c);
}

static void many_later_sessions_hide_nothing(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "flips.dll", stomped(AT(DAY), AT(DAY + 90 * HOUR)));
    session(&s, hit, AT(DAY), CREATE | EXTEND, "flips.dll");
    for (unsigned i = 1; i <= 90; i++)
        session(&s, hit, AT(DAY) + i * HOUR, i % 2 ? BASIC : 0x800, "flips.dll");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, hit, "strong");
    casefile_close(s.c);
}

/* What another system made, or a clock that was wrong, has one time in both attributes. */
static void what_has_one_creation_time_was_made_then(void **state) {
    (void)state;
    struct scene s = start();
    unsigned linux =
        file(&s, "linux.txt",
             (struct times){AT(3 * DAY), AT(3 * DAY), AT(5 * DAY), AT(3 * DAY), AT(3 * DAY), AT(3 * DAY)});
    session(&s, linux, AT(5 * DAY), BASIC, "linux.txt");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    ASK(&s, "SELECT count(*) FROM finding WHERE strength > 0", "0");
    casefile_close(s.c);
}

static void a_clock_that_was_set_back_last_hides_nothing(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "hit.exe", stomped(AT(DAY), AT(DAY + HOUR)));
    session(&s, hit, AT(DAY), CREATE | EXTEND, "hit.exe");
    session(&s, hit, AT(DAY + HOUR), BASIC, "hit.exe");
    journal(&s, T0, T0 - 30 * DAY, true, 0);
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_usn_clock);
    row_integer(&row, FACT_usn_clock_ordinal, 0);
    row_integer(&row, FACT_usn_clock_before, AT(9 * DAY));
    row_integer(&row, FACT_usn_clock_after, T0 - 30 * DAY);
    send(&s, &bytes, JOURNAL);
    run(&s);
    VERDICT(&s, hit, "strong");
    casefile_close(s.c);
}

static void pictures_that_a_client_copies_are_known(void **state) {
    (void)state;
    struct scene s = start();
    char name[48];
    for (unsigned i = 0; i < 40; i++) {
        uint64_t born = AT(DAY) + i * 20 * SECOND;
        snprintf(name, sizeof name, "p%u.jpg", i);
        unsigned record = file(
            &s, name, (struct times){OLD + i * HOUR, OLD + i * HOUR, born + 3 * SECOND, born, born, born});
        session(&s, record, born, CREATE | EXTEND, name);
        session(&s, record, born + 3 * SECOND, BASIC, name);
    }
    unsigned hit =
        file(&s, "hit.exe",
             stomped(AT(DAY) - 5 * HOUR, AT(DAY) + 100 * SECOND)); /* set among them, made long before */
    session(&s, hit, AT(DAY) - 5 * HOUR, CREATE | EXTEND, "hit.exe");
    session(&s, hit, AT(DAY) + 100 * SECOND, BASIC, "hit.exe");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, hit, "strong");
    ASK(&s, "SELECT count(*) FROM finding WHERE strength > 0", "1");
    casefile_close(s.c);
}

static void a_creation_in_the_journal_s_period_must_be_in_it(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "old.exe", (struct times){AT(3 * DAY), OLD, AT(4 * DAY), OLD, OLD, OLD});
    session(&s, hit, AT(4 * DAY), BASIC, "old.exe");
    unsigned zone =
        file(&s, "zone.txt",
             (struct times){T0 + 10 * HOUR, T0 + 10 * HOUR, T0 - HOUR, T0 - HOUR, T0 - HOUR, T0 - HOUR});
    unsigned clock =
        file(&s, "clock.txt", plain(AT(2 * DAY))); /* made before the journal, by a wrong clock */
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, hit, "firm");
    assert_string_not_equal(verdict(&s, zone), "firm");
    assert_string_not_equal(verdict(&s, clock), "firm");
    ASK(&s, "SELECT count(*) FROM finding WHERE strength > 0", "1");
    casefile_close(s.c);
}

/* What is made while the clock is wrong is in the journal, too, if that tells of the step. */
static void a_step_that_the_journal_tells_of_hides_no_creation(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "old.exe", (struct times){AT(6 * DAY), OLD, AT(8 * DAY), OLD, OLD, OLD});
    session(&s, hit, AT(8 * DAY), BASIC, "old.exe");
    journal(&s, T0, AT(9 * DAY), true, 0);
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_usn_clock);
    row_integer(&row, FACT_usn_clock_ordinal, 0);
    row_integer(&row, FACT_usn_clock_before, AT(6 * DAY) + HOUR);
    row_integer(&row, FACT_usn_clock_after, AT(6 * DAY) - HOUR);
    send(&s, &bytes, JOURNAL);
    run(&s);
    VERDICT(&s, hit, "firm");
    casefile_close(s.c);
}

static void a_tool_that_goes_over_many_files_is_known(void **state) {
    (void)state;
    struct scene s = start();
    char name[48];
    for (unsigned i = 0; i < 30; i++) {
        uint64_t born = AT(DAY) + i * HOUR, set = AT(5 * DAY) + i * SECOND;
        snprintf(name, sizeof name, "r%u.dat", i);
        unsigned record = file(&s, name, stomped(born, set));
        session(&s, record, born, CREATE | EXTEND, name);
        session(&s, record, set, BASIC, name);
    }
    unsigned lone = file(&s, "lone.exe", stomped(AT(3 * DAY), AT(6 * DAY)));
    session(&s, lone, AT(3 * DAY), CREATE | EXTEND, "lone.exe");
    session(&s, lone, AT(6 * DAY), BASIC, "lone.exe");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, lone, "strong");
    ASK(&s, "SELECT count(*) FROM time_verdict WHERE verdict IN ('firm', 'strong')", "1");
    casefile_close(s.c);
}

static void folders_are_set_last_by_archivers(void **state) {
    (void)state;
    struct scene s = start();
    made(&s, s.next, "/d", "sub", NULL, 700, LISTING_DIRECTORY, 0, stomped(AT(DAY), AT(DAY + HOUR)));
    session(&s, 700, AT(DAY), CREATE, "sub");
    session(&s, 700, AT(DAY + HOUR), BASIC, "sub");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    ASK(&s, "SELECT count(*) FROM finding WHERE strength > 0", "0");
    casefile_close(s.c);
}

/* A journal of which a part is damaged or missing, or that contradicts itself, never gives a strong verdict.
 */
static void bad_journals_give_nothing_strong(void **state) {
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct scene s = start();
        unsigned hit = file(&s, "hit.exe", stomped(AT(DAY), AT(DAY + HOUR)));
        session(&s, hit, AT(DAY), CREATE | EXTEND, "hit.exe");
        session(&s, hit, AT(DAY + HOUR), BASIC, "hit.exe");
        if (how == 2) /* made twice */
            session(&s, hit, AT(2 * DAY), CREATE, "hit.exe");
        unsigned never = file(&s, "never.exe", (struct times){AT(3 * DAY), OLD, AT(4 * DAY), OLD, OLD, OLD});
        session(&s, never, AT(4 * DAY), BASIC, "never.exe");
        journal(&s, T0, AT(9 * DAY), how != 1, how == 0);
        run(&s);
        assert_string_not_equal(verdict(&s, hit), "strong");
        if (how == 1) { /* what is missing may be what is missed */
            assert_string_equal(verdict(&s, never), "weak");
            ASK(&s, "SELECT count(*) FROM finding WHERE strength = 2", "0");
        }
        if (how == 2) {
            VERDICT(&s, hit, "weak");
            ASK(&s,
                "SELECT count(*) FROM time_verdict WHERE journal LIKE 'not testable: it contradicts itself%'",
                "1");
        }
        casefile_close(s.c);
    }
}

static void absurd_times_are_survived(void **state) {
    (void)state;
    static const uint64_t odd[] = {0, 1, T0, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX};
    struct scene s = start();
    char name[48];
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        for (size_t k = 0; k < sizeof odd / sizeof odd[0]; k++) {
            snprintf(name, sizeof name, "%zu-%zu", i, k);
            unsigned record = file(&s, name, (struct times){odd[i], odd[k], odd[i], odd[k], odd[i], odd[k]});
            event(&s, record, odd[k], CREATE | BASIC, name);
            event(&s, record, odd[i], BASIC | TO | CLOSE, name);
            session(&s, record, odd[k], BASIC | EXTEND, name);
            log_pair(&s, record, odd[i], odd[k], odd[i]);
            entry(&s, record, odd[k], odd[i], odd[k]);
        }
    journal(&s, UINT64_MAX, 0, true, 0);
    run(&s);
    ASK(&s, "SELECT count(*) FROM time_summary", "1");
    casefile_close(s.c);
}

/* --- log and indexes --- */

static void the_log_s_pair_is_strong_where_the_journal_agrees(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "hit.exe", stomped(T0 - 20 * DAY, AT(5 * DAY)));
    session(&s, hit, AT(5 * DAY), BASIC, "hit.exe");
    log_pair(&s, hit, T0 - 20 * DAY, OLD, AT(5 * DAY));
    unsigned over =
        file(&s, "over.exe", stomped(T0 - 30 * DAY, AT(6 * DAY))); /* another file was moved over it */
    session(&s, over, AT(6 * DAY), OVERWRITE | BASIC, "over.exe");
    log_pair(&s, over, T0 - 30 * DAY, OLD, AT(6 * DAY));
    unsigned extracted = file(&s, "extracted.exe", stomped(AT(7 * DAY), AT(7 * DAY)));
    session(&s, extracted, AT(7 * DAY), CREATE | EXTEND | BASIC, "extracted.exe");
    log_pair(&s, extracted, AT(7 * DAY), OLD, AT(7 * DAY));
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, hit, "strong");
    VERDICT(&s, over, "weak");
    VERDICT(&s, extracted, "weak");
    ASK(&s, "SELECT records LIKE '%LSN 1000%' FROM time_verdict WHERE verdict = 'strong'", "1");
    casefile_close(s.c);
}

static void the_log_alone_is_firm(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "hit.exe", stomped(T0, AT(5 * DAY)));
    log_pair(&s, hit, T0, OLD, AT(5 * DAY));
    unsigned young = file(&s, "young.exe", stomped(AT(5 * DAY), AT(5 * DAY + HOUR))); /* a long download */
    log_pair(&s, young, AT(5 * DAY), OLD, AT(5 * DAY + HOUR));
    unsigned over = file(&s, "over.exe", stomped(T0 + DAY, AT(6 * DAY))); /* another one was moved over it */
    log_write(&s, over, AT(6 * DAY));
    log_pair(&s, over, T0 + DAY, OLD, AT(6 * DAY));
    run(&s);
    VERDICT(&s, over, "weak");
    VERDICT(&s, hit, "firm");
    VERDICT(&s, young, "weak");
    casefile_close(s.c);
}

static void an_old_entry_of_the_directory_is_firm(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file_in(&s, "/d", "hit.exe", 500, stomped(AT(DAY), AT(9 * DAY)));
    entry(&s, hit, AT(DAY), AT(4 * DAY), 500);
    unsigned young = file_in(&s, "/d", "young.exe", 500, stomped(AT(2 * DAY), AT(2 * DAY)));
    entry(&s, young, AT(2 * DAY), AT(2 * DAY), 500); /* as it was while it was extracted */
    unsigned replaced = file_in(&s, "/d", "replaced.exe", 900, stomped(AT(3 * DAY), AT(9 * DAY)));
    entry(&s, replaced, AT(3 * DAY), AT(4 * DAY), 500);
    run(&s);
    VERDICT(&s, hit, "firm");
    VERDICT(&s, young, "weak");
    VERDICT(&s, replaced, "weak");
    casefile_close(s.c);
}

static void a_shadow_copy_with_another_creation_time_is_firm(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file_in(&s, "/d", "hit.exe", 500, stomped(AT(DAY), AT(9 * DAY)));
    struct casefile_volume copy = {.id = 2,
                                   .evidence = 1,
                                   .ordinal = 1,
                                   .kind = "ntfs",
                                   .size = 2048,
                                   .state = "read",
                                   .shadow = 1,
                                   .shadow_of = 1,
                                   .shadow_created = AT(5 * DAY)};
    assert_true(casefile_volume(s.c, &copy));
    struct listing listing = made_listing("/d", "hit.exe");
    uint64_t then[4] = {AT(DAY), AT(DAY), AT(DAY), AT(DAY)};
    listing.volume = 2;
    listing.record = hit;
    listing.sequence = 1;
    listing.size = 500;
    memcpy(listing.si, then, sizeof then);
    memcpy(listing.fn, then, sizeof then);
    assert_true(casefile_artifact(s.c, s.next++, &listing, span_of("", 0, 0), "read", NULL));
    run(&s);
    VERDICT(&s, hit, "firm");
    ASK(&s, "SELECT shadow FROM time_verdict", "contradicts");
    casefile_close(s.c);
}

/* --- what is told --- */

static void only_the_oddest_notes_are_findings(void **state) {
    (void)state;
    struct scene s = start();
    char name[24], folder[24];
    for (unsigned i = 0; i < 300; i++) {
        uint64_t born = AT(DAY) + i * HOUR;
        snprintf(name, sizeof name, "n%u.exe", i);
        snprintf(folder, sizeof folder, "/f%u", i);
        file_in(&s, folder, name, i, (struct times){born + 90 * DAY, born, born, born, born, born});
    }
    run(&s);
    ASK(&s, "SELECT weak || ' ' || told FROM time_summary", "300 100");
    ASK(&s, "SELECT count(*) FROM finding WHERE strength = 0 AND severity = 1", "100");
    casefile_close(s.c);
}

static void the_times_are_a_table(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "hit.exe", stomped(AT(DAY), AT(DAY + HOUR)));
    session(&s, hit, AT(DAY), CREATE | EXTEND, "hit.exe");
    session(&s, hit, AT(DAY + HOUR), BASIC, "hit.exe");
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    ASK(&s,
        "SELECT length(value) - length(replace(value, char(10), '')) FROM finding_detail WHERE key = 'times'",
        "4");
    ASK(&s,
        "SELECT count(*) FROM finding_detail WHERE key IN ('closest innocent history', 'where it fails', 'innocent if',"
        " 'to check')",
        "4");
    casefile_close(s.c);
}

static void what_was_asked_about_gets_a_verdict(void **state) {
    (void)state;
    struct scene s = start();
    unsigned regular = file(&s, "regular.exe", plain(AT(DAY)));
    char id[24];
    snprintf(id, sizeof id, "%llu", (unsigned long long)(s.next - 1));
    assert_true(casefile_meta(s.c, "time_of_1", id));
    run(&s);
    VERDICT(&s, regular, "regular");
    ASK(&s, "SELECT history FROM time_verdict", "the file was made here");
    casefile_close(s.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mft_alone_gives_no_more_than_a_note),
        cmocka_unit_test(what_was_made_in_one_go_is_explained),
        cmocka_unit_test(a_further_name_may_explain),
        cmocka_unit_test(times_of_one_unrelated_file_are_strong),
        cmocka_unit_test(values_of_a_cabinet_are_no_clone),
        cmocka_unit_test(a_creation_time_moved_in_a_later_session_is_strong),
        cmocka_unit_test(what_an_extractor_leaves_is_no_more_than_weak),
        cmocka_unit_test(tunnelling_is_explained),
        cmocka_unit_test(names_are_given_up_in_many_ways),
        cmocka_unit_test(a_dummy_does_not_launder),
        cmocka_unit_test(a_session_that_began_before_the_journal_is_no_making),
        cmocka_unit_test(many_later_sessions_hide_nothing),
        cmocka_unit_test(what_has_one_creation_time_was_made_then),
        cmocka_unit_test(a_clock_that_was_set_back_last_hides_nothing),
        cmocka_unit_test(pictures_that_a_client_copies_are_known),
        cmocka_unit_test(a_creation_in_the_journal_s_period_must_be_in_it),
        cmocka_unit_test(a_step_that_the_journal_tells_of_hides_no_creation),
        cmocka_unit_test(a_tool_that_goes_over_many_files_is_known),
        cmocka_unit_test(folders_are_set_last_by_archivers),
        cmocka_unit_test(bad_journals_give_nothing_strong),
        cmocka_unit_test(absurd_times_are_survived),
        cmocka_unit_test(the_log_s_pair_is_strong_where_the_journal_agrees),
        cmocka_unit_test(the_log_alone_is_firm),
        cmocka_unit_test(an_old_entry_of_the_directory_is_firm),
        cmocka_unit_test(a_shadow_copy_with_another_creation_time_is_firm),
        cmocka_unit_test(only_the_oddest_notes_are_findings),
        cmocka_unit_test(the_times_are_a_table),
        cmocka_unit_test(what_was_asked_about_gets_a_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
