/* SPDX-License-Identifier: Apache-2.0 */
/* What a command line of cef-meterd must say beyond the option table. */
#ifndef CEF_MQTT_USAGE_H
#define CEF_MQTT_USAGE_H

#include "../cli/args.h"

/* CLI_DONE, or CLI_USAGE after saying what is missing, out of its range or does not go together. */
int usage_check(const cli_args *args);

#endif /* CEF_MQTT_USAGE_H */
