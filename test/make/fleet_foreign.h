/* fleet_foreign: innocent oddities that the ranking was not made for, in a table of their own, so that false
 * calls can be counted on fleets that nobody had in mind. Part of fleet_world.h. */
#ifndef TEST_FLEET_FOREIGN_H
#define TEST_FLEET_FOREIGN_H

/* A device's software makes a library for each host's licence, and a service loads it. */
static inline void fleet_foreign_licence(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    struct fleet_thing *thing = fleet_own(host, STORE_IMAGE, "/Program Files/Analyser/licence.dll");
    fleet_service(host, "AnalyserLicence", thing->path, thing->time);
}

/* The same under names that differ from host to host. */
static inline void fleet_foreign_licence_named(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    char path[200], word[16];
    snprintf(path, sizeof path, "/Program Files/Reader/%s.dll", fleet_word(host->index + 333333, word));
    struct fleet_thing *thing = fleet_own(host, STORE_IMAGE, path);
    fleet_service(host, word, path, thing->time);
}

/* An agent that came with a wave of installing in the days in which the trojan came, the same for all. */
static inline void fleet_foreign_wave(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    struct fleet_thing *thing =
        fleet_thing(host, STORE_IMAGE, 5000, fleet->options.seed, "/Program Files/Agent/agent.exe");
    thing->time = fleet_end() - 12 * fleet_day + fleet_next(host) % fleet_day;
    fleet_service(host, "Agent", thing->path, thing->time);
}

/* Set up anew in those days: all that is on it came then. */
static inline void fleet_foreign_setup(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    uint64_t then = fleet_end() - 19 * fleet_day + fleet_next(host) % (17 * fleet_day);
    for (size_t i = 0; i < host->thing_count; i++)
        host->things[i].time = then + fleet_below(host, 3600) * UINT64_C(10000000);
    for (size_t i = 0; i < host->mark_count; i++)
        host->marks[i].time = then;
}

static inline void fleet_foreign_printer(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    char path[200], word[16];
    snprintf(path, sizeof path, "/Windows/System32/spool/drivers/x64/3/%s.dll",
             fleet_word(host->index + 444444, word));
    fleet_own(host, STORE_IMAGE, path);
}

/* A tester's tools, which rules know. */
static inline void fleet_foreign_tester(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    char path[200], word[16];
    for (unsigned i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "/Tools/%s%u.exe", fleet_word(host->index + 555555, word), i);
        struct fleet_thing *thing = fleet_own(host, STORE_IMAGE, path);
        fleet_mark(host, thing, "yara_match", 3, 2, thing->time);
    }
}

/* Only the folder of Windows was collected. */
static inline void fleet_foreign_triage(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    host->shallow = true;
    for (size_t i = 0; i < host->thing_count; i++)
        if (strncmp(host->things[i].path, "/Windows/", 9) != 0 && host->mark_count == 0)
            host->things[i--] = host->things[--host->thing_count];
}

static inline void fleet_foreign_cleaner(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    for (unsigned i = 0; i < 4; i++) {
        struct fleet_mark *mark = fleet_mark(host, NULL, "evidence_removed", 2, 2, fleet_time(host));
        snprintf(mark->summary, sizeof mark->summary, "the log %u was cleared", i + fleet_below(host, 1000));
    }
}

/* A maker's files with other bytes behind the signature, for each customer. */
static inline void fleet_foreign_tagged(struct fleet *fleet) {
    struct fleet_host *host = &fleet->host;
    struct fleet_thing *thing =
        fleet_thing(host, STORE_IMAGE, 6000, 1, "/Program Files/Remote Help/help.exe");
    thing->signer = "Remote Help Ltd";
    if (fleet_below(host, 12) == 0)
        fleet_digest(thing->sha256, host->index, 6000);
}

static const struct {
    unsigned permille;
    void (*add)(struct fleet *fleet);
} fleet_foreign_kinds[] = {
    {60, fleet_foreign_licence}, {12, fleet_foreign_licence_named}, {40, fleet_foreign_wave},
    {50, fleet_foreign_setup},   {30, fleet_foreign_printer},       {10, fleet_foreign_tester},
    {200, fleet_foreign_triage}, {15, fleet_foreign_cleaner},       {300, fleet_foreign_tagged},
};

static inline void fleet_foreign(struct fleet *fleet) {
    for (size_t i = 0; i < sizeof fleet_foreign_kinds / sizeof fleet_foreign_kinds[0]; i++)
        if (fleet_oddity(fleet, fleet_foreign_kinds[i].permille))
            fleet_foreign_kinds[i].add(fleet);
}

#endif
