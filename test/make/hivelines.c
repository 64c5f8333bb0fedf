/* hivelines HIVE <LINES: a registry hive from lines on standard input, fields apart by tabs:
 *
 *     KEY NAME TYPE VALUE
 *     KEY @time TIME
 *
 * KEY is a path with slashes (%2F is a slash in a name); TYPE sz, dword, qword, hex; TIME, when the key was
 * last written, as 2024-05-06T07:08:09Z. */
#include "base/filetime.h"
#include "base/text.h"
#include "make/regf_made.h"

#include <stdlib.h>

enum { ROOM = 32 << 20, LINE = 1 << 20, NODES = 65536, VALUES = 262144, BELOW = 16384 };

struct node {
    char *name;
    uint64_t time;
    size_t parent;
    uint32_t cell;
};

static uint8_t room[ROOM];
static struct regf_made made = {.bytes = room, .size = ROOM, .time = UINT64_C(132000000000000000)};
static struct node nodes[NODES];
static struct {
    size_t node;
    char *name, *type, *text;
} values[VALUES];
static size_t node_count, value_count;

static size_t below(size_t parent, const char *name) {
    for (size_t i = 1; i < node_count; i++)
        if (nodes[i].parent == parent && strcmp(nodes[i].name, name) == 0)
            return i;
    if (node_count == NODES)
        exit(1);
    nodes[node_count] = (struct node){strdup(name), made.time, parent, 0};
    return node_count++;
}

static size_t node_of(char *path) {
    size_t at = 0;
    for (char *part = strsep(&path, "/"); part; part = strsep(&path, "/")) {
        struct text name = {0};
        if (part[0] == 0)
            continue;
        for (char *slash; (slash = strstr(part, "%2F")); part = slash + 3) {
            text_bytes(&name, part, (size_t)(slash - part));
            text_char(&name, '/');
        }
        text_add(&name, part);
        at = below(at, text_string(&name));
        text_free(&name);
    }
    return at;
}

static bool take(char *line) {
    char *path = strsep(&line, "\t"), *name = strsep(&line, "\t"), *type = strsep(&line, "\t");
    if (!type)
        return false;
    size_t node = node_of(path);
    if (strcmp(name, "@time") == 0)
        return filetime_parse(type, &nodes[node].time);
    if (value_count == VALUES)
        return false;
    values[value_count].node = node;
    values[value_count].name = strdup(name);
    values[value_count].type = strdup(type);
    values[value_count++].text = strdup(line ? line : "");
    return true;
}

static uint32_t make_value(const char *name, const char *type, const char *text) {
    static uint8_t data[LINE];
    size_t size = 0;
    unsigned long long number = strtoull(text, NULL, 0);
    if (strcmp(type, "sz") == 0)
        return regf_made_string(&made, name, text);
    if (strcmp(type, "hex") == 0) {
        for (unsigned byte; sscanf(text + 2 * size, "%2x", &byte) == 1; size++)
            data[size] = (uint8_t)byte;
        return regf_made_value(&made, name, REGF_BINARY, data, size);
    }
    bool wide = strcmp(type, "qword") == 0;
    regf_made_put(data, number, 8);
    return regf_made_value(&made, name, wide ? REGF_QWORD : REGF_DWORD, data, wide ? 8 : 4);
}

static void make_values(size_t node) {
    static uint32_t cells[BELOW];
    size_t count = 0;
    for (size_t i = 0; i < value_count && count < BELOW; i++)
        if (values[i].node == node)
            cells[count++] = make_value(values[i].name, values[i].type, values[i].text);
    if (count > 0)
        regf_made_values(&made, nodes[node].cell, cells, count);
}

/* A parent comes before what is below it. */
static void make_lists(void) {
    static uint32_t cells[BELOW];
    for (size_t i = 0; i < node_count; i++) {
        size_t count = 0;
        for (size_t k = 1; k < node_count && count < BELOW; k++)
            if (nodes[k].parent == i)
                cells[count++] = nodes[k].cell;
        if (count > 0)
            regf_made_subkeys(&made, nodes[i].cell, regf_made_list(&made, "lh", cells, count), count);
    }
}

int main(int argc, char **argv) {
    static char line[LINE];
    nodes[node_count++] = (struct node){"ROOT", made.time, REGF_NONE, 0};
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (line[0] && !take(line)) {
            fprintf(stderr, "not understood: %s\n", line);
            return 2;
        }
    }
    for (size_t i = 0; i < node_count; i++) {
        made.time = nodes[i].time;
        nodes[i].cell = regf_made_key(&made, i ? nodes[nodes[i].parent].cell : REGF_NONE, nodes[i].name);
        make_values(i);
    }
    make_lists();
    size_t size = regf_made_end(&made);
    FILE *file = argc == 2 && size > 0 ? fopen(argv[1], "wb") : NULL;
    bool good = file && fwrite(room, 1, size, file) == size;
    return file && fclose(file) == 0 && good ? 0 : 1;
}
