#include "judge/host_path_read.h"

#include <strings.h>

/* --- letters --- */

static uint32_t lower_letter(uint32_t c) {
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) ||
        (c >= 0x410 && c <= 0x42f))
        return c + 32;
    if (c >= 0x400 && c <= 0x40f)
        return c + 80;
    if ((c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177) ||
        (c >= 0x460 && c <= 0x481))
        return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
        return c + (c & 1);
    return c;
}

/* The letter at `at`, lower; text of cases is UTF-8 of one to four bytes a letter. */
static uint32_t letter_at(const char *text, size_t size, size_t *at) {
    unsigned char c = (unsigned char)text[*at];
    size_t more = c < 0xc0 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    uint32_t letter = more == 0 ? c : c & (0x3fu >> more);
    *at += 1;
    for (; more > 0 && *at < size; more--, *at += 1)
        letter = letter << 6 | ((unsigned char)text[*at] & 0x3f);
    return lower_letter(letter);
}

uint64_t host_path_hash(uint64_t hash, const char *text, size_t size) {
    for (size_t at = 0; at < size;)
        hash = (hash ^ letter_at(text, size, &at)) * 0x100000001b3u;
    return hash;
}

bool host_path_equal(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t i = 0, j = 0;
    while (i < a_size && j < b_size)
        if (letter_at(a, a_size, &i) != letter_at(b, b_size, &j))
            return false;
    return i == a_size && j == b_size;
}

/* --- variables --- */

struct reading {
    const struct host *host;
    struct text *out;
    bool bad;
};

static bool named(const char *text, size_t size, const char *name) {
    return size == strlen(name) && strncasecmp(text, name, size) == 0;
}

/* What they are by default (learn.microsoft.com, "Recognized environment variables"); a folder of the system
 * volume begins with a slash. */
static const struct {
    const char *name, *value;
} variables[] = {
    {"SystemDrive", ""},
    {"ProgramFiles", "/Program Files"},
    {"ProgramW6432", "/Program Files"},
    {"ProgramFiles(x86)", "/Program Files (x86)"},
    {"CommonProgramFiles", "/Program Files/Common Files"},
    {"CommonProgramW6432", "/Program Files/Common Files"},
    {"CommonProgramFiles(x86)", "/Program Files (x86)/Common Files"},
    {"ProgramData", "/ProgramData"},
    {"AllUsersProfile", "/ProgramData"},
    {"Public", "/Users/Public"},
};
static const struct {
    const char *name, *value;
} user_variables[] = {{"UserProfile", ""},
                      {"AppData", "/AppData/Roaming"},
                      {"LocalAppData", "/AppData/Local"},
                      {"Temp", "/AppData/Local/Temp"},
                      {"Tmp", "/AppData/Local/Temp"}};

static bool add_variable(const struct host *host, const char *name, size_t size, struct text *out) {
    if (named(name, size, "SystemRoot") || named(name, size, "windir")) {
        text_add(out, host->windows);
        return true;
    }
    if (named(name, size, "ComSpec")) {
        text_format(out, "%s/System32/cmd.exe", host->windows);
        return true;
    }
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (named(name, size, variables[i].name)) {
            text_add(out, variables[i].value);
            return true;
        }
    for (size_t i = 0; host->user[0] && i < sizeof user_variables / sizeof user_variables[0]; i++)
        if (named(name, size, user_variables[i].name)) {
            text_add(out, host->user);
            text_add(out, user_variables[i].value);
            return true;
        }
    return false;
}

/* --- roots --- */

static bool is_slash(char c) {
    return c == '/' || c == '\\';
}

static size_t slashes(const char *text, size_t size) {
    size_t count = 0;
    while (count < size && is_slash(text[count]))
        count++;
    return count;
}

/* Is the first component `name`? Then *at is behind it and its slashes. */
static bool takes(const char *text, size_t size, size_t *at, const char *name) {
    size_t length = strlen(name), from = *at;
    if (size - from < length || strncasecmp(text + from, name, length) != 0 ||
        (size - from > length && !is_slash(text[from + length])))
        return false;
    *at = from + length + slashes(text + from + length, size - from - length);
    return true;
}

static size_t component(const char *text, size_t size, size_t at) {
    size_t end = at;
    while (end < size && !is_slash(text[end]))
        end++;
    return end - at;
}

static uint32_t hex_number(const char *text, size_t size) {
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) {
        const char *digits = "0123456789abcdef", *digit = strchr(digits, text[i] | 0x20);
        if (!digit || text[i] == 0)
            return 0;
        value = value << 4 | (uint32_t)(digit - digits);
    }
    return value;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take_drive(const char *text, size_t size, size_t *at, struct host_path_read *ret) {
    if (size - *at < 2 || !is_letter(text[*at]) || text[*at + 1] != ':')
        return false;
    ret->drive = (char)(text[*at] & 0x5f);
    ret->root = HOST_ROOT_DRIVE;
    *at += 2;
    if (*at < size && !is_slash(text[*at]))
        ret->root = HOST_ROOT_BAD; /* relative to a folder that nobody knows */
    return true;
}

/* \VOLUME{time of its creation-serial number}, as prefetch files have it; \Volume{GUID}. */
static bool take_volume(const char *text, size_t size, size_t *at, struct host_path_read *ret) {
    size_t length = component(text, size, *at);
    if (length < 8 || strncasecmp(text + *at, "VOLUME{", 7) != 0)
        return false;
    ret->root = HOST_ROOT_DEVICE;
    if (length == 33 && text[*at + 23] == '-' && text[*at + 32] == '}') {
        ret->root = HOST_ROOT_SERIAL;
        ret->serial = hex_number(text + *at + 24, 8);
    }
    *at += length;
    return true;
}

/* \UNC\localhost\C$\ is a drive of the machine itself. */
static bool take_own_share(const char *text, size_t size, size_t *at, struct host_path_read *ret) {
    size_t share = *at;
    if (!takes(text, size, &share, "localhost") && !takes(text, size, &share, "127.0.0.1"))
        return false;
    if (component(text, size, share) != 2 || !is_letter(text[share]) || text[share + 1] != '$')
        return false;
    ret->drive = (char)(text[share] & 0x5f);
    ret->root = HOST_ROOT_DRIVE;
    *at = share + 2;
    return true;
}

/* Names of the object manager behind \ or \??\. False if it is none that is known here. */
static bool take_object(const char *text, size_t size, size_t *at, struct host_path_read *ret) {
    takes(text, size, at, "GLOBALROOT"); /* the root of all names */
    if (takes(text, size, at, "SystemRoot")) {
        ret->root = HOST_ROOT_SYSTEM;
        text_add(&ret->path, "/%");
    } else if (takes(text, size, at, "Device")) {
        ret->root = HOST_ROOT_DEVICE;
        if (size - *at < 14 || strncasecmp(text + *at, "HarddiskVolume", 14) != 0)
            ret->root = component(text, size, *at) == 3 && strncasecmp(text + *at, "Mup", 3) == 0
                            ? HOST_ROOT_REMOTE
                            : HOST_ROOT_BAD;
        *at += component(text, size, *at);
    } else if (takes(text, size, at, "UNC")) {
        ret->root = HOST_ROOT_REMOTE;
        take_own_share(text, size, at, ret);
    } else {
        return take_volume(text, size, at, ret) || take_drive(text, size, at, ret);
    }
    return true;
}

/* Takes the root off the text; what is added to the path begins with "/%" for the Windows folder. */
static size_t take_root(const char *text, size_t size, struct host_path_read *ret) {
    size_t at = slashes(text, size);
    if (at == 0) {
        if (takes(text, size, &at, "SYSVOL"))
            ret->root = HOST_ROOT_SYSTEM;
        else
            take_drive(text, size, &at, ret);
        return at;
    }
    size_t mark = component(text, size, at);
    if ((mark == 2 && memcmp(text + at, "??", 2) == 0) ||
        (mark == 1 && (text[at] == '?' || text[at] == '.') && at >= 2) ||
        named(text + at, mark, "DosDevices") || named(text + at, mark, "GLOBAL??")) {
        at += mark;
        at += slashes(text + at, size - at);
        if (!take_object(text, size, &at, ret))
            ret->root = HOST_ROOT_BAD;
        return at;
    }
    if (!take_object(text, size, &at, ret))
        ret->root = at >= 2 ? HOST_ROOT_REMOTE : HOST_ROOT_SYSTEM; /* \folder: of the drive one is on */
    return at;
}

/* --- names --- */

static void drop_last(struct text *path) {
    while (path->size > 0 && path->data[path->size - 1] != '/')
        path->size--;
    if (path->size > 0)
        path->size--;
    if (path->data)
        path->data[path->size] = 0;
}

/* A tilde and a digit: a short name, which need not be on disk. */
static bool is_short(const char *name, size_t size) {
    for (size_t i = 1; i + 1 < size; i++)
        if (name[i] == '~' && name[i + 1] >= '1' && name[i + 1] <= '9' && size <= 12)
            return true;
    return false;
}

static void add_names(const char *text, size_t size, struct host_path_read *ret) {
    for (size_t at = 0; at < size;) {
        at += slashes(text + at, size - at);
        size_t length = component(text, size, at), kept = length;
        while (kept > 0 && at + length == size &&
               (text[at + kept - 1] == ' ' || text[at + kept - 1] == '.') && !(kept <= 2 && text[at] == '.'))
            kept--;
        if (kept == 2 && memcmp(text + at, "..", 2) == 0) {
            drop_last(&ret->path);
        } else if (kept > 0 && !(kept == 1 && text[at] == '.')) {
            if (ret->path.size > 0 || ret->root != HOST_ROOT_NONE)
                text_char(&ret->path, '/');
            text_bytes(&ret->path, text + at, kept);
            ret->doubtful = ret->doubtful || is_short(text + at, kept) || memchr(text + at, ':', kept) ||
                            memmem(text + at, kept, "\xef\xbf\xbd", 3) != NULL;
        }
        at += length;
    }
}

/* In stored form a backslash is two, and one alone begins the escape of a letter that is no UTF-8. */
static bool has_escape(const char *text, size_t size) {
    bool stored = false, lone = false;
    for (size_t i = 1; i < size; i++) {
        size_t run = text[i] == '\\' && text[i - 1] != '\\' ? 1 : 0;
        while (run > 0 && i + run < size && text[i + run] == '\\')
            run++;
        stored = stored || run > 1;
        lone = lone || (run == 1 && i + 1 < size && (text[i + 1] == 'u' || text[i + 1] == 'x'));
        i += run > 0 ? run - 1 : 0;
    }
    return stored && lone;
}

/* Replaces variables. False if one is not known. */
static bool expand(const struct host *host, const char *text, size_t size, struct text *out) {
    bool known = true;
    for (size_t at = 0; at < size;) {
        const char *end = text[at] == '%' ? memchr(text + at + 1, '%', size - at - 1) : NULL;
        if (end) {
            size_t length = (size_t)(end - text) - at - 1;
            size_t before = out->size;
            known = add_variable(host, text + at + 1, length, out) && known;
            if (before > 0 && out->size > before)
                known = false; /* a folder in the midst of a path */
            at += length + 2;
            if (before == 0 && out->size == 0 && at == size)
                text_char(out, '/');
        } else {
            text_char(out, text[at++]);
        }
    }
    return known;
}

/* The content of a file may be named with its type: "a.sys::$DATA". */
static size_t without_type(const char *text, size_t size) {
    static const char *const types[] = {"::$DATA", ":$DATA"};
    while (size > 0 && text[size - 1] == ' ')
        size--;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t length = strlen(types[i]);
        if (size > length && strncasecmp(text + size - length, types[i], length) == 0)
            return size - length;
    }
    return size;
}

void host_path_read(const struct host *host, const char *text, size_t size, struct host_path_read *ret) {
    struct text whole = {0}, path = ret->path;
    text_clear(&path);
    *ret = (struct host_path_read){.path = path};
    ret->doubtful = has_escape(text, size);
    bool known = expand(host, text, size, &whole);
    const char *at = text_string(&whole);
    size_t length = whole.size, taken = take_root(at, length, ret);
    bool below = ret->path.size > 0;
    text_clear(&ret->path);
    if (below)
        text_add(&ret->path, host->windows);
    else if (ret->root == HOST_ROOT_NONE && size > 0 && text[0] == '%')
        ret->root = HOST_ROOT_SYSTEM; /* %SystemDrive%x */
    add_names(at + taken, without_type(at + taken, length - taken), ret);
    if (!known || memchr(at, '*', length) || memchr(at, '|', length) || memchr(at, '"', length))
        ret->root = HOST_ROOT_BAD;
    text_free(&whole);
}

/* --- commands --- */

bool host_path_word_at(const char *text, size_t size, size_t at, struct host_path_word *ret) {
    while (at < size && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n'))
        at++;
    if (at >= size)
        return false;
    bool quoted = text[at] == '"';
    size_t from = at + quoted, end = from;
    while (end < size && (quoted ? text[end] != '"' : text[end] != ' ' && text[end] != '\t'))
        end++;
    *ret = (struct host_path_word){from, end - from, end + (quoted && end < size), quoted};
    return true;
}

/* Programs that run what they are told: lolbas-project.github.io, each by its own page. */
static const struct {
    const char *name;
    enum host_path_runner runner;
} runners[] = {
    {"rundll32.exe", HOST_RUNNER_LIBRARY}, {"regsvr32.exe", HOST_RUNNER_FIRST},
    {"cmd.exe", HOST_RUNNER_REST},         {"wscript.exe", HOST_RUNNER_FIRST},
    {"cscript.exe", HOST_RUNNER_FIRST},    {"mshta.exe", HOST_RUNNER_FIRST},
    {"powershell.exe", HOST_RUNNER_FILE},  {"pwsh.exe", HOST_RUNNER_FILE},
    {"msiexec.exe", HOST_RUNNER_FIRST},    {"conhost.exe", HOST_RUNNER_REST},
    {"forfiles.exe", HOST_RUNNER_NONE},    {"installutil.exe", HOST_RUNNER_FIRST},
    {"regasm.exe", HOST_RUNNER_FIRST},     {"regsvcs.exe", HOST_RUNNER_FIRST},
    {"msbuild.exe", HOST_RUNNER_FIRST},    {"control.exe", HOST_RUNNER_LIBRARY},
};

enum host_path_runner host_path_runner(const char *program, size_t size, const char **name) {
    while (size > 0 && is_slash(program[size - 1]))
        size--;
    size_t from = size;
    while (from > 0 && !is_slash(program[from - 1]))
        from--;
    for (size_t i = 0; i < sizeof runners / sizeof runners[0]; i++) {
        size_t length = strlen(runners[i].name);
        if (named(program + from, size - from, runners[i].name) ||
            (size - from == length - 4 && strncasecmp(program + from, runners[i].name, length - 4) == 0)) {
            *name = runners[i].name;
            return runners[i].runner;
        }
    }
    *name = "";
    return HOST_RUNNER_NONE;
}

bool host_path_is_program(const char *text, size_t size) {
    static const char *const endings[] = {".exe", ".dll", ".sys", ".com", ".scr", ".bat", ".cmd",
                                          ".ps1", ".vbs", ".vbe", ".js",  ".jse", ".wsf", ".hta",
                                          ".cpl", ".msi", ".ocx", ".pif", ".lnk", ".drv", ".ax"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t length = strlen(endings[i]);
        if (size > length && strncasecmp(text + size - length, endings[i], length) == 0)
            return true;
    }
    return false;
}
