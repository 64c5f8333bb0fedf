#include "format/dotnet_bundle.h"

enum { VERSION_MOST = 1000 }; /* beyond it the number is no version */

const uint8_t dotnet_bundle_mark[DOTNET_BUNDLE_MARK] = {
    0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32,
    0x13, 0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae};

/* A text behind its length, seven bits a byte. Of two bytes at most, as .NET's host reads it. */
static bool take_text(struct cursor *c, struct span *ret) {
    unsigned length = cursor_u8(c);
    if (length & 0x80) {
        unsigned high = cursor_u8(c);
        if (high & 0x80)
            return false;
        length = (length & 0x7f) | high << 7;
    }
    *ret = cursor_take(c, length);
    return length > 0 && length <= DOTNET_BUNDLE_PATH;
}

bool dotnet_bundle_open(struct job *job, struct span manifest, struct dotnet_bundle *ret) {
    struct cursor c = cursor_of(manifest);
    *ret = (struct dotnet_bundle){.major = cursor_u32(&c), .minor = cursor_u32(&c)};
    ret->count = cursor_u32(&c);
    if (c.torn)
        return job_fail(job, FAULT_TORN, cursor_offset(&c), "the manifest of this .NET bundle is cut off");
    if (ret->major == 0 || ret->major > VERSION_MOST || ret->minor > VERSION_MOST || ret->count > INT32_MAX)
        return job_fail(job, FAULT_BAD, manifest.offset, "no manifest of a .NET bundle");
    bool known = ret->minor == 0 && (ret->major == 1 || ret->major == 2 || ret->major == 6);
    if (!known)
        return job_fail(job, FAULT_UNSUPPORTED, manifest.offset,
                        "a version of .NET bundles that is not 1.0, 2.0 or 6.0");
    bool named = take_text(&c, &ret->id);
    if (ret->major >= 2) {
        cursor_skip(&c, 32); /* where two of the files are, which their own entries say, too */
        ret->flags = cursor_u64(&c);
    }
    if (c.torn)
        return job_fail(job, FAULT_TORN, cursor_offset(&c), "the manifest of this .NET bundle is cut off");
    if (!named)
        return job_fail(job, FAULT_BAD, manifest.offset, "the manifest of this .NET bundle has no name");
    ret->cursor = c;
    return true;
}

static bool stop(struct dotnet_bundle *bundle, struct job *job, enum fault_code code, const char *text) {
    bundle->ended = true;
    job_note(job, code, cursor_offset(&bundle->cursor), text);
    return false;
}

bool dotnet_bundle_next(struct dotnet_bundle *bundle, struct job *job, struct dotnet_bundle_entry *ret) {
    struct cursor *c = &bundle->cursor;
    if (bundle->ended || bundle->given == bundle->count)
        return false;
    *ret = (struct dotnet_bundle_entry){.at = cursor_offset(c), .offset = cursor_u64(c)};
    ret->size = cursor_u64(c);
    ret->packed = bundle->major >= 6 ? cursor_u64(c) : 0;
    ret->type = cursor_u8(c);
    bool named = take_text(c, &ret->path);
    if (c->torn)
        return stop(bundle, job, FAULT_TORN, "the manifest ends before its last file");
    if (!named)
        return stop(bundle, job, FAULT_BAD,
                    "a path without or with too many bytes: no file behind it is told");
    bundle->given++;
    return true;
}

const char *dotnet_bundle_role(const struct dotnet_bundle *bundle, uint8_t type) {
    static const char *const roles[] = {
        "", "assembly", "native library", "dependencies", "configuration", "symbols"};
    return bundle->major >= 2 && type < sizeof roles / sizeof roles[0] ? roles[type] : "";
}
