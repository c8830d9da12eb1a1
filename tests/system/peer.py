"""Shared by the system tests: namespaces, TAP interfaces, the examples as processes, and the run of a suite.

A test is a function that raises Failure or Skip. A script of tests runs in a network namespace of its own, which ends
with it: as root, or without root if users may make namespaces and open /dev/net/tun. It prints a line PASS, FAIL or
SKIP for each test. It exits with 0 if none failed, 1 if one failed, 77 if none could run. Texts after its arguments
select the tests whose names contain one of them.
"""

import concurrent.futures
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

INSIDE = "--inside-namespace"
SKIPPED = 77
ECHO_PORT = 7
MTU = 1500
FRAGMENTS_MAX = 9000 - 48  # data of the longest packet that is reassembled, and sent in fragments
PING_MAX = MTU - 48  # data of an Echo Request or a UDP datagram that fills the MTU


class Failure(Exception):
    """A test found a fault."""


class Skip(Exception):
    """A test cannot run."""


def check(condition, problem):
    if not condition:
        raise Failure(problem)


def wait_for(condition, seconds, what):
    """Wait until condition() is true, and return its result."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        check(time.monotonic() < end, f"still missing after {seconds} s: {what}")
        time.sleep(0.01)


def run(*command, timeout=30):
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def must(*command):
    done = run(*command)
    check(done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def set_kernel(name, value):
    with open(f"/proc/sys/net/ipv6/{name}", "w", encoding="ascii") as file:
        file.write(f"{value}\n")


class Tap:
    """A TAP interface. The kernel's address is fd00:N::1, the node's is fd00:N::2."""

    numbers = itertools.count(1)
    inside = ()  # the command that runs another one in the namespace of the interface

    def __init__(self):
        number = next(Tap.numbers)
        self.name = f"tap{number}"
        self.kernel = f"fd00:{number:x}::1"
        self.node = f"fd00:{number:x}::2"
        self.unused = f"fd00:{number:x}::dead"
        self.mac = f"02:00:00:00:00:{number:02x}"
        self.link_local = f"fe80::ff:fe00:{number:x}"
        must("ip", "tuntap", "add", "dev", self.name, "mode", "tap")
        for name, value in (("accept_dad", 0), ("accept_ra", 0), ("router_solicitations", 0)):
            set_kernel(f"conf/{self.name}/{name}", value)
        must("ip", "link", "set", self.name, "up")
        self.add_kernel_address()

    def add_kernel_address(self):
        must("ip", "address", "add", f"{self.kernel}/64", "dev", self.name, "nodad")

    def ping(self, address, *options):
        """Ping the node with ping(8), and return its output."""
        if address.startswith("fe80:"):
            address = f"{address}%{self.name}"
        return run("ping", "-6", "-n", *options, address, timeout=300).stdout

    def check_ping(self, address, size=56):
        output = self.ping(address, "-c", "1", "-W", "3", "-s", str(size))
        check(" 1 received, 0% packet loss" in output, f"{size} bytes to {address}:\n{output}")


class Process:
    """A command whose output is kept, ended by the end of the test at the latest."""

    running = threading.local()  # .processes: those of this thread's test, in the order of their start

    def __init__(self, *command, errors=subprocess.PIPE, **environment):
        self.lines = []
        self.errors = ""  # set at the end of the process
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True,
                                        env={**os.environ, **environment})
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        Process.running.processes.append(self)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def has(self, text):
        return [line for line in self.lines if text in line]

    def wait_line(self, text, seconds=5):
        ended = lambda: self.process.poll() is not None and not self.reader.is_alive()
        wait_for(lambda: self.has(text) or ended(), seconds, f'the line "{text}"; there is {self.lines}')
        if not self.has(text):
            status = self.wait()
            raise Failure(f'no line "{text}" but status {status}, {self.lines} {self.errors}')

    def wait(self, seconds=15):
        """Wait for the end of the process, and return its exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"still running after {seconds} s: {self.lines}") from None
        self.reader.join()
        self.process.stdout.close()
        if self.process.stderr:
            self.errors = self.process.stderr.read()
            self.process.stderr.close()
        Process.running.processes.remove(self)
        return status

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()

    @classmethod
    def end_all(cls):
        """End all processes, with SIGTERM first: a killed program may leave a recording that ends inside a frame."""
        for process in reversed(list(cls.running.processes)):
            process.process.terminate()
            try:
                process.process.wait(5)
            except subprocess.TimeoutExpired:
                process.process.kill()
            process.wait()


class Namespace:
    """A network namespace in addition to that of the script. It ends with the test."""

    def __init__(self):
        sleeper = Process("setpriv", "--pdeathsig", "KILL", "unshare", "-n", "sleep", "infinity")
        self.pid = str(sleeper.process.pid)
        self.inside = ("nsenter", "-t", self.pid, "-n")
        own = os.readlink("/proc/self/ns/net")
        wait_for(lambda: os.readlink(f"/proc/{self.pid}/ns/net") != own, 5, "a network namespace")
        self.must("ip", "link", "set", "lo", "up")

    def must(self, *command):
        return must(*self.inside, *command)

    def run(self, *command):
        return run(*self.inside, *command)

    def start(self, *command, **environment):
        """Start a program of Debian, and keep its standard output and error."""
        if not shutil.which(command[0]):
            raise Skip(f"{command[0]} is not installed")
        return Process(*self.inside, *command, errors=subprocess.STDOUT, **environment)

    def set(self, name, value):
        self.must("sh", "-c", f"echo {value} >/proc/sys/net/ipv6/{name}")

    def bring_up(self, name, *addresses):
        """Bring an interface up with these addresses alone, which are usable at once."""
        for setting, value in (("accept_dad", 0), ("accept_ra", 0), ("addr_gen_mode", 1)):
            self.set(f"conf/{name}/{setting}", value)
        self.must("ip", "link", "set", name, "up")
        for address in addresses:
            self.must("ip", "address", "add", address, "dev", name, "nodad")


class Program(Process):
    """A running example. A file records all its frames, for check_recorded()."""

    directory = ""
    recordings = ""
    recorded = []  # (file, MAC address of the node)
    numbers = itertools.count(1)

    def __init__(self, name, tap, *options, record=True):
        command = [*tap.inside, os.path.join(Program.directory, name), "--tap", tap.name, "--mac", tap.mac, *options]
        if "--secret" not in options:
            command.append("--no-secret")  # the tests know the addresses that are formed from MAC addresses
        if record:
            self.file = os.path.join(Program.recordings, f"{tap.name}-{next(Program.numbers)}.pcap")
            Program.recorded.append((self.file, tap.mac))
            command += ["--pcap", self.file]
        super().__init__(*command)


# -- Recorded frames, checked after all other tests --------------------------------------------------------------------


WARNING = 0x600000  # an expert severity of tshark; those of notes and chats are lower


def check_frames(file, mac):
    """Check with tshark that no frame of the node is malformed or worth a warning, and that all checksums are right.
    Return the number of frames with a checksum."""
    fields = ("frame.number", "_ws.malformed", "_ws.expert.severity", "_ws.expert.message", "icmpv6.checksum.status",
              "udp.checksum.status")
    sent = f"eth.src == {mac}"
    command = ["tshark", "-n", "-r", file, "-o", "udp.check_checksum:TRUE", "-Y", sent, "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    try:
        done = run(*command)
    except FileNotFoundError:
        raise Skip("tshark is not installed") from None
    check(done.returncode == 0, f"tshark cannot read {file}: {' '.join(done.stderr.splitlines())}")
    good = 0
    for line in done.stdout.splitlines():
        number, malformed, severity, expert, *statuses = line.split("\t")
        statuses = ",".join(statuses).split(",")
        severe = any(int(one) >= WARNING for one in severity.split(",") if one)
        good_frame = not malformed and not severe and "0" not in statuses
        check(good_frame, f"{file}, frame {number}: {malformed} {expert} {statuses}")
        good += "1" in statuses
    return good


def check_recorded(least):
    """Check every frame that the programs of all tests sent. More than `least` must have a checksum."""
    good = sum(check_frames(file, mac) for file, mac in Program.recorded)
    check(good > least, f"only {good} frames have a checksum, of at least {least}")


# -- The run -----------------------------------------------------------------------------------------------------------


def enter_namespace():
    """Start this script again in a namespace of its own. Return only if that is impossible, with the reason."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-Urn"]
    try:
        open("/dev/net/tun", "rb").close()
        tried = run(*unshare, "ip", "tuntap", "add", "dev", "tap0", "mode", "tap")
    except OSError as error:
        return f"{error.filename}: {error.strerror}"
    if tried.returncode != 0:
        return f"{' '.join(unshare)}: {tried.stderr.strip()}"
    sys.stdout.flush()
    os.execvp("unshare", [*unshare, sys.executable, *sys.argv[:1], INSIDE, *sys.argv[1:]])
    return ""


def run_test(function):
    """Run a test. Print and return its result: PASS, FAIL or SKIP."""
    result = "PASS"
    try:
        function()
    except Skip as reason:
        result, why = "SKIP", str(reason)
    except Exception as reason:  # an unexpected one must not end the other tests
        result, why = "FAIL", f"{type(reason).__name__}: {reason}"
    print(f"{result} {function.__name__}" + ("" if result == "PASS" else f": {why}"), flush=True)
    return result


def run_together(tests):
    """Run tests that share their processes. Return the result and the seconds of each."""
    Process.running.processes = []
    results = []
    try:
        for test in tests:
            began = time.monotonic()
            results.append((test, run_test(test), time.monotonic() - began))
    finally:
        Process.end_all()
    return results


def chosen(groups, texts):
    """Return the tests whose names contain one of the texts, or all if there is no text."""
    return [[test for test in tests if not texts or any(text in test.__name__ for text in texts)] for tests in groups]


class Suite:
    """The tests of one script."""

    def __init__(self, name, usage, together=8):
        self.name, self.usage = name, usage
        self.together = together  # number of tests that run at a time: most of them only wait
        self.tests = []   # lists of one test, or of several that share processes; else they share only the kernel
        self.last = []    # tests that need all of the machine, change the namespace, or read the recordings of others
        self.results = {}  # PASS, FAIL or SKIP of each test that has run
        self.seconds = {}  # its duration

    def test(self, function):
        self.tests.append([function])
        return function

    def test_alone(self, function):
        self.last.append([function])
        return function

    def main(self):
        """Run the tests, and return the exit status."""
        if len(sys.argv) < 2:
            print(self.usage, file=sys.stderr)
            return 2
        if sys.argv[1] != INSIDE:
            print(f"SKIP {self.name}: {enter_namespace()}")
            return SKIPPED
        Program.directory, *texts = os.path.abspath(sys.argv[2]), *sys.argv[3:]
        if not any(chosen(self.tests + self.last, texts)):
            print(f"{self.name}: no test has {' or '.join(texts)} in its name", file=sys.stderr)
            return 2
        must("ip", "link", "set", "lo", "up")
        with tempfile.TemporaryDirectory(prefix="v6nf-") as Program.recordings:
            with concurrent.futures.ThreadPoolExecutor(self.together) as pool:
                done = list(pool.map(run_together, chosen(self.tests, texts)))
            done += map(run_together, chosen(self.last, texts))
        for test, result, seconds in itertools.chain(*done):
            self.results[test], self.seconds[test] = result, seconds
        return 1 if "FAIL" in self.results.values() else 0
