#include "intel/certificates.h"

#include "base/filetime.h"
#include "intel/place.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS = 8 };

void certificates_free(struct certificates *certificates) {
    for (size_t i = 0; i < certificates->memory_count; i++)
        free(certificates->memory[i]);
    free(certificates->memory);
    free(certificates->list);
    *certificates = (struct certificates){0};
}

static const char *significant(const char *serial) {
    while (serial[0] == '0' && serial[1])
        serial++;
    return serial;
}

static bool hex_bytes(const char *hex, uint8_t *out, size_t room, size_t *ret) {
    size_t size = strlen(hex);
    *ret = size / 2;
    if (size % 2 != 0 || *ret > room)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = hex[i];
        int value = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                           : -1;
        if (value < 0)
            return false;
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | value : value << 4);
    }
    return true;
}

static bool since_of(const char *text, uint64_t *ret) {
    char iso[64];
    *ret = 0;
    if (strcmp(text, "always") == 0)
        return true;
    snprintf(iso, sizeof iso, "%sT00:00:00Z", text);
    return filetime_parse(strchr(text, 'T') ? text : iso, ret);
}

/* NULL if the line is good, else what is wrong with it. */
static const char *parse(char *line, struct certificates_entry *ret) {
    char *fields[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = line;
        line = line ? strchr(line, '\t') : NULL;
        if (i + 1 < FIELDS && !line)
            return "the line does not have eight fields";
        if (line)
            *line++ = 0;
    }
    if (line)
        return "the line has more than eight fields";
    *ret = (struct certificates_entry){
        .issuer = fields[0], .subject = fields[3], .kind = fields[5], .what = fields[6], .source = fields[7]};
    uint8_t serial[64];
    size_t size;
    if (!hex_bytes(fields[1], serial, sizeof serial, &size))
        return "the serial number is not in hex";
    for (char *c = fields[1]; *c; c++)
        *c = (char)(*c >= 'a' && *c <= 'f' ? *c - 'a' + 'A' : *c);
    ret->serial = significant(fields[1]);
    if (!hex_bytes(fields[2], ret->tbs, sizeof ret->tbs, &ret->tbs_size) ||
        (ret->tbs_size != 0 && ret->tbs_size != 20 && ret->tbs_size != 32 && ret->tbs_size != 48))
        return "the digest of the TBSCertificate is not 20, 32 or 48 bytes in hex";
    if (!ret->serial[0] && ret->tbs_size == 0)
        return "there is neither a serial number nor a digest";
    if (!since_of(fields[4], &ret->since))
        return "the date is neither a day nor `always`";
    if (strcmp(ret->kind, "stolen") != 0 && strcmp(ret->kind, "misused") != 0 &&
        strcmp(ret->kind, "revoked") != 0)
        return "the kind is not stolen, misused or revoked";
    return NULL;
}

static int by_serial(const void *a, const void *b) {
    const struct certificates_entry *x = a, *y = b;
    int order = strcmp(x->serial, y->serial);
    return order ? order : x->since < y->since ? -1 : x->since > y->since;
}

static const char *take(struct certificates *to, char *line) {
    struct certificates_entry entry;
    const char *why = parse(line, &entry);
    if (!why && to->count == CERTIFICATES_MAX)
        why = "there are too many lines";
    struct certificates_entry *more = why ? NULL : realloc(to->list, (to->count + 1) * sizeof *more);
    if (!why && !more)
        why = "out of memory";
    if (why)
        return why;
    to->list = more;
    to->list[to->count++] = entry;
    return NULL;
}

bool certificates_add(struct certificates *certificates, const char *path, struct text *error) {
    char *data;
    size_t size, number = 0, before = certificates->count;
    const char *why = NULL;
    char **more = realloc(certificates->memory, (certificates->memory_count + 1) * sizeof *more);
    if (more)
        certificates->memory = more;
    if (!more || !place_read(path, CERTIFICATES_FILE, &data, &size, error))
        return false;
    certificates->memory[certificates->memory_count++] = data;
    if (strlen(data) != size)
        why = "the file holds a NUL";
    for (char *line = data, *next; !why && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        else
            next = line + strlen(line);
        number++;
        if (line[0] != '#' && line[0] && line[0] != '\r')
            why = take(certificates, line);
    }
    if (why) {
        certificates->count = before;
        text_format(error, "%s:%zu: %s", path, number ? number : 1, why);
        return false;
    }
    if (certificates->count > 0)
        qsort(certificates->list, certificates->count, sizeof *certificates->list, by_serial);
    return true;
}

static bool fits(const struct certificates_entry *entry, const struct certificates_query *query,
                 const char *serial) {
    for (size_t i = 0; i < 3; i++)
        if (entry->tbs_size > 0 && span_equal(query->tbs[i], span_of(entry->tbs, entry->tbs_size, 0)))
            return true;
    if (!entry->serial[0] || strcmp(entry->serial, serial) != 0)
        return false;
    return !entry->issuer[0] || (query->issuer && strcmp(entry->issuer, query->issuer) == 0);
}

const struct certificates_entry *certificates_find(const struct certificates *certificates,
                                                   const struct certificates_query *query) {
    const struct certificates_entry *found = NULL;
    const char *serial = significant(query->serial ? query->serial : "");
    for (size_t i = 0; i < certificates->count; i++) {
        const struct certificates_entry *entry = &certificates->list[i];
        if (fits(entry, query, serial) && (!found || entry->since < found->since))
            found = entry;
    }
    return found;
}
