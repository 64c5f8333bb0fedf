/* removal_command: whether a command line removes traces or keeps them from being made, by the program that
 * it starts and that program's words, not by words that it mentions. Shells (cmd, PowerShell) are followed
 * into what they are told to run, a few deep. */
#ifndef JUDGE_REMOVAL_COMMAND_H
#define JUDGE_REMOVAL_COMMAND_H

enum { REMOVAL_COMMAND = 1024 }; /* bytes that are looked at */

/* What it does, a constant sentence; NULL if nothing of the kind. */
const char *removal_command(const char *line);

#endif
