#include "cli/intel_kept.h"

#include "base/filetime.h"
#include "cli/command.h"
#include "intel/lists_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void intel_kept_drop(struct intel_kept *kept) {
    struct intel_kept_file *last = &kept->files[--kept->count];
    text_free(&last->bytes);
    text_free(&last->told);
}

void intel_kept_free(struct intel_kept *kept) {
    while (kept->count > 0)
        intel_kept_drop(kept);
    free(kept->files);
    kept_free(&kept->kept);
    *kept = (struct intel_kept){.kind = kept->kind};
}

/* --- reading --- */

static void name_of(const char *path, const char *name, struct text *ret) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    if (name)
        text_add(ret, name);
    else
        text_from_bytes(ret, span_of(path + start, end - start, 0));
}

static void date_of(const char *path, struct intel_kept_file *ret) {
    char date[FILETIME_TEXT];
    struct stat st = {0};
    (void)!stat(path, &st); /* reading it tells */
    filetime_text(filetime_from_unix(st.st_mtim.tv_sec, 0), date);
    snprintf(ret->date, sizeof ret->date, "%.10s", date);
    ret->changed = st.st_mtim;
}

struct intel_kept_file *intel_kept_new(struct intel_kept *kept, const char *path, const char *name) {
    struct text called = {0};
    struct intel_kept_file *file = NULL, *files = NULL;
    name_of(path, name, &called);
    bool twice = false;
    for (size_t i = 0; i < kept->count; i++)
        twice = twice || strcmp(kept->files[i].name, text_string(&called)) == 0;
    if (!kept_name(text_string(&called)))
        command_error("intel: '%s' cannot be the name of %s: give another --name", text_string(&called),
                      kept->kind->what);
    else if (twice)
        command_error("intel: two %s are called '%s': give one another --name", kept->kind->what,
                      text_string(&called));
    else if (!(files = realloc(kept->files, (kept->count + 1) * sizeof *files)))
        command_error("out of memory");
    if (files) {
        kept->files = files;
        file = &files[kept->count++];
        *file = (struct intel_kept_file){0};
        snprintf(file->name, sizeof file->name, "%s", text_string(&called));
        date_of(path, file);
    }
    text_free(&called);
    return file;
}

/* --- what is kept --- */

bool intel_kept_list(struct intel_kept *kept, struct text *error) {
    if (!kept->listed)
        kept->listed = kept_list(kept->kind, &kept->kept, error);
    return kept->listed;
}

bool intel_kept_has(struct intel_kept *kept, const char *name, struct text *error) {
    return intel_kept_list(kept, error) && kept_has(&kept->kept, name);
}

static int lock_home(struct text *folder, struct text *error) {
    return lists_file_home(folder, error) ? lists_file_lock(text_string(folder), error) : -1;
}

bool intel_kept_room(struct intel_kept *kept, struct text *error) {
    if (kept->count == 0)
        return true;
    if (!intel_kept_list(kept, error))
        return false;
    size_t count = kept->kept.count;
    for (size_t i = 0; i < kept->count; i++)
        count += !kept_has(&kept->kept, kept->files[i].name);
    if (count > kept->kind->files)
        text_format(error, "more than %zu %s are not kept", kept->kind->files, kept->kind->what);
    return count <= kept->kind->files;
}

bool intel_kept_save(struct intel_kept *kept, struct text *error) {
    struct text folder = {0};
    int lock = lock_home(&folder, error);
    kept_free(&kept->kept); /* it may have changed before it was locked */
    kept->listed = false;
    bool good = lock >= 0 && intel_kept_room(kept, error);
    for (size_t i = 0; good && i < kept->count; i++) {
        const struct intel_kept_file *file = &kept->files[i];
        good = kept_save(kept->kind, text_string(&folder), file->name, &file->bytes, &file->changed, error);
    }
    if (lock >= 0)
        close(lock);
    text_free(&folder);
    return good;
}

bool intel_kept_remove(const struct intel_kept *kept, const char *name, struct text *error) {
    struct text folder = {0};
    int lock = lock_home(&folder, error);
    bool good = lock >= 0 && kept_remove(kept->kind, text_string(&folder), name, error);
    if (lock >= 0)
        close(lock);
    text_free(&folder);
    return good;
}

/* --- telling --- */

void intel_kept_line(struct output *output, struct text *line) {
    struct text out = {0};
    text_terminal(&out, text_string(line), line->size);
    text_char(&out, '\n');
    output_text(output, &out);
    text_free(&out);
    text_free(line);
}

void intel_kept_tell(const struct intel_kept *kept, const char *before, struct output *output) {
    for (size_t i = 0; i < kept->count; i++) {
        struct text line = {0};
        text_format(&line, "%s%s", before, text_string(&kept->files[i].told));
        intel_kept_line(output, &line);
    }
}
