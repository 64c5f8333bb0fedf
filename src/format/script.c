#include "format/script.h"

#include <strings.h>

static const struct word {
    enum script_language language;
    enum script_class class;
    const char *text;
} words[] = {
#define SCRIPT(language, class, word, source) {SCRIPT_##language, SCRIPT_##class, word},
#include "format/script.def"
#undef SCRIPT
};

enum { WORDS = sizeof words / sizeof words[0] };

const char *script_class_word(enum script_class class) {
    static const char *const names[] = {"network", "execution", "evaluation", "obfuscation", "hiding"};
    return (unsigned)class < SCRIPT_CLASSES ? names[class] : "?";
}

/* --- languages --- */

static enum script_language by_first_line(struct span text) {
    static const struct {
        const char *word;
        enum script_language language;
    } programs[] = {{"node", SCRIPT_JAVASCRIPT}, {"pwsh", SCRIPT_POWERSHELL}, {"python", SCRIPT_PYTHON},
                    {"perl", SCRIPT_PERL},       {"ruby", SCRIPT_RUBY},       {"php", SCRIPT_PHP},
                    {"sh", SCRIPT_SHELL}};
    struct span line = span_clip(text, 0, 128);
    const uint8_t *end = line.size > 0 ? memchr(line.data, '\n', line.size) : NULL;
    if (end)
        line = span_part(line, 0, (size_t)(end - line.data));
    if (!span_starts(line, "#!", 2))
        return SCRIPT_NONE;
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (memmem(line.data, line.size, programs[i].word, strlen(programs[i].word)))
            return programs[i].language;
    return SCRIPT_NONE;
}

enum script_language script_language_of(const char *name, struct span text) {
    static const struct {
        const char *ending;
        enum script_language language;
    } endings[] = {{"js", SCRIPT_JAVASCRIPT},   {"mjs", SCRIPT_JAVASCRIPT},  {"cjs", SCRIPT_JAVASCRIPT},
                   {"jsx", SCRIPT_JAVASCRIPT},  {"ts", SCRIPT_JAVASCRIPT},   {"tsx", SCRIPT_JAVASCRIPT},
                   {"html", SCRIPT_JAVASCRIPT}, {"htm", SCRIPT_JAVASCRIPT},  {"hta", SCRIPT_VBSCRIPT},
                   {"ps1", SCRIPT_POWERSHELL},  {"psm1", SCRIPT_POWERSHELL}, {"psd1", SCRIPT_POWERSHELL},
                   {"sh", SCRIPT_SHELL},        {"bash", SCRIPT_SHELL},      {"bat", SCRIPT_BATCH},
                   {"cmd", SCRIPT_BATCH},       {"py", SCRIPT_PYTHON},       {"pyw", SCRIPT_PYTHON},
                   {"vbs", SCRIPT_VBSCRIPT},    {"wsf", SCRIPT_VBSCRIPT},    {"php", SCRIPT_PHP},
                   {"rb", SCRIPT_RUBY},         {"pl", SCRIPT_PERL},         {"pm", SCRIPT_PERL}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot + 1, endings[i].ending) == 0)
            return endings[i].language;
    return dot ? SCRIPT_NONE : by_first_line(text);
}

/* --- words --- */

static bool is_name(uint8_t c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '$' ||
           c >= 0x80;
}

static uint8_t small(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? c | 32 : c;
}

static bool without_case(enum script_language language) {
    return language == SCRIPT_POWERSHELL || language == SCRIPT_BATCH || language == SCRIPT_VBSCRIPT ||
           language == SCRIPT_PHP;
}

static bool dots_matter(enum script_language language) {
    return language == SCRIPT_JAVASCRIPT || language == SCRIPT_PYTHON || language == SCRIPT_PHP;
}

static bool stands_alone(enum script_language language, struct span text, size_t at, const char *word,
                         size_t size) {
    uint8_t before = at > 0 ? text.data[at - 1] : ' ', after = span_u8(text, at + size);
    if (is_name((uint8_t)word[0]) && (is_name(before) || (before == '.' && dots_matter(language))))
        return false;
    return !is_name((uint8_t)word[size - 1]) || !is_name(after);
}

static bool is_at(struct span text, size_t at, const char *word, size_t size, bool fold) {
    if (size > text.size - at)
        return false;
    if (!fold)
        return memcmp(text.data + at, word, size) == 0;
    for (size_t i = 0; i < size; i++)
        if (small(text.data[at + i]) != (uint8_t)word[i])
            return false;
    return true;
}

static struct span example(struct span text, size_t at) {
    struct span line = span_clip(text, at, SCRIPT_EXAMPLE);
    const uint8_t *end = line.size > 0 ? memchr(line.data, '\n', line.size) : NULL;
    return end ? span_part(line, 0, (size_t)(end - line.data)) : line;
}

/* Words by their first byte: one pass over the text asks few of them. */
struct heads {
    size_t first[256], next[WORDS]; /* number of a word and 1; 0: none */
};

static void list_heads(enum script_language language, struct heads *ret) {
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < WORDS; i++) {
        uint8_t byte = (uint8_t)words[i].text[0];
        if (words[i].language != language)
            continue;
        ret->next[i] = ret->first[byte];
        ret->first[byte] = i + 1;
    }
}

static void find_words(enum script_language language, struct span text, struct script *ret) {
    bool fold = without_case(language);
    struct heads heads;
    list_heads(language, &heads);
    for (size_t at = 0; at < text.size; at++)
        for (size_t i = heads.first[fold ? small(text.data[at]) : text.data[at]]; i > 0;
             i = heads.next[i - 1]) {
            const struct word *word = &words[i - 1];
            size_t size = strlen(word->text);
            if (ret->found[word->class].size == 0 && is_at(text, at, word->text, size, fold) &&
                stands_alone(language, text, at, word->text, size))
                ret->found[word->class] = example(text, at);
        }
}

/* --- lines --- */

static bool is_hex(uint8_t c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static unsigned hex_of(uint8_t c) {
    return (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

static bool is_base64(uint8_t c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '+' || c == '/';
}

/* Does a name such as _0x3fa2c1 begin here? */
static bool is_machine_name(struct span line, size_t at) {
    return span_starts(span_from(line, at), "_0x", 3) && is_hex(span_u8(line, at + 3)) &&
           is_hex(span_u8(line, at + 4)) && is_hex(span_u8(line, at + 5)) && is_hex(span_u8(line, at + 6));
}

static bool is_escaped_text(struct span line, size_t at) {
    if (line.data[at] != '\\' || span_u8(line, at + 1) != 'x' || !is_hex(span_u8(line, at + 2)) ||
        !is_hex(span_u8(line, at + 3)))
        return false;
    unsigned value = hex_of(line.data[at + 2]) << 4 | hex_of(line.data[at + 3]);
    return value >= ' ' && value < 0x7f;
}

static bool is_obfuscated(struct span line) {
    size_t names = 0, escapes = 0, run = 0;
    bool address = false; /* the run follows "base64," */
    for (size_t i = 0; i < line.size; i++) {
        names += line.data[i] == '_' && is_machine_name(line, i);
        escapes += is_escaped_text(line, i);
        if (!is_base64(line.data[i])) {
            run = 0;
            continue;
        }
        if (run == 0)
            address = i >= 7 && memcmp(line.data + i - 7, "base64,", 7) == 0;
        if (++run >= SCRIPT_BASE64 && !address && span_entropy(span_part(line, i + 1 - run, run)) >= 5000)
            return true;
        if (run >= SCRIPT_BASE64)
            address = true; /* asked once a run */
    }
    return names >= SCRIPT_NAMES || (escapes >= SCRIPT_ESCAPES && escapes * 8 >= line.size);
}

/* Where what was pushed out of sight begins; the line's end if nothing was. */
static size_t hidden_at(struct span line) {
    size_t blanks = 0;
    bool code = false; /* something stands in front: indentation hides nothing */
    for (size_t i = 0; i < line.size; i++) {
        bool blank = line.data[i] == ' ' || line.data[i] == '\t';
        if (!blank && line.data[i] != '\r' && code && blanks >= SCRIPT_BLANKS)
            return i;
        blanks = blank ? blanks + 1 : 0;
        code = code || !blank;
    }
    return line.size;
}

static void see_line(struct span line, struct script *ret) {
    if (ret->found[SCRIPT_hiding].size == 0 && line.size > SCRIPT_BLANKS)
        ret->found[SCRIPT_hiding] = example(line, hidden_at(line));
    if (ret->found[SCRIPT_obfuscation].size == 0 && line.size >= SCRIPT_LINE && is_obfuscated(line))
        ret->found[SCRIPT_obfuscation] = example(line, 0);
}

void script_examine(enum script_language language, struct span text, struct script *ret) {
    for (size_t i = 0; i < SCRIPT_CLASSES; i++)
        ret->found[i] = span_of("", 0, 0);
    if (language == SCRIPT_NONE)
        return;
    find_words(language, text, ret);
    while (text.size > 0) {
        const uint8_t *newline = memchr(text.data, '\n', text.size);
        size_t size = newline ? (size_t)(newline - text.data) : text.size;
        see_line(span_part(text, 0, size), ret);
        text = span_from(text, size + (newline != NULL));
    }
}
