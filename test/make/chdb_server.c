/* chdb_server: a current ClickHouse for tests, as far as a store asks for one:
 *
 *     chdb_server LIBCHDB FOLDER PORT
 *
 * chDB is the engine of ClickHouse as a library without a server; this puts its HTTP interface before it, on
 * loopback alone, until SIGTERM. LIBCHDB is opened when the program runs: nothing of it is needed to build.
 * FOLDER keeps the data; a server that was killed finds them there again. One user, assay, whose password is
 * $ASSAY_STORE_PASSWORD.
 *
 * As ClickHouse does it: `query` and the body, one behind the other, are the statement; `database`,
 * `default_format`, `query_id` and `wait_end_of_query` are understood, every other argument is a setting, and
 * each request is a session of its own. Errors are the text of the engine with its version, under the status
 * that its number has (exceptionCodeToHTTPStatus.cpp), and the number in X-ClickHouse-Exception-Code. An
 * answer is sent when it is whole. What it has not got: numbers of questions in system.processes that are
 * those of `query_id`, and other servers. */
#include "base/text.h"

#include <dlfcn.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { CONNECTIONS = 64, HEADERS = 1 << 16 };

/* The part of chdb.h that is used; what it calls handles are pointers to be handed back. */
static struct {
    void **(*connect)(int count, char **arguments);
    void (*close)(void **connection);
    void *(*query)(void *connection, const char *sql, size_t size, const char *format, size_t format_size);
    const char *(*error)(void *result);
    const char *(*buffer)(void *result);
    size_t (*length)(void *result);
    void (*destroy)(void *result);
} chdb;

static char *path; /* --path=FOLDER */
static char version[64];

static void die(const char *what) {
    fprintf(stderr, "chdb_server: %s\n", what);
    exit(1);
}

static void load(const char *library) {
    const struct {
        const char *name;
        void *function;
    } symbols[] = {
        {"chdb_connect", &chdb.connect},
        {"chdb_close_conn", &chdb.close},
        {"chdb_query_n", &chdb.query},
        {"chdb_result_error", &chdb.error},
        {"chdb_result_buffer", &chdb.buffer},
        {"chdb_result_length", &chdb.length},
        {"chdb_destroy_query_result", &chdb.destroy},
    };
    void *opened = dlopen(library, RTLD_NOW);
    if (!opened)
        die(dlerror());
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
        void *found = dlsym(opened, symbols[i].name);
        if (!found)
            die(dlerror());
        memcpy(symbols[i].function, &found, sizeof found);
    }
}

static void **connect_engine(void) {
    char *arguments[] = {"clickhouse", path};
    return chdb.connect(2, arguments);
}

/* --- one statement --- */

struct request {
    struct text body, answer;
    bool begun;
    unsigned status, code; /* code: of an error, 0 for none */
    void **engine;
};

static unsigned status_of(unsigned code) {
    static const struct {
        unsigned code, status;
    } known[] = {{36, 400},  {6, 400},   {25, 400},  {26, 400},  {38, 400},  {41, 400}, {72, 400},
                 {27, 400},  {62, 400},  {117, 400}, {53, 400},  {44, 400},  {8, 400},  {69, 400},
                 {168, 400}, {167, 400}, {60, 404},  {46, 404},  {47, 404},  {50, 404}, {56, 404},
                 {81, 404},  {115, 404}, {63, 404},  {73, 404},  {78, 404},  {62, 400}, {48, 501},
                 {209, 503}, {76, 503},  {439, 503}, {159, 408}, {497, 403}, {516, 403}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].code == code)
            return known[i].status;
    return 500;
}

static bool fails(struct request *r, const char *message) {
    const char *number = strstr(message, "Code: ");
    r->code = number ? (unsigned)strtoul(number + 6, NULL, 10) : 1001;
    r->status = status_of(r->code);
    text_clear(&r->answer);
    text_format(&r->answer, "%s (version %s)\n", message, version);
    return false;
}

static bool run(struct request *r, const struct text *sql, const char *format) {
    if (sql->full)
        return fails(r, "Code: 241. DB::Exception: out of memory. (MEMORY_LIMIT_EXCEEDED)");
    void *result = chdb.query(*r->engine, text_string(sql), sql->size, format, strlen(format));
    const char *error = result ? chdb.error(result) : "Code: 1001. DB::Exception: no result";
    bool good = !error || !*error ? true : fails(r, error);
    if (good && chdb.length(result) > 0)
        text_bytes(&r->answer, chdb.buffer(result), chdb.length(result));
    if (result)
        chdb.destroy(result);
    return good;
}

static bool is_word(const char *name) {
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789") == strlen(name);
}

static enum MHD_Result set(void *context, enum MHD_ValueKind kind, const char *name, const char *value) {
    static const char *const others[] = {"query",    "database", "default_format",
                                         "query_id", "user",     "wait_end_of_query"};
    struct request *r = context;
    struct text sql = {0};
    (void)kind;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(name, others[i]) == 0)
            return MHD_YES;
    text_format(&sql, "SET %s = '%s'", is_word(name) ? name : "bad_setting",
                value && !strpbrk(value, "'\\") ? value : "");
    bool good = run(r, &sql, "Null");
    text_free(&sql);
    return good ? MHD_YES : MHD_NO;
}

static bool use(struct request *r, const char *database, bool reads) {
    struct text sql = {0};
    bool good = true;
    if (database) {
        text_format(&sql, "USE %s", is_word(database) ? database : "bad_name");
        good = run(r, &sql, "Null");
    }
    text_clear(&sql);
    text_format(&sql, "SET implicit_select = 0%s", reads ? ", readonly = 2" : "");
    good = good && run(r, &sql, "Null");
    text_free(&sql);
    return good;
}

/* --- HTTP --- */

static bool is_user(struct MHD_Connection *connection) {
    const char *wanted = getenv("ASSAY_STORE_PASSWORD");
    char *password = NULL, *user = MHD_basic_auth_get_username_password(connection, &password);
    bool good =
        user && strcmp(user, "assay") == 0 && strcmp(password ? password : "", wanted ? wanted : "") == 0;
    MHD_free(user);
    MHD_free(password);
    return good;
}

static void answer(struct request *r, struct MHD_Connection *connection, const char *method) {
    const char *query = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "query");
    const char *format = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "default_format");
    const char *database = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "database");
    struct text sql = {0};
    text_format(&sql, "%s%s", query ? query : "", query ? "\n" : "");
    text_bytes(&sql, text_string(&r->body), r->body.size);
    if (!is_user(connection))
        (void)fails(r,
                    "Code: 516. DB::Exception: assay: Authentication failed: password is incorrect, or there "
                    "is no user with such name. (AUTHENTICATION_FAILED)");
    else if (!(r->engine = connect_engine()))
        (void)fails(r, "Code: 202. DB::Exception: Too many simultaneous queries. "
                       "(TOO_MANY_SIMULTANEOUS_QUERIES)");
    else if (use(r, database, strcmp(method, "GET") == 0)) {
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, set, r);
        if (r->code == 0)
            (void)run(r, &sql, format ? format : "TabSeparated");
    }
    if (r->engine)
        chdb.close(r->engine);
    text_free(&sql);
}

static enum MHD_Result respond(struct request *r, struct MHD_Connection *connection) {
    char code[16];
    struct MHD_Response *response = MHD_create_response_from_buffer(
        r->answer.size, r->answer.size > 0 ? r->answer.data : code, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    snprintf(code, sizeof code, "%u", r->code);
    if (r->code > 0)
        MHD_add_response_header(response, "X-ClickHouse-Exception-Code", code);
    MHD_add_response_header(response, "Content-Type", "text/plain; charset=UTF-8");
    enum MHD_Result result = MHD_queue_response(connection, r->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *http, const char *upload, size_t *upload_size,
                              void **state) {
    struct request *r = *state;
    (void)context;
    (void)url;
    (void)http;
    if (!r) {
        *state = r = calloc(1, sizeof *r);
        return r ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        text_bytes(&r->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    r->status = 200;
    answer(r, connection, method);
    return respond(r, connection);
}

static void forget(void *context, struct MHD_Connection *connection, void **state,
                   enum MHD_RequestTerminationCode how) {
    struct request *r = *state;
    (void)context;
    (void)connection;
    (void)how;
    if (!r)
        return;
    text_free(&r->body);
    text_free(&r->answer);
    free(r);
    *state = NULL;
}

static void learn_version(void) {
    struct request r = {.engine = connect_engine()};
    struct text sql = {0};
    if (!r.engine)
        die("the folder cannot be opened");
    text_add(&sql, "SELECT version()");
    if (!run(&r, &sql, "TabSeparated"))
        die(text_string(&r.answer));
    snprintf(version, sizeof version, "%.*s", (int)strcspn(text_string(&r.answer), "\n"),
             text_string(&r.answer));
    text_free(&sql);
    text_free(&r.answer); /* the connection stays: with the last of them the engine would end */
}

int main(int argc, char **argv) {
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct text folder = {0};
    sigset_t ends;
    int which;
    if (argc != 4)
        die("usage: chdb_server LIBCHDB FOLDER PORT");
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    text_format(&folder, "--path=%s", argv[2]);
    path = folder.data;
    load(argv[1]);
    learn_version();
    own.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL,
                         handle, NULL, MHD_OPTION_SOCK_ADDR, &own, MHD_OPTION_CONNECTION_LIMIT,
                         (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS,
                         MHD_OPTION_NOTIFY_COMPLETED, forget, NULL, MHD_OPTION_END);
    if (!daemon)
        die("the port cannot be had");
    sigwait(&ends, &which);
    MHD_stop_daemon(daemon);
    _exit(0); /* what the engine does at its end is of no interest here */
}
