/* Rows from workers, which are not trusted. */
#include "case/casefile_private.h"

/* Columns that the parent fills in. */
static bool is_parents(unsigned column) {
    enum fact_table table = casefile_schema_columns[column].table;
    const char *name = casefile_schema_columns[column].name;
    if (table == FACT_finding)
        return column == FACT_finding_id || column == FACT_finding_artifact ||
               column == FACT_finding_volume || column == FACT_finding_evidence;
    if (table == FACT_finding_detail)
        return column == FACT_finding_detail_finding;
    return strcmp(name, "artifact") == 0;
}

static size_t cap_of(unsigned column) {
    switch (column) {
    case FACT_finding_summary:
        return CASEFILE_SUMMARY;
    case FACT_finding_excerpt:
        return FINDING_EXCERPT;
    case FACT_finding_detail_key:
        return CASEFILE_WORD;
    case FACT_finding_detail_value:
        return CASEFILE_VALUE;
    default:
        return CASEFILE_CELL;
    }
}

static bool cell_is_sane(const struct row_cell *cell) {
    if (cell->kind != casefile_schema_columns[cell->column].kind)
        return false;
    if (cell->kind != ROW_INTEGER && cell->bytes.size > cap_of(cell->column))
        return false;
    return cell->kind != ROW_TEXT || casefile_private_utf8(cell->bytes.data, cell->bytes.size);
}

/* Sorts the cells by column into `at`, NULL where there is none; false if one may not be there. */
static bool row_is_sane(const struct casefile *casefile, const struct row *row,
                        const struct row_cell *at[ROW_CELLS]) {
    if (row->table >= FACT_TABLES || row->count > ROW_CELLS ||
        casefile_schema_tables[row->table].who != CASEFILE_SCHEMA_WORKER)
        return false;
    unsigned first = casefile->first[row->table], end = casefile->end[row->table];
    for (size_t i = 0; i < row->count; i++) {
        const struct row_cell *cell = &row->cells[i];
        if (cell->column < first || cell->column >= end || cell->column - first >= ROW_CELLS ||
            at[cell->column - first] || is_parents(cell->column) || !cell_is_sane(cell))
            return false;
        at[cell->column - first] = cell;
    }
    return true;
}

static void bind(struct db_query *query, int at, const struct row_cell *cell) {
    if (cell->kind == ROW_INTEGER)
        db_bind_integer(query, at, (int64_t)cell->integer);
    else if (cell->kind == ROW_TEXT)
        db_bind_text(query, at, (const char *)cell->bytes.data, cell->bytes.size);
    else
        db_bind_blob(query, at, cell->bytes.data, cell->bytes.size);
}

static enum casefile_taken put(struct casefile *casefile, unsigned table,
                               const struct row_cell *at[ROW_CELLS], unsigned column, uint64_t artifact) {
    struct db_query *query = casefile_private_insert(casefile, (enum fact_table)table);
    if (!query)
        return CASEFILE_FAILED;
    unsigned count = casefile->end[table] - casefile->first[table];
    for (unsigned i = 0; i < count && i < ROW_CELLS; i++)
        if (at[i])
            bind(query, (int)i + 1, at[i]);
    if (column != FACT_COLUMNS)
        db_bind_integer(query, (int)(column - casefile->first[table]) + 1, (int64_t)artifact);
    return casefile_private_put(casefile, query) ? CASEFILE_TAKEN : CASEFILE_FAILED;
}

static enum casefile_taken take_fact(struct casefile *casefile, unsigned table,
                                     const struct row_cell *at[ROW_CELLS], uint64_t artifact) {
    unsigned ordinal = casefile->ordinal[table];
    if (ordinal != FACT_COLUMNS && !at[ordinal - casefile->first[table]])
        return CASEFILE_REFUSED;
    unsigned column = casefile->artifact[table];
    if (casefile->shared[table])
        return at[0] && at[0]->bytes.size == CASEFILE_THUMBPRINT ? put(casefile, table, at, FACT_COLUMNS, 0)
                                                                 : CASEFILE_REFUSED;
    return column == FACT_COLUMNS ? CASEFILE_REFUSED : put(casefile, table, at, column, artifact);
}

static const struct row_cell *finding_cell(const struct row_cell *at[ROW_CELLS], unsigned column) {
    return at[column - FACT_finding_id];
}

static bool in_range(const struct row_cell *cell, uint64_t most) {
    return !cell || cell->integer <= most;
}

static bool finding_is_sane(const struct casefile *casefile, const struct row_cell *at[ROW_CELLS]) {
    const struct row_cell *detector = finding_cell(at, FACT_finding_detector);
    const struct row_cell *severity = finding_cell(at, FACT_finding_severity);
    const struct row_cell *strength = finding_cell(at, FACT_finding_strength);
    return detector && severity && strength && finding_cell(at, FACT_finding_summary) &&
           in_range(severity, SEVERITY_CRITICAL) && in_range(strength, STRENGTH_STRONG) &&
           in_range(finding_cell(at, FACT_finding_offset), INT64_MAX) &&
           in_range(finding_cell(at, FACT_finding_size), INT64_MAX) &&
           casefile_private_knows(casefile, (const char *)detector->bytes.data, detector->bytes.size);
}

static enum casefile_taken take_finding(struct casefile *casefile, const struct row_cell *at[ROW_CELLS],
                                        uint64_t artifact) {
    if (!finding_is_sane(casefile, at))
        return CASEFILE_REFUSED;
    struct row_cell id = {.kind = ROW_INTEGER, .integer = casefile->findings + 1};
    bool full = casefile_private_full(casefile, at[FACT_finding_severity - FACT_finding_id]->integer);
    at[0] = &id;
    enum casefile_taken taken =
        full ? CASEFILE_TAKEN : put(casefile, FACT_finding, at, FACT_finding_artifact, artifact);
    if (taken != CASEFILE_TAKEN)
        return taken;
    casefile->findings += !full;
    size_t slot = 0;
    while (slot < CASEFILE_OPEN_FINDINGS && casefile->last[slot].artifact != artifact)
        slot++;
    if (slot == CASEFILE_OPEN_FINDINGS) {
        slot = casefile->last_at;
        casefile->last_at = (slot + 1) % CASEFILE_OPEN_FINDINGS;
    }
    casefile->last[slot] = (struct casefile_last){artifact, full ? 0 : casefile->findings, 0};
    return CASEFILE_TAKEN;
}

static enum casefile_taken take_detail(struct casefile *casefile, const struct row_cell *at[ROW_CELLS],
                                       uint64_t artifact) {
    for (size_t i = 0; i < CASEFILE_OPEN_FINDINGS; i++) {
        struct casefile_last *last = &casefile->last[i];
        if (last->artifact != artifact)
            continue;
        if (last->details == FINDING_DETAILS || !at[FACT_finding_detail_key - FACT_finding_detail_finding] ||
            !at[FACT_finding_detail_value - FACT_finding_detail_finding])
            return CASEFILE_REFUSED;
        last->details++;
        if (last->finding == 0) /* its finding was left out */
            return CASEFILE_TAKEN;
        return put(casefile, FACT_finding_detail, at, FACT_finding_detail_finding, last->finding);
    }
    return CASEFILE_REFUSED;
}

enum casefile_taken casefile_row(struct casefile *casefile, const struct row *row, uint64_t artifact) {
    const struct row_cell *at[ROW_CELLS] = {0};
    if (!casefile_private_sound(casefile))
        return CASEFILE_FAILED;
    if (artifact == 0 || artifact > INT64_MAX || !row_is_sane(casefile, row, at))
        return CASEFILE_REFUSED;
    if (row->table == FACT_finding)
        return take_finding(casefile, at, artifact);
    if (row->table == FACT_finding_detail)
        return take_detail(casefile, at, artifact);
    return take_fact(casefile, row->table, at, artifact);
}

static bool cell_fits(const struct casefile_cell *cell, unsigned table) {
    if (cell->column >= FACT_COLUMNS || casefile_schema_columns[cell->column].table != table)
        return false;
    enum row_kind kind = casefile_schema_columns[cell->column].kind;
    return kind == ROW_TEXT   ? cell->bytes.size == 0
           : kind == ROW_BLOB ? !cell->text
                              : !cell->text && cell->bytes.size == 0;
}

bool casefile_put(struct casefile *casefile, unsigned table, const struct casefile_cell *cells,
                  size_t count) {
    if (table < FACT_finding_chain || table > FACT_stake)
        return casefile_private_fail(casefile, "a row for a table that is not of closing judges");
    struct db_query *query = casefile_private_insert(casefile, (enum fact_table)table);
    if (!query)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct casefile_cell *cell = &cells[i];
        if (!cell_fits(cell, table))
            return casefile_private_fail(casefile, "a cell that is not of its table, or of another type");
        int at = (int)(cell->column - casefile->first[table]) + 1;
        enum row_kind kind = casefile_schema_columns[cell->column].kind;
        if (kind == ROW_INTEGER && !(cell->some && cell->number == 0))
            db_bind_integer(query, at, (int64_t)cell->number);
        if (kind == ROW_BLOB && cell->bytes.size > 0)
            db_bind_blob(query, at, cell->bytes.data, cell->bytes.size);
        if (kind == ROW_TEXT && cell->text && !casefile_private_text(casefile, query, at, cell->text))
            return false;
    }
    return casefile_private_put(casefile, query);
}
