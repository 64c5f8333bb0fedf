/* places: where the files of a triage collection were on the machine that they were taken from. Internal to
 * engine/.
 *
 * Each drive (and each shadow copy of it) that a collection holds files of becomes a volume of kind
 * "collected", numbered in the order of their letters; its files have the paths that they had there. What
 * belongs to no drive keeps its own path and has no volume. */
#ifndef ENGINE_PLACES_H
#define ENGINE_PLACES_H

#include "engine/run.h"
#include "source/collection.h"

struct places_volume {
    char drive[3]; /* "C:", or "" */
    uint32_t snapshot;
    uint64_t id; /* of the case */
    struct tally tally;
};

struct places {
    struct run *run;
    const struct engine_target *target;
    uint64_t evidence;
    bool whole; /* --map: all of it is one drive */
    struct collection collection;
    struct places_volume volumes[COLLECTION_ROOTS];
    uint32_t count;
    struct tally others;      /* of what belongs to no drive */
    struct text text, stored; /* of the listing that was mapped last */
};

/* Nothing is known yet. With `target->mapped`, all is one drive. Large: not for the stack. */
void places_begin(struct places *places, struct run *run, const struct engine_target *target,
                  uint64_t evidence);

/* A path, relative, with / between components. All are shown before the first is mapped. */
void places_see(struct places *places, struct span path);

/* Decides, and tells the volumes. `name` is the evidence's base name. False if the sink failed. */
bool places_settle(struct places *places, struct span name) MUST_USE;

/* Gives the listing of a file at `path` its place: folder, name, stream, volume and shadow. Texts until the
 * next call. `index` says that it is the index of a sparse copy, which is no file of the machine. */
void places_map(struct places *places, struct span path, bool index, struct listing *listing);

/* Does this collector write NAME.idx beside sparse copies? */
bool places_has_indexes(const struct places *places);

/* Is the listing, mapped, inside the target? */
bool places_accepts(const struct places *places, const struct listing *listing);

/* Where what became of a listing is counted. */
struct tally *places_tally(struct places *places, const struct listing *listing);

/* The drive of a listing's volume; "" if none. */
const char *places_drive(const struct places *places, const struct listing *listing);

/* Tells the counts, and what was enumerated: `complete` says whether all there is was seen. A collection
 * never is all of a drive; a folder that is a drive by --map is. */
void places_end(struct places *places, bool complete);

void places_free(struct places *places);

#endif
