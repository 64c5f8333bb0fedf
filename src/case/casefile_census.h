/* casefile_census: what a case keeps of every program for comparisons between hosts, and what it leaves out
 * when that is all that is wanted (docs/census.md).
 *
 * Both come after all judges, closing ones too, and before casefile_finish. */
#ifndef CASE_CASEFILE_CENSUS_H
#define CASE_CASEFILE_CENSUS_H

#include "case/casefile.h"

enum casefile_census {
    CASEFILE_CENSUS_NONE,
    CASEFILE_CENSUS_PROGRAMS, /* programs and drivers of live volumes: not of shadow copies, not deleted, not
                                 in packages */
    CASEFILE_CENSUS_ALL       /* other files there, too, if they were digested */
};

/* The kind that `word` names: none, programs, all. */
bool casefile_census_kind(const char *word, enum casefile_census *ret) MUST_USE;

/* Fills census, census_make and census_text; nothing for CASEFILE_CENSUS_NONE. False if the case failed. */
bool casefile_census_write(struct casefile *casefile, enum casefile_census kind) MUST_USE;

/* Leaves out what no finding, chain, stake, service, autostart, execution or census cites; casefile_finish
 * then packs the file. Tables that tell of the host as a whole stay. False if the case failed. */
bool casefile_census_reduce(struct casefile *casefile) MUST_USE;

/* True if it is a case from which that was left out. */
bool casefile_census_only(struct casefile *casefile);

/* A set of names, one a line, as a number that does not depend on their order. False if there are none. */
bool casefile_census_names(const char *names, uint64_t *ret);

#endif
