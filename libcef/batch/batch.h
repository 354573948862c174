/* SPDX-License-Identifier: Apache-2.0 */
/* The door of room batch: many snapshots of one network. Periods are cut into fixed blocks; threads take blocks as they
 * come and hand them in in time order, so that nothing depends on who solved what. */
#ifndef CEF_BATCH_DOOR_H
#define CEF_BATCH_DOOR_H

#include <cef/batch.h>

#include "run/run.h"

/* settings and options as the caller gave them, sizes settled. */
cef_status batch_create(cef_context *ctx, cef_network *net, const cef_settings *settings,
                        const cef_batch_options *options, cef_batch **out, cef_error *error);
cef_status batch_solve(cef_batch *batch, const cef_batch_data *data, const cef_batch_result *result,
                       cef_batch_info *info, cef_error *error);
/* Forces an instruction set (LANES_*), for tests. The bits of the results do not depend on it. */
void batch_set_width(cef_batch *batch, int32_t width);
void batch_destroy(cef_batch *batch);

#endif /* CEF_BATCH_DOOR_H */
