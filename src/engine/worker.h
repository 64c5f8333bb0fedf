/* worker: what runs in a confined process: it takes jobs over a socket until that is closed. */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

/* Never returns. Exit status 3 if the process could not be confined, 2 if the parent made no sense. */
_Noreturn void worker_run(int socket);

#endif
