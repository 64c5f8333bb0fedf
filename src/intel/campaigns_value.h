/* campaigns_value: items of campaigns in one form, so that equal ones are equal.
 *
 *     md5, sha1, sha256, authentihash, bytes   small hex digits; bytes: 4 to 64, without blanks
 *     cert_serial   capital hex digits without zeros before them
 *     path          small letters (ASCII), / between names, from the root of the volume; * is any run of
 *                   bytes within a name; without a / the name of a file in any folder. Drive letters are left
 *                   out, %APPDATA% and its like are the folders that they mean, <...> is *
 *     service       small letters
 *     domain        base/netname.h
 *     technique     T1574 or T1574.001
 *     tlsh          70 capital hex digits
 *     rich          32 small hex digits, or the terms of a profile with one blank between
 */
#ifndef INTEL_CAMPAIGNS_VALUE_H
#define INTEL_CAMPAIGNS_VALUE_H

#include "intel/campaigns.h"

/* Appends that form; false, and nothing is appended, if the value is none of its kind or says nothing (the
 * digest of no bytes, a path of one wildcard). */
bool campaigns_value_key(enum campaigns_kind kind, const char *value, struct text *key) MUST_USE;

/* What a word of a list means as a kind (letters' case, - and _ do not matter): sha-256, filename, hostname,
 * ip-dst. CAMPAIGNS_KINDS if it is none that is compared. */
enum campaigns_kind campaigns_value_kind(struct span word);

/* What a value without any word is: a digest by its length, a technique, a host, a path with backslashes.
 * CAMPAIGNS_KINDS if it is none. */
enum campaigns_kind campaigns_value_guess(const char *value);

/* Does a path, in small letters with / between, have the form that `key` asks for? */
bool campaigns_value_is_path(const char *key, const char *folder, const char *name);

/* One term of a Rich header profile. */
struct campaigns_term {
    uint16_t product, build;
    uint32_t least, most;
};

/* The next term of a profile's key, which moves on; false at its end. */
bool campaigns_value_term(const char **key, struct campaigns_term *ret) MUST_USE;

#endif
