#include "engine/engine.h"

#include "detect/inspect.h"
#include "engine/image.h"
#include "engine/tree.h"
#include "engine/worker.h"
#include "source/folder.h"
#include "source/volumes.h"

#include <sys/stat.h>
#include <unistd.h>

bool engine_prepare(const struct inspect_root *roots, size_t count) {
    return inspect_prepare(roots, count);
}

static void tick(void *data) {
    struct run *run = data;
    run_stopping(run);
    run->progress.files = pool_files(run->pool);
    run->progress.bytes = pool_bytes(run->pool);
    progress_show(&run->progress);
}

static bool tell_evidence(struct run *run, struct casefile_evidence *evidence) {
    return run_sink(run, run->sink->evidence(run->sink, evidence));
}

/* The whole PATH is lost: said in the case, counted, and as a finding. */
static void lose(struct run *run, struct casefile_evidence *evidence, const char *state, const char *why) {
    struct text words = {0};
    text_from_latin(&words, span_of(why, strlen(why), 0));
    evidence->state = state;
    evidence->reason = text_string(&words);
    run->result->paths_refused++;
    if (tell_evidence(run, evidence) &&
        run_damage(run, (struct casefile_place){.evidence = evidence->id}, 0, evidence->reason, words.size))
        run_sink(run, run->sink->coverage(run->sink, evidence->id, 0, "unread", evidence->reason, 1,
                                          evidence->size));
    text_free(&words);
}

static const char *kind_word(const struct protocol_found *found) {
    switch ((enum volumes_kind)found->kind) {
    case VOLUMES_VOLUME:
        return "volume-image";
    case VOLUMES_DISK:
    case VOLUMES_CONTAINER:
        return "disk-image";
    case VOLUMES_MFT:
        return "mft";
    case VOLUMES_FILE:
        break;
    }
    return "file";
}

static void open_identified(struct run *run, const struct engine_target *target,
                            struct casefile_evidence *evidence, int fd, const struct protocol_found *found,
                            const struct protocol_notes *notes) {
    evidence->kind = kind_word(found);
    if (found->kind == VOLUMES_CONTAINER) {
        char reason[128];
        snprintf(reason, sizeof reason, "disk image format not read yet: %s", found->container);
        lose(run, evidence, "unsupported", reason);
        return;
    }
    evidence->state = "read";
    if (!tell_evidence(run, evidence) ||
        !run_notes(run, (struct casefile_place){.evidence = evidence->id}, notes))
        return;
    if (found->kind == VOLUMES_FILE) {
        if (!tree_file(run, target, evidence->id, fd) && !run->stop)
            run->result->volumes_lost++;
    } else
        image_examine(run, target, evidence->id, fd, evidence->size, found);
}

static void examine_file(struct run *run, const struct engine_target *target,
                         struct casefile_evidence *evidence) {
    static struct protocol_found found;
    static struct protocol_notes notes;
    struct text memory = {0};
    const char *why = "";
    int fd = folder_open_file(target->path, &evidence->size, &why);
    evidence->kind = "file";
    if (fd < 0) {
        lose(run, evidence, "io", why);
        return;
    }
    evidence->has_size = true;
    memset(&found, 0, sizeof found);
    memset(&notes, 0, sizeof notes);
    if (image_identify(run, fd, evidence->size, &found, &notes, &memory, &why))
        open_identified(run, target, evidence, fd, &found, &notes);
    else if (!run_stopping(run))
        lose(run, evidence, "io", why);
    text_free(&memory);
    close(fd);
}

static void examine_folder(struct run *run, const struct engine_target *target,
                           struct casefile_evidence *evidence) {
    const char *why = NULL;
    evidence->kind = target->catalogs ? "catalogs" : "folder";
    evidence->state = "read";
    if (tell_evidence(run, evidence) && !tree_folder(run, target, evidence->id, &why) && why)
        lose(run, evidence, "io", why);
}

static void examine(struct run *run, const struct engine_target *target, uint64_t id) {
    struct stat st;
    struct text path = {0};
    text_from_bytes(&path, span_of(target->path, strlen(target->path), 0));
    struct casefile_evidence evidence = {.id = id, .path = text_string(&path)};
    if (stat(target->path, &st) == 0 && S_ISDIR(st.st_mode))
        examine_folder(run, target, &evidence);
    else
        examine_file(run, target, &evidence);
    text_free(&path);
}

static struct text setup_message(const struct engine_options *options) {
    struct protocol_options setup = {.inspect = options->inspect,
                                     .hash = options->hash,
                                     .md5 = options->md5,
                                     .sha1 = options->sha1,
                                     .trust_only = options->trust_only,
                                     .keep_events = options->keep_events,
                                     .now = options->now,
                                     .unconfined = options->unconfined,
                                     .max_size = options->max_file_size};
    struct text text = {0};
    protocol_options_write(&text, &setup);
    return text;
}

static unsigned cores(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > POOL_WORKERS ? POOL_WORKERS : (unsigned)count;
}

bool engine_run(struct zygote *zygote, const struct engine_options *given,
                const struct engine_target *targets, size_t count, struct engine_sink *sink,
                struct engine_result *ret) {
    struct engine_options options = *given;
    struct run run = {.options = &options, .sink = sink, .result = ret, .next_artifact = 1};
    options.jobs = options.jobs ? options.jobs : cores();
    *ret = (struct engine_result){0};
    struct text setup = setup_message(&options);
    struct pool_options pool_options = {.workers = options.jobs,
                                        .stall_seconds = options.stall_seconds,
                                        .interrupt = &run.stop,
                                        .tick = tick,
                                        .tick_data = &run,
                                        .setup_type = PROTOCOL_SETUP,
                                        .setup = span_of(text_string(&setup), setup.size, 0)};
    run.pool = pool_start(zygote, &pool_options, &ret->error);
    if (!run.pool)
        return text_free(&setup), false;
    progress_start(&run.progress, options.progress_fd, options.progress_bar);
    for (size_t i = 0; i < count && !run_stopping(&run) && !pool_error(run.pool); i++)
        examine(&run, &targets[i], i + 1);
    tick(&run);
    progress_end(&run.progress);
    if (!ret->error)
        ret->error = pool_error(run.pool);
    ret->artifacts = run.next_artifact - 1;
    ret->bytes_read = pool_bytes(run.pool);
    ret->deaths = pool_deaths(run.pool);
    ret->landlock = pool_landlock(run.pool);
    pool_stop(run.pool);
    text_free(&setup);
    return !ret->error && !ret->sink_failed;
}
