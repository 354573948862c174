/* SPDX-License-Identifier: Apache-2.0 */
/* One meter's mixture: what flows in, at which intensities, and how wrong that can be.
 *
 * At the fixed point  x (G + sum w_j) = R + sum w_j x_j. If every neighbour's x_j is known to within b_j, and every w_j
 * to within v_j, then x is known to within (sum w_j b_j + sum v_j (e_max - e_min)) / (G + sum w_j), because (x~ - x) P
 * = sum w_j (x~_j - x_j) + sum (w~_j - w_j)(x_j - x), and all x lie in [e_min, e_max]. Roundings are added. */
#include "meter/meter.h"

static bool missing(const meter_link *l) { return (l->flags & LINK_MISSING) != 0; }
static bool other_end_known(const meter_link *l) { return (l->flags & LINK_PEER_KNOWN) != 0; }

/* float to double and back loses at most this share. */
#define FLOAT_SHARE 0x1p-22

static double other_end(const meter_link *l) { return (double) l->loss - (double) l->peer_reading; }
static double other_end_tol(const meter_link *l)
{
    return (double) l->loss_tol + FLOAT_SHARE * (fabs((double) l->peer_reading) + fabs((double) l->loss));
}

link_gaps meter_gaps(const cef_meter *m)
{
    link_gaps gaps = {0};
    const meter_link *link = meter_links_of(m);
    for (int32_t k = 0; k < m->n_links; k++) {
        const meter_link *l = &link[k];
        if (!missing(l)) {
            gaps.known += l->reading;
        } else if (other_end_known(l)) {
            gaps.known += other_end(l);
            gaps.known_tol += other_end_tol(l);
        } else {
            gaps.n_unknown++;
            if (l->reading == l->reading) {
                gaps.n_prior++;
                gaps.prior += l->reading;
                gaps.tol_squares += (double) l->prior_tol * (double) l->prior_tol;
            }
        }
    }
    return gaps;
}

bool meter_is_settled(const cef_meter *m, const meter_link *l)
{
    bool settled = (l->flags & LINK_HEARD) != 0;
    for (int32_t k = 0; k < m->n_links && settled && missing(l); k++)
        settled = (meter_links_of(m)[k].flags & LINK_HEARD) != 0;
    return settled;
}

typedef struct {
    double mw, tol;
    int32_t quality;
} estimate;

/* Missing readings in the order of theory.md section 3. */
static estimate interpolate(const cef_meter *m, const meter_link *l, const link_gaps *gaps)
{
    const meter_far *far = far_part_of(m);
    if (other_end_known(l))
        return (estimate){other_end(l), other_end_tol(l), CEF_QUALITY_OTHER_END};
    const bool balanced = far->balance_mw == far->balance_mw, prior = l->reading == l->reading;
    if (balanced && gaps->n_unknown == 1)
        return (estimate){far->balance_mw - gaps->known, gaps->known_tol + m->rules->balance_tol,
                          CEF_QUALITY_KIRCHHOFF};
    if (balanced && gaps->n_prior == gaps->n_unknown && gaps->tol_squares > 0.0) {
        /* least squares of (p - prior)^2 / tol^2 under the balance: one multiplier, in closed form */
        const double share = (double) l->prior_tol * (double) l->prior_tol / gaps->tol_squares;
        const double correction = share * (far->balance_mw - gaps->known - gaps->prior);
        return (estimate){l->reading + correction, (double) l->prior_tol + fabs(correction), CEF_QUALITY_LEAST_SQUARES};
    }
    if (prior)
        return (estimate){l->reading, (double) l->prior_tol, l->prior_quality};
    return (estimate){0.0, INFINITY, CEF_QUALITY_INTERVAL};
}

/* Whether the peer mixes what this meter sends. Where the two ends do not read the same, only the peer knows: each
 * estimates for itself, and both may find that power comes in. */
static bool may_leave(const meter_link *l) { return !(l->flags & LINK_PEER_SETTLED) || (l->flags & LINK_PEER_MIXES); }

/* A neighbour that contradicts: what flows in is as uncertain as the readings differ. */
static link_flow contradicted(const meter_link *l)
{
    const double p = l->reading, gap = fabs(p - other_end(l)) + other_end_tol(l);
    return (link_flow){.mw = p < 0.0 ? -p : 0.0,
                       .spread = p - gap < 0.0 ? gap : 0.0,
                       .quality = CEF_QUALITY_QUARANTINED,
                       .out = p > 0.0 && may_leave(l)};
}

/* Orientation as in room flow: an arc needs one end that sends and one that takes. A reading without tolerance that has
 * no partner comes from nowhere. Until the other end was heard, a wrong sign could go unnoticed. Without branches:
 * directions cannot be guessed. */
static inline link_flow measured(const cef_meter *m, const meter_link *l)
{
    const double p = l->reading;
    const bool carries = fabs(p) >= m->rules->flow_tol, unknown = !other_end_known(l);
    const bool in = carries & (p < 0.0) & (unknown | ((l->flags & LINK_PEER_SENDS) != 0));
    return (link_flow){.mw = in ? -p : 0.0,
                       .quality = CEF_QUALITY_MEASURED,
                       .out = carries & (p > 0.0) & (unknown ? may_leave(l) : (l->flags & LINK_PEER_TAKES) != 0),
                       .waits = carries & !(l->flags & LINK_HEARD)};
}

link_flow meter_flow(const cef_meter *m, const meter_link *l, const link_gaps *gaps)
{
    if (!(l->flags & (LINK_MISSING | LINK_QUARANTINED)))
        return measured(m, l);
    if (!missing(l))
        return contradicted(l);
    const estimate e = interpolate(m, l, gaps);
    link_flow f = {.quality = e.quality, .waits = !(l->flags & LINK_HEARD), .out = may_leave(l)};
    f.unknown = !(e.tol < INFINITY);
    if (f.unknown)
        return f;
    const bool no_partner = other_end_known(l) && !(l->flags & (e.mw < 0.0 ? LINK_PEER_SENDS : LINK_PEER_TAKES));
    f.mw = e.mw < 0.0 && !no_partner ? -e.mw : 0.0;
    f.spread = e.mw - e.tol < 0.0 ? e.tol : 0.0;
    return f;
}

/* No arc: mw = 0, which changes no sum. */
static inline void mix_arc(const cef_meter *m, const meter_link *l, double mw, bool all_measured, meter_mixture *mix)
{
    double x = l->intensity, b = l->bound, y = (double) l->unresolved;
    if (!all_measured && (l->flags & LINK_QUARANTINED))
        x = meter_middle(m->rules), b = meter_half(m->rules), y = 1.0;
    mix->power += mw;
    mix->carbon += mw * x;
    mix->weight += fabs(mw * x);
    mix->spread += mw * b;
    mix->unresolved += mw * y;
    mix->fed |= (mw > 0.0) & !(l->flags & LINK_UNDEFINED);
}

/* all_measured: no reading is missing or contradicted, which most meters' quality says. */
static inline meter_mixture mix_links(const cef_meter *m, bool open_arcs, bool all_measured)
{
    const meter_link *link = meter_links_of(m);
    const link_gaps gaps = all_measured ? (link_gaps){0} : meter_gaps(m);
    meter_mixture mix = {.power = m->source_mw,
                         .carbon = m->source_carbon,
                         .weight = fabs(m->source_carbon),
                         .n_terms = 1,
                         .fed = m->source_mw > 0.0};
    for (int32_t k = 0; k < m->n_links; k++) {
        const meter_link *l = &link[k];
        const link_flow f = all_measured ? measured(m, l) : meter_flow(m, l, &gaps);
        mix.n_waiting += f.waits;
        if (!all_measured) {
            mix.unknown = mix.unknown || f.unknown;
            mix.quality = f.quality > mix.quality ? f.quality : mix.quality;
            mix.spread += f.spread * meter_span(m->rules);
        }
        mix.leads_back |= f.out & !(l->flags & LINK_TRIMMED);
        const bool in = f.mw > 0.0, open = in & !(l->flags & (LINK_FINAL | LINK_QUARANTINED));
        mix.n_open += open;
        mix.n_terms += in;
        mix_arc(m, l, (open & open_arcs) ? 0.0 : f.mw, all_measured, &mix);
    }
    return mix;
}

meter_mixture meter_mix(const cef_meter *m, bool open_arcs)
{
    return mix_links(m, open_arcs, m->quality == CEF_QUALITY_MEASURED);
}

/* ---- a round's own value ---- */

static double clip(double v, double least, double most) { return v < least ? least : v > most ? most : v; }

/* All that is known is the interval. */
static void know_nothing(cef_meter *m)
{
    m->intensity = meter_middle(m->rules);
    m->bound = meter_half(m->rules);
    m->unresolved = 1.0F;
}

static inline __attribute__((always_inline)) void take_mixture(cef_meter *m, const meter_mixture *mix)
{
    const cef_meter_rules *r = m->rules;
    const double rounding = meter_rounding(mix);
    const double b = (mix->spread * (1.0 + rounding) + rounding * mix->weight) / mix->power * (1.0 + 0x1p-50);
    if (!(b < meter_span(r)) && b > 0.0) {
        know_nothing(m);
        return;
    }
    m->intensity = clip(mix->carbon / mix->power, r->e_min, r->e_max);
    m->bound = b;
    m->unresolved = (float) clip(mix->unresolved / mix->power * (1.0 + rounding), 0.0, 1.0);
}

/* What the mixture says; final once every neighbour was heard and nothing open is in it. Where a reading cannot be
 * estimated at all, waiting for neighbours' values helps nothing. Plain relaxation never ends a value but one that is
 * not there: no power arrives, or only power without an intensity. */
static inline __attribute__((always_inline)) void adopt(cef_meter *m, const meter_mixture *mix)
{
    const bool relaxes = m->rules->relax_only != 0, fed = mix->power > 0.0 && mix->fed;
    const bool heard = mix->n_waiting == 0, settled = heard && mix->n_open == 0;
    if (fed && !mix->unknown)
        take_mixture(m, mix);
    else
        know_nothing(m);
    const bool undefined = settled && !fed && !mix->unknown && !(mix->spread > 0.0);
    if (undefined || (!relaxes && (settled || (heard && mix->unknown))))
        meter_settle(m, m->intensity, m->bound, undefined);
}

void meter_keep_arc(cef_meter *m, const meter_link *l)
{
    const int64_t k = l - meter_links_of(m);
    if (!(m->flags & METER_ORIENTED))
        return;
    const link_flow f = measured(m, l);
    const uint32_t bit = UINT32_C(1) << k, in = f.mw > 0.0 ? bit : 0, out = f.out ? bit : 0;
    m->arcs_in = (uint8_t) ((m->arcs_in & ~bit) | in);
    m->arcs_out = (uint8_t) ((m->arcs_out & ~bit) | out);
    m->arcs_open = (uint8_t) ((m->arcs_open & ~bit) | (l->flags & LINK_FINAL ? 0 : in));
    m->arcs_back = (uint8_t) ((m->arcs_back & ~bit) | (l->flags & LINK_TRIMMED ? 0 : out));
}

void meter_orient(cef_meter *m)
{
    if (m->n_links > METER_ORIENTS || m->quality != CEF_QUALITY_MEASURED)
        return;
    m->flags |= METER_ORIENTED;
    for (int32_t k = 0; k < m->n_links; k++)
        meter_keep_arc(m, &meter_links_of(m)[k]);
}

/* Was somebody not heard yet, to whom an arc runs or from whom? */
static bool waits_for_some(const cef_meter *m)
{
    for (uint32_t left = m->arcs_in | m->arcs_out; left != 0; left &= left - 1)
        if (!(meter_links_of(m)[__builtin_ctz(left)].flags & LINK_HEARD))
            return true;
    return false;
}

/* As mix_links, of an oriented meter. */
static inline meter_mixture mix_arcs(const cef_meter *m)
{
    meter_mixture mix = {.power = m->source_mw,
                         .carbon = m->source_carbon,
                         .weight = fabs(m->source_carbon),
                         .n_terms = 1,
                         .n_waiting = !(m->flags & METER_HEARD) && waits_for_some(m),
                         .n_open = m->arcs_open != 0,
                         .fed = m->source_mw > 0.0,
                         .leads_back = m->arcs_back != 0};
    for (uint32_t left = m->arcs_in; left != 0; left &= left - 1) {
        const meter_link *l = &meter_links_of(m)[__builtin_ctz(left)];
        mix.n_terms++;
        mix_arc(m, l, -l->reading, true, &mix);
    }
    return mix;
}

bool meter_mix_in(cef_meter *m)
{
    if (m->flags & METER_ORIENTED) {
        const meter_mixture mix = mix_arcs(m);
        adopt(m, &mix);
        return mix.leads_back;
    }
    if (m->quality == CEF_QUALITY_MEASURED) {
        const meter_mixture mix = mix_links(m, false, true);
        adopt(m, &mix);
        return mix.leads_back;
    }
    const meter_mixture mix = mix_links(m, false, false);
    m->quality = (uint8_t) mix.quality;
    adopt(m, &mix);
    return mix.leads_back;
}

bool meter_leads_back(const cef_meter *m)
{
    const meter_link *link = meter_links_of(m);
    const bool all_measured = m->quality == CEF_QUALITY_MEASURED;
    const link_gaps gaps = all_measured ? (link_gaps){0} : meter_gaps(m);
    bool back = false;
    if (m->flags & METER_ORIENTED)
        return m->arcs_back != 0;
    for (int32_t k = 0; k < m->n_links && !back; k++)
        back = !(link[k].flags & LINK_TRIMMED) &&
               (all_measured ? measured(m, &link[k]) : meter_flow(m, &link[k], &gaps)).out;
    return back;
}
