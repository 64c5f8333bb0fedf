#include "report/as_html.h"
#include "report/findings.h"

enum { MANY = 500 /* findings from which a browser is to lay out only what is seen */ };
enum { CHUNK = 100 /* findings that are laid out together then */ };

/* What is read along with the findings. */
struct listing_of {
    struct as_html *page;
    struct findings findings;
    struct as_html_along steps; /* by finding */
    uint64_t full, lines, omitted;
    struct text scratch;
};

static void controls(struct as_html *page) {
    struct text *out = &page->out;
    text_add(
        out,
        "<form id=\"filter\" class=\"filter\" hidden role=\"search\" aria-label=\"Filter of findings\">\n"
        "<label>Search <input type=\"search\" id=\"filter-text\" autocomplete=\"off\" spellcheck=\"false\" "
        "placeholder=\"path, number, digest, any words\"></label>\n"
        "<label>Severity from <select id=\"filter-severity\">");
    for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++)
        text_format(out, "<option value=\"%d\">%s</option>", i, severity_word((enum severity)i));
    text_add(out, "</select></label>\n<label>Strength from <select id=\"filter-strength\">");
    for (int i = STRENGTH_WEAK; i <= STRENGTH_STRONG; i++)
        text_format(out, "<option value=\"%d\">%s</option>", i, strength_word((enum strength)i));
    text_add(out,
             "</select></label>\n<label>Rule <select id=\"filter-rule\"><option value=\"\">any</option>");
    for (size_t i = 0; i < page->rule_count; i++) {
        text_format(out, "<option value=\"%zu\">", i + 1);
        page_text(out, page->rules[i].id);
        text_format(out, " (%llu)</option>", (unsigned long long)page->rules[i].findings);
    }
    text_add(out,
             "</select></label>\n<button type=\"button\" id=\"filter-open\">Unfold those shown</button>\n"
             "<button type=\"button\" id=\"filter-close\">Fold all</button>\n"
             "<output id=\"filter-count\" role=\"status\"></output>\n</form>\n");
}

static const char *place_of(struct listing_of *list, const struct address *address) {
    text_clear(&list->scratch);
    address_eyes(&list->scratch, address);
    return text_string(&list->scratch);
}

/* The name, or the end of the evidence's: what fits into a line. */
static const char *name_of(const struct findings_row *row) {
    if (row->address.name && row->address.name[0])
        return row->address.name;
    const char *slash = strrchr(row->address.evidence, '/');
    return slash && slash[1] ? slash + 1 : row->address.evidence;
}

static void digest(struct text *out, const char *name, struct span bytes) {
    if (bytes.size == 0)
        return;
    text_format(out, "<dt>%s</dt><dd><code>", name);
    text_hex(out, bytes.data, bytes.size);
    text_add(out, "</code></dd>");
}

static void range(struct text *out, const struct findings_row *row) {
    if (row->has_record && row->in_volume)
        text_format(out, "<dt>MFT entry</dt><dd>%lld-%lld</dd>", (long long)row->record,
                    (long long)row->sequence);
    if (row->size == 0 && row->offset == 0)
        return;
    text_add(out, "<dt>Bytes</dt><dd>from ");
    text_grouped(out, (uint64_t)row->offset);
    text_format(out, " (0x%llx)", (unsigned long long)row->offset);
    if (row->size > 0) {
        text_add(out, ", ");
        text_grouped(out, (uint64_t)row->size);
        text_add(out, row->size == 1 ? " byte long" : " bytes long");
    }
    text_add(out, "</dd>");
}

/* Particulars; a value in several lines keeps them. */
static void particulars(struct listing_of *list, const struct findings_row *row) {
    struct text *out = &list->page->out;
    const char *key, *value;
    findings_details(&list->findings, row);
    while (findings_detail(&list->findings, &key, &value)) {
        text_add(out, "<dt>");
        page_text(out, key);
        if (!strchr(value, '\n')) {
            text_add(out, "</dt><dd>");
            page_text(out, value);
            text_add(out, "</dd>");
            continue;
        }
        text_add(out, "</dt><dd class=\"lines\">");
        for (size_t left = findings_clip(value); left > 0;) {
            size_t size = strcspn(value, "\n");
            size = size < left ? size : left;
            text_html(out, value, size);
            text_char(out, '\n');
            value += size;
            left -= size;
            if (left > 0) {
                value++;
                left--;
            }
        }
        text_add(out, "</dd>");
    }
}

static void neighbours(struct listing_of *list, const struct findings_row *row) {
    struct text *out = &list->page->out;
    const char *folder, *name, *role;
    struct address address;
    struct span sha256;
    findings_links(&list->findings, row);
    while (findings_link(&list->findings, &folder, &name)) {
        text_add(out, "<dt>also</dt><dd>");
        page_path(out, folder);
        text_add(out, "/<wbr>");
        page_text(out, name);
        text_add(out, "</dd>");
    }
    findings_references(&list->findings, row);
    while (findings_reference(&list->findings, &role, &address, &sha256)) {
        text_add(out, "<dt>");
        page_text(out, role);
        text_add(out, "</dt><dd>");
        page_path(out, place_of(list, &address));
        if (sha256.size > 0) {
            text_add(out, "<br>SHA-256 <code>");
            text_hex(out, sha256.data, sha256.size);
            text_add(out, "</code>");
        }
        text_add(out, "</dd>");
    }
}

static void steps(struct listing_of *list, int64_t id) {
    struct text *out = &list->page->out;
    unsigned count = 0;
    for (; as_html_along_at(&list->steps, id, 0); as_html_along_next(&list->steps)) {
        long long chain = (long long)db_integer(list->steps.query, 2),
                  step = (long long)db_integer(list->steps.query, 3);
        if (count++ < AS_HTML_STEPS)
            text_format(out, "<a href=\"#step-%lld-%lld\">Step %lld of the story</a>. ", chain, step, step);
    }
}

static void hex(struct text *out, const struct findings_row *row) {
    if (row->excerpt.size == 0)
        return;
    struct text dump = {0};
    text_hexdump(&dump, row->excerpt, "");
    text_format(
        out,
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Bytes of finding %lld\"><pre class=\"hex\">",
        (long long)row->id);
    for (const char *line = text_string(&dump); *line;) {
        size_t size = strcspn(line, "\n");
        text_html(out, line, size);
        text_char(out, '\n');
        line += size + (line[size] != 0);
    }
    text_add(out, "</pre></div>\n");
    if ((uint64_t)row->size > row->excerpt.size)
        text_format(out, "<p class=\"note\">The first %zu bytes of the range.</p>\n", row->excerpt.size);
    text_free(&dump);
}

static void body(struct listing_of *list, const struct findings_row *row, size_t rule) {
    struct text *out = &list->page->out;
    text_add(out, "<div class=\"body\"><p>");
    page_text(out, row->summary);
    text_add(out, "</p>\n<dl>");
    text_add(out, "<dt>Where</dt><dd>");
    page_path(out, place_of(list, &row->address));
    text_add(out, "</dd>");
    range(out, row);
    particulars(list, row);
    neighbours(list, row);
    digest(out, "SHA-256", row->sha256);
    digest(out, "SHA-1", row->sha1);
    digest(out, "MD5", row->md5);
    digest(out, "Authentihash", row->authentihash);
    page_row(out, "Known", row->known);
    text_add(out, "</dl>\n");
    hex(out, row);
    text_add(out, "<p class=\"from\">");
    steps(list, row->id);
    if (rule != 0)
        text_format(out, "<a href=\"#r%zu\">Why it matters, innocent causes, how to check by hand</a>. ",
                    rule);
    text_format(out, "<code>assay explain CASE %lld</code></p></div>", (long long)row->id);
}

/* Severity, strength and rule, for the filter. */
static void marks(struct text *out, const struct findings_row *row, size_t rule) {
    text_format(out, " s%d\" id=\"f%lld\" data-v=\"%d %d %zu\">", (int)row->severity, (long long)row->id,
                (int)row->severity, (int)row->strength, rule);
}

static void full(struct listing_of *list, const struct findings_row *row) {
    struct text *out = &list->page->out;
    size_t rule = as_html_rule_number(list->page, row->detector);
    if (list->full % CHUNK == 0)
        text_add(out, list->full == 0 ? "<div class=\"chunk\">\n" : "</div><div class=\"chunk\">\n");
    text_add(out, "<details class=\"finding");
    marks(out, row, rule);
    text_format(
        out,
        "<summary><span class=\"number\">%lld</span> <span class=\"badge\">%s</span> <span class=\"kind\">%s</span> <b>",
        (long long)row->id, severity_word(row->severity), strength_word(row->strength));
    page_text(out, row->title[0] ? row->title : row->detector);
    text_add(out, "</b> <span class=\"name\">");
    page_text(out, name_of(row));
    text_add(out, "</span></summary>");
    body(list, row, rule);
    text_add(out, "</details>\n");
}

static void line(struct listing_of *list, const struct findings_row *row) {
    struct text *out = &list->page->out;
    if (list->lines == 0)
        text_format(
            out,
            "</div>\n<details id=\"brief\"><summary>Further findings, one line each (the first %d are told in full)</summary>\n",
            AS_HTML_FULL);
    if (list->lines % CHUNK == 0)
        text_add(out, list->lines == 0 ? "<div class=\"chunk\">\n" : "</div><div class=\"chunk\">\n");
    text_add(out, "<p class=\"line");
    marks(out, row, as_html_rule_number(list->page, row->detector));
    text_format(out, "<b>%lld</b> %s, %s: ", (long long)row->id, severity_word(row->severity),
                strength_word(row->strength));
    page_text(out, row->title[0] ? row->title : row->detector);
    text_add(out, " <span class=\"name\">");
    page_text(out, place_of(list, &row->address));
    text_add(out, "</span></p>\n");
}

static void tell(struct listing_of *list, const struct findings_row *row) {
    if (list->full < AS_HTML_FULL) {
        full(list, row);
        list->full++;
    } else if (list->lines < AS_HTML_LINES) {
        line(list, row);
        list->lines++;
    } else
        list->omitted++;
    as_html_flush(list->page);
}

static bool all(struct listing_of *list) {
    struct findings_row row;
    struct as_html *page = list->page;
    uint64_t below = 0;
    bool good = findings_open(&list->findings, page->casefile, 0);
    while (good && page->output->error == 0 && findings_next(&list->findings, &row)) {
        if (row.severity < page->options->least)
            below++;
        else
            tell(list, &row);
    }
    findings_close(&list->findings);
    text_add(&page->out, list->lines > 0 ? "</div></details>\n" : list->full > 0 ? "</div>\n" : "");
    text_add(&page->out, list->full == 0 ? "<p>None.</p>\n" : "");
    as_html_more(
        &page->out, list->omitted,
        "findings, which are not on this page; <code>assay report --format jsonl CASE</code> has them all");
    as_html_more(&page->out, below, "findings of lower severity, which were left out on request");
    return good && db_error(page->db)[0] == 0;
}

static bool not_kept(struct as_html *page) {
    struct db_query *query =
        db_prepare(page->db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'findings_omitted'");
    if (query && db_step(query) && db_integer(query, 0) > 0)
        as_html_more(&page->out, (uint64_t)db_integer(query, 0), "findings for which the case had no room");
    return as_html_sound(page, query);
}

bool as_html_findings(struct as_html *page) {
    struct listing_of list = {.page = page};
    text_add(
        &page->out,
        "<section id=\"findings\" aria-labelledby=\"findings-title\">\n<h2 id=\"findings-title\">Findings</h2>\n");
    controls(page);
    uint64_t count = 0;
    for (size_t i = 0; i < page->rule_count; i++)
        count += page->rules[i].findings;
    text_format(&page->out, "<div id=\"list\"%s>\n", count > MANY ? " class=\"many\"" : "");
    as_html_along_start(&list.steps, page->db,
                        "SELECT finding, 0, chain, step FROM chain_finding ORDER BY finding, chain, step");
    bool good = all(&list);
    good = as_html_sound(page, list.steps.query) && good && not_kept(page);
    text_add(&page->out, "</div>\n<p id=\"none\" hidden>No finding is like that.</p>\n</section>\n");
    text_free(&list.scratch);
    return good;
}
