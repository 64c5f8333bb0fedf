/* parts: the files that one PATH of evidence consists of. Internal to engine/.
 *
 * The first is the PATH itself; others lie in the same folder and are opened by base name alone, never
 * through a symbolic link: segments by their numbers (source/image.h), and those that a worker asks for
 * (extents of a VMDK, the parent of a differencing image).
 *
 * What lies beside them may be sent along for packages that go on in other files (external cabinets): there
 * workers look for it by name. */
#ifndef ENGINE_PARTS_H
#define ENGINE_PARTS_H

#include "engine/pool.h"
#include "source/image.h"

struct parts {
    struct image_part *list;
    size_t count, room;
    uint64_t size;             /* of all together, bytes */
    char unopened[IMAGE_NAME]; /* the part of a row that is there and could not be opened; "" if all could */
    const char *why;           /* why it could not */
    int folder;                /* where they lie; -1 if there is none */
    struct image_part *beside; /* files in which a package may go on; PROTOCOL_BESIDE_MOST of them at most */
    size_t beside_count;
    struct pool_message *messages;
    struct text *payloads;
    size_t message_count;
};

/* Opens PATH and, if its name is the first of a numbered row, the rest of the row, up to the first that is
 * missing or cannot be opened. False with *why if PATH itself cannot be opened. */
bool parts_open(struct parts *ret, const char *path, const char **why) MUST_USE;

/* One descriptor, which is then theirs, as the only part. False if memory runs out. */
bool parts_one(struct parts *ret, int fd, uint64_t size, const char *name) MUST_USE;

/* A further file by its base name, whatever the case of its letters. False, with *why, if there is none or
 * there are too many. */
bool parts_add(struct parts *parts, const char *name, const char **why) MUST_USE;

/* A regular file of a folder by its base name, never through a symbolic link; -1 with errno. */
int parts_open_file(int folder, const char *name, uint64_t *size) MUST_USE;

/* Files of the folder that a package of this format ("msi") may go on in: those that begin like the package
 * itself first, then by name. Nothing if there is no folder. */
void parts_find_beside(struct parts *parts, const char *format);

/* May a package of this format and name go on in a file of this name? By its ending, or if only that differs.
 */
bool parts_may_go_on(const char *format, const char *own, const char *name);

/* One descriptor, which is then theirs, as a file beside them; closed if there are too many. */
void parts_add_beside(struct parts *parts, int fd, uint64_t size, const char *name);

/* Has all workers hold these parts for the jobs to come. False if memory runs out. They must stay until
 * others are attached or no jobs are left. */
bool parts_attach(struct parts *parts, struct pool *pool) MUST_USE;

/* Closes all; nothing may be attached any more. */
void parts_close(struct parts *parts, struct pool *pool);

#endif
