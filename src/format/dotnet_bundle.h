/* dotnet_bundle: the manifest of a program that .NET has made one file of (docs/format/dotnet_bundle.md).
 *
 *     if (dotnet_bundle_open(&job, manifest, &bundle))
 *         while (dotnet_bundle_next(&bundle, &notes, &entry))
 *             ...
 *
 * Nothing is allocated; spans are parts of the manifest's. Offsets are in the program's file, and what they
 * say is not checked here: they may lie anywhere. */
#ifndef FORMAT_DOTNET_BUNDLE_H
#define FORMAT_DOTNET_BUNDLE_H

#include "base/job.h"
#include "base/span.h"

enum {
    DOTNET_BUNDLE_MARK = 32,  /* bytes of dotnet_bundle_mark */
    DOTNET_BUNDLE_PATH = 4095 /* bytes of a path or an identifier: .NET's own bound */
};

/* Stands in every host of .NET; the 8 bytes before it are the manifest's offset, 0 in a host without one. */
extern const uint8_t dotnet_bundle_mark[DOTNET_BUNDLE_MARK];

struct dotnet_bundle {
    uint32_t major, minor, count; /* count: files, as told */
    struct span id;               /* a name that .NET makes for the bundle */
    uint64_t flags;               /* 1: everything is extracted, as .NET Core 3 did; 0 in version 1 */
    struct cursor cursor;
    uint32_t given;
    bool ended;
};

struct dotnet_bundle_entry {
    uint64_t at; /* of the entry, in the artifact */
    uint64_t offset, size;
    uint64_t packed; /* bytes of raw deflate at `offset`; 0: stored */
    uint8_t type;
    struct span path; /* UTF-8, as it stands there */
};

/* `manifest` begins where the offset says; it may be longer. False with a fault in `job`: TORN, BAD (none of
 * it can be believed), UNSUPPORTED (a version that is none of 1.0, 2.0, 6.0; `major` and `minor` are set). */
bool dotnet_bundle_open(struct job *job, struct span manifest, struct dotnet_bundle *ret) MUST_USE;

/* The next file; false at the end, and, noted in `job`, where the manifest is torn or makes no sense. */
bool dotnet_bundle_next(struct dotnet_bundle *bundle, struct job *job, struct dotnet_bundle_entry *ret);

/* "assembly", "native library", "dependencies", "configuration", "symbols"; "" where the bundle does not say,
 * or its version uses numbers of several meanings. */
const char *dotnet_bundle_role(const struct dotnet_bundle *bundle, uint8_t type);

#endif
