# SPDX-License-Identifier: Apache-2.0
"""Each check of `scripts/check` can fail: a clean tree with one defect has one complaint."""

import pathlib
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LICENCE = "// SPDX-License-Identifier: Apache-2.0\n"
# Written in two halves, so that this file itself passes.
TO_DO = "TO" + "DO"
PLACE = "/wo" + "rk/main"

GOLDEN = "Tests/TestSupport/Recordings/openai/basic"

CLEAN = {
    ".swift-format": (REPOSITORY / ".swift-format").read_text(),
    "Sources/Wire/Frame.swift": LICENCE + '''
/// A frame of bytes.
package struct Frame: Sendable {
    package var size: Int

    package init(size: Int) { self.size = size }

    /// Twice the size; `!` and TO-DO in text are no code: "try! x!".
    package func doubled() -> Int {
        let text = "a\\(size + [1].count) req! \\("nested")"
        return text.isEmpty ? 0 : size * 2
    }
}
''',
    "Sources/Shard/Loop.swift": LICENCE + '''internal import Dispatch
internal import Wire

// Owned by the shard's queue.
final class Loop: @unchecked Sendable {}
''',
    "Tests/WireTests/FrameTests.swift": LICENCE,
    "Tests/ShardTests/LoopTests.swift": LICENCE,
    "scripts/run": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n",
    "README.md": f"Later: {TO_DO} #12.\n",
} | {
    f"Tests/TestSupport/Recordings/openai/basic/{name}": "{}\n" for name in (
        "origin.json", "client-request.json", "upstream-request.http", "upstream-reply.head",
        "upstream-reply.body", "client-reply.head", "client-reply.body", "ledger.json")
} | {
    "Config/providers.json": '[{"id": "openai", "dialect": "openai"}]\n',
    f"{GOLDEN}/origin.json": '{"vendor": "openai", "dialect": "openai"}\n',
}

WIRE = "Sources/Wire/Frame.swift"
LONG_FUNCTION = LICENCE + "func long() {\n" + "    _ = 1\n" * 60 + "}\n"

# The check, the file, its new text (None: removed), a part of the complaint.
DEFECTS = [
    ("format", WIRE, LICENCE + "struct Frame {\n  var a = 1;\n}\n", "Frame.swift:3"),
    ("format", WIRE, LICENCE + f"let text = \"{'x' * 120}\"\n", "LineLength"),
    ("arrows", WIRE, LICENCE + "internal import ChatAPI\n", "Wire must not import ChatAPI"),
    ("arrows", WIRE, LICENCE + "@preconcurrency package import Shard\n", "must not import Shard"),
    ("arrows", "Sources/Odd/Odd.swift", LICENCE, "Odd has no row"),
    ("purity", WIRE, LICENCE + "import Foundation\n", "Wire is pure"),
    ("purity", WIRE, LICENCE + "internal import struct Dispatch.DispatchTime\n", "Dispatch"),
    ("purity", "Sources/Shard/Loop.swift", LICENCE + "import Foundation\n", "Shard is shell"),
    ("sizes", WIRE, LICENCE + "\n" * 400, "401 lines"),
    ("sizes", WIRE, LONG_FUNCTION, "func long has 62 lines"),
    ("sizes", WIRE, LONG_FUNCTION.replace("func long() {", "func a<T>(\n b: T\n)\nwhere T: X {"),
     "func a has 65 lines"),
    ("unchecked", WIRE, LICENCE + "// The queue owns it.\nfinal class A: @unchecked Sendable {}\n",
     "outside of the shell"),
    ("unchecked", "Sources/Shard/Loop.swift", LICENCE + "\nnonisolated(unsafe) var a = 1\n",
     "without a comment"),
    ("unwraps", WIRE, LICENCE + "let a = b.first!\n", "traps"),
    ("unwraps", WIRE, LICENCE + "let a = try! b()\n", "traps"),
    ("unwraps", WIRE, LICENCE + "let a = b as! Int\n", "traps"),
    ("unwraps", "Tests/WireTests/FrameTests.swift", LICENCE + "let a = b()!.c\n", "traps"),
    ("licence", WIRE, "struct Frame {}\n", "no SPDX line"),
    ("licence", "scripts/run", "#!/bin/sh\n", "no SPDX line"),
    ("documentation", WIRE, LICENCE + "package struct Frame {}\n", "struct Frame"),
    ("documentation", WIRE, LICENCE + "extension Int {\n    package static func a() {}\n}\n",
     "func a()"),
    ("documentation", WIRE, LICENCE + "/// A\n\npackage protocol B {}\n", "protocol B"),
    ("names", WIRE, LICENCE + "struct FrameManager {}\n", "Manager"),
    ("names", "Sources/Wire/FrameHelpers.swift", LICENCE, "Helpers"),
    ("names", WIRE, LICENCE + "func a(req: Int) {}\n", "abbreviation"),
    ("promises", "README.md", f"{TO_DO}: soon\n", "no issue number"),
    ("places", "README.md", f"See {PLACE}/x.\n", "place on one machine"),
    ("recordings", "Tests/TestSupport/Recordings/openai/basic/ledger.json", None, "ledger.json"),
    ("recordings", "Tests/TestSupport/Recordings/openai/stray.txt", "x", "<vendor>/<case>"),
    ("goldens", "Config/providers.json",
     '[{"id": "openai", "dialect": "openai"}, {"id": "new", "dialect": "openai"}]', "new has no"),
    ("goldens", f"{GOLDEN}/origin.json", '{"vendor": "openai", "dialect": "gemini"}', "openai has no"),
    ("goldens", f"{GOLDEN}/origin.json", '{"vendor": "openai", "dialect": "replicate"}',
     "replicate is recorded"),
    ("suites", "Tests/WireTests/FrameTests.swift", None, "WireTests"),
]


@pytest.fixture
def tree(tmp_path):
    for path, text in CLEAN.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def run_checks(tree, *names):
    return subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "check", "--root", tree, *names],
        capture_output=True, text=True, timeout=60)


def test_a_clean_tree_passes(tree):
    done = run_checks(tree)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "path", "text", "complaint"), DEFECTS, ids=[
    f"{row[0]}: {row[3]}" for row in DEFECTS])
def test_a_defect_is_found(tree, name, path, text, complaint):
    if text is None:
        (tree / path).unlink()
    else:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    done = run_checks(tree, name)
    assert done.returncode == 1, done.stdout + done.stderr
    assert complaint in done.stdout


def test_a_changed_catalogue_is_found(tree):
    (tree / "scripts" / "make-catalogue").write_text("import sys\nsys.exit('row 3 differs')\n")
    (tree.parent / "shared" / "catalog").mkdir(parents=True, exist_ok=True)
    done = run_checks(tree, "catalogue")
    assert done.returncode == 1 and "row 3 differs" in done.stdout


def test_every_check_has_a_defect_that_it_finds():
    listed = run_checks(REPOSITORY, "--list").stdout
    names = {line.split()[0] for line in listed.splitlines()}
    assert names == {row[0] for row in DEFECTS} | {"catalogue"}


def test_an_unknown_check_is_refused(tree):
    assert run_checks(tree, "nonsense").returncode == 2
