/* SPDX-License-Identifier: Apache-2.0 */
/* Moments as seconds since 1970, UTC, without leap seconds; the proleptic Gregorian calendar. */
#include <stdio.h>
#include <string.h>

#include "series.h"

enum { DAY = 86400 };

static int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0); }

/* Days since 1970-01-01; years begin in March, so that the leap day is the last of one. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t y = year - (month <= 2), era = floor_divide(y, 400), of_era = y - era * 400;
    const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    const int64_t z = days + 719468, era = floor_divide(z, 146097), of_era = z - era * 146097;
    const int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m + (m < 10 ? 3 : -9);
    *year = y + era * 400 + (*month <= 2);
}

/* n digits, a number from least to most. */
static bool take(const char **at, int n, int least, int most, int *value)
{
    *value = 0;
    for (int k = 0; k < n; k++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        *value = 10 * *value + (**at - '0');
    }
    return *value >= least && *value <= most;
}

static bool take_char(const char **at, const char *wanted)
{
    if (!**at || !strchr(wanted, **at))
        return false;
    (*at)++;
    return true;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static bool take_offset(const char **at, int *seconds)
{
    int hours = 0, minutes = 0;
    const int sign = **at == '-' ? -1 : 1;
    *seconds = 0;
    if (take_char(at, "Zz"))
        return true;
    if (!take_char(at, "+-") || !take(at, 2, 0, 23, &hours) || !take_char(at, ":") || !take(at, 2, 0, 59, &minutes))
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool time_parse(const char *text, int64_t *seconds)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0;
    const char *at = text;
    if (!take(&at, 4, 1, 9999, &year) || !take_char(&at, "-") || !take(&at, 2, 1, 12, &month) || !take_char(&at, "-") ||
        !take(&at, 2, 1, days_in(year, month), &day) || !take_char(&at, "Tt "))
        return false;
    if (!take(&at, 2, 0, 23, &hour) || !take_char(&at, ":") || !take(&at, 2, 0, 59, &minute) || !take_char(&at, ":") ||
        !take(&at, 2, 0, 59, &second))
        return false;
    const bool has_fraction = take_char(&at, ".");
    const size_t zeros = has_fraction ? strspn(at, "0") : 0; /* no parts of seconds */
    if (has_fraction && zeros == 0)
        return false;
    at += zeros;
    if (!take_offset(&at, &offset) || *at)
        return false;
    *seconds = days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    return true;
}

void time_format(int64_t seconds, char text[32])
{
    int64_t year = 0, month = 0, day = 0;
    const int64_t days = floor_divide(seconds, DAY), rest = seconds - days * DAY;
    date_of(days, &year, &month, &day);
    snprintf(text, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int) year, (int) month, (int) day, (int) (rest / 3600),
             (int) (rest / 60 % 60), (int) (rest % 60));
}

int64_t time_month(int64_t seconds)
{
    int64_t year = 0, month = 0, day = 0;
    date_of(floor_divide(seconds, DAY), &year, &month, &day);
    return year * 12 + month - 1;
}

int time_hour(int64_t seconds)
{
    const int64_t days = floor_divide(seconds, DAY);
    return (int) ((seconds - days * DAY) / 3600);
}
