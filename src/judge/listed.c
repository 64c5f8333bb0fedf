#include "judge/listed.h"

#include <inttypes.h>

/* What is sure about the image says most: bytes behind the signature do not change it. */
static const enum lists_digest order[LISTS_DIGESTS] = {LISTS_IMAGE_SHA256, LISTS_IMAGE_SHA1, LISTS_SHA256,
                                                       LISTS_SHA1, LISTS_MD5};

const char *listed_digest_word(enum lists_digest digest) {
    static const char *const words[] = {"MD5", "SHA-1", "SHA-256", "Authentihash (SHA-1)",
                                        "Authentihash (SHA-256)"};
    return words[digest];
}

void listed_read(struct db_query *query, int at, struct listed_file *ret) {
    for (int i = 0; i < LISTS_DIGESTS; i++)
        ret->digest[i] = db_blob(query, at + i);
}

static bool better(const struct lists_entry *a, const struct lists_entry *b) {
    bool host = a->flags & LISTS_HOST, other = b->flags & LISTS_HOST;
    if (host != other)
        return other;
    if ((a->kind == LISTS_MALICIOUS) != (b->kind == LISTS_MALICIOUS))
        return a->kind == LISTS_MALICIOUS;
    if ((a->kind == LISTS_LOADER) != (b->kind == LISTS_LOADER)) /* the other list says more */
        return b->kind == LISTS_LOADER;
    return a->severity > b->severity;
}

static bool same_entry(const struct lists_hit *a, const struct lists_hit *b) {
    return a->list == b->list && a->entry.id == b->entry.id && a->entry.what == b->entry.what;
}

static void take(struct listed *to, const struct lists_hit *hit, enum lists_digest digest,
                 struct span value) {
    bool first = to->entries == 0;
    to->kinds[hit->entry.kind] = true;
    if (!to->further[hit->entry.kind])
        to->further[hit->entry.kind] = hit->list;
    if (!first && same_entry(hit, &to->best))
        return;
    to->entries++;
    if (!first && !better(&hit->entry, &to->best.entry))
        return;
    to->best = *hit;
    to->digest = digest;
    span_copy(value, to->value, sizeof to->value);
}

bool listed_find(const struct lists_set *lists, const struct listed_file *file, unsigned kinds,
                 struct listed *ret) {
    *ret = (struct listed){0};
    for (size_t i = 0; i < LISTS_DIGESTS; i++)
        for (size_t n = 0; n < lists->count; n++) {
            const struct lists *shelf = &lists->shelf[n].lists;
            size_t first, count = lists_find(shelf, order[i], file->digest[order[i]], &first);
            for (size_t at = first; at < first + count; at++) {
                struct lists_hit hit;
                lists_hit(shelf, order[i], at, &hit);
                if (kinds >> hit.entry.kind & 1)
                    take(ret, &hit, order[i], file->digest[order[i]]);
            }
        }
    return ret->entries > 0;
}

void listed_detail(struct finding *finding, const struct listed *listed, struct listed_text *text) {
    static const char digits[] = "0123456789abcdef";
    const struct lists_hit *hit = &listed->best;
    size_t size = lists_digest_size(listed->digest);
    for (size_t i = 0; i < size; i++) {
        text->value[2 * i] = digits[listed->value[i] >> 4];
        text->value[2 * i + 1] = digits[listed->value[i] & 15];
    }
    text->value[2 * size] = 0;
    snprintf(text->number, sizeof text->number, "%" PRIu32, hit->number);
    snprintf(text->entries, sizeof text->entries, "%zu", listed->entries - 1);
    saying_detail(finding, "list", hit->list);
    saying_detail(finding, "list of", hit->list_date);
    saying_detail(finding, "entry", hit->entry.id);
    saying_detail(finding, "entry of", hit->entry.date);
    saying_detail(finding, "says", hit->entry.what);
    saying_detail(finding, "row", text->number);
    saying_detail(finding, listed_digest_word(listed->digest), text->value);
    saying_detail(finding, "source", hit->entry.source);
    saying_detail(finding, "further entries", listed->entries > 1 ? text->entries : NULL);
}
