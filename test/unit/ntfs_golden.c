/* Two real volumes against what The Sleuth Kit and libfsntfs say of them: every path, size, time and digest.
 * Known differences stand in test/golden/ntfs_differences.tsv with their reasons, and are checked both ways.
 */
#include "base/digest.h"
#include "base/filetime.h"
#include "base/text.h"
#include "source/ntfs_content.h"
#include "source/ntfs_paths.h"
#include "source/volumes.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { LINES = 8192 };

struct lines {
    char *at[LINES];
    size_t count;
};

static void add(struct lines *lines, const char *line) {
    assert_true(lines->count < LINES);
    lines->at[lines->count++] = strdup(line);
}

static void drop(struct lines *lines) {
    for (size_t i = 0; i < lines->count; i++)
        free(lines->at[i]);
    lines->count = 0;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *shared(const char *path) {
    static char whole[4096];
    const char *root = getenv("ASSAY_SHARED");
    snprintf(whole, sizeof whole, "%s/corpora/%s", root ? root : "../shared", path);
    return whole;
}

/* Hands each line without its end to `take`. */
static bool each_line(const char *path, void (*take)(struct lines *, char *), struct lines *lines) {
    FILE *file = fopen(path, "r");
    char line[8192];
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        take(lines, line);
    }
    fclose(file);
    return true;
}

/* inode-type-id TAB size TAB digest TAB path */
static void take_digest(struct lines *lines, char *line) {
    char *key = strsep(&line, "\t"), *size = strsep(&line, "\t"), *digest = strsep(&line, "\t");
    char text[8192];
    snprintf(text, sizeof text, "sha256 /%s\t%s %s %s", line, key, size, digest);
    add(lines, text);
}

/* inode TAB name TAB eight times with nanoseconds TAB flags */
static void take_times(struct lines *lines, char *line) {
    char *inode = strsep(&line, "\t"), *name = strsep(&line, "\t"), text[8192];
    if (strcmp(inode, "inode") == 0)
        return;
    int n = snprintf(text, sizeof text, "si_fn %s\t%s", inode, name);
    for (int i = 0; i < 8; i++) {
        char *time = strsep(&line, "\t");
        size_t size = time ? strlen(time) : 0;
        assert_true(size > 2 && strcmp(time + size - 2, "00") == 0); /* 100 ns */
        n += snprintf(text + n, sizeof text - (size_t)n, " %.10sT%.*sZ", time, (int)size - 13, time + 11);
    }
    add(lines, text);
}

/* 0|path|inode-type-id|mode|uid|gid|size|atime|mtime|ctime|crtime. The size of a folder is that of its index,
 * and of a name that of its attribute: left out. A folder's streams come twice, once behind "/.". */
static void take_body(struct lines *lines, char *line) {
    char *field[11];
    for (int i = 0; i < 11; i++)
        field[i] = strsep(&line, "|");
    assert_non_null(field[10]);
    if (strstr(field[1], "/.:"))
        return;
    bool name = strstr(field[1], " ($FILE_NAME)"), file = strstr(field[2], "-128-") && !name;
    char text[8192];
    snprintf(text, sizeof text, "body %s\t%s %s %s %s %s %s", field[1], field[2], file ? field[6] : "-",
             field[7], field[8], field[9], field[10]);
    add(lines, text);
}

struct volume_open {
    struct job job;
    int fd;
    struct ntfs_index index;
    struct ntfs_paths paths;
    struct ntfs_plan plan;
    struct ntfs_walker walker;
    uint8_t (*digests)[32];
    bool *read;
    uint64_t planned;
};

static void hash_stream(struct volume_open *v, struct digest *digest, struct ntfs_content *content) {
    static uint8_t buffer[65536];
    uint8_t value[DIGEST_MAX];
    uint64_t at = 0;
    digest_start(digest, DIGEST_SHA256);
    while (at < content->content.size) {
        size_t got = content->content.read(&content->content, &v->job, at, buffer, sizeof buffer);
        if (got == 0)
            break;
        digest_add(digest, span_of(buffer, got, at));
        at += got;
    }
    assert_int_equal(at, content->content.size);
    digest_end(digest, value);
    memcpy(v->digests[content->stream], value, 32);
    v->read[content->stream] = true;
}

static void hash_all(struct volume_open *v) {
    static struct ntfs_content content;
    struct digest *digest = digest_new();
    v->digests = calloc(v->index.stream_count + 1, 32);
    v->read = calloc(v->index.stream_count + 1, sizeof *v->read);
    while (ntfs_content_next(&v->plan, &v->job, &content)) {
        assert_int_equal(content.fault.code, FAULT_NONE);
        hash_stream(v, digest, &content);
    }
    for (uint32_t i = 0; i < v->index.stream_count; i++) {
        ntfs_content_open(&v->plan, &v->job, i, &content);
        if (!v->read[i] && content.fault.code == FAULT_NONE)
            hash_stream(v, digest, &content);
    }
    digest_free(digest);
}

static void open_volume(struct volume_open *v, const char *path) {
    static struct volumes found;
    struct ntfs_index_summary summary;
    struct stat st;
    job_init(&v->job, (size_t)256 << 20);
    v->fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(v->fd, &st), 0);
    struct evidence_reader evidence = reader_of(v->fd, 0, (uint64_t)st.st_size);
    assert_true(volumes_find(&v->job, &evidence, &found));
    assert_int_equal(found.count, 1);
    assert_string_equal(found.volumes[0].filesystem, "ntfs");
    struct ntfs_index_input input = {.evidence = evidence,
                                     .offset = found.volumes[0].offset,
                                     .size = found.volumes[0].present,
                                     .memfd = memfd_create("index", MFD_CLOEXEC),
                                     .want_content = true,
                                     .hash_mft = true};
    assert_true(ntfs_index_build(&v->job, &input, &summary));
    assert_true(ntfs_index_open(input.memfd, &v->index));
    close(input.memfd);
    assert_int_equal(summary.damaged + summary.unread + summary.stray, 0);
    assert_true(ntfs_paths_build(&v->job, &v->index, &v->paths));
    assert_true(ntfs_content_plan(&v->job, &v->index, reader_of(v->fd, input.offset, input.size), 0,
                                  UINT32_MAX, true, &v->plan));
    assert_true(ntfs_paths_walk(&v->job, &v->paths, 0, UINT32_MAX, &v->walker));
    v->walker.indexes = true;
    hash_all(v);
    /* The one digest that comes from two readings. */
    assert_true(summary.has_mft_sha256);
    uint32_t mft = ntfs_index_main(&v->index, ntfs_index_row(&v->index, 0));
    assert_memory_equal(v->digests[mft], summary.mft_sha256, 32);
}

static void close_volume(struct volume_open *v) {
    ntfs_index_close(&v->index);
    free(v->digests);
    free(v->read);
    close(v->fd);
    job_reset(&v->job);
}

static size_t path_of(const struct listing *l, char *to, size_t size) {
    if (l->record == 5)
        return (size_t)snprintf(to, size, "/.");
    return (size_t)snprintf(to, size, "%.*s/%.*s%s%.*s", (int)l->folder_size, l->folder, (int)l->name_size,
                            l->name, l->stream ? ":" : "", (int)l->stream_size, l->stream ? l->stream : "");
}

static void say_digest(struct volume_open *v, const struct listing *l, struct lines *lines) {
    uint32_t number = v->walker.current_stream;
    if (number == NTFS_INDEX_NONE || !v->read[number])
        return;
    const struct ntfs_stream *stream = ntfs_index_stream(&v->index, number);
    char path[4096], line[8192];
    path_of(l, path, sizeof path);
    struct text hex = {.max = 0};
    text_hex(&hex, v->digests[number], 32);
    snprintf(line, sizeof line, "sha256 %s\t%u-%d-%u %llu %s", path, stream->record,
             stream->flags & NTFS_STREAM_INDEX ? 144 : 128, stream->attribute, (unsigned long long)l->size,
             text_string(&hex));
    text_free(&hex);
    add(lines, line);
}

static void say_times(const struct listing *l, struct lines *lines) {
    static const int order[] = {LISTING_CREATED, LISTING_MODIFIED, LISTING_CHANGED, LISTING_ACCESSED};
    if (!l->has_fn || l->stream || l->flags & LISTING_DELETED || l->link > 0)
        return;
    char line[8192], time[FILETIME_TEXT];
    const char *name = l->record == 5 ? "." : l->name;
    int size = l->record == 5 ? 1 : (int)l->name_size;
    int n = snprintf(line, sizeof line, "si_fn %llu\t%.*s", (unsigned long long)l->record, size, name);
    for (int i = 0; i < 8; i++) {
        filetime_text(i < 4 ? l->si[order[i]] : l->fn[order[i - 4]], time);
        n += snprintf(line + n, sizeof line - (size_t)n, " %s", time);
    }
    add(lines, line);
}

static void say_seconds(char *line, size_t size, size_t n, const uint64_t times[LISTING_TIMES]) {
    static const int order[] = {LISTING_ACCESSED, LISTING_MODIFIED, LISTING_CHANGED, LISTING_CREATED};
    for (int i = 0; i < 4; i++)
        n += (size_t)snprintf(line + n, size - n, " %lld", (long long)filetime_to_unix(times[order[i]]));
}

/* What fls prints: a line a stream, for a folder its index, and a line for the name. */
static void say_body(struct volume_open *v, const struct listing *l, struct lines *lines) {
    uint32_t number = v->walker.current_stream;
    const struct ntfs_stream *stream = ntfs_index_stream(&v->index, number);
    char path[4096], line[8192], size[32] = "-";
    path_of(l, path, sizeof path);
    bool folder = l->flags & LISTING_DIRECTORY && !l->stream;
    if (stream && !(stream->flags & NTFS_STREAM_INDEX))
        snprintf(size, sizeof size, "%llu", (unsigned long long)l->size);
    size_t n = 0;
    if (stream)
        n = (size_t)snprintf(line, sizeof line, "body %s\t%u-%d-%u %s", path, stream->record,
                             stream->flags & NTFS_STREAM_INDEX ? 144 : 128, stream->attribute, size);
    else if (folder)
        n = (size_t)snprintf(line, sizeof line, "body %s\t%llu-144 -", path, (unsigned long long)l->record);
    if (n > 0) {
        say_seconds(line, sizeof line, n, l->si);
        add(lines, line);
    }
    if (!l->stream && l->has_fn) {
        n = (size_t)snprintf(line, sizeof line, "body %s ($FILE_NAME)\t%llu-48 -", path,
                             (unsigned long long)l->record);
        say_seconds(line, sizeof line, n, l->fn);
        add(lines, line);
    }
}

/* The number of a folder's index or of a name is not kept by the index. */
static void forget_ids(struct lines *lines) {
    for (size_t i = 0; i < lines->count; i++) {
        char *line = lines->at[i], *id = strchr(line, '\t');
        bool folder_index = id && strstr(id, "-144-") && !strstr(line, ":$");
        char *tail = !id || strncmp(line, "body", 4) ? NULL : strstr(id, folder_index ? "-144-" : "-48-");
        if (!tail)
            continue;
        tail += folder_index ? 4 : 3;
        char *rest = strchr(tail, ' ');
        memmove(tail, rest, strlen(rest) + 1);
    }
}

static const char *image_now;
static struct lines expected;

/* image TAB side (golden or assay) TAB kind and path TAB reason */
static void take_difference(struct lines *lines, char *line) {
    char *image = strsep(&line, "\t"), *side = strsep(&line, "\t"), *what = strsep(&line, "\t"), text[8192];
    if (line && strcmp(image, image_now) == 0) {
        snprintf(text, sizeof text, "%s %s", side, what);
        add(lines, text);
    }
}

static void differ(struct lines *found, const char *side, const char *line) {
    char text[8192];
    snprintf(text, sizeof text, "%s %.*s", side, (int)strcspn(line, "\t"), line);
    print_message("# only %s: %s\n", side, line);
    add(found, text);
}

static void sort(struct lines *lines) {
    qsort(lines->at, lines->count, sizeof *lines->at, compare);
}

static void match(struct lines *golden, struct lines *ours) {
    struct lines found = {.count = 0};
    sort(golden);
    sort(ours);
    size_t i = 0, k = 0, same = 0;
    while (i < golden->count || k < ours->count) {
        int order = i == golden->count ? 1 : k == ours->count ? -1 : strcmp(golden->at[i], ours->at[k]);
        if (order < 0)
            differ(&found, "golden", golden->at[i++]);
        else if (order > 0)
            differ(&found, "assay", ours->at[k++]);
        else
            i++, k++, same++;
    }
    print_message("# %s: %zu lines equal, %zu differ\n", image_now, same, found.count);
    sort(&found);
    sort(&expected);
    for (i = 0; i < found.count && i < expected.count; i++)
        assert_string_equal(found.at[i], expected.at[i]);
    assert_int_equal(found.count, expected.count);
    drop(&found);
}

static void check(const char *image, const char *path) {
    static struct volume_open v;
    static struct lines golden, ours;
    struct listing listing;
    char name[256];
    if (access(shared(path), R_OK) != 0) {
        print_message("# skipped: %s is absent\n", shared(path));
        skip();
    }
    image_now = image;
    open_volume(&v, shared(path));
    while (ntfs_paths_next(&v.walker, &listing)) {
        say_digest(&v, &listing, &ours);
        say_times(&listing, &ours);
        say_body(&v, &listing, &ours);
    }
    snprintf(name, sizeof name, "golden/ntfs/%s.sha256.tsv", image);
    assert_true(each_line(shared(name), take_digest, &golden));
    snprintf(name, sizeof name, "golden/ntfs/%s.si_fn.tsv", image);
    assert_true(each_line(shared(name), take_times, &golden));
    snprintf(name, sizeof name, "golden/ntfs/%s.bodyfile", image);
    assert_true(each_line(shared(name), take_body, &golden));
    assert_true(each_line("test/golden/ntfs_differences.tsv", take_difference, &expected));
    forget_ids(&golden);
    match(&golden, &ours);
    assert_int_equal(v.job.fault.code, FAULT_NONE);
    drop(&golden);
    drop(&ours);
    drop(&expected);
    close_volume(&v);
}

static void test_grr(void **state) {
    (void)state;
    check("grr.ntfs_img", "google-grr/ntfs_img.dd");
}

static void test_testfs1(void **state) {
    (void)state;
    check("testfs1", "ColinFinck-ntfs/testfs1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_grr), cmocka_unit_test(test_testfs1)};
    return digest_prepare() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
