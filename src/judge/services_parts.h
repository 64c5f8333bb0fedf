/* services_parts: what the judge services is made of. For services*.c only. */
#ifndef JUDGE_SERVICES_PARTS_H
#define JUDGE_SERVICES_PARTS_H

#include "case/casefile.h"
#include "judge/host_path.h"
#include "judge/host_registry.h"

enum { SERVICES_WORD = 64 };

/* One hive, and the machine it is of. */
struct services_hive {
    struct casefile *casefile;
    struct host_paths *paths;
    struct host host;
    int64_t artifact;
    char kind[SERVICES_WORD];    /* hive.kind */
    char current[SERVICES_WORD]; /* "ControlSet001" */
};

/* A file that the registry names, with its own memory. */
struct services_file {
    struct text text, path;
    const char *state, *through; /* state NULL if nothing is named */
    int64_t artifact;
};
bool services_file_find(const struct services_hive *hive, enum host_path_kind kind, const char *text,
                        size_t size, struct services_file *ret) MUST_USE;
void services_file_clear(struct services_file *file); /* keeps the memory */
void services_file_free(struct services_file *file);
struct casefile_file services_file_row(const struct services_file *file);

/* Each part is asked for its keys, in any order but parents first. */
bool services_autostart_wants(const struct services_hive *hive, const char *path);
bool services_autostart_take(const struct services_hive *hive, const struct host_key *key) MUST_USE;

bool services_posture_wants(const struct services_hive *hive, const char *path);
bool services_posture_take(const struct services_hive *hive, const struct host_key *key) MUST_USE;

#endif
