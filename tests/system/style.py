#!/usr/bin/env python3
"""Check the language of the repository: python3 tests/system/style.py [PATH...]

Plain American English and the terms of the RFCs: each pattern below has a better word, which the report names. Also
that no line is longer than 120 columns (tables of a page excepted), and that no two files of the library have a static
function of the same name.
"""
import collections
import pathlib
import re
import subprocess
import sys

COLUMNS = 120
# Files that hold inputs of programs, not language.
DATA = re.compile(r"^(LICENSE|tests/fuzz/corpus/|tests/proof/session/|tests/bench/(peers|figures/[\w-]+)\.svg|tests/system/style\.py)")
# Files whose lines are records, and those whose lines a browser breaks.
LONG_LINES = re.compile(r"\.md$|^tests/(model/mutants|fuzz/faults|proof/.*(/list|\.faults)|.*\.json)$")

# Pattern: what to write.
WORDS = {
    r"(is|are|was|were|be) to be": "must; is (due, sent, removed)",
    r"anew": "again",
    r"for ever": "forever",
    r"strangers?|newcomers?|acquaintances?": "an unknown host, an unsolicited sender",
    r"ways? out": "transmit path, output",
    r"of its own accord": "originate",
    r"places?": "slot (array), entry (cache), bucket (hash)",
    r"rooms": "directory, module; space",
    r"displac\w+|mak(e|es|ing) room|made room": "evict; make space for",
    r"nobody|somebody": "no one else, the only host",
    r"stands? (there|here|in|at|before|behind|for|by)": "is, contains, states",
    r"go(es|ing)? (out|by)|went out": "is sent, is transmitted; via",
    r"(that|what|who|which) (came|comes|come)|c(ame|omes?) in": "received, arrived",
    r"tells?|told": "report to, notify",
    r"takes? in|taken in|took in": "handle, process",
    r"the most|\w+_most|most_\w+": "maximum, at most N, limit, max_",
    r"in turns": "alternately, round robin",
    r"at hand": "current",
    r"whoever|whatever": "any, each, every",
    r"need be": "if necessary",
    r"(give|gives|gave|given|giving) up": "give up only for a program that stops trying: expire, end, abandon",
    r"no better": "not (yet) resolved, supports only",
    r"guess\w*|foreseen": "unpredictable; secret",
    r"beside": "next to, in addition to, besides",
    r"broken drivers?": "mutant",
    r"how many there": "number of elements, capacity",
    r"the other way round": "conversely",
    r"\w*_help|help_\w+": "fixture",
}
# "to give up" is the active verb of a program; "to tell apart" and "telling" a person apart are not used.
ALLOWED = re.compile(r"commonplace|in place|in-place|replaces?|first place|placeholder|take place|takes place", re.IGNORECASE)
PATTERNS = [(re.compile(rf"(?<![\w-])({pattern})(?![\w-])", re.IGNORECASE), better) for pattern, better in WORDS.items()]


def language_faults(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        words = ALLOWED.sub("", line)
        for pattern, better in PATTERNS:
            found = pattern.search(words)
            if found:
                yield f'{path}:{number}: "{found.group(0)}": write: {better}'
        if len(line) > COLUMNS and not LONG_LINES.search(str(path)):
            yield f"{path}:{number}: {len(line)} columns, more than {COLUMNS}"


def static_functions(text):
    """The names of the static functions that a C file defines; inline ones belong to their header."""
    return set(re.findall(r"^static (?:__attribute__\(\(\w+\)\) )?(?!inline)[^;=()]*?\b(?!__attribute__)(\w+)\([^;]*?\)\n\{", text, re.MULTILINE))


def name_faults(texts):
    owners = collections.defaultdict(list)
    for path, text in texts.items():
        if re.match(r"(src|drivers|env/linux|env/shared)/.*\.c$", path):
            for name in static_functions(text):
                owners[name].append(path)
    for name, paths in sorted(owners.items()):
        if len(paths) > 1:
            yield f"{name}(): a static function of {', '.join(paths)}: name the object of each"


def self_check():
    """See that a few lines are found, and that right ones are not."""
    for line, wrong in (("the place is free", True), ("changed in place", False), ("is to be sent", True),
                        ("to be sent", False), ("made anew", True), ("x" * 121, True), ("renewed", False)):
        if bool(list(language_faults("a.c", line))) != wrong:
            yield f"self-check: {line!r} is {'not ' if wrong else ''}found"
    texts = {"src/a.c": "static int find(int a)\n{\n}\n", "src/b.c": "static int find(int a,\n  int b)\n{\n}\n"}
    if len(list(name_faults(texts))) != 1:
        yield "self-check: a name in two files is not found"


def main():
    top = pathlib.Path(__file__).resolve().parents[2]
    listed = subprocess.run(["git", "ls-files", "--", *sys.argv[1:]], cwd=top, capture_output=True, text=True, check=True)
    texts = {}
    for path in listed.stdout.splitlines():
        if not DATA.search(path) and (top / path).is_file():
            texts[path] = (top / path).read_text(encoding="utf-8", errors="replace")
    faults = list(self_check())
    for path, text in texts.items():
        faults += language_faults(path, text)
    faults += name_faults(texts)
    for fault in faults:
        print(fault)
    print(f"{len(texts)} files read, {len(faults)} faults")
    return 1 if faults or not texts else 0


if __name__ == "__main__":
    sys.exit(main())
