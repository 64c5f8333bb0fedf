#include "cli/ahead.h"

#include "base/span.h"
#include "base/wire.h"
#include "engine/zygote.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { AGAIN = 60 /* seconds until the process is told again */ };
enum message { BEGIN = 1, BEGIN_BESIDE /* cases */, PAGE, DONE };

struct page {
    char *key;
    struct ahead_state state;
    int file;
    uint64_t size, used; /* used: counts up */
};

struct ahead {
    struct page pages[AHEAD_PAGES];
    uint64_t uses, bytes;
    struct zygote zygote;
    int socket; /* to the process; -1: there is none */
    bool working, cases;
    struct timespec told;
    struct text where;
    uint8_t buffer[WIRE_MAX + 8];
};

/* --- what is kept --- */

static void drop(struct ahead *ahead, struct page *page) {
    if (!page->key)
        return;
    close(page->file);
    free(page->key);
    ahead->bytes -= page->size;
    *page = (struct page){0};
}

static struct page *find(struct ahead *ahead, const char *key) {
    for (size_t i = 0; i < AHEAD_PAGES; i++)
        if (ahead->pages[i].key && strcmp(ahead->pages[i].key, key) == 0)
            return &ahead->pages[i];
    return NULL;
}

/* The place that is free, or was not used for the longest time. */
static struct page *oldest(struct ahead *ahead) {
    struct page *ret = &ahead->pages[0];
    for (size_t i = 1; i < AHEAD_PAGES; i++)
        if (ret->key && (!ahead->pages[i].key || ahead->pages[i].used < ret->used))
            ret = &ahead->pages[i];
    return ret;
}

static bool same(const struct ahead_state *one, const struct ahead_state *other) {
    return one->hosts == other->hosts && one->newest == other->newest && one->sum == other->sum;
}

/* Takes `file`. */
static void keep(struct ahead *ahead, const char *key, const struct ahead_state *state, int file) {
    struct stat st;
    struct page *page = find(ahead, key);
    char *copy = strlen(key) < AHEAD_KEY && fstat(file, &st) == 0 && st.st_size <= AHEAD_BYTES / 4
                     ? strdup(key)
                     : NULL;
    if (!copy) {
        close(file);
        return;
    }
    page = page ? page : oldest(ahead);
    drop(ahead, page);
    for (; ahead->bytes + (uint64_t)st.st_size > AHEAD_BYTES; drop(ahead, page)) {
        page = NULL;
        for (size_t i = 0; i < AHEAD_PAGES; i++)
            if (ahead->pages[i].key && (!page || ahead->pages[i].used < page->used))
                page = &ahead->pages[i];
    }
    *page = (struct page){.key = copy, .state = *state, .file = file, .size = (uint64_t)st.st_size};
    page->used = ++ahead->uses;
    ahead->bytes += page->size;
}

/* --- the process --- */

struct telling {
    int socket;
};

static void put_state(struct text *out, const struct ahead_state *state) {
    wire_u64(out, (uint64_t)state->hosts);
    wire_u64(out, (uint64_t)state->newest);
    wire_u64(out, (uint64_t)state->sum);
}

static void tell(void *context, const char *key, const struct ahead_state *state, int file) {
    struct telling *telling = context;
    struct text out = {0};
    put_state(&out, state);
    wire_string(&out, key, strlen(key));
    struct span payload = span_of(text_string(&out), out.size, 0);
    if (out.full || wire_send(telling->socket, PAGE, payload, &file, 1, true) != WIRE_OK)
        _exit(1);
    text_free(&out);
}

/* Waits to be told, makes all pages, says so, until the socket closes. */
_Noreturn void ahead_work(int socket, ahead_make *make) {
    struct telling telling = {.socket = socket};
    struct wire_message message;
    uint8_t *buffer = malloc(WIRE_MAX + 8);
    setpriority(PRIO_PROCESS, 0, 10);
    while (buffer && wire_receive(socket, buffer, &message, true) == WIRE_OK) {
        struct text where = {0};
        text_bytes(&where, message.payload.data, message.payload.size);
        make(text_string(&where), message.type == BEGIN_BESIDE, tell, &telling);
        text_free(&where);
        if (wire_send(socket, DONE, span_of("", 0, 0), NULL, 0, true) != WIRE_OK)
            break;
    }
    _exit(0);
}

static void tell_to_begin(struct ahead *ahead) {
    struct span where = span_of(text_string(&ahead->where), ahead->where.size, 0);
    if (ahead->socket < 0 || ahead->working || where.size == 0)
        return;
    clock_gettime(CLOCK_MONOTONIC, &ahead->told);
    ahead->working =
        wire_send(ahead->socket, ahead->cases ? BEGIN_BESIDE : BEGIN, where, NULL, 0, false) == WIRE_OK;
}

static void gone(struct ahead *ahead) {
    if (ahead->socket < 0)
        return;
    close(ahead->socket);
    ahead->socket = -1;
    zygote_stop(&ahead->zygote); /* with which the process ends */
}

static bool take_page(struct ahead *ahead, struct wire_message *message) {
    struct ahead_state state;
    struct cursor cursor = cursor_of(message->payload);
    state.hosts = (int64_t)cursor_u64(&cursor);
    state.newest = (int64_t)cursor_u64(&cursor);
    state.sum = (int64_t)cursor_u64(&cursor);
    struct span key = cursor_take(&cursor, cursor_u32(&cursor));
    if (cursor.torn || message->fd_count != 1 || key.size >= AHEAD_KEY)
        return false;
    char copy[AHEAD_KEY];
    memcpy(copy, key.data, key.size);
    copy[key.size] = 0;
    keep(ahead, copy, &state, message->fds[0]);
    return true;
}

/* All that the process has said by now. */
static void listen_to(struct ahead *ahead) {
    struct wire_message message;
    enum wire_status status = WIRE_AGAIN;
    while (ahead->socket >= 0 &&
           (status = wire_receive(ahead->socket, ahead->buffer, &message, false)) == WIRE_OK) {
        if (message.type == DONE)
            ahead->working = false;
        else if (!take_page(ahead, &message)) {
            for (size_t i = 0; i < message.fd_count; i++)
                close(message.fds[i]);
            break;
        }
    }
    if (status != WIRE_AGAIN)
        gone(ahead);
}

/* --- use --- */

struct ahead *ahead_start(void (*work)(int socket)) {
    pid_t process;
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        return NULL;
    ahead->socket = -1;
    if (zygote_start(&ahead->zygote, work) && !zygote_spawn(&ahead->zygote, &process, &ahead->socket)) {
        zygote_stop(&ahead->zygote);
        ahead->socket = -1;
    }
    return ahead;
}

void ahead_begin(struct ahead *ahead, const char *where, bool cases) {
    ahead->cases = cases;
    text_clear(&ahead->where);
    text_add(&ahead->where, where);
    tell_to_begin(ahead);
}

void ahead_stop(struct ahead *ahead) {
    if (!ahead)
        return;
    gone(ahead);
    for (size_t i = 0; i < AHEAD_PAGES; i++)
        drop(ahead, &ahead->pages[i]);
    text_free(&ahead->where);
    free(ahead);
}

int ahead_find(struct ahead *ahead, const char *key, const struct ahead_state *state) {
    struct timespec now;
    listen_to(ahead);
    struct page *page = find(ahead, key);
    if (page && same(&page->state, state)) {
        page->used = ++ahead->uses;
        return fcntl(page->file, F_DUPFD_CLOEXEC, 0);
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (page && now.tv_sec - ahead->told.tv_sec >= AGAIN)
        tell_to_begin(ahead);
    return -1;
}

void ahead_keep(struct ahead *ahead, const char *key, const struct ahead_state *state, int file) {
    int copy = fcntl(file, F_DUPFD_CLOEXEC, 0);
    if (copy >= 0)
        keep(ahead, key, state, copy);
}
