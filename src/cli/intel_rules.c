#include "cli/intel_rules.h"

#include "cli/command_rules.h"
#include "engine/unpack_rules.h"
#include "intel/rules_kept.h"

#include <stdlib.h>
#include <sys/stat.h>

bool intel_rules_are(const char *path, bool unconfined) {
    struct stat st;
    size_t size = strlen(path);
    return (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) ||
           (size > 4 && strcmp(path + size - 4, ".yar") == 0) ||
           (size > 5 && strcmp(path + size - 5, ".yara") == 0) ||
           (unpack_rules_is(path) && !command_rules_none(path, unconfined));
}

static void tell(const char *name, const char *date, uint32_t rules, uint32_t files, struct text *ret) {
    text_format(ret, "%s: %u rules of YARA of %s from %u files", name, rules, date, files);
}

/* What does not compile is not kept, as far as it was told in detail. */
static bool fill(struct intel_kept_file *set, const struct command_rules *compiled) {
    bool *left_out = calloc(compiled->files.count + 1, sizeof *left_out);
    uint32_t files = (uint32_t)compiled->files.count, out = 0;
    if (!left_out)
        return false;
    for (size_t i = 0; i < compiled->compiled.damage_count; i++) {
        bool *file = &left_out[compiled->compiled.damage[i].source];
        out += !*file;
        *file = true;
    }
    rules_kept_write(&compiled->files, left_out, set->date, compiled->compiled.rules, &set->bytes);
    tell(set->name, set->date, compiled->compiled.rules, files - out, &set->told);
    out += (uint32_t)compiled->files.refused_count;
    if (out > 0)
        text_format(&set->told, ", %u files left out", out);
    free(left_out);
    return !set->bytes.full;
}

bool intel_rules_read(struct intel_kept *rules, const char *path, const char *name, bool unconfined) {
    struct command_intel given = {.rules = {path}, .rule_count = 1};
    struct engine_options options = {.unconfined = unconfined};
    struct command_rules compiled;
    struct intel_kept_file *set = intel_kept_new(rules, path, name);
    if (!set)
        return false;
    bool good = command_rules_load(&compiled, &given, false, &options);
    if (good && !fill(set, &compiled)) {
        command_error("%s: the rules are more than is kept", path);
        good = false;
    }
    command_rules_free(&compiled);
    if (!good)
        intel_kept_drop(rules);
    return good;
}

bool intel_rules_tell_kept(struct intel_kept *rules, const char *before, bool paths, struct output *output,
                           struct text *error) {
    bool good = intel_kept_list(rules, error);
    for (size_t i = 0; good && i < rules->kept.count; i++) {
        const struct kept_file *file = &rules->kept.list[i];
        struct rules_kept set;
        struct text line = {0};
        good = rules_kept_look(file, &set, error);
        if (!good)
            break;
        text_add(&line, before);
        tell(file->name, set.date, set.rules, set.files, &line);
        if (paths)
            text_format(&line, " (%s)", file->path);
        intel_kept_line(output, &line);
    }
    return good;
}
