/* What could not be read of an artifact, as findings. Runs last: earlier detectors may leave notes too. */
#include "model/detector.h"

static void report(struct reporter *reporter, const struct fault *fault, uint64_t size) {
    struct finding finding = {.detector = "damaged",
                              .severity = SEVERITY_INFO,
                              .strength = STRENGTH_FIRM,
                              .offset = fault->offset,
                              .size = size,
                              .summary = fault->text,
                              .details = {{"code", fault_word(fault->code)}},
                              .detail_count = 1};
    reporter->report(reporter, &finding);
}

static bool same(const struct fault *a, const struct fault *b) {
    return a->code == b->code && a->offset == b->offset && a->text == b->text;
}

static void more(struct reporter *reporter, size_t count) {
    char summary[80];
    snprintf(summary, sizeof summary, "%zu further places are damaged or were not read", count);
    struct finding finding = {
        .detector = "damaged", .severity = SEVERITY_INFO, .strength = STRENGTH_FIRM, .summary = summary};
    reporter->report(reporter, &finding);
}

static void detect(const struct artifact *artifact, struct reporter *reporter) {
    const struct job *job = artifact->job;
    size_t kept = job->noted < JOB_NOTES ? job->noted : JOB_NOTES;
    bool told = job->fault.code == FAULT_NONE;
    for (size_t i = 0; i < kept; i++) {
        report(reporter, &job->notes[i], job->note_sizes[i]);
        told = told || same(&job->notes[i], &job->fault);
    }
    if (!told)
        report(reporter, &job->fault, 0);
    if (job->noted > kept)
        more(reporter, job->noted - kept);
}

const struct detector detector_damaged = {
    .text =
        {
            .id = "damaged",
            .title = "a part could not be read",
            .why =
                "What is damaged, cut off or larger than a limit was not examined, so its silence proves nothing. "
                "Damage can also be made on purpose, to keep tools from looking further.",
            .innocent =
                "Interrupted downloads, failing disks, carved or deleted files, and programs that write formats "
                "loosely. Huge files meet limits.",
            .verify =
                "Look at the bytes at the given offset, for example: xxd -s OFFSET -l 64 FILE. Compare size and "
                "hash with a copy from another source.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .accepts = ARTIFACT_ANY,
    .detect = detect,
};
