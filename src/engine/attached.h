/* attached: the evidence that a worker has in hand, as the parent sent it. Inside workers only.
 *
 * Its parts are opened as an image when the first job needs them, and stay open for the later ones; so do the
 * shadow copies of the volume that was asked for last. Files beside them are found by name alone. */
#ifndef ENGINE_ATTACHED_H
#define ENGINE_ATTACHED_H

#include "base/wire.h"
#include "engine/protocol.h"
#include "source/image.h"
#include "source/pack.h"
#include "source/reader.h"
#include "source/shadows.h"

struct attached {
    struct image_part parts[IMAGE_PARTS];           /* their descriptors are ours */
    size_t count, total;                            /* there are all of them if these are equal */
    struct image_part beside[PROTOCOL_BESIDE_MOST]; /* files beside them; the same */
    size_t beside_count;
    uint64_t taken;                /* a bit each: a package took it in */
    struct pack_beside place;      /* attached_beside */
    struct image *image;           /* NULL until it is needed */
    char wanted[IMAGE_NAME];       /* a further part that the image needs */
    struct evidence_reader volume; /* of the volume whose shadow copies are open */
    struct shadows *shadows;
    struct shadow_reading {
        struct shadows *shadows;
        size_t number;
    } reading; /* the copy that readers of attached_place see */
};

/* Takes a message of PROTOCOL_PARTS; the first part lets go of the evidence before. False if it makes no
 * sense; descriptors that were taken are marked -1 in the message. */
bool attached_take(struct attached *attached, struct wire_message *message) MUST_USE;

/* The same of PROTOCOL_BESIDE, behind all parts. */
bool attached_take_beside(struct attached *attached, struct wire_message *message) MUST_USE;

/* What a package in the parts may find beside it. */
const struct pack_beside *attached_beside(struct attached *attached);

/* The image, opened if it is not yet; NULL with a fault in `job`, and perhaps `wanted` set. */
struct image *attached_image(struct attached *attached, struct job *job);

/* A reader of all of it. False with a fault in `job`. */
bool attached_reader(struct attached *attached, struct job *job, struct evidence_reader *ret) MUST_USE;

/* The shadow copies of a volume, opened if they are not yet; NULL with a fault in `job`, or without one if
 * the volume has none. */
struct shadows *attached_shadows(struct attached *attached, struct job *job,
                                 const struct protocol_place *place);

/* A reader of all of the evidence for the volume at `place`: base and size of the volume then fit it. For a
 * shadow copy the volume begins at 0, and `place` is changed to say so. */
bool attached_place(struct attached *attached, struct job *job, struct protocol_place *place,
                    struct evidence_reader *ret) MUST_USE;

#endif
