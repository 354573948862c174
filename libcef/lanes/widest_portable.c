/* SPDX-License-Identifier: Apache-2.0 */
/* Other processors: what their compiler makes of the portable source is the one width. */
#include "lanes/lanes.h"

int32_t lanes_widest(void) { return LANES_PORTABLE; }
