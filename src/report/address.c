#include "report/address.h"

void address_format(struct text *out, const struct address *address) {
    text_percent(out, address->evidence, strlen(address->evidence), "/");
    if (address->volume != 0)
        text_format(out, "!vol%llu", (unsigned long long)address->volume);
    if (address->volume != 0 && address->shadow != 0)
        text_format(out, "@%llu", (unsigned long long)address->shadow);
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

static const char arrow[] = " \xe2\x96\xb8 ", shadow_mark[] = " @ shadow ";

/* A path of Windows, with backslashes. */
static void eyes_windows(struct text *out, const struct address *address) {
    size_t start = out->size;
    eyes(out, address->folder ? address->folder : "");
    text_char(out, '/');
    eyes(out, address->name ? address->name : "");
    for (size_t i = start; i < out->size; i++)
        if (out->data[i] == '/')
            out->data[i] = '\\';
}

void address_eyes(struct text *out, const struct address *address) {
    size_t start = out->size;
    bool path = address->folder || address->name;
    eyes(out, address->evidence);
    if (address->volume != 0 &&
        (!address->volume_kind || strcmp(address->volume_kind, ADDRESS_COLLECTED) != 0))
        text_format(out, "%spart %llu", arrow, (unsigned long long)address->volume);
    if (path && address->volume != 0) {
        text_add(out, arrow);
        eyes(out, address->drive ? address->drive : "");
        eyes_windows(out, address);
    } else if (path) {
        text_add(out, address->packed ? arrow : "");
        while (!address->packed && out->size > start &&
               out->data[out->size - 1] == '/') /* a folder: its path goes on */
            out->data[--out->size] = 0;
        eyes(out, address->folder ? address->folder : "");
        text_char(out, '/');
        eyes(out, address->name ? address->name : "");
    }
    if (address->stream) {
        text_char(out, ':');
        eyes(out, address->stream);
    }
    if (address->shadow != 0)
        text_format(out, "%s%llu", shadow_mark, (unsigned long long)address->shadow);
}

/* Appends text[0, size) unescaped, with a NUL; returns where it starts. */
static size_t piece(struct text *memory, const char *text, size_t size, bool *bad) {
    size_t start = memory->size;
    if (!text_unpercent(memory, text, size))
        *bad = true;
    text_bytes(memory, "", 1);
    return start;
}

/* The length of a number from 1 at the start of `text`, 0 if none stands there. */
static size_t number_at(const char *text, size_t size, uint64_t *ret) {
    size_t at = 0;
    uint64_t value = 0;
    if (size == 0 || text[0] < '1' || text[0] > '9')
        return 0;
    for (; at < size && text[at] >= '0' && text[at] <= '9' && at < 18; at++)
        value = value * 10 + (uint64_t)(text[at] - '0');
    if (at == 18)
        return 0;
    *ret = value;
    return at;
}

/* The length of "volN" or "volN@S" at the start of `text`, 0 if it does not stand there. */
static size_t volume_at(const char *text, size_t size, uint64_t *volume, uint64_t *shadow) {
    if (size < 4 || memcmp(text, "vol", 3) != 0)
        return 0;
    size_t at = 3 + number_at(text + 3, size - 3, volume);
    if (at == 3 || at == size || text[at] != '@')
        return at == 3 ? 0 : at;
    size_t length = number_at(text + at + 1, size - at - 1, shadow);
    return length == 0 ? at : at + 1 + length;
}

struct pieces {
    size_t evidence, drive, folder, name, stream;
    bool has_path, has_stream, has_drive, bad;
    uint64_t volume, shadow;
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
        size_t length = volume_at(text + at + 1, end - at - 1, &ret->volume, &ret->shadow);
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

/* --- the form for eyes --- */

static size_t keep(struct text *memory, const char *text, size_t size) {
    size_t start = memory->size;
    text_bytes(memory, text, size);
    text_bytes(memory, "", 1);
    return start;
}

/* `C:\Windows\x.dll:stream`, also without the letter, or with slashes. */
static void parse_windows(struct text *memory, const char *text, size_t size, struct pieces *ret) {
    bool drive = size >= 2 && text[1] == ':' && text[0] != '\\' && text[0] != '/';
    size_t at = drive ? 2 : 0, slash = at;
    const char *colon = memchr(text + at, ':', size - at);
    size_t end = colon ? (size_t)(colon - text) : size;
    ret->has_drive = drive;
    if (drive)
        ret->drive = keep(memory, text, 2);
    if (at == end || (text[at] != '\\' && text[at] != '/')) {
        ret->bad = true;
        return;
    }
    for (size_t i = at; i < end; i++)
        slash = text[i] == '\\' || text[i] == '/' ? i : slash;
    ret->has_path = true;
    ret->folder = keep(memory, text + at, slash - at);
    for (size_t i = ret->folder; i < memory->size; i++)
        if (memory->data[i] == '\\')
            memory->data[i] = '/';
    ret->name = keep(memory, text + slash + 1, end - slash - 1);
    ret->has_stream = colon != NULL;
    if (colon)
        ret->stream = keep(memory, colon + 1, size - end - 1);
}

/* The end of `text` without ` @ shadow N`. */
static size_t without_shadow(const char *text, size_t size, struct pieces *ret) {
    size_t mark = sizeof shadow_mark - 1, digits = size;
    while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9')
        digits--;
    if (digits < mark || memcmp(text + digits - mark, shadow_mark, mark) != 0 ||
        number_at(text + digits, size - digits, &ret->shadow) != size - digits || digits == size)
        return size;
    return digits - mark;
}

static void parse_eyes(struct text *memory, const char *text, size_t size, const char *first,
                       struct pieces *ret) {
    static const size_t wide = sizeof arrow - 1;
    const char *rest = first + wide;
    size = without_shadow(text, size, ret);
    ret->bad = first == text || (size_t)(rest - text) > size;
    if (ret->bad)
        return;
    ret->evidence = keep(memory, text, (size_t)(first - text));
    size_t left = size - (size_t)(rest - text);
    if (left > 5 && memcmp(rest, "part ", 5) == 0) {
        size_t length = number_at(rest + 5, left - 5, &ret->volume);
        rest += 5 + length;
        left -= 5 + length;
        ret->bad = length == 0 || (left > 0 && (left < wide || memcmp(rest, arrow, wide) != 0));
        if (ret->bad || left == 0)
            return;
        rest += wide;
        left -= wide;
    }
    parse_windows(memory, rest, left, ret);
}

bool address_parse(const char *text, struct address_parsed *ret) {
    struct text memory = {0};
    struct pieces pieces = {0};
    size_t size = strnlen(text, ADDRESS_MAX + 1);
    if (size > ADDRESS_MAX)
        return false;
    const char *eyed = strstr(text, arrow);
    if (eyed)
        parse_eyes(&memory, text, size, eyed, &pieces);
    else
        parse(&memory, text, size, &pieces);
    if (pieces.bad || memory.full) {
        text_free(&memory);
        return false;
    }
    char *data = memory.data;
    struct address address = {
        .evidence = data + pieces.evidence, .volume = pieces.volume, .shadow = pieces.shadow};
    address.drive = pieces.has_drive ? data + pieces.drive : NULL;
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
