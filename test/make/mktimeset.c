/* mktimeset OUT.img MANIFEST.tsv [--files 50000] [--stomped 500] [--alike N] [--seed 1]
 *           [--sources mft,i30,usn,log] [--mft FILE] [--log-version 1|2] [--style-journal-deleted]
 *
 * An NTFS volume whose files have had two years of history, some of them with times that were set to deceive,
 * and a manifest that says which, and by which sources that can be told (docs/time-labels.md). The change
 * journal covers the last five weeks, $LogFile the last six hours; --sources leaves them out, and the
 * differences between directory entries and file records. --mft writes the raw $MFT too. With
 * --style-journal-deleted the journal was deleted and made anew nine days before the end. The same seed gives
 * the same bytes, and the same records and manifest whatever the sources are.
 *
 * A program of the tests only: it links libntfs-3g, which is GPL-2.0-or-later, and is never installed. It
 * shares no code and no table with the judge that it is for. */
#include "make/timeset_manifest.h"
#include "make/timeset_volume.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BEGIN_UNIX = 1678266000, TWO_YEARS = 731, JOURNAL_DAYS = 35, LOG_HOURS = 6, NEW_JOURNAL_DAYS = 9 };

struct options {
    const char *image, *manifest, *mft;
    uint64_t files, stomped, alike, seed, log_version;
    bool i30, usn, log, journal_deleted;
};

/* A thing to be done at a time. */
struct job {
    uint64_t time, serial;
    void (*many)(struct timeset_world *world, unsigned count);
    void (*one)(struct timeset_world *world, uint32_t file);
    void (*alike)(struct timeset_world *world);
    struct stomp_plan *plan;
    unsigned count; /* of many; of a plan 0 drop, 1 live, 2 set */
};

struct schedule {
    struct job *jobs;
    size_t count, room;
    struct stomp_plan *plans;
};

/* libntfs-3g sees the end of the story. */
static uint64_t library_clock;
int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_REALTIME)
        return (int)syscall(SYS_clock_gettime, clock, now);
    now->tv_sec = (time_t)filetime_to_unix(library_clock);
    now->tv_nsec = (long)(library_clock % SECOND * 100);
    return 0;
}

/* ---- when ---- */

static void schedule_add(struct schedule *schedule, struct job job) {
    schedule->jobs = timeset_grow(schedule->jobs, schedule->count, &schedule->room, sizeof *schedule->jobs);
    job.serial = schedule->count;
    schedule->jobs[schedule->count++] = job;
}

static int by_time(const void *a, const void *b) {
    const struct job *left = a, *right = b;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return left->serial < right->serial ? -1 : 1;
}

enum era { BEFORE, IN_JOURNAL, IN_LOG };

static uint64_t time_in(struct timeset_world *world, enum era era) {
    uint64_t log = world->end - LOG_HOURS * HOUR, journal = world->end - JOURNAL_DAYS * DAY;
    switch (era) {
    case BEFORE:
        return between(world, world->begin + 3 * DAY, journal - DAY);
    case IN_JOURNAL:
        return between(world, journal + HOUR, log - HOUR);
    default:
        return between(world, log + 10 * MINUTE, world->end - 10 * MINUTE);
    }
}

static enum era some_era(struct timeset_world *world) {
    uint64_t of = below(world, 100);
    return of < 75 ? BEFORE : of < 97 ? IN_JOURNAL : IN_LOG;
}

/* ---- what ---- */

static const struct {
    void (*many)(struct timeset_world *world, unsigned count);
    unsigned weight, least, most;
} adders[] = {{plain_files, 28, 1, 40},     {install, 8, 20, 300},   {extract_zip, 7, 8, 200},
              {extract_archive, 6, 8, 250}, {copy_files, 10, 1, 60}, {copy_with_times, 2, 3, 40},
              {move_in, 9, 1, 60},          {sync_cloud, 10, 1, 80}, {restore_backup, 3, 40, 200},
              {untar, 4, 10, 200},          {churn, 13, 2, 30}};

static const struct {
    void (*one)(struct timeset_world *world, uint32_t file);
    unsigned weight;
} changes[] = {{rename_some, 12}, {move_some, 10},  {save_some, 12},       {replace_some, 6},
               {copy_over, 6},    {touch_some, 10}, {attributes_some, 10}, {edit_some, 25},
               {link_some, 3},    {remove_some, 8}, {read_file, 8},        {mark_some, 4}};

static void plan_adders(struct timeset_world *world, struct schedule *schedule, uint64_t files) {
    unsigned weights = 0;
    for (size_t i = 0; i < sizeof adders / sizeof *adders; i++)
        weights += adders[i].weight;
    for (uint64_t planned = 0; planned < files;) {
        size_t kind = 0;
        for (uint64_t at = below(world, weights); at >= adders[kind].weight; kind++)
            at -= adders[kind].weight;
        enum era era = some_era(world);
        uint64_t most = adders[kind].most;
        if (most > files / 50 + 2)
            most = files / 50 + 2;
        if (era == IN_LOG && most > 30)
            most = 30;
        uint64_t least = adders[kind].least < most ? adders[kind].least : most;
        unsigned count = (unsigned)between(world, least, most);
        schedule_add(schedule,
                     (struct job){.time = time_in(world, era), .many = adders[kind].many, .count = count});
        planned += adders[kind].many == churn ? count / 6 : count;
    }
}

static void plan_changes(struct timeset_world *world, struct schedule *schedule, uint64_t count) {
    unsigned weights = 0;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        weights += changes[i].weight;
    while (count-- > 0) {
        size_t kind = 0;
        for (uint64_t at = below(world, weights); at >= changes[kind].weight; kind++)
            at -= changes[kind].weight;
        uint64_t time = time_in(world, some_era(world));
        schedule_add(schedule, (struct job){.time = time, .one = changes[kind].one});
    }
}

static void plan_alikes(struct timeset_world *world, struct schedule *schedule, uint64_t count) {
    enum { KINDS = sizeof alikes / sizeof *alikes };
    for (uint64_t i = 0; i < count; i++) {
        uint64_t of = below(world, 100);
        enum era era = of < 30 ? BEFORE : of < 75 ? IN_JOURNAL : IN_LOG;
        if (era == IN_LOG && alikes[i % KINDS] == alike_long_download)
            era = IN_JOURNAL;
        schedule_add(schedule, (struct job){.time = time_in(world, era), .alike = alikes[i % KINDS]});
    }
    for (uint64_t i = 0; i < count / 150 + 4 && i < BULKS; i++) {
        uint64_t set = time_in(world, (enum era)(i % 3));
        uint64_t gap = between(world, 20 * MINUTE, 6 * DAY);
        schedule_add(schedule, (struct job){.time = set - gap, .alike = alike_bulk_copy});
        schedule_add(schedule, (struct job){.time = set - gap / 3, .alike = alike_bulk_use});
        schedule_add(schedule, (struct job){.time = set, .alike = alike_bulk_set});
        schedule_add(schedule, (struct job){.time = time_in(world, (enum era)(i % 2)), .alike = alike_clock});
    }
}

/* When a file is dropped and when it is stomped, by turns. */
static void plan_times(struct timeset_world *world, struct stomp_plan *plan, uint64_t turn) {
    static const enum era eras[][2] = {{BEFORE, BEFORE},     {BEFORE, IN_JOURNAL}, {IN_JOURNAL, IN_JOURNAL},
                                       {IN_JOURNAL, IN_LOG}, {IN_LOG, IN_LOG},     {IN_JOURNAL, IN_JOURNAL}};
    const enum era *era = eras[turn % 6];
    plan->drop = time_in(world, era[0]);
    plan->set = time_in(world, era[1]);
    if (plan->style->target == TARGET_OWN_SESSION)
        plan->set = plan->drop;
    if (plan->style->target == TARGET_SECONDS_LATER)
        plan->set = plan->drop + 2 * SECOND;
    if (plan->style->target == TARGET_DROPPED && plan->set < plan->drop + MINUTE) {
        uint64_t drop = plan->drop;
        plan->drop = plan->set > drop ? drop - 2 * MINUTE : plan->set;
        plan->set = plan->drop == plan->set ? drop : plan->set;
    }
    if (plan->set > plan->drop + 4 * DAY && chance(world, 90))
        plan->live = plan->drop + between(world, 2 * DAY, plan->set - plan->drop - DAY);
}

static void plan_stomps(struct timeset_world *world, struct schedule *schedule,
                        const struct options *options) {
    schedule->plans = timeset_new(options->stomped, sizeof *schedule->plans);
    for (uint64_t i = 0; i < options->stomped; i++) {
        struct stomp_plan *plan = &schedule->plans[i];
        plan->style = &stomp_styles[i % STYLE_COUNT];
        plan_times(world, plan, i / STYLE_COUNT);
        if (options->journal_deleted && i % 10 == 0) {
            plan->style = &stomp_styles[STYLE_JOURNAL_DELETED];
            plan->set = world->end - NEW_JOURNAL_DAYS * DAY - between(world, MINUTE, HOUR);
            plan->drop = plan->set - between(world, HOUR, 5 * DAY);
            plan->live = 0;
        }
        schedule_add(schedule, (struct job){.time = plan->drop, .plan = plan});
        if (plan->live)
            schedule_add(schedule, (struct job){.time = plan->live, .plan = plan, .count = 1});
        schedule_add(schedule, (struct job){.time = plan->set, .plan = plan, .count = 2});
    }
}

/* ---- the story ---- */

static void make_areas(struct timeset_world *world) {
    static const char *const paths[AREAS] = {"System32", "Program Files", "Documents",  "Downloads",
                                             "Temp",     "OneDrive",      "ProgramData"};
    uint32_t windows = new_folder(world, ROOT, "Windows");
    uint32_t users = new_folder(world, ROOT, "Users"), user = new_folder(world, users, "anna");
    for (int i = 0; i < AREAS; i++) {
        uint32_t above = i == SYSTEM ? windows : i == PROGRAMS || i == DATA ? ROOT : user;
        area_add(world, (enum timeset_place)i, new_folder(world, above, paths[i]));
    }
    static const char *const more[] = {"drivers", "wbem", "spool"};
    for (int i = 0; i < 3; i++)
        area_add(world, SYSTEM, new_folder(world, world->areas[SYSTEM].folders[0], more[i]));
}

/* A time in the same second, none of whose seven digits is 0. */
static uint64_t full_digits(struct timeset_world *world, uint64_t time) {
    uint64_t digits = 0;
    for (int i = 0; i < 7; i++)
        digits = digits * 10 + between(world, 1, 9);
    return time / SECOND * SECOND + digits;
}

/* The files of the system that everybody knows: seven digits, and no other file has their times. */
static void make_famous(struct timeset_world *world, uint64_t built) {
    static const char *const names[FAMOUS] = {"kernel32.dll", "ntdll.dll",    "user32.dll",   "advapi32.dll",
                                              "cmd.exe",      "svchost.exe",  "lsass.exe",    "shell32.dll",
                                              "gdi32.dll",    "explorer.exe", "services.exe", "wininet.dll"};
    for (unsigned i = 0; i < FAMOUS; i++) {
        uint64_t created = full_digits(world, built + i * 7 * MINUTE);
        const uint64_t to[STAMPS] = {created, full_digits(world, created + SECOND), 0, created};
        world->famous[i] =
            stamped(world, world->areas[SYSTEM].folders[0], names[i], SET_C | SET_M | SET_A, to);
        file_of(world, world->famous[i])->pinned = true;
    }
}

/* The system is applied from an image: a crowd in one folder, and components. */
static void apply_image(struct timeset_world *world, uint64_t count) {
    uint64_t built = world->begin - 305 * DAY, crowd = count / 4 > 5000 ? 5000 : count / 4;
    make_areas(world);
    make_famous(world, built);
    uint32_t components =
        new_folder(world, file_of(world, world->areas[SYSTEM].folders[0])->name.folder, "WinSxS");
    uint32_t folder = world->areas[SYSTEM].folders[0];
    for (uint64_t i = 0; i < count; i++) {
        if (i >= crowd && (i - crowd) % 14 == 0)
            folder = new_folder(world, components, timeset_text(world, "amd64_component", ""));
        image_file(world, folder, some_name(world, "sys"), built);
    }
}

static void run_job(struct timeset_world *world, struct job *job) {
    uint32_t id = 0;
    if (world->now < job->time)
        world->now = job->time;
    if (job->many)
        job->many(world, job->count);
    else if (job->alike)
        job->alike(world);
    else if (job->one && (id = some_file(world)) != 0)
        job->one(world, id);
    else if (job->plan && job->count == 0)
        stomp_drop(world, job->plan);
    else if (job->plan && job->count == 1)
        stomp_live(world, job->plan);
    else if (job->plan)
        stomp_set(world, job->plan);
}

static void tell_story(struct timeset_world *world, const struct options *options) {
    struct schedule schedule = {0};
    uint64_t image = options->files * 45 / 100;
    plan_adders(world, &schedule, options->files - image);
    plan_changes(world, &schedule, options->files / 5);
    plan_alikes(world, &schedule, options->alike);
    plan_stomps(world, &schedule, options);
    qsort(schedule.jobs, schedule.count, sizeof *schedule.jobs, by_time);
    apply_image(world, image);
    for (size_t i = 0; i < schedule.count; i++)
        run_job(world, &schedule.jobs[i]);
    if (world->now > world->end + HOUR)
        timeset_die("the story takes longer than it should");
    logfile_made_checkpoint(&world->log);
    logfile_made_copy(&world->log, (world->log.at - 1) / LOGFILE_MADE_PAGE * LOGFILE_MADE_PAGE, 1);
    if (world->log.round > 1)
        timeset_die("the log is too small for what it should hold");
    logfile_made_end(&world->log);
    free(schedule.jobs);
    free(schedule.plans);
}

static void begin_world(struct timeset_world *world, const struct options *options, size_t log_size) {
    world->seed = options->seed;
    world->begin = world->now = filetime_from_unix(BEGIN_UNIX, 0);
    world->end = world->begin + TWO_YEARS * DAY;
    world->journal_from = world->end - (options->journal_deleted ? NEW_JOURNAL_DAYS : JOURNAL_DAYS) * DAY;
    world->log_from = world->end - LOG_HOURS * HOUR;
    world->journal_is_new = options->journal_deleted;
    world->room = options->files * 3 + options->stomped * 2 + options->alike * 10 + 50000;
    world->files = timeset_new(world->room, sizeof *world->files);
    world->slots = timeset_new(world->room, sizeof *world->slots);
    world->free_slots = timeset_new(world->room, sizeof *world->free_slots);
    world->count = ROOT;
    world->files[ROOT] =
        (struct timeset_file){.slot = UINT32_MAX, .sequence = 5, .is_folder = true, .made = world->begin};
    for (int i = 0; i < STAMPS; i++)
        world->files[ROOT].si[i] = world->begin;
    world->files[ROOT].name = (struct timeset_name){.text = ".", .folder = ROOT};
    world->log = (struct logfile_made){.bytes = timeset_new(log_size, 1),
                                       .size = log_size,
                                       .major = (unsigned)options->log_version,
                                       .minor = options->log_version < 2,
                                       .cluster = 4096};
    logfile_made_begin(&world->log);
    logfile_made_checkpoint(&world->log);
}

/* ---- the volume ---- */

/* mkntfs, under a clock that stands still at the beginning of the story. */
static void format(const struct options *options) {
    char library[4096], clock[64], seconds[64];
    ssize_t length = readlink("/proc/self/exe", library, sizeof library - 32);
    int file = open(options->image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    off_t megabytes = (off_t)(1024 + options->files * 3 / 1024);
    if (length <= 0 || file < 0 || ftruncate(file, megabytes << 20) || close(file))
        timeset_die(options->image);
    library[length] = 0;
    char *slash = strrchr(library, '/');
    if (!slash)
        timeset_die("where am I?");
    char preload[4096 + 64];
    *slash = 0;
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s/fixed_clock.so", library);
    snprintf(clock, sizeof clock, "FIXED_CLOCK=%llu", (unsigned long long)BEGIN_UNIX + options->seed % 1000);
    snprintf(seconds, sizeof seconds, "PATH=/usr/sbin:/sbin:/usr/bin:/bin");
    char *arguments[] = {"mkntfs", "-F", "-Q", "-q", "-s", "512", "-p", "2048", NULL, NULL};
    char *environment[] = {preload, clock, seconds, NULL};
    char image[4096];
    snprintf(image, sizeof image, "%s", options->image);
    arguments[8] = image;
    pid_t child;
    int status;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child, "mkntfs", &actions, NULL, arguments, environment) ||
        waitpid(child, &status, 0) != child || status != 0)
        timeset_die("mkntfs has failed");
    posix_spawn_file_actions_destroy(&actions);
}

/* The log of a volume of this size; what mkntfs makes is too small for hours. */
static size_t grow_log(ntfs_volume *volume, const struct options *options) {
    size_t size =
        (8 << 20) + (options->files * 128 + options->stomped * 8192) / LOGFILE_MADE_PAGE * LOGFILE_MADE_PAGE;
    if (size > 64 << 20)
        size = 64 << 20;
    ntfs_inode *inode = ntfs_inode_open(volume, FILE_LogFile);
    ntfs_attr *data = inode ? ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0) : NULL;
    if (!data)
        timeset_die("cannot open the log");
    uint8_t *ones = timeset_new(size, 1);
    memset(ones, 0xff, size);
    write_all(data, 0, ones, size);
    free(ones);
    ntfs_attr_close(data);
    if (ntfs_inode_close(inode))
        timeset_die("cannot write the log");
    return size;
}

static void make_volume(const struct options *options) {
    struct timeset_world world = {0};
    format(options);
    library_clock = filetime_from_unix(BEGIN_UNIX, 0);
    ntfs_volume *volume = ntfs_mount(options->image, NTFS_MNT_NONE);
    if (!volume)
        timeset_die(options->image);
    begin_world(&world, options, grow_log(volume, options));
    tell_story(&world, options);
    library_clock = world.journal_from;
    write_records(&world, volume);
    write_folders(&world, volume, options->i30);
    if (options->usn)
        write_journal(&world, volume);
    if (options->log)
        write_log(&world, volume);
    free_records(&world, volume);
    if (options->mft)
        copy_mft(volume, options->mft);
    if (ntfs_umount(volume, FALSE))
        timeset_die("cannot unmount");
    write_manifest(&world, options->manifest);
}

/* ---- the command line ---- */

static uint64_t number(const char *text) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno || !*text || *end)
        timeset_die(text);
    return value;
}

static bool has_word(const char *list, const char *word) {
    size_t size = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += size)
        if ((at == list || at[-1] == ',') && (at[size] == 0 || at[size] == ','))
            return true;
    return false;
}

static bool take_option(struct options *options, const char *name, const char *value) {
    if (strcmp(name, "--files") == 0)
        options->files = number(value);
    else if (strcmp(name, "--stomped") == 0)
        options->stomped = number(value);
    else if (strcmp(name, "--alike") == 0)
        options->alike = number(value);
    else if (strcmp(name, "--seed") == 0)
        options->seed = number(value);
    else if (strcmp(name, "--log-version") == 0)
        options->log_version = number(value);
    else if (strcmp(name, "--mft") == 0)
        options->mft = value;
    else if (strcmp(name, "--sources") == 0) {
        options->i30 = has_word(value, "i30");
        options->usn = has_word(value, "usn");
        options->log = has_word(value, "log");
    } else
        return false;
    return true;
}

int main(int argc, char **argv) {
    struct options options = {.files = 50000,
                              .stomped = 500,
                              .alike = UINT64_MAX,
                              .seed = 1,
                              .log_version = 1,
                              .i30 = true,
                              .usn = true,
                              .log = true};
    bool good = argc >= 3;
    for (int i = 3; good && i < argc; i++) {
        if (strcmp(argv[i], "--style-journal-deleted") == 0)
            options.journal_deleted = true;
        else if (i + 1 == argc || !take_option(&options, argv[i], argv[i + 1]))
            good = false;
        else
            i++;
    }
    if (!good || options.files < 500) {
        fprintf(
            stderr,
            "usage: mktimeset OUT.img MANIFEST.tsv [--files N] [--stomped N] [--alike N] [--seed N]\n"
            "       [--sources mft,i30,usn,log] [--mft FILE] [--log-version 1|2] [--style-journal-deleted]\n");
        return 2;
    }
    options.image = argv[1];
    options.manifest = argv[2];
    if (options.alike == UINT64_MAX)
        options.alike = options.stomped * 6 / 5;
    make_volume(&options);
    return 0;
}
