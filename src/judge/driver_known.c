#include "intel/intel.h"
#include "judge/driver_product.h"
#include "judge/listed.h"
#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

enum { SERVICE = 128 /* bytes of a service's name */ };

enum place { PLACE_ANY, PLACE_OPEN, PLACE_UNPACKED, PLACE_OWN }; /* a later one outweighs an earlier one */

struct suspect {
    int64_t artifact, evidence, volume;
    struct listed listed;
    enum place place;
    bool in_volume, complete; /* of the whole volume it is known what is there */
    bool product;
    bool registry; /* its machine's services are known */
    char service[SERVICE];
};

struct suspects {
    struct suspect *list;
    size_t count, room;
};

static const char rows_sql[] =
    "SELECT a.id, coalesce(o.path, ''), coalesce(a.volume, 0), EXISTS (SELECT 1 FROM collected c WHERE c.evidence ="
    " a.evidence AND c.volume = a.volume AND c.path = '' AND c.complete = 1), a.evidence, " LISTED_COLUMNS
    " FROM " LISTED_TABLES " LEFT JOIN folder o ON o.id = a.folder WHERE " LISTED_WHERE " ORDER BY a.id";

static const char links_sql[] =
    "SELECT l.artifact, coalesce(o.path, '') FROM artifact_path l LEFT JOIN folder o ON o.id = l.folder";

/* Services that would load a file of the case. */
static const char services_sql[] =
    "SELECT image_artifact, min(name) FROM service WHERE image_artifact IS NOT NULL AND state <> 'other' AND type & 3 <> 0"
    " AND type & 48 = 0 GROUP BY image_artifact";

/* Files on volumes whose services are known, by the first service of each volume. */
static const char registries_sql[] =
    "SELECT DISTINCT h.evidence, coalesce(h.volume, 0) FROM service s JOIN artifact h ON h.id = s.hive";

/* --- places --- */

static const struct {
    const char *folder;
    enum place place;
} places[] = {
    {"/program files/", PLACE_OWN},
    {"/program files (x86)/", PLACE_OWN},
    {"/windows/system32/drivers/", PLACE_OWN},
    {"/windows/system32/driverstore/", PLACE_OWN},
    {"/windows/winsxs/", PLACE_OWN},
    {"/temp/", PLACE_OPEN},
    {"/tmp/", PLACE_OPEN},
    {"/users/", PLACE_OPEN},
    {"/documents and settings/", PLACE_OPEN},
    {"/programdata/package cache/", PLACE_UNPACKED},
    {"/programdata/", PLACE_OPEN},
    {"/$recycle.bin/", PLACE_OPEN},
    {"/perflogs/", PLACE_OPEN},
};

/* Where makers of machines and devices unpack their packages, at the root of a drive. */
static const char *const packages[] = {"/amd/",   "/dell/",   "/drivers/", "/hp/",
                                       "/intel/", "/lenovo/", "/nvidia/",  "/swsetup/"};

static bool at_folder(const char *path, const char *folder) {
    size_t size = strlen(folder);
    return strncasecmp(path, folder, size) == 0 ||
           (strncasecmp(path, folder, size - 1) == 0 && path[size - 1] == 0);
}

/* The outermost folder that says something decides: there are such names within one another. */
static enum place place_of(const char *path) {
    for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++)
        if (at_folder(path, packages[i]))
            return PLACE_UNPACKED;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/'))
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            if (at_folder(slash, places[i].folder))
                return places[i].place;
    return PLACE_ANY;
}

/* --- gathering --- */

static bool add(struct suspects *to, const struct suspect *suspect) {
    if (to->count == to->room) {
        size_t room = to->room ? 2 * to->room : 64;
        struct suspect *more = realloc(to->list, room * sizeof *more);
        if (!more)
            return false;
        to->list = more;
        to->room = room;
    }
    to->list[to->count++] = *suspect;
    return true;
}

static struct suspect *find(const struct suspects *in, int64_t artifact) {
    size_t low = 0, high = in->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (in->list[middle].artifact < artifact)
            low = middle + 1;
        else
            high = middle;
    }
    return low < in->count && in->list[low].artifact == artifact ? &in->list[low] : NULL;
}

static bool gather(struct db *db, const struct lists_set *lists, struct suspects *to) {
    struct db_query *q = db_prepare(db, rows_sql);
    unsigned kinds = 1u << LISTS_VULNERABLE | 1u << LISTS_MALICIOUS | 1u << LISTS_LOADER;
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct suspect suspect = {.artifact = db_integer(q, 0)};
        struct listed_file file;
        listed_read(q, 5, &file);
        if (!listed_find(lists, &file, kinds, &suspect.listed))
            continue;
        suspect.place = place_of(db_text(q, 1, NULL));
        suspect.volume = db_integer(q, 2);
        suspect.in_volume = suspect.volume != 0;
        suspect.evidence = db_integer(q, 4);
        suspect.complete = db_integer(q, 3) != 0;
        good = add(to, &suspect);
    }
    db_finish(q);
    return good;
}

/* A driver is often a hard link into the driver store: one path of its own is enough. */
static bool look_at_links(struct db *db, const struct suspects *in) {
    struct db_query *q = db_prepare(db, links_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct suspect *suspect = find(in, db_integer(q, 0));
        enum place place = suspect ? place_of(db_text(q, 1, NULL)) : PLACE_ANY;
        if (suspect && place > suspect->place)
            suspect->place = place;
    }
    db_finish(q);
    return good;
}

static bool look_for_products(struct db *db, const struct suspects *in) {
    struct db_query *q = db_prepare(db, DRIVER_PRODUCT_SQL);
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct suspect *suspect = find(in, db_integer(q, 0));
        if (suspect)
            suspect->product = true;
    }
    db_finish(q);
    return good;
}

static bool look_for_services(struct db *db, const struct suspects *in) {
    struct db_query *q = db_prepare(db, services_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct suspect *suspect = find(in, db_integer(q, 0));
        if (!suspect)
            continue;
        snprintf(suspect->service, sizeof suspect->service, "%s", db_text(q, 1, NULL));
        for (size_t n = strlen(suspect->service); n > 0 && !text_valid(suspect->service, n); n--)
            suspect->service[n - 1] = 0;
    }
    db_finish(q);
    q = db_prepare(db, registries_sql);
    good = good && q;
    while (good && db_step(q))
        for (size_t i = 0; i < in->count; i++)
            in->list[i].registry |=
                in->list[i].evidence == db_integer(q, 0) && in->list[i].volume == db_integer(q, 1);
    db_finish(q);
    return good;
}

/* --- telling --- */

/* Absence of a product counts only where it is known what is there. */
static void weigh(const struct suspect *suspect, struct finding *finding) {
    bool open = suspect->place == PLACE_OPEN;
    finding->severity = SEVERITY_LOW;
    finding->strength = STRENGTH_STRONG;
    if (suspect->listed.kinds[LISTS_MALICIOUS]) {
        finding->severity = SEVERITY_HIGH;
        finding->summary = "A driver that is known to be made or used for attacks";
    } else if (suspect->place == PLACE_OWN) {
        finding->summary = "A driver with a known hole, where drivers are installed";
    } else if (suspect->place == PLACE_UNPACKED && !suspect->service[0]) {
        finding->strength = STRENGTH_FIRM;
        finding->summary =
            "A driver with a known hole, where makers unpack their packages; no service loads it";
    } else if (suspect->place == PLACE_UNPACKED && !suspect->product) {
        finding->severity = SEVERITY_MEDIUM;
        finding->strength = STRENGTH_FIRM;
        finding->summary =
            "A service is to load a driver with a known hole from where makers unpack their packages";
    } else if (!open && !suspect->in_volume) {
        finding->summary = "A driver with a known hole; where it lay on the machine is not known";
    } else if (suspect->product) {
        finding->strength = STRENGTH_FIRM;
        finding->summary =
            "A driver with a known hole in an unusual place; a product of its publisher is there, too";
    } else {
        bool sure = (open && suspect->complete) || suspect->service[0];
        finding->severity = sure ? SEVERITY_HIGH : SEVERITY_MEDIUM;
        finding->strength = STRENGTH_FIRM;
        finding->summary =
            suspect->service[0]
                ? "A service is to load a driver with a known hole from an unusual place, and no product of its "
                  "publisher is known"
            : sure
                ? "A driver with a known hole where anybody can write, without any product of its publisher"
            : open ? "A driver with a known hole where anybody can write"
                   : "A driver with a known hole in an unusual place";
    }
}

static bool report(struct casefile *casefile, const struct suspect *suspect) {
    const struct listed *listed = &suspect->listed;
    struct listed_text text;
    struct finding finding = {.detector = "driver_known"};
    weigh(suspect, &finding);
    saying_detail(&finding, "kind", lists_kind_word(listed->best.entry.kind));
    listed_detail(&finding, listed, &text);
    saying_detail(&finding, "drivers are loaded through it", listed->further[LISTS_LOADER]);
    saying_detail(&finding, "memory integrity (HVCI)", listed->best.hvci ? "loads nevertheless" : NULL);
    saying_detail(&finding, "product of its publisher",
                  suspect->product    ? "on the same volume"
                  : suspect->complete ? "not on this volume"
                                      : "not testable: it is not known what else is there");
    saying_detail(&finding, "service",
                  suspect->service[0] ? suspect->service
                  : suspect->registry ? "no key names it"
                                      : "not testable: the machine's services are not known");
    return saying_write(casefile, suspect->artifact, &finding, NULL, 0);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct suspects suspects = {0};
    bool good = !intel || gather(db, &intel->lists, &suspects);
    if (good && suspects.count > 0)
        good = look_at_links(db, &suspects) && look_for_products(db, &suspects) &&
               look_for_services(db, &suspects);
    for (size_t i = 0; good && i < suspects.count; i++)
        good = report(casefile, &suspects.list[i]);
    free(suspects.list);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_driver_known = {
    .text =
        {
            .id = "driver_known",
            .title = "a driver that is known for a hole, or for attacks",
            .why =
                "A driver that is signed and has a hole lets anybody who may load it into the kernel, where no "
                "protection holds; tools such as KDU load unsigned drivers through such ones and leave no other trace.",
            .innocent =
                "Most drivers with a known hole are those of ordinary products: of mainboards, monitors of temperature, "
                "overclocking. Such tools are often portable and drop their driver into Temp. In its product's folder "
                "the driver is an exposure, not an attack.",
            .verify =
                "Compare the digest with the entry of the list (loldrivers.io has a page for each); look at services "
                "with that path, at event 7045, and at what else came there at the same time.",
            .attack = "T1068",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
