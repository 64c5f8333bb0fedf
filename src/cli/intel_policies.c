#include "cli/intel_policies.h"

#include "cli/command.h"
#include "intel/place.h"
#include "intel/policy_kept.h"

#include <stdlib.h>
#include <strings.h>

bool intel_policies_are(const char *path) {
    size_t size = strlen(path);
    return size > 4 && strcasecmp(path + size - 4, ".xml") == 0;
}

static bool parse(struct intel_kept_file *file, const char *path, struct span bytes, struct text *error) {
    struct policies policies = {0};
    bool good = policy_parse(&policies, path, bytes, error);
    if (good) {
        command_policies(&policies);
        policy_kept_tell(file->name, file->date, policies.list[0], &file->told);
        file->bytes.max = POLICY_FILE + 1;
        text_bytes(&file->bytes, bytes.data, bytes.size);
    }
    policy_free(&policies);
    return good;
}

bool intel_policies_read(struct intel_kept *policies, const char *path, const char *name) {
    struct text error = {0};
    char *bytes = NULL;
    size_t size = 0;
    struct intel_kept_file *file = intel_kept_new(policies, path, name);
    if (!file)
        return false;
    bool good = place_read(path, POLICY_FILE, &bytes, &size, &error) &&
                parse(file, path, span_of(bytes, size, 0), &error);
    if (!good) {
        command_error("%s", text_string(&error));
        intel_kept_drop(policies);
    }
    free(bytes);
    text_free(&error);
    return good;
}

static bool tell_file(const struct kept_file *file, const char *before, bool paths, struct output *output,
                      struct text *error) {
    struct policies policies = {0};
    struct text line = {0};
    bool good = policy_kept_read(&policies, file, error);
    if (good) {
        text_add(&line, before);
        policy_kept_tell(file->name, file->date, policies.list[0], &line);
        if (paths)
            text_format(&line, " (%s)", file->path);
        intel_kept_line(output, &line);
    }
    policy_free(&policies);
    return good;
}

bool intel_policies_tell_kept(struct intel_kept *policies, const char *before, bool paths,
                              struct output *output, struct text *error) {
    bool good = intel_kept_list(policies, error);
    for (size_t i = 0; good && i < policies->kept.count; i++)
        good = tell_file(&policies->kept.list[i], before, paths, output, error);
    return good;
}
