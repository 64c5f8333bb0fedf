/* list_time: the same text as filetime_text, for writing millions of times. Remembers many days, so that
 * files of one era cost no calendar arithmetic. Zero it before use. */
#ifndef REPORT_LIST_TIME_H
#define REPORT_LIST_TIME_H

#include "base/filetime.h"

enum { LIST_TIME_DAYS = 4096 }; /* a power of two */

struct list_time {
    struct {
        uint32_t day;  /* plus one; 0 is none */
        char text[11]; /* of the date, with T; longer ones, beyond the year 9999, are not remembered */
    } days[LIST_TIME_DAYS];
};

/* Writes the two digits of a value below 100. */
static inline void list_time_two(char *to, uint32_t value) {
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    memcpy(to, pairs + 2 * value, 2);
}

/* Writes at most FILETIME_TEXT bytes, without NUL, and returns how many. */
size_t list_time_print(struct list_time *memory, uint64_t filetime, char *to);

#endif
