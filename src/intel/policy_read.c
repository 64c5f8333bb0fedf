#include "intel/policy_read.h"

#include <expat.h>
#include <stdarg.h>

#define NAMESPACE "urn:schemas-microsoft-com:sipolicy"

enum {
    DEPTH = 12,          /* elements that are understood lie no deeper */
    SKIPPED_DEPTH = 100, /* nor others, in a policy */
    TEXT = 4096          /* bytes of text in an element */
};

/* Where the reader stands. */
enum element {
    OUTSIDE,
    POLICY,
    VERSION,
    POLICY_ID,
    RULES,
    RULE,
    OPTION,
    USAGES,
    FILE_RULES,
    SIGNERS,
    SIGNER,
    SCENARIOS,
    SCENARIO,
    TEST,
    PRODUCT,
    FILES,
    DENIED,
    DENIED_ONE,
    SETTINGS,
    SETTING,
    VALUE,
    STRING,
    EMPTY /* has no children that mean anything */
};

struct reader {
    struct job *memory;
    struct policy *policy;
    XML_Parser parser;
    enum element stack[DEPTH];
    size_t depth, skipped; /* elements open; of them those within one that is not looked into */
    struct policy_scenario *scenario;
    bool naming; /* in the Setting that names the policy */
    struct text text;
    const char *error;
    size_t error_line;
};

void policy_note(struct job *memory, struct policy *policy, size_t line, const char *format, ...) {
    char what[300];
    va_list args;
    if (policy->noted++ >= POLICY_NOTES)
        return;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    for (size_t n = strlen(what); n > 0 && !text_valid(what, n); n--) /* cut within a character */
        what[n - 1] = 0;
    const char *copy = policy_copy(memory, what);
    policy->notes[policy->noted - 1] = (struct policy_note){line, copy ? copy : ""};
}

const char *policy_copy(struct job *memory, const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = job_alloc(memory, size, 1);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static size_t line_of(const struct reader *r) {
    return (size_t)XML_GetCurrentLineNumber(r->parser);
}

static void fail(struct reader *r, const char *why) {
    if (!r->error) {
        r->error = why;
        r->error_line = line_of(r);
        XML_StopParser(r->parser, XML_FALSE);
    }
}

static const char *copy(struct reader *r, const char *text) {
    struct text stored = {.max = POLICY_FILE};
    text_from_bytes(&stored, span_of(text, strlen(text), 0));
    const char *ret = stored.full ? NULL : policy_copy(r->memory, text_string(&stored));
    text_free(&stored);
    if (!ret)
        fail(r, "the policy needs more memory than it may");
    return ret ? ret : "";
}

/* A zeroed item more at the end of a list that doubles; NULL when the caps are reached. */
static void *more(struct reader *r, void **list, size_t *count, size_t size) {
    if (++r->policy->parts > POLICY_PARTS) {
        fail(r, "the policy has more parts than are read");
        return NULL;
    }
    if (*count == 0 || (*count >= 8 && (*count & (*count - 1)) == 0)) {
        void *grown = job_alloc(r->memory, *count ? *count * 2 : 8, size);
        if (!grown) {
            fail(r, "the policy needs more memory than it may");
            return NULL;
        }
        if (*count)
            memcpy(grown, *list, *count * size);
        *list = grown;
    }
    return (char *)*list + (*count)++ * size;
}

#define MORE(r, list, count) (more(r, (void **)&(list), &(count), sizeof *(list)))

static const char *attribute(const char **attributes, const char *name) {
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], name) == 0)
            return attributes[1];
    return NULL;
}

static void add_reference(struct reader *r, struct policy_references *to, const char *id) {
    struct policy_reference *reference = id ? MORE(r, to->list, to->count) : NULL;
    if (reference)
        *reference = (struct policy_reference){.id = copy(r, id), .line = line_of(r)};
}

/* --- values --- */

static int hex_digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Bytes in hex; an empty span if it is none. */
static struct span hex(struct reader *r, const char *text) {
    size_t size = strlen(text);
    uint8_t *bytes = size > 0 && size % 2 == 0 ? job_alloc(r->memory, size / 2, 1) : NULL;
    for (size_t i = 0; bytes && i < size; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0)
            return (struct span){0};
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | digit);
    }
    return span_of(bytes, bytes ? size / 2 : 0, 0);
}

/* a.b.c.d, each below 65536. */
static bool version(const char *text, uint64_t *ret) {
    *ret = 0;
    for (int part = 0; part < 4; part++) {
        unsigned value = 0, digits = 0;
        for (; *text >= '0' && *text <= '9' && digits < 6; text++, digits++)
            value = value * 10 + (unsigned)(*text - '0');
        if (digits == 0 || value > 0xffff || *text != (part < 3 ? '.' : 0))
            return false;
        text += part < 3;
        *ret = *ret << 16 | value;
    }
    return true;
}

/* An object identifier's contents (X.690, 8.19) behind two bytes of identifier and length. Policies have 01
 * where DER has 06. */
static const char *dotted(struct reader *r, struct span value) {
    struct text text = {.max = 256};
    struct cursor c = cursor_of(value);
    uint8_t identifier = cursor_u8(&c), size = cursor_u8(&c);
    bool first = true, good = (identifier == 1 || identifier == 6) && size > 0 && size == cursor_left(&c);
    while (good && cursor_left(&c) > 0) {
        uint64_t arc = 0;
        uint8_t byte = 0x80;
        for (int i = 0; byte & 0x80 && i < 8; i++) {
            byte = cursor_u8(&c);
            arc = arc << 7 | (byte & 0x7f);
        }
        good = !c.torn && !(byte & 0x80);
        if (first)
            text_format(&text, "%u.%llu", arc < 80 ? (unsigned)(arc / 40) : 2,
                        (unsigned long long)(arc < 80 ? arc % 40 : arc - 80));
        else
            text_format(&text, ".%llu", (unsigned long long)arc);
        first = false;
    }
    const char *ret = good && !text.full ? policy_copy(r->memory, text_string(&text)) : NULL;
    text_free(&text);
    return ret;
}

/* --- elements --- */

/* One attribute of Deny, Allow or FileAttrib; false if it is not understood. */
static bool rule_term(struct reader *r, struct policy_rule *rule, const char *name, const char *value) {
    static const char *const names[POLICY_NAMES] = {"FileName", "InternalName", "FileDescription",
                                                    "ProductName"};
    for (size_t i = 0; i < POLICY_NAMES; i++)
        if (strcmp(name, names[i]) == 0) {
            rule->names[i] = copy(r, value);
            return true;
        }
    if (strcmp(name, "ID") == 0)
        rule->id = copy(r, value);
    else if (strcmp(name, "FriendlyName") == 0)
        rule->friendly = copy(r, value);
    else if (strcmp(name, "Hash") == 0) {
        rule->hash = hex(r, value);
        return rule->hash.size == 20 || rule->hash.size == 32;
    } else if (strcmp(name, "MinimumFileVersion") == 0)
        return rule->has_minimum = version(value, &rule->minimum);
    else if (strcmp(name, "MaximumFileVersion") == 0)
        return rule->has_maximum = version(value, &rule->maximum);
    else
        return false;
    return true;
}

static void add_rule(struct reader *r, enum policy_action action, const char **attributes) {
    struct policy_rule *rule = MORE(r, r->policy->rules, r->policy->rule_count);
    const char *id = attribute(attributes, "ID");
    if (!rule)
        return;
    *rule = (struct policy_rule){.action = action, .id = "", .friendly = "", .line = line_of(r)};
    for (; attributes[0]; attributes += 2)
        if (!rule_term(r, rule, attributes[0], attributes[1])) {
            rule->unread = true;
            policy_note(r->memory, r->policy, rule->line, "rule %.80s: %.60s=\"%.80s\" is not understood",
                        id ? id : "without ID", attributes[0], attributes[1]);
        }
    bool named = rule->hash.size > 0;
    for (size_t i = 0; i < POLICY_NAMES; i++)
        named = named || rule->names[i];
    if (!named && !rule->unread) {
        rule->unread = true;
        policy_note(r->memory, r->policy, rule->line, "rule %.80s says neither hash nor name",
                    id ? id : "without ID");
    }
}

static void start_deny(struct reader *r, const char **attributes) {
    add_rule(r, POLICY_DENY, attributes);
}

static void start_allow(struct reader *r, const char **attributes) {
    add_rule(r, POLICY_ALLOW, attributes);
}

static void start_attribute(struct reader *r, const char **attributes) {
    add_rule(r, POLICY_ATTRIBUTE, attributes);
}

static void start_usage(struct reader *r, const char **attributes) {
    struct policy_usage *usage = MORE(r, r->policy->usages, r->policy->usage_count);
    const char *id = attribute(attributes, "ID"), *value = attribute(attributes, "Value");
    if (!usage)
        return;
    *usage = (struct policy_usage){.id = copy(r, id ? id : ""), .line = line_of(r)};
    usage->dotted = value ? dotted(r, hex(r, value)) : NULL;
    if (!usage->dotted)
        policy_note(r->memory, r->policy, usage->line, "EKU %.80s: its value is no object identifier",
                    usage->id);
}

static void start_signer(struct reader *r, const char **attributes) {
    struct policy_signer *signer = MORE(r, r->policy->signers, r->policy->signer_count);
    if (!signer)
        return;
    *signer = (struct policy_signer){.id = "", .name = "", .line = line_of(r)};
    for (; attributes[0]; attributes += 2)
        if (strcmp(attributes[0], "ID") == 0)
            signer->id = copy(r, attributes[1]);
        else if (strcmp(attributes[0], "Name") == 0)
            signer->name = copy(r, attributes[1]);
        else {
            signer->unread = true;
            policy_note(r->memory, r->policy, signer->line, "signer: %.60s=\"%.80s\" is not understood",
                        attributes[0], attributes[1]);
        }
}

static struct policy_signer *last_signer(struct reader *r) {
    return &r->policy->signers[r->policy->signer_count - 1];
}

static void spoil_signer(struct reader *r, const char *what) {
    struct policy_signer *signer = last_signer(r);
    signer->unread = true;
    policy_note(r->memory, r->policy, line_of(r), "signer %.80s: %s", signer->id, what);
}

static void start_root(struct reader *r, const char **attributes) {
    struct policy_signer *signer = last_signer(r);
    const char *type = attribute(attributes, "Type"), *value = attribute(attributes, "Value");
    if (signer->tbs.size > 0) {
        spoil_signer(r, "it has more than one CertRoot");
        return;
    }
    bool tbs = type && value && strcmp(type, "TBS") == 0;
    struct span bytes = tbs ? hex(r, value) : (struct span){0};
    if (bytes.size == 20 || bytes.size == 32 || bytes.size == 48)
        signer->tbs = bytes;
    else
        spoil_signer(r, tbs ? "its CertRoot is no digest of 20, 32 or 48 bytes"
                            : "its CertRoot is no TBS digest");
}

static void set_name(struct reader *r, const char **to, const char **attributes) {
    const char *value = attribute(attributes, "Value");
    if (!value || *to)
        spoil_signer(r, "a name is missing or given twice");
    else
        *to = copy(r, value);
}

static void start_publisher(struct reader *r, const char **attributes) {
    set_name(r, &last_signer(r)->publisher, attributes);
}

static void start_issuer(struct reader *r, const char **attributes) {
    set_name(r, &last_signer(r)->issuer, attributes);
}

static void start_oem(struct reader *r, const char **attributes) {
    set_name(r, &last_signer(r)->oem, attributes);
}

static void start_signer_usage(struct reader *r, const char **attributes) {
    const char *id = attribute(attributes, "ID");
    add_reference(r, &last_signer(r)->usages, id ? id : "");
}

static void start_signer_attribute(struct reader *r, const char **attributes) {
    const char *id = attribute(attributes, "RuleID");
    add_reference(r, &last_signer(r)->attributes, id ? id : "");
}

/* Rules of a scenario that is not known are read into nothing. */
static void start_scenario(struct reader *r, const char **attributes) {
    const char *value = attribute(attributes, "Value"),
               *inherited = attribute(attributes, "InheritedScenarios");
    r->scenario = !value                      ? NULL
                  : strcmp(value, "131") == 0 ? &r->policy->kernel
                  : strcmp(value, "12") == 0  ? &r->policy->user
                                              : NULL;
    if (!r->scenario)
        policy_note(r->memory, r->policy, line_of(r), "SigningScenario %.20s is not known",
                    value ? value : "without value");
    if (inherited)
        policy_note(r->memory, r->policy, line_of(r), "InheritedScenarios=\"%.80s\" is not followed",
                    inherited);
}

static void start_file(struct reader *r, const char **attributes) {
    const char *id = attribute(attributes, "RuleID");
    if (r->scenario)
        add_reference(r, &r->scenario->files, id ? id : "");
}

static void start_denied(struct reader *r, const char **attributes) {
    const char *id = attribute(attributes, "SignerId");
    struct policy_denied *denied =
        r->scenario ? MORE(r, r->scenario->denied, r->scenario->denied_count) : NULL;
    if (denied)
        *denied = (struct policy_denied){.who = {.id = copy(r, id ? id : ""), .line = line_of(r)}};
}

static void start_except(struct reader *r, const char **attributes) {
    const char *id = attribute(attributes, "AllowRuleID");
    if (r->scenario && r->scenario->denied_count > 0)
        add_reference(r, &r->scenario->denied[r->scenario->denied_count - 1].except, id ? id : "");
}

static void start_setting(struct reader *r, const char **attributes) {
    const char *provider = attribute(attributes, "Provider"), *key = attribute(attributes, "Key"),
               *name = attribute(attributes, "ValueName");
    r->naming = provider && key && name && strcmp(provider, "PolicyInfo") == 0 &&
                strcmp(key, "Information") == 0 && strcmp(name, "Name") == 0;
}

static void start_nothing(struct reader *r, const char **attributes) {
    (void)r;
    (void)attributes;
}

/* What may stand where. Rows without an action are known and have nothing to do with denying: they are
 * counted and not looked into. What has no row is not understood. */
static const struct grammar {
    enum element within;
    const char *name;
    enum element is;
    void (*start)(struct reader *r, const char **attributes);
} grammar[] = {
    {OUTSIDE, "SiPolicy", POLICY, start_nothing},
    {POLICY, "VersionEx", VERSION, start_nothing},
    {POLICY, "PolicyID", POLICY_ID, start_nothing},
    {POLICY, "BasePolicyID", EMPTY, NULL},
    {POLICY, "PolicyTypeID", EMPTY, NULL},
    {POLICY, "PlatformID", EMPTY, NULL},
    {POLICY, "Rules", RULES, start_nothing},
    {POLICY, "EKUs", USAGES, start_nothing},
    {POLICY, "FileRules", FILE_RULES, start_nothing},
    {POLICY, "Signers", SIGNERS, start_nothing},
    {POLICY, "SigningScenarios", SCENARIOS, start_nothing},
    {POLICY, "UpdatePolicySigners", EMPTY, NULL},
    {POLICY, "SupplementalPolicySigners", EMPTY, NULL},
    {POLICY, "CiSigners", EMPTY, NULL},
    {POLICY, "HvciOptions", EMPTY, NULL},
    {POLICY, "Settings", SETTINGS, start_nothing},
    {RULES, "Rule", RULE, start_nothing},
    {RULE, "Option", OPTION, start_nothing},
    {USAGES, "EKU", EMPTY, start_usage},
    {FILE_RULES, "Deny", EMPTY, start_deny},
    {FILE_RULES, "Allow", EMPTY, start_allow},
    {FILE_RULES, "FileAttrib", EMPTY, start_attribute},
    {SIGNERS, "Signer", SIGNER, start_signer},
    {SIGNER, "CertRoot", EMPTY, start_root},
    {SIGNER, "CertEKU", EMPTY, start_signer_usage},
    {SIGNER, "CertPublisher", EMPTY, start_publisher},
    {SIGNER, "CertIssuer", EMPTY, start_issuer},
    {SIGNER, "CertOemID", EMPTY, start_oem},
    {SIGNER, "FileAttribRef", EMPTY, start_signer_attribute},
    {SCENARIOS, "SigningScenario", SCENARIO, start_scenario},
    {SCENARIO, "ProductSigners", PRODUCT, start_nothing},
    {SCENARIO, "TestSigners", TEST, start_nothing},
    {SCENARIO, "TestSigningSigners", TEST, start_nothing},
    {PRODUCT, "AllowedSigners", EMPTY, NULL},
    {PRODUCT, "DeniedSigners", DENIED, start_nothing},
    {PRODUCT, "FileRulesRef", FILES, start_nothing},
    {TEST, "AllowedSigners", EMPTY, NULL},
    {FILES, "FileRuleRef", EMPTY, start_file},
    {DENIED, "DeniedSigner", DENIED_ONE, start_denied},
    {DENIED_ONE, "ExceptAllowRule", EMPTY, start_except},
    {SETTINGS, "Setting", SETTING, start_setting},
    {SETTING, "Value", VALUE, start_nothing},
    {VALUE, "String", STRING, start_nothing},
    {VALUE, "Boolean", EMPTY, NULL},
    {VALUE, "DWord", EMPTY, NULL},
    {VALUE, "Binary", EMPTY, NULL},
};

static const struct grammar *look_up(enum element within, const char *name) {
    static const char space[] = NAMESPACE "\n";
    if (strncmp(name, space, sizeof space - 1) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof grammar / sizeof grammar[0]; i++)
        if (grammar[i].within == within && strcmp(grammar[i].name, name + sizeof space - 1) == 0)
            return &grammar[i];
    return NULL;
}

/* A part of a rule that is not understood keeps the rule from being applied. */
static void spoil(struct reader *r, enum element within) {
    if (within == SIGNER)
        last_signer(r)->unread = true;
    if (within == DENIED_ONE && r->scenario && r->scenario->denied_count > 0)
        r->scenario->denied[r->scenario->denied_count - 1].unread = true;
}

static void skip(struct reader *r, const char *name, const struct grammar *row) {
    const char *local = strchr(name, '\n');
    enum element within = r->stack[r->depth];
    r->skipped = 1;
    if (row) {
        r->policy->passed++;
        return;
    }
    spoil(r, within);
    policy_note(r->memory, r->policy, line_of(r), "element %.80s is not known here",
                local ? local + 1 : name);
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes) {
    struct reader *r = context;
    if (r->error)
        return;
    if (r->skipped > 0) {
        if (++r->skipped > SKIPPED_DEPTH)
            fail(r, "elements are nested too deeply");
        return;
    }
    enum element within = r->stack[r->depth];
    const struct grammar *row = look_up(within, name);
    if (within == OUTSIDE && !row)
        fail(r, "this is no SiPolicy of " NAMESPACE);
    else if (!row || !row->start)
        skip(r, name, row);
    else {
        r->stack[++r->depth] = row->is; /* the grammar is shallower than DEPTH */
        text_clear(&r->text);
        row->start(r, attributes);
    }
}

static void XMLCALL on_text(void *context, const char *bytes, int size) {
    struct reader *r = context;
    enum element is = r->stack[r->depth];
    bool meant = is == VERSION || is == POLICY_ID || is == OPTION || is == STRING;
    if (meant && r->skipped == 0 && !r->error)
        text_bytes(&r->text, bytes, (size_t)size);
}

static void take_text(struct reader *r, enum element element) {
    const char *text = text_string(&r->text);
    if (r->text.full)
        fail(r, "a text is longer than it may be");
    else if (element == VERSION)
        r->policy->version = copy(r, text);
    else if (element == POLICY_ID)
        r->policy->id = copy(r, text);
    else if (element == OPTION && strcmp(text, "Enabled:Audit Mode") == 0)
        r->policy->audit = true;
    else if (element == STRING && r->naming)
        r->policy->name = copy(r, text);
}

static void XMLCALL on_end(void *context, const char *name) {
    struct reader *r = context;
    (void)name;
    if (r->error)
        return;
    if (r->skipped > 0) {
        r->skipped--;
        return;
    }
    take_text(r, r->stack[r->depth]);
    text_clear(&r->text);
    r->depth--;
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system, const char *public,
                               int internal) {
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    fail(context, "a document type declaration is not accepted");
}

bool policy_read(struct job *memory, struct span bytes, struct policy *ret, struct text *error) {
    struct reader r = {.memory = memory, .policy = ret, .text = {.max = TEXT}};
    *ret = (struct policy){.path = "", .name = "", .version = "", .id = ""};
    r.parser = XML_ParserCreateNS(NULL, '\n');
    if (!r.parser || bytes.size > POLICY_FILE) {
        text_add(error, r.parser ? "1: is too large" : "1: out of memory");
        XML_ParserFree(r.parser);
        return false;
    }
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    bool good = XML_Parse(r.parser, (const char *)bytes.data, (int)bytes.size, XML_TRUE) == XML_STATUS_OK;
    if (r.error)
        text_format(error, "%zu: %s", r.error_line, r.error);
    else if (!good)
        text_format(error, "%zu: %s", line_of(&r), XML_ErrorString(XML_GetErrorCode(r.parser)));
    XML_ParserFree(r.parser);
    text_free(&r.text);
    return good && !r.error;
}
