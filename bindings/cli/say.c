/* SPDX-License-Identifier: Apache-2.0 */
/* Standard error. */
#include "say.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "utf8.h"

/* Messages quote file names and fields: no control character of theirs may reach the terminal, nor what is not UTF-8.
 */
static void clean(char *text)
{
    for (unsigned char *c = (unsigned char *) text; *c;) {
        const int n = utf8_length(c);
        const bool control = *c < 0x20 || *c == 0x7f || (*c == 0xc2 && n == 2 && c[1] < 0xa0);
        if (n == 0 || control)
            memset(c, '?', n > 0 ? (size_t) n : 1);
        c += n > 0 ? n : 1;
    }
}

const char *say_short(char out[SAY_SHORT], const char *text)
{
    snprintf(out, SAY_SHORT, "%s", text);
    if (strlen(text) >= SAY_SHORT)
        memcpy(out + SAY_SHORT - 3, "..", 3);
    return out;
}

cef_status say_set(cef_error *error, cef_status status, const char *code, const char *format, ...)
{
    error->status = status;
    error->id = -1;
    error->index = -1;
    error->value = (double) NAN;
    snprintf(error->code, sizeof error->code, "%s", code);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

static int exit_code(cef_status status)
{
    switch (status) {
    case CEF_OK: return CLI_DONE;
    case CEF_ERR_ARGUMENT: return CLI_USAGE;
    case CEF_ERR_IO: return CLI_IO;
    case CEF_ERR_MEMORY: return CLI_MEMORY;
    case CEF_ERR_CERTIFICATE: return CLI_UNCERTIFIED;
    default: return CLI_DATA;
    }
}

int say_error(const cef_error *error)
{
    char message[sizeof error->message];
    snprintf(message, sizeof message, "%s", error->message);
    clean(message);
    if (message[0])
        fprintf(stderr, "cef: error[%s]: %s\n  hint: run 'cef explain %s'\n", error->code, message, error->code);
    return exit_code(error->status);
}

int say_usage(cli_verb_id verb, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    clean(message);
    fprintf(stderr, "cef: error[usage]: %s\n  hint: run '%s --help'\n", message, cli_verbs[verb].command);
    return CLI_USAGE;
}

void say_warning(const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    clean(message);
    fprintf(stderr, "cef: warning: %s\n", message);
}

void say_coded_warning(const char *code, const char *message)
{
    char text[512];
    snprintf(text, sizeof text, "%s", message);
    clean(text);
    fprintf(stderr, "cef: warning[%s]: %s\n  hint: run 'cef explain %s'\n", code, text, code);
}

void say_log(void *user, cef_log_level level, const char *message)
{
    (void) user;
    if (level <= CEF_LOG_WARN)
        say_warning("%s", message);
}

void say_progress(int done, int all, const char *what)
{
    enum { WIDTH = 24 };
    if (!isatty(STDERR_FILENO))
        return;
    if (done >= all) {
        fputs("\r\033[K", stderr);
        return;
    }
    char bar[WIDTH + 1];
    const int filled = WIDTH * done / all;
    memset(bar, '#', (size_t) filled);
    memset(bar + filled, '.', (size_t) (WIDTH - filled));
    bar[WIDTH] = 0;
    fprintf(stderr, "\r[%s] %s\033[K", bar, what);
    fflush(stderr);
}
