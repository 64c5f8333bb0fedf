/* library_list: what lists of libraries (HijackLibs, docs/intel.md) say of a library beside a program. They
 * are one term of dll_sideload's judgement and never a finding of their own. Borrows the lists that it is
 * made from. */
#ifndef JUDGE_LIBRARY_LIST_H
#define JUDGE_LIBRARY_LIST_H

#include "intel/lists_file.h"

struct library_list_row {
    const char *library;
    const struct lists *lists;
    size_t number; /* of the name in them */
};

struct library_list {
    struct library_list_row *rows; /* by library */
    size_t count;
};

struct library_list_answer {
    bool loads;                  /* a list has the program as one that loads such a library */
    bool lists_places, in_place; /* it names folders that the library belongs to; this is one of them */
    const char *list, *date, *vendor,
        *how; /* of the entry that has the program; borrowed; NULL if none has */
};

/* False if memory ran out. `lists` may be NULL: then nothing is known. Free in either case. */
bool library_list_load(const struct lists_set *lists, struct library_list *ret) MUST_USE;
void library_list_free(struct library_list *list);

/* Names as in a case, the folder's path from the root of its volume; letters' case does not matter. */
void library_list_ask(const struct library_list *list, const char *library, const char *program,
                      const char *folder, struct library_list_answer *ret);

/* Is the folder what a list means by this place? %SYSTEM32% and its like stand for the folder of every
 * Windows, %VERSION% and a user's name for any one folder. */
bool library_list_is_place(const char *place, const char *folder);

#endif
