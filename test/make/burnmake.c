/* burnmake [signed] OUT MANIFEST FILE...: a bundle of WiX (Burn) behind a stub of headers alone, nothing that
 * could run: MANIFEST and the first FILE, u0, in the user interface's cabinet, all others in an attached one,
 * a0 and so on. `signed`: with bytes where signatures of the engine and of the bundle would lie. */
#include "make/burn_made.h"

#include <stdio.h>

static uint8_t *load(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        exit(2);
    *size = (size_t)ftell(file);
    uint8_t *data = malloc(*size + 1);
    rewind(file);
    if (!data || fread(data, 1, *size, file) != *size)
        exit(2);
    fclose(file);
    return data;
}

int main(int argc, char **argv) {
    static char names[CAB_MADE_FILES][8];
    struct cab_made_file files[CAB_MADE_FILES];
    uint8_t *cabinets[2];
    struct burn_made burn = {.count = 2};
    if (argc > 1 && strcmp(argv[1], "signed") == 0) {
        burn.engine_signature = 1001;
        burn.last_signature = 2002;
        argc--;
        argv++;
    }
    size_t count = argc > 4 ? (size_t)argc - 2 : 0, size;
    if (count < 3 || count > CAB_MADE_FILES) {
        fprintf(stderr, "usage: burnmake [signed] OUT MANIFEST FILE FILE...\n");
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], i == 0 ? "0" : "%c%zu", i == 1 ? 'u' : 'a', i == 1 ? 0 : i - 2);
        files[i].name = names[i];
        files[i].data = load(argv[2 + i], &files[i].size);
        files[i].attributes = 0;
    }
    for (size_t i = 0; i < 2; i++) {
        cabinets[i] = burn_made_cabinet(i == 0 ? files : files + 2, i == 0 ? 2 : count - 2,
                                        i == 0 ? 1 : CAB_MADE_LZX, &burn.sizes[i]);
        burn.containers[i] = cabinets[i];
    }
    uint8_t *whole = burn_made_all(&burn, &size);
    FILE *out = fopen(argv[1], "wb");
    if (!out || fwrite(whole, 1, size, out) != size || fclose(out) != 0)
        return 2;
    free(whole);
    for (size_t i = 0; i < 2; i++)
        free(cabinets[i]);
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)files[i].data);
    return 0;
}
