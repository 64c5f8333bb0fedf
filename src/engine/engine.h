/* engine: evidence in, entries, rows and counts out.
 *
 * The engine opens evidence, lets confined workers read it, keeps them within their limits, counts what was
 * not read and hands everything to a sink in an order that depends on the evidence alone: entries in the
 * order of the plan; rows of an artifact before its entry or, in images, before the volume's entries; counts
 * last. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/row.h"
#include "case/casefile.h"
#include "detect/inspect.h"
#include "engine/zygote.h"
#include "source/ntfs_paths.h"

/* Which files of volume shadow copies are examined. */
enum engine_shadows {
    ENGINE_SHADOWS_NONE,
    ENGINE_SHADOWS_CHANGED, /* those whose file record differs from that of the live volume */
    ENGINE_SHADOWS_ALL
};

struct engine_options {
    unsigned jobs;          /* workers; 0: one a core */
    uint64_t max_file_size; /* bytes; larger contents are skipped */
    uint64_t max_members;   /* of an archive; further ones are counted and not read. 0: ARCHIVE_MEMBERS */
    uint64_t max_unpacked;  /* bytes out of what looks like a bomb. 0: ARCHIVE_SUSPECT */
    unsigned stall_seconds; /* a worker that stands still for so long is ended */
    bool read_contents;     /* false: names and times only */
    bool inspect, hash, md5, sha1;
    bool trust_only;  /* signatures and nothing else (detect/inspect.h) */
    bool packages;    /* installers and archives that lie in folders and collections are opened, too; those
                         that lie in what is one itself, or were given as PATH, always are */
    bool keep_events; /* all entries of directory indexes, all records of change journals (the same) */
    bool release; /* what a comparison of releases asks for (detect/inspect_release.h); with inspect and hash
                   */
    /* With read_contents: of NTFS volumes, the contents of the change journal, of $LogFile, of directory
     * indexes and of what lies in a target's prefix are read, if it has one; the others are left unread,
     * which is no loss. */
    bool times_only;
    /* All entries of NTFS volumes are told, whatever the target's prefix. All events of the files that lie in
     * it are kept. */
    bool whole_volume;
    uint64_t now; /* FILETIME as of which signatures without a time stamp are judged */
    enum engine_shadows shadows;
    bool hash_evidence; /* digests of whole images, which are compared with those that they store */
    struct engine_map {
        char *folder;  /* a PATH that is the root of a drive; the caller's */
        char drive[3]; /* "C:" */
    } maps[16];
    size_t map_count;
    const char *host; /* name of the machine that the evidence is of; NULL: as the evidence says */
    bool has_rules;
    int rules; /* with has_rules: their bundle (engine/compile_rules.h), the caller's, for all of the run */
    bool unconfined;
    int progress_fd; /* -1: none; see engine/progress.h */
    bool progress_bar;
    const volatile int *interrupt;
};

/* One PATH. With volume or folder, only what lies there (report/address.h has the form people write). */
struct engine_target {
    const char *given;  /* as the user wrote it */
    const char *path;   /* to open */
    const char *inner;  /* stored form, /a/b: the image or $MFT of this path in the archive that is at `path`,
                           as evidence; NULL: what is at `path` */
    uint64_t volume;    /* ordinal in the evidence, 0 for all */
    uint64_t shadow;    /* number of a shadow copy, all of it; 0: the volume, and copies as the options say */
    const char *drive;  /* only files of this drive of a collection, such as "C:"; NULL: of all */
    const char *prefix; /* stored form, /a/b: this file or folder and everything below; NULL for all */
    const char *stream; /* with prefix: this stream only; NULL for all */
    const char *drive_known; /* the drive that a volume or $MFT is; NULL if it is not known beforehand */
    const char *mapped;      /* a folder that is the root of this drive, such as "C:"; NULL if it is none */
    bool catalogs; /* a folder of security catalogs that speak for all evidence: files named *.cat only */
};

struct engine_entry {
    const struct listing *listing;
    struct span raw_name; /* empty unless the stored name escapes something */
    uint64_t artifact;    /* its number; the same for further hard links */
    const char *state, *reason;
};

/* A volume's entries, for a sink that would rather walk them itself. */
struct engine_walk {
    uint64_t evidence, volume, shadow, records;
    const struct ntfs_paths *paths;
    const struct engine_target *target;
    bool (*accepts)(const void *target, const struct listing *listing);
    const uint64_t *numbers; /* by stream: its artifact, 0 if none; NULL when contents were not read */
    uint32_t stream_count;
};

/* Where things go. Every function returns false to stop the run: our own output failed. */
struct engine_sink {
    bool (*evidence)(struct engine_sink *sink, const struct casefile_evidence *evidence);
    bool (*volume)(struct engine_sink *sink, const struct casefile_volume *volume);
    bool (*entry)(struct engine_sink *sink, const struct engine_entry *entry);
    /* *refused: the row is not sane, its worker is ended. */
    bool (*row)(struct engine_sink *sink, uint64_t artifact, const struct row *row, bool *refused);
    bool (*finding)(struct engine_sink *sink, struct casefile_place place, const struct finding *finding);
    bool (*coverage)(struct engine_sink *sink, uint64_t evidence, uint64_t volume, const char *class,
                     const char *reason, uint64_t files, uint64_t bytes);
    bool (*collected)(struct engine_sink *sink, uint64_t evidence, uint64_t volume, bool complete);
    bool (*walk)(struct engine_sink *sink, const struct engine_walk *walk); /* NULL: entry for each */
};

struct engine_result {
    uint64_t seen, lost;    /* files and streams; lost for IO, TORN or LIMIT */
    uint64_t volumes_lost;  /* volumes that could not be read, or not wholly */
    uint64_t paths_refused; /* PATHs that could not be opened or are of a format that is not read */
    uint64_t astray;        /* of them, addresses inside evidence at which nothing lies */
    uint64_t artifacts;     /* numbers given out */
    uint64_t bytes_read;    /* of evidence, by pread in the workers */
    unsigned deaths;        /* workers that had to be replaced */
    unsigned landlock;      /* ABI in force in the workers, 0 none */
    bool interrupted, sink_failed;
    const char *error; /* constant: why the run could not go on, NULL if it could */
};

/* Examines the targets one after the other. False only if nothing could be started or the sink failed; what
 * could not be read is in the counts. */
bool engine_run(struct zygote *zygote, const struct engine_options *options,
                const struct engine_target *targets, size_t count, struct engine_sink *sink,
                struct engine_result *ret) MUST_USE;

/* Must be called before the zygote is started: everything that workers need and could not load any more. */
bool engine_prepare(const struct inspect_root *roots, size_t count) MUST_USE;

#endif
