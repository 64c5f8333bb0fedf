/* progress: how far a run is, on a terminal's stderr as a bar, or on a descriptor as lines for programs:
 *
 *   {"files":120,"files_total":4000,"bytes":1048576,"bytes_total":0,"seconds":1.2}
 *
 * A total of 0 is not known. Nothing from evidence is ever printed. */
#ifndef ENGINE_PROGRESS_H
#define ENGINE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    int fd;   /* for programs, -1 none */
    bool bar; /* draw on stderr */
    uint64_t files, files_total, bytes, bytes_total;
    uint64_t started, drawn; /* monotonic milliseconds */
};

void progress_start(struct progress *progress, int fd, bool bar);
void progress_show(struct progress *progress); /* at most ten times a second */
void progress_end(struct progress *progress);  /* a last line for programs; wipes the bar */

#endif
