#include "store/engine.h"

static bool open(struct engine *engine, const char *where, enum store_mode mode) {
    (void)where;
    (void)mode;
    return engine_fail(engine, "ClickHouse is not built in");
}

static void close_engine(struct engine *engine) {
    (void)engine;
}

const struct engine_shape clickhouse_engine = {.name = "clickhouse", .open = open, .close = close_engine};
