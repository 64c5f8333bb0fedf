/* as_html_bins: how many events a timeline has when, in few numbers, however many they are.
 *
 * Starts with bins of a second and doubles them whenever more than AS_HTML_BINS are in use, so that the
 * result does not depend on the order in which events come. */
#ifndef REPORT_AS_HTML_BINS_H
#define REPORT_AS_HTML_BINS_H

#include "base/fault.h"
#include "base/text.h"
#include "report/timeline_event.h"

struct as_html_bins;

/* NULL if memory runs out. Freed by as_html_bins_free. */
struct as_html_bins *as_html_bins_new(void);
void as_html_bins_free(struct as_html_bins *bins);

/* A time that is in no calendar (0, or after the year 30828) is counted and has no bin. */
void as_html_bins_add(struct as_html_bins *bins, enum timeline_source source, uint64_t filetime);

/* What was added: all, without a bin, of one source, and the first and last time of that. */
uint64_t as_html_bins_total(const struct as_html_bins *bins);
uint64_t as_html_bins_outside(const struct as_html_bins *bins);
uint64_t as_html_bins_count(const struct as_html_bins *bins, enum timeline_source source, uint64_t *first,
                            uint64_t *last);

/* Seconds of one bin. */
uint64_t as_html_bins_width(const struct as_html_bins *bins);

/* JSON: {"width":seconds,"origin":ms,"bins":{"file":[step,count,step,count,...],...}}. A bin starts `origin`
 * plus the sum of the steps so far times `width` seconds after 1970. Nothing may be added afterwards. */
void as_html_bins_json(struct as_html_bins *bins, struct text *out);

#endif
