/* Any bytes as a list of campaigns in the form that is kept, and as a foreign list of any form: what is made
 * of one can be read, and has the same items when it is read again. */
#include "base/digest.h"
#include "intel/campaigns_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct campaigns *campaigns) {
    struct text told = {0}, key = {0};
    campaigns_tell(campaigns, 0, &told);
    if (!text_valid(text_string(&told), told.size))
        abort();
    for (size_t i = 0; i < campaigns->item_count; i++) {
        const struct campaigns_item *item = &campaigns->items[i];
        text_clear(&key);
        if (item->campaign >= campaigns->count || !campaigns_value_key(item->kind, item->value, &key) ||
            strcmp(text_string(&key), item->key) != 0)
            abort();
        if (item->kind == CAMPAIGNS_PATH)
            (void)campaigns_value_is_path(item->key, "/users/a/b", "c.txt");
    }
    text_free(&told);
    text_free(&key);
}

static size_t keep(struct span bytes, bool must) {
    struct campaigns campaigns = {0};
    struct campaigns_damage damage;
    bool good = campaigns_add(&campaigns, bytes, "f", false, &damage);
    if (good == (damage.why != NULL) || (must && !good))
        abort();
    ask(&campaigns);
    size_t items = campaigns.item_count;
    campaigns_free(&campaigns);
    return items;
}

static void read_foreign(struct span bytes) {
    struct campaigns_damage damage;
    struct text out = {0}, again = {0};
    bool good = campaigns_read(bytes, "n", "f", &out, &damage);
    if (good == (damage.why != NULL))
        abort();
    struct span list = span_of(text_string(&out), out.size, 0);
    if (good) {
        size_t items = keep(list, true);
        if (!campaigns_read(list, "n", "f", &again, &damage) ||
            keep(span_of(again.data, again.size, 0), true) != items)
            abort();
    }
    text_free(&out);
    text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    struct span bytes = span_of(data, size, 0);
    if (!ready && !digest_prepare())
        abort();
    ready = true;
    (void)keep(bytes, false);
    (void)campaigns_read_sniff(bytes);
    read_foreign(bytes);
    return 0;
}
