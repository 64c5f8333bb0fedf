#include "report/fleet_country.h"

#include <stdlib.h>
#include <string.h>

/* Its header is not made for our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include <maxminddb.h>
#pragma GCC diagnostic pop

struct fleet_country {
    MMDB_s database;
};

struct fleet_country *fleet_country_open(const char *path, struct text *error) {
    struct fleet_country *country = calloc(1, sizeof *country);
    int status = country ? MMDB_open(path, MMDB_MODE_MMAP, &country->database) : MMDB_OUT_OF_MEMORY_ERROR;
    if (status == MMDB_SUCCESS)
        return country;
    text_format(error, "%s: %s", path, MMDB_strerror(status));
    free(country);
    return NULL;
}

void fleet_country_close(struct fleet_country *country) {
    if (!country)
        return;
    MMDB_close(&country->database);
    free(country);
}

static bool letter(char c) {
    return c >= 'A' && c <= 'Z';
}

/* Where it is, else where it is registered. */
bool fleet_country_of(const struct fleet_country *country, const char *address, char code[3]) {
    static const char *const keys[] = {"country", "registered_country"};
    int no_address, status;
    MMDB_lookup_result_s found = MMDB_lookup_string(&country->database, address, &no_address, &status);
    if (no_address != 0 || status != MMDB_SUCCESS || !found.found_entry)
        return false;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        MMDB_entry_data_s data;
        if (MMDB_get_value(&found.entry, &data, keys[i], "iso_code", NULL) != MMDB_SUCCESS ||
            !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING || data.data_size != 2)
            continue;
        memcpy(code, data.utf8_string, 2);
        code[2] = 0;
        if (letter(code[0]) && letter(code[1]))
            return true;
    }
    return false;
}
