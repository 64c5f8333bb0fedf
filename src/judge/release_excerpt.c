#include "judge/release_excerpt.h"

#include "format/deflate.h"
#include "format/json.h"

#include <stdlib.h>

enum { TEXT = 1 << 20 };

static struct span from_utf16(struct job *job, struct span bytes, bool big) {
    struct text text = {0};
    uint8_t *swapped = job_alloc(job, bytes.size + 1, 1);
    if (!swapped)
        return span_of("", 0, 0);
    for (size_t i = 0; i + 1 < bytes.size; i += 2) {
        swapped[i] = bytes.data[i + big];
        swapped[i + 1] = bytes.data[i + !big];
    }
    text_from_prose(&text, span_of(swapped, bytes.size & ~(size_t)1, 0));
    const char *copy = release_text(job, text_string(&text), text.size);
    struct span ret = span_of(copy, copy[0] ? text.size : 0, 0);
    text_free(&text);
    return ret;
}

struct span release_excerpt(const struct release *release, struct job *job, int64_t artifact) {
    struct db_query *q =
        db_prepare(casefile_db(release->casefile),
                   "SELECT packed, size, encoding FROM excerpt WHERE artifact = ? ORDER BY ordinal");
    struct text packed = {0};
    struct span ret = span_of("", 0, 0);
    size_t size = 0;
    char encoding[16] = "";
    if (!q)
        return ret;
    db_bind_integer(q, 1, artifact);
    while (db_step(q)) {
        struct span part = db_blob(q, 0);
        text_bytes(&packed, part.data, part.size);
        if (db_integer(q, 1) > 0)
            size = (size_t)db_integer(q, 1);
        if (!db_is_null(q, 2))
            snprintf(encoding, sizeof encoding, "%s", db_text(q, 2, NULL));
    }
    db_finish(q);
    if (packed.size > 0 && !packed.full && size <= TEXT &&
        !deflate_undo(job, span_of(text_string(&packed), packed.size, 0), size, &ret))
        ret = span_of("", 0, 0);
    text_free(&packed);
    return strncmp(encoding, "utf-16", 6) == 0 ? from_utf16(job, ret, strcmp(encoding, "utf-16be") == 0)
                                               : ret;
}

/* --- lines --- */

struct line {
    struct span text;
    uint32_t number;
    bool after, matched;
};

static size_t split(struct span text, bool after, struct line *to) {
    size_t n = 0;
    while (text.size > 0) {
        const uint8_t *newline = memchr(text.data, '\n', text.size);
        size_t size = newline ? (size_t)(newline - text.data) : text.size;
        struct span line = span_part(text, 0, size);
        while (line.size > 0 && (line.data[line.size - 1] == '\r' || line.data[line.size - 1] == ' '))
            line.size--;
        to[n] = (struct line){line, (uint32_t)n, after, false};
        n++;
        text = span_from(text, size + (newline != NULL));
    }
    return n;
}

static size_t lines_in(struct span text) {
    size_t n = 1;
    for (size_t i = 0; i < text.size; i++)
        n += text.data[i] == '\n';
    return n;
}

static int by_text(const void *left, const void *right) {
    const struct line *a = left, *b = right;
    size_t size = a->text.size < b->text.size ? a->text.size : b->text.size;
    int order = size > 0 ? memcmp(a->text.data, b->text.data, size) : 0;
    if (order == 0 && a->text.size != b->text.size)
        order = a->text.size < b->text.size ? -1 : 1;
    if (order == 0 && a->after != b->after)
        order = a->after ? 1 : -1;
    return order ? order : a->number < b->number ? -1 : a->number > b->number;
}

static int by_number(const void *left, const void *right) {
    const struct line *a = left, *b = right;
    return a->after != b->after ? a->after - b->after : a->number < b->number ? -1 : a->number > b->number;
}

static bool same_text(const struct line *a, const struct line *b) {
    return a->text.size == b->text.size &&
           (a->text.size == 0 || memcmp(a->text.data, b->text.data, a->text.size) == 0);
}

/* Of equal lines, as many on each side match as there are on both. */
static void match(struct line *lines, size_t count) {
    qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0, end; i < count; i = end) {
        size_t before = 0;
        for (end = i; end < count && same_text(&lines[end], &lines[i]); end++)
            before += !lines[end].after;
        size_t after = end - i - before, both = before < after ? before : after;
        for (size_t k = 0; k < both; k++)
            lines[i + k].matched = lines[i + before + k].matched = true;
    }
    qsort(lines, count, sizeof *lines, by_number);
}

static void tell(struct text *out, const struct line *line) {
    struct text stored = {0};
    text_from_bytes(&stored, line->text);
    int size = text_cut(text_string(&stored), RELEASE_EXCERPT_LINE);
    text_char(out, line->after ? '+' : '-');
    text_bytes(out, text_string(&stored), (size_t)size);
    text_add(out, stored.size > (size_t)size ? "...\n" : "\n");
    text_free(&stored);
}

bool release_excerpt_compare(struct job *job, struct span before, struct span after,
                             struct release_lines *ret) {
    struct line *lines = job_alloc(job, lines_in(before) + lines_in(after), sizeof *lines);
    struct text told = {0};
    *ret = (struct release_lines){.told = ""};
    if (!lines)
        return false;
    size_t count = split(before, false, lines);
    count += split(after, true, lines + count);
    if (count > 0)
        match(lines, count);
    for (size_t i = 0; i < count; i++) {
        uint64_t *side = lines[i].after ? &ret->gained : &ret->lost;
        if (lines[i].matched || lines[i].text.size == 0)
            continue;
        if ((*side)++ < RELEASE_EXCERPT_TOLD)
            tell(&told, &lines[i]);
    }
    ret->told = told.size > 0 ? release_text(job, text_string(&told), told.size) : "";
    text_free(&told);
    return job->fault.code == FAULT_NONE;
}

const char *release_excerpt_key(struct job *job, struct span json, const char *key) {
    struct job quiet;
    struct json_token token;
    struct text text = {0};
    bool wanted = false;
    job_init(&quiet, 1 << 16);
    struct json reader = json_of(&quiet, json);
    while (text.size == 0 && json_next(&reader, &token)) {
        if (token.kind == JSON_KEY && token.depth == 1)
            wanted = json_is(token, key);
        else if (wanted && token.kind == JSON_STRING && token.depth == 1)
            json_string(token, &text);
    }
    job_reset(&quiet);
    const char *ret = text.size > 0 ? release_text(job, text_string(&text), text.size) : "";
    text_free(&text);
    return ret;
}
