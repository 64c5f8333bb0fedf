/* judge: the shape of a plug-in that looks across artifacts.
 *
 * A judge is one file, judge/<id>.c, that ends in a `const struct judge judge_<id>`, and one line JUDGE(<id>)
 * in judge/judges.def, whose order is the order in which they run. It reads the case and adds findings to it.
 */
#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include "base/fault.h"
#include "model/explanation.h"

#include <stdbool.h>

struct casefile; /* case/casefile.h */
struct intel;    /* intel/intel.h */

struct judge {
    struct explanation text;
    /* `intel` is what was known at the start of the run. False only if the case could not be read or written.
     */
    bool (*judge)(struct casefile *casefile, const struct intel *intel);
    bool closing; /* runs when findings have their final numbers (casefile_number), fills tables and adds no
                     finding; behind all others in judges.def */
};

#endif
