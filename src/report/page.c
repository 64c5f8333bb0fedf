#include "report/page.h"

#include "base/base64.h"
#include "base/digest.h"
#include "base/filetime.h"
#include "report/findings.h"

/* The bytes of files, one behind the other, between two names. Paths are those of the top folder, where make
 * runs; the Makefile knows that this object depends on them. */
#define FILES(name, lines)                                                                                   \
    __asm__(".section .rodata\n"                                                                             \
            ".hidden page_" #name "_start\n.globl page_" #name "_start\n"                                    \
            ".hidden page_" #name "_end\n.globl page_" #name "_end\n"                                        \
            "page_" #name "_start:\n" lines "page_" #name "_end:\n.byte 0\n.previous\n");                    \
    extern const uint8_t page_##name##_start[], page_##name##_end[]
#define OURS(file)   ".incbin \"src/report/page/" file "\"\n"
#define THEIRS(file) ".incbin \"build/page/" file "\"\n"

FILES(style, OURS("page.css"));
FILES(library, THEIRS("d3.min.js"));
FILES(script, OURS("chain.js") OURS("timeline.js") OURS("findings.js") OURS("page.js"));
FILES(license, OURS("d3_license.txt"));
FILES(serve, OURS("serve.css"));
FILES(diff, OURS("diff.css"));
FILES(world, OURS("world.tsv"));

static struct span between(const uint8_t *start, const uint8_t *end) {
    return span_of(start, (size_t)(end - start), 0);
}

struct span page_file(enum page_file file) {
    switch (file) {
    case PAGE_STYLE:
        return between(page_style_start, page_style_end);
    case PAGE_LIBRARY:
        return between(page_library_start, page_library_end);
    case PAGE_SCRIPT:
        return between(page_script_start, page_script_end);
    case PAGE_SERVE:
        return between(page_serve_start, page_serve_end);
    case PAGE_DIFF:
        return between(page_diff_start, page_diff_end);
    case PAGE_WORLD:
        return between(page_world_start, page_world_end);
    default:
        return between(page_license_start, page_license_end);
    }
}

void page_hash(struct text *out, enum page_file file) {
    uint8_t digest[DIGEST_MAX];
    char encoded[48];
    digest_once(DIGEST_SHA256, page_file(file), digest);
    size_t size = base64_encode(span_of(digest, digest_size(DIGEST_SHA256), 0), encoded);
    text_add(out, " 'sha256-");
    text_bytes(out, encoded, size);
    text_char(out, '\'');
}

void page_policy(struct text *out) {
    text_add(out, "default-src 'none'; base-uri 'none'; form-action 'none'; script-src");
    page_hash(out, PAGE_LIBRARY);
    page_hash(out, PAGE_SCRIPT);
    text_add(out, "; style-src");
    page_hash(out, PAGE_STYLE);
}

void page_policy_still(struct text *out, const enum page_file *styles, size_t count) {
    text_add(out, "default-src 'none'; base-uri 'none'; form-action 'none'; style-src");
    for (size_t i = 0; i < count; i++)
        page_hash(out, styles[i]);
}

static void add_file(struct output *output, enum page_file file, const char *open, const char *close) {
    struct span bytes = page_file(file);
    output_add(output, open);
    output_bytes(output, bytes.data, bytes.size);
    output_add(output, close);
}

void page_begin(struct output *output, const char *title, const char *policy, const enum page_file *styles,
                size_t count) {
    struct text out = {0};
    text_add(&out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    if (policy)
        text_format(&out, "<meta http-equiv=\"Content-Security-Policy\" content=\"%s\">\n", policy);
    text_add(&out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" "
                   "content=\"light dark\">\n<title>");
    page_text(&out, title);
    text_add(&out, "</title>\n");
    output_text(output, &out);
    text_free(&out);
    for (size_t i = 0; i < count; i++)
        add_file(output, styles[i], "<style>", "</style>\n");
    output_add(output, "</head>\n<body>\n");
}

void page_head(struct output *output, const char *title) {
    static const enum page_file style = PAGE_STYLE;
    struct text policy = {0};
    page_policy(&policy);
    page_begin(output, title, text_string(&policy), &style, 1);
    text_free(&policy);
}

void page_foot(struct output *output) {
    add_file(output, PAGE_LIBRARY, "<script>", "</script>\n");
    add_file(output, PAGE_SCRIPT, "<script>", "</script>\n</body>\n</html>\n");
}

void page_text(struct text *out, const char *text) {
    text_html(out, text, findings_clip(text));
}

void page_path(struct text *out, const char *path) {
    size_t left = findings_clip(path);
    while (left > 0) {
        size_t size = 0;
        while (size < left && path[size] != '/' && path[size] != '\\')
            size++;
        size += size < left;
        text_html(out, path, size);
        path += size;
        left -= size;
        if (left > 0)
            text_add(out, "<wbr>");
    }
}

/* The length of [digits] at the start, 0 if it does not stand there. */
static size_t citation(const char *text, size_t size) {
    size_t at = 1;
    while (at < size && at < 12 && text[at] >= '0' && text[at] <= '9')
        at++;
    return size > 2 && text[0] == '[' && at > 1 && at < size && text[at] == ']' ? at + 1 : 0;
}

void page_prose(struct text *out, const char *text, size_t size) {
    while (size > 0) {
        size_t length = citation(text, size);
        if (length > 0)
            text_format(out, "<a href=\"#f%.*s\">%.*s</a>", (int)length - 2, text + 1, (int)length, text);
        else {
            length = 1;
            while (length < size && text[length] != '[')
                length++;
            text_html(out, text, length);
        }
        text += length;
        size -= length;
    }
}

void page_json(struct text *out, const char *text) {
    struct text shown = {0}, quoted = {0};
    text_terminal(&shown, text, findings_clip(text));
    text_json(&quoted, text_string(&shown), shown.size);
    const char *at = text_string(&quoted);
    for (const char *bracket; (bracket = strchr(at, '<')) != NULL; at = bracket + 1) {
        text_bytes(out, at, (size_t)(bracket - at));
        text_add(out, "\\u003c");
    }
    text_add(out, at);
    text_free(&shown);
    text_free(&quoted);
}

void page_time(struct text *out, uint64_t filetime) {
    char text[FILETIME_TEXT];
    filetime_text(filetime, text);
    int date = (int)strcspn(text, "T");
    text_format(out, "<time datetime=\"%s\">%.*s&nbsp;%.8s<small>%.8s</small></time>", text, date, text,
                text + date + 1, text + date + 9);
}

int64_t page_milliseconds(uint64_t filetime) {
    const uint64_t epoch = UINT64_C(11644473600000); /* from 1601 to 1970 */
    return (int64_t)(filetime / 10000 - epoch);
}

void page_row(struct text *out, const char *key, const char *value) {
    if (!value[0])
        return;
    text_format(out, "<dt>%s</dt><dd>", key);
    page_text(out, value);
    text_add(out, "</dd>");
}
