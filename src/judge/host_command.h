/* host_command: how much a command hides of what it does. For judges of services and autostarts.
 *
 * What counts is the program that the command starts, by its whole file name: the first word, or a word
 * behind one where that program is a shell or another that starts what it is told (forfiles, conhost ...). A
 * switch counts as a whole word. The programs and switches are of the LOLBAS project, those of PowerShell of
 * about_PowerShell_exe; which prefixes it takes for -EncodedCommand is PowerShell's own parser's rule. */
#ifndef JUDGE_HOST_COMMAND_H
#define JUDGE_HOST_COMMAND_H

enum host_command {
    HOST_COMMAND_PLAIN,
    HOST_COMMAND_SHELL, /* of a shell: what it does stands there to be read */
    HOST_COMMAND_HIDDEN /* encoded, fetched from elsewhere when it runs, or sent through a pipe */
};
enum host_command host_command_of(const char *command);

#endif
