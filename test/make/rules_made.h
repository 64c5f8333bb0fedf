/* Rules of YARA compiled and loaded from texts, and tried on bytes. Static, for tests. A failure inside stops
 * the program. */
#ifndef TEST_MAKE_RULES_MADE_H
#define TEST_MAKE_RULES_MADE_H

#include "detect/yara.h"
#include "detect/yara_compile.h"

struct rules_text {
    const char *name, *text;
};

struct rules_made {
    struct job job;
    struct yara_compiled compiled;
    struct text bundle;
    struct yara *yara;
};

static inline void rules_make(struct rules_made *made, const struct rules_text *texts, size_t count) {
    static struct yara_source sources[64];
    const char *why = "";
    *made = (struct rules_made){0};
    job_init(&made->job, (size_t)256 << 20);
    for (size_t i = 0; i < count && i < 64; i++)
        sources[i] = (struct yara_source){span_of(texts[i].name, strlen(texts[i].name), 0),
                                          span_of(texts[i].text, strlen(texts[i].text), 0)};
    if (count > 64 || !yara_prepare() ||
        !yara_compile(&made->job, sources, count, &made->compiled, &made->bundle, &why) ||
        !(made->yara = yara_load(&made->job, span_of(made->bundle.data, made->bundle.size, 0)))) {
        fprintf(stderr, "rules_make: %s\n", why);
        abort();
    }
}

static inline void rules_free_made(struct rules_made *made) {
    yara_free(made->yara);
    text_free(&made->bundle);
    job_reset(&made->job);
}

/* A content of which `there` bytes lie at `bytes` and the rest is zeros but for `tail`, at its end. */
struct rules_content {
    struct content content; /* first */
    const uint8_t *bytes;
    size_t there;
    const char *tail;
    uint64_t reads;
};

static inline size_t rules_read(struct content *content, struct job *job, uint64_t offset, uint8_t *to,
                                size_t size) {
    struct rules_content *c = (struct rules_content *)(void *)content;
    size_t tail = c->tail ? strlen(c->tail) : 0;
    (void)job;
    c->reads++;
    for (size_t i = 0; i < size; i++) {
        uint64_t at = offset + i, from = content->size - tail;
        to[i] = at < c->there ? c->bytes[at] : at >= from ? (uint8_t)c->tail[at - from] : 0;
    }
    return size;
}

/* Names of the rules that match, with spaces between them, in the order of the alphabet. */
static inline int rules_by_name(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}
static inline const char *rules_names(const struct yara_hits *hits) {
    static char said[4096];
    const char *names[256];
    size_t count = 0, size = 0;
    for (const struct yara_hit *hit = hits->first; hit && count < 256; hit = hit->next)
        names[count++] = hit->rule;
    qsort(names, count, sizeof names[0], rules_by_name);
    said[0] = 0;
    for (size_t i = 0; i < count; i++)
        size += (size_t)snprintf(said + size, sizeof said - size, "%s%s", size ? " " : "", names[i]);
    return said;
}

/* `sha256` may be NULL. */
static inline const char *rules_try(struct rules_made *made, const void *bytes, size_t size, const char *path,
                                    const uint8_t *sha256) {
    struct job job;
    struct yara_hits hits;
    const char *base = strrchr(path, '\\');
    struct rules_content c = {
        {size, span_of(bytes, size < CONTENT_HEAD ? size : CONTENT_HEAD, 0), rules_read, NULL},
        bytes,
        size,
        NULL,
        0};
    struct yara_look look = {span_of(bytes, size, 0), &c.content, {base ? base + 1 : path, path}, sha256};
    job_init(&job, (size_t)64 << 20);
    yara_scan(made->yara, &job, &look, &hits);
    const char *said = rules_names(&hits);
    job_reset(&job);
    return said;
}

#endif
