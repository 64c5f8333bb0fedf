/* folder: a folder of files as evidence.
 *
 * Walks a tree depth first, names of each folder in byte order, without ever following a symbolic link,
 * opening anything that is not a regular file, or blocking on a FIFO or device. Other file systems mounted
 * inside are entered. Reading leaves access times alone where the system allows it (O_NOATIME). */
#ifndef SOURCE_FOLDER_H
#define SOURCE_FOLDER_H

#include "base/fault.h"
#include "model/listing.h"

enum { FOLDER_DEPTH = 200 }; /* folders inside one another; deeper ones are skipped and said so */

struct folder;

struct folder_entry {
    struct listing listing; /* times: si[] from the file system, FILETIME; borrowed until folder_next */
    int fd;                 /* a regular file opened for reading, now the caller's; -1 otherwise */
    const char *skipped;    /* constant: why it was not opened, NULL for folders and opened files */
    enum fault_code code;   /* with skipped: IO and LIMIT are losses, UNSUPPORTED is ordinary */
    uint64_t device, inode, links;
    bool broken;  /* a folder that could not be listed completely */
    bool package; /* it lies in or below a folder with a file of the name BLOCKMAP_NAME */
};

/* Opens `path`; NULL with errno set. With `count_only` files are not opened. */
struct folder *folder_open(const char *path, bool count_only);
void folder_close(struct folder *folder);

/* Before the first entry: folders `depth` below the root are told and not entered. */
void folder_shallow(struct folder *folder, unsigned depth);

/* The next entry, the root folder itself first; false at the end. A folder comes before what it holds. */
bool folder_next(struct folder *folder, struct folder_entry *ret) MUST_USE;

/* A file of the same name with `suffix` behind it, in the folder of the entry that came last, opened like
 * one; -1 if there is none. With `any_case` its name may differ in the case of ASCII letters, which costs a
 * look at all names of the folder. */
int folder_open_beside(const struct folder *folder, const char *suffix, bool any_case) MUST_USE;

/* The same for a file that was given alone: PATH with `suffix` behind it, or with it in lower case. */
int folder_file_beside(const char *path, const char *suffix) MUST_USE;

/* Does that entry's name end in `suffix`, and is there a file of the name without it? */
bool folder_is_beside(const struct folder *folder, const char *suffix);

/* Opens one file as evidence under the same rules. Returns the descriptor, or -1 with *why set. */
int folder_open_file(const char *path, uint64_t *size, const char **why);

/* Fills size, times, inode and attributes of a listing from the open file. */
bool folder_describe(int fd, struct listing *ret) MUST_USE;

#endif
