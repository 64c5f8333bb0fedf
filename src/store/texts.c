#include "store/texts.h"

#include "base/salt.h"

#include <stdlib.h>
#include <string.h>

static uint32_t hash_of(const struct texts *texts, const char *text) {
    uint64_t hash = texts->salt;
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        hash = ((hash ^ *c) * UINT64_C(0x9e3779b97f4a7c15)) ^ (hash >> 29);
    return (uint32_t)(hash >> 32);
}

static bool rehash(struct texts *texts) {
    size_t count = texts->slot_count ? texts->slot_count * 2 : 4096;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < texts->count; i++) {
        size_t at = texts->list[i].hash & (count - 1);
        while (slots[at])
            at = (at + 1) & (count - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(texts->slots);
    texts->slots = slots;
    texts->slot_count = count;
    return true;
}

/* Room for `more` beyond `count`. */
static bool make_room(void **list, size_t count, size_t *room, size_t more, size_t size) {
    size_t wanted = *room ? *room : 1024;
    if (*list && more <= *room - count)
        return true;
    while (wanted - count < more)
        wanted *= 2;
    void *larger = realloc(*list, wanted * size);
    if (!larger)
        return false;
    *list = larger;
    *room = wanted;
    return true;
}

bool texts_number(struct texts *texts, const char *text, uint32_t *ret) {
    if (!texts->salt)
        texts->salt = salt_of_process();
    if (texts->count * 2 >= texts->slot_count && !rehash(texts))
        return false;
    uint32_t hash = hash_of(texts, text);
    size_t size = strlen(text) + 1, at = hash & (texts->slot_count - 1);
    for (; texts->slots[at]; at = (at + 1) & (texts->slot_count - 1)) {
        *ret = texts->slots[at] - 1;
        if (texts->list[*ret].hash == hash && strcmp(texts_of(texts, *ret), text) == 0)
            return true;
    }
    if (texts->count >= UINT32_MAX / 2 ||
        !make_room((void **)&texts->bytes, texts->size, &texts->room, size, 1) ||
        !make_room((void **)&texts->list, texts->count, &texts->list_room, 1, sizeof *texts->list))
        return false;
    *ret = (uint32_t)texts->count++;
    texts->list[*ret] = (struct texts_text){texts->size, hash};
    memcpy(texts->bytes + texts->size, text, size);
    texts->size += size;
    texts->slots[at] = *ret + 1;
    return true;
}

const char *texts_of(const struct texts *texts, uint32_t number) {
    return texts->bytes + texts->list[number].at;
}

void texts_free(struct texts *texts) {
    free(texts->bytes);
    free(texts->list);
    free(texts->slots);
    *texts = (struct texts){.bytes = NULL};
}
