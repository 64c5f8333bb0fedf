#include "intel/intel.h"

#include "base/digest.h"
#include "base/filetime.h"
#include "intel/campaigns_kept.h"
#include "intel/place.h"
#include "intel/policy_kept.h"

static bool load_defaults(const struct intel_options *options, struct intel *ret, struct text *error) {
    struct text path = {0};
    bool good = options->no_default_roots || (place_find("roots/roots.tsv", &path, error) &&
                                              roots_load_default(&ret->roots, text_string(&path), error));
    good = good && place_find("certificates.tsv", &path, error) &&
           certificates_add(&ret->certificates, text_string(&path), error);
    good = good && place_find("phantom_dlls.tsv", &path, error) &&
           phantoms_load(&ret->phantoms, text_string(&path), error);
    good = good && place_find("stakes.tsv", &path, error) &&
           stakes_load(&ret->stakes, text_string(&path), error);
    text_free(&path);
    return good;
}

/* None is shipped: whoever puts one there wants it. */
static bool load_placed_policy(struct intel *ret, struct text *error) {
    struct text path = {0}, looked = {0};
    bool good = !place_find("driver-policy.xml", &path, &looked) ||
                policy_add(&ret->policies, text_string(&path), error);
    text_free(&path);
    text_free(&looked);
    return good;
}

/* The user's lists come on top of the shipped ones; most users have none. */
bool intel_load_lists(struct lists_set *ret, struct text *error) {
    static const char *const shipped[] = {"iocs.tsv", "driver_loaders.tsv"};
    struct text path = {0}, looked = {0};
    bool good = digest_prepare();
    if (!good)
        text_add(error, "the cryptographic library lacks an algorithm");
    for (size_t i = 0; good && i < sizeof shipped / sizeof shipped[0]; i++)
        good = place_find(shipped[i], &path, error) &&
               lists_file_ship(ret, text_string(&path), shipped[i], error);
    if (good && place_find(LISTS_FILE_NAME, &path, &looked))
        good = lists_file_load(ret, text_string(&path), true, error);
    text_free(&path);
    text_free(&looked);
    return good;
}

/* Not kept open: workers are forked later. */
static bool look_at_known(const struct intel_options *options, struct intel *ret, struct text *error) {
    bool good = options->known_count <= KNOWN_FILES;
    if (!good)
        text_format(error, "more than %d lists of known software", KNOWN_FILES);
    for (size_t i = 0; good && i < options->known_count; i++) {
        struct known *known = known_open(options->known[i], error);
        good = known != NULL;
        known_close(known);
        ret->known[ret->known_count++] = options->known[i];
    }
    return good;
}

bool intel_load(const struct intel_options *options, struct intel *ret, struct text *error) {
    *ret = (struct intel){.now = filetime_now()};
    if (!digest_prepare()) {
        text_add(error, "the cryptographic library lacks an algorithm");
        return false;
    }
    bool good = load_defaults(options, ret, error);
    for (size_t i = 0; good && i < options->root_count; i++)
        good = roots_add(&ret->roots, options->roots[i], error);
    for (size_t i = 0; good && i < options->certificate_count; i++)
        good = certificates_add(&ret->certificates, options->certificates[i], error);
    good = good && load_placed_policy(ret, error) && policy_kept_add(&ret->policies, error);
    for (size_t i = 0; good && i < options->policy_count; i++)
        good = policy_add(&ret->policies, options->policies[i], error);
    good = good && intel_load_lists(&ret->lists, error);
    for (size_t i = 0; good && i < options->list_count; i++)
        good = lists_file_load(&ret->lists, options->lists[i], false, error);
    good = good && campaigns_ship(&ret->campaigns, error) && campaigns_kept_add(&ret->campaigns, error);
    return good && look_at_known(options, ret, error);
}

void intel_free(struct intel *intel) {
    roots_free(&intel->roots);
    certificates_free(&intel->certificates);
    policy_free(&intel->policies);
    lists_file_free(&intel->lists);
    phantoms_free(&intel->phantoms);
    campaigns_free(&intel->campaigns);
    stakes_free(&intel->stakes);
}
