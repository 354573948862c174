# SPDX-License-Identifier: Apache-2.0
"""The part of MQTT 5 that watching and testing need: connect, publish, subscribe, wait. One socket, no threads."""
import select
import socket
import struct
import time


def text(value):
    raw = value.encode("utf-8")
    return struct.pack("!H", len(raw)) + raw


def varint(value):
    out = bytearray()
    while True:
        value, low = value >> 7, value & 127
        out.append(low | (128 if value else 0))
        if not value:
            return bytes(out)


class Closed(Exception):
    """The broker went away."""


class Client:
    """A connected client. Messages that arrive are kept until `messages` takes them."""

    def __init__(self, port, name, host="127.0.0.1", timeout=10.0):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.timeout, self.buffer, self.inbox, self.answers, self.number = timeout, b"", [], {}, 0
        self._send(0x10, text("MQTT") + bytes([5, 2]) + struct.pack("!H", 60) + b"\0" + text(name))
        self.connected = self._wait_for(0x20)
        if self.connected[1] >= 0x80:
            raise Closed(f"refused: reason {self.connected[1]}")

    def close(self):
        try:
            self._send(0xE0, b"")
        except OSError:
            pass
        self.socket.close()

    def publish(self, topic, payload, qos=0, retain=False):
        """The reason code of PUBACK for qos 1, None for qos 0."""
        head = text(topic)
        if qos:
            self.number = self.number % 65535 + 1
            head += struct.pack("!H", self.number)
        self._send(0x30 | qos << 1 | int(retain), head + b"\0" + bytes(payload))
        if not qos:
            return None
        body = self._wait_for(0x40, self.number)
        return body[2] if len(body) > 2 else 0

    def subscribe(self, *topics, qos=1):
        """The reason codes of SUBACK."""
        self.number = self.number % 65535 + 1
        self._send(0x82, struct.pack("!H", self.number) + b"\0" + b"".join(text(t) + bytes([qos]) for t in topics))
        return list(self._wait_for(0x90, self.number)[3:])

    def messages(self, seconds=0.0):
        """[(topic, payload, retained)] that arrive within the time; returns early once there are some."""
        limit = time.monotonic() + seconds
        while True:
            self._read(max(0.0, limit - time.monotonic()))
            if self.inbox or time.monotonic() >= limit:
                found, self.inbox = self.inbox, []
                return found

    # ---- packets ----

    def _send(self, kind, body):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(bytes([kind]) + varint(len(body)) + body)

    def _wait_for(self, kind, number=None):
        limit = time.monotonic() + self.timeout
        while (kind, number) not in self.answers:
            if time.monotonic() > limit:
                raise TimeoutError(f"no answer {kind:#x}")
            self._read(0.1)
        return self.answers.pop((kind, number))

    def _read(self, seconds):
        if select.select([self.socket], [], [], seconds)[0]:
            data = self.socket.recv(65536)
            if not data:
                raise Closed("the broker closed the connection")
            self.buffer += data
        while self._take_packet():
            pass

    def _take_packet(self):
        length, shift, at = 0, 0, 1
        while True:
            if at >= len(self.buffer):
                return False
            byte = self.buffer[at]
            length |= (byte & 127) << shift
            shift, at = shift + 7, at + 1
            if not byte & 128:
                break
        if len(self.buffer) < at + length:
            return False
        kind, body = self.buffer[0], self.buffer[at:at + length]
        self.buffer = self.buffer[at + length:]
        self._take(kind, body)
        return True

    def _take(self, kind, body):
        if kind & 0xF0 == 0x30:
            size = struct.unpack_from("!H", body)[0]
            at = 2 + size
            if kind & 6:
                number = body[at:at + 2]
                at += 2
                self._send(0x40, number)
            properties = body[at]  # below 128: longer ones are not sent to us
            self.inbox.append((body[2:2 + size].decode("utf-8"), body[at + 1 + properties:], bool(kind & 1)))
        elif kind & 0xF0 in (0x40, 0x90):
            self.answers[kind & 0xF0, struct.unpack_from("!H", body)[0]] = body
        elif kind & 0xF0 == 0x20:
            self.answers[0x20, None] = body
        elif kind & 0xF0 == 0xE0:
            raise Closed(f"the broker said goodbye: reason {body[0] if body else 0}")
