#include "base/job.h"

#include <stdalign.h>
#include <stdint.h>

struct job_block {
    struct job_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

enum { BLOCK_SIZE = 64 * 1024 };

void job_init(struct job *job, size_t cap) {
    *job = (struct job){.cap = cap, .steps = JOB_STEPS};
}

void job_reset(struct job *job) {
    for (struct job_block *block = job->blocks; block;) {
        struct job_block *next = block->next;
        free(block);
        block = next;
    }
    job_init(job, job->cap);
}

/* Sanitizers are to see a use of what was given out before, so their builds keep nothing. */
void job_recycle(struct job *job) {
    struct job_block *kept = NULL, **at = &job->blocks;
#ifndef ASSAY_UNCONFINED
    while (*at && (*at)->size != BLOCK_SIZE)
        at = &(*at)->next;
    kept = *at;
#endif
    if (kept)
        *at = kept->next;
    job_reset(job);
    if (!kept)
        return;
    memset(kept->data, 0, kept->used);
    kept->used = 0;
    kept->next = NULL;
    job->blocks = kept;
    job->used = kept->size;
}

static struct job_block *block_new(struct job *job, size_t need) {
    size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
    if (size > job->cap - job->used)
        size = need;
    struct job_block *block = size <= job->cap - job->used ? calloc(1, sizeof *block + size) : NULL;
    if (!block)
        return NULL;
    block->size = size;
    job->used += size;
    /* A block made for one large request goes behind the current one, which may still have room. */
    if (job->blocks && size == need) {
        block->next = job->blocks->next;
        job->blocks->next = block;
    } else {
        block->next = job->blocks;
        job->blocks = block;
    }
    return block;
}

void *job_alloc(struct job *job, size_t count, size_t size) {
    size_t align = alignof(max_align_t);
    if (size != 0 && count > (SIZE_MAX - align) / size) {
        job_fail(job, FAULT_LIMIT, 0, "more memory asked for than an artifact may use");
        return NULL;
    }
    size_t need = (count * size + align - 1) / align * align;
    struct job_block *block = job->blocks;
    if (!block || need > block->size - block->used)
        block = block_new(job, need);
    if (!block) {
        job_fail(job, FAULT_LIMIT, 0, "the memory budget of an artifact is used up");
        return NULL;
    }
    void *memory = block->data + block->used;
    block->used += need;
    return memory;
}

bool job_fail(struct job *job, enum fault_code code, uint64_t offset, const char *text) {
    if (job->fault.code == FAULT_NONE)
        job->fault = (struct fault){code, offset, text};
    return false;
}

void job_note_range(struct job *job, enum fault_code code, uint64_t offset, uint64_t size, const char *text) {
    if (job->noted > 0 && job->noted <= JOB_NOTES) {
        const struct fault *last = &job->notes[job->noted - 1];
        if (last->code == code && last->offset == offset && last->text == text)
            return;
    }
    if (job->noted < JOB_NOTES) {
        job->notes[job->noted] = (struct fault){code, offset, text};
        job->note_sizes[job->noted] = size;
    }
    job->noted++;
}

void job_note(struct job *job, enum fault_code code, uint64_t offset, const char *text) {
    job_note_range(job, code, offset, 0, text);
}

bool job_step(struct job *job, uint64_t count, uint64_t offset) {
    if (count > job->steps)
        return job_fail(job, FAULT_LIMIT, offset, "the step budget of an artifact is used up");
    job->steps -= count;
    return true;
}
