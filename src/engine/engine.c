#include "engine/engine.h"

#include "detect/inspect.h"
#include "engine/disk.h"
#include "engine/members.h"
#include "engine/nested.h"
#include "engine/parts.h"
#include "engine/tree.h"
#include "engine/worker.h"
#include "source/folder.h"
#include "source/volumes.h"

#include <fcntl.h>
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

/* The whole PATH is lost: said in the case, counted, and as a finding. What was found inside other evidence
 * is no PATH that was refused: if it has no reader it is only told, else it counts as a volume. */
static void lose(struct run *run, struct casefile_evidence *evidence, const char *state, const char *why) {
    struct text words = {0};
    text_from_latin(&words, span_of(why, strlen(why), 0));
    evidence->state = state;
    evidence->reason = text_string(&words);
    run_refused(run, evidence, state);
    if (tell_evidence(run, evidence) &&
        run_damage(run, (struct casefile_place){.evidence = evidence->id}, 0, evidence->reason, words.size))
        run_unread(run, evidence, evidence->reason, evidence->size);
    text_free(&words);
}

static const char *kind_word(const struct protocol_found *found) {
    switch ((enum volumes_kind)found->kind) {
    case VOLUMES_VOLUME:
        return "volume-image";
    case VOLUMES_DISK:
        return "disk-image";
    case VOLUMES_MFT:
        return "mft";
    case VOLUMES_FILE:
        return found->container[0] ? "disk-image" : "file";
    }
    return "file";
}

/* Reads all of the image and says whether it is what it says of itself. Told in the evidence's row. */
static void digest_image(struct run *run, struct casefile_evidence *evidence,
                         struct protocol_digests *digests) {
    static struct protocol_notes notes;
    struct pool_job job = {.type = PROTOCOL_DIGEST};
    struct text answer = {0};
    const char *why = NULL;
    struct casefile_place place = {.evidence = evidence->id};
    bool good = run_ask(run, &job, PROTOCOL_DIGESTED, &answer, &why);
    if (good && !protocol_digests_read(span_of(text_string(&answer), answer.size, 0), digests, &notes)) {
        good = false;
        why = "the worker made no sense";
    }
    if (!good)
        run_damage(run, place, 0, why, strlen(why));
    else if (run_notes(run, place, &notes) && digests->size == evidence->media_size) {
        evidence->media_md5 = span_of(digests->md5, sizeof digests->md5, 0);
        evidence->media_sha1 = span_of(digests->sha1, sizeof digests->sha1, 0);
        evidence->media_sha256 = span_of(digests->sha256, sizeof digests->sha256, 0);
        static const char differs[] = "the content of this image is not what its stored digest says";
        if ((evidence->stored_md5.size && !span_equal(evidence->stored_md5, evidence->media_md5)) ||
            (evidence->stored_sha1.size && !span_equal(evidence->stored_sha1, evidence->media_sha1)))
            run_damage(run, place, 0, differs, sizeof differs - 1);
    }
    text_free(&answer);
}

/* What is an image, but of nothing that is known. */
static void say_unknown(struct run *run, const struct casefile_evidence *evidence, uint64_t size) {
    static const char nothing[] = "no partition table and no file system that is known";
    if (run_damage(run, (struct casefile_place){.evidence = evidence->id}, 0, nothing, sizeof nothing - 1))
        run_sink(run, run->sink->coverage(run->sink, evidence->id, 0, "unsupported", nothing, 0, size));
}

/* A segment that is missing, an image that was not finished: a loss, wherever files lie. What is wrong with
 * raw bytes is told of their volumes. */
static void say_torn(struct run *run, struct casefile_evidence *evidence, const struct parts *parts,
                     const struct protocol_notes *notes) {
    static char words[TALLY_REASON], reason[TALLY_REASON + IMAGE_NAME + 16];
    char next[IMAGE_NAME];
    for (size_t i = 0; i < notes->count && evidence->container; i++) {
        const struct protocol_note *note = &notes->note[i];
        if (note->code != FAULT_TORN && note->code != FAULT_IO)
            continue;
        run_words(note->text, words);
        bool row = note->code == FAULT_TORN && image_follower(parts->list[0].name, parts->count, next);
        snprintf(reason, sizeof reason, row ? "%s (%s comes next)" : "%s", words, row ? next : "");
        evidence->state = fault_word((enum fault_code)note->code);
        evidence->reason = reason;
        run->result->volumes_lost++;
        return;
    }
}

static void examine_parts(struct run *run, const struct engine_target *target,
                          struct casefile_evidence *evidence, struct parts *parts);

/* What was asked for lies in the archive that is attached: it is the evidence, and the archive is none. */
static void open_inner(struct run *run, const struct engine_target *target,
                       struct casefile_evidence *evidence, const struct protocol_found *found) {
    struct engine_target inner = *target;
    struct parts parts = {.folder = -1};
    struct text path = {0};
    const char *slash = strrchr(evidence->path, '/'), *why = "this is no archive";
    uint64_t size = found->size;
    char drive[3] = "";
    int fd = -1;
    if (found->archive[0])
        fd = members_take(run, target, evidence->id, slash ? slash + 1 : evidence->path, &size, drive, &why);
    text_add(&path, evidence->path);
    text_char(&path, '!');
    text_add(&path, target->inner);
    const char *archive = evidence->path;
    evidence->path = inner.path = text_string(&path);
    inner.inner = NULL;
    inner.drive_known = drive[0] ? drive : NULL;
    run->matched = 0; /* so far only the image itself */
    slash = strrchr(target->inner, '/');
    if (fd >= 0 && parts_one(&parts, fd, size, slash ? slash + 1 : target->inner))
        examine_parts(run, &inner, evidence, &parts);
    else if (!run_stopping(run))
        lose(run, evidence, "io", fd >= 0 ? "out of memory" : why);
    parts_close(&parts, run->pool);
    evidence->path = archive;
    text_free(&path);
}

/* Has workers find what lies beside a package: in a folder, the files there; in an archive, what else was
 * taken out of the same folder and is still here. */
static bool attach_beside(struct run *run, const struct engine_target *target, struct parts *parts,
                          const char *format) {
    parts_find_beside(parts, format);
    for (size_t i = 0; i < run->nested_count; i++) {
        const struct nested *nested = &run->nested[i];
        const char *name = nested->fd >= 0 ? nested_beside(nested->path, target->path) : NULL;
        if (!name || !parts_may_go_on(format, parts->list[0].name, name))
            continue;
        int fd = fcntl(nested->fd, F_DUPFD_CLOEXEC, 0);
        if (fd >= 0)
            parts_add_beside(parts, fd, nested->size, name);
    }
    if (parts->beside_count == 0 || parts_attach(parts, run->pool))
        return true;
    run->result->error = "out of memory";
    return false;
}

/* The words of a container that nobody opens. */
static const char *say_unopened_container(const struct protocol_found *found) {
    static char words[64];
    snprintf(words, sizeof words, "a container that could not be opened: %s", found->looks);
    return words;
}

/* An image that was given and of which nothing can be read, however well that is told, is not examined. */
static void count_unread(struct run *run, const struct casefile_evidence *evidence,
                         const struct protocol_found *found) {
    bool readable = found->kind == VOLUMES_MFT;
    for (uint32_t i = 0; i < found->count; i++)
        readable = readable || strcmp(found->volumes[i].filesystem, "ntfs") == 0;
    if (!readable && !evidence->artifact)
        run->result->volumes_lost++;
}

static void open_identified(struct run *run, const struct engine_target *target,
                            struct casefile_evidence *evidence, struct parts *parts,
                            const struct protocol_found *found, const struct protocol_notes *notes) {
    static struct protocol_digests digests;
    bool image = found->kind != VOLUMES_FILE || found->container[0];
    /* Of itself a file, which is examined as such; what it carries is evidence of its own. */
    bool archive = found->archive[0] && (evidence->artifact || !found->package);
    if (target->inner) {
        open_inner(run, target, evidence, found);
        return;
    }
    evidence->kind = kind_word(found);
    evidence->state = "read";
    if (image) {
        evidence->container = found->container[0] ? found->container : NULL;
        evidence->media_size = found->size;
        evidence->stored_md5 = found->md5;
        evidence->stored_sha1 = found->sha1;
        say_torn(run, evidence, parts, notes);
        if (run->options->hash_evidence)
            digest_image(run, evidence, &digests);
    } else if (archive) {
        evidence->kind = found->package ? "package" : "archive";
        evidence->container = found->archive;
    } else if (evidence->artifact) {
        if (found->looks[0])
            lose(run, evidence, "unsupported", say_unopened_container(found));
        return;
    }
    if (run_stopping(run) || !tell_evidence(run, evidence) ||
        !run_notes(run, (struct casefile_place){.evidence = evidence->id}, notes))
        return;
    if (image)
        count_unread(run, evidence, found);
    if (found->kind != VOLUMES_FILE)
        disk_examine(run, target, evidence->id, found->size, found);
    else if (image)
        say_unknown(run, evidence, found->size);
    else if (archive && (!found->package || attach_beside(run, target, parts, found->archive)))
        members_examine(run, target, evidence, found->size);
    else if (archive)
        return;
    else if (!tree_file(run, target, evidence->id, parts->list[0].fd) && !run->stop)
        run->result->volumes_lost++;
}

/* A file whose name looks like the first of a row, but whose bytes are no image: it is evidence alone, and
 * what stands beside it was not asked for. */
static bool is_plain(const struct protocol_found *found) {
    return found->readable && found->kind == VOLUMES_FILE && !found->container[0] &&
           (!found->archive[0] || found->package);
}

/* Attaches the parts and asks what they are; opens what is still wanted until it is known. */
static bool identify(struct run *run, struct parts *parts, struct protocol_found *found,
                     struct protocol_notes *notes, struct text *memory, const char **why) {
    for (;;) {
        *why = "out of memory";
        if (!parts_attach(parts, run->pool) || !disk_identify(run, found, notes, memory, why))
            return false;
        if (found->readable || !found->wanted[0])
            return true;
        if (!parts_add(parts, found->wanted, why)) {
            static char text[TALLY_REASON + 300];
            char words[TALLY_REASON];
            run_words(notes->count ? notes->note[0].text : span_of("", 0, 0), words);
            snprintf(text, sizeof text, "%s: %s (%s)", words[0] ? words : "a file is missing", found->wanted,
                     *why);
            return *why = text, false;
        }
    }
}

/* A further part that is there and could not be opened: what lies in it and behind it is lost. */
static void say_unopened(struct run *run, const struct casefile_evidence *evidence,
                         const struct parts *parts) {
    char text[IMAGE_NAME + 160];
    int size =
        snprintf(text, sizeof text, "a part could not be opened: %s (%s)", parts->unopened, parts->why);
    run->result->volumes_lost++;
    run_damage(run, (struct casefile_place){.evidence = evidence->id}, 0, text,
               (size_t)size < sizeof text ? (size_t)size : sizeof text - 1);
}

/* Evidence whose parts are open. */
static void examine_parts(struct run *run, const struct engine_target *target,
                          struct casefile_evidence *evidence, struct parts *parts) {
    struct protocol_found *found = calloc(1, sizeof *found);
    struct protocol_notes *notes = calloc(1, sizeof *notes);
    struct text memory = {0};
    const char *why = "out of memory";
    bool known = found && notes && identify(run, parts, found, notes, &memory, &why);
    bool plain = known && is_plain(found);
    evidence->has_size = true;
    evidence->size = plain ? parts->list[0].size : parts->size;
    evidence->parts = plain ? 1 : parts->count;
    if (known)
        open_identified(run, target, evidence, parts, found, notes);
    if (known && !plain && parts->unopened[0] && !run->result->sink_failed)
        say_unopened(run, evidence, parts);
    if (!known && !run_stopping(run)) {
        enum fault_code code = notes && notes->count ? (enum fault_code)notes->note[0].code : FAULT_IO;
        if (found && found->container[0]) {
            evidence->kind = "disk-image";
            evidence->container = found->container;
        }
        lose(run, evidence, fault_word(code), why);
    }
    text_free(&memory);
    free(found);
    free(notes);
}

static void examine_file(struct run *run, const struct engine_target *target,
                         struct casefile_evidence *evidence) {
    struct parts parts = {.folder = -1};
    const char *why = "";
    evidence->kind = "file";
    if (parts_open(&parts, target->path, &why))
        examine_parts(run, target, evidence, &parts);
    else
        lose(run, evidence, "io", why);
    parts_close(&parts, run->pool);
}

/* --- what was found inside other evidence --- */

/* A file of evidence that the package beside it goes on in: told, for it may look like a container itself. */
static void tell_part(struct run *run, struct nested *nested, uint64_t id) {
    struct text path = {0};
    if (nested->fd < 0)
        text_from_bytes(&path, span_of(nested->path, strlen(nested->path), 0));
    else
        text_add(&path, nested->path);
    struct casefile_evidence evidence = {.id = id,
                                         .path = text_string(&path),
                                         .kind = "part",
                                         .state = "read",
                                         .host = run->options->host,
                                         .artifact = nested->artifact,
                                         .has_size = true,
                                         .size = nested->size,
                                         .parts = 1};
    tell_evidence(run, &evidence);
    text_free(&path);
}

static bool is_part(const struct parts *parts, const char *name) {
    for (size_t i = 1; i < parts->count; i++)
        if (strcmp(name, parts->list[i].name) == 0)
            return true;
    return false;
}

static bool is_taken(const struct run *run, const struct parts *parts, const char *name) {
    for (size_t i = 0; i < parts->beside_count; i++)
        if (run->taken >> i & 1 && strcmp(name, parts->beside[i].name) == 0)
            return true;
    return false;
}

/* What was opened as a part of `by` needs no opening of its own. */
static void take_parts(struct run *run, const char *by, const struct parts *parts, uint64_t *id) {
    for (size_t i = 0; i < run->nested_count && !run->stop; i++) {
        struct nested *nested = &run->nested[i];
        const char *name = nested->path && !nested->taken ? nested_beside(nested->path, by) : NULL;
        if (!name)
            continue;
        bool taken = is_taken(run, parts, name);
        nested->taken = taken || is_part(parts, name);
        if (taken)
            tell_part(run, nested, (*id)++);
    }
}

static void examine_nested(struct run *run, struct nested *nested, uint64_t *id) {
    struct text path = {0};
    struct parts parts = {.folder = -1};
    const char *why = "out of memory";
    struct engine_target target = {.given = nested->path, .path = nested->path};
    if (nested->fd < 0)
        text_from_bytes(&path, span_of(nested->path, strlen(nested->path), 0));
    else
        text_add(&path, nested->path);
    const char *slash = strrchr(nested->path, '/');
    struct casefile_evidence evidence = {.id = (*id)++,
                                         .path = text_string(&path),
                                         .kind = "file",
                                         .host = run->options->host,
                                         .artifact = nested->artifact};
    target.drive_known = nested->drive[0] ? nested->drive : NULL;
    run->depth = nested->depth;
    run->taken = 0;
    if (nested->depth > NESTED_DEPTH) {
        lose(run, &evidence, "limit", "containers lie deeper in one another than they are opened");
        run->depth = 0;
        text_free(&path);
        return;
    }
    bool open = nested->fd >= 0
                    ? parts_one(&parts, nested->fd, nested->size, slash ? slash + 1 : nested->path)
                    : parts_open(&parts, nested->path, &why);
    if (nested->fd >= 0)
        nested->fd = -1; /* theirs */
    if (open)
        examine_parts(run, &target, &evidence, &parts);
    else
        lose(run, &evidence, "io", why);
    run->depth = 0;
    take_parts(run, nested->path, &parts, id);
    parts_close(&parts, run->pool);
    text_free(&path);
}

static void examine_one(struct run *run, size_t number, uint64_t *id) {
    struct nested nested = run->nested[number]; /* the list may move */
    run->nested[number].taken = true;
    if (nested.fd >= 0)
        nested.fd = fcntl(nested.fd, F_DUPFD_CLOEXEC, 0);
    bool there = nested.fd >= 0 || run->nested[number].fd < 0;
    if (!there)
        nested_refuse(run, nested.artifact);
    else if (!run_stopping(run) && !pool_error(run->pool))
        examine_nested(run, &nested, id);
    if (nested.fd >= 0)
        close(nested.fd);
    nested_done(run, number);
}

/* Those that are found on the way are taken in, too, up to the cap on their number. First what is whole, then
 * what looks like a part of something that may not be there. */
static void examine_all_nested(struct run *run, uint64_t first_id) {
    nested_settle(run);
    for (int late = 0; late < 2; late++)
        for (size_t i = 0; i < run->nested_count; i++)
            while (!run->nested[i].taken && (late || !nested_is_part(run->nested[i].path)))
                examine_one(run, nested_first(run, i), &first_id);
    for (size_t i = 0; i < run->nested_count; i++)
        nested_free(&run->nested[i]);
    free(run->nested);
    run->nested = NULL;
    run->nested_count = 0;
}

static void examine_folder(struct run *run, const struct engine_target *target,
                           struct casefile_evidence *evidence) {
    const char *why = NULL;
    evidence->kind = target->catalogs ? "catalogs" : "folder";
    evidence->state = "read";
    if (tell_evidence(run, evidence) && !tree_folder(run, target, evidence, &why) && why)
        lose(run, evidence, "io", why);
}

static void examine(struct run *run, const struct engine_target *target, uint64_t id) {
    struct stat st;
    struct text path = {0};
    text_from_bytes(&path, span_of(target->path, strlen(target->path), 0));
    struct casefile_evidence evidence = {.id = id, .path = text_string(&path), .host = run->options->host};
    if (stat(target->path, &st) == 0 && S_ISDIR(st.st_mode))
        examine_folder(run, target, &evidence);
    else
        examine_file(run, target, &evidence);
    text_free(&path);
}

/* An address inside evidence that leads nowhere is a mistake of who gave it, and not a clean file. */
static void examine_target(struct run *run, const struct engine_target *target, uint64_t id) {
    static const char nothing[] = "nothing lies at this address: no such volume, folder, file or stream";
    const struct engine_result *result = run->result;
    uint64_t lost = result->paths_refused + result->volumes_lost;
    run->matched = 0;
    examine(run, target, id);
    bool part = target->volume || target->shadow || target->drive || target->prefix || target->stream;
    if (!part || run->matched > 0 || lost != result->paths_refused + result->volumes_lost ||
        run_stopping(run) || pool_error(run->pool))
        return;
    run->result->paths_refused++;
    run->result->astray++;
    if (run_damage(run, (struct casefile_place){.evidence = id}, 0, nothing, sizeof nothing - 1))
        run_sink(run, run->sink->coverage(run->sink, id, 0, "unread", nothing, 0, 0));
}

static struct text setup_message(const struct engine_options *options) {
    struct protocol_options setup = {.inspect = options->inspect,
                                     .hash = options->hash,
                                     .md5 = options->md5,
                                     .sha1 = options->sha1,
                                     .trust_only = options->trust_only,
                                     .keep_events = options->keep_events,
                                     .release = options->release,
                                     .now = options->now,
                                     .unconfined = options->unconfined,
                                     .max_size = options->max_file_size,
                                     .max_members = options->max_members,
                                     .max_unpacked = options->max_unpacked};
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
                                        .setup_fd = options.has_rules ? &options.rules : NULL,
                                        .setup = span_of(text_string(&setup), setup.size, 0)};
    run.pool = pool_start(zygote, &pool_options, &ret->error);
    if (!run.pool)
        return text_free(&setup), false;
    progress_start(&run.progress, options.progress_fd, options.progress_bar);
    for (size_t i = 0; i < count && !run_stopping(&run) && !pool_error(run.pool); i++)
        examine_target(&run, &targets[i], i + 1);
    examine_all_nested(&run, count + 1);
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
