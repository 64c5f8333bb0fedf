/* assay serve: the pages of report/serve.h, from the server of cli/web.h, until an interrupt. */
#include "report/serve.h"
#include "base/digest.h"
#include "cli/ahead.h"
#include "cli/command.h"
#include "cli/web.h"
#include "judge/singled.h"
#include "store/questions.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct command_option options[] = {
    {"port", 'p', "N", "listen on this port of 127.0.0.1 (default: any that is free)"},
    {"print-address", 0, NULL, "print the address alone, for scripts"},
    {0},
};

enum {
    RANKED = 100, /* hosts of the ranking that can be turned to */
    PAUSE = 2     /* seconds until a store that is away is tried again */
};

struct serving {
    struct serve serve;
    struct ahead *ahead;
    const char *where; /* of the store; NULL for none */
    struct stat file;  /* that was opened; unused for a server */
    bool is_file;
    struct timespec tried;
    struct text policy, reason; /* reason: why the store is not there any more */
    /* The last answer of `singled`, and what it was the answer to. */
    struct singled singled;
    struct text element;
    struct ahead_state state;
    bool answered;
    uint64_t port;
    bool address_alone;
};

/* --- who was singled out --- */

/* What tells that a case came or went. */
static bool state_of(struct store *store, struct ahead_state *ret) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT count(*) AS hosts, coalesce(max(added), 0) AS newest,"
                  " coalesce(sum(caseid % 1000000007), 0) AS together FROM {cases}");
    struct engine_rows *rows = store_ask(store, &sql);
    bool good = store_next(store, rows);
    *ret = (struct ahead_state){0};
    if (good)
        *ret = (struct ahead_state){store_number(store, rows, 0), store_number(store, rows, 1),
                                    store_number(store, rows, 2)};
    store_finish(store, rows);
    sql_free(&sql);
    return good;
}

static bool is_same(const struct ahead_state *one, const struct ahead_state *other) {
    return one->hosts == other->hosts && one->newest == other->newest && one->sum == other->sum;
}

static void forget_answer(struct serving *serving) {
    if (serving->answered)
        singled_free(&serving->singled);
    serving->answered = false;
}

/* The answer is kept for as long as the same is asked of the same cases: it may take a second. */
static const struct singled *singled(void *context, struct store *store, const char *element,
                                     struct text *why) {
    struct serving *serving = context;
    const struct singled_options asked = {.element = element, .most = RANKED};
    const char *word = element ? element : "";
    struct ahead_state state;
    if (!state_of(store, &state)) {
        text_add(why, store_error(store));
        return NULL;
    }
    if (serving->answered && is_same(&serving->state, &state) &&
        strcmp(text_string(&serving->element), word) == 0)
        return &serving->singled;
    forget_answer(serving);
    if (!singled_judge(store, &asked, &serving->singled, why)) {
        singled_free(&serving->singled);
        return NULL;
    }
    text_clear(&serving->element);
    text_add(&serving->element, word);
    serving->state = state;
    serving->answered = true;
    return &serving->singled;
}

/* --- the store --- */

static void close_store(struct serving *serving) {
    forget_answer(serving);
    store_close(serving->serve.store);
    serving->serve.store = NULL;
}

static void open_store(struct serving *serving) {
    text_clear(&serving->reason);
    serving->is_file = stat(serving->where, &serving->file) == 0;
    serving->serve.store = store_open(serving->where, STORE_READ, &serving->reason);
    clock_gettime(CLOCK_MONOTONIC, &serving->tried);
}

/* A store that failed stays failed, and a file that was replaced or removed can still be read: a page gets
 * what is there now, or says why there is none. */
static void renew(struct serving *serving) {
    struct timespec now;
    struct stat st;
    bool there = stat(serving->where, &st) == 0;
    bool other = serving->is_file &&
                 (!there || st.st_ino != serving->file.st_ino || st.st_dev != serving->file.st_dev);
    if (serving->serve.store && !other && !store_error(serving->serve.store)[0])
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!serving->serve.store && !there && now.tv_sec - serving->tried.tv_sec < PAUSE)
        return;
    close_store(serving);
    open_store(serving);
}

/* --- a request --- */

static const char *argument(const void *context, const char *name) {
    return web_argument(context, name);
}

/* What a page is kept by: all that it depends on, and what it is without saying. */
static void key_of(const struct serve_request *request, struct text *out) {
    static const char *const names[][2] = {{"field", "path"}, {"order", "rare"}, {"value", ""},
                                           {"text", ""},      {"element", ""},   {"page", ""},
                                           {"things", ""},    {"hosts", ""}};
    text_add(out, request->path + 1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = request->argument(request->context, names[i][0]);
        if (value && value[0] && strcmp(value, names[i][1]) != 0)
            text_format(out, "\n%s=%s", names[i][0], value);
    }
}

static unsigned page_of(struct serving *serving, const struct serve_request *request, struct output *output,
                        struct text *why) {
    if (serving->where && !serving->serve.store && strncmp(request->path, "/case", 5) != 0) {
        text_add(why, text_string(&serving->reason));
        return 503;
    }
    return serve_answer(&serving->serve, request, output, &serving->policy, why);
}

/* Makes the page in a file in memory: a report may be large, and what is sent from a file is not copied. */
static bool make(struct serving *serving, const struct serve_request *request, int file, unsigned *status) {
    struct output output;
    struct text why = {0};
    output_init(&output, file);
    text_clear(&serving->policy);
    *status = page_of(serving, request, &output, &why);
    bool good = output_end(&output);
    if (*status >= 500) {
        good = ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0;
        output_init(&output, file);
        serve_failure(&serving->serve, request, &output, &serving->policy, text_string(&why));
        good = output_end(&output) && good;
    }
    text_free(&why);
    return good && output.written > 0;
}

/* A page that stays the same as long as the store does; -1: it is to be made. */
static int made_before(struct serving *serving, const struct serve_request *request,
                       struct ahead_state *state, struct text *key) {
    if (!serving->serve.store || !serve_keeps(request->path + 1) || !state_of(serving->serve.store, state))
        return -1;
    key_of(request, key);
    if (key->size >= AHEAD_KEY)
        text_clear(key);
    text_clear(&serving->policy);
    serve_policy(&serving->policy);
    return key->size > 0 ? ahead_find(serving->ahead, text_string(key), state) : -1;
}

static void handle(void *context, const struct web_request *request, struct web_answer *answer) {
    struct serving *serving = context;
    const struct serve_request asked = {.path = request->path, .argument = argument, .context = request};
    struct ahead_state before = {0}, after;
    struct text key = {0};
    if (serving->where)
        renew(serving);
    answer->file = made_before(serving, &asked, &before, &key);
    answer->is_file = answer->file >= 0;
    if (!answer->is_file && (answer->file = memfd_create("page", MFD_CLOEXEC)) >= 0) {
        answer->is_file = make(serving, &asked, answer->file, &answer->status);
        if (!answer->is_file)
            close(answer->file);
        else if (key.size > 0 && answer->status == 200 && state_of(serving->serve.store, &after) &&
                 is_same(&before, &after))
            ahead_keep(serving->ahead, text_string(&key), &after, answer->file);
    }
    answer->policy = text_string(&serving->policy);
    text_free(&key);
}

/* --- pages before anybody asks --- */

struct wish {
    const char *path, *field, *order, *page;
};

static const char *wished(const void *context, const char *name) {
    const struct wish *wish = context;
    return strcmp(name, "field") == 0   ? wish->field
           : strcmp(name, "order") == 0 ? wish->order
           : strcmp(name, "page") == 0  ? wish->page
                                        : NULL;
}

static void make_one(struct serving *serving, const struct wish *wish, ahead_tell *tell, void *context) {
    const struct serve_request request = {.path = wish->path, .argument = wished, .context = wish};
    struct ahead_state before, after;
    struct text key = {0};
    unsigned status;
    int file = memfd_create("page", MFD_CLOEXEC);
    key_of(&request, &key);
    if (file >= 0 && state_of(serving->serve.store, &before) && make(serving, &request, file, &status) &&
        status == 200 && state_of(serving->serve.store, &after) && is_same(&before, &after))
        tell(context, text_string(&key), &after, file);
    if (file >= 0)
        close(file);
    text_free(&key);
}

/* What takes long on a large store: the ranking and the stacks, those by rarity first. */
static void make_all(const char *where, bool cases, ahead_tell *tell, void *context) {
    static const char *const pages[] = {NULL, "2", "3", "4", "5"}, *const orders[] = {NULL, "common"};
    struct serving serving = {.serve = {.singled = singled, .store_name = where, .has_cases = cases},
                              .where = where};
    serving.serve.context = &serving;
    serving.serve.store = digest_prepare() ? store_open(where, STORE_READ, &serving.reason) : NULL;
    for (size_t i = 0; serving.serve.store && i < sizeof pages / sizeof pages[0]; i++)
        make_one(&serving, &(struct wish){"/singled-out", NULL, NULL, pages[i]}, tell, context);
    for (size_t i = 0; serving.serve.store && i < sizeof orders / sizeof orders[0]; i++) {
        struct text words = {0};
        text_add(&words, questions_fields());
        for (char *rest = words.data, *word; rest && (word = strsep(&rest, " "));)
            make_one(&serving, &(struct wish){"/stack", word, orders[i], NULL}, tell, context);
        text_free(&words);
    }
    close_store(&serving);
    text_free(&serving.policy);
    text_free(&serving.element);
    text_free(&serving.reason);
}

static void work(int socket) {
    ahead_work(socket, make_all);
}

/* --- beginning and end --- */

/* A store or a case? One store at most; what is neither is told on its page. */
static bool take_operand(struct serving *serving, const char *operand) {
    struct text error = {0};
    bool address = strncmp(operand, "clickhouse", 10) == 0 && strstr(operand, "://");
    struct store *store = store_open(operand, STORE_READ, &error);
    bool good = true;
    if (store && serving->where) {
        command_error("serve: '%s' and '%s' are two stores; name one", serving->where, operand);
        store_close(store);
        good = false;
    } else if (store) {
        serving->where = serving->serve.store_name = operand;
        serving->is_file = !address && stat(operand, &serving->file) == 0;
        serving->serve.store = store;
    } else if (address) {
        command_error("%s", text_string(&error));
        good = false;
    } else {
        good = serve_add(&serving->serve, operand);
        const struct serve_case *last = good ? &serving->serve.cases[serving->serve.case_count - 1] : NULL;
        if (last && last->reason.size > 0)
            command_error("%s; and %s", text_string(&last->reason), text_string(&error));
    }
    text_free(&error);
    return good;
}

static bool anything(const struct serving *serving) {
    for (size_t i = 0; i < serving->serve.case_count; i++)
        if (serving->serve.cases[i].reason.size == 0)
            return true;
    return serving->where != NULL;
}

/* Until SIGINT, SIGTERM or SIGHUP; a second one has its usual effect, should a page not come to its end. */
static int serve_until_interrupt(struct serving *serving) {
    sigset_t signals, before;
    struct text error = {0};
    int got;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    if (serving->is_file)
        ahead_begin(serving->ahead, serving->where, serving->serve.case_count > 0);
    struct web *web = web_start((unsigned)serving->port, handle, serving, &error);
    if (!web)
        command_error("%s", text_string(&error));
    else {
        printf(serving->address_alone ? "%s\n"
                                      : "Serving until Ctrl-C, to browsers on this machine alone: %s\n",
               web_address(web));
        fflush(stdout);
        while (sigwait(&signals, &got) != 0)
            continue;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    web_stop(web);
    text_free(&error);
    return web ? COMMAND_CLEAN : COMMAND_ERROR;
}

static int serve_operands(struct serving *serving, int count, char **operands) {
    bool good = count > 0;
    if (!good)
        command_error("serve: name a store or cases");
    for (int i = 0; good && i < count; i++)
        good = take_operand(serving, operands[i]);
    if (good && !anything(serving)) {
        command_error("serve: there is nothing to show");
        good = false;
    }
    return good ? serve_until_interrupt(serving) : COMMAND_ERROR;
}

/* Somebody waits for the page: a server that is away, or says nothing, is an error soon. */
static void be_impatient(void) {
    setenv("ASSAY_STORE_RETRY", "1", 0);
    setenv("ASSAY_STORE_TIMEOUT", "120", 0);
}

static int serve_run(int argc, char **argv) {
    struct serving serving = {.serve.singled = singled};
    const char *given;
    int first, got;
    serving.serve.context = &serving;
    while ((got = command_option(&command_serve, argc, argv, &given, &first)) >= 0)
        if (strcmp(options[got].name, "port") != 0)
            serving.address_alone = true;
        else if (!command_number(given, &serving.port) || serving.port > UINT16_MAX) {
            command_error("serve: '%s' is no port", given);
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (!digest_prepare()) {
        command_error("the cryptographic library lacks a digest");
        return COMMAND_ERROR;
    }
    be_impatient();
    serving.ahead = ahead_start(work);
    int status = serving.ahead ? serve_operands(&serving, argc - first, argv + first) : COMMAND_ERROR;
    ahead_stop(serving.ahead);
    close_store(&serving);
    text_free(&serving.element);
    text_free(&serving.policy);
    text_free(&serving.reason);
    serve_free(&serving.serve);
    return status;
}

const struct command command_serve = {
    .name = "serve",
    .usage = "[OPTION...] STORE|CASE...",
    .summary = "Cases, or a store of many, in a browser on this machine.",
    .options = options,
    .run = serve_run,
};
