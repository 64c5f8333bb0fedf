#include "report/address.h"

void address_format(struct text *out, const struct address *address) {
    text_percent(out, address->evidence, strlen(address->evidence), "/");
    if (address->volume != 0)
        text_format(out, "!vol%llu", (unsigned long long)address->volume);
    if (address->folder || address->name) {
        const char *folder = address->folder ? address->folder : "",
                   *name = address->name ? address->name : "";
        text_char(out, '!');
        text_percent(out, folder, strlen(folder), "/");
        text_char(out, '/');
        text_percent(out, name, strlen(name), "");
    }
    if (address->stream) {
        text_char(out, ':');
        text_percent(out, address->stream, strlen(address->stream), "");
    }
}

static void eyes(struct text *out, const char *text) {
    text_terminal(out, text, strlen(text));
}

void address_eyes(struct text *out, const struct address *address) {
    static const char arrow[] = " \xe2\x96\xb8 ";
    size_t start = out->size;
    eyes(out, address->evidence);
    if (address->volume != 0) {
        text_format(out, "%svolume %llu", arrow, (unsigned long long)address->volume);
        if (address->volume_kind && address->volume_kind[0]) {
            text_add(out, " (");
            eyes(out, address->volume_kind);
            text_char(out, ')');
        }
    }
    if (address->folder || address->name) {
        if (address->volume != 0)
            text_add(out, arrow);
        else
            while (out->size > start && out->data[out->size - 1] == '/') /* a folder: its path goes on */
                out->data[--out->size] = 0;
        eyes(out, address->folder ? address->folder : "");
        text_char(out, '/');
        eyes(out, address->name ? address->name : "");
    }
    if (address->stream) {
        text_char(out, ':');
        eyes(out, address->stream);
    }
}

/* Appends text[0, size) unescaped, with a NUL; returns where it starts. */
static size_t piece(struct text *memory, const char *text, size_t size, bool *bad) {
    size_t start = memory->size;
    if (!text_unpercent(memory, text, size))
        *bad = true;
    text_bytes(memory, "", 1);
    return start;
}

/* The length of "volN" at the start of `text`, 0 if it does not stand there. */
static size_t volume_at(const char *text, size_t size, uint64_t *ret) {
    size_t at = 3;
    if (size < 4 || memcmp(text, "vol", 3) != 0 || text[3] < '1' || text[3] > '9')
        return 0;
    for (*ret = 0; at < size && text[at] >= '0' && text[at] <= '9' && at < 21; at++)
        *ret = *ret * 10 + (uint64_t)(text[at] - '0');
    return at < 21 ? at : 0;
}

struct pieces {
    size_t evidence, folder, name, stream;
    bool has_path, has_stream, bad;
    uint64_t volume;
};

/* `!/folder/name`, from behind the mark. */
static void parse_path(struct text *memory, const char *path, size_t size, struct pieces *ret) {
    size_t slash = size;
    while (slash > 0 && path[slash - 1] != '/')
        slash--;
    if (slash == 0 || path[0] != '/') {
        ret->bad = true;
        return;
    }
    ret->has_path = true;
    ret->folder = piece(memory, path, slash - 1, &ret->bad);
    ret->name = piece(memory, path + slash, size - slash, &ret->bad);
}

static void parse(struct text *memory, const char *text, size_t size, struct pieces *ret) {
    const char *mark = memchr(text, '!', size);
    size_t at = mark ? (size_t)(mark - text) : 0;
    const char *colon = memchr(text + at, ':', size - at);
    size_t end = colon ? (size_t)(colon - text) : size;
    if (!mark)
        at = end;
    ret->bad = at == 0;
    ret->evidence = piece(memory, text, at, &ret->bad);
    if (at < end) {
        size_t length = volume_at(text + at + 1, end - at - 1, &ret->volume);
        if (length > 0)
            at += 1 + length;
    }
    if (at < end && text[at] == '!')
        parse_path(memory, text + at + 1, end - at - 1, ret);
    else if (at < end)
        ret->bad = true;
    ret->has_stream = colon != NULL;
    if (colon)
        ret->stream = piece(memory, colon + 1, size - end - 1, &ret->bad);
}

bool address_parse(const char *text, struct address_parsed *ret) {
    struct text memory = {0};
    struct pieces pieces = {0};
    size_t size = strnlen(text, ADDRESS_MAX + 1);
    if (size > ADDRESS_MAX)
        return false;
    parse(&memory, text, size, &pieces);
    if (pieces.bad || memory.full) {
        text_free(&memory);
        return false;
    }
    char *data = memory.data;
    struct address address = {.evidence = data + pieces.evidence, .volume = pieces.volume};
    address.folder = pieces.has_path ? data + pieces.folder : NULL;
    address.name = pieces.has_path ? data + pieces.name : NULL;
    address.stream = pieces.has_stream ? data + pieces.stream : NULL;
    *ret = (struct address_parsed){address, data};
    return true;
}

void address_free(struct address_parsed *parsed) {
    free(parsed->memory);
    *parsed = (struct address_parsed){0};
}
