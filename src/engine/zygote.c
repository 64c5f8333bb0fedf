#include "engine/zygote.h"

#include "base/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ASK_SPAWN = 1, ASK_REAP = 2 };

static void quiet(void) {
#ifndef ASSAY_UNCONFINED /* a sanitizer's report must reach the terminal */
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        close(null);
    }
#endif
}

/* In the child of a fork: keeps nothing but standard streams and `socket`, which becomes descriptor 3. */
static void keep_only(int socket) {
    if (socket != 3) {
        dup2(socket, 3);
        close(socket);
    }
    close_range(4, ~0u, 0);
}

static _Noreturn void become_worker(int socket, pid_t parent, void (*work)(int)) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != parent)
        _exit(0);
    keep_only(socket);
    work(3);
    _exit(0);
}

static int spawn(int socket, void (*work)(int)) {
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become_worker(socket, parent, work);
    return (int)pid;
}

static int reap(pid_t pid) {
    int status = -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return status;
}

static _Noreturn void serve(void (*work)(int)) {
    static char buffer[WIRE_MAX];
    struct wire_message message;
    while (wire_receive(3, buffer, &message, true) == WIRE_OK) {
        struct cursor cursor = cursor_of(message.payload);
        int answer = -1;
        if (message.type == ASK_SPAWN && message.fd_count == 1) {
            answer = spawn(message.fds[0], work);
            close(message.fds[0]);
        } else if (message.type == ASK_REAP)
            answer = reap((pid_t)cursor_u32(&cursor));
        if (wire_send(3, message.type, span_of(&answer, sizeof answer, 0), NULL, 0, true) != WIRE_OK)
            break;
    }
    _exit(0);
}

bool zygote_start(struct zygote *ret, void (*work)(int socket)) {
    int pair[2];
    if (!wire_pair(pair))
        return false;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        /* These reach the whole group; only the parent acts on them, and its end is ours. */
        signal(SIGINT, SIG_IGN);
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        signal(SIGQUIT, SIG_IGN);
        clearenv(); /* nothing there for a worker to tell */
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (getppid() != parent)
            _exit(0);
        quiet();
        keep_only(pair[1]);
        serve(work);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return false;
    }
    *ret = (struct zygote){pair[0], pid};
    return true;
}

static int ask(struct zygote *zygote, uint32_t what, struct span payload, int fd) {
    static char buffer[WIRE_MAX];
    struct wire_message message;
    int answer = -1;
    if (wire_send(zygote->socket, what, payload, &fd, fd >= 0 ? 1 : 0, true) != WIRE_OK ||
        wire_receive(zygote->socket, buffer, &message, true) != WIRE_OK || message.type != what)
        return -1;
    return span_copy(message.payload, &answer, sizeof answer) == sizeof answer ? answer : -1;
}

bool zygote_spawn(struct zygote *zygote, pid_t *pid, int *socket) {
    int pair[2];
    if (!wire_pair(pair))
        return false;
    int answer = ask(zygote, ASK_SPAWN, span_of("", 0, 0), pair[1]);
    close(pair[1]);
    if (answer <= 0) {
        close(pair[0]);
        return false;
    }
    *pid = (pid_t)answer;
    *socket = pair[0];
    return true;
}

int zygote_reap(struct zygote *zygote, pid_t pid) {
    struct text text = {0};
    wire_u32(&text, (uint32_t)pid);
    int status = ask(zygote, ASK_REAP, span_of(text_string(&text), text.size, 0), -1);
    text_free(&text);
    return status;
}

void zygote_stop(struct zygote *zygote) {
    if (zygote->pid <= 0)
        return;
    close(zygote->socket);
    waitpid(zygote->pid, NULL, 0);
    *zygote = (struct zygote){-1, 0};
}
