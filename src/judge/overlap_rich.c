#include "judge/overlap_rich.h"

#include "base/digest.h"

#include <stdlib.h>

enum { ENTRY = 8, UNMARKED = 1, MARGIN = 32 };

struct entry {
    uint16_t build, product;
    uint32_t count;
};

static bool next(struct cursor *c, struct entry *ret) {
    if (cursor_left(c) < ENTRY)
        return false;
    ret->build = cursor_u16(c);
    ret->product = cursor_u16(c);
    ret->count = cursor_u32(c);
    return true;
}

void overlap_rich_digest(struct span entries, char ret[33]) {
    static const uint8_t start[16] = "DanS";
    uint8_t value[DIGEST_MAX];
    struct text clear = {0}, hex = {0};
    text_bytes(&clear, start, sizeof start);
    text_bytes(&clear, entries.data, entries.size);
    digest_once(DIGEST_MD5, span_of(text_string(&clear), clear.size, 0), value);
    text_hex(&hex, value, 16);
    memcpy(ret, text_string(&hex), hex.size + 1);
    text_free(&clear);
    text_free(&hex);
}

/* Of several entries of one kind the sum. */
static uint64_t count_of(struct span entries, uint16_t product, uint16_t build, bool any_build) {
    struct cursor c = cursor_of(entries);
    struct entry entry;
    uint64_t count = 0;
    while (next(&c, &entry))
        if (entry.product == product && (any_build || entry.build == build))
            count += entry.count;
    return count;
}

bool overlap_rich_fits(struct span entries, const char *profile) {
    struct campaigns_term term;
    size_t terms = 0;
    for (; campaigns_value_term(&profile, &term); terms++) {
        uint64_t count = count_of(entries, term.product, term.build, false);
        if (count < term.least || count > term.most)
            return false;
    }
    return terms > 0;
}

/* The newest linker that left an entry of its own; 0 if none did. */
static unsigned long linker_of(struct span entries) {
    static const struct {
        uint16_t product;
        unsigned major;
    } linkers[] = {{0x04, 6},  {0x3d, 7},  {0x5a, 7},  {0x78, 8},  {0x91, 9},
                   {0x9d, 10}, {0xcc, 11}, {0xde, 12}, {0x102, 14}};
    struct cursor c = cursor_of(entries);
    struct entry entry;
    unsigned long major = 0;
    while (next(&c, &entry))
        for (size_t i = 0; i < sizeof linkers / sizeof linkers[0]; i++)
            if (entry.product == linkers[i].product && linkers[i].major > major)
                major = linkers[i].major;
    return major;
}

/* Unmarked objects are the imported functions and a few more: in 30 programs of linkers 6 to 14 from as many
 * as there are imports to half as many again. */
const char *overlap_rich_against(struct span entries, const char *linker, uint64_t imports) {
    unsigned long stated = linker_of(entries), real = strtoul(linker, NULL, 10);
    uint64_t unmarked = count_of(entries, UNMARKED, 0, true);
    if (stated == 0 || real == 0)
        return "the Rich header names no linker, so that it cannot be tested whether it belongs to this image";
    if (stated != real)
        return "contradicted: the linker that the Rich header names did not make this image";
    if (imports == 0 && unmarked == 0)
        return "the image imports nothing, so that it cannot be tested whether the Rich header belongs to it";
    if (unmarked < imports || unmarked > 2 * imports + MARGIN)
        return "contradicted: the Rich header counts other imports than the image has";
    return NULL;
}
