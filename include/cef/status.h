/* SPDX-License-Identifier: Apache-2.0 */
/* cef/status.h - version, status, errors and diagnostics of libcef.
 *
 * Every fallible call returns cef_status and fills its last parameter, an optional cef_error, with the element at fault
 * and the reason. Nothing is kept in globals. Branch on `status` and `code`, never on `message`.
 */
#ifndef CEF_STATUS_H
#define CEF_STATUS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CEF_API __attribute__((visibility("default")))
#define CEF_MUST_CHECK __attribute__((warn_unused_result))
#else
#define CEF_API
#define CEF_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Version. SONAME 0 and no promise before 1.0; from 1.0, CEF_ABI_VERSION grows when an existing program could break. */
#define LIBCEF_VERSION_MAJOR 0
#define LIBCEF_VERSION_MINOR 1
#define LIBCEF_VERSION_PATCH 0
#define CEF_ABI_VERSION 0
CEF_API int32_t cef_abi_version(void);
CEF_API int32_t cef_version_number(void);     /* 10000 major + 100 minor + patch */
CEF_API const char *cef_version_string(void); /* static */
CEF_API const char *cef_build_info(void);     /* static: what was built in, such as "AMD and KLU of SuiteSparse; .." */

/* 0 is success, every error is negative, a published number is never reused. */
typedef int32_t cef_status;
enum {
    CEF_OK = 0,
    CEF_ERR_ARGUMENT = -1,     /* NULL or out-of-range argument */
    CEF_ERR_STRUCT_SIZE = -2,  /* struct_size unset, or asks for what this build lacks */
    CEF_ERR_MEMORY = -3,       /* the allocator said no */
    CEF_ERR_OVERFLOW = -4,     /* sizes do not fit the index type */
    CEF_ERR_UNSUPPORTED = -5,  /* valid request, feature not built in */
    CEF_ERR_NETWORK = -20,     /* dangling bus, duplicate id */
    CEF_ERR_SNAPSHOT = -21,    /* NaN, infinite or otherwise impossible input value */
    CEF_ERR_BALANCE = -22,     /* power balance missed in strict mode, or a mismatch unit is needed */
    CEF_ERR_FACTOR = -23,      /* an emission factor is missing or contradicts the case */
    CEF_ERR_UNSOLVED = -24,    /* the case holds no usable power flow */
    CEF_ERR_SINGULAR = -40,    /* a loop of flow that no unit feeds (consumer, split: that feeds no load) */
    CEF_ERR_CERTIFICATE = -41, /* computed, outputs written, but not certified */
    CEF_ERR_DIVERGED = -42,    /* the power flow did not converge; outputs hold the best state reached */
    CEF_ERR_IO = -60,          /* open, read, write, flush or rename failed */
    CEF_ERR_PARSE = -61,       /* the file's text is wrong */
    CEF_ERR_INTERNAL = -90     /* a bug in libcef */
};
CEF_API const char *cef_status_name(cef_status status); /* "CEF_ERR_BALANCE"; static, never NULL */

typedef int32_t cef_index; /* position in a network table; -1 is "none" */
typedef int64_t cef_id;    /* the caller's own number, such as a MATPOWER bus number */

typedef int32_t cef_element;
enum { CEF_ELEMENT_NONE = 0, CEF_BUS = 1, CEF_BRANCH = 2, CEF_GEN = 3, CEF_LOAD = 4, CEF_STORAGE = 5, CEF_METER = 6 };

/* What went wrong, as data. Set struct_size before the call; the library writes min(struct_size, its own size). */
typedef struct cef_error {
    size_t struct_size;
    cef_id id;    /* the caller's number of the element at fault, -1 if none */
    double value; /* the offending number, such as the imbalance in MW; NaN if none */
    cef_status status;
    cef_element element; /* which table `index` points into */
    cef_index index;     /* 0-based position of the element, -1 if none */
    int32_t period;      /* the batch period at fault, -1 if none */
    int32_t line;        /* 1-based line of the file at fault, 0 if none */
    int32_t reserved;
    char code[32];     /* stable diagnostic code such as "unknown-bus"; see cef_explain */
    char name[64];     /* text id of the element at fault, "" if none */
    char message[512]; /* one sentence for a person: element, value, what to do */
} cef_error;

/* A longer text about a diagnostic code: what it means, why, what to do. Static; NULL for an unknown code. */
CEF_API const char *cef_explain(const char *code);
/* The k-th known diagnostic code, NULL past the last. */
CEF_API const char *cef_diagnostic_code(int32_t k);

/* Numbers as text, the same in every locale. Shortest decimal text that reads back to the same double; "null" for NaN,
 * "inf"/"-inf". Writes at most `size` bytes with the final 0 and returns the length without it (32 always suffices). */
CEF_API size_t cef_number_format(double value, char *buffer, size_t size);
/* Reads a decimal number from text[0..length) that must be consumed whole; correctly rounded; no hex, no nan, no inf,
 * no overflow to infinity. CEF_ERR_PARSE otherwise. */
CEF_API CEF_MUST_CHECK cef_status cef_number_parse(const char *text, size_t length, double *value);

#ifdef __cplusplus
}
#endif
#endif /* CEF_STATUS_H */
