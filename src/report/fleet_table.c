#include "report/fleet_table.h"

#include "base/filetime.h"
#include "report/emit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 64, BAR = 40 }; /* columns of a terminal */
static const int64_t never = 9000000000000000000, day_ticks = 864000000000;

bool fleet_table_parse(const char *word, enum fleet_table_format *ret) {
    static const char *const words[] = {"text", "jsonl", "csv"};
    for (int i = 0; i < 3; i++)
        if (strcmp(word, words[i]) == 0) {
            *ret = (enum fleet_table_format)i;
            return true;
        }
    return false;
}

/* --- cells --- */

struct asked {
    struct store *store;
    struct engine_rows *rows;
    const struct question *question;
    int64_t hosts, before, sum; /* of this row: hosts, the last number; of all rows so far */
};

static void time_of(struct text *out, int64_t time, bool day) {
    char text[FILETIME_TEXT];
    if (time <= 0 || time >= never)
        return;
    filetime_text((uint64_t)time, text);
    text_bytes(out, text, day ? 10 : 19);
    if (!day)
        text_char(out, 'Z');
}

static bool is_own(enum questions_cell cell) {
    return cell != QUESTIONS_RATE && cell != QUESTIONS_SUM;
}

/* Counts that a server made up must not overflow what is reckoned with them. */
static int64_t countable(int64_t number) {
    const int64_t most = INT64_MAX / 2000;
    return number < 0 ? 0 : number > most ? most : number;
}

/* Tenths of a hundredth, rounded. */
static int64_t permille(int64_t part, int64_t whole) {
    return whole > 0 ? (countable(part) * 1000 + countable(whole) / 2) / countable(whole) : 0;
}

/* A cell as it is told to people and in CSV. `at` is that of the answer. */
static void cell_of(struct asked *asked, unsigned column, unsigned at, struct text *out) {
    const struct questions_column *c = &asked->question->columns[column];
    int64_t number =
        is_own(c->cell) && c->cell != QUESTIONS_TEXT ? store_number(asked->store, asked->rows, at) : 0;
    if (c->cell == QUESTIONS_TEXT)
        text_add(out, store_text(asked->store, asked->rows, at));
    else if (c->cell == QUESTIONS_TIME)
        time_of(out, number, false);
    else if (c->cell == QUESTIONS_DAY)
        time_of(out, number > 0 && number < INT64_MAX / day_ticks ? number * day_ticks : 0, true);
    else if (c->cell == QUESTIONS_YES)
        text_add(out, number ? "yes" : "no");
    else if (c->cell == QUESTIONS_RATE) {
        int64_t rate = permille(asked->before, asked->hosts);
        text_format(out, "%lld.%lld", (long long)rate / 10, (long long)rate % 10);
    } else if (c->cell == QUESTIONS_SUM)
        text_format(out, "%lld", (long long)asked->sum);
    else
        text_format(out, "%lld", (long long)number);
    if (c->cell == QUESTIONS_NUMBER) {
        asked->before = number;
        asked->sum = countable(asked->sum + (strcmp(c->key, "hosts") == 0 ? countable(number) : 0));
        asked->hosts = strcmp(c->key, "hosts") == 0 ? number : asked->hosts;
    }
}

static bool is_number(enum questions_cell cell) {
    return cell == QUESTIONS_NUMBER || cell == QUESTIONS_RATE || cell == QUESTIONS_SUM;
}

/* --- JSON lines and CSV, a row at a time --- */

static void json_row(struct asked *asked, struct text *line) {
    struct emit emit;
    struct text cell = {0};
    bool rates = false;
    emit_init(&emit, line);
    emit_object(&emit, NULL);
    emit_text(&emit, "schema", "assay.fleet/1");
    emit_text(&emit, "row", asked->question->name);
    for (unsigned i = 0, at = 0; i < asked->question->count; i++) {
        const struct questions_column *c = &asked->question->columns[i];
        text_clear(&cell);
        cell_of(asked, i, at, &cell);
        if (c->cell == QUESTIONS_NUMBER)
            emit_number(&emit, c->key, asked->before);
        else if (c->cell == QUESTIONS_SUM)
            emit_number(&emit, c->key, asked->sum);
        else if (c->cell == QUESTIONS_YES)
            emit_bool(&emit, c->key, text_string(&cell)[0] == 'y');
        else
            emit_some(&emit, c->key, text_string(&cell));
        rates = rates || c->cell == QUESTIONS_RATE;
        at += is_own(c->cell);
    }
    if (rates) /* all are of the same hosts */
        emit_bool(&emit, "few", asked->hosts < FLEET_TABLE_FEW);
    if (asked->question->sketch) {
        emit_bool(&emit, "approximate", asked->question->error > 0);
        emit_thousandths(&emit, "error", asked->question->error);
    }
    emit_end_object(&emit);
    text_char(line, '\n');
    text_free(&cell);
}

static void csv_row(struct asked *asked, struct text *line) {
    struct text cell = {0};
    for (unsigned i = 0, at = 0; i < asked->question->count; i++) {
        text_clear(&cell);
        cell_of(asked, i, at, &cell);
        if (i > 0)
            text_char(line, ',');
        text_csv(line, text_string(&cell), cell.size);
        at += is_own(asked->question->columns[i].cell);
    }
    unsigned error = asked->question->error;
    if (asked->question->sketch)
        text_format(line, ",%s,%u.%03u", error > 0 ? "yes" : "no", error / 1000, error % 1000);
    text_add(line, "\r\n");
    text_free(&cell);
}

static void csv_head(struct fleet_table *table, const struct question *question) {
    if (table->some)
        output_add(table->output, "\r\n");
    for (unsigned i = 0; i < question->count; i++) {
        output_add(table->output, i > 0 ? "," : "");
        output_add(table->output, question->columns[i].key);
    }
    output_add(table->output, question->sketch ? ",approximate,error" : "");
    output_add(table->output, "\r\n");
}

/* --- text: all rows, then the widths --- */

struct page {
    char **cells;
    int64_t *bars; /* hosts of each row */
    size_t rows, room;
    size_t width[QUESTIONS_COLUMNS];
    bool some[QUESTIONS_COLUMNS], full;
};

/* Characters, as far as they are one column each: bytes that begin one. */
static size_t shown(const char *text) {
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool make_room(struct page *page, unsigned columns) {
    if (page->rows < page->room)
        return true;
    size_t room = page->room ? 2 * page->room : 64;
    char **cells = realloc(page->cells, room * columns * sizeof *cells);
    page->cells = cells ? cells : page->cells;
    int64_t *bars = cells ? realloc(page->bars, room * sizeof *bars) : NULL;
    page->bars = bars ? bars : page->bars;
    page->room = bars ? room : page->room;
    return bars != NULL;
}

static void add_row(struct page *page, struct asked *asked) {
    struct text cell = {0}, safe = {0};
    unsigned columns = asked->question->count;
    page->full = page->full || !make_room(page, columns);
    for (unsigned i = 0, at = 0; i < columns && !page->full; i++) {
        enum questions_cell kind = asked->question->columns[i].cell;
        text_clear(&cell);
        text_clear(&safe);
        cell_of(asked, i, at, &cell);
        text_terminal(&safe, text_string(&cell), cell.size);
        if (kind == QUESTIONS_RATE)
            text_add(&safe, asked->hosts < FLEET_TABLE_FEW ? " % (few)" : " %      ");
        char *copy = strdup(text_string(&safe));
        page->full = !copy;
        page->cells[page->rows * columns + i] = copy;
        size_t width = copy ? shown(copy) : 0;
        page->some[i] = page->some[i] || width > 0;
        if (width > page->width[i])
            page->width[i] = width > WIDE ? WIDE : width;
        at += is_own(kind);
    }
    if (!page->full)
        page->bars[page->rows++] = countable(asked->hosts);
    text_free(&cell);
    text_free(&safe);
}

static void pad(struct text *line, const char *text, size_t width, bool right, bool last) {
    size_t size = shown(text);
    for (size_t i = size; right && i < width; i++)
        text_char(line, ' ');
    text_add(line, text);
    for (size_t i = size; !right && !last && i < width; i++)
        text_char(line, ' ');
}

static void put_row(const struct page *page, const struct question *question, char *const *cells,
                    struct text *line) {
    unsigned last = 0;
    for (unsigned i = 0; i < question->count; i++)
        last = page->some[i] ? i : last;
    for (unsigned i = 0; i < question->count; i++)
        if (page->some[i]) {
            text_add(line, "  ");
            pad(line, cells[i], page->width[i], is_number(question->columns[i].cell), i == last);
        }
}

static void heads(struct page *page, const struct question *question, struct text *line) {
    char *names[QUESTIONS_COLUMNS];
    for (unsigned i = 0; i < question->count; i++) {
        names[i] = (char *)(uintptr_t)question->columns[i].key;
        if (page->some[i] && strlen(names[i]) > page->width[i])
            page->width[i] = strlen(names[i]);
    }
    put_row(page, question, names, line);
    while (line->size > 0 && line->data[line->size - 1] == ' ')
        line->data[--line->size] = 0;
    text_char(line, '\n');
}

static void bar(const struct page *page, size_t row, struct text *line) {
    int64_t most = 1;
    for (size_t i = 0; i < page->rows; i++)
        most = page->bars[i] > most ? page->bars[i] : most;
    text_add(line, "  ");
    for (int64_t i = 0; i < (page->bars[row] * BAR + most - 1) / most; i++)
        text_char(line, '#');
}

static void put_page(struct fleet_table *table, struct page *page, const struct question *question) {
    struct text line = {0};
    bool bars = question->count > 0 && question->columns[question->count - 1].cell == QUESTIONS_SUM;
    if (page->rows > 0)
        heads(page, question, &line);
    else
        text_add(&line, "  none\n");
    output_text(table->output, &line);
    for (size_t i = 0; i < page->rows; i++) {
        put_row(page, question, page->cells + i * question->count, &line);
        if (bars)
            bar(page, i, &line);
        text_char(&line, '\n');
        output_text(table->output, &line);
    }
    text_free(&line);
}

static void free_page(struct page *page, unsigned columns) {
    for (size_t i = 0; i < page->rows * columns; i++)
        free(page->cells[i]);
    free(page->cells);
    free(page->bars);
}

/* --- both --- */

void fleet_table_say(struct fleet_table *table, const char *format, ...) {
    char message[4096];
    struct text line = {0};
    va_list args;
    if (table->format != FLEET_TABLE_TEXT)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    text_terminal(&line, message, strlen(message));
    text_char(&line, '\n');
    output_text(table->output, &line);
    text_free(&line);
}

static void say_title(struct fleet_table *table, const char *title) {
    if (table->some)
        output_add(table->output, "\n");
    fleet_table_say(table, "%s", title);
}

bool fleet_table_print(struct fleet_table *table, struct store *store, struct question *question,
                       const char *title) {
    struct page page = {.cells = NULL};
    struct text line = {0};
    struct asked asked = {.store = store, .rows = questions_ask(store, question), .question = question};
    bool is_text = table->format == FLEET_TABLE_TEXT;
    table->rows = 0;
    if (is_text)
        say_title(table, title);
    if (table->format == FLEET_TABLE_CSV)
        csv_head(table, question);
    table->some = true;
    for (; store_next(store, asked.rows) && table->output->error == 0 && !page.full; table->rows++) {
        if (is_text)
            add_row(&page, &asked);
        else if (table->format == FLEET_TABLE_CSV)
            csv_row(&asked, &line);
        else
            json_row(&asked, &line);
        output_text(table->output, &line);
    }
    store_finish(store, asked.rows);
    if (is_text && store_error(store)[0] == 0 && !page.full)
        put_page(table, &page, question);
    bool good = store_error(store)[0] == 0 && !page.full;
    free_page(&page, question->count);
    text_free(&line);
    return good && table->output->error == 0;
}
