#include "detect/registry.h"

#define DETECTOR(id) extern const struct detector detector_##id;
#include "detect/detectors.def"
#undef DETECTOR

#define DETECTOR(id) &detector_##id,
static const struct detector *const detectors[] = {
#include "detect/detectors.def"
};
#undef DETECTOR

size_t registry_count(void) {
    return sizeof detectors / sizeof detectors[0];
}

const struct detector *registry_at(size_t index) {
    return index < registry_count() ? detectors[index] : NULL;
}

const struct detector *registry_find(const char *id) {
    for (size_t i = 0; i < registry_count(); i++)
        if (strcmp(detectors[i]->text.id, id) == 0)
            return detectors[i];
    return NULL;
}
