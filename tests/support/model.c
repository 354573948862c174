/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of a grid, grown row by row. Tests have no use for recovering from a lack of memory: it ends the program. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

static void *grown(void *old, size_t count, size_t item)
{
    void *grown = realloc(old, (count ? count : 1) * item);
    if (!grown)
        abort();
    return grown;
}

#define GROW(array, capacity) ((array) = grown((array), (size_t) (capacity), sizeof *(array)))

model model_make(cef_index n_bus) { return (model){.n_bus = n_bus}; }

static void reserve(model *m, cef_index branches, cef_index gens, cef_index loads, cef_index stores)
{
    if (branches > m->capacity_branch) {
        m->capacity_branch = 2 * branches;
        GROW(m->from, m->capacity_branch), GROW(m->to, m->capacity_branch);
        GROW(m->p_from, m->capacity_branch), GROW(m->p_to, m->capacity_branch);
    }
    if (gens > m->capacity_gen) {
        m->capacity_gen = 2 * gens;
        GROW(m->gen_bus, m->capacity_gen), GROW(m->gen_p, m->capacity_gen), GROW(m->gen_e, m->capacity_gen);
    }
    if (loads > m->capacity_load) {
        m->capacity_load = 2 * loads;
        GROW(m->load_bus, m->capacity_load), GROW(m->load_kind, m->capacity_load);
        GROW(m->load_p, m->capacity_load), GROW(m->load_e, m->capacity_load);
    }
    if (stores > m->capacity_storage) {
        m->capacity_storage = 2 * stores;
        GROW(m->storage_bus, m->capacity_storage), GROW(m->storage_p, m->capacity_storage);
        GROW(m->storage_e, m->capacity_storage);
    }
}

cef_index model_branch(model *m, cef_index from, cef_index to, double p_from, double p_to)
{
    reserve(m, m->n_branch + 1, 0, 0, 0);
    const cef_index k = m->n_branch++;
    m->from[k] = from, m->to[k] = to, m->p_from[k] = p_from, m->p_to[k] = p_to;
    return k;
}

cef_index model_arc(model *m, cef_index sender, cef_index receiver, double sent, double received)
{
    return model_branch(m, sender, receiver, sent, -received);
}

cef_index model_gen(model *m, cef_index bus, double p, double intensity)
{
    reserve(m, 0, m->n_gen + 1, 0, 0);
    const cef_index k = m->n_gen++;
    m->gen_bus[k] = bus, m->gen_p[k] = p, m->gen_e[k] = intensity;
    return k;
}

cef_index model_load_kind(model *m, cef_index bus, double p, int32_t kind, double intensity)
{
    reserve(m, 0, 0, m->n_load + 1, 0);
    const cef_index k = m->n_load++;
    m->load_bus[k] = bus, m->load_p[k] = p, m->load_kind[k] = kind, m->load_e[k] = intensity;
    m->has_load_e |= p < 0.0;
    return k;
}

cef_index model_load(model *m, cef_index bus, double p) { return model_load_kind(m, bus, p, CEF_LOAD_DEMAND, 0.0); }

cef_index model_storage(model *m, cef_index bus, double p, double intensity)
{
    reserve(m, 0, 0, 0, m->n_storage + 1);
    const cef_index k = m->n_storage++;
    m->storage_bus[k] = bus, m->storage_p[k] = p, m->storage_e[k] = intensity;
    return k;
}

model model_copy(const model *m)
{
    model copy = model_make(m->n_bus);
    for (cef_index k = 0; k < m->n_branch; k++)
        model_branch(&copy, m->from[k], m->to[k], m->p_from[k], m->p_to[k]);
    for (cef_index k = 0; k < m->n_gen; k++)
        model_gen(&copy, m->gen_bus[k], m->gen_p[k], m->gen_e[k]);
    for (cef_index k = 0; k < m->n_load; k++)
        model_load_kind(&copy, m->load_bus[k], m->load_p[k], m->load_kind[k], m->load_e[k]);
    for (cef_index k = 0; k < m->n_storage; k++)
        model_storage(&copy, m->storage_bus[k], m->storage_p[k], m->storage_e[k]);
    copy.has_load_e = m->has_load_e;
    return copy;
}

void model_free(model *m)
{
    void *owned[] = {m->from, m->to,    m->gen_bus, m->load_bus, m->storage_bus, m->load_kind, m->p_from,
                     m->p_to, m->gen_p, m->gen_e,   m->load_p,   m->load_e,      m->storage_p, m->storage_e};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++)
        free(owned[k]);
    *m = (model){0};
}

cef_network_data model_network(const model *m)
{
    return (cef_network_data){.struct_size = sizeof(cef_network_data),
                              .branch_from = m->from,
                              .branch_to = m->to,
                              .gen_bus = m->gen_bus,
                              .load_bus = m->load_bus,
                              .load_kind = m->load_kind,
                              .storage_bus = m->storage_bus,
                              .n_bus = m->n_bus,
                              .n_branch = m->n_branch,
                              .n_gen = m->n_gen,
                              .n_load = m->n_load,
                              .n_storage = m->n_storage};
}

cef_snapshot model_snapshot(const model *m)
{
    return (cef_snapshot){.struct_size = sizeof(cef_snapshot),
                          .branch_p_from = m->p_from,
                          .branch_p_to = m->p_to,
                          .gen_p = m->gen_p,
                          .gen_intensity = m->gen_e,
                          .load_p = m->load_p,
                          .load_intensity = m->has_load_e ? m->load_e : NULL,
                          .storage_p = m->storage_p,
                          .storage_intensity = m->storage_e};
}

model model_bialek(void)
{
    model m = model_make(4);
    model_arc(&m, 0, 1, 60, 59), model_arc(&m, 0, 2, 225, 218), model_arc(&m, 0, 3, 115, 112);
    model_arc(&m, 1, 3, 173, 171), model_arc(&m, 3, 2, 83, 82);
    model_gen(&m, 0, 400, 0.875), model_gen(&m, 1, 114, 0.525);
    model_load(&m, 2, 300), model_load(&m, 3, 200);
    return m;
}
