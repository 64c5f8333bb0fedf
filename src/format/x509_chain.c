#include "format/x509_chain.h"

#include "base/filetime.h"
#include "format/x509_private.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

/* What the callback of OpenSSL gathers. */
struct gathering {
    const struct x509_store *store;
    unsigned faults;
    const X509 *blamed;
};

static unsigned fault_of(int error) {
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return X509_NO_ISSUER;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return X509_UNTRUSTED;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return X509_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return X509_NOT_YET;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
        return X509_BAD_SIGNATURE;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
        return X509_NOT_A_CA;
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        return X509_PATH;
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
        return X509_EXPLICIT;
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
        return X509_CONSTRAINT;
    default:
        return X509_OTHER;
    }
}

static bool is_anchor(const struct x509_store *store, const X509 *handle) {
    for (size_t i = 0; i < store->root_count; i++)
        if (store->roots[i].decoded && store->roots[i].decoded->handle == handle)
            return store->roots[i].decoded->anchor;
    return false;
}

/* Goes on after each error, so that all of them are known. What a root says of itself is no part of the
 * path (RFC 5280, 6.1): Microsoft Root Authority of 1997 does not say that it is an authority. */
static int gather(int ok, X509_STORE_CTX *context) {
    struct gathering *gathering = X509_STORE_CTX_get_app_data(context);
    if (ok == 1)
        return 1;
    bool own = X509_STORE_CTX_get_error(context) == X509_V_ERR_INVALID_CA &&
               X509_STORE_CTX_get_error_depth(context) > 0;
    if (own && is_anchor(gathering->store, X509_STORE_CTX_get_current_cert(context)))
        return 1;
    unsigned fault = fault_of(X509_STORE_CTX_get_error(context));
    if (gathering->faults == 0)
        gathering->blamed = X509_STORE_CTX_get_current_cert(context);
    gathering->faults |= fault;
    return 1;
}

/* Decodes the roots that by their names may have issued one of these certificates, and intermediates'
 * issuers. */
static void ready_roots(struct x509_store *store, const struct x509 *leaf, const struct x509 *const *others,
                        size_t count) {
    bool more = true;
    for (unsigned round = 0; more && round < X509_CHAIN; round++) {
        more = false;
        for (size_t i = 0; i < store->root_count; i++) {
            struct x509_root *root = &store->roots[i];
            bool wanted = !root->decoded && !root->failed && span_equal(root->subject, leaf->issuer_der);
            for (size_t j = 0; j < count && !wanted && !root->decoded; j++)
                wanted = span_equal(root->subject, others[j]->issuer_der);
            for (size_t j = 0; j < store->root_count && !wanted && !root->decoded; j++)
                wanted = store->roots[j].decoded && !store->roots[j].decoded->self_issued &&
                         span_equal(root->subject, store->roots[j].issuer);
            if (wanted && !root->failed && x509_private_root(store, root))
                more = true;
        }
    }
}

static STACK_OF(X509) *
    others_of(const struct x509_store *store, const struct x509 *const *others, size_t count) {
    STACK_OF(X509) *stack = sk_X509_new_null();
    bool good = stack != NULL;
    for (size_t i = 0; i < count && good; i++)
        good = sk_X509_push(stack, others[i]->handle) > 0;
    for (size_t i = 0; i < store->root_count && good; i++)
        if (store->roots[i].decoded && !store->roots[i].decoded->self_issued)
            good = sk_X509_push(stack, store->roots[i].decoded->handle) > 0;
    if (good)
        return stack;
    sk_X509_free(stack);
    return NULL;
}

static const struct x509 *of_handle(const struct x509_store *store, const struct x509 *leaf,
                                    const struct x509 *const *others, size_t count, const X509 *handle) {
    if (handle == leaf->handle)
        return leaf;
    for (size_t i = 0; i < count; i++)
        if (others[i]->handle == handle)
            return others[i];
    for (size_t i = 0; i < store->root_count; i++)
        if (store->roots[i].decoded && store->roots[i].decoded->handle == handle)
            return store->roots[i].decoded;
    return NULL;
}

static void take_chain(struct x509_store *store, const struct x509 *leaf, const struct x509 *const *others,
                       size_t count, STACK_OF(X509) * links, struct x509_chain *ret) {
    ret->from = 0;
    ret->until = UINT64_MAX;
    for (int i = 0; i < sk_X509_num(links) && ret->count < X509_CHAIN; i++) {
        const struct x509 *link = of_handle(store, leaf, others, count, sk_X509_value(links, i));
        if (!link)
            break;
        ret->links[ret->count++] = link;
        ret->from = link->not_before > ret->from ? link->not_before : ret->from;
        ret->until = link->not_after < ret->until ? link->not_after : ret->until;
    }
}

static unsigned index_of(unsigned purpose) {
    unsigned index = 0;
    while (index + 1 < X509_PURPOSES && !(purpose >> index & 1))
        index++;
    return index;
}

static void verify(struct x509_store *store, const struct x509 *leaf, const struct x509 *const *others,
                   size_t count, unsigned purpose, uint64_t time, struct x509_chain *ret) {
    struct gathering gathering = {.store = store};
    STACK_OF(X509) *stack = others_of(store, others, count);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    ret->faults = X509_OTHER;
    if (stack && context &&
        X509_STORE_CTX_init(context, store->anchors[index_of(purpose)], leaf->handle, stack) == 1 &&
        X509_STORE_CTX_set_app_data(context, &gathering) == 1) {
        X509_VERIFY_PARAM *parameters = X509_STORE_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_time(parameters, (time_t)filetime_to_unix(time));
        X509_VERIFY_PARAM_set_depth(parameters, X509_CHAIN - 2);
        X509_STORE_CTX_set_verify_cb(context, gather);
        if (X509_verify_cert(context) != 1 && gathering.faults == 0)
            gathering.faults = X509_OTHER;
        ret->faults = gathering.faults;
        if (gathering.blamed)
            ret->blamed = of_handle(store, leaf, others, count, gathering.blamed);
        take_chain(store, leaf, others, count, X509_STORE_CTX_get0_chain(context), ret);
    }
    X509_STORE_CTX_free(context);
    sk_X509_free(stack);
    ERR_clear_error();
}

static void blame(struct x509_chain *chain, unsigned fault, const struct x509 *link) {
    if (chain->faults == 0)
        chain->blamed = link;
    chain->faults |= fault;
}

/* A CA with extended key usages passes on no others (as Windows has it); a time stamp's signer must have the
 * one it needs (RFC 3161, 2.3), a code signer without any may sign anything. */
static void check_usages(struct x509_chain *chain, unsigned purpose) {
    unsigned wanted = purpose == X509_FOR_TIME ? X509_USAGE_TIME : X509_USAGE_CODE;
    for (size_t i = 0; i < chain->count; i++) {
        const struct x509 *link = chain->links[i];
        if (link->anchor)
            continue;
        bool must = i == 0 && purpose == X509_FOR_TIME;
        if ((must || link->has_usages) && !(link->usages & (wanted | (must ? 0 : X509_USAGE_ANY))))
            blame(chain, X509_USAGE, link);
    }
}

static void check_links(struct x509_chain *chain) {
    for (size_t i = 0; i < chain->count; i++) {
        const struct x509 *link = chain->links[i];
        if (link->explicit_curve)
            blame(chain, X509_EXPLICIT, link);
        if (link->weak_key && !link->anchor)
            blame(chain, X509_WEAK_KEY, link);
        if (!link->self_issued && (!link->digest_known || link->digest == DIGEST_MD5))
            chain->faults |= X509_WEAK_DIGEST;
    }
}

/* A root that is known, but for something else. */
static void check_purpose(struct x509_chain *chain, unsigned purpose) {
    const struct x509 *last = chain->count > 0 ? chain->links[chain->count - 1] : NULL;
    if (chain->faults & X509_UNTRUSTED && last && last->anchor && !(last->purposes & purpose)) {
        chain->faults = (chain->faults & ~(unsigned)X509_UNTRUSTED) | X509_WRONG_PURPOSE;
        chain->blamed = last;
    }
}

/* Only where there was no choice does a chain not depend on the time within its validity. */
static bool no_choice(const struct x509 *leaf, const struct x509 *const *others, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++)
            if (others[i] != others[j] && span_equal(others[i]->subject_der, others[j]->subject_der))
                return false;
        if (others[i] != leaf && span_equal(others[i]->subject_der, leaf->subject_der))
            return false;
    }
    return true;
}

static struct x509_kept *place_of(struct x509_store *store, const struct x509 *leaf,
                                  const struct x509 *const *others, size_t count, unsigned purpose,
                                  uint8_t key[DIGEST_MAX]) {
    uint8_t bytes[(X509_KEEP_OTHERS + 1) * 32 + 1];
    size_t used = 0;
    if (count > X509_KEEP_OTHERS)
        return NULL;
    bytes[used++] = (uint8_t)purpose;
    span_copy(span_of(leaf->sha256, 32, 0), bytes + used, 32);
    used += 32;
    for (size_t i = 0; i < count; i++, used += 32)
        span_copy(span_of(others[i]->sha256, 32, 0), bytes + used, 32);
    digest_once(DIGEST_SHA256, span_of(bytes, used, 0), key);
    return &store->cache->kept[((size_t)key[0] | (size_t)key[1] << 8) % X509_KEPT];
}

void x509_chain_build(struct x509_store *store, const struct x509 *leaf, const struct x509 *const *others,
                      size_t other_count, unsigned purpose, uint64_t time, struct x509_chain *ret) {
    uint8_t key[DIGEST_MAX];
    struct x509_kept *kept = place_of(store, leaf, others, other_count, purpose, key);
    if (kept && kept->used && memcmp(kept->key, key, sizeof kept->key) == 0 && time >= kept->chain.from &&
        time <= kept->chain.until) {
        *ret = kept->chain;
        return;
    }
    memset(ret, 0, sizeof *ret);
    ready_roots(store, leaf, others, other_count);
    verify(store, leaf, others, other_count, purpose, time, ret);
    check_purpose(ret, purpose);
    check_links(ret);
    check_usages(ret, purpose);
    if (kept && !(ret->faults & (X509_EXPIRED | X509_NOT_YET)) && no_choice(leaf, others, other_count)) {
        *kept = (struct x509_kept){.used = true, .chain = *ret};
        span_copy(span_of(key, sizeof kept->key, 0), kept->key, sizeof kept->key);
    }
}

const char *x509_fault_text(unsigned faults) {
    static const struct {
        unsigned fault;
        const char *text;
    } texts[] = {
        {X509_BAD_SIGNATURE, "a certificate was not signed by its issuer"},
        {X509_EXPLICIT,
         "a certificate writes out the parameters of its curve, as forgers do (CVE-2020-0601)"},
        {X509_WEAK_KEY, "a certificate's key is so short that others can compute it"},
        {X509_NOT_A_CA, "a certificate was issued by one that is no certification authority"},
        {X509_PATH, "the chain is longer than one of its certificates allows"},
        {X509_CONSTRAINT,
         "a certificate breaks a constraint of its issuer, or has one that is not understood"},
        {X509_UNTRUSTED, "the chain ends in a root that is not trusted"},
        {X509_NO_ISSUER, "the issuer of a certificate is not known"},
        {X509_WRONG_PURPOSE, "the root is known, but not trusted for this purpose"},
        {X509_USAGE, "a certificate is not for this use"},
        {X509_EXPIRED, "a certificate had expired"},
        {X509_NOT_YET, "a certificate was not valid yet"},
        {X509_OTHER, "the chain could not be verified"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (faults & texts[i].fault)
            return texts[i].text;
    return NULL;
}
