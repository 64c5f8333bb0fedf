/* From rows to items: what each rare thing of a host would be, when it came, how few have it. */
#include "judge/singled_private.h"

#include <stdlib.h>

static const uint64_t day = UINT64_C(864000000000), hour = UINT64_C(36000000000);

#define CHAIN_STAGE_MARK CHAIN_STAGE_NONE

static const struct {
    unsigned points;
    enum chain_stage stage;
    const char *why, *innocent;
} grades[] = {
#define SINGLED_GRADE(grade, points, stage, why, innocent) {points, CHAIN_STAGE_##stage, why, innocent},
#include "judge/singled_grades.def"
#undef SINGLED_GRADE
};

const char *singled_grade_why(enum singled_grade grade) {
    return (unsigned)grade < SINGLED_GRADES ? grades[grade].why : "";
}

const char *singled_grade_innocent(enum singled_grade grade) {
    return (unsigned)grade < SINGLED_GRADES ? grades[grade].innocent : "";
}

/* --- when --- */

static uint64_t mixed(uint64_t x) {
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

/* Hosts without the element get the time at which another host got it, so that what came soon after is
 * counted with both alike. */
static bool arrivals(struct singled_world *world) {
    const struct singled_rows *rows = world->rows;
    uint64_t *known = calloc(rows->host_count + 1, sizeof *known);
    size_t count = 0;
    world->arrivals = calloc(rows->host_count + 1, sizeof *world->arrivals);
    if (!known || !world->arrivals) {
        free(known);
        return false;
    }
    for (size_t i = 0; i < rows->host_count; i++)
        if (rows->hosts[i].arrival)
            known[count++] = rows->hosts[i].arrival;
    for (size_t i = 0; i < rows->host_count; i++)
        world->arrivals[i] = rows->hosts[i].carries ? rows->hosts[i].arrival
                             : count                ? known[mixed(rows->hosts[i].host) % count]
                                                    : 0;
    free(known);
    return true;
}

static enum singled_near near_of(uint64_t arrival, uint64_t time) {
    if (!arrival || !time)
        return SINGLED_UNKNOWN;
    if (time + hour < arrival)
        return SINGLED_BEFORE;
    uint64_t gap = time > arrival ? time - arrival : 0;
    return gap <= 3 * day    ? SINGLED_DAYS
           : gap <= 7 * day  ? SINGLED_WEEK
           : gap <= 21 * day ? SINGLED_WEEKS
                             : SINGLED_LATER;
}

static enum singled_scarce scarce_of(unsigned hosts) {
    return hosts <= 1 ? SINGLED_ONE : hosts <= 3 ? SINGLED_THREE : hosts <= 8 ? SINGLED_EIGHT : SINGLED_FEW;
}

/* --- what --- */

struct made { /* for all things at once */
    /* Paths at which more hosts than are rare have rare things: where files are made. And prints of host and
     * path, where these are of one host. */
    uint64_t *crowded, *crowded_here;
    size_t crowded_count, crowded_here_count;
    struct singled_rows_set rare_started; /* print of host and path */
    uint32_t *first;                      /* by thing: the host that stands for it */
    bool *usual;                          /* by thing: half of the hosts set up like its own have it */
};

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool holds(const uint64_t *list, size_t count, uint64_t value) {
    return count > 0 && bsearch(&value, list, count, sizeof value, by_number);
}

static bool is_file(const struct singled_rows_thing *thing) {
    return thing->kind == STORE_IMAGE || thing->kind == STORE_DRIVER;
}

static bool starts(const struct singled_rows_thing *thing) {
    return thing->kind == STORE_SERVICE || thing->kind == STORE_AUTOSTART;
}

static uint64_t at_host(uint32_t host, uint64_t path) {
    return mixed(path + UINT64_C(0x9e3779b97f4a7c15) * (host + 1));
}

/* The host whose print is least stands for a thing: whoever has the element, it is the same one. */
static bool find_first(const struct singled_rows *rows, struct made *made) {
    made->first = malloc((rows->thing_count + 1) * sizeof *made->first);
    if (!made->first)
        return false;
    memset(made->first, 0xff, (rows->thing_count + 1) * sizeof *made->first);
    for (size_t i = 0; i < rows->presence_count; i++) {
        uint32_t *first = &made->first[rows->presences[i].thing], host = rows->presences[i].host;
        if (*first == SINGLED_ROWS_NONE || mixed(rows->hosts[host].host) < mixed(rows->hosts[*first].host))
            *first = host;
    }
    return true;
}

struct lying { /* a rare file */
    uint64_t path;
    uint32_t host;  /* SINGLED_ROWS_NONE: of several */
    unsigned hosts; /* but one, who may be a stranger; one at least */
};

static int by_path(const void *a, const void *b) {
    const struct lying *x = a, *y = b;
    if (x->path != y->path)
        return x->path > y->path ? 1 : -1;
    return (x->host > y->host) - (x->host < y->host);
}

/* One host alone crowds a path for itself, not for others: else the case of a stranger could make nothing of
 * what lies at that path on another host. */
static void take_crowded(struct made *made, const struct lying *files, size_t count, unsigned rare) {
    const size_t most = rare > 1 ? rare - 1 : 1;
    for (size_t i = 0, end, next; i < count; i = end) {
        size_t together = 0, hosts;
        for (end = i; end < count && files[end].path == files[i].path; end = next) {
            for (next = end, hosts = 0; next < count && by_path(&files[next], &files[end]) == 0; next++)
                hosts += files[next].hosts;
            bool own = files[end].host != SINGLED_ROWS_NONE;
            if (own && next - end > rare)
                made->crowded_here[made->crowded_here_count++] = at_host(files[end].host, files[end].path);
            together += own && hosts > most ? most : hosts;
        }
        if (together > rare)
            made->crowded[made->crowded_count++] = files[i].path;
    }
    if (made->crowded_here_count > 0)
        qsort(made->crowded_here, made->crowded_here_count, sizeof *made->crowded_here, by_number);
}

static bool find_crowded(const struct singled_rows *rows, struct made *made) {
    struct lying *files = calloc(rows->thing_count + 1, sizeof *files);
    size_t count = 0;
    made->crowded = calloc(rows->thing_count + 1, sizeof *made->crowded);
    made->crowded_here = calloc(rows->thing_count + 1, sizeof *made->crowded_here);
    if (!files || !made->crowded || !made->crowded_here) {
        free(files);
        return false;
    }
    for (size_t i = 0; i < rows->thing_count; i++) {
        const struct singled_rows_thing *thing = &rows->things[i];
        if (is_file(thing) && thing->path)
            files[count++] =
                (struct lying){thing->path, thing->hosts > 1 ? SINGLED_ROWS_NONE : made->first[i],
                               thing->hosts > 1 ? thing->hosts - 1 : 1};
    }
    if (count > 0)
        qsort(files, count, sizeof *files, by_path);
    take_crowded(made, files, count, rows->rare);
    free(files);
    return true;
}

static bool find_started(const struct singled_rows *rows, struct made *made) {
    struct singled_rows_set *set = &made->rare_started;
    set->values = calloc(rows->presence_count + 1, sizeof *set->values);
    if (!set->values)
        return false;
    for (size_t i = 0; i < rows->presence_count; i++) {
        const struct singled_rows_thing *thing = &rows->things[rows->presences[i].thing];
        if (starts(thing) && thing->path)
            set->values[set->count++] = at_host(rows->presences[i].host, thing->path);
    }
    if (set->count > 0)
        qsort(set->values, set->count, sizeof *set->values, by_number);
    return true;
}

/* Where the first of sorted numbers lies that is not less. */
static size_t first_from(const uint64_t *list, size_t count, uint64_t value) {
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (list[middle] < value)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* On three hosts or more, all of one build, and half of the hosts of that build: it belongs to the build. */
static bool find_usual(const struct singled_rows *rows, struct made *made) {
    uint64_t *builds = calloc(rows->host_count + 1, sizeof *builds);
    bool *mixed_up = calloc(rows->thing_count + 1, sizeof *mixed_up);
    made->usual = calloc(rows->thing_count + 1, sizeof *made->usual);
    bool good = builds && mixed_up && made->usual;
    for (size_t i = 0; good && i < rows->host_count; i++)
        builds[i] = rows->hosts[i].build;
    if (good && rows->host_count > 0)
        qsort(builds, rows->host_count, sizeof *builds, by_number);
    for (size_t i = 0; good && i < rows->presence_count; i++) {
        uint32_t thing = rows->presences[i].thing;
        if (rows->hosts[rows->presences[i].host].build != rows->hosts[made->first[thing]].build)
            mixed_up[thing] = true;
    }
    for (size_t i = 0; good && i < rows->thing_count; i++) {
        if (rows->things[i].hosts < 3 || mixed_up[i] || made->first[i] == SINGLED_ROWS_NONE)
            continue;
        uint64_t build = rows->hosts[made->first[i]].build;
        size_t alike =
            first_from(builds, rows->host_count, build + 1) - first_from(builds, rows->host_count, build);
        made->usual[i] = alike <= 2 * (size_t)rows->things[i].hosts;
    }
    free(builds);
    free(mixed_up);
    return good;
}

/* The gravest of what a thing is by itself; SINGLED_GRADES for nothing. */
static enum singled_grade plain(const struct singled_rows *rows, const struct made *made, uint32_t host,
                                const struct singled_rows_thing *thing) {
    if (thing->built || thing->many)
        return SINGLED_GRADES;
    if (starts(thing))
        return SINGLED_GRADE_START;
    if (thing->kind == STORE_EXECUTION)
        return thing->place & SINGLED_ROWS_TEMP ? SINGLED_GRADE_RAN : SINGLED_GRADES;
    if (!is_file(thing))
        return SINGLED_GRADES;
    if (singled_rows_has(&rows->authentihashes, thing->authentihash) &&
        !singled_rows_has(&rows->digests, thing->sha256))
        return SINGLED_GRADE_TWIN;
    if (holds(made->crowded, made->crowded_count, thing->path) ||
        holds(made->crowded_here, made->crowded_here_count, at_host(host, thing->path)))
        return SINGLED_GRADES;
    if (singled_rows_has(&rows->digests, thing->sha256))
        return thing->place & SINGLED_ROWS_USERS ? SINGLED_GRADES : SINGLED_GRADE_OTHER_PATH;
    if (thing->signer)
        return singled_rows_has(&rows->signers, thing->signer) ? SINGLED_GRADES : SINGLED_GRADE_SIGNER;
    if (singled_rows_has(&rows->started, thing->path) ||
        holds(made->rare_started.values, made->rare_started.count, at_host(host, thing->path)))
        return SINGLED_GRADE_STARTED;
    if (thing->kind == STORE_DRIVER)
        return SINGLED_GRADE_DRIVER;
    if (singled_rows_has(&rows->paths, thing->path))
        return SINGLED_GRADE_OTHER_CONTENT;
    return thing->place & SINGLED_ROWS_WINDOWS ? SINGLED_GRADE_SYSTEM : SINGLED_GRADES;
}

static enum chain_stage stage_named(const char *name) {
    unsigned stage = 0;
    while (stage < CHAIN_STAGE_NONE && strcmp(chain_model_stage((enum chain_stage)stage), name) != 0)
        stage++;
    return (enum chain_stage)stage;
}

static bool stays(enum chain_stage stage) {
    return stage == CHAIN_STAGE_IMPLANT || stage == CHAIN_STAGE_DRIVER || stage == CHAIN_STAGE_PERSISTENCE;
}

static enum singled_grade marked(const struct singled_rows *rows, const struct singled_rows_mark *mark,
                                 const struct singled_rows_thing *thing, enum chain_stage *stage) {
    enum chain_place place =
        thing && thing->place & SINGLED_ROWS_WINDOWS ? CHAIN_PLACE_WINDOWS : CHAIN_PLACE_ANY;
    const struct chain_rule *rule =
        chain_model_rule(texts_of(&rows->words, mark->detector), place, (enum severity)mark->severity,
                         (enum strength)mark->strength);
    *stage = mark->stage ? stage_named(texts_of(&rows->words, mark->stage)) : rule->stage;
    switch (rule->weight) {
    case CHAIN_WEIGHT_LISTED:
        return SINGLED_GRADE_LISTED;
    case CHAIN_WEIGHT_GRAVE:
        return stays(*stage) ? SINGLED_GRADE_GRAVE_IMPLANT : SINGLED_GRADE_GRAVE;
    case CHAIN_WEIGHT_SUPPORT:
        if (thing && thing->built)
            return SINGLED_GRADES;
        return stays(*stage) ? SINGLED_GRADE_SUPPORT_STAY : SINGLED_GRADE_SUPPORT;
    default:
        return SINGLED_GRADES;
    }
}

/* --- items --- */

static void add(struct singled_world *world, struct singled_item item) {
    if (item.grade >= SINGLED_GRADES || world->failed)
        return;
    if (world->item_count == world->item_room) {
        size_t wanted = world->item_room ? world->item_room * 2 : 1024;
        struct singled_item *larger = realloc(world->items, wanted * sizeof *larger);
        if (!larger) {
            world->failed = true;
            return;
        }
        world->items = larger;
        world->item_room = wanted;
    }
    const struct singled_rows *rows = world->rows;
    const struct singled_rows_thing *thing =
        item.thing == SINGLED_ROWS_NONE ? NULL : &rows->things[item.thing];
    item.area = thing ? thing->area : 0;
    item.of = thing ? thing->of : (unsigned)rows->host_count;
    item.near = (uint8_t)near_of(world->arrivals[item.host], item.time);
    item.scarce = (uint8_t)scarce_of(item.hosts);
    item.stands = item.stands && (item.near != SINGLED_BEFORE || item.grade == SINGLED_GRADE_LISTED);
    world->items[world->item_count++] = item;
}

static void add_things(struct singled_world *world, const struct made *made) {
    const struct singled_rows *rows = world->rows;
    for (size_t i = 0; i < rows->presence_count; i++) {
        const struct singled_rows_presence *p = &rows->presences[i];
        const struct singled_rows_thing *thing = &rows->things[p->thing];
        if (made->usual[p->thing])
            continue;
        enum singled_grade grade = plain(rows, made, p->host, thing);
        add(world, (struct singled_item){.host = p->host,
                                         .thing = p->thing,
                                         .mark = SINGLED_ROWS_NONE,
                                         .time = p->time,
                                         .grade = (uint8_t)grade,
                                         .stage = (uint8_t)(grade < SINGLED_GRADES ? grades[grade].stage : 0),
                                         .stands = made->first[p->thing] == p->host,
                                         .hosts = thing->hosts});
    }
}

struct said { /* a mark of no thing: who says the same, and the like */
    uint64_t like, text;
    uint32_t host, mark;
};

static int by_text(const void *a, const void *b) {
    const struct said *x = a, *y = b;
    if (x->like != y->like)
        return x->like > y->like ? 1 : -1;
    if (x->text != y->text)
        return x->text > y->text ? 1 : -1;
    return x->host != y->host ? (x->host > y->host ? 1 : -1) : (x->mark > y->mark) - (x->mark < y->mark);
}

static void add_mark(struct singled_world *world, const struct made *made, uint32_t index, unsigned hosts,
                     bool stands) {
    const struct singled_rows *rows = world->rows;
    const struct singled_rows_mark *mark = &rows->marks[index];
    const struct singled_rows_thing *thing =
        mark->thing == SINGLED_ROWS_NONE ? NULL : &rows->things[mark->thing];
    enum chain_stage stage;
    enum singled_grade grade = marked(rows, mark, thing, &stage);
    if (thing && made->usual[mark->thing] && grade != SINGLED_GRADE_LISTED)
        return;
    add(world, (struct singled_item){.host = mark->host,
                                     .thing = mark->thing,
                                     .mark = index,
                                     .time = mark->time,
                                     .detector = mark->detector,
                                     .grade = (uint8_t)grade,
                                     .stage = (uint8_t)stage,
                                     .stands = stands,
                                     .hosts = hosts});
}

/* The same words are one fact, however many hosts they are said of. */
static void add_fact(struct singled_world *world, const struct made *made, const struct said *said,
                     size_t count) {
    unsigned hosts = 0;
    uint32_t first = said[0].host;
    for (size_t i = 0; i < count; i++) {
        hosts += i == 0 || said[i].host != said[i - 1].host;
        if (mixed(world->rows->hosts[said[i].host].host) < mixed(world->rows->hosts[first].host))
            first = said[i].host;
    }
    for (size_t i = 0; i < count && hosts <= world->rows->rare; i++)
        add_mark(world, made, said[i].mark, hosts, said[i].host == first);
}

static int by_said_host(const void *a, const void *b) {
    const struct said *x = a, *y = b;
    return x->host != y->host ? (x->host > y->host ? 1 : -1) : (x->mark > y->mark) - (x->mark < y->mark);
}

/* Hosts of which the like is said; the order of `said` is another one afterwards. */
static unsigned said_hosts(struct said *said, size_t count) {
    unsigned hosts = 0;
    qsort(said, count, sizeof *said, by_said_host);
    for (size_t i = 0; i < count; i++)
        hosts += i == 0 || said[i].host != said[i - 1].host;
    return hosts;
}

static bool is_grave(const struct singled_rows *rows, uint32_t mark) {
    enum chain_stage stage;
    enum singled_grade grade = marked(rows, &rows->marks[mark], NULL, &stage);
    return grade == SINGLED_GRADE_LISTED || grade == SINGLED_GRADE_GRAVE ||
           grade == SINGLED_GRADE_GRAVE_IMPLANT;
}

/* What is said of no thing is rare if few hosts say the same. What is grave must also not be like what many
 * say: what all hosts with the element say, each with its own user's name, is of the element. Of what is not
 * grave there is as much on the other hosts. */
static void add_said(struct singled_world *world, const struct made *made, struct said *said, size_t count) {
    if (count > 0)
        qsort(said, count, sizeof *said, by_text);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && said[end].like == said[i].like; end++) {
        }
        if (said_hosts(said + i, end - i) > world->rows->rare && is_grave(world->rows, said[i].mark))
            continue;
        qsort(said + i, end - i, sizeof *said, by_text);
        for (size_t k = i, last; k < end; k = last) {
            for (last = k; last < end && said[last].text == said[k].text; last++) {
            }
            add_fact(world, made, said + k, last - k);
        }
    }
}

static bool add_marks(struct singled_world *world, const struct made *made) {
    const struct singled_rows *rows = world->rows;
    struct said *said = calloc(rows->mark_count + 1, sizeof *said);
    size_t count = 0;
    if (!said)
        return false;
    for (size_t i = 0; i < rows->mark_count; i++) {
        const struct singled_rows_mark *mark = &rows->marks[i];
        if (mark->thing == SINGLED_ROWS_NONE)
            said[count++] = (struct said){mark->like, mark->text, mark->host, (uint32_t)i};
        else
            add_mark(world, made, (uint32_t)i, rows->things[mark->thing].hosts,
                     made->first[mark->thing] == mark->host);
    }
    add_said(world, made, said, count);
    free(said);
    return true;
}

/* --- classes --- */

static uint64_t class_key(const struct singled_item *item) {
    return ((((uint64_t)item->grade << 32 | item->detector) << 8 | item->near) << 8 | item->scarce) << 8 |
           item->area;
}

static unsigned class_points(const struct singled_item *item) {
    static const unsigned near[SINGLED_NEARS] = {0, 40, 40, 80, 150, 200},
                          scarce[SINGLED_SCARCE] = {120, 90, 40, 0};
    return grades[item->grade].points + near[item->near] + scarce[item->scarce];
}

static bool number_classes(struct singled_world *world) {
    uint64_t *keys = calloc(world->item_count + 1, sizeof *keys);
    size_t kept = 0;
    if (!keys)
        return false;
    for (size_t i = 0; i < world->item_count; i++)
        keys[i] = class_key(&world->items[i]);
    if (world->item_count > 0)
        qsort(keys, world->item_count, sizeof *keys, by_number);
    for (size_t i = 0; i < world->item_count; i++)
        if (kept == 0 || keys[kept - 1] != keys[i])
            keys[kept++] = keys[i];
    world->class_count = (uint32_t)kept;
    world->points = calloc(kept + 1, sizeof *world->points);
    world->areas = calloc(kept + 1, sizeof *world->areas);
    for (size_t i = 0; world->points && world->areas && i < world->item_count; i++) {
        uint64_t key = class_key(&world->items[i]);
        const uint64_t *found = bsearch(&key, keys, kept, sizeof key, by_number);
        world->items[i].class = (uint32_t)(found - keys);
        world->points[world->items[i].class] = class_points(&world->items[i]);
        world->areas[world->items[i].class] = world->items[i].area;
    }
    free(keys);
    return world->points && world->areas;
}

static int by_class(const void *a, const void *b) {
    const struct singled_item *x = a, *y = b;
    if (x->host != y->host)
        return x->host > y->host ? 1 : -1;
    if (x->class != y->class)
        return x->class > y->class ? 1 : -1;
    if (x->thing != y->thing)
        return x->thing > y->thing ? 1 : -1;
    return (x->mark > y->mark) - (x->mark < y->mark);
}

/* The classes of each host, each once. */
static bool list(const struct singled_world *world, bool standing, struct singled_lists *ret) {
    size_t hosts = world->rows->host_count, count = 0, item = 0;
    ret->first = calloc(hosts + 1, sizeof *ret->first);
    ret->classes = calloc(world->item_count + 1, sizeof *ret->classes);
    if (!ret->first || !ret->classes)
        return false;
    for (uint32_t host = 0; host < hosts; host++) {
        ret->first[host] = (uint32_t)count;
        for (; item < world->item_count && world->items[item].host == host; item++) {
            if (standing && !world->items[item].stands)
                continue;
            if (count == ret->first[host] || ret->classes[count - 1] != world->items[item].class)
                ret->classes[count++] = world->items[item].class;
        }
    }
    ret->first[hosts] = (uint32_t)count;
    return true;
}

/* Two things of different stages, both soon after the element, and not of one moment's mark of one thing. */
static bool find_witnessed(struct singled_world *world) {
    unsigned *stages = calloc(world->rows->host_count + 1, sizeof *stages);
    world->witnessed = calloc(world->rows->host_count + 1, sizeof *world->witnessed);
    if (!stages || !world->witnessed) {
        free(stages);
        return false;
    }
    for (size_t i = 0; i < world->item_count; i++) {
        const struct singled_item *item = &world->items[i];
        if (item->near < SINGLED_WEEKS || item->stage >= CHAIN_STAGE_NONE)
            continue;
        stages[item->host] |= 1u << item->stage;
        world->witnessed[item->host] = (stages[item->host] & (stages[item->host] - 1)) != 0;
    }
    free(stages);
    return true;
}

bool singled_grade(const struct singled_rows *rows, struct singled_world *ret) {
    struct made made = {0};
    *ret = (struct singled_world){.rows = rows};
    bool good = arrivals(ret) && find_first(rows, &made) && find_crowded(rows, &made) &&
                find_started(rows, &made) && find_usual(rows, &made);
    if (good) {
        add_things(ret, &made);
        good = add_marks(ret, &made) && !ret->failed && number_classes(ret);
    }
    if (good && ret->item_count > 0)
        qsort(ret->items, ret->item_count, sizeof *ret->items, by_class);
    good = good && list(ret, false, &ret->all) && list(ret, true, &ret->standing) && find_witnessed(ret);
    free(made.crowded);
    free(made.crowded_here);
    free(made.rare_started.values);
    free(made.first);
    free(made.usual);
    return good;
}

void singled_grade_free(struct singled_world *world) {
    free(world->items);
    free(world->points);
    free(world->areas);
    free(world->arrivals);
    free(world->witnessed);
    free(world->all.first);
    free(world->all.classes);
    free(world->standing.first);
    free(world->standing.classes);
    *world = (struct singled_world){.rows = NULL};
}
