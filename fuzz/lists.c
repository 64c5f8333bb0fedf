/* Lists: any bytes as a published list, then what was compiled; and any bytes as a compiled file, asked for
 * its own rows, sound or not. */
#include "base/digest.h"
#include "intel/lists_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct lists *lists, bool sound) {
    struct lists_list list;
    struct lists_name name;
    struct lists_hit hit;
    for (size_t i = 0; i < lists_count(lists) && i < 8; i++) {
        lists_list(lists, i, &list);
        if (sound && !text_valid(list.name, strlen(list.name)))
            abort();
    }
    for (size_t i = 0; i < lists_name_count(lists) && i < 8; i++) {
        lists_name(lists, i, &name);
        if (strlen(name.pattern) + strlen(name.except) > 2 * LISTS_TEXT && sound)
            abort();
    }
    for (int kind = 0; kind < LISTS_DIGESTS; kind++)
        for (size_t i = 0; i < lists_digest_count(lists, (enum lists_digest)kind) && i < 64; i++) {
            size_t first, count = lists_find(lists, (enum lists_digest)kind,
                                             lists_value(lists, (enum lists_digest)kind, i), &first);
            if (sound && (first > i || first + count <= i))
                abort();
            lists_hit(lists, (enum lists_digest)kind, i, &hit);
            if ((unsigned)hit.entry.kind >= LISTS_KINDS)
                abort();
        }
}

/* What was read can be opened, makes sense, and is the same after it was copied. */
static void compile(const struct lists_source *source, struct span bytes) {
    struct lists_build build = {0}, again = {0};
    struct lists_damage damage;
    struct text out = {0}, copy = {0};
    struct lists lists;
    const char *why;
    bool good = lists_read(bytes, source, &build, &damage);
    if (good == (damage.why != NULL))
        abort();
    if (good) {
        if (!lists_build_write(&build, &out) || !lists_open(span_of(out.data, out.size, 0), &lists, &why) ||
            !lists_sound(&lists, &why) || lists_count(&lists) != 1)
            abort();
        ask(&lists, true);
        lists_build_copy(&again, &lists, 0);
        if (!lists_build_write(&again, &copy) ||
            !lists_open(span_of(copy.data, copy.size, 0), &lists, &why) || !lists_sound(&lists, &why))
            abort();
        ask(&lists, true);
    }
    lists_build_free(&build);
    lists_build_free(&again);
    text_free(&out);
    text_free(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    struct lists_source source = {.name = "name", .file = "file", .date = "2020-01-02"};
    struct span bytes = span_of(data, size, 0);
    struct lists lists;
    const char *why;
    if (!ready && !digest_prepare())
        abort();
    ready = true;
    compile(&source, bytes);
    if (lists_open(bytes, &lists, &why))
        ask(&lists, lists_sound(&lists, &why));
    return 0;
}
