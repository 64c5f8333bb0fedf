#include "judge/removal_command.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { TOKENS = 64, DEPTH = 4, WORDS = 3, SHORTEST = 10 /* of a parameter that is cut short */ };

enum shell { SHELL_NONE, SHELL_CMD, SHELL_POWERSHELL };

/* The words of one command, in small letters and without quotes. */
struct tokens {
    char text[REMOVAL_COMMAND + TOKENS + 1];
    const char *list[TOKENS];
    size_t end[TOKENS]; /* in the line, where each ends */
    size_t count;
};

/* Words are the same, begin so ("x*") or end so ("*x"), and come in this order. `verb`: the first one comes
 * before everything that is no option. */
static const struct command {
    const char *summary, *program;
    bool verb;
    const char *words[WORDS];
} commands[] = {
    {"Shadow copies were deleted by a command", "vssadmin", true, {"delete", "shadows"}},
    {"Shadow copies were deleted by a command", "vssadmin", true, {"resize", "shadowstorage"}},
    {"Shadow copies were deleted by a command", "wmic", false, {"shadowcopy", "delete"}},
    {"Shadow copies were deleted by a command", "wmic", false, {"win32_shadowcopy", "delete"}},
    {"Backups were deleted by a command", "wbadmin", true, {"delete"}},
    {"The change journal was deleted by a command", "fsutil", true, {"usn", "deletejournal"}},
    {"An event log was cleared by a command", "wevtutil", true, {"cl"}},
    {"An event log was cleared by a command", "wevtutil", true, {"clear-log"}},
    {"An event log was cleared by a command", "clear-eventlog", false, {0}},
    {"An event log was removed by a command", "remove-eventlog", false, {0}},
    {"An event log was switched off by a command", "wevtutil", true, {"sl", "/e:false"}},
    {"An event log was switched off by a command", "wevtutil", true, {"sl", "/enabled:false"}},
    {"An event log was switched off by a command", "wevtutil", true, {"set-log", "/e:false"}},
    {"An event log was switched off by a command", "wevtutil", true, {"set-log", "/enabled:false"}},
    {"The event logs were switched off by a command", "sc", false, {"config", "eventlog", "start=disabled"}},
    {"The event logs were switched off by a command", "set-service", false, {"eventlog", "disabled"}},
    {"Auditing was reduced by a command", "auditpol", false, {"/clear"}},
    {"Auditing was reduced by a command", "auditpol", false, {"/remove"}},
    {"Auditing was reduced by a command", "auditpol", false, {"/set", "*:disable"}},
    {"Windows Defender was told to look away by a command", "add-mppreference", false, {"-exclusion*"}},
    {"Windows Defender was told to look away by a command", "set-mppreference", false, {"-exclusion*"}},
    {"Drivers without a signature were allowed by a command", "bcdedit", false, {"testsigning", "on"}},
    {"Drivers without a signature were allowed by a command", "bcdedit", false, {"nointegritychecks", "on"}},
};

static const char *run(const char *line, size_t size, enum shell shell, unsigned depth);

/* --- words --- */

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The quote that is open behind this character; 0: none. PowerShell has single ones, too. */
static char quote_behind(char open, char c, enum shell shell) {
    if (open)
        return c == open ? 0 : open;
    return c == '"' || (c == '\'' && shell == SHELL_POWERSHELL) ? c : 0;
}

/* Characters that a shell takes out of a word. */
static bool is_dropped(char open, char c, enum shell shell) {
    return (shell == SHELL_CMD && c == '^' && !open) || (shell == SHELL_POWERSHELL && c == '`');
}

static void tokenize(const char *line, size_t size, enum shell shell, struct tokens *ret) {
    size_t at = 0, put = 0;
    ret->count = 0;
    while (ret->count < TOKENS) {
        char open = 0;
        while (at < size && is_space(line[at]))
            at++;
        if (at == size)
            return;
        ret->list[ret->count] = ret->text + put;
        for (; at < size && (open || !is_space(line[at])); at++) {
            char next = quote_behind(open, line[at], shell);
            if (next == open && !is_dropped(open, line[at], shell))
                ret->text[put++] = (char)tolower((unsigned char)line[at]);
            open = next;
        }
        ret->text[put++] = 0;
        ret->end[ret->count++] = at;
    }
}

/* "sc" of "C:\Windows\System32\SC.EXE"; @ is how a batch file keeps a command from being shown. */
static size_t program_of(const char *word, const char **ret) {
    for (const char *c = word; *c; c++)
        if (*c == '\\' || *c == '/' || (*c == '@' && c == word))
            word = c + 1;
    size_t size = strlen(word);
    *ret = word;
    return size > 4 && strcmp(word + size - 4, ".exe") == 0 ? size - 4 : size;
}

static bool is_program(const char *word, const char *name) {
    const char *program;
    size_t size = program_of(word, &program);
    return size == strlen(name) && memcmp(program, name, size) == 0;
}

static bool is_word(const char *word, const char *pattern) {
    size_t size = strlen(word), wanted = strlen(pattern);
    if (pattern[0] == '*')
        return size >= wanted - 1 && strcmp(word + size - (wanted - 1), pattern + 1) == 0;
    if (pattern[wanted - 1] == '*')
        return strncmp(word, pattern, wanted - 1) == 0;
    return strcmp(word, pattern) == 0;
}

static bool is_option(const char *word) {
    return word[0] == '/' || word[0] == '-';
}

/* --- commands --- */

static bool is(const struct command *command, const struct tokens *tokens, size_t first) {
    size_t wanted = 0;
    if (!is_program(tokens->list[first], command->program))
        return false;
    for (size_t i = first + 1; i < tokens->count && wanted < WORDS && command->words[wanted]; i++) {
        if (is_word(tokens->list[i], command->words[wanted]))
            wanted++;
        else if (wanted == 0 && command->verb && !is_option(tokens->list[i]))
            return false;
    }
    return wanted == WORDS || !command->words[wanted];
}

/* sc wants "start= disabled" in two words, which later versions also take as one. */
static bool is_log_service(const struct tokens *tokens, size_t first) {
    static const struct command two = {NULL, "sc", false, {"config", "eventlog", "start="}};
    return is(&two, tokens, first) && strcmp(tokens->list[tokens->count - 1], "disabled") == 0;
}

/* A parameter that switches something of Defender off, perhaps cut short, is true. */
static bool is_switched_off(const struct tokens *tokens, size_t first) {
    static const char *const parameters[] = {
        "-disablerealtimemonitoring", "-disablebehaviormonitoring", "-disableioavprotection",
        "-disablescriptscanning",     "-disableblockatfirstseen",   "-disableintrusionpreventionsystem"};
    static const char *const values[] = {"$true", "true", "1"};
    if (!is_program(tokens->list[first], "set-mppreference"))
        return false;
    for (size_t i = first + 1; i < tokens->count; i++) {
        const char *word = tokens->list[i], *colon = strchr(word, ':');
        size_t size = colon ? (size_t)(colon - word) : strlen(word);
        const char *value = colon && colon[1] ? colon + 1 : i + 1 < tokens->count ? tokens->list[i + 1] : "";
        bool named = false, on = false;
        for (size_t p = 0; p < sizeof parameters / sizeof parameters[0]; p++)
            named |= size >= SHORTEST && strncmp(parameters[p], word, size) == 0;
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++)
            on |= strcmp(value, values[v]) == 0;
        if (named && on)
            return true;
    }
    return false;
}

/* What comes behind in the same script deletes what this asks for. */
static bool is_shadow_query(const struct tokens *tokens, size_t first, const char *rest, size_t size) {
    static const char *const queries[] = {"get-wmiobject", "gwmi", "get-ciminstance", "gcim"};
    static const char *const ends[] = {".delete(", "remove-wmiobject", "remove-ciminstance"};
    bool asks = false, named = false;
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++)
        asks |= is_program(tokens->list[first], queries[i]);
    for (size_t i = first + 1; i < tokens->count; i++)
        named |= strstr(tokens->list[i], "win32_shadowcopy") != NULL;
    for (size_t i = 0; asks && named && i < sizeof ends / sizeof ends[0]; i++)
        for (size_t at = 0, wanted = strlen(ends[i]); at + wanted <= size; at++)
            if (strncasecmp(rest + at, ends[i], wanted) == 0)
                return true;
    return false;
}

/* --- shells --- */

/* Where what PowerShell is to run begins, behind its own parameters; `size` if it is a file or encoded. */
static size_t script_of(const struct tokens *tokens, size_t first, size_t size) {
    static const char *const valued[] = {"-ex*", "-ep", "-w*", "-v*", "-inp*", "-o*", "-psc*", "-config*"};
    size_t i = first + 1;
    for (; i < tokens->count && is_option(tokens->list[i]); i++) {
        const char *word = tokens->list[i] + 1;
        if (strncmp("command", word, strlen(word)) == 0)
            return tokens->end[i];
        if (word[0] == 'f' || strncmp("encodedcommand", word, strlen(word)) == 0 || strcmp(word, "ec") == 0)
            return size;
        for (size_t v = 0; v < sizeof valued / sizeof valued[0]; v++)
            if (is_word(tokens->list[i], valued[v])) {
                i++;
                break;
            }
    }
    return i < tokens->count ? tokens->end[i - 1] : size;
}

/* Where what cmd is to run begins. */
static size_t batch_of(const struct tokens *tokens, size_t first, size_t size) {
    for (size_t i = first + 1; i < tokens->count && tokens->list[i][0] == '/'; i++)
        if (strchr("ckr", tokens->list[i][1]) && tokens->list[i][1])
            return tokens->list[i][2] ? size : tokens->end[i];
    return size;
}

/* What a shell is given, without the quotes around all of it. */
static const char *run_inner(const char *line, size_t at, size_t size, enum shell shell, unsigned depth) {
    char inner[REMOVAL_COMMAND];
    size_t put = 0;
    while (at < size && is_space(line[at]))
        at++;
    while (size > at && is_space(line[size - 1]))
        size--;
    if (size - at >= 2 && line[at] == '"' && line[size - 1] == '"') {
        at++;
        size--;
    }
    for (; at < size && put < sizeof inner; at++)
        if (line[at] != '\\' || at + 1 == size || line[at + 1] != '"')
            inner[put++] = line[at];
    return run(inner, put, shell, depth + 1);
}

/* Where the command ends that begins at `at`. */
static size_t command_end(const char *line, size_t at, size_t size, enum shell shell) {
    const char *cuts = shell == SHELL_CMD ? "&|()\n" : ";|&{}()\n";
    char open = 0;
    for (; shell != SHELL_NONE && at < size; at++) {
        open = quote_behind(open, line[at], shell);
        if (!open && line[at] && strchr(cuts, line[at]))
            return at;
    }
    return size;
}

/* Words of cmd in front of a command. */
static size_t skip_words(const struct tokens *tokens) {
    size_t i = 0;
    while (i < tokens->count && (strcmp(tokens->list[i], "do") == 0 || strcmp(tokens->list[i], "else") == 0 ||
                                 strcmp(tokens->list[i], "call") == 0 || !tokens->list[i][0]))
        i++;
    if (i < tokens->count && (is_program(tokens->list[i], "start") || is_program(tokens->list[i], "conhost")))
        for (i++; i < tokens->count && (is_option(tokens->list[i]) || !tokens->list[i][0]);)
            i++;
    return i;
}

/* One command; what follows it in the same script is `rest`. */
static const char *run_one(const char *line, size_t size, size_t all, enum shell shell, unsigned depth) {
    struct tokens tokens;
    tokenize(line, size, shell, &tokens);
    size_t first = skip_words(&tokens);
    if (first == tokens.count)
        return NULL;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (is(&commands[i], &tokens, first))
            return commands[i].summary;
    if (is_log_service(&tokens, first))
        return "The event logs were switched off by a command";
    if (is_switched_off(&tokens, first))
        return "Windows Defender was switched off by a command";
    if (is_shadow_query(&tokens, first, line + size, all - size))
        return "Shadow copies were deleted by a command";
    const char *program = tokens.list[first];
    if (is_program(program, "cmd") || is_program(program, "%comspec%"))
        return run_inner(line, batch_of(&tokens, first, size), size, SHELL_CMD, depth);
    if (is_program(program, "powershell") || is_program(program, "pwsh"))
        return run_inner(line, script_of(&tokens, first, size), size, SHELL_POWERSHELL, depth);
    return NULL;
}

static const char *run(const char *line, size_t size, enum shell shell, unsigned depth) {
    const char *found = NULL;
    for (size_t at = 0, end; depth < DEPTH && !found && at < size; at = end + 1) {
        end = command_end(line, at, size, shell);
        found = run_one(line + at, end - at, size - at, shell, depth);
    }
    return found;
}

const char *removal_command(const char *line) {
    return run(line, strnlen(line, REMOVAL_COMMAND), SHELL_NONE, 0);
}
