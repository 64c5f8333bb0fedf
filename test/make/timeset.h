/* timeset: the nouns of a volume whose files have histories (mktimeset.c): files with eight stamps, entries
 * of directories, a clock, and the periods that the change journal and $LogFile cover.
 *
 * Files are numbered from 1 in the order in which they are made; 0 is none, 1 the root folder. Each takes a
 * slot, a place in $MFT, which is given to another file when it is deleted; the sequence number then grows.
 * Everything follows from the seed. Names are ASCII and never freed. */
#ifndef TEST_TIMESET_H
#define TEST_TIMESET_H

#include "make/logfile_made.h"
#include "make/usn_made.h"

#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>

enum timeset_stamp { CREATED, MODIFIED, CHANGED, ACCESSED, STAMPS };

enum {
    ROOT = 1,
    FIRST_RECORD = 64, /* that libntfs-3g gives away */
    TUNNEL = 64,       /* names that are remembered */
    BULKS = 64,
    BULK_MOST = 60,
    FAMOUS = 12,          /* files of the system that everybody knows */
    LOG_KEYS = 1000,      /* folders whose index is open in the log */
    BARE_SESSION = 0x8000 /* USN_REASON_BASIC_INFO_CHANGE and nothing else */
};

#define MILLISECOND UINT64_C(10000)
#define SECOND      UINT64_C(10000000)
#define MINUTE      (60 * SECOND)
#define HOUR        (60 * MINUTE)
#define DAY         (24 * HOUR)

/* USN_REASON_*, [MS-FSCC] 2.3.62.1. */
enum {
    REASON_OVERWRITE = 0x1,
    REASON_EXTEND = 0x2,
    REASON_TRUNCATION = 0x4,
    REASON_NAMED_EXTEND = 0x20,
    REASON_CREATE = 0x100,
    REASON_DELETE = 0x200,
    REASON_SECURITY = 0x800,
    REASON_OLD_NAME = 0x1000,
    REASON_NEW_NAME = 0x2000,
    REASON_BASIC = 0x8000,
    REASON_HARD_LINK = 0x10000,
    REASON_STREAM = 0x200000,
    REASON_CLOSE = INT32_MIN
};

/* A name of a file: its $FILE_NAME, and what the entry in the directory says, which is brought up to date
 * when a handle that was opened by this name is closed. */
struct timeset_name {
    const char *text; /* NULL: none */
    uint32_t folder;
    uint32_t entry_size;
    uint64_t fn[STAMPS];
    uint64_t entry[STAMPS];
};

struct timeset_file {
    struct timeset_name name, link; /* link: a second hard link */
    uint64_t si[STAMPS];
    uint64_t made;  /* the machine's clock when it was created */
    uint64_t usn;   /* of its last record in the journal */
    uint32_t older; /* what its directory entry was before: timeset_world.states; 0 is nothing */
    uint32_t slot;
    uint32_t size, attributes;
    uint32_t content; /* equal numbers and sizes are equal bytes */
    uint32_t reasons; /* of the handle session that is open */
    uint32_t children;
    uint32_t ghosts; /* of a folder: timeset_world.ghosts */
    uint32_t label;  /* timeset_world.labels; 0: ordinary */
    uint16_t sequence, key;
    bool is_folder, dead, marked, pinned, shared, shown;
    bool rewritten; /* as the journal has it, in a session that set times, too */
};

/* A directory entry as it once was. */
struct timeset_state {
    uint64_t entry[STAMPS];
    uint32_t size, older;
};

/* A directory entry of a name that is gone: of a file that was deleted or has another name now. */
struct timeset_ghost {
    struct timeset_name name;
    uint32_t file, next;
};

struct timeset_slot {
    uint32_t file; /* the last one that had it */
    uint16_t sequence;
};

/* Files that were copied together and get their times together. */
struct timeset_bulk {
    uint32_t files[BULK_MOST], folder;
    unsigned count;
};

struct timeset_tunnel {
    const char *text;
    uint32_t folder;
    uint64_t created, until;
};

/* What the manifest says of a file. */
struct timeset_label {
    uint32_t file, source; /* source: whose times it was given */
    const char *style;
    uint64_t set; /* when its times were set; 0: never by a stomper */
    bool stomped, moved_created, in_own_session, laundered;
};

/* Folders of a kind. */
enum timeset_place { SYSTEM, PROGRAMS, DOCUMENTS, DOWNLOADS, TEMPORARY, CLOUD, DATA, AREAS };
struct timeset_area {
    uint32_t *folders;
    size_t count, room;
};

struct timeset_world {
    uint64_t seed, now, begin, end, journal_from, log_from;
    int64_t clock_error; /* of the machine's clock, while it is wrong */
    struct timeset_file *files;
    size_t count, room;
    struct timeset_slot *slots;
    size_t slots_used;
    uint32_t *free_slots;
    size_t free_count;
    struct timeset_state *states;
    size_t state_count, state_room;
    struct timeset_ghost *ghosts;
    size_t ghost_count, ghost_room;
    struct timeset_label *labels;
    size_t label_count, label_room;
    struct timeset_tunnel tunnel[TUNNEL];
    unsigned tunnel_next;
    uint64_t usn;
    struct usn_made journal;
    struct logfile_made log;
    uint32_t log_key[LOG_KEYS];
    unsigned log_next;
    char *names;
    size_t names_left;
    uint64_t serial; /* of names */
    struct timeset_area areas[AREAS];
    uint32_t famous[FAMOUS];
    struct timeset_bulk bulks[BULKS];
    unsigned bulks_made, bulks_set;
    bool journal_is_new; /* it was deleted and made anew: numbers begin with 0 */
};

static noreturn void timeset_die(const char *what) {
    fprintf(stderr, "mktimeset: %s\n", what);
    exit(1);
}

/* Memory for `count` things of `size`, zeroed. */
static void *timeset_new(size_t count, size_t size) {
    void *ret = calloc(count ? count : 1, size);
    if (!ret)
        timeset_die("no memory");
    return ret;
}

/* Makes room for one thing more; what is added is zeroed. */
static void *timeset_grow(void *things, size_t count, size_t *room, size_t size) {
    if (count < *room)
        return things;
    size_t more = *room ? 2 * *room : 1024;
    char *ret = realloc(things, more * size);
    if (!ret)
        timeset_die("no memory");
    memset(ret + *room * size, 0, (more - *room) * size);
    *room = more;
    return ret;
}

static uint64_t timeset_random(struct timeset_world *world) { /* splitmix64 */
    uint64_t z = (world->seed += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t below(struct timeset_world *world, uint64_t limit) {
    return limit ? timeset_random(world) % limit : 0;
}

static uint64_t between(struct timeset_world *world, uint64_t least, uint64_t most) {
    return least + below(world, most - least + 1);
}

static bool chance(struct timeset_world *world, unsigned of_hundred) {
    return below(world, 100) < of_hundred;
}

static struct timeset_file *file_of(struct timeset_world *world, uint32_t id) {
    return &world->files[id];
}

/* Time passes: a little, or about that much. */
static void pass(struct timeset_world *world, uint64_t about) {
    world->now += about / 2 + below(world, about) + 1;
}

static void tick(struct timeset_world *world) {
    pass(world, 2 * MILLISECOND);
}

/* What the machine's clock says. */
static uint64_t clock_of(const struct timeset_world *world) {
    return world->now + (uint64_t)world->clock_error;
}

/* A name that no other file has: "word_000001.extension". */
static const char *timeset_text(struct timeset_world *world, const char *word, const char *extension) {
    enum { BLOCK = 1 << 20, LONGEST = 64 };
    if (world->names_left < LONGEST) {
        world->names = timeset_new(BLOCK, 1);
        world->names_left = BLOCK;
    }
    char *ret = world->names;
    int size = snprintf(ret, LONGEST, "%s_%06llx%s%s", word, (unsigned long long)++world->serial,
                        *extension ? "." : "", extension);
    world->names += size + 1;
    world->names_left -= (size_t)size + 1;
    return ret;
}

static uint64_t reference_of(const struct timeset_file *file) {
    return (file->slot == UINT32_MAX ? 5 : FIRST_RECORD + (uint64_t)file->slot) | (uint64_t)file->sequence
                                                                                      << 48;
}

#endif
