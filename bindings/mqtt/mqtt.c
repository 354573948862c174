/* SPDX-License-Identifier: Apache-2.0 */
/* Faults, the broker's address, the clock. */
#include "mqtt.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

cef_status mqtt_fail(cef_error *error, cef_status status, const char *code, const char *format, ...)
{
    if (!error)
        return status;
    *error = (cef_error){
        .struct_size = sizeof *error, .id = -1, .value = (double) NAN, .status = status, .index = -1, .period = -1};
    snprintf(error->code, sizeof error->code, "%s", code);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

cef_status mqtt_no_memory(cef_error *error, size_t bytes)
{
    return mqtt_fail(error, CEF_ERR_MEMORY, "memory", "no memory for %zu bytes", bytes);
}

int64_t mqtt_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static cef_status bad_url(cef_error *error, const char *url)
{
    return mqtt_fail(error, CEF_ERR_ARGUMENT, "bad-broker",
                     "'%.100s' is no broker: expected mqtt://HOST:PORT, such as mqtt://127.0.0.1:1883", url);
}

/* host[0..length): digits of an address of this machine into out. */
static bool is_loopback(const char *host, size_t length, char *out, size_t size)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (length >= size)
        return false;
    memcpy(out, host, length);
    out[length] = 0;
    if (strcmp(out, "localhost") == 0)
        snprintf(out, size, "127.0.0.1");
    if (inet_pton(AF_INET, out, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, out, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool parse_port(const char *text, uint16_t *port)
{
    char *end = NULL;
    if (*text < '0' || *text > '9')
        return false;
    const unsigned long value = strtoul(text, &end, 10);
    *port = (uint16_t) value;
    return *end == 0 && value >= 1 && value <= UINT16_MAX;
}

cef_status mqtt_broker_parse(mqtt_broker *broker, const char *url, cef_error *error)
{
    static const char scheme[] = "mqtt://";
    if (strncmp(url, "mqtts://", 8) == 0)
        return mqtt_fail(error, CEF_ERR_ARGUMENT, "remote-broker",
                         "'%.100s': transport security is not built yet; use mqtt:// to a broker on this machine", url);
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return bad_url(error, url);
    const char *host = url + sizeof scheme - 1;
    const bool bracket = *host == '[';
    host += bracket;
    const size_t length = strcspn(host, bracket ? "]" : ":/");
    const char *rest = host + length;
    if (length == 0 || (bracket && *rest != ']'))
        return bad_url(error, url);
    rest += bracket;
    *broker = (mqtt_broker){.port = 1883};
    if ((*rest == ':' && !parse_port(rest + 1, &broker->port)) || (*rest && *rest != ':'))
        return bad_url(error, url);
    if (!is_loopback(host, length, broker->host, sizeof broker->host))
        return mqtt_fail(error, CEF_ERR_ARGUMENT, "remote-broker",
                         "broker '%.*s' is not on this machine: without transport security only localhost, 127.0.0.0/8 "
                         "and [::1] are allowed",
                         (int) (length < 64 ? length : 64), host);
    return CEF_OK;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

cef_status mqtt_space_check(const mqtt_space *space, cef_error *error)
{
    const char *prefix = space->prefix;
    const size_t length = strnlen(prefix, sizeof space->prefix);
    bool good = length > 0 && length < sizeof space->prefix;
    for (size_t k = 0; good && k < length; k++)
        good = is_plain(prefix[k]) || (prefix[k] == '/' && k > 0 && k + 1 < length && prefix[k - 1] != '/');
    return good ? CEF_OK
                : mqtt_fail(error, CEF_ERR_ARGUMENT, "bad-argument",
                            "prefix '%.63s': expected 1 to 63 of A-Z a-z 0-9 _ - with / between them", prefix);
}
