#include "judge/diff_rules.h"

#include <stdlib.h>
#include <strings.h>

static bool same(const struct diff_member *a, const struct diff_member *b) {
    return (a->imaged && b->imaged &&
            memcmp(a->authentihash, b->authentihash, sizeof a->authentihash) == 0) ||
           (a->hashed && b->hashed && memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0);
}

/* Does it say that it is the component that was published so? */
static bool claims(const struct diff_member *member, const struct diff_member *published) {
    if (strcasecmp(member->name, published->name) != 0)
        return false;
    bool versions = member->version[0] && published->version[0];
    return !versions || release_step(member->version, published->version) == DIFF_STEP_NONE;
}

static void judge_member(struct diff_judging *judging, const struct diff_pair *pair) {
    const struct release *upstream = judging->others.upstream;
    const struct diff_member *claimed = NULL;
    for (size_t i = 0; i < upstream->count; i++) {
        const struct diff_member *published = &upstream->members[i];
        if (published->kind != DIFF_PROGRAM)
            continue;
        if (same(pair->after, published))
            return;
        if (claims(pair->after, published) && pair->after->machine == published->machine)
            claimed = published;
    }
    if (!claimed)
        return;
    struct diff_finding *finding = diff_rules_find(
        judging, &diff_rule_upstream, pair, SEVERITY_HIGH, STRENGTH_FIRM,
        "it says that it is a component of somebody else, in a version of which it is no published build");
    diff_rules_detail(judging, finding, "published as", claimed->path);
    diff_rules_detail(judging, finding, "version", pair->after->version);
}

/* --- lists of digests --- */

static int compare_known(const struct diff_known_file *a, const char *name, const uint8_t *sha256) {
    int order = strcasecmp(a->name, name);
    return order || !sha256 ? order : memcmp(a->sha256, sha256, sizeof a->sha256);
}

static bool find_known(const struct diff_known *known, const char *name, const uint8_t *sha256) {
    size_t low = 0, high = known->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_known(&known->list[middle], name, sha256) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < known->count && compare_known(&known->list[low], name, sha256) == 0;
}

static void judge_known(struct diff_judging *judging, const struct diff_pair *pair) {
    const struct diff_known *known = judging->others.known;
    const struct diff_member *member = pair->after;
    if (member->hashed && find_known(known, member->name, NULL) &&
        !find_known(known, member->name, member->sha256))
        diff_rules_find(
            judging, &diff_rule_upstream, pair, SEVERITY_HIGH, STRENGTH_FIRM,
            "it has the name of a published file and is none of the files that were published under it");
}

static bool judge(struct diff_judging *judging) {
    for (size_t i = 0; i < judging->diff->pair_count; i++) {
        const struct diff_pair *pair = &judging->diff->pairs[i];
        if (!pair->after)
            continue;
        if (judging->others.upstream && pair->after->kind == DIFF_PROGRAM)
            judge_member(judging, pair);
        if (judging->others.known)
            judge_known(judging, pair);
    }
    return judging->job->fault.code == FAULT_NONE;
}

static int digit(uint8_t c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* "DIGEST  path" or "DIGEST *path". */
static bool read_line(struct job *job, struct span line, struct diff_known_file *ret) {
    for (size_t i = 0; i < 32; i++) {
        int high = digit(span_u8(line, 2 * i)), low = digit(span_u8(line, 2 * i + 1));
        if (high < 0 || low < 0)
            return false;
        ret->sha256[i] = (uint8_t)(high << 4 | low);
    }
    size_t end = line.size, start;
    while (end > 66 && (line.data[end - 1] == '\r' || line.data[end - 1] == ' '))
        end--;
    for (start = end; start > 66 && line.data[start - 1] != '/' && line.data[start - 1] != '\\'; start--)
        ;
    struct text name = {0};
    text_from_bytes(&name, span_part(line, start, end - start));
    ret->name = release_text(job, text_string(&name), name.size);
    text_free(&name);
    return span_u8(line, 64) == ' ' && start < end;
}

static int by_name(const void *left, const void *right) {
    const struct diff_known_file *b = right;
    return compare_known(left, b->name, b->sha256);
}

bool diff_known_read(struct job *job, struct span text, struct diff_known *ret, uint64_t *line) {
    size_t lines = 1, n = 0;
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    struct diff_known_file *list = job_alloc(job, lines, sizeof *list);
    *line = 0;
    while (list && text.size > 0) {
        const uint8_t *newline = memchr(text.data, '\n', text.size);
        struct span one = span_part(text, 0, newline ? (size_t)(newline - text.data) : text.size);
        text = span_from(text, one.size + (newline != NULL));
        ++*line;
        if (one.size == 0 || one.data[0] == '#')
            continue;
        if (!read_line(job, one, &list[n++]))
            return false;
    }
    if (n > 0)
        qsort(list, n, sizeof *list, by_name);
    *ret = (struct diff_known){list, n};
    *line = 0;
    return list != NULL && job->fault.code == FAULT_NONE;
}

const struct diff_rule diff_rule_upstream = {
    .text =
        {
            .id = "diff_upstream",
            .title = "a component that its maker did not publish",
            .why =
                "A release brings copies of others' components: Electron's ffmpeg.dll, a compiler of shaders, a run time. "
                "Their makers publish them; a copy that says it is one of them and equals none was made by somebody else. "
                "This needs no earlier release.",
            .innocent =
                "Makers who build components from source by themselves; a published build that is missing in what was "
                "given.",
            .verify = "Fetch the component of that version from its maker and compare digests.",
            .attack = "T1195.001",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
