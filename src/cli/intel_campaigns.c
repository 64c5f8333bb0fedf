#include "cli/intel_campaigns.h"

#include "base/digest.h"
#include "cli/command.h"
#include "cli/command_campaigns.h"
#include "engine/compile.h"
#include "intel/campaigns_kept.h"

static void tell(const char *name, const char *date, const struct campaigns *campaigns, struct text *ret) {
    text_format(ret, "%s: campaigns of %s: ", name, date);
    campaigns_tell(campaigns, 0, ret);
}

static bool fill(struct intel_kept_file *file) {
    struct campaigns campaigns = {0};
    struct campaigns_damage damage;
    struct span bytes = span_of(text_string(&file->bytes), file->bytes.size, 0);
    bool good = campaigns_add(&campaigns, bytes, file->name, false, &damage);
    if (good)
        tell(file->name, file->date, &campaigns, &file->told);
    else
        command_error("intel: %s: %s", file->name, damage.why);
    campaigns_free(&campaigns);
    return good;
}

bool intel_campaigns_read(struct intel_kept *campaigns, const char *path, const char *name, bool unconfined) {
    struct zygote zygote = {-1, 0};
    struct intel_kept_file *file = intel_kept_new(campaigns, path, name);
    if (!file)
        return false;
    bool started = digest_prepare() && zygote_start(&zygote, compile_worker);
    if (!started)
        command_error("worker processes cannot be started");
    bool good =
        started && command_campaigns_compile(&zygote, path, name, unconfined, &file->bytes) && fill(file);
    if (started)
        zygote_stop(&zygote);
    if (!good)
        intel_kept_drop(campaigns);
    return good;
}

static bool tell_file(const struct kept_file *file, const char *before, bool paths, struct output *output,
                      struct text *error) {
    struct campaigns campaigns = {0};
    struct text line = {0};
    bool good = campaigns_kept_read(&campaigns, file, error);
    if (good) {
        text_add(&line, before);
        tell(file->name, file->date, &campaigns, &line);
        if (paths)
            text_format(&line, " (%s)", file->path);
        intel_kept_line(output, &line);
    }
    campaigns_free(&campaigns);
    return good;
}

static bool tell_shipped(const char *before, bool paths, struct output *output, struct text *error) {
    struct campaigns campaigns = {0};
    struct text line = {0};
    bool good = campaigns_ship(&campaigns, error);
    if (good) {
        text_add(&line, before);
        campaigns_tell(&campaigns, 0, &line);
        text_add(&line, paths ? " (shipped)" : "");
        intel_kept_line(output, &line);
    }
    campaigns_free(&campaigns);
    return good;
}

bool intel_campaigns_tell_kept(struct intel_kept *campaigns, const char *before, bool paths,
                               struct output *output, struct text *error) {
    bool good = tell_shipped(before, paths, output, error) && intel_kept_list(campaigns, error);
    for (size_t i = 0; good && i < campaigns->kept.count; i++)
        good = tell_file(&campaigns->kept.list[i], before, paths, output, error);
    return good;
}
