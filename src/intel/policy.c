#include "intel/policy.h"

#include "intel/place.h"
#include "intel/policy_read.h"

#include <stdlib.h>

/* What an ID leads to. */
struct entry {
    const char *id;
    size_t line;
    const struct policy_rule *rule;
    struct policy_signer *signer;
    const struct policy_usage *usage;
    bool used;
};

struct index {
    struct job *memory;
    struct policy *policy;
    struct entry *list;
    size_t count;
};

static int by_id(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    int order = strcmp(x->id, y->id);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static bool make_index(struct index *index) {
    struct policy *p = index->policy;
    index->list =
        job_alloc(index->memory, p->rule_count + p->signer_count + p->usage_count, sizeof *index->list);
    if (!index->list)
        return false;
    for (size_t i = 0; i < p->rule_count; i++)
        index->list[index->count++] =
            (struct entry){.id = p->rules[i].id, .line = p->rules[i].line, .rule = &p->rules[i]};
    for (size_t i = 0; i < p->signer_count; i++)
        index->list[index->count++] =
            (struct entry){.id = p->signers[i].id, .line = p->signers[i].line, .signer = &p->signers[i]};
    for (size_t i = 0; i < p->usage_count; i++)
        index->list[index->count++] =
            (struct entry){.id = p->usages[i].id, .line = p->usages[i].line, .usage = &p->usages[i]};
    qsort(index->list, index->count, sizeof *index->list, by_id);
    for (size_t i = 1; i < index->count; i++)
        if (index->list[i].id[0] && strcmp(index->list[i].id, index->list[i - 1].id) == 0)
            policy_note(index->memory, p, index->list[i].line, "the ID \"%.80s\" is given twice",
                        index->list[i].id);
    return true;
}

/* NULL, with a note, if no such thing has the ID or more than one has it. */
static struct entry *find(struct index *index, const char *id, size_t line) {
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(index->list[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool there = id[0] && low < index->count && strcmp(index->list[low].id, id) == 0;
    bool twice = there && low + 1 < index->count && strcmp(index->list[low + 1].id, id) == 0;
    if (there && !twice)
        return &index->list[low];
    policy_note(index->memory, index->policy, line, "it refers to \"%.80s\", which %s", id,
                there ? "is given twice" : "is not there");
    return NULL;
}

static void link_rules(struct index *index, struct policy_references *references) {
    for (size_t i = 0; i < references->count; i++) {
        struct policy_reference *r = &references->list[i];
        struct entry *entry = find(index, r->id, r->line);
        if (entry && entry->rule) {
            r->rule = entry->rule;
            entry->used = true;
        } else if (entry)
            policy_note(index->memory, index->policy, r->line, "\"%.80s\" is no file rule", r->id);
    }
}

static void link_signer(struct index *index, struct policy_signer *signer) {
    for (size_t i = 0; i < signer->usages.count; i++) {
        struct policy_reference *r = &signer->usages.list[i];
        struct entry *entry = find(index, r->id, r->line);
        r->usage = entry && entry->usage ? entry->usage->dotted : NULL;
        signer->unread = signer->unread || !r->usage;
        if (entry && !entry->usage)
            policy_note(index->memory, index->policy, r->line, "\"%.80s\" is no EKU", r->id);
    }
    link_rules(index, &signer->attributes);
    if (signer->tbs.size == 0 && !signer->unread) {
        signer->unread = true;
        policy_note(index->memory, index->policy, signer->line, "signer %.80s has no CertRoot", signer->id);
    }
}

static bool excepts(const struct policy_rule *rule) {
    return rule && rule->action == POLICY_ALLOW && !rule->unread;
}

static void link_denied(struct index *index, struct policy_denied *denied) {
    struct entry *entry = find(index, denied->who.id, denied->who.line);
    if (entry && entry->signer) {
        denied->signer = entry->signer;
        entry->used = true;
    } else if (entry)
        policy_note(index->memory, index->policy, denied->who.line, "\"%.80s\" is no signer", denied->who.id);
    link_rules(index, &denied->except);
    for (size_t i = 0; i < denied->except.count; i++) /* what is not denied is not known */
        denied->unread = denied->unread || !excepts(denied->except.list[i].rule);
}

static int by_hash(const void *a, const void *b) {
    const struct policy_rule *x = *(const struct policy_rule *const *)a,
                             *y = *(const struct policy_rule *const *)b;
    if (x->hash.size != y->hash.size)
        return x->hash.size < y->hash.size ? -1 : 1;
    int order = memcmp(x->hash.data, y->hash.data, x->hash.size);
    return order ? order : (x > y) - (x < y);
}

static bool link_scenario(struct index *index, struct policy_scenario *scenario) {
    link_rules(index, &scenario->files);
    for (size_t i = 0; i < scenario->denied_count; i++)
        link_denied(index, &scenario->denied[i]);
    scenario->hashes = job_alloc(index->memory, scenario->files.count, sizeof *scenario->hashes);
    if (!scenario->hashes)
        return false;
    for (size_t i = 0; i < scenario->files.count; i++) {
        const struct policy_rule *rule = scenario->files.list[i].rule;
        if (rule && rule->action == POLICY_DENY && rule->hash.size > 0 && !rule->unread)
            scenario->hashes[scenario->hash_count++] = rule;
    }
    qsort(scenario->hashes, scenario->hash_count, sizeof *scenario->hashes, by_hash);
    return true;
}

/* False if memory is used up. */
static bool link_policy(struct job *memory, struct policy *policy) {
    struct index index = {.memory = memory, .policy = policy};
    if (!make_index(&index))
        return false;
    for (size_t i = 0; i < policy->signer_count; i++)
        link_signer(&index, &policy->signers[i]);
    bool good = link_scenario(&index, &policy->kernel) && link_scenario(&index, &policy->user);
    for (size_t i = 0; i < index.count; i++) {
        const struct entry *entry = &index.list[i];
        bool denies = entry->signer || (entry->rule && entry->rule->action == POLICY_DENY);
        policy->unused += denies && !entry->used;
    }
    return good;
}

void policy_free(struct policies *policies) {
    if (policies->memory)
        job_reset(policies->memory);
    free(policies->memory);
    *policies = (struct policies){0};
}

static bool prepare(struct policies *policies) {
    if (!policies->memory) {
        policies->memory = calloc(1, sizeof *policies->memory);
        if (policies->memory)
            job_init(policies->memory, POLICY_MEMORY);
    }
    return policies->memory && policies->count < POLICY_MAX;
}

static const char *stored(struct job *memory, const char *path) {
    struct text text = {0};
    text_from_bytes(&text, span_of(path, strlen(path), 0));
    const char *ret = policy_copy(memory, text_string(&text));
    text_free(&text);
    return ret;
}

bool policy_parse(struct policies *policies, const char *path, struct span bytes, struct text *error) {
    struct text why = {0};
    struct policy *policy = prepare(policies) ? job_alloc(policies->memory, 1, sizeof *policy) : NULL;
    if (!policy)
        text_add(&why, "1: there are too many driver policies");
    bool good = policy && policy_read(policies->memory, bytes, policy, &why);
    if (good) {
        policy->path = stored(policies->memory, path);
        good = policy->path && link_policy(policies->memory, policy);
    }
    if (good)
        policies->list[policies->count++] = policy;
    else
        text_format(error, "%s:%s", path,
                    why.size ? text_string(&why) : "1: the policy needs more memory than it may");
    text_free(&why);
    return good;
}

bool policy_add(struct policies *policies, const char *path, struct text *error) {
    char *data;
    size_t size;
    if (!place_read(path, POLICY_FILE, &data, &size, error))
        return false;
    bool good = policy_parse(policies, path, span_of(data, size, 0), error);
    free(data);
    return good;
}

void policy_tell(const struct policy *policy, bool notes, struct text *ret) {
    size_t denials = 0, attributes = 0;
    for (size_t i = 0; i < policy->rule_count; i++) {
        denials += policy->rules[i].action == POLICY_DENY;
        attributes += policy->rules[i].action == POLICY_ATTRIBUTE;
    }
    text_format(ret, "%s: %s%s%s%s: %zu denials of files, %zu file attributes, %zu signers", policy->path,
                policy->name[0] ? policy->name : "driver policy without name", policy->version[0] ? " " : "",
                policy->version, policy->audit ? " (audit only)" : "", denials, attributes,
                policy->signer_count);
    text_format(ret, "; for the kernel %zu file rules and %zu denied signers, for user mode %zu and %zu",
                policy->kernel.files.count, policy->kernel.denied_count, policy->user.files.count,
                policy->user.denied_count);
    text_format(ret, "; %zu denials and signers are in no scenario; %zu parts are not understood",
                policy->unused, policy->noted);
    for (size_t i = 0; notes && i < policy->noted && i < POLICY_NOTES; i++)
        text_format(ret, "%s line %zu: %s",
                    i ? ";" : ", and no rule with one is applied:", policy->notes[i].line,
                    policy->notes[i].what);
    if (notes && policy->noted > POLICY_NOTES)
        text_add(ret, "; and more");
}
