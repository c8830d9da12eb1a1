#!/usr/bin/env python3
"""Check that the API reference is complete: python3 tests/system/reference.py

Doxygen reads the public headers without a warning: each function, type, field, enumerator and macro has a comment. Each
function states its result and its context. It names each pointer, length and time that is a parameter. The object that
it works on, its first parameter, may remain unnamed.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parents[2]
LENGTH = re.compile(r"(\w+_)?(length|size|capacity|count|room|end|offset|at)")
TIME = re.compile(r"now|time|until|(\w+_)?lifetime|microseconds|interval|timeout")


def text_of(element):
    return " ".join(" ".join(element.itertext()).split())


class Function:
    """A function in the XML that Doxygen writes."""

    def __init__(self, member, group_text):
        self.name = member.findtext("name")
        self.where = member.find("location").get("file")
        self.result = text_of(member.find("type"))
        self.parameters = [(text_of(parameter.find("type")), parameter.findtext("declname") or "")
                           for parameter in member.findall("param")]
        self.descriptions = [member.find(part) for part in ("briefdescription", "detaileddescription")]
        self.text = " ".join(text_of(part) for part in self.descriptions)
        self.group_text = group_text

    def faults(self):
        for position, (kind, name) in enumerate(self.parameters):
            is_object = position == 0 and "struct v6nf_" in kind
            must_name = "*" in kind or LENGTH.fullmatch(name) or TIME.fullmatch(name)
            if must_name and not is_object and not re.search(rf"\b{name}\b", self.text):
                yield f"{self.where}: {self.name}() does not name its parameter {name}"
        returns = any(part.find(".//simplesect[@kind='return']") is not None for part in self.descriptions)
        if not returns and not re.search(r"\bvoid$", self.result):
            yield f'{self.where}: {self.name}() does not state its result: "Return ..." at the beginning of a line'
        if "Context" not in self.text and "Context" not in self.group_text:
            yield f'{self.where}: {self.name}() does not state its context: "Context: ...", there or in its header'


def run_doxygen(top, output):
    """Run Doxygen on the headers of a tree; return its warnings."""
    configuration = (top / "include" / "Doxyfile").read_text(encoding="utf-8")
    environment = os.environ | {"V6NF_VERSION": "check", "V6NF_DOCS": output}
    overrides = "GENERATE_XML = YES\nXML_PROGRAMLISTING = NO\nGENERATE_HTML = NO\n"
    done = subprocess.run(["doxygen", "-"], input=configuration + overrides, env=environment, cwd=top,
                          capture_output=True, text=True, check=False)
    return [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]


def functions_of(output):
    for path in sorted(pathlib.Path(output, "xml").glob("group__*.xml")):
        group = xml.etree.ElementTree.parse(path).getroot().find("compounddef")
        group_text = " ".join(text_of(part) for part in group.findall("detaileddescription"))
        for member in group.iter("memberdef"):
            if member.get("kind") == "function":
                yield Function(member, group_text)


def faults_of(top):
    """Return one line for each fault of the headers below `top`, and the number of their functions."""
    with tempfile.TemporaryDirectory() as output:
        faults = [re.sub(rf"^{re.escape(str(top))}/", "", line) for line in run_doxygen(top, output)]
        functions = list(functions_of(output)) if pathlib.Path(output, "xml").is_dir() else []
        for function in functions:
            faults += function.faults()
        return sorted(set(faults)), len(functions)


# A header without fault ...
GOOD = """/* thing.h: a thing of the program.
 *
 * It is {small}. */
#ifndef V6NF_THING_H
#define V6NF_THING_H

#define V6NF_THING_SIZE 4u /* bytes of a thing */

/* A thing. */
struct v6nf_thing {
    int value; /* what it is worth */
};

/* Read a thing (RFC 768, 1).
 * data: length bytes.
 * length: number of bytes.
 * now: microseconds.
 * Return true if there is one.
 * Context: any. */
/*@ requires \\valid_read(data + (0 .. length - 1)); */
bool v6nf_thing_read(struct v6nf_thing *thing, const uint8_t *data, uint32_t length, uint64_t now);

#endif
"""
# ... and edits that each make one, with a part of the report.
WRONG = [
    ("/* bytes of a thing */", "", "V6NF_THING_SIZE"),
    ("/* A thing. */\n", "", "v6nf_thing"),
    ("/* what it is worth */", "", "value"),
    ("/* Read a thing", "/* A loose comment. */\n\n/* Read a thing", None),
    (" * data: length bytes.\n", "", "does not name its parameter data"),
    (" * length: number of bytes.\n", "", None),
    (" * data: length bytes.\n * length: number of bytes.\n", " * data: some.\n", "does not name its parameter length"),
    (" * now: microseconds.\n", "", "does not name its parameter now"),
    (" * Return true if there is one.\n", "", "does not state its result"),
    (" * Context: any. */", " */", "does not state its context"),
    (" * It is {small}. */", " * It is {small}.\n * Context: any. */", None),
    ("bool v6nf_thing_read(", "bool v6nf_thing_other(void);\nbool v6nf_thing_read(", "v6nf_thing_read"),
    ("/*@ requires \\valid", "/*@ @bogus{ requires \\valid", None),
]


def faults_with(text):
    with tempfile.TemporaryDirectory() as top:
        headers = pathlib.Path(top, "include", "v6nf")
        headers.mkdir(parents=True)
        for name in ("Doxyfile", "doxygen_filter.py"):
            shutil.copy(TOP / "include" / name, headers.parent)
        (headers / "v6nf.h").write_text("/* v6nf.h: all of it. */\n#ifndef V6NF_V6NF_H\n#define V6NF_V6NF_H\n#endif\n",
                                        encoding="utf-8")
        (headers / "thing.h").write_text(text, encoding="utf-8")
        return faults_of(pathlib.Path(top))[0]


def self_check():
    """See that a right header is not reported, and that each edit is, if it is a fault."""
    for before, after, report in [("", "", None), *WRONG]:
        if before not in GOOD:
            yield f"self-check: {before!r} is not in the header"
        found = faults_with(GOOD.replace(before, after, 1))
        if report is None and found:
            yield f"self-check: {after!r} for {before!r} is reported: {found}"
        if report is not None and not any(report in fault for fault in found):
            yield f'self-check: {after!r} for {before!r} is not reported as "{report}": {found}'


def main():
    if not shutil.which("doxygen"):
        print("there is no doxygen: apt-get install doxygen")
        return 77
    faults, count = faults_of(TOP)
    faults = [*self_check(), *faults]
    for fault in faults:
        print(fault)
    print(f"{count} functions read, {len(faults)} faults")
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
