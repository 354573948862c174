/* SPDX-License-Identifier: Apache-2.0 */
/* cef/case.h - reading and writing case files (library libcef_io): MATPOWER .m, libcef .yaml, a folder of CSV files.
 *
 * Readers are bounded, evaluate nothing, and refuse what they do not understand with a code, the file's line and what
 * to do. Ids are text of 1-63 bytes UTF-8.
 */
#ifndef CEF_CASE_H
#define CEF_CASE_H

#include <cef/generate.h>
#include <cef/powerflow.h>
#include <cef/storage.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cef_case cef_case;

/* Reads PATH: a folder is CSV, `.m` is MATPOWER, `.yaml` or `.yml` is libcef's format; anything else is refused. */
CEF_API CEF_MUST_CHECK cef_status cef_case_read(cef_context *ctx, const char *path, cef_case **out, cef_error *error);
/* The same from memory; format is "m" or "yaml"; name stands in messages for the file's name. */
CEF_API CEF_MUST_CHECK cef_status cef_case_read_memory(cef_context *ctx, const char *name, const char *format,
                                                       const char *text, size_t length, cef_case **out,
                                                       cef_error *error);
CEF_API CEF_MUST_CHECK cef_status cef_case_from_grid(cef_context *ctx, const cef_grid *grid, const char *name,
                                                     cef_case **out, cef_error *error);
CEF_API void cef_case_destroy(cef_case *c);

/* Writes PATH by its ending (.m, .yaml, or a folder for no ending): written beside, flushed, checked, then renamed. */
CEF_API CEF_MUST_CHECK cef_status cef_case_write(const cef_case *c, const char *path, cef_error *error);

typedef struct cef_case_info {
    size_t struct_size;
    double base_mva;
    cef_index n_bus, n_branch, n_gen, n_load, n_storage;
    cef_index n_gen_rows; /* generator rows of the file (all of them: n_gen = n_gen_rows) */
    int32_t has_flows;    /* 1: every branch in service states its power at the from end */
    int32_t numeric_bus, numeric_branch, numeric_gen, numeric_load, numeric_storage; /* 1: all ids are int64 decimals */
    cef_index n_out_of_service; /* rows switched off: they carry power 0 */
    int32_t reserved;
    char sha256[72]; /* of the file's bytes; of a folder: of its files' bytes in the order of the contract */
    char name[128];  /* stated in the file, else the file's name without its ending */
    char format[8];  /* "m", "yaml", "csv", "grid" */
} cef_case_info;
CEF_API CEF_MUST_CHECK cef_status cef_case_describe(const cef_case *c, cef_case_info *out, cef_error *error);

/* Borrowed until the case is destroyed. Out-of-service rows are present with power 0. Loads of a .m case: Pd != 0 in
 * bus order, then shunts (Gs Vm^2 != 0). Before cef_case_price, intensities that are not known are NaN. */
CEF_API const cef_network *cef_case_network(const cef_case *c);
CEF_API CEF_MUST_CHECK cef_status cef_case_snapshot(const cef_case *c, cef_snapshot *out, cef_error *error);

/* What its stores hold at the start and can hold, for cef_storage_create; borrowed until the case is destroyed. Where
 * the file states none: energy 0, capacity infinite, intensity NaN. */
CEF_API CEF_MUST_CHECK cef_status cef_case_storage(const cef_case *c, cef_storage_data *out, cef_error *error);

/* Text id of an element (a MATPOWER row is its 1-based number; loads and shunts of a .m carry their bus's number).
 * Writes at most `size` bytes with the final 0, returns the length without it; 0 for a position out of range. */
CEF_API size_t cef_case_id(const cef_case *c, cef_element element, cef_index index, char *buffer, size_t size);
/* Fuel of a generator, zone of a bus, owner of a load: borrowed text, "" if not stated. */
CEF_API const char *cef_case_fuel(const cef_case *c, cef_index gen);
CEF_API const char *cef_case_zone(const cef_case *c, cef_index bus);
CEF_API const char *cef_case_owner(const cef_case *c, cef_index load);

/* Where intensities come from. Precedence: factors file > the case's own > fuel factors > missing policy. */
enum { CEF_MISSING_ERROR = 0, CEF_MISSING_ZERO = 1, CEF_MISSING_VALUE = 2 };
typedef struct cef_factor_options {
    size_t struct_size;
    const char *factors;            /* path of a CSV `gen,bus,intensity[,source]`, or NULL */
    const char *fuel_factors;       /* "ipcc2006", path of a CSV `fuel,intensity`, or NULL */
    double missing_value;           /* for CEF_MISSING_VALUE, tCO2/MWh */
    double negative_load_intensity; /* for negative loads without their own; read if has_negative_load_intensity */
    int32_t missing;                /* CEF_MISSING_* for units that run (p > 0) */
    int32_t has_negative_load_intensity;
} cef_factor_options;
typedef struct cef_factor_info {
    size_t struct_size;
    cef_index n_from_file, n_from_case, n_from_fuel, n_from_missing; /* running units by origin */
    cef_index n_defaulted;     /* units and negative loads that rest on a table or policy, not on stated data */
    cef_index n_negative_load; /* negative loads priced by a default */
} cef_factor_info;
/* Fills the case's intensities (again: they are recomputed from the file's own each time). options NULL: the case's own
 * only. CEF_ERR_FACTOR names the first running unit without a factor. */
CEF_API CEF_MUST_CHECK cef_status cef_case_price(cef_case *c, const cef_factor_options *options, cef_factor_info *info,
                                                 cef_error *error);

/* CEF_OK iff the case states flows for every branch and no bus misses its balance by more than
 * max(balance_tol, 1e-3 of its throughput); CEF_ERR_UNSOLVED names the worst bus otherwise. */
CEF_API CEF_MUST_CHECK cef_status cef_case_check_flows(const cef_case *c, double balance_tol, cef_error *error);

/* A case that is not solved: what cef_powerflow_create and cef_powerflow_solve need, in the case's row order, borrowed
 * until the case is destroyed. The operating point is the file's, also after cef_case_apply_flows. The first call
 * allocates: not on several threads at once. CEF_ERR_PARSE (missing-field) names a branch in service without x, or a
 * bus whose gs no load of kind shunt draws. */
CEF_API CEF_MUST_CHECK cef_status cef_case_powerflow(cef_case *c, cef_powerflow_data *data, cef_injections *injections,
                                                     cef_error *error);
/* [n_gen] participation factors of the file (apf), 0 where not stated, for cef_powerflow_options.participation;
 * borrowed. NULL before cef_case_powerflow. */
CEF_API const double *cef_case_participation(const cef_case *c);
/* Puts solved powers (branch_p_from, branch_p_to; gen_p, load_p, storage_p unless NULL) in the place of the case's own:
 * cef_case_snapshot gives them from now on, has_flows is 1. Call it before cef_case_price, which asks for factors of
 * the units that run. What cef_case_write writes is not changed. */
CEF_API CEF_MUST_CHECK cef_status cef_case_apply_flows(cef_case *c, const cef_powerflow_solution *solution,
                                                       cef_error *error);

#ifdef __cplusplus
}
#endif
#endif /* CEF_CASE_H */
