/* der_definite: values in the Basic Encoding Rules made definite (X.690 8.1.3.6, 8.7). */
#ifndef FORMAT_DER_DEFINITE_H
#define FORMAT_DER_DEFINITE_H

#include "base/job.h"
#include "base/span.h"

/* The first value of `ber` rewritten with definite lengths of the fewest octets and whole octet strings, in
 * memory of the job: some time stamp authorities send what only the Basic Encoding Rules allow. False, with a
 * fault of the job, if it is damaged, nested deeper than DER_DEPTH or larger than DER_DEFINITE. Offsets are
 * lost: the result begins at that of `ber`. */
enum { DER_DEPTH = 32, DER_DEFINITE = 4 << 20 };
bool der_definite(struct job *job, struct span ber, struct span *ret) MUST_USE;

#endif
