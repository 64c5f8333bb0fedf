/* dotnet: what the metadata of a .NET assembly say of it (ECMA-335, 6th edition, II.24 and II.25;
 * docs/format/dotnet.md).
 *
 * Of the tables only those are read that the fields below come from; the sizes of all are computed. What is
 * not there is noted once, as BAD, and left out. Names are in stored form, at most DOTNET_NAME bytes of each;
 * memory is the job's. */
#ifndef FORMAT_DOTNET_H
#define FORMAT_DOTNET_H

#include "format/pe.h"

enum {
    DOTNET_REFERENCES = 1024,
    DOTNET_IMPORTS = 4096,
    DOTNET_RESOURCES = 4096,
    DOTNET_NAME = 1024,
    DOTNET_STREAMS = 64,
    DOTNET_VERSION = 24
};

struct dotnet_reference {
    const char *name;             /* of the assembly; never NULL */
    char version[DOTNET_VERSION]; /* a.b.c.d */
    struct span token;            /* public key or its token, as it is; may be empty */
};

struct dotnet_import {
    const char *library, *function; /* as written; never NULL */
};

struct dotnet {
    const char *runtime;          /* version in the metadata root, such as v4.0.30319 */
    const char *module;           /* file name that the compiler gave it; NULL if there is none, as below */
    const char *assembly;         /* name; NULL for a module that is no assembly */
    const char *culture;          /* NULL for none */
    const char *framework;        /* of TargetFrameworkAttribute, such as .NETCoreApp,Version=v8.0 */
    char version[DOTNET_VERSION]; /* of the assembly */
    struct span mvid;             /* 16 bytes, or none */
    struct span key;              /* public key of its strong name, as it is; may be empty */
    uint32_t flags;               /* of the CLI header (II.25.3.3.1) */
    uint32_t types, methods, resources; /* rows there */
    const struct dotnet_reference *references;
    size_t reference_count;
    const struct dotnet_import *imports; /* P/Invoke */
    size_t import_count;
    const char *const *names; /* of resources; never NULL */
    size_t name_count;
    bool cut; /* there are more of these three */
};

/* `bytes` are the first ones of the file that `pe` was decoded from. False if it has no metadata that can be
 * read, with a note if it says that it has. */
bool dotnet_decode(struct job *job, const struct pe *pe, struct span bytes, struct dotnet *ret) MUST_USE;

#endif
