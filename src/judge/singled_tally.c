/* How often hosts without the element have what a host with it has: the rarer, the more it says. */
#include "judge/singled_private.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 400 }; /* tenths: what nobody of ten thousand has */

bool singled_tally_make(const struct singled_world *world, struct singled_tally *ret) {
    *ret = (struct singled_tally){.outside = calloc(world->class_count + 1, sizeof *ret->outside),
                                  .logs = calloc(world->rows->host_count + 3, sizeof *ret->logs)};
    for (size_t i = 1; ret->logs && i < world->rows->host_count + 3; i++)
        ret->logs[i] = (unsigned)lround(100 * log10((double)i));
    return ret->outside && ret->logs;
}

void singled_tally_free(struct singled_tally *tally) {
    free(tally->outside);
    free(tally->logs);
    *tally = (struct singled_tally){.others = 0};
}

void singled_tally_count(const struct singled_world *world, const struct singled_lists *lists,
                         const bool *inside, struct singled_tally *tally) {
    const struct singled_looked *places = &world->rows->looked;
    memset(tally->outside, 0, (world->class_count + 1) * sizeof *tally->outside);
    memset(tally->looked, 0, sizeof tally->looked);
    tally->others = 0;
    for (uint32_t host = 0; host < world->rows->host_count; host++) {
        if (inside[host])
            continue;
        tally->others++;
        for (unsigned place = 0; place < SINGLED_LOOKED_PLACES; place++)
            if (places->same[place] == place)
                tally->looked[place] += world->rows->hosts[host].looked >> place & 1;
        for (uint32_t i = lists->first[host]; i < lists->first[host + 1]; i++)
            tally->outside[lists->classes[i]]++;
    }
}

unsigned singled_tally_of(const struct singled_world *world, const struct singled_tally *tally,
                          uint32_t class) {
    unsigned looked = tally->looked[world->areas[class]];
    return looked > tally->outside[class] ? looked : tally->outside[class];
}

/* Laplace's estimate of how frequent the class is, as tenths of -10 log10. */
unsigned singled_tally_class(const struct singled_world *world, const struct singled_tally *tally,
                             uint32_t class, bool own) {
    unsigned have = tally->outside[class] - (own && tally->outside[class] > 0);
    unsigned of = singled_tally_of(world, tally, class);
    of -= own && of > 0;
    unsigned surprise = tally->logs[of + 2] - tally->logs[have + 1];
    return world->points[class] + (surprise < MOST ? surprise : MOST);
}

unsigned singled_tally_host(const struct singled_world *world, const struct singled_lists *lists,
                            const struct singled_tally *tally, uint32_t host, bool own) {
    unsigned best = 0;
    for (uint32_t i = lists->first[host]; i < lists->first[host + 1]; i++) {
        unsigned points = singled_tally_class(world, tally, lists->classes[i], own);
        best = points > best ? points : best;
    }
    return best && world->witnessed[host] ? best + SINGLED_WITNESS : best;
}
