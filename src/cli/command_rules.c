#include "cli/command_rules.h"

#include "base/digest.h"
#include "detect/yara.h"
#include "intel/rules_kept.h"

#include <unistd.h>

static void tell_damage(const struct command_rules *rules, const struct yara_damage *damage, bool left_out) {
    const struct rules_file *file = &rules->files.list[damage->source];
    char line[24] = "";
    if (damage->line > 0)
        snprintf(line, sizeof line, ":%llu", (unsigned long long)damage->line);
    command_error("%s%s: %s%s", file->path, line, damage->why, left_out ? " (left out)" : "");
}

/* False if there is nobody to do without what is damaged. */
static bool tell_damages(const struct command_rules *rules) {
    const struct yara_compiled *compiled = &rules->compiled;
    bool good = compiled->refused < rules->files.count;
    for (size_t i = 0; i < compiled->damage_count; i++)
        good = good && !rules->files.list[compiled->damage[i].source].named;
    for (size_t i = 0; i < compiled->damage_count; i++)
        tell_damage(rules, &compiled->damage[i], good);
    if (compiled->refused > compiled->damage_count)
        command_error("%zu further files with rules do not compile",
                      (size_t)compiled->refused - compiled->damage_count);
    if (good && compiled->refused > 0)
        command_error("%u of %zu files with rules are left out", compiled->refused, rules->files.count);
    return good;
}

static bool compile(struct command_rules *rules, bool unconfined, struct text *error) {
    struct zygote zygote = {-1, 0};
    if (!digest_prepare() || !yara_prepare() || !zygote_start(&zygote, compile_rules_worker)) {
        text_add(error, "worker processes cannot be started");
        return false;
    }
    bool good = compile_rules(&zygote, &rules->files, unconfined, &rules->compiled, &rules->bundle, error);
    zygote_stop(&zygote);
    return good;
}

bool command_rules_load(struct command_rules *ret, const struct command_intel *given, bool kept,
                        struct engine_options *options) {
    struct text error = {0};
    *ret = (struct command_rules){.bundle = -1};
    bool good = !kept || rules_kept_add(&ret->files, &error);
    for (size_t i = 0; good && i < given->rule_count; i++)
        good = rules_add(&ret->files, given->rules[i], &error);
    if (good && ret->files.count > 0) {
        good = compile(ret, options->unconfined, &error) && tell_damages(ret);
        options->has_rules = good;
        options->rules = ret->bundle;
    }
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
    if (rules->compiled.refused > 0)
        text_format(ret, ", %u files left out", rules->compiled.refused);
}
