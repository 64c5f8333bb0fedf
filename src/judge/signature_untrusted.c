#include "judge/saying.h"
#include "model/judge.h"

enum { REFERENCES = 8, KEY = 200 };

/* Signatures that hold but that Windows would not accept, one signer and cause behind the other. */
static const char rows_sql[] =
    "SELECT t.artifact, t.state, coalesce(t.flags, ''), coalesce(t.reason, ''), coalesce(s.subject, ''),"
    " coalesce(s.issuer, ''), coalesce(s.chain_blamed, ''), coalesce(hex(s.thumbprint), ''), c.offset, c.length"
    " FROM trust t JOIN signature s ON s.artifact = t.artifact AND s.ordinal = t.signature"
    " LEFT JOIN certificate_entry c ON c.artifact = s.artifact AND c.ordinal = s.entry"
    " WHERE t.catalog IS NULL AND t.state IN ('untrusted-root', 'not-for-code-signing', 'expired-not-timestamped',"
    " 'malformed') ORDER BY t.state, t.flags, s.thumbprint, t.artifact";

struct group {
    char key[KEY], state[40], flags[200], reason[200], subject[600], issuer[600], blamed[600];
    int64_t artifact, offset, size;
    uint64_t count;
    struct casefile_reference references[REFERENCES];
    size_t cited;
};

static bool has(const char *flags, const char *word) {
    const char *at = strstr(flags, word);
    size_t size = strlen(word);
    return at && (at == flags || at[-1] == ' ') && (at[size] == ' ' || at[size] == 0);
}

static enum severity severity_of(const struct group *group) {
    if (has(group->flags, "curve"))
        return SEVERITY_HIGH;
    if (has(group->flags, "chain") || has(group->flags, "bad-stamp"))
        return SEVERITY_MEDIUM;
    return strcmp(group->state, "expired-not-timestamped") == 0 ? SEVERITY_INFO : SEVERITY_LOW;
}

static bool report(struct casefile *casefile, const struct group *group) {
    char summary[400], count[24];
    if (group->count == 0)
        return true;
    snprintf(summary, sizeof summary, "The file is signed, but Windows would not accept it: %s",
             group->reason);
    snprintf(count, sizeof count, "%llu", (unsigned long long)group->count);
    struct finding finding = {.detector = "signature_untrusted",
                              .severity = severity_of(group),
                              .strength = STRENGTH_FIRM,
                              .offset = group->offset > 0 ? (uint64_t)group->offset : 0,
                              .size = group->size > 0 ? (uint64_t)group->size : 0,
                              .summary = summary};
    saying_detail(&finding, "state", group->state);
    saying_detail(&finding, "signer", group->subject);
    saying_detail(&finding, "issuer", group->issuer);
    saying_detail(&finding, "certificate it is about", group->blamed);
    saying_detail(&finding, "files signed like this", count);
    return saying_write(casefile, group->artifact, &finding, group->references, group->cited);
}

static void copy(char *to, size_t room, struct db_query *q, int at) {
    snprintf(to, room, "%s", db_text(q, at, NULL));
    size_t size = strlen(to);
    while (size > 0 && size == room - 1 && (unsigned char)to[size - 1] >= 0x80)
        to[--size] = 0; /* never half a character */
}

static void start(struct group *group, struct db_query *q, const char *key) {
    *group =
        (struct group){.artifact = db_integer(q, 0), .offset = db_integer(q, 8), .size = db_integer(q, 9)};
    snprintf(group->key, sizeof group->key, "%s", key);
    copy(group->state, sizeof group->state, q, 1);
    copy(group->flags, sizeof group->flags, q, 2);
    copy(group->reason, sizeof group->reason, q, 3);
    copy(group->subject, sizeof group->subject, q, 4);
    copy(group->issuer, sizeof group->issuer, q, 5);
    copy(group->blamed, sizeof group->blamed, q, 6);
}

static bool judge_rows(struct casefile *casefile, struct db_query *q, struct group *group) {
    while (db_step(q)) {
        char key[KEY];
        snprintf(key, sizeof key, "%s|%s|%s", db_text(q, 1, NULL), db_text(q, 2, NULL), db_text(q, 7, NULL));
        if (strcmp(key, group->key) != 0) {
            if (!report(casefile, group))
                return false;
            start(group, q, key);
        } else if (group->cited < REFERENCES) {
            group->references[group->cited++] =
                (struct casefile_reference){(uint64_t)db_integer(q, 0), "signed likewise"};
        }
        group->count++;
    }
    return report(casefile, group) && casefile_error(casefile)[0] == 0;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = db_prepare(casefile_db(casefile), rows_sql);
    struct group group = {.count = 0};
    (void)intel;
    bool good = q && judge_rows(casefile, q, &group);
    db_finish(q);
    return good;
}

const struct judge judge_signature_untrusted = {
    .text =
        {
            .id = "signature_untrusted",
            .title = "signed, but Windows would not accept it",
            .why =
                "Anybody can sign with a certificate of their own making, and most viewers then show a signer's name. "
                "Only the chain to a trusted root, its purpose and its time make the name mean something. A chain "
                "that does not hold, or that writes out the parameters of its curve, was forged.",
            .innocent =
                "Programs that a company signs with a root of its own (give it with --roots), developers' "
                "self-signed builds, old programs whose maker never had them time-stamped.",
            .verify = "assay trust FILE shows the chain. On Windows: signtool verify /pa /v FILE.",
            .attack = "T1553.002",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
