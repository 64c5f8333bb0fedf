/* persistence_weigh: what is to be said of one thing that something makes start or be loaded. For
 * persistence.c. */
#ifndef JUDGE_PERSISTENCE_H
#define JUDGE_PERSISTENCE_H

#include "judge/host_subject.h"

struct persistence {
    const char *kind, *key_path, *name, *command, *path, *through,
        *state;   /* as table autostart has them, state its path_state; "" for NULL */
    bool remains; /* autostart.state is not live */
    enum host_place place;
    struct host_subject subject;
    bool shadows; /* a class of a user that the machine has, too */
};

/* Sets severity, strength and summary. False if nothing is to be said. */
bool persistence_weigh(const struct persistence *p, struct finding *finding);

/* Does the command count, not the file that it names? Then another command is another finding. */
bool persistence_is_command(const struct persistence *p);

#endif
