#include "detect/inspect_rows.h"

#include "base/row.h"
#include "format/authenticode_tag.h"
#include "model/facts.h"

/* Caps in bytes; together they keep every row below INSPECT_ROW. */
enum {
    SHORT = 1024, /* one string */
    LIST = 60000, /* a list of names, one a line */
    BOTH = 90000, /* imports and exports together */
    VALUE = 4096  /* a text of a finding */
};

/* Cut before a character's first byte; texts are valid UTF-8. */
static size_t cut(const char *text, size_t size, size_t most) {
    if (size <= most)
        return size;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

static void string(struct row_writer *row, unsigned column, const char *text, size_t most) {
    if (text)
        row_text(row, column, text, cut(text, strlen(text), most));
}

void inspect_rows_hashes(struct text *rows, const struct authenticode_digests *digests) {
    static const struct {
        enum digest_kind kind;
        unsigned column;
    } columns[] = {
        {DIGEST_MD5, FACT_hashes_md5}, {DIGEST_SHA1, FACT_hashes_sha1}, {DIGEST_SHA256, FACT_hashes_sha256}};
    struct row_writer row;
    row_begin(&row, rows, FACT_hashes);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (digests->file_kinds >> columns[i].kind & 1)
            row_blob(&row, columns[i].column, digests->file[columns[i].kind], digest_size(columns[i].kind));
}

/* Appends a line unless the text would exceed `most`; false if so. */
static bool line(struct text *text, const char *first, const char *second, size_t most) {
    size_t need = strlen(first) + (second ? strlen(second) + 1 : 0) + 1;
    if (text->full || text->size > most || need > most - text->size)
        return false;
    if (text->size > 0)
        text_char(text, '\n');
    text_add(text, first);
    if (second) {
        text_char(text, '!');
        text_add(text, second);
    }
    return true;
}

static void list_imports(struct text *text, const struct pe_imports *imports, size_t most) {
    for (size_t i = 0; i < imports->dll_count; i++)
        for (size_t j = 0; j < imports->dlls[i].function_count; j++) {
            const struct pe_function *function = &imports->dlls[i].functions[j];
            char ordinal[8];
            snprintf(ordinal, sizeof ordinal, "#%u", function->ordinal);
            const char *name = function->name ? function->name : function->by_ordinal ? ordinal : "";
            if (!line(text, imports->dlls[i].dll, name, most))
                return;
        }
}

static void row_lists(struct row_writer *row, const struct pe *pe) {
    struct text text = {.max = LIST};
    list_imports(&text, &pe->imports, LIST - 1);
    size_t used = text.size;
    if (pe->imports.dll_count > 0)
        row_text(row, FACT_pe_imports, text_string(&text), text.size);
    row_integer(row, FACT_pe_import_count, pe->imports.function_count);
    text_clear(&text);
    size_t most = BOTH - used < LIST ? BOTH - used : LIST - 1;
    for (size_t i = 0; i < pe->exports.count; i++)
        if (!line(&text, pe->exports.names[i].name, NULL, most))
            break;
    if (pe->exports.present) {
        string(row, FACT_pe_export_name, pe->exports.dll, SHORT);
        row_text(row, FACT_pe_exports, text_string(&text), text.size);
        row_integer(row, FACT_pe_export_count, pe->exports.count);
    }
    text_free(&text);
}

static void row_header(struct row_writer *row, const struct pe *pe) {
    char linker[16];
    snprintf(linker, sizeof linker, "%u.%u", pe->linker_major, pe->linker_minor);
    row_integer(row, FACT_pe_machine, pe->machine);
    row_integer(row, FACT_pe_timestamp, pe->timestamp);
    row_integer(row, FACT_pe_characteristics, pe->characteristics);
    row_integer(row, FACT_pe_magic, pe->magic);
    row_string(row, FACT_pe_linker, linker);
    row_integer(row, FACT_pe_subsystem, pe->subsystem);
    row_integer(row, FACT_pe_dll_characteristics, pe->dll_characteristics);
    row_integer(row, FACT_pe_entry, pe->entry);
    string(row, FACT_pe_entry_section, pe->entry_section, SHORT);
    string(row, FACT_pe_import_section, pe->import_section, SHORT);
    row_integer(row, FACT_pe_checksum, pe->checksum);
    row_integer(row, FACT_pe_sections, pe->section_count);
    if (pe->imphash[0])
        row_string(row, FACT_pe_imphash, pe->imphash);
}

static void row_version(struct row_writer *row, const struct pe_version *version) {
    string(row, FACT_pe_company, version->company, SHORT);
    string(row, FACT_pe_product, version->product_name, SHORT);
    string(row, FACT_pe_description, version->description, SHORT);
    string(row, FACT_pe_original_name, version->original_name, SHORT);
    string(row, FACT_pe_internal_name, version->internal_name, SHORT);
    string(row, FACT_pe_file_version, version->file_version, SHORT);
    string(row, FACT_pe_product_version, version->product_version, SHORT);
    if (version->fixed) {
        char fixed[32];
        snprintf(fixed, sizeof fixed, "%u.%u.%u.%u", version->file[0], version->file[1], version->file[2],
                 version->file[3]);
        row_string(row, FACT_pe_fixed_file_version, fixed);
    }
}

static void row_rich(struct row_writer *row, const struct pe_rich *rich) {
    uint8_t packed[8 * PE_RICH_ENTRIES];
    size_t size = 0;
    if (!rich->present)
        return;
    for (size_t i = 0; i < rich->count && size + 8 <= sizeof packed; i++) {
        const struct pe_rich_entry *entry = &rich->entries[i];
        uint64_t number = entry->build | (uint64_t)entry->product << 16 | (uint64_t)entry->count << 32;
        for (unsigned j = 0; j < 8; j++)
            packed[size++] = (uint8_t)(number >> 8 * j);
    }
    if (rich->valid)
        row_blob(row, FACT_pe_rich, packed, size);
    row_integer(row, FACT_pe_rich_valid, rich->valid);
}

static void row_digests(struct row_writer *row, const struct authenticode_digests *digests) {
    if (!digests)
        return;
    if (digests->image_kinds >> DIGEST_SHA1 & 1)
        row_blob(row, FACT_pe_authentihash_sha1, digests->image[DIGEST_SHA1], digest_size(DIGEST_SHA1));
    if (digests->image_kinds >> DIGEST_SHA256 & 1)
        row_blob(row, FACT_pe_authentihash_sha256, digests->image[DIGEST_SHA256], digest_size(DIGEST_SHA256));
}

/* The digests of all signatures and of all slack, by which copies of one signature are found again. */
static void row_table(struct row_writer *row, const struct inspect_image *image) {
    const struct authenticode *a = image->authenticode;
    uint8_t value[DIGEST_MAX];
    uint64_t der = 0, slack = 0;
    digest_start(image->scratch, DIGEST_SHA256);
    for (size_t i = 0; i < a->table.entry_count; i++) {
        digest_add(image->scratch, a->table.entries[i].der);
        der += a->table.entries[i].der.size;
    }
    digest_end(image->scratch, value);
    if (der > 0)
        row_blob(row, FACT_pe_der_sha256, value, digest_size(DIGEST_SHA256));
    digest_start(image->scratch, DIGEST_SHA256);
    for (size_t i = 0; i < a->table.entry_count; i++) {
        digest_add(image->scratch, a->table.entries[i].slack);
        slack += a->table.entries[i].slack.size;
    }
    if (!span_is_zero(a->table.tail)) {
        digest_add(image->scratch, a->table.tail);
        slack += a->table.tail.size;
    }
    digest_end(image->scratch, value);
    row_integer(row, FACT_pe_slack_size, slack);
    if (slack > 0)
        row_blob(row, FACT_pe_slack_sha256, value, digest_size(DIGEST_SHA256));
}

static void row_signed(struct row_writer *row, const struct inspect_image *image) {
    const struct authenticode *a = image->authenticode;
    if (image->pe->table_size > 0) {
        row_integer(row, FACT_pe_table_offset, image->pe->table_offset);
        row_integer(row, FACT_pe_table_size, image->pe->table_size);
    }
    if (!a || a->signature_count == 0) {
        row_string(row, FACT_pe_signed_digest, "none");
    } else {
        row_string(row, FACT_pe_signed_digest, authenticode_verdict_word(authenticode_overall(a)));
        string(row, FACT_pe_signer, a->signatures[0].signer ? a->signatures[0].signer->name : NULL, SHORT);
    }
    if (a && a->table.entry_count > 0)
        row_table(row, image);
}

static void add_pe(struct text *rows, const struct inspect_image *image) {
    const struct pe *pe = image->pe;
    struct row_writer row;
    row_begin(&row, rows, FACT_pe);
    row_header(&row, pe);
    row_lists(&row, pe);
    string(&row, FACT_pe_pdb, pe->debug.pdb, SHORT);
    row_integer(&row, FACT_pe_reproducible, pe->debug.reproducible);
    row_rich(&row, &pe->rich);
    row_version(&row, &pe->version);
    if (pe->overlay_size > 0) {
        row_integer(&row, FACT_pe_overlay_offset, pe->overlay_offset);
        row_integer(&row, FACT_pe_overlay_size, pe->overlay_size);
    }
    row_digests(&row, image->digests);
    if (image->blocks)
        row_blob(&row, FACT_pe_blocks, image->blocks, 32);
    row_signed(&row, image);
}

static void add_sections(struct text *rows, const struct pe *pe, const struct inspect_release *release) {
    for (size_t i = 0; i < pe->section_count; i++) {
        const struct pe_section *section = &pe->sections[i];
        struct row_writer row;
        row_begin(&row, rows, FACT_pe_section);
        row_integer(&row, FACT_pe_section_ordinal, i);
        string(&row, FACT_pe_section_name, section->name, SHORT);
        row_integer(&row, FACT_pe_section_virtual_address, section->rva);
        row_integer(&row, FACT_pe_section_virtual_size, section->virtual_size);
        row_integer(&row, FACT_pe_section_raw_offset, section->raw_offset);
        row_integer(&row, FACT_pe_section_raw_size, section->raw_size);
        row_integer(&row, FACT_pe_section_characteristics, section->characteristics);
        row_integer(&row, FACT_pe_section_entropy, section->entropy);
        const uint8_t *sha256 = release ? inspect_release_section(release, i) : NULL;
        if (sha256)
            row_blob(&row, FACT_pe_section_sha256, sha256, digest_size(DIGEST_SHA256));
    }
}

static size_t tag_size(struct span slack) {
    const char *name = NULL;
    struct span rest = authenticode_tag_skip(slack, &name);
    return !name ? 0 : span_is_zero(rest) ? slack.size : slack.size - rest.size;
}

static void add_entries(struct text *rows, const struct authenticode *a) {
    for (size_t i = 0; i < a->table.entry_count; i++) {
        const struct authenticode_entry *entry = &a->table.entries[i];
        struct row_writer row;
        row_begin(&row, rows, FACT_certificate_entry);
        row_integer(&row, FACT_certificate_entry_ordinal, i);
        row_integer(&row, FACT_certificate_entry_offset, entry->offset);
        row_integer(&row, FACT_certificate_entry_length, entry->length);
        row_integer(&row, FACT_certificate_entry_revision, entry->revision);
        row_integer(&row, FACT_certificate_entry_type, entry->type);
        row_integer(&row, FACT_certificate_entry_der_size, entry->der.size);
        row_integer(&row, FACT_certificate_entry_slack_offset, entry->slack.offset);
        row_integer(&row, FACT_certificate_entry_slack_size, entry->slack.size);
        row_integer(&row, FACT_certificate_entry_slack_zero, span_is_zero(entry->slack));
        row_integer(&row, FACT_certificate_entry_slack_entropy, span_entropy(entry->slack));
        row_integer(&row, FACT_certificate_entry_tag_size, tag_size(entry->slack));
    }
}

static void blob(struct row_writer *row, unsigned column, const uint8_t *data, size_t size) {
    row_blob(row, column, data, size);
}

static void add_certificate(struct text *rows, const struct x509 *c) {
    struct row_writer row;
    row_begin(&row, rows, FACT_certificate);
    blob(&row, FACT_certificate_thumbprint, c->sha256, sizeof c->sha256);
    blob(&row, FACT_certificate_sha1, c->sha1, sizeof c->sha1);
    blob(&row, FACT_certificate_tbs_sha1, c->tbs_sha1, sizeof c->tbs_sha1);
    blob(&row, FACT_certificate_tbs_sha256, c->tbs_sha256, sizeof c->tbs_sha256);
    blob(&row, FACT_certificate_tbs_sha384, c->tbs_sha384, sizeof c->tbs_sha384);
    string(&row, FACT_certificate_subject, c->subject, SHORT);
    string(&row, FACT_certificate_issuer, c->issuer, SHORT);
    string(&row, FACT_certificate_name, c->name, SHORT);
    string(&row, FACT_certificate_issuer_name, c->issuer_name, SHORT);
    string(&row, FACT_certificate_organization, c->organization, SHORT);
    string(&row, FACT_certificate_serial, c->serial, SHORT);
    row_integer(&row, FACT_certificate_not_before, c->not_before);
    row_integer(&row, FACT_certificate_not_after, c->not_after);
    string(&row, FACT_certificate_key, c->key, SHORT);
    string(&row, FACT_certificate_digest, c->digest_known ? digest_name(c->digest) : NULL, SHORT);
    string(&row, FACT_certificate_usages, c->has_usages ? c->usages_text : NULL, SHORT);
    row_integer(&row, FACT_certificate_ca, c->ca);
    row_integer(&row, FACT_certificate_anchor, c->anchor);
}

static void add_chain(struct text *rows, const struct x509_chain *chain, const char *role, size_t signature,
                      bool once, size_t *chained) {
    for (size_t i = 0; i < chain->count; i++) {
        struct row_writer row;
        row_begin(&row, rows, FACT_signature_certificate);
        row_integer(&row, FACT_signature_certificate_ordinal, (*chained)++);
        row_integer(&row, FACT_signature_certificate_signature, signature);
        row_string(&row, FACT_signature_certificate_role, role);
        row_integer(&row, FACT_signature_certificate_position, i);
        blob(&row, FACT_signature_certificate_thumbprint, chain->links[i]->sha256, 32);
        if (!once || x509_tell(chain->links[i]))
            add_certificate(rows, chain->links[i]);
    }
}

static void row_stamp(struct row_writer *row, const struct timestamp *stamp) {
    if (stamp->kind == TIMESTAMP_NONE)
        return;
    row_string(row, FACT_signature_stamp, timestamp_word(stamp->kind));
    if (stamp->time)
        row_integer(row, FACT_signature_stamp_time, stamp->time);
    row_integer(row, FACT_signature_stamp_faults, stamp->faults);
    string(row, FACT_signature_stamp_signer, stamp->signer ? stamp->signer->subject : NULL, SHORT);
}

static void row_chain(struct row_writer *row, const struct authenticode_signature *s, const char *special) {
    const struct x509_chain *chain = &s->chain;
    const struct x509 *last = chain->count > 0 ? chain->links[chain->count - 1] : NULL;
    const struct x509 *blamed = chain->blamed;
    if (!s->signer)
        return;
    blob(row, FACT_signature_thumbprint, s->signer->sha256, sizeof s->signer->sha256);
    if (last && last->anchor)
        blob(row, FACT_signature_root, last->sha256, sizeof last->sha256);
    if (s->stamp.kind != TIMESTAMP_NONE && s->judged_at == s->stamp.time)
        row_integer(row, FACT_signature_judged_at, s->judged_at);
    row_integer(row, FACT_signature_chain_faults, chain->faults);
    if (blamed)
        string(row, FACT_signature_chain_blamed,
               chain->faults & X509_NO_ISSUER ? blamed->issuer : blamed->subject, SHORT);
    string(row, FACT_signature_special, special, SHORT);
    if (special)
        row_integer(row, FACT_signature_special_faults, s->special.faults);
}

static void row_stowage(struct row_writer *row, const struct authenticode_stowage *stowage) {
    row_integer(row, FACT_signature_stowed_attributes, stowage->attributes);
    row_integer(row, FACT_signature_stowed_attribute_bytes, stowage->attribute_bytes);
    row_integer(row, FACT_signature_stowed_certificates, stowage->certificates);
    row_integer(row, FACT_signature_stowed_certificate_bytes, stowage->certificate_bytes);
}

static void row_claims(struct row_writer *row, const struct authenticode_signature *s) {
    const struct x509 *signer = s->signer;
    string(row, FACT_signature_algorithm, s->algorithm, SHORT);
    if (s->digest_size > 0)
        row_blob(row, FACT_signature_digest, s->digest, s->digest_size);
    if (s->has_computed)
        row_blob(row, FACT_signature_computed, s->computed, digest_size(s->kind));
    row_string(row, FACT_signature_verdict, authenticode_verdict_word(s->verdict));
    string(row, FACT_signature_reason, s->reason, SHORT);
    if (signer) {
        string(row, FACT_signature_subject, signer->subject, SHORT);
        string(row, FACT_signature_issuer, signer->issuer, SHORT);
        string(row, FACT_signature_serial, signer->serial, SHORT);
        row_integer(row, FACT_signature_not_before, signer->not_before);
        row_integer(row, FACT_signature_not_after, signer->not_after);
    }
    string(row, FACT_signature_program, s->program, SHORT);
    row_string(row, FACT_signature_seal, authenticode_verdict_word(s->seal));
    string(row, FACT_signature_seal_algorithm, s->seal_known ? digest_name(s->seal_kind) : NULL, SHORT);
    row_integer(row, FACT_signature_signers, s->signers);
    if (s->claimed_time)
        row_integer(row, FACT_signature_claimed_time, s->claimed_time);
}

void inspect_rows_signature(struct text *rows, const struct authenticode_signature *signature, size_t ordinal,
                            const struct inspect_how *how, size_t *chained) {
    struct row_writer row;
    row_begin(&row, rows, FACT_signature);
    row_integer(&row, FACT_signature_ordinal, ordinal);
    row_integer(&row, FACT_signature_entry, signature->entry);
    row_integer(&row, FACT_signature_depth, signature->depth);
    row_claims(&row, signature);
    row_stamp(&row, &signature->stamp);
    row_chain(&row, signature, how->special);
    row_stowage(&row, &signature->stowage);
    string(&row, FACT_signature_page_hashes, signature->pages, SHORT);
    if (!signature->signer)
        return;
    add_chain(rows, &signature->chain, "signer", ordinal, how->tell_once, chained);
    add_chain(rows, &signature->stamp.chain, "stamp", ordinal, how->tell_once, chained);
}

void inspect_rows_image(struct text *rows, const struct inspect_image *image) {
    add_pe(rows, image);
    if (!image->how.brief)
        add_sections(rows, image->pe, image->release);
    if (!image->authenticode)
        return;
    add_entries(rows, image->authenticode);
    size_t chained = 0;
    for (size_t i = 0; i < image->authenticode->signature_count; i++)
        inspect_rows_signature(rows, &image->authenticode->signatures[i], i, &image->how, &chained);
}

void inspect_rows_finding(struct text *rows, const struct finding *finding) {
    struct row_writer row;
    size_t excerpt = finding->excerpt.size < FINDING_EXCERPT ? finding->excerpt.size : FINDING_EXCERPT;
    row_begin(&row, rows, FACT_finding);
    row_string(&row, FACT_finding_detector, finding->detector);
    row_integer(&row, FACT_finding_severity, finding->severity);
    row_integer(&row, FACT_finding_strength, finding->strength);
    row_integer(&row, FACT_finding_offset, finding->offset);
    row_integer(&row, FACT_finding_size, finding->size);
    string(&row, FACT_finding_summary, finding->summary, VALUE);
    if (excerpt > 0)
        row_blob(&row, FACT_finding_excerpt, finding->excerpt.data, excerpt);
    for (size_t i = 0; i < finding->detail_count && i < FINDING_DETAILS; i++) {
        row_begin(&row, rows, FACT_finding_detail);
        string(&row, FACT_finding_detail_key, finding->details[i].key, VALUE);
        string(&row, FACT_finding_detail_value, finding->details[i].value, VALUE);
    }
}
