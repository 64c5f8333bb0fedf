#include "case/casefile.h"

#include "case/casefile_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

bool casefile_private_fail(struct casefile *casefile, const char *text) {
    if (!casefile->error)
        casefile->error = strdup(text);
    return false;
}

const char *casefile_error(const struct casefile *casefile) {
    if (casefile->error)
        return casefile->error;
    return casefile->db ? db_error(casefile->db) : "";
}

bool casefile_private_sound(const struct casefile *casefile) {
    return casefile_error(casefile)[0] == 0;
}

struct db *casefile_db(struct casefile *casefile) {
    return casefile->db;
}

/* SQLite reads a name that begins with "file:" as a URI. */
static char *plain_path(const char *path, const char *suffix) {
    size_t size = strlen(path) + strlen(suffix) + 3;
    char *plain = malloc(size);
    if (plain)
        snprintf(plain, size, "%s%s%s", path[0] == '/' || path[0] == '.' ? "" : "./", path, suffix);
    return plain;
}

/* True if the file begins like a case of ours (SQLite file format, 1.3: application id at 68, big-endian). */
static bool is_ours(int fd) {
    uint8_t head[72];
    static const uint8_t id[4] = {CASEFILE_APPLICATION >> 24 & 0xff, CASEFILE_APPLICATION >> 16 & 0xff,
                                  CASEFILE_APPLICATION >> 8 & 0xff, CASEFILE_APPLICATION & 0xff};
    return pread(fd, head, sizeof head, 0) == sizeof head && memcmp(head, "SQLite format 3", 16) == 0 &&
           memcmp(head + 68, id, sizeof id) == 0;
}

/* Removes what a dead scan left. False, with the reason, if it is anything else. */
static bool remove_stale(const char *partial, struct text *error) {
    int fd = open(partial, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    const char *reason = NULL;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !is_ours(fd))
        reason = "exists and is not an unfinished case";
    else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        reason = "is being written by another scan";
    else if (unlink(partial) != 0)
        reason = strerror(errno);
    if (fd >= 0)
        close(fd);
    if (reason)
        text_format(error, "%s: %s", partial, reason);
    return reason == NULL;
}

/* The lock tells a living scan's file from a dead one's; SQLite's own locks are of another kind. */
static int create_partial(const char *partial, struct text *error) {
    enum { FLAGS = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW };
    int fd = open(partial, FLAGS, 0666);
    if (fd < 0 && errno == EEXIST) {
        if (!remove_stale(partial, error))
            return -1;
        fd = open(partial, FLAGS, 0666);
    }
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    text_format(error, "%s: %s", partial, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool may_stand(const char *path, bool replace, struct text *error) {
    struct stat st;
    if (lstat(path, &st) != 0)
        return true; /* whatever else is wrong will show when the partial file is made */
    if (!S_ISREG(st.st_mode))
        text_format(error, "%s: exists and is not a file", path);
    else if (!replace)
        text_format(error, "%s: exists already", path);
    else
        return true;
    return false;
}

/* The identity is written at once, so that a file left by a dead scan can be told from somebody else's. */
static bool start(struct casefile *casefile) {
    struct text sql = {0};
    text_format(&sql,
                "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536;"
                "PRAGMA application_id = %d; PRAGMA user_version = %d; BEGIN;",
                CASEFILE_APPLICATION, CASEFILE_VERSION);
    casefile_schema_create(&sql);
    bool ok = !sql.full && db_run(casefile->db, text_string(&sql));
    text_free(&sql);
    return ok;
}

static bool create_in(struct casefile *casefile, const char *path, bool replace, struct text *error) {
    const char *name = ":memory:";
    char *why = NULL;
    casefile->replace = replace;
    if (path && path[0] == 0)
        name = ""; /* SQLite's own word for it */
    else if (path) {
        casefile->path = plain_path(path, "");
        casefile->partial = plain_path(path, ".partial");
        if (!casefile->path || !casefile->partial || !may_stand(casefile->path, replace, error))
            return false;
        casefile->fd = create_partial(casefile->partial, error);
        if (casefile->fd < 0)
            return false;
        name = casefile->partial;
    }
    casefile->writing = true;
    casefile->db = db_create(name, &why);
    bool ok = casefile->db && start(casefile);
    if (!ok)
        text_format(error, "%s: %s", name[0] ? name : "a temporary case",
                    why            ? why
                    : casefile->db ? db_error(casefile->db)
                                   : "out of memory");
    free(why);
    return ok;
}

struct casefile *casefile_create(const char *path, bool replace, struct text *error) {
    struct casefile *casefile = calloc(1, sizeof *casefile);
    if (!casefile) {
        text_add(error, "out of memory");
        return NULL;
    }
    casefile->fd = -1;
    for (unsigned i = 0; i < FACT_TABLES; i++) {
        enum fact_table table = (enum fact_table)i;
        casefile_schema_range(table, &casefile->first[i], &casefile->end[i]);
        casefile->ordinal[i] = casefile_schema_column(table, "ordinal");
        casefile->artifact[i] = casefile_schema_column(table, "artifact");
        casefile->shared[i] = casefile_schema_shared(table);
    }
    if (create_in(casefile, path, replace, error))
        return casefile;
    if (error->size == 0)
        text_add(error, "out of memory");
    casefile_close(casefile);
    return NULL;
}

/* An unfinished file goes before its lock does. */
static void discard(struct casefile *casefile) {
    if (casefile->fd >= 0 && casefile->writing)
        unlink(casefile->partial);
    casefile->writing = false;
    if (casefile->fd >= 0)
        close(casefile->fd);
    casefile->fd = -1;
}

void casefile_close(struct casefile *casefile) {
    if (!casefile)
        return;
    discard(casefile);
    db_close(casefile->db);
    casefile_folders_free(&casefile->folders);
    for (size_t i = 0; i < casefile->detector_count; i++)
        free(casefile->detectors[i]);
    for (size_t i = 0; i < CASEFILE_REPAIRS; i++)
        text_free(&casefile->repairs[i]);
    free(casefile->path);
    free(casefile->partial);
    free(casefile->error);
    free(casefile);
}

/* Renames without replacing anything that came into being meanwhile, as well as the file system can. */
static bool rename_new(const char *from, const char *to) {
    struct stat st;
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    if (lstat(to, &st) == 0) {
        errno = EEXIST;
        return false;
    }
    return rename(from, to) == 0;
}

/* A rename lasts only once its folder is on disk; a file system that cannot sync one is not an error. */
static void sync_folder(const char *path) {
    char *folder = strdup(path);
    if (!folder)
        return;
    *(strrchr(folder, '/') + 1) = 0; /* there is one: see plain_path */
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return;
    (void)!fsync(fd);
    close(fd);
}

static bool settle(struct casefile *casefile) {
    const char *failed = NULL;
    if (casefile->fd < 0)
        return true;
    if (fsync(casefile->fd) != 0)
        failed = "cannot be written to disk";
    else if (!(casefile->replace ? rename(casefile->partial, casefile->path) == 0
                                 : rename_new(casefile->partial, casefile->path)))
        failed = "cannot be renamed";
    if (!failed) {
        sync_folder(casefile->path);
        return true;
    }
    struct text text = {0};
    text_format(&text, "%s: %s", failed, strerror(errno));
    casefile_private_fail(casefile, text_string(&text));
    text_free(&text);
    return false;
}

static bool finish(struct casefile *casefile, const char *because) {
    char omitted[24];
    snprintf(omitted, sizeof omitted, "%llu", (unsigned long long)casefile->omitted);
    if (!casefile_meta(casefile, "schema", "assay.case/1") ||
        !casefile_meta(casefile, "program", "assay " ASSAY_VERSION) ||
        !casefile_meta(casefile, "complete", because ? "0" : "1") ||
        (because && !casefile_meta(casefile, "incomplete_because", because)) ||
        (casefile->omitted > 0 && !casefile_meta(casefile, "findings_omitted", omitted)) ||
        !casefile_number(casefile) || !casefile_private_chain(casefile))
        return false;
    struct text sql = {0};
    /* Of a table that is its own index and larger than the limit, the count is guessed from how its pages
     * were filled, and that from which worker was first: such guesses are dropped. */
    text_add(&sql, "DROP TABLE IF EXISTS temp.kept; PRAGMA analysis_limit = 1000; ANALYZE;"
                   "DELETE FROM sqlite_stat1 WHERE idx = tbl AND CAST(stat AS INTEGER) >= 1000;"
                   "COMMIT; PRAGMA query_only = ON;");
    bool ok = !sql.full && db_run(casefile->db, text_string(&sql));
    text_free(&sql);
    return ok && settle(casefile);
}

static void say_removed(struct casefile *casefile) {
    struct text text = {0};
    text_format(&text, "%s: %s; the unfinished file was removed", casefile->partial,
                casefile_error(casefile));
    free(casefile->error);
    casefile->error = strdup(text_string(&text));
    text_free(&text);
}

bool casefile_finish(struct casefile *casefile, const char *because) {
    if (!casefile->writing)
        return casefile_private_fail(casefile, "the case is not being written");
    bool ok = casefile_private_sound(casefile) && finish(casefile, because);
    if (ok)
        casefile->writing = false; /* so that discard keeps the file */
    else if (casefile->partial)
        say_removed(casefile);
    discard(casefile);
    return ok;
}
