/* SPDX-License-Identifier: Apache-2.0 */
/* Topics, packs, the broker's address and the boot counter, without a broker. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "pack.h"
#include "topic.h"

static const mqtt_space space = {.prefix = "a/b", .epoch = 4294967294u, .interval = 0};

static void round_trip(topic_name name, const char *text)
{
    char topic[MQTT_TOPIC];
    topic_write(topic, &space, name);
    cr_assert_str_eq(topic, text);
    const topic_name back = topic_read(&space, topic);
    cr_assert(back.kind == name.kind && back.from == name.from);
    cr_assert(name.kind == TOPIC_STATUS || name.kind == TOPIC_HELLO || back.to == name.to);
    cr_assert(name.kind != TOPIC_FINALS || back.page == name.page);
    cr_assert(back.epoch == (name.kind == TOPIC_HELLO ? name.epoch : space.epoch));
}

Test(topic, round_trips)
{
    round_trip((topic_name){.kind = TOPIC_ITERATES, .to = 3, .from = 12}, "a/b/v1/4294967294/0/it/3/12");
    round_trip((topic_name){.kind = TOPIC_FINALS, .to = 0, .from = 99999, .page = 7},
               "a/b/v1/4294967294/0/fin/0/99999/7");
    round_trip((topic_name){.kind = TOPIC_STATUS, .from = 5}, "a/b/v1/4294967294/0/status/5");
    round_trip((topic_name){.kind = TOPIC_HELLO, .from = 5, .epoch = 7}, "a/b/v1/hello/0/5/7");
}

Test(topic, wildcard)
{
    char topic[MQTT_TOPIC];
    topic_write(topic, &space, (topic_name){.kind = TOPIC_ITERATES, .to = 3, .from = UINT32_MAX});
    cr_assert_str_eq(topic, "a/b/v1/4294967294/0/it/3/+");
    topic_write(topic, &space, (topic_name){.kind = TOPIC_HELLO, .from = 3, .epoch = UINT32_MAX});
    cr_assert_str_eq(topic, "a/b/v1/hello/0/3/+");
}

Test(topic, what_is_none)
{
    const char *const wrong[] = {"",
                                 "a/b/v1/4294967294/0/it/3",
                                 "a/b/v1/4294967294/0/it/3/",
                                 "a/b/v1/4294967294/0/it/3/4/5",
                                 "a/b/v1/4294967294/0/it/03/4",
                                 "a/b/v1/4294967294/0/it/-3/4",
                                 "a/b/v1/4294967294/0/it/3/4294967295",
                                 "a/b/v1/4294967294/0/it/3/99999999999999999999",
                                 "a/b/v1/4294967294/1/it/3/4",
                                 "a/b/v1/4294967293/0/it/3/4",
                                 "a/b/v2/4294967294/0/it/3/4",
                                 "a/c/v1/4294967294/0/it/3/4",
                                 "a/b/v1/4294967294/0/fin/3/4",
                                 "a/b/v1/4294967294/0/status/4/",
                                 "a/b/v1/hello/0/4",
                                 "a/b/v1/hello/0/4/5/6",
                                 "a/b/v1/hello/0/4/4294967295",
                                 "a/b/v1/hello/1/4/5",
                                 "a/c/v1/hello/0/4/5",
                                 "a/b/v1/4294967294/0/other/4"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        cr_assert(topic_read(&space, wrong[k]).kind == TOPIC_OTHER, "%s", wrong[k]);
}

static size_t two_messages(uint8_t bytes[64])
{
    pack_writer w;
    pack_begin(&w, bytes, 64, PACK_FINALS, 0x01020304, 0x0a0b0c0d);
    cr_assert(pack_add(&w, (const uint8_t *) "abc", 3));
    cr_assert(pack_add(&w, (const uint8_t *) "", 0));
    cr_assert(pack_count(&w) == 2);
    return w.used;
}

Test(pack, round_trip)
{
    uint8_t bytes[64];
    pack_reader r;
    size_t length = 9;
    cr_assert(pack_open(&r, bytes, two_messages(bytes)));
    cr_assert(r.agent == 0x01020304 && r.settings == 0x0a0b0c0d && r.kind == PACK_FINALS);
    const uint8_t *first = pack_next(&r, &length);
    cr_assert(length == 3 && memcmp(first, "abc", 3) == 0);
    cr_assert(pack_next(&r, &length) != NULL && length == 0);
    cr_assert(pack_next(&r, &length) == NULL);
}

Test(pack, a_full_one_takes_no_more)
{
    uint8_t bytes[PACK_HEAD + 5], message[4] = {0};
    pack_writer w;
    pack_begin(&w, bytes, sizeof bytes, PACK_ITERATES, 0, 0);
    cr_assert(!pack_add(&w, message, 4));
    cr_assert(pack_add(&w, message, 3));
    cr_assert(!pack_add(&w, message, 0) && pack_count(&w) == 1 && w.used == sizeof bytes);
}

/* Any byte cut off or added breaks the lengths; any head byte but kind, agent and settings is checked. */
Test(pack, damaged)
{
    uint8_t bytes[65] = {0};
    pack_reader r;
    const size_t used = two_messages(bytes);
    for (size_t n = 0; n < used; n++)
        cr_assert(!pack_open(&r, bytes, n), "%zu bytes", n);
    cr_assert(!pack_open(&r, bytes, used + 1));
    for (size_t k = 0; k < PACK_HEAD + 2; k++) {
        const bool free_byte = k == 5 || (k >= 8 && k < PACK_HEAD);
        bytes[k] ^= 0x40;
        cr_assert(pack_open(&r, bytes, used) == free_byte, "byte %zu", k);
        bytes[k] ^= 0x40;
    }
}

static bool accepts(const char *url, const char *host, uint16_t port)
{
    mqtt_broker b;
    return mqtt_broker_parse(&b, url, NULL) == CEF_OK && strcmp(b.host, host) == 0 && b.port == port;
}

Test(broker, on_this_machine)
{
    cr_assert(accepts("mqtt://127.0.0.1:1884", "127.0.0.1", 1884));
    cr_assert(accepts("mqtt://localhost", "127.0.0.1", 1883));
    cr_assert(accepts("mqtt://127.9.8.7", "127.9.8.7", 1883));
    cr_assert(accepts("mqtt://[::1]:65535", "::1", 65535));
}

static void refuses(const char *url, const char *code)
{
    mqtt_broker b;
    cef_error error = {.struct_size = sizeof error};
    cr_assert(mqtt_broker_parse(&b, url, &error) == CEF_ERR_ARGUMENT, "%s", url);
    cr_assert_str_eq(error.code, code, "%s", url);
}

Test(broker, elsewhere_or_nowhere)
{
    const char *const remote[] = {
        "mqtt://10.0.0.1",   "mqtt://example.org:1883", "mqtts://127.0.0.1", "mqtt://[fe80::1]",
        "mqtt://128.0.0.1",  "mqtt://0.0.0.0",          "mqtt://127.1",      "mqtt://[::]",
        "mqtt://localhost.", "mqtt://[::ffff:7f00:1]"};
    const char *const wrong[] = {"",
                                 "127.0.0.1:1883",
                                 "mqtt://",
                                 "mqtt://:1883",
                                 "mqtt://127.0.0.1:",
                                 "mqtt://127.0.0.1:0",
                                 "mqtt://127.0.0.1/x",
                                 "mqtt://127.0.0.1:65536",
                                 "mqtt://[::1",
                                 "mqtt://127.0.0.1:1x"};
    for (size_t k = 0; k < sizeof remote / sizeof *remote; k++)
        refuses(remote[k], "remote-broker");
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        refuses(wrong[k], "bad-broker");
}

Test(broker, prefixes)
{
    const char *const good[] = {"cef", "a/b/c", "A-z_0"}, *const bad[] = {"",   "/a", "a/",   "a//b",
                                                                          "a+", "#",  "$SYS", "a b"};
    mqtt_space s = {0};
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        snprintf(s.prefix, sizeof s.prefix, "%s", good[k]);
        cr_assert(mqtt_space_check(&s, NULL) == CEF_OK, "%s", good[k]);
    }
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        snprintf(s.prefix, sizeof s.prefix, "%s", bad[k]);
        cr_assert(mqtt_space_check(&s, NULL) == CEF_ERR_ARGUMENT, "%s", bad[k]);
    }
}

static void put_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

Test(boot, counts)
{
    char path[] = "cef-boot-XXXXXX";
    uint32_t boot = 99;
    close(mkstemp(path));
    unlink(path);
    for (uint32_t k = 1; k < 4; k++) {
        cr_assert(boot_next(path, &boot, NULL) == CEF_OK);
        cr_assert(boot == k);
    }
    const char *const wrong[] = {"",
                                 "cef-meterd boot 3",
                                 "cef-meterd boot x\n",
                                 "cef-meterd boot 3\n\n",
                                 "cef-meterd boot -3\n",
                                 "cef-meterd boot 4294967295\n",
                                 "cef-meterd boot 4294967294\n",
                                 "cef-meterd boot 99999999999999999999999999999999999999999999999999999999999\n"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        cef_error error = {.struct_size = sizeof error};
        put_file(path, wrong[k]);
        cr_assert(boot_next(path, &boot, &error) == CEF_ERR_PARSE, "%s", wrong[k]);
        cr_assert_str_eq(error.code, "bad-value");
    }
    unlink(path);
    cr_assert(boot_next("no/such/folder/state", &boot, NULL) == CEF_ERR_IO);
}
