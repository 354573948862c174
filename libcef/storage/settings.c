/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of stores: defaults and ranges. */
#include "storage/storage.h"

#define MOST_TOL 1e6 /* MWh */
#define MOST_SUBSTEPS 1000000

void storage_settings_default(cef_storage_settings *settings)
{
    *settings = (cef_storage_settings){
        .struct_size = sizeof *settings, .energy_tol = 1e-6, .model = CEF_STORAGE_CONSERVING, .substeps = 1};
}

cef_status storage_settings_check(const cef_storage_settings *settings, cef_error *error)
{
    if (!(settings->energy_tol >= 0.0 && settings->energy_tol <= MOST_TOL))
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, settings->energy_tol),
                            "settings: energy_tol is %g MWh, it must be 0 to %g", settings->energy_tol, MOST_TOL);
    if (settings->model < CEF_STORAGE_CONSERVING || settings->model > CEF_STORAGE_LOAD)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) settings->model),
                            "settings: model is %d, which is none of CEF_STORAGE_CONSERVING, TANK, STATIC and LOAD",
                            (int64_t) settings->model);
    if (settings->substeps < 1 || settings->substeps > MOST_SUBSTEPS)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) settings->substeps),
                            "settings: substeps is %d, it must be 1 to %d", (int64_t) settings->substeps,
                            (int64_t) MOST_SUBSTEPS);
    if (settings->unknown < 0 || settings->unknown > 1 || settings->reserved != 0)
        return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, (double) settings->unknown),
                            "settings: unknown is %d and reserved %d, they must be 0 or 1, and 0",
                            (int64_t) settings->unknown, (int64_t) settings->reserved);
    return CEF_OK;
}
