/* singled: which hosts of a fleet were singled out, as judge/singled.h finds it and report/fleet_singled.h
 * prints it. The rule and its mathematics: docs/singled-out.md. Texts are stored form or plain sentences and
 * belong to the answer (singled_free). */
#ifndef MODEL_SINGLED_H
#define MODEL_SINGLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum singled_answer {
    SINGLED_NO_ELEMENT, /* nothing that many hosts have is marked, or nobody has what was named */
    SINGLED_TOO_SMALL,  /* the order may mean something; whether anybody was singled out cannot be said */
    SINGLED_NOBODY,     /* nothing that hosts without the element do not have as often */
    SINGLED_SOMEBODY
};

enum { SINGLED_EVIDENCE = 5 }; /* that are told of one host */

/* One rare thing, or one mark, of a host. */
struct singled_evidence {
    const char *kind, *path, *name, *sha256, *signer; /* "" where there is none */
    const char *stage;                                /* of an attack that it would be; "" for none */
    const char *detector, *summary;                   /* of its mark; "" for none */
    const char *why, *innocent;                       /* sentences */
    uint64_t time;                                    /* FILETIME; 0: not known */
    unsigned hosts;                                   /* that have it */
    unsigned outside;                                 /* hosts without the element that have such a thing */
    unsigned points;                                  /* tenths */
};

struct singled_host {
    uint64_t host, arrival; /* of the element there; 0: not known */
    const char *name, *domain, *os_build, *verdict;
    const char *target; /* how the target list names it; "" if it does not */
    unsigned points;    /* tenths: of the best of its evidence, and of a second witness */
    bool called;        /* singled out */
    bool witnessed;     /* things of two stages came soon after the element */
    struct singled_evidence evidence[SINGLED_EVIDENCE];
    size_t evidence_count, more; /* more: that are not told */
};

struct singled {
    enum singled_answer answer;
    const char *element;           /* what the cohort has, in words */
    const char *statement;         /* the answer in sentences */
    unsigned hosts, cohort, dated; /* dated: of the cohort, with a known time of arrival */
    unsigned strata, depths;       /* groups that were compared within; depths of collection */
    unsigned shallow;              /* of the cohort, collected less completely than others */
    unsigned rare;                 /* things that at most so many hosts have are rare */
    double p, smallest;            /* of the permutation test; the least that could come out. 2: not made */
    double chance;                 /* of those called, expected by chance */
    unsigned permutations, called;
    struct singled_host *ranked; /* the gravest first; only those with rare evidence */
    size_t ranked_count, with_evidence;
    const char *const *targets_absent; /* lines of the target list that name no host of the cohort */
    size_t targets_absent_count, targets;
    struct singled_memory *memory;
};

#endif
