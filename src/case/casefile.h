/* casefile: the case, one SQLite file: written once by a scan, then read by judges, reports and analysts.
 *
 * The schema comes from model/facts.def and is explained in docs/case.md. A case is written to PATH.partial
 * and renamed to PATH when it is complete: there is never half a case under the final name. An anonymous case
 * (path NULL) lives in memory, a private one (path "") in a file without a name in TMPDIR (or /var/tmp),
 * which takes no more memory than any other case and is gone with the process.
 *
 * Writers return false once the case cannot be written any more (disk full, out of memory); casefile_error
 * then says why, and every later call fails too, so whoever writes may check now and then. All texts are in
 * stored form (base/text.h) and need to live only during the call; what the parent writes but is not UTF-8 is
 * escaped as \xHH, and cut at CASEFILE_TEXT bytes, so that no name can end a scan. A case belongs to one
 * thread.
 *
 * Order: detectors, then evidence and volumes, then artifacts in the order of the plan (folder numbers follow
 * it), rows and findings in any order, judges, casefile_number, closing judges, casefile_finish. */
#ifndef CASE_CASEFILE_H
#define CASE_CASEFILE_H

#include "base/db.h"
#include "base/row.h"
#include "base/text.h"
#include "model/explanation.h"
#include "model/listing.h"

#define CASEFILE_APPLICATION 0x41535359 /* "ASSY", PRAGMA application_id */
#define CASEFILE_VERSION     9          /* PRAGMA user_version; changes with model/facts.def */

enum {
    CASEFILE_TEXT = 131072,      /* bytes of a text of the parent; the rest is cut */
    CASEFILE_CELL = 65536,       /* bytes of a text or blob of a worker at most */
    CASEFILE_SUMMARY = 1024,     /* bytes of a finding's summary at most */
    CASEFILE_VALUE = 4096,       /* bytes of a detail's value at most */
    CASEFILE_WORD = 64,          /* bytes of a detail's key or a reference's role at most */
    CASEFILE_FINDINGS = 1000000, /* findings of a case at most; further ones are counted and left out */
    CASEFILE_INFO = 200000,      /* from here on, info findings are left out, so that others have room */
    CASEFILE_DETECTORS = 256,    /* rows of detector at most */
    CASEFILE_THUMBPRINT = 32     /* bytes of the key of a table that all artifacts share */
};

struct casefile;

/* A new case. NULL with the reason in `error` if PATH or a PATH.partial that is not a case of ours exists, or
 * nothing can be written there. With `replace`, casefile_finish replaces PATH. A PATH.partial that a dead
 * scan left is removed; one that a living scan writes is refused. */
struct casefile *casefile_create(const char *path, bool replace, struct text *error) MUST_USE;

/* Somebody's case, read-only. NULL with the reason in `error` unless it is a case of this version with
 * exactly our schema and its pages are sound. Reads the whole file once. */
struct casefile *casefile_open(const char *path, struct text *error) MUST_USE;

/* Closes. A created case that was not finished is thrown away, its partial file removed. NULL is fine. */
void casefile_close(struct casefile *casefile);

/* Puts findings in order, builds indexes, syncs and renames. `because` says why it is incomplete, NULL if it
 * is complete. The case stays open for reading. On false nothing stands under PATH that was not there before,
 * and the partial file is gone; casefile_error says so. */
bool casefile_finish(struct casefile *casefile, const char *because) MUST_USE;

/* The first error; "" if there was none. Valid until the next call. */
const char *casefile_error(const struct casefile *casefile);

/* For queries. Findings have their final numbers only after casefile_finish. */
struct db *casefile_db(struct casefile *casefile);

/* What casefile_row thought of a row. */
enum casefile_taken {
    CASEFILE_TAKEN,
    CASEFILE_REFUSED, /* the row is not one that a worker may send: nothing was written, the sender is not
                         sane */
    CASEFILE_FAILED   /* the case cannot be written; see casefile_error */
};

/* Takes a worker's row about `artifact` (not 0). Refused: a PARENT table, a column of another table or one
 * given twice, a value of the wrong type, text that is not UTF-8 or holds NUL, cells above their caps, a
 * column that the parent fills in, a detector that is not registered. Facts have one row an artifact, or one
 * an artifact and `ordinal` where the table has that column (it must then be given); a second row with the
 * same key is ignored, so that a retried artifact may send its rows again; equal findings of an artifact
 * become one. A finding_detail belongs to the last finding of the same artifact. */
enum casefile_taken casefile_row(struct casefile *casefile, const struct row *row,
                                 uint64_t artifact) MUST_USE;

/* What a finding is about: an artifact, or a volume or evidence as a whole. 0 is none. */
struct casefile_place {
    uint64_t artifact, volume, evidence;
};

struct casefile_reference {
    uint64_t artifact;
    const char *role; /* such as "clean twin" */
};

/* A finding of the program itself or of a judge. False if the case failed or the finding is not well formed
 * (a defect of the caller, which casefile_error names). */
bool casefile_finding(struct casefile *casefile, struct casefile_place place, const struct finding *finding,
                      const struct casefile_reference *references, size_t count) MUST_USE;

/* Adds a particular to a finding that stands in the case, by its number as it is now. For a judge that knows
 * more about what others found. */
bool casefile_detail(struct casefile *casefile, uint64_t finding, const char *key,
                     const char *value) MUST_USE;

/* Makes a finding that stands in the case weigh more, and say why. For a judge that has a second witness. */
bool casefile_raise(struct casefile *casefile, uint64_t finding, enum severity severity,
                    const char *summary) MUST_USE;

/* Registers a detector or judge (`kind`) with its texts; before any finding of it. */
bool casefile_detector(struct casefile *casefile, const char *kind, const struct explanation *text) MUST_USE;

/* Rows of meta and run; a second value for a key replaces the first. `complete`, `incomplete_because`,
 * `schema` and `program` are written by the case itself. */
bool casefile_meta(struct casefile *casefile, const char *key, const char *value) MUST_USE;
bool casefile_run(struct casefile *casefile, const char *key, const char *value) MUST_USE;

/* One PATH; the same id again replaces the row, so that state may follow later. */
struct casefile_evidence {
    uint64_t id; /* from 1 */
    const char *path, *kind;
    bool has_size;
    uint64_t size;
    const char *state, *reason;                                               /* reason NULL if read */
    const char *container, *host, *collector;                                 /* NULL for none */
    uint64_t parts, media_size, artifact;                                     /* 0 for none */
    struct span stored_md5, stored_sha1, media_md5, media_sha1, media_sha256; /* empty for none */
};
bool casefile_evidence(struct casefile *casefile, const struct casefile_evidence *evidence) MUST_USE;

/* One volume; the same id again replaces the row. Texts may be NULL and numbers 0 where unknown (stored as
 * NULL). */
struct casefile_volume {
    uint64_t id, evidence, ordinal;
    const char *kind;
    uint64_t offset, size;
    const char *label, *serial;
    uint64_t cluster_size, record_size, records;
    const char *state, *reason;
    uint64_t shadow, shadow_of, shadow_created;
    const char *shadow_id, *drive;
    uint64_t artifact;
};
bool casefile_volume(struct casefile *casefile, const struct casefile_volume *volume) MUST_USE;

/* One content under its first path. `listing` gives everything but id, state and reason; its link number,
 * content and sha256 are not looked at. `raw` is empty or the name's own bytes. state and reason may be NULL
 * to follow by casefile_state. The same id twice is an error. */
bool casefile_artifact(struct casefile *casefile, uint64_t id, const struct listing *listing, struct span raw,
                       const char *state, const char *reason) MUST_USE;
bool casefile_state(struct casefile *casefile, uint64_t artifact, const char *state,
                    const char *reason) MUST_USE;

/* A further hard link: folder, name and fn times of `listing`. */
bool casefile_path(struct casefile *casefile, uint64_t artifact, const struct listing *listing) MUST_USE;

/* A row of coverage; volume 0 and reason NULL are none. Equal (evidence, volume, class, reason) must not
 * repeat. */
bool casefile_coverage(struct casefile *casefile, uint64_t evidence, uint64_t volume, const char *class,
                       const char *reason, uint64_t files, uint64_t bytes) MUST_USE;

/* A row of trust. Texts may be NULL; `time`, `catalog` 0 is none. */
struct casefile_verdict {
    const char *word; /* accepted, rejected, unknown */
    bool has_code;
    uint32_t code; /* HRESULT */
};
struct casefile_trust {
    uint64_t artifact;
    const char *state, *source;
    bool has_signature;
    uint64_t signature, catalog;
    const char *signer, *issuer, *root;
    uint64_t time;
    const char *flags;
    struct casefile_verdict user, strict, kernel;
    const char *denied_by, *reason;
};
bool casefile_trust(struct casefile *casefile, const struct casefile_trust *trust) MUST_USE;

/* A row of usn_path; `folder` is a path in stored form. */
struct casefile_usn_path {
    uint64_t artifact, parent, parent_sequence, from_usn, to_usn;
    const char *folder;
    size_t folder_size;
    const char *source;
};
bool casefile_usn_path(struct casefile *casefile, const struct casefile_usn_path *path) MUST_USE;

/* A row of clock_step; `program` may be NULL. */
struct casefile_clock_step {
    uint64_t evidence, artifact, ordinal;
    const char *source;
    uint64_t before, after;
    const char *program;
};
bool casefile_clock_step(struct casefile *casefile, const struct casefile_clock_step *step) MUST_USE;

/* A row of time_verdict; texts may be NULL, `twin` 0 is none. */
struct casefile_time_verdict {
    uint64_t artifact;
    const char *verdict, *operations, *history, *summary, *innocent, *records, *fails, *marks;
    uint64_t score, cohort;
    const char *journal, *log, *directory, *shadow, *events;
    uint64_t twin;
};
bool casefile_time_verdict(struct casefile *casefile, const struct casefile_time_verdict *verdict) MUST_USE;

/* A row of time_summary; artifacts and times 0 are none. */
struct casefile_time_summary {
    uint64_t volume, files, irregular, explained, weak, firm, strong, told;
    uint64_t journal, journal_from, journal_to;
    const char *journal_state;
    uint64_t log, log_from, log_to;
    const char *log_state;
    bool logs;
    uint64_t clock_steps, clock_back;
};
bool casefile_time_summary(struct casefile *casefile, const struct casefile_time_summary *summary) MUST_USE;

/* Rows of service, autostart and posture; texts may be NULL, artifacts and times 0 are none. */
struct casefile_file { /* a file that the registry names */
    const char *text, *path, *state;
    uint64_t artifact;
};
struct casefile_service {
    uint64_t hive, key;
    const char *name, *state, *control_set;
    bool has_type, has_start;
    uint64_t type, start;
    struct casefile_file image, library;
    const char *host_group, *account, *display, *failure_command, *hints;
    uint64_t last_write, offset;
};
bool casefile_service(struct casefile *casefile, const struct casefile_service *service) MUST_USE;

struct casefile_autostart {
    uint64_t hive, key, value; /* key and value both 0: of no hive */
    const char *kind, *state, *key_path, *name;
    struct casefile_file command;
    const char *through, *user;
    uint64_t last_write;
    bool incomplete;
};
bool casefile_autostart(struct casefile *casefile, const struct casefile_autostart *autostart) MUST_USE;

struct casefile_posture {
    uint64_t hive;
    const char *fact, *value, *key_path, *name;
    uint64_t last_write;
};
bool casefile_posture(struct casefile *casefile, const struct casefile_posture *posture) MUST_USE;

/* A row of known; texts that are empty are NULL there. */
struct casefile_known {
    uint64_t artifact;
    const char *list, *name, *product, *version, *maker;
};
bool casefile_known(struct casefile *casefile, const struct casefile_known *known) MUST_USE;

/* A row of execution; texts may be NULL, numbers 0 for none. */
struct casefile_execution {
    uint64_t id, evidence, volume;
    const char *path;
    uint64_t artifact;
    const char *kind, *source;
    uint64_t first, last, count;
    const char *detail;
    uint64_t traced, row;
};
bool casefile_execution(struct casefile *casefile, const struct casefile_execution *execution) MUST_USE;

/* Gives findings their final order and numbers and builds the indexes, so that closing judges (model/judge.h)
 * can cite them: from here on there are no new findings, details and changes of findings. casefile_finish
 * does it if nobody did. */
bool casefile_number(struct casefile *casefile) MUST_USE;

/* A row of one of the tables of closing judges: those from finding_chain on to stake. Cells by column of
 * model/facts.h: a text, bytes or a number; a cell with neither (text NULL, bytes empty, number 0 and
 * `some`) is NULL, as are columns that are not given. False if the case failed or a cell is of another table
 * or type, which is a defect of the caller. */
struct casefile_cell {
    unsigned column;
    const char *text;
    struct span bytes;
    uint64_t number;
    bool some; /* 0 is none */
};
bool casefile_put(struct casefile *casefile, unsigned table, const struct casefile_cell *cells,
                  size_t count) MUST_USE;

/* `path` (stored form, "" for everything) was enumerated, completely or not. */
bool casefile_collected(struct casefile *casefile, uint64_t evidence, uint64_t volume, const char *path,
                        bool complete) MUST_USE;

#endif
