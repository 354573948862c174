/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: defaults and ranges. */
#include "run/run.h"

void settings_default(cef_settings *settings)
{
    *settings = (cef_settings){.struct_size = sizeof *settings, .flow_tol = 1e-6, .balance_tol = 0.1};
}

/* What the caller's shorter struct does not hold takes its default. */
cef_status settings_read(const cef_settings *theirs, cef_settings *own, cef_error *error)
{
    settings_default(own);
    if (!theirs)
        return CEF_OK;
    cef_settings read;
    CEF_TRY(struct_read(&read, sizeof read, theirs, sizeof(size_t), "settings", error));
    const size_t size = theirs->struct_size < sizeof read ? theirs->struct_size : sizeof read;
    memcpy(own, &read, size);
    return CEF_OK;
}

typedef struct {
    const char *name;
    double value, least, most;
} range;

cef_status settings_check(const cef_settings *s, cef_error *error)
{
    const range ranges[] = {
        {"flow_tol", s->flow_tol, 0.0, 1e12},
        {"balance_tol", s->balance_tol, 0.0, 1e12},
        {"loss_split", s->loss_split, 0.0, 1.0},
        {"mismatch_intensity", s->mismatch_intensity, -1e6, 1e6},
        {"negative_load_intensity", s->negative_load_intensity, -1e6, 1e6},
        {"loss_policy", s->loss_policy, CEF_LOSS_SENDING, CEF_LOSS_HALF},
        {"mixing", s->mixing, CEF_MIXING_GROSS, CEF_MIXING_NETTED},
        {"net_parallel", s->net_parallel, 0, 1},
        {"on_imbalance", s->on_imbalance, CEF_IMBALANCE_REPORT, CEF_IMBALANCE_ERROR},
        {"on_unfed_loop", s->on_unfed_loop, CEF_UNFED_ERROR, CEF_UNFED_MARK},
        {"negative_loss", s->negative_loss, CEF_NEGATIVE_LOSS_KEEP, CEF_NEGATIVE_LOSS_SOURCE},
    };
    for (size_t k = 0; k < sizeof ranges / sizeof *ranges; k++)
        if (!(ranges[k].value >= ranges[k].least && ranges[k].value <= ranges[k].most))
            return error_format(error, DIAG_BAD_ARGUMENT, CEF_AT(CEF_ELEMENT_NONE, -1, -1, ranges[k].value),
                                "settings.%s is %g, expected %g to %g", ranges[k].name, ranges[k].value,
                                ranges[k].least, ranges[k].most);
    return CEF_OK;
}
