#include "engine/survey.h"

#include "base/digest.h"
#include "source/archive.h"
#include "source/packs.h"
#include "source/volumes.h"

enum { WINDOW = 1 << 20 };

static void copy_text(char *to, size_t room, const char *from) {
    snprintf(to, room, "%s", from ? from : "");
}

static void describe(const struct volume *from, struct protocol_volume *to) {
    *to = (struct protocol_volume){
        .offset = from->offset, .size = from->size, .present = from->present, .ordinal = from->ordinal};
    copy_text(to->filesystem, sizeof to->filesystem, from->filesystem);
    copy_text(to->name, sizeof to->name, from->name);
    if (strcmp(to->filesystem, "ntfs") == 0) {
        to->cluster_size = from->boot.cluster_size;
        to->record_size = from->boot.record_size;
        to->serial = from->boot.serial;
    }
}

/* What kind of image it is, and what needs to be known of it. False if it cannot be opened. */
static bool describe_image(struct survey *survey, struct protocol_found *found,
                           struct evidence_reader *evidence) {
    struct attached *attached = survey->attached;
    bool open = attached_reader(attached, survey->job, evidence);
    struct image_kind kind = {IMAGE_RAW, ""};
    if (open)
        kind = image_kind(attached->image);
    else if (attached->count > 0)
        kind = image_sniff(attached->parts[0].fd, attached->parts[0].size);
    if (kind.format != IMAGE_RAW && kind.format != IMAGE_SPLIT)
        copy_text(found->container, sizeof found->container, kind.name);
    found->refused = kind.format == IMAGE_REFUSED;
    copy_text(found->wanted, sizeof found->wanted, attached->wanted);
    if (open) {
        struct image_stored stored = image_stored(attached->image);
        found->size = image_size(attached->image);
        found->md5 = stored.md5;
        found->sha1 = stored.sha1;
    }
    return open;
}

/* What looks like a container and is none that opens. */
static const char *look_at(struct survey *survey, struct evidence_reader evidence) {
    uint8_t bytes[64];
    size_t want = evidence.size < sizeof bytes ? (size_t)evidence.size : sizeof bytes;
    return packs_looks(span_of(bytes, reader_read(&evidence, survey->job, 0, bytes, want), 0));
}

/* A file system that is read as a package is: file by file. */
static bool is_disc(const struct volumes *volumes) {
    return volumes->kind == VOLUMES_VOLUME && strcmp(volumes->volumes[0].filesystem, "iso9660") == 0;
}

static void find_archive(struct survey *survey, struct evidence_reader evidence, struct volumes *volumes,
                         struct protocol_found *found) {
    struct archive_form form = archive_sniff(survey->job, evidence);
    copy_text(found->archive, sizeof found->archive, archive_form_name(form));
    found->package = form.prefixed || form.kind == ARCHIVE_PACK;
    if (form.kind != ARCHIVE_NO_ARCHIVE) {
        volumes->kind = VOLUMES_FILE;
        volumes->count = 0;
    } else if (volumes->kind == VOLUMES_FILE) {
        copy_text(found->looks, sizeof found->looks, look_at(survey, evidence));
    }
}

static void find_volumes(struct survey *survey, struct text *answer) {
    static struct volumes volumes;
    static struct protocol_found found;
    struct evidence_reader evidence;
    memset(&found, 0, sizeof found);
    memset(&volumes, 0, sizeof volumes);
    found.readable =
        describe_image(survey, &found, &evidence) && volumes_find(survey->job, &evidence, &volumes);
    survey->status->bytes += volumes.bytes_read;
    if (found.readable && (volumes.kind == VOLUMES_FILE || is_disc(&volumes)) && !found.container[0])
        find_archive(survey, evidence, &volumes, &found);
    found.kind = (uint8_t)volumes.kind;
    found.record_size = volumes.record_size;
    found.omitted = (uint32_t)volumes.omitted;
    found.bytes_read = volumes.bytes_read;
    copy_text(found.scheme, sizeof found.scheme, volumes.scheme);
    for (size_t i = 0; i < volumes.count && found.count < PROTOCOL_VOLUMES_MAX; i++)
        describe(&volumes.volumes[i], &found.volumes[found.count++]);
    protocol_found_write(answer, &found, survey->job);
}

static bool find_shadows(struct survey *survey, struct span payload, struct text *answer) {
    static struct protocol_shadowed shadowed;
    struct cursor c = cursor_of(payload);
    struct protocol_place place;
    if (!protocol_place_read(&c, &place) || cursor_left(&c) != 0)
        return false;
    struct shadows *shadows = attached_shadows(survey->attached, survey->job, &place);
    shadowed.count = 0;
    for (size_t i = 0; shadows && i < shadows_count(shadows) && i < PROTOCOL_SHADOWS_MAX; i++) {
        struct shadows_copy copy = shadows_copy(shadows, i);
        struct protocol_shadow *to = &shadowed.shadows[shadowed.count++];
        *to = (struct protocol_shadow){.created = copy.created, .readable = copy.readable};
        span_copy(span_of(copy.identifier, sizeof copy.identifier, 0), to->identifier, sizeof to->identifier);
    }
    protocol_shadowed_write(answer, &shadowed, survey->job);
    return true;
}

/* Reads all there is; where a part cannot be read it goes on behind it, and the digests are of less. */
static uint64_t digest_all(struct survey *survey, struct evidence_reader *evidence,
                           struct digest *const digests[3]) {
    uint8_t *window = job_alloc(survey->job, WINDOW, 1);
    uint64_t sum = 0;
    for (uint64_t at = 0; window && at < evidence->size; at += WINDOW) {
        size_t want = evidence->size - at < WINDOW ? (size_t)(evidence->size - at) : WINDOW;
        size_t got = reader_read(evidence, survey->job, at, window, want);
        for (int i = 0; i < 3; i++)
            digest_add(digests[i], span_of(window, got, at));
        sum += got;
        survey->status->bytes += got;
        survey->status->beats++;
    }
    return sum;
}

static void digest_evidence(struct survey *survey, struct text *answer) {
    struct evidence_reader evidence;
    struct protocol_digests found = {.size = 0};
    uint8_t *const to[3] = {found.md5, found.sha1, found.sha256};
    static const enum digest_kind kinds[3] = {DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256};
    struct digest *digests[3] = {digest_new(), digest_new(), digest_new()};
    if (!digests[0] || !digests[1] || !digests[2])
        (void)!job_fail(survey->job, FAULT_LIMIT, 0, "no memory for digests");
    else if (attached_reader(survey->attached, survey->job, &evidence)) {
        for (int i = 0; i < 3; i++)
            digest_start(digests[i], kinds[i]);
        found.size = digest_all(survey, &evidence, digests);
        for (int i = 0; i < 3; i++) {
            uint8_t value[DIGEST_MAX];
            digest_end(digests[i], value);
            span_copy(span_of(value, digest_size(kinds[i]), 0), to[i], digest_size(kinds[i]));
        }
    }
    for (int i = 0; i < 3; i++)
        digest_free(digests[i]);
    protocol_digests_write(answer, &found, survey->job);
}

bool survey_answer(struct survey *survey, uint32_t question, struct span payload, struct text *answer) {
    switch ((enum protocol_type)question) {
    case PROTOCOL_VOLUMES:
        find_volumes(survey, answer);
        return payload.size == 0;
    case PROTOCOL_SHADOWS:
        return find_shadows(survey, payload, answer);
    case PROTOCOL_DIGEST:
        digest_evidence(survey, answer);
        return payload.size == 0;
    default:
        return false;
    }
}
