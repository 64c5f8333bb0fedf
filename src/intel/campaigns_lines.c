/* Lists of lines: tables whose first line names columns (kind or type, value; what or name, role, report,
 * source), and values one a line with a remark behind them. */
#include "intel/campaigns_read.h"

#include <strings.h>

enum { COLUMNS = 32, LINE = 65536 };

enum column { KIND, VALUE, ROLE, WHAT, REPORT, KNOWN };

struct reader {
    struct campaigns_writer *writer;
    const char *name;
    struct text cells[COLUMNS], campaign, campaign_what, report;
    enum column columns[COLUMNS];
    size_t count; /* columns; 0: values one a line */
    char separator;
    bool begun; /* the first line that says something was read */
};

/* --- cells --- */

/* One cell up to the separator; in quotes, with "" for a quote, as RFC 4180 has them. What is left. */
static struct span take_cell(struct span line, char separator, struct text *ret) {
    struct text raw = {0};
    size_t at = 0;
    bool quoted = separator != '\t' && span_u8(line, 0) == '"';
    for (at += quoted; at < line.size; at++) {
        char c = (char)line.data[at];
        if (quoted && c == '"' && span_u8(line, at + 1) != '"') {
            quoted = false;
            continue;
        }
        at += quoted && c == '"';
        if (!quoted && c == separator)
            break;
        text_char(&raw, c);
    }
    campaigns_read_bytes(span_of(text_string(&raw), raw.size, 0), ret);
    text_free(&raw);
    return at < line.size ? span_from(line, at + 1) : span_part(line, line.size, 0);
}

static size_t take_cells(struct reader *r, struct span line) {
    size_t count = 0;
    while (count < COLUMNS && line.size > 0)
        line = take_cell(line, r->separator, &r->cells[count++]);
    for (size_t i = count; i < COLUMNS; i++)
        text_clear(&r->cells[i]);
    return count;
}

/* --- tables --- */

static enum column column_of(const char *word) {
    static const struct {
        const char *word;
        enum column column;
    } words[] = {
        {"kind", KIND},     {"type", KIND},    {"entity_type", KIND}, {"indicator_type", KIND},
        {"value", VALUE},   {"role", ROLE},    {"indicator", VALUE},  {"ioc", VALUE},
        {"what", WHAT},     {"name", WHAT},    {"description", WHAT}, {"comment", WHAT},
        {"report", REPORT}, {"source", KNOWN}, {"reference", REPORT},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(words[i].word, word) == 0)
            return words[i].column;
    return KNOWN;
}

/* Is the first line that of a table? */
static bool take_head(struct reader *r, struct span line) {
    static const char separators[] = "\t,;";
    for (const char *c = separators; *c; c++) {
        bool kind = false, value = false;
        r->separator = *c;
        r->count = take_cells(r, line);
        for (size_t i = 0; i < r->count; i++) {
            r->columns[i] = column_of(text_string(&r->cells[i]));
            kind = kind || r->columns[i] == KIND;
            value = value || r->columns[i] == VALUE;
        }
        if (kind && value)
            return true;
    }
    r->count = 0;
    return false;
}

static const char *cell(const struct reader *r, enum column column) {
    for (size_t i = 0; i < r->count; i++)
        if (r->columns[i] == column)
            return text_string(&r->cells[i]);
    return "";
}

static enum campaigns_role role_of(const char *word) {
    for (int i = 0; i < CAMPAIGNS_ROLES; i++)
        if (strcmp(campaigns_role_word((enum campaigns_role)i), word) == 0)
            return (enum campaigns_role)i;
    return CAMPAIGNS_PLAIN;
}

static void end_campaign(struct reader *r) {
    campaigns_read_end(r->writer, r->campaign.size > 0 ? text_string(&r->campaign) : r->name,
                       text_string(&r->campaign_what), "");
}

static bool is_url(const char *text) {
    return strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
}

static void take_row(struct reader *r, struct span line) {
    (void)take_cells(r, line);
    const char *word = cell(r, KIND), *value = cell(r, VALUE), *report = cell(r, REPORT);
    if (strcmp(word, "campaign") == 0) {
        end_campaign(r);
        text_clear(&r->campaign);
        text_clear(&r->campaign_what);
        text_add(&r->campaign, value);
        text_add(&r->campaign_what, cell(r, WHAT));
        return;
    }
    enum campaigns_kind kind = campaigns_value_kind(span_of(word, strlen(word), 0));
    if (strcmp(word, "passed") == 0)
        return;
    if (kind == CAMPAIGNS_KINDS)
        kind = strcmp(word, "hash") == 0 || strcmp(word, "file") == 0 ? campaigns_value_guess(value) : kind;
    if (kind == CAMPAIGNS_KINDS)
        r->writer->passed++;
    else
        campaigns_read_item(r->writer, kind, value, role_of(cell(r, ROLE)), cell(r, WHAT), report);
}

/* --- values one a line --- */

/* A remark that names a report is about what follows it. */
static void take_remark(struct reader *r, struct span line) {
    struct text remark = {0};
    campaigns_read_bytes(line, &remark);
    const char *url = strstr(text_string(&remark), "http");
    if (url && is_url(url)) {
        text_clear(&r->report);
        text_bytes(&r->report, url, strcspn(url, " \t)"));
    }
    text_free(&remark);
}

static void take_value(struct reader *r, struct span line) {
    struct text *value = &r->cells[0], *what = &r->cells[1];
    size_t size = 0;
    while (size < line.size && !strchr(";,\t", line.data[size]) &&
           !(line.data[size] == ' ' && span_u8(line, size + 1) == ' '))
        size++;
    struct span rest = span_from(line, size);
    while (rest.size > 0 && strchr(";,\t ", rest.data[0]))
        rest = span_from(rest, 1);
    campaigns_read_bytes(span_part(line, 0, size), value);
    campaigns_read_bytes(rest, what);
    enum campaigns_kind kind = campaigns_value_guess(text_string(value));
    const char *url = strstr(text_string(what), "http");
    if (kind == CAMPAIGNS_KINDS)
        r->writer->passed++;
    else
        campaigns_read_item(r->writer, kind, text_string(value), CAMPAIGNS_PLAIN, text_string(what),
                            url && is_url(url) ? url : text_string(&r->report));
}

static struct span trim(struct span line) {
    while (line.size > 0 && (line.data[line.size - 1] == '\r' || line.data[line.size - 1] == ' '))
        line = span_part(line, 0, line.size - 1);
    return line;
}

static const char *take_line(struct reader *r, struct span line) {
    line = trim(line);
    if (line.size > LINE)
        return "a line that is too long";
    if (line.size > 0 && memchr(line.data, 0, line.size))
        return "a NUL, where a list has none";
    if (line.size == 0)
        return NULL;
    if (line.data[0] == '#') {
        take_remark(r, line);
        return NULL;
    }
    bool first = !r->begun;
    r->begun = true;
    if (first && take_head(r, line))
        return NULL;
    if (r->count > 0)
        take_row(r, line);
    else
        take_value(r, line);
    return NULL;
}

bool campaigns_lines(struct span bytes, const char *name, struct campaigns_writer *writer,
                     struct campaigns_damage *damage) {
    struct reader r = {.writer = writer, .name = name};
    const char *why = NULL;
    if (span_starts(bytes, "\xef\xbb\xbf", 3))
        bytes = span_from(bytes, 3);
    while (!why && bytes.size > 0) {
        const uint8_t *end = memchr(bytes.data, '\n', bytes.size);
        size_t size = end ? (size_t)(end - bytes.data) : bytes.size;
        damage->line++;
        why = take_line(&r, span_part(bytes, 0, size));
        bytes = span_from(bytes, size + (end != NULL));
    }
    if (!why) {
        damage->line = 0;
        end_campaign(&r);
    }
    damage->why = why;
    for (size_t i = 0; i < COLUMNS; i++)
        text_free(&r.cells[i]);
    text_free(&r.campaign);
    text_free(&r.campaign_what);
    text_free(&r.report);
    return !why;
}
