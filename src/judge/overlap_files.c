#include "format/tlsh.h"
#include "judge/overlap_parts.h"
#include "judge/overlap_rich.h"

#include <stdlib.h>

enum { HEX = 2 * 32 + 1, NAME = 1024, LONGEST = 4096 };

enum {
    TLSH_NEAR = 30,   /* distance up to which two contents are said to be alike */
    TLSH_ITEMS = 1000 /* digests that are compared with each file */
};

static bool has(const struct overlap_looking *l, enum campaigns_kind kind) {
    return overlap_index_count(l, kind) > 0;
}

static const struct campaigns_item *item_at(const struct overlap_looking *l, size_t place) {
    return &l->campaigns->items[l->order[place]];
}

/* --- digests --- */

static void see_digest(struct overlap_looking *l, enum campaigns_kind kind, struct span digest,
                       int64_t artifact) {
    static const char digits[] = "0123456789abcdef";
    char hex[HEX];
    struct overlap_sight sight = {.artifact = artifact, .part = 100};
    if (digest.size == 0 || digest.size > 32)
        return;
    for (size_t i = 0; i < digest.size; i++) {
        hex[2 * i] = digits[digest.data[i] >> 4];
        hex[2 * i + 1] = digits[digest.data[i] & 15];
    }
    hex[2 * digest.size] = 0;
    overlap_index_see(l, kind, hex, &sight);
}

static bool look_at_digests(struct overlap_looking *l) {
    if (!has(l, CAMPAIGNS_MD5) && !has(l, CAMPAIGNS_SHA1) && !has(l, CAMPAIGNS_SHA256))
        return true;
    struct db_query *q =
        db_prepare(l->db, "SELECT artifact, md5, sha1, sha256 FROM hashes ORDER BY artifact");
    while (q && db_step(q))
        for (int i = 0; i < 3; i++)
            see_digest(l, (enum campaigns_kind)(CAMPAIGNS_MD5 + i), db_blob(q, i + 1), db_integer(q, 0));
    db_finish(q);
    return q != NULL;
}

static bool look_at_images(struct overlap_looking *l) {
    if (!has(l, CAMPAIGNS_AUTHENTIHASH))
        return true;
    struct db_query *q = db_prepare(
        l->db, "SELECT artifact, authentihash_sha1, authentihash_sha256 FROM pe ORDER BY artifact");
    while (q && db_step(q))
        for (int i = 1; i < 3; i++)
            see_digest(l, CAMPAIGNS_AUTHENTIHASH, db_blob(q, i), db_integer(q, 0));
    db_finish(q);
    return q != NULL;
}

/* --- certificates --- */

static const char certificates_sql[] =
    "SELECT s.artifact, c.serial, coalesce(t.state, '') FROM signature_certificate s CROSS JOIN certificate c ON"
    " c.thumbprint = s.thumbprint LEFT JOIN trust t ON t.artifact = s.artifact WHERE s.role = 'signer' AND s.position = 0"
    " ORDER BY s.artifact, s.ordinal";

/* Anybody can write a number into a certificate of his own. */
static bool is_vouched_for(const char *state) {
    static const char *const states[] = {"trusted",
                                         "trusted-but-altered-slack",
                                         "digest-mismatch",
                                         "expired-not-timestamped",
                                         "revoked-or-distrusted",
                                         "weak-digest"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i], state) == 0)
            return true;
    return false;
}

static bool look_at_certificates(struct overlap_looking *l) {
    struct text key = {0};
    if (!has(l, CAMPAIGNS_CERT_SERIAL))
        return true;
    struct db_query *q = db_prepare(l->db, certificates_sql);
    while (q && db_step(q)) {
        struct overlap_sight sight = {.artifact = db_integer(q, 0), .part = 100, .way = "signed with it"};
        if (!is_vouched_for(db_text(q, 2, NULL)))
            sight.against =
                "contradicted: no trusted root vouches for this certificate, so that its number is "
                "nobody's word but its maker's";
        text_clear(&key);
        if (campaigns_value_key(CAMPAIGNS_CERT_SERIAL, db_text(q, 1, NULL), &key))
            overlap_index_see(l, CAMPAIGNS_CERT_SERIAL, text_string(&key), &sight);
    }
    db_finish(q);
    text_free(&key);
    return q != NULL;
}

/* --- bytes --- */

/* Only what findings show of a file is there to be compared. */
static bool look_at_bytes(struct overlap_looking *l) {
    struct text hex = {0};
    if (!has(l, CAMPAIGNS_BYTES))
        return true;
    struct db_query *q = db_prepare(
        l->db, "SELECT id, artifact, excerpt FROM finding WHERE excerpt IS NOT NULL AND artifact IS NOT NULL"
               " ORDER BY id");
    while (q && db_step(q)) {
        struct span excerpt = db_blob(q, 2);
        struct overlap_sight sight = {.artifact = db_integer(q, 1),
                                      .finding = db_integer(q, 0),
                                      .part = 100,
                                      .way = "in the bytes that a finding shows"};
        text_clear(&hex);
        text_hex(&hex, excerpt.data, excerpt.size);
        for (size_t i = l->first[CAMPAIGNS_BYTES]; i < l->first[CAMPAIGNS_BYTES + 1]; i++) {
            const char *found = strstr(text_string(&hex), item_at(l, i)->key);
            if (found && (found - text_string(&hex)) % 2 == 0)
                overlap_index_see_item(l, l->order[i], &sight);
        }
    }
    db_finish(q);
    text_free(&hex);
    return q != NULL;
}

/* --- paths --- */

/* Names of paths that are looked for: those without a wildcard sorted, the others in a row. */
struct wanted {
    const char *name; /* behind the last slash of the key */
    uint32_t item;
};

struct paths {
    struct wanted *plain, *wild;
    size_t plain_count, wild_count;
};

static int by_name(const void *a, const void *b) {
    const struct wanted *x = a, *y = b;
    int names = strcmp(x->name, y->name);
    return names != 0 ? names : (x->item > y->item) - (x->item < y->item);
}

static bool want_paths(const struct overlap_looking *l, struct paths *ret) {
    size_t count = overlap_index_count(l, CAMPAIGNS_PATH);
    *ret = (struct paths){calloc(count + 1, sizeof *ret->plain), calloc(count + 1, sizeof *ret->wild), 0, 0};
    if (!ret->plain || !ret->wild)
        return false;
    for (size_t i = l->first[CAMPAIGNS_PATH]; i < l->first[CAMPAIGNS_PATH + 1]; i++) {
        const char *key = item_at(l, i)->key, *slash = strrchr(key, '/');
        struct wanted wanted = {slash ? slash + 1 : key, l->order[i]};
        if (strchr(wanted.name, '*'))
            ret->wild[ret->wild_count++] = wanted;
        else
            ret->plain[ret->plain_count++] = wanted;
    }
    qsort(ret->plain, ret->plain_count, sizeof *ret->plain, by_name);
    return true;
}

static bool lower(const char *text, size_t size, char *ret, size_t room) {
    if (size >= room)
        return false;
    for (size_t i = 0; i < size; i++)
        ret[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 32) : text[i];
    ret[size] = 0;
    return true;
}

static void try_path(struct overlap_looking *l, const struct wanted *wanted, const char *folder,
                     const char *name, int64_t artifact) {
    struct overlap_sight sight = {.artifact = artifact, .part = 100};
    if (campaigns_value_is_path(l->campaigns->items[wanted->item].key, folder, name))
        overlap_index_see_item(l, wanted->item, &sight);
}

/* The first plain name that is not before this one. */
static size_t first_plain(const struct paths *paths, const char *name) {
    size_t low = 0, high = paths->plain_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(paths->plain[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_wild(const struct paths *paths, const char *name) {
    for (size_t i = 0; i < paths->wild_count; i++)
        if (campaigns_value_is_path(paths->wild[i].name, "", name))
            return true;
    return false;
}

/* Folders are asked for when the name fits: few do. */
static void take_path(struct overlap_looking *l, const struct paths *paths, struct db_query *q,
                      struct db_query *folders) {
    char name[NAME], folder[LONGEST];
    size_t size;
    const char *text = db_text(q, 1, &size);
    if (!lower(text, size, name, sizeof name))
        return;
    size_t at = first_plain(paths, name);
    bool plain = at < paths->plain_count && strcmp(paths->plain[at].name, name) == 0;
    if (!plain && !is_wild(paths, name))
        return;
    db_reset(folders);
    db_bind_integer(folders, 1, db_integer(q, 2));
    text = db_step(folders) ? db_text(folders, 0, &size) : NULL;
    if (!text || !lower(text, size, folder, sizeof folder))
        return;
    for (; at < paths->plain_count && strcmp(paths->plain[at].name, name) == 0; at++)
        try_path(l, &paths->plain[at], folder, name, db_integer(q, 0));
    for (size_t i = 0; i < paths->wild_count; i++)
        try_path(l, &paths->wild[i], folder, name, db_integer(q, 0));
}

static bool look_at_paths(struct overlap_looking *l) {
    static const char *const sql[] = {"SELECT id, name, folder FROM artifact WHERE stream IS NULL",
                                      "SELECT artifact, name, folder FROM artifact_path"};
    struct paths paths;
    if (!has(l, CAMPAIGNS_PATH))
        return true;
    bool good = want_paths(l, &paths);
    l->failed = l->failed || !good;
    struct db_query *folders = db_prepare(l->db, "SELECT path FROM folder WHERE id = ?");
    good = good && folders;
    for (int i = 0; good && i < 2; i++) {
        struct db_query *q = db_prepare(l->db, sql[i]);
        good = q != NULL;
        while (q && db_step(q))
            take_path(l, &paths, q, folders);
        db_finish(q);
    }
    db_finish(folders);
    free(paths.plain);
    free(paths.wild);
    return good;
}

/* --- what is alike --- */

static bool look_at_likeness(struct overlap_looking *l) {
    size_t count = overlap_index_count(l, CAMPAIGNS_TLSH), first = l->first[CAMPAIGNS_TLSH];
    if (count == 0)
        return true;
    count = count < TLSH_ITEMS ? count : TLSH_ITEMS;
    uint8_t(*digests)[TLSH_SIZE] = calloc(count, sizeof *digests);
    struct db_query *q =
        digests ? db_prepare(l->db, "SELECT artifact, tlsh FROM fuzzy ORDER BY artifact") : NULL;
    for (size_t i = 0; digests && i < count; i++)
        if (!tlsh_read(item_at(l, first + i)->key, digests[i]))
            memset(digests[i], 0, TLSH_SIZE);
    while (q && db_step(q)) {
        struct span tlsh = db_blob(q, 1);
        struct overlap_sight sight = {
            .artifact = db_integer(q, 0), .part = 100, .way = "alike by TLSH, which is not equal"};
        for (size_t i = 0; tlsh.size == TLSH_SIZE && i < count; i++) {
            unsigned distance = tlsh_distance(tlsh.data, digests[i], true);
            sight.part = distance <= TLSH_NEAR ? 100 - 2 * distance : 0;
            if (distance <= TLSH_NEAR)
                overlap_index_see_item(l, l->order[first + i], &sight);
        }
    }
    db_finish(q);
    free(digests);
    return q != NULL;
}

static void take_rich(struct overlap_looking *l, struct db_query *q) {
    struct span rich = db_blob(q, 1);
    char digest[33];
    struct overlap_sight sight = {
        .artifact = db_integer(q, 0), .part = 100, .way = "its Rich header, borne out by linker and imports"};
    overlap_rich_digest(rich, digest);
    for (size_t i = l->first[CAMPAIGNS_RICH]; i < l->first[CAMPAIGNS_RICH + 1]; i++) {
        const char *key = item_at(l, i)->key;
        if (strchr(key, '=') ? !overlap_rich_fits(rich, key) : strcmp(key, digest) != 0)
            continue;
        sight.against = overlap_rich_against(rich, db_text(q, 2, NULL), (uint64_t)db_integer(q, 3));
        sight.way = sight.against ? "its Rich header" : sight.way;
        overlap_index_see_item(l, l->order[i], &sight);
    }
}

static bool look_at_rich(struct overlap_looking *l) {
    if (!has(l, CAMPAIGNS_RICH))
        return true;
    struct db_query *q = db_prepare(
        l->db,
        "SELECT artifact, rich, linker, import_count FROM pe WHERE rich IS NOT NULL ORDER BY artifact");
    while (q && db_step(q))
        take_rich(l, q);
    db_finish(q);
    return q != NULL;
}

bool overlap_files_look(struct overlap_looking *l) {
    return look_at_digests(l) && look_at_images(l) && look_at_certificates(l) && look_at_bytes(l) &&
           look_at_paths(l) && look_at_likeness(l) && look_at_rich(l);
}
