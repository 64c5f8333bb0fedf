#include "judge/diff_rules.h"

#include "format/json.h"
#include "format/script.h"
#include "judge/release_excerpt.h"

#define SCRATCH_MEMORY ((size_t)16 << 20) /* of one text */

enum { HOOKS = 3 };

/* Classes as bits. */
typedef unsigned classes;

struct judgement {
    struct diff_judging *judging;
    classes before; /* what any script of the earlier release asks for; once `looked` */
    bool looked;
};

static classes classes_of(const struct script *script) {
    classes ret = 0;
    for (int i = 0; i < SCRIPT_CLASSES; i++)
        ret |= script->found[i].size > 0 ? 1u << i : 0;
    return ret;
}

static bool is_text(const struct diff_member *member) {
    return member->kind == DIFF_TEXT || member->kind == DIFF_DATA;
}

/* What a member's text asks for; false if it is no script, or its text is not kept. `job` holds the text. */
static bool examine(const struct release *release, const struct diff_member *member, struct job *job,
                    struct script *ret) {
    if (!is_text(member) || script_language_of(member->name, span_of("#!sh", 4, 0)) == SCRIPT_NONE)
        return false;
    struct span text = release_excerpt(release, job, member->artifact);
    enum script_language language = script_language_of(member->name, text);
    if (text.size == 0 || language == SCRIPT_NONE)
        return false;
    script_examine(language, text, ret);
    return true;
}

static classes member_asks(const struct release *release, const struct diff_member *member) {
    struct script script;
    struct job scratch;
    job_init(&scratch, SCRATCH_MEMORY);
    classes ret = examine(release, member, &scratch, &script) ? classes_of(&script) : 0;
    job_reset(&scratch);
    return ret;
}

/* Asked only where something came: most steps need not look at all scripts. */
static classes release_asked(struct judgement *j) {
    const struct release *before = j->judging->before;
    const classes all = (1u << SCRIPT_CLASSES) - 1;
    for (size_t i = 0; !j->looked && i < before->count && j->before != all; i++)
        j->before |= member_asks(before, &before->members[i]);
    j->looked = true;
    return j->before;
}

/* Code that is hidden, or made at run time, is the more telling the less of it there was. */
static enum severity severity_of(classes came, classes fresh, bool added) {
    classes covert = 1u << SCRIPT_obfuscation | 1u << SCRIPT_hiding;
    if ((fresh & covert) != 0 || (fresh & (fresh - 1)) != 0)
        return SEVERITY_HIGH;
    if (fresh != 0 || (!added && (came & covert) != 0))
        return SEVERITY_MEDIUM;
    return SEVERITY_LOW;
}

static void tell(struct judgement *j, struct diff_pair *pair, const struct script *script, classes came) {
    struct diff_judging *judging = j->judging;
    classes fresh = came & ~release_asked(j);
    bool added = !pair->before;
    if (added && fresh == 0)
        return;
    struct diff_finding *finding = diff_rules_find(
        judging, &diff_rule_script, pair,
        diff_rules_small(judging) ? severity_of(came, fresh, added) : SEVERITY_LOW, STRENGTH_FIRM,
        fresh == 0
            ? "a script asks for something that it did not ask for before, as others of the release did"
        : added ? "a script came that asks for something that no script of the earlier release asked for"
                : "a script asks for something that no script of the earlier release asked for");
    for (int i = 0; i < SCRIPT_CLASSES; i++) {
        if (!(came >> i & 1))
            continue;
        const char *word = script_class_word((enum script_class)i);
        struct text text = {0};
        text_from_bytes(&text, script->found[i]);
        diff_rules_detail(judging, finding, word, text_string(&text));
        diff_pair_add(judging->job, pair, "capability", word, "", text_string(&text));
        text_free(&text);
    }
    diff_rules_detail(judging, finding, "version step", diff_step_word(judging->diff->step));
}

static void compare(struct judgement *j, struct diff_pair *pair) {
    struct script script;
    struct job scratch;
    job_init(&scratch, SCRATCH_MEMORY);
    if (examine(j->judging->after, pair->after, &scratch, &script)) {
        classes came = classes_of(&script);
        if (came != 0 && pair->before)
            came &= ~member_asks(j->judging->before, pair->before);
        if (came != 0)
            tell(j, pair, &script, came);
    }
    job_reset(&scratch);
}

/* --- what runs when a package of scripts is installed --- */

static const char *const hooks[HOOKS] = {"preinstall", "install", "postinstall"};

static void read_hooks(struct span json, struct text ret[HOOKS]) {
    struct job quiet;
    struct json_token token;
    int wanted = -1;
    bool scripts = false;
    job_init(&quiet, 1 << 16);
    struct json reader = json_of(&quiet, json);
    while (json_next(&reader, &token)) {
        if (token.kind == JSON_KEY && token.depth == 1)
            scripts = json_is(token, "scripts");
        if (scripts && token.kind == JSON_STRING && token.depth == 2 && wanted >= 0) {
            text_clear(&ret[wanted]);
            json_string(token, &ret[wanted]);
        }
        wanted = -1;
        for (int i = 0; scripts && token.kind == JSON_KEY && token.depth == 2 && i < HOOKS; i++)
            if (json_is(token, hooks[i]))
                wanted = i;
    }
    job_reset(&quiet);
}

static void tell_hook(struct diff_judging *judging, struct diff_pair *pair, const char *hook,
                      const char *before, const char *after) {
    bool came = !before[0];
    struct diff_finding *finding =
        diff_rules_find(judging, &diff_rule_script, pair,
                        came && diff_rules_small(judging) ? SEVERITY_MEDIUM : SEVERITY_LOW, STRENGTH_FIRM,
                        came ? "the package runs a command when it is installed, which it did not before"
                             : "the package runs another command than before when it is installed");
    diff_rules_detail(judging, finding, hook, after);
    diff_rules_detail(judging, finding, "before", before);
    diff_pair_add(judging->job, pair, "capability", hook, before, after);
}

static void compare_hooks(struct diff_judging *judging, struct diff_pair *pair) {
    struct text before[HOOKS] = {{0}}, after[HOOKS] = {{0}};
    struct job scratch;
    job_init(&scratch, SCRATCH_MEMORY);
    read_hooks(release_excerpt(judging->before, &scratch, pair->before->artifact), before);
    read_hooks(release_excerpt(judging->after, &scratch, pair->after->artifact), after);
    job_reset(&scratch);
    for (int i = 0; i < HOOKS; i++) {
        if (after[i].size > 0 && strcmp(text_string(&before[i]), text_string(&after[i])) != 0)
            tell_hook(judging, pair, hooks[i], text_string(&before[i]), text_string(&after[i]));
        text_free(&before[i]);
        text_free(&after[i]);
    }
}

static bool judge(struct diff_judging *judging) {
    struct judgement j = {.judging = judging};
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        struct diff_pair *pair = &judging->diff->pairs[i];
        if (!pair->after || (pair->fate != DIFF_CHANGED && pair->fate != DIFF_ADDED))
            continue;
        compare(&j, pair);
        if (pair->before && strcmp(pair->after->name, "package.json") == 0)
            compare_hooks(judging, pair);
    }
    return judging->job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_script = {
    .text =
        {
            .id = "diff_script",
            .title = "a script asks for more than before",
            .why =
                "Packages of scripts are taken over by one more line: a request, a program that is started, code that "
                "is decoded and run, pushed out of sight, or a command that runs when the package is installed. A "
                "small step of a package that never did such a thing seldom begins with it.",
            .innocent =
                "New features fetch and start things, too; in a larger step told low, as where other scripts of the "
                "release did the same before. Words are looked for, not what the script does: a comment counts.",
            .verify =
                "Read the lines that the comparison shows; ask the maker's repository for the commit that "
                "brought them.",
            .attack = "T1059",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
