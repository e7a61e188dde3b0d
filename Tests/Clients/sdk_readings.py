# SPDX-License-Identifier: Apache-2.0
"""What the official SDKs understand of a provider's bytes, and of the gateway's.

Each reader gives the bytes to an SDK as the server's reply, or to the SDK's own types, and tells
what came of it in one shape. Nothing of the gateway is used.
"""

import dataclasses
import json

import anthropic
import botocore.eventstream
import botocore.parsers
import botocore.session
import cohere
import httpx
import httpx2
import ollama
import openai
from google.genai import types as google
from mistralai.client import Mistral

from raw_http import events

QUESTION = [{"role": "user", "content": "Hello"}]


@dataclasses.dataclass
class Reply:
    """A server's reply, whole."""
    status: int
    headers: dict
    body: bytes
    is_stream: bool


@dataclasses.dataclass
class Reading:
    """What a reader understands; `finish` in the words of the API that was read."""
    text: str = ""
    reasoning: str = ""
    calls: list = dataclasses.field(default_factory=list)   # (name, arguments as JSON)
    finish: str | None = None
    input: int | None = None
    output: int | None = None


class Failed(Exception):
    """The reply is a failure, by the SDK's own judgement."""


class Canned:
    """HTTP clients for SDKs, whose server always sends the reply that is set."""
    reply = None

    @classmethod
    def client(cls, module):
        def answer(_):
            return module.Response(
                cls.reply.status, headers=cls.reply.headers, content=cls.reply.body)
        return module.Client(transport=module.MockTransport(answer))


OPENAI = openai.OpenAI(api_key="x", max_retries=0, http_client=Canned.client(httpx2))
ANTHROPIC = anthropic.Anthropic(api_key="x", max_retries=0, http_client=Canned.client(httpx2))
COHERE = cohere.ClientV2("x", httpx_client=Canned.client(httpx))
MISTRAL = Mistral(api_key="x", client=Canned.client(httpx2))
OLLAMA = ollama.Client(transport=httpx.MockTransport(lambda _: httpx.Response(
    Canned.reply.status, headers=Canned.reply.headers, content=Canned.reply.body)))
BEDROCK = botocore.session.Session().get_service_model("bedrock-runtime")


def arguments(text):
    """Arguments as JSON, or as they are where they are none."""
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def with_openai(reply):
    """By `openai`: a whole answer, or the chunks of a stream."""
    Canned.reply = reply
    try:
        answer = OPENAI.chat.completions.create(model="x", messages=QUESTION, stream=reply.is_stream)
        chunks = list(answer) if reply.is_stream else [answer]
    except openai.APIError as error:
        raise Failed(error.message) from error
    reading, calls = Reading(), {}
    for chunk in chunks:
        if chunk.usage:
            reading.input = chunk.usage.prompt_tokens
            reading.output = chunk.usage.completion_tokens
        for choice in chunk.choices or []:
            if choice.index not in (0, None):
                continue
            reading.finish = choice.finish_reason or reading.finish
            take_openai(choice.delta if reply.is_stream else choice.message, reading, calls)
    if not any(chunk.choices for chunk in chunks):
        raise Failed("no choices")
    reading.calls = [(name, arguments(text)) for name, text in calls.values()]
    return reading


def take_openai(message, reading, calls):
    if message is None:
        return
    content = message.content
    if isinstance(content, str):
        reading.text += content
    elif content is not None:
        reading.text += json.dumps(content)
    extra = message.model_extra or {}
    reasoning = extra.get("reasoning_content") or extra.get("reasoning")
    reading.reasoning += reasoning if isinstance(reasoning, str) else ""
    for position, call in enumerate(message.tool_calls or []):
        index = getattr(call, "index", None)
        index = position if index is None else index
        name, text = calls.get(index, ("", ""))
        if call.function:
            calls[index] = (name + (call.function.name or ""), text + (call.function.arguments or ""))


def with_mistral(reply):
    """By `mistralai`."""
    Canned.reply = reply
    try:
        if reply.is_stream:
            pieces = [event.data for event in MISTRAL.chat.stream(model="x", messages=QUESTION)]
        else:
            pieces = [MISTRAL.chat.complete(model="x", messages=QUESTION)]
    except Exception as error:
        if not hasattr(error, "status_code"):
            raise
        raise Failed(str(error)) from error
    reading, calls = Reading(), {}
    for piece in pieces:
        if piece.usage:
            reading.input, reading.output = piece.usage.prompt_tokens, piece.usage.completion_tokens
        for choice in piece.choices:
            if choice.index != 0:
                continue
            message = choice.delta if reply.is_stream else choice.message
            reading.finish = choice.finish_reason or reading.finish
            for part in message.content if isinstance(message.content, list) else []:
                reading.text += getattr(part, "text", "")
                reading.reasoning += "".join(
                    getattr(piece, "text", "") for piece in getattr(part, "thinking", ()))
            reading.text += message.content if isinstance(message.content, str) else ""
            for position, call in enumerate(message.tool_calls or []):
                index = max(position, call.index or 0)
                name, text = calls.get(index, ("", ""))
                more = call.function.arguments
                text += more if isinstance(more, str) else json.dumps(more)
                calls[index] = (name + call.function.name, text)
    reading.calls = [(name, arguments(text)) for name, text in calls.values()]
    return reading


def with_anthropic(reply):
    """By `anthropic`, whose stream helper puts the message together."""
    Canned.reply = reply
    options = {"model": "x", "max_tokens": 1, "messages": QUESTION}
    try:
        if reply.is_stream:
            with ANTHROPIC.messages.stream(**options) as stream:
                message = stream.get_final_message()
        else:
            message = ANTHROPIC.messages.create(**options)
    except anthropic.APIError as error:
        raise Failed(error.message) from error
    except AssertionError:
        # The helper wants `message_start`; some servers send a whole message as the only event.
        event, = events(reply.body)
        message = anthropic.types.Message.model_validate_json(event)
    reading = Reading(finish=message.stop_reason)
    for block in message.content:
        if block.type == "text":
            reading.text += block.text
        elif block.type == "thinking":
            reading.reasoning += block.thinking
        elif block.type == "tool_use":
            reading.calls.append((block.name, block.input))
    usage = message.usage
    reading.input = usage.input_tokens + (usage.cache_read_input_tokens or 0) + (
        usage.cache_creation_input_tokens or 0)
    reading.output = usage.output_tokens
    return reading


def with_google(reply):
    """By the types of `google-genai`: of a whole answer, of events, of an array of answers."""
    if reply.status >= 400:
        raise Failed(reply.body.decode(errors="replace"))
    text = reply.body.decode()
    pieces = [json.loads(event) for event in events(text)] if text.lstrip().startswith("data:") else (
        json.loads(text))
    reading = Reading()
    for piece in pieces if isinstance(pieces, list) else [pieces]:
        if "error" in piece:
            raise Failed(str(piece["error"]))
        answer = google.GenerateContentResponse._from_response(response=named(piece), kwargs={})
        take_google(answer, reading)
    return reading


# The numbers of Google's enums in some recordings, which its SDK knows by name only. Source:
# google.ai.generativelanguage.v1beta.
NUMBERED = {
    "finishReason": [None, "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"],
    "modality": [None, "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"],
    "trafficType": [None, "ON_DEMAND", "PROVISIONED_THROUGHPUT"],
}


def named(value):
    """The same with names for the numbers of enums, and without ratings, which nobody compares."""
    if isinstance(value, list):
        return [named(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        key: NUMBERED[key][part] if key in NUMBERED and isinstance(part, int) else named(part)
        for key, part in value.items() if key != "safetyRatings"}


def take_google(answer, reading):
    usage = answer.usage_metadata
    if usage and usage.prompt_token_count is not None:
        reading.input = usage.prompt_token_count + (usage.tool_use_prompt_token_count or 0)
        counts = (usage.candidates_token_count, usage.thoughts_token_count)
        reading.output = None if counts == (None, None) else sum(count or 0 for count in counts)
        if reading.output is None and usage.total_token_count == reading.input:
            reading.output = 0
    feedback = answer.prompt_feedback
    if feedback and feedback.block_reason and not answer.candidates:
        reading.finish = "blocked"
    for candidate in answer.candidates or []:
        if candidate.index:
            continue
        if candidate.finish_reason:
            reading.finish = candidate.finish_reason.name
        for part in (candidate.content and candidate.content.parts) or []:
            if part.function_call:
                reading.calls.append((part.function_call.name, part.function_call.args or {}))
            if part.text and part.thought:
                reading.reasoning += part.text
            elif part.text:
                reading.text += part.text
            # What ran at the provider is told as reasoning.
            if code := part.executable_code:
                reading.reasoning += f"```{(code.language or '').lower()}\n{code.code}\n```\n"
            if result := part.code_execution_result:
                reading.reasoning += f"```\n{result.output or result.outcome.name}\n```\n"


def with_botocore(reply):
    """By botocore's service model and its parsers, of JSON and of event streams."""
    operation = BEDROCK.operation_model("ConverseStream" if reply.is_stream else "Converse")
    parser = botocore.parsers.create_parser("rest-json")
    if reply.status >= 400:
        raise Failed(str(parser.parse(
            {"status_code": reply.status, "headers": reply.headers, "body": reply.body},
            operation.output_shape)["Error"]))
    if not reply.is_stream:
        answer = parser.parse(
            {"status_code": 200, "headers": reply.headers, "body": reply.body},
            operation.output_shape)
        reading = Reading(finish=answer["stopReason"])
        for block in answer["output"]["message"]["content"]:
            take_block(block, reading)
        return take_counts(answer["usage"], reading)

    class Source:
        def stream(self):
            yield reply.body
    source = botocore.eventstream.EventStream(
        Source(), operation.output_shape.members["stream"],
        parser._event_stream_parser, "ConverseStream")
    reading, inputs = Reading(), {}
    for event in source:
        if start := event.get("contentBlockStart"):
            use = start["start"].get("toolUse")
            if use and use.get("type") != "server_tool_use":
                inputs[start["contentBlockIndex"]] = len(reading.calls)
                reading.calls.append((use["name"], ""))
        if piece := event.get("contentBlockDelta"):
            delta = piece["delta"]
            reading.text += delta.get("text", "")
            reading.reasoning += delta.get("reasoningContent", {}).get("text", "")
            position = inputs.get(piece["contentBlockIndex"])
            if "toolUse" in delta and position is not None:
                name, text = reading.calls[position]
                reading.calls[position] = (name, text + delta["toolUse"]["input"])
        if stop := event.get("messageStop"):
            reading.finish = stop["stopReason"]
        if metadata := event.get("metadata"):
            take_counts(metadata["usage"], reading)
    reading.calls = [(name, arguments(text)) for name, text in reading.calls]
    return reading


def take_block(block, reading):
    reading.text += block.get("text", "")
    reading.reasoning += block.get("reasoningContent", {}).get("reasoningText", {}).get("text", "")
    for piece in block.get("citationsContent", {}).get("content", []):
        reading.text += piece.get("text", "")
    use = block.get("toolUse")
    if use and use.get("type") != "server_tool_use":
        reading.calls.append((use["name"], use["input"]))


def take_counts(usage, reading):
    reading.input = usage["inputTokens"] + usage.get("cacheReadInputTokens", 0) + usage.get(
        "cacheWriteInputTokens", 0)
    reading.output = usage["outputTokens"]
    return reading


def with_cohere(reply):
    """By `cohere`."""
    Canned.reply = reply
    try:
        if reply.is_stream:
            return cohere_stream(COHERE.chat_stream(model="x", messages=[]))
        answer = COHERE.chat(model="x", messages=[])
    except cohere.core.ApiError as error:
        raise Failed(str(error.body)) from error
    reading = Reading(finish=answer.finish_reason)
    reading.reasoning = answer.message.tool_plan or ""
    for block in answer.message.content or []:
        reading.text += getattr(block, "text", None) or ""
        reading.reasoning += getattr(block, "thinking", None) or ""
    for call in answer.message.tool_calls or []:
        reading.calls.append((call.function.name, arguments(call.function.arguments) or {}))
    return billed(answer.usage, reading)


def cohere_stream(stream):
    reading = Reading()
    for event in stream:
        message = getattr(getattr(event, "delta", None), "message", None)
        if event.type == "tool-plan-delta":
            reading.reasoning += message.tool_plan or ""
        elif event.type in ("content-start", "content-delta"):
            reading.text += getattr(message.content, "text", None) or ""
            reading.reasoning += getattr(message.content, "thinking", None) or ""
        elif event.type == "tool-call-start":
            function = message.tool_calls.function
            reading.calls.append((function.name, function.arguments or ""))
        elif event.type == "tool-call-delta":
            name, text = reading.calls[-1]
            reading.calls[-1] = (name, text + (message.tool_calls.function.arguments or ""))
        elif event.type == "message-end":
            reading.finish = event.delta.finish_reason
            billed(event.delta.usage, reading)
    reading.calls = [(name, arguments(text) or {}) for name, text in reading.calls]
    return reading


def billed(usage, reading):
    if usage and usage.billed_units:
        reading.input = usage.billed_units.input_tokens
        reading.output = usage.billed_units.output_tokens
    return reading


def with_ollama(reply):
    """By `ollama`."""
    Canned.reply = reply
    try:
        answer = OLLAMA.chat("x", [], stream=reply.is_stream)
        pieces = list(answer) if reply.is_stream else [answer]
    except ollama.ResponseError as error:
        raise Failed(error.error) from error
    reading = Reading()
    for piece in pieces:
        reading.text += piece.message.content or ""
        reading.reasoning += piece.message.thinking or ""
        for call in piece.message.tool_calls or []:
            reading.calls.append((call.function.name, dict(call.function.arguments)))
        reading.finish = piece.done_reason or reading.finish
        reading.input, reading.output = piece.prompt_eval_count, piece.eval_count
    return reading
