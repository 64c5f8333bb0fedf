/* Target lists, as campaigns carried them: names of hosts and domains, MAC addresses, digests of these. */
#include "judge/singled_private.h"

#include "base/digest.h"
#include "base/mac.h"

#include <stdlib.h>

enum { LINES = 1000000, LONGEST = 256 };

struct line {
    char *text; /* as it was written */
    char *key;  /* lower case; of a MAC address its digits alone */
    bool met;
};

struct singled_targets {
    struct line *lines;
    size_t count, room;
};

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Its digits alone, which are not longer than any other form. */
static void spell(const uint8_t mac[MAC_SIZE], char digits[2 * MAC_SIZE + 1]) {
    for (size_t i = 0; i < MAC_SIZE; i++)
        snprintf(digits + 2 * i, 3, "%02x", mac[i]);
}

static bool add(struct singled_targets *targets, const char *text, size_t size) {
    uint8_t mac[MAC_SIZE];
    if (targets->count == targets->room) {
        size_t wanted = targets->room ? targets->room * 2 : 64;
        struct line *larger = realloc(targets->lines, wanted * sizeof *larger);
        if (!larger)
            return false;
        targets->lines = larger;
        targets->room = wanted;
    }
    struct line line = {strndup(text, size), NULL, false};
    line.key = line.text ? strdup(line.text) : NULL;
    if (!line.key) {
        free(line.text);
        return false;
    }
    for (char *c = line.key; *c; c++)
        *c = lower(*c);
    if (mac_read(line.text, strlen(line.text), mac))
        spell(mac, line.key);
    targets->lines[targets->count++] = line;
    return true;
}

static int by_key(const void *a, const void *b) {
    const struct line *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : strcmp(x->text, y->text);
}

struct singled_targets *singled_targets_read(const char *list) {
    struct singled_targets *targets = calloc(1, sizeof *targets);
    bool good = targets != NULL;
    if (strncmp(list, "\xef\xbb\xbf", 3) == 0)
        list += 3;
    while (good && *list) {
        size_t size = strcspn(list, "\r\n"), from = strspn(list, " \t");
        size_t to = size;
        while (to > from && (list[to - 1] == ' ' || list[to - 1] == '\t'))
            to--;
        if (to > from && list[from] != '#' && to - from <= LONGEST && targets->count < LINES)
            good = add(targets, list + from, to - from);
        list += size + (list[size] != 0);
    }
    if (!good) {
        singled_targets_free(targets);
        return NULL;
    }
    if (targets->count > 0)
        qsort(targets->lines, targets->count, sizeof *targets->lines, by_key);
    return targets;
}

static const char *meet(struct singled_targets *targets, const char *key) {
    const char *met = NULL;
    size_t low = 0, high = targets->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(targets->lines[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < targets->count && strcmp(targets->lines[low].key, key) == 0; low++) {
        met = met ? met : targets->lines[low].text;
        if (targets->lines[low].met) /* so are all that are the same */
            break;
        targets->lines[low].met = true;
    }
    return met;
}

/* MD5, SHA-1 and SHA-256 in hexadecimal digits. */
static const char *meet_digests(struct singled_targets *targets, const void *bytes, size_t size) {
    static const enum digest_kind kinds[] = {DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256};
    const char *met = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint8_t value[DIGEST_MAX];
        struct text hex = {0};
        digest_once(kinds[i], span_of(bytes, size, 0), value);
        text_hex(&hex, value, digest_size(kinds[i]));
        const char *line = meet(targets, text_string(&hex));
        met = met ? met : line;
        text_free(&hex);
    }
    return met;
}

/* Any of the addresses of a host. */
static const char *meet_macs(struct singled_targets *targets, const char *macs) {
    char digits[2 * MAC_SIZE + 1];
    uint8_t mac[MAC_SIZE];
    const char *met = NULL;
    while (mac_next(&macs, mac)) {
        spell(mac, digits);
        const char *plain = meet(targets, digits), *digest = meet_digests(targets, mac, sizeof mac);
        met = met ? met : plain ? plain : digest;
    }
    return met;
}

/* A domain's name and those above it, but the last. */
static const char *meet_domain(struct singled_targets *targets, const char *domain) {
    const char *met = NULL;
    for (const char *part = domain; part && strchr(part, '.'); part = strchr(part, '.') + 1) {
        const char *plain = meet(targets, part), *digest = meet_digests(targets, part, strlen(part));
        met = met ? met : plain ? plain : digest;
    }
    return met;
}

const char *singled_targets_match(struct singled_targets *targets, const struct singled_rows_host *host) {
    struct text full = {0};
    const char *found[5] = {NULL};
    if (targets->count == 0)
        return NULL;
    if (host->name[0]) {
        found[0] = meet(targets, host->name);
        found[1] = meet_digests(targets, host->name, strlen(host->name));
    }
    if (host->name[0] && host->domain[0]) {
        text_format(&full, "%s.%s", host->name, host->domain);
        found[2] = meet(targets, text_string(&full));
    }
    found[3] = meet_macs(targets, host->mac);
    found[4] = host->domain[0] ? meet_domain(targets, host->domain) : NULL;
    text_free(&full);
    for (size_t i = 0; i < 5; i++)
        if (found[i])
            return found[i];
    return NULL;
}

const char *singled_targets_absent(const struct singled_targets *targets, size_t *at) {
    while (*at < targets->count && targets->lines[*at].met)
        ++*at;
    return *at < targets->count ? targets->lines[(*at)++].text : NULL;
}

size_t singled_targets_count(const struct singled_targets *targets) {
    return targets->count;
}

void singled_targets_free(struct singled_targets *targets) {
    if (!targets)
        return;
    for (size_t i = 0; i < targets->count; i++) {
        free(targets->lines[i].text);
        free(targets->lines[i].key);
    }
    free(targets->lines);
    free(targets);
}
