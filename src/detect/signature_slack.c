/* Says what lies in the certificate table and belongs to no signature. Nobody's digest covers the table, so
 * bytes there ride along in a file that still verifies (CVE-2013-3900; in 2023 a payload came that way inside
 * a Microsoft-signed d3dcompiler_47.dll). */
#include "format/authenticode.h"
#include "format/authenticode_tag.h"
#include "format/pe.h"
#include "model/detector.h"

enum {
    PADDING = 7,       /* zero bytes that alignment explains */
    PAYLOAD = 1024,    /* bytes from which on entropy says something */
    LARGE = 16 * 1024, /* more than any personalisation that is known */
    DENSE = 7200       /* thousandths of a bit a byte: encrypted or compressed */
};

/* A run of bytes in the table that no signature owns. */
struct run {
    const char *where;
    struct span bytes;
    const struct authenticode_entry *entry;         /* that it lies in; NULL behind the last one */
    const struct authenticode_signature *signature; /* of that entry, or the first of the file; may be NULL */
};

/* What a run looks like once known tags and alignment are set aside. */
struct look {
    struct span rest; /* what no tag explains, without zeros at its ends */
    const char *tag;  /* name of the last known tag, or NULL */
    bool marker;      /* of a tool that hides programs */
    bool program;     /* rest begins with an executable */
    bool library;     /* the file is a DLL or driver: nobody personalises those */
    bool microsoft;
    unsigned entropy;
};

static void add(struct finding *finding, const char *key, const char *value) {
    if (finding->detail_count < FINDING_DETAILS && value)
        finding->details[finding->detail_count++] = (struct finding_detail){key, value};
}

static struct span without_zeros(struct span bytes) {
    while (bytes.size > 0 && bytes.data[0] == 0)
        bytes = span_from(bytes, 1);
    while (bytes.size > 0 && bytes.data[bytes.size - 1] == 0)
        bytes = span_part(bytes, 0, bytes.size - 1);
    return bytes;
}

static bool is_library(const struct pe *pe) {
    enum { FILE_DLL = 0x2000, SUBSYSTEM_NATIVE = 1 };
    return pe->characteristics & FILE_DLL || pe->subsystem == SUBSYSTEM_NATIVE;
}

static bool is_program(struct span bytes) {
    struct cursor c = cursor_of(bytes);
    cursor_seek(&c, 0x3c);
    uint32_t header = cursor_u32(&c);
    return span_starts(bytes, "MZ", 2) && !c.torn && span_starts(span_from(bytes, header), "PE\0\0", 4);
}

static struct look look_at(const struct artifact *artifact, const struct run *run) {
    struct look look = {.library = is_library(artifact->pe)};
    struct span marker;
    /* A tag is exempt for its own length, and only where personalising makes sense. */
    look.rest = without_zeros(look.library ? run->bytes : authenticode_tag_skip(run->bytes, &look.tag));
    look.marker = authenticode_tag_marker(run->bytes, &marker);
    look.program = is_program(look.rest);
    look.entropy = span_entropy(look.rest);
    const char *subject = authenticode_subject(run->signature);
    look.microsoft = subject && strstr(subject, "/O=Microsoft Corporation");
    return look;
}

static void grade_library(const struct look *look, struct finding *finding) {
    bool dense = look->entropy >= DENSE;
    finding->strength = STRENGTH_FIRM;
    if (look->rest.size >= PAYLOAD && dense) {
        finding->severity = look->microsoft ? SEVERITY_CRITICAL : SEVERITY_HIGH;
        finding->strength = STRENGTH_STRONG;
    } else if (look->rest.size > PADDING) {
        finding->severity = look->rest.size >= PAYLOAD ? SEVERITY_HIGH : SEVERITY_MEDIUM;
    } else {
        finding->severity = SEVERITY_LOW;
    }
}

static void grade_program(const struct look *look, struct finding *finding) {
    bool dense = look->entropy >= DENSE;
    finding->strength = STRENGTH_WEAK;
    if (look->rest.size >= PAYLOAD && dense) {
        finding->severity = look->microsoft ? SEVERITY_HIGH : SEVERITY_MEDIUM;
        if (look->microsoft || look->rest.size >= LARGE)
            finding->strength = STRENGTH_FIRM;
    } else {
        finding->severity = look->rest.size >= LARGE     ? SEVERITY_MEDIUM
                            : look->rest.size >= PAYLOAD ? SEVERITY_LOW
                                                         : SEVERITY_INFO;
        if (look->rest.size >= LARGE)
            finding->strength = STRENGTH_FIRM;
    }
}

/* False if there is nothing to say. */
static bool grade(const struct run *run, const struct look *look, struct finding *finding) {
    if (look->marker || (look->program && look->library)) {
        finding->severity = SEVERITY_CRITICAL;
        finding->strength = STRENGTH_STRONG;
    } else if (look->program) {
        finding->severity = SEVERITY_HIGH;
        finding->strength = STRENGTH_STRONG;
    } else if (look->rest.size == 0) {
        finding->severity = run->bytes.size >= LARGE ? SEVERITY_LOW : SEVERITY_INFO;
        finding->strength = STRENGTH_FIRM;
        return run->bytes.size > PADDING && !look->tag;
    } else if (look->library) {
        grade_library(look, finding);
    } else {
        grade_program(look, finding);
    }
    return true;
}

static const char *what(const struct look *look) {
    if (look->marker)
        return "the marker of a tool that hides programs";
    if (look->program)
        return "an executable";
    if (look->rest.size == 0)
        return "zeros";
    return look->rest.size >= PAYLOAD && look->entropy >= DENSE ? "encrypted or compressed data" : "data";
}

static void number(char *text, size_t size, uint64_t value) {
    snprintf(text, size, "%llu", (unsigned long long)value);
}

static void report(const struct artifact *artifact, struct reporter *reporter, const struct run *run) {
    struct look look = look_at(artifact, run);
    struct finding finding = {
        .detector = "signature_slack", .offset = run->bytes.offset, .size = run->bytes.size};
    if (run->bytes.size == 0 || !grade(run, &look, &finding))
        return;
    char summary[160], offset[24], size[24], entropy[24], der[24], length[24];
    snprintf(summary, sizeof summary, "%zu bytes %s, where no digest looks: %s", run->bytes.size, run->where,
             what(&look));
    number(offset, sizeof offset, run->bytes.offset);
    number(size, sizeof size, run->bytes.size);
    snprintf(entropy, sizeof entropy, "%u.%03u bits a byte", look.entropy / 1000, look.entropy % 1000);
    finding.summary = summary;
    finding.excerpt = span_clip(run->bytes, 0, FINDING_EXCERPT);
    add(&finding, "slack offset", offset);
    add(&finding, "slack size", size);
    add(&finding, "entropy", entropy);
    add(&finding, "all zero", look.rest.size == 0 && !look.tag ? "yes" : "no");
    add(&finding, "known tag before it", look.tag);
    add(&finding, "known marker", look.marker ? "fe ed fa ce fe ed fa ce" : NULL);
    add(&finding, "kind of file", look.library ? "DLL or driver" : "program");
    add(&finding, "signer", authenticode_subject(run->signature));
    if (run->entry) {
        number(der, sizeof der, run->entry->der.size);
        number(length, sizeof length, run->entry->length);
        add(&finding, "DER size", der);
        add(&finding, "dwLength", length);
    }
    reporter->report(reporter, &finding);
}

static const struct authenticode_signature *signature_of(const struct authenticode *a, size_t entry) {
    for (size_t i = 0; i < a->signature_count; i++)
        if (a->signatures[i].entry == entry)
            return &a->signatures[i];
    return a->signature_count > 0 ? &a->signatures[0] : NULL;
}

/* UEFI firmware knows entries of its own making (UEFI specification 32.2.4); in its images they are no
 * surprise, as long as one is no larger than a signature gets and does not look like a program. */
static bool is_firmware_entry(const struct pe *pe, const struct authenticode_entry *entry) {
    struct span marker;
    return pe->subsystem >= 10 && pe->subsystem <= 13 && (entry->type == 0x0ef0 || entry->type == 0x0ef1) &&
           entry->body.size < LARGE && !is_program(without_zeros(entry->body)) &&
           !authenticode_tag_marker(entry->body, &marker);
}

static void report_entry(const struct artifact *artifact, struct reporter *reporter, size_t index) {
    const struct authenticode *a = artifact->authenticode;
    const struct authenticode_entry *entry = &a->table.entries[index];
    struct run run = {"behind a signature", entry->slack, entry, signature_of(a, index)};
    if (is_firmware_entry(artifact->pe, entry))
        return;
    /* What is no signature hides as well as what is behind one. Only the first entry gets the benefit of the
     * doubt, if it says that it is one: it may be damaged, and signatures are dense by nature. */
    bool doubtful = index == 0 && entry->type == AUTHENTICODE_TABLE_PKCS7 && entry->der.size > 0;
    if (!entry->signature && entry->whole && !doubtful) {
        run.where = "in a table entry that is no signature";
        run.bytes = entry->body;
    }
    report(artifact, reporter, &run);
}

static void report_plain(struct reporter *reporter, enum severity severity, struct span bytes, uint64_t size,
                         const char *summary) {
    struct finding finding = {.detector = "signature_slack",
                              .severity = severity,
                              .strength = STRENGTH_FIRM,
                              .offset = bytes.offset,
                              .size = size,
                              .summary = summary,
                              .excerpt = span_clip(bytes, 0, FINDING_EXCERPT)};
    reporter->report(reporter, &finding);
}

static void report_sum(const struct authenticode *a, struct reporter *reporter) {
    char summary[160];
    bool rounding = a->table.sum_relation == AUTHENTICODE_TABLE_ROUNDING;
    bool shown = a->table.tail.size > PADDING || !a->table.whole; /* another finding says it already */
    if (a->table.sum_relation == AUTHENTICODE_TABLE_EXACT || (shown && !rounding))
        return;
    snprintf(summary, sizeof summary,
             "the directory gives the certificate table %llu bytes, its entries add up to %llu%s",
             (unsigned long long)a->layout.table_size, (unsigned long long)a->table.sum,
             rounding ? ": only rounding differs" : "");
    struct span table = span_part(a->table.bytes, 0, 0);
    report_plain(reporter, rounding ? SEVERITY_INFO : SEVERITY_LOW, table, 0, summary);
}

static void report_after(const struct artifact *artifact, struct reporter *reporter) {
    const struct authenticode_table *table = &artifact->authenticode->table;
    if (table->after_size == 0 || table->after_offset < artifact->bytes.offset)
        return;
    struct span after = span_clip(artifact->bytes, table->after_offset, table->after_size);
    if (table->after_size <= PADDING && after.size == table->after_size && span_is_zero(after))
        return;
    char summary[120];
    snprintf(summary, sizeof summary,
             "%llu bytes follow the certificate table, which ought to be the file's end",
             (unsigned long long)table->after_size);
    report_plain(reporter, SEVERITY_LOW, after, table->after_size, summary);
}

static void detect(const struct artifact *artifact, struct reporter *reporter) {
    const struct authenticode *a = artifact->authenticode;
    if (!a || !a->table.usable)
        return;
    for (size_t i = 0; i < a->table.entry_count; i++) {
        report_entry(artifact, reporter, i);
        if (!span_is_zero(a->table.entries[i].gap))
            report_plain(reporter, SEVERITY_LOW, a->table.entries[i].gap, a->table.entries[i].gap.size,
                         "the bytes that align an entry of the certificate table are not zero");
    }
    struct run tail = {"behind the last entry of the certificate table", a->table.tail, NULL,
                       signature_of(a, 0)};
    report(artifact, reporter, &tail);
    report_sum(a, reporter);
    report_after(artifact, reporter);
}

const struct detector detector_signature_slack = {
    .text =
        {
            .id = "signature_slack",
            .title = "bytes hidden behind the signature",
            .why =
                "The certificate table is the one part of a signed file that its digest does not cover. Bytes added "
                "there leave the signature valid, so a genuine, trusted file can carry a payload that another program "
                "reads and runs. Windows refuses this only where EnableCertPaddingCheck is set.",
            .innocent =
                "Installers that are personalised for each download (browser updaters, remote support, file "
                "synchronisation) keep a tag there, so that it need not be signed anew; it is short, mostly text, "
                "and in an installer, not in a DLL or driver. Up to 7 zero bytes are alignment.",
            .verify =
                "Look at the bytes: xxd -s OFFSET -l 256 FILE. Where the signature ends: cut the table entry out "
                "(dd if=FILE of=entry bs=1 skip=ENTRY_OFFSET_PLUS_8), run openssl asn1parse -inform DER -in entry | "
                "head -1, and add hl and l of that line: the rest of the entry is slack. Compare the file with the "
                "maker's own copy.",
            .attack = "T1027.009",
            .severity = SEVERITY_CRITICAL,
        },
    .accepts = ARTIFACT_PE,
    .detect = detect,
};
