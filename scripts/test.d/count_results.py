# SPDX-License-Identifier: Apache-2.0
"""Sums JUnit files: prints passed, failed and skipped tests as three numbers.

A file that is named but absent, or that holds no test, counts as one failure: a runner that
crashed must not look like one that had nothing to do.
"""

import sys
import xml.etree.ElementTree as ElementTree


def counts(path):
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 0, 1, 0
    total = failed = skipped = 0
    for case in root.iter("testcase"):
        outcomes = {child.tag for child in case}
        total += 1
        failed += bool(outcomes & {"failure", "error"})
        skipped += "skipped" in outcomes
    if total == 0:
        print(f"{path}: no test ran", file=sys.stderr)
        return 0, 1, 0
    return total - failed - skipped, failed, skipped


def main():
    sums = [sum(column) for column in zip(*(counts(path) for path in sys.argv[1:]))]
    print(*sums)


if __name__ == "__main__":
    main()
