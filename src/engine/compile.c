#include "engine/compile.h"

#include "base/wire.h"
#include "engine/confine.h"
#include "intel/campaigns_read.h"
#include "intel/package.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ASK = 1, ANSWER = 2, TEXTS = 3 };

#define PACKAGE_MEMORY ((size_t)256 << 20) /* bytes of a directory, and to undo the packing */

struct question {
    char texts[TEXTS][LISTS_TEXT + 1]; /* name, file, date */
    struct lists_source source;
    bool unconfined, campaigns;
};

/* --- in the worker --- */

static bool read_question(struct span payload, struct question *ret) {
    struct cursor c = cursor_of(payload);
    for (int i = 0; i < TEXTS; i++) {
        struct span text = cursor_take(&c, cursor_u32(&c));
        ret->texts[i][span_copy(text, ret->texts[i], LISTS_TEXT)] = 0;
    }
    ret->source = (struct lists_source){ret->texts[0],      ret->texts[1],      ret->texts[2],
                                        cursor_u8(&c) != 0, cursor_u8(&c) != 0, (enum severity)cursor_u8(&c)};
    ret->unconfined = cursor_u8(&c) != 0;
    ret->campaigns = cursor_u8(&c) != 0;
    return !c.torn;
}

/* The sandbox knows no stat. */
const char *compile_read(int fd, char **data, size_t *size) {
    off_t end = lseek(fd, 0, SEEK_END);
    ssize_t got = 1;
    *data = NULL;
    *size = 0;
    if (end < 0)
        return "the file could not be read";
    if ((uint64_t)end > COMPILE_FILE)
        return "the file is larger than 256 MiB";
    *data = malloc((size_t)end + 1);
    if (!*data)
        return "out of memory";
    while (*size < (size_t)end && got > 0) {
        got = pread(fd, *data + *size, (size_t)end - *size, (off_t)*size);
        *size += got > 0 ? (size_t)got : 0;
    }
    return got < 0 ? "the file could not be read" : NULL;
}

bool compile_leave(int memory, const struct text *out) {
    if (ftruncate(memory, (off_t)out->size) != 0)
        return false;
    void *page = mmap(NULL, out->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (page == MAP_FAILED)
        return false;
    memcpy(page, out->data, out->size);
    munmap(page, out->size);
    return true;
}

/* Reasons with the member's name in front. */
static const char *of_member(const struct package *package, size_t member, const char *why) {
    static char said[256];
    snprintf(said, sizeof said, "%s: %s", package->list[member].name, why);
    return said;
}

/* The documents of all members, one behind the other; ends[i]: where those of member i end. */
static const char *join(struct package *package, size_t *ends, struct text *all) {
    for (size_t i = 0; i < package->count; i++) {
        const char *why;
        struct text one = {0};
        bool good = package_read(package, i, &one, &why);
        text_bytes(all, one.data, one.size);
        text_char(all, '\n');
        ends[i] = all->size;
        text_free(&one);
        if (!good)
            return of_member(package, i, why);
    }
    return all->full ? "out of memory" : NULL;
}

static void place_damage(const struct package *package, const size_t *ends, const struct text *all,
                         struct lists_damage *damage) {
    uint64_t lines = 0;
    size_t at = 0;
    for (size_t i = 0; i < package->count && damage->line > 0; i++) {
        uint64_t before = lines;
        for (; at < ends[i]; at++)
            lines += all->data[at] == '\n';
        if (damage->line <= lines) {
            damage->line -= before;
            damage->why = of_member(package, i, damage->why);
            return;
        }
    }
}

/* HijackLibs as its repository is packed; any other ZIP is refused as the list that it is not. */
static bool read_package(struct span bytes, const struct lists_source *source, struct lists_build *build,
                         struct lists_damage *damage) {
    struct job job;
    struct package package;
    struct text all = {.max = PACKAGE_BYTES};
    bool good = false;
    job_init(&job, PACKAGE_MEMORY);
    if (package_open(&job, bytes, package_wants_libraries, &package, &damage->why)) {
        size_t *ends = job_alloc(&job, package.count + 1, sizeof *ends);
        damage->why = !ends ? "out of memory" : join(&package, ends, &all);
        if (!damage->why && package.count == 0)
            good = lists_read(bytes, source, build, damage);
        else if (!damage->why && !(good = lists_read(span_of(all.data, all.size, 0), source, build, damage)))
            place_damage(&package, ends, &all, damage);
    }
    text_free(&all);
    job_reset(&job);
    return good;
}

static struct lists_damage work(const struct question *question, int file, int memory) {
    struct lists_build build = {0};
    struct lists_damage damage = {0};
    struct text out = {0};
    char *data = NULL;
    size_t size;
    damage.why = compile_read(file, &data, &size);
    struct span bytes = span_of(data, size, 0);
    bool good = !damage.why &&
                (package_is(bytes) ? read_package : lists_read)(bytes, &question->source, &build, &damage);
    if (good)
        damage.why = !lists_build_write(&build, &out) ? "it is more than is kept"
                     : !compile_leave(memory, &out)   ? "out of memory"
                                                      : NULL;
    lists_build_free(&build);
    text_free(&out);
    free(data);
    return damage;
}

/* What campaigns are brought into is read by the parent as a list of its own (intel/campaigns.h). */
static struct lists_damage work_campaigns(const struct question *question, int file, int memory) {
    struct campaigns_damage damage = {0};
    struct text out = {0};
    char *data = NULL;
    size_t size;
    damage.why = compile_read(file, &data, &size);
    if (!damage.why &&
        campaigns_read(span_of(data, size, 0), question->source.name, question->source.file, &out, &damage) &&
        !compile_leave(memory, &out))
        damage.why = "out of memory";
    text_free(&out);
    free(data);
    return (struct lists_damage){damage.line, damage.why};
}

_Noreturn void compile_worker(int socket) {
    static char buffer[WIRE_MAX + 8];
    static struct question question;
    struct wire_message message;
    if (wire_receive(socket, buffer, &message, true) != WIRE_OK || message.type != ASK ||
        message.fd_count != 2 || !read_question(message.payload, &question))
        _exit(2);
#ifndef ASSAY_UNCONFINED
    struct confine_report report;
    if (!question.unconfined && !confine_self(&report))
        _exit(3);
#endif
    struct lists_damage damage =
        (question.campaigns ? work_campaigns : work)(&question, message.fds[0], message.fds[1]);
    struct text answer = {0};
    wire_u64(&answer, damage.line);
    wire_string(&answer, damage.why ? damage.why : "", damage.why ? strlen(damage.why) : 0);
    bool sent = wire_send(socket, ANSWER, span_of(answer.data, answer.size, 0), NULL, 0, true) == WIRE_OK;
    text_free(&answer);
    _exit(sent ? 0 : 2);
}

/* --- in the parent --- */

static bool ask(int socket, int fd, int memory, const struct lists_source *source, bool unconfined,
                bool campaigns) {
    const char *texts[TEXTS] = {source->name, source->file, source->date};
    struct text payload = {0};
    int fds[2] = {fd, memory};
    for (int i = 0; i < TEXTS; i++)
        wire_string(&payload, texts[i], strlen(texts[i]));
    wire_u8(&payload, source->known);
    wire_u8(&payload, source->has_severity);
    wire_u8(&payload, (uint8_t)source->severity);
    wire_u8(&payload, unconfined);
    wire_u8(&payload, campaigns);
    bool good = wire_send(socket, ASK, span_of(payload.data, payload.size, 0), fds, 2, true) == WIRE_OK;
    text_free(&payload);
    return good;
}

void compile_words(struct span words, struct text *ret) {
    for (size_t i = 0; i < words.size && i < 200; i++)
        text_char(ret, words.data[i] >= 0x20 && words.data[i] < 0x7f ? (char)words.data[i] : '?');
}

static bool read_answer(int socket, struct text *error) {
    static char buffer[WIRE_MAX + 8];
    struct wire_message message;
    if (wire_receive(socket, buffer, &message, true) != WIRE_OK || message.type != ANSWER) {
        text_add(error, "the process that read it ended early");
        return false;
    }
    struct cursor c = cursor_of(message.payload);
    uint64_t line = cursor_u64(&c);
    struct span why = cursor_take(&c, cursor_u32(&c));
    for (size_t i = 0; i < message.fd_count; i++)
        close(message.fds[i]);
    if (!c.torn && why.size == 0)
        return true;
    if (line > 0)
        text_format(error, "line %llu: ", (unsigned long long)line);
    compile_words(why, error);
    return false;
}

static bool take_bytes(int memory, struct text *out) {
    static char window[65536];
    struct stat st;
    ssize_t got = fstat(memory, &st) == 0 && (uint64_t)st.st_size <= LISTS_FILE ? 1 : -1;
    while (got > 0 && !out->full) {
        got = pread(memory, window, sizeof window, (off_t)out->size);
        text_bytes(out, window, got > 0 ? (size_t)got : 0);
    }
    return got == 0 && !out->full;
}

static bool collect(int memory, const char *name, struct text *out, struct text *error) {
    struct lists lists;
    struct lists_list list;
    const char *why = "what the process left is not whole";
    bool good = take_bytes(memory, out) && lists_open(span_of(out->data, out->size, 0), &lists, &why) &&
                lists_sound(&lists, &why) && lists_count(&lists) == 1;
    if (good)
        lists_list(&lists, 0, &list);
    good = good && strcmp(list.name, name) == 0;
    if (!good)
        text_add(error, why ? why : "what the process left is another list");
    return good;
}

/* What it leaves has to be read before anybody keeps it. */
static bool collect_campaigns(int memory, const char *file, struct text *out, struct text *error) {
    struct campaigns campaigns = {0};
    struct campaigns_damage damage = {.why = "what the process left is not whole"};
    bool good = take_bytes(memory, out) &&
                campaigns_add(&campaigns, span_of(out->data, out->size, 0), file, false, &damage);
    if (!good)
        text_add(error, damage.why);
    campaigns_free(&campaigns);
    return good;
}

static bool compile(struct zygote *zygote, int fd, const struct lists_source *source, bool unconfined,
                    bool campaigns, struct text *out, struct text *error) {
    pid_t pid;
    int socket, memory = memfd_create("list", MFD_CLOEXEC);
    if (memory < 0 || !zygote_spawn(zygote, &pid, &socket)) {
        text_format(error, "no process to read it in could be started: %s", strerror(errno));
        if (memory >= 0)
            close(memory);
        return false;
    }
    bool good = ask(socket, fd, memory, source, unconfined, campaigns) && read_answer(socket, error);
    close(socket);
    int status = zygote_reap(zygote, pid);
    if (!good && status == 3 << 8)
        text_add(error, " (it could not be confined; --unconfined lets it run without)");
    else if (!good && error->size == 0)
        text_add(error, "the process that was to read it ended early");
    good = good && (campaigns ? collect_campaigns(memory, source->file, out, error)
                              : collect(memory, source->name, out, error));
    close(memory);
    return good;
}

bool compile_list(struct zygote *zygote, int fd, const struct lists_source *source, bool unconfined,
                  struct text *out, struct text *error) {
    return compile(zygote, fd, source, unconfined, false, out, error);
}

bool compile_campaigns(struct zygote *zygote, int fd, const char *name, const char *file, bool unconfined,
                       struct text *out, struct text *error) {
    struct lists_source source = {.name = name, .file = file, .date = ""};
    return compile(zygote, fd, &source, unconfined, true, out, error);
}
