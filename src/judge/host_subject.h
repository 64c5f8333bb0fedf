/* host_subject: what a case knows of a file that something starts, and what other judges said of it already.
 * For judges of services and autostarts. */
#ifndef JUDGE_HOST_SUBJECT_H
#define JUDGE_HOST_SUBJECT_H

#include "judge/host_file.h"

enum { HOST_SUBJECT_WORD = 160 /* bytes of a name; longer ones are cut */ };

struct host_subject {
    int64_t artifact; /* 0: there is none, and nothing else is known */
    enum host_trust trust;
    bool is_image, is_deleted;
    int64_t born; /* FILETIME, of $FILE_NAME if there is one; 0 not known */
    char state[HOST_SUBJECT_WORD], signer[HOST_SUBJECT_WORD], company[HOST_SUBJECT_WORD];
};

struct host_subjects;

/* `detectors`: whose findings are asked for, as SQL: "'a', 'b'"; constant. NULL if the case cannot be read or
 * memory runs out. */
struct host_subjects *host_subjects_open(struct db *db, const char *detectors) MUST_USE;
void host_subjects_close(struct host_subjects *subjects); /* NULL is fine */

/* Artifact 0 is fine. False if the case cannot be read. */
bool host_subjects_of(struct host_subjects *subjects, int64_t artifact, struct host_subject *ret) MUST_USE;

/* The number of the most severe finding of those detectors about the artifact, if it is at least as severe;
 * 0 if there is none. */
uint64_t host_subjects_told(const struct host_subjects *subjects, int64_t artifact, enum severity severity);

/* Adds signature, signer, company and birth. `born` must stay until the finding is written, as the subject.
 */
void host_subject_detail(const struct host_subject *subject, struct host_moment *born,
                         struct finding *finding);

/* An info finding that so many others were left out; nothing for 0. */
bool host_subjects_omitted(struct casefile *casefile, const char *detector, size_t count) MUST_USE;

#endif
