#include "intel/intel.h"
#include "judge/listed.h"
#include "model/judge.h"

#include <stdlib.h>
#include <strings.h>

enum place { PLACE_ANY, PLACE_OPEN, PLACE_OWN }; /* a later one outweighs an earlier one */

struct suspect {
    int64_t artifact;
    struct listed listed;
    enum place place;
    bool in_volume, complete; /* of the whole volume it is known what is there */
    bool product;
};

struct suspects {
    struct suspect *list;
    size_t count, room;
};

static const char rows_sql[] =
    "SELECT a.id, coalesce(o.path, ''), coalesce(a.volume, 0), EXISTS (SELECT 1 FROM collected c WHERE c.evidence ="
    " a.evidence AND c.volume = a.volume AND c.path = '' AND c.complete = 1), " LISTED_COLUMNS
    " FROM " LISTED_TABLES " LEFT JOIN folder o ON o.id = a.folder WHERE " LISTED_WHERE " ORDER BY a.id";

static const char links_sql[] =
    "SELECT l.artifact, coalesce(o.path, '') FROM artifact_path l LEFT JOIN folder o ON o.id = l.folder";

/* Images of the same publisher that are no drivers, on the same volume: by who signed them, or by what they
 * say if somebody whom Windows trusts signed them. Microsoft's are everywhere and tell nothing. */
static const char products_sql[] =
    "WITH good AS MATERIALIZED (SELECT a.evidence AS e, coalesce(a.volume, 0) AS v, p.company AS company, t.signer AS"
    " signer FROM pe p JOIN artifact a ON a.id = p.artifact JOIN trust t ON t.artifact = p.artifact WHERE t.state ="
    " 'trusted' AND coalesce(p.subsystem, 1) <> 1 AND a.flags & 2 = 0),"
    " companies AS MATERIALIZED (SELECT DISTINCT e, v, company FROM good WHERE company NOT LIKE 'Microsoft%'),"
    " signers AS MATERIALIZED (SELECT DISTINCT e, v, signer FROM good WHERE signer NOT LIKE 'Microsoft%')"
    " SELECT p.artifact FROM pe p JOIN artifact a ON a.id = p.artifact JOIN companies c ON c.company = p.company"
    " AND c.e = a.evidence AND c.v = coalesce(a.volume, 0)"
    " UNION ALL SELECT t.artifact FROM trust t JOIN artifact a ON a.id = t.artifact JOIN signers s ON s.signer ="
    " t.signer AND s.e = a.evidence AND s.v = coalesce(a.volume, 0)";

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
    {"/programdata/", PLACE_OPEN},
    {"/$recycle.bin/", PLACE_OPEN},
    {"/perflogs/", PLACE_OPEN},
};

static bool at_folder(const char *path, const char *folder) {
    size_t size = strlen(folder);
    return strncasecmp(path, folder, size) == 0 ||
           (strncasecmp(path, folder, size - 1) == 0 && path[size - 1] == 0);
}

/* The outermost folder that says something decides: there are such names within one another. */
static enum place place_of(const char *path) {
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
        listed_read(q, 4, &file);
        if (!listed_find(lists, &file, kinds, &suspect.listed))
            continue;
        suspect.place = place_of(db_text(q, 1, NULL));
        suspect.in_volume = db_integer(q, 2) != 0;
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
    struct db_query *q = db_prepare(db, products_sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        struct suspect *suspect = find(in, db_integer(q, 0));
        if (suspect)
            suspect->product = true;
    }
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
    } else if (!open && !suspect->in_volume) {
        finding->summary = "A driver with a known hole; where it lay on the machine is not known";
    } else if (suspect->product) {
        finding->strength = STRENGTH_FIRM;
        finding->summary =
            "A driver with a known hole in an unusual place; a product of its publisher is there, too";
    } else {
        bool sure = open && suspect->complete;
        finding->severity = sure ? SEVERITY_HIGH : SEVERITY_MEDIUM;
        finding->strength = STRENGTH_FIRM;
        finding->summary =
            sure ? "A driver with a known hole where anybody can write, without any product of its publisher"
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
    saying_detail(&finding, "not tested", "whether a service was made for it, and when");
    return saying_write(casefile, suspect->artifact, &finding, NULL, 0);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct suspects suspects = {0};
    bool good = !intel || gather(db, &intel->lists, &suspects);
    if (good && suspects.count > 0)
        good = look_at_links(db, &suspects) && look_for_products(db, &suspects);
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
