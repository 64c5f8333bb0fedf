/* fleetmake: an invented fleet (fleet_world.h), as a folder of cases or straight in a store.
 *
 *   fleetmake [OPTION]... FOLDER|STORE.db
 *     --hosts N (200)   --seed N (1)   --things N (120) files of Windows and of products a host, about
 *     --share N (30) percent with the trojan   --implant N (7) hosts with an implant, of three styles
 *     --noise N (100) percent of innocent oddities   --foreign: further kinds of them
 *     --store: WHERE is a store, else a folder, which must exist, for cases
 * Prints the names of hosts with an implant and its style. A folder gets inventory.csv, too. */
#include "case/casefile.h"
#include "fleet_world.h"
#include "model/facts.h"

struct writer {
    struct casefile *casefile;
    struct fleet_host *host;
    uint64_t artifacts[FLEET_THINGS]; /* by thing; 0 for what is no file */
    uint64_t count;
    bool good;
};

static void send(struct writer *w, struct text *bytes, uint64_t artifact) {
    struct cursor cursor = cursor_of(span_of(text_string(bytes), bytes->size, 0));
    struct row row;
    bool bad;
    while (w->good && row_next(&cursor, &row, &bad))
        w->good = casefile_row(w->casefile, &row, artifact) == CASEFILE_TAKEN;
    text_clear(bytes);
}

static void write_file(struct writer *w, size_t index) {
    const struct fleet_thing *thing = &w->host->things[index];
    const char *slash = strrchr(thing->path, '/');
    struct listing listing = {.folder = thing->path,
                              .folder_size = (size_t)(slash - thing->path),
                              .name = slash + 1,
                              .name_size = strlen(slash + 1),
                              .evidence = 1,
                              .volume = 1,
                              .record = 100 + index,
                              .sequence = 1,
                              .has_fn = true,
                              .size = 50000};
    struct text bytes = {0};
    struct row_writer row;
    uint64_t id = ++w->count;
    for (unsigned i = 0; i < LISTING_TIMES; i++)
        listing.si[i] = listing.fn[i] = thing->time;
    w->artifacts[index] = id;
    w->good = w->good && casefile_artifact(w->casefile, id, &listing, span_of("", 0, 0), "read", NULL);
    row_begin(&row, &bytes, FACT_hashes);
    row_blob(&row, FACT_hashes_sha256, thing->sha256, 32);
    row_begin(&row, &bytes, FACT_pe);
    row_integer(&row, FACT_pe_subsystem, thing->kind == STORE_DRIVER ? 1 : 3);
    row_blob(&row, FACT_pe_authentihash_sha256, thing->authentihash, 32);
    row_string(&row, FACT_pe_fixed_file_version, thing->version);
    row_string(&row, FACT_pe_product, thing->product);
    send(w, &bytes, id);
    text_free(&bytes);
    struct casefile_trust trust = {.artifact = id,
                                   .state = thing->signer[0] ? "trusted" : "unsigned",
                                   .signer = thing->signer[0] ? thing->signer : NULL,
                                   .reason = "made",
                                   .user = {.word = "unknown"},
                                   .strict = {.word = "unknown"},
                                   .kernel = {.word = "unknown"}};
    w->good = w->good && casefile_trust(w->casefile, &trust);
}

static void write_service(struct writer *w, const struct fleet_thing *thing) {
    struct casefile_service service = {.hive = 1,
                                       .key = ++w->count,
                                       .name = thing->name,
                                       .state = "current",
                                       .image = {.text = thing->path, .path = thing->path, .state = "found"},
                                       .last_write = thing->time};
    w->good = w->good && casefile_service(w->casefile, &service);
}

static void write_posture(struct writer *w, const char *fact, const char *value) {
    struct casefile_posture row = {.hive = 1, .fact = fact, .value = value, .key_path = "", .name = ""};
    w->good = w->good && casefile_posture(w->casefile, &row);
}

static void write_host(struct writer *w) {
    const struct fleet_host *host = w->host;
    char update[16], mac[24];
    struct listing hive = {.folder = "/Windows/System32/config",
                           .folder_size = 24,
                           .name = "SYSTEM",
                           .name_size = 6,
                           .evidence = 1,
                           .volume = 1,
                           .record = 90,
                           .sequence = 1,
                           .size = 100};
    struct casefile_evidence evidence = {.id = 1,
                                         .path = host->name,
                                         .kind = "disk-image",
                                         .state = "read",
                                         .host = host->name,
                                         .has_size = true,
                                         .size = 1};
    struct casefile_volume volume = {
        .id = 1, .evidence = 1, .ordinal = 1, .kind = "ntfs", .size = 1, .state = "read"};
    w->good = casefile_evidence(w->casefile, &evidence) && casefile_volume(w->casefile, &volume) &&
              casefile_artifact(w->casefile, ++w->count, &hive, span_of("", 0, 0), "read", NULL) &&
              casefile_collected(w->casefile, 1, 1, host->shallow ? "/Windows" : "", true);
    snprintf(update, sizeof update, "%u", 1000 + 37 * host->patch);
    write_posture(w, "computer name", host->name);
    write_posture(w, "domain", "example.org");
    fleet_card(host, mac);
    write_posture(w, "network address", mac);
    write_posture(w, "machine id", host->guid);
    write_posture(w, "system name", fleet_builds[host->build].name);
    write_posture(w, "system build", fleet_builds[host->build].number);
    write_posture(w, "system update", update);
}

/* A file that is no program, for what is found in none. */
static uint64_t write_other(struct writer *w, size_t index, uint64_t time) {
    static const char folder[] = "/Windows/System32/config/TxR";
    char name[40];
    snprintf(name, sizeof name, "%zu.regtrans-ms", index);
    struct listing listing = {.folder = folder,
                              .folder_size = strlen(folder),
                              .name = name,
                              .name_size = strlen(name),
                              .evidence = 1,
                              .volume = 1,
                              .record = 50000 + index,
                              .sequence = 1,
                              .has_fn = true,
                              .size = 500};
    listing.fn[LISTING_CREATED] = time;
    w->good =
        w->good && casefile_artifact(w->casefile, ++w->count, &listing, span_of("", 0, 0), "read", NULL);
    return w->count;
}

static void write_findings(struct writer *w) {
    for (size_t i = 0; w->good && i < w->host->mark_count; i++) {
        const struct fleet_mark *mark = &w->host->marks[i];
        struct casefile_place place = {.artifact = mark->thing >= 0 ? w->artifacts[mark->thing]
                                                                    : write_other(w, i, mark->time)};
        struct finding finding = {.detector = mark->detector,
                                  .severity = (enum severity)mark->severity,
                                  .strength = (enum strength)mark->strength,
                                  .summary = mark->summary};
        w->good = casefile_finding(w->casefile, place, &finding, NULL, 0);
    }
}

static const char *const detectors[] = {"ioc_hash", "signature_slack", "dll_phantom", "driver_unsigned",
                                        "stomp",    "file_disguised",  "yara_match",  "evidence_removed"};

static bool write_case(struct writer *w, struct fleet_host *host, const char *folder) {
    char path[400], started[FILETIME_TEXT];
    struct text error = {0};
    *w = (struct writer){.host = host, .good = true};
    snprintf(path, sizeof path, "%s/%s.case", folder, host->name);
    w->casefile = casefile_create(path, true, &error);
    if (!w->casefile) {
        fprintf(stderr, "fleetmake: %s\n", text_string(&error));
        text_free(&error);
        return false;
    }
    for (size_t i = 0; i < sizeof detectors / sizeof detectors[0]; i++) {
        struct explanation text = {detectors[i], "made", "Made.", "Made.", "Made.", "", SEVERITY_CRITICAL};
        w->good = w->good && casefile_detector(w->casefile, "detector", &text);
    }
    write_host(w);
    filetime_text(fleet_end(), started);
    w->good = w->good && casefile_run(w->casefile, "started", started);
    for (size_t i = 0; i < host->thing_count; i++)
        if (host->things[i].kind != STORE_SERVICE)
            write_file(w, i);
        else
            write_service(w, &host->things[i]);
    write_findings(w);
    w->good = w->good && casefile_finish(w->casefile, NULL);
    if (!w->good)
        fprintf(stderr, "fleetmake: %s: %s\n", path, casefile_error(w->casefile));
    casefile_close(w->casefile);
    return w->good;
}

/* Countries as published for those who met the servers of the attack: IT 16, DE 14, AT 12, US 11 and so on.
 */
static void inventory_line(FILE *file, struct fleet_host *host) {
    static const struct {
        const char *country;
        unsigned weight;
    } mix[] = {{"IT", 1626}, {"DE", 1379}, {"AT", 1188}, {"US", 1141}, {"ZA", 669}, {"AU", 621},
               {"CH", 536},  {"NL", 404},  {"CA", 395},  {"GB", 292},  {"BR", 800}, {"FR", 949}};
    unsigned draw = fleet_below(host, 10000), at = 0;
    while (at < 11 && draw >= mix[at].weight)
        draw -= mix[at++].weight;
    fprintf(file, "%s,%s-%u,%s,department %u,%s\n", host->name, mix[at].country, host->index % 4,
            mix[at].country, host->index % 9, host->server ? "server" : "client");
}

static bool fill_folder(struct fleet *fleet, const char *folder) {
    char path[400];
    struct writer *w = calloc(1, sizeof *w);
    snprintf(path, sizeof path, "%s/inventory.csv", folder);
    FILE *inventory = fopen(path, "w");
    bool good = w && inventory;
    if (inventory)
        fprintf(inventory, "host,site,country,owner,role\n");
    else
        perror(path);
    for (unsigned i = 0; good && i < fleet->options.hosts; i++) {
        fleet_make(fleet, i);
        good = write_case(w, &fleet->host, folder);
        inventory_line(inventory, &fleet->host);
    }
    if (inventory)
        good = fclose(inventory) == 0 && good;
    free(w);
    return good;
}

static bool fill_store(struct fleet *fleet, const char *where) {
    struct text error = {0};
    struct store *store = store_open(where, STORE_WRITE, &error);
    bool good = store != NULL;
    for (unsigned i = 0; good && i < fleet->options.hosts; i++) {
        fleet_make(fleet, i);
        good = fleet_put(fleet, store);
    }
    if (!good)
        fprintf(stderr, "fleetmake: %s\n", store ? store_error(store) : text_string(&error));
    store_close(store);
    text_free(&error);
    return good;
}

static int usage(void) {
    fprintf(stderr,
            "usage: fleetmake [--hosts N] [--seed N] [--things N] [--share N] [--implant N] [--noise N]"
            " [--foreign] [--store] WHERE\n");
    return 2;
}

int main(int argc, char **argv) {
    struct fleet_options options = {
        .hosts = 200, .implants = 7, .things = 120, .share = 30, .noise = 100, .seed = 1};
    struct {
        const char *name;
        unsigned *value;
    } numbers[] = {{"--hosts", &options.hosts},
                   {"--things", &options.things},
                   {"--share", &options.share},
                   {"--implant", &options.implants},
                   {"--noise", &options.noise}};
    struct fleet fleet;
    bool store = false;
    int at = 1;
    for (; at < argc - 1; at++) {
        if (strcmp(argv[at], "--foreign") == 0)
            options.foreign = true;
        else if (strcmp(argv[at], "--store") == 0)
            store = true;
        else if (strcmp(argv[at], "--seed") == 0)
            options.seed = strtoull(argv[++at], NULL, 10);
        else {
            size_t i = 0;
            while (i < 5 && strcmp(argv[at], numbers[i].name) != 0)
                i++;
            if (i == 5)
                return usage();
            *numbers[i].value = (unsigned)strtoul(argv[++at], NULL, 10);
        }
    }
    if (at != argc - 1 || options.hosts == 0 || options.things > 10000 || !digest_prepare())
        return usage();
    bool good = fleet_start(&fleet, &options) &&
                (store ? fill_store(&fleet, argv[at]) : fill_folder(&fleet, argv[at]));
    for (unsigned i = 0; good && i < options.hosts; i++)
        if (fleet.style[i]) {
            fleet_identity(&fleet, i);
            printf("%s %u\n", fleet.host.name, fleet.style[i]);
        }
    fleet_end_all(&fleet);
    return good ? 0 : 1;
}
