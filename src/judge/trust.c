#include "case/casefile.h"
#include "format/timestamp.h"
#include "intel/intel.h"
#include "judge/trust_catalogs.h"
#include "judge/trust_packages.h"
#include "judge/trust_policy.h"
#include "judge/trust_rules.h"
#include "model/judge.h"

#include <stdlib.h>

enum { PLACES = 256, RESOLVED_PERCENT = 99, ENOUGH = 50, ALIGNMENT = 7 };

/* Evidence and volume, and whether the catalogs that speak for it are a complete set. */
struct place {
    int64_t evidence, volume, system, resolved;
    bool complete, lost, unaccounted; /* one of the catalogs is damaged; they do not cover Windows itself */
};

struct judging {
    struct casefile *casefile;
    const struct intel *intel;
    struct trust_catalogs catalogs;
    struct trust_packages packages;
    struct trust_policy policy;
    struct db_query *signature, *chain;
    struct place places[PLACES];
    size_t place_count;
};

/* Where a signature stands and what the row trust will say of it. */
struct answer {
    struct trust_input input;
    struct trust_result result;
    struct casefile_trust row;
    char signer[512], issuer[512], root[512], denied_by[TRUST_POLICY_TEXT];
};

/* One row an image, catalog or package's signature. Images that were not read wholly are damaged. */
static const char subjects_sql[] =
    "SELECT a.id, a.evidence, coalesce(a.volume, 0), 1, p.table_size IS NOT NULL, coalesce(p.subsystem, 0),"
    " p.authentihash_sha1, p.authentihash_sha256, coalesce(p.slack_size, 0), coalesce(e.total, 0),"
    " coalesce(e.largest, 0), coalesce(e.zero, 1), p.authentihash_sha256 IS NULL AND p.signed_digest IN ('none',"
    " 'cannot-tell') FROM pe p JOIN artifact a ON a.id = p.artifact LEFT JOIN (SELECT artifact,"
    " CAST(total(slack_size) AS INTEGER) AS total, max(slack_size) AS largest, min(slack_size = 0 OR slack_zero <> 0)"
    " AS zero FROM certificate_entry GROUP BY artifact) e ON e.artifact = p.artifact UNION ALL"
    " SELECT c.artifact, a.evidence, coalesce(a.volume, 0), 0, 1, 0, NULL, NULL, 0, 0, 0, 1, 0"
    " FROM catalog c JOIN artifact a ON a.id = c.artifact UNION ALL"
    " SELECT k.artifact, a.evidence, coalesce(a.volume, 0), 0, 1, 0, NULL, NULL, 0, 0, 0, 1, 0"
    " FROM package k JOIN artifact a ON a.id = k.artifact ORDER BY 1";

static const char signature_sql[] =
    "SELECT s.ordinal, s.verdict, s.algorithm, s.seal, s.seal_algorithm, s.thumbprint IS NOT NULL,"
    " coalesce(s.chain_faults, 0), coalesce(s.special, ''), coalesce(s.special_faults, 0), coalesce(s.stamp, ''),"
    " coalesce(s.stamp_faults, 0), coalesce(s.judged_at, 0), coalesce(s.page_hashes, ''), coalesce(c.usages, ''),"
    " coalesce(c.not_before, 0), coalesce(c.name, ''), coalesce(c.issuer_name, ''), coalesce(r.name, r.subject, ''),"
    " s.computed IS NOT NULL, coalesce(s.chain_blamed, '') FROM signature s"
    " LEFT JOIN certificate c ON c.thumbprint = s.thumbprint LEFT JOIN certificate r ON r.thumbprint = s.root"
    " WHERE s.artifact = ? ORDER BY s.ordinal";

static const char chain_sql[] =
    "SELECT c.issuer_name, c.serial, c.tbs_sha1, c.tbs_sha256, c.tbs_sha384 FROM signature_certificate l"
    " JOIN certificate c ON c.thumbprint = l.thumbprint WHERE l.artifact = ? AND l.signature = ? AND l.role = 'signer'"
    " ORDER BY l.position";

/* What Windows itself consists of, as far as it lies in System32 itself: the yardstick of a set of catalogs.
 * Of a volume, no other folder of that name. */
static const char system_sql[] =
    "SELECT a.evidence, coalesce(a.volume, 0), p.authentihash_sha1, p.authentihash_sha256, p.signed_digest = 'match'"
    " FROM pe p JOIN artifact a ON a.id = p.artifact JOIN folder o ON o.id = a.folder"
    " WHERE CASE WHEN a.volume IS NULL THEN lower(o.path) LIKE '%windows/system32' ELSE lower(o.path) ="
    " '/windows/system32' END AND a.stream IS NULL AND a.flags & 2 = 0 AND p.company = 'Microsoft Corporation'"
    " AND p.product LIKE 'Microsoft%Windows%Operating System' ORDER BY a.evidence, 2";

static bool has_word(const char *words, const char *word) {
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += size)
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == 0))
            return true;
    return false;
}

static void copy(char to[512], const char *from) {
    snprintf(to, 512, "%s", from);
    for (size_t n = strlen(to); n > 0 && ((unsigned char)to[n] & 0xc0) == 0x80; n--)
        to[n] = 0;
    size_t n = strlen(to); /* not within a character: drop a lead byte without its followers */
    if (n == 511)
        while (n > 0 && (unsigned char)to[n - 1] >= 0x80)
            to[--n] = 0;
}

static bool is(struct db_query *query, int at, const char *word) {
    return strcmp(db_text(query, at, NULL), word) == 0;
}

/* The certificate list speaks of any link below the root. */
static bool is_distrusted(struct judging *j, int64_t artifact, int64_t signature, bool stamped,
                          uint64_t time) {
    db_reset(j->chain);
    db_bind_integer(j->chain, 1, artifact);
    db_bind_integer(j->chain, 2, signature);
    while (db_step(j->chain)) {
        struct certificates_query query = {
            .issuer = db_text(j->chain, 0, NULL),
            .serial = db_text(j->chain, 1, NULL),
            .tbs = {db_blob(j->chain, 2), db_blob(j->chain, 3), db_blob(j->chain, 4)}};
        const struct certificates_entry *entry = certificates_find(&j->intel->certificates, &query);
        if (entry && (entry->since == 0 || !stamped || time >= entry->since))
            return true;
    }
    return false;
}

static void read_usages(struct trust_input *in, const char *usages) {
    static const char *const windows[] = {"1.3.6.1.4.1.311.10.3.5", "1.3.6.1.4.1.311.10.3.5.1",
                                          "1.3.6.1.4.1.311.10.3.6", "1.3.6.1.4.1.311.61.1.1",
                                          "1.3.6.1.4.1.311.10.3.39"};
    in->lifetime = has_word(usages, "1.3.6.1.4.1.311.10.3.13");
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++)
        in->windows_usage = in->windows_usage || has_word(usages, windows[i]);
}

/* The signature in the current row of j->signature. */
static void read_signature(struct judging *j, int64_t artifact, bool image, struct answer *to) {
    struct db_query *q = j->signature;
    struct trust_input *in = &to->input;
    int64_t ordinal = db_integer(q, 0);
    const char *special = db_text(q, 7, NULL), *root = db_text(q, 17, NULL);
    in->is_signed = true;
    in->over_file = !image || !db_is_null(q, 2);
    in->digest_known = !image || !is(q, 1, "cannot-tell");
    in->digest_matches = !image || is(q, 1, "match");
    in->seal_known = !is(q, 3, "cannot-tell");
    in->seal_holds = is(q, 3, "match");
    in->md5 = is(q, 2, "md5") || is(q, 4, "md5");
    in->sha1 = is(q, 2, "sha1") || is(q, 4, "sha1");
    in->has_signer = db_integer(q, 5) != 0;
    in->chain_faults = (unsigned)db_integer(q, 6);
    in->special_faults = (unsigned)db_integer(q, 8);
    in->driver = in->driver || (!image && strcmp(special, "kernel") == 0);
    in->firmware = strcmp(special, "uefi") == 0;
    in->stamped = db_text(q, 9, NULL)[0] != 0;
    in->stamp_rfc3161 = is(q, 9, "rfc3161");
    in->stamp_faults = (unsigned)db_integer(q, 10);
    uint64_t judged = (uint64_t)db_integer(q, 11);
    in->time = judged ? judged : j->intel->now;
    in->pages_mismatch = is(q, 12, "mismatch");
    read_usages(in, db_text(q, 13, NULL));
    in->signer_since = (uint64_t)db_integer(q, 14);
    in->microsoft_root = strncmp(root, "Microsoft", 9) == 0;
    in->lacks_kernel_root = in->special_faults & X509_NO_ISSUER &&
                            strstr(db_text(q, 19, NULL), "Microsoft Code Verification Root");
    copy(to->signer, db_text(q, 15, NULL));
    copy(to->issuer, db_text(q, 16, NULL));
    copy(to->root, root);
    to->row.has_signature = true;
    to->row.signature = (uint64_t)ordinal;
    to->row.time = judged;
    in->distrusted = is_distrusted(j, artifact, ordinal, judged != 0, in->time);
}

static void start_signatures(struct judging *j, int64_t artifact) {
    db_reset(j->signature);
    db_bind_integer(j->signature, 1, artifact);
}

/* Signed twice so that old and new systems each have what they understand: the stronger one says who it was.
 */
static bool better(const struct trust_result *first, const struct trust_result *other) {
    return first->state == TRUST_WEAK_DIGEST &&
           (other->state == TRUST_TRUSTED || other->state == TRUST_ALTERED_SLACK);
}

/* The first signature is the one that counts in user mode; the kernel takes any that it likes. */
static bool judge_embedded(struct judging *j, int64_t artifact, bool image, struct answer *to) {
    start_signatures(j, artifact);
    if (!db_step(j->signature))
        return false;
    struct trust_input base = to->input;
    read_signature(j, artifact, image, to);
    trust_rules_decide(&to->input, &to->result);
    to->row.source = "embedded";
    unsigned beside = 0;
    while (image && db_step(j->signature)) {
        struct answer other = {.input = base};
        read_signature(j, artifact, image, &other);
        trust_rules_decide(&other.input, &other.result);
        if (other.result.kernel.verdict == TRUST_ACCEPTED)
            to->result.kernel = other.result.kernel;
        beside |= other.result.flags;
        if (better(&to->result, &other.result)) {
            other.result.user = to->result.user;
            other.result.strict = to->result.strict;
            other.result.kernel = to->result.kernel;
            other.row.source = "nested";
            *to = other;
        }
    }
    trust_rules_beside(beside, &to->result);
    return true;
}

/* Every catalog that holds the digest, until one is accepted; else the first one's answer stands. */
static bool judge_catalogs(struct judging *j, struct span digest, int64_t evidence, int64_t volume,
                           struct answer *to) {
    size_t at = 0;
    bool found = false;
    struct trust_input base = to->input;
    for (int64_t catalog;
         (catalog = trust_catalogs_next(&j->catalogs, digest, evidence, volume, &at)) != 0;) {
        struct answer one = {.input = base, .row = to->row};
        start_signatures(j, catalog);
        if (!db_step(j->signature))
            continue;
        read_signature(j, catalog, false, &one);
        one.input.driver = base.driver;
        one.input.firmware = false;
        one.input.special_faults = base.driver ? one.input.special_faults : 0;
        one.row.source = "catalog";
        one.row.catalog = (uint64_t)catalog;
        trust_rules_decide(&one.input, &one.result);
        if (!found || one.result.state == TRUST_TRUSTED)
            *to = one;
        found = true;
        if (to->result.state == TRUST_TRUSTED)
            break;
    }
    /* A catalog that is not to be believed says nothing of the file. */
    return found && to->result.state == TRUST_TRUSTED;
}

static const struct place *place_of(const struct judging *j, int64_t evidence, int64_t volume) {
    for (size_t i = 0; i < j->place_count; i++)
        if (j->places[i].evidence == evidence && j->places[i].volume == volume)
            return &j->places[i];
    return NULL;
}

static struct casefile_verdict verdict_of(const struct trust_answer *answer) {
    return (struct casefile_verdict){trust_rules_verdict(answer->verdict), answer->has_code, answer->code};
}

static bool say(struct judging *j, int64_t artifact, struct answer *a) {
    char flags[512] = "";
    size_t used = 0;
    for (unsigned i = 0; i < TRUST_FLAGS; i++)
        if (a->result.flags >> i & 1)
            used += (size_t)snprintf(flags + used, sizeof flags - used, "%s%s", used ? " " : "",
                                     trust_rules_flag(i));
    struct casefile_trust *row = &a->row;
    row->artifact = (uint64_t)artifact;
    row->state = trust_rules_state(a->result.state);
    row->signer = a->signer[0] ? a->signer : NULL;
    row->issuer = a->issuer[0] ? a->issuer : NULL;
    row->root = a->root[0] ? a->root : NULL;
    row->flags = flags;
    row->user = verdict_of(&a->result.user);
    row->strict = verdict_of(&a->result.strict);
    row->kernel = verdict_of(&a->result.kernel);
    row->denied_by = a->denied_by[0] ? a->denied_by : NULL;
    row->reason = a->result.reason;
    return casefile_trust(j->casefile, row);
}

/* What the columns of subjects_sql are copied to before other queries run. */
struct subject {
    int64_t id, evidence, volume;
    bool image, slack;
    uint8_t sha1[20], sha256[32];
    bool has_sha1, has_sha256;
    struct trust_input input;
};

static void read_subject(struct db_query *q, struct subject *to) {
    int64_t size = db_integer(q, 8), total = db_integer(q, 9), largest = db_integer(q, 10);
    *to = (struct subject){.id = db_integer(q, 0), .evidence = db_integer(q, 1), .volume = db_integer(q, 2)};
    to->image = db_integer(q, 3) != 0;
    to->has_sha1 = span_copy(db_blob(q, 6), to->sha1, 20) == 20;
    to->has_sha256 = span_copy(db_blob(q, 7), to->sha256, 32) == 32;
    to->input.has_table = db_integer(q, 4) != 0;
    to->input.driver = db_integer(q, 5) == 1;
    to->input.unread = db_integer(q, 12) != 0;
    to->input.slack = size > total || largest > ALIGNMENT || db_integer(q, 11) == 0;
}

static void ask_policies(struct judging *j, const struct subject *s, struct answer *a) {
    struct trust_policy_denial denial;
    struct trust_policy_question question = {
        .artifact = s->id, .catalog = (int64_t)a->row.catalog, .signature = (int64_t)a->row.signature};
    if (!s->image || !trust_policy_find(&j->policy, &question, &denial))
        return;
    trust_policy_text(&denial.match, a->denied_by);
    trust_rules_deny(trust_policy_code(denial.match.policy), &a->result);
}

/* The signature of the package that the image belongs to. WinVerifyTrust does not ask it, so that there is no
 * verdict of Windows to tell: it counted when the package was installed. */
static bool judge_package(struct judging *j, const struct subject *s, struct answer *to) {
    int64_t signature = 0;
    enum trust_packages_answer said =
        trust_packages_ask(&j->packages, s->id, s->evidence, s->volume, &signature);
    if (said == TRUST_PACKAGES_NOTHING)
        return false;
    struct answer one = {.input = s->input};
    start_signatures(j, signature);
    if (!db_step(j->signature))
        return false;
    read_signature(j, signature, false, &one);
    one.input.firmware = false;
    one.row.source = "package";
    one.row.catalog = (uint64_t)signature;
    trust_rules_decide(&one.input, &one.result);
    bool believed = one.result.state == TRUST_TRUSTED;
    one.input.digest_matches = said == TRUST_PACKAGES_MATCH;
    trust_rules_decide(&one.input, &one.result);
    trust_rules_package(&one.result);
    if (believed)
        *to = one;
    return believed;
}

/* A block map that is not the one that was signed. */
static void judge_map(struct judging *j, const struct subject *s, struct answer *a) {
    if (s->image || !trust_packages_changed(&j->packages, s->id))
        return;
    a->input.digest_matches = false;
    trust_rules_decide(&a->input, &a->result);
}

/* Why the lack of a signature cannot be told. */
static void tell_why(const struct place *place, bool torn, struct trust_result *ret) {
    if (torn)
        ret->reason =
            "there is no signature in the file; its package, which may cover it, could not be read wholly";
    else if (place && place->lost)
        ret->reason =
            "there is no signature in the file; a catalog of the machine is damaged, and may cover it";
    else if (place && place->unaccounted)
        ret->reason =
            "there is no signature in the file; the machine's catalogs are not all there, for files of "
            "Windows are covered by none";
}

static bool judge_subject(struct judging *j, const struct subject *s) {
    struct answer a = {.input = s->input};
    bool found = judge_embedded(j, s->id, s->image, &a);
    if (found)
        judge_map(j, s, &a);
    if (!found && s->image && !s->input.has_table) {
        a = (struct answer){.input = s->input};
        found = (s->has_sha256 && judge_catalogs(j, span_of(s->sha256, 32, 0), s->evidence, s->volume, &a)) ||
                (s->has_sha1 && judge_catalogs(j, span_of(s->sha1, 20, 0), s->evidence, s->volume, &a)) ||
                judge_package(j, s, &a);
    }
    if (!found) {
        const struct place *place = place_of(j, s->evidence, s->volume);
        a = (struct answer){.input = s->input};
        bool torn = s->image && trust_packages_torn(&j->packages, s->id, s->evidence, s->volume);
        a.input.searched = place && place->complete && s->has_sha256 && !torn;
        trust_rules_decide(&a.input, &a.result);
        if (a.result.state == TRUST_UNKNOWN && !s->input.has_table && !s->input.unread)
            tell_why(place, torn, &a.result);
    }
    ask_policies(j, s, &a);
    return say(j, s->id, &a);
}

/* A set is complete if no catalog in it is damaged and it accounts for what Windows itself consists of. */
static bool find_places(struct judging *j, struct db *db) {
    struct db_query *q = db_prepare(db, system_sql);
    while (q && db_step(q)) {
        int64_t evidence = db_integer(q, 0), volume = db_integer(q, 1);
        struct place *place = j->place_count ? &j->places[j->place_count - 1] : NULL;
        if (!place || place->evidence != evidence || place->volume != volume) {
            if (j->place_count == PLACES)
                break;
            place = &j->places[j->place_count++];
            *place = (struct place){.evidence = evidence, .volume = volume};
        }
        size_t one = 0, two = 0;
        place->system++;
        place->resolved += db_integer(q, 4) != 0 ||
                           trust_catalogs_next(&j->catalogs, db_blob(q, 3), evidence, volume, &one) != 0 ||
                           trust_catalogs_next(&j->catalogs, db_blob(q, 2), evidence, volume, &two) != 0;
    }
    for (size_t i = 0; i < j->place_count; i++) {
        struct place *place = &j->places[i];
        bool whole, any = trust_catalogs_any(&j->catalogs, place->evidence, place->volume, &whole);
        place->complete = any && whole && place->system >= ENOUGH &&
                          place->resolved * 100 >= place->system * RESOLVED_PERCENT;
        place->lost = any && !whole;
        place->unaccounted = any && whole && !place->complete && place->system >= ENOUGH;
    }
    db_finish(q);
    return q && db_error(db)[0] == 0;
}

static bool judge_all(struct judging *j, struct db *db) {
    struct db_query *q = db_prepare(db, subjects_sql);
    bool good = q != NULL;
    struct subject subject;
    while (good && db_step(q)) {
        read_subject(q, &subject);
        good = judge_subject(j, &subject);
    }
    db_finish(q);
    return good && casefile_error(j->casefile)[0] == 0;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct judging *j = calloc(1, sizeof *j);
    if (!j)
        return false;
    j->casefile = casefile;
    j->intel = intel;
    j->signature = db_prepare(db, signature_sql);
    j->chain = db_prepare(db, chain_sql);
    bool good = j->signature && j->chain && trust_catalogs_load(db, &j->catalogs) &&
                trust_packages_load(db, &j->packages) &&
                trust_policy_open(db, &intel->policies, &j->policy) && find_places(j, db) && judge_all(j, db);
    db_finish(j->signature);
    db_finish(j->chain);
    trust_policy_close(&j->policy);
    trust_catalogs_free(&j->catalogs);
    trust_packages_free(&j->packages);
    free(j);
    return good;
}

const struct judge judge_trust = {
    .text =
        {
            .id = "trust",
            .title = "what Windows would say of the signature",
            .why =
                "Nearly every tool prints \"signed\" and stops there. Whether the file is the one that was signed, by "
                "whom, under which root, when, and whether Windows would accept it are separate questions, and "
                "attackers live between them. This judge answers them for every image, from embedded signatures and "
                "from catalogs, and gives no findings of its own: the table trust holds the answers, and other judges "
                "build on it.",
            .innocent =
                "An answer `untrusted-root` may only mean that a private root is in use: give it with --roots. "
                "`unknown` means that no complete set of catalogs was at hand.",
            .verify =
                "On Windows: signtool verify /v /pa FILE (user mode) or /kp (drivers). Elsewhere: osslsigncode "
                "verify -CAfile ROOTS -TSA-CAfile ROOTS FILE.",
            .attack = "T1553.002",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
};
