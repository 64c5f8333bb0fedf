#include "cli/web.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A connection. */
struct guest {
    bool there, known; /* known: has shown the token */
    int fd;
    time_t since;
};

struct web {
    struct MHD_Daemon *daemon;
    pthread_t doorman;
    pthread_mutex_t lock; /* of guests and closing */
    pthread_cond_t leaving;
    struct guest guests[WEB_CONNECTIONS + 1];
    bool has_doorman, closing;
    web_handler *handler;
    void *context;
    int listening; /* -1 once the daemon has it */
    unsigned port;
    char token[WEB_TOKEN];
    struct text address;
};

const char *web_argument(const struct web_request *request, const char *name) {
    for (size_t i = 0; i < request->argument_count; i++)
        if (strcmp(request->arguments[i].name, name) == 0)
            return request->arguments[i].value;
    return NULL;
}

static bool make_token(char token[WEB_TOKEN]) {
    uint8_t bytes[32];
    struct text hex = {0};
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    text_hex(&hex, bytes, sizeof bytes);
    bool good = hex.size == WEB_TOKEN - 1;
    if (good)
        memcpy(token, hex.data, WEB_TOKEN);
    text_free(&hex);
    return good;
}

/* Takes as long whatever is wrong. */
static bool has_token(const struct web *web, const char *path) {
    unsigned char differs = path[0] != '/';
    size_t size = strlen(path);
    if (size < WEB_TOKEN + 1)
        return false;
    for (size_t i = 0; i < WEB_TOKEN - 1; i++)
        differs |= (unsigned char)(path[1 + i] ^ web->token[i]);
    return differs == 0 && path[WEB_TOKEN] == '/';
}

/* --- who asks --- */

struct headers {
    const char *host, *origin, *site;
    unsigned hosts, origins, sites;
};

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
    struct headers *headers = context;
    (void)kind;
    value = value ? value : "";
    if (strcasecmp(name, "Host") == 0) {
        headers->host = value;
        headers->hosts++;
    } else if (strcasecmp(name, "Origin") == 0) {
        headers->origin = value;
        headers->origins++;
    } else if (strcasecmp(name, "Sec-Fetch-Site") == 0) {
        headers->site = value;
        headers->sites++;
    }
    return MHD_YES;
}

/* A browser leaves the port out where it is that of HTTP. */
static bool is_own_host(const struct web *web, const char *host) {
    static const char *const names[] = {"127.0.0.1", "localhost"};
    char own[64];
    for (int i = 0; i < 2; i++) {
        snprintf(own, sizeof own, "%s:%u", names[i], web->port);
        if (strcmp(host, own) == 0 || (web->port == 80 && strcmp(host, names[i]) == 0))
            return true;
    }
    return false;
}

static bool is_ours(const struct web *web, struct MHD_Connection *connection) {
    struct headers sent = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &sent);
    if (sent.hosts != 1 || sent.origins > 1 || sent.sites > 1 || !is_own_host(web, sent.host))
        return false;
    if (sent.origin && (strncmp(sent.origin, "http://", 7) != 0 || strcmp(sent.origin + 7, sent.host) != 0))
        return false;
    return !sent.site || strcmp(sent.site, "same-origin") == 0 || strcmp(sent.site, "none") == 0;
}

/* --- who stays --- */

static time_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* The library tells that a connection ends before it closes it: a descriptor in the list is the guest's. */
static void note_guest(void *context, struct MHD_Connection *connection, void **note,
                       enum MHD_ConnectionNotificationCode code) {
    struct web *web = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    pthread_mutex_lock(&web->lock);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED && *note)
        *(struct guest *)*note = (struct guest){0};
    for (size_t i = 0; code == MHD_CONNECTION_NOTIFY_STARTED && info && !*note && i <= WEB_CONNECTIONS; i++)
        if (!web->guests[i].there) {
            web->guests[i] = (struct guest){.there = true, .fd = info->connect_fd, .since = now()};
            *note = &web->guests[i];
        }
    pthread_mutex_unlock(&web->lock);
}

static void know_guest(struct web *web, struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    pthread_mutex_lock(&web->lock);
    if (info && info->socket_context)
        ((struct guest *)info->socket_context)->known = true;
    pthread_mutex_unlock(&web->lock);
}

/* Looks once a second. */
static void *keep_door(void *context) {
    struct web *web = context;
    pthread_mutex_lock(&web->lock);
    while (!web->closing) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        for (size_t i = 0; i <= WEB_CONNECTIONS; i++)
            if (web->guests[i].there && !web->guests[i].known &&
                until.tv_sec - web->guests[i].since >= WEB_STRANGER)
                shutdown(web->guests[i].fd, SHUT_RDWR);
        until.tv_sec++;
        pthread_cond_timedwait(&web->leaving, &web->lock, &until);
    }
    pthread_mutex_unlock(&web->lock);
    return NULL;
}

static bool open_door(struct web *web) {
    pthread_condattr_t clock;
    pthread_mutex_init(&web->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&web->leaving, &clock);
    pthread_condattr_destroy(&clock);
    web->has_doorman = pthread_create(&web->doorman, NULL, keep_door, web) == 0;
    return web->has_doorman;
}

static void close_door(struct web *web) {
    pthread_mutex_lock(&web->lock);
    web->closing = true;
    pthread_cond_signal(&web->leaving);
    pthread_mutex_unlock(&web->lock);
    if (web->has_doorman)
        pthread_join(web->doorman, NULL);
    pthread_cond_destroy(&web->leaving);
    pthread_mutex_destroy(&web->lock);
}

/* --- what is answered --- */

/* Takes the body or the file of the answer. */
static struct MHD_Response *make_response(struct web_answer *answer) {
    struct MHD_Response *response;
    if (answer->is_file) {
        struct stat st;
        bool known = fstat(answer->file, &st) == 0;
        response = known ? MHD_create_response_from_fd64((uint64_t)st.st_size, answer->file) : NULL;
        if (!response)
            close(answer->file);
        return response;
    }
    if (answer->body.size == 0)
        return MHD_create_response_from_buffer(0, (char[]){0}, MHD_RESPMEM_MUST_COPY);
    response = MHD_create_response_from_buffer(answer->body.size, answer->body.data, MHD_RESPMEM_MUST_FREE);
    if (response)
        answer->body = (struct text){0};
    return response;
}

static enum MHD_Result respond(struct MHD_Connection *connection, struct web_answer *answer) {
    static const char *const fixed[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-store"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Embedder-Policy", "require-corp"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    };
    const char *policy = answer->policy ? answer->policy : "default-src 'none'; frame-ancestors 'none'";
    struct MHD_Response *response = make_response(answer);
    if (!response)
        return MHD_NO;
    bool good = MHD_add_response_header(response, "Content-Type", answer->type) == MHD_YES &&
                MHD_add_response_header(response, "Content-Security-Policy", policy) == MHD_YES;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        good = good && MHD_add_response_header(response, fixed[i][0], fixed[i][1]) == MHD_YES;
    if (answer->status == MHD_HTTP_FORBIDDEN || answer->status == MHD_HTTP_NOT_FOUND)
        good = good && MHD_add_response_header(response, "Connection", "close") == MHD_YES;
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        good = good && MHD_add_response_header(response, "Allow", "GET, HEAD") == MHD_YES;
    enum MHD_Result result = good ? MHD_queue_response(connection, answer->status, response) : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static void refuse(struct web_answer *answer, unsigned status, const char *words) {
    answer->status = status;
    answer->type = "text/plain; charset=utf-8";
    answer->policy = NULL;
    if (answer->is_file)
        close(answer->file);
    answer->is_file = false;
    text_clear(&answer->body);
    answer->body.full = false;
    text_add(&answer->body, words);
}

static enum MHD_Result take_argument(void *context, enum MHD_ValueKind kind, const char *name,
                                     const char *value) {
    struct web_request *request = context;
    (void)kind;
    if (request->argument_count == WEB_ARGUMENTS)
        return MHD_NO;
    request->arguments[request->argument_count].name = name;
    request->arguments[request->argument_count++].value = value ? value : "";
    return MHD_YES;
}

static void answer_request(struct web *web, struct MHD_Connection *connection, const char *url,
                           struct web_answer *answer) {
    struct web_request request = {.path = url + WEB_TOKEN};
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_argument, &request);
    web->handler(web->context, &request, answer);
    if (answer->body.full)
        refuse(answer, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
    else if (answer->body.size == 0 && !answer->is_file)
        refuse(answer, MHD_HTTP_NOT_FOUND, "there is no such page\n");
}

/* Why this is not answered; 0 if it is. */
static unsigned refused(struct web *web, struct MHD_Connection *connection, const char *url,
                        const char *method, struct web_answer *answer) {
    bool reads = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (!is_ours(web, connection))
        refuse(answer, MHD_HTTP_FORBIDDEN, "this address is for a browser on this machine\n");
    else if (!has_token(web, url))
        refuse(answer, MHD_HTTP_NOT_FOUND, "there is no such page\n");
    else if (!reads)
        refuse(answer, MHD_HTTP_METHOD_NOT_ALLOWED, "nothing can be changed here\n");
    else {
        know_guest(web, connection);
        return 0;
    }
    return answer->status;
}

/* Comes at least twice for each request: when its headers are there, and when all of it is. What is refused
 * is refused at once, whatever would follow. */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state) {
    static int begun;
    struct web *web = context;
    struct web_answer answer = {
        .status = MHD_HTTP_OK, .type = "text/html; charset=utf-8", .body.max = WEB_BODY};
    bool first = !*state;
    (void)version;
    (void)upload;
    *state = &begun;
    if (!refused(web, connection, url, method, &answer)) {
        if (first || *upload_size > 0) {
            *upload_size = 0;
            return MHD_YES;
        }
        answer_request(web, connection, url, &answer);
    }
    enum MHD_Result result = respond(connection, &answer);
    text_free(&answer.body);
    return result;
}

/* --- beginning and end --- */

/* The port is known before anybody is answered. That it was in use a moment ago does not matter: another
 * program that listens there is never pushed aside by SO_REUSEADDR. */
static bool listen_on(struct web *web, unsigned port) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof own;
    int yes = 1;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    web->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (web->listening < 0 || setsockopt(web->listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(web->listening, (struct sockaddr *)&own, sizeof own) != 0 ||
        listen(web->listening, WEB_CONNECTIONS) != 0 ||
        getsockname(web->listening, (struct sockaddr *)&own, &size) != 0)
        return false;
    web->port = ntohs(own.sin_port);
    return true;
}

/* Its library's own messages could hold what somebody sent: none are printed. */
static bool start(struct web *web) {
    web->daemon = MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL, handle, web, MHD_OPTION_LISTEN_SOCKET, web->listening,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)WEB_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)WEB_REQUEST,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, note_guest, web, MHD_OPTION_END);
    if (web->daemon)
        web->listening = -1;
    return web->daemon != NULL;
}

struct web *web_start(unsigned port, web_handler *handler, void *context, struct text *error) {
    struct web *web = calloc(1, sizeof *web);
    if (!web || port > UINT16_MAX || !make_token(web->token)) {
        text_add(error, port > UINT16_MAX ? "there is no such port" : "no memory, or no random numbers");
        free(web);
        return NULL;
    }
    web->handler = handler;
    web->context = context;
    web->listening = -1;
    bool good = open_door(web) && listen_on(web, port);
    if (good)
        text_format(&web->address, "http://127.0.0.1:%u/%s/", web->port, web->token);
    if (!good || !start(web)) {
        text_format(error, "cannot listen on 127.0.0.1, port %u: %s", port,
                    good ? "the library for HTTP does not start" : strerror(errno));
        web_stop(web);
        return NULL;
    }
    return web;
}

const char *web_address(const struct web *web) {
    return text_string(&web->address);
}

void web_stop(struct web *web) {
    if (!web)
        return;
    if (web->daemon)
        MHD_stop_daemon(web->daemon);
    if (web->listening >= 0)
        close(web->listening);
    close_door(web);
    text_free(&web->address);
    free(web);
}
