#include "store/sqlite_stacks.h"

#include "base/db_table.h"
#include "store/presences.h"
#include "store/texts.h"

#include <stdlib.h>
#include <string.h>

struct thing {
    uint64_t thing;
    uint32_t value;
    bool seen;
};

struct value { /* by the number of its text */
    uint32_t hosts, things;
    uint32_t last; /* the case that had it last, counted from 1 */
};

struct stack {
    const struct sqlite_stacks *of;
    struct thing *things;
    size_t thing_count, thing_room;
    struct texts texts;
    struct value *values;
    uint32_t *starts; /* the first thing whose top bits are not less */
    unsigned shift;   /* 63 - how many top bits these are */
    uint32_t cases;
    uint64_t read, total;
    size_t at; /* the row in hand, from 1 */
    struct presences presences;
};

static void close_stack(void *context) {
    struct stack *stack = context;
    free(stack->things);
    free(stack->values);
    texts_free(&stack->texts);
    free(stack->starts);
    free(stack);
}

/* --- things --- */

static int by_thing(const void *a, const void *b) {
    const struct thing *x = a, *y = b;
    return (x->thing > y->thing) - (x->thing < y->thing);
}

/* Ids are digests: their top bits say about where among all things one is. Cases name theirs in ascending
 * order, so that looking them up goes through memory once, forward. */
static bool index_things(struct stack *stack) {
    bool ascending = true;
    for (size_t i = 1; i < stack->thing_count && ascending; i++)
        ascending = stack->things[i - 1].thing < stack->things[i].thing;
    if (!ascending)
        qsort(stack->things, stack->thing_count, sizeof *stack->things, by_thing);
    unsigned bits = 1;
    while (bits < 31 && (size_t)1 << bits < stack->thing_count)
        bits++;
    stack->shift = 63 - bits;
    size_t count = (size_t)1 << bits, at = 0;
    stack->starts = malloc(count * sizeof *stack->starts);
    for (size_t i = 0; stack->starts && i < count; i++) {
        while (at < stack->thing_count && stack->things[at].thing >> stack->shift < i)
            at++;
        stack->starts[i] = (uint32_t)at;
    }
    return stack->starts != NULL;
}

static bool make_room(struct stack *stack) {
    if (stack->thing_count < stack->thing_room)
        return true;
    size_t wanted = stack->thing_room ? stack->thing_room * 2 : 1024;
    struct thing *larger = realloc(stack->things, wanted * sizeof *larger);
    if (!larger)
        return false;
    stack->things = larger;
    stack->thing_room = wanted;
    return true;
}

static bool load_things(struct stack *stack, const char *question, struct text *why) {
    struct db *db = stack->of->db;
    struct db_query *query = db_prepare(db, question);
    bool good = query != NULL;
    while (good && db_step(query)) {
        struct thing thing = {.thing = (uint64_t)db_integer(query, 0)};
        if (thing.thing > INT64_MAX)
            continue;
        good = stack->thing_count < UINT32_MAX / 2 &&
               texts_number(&stack->texts, db_text(query, 1, NULL), &thing.value) && make_room(stack);
        if (good)
            stack->things[stack->thing_count++] = thing;
    }
    db_finish(query);
    stack->values = calloc(stack->texts.count + 1, sizeof *stack->values);
    good = good && stack->values;
    if (db_error(db)[0] || !good)
        text_add(why, db_error(db)[0] ? db_error(db) : "out of memory");
    return why->size == 0;
}

/* --- presences --- */

static void count(struct stack *stack, size_t *from) {
    size_t at = *from;
    for (size_t i = 0; i < stack->presences.count; i++) {
        uint64_t wanted = stack->presences.things[i];
        size_t start = stack->starts[wanted >> stack->shift];
        at = start > at ? start : at;
        while (at < stack->thing_count && stack->things[at].thing < wanted)
            at++;
        if (at == stack->thing_count)
            break;
        struct thing *thing = &stack->things[at];
        if (thing->thing != wanted)
            continue;
        struct value *value = &stack->values[thing->value];
        value->hosts += value->last != stack->cases;
        value->last = stack->cases;
        value->things += !thing->seen;
        thing->seen = true;
    }
    *from = at;
}

static uint64_t total_of(struct db *db) {
    struct db_query *query = db_prepare(db, "SELECT coalesce(sum(hosts), 0) FROM thing_count");
    uint64_t total = query && db_step(query) ? (uint64_t)db_integer(query, 0) : 0;
    db_finish(query);
    return total;
}

/* Every host has one case, so that cases are counted where hosts are meant. */
static bool read_presences(struct stack *stack, struct text *why) {
    struct db *db = stack->of->db;
    const struct engine *engine = stack->of->engine;
    int64_t last = -1;
    size_t from = 0;
    struct db_query *query =
        db_prepare(db, "SELECT p.number, p.first, p.chunk FROM host_case c CROSS JOIN presence_rows p"
                       " ON p.number = c.number ORDER BY c.number, p.first");
    while (why->size == 0 && query && db_step(query)) {
        int64_t number = db_integer(query, 0);
        if (number != last) {
            stack->cases++;
            from = 0;
            if (engine->progress)
                engine->progress(engine->progress_context, stack->read, stack->total);
        }
        last = number;
        if (!presences_unpack((uint64_t)db_integer(query, 1), db_blob(query, 2), false, &stack->presences))
            text_format(why, "presences of case number %lld are damaged", (long long)number);
        else
            count(stack, &from);
        stack->read += stack->presences.count;
    }
    db_finish(query);
    text_add(why, db_error(db));
    return why->size == 0;
}

/* --- the table --- */

static void *open_stack(void *context, const struct db_table_scan *asked, struct text *why) {
    struct stack *stack = malloc(sizeof *stack);
    if (!stack)
        return NULL;
    memset(stack, 0, offsetof(struct stack, presences));
    stack->of = context;
    bool good = asked->argument && load_things(stack, asked->argument, why) && index_things(stack);
    if (good && stack->thing_count > 0) {
        stack->total = total_of(stack->of->db);
        good = read_presences(stack, why);
    }
    if (good)
        return stack;
    close_stack(stack);
    return NULL;
}

static bool next_value(void *context, struct text *why) {
    struct stack *stack = context;
    (void)why;
    while (stack->at < stack->texts.count)
        if (stack->values[stack->at++].hosts > 0)
            return true;
    return false;
}

static int64_t cell(void *context, unsigned column, const char **text) {
    const struct stack *stack = context;
    const struct value *value = &stack->values[stack->at - 1];
    if (column == 0)
        *text = texts_of(&stack->texts, (uint32_t)stack->at - 1);
    return column == 1 ? value->hosts : column == 2 ? value->things : 0;
}

bool sqlite_stacks_add(struct db *db, const struct engine *engine, struct sqlite_stacks *stacks) {
    static const struct db_table table = {.name = "stacked",
                                          .columns =
                                              "value TEXT, hosts INTEGER, things INTEGER, argument HIDDEN",
                                          .argument = 3,
                                          .rows = {1e6},
                                          .open = open_stack,
                                          .next = next_value,
                                          .cell = cell,
                                          .close = close_stack};
    *stacks = (struct sqlite_stacks){db, engine};
    return db_table_add(db, &table, stacks);
}
