#include "source/collection.h"

#include "format/json.h"
#include "source/collection_rules.h"

#include <strings.h>

enum {
    UNMARKED = COLLECTION_ROOTS / 2,
    COMPONENT = 128,
    SNAPSHOT_DIGITS = 6,
    TELLING_DEPTH = 2,
    UAC_TIME = 14
};

/* --- components --- */

static struct span component(struct span path) {
    const void *slash = path.size ? memchr(path.data, '/', path.size) : NULL;
    return slash ? span_part(path, 0, (size_t)((const uint8_t *)slash - path.data)) : path;
}

/* What follows the first component; empty if nothing does. */
static struct span behind(struct span path) {
    size_t size = component(path).size;
    return span_from(path, size < path.size ? size + 1 : size);
}

static bool is(struct span text, const char *word) {
    return text.size == strlen(word) && strncasecmp((const char *)text.data, word, text.size) == 0;
}

static bool is_letter(uint8_t c) {
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

static int hex_of(uint8_t c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The byte that %HH at `at` stands for, or -1. */
static int decoded(struct span text, size_t at) {
    if (span_u8(text, at) != '%' || !span_holds(text, at, 3))
        return -1;
    int high = hex_of(text.data[at + 1]), low = hex_of(text.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Short names with %HH undone; 0 for those that are no roots anyway. */
static size_t decode_short(struct span from, char to[COMPONENT]) {
    size_t n = 0;
    for (size_t at = 0; at < from.size; n++) {
        int byte = decoded(from, at);
        if (n + 1 == COMPONENT)
            return 0;
        to[n] = byte > 0 ? (char)byte : (char)from.data[at];
        at += byte > 0 ? 3 : 1;
    }
    to[n] = 0;
    return n;
}

/* --- what a component could be --- */

struct guess {
    char drive;
    bool encoded, unix_root, plain; /* plain: a lone letter, as likely something else */
    uint32_t snapshot;
};

/* \\.\C: and \\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy7 and \\?\Volume{...}, behind the first four
 * characters. */
static bool is_device(const char *name, struct guess *ret) {
    static const char shadow[] = "GLOBALROOT\\Device\\HarddiskVolumeShadowCopy";
    size_t size = strlen(name);
    if (size == 2 && is_letter((uint8_t)name[0]) && name[1] == ':')
        return ret->drive = (char)(name[0] & ~32), true;
    if (strncasecmp(name, "Volume{", 7) == 0)
        return true;
    if (strncasecmp(name, shadow, sizeof shadow - 1) != 0)
        return false;
    const char *digits = name + sizeof shadow - 1;
    size_t n = strspn(digits, "0123456789");
    if (n == 0 || n > SNAPSHOT_DIGITS || digits[n])
        return false;
    for (size_t i = 0; i < n; i++)
        ret->snapshot = ret->snapshot * 10 + (uint32_t)(digits[i] - '0');
    return true;
}

static bool guess_root(struct span name, struct guess *ret) {
    char text[COMPONENT];
    *ret = (struct guess){.drive = 0};
    if (is(name, "[root]"))
        return ret->unix_root = true;
    if (name.size == 1 && is_letter(name.data[0])) {
        ret->drive = (char)(name.data[0] & ~32);
        return ret->plain = true;
    }
    if (name.size == 2 && is_letter(name.data[0]) && name.data[1] == ':') {
        ret->drive = (char)(name.data[0] & ~32);
        return ret->plain = true;
    }
    bool percent = name.size > 3 && memchr(name.data, '%', name.size);
    size_t size = percent ? decode_short(name, text) : 0;
    ret->encoded = true;
    if (size == 2 && is_letter((uint8_t)text[0]) && text[1] == ':')
        return ret->drive = (char)(text[0] & ~32), true;
    bool device = size > 4 && (memcmp(text, "\\\\.\\", 4) == 0 || memcmp(text, "\\\\?\\", 4) == 0);
    return device && is_device(text + 4, ret);
}

/* --- candidates --- */

static bool fits_any(struct span path, const char *const *patterns) {
    for (; *patterns; patterns++)
        if (collection_rules_fit(path, *patterns))
            return true;
    return false;
}

static struct collection_root *known_root(struct collection *collection, struct span prefix) {
    for (uint32_t i = 0; i < collection->root_count; i++) {
        struct collection_root *root = &collection->roots[i];
        if (root->size == prefix.size && memcmp(root->path, prefix.data, prefix.size) == 0)
            return root;
    }
    return NULL;
}

/* `prefix`: up to the slash behind the component that is the root; `parent`: bytes before that component. */
static void candidate(struct collection *collection, struct span prefix, size_t parent,
                      const struct guess *guess, struct span below) {
    struct collection_root *root = known_root(collection, prefix);
    bool marked = root && root->marked;
    if (!marked)
        marked = fits_any(below, guess->unix_root ? collection_rules_unix : collection_rules_windows);
    if (!root) {
        /* A small letter without marks is a folder like any other; a capital one may be a drive beside
         * another. */
        uint8_t letter = prefix.data[parent];
        bool weak = (guess->plain || guess->unix_root) && !marked;
        if (weak && (guess->unix_root || letter >= 'a'))
            return;
        if (collection->root_count == COLLECTION_ROOTS || prefix.size > COLLECTION_ROOT ||
            (weak && collection->root_count >= UNMARKED)) {
            collection->omitted++;
            return;
        }
        root = &collection->roots[collection->root_count++];
        *root = (struct collection_root){.size = (uint16_t)prefix.size,
                                         .parent = (uint16_t)parent,
                                         .drive = guess->drive,
                                         .unix_root = guess->unix_root,
                                         .encoded = guess->encoded,
                                         .snapshot = guess->snapshot};
        span_copy(prefix, root->path, sizeof root->path);
        root->accepted = guess->encoded;
    }
    root->marked = marked;
    root->accepted |= marked;
}

/* uploads/ACCESSOR/etc: on Unix, Velociraptor keeps paths without a drive. */
static bool is_unix_upload(struct span path, size_t *size) {
    struct span accessor = behind(path), below = behind(accessor);
    if (!is(component(path), "uploads") ||
        !(is(component(accessor), "auto") || is(component(accessor), "file")) ||
        !fits_any(below, collection_rules_unix))
        return false;
    *size = path.size - below.size;
    return true;
}

static void see_roots(struct collection *collection, struct span path) {
    struct span rest = path;
    struct guess guess;
    for (int depth = 0; depth < COLLECTION_DEPTH && rest.size > 0; depth++) {
        struct span below = behind(rest);
        if (below.size > 0 && guess_root(component(rest), &guess)) {
            size_t parent = path.size - rest.size;
            candidate(collection, span_part(path, 0, path.size - below.size), parent, &guess, below);
            return;
        }
        rest = below;
    }
    size_t size = 0;
    if (is_unix_upload(path, &size)) {
        guess = (struct guess){.unix_root = true, .encoded = true};
        size_t parent = size - 1 - component(behind(path)).size;
        candidate(collection, span_part(path, 0, size), parent, &guess, span_from(path, size));
    }
}

/* The first rule for own files that fits the path, or the path below its first folder, or NULL. */
static const struct collection_own *own_rule(struct span path, enum collection_kind kind) {
    for (size_t i = 0; i < collection_rules_own_count; i++) {
        const struct collection_own *own = &collection_rules_own[i];
        if (kind != COLLECTION_NONE && own->kind != kind)
            continue;
        struct span at = path;
        for (int depth = 0; depth <= TELLING_DEPTH && at.size > 0; depth++, at = behind(at))
            if (collection_rules_fit(at, own->pattern))
                return own;
    }
    return NULL;
}

void collection_begin(struct collection *collection) {
    *collection = (struct collection){.kind = COLLECTION_NONE};
}

void collection_see(struct collection *collection, struct span path) {
    see_roots(collection, path);
    for (size_t i = 0; i < collection_rules_own_count; i++) {
        const struct collection_own *own = &collection_rules_own[i];
        struct span at = path;
        if (!own->proves || collection->seen >> own->kind & 1)
            continue;
        for (int depth = 0; depth <= TELLING_DEPTH && at.size > 0; depth++, at = behind(at))
            if (collection_rules_fit(at, own->pattern))
                collection->seen |= 1u << own->kind;
    }
}

/* --- the verdict --- */

static bool same_parent(const struct collection_root *a, const struct collection_root *b) {
    return a->parent == b->parent && memcmp(a->path, b->path, a->parent) == 0;
}

/* A letter beside a drive is a drive. */
static void accept_neighbours(struct collection *collection) {
    for (uint32_t i = 0; i < collection->root_count; i++) {
        struct collection_root *root = &collection->roots[i];
        for (uint32_t k = 0; k < collection->root_count && !root->accepted; k++) {
            const struct collection_root *other = &collection->roots[k];
            root->accepted = other->marked && other->drive && !other->encoded && same_parent(root, other);
        }
    }
}

/* A shadow copy is of the only drive, if there is only one. */
static void assume_drives(struct collection *collection) {
    char drive = 0;
    bool several = false;
    for (uint32_t i = 0; i < collection->root_count; i++) {
        const struct collection_root *root = &collection->roots[i];
        if (!root->accepted || !root->drive)
            continue;
        several = several || (drive && drive != root->drive);
        drive = root->drive;
    }
    for (uint32_t i = 0; i < collection->root_count && !several; i++) {
        struct collection_root *root = &collection->roots[i];
        if (root->snapshot && !root->drive && drive) {
            root->drive = drive;
            root->assumed = true;
        }
    }
}

static enum collection_kind kind_of(const struct collection *collection) {
    bool any = false, encoded = false, unix_root = false;
    for (uint32_t i = 0; i < collection->root_count; i++) {
        const struct collection_root *root = &collection->roots[i];
        any |= root->accepted;
        encoded |= root->accepted && root->encoded;
        unix_root |= root->accepted && root->unix_root;
    }
    uint32_t seen = collection->seen;
    return !any                                  ? COLLECTION_NONE
           : encoded                             ? COLLECTION_VELOCIRAPTOR
           : unix_root                           ? COLLECTION_UAC
           : seen >> COLLECTION_KAPE & 1         ? COLLECTION_KAPE
           : seen >> COLLECTION_CYLR & 1         ? COLLECTION_CYLR
           : seen >> COLLECTION_VELOCIRAPTOR & 1 ? COLLECTION_VELOCIRAPTOR
                                                 : COLLECTION_DRIVES;
}

static void set_host(struct collection *collection, struct span name) {
    size_t size = span_copy(name, collection->host, sizeof collection->host - 1);
    collection->host[name.size < sizeof collection->host ? size : 0] = 0;
}

/* The last `c` in text, or its size. */
static size_t last_of(struct span text, uint8_t c) {
    for (size_t i = text.size; i-- > 0;)
        if (text.data[i] == c)
            return i;
    return text.size;
}

static bool all_digits(struct span text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return true;
}

/* uac-HOST-OS-YYYYMMDDhhmmss, with or without an extension. */
static bool host_of_uac(struct collection *collection, struct span name) {
    if (name.size < 4 || strncasecmp((const char *)name.data, "uac-", 4) != 0)
        return false;
    struct span rest = span_from(name, 4);
    size_t time = last_of(rest, '-');
    struct span digits = span_clip(rest, time + 1, UAC_TIME), host = span_part(rest, 0, time);
    if (time == rest.size || digits.size != UAC_TIME || !all_digits(digits))
        return false;
    host = span_part(host, 0, last_of(host, '-'));
    if (host.size == 0 || host.size == time)
        return false;
    set_host(collection, host);
    return true;
}

/* Collection-HOST-YYYY-MM-DDThh_mm_ssZ.zip, also with colons or dashes in the time. */
static void host_of_velociraptor(struct collection *collection, struct span name) {
    static const char before[] = "Collection-";
    size_t start = sizeof before - 1, time = 10;
    if (name.size < start || strncasecmp((const char *)name.data, before, start) != 0)
        return;
    struct span rest = span_from(name, start);
    for (size_t at = rest.size; at-- > 1;) {
        struct span date = span_part(rest, at + 1, time);
        if (rest.data[at] == '-' && date.size == time && span_u8(rest, at + 1 + time) == 'T' &&
            all_digits(span_part(date, 0, 4)) && date.data[4] == '-' && date.data[7] == '-') {
            set_host(collection, span_part(rest, 0, at));
            return;
        }
    }
}

/* CyLR names its file after the machine. */
static void host_of_cylr(struct collection *collection, struct span name) {
    size_t dot = last_of(name, '.');
    if (dot > 0 && dot < name.size && is(span_from(name, dot), ".zip"))
        set_host(collection, span_part(name, 0, dot));
}

static void find_host(struct collection *collection, struct span evidence) {
    switch (collection->kind) {
    case COLLECTION_UAC:
        if (host_of_uac(collection, evidence))
            return;
        for (uint32_t i = 0; i < collection->root_count; i++) {
            const struct collection_root *root = &collection->roots[i];
            struct span parent = span_of(root->path, root->parent > 0 ? root->parent - 1u : 0, 0);
            size_t slash = last_of(parent, '/');
            if (root->accepted &&
                host_of_uac(collection, span_from(parent, slash < parent.size ? slash + 1 : 0)))
                return;
        }
        return;
    case COLLECTION_VELOCIRAPTOR:
        host_of_velociraptor(collection, evidence);
        return;
    case COLLECTION_CYLR:
        host_of_cylr(collection, evidence);
        return;
    case COLLECTION_NONE:
    case COLLECTION_DRIVES:
    case COLLECTION_KAPE:
        return;
    }
}

void collection_settle(struct collection *collection, struct span evidence) {
    accept_neighbours(collection);
    assume_drives(collection);
    collection->kind = kind_of(collection);
    if (!collection->host[0])
        find_host(collection, evidence);
}

/* --- mapping --- */

static const struct collection_root *root_of(const struct collection *collection, struct span path) {
    const struct collection_root *best = NULL;
    for (uint32_t i = 0; i < collection->root_count; i++) {
        const struct collection_root *root = &collection->roots[i];
        bool itself = path.size + 1u == root->size && memcmp(path.data, root->path, path.size) == 0;
        if (root->accepted && (itself || span_starts(path, root->path, root->size)) &&
            (!best || root->size > best->size))
            best = root;
    }
    return best;
}

/* A component whose %HH are undone. What would mean something else in a path stays as it is written. */
static void add_decoded(struct text *text, struct span name) {
    char plain[COMPONENT];
    size_t size = name.size < 3 * COMPONENT ? decode_short(name, plain) : 0;
    if ((size == 1 && plain[0] == '.') || (size == 2 && memcmp(plain, "..", 2) == 0)) {
        text_bytes(text, name.data, name.size);
        return;
    }
    for (size_t at = 0; at < name.size;) {
        uint8_t run[COMPONENT];
        size_t n = 0;
        for (int byte; n < COMPONENT && (byte = decoded(name, at)) >= 0 && byte != '/'; at += 3)
            run[n++] = (uint8_t)byte;
        if (n > 0) {
            text_from_bytes(text, span_of(run, n, 0));
            continue;
        }
        size_t step = decoded(name, at) < 0 ? 1 : 3;
        text_bytes(text, name.data + at, step);
        at += step;
    }
}

static size_t last_slash(const struct text *text) {
    return last_of(span_of(text_string(text), text->size, 0), '/');
}

/* Cuts NAME:STREAM apart at the end of the path; $DATA is the type of all. Returns where the stream begins,
 * or 0. */
static size_t cut_stream(struct text *text, size_t *path_size) {
    struct span all = span_of(text_string(text), text->size, 0);
    size_t name = last_slash(text) + 1;
    struct span leaf = span_from(all, name);
    const void *colon = leaf.size ? memchr(leaf.data, ':', leaf.size) : NULL;
    if (!colon)
        return 0;
    *path_size = (size_t)((const uint8_t *)colon - all.data);
    return *path_size > name ? *path_size + 1 : 0;
}

static struct span stream_name(struct span stream) {
    const void *colon = stream.size ? memchr(stream.data, ':', stream.size) : NULL;
    return colon ? span_part(stream, 0, (size_t)((const uint8_t *)colon - stream.data)) : stream;
}

static bool map_stream(struct span below, struct text *text, struct collection_place *ret) {
    for (size_t i = 0; i < collection_rules_stream_count; i++) {
        const struct collection_stream *rule = &collection_rules_streams[i];
        if (!collection_rules_fit(below, rule->pattern))
            continue;
        text_add(text, "/");
        text_add(text, rule->path);
        size_t size = text->size;
        text_add(text, rule->stream);
        struct span all = span_of(text_string(text), text->size, 0);
        ret->path = span_part(all, 0, size);
        ret->stream = span_from(all, size);
        return true;
    }
    return false;
}

static void map_below(const struct collection_root *root, struct span below, struct text *text,
                      struct collection_place *ret) {
    if (!root->unix_root && map_stream(below, text, ret))
        return;
    if (below.size == 0)
        text_add(text, "/");
    for (struct span rest = below; rest.size > 0; rest = behind(rest)) {
        text_add(text, "/");
        if (root->encoded)
            add_decoded(text, component(rest));
        else
            text_bytes(text, component(rest).data, component(rest).size);
    }
    size_t size = text->size, stream = root->unix_root ? 0 : cut_stream(text, &size);
    struct span all = span_of(text_string(text), text->size, 0);
    ret->path = span_part(all, 0, stream ? size : all.size);
    ret->stream = stream ? stream_name(span_from(all, stream)) : span_from(all, all.size);
    bool index = below.size > 4 && is(span_from(below, below.size - 4), ".idx");
    if (root->encoded && index)
        ret->role = COLLECTION_INDEX;
}

void collection_map(const struct collection *collection, struct span path, struct text *text,
                    struct collection_place *ret) {
    const struct collection_root *root = root_of(collection, path);
    text_clear(text);
    *ret = (struct collection_place){.role = root ? COLLECTION_FILE : COLLECTION_OTHER, .root = root};
    if (root) {
        if (root->drive) {
            ret->drive[0] = root->drive;
            ret->drive[1] = ':';
        }
        ret->snapshot = root->snapshot;
        map_below(root, span_from(path, root->size), text, ret);
        return;
    }
    text_bytes(text, path.data, path.size);
    ret->path = span_of(text_string(text), text->size, 0);
    ret->stream = span_from(ret->path, ret->path.size);
    if (collection->kind != COLLECTION_NONE && own_rule(path, collection->kind))
        ret->role = COLLECTION_OWN;
}

/* --- the host --- */

bool collection_tells(const struct collection *collection, struct span path) {
    size_t slash = last_of(path, '/');
    return collection->kind == COLLECTION_VELOCIRAPTOR && !root_of(collection, path) &&
           is(span_from(path, slash < path.size ? slash + 1 : 0), "client_info.json");
}

bool collection_tell(struct collection *collection, struct job *job, struct span content) {
    struct json json = json_of(job, content);
    struct json_token token;
    struct text name = {.max = COLLECTION_HOST};
    bool host = false, fqdn = false, found = false;
    while (!found && json_next(&json, &token)) {
        if (token.kind == JSON_STRING && token.text.size > 0 && (host || (fqdn && name.size == 0))) {
            text_clear(&name);
            json_string(token, &name);
            found = host;
        }
        host = token.kind == JSON_KEY && json_is(token, "hostname");
        fqdn = token.kind == JSON_KEY && json_is(token, "fqdn");
    }
    bool told = name.size > 0 && !name.full;
    if (told)
        set_host(collection, span_of(text_string(&name), name.size, 0));
    text_free(&name);
    return told || job_fail(job, FAULT_BAD, content.offset, "no host name in client_info.json");
}

const char *collection_name(enum collection_kind kind) {
    static const char *const names[] = {"", "drives", "KAPE", "Velociraptor", "CyLR", "UAC"};
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "";
}
