#include "judge/services_parts.h"

#include "base/mac.h"

#include <string.h>
#include <strings.h>

/* value NULL: every value of the key, by its name. docs/host.md says where each is specified. */
static const struct {
    const char *fact, *kind, *pattern, *value;
} facts[] = {
    {"driver blocklist", "system", "/ControlSet*/Control/CI/Config", "VulnerableDriverBlocklistEnable"},
    {"memory integrity", "system",
     "/ControlSet*/Control/DeviceGuard/Scenarios/HypervisorEnforcedCodeIntegrity", "Enabled"},
    {"virtualization-based security", "system", "/ControlSet*/Control/DeviceGuard",
     "EnableVirtualizationBasedSecurity"},
    {"boot options", "system", "/ControlSet*/Control", "SystemStartOptions"},
    {"secure boot", "system", "/ControlSet*/Control/SecureBoot/State", "UEFISecureBootEnabled"},
    {"LSA protection", "system", "/ControlSet*/Control/Lsa", "RunAsPPL"},
    {"WDigest keeps passwords", "system", "/ControlSet*/Control/SecurityProviders/WDigest",
     "UseLogonCredential"},
    {"prefetch", "system", "/ControlSet*/Control/Session Manager/Memory Management/PrefetchParameters",
     "EnablePrefetcher"},
    {"last access times off", "system", "/ControlSet*/Control/FileSystem", "NtfsDisableLastAccessUpdate"},
    {"computer name", "system", "/ControlSet*/Control/ComputerName/ComputerName", "ComputerName"},
    {"domain", "system", "/ControlSet*/Services/Tcpip/Parameters", "Domain"},
    {"product type", "system", "/ControlSet*/Control/ProductOptions", "ProductType"},
    {SERVICES_NETWORK_ADDRESS, "system",
     "/ControlSet*/Control/Class/{4d36e972-e325-11ce-bfc1-08002be10318}/*", "NetworkAddress"},
    {SERVICES_NETWORK_ADDRESS, "system", "/ControlSet*/Control/NetworkSetup2/Interfaces/*/Kernel",
     "CurrentAddress"},
    {SERVICES_NETWORK_ADDRESS, "system", "/ControlSet*/Control/NetworkSetup2/Interfaces/*/Kernel",
     "PermanentAddress"},
    {"time zone", "system", "/ControlSet*/Control/TimeZoneInformation", "TimeZoneKeyName"},
    {"time zone bias", "system", "/ControlSet*/Control/TimeZoneInformation", "ActiveTimeBias"},
    {"certificate padding check", "software", "/Microsoft/Cryptography/Wintrust/Config",
     "EnableCertPaddingCheck"},
    {"certificate padding check (32 bit)", "software", "/Wow6432Node/Microsoft/Cryptography/Wintrust/Config",
     "EnableCertPaddingCheck"},
    {"machine id", "software", "/Microsoft/Cryptography", "MachineGuid"},
    {"system name", "software", "/Microsoft/Windows NT/CurrentVersion", "ProductName"},
    {"system edition", "software", "/Microsoft/Windows NT/CurrentVersion", "EditionID"},
    {"system version", "software", "/Microsoft/Windows NT/CurrentVersion", "DisplayVersion"},
    {"system build", "software", "/Microsoft/Windows NT/CurrentVersion", "CurrentBuildNumber"},
    {"system update", "software", "/Microsoft/Windows NT/CurrentVersion", "UBR"},
    {"install date", "software", "/Microsoft/Windows NT/CurrentVersion", "InstallDate"},
    {"install time", "software", "/Microsoft/Windows NT/CurrentVersion", "InstallTime"},
    {"system folder", "software", "/Microsoft/Windows NT/CurrentVersion", "SystemRoot"},
    {"user account control", "software", "/Microsoft/Windows/CurrentVersion/Policies/System", "EnableLUA"},
    {"Defender off", "software", "/Microsoft/Windows Defender", "DisableAntiSpyware"},
    {"Defender off by policy", "software", "/Policies/Microsoft/Windows Defender", "DisableAntiSpyware"},
    {"Defender real-time protection off", "software", "/Microsoft/Windows Defender/Real-Time Protection",
     "DisableRealtimeMonitoring"},
    {"Defender real-time protection off by policy", "software",
     "/Policies/Microsoft/Windows Defender/Real-Time Protection", "DisableRealtimeMonitoring"},
    {"Defender tamper protection", "software", "/Microsoft/Windows Defender/Features", "TamperProtection"},
    {"Defender exclusion", "software", "/Microsoft/Windows Defender/Exclusions/*", NULL},
    {"Defender exclusion by policy", "software", "/Policies/Microsoft/Windows Defender/Exclusions/*", NULL},
    {"test signing", "bcd", "/Objects/*/Elements/16000049", "Element"},
    {"integrity checks off", "bcd", "/Objects/*/Elements/16000048", "Element"},
};

enum { FACTS = sizeof facts / sizeof facts[0] };

/* Of the control sets, the one in use. */
static bool is_fact(const struct services_hive *hive, size_t at, const char *path) {
    size_t size = strlen(hive->current);
    return strcmp(hive->kind, facts[at].kind) == 0 && host_registry_is(facts[at].pattern, path) &&
           (strncasecmp(path, "/ControlSet", 11) != 0 ||
            (strncasecmp(path + 1, hive->current, size) == 0 && path[1 + size] == '/'));
}

bool services_posture_wants(const struct services_hive *hive, const char *path) {
    for (size_t i = 0; i < FACTS; i++)
        if (is_fact(hive, i, path))
            return true;
    return false;
}

static bool add(const struct services_hive *hive, const char *fact, const struct host_key *key,
                const struct host_value *value, const char *text) {
    return casefile_posture(hive->casefile,
                            &(struct casefile_posture){.hive = (uint64_t)key->hive,
                                                       .fact = fact,
                                                       .value = text,
                                                       .key_path = key->path,
                                                       .name = value->name,
                                                       .last_write = (uint64_t)key->last_write});
}

/* A boolean of the boot configuration is one byte. */
static const char *text_of(const struct host_value *value) {
    if (value->text[0] || value->data.size != 1)
        return value->text;
    return span_u8(value->data, 0) ? "1" : "0";
}

/* Of a card that was set by hand as text, else as six bytes; whatever is none, or is the same on many
 * machines, is not told. */
static bool add_address(const struct services_hive *hive, const struct host_key *key,
                        const struct host_value *value) {
    uint8_t mac[MAC_SIZE];
    struct text text = {0};
    bool good = true;
    if (value->data.size == MAC_SIZE && !value->text[0])
        memcpy(mac, value->data.data, MAC_SIZE);
    else if (!mac_read(value->text, value->text_size, mac))
        return true;
    mac_add(&text, mac);
    if (mac_is_telling(mac))
        good = add(hive, SERVICES_NETWORK_ADDRESS, key, value, text_string(&text));
    text_free(&text);
    return good;
}

bool services_posture_take(const struct services_hive *hive, const struct host_key *key) {
    bool good = true;
    for (size_t i = 0; i < FACTS && good; i++) {
        if (!is_fact(hive, i, key->path))
            continue;
        const struct host_value *value = facts[i].value ? host_registry_value(key, facts[i].value) : NULL;
        if (value && strcmp(facts[i].fact, SERVICES_NETWORK_ADDRESS) == 0)
            good = add_address(hive, key, value);
        else if (value)
            good = add(hive, facts[i].fact, key, value, text_of(value));
        for (size_t v = 0; !facts[i].value && v < key->count && good; v++)
            good = add(hive, facts[i].fact, key, &key->values[v], key->values[v].name);
    }
    return good;
}
