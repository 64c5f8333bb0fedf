/* assay serve: the pages of report/serve.h, from the server of cli/web.h, until an interrupt. */
#include "report/serve.h"
#include "base/digest.h"
#include "cli/command.h"
#include "cli/web.h"
#include "judge/singled.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct command_option options[] = {
    {"port", 'p', "N", "listen on this port of 127.0.0.1 (default: any that is free)"},
    {"print-address", 0, NULL, "print the address alone, for scripts"},
    {0},
};

struct serving {
    struct serve serve;
    const char *where;          /* of the store; NULL for none */
    struct text policy, reason; /* reason: why the store is not there any more */
    /* The last answer of `singled`, and what it was the answer to. */
    struct singled singled;
    struct text element;
    int64_t hosts, added;
    bool answered;
    uint64_t port;
    bool address_alone;
};

/* --- who was singled out --- */

/* What tells that a case came or went. */
static bool state_of(struct store *store, int64_t *hosts, int64_t *added) {
    struct sql sql;
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT count(*) AS hosts, coalesce(max(added), 0) AS newest FROM {cases}");
    struct engine_rows *rows = store_ask(store, &sql);
    bool good = store_next(store, rows);
    *hosts = good ? store_number(store, rows, 0) : 0;
    *added = good ? store_number(store, rows, 1) : 0;
    store_finish(store, rows);
    sql_free(&sql);
    return good;
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
    const struct singled_options asked = {.element = element, .most = 100};
    const char *word = element ? element : "";
    int64_t hosts, added;
    if (!state_of(store, &hosts, &added)) {
        text_add(why, store_error(store));
        return NULL;
    }
    if (serving->answered && serving->hosts == hosts && serving->added == added &&
        strcmp(text_string(&serving->element), word) == 0)
        return &serving->singled;
    forget_answer(serving);
    if (!singled_judge(store, &asked, &serving->singled, why)) {
        singled_free(&serving->singled);
        return NULL;
    }
    text_clear(&serving->element);
    text_add(&serving->element, word);
    serving->hosts = hosts;
    serving->added = added;
    serving->answered = true;
    return &serving->singled;
}

/* --- a request --- */

static const char *argument(const void *context, const char *name) {
    return web_argument(context, name);
}

/* A store that failed stays failed: the next page gets a new one, or says why there is none. */
static void reopen(struct serving *serving) {
    forget_answer(serving);
    store_close(serving->serve.store);
    text_clear(&serving->reason);
    serving->serve.store = store_open(serving->where, STORE_READ, &serving->reason);
}

static unsigned page_of(struct serving *serving, const struct web_request *request, struct output *output,
                        struct text *why) {
    const struct serve_request asked = {.path = request->path, .argument = argument, .context = request};
    if (serving->where && !serving->serve.store && strncmp(request->path, "/case", 5) != 0) {
        text_add(why, text_string(&serving->reason));
        return 500;
    }
    return serve_answer(&serving->serve, &asked, output, &serving->policy, why);
}

/* Makes the page in a file in memory: a report may be large, and what is sent from a file is not copied. */
static bool make(struct serving *serving, const struct web_request *request, struct web_answer *answer) {
    struct output output;
    struct text why = {0};
    output_init(&output, answer->file);
    text_clear(&serving->policy);
    answer->status = page_of(serving, request, &output, &why);
    bool good = output_end(&output);
    if (answer->status == 500) {
        good = ftruncate(answer->file, 0) == 0 && lseek(answer->file, 0, SEEK_SET) == 0;
        output_init(&output, answer->file);
        serve_failure(&serving->serve, &output, &serving->policy, text_string(&why));
        good = output_end(&output) && good;
    }
    text_free(&why);
    return good && output.written > 0;
}

static void handle(void *context, const struct web_request *request, struct web_answer *answer) {
    struct serving *serving = context;
    if (serving->where && !serving->serve.store)
        reopen(serving);
    answer->file = memfd_create("page", MFD_CLOEXEC);
    if (answer->file < 0)
        return;
    answer->is_file = make(serving, request, answer);
    if (!answer->is_file)
        close(answer->file);
    answer->policy = text_string(&serving->policy);
    if (serving->serve.store && store_error(serving->serve.store)[0])
        reopen(serving);
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
        serving->where = operand;
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
    int status = serve_operands(&serving, argc - first, argv + first);
    forget_answer(&serving);
    text_free(&serving.element);
    text_free(&serving.policy);
    text_free(&serving.reason);
    serve_free(&serving.serve);
    store_close(serving.serve.store);
    return status;
}

const struct command command_serve = {
    .name = "serve",
    .usage = "[OPTION...] STORE|CASE...",
    .summary = "Cases, or a store of many, in a browser on this machine.",
    .options = options,
    .run = serve_run,
};
