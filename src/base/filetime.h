/* filetime: Windows FILETIME, unsigned 100 ns ticks since 1601-01-01T00:00:00Z ([MS-DTYP] 2.3.3).
 *
 * The one representation of time in the program. Never passes through time_t, so nothing is rounded. */
#ifndef BASE_FILETIME_H
#define BASE_FILETIME_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FILETIME_TEXT = 32 }; /* room for any formatted time and its NUL */

/* Writes ISO 8601 with seven fractional digits and Z, such as 2011-12-17T00:09:54.0000000Z, NUL-terminated,
 * and returns the length without the NUL. Years beyond 9999 take five digits (the last one is 60056). */
size_t filetime_text(uint64_t filetime, char text[FILETIME_TEXT]);

/* A printer that remembers the last day, for writing millions of neighbouring times. Zero it before use. */
struct filetime_printer {
    uint64_t day; /* plus one; 0 is none */
    char date[12];
    uint8_t date_size;
};

/* As filetime_text, without the NUL. */
size_t filetime_print(struct filetime_printer *printer, uint64_t filetime, char *text);

/* Reads what filetime_text writes; also fewer fractional digits, or none. False if `text` is anything else.
 */
bool filetime_parse(const char *text, uint64_t *ret) MUST_USE;

/* Seconds and nanoseconds since 1970 as FILETIME; clamped to 0 before 1601. */
uint64_t filetime_from_unix(int64_t seconds, uint32_t nanoseconds);

/* Whole seconds since 1970, rounded down. */
int64_t filetime_to_unix(uint64_t filetime);

/* Now, by the system's clock. */
uint64_t filetime_now(void);

#endif
