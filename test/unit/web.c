/* Who is answered, and how, by the server of pages: what others try, how much they can take, then its use.
 * The client is a socket, so that it can say what no browser would. */
#include "cli/web.h"

#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { ANSWER = 1 << 16, MANY = WEB_CONNECTIONS + 8 };

struct fixture {
    struct web *web;
    unsigned port;
    char token[WEB_TOKEN];
    unsigned handled; /* requests that the handler saw */
    char answer[ANSWER];
};

/* Tells what it was asked; some paths have answers of other kinds. */
static void tell(void *context, const struct web_request *request, struct web_answer *answer) {
    struct fixture *fixture = context;
    const char *name = web_argument(request, "name");
    fixture->handled++;
    if (strcmp(request->path, "/nothing") == 0)
        return;
    if (strcmp(request->path, "/file") == 0) {
        answer->file = memfd_create("page", MFD_CLOEXEC);
        answer->is_file = answer->file >= 0 && write(answer->file, "from a file", 11) == 11;
        answer->policy = "default-src 'none'; style-src 'sha256-x'";
        return;
    }
    if (strcmp(request->path, "/large") == 0)
        while (!answer->body.full)
            text_add(&answer->body, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    text_format(&answer->body, "path=%s arguments=%zu name=%s", request->path, request->argument_count,
                name ? name : "-");
}

static int set_up(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct text error = {0};
    fixture->web = web_start(0, tell, fixture, &error);
    assert_string_equal(text_string(&error), "");
    assert_int_equal(
        sscanf(web_address(fixture->web), "http://127.0.0.1:%u/%64[0-9a-f]/", &fixture->port, fixture->token),
        2);
    assert_int_equal(strlen(fixture->token), WEB_TOKEN - 1);
    *state = fixture;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *fixture = *state;
    web_stop(fixture->web);
    free(fixture);
    return 0;
}

/* --- a client --- */

static int dial(unsigned port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Is all of the body there? */
static bool whole(const char *answer) {
    const char *gap = strstr(answer, "\r\n\r\n"), *length = strstr(answer, "\r\nContent-Length: ");
    return gap && length && strlen(gap + 4) > 0 && strlen(gap + 4) >= strtoul(length + 18, NULL, 10);
}

/* All that is said until the end, or for so many milliseconds without a word. */
static const char *hear(struct fixture *fixture, int fd, int patience) {
    size_t size = 0;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    fixture->answer[0] = 0;
    while (size < ANSWER - 1 && !whole(fixture->answer) && poll(&ready, 1, patience) > 0) {
        ssize_t got = recv(fd, fixture->answer + size, ANSWER - 1 - size, 0);
        if (got <= 0)
            break;
        size += (size_t)got;
        fixture->answer[size] = 0;
    }
    close(fd);
    return fixture->answer;
}

static const char *say(struct fixture *fixture, const char *bytes) {
    int fd = dial(fixture->port);
    assert_true(fd >= 0);
    assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
    return hear(fixture, fd, 10000);
}

/* A request of `path`, in which %s is the token, with these lines of header instead of the usual Host. */
static const char *request(struct fixture *fixture, const char *method, const char *path,
                           const char *headers) {
    struct text text = {0};
    const char *mark = strstr(path, "%s");
    text_format(&text, "%s ", method);
    text_bytes(&text, path, mark ? (size_t)(mark - path) : strlen(path));
    if (mark) {
        text_add(&text, fixture->token);
        text_add(&text, mark + 2);
    }
    text_add(&text, " HTTP/1.1\r\nConnection: close\r\n");
    if (headers)
        text_add(&text, headers);
    else
        text_format(&text, "Host: 127.0.0.1:%u\r\n", fixture->port);
    text_add(&text, "\r\n");
    const char *answer = say(fixture, text_string(&text));
    text_free(&text);
    return answer;
}

static unsigned status_of(const char *answer) {
    unsigned status = 0;
    return sscanf(answer, "HTTP/1.1 %u", &status) == 1 ? status : 0;
}

static const char *body_of(const char *answer) {
    const char *gap = strstr(answer, "\r\n\r\n");
    return gap ? gap + 4 : "";
}

static void guarded(const char *answer) {
    static const char *const lines[] = {
        "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nX-Frame-Options: DENY\r\n",
        "\r\nReferrer-Policy: no-referrer\r\n",
        "\r\nCache-Control: no-store\r\n",
        "\r\nCross-Origin-Opener-Policy: same-origin\r\n",
        "\r\nCross-Origin-Resource-Policy: same-origin\r\n",
        "\r\nCross-Origin-Embedder-Policy: require-corp\r\n",
        "\r\nContent-Security-Policy: default-src 'none'",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!strstr(answer, lines[i]))
            fail_msg("no %s in\n%s", lines[i] + 2, answer);
    assert_null(strstr(answer, "Access-Control"));
    assert_null(strstr(answer, "Set-Cookie"));
}

static void is_status(const char *answer, unsigned status) {
    if (status_of(answer) != status)
        fail_msg("not %u:\n%s", status, answer);
    guarded(answer);
}

/* --- what others try --- */

/* One hex digit that is wrong, wherever it is, and all that is near to a token, get what a path that is none
 * gets. */
static void without_the_token(void **state) {
    static const char *const paths[] = {"/",      "",         "*",       "/%s",      "//%s/",
                                        "/x%s/",  "/../%s/",  "/%s%%2f", "/%s%%00/", "/favicon.ico",
                                        "/./%s/", "/x/../%s/"};
    struct fixture *fixture = *state;
    char path[WEB_TOKEN + 2], *kept;
    snprintf(path, sizeof path, "/%s/", fixture->token);
    for (size_t i = 1; i < WEB_TOKEN; i++) {
        char right = path[i];
        path[i] = right == '0' ? '1' : '0';
        is_status(request(fixture, "GET", path, NULL), 404);
        path[i] = right;
    }
    kept = strdup(body_of(fixture->answer));
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const char *answer = request(fixture, "GET", paths[i], NULL);
        if (status_of(answer) == 400)
            continue; /* what is no path is no request */
        is_status(answer, 404);
        assert_string_equal(body_of(answer), kept);
    }
    for (size_t i = 0; i < WEB_TOKEN; i++)
        path[i] = path[i] >= 'a' && path[i] <= 'f' ? (char)(path[i] - 32) : path[i];
    is_status(request(fixture, "GET", path, NULL), 404);
    is_status(request(fixture, "POST", "/", NULL), 404);
    assert_int_equal(fixture->handled, 0);
    free(kept);
}

/* Somebody's name that points to this machine, and headers that a browser would not send. */
static void under_another_name(void **state) {
    static const char *const names[] = {"evil.example:%u",   "127.0.0.1",     "127.0.0.1:1",
                                        "localhost",         "localhost.:%u", "localhost:0%u",
                                        "127.1:%u",          "[::1]:%u",      "127.0.0.1.evil.example:%u",
                                        "user@127.0.0.1:%u", "0.0.0.0:%u",    "2130706433:%u",
                                        "127.0.0.1:%u/",     ":%u",           "127.0.0.1:%u,127.0.0.1:%u"};
    struct fixture *fixture = *state;
    struct text host = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *rest = names[i];
        text_clear(&host);
        text_add(&host, "Host: ");
        for (const char *mark; (mark = strstr(rest, "%u")) != NULL; rest = mark + 2) {
            text_bytes(&host, rest, (size_t)(mark - rest));
            text_number(&host, fixture->port);
        }
        text_add(&host, rest);
        text_add(&host, "\r\n");
        is_status(request(fixture, "GET", "/%s/", text_string(&host)), 403);
    }
    text_clear(&host);
    text_format(&host, "Host: 127.0.0.1:%u\r\nHost: evil.example\r\n", fixture->port);
    is_status(request(fixture, "GET", "/%s/", text_string(&host)), 403);
    text_clear(&host);
    text_format(&host, "GET /%s/ HTTP/1.0\r\n\r\n", fixture->token);
    is_status(say(fixture, text_string(&host)), 403);
    text_clear(&host);
    text_format(&host, "GET /%s/ HTTP/1.1\r\nConnection: close\r\n\r\n", fixture->token);
    assert_true(status_of(say(fixture, text_string(&host))) >= 400);
    assert_int_equal(fixture->handled, 0);
    text_free(&host);
}

/* Pages of others that send a browser here. */
static void from_another_site(void **state) {
    static const char *const bad[] = {"Origin: http://evil.example\r\n",
                                      "Origin: null\r\n",
                                      "Origin: \r\n",
                                      "Origin: https://127.0.0.1:%u\r\n",
                                      "Origin: http://localhost:%u\r\n",
                                      "Origin: http://127.0.0.1:1\r\n",
                                      "Sec-Fetch-Site: cross-site\r\n",
                                      "Sec-Fetch-Site: same-site\r\n",
                                      "Sec-Fetch-Site: \r\n",
                                      "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n",
                                      "Origin: http://127.0.0.1:%u\r\nOrigin: http://evil.example\r\n",
                                      "Origin: http://127.0.0.1:%u\r\nSec-Fetch-Site: cross-site\r\n"};
    static const char *const good[] = {"", "Origin: http://127.0.0.1:%u\r\n", "Sec-Fetch-Site: none\r\n",
                                       "Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1:%u\r\n"};
    struct fixture *fixture = *state;
    struct text lines = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0] + sizeof good / sizeof good[0]; i++) {
        bool fine = i >= sizeof bad / sizeof bad[0];
        const char *line = fine ? good[i - sizeof bad / sizeof bad[0]] : bad[i], *mark = strstr(line, "%u");
        text_clear(&lines);
        text_format(&lines, "Host: 127.0.0.1:%u\r\n", fixture->port);
        text_bytes(&lines, line, mark ? (size_t)(mark - line) : strlen(line));
        if (mark) {
            text_number(&lines, fixture->port);
            text_add(&lines, mark + 2);
        }
        is_status(request(fixture, "GET", "/%s/", text_string(&lines)), fine ? 200 : 403);
    }
    assert_int_equal(fixture->handled, sizeof good / sizeof good[0]);
    text_free(&lines);
}

static void other_methods(void **state) {
    static const char *const methods[] = {"POST",  "PUT",   "DELETE",   "OPTIONS",
                                          "TRACE", "PATCH", "PROPFIND", "get"};
    struct fixture *fixture = *state;
    struct text with_body = {0};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        const char *answer = request(fixture, methods[i], "/%s/", NULL);
        is_status(answer, 405);
        assert_non_null(strstr(answer, "\r\nAllow: GET, HEAD\r\n"));
    }
    /* What would follow is not waited for. */
    text_format(&with_body,
                "POST /%s/ HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nContent-Length: 1000000000000\r\n\r\nx",
                fixture->token, fixture->port);
    is_status(say(fixture, text_string(&with_body)), 405);
    assert_int_equal(fixture->handled, 0);
    text_free(&with_body);
}

/* Lengths and bytes that no browser sends: an answer or none, and the server is there afterwards. */
static void what_is_no_request(void **state) {
    static const char *const odd[] = {"\r\n\r\n",
                                      "GET\r\n\r\n",
                                      "GET / HTTP/9.9\r\n\r\n",
                                      "\x16\x03\x01\x02",
                                      "GET / HTTP/1.1\r\nHost\r\n\r\n",
                                      "GET / HTTP/1.1\r\nContent-Length: -1\r\nHost: x\r\n\r\n",
                                      "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: x\r\n\r\nzz\r\n",
                                      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};
    struct fixture *fixture = *state;
    struct text text = {0};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        int fd = dial(fixture->port);
        assert_true(send(fd, odd[i], strlen(odd[i]), MSG_NOSIGNAL) > 0);
        shutdown(fd, SHUT_WR);
        assert_true(status_of(hear(fixture, fd, 500)) != 200);
    }
    for (int part = 0; part < 3; part++) { /* a long path, a long header, many headers */
        text_clear(&text);
        text_format(&text, "GET /%s/", fixture->token);
        for (int i = 0; part == 0 && i < WEB_REQUEST; i++)
            text_char(&text, 'a');
        text_format(&text, " HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n", fixture->port);
        for (int i = 0; part > 0 && i < WEB_REQUEST / 8; i++)
            text_add(&text, part == 2 ? "a: bcde\r\n" : i == 0 ? "a: bcdef" : "aaaaaaaa");
        text_add(&text, "\r\n\r\n");
        int fd = dial(fixture->port);
        send(fd, text.data, text.size, MSG_NOSIGNAL);
        unsigned status = status_of(hear(fixture, fd, 5000));
        assert_true(status == 0 || (status >= 400 && status < 500));
    }
    assert_int_equal(fixture->handled, 0);
    is_status(request(fixture, "GET", "/%s/", NULL), 200);
    text_free(&text);
}

/* Connections that say nothing take what there is and no more; the server is there when they are gone. */
static void many_connections(void **state) {
    struct fixture *fixture = *state;
    int fds[MANY];
    for (size_t i = 0; i < MANY; i++) {
        fds[i] = dial(fixture->port);
        assert_true(fds[i] >= 0);
        if (i % 2)
            assert_int_equal(send(fds[i], "GET /", 5, MSG_NOSIGNAL), 5);
    }
    for (size_t i = 0; i < MANY; i++)
        close(fds[i]);
    is_status(request(fixture, "GET", "/%s/", NULL), 200);
    for (int i = 0; i < 200; i++)
        is_status(request(fixture, "GET", "/%s/again", NULL), 200);
}

/* All connections taken by strangers, who say a byte now and then: the owner is heard all the same, and
 * whoever knows the token stays. */
static void strangers_that_stay(void **state) {
    struct fixture *fixture = *state;
    int fds[MANY], owner = dial(fixture->port);
    struct text text = {0};
    text_format(&text, "GET /%s/again HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", fixture->token, fixture->port);
    assert_int_equal(send(owner, text.data, text.size, MSG_NOSIGNAL), text.size);
    struct pollfd ready = {.fd = owner, .events = POLLIN};
    assert_int_equal(poll(&ready, 1, 5000), 1);
    assert_true(recv(owner, fixture->answer, ANSWER - 1, 0) > 0);
    for (size_t i = 0; i < MANY; i++)
        fds[i] = dial(fixture->port);
    for (int second = 0; second < WEB_STRANGER + 3; second++) {
        for (size_t i = 0; i < MANY; i++)
            (void)!send(fds[i], "G", 1, MSG_NOSIGNAL);
        poll(NULL, 0, 1000);
    }
    is_status(request(fixture, "GET", "/%s/", NULL), 200);
    assert_int_equal(send(owner, text.data, text.size, MSG_NOSIGNAL), text.size);
    is_status(hear(fixture, owner, 5000), 200);
    for (size_t i = 0; i < MANY; i++)
        close(fds[i]);
    text_free(&text);
}

/* Who has no token gets one answer. */
static void one_answer(void **state) {
    struct fixture *fixture = *state;
    struct text text = {0};
    text_format(&text, "GET /x HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", fixture->port);
    const char *answer = say(fixture, text_string(&text));
    is_status(answer, 404);
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    text_free(&text);
}

static void a_port_that_is_taken(void **state) {
    struct fixture *fixture = *state;
    struct text error = {0};
    assert_null(web_start(fixture->port, tell, fixture, &error));
    assert_non_null(strstr(text_string(&error), "Address already in use"));
    text_clear(&error);
    assert_null(web_start(65536, tell, fixture, &error));
    assert_string_equal(text_string(&error), "there is no such port");
    text_free(&error);
    web_stop(NULL);
}

/* Not on other addresses of this machine. */
static void on_loopback_alone(void **state) {
    struct fixture *fixture = *state;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)fixture->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1); /* 127.0.0.2 */
    assert_int_not_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    close(fd);
}

static void tokens_differ(void **state) {
    struct fixture *fixture = *state;
    struct text error = {0};
    struct web *other = web_start(0, tell, fixture, &error);
    assert_non_null(other);
    assert_null(strstr(web_address(other), fixture->token));
    web_stop(other);
    text_free(&error);
}

/* --- use --- */

static void answers(void **state) {
    struct fixture *fixture = *state;
    const char *answer = request(fixture, "GET", "/%s/", NULL);
    is_status(answer, 200);
    assert_string_equal(body_of(answer), "path=/ arguments=0 name=-");
    assert_non_null(strstr(answer, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
    assert_non_null(
        strstr(answer, "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"));
    assert_null(strstr(answer, fixture->token));
    answer = request(fixture, "GET", "/%s/a%20b/%c3%a4?x&name=%3Cb%3E+%2b&name=2", NULL);
    assert_string_equal(body_of(answer), "path=/a b/\xc3\xa4 arguments=3 name=<b> +");
    answer = request(fixture, "GET", "/%s/../../etc/passwd", NULL);
    assert_string_equal(body_of(answer), "path=/../../etc/passwd arguments=0 name=-");
    answer = request(fixture, "GET", "/%s/?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17&18&name=no", NULL);
    assert_string_equal(body_of(answer), "path=/ arguments=16 name=-");
    answer = request(fixture, "HEAD", "/%s/", NULL);
    is_status(answer, 200);
    assert_string_equal(body_of(answer), "");
    assert_non_null(strstr(answer, "\r\nContent-Length: 25\r\n"));
    is_status(request(fixture, "GET", "/%s/nothing", NULL), 404);
    answer = request(fixture, "GET", "/%s/file", NULL);
    is_status(answer, 200);
    assert_string_equal(body_of(answer), "from a file");
    assert_non_null(
        strstr(answer, "\r\nContent-Security-Policy: default-src 'none'; style-src 'sha256-x'\r\n"));
    is_status(request(fixture, "HEAD", "/%s/file", NULL), 200);
    is_status(request(fixture, "GET", "/%s/large", NULL), 500);
}

static void localhost(void **state) {
    struct fixture *fixture = *state;
    struct text host = {0};
    text_format(&host, "Host: localhost:%u\r\n", fixture->port);
    is_status(request(fixture, "GET", "/%s/", text_string(&host)), 200);
    text_free(&host);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {WITH(without_the_token),
                                       WITH(under_another_name),
                                       WITH(from_another_site),
                                       WITH(other_methods),
                                       WITH(what_is_no_request),
                                       WITH(many_connections),
                                       WITH(strangers_that_stay),
                                       WITH(one_answer),
                                       WITH(a_port_that_is_taken),
                                       WITH(on_loopback_alone),
                                       WITH(tokens_differ),
                                       WITH(answers),
                                       WITH(localhost)};
    return cmocka_run_group_tests_name("web", tests, NULL, NULL);
}
