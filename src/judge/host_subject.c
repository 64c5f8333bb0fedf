#include "judge/host_subject.h"

#include <stdlib.h>

struct told {
    int64_t artifact, finding, severity;
};

/* Ordered by artifact; `number` of the finding, or of the row of trust, which has no index while judges run.
 */
struct known {
    int64_t artifact, number, severity;
};

struct known_list {
    struct known *list;
    size_t count, room;
};

struct host_subjects {
    struct db_query *one;
    struct known_list told, trust;
};

static const char trust_sql[] = "SELECT artifact, rowid, 0 FROM trust ORDER BY artifact";

static const char one_sql[] =
    "SELECT t.state, t.signer, p.company, p.artifact IS NOT NULL, a.flags & 2, coalesce(nullif(a.fn_created, 0),"
    " a.si_created, 0) FROM artifact a LEFT JOIN trust t ON t.rowid = ? LEFT JOIN pe p ON p.artifact = a.id"
    " WHERE a.id = ?";

static bool load(struct db *db, const char *sql, struct known_list *to) {
    struct db_query *q = db_prepare(db, sql);
    bool good = q != NULL;
    while (good && db_step(q)) {
        if (to->count == to->room) {
            size_t room = to->room ? 2 * to->room : 256;
            struct known *more = realloc(to->list, room * sizeof *more);
            good = more != NULL;
            to->list = good ? more : to->list;
            to->room = good ? room : to->room;
        }
        if (good)
            to->list[to->count++] = (struct known){db_integer(q, 0), db_integer(q, 1), db_integer(q, 2)};
    }
    db_finish(q);
    return good && db_error(db)[0] == 0;
}

static bool load_told(struct db *db, const char *detectors, struct known_list *to) {
    struct text sql = {0};
    text_format(&sql,
                "SELECT artifact, id, severity FROM finding WHERE artifact IS NOT NULL AND detector IN (%s)"
                " ORDER BY artifact, severity DESC, id",
                detectors);
    bool good = !sql.full && load(db, text_string(&sql), to);
    text_free(&sql);
    return good;
}

/* The first of an artifact, or NULL. */
static const struct known *find(const struct known_list *in, int64_t artifact) {
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

struct host_subjects *host_subjects_open(struct db *db, const char *detectors) {
    struct host_subjects *ret = calloc(1, sizeof *ret);
    if (!ret)
        return NULL;
    ret->one = db_prepare(db, one_sql);
    if (ret->one && load_told(db, detectors, &ret->told) && load(db, trust_sql, &ret->trust))
        return ret;
    host_subjects_close(ret);
    return NULL;
}

void host_subjects_close(struct host_subjects *subjects) {
    if (!subjects)
        return;
    db_finish(subjects->one);
    free(subjects->told.list);
    free(subjects->trust.list);
    free(subjects);
}

/* Cut between characters. */
static void copy(char *to, const char *text) {
    size_t size = text ? strnlen(text, HOST_SUBJECT_WORD - 1) : 0;
    while (size > 0 && text[size] && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    memcpy(to, text ? text : "", size);
    to[size] = 0;
}

bool host_subjects_of(struct host_subjects *subjects, int64_t artifact, struct host_subject *ret) {
    struct db_query *q = subjects->one;
    *ret = (struct host_subject){.trust = HOST_TRUST_UNKNOWN};
    if (artifact == 0)
        return true;
    const struct known *trust = find(&subjects->trust, artifact);
    db_reset(q);
    db_bind_integer(q, 1, trust ? trust->number : 0);
    db_bind_integer(q, 2, artifact);
    if (!db_step(q))
        return false;
    ret->artifact = artifact;
    copy(ret->state, db_text(q, 0, NULL));
    copy(ret->signer, db_text(q, 1, NULL));
    copy(ret->company, db_text(q, 2, NULL));
    ret->trust = host_trust_of(ret->state);
    ret->is_image = db_integer(q, 3) != 0;
    ret->is_deleted = db_integer(q, 4) != 0;
    ret->born = db_integer(q, 5);
    db_reset(q);
    return true;
}

uint64_t host_subjects_told(const struct host_subjects *subjects, int64_t artifact, enum severity severity) {
    const struct known *told = find(&subjects->told, artifact);
    return told && told->severity >= (int64_t)severity ? (uint64_t)told->number : 0;
}

void host_subject_detail(const struct host_subject *subject, struct host_moment *born,
                         struct finding *finding) {
    if (subject->artifact == 0)
        return;
    host_moment(subject->born, born);
    saying_detail(finding, "signature", subject->state[0] ? subject->state : "of it nothing is known");
    saying_detail(finding, "signer", subject->signer);
    saying_detail(finding, "company, as it says", subject->company);
    saying_detail(finding, "file made", born->text);
    saying_detail(finding, "file now", subject->is_deleted ? "deleted" : NULL);
}

bool host_subjects_omitted(struct casefile *casefile, const char *detector, size_t count) {
    char summary[96];
    if (count == 0)
        return true;
    snprintf(summary, sizeof summary, "%zu further ones are not told one by one", count);
    struct finding finding = {
        .detector = detector, .severity = SEVERITY_INFO, .strength = STRENGTH_WEAK, .summary = summary};
    return casefile_finding(casefile, (struct casefile_place){.evidence = 1}, &finding, NULL, 0);
}
