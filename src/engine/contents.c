#include "engine/contents.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { REASONS = 255, CHUNK_LEAST = 32, CHUNK_MOST = 4096 };

static struct contents *of(struct pool_client *client) {
    return (struct contents *)(void *)client;
}

static uint32_t slot_at(const struct contents *contents, uint64_t position) {
    uint32_t slot = contents->slot(contents, position);
    return slot < contents->slots ? slot : UINT32_MAX;
}

static bool is_left_out(const struct contents *contents, uint32_t slot) {
    return contents->left_out && (contents->left_out[slot / 8] >> slot % 8 & 1) != 0;
}

/* The artifact of what is to be read there, 0 if nothing is. */
static uint64_t artifact_at(const struct contents *contents, uint64_t position) {
    uint32_t slot = slot_at(contents, position);
    return slot != UINT32_MAX && !is_left_out(contents, slot) ? contents->numbers[slot] : 0;
}

static bool hand_out(struct pool_client *client, struct pool_job *ret) {
    struct contents *contents = of(client);
    uint32_t left = contents->total - contents->handed;
    if (run_stopping(contents->run) || left == 0)
        return false;
    struct protocol_range *range = calloc(1, sizeof *range);
    if (!range)
        return false;
    uint32_t count = left < contents->chunk ? left : contents->chunk;
    *range = (struct protocol_range){.place = contents->place,
                                     .index = contents->number,
                                     .packages = contents->packages,
                                     .first = contents->handed,
                                     .last = contents->handed + count};
    contents->handed += count;
    ret->type = contents->type;
    ret->fds[0] = contents->index;
    ret->fds[1] = contents->selected;
    ret->fds[2] = contents->following;
    ret->fd_count = contents->following >= 0 ? 3 : contents->selected >= 0 ? 2 : 1;
    ret->first = range->first;
    ret->last = range->last;
    ret->client_data = range;
    protocol_range_write(&ret->payload, range);
    return true;
}

static uint8_t reason_number(struct contents *contents, const char *reason) {
    size_t i = 0;
    if (!reason[0])
        return 0;
    while (i < contents->reason_count && strcmp(contents->reasons[i], reason) != 0)
        i++;
    if (i == contents->reason_count && i < REASONS)
        snprintf(contents->reasons[contents->reason_count++], TALLY_REASON, "%s", reason);
    return i < REASONS ? (uint8_t)(i + 1) : REASONS;
}

static void note_state(struct contents *contents, uint64_t position, unsigned state, unsigned codes,
                       struct span reason) {
    char words[TALLY_REASON];
    uint32_t slot = slot_at(contents, position);
    if (slot == UINT32_MAX)
        return;
    run_words(reason, words);
    contents->states[slot] =
        (struct contents_state){(uint8_t)state, (uint8_t)codes, reason_number(contents, words)};
}

static bool take_message(struct pool_client *client, struct pool_job *job, uint32_t type,
                         struct span payload) {
    struct contents *contents = of(client);
    struct cursor cursor = cursor_of(payload);
    struct protocol_item item;
    bool bad;
    if (type != PROTOCOL_ITEMS || !run_within(job, payload.size, contents->most))
        return false;
    while (protocol_item_next(&cursor, &item, &bad)) {
        if (item.item < job->first || item.item >= job->last)
            return false;
        uint64_t artifact = artifact_at(contents, item.item);
        if (!artifact ||
            !run_rows(contents->run, artifact, item.rows)) /* nobody asked, or it makes no sense */
            return false;
        if (!item.final)
            continue;
        note_state(contents, item.item, item.state, item.codes, item.reason);
        if (item.nested && contents->nested)
            contents->nested(contents, slot_at(contents, item.item));
        job->first = item.item + 1;
        job->bytes = 0;
    }
    return !bad;
}

static bool has_finished(struct pool_client *client, const struct pool_job *job) {
    const struct contents *contents = of(client);
    const struct protocol_range *range = job->client_data;
    for (uint64_t position = job->first; position < job->last; position++) {
        uint32_t i = 0;
        if (contents->selected >= 0 && artifact_at(contents, position) == 0)
            continue;
        while (i < range->skip_count && range->skip[i] != position)
            i++;
        if (i == range->skip_count)
            return false;
    }
    return true;
}

/* The item that killed the worker is named, skipped from now on, and the rest tried again. */
static bool has_died(struct pool_client *client, struct pool_job *job, uint64_t current, const char *why) {
    struct contents *contents = of(client);
    struct protocol_range *range = job->client_data;
    uint64_t culprit = current > job->first && current <= job->last ? current - 1 : job->first;
    uint64_t artifact = artifact_at(contents, culprit);
    if (job->first >= job->last)
        return false;
    if (artifact)
        run_damage(contents->run, (struct casefile_place){.artifact = artifact}, 0, why, strlen(why));
    note_state(contents, culprit, STATE_DAMAGED, 1u << FAULT_LIMIT, span_of(why, strlen(why), 0));
    job->bytes = 0;
    if (range->skip_count == PROTOCOL_SKIPS) { /* give up what lies before it */
        for (; job->first < culprit; job->first++)
            note_state(contents, job->first, STATE_DAMAGED, 1u << FAULT_LIMIT, span_of(why, strlen(why), 0));
        job->first = culprit + 1;
        range->skip_count = 0;
    } else
        range->skip[range->skip_count++] = culprit;
    range->first = job->first;
    text_clear(&job->payload);
    protocol_range_write(&job->payload, range);
    return range->first < range->last && !run_stopping(contents->run);
}

/* Bits that workers may map; -1 if that failed. */
static int seal_bits(const char *name, const uint8_t *bits, size_t size) {
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && write(fd, bits, size) == (ssize_t)size &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* A bit for each position that is to be read, in a memfd; none if all are and nothing else is to be said. */
static bool select_some(struct contents *contents) {
    static const char not_wanted[] = "not wanted";
    uint32_t wanted = 0;
    size_t size = (size_t)contents->total / 8 + 1;
    uint8_t *bits = calloc(size, 1);
    if (!bits)
        return false;
    for (uint32_t i = 0; i < contents->total; i++)
        if (artifact_at(contents, i) != 0) {
            bits[i / 8] |= (uint8_t)(1u << i % 8);
            wanted++;
        } else if (slot_at(contents, i) != UINT32_MAX && is_left_out(contents, slot_at(contents, i)))
            note_state(contents, i, STATE_UNREAD, 0, span_of(not_wanted, sizeof not_wanted - 1, 0));
    bool good = true;
    if (contents->followed.size > 0) {
        contents->following = seal_bits("assay-followed", contents->followed.data, contents->followed.size);
        good = contents->following >= 0;
    }
    if (wanted < contents->total || contents->following >= 0) {
        contents->selected = seal_bits("assay-selected", bits, size);
        good = good && contents->selected >= 0;
    }
    contents->run->progress.files_total += wanted;
    free(bits);
    return good;
}

static uint32_t chunk_of(const struct contents *contents) {
    unsigned workers = contents->run->options->jobs ? contents->run->options->jobs : 1;
    uint32_t chunk = contents->total / (workers * 16);
    if (contents->sequential)
        return contents->total;
    return chunk < CHUNK_LEAST ? CHUNK_LEAST : chunk > CHUNK_MOST ? CHUNK_MOST : chunk;
}

bool contents_read(struct contents *contents) {
    contents->client = (struct pool_client){hand_out, take_message, has_finished, has_died};
    contents->selected = contents->following = -1;
    contents->handed = 0;
    contents->chunk = chunk_of(contents);
    contents->number = ++contents->run->indexes;
    contents->states = calloc((size_t)contents->slots + 1, sizeof *contents->states);
    contents->reasons = calloc(REASONS, sizeof *contents->reasons);
    if (!contents->states || !contents->reasons || !select_some(contents)) {
        contents->run->result->error = "out of memory";
        return false;
    }
    return pool_run(contents->run->pool, &contents->client);
}

void contents_free(struct contents *contents) {
    free(contents->states);
    free(contents->reasons);
    if (contents->states && contents->selected >= 0)
        close(contents->selected);
    if (contents->states && contents->following >= 0)
        close(contents->following);
    contents->states = NULL;
    contents->reasons = NULL;
}

struct contents_state contents_state(const struct contents *contents, uint32_t slot) {
    return contents->states && slot < contents->slots ? contents->states[slot] : (struct contents_state){0};
}

const char *contents_reason(const struct contents *contents, struct contents_state state) {
    return state.reason ? contents->reasons[state.reason - 1] : NULL;
}
