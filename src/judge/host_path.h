/* host_path: which file of its host a path means, as Windows writes paths in the registry, in events and in
 * prefetch files. For judges.
 *
 *     struct host_paths *paths = host_paths_open(db);        once a judge: 32 bytes a path of the case
 *     host_paths_host(paths, hive, &host);                   of which machine the hive, log, prefetch file is
 *     host_paths_find(paths, &host, HOST_PATH_DRIVER, text, size, &ret);
 *     host_paths_close(paths);
 *
 * Understood are \SystemRoot\, \??\C:\, \\?\, system32\..., C:\..., %SystemRoot% and other variables that a
 * machine has by default, \DEVICE\HARDDISKVOLUME3\ and \VOLUME{...-serial}\ of prefetch files, SYSVOL\,
 * GLOBALROOT\, UNC\localhost\C$\, a type behind the name (:$DATA), in plain UTF-8 or in stored form, with /
 * for \ too; as commands, with or without quotes and arguments, also of rundll32, regsvr32, cmd, script hosts
 * and the like: then what these are to run is looked for. A command without quotes is cut at each space, as
 * CreateProcess does, and the first cut that exists is meant. Names without a folder are looked for in
 * System32 and the Windows folder; they are never absent. Letters are compared without regard to case (Latin,
 * Greek, Cyrillic). A path behind a junction and a network path are not testable, unless they are found
 * literally; a path with short names (PROGRA~1) is found if exactly one file can be meant
 * (judge/host_path_short.h), else it is not testable.
 *
 * What is on the host's system volume is looked for there; other drives are known from volume.drive and from
 * MountedDevices of MBR disks (offset of the partition). Shadow copies are hosts of their own. Queries rely
 * on no index. */
#ifndef JUDGE_HOST_PATH_H
#define JUDGE_HOST_PATH_H

#include "base/db.h"
#include "base/text.h"

enum {
    HOST_PATH_LONGEST = 4096, /* bytes of a text that is looked at; a longer one is not testable */
    HOST_PATH_FOLDER = 512    /* bytes of a folder of a host, and its NUL */
};

struct host_paths;

/* A machine, or a copy of its system folders: told by the place of one of its files. */
struct host {
    int64_t evidence, volume;    /* volume 0: evidence without volumes */
    bool placed;                 /* `volume` is its system volume; else nothing can be found */
    char drive;                  /* letter of the system volume */
    char root[HOST_PATH_FOLDER]; /* folder in which the machine's tree begins: mostly "", or /Windows.old */
    char windows[HOST_PATH_FOLDER]; /* "/Windows", below root */
    char user[HOST_PATH_FOLDER];    /* "/Users/a", below root, if the file is of a user; or "" */
};

enum host_path_kind {
    HOST_PATH_FILE,
    HOST_PATH_DRIVER,  /* a relative path is meant from the Windows folder */
    HOST_PATH_LIBRARY, /* .dll is added to a name without an ending */
    HOST_PATH_COMMAND  /* with arguments */
};

enum host_path_state {
    HOST_PATH_UNTESTABLE, /* `reason` says why */
    HOST_PATH_ABSENT,     /* its place was enumerated completely */
    HOST_PATH_DELETED,    /* only a deleted file of that name is there */
    HOST_PATH_FOUND
};

struct host_path {
    enum host_path_state state;
    int64_t artifact;    /* if found or deleted; 0 */
    const char *normal;  /* "/Windows/System32/x.sys" on the system volume, "D:/x" on another, "?:/x" if the
                            volume is not known, a bare name if the folder is not; "" if nothing is named.
                            Stored form, spelled as the text has it, but for short names that were found; until
                            the next call with `paths` */
    const char *through; /* rundll32.exe and the like, if a command names what it runs; or "" */
    const char *reason;  /* constant, "" unless untestable */
};

/* NULL if the case cannot be read or memory runs out. */
struct host_paths *host_paths_open(struct db *db) MUST_USE;
void host_paths_close(struct host_paths *paths); /* NULL is fine */

/* The machine of which an artifact is. False if the case cannot be read. */
bool host_paths_host(struct host_paths *paths, int64_t artifact, struct host *ret) MUST_USE;

/* False if the case cannot be read or memory runs out. */
bool host_paths_find(struct host_paths *paths, const struct host *host, enum host_path_kind kind,
                     const char *text, size_t size, struct host_path *ret) MUST_USE;

/* found, absent, deleted, not testable. */
const char *host_path_word(enum host_path_state state);

#endif
