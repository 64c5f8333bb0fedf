/* chain_hosts: which machine a piece of evidence is of (docs/verdict.md). */
#ifndef JUDGE_CHAIN_HOSTS_H
#define JUDGE_CHAIN_HOSTS_H

#include "judge/chain_case.h"

/* Fills hosts, evidences and volumes. False if the case cannot be read or memory runs out. */
bool chain_hosts(struct chain_case *c) MUST_USE;

#endif
