#include "intel/campaigns_kept.h"

#include <stdlib.h>

const struct kept_kind campaigns_kept_kind = {
    .folder = "campaigns",
    .suffix = ".campaign",
    .what = "lists of campaigns",
    .bytes = CAMPAIGNS_FILE,
    .files = CAMPAIGNS_KEPT,
};

bool campaigns_kept_read(struct campaigns *campaigns, const struct kept_file *file, struct text *error) {
    char *bytes;
    size_t size;
    struct campaigns_damage damage;
    if (!kept_load(&campaigns_kept_kind, file->path, &bytes, &size, error))
        return false;
    bool good = campaigns_add(campaigns, span_of(bytes, size, 0), file->name, false, &damage);
    if (!good)
        text_format(error, "%s:%llu: %s; 'assay intel remove %s' takes it away", file->path,
                    (unsigned long long)damage.line, damage.why, file->name);
    free(bytes);
    return good;
}

bool campaigns_kept_add(struct campaigns *campaigns, struct text *error) {
    struct kept_list kept;
    bool good = kept_list(&campaigns_kept_kind, &kept, error);
    for (size_t i = 0; good && i < kept.count; i++)
        good = campaigns_kept_read(campaigns, &kept.list[i], error);
    kept_free(&kept);
    return good;
}
