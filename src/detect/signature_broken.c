/* Says that a file is not what was signed. Silent whenever bytes are missing: only what was read wholly can
 * contradict its signature. */
#include "format/authenticode.h"
#include "format/pe.h"
#include "model/detector.h"

enum { HEX = 2 * DIGEST_MAX + 1, NUMBER = 24 };

static void add(struct finding *finding, const char *key, const char *value) {
    if (finding->detail_count < FINDING_DETAILS && value)
        finding->details[finding->detail_count++] = (struct finding_detail){key, value};
}

static void hex(const uint8_t *data, size_t size, char text[HEX]) {
    text[0] = 0;
    for (size_t i = 0; i < size && i < DIGEST_MAX; i++)
        snprintf(text + 2 * i, HEX - 2 * i, "%02x", data[i]);
}

static void report_digest(const struct artifact *artifact, struct reporter *reporter,
                          const struct authenticode_signature *first, size_t broken, size_t told) {
    const struct authenticode_table *table = &artifact->authenticode->table;
    char wanted[HEX], computed[HEX], after[NUMBER], count[2 * NUMBER];
    hex(first->digest, first->digest_size, wanted);
    hex(first->computed, digest_size(first->kind), computed);
    snprintf(after, sizeof after, "%llu", (unsigned long long)table->after_size);
    snprintf(count, sizeof count, "%zu of %zu", broken, told);
    struct finding finding = {
        .detector = "signature_broken",
        .severity = SEVERITY_HIGH,
        .strength = broken == told ? STRENGTH_STRONG : STRENGTH_FIRM,
        .offset = table->entries[first->entry].offset,
        .size = table->entries[first->entry].length,
        .summary =
            broken == told
                ? "The file was changed after it was signed: its Authenticode digest is not the signed one"
                : "One of the file's signatures is over other bytes than the file holds",
        .excerpt = table->entries[first->entry].body,
    };
    add(&finding, "algorithm", first->algorithm);
    add(&finding, "signed digest", wanted);
    add(&finding, "digest of the file", computed);
    add(&finding, "signatures that do not match", count);
    add(&finding, "signer", authenticode_subject(first));
    if (table->after_size > 0)
        add(&finding, "bytes behind the table", after);
    reporter->report(reporter, &finding);
}

static void report_seal(const struct artifact *artifact, struct reporter *reporter,
                        const struct authenticode_signature *s) {
    const struct authenticode_entry *entry = &artifact->authenticode->table.entries[s->entry];
    struct finding finding = {
        .detector = "signature_broken",
        .severity = SEVERITY_HIGH,
        .strength = STRENGTH_FIRM,
        .offset = entry->offset,
        .size = entry->length,
        .summary = "The signature does not hold: the certificate's key did not make it over this content",
        .excerpt = entry->body,
    };
    add(&finding, "algorithm", s->algorithm);
    add(&finding, "signer", authenticode_subject(s));
    reporter->report(reporter, &finding);
}

static void detect(const struct artifact *artifact, struct reporter *reporter) {
    const struct authenticode *a = artifact->authenticode;
    const struct authenticode_signature *first = NULL;
    size_t broken = 0, told = 0;
    if (!a || !a->table.whole)
        return;
    for (size_t i = 0; i < a->signature_count; i++) {
        const struct authenticode_signature *s = &a->signatures[i];
        told += s->verdict != AUTHENTICODE_CANNOT_TELL;
        broken += s->verdict == AUTHENTICODE_MISMATCH;
        if (!first && s->verdict == AUTHENTICODE_MISMATCH)
            first = s;
    }
    if (first)
        report_digest(artifact, reporter, first, broken, told);
    for (size_t i = 0; i < a->signature_count; i++)
        if (a->signatures[i].seal == AUTHENTICODE_MISMATCH &&
            a->table.entries[a->signatures[i].entry].whole) {
            report_seal(artifact, reporter, &a->signatures[i]);
            return;
        }
}

const struct detector detector_signature_broken = {
    .text =
        {
            .id = "signature_broken",
            .title = "the file is not what was signed",
            .why =
                "An Authenticode signature promises that nobody changed the file. If the promise does not hold, "
                "somebody patched a signed program or put a foreign signature on one, to borrow the trust in its name.",
            .innocent =
                "A corrupted download or copy, a program whose resources or icon were edited by a customisation "
                "tool, data appended by a self-extractor maker after signing, software that patches itself.",
            .verify =
                "On Windows: Get-AuthenticodeSignature FILE says HashMismatch, signtool verify /pa /v FILE fails. "
                "Elsewhere: compare the digests that osslsigncode verify -in FILE prints, or fetch the same version "
                "from the maker and compare: cmp -l FILE ORIGINAL | head.",
            .attack = "T1036.001",
            .severity = SEVERITY_HIGH,
        },
    .accepts = ARTIFACT_PE,
    .detect = detect,
};
