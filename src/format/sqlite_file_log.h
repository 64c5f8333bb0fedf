/* sqlite_file_log: the write-ahead log of a database of SQLite. For sqlite_file.c. */
#ifndef FORMAT_SQLITE_FILE_LOG_H
#define FORMAT_SQLITE_FILE_LOG_H

#include "format/sqlite_file.h"

/* Finds the frames of the log that count: sets pages, frames, committed and open. `file_pages` are those of
 * the file itself. A log that does not fit is noted and not applied. False if memory ran out. */
bool sqlite_file_log(struct sqlite_file *file, uint32_t file_pages) MUST_USE;

#endif
