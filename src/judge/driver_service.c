#include "judge/driver_product.h"
#include "judge/host_subject.h"
#include "model/judge.h"

#include <stdlib.h>

enum { MOST = 500 /* findings of a case */, DISABLED = 4 };

struct driver {
    int64_t hive, start, image_artifact, last_write, offset, keys;
    const char *name, *state, *image, *path, *image_state, *other_start;
    bool complete; /* of the hive's volume it is known what is there */
    struct host_subject subject;
    enum host_place place;
    bool together, product;
};

struct drivers {
    struct casefile *casefile;
    struct host_subjects *subjects;
    int64_t *products;
    size_t product_count, product_room, written, omitted;
    struct driver_product_names names;
    struct text key;
};

/* One row a file that keys of drivers name, a current key before what is left of deleted ones. Other control
 * sets are copies. With what driver_ephemeral said of a driver of that path. */
static const char rows_sql[] =
    "WITH told AS MATERIALIZED (SELECT lower(d.value) AS path, a.evidence AS e, coalesce(a.volume, 0) AS v, max(f.severity)"
    " AS severity, f.id AS finding FROM finding f JOIN finding_detail d ON d.finding = f.id JOIN artifact a ON a.id ="
    " f.artifact WHERE f.detector = 'driver_ephemeral' AND d.key = 'driver' GROUP BY 1, 2, 3),"
    " others AS MATERIALIZED (SELECT hive, lower(name) AS name, max(start) AS start FROM service WHERE state = 'other' AND"
    " start IS NOT NULL GROUP BY 1, 2),"
    " named AS MATERIALIZED (SELECT s.*, h.evidence AS e, coalesce(h.volume, 0) AS v, lower(s.image_path) AS place,"
    " count(*) AS keys, min(s.state <> 'current') AS gone FROM service s JOIN artifact h ON h.id = s.hive WHERE"
    " s.type & 3 <> 0 AND s.type & 48 = 0 AND s.state <> 'other' AND s.image_path IS NOT NULL"
    " GROUP BY h.evidence, coalesce(h.volume, 0), lower(s.image_path))"
    " SELECT n.hive, n.name, n.state, coalesce(n.start, -1), n.image, n.image_path, coalesce(n.image_state, ''),"
    " coalesce(n.image_artifact, 0), n.last_write, n.offset, n.keys, coalesce(o.start, -1), EXISTS (SELECT 1 FROM collected"
    " c WHERE c.evidence = n.e AND c.volume = n.v AND c.path = '' AND c.complete = 1), coalesce(t.finding, 0),"
    " coalesce(t.severity, 0) FROM named n LEFT JOIN told t ON t.path = n.place AND t.e = n.e AND t.v = n.v LEFT JOIN others"
    " o ON o.hive = n.hive AND o.name = lower(n.name) ORDER BY n.hive, n.key";

/* --- what is there --- */

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static bool load_products(struct db *db, struct drivers *d) {
    struct db_query *q = db_prepare(db, DRIVER_PRODUCT_SQL);
    bool good = q != NULL;
    while (good && db_step(q)) {
        if (d->product_count == d->product_room) {
            d->product_room = d->product_room ? 2 * d->product_room : 1024;
            int64_t *more = realloc(d->products, d->product_room * sizeof *more);
            good = more != NULL;
            d->products = good ? more : d->products;
        }
        if (good)
            d->products[d->product_count++] = db_integer(q, 0);
    }
    db_finish(q);
    if (good && d->product_count > 0)
        qsort(d->products, d->product_count, sizeof *d->products, compare);
    return good;
}

/* A program of the same publisher; of a file that is gone, a trusted program whose name begins the same. */
static bool has_product(const struct drivers *d, const struct driver *driver) {
    if (driver->subject.artifact && !driver->subject.is_deleted)
        return d->product_count > 0 && bsearch(&driver->subject.artifact, d->products, d->product_count,
                                               sizeof *d->products, compare);
    return driver_product_named(&d->names, host_file_name(driver->path));
}

/* --- weighing --- */

static bool is_own(enum host_place place) {
    return place == HOST_PLACE_DRIVERS || place == HOST_PLACE_SYSTEM || place == HOST_PLACE_PROGRAMS;
}

/* A root that is not known may be that of a company or of a hardware vendor. */
static bool weigh_bad(const struct driver *driver, struct finding *finding) {
    bool foreign = strcmp(driver->subject.state, "untrusted-root") == 0;
    if (is_own(driver->place)) {
        finding->severity = foreign ? SEVERITY_LOW : SEVERITY_MEDIUM;
        finding->summary = "A service is to load a driver whose signature does not hold";
        return strcmp(driver->state, "current") == 0;
    }
    finding->severity = foreign ? SEVERITY_MEDIUM : SEVERITY_HIGH;
    finding->strength = driver->together ? STRENGTH_STRONG : STRENGTH_FIRM;
    finding->summary =
        driver->place == HOST_PLACE_OPEN
            ? "A service is to load a driver from where anybody can write, and its signature does not hold"
            : "A service is to load a driver from an unusual place, and its signature does not hold";
    return true;
}

static bool weigh_found(const struct driver *driver, struct finding *finding) {
    bool good = driver->subject.trust == HOST_TRUST_GOOD;
    if (driver->subject.trust == HOST_TRUST_BAD)
        return weigh_bad(driver, finding);
    if (driver->place != HOST_PLACE_OPEN)
        return false;
    if (driver->product) {
        finding->severity = SEVERITY_LOW;
        finding->summary =
            "A driver is loaded from where anybody can write; programs of its publisher are there";
        return true;
    }
    finding->severity = (good ? driver->complete : driver->together) ? SEVERITY_MEDIUM : SEVERITY_LOW;
    finding->summary = good ? "A service is to load a signed driver from where anybody can write"
                            : "A service is to load a driver from where anybody can write; of its signature "
                              "nothing is known";
    return true;
}

/* What is left of deleted keys about files that are gone is told by driver_ephemeral. */
static bool weigh_gone(const struct driver *driver, struct finding *finding) {
    if (driver->place != HOST_PLACE_OPEN || strcmp(driver->state, "current") != 0)
        return false;
    bool quiet = driver->product || driver->start == DISABLED;
    finding->severity = quiet ? SEVERITY_LOW : SEVERITY_MEDIUM;
    finding->summary = "The driver of a service lay where anybody can write, and is gone";
    return true;
}

/* False if nothing is to be said. */
static bool weigh(const struct driver *driver, struct finding *finding) {
    finding->strength = STRENGTH_FIRM;
    if (strcmp(driver->image_state, "found") == 0)
        return weigh_found(driver, finding);
    if (strcmp(driver->image_state, "not testable") != 0)
        return weigh_gone(driver, finding);
    finding->severity = SEVERITY_LOW;
    finding->strength = STRENGTH_WEAK;
    finding->summary =
        "A service is to load a driver from where anybody can write; its file cannot be looked at";
    return driver->place == HOST_PLACE_OPEN && strcmp(driver->state, "current") == 0;
}

/* --- telling --- */

static const char *start_word(int64_t start) {
    static const char *const words[] = {"at boot", "with the system", "automatic", "on demand", "disabled"};
    return start >= 0 && start <= DISABLED ? words[start] : NULL;
}

static bool report(struct drivers *d, const struct driver *driver, struct finding *finding) {
    struct host_moment born, written;
    char keys[32], offset[32];
    host_moment(driver->last_write, &written);
    snprintf(keys, sizeof keys, "%lld", (long long)driver->keys);
    snprintf(offset, sizeof offset, "0x%llx", (unsigned long long)driver->offset);
    saying_detail(finding, "service", driver->name);
    saying_detail(finding, "driver", driver->path);
    saying_detail(finding, "as it is written", driver->image);
    saying_detail(finding, "place", host_place_word(driver->place));
    saying_detail(finding, "file", driver->image_state);
    saying_detail(finding, "start", start_word(driver->start));
    saying_detail(finding, "start in another control set",
                  driver->start != strtoll(driver->other_start, NULL, 10)
                      ? start_word(strtoll(driver->other_start, NULL, 10))
                      : NULL);
    saying_detail(finding, "key", strcmp(driver->state, "current") == 0 ? NULL : driver->state);
    saying_detail(finding, "key written", written.text);
    saying_detail(finding, "key's cell", offset);
    saying_detail(finding, "keys that name it", driver->keys > 1 ? keys : NULL);
    host_subject_detail(&driver->subject, &born, finding);
    struct casefile_reference hive = {(uint64_t)driver->hive, "registry hive"};
    bool found = driver->subject.artifact != 0;
    d->written++;
    return saying_write(d->casefile, found ? driver->subject.artifact : driver->hive, finding, &hive, found);
}

/* What others said as severely gets the key as a particular; there is one finding a driver. */
static bool join(struct drivers *d, const struct driver *driver, uint64_t told) {
    struct host_moment written;
    const char *start = start_word(driver->start);
    host_moment(driver->last_write, &written);
    text_clear(&d->key);
    text_format(&d->key, "%s, %s, written %s%s", driver->name, start ? start : "its start is not known",
                written.text[0] ? written.text : "at an unknown time",
                driver->together ? ", within an hour of the file" : "");
    return casefile_detail(d->casefile, told,
                           strcmp(driver->state, "current") == 0 ? "service key" : "deleted service key",
                           text_string(&d->key));
}

static bool take(struct drivers *d, struct db_query *q) {
    struct finding finding = {.detector = "driver_service"};
    struct driver driver = {.hive = db_integer(q, 0),
                            .name = db_text(q, 1, NULL),
                            .state = db_text(q, 2, NULL),
                            .start = db_integer(q, 3),
                            .image = db_text(q, 4, NULL),
                            .path = db_text(q, 5, NULL),
                            .image_state = db_text(q, 6, NULL),
                            .image_artifact = db_integer(q, 7),
                            .last_write = db_integer(q, 8),
                            .offset = db_integer(q, 9),
                            .keys = db_integer(q, 10),
                            .other_start = db_text(q, 11, NULL),
                            .complete = db_integer(q, 12) != 0};
    uint64_t told_by_path = (uint64_t)db_integer(q, 13);
    if (!host_subjects_of(d->subjects, driver.image_artifact, &driver.subject))
        return false;
    driver.place = host_place_of(driver.path);
    driver.together = host_apart(driver.last_write, driver.subject.born) <= HOST_TOGETHER;
    driver.product = has_product(d, &driver);
    bool says = weigh(&driver, &finding);
    enum severity least = says ? finding.severity : SEVERITY_LOW;
    uint64_t told = host_subjects_told(d->subjects, driver.subject.artifact, least);
    if (!told && db_integer(q, 14) >= (int64_t)least)
        told = told_by_path;
    if (told)
        return join(d, &driver, told);
    if (says && d->written >= MOST) {
        d->omitted++;
        return true;
    }
    return !says || report(d, &driver, &finding);
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db *db = casefile_db(casefile);
    struct drivers d = {.casefile = casefile};
    (void)intel;
    d.subjects = host_subjects_open(db, "'driver_known', 'driver_unsigned', 'driver_blocked',"
                                        " 'driver_ephemeral', 'signature_untrusted', 'signature_distrusted'");
    struct db_query *q = db_prepare(db, rows_sql);
    bool good = d.subjects && q && driver_product_names_load(db, &d.names) && load_products(db, &d);
    while (good && db_step(q))
        good = take(&d, q);
    db_finish(q);
    good = good && host_subjects_omitted(casefile, "driver_service", d.omitted);
    host_subjects_close(d.subjects);
    free(d.products);
    driver_product_names_free(&d.names);
    text_free(&d.key);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_driver_service = {
    .text =
        {
            .id = "driver_service",
            .title = "a service that loads a driver from where drivers are not",
            .why =
                "A driver needs a service key to be loaded. Loaders of unsigned drivers (KDU and its like) write one that "
                "names a file in Temp or ProgramData, without the service manager and so without event 7045. Told are keys "
                "whose file lies where anybody can write, whose file's signature does not hold, or whose file is gone "
                "from such a place. Where another judge told of the driver the key is added to its finding.",
            .innocent =
                "CPU-Z, HWiNFO, Process Explorer and their like put a signed driver into Temp for a moment and leave the "
                "key: low if there is a program of the same publisher (or, if the file is gone, a trusted one whose name "
                "begins the same). Drivers that were uninstalled leave keys about files in ordinary places; these are not told.",
            .verify =
                "sc qc SERVICE on the machine; compare the key's last write with the file's birth and with the change "
                "journal; look the file's digest up at loldrivers.io.",
            .attack = "T1543.003",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
