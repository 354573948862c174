/* SPDX-License-Identifier: Apache-2.0 */
/* cef/cef.h - libcef, carbon emission flow of power grids: everything of the library libcef.
 *
 *   cef/status.h    version, status, errors           cef/solver.h    one operating point: intensities, certificate
 *   cef/context.h   allocator, log                    cef/generate.h  synthetic grids
 *   cef/network.h   what is wired                     cef/powerflow.h AC and DC power flow of cases that are not solved
 *   cef/storage.h   carbon held in stores             cef/batch.h     many operating points, row by row
 *   cef/case.h      files (library libcef_io), not included here
 *
 * Ownership: *_create gives a handle, *_destroy ends it (NULL allowed, any order: children hold a counted reference).
 * Arrays the caller passes stay the caller's and are read or written only during the call.
 * Threads: contexts and networks may be shared; a solver belongs to one thread at a time. No hidden global state.
 * Structs start with size_t struct_size: the library reads and writes min(struct_size, its own size), takes defaults
 * for the rest and refuses a nonzero unknown tail of an input struct with CEF_ERR_STRUCT_SIZE.
 */
#ifndef CEF_CEF_H
#define CEF_CEF_H

#include <cef/batch.h>
#include <cef/context.h>
#include <cef/generate.h>
#include <cef/meter.h>
#include <cef/network.h>
#include <cef/powerflow.h>
#include <cef/solver.h>
#include <cef/status.h>
#include <cef/storage.h>

#endif /* CEF_CEF_H */
