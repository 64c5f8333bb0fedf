#include "intel/campaigns_value.h"

#include "base/netname.h"
#include "format/tlsh.h"
#include "intel/lists_read.h"

#include <stdlib.h>
#include <strings.h>

enum { BYTES_LEAST = 4, BYTES_MOST = 64, TERMS = 32 };

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static char small(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 32) : c;
}

static char capital(char c) {
    return c >= 'a' && c <= 'z' ? (char)(c & ~32) : c;
}

/* --- kinds --- */

static bool digest_key(const char *value, size_t bytes, struct text *key) {
    uint8_t digest[32];
    size_t size = lists_read_digest(span_of(value, strlen(value), 0), digest);
    if (size != bytes || lists_read_empty(span_of(digest, size, 0)))
        return false;
    text_hex(key, digest, size);
    return true;
}

static bool authentihash_key(const char *value, struct text *key) {
    return digest_key(value, 20, key) || digest_key(value, 32, key);
}

static bool serial_key(const char *value, struct text *key) {
    size_t digits = 0;
    if (strncasecmp(value, "0x", 2) == 0)
        value += 2;
    value += strspn(value, "0: ");
    for (const char *c = value; *c; c++) {
        if (!is_hex(*c) && *c != ':' && *c != ' ')
            return false;
        digits += is_hex(*c);
    }
    if (digits < 4 || digits > 40) /* a short one is everybody's */
        return false;
    for (; *value; value++)
        if (is_hex(*value))
            text_char(key, capital(*value));
    return true;
}

static bool bytes_key(const char *value, struct text *key) {
    size_t digits = 0;
    for (const char *c = value; *c; c++) {
        if (!is_hex(*c) && *c != ' ')
            return false;
        digits += is_hex(*c);
    }
    if (digits % 2 || digits < 2 * BYTES_LEAST || digits > 2 * BYTES_MOST)
        return false;
    for (; *value; value++)
        if (*value != ' ')
            text_char(key, small(*value));
    return true;
}

/* --- paths --- */

static const struct {
    const char *variable, *folder;
} variables[] = {
    {"%localappdata%", "/users/*/appdata/local"},
    {"%appdata%", "/users/*/appdata/roaming"},
    {"%userprofile%", "/users/*"},
    {"%temp%", "/users/*/appdata/local/temp"},
    {"%tmp%", "/users/*/appdata/local/temp"},
    {"%programdata%", "/programdata"},
    {"%allusersprofile%", "/programdata"},
    {"%public%", "/users/public"},
    {"%systemroot%", "/windows"},
    {"%windir%", "/windows"},
    {"%system32%", "/windows/system32"},
    {"%syswow64%", "/windows/syswow64"},
    {"%system%", "/windows/system32"},
    {"%programfiles%", "/program files"},
    {"%programfiles(x86)%", "/program files (x86)"},
    {"%systemdrive%", ""},
    {"%homepath%", "/users/*"},
    {"~", "/users/*"},
};

/* The folder that a path begins with, in place of its variable or drive; what is left of it. */
static const char *take_root(const char *value, struct text *key) {
    value += *value == '/' && value[1] == '%'; /* /%USERPROFILE%/ */
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        size_t size = strlen(variables[i].variable);
        if (strncasecmp(value, variables[i].variable, size) == 0 && strchr("/\\", value[size])) {
            text_add(key, variables[i].folder);
            return value + size;
        }
    }
    if (*value == '?' || *value == '*' || (small(*value) >= 'a' && small(*value) <= 'z'))
        return value[1] == ':' && (value[2] == '\\' || value[2] == '/') ? value + 2 : value;
    return value;
}

/* Wildcards by themselves match everything. */
static bool says_something(const char *key) {
    size_t letters = 0;
    for (; *key; key++)
        letters += *key != '*' && *key != '/' && *key != '.';
    return letters >= 3;
}

static bool path_key(const char *value, struct text *key) {
    struct text form = {0};
    const char *rest = take_root(value, &form);
    for (; *rest; rest++) {
        char c = *rest == '\\' ? '/' : small(*rest);
        const char *end = c == '<' ? strchr(rest, '>') : NULL;
        if (end) {
            rest = end;
            c = '*';
        }
        char last = form.size > 0 ? form.data[form.size - 1] : 0;
        if ((c != '/' && c != '*') || c != last)
            text_char(&form, c);
    }
    const char *made = text_string(&form);
    bool good = !form.full && form.size <= CAMPAIGNS_CELL && says_something(made) &&
                made[form.size - 1] != '/' && (made[0] == '/' || !strchr(made, '/'));
    if (good)
        text_add(key, made);
    text_free(&form);
    return good;
}

/* Does `text`, up to `end`, have the form? Steps back to the last * alone, so it takes no more than the
 * product of both lengths. */
static bool matches(const char *form, const char *form_end, const char *text, const char *end) {
    const char *star = NULL, *again = NULL;
    while (text < end) {
        if (form < form_end && *form == '*') {
            star = ++form;
            again = text;
        } else if (form < form_end && *form == *text && *text != '/') {
            form++;
            text++;
        } else if (star) {
            form = star;
            text = ++again;
        } else {
            return false;
        }
    }
    while (form < form_end && *form == '*')
        form++;
    return form == form_end;
}

static bool same_folder(const char *form, const char *form_end, const char *folder) {
    while (form < form_end && *folder) {
        const char *part = form + 1, *name = folder + 1;
        const char *part_end = part, *name_end = name + strcspn(name, "/");
        if (*form != '/' || *folder != '/')
            return false;
        while (part_end < form_end && *part_end != '/')
            part_end++;
        if (!matches(part, part_end, name, name_end))
            return false;
        form = part_end;
        folder = name_end;
    }
    return form == form_end && !*folder;
}

bool campaigns_value_is_path(const char *key, const char *folder, const char *name) {
    const char *slash = strrchr(key, '/'), *form = slash ? slash + 1 : key;
    return matches(form, form + strlen(form), name, name + strlen(name)) &&
           (!slash || same_folder(key, slash, folder));
}

/* --- others --- */

static bool technique_key(const char *value, struct text *key) {
    size_t digits = small(value[0]) == 't' ? strspn(value + 1, "0123456789") : 0;
    const char *rest = value + 1 + digits;
    if (digits != 4 || (*rest && (*rest != '.' || strspn(rest + 1, "0123456789") != 3 || rest[4])))
        return false;
    text_format(key, "T%s", value + 1);
    return true;
}

static bool tlsh_key(const char *value, struct text *key) {
    uint8_t digest[TLSH_SIZE];
    char written[TLSH_TEXT];
    if (!tlsh_read(value, digest))
        return false;
    tlsh_write(digest, written);
    text_add(key, written + 2);
    return true;
}

static bool domain_key(const char *value, struct text *key) {
    char host[NETNAME_MOST];
    enum netname_kind kind = netname_normal(span_of(value, strlen(value), 0), host);
    if (kind == NETNAME_NONE || (kind == NETNAME_ADDRESS && netname_is_nowhere(host)))
        return false;
    text_add(key, host);
    return true;
}

static bool service_key(const char *value, struct text *key) {
    size_t size = strlen(value);
    if (size < 2 || size > 256 || strpbrk(value, "\\/"))
        return false;
    for (; *value; value++)
        text_char(key, small(*value));
    return true;
}

static bool number(const char **text, unsigned long most, unsigned long *ret) {
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    *ret = strtoul(*text, &end, 10);
    *text = end;
    return *ret <= most;
}

bool campaigns_value_term(const char **key, struct campaigns_term *ret) {
    unsigned long product, build, least, most;
    const char *at = *key + strspn(*key, " ");
    if (!number(&at, UINT16_MAX, &product) || *at++ != '.' || !number(&at, UINT16_MAX, &build) ||
        *at++ != '=' || !number(&at, UINT32_MAX, &least))
        return false;
    most = least;
    if (*at == '-') {
        at++;
        if (!number(&at, UINT32_MAX, &most))
            return false;
    }
    if (*at && *at != ' ')
        return false;
    *key = at;
    *ret = (struct campaigns_term){(uint16_t)product, (uint16_t)build, (uint32_t)least, (uint32_t)most};
    return least <= most;
}

/* Two terms are the least that says something: one is a compiler. */
static bool rich_key(const char *value, struct text *key) {
    struct campaigns_term term;
    struct text form = {0};
    const char *at = value;
    int terms = 0;
    if (digest_key(value, 16, key))
        return true;
    for (; terms < TERMS && campaigns_value_term(&at, &term); terms++) {
        text_format(&form, "%s%u.%u=%u", terms ? " " : "", term.product, term.build, term.least);
        if (term.most != term.least)
            text_format(&form, "-%u", term.most);
    }
    bool good = terms >= 2 && !at[strspn(at, " ")] && !form.full;
    if (good)
        text_add(key, text_string(&form));
    text_free(&form);
    return good;
}

bool campaigns_value_key(enum campaigns_kind kind, const char *value, struct text *key) {
    switch (kind) {
    case CAMPAIGNS_MD5:
        return digest_key(value, 16, key);
    case CAMPAIGNS_SHA1:
        return digest_key(value, 20, key);
    case CAMPAIGNS_SHA256:
        return digest_key(value, 32, key);
    case CAMPAIGNS_AUTHENTIHASH:
        return authentihash_key(value, key);
    case CAMPAIGNS_CERT_SERIAL:
        return serial_key(value, key);
    case CAMPAIGNS_BYTES:
        return bytes_key(value, key);
    case CAMPAIGNS_PATH:
        return path_key(value, key);
    case CAMPAIGNS_SERVICE:
        return service_key(value, key);
    case CAMPAIGNS_DOMAIN:
        return domain_key(value, key);
    case CAMPAIGNS_TECHNIQUE:
        return technique_key(value, key);
    case CAMPAIGNS_TLSH:
        return tlsh_key(value, key);
    case CAMPAIGNS_RICH:
        return rich_key(value, key);
    default:
        return false;
    }
}

/* --- words --- */

static const struct {
    const char *word;
    enum campaigns_kind kind;
} words[] = {
    {"md5", CAMPAIGNS_MD5},
    {"sha1", CAMPAIGNS_SHA1},
    {"sha256", CAMPAIGNS_SHA256},
    {"authentihash", CAMPAIGNS_AUTHENTIHASH},
    {"authentihashsha1", CAMPAIGNS_AUTHENTIHASH},
    {"authentihashsha256", CAMPAIGNS_AUTHENTIHASH},
    {"certserial", CAMPAIGNS_CERT_SERIAL},
    {"serialnumber", CAMPAIGNS_CERT_SERIAL},
    {"bytes", CAMPAIGNS_BYTES},
    {"path", CAMPAIGNS_PATH},
    {"filepath", CAMPAIGNS_PATH},
    {"fullpath", CAMPAIGNS_PATH},
    {"pathpattern", CAMPAIGNS_PATH},
    {"filename", CAMPAIGNS_PATH},
    {"service", CAMPAIGNS_SERVICE},
    {"windowsservicename", CAMPAIGNS_SERVICE},
    {"domain", CAMPAIGNS_DOMAIN},
    {"domainname", CAMPAIGNS_DOMAIN},
    {"hostname", CAMPAIGNS_DOMAIN},
    {"fqdn", CAMPAIGNS_DOMAIN},
    {"ip", CAMPAIGNS_DOMAIN},
    {"ipv4", CAMPAIGNS_DOMAIN},
    {"ipv6", CAMPAIGNS_DOMAIN},
    {"ipsrc", CAMPAIGNS_DOMAIN},
    {"ipdst", CAMPAIGNS_DOMAIN},
    {"ipaddr", CAMPAIGNS_DOMAIN},
    {"ipv4addr", CAMPAIGNS_DOMAIN},
    {"ipv6addr", CAMPAIGNS_DOMAIN},
    {"technique", CAMPAIGNS_TECHNIQUE},
    {"tlsh", CAMPAIGNS_TLSH},
    {"rich", CAMPAIGNS_RICH},
    {"richpe", CAMPAIGNS_RICH},
};

enum campaigns_kind campaigns_value_kind(struct span word) {
    char form[32];
    size_t size = 0;
    for (size_t i = 0; i < word.size; i++) {
        char c = small((char)word.data[i]);
        if (c == '-' || c == '_' || c == ' ' || c == '\'')
            continue;
        if (size + 1 == sizeof form)
            return CAMPAIGNS_KINDS;
        form[size++] = c;
    }
    form[size] = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, form) == 0)
            return words[i].kind;
    return CAMPAIGNS_KINDS;
}

enum campaigns_kind campaigns_value_guess(const char *value) {
    static const enum campaigns_kind order[] = {CAMPAIGNS_MD5, CAMPAIGNS_SHA1, CAMPAIGNS_SHA256,
                                                CAMPAIGNS_TECHNIQUE, CAMPAIGNS_DOMAIN};
    struct text key = {0};
    enum campaigns_kind found = CAMPAIGNS_KINDS;
    for (size_t i = 0; found == CAMPAIGNS_KINDS && i < sizeof order / sizeof order[0]; i++)
        if (campaigns_value_key(order[i], value, &key))
            found = order[i];
    if (found == CAMPAIGNS_KINDS && strchr(value, '\\') && campaigns_value_key(CAMPAIGNS_PATH, value, &key))
        found = CAMPAIGNS_PATH;
    text_free(&key);
    return found;
}
