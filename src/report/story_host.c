#include "report/story_host.h"

#include "base/filetime.h"

#include <stdlib.h>

enum { LABEL = 12, VALUE = 96 };

/* In the order of the sentence. `words`: of values 0 to 3; NULL: the value itself. */
static const struct {
    const char *fact, *label, *words[4];
} facts[] = {
    {"computer name", "", {0}},
    {"system name", "", {0}},
    {"system version", "version ", {0}},
    {"system build", "build ", {0}},
    {"time zone", "time zone ", {0}},
    {"driver blocklist", "driver blocklist ", {"off", "on", "on"}},
    {"memory integrity", "memory integrity ", {"off", "on", "on"}},
    {"secure boot", "secure boot ", {"off", "on", "on"}},
    {"test signing", "test signing ", {"off", "on", "on"}},
    {"integrity checks off", "integrity checks ", {"on", "off", "off"}},
    {"LSA protection", "LSA protection ", {"off", "on", "on"}},
    {"certificate padding check", "certificate padding check ", {"off", "on", "on"}},
    {"prefetch", "prefetch ", {"off", "of programs only", "of the start only", "on"}},
};

enum { FACTS = sizeof facts / sizeof facts[0], DRIVERS = 5 /* number of the first about drivers */ };

struct machine {
    int64_t evidence, volume;
    bool has_system; /* its hive SYSTEM was read, so that what is not set is known */
    char values[FACTS][VALUE];
};

static size_t number_of(const char *fact) {
    size_t i = 0;
    while (i < FACTS && strcmp(facts[i].fact, fact) != 0)
        i++;
    return i;
}

static const char *word_of(size_t fact, const char *value) {
    bool small = value[0] >= '0' && value[0] <= '3' && !value[1];
    return small && facts[fact].words[value[0] - '0'] ? facts[fact].words[value[0] - '0'] : value;
}

/* Of what is not set the blocklist and memory integrity matter: their defaults depend on the version. */
static void tell(const struct machine *machine, const struct wrap *wrap, struct text *out) {
    struct text line = {0};
    for (size_t i = 0; i < FACTS; i++) {
        const char *value = machine->values[i];
        bool asked = machine->has_system && (i == DRIVERS || i == DRIVERS + 1);
        if (!value[0] && !asked)
            continue;
        text_add(&line, line.size == 0 ? "" : i < DRIVERS ? ", " : "; ");
        text_add(&line, facts[i].label);
        if (value[0]) {
            const char *word = word_of(i, value);
            text_terminal(&line, word, strlen(word));
        } else
            text_add(&line, "not set");
    }
    if (line.size > 0)
        wrap_paragraph(out, wrap, 0, LABEL, WRAP_BOLD, "Host", text_string(&line));
    text_free(&line);
}

bool story_host(struct db *db, const struct wrap *wrap, struct text *out) {
    struct db_query *q = db_prepare(
        db, "SELECT h.evidence, coalesce(h.volume, 0), p.fact, substr(coalesce(p.value, ''), 1, 80),"
            " coalesce(x.kind, '') FROM posture p JOIN artifact h ON h.id = p.hive LEFT JOIN hive x ON"
            " x.artifact = p.hive ORDER BY 1, 2, p.rowid");
    struct machine machine = {0};
    size_t told = 0;
    bool any = false;
    while (q && told < STORY_HOST_MOST && db_step(q)) {
        if (any && (machine.evidence != db_integer(q, 0) || machine.volume != db_integer(q, 1))) {
            tell(&machine, wrap, out);
            told++;
            any = false;
        }
        if (!any)
            machine = (struct machine){.evidence = db_integer(q, 0), .volume = db_integer(q, 1)};
        any = true;
        machine.has_system |= strcmp(db_text(q, 4, NULL), "system") == 0;
        size_t fact = number_of(db_text(q, 2, NULL));
        if (fact < FACTS && !machine.values[fact][0])
            snprintf(machine.values[fact], VALUE, "%s", db_text(q, 3, NULL));
    }
    if (any && told < STORY_HOST_MOST)
        tell(&machine, wrap, out);
    db_finish(q);
    return q && db_error(db)[0] == 0;
}
