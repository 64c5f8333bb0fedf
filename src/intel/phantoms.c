#include "intel/phantoms.h"

#include "intel/place.h"

#include <stdlib.h>

enum { FIELDS = 7 };

void phantoms_free(struct phantoms *phantoms) {
    free(phantoms->list);
    free(phantoms->memory);
    *phantoms = (struct phantoms){0};
}

/* NULL if the line is good, else what is wrong with it. */
static const char *parse(char *line, struct phantoms_entry *ret) {
    char *fields[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = line;
        char *tab = strchr(line, '\t');
        if ((i + 1 < FIELDS) != (tab != NULL))
            return "the line does not have seven fields";
        if (tab) {
            *tab = 0;
            line = tab + 1;
        }
    }
    *ret =
        (struct phantoms_entry){fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]};
    return !ret->name[0] || !ret->service[0] || !ret->source[0] ? "name, service or source is missing" : NULL;
}

static const char *take(struct phantoms *to, char *line) {
    struct phantoms_entry entry, *more;
    const char *why = parse(line, &entry);
    if (why || strcmp(entry.name, "name") == 0)
        return why;
    if (to->count == PHANTOMS_MAX)
        return "there are too many lines";
    more = realloc(to->list, (to->count + 1) * sizeof *more);
    if (!more)
        return "out of memory";
    to->list = more;
    to->list[to->count++] = entry;
    return NULL;
}

bool phantoms_load(struct phantoms *phantoms, const char *path, struct text *error) {
    size_t size, number = 0;
    const char *why = NULL;
    struct phantoms read = {0};
    if (!place_read(path, PHANTOMS_FILE, &read.memory, &size, error))
        return false;
    if (strlen(read.memory) != size)
        why = "the file holds a NUL";
    for (char *line = read.memory, *next; !why && *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = 0;
        number++;
        line[strcspn(line, "\r")] = 0;
        if (line[0] && line[0] != '#')
            why = take(&read, line);
    }
    if (!why) {
        *phantoms = read;
        return true;
    }
    text_format(error, "%s:%zu: %s", path, number, why);
    phantoms_free(&read);
    return false;
}
