# SPDX-License-Identifier: Apache-2.0
"""Every recorded request in OpenAI's words, sent towards every format, against its own schema.

Each becomes a request that the provider's schema allows, or a 400 that names the parameter. And of
each parameter it is known what became of it: it is in the request that was sent, by its name or by
one of `EQUIVALENTS`; or in `x-martlet-dropped`; or it asked for nothing.
"""

import asyncio
import collections
import dataclasses
import json
import typing

import httpx
import pytest

import schemas
import walk
from capturing_upstream import CapturingUpstream
from gateway import Gateway
from mock_upstream import SHARED

LANES = 6
# Parameters that are about the call itself, not about the answer.
OF_THE_CALL = {"model", "messages", "stream", "stream_options"}


@dataclasses.dataclass(frozen=True)
class Target:
    """Where requests go, and by which schema they are judged."""
    name: str
    provider: typing.Mapping
    model: str
    judge: typing.Callable
    equivalents: typing.Mapping       # parameter: paths in the request, any of which has it
    version: str = ""
    # Values that are this provider's own defaults.
    nothing: typing.Mapping = dataclasses.field(default_factory=dict)


# Beside the schemas, each with its evidence.
ANTHROPIC_ALSO = {
    "stream": {"const": True},  # the schema is that of calls without
    # The newest SDK leaves them out; 59 recorded requests for models until 4.6 have them, answered.
    "temperature": {"type": "number", "minimum": 0, "maximum": 1},
    "top_p": {"type": "number", "minimum": 0, "maximum": 1}, "top_k": {"type": "integer"}}
# Recorded: 32 tool results with `tool_name`, 32 calls with `type`, thinking given back. The public
# description is older than the server: its `ToolCall` has `id`, its function `index`.
OLLAMA_ALSO = {
    "messages.[].thinking": {"type": "string"}, "messages.[].tool_name": {"type": "string"},
    "messages.[].tool_call_id": {"type": "string"},
    "messages.[].tool_calls.[].id": {"type": "string"},
    "messages.[].tool_calls.[].type": {"const": "function"},
    "messages.[].tool_calls.[].function.index": {"type": "integer"}}


# Recorded: answered with 200 for `null`.
MISTRAL_ALSO = {
    "frequency_penalty": {"type": ["number", "null"]},
    "presence_penalty": {"type": ["number", "null"]},
    "stop": {"type": ["string", "array", "null"]}}


def anthropic():
    return schemas.standalone(
        "anthropic-messages.schema.json", "MessageCreateParamsNonStreaming", extensions=ANTHROPIC_ALSO)


def gemini():
    # The tier stands beside the file's types, in the call: google-genai, types.ServiceTier.
    tiers = {"serviceTier": {"enum": ["standard", "flex", "priority"]}}
    return schemas.composed(
        "gemini-generateContent.schema.json",
        {"systemInstruction": "Content", "generationConfig": "GenerationConfig",
         "toolConfig": "ToolConfig"},
        {"contents": "Content", "tools": "Tool", "safetySettings": "SafetySetting"}, tiers)


def bedrock():
    return schemas.service_model("bedrock-runtime.service.json", "ConverseRequest")


def openapi(name, reference, extensions=None):
    return lambda: schemas.validator(name, reference, True, extensions)


def openai():
    """What a request is for OpenAI itself: there, what a client says wrong is the client's."""
    return schemas.validator("openai.openapi.json", "components/schemas/CreateChatCompletionRequest", True)


ANTHROPIC = {
    "max_completion_tokens": ["max_tokens"], "stop": ["stop_sequences"],
    "reasoning_effort": ["thinking", "output_config.effort"],
    "response_format": ["output_config.format", "tools"], "functions": ["tools"],
    "function_call": ["tool_choice"], "parallel_tool_calls": ["tool_choice.disable_parallel_tool_use"],
    "user": ["metadata.user_id"], "safety_identifier": ["metadata.user_id"],
    "web_search_options": ["tools"], "tool_choice": ["tool_choice"],
}
GEMINI = {
    "max_tokens": ["generationConfig.maxOutputTokens"],
    "max_completion_tokens": ["generationConfig.maxOutputTokens"],
    "temperature": ["generationConfig.temperature"], "top_p": ["generationConfig.topP"],
    "top_k": ["generationConfig.topK"], "seed": ["generationConfig.seed"],
    "stop": ["generationConfig.stopSequences"], "n": ["generationConfig.candidateCount"],
    "presence_penalty": ["generationConfig.presencePenalty"],
    "frequency_penalty": ["generationConfig.frequencyPenalty"],
    "logprobs": ["generationConfig.responseLogprobs"],
    "top_logprobs": ["generationConfig.logprobs"],
    "response_format": ["generationConfig.responseMimeType"],
    "reasoning_effort": ["generationConfig.thinkingConfig"],
    "reasoning": ["generationConfig.thinkingConfig"],
    "modalities": ["generationConfig.responseModalities"],
    "audio": ["generationConfig.speechConfig"], "functions": ["tools"],
    "tool_choice": ["toolConfig.functionCallingConfig"],
    "function_call": ["toolConfig.functionCallingConfig"], "web_search_options": ["tools"],
    "service_tier": ["serviceTier"],
}
BEDROCK = {
    "max_tokens": ["inferenceConfig.maxTokens"],
    "max_completion_tokens": ["inferenceConfig.maxTokens"],
    "temperature": ["inferenceConfig.temperature"], "top_p": ["inferenceConfig.topP"],
    "stop": ["inferenceConfig.stopSequences"], "metadata": ["requestMetadata"],
    "tools": ["toolConfig.tools"], "functions": ["toolConfig.tools"],
    "tool_choice": ["toolConfig.toolChoice"], "function_call": ["toolConfig.toolChoice"],
    "service_tier": ["serviceTier"],
    "response_format": ["outputConfig", "toolConfig.tools"],
    "reasoning_effort": ["additionalModelRequestFields"],
    "parallel_tool_calls": ["additionalModelRequestFields"],
    "top_k": ["additionalModelRequestFields"], "user": ["additionalModelRequestFields"],
    "seed": ["additionalModelRequestFields"], "n": ["additionalModelRequestFields"],
    "presence_penalty": ["additionalModelRequestFields"],
    "frequency_penalty": ["additionalModelRequestFields"],
    "thinking": ["additionalModelRequestFields.thinking"],
}
COHERE = {
    "max_completion_tokens": ["max_tokens"], "top_p": ["p"], "top_k": ["k"],
    "stop": ["stop_sequences"], "functions": ["tools"], "function_call": ["tool_choice"],
    "reasoning_effort": ["thinking"], "tool_choice": ["tool_choice", "tools"],
}
OLLAMA = {
    "max_tokens": ["options.num_predict"], "max_completion_tokens": ["options.num_predict"],
    "stop": ["options.stop"], "response_format": ["format"], "reasoning_effort": ["think"],
    "functions": ["tools"],
    **{name: [f"options.{name}"] for name in (
        "temperature", "top_p", "top_k", "min_p", "seed", "presence_penalty", "frequency_penalty")},
}
MISTRAL = {"max_completion_tokens": ["max_tokens"], "seed": ["random_seed"]}


NO_EFFORT = {"reasoning_effort": ["none"]}


def target(name, dialect, model, judge, equivalents, version="", nothing=NO_EFFORT, **more):
    return Target(name, {"dialect": dialect, **more}, model, judge, equivalents, version, nothing)


TARGETS = [
    *(target(f"anthropic {model}", "anthropic", model, anthropic, ANTHROPIC,
             nothing=NO_EFFORT | {"temperature": [1], "top_p": [1]}) for model in (
        "claude-3-5-haiku-20241022", "claude-sonnet-4-5", "claude-opus-4-6")),
    *(target(f"gemini {model}", "gemini", model, gemini, GEMINI) for model in (
        "gemini-2.5-flash", "gemini-3-pro-preview")),
    *(target(f"bedrock {model}", "bedrock-converse", model, bedrock, BEDROCK) for model in (
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-pro-v1:0",
        "meta.llama3-3-70b-instruct-v1:0")),
    target("cohere", "cohere-v2", "command-a-03-2025",
           openapi("cohere.openapi.json",
                   "paths/~1v2~1chat/post/requestBody/content/application~1json/schema"), COHERE),
    target("mistral", "openai", "mistral-small-latest",
           openapi("mistral.openapi.json", "components/schemas/ChatCompletionRequest", MISTRAL_ALSO),
           MISTRAL, "/v1", vendor="mistral"),
    target("ollama", "ollama", "qwen3",
           openapi("ollama.openapi.json", "components/schemas/ChatRequest", OLLAMA_ALSO), OLLAMA),
]


@dataclasses.dataclass
class Outcome:
    """What became of one request."""
    status: int
    error: dict
    dropped: list
    sent: dict | None                 # what the provider got


def recorded_requests():
    """{record's id: the client's body}."""
    folder = SHARED / "recordings"
    found = {}
    for entry in walk.index():
        if entry["dialect"] == "openai-chat":
            body = json.loads((folder / entry["file"]).read_text())["request"]["body"]
            if isinstance(body, dict) and "messages" in body:
                found[entry["id"]] = body
    return found


@pytest.fixture(scope="module")
def requests():
    found = recorded_requests()
    if not found or not schemas.is_here():
        pytest.skip("recordings and schemas are not here: they come from the shared folder")
    return found


@pytest.fixture(scope="module")
def sender(tmp_path_factory):
    """Sends requests towards a target; one gateway with some lanes for each."""
    upstream = CapturingUpstream()
    base = upstream.base_url.removesuffix("/v1")
    providers = {
        f"t{number}.{lane}": {
            "api_key": "sk-x", "base_url": f"{base}/t{number}.{lane}{each.version}", **each.provider}
        for number, each in enumerate(TARGETS) for lane in range(LANES)}
    gateway = Gateway(tmp_path_factory.mktemp("requests"), providers).start()

    async def lane(client, name, model, bodies):
        outcomes = {}
        for key, body in bodies:
            upstream.requests.pop(name, None)
            reply = await client.post(
                f"{gateway.base_url}/chat/completions", json=body | {"model": f"{name}/{model}"})
            sent = upstream.requests.get(name)
            outcomes[key] = Outcome(
                reply.status_code, reply.json()["error"],
                reply.headers.get("x-martlet-dropped", "").split(", "),
                json.loads(sent[1]) if sent else None)
        return outcomes

    async def send(number, bodies):
        async with httpx.AsyncClient(timeout=60) as client:
            rows = list(bodies.items())
            parts = await asyncio.gather(*(
                lane(client, f"t{number}.{each}", TARGETS[number].model, rows[each::LANES])
                for each in range(LANES)))
        return {key: outcome for part in parts for key, outcome in part.items()}

    yield lambda number, bodies: asyncio.run(send(number, bodies))
    gateway.stop()
    upstream.stop()


def at(value, path):
    """What is at a dotted path, or None."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def asks_for_nothing(name, body):
    """Whether leaving a parameter out changes nothing, for every provider."""
    value = body[name]
    if name in ("tools", "tool_choice") and body.get("tool_choice") == "none":
        return True  # no tools, no calls
    if name == "parallel_tool_calls" and not body.get("tools"):
        return True
    nothing = {
        "n": [1], "presence_penalty": [0], "frequency_penalty": [0], "logprobs": [False],
        "store": [False], "parallel_tool_calls": [True], "logit_bias": [{}], "metadata": [{}],
        "tools": [[]], "functions": [[]], "stop": [[]], "modalities": [["text"]],
        "service_tier": ["auto", "default"], "response_format": [{"type": "text"}],
        "tool_choice": ["auto"], "function_call": ["auto"]}
    return value is None or value in nothing.get(name, [])


def lost_parameters(target, body, outcome):
    """Parameters of which nobody was told what became of them."""
    dropped = {name.partition(".")[0].partition("[")[0] for name in outcome.dropped}
    return [
        name for name, value in body.items()
        if name not in OF_THE_CALL and value not in target.nothing.get(name, ()) and not asks_for_nothing(name, body) and name not in dropped
        and name not in outcome.sent
        and not any(at(outcome.sent, path) is not None for path in target.equivalents.get(name, ()))]


@pytest.mark.parametrize("number", range(len(TARGETS)), ids=[each.name for each in TARGETS])
def test_every_request_is_valid_or_refused_by_name_and_nothing_is_lost_silently(
        number, requests, sender):
    target, judge, of_openai = TARGETS[number], TARGETS[number].judge(), openai()
    invalid, unnamed, lost = (collections.defaultdict(list) for _ in range(3))
    sent = 0
    for key, outcome in sender(number, requests).items():
        if outcome.sent is None:
            if outcome.status != 400 or not outcome.error["param"]:
                unnamed[outcome.status, outcome.error["message"]].append(key)
            continue
        sent += 1
        # Where a format is OpenAI's, what is wrong by OpenAI's own schema is the client's fault,
        # and the provider says so.
        own = {path for path, _ in schemas.problems(of_openai, requests[key])} if (
            target.provider["dialect"] == "openai") else set()
        for path, words in set(schemas.problems(judge, outcome.sent)):
            if path not in own:
                invalid[path, words].append(key)
        for name in lost_parameters(target, requests[key], outcome):
            lost[name].append(key)
    counted = [{what: (len(keys), keys[0]) for what, keys in found.items()}
               for found in (invalid, unnamed, lost)]
    words = [f"{what}: {count}" for each in counted for what, count in each.items()]
    if words:
        pytest.fail(f"towards {target.name}\n" + "\n".join(words), pytrace=False)
    assert sent > len(requests) * 3 // 4
