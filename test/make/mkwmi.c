/* mkwmi FILE command|script NAME TEXT [FILTER QUERY]: OBJECTS.DATA of a WMI repository with a consumer, and
 * what binds it. */
#include "make/wmi_made.h"

#include <stdio.h>
#include <stdlib.h>

static struct wmi_made made;

int main(int count, char **words) {
    char filter[512], consumer[512];
    if ((count != 5 && count != 7) || !digest_prepare())
        return EXIT_FAILURE;
    bool script = strcmp(words[2], "script") == 0;
    wmi_page(&made, 1);
    if (script)
        wmi_script(&made, words[3], words[4], true);
    else
        wmi_command(&made, words[3], NULL, words[4], true);
    if (count == 7) {
        snprintf(filter, sizeof filter, "__EventFilter.Name=\"%s\"", words[5]);
        snprintf(consumer, sizeof consumer, "%s.Name=\"%s\"",
                 script ? "ActiveScriptEventConsumer" : "CommandLineEventConsumer", words[3]);
        wmi_binding(&made, filter, consumer, true);
        wmi_filter(&made, words[5], words[6], true);
    }
    FILE *file = fopen(words[1], "wb");
    bool good = file && fwrite(made.bytes, 1, sizeof made.bytes, file) == sizeof made.bytes;
    return file && fclose(file) == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}
