#include "format/authenticode.h"
#include "model/detector.h"

/* Attribution data of known installers is short text; what carries a payload is longer or dense. */
enum { MUCH = 1024, LARGE = 16 * 1024, DENSE = 7200 };

/* Google's updater stores its tag in a certificate of its own making that no chain uses: it names itself in
 * this extension (1.3.6.1.4.1.11129.2.1.9999, Omaha and Chromium, certificate_tag). */
static const uint8_t tag_oid[] = {0x06, 0x0b, 0x2b, 0x06, 0x01, 0x04, 0x01,
                                  0xd6, 0x79, 0x02, 0x01, 0xce, 0x0f};

static bool is_tag(struct span certificate) {
    for (size_t i = 0; i + sizeof tag_oid <= certificate.size; i++)
        if (span_starts(span_from(certificate, i), tag_oid, sizeof tag_oid))
            return true;
    return false;
}

static void add(struct finding *finding, const char *key, const char *value) {
    if (value && finding->detail_count < FINDING_DETAILS)
        finding->details[finding->detail_count++] = (struct finding_detail){key, value};
}

static enum severity severity_of(uint64_t bytes, unsigned entropy, bool tag) {
    if (bytes >= LARGE || (bytes >= MUCH && entropy >= DENSE && !tag))
        return SEVERITY_MEDIUM;
    return tag || bytes < MUCH ? SEVERITY_INFO : SEVERITY_LOW;
}

static void report_attribute(const struct authenticode_signature *s, struct reporter *reporter) {
    const struct authenticode_stowage *stowage = &s->stowage;
    char bytes[32], entropy[32];
    unsigned dense = span_entropy(stowage->attribute);
    snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)stowage->attribute_bytes);
    snprintf(entropy, sizeof entropy, "%u.%03u bits a byte", dense / 1000, dense % 1000);
    struct finding finding = {
        .detector = "signature_stowage",
        .severity = severity_of(stowage->attribute_bytes, dense, false),
        .strength = STRENGTH_FIRM,
        .offset = stowage->attribute.offset,
        .size = stowage->attribute.size,
        .summary = "The signature carries an unauthenticated attribute of a type that is not known; "
                   "it can be put there without breaking anything",
        .excerpt = stowage->attribute};
    add(&finding, "type", stowage->attribute_oid ? stowage->attribute_oid : "malformed");
    add(&finding, "bytes in such attributes", bytes);
    add(&finding, "entropy", entropy);
    add(&finding, "signer", authenticode_subject(s));
    reporter->report(reporter, &finding);
}

static void report_certificate(const struct authenticode_signature *s, struct reporter *reporter) {
    const struct authenticode_stowage *stowage = &s->stowage;
    bool tag = is_tag(stowage->certificate);
    char bytes[32], count[32];
    snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)stowage->certificate_bytes);
    snprintf(count, sizeof count, "%zu", stowage->certificates);
    struct finding finding = {
        .detector = "signature_stowage",
        .severity = severity_of(stowage->certificate_bytes, span_entropy(stowage->certificate), tag),
        .strength = tag ? STRENGTH_WEAK : STRENGTH_FIRM,
        .offset = stowage->certificate.offset,
        .size = stowage->certificate.size,
        .summary = tag ? "The signature carries a tag of Google's updater in a certificate of its own"
                       : "The signature carries certificates that belong to no chain of it",
        .excerpt = stowage->certificate};
    /* Certificates are dense by nature: a few ordinary ones are no payload. */
    if (!tag && finding.severity == SEVERITY_MEDIUM && stowage->certificate_bytes < LARGE)
        finding.severity = stowage->certificate_subject ? SEVERITY_INFO : SEVERITY_LOW;
    add(&finding, "certificates", count);
    add(&finding, "bytes", bytes);
    add(&finding, "the largest one's subject",
        stowage->certificate_subject ? stowage->certificate_subject
                                     : "it is no certificate that can be decoded");
    add(&finding, "signer", authenticode_subject(s));
    reporter->report(reporter, &finding);
}

static void detect(const struct artifact *artifact, struct reporter *reporter) {
    const struct authenticode *a = artifact->authenticode;
    for (size_t i = 0; a && i < a->signature_count; i++) {
        if (a->signatures[i].stowage.attributes > 0)
            report_attribute(&a->signatures[i], reporter);
        if (a->signatures[i].stowage.certificates > 0)
            report_certificate(&a->signatures[i], reporter);
    }
}

const struct detector detector_signature_stowage = {
    .text =
        {
            .id = "signature_stowage",
            .title = "bytes stowed inside the signature",
            .why =
                "A signature holds parts that no digest covers: unauthenticated attributes, and certificates beyond the chain. "
                "Bytes put there change neither the file's digest nor the signature, and no check of Windows, not even "
                "EnableCertPaddingCheck, objects.",
            .innocent =
                "Installers that carry a campaign or customer number there (Google's updater in a certificate, others in "
                "an attribute), signing tools that add a cross-certificate or a whole chain file.",
            .verify =
                "openssl asn1parse -inform DER over the certificate table from 8 bytes behind its start, at the offset that "
                "the finding names; osslsigncode verify FILE lists the certificates.",
            .attack = "T1027.009",
            .severity = SEVERITY_MEDIUM,
        },
    .accepts = ARTIFACT_PE,
    .detect = detect,
};
