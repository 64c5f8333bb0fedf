#include "format/pe_text_find.h"

#include "base/netname.h"
#include "format/api.h"

#include <strings.h>

enum { SHORTEST_API = 6, SCHEME = 12, PATH = 260, OCTETS = 4 };

struct finder {
    char *text;
    size_t size;
    pe_text_take *take;
    void *context;
};

static void tell(struct finder *f, enum pe_text_class class, size_t start, size_t end, const char *detail) {
    size_t size = end - start < PE_TEXT_VALUE ? end - start : PE_TEXT_VALUE;
    f->take(f->context, class, f->text + start, size, start, detail);
}

/* The character at `at`; a blank outside. */
static char at_of(const struct finder *f, size_t at) {
    return at < f->size ? f->text[at] : ' ';
}

/* The one before `at`; a blank before the first. */
static char before(const struct finder *f, size_t at) {
    return at > 0 ? f->text[at - 1] : ' ';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static bool is_word(char c) {
    return is_letter(c) || is_digit(c) || c == '_';
}

static bool has(const char *set, char c) {
    return c != 0 && strchr(set, c) != NULL;
}

/* What was told is not looked at again. */
static void blank(struct finder *f, size_t start, size_t end) {
    for (size_t i = start; i < end; i++)
        f->text[i] = ' ';
}

static bool starts(const struct finder *f, size_t at, const char *word) {
    size_t size = strlen(word);
    return at <= f->size && size <= f->size - at && strncasecmp(f->text + at, word, size) == 0;
}

/* --- URLs --- */

static size_t scheme_before(const struct finder *f, size_t colon) {
    static const char *const schemes[] = {"http", "https",  "ws",          "wss", "ftp",  "ftps",
                                          "sftp", "ssh",    "tcp",         "udp", "ldap", "ldaps",
                                          "smb",  "socks5", "stratum+tcp", "mqtt"};
    size_t start = colon;
    while (start > 0 && colon - start < SCHEME && (is_word(before(f, start)) || before(f, start) == '+'))
        start--;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t size = strlen(schemes[i]);
        bool ends = colon - start >= size && strncasecmp(f->text + colon - size, schemes[i], size) == 0;
        if (ends && !is_letter(before(f, colon - size)))
            return colon - size;
    }
    return SIZE_MAX;
}

/* Its host is a name or an address, or is put in later; a single word needs something behind it. */
static bool is_url(const struct finder *f, size_t start, size_t end) {
    char normal[NETNAME_MOST];
    struct span host = netname_of_url(span_of(f->text + start, end - start, 0));
    if (host.size == 0)
        return false;
    if (netname_normal(host, normal) != NETNAME_NONE || host.data[0] == '%')
        return true;
    for (size_t i = 0; i < host.size; i++)
        if (!is_word((char)host.data[i]) && host.data[i] != '-')
            return false;
    size_t behind = (size_t)((const char *)host.data - f->text) + host.size;
    return behind < end && has(":/", f->text[behind]);
}

static void find_urls(struct finder *f) {
    for (size_t at = 0; at + 3 < f->size; at++) {
        const char *colon = memchr(f->text + at, ':', f->size - at);
        if (!colon)
            return;
        at = (size_t)(colon - f->text);
        if (at_of(f, at + 1) != '/' || at_of(f, at + 2) != '/')
            continue;
        size_t start = scheme_before(f, at), end = at + 3;
        while (end < f->size && !has(" \"'<>`{}|\\^", f->text[end]))
            end++;
        while (end > at + 3 && has(".,;:)]*", f->text[end - 1]) &&
               !(f->text[end - 1] == ']' && end - at < 60))
            end--;
        if (start == SIZE_MAX || end <= at + 5 || !is_url(f, start, end))
            continue;
        tell(f, PE_TEXT_URL, start, end, NULL);
        blank(f, start, end);
    }
}

/* --- addresses --- */

/* A dotted quad at `at`, and where it ends; its numbers. */
static bool quad(const struct finder *f, size_t at, unsigned octets[OCTETS], size_t *end) {
    for (size_t i = 0; i < OCTETS; i++) {
        unsigned value = 0;
        size_t digits = 0;
        for (; digits < 4 && is_digit(at_of(f, at)); digits++, at++)
            value = value * 10 + (unsigned)(f->text[at] - '0');
        bool zero = digits > 1 && f->text[at - digits] == '0';
        if (digits == 0 || digits > 3 || value > 255 || zero || (i < OCTETS - 1 && at_of(f, at) != '.'))
            return false;
        octets[i] = value;
        at += i < OCTETS - 1;
    }
    *end = at;
    return !is_word(at_of(f, at)) && !(at_of(f, at) == '.' && is_word(at_of(f, at + 1))) &&
           at_of(f, at) != '-';
}

/* ":443" at `at`: where it ends, or `at`. */
static size_t port_behind(const struct finder *f, size_t at) {
    unsigned value = 0;
    size_t end = at + 1;
    if (at_of(f, at) != ':')
        return at;
    for (; end < at + 6 && is_digit(at_of(f, end)); end++)
        value = value * 10 + (unsigned)(f->text[end] - '0');
    return end > at + 1 && value > 0 && value < 65536 && !is_word(at_of(f, end)) ? end : at;
}

/* Without a port, four numbers are mostly a version. */
static bool is_version(const struct finder *f, size_t start, const unsigned octets[OCTETS]) {
    static const char *const known[] = {"8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"};
    size_t from = start > 12 ? start - 12 : 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (starts(f, start, known[i]))
            return false;
    for (size_t i = from; i < start; i++)
        if (starts(f, i, "ersion") || starts(f, i, "ver."))
            return true;
    unsigned large = 0;
    for (size_t i = 0; i < OCTETS; i++)
        large += octets[i] > 9;
    return octets[3] == 0 || !(large > 2 || (octets[0] == 192 && octets[1] == 168));
}

static void find_quads(struct finder *f) {
    for (size_t at = 0; at + 6 < f->size; at++) {
        unsigned octets[OCTETS];
        size_t end;
        if (!is_digit(f->text[at]) || is_word(before(f, at)) || has(".-", before(f, at)))
            continue;
        if (!quad(f, at, octets, &end))
            continue;
        size_t behind = port_behind(f, end);
        bool leads = octets[0] > 0 && octets[0] != 127 && octets[0] < 224;
        if (!leads || (behind == end && is_version(f, at, octets)))
            continue;
        tell(f, PE_TEXT_ADDRESS, at, behind, NULL);
        blank(f, at, behind);
    }
}

static bool is_hex(char c) {
    return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Three groups at least, and one that no clock and no list of bytes has. */
static bool is_telling(const char *text, size_t size) {
    size_t groups = 0, longest = 0, run = 0;
    bool gap = false;
    for (size_t i = 0; i < size; i++) {
        bool hex = is_hex(text[i]);
        groups += hex && run == 0;
        run = hex ? run + 1 : 0;
        longest = run > longest ? run : longest;
        gap = gap || (text[i] == ':' && i + 1 < size && text[i + 1] == ':');
    }
    return groups >= 3 && longest >= 3 && (gap || groups == 8);
}

static void find_colons(struct finder *f) {
    size_t at = 0;
    while (at + 5 < f->size) {
        char normal[NETNAME_MOST];
        size_t end = at, colons = 0;
        for (; end < f->size && (is_hex(f->text[end]) || f->text[end] == ':'); end++)
            colons += f->text[end] == ':';
        bool apart = !is_word(before(f, at)) && !is_word(at_of(f, end)) && before(f, at) != ':';
        if (colons >= 2 && apart && is_telling(f->text + at, end - at) &&
            netname_normal(span_of(f->text + at, end - at, 0), normal) == NETNAME_ADDRESS) {
            size_t behind = at_of(f, end) == ']' ? port_behind(f, end + 1) : end;
            bool port = behind > end + 1;
            tell(f, PE_TEXT_ADDRESS, port && at > 0 ? at - 1 : at, port ? behind : end, NULL);
            blank(f, at, end);
        }
        at = end + 1;
    }
}

/* --- domains --- */

enum ending {
    NO_ENDING,
    ENDING,
    SHORT_ENDING /* of parts of programs, too */,
    WORD_ENDING /* even more so */
};

static bool is_one_of(const char *label, size_t size, const char *const *list) {
    for (; *list; list++)
        if (strlen(*list) == size && strncasecmp(label, *list, size) == 0)
            return true;
    return false;
}

static enum ending ending_of(const char *label, size_t size) {
    static const char *const endings[] = {"com", "net", "org", "biz", "ru", "cn", "su", "xyz", "onion", "gov",
                                          "edu", "mil", "eu",  "uk",  "ua", "kp", "ir", "vn",  "kr",    NULL};
    static const char *const shorter[] = {"io", "ai", "dev", "cloud", "online", "de", "fr", "nl", "pl", "cz",
                                          "fi", "ch", "jp",  "br",    "au",     "tk", "pw", "ws", "tv", NULL};
    static const char *const words[] = {"info", "co", "app",  "site", "club", "shop", "live", "pro",
                                        "cc",   "es", "se",   "at",   "be",   "ca",   "us",   "me",
                                        "top",  "it", "link", "in",   "no",   NULL};
    return is_one_of(label, size, endings)   ? ENDING
           : is_one_of(label, size, shorter) ? SHORT_ENDING
           : is_one_of(label, size, words)   ? WORD_ENDING
                                             : NO_ENDING;
}

/* Names of programs and of their parts that look like domains. */
static bool is_other(const struct finder *f, size_t start, size_t end) {
    static const char *const others[] = {"asp.net",     "vb.net",     "ado.net",   "system.net",
                                         "command.com", "system.com", "paint.net", "dot.net"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (end - start == strlen(others[i]) && starts(f, start, others[i]))
            return true;
    return false;
}

/* Parts of programs are written with capitals inside, such as System.Net; domains in one case. */
static bool is_one_case(const char *text, size_t size) {
    size_t small = 0, large = 0;
    for (size_t i = 0; i < size; i++) {
        small += text[i] >= 'a' && text[i] <= 'z';
        large += text[i] >= 'A' && text[i] <= 'Z';
    }
    return small == 0 || large == 0;
}

static bool is_domain(const struct finder *f, size_t start, size_t end) {
    char normal[NETNAME_MOST];
    size_t labels = 1, last = end, second;
    for (size_t i = start; i < end; i++)
        labels += f->text[i] == '.';
    while (last > start && f->text[last - 1] != '.')
        last--;
    if (last <= start + 1 || labels < 2)
        return false;
    for (second = last - 1; second > start && f->text[second - 1] != '.'; second--)
        ;
    enum ending ending = ending_of(f->text + last, end - last);
    bool goes_on = at_of(f, end) == '/' || port_behind(f, end) > end;
    if (ending == NO_ENDING ||
        (!goes_on && (ending == WORD_ENDING || (ending == SHORT_ENDING && labels < 3))))
        return false;
    if (last - 1 - second < 3 && labels < 3 && !goes_on)
        return false;
    for (size_t i = start; i + 1 < end; i++)
        if (f->text[i] == '-' && f->text[i + 1] == '.')
            return false;
    return is_one_case(f->text + start, end - start) && !is_other(f, start, end) &&
           !memchr(f->text + start, '_', end - start) &&
           netname_normal(span_of(f->text + start, end - start, 0), normal) == NETNAME_DOMAIN;
}

static void find_domains(struct finder *f) {
    for (size_t at = 0; at < f->size; at++) {
        size_t start = at, end = at;
        while (end < f->size && (is_word(f->text[end]) || f->text[end] == '.' || f->text[end] == '-'))
            end++;
        at = end;
        while (start < end && f->text[start] == '.')
            start++;
        while (end > start && f->text[end - 1] == '.')
            end--;
        char left = before(f, start), right = at_of(f, end);
        bool path = left == '/' && before(f, start - 1) != '/';
        if (end - start < 6 || end - start >= NETNAME_MOST || path || has("@\\$#&?=%", left) ||
            has("(=[@\\$", right) || !is_domain(f, start, end))
            continue;
        for (size_t i = start; i < end; i++)
            f->text[i] = (char)(is_letter(f->text[i]) ? f->text[i] | 32 : f->text[i]);
        tell(f, PE_TEXT_DOMAIN, start, end, NULL);
    }
}

/* --- paths and keys --- */

/* A blank ends it unless a further folder follows. */
static size_t path_end(const struct finder *f, size_t at) {
    size_t end = at, whole = at;
    bool blank_seen = false;
    for (; end < f->size && end - at < PATH && !has("\"<>|*?`,;", f->text[end]); end++) {
        char c = f->text[end];
        if (c == ':' && end > at + 6 && has("\\/", at_of(f, end + 1))) /* another one begins */
            break;
        if (c == '\\' || c == '/') {
            if (blank_seen && end - whole > 40)
                break;
            blank_seen = false;
        } else if (c == ' ')
            blank_seen = true;
        if (!blank_seen)
            whole = end + 1;
    }
    size_t digits = whole; /* the number of a line is no part of it */
    while (digits > at && is_digit(f->text[digits - 1]))
        digits--;
    if (digits < whole && digits > at + 3 && f->text[digits - 1] == ':')
        whole = digits - 1;
    while (whole > at && has(".:')", f->text[whole - 1]))
        whole--;
    return whole;
}

/* %TEMP%\ at `at`. */
static bool is_variable(const struct finder *f, size_t at) {
    size_t end = at + 1;
    while (is_word(at_of(f, end)) || has("()", at_of(f, end)))
        end++;
    return end > at + 3 && at_of(f, end) == '%' && at_of(f, end + 1) == '\\';
}

static bool is_share(const struct finder *f, size_t at) {
    size_t end = at + 2;
    while (is_word(at_of(f, end)) || has(".-$", at_of(f, end)))
        end++;
    return end > at + 3 && at_of(f, end) == '\\' && is_word(at_of(f, end + 1));
}

static bool begins_path(const struct finder *f, size_t at) {
    static const char *const roots[] = {"\\\\?\\",   "\\\\.\\", "\\Device\\", "\\??\\", "/home/",
                                        "/Users/",   "/root/",  "/tmp/",      "/var/",  "/etc/",
                                        "/private/", "/opt/",   "/proc/",     "/usr/"};
    char c = f->text[at];
    if (is_letter(c))
        return at_of(f, at + 1) == ':' && at_of(f, at + 2) == '\\' &&
               (is_word(at_of(f, at + 3)) || has("$%.\\", at_of(f, at + 3)));
    if (c == '%')
        return is_variable(f, at);
    if (c != '\\' && c != '/')
        return false;
    if (has("\\/:.", before(f, at)))
        return false;
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        if (strncmp(f->text + at, roots[i], strlen(roots[i])) == 0)
            return at_of(f, at + strlen(roots[i])) != ' ';
    return c == '\\' && at_of(f, at + 1) == '\\' && is_share(f, at);
}

static bool begins_key(const struct finder *f, size_t at) {
    static const char *const roots[] = {"HKEY_LOCAL_MACHINE",
                                        "HKEY_CURRENT_USER",
                                        "HKEY_CLASSES_ROOT",
                                        "HKEY_USERS",
                                        "HKLM\\",
                                        "HKCU\\",
                                        "HKCR\\",
                                        "SOFTWARE\\",
                                        "SYSTEM\\CurrentControlSet\\",
                                        "SYSTEM\\ControlSet0",
                                        "SYSTEM\\Setup\\",
                                        "Control Panel\\",
                                        "\\Registry\\Machine\\",
                                        "\\Registry\\User\\"};
    char left = before(f, at);
    if (is_word(left) || has("\\/:.", left) || !(is_letter(f->text[at]) || f->text[at] == '\\'))
        return false;
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++)
        if (starts(f, at, roots[i]))
            return at_of(f, at + strlen(roots[i])) != ' ';
    return false;
}

static void find_paths(struct finder *f) {
    for (size_t at = 0; at + 3 < f->size; at++) {
        bool key = begins_key(f, at);
        if (!key && (is_word(before(f, at)) || !begins_path(f, at)))
            continue;
        size_t end = path_end(f, at);
        if (end < at + 5)
            continue;
        tell(f, key ? PE_TEXT_REGISTRY : PE_TEXT_PATH, at, end, NULL);
        blank(f, at, end);
        at = end;
    }
}

/* --- functions --- */

static void find_functions(struct finder *f) {
    for (size_t at = 0; at < f->size; at++) {
        size_t end = at;
        while (end < f->size && is_word(f->text[end]))
            end++;
        bool fits = end - at >= SHORTEST_API && end - at < API_LONGEST && is_letter(f->text[at]);
        const struct api_name *api = fits ? api_find(f->text + at, end - at) : NULL;
        if (api)
            tell(f, PE_TEXT_API, at, end, api_class_word(api->class));
        at = end;
    }
}

/* An alphabet of 64 different characters, none of the usual ones. */
static void find_alphabet(struct finder *f) {
    bool seen[128] = {false};
    size_t size = f->size == 65 && f->text[64] == '=' ? 64 : f->size, words = 0;
    if (size != 64 || starts(f, 0, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
        return;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)f->text[i];
        if (c >= 128 || seen[c])
            return;
        seen[c] = true;
        words += is_word(f->text[i]);
    }
    if (words >= 60)
        tell(f, PE_TEXT_CONSTANT, 0, 64, "alphabet");
}

void pe_text_find(char *text, size_t size, pe_text_take *take, void *context) {
    struct finder f = {text, size, take, context};
    find_alphabet(&f);
    find_functions(&f);
    if (memchr(text, ':', size)) {
        find_urls(&f);
        find_colons(&f);
    }
    if (memchr(text, '\\', size) || memchr(text, '/', size))
        find_paths(&f);
    if (memchr(text, '.', size)) {
        find_quads(&f);
        find_domains(&f);
    }
}
