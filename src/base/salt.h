/* salt: what hash tables of libraries are mixed with, so that nobody can choose names that make them slow.
 * Libraries ask the system when they are given none, which a confined process may not. */
#ifndef BASE_SALT_H
#define BASE_SALT_H

/* From the random bytes that the kernel gave the process; never 0. */
unsigned long salt_of_process(void);

#endif
