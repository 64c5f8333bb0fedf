/* host_path_index: every path and volume of a case, for many questions. For host_path.c. */
#ifndef JUDGE_HOST_PATH_INDEX_H
#define JUDGE_HOST_PATH_INDEX_H

#include "judge/host_path_read.h"

/* A path of an artifact: its first one, or a further link. */
struct entry {
    uint64_t hash;
    int64_t artifact, link; /* rowid of artifact_path; 0 for the first path */
    int32_t place;          /* volume, or minus evidence */
    int32_t deleted;
};

struct volume {
    int64_t id, evidence, shadow_of;
    int64_t twin; /* the volume of the $MFT that was collected with it; 0 none */
    uint64_t offset;
    uint32_t serial;
    bool has_serial;
    char drive;
};

struct host_path_short;

struct host_paths {
    struct db *db;
    struct db_query *first_path, *link_path, *place_of, *flags_of;
    struct entry *entries;
    size_t count, room;
    struct volume *volumes;
    size_t volume_count, volume_room;
    struct text normal, tree;
    struct host_path_short *shorts; /* of judge/host_path_short.h */
    size_t short_count;
    struct host_path_read read;
};

/* The file of this path (with a slash before each name) at a place; live ones come before deleted ones. NULL
 * if there is none. */
const struct entry *host_path_look(struct host_paths *paths, int32_t place, const char *path, size_t size);

/* NULL if there is none. */
struct volume *host_path_volume(const struct host_paths *paths, int64_t id);

/* The volume of this letter, or serial number, of the same machine; NULL if it is not known. */
const struct volume *host_path_drive(const struct host_paths *paths, const struct host *host, char drive);
const struct volume *host_path_serial(const struct host_paths *paths, const struct host *host,
                                      uint32_t serial);

#endif
