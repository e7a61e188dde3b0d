// SPDX-License-Identifier: Apache-2.0

/// The tool that a model is made to call where it has no other way to keep to a form: its arguments
/// are the answer, and are told as the text.
enum AnswerTool {
    static let name = "martlet_json_answer"
}
