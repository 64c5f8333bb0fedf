/* Findings as a table for spreadsheets: RFC 4180, with a quote before what a spreadsheet would calculate. */
#include "report/export.h"
#include "report/export_case.h"

#include "base/filetime.h"

static const char head[] =
    "id,severity,strength,detector,title,summary,host,evidence,volume,shadow,path,stream,record,sequence,"
    "offset,size,file_size,created,modified,sha256,sha1,md5,authentihash_sha256,trust,signer,attack,address\r\n";

static void cell(struct text *out, const char *text) {
    text_char(out, ',');
    text_csv(out, text, findings_clip(text));
}

static void number(struct text *out, bool known, int64_t value) {
    text_char(out, ',');
    if (known)
        text_format(out, "%lld", (long long)value);
}

static void hex(struct text *out, struct span bytes) {
    text_char(out, ',');
    text_hex(out, bytes.data, bytes.size);
}

static void moment(struct text *out, uint64_t filetime) {
    char text[FILETIME_TEXT] = "";
    if (filetime != 0)
        filetime_text(filetime, text);
    cell(out, text);
}

static void where(struct text *out, const struct findings_row *row, const struct export_case_file *file) {
    const struct address *a = &row->address;
    struct text path = {0};
    export_case_path(&path, a);
    cell(out, file->host);
    cell(out, a->evidence ? a->evidence : "");
    number(out, a->volume != 0, (int64_t)a->volume);
    number(out, a->shadow != 0, (int64_t)a->shadow);
    cell(out, text_string(&path));
    cell(out, a->stream ? a->stream : "");
    number(out, row->has_record, row->record);
    number(out, row->has_record, row->sequence);
    text_free(&path);
}

static void line(struct text *out, const struct findings_row *row, const struct export_case_file *file) {
    struct text address = {0};
    text_format(out, "%lld", (long long)row->id);
    cell(out, severity_word(row->severity));
    cell(out, strength_word(row->strength));
    cell(out, row->detector);
    cell(out, row->title);
    cell(out, row->summary);
    where(out, row, file);
    number(out, row->size > 0 || row->offset > 0, row->offset);
    number(out, row->size > 0, row->size);
    number(out, file->has_size, (int64_t)file->size);
    moment(out, file->created);
    moment(out, file->modified);
    hex(out, row->sha256);
    hex(out, row->sha1);
    hex(out, row->md5);
    hex(out, row->authentihash);
    cell(out, file->trust);
    cell(out, file->signer);
    cell(out, row->attack);
    address_format(&address, &row->address);
    cell(out, text_string(&address));
    text_add(out, "\r\n");
    text_free(&address);
}

static bool print(struct casefile *casefile, const struct export_options *options, struct output *output) {
    struct export_case export;
    struct export_case_file file;
    struct findings findings;
    struct findings_row row;
    struct text out = {0};
    bool ok = export_case_open(&export, casefile);
    ok = findings_open(&findings, casefile, 0) && ok;
    output_add(output, head);
    while (ok && output->error == 0 && findings_next(&findings, &row)) {
        if (row.severity < options->least)
            continue;
        export_case_file(&export, &row, &file);
        line(&out, &row, &file);
        output_text(output, &out);
    }
    findings_close(&findings);
    export_case_close(&export);
    text_free(&out);
    return ok && casefile_error(casefile)[0] == 0 && output->error == 0;
}

const struct export_format as_csv = {
    .name = "csv", .summary = "findings as a table for spreadsheets", .print = print};
