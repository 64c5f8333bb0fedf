/* mutate COUNT [SEED]: signed images and catalogs with random damage, examined like evidence. Nothing may
 * crash, and a file whose covered bytes were changed must never look good: its digest matching, its signature
 * holding, its chain without fault. Prints how many of each kind were seen; status 1 if one looked good. */
#include "base/filetime.h"
#include "format/x509.h"
#include "make/catalog.h"
#include "make/examine.h"

#include <stdlib.h>

static uint64_t state;

static uint64_t draw(uint64_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % below;
}

static struct fixture copy_of(const struct fixture *from) {
    struct fixture f = {NULL, 0};
    fixture_add(&f, from->data, from->size);
    return f;
}

/* One to four changes in [from, to). */
static void damage(struct fixture *f, size_t from, size_t to) {
    static const uint8_t tags[] = {0x00, 0x02, 0x04, 0x06, 0x17, 0x18, 0x30, 0x31,
                                   0x7f, 0x80, 0x81, 0x84, 0xa0, 0xa1, 0xff};
    for (uint64_t n = 1 + draw(4); n > 0; n--) {
        size_t at = from + draw(to - from);
        switch (draw(5)) {
        case 0:
            f->data[at] ^= (uint8_t)(1u << draw(8));
            break;
        case 1:
            f->data[at] = (uint8_t)draw(256);
            break;
        case 2:
            f->data[at] = tags[draw(sizeof tags)];
            break;
        case 3: { /* a part is copied over another */
            size_t other = from + draw(to - from), size = 1 + draw(40);
            for (size_t i = 0; i < size && at + i < to && other + i < to; i++)
                f->data[at + i] = f->data[other + i];
            break;
        }
        default: /* a length grows or shrinks */
            f->data[at] = (uint8_t)(f->data[at] + (draw(2) ? 1 : 255));
        }
    }
}

struct looks {
    bool good;
    size_t digests;
    uint8_t digest[DIGEST_MAX]; /* over the rows of catalog_digests */
};

static bool is_word(const struct row *row, unsigned column, const char *word) {
    const struct row_cell *cell = examine_cell(row, column);
    return cell && cell->bytes.size == strlen(word) && memcmp(cell->bytes.data, word, cell->bytes.size) == 0;
}

static struct looks look(const struct fixture *f, bool catalog) {
    const struct inspect_options options = {.inspect = true, .trust_only = true, .now = filetime_now()};
    struct examine e;
    struct row row;
    struct looks looks = {.good = false};
    bool bad, first = true;
    examine_cut(&e, f->data, f->size, f->size, &options);
    struct cursor c = cursor_of(span_of(e.rows.data, e.rows.size, 0));
    while (row_next(&c, &row, &bad)) {
        if (row.table == FACT_signature && first) {
            looks.good = is_word(&row, FACT_signature_seal, "match") &&
                         examine_cell(&row, FACT_signature_thumbprint) &&
                         examine_integer(&row, FACT_signature_chain_faults) == 0 &&
                         (catalog || is_word(&row, FACT_signature_verdict, "match"));
            first = false;
        }
        if (row.table == FACT_catalog_digests) {
            looks.digests++;
            digest_once(DIGEST_SHA256, examine_cell(&row, FACT_catalog_digests_digests)->bytes, looks.digest);
        }
    }
    fixture_demand(!bad);
    examine_free(&e);
    return looks;
}

struct subject {
    struct fixture file;
    size_t table; /* where the certificate table starts; 0: a catalog */
    uint8_t digest[DIGEST_MAX];
};

static bool try_image(const struct subject *subject, uint64_t *good) {
    struct fixture f = copy_of(&subject->file);
    bool covered = draw(4) == 0;
    damage(&f, subject->table, f.size);
    if (covered) { /* beyond the headers, so that the layout stays */
        size_t at = 0x200 + draw(subject->table - 0x200);
        f.data[at] ^= (uint8_t)(1u + draw(255));
    }
    bool looks_good = look(&f, false).good;
    *good += looks_good;
    fixture_free(&f);
    return !(covered && looks_good);
}

static bool try_catalog(const struct subject *subject, uint64_t *good) {
    struct fixture f = copy_of(&subject->file);
    damage(&f, 0, f.size);
    struct looks looks = look(&f, true);
    bool same = looks.digests == 1 && memcmp(looks.digest, subject->digest, 32) == 0;
    *good += looks.good;
    fixture_free(&f);
    return !looks.good || same || looks.digests == 0; /* a list that is not read vouches for nothing */
}

static struct subject signed_image(const struct signing_spec *spec) {
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 1024});
    struct fixture signature = signing_image(&pe, spec);
    struct subject subject = {.table = pe.size};
    fixture_entry(&pe, &signature, NULL, (8 - signature.size % 8) % 8);
    subject.file = pe;
    fixture_demand(look(&pe, false).good);
    fixture_free(&signature);
    return subject;
}

int main(int argc, char **argv) {
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 0, good = 0, failed = 0;
    state = argc > 2 ? strtoull(argv[2], NULL, 10) * 2 + 1 : 88172645463325252u;
    if (count == 0) {
        fprintf(stderr, "usage: mutate COUNT [SEED]\n");
        return 2;
    }
    struct signing_id root =
        signing_certificate(&(struct signing_make){.name = "Root", .ca = true, .from = -300, .to = 900});
    struct signing_id leaf = signing_certificate(
        &(struct signing_make){.name = "Leaf", .by = &root, .usages = SIGNING_CODE, .from = -300, .to = 900});
    struct signing_id bend =
        signing_certificate(&(struct signing_make){.name = "Bend",
                                                   .by = &root,
                                                   .usages = SIGNING_CODE,
                                                   .from = -300,
                                                   .to = 900,
                                                   .key = signing_ec("prime256v1", false)});
    struct signing_id tsa = signing_certificate(&(struct signing_make){
        .name = "TSA", .by = &root, .usages = "critical," SIGNING_TIME, .from = -300, .to = 900});
    unsigned char *der = NULL;
    int size = i2d_X509(root.certificate, &der);
    struct inspect_root anchor = {span_of(der, (size_t)size, 0), X509_FOR_ANY};
    fixture_demand(size > 0 && inspect_prepare(&anchor, 1));
    struct signing_stamp token = {.tsa = &tsa, .certificates = {tsa.certificate}, .days = -1},
                         counter = token;
    counter.pkcs9 = true;
    struct signing_spec specs[4] = {{.signer = &leaf},
                                    {.signer = &leaf, .stamp = &token, .stowed = 30},
                                    {.signer = &leaf, .stamp = &counter},
                                    {.signer = &bend, .stamp = &token}};
    struct subject subjects[5];
    for (size_t i = 0; i < 4; i++) {
        specs[i].certificates[0] = specs[i].signer->certificate;
        specs[i].certificates[1] = tsa.certificate;
        subjects[i] = signed_image(&specs[i]);
    }
    struct catalog_member members[5] = {{.size = 32}, {.size = 32}, {.size = 32}, {.size = 32}, {.size = 32}};
    for (size_t i = 0; i < 5; i++)
        fixture_noise(members[i].digest, 32, i + 1);
    subjects[4] = (struct subject){.file = catalog_signed(members, 5, 2, &specs[0])};
    struct looks whole = look(&subjects[4].file, true);
    fixture_demand(whole.good && whole.digests == 1);
    memcpy(subjects[4].digest, whole.digest, sizeof whole.digest);
    for (uint64_t i = 0; i < count; i++) {
        const struct subject *subject = &subjects[i % 5];
        bool right = subject->table ? try_image(subject, &good) : try_catalog(subject, &good);
        if (!right)
            fprintf(stderr, "mutate: number %llu looks good and must not\n", (unsigned long long)i);
        failed += !right;
    }
    printf("%llu mutated, %llu still good, %llu wrongly so\n", (unsigned long long)count,
           (unsigned long long)good, (unsigned long long)failed);
    return failed > 0;
}
