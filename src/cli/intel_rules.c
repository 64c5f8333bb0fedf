#include "cli/intel_rules.h"

#include "base/filetime.h"
#include "cli/command_rules.h"
#include "engine/unpack_rules.h"
#include "intel/lists_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void intel_rules_free(struct intel_rules *rules) {
    for (size_t i = 0; i < rules->count; i++)
        text_free(&rules->sets[i].bytes);
    free(rules->sets);
    rules_kept_free(&rules->kept);
    *rules = (struct intel_rules){0};
}

bool intel_rules_are(const char *path, bool unconfined) {
    struct stat st;
    size_t size = strlen(path);
    return (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) ||
           (size > 4 && strcmp(path + size - 4, ".yar") == 0) ||
           (size > 5 && strcmp(path + size - 5, ".yara") == 0) ||
           (unpack_rules_is(path) && !command_rules_none(path, unconfined));
}

/* --- reading --- */

static void name_of(const char *path, const char *name, struct text *ret) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (name)
        text_add(ret, name);
    else
        text_from_bytes(ret, span_of(path + start, end - start, 0));
}

static void date_of(const char *path, char ret[11]) {
    char date[FILETIME_TEXT];
    struct stat st;
    filetime_text(stat(path, &st) == 0 ? filetime_from_unix(st.st_mtim.tv_sec, 0) : 0, date);
    snprintf(ret, 11, "%.10s", date);
}

static struct intel_rules_set *new_set(struct intel_rules *rules, const char *path, const char *name) {
    struct text called = {0};
    struct intel_rules_set *set = NULL, *sets = NULL;
    name_of(path, name, &called);
    bool twice = false;
    for (size_t i = 0; i < rules->count; i++)
        twice = twice || strcmp(rules->sets[i].name, text_string(&called)) == 0;
    if (!rules_kept_name(text_string(&called)))
        command_error("intel: '%s' cannot be the name of rules: give them another --name",
                      text_string(&called));
    else if (twice)
        command_error("intel: two sets of rules are called '%s': give one another --name",
                      text_string(&called));
    else
        sets = realloc(rules->sets, (rules->count + 1) * sizeof *sets);
    if (sets) {
        rules->sets = sets;
        set = &sets[rules->count++];
        *set = (struct intel_rules_set){0};
        snprintf(set->name, sizeof set->name, "%s", text_string(&called));
        date_of(path, set->date);
    }
    text_free(&called);
    return set;
}

/* What does not compile is not kept, as far as it was told in detail. */
static bool fill(struct intel_rules_set *set, const struct command_rules *compiled) {
    bool *left_out = calloc(compiled->files.count + 1, sizeof *left_out);
    if (!left_out)
        return false;
    set->files = (uint32_t)compiled->files.count;
    set->rules = compiled->compiled.rules;
    set->left_out = (uint32_t)compiled->files.refused_count;
    for (size_t i = 0; i < compiled->compiled.damage_count; i++) {
        bool *out = &left_out[compiled->compiled.damage[i].source];
        set->files -= !*out;
        set->left_out += !*out;
        *out = true;
    }
    rules_kept_write(&compiled->files, left_out, set->date, set->rules, &set->bytes);
    free(left_out);
    return !set->bytes.full;
}

bool intel_rules_read(struct intel_rules *rules, const char *path, const char *name, bool unconfined) {
    struct command_intel given = {.rules = {path}, .rule_count = 1};
    struct engine_options options = {.unconfined = unconfined};
    struct command_rules compiled;
    struct intel_rules_set *set = new_set(rules, path, name);
    if (!set)
        return false;
    bool good = command_rules_load(&compiled, &given, false, &options);
    if (good && !fill(set, &compiled)) {
        command_error("%s: the rules are more than is kept", path);
        good = false;
    }
    command_rules_free(&compiled);
    if (!good)
        text_free(&rules->sets[--rules->count].bytes);
    return good;
}

/* --- what is kept --- */

static bool list_kept(struct intel_rules *rules, struct text *error) {
    if (!rules->listed)
        rules->listed = rules_kept_list(&rules->kept, error);
    return rules->listed;
}

bool intel_rules_has(struct intel_rules *rules, const char *name, struct text *error) {
    if (!list_kept(rules, error))
        return false;
    for (size_t i = 0; i < rules->kept.count; i++)
        if (strcmp(rules->kept.list[i].name, name) == 0)
            return true;
    return false;
}

bool intel_rules_save(const struct intel_rules *rules, struct text *error) {
    struct text folder = {0};
    int lock = lists_file_home(&folder, error) ? lists_file_lock(text_string(&folder), error) : -1;
    bool good = lock >= 0;
    for (size_t i = 0; good && i < rules->count; i++)
        good = rules_kept_save(text_string(&folder), rules->sets[i].name, &rules->sets[i].bytes, error);
    if (lock >= 0)
        close(lock);
    text_free(&folder);
    return good;
}

bool intel_rules_remove(const char *name, struct text *error) {
    struct text folder = {0};
    int lock = lists_file_home(&folder, error) ? lists_file_lock(text_string(&folder), error) : -1;
    bool good = lock >= 0 && rules_kept_remove(text_string(&folder), name, error);
    if (lock >= 0)
        close(lock);
    text_free(&folder);
    return good;
}

/* --- telling --- */

static void tell(struct output *output, struct text *line) {
    struct text out = {0};
    text_terminal(&out, text_string(line), line->size);
    text_char(&out, '\n');
    output_text(output, &out);
    text_free(&out);
    text_free(line);
}

void intel_rules_tell(const struct intel_rules *rules, const char *before, struct output *output) {
    for (size_t i = 0; i < rules->count; i++) {
        const struct intel_rules_set *set = &rules->sets[i];
        struct text line = {0};
        text_format(&line, "%s%s: %u rules of YARA of %s from %u files", before, set->name, set->rules,
                    set->date, set->files);
        if (set->left_out > 0)
            text_format(&line, ", %u files left out", set->left_out);
        tell(output, &line);
    }
}

bool intel_rules_tell_kept(struct intel_rules *rules, struct output *output, struct text *error) {
    if (!list_kept(rules, error))
        return false;
    for (size_t i = 0; i < rules->kept.count; i++) {
        const struct rules_kept *set = &rules->kept.list[i];
        struct text line = {0};
        text_format(&line, "%s: %u rules of YARA of %s from %u files (%s)", set->name, set->rules, set->date,
                    set->files, set->path);
        tell(output, &line);
    }
    return true;
}
