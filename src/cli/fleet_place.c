/* assay fleet place: where hosts are, whose they are and what for, from an inventory. And forget. */
#include "cli/fleet.h"

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

static bool place(struct store *store, const struct fleet_inventory_row *row, struct counts *counts) {
    uint64_t hosts[64];
    size_t count = fleet_inventory_hosts(store, row->fields[FLEET_INVENTORY_HOST], hosts, 64);
    bool good = store_error(store)[0] == 0;
    for (size_t i = 0; i < count && good; i++)
        good = store_place(store, hosts[i], &row->fields[FLEET_INVENTORY_SITE]);
    counts->placed += count;
    counts->unknown += count == 0;
    return good;
}

static int place_all(struct store *store, const char *path, const struct text *bytes) {
    struct fleet_inventory inventory;
    struct fleet_inventory_row row;
    struct counts counts = {0};
    bool good = fleet_inventory_open(&inventory, text_string(bytes), bytes->size);
    if (!good)
        command_error("%s: %s", path, text_string(&inventory.error));
    while (good && fleet_inventory_next(&inventory, &row))
        good = place(store, &row, &counts);
    if (good && inventory.error.size > 0) {
        command_error("%s: %s", path, text_string(&inventory.error));
        good = false;
    }
    if (store_error(store)[0])
        command_error("%s", store_error(store));
    printf("%llu hosts placed; %llu lines of the inventory are of hosts that are not in the store\n",
           (unsigned long long)counts.placed, (unsigned long long)counts.unknown);
    fleet_inventory_close(&inventory);
    return good ? COMMAND_CLEAN : COMMAND_ERROR;
}

static const struct command_option options[] = {{0}};

/* The operands behind the store's; false if there are not so many. */
static bool operands_of(const struct command *command, int argc, char **argv, int wanted, int *first,
                        int *status) {
    const char *argument;
    int got = command_option(command, argc, argv, &argument, first);
    *status = got == -3 ? COMMAND_CLEAN : COMMAND_ERROR;
    if (got == -1 && argc - *first == wanted)
        return true;
    if (got == -1)
        command_error("usage: assay %s %s", command->name, command->usage);
    return false;
}

static int place_run(int argc, char **argv) {
    int first, status;
    struct text bytes = {0};
    if (!operands_of(&fleet_place, argc, argv, 2, &first, &status))
        return status;
    struct store *store = fleet_open(argv[first], STORE_READ);
    status = store && read_all(argv[first + 1], &bytes) ? place_all(store, argv[first + 1], &bytes)
                                                        : COMMAND_ERROR;
    text_free(&bytes);
    store_close(store);
    return status;
}

const struct command fleet_place = {
    .name = "fleet place",
    .usage = "STORE INVENTORY.csv",
    .summary = "Where hosts are: an inventory with the columns host, site, country, owner, role.",
    .options = options,
    .run = place_run,
};

static int forget_run(int argc, char **argv) {
    int first, status;
    if (!operands_of(&fleet_forget, argc, argv, 2, &first, &status))
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
