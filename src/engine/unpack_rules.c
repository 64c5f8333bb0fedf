#include "engine/unpack_rules.h"

#include "base/wire.h"
#include "engine/compile.h"
#include "intel/package.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEFT_MAX   ((size_t)RULES_BYTES + RULES_BYTES / 4) /* bytes */
#define MEMORY_MAX ((size_t)256 << 20)                     /* of the directory, and to undo the packing */

/* --- in the worker --- */

static const char *write_members(struct package *package, struct text *out) {
    struct text text = {.max = RULES_BYTES};
    wire_u32(out, (uint32_t)package->count);
    for (size_t i = 0; i < package->count && !out->full; i++) {
        const char *why = NULL, *name = package->list[i].name;
        text_clear(&text);
        bool good = package_read(package, i, &text, &why);
        wire_string(out, name, strlen(name));
        wire_string(out, good ? "" : why, good ? 0 : strlen(why));
        wire_string(out, text_string(&text), text.size);
    }
    text_free(&text);
    return out->full ? "the members of the package take more memory than there is" : NULL;
}

static const char *work(int fd, int memory) {
    struct job job;
    struct package package;
    struct text out = {.max = LEFT_MAX};
    char *data = NULL;
    size_t size = 0;
    job_init(&job, MEMORY_MAX);
    const char *why = compile_read(fd, &data, &size);
    if (!why && package_open(&job, span_of(data, size, 0), package_wants_rules, &package, &why))
        why = write_members(&package, &out);
    if (!why && !compile_leave(memory, &out))
        why = "out of memory";
    text_free(&out);
    job_reset(&job);
    free(data);
    return why;
}

void unpack_rules_work(int fd, int memory, struct text *answer) {
    const char *why = work(fd, memory);
    wire_string(answer, why ? why : "", why ? strlen(why) : 0);
}

/* --- in the parent --- */

static int open_package(const char *path) {
    struct stat st;
    uint8_t head[4];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && pread(fd, head, 4, 0) == 4 &&
                package_is(span_of(head, 4, 0));
    if (fd >= 0 && !good)
        close(fd);
    return good ? fd : -1;
}

bool unpack_rules_is(const char *path) {
    int fd = open_package(path);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool take_member(struct cursor *c, const char *path, struct rules *rules, struct text *error) {
    struct span name = cursor_take(c, cursor_u32(c)), why = cursor_take(c, cursor_u32(c));
    struct span bytes = cursor_take(c, cursor_u32(c));
    struct text called = {0}, full = {0}, words = {0};
    text_bytes(&called, name.data, name.size);
    text_format(&full, "%s/%s", path, text_string(&called));
    compile_words(why, &words);
    bool good = !c->torn && name.size > 0 && !full.full && text_valid(text_string(&called), called.size);
    if (good && words.size > 0)
        good = rules_refuse(rules, text_string(&full), text_string(&words));
    else if (good)
        good = rules_add_bytes(rules, text_string(&full), text_string(&called), bytes, error);
    text_free(&called);
    text_free(&full);
    text_free(&words);
    return good;
}

bool unpack_rules_take(struct span bytes, const char *path, struct rules *rules, struct text *error) {
    struct cursor c = cursor_of(bytes);
    uint32_t count = cursor_u32(&c);
    bool good = !c.torn && count <= PACKAGE_MEMBERS;
    for (uint32_t i = 0; good && i < count; i++)
        good = take_member(&c, path, rules, error);
    if (good && count == 0) {
        text_format(error, "%s: no member of it is named *.yar or *.yara", path);
        return false;
    }
    good = good && c.at == bytes.size;
    if (!good && error->size == 0)
        text_format(error, "%s: what the process that read it left makes no sense", path);
    return good;
}

static bool collect(int memory, const char *path, struct rules *rules, bool *none, struct text *error) {
    off_t size = lseek(memory, 0, SEEK_END);
    void *bytes = size > 0 && (size_t)size <= LEFT_MAX
                      ? mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, memory, 0)
                      : MAP_FAILED;
    if (bytes == MAP_FAILED) {
        text_format(error, "%s: what the process that read it left is not whole", path);
        return false;
    }
    struct span left = span_of(bytes, (size_t)size, 0);
    bool good = unpack_rules_take(left, path, rules, error);
    *none = left.size == 4 && span_is_zero(left);
    munmap(bytes, (size_t)size);
    return good;
}

static bool converse(int socket, int fd, int memory, bool unconfined, struct text *why) {
    static char buffer[WIRE_MAX + 8];
    struct wire_message message;
    int fds[2] = {fd, memory};
    uint8_t payload = unconfined;
    if (wire_send(socket, UNPACK_RULES_ASK, span_of(&payload, 1, 0), fds, 2, true) != WIRE_OK ||
        wire_receive(socket, buffer, &message, true) != WIRE_OK || message.type != UNPACK_RULES_ANSWER)
        return false;
    for (size_t i = 0; i < message.fd_count; i++)
        close(message.fds[i]);
    struct cursor c = cursor_of(message.payload);
    compile_words(cursor_take(&c, cursor_u32(&c)), why);
    return !c.torn && why->size == 0;
}

/* The process has ended before what it left is looked at: it cannot change it any more. */
static bool ask(struct zygote *zygote, int fd, int memory, bool unconfined, struct text *why) {
    pid_t pid;
    int socket;
    if (!zygote_spawn(zygote, &pid, &socket)) {
        text_format(why, "no process to read it in could be started: %s", strerror(errno));
        return false;
    }
    bool good = converse(socket, fd, memory, unconfined, why);
    close(socket);
    int status = zygote_reap(zygote, pid);
    if (!good && status == 3 << 8)
        text_add(why,
                 "the process that was to read it could not be confined; --unconfined lets it run without");
    else if (!good && why->size == 0)
        text_add(why, "the process that was to read it ended early");
    return good;
}

bool unpack_rules(struct zygote *zygote, const char *path, bool unconfined, struct rules *rules, bool *none,
                  struct text *error) {
    struct text why = {0};
    *none = false;
    int fd = open_package(path), memory = memfd_create("package", MFD_CLOEXEC);
    bool good = fd >= 0 && memory >= 0 && ask(zygote, fd, memory, unconfined, &why);
    if (!good)
        text_format(error, "%s: %s", path, why.size > 0 ? text_string(&why) : strerror(errno));
    good = good && collect(memory, path, rules, none, error);
    if (fd >= 0)
        close(fd);
    if (memory >= 0)
        close(memory);
    text_free(&why);
    return good;
}
