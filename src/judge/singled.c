#include "judge/singled.h"

#include "judge/singled_private.h"

#include <stdlib.h>

enum { MOST = 20 };

struct singled_memory {
    char **texts;
    size_t count, room;
    bool failed;
};

const char *singled_answer_word(enum singled_answer answer) {
    static const char *const words[] = {"no-element", "too-small", "nobody", "somebody"};
    return (unsigned)answer < sizeof words / sizeof words[0] ? words[answer] : "?";
}

const char *singled_keep(struct singled *singled, const char *text) {
    struct singled_memory *memory = singled->memory;
    if (!text[0] || memory->failed)
        return "";
    if (memory->count == memory->room) {
        size_t wanted = memory->room ? memory->room * 2 : 256;
        char **larger = realloc(memory->texts, wanted * sizeof *larger);
        memory->failed = larger == NULL;
        if (!larger)
            return "";
        memory->texts = larger;
        memory->room = wanted;
    }
    char *copy = strdup(text);
    memory->failed = copy == NULL;
    if (copy)
        memory->texts[memory->count++] = copy;
    return copy ? copy : "";
}

bool singled_sound(const struct singled *singled) {
    return singled->memory && !singled->memory->failed;
}

/* --- the order --- */

struct place {
    uint32_t host;
    unsigned points;
    uint64_t id;
};

static int by_points(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->points != y->points)
        return x->points < y->points ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Hosts of the cohort with rare evidence, the gravest first. */
static struct place *order(const struct singled_world *world, struct singled_tally *tally, size_t *count) {
    const struct singled_rows *rows = world->rows;
    struct place *places = calloc(rows->host_count + 1, sizeof *places);
    bool *inside = calloc(rows->host_count + 1, sizeof *inside);
    *count = 0;
    for (uint32_t i = 0; inside && i < rows->host_count; i++)
        inside[i] = rows->hosts[i].carries;
    if (inside)
        singled_tally_count(world, &world->all, inside, tally);
    for (uint32_t i = 0; places && inside && i < rows->host_count; i++) {
        unsigned points = inside[i] ? singled_tally_host(world, &world->all, tally, i, false) : 0;
        if (points > 0)
            places[(*count)++] = (struct place){i, points, rows->hosts[i].host};
    }
    if (*count > 0)
        qsort(places, *count, sizeof *places, by_points);
    if (!inside) {
        free(places);
        places = NULL;
    }
    free(inside);
    return places;
}

static bool tell(struct store *store, const struct singled_world *world,
                 const struct singled_options *options, const struct singled_test *test,
                 struct singled_targets *targets, struct singled *ret) {
    struct singled_tally tally;
    size_t count = 0, most = options->most ? options->most : MOST;
    bool good = singled_tally_make(world, &tally);
    struct place *places = good ? order(world, &tally, &count) : NULL;
    good = places != NULL;
    ret->with_evidence = count;
    for (size_t i = 0; i < count; i++)
        ret->called += test->threshold < SINGLED_TOP && places[i].points >= test->threshold;
    most = ret->called > most ? ret->called : most; /* whoever is called is told */
    count = count < most ? count : most;
    ret->ranked = calloc(count + 1, sizeof *ret->ranked);
    good = good && ret->ranked;
    for (size_t i = 0; good && i < count; i++) {
        struct singled_host *host = &ret->ranked[i];
        const char *target =
            targets ? singled_targets_match(targets, &world->rows->hosts[places[i].host]) : NULL;
        host->points = places[i].points;
        host->called = i < ret->called;
        host->target = singled_keep(ret, target ? target : "");
        good = singled_tell_host(store, world, &tally, places[i].host, ret, host);
        ret->ranked_count = i + 1;
    }
    free(places);
    singled_tally_free(&tally);
    return good;
}

/* --- the target list --- */

static bool absent(struct singled_targets *targets, const struct singled_rows *rows, struct singled *ret) {
    size_t count = 0, at = 0;
    const char *line;
    for (size_t i = 0; i < rows->host_count; i++)
        if (rows->hosts[i].carries)
            (void)singled_targets_match(targets, &rows->hosts[i]);
    ret->targets = singled_targets_count(targets);
    const char **lines = calloc(ret->targets + 1, sizeof *lines);
    while (lines && (line = singled_targets_absent(targets, &at)))
        lines[count++] = singled_keep(ret, line);
    ret->targets_absent = lines;
    ret->targets_absent_count = count;
    return lines != NULL;
}

/* --- the answer --- */

static void count_hosts(const struct singled_rows *rows, struct singled *ret) {
    unsigned partial = 0;
    ret->hosts = (unsigned)rows->host_count;
    ret->rare = rows->rare;
    for (size_t i = 0; i < rows->host_count; i++) {
        const struct singled_rows_host *host = &rows->hosts[i];
        partial += host->partial;
        ret->cohort += host->carries;
        ret->dated += host->carries && host->arrival;
        ret->shallow += host->carries && host->partial;
    }
    if (partial == rows->host_count)
        ret->shallow = 0; /* all alike */
}

static enum singled_answer answer_of(const struct singled *ret, const struct singled_test *test) {
    return ret->cohort == 0 ? SINGLED_NO_ELEMENT
           : !test->made    ? SINGLED_TOO_SMALL
           : ret->called    ? SINGLED_SOMEBODY
                            : SINGLED_NOBODY;
}

static bool judge(struct store *store, const struct singled_rows *rows, const struct singled_options *options,
                  struct singled_targets *targets, struct singled *ret) {
    struct singled_world world = {.rows = NULL};
    struct singled_test test = {.p = 2, .smallest = 1, .threshold = SINGLED_TOP};
    count_hosts(rows, ret);
    bool good = !targets || absent(targets, rows, ret);
    if (good && ret->cohort > 0) {
        good = singled_grade(rows, &world) && singled_test(&world, &test) &&
               tell(store, &world, options, &test, targets, ret);
        singled_grade_free(&world);
    }
    ret->answer = answer_of(ret, &test);
    ret->element = singled_keep(ret, text_string(&rows->element));
    ret->strata = test.strata;
    ret->depths = test.depths;
    ret->p = test.p;
    ret->smallest = test.smallest;
    ret->permutations = test.permutations;
    ret->chance = test.chance;
    singled_tell_answer(ret);
    return good && singled_sound(ret);
}

bool singled_judge(struct store *store, const struct singled_options *options, struct singled *ret,
                   struct text *why) {
    struct singled_rows rows;
    *ret = (struct singled){.memory = calloc(1, sizeof *ret->memory), .element = "", .statement = "", .p = 2};
    if (!ret->memory) {
        text_add(why, "out of memory");
        return false;
    }
    struct singled_targets *targets = options->targets ? singled_targets_read(options->targets) : NULL;
    bool good = singled_rows_load(store, options->element, &rows, why);
    if (good && ((options->targets && !targets) || !judge(store, &rows, options, targets, ret))) {
        text_add(why, store_error(store)[0] ? store_error(store) : "out of memory");
        good = false;
    }
    singled_targets_free(targets);
    singled_rows_free(&rows);
    return good;
}

void singled_free(struct singled *singled) {
    struct singled_memory *memory = singled->memory;
    for (size_t i = 0; memory && i < memory->count; i++)
        free(memory->texts[i]);
    if (memory)
        free(memory->texts);
    free(memory);
    free(singled->ranked);
    free((void *)(uintptr_t)singled->targets_absent);
    *singled = (struct singled){.memory = NULL};
}
