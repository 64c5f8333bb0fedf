/* findings: the findings of a case, one after the other, with everything that a report tells about them.
 * Cells come from somebody's case: numbers may be anything, texts any bytes. */
#ifndef REPORT_FINDINGS_H
#define REPORT_FINDINGS_H

#include "case/casefile.h"
#include "report/address.h"

enum {
    FINDINGS_DETAILS = 64,      /* details of one finding told at most */
    FINDINGS_REFERENCES = 1000, /* references of one finding told at most */
    FINDINGS_LINKS = 1000,      /* further paths of one artifact told at most */
    FINDINGS_TEXT = 65536       /* bytes of one text told at most */
};

/* Borrowed until the next findings_next. Texts are "" where the case has none. */
struct findings_row {
    int64_t id;
    enum severity severity;
    enum strength strength;
    const char *detector, *title, *why, *innocent, *verify, *attack, *summary;
    bool has_artifact, in_volume; /* in_volume: its record is one of an MFT */
    int64_t artifact, offset, size;
    bool has_record;
    int64_t record, sequence;
    struct address address;
    const char *known;                                    /* what lists of known software say of the file */
    struct span excerpt, md5, sha1, sha256, authentihash; /* empty if not known */
};

struct findings {
    struct db *db;
    struct db_query *rows, *details, *references, *links;
};

/* All findings in the order of their numbers, or only the one numbered `id` if that is not 0. False if the
 * case cannot be read; findings_close is needed either way. */
bool findings_open(struct findings *findings, struct casefile *casefile, int64_t id) MUST_USE;
bool findings_next(struct findings *findings, struct findings_row *ret) MUST_USE;
void findings_close(struct findings *findings);

/* What hangs on a row: start, then take one after the other; false at the end. Texts until the next call. */
void findings_details(struct findings *findings, const struct findings_row *row);
bool findings_detail(struct findings *findings, const char **key, const char **value) MUST_USE;
void findings_references(struct findings *findings, const struct findings_row *row);
bool findings_reference(struct findings *findings, const char **role, struct address *address,
                        struct span *sha256) MUST_USE;
void findings_links(struct findings *findings, const struct findings_row *row);
bool findings_link(struct findings *findings, const char **folder, const char **name) MUST_USE;

/* A text from a case as far as it is told. */
size_t findings_clip(const char *text);

#endif
