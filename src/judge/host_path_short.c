#include "judge/host_path_short.h"

#include <stdlib.h>
#include <strings.h>

enum { BASE = 8, ENDING = 3, MADE = 6 /* letters of a base, of an ending, of a base before the tilde */ };

/* Names of a folder that a short name can mean, each with its NUL. */
struct host_path_short {
    int32_t place;
    struct text folder, brief, names;
};

struct search {
    struct host_paths *paths;
    int32_t place;
    const char *tree;
    size_t size, tries, found;
    struct text path, *ret;
    int64_t artifact;
};

static const char names_sql[] =
    "SELECT a.name FROM artifact a JOIN folder o ON o.id = a.folder WHERE o.path = ?1 COLLATE NOCASE AND coalesce(a.volume,"
    " -a.evidence) = ?2 AND a.stream IS NULL AND a.flags & 2 = 0 UNION SELECT l.name FROM artifact_path l JOIN artifact a ON"
    " a.id = l.artifact JOIN folder o ON o.id = l.folder WHERE o.path = ?1 COLLATE NOCASE AND coalesce(a.volume,"
    " -a.evidence) = ?2 AND a.flags & 2 = 0 UNION SELECT substr(path, length(?1) + 2) FROM folder WHERE substr(path, 1,"
    " length(?1) + 1) = ?1 || '/' COLLATE NOCASE AND instr(substr(path, length(?1) + 2), '/') = 0";

/* --- names --- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Where the tilde of a short name is, and how many digits follow it; false if it is none. */
static bool take_apart(const char *brief, size_t size, size_t *tilde, size_t *digits) {
    const char *at = memchr(brief, '~', size);
    *tilde = at ? (size_t)(at - brief) : size;
    *digits = 0;
    while (*tilde + 1 + *digits < size && is_digit(brief[*tilde + 1 + *digits]))
        ++*digits;
    size_t end = *tilde + 1 + *digits;
    return at && *tilde > 0 && *digits > 0 && end <= BASE && (end == size || brief[end] == '.') &&
           (end == size || size - end <= 1 + ENDING);
}

/* The letters that are taken of a part of a name, at most `most`; *changed: some were left out or replaced.
 * Publications differ on whether the special ones are left out. */
static size_t letters(const char *part, size_t size, bool keep, char *to, size_t most, bool *changed) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        bool special = strchr("+,;=[]", part[i]) != NULL;
        char c = special ? '_' : part[i];
        *changed = *changed || special || c == ' ' || c == '.' || count == most;
        if (c != ' ' && c != '.' && (!special || keep) && count < most)
            to[count++] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    return count;
}

static bool fits(const char *brief, size_t brief_size, const char *name, size_t size, bool keep) {
    char base[BASE], ending[ENDING];
    size_t tilde, digits;
    bool changed = false;
    if (!take_apart(brief, brief_size, &tilde, &digits))
        return false;
    const char *dot = memrchr(name, '.', size);
    size_t end = dot ? (size_t)(dot - name) : size;
    size_t base_size = letters(name, end, keep, base, BASE, &changed);
    size_t ending_size = dot ? letters(dot + 1, size - end - 1, keep, ending, ENDING, &changed) : 0;
    size_t made = MADE + 1 - digits, wanted = made < base_size ? made : base_size;
    size_t behind = tilde + 1 + digits, rest = brief_size > behind ? brief_size - behind - 1 : 0;
    return changed && tilde == wanted && strncasecmp(brief, base, wanted) == 0 && rest == ending_size &&
           (rest == 0 || strncasecmp(brief + behind + 1, ending, rest) == 0);
}

bool host_path_short_fits(const char *brief, size_t brief_size, const char *name, size_t size) {
    while (size > 0 && (name[size - 1] == '.' || name[size - 1] == ' '))
        size--;
    return size > 0 && name[0] != '.' &&
           (fits(brief, brief_size, name, size, true) || fits(brief, brief_size, name, size, false));
}

/* --- folders --- */

static bool is_same(const struct text *text, const char *other, size_t size) {
    return text->size == size && strncasecmp(text_string(text), other, size) == 0;
}

static void read_names(struct host_paths *paths, struct host_path_short *entry) {
    struct db_query *q = db_prepare(paths->db, names_sql);
    if (!q)
        return;
    db_bind_text(q, 1, text_string(&entry->folder), entry->folder.size);
    db_bind_integer(q, 2, entry->place);
    while (db_step(q)) {
        size_t size;
        const char *name = db_text(q, 0, &size);
        if (host_path_short_fits(text_string(&entry->brief), entry->brief.size, name, size))
            text_bytes(&entry->names, name, size + 1);
    }
    db_finish(q);
}

/* NULL if so many were asked for already. */
static const struct host_path_short *names_of(struct search *s, const char *brief, size_t size) {
    struct host_paths *paths = s->paths;
    if (!paths->shorts)
        paths->shorts = calloc(HOST_PATH_SHORT_FOLDERS, sizeof *paths->shorts);
    for (size_t i = 0; i < paths->short_count; i++) {
        const struct host_path_short *known = &paths->shorts[i];
        if (known->place == s->place && is_same(&known->brief, brief, size) &&
            is_same(&known->folder, text_string(&s->path), s->path.size))
            return known;
    }
    if (!paths->shorts || paths->short_count == HOST_PATH_SHORT_FOLDERS)
        return NULL;
    struct host_path_short *entry = &paths->shorts[paths->short_count++];
    entry->place = s->place;
    text_bytes(&entry->folder, text_string(&s->path), s->path.size);
    text_bytes(&entry->brief, brief, size);
    read_names(paths, entry);
    return entry;
}

/* --- paths --- */

/* The folders so far have become s->path; the rest begins at `at` with a slash. */
static void walk(struct search *s, size_t at) {
    size_t before = s->path.size;
    if (s->tries++ == HOST_PATH_SHORT_WAYS)
        s->found = 2; /* too many to be sure */
    if (s->found == 2)
        return;
    for (; at < s->size; at += 1 + strcspn(s->tree + at + 1, "/")) {
        const char *name = s->tree + at + 1;
        size_t size = strcspn(name, "/"), tilde, digits;
        if (take_apart(name, size, &tilde, &digits))
            break;
        text_bytes(&s->path, name - 1, size + 1);
    }
    size_t mark = s->path.size, size = at < s->size ? strcspn(s->tree + at + 1, "/") : 0;
    const struct host_path_short *names = at < s->size ? names_of(s, s->tree + at + 1, size) : NULL;
    const char *name = names ? text_string(&names->names) : NULL;
    for (size_t i = 0; names && i < names->names.size && s->found < 2; i += strlen(name + i) + 1) {
        s->path.size = mark;
        text_char(&s->path, '/');
        text_add(&s->path, name + i);
        walk(s, at + 1 + size);
    }
    if (at >= s->size) {
        const struct entry *entry = host_path_look(s->paths, s->place, text_string(&s->path), s->path.size);
        if (entry && !entry->deleted && ++s->found == 1) {
            s->artifact = entry->artifact;
            text_clear(s->ret);
            text_bytes(s->ret, text_string(&s->path), s->path.size);
        }
    }
    s->path.size = before;
}

bool host_path_short_find(struct host_paths *paths, int32_t place, const struct text *path, struct text *ret,
                          int64_t *artifact) {
    struct search s = {
        .paths = paths, .place = place, .tree = text_string(path), .size = path->size, .ret = ret};
    if (!memchr(s.tree, '~', s.size))
        return false;
    walk(&s, 0);
    bool good = s.found == 1 && !s.path.full && !ret->full;
    text_free(&s.path);
    *artifact = s.artifact;
    return good;
}

void host_path_short_close(struct host_paths *paths) {
    for (size_t i = 0; i < paths->short_count; i++) {
        text_free(&paths->shorts[i].folder);
        text_free(&paths->shorts[i].brief);
        text_free(&paths->shorts[i].names);
    }
    free(paths->shorts);
}
