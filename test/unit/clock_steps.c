/* What event logs tell of the clock, and of times that were set: steps, and what the judge of times makes of
 * them. Misuse is in the third: events without both times, without JSON, in another form. */
#include "stomp_made.h"

/* --- event logs --- */

static void what_sysmon_saw_long_after_the_making_is_firm(void **state) {
    (void)state;
    struct scene s = start();
    unsigned hit = file(&s, "Hit.exe", stomped(AT(DAY), AT(2 * DAY)));
    sysmon(&s, "C:\\\\D\\\\hit.EXE", AT(DAY), OLD, AT(2 * DAY));
    unsigned extracted = file(&s, "extracted.exe", stomped(AT(4 * DAY), AT(4 * DAY)));
    sysmon(&s, "C:\\\\d\\\\extracted.exe", AT(4 * DAY), OLD, AT(4 * DAY) + SECOND);
    unsigned other = file(&s, "other.exe", stomped(AT(6 * DAY), AT(7 * DAY)));
    sysmon(&s, "C:\\\\d\\\\other.exe", OLD - DAY, OLD, AT(7 * DAY)); /* it had other times than its name */
    run(&s);
    VERDICT(&s, hit, "firm");
    VERDICT(&s, extracted, "weak");
    VERDICT(&s, other, "weak");
    ASK(&s,
        "SELECT events FROM time_verdict WHERE verdict = 'firm' AND records LIKE '%event record 101 of Sysmon%'",
        "contradict: Sysmon saw the creation time changed 2024-01-19T21:20:00.1230000Z; 0 steps of the clock, of 2 s or more");
    casefile_close(s.c);
}

static void sysmon_is_believed_where_the_journal_agrees(void **state) {
    (void)state;
    struct scene s = start();
    unsigned borne = file(&s, "borne.exe", stomped(AT(DAY), AT(DAY + HOUR)));
    session(&s, borne, AT(DAY), CREATE | EXTEND | BASIC,
            "borne.exe"); /* so that the journal alone tells little */
    session(&s, borne, AT(DAY + HOUR), BASIC, "borne.exe");
    sysmon(&s, "C:\\\\d\\\\borne.exe", AT(DAY), OLD, AT(DAY + HOUR));
    unsigned written = file(&s, "written.exe", stomped(AT(3 * DAY), AT(3 * DAY + HOUR)));
    session(&s, written, AT(3 * DAY), CREATE | EXTEND | BASIC, "written.exe");
    session(&s, written, AT(3 * DAY + HOUR), BASIC | OVERWRITE, "written.exe"); /* another moved over it */
    sysmon(&s, "C:\\\\d\\\\written.exe", AT(3 * DAY), OLD, AT(3 * DAY + HOUR));
    journal(&s, T0, AT(9 * DAY), true, 0);
    run(&s);
    VERDICT(&s, borne, "firm");
    assert_string_not_equal(verdict(&s, written), "firm");
    casefile_close(s.c);
}

static void a_clock_that_was_ahead_explains(void **state) {
    (void)state;
    struct scene s = start();
    struct times ahead = plain(AT(DAY));
    ahead.c = AT(300 * DAY); /* set to what the clock showed then */
    unsigned future = file(&s, "future.doc", ahead);
    clock_set(&s, AT(300 * DAY) + HOUR, AT(DAY) - HOUR);
    clock_set(&s, AT(DAY), AT(DAY) + SECOND); /* daily work */
    log_event(&s, 4616, "Microsoft-Windows-Security-Auditing", "{\"PreviousTime\":\"yesterday\"}");
    log_event(&s, 4616, "Microsoft-Windows-Security-Auditing", "no JSON");
    log_event(&s, 1, "Microsoft-Windows-Kernel-General",
              "{\"OldTime\":\"2024-02-01T00:00:00Z\",\"NewTime\":\"2024-02-01T00:01:00Z\"}");
    run(&s);
    VERDICT(&s, future, "explained");
    ASK(&s, "SELECT events FROM time_verdict",
        "explain: a time of it lies where the clock was set back; 2 steps of the clock, of 2 s or more, back by 25840800 s at "
        "most");
    ASK(&s, "SELECT group_concat(source || ' ' || (program IS NOT NULL)) FROM clock_step",
        "Security 4616 1,Kernel-General 1 0");
    ASK(&s, "SELECT logs || ' ' || clock_steps FROM time_summary", "1 2");
    casefile_close(s.c);
    s = start();
    future = file(&s, "future.doc", ahead);
    run(&s);
    VERDICT(&s, future, "weak");
    ASK(&s, "SELECT events FROM time_verdict", "not testable: no event logs were read");
    casefile_close(s.c);
}

static void journals_and_logs_are_told_together(void **state) {
    (void)state;
    struct scene s = start();
    struct text bytes = {0};
    struct row_writer row;
    clock_set(&s, AT(DAY), AT(DAY) + 3 * SECOND);     /* ahead */
    clock_set(&s, AT(2 * DAY), AT(2 * DAY) - SECOND); /* daily work */
    row_begin(&row, &bytes, FACT_usn_clock);
    row_integer(&row, FACT_usn_clock_ordinal, 0);
    row_integer(&row, FACT_usn_clock_usn, 80);
    row_integer(&row, FACT_usn_clock_before, AT(5 * DAY));
    row_integer(&row, FACT_usn_clock_after, AT(4 * DAY));
    send(&s, &bytes, JOURNAL);
    assert_true(judges_find("clock_steps")->judge(s.c, NULL));
    ASK(&s, "SELECT group_concat(source || ' ' || ((after - before) / 10000000)) FROM clock_step",
        "Security 4616 3,change journal -86400");
    ASK(&s, "SELECT count(*) FROM finding", "0");
    casefile_close(s.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_sysmon_saw_long_after_the_making_is_firm),
        cmocka_unit_test(sysmon_is_believed_where_the_journal_agrees),
        cmocka_unit_test(a_clock_that_was_ahead_explains),
        cmocka_unit_test(journals_and_logs_are_told_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
