/* services_parts: what the judge services is made of. For services*.c only. */
#ifndef JUDGE_SERVICES_PARTS_H
#define JUDGE_SERVICES_PARTS_H

#include "case/casefile.h"
#include "judge/host_path.h"
#include "judge/host_registry.h"

enum { SERVICES_WORD = 64 };

struct services_classes;

/* One hive, or another file that names what starts, and the machine it is of. */
struct services_hive {
    struct casefile *casefile;
    struct host_paths *paths;
    struct services_classes *classes;
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

/* Where it stands that something starts; key and value 0 outside hives. */
struct services_entry {
    int64_t hive, key, value, last_write;
    const char *kind, *state, *key_path, *name;
};

/* A row of autostart. */
bool services_autostart_add(const struct services_hive *hive, const struct services_entry *entry,
                            enum host_path_kind path, const char *text, size_t size) MUST_USE;

/* The same of a class, by its id: "{...}"; what it names is the file of its server. */
bool services_autostart_class(const struct services_hive *hive, const struct services_entry *entry,
                              const char *id) MUST_USE;

/* The same of a program and its arguments, which stand apart. */
bool services_autostart_program(const struct services_hive *hive, const struct services_entry *entry,
                                const char *program, const char *arguments) MUST_USE;

/* Servers of COM classes of all machines of a case. NULL if the case cannot be read or memory runs out. */
struct services_classes *services_classes_open(struct db *db) MUST_USE;
void services_classes_close(struct services_classes *classes); /* NULL is fine */

/* What stands as the server of a class ("{...}"): the machine's, or else a user's. NULL if there is none.
 * *local: it is a program with its arguments, not a library. */
const char *services_classes_server(const struct services_classes *classes, const struct host *host,
                                    const char *id, bool *local);

/* Each of them, after the hives: files of tasks and of startup folders, and WMI subscriptions. `hive` is for
 * its use. */
bool services_files_take(struct services_hive *hive) MUST_USE;
bool services_wmi_take(struct services_hive *hive) MUST_USE;

/* Last: which network cards logs and links tell of, as rows of posture with that fact (docs/host.md). */
#define SERVICES_NETWORK_ADDRESS "network address"
bool services_addresses_take(struct casefile *casefile) MUST_USE;

/* Which Linux a host is, as rows of posture: where that is said and no registry says otherwise. */
bool services_release_take(struct casefile *casefile) MUST_USE;

/* Each part is asked for its keys, in any order but parents first. */
bool services_autostart_wants(const struct services_hive *hive, const char *path);
bool services_autostart_take(const struct services_hive *hive, const struct host_key *key) MUST_USE;

bool services_posture_wants(const struct services_hive *hive, const char *path);
bool services_posture_take(const struct services_hive *hive, const struct host_key *key) MUST_USE;

#endif
