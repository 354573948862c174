/* SPDX-License-Identifier: Apache-2.0 */
/* One thread that serves any number of agents until they are done. */
#ifndef CEF_MQTT_LOOP_H
#define CEF_MQTT_LOOP_H

#include "agent.h"

typedef enum { LOOP_DONE, LOOP_STOPPED, LOOP_LATE, LOOP_TAKEN_OVER, LOOP_CONTRADICTED } loop_end;

typedef struct {
    int stop_fd;         /* readable: stop; -1 none */
    int64_t deadline_ms; /* from now; 0 none */
    int64_t linger_ms;   /* how long all must have been done */
    int64_t greet_ms;    /* from now, until some agent must have met the broker; 0 none */
    bool stay;           /* done is no end */
} loop_options;

/* CEF_OK and *end, or CEF_ERR_MEMORY, CEF_ERR_IO (poll). */
cef_status agents_run(mqtt_agent *const agent[], int n, const loop_options *options, loop_end *end, cef_error *error);

#endif /* CEF_MQTT_LOOP_H */
