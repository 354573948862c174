/* SPDX-License-Identifier: Apache-2.0 */
/* Exported functions of cef/meter.h. */
#include "meter/meter.h"

size_t cef_meter_encode(const cef_meter_message *message, uint8_t *bytes, size_t size)
{
    if (!message || !bytes)
        return 0;
    const message_view view = {message, message->fact, message->item, message->result};
    return message_encode(&view, bytes, size);
}

cef_meter_verdict cef_meter_decode(const uint8_t *bytes, size_t length, cef_meter_message *message)
{
    if (!bytes || !message)
        return CEF_METER_TRUNCATED;
    return message_decode(bytes, length, message);
}

const char *cef_meter_verdict_name(cef_meter_verdict verdict) { return message_verdict_name(verdict); }
