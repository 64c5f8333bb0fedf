/* signedset FOLDER: the matrix of trust. Writes one image a case, roots.pem, distrusted.tsv and matrix.tsv
 * with what is expected of each and why; catalogs with the files they are about into folders of their own. */
#include "make/catalog.h"
#include "make/package.h"

#include <openssl/pem.h>
#include <sys/stat.h>

static const char *folder;
static FILE *matrix;

/* Who signs: certificates by the role they play. */
static struct {
    struct signing_id root, foreign, ca, expired, later, plain, ec, ec384, server, lifetime, whql, distrusted;
    struct signing_id short_ca, below_short, deep, no_ca, by_no_ca, server_ca, by_server_ca, md5_ca,
        by_md5_ca;
    struct signing_id explicit_leaf, explicit_ca, by_explicit_ca, self, stranger, old_ca, old, foreign_leaf,
        good;
    struct signing_id ms_root, ms_whql, ms_plain, expired_ec, encipher, crl_ca, by_crl_ca;
    struct signing_id tsa_root, tsa, tsa_expired, tsa_wrong, tsa_foreign_root, tsa_foreign, tsa_old;
} who;

static struct signing_id make(struct signing_make how) {
    return signing_certificate(&how);
}

static void make_signers(void) {
    who.root = make((struct signing_make){.name = "Test Root", .ca = true, .from = -7300, .to = 7300});
    who.ca = make(
        (struct signing_make){.name = "Test CA", .by = &who.root, .ca = true, .from = -7000, .to = 7000});
    const struct signing_id *ca = &who.ca, *root = &who.root;
    who.good = make((struct signing_make){.name = "Good", .by = ca, .usages = SIGNING_CODE});
    who.expired = make((struct signing_make){
        .name = "Expired", .by = ca, .usages = SIGNING_CODE, .from = -1000, .to = -300});
    who.later =
        make((struct signing_make){.name = "Later", .by = ca, .usages = SIGNING_CODE, .from = 10, .to = 300});
    who.plain = make((struct signing_make){.name = "Plain", .by = ca});
    who.ec = make((struct signing_make){
        .name = "EC", .by = ca, .usages = SIGNING_CODE, .key = signing_ec("prime256v1", false)});
    who.ec384 = make((struct signing_make){
        .name = "EC384", .by = ca, .usages = SIGNING_CODE, .key = signing_ec("secp384r1", false)});
    who.expired_ec = make((struct signing_make){.name = "Expired EC",
                                                .by = ca,
                                                .usages = SIGNING_CODE,
                                                .from = -1000,
                                                .to = -300,
                                                .key = signing_ec("prime256v1", false)});
    who.server = make((struct signing_make){.name = "Server", .by = ca, .usages = SIGNING_SERVER});
    who.lifetime = make((struct signing_make){.name = "Lifetime",
                                              .by = ca,
                                              .usages = SIGNING_CODE "," SIGNING_LIFETIME,
                                              .from = -1000,
                                              .to = -300});
    who.whql =
        make((struct signing_make){.name = "Hardware", .by = ca, .usages = SIGNING_CODE "," SIGNING_WHQL});
    who.distrusted = make((struct signing_make){.name = "Distrusted",
                                                .by = ca,
                                                .usages = SIGNING_CODE,
                                                .from = -1000,
                                                .to = 300,
                                                .serial = 0xbadbad});
    who.old = make(
        (struct signing_make){.name = "Old", .by = ca, .usages = SIGNING_CODE, .from = -6000, .to = -2000});
    who.self = make((struct signing_make){.name = "Self", .usages = SIGNING_CODE});
    who.foreign = make((struct signing_make){.name = "Foreign Root", .ca = true});
    who.foreign_leaf =
        make((struct signing_make){.name = "Foreign", .by = &who.foreign, .usages = SIGNING_CODE});
    who.stranger = make((struct signing_make){.name = "Stranger", .ca = true});
    who.short_ca = make((struct signing_make){.name = "Short CA", .by = root, .ca = true, .path = 1});
    who.below_short = make((struct signing_make){.name = "Below Short CA", .by = &who.short_ca, .ca = true});
    who.deep = make((struct signing_make){.name = "Deep", .by = &who.below_short, .usages = SIGNING_CODE});
    who.no_ca = make((struct signing_make){.name = "No CA", .by = root});
    who.by_no_ca = make((struct signing_make){.name = "By no CA", .by = &who.no_ca, .usages = SIGNING_CODE});
}

/* Roots of Microsoft are known by name among those that are trusted; this one is trusted in the test alone.
 */
static void make_drivers(void) {
    who.ms_root =
        make((struct signing_make){.name = "Microsoft Test Root", .ca = true, .from = -7300, .to = 7300});
    who.ms_whql = make((struct signing_make){
        .name = "Microsoft Hardware", .by = &who.ms_root, .usages = SIGNING_CODE "," SIGNING_WHQL});
    who.ms_plain =
        make((struct signing_make){.name = "Microsoft Plain", .by = &who.ms_root, .usages = SIGNING_CODE});
}

static void make_key_usages(void) {
    who.encipher = make((struct signing_make){
        .name = "Encipher", .by = &who.ca, .usages = SIGNING_CODE, .key_usage = "critical,keyEncipherment"});
    who.crl_ca = make((struct signing_make){
        .name = "CRL CA", .by = &who.root, .ca = true, .key_usage = "critical,cRLSign"});
    who.by_crl_ca =
        make((struct signing_make){.name = "By CRL CA", .by = &who.crl_ca, .usages = SIGNING_CODE});
}

static void make_odd_ones(void) {
    const struct signing_id *root = &who.root;
    who.server_ca =
        make((struct signing_make){.name = "Server CA", .by = root, .ca = true, .usages = SIGNING_SERVER});
    who.by_server_ca =
        make((struct signing_make){.name = "By server CA", .by = &who.server_ca, .usages = SIGNING_CODE});
    who.md5_ca = make((struct signing_make){.name = "MD5 CA", .by = root, .ca = true, .digest = "md5"});
    who.by_md5_ca =
        make((struct signing_make){.name = "By MD5 CA", .by = &who.md5_ca, .usages = SIGNING_CODE});
    who.explicit_leaf = make((struct signing_make){
        .name = "Explicit", .by = &who.ca, .usages = SIGNING_CODE, .key = signing_ec("prime256v1", true)});
    who.explicit_ca = make((struct signing_make){
        .name = "Explicit CA", .by = root, .ca = true, .key = signing_ec("prime256v1", true)});
    who.by_explicit_ca =
        make((struct signing_make){.name = "By explicit CA", .by = &who.explicit_ca, .usages = SIGNING_CODE});
    who.tsa_root = make((struct signing_make){.name = "TSA Root", .ca = true, .from = -7300, .to = 7300});
    const struct signing_id *tsa_root = &who.tsa_root;
    who.tsa = make((struct signing_make){
        .name = "TSA", .by = tsa_root, .usages = "critical," SIGNING_TIME, .from = -2000, .to = 300});
    who.tsa_expired = make((struct signing_make){.name = "Expired TSA",
                                                 .by = tsa_root,
                                                 .usages = "critical," SIGNING_TIME,
                                                 .from = -2000,
                                                 .to = -100});
    who.tsa_old = make((struct signing_make){
        .name = "Old TSA", .by = tsa_root, .usages = "critical," SIGNING_TIME, .from = -6500, .to = -2000});
    who.tsa_wrong = make((struct signing_make){
        .name = "No TSA", .by = tsa_root, .usages = SIGNING_CODE, .from = -2000, .to = 300});
    who.tsa_foreign_root =
        make((struct signing_make){.name = "Foreign TSA Root", .ca = true, .from = -7300, .to = 7300});
    who.tsa_foreign = make((struct signing_make){.name = "Foreign TSA",
                                                 .by = &who.tsa_foreign_root,
                                                 .usages = "critical," SIGNING_TIME,
                                                 .from = -2000,
                                                 .to = 300});
}

static FILE *open_file(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    fixture_demand(file != NULL);
    return file;
}

static void write_file(const char *name, const struct fixture *f) {
    FILE *file = open_file(name);
    fixture_demand(fwrite(f->data, 1, f->size, file) == f->size && fclose(file) == 0);
}

#define YES   "accepted"
#define NO    "rejected"
#define DUNNO "unknown"

static void expect_driver(const char *name, const char *state, const char *user, const char *strict,
                          const char *kernel, const char *why) {
    fprintf(matrix, "%s\t%s\t%s\t%s\t%s\t%s\n", name, state, user, strict, kernel, why);
}

/* What is no driver is nothing to the kernel. */
static void expect(const char *name, const char *state, const char *user, const char *strict,
                   const char *why) {
    expect_driver(name, state, user, strict, DUNNO, why);
}

/* An image of its own for each name, so that no two share a digest. */
static struct fixture image(const char *name, bool driver) {
    struct fixture pe = fixture_pe(&(struct fixture_image){.size = 2048, .driver = driver});
    memcpy(pe.data + 0x300, name, strlen(name));
    return pe;
}

/* Signs as the spec says and writes; the padding is what signers leave. */
static void put(const char *name, const struct signing_spec *spec) {
    struct fixture pe = image(name, false), der = signing_image(&pe, spec);
    fixture_entry(&pe, &der, NULL, (8 - der.size % 8) % 8);
    write_file(name, &pe);
    fixture_free(&pe);
    fixture_free(&der);
}

#define SIGNED(id)                                                                                           \
    {                                                                                                        \
        .signer = &who.id, .certificates = { who.id.certificate, who.ca.certificate }                        \
    }

static void plain_cases(void) {
    struct signing_spec good = SIGNED(good), ec = SIGNED(ec), ec384 = SIGNED(ec384), plain = SIGNED(plain);
    struct signing_spec no_opus = SIGNED(good);
    no_opus.no_opus = true;
    put("no-opus", &no_opus);
    expect("no-opus", "trusted", YES, YES, "without SpcSpOpusInfo: nothing depends on it");
    put("good-rsa", &good);
    expect("good-rsa", "trusted", YES, YES, "RFC 5280 6.1: chain to a trusted root, valid now");
    put("good-ec", &ec);
    expect("good-ec", "trusted", YES, YES, "the same with ECDSA on P-256");
    put("good-ec384", &ec384);
    expect("good-ec384", "trusted", YES, YES, "the same on P-384");
    put("no-usage", &plain);
    expect("no-usage", "trusted", YES, YES, "RFC 5280 4.2.1.12: without the extension any purpose is meant");
    struct fixture pe = image("unsigned", false);
    write_file("unsigned", &pe);
    expect("unsigned", "unknown", DUNNO, DUNNO, "no catalogs: absence of a signature is unknown");
    fixture_free(&pe);
}

static struct signing_stamp stamp_by(const struct signing_id *tsa, const struct signing_id *root, int days,
                                     bool pkcs9) {
    struct signing_stamp stamp = {.tsa = tsa, .days = days, .pkcs9 = pkcs9};
    stamp.certificates[0] = tsa->certificate;
    stamp.certificates[1] = root->certificate;
    return stamp;
}

/* A PKCS #9 stamp finds its certificates in the signature. */
static void stamped(const char *name, const struct signing_id *signer, struct signing_stamp stamp,
                    const char *state, const char *user, const char *why) {
    struct signing_spec spec = {.signer = signer, .stamp = &stamp};
    spec.certificates[0] = signer->certificate;
    spec.certificates[1] = who.ca.certificate;
    if (stamp.pkcs9)
        spec.certificates[2] = stamp.tsa->certificate;
    put(name, &spec);
    expect(name, state, user, user, why);
}

static void stamp_cases(void) {
    static const char expired[] = "expired-not-timestamped";
    for (int kind = 0; kind < 2; kind++) {
        bool pkcs9 = kind == 1;
        struct signing_stamp in_time = stamp_by(&who.tsa, &who.tsa_root, -500, pkcs9);
        struct signing_stamp now = stamp_by(&who.tsa, &who.tsa_root, -1, pkcs9), other = in_time;
        other.other = true;
        const char *const names[2][9] = {
            {"stamped-3161", "expired-stamped-3161", "stamp-too-late-3161", "stamp-of-another-3161",
             "stamp-tsa-expired-3161", "stamp-tsa-unknown-3161", "stamp-tsa-no-usage-3161",
             "expired-stamp-of-another-3161", "expired-ec-stamped-3161"},
            {"stamped-pkcs9", "expired-stamped-pkcs9", "stamp-too-late-pkcs9", "stamp-of-another-pkcs9",
             "stamp-tsa-expired-pkcs9", "stamp-tsa-unknown-pkcs9", "stamp-tsa-no-usage-pkcs9",
             "expired-stamp-of-another-pkcs9", "expired-ec-stamped-pkcs9"}};
        stamped(names[kind][0], &who.good, now, "trusted", YES, "good chain, good stamp");
        stamped(names[kind][1], &who.expired, in_time, "trusted", YES,
                "Authenticode: a stamp within the validity outlives the certificate");
        stamped(names[kind][2], &who.expired, now, expired, NO, "stamped after the certificate had expired");
        stamped(names[kind][3], &who.good, other, "malformed", NO,
                "the stamp's imprint is not of this signature: TRUST_E_TIME_STAMP, TRUST_E_COUNTER_SIGNER");
        stamped(names[kind][4], &who.expired, stamp_by(&who.tsa_expired, &who.tsa_root, -500, pkcs9),
                "trusted", YES, "the stamp's chain is judged as of its own time");
        stamped(names[kind][5], &who.expired, stamp_by(&who.tsa_foreign, &who.tsa_foreign_root, -500, pkcs9),
                expired, NO, "a stamp of an unknown authority does not count");
        stamped(names[kind][6], &who.expired, stamp_by(&who.tsa_wrong, &who.tsa_root, -500, pkcs9), expired,
                NO,
                pkcs9 ? "the same usage is asked of a countersigner"
                      : "RFC 3161 2.3: the signer must have the time stamping usage");
        stamped(names[kind][7], &who.expired, other, "malformed", NO,
                "gravity: a stamp that was put here from elsewhere is more than a missing one");
        stamped(names[kind][8], &who.expired_ec, in_time, "trusted", YES, "the same over an ECDSA signature");
    }
    stamped("stamp-tsa-unknown-valid", &who.good,
            stamp_by(&who.tsa_foreign, &who.tsa_foreign_root, -1, false), "trusted", YES,
            "the stamp does not count, and is not needed");
    stamped("lifetime", &who.lifetime, stamp_by(&who.tsa, &who.tsa_root, -500, false), expired, NO,
            "lifetime signing: a stamp does not prolong");
    struct signing_spec bare = SIGNED(expired), later = SIGNED(later);
    put("expired", &bare);
    expect("expired", expired, NO, NO, "CERT_E_EXPIRED");
    put("not-yet", &later);
    expect("not-yet", expired, NO, NO, "before its validity");
}

static void chain_case(const char *name, const struct signing_id *signer, const struct signing_id *ca,
                       const struct signing_id *above, const char *state, const char *why) {
    struct signing_spec spec = {.signer = signer};
    spec.certificates[0] = signer->certificate;
    spec.certificates[1] = ca ? ca->certificate : NULL;
    spec.certificates[2] = ca && above ? above->certificate : NULL;
    put(name, &spec);
    expect(name, state, NO, NO, why);
}

static void chain_cases(void) {
    struct signing_id short_key = make((struct signing_make){
        .name = "Short", .by = &who.ca, .usages = SIGNING_CODE, .key = EVP_RSA_gen(512)});
    struct signing_id small_curve = make((struct signing_make){
        .name = "Curve", .by = &who.ca, .usages = SIGNING_CODE, .key = signing_ec("secp160r1", false)});
    const struct signing_id *const weak[] = {&short_key, &small_curve};
    for (size_t i = 0; i < 2; i++) {
        struct signing_spec spec = {.signer = weak[i],
                                    .certificates = {weak[i]->certificate, who.ca.certificate}};
        put(i ? "small-curve" : "short-key", &spec);
        expect(i ? "small-curve" : "short-key", "untrusted-root", NO, NO,
               "a key that others can compute: TRUST_E_CERT_SIGNATURE");
    }
    signing_free(&short_key);
    signing_free(&small_curve);
    static const char root[] = "untrusted-root", usage[] = "not-for-code-signing";
    chain_case("unknown-root", &who.foreign_leaf, &who.foreign, NULL, root, "CERT_E_UNTRUSTEDROOT");
    chain_case("missing-issuer", &who.good, NULL, NULL, root, "CERT_E_CHAINING");
    chain_case("self-signed", &who.self, NULL, NULL, root, "CERT_E_UNTRUSTEDROOT");
    chain_case("path-length", &who.deep, &who.below_short, &who.short_ca, root, "RFC 5280 4.2.1.9");
    chain_case("issuer-no-ca", &who.by_no_ca, &who.no_ca, NULL, root, "RFC 5280 4.2.1.9");
    chain_case("explicit-curve", &who.explicit_leaf, &who.ca, NULL, root, "RFC 5480 2.1.1, CVE-2020-0601");
    chain_case("explicit-curve-ca", &who.by_explicit_ca, &who.explicit_ca, NULL, root,
               "RFC 5480 2.1.1, CVE-2020-0601");
    chain_case("ca-key-usage", &who.by_crl_ca, &who.crl_ca, NULL, root,
               "RFC 5280 4.2.1.3: an issuer needs keyCertSign");
    chain_case("server-usage", &who.server, &who.ca, NULL, usage, "CERT_E_WRONG_USAGE");
    chain_case("server-ca-usage", &who.by_server_ca, &who.server_ca, NULL, usage,
               "usages of a CA are passed on");
    struct signing_spec encipher = SIGNED(encipher);
    put("key-usage", &encipher);
    expect("key-usage", "trusted", YES, YES, "keyUsage without digitalSignature: not asked of a signer");
    struct signing_spec md5_ca = {.signer = &who.by_md5_ca,
                                  .certificates = {who.by_md5_ca.certificate, who.md5_ca.certificate}};
    put("md5-ca", &md5_ca);
    expect("md5-ca", "weak-digest", DUNNO, DUNNO,
           "MD5 below the root: depends on the machine's weak crypto policy");
}

static void digest_cases(void) {
    struct signing_spec md5 = SIGNED(good), sha1 = SIGNED(good), sha512 = SIGNED(good);
    md5.digest = "md5";
    put("md5", &md5);
    expect("md5", "weak-digest", DUNNO, DUNNO, "MD5 over the file");
    sha1.digest = "sha1";
    put("sha1-now", &sha1);
    expect("sha1-now", "weak-digest", YES, YES, "SHA-1 after 2015 (Windows enforces it for downloads only)");
    sha512.digest = "sha512";
    put("sha512", &sha512);
    expect("sha512", "trusted", YES, YES, "any SHA-2");
    struct signing_stamp then = stamp_by(&who.tsa_old, &who.tsa_root, -5000, false);
    struct signing_spec old = SIGNED(old);
    old.digest = "sha1";
    old.stamp = &then;
    put("sha1-then", &old);
    expect("sha1-then", "trusted", YES, YES, "SHA-1 stamped before 2016");
}

/* RFC 3161 2.4.2: a token names its signer's certificate, in one of three forms. */
static void named_cases(void) {
    static const char *const digests[] = {"sha1", NULL, "sha512"};
    static const char *const names[][2] = {{"stamp-names-it-sha1", "stamp-names-another-sha1"},
                                           {"stamp-names-it", "stamp-names-another"},
                                           {"stamp-names-it-sha512", "stamp-names-another-sha512"}};
    struct signing_stamp stamp = stamp_by(&who.tsa, &who.tsa_root, -500, false);
    for (size_t i = 0; i < 3; i++) {
        stamp.ess = digests[i];
        stamp.wrong_ess = false;
        stamped(names[i][0], &who.expired, stamp, "trusted", YES, "the token names its certificate");
        stamp.wrong_ess = true;
        stamped(names[i][1], &who.expired, stamp, "malformed", NO, "the token names another certificate");
    }
    stamp.no_ess = true;
    stamped("stamp-names-none", &who.expired, stamp, "trusted", YES, "the token names none");
}

/* Windows looks at the first signature alone; the row in trust says of the others what they are. */
static void nested_odd_cases(void) {
    struct signing_spec inner = SIGNED(good), outer = SIGNED(good), stolen = SIGNED(distrusted);
    struct fixture elsewhere = image("another file", false), der = signing_image(&elsewhere, &inner);
    outer.nested = &der;
    put("nested-wrong-digest", &outer);
    expect("nested-wrong-digest", "trusted", YES, YES, "the nested signature is of another file");
    fixture_free(&der);
    fixture_free(&elsewhere);
    struct fixture pe = image("nested-distrusted", false);
    der = signing_image(&pe, &stolen);
    put("nested-distrusted", &outer);
    expect("nested-distrusted", "trusted", YES, YES, "the nested signature is from a distrusted certificate");
    fixture_free(&der);
    fixture_free(&pe);
}

static void nested_cases(void) {
    struct signing_spec inner = SIGNED(good), outer = SIGNED(good), two = SIGNED(good);
    struct fixture pe = image("dual", false), der = signing_image(&pe, &inner);
    outer.digest = "sha1";
    outer.nested = &der;
    put("dual", &outer);
    expect("dual", "trusted", YES, YES, "SHA-1 outside, SHA-256 nested: the stronger one tells");
    fixture_free(&der);
    fixture_free(&pe);
    pe = image("nested-twice", false);
    der = signing_image(&pe, &inner);
    struct signing_spec middle = SIGNED(good);
    middle.nested = &der;
    struct fixture second = signing_image(&pe, &middle);
    struct signing_spec outermost = SIGNED(good);
    outermost.nested = &second;
    put("nested-twice", &outermost);
    expect("nested-twice", "trusted", YES, YES, "nested in nested");
    fixture_free(&der);
    fixture_free(&second);
    fixture_free(&pe);
    two.second = &who.ec;
    two.certificates[2] = who.ec.certificate;
    put("two-signers", &two);
    expect("two-signers", "trusted", YES, YES, "the first signer counts");
    pe = image("two-entries", false);
    der = signing_image(&pe, &inner);
    for (int i = 0; i < 2; i++)
        fixture_entry(&pe, &der, NULL, (8 - der.size % 8) % 8);
    write_file("two-entries", &pe);
    expect("two-entries", "trusted", YES, YES, "two WIN_CERTIFICATE entries");
    fixture_free(&der);
    fixture_free(&pe);
}

/* SignedData that holds in all its parts, over something else. */
static void type_cases(void) {
    struct signing_spec type = SIGNED(good), data = SIGNED(good), cabinet = SIGNED(good), old = SIGNED(good);
    struct signing_spec script = SIGNED(good);
    type.type = SIGNING_PE;
    put("wrong-type", &type);
    expect("wrong-type", "malformed", NO, NO, "the type of the content is not SpcIndirectDataContent's");
    data.type = SIGNING_DATA;
    put("wrong-type-data", &data);
    expect("wrong-type-data", "malformed", NO, NO, "the same: an OCTET STRING with the right bytes in it");
    cabinet.subject = SIGNING_CABINET;
    put("wrong-subject", &cabinet);
    expect("wrong-subject", "malformed", NO, NO, "SpcIndirectDataContent says that it is about a cabinet");
    script.subject = SIGNING_SCRIPT;
    put("wrong-subject-only", &script);
    expect("wrong-subject-only", "malformed", NO, NO, "the type of a script before the value of an image");
    old.subject = SIGNING_INDIVIDUAL;
    put("subject-pesign", &old);
    expect("subject-pesign", "trusted", YES, YES,
           "old pesign wrote a key purpose there (Linux: mscode_parser)");
}

static void driver(const char *name, const struct signing_spec *spec, bool changed, const char *state,
                   const char *user, const char *kernel, const char *why) {
    struct fixture pe = image(name, true), der = signing_image(&pe, spec);
    pe.data[0x400] ^= changed;
    fixture_entry(&pe, &der, NULL, (8 - der.size % 8) % 8);
    write_file(name, &pe);
    expect_driver(name, state, user, user, kernel, why);
    fixture_free(&pe);
    fixture_free(&der);
}

static void driver_cases(void) {
    struct signing_spec whql = {.signer = &who.ms_whql, .certificates = {who.ms_whql.certificate}};
    struct signing_spec plain = {.signer = &who.ms_plain, .certificates = {who.ms_plain.certificate}};
    struct signing_spec elsewhere = SIGNED(whql);
    driver("driver-whql", &whql, false, "trusted", YES, YES, "the hardware usage under a root of Microsoft");
    driver("driver-whql-changed", &whql, true, "digest-mismatch", NO, NO, "changed after signing");
    driver("driver-whql-elsewhere", &elsewhere, false, "trusted", YES, NO, "the usage under another root");
    driver("driver-microsoft", &plain, false, "trusted", YES, NO, "such a root, but no usage of Windows");
}

static void broken_cases(void) {
    static const char mismatch[] = "digest-mismatch";
    struct signing_spec good = SIGNED(good), digest = SIGNED(good), value = SIGNED(good);
    struct fixture pe = image("changed", false), der = signing_image(&pe, &good);
    pe.data[0x400] ^= 1;
    fixture_entry(&pe, &der, NULL, (8 - der.size % 8) % 8);
    write_file("changed", &pe);
    expect("changed", mismatch, NO, NO, "TRUST_E_BAD_DIGEST");
    digest.wrong_digest = value.wrong_signature = true;
    put("wrong-message-digest", &digest);
    expect("wrong-message-digest", mismatch, NO, NO, "RFC 2315 9.3: messageDigest is not the content's");
    put("wrong-signature", &value);
    expect("wrong-signature", mismatch, NO, NO, "the key did not make it");
    fixture_free(&der);
    fixture_free(&pe);
    pe = image("garbage", false);
    struct fixture noise = {NULL, 0};
    fixture_add(&noise, NULL, 1024);
    fixture_noise(noise.data, noise.size, 3);
    fixture_entry(&pe, &noise, NULL, 0);
    write_file("garbage", &pe);
    expect("garbage", "malformed", NO, NO, "the table holds no signature");
    fixture_free(&noise);
    fixture_free(&pe);
    pe = image("truncated", false);
    der = signing_image(&pe, &good);
    fixture_entry(&pe, &der, NULL, 0);
    pe.size -= 600;
    write_file("truncated", &pe);
    expect("truncated", "malformed", NO, NO, "the table ends behind the end of the file");
    fixture_free(&der);
    fixture_free(&pe);
}

static void slack_cases(void) {
    static const size_t sizes[] = {1, 7, 8, 4096};
    for (size_t i = 0; i < 8; i++) {
        size_t size = sizes[i / 2];
        bool noise = i % 2 == 1, altered = noise || size > 7;
        char name[32];
        snprintf(name, sizeof name, "slack-%s-%zu", noise ? "noise" : "zero", size);
        struct signing_spec good = SIGNED(good);
        struct fixture pe = image(name, false), der = signing_image(&pe, &good), slack = {NULL, 0};
        fixture_add(&slack, NULL, size);
        if (noise)
            fixture_noise(slack.data, size, size);
        fixture_demand(!noise || slack.data[size - 1] != 0); /* as alignment would be */
        fixture_entry(&pe, &der, slack.data, size);
        write_file(name, &pe);
        expect(name, altered ? "trusted-but-altered-slack" : "trusted", YES, altered ? NO : YES,
               altered ? "MS13-098: bytes behind the signature that no alignment explains"
                       : "padding up to a multiple of 8");
        fixture_free(&pe);
        fixture_free(&der);
        fixture_free(&slack);
    }
    struct signing_spec stowed = SIGNED(good);
    stowed.stowed = 4096;
    stowed.certificates[2] = who.stranger.certificate;
    put("stowed", &stowed);
    expect("stowed", "trusted", YES, YES,
           "no digest covers unauthenticated attributes (signature_stowage speaks of it)");
}

static void distrust_cases(void) {
    FILE *list = open_file("distrusted.tsv");
    char since[64];
    signing_time_text(since, -400, SIGNING_DAY);
    fprintf(list, "# test list\nTest CA\tBADBAD\t\tDistrusted\t%s\tstolen\tfor the test\tthis test\n", since);
    fixture_demand(fclose(list) == 0);
    stamped("distrusted-before", &who.distrusted, stamp_by(&who.tsa, &who.tsa_root, -500, false), "trusted",
            YES, "stamped before the day of the theft");
    stamped("distrusted-after", &who.distrusted, stamp_by(&who.tsa, &who.tsa_root, -300, false),
            "revoked-or-distrusted", NO, "stamped after it: CERT_E_REVOKED");
    struct signing_spec bare = SIGNED(distrusted);
    put("distrusted-no-stamp", &bare);
    expect("distrusted-no-stamp", "revoked-or-distrusted", NO, NO, "nothing says that it was before");
}

static struct catalog_member member_of(const struct fixture *pe, const char *digest) {
    uint8_t value[64];
    struct catalog_member member = {.size = fixture_digest(pe, digest, value)};
    memcpy(member.digest, value, member.size);
    return member;
}

/* A folder with an image and a catalog that covers it, or another one, or is broken. */
static void catalog_case(const char *name, unsigned version, const struct signing_spec *spec, bool other,
                         size_t more, const char *state, const char *user, const char *why) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    fixture_demand(mkdir(path, 0777) == 0);
    struct fixture pe = image(name, false), another = image("another", false);
    struct catalog_member *members = calloc(more + 1, sizeof *members);
    fixture_demand(members != NULL);
    for (size_t i = 0; i < more; i++) {
        members[i].size = version == 1 ? 20 : 32;
        fixture_noise(members[i].digest, members[i].size, i + 100);
    }
    members[more] = member_of(other ? &another : &pe, version == 1 ? "sha1" : "sha256");
    struct fixture cat = catalog_signed(members, more + 1, version, spec);
    snprintf(path, sizeof path, "%s/covered.exe", name);
    write_file(path, &pe);
    expect(path, state, user, user, why);
    snprintf(path, sizeof path, "%s/list.cat", name);
    write_file(path, &cat);
    free(members);
    fixture_free(&pe);
    fixture_free(&another);
    fixture_free(&cat);
}

static void catalog_cases(void) {
    struct signing_spec good = SIGNED(good), broken = SIGNED(good);
    struct signing_spec foreign = {.signer = &who.foreign_leaf,
                                   .certificates = {who.foreign_leaf.certificate}};
    broken.wrong_signature = true;
    catalog_case("cat-v1", 1, &good, false, 0, "trusted", YES, "a version 1 catalog (SHA-1) covers it");
    catalog_case("cat-v2", 2, &good, false, 0, "trusted", YES, "a version 2 catalog (SHA-256) covers it");
    catalog_case("cat-many", 2, &good, false, 5000, "trusted", YES, "one of 5001 members");
    catalog_case("cat-other", 2, &good, true, 0, "unknown", DUNNO, "the catalog covers another file");
    catalog_case("cat-broken", 2, &broken, false, 0, "unknown", DUNNO,
                 "the catalog's own signature does not hold");
    catalog_case("cat-foreign", 2, &foreign, false, 0, "unknown", DUNNO,
                 "the catalog's signer is not trusted");
}

enum package_damage { PACKAGE_WHOLE, PACKAGE_FILE, PACKAGE_MAP, PACKAGE_CUT, PACKAGE_NO_MAP };

/* A folder as an installed package is: a program, a library in a folder below, one that is not in the map. */
static void package_case(const char *name, const struct signing_spec *spec, enum package_damage damage,
                         const char *state, const char *own, const char *why) {
    char path[4096];
    struct package_file files[] = {{"App.exe", image(name, false)},
                                   {"lib\\Part.DLL", fixture_pe(&(struct fixture_image){.size = 200001})}};
    struct fixture stray = image("stray", false), map = package_map(files, 2);
    struct fixture signature = package_signature(&map, spec);
    memcpy(files[1].bytes.data + 0x300, name, strlen(name));
    fixture_free(&map);
    map = package_map(files, 2);
    fixture_free(&signature);
    signature = package_signature(&map, spec);
    if (damage == PACKAGE_FILE)
        for (size_t i = 0; i < 2; i++)
            files[i].bytes.data[files[i].bytes.size - 1] ^= 1;
    if (damage == PACKAGE_MAP)
        map.data[map.size - 20] ^= 1; /* in an end tag */
    signature.size -= damage == PACKAGE_CUT ? 100 : 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    fixture_demand(mkdir(path, 0777) == 0);
    snprintf(path, sizeof path, "%s/%s/lib", folder, name);
    fixture_demand(mkdir(path, 0777) == 0);
    const struct {
        const char *name;
        const struct fixture *bytes;
        const char *state;
    } parts[] = {{"app.exe", &files[0].bytes, state},
                 {"lib/part.dll", &files[1].bytes, state},
                 {"stray.exe", &stray, "unknown"},
                 {"AppxSignature.p7x", &signature, own},
                 {"AppxBlockMap.xml", &map, NULL}};
    for (size_t i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s/%s", name, parts[i].name);
        if (i < 4 || damage != PACKAGE_NO_MAP)
            write_file(path, parts[i].bytes);
        bool trusted = i == 3 && strcmp(parts[i].state ? parts[i].state : "", "trusted") == 0;
        bool judged = i == 3 && parts[i].state && !trusted && strcmp(own, "unknown") != 0;
        if (parts[i].state)
            expect(path, parts[i].state,
                   trusted  ? YES
                   : judged ? NO
                            : DUNNO,
                   trusted  ? YES
                   : judged ? NO
                            : DUNNO,
                   why);
    }
    for (size_t i = 0; i < 2; i++)
        fixture_free(&files[i].bytes);
    fixture_free(&stray);
    fixture_free(&map);
    fixture_free(&signature);
}

static void package_cases(void) {
    struct signing_spec good = SIGNED(good), broken = SIGNED(good), odd = SIGNED(good);
    struct signing_spec foreign = {.signer = &who.foreign_leaf,
                                   .certificates = {who.foreign_leaf.certificate}};
    broken.wrong_signature = true;
    odd.subject = SIGNING_PE;
    package_case("package", &good, PACKAGE_WHOLE, "trusted", "trusted", "the package's signature covers it");
    package_case("package-file", &good, PACKAGE_FILE, "digest-mismatch", "trusted",
                 "a file that is not the one of the package");
    package_case("package-map", &good, PACKAGE_MAP, "unknown", "digest-mismatch",
                 "a block map that is not the one that was signed");
    package_case("package-cut", &good, PACKAGE_CUT, "unknown", NULL, "the signature is cut off");
    package_case("package-no-map", &good, PACKAGE_NO_MAP, "unknown", "trusted", "the block map is missing");
    package_case("package-broken", &broken, PACKAGE_WHOLE, "unknown", "digest-mismatch",
                 "the package's signature does not hold");
    package_case("package-foreign", &foreign, PACKAGE_WHOLE, "unknown", "untrusted-root",
                 "the package's signer is not trusted");
    package_case("package-odd", &odd, PACKAGE_WHOLE, "unknown", "trusted",
                 "it is an image's signature, which names no block map");
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: signedset FOLDER\n");
        return 2;
    }
    folder = argv[1];
    if (mkdir(folder, 0777) != 0) {
        perror(folder);
        return 2;
    }
    matrix = open_file("matrix.tsv");
    fprintf(matrix, "# file\tstate\tuser mode\twith EnableCertPaddingCheck\tkernel\trule\n");
    make_signers();
    make_odd_ones();
    make_drivers();
    make_key_usages();
    FILE *roots = open_file("roots.pem");
    fixture_demand(PEM_write_X509(roots, who.root.certificate) == 1 &&
                   PEM_write_X509(roots, who.ms_root.certificate) == 1 &&
                   PEM_write_X509(roots, who.tsa_root.certificate) == 1 && fclose(roots) == 0);
    plain_cases();
    stamp_cases();
    chain_cases();
    digest_cases();
    nested_cases();
    package_cases();
    nested_odd_cases();
    named_cases();
    type_cases();
    driver_cases();
    broken_cases();
    slack_cases();
    distrust_cases();
    catalog_cases();
    return fclose(matrix) == 0 ? 0 : 2;
}
