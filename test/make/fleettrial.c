/* fleettrial: how well `fleet singled-out` tells over many invented fleets.
 *
 *   fleettrial [--hosts N] [--things N] [--share N] [--implant N] [--noise N] [--foreign] SEEDS [FIRST]
 * One line a fleet, SEEDS of them: seed, hosts with the element, implants, how many of them are among the
 * first as many and the first ten, hosts that are called, how many of those have no implant, p. Then their
 * sums. */
#include "fleet_world.h"
#include "judge/singled.h"

#include <unistd.h>

struct sums {
    unsigned implants, ten, first, called, wrong, fleets, fleets_wrong, fleets_all;
};

static bool has_implant(const struct fleet *fleet, const char *name) {
    const char *number = strchr(name, '-');
    return number && fleet->style[strtoul(number + 1, NULL, 10)] != 0;
}

static bool trial(const struct fleet_options *options, struct sums *sums) {
    struct text why = {0};
    struct fleet fleet;
    struct singled singled;
    const struct singled_options ask = {.element = NULL, .most = 20};
    unsigned implants = 0, first = 0, ten = 0, wrong = 0;
    char folder[] = "/tmp/assay-fleettrial.XXXXXX", path[64];
    snprintf(path, sizeof path, "%s/s", mkdtemp(folder));
    struct store *store = store_open(path, STORE_WRITE, &why);
    bool good = store && fleet_start(&fleet, options) && fleet_fill(store, options) &&
                singled_judge(store, &ask, &singled, &why);
    if (!good) {
        fprintf(stderr, "fleettrial: %s %s\n", text_string(&why), store ? store_error(store) : "");
        return false;
    }
    for (unsigned i = 0; i < options->hosts; i++)
        implants += fleet.style[i] != 0;
    for (unsigned i = 0; i < singled.ranked_count; i++) {
        bool real = has_implant(&fleet, singled.ranked[i].name);
        first += real && i < implants;
        ten += real && i < 10;
        wrong += singled.ranked[i].called && !real;
    }
    printf("%llu\t%u\t%u\t%u\t%u\t%u\t%u\t%.4f\t%s\n", (unsigned long long)options->seed, singled.cohort,
           implants, first, ten, singled.called, wrong, singled.p, singled_answer_word(singled.answer));
    sums->implants += implants;
    sums->first += first;
    sums->ten += ten;
    sums->called += singled.called;
    sums->wrong += wrong;
    sums->fleets_wrong += wrong > 0;
    sums->fleets_all += ten == implants;
    sums->fleets++;
    singled_free(&singled);
    fleet_end_all(&fleet);
    store_close(store);
    unlink(path);
    rmdir(folder);
    text_free(&why);
    return true;
}

int main(int argc, char **argv) {
    struct fleet_options options = {
        .hosts = 200, .implants = 7, .things = 40, .share = 30, .noise = 100, .uses = true};
    struct {
        const char *name;
        unsigned *value;
    } numbers[] = {{"--hosts", &options.hosts},
                   {"--things", &options.things},
                   {"--share", &options.share},
                   {"--implant", &options.implants},
                   {"--noise", &options.noise}};
    struct sums sums = {0};
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        size_t i = 0;
        while (i < 5 && strcmp(argv[at], numbers[i].name) != 0)
            i++;
        if (i < 5 && at + 1 < argc)
            *numbers[i].value = (unsigned)strtoul(argv[++at], NULL, 10);
        else
            options.foreign = true;
    }
    unsigned seeds = at < argc ? (unsigned)strtoul(argv[at], NULL, 10) : 1;
    options.seed = at + 1 < argc ? strtoull(argv[at + 1], NULL, 10) : 1;
    bool good = digest_prepare();
    for (unsigned i = 0; good && i < seeds; i++, options.seed++)
        good = trial(&options, &sums);
    printf(
        "# fleets %u, all implants in the first ten of %u; implants %u: %u in the first as many, %u in ten; called %u, "
        "%u wrongly, in %u fleets\n",
        sums.fleets, sums.fleets_all, sums.implants, sums.first, sums.ten, sums.called, sums.wrong,
        sums.fleets_wrong);
    return good ? 0 : 1;
}
