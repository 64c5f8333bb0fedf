#include "format/sqlite_file_schema.h"

#include "format/sqlite_file_private.h"
#include "format/sqlite_file_walk.h"

#include <strings.h>

enum { TYPE, NAME, TABLE_NAME, ROOT, SQL }; /* columns of sqlite_schema */

/* A text as ASCII, in memory of the job; other characters are there as bytes that no name has. */
static const char *plain(const struct sqlite_file *file, struct span bytes) {
    bool wide = file->encoding != SQLITE_FILE_UTF8;
    unsigned low = file->encoding == SQLITE_FILE_UTF16BE ? 1 : 0;
    size_t size = wide ? bytes.size / 2 : bytes.size;
    size = size < SQLITE_FILE_SQL ? size : SQLITE_FILE_SQL;
    char *text = job_alloc(file->job, size + 1, 1);
    for (size_t i = 0; text && i < size; i++) {
        uint8_t unit = span_u8(bytes, wide ? 2 * i + low : i);
        bool high = wide && span_u8(bytes, 2 * i + 1 - low) != 0;
        text[i] = high || unit == 0 ? '\x7f' : (char)unit;
    }
    return text;
}

static bool is_text(const struct sqlite_file_row *row, int column, const char *text) {
    struct sqlite_file_value value;
    bool wide = row->file->encoding != SQLITE_FILE_UTF8;
    unsigned low = row->file->encoding == SQLITE_FILE_UTF16BE ? 1 : 0;
    size_t size = strlen(text);
    if (!sqlite_file_value(row, column, &value) || value.kind != SQLITE_FILE_TEXT ||
        value.bytes.size != (wide ? 2 * size : size))
        return false;
    for (size_t i = 0; i < size; i++) {
        char unit = (char)span_u8(value.bytes, wide ? 2 * i + low : i);
        if (strncasecmp(&unit, text + i, 1) != 0 || (wide && span_u8(value.bytes, 2 * i + 1 - low) != 0))
            return false;
    }
    return true;
}

bool sqlite_file_find(struct sqlite_file *file, const char *name, struct sqlite_file_table *ret) {
    struct sqlite_file_walk walk;
    struct sqlite_file_row row;
    struct sqlite_file_value root, sql;
    if (!sqlite_file_begin(file, 1, &walk))
        return false;
    while (sqlite_file_next(&walk, &row)) {
        if (!is_text(&row, TYPE, "table") || !is_text(&row, NAME, name) ||
            !sqlite_file_value(&row, ROOT, &root) || !sqlite_file_value(&row, SQL, &sql) ||
            root.integer < 1 || root.integer > UINT32_MAX)
            continue;
        *ret = (struct sqlite_file_table){(uint32_t)root.integer, plain(file, sql.bytes)};
        return ret->sql != NULL;
    }
    return false;
}

/* --- CREATE TABLE --- */

enum kind { END, WORD, QUOTED, MARK };

struct token {
    enum kind kind;
    const char *text; /* between the quotes; of MARK one character */
    size_t size;
    char quote; /* of QUOTED: the one at its end, which is written twice inside */
};

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x7f;
}

static const char *skip_blanks(const char *at) {
    for (;;) {
        const char *from = at;
        at += strspn(at, " \t\r\n\f");
        if (at[0] == '-' && at[1] == '-')
            at += strcspn(at, "\n");
        else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            at = end ? end + 2 : at + strlen(at);
        }
        if (at == from)
            return at;
    }
}

static struct token quoted(const char **at, char end) {
    const char *text = *at + 1, *close = text;
    while (*close && (*close != end || (close[1] == end && end != ']')))
        close += 1 + (*close == end);
    *at = close + (*close != 0);
    return (struct token){QUOTED, text, (size_t)(close - text), end};
}

static struct token next(const char **at) {
    const char *text = skip_blanks(*at);
    size_t size = 0;
    *at = text;
    if (!*text)
        return (struct token){END, text, 0, 0};
    if (strchr("\"`'[", *text))
        return quoted(at, *text == '[' ? ']' : *text);
    while (is_word(text[size]))
        size++;
    *at = text + (size > 0 ? size : 1);
    return (struct token){size > 0 ? WORD : MARK, text, size > 0 ? size : 1, 0};
}

static bool is(const struct token *token, const char *word) {
    size_t length = 0, size = strlen(word);
    for (size_t i = 0; i < token->size; i++, length++) {
        if (length == size || strncasecmp(token->text + i, word + length, 1) != 0)
            return false;
        i += token->quote && token->text[i] == token->quote && token->quote != ']';
    }
    return length == size;
}

static bool is_bare(const struct token *token, const char *word) {
    return token->kind == WORD && is(token, word);
}

static bool is_constraint(const struct token *token) {
    static const char *const words[] = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_bare(token, words[i]))
            return true;
    return false;
}

/* Goes behind the comma after a column's definition. False behind the last one. *kept: its values are in the
 * records. */
static bool pass_column(const char **at, bool *kept) {
    bool computed = false, stored = false, more = false;
    struct token token;
    for (unsigned depth = 0; (token = next(at)).kind != END;) {
        char mark = token.kind == MARK ? token.text[0] : 0;
        if (depth == 0 && (mark == ',' || mark == ')')) {
            more = mark == ',';
            break;
        }
        depth += mark == '(';
        depth -= mark == ')';
        computed |= depth == 0 && is_bare(&token, "AS");
        stored |= depth == 0 && is_bare(&token, "STORED");
    }
    *kept = !computed || stored;
    return more;
}

int sqlite_file_column(const struct sqlite_file_table *table, const char *name) {
    const char *at = table->sql;
    struct token token;
    do
        token = next(&at);
    while (token.kind != END && !(token.kind == MARK && token.text[0] == '('));
    for (int number = 0;;) {
        bool kept;
        token = next(&at);
        if ((token.kind != WORD && token.kind != QUOTED) || is_constraint(&token))
            return -1;
        bool found = is(&token, name), more = pass_column(&at, &kept);
        if (found)
            return kept ? number : -1;
        if (!more)
            return -1;
        number += kept;
    }
}
