#include "base/netname.h"

#include <arpa/inet.h>

enum { LABEL = 63, ADDRESS = 46 };

static bool is_blank(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span trim(struct span text) {
    while (text.size > 0 && is_blank(text.data[0]))
        text = span_from(text, 1);
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text = span_part(text, 0, text.size - 1);
    return text;
}

static bool is_dot_in_brackets(struct span text, size_t at) {
    uint8_t before = span_u8(text, at), behind = span_u8(text, at + 2);
    return span_u8(text, at + 1) == '.' &&
           ((before == '[' && behind == ']') || (before == '(' && behind == ')'));
}

/* In small letters, without what marks a dot; false if it is too long or holds what no name does. */
static bool lower(struct span text, char ret[NETNAME_MOST]) {
    size_t size = 0;
    for (size_t at = 0; at < text.size; at++) {
        uint8_t c = text.data[at];
        if (is_dot_in_brackets(text, at)) {
            c = '.';
            at += 2;
        }
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z', digit = c >= '0' && c <= '9';
        if ((!letter && !digit && (c == 0 || !strchr("-_.:", c))) || size == NETNAME_MOST - 1)
            return false;
        ret[size++] = (char)(letter ? c | 32 : c);
    }
    ret[size] = 0;
    return size > 0;
}

static bool is_address(char text[NETNAME_MOST]) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    uint8_t bytes[16];
    bool wide = strchr(text, ':') != NULL;
    if (strlen(text) >= ADDRESS || inet_pton(wide ? AF_INET6 : AF_INET, text, bytes) != 1)
        return false;
    if (wide && memcmp(bytes, mapped, sizeof mapped) == 0)
        return inet_ntop(AF_INET, bytes + sizeof mapped, text, NETNAME_MOST) != NULL;
    return inet_ntop(wide ? AF_INET6 : AF_INET, bytes, text, NETNAME_MOST) != NULL;
}

static bool is_domain(char *text) {
    size_t size = strlen(text), labels = 0;
    if (size > 1 && text[size - 1] == '.')
        text[--size] = 0;
    const char *label = text;
    for (bool more = true; more; label += strcspn(label, ".") + more) {
        size_t length = strcspn(label, ".");
        more = label[length] == '.';
        labels++;
        if (length == 0 || length > LABEL || label[0] == '-' || memchr(label, ':', length) ||
            (!more && label[0] >= '0' && label[0] <= '9'))
            return false;
    }
    return labels >= 2;
}

enum netname_kind netname_normal(struct span text, char ret[NETNAME_MOST]) {
    if (lower(trim(text), ret)) {
        if (is_address(ret))
            return NETNAME_ADDRESS;
        if (is_domain(ret))
            return NETNAME_DOMAIN;
    }
    ret[0] = 0;
    return NETNAME_NONE;
}

/* Where one of the characters stands first, or the size. */
static size_t find(struct span text, const char *characters) {
    size_t at = 0;
    while (at < text.size && (text.data[at] == 0 || !strchr(characters, text.data[at])))
        at++;
    return at;
}

struct span netname_of_url(struct span url) {
    size_t colon = find(url, ":");
    struct span rest = span_from(url, colon);
    if (!span_starts(rest, "://", 3))
        return span_of("", 0, 0);
    rest = span_from(rest, 3);
    rest = span_part(rest, 0, find(rest, "/?#\\"));
    size_t user = find(rest, "@");
    if (user < rest.size)
        rest = span_from(rest, user + 1);
    if (span_u8(rest, 0) == '[')
        return span_part(rest, 1, find(rest, "]") - 1);
    return span_part(rest, 0, find(rest, ":"));
}

const char *netname_parent(const char *domain) {
    const char *dot = strchr(domain, '.');
    return dot && strchr(dot + 1, '.') ? dot + 1 : NULL;
}

bool netname_is_nowhere(const char *address) {
    return strcmp(address, "0.0.0.0") == 0 || strncmp(address, "127.", 4) == 0 ||
           strcmp(address, "::") == 0 || strcmp(address, "::1") == 0;
}
