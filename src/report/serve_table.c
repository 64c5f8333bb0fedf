/* Answers to questions as tables of a page. */
#include "report/serve_page.h"

#include "base/filetime.h"
#include "model/finding.h"

#include <stdlib.h>
#include <string.h>

static const int64_t never = 9000000000000000000, day_ticks = 864000000000;
enum { FEW = 10 /* hosts, of which a rate says little */ };

/* All rows, for what is empty everywhere is left out. */
struct rows {
    char **cells; /* by row, then column of the answer */
    size_t count, room;
    unsigned columns; /* of the answer */
    bool some[QUESTIONS_COLUMNS], full;
};

static bool is_own(enum questions_cell cell) {
    return cell != QUESTIONS_RATE && cell != QUESTIONS_SUM;
}

static bool make_room(struct rows *rows) {
    if (rows->count < rows->room)
        return true;
    size_t room = rows->room ? 2 * rows->room : 64;
    char **cells = realloc(rows->cells, room * (rows->columns + 1) * sizeof *cells);
    if (!cells)
        return false;
    rows->cells = cells;
    rows->room = room;
    return true;
}

/* A cell as text: numbers in decimal, "" for none. */
static void take_row(struct serve_page *page, struct engine_rows *from, const struct question *question,
                     struct rows *rows) {
    if (!make_room(rows)) {
        rows->full = true;
        return;
    }
    for (unsigned i = 0, at = 0; i < question->count; i++) {
        enum questions_cell kind = question->columns[i].cell;
        char number[24];
        if (!is_own(kind))
            continue;
        const char *text = number;
        int64_t value = kind == QUESTIONS_TEXT ? 0 : store_number(page->store, from, at);
        if (kind == QUESTIONS_TEXT)
            text = store_text(page->store, from, at);
        else
            snprintf(number, sizeof number, "%lld", (long long)value);
        bool time = kind == QUESTIONS_TIME || kind == QUESTIONS_DAY;
        rows->some[i] = rows->some[i] || (kind == QUESTIONS_TEXT ? text[0] != 0 : !time || value > 0);
        char *copy = strdup(text);
        rows->full = rows->full || !copy;
        rows->cells[rows->count * rows->columns + at++] = copy;
    }
    rows->count++;
}

static void free_rows(struct rows *rows) {
    for (size_t i = 0; i < rows->count * rows->columns; i++)
        free(rows->cells[i]);
    free(rows->cells);
}

/* --- one row --- */

struct line {
    const struct question *question;
    const struct serve_table *table;
    char *const *cells;
    int64_t hosts, before, sum;
};

static int64_t number_of(const char *cell) {
    return cell ? strtoll(cell, NULL, 10) : 0;
}

static const struct serve_link *link_of(const struct line *row, const char *key) {
    for (size_t i = 0; i < sizeof row->table->links / sizeof row->table->links[0]; i++)
        if (row->table->links[i].key && strcmp(row->table->links[i].key, key) == 0)
            return &row->table->links[i];
    return NULL;
}

static const char *cell_named(const struct line *row, const char *key) {
    for (unsigned i = 0, at = 0; i < row->question->count; i++) {
        if (strcmp(row->question->columns[i].key, key) == 0)
            return row->cells[at];
        at += is_own(row->question->columns[i].cell);
    }
    return "";
}

static bool is_digest(const char *key) {
    return strcmp(key, "sha256") == 0 || strcmp(key, "authentihash") == 0;
}

static void text_cell(struct text *out, const struct line *row, const char *key, const char *cell) {
    const struct serve_link *link = cell[0] ? link_of(row, key) : NULL;
    text_add(out, is_digest(key) ? "<td class=\"digest\">" : "<td>");
    if (link) {
        text_format(out, "<a href=\"%s", link->address);
        serve_page_value(out, cell_named(row, link->value_key));
        text_add(out, "\">");
    }
    page_path(out, cell);
    text_add(out, link ? "</a></td>" : "</td>");
}

/* As reports say it. */
static void severity_cell(struct text *out, int64_t value) {
    int severity = value < 0 ? 0 : value > SEVERITY_CRITICAL ? SEVERITY_CRITICAL : (int)value;
    text_format(out, "<td class=\"s%d\"><b>%s</b></td>", severity, severity_word((enum severity)severity));
}

static void time_cell(struct text *out, int64_t time, bool day) {
    char text[FILETIME_TEXT];
    text_add(out, "<td>");
    if (time > 0 && time < never && !day)
        page_time(out, (uint64_t)time);
    else if (time > 0 && time < never) {
        filetime_text((uint64_t)time, text);
        text_format(out, "<time>%.10s</time>", text);
    }
    text_add(out, "</td>");
}

static void number_cell(struct text *out, const struct line *row, enum questions_cell kind, int64_t value) {
    int64_t rate = row->hosts > 0 ? (row->before * 1000 + row->hosts / 2) / row->hosts : 0;
    text_add(out, "<td class=\"n\">");
    if (kind == QUESTIONS_RATE)
        text_format(out, "%lld.%lld&nbsp;%%%s", (long long)rate / 10, (long long)rate % 10,
                    row->hosts < FEW ? " <small>few</small>" : "");
    else
        text_grouped(out, (uint64_t)(value > 0 ? value : 0));
    text_add(out, "</td>");
}

static void put_cell(struct text *out, struct line *row, const struct questions_column *column,
                     const char *cell) {
    int64_t value = number_of(cell);
    switch (column->cell) {
    case QUESTIONS_TEXT:
        text_cell(out, row, column->key, cell);
        break;
    case QUESTIONS_TIME:
        time_cell(out, value, false);
        break;
    case QUESTIONS_DAY:
        time_cell(out, value > 0 && value < INT64_MAX / day_ticks ? value * day_ticks : 0, true);
        break;
    case QUESTIONS_YES:
        text_add(out, value ? "<td>yes</td>" : "<td>no</td>");
        break;
    case QUESTIONS_SUM:
        number_cell(out, row, column->cell, row->sum);
        break;
    case QUESTIONS_NUMBER:
        if (strcmp(column->key, "severity") == 0) {
            severity_cell(out, value);
            break;
        }
        /* fall through */
    default:
        number_cell(out, row, column->cell, value);
    }
    if (column->cell == QUESTIONS_NUMBER) {
        bool hosts = strcmp(column->key, "hosts") == 0;
        row->before = value;
        row->hosts = hosts ? value : row->hosts;
        row->sum += hosts ? value : 0;
    }
}

/* --- the whole --- */

static bool is_shown(const struct rows *rows, const struct question *question, unsigned column) {
    enum questions_cell kind = question->columns[column].cell;
    return kind != QUESTIONS_ID && (rows->some[column] || !is_own(kind));
}

static bool is_number(enum questions_cell cell) {
    return cell == QUESTIONS_NUMBER || cell == QUESTIONS_RATE || cell == QUESTIONS_SUM;
}

/* "os_build" for people. */
static void heading(struct text *out, const struct questions_column *column) {
    text_add(out, is_number(column->cell) ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">");
    for (const char *at = column->key; *at; at++)
        text_char(out, *at == '_' ? ' ' : *at);
    text_add(out, "</th>");
}

static void put_rows(struct serve_page *page, const struct question *question,
                     const struct serve_table *table, const struct rows *rows) {
    struct line row = {.question = question, .table = table};
    text_add(&page->out, "<div class=\"wide\"><table>\n<thead><tr>");
    for (unsigned i = 0; i < question->count; i++)
        if (is_shown(rows, question, i))
            heading(&page->out, &question->columns[i]);
    text_add(&page->out, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < rows->count; r++) {
        row.cells = rows->cells + r * rows->columns;
        text_add(&page->out, "<tr>");
        for (unsigned i = 0, at = 0; i < question->count; i++) {
            bool own = is_own(question->columns[i].cell);
            if (is_shown(rows, question, i))
                put_cell(&page->out, &row, &question->columns[i], own ? row.cells[at] : "");
            at += own;
        }
        text_add(&page->out, "</tr>\n");
        serve_page_flush(page);
    }
    text_add(&page->out, "</tbody></table></div>\n");
}

uint64_t serve_table_print(struct serve_page *page, struct question *question,
                           const struct serve_table *table) {
    struct rows rows = {.cells = NULL};
    for (unsigned i = 0; i < question->count; i++)
        rows.columns += is_own(question->columns[i].cell);
    struct engine_rows *from = questions_ask(page->store, question);
    while (!rows.full && store_next(page->store, from))
        take_row(page, from, question, &rows);
    store_finish(page->store, from);
    if (table->caption) {
        text_add(&page->out, "<h2>");
        page_text(&page->out, table->caption);
        text_add(&page->out, "</h2>\n");
    }
    if (rows.full) {
        page->failed = true;
        text_add(page->why, "out of memory");
    } else if (rows.count > 0)
        put_rows(page, question, table, &rows);
    else
        text_format(&page->out, "<p class=\"note\">%s</p>\n", table->none ? table->none : "None.");
    if (table->limit > 0 && rows.count >= table->limit)
        text_format(&page->out, "<p class=\"more\">The first %llu; there may be more.</p>\n",
                    (unsigned long long)table->limit);
    uint64_t count = rows.count;
    free_rows(&rows);
    questions_free(question);
    return count;
}
