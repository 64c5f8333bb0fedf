#include "judge/host_command.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { PROGRAMS = 64 /* looked at in one command, so that a hostile one costs little */ };

/* A word of a command, or a program's name within one. */
struct word {
    const char *at;
    size_t size;
};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_gap(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '"' || c == '\'' || c == '|' || c == '&' ||
           c == ';' || c == '(' || c == ')' || c == '{' || c == '}' || c == ',';
}

static bool equals(struct word word, const char *text) {
    return word.size == strlen(text) && strncasecmp(word.at, text, word.size) == 0;
}

static bool is_one_of(struct word word, const char *const *list) {
    for (; *list; list++)
        if (equals(word, *list))
            return true;
    return false;
}

/* --- words --- */

/* The next word from `*at` on, of size 0 behind the last. */
static struct word next_word(const char **at) {
    while (**at && is_gap(**at))
        ++*at;
    struct word word = {*at, 0};
    while (**at && !is_gap(**at))
        ++*at;
    word.size = (size_t)(*at - word.at);
    return word;
}

static bool ends_in_program(struct word word) {
    static const char *const endings[] = {".exe", ".com", ".bat", ".cmd"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (word.size > 4 && strncasecmp(word.at + word.size - 4, endings[i], 4) == 0)
            return true;
    return false;
}

/* The first word: in quotes, or else with the blanks of a path, as Windows tries it, up to the first switch.
 */
static struct word first_word(const char **at) {
    *at += strspn(*at, " \t@");
    if (**at == '"') {
        struct word quoted = {*at + 1, strcspn(*at + 1, "\"")};
        *at = quoted.at + quoted.size;
        return quoted;
    }
    struct word first = {*at, strcspn(*at, " \t\"")}, longer = first;
    bool path = memchr(first.at, '\\', first.size) != NULL;
    while (path && !ends_in_program(longer) && longer.at[longer.size] == ' ' &&
           !strchr("-/\"", longer.at[longer.size + 1]))
        longer.size += 1 + strcspn(longer.at + longer.size + 1, " \t\"");
    if (ends_in_program(longer))
        first = longer;
    *at += first.size;
    return first;
}

/* A path's file name without .exe. */
static struct word program_of(struct word word) {
    for (size_t i = word.size; i > 0; i--)
        if (word.at[i - 1] == '\\' || word.at[i - 1] == '/') {
            word = (struct word){word.at + i, word.size - i};
            break;
        }
    if (word.size > 4 && strncasecmp(word.at + word.size - 4, ".exe", 4) == 0)
        word.size -= 4;
    return word;
}

/* --- what stands in the rest of a command --- */

/* A word of its own, not a part of a path or of a longer name. */
static bool has_name(const char *rest, const char *name) {
    size_t size = strlen(name);
    for (const char *at = strcasestr(rest, name); at; at = strcasestr(at + 1, name)) {
        char before = at == rest ? ' ' : at[-1], after = at[size];
        if (!is_letter(before) && !strchr("-\\/", before) && !is_letter(after) &&
            (!after || !strchr("-\\/.", after)))
            return true;
    }
    return false;
}

/* Does a text like "http://" stand in it, not as the end of a longer word? */
static bool has_scheme(const char *rest, const char *scheme) {
    for (const char *at = strcasestr(rest, scheme); at; at = strcasestr(at + 1, scheme))
        if (at == rest || !is_letter(at[-1]))
            return true;
    return false;
}

static bool has_url(const char *rest) {
    return has_scheme(rest, "http://") || has_scheme(rest, "https://");
}

/* A file on another machine: \\name\..., and not \\.\ or \\?\. */
static bool has_share(const char *rest) {
    for (struct word word = next_word(&rest); word.size > 0; word = next_word(&rest))
        if (word.size > 3 && strncmp(word.at, "\\\\", 2) == 0 && is_letter(word.at[2]))
            return true;
    return false;
}

/* Is it the switch of this name, with - or /, whole? */
static bool is_switch(struct word word, const char *name) {
    return word.size > 1 && (word.at[0] == '-' || word.at[0] == '/') &&
           equals((struct word){word.at + 1, word.size - 1}, name);
}

static bool has_switch(const char *rest, const char *name) {
    for (struct word word = next_word(&rest); word.size > 0; word = next_word(&rest))
        if (is_switch(word, name))
            return true;
    return false;
}

/* Does a switch begin so: /i:x, /ctype? */
static bool has_switch_like(const char *rest, const char *beginning) {
    size_t size = strlen(beginning);
    for (struct word word = next_word(&rest); word.size > 0; word = next_word(&rest))
        if (word.size > size && (word.at[0] == '-' || word.at[0] == '/') &&
            strncasecmp(word.at + 1, beginning, size) == 0)
            return true;
    return false;
}

/* --- programs --- */

static bool is_prefix_switch(struct word word, const char *name) {
    return word.size > 1 && (word.at[0] == '-' || word.at[0] == '/') && word.size - 1 <= strlen(name) &&
           strncasecmp(word.at + 1, name, word.size - 1) == 0;
}

/* -Command and -File take all that follows: a switch behind them is none of PowerShell's. */
static bool is_encoded(const char *rest) {
    for (struct word word = next_word(&rest); word.size > 0; word = next_word(&rest)) {
        if (is_prefix_switch(word, "encodedcommand") || is_switch(word, "ec"))
            return next_word(&rest).size > 0;
        if (is_prefix_switch(word, "command") || is_prefix_switch(word, "file"))
            return false;
    }
    return false;
}

static bool powershell_hides(const char *rest) {
    static const char *const names[] = {"frombase64string", "downloadstring", "downloadfile",
                                        "downloaddata",     "net.webclient",  "iex",
                                        "invoke-expression"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (has_name(rest, names[i]))
            return true;
    return is_encoded(rest);
}

static bool mshta_hides(const char *rest) {
    return has_url(rest) || has_share(rest) || has_scheme(rest, "javascript:") ||
           has_scheme(rest, "vbscript:");
}

static bool rundll32_hides(const char *rest) {
    return has_scheme(rest, "javascript:");
}

/* Without /i: it registers the library of scriptlets itself, as Windows does. */
static bool regsvr32_hides(const char *rest) {
    return has_url(rest) || (has_switch_like(rest, "i:") && strcasestr(rest, "scrobj") != NULL);
}

static bool certutil_hides(const char *rest) {
    return has_switch(rest, "urlcache") || has_switch(rest, "decode") || has_switch(rest, "decodehex");
}

static bool bitsadmin_hides(const char *rest) {
    return has_switch(rest, "transfer");
}

static bool shell_hides(const char *rest) {
    return strcasestr(rest, "\\pipe\\") || strcasestr(rest, "\\admin$\\");
}

static const struct {
    const char *name;
    bool (*hides)(const char *rest);
} programs[] = {{"powershell", powershell_hides},
                {"pwsh", powershell_hides},
                {"mshta", mshta_hides},
                {"rundll32", rundll32_hides},
                {"regsvr32", regsvr32_hides},
                {"certutil", certutil_hides},
                {"bitsadmin", bitsadmin_hides},
                {"wscript", has_url},
                {"cscript", has_url},
                {"msiexec", has_url},
                {"cmd", shell_hides},
                {"%comspec%", shell_hides}};

static bool hides(struct word program, const char *rest) {
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (equals(program, programs[i].name))
            return programs[i].hides(rest);
    return false;
}

/* Of cmd, what says first whether it ends when it is done: /c and /r do, /k does not and shows a window. Its
 * switches have no dash, may stand in one word, and all behind them is the command. */
static bool ends_when_done(const char *rest) {
    for (struct word word = next_word(&rest); word.size > 0; word = next_word(&rest))
        for (size_t i = 0; word.at[0] == '/' && i + 1 < word.size; i++) {
            char letter = (char)(word.at[i + 1] | 0x20);
            if (word.at[i] == '/' && (letter == 'c' || letter == 'r' || letter == 'k'))
                return letter != 'k';
        }
    return false;
}

static bool is_shell(struct word program, const char *rest) {
    static const char *const always[] = {"%comspec%", "powershell", "pwsh", "mshta",
                                         "wscript",   "cscript",    NULL};
    return is_one_of(program, always) || (equals(program, "cmd") && ends_when_done(rest));
}

static bool is_known(struct word program) {
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (equals(program, programs[i].name))
            return true;
    return false;
}

static bool starts_others(struct word program) {
    static const char *const starters[] = {"cmd",      "%comspec%", "powershell", "pwsh",
                                           "conhost",  "forfiles",  "pcalua",     "explorer",
                                           "rundll32", "mshta",     "schtasks",   NULL};
    return is_one_of(program, starters);
}

enum host_command host_command_of(const char *command) {
    const char *rest = command;
    struct word program = program_of(first_word(&rest));
    bool starter = starts_others(program), shell = is_shell(program, rest), hidden = hides(program, rest);
    for (size_t count = 0; starter && !hidden && count < PROGRAMS;) {
        struct word word = next_word(&rest);
        if (word.size == 0)
            break;
        program = program_of(word);
        if (!is_known(program))
            continue;
        count++;
        hidden = hides(program, rest);
        shell = shell || is_shell(program, rest);
    }
    return hidden ? HOST_COMMAND_HIDDEN : shell ? HOST_COMMAND_SHELL : HOST_COMMAND_PLAIN;
}
