/* release: one case of a release, with the paths that its members have inside of it.
 *
 * What lies in a container has the container's path and `!` before its own. A release that is one file has
 * that file as its root: its name says nothing (setup-1.2.exe, setup-1.3.exe), so that members begin behind
 * it; a folder likewise. Members of host evidence (disk images) are no releases. */
#ifndef JUDGE_RELEASE_H
#define JUDGE_RELEASE_H

#include "base/job.h"
#include "case/casefile.h"
#include "model/diff.h"

enum { RELEASE_MEMBERS = 1 << 20 };

/* A source of versions that may stand still: what programs of others say. */
#define RELEASE_MOST_PROGRAMS "most of its programs"

struct release {
    struct casefile *casefile;
    struct diff_member *members; /* files, by path */
    size_t count;
    uint64_t omitted; /* beyond RELEASE_MEMBERS */
    const char *version, *version_from;
    bool complete;
};

/* Everything is the job's. False if memory runs out or the case cannot be read. */
bool release_load(struct job *job, struct casefile *casefile, struct release *ret) MUST_USE;

/* The near digest of a member, 35 bytes (format/tlsh.h); false if there is none. */
struct release_near;
struct release_near *release_near_open(const struct release *release) MUST_USE;
void release_near_close(struct release_near *near); /* NULL is fine */
bool release_near_of(struct release_near *near, int64_t artifact, uint8_t ret[35]);

/* The member of this path, or NULL. */
const struct diff_member *release_find(const struct release *release, const char *path);

/* Are two versions the same, and if not, how far apart: by the first number that differs. DIFF_STEP_UNKNOWN
 * if one of them has no number. */
enum diff_step release_step(const char *before, const char *after);

/* Is the first number in which they differ lower in `a`? */
bool release_is_lower(const char *a, const char *b);

/* A path in which runs of digits with dots, dashes and underscores between them are `#`, in lower case, so
 * that what differs in versions alone is the same. The job's; NULL if memory runs out. */
const char *release_plain(struct job *job, const char *path);

/* A copy, the job's; "" if memory runs out. */
const char *release_text(struct job *job, const char *text, size_t size);

#endif
