/* assay fleet place: where hosts are, whose they are and what for, from an inventory. And forget. */
#include "cli/fleet.h"

#include "report/fleet_country.h"
#include "report/fleet_inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INVENTORY = 256 << 20 }; /* bytes of an inventory at most */

static bool read_all(const char *path, struct text *out) {
    char bytes[65536];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool good = fd >= 0 && fstat(fd, &st) == 0;
    ssize_t got = 1;
    if (good && !S_ISREG(st.st_mode)) {
        errno = EINVAL;
        good = false;
    }
    while (good && got > 0) {
        got = read(fd, bytes, sizeof bytes);
        good = got >= 0;
        if (got > 0)
            text_bytes(out, bytes, (size_t)got);
        if (out->size > INVENTORY || out->full) {
            errno = EFBIG;
            good = false;
        }
    }
    if (!good)
        command_error("%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good;
}

struct counts {
    uint64_t placed, unknown;
};

struct placing {
    struct store *store;
    struct fleet_country *country; /* NULL: no database was given */
    struct counts counts;
};

/* All hosts of that name, where it was given twice. What the inventory says of a country goes before what is
 * known of its address. */
static bool place(struct placing *p, const struct fleet_inventory_row *row) {
    uint64_t hosts[64];
    char code[3];
    const char *fields[STORE_PLACE_FIELDS];
    size_t count = fleet_inventory_hosts(p->store, row->fields[FLEET_INVENTORY_HOST], hosts, 64);
    bool good = store_error(p->store)[0] == 0;
    for (int i = 0; i < STORE_PLACE_FIELDS; i++)
        fields[i] = row->fields[FLEET_INVENTORY_SITE + i];
    if (p->country && !row->fields[FLEET_INVENTORY_COUNTRY][0] &&
        fleet_country_of(p->country, row->fields[FLEET_INVENTORY_ADDRESS], code))
        fields[FLEET_INVENTORY_COUNTRY - FLEET_INVENTORY_SITE] = code;
    for (size_t i = 0; i < count && good; i++)
        good = store_place(p->store, hosts[i], fields);
    p->counts.placed += count;
    p->counts.unknown += count == 0;
    return good;
}

static int place_all(struct placing *p, const char *path, const struct text *bytes) {
    struct fleet_inventory inventory;
    struct fleet_inventory_row row;
    bool good = fleet_inventory_open(&inventory, text_string(bytes), bytes->size);
    while (good && fleet_inventory_next(&inventory, &row))
        good = place(p, &row);
    if (inventory.error.size > 0) {
        command_error("%s: %s", path, text_string(&inventory.error));
        good = false;
    }
    if (store_error(p->store)[0])
        command_error("%s", store_error(p->store));
    printf("%llu hosts placed; %llu lines of the inventory are of hosts that are not in the store\n",
           (unsigned long long)p->counts.placed, (unsigned long long)p->counts.unknown);
    fleet_inventory_close(&inventory);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

static const struct command_option options[] = {{0}};

static const struct command_option place_options[] = {
    {"geoip", 'g', "FILE",
     "a database in MaxMind's format: countries of column address, where the inventory has none"},
    {0}};

/* The operands behind the store's, and the one option, if there is any; false if there are not so many. */
static bool operands_of(const struct command *command, int argc, char **argv, const char **option, int *first,
                        int *status) {
    const char *argument;
    int got;
    *option = NULL;
    while ((got = command_option(command, argc, argv, &argument, first)) >= 0)
        *option = argument;
    *status = got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (got == -1 && argc - *first == 2)
        return true;
    if (got == -1)
        command_error("usage: assay %s %s", command->name, command->usage);
    return false;
}

static int place_run(int argc, char **argv) {
    int first, status;
    const char *database;
    struct text bytes = {0}, error = {0};
    struct placing placing = {.store = NULL};
    if (!operands_of(&fleet_place, argc, argv, &database, &first, &status))
        return status;
    if (database) {
        placing.country = fleet_country_open(database, &error);
        if (!placing.country)
            command_error("%s", text_string(&error));
    }
    if (!database || placing.country)
        placing.store = fleet_open(argv[first], STORE_READ);
    status = placing.store && read_all(argv[first + 1], &bytes) ? place_all(&placing, argv[first + 1], &bytes)
                                                                : COMMAND_ERROR;
    text_free(&bytes);
    text_free(&error);
    store_close(placing.store);
    fleet_country_close(placing.country);
    return status;
}

const struct command fleet_place = {
    .name = "fleet place",
    .usage = "[--geoip FILE] STORE INVENTORY.csv",
    .summary =
        "Where hosts are: an inventory with the columns host, site, country, owner, role, mac, address.",
    .options = place_options,
    .run = place_run,
};

static int forget_run(int argc, char **argv) {
    int first, status;
    const char *none;
    if (!operands_of(&fleet_forget, argc, argv, &none, &first, &status))
        return status;
    struct store *store = fleet_open(argv[first], STORE_READ);
    bool good = store && store_forget(store, argv[first + 1]);
    if (store && !good)
        command_error("%s", store_error(store));
    store_close(store);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

const struct command fleet_forget = {
    .name = "fleet forget",
    .usage = "STORE HOST",
    .summary = "A host and all that is of it alone is gone.",
    .options = options,
    .run = forget_run,
};
