#include "engine/compile_rules.h"

#include "base/wire.h"
#include "engine/compile.h"
#include "engine/confine.h"
#include "engine/unpack_rules.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ASK = 1, ANSWER = 2 }; /* and UNPACK_RULES_ASK */

/* --- in the worker --- */

static struct span map(int fd) {
    off_t size = lseek(fd, 0, SEEK_END);
    void *bytes = size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    return bytes == MAP_FAILED ? span_of("", 0, 0) : span_of(bytes, (size_t)size, 0);
}

static const char *work(struct span bytes, int memory, struct yara_compiled *ret) {
    struct cursor c = cursor_of(bytes);
    struct job job;
    struct text bundle = {.max = (size_t)YARA_SETS * YARA_COMPILE_BUNDLE};
    job_init(&job, COMPILE_RULES_MEMORY);
    uint32_t count = cursor_u32(&c);
    struct yara_source *sources =
        count <= YARA_COMPILE_SOURCES ? job_alloc(&job, (size_t)count + 1, sizeof *sources) : NULL;
    for (uint32_t i = 0; sources && i < count; i++) {
        sources[i].name = cursor_take(&c, cursor_u32(&c));
        sources[i].text = cursor_take(&c, cursor_u32(&c));
    }
    const char *why = !sources ? "out of memory" : c.torn ? "the parent made no sense" : NULL;
    if (!why && yara_compile(&job, sources, count, ret, &bundle, &why))
        why = compile_leave(memory, &bundle) ? NULL : "out of memory";
    text_free(&bundle);
    job_reset(&job);
    return why;
}

static void write_answer(struct text *answer, const struct yara_compiled *compiled, const char *why) {
    wire_string(answer, why ? why : "", why ? strlen(why) : 0);
    wire_u32(answer, compiled->rules);
    wire_u32(answer, compiled->refused);
    wire_u32(answer, (uint32_t)compiled->damage_count);
    for (size_t i = 0; i < compiled->damage_count; i++) {
        const struct yara_damage *damage = &compiled->damage[i];
        wire_u32(answer, damage->source);
        wire_u64(answer, damage->line);
        wire_string(answer, damage->why, strnlen(damage->why, sizeof damage->why));
    }
}

_Noreturn void compile_rules_worker(int socket) {
    static char buffer[WIRE_MAX + 8];
    static struct yara_compiled compiled;
    struct wire_message message;
    if (wire_receive(socket, buffer, &message, true) != WIRE_OK ||
        (message.type != ASK && message.type != UNPACK_RULES_ASK) || message.fd_count != 2 ||
        message.payload.size != 1)
        _exit(2);
#ifndef ASSAY_UNCONFINED
    struct confine_report report;
    if (span_u8(message.payload, 0) == 0 && !confine_self(&report))
        _exit(3);
#endif
    struct text answer = {0};
    if (message.type == UNPACK_RULES_ASK)
        unpack_rules_work(message.fds[0], message.fds[1], &answer);
    else {
        const char *why = work(map(message.fds[0]), message.fds[1], &compiled);
        write_answer(&answer, &compiled, why);
    }
    bool sent = wire_send(socket, ANSWER, span_of(answer.data, answer.size, 0), NULL, 0, true) == WIRE_OK;
    text_free(&answer);
    _exit(sent ? 0 : 2);
}

/* --- in the parent --- */

static bool write_all(int fd, struct span bytes) {
    for (size_t at = 0; at < bytes.size;) {
        ssize_t put = write(fd, bytes.data + at, bytes.size - at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += (size_t)put;
    }
    return true;
}

static bool write_sources(int fd, const struct rules *rules) {
    struct text head = {0};
    wire_u32(&head, (uint32_t)rules->count);
    bool good = true;
    for (size_t i = 0; good && i < rules->count; i++) {
        const struct rules_file *file = &rules->list[i];
        wire_string(&head, file->name, strlen(file->name));
        wire_u32(&head, (uint32_t)file->size);
        good = !head.full && write_all(fd, span_of(head.data, head.size, 0)) &&
               write_all(fd, span_of(file->bytes, file->size, 0));
        text_clear(&head);
    }
    text_free(&head);
    return good;
}

/* A worker's words: printable ASCII, no longer than they may be. */
static void take_words(struct span words, char *to, size_t room) {
    size_t size = 0;
    for (size_t i = 0; i < words.size && size + 1 < room; i++)
        to[size++] = words.data[i] >= 0x20 && words.data[i] < 0x7f ? (char)words.data[i] : '?';
    to[size] = 0;
}

static bool read_answer(int socket, size_t sources, struct yara_compiled *ret, struct text *error) {
    static char buffer[WIRE_MAX + 8];
    char words[YARA_COMPILE_WHY];
    struct wire_message message;
    if (wire_receive(socket, buffer, &message, true) != WIRE_OK || message.type != ANSWER)
        return false;
    for (size_t i = 0; i < message.fd_count; i++)
        close(message.fds[i]);
    struct cursor c = cursor_of(message.payload);
    take_words(cursor_take(&c, cursor_u32(&c)), words, sizeof words);
    ret->rules = cursor_u32(&c);
    ret->refused = cursor_u32(&c);
    uint32_t count = cursor_u32(&c);
    if (c.torn || count > YARA_COMPILE_TOLD || ret->refused > sources)
        return false;
    for (ret->damage_count = 0; ret->damage_count < count && !c.torn; ret->damage_count++) {
        struct yara_damage *damage = &ret->damage[ret->damage_count];
        damage->source = cursor_u32(&c);
        damage->line = cursor_u64(&c);
        take_words(cursor_take(&c, cursor_u32(&c)), damage->why, sizeof damage->why);
        if (damage->source >= sources)
            return false;
    }
    text_add(error, words);
    return !c.torn && !words[0];
}

static bool ask(int socket, const int fds[2], bool unconfined) {
    uint8_t payload = unconfined;
    return wire_send(socket, ASK, span_of(&payload, 1, 0), fds, 2, true) == WIRE_OK;
}

bool compile_rules(struct zygote *zygote, const struct rules *rules, bool unconfined,
                   struct yara_compiled *ret, int *bundle, struct text *error) {
    pid_t pid;
    int socket = -1, fds[2] = {memfd_create("rules", MFD_CLOEXEC), memfd_create("bundle", MFD_CLOEXEC)};
    *ret = (struct yara_compiled){0};
    bool good = fds[0] >= 0 && fds[1] >= 0 && write_sources(fds[0], rules);
    if (!good || !zygote_spawn(zygote, &pid, &socket)) {
        text_format(error, "no process to read the rules in could be started: %s", strerror(errno));
        good = false;
    } else {
        good = ask(socket, fds, unconfined) && read_answer(socket, rules->count, ret, error);
        close(socket);
        int status = zygote_reap(zygote, pid);
        if (!good && status == 3 << 8)
            text_add(error,
                     "the process that reads rules could not be confined; --unconfined lets it run without");
        else if (!good && error->size == 0)
            text_add(error, "the process that was to read the rules ended early");
    }
    if (fds[0] >= 0)
        close(fds[0]);
    if (!good && fds[1] >= 0)
        close(fds[1]);
    *bundle = good ? fds[1] : -1;
    return good;
}
