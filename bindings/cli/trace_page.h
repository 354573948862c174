/* SPDX-License-Identifier: Apache-2.0 */
/* What tables for people share. */
#ifndef CEF_CLI_TRACE_PAGE_H
#define CEF_CLI_TRACE_PAGE_H

#include "trace.h"

typedef struct {
    out_file *out;
    const trace_job *job;
    int id_width;
    bool colours;
} page;

page page_of(out_file *out, const trace_job *job);
void page_paint(const page *p, const char *colour, const char *text);
void page_bus_id(const page *p, cef_index bus); /* as wide as the widest; numbers to the right */
/* Right-aligned; "-" for NaN; no negative zero. */
void page_number(out_file *out, int columns, int decimals, double value);
void page_totals(const page *p);
void page_certificate(const page *p);

#endif /* CEF_CLI_TRACE_PAGE_H */
