// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Prints a line for the person at the terminal, apart from the result on standard output.
func printToStandardError(_ line: String) {
    var bytes = Array("\(line)\n".utf8)
    _ = write(STDERR_FILENO, &bytes, bytes.count)
}
