#include "format/ppmd7.h"

#include "format/ppmd_memory.h"

#include <string.h>

#define TOP ((uint32_t)1 << 24)

enum {
    ALL = 256,
    MOST = 124, /* a frequency; then all of a context are halved */
    PERIOD = 7,
    SCALE_BITS = 14,
    SCALE = 1 << SCALE_BITS,
    ESCAPES = 16,   /* kinds of contexts, of which chances of an escape are kept, ... */
    SITUATIONS = 25 /* by how many symbols are left */
};
/* Of a context: symbols, sum of their frequencies, where they are, the context that is shorter by a byte. One
 * symbol stands in the context itself, from AT_SUM on. */
enum { AT_COUNT = 0, AT_SUM = 2, AT_STATES = 4, AT_SUFFIX = 8 };

/* How often an escape is met, which adapts more slowly the longer it is known. */
struct escape {
    uint16_t sum;
    uint8_t shift, count;
};

struct ppmd7 {
    struct ppmd_memory memory;
    enum intake_state state;
    bool begun;
    uint8_t given;        /* the byte in hand */
    unsigned order, fall; /* fall: bytes of the context that are missing to the longest one */
    uint32_t least, most; /* contexts: of the next byte; the longest one */
    uint32_t found;       /* the symbol found last */
    unsigned first_escape, high_bits;
    unsigned success; /* 1: the byte before was the most likely one */
    int32_t run, first_run;
    uint32_t range, code;
    struct escape escapes[SITUATIONS][ESCAPES], none;
    uint16_t chances[128][64];         /* of contexts with one symbol */
    uint8_t situation[ALL], kind[ALL]; /* by number of symbols less 1 */
    uint8_t masked[ALL];               /* symbols that longer contexts have */
};

static uint32_t one_state(uint32_t context) {
    return context + AT_SUM;
}

static unsigned count_of(struct ppmd7 *model, uint32_t context) {
    return ppmd_u16(&model->memory, context + AT_COUNT);
}

static unsigned sum_of(struct ppmd7 *model, uint32_t context) {
    return ppmd_u16(&model->memory, context + AT_SUM);
}

static uint32_t states_of(struct ppmd7 *model, uint32_t context) {
    return ppmd_u32(&model->memory, context + AT_STATES);
}

static uint32_t suffix_of(struct ppmd7 *model, uint32_t context) {
    return ppmd_u32(&model->memory, context + AT_SUFFIX);
}

static unsigned symbol_of(struct ppmd7 *model, uint32_t state) {
    return ppmd_u8(&model->memory, state);
}

static unsigned frequency_of(struct ppmd7 *model, uint32_t state) {
    return ppmd_u8(&model->memory, state + 1);
}

static void put_frequency(struct ppmd7 *model, uint32_t state, unsigned frequency) {
    ppmd_put8(&model->memory, state + 1, frequency);
}

static uint32_t successor_of(struct ppmd7 *model, uint32_t state) {
    return ppmd_u32(&model->memory, state + 2);
}

static void put_successor(struct ppmd7 *model, uint32_t state, uint32_t successor) {
    ppmd_put32(&model->memory, state + 2, successor);
}

static void put_sum(struct ppmd7 *model, uint32_t context, unsigned sum) {
    ppmd_put16(&model->memory, context + AT_SUM, sum);
}

/* --- begin --- */

struct ppmd7 *ppmd7_new(struct job *job, unsigned order, uint32_t memory) {
    if (order < 2 || order > PPMD7_ORDER || memory < PPMD7_LEAST) {
        job_fail(job, FAULT_BAD, 0, "a model of PPMd that no packer makes");
        return NULL;
    }
    if (memory > PPMD7_MEMORY) {
        job_fail(job, FAULT_LIMIT, 0, "unpacking needs a larger model than is allowed");
        return NULL;
    }
    struct ppmd7 *model = job_alloc(job, 1, sizeof *model);
    if (!model || !ppmd_memory_new(&model->memory, job, memory))
        return NULL;
    model->order = order;
    for (unsigned i = 0; i < ALL; i++)
        model->kind[i] = (uint8_t)(i < 2 ? 2 * i : i < 11 ? 4 : 6);
    for (unsigned i = 0, which = 0, left = 1; i < ALL; i++) {
        model->situation[i] = (uint8_t)which;
        if (i < 2 || --left == 0) {
            which++;
            left = i < 2 ? 1 : which - 2;
        }
    }
    return model;
}

static void start_chances(struct ppmd7 *model) {
    static const uint16_t first[8] = {0x3cdd, 0x1f3f, 0x59bf, 0x48f3, 0x64a1, 0x5abc, 0x6632, 0x6051};
    for (unsigned i = 0; i < 128; i++)
        for (unsigned k = 0; k < 64; k++)
            model->chances[i][k] = (uint16_t)(SCALE - first[k % 8] / (i + 2));
    for (unsigned i = 0; i < SITUATIONS; i++)
        for (unsigned k = 0; k < ESCAPES; k++)
            model->escapes[i][k] = (struct escape){(uint16_t)((5 * i + 10) << (PERIOD - 4)), PERIOD - 4, 4};
}

/* The model knows nothing: one context of all bytes, equally likely. */
static void restart(struct ppmd7 *model) {
    struct ppmd_memory *memory = &model->memory;
    ppmd_memory_start(memory);
    model->fall = model->order;
    model->run = model->first_run = -(int32_t)(model->order < 12 ? model->order : 12) - 1;
    model->success = 0;
    model->least = model->most = ppmd_memory_context(memory);
    model->found = ppmd_memory_take(memory, ALL / 2);
    ppmd_put16(memory, model->least + AT_COUNT, ALL);
    put_sum(model, model->least, ALL + 1);
    ppmd_put32(memory, model->least + AT_STATES, model->found);
    ppmd_put32(memory, model->least + AT_SUFFIX, 0);
    for (unsigned i = 0; i < ALL; i++)
        ppmd_put_state(memory, model->found + i * PPMD_STATE, (struct ppmd_state){(uint8_t)i, 1, 0});
    start_chances(model);
}

void ppmd7_start(struct ppmd7 *model) {
    model->state = INTAKE_GOES_ON;
    model->begun = false;
    model->memory.broken = false;
    model->first_escape = model->high_bits = 0;
    model->none = (struct escape){0, PERIOD, 64};
    restart(model);
}

/* --- how the model learns --- */

static void swap(struct ppmd7 *model, uint32_t a, uint32_t b) {
    struct ppmd_state first = ppmd_state(&model->memory, a);
    ppmd_put_state(&model->memory, a, ppmd_state(&model->memory, b));
    ppmd_put_state(&model->memory, b, first);
}

/* The state of a symbol in a context that has it. */
static uint32_t find(struct ppmd7 *model, uint32_t context, unsigned symbol) {
    unsigned count = count_of(model, context);
    if (count == 1)
        return one_state(context);
    uint32_t state = states_of(model, context);
    for (unsigned i = 0; i < count; i++, state += PPMD_STATE)
        if (symbol_of(model, state) == symbol)
            return state;
    model->memory.broken = true;
    return state - PPMD_STATE;
}

/* How likely the only symbol of a new context is, by the context that it was found in. */
static unsigned inherit(struct ppmd7 *model, uint32_t context, unsigned symbol) {
    uint32_t state = find(model, context, symbol), count = count_of(model, context);
    if (count == 1)
        return frequency_of(model, state);
    uint32_t more = frequency_of(model, state) - 1, others = sum_of(model, context) - count - more;
    if (2 * more <= others)
        return 1 + (5 * more > others);
    if (others == 0) {
        model->memory.broken = true;
        return 1;
    }
    return 1 + (2 * more + 3 * others - 1) / (2 * others);
}

/* Contexts with one symbol, the byte of the text that followed: for the one in hand and all shorter ones that
 * do not have theirs yet. 0 if there is no room. */
static uint32_t add_contexts(struct ppmd7 *model, bool without_found) {
    uint32_t waiting[PPMD7_ORDER], context = model->least;
    uint32_t branch = successor_of(model, model->found);
    unsigned count = 0, symbol = symbol_of(model, model->found);
    if (!without_found)
        waiting[count++] = model->found;
    while (suffix_of(model, context) && count < PPMD7_ORDER) {
        context = suffix_of(model, context);
        uint32_t state = find(model, context, symbol), successor = successor_of(model, state);
        if (successor != branch) {
            context = successor;
            if (count == 0)
                return context;
            break;
        }
        waiting[count++] = state;
    }
    if (count == 0)
        return model->memory.broken = true, 0;
    struct ppmd_state up = {.symbol = (uint8_t)ppmd_u8(&model->memory, branch), .successor = branch + 1};
    up.frequency = (uint8_t)inherit(model, context, up.symbol);
    while (count > 0) {
        uint32_t child = ppmd_memory_context(&model->memory);
        if (!child)
            return 0;
        ppmd_put16(&model->memory, child + AT_COUNT, 1);
        ppmd_put_state(&model->memory, one_state(child), up);
        ppmd_put32(&model->memory, child + AT_SUFFIX, context);
        put_successor(model, waiting[--count], child);
        context = child;
    }
    return context;
}

/* The symbol becomes more likely in the next shorter context, too. */
static void learn_in_suffix(struct ppmd7 *model) {
    uint32_t context = suffix_of(model, model->least);
    uint32_t state = find(model, context, symbol_of(model, model->found));
    if (count_of(model, context) == 1) {
        if (frequency_of(model, state) < 32)
            put_frequency(model, state, frequency_of(model, state) + 1);
        return;
    }
    if (state != states_of(model, context) &&
        frequency_of(model, state) >= frequency_of(model, state - PPMD_STATE)) {
        swap(model, state, state - PPMD_STATE);
        state -= PPMD_STATE;
    }
    if (frequency_of(model, state) < MOST - 9) {
        put_frequency(model, state, frequency_of(model, state) + 2);
        put_sum(model, context, sum_of(model, context) + 2);
    }
}

/* Room for one symbol more in a context, and what its sum becomes by that. */
static bool make_room(struct ppmd7 *model, uint32_t context, unsigned of_least) {
    struct ppmd_memory *memory = &model->memory;
    unsigned count = count_of(model, context), sum = sum_of(model, context);
    if (count == 1) {
        uint32_t states = ppmd_memory_take(memory, 1);
        if (!states)
            return false;
        struct ppmd_state state = ppmd_state(memory, one_state(context));
        state.frequency = (uint8_t)(state.frequency < MOST / 4 - 1 ? 2 * state.frequency : MOST - 4);
        ppmd_put_state(memory, states, state);
        ppmd_put32(memory, context + AT_STATES, states);
        put_sum(model, context, state.frequency + model->first_escape + (of_least > 3));
        return true;
    }
    if (count % 2 == 0) {
        uint32_t states = ppmd_memory_grow(memory, states_of(model, context), count / 2);
        if (!states)
            return false;
        ppmd_put32(memory, context + AT_STATES, states);
    }
    bool few = 4 * count <= of_least && sum <= 8 * count;
    put_sum(model, context, sum + (2 * count < of_least) + 2 * few);
    return true;
}

/* The symbol is new to this context. */
static bool add_symbol(struct ppmd7 *model, uint32_t context, uint32_t successor, unsigned of_least,
                       uint32_t others) {
    unsigned count = count_of(model, context);
    if (!make_room(model, context, of_least))
        return false;
    unsigned sum = sum_of(model, context);
    uint32_t weight = 2 * frequency_of(model, model->found) * (sum + 6), all = others + sum, frequency;
    if (weight < 6 * all) {
        frequency = 1u + (weight > all) + (weight >= 4 * all);
        sum += 3;
    } else {
        frequency = 4u + (weight >= 9 * all) + (weight >= 12 * all) + (weight >= 15 * all);
        sum += frequency;
    }
    put_sum(model, context, sum);
    struct ppmd_state state = {(uint8_t)symbol_of(model, model->found), (uint8_t)frequency, successor};
    ppmd_put_state(&model->memory, states_of(model, context) + count * PPMD_STATE, state);
    ppmd_put16(&model->memory, context + AT_COUNT, count + 1);
    return true;
}

/* The byte is text now; what its symbol leads to becomes a context. 0 if there is no room. */
static uint32_t follow(struct ppmd7 *model, uint32_t *successor) {
    struct ppmd_memory *memory = &model->memory;
    uint32_t next = successor_of(model, model->found);
    ppmd_put8(memory, memory->text++, symbol_of(model, model->found));
    *successor = memory->text;
    if (memory->text >= memory->units)
        return 0;
    if (!next) {
        put_successor(model, model->found, *successor);
        return model->least;
    }
    if (next <= *successor && !(next = add_contexts(model, false)))
        return 0;
    if (--model->fall == 0) {
        *successor = next;
        memory->text -= model->most != model->least;
    }
    return next;
}

static void learn(struct ppmd7 *model) {
    uint32_t successor, context, next;
    if (frequency_of(model, model->found) < MOST / 4 && suffix_of(model, model->least))
        learn_in_suffix(model);
    if (model->fall == 0) {
        model->least = model->most = add_contexts(model, true);
        if (model->least)
            put_successor(model, model->found, model->least);
        else
            restart(model);
        return;
    }
    if (!(next = follow(model, &successor))) {
        restart(model);
        return;
    }
    unsigned count = count_of(model, model->least);
    uint32_t others = sum_of(model, model->least) - count - (frequency_of(model, model->found) - 1);
    unsigned left = PPMD7_ORDER + 2; /* contexts that there may be at most */
    for (context = model->most; context != model->least && left > 0; left--) {
        if (!add_symbol(model, context, successor, count, others)) {
            restart(model);
            return;
        }
        context = suffix_of(model, context);
    }
    model->memory.broken = model->memory.broken || left == 0;
    model->least = model->most = next;
}

/* Some symbols at the end have no frequency any more. */
static bool drop(struct ppmd7 *model, unsigned dropped, unsigned *escape) {
    struct ppmd_memory *memory = &model->memory;
    unsigned before = count_of(model, model->least), count = before - dropped;
    uint32_t states = states_of(model, model->least);
    *escape += dropped;
    ppmd_put16(memory, model->least + AT_COUNT, count);
    if (count == 1) {
        struct ppmd_state state = ppmd_state(memory, states);
        do {
            state.frequency = (uint8_t)(state.frequency - (state.frequency >> 1));
            *escape >>= 1;
        } while (*escape > 1);
        ppmd_memory_give(memory, states, (before + 1) / 2);
        model->found = one_state(model->least);
        ppmd_put_state(memory, model->found, state);
        return false;
    }
    if ((before + 1) / 2 != (count + 1) / 2)
        ppmd_put32(memory, model->least + AT_STATES,
                   ppmd_memory_shrink(memory, states, (before + 1) / 2, (count + 1) / 2));
    return true;
}

/* Moves a state to before those that are less frequent, down to `first`. */
static void sort_in(struct ppmd7 *model, uint32_t state, uint32_t first) {
    struct ppmd_state moved = ppmd_state(&model->memory, state);
    while (state != first && moved.frequency > frequency_of(model, state - PPMD_STATE)) {
        ppmd_put_state(&model->memory, state, ppmd_state(&model->memory, state - PPMD_STATE));
        state -= PPMD_STATE;
    }
    ppmd_put_state(&model->memory, state, moved);
}

/* Halves the frequencies of a context, the symbol found last first. */
static void rescale(struct ppmd7 *model) {
    uint32_t first = states_of(model, model->least), state = model->found;
    unsigned count = count_of(model, model->least), round = model->fall != 0, dropped = 0;
    struct ppmd_state moved = ppmd_state(&model->memory, state);
    for (; state > first; state -= PPMD_STATE)
        ppmd_put_state(&model->memory, state, ppmd_state(&model->memory, state - PPMD_STATE));
    unsigned escape = sum_of(model, model->least) - moved.frequency;
    moved.frequency = (uint8_t)((uint8_t)(moved.frequency + 4) + round) >> 1;
    ppmd_put_state(&model->memory, first, moved);
    unsigned sum = moved.frequency;
    for (unsigned i = 1; i < count; i++) {
        state = first + i * PPMD_STATE;
        unsigned frequency = frequency_of(model, state);
        escape -= frequency;
        frequency = (frequency + round) >> 1;
        sum += frequency;
        put_frequency(model, state, frequency);
        sort_in(model, state, first);
    }
    while (dropped + 1 < count && frequency_of(model, first + (count - 1 - dropped) * PPMD_STATE) == 0)
        dropped++;
    if (dropped > 0 && !drop(model, dropped, &escape))
        return;
    put_sum(model, model->least, sum + escape - (escape >> 1));
    model->found = states_of(model, model->least);
}

static void go_on(struct ppmd7 *model) {
    uint32_t next = successor_of(model, model->found);
    if (model->fall == 0 && next > model->memory.text)
        model->least = model->most = next;
    else
        learn(model);
}

/* --- the range coder --- */

static void narrow(struct ppmd7 *model, struct intake *in) {
    for (unsigned i = 0; i < 2 && model->range < TOP; i++) {
        model->code = model->code << 8 | intake_byte(in);
        model->range <<= 8;
    }
}

static uint32_t threshold(struct ppmd7 *model, uint32_t total) {
    if (total == 0 || model->range < total) {
        model->memory.broken = true;
        return 0;
    }
    model->range /= total;
    return model->code / model->range;
}

static void take(struct ppmd7 *model, struct intake *in, uint32_t start, uint32_t size) {
    model->code -= start * model->range;
    model->range *= size;
    narrow(model, in);
}

/* --- symbols --- */

static void add_frequency(struct ppmd7 *model) {
    unsigned frequency = frequency_of(model, model->found) + 4;
    put_sum(model, model->least, sum_of(model, model->least) + 4);
    put_frequency(model, model->found, frequency);
}

/* A context of one symbol: is it that? */
static bool decode_one(struct ppmd7 *model, struct intake *in) {
    uint32_t state = one_state(model->least);
    unsigned frequency = frequency_of(model, state), symbol = symbol_of(model, state);
    unsigned others = count_of(model, suffix_of(model, model->least));
    model->high_bits = symbol_of(model, model->found) >= 0x40 ? 8 : 0;
    unsigned place = model->success + model->kind[(others - 1) % ALL] + model->high_bits +
                     (symbol >= 0x40 ? 16 : 0) + ((uint32_t)model->run >> 26 & 0x20);
    uint16_t *chance = &model->chances[(frequency - 1) % 128][place % 64];
    uint32_t bound = (model->range >> SCALE_BITS) * *chance;
    unsigned mean = (*chance + (1u << (PERIOD - 2))) >> PERIOD;
    if (model->code < bound) {
        model->range = bound;
        narrow(model, in);
        *chance = (uint16_t)(*chance + (1u << PERIOD) - mean);
        model->found = state;
        model->given = (uint8_t)symbol;
        put_frequency(model, state, frequency + (frequency < 128));
        model->success = 1;
        model->run++;
        go_on(model);
        return true;
    }
    static const uint8_t escapes[16] = {25, 14, 9, 7, 5, 5, 4, 4, 4, 3, 3, 3, 2, 2, 2, 2};
    model->code -= bound;
    model->range -= bound;
    narrow(model, in);
    *chance = (uint16_t)(*chance - mean);
    model->first_escape = escapes[*chance >> 10 & 15];
    model->success = 0;
    memset(model->masked, 0, sizeof model->masked);
    model->masked[symbol] = 1;
    return false;
}

static void found_first(struct ppmd7 *model) {
    model->success = 2 * frequency_of(model, model->found) > sum_of(model, model->least);
    model->run += (int32_t)model->success;
    add_frequency(model);
    if (frequency_of(model, model->found) > MOST)
        rescale(model);
    go_on(model);
}

static void found_later(struct ppmd7 *model) {
    add_frequency(model);
    if (frequency_of(model, model->found) > frequency_of(model, model->found - PPMD_STATE)) {
        swap(model, model->found, model->found - PPMD_STATE);
        model->found -= PPMD_STATE;
        if (frequency_of(model, model->found) > MOST)
            rescale(model);
    }
    go_on(model);
}

static void mask(struct ppmd7 *model) {
    unsigned count = count_of(model, model->least);
    uint32_t states = states_of(model, model->least);
    for (unsigned i = 0; i < count && i < ALL; i++)
        model->masked[symbol_of(model, states + i * PPMD_STATE)] = 1;
}

/* A context of several: which? */
static bool decode_several(struct ppmd7 *model, struct intake *in) {
    uint32_t state = states_of(model, model->least), total = sum_of(model, model->least), below = 0;
    uint32_t wanted = threshold(model, total);
    unsigned count = count_of(model, model->least);
    for (unsigned i = 0; i < count && i < ALL; i++, state += PPMD_STATE) {
        unsigned frequency = frequency_of(model, state);
        if (wanted < below + frequency) {
            take(model, in, below, frequency);
            model->found = state;
            model->given = (uint8_t)symbol_of(model, state);
            if (i == 0)
                found_first(model);
            else {
                model->success = 0;
                found_later(model);
            }
            return true;
        }
        below += frequency;
    }
    model->success = 0;
    model->memory.broken = model->memory.broken || wanted >= total;
    model->high_bits = symbol_of(model, model->found) >= 0x40 ? 8 : 0;
    take(model, in, below, total - below);
    memset(model->masked, 0, sizeof model->masked);
    mask(model);
    return false;
}

/* How likely another escape is; `left` symbols are not masked. */
static struct escape *escape_of(struct ppmd7 *model, unsigned masked, unsigned left, uint32_t *ret) {
    unsigned count = count_of(model, model->least), sum = sum_of(model, model->least);
    *ret = 1;
    if (count == ALL || left == 0 || left > ALL)
        return &model->none;
    unsigned shorter = count_of(model, suffix_of(model, model->least)) - count;
    unsigned place = (left < shorter) + 2u * (sum < 11 * count) + 4u * (masked > left) + model->high_bits;
    struct escape *escape = &model->escapes[model->situation[left - 1] % SITUATIONS][place % ESCAPES];
    unsigned mean = (unsigned)escape->sum >> escape->shift;
    escape->sum = (uint16_t)(escape->sum - mean);
    *ret = mean + (mean == 0);
    return escape;
}

static void take_escaped(struct ppmd7 *model, struct intake *in, struct escape *escape, uint32_t wanted) {
    uint32_t below = 0, state = states_of(model, model->least);
    for (unsigned i = 0; i < ALL; i++, state += PPMD_STATE) {
        unsigned frequency = model->masked[symbol_of(model, state)] ? 0 : frequency_of(model, state);
        if (wanted < below + frequency) {
            take(model, in, below, frequency);
            break;
        }
        below += frequency;
    }
    if (escape->shift < PERIOD && --escape->count == 0) {
        escape->sum = (uint16_t)(escape->sum << 1);
        escape->count = (uint8_t)(3u << escape->shift++);
    }
    model->found = state;
    model->given = (uint8_t)symbol_of(model, state);
    add_frequency(model);
    if (frequency_of(model, model->found) > MOST)
        rescale(model);
    model->run = model->first_run;
    learn(model);
}

/* Behind an escape: the next shorter context that has symbols which are not masked. False at the end mark. */
static bool shorten(struct ppmd7 *model) {
    unsigned masked = count_of(model, model->least);
    do {
        uint32_t suffix = suffix_of(model, model->least);
        model->fall++;
        if (!suffix || model->fall > 2 * PPMD7_ORDER)
            return false;
        model->least = suffix;
    } while (count_of(model, model->least) == masked);
    return true;
}

static bool decode_escaped(struct ppmd7 *model, struct intake *in) {
    for (;;) {
        unsigned masked = count_of(model, model->least);
        if (model->memory.broken || !shorten(model))
            return false;
        unsigned count = count_of(model, model->least);
        uint32_t states = states_of(model, model->least), sum = 0, escape_sum;
        for (unsigned i = 0; i < count && i < ALL; i++)
            if (!model->masked[symbol_of(model, states + i * PPMD_STATE)])
                sum += frequency_of(model, states + i * PPMD_STATE);
        struct escape *escape = escape_of(model, masked, count - masked, &escape_sum);
        uint32_t total = sum + escape_sum, wanted = threshold(model, total);
        if (wanted < sum) {
            take_escaped(model, in, escape, wanted);
            return true;
        }
        model->memory.broken = model->memory.broken || wanted >= total;
        take(model, in, sum, escape_sum);
        escape->sum = (uint16_t)(escape->sum + total);
        mask(model);
    }
}

/* False at the end mark, and where `broken` is set. */
static bool decode(struct ppmd7 *model, struct intake *in) {
    bool one = count_of(model, model->least) == 1;
    return (one ? decode_one(model, in) : decode_several(model, in)) || decode_escaped(model, in);
}

static bool begin(struct ppmd7 *model, struct intake *in) {
    unsigned first = intake_byte(in);
    model->begun = true;
    model->range = UINT32_MAX;
    model->code = 0;
    for (unsigned i = 0; i < 4; i++)
        model->code = model->code << 8 | intake_byte(in);
    return first == 0 && model->code < UINT32_MAX;
}

size_t ppmd7_read(struct ppmd7 *model, struct intake *in, uint8_t *to, size_t size,
                  enum intake_state *state) {
    size_t done = 0;
    if (!model->begun && !begin(model, in))
        model->state = in->ghost > 0 ? INTAKE_TORN : INTAKE_BAD;
    while (done < size && model->state == INTAKE_GOES_ON) {
        bool there = decode(model, in);
        if (in->ghost > 0)
            model->state = INTAKE_TORN;
        else if (model->memory.broken)
            model->state = INTAKE_BAD;
        else if (!there)
            model->state = INTAKE_ENDED;
        else
            to[done++] = model->given;
    }
    *state = model->state;
    return done;
}
