#include "judge/host_path_short.h"
#include "model/listing.h"

#include <strings.h>

enum { CUTS = 64 /* of a command without quotes, at most */ };

/* --- hosts --- */

static size_t name_at(const char *path, size_t at) {
    return strcspn(path + at, "/");
}

static bool is_one_of(const char *name, size_t size, const char *const *list) {
    for (; *list; list++)
        if (strlen(*list) == size && strncasecmp(name, *list, size) == 0)
            return true;
    return false;
}

static void keep(char to[HOST_PATH_FOLDER], const char *from, size_t size) {
    memcpy(to, from, size);
    to[size] = 0;
}

/* What lies below the Windows folder or among the users' says where the machine's tree begins. */
static void place_host(const char *path, struct host *ret) {
    static const char *const below_windows[] = {"System32",  "SysWOW64",        "Prefetch",
                                                "AppCompat", "ServiceProfiles", NULL};
    static const char *const users[] = {"Users", "Documents and Settings", NULL};
    size_t length = strlen(path), begin = path[0] == '/' ? 1 : 0;
    snprintf(ret->windows, sizeof ret->windows, "/Windows");
    for (size_t at = begin, before = 0; at <= length && length < HOST_PATH_FOLDER;) {
        size_t size = name_at(path, at), next = at + size + 1;
        size_t following = next <= length ? name_at(path, next) : 0;
        if (following > 0 && is_one_of(path + next, following, below_windows)) {
            keep(ret->root, path, before);
            keep(ret->windows, path + before, at + size - before);
            ret->placed = true;
            if (following != 15) /* ServiceProfiles hold users */
                return;
            at = next;
            size = following;
            next = at + size + 1;
            following = next <= length ? name_at(path, next) : 0;
        }
        if (following > 0 && (ret->placed || is_one_of(path + at, size, users))) {
            if (!ret->placed)
                keep(ret->root, path, before);
            keep(ret->user, path + strlen(ret->root), next + following - strlen(ret->root));
            ret->placed = true;
            return;
        }
        before = at + size;
        at = next;
    }
}

bool host_paths_host(struct host_paths *paths, int64_t artifact, struct host *ret) {
    *ret = (struct host){.drive = 'C'};
    db_reset(paths->place_of);
    db_bind_integer(paths->place_of, 1, artifact);
    if (db_step(paths->place_of)) {
        ret->evidence = db_integer(paths->place_of, 0);
        ret->volume = db_integer(paths->place_of, 1);
        place_host(db_text(paths->place_of, 2, NULL), ret);
        const struct volume *volume = host_path_volume(paths, ret->volume);
        if (volume && volume->drive)
            ret->drive = volume->drive;
    }
    db_reset(paths->place_of);
    return db_error(paths->db)[0] == 0;
}

/* --- looking --- */

static const char collected_sql[] = "SELECT path FROM collected WHERE volume = ? AND complete = 1";

static bool is_enumerated(struct host_paths *paths, int64_t volume, const char *path, size_t size) {
    struct db_query *q = db_prepare(paths->db, collected_sql);
    bool complete = false;
    if (!q)
        return false;
    db_bind_integer(q, 1, volume);
    while (!complete && db_step(q)) {
        size_t length;
        const char *folder = db_text(q, 0, &length);
        complete = length == 0 ||
                   (size > length && path[length] == '/' && host_path_equal(path, length, folder, length));
    }
    db_finish(q);
    return complete;
}

/* Does a folder on the way lead somewhere else? */
static bool is_behind_junction(struct host_paths *paths, int32_t place, const char *path, size_t size) {
    for (size_t at = size; at > 0; at--) {
        const struct entry *folder =
            path[at - 1] == '/' && at > 1 ? host_path_look(paths, place, path, at - 1) : NULL;
        if (!folder)
            continue;
        db_reset(paths->flags_of);
        db_bind_integer(paths->flags_of, 1, folder->artifact);
        bool leads = db_step(paths->flags_of) && (db_integer(paths->flags_of, 0) & LISTING_REPARSE) != 0;
        db_reset(paths->flags_of);
        return leads;
    }
    return false;
}

static void untestable(struct host_path *ret, const char *reason) {
    ret->state = HOST_PATH_UNTESTABLE;
    ret->artifact = 0;
    ret->reason = reason;
}

/* Looks for paths->tree, which begins with a slash, at one place. */
static void look_at(struct host_paths *paths, int32_t place, bool doubtful, struct host_path *ret) {
    const char *path = text_string(&paths->tree);
    size_t size = paths->tree.size;
    const struct entry *entry = host_path_look(paths, place, path, size);
    if (entry && !entry->deleted)
        *ret = (struct host_path){.state = HOST_PATH_FOUND, .artifact = entry->artifact};
    else if (doubtful)
        untestable(ret, "its name may be spelled another way on disk");
    else if (is_behind_junction(paths, place, path, size))
        untestable(ret, "a folder of the path leads somewhere else");
    else if (entry)
        *ret = (struct host_path){.state = HOST_PATH_DELETED, .artifact = entry->artifact};
    else if (place > 0 && is_enumerated(paths, place, path, size))
        *ret = (struct host_path){.state = HOST_PATH_ABSENT};
    else
        untestable(ret, "it is not known what else is in its folder");
}

/* Of a drive of a collection, its $MFT tells of what was not collected. */
static void look_on(struct host_paths *paths, int64_t evidence, int64_t volume, bool doubtful,
                    struct host_path *ret) {
    const struct volume *drive = host_path_volume(paths, volume);
    look_at(paths, (int32_t)(volume ? volume : -evidence), doubtful, ret);
    if (ret->state == HOST_PATH_UNTESTABLE && drive && drive->twin)
        look_at(paths, (int32_t)drive->twin, doubtful, ret);
}

/* The volume's number is not known offline: it is found where it is found once. Returns the volume. */
static int64_t look_everywhere(struct host_paths *paths, const struct host *host, struct host_path *ret) {
    struct host_path found = {0}, one;
    int64_t at = 0;
    size_t times = 0;
    for (size_t i = 0; i <= paths->volume_count; i++) {
        const struct volume *volume = i < paths->volume_count ? &paths->volumes[i] : NULL;
        int64_t id = volume ? volume->id : 0;
        if (volume ? volume->evidence != host->evidence || (volume->shadow_of && id != host->volume)
                   : host->volume != 0)
            continue;
        look_on(paths, host->evidence, id, true, &one);
        if (one.state == HOST_PATH_FOUND) {
            found = one;
            at = id;
            times++;
        }
    }
    untestable(ret, "the number of the volume tells nothing here");
    if (times == 1)
        *ret = found;
    return at;
}

/* The tree of the machine may begin in a folder of its volume. */
static void set_tree(struct host_paths *paths, const struct host *host, bool system,
                     const struct host_path_read *read) {
    text_clear(&paths->tree);
    if (system)
        text_add(&paths->tree, host->root);
    text_bytes(&paths->tree, text_string(&read->path), read->path.size);
}

/* Where a path lies: on the system volume, or on another one if that is known. */
struct place {
    bool system;
    const struct volume *volume;
    char drive;
};

static struct place place_of(const struct host_paths *paths, const struct host *host,
                             const struct host_path_read *read) {
    struct place place = {.system = read->root == HOST_ROOT_SYSTEM ||
                                    (read->root == HOST_ROOT_DRIVE && read->drive == host->drive)};
    if (read->root == HOST_ROOT_SERIAL)
        place.volume = host_path_serial(paths, host, read->serial);
    else if (read->root == HOST_ROOT_DRIVE && !(place.system && host->placed))
        place.volume = host_path_drive(paths, host, read->drive);
    if (host->placed && place.volume && place.volume->id == host->volume)
        place.system = true;
    place.drive = read->drive ? read->drive : place.volume && place.volume->drive ? place.volume->drive : '?';
    return place;
}

static void set_normal(struct host_paths *paths, bool system, char drive, const struct text *path) {
    text_clear(&paths->normal);
    if (!system)
        text_format(&paths->normal, "%c:", drive);
    text_bytes(&paths->normal, text_string(path), path->size);
}

/* What short names mean, if only one file can be meant; the normal form then has the long ones. */
static void look_short(struct host_paths *paths, int64_t evidence, int64_t volume, size_t root, bool system,
                       char drive, struct host_path *ret) {
    const struct volume *collected = host_path_volume(paths, volume);
    int64_t twin = collected ? collected->twin : 0, artifact;
    struct text path = {0}, below = {0};
    bool found =
        host_path_short_find(paths, (int32_t)(volume ? volume : -evidence), &paths->tree, &path, &artifact) ||
        (twin && host_path_short_find(paths, (int32_t)twin, &paths->tree, &path, &artifact));
    if (found && path.size >= root) {
        *ret = (struct host_path){.state = HOST_PATH_FOUND, .artifact = artifact};
        text_bytes(&below, text_string(&path) + root, path.size - root);
        set_normal(paths, system, drive, &below);
    }
    text_free(&path);
    text_free(&below);
}

static void look_rooted(struct host_paths *paths, const struct host *host, const struct host_path_read *read,
                        struct host_path *ret) {
    struct place place = place_of(paths, host, read);
    set_tree(paths, host, place.system, read);
    set_normal(paths, place.system, place.drive, &read->path);
    if (place.system && host->placed) {
        look_on(paths, host->evidence, host->volume, read->doubtful, ret);
        if (ret->state == HOST_PATH_UNTESTABLE && read->doubtful)
            look_short(paths, host->evidence, host->volume, strlen(host->root), true, 0, ret);
    } else if (place.volume) {
        look_on(paths, place.volume->evidence, place.volume->id, read->doubtful, ret);
        if (ret->state == HOST_PATH_UNTESTABLE && read->doubtful)
            look_short(paths, place.volume->evidence, place.volume->id, 0, false, place.drive, ret);
    } else if (place.system) {
        untestable(ret, "where the machine's folders lie is not known");
    } else if (read->root == HOST_ROOT_DRIVE) {
        untestable(ret, "that drive is not in the evidence, or not known to be");
    } else {
        int64_t volume = look_everywhere(paths, host, ret);
        if (host->placed && ret->state == HOST_PATH_FOUND && volume == host->volume)
            set_normal(paths, true, 0, &read->path);
    }
}

/* A name without a folder, or folders below the Windows folder. */
static void look_relative(struct host_paths *paths, const struct host *host, enum host_path_kind kind,
                          struct host_path_read *read, struct host_path *ret) {
    static const char *const folders[] = {"/System32", "", "/System32/drivers", "/System32/wbem"};
    bool bare = !memchr(text_string(&read->path), '/', read->path.size);
    struct text path = {0};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        if (!bare && folders[i][0])
            continue;
        text_clear(&path);
        text_format(&path, "%s%s/%s", host->windows, folders[i], text_string(&read->path));
        struct host_path_read rooted = {.root = HOST_ROOT_SYSTEM, .path = path, .doubtful = read->doubtful};
        look_rooted(paths, host, &rooted, ret);
        if (ret->state == HOST_PATH_FOUND)
            break;
    }
    text_free(&path);
    if (ret->state == HOST_PATH_FOUND || (kind == HOST_PATH_DRIVER && !bare))
        return;
    untestable(ret, "it names no folder");
    text_clear(&paths->normal);
    text_bytes(&paths->normal, text_string(&read->path), read->path.size);
}

/* No file can have such a name: it has at most 255 letters, each at most six bytes as they are written here.
 */
static bool is_too_long(const struct text *path) {
    enum { NAME = 255 * 6 };
    size_t from = 0;
    for (size_t i = 0; i <= path->size; i++)
        if (i == path->size || path->data[i] == '/') {
            if (i - from > NAME)
                return true;
            from = i + 1;
        }
    return false;
}

/* Library and program: an ending may be left out. */
static void add_ending(enum host_path_kind kind, struct text *path) {
    const char *name = path->data ? memrchr(path->data, '/', path->size) : NULL;
    name = name ? name : text_string(path);
    if (path->size > 0 && !strchr(name, '.') && kind != HOST_PATH_FILE)
        text_add(path, kind == HOST_PATH_COMMAND ? ".exe" : kind == HOST_PATH_DRIVER ? ".sys" : ".dll");
}

static void find_one(struct host_paths *paths, const struct host *host, enum host_path_kind kind,
                     const char *text, size_t size, struct host_path *ret) {
    struct host_path_read *read = &paths->read;
    host_path_read(host, text, size, read);
    text_clear(&paths->normal);
    if (is_too_long(&read->path)) {
        untestable(ret, "a name in it is longer than any file can have");
        return;
    }
    add_ending(kind, &read->path);
    if (read->path.size == 0 || read->root == HOST_ROOT_BAD)
        untestable(ret, "it is no path that could be followed");
    else if (read->root == HOST_ROOT_REMOTE)
        untestable(ret, "it lies on another machine");
    else if (read->root == HOST_ROOT_NONE)
        look_relative(paths, host, kind, read, ret);
    else
        look_rooted(paths, host, read, ret);
}

/* --- commands --- */

/* Where the program of a command without quotes ends: at the first cut that exists, else at the first that
 * ends like a program, else at the first space. */
static size_t program_end(struct host_paths *paths, const struct host *host, const char *text, size_t size,
                          size_t from) {
    size_t likely = 0, first = 0, cuts = 0;
    struct host_path answer;
    for (size_t at = from; at <= size && cuts < CUTS; at++) {
        if (first && at < size && (text[at] == ':' || text[at] == '"'))
            break; /* another path begins */
        if (at < size && text[at] != ' ' && text[at] != '\t')
            continue;
        cuts++;
        first = first ? first : at;
        find_one(paths, host, HOST_PATH_COMMAND, text + from, at - from, &answer);
        if (answer.state == HOST_PATH_FOUND)
            return at;
        if (!likely && host_path_is_program(text + from, at - from))
            likely = at;
    }
    return likely ? likely : first;
}

static bool is_switch(const char *text, size_t size) {
    return size > 0 && (text[0] == '/' || text[0] == '-') && !memchr(text, '\\', size);
}

/* The part of the arguments that names what is run; false if none does. */
static bool pick(const char *text, size_t size, size_t at, enum host_path_runner runner,
                 struct host_path_word *ret) {
    struct host_path_word word;
    bool told = runner != HOST_RUNNER_FILE;
    while (host_path_word_at(text, size, at, &word)) {
        const char *from = text + word.from;
        if (!word.quoted && is_switch(from, word.size)) {
            told = told || (word.size >= 2 && (from[1] | 0x20) == 'f'); /* -File */
        } else if (runner == HOST_RUNNER_FILE && !told && !host_path_is_program(from, word.size)) {
            at = word.next;
            continue;
        } else {
            const char *comma = runner == HOST_RUNNER_LIBRARY ? memchr(from, ',', word.size) : NULL;
            word.size = comma ? (size_t)(comma - from) : word.size;
            if (runner == HOST_RUNNER_REST && !word.quoted)
                word.size = size - word.from;
            *ret = word;
            return word.size > 0;
        }
        at = word.next;
    }
    return false;
}

static void find_command(struct host_paths *paths, const struct host *host, const char *text, size_t size,
                         struct host_path *ret) {
    struct host_path_word word;
    const char *through = "";
    if (!host_path_word_at(text, size, 0, &word)) {
        untestable(ret, "nothing is named");
        return;
    }
    if (!word.quoted)
        word.next = program_end(paths, host, text, size, word.from);
    word.size = word.quoted ? word.size : word.next - word.from;
    enum host_path_runner runner = host_path_runner(text + word.from, word.size, &through);
    struct host_path_word target;
    if (runner != HOST_RUNNER_NONE && pick(text, size, word.next, runner, &target)) {
        if (runner == HOST_RUNNER_REST) {
            size_t end = program_end(paths, host, text, target.from + target.size, target.from);
            target.size = target.quoted ? target.size : end - target.from;
        }
        find_one(paths, host, runner == HOST_RUNNER_LIBRARY ? HOST_PATH_LIBRARY : HOST_PATH_COMMAND,
                 text + target.from, target.size, ret);
        ret->through = through;
        return;
    }
    find_one(paths, host, HOST_PATH_COMMAND, text + word.from, word.size, ret);
}

bool host_paths_find(struct host_paths *paths, const struct host *host, enum host_path_kind kind,
                     const char *text, size_t size, struct host_path *ret) {
    struct host_path_word word = {0, size, size, false};
    *ret = (struct host_path){0};
    text_clear(&paths->normal);
    if (size > HOST_PATH_LONGEST)
        untestable(ret, "longer than any path");
    else if (kind == HOST_PATH_COMMAND)
        find_command(paths, host, text, size, ret);
    else if (host_path_word_at(text, size, 0, &word))
        find_one(paths, host, kind, text + word.from, word.quoted ? word.size : size - word.from, ret);
    else
        untestable(ret, "nothing is named");
    ret->normal = text_string(&paths->normal);
    ret->through = ret->through ? ret->through : "";
    ret->reason = ret->reason ? ret->reason : "";
    return !paths->normal.full && !paths->tree.full && !paths->read.path.full && db_error(paths->db)[0] == 0;
}

const char *host_path_word(enum host_path_state state) {
    static const char *const words[] = {"not testable", "absent", "deleted", "found"};
    return (unsigned)state < 4 ? words[state] : "?";
}
