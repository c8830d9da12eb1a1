#!/usr/bin/env python3
"""Print a public header in the form that Doxygen reads: python3 include/doxygen_filter.py HEADER

Headers have plain comments. A comment directly before a declaration documents it, as does one on the line of a field.
Contracts in ACSL and include guards are left out. In the comment of a function, a line "name: text" documents a
parameter; "Return", "Errors:" and "Context:" begin sections. Each header is a group; a heading "/* -- Title -- */" is a
section of it. The enumerators that a list X(NAME, "text") makes are written out. In a structure whose comment has the
word "private", fields without a comment are private.
"""
import pathlib
import re
import sys

# The directories of headers, as groups, and the title of each.
GROUPS = {"": ("program", "What a program needs"), "wire": ("wire", "Wire formats: v6nf/wire/"),
          "table": ("table", "Tables: v6nf/table/"), "nf": ("nf", "Parts of network functions: v6nf/nf/"),
          "router": ("router", "A router: v6nf/router/"),
          "driver": ("driver", "Drivers: v6nf/driver/"), "board": ("board", "Boards: v6nf/board/")}
# Characters that are commands, links or HTML to Doxygen.
SPECIAL = re.compile(r"[\\@<>#%&$]|::")
HEADING = re.compile(r"/\* -- (.*?) -+ \*/")
LABELS = {"Return": "@return", "Errors:": "@par Errors\n", "Context:": "@par Context\n"}
SECTION = re.compile(rf"({'|'.join(LABELS)}) (.*)")
COMMENT = re.compile(r'(/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*")', re.DOTALL)


def escape(text):
    """Plain text, with `code` marked as such."""
    parts = text.split("`")
    for index, part in enumerate(parts):
        parts[index] = SPECIAL.sub(lambda found: "\\" + found.group(0), part)
        if index % 2 == 1 and index < len(parts) - 1:
            parts[index] = f"<code>{parts[index]}</code>"
    return "".join(parts)


def lines_of(comment):
    """The lines of a comment, without its delimiters."""
    lines = comment[2:-2].split("\n")
    return [lines[0].strip()] + [re.sub(r"^\s*\* ?", "", line).rstrip() for line in lines[1:]]


def parameters_of(declaration):
    """The names of the parameters of a function, a function type or a pointer to a function."""
    inner = re.search(r"\(([^()]*)\)\s*$", declaration)
    return re.findall(r"(\w+)(?:\[\w*\])?\s*(?:,|$)", inner.group(1)) if inner else []


def convert(lines, parameters=()):
    """The text of a comment, in Doxygen's commands."""
    result = []
    in_section = False
    for index, line in enumerate(lines):
        named = re.match(r"(\w+(?:, \w+)*): (.*)", line)
        labeled = SECTION.match(line)
        if line.startswith("   "):
            fence = ["@verbatim"] if index == 0 or not lines[index - 1].startswith("   ") else []
            result += fence + [line]
            if index + 1 == len(lines) or not lines[index + 1].startswith("   "):
                result.append("@endverbatim")
        elif named and all(name in parameters for name in named.group(1).split(", ")):
            result.append(f"@param {named.group(1).replace(', ', ',')} {escape(named.group(2))}")
            in_section = True
        elif labeled:
            result.append(f"{LABELS[labeled.group(1)]} {escape(labeled.group(2))}")
            in_section = True
        else:
            # A sentence that begins a line after a section is not of that section.
            if in_section and re.search(r"[.!]$", lines[index - 1]) and re.match(r"[A-Z`]", line):
                result.append("@par Details")
                in_section = False
            result.append(escape(line))
    return "\n".join(result)


def expand_lists(text):
    """Write out the enumerators of lists; leave out the macros that only make them."""
    lists = {macro: re.findall(r'X\((\w+),\s*"([^"]*)"\)', body)
             for macro, body in re.findall(r"#define (\w+)\(X\)((?:.*\\\n)*.*\n)", text)}
    prefixes = dict(re.findall(r"#define (\w+)\(name, text\) (\w+)##name", text))

    def expand(found):
        names = "\n".join(f"    {prefixes[found.group(3)]}{name}, /* {text} */" for name, text in lists[found.group(2)])
        return f"{found.group(1)}\n{names}\n    {found.group(4)} /* number of counters */\n}};"
    text = re.sub(r"(enum \w+ \{) (\w+)\((\w+)\) (\w+) \};", expand, text)
    return re.sub(r"#(define \w+\(name, text\)|undef) .*\n", "\n", text)


def without_guards(text):
    """Leave out the include guard and extern "C"."""
    text = re.sub(r"#ifndef (V6NF_\w+_H)\n#define \1\n(.*)#endif\s*\Z", r"\n\n\2", text, flags=re.DOTALL)
    return re.sub(r'#ifdef __cplusplus\n(extern "C" \{|\})\n#endif\n', "", text)


class Scope:
    """What the braces enclose at the end of the code seen so far: a type, the body of a function or nothing."""

    def __init__(self):
        self.stack = []
        self.statement = ""
        self.is_private = False

    def add(self, code):
        for character in re.sub(r"^\s*#(?:.*\\\n)*.*$", "", code, flags=re.MULTILINE):
            if character == "{":
                is_type = re.match(r"\s*(typedef )?(struct|enum|union)\b[^()]*$", self.statement)
                self.stack.append("type" if is_type and self.in_function() is False else "function")
            elif character == "}":
                self.stack.pop()
            self.statement = "" if character in "{};" else self.statement + character

    def in_function(self):
        return "function" in self.stack

    def mark_private(self, code, is_documented):
        """Document the fields in `code` that have no comment as private; the first has one if `is_documented`."""
        if not self.is_private or self.stack[:1] == ["function"]:
            return code
        fields = re.split(r"(?<=;)(?=[ ]*\n)", code)
        marked = [field + (" /**< private */" if field.endswith(";") and not (is_documented and index == 0) and
                           not field.endswith("};") else "") for index, field in enumerate(fields)]
        return "".join(marked)


def documented(comment, before, after, scope):
    """The replacement of a comment that is not the first."""
    heading = HEADING.fullmatch(comment)
    if heading and not scope.stack:
        return f"/** @}} */\n/** @name {escape(heading.group(1))}\n@{{ */"
    if comment.startswith("/*@") or scope.in_function():
        return ""
    if before.rsplit("\n", 1)[-1].strip():
        return f"/**< {convert(lines_of(comment))} */" if re.match(r"\s*\n", after) else ""
    after = re.sub(r"^\n(/\*@.*?\*/\n)+", "\n", after, flags=re.DOTALL)
    if re.match(r"\n\s*(\n|\Z)", after):
        return ""
    # The comment of a macro may be before the conditions that choose its definition.
    macro = re.match(r"\n(?:#(?!define|include).*\n)*#define (\w+)(?:\(([^()\n]*)\))?", after)
    if macro:
        return f"/** @def {macro.group(1)}\n{convert(lines_of(comment), re.split(', *', macro.group(2) or ''))} */"
    if re.match(r"\n\s*#", after):
        return ""
    declaration = re.split(r"[;{]", after, maxsplit=1)[0]
    return f"/** {convert(lines_of(comment), parameters_of(declaration))} */"


def opening(comment, name):
    """The documentation of a header and the beginning of its group."""
    directory, _, _ = name.rpartition("/")
    lines = lines_of(comment)
    lines[0] = re.sub(r"^[\w/.]+: ", "", lines[0])
    brief = re.split(r"[.;:](?=\s|$)", " ".join(lines).strip(), maxsplit=1)[0]
    if name == "v6nf.h":
        groups = "".join(f"/** @defgroup {group} {title} */\n" for group, title in GROUPS.values())
        return f"{groups}/** @mainpage libv6nf\n{convert(lines)} */\n/** @file\n@brief {escape(brief)} */\n/** @{{ */"
    group = re.sub(r"\W", "_", name)
    return f"/** @file\n@brief {escape(brief)} */\n/** @defgroup {group} {name}\n@ingroup {GROUPS[directory][0]}\n" \
           f"{convert(lines)}\n@{{ */\n/** @{{ */"


def rewrite(text, name):
    text = expand_lists(without_guards(text))
    pieces = COMMENT.split(text)
    scope = Scope()
    result = []
    position = 0
    for index, piece in enumerate(pieces):
        position += len(piece)
        if index % 2 == 0:
            is_inside = scope.stack == ["type"]
            was_before = is_inside and result[-1].startswith("/** ")
            scope.add(piece)
            has_fields = is_inside or re.search(r"^struct \w+ \{", piece, re.MULTILINE)
            result.append(scope.mark_private(piece, was_before) if has_fields else piece)
        elif not piece.startswith("/*"):
            result.append("" if piece.startswith("//") else piece)
        elif index == 1:
            result.append(opening(piece, name))
        else:
            if not scope.stack:
                scope.is_private = re.search(r"\bprivate\b", piece) is not None
            result.append(documented(piece, text[:position - len(piece)], text[position:], scope))
    return "".join(result) + ("/** @} */\n" if name == "v6nf.h" else "/** @} */\n/** @} */\n")


def main():
    path = pathlib.Path(sys.argv[1])
    name = path.as_posix().rpartition("include/v6nf/")[2]
    sys.stdout.write(rewrite(path.read_text(encoding="utf-8"), name))


if __name__ == "__main__":
    main()
