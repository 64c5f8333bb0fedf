/* cat: Windows security catalogs, lists of digests under one signature (docs/format/cat.md).
 *
 * A catalog is PKCS #7 SignedData over a Certificate Trust List. Each of its members is the Authenticode
 * digest of an image or the plain digest of any other file. This decodes the list; the signature is
 * authenticode_signed's business. Memory is the job's. */
#ifndef FORMAT_CAT_H
#define FORMAT_CAT_H

#include "base/digest.h"
#include "base/job.h"

enum {
    CAT_MEMBERS = 262144, /* digests of one catalog that are kept */
    CAT_TEXT = 256        /* bytes of a text */
};

/* Content octets of 1.3.6.1.4.1.311.10.1, szOID_CTL. */
#define CAT_OID      "\x2b\x06\x01\x04\x01\x82\x37\x0a\x01"
#define CAT_OID_SIZE 9

struct cat_member {
    uint8_t size; /* bytes of the digest: 20 or 32 */
    uint8_t digest[32];
};

struct cat {
    unsigned version;           /* 1: members are named by SHA-1; 2: by SHA-256 */
    uint64_t list_time;         /* FILETIME; 0 if unknown */
    const char *os;             /* OSAttr, stored form; NULL if it has none */
    struct cat_member *members; /* sorted by size and digest, each once */
    size_t count;
    bool complete; /* every member was read */
};

/* Is this how a catalog begins? `head` are its first bytes, 64 suffice. */
bool cat_sniff(struct span head) MUST_USE;

/* `content` is the signed value, whole (pkcs7.content). False if it is no list, or memory runs out. What is
 * damaged inside is noted and leaves `complete` false. */
bool cat_decode(struct job *job, struct span content, struct cat *ret) MUST_USE;

#endif
