/* Where the files of a change journal lay: one small journal a situation. */
#include "case_made.h"

#include "base/row.h"
#include "judge/judges.h"

enum {
    CREATE = 0x100,
    DELETE = 0x200,
    OLD = 0x1000,
    NEW = 0x2000,
    WRITE = 0x1,
    ROOT = 5,
    JOURNAL = 100, /* the artifact of the first journal; folders have smaller numbers */
};

/* A record of a journal; `folder` says that it is about one. usn 0: 100 more than the one before. */
struct line {
    unsigned file, file_sequence, parent, parent_sequence, reason;
    const char *name;
    bool folder;
    uint64_t usn;
};

static struct casefile *start(void) {
    struct casefile *c = made_case(NULL);
    assert_true(casefile_detector(c, "judge", &judges_find("usn_paths")->text));
    return c;
}

/* A folder of volume `volume`. */
static void folder_of(struct casefile *c, unsigned volume, uint64_t id, const char *folder, const char *name,
                      unsigned record, unsigned sequence, unsigned flags) {
    struct listing listing = made_listing(folder, name);
    listing.volume = volume;
    listing.record = record;
    listing.sequence = (uint16_t)sequence;
    listing.flags = LISTING_DIRECTORY | flags;
    assert_true(casefile_artifact(c, id, &listing, span_of("", 0, 0), "read", NULL));
}

static void folder(struct casefile *c, uint64_t id, const char *path, const char *name, unsigned record,
                   unsigned sequence) {
    folder_of(c, 1, id, path, name, record, sequence, 0);
}

static void place_journal(struct casefile *c, uint64_t id, unsigned evidence, unsigned volume,
                          const char *path, const char *name, const char *stream) {
    struct listing listing = made_listing(path, name);
    listing.stream = stream;
    listing.stream_size = stream ? strlen(stream) : 0;
    listing.evidence = evidence;
    listing.volume = volume;
    assert_true(casefile_artifact(c, id, &listing, span_of("", 0, 0), "read", NULL));
}

static void fill(struct casefile *c, uint64_t id, const struct line *lines, size_t count) {
    struct text bytes = {0};
    uint64_t usn = 0;
    for (size_t i = 0; i < count; i++) {
        struct row_writer row;
        usn = lines[i].usn ? lines[i].usn : usn + 100;
        row_begin(&row, &bytes, FACT_usn);
        row_integer(&row, FACT_usn_ordinal, i);
        row_integer(&row, FACT_usn_usn, usn);
        row_integer(&row, FACT_usn_file, lines[i].file);
        row_integer(&row, FACT_usn_file_sequence, lines[i].file_sequence);
        row_integer(&row, FACT_usn_parent, lines[i].parent);
        row_integer(&row, FACT_usn_parent_sequence, lines[i].parent_sequence);
        row_integer(&row, FACT_usn_reason, lines[i].reason);
        if (lines[i].name) {
            row_integer(&row, FACT_usn_attributes, lines[i].folder ? 0x10 : 0x20);
            row_string(&row, FACT_usn_name, lines[i].name);
        }
        assert_int_equal(made_send(c, &bytes, id), CASEFILE_TAKEN);
    }
    text_free(&bytes);
}

static void run(struct casefile *c) {
    assert_true(judges_find("usn_paths")->judge(c, NULL));
    assert_string_equal(casefile_error(c), "");
}

/* What the view says of the files (not the folders) of a journal, in order: path=source, one space between.
 */
static void expect(struct casefile *c, uint64_t journal, const char *wanted) {
    char sql[400];
    snprintf(
        sql, sizeof sql,
        "SELECT group_concat(coalesce(path, coalesce(folder, '?') || '/?') || '=' || coalesce(path_source, '?'), ' ')"
        " FROM (SELECT * FROM usn_event WHERE artifact = %llu AND coalesce(attributes & 16, 0) = 0 ORDER BY ordinal)",
        (unsigned long long)journal);
    assert_string_equal(made_ask(c, sql), wanted);
}

static void volume_journal(struct casefile *c) {
    place_journal(c, JOURNAL, 1, 1, "/$Extend", "$UsnJrnl", "$J");
}

#define FILL(c, id, lines) fill(c, id, lines, sizeof(lines) / sizeof(lines)[0])

/* /a/b as it is now: records 40-1 and 41-2. */
static struct casefile *with_folders(void) {
    struct casefile *c = start();
    folder(c, 1, "", "", ROOT, ROOT);
    folder(c, 2, "", "a", 40, 1);
    folder(c, 3, "/a", "b", 41, 2);
    volume_journal(c);
    return c;
}

static void still_there(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    static const struct line lines[] = {
        {90, 1, 41, 2, CREATE, "x.exe", false, 0}, {91, 1, ROOT, ROOT, CREATE, "y.exe", false, 0},
        {41, 2, 40, 1, WRITE, "b", true, 0}, /* the folder's own record agrees */
        {90, 1, 41, 2, WRITE, "x.exe", false, 0},  {90, 1, 41, 2, WRITE, NULL, false, 0}, /* version 4 */
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL, "/a/b/x.exe=mft /y.exe=mft /a/b/x.exe=mft /a/b/?=mft");
    assert_string_equal(made_ask(c, "SELECT count(*) FROM usn_path"), "3"); /* b, the root, a */
    assert_string_equal(made_ask(c, "SELECT from_usn || '-' || to_usn FROM usn_path WHERE parent = 41"),
                        "100-500");
    casefile_close(c);
}

static void renamed(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    static const struct line lines[] = {
        {90, 1, 41, 2, CREATE, "1", false, 0},    {40, 1, ROOT, ROOT, OLD, "old", true, 0},
        {40, 1, ROOT, ROOT, NEW, "mid", true, 0}, {40, 1, ROOT, ROOT, NEW, "mid", true, 0}, /* closed */
        {90, 1, 41, 2, WRITE, "2", false, 0},     {40, 1, ROOT, ROOT, OLD, "mid", true, 0},
        {90, 1, 41, 2, WRITE, "3", false, 0}, /* not yet */
        {40, 1, ROOT, ROOT, NEW, "a", true, 0},   {90, 1, 41, 2, WRITE, "4", false, 0},
        {90, 1, 40, 1, WRITE, "5", false, 0},
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL, "/old/b/1=journal /mid/b/2=journal /mid/b/3=journal /a/b/4=mft /a/5=mft");
    casefile_close(c);
}

static void moved(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    folder(c, 4, "", "c", 42, 7);
    static const struct line lines[] = {
        {90, 1, 41, 2, CREATE, "1", false, 0},
        {41, 2, 42, 7, OLD, "b", true, 0},
        {41, 2, 40, 1, NEW, "b", true, 0},
        {90, 1, 41, 2, CREATE, "2", false, 0},
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL, "/c/b/1=journal /a/b/2=mft");
    casefile_close(c);
}

/* The name that a folder had before its first record is not known if that record gives it a new one. */
static void name_unknown(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    static const struct line lines[] = {
        {90, 1, 41, 2, CREATE, "1", false, 0},
        {41, 2, 40, 1, NEW, "b", true, 0},
        {90, 1, 41, 2, CREATE, "2", false, 0},
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL, "/$Unknown-41-2/1=unknown /a/b/2=mft");
    casefile_close(c);
}

static void deleted(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    folder_of(c, 1, 5, "/a", "gone", 50, 4, LISTING_DELETED); /* it was 50-3 */
    folder_of(c, 1, 6, "/$Orphan", "lost", 51, 4, LISTING_DELETED | LISTING_ORPHAN);
    static const struct line lines[] = {
        {90, 1, 60, 9, CREATE, "1", false, 0}, /* its name comes later */
        {91, 1, 50, 3, CREATE, "2", false, 0},
        {92, 1, 51, 3, CREATE, "3", false, 0},
        {60, 9, 41, 2, DELETE, "temp", true, 0},
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL, "/a/b/temp/1=journal /a/gone/2=mft-deleted /$Orphan/lost/3=unknown");
    casefile_close(c);
}

static void reused(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    static const struct line lines[] = {
        {90, 1, 41, 1, CREATE, "1", false, 0}, /* 41-2 is another folder */
        {91, 1, 41, 2, CREATE, "2", false, 0},
        {92, 1, 40, 9, CREATE, "3", false, 0}, /* never heard of */
        {41, 1, ROOT, ROOT, DELETE, "before", true, 0},
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL, "/before/1=journal /a/b/2=mft /$Unknown-40-9/3=unknown");
    casefile_close(c);
}

static void cycles_and_orphans(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    static const struct line lines[] = {
        {70, 1, 71, 1, CREATE, "p", true, 0},  {71, 1, 70, 1, CREATE, "q", true, 0},
        {72, 1, 72, 1, CREATE, "me", true, 0}, {73, 1, 74, 1, CREATE, "child", true, 0},
        {90, 1, 70, 1, CREATE, "1", false, 0}, {90, 1, 72, 1, CREATE, "2", false, 0},
        {90, 1, 73, 1, CREATE, "3", false, 0}, {90, 1, ROOT, 7, CREATE, "4", false, 0},
        {90, 1, 75, 0, CREATE, "5", false, 0},
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL,
           "/$Unknown-71-1/p/1=unknown /$Unknown-72-1/me/2=unknown /$Unknown-74-1/child/3=unknown "
           "/$Unknown-5-7/4=unknown /$Unknown-75-0/5=unknown");
    casefile_close(c);
}

/* Deeper than is followed: told as unknown from there on, and still an end. */
static void deep(void **state) {
    (void)state;
    struct casefile *c = start();
    place_journal(c, JOURNAL, 2, 0, "", "J", NULL);
    static struct line lines[1000];
    for (unsigned i = 0; i < 999; i++)
        lines[i] = (struct line){100 + i, 1, i ? 99 + i : ROOT, i ? 1 : ROOT, CREATE, "d", true, 0};
    lines[999] = (struct line){90, 1, 1098, 1, CREATE, "f", false, 0};
    FILL(c, JOURNAL, lines);
    run(c);
    assert_string_equal(made_ask(c, "SELECT max(length(path)) <= 40 + 2 * 256 FROM usn_event"), "1");
    assert_string_equal(
        made_ask(c, "SELECT path_source || ' ' || substr(path, 1, 10) FROM usn_event WHERE name = 'f'"),
        "unknown /$Unknown-");
    assert_string_equal(made_ask(c, "SELECT count(*) FROM usn_event WHERE path_source = 'journal'"), "257");
    casefile_close(c);
}

static void alone(void **state) {
    (void)state;
    struct casefile *c = with_folders(); /* of another volume: not asked */
    place_journal(c, 101, 2, 0, "/triage", "%24J", NULL);
    place_journal(c, 102, 1, 1, "/Users/x", "$J", NULL); /* a copy that lies on the volume */
    static const struct line lines[] = {
        {90, 1, 41, 2, CREATE, "1", false, 0},       {91, 1, ROOT, ROOT, CREATE, "2", false, 0},
        {42, 2, ROOT, ROOT, CREATE, "dir", true, 0}, {91, 1, 42, 2, CREATE, "3", false, 0},
        {42, 2, 41, 2, NEW, "dir", true, 0},         {91, 1, 42, 2, CREATE, "4", false, 0},
    };
    static const char wanted[] =
        "/$Unknown-41-2/1=unknown /2=journal /dir/3=journal /$Unknown-41-2/dir/4=unknown";
    FILL(c, 101, lines);
    FILL(c, 102, lines);
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, 101, wanted);
    expect(c, 102, wanted);
    expect(c, JOURNAL, "/a/b/1=mft /2=mft /dir/3=journal /a/b/dir/4=journal");
    casefile_close(c);
}

/* A $MFT that lies in evidence 2 as `name`, on drive `drive`: evidence and volume of the number `id`. */
static void collected_mft(struct casefile *c, uint64_t id, uint64_t artifact, unsigned drive,
                          const char *name) {
    struct casefile_evidence evidence = {
        .id = id, .path = "tree/$MFT", .kind = "mft", .state = "read", .artifact = artifact};
    struct casefile_volume volume = {
        .id = id, .evidence = id, .ordinal = 1, .kind = "ntfs", .size = 2048, .state = "read"};
    place_journal(c, artifact, 2, drive, "", name, NULL);
    assert_true(casefile_evidence(c, &evidence) && casefile_volume(c, &volume));
}

/* Collected with its $MFT; with two of them it is not known which. */
static void collected(void **state) {
    (void)state;
    for (unsigned volumes = 1; volumes <= 2; volumes++) {
        struct casefile *c = start();
        for (unsigned i = 0; i < volumes; i++)
            collected_mft(c, 3 + i, 50 + i, 0, i ? "other" : "$MFT");
        folder_of(c, 3, 2, "", "a", 40, 1, 0);
        static const struct line lines[] = {{90, 1, 40, 1, CREATE, "1", false, 0},
                                            {91, 1, 41, 1, CREATE, "2", false, 0}};
        static const struct line more[] = {{41, 1, 40, 1, CREATE, "b", true, 0},
                                           {91, 1, 41, 1, CREATE, "3", false, 0}};
        place_journal(c, 101, 2, 0, "", "J", NULL);
        place_journal(c, 102, 2, 0, "", "K", NULL);
        place_journal(c, 103, 2, 0, "", "L", NULL);
        FILL(c, 101, lines);
        FILL(c, 102, more);
        FILL(c, 103, lines);
        run(c);
        static const char *const wanted[] = {"/a/1=mft-collected /$Unknown-41-1/2=unknown",
                                             "/$Unknown-40-1/1=unknown /$Unknown-41-1/2=unknown"};
        expect(c, 101, wanted[volumes - 1]);
        expect(c, 102, volumes == 1 ? "/a/b/3=journal" : "/$Unknown-40-1/b/3=unknown");
        expect(c, 103, wanted[volumes - 1]); /* what one journal says is not said by another */
        casefile_close(c);
    }
}

/* Drives of a collection: each journal by the $MFT of its own drive. Files of a collection are numbered by
 * their place in it, which is no MFT entry. */
static void drives(void **state) {
    (void)state;
    struct casefile *c = start();
    static const char *const letters[] = {"C:", "D:", "E:"};
    for (unsigned i = 0; i < 3; i++) {
        struct casefile_volume volume = {.id = 10 + i,
                                         .evidence = 2,
                                         .ordinal = 1 + i,
                                         .kind = "collected",
                                         .state = "read",
                                         .drive = letters[i]};
        assert_true(casefile_volume(c, &volume));
        folder_of(c, 10 + i, 20 + i, "", "not this", 40, 1, 0);
        place_journal(c, JOURNAL + i, 2, 10 + i, "/$Extend", "$UsnJrnl", "$J");
    }
    collected_mft(c, 3, 60, 10, "$MFT");
    collected_mft(c, 4, 61, 11, "copy");
    collected_mft(c, 5, 62, 10, "$MFTMirr"); /* that of the root is taken, whatever else there is */
    folder_of(c, 3, 30, "", "of C", 40, 1, 0);
    folder_of(c, 4, 31, "", "of D", 40, 1, 0);
    folder_of(c, 5, 32, "", "of none", 40, 1, 0);
    static const struct line lines[] = {{90, 1, 40, 1, CREATE, "1", false, 0}};
    for (unsigned i = 0; i < 3; i++)
        FILL(c, JOURNAL + i, lines);
    run(c);
    expect(c, JOURNAL, "/of C/1=mft-collected");
    expect(c, JOURNAL + 1, "/of D/1=mft-collected");
    expect(c, JOURNAL + 2, "/$Unknown-40-1/1=unknown");
    casefile_close(c);
}

static void two_volumes(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    struct casefile_volume volume = {
        .id = 2, .evidence = 1, .ordinal = 2, .kind = "ntfs", .size = 2048, .state = "read"};
    assert_true(casefile_volume(c, &volume));
    folder_of(c, 2, 10, "", "", ROOT, ROOT, 0);
    folder_of(c, 2, 11, "", "other", 41, 2, 0);
    place_journal(c, 101, 1, 2, "/$Extend", "$UsnJrnl", "$J");
    static const struct line lines[] = {{90, 1, 41, 2, CREATE, "1", false, 0}};
    FILL(c, JOURNAL, lines);
    FILL(c, 101, lines);
    run(c);
    expect(c, JOURNAL, "/a/b/1=mft");
    expect(c, 101, "/other/1=mft");
    casefile_close(c);
}

/* Numbers that go back, that repeat, and that are as large as they can be. */
static void disorder(void **state) {
    (void)state;
    struct casefile *c = with_folders();
    static const struct line lines[] = {
        {90, 1, 40, 1, CREATE, "3", false, 900}, {40, 1, ROOT, ROOT, NEW, "a", true, 800},
        {90, 1, 40, 1, CREATE, "2", false, 800}, {40, 1, ROOT, ROOT, OLD, "was", true, 200},
        {90, 1, 40, 1, CREATE, "1", false, 100}, {90, 1, 40, 1, CREATE, "4", false, INT64_MAX},
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL, "/a/3=mft /a/2=mft /was/1=journal /a/4=mft");
    casefile_close(c);
}

/* Names that are no names, and what a listing of a part of a volume leaves out. */
static void strange(void **state) {
    (void)state;
    struct casefile *c = start();
    folder(c, 3, "/a", "b", 41, 2); /* the listing began below /a */
    volume_journal(c);
    static const struct line lines[] = {
        {90, 1, 41, 2, CREATE, "1", false, 0},      {41, 2, 40, 1, WRITE, "", true, 0},
        {43, 2, 41, 2, WRITE, MADE_NASTY, true, 0}, {90, 1, 41, 2, CREATE, "2", false, 0},
        {90, 1, 43, 2, CREATE, "3", false, 0},
    };
    FILL(c, JOURNAL, lines);
    run(c);
    expect(c, JOURNAL, "/a/b/1=mft /a/b/2=mft /a/b/" MADE_NASTY "/3=journal");
    casefile_close(c);
}

static void nothing(void **state) {
    (void)state;
    struct casefile *c = start();
    run(c);
    assert_string_equal(made_ask(c, "SELECT count(*) FROM usn_path"), "0");
    casefile_close(c);
}

/* Paths that would fill the case: cut, and told. */
static void too_much(void **state) {
    (void)state;
    struct casefile *c = start();
    place_journal(c, JOURNAL, 2, 0, "", "J", NULL);
    static struct line lines[256 + 6000];
    static char name[1501];
    memset(name, 'n', sizeof name - 1);
    size_t count = 0;
    for (unsigned i = 0; i < 40; i++)
        lines[count++] = (struct line){100 + i, 1, i ? 99 + i : ROOT, i ? 1 : ROOT, CREATE, name, true, 0};
    for (unsigned i = 0; i < 3000; i++) { /* two folders a round, 60 KB each */
        lines[count++] = (struct line){139, 1, 138, 1, NEW, i % 2 ? "x" : "y", true, 0};
        lines[count++] = (struct line){90, 1, 139, 1, CREATE, "f", false, 0};
    }
    fill(c, JOURNAL, lines, count);
    run(c);
    assert_string_equal(made_ask(c, "SELECT count(*) FROM finding WHERE detector = 'usn_paths'"), "0");
    casefile_close(c);
    c = start();
    for (unsigned k = 0; k < 2; k++)
        place_journal(c, JOURNAL + k, 2, 0, "", "J", NULL), fill(c, JOURNAL + k, lines, count);
    run(c);
    assert_string_equal(made_ask(c, "SELECT count(*) FROM finding WHERE detector = 'usn_paths'"), "1");
    assert_string_equal(
        made_ask(c,
                 "SELECT sum(length(o.path)) < 300000000 FROM usn_path p JOIN folder o ON o.id = p.folder"),
        "1");
    casefile_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),      cmocka_unit_test(strange),
        cmocka_unit_test(disorder),     cmocka_unit_test(still_there),
        cmocka_unit_test(renamed),      cmocka_unit_test(moved),
        cmocka_unit_test(name_unknown), cmocka_unit_test(deleted),
        cmocka_unit_test(reused),       cmocka_unit_test(cycles_and_orphans),
        cmocka_unit_test(deep),         cmocka_unit_test(alone),
        cmocka_unit_test(collected),    cmocka_unit_test(two_volumes),
        cmocka_unit_test(drives),       cmocka_unit_test(too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
