/* Findings of the program itself and of judges, and the order of all of them. */
#include "case/casefile_private.h"

bool casefile_detail(struct casefile *casefile, uint64_t finding, const char *key, const char *value) {
    struct db_query *query = casefile_private_insert(casefile, FACT_finding_detail);
    if (!query)
        return false;
    db_bind_integer(query, 1, (int64_t)finding);
    return casefile_private_text(casefile, query, 2, key) &&
           casefile_private_text(casefile, query, 3, value) && casefile_private_put(casefile, query);
}

bool casefile_raise(struct casefile *casefile, uint64_t finding, enum severity severity,
                    const char *summary) {
    struct db_query *q = db_prepare(
        casefile->db, "UPDATE finding SET severity = max(severity, ?1), summary = ?2 WHERE id = ?3");
    if (!q)
        return false;
    db_bind_integer(q, 1, severity);
    db_bind_integer(q, 3, (int64_t)finding);
    bool good = casefile_private_text(casefile, q, 2, summary) && !db_step(q);
    db_finish(q);
    return good && db_error(casefile->db)[0] == 0;
}

static bool put_details(struct casefile *casefile, const struct finding *finding) {
    for (size_t i = 0; i < finding->detail_count && i < FINDING_DETAILS; i++)
        if (!casefile_detail(casefile, casefile->findings, finding->details[i].key,
                             finding->details[i].value))
            return false;
    return true;
}

static bool put_references(struct casefile *casefile, const struct casefile_reference *references,
                           size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct db_query *query = casefile_private_insert(casefile, FACT_finding_reference);
        if (!query)
            return false;
        db_bind_integer(query, 1, (int64_t)casefile->findings);
        db_bind_integer(query, 2, (int64_t)references[i].artifact);
        if (!casefile_private_text(casefile, query, 3, references[i].role) ||
            !casefile_private_put(casefile, query))
            return false;
    }
    return true;
}

bool casefile_private_full(struct casefile *casefile, uint64_t severity) {
    bool full = casefile->findings >= (severity == SEVERITY_INFO ? CASEFILE_INFO : CASEFILE_FINDINGS);
    casefile->omitted += full;
    return full;
}

bool casefile_finding(struct casefile *casefile, struct casefile_place place, const struct finding *finding,
                      const struct casefile_reference *references, size_t count) {
    struct db_query *query = casefile_private_insert(casefile, FACT_finding);
    if (!query)
        return false;
    if (casefile->numbered)
        return casefile_private_fail(casefile, "a finding came after they were numbered");
    if (!finding->detector || !finding->summary ||
        !casefile_private_knows(casefile, finding->detector, strlen(finding->detector)) ||
        finding->severity > SEVERITY_CRITICAL || finding->strength > STRENGTH_STRONG)
        return casefile_private_fail(casefile,
                                     "a finding is not well formed or its detector is not registered");
    if (casefile_private_full(casefile, finding->severity))
        return true;
    casefile->findings++;
    db_bind_integer(query, 1, (int64_t)casefile->findings);
    casefile_private_some(query, 2, place.artifact);
    casefile_private_some(query, 3, place.volume);
    casefile_private_some(query, 4, place.evidence);
    db_bind_integer(query, 6, finding->severity);
    db_bind_integer(query, 7, finding->strength);
    db_bind_integer(query, 8, (int64_t)finding->offset);
    db_bind_integer(query, 9, (int64_t)finding->size);
    struct span excerpt = span_clip(finding->excerpt, 0, FINDING_EXCERPT);
    if (excerpt.size > 0)
        db_bind_blob(query, 11, excerpt.data, excerpt.size);
    return casefile_private_text(casefile, query, 5, finding->detector) &&
           casefile_private_text(casefile, query, 10, finding->summary) &&
           casefile_private_put(casefile, query) && put_details(casefile, finding) &&
           put_references(casefile, references, count);
}

/* Arrival numbers findings in an order that depends on which worker was faster. Here they are sorted by what
 * they say, equal ones become one, and what hangs on them follows. Details of one finding keep their order:
 * one worker sent them. `kept` stays until the case is finished: what cites findings may have to follow. */
static const char sort[] =
    "CREATE TEMP TABLE arrived AS SELECT *, (SELECT group_concat(key || char(1) || value, char(2)) FROM"
    " (SELECT key, value FROM finding_detail WHERE finding = f.id ORDER BY rowid)) AS particulars FROM finding f;"
    "CREATE TEMP TABLE kept AS SELECT was, row_number() OVER (ORDER BY severity DESC, strength DESC, artifact IS NULL,"
    " artifact, volume, evidence, detector, offset, size, summary, excerpt, particulars, was) AS now FROM"
    " (SELECT *, min(id) AS was FROM arrived GROUP BY severity, strength, artifact, volume, evidence, detector,"
    " offset, size, summary, excerpt, particulars);"
    "CREATE UNIQUE INDEX temp.kept_was ON kept(was);"
    "CREATE TEMP TABLE details AS SELECT k.now AS finding, d.key, d.value FROM finding_detail d"
    " JOIN kept k ON k.was = d.finding ORDER BY k.now, d.rowid;"
    "CREATE TEMP TABLE refs AS SELECT k.now AS finding, r.artifact, r.role FROM finding_reference r"
    " JOIN kept k ON k.was = r.finding ORDER BY k.now, r.rowid;"
    "UPDATE arrived SET id = -id;"
    "UPDATE arrived SET id = (SELECT now FROM kept WHERE was = -arrived.id)"
    " WHERE -id IN (SELECT was FROM kept);"
    "DELETE FROM arrived WHERE id < 0; ALTER TABLE arrived DROP COLUMN particulars;"
    "DELETE FROM finding; DELETE FROM finding_detail; DELETE FROM finding_reference;"
    "INSERT INTO finding SELECT * FROM arrived ORDER BY id;"
    "INSERT INTO finding_detail SELECT * FROM details ORDER BY rowid;"
    "INSERT INTO finding_reference SELECT * FROM refs ORDER BY rowid;"
    "DROP TABLE details; DROP TABLE refs; DROP TABLE arrived;";

static bool build_indexes(struct casefile *casefile) {
    struct text sql = {0};
    casefile_schema_index(&sql);
    bool ok = !sql.full && db_run(casefile->db, text_string(&sql));
    text_free(&sql);
    return ok;
}

bool casefile_number(struct casefile *casefile) {
    if (!casefile->writing)
        return casefile_private_fail(casefile, "the case is not being written");
    if (casefile->numbered)
        return casefile_private_sound(casefile);
    casefile->numbered = true;
    return casefile_private_sound(casefile) &&
           db_run(casefile->db, "CREATE INDEX temporary_detail ON finding_detail(finding);") &&
           db_run(casefile->db, sort) && db_run(casefile->db, "DROP INDEX temporary_detail;") &&
           build_indexes(casefile);
}
