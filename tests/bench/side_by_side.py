"""Measure forwarders and responders of Linux side by side: run it by side_by_side.sh.

    side_by_side.py BUILD PROGRAMS [--quick] [--rounds N] [--seconds N] [TEXT...]

Only subjects are measured whose names contain one of the texts, if there is one. In each round, each subject is started
on new interfaces, and gets three loads from BUILD/generator. The load has core 0, with the kernel's part of receiving,
and the subject core 1:

    evenly    a low rate: loss, latency, CPU time of the subject
    flood     as much as the generator can send: packets per second
    third     the same, while the subject has only 1 ms in 3 of core 1: the load is then faster than the subject,
              which finds its queue full and cannot poll in vain. CPU time of the subject divided by delivered packets
"""

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys

from peer import Failure, Namespace, Process, check, must, run

LOAD_CORE, SUBJECT_CORE = "0", "1"
PRIORITY = "-20"
LOW_RATE = 20000
QUICK_RATE = 2000
UNDISTURBED = 0.95  # share of a core
PREFIXES = 256  # sources, so that the policers limit none of them
DATA = 16       # bytes of each forwarded datagram
PING_DATA = 56
OUR_MAC, ROUTER_MAC, NODE_MAC, STATION_MAC = (f"02:00:00:00:00:0{number}" for number in (1, 2, 3, 4))
LWIP_MAC = "02:12:34:56:78:ab"  # fixed in its port for Linux
OURS, ECHO, NEAR, FAR = "fd00:1::1", "fd00:1::2", "fd00:1::fe", "fd00:2::fe"
BEYOND = "fd00:2::2"
# A process that takes core 1 for 2 ms in 3, in time for queues of 2,048 packets not to run empty meanwhile.
HOG = """if True:
    import os, time
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    print("running", flush=True)
    while True:
        end = time.monotonic() + 0.002
        while time.monotonic() < end:
            pass
        time.sleep(0.001)
    """
RATE_OF_POLICERS = 10_000_000 // 8  # bytes per second of each /64, as nf_policer

# Limits of --quick.
SLOWER_THAN_TESTPMD = 1.5
XDP_AND_TAP = 1.5
FASTER_THAN_SUBJECT = 1.05


class Setting:
    """Where programs are, and how long each load lasts."""

    build, programs, seconds, low_rate = "", "", 1.0, LOW_RATE
    attempts = 2  # of a load that other programs disturb


# -- Interfaces --------------------------------------------------------------------------------------------------------


def silence(name):
    """Let the kernel send nothing on an interface, and handle nothing that arrives there."""
    with open(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6", "w", encoding="ascii") as file:
        file.write("1\n")
    must("ip", "link", "set", name, "up")


@contextlib.contextmanager
def interfaces(kind, count):
    """Make interfaces "load0", ... of the generator. On veth pairs, a namespace has the other ends, "subject0", ..."""
    space = Namespace() if kind == "veth" else None
    names = [f"load{number}" for number in range(count)]
    try:
        for number, name in enumerate(names):
            if space:
                other = f"subject{number}"
                must("ip", "link", "add", "name", name, "type", "veth", "peer", "name", other)
                must("ip", "link", "set", other, "netns", space.pid)
                space.must("ip", "link", "set", other, "address", ROUTER_MAC[:-1] + str(2 + 4 * number))
                space.set(f"conf/{other}/disable_ipv6", 1)
                space.must("ip", "link", "set", other, "up")
            else:
                must("ip", "tuntap", "add", "dev", name, "mode", "tap")
            silence(name)
        yield space
    finally:
        for name in names:
            run("ip", "link", "delete", name)
        Process.end_all()


def give_addresses(space, *addresses):
    for number, address in enumerate(addresses):
        space.set(f"conf/subject{number}/disable_ipv6", 0)
        space.bring_up(f"subject{number}", f"{address}/64")


# -- Subjects ----------------------------------------------------------------------------------------------------------


class Subject:
    """What is measured: how it starts, and on what interfaces. `start(space)` returns its processes: none for the
    kernel. `to` is the Ethernet address to which the load is sent. Forwarders that are processes poll."""

    all = []

    def __init__(self, name, kind, replies, to, start, quick=False):
        self.name, self.kind, self.replies, self.to, self.start, self.quick = name, kind, replies, to, start, quick
        self.results = []
        Subject.all.append(self)

    def load(self, *options):
        """Return the command that sends to the subject."""
        output = () if self.replies else ("--receive", "load1", "--prefixes", str(PREFIXES))
        return ("taskset", "-c", LOAD_CORE, os.path.join(Setting.build, "generator"), "--interface", "load0",
                "--from", OUR_MAC, "--to", self.to, "--source", OURS, "--destination", ECHO if self.replies else BEYOND,
                "--size", str(PING_DATA if self.replies else DATA), *output, *options)


def start_program(space, ready, *command):
    inside = space.inside if space else ()
    process = Process(*inside, "taskset", "-c", SUBJECT_CORE, "stdbuf", "-oL", *command, errors=subprocess.DEVNULL)
    process.wait_line(ready, 30)
    return [process]


def start_sink(_):
    """Join the generator's interfaces by a wire: what it sends is counted and dropped."""
    for name in "load0", "load1":
        must("ip", "link", "delete", name)
    must("ip", "link", "add", "name", "load0", "type", "veth", "peer", "name", "load1")
    silence("load0")
    silence("load1")
    return []


def start_kernel_router(space):
    give_addresses(space, NEAR, FAR)
    space.set("conf/all/forwarding", 1)
    space.must("ip", "neighbor", "add", BEYOND, "lladdr", STATION_MAC, "dev", "subject1", "nud", "permanent")
    return []


def start_kernel_policer(space):
    start_kernel_router(space)
    rules = f"""table ip6 policer {{
        set sources {{ type ipv6_addr; size 65536; flags dynamic; }}
        chain forward {{
            type filter hook forward priority 0;
            update @sources {{ ip6 saddr & ffff:ffff:ffff:ffff:: limit rate over {RATE_OF_POLICERS} bytes/second }} drop
        }}
    }}
    """
    space.must("nft", rules)
    return []


def start_kernel_bridge(space):
    space.must("ip", "link", "add", "name", "bridge", "type", "bridge")
    for name in "subject0", "subject1":
        space.must("ip", "link", "set", name, "master", "bridge")
    space.set("conf/bridge/disable_ipv6", 1)
    space.must("ip", "link", "set", "bridge", "up")
    return []


def start_kernel_responder(space):
    give_addresses(space, ECHO)
    space.must("ip", "neighbor", "add", OURS, "lladdr", OUR_MAC, "dev", "subject0", "nud", "permanent")
    space.must("sh", "-c", "echo 0 >/proc/sys/net/ipv6/icmp/ratelimit")
    return []


def testpmd(mode):
    """Without busy polling, which veth pairs do not support. Files are made below /run, which is the script's own."""
    def start(space):
        devices = [text for number in range(2)
                   for text in ("--vdev", f"net_af_xdp{number},iface=subject{number},busy_budget=0")]
        return start_program(space, "forwards packets on", "dpdk-testpmd", "--no-huge", "-m", "512", "--no-pci",
                             "--no-shconf", "--no-telemetry", "--lcores", f"0@{LOAD_CORE},1@{SUBJECT_CORE}", *devices,
                             "--", f"--forward-mode={mode}", "--auto-start", "--no-mlockall", "--stats-period=600",
                             "--total-num-mbufs=16384")
    return start


def function(name, option):
    def start(space):
        names = ("subject0", "subject1") if space else ("load0", "load1")
        return start_program(space, ": running", os.path.join(Setting.programs, f"nf_{name}_1"), option, names[0],
                             option, names[1])
    return start


def echo(option):
    def start(space):
        return start_program(space, "listening on", os.path.join(Setting.programs, "echo"), option,
                             "subject0" if space else "load0", "--mac", NODE_MAC, "--no-slaac", "--no-secret",
                             "--address", f"{ECHO}/64")
    return start


def start_lwip(_):
    return start_program(None, "listening", os.path.join(Setting.build, "lwip_tap"), "load0", ECHO)


SINK = Subject("the generator and a sink alone", "veth", False, STATION_MAC, start_sink, quick=True)
Subject("kernel, bridge", "veth", False, STATION_MAC, start_kernel_bridge)
Subject("kernel, IPv6 forwarding", "veth", False, ROUTER_MAC, start_kernel_router)
Subject("kernel, forwarding and nft policer", "veth", False, ROUTER_MAC, start_kernel_policer)
TESTPMD = Subject("testpmd io, AF_XDP", "veth", False, STATION_MAC, testpmd("io"), quick=True)
Subject("testpmd mac, AF_XDP", "veth", False, STATION_MAC, testpmd("mac"))
NOOP = Subject("nf_noop, AF_XDP", "veth", False, STATION_MAC, function("noop", "--xdp"), quick=True)
Subject("nf_mac_write, AF_XDP", "veth", False, STATION_MAC, function("mac_write", "--xdp"))
Subject("nf_bridge, AF_XDP", "veth", False, STATION_MAC, function("bridge", "--xdp"))
Subject("nf_policer, AF_XDP", "veth", False, STATION_MAC, function("policer", "--xdp"))
Subject("nf_noop, TAP", "tap", False, STATION_MAC, function("noop", "--tap"))
Subject("nf_bridge, TAP", "tap", False, STATION_MAC, function("bridge", "--tap"))
Subject("kernel", "veth", True, ROUTER_MAC, start_kernel_responder)
Subject("lwIP, TAP", "tap", True, LWIP_MAC, start_lwip)
ECHO_TAP = Subject("echo, TAP", "tap", True, NODE_MAC, echo("--tap"), quick=True)
ECHO_XDP = Subject("echo, AF_XDP", "veth", True, NODE_MAC, echo("--xdp"), quick=True)


# -- Measuring ---------------------------------------------------------------------------------------------------------


def cpu_time(processes):
    """Return the nanoseconds that all threads of the processes have run."""
    total = 0
    for process in processes:
        threads = f"/proc/{process.process.pid}/task"
        for thread in os.listdir(threads):
            with open(f"{threads}/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
    return total


def user_and_system(processes):
    """Return the clock ticks of the processes in user mode, and in the kernel."""
    user, system = 0, 0
    for process in processes:
        with open(f"/proc/{process.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        user, system = user + int(fields[11]), system + int(fields[12])
    return user, system


class Load:
    """One run of the generator, and the CPU time that the processes used meanwhile."""

    def __init__(self, subject, processes, *options):
        command = subject.load("--seconds", str(Setting.seconds), *options)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as generator:
            check(generator.stdout.readline() == "sending\n", f"{command} does not begin")
            began, ticks = cpu_time(processes), user_and_system(processes)
            sent = generator.stdout.readline()
            self.cpu = cpu_time(processes) - began
            self.user, self.system = (now - before for now, before in zip(user_and_system(processes), ticks))
            rest = generator.stdout.read()
            self.cpu_to_end = cpu_time(processes) - began
        words = (sent + rest).split()
        check(generator.returncode == 0 and sent.startswith("sent "), f"{command}: {sent}{rest}")
        self.figures = dict(zip(words[0::2], words[1::2])) if "latency" not in words else \
            dict(zip(words[0::2], words[1::2])) | dict(zip(words[-6::2], words[-5::2]))
        nanoseconds = float(self.figures["seconds"]) * 1e9
        self.share = self.cpu / nanoseconds  # of one core
        self.generator_share = int(self.figures["cpu"]) / nanoseconds
        self.sent, self.received = int(self.figures["sent"]), int(self.figures["received"])
        self.rate = self.received / float(self.figures["seconds"])
        self.generator_each = int(self.figures["cpu"]) / self.sent
        self.each = self.cpu / max(self.received, 1)
        self.each_to_end = self.cpu_to_end / max(self.received, 1)


def load(subject, processes, *options, whole=True):
    """Put a load on a subject. Repeat it if other programs kept the generator from its core, or a subject that polls
    and should have a whole core."""
    polls = processes and not subject.replies
    for _ in range(Setting.attempts):
        done = Load(subject, processes, *options)
        if done.generator_share >= UNDISTURBED and (done.share >= UNDISTURBED or not whole or not polls):
            break
    return done


class Result:
    """What one round measured of a subject."""

    def __init__(self, subject, processes):
        Load(subject, processes, "--rate", str(QUICK_RATE), "--seconds", "0.2")  # neighbors and tables
        self.evenly = load(subject, processes, "--rate", str(Setting.low_rate))
        self.flood = load(subject, processes)
        self.third = self.flood
        if processes:
            hog = Process("taskset", "-c", SUBJECT_CORE, sys.executable, "-c", HOG)
            hog.wait_line("running", 10)
            self.third = load(subject, processes, whole=False)
            hog.stop(signal.SIGKILL)
        self.lost = self.evenly.sent - self.evenly.received
        self.median, self.p99 = (int(self.evenly.figures.get(name, 0)) / 1000 for name in ("median", "p99"))


def measure(subject):
    with interfaces(subject.kind, 1 if subject.replies else 2) as space:
        processes = subject.start(space)
        subject.results.append(Result(subject, processes))
        for process in processes:
            check(process.process.poll() is None, f"{subject.name} has ended: {process.lines[-5:]}")
        third = subject.results[-1].third
        check(third.received > 0 and (third.cpu > 0 or not processes),
              f"{subject.name} forwarded nothing; has a program with real-time priority taken core {SUBJECT_CORE}?")


def best(subject, figure):
    return min(figure(result) for result in subject.results)


def each(subject):
    """Return the least CPU time per packet of the subject's processes, in nanoseconds."""
    return best(subject, lambda result: result.third.each)


def each_evenly(subject):
    """Return the median CPU time per packet at the low rate. The least is that of a subject that was kept from its
    core: it then handled many packets at once."""
    return statistics.median(result.evenly.each_to_end for result in subject.results)


def softirq(subject):
    """Return what the generator's process spent on each packet more than in front of a sink: the kernel's handling of
    received packets, which runs in that process."""
    return best(subject, lambda result: result.flood.generator_each) - best(SINK, lambda result:
                                                                            result.flood.generator_each)


# -- Output ------------------------------------------------------------------------------------------------------------


def row(subject):
    results = subject.results
    rates = [result.flood.rate for result in results]
    polled = subject.results[0].third is subject.results[0].flood
    costs = [result.third.each for result in results]
    lost = sorted(result.lost for result in results)
    in_program = statistics.median(result.third.user / max(result.third.user + result.third.system, 1)
                                   for result in results)
    cells = [subject.name, f"{max(rates):,.0f}", f"{min(rates) / max(rates) - 1:.0%}"]
    if polled:
        cells += ["0", "", ""]
    else:
        cells += [f"{min(costs):.0f}", f"{max(costs) / min(costs) - 1:+.0%}", f"{min(costs) * in_program:.0f}"]
    cells += ["" if subject is SINK else f"{softirq(subject):.0f}"]
    cells += [f"{lost[0]}" if lost[0] == lost[-1] else f"{lost[0]} to {lost[-1]}"]
    cells += [f"{best(subject, lambda result: result.median):.1f}", f"{best(subject, lambda result: result.p99):.1f}"]
    if subject.replies:
        cells += [f"{each_evenly(subject):.0f}"]
    return f"| {' | '.join(cells)} |"


def print_table(what, subjects, *further):
    columns = (what, "packets/s", "worst", "process, ns", "worst", "of it user mode, ns", "softirq, ns",
               f"lost of {int(Setting.low_rate * Setting.seconds):,}", "median, us", "p99, us", *further)
    if subjects:
        print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
        print("\n".join(map(row, subjects)) + "\n", flush=True)


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        model = next(line.partition(": ")[2].strip() for line in file if line.startswith("model name"))
    testpmd_version = must("dpkg-query", "-W", "-f", "${Version}", "dpdk-dev")
    lwip_version = must("dpkg-query", "-W", "-f", "${Version}", "liblwip-dev")
    return (f"Linux {os.uname().release}, {model}, {os.cpu_count()} cores; DPDK {testpmd_version}, "
            f"lwIP {lwip_version}")


def print_ratios(measured):
    def ratio(text, left, right):
        if left in measured and right in measured:
            print(f"ratio {text}: {each(left) / each(right):.2f}")

    ratio("nf_noop / testpmd io, CPU of the process a packet, AF_XDP", NOOP, TESTPMD)
    ratio("echo on AF_XDP / on TAP, CPU of the process a reply", ECHO_XDP, ECHO_TAP)
    if ECHO_TAP in measured and ECHO_XDP in measured:
        evenly = each_evenly(ECHO_XDP) / max(each_evenly(ECHO_TAP), 1)
        print(f"ratio the same at {Setting.low_rate:,} requests a second: {evenly:.2f}")
    offered = [min(result.third.sent / max(result.third.received, 1) for result in subject.results)
               for subject in measured if subject.results[0].third is not subject.results[0].flood]
    if offered:
        print(f"ratio least offered / delivered with a third of a core: {min(offered):.2f}")
        shares = {subject.name: max(result.flood.share for result in subject.results) for subject in measured
                  if subject.results[0].third is not subject.results[0].flood}
        least = min(shares, key=shares.get)
        print(f"least share of its core that a subject had in its best flood: {shares[least]:.0%} ({least})")


def check_limits():
    """Check what --quick asserts: wide limits, so that other load on the machine does not matter."""
    check(each(NOOP) <= SLOWER_THAN_TESTPMD * each(TESTPMD), "nf_noop takes more CPU than testpmd on AF_XDP")
    check(each(ECHO_XDP) <= XDP_AND_TAP * each(ECHO_TAP), "echo takes more CPU on AF_XDP than on a TAP")
    for subject in (NOOP, ECHO_TAP, ECHO_XDP):
        lost = best(subject, lambda result: result.lost)
        check(lost == 0, f"{subject.name} lost {lost} packets in each round at {Setting.low_rate} a second")
    for subject in (NOOP, TESTPMD, ECHO_TAP, ECHO_XDP):
        faster = max(result.third.sent / max(result.third.received, 1) for result in subject.results)
        check(faster >= FASTER_THAN_SUBJECT, f"the generator is not faster than {subject.name}: {faster:.2f}")


# -- The run -----------------------------------------------------------------------------------------------------------


def prepare():
    """Take priority over other programs, and hide files that programs make outside of the namespaces."""
    os.setsid()
    with contextlib.suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as file:
        file.write(PRIORITY)
    with contextlib.suppress(OSError):
        os.nice(int(PRIORITY))
    must("mount", "-t", "sysfs", "sysfs", "/sys")
    must("mount", "-t", "tmpfs", "tmpfs", "/run")
    must("ip", "link", "set", "lo", "up")
    Process.running.processes = []


def main():
    parser = argparse.ArgumentParser(prog="side_by_side.sh", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("programs")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("text", nargs="*")
    chosen = parser.parse_intermixed_args()
    Setting.build, Setting.programs = os.path.abspath(chosen.build), os.path.abspath(chosen.programs)
    Setting.seconds = chosen.seconds or (0.3 if chosen.quick else 1)
    Setting.attempts = 1 if chosen.quick else Setting.attempts
    Setting.low_rate = QUICK_RATE if chosen.quick else LOW_RATE
    wanted = [subject for subject in Subject.all
              if subject is SINK or (subject.quick or not chosen.quick) and
              (not chosen.text or any(text in subject.name for text in chosen.text))]
    prepare()
    for _ in range(chosen.rounds or (2 if chosen.quick else 3)):
        for subject in wanted:
            measure(subject)
    print(machine() + "\n")
    print_table("forwarder", [subject for subject in wanted if not subject.replies])
    print_table("responder", [subject for subject in wanted if subject.replies],
                f"process at {Setting.low_rate:,} a second, ns")
    print_ratios(wanted)
    if chosen.quick and not chosen.text:
        check_limits()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"side_by_side: {failure}", file=sys.stderr)
        sys.exit(1)
