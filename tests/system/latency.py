#!/usr/bin/env python3
"""Test the latency tool of tests/bench: what it counts and measures, on TAP interfaces.

    latency.py DIRECTORY     the directory of the examples

Runs and reports as described in peer.py.
"""

import fcntl
import os
import struct
import sys
import threading
import time

from peer import Process, Program, Skip, Suite, Tap, check, must, run, set_kernel, wait_for

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench", "latency.c")
TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x1002
UDP_OFFSET, RUN_OFFSET = 54, 62  # bytes from the start of a frame
DELAY = 0.005

suite = Suite("latency", __doc__)
build_lock = threading.Lock()


def tool():
    """Return the tool, built at the first call."""
    program = os.path.join(Program.recordings, "latency")
    with build_lock:
        if not os.path.exists(program):
            try:
                must("cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, SOURCE, "-lm")
            except FileNotFoundError:
                raise Skip("cc is not installed") from None
    return program


def silent_tap():
    tap = Tap()
    set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
    return tap


def measure(tap, *options, statuses=(0,)):
    """Run the tool, and return its columns."""
    done = run(tool(), "--out", tap.name, "--to", tap.mac, *options)
    check(done.returncode in statuses, f"{options}: {done.returncode} {done.stdout} {done.stderr}")
    names, values = done.stdout.splitlines()
    return dict(zip(names.removeprefix("# ").split(), map(float, values.split())))


class Reflector(threading.Thread):
    """The other end of a TAP. Of four frames it drops one, returns one twice, and adds one of another run."""

    def __init__(self, tap):
        super().__init__(daemon=True)
        self.file = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.file, TUNSETIFF, struct.pack("16sH22x", tap.name.encode(), IFF_TAP_NO_PI))
        self.frames = []

    def run(self):
        try:
            while True:
                self.reflect(os.read(self.file, 2048))
        except OSError:
            pass  # the interface is down

    def reflect(self, frame):
        kind = len(self.frames) % 4
        self.frames.append(frame)
        time.sleep(DELAY)
        if kind != 0:
            os.write(self.file, frame)
        if kind == 1:
            os.write(self.file, frame)
        if kind == 2:
            run_number = bytes(b ^ 255 for b in frame[RUN_OFFSET:RUN_OFFSET + 4])
            os.write(self.file, frame[:RUN_OFFSET] + run_number + frame[RUN_OFFSET + 4:])


def ipv6_sum(frame):
    """Return the sum that a right UDP checksum makes 65535."""
    data = frame[22:54] + struct.pack("!II", len(frame) - UDP_OFFSET, 17) + frame[UDP_OFFSET:]
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total


@suite.test
def every_frame_is_counted_once():
    """Lost, duplicated and foreign frames, the time that frames take, and the frames themselves."""
    tap = silent_tap()
    reflector = Reflector(tap)
    reflector.start()

    def measured():
        reflector.frames.clear()
        row = measure(tap, "--rate", "30", "--warmup", "0", "--time", "1000", "--cooldown", "0", "--wait", "2000",
                      "--size", "100", "--flows", "7", statuses=(0, 1))
        return row if row["omitted"] < 15 and row["max"] < 1e6 else None  # else others kept the core

    row = wait_for(measured, 60, "a run in time")
    count = len(reflector.frames)
    check(30 <= count + row["omitted"] <= 31 and row["refused"] == 0, f"{count} frames: {row}")
    expected = {"lost": (count + 3) // 4, "duplicates": (count + 2) // 4, "foreign": (count + 1) // 4, "not-counted": 0}
    check(all(row[name] == value for name, value in expected.items()), f"{row}, not {expected}")
    check(abs(row["received"] * count - row["sent"] * (count - expected["lost"])) <= count, f"{row}")
    check(row["min"] >= DELAY * 1e6 and row["min"] <= row["median"] * 1.01 and row["median"] <= row["p99"], f"{row}")
    check(row["p99"] <= row["max"] * 1.01 and row["min"] <= row["mean"] <= row["max"], f"{row}")
    sources = set()
    for number, frame in enumerate(reflector.frames):
        check(len(frame) == 96 and ipv6_sum(frame) == 0xFFFF, f"frame {number}: {frame.hex()}")
        check(int.from_bytes(frame[66:70], "big") == number, f"frame {number}: {frame.hex()}")
        sources.add(frame[22:30])
    check(len(sources) == 7, f"{sources}")


@suite.test
def distribution_is_that_of_the_frames():
    tap = silent_tap()
    Reflector(tap).start()
    file = os.path.join(Program.recordings, "ccdf")
    row = measure(tap, "--rate", "50", "--warmup", "200", "--time", "600", "--ccdf", file)
    with open(file, encoding="ascii") as lines:
        points = [tuple(map(float, line.split())) for line in lines if not line.startswith("#")]
    check(points == sorted(points) and points[-1][1] == 0, f"{points}")
    check(all(points[i][1] > points[i + 1][1] for i in range(len(points) - 1)), f"{points}")
    check(abs(points[0][0] - row["min"]) <= 0.01 * row["min"], f"{row} {points}")
    check(abs(points[-1][0] - row["max"]) <= 0.01 * row["max"], f"{row} {points}")


@suite.test
def echo_is_measured():
    tap = silent_tap()
    echo = Program("echo", tap, "--no-slaac", "--address", "2001:db8::2/64", record=False)
    echo.wait_line("listening on", 20)

    def is_whole():
        row = measure(tap, "--rate", "500", "--time", "500", "--pid", str(echo.process.pid), statuses=(0, 1))
        if row["omitted"] > 100:
            return False  # others kept the tool from its core
        check(row["requested"] == 500 and row["size"] == 78 and row["duplicates"] == 0, f"{row}")
        check(0 < row["min"] <= row["median"] * 1.01, f"{row}")
        return row["lost"] == 0 and row["received"] == row["sent"] > 100 and 0 < row["cpu%"] < 100

    wait_for(is_whole, 60, "a measurement without a loss")
    check(echo.stop() == 0, f"{echo.lines} {echo.errors}")
    row = measure(tap, "--rate", "500", "--warmup", "0", "--time", "200", "--wait", "10", statuses=(1,))
    check(row["received"] == 0 and row["lost"] > 0 and row["lost"] == row["refused"], f"{row}")


@suite.test
def deleted_interface_ends_the_tool():
    tap = silent_tap()
    Reflector(tap).start()
    started = Process(tool(), "--out", tap.name, "--time", "60000")
    time.sleep(1)
    must("ip", "link", "set", tap.name, "down")
    check(started.wait(10) == 2 and f"{tap.name}: cannot send" in started.errors, f"{started.lines} {started.errors}")


@suite.test
def wrong_command_lines_are_refused():
    tap = silent_tap()
    for text, *options in (("there is no interface", "--out", "absent"), ("an interface is missing", "--rate", "5"),
                           ("not a number from 1", "--out", tap.name, "--rate", "0"),
                           ("not a number from 78", "--out", tap.name, "--size", "77"),
                           ("not a number", "--out", tap.name, "--time", "1s"),
                           ("not an IPv6 address", "--out", tap.name, "--source", "10.0.0.1"),
                           ("not an Ethernet address", "--out", tap.name, "--to", "02:00"),
                           ("more than", "--out", tap.name, "--rate", "20000000", "--time", "600000"),
                           ("--help lists", "--out", tap.name, "--unknown")):
        done = run(tool(), *options)
        check(done.returncode == 2 and text in done.stderr, f"{options}: {done.returncode} {done.stderr}")


if __name__ == "__main__":
    sys.exit(suite.main())
