/* detector: the shape of a plug-in that looks at one artifact.
 *
 * A detector is one file, detect/<id>.c, that ends in a `const struct detector detector_<id>`, and one line
 * DETECTOR(<id>) in detect/detectors.def. Its function is pure: it reads the artifact, allocates from the job
 * and reports. It runs confined. */
#ifndef MODEL_DETECTOR_H
#define MODEL_DETECTOR_H

#include "model/artifact.h"
#include "model/explanation.h"

/* Takes findings; the finding is copied. */
struct reporter {
    void (*report)(struct reporter *reporter, const struct finding *finding);
};

enum artifact_type { ARTIFACT_ANY, ARTIFACT_PE };

struct detector {
    struct explanation text;
    enum artifact_type accepts;
    void (*detect)(const struct artifact *artifact, struct reporter *reporter);
};

#endif
