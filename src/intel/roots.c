#include "intel/roots.h"

#include "base/base64.h"
#include "base/digest.h"
#include "format/der.h"
#include "intel/place.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";

enum { FIELDS = 9, LINE_SHA256 = 3, LINE_PURPOSES = 6 };

void roots_free(struct roots *roots) {
    for (size_t i = 0; i < roots->memory_count; i++)
        free(roots->memory[i]);
    free(roots->memory);
    free(roots->list);
    *roots = (struct roots){0};
}

static bool own(struct roots *roots, void *memory) {
    void **more = realloc(roots->memory, (roots->memory_count + 1) * sizeof *more);
    if (!more) {
        free(memory);
        return false;
    }
    roots->memory = more;
    roots->memory[roots->memory_count++] = memory;
    return true;
}

/* Is this one SEQUENCE and nothing else? */
static bool plausible(struct span der) {
    struct fault why;
    struct cursor c = cursor_of(der);
    struct der value;
    return der.size <= ROOTS_CERTIFICATE && der_expect(&c, DER_SEQUENCE, &value, &why) &&
           cursor_left(&c) == 0;
}

static bool add(struct roots *roots, struct span der, unsigned purposes, const char **why) {
    *why = NULL;
    if (!plausible(der))
        *why = "it holds no certificate in DER";
    else if (roots->count == ROOTS_MAX)
        *why = "there are too many certificates";
    struct root *more = *why ? NULL : realloc(roots->list, (roots->count + 1) * sizeof *more);
    if (!*why && !more)
        *why = "out of memory";
    if (*why)
        return false;
    roots->list = more;
    roots->list[roots->count++] = (struct root){der, purposes};
    return true;
}

static size_t line_of(const char *text, const char *at) {
    size_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static bool complain(struct text *error, const char *path, size_t line, const char *why) {
    text_format(error, "%s:%zu: %s", path, line, why);
    return false;
}

/* `text` ends in NUL. */
static bool add_pem(struct roots *roots, const char *path, const char *text, unsigned purposes,
                    struct text *error) {
    const char *at = text, *why = NULL;
    while ((at = strstr(at, begin))) {
        const char *body = at + sizeof begin - 1, *stop = strstr(body, end);
        if (!stop)
            return complain(error, path, line_of(text, at), "the certificate has no end");
        size_t size = (size_t)(stop - body);
        uint8_t *der = malloc(size + 4);
        if (!der || !own(roots, der))
            return complain(error, path, line_of(text, at), "out of memory");
        if (!base64_decode(body, size, der, &size))
            return complain(error, path, line_of(text, at), "the certificate is not in base64");
        if (!add(roots, span_of(der, size, 0), purposes, &why))
            return complain(error, path, line_of(text, at), why);
        at = stop;
    }
    return true;
}

static bool add_file(struct roots *roots, const char *path, unsigned purposes, struct text *error) {
    char *data;
    size_t size, before = roots->count;
    const char *why;
    if (!place_read(path, ROOTS_FILE, &data, &size, error))
        return false;
    if (!own(roots, data))
        return complain(error, path, 1, "out of memory");
    if (size > 0 && (uint8_t)data[0] == DER_SEQUENCE)
        return add(roots, span_of(data, size, 0), purposes, &why) || complain(error, path, 1, why);
    if (!add_pem(roots, path, data, purposes, error))
        return false;
    return roots->count > before || complain(error, path, 1, "it holds no certificate");
}

static int is_certificate_file(const struct dirent *entry) {
    static const char *const endings[] = {".pem", ".crt", ".cer", ".der"};
    size_t size = strlen(entry->d_name);
    for (size_t i = 0; i < 4; i++)
        if (size > 4 && strcmp(entry->d_name + size - 4, endings[i]) == 0)
            return 1;
    return 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(struct roots *roots, const char *path, struct text *error) {
    struct dirent **names = NULL;
    int count = scandir(path, &names, is_certificate_file, by_bytes);
    bool good = count > 0;
    if (!good)
        text_format(error, "%s: it holds no file named .pem, .crt, .cer or .der", path);
    for (int i = 0; i < count; i++) {
        struct text file = {0};
        text_format(&file, "%s/%s", path, names[i]->d_name);
        good = good && add_file(roots, text_string(&file), ROOTS_ANY, error);
        text_free(&file);
        free(names[i]);
    }
    free(names);
    return good;
}

bool roots_add(struct roots *roots, const char *path, struct text *error) {
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return add_folder(roots, path, error);
    return add_file(roots, path, ROOTS_ANY, error);
}

static unsigned purposes_of(const char *words) {
    static const char *const known[] = {"code", "time", "kernel", "uefi"};
    unsigned purposes = 0;
    while (*words) {
        size_t size = strcspn(words, ",");
        unsigned at = 0;
        while (at < 4 && (strlen(known[at]) != size || strncmp(known[at], words, size) != 0))
            at++;
        if (at == 4)
            return 0;
        purposes |= 1u << at;
        words += size + (words[size] == ',');
    }
    return purposes;
}

/* Cuts `line` at its tabs; false if there are not FIELDS fields. */
static bool fields_of(char *line, char *fields[FIELDS]) {
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = line;
        line = strchr(line, '\t');
        if (i + 1 < FIELDS && !line)
            return false;
        if (line)
            *line++ = 0;
    }
    return line == NULL;
}

static bool same_digest(struct span der, const char *hex) {
    uint8_t digest[DIGEST_MAX];
    struct text text = {0};
    digest_once(DIGEST_SHA256, der, digest);
    text_hex(&text, digest, 32);
    bool same = strcasecmp(text_string(&text), hex) == 0;
    text_free(&text);
    return same;
}

static bool add_line(struct roots *roots, const char *index, size_t number, char *line, struct text *error) {
    char *fields[FIELDS];
    struct text file = {0};
    const char *slash = strrchr(index, '/'), *why = NULL;
    size_t before = roots->count;
    if (!fields_of(line, fields) || strchr(fields[0], '/'))
        why = "the line does not have nine fields";
    unsigned purposes = why ? 0 : purposes_of(fields[LINE_PURPOSES]);
    if (!why && !purposes)
        why = "a purpose is not one of code, time, kernel, uefi";
    bool good = !why;
    if (good) {
        text_bytes(&file, index, slash ? (size_t)(slash - index) + 1 : 0);
        text_add(&file, fields[0]);
        good = add_file(roots, text_string(&file), purposes, error);
    }
    text_free(&file);
    if (good && (roots->count != before + 1 || !same_digest(roots->list[before].der, fields[LINE_SHA256])))
        why = "the file does not hold the certificate that the line describes";
    return why ? complain(error, index, number, why) : good;
}

bool roots_load_default(struct roots *roots, const char *index, struct text *error) {
    char *data;
    size_t size, number = 0;
    if (!place_read(index, ROOTS_FILE, &data, &size, error))
        return false;
    bool good = true;
    for (char *line = data, *next; good && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        else
            next = line + strlen(line);
        number++;
        if (line[0] != '#' && line[0])
            good = add_line(roots, index, number, line, error);
    }
    free(data);
    return good;
}
