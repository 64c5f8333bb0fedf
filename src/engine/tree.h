/* tree: a folder, or a single file, as evidence. Internal to engine/. */
#ifndef ENGINE_TREE_H
#define ENGINE_TREE_H

#include "engine/run.h"

/* The folder that the target names, and the triage collection that it may be: host and collector go into the
 * evidence's row. False if it could not be opened (*why), or the run must stop. */
bool tree_folder(struct run *run, const struct engine_target *target, struct casefile_evidence *evidence,
                 const char **why);

/* An open file, which stays the caller's. */
bool tree_file(struct run *run, const struct engine_target *target, uint64_t evidence, int fd);

#endif
