#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cef-meterd against a hostile client, which is a second MQTT 5 client, in Python, independent of libmosquitto."""
import os
import struct
import time
import unittest

import mqtt5
import with_broker
from meters_broker import compare, traced
from with_broker import (BOOT, BOUND, CHAIN, EPOCH, FACTS, FLAGS, FROM, INTENSITY, INTERVAL, LIMIT, LINK, SEQUENCE, SHARE, TO,
                         VERSION, WithBroker, changed, unpack)


class Hostile(WithBroker):
    def test_payloads_that_are_refused(self):
        """Agent 1 hears twenty kinds of what it must not believe, each counted where it says; its values stay exact."""
        case = self.case(CHAIN)
        zero, one = self.team(case, 2, "--round-ms", "50")
        spy = mqtt5.Client(self.broker.port, "spy")
        self.addCleanup(spy.close)
        spy.subscribe("cef/v1/+/+/it/1/0")
        zero.start()
        topic, payload, limit = None, None, time.monotonic() + LIMIT
        while payload is None:
            self.assertLess(time.monotonic(), limit)
            for topic, payload, _ in spy.messages(0.2):
                pass
        zero.kill()
        genuine, settings = unpack(payload)[0], struct.unpack_from("<I", payload, 12)[0]

        def pack(agent, *messages, kind=1):
            return with_broker.pack(agent, *messages, kind=kind, settings=settings)

        later = changed(changed(genuine, SEQUENCE, "I", 10**6), BOOT, "I", 10**6)
        lie = changed(later, INTENSITY, "d", 0.3)
        one.start()
        self.until(lambda s: s.get(1, {}).get("reads_confirmed"), "agent 1 listens")
        space = topic.rsplit("/", 3)[0]
        hostile = [
            ("payload_malformed", topic, b""), ("payload_malformed", topic, os.urandom(200)),
            ("payload_malformed", topic, pack(0, lie)[:-1]), ("payload_malformed", topic, pack(0, lie) + b"\0"),
            ("payload_malformed", topic, b"CEFP\x02" + pack(0, lie)[5:]), ("payload_malformed", topic, pack(0, lie, kind=2)),
            ("payload_malformed", topic, b'{"intensity": 0.3}'), ("payload_oversize", topic, bytes(40000)),
            ("other_settings", topic, with_broker.pack(0, lie, settings=settings ^ 1)),
            ("wrong_sender", topic, pack(5, lie)), ("wrong_sender", f"{space}/it/1/9", pack(9, lie)),
            ("wrong_sender", topic, pack(0, changed(lie, FROM, "I", 3))), ("wrong_sender", topic, pack(0, changed(lie, TO, "I", 0))),
            ("wrong_sender", topic, pack(0, changed(lie, FROM, "I", 4000000000))),
            ("wrong_topic", f"{space}/it/1/x", pack(0, lie)), ("malformed", topic, pack(0, changed(lie, FLAGS, "H", 0x8000))),
            ("malformed", topic, pack(0, changed(lie, FACTS, "B", 3))),
            ("truncated", topic, pack(0, lie[:40])), ("oversize", topic, pack(0, bytes(600))),
            ("bad-version", topic, pack(0, changed(lie, VERSION, "B", 9))), ("bad-number", topic, pack(0, changed(lie, BOUND, "d", -1.0))),
            ("bad-number", topic, pack(0, changed(lie, INTENSITY, "d", float("nan")))),
            ("bad-share", topic, pack(0, changed(changed(lie, FLAGS, "H", 0), SHARE, "d", 1.5))),
            ("bad-intensity", topic, pack(0, changed(lie, INTENSITY, "d", 0.81))), ("wrong-epoch", topic, pack(0, changed(lie, EPOCH, "I", 1))),
            ("stale", topic, pack(0, changed(lie, INTERVAL, "I", 6))), ("future", topic, pack(0, changed(lie, INTERVAL, "I", 8))),
            ("unknown-sender", topic, pack(0, changed(lie, LINK, "I", 77))), ("unknown-sender", topic, pack(0, changed(lie, FROM, "I", 0))),
        ]
        expected = {}
        for verdict, where, what in hostile:
            spy.publish(where, what, qos=1)
            expected[verdict] = expected.get(verdict, 0) + 1
        refused = {}

        def counted(status):
            refused.update(status.get(1, {}).get("refused", {}))
            return all(refused.get(verdict, 0) >= n for verdict, n in expected.items())
        self.until(counted, f"{expected} are counted: {refused}")
        self.assertEqual({k: v for k, v in refused.items() if v}, expected)
        status = self.watcher.status[1]
        self.assertEqual((status["heard"], status["final"]), (0, 0))
        spy.publish(topic, bytes(70000), qos=1)  # larger than agents let the broker send: dropped there
        zero.start()
        self.watcher.forget()
        self.all_done()
        spy.publish(topic, pack(0, genuine), qos=1)  # of agent 0's first start
        self.until(lambda s: s[1]["refused"].get("replayed", 0) > 0, "the replay is counted")
        compare(self.end_all(), traced(case))


if __name__ == "__main__":
    unittest.main(verbosity=2)
