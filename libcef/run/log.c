/* SPDX-License-Identifier: Apache-2.0 */
/* What the caller's log hears of a solve: what he may overlook who reads intensities only. */
#include "run/run.h"

static void say(const cef_solver *s, cef_log_level level, const char *format, ...)
{
    CEF_TEXT(text, 256);
    va_list args;
    va_start(args, format);
    text_format_args(&text, format, args);
    va_end(args);
    context_log(s->ctx, level, text.data);
}

static void warn_of_balance(const cef_solver *s, const cef_solve_info *info)
{
    if (info->n_imbalanced > 0)
        say(s, CEF_LOG_WARN,
            "%d buses miss their balance by more than %g MW, the worst, bus %d, by %g MW: the residual's carbon is in "
            "total_mismatch",
            (int64_t) info->n_imbalanced, s->settings.balance_tol, s->net->bus_id[info->worst_balance_bus],
            info->balance_mw);
}

static void warn_of_unfed(const cef_solver *s, const cef_solve_info *info)
{
    if (info->n_unfed > 0)
        say(s, CEF_LOG_WARN, "%d buses pass on power that no source with an intensity feeds: they are undefined",
            (int64_t) info->n_unfed);
}

static void warn_of_defaults(const cef_solver *s, const cef_solve_info *info)
{
    if (info->n_defaulted_factors > 0)
        say(s, CEF_LOG_WARN, "%d loads inject power and state no intensity: they are priced at %g tCO2/MWh",
            (int64_t) info->n_defaulted_factors, s->settings.negative_load_intensity);
}

static void tell_of_order(const cef_solver *s, const cef_solve_info *info)
{
    if (info->order_reused != ORDER_REUSED)
        say(s, CEF_LOG_DEBUG, "the order was %s: %d branches changed their use, %d loops",
            info->order_reused == ORDER_REPAIRED ? "repaired" : "made anew", (int64_t) info->n_order_changes,
            (int64_t) info->n_blocks);
}

void solver_log(const cef_solver *s, const cef_solve_info *info)
{
    if (!s->ctx->log)
        return;
    warn_of_balance(s, info);
    warn_of_unfed(s, info);
    warn_of_defaults(s, info);
    tell_of_order(s, info);
}
