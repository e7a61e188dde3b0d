# SPDX-License-Identifier: Apache-2.0
"""What the official SDKs understand of texts that go on from a prompt."""

import dataclasses

import ollama
import openai

import sdk_readings as sdk
from sdk_readings import Canned, Failed


@dataclasses.dataclass
class Completions:
    """What a reader understands, by the choice's index."""
    texts: dict = dataclasses.field(default_factory=dict)
    finishes: dict = dataclasses.field(default_factory=dict)
    input: int | None = None
    output: int | None = None

    def take(self, index, text, finish):
        self.texts[index] = self.texts.get(index, "") + (text or "")
        self.finishes[index] = finish or self.finishes.get(index)


def with_openai(reply):
    """By `openai`: a whole answer, or the chunks of a stream."""
    Canned.reply = reply
    try:
        answer = sdk.OPENAI.completions.create(model="x", prompt="x", stream=reply.is_stream)
        pieces = list(answer) if reply.is_stream else [answer]
    except openai.APIError as error:
        raise Failed(error.message) from error
    reading = Completions()
    for piece in pieces:
        if piece.usage:
            reading.input = piece.usage.prompt_tokens
            reading.output = piece.usage.completion_tokens
        for position, choice in enumerate(piece.choices or []):
            index = position if choice.index is None else choice.index
            reading.take(index, choice.text, choice.finish_reason)
    if not reading.texts:
        raise Failed("no choices")
    return reading


def with_ollama(reply):
    """By `ollama`."""
    Canned.reply = reply
    try:
        answer = sdk.OLLAMA.generate("x", "x", stream=reply.is_stream)
        pieces = list(answer) if reply.is_stream else [answer]
    except ollama.ResponseError as error:
        raise Failed(error.error) from error
    reading = Completions()
    for piece in pieces:
        reading.take(0, piece.response, piece.done_reason)
        reading.input, reading.output = piece.prompt_eval_count, piece.eval_count
    return reading


READERS = {"openai": with_openai, "azure-openai": with_openai, "ollama": with_ollama}
