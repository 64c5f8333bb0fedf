#include "report/list.h"
#include "base/output.h"
#include "cli/command.h"
#include "model/facts.h"

#include <pthread.h>
#include <unistd.h>

/* Records formatted at once by one thread; the rows of one round are held in memory. */
enum { CHUNK = 4096, THREADS = 64 };

struct hash {
    bool known;
    uint8_t sha256[32];
};

struct listing_sink {
    struct engine_sink sink; /* first */
    struct output output;
    struct list_printer printer;
    struct text text;
    unsigned threads;
    struct hash *hashes; /* by artifact number minus one */
    size_t hash_count;
    char **packages; /* what stands before the paths of evidence that lies in other evidence, by its number */
    size_t package_count;
    struct text folder;
    bool hashing;  /* digests are asked for: others come of themselves */
    bool told_why; /* contents are read: why one could not be is told */
    bool lost;     /* out of memory */
    const volatile int *interrupt;
};

static const struct command_option options[] = {
    {"format", 'f', "FORMAT", "text (default), csv, jsonl or bodyfile (docs/list.md)"},
    {"hash", 0, NULL, "read every content and give its SHA-256"},
    {"packages", 0, NULL, "list what lies in installers, packages and archives, too, in one another"},
    COMMAND_ENGINE_OPTIONS,
    {0},
};

static struct listing_sink *of(struct engine_sink *sink) {
    return (struct listing_sink *)(void *)sink;
}

static bool written(const struct listing_sink *sink) {
    return !sink->lost && sink->output.error == 0;
}

static void complain(const char *what, const char *name, const char *state, const char *reason) {
    if (strcmp(state, "read") != 0)
        command_error("%s %s: %s (%s)", what, name, reason ? reason : "not read", state);
}

/* Members of what lies in something else have its path before their own. */
static bool keep_package(struct listing_sink *sink, const struct casefile_evidence *row) {
    struct text path = {0};
    if (row->id >= sink->package_count) {
        size_t count = (size_t)row->id + 64;
        char **list = realloc(sink->packages, count * sizeof *list);
        if (!list)
            return !(sink->lost = true);
        memset(list + sink->package_count, 0, (count - sink->package_count) * sizeof *list);
        sink->packages = list;
        sink->package_count = count;
    }
    text_format(&path, "/%s!", row->path + (row->path[0] == '/'));
    free(sink->packages[row->id]); /* it may be told again, with more that is known */
    sink->packages[row->id] = path.data;
    return true;
}

static bool on_evidence(struct engine_sink *sink, const struct casefile_evidence *row) {
    if (row->artifact > 0 && !keep_package(of(sink), row))
        return false;
    complain("evidence", row->path, row->state, row->reason);
    return true;
}

static bool on_volume(struct engine_sink *sink, const struct casefile_volume *row) {
    char name[80];
    (void)sink;
    snprintf(name, sizeof name, "%llu (%s)", (unsigned long long)row->ordinal, row->kind);
    complain("volume", name, row->state, row->reason);
    return true;
}

static bool keep_hash(struct listing_sink *sink, uint64_t artifact, struct span sha256) {
    if (artifact > sink->hash_count) {
        size_t count = sink->hash_count ? sink->hash_count : 1024;
        while (count < artifact)
            count *= 2;
        struct hash *hashes = realloc(sink->hashes, count * sizeof *hashes);
        if (!hashes)
            return !(sink->lost = true);
        memset(hashes + sink->hash_count, 0, (count - sink->hash_count) * sizeof *hashes);
        sink->hashes = hashes;
        sink->hash_count = count;
    }
    struct hash *hash = &sink->hashes[artifact - 1];
    hash->known = span_copy(sha256, hash->sha256, sizeof hash->sha256) == sizeof hash->sha256;
    return true;
}

static bool on_row(struct engine_sink *sink, uint64_t artifact, const struct row *row, bool *refused) {
    *refused = row->table >= FACT_TABLES;
    for (size_t i = 0; i < row->count && row->table == FACT_hashes && of(sink)->hashing; i++)
        if (row->cells[i].column == FACT_hashes_sha256 && row->cells[i].kind == ROW_BLOB && artifact > 0)
            return keep_hash(of(sink), artifact, row->cells[i].bytes);
    return true;
}

static bool on_finding(struct engine_sink *sink, struct casefile_place place, const struct finding *finding) {
    (void)sink;
    (void)place;
    command_error("damaged, at byte %llu: %s", (unsigned long long)finding->offset, finding->summary);
    return true;
}

static bool on_coverage(struct engine_sink *sink, uint64_t evidence, uint64_t volume, const char *class,
                        const char *reason, uint64_t files, uint64_t bytes) {
    (void)sink;
    (void)evidence;
    (void)volume;
    (void)bytes;
    if ((reason && strcmp(class, "unread") != 0) || strcmp(class, "damaged") == 0)
        command_error("%s: %llu%s%s", class, (unsigned long long)files, reason ? ", " : "",
                      reason ? reason : "");
    return true;
}

static bool on_collected(struct engine_sink *sink, uint64_t evidence, uint64_t volume, bool complete) {
    (void)sink;
    (void)evidence;
    (void)volume;
    (void)complete;
    return true;
}

static const uint8_t *hash_of(const struct listing_sink *sink, uint64_t artifact) {
    if (artifact == 0 || artifact > sink->hash_count || !sink->hashes[artifact - 1].known)
        return NULL;
    return sink->hashes[artifact - 1].sha256;
}

static bool on_entry(struct engine_sink *given, const struct engine_entry *entry) {
    struct listing_sink *sink = of(given);
    struct listing listing = *entry->listing;
    listing.sha256 = hash_of(sink, entry->artifact);
    if (sink->told_why && entry->state && strcmp(entry->state, "read") != 0 &&
        strcmp(entry->state, "head") != 0)
        listing.reason = entry->reason;
    if (listing.evidence < sink->package_count && sink->packages[listing.evidence]) {
        text_clear(&sink->folder);
        text_add(&sink->folder, sink->packages[listing.evidence]);
        text_bytes(&sink->folder, listing.folder, listing.folder_size);
        listing.folder = text_string(&sink->folder);
        listing.folder_size = sink->folder.size;
    }
    list_row(&sink->printer, &listing, &sink->text);
    output_text(&sink->output, &sink->text);
    return written(sink);
}

/* --- a volume, formatted by several threads a chunk of records each --- */

struct part {
    const struct listing_sink *sink;
    const struct engine_walk *walk;
    struct list_printer printer;
    struct job job;
    struct text text;
    uint32_t first, last;
    bool good, started;
    pthread_t thread;
};

static void *format_part(void *data) {
    struct part *part = data;
    const struct engine_walk *walk = part->walk;
    struct ntfs_walker walker;
    struct listing listing;
    job_reset(&part->job);
    part->job.steps = UINT64_MAX;
    part->good = ntfs_paths_walk(&part->job, walk->paths, part->first, part->last, &walker);
    walker.accepts = walk->target->prefix ? walk->accepts : NULL;
    walker.context = walk->target;
    while (part->good && ntfs_paths_next(&walker, &listing)) {
        if (!walk->accepts(walk->target, &listing))
            continue;
        listing.evidence = (unsigned)walk->evidence;
        listing.volume = (unsigned)walk->volume;
        listing.shadow = (unsigned)walk->shadow;
        if (walk->numbers && walker.current_stream < walk->stream_count)
            listing.sha256 = hash_of(part->sink, walk->numbers[walker.current_stream]);
        list_row(&part->printer, &listing, &part->text);
    }
    part->good = part->good && !part->text.full;
    return NULL;
}

static uint32_t start_round(struct part *parts, unsigned count, uint32_t at, uint32_t end) {
    for (unsigned i = 0; i < count; i++) {
        struct part *part = &parts[i];
        part->first = at;
        part->last = at = end - at < CHUNK ? end : at + CHUNK;
        part->started = i + 1 < count && pthread_create(&part->thread, NULL, format_part, part) == 0;
        if (!part->started)
            format_part(part);
    }
    return at;
}

static bool on_walk(struct engine_sink *given, const struct engine_walk *walk) {
    struct listing_sink *sink = of(given);
    unsigned count = sink->threads;
    struct part *parts = calloc(count, sizeof *parts);
    for (unsigned i = 0; parts && i < count; i++) {
        parts[i] = (struct part){.sink = sink, .walk = walk};
        list_init(&parts[i].printer, sink->printer.format);
        job_init(&parts[i].job, (size_t)64 << 20);
    }
    uint32_t end = (uint32_t)walk->records;
    for (uint32_t at = 0; parts && at < end && written(sink) && !*sink->interrupt;) {
        at = start_round(parts, count, at, end);
        for (unsigned i = 0; i < count; i++) {
            if (parts[i].started)
                pthread_join(parts[i].thread, NULL);
            sink->lost = sink->lost || !parts[i].good;
            output_text(&sink->output, &parts[i].text);
        }
    }
    for (unsigned i = 0; parts && i < count; i++) {
        job_reset(&parts[i].job);
        text_free(&parts[i].text);
    }
    sink->lost = sink->lost || !parts;
    free(parts);
    return written(sink);
}

static int list_status(struct listing_sink *sink, bool ran, const struct engine_result *result) {
    bool flushed = output_end(&sink->output);
    if (!flushed && !output_gone(&sink->output))
        command_error("the list could not be written: %s", output_reason(&sink->output));
    if (sink->lost)
        command_error("out of memory");
    if (!ran || !flushed || sink->lost || result->paths_refused > 0)
        return COMMAND_ERROR;
    return result->interrupted || result->volumes_lost > 0 || result->lost * 100 > result->seen
               ? COMMAND_INCOMPLETE
               : COMMAND_CLEAN;
}

static int list_targets(struct engine_options *engine, enum list_format format,
                        const struct engine_target *targets, int count) {
    struct zygote zygote = {-1, 0};
    struct engine_result result;
    struct listing_sink sink = {.threads = engine->jobs};
    if (!command_engine_start(engine, &zygote))
        return COMMAND_ERROR;
    sink.interrupt = engine->interrupt;
    sink.told_why = engine->read_contents;
    sink.hashing = engine->hash;
    if (sink.threads == 0 || sink.threads > THREADS) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        sink.threads = cores < 1 ? 1 : cores > THREADS ? THREADS : (unsigned)cores;
    }
    sink.sink = (struct engine_sink){on_evidence, on_volume,   on_entry,     on_row,
                                     on_finding,  on_coverage, on_collected, on_walk};
    output_init(&sink.output, 1);
    list_init(&sink.printer, format);
    list_head(&sink.printer, &sink.text);
    output_text(&sink.output, &sink.text);
    bool ran = engine_run(&zygote, engine, targets, (size_t)count, &sink.sink, &result);
    command_engine_end(&result);
    int status = list_status(&sink, ran, &result);
    text_free(&sink.text);
    text_free(&sink.folder);
    for (size_t i = 0; i < sink.package_count; i++)
        free(sink.packages[i]);
    free(sink.packages);
    free(sink.hashes);
    zygote_stop(&zygote);
    return status;
}

static bool take_option(struct engine_options *engine, enum list_format *format, const char *name,
                        const char *argument) {
    bool bad = false;
    if (strcmp(name, "format") == 0)
        return list_format_parse(argument, format);
    if (strcmp(name, "hash") == 0)
        engine->hash = engine->read_contents = true;
    else if (strcmp(name, "packages") == 0)
        engine->packages = engine->inspect = engine->read_contents = true;
    else
        return command_engine_option(engine, name, argument, &bad) && !bad;
    return true;
}

static int list_run(int argc, char **argv) {
    struct engine_options engine = command_engine_defaults();
    enum list_format format = LIST_TEXT;
    const char *argument;
    int first, got;
    void *memory;
    engine.read_contents = false;
    while ((got = command_option(&command_list, argc, argv, &argument, &first)) >= 0)
        if (!take_option(&engine, &format, options[got].name, argument)) {
            command_error("list: --%s does not take '%s'", options[got].name, argument ? argument : "");
            return COMMAND_ERROR;
        }
    if (got < -1)
        return got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (first == argc && engine.map_count == 0) {
        command_error("list: name at least one file, folder or disk image");
        return COMMAND_ERROR;
    }
    int all;
    struct engine_target *targets = command_targets(argv + first, argc - first, &engine, NULL, &all, &memory);
    int status = targets ? list_targets(&engine, format, targets, all) : COMMAND_ERROR;
    command_targets_free(targets, argc - first, memory);
    return status;
}

const struct command command_list = {
    .name = "list",
    .usage = "[OPTION...] PATH...",
    .summary = "Every file and stream with its eight times, size and flags; no judgement.",
    .options = options,
    .run = list_run,
};
