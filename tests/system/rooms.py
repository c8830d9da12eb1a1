#!/usr/bin/env python3
"""Checks that every file includes only what its room may know: python3 tests/system/rooms.py

Also that the top level holds only the rooms, and that every public header has its guard and compiles alone.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = {"src", "include", "drivers", "env", "tests", "examples", "CMakeLists.txt", "CMakePresets.json", "LICENSE",
       "README.md"}
BUILD = "build"  # where the presets build; ignored by git
STANDARD = {"stdint.h", "stddef.h", "stdbool.h", "string.h"}
CC = os.environ.get("CC", "cc")

# The public headers, by who may include whom. A driver's own header has the name of its folder.
WIRE = {"address", "bytes", "checksum", "dhcpv6_message", "ether", "ext", "icmpv6", "ipv6", "mld", "ndp", "siphash", "udp"}
NODE = WIRE | {"config", "counters", "dhcpv6", "multicast", "node", "ping"}
NF = WIRE | {"hash_map", "token_bucket"}
LOWEST = {"board", "env", "port"}
BOTTOM = LOWEST | {"linux_pci", "nic", "ring"}
WHOLE = NODE | NF | BOTTOM | {"run", "v6nf"}


class Tree:
    """A checkout: which rooms it has, and what each may include."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        self.drivers = {path.name for path in self.top.glob("drivers/*/")} - {"ring"}
        self.public = WHOLE | self.drivers

    def room(self, path):
        """The room of a file: (public headers, folders, any system header) that it may include; None without rules."""
        parts = path.parts
        if parts[0] == "tests":
            return None
        if parts[0] == "include":
            return self.header_room(path.stem), set(), False
        if parts[:2] == ("src", "wire"):
            return WIRE, {"src/wire"}, False
        if parts[:2] == ("src", "node"):
            return NODE, {"src/node", "src/wire"}, False
        if parts[:2] == ("src", "nf"):
            return NF, {"src/nf", "src/wire"}, False
        if parts[0] == "drivers" and len(parts) == 3:
            hosted = parts[1] in {"tap", "pcap"}
            return BOTTOM | {parts[1]}, {f"drivers/{parts[1]}", "drivers/ring"}, hosted
        if parts[0] == "env" and len(parts) == 3:
            return {"board", "env", "linux_pci"}, {f"env/{parts[1]}", "env/shared"}, True
        if parts[0] == "examples":
            return self.public, {"examples", str(path.parent)}, True
        return set(), set(), False

    def header_room(self, name):
        """What a public header may include: a room's headers know no more than the room does."""
        for room in (WIRE, NODE, NF):
            if name in room:
                return room
        if name in LOWEST:
            return set()
        return BOTTOM if name in BOTTOM | self.drivers else WHOLE

    def faults(self):
        """One line for each wrong include, stray file or bad header."""
        for path in sorted(self.top.iterdir()):
            if not path.name.startswith(".") and path.name not in TOP | {BUILD}:
                yield f"{path.name}: does not belong on the top level"
        for path in self.sources():
            yield from self.include_faults(path)
        for path in sorted(self.top.glob("include/**/*.h")):
            yield from self.header_faults(path)

    def sources(self):
        for room in ("src", "include", "drivers", "env", "examples"):
            for path in sorted(self.top.glob(f"{room}/**/*")):
                if path.suffix in {".c", ".h", ".S"}:
                    yield path.relative_to(self.top)

    def include_faults(self, path):
        rules = self.room(path)
        text = (self.top / path).read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            directive = re.match(r"\s*#\s*include\s*(.*)", line)
            if directive and not self.is_allowed(path, directive.group(1), rules):
                yield f"{path}:{number}: its room may not include {directive.group(1)}"

    def is_allowed(self, path, what, rules):
        if rules is None:
            return True
        public, folders, any_system = rules
        name = re.match(r'"([^"]+)"|<([^>]+)>', what)
        if not name:
            return False
        target = self.resolve(path, name.group(1)) if name.group(1) else self.resolve_public(name.group(2))
        if target is None:
            return bool(name.group(2)) and (any_system or name.group(2) in STANDARD)
        if target.parts[:2] == ("include", "v6nf"):
            return target.stem in public
        return str(target.parent) in folders

    def resolve(self, path, name):
        """The file that #include "name" in `path` means, or None."""
        beside = pathlib.Path(os.path.normpath(path.parent / name))
        return beside if (self.top / beside).is_file() else self.resolve_public(name)

    def resolve_public(self, name):
        target = pathlib.Path("include") / name
        return target if (self.top / target).is_file() else None

    def header_faults(self, path):
        name = path.relative_to(self.top)
        if path.stem not in self.public:
            yield f"{name}: rooms.py does not know whose header this is: name it in WIRE, NODE, NF, BOTTOM or WHOLE"
        guard = f"V6NF_{path.stem.upper()}_H"
        if not re.search(rf"^#ifndef {guard}\n#define {guard}$.*^#endif\s*\Z", path.read_text(encoding="utf-8"),
                         re.MULTILINE | re.DOTALL):
            yield f"{name}: has no include guard {guard}"
        command = [CC, "-std=c11", "-ffreestanding", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only",
                   f"-I{self.top}/include", "-xc", "-"]
        # A translation unit may not be empty (C11, 6.9), and a header of macros alone leaves it so.
        source = f'#include "v6nf/{path.name}"\nextern int not_empty;\n'
        done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"{name}: does not compile alone:\n{done.stderr}"


# A checkout in which every include is right ...
GOOD = {
    "include/v6nf/wire/bytes.h": "#include <stdint.h>",
    "include/v6nf/node.h": '#include "bytes.h"',
    "include/v6nf/port.h": "#include <stdbool.h>",
    "include/v6nf/env.h": "#include <stddef.h>",
    "include/v6nf/v6nf.h": '#include "node.h"\n#include "port.h"',
    "include/v6nf/driver/cable.h": '#include "port.h"',
    "src/wire/text.h": "#include <stdint.h>",
    "src/wire/bytes.c": '#include "v6nf/wire/bytes.h"\n#include "text.h"',
    "src/node/node.c": '#include "v6nf/node.h"\n#include "../wire/text.h"\n#include <string.h>',
    "src/nf/map.c": '#include "v6nf/wire/bytes.h"\n#include "../wire/text.h"',
    "drivers/ring/ring.h": '#include "v6nf/env.h"',
    "drivers/cable/cable.c": '#include "v6nf/driver/cable.h"\n#include "../ring/ring.h"',
    "drivers/tap/tap.c": '#include "v6nf/port.h"\n#include <unistd.h>',
    "env/linux/env.c": '#include "v6nf/env.h"\n#include <time.h>',
    "env/shared/parts.h": '#include "v6nf/env.h"',
    "env/pc/env.c": '#include "../shared/parts.h"',
    "examples/program.h": "#include <stdint.h>",
    "examples/echo/echo.c": '#include <stdio.h>\n#include <v6nf/v6nf.h>\n#include "../program.h"',
    "examples/linux/main.c": '#include <stdio.h>\n#include "v6nf/driver/cable.h"\n#include "../program.h"',
    "examples/ping/ping.h": "#include <stdint.h>",
    "tests/unit/test_node.c": '#include "../../src/node/anything.h"',
    "README.md": "",
}
# ... and, one at a time, files that are wrong, each with a word of the report that it must cause.
WRONG = [
    ("include/v6nf/wire/bytes.h", "#include <stdio.h>", "may not include <stdio.h>"),
    ("include/v6nf/wire/bytes.h", '#include "node.h"', 'may not include "node.h"'),
    ("include/v6nf/node.h", '#include "port.h"', 'may not include "port.h"'),
    ("include/v6nf/port.h", '#include "env.h"', 'may not include "env.h"'),
    ("include/v6nf/driver/cable.h", '#include "node.h"', 'may not include "node.h"'),
    ("include/v6nf/strange.h", "#include <stdint.h>", "does not know whose header"),
    ("src/wire/bytes.c", '#include "v6nf/node.h"', 'may not include "v6nf/node.h"'),
    ("src/wire/bytes.c", "#include <v6nf/env.h>", "may not include <v6nf/env.h>"),
    ("src/wire/bytes.c", "#include <stdlib.h>", "may not include <stdlib.h>"),
    ("src/wire/bytes.c", "#include HEADER", "may not include HEADER"),
    ("src/node/node.c", '#include "v6nf/port.h"', 'may not include "v6nf/port.h"'),
    ("src/node/node.c", '#include "../../drivers/cable/cable.c"', "may not include"),
    ("src/nf/map.c", '#include "v6nf/node.h"', 'may not include "v6nf/node.h"'),
    ("src/other.c", '#include "v6nf/wire/bytes.h"', 'may not include "v6nf/wire/bytes.h"'),
    ("drivers/cable/cable.c", '#include "v6nf/node.h"', 'may not include "v6nf/node.h"'),
    ("drivers/cable/cable.c", "#include <stdio.h>", "may not include <stdio.h>"),
    ("drivers/tap/tap.c", '#include "v6nf/driver/cable.h"', 'may not include "v6nf/driver/cable.h"'),
    ("env/shared/parts.h", '#include "../pc/env.c"', "may not include"),
    ("env/linux/env.c", '#include "v6nf/port.h"', 'may not include "v6nf/port.h"'),
    ("examples/echo/echo.c", '#include "../../src/wire/text.h"', "may not include"),
    ("examples/echo/echo.c", '#include "../ping/ping.h"', "may not include"),
    ("scripts/x.sh", "", "does not belong on the top level"),
]


def write(top, path, text):
    if path.startswith("include/"):
        guard = f"V6NF_{pathlib.Path(path).stem.upper()}_H"
        text = f"#ifndef {guard}\n#define {guard}\n{text}\n#endif\n"
    file = pathlib.Path(top) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def faults_with(files):
    """What is reported of a tree with the right files, some of them replaced by `files`."""
    with tempfile.TemporaryDirectory() as top:
        for path, text in (GOOD | files).items():
            write(top, path, text)
        return list(Tree(top).faults())


def self_check():
    """Sees that right files are not reported and that each wrong one is, alone."""
    good = faults_with({})
    if good:
        yield f"self-check: reported without reason: {good}"
    for path, text, report in WRONG:
        found = faults_with({path: text})
        if not any(fault.startswith(path.split("/")[0] if report.endswith("level") else path) and report in fault
                   for fault in found):
            yield f"self-check: {path} with {text!r}: not reported as \"{report}\", but {found}"
    with tempfile.TemporaryDirectory() as top:
        for path, text in GOOD.items():
            write(top, path, text)
        headers = pathlib.Path(top, "include", "v6nf")
        headers.joinpath("ndp.h").write_text("struct v6nf_no_guard;\n", encoding="utf-8")
        write(top, "include/v6nf/wire/udp.h", "uint8_t v6nf_not_alone(void);")
        found = "\n".join(Tree(top).faults())
        for report in ("ndp.h: has no include guard", "udp.h: does not compile alone"):
            if report not in found:
                yield f"self-check: not reported: {report}"


def main():
    tree = Tree(pathlib.Path(__file__).resolve().parents[2])
    faults = [*self_check(), *tree.faults()]
    for fault in faults:
        print(fault)
    count = len(list(tree.sources()))
    if count == 0:
        faults.append("no source file found")
    print(f"{count} files read, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
