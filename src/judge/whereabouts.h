/* whereabouts: what the place of a file says, from its folder's path as a case has it (stored form, / between
 * names). Letters' case does not matter. */
#ifndef JUDGE_WHEREABOUTS_H
#define JUDGE_WHEREABOUTS_H

#include <stdbool.h>

enum whereabouts {
    WHEREABOUTS_OTHER, /* nothing that is known: on a volume an unusual place, in a folder of evidence none */
    WHEREABOUTS_OPEN,  /* where users or any program may write: Users, ProgramData, Temp, Perflogs, ... */
    WHEREABOUTS_PROGRAMS, /* Program Files, either of them */
    WHEREABOUTS_WINDOWS   /* Windows, or an older or coming installation of it */
};

/* `whole`: the path begins at the root of a volume; else its beginning is unknown, and a known folder may
 * stand anywhere in it. */
enum whereabouts whereabouts_of(const char *folder, bool whole);

/* Where one looks for libraries of Windows: System32 and SysWOW64 of the Windows that is there. */
bool whereabouts_is_system(const char *folder);

const char *whereabouts_word(enum whereabouts whereabouts);

#endif
