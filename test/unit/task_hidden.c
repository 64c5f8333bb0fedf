/* Tasks by what the registry and the folder of tasks say of each other. */
#include "host_made.h"

#define CACHE "/Microsoft/Windows NT/CurrentVersion/Schedule/TaskCache/"
#define TASKS "/Windows/System32/Tasks"

static struct host_made software(bool volume, bool hive) {
    struct host_made m = host_start(volume);
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", hive);
    host_key(&m, CACHE "Tree");
    host_key(&m, CACHE "Tree/Microsoft");
    host_value(&m, "SD", "REG_BINARY", NULL, span_of("x", 1, 0)); /* a folder */
    return m;
}

static void key(struct host_made *m, const char *name, bool sd, unsigned index) {
    char path[256];
    snprintf(path, sizeof path, CACHE "Tree/%s", name);
    host_key(m, path);
    host_text(m, "Id", "{1}");
    host_number(m, "Index", index);
    if (sd)
        host_value(m, "SD", "REG_BINARY", NULL, span_of("x", 1, 0));
}

static void file(struct host_made *m, const char *folder, const char *name) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t artifact = host_file(m, folder, name);
    row_begin(&row, &bytes, FACT_task);
    row_integer(&row, FACT_task_complete, 1);
    assert_int_equal(made_send(m->c, &bytes, artifact), CASEFILE_TAKEN);
    text_free(&bytes);
}

static void ordinary(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    host_expect(&m, "task_hidden", "");
    m = software(true, true);
    key(&m, "One", true, 3);
    key(&m, "Microsoft/Two", true, 2);
    file(&m, TASKS, "one");
    file(&m, TASKS "/Microsoft", "Two");
    file(&m, "/Program Files/x", "Other");
    host_expect(&m, "task_hidden", "");
    m = software(true, true); /* Windows 7: none has SD */
    key(&m, "One", false, 3);
    key(&m, "Two", false, 3);
    file(&m, TASKS, "One");
    file(&m, TASKS, "Two");
    host_expect(&m, "task_hidden", "");
    m = software(false, false); /* a lack of files and keys tells nothing where not all are known */
    key(&m, "One", true, 3);
    key(&m, "Two", true, 3);
    key(&m, "Three", false, 3);
    file(&m, TASKS, "Four");
    host_expect(&m, "task_hidden", "");
}

static void hidden(void **state) {
    (void)state;
    for (int gone = 0; gone < 2; gone++) {
        struct host_made m = software(true, true);
        key(&m, "One", true, 3);
        key(&m, "Two", true, 3);
        key(&m, "Three", false, 3);
        file(&m, TASKS, "One");
        file(&m, TASKS, "Two");
        if (!gone)
            file(&m, TASKS, "Three");
        host_expect(&m, "task_hidden", gone ? "3/2@2" : "2/1@2");
    }
    struct host_made m = software(false, true);
    key(&m, "One", true, 0);
    host_expect(&m, "task_hidden", "2/1@2");
}

static void apart(void **state) {
    (void)state;
    struct host_made m = software(true, true);
    char name[32];
    key(&m, "One", true, 3);
    for (int i = 0; i < 12; i++) {
        snprintf(name, sizeof name, "Key%d", i);
        key(&m, name, true, 3);
    }
    file(&m, TASKS, "One");
    file(&m, TASKS "/Vendor", "Alone");
    host_judge(&m, "task_hidden");
    assert_string_equal(made_ask(m.c, "SELECT group_concat(severity || strength) FROM finding"), "10,10");
    assert_string_equal(
        made_ask(m.c, "SELECT group_concat(value, '|') FROM finding_detail WHERE key = 'how many'"), "12|1");
    assert_string_equal(
        made_ask(m.c, "SELECT length(value) - length(replace(value, 'Key', '')) FROM finding_detail WHERE key"
                      " = 'tasks'"),
        "30");
    assert_string_equal(
        made_ask(m.c, "SELECT value FROM finding_detail WHERE key = 'tasks' AND value NOT LIKE '%Key%'"),
        "/Vendor/Alone");
    casefile_close(m.c);
}

static void many(void **state) {
    (void)state;
    struct host_made m = software(false, true);
    char name[32];
    for (int i = 0; i < 102; i++) {
        snprintf(name, sizeof name, "Key%d", i);
        key(&m, name, true, 0);
    }
    host_judge(&m, "task_hidden");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding WHERE severity > 0"), "100");
    assert_string_equal(made_ask(m.c, "SELECT summary FROM finding WHERE severity = 0"),
                        "2 further ones are not told one by one");
    casefile_close(m.c);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(ordinary), cmocka_unit_test(hidden),
                                       cmocka_unit_test(apart), cmocka_unit_test(many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
