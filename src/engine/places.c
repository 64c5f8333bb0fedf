#include "engine/places.h"

void places_begin(struct places *places, struct run *run, const struct engine_target *target,
                  uint64_t evidence) {
    memset(places, 0, sizeof *places);
    places->run = run;
    places->target = target;
    places->evidence = evidence;
    places->whole = target->mapped != NULL;
    collection_begin(&places->collection);
}

void places_see(struct places *places, struct span path) {
    if (!places->whole)
        collection_see(&places->collection, path);
}

static bool has_volume(const struct places *places, const char *drive, uint32_t snapshot) {
    for (uint32_t i = 0; i < places->count; i++)
        if (strcmp(places->volumes[i].drive, drive) == 0 && places->volumes[i].snapshot == snapshot)
            return true;
    return false;
}

static int compare(const void *left, const void *right) {
    const struct places_volume *a = left, *b = right;
    int drives = strcmp(a->drive, b->drive);
    return drives ? drives : a->snapshot < b->snapshot ? -1 : a->snapshot > b->snapshot;
}

static void add_volume(struct places *places, const char *drive, uint32_t snapshot) {
    if (places->count == COLLECTION_ROOTS || has_volume(places, drive, snapshot))
        return;
    struct places_volume *volume = &places->volumes[places->count++];
    snprintf(volume->drive, sizeof volume->drive, "%s", drive);
    volume->snapshot = snapshot;
}

static void find_volumes(struct places *places) {
    for (uint32_t i = 0; i < places->collection.root_count; i++) {
        const struct collection_root *root = &places->collection.roots[i];
        char drive[3] = {root->drive, root->drive ? ':' : 0, 0};
        if (root->accepted)
            add_volume(places, drive, root->snapshot);
    }
    qsort(places->volumes, places->count, sizeof places->volumes[0], compare);
}

bool places_settle(struct places *places, struct span name) {
    struct run *run = places->run;
    if (places->whole)
        add_volume(places, places->target->mapped, 0);
    else {
        collection_settle(&places->collection, name);
        find_volumes(places);
    }
    bool good = true;
    for (uint32_t i = 0; good && i < places->count; i++) {
        struct places_volume *volume = &places->volumes[i];
        volume->id = ++run->volumes;
        struct casefile_volume row = {.id = volume->id,
                                      .evidence = places->evidence,
                                      .ordinal = i + 1,
                                      .kind = "collected",
                                      .state = "read",
                                      .shadow = volume->snapshot,
                                      .drive = volume->drive[0] ? volume->drive : NULL};
        good = run_sink(run, run->sink->volume(run->sink, &row));
    }
    return good;
}

static const struct places_volume *volume_of(const struct places *places, const struct listing *listing) {
    for (uint32_t i = 0; i < places->count; i++)
        if (places->volumes[i].id == listing->volume)
            return &places->volumes[i];
    return NULL;
}

static void set_volume(const struct places *places, const char *drive, uint32_t snapshot,
                       struct listing *listing) {
    for (uint32_t i = 0; i < places->count; i++)
        if (strcmp(places->volumes[i].drive, drive) == 0 && places->volumes[i].snapshot == snapshot) {
            listing->volume = (unsigned)places->volumes[i].id;
            listing->shadow = snapshot;
        }
}

/* Folder and name of a path, which starts with / or is relative; texts of their own, with a NUL. */
static void set_path(struct places *places, struct span path, struct span stream, struct listing *listing) {
    struct text *text = &places->stored;
    size_t slash = path.size;
    while (slash > 0 && path.data[slash - 1] != '/')
        slash--;
    text_clear(text);
    if (slash > 1 && path.data[0] != '/')
        text_char(text, '/');
    text_bytes(text, path.data, slash > 0 ? slash - 1 : 0);
    size_t folder = text->size;
    text_bytes(text, "", 1);
    text_bytes(text, path.data + slash, path.size - slash);
    size_t name = text->size - folder - 1;
    text_bytes(text, "", 1);
    text_bytes(text, stream.data, stream.size);
    const char *at = text_string(text);
    listing->folder = at;
    listing->folder_size = folder;
    listing->name = at + folder + 1;
    listing->name_size = name;
    listing->stream = stream.size > 0 ? at + folder + 1 + name + 1 : NULL;
    listing->stream_size = stream.size;
}

bool places_has_indexes(const struct places *places) {
    return places->collection.kind == COLLECTION_VELOCIRAPTOR;
}

void places_map(struct places *places, struct span path, bool index, struct listing *listing) {
    struct collection_place place = {.role = COLLECTION_OTHER, .path = path};
    listing->volume = listing->shadow = 0;
    listing->unrecorded = true;
    if (places->whole)
        set_volume(places, places->target->mapped, 0, listing);
    else if (places->count > 0) {
        collection_map(&places->collection, path, &places->text, &place);
        if (place.role == COLLECTION_FILE || (place.role == COLLECTION_INDEX && !index))
            set_volume(places, place.drive, place.snapshot, listing);
        else
            place = (struct collection_place){.role = place.role, .path = path};
    }
    set_path(places, place.path, place.stream, listing);
}

const char *places_drive(const struct places *places, const struct listing *listing) {
    const struct places_volume *volume = volume_of(places, listing);
    return volume ? volume->drive : "";
}

bool places_accepts(const struct places *places, const struct listing *listing) {
    const struct engine_target *target = places->target;
    const struct places_volume *volume = volume_of(places, listing);
    if (target->volume && (!volume || target->volume != (uint64_t)(volume - places->volumes) + 1))
        return false;
    if (target->drive && (!volume || strcasecmp(volume->drive, target->drive) != 0))
        return false;
    if (target->shadow && (!volume || volume->snapshot != target->shadow))
        return false;
    bool accepted = run_accepts(target, listing);
    places->run->matched += accepted;
    return accepted;
}

struct tally *places_tally(struct places *places, const struct listing *listing) {
    const struct places_volume *volume = volume_of(places, listing);
    return volume ? &places->volumes[volume - places->volumes].tally : &places->others;
}

void places_end(struct places *places, bool complete) {
    struct run *run = places->run;
    bool all = !places->target->prefix && !places->target->volume && !places->target->drive;
    run_tally(run, &places->others, places->evidence, 0);
    if (!run->result->sink_failed)
        run_sink(run, run->sink->collected(run->sink, places->evidence, 0, complete && all));
    for (uint32_t i = 0; i < places->count && !run->result->sink_failed; i++) {
        run_tally(run, &places->volumes[i].tally, places->evidence, places->volumes[i].id);
        if (!run->result->sink_failed)
            run_sink(run, run->sink->collected(run->sink, places->evidence, places->volumes[i].id,
                                               places->whole && complete && all));
    }
}

void places_free(struct places *places) {
    text_free(&places->text);
    text_free(&places->stored);
}
