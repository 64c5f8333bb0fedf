/* sql: a question to a store, written once for both engines.
 *
 * Text is appended with sql_add, in which words in braces stand for what the engines say differently; what
 * comes from people or from cases goes in by sql_text and sql_number alone, quoted as the engine has it.
 * Neither engine has NULL here: "" and 0 are "none".
 *
 *   {things}     all things: thing, kind, path, name, sha256, authentihash, signer, exports, version,
 *                product, built, added (when it first came into the store)
 *   {cases}      the current case of each host: host, caseid, collected, added, rank, verdict,
 *                complete, since
 *   {current}    presences of current cases: thing, host, caseid, time
 *   {counts}     how many hosts have a thing: thing, hosts
 *   {rare K}     presences of things that at most K hosts have (K at most STORE_RARE):
 *                thing, host, caseid, time
 *   {hosts}      host, name, domain, machine_guid, machine_sid, mac, os_build, role, products
 *   {places}     host, site, country, owner, role, mac
 *   {marks}      of current cases: host, caseid, thing, stage, severity, strength, detector,
 *                time, summary
 *   {covered}    of current cases: host, prefix, complete
 *   {join}       inner join; write USING behind it, and the smaller side last
 *   {left}       left join, the same; what is not there is NULL on one engine, "" or 0 on the other
 *   {distinct X} how many different X
 *   {day X}      whole days of a FILETIME
 *   {has A B}    text A holds text B; B is a quoted text or a column without blanks
 *
 * What a condition makes quicker where nothing is kept is asked with that condition: sql_current_of,
 * sql_current_on, sql_counts_of, sql_stacked. Each takes a SELECT of the same engine without brackets and
 * appends a subquery in brackets.
 *
 * One join a SELECT, and names without their tables: older ClickHouse understands nothing else.
 *
 * Columns that are asked for get names (AS), and what is grouped is ordered, so that both engines answer with
 * the same rows in the same order. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/fault.h"
#include "base/text.h"

enum sql_engine { SQL_SQLITE, SQL_CLICKHOUSE };

enum { SQL_WORD = 64 }; /* bytes of what stands in braces at most */

struct sql {
    struct text text;
    enum sql_engine engine;
    bool bad; /* a word in braces is none: a defect of the caller */
};

void sql_init(struct sql *sql, enum sql_engine engine);
void sql_free(struct sql *sql);

void sql_add(struct sql *sql, const char *words);
void sql_text(struct sql *sql, const char *utf8); /* a literal; what is not UTF-8 becomes U+FFFD */
void sql_number(struct sql *sql, int64_t value);

/* {has} of a text that people give. */
void sql_has(struct sql *sql, const char *column, const char *utf8);

/* {current} of the things (column thing) that `things` selects. */
void sql_current_of(struct sql *sql, const struct sql *things);

/* {current} of two hosts. */
void sql_current_on(struct sql *sql, uint64_t one, uint64_t other);

/* {counts}, at least of the things that `things` selects. */
void sql_counts_of(struct sql *sql, const struct sql *things);

/* On how many hosts each value is: value, hosts (that have any thing with the value), things (that have the
 * value, and are on some host). `values` selects thing and value, each thing once. With `approximate` an
 * engine for which that is quicker may estimate hosts; sql_stacked_error says which does. */
void sql_stacked(struct sql *sql, const struct sql *values, bool approximate);

/* By how many thousandths an estimate of sql_stacked is off, at most, in 95 of 100 cases; 0: it counts. */
unsigned sql_stacked_error(enum sql_engine engine) MUST_USE;

/* The whole of it; NULL if it is bad or memory ran out. */
const char *sql_string(const struct sql *sql);

#endif
