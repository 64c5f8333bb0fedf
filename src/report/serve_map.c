/* Hosts by country on outlines (src/report/page/world.tsv, which says where they are from). */
#include "report/serve_page.h"

#include <string.h>
#include <strings.h>

enum { SHADES = 4 };

/* One line of the outlines: two codes, two names, a path. */
struct outline {
    const char *fields[5];
    size_t sizes[5];
};

/* False at the end; what is no outline is passed over. */
static bool next_outline(struct span *rest, struct outline *ret) {
    while (rest->size > 0) {
        const char *line = (const char *)rest->data;
        const char *end = memchr(line, '\n', rest->size);
        size_t size = end ? (size_t)(end - line) : rest->size, field = 0;
        *rest = span_of(rest->data + size + (end != NULL), rest->size - size - (end != NULL), 0);
        if (size == 0 || line[0] == '#')
            continue;
        for (const char *at = line; field < 5; field++) {
            size_t left = size - (size_t)(at - line);
            const char *tab = memchr(at, '\t', left);
            ret->fields[field] = at;
            ret->sizes[field] = tab ? (size_t)(tab - at) : left;
            if (!tab)
                break;
            at = tab + 1;
        }
        if (field == 4)
            return true;
    }
    return false;
}

static bool is_of(const struct outline *outline, const char *name) {
    for (int i = 0; i < 4; i++)
        if (outline->sizes[i] > 0 && strlen(name) == outline->sizes[i] &&
            strncasecmp(outline->fields[i], name, outline->sizes[i]) == 0)
            return true;
    return false;
}

/* From 1 to SHADES: each is ten times as many hosts, so that one and a thousand are both seen. */
static int shade(int64_t hosts) {
    int ret = 1;
    for (; hosts >= 10 && ret < SHADES; hosts /= 10)
        ret++;
    return ret;
}

static void country_path(struct text *out, const struct outline *outline) {
    text_add(out, "<path d=\"");
    text_bytes(out, outline->fields[4], outline->sizes[4]);
    text_add(out, "\"");
}

/* Several words of one country (DE, Germany) are one. The link leads to the first. */
static size_t draw(struct text *out, const struct outline *outline, const struct serve_country *countries,
                   size_t count) {
    const struct serve_country *first = NULL;
    struct serve_country sum = {0};
    size_t words = 0;
    for (size_t i = 0; i < count; i++)
        if (countries[i].name[0] && is_of(outline, countries[i].name)) {
            first = first ? first : &countries[i];
            sum.hosts += countries[i].hosts;
            sum.carriers += countries[i].carriers;
            sum.compromised += countries[i].compromised;
            words++;
        }
    if (!first) {
        country_path(out, outline);
        text_add(out, "/>\n");
        return 0;
    }
    text_add(out, "<a href=\"hosts?country=");
    serve_page_value(out, first->name);
    text_add(out, "\">");
    country_path(out, outline);
    text_format(out, " class=\"h%d%s\"><title>", shade(sum.hosts), sum.compromised > 0 ? " ill" : "");
    text_html(out, outline->fields[3], outline->sizes[3]);
    text_format(out, ": %lld host%s, %lld with it (", (long long)sum.hosts, sum.hosts == 1 ? "" : "s",
                (long long)sum.carriers);
    serve_rate(out, sum.carriers, sum.hosts);
    text_format(out, "), %lld compromised (", (long long)sum.compromised);
    serve_rate(out, sum.compromised, sum.hosts);
    text_add(out, ")</title></path></a>\n");
    return words;
}

static void key(struct text *out) {
    static const char *const words[SHADES] = {"1 to 9 hosts", "10 to 99", "100 to 999", "1,000 and more"};
    text_add(out, "<ul class=\"key world-key\">\n");
    for (int i = 0; i < SHADES; i++)
        text_format(out,
                    "<li><svg class=\"world\" viewBox=\"0 0 16 10\" aria-hidden=\"true\"><path class=\"h%d\" "
                    "d=\"M0,0H16V10H0Z\"/></svg> %s</li>\n",
                    i + 1, words[i]);
    text_add(out, "<li><svg class=\"world\" viewBox=\"0 0 16 10\" aria-hidden=\"true\"><path class=\"ill\" "
                  "d=\"M1,1H15V9H1Z\"/></svg> a host is compromised</li>\n</ul>\n");
}

void serve_map(struct serve_page *page, const struct serve_country *countries, size_t count) {
    struct span rest = page_file(PAGE_WORLD);
    struct outline outline;
    size_t drawn = 0, named = 0;
    text_add(&page->out, "<h2>Countries</h2>\n<svg class=\"world\" viewBox=\"0 0 960 470\" role=\"group\" "
                         "aria-label=\"Hosts by country; the table below has the numbers\">\n");
    while (next_outline(&rest, &outline)) {
        drawn += draw(&page->out, &outline, countries, count);
        serve_page_flush(page);
    }
    text_add(&page->out, "</svg>\n");
    key(&page->out);
    for (size_t i = 0; i < count; i++)
        named += countries[i].name[0] != 0;
    if (drawn < named)
        text_format(
            &page->out,
            "<p class=\"note\">%zu of the %zu countries below are not on this map: too small for it, or "
            "written otherwise than by name or code of ISO 3166.</p>\n",
            named - drawn, named);
    text_add(&page->out, "<p class=\"note\">Outlines: Natural Earth, in the public domain.</p>\n");
}
