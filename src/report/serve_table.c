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
    bool some[QUESTIONS_COLUMNS], full, more;
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
    for (size_t i = 0; i < SERVE_LINKS; i++)
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
    if (link && strlen(cell_named(row, link->value_key)) > SERVE_ARGUMENT)
        link = NULL; /* nobody could follow it */
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

void serve_rate(struct text *out, int64_t some, int64_t hosts) {
    int64_t rate = hosts > 0 && some < INT64_MAX / 2000 ? (some * 1000 + hosts / 2) / hosts : 0;
    text_format(out, "%lld.%lld&nbsp;%%", (long long)rate / 10, (long long)rate % 10);
    if (hosts < FEW)
        text_add(out, ", few");
}

static void number_cell(struct text *out, const struct line *row, enum questions_cell kind, int64_t value) {
    text_add(out, kind == QUESTIONS_RATE && row->hosts < FEW ? "<td class=\"n few\">" : "<td class=\"n\">");
    if (kind == QUESTIONS_RATE)
        serve_rate(out, row->before, row->hosts);
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

static bool is_shown(const struct rows *rows, const struct question *question,
                     const struct serve_table *table, unsigned column) {
    enum questions_cell kind = question->columns[column].cell;
    for (size_t i = 0; i < SERVE_LEFT_OUT; i++)
        if (table->left_out[i] && strcmp(table->left_out[i], question->columns[column].key) == 0)
            return false;
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
        if (is_shown(rows, question, table, i))
            heading(&page->out, &question->columns[i]);
    text_add(&page->out, "</tr></thead>\n<tbody>\n");
    for (size_t r = 0; r < rows->count; r++) {
        row.cells = rows->cells + r * rows->columns;
        text_add(&page->out, "<tr>");
        for (unsigned i = 0, at = 0; i < question->count; i++) {
            bool own = is_own(question->columns[i].cell);
            if (is_shown(rows, question, table, i))
                put_cell(&page->out, &row, &question->columns[i], own ? row.cells[at] : "");
            at += own;
        }
        text_add(&page->out, "</tr>\n");
        serve_page_flush(page);
    }
    text_add(&page->out, "</tbody></table></div>\n");
}

/* --- pages of a table --- */

uint64_t serve_page_at(const struct serve_page *page, const char *name) {
    uint64_t number = serve_page_number(page, name);
    return number > 0 && number <= SERVE_PAGES ? number - 1 : 0;
}

static void turn_to(struct text *out, const struct serve_table *table, uint64_t number, const char *rel,
                    const char *word) {
    text_format(out, "<a rel=\"%s\" href=\"%s%s=%llu\">%s</a>\n", rel, table->address, table->page,
                (unsigned long long)number, word);
}

void serve_page_turn(struct serve_page *page, const struct serve_table *table, uint64_t at, uint64_t rows,
                     uint64_t shown, bool more) {
    struct text *out = &page->out;
    if (at == 0 && !more)
        return;
    text_format(out, "<nav class=\"turn\" aria-label=\"Pages of %s\"><p>",
                table->caption ? table->caption : "the table");
    if (at > 0)
        turn_to(out, table, 1, "first", "First");
    if (at > 0)
        turn_to(out, table, at, "prev", "Previous");
    text_add(out, "<span>");
    text_grouped(out, at * rows + (shown > 0));
    text_add(out, " to ");
    text_grouped(out, at * rows + shown);
    text_add(out, "</span>\n");
    if (more)
        turn_to(out, table, at + 2, "next", "Next");
    text_add(out, "</p></nav>\n");
}

/* One row more is asked for, which tells whether there is another page. */
static void one_page(struct question *question, uint64_t at) {
    sql_add(&question->sql, " LIMIT ");
    sql_number(&question->sql, (int64_t)at * SERVE_ROWS);
    sql_add(&question->sql, ", ");
    sql_number(&question->sql, SERVE_ROWS + 1);
}

/* Of the last row. */
static int64_t thing_of(const struct question *question, const struct rows *rows) {
    char *const *cells = rows->cells + (rows->count - 1) * rows->columns;
    for (unsigned i = 0, at = 0; i < question->count; i++) {
        if (strcmp(question->columns[i].key, "thing") == 0)
            return number_of(cells[at]);
        at += is_own(question->columns[i].cell);
    }
    return 0;
}

static void take_rows(struct serve_page *page, struct question *question, const struct serve_table *table,
                      uint64_t at, struct rows *rows) {
    for (unsigned i = 0; i < question->count; i++)
        rows->columns += is_own(question->columns[i].cell);
    if (table->page)
        one_page(question, at);
    struct engine_rows *from = questions_ask(page->store, question);
    while (!rows->full && !rows->more && store_next(page->store, from)) {
        rows->more = table->page && rows->count == SERVE_ROWS;
        if (rows->more)
            break;
        take_row(page, from, question, rows);
        if (table->ids && !rows->full && rows->count <= SERVE_ROWS)
            table->ids[rows->count - 1] = thing_of(question, rows);
    }
    store_finish(page->store, from);
}

uint64_t serve_table_print(struct serve_page *page, struct question *question,
                           const struct serve_table *table) {
    struct rows rows = {.cells = NULL};
    uint64_t at = table->page ? serve_page_at(page, table->page) : 0;
    take_rows(page, question, table, at, &rows);
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
        text_format(&page->out, "<p class=\"note\">%s</p>\n",
                    at > 0        ? "There are not so many."
                    : table->none ? table->none
                                  : "None.");
    if (table->page)
        serve_page_turn(page, table, at, SERVE_ROWS, rows.count, rows.more);
    uint64_t count = at * SERVE_ROWS + rows.count + rows.more;
    free_rows(&rows);
    questions_free(question);
    return count;
}
