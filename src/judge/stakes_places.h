/* stakes_places: what a folder is the place of, from its path as a case has it (stored form, / between names)
 * and the rules of intel/stakes.h. Pure: nothing is opened, nothing of a case is asked for.
 *
 * The folder of a user is what lies in Users, Documents and Settings or ServiceProfiles, and systemprofile,
 * wherever in a path: so copies of profiles count, too. The names of Windows XP (Application Data, Local
 * Settings) are understood. A profile of a browser is the folder of its profiles itself, or one in that. */
#ifndef JUDGE_STAKES_PLACES_H
#define JUDGE_STAKES_PLACES_H

#include "intel/stakes.h"

enum { STAKES_PLACES_MOST = 64, STAKES_PLACES_DEPTH = 64 /* names of a path that are looked at */ };

/* Where an extension keeps something, the telling ones first. */
enum stakes_places_rank {
    STAKES_PLACES_SETTINGS,
    STAKES_PLACES_SYNC,
    STAKES_PLACES_MANAGED,
    STAKES_PLACES_DATABASE,
    STAKES_PLACES_PROGRAM, /* the extension itself: nothing is stored there */
    STAKES_PLACES_PLAIN    /* no extension */
};

struct stakes_place {
    const struct stakes_rule *rule;
    const char *file; /* form of the names of its files; NULL: every file there */
    size_t user;      /* bytes of the path that are the folder of the user; 0: of no user */
    size_t group;     /* bytes of the path that what belongs together has in common */
    enum stakes_places_rank rank;
    const char *browser; /* whose profile it is; NULL for none */
};

/* What is there to be found in the folder, the first one that fits a file counts. The number of places, at
 * most STAKES_PLACES_MOST. */
size_t stakes_places_of(const struct stakes *stakes, const char *folder,
                        struct stakes_place ret[STAKES_PLACES_MOST]);

/* The rule of match STAKES_NAME that a file's name fits; NULL if there is none. */
const struct stakes_rule *stakes_places_name(const struct stakes *stakes, const char *name, size_t size);

/* Does a name say nothing there (STAKES_PLACE)? */
bool stakes_places_aside(const struct stakes *stakes, const char *folder);

/* Bytes of the path that are the folder of a user; 0: of no user. */
size_t stakes_places_user(const char *folder);

/* The folder of a profile in which an extension has its place of that rank, such as "Extensions"; NULL for a
 * plain place. */
const char *stakes_places_folder(enum stakes_places_rank rank);

#endif
