/* fleet_progress: how far a question to a fleet is, as a line on stderr while it takes more than a second, if
 * that is a terminal and never otherwise. A signal ends the program at once: the line is wiped and what was
 * begun of an output file removed. One at a time. */
#ifndef CLI_FLEET_PROGRESS_H
#define CLI_FLEET_PROGRESS_H

#include "store/store.h"

/* `partial` stays until fleet_progress_end; NULL for no file. */
void fleet_progress_start(struct store *store, const char *partial);
void fleet_progress_end(struct store *store);

/* The line itself, appended: rows read of so many (0: unknown) after so many milliseconds. */
void fleet_progress_line(struct text *out, uint64_t read, uint64_t total, uint64_t milliseconds);

#endif
