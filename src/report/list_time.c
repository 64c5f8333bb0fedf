#include "report/list_time.h"

#define DAY  UINT64_C(864000000000) /* ticks */
#define TICK UINT32_C(10000000)     /* in a second */

size_t list_time_print(struct list_time *memory, uint64_t filetime, char *to) {
    uint64_t day = filetime / DAY;
    uint64_t ticks = filetime - day * DAY;
    size_t at = day % LIST_TIME_DAYS, size = sizeof memory->days[at].text;
    if (memory->days[at].day != day + 1) {
        char text[FILETIME_TEXT];
        size_t all = filetime_text(filetime, text);
        if (text[size - 1] != 'T') {
            memcpy(to, text, all);
            return all;
        }
        memcpy(memory->days[at].text, text, size);
        memory->days[at].day = (uint32_t)(day + 1);
    }
    memcpy(to, memory->days[at].text, size);
    uint32_t second = (uint32_t)(ticks / TICK), fraction = (uint32_t)(ticks - (uint64_t)second * TICK);
    uint32_t minute = second / 60, hour = minute / 60, high = fraction / 10000, low = fraction % 10000;
    char *out = to + size;
    list_time_two(out, hour);
    out[2] = ':';
    list_time_two(out + 3, minute - hour * 60);
    out[5] = ':';
    list_time_two(out + 6, second - minute * 60);
    out[8] = '.';
    out[9] = (char)('0' + high / 100);
    list_time_two(out + 10, high % 100);
    list_time_two(out + 12, low / 100);
    list_time_two(out + 14, low % 100);
    out[16] = 'Z';
    return size + 17;
}
