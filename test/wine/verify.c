/* verify ROOTS FILE...: what WinVerifyTrust says of each file. A Windows program of the tests only, run under
 * Wine.
 *
 * ROOTS is a PEM file of certificates that are put into the current user's root store first. One line a file,
 * a tab between: name, code in hex. */
#include <windows.h>

#include <softpub.h>
#include <stdio.h>
#include <stdlib.h>
#include <wincrypt.h>
#include <wintrust.h>

static char text[1 << 20];

static void add_roots(const char *path) {
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_A, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, "Root");
    FILE *file = fopen(path, "rb");
    static BYTE der[1 << 16];
    size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[size] = 0;
    for (char *at = text; store && (at = strstr(at, "-----BEGIN CERTIFICATE-----")); at++) {
        DWORD count = sizeof der;
        char *end = strstr(at, "-----END CERTIFICATE-----");
        if (!end ||
            !CryptStringToBinaryA(at, (DWORD)(end + 25 - at), CRYPT_STRING_BASE64HEADER, der, &count, NULL,
                                  NULL) ||
            !CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, count,
                                              CERT_STORE_ADD_REPLACE_EXISTING, NULL))
            exit(3);
    }
    if (!store || size == 0)
        exit(3);
    fclose(file);
    CertCloseStore(store, 0);
}

static LONG ask(const WCHAR *path) {
    GUID action = WINTRUST_ACTION_GENERIC_VERIFY_V2;
    WINTRUST_FILE_INFO file = {.cbStruct = sizeof file, .pcwszFilePath = path};
    WINTRUST_DATA data = {.cbStruct = sizeof data,
                          .dwUIChoice = WTD_UI_NONE,
                          .fdwRevocationChecks = WTD_REVOKE_NONE,
                          .dwUnionChoice = WTD_CHOICE_FILE,
                          .dwStateAction = WTD_STATEACTION_VERIFY};
    data.pFile = &file;
    LONG code = WinVerifyTrust((HWND)INVALID_HANDLE_VALUE, &action, &data);
    data.dwStateAction = WTD_STATEACTION_CLOSE;
    WinVerifyTrust((HWND)INVALID_HANDLE_VALUE, &action, &data);
    return code;
}

int wmain(int argc, WCHAR **argv) {
    char roots[1024];
    if (argc < 3)
        return 2;
    WideCharToMultiByte(CP_ACP, 0, argv[1], -1, roots, sizeof roots, NULL, NULL);
    add_roots(roots);
    for (int i = 2; i < argc; i++) {
        printf("%ls\t%08lx\n", argv[i], (unsigned long)ask(argv[i]));
        fflush(stdout);
    }
    return 0;
}
