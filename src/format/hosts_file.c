#include "format/hosts_file.h"

#include <strings.h>

enum { ADDRESS = 45 }; /* bytes of the longest */

bool hosts_file_named(const char *name) {
    return strcasecmp(name, "hosts") == 0;
}

struct hosts_file hosts_file_open(struct span bytes) {
    size_t mark = span_starts(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    return (struct hosts_file){.rest = span_from(span_clip(bytes, 0, HOSTS_FILE_SIZE), mark)};
}

/* Up to its end or to a remark. */
static bool next_line(struct hosts_file *file) {
    if (file->rest.size == 0)
        return false;
    size_t size = 0, used = 0;
    while (size < file->rest.size && file->rest.data[size] != '\n')
        size++;
    while (used < size && file->rest.data[used] != '#')
        used++;
    file->line = span_part(file->rest, 0, used);
    file->rest = span_from(file->rest, size < file->rest.size ? size + 1 : size);
    file->number++;
    return true;
}

static bool is_blank(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span next_word(struct hosts_file *file) {
    size_t start = 0;
    while (start < file->line.size && is_blank(file->line.data[start]))
        start++;
    size_t end = start;
    while (end < file->line.size && !is_blank(file->line.data[end]))
        end++;
    struct span word = span_part(file->line, start, end - start);
    file->line = span_from(file->line, end);
    return word;
}

/* By its letters alone: hex digits with a dot or colon. */
static bool is_address(struct span word) {
    bool divided = false;
    for (size_t i = 0; i < word.size; i++) {
        uint8_t c = word.data[i], letter = c | 32;
        if (c != '.' && c != ':' && (c < '0' || c > '9') && (letter < 'a' || letter > 'f'))
            return false;
        divided |= c == '.' || c == ':';
    }
    return divided && word.size <= ADDRESS;
}

bool hosts_file_next(struct hosts_file *file, struct hosts_file_entry *ret) {
    for (;;) {
        struct span name = file->address.size > 0 ? next_word(file) : span_of("", 0, 0);
        if (name.size > 0 && name.size <= HOSTS_FILE_NAME) {
            *ret = (struct hosts_file_entry){file->address, name, file->number};
            return true;
        }
        if (name.size > 0)
            continue;
        if (!next_line(file))
            return false;
        file->address = next_word(file);
        if (!is_address(file->address))
            file->address = span_of("", 0, 0);
    }
}
