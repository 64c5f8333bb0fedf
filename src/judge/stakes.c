#include "case/casefile.h"
#include "intel/intel.h"
#include "judge/stakes_gather.h"
#include "judge/stakes_owner.h"
#include "model/facts.h"
#include "model/judge.h"

static struct casefile_cell text_cell(unsigned column, const char *text) {
    return (struct casefile_cell){.column = column, .text = text && text[0] ? text : NULL};
}

static struct casefile_cell number_cell(unsigned column, uint64_t number, bool some) {
    return (struct casefile_cell){.column = column, .number = number, .some = some};
}

/* The folders between a profile and a file of it. */
static void add_between(const struct stakes_rule *rule, struct text *out) {
    for (size_t i = 0; rule->match == STAKES_CHROMIUM && i + 1 < rule->part_count; i++)
        text_format(out, "/%s", rule->parts[i]);
}

/* What people look at: the file if it is one, the folder if it is all of it. */
static void tell_path(const struct stakes_group *group, struct text *out) {
    const struct stakes_rule *rule = group->rule;
    const char *folder = stakes_places_folder(group->rank);
    text_add(out, group->path);
    if (rule->match == STAKES_EXTENSION && folder) {
        text_format(out, "/%s", folder);
        if (group->rank != STAKES_PLACES_DATABASE)
            text_format(out, "/%s", rule->value);
    } else if (rule->match == STAKES_FIREFOX) {
        text_add(out, group->rank == STAKES_PLACES_PROGRAM ? "/extensions" : "/browser-extension-data");
        if (group->rank == STAKES_PLACES_PROGRAM && group->name)
            text_format(out, "/%s", group->name);
    } else if (rule->match != STAKES_KEY && !rule->whole && group->name) {
        add_between(rule, out);
        text_format(out, "/%s", group->name);
    }
}

static const char *note_of(const struct stakes_group *group, struct text *out) {
    if (group->rank == STAKES_PLACES_PROGRAM)
        text_add(out, "the extension alone; nothing that it stored was found");
    if (group->standing == STAKES_SHADOWED)
        text_add(out, out->size ? "; in a volume shadow copy alone" : "in a volume shadow copy alone");
    if (group->rule->note[0])
        text_format(out, "%s%s", out->size ? "; " : "", group->rule->note);
    return text_string(out);
}

struct words {
    struct text name, path, user, note;
};

static bool put(struct casefile *casefile, const struct stakes_group *group,
                const struct stakes_owners *owners, uint64_t id, struct words *words) {
    const struct stakes_rule *rule = group->rule;
    bool is_key = rule->match == STAKES_KEY;
    text_clear(&words->name);
    text_clear(&words->path);
    text_clear(&words->user);
    text_clear(&words->note);
    text_bytes(&words->user, group->home ? group->home : group->path, group->user);
    tell_path(group, &words->path);
    if (rule->match == STAKES_CHROMIUM && group->browser)
        text_format(&words->name, "%s: ", group->browser);
    text_add(&words->name, rule->name);
    const char *user = text_string(&words->user);
    const struct casefile_cell cells[] = {
        number_cell(FACT_stake_id, id, false),
        number_cell(FACT_stake_evidence, (uint64_t)group->evidence, false),
        text_cell(FACT_stake_kind, stakes_kind_word(rule->kind)),
        text_cell(FACT_stake_name, text_string(&words->name)),
        text_cell(FACT_stake_holds, group->rank == STAKES_PLACES_PROGRAM ? "program" : rule->holds),
        text_cell(FACT_stake_user, user),
        text_cell(FACT_stake_path, text_string(&words->path)),
        number_cell(FACT_stake_artifact, (uint64_t)group->artifact, true),
        text_cell(FACT_stake_state, group->standing == STAKES_PRESENT ? "present" : "deleted"),
        number_cell(FACT_stake_files, is_key ? 0 : group->files, is_key),
        number_cell(FACT_stake_size, is_key ? 0 : group->size, is_key),
        number_cell(FACT_stake_created, (uint64_t)group->created, true),
        number_cell(FACT_stake_modified, (uint64_t)group->modified, true),
        text_cell(FACT_stake_owner,
                  group->user ? stakes_owners_sid(owners, group->evidence, group->volume, user, group->user)
                              : NULL),
        text_cell(FACT_stake_note, note_of(group, &words->note)),
        text_cell(FACT_stake_source, rule->source),
        number_cell(FACT_stake_exposed_since, (uint64_t)stakes_owners_since(owners, group->evidence), true),
    };
    return !words->name.full && !words->path.full && !words->user.full && !words->note.full &&
           casefile_put(casefile, FACT_stake, cells, sizeof cells / sizeof *cells);
}

static bool put_all(struct casefile *casefile, const struct stakes_gather *gather,
                    const struct stakes_owners *owners) {
    struct words words = {0};
    bool good = true;
    for (size_t i = 0; good && i < stakes_gather_count(gather); i++)
        good = put(casefile, stakes_gather_at(gather, i), owners, i + 1, &words);
    text_free(&words.name);
    text_free(&words.path);
    text_free(&words.user);
    text_free(&words.note);
    uint64_t omitted = stakes_gather_omitted(gather);
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)omitted);
    return good && (omitted == 0 || casefile_meta(casefile, "stakes_omitted", number));
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    if (!intel || intel->stakes.count == 0)
        return true;
    struct db *db = casefile_db(casefile);
    struct stakes_gather *gather = stakes_gather_all(db, &intel->stakes);
    struct stakes_owners *owners = gather ? stakes_owners_open(db) : NULL;
    bool good = owners && put_all(casefile, gather, owners);
    stakes_owners_close(owners);
    stakes_gather_free(gather);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_stakes = {
    .text =
        {
            .id = "stakes",
            .title = "what somebody could take from this host",
            .why =
                "Whoever ran code here could take what the users of this machine keep on it: wallets, saved passwords and "
                "sessions of browsers, keys, what signs and builds software, ways into other networks. What there is "
                "decides whom to warn and what to replace first. It fills the table stake and says nothing by itself: "
                "that a wallet is there is no finding.",
            .innocent =
                "All of this is ordinary. That something lay there does not mean that anybody took it; a file may be "
                "empty, locked by a good password, or of no use without a device.",
            .verify =
                "SELECT * FROM stake in the case; each row names its place, its file and where that place is known from "
                "(docs/stakes.md). Nothing of the content was read for this.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
    .closing = true,
};
