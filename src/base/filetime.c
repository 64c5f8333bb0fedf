#include "base/filetime.h"

#define TICKS_A_SECOND UINT64_C(10000000)
#define UNIX_EPOCH     INT64_C(11644473600) /* seconds from 1601 to 1970 */

static char *two(char *out, unsigned value) {
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
    return out + 2;
}

/* Days since 1601-01-01 to a civil date (proleptic Gregorian; 1601 starts a 400-year cycle). */
static void civil(uint64_t days, unsigned *year, unsigned *month, unsigned *day) {
    uint64_t z = days + 306; /* days since 1600-03-01 */
    unsigned era_day = (unsigned)(z % 146097);
    unsigned era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    unsigned year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    unsigned shifted = (5 * year_day + 2) / 153;
    *day = year_day - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = 1600 + (unsigned)(z / 146097) * 400 + era_year + (*month <= 2);
}

static void print_day(struct filetime_printer *printer, uint64_t day) {
    unsigned year, month, month_day;
    civil(day, &year, &month, &month_day);
    char *out = printer->date;
    if (year > 9999)
        *out++ = (char)('0' + year / 10000 % 10);
    out = two(out, year / 100 % 100);
    out = two(out, year % 100);
    *out++ = '-';
    out = two(out, month);
    *out++ = '-';
    out = two(out, month_day);
    *out++ = 'T';
    printer->date_size = (uint8_t)(out - printer->date);
    printer->day = day + 1;
}

size_t filetime_print(struct filetime_printer *printer, uint64_t filetime, char *text) {
    uint64_t seconds = filetime / TICKS_A_SECOND;
    unsigned fraction = (unsigned)(filetime % TICKS_A_SECOND);
    uint64_t day = seconds / 86400;
    unsigned rest = (unsigned)(seconds % 86400);
    if (printer->day != day + 1)
        print_day(printer, day);
    memcpy(text, printer->date, sizeof printer->date);
    char *out = text + printer->date_size;
    out = two(out, rest / 3600);
    *out++ = ':';
    out = two(out, rest / 60 % 60);
    *out++ = ':';
    out = two(out, rest % 60);
    *out++ = '.';
    for (int i = 6; i >= 0; i--) {
        out[i] = (char)('0' + fraction % 10);
        fraction /= 10;
    }
    out[7] = 'Z';
    return (size_t)(out + 8 - text);
}

size_t filetime_text(uint64_t filetime, char text[FILETIME_TEXT]) {
    struct filetime_printer printer = {0};
    size_t size = filetime_print(&printer, filetime, text);
    text[size] = 0;
    return size;
}

/* Reads `least` to `most` digits; returns how many, or 0. */
static int digits(const char **text, int least, int most, unsigned *ret) {
    unsigned value = 0;
    int n = 0;
    while (n < most && (*text)[n] >= '0' && (*text)[n] <= '9')
        value = value * 10 + (unsigned)((*text)[n++] - '0');
    if (n < least)
        return 0;
    *text += n;
    *ret = value;
    return n;
}

static bool mark(const char **text, char wanted) {
    if (**text != wanted)
        return false;
    (*text)++;
    return true;
}

static uint64_t days_from_civil(unsigned year, unsigned month, unsigned day) {
    unsigned y = year - (month <= 2) - 1600;
    unsigned shifted = month > 2 ? month - 3 : month + 9;
    unsigned year_day = (153 * shifted + 2) / 5 + day - 1;
    unsigned era_year = y % 400;
    return (uint64_t)(y / 400) * 146097 + era_year * 365 + era_year / 4 - era_year / 100 + year_day - 306;
}

static bool parse_fraction(const char **text, uint64_t *ret) {
    unsigned value = 0;
    *ret = 0;
    if (!mark(text, '.'))
        return true;
    int n = digits(text, 1, 7, &value);
    for (int i = n; i > 0 && i < 7; i++)
        value *= 10;
    *ret = value;
    return n > 0;
}

bool filetime_parse(const char *text, uint64_t *ret) {
    unsigned year, month, day, hour, minute, second;
    uint64_t fraction;
    if (!digits(&text, 4, 5, &year) || !mark(&text, '-') || !digits(&text, 2, 2, &month) ||
        !mark(&text, '-') || !digits(&text, 2, 2, &day) || !mark(&text, 'T') || !digits(&text, 2, 2, &hour) ||
        !mark(&text, ':') || !digits(&text, 2, 2, &minute) || !mark(&text, ':') ||
        !digits(&text, 2, 2, &second) || !parse_fraction(&text, &fraction) || !mark(&text, 'Z') || *text != 0)
        return false;
    if (year < 1601 || year > 60056 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    uint64_t days = days_from_civil(year, month, day);
    unsigned y, m, d;
    civil(days, &y, &m, &d); /* refuses the 31st of a short month */
    uint64_t seconds = days * 86400 + hour * 3600u + minute * 60u + second;
    if (m != month || d != day || seconds > (UINT64_MAX - fraction) / TICKS_A_SECOND)
        return false;
    *ret = seconds * TICKS_A_SECOND + fraction;
    return true;
}

uint64_t filetime_from_unix(int64_t seconds, uint32_t nanoseconds) {
    if (seconds < -UNIX_EPOCH)
        return 0;
    if (seconds > (int64_t)(UINT64_MAX / TICKS_A_SECOND) - UNIX_EPOCH - 1)
        return UINT64_MAX;
    return (uint64_t)(seconds + UNIX_EPOCH) * TICKS_A_SECOND + nanoseconds / 100;
}

int64_t filetime_to_unix(uint64_t filetime) {
    return (int64_t)(filetime / TICKS_A_SECOND) - UNIX_EPOCH;
}

uint64_t filetime_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return filetime_from_unix(now.tv_sec, (uint32_t)now.tv_nsec);
}
