/* worker_private: what the files of the worker share. */
#ifndef ENGINE_WORKER_PRIVATE_H
#define ENGINE_WORKER_PRIVATE_H

#include "detect/inspect.h"
#include "detect/yara.h"
#include "engine/attached.h"
#include "engine/pool.h"
#include "engine/protocol.h"
#include "model/content.h"
#include "source/ntfs_paths.h"

struct worker {
    int socket;
    struct pool_status *status;
    struct protocol_options options;
    struct job job;   /* of the artifact in hand */
    struct job index; /* of the index in use */
    struct text out;  /* items not sent yet */
    unsigned items;   /* in out */
    struct text rows; /* of the artifact in hand */
    uint64_t facts;   /* that a package told of itself, so far */
    struct attached attached;
    uint64_t kept; /* number of the index that is mapped; 0: none */
    struct ntfs_index kept_index;
    struct job rules_memory;
    struct yara *rules;      /* NULL: none */
    struct job paths_memory; /* with rules: of the paths of the index that is mapped */
    struct ntfs_paths paths;
    struct ntfs_walker walker;
    bool has_paths;
    struct text full_path;
    struct text path; /* of the artifact in hand, for the rules */
};

/* Sends the payload and clears it; ends the process if that fails. */
void worker_send(struct worker *worker, uint32_t type, struct text *text);

/* Sends items that wait. */
void worker_flush(struct worker *worker);

/* What is known of a content beside its bytes. */
struct worker_about {
    const char *name; /* stored form */
    struct span path; /* of the file, stored form, with / between names; empty: not known, or no rules */
    bool package, journal, zone;               /* detect/inspect.h */
    bool no_hash;                              /* no digest, even if all others get one */
    bool no_rules;                             /* no rules of YARA, the same */
    enum inspect_log log;                      /* the same */
    const struct inspect_directory *directory; /* the same */
    const struct inspect_volume *volume;       /* the same */
    const struct inspect_beside *beside;       /* the same */
    const char *unopened;             /* constant: what of it is not read; NULL if nothing is left out */
    bool nested;                      /* it is to be opened as evidence of its own */
    bool open;                        /* the same if it is or carries a container */
    const struct archive_row *member; /* of a package: what that says of it; NULL elsewhere */
    struct span role;                 /* the same */
};

/* Examines one content, of which `read` and the head have been set up with worker->job, and reports it. */
void worker_examine(struct worker *worker, uint64_t number, struct content *content,
                    const struct worker_about *about);

/* Reports one that cannot be read at all, for a reason that is known beforehand. */
void worker_refuse(struct worker *worker, uint64_t number, const struct fault *fault);

/* Positions of a range that are read: not in its list to skip, and selected if there is a selection. False if
 * the selection cannot be mapped. */
struct worker_choice {
    struct protocol_range range;
    struct span selection; /* mapped; empty if all is selected */
    struct span followed;  /* mapped; bits by record of what all events are kept of; empty for none */
};
bool worker_choose(const struct wire_message *message, struct worker_choice *ret) MUST_USE;
bool worker_chosen(const struct worker_choice *choice, uint64_t position);
void worker_unchoose(struct worker_choice *choice);

/* Jobs about archives (engine/worker_archive.c). False if the message makes no sense. */
bool worker_archive_index(struct worker *worker, const struct wire_message *message) MUST_USE;
bool worker_archive_members(struct worker *worker, const struct wire_message *message) MUST_USE;
bool worker_archive_extract(struct worker *worker, const struct wire_message *message) MUST_USE;

#endif
