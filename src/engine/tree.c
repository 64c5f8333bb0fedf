#include "engine/tree.h"

#include "engine/nested.h"
#include "engine/places.h"
#include "source/folder.h"

#include <errno.h>
#include <unistd.h>

/* Entries wait here until all before them are complete, so that their order does not depend on the workers.
 */
enum {
    WAITING = 4096,
    LINKS = 1 << 16,
    SHALLOW = 5,        /* folders in which drives of collections are looked for */
    HIVE_BIN = 4096,    /* a registry hive's size is a multiple of it */
    DATABASE_PAGE = 512 /* the same of a database of SQLite */
};

struct pending {
    struct listing listing;
    char *texts; /* folder, name, stream, and the path in the tree */
    const char *own;
    uint64_t artifact;
    unsigned state, codes;
    char reason[TALLY_REASON];
    bool done, counted, nested, sparse;
};

struct link {
    uint64_t device, inode, artifact;
    uint8_t times;
};

struct tree {
    struct pool_client client; /* first */
    struct run *run;
    const struct engine_target *target;
    uint64_t evidence;
    struct places places;
    struct text path;
    struct folder *folder;
    struct folder_entry only; /* the single file; only.fd -1 once handed out */
    struct pending *pending;  /* ring of WAITING */
    uint64_t first, last;     /* sequence numbers of the oldest entry and of the next one */
    struct link *links;       /* files with several links, hashed by inode; LINKS of them */
    size_t link_count;
    bool complete;
    bool exhausted; /* everything there is was taken in */
};

static struct pending *at(struct tree *tree, uint64_t sequence) {
    return &tree->pending[sequence % WAITING];
}

static void tell(struct tree *tree, struct pending *pending) {
    struct run *run = tree->run;
    bool bare = pending->state == STATE_READ || pending->state == STATE_HEAD;
    struct engine_entry entry = {&pending->listing, span_of("", 0, 0), pending->artifact,
                                 protocol_state_word(pending->state),
                                 bare || !pending->reason[0] ? NULL : pending->reason};
    if (pending->counted)
        run_count(run, places_tally(&tree->places, &pending->listing), pending->state, pending->codes,
                  pending->reason, pending->listing.size);
    run_sink(run, run->sink->entry(run->sink, &entry));
}

/* An image, or a $MFT: opened when the folder is done. Remembered in the order of the plan, as entries are
 * told, whichever worker was first. */
static void note_nested(struct tree *tree, const struct pending *pending) {
    struct text path = {0};
    text_add(&path, tree->target->path);
    if (!tree->folder || text_unstore(&path, pending->own))
        nested_add(tree->run, pending->artifact, text_string(&path),
                   places_drive(&tree->places, &pending->listing), -1, pending->listing.size);
    text_free(&path);
}

static void tell_ready(struct tree *tree) {
    while (tree->first < tree->last && at(tree, tree->first)->done) {
        struct pending *pending = at(tree, tree->first++);
        if (!tree->run->stop)
            tell(tree, pending);
        if (pending->nested && !tree->run->stop)
            note_nested(tree, pending);
        free(pending->texts);
        *pending = (struct pending){0};
    }
}

/* The artifact that this file is another link of, or 0; remembers it if it is the first. */
static uint64_t earlier_link(struct tree *tree, const struct folder_entry *entry, uint64_t artifact,
                             uint8_t *times) {
    if (entry->links < 2 || (entry->listing.flags & LISTING_DIRECTORY) || tree->link_count >= LINKS / 2)
        return 0;
    if (!tree->links && !(tree->links = calloc(LINKS, sizeof *tree->links)))
        return 0;
    size_t slot = (size_t)((entry->inode * 0x9E3779B97F4A7C15u ^ entry->device) >> 40) % LINKS;
    while (tree->links[slot].artifact &&
           (tree->links[slot].inode != entry->inode || tree->links[slot].device != entry->device))
        slot = (slot + 1) % LINKS;
    struct link *link = &tree->links[slot];
    if (link->artifact) {
        *times = link->times < 255 ? ++link->times : 255;
        return link->artifact;
    }
    *link = (struct link){entry->device, entry->inode, artifact, 0};
    tree->link_count++;
    return 0;
}

static const char *keep_text(char **to, const char *text, size_t size) {
    char *kept = *to;
    if (size > 0)
        memcpy(kept, text, size);
    kept[size] = 0;
    *to += size + 1;
    return kept;
}

static bool keep_texts(struct pending *pending, const struct listing *own) {
    struct listing *listing = &pending->listing;
    size_t size = listing->folder_size + listing->name_size + listing->stream_size + own->folder_size +
                  own->name_size + 6;
    char *to = pending->texts = malloc(size);
    if (!to)
        return false;
    listing->folder = keep_text(&to, listing->folder, listing->folder_size);
    listing->name = keep_text(&to, listing->name, listing->name_size);
    if (listing->stream)
        listing->stream = keep_text(&to, listing->stream, listing->stream_size);
    pending->own = to;
    keep_text(&to, own->folder, own->folder_size);
    to[-1] = '/';
    keep_text(&to, own->name, own->name_size);
    return true;
}

static void settle(struct pending *pending, unsigned state, unsigned codes, const char *reason) {
    pending->state = state;
    pending->codes = codes;
    snprintf(pending->reason, sizeof pending->reason, "%s", reason ? reason : "");
    pending->done = true;
}

/* Sends a file of this ending along; 1 if there is one. */
static unsigned add_beside(const struct tree *tree, struct pool_job *job, const char *ending, bool any_case) {
    int fd = tree->folder ? folder_open_beside(tree->folder, ending, any_case)
                          : folder_file_beside(tree->target->path, ending);
    if (fd < 0)
        return 0;
    job->fds[job->fd_count++] = fd;
    return 1;
}

/* Hives are of whole bins, other files seldom. */
static bool may_be_hive(const struct tree *tree, const struct listing *listing) {
    return tree->run->options->read_contents && listing->size >= HIVE_BIN && listing->size % HIVE_BIN == 0;
}

/* Databases are of whole pages; the smallest page has 512 bytes. */
static bool may_be_database(const struct tree *tree, const struct listing *listing) {
    return tree->run->options->read_contents && listing->size >= DATABASE_PAGE &&
           listing->size % DATABASE_PAGE == 0;
}

/* For rules that ask for it. */
static void write_path(struct text *payload, const struct listing *listing) {
    wire_u32(payload, (uint32_t)(listing->folder_size + 1 + listing->name_size));
    text_bytes(payload, listing->folder, listing->folder_size);
    text_char(payload, '/');
    text_bytes(payload, listing->name, listing->name_size);
}

static bool fill_job(const struct tree *tree, struct pool_job *job, struct pending *pending,
                     uint64_t sequence, const struct folder_entry *entry) {
    job->type = PROTOCOL_FILE;
    wire_u64(&job->payload, pending->artifact);
    wire_u64(&job->payload, pending->listing.size);
    wire_string(&job->payload, pending->listing.name, pending->listing.name_size);
    bool open = tree->run->options->packages || !tree->folder;
    wire_u8(&job->payload,
            (uint8_t)((entry->package ? PROTOCOL_FILE_PACKAGE : 0) | (open ? PROTOCOL_FILE_OPEN : 0)));
    write_path(&job->payload, &pending->listing);
    job->fds[0] = entry->fd;
    job->fd_count = 1;
    unsigned mask = places_has_indexes(&tree->places) ? add_beside(tree, job, ".idx", false) : 0;
    pending->sparse = mask != 0;
    if (may_be_hive(tree, &pending->listing)) {
        mask |= add_beside(tree, job, ".LOG", true) << 1;
        mask |= add_beside(tree, job, ".LOG1", true) << 2;
        mask |= add_beside(tree, job, ".LOG2", true) << 3;
    }
    if (may_be_database(tree, &pending->listing))
        mask |= add_beside(tree, job, "-wal", false) << 4;
    wire_u8(&job->payload, (uint8_t)mask);
    job->own_fds = true;
    job->first = sequence;
    return !job->payload.full;
}

/* What could not be read is a finding. A folder hides files: that is a loss, whatever their number. */
static void not_read(struct tree *tree, const struct pending *pending, bool folder) {
    struct casefile_place place = {.artifact = pending->artifact};
    run_damage(tree->run, place, 0, pending->reason, strlen(pending->reason));
    if (!folder)
        return;
    tree->complete = false;
    tree->run->result->lost++;
    tree->run->result->seen++;
    struct tally *tally = places_tally(&tree->places, &pending->listing);
    tally_add(tally, "seen", NULL, 1, 0);
    tally_add(tally, protocol_state_word(pending->state), pending->reason, 1, 0);
}

/* Takes one entry in. True if it made a job. */
static bool take(struct tree *tree, struct folder_entry *entry, const struct listing *own,
                 struct pool_job *ret) {
    struct run *run = tree->run;
    struct pending *pending = at(tree, tree->last);
    bool folder = entry->listing.flags & LISTING_DIRECTORY;
    *pending =
        (struct pending){.listing = entry->listing, .artifact = run->next_artifact, .counted = !folder};
    pending->listing.evidence = (unsigned)tree->evidence;
    uint64_t other = earlier_link(tree, entry, run->next_artifact, &pending->listing.link);
    if (!keep_texts(pending, own)) {
        run->stop = 1;
        run->result->error = "out of memory";
        return false;
    }
    if (other) {
        pending->artifact = other;
        pending->counted = false;
    } else
        run->next_artifact++;
    uint64_t sequence = tree->last++;
    if (entry->fd >= 0 && !other && fill_job(tree, ret, pending, sequence, entry))
        return true;
    if (entry->fd >= 0)
        close(entry->fd);
    if (entry->skipped)
        settle(pending, entry->code == FAULT_UNSUPPORTED ? STATE_SKIPPED : STATE_UNREAD, 1u << entry->code,
               entry->skipped);
    else if (entry->broken)
        settle(pending, STATE_DAMAGED, 1u << FAULT_IO, "this folder could not be listed completely");
    else
        settle(pending, folder || other ? STATE_READ : STATE_UNREAD, 0,
               folder || other ? NULL : "not asked for");
    if ((entry->broken || entry->skipped) && entry->code != FAULT_UNSUPPORTED)
        not_read(tree, pending, folder);
    tell_ready(tree);
    return false;
}

static bool more(struct tree *tree, struct folder_entry *ret) {
    *ret = tree->only;
    bool got = tree->folder ? folder_next(tree->folder, ret) : ret->fd >= 0;
    tree->only.fd = -1;
    tree->exhausted = !got;
    return got;
}

/* Where the file was on the machine that it was taken from. */
static void map(struct tree *tree, struct listing *listing) {
    struct text *path = &tree->path;
    if (tree->places.count == 0)
        return;
    text_clear(path);
    text_bytes(path, listing->folder, listing->folder_size);
    text_char(path, '/');
    text_bytes(path, listing->name, listing->name_size);
    size_t skip = 0;
    while (skip < path->size && path->data[skip] == '/')
        skip++;
    bool index = places_has_indexes(&tree->places) && tree->folder && folder_is_beside(tree->folder, ".idx");
    places_map(&tree->places, span_of(path->data + skip, path->size - skip, 0), index, listing);
}

static bool tree_next(struct pool_client *client, struct pool_job *ret) {
    struct tree *tree = (struct tree *)(void *)client;
    struct folder_entry entry;
    while (!run_stopping(tree->run) && tree->last - tree->first < WAITING && more(tree, &entry)) {
        struct listing own = entry.listing;
        map(tree, &entry.listing);
        if (!places_accepts(&tree->places, &entry.listing)) {
            if (entry.fd >= 0)
                close(entry.fd);
            continue;
        }
        if (take(tree, &entry, &own, ret))
            return true;
    }
    return false;
}

static bool tree_message(struct pool_client *client, struct pool_job *job, uint32_t type,
                         struct span payload) {
    struct tree *tree = (struct tree *)(void *)client;
    struct cursor cursor = cursor_of(payload);
    struct protocol_item item;
    struct pending *pending = at(tree, job->first);
    bool bad;
    if (type != PROTOCOL_ITEMS || job->first < tree->first ||
        !run_within(job, payload.size, pending->listing.size))
        return false;
    while (protocol_item_next(&cursor, &item, &bad)) {
        if (item.item != pending->artifact || pending->done || !run_rows(tree->run, item.item, item.rows))
            return false;
        if (!item.final)
            continue;
        char reason[TALLY_REASON];
        run_words(item.reason, reason);
        pending->nested = item.nested;
        if (pending->sparse && item.size > pending->listing.size) /* with its holes */
            pending->listing.size = item.size;
        settle(pending, item.state, item.codes, reason);
        tell_ready(tree);
        return cursor_left(&cursor) == 0;
    }
    return !bad;
}

static bool tree_finished(struct pool_client *client, const struct pool_job *job) {
    struct tree *tree = (struct tree *)(void *)client;
    return job->first < tree->first || at(tree, job->first)->done; /* told already, or ready to be */
}

static bool tree_died(struct pool_client *client, struct pool_job *job, uint64_t current, const char *why) {
    struct tree *tree = (struct tree *)(void *)client;
    struct pending *pending = at(tree, job->first);
    (void)current;
    if (job->first < tree->first || pending->done)
        return false;
    run_damage(tree->run, (struct casefile_place){.artifact = pending->artifact}, 0, why, strlen(why));
    settle(pending, STATE_DAMAGED, 1u << FAULT_LIMIT, why);
    tell_ready(tree);
    return false;
}

static bool run_tree(struct tree *tree) {
    struct run *run = tree->run;
    tree->client = (struct pool_client){tree_next, tree_message, tree_finished, tree_died};
    tree->complete = true;
    tree->pending = calloc(WAITING, sizeof *tree->pending);
    bool ran = tree->pending && pool_run(run->pool, &tree->client);
    for (; tree->pending && tree->first < tree->last; tree->first++) { /* an interrupted run */
        struct pending *pending = at(tree, tree->first);
        if (!pending->done)
            settle(pending, STATE_UNREAD, 0, "interrupted");
        if (!run->result->sink_failed)
            tell(tree, pending);
        free(pending->texts);
    }
    if (ran && !run->stop && !tree->exhausted) { /* a defect of ours, but never a silent one */
        run->result->error = "the folder was not read to its end";
        ran = false;
    }
    places_end(&tree->places, ran && tree->complete);
    free(tree->pending);
    free(tree->links);
    return ran;
}

/* How much there is, for the progress bar: a second walk that opens no files. */
static void count_ahead(struct run *run, const char *path) {
    struct folder_entry entry;
    if (run->progress.fd < 0 && !run->progress.bar)
        return;
    struct folder *folder = folder_open(path, true);
    while (folder && !run_stopping(run) && folder_next(folder, &entry))
        if (!entry.skipped && !(entry.listing.flags & LISTING_DIRECTORY))
            run->progress.files_total++;
    folder_close(folder);
}

/* A look at the upper folders tells whether this is a collection, and where its drives are. */
static void see_collection(struct tree *tree) {
    struct folder_entry entry;
    struct folder *folder = tree->target->mapped ? NULL : folder_open(tree->target->path, true);
    if (folder)
        folder_shallow(folder, SHALLOW);
    while (folder && !run_stopping(tree->run) && folder_next(folder, &entry)) {
        struct text *path = &tree->path;
        text_clear(path);
        text_bytes(path, entry.listing.folder, entry.listing.folder_size);
        text_char(path, '/');
        text_bytes(path, entry.listing.name, entry.listing.name_size);
        places_see(&tree->places, span_of(path->data + 1, path->size - 1, 0));
    }
    folder_close(folder);
}

static bool find_places(struct tree *tree, struct casefile_evidence *evidence) {
    struct run *run = tree->run;
    const struct collection *collection = &tree->places.collection;
    const char *slash = strrchr(evidence->path, '/');
    const char *name = slash && slash[1] ? slash + 1 : evidence->path;
    see_collection(tree);
    if (!places_settle(&tree->places, span_of(name, strlen(name), 0)))
        return false;
    if (!evidence->host && collection->host[0])
        evidence->host = collection->host;
    if (collection->kind != COLLECTION_NONE)
        evidence->collector = collection_name(collection->kind);
    return (!evidence->host && !evidence->collector) ||
           run_sink(run, run->sink->evidence(run->sink, evidence));
}

bool tree_folder(struct run *run, const struct engine_target *target, struct casefile_evidence *evidence,
                 const char **why) {
    struct tree *tree = calloc(1, sizeof *tree);
    bool ran = false;
    *why = "out of memory";
    if (!tree)
        return false;
    tree->run = run;
    tree->target = target;
    tree->evidence = evidence->id;
    tree->only.fd = -1;
    places_begin(&tree->places, run, target, evidence->id);
    count_ahead(run, target->path);
    tree->folder = folder_open(target->path, !run->options->read_contents);
    *why = tree->folder ? NULL : strerror(errno);
    if (tree->folder && find_places(tree, evidence))
        ran = run_tree(tree);
    folder_close(tree->folder);
    places_free(&tree->places);
    text_free(&tree->path);
    free(tree);
    return ran;
}

bool tree_file(struct run *run, const struct engine_target *target, uint64_t evidence, int fd) {
    struct tree *tree = calloc(1, sizeof *tree);
    struct text name = {0};
    const char *base = strrchr(target->path, '/');
    bool ran = false;
    base = base && base[1] ? base + 1 : target->path;
    text_from_bytes(&name, span_of(base, strlen(base), 0));
    if (tree) {
        tree->run = run;
        tree->target = target;
        tree->evidence = evidence;
        places_begin(&tree->places, run, target, evidence);
        tree->only = (struct folder_entry){.fd = dup(fd)};
    }
    if (tree && tree->only.fd >= 0 && folder_describe(tree->only.fd, &tree->only.listing)) {
        tree->only.listing.folder = "";
        tree->only.listing.name = text_string(&name);
        tree->only.listing.name_size = name.size;
        run->progress.files_total++;
        ran = run_tree(tree);
    }
    text_free(&name);
    free(tree);
    return ran;
}
