#include "detect/inspect_signed.h"

#include "base/row.h"
#include "format/cab.h"
#include "format/cab_signature.h"
#include "format/msi_signature.h"
#include "model/facts.h"

#include <strings.h>

#define PKCS7_DATA "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" /* 1.2.840.113549.1.7.1 */

enum { PART = 64 << 10 };

struct examination {
    struct content *content;
    struct job *job;
    const struct authenticode_context *context;
    struct digest *digest;
};

static struct span fetch(const struct examination *e, uint64_t at, uint64_t size) {
    if (size > AUTHENTICODE_DER) {
        job_note(e->job, FAULT_LIMIT, at, "a signature is larger than is read");
        return span_of("", 0, at);
    }
    uint8_t *memory = job_alloc(e->job, (size_t)size, 1);
    size_t got = memory && size > 0 ? e->content->read(e->content, e->job, at, memory, (size_t)size) : 0;
    return memory ? span_of(memory, got, at) : span_of("", 0, at);
}

static void settle(struct authenticode_signature *signature, const uint8_t value[DIGEST_MAX]) {
    size_t size = digest_size(signature->kind);
    memcpy(signature->computed, value, size);
    signature->has_computed = true;
    bool same = memcmp(value, signature->digest, size) == 0;
    signature->verdict = same ? AUTHENTICODE_MATCH : AUTHENTICODE_MISMATCH;
}

/* --- cabinets --- */

static bool digest_parts(const struct examination *e, const struct cab_signature *cab, enum digest_kind kind,
                         uint8_t value[DIGEST_MAX]) {
    uint8_t *part = job_alloc(e->job, PART, 1);
    if (!part)
        return false;
    digest_start(e->digest, kind);
    for (size_t i = 0; i < CAB_SIGNATURE_PARTS; i++)
        for (uint64_t at = cab->parts[i].start; at < cab->parts[i].end;) {
            uint64_t left = cab->parts[i].end - at;
            size_t want = left < PART ? (size_t)left : PART;
            size_t got = e->content->read(e->content, e->job, at, part, want);
            if (got < want)
                return false;
            digest_add(e->digest, span_of(part, got, at));
            at += got;
        }
    digest_end(e->digest, value);
    return true;
}

static bool read_cabinet(const struct examination *e, struct authenticode_signature *ret) {
    struct cab_signature cab;
    struct fault why;
    uint8_t value[DIGEST_MAX];
    if (!cab_signature_find(e->content->head, e->content->size, &cab, &why)) {
        if (why.code != FAULT_NONE)
            job_note(e->job, why.code, 0, why.text);
        return false;
    }
    struct span about = span_of(AUTHENTICODE_CABINET, sizeof AUTHENTICODE_CABINET - 1, 0);
    if (!authenticode_over(e->job, fetch(e, cab.at, cab.size), about, e->context, ret))
        return false;
    if (ret->known && digest_parts(e, &cab, ret->kind, value))
        settle(ret, value);
    return true;
}

/* --- databases of installers --- */

static size_t fetch_part(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    struct content *content = context;
    return size > 0 ? content->read(content, job, offset, to, size) : 0;
}

static bool read_database(const struct examination *e, struct authenticode_signature *ret) {
    struct olecf *olecf = job_alloc(e->job, 1, sizeof *olecf);
    struct msi_signature found;
    struct olecf_stream stream = {0};
    enum msi_signature_names names;
    uint8_t value[DIGEST_MAX];
    if (!olecf || !olecf_open(e->job, fetch_part, e->content, e->content->size, olecf) ||
        !msi_signature_find(olecf, &found) || !olecf_open_stream(olecf, e->job, found.signature, &stream))
        return false;
    uint64_t size = stream.size < AUTHENTICODE_DER ? stream.size : AUTHENTICODE_DER;
    uint8_t *der = job_alloc(e->job, (size_t)size, 1);
    if (!der)
        return false;
    size_t got = olecf_read(olecf, e->job, &stream, 0, der, (size_t)size);
    struct span about = span_of(AUTHENTICODE_DATABASE, sizeof AUTHENTICODE_DATABASE - 1, 0);
    if (!authenticode_over(e->job, span_of(der, got, 0), about, e->context, ret))
        return false;
    if (!ret->known || !msi_signature_digest(olecf, e->job, &found, ret->kind, e->digest, value, &names))
        return true;
    settle(ret, value);
    if (names == MSI_SIGNATURE_NAMES_DIFFER)
        ret->verdict = AUTHENTICODE_MISMATCH;
    return true;
}

/* --- NuGet --- */

/* What it signs is a text with the digest of the package, which is not compared. */
static bool read_package(const struct examination *e, struct authenticode_signature *ret) {
    struct span der = fetch(e, 0, e->content->size);
    if (!authenticode_signed(e->job, der, span_of(PKCS7_DATA, sizeof PKCS7_DATA - 1, 0), e->context, ret))
        return false;
    ret->reason = "the digest of a NuGet package is not compared";
    return true;
}

void inspect_signed(struct content *content, const char *name, struct job *job,
                    const struct authenticode_context *context, const struct inspect_how *how,
                    struct digest *scratch, struct text *rows) {
    struct examination e = {content, job, context, scratch};
    struct authenticode_signature signature;
    size_t chained = 0;
    bool found = cab_is(content->head)                     ? read_cabinet(&e, &signature)
                 : olecf_is(content->head)                 ? read_database(&e, &signature)
                 : strcasecmp(name, ".signature.p7s") == 0 ? read_package(&e, &signature)
                                                           : false;
    if (found)
        inspect_rows_signature(rows, &signature, 0, how, &chained);
}
