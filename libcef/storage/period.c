/* SPDX-License-Identifier: Apache-2.0 */
/* The models: what one period does to one store. docs/theory.md section 5.
 *
 *   W  MWh held at the start      k  retention           eta_c, eta_d  efficiencies of charging and discharging
 *   C  tCO2 held at the start     s  retention_used      Ec, Ed        MWh taken from the grid, given to the grid
 *
 * Energy, under every model: W+ = k W + s (eta_c Ec - Ed / eta_d). One signed power a period: Ec or Ed is 0. */
#include "storage/storage.h"

void store_move_energy(const store_traits *traits, double held, double p, double hours, store_flow *flow)
{
    flow->energy_drawn = p < 0.0 ? -p * hours : 0.0;
    flow->energy_delivered = p > 0.0 ? p * hours : 0.0;
    const double stored = traits->efficiency_charge * flow->energy_drawn;
    const double taken = flow->energy_delivered / traits->efficiency_discharge;
    flow->energy = traits->retention * held + traits->retention_used * (stored - taken);
}

void store_settle_energy(const store_traits *traits, double held, double tol, store_flow *flow)
{
    if (flow->energy <= tol)
        flow->energy = 0.0;
    if (flow->energy > traits->capacity)
        flow->energy = traits->capacity;
    flow->emptied = held > 0.0 && flow->energy == 0.0;
    flow->energy_lost = flow->energy_drawn - flow->energy_delivered - (flow->energy - held);
}

/* Share of the energy held that is taken out. Above 1 only by rounding, when the store runs empty. */
static double share_taken(const store_traits *traits, double held, const store_flow *flow)
{
    if (flow->energy_delivered == 0.0)
        return 0.0;
    const double share = flow->energy_delivered / traits->efficiency_discharge / held;
    return flow->energy > 0.0 && share > 1.0 ? 1.0 : share;
}

/* C+ = C + x Ec - C share. With share <= 1 the rounded product never exceeds C, so that C+ >= 0 wherever C, x >= 0. */
static void move_conserving(const store_traits *traits, double held, double carbon, store_flow *flow)
{
    flow->carbon_delivered = carbon * share_taken(traits, held, flow);
    flow->carbon = carbon - flow->carbon_delivered + flow->carbon_drawn;
    flow->owner_loss = 0.0;
}

/* Charging: C+ = k C + s eta_c x Ec. Discharging: the mix stays, C+ = C W+ / W, and C Ed / W is delivered. */
static void move_tank(const store_traits *traits, double held, double carbon, store_flow *flow)
{
    const double leak = 1.0 - traits->retention;
    if (flow->energy_delivered == 0.0) {
        const double stored = traits->efficiency_charge * traits->retention_used;
        flow->carbon_delivered = 0.0;
        flow->carbon = traits->retention * carbon + stored * flow->carbon_drawn;
        flow->owner_loss = leak * carbon + (1.0 - stored) * flow->carbon_drawn;
        return;
    }
    const double share = share_taken(traits, held, flow);
    const double leaked = leak - share * (1.0 - traits->retention_used); /* what is used early does not leak */
    flow->carbon_delivered = carbon * (flow->energy_delivered / held);
    flow->carbon = carbon * (flow->energy / held);
    flow->owner_loss = carbon * ((leaked > 0.0 ? leaked : 0.0) + share * (1.0 - traits->efficiency_discharge));
}

/* The energy held is worth the stated intensity, whatever it was charged with. */
static void move_static(const store_traits *traits, double carbon, store_flow *flow)
{
    flow->carbon_delivered = traits->intensity * flow->energy_delivered;
    flow->carbon = traits->intensity * flow->energy;
    flow->owner_loss = flow->carbon_drawn - flow->carbon_delivered - (flow->carbon - carbon);
}

void store_move_carbon(const store_traits *traits, int32_t model, double held, double carbon, double bus_intensity,
                       store_flow *flow)
{
    flow->carbon_drawn = flow->energy_drawn > 0.0 ? bus_intensity * flow->energy_drawn : 0.0;
    if (model == CEF_STORAGE_STATIC) {
        move_static(traits, carbon, flow);
        return;
    }
    if (model == CEF_STORAGE_LOAD) {
        flow->carbon = flow->carbon_delivered = 0.0;
        flow->owner_loss = flow->carbon_drawn;
        return;
    }
    if (model == CEF_STORAGE_TANK)
        move_tank(traits, held, carbon, flow);
    else
        move_conserving(traits, held, carbon, flow);
    if (flow->energy == 0.0) { /* nothing is held: what is left over, or missing within energy_tol, is the owner's */
        flow->owner_loss = carbon + flow->carbon_drawn - flow->carbon_delivered;
        flow->carbon = 0.0;
    }
}

double store_intensity(const store_traits *traits, int32_t model, double held, double carbon)
{
    if (model == CEF_STORAGE_LOAD)
        return 0.0;
    if (model == CEF_STORAGE_STATIC)
        return traits->intensity;
    if (held == 0.0)
        return (double) NAN;
    return model == CEF_STORAGE_TANK ? carbon / held : carbon / held / traits->efficiency_discharge;
}
