#include "report/diff.h"

static void string(struct text *out, const char *key, const char *value) {
    text_format(out, "\"%s\":", key);
    text_json(out, value, strlen(value));
}

static void more(struct text *out, const char *key, const char *value) {
    if (value && value[0]) {
        text_char(out, ',');
        string(out, key, value);
    }
}

static void hex(struct text *out, const char *key, const uint8_t *digest) {
    text_format(out, ",\"%s\":\"", key);
    text_hex(out, digest, 32);
    text_char(out, '"');
}

static const char *kind_word(enum diff_kind kind) {
    static const char *const words[] = {"program", "text", "picture", "container", "data"};
    return (unsigned)kind < DIFF_KINDS ? words[kind] : "?";
}

static void member(struct text *out, const char *key, const struct diff_member *member) {
    if (!member)
        return;
    text_format(out, ",\"%s\":{", key);
    string(out, "path", member->path);
    text_format(out, ",\"size\":%llu", (unsigned long long)member->size);
    more(out, "kind", kind_word(member->kind));
    if (member->hashed)
        hex(out, "sha256", member->sha256);
    if (member->imaged)
        hex(out, "authentihash", member->authentihash);
    more(out, "version", member->version);
    more(out, "product", member->product);
    more(out, "signer", member->signer);
    more(out, "trust", member->trust);
    more(out, "unread", member->reason);
    text_char(out, '}');
}

static void release(struct text *out, const char *key, const struct diff_release *release) {
    text_format(out, ",\"%s\":{", key);
    string(out, "label", release->label);
    more(out, "version", release->version);
    more(out, "version_from", release->version_from);
    text_format(out, ",\"members\":%llu,\"unread\":%llu,\"complete\":%s}",
                (unsigned long long)release->members, (unsigned long long)release->unread,
                release->complete ? "true" : "false");
}

static void pair(struct text *out, const struct diff_pair *pair) {
    text_add(out, "{\"type\":\"member\"");
    more(out, "fate", diff_fate_word(pair->fate));
    if (pair->before && pair->after)
        more(out, "by", diff_match_word(pair->match));
    member(out, "before", pair->before);
    member(out, "after", pair->after);
    if (pair->change_count > 0)
        text_add(out, ",\"changes\":[");
    for (size_t i = 0; i < pair->change_count; i++) {
        const struct diff_change *change = &pair->changes[i];
        text_add(out, i > 0 ? ",{" : "{");
        string(out, "group", change->group);
        more(out, "what", change->what);
        more(out, "before", change->before);
        more(out, "after", change->after);
        text_char(out, '}');
    }
    if (pair->change_count > 0)
        text_char(out, ']');
    if (pair->change_omitted > 0)
        text_format(out, ",\"changes_omitted\":%zu", pair->change_omitted);
    text_add(out, "}\n");
}

static void finding(struct text *out, const struct diff_finding *finding) {
    text_add(out, "{\"type\":\"finding\"");
    more(out, "rule", finding->rule->id);
    more(out, "severity", severity_word(finding->severity));
    more(out, "strength", strength_word(finding->strength));
    more(out, "title", finding->rule->title);
    more(out, "summary", finding->summary);
    more(out, "attack", finding->rule->attack);
    if (finding->joined)
        text_add(out, ",\"joined\":true");
    text_add(out, ",\"members\":[");
    for (size_t i = 0; i < finding->pair_count; i++) {
        text_add(out, i > 0 ? "," : "");
        const char *path = diff_path(finding->pairs[i]);
        text_json(out, path, strlen(path));
    }
    text_add(out, "]");
    if (finding->pair_omitted > 0)
        text_format(out, ",\"members_omitted\":%zu", finding->pair_omitted);
    text_add(out, ",\"details\":{");
    for (size_t i = 0; i < finding->detail_count; i++) {
        text_add(out, i > 0 ? "," : "");
        text_json(out, finding->details[i].key, strlen(finding->details[i].key));
        text_char(out, ':');
        text_json(out, finding->details[i].value, strlen(finding->details[i].value));
    }
    text_add(out, "}}\n");
}

void diff_jsonl(const struct diff *diff, const struct diff_report *how, struct output *output) {
    struct text out = {0}, verdict = {0};
    diff_verdict(diff, how, &verdict);
    text_add(&out, "{\"type\":\"diff\"");
    release(&out, "before", &diff->before);
    release(&out, "after", &diff->after);
    more(&out, "step", diff_step_word(diff->step));
    text_format(&out, ",\"history\":%zu", diff->history);
    for (int i = 0; i < DIFF_FATES; i++)
        text_format(&out, ",\"%s\":%llu", diff_fate_word((enum diff_fate)i),
                    (unsigned long long)diff->fates[i]);
    more(&out, "verdict", text_string(&verdict));
    text_format(&out, ",\"findings\":%zu,\"findings_omitted\":%zu}\n", diff->finding_count,
                diff->finding_omitted);
    output_text(output, &out);
    for (size_t i = 0; i < diff->finding_count; i++) {
        finding(&out, &diff->findings[i]);
        output_text(output, &out);
    }
    for (size_t i = 0; i < diff->pair_count; i++)
        if (diff->pairs[i].fate != DIFF_SAME || how->all) {
            pair(&out, &diff->pairs[i]);
            output_text(output, &out);
        }
    text_free(&out);
    text_free(&verdict);
}
