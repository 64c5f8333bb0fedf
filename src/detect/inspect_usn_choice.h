/* inspect_usn_choice: whose records of a change journal are kept. For inspect_usn.c only.
 *
 * A journal of a volume whose file records are at hand is read twice. The first time each record is shown to
 * inspect_usn_choice_see; inspect_usn_choice_settle says what period they cover; the second time
 * inspect_usn_choice_takes tells which ones are kept:
 *
 * - of folders, so that paths can be followed;
 * - of files named like drivers (*.sys), which may have been there for a moment only;
 * - of files that the volume wants for another reason (struct inspect_volume.wanted);
 * - of numbers that the volume has no record for, because it ends before them: nothing clears them;
 * - of files whose times are irregular (model/stamps.h);
 * - of files that were made at another time than their own record says, or made within the period without a
 *   record of it;
 * - of files whose times were set on their own, in a handle session that did nothing else, unless the journal
 *   bears out what they are now or nothing of them lies within the period;
 * - of what had the name of a file of these kinds up to INSPECT_USN_TUNNEL before that file got it, if the
 *   file claims to be older than that: NTFS gives a new file the creation time of the one that had its name
 *   (tunnelling).
 *
 * A file is a record and its sequence number; a deleted one answers to the number before its own, too. What
 * had a name is kept by record alone, for its record may be another's by now. Names that were freed are
 * remembered in a table of fixed size: among very many of them one may be forgotten. Nothing here trusts a
 * number: any journal yields an answer, and a wrong one costs rows. */
#ifndef DETECT_INSPECT_USN_CHOICE_H
#define DETECT_INSPECT_USN_CHOICE_H

#include "detect/inspect.h"
#include "format/usn.h"

enum {
    INSPECT_USN_FILES = 1 << 27, /* records of the largest volume: a byte each, within INSPECT_MEMORY */
    INSPECT_USN_FREED = 1 << 16  /* names that are remembered at most */
};
#define INSPECT_USN_APART  ((uint64_t)20000000)  /* FILETIME: two seconds, within which times are the same */
#define INSPECT_USN_TUNNEL ((uint64_t)200000000) /* twenty seconds; Windows remembers a name for fifteen */

struct inspect_usn_freed {
    uint64_t hash, time;
    uint32_t record;
    bool used;
};

struct inspect_usn_choice {
    const struct inspect_volume *volume;
    uint8_t *states; /* by record */
    struct inspect_usn_freed *freed;
    uint64_t from, to; /* FILETIME: the period */
};

/* False if the volume has too many records or memory runs out (then with a fault): all has to be kept. The
 * memory is the job's. */
bool inspect_usn_choice_open(struct job *job, const struct inspect_volume *volume,
                             struct inspect_usn_choice *ret) MUST_USE;

void inspect_usn_choice_see(struct inspect_usn_choice *choice, const struct usn_record *record);

/* The times of the first and the last record. */
void inspect_usn_choice_settle(struct inspect_usn_choice *choice, uint64_t from, uint64_t to);

bool inspect_usn_choice_takes(const struct inspect_usn_choice *choice, const struct usn_record *record);

#endif
