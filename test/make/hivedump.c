/* hivedump FILE [LOG...]: every key and value of a registry hive, one line each, fields separated by tabs:
 *
 *     K  state  offset of its cell in the file  time of the last write  path  class name
 *     V  state  offset of its cell in the file  type  name  bytes  = and text, or + and base64
 *
 * With logs, they are applied first. Control characters of texts become spaces. What is damaged is told on
 * standard error, then counts. For tests and benchmarks. */
#include "base/filetime.h"
#include "format/regf_log.h"
#include "format/regf_text.h"
#include "format/regf_walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, NAME = 16384, LOGS = 2 };

static struct text out;
static struct filetime_printer printer;
static uint64_t counts[REGF_STATES][2];

static struct span load(const char *path, int protection) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *data = MAP_FAILED;
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0)
        data = mmap(NULL, (size_t)status.st_size, protection, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED) {
        perror(path);
        exit(2);
    }
    close(file);
    return span_of(data, (size_t)status.st_size, 0);
}

static void flush(void) {
    fwrite(text_string(&out), 1, out.size, stdout);
    text_clear(&out);
}

static void add_base64(struct span data) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char quads[1024];
    size_t size = 0;
    for (size_t i = 0; i < data.size; i += 3) {
        uint32_t bits =
            (uint32_t)span_u8(data, i) << 16 | (uint32_t)span_u8(data, i + 1) << 8 | span_u8(data, i + 2);
        char *quad = quads + size;
        quad[0] = digits[bits >> 18];
        quad[1] = digits[bits >> 12 & 63];
        quad[2] = i + 1 >= data.size ? '=' : digits[bits >> 6 & 63];
        quad[3] = i + 2 >= data.size ? '=' : digits[bits & 63];
        size += 4;
        if (size == sizeof quads) {
            text_bytes(&out, quads, size);
            size = 0;
        }
    }
    text_bytes(&out, quads, size);
}

/* Blank out what would break a line. */
static void blank(size_t from) {
    unsigned char *bytes = (unsigned char *)out.data;
    for (size_t i = from, size = out.size; i < size; i++)
        bytes[i] = bytes[i] < 0x20 ? ' ' : bytes[i];
}

static void add_time(uint64_t time) {
    char digits[FILETIME_TEXT];
    text_bytes(&out, digits, filetime_print(&printer, time, digits));
}

/* Paths of the keys on the way down. */
struct trail {
    struct text path;
    size_t sizes[REGF_DEPTH + 2]; /* of the path of each level */
};

static void add_path(struct regf *hive, struct trail *trail, const struct regf_item *item) {
    size_t from = out.size;
    if (item->state != REGF_LIVE) {
        (void)regf_path(hive, &item->key, &out);
    } else {
        if (item->depth > 0) {
            trail->path.size = trail->sizes[item->depth - 1];
            text_char(&trail->path, '/');
            regf_name(item->key.name, item->key.flags & REGF_LATIN, NAME, &trail->path);
        }
        trail->sizes[item->depth] = trail->path.size;
        text_bytes(&out, text_string(&trail->path), trail->path.size);
    }
    blank(from);
}

static void add_key(struct regf *hive, struct trail *trail, const struct regf_item *item) {
    text_add(&out, "K\t");
    text_add(&out, regf_state_word(item->state));
    text_char(&out, '\t');
    text_number(&out, item->key.offset);
    text_char(&out, '\t');
    add_time(item->key.written);
    text_char(&out, '\t');
    add_path(hive, trail, item);
    text_char(&out, '\t');
    text_from_utf16(&out, item->key.class_name);
    text_char(&out, '\n');
}

static void add_value(struct regf *hive, const struct regf_item *item) {
    const struct regf_value *value = &item->value;
    struct span data;
    text_add(&out, "V\t");
    text_add(&out, regf_state_word(item->state));
    text_char(&out, '\t');
    text_number(&out, value->offset);
    const char *type = regf_type_name(value->type);
    text_char(&out, '\t');
    if (type)
        text_add(&out, type);
    else
        text_number(&out, value->type);
    text_char(&out, '\t');
    size_t from = out.size;
    regf_name(value->name, value->latin, NAME, &out);
    blank(from);
    text_char(&out, '\t');
    text_number(&out, value->size);
    text_add(&out, "\t=");
    from = out.size;
    if (!regf_data(hive, value, &data))
        return;
    if (!regf_text(value->type, data, &out) && out.size == from) {
        out.data[from - 1] = '+';
        add_base64(data);
    } else
        blank(from);
    text_char(&out, '\n');
}

static struct span replay(struct job *job, struct span file, char **names, int count) {
    struct span logs[LOGS];
    size_t found = 0;
    for (int i = 0; i < count && i < LOGS; i++)
        logs[found++] = load(names[i], PROT_READ);
    size_t size = file.size, room = (size_t)regf_replay_room(size, logs, found);
    uint8_t *bytes = job_alloc(job, room, 1);
    struct regf_replayed replayed;
    if (!bytes)
        return file;
    span_copy(file, bytes, size);
    bool applied = regf_replay(job, bytes, &size, room, logs, found, &replayed);
    fprintf(stderr, "replayed %d form %d entries %u pages %u sequence %u base %d gap %d\n", applied,
            (int)replayed.form, replayed.entries, replayed.pages, replayed.sequence, replayed.base,
            replayed.gap);
    return span_of(bytes, size, 0);
}

int main(int argc, char **argv) {
    static struct trail trail;
    struct job job;
    struct regf hive;
    struct regf_item item;
    if (argc < 2)
        return 2;
    job_init(&job, (size_t)1 << 31);
    struct span file = load(argv[1], PROT_READ);
    if (argc > 2)
        file = replay(&job, file, argv + 2, argc - 2);
    struct regf_walk *walk = regf_open(&job, file, &hive) ? regf_walk_new(&hive) : NULL;
    while (walk && regf_next(walk, &item)) {
        counts[item.state][item.kind]++;
        if (item.kind == REGF_KEY)
            add_key(&hive, &trail, &item);
        else
            add_value(&hive, &item);
        if (out.size > BUFFER)
            flush();
    }
    flush();
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        fprintf(stderr, "%s at %lu: %s\n", fault_word(job.notes[i].code), (unsigned long)job.notes[i].offset,
                job.notes[i].text);
    if (job.fault.code != FAULT_NONE)
        fprintf(stderr, "%s at %lu: %s\n", fault_word(job.fault.code), (unsigned long)job.fault.offset,
                job.fault.text);
    for (int i = 0; i < REGF_STATES; i++)
        fprintf(stderr, "%s: %lu keys, %lu values\n", regf_state_word((enum regf_state)i),
                (unsigned long)counts[i][0], (unsigned long)counts[i][1]);
    text_free(&out);
    text_free(&trail.path);
    bool good = job.fault.code == FAULT_NONE;
    job_reset(&job);
    return good ? 0 : 1;
}
