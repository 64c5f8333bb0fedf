/* host_path_read: paths in Windows' notation, taken apart; without any case. For host_path.c. */
#ifndef JUDGE_HOST_PATH_READ_H
#define JUDGE_HOST_PATH_READ_H

#include "judge/host_path.h"

enum host_path_root {
    HOST_ROOT_NONE,   /* relative: a name or folders and a name */
    HOST_ROOT_SYSTEM, /* the system volume */
    HOST_ROOT_DRIVE,  /* `drive` */
    HOST_ROOT_SERIAL, /* the volume with serial number `serial` */
    HOST_ROOT_DEVICE, /* some volume */
    HOST_ROOT_REMOTE, /* a share */
    HOST_ROOT_BAD     /* no path of a file */
};

struct host_path_read {
    enum host_path_root root;
    char drive;
    uint32_t serial;
    bool doubtful;    /* names may be spelled another way on disk: not finding it tells nothing */
    struct text path; /* /folder/name, or folder/name if relative; without . and .. */
};

/* One path without arguments; `ret->path` is reused. */
void host_path_read(const struct host *host, const char *text, size_t size, struct host_path_read *ret);

/* A word of a command: from the beginning or from behind its program. `at` of the first byte behind it. */
struct host_path_word {
    size_t from, size, next;
    bool quoted;
};
bool host_path_word_at(const char *text, size_t size, size_t at, struct host_path_word *ret);

/* How a program is told what to run. */
enum host_path_runner {
    HOST_RUNNER_NONE,
    HOST_RUNNER_LIBRARY, /* the first word that is no switch, up to a comma */
    HOST_RUNNER_FIRST,   /* the first word that is no switch */
    HOST_RUNNER_REST,    /* what is behind the switches is a command */
    HOST_RUNNER_FILE     /* what is behind -File, or else the first word that ends as a script */
};

/* Of a program, by its name without folder; `*name` is the name with ending, constant. */
enum host_path_runner host_path_runner(const char *program, size_t size, const char **name);

/* Has the text an ending by which a program is known (.exe .dll .sys .bat .ps1 ...)? */
bool host_path_is_program(const char *text, size_t size);

/* Of letters without their case; a hash may be continued with what comes next. */
uint64_t host_path_hash(uint64_t hash, const char *text, size_t size);
bool host_path_equal(const char *a, size_t a_size, const char *b, size_t b_size);

#define HOST_PATH_HASH 0xcbf29ce484222325u /* to begin with */

#endif
