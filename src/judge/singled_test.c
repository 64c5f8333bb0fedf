/* Are hosts with rare evidence more frequent among those with the element than chance would have it? Who has
 * the element is shuffled within groups that were set up and collected alike; all else stays. */
#include "judge/singled_private.h"

#include <math.h>
#include <stdlib.h>

enum {
    DEEPEST = 32, /* hosts from a threshold on at most: more of them are not singled out */
    WRONG = 5,    /* of those with the element, one of so many may be there by chance */
    ENOUGH = 40,  /* shuffles that did as well: then the answer is no */
    ALIKE = 100   /* tenths of points: as grave, or nearly so */
};

struct group {
    uint64_t key;
    uint32_t host;
};

struct trial {
    const struct singled_world *world;
    struct group *groups; /* hosts, those of one group together */
    bool *inside;
    double *log_factorials; /* up to the number of hosts */
    double *chances;        /* the least p of each shuffle */
    unsigned (*counts)[2];  /* by points: hosts without and with the element */
    struct singled_tally tally;
    uint64_t random;
};

/* splitmix64, by Sebastiano Vigna: public domain. */
static uint64_t random_next(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* --- groups --- */

static int by_key(const void *a, const void *b) {
    const struct group *x = a, *y = b;
    if (x->key != y->key)
        return x->key > y->key ? 1 : -1;
    return (x->host > y->host) - (x->host < y->host);
}

static size_t group_end(const struct group *groups, size_t count, size_t at) {
    size_t end = at;
    while (end < count && groups[end].key == groups[at].key)
        end++;
    return end;
}

static unsigned count_groups(const struct group *groups, size_t count) {
    unsigned groups_there = 0;
    for (size_t at = 0; at < count; at = group_end(groups, count, at))
        groups_there++;
    return groups_there;
}

/* Whom hosts of a group that is too small are joined with: first with those of the same use, then with all
 * that were collected as they were, then with all. */
enum join { OF_KIN, OF_DEPTH, OF_ALL };

static uint64_t joined(const struct singled_rows_host *host, enum join how) {
    return how == OF_KIN     ? host->kin ^ host->depth * UINT64_C(0xd6e8feb86659fd93)
           : how == OF_DEPTH ? host->depth
                             : 0;
}

static void merge_small(struct trial *trial, enum join how) {
    size_t count = trial->world->rows->host_count;
    for (size_t at = 0, end; at < count; at = end) {
        end = group_end(trial->groups, count, at);
        for (size_t i = at; i < end && end - at < SINGLED_ROWS_LEAST; i++)
            trial->groups[i].key = joined(&trial->world->rows->hosts[trial->groups[i].host], how);
    }
    qsort(trial->groups, count, sizeof *trial->groups, by_key);
}

static void make_groups(struct trial *trial, struct singled_test *ret) {
    const struct singled_rows *rows = trial->world->rows;
    for (uint32_t i = 0; i < rows->host_count; i++)
        trial->groups[i] = (struct group){rows->hosts[i].depth, i};
    qsort(trial->groups, rows->host_count, sizeof *trial->groups, by_key);
    ret->depths = count_groups(trial->groups, rows->host_count);
    for (uint32_t i = 0; i < rows->host_count; i++) {
        const struct singled_rows_host *host = &rows->hosts[i];
        trial->groups[i] = (struct group){host->alike ^ host->depth * UINT64_C(0x9e3779b97f4a7c15), i};
    }
    qsort(trial->groups, rows->host_count, sizeof *trial->groups, by_key);
    merge_small(trial, OF_KIN);
    merge_small(trial, OF_DEPTH);
    merge_small(trial, OF_ALL);
    ret->strata = count_groups(trial->groups, rows->host_count);
}

/* --- p --- */

static double choose(const struct trial *trial, size_t of, size_t some) {
    const double *log_of = trial->log_factorials;
    return log_of[of] - log_of[some] - log_of[of - some];
}

/* The least p there can be: of one arrangement among all within the groups. */
static double smallest(const struct trial *trial) {
    size_t count = trial->world->rows->host_count;
    double ways = 0;
    for (size_t at = 0, end; at < count; at = end) {
        size_t inside = 0;
        end = group_end(trial->groups, count, at);
        for (size_t i = at; i < end; i++)
            inside += trial->inside[trial->groups[i].host];
        ways += choose(trial, end - at, inside);
    }
    return exp(-ways);
}

/* Of `drawn` hosts, as many as `with` or more have the element: the tail of the hypergeometric distribution.
 */
static double tail(const struct trial *trial, size_t drawn, size_t with) {
    size_t hosts = trial->world->rows->host_count, others = trial->tally.others, cohort = hosts - others;
    double all = choose(trial, hosts, drawn), sum = 0;
    for (size_t k = with; k <= drawn && k <= cohort; k++)
        if (drawn - k <= others)
            sum += exp(choose(trial, cohort, k) + choose(trial, others, drawn - k) - all);
    return sum < 1 ? sum : 1;
}

static void count_points(struct trial *trial) {
    const struct singled_world *world = trial->world;
    memset(trial->counts, 0, SINGLED_TOP * sizeof *trial->counts);
    singled_tally_count(world, &world->standing, trial->inside, &trial->tally);
    for (uint32_t host = 0; host < world->rows->host_count; host++) {
        if (world->standing.first[host] == world->standing.first[host + 1])
            continue;
        unsigned points =
            singled_tally_host(world, &world->standing, &trial->tally, host, !trial->inside[host]);
        trial->counts[points < SINGLED_TOP ? points : SINGLED_TOP - 1][trial->inside[host]]++;
    }
}

struct best {
    double p;
    unsigned threshold; /* that has it */
    unsigned highest;   /* the highest at which p is below what was asked for */
};

/* Of the cohort, how many would be there by chance, if `without` of the others are. */
static double by_chance(const struct trial *trial, size_t without) {
    size_t others = trial->tally.others;
    return others ? (double)without * (double)(trial->world->rows->host_count - others) / (double)others : 0;
}

/* Over all thresholds, that at which the cohort stands out the most. */
static struct best find_best(struct trial *trial, double critical) {
    struct best best = {1, SINGLED_TOP, SINGLED_TOP};
    size_t with = 0, without = 0;
    count_points(trial);
    for (unsigned points = SINGLED_TOP; points-- > 0;) {
        if (trial->counts[points][0] + trial->counts[points][1] == 0)
            continue;
        with += trial->counts[points][1];
        without += trial->counts[points][0];
        if (with + without > DEEPEST)
            break;
        if (with == 0 || by_chance(trial, without) * WRONG > (double)with)
            continue;
        double p = tail(trial, with + without, with);
        if (p < best.p) {
            best.p = p;
            best.threshold = points;
        }
        if (p < critical && best.highest == SINGLED_TOP)
            best.highest = points;
    }
    return best;
}

static void shuffle(struct trial *trial) {
    size_t count = trial->world->rows->host_count;
    for (size_t at = 0, end; at < count; at = end) {
        end = group_end(trial->groups, count, at);
        for (size_t left = end - at; left > 1; left--) {
            uint32_t a = trial->groups[at + left - 1].host;
            uint32_t b = trial->groups[at + random_next(&trial->random) % left].host;
            bool kept = trial->inside[a];
            trial->inside[a] = trial->inside[b];
            trial->inside[b] = kept;
        }
    }
}

/* --- the test --- */

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* From the highest threshold on that is significant by itself, and those who are nearly as grave; further
 * down the evidence for the group is that of its first ones. */
static void call(struct trial *trial, double critical, struct singled_test *ret) {
    size_t without = 0;
    for (size_t i = 0; i < trial->world->rows->host_count; i++)
        trial->inside[i] = trial->world->rows->hosts[i].carries;
    struct best best = find_best(trial, critical);
    unsigned from = best.highest > ALIKE ? best.highest - ALIKE : 0;
    ret->threshold = from > best.threshold ? from : best.threshold;
    for (unsigned points = ret->threshold; points < SINGLED_TOP; points++)
        without += trial->counts[points][0];
    ret->chance = by_chance(trial, without);
}

static void permute(struct trial *trial, struct singled_test *ret) {
    static const double tolerance = 1 + 1e-9;
    double found = find_best(trial, 0).p;
    unsigned as_good = 0, made = 0;
    while (made < SINGLED_PERMUTATIONS && as_good < ENOUGH) {
        shuffle(trial);
        trial->chances[made] = find_best(trial, 0).p;
        as_good += trial->chances[made++] <= found * tolerance;
    }
    ret->made = true;
    ret->permutations = made;
    ret->p = (1.0 + as_good) / (1.0 + made);
    if (ret->p > SINGLED_LEVEL)
        return;
    qsort(trial->chances, made, sizeof *trial->chances, by_size);
    size_t allowed =
        (size_t)(SINGLED_LEVEL * (1.0 + made)); /* so many may be as good, less the fleet itself */
    call(trial, trial->chances[allowed > 0 ? allowed - 1 : 0] / tolerance, ret);
}

static bool make_trial(struct trial *trial) {
    const struct singled_rows *rows = trial->world->rows;
    trial->groups = calloc(rows->host_count + 1, sizeof *trial->groups);
    trial->inside = calloc(rows->host_count + 1, sizeof *trial->inside);
    trial->log_factorials = calloc(rows->host_count + 1, sizeof *trial->log_factorials);
    trial->counts = calloc(SINGLED_TOP, sizeof *trial->counts);
    trial->chances = calloc(SINGLED_PERMUTATIONS, sizeof *trial->chances);
    if (!trial->chances || !trial->groups || !trial->inside || !trial->log_factorials || !trial->counts ||
        !singled_tally_make(trial->world, &trial->tally))
        return false;
    for (size_t i = 0; i < rows->host_count; i++) {
        trial->inside[i] = rows->hosts[i].carries;
        trial->log_factorials[i + 1] = trial->log_factorials[i] + log((double)(i + 1));
    }
    return true;
}

bool singled_test(const struct singled_world *world, struct singled_test *ret) {
    struct trial trial = {.world = world, .random = UINT64_C(20230329)};
    size_t cohort = 0;
    *ret = (struct singled_test){.p = 2, .smallest = 1, .threshold = SINGLED_TOP};
    bool good = make_trial(&trial);
    if (good) {
        make_groups(&trial, ret);
        ret->smallest = smallest(&trial);
        for (size_t i = 0; i < world->rows->host_count; i++)
            cohort += trial.inside[i];
        if (cohort >= SINGLED_ROWS_LEAST && ret->smallest <= SINGLED_LEVEL)
            permute(&trial, ret);
    }
    free(trial.groups);
    free(trial.inside);
    free(trial.log_factorials);
    free(trial.counts);
    free(trial.chances);
    singled_tally_free(&trial.tally);
    return good;
}
