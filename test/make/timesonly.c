/* timesonly CASE [-all] PATH: a case of what a run for times alone reads (engine_options.times_only) of a
 * PATH or an address in it, of which all the volume is told; with -all, contents are read, too. */
#include "cli/command.h"
#include "engine/casesink.h"

#include <string.h>

static bool examine(struct zygote *zygote, const struct engine_options *options,
                    const struct engine_target *targets, int count, const char *path) {
    struct text error = {0};
    struct casefile *casefile = casefile_create(path, true, &error);
    struct casesink sink;
    struct engine_result result;
    if (!casefile) {
        fprintf(stderr, "timesonly: %s\n", text_string(&error));
        text_free(&error);
        return false;
    }
    casesink_init(&sink, casefile);
    bool good = command_register(casefile) &&
                engine_run(zygote, options, targets, (size_t)count, &sink.sink, &result) &&
                casefile_finish(casefile, result.lost || result.volumes_lost ? "something is lost" : NULL);
    if (good)
        printf("%llu read, %llu seen, %llu lost\n", (unsigned long long)result.bytes_read,
               (unsigned long long)result.seen, (unsigned long long)result.lost);
    casefile_close(casefile);
    return good;
}

int main(int argc, char **argv) {
    bool all = argc == 4 && strcmp(argv[2], "-all") == 0;
    if (argc != 3 && !all) {
        fprintf(stderr, "usage: timesonly CASE [-all] PATH\n");
        return 2;
    }
    struct engine_options options = command_engine_defaults();
    struct zygote zygote = {-1, 0};
    void *memory = NULL;
    int count = 0;
    options.inspect = true;
    options.times_only = !all;
    options.whole_volume = true;
    struct engine_target *targets = command_targets(argv + argc - 1, 1, &options, NULL, &count, &memory);
    bool good = targets && engine_prepare(NULL, 0) && command_engine_start(&options, &zygote);
    good = good && examine(&zygote, &options, targets, count, argv[1]);
    zygote_stop(&zygote);
    command_targets_free(targets, count, memory);
    return good ? 0 : 1;
}
