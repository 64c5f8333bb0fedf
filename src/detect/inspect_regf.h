/* inspect_regf: a registry hive as rows of hive, hive_key, hive_value and hive_data. For inspect.c only. */
#ifndef DETECT_INSPECT_REGF_H
#define DETECT_INSPECT_REGF_H

#include "base/text.h"
#include "detect/inspect.h"

enum {
    INSPECT_REGF_WHOLE = 128 << 20, /* bytes that are read of one hive */
    INSPECT_REGF_ROWS = 2000000,    /* rows of hive_key, hive_value and hive_data kept of one hive */
    INSPECT_REGF_TEXT = 24 << 10,   /* bytes of one text */
    INSPECT_REGF_DATA = 48 << 10,   /* bytes of data in one row */
    INSPECT_REGF_VALUE = 1 << 20,   /* bytes of data of one value */
    INSPECT_REGF_FLUSH = 4 << 20,   /* bytes of rows after which options->flush is called */
    INSPECT_REGF_TIMES = 8,         /* rows of one hive have at most so many times its bytes, and */
    INSPECT_REGF_LEAST = 16 << 20   /* so many more: cells may be told often */
};

/* A hive in memory that may be changed. */
struct inspect_regf_hive {
    uint8_t *bytes;
    size_t size, room;       /* room: as regf_replay_room says; size if there are no logs */
    const struct span *logs; /* its transaction logs */
    size_t log_count;
    bool whole; /* these are all bytes of the file */
};

/* Applies the logs if the hive is dirty. Damage is noted in the job. The row of hive comes last, and always,
 * unless this is no hive. False if there was more than is kept, or memory or the step budget ran out. */
bool inspect_regf(const struct inspect_regf_hive *hive, struct job *job,
                  const struct inspect_options *options, struct text *rows) MUST_USE;

#endif
