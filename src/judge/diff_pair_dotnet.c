#include "judge/diff_pair_dotnet.h"

enum { LISTED = 12, IL_ONLY = 1 };

struct comparing {
    struct job *job;
    struct diff_pair *pair;
};

static void add_text(const struct comparing *c, const char *what, const char *before, const char *after) {
    if (strcmp(before, after) != 0)
        diff_pair_add(c->job, c->pair, ".NET", what, before[0] ? before : "none", after[0] ? after : "none");
}

static void add_names(const struct comparing *c, const char *came, const char *went,
                      const struct release_names *before, const struct release_names *after) {
    struct release_names plus = release_names_without(c->job, after, before);
    struct release_names minus = release_names_without(c->job, before, after);
    if (plus.count > 0)
        diff_pair_add(c->job, c->pair, ".NET", came, "", diff_pair_list(c->job, &plus, LISTED));
    if (minus.count > 0)
        diff_pair_add(c->job, c->pair, ".NET", went, diff_pair_list(c->job, &minus, LISTED), "");
}

void diff_pair_dotnet(struct job *job, const struct release_assembly *before,
                      const struct release_assembly *after, struct diff_pair *pair, struct diff_traits *ret) {
    struct comparing c = {job, pair};
    if (!before->present && !after->present)
        return;
    if (before->present != after->present) {
        add_text(&c, "metadata", before->present ? "present" : "", after->present ? "present" : "");
        return;
    }
    add_text(&c, "assembly", before->name, after->name);
    add_text(&c, "version", before->version, after->version);
    add_text(&c, "culture", before->culture, after->culture);
    add_text(&c, "key of its strong name", before->token, after->token);
    add_text(&c, "framework", before->framework, after->framework);
    add_text(&c, "runtime", before->runtime, after->runtime);
    add_text(&c, "module (MVID)", before->mvid, after->mvid);
    add_names(&c, "assemblies referred to anew", "assemblies no longer referred to", &before->references,
              &after->references);
    add_names(&c, "native functions gained", "native functions lost", &before->imports, &after->imports);
    add_names(&c, "resources gained", "resources lost", &before->resources, &after->resources);
    ret->key_changed = before->token[0] && strcmp(before->token, after->token) != 0;
    ret->same_module = before->mvid[0] && strcmp(before->mvid, after->mvid) == 0 &&
                       (before->flags & after->flags & IL_ONLY) != 0;
}
