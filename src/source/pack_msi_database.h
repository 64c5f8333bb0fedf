/* pack_msi_database: the tables of an installer database that say where files go, and its streams by name. */
#ifndef SOURCE_PACK_MSI_DATABASE_H
#define SOURCE_PACK_MSI_DATABASE_H

#include "format/msi_tables.h"
#include "format/olecf.h"
#include "source/pack.h"

enum pack_msi_table {
    PACK_MSI_FILE,
    PACK_MSI_COMPONENT,
    PACK_MSI_DIRECTORY,
    PACK_MSI_MEDIA,
    PACK_MSI_PROPERTY,
    PACK_MSI_ACTION,
    PACK_MSI_EXECUTE,
    PACK_MSI_INTERFACE,
    PACK_MSI_ADMIN_EXECUTE,
    PACK_MSI_ADMIN_INTERFACE,
    PACK_MSI_ADVERTISE,
    PACK_MSI_SERVICE,
    PACK_MSI_REGISTRY,
    PACK_MSI_SHORTCUT,
    PACK_MSI_TABLES
};
enum { PACK_MSI_SEQUENCES = PACK_MSI_ADVERTISE - PACK_MSI_EXECUTE + 1 };

/* Rows of a table in the order of a string column. */
struct pack_msi_index {
    const struct msi_tables_table *table;
    unsigned column;
    uint32_t *rows, count;
};

struct pack_msi_stream {
    struct span name; /* stored form, unpacked, with a NUL behind it */
    uint32_t entry;   /* of the directory */
    bool table;
};

struct pack_msi_database {
    struct olecf olecf;
    struct msi_tables msi;
    struct msi_tables_table tables[PACK_MSI_TABLES];
    struct pack_msi_index files, components, directories;
    struct pack_msi_index sequences[PACK_MSI_SEQUENCES]; /* of actions, from PACK_MSI_EXECUTE on */
    struct pack_msi_stream *streams;                     /* of the root */
    size_t count;
};

/* Reads them, with the job's memory. False with a fault in it: what olecf_open says, LIMIT, or BAD for a
 * compound file of another kind (a document, a thumbnail database), which has neither the class of an
 * installer nor tables. Without tables (a patch, a transform) there are streams only. */
bool pack_msi_database_open(struct pack_msi_database *database, struct job *job,
                            struct evidence_reader *reader) MUST_USE;

/* The root's stream of this name, in any case of ASCII letters; NULL if there is none. */
const struct pack_msi_stream *pack_msi_database_stream(const struct pack_msi_database *database,
                                                       struct span name);

/* The bytes of a table's stream, in memory of the job; empty if it is too large, which is noted. */
struct span pack_msi_database_load(struct pack_msi_database *database, struct job *job,
                                   const struct pack_msi_stream *table);

/* The row whose key this is; UINT32_MAX if there is none. */
uint32_t pack_msi_database_row(const struct pack_msi_index *index, struct span key);

/* The path of a row of File, into `path` (cleared): its folder by the tables, from the nearest standard
 * folder or the root on, and its long name. Returns flags as pack_path. `scratch` is used. */
uint32_t pack_msi_database_path(const struct pack_msi_database *database, uint32_t file, struct text *scratch,
                                struct text *path);

/* The cell of a table by the name of its column. */
struct span pack_msi_database_text(const struct msi_tables_table *table, uint32_t row, const char *column);
int32_t pack_msi_database_number(const struct msi_tables_table *table, uint32_t row, const char *column);

#endif
