#include "store/normal.h"

#include <string.h>

static char small(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Part of a word: letters, digits, and what is beyond ASCII. */
static bool is_word(char c) {
    return is_digit(c) || (small(c) >= 'a' && small(c) <= 'z') || (unsigned char)c >= 0x80;
}

static bool starts(const char *text, size_t size, const char *with) {
    size_t n = strlen(with);
    if (n > size)
        return false;
    for (size_t i = 0; i < n; i++)
        if (small(text[i]) != with[i])
            return false;
    return true;
}

static bool equal(const char *text, size_t size, const char *with) {
    return strlen(with) == size && starts(text, size, with);
}

/* --- what is recognised: each returns how many bytes of `text` it takes, 0 for none --- */

static size_t run_of_hex(const char *text, size_t size) {
    size_t n = 0;
    while (n < size && is_hex(text[n]))
        n++;
    return n;
}

static size_t guid(const char *text, size_t size) {
    static const unsigned char groups[] = {8, 4, 4, 4, 12};
    bool brace = size > 0 && text[0] == '{';
    size_t at = brace;
    for (int i = 0; i < 5; i++) {
        if (i > 0 && (at >= size || text[at++] != '-'))
            return 0;
        if (run_of_hex(text + at, size - at) != groups[i])
            return 0;
        at += groups[i];
    }
    if (!brace)
        return at;
    return at < size && text[at] == '}' ? at + 1 : 0;
}

static size_t sid(const char *text, size_t size) {
    size_t at = starts(text, size, "s-1-5-21-") ? 9 : starts(text, size, "s-1-12-1-") ? 9 : 0;
    if (at == 0)
        return 0;
    while (at < size && (is_digit(text[at]) || (text[at] == '-' && at + 1 < size && is_digit(text[at + 1]))))
        at++;
    return at > 9 ? at : 0;
}

/* Numbers with dots; not the dot before an extension, as in x.7z, for behind each dot digits alone follow. */
static size_t version(const char *text, size_t size) {
    size_t at = 0, dots = 0;
    while (at < size && is_digit(text[at])) {
        while (at < size && is_digit(text[at]))
            at++;
        if (at + 1 >= size || text[at] != '.' || !is_digit(text[at + 1]))
            break;
        size_t next = at + 1;
        while (next < size && is_digit(text[next]))
            next++;
        if (next < size && is_word(text[next]))
            break;
        at++;
        dots++;
    }
    return dots > 0 ? at : 0;
}

static size_t hex(const char *text, size_t size) {
    size_t n = run_of_hex(text, size);
    bool digit = false;
    for (size_t i = 0; i < n; i++)
        digit = digit || is_digit(text[i]);
    return n >= 8 && digit && (n == size || !is_word(text[n])) ? n : 0;
}

/* What begins at a place where a word begins. */
static size_t known(const char *text, size_t size, const char **word) {
    static const struct {
        size_t (*find)(const char *text, size_t size);
        const char *word;
    } kinds[] = {{guid, "<guid>"}, {sid, "<sid>"}, {version, "<version>"}, {hex, "<hex>"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n = kinds[i].find(text, size);
        *word = kinds[i].word;
        if (n > 0)
            return n;
    }
    return 0;
}

/* --- parts --- */

/* `v` before a version is none of a word: app-v1.2.3. */
static bool begins_word(const char *text, size_t at) {
    if (at == 0 || !is_word(text[at - 1]))
        return true;
    return small(text[at - 1]) == 'v' && (at == 1 || !is_word(text[at - 2]));
}

static void part(struct text *out, const char *text, size_t size) {
    const char *word;
    for (size_t at = 0; at < size;) {
        size_t n = begins_word(text, at) ? known(text + at, size - at, &word) : 0;
        if (n > 0)
            text_add(out, word);
        else
            text_char(out, small(text[at]));
        at += n > 0 ? n : 1;
    }
}

/* A name that a program made up: with a digit or ~, or as installers call theirs. */
static bool is_temporary(const char *stem, size_t size) {
    if (starts(stem, size, "tmp") || starts(stem, size, "is-") || starts(stem, size, "ns"))
        return size > 3;
    for (size_t i = 0; i < size; i++)
        if (is_digit(stem[i]) || stem[i] == '~')
            return true;
    return false;
}

static void temporary(struct text *out, const char *name, size_t size) {
    size_t dot = size;
    while (dot > 0 && name[dot - 1] != '.')
        dot--;
    size_t stem = dot > 1 ? dot - 1 : size;
    if (stem > 0 && name[0] != '<' && is_temporary(name, stem)) {
        text_add(out, "<temp>");
        part(out, name + stem, size - stem);
    } else
        part(out, name, size);
}

static bool is_profiles(const char *text, size_t size) {
    return equal(text, size, "users") || equal(text, size, "documents and settings");
}

static bool is_everybody(const char *text, size_t size) {
    static const char *const names[] = {"public",    "default",        "default user",
                                        "all users", "defaultapppool", "<user>"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (equal(text, size, names[i]))
            return true;
    return false;
}

static size_t length_of(const char *text) {
    return (size_t)text_cut(text, NORMAL_MAX);
}

static bool is_slash(char c) {
    return c == '/' || c == '\\';
}

/* A path, or what is behind a drive letter in a command. */
static void path_of(struct text *out, const char *path, size_t size) {
    bool below_users = false, in_temp = false;
    size_t depth = 0;
    for (size_t at = 0; at < size;) {
        if (is_slash(path[at])) {
            text_char(out, '/');
            at++;
            continue;
        }
        size_t end = at;
        while (end < size && !is_slash(path[end]))
            end++;
        bool last = end == size;
        if (below_users && !is_everybody(path + at, end - at) && !last)
            text_add(out, "<user>");
        else if (in_temp && last)
            temporary(out, path + at, end - at);
        else
            part(out, path + at, end - at);
        below_users = depth == 0 && is_profiles(path + at, end - at);
        in_temp = equal(path + at, end - at, "temp") || equal(path + at, end - at, "tmp");
        depth++;
        at = end;
    }
}

/* C: before a slash; the length, 0 for none. */
static size_t drive(const char *text, size_t size) {
    bool letter = size > 2 && small(text[0]) >= 'a' && small(text[0]) <= 'z';
    return letter && text[1] == ':' && is_slash(text[2]) ? 2 : 0;
}

void normal_path(struct text *out, const char *path) {
    size_t size = length_of(path), skip = drive(path, size);
    path_of(out, path + skip, size - skip);
}

void normal_name(struct text *out, const char *name) {
    part(out, name, length_of(name));
}

void normal_service(struct text *out, const char *name) {
    size_t size = length_of(name), end = size, digits = 0;
    while (end > 0 && is_hex(name[end - 1])) {
        digits += is_digit(name[end - 1]);
        end--;
    }
    if (end > 1 && name[end - 1] == '_' && size - end >= 4 && size - end <= 8 && digits > 0) {
        part(out, name, end);
        text_add(out, "<luid>");
    } else
        part(out, name, size);
}

/* Where a path within a command ends: at a quote, and outside quotes at a blank. */
static size_t argument(const char *text, size_t size, bool quoted) {
    size_t n = 0;
    while (n < size && text[n] != '"' && (quoted || (text[n] != ' ' && text[n] != '\t')))
        n++;
    return n;
}

void normal_command(struct text *out, const char *command) {
    size_t size = length_of(command);
    bool quoted = false;
    for (size_t at = 0; at < size;) {
        char c = command[at];
        if (c == '"' || c == ' ' || c == '\t') {
            quoted = c == '"' ? !quoted : quoted;
            text_char(out, c);
            at++;
            continue;
        }
        size_t n = argument(command + at, size - at, quoted), skip = drive(command + at, n);
        path_of(out, command + at + skip, n - skip);
        at += n;
    }
}
