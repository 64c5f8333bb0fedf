#include "judge/diff.h"

#include "format/tlsh.h"

#include <stdlib.h>
#include <strings.h>

enum {
    NEAR = 1000,    /* members of each side that are compared by likeness */
    FOUND = 100000, /* pairs that are near enough */
    DISTANCE = 70   /* of near digests, up to which contents count as alike */
};

/* One member that waits for another, with what it is to have in common with it. */
struct waiting {
    const char *key;
    uint32_t number;
};

struct matching {
    struct job *job;
    const struct release *before, *after;
    uint32_t *partner; /* by number in `after`: number in `before` plus one */
    uint8_t *by;       /* the same: enum diff_match */
    bool *taken;       /* by number in `before` */
    struct waiting *left, *right;
};

typedef const char *key_function(struct job *job, const struct diff_member *member);

static const char *hex_of(struct job *job, const uint8_t digest[32]) {
    struct text text = {0};
    text_hex(&text, digest, 32);
    const char *ret = text.full ? NULL : release_text(job, text_string(&text), text.size);
    text_free(&text);
    return ret;
}

static const char *path_key(struct job *job, const struct diff_member *member) {
    if (member->root)
        return "";
    char *to = job_alloc(job, strlen(member->path) + 1, 1);
    for (size_t i = 0; to && member->path[i]; i++) {
        char c = member->path[i];
        to[i] = (char)(c >= 'A' && c <= 'Z' ? c | 32 : c);
    }
    return to;
}

static const char *plain_key(struct job *job, const struct diff_member *member) {
    return release_plain(job, member->path);
}

static const char *content_key(struct job *job, const struct diff_member *member) {
    return member->hashed && member->size > 0 ? hex_of(job, member->sha256) : NULL;
}

static const char *image_key(struct job *job, const struct diff_member *member) {
    return member->imaged ? hex_of(job, member->authentihash) : NULL;
}

/* What it was called when it was made, by whom, for what, for which machine. */
static const char *identity_key(struct job *job, const struct diff_member *member) {
    if (member->kind != DIFF_PROGRAM || !member->original_name[0])
        return NULL;
    struct text text = {0};
    text_format(&text, "%s|%s|%s|%lld|%d", member->original_name, member->product, member->company,
                (long long)member->machine, member->library);
    const char *key = text.full ? NULL : release_text(job, text_string(&text), text.size);
    text_free(&text);
    return key;
}

static int by_key(const void *left, const void *right) {
    const struct waiting *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order ? order : a->number < b->number ? -1 : a->number > b->number;
}

static size_t wait_before(struct matching *m, key_function *key) {
    size_t n = 0;
    for (size_t i = 0; i < m->before->count; i++) {
        const char *text = m->taken[i] ? NULL : key(m->job, &m->before->members[i]);
        if (text)
            m->left[n++] = (struct waiting){text, (uint32_t)i};
    }
    if (n > 0)
        qsort(m->left, n, sizeof *m->left, by_key);
    return n;
}

static size_t wait_after(struct matching *m, key_function *key) {
    size_t n = 0;
    for (size_t i = 0; i < m->after->count; i++) {
        const char *text = m->partner[i] ? NULL : key(m->job, &m->after->members[i]);
        if (text)
            m->right[n++] = (struct waiting){text, (uint32_t)i};
    }
    if (n > 0)
        qsort(m->right, n, sizeof *m->right, by_key);
    return n;
}

static size_t group_end(const struct waiting *list, size_t at, size_t count) {
    size_t end = at + 1;
    while (end < count && strcmp(list[end].key, list[at].key) == 0)
        end++;
    return end;
}

/* A group on both sides becomes pairs, in order, if it is as large on both; equal contents in any case. */
static void pair_group(struct matching *m, size_t a, size_t a_end, size_t b, size_t b_end,
                       enum diff_match how) {
    bool any = how == DIFF_BY_CONTENT || how == DIFF_BY_IMAGE;
    if (!any && a_end - a != b_end - b)
        return;
    for (; a < a_end && b < b_end; a++, b++) {
        m->partner[m->right[b].number] = m->left[a].number + 1;
        m->by[m->right[b].number] = (uint8_t)how;
        m->taken[m->left[a].number] = true;
    }
}

static void match_by(struct matching *m, key_function *key, enum diff_match how) {
    size_t lefts = wait_before(m, key), rights = wait_after(m, key), a = 0, b = 0;
    while (a < lefts && b < rights) {
        int order = strcmp(m->left[a].key, m->right[b].key);
        size_t a_end = group_end(m->left, a, lefts), b_end = group_end(m->right, b, rights);
        if (order == 0)
            pair_group(m, a, a_end, b, b_end, how);
        a = order <= 0 ? a_end : a;
        b = order >= 0 ? b_end : b;
    }
}

/* --- likeness --- */

/* Members without a partner, with their near digests. */
struct near {
    uint32_t number;
    uint8_t digest[TLSH_SIZE];
};

struct likeness {
    uint32_t left, right;
    unsigned distance;
};

static size_t near_of(const struct matching *m, const struct release *release, bool later, struct near *ret) {
    struct release_near *near = release_near_open(release);
    size_t n = 0;
    for (size_t i = 0; near && i < release->count && n < NEAR; i++) {
        bool free_one = later ? !m->partner[i] : !m->taken[i];
        if (free_one && release_near_of(near, release->members[i].artifact, ret[n].digest))
            ret[n++].number = (uint32_t)i;
    }
    release_near_close(near);
    return n;
}

static int by_distance(const void *left, const void *right) {
    const struct likeness *a = left, *b = right;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return a->right != b->right ? (a->right < b->right ? -1 : 1) : a->left < b->left ? -1 : a->left > b->left;
}

/* Programs are like programs, and texts like texts; what is near enough, the nearest first. */
static void match_by_likeness(struct matching *m) {
    struct near *left = job_alloc(m->job, NEAR, sizeof *left),
                *right = job_alloc(m->job, NEAR, sizeof *right);
    struct likeness *found = job_alloc(m->job, FOUND, sizeof *found);
    if (!left || !right || !found)
        return;
    size_t lefts = near_of(m, m->before, false, left), rights = near_of(m, m->after, true, right), n = 0;
    for (size_t i = 0; i < rights; i++)
        for (size_t k = 0; k < lefts && n < FOUND; k++) {
            if (m->before->members[left[k].number].kind != m->after->members[right[i].number].kind)
                continue;
            unsigned distance = tlsh_distance(left[k].digest, right[i].digest, true);
            if (distance <= DISTANCE)
                found[n++] = (struct likeness){left[k].number, right[i].number, distance};
        }
    if (n > 0)
        qsort(found, n, sizeof *found, by_distance);
    for (size_t i = 0; i < n; i++)
        if (!m->partner[found[i].right] && !m->taken[found[i].left]) {
            m->partner[found[i].right] = found[i].left + 1;
            m->by[found[i].right] = DIFF_BY_LIKENESS;
            m->taken[found[i].left] = true;
        }
}

static bool same_bytes(const struct diff_member *a, const struct diff_member *b) {
    return a->hashed && b->hashed && a->size == b->size &&
           memcmp(a->sha256, b->sha256, sizeof a->sha256) == 0;
}

static struct diff_pair pair_of(const struct matching *m, size_t number) {
    const struct diff_member *after = &m->after->members[number];
    if (!m->partner[number])
        return (struct diff_pair){.fate = DIFF_ADDED, .after = after};
    struct diff_pair pair = {.match = (enum diff_match)m->by[number],
                             .before = &m->before->members[m->partner[number] - 1],
                             .after = after};
    bool placed = pair.match == DIFF_BY_PATH || pair.match == DIFF_BY_NAME;
    pair.fate = !same_bytes(pair.before, after) ? DIFF_CHANGED : placed ? DIFF_SAME : DIFF_MOVED;
    return pair;
}

bool diff_match(struct job *job, const struct release *before, const struct release *after,
                struct diff *ret) {
    struct matching m = {.job = job, .before = before, .after = after};
    m.partner = job_alloc(job, after->count + 1, sizeof *m.partner);
    m.by = job_alloc(job, after->count + 1, 1);
    m.taken = job_alloc(job, before->count + 1, sizeof *m.taken);
    m.left = job_alloc(job, before->count + 1, sizeof *m.left);
    m.right = job_alloc(job, after->count + 1, sizeof *m.right);
    ret->pairs = job_alloc(job, before->count + after->count + 1, sizeof *ret->pairs);
    if (!m.partner || !m.by || !m.taken || !m.left || !m.right || !ret->pairs)
        return false;
    match_by(&m, path_key, DIFF_BY_PATH);
    match_by(&m, plain_key, DIFF_BY_NAME);
    match_by(&m, content_key, DIFF_BY_CONTENT);
    match_by(&m, image_key, DIFF_BY_IMAGE);
    match_by(&m, identity_key, DIFF_BY_IDENTITY);
    match_by_likeness(&m);
    if (job->fault.code != FAULT_NONE)
        return false;
    for (size_t i = 0; i < after->count; i++)
        ret->pairs[ret->pair_count++] = pair_of(&m, i);
    for (size_t i = 0; i < before->count; i++)
        if (!m.taken[i])
            ret->pairs[ret->pair_count++] =
                (struct diff_pair){.fate = DIFF_REMOVED, .before = &before->members[i]};
    for (size_t i = 0; i < ret->pair_count; i++)
        ret->fates[ret->pairs[i].fate]++;
    return true;
}
