/* SPDX-License-Identifier: Apache-2.0 */
/* A trace in the format asked for, where it is asked for. */
#include "folder.h"
#include "trace.h"

cef_status trace_write(trace_job *job, cef_error *error)
{
    const char *path = job->args->option[OPTION_OUTPUT].text;
    const int format = result_format(job->args);
    if (path && format == FORMAT_CSV && path_is_folder(path))
        return trace_csv_folder(job, path, error);
    out_file out;
    CLI_TRY(out_open(&out, path, error));
    cef_status status = CEF_OK;
    if (format == FORMAT_JSON)
        trace_json(&out, job);
    else if (format == FORMAT_CSV)
        table_csv(&out, &job->bus);
    else
        status = trace_text(&out, job, error);
    if (status == CEF_OK)
        status = out_commit(&out, error);
    out_release(&out);
    return status;
}
