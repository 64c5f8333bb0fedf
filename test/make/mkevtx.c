/* mkevtx LOG <LINES: an event log from lines on standard input, fields apart by tabs:
 *
 *     TIME PROVIDER ID CHANNEL COMPUTER [NAME=VALUE]...
 *
 * TIME as 2024-05-06T07:08:09Z. A NAME that is empty makes a Data without one; @level=N, @user=N (S-1-5-N),
 * @gap=N (record numbers that are left out before it), @chunk= (it begins a new chunk). */
#include "base/filetime.h"
#include "make/evtx_made.h"

#include <errno.h>

enum { ROOM = 64 << 20, LINE = 32768, DATA = 64 };

static uint8_t *room;
static struct evtx_made made;

static char *field(char **rest) {
    char *from = *rest, *end = from ? strchr(from, '\t') : NULL;
    *rest = end ? end + 1 : NULL;
    if (end)
        *end = 0;
    return from ? from : "";
}

static void option(struct evtx_made_event *event, const char *name, const char *value) {
    unsigned long number = strtoul(value, NULL, 10);
    if (strcmp(name, "@level") == 0)
        event->level = (uint8_t)number;
    else if (strcmp(name, "@gap") == 0)
        made.number += number + (made.number == 0);
    else if (strcmp(name, "@chunk") == 0)
        evtx_made_end_chunk(&made);
    else if (strcmp(name, "@user") == 0) {
        event->has_user = true;
        memcpy(event->user, "\1\1\0\0\0\0\0\5", 8);
        evtx_made_set(event->user + 8, number, 4);
    }
}

static bool take(char *line) {
    static struct evtx_made_datum data[DATA];
    struct evtx_made_event event = {.level = 4, .data = data};
    char *rest = line;
    if (!filetime_parse(field(&rest), &event.time))
        return false;
    event.provider = field(&rest);
    event.id = (uint16_t)strtoul(field(&rest), NULL, 10);
    event.channel = field(&rest);
    event.computer = field(&rest);
    while (rest && event.count < DATA) {
        char *name = field(&rest), *value = strchr(name, '=');
        if (!value)
            return false;
        *value++ = 0;
        if (name[0] == '@')
            option(&event, name, value);
        else
            data[event.count++] = (struct evtx_made_datum){name[0] ? name : NULL, value, 1, NULL, 0};
    }
    return evtx_made_add(&made, &event);
}

int main(int argc, char **argv) {
    static char line[LINE];
    FILE *file = argc == 2 ? fopen(argv[1], "wb") : NULL;
    room = calloc(1, ROOM);
    if (!file || !room) {
        fprintf(stderr, "usage: mkevtx LOG <LINES\n");
        return 2;
    }
    made.bytes = room;
    made.size = ROOM;
    for (unsigned long number = 1; fgets(line, sizeof line, stdin); number++) {
        line[strcspn(line, "\r\n")] = 0;
        if (line[0] && !take(line)) {
            fprintf(stderr, "mkevtx: line %lu is not understood, or there is no room\n", number);
            return 1;
        }
    }
    size_t size = evtx_made_finish(&made);
    bool good = fwrite(room, 1, size, file) == size && fclose(file) == 0;
    free(room);
    return good ? 0 : 1;
}
