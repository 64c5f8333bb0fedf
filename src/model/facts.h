/* facts: numbers for the tables and columns of model/facts.def.
 *
 * FACT_pe is the number of table `pe`, FACT_pe_machine that of its column `machine`; columns count through
 * the whole list. They are the same within one build of the program and mean nothing outside it. */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

enum fact_table {
#define TABLE(name, who, doc) FACT_##name,
#define COLUMN(table, name, type, doc)
#include "model/facts.def"
#undef TABLE
#undef COLUMN
    FACT_TABLES
};

enum fact_column {
#define TABLE(name, who, doc)
#define COLUMN(table, name, type, doc) FACT_##table##_##name,
#include "model/facts.def"
#undef TABLE
#undef COLUMN
    FACT_COLUMNS
};

#endif
