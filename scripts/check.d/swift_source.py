# SPDX-License-Identifier: Apache-2.0
"""A Swift file as a checker sees it: its lines, and the same lines without text and comments."""

import dataclasses
import functools
import pathlib
import re

TOKENS = re.compile(
    r"""(?P<comment>//[^\n]*)|(?P<block>/\*)"""
    r"""|(?P<string>\#*\"\"\"|\#*\")""")
FUNCTION = re.compile(r"\b(?:func\s+[^\s(<]+|init[?!]?(?=\s*[<(])|deinit\b|subscript(?=\s*[<(]))")


def blank(text):
    """White space of the same shape, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", text)


def without_text_and_comments(source):
    """The source with string contents and comments blanked out."""
    parts, position = [], 0
    while match := TOKENS.search(source, position):
        parts.append(source[position:match.start()])
        if match.lastgroup == "comment":
            end = match.end()
        elif match.lastgroup == "block":
            end = block_end(source, match.end())
        else:
            end = string_end(source, match.end(), match.group())
        parts.append(blank(source[match.start():end]))
        position = end
    return "".join(parts) + source[position:]


def block_end(source, position):
    """Behind the end of a block comment; they nest in Swift."""
    depth = 1
    while depth and (match := re.compile(r"/\*|\*/").search(source, position)):
        depth += 1 if match.group() == "/*" else -1
        position = match.end()
    return len(source) if depth else position


def string_end(source, position, opening):
    """Behind the end of a string literal; interpolations may hold strings of their own."""
    hashes = "#" * opening.count("#")
    closing = opening.lstrip("#") + hashes
    escape = "\\" + hashes
    while position < len(source):
        if source.startswith(closing, position):
            return position + len(closing)
        if source.startswith(escape + "(", position):
            position = interpolation_end(source, position + len(escape) + 1)
        elif source.startswith(escape, position):
            position += len(escape) + 1
        elif source[position] == "\n" and '"""' not in opening:
            return position
        else:
            position += 1
    return len(source)


def interpolation_end(source, position):
    depth = 1
    while position < len(source) and depth:
        match = re.compile(r'#*"""|#*"|[()]').search(source, position)
        if not match:
            return len(source)
        if match.group() in "()":
            depth += 1 if match.group() == "(" else -1
            position = match.end()
        else:
            position = string_end(source, match.end(), match.group())
    return position


@dataclasses.dataclass(frozen=True)
class SwiftSource:
    """One file, by its path below the root."""
    path: pathlib.PurePath
    text: str

    @functools.cached_property
    def lines(self):
        return self.text.splitlines()

    @functools.cached_property
    def code(self):
        return without_text_and_comments(self.text)

    @functools.cached_property
    def code_lines(self):
        return self.code.splitlines()

    @property
    def target(self):
        """The target that owns the file, or None outside of `Sources`."""
        parts = self.path.parts
        return parts[1] if len(parts) > 2 and parts[0] == "Sources" else None

    def imports(self):
        """Pairs of line number and module name."""
        pattern = re.compile(
            r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |private |fileprivate )?"
            r"import\s+(?:struct |class |enum |protocol |func |var |let |typealias )?(\w+)")
        for number, line in enumerate(self.code_lines, 1):
            if match := pattern.match(line):
                yield number, match.group(1)

    def functions(self):
        """Triples of first line, name and number of lines, body included."""
        for match in FUNCTION.finditer(self.code):
            end = self.body_end(match.end())
            if end is None:
                continue
            first = self.code.count("\n", 0, match.start()) + 1
            last = self.code.count("\n", 0, end) + 1
            yield first, match.group().strip(), last - first + 1

    def body_end(self, position):
        """The closing brace of the body that follows, or None for a requirement without one."""
        depth, parentheses = 0, 0
        for index in range(position, len(self.code)):
            character = self.code[index]
            if character in "([":
                parentheses += 1
            elif character in ")]":
                parentheses -= 1
                if parentheses < 0:
                    return None
            elif character == "{" and parentheses == 0:
                depth += 1
            elif character == "}" and parentheses == 0:
                depth -= 1
                if depth == 0:
                    return index
                if depth < 0:
                    return None
            elif character == "\n" and depth == 0 and parentheses == 0:
                rest = self.code[index:].lstrip()
                if not rest.startswith(("{", "->", "where", "throws", "async", ")", "rethrows")):
                    if not self.code[:index].rstrip().endswith(("->", ",", "where", "throws")):
                        return None
        return None
