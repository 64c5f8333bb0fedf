#include "cli/command_rules.h"

#include "base/digest.h"
#include "detect/yara.h"
#include "engine/unpack_rules.h"
#include "intel/rules_kept.h"

#include <unistd.h>

static void tell_damage(const struct command_rules *rules, const struct yara_damage *damage, bool without) {
    const struct rules_file *file = &rules->files.list[damage->source];
    char line[24] = "";
    if (damage->line > 0)
        snprintf(line, sizeof line, ":%llu", (unsigned long long)damage->line);
    command_error("%s%s: %s%s", file->path, line, damage->why, without ? " (left out)" : "");
}

static size_t left_out(const struct command_rules *rules) {
    return rules->compiled.refused + rules->files.refused_count;
}

static void tell_refused(const struct rules *files, bool without) {
    size_t told = files->refused_count < YARA_COMPILE_TOLD ? files->refused_count : YARA_COMPILE_TOLD;
    for (size_t i = 0; i < told; i++)
        command_error("%s: %s%s", files->refused[i].path, files->refused[i].why,
                      without ? " (left out)" : "");
    if (told < files->refused_count)
        command_error("%zu further members of packages cannot be read", files->refused_count - told);
}

/* False if there is nobody to do without what is damaged. */
static bool tell_damages(const struct command_rules *rules) {
    const struct yara_compiled *compiled = &rules->compiled;
    bool good = compiled->refused < rules->files.count;
    for (size_t i = 0; i < compiled->damage_count; i++)
        good = good && !rules->files.list[compiled->damage[i].source].named;
    tell_refused(&rules->files, good);
    for (size_t i = 0; i < compiled->damage_count; i++)
        tell_damage(rules, &compiled->damage[i], good);
    if (compiled->refused > compiled->damage_count)
        command_error("%zu further files with rules do not compile",
                      (size_t)compiled->refused - compiled->damage_count);
    if (good && left_out(rules) > 0)
        command_error("%zu of %zu files with rules are left out", left_out(rules),
                      rules->files.count + rules->files.refused_count);
    return good;
}

static bool start(struct zygote *ret, struct text *error) {
    bool good = digest_prepare() && yara_prepare() && zygote_start(ret, compile_rules_worker);
    if (!good)
        text_add(error, "worker processes cannot be started");
    return good;
}

/* Without any file: all there were are refused, which is said. */
static bool compile(struct command_rules *rules, struct zygote *zygote, bool unconfined, struct text *error) {
    bool good = rules->files.count == 0 ||
                compile_rules(zygote, &rules->files, unconfined, &rules->compiled, &rules->bundle, error);
    return good && tell_damages(rules);
}

static bool add(struct command_rules *rules, struct zygote *zygote, const char *path, bool unconfined,
                struct text *error) {
    bool none;
    return unpack_rules_is(path) ? unpack_rules(zygote, path, unconfined, &rules->files, &none, error)
                                 : rules_add(&rules->files, path, error);
}

bool command_rules_none(const char *path, bool unconfined) {
    struct zygote zygote = {-1, 0};
    struct rules rules = {0};
    struct text error = {0};
    bool none = false;
    if (unpack_rules_is(path) && start(&zygote, &error)) {
        (void)!unpack_rules(&zygote, path, unconfined, &rules, &none, &error);
        zygote_stop(&zygote);
    }
    rules_free(&rules);
    text_free(&error);
    return none;
}

bool command_rules_load(struct command_rules *ret, const struct command_intel *given, bool kept,
                        struct engine_options *options) {
    struct text error = {0};
    struct zygote zygote = {-1, 0};
    *ret = (struct command_rules){.bundle = -1};
    bool good = !kept || rules_kept_add(&ret->files, &error);
    bool wanted = good && (ret->files.count > 0 || given->rule_count > 0);
    bool started = wanted && start(&zygote, &error);
    good = good && started == wanted;
    for (size_t i = 0; good && i < given->rule_count; i++)
        good = add(ret, &zygote, given->rules[i], options->unconfined, &error);
    if (good && wanted) {
        good = compile(ret, &zygote, options->unconfined, &error);
        options->has_rules = good;
        options->rules = ret->bundle;
    }
    if (started)
        zygote_stop(&zygote);
    if (error.size > 0)
        command_error("rules: %s", text_string(&error));
    text_free(&error);
    return good;
}

void command_rules_free(struct command_rules *rules) {
    if (rules->files.count > 0 && rules->bundle >= 0)
        close(rules->bundle);
    rules_free(&rules->files);
    *rules = (struct command_rules){.bundle = -1};
}

void command_rules_tell(const struct command_rules *rules, struct text *ret) {
    if (rules->files.count == 0)
        return;
    text_format(ret, "%u rules of YARA from %zu files", rules->compiled.rules,
                rules->files.count - rules->compiled.refused);
    if (left_out(rules) > 0)
        text_format(ret, ", %zu files left out", left_out(rules));
}
