#include "judge/saying.h"
#include "model/judge.h"

enum { REFERENCES = 8 };

/* A package's signature whose block map was changed, and files that are not the package's, one package behind
 * the other. */
static const char rows_sql[] =
    "SELECT k.artifact AS package, t.artifact, coalesce(t.signer, ''), t.artifact = k.artifact,"
    " lower(coalesce(o.path, '')) LIKE '%modifiablewindowsapps%' FROM package k"
    " JOIN trust t ON coalesce(t.catalog, t.artifact) = k.artifact LEFT JOIN signature s ON s.artifact = k.artifact"
    " LEFT JOIN artifact a ON a.id = k.artifact LEFT JOIN folder o ON o.id = a.folder"
    " WHERE t.state = 'digest-mismatch' AND s.seal = 'match' ORDER BY 1, 2";

struct group {
    int64_t package, first;
    bool map, modifiable;
    char signer[600];
    uint64_t count;
    struct casefile_reference references[REFERENCES];
    size_t cited;
};

static bool report(struct casefile *casefile, const struct group *group) {
    char count[24];
    if (group->count == 0)
        return true;
    snprintf(count, sizeof count, "%llu", (unsigned long long)group->count);
    struct finding finding = {.detector = "package_changed",
                              .severity = group->modifiable ? SEVERITY_LOW
                                          : group->map      ? SEVERITY_MEDIUM
                                                            : SEVERITY_HIGH,
                              .strength = STRENGTH_FIRM,
                              .summary = group->map
                                             ? "The list of a package's files is not the one that was signed"
                                             : "The file is not the one that its package was signed with"};
    saying_detail(&finding, "package's signer", group->signer);
    saying_detail(&finding, group->map ? "signatures concerned" : "files of this package", count);
    return saying_write(casefile, group->first, &finding, group->references, group->cited);
}

static void start(struct group *group, struct db_query *q) {
    *group = (struct group){.package = db_integer(q, 0),
                            .first = db_integer(q, 1),
                            .map = db_integer(q, 3) != 0,
                            .modifiable = db_integer(q, 4) != 0};
    snprintf(group->signer, sizeof group->signer, "%s", db_text(q, 2, NULL)); /* at most 511 bytes */
}

static bool judge_rows(struct casefile *casefile, struct db_query *q, struct group *group) {
    while (db_step(q)) {
        if (group->count == 0 || db_integer(q, 0) != group->package ||
            group->map != (db_integer(q, 3) != 0)) {
            if (!report(casefile, group))
                return false;
            start(group, q);
        } else if (group->cited < REFERENCES)
            group->references[group->cited++] =
                (struct casefile_reference){(uint64_t)db_integer(q, 1), "in the same package"};
        group->count++;
    }
    return report(casefile, group) && casefile_error(casefile)[0] == 0;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct db_query *q = db_prepare(casefile_db(casefile), rows_sql);
    struct group group = {.count = 0};
    (void)intel;
    bool good = q && judge_rows(casefile, q, &group);
    db_finish(q);
    return good;
}

const struct judge judge_package_changed = {
    .text =
        {
            .id = "package_changed",
            .title = "other bytes than the package was signed with",
            .why =
                "Windows checks the files of an Appx or MSIX package when it installs it, and most programs in packages "
                "have no signature of their own. A program or library that was exchanged afterwards is found by nothing "
                "but a comparison with the package's block map.",
            .innocent =
                "Packages that are being developed and were registered from their build folder; an update that stopped "
                "halfway; games below ModifiableWindowsApps, which their players may change (low there); a disk that lost what was written.",
            .verify =
                "Get the same package version from its maker, unpack it (it is a ZIP file) and compare the file. "
                "On Windows: Get-AppxPackage shows whether the package's Status is Ok.",
            .attack = "T1554",
            .severity = SEVERITY_HIGH,
        },
    .judge = judge,
};
