# SPDX-License-Identifier: Apache-2.0
"""Every recorded request in OpenAI's words, sent towards every format, against its own schema.

Each becomes a request that the provider's schema allows, or a 400 that names the parameter. And of
each parameter it is known what became of it: it is in the request that was sent, with its value,
where the provider has it; or in `x-martlet-dropped`; or it asked for nothing.
"""

import asyncio
import collections
import copy
import dataclasses
import functools
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
# What the gateway itself acts on instead of passing it on: all of `models`, and these of `provider`.
ROUTED = {
    "order", "only", "ignore", "allow_fallbacks", "sort", "max_price", "require_parameters",
    "data_collection"}
# Parameters of a word, for which a provider has one of its own, an object, or the opposite.
IN_OTHER_WORDS = {"reasoning_effort", "tool_choice", "function_call", "parallel_tool_calls"}


@dataclasses.dataclass(frozen=True)
class Target:
    """Where requests go, and by which schema they are judged."""
    name: str
    provider: typing.Mapping
    model: str
    judge: typing.Callable
    # A parameter's paths in the request, any of which has it; its own name where there is no row.
    equivalents: typing.Mapping
    # Places where the schema allows anything: JSON schemas and arguments of tools, above all.
    free: typing.Collection
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


# What a model is told past Converse, which takes anything there: `thinking` and `output_config` as
# Anthropic has them, `reasoning_config` as recorded for Qwen, `topK` as for Nova.
BEDROCK_FIELDS = schemas.closed(
    thinking=schemas.closed(
        type={"enum": ["enabled", "adaptive"]}, budget_tokens={"type": "integer"}),
    output_config=schemas.closed(effort={"type": "string"}),
    reasoning_config={"type": "string"}, top_k={"type": "integer"},
    inferenceConfig=schemas.closed(topK={"type": "integer"}))


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
    return schemas.service_model(
        "bedrock-runtime.service.json", "ConverseRequest",
        {"additionalModelRequestFields": BEDROCK_FIELDS})


def openapi(name, reference, extensions=None):
    return lambda: schemas.validator(name, reference, True, extensions)


def openai():
    """What a request is for OpenAI itself: there, what a client says wrong is the client's. Open, as
    an unknown member is no fault there."""
    return schemas.validator("openai.openapi.json", "components/schemas/CreateChatCompletionRequest")


# Where the request that is sent says a parameter, by dotted paths: `[]` is any element, `[a=b]` one
# that has b as its `a`, or in a member. A parameter without a row is said by its own name.
ANSWER_TOOL = "martlet_json_answer"
ANTHROPIC = {
    "max_completion_tokens": ["max_tokens"], "stop": ["stop_sequences"],
    "reasoning_effort": ["thinking", "output_config.effort"],
    "response_format": ["output_config.format", f"tools.[name={ANSWER_TOOL}]"],
    "tools": ["tools.[].input_schema"], "functions": ["tools.[].input_schema"],
    "function_call": ["tool_choice"], "parallel_tool_calls": ["tool_choice.disable_parallel_tool_use"],
    "user": ["metadata.user_id"], "safety_identifier": ["metadata.user_id"],
    "web_search_options": ["tools.[name=web_search]"],
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
    "audio": ["generationConfig.speechConfig"],
    "tools": ["tools.[].functionDeclarations"], "functions": ["tools.[].functionDeclarations"],
    "tool_choice": ["toolConfig.functionCallingConfig"],
    "function_call": ["toolConfig.functionCallingConfig"],
    "web_search_options": ["tools.[].googleSearch"], "service_tier": ["serviceTier"],
}
# What a model of Bedrock is told in its own words.
OF_MODEL = "additionalModelRequestFields"
BEDROCK = {
    "max_tokens": ["inferenceConfig.maxTokens"],
    "max_completion_tokens": ["inferenceConfig.maxTokens"],
    "temperature": ["inferenceConfig.temperature"], "top_p": ["inferenceConfig.topP"],
    "stop": ["inferenceConfig.stopSequences"], "metadata": ["requestMetadata"],
    "tools": ["toolConfig.tools"], "functions": ["toolConfig.tools"],
    "tool_choice": ["toolConfig.toolChoice"], "function_call": ["toolConfig.toolChoice"],
    "service_tier": ["serviceTier"],
    "response_format": ["outputConfig", f"toolConfig.tools.[name={ANSWER_TOOL}]"],
    "reasoning_effort": [f"{OF_MODEL}.{name}" for name in (
        "thinking", "output_config.effort", "reasoningConfig", "reasoning_effort",
        "reasoning_config")],
    "top_k": [f"{OF_MODEL}.top_k", f"{OF_MODEL}.inferenceConfig.topK"],
}
COHERE = {
    "max_completion_tokens": ["max_tokens"], "top_p": ["p"], "top_k": ["k"],
    "stop": ["stop_sequences"], "functions": ["tools"], "function_call": ["tool_choice"],
    "reasoning_effort": ["thinking"],
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


def target(name, dialect, model, judge, equivalents, free, version="", nothing=NO_EFFORT, **more):
    return Target(
        name, {"dialect": dialect, **more}, model, judge, equivalents, free, version, nothing)


TARGETS = [
    *(target(f"anthropic {model}", "anthropic", model, anthropic, ANTHROPIC,
             ["tools.[].input_schema", "messages.[].content.[].input", "output_config.format.schema"],
             nothing=NO_EFFORT | {"temperature": [1], "top_p": [1]}) for model in (
        "claude-3-5-haiku-20241022", "claude-sonnet-4-5", "claude-opus-4-6")),
    *(target(f"gemini {model}", "gemini", model, gemini, GEMINI,
             ["tools.[].functionDeclarations.[].parametersJsonSchema",
              "contents.[].parts.[].functionCall.args",
              "contents.[].parts.[].functionResponse.response",
              "generationConfig.responseJsonSchema"]) for model in (
        "gemini-2.5-flash", "gemini-3-pro-preview")),
    *(target(f"bedrock {model}", "bedrock-converse", model, bedrock, BEDROCK,
             ["toolConfig.tools.[].toolSpec.inputSchema.json",
              "messages.[].content.[].toolUse.input"]) for model in (
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-pro-v1:0",
        "meta.llama3-3-70b-instruct-v1:0")),
    target("cohere", "cohere-v2", "command-a-03-2025",
           openapi("cohere.openapi.json",
                   "paths/~1v2~1chat/post/requestBody/content/application~1json/schema"), COHERE,
           ["tools.[].function.parameters", "response_format.json_schema"]),
    target("mistral", "openai", "mistral-small-latest",
           openapi("mistral.openapi.json", "components/schemas/ChatCompletionRequest", MISTRAL_ALSO),
           MISTRAL, ["tools.[].function.parameters", "response_format.json_schema.schema"], "/v1",
           vendor="mistral"),
    # Its options are those of whatever runs the model.
    target("ollama", "ollama", "qwen3",
           openapi("ollama.openapi.json", "components/schemas/ChatRequest", OLLAMA_ALSO), OLLAMA,
           ["tools.[].function.parameters", "messages.[].tool_calls.[].function.arguments", "format",
            "options"]),
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
def outcomes(requests, tmp_path_factory):
    """What became of every request towards a target, by its number; one gateway with some lanes for
    each."""
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

    async def send(number):
        async with httpx.AsyncClient(timeout=60) as client:
            rows = list(requests.items())
            parts = await asyncio.gather(*(
                lane(client, f"t{number}.{each}", TARGETS[number].model, rows[each::LANES])
                for each in range(LANES)))
        return {key: outcome for part in parts for key, outcome in part.items()}

    yield functools.cache(lambda number: asyncio.run(send(number)))
    gateway.stop()
    upstream.stop()


def is_like(element, name, wanted):
    """Whether an object has a member, itself or in one of its own."""
    return isinstance(element, dict) and (
        element.get(name) == wanted
        or any(inner.get(name) == wanted for inner in element.values() if isinstance(inner, dict)))


def found(value, path):
    """What is at a dotted path: (the object or array that has it, its key or index, the value)."""
    step, _, rest = path.partition(".")
    if step.startswith("["):
        name, _, wanted = step[1:-1].partition("=")
        steps = [(index, each) for index, each in enumerate(value if isinstance(value, list) else ())
                 if not name or is_like(each, name, wanted)]
    else:
        steps = [(step, value[step])] if isinstance(value, dict) and step in value else []
    for key, each in steps:
        if rest:
            yield from found(each, rest)
        elif each is not None:
            yield value, key, each


def places_of(target, name, sent):
    """Where a parameter is said in the request that was sent."""
    return [place for path in target.equivalents.get(name, [name]) for place in found(sent, path)]


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
    return [
        name for name, value in body.items()
        if name not in OF_THE_CALL and name not in outcome.dropped
        and not is_routed(name, value, outcome) and value not in target.nothing.get(name, ()) and not asks_for_nothing(name, body)
        and not any(is_said(name, value, got)
                    for _, _, got in places_of(target, name, outcome.sent))]


def is_routed(name, value, outcome):
    """Whether the gateway acts on a parameter, and has reported what of it it does not act on."""
    if name != "provider" or not isinstance(value, dict):
        return name == "models"
    return all(
        member in ROUTED or f"provider.{member}" in outcome.dropped for member in value)


def is_said(name, value, got):
    """Whether what was sent is what the client said: numbers and texts are the same, unless they
    are another's words for it."""
    return isinstance(value, (dict, list)) or name in IN_OTHER_WORDS or got in (value, [value])


def objects(value, path=""):
    """(path, object) of all objects in a value, with `[]` for any element."""
    if isinstance(value, dict):
        yield path, value
    steps = value.items() if isinstance(value, dict) else (
        [("[]", each) for each in value] if isinstance(value, list) else ())
    for step, each in steps:
        yield from objects(each, f"{path}.{step}" if path else step)


def strings(value):
    """All texts in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def words_of(message):
    """What a message says: texts, files, the calls of tools."""
    content = message.get("content") or []
    for part in [{"text": content}] if isinstance(content, str) else content:
        yield part.get("text") or ""
        for kind, name in (("image_url", "url"), ("file", "file_data"), ("input_audio", "data")):
            file = part.get(kind) or ""
            # Of a `data:` URL the bytes: providers have their type elsewhere.
            yield (file.get(name, "") if isinstance(file, dict) else file).rpartition(";base64,")[2]
    for call in message.get("tool_calls") or []:
        yield from call["function"].values()


def lost_words(body, sent):
    """Words of messages that were not sent; as a value, where they are JSON."""
    told, values = "\0".join(strings(sent)), [value for _, value in objects(sent)]
    for message in body["messages"]:
        for words in words_of(message):
            if words.strip() not in told and not is_among(words, values):
                yield f"messages: {words[:60]!r}"


def is_among(words, values):
    """Whether a text is the JSON of one of the values."""
    try:
        return json.loads(words) in values
    except ValueError:
        return False


@pytest.mark.parametrize("number", range(len(TARGETS)), ids=[each.name for each in TARGETS])
def test_every_request_is_valid_or_refused_by_name_and_nothing_is_lost_silently(
        number, requests, outcomes):
    target, judge, of_openai = TARGETS[number], TARGETS[number].judge(), openai()
    invalid, unnamed, lost = (collections.defaultdict(list) for _ in range(3))
    sent = 0
    for key, outcome in outcomes(number).items():
        if outcome.sent is None:
            if outcome.status != 400 or not outcome.error["param"]:
                unnamed[outcome.status, outcome.error["message"]].append(key)
            continue
        sent += 1
        # Where a format is OpenAI's, what is wrong by OpenAI's own schema is the client's fault,
        # and the provider says so.
        own = set(schemas.problems(of_openai, requests[key])) if (
            target.provider["dialect"] == "openai") else set()
        for problem in set(schemas.problems(judge, outcome.sent)) - own:
            invalid[problem].append(key)
        for name in [*lost_parameters(target, requests[key], outcome),
                     *lost_words(requests[key], outcome.sent)]:
            lost[name].append(key)
    counted = [{what: (len(keys), keys[0]) for what, keys in found.items()}
               for found in (invalid, unnamed, lost)]
    words = [f"{what}: {count}" for each in counted for what, count in each.items()]
    if words:
        pytest.fail(f"towards {target.name}\n" + "\n".join(words), pytrace=False)
    assert sent > len(requests) * 3 // 4


def without(target, name, sent):
    """A request that does not say a parameter."""
    cut = copy.deepcopy(sent)
    for owner, key, _ in reversed(places_of(target, name, cut)):
        del owner[key]
    return cut


@pytest.mark.parametrize("number", range(len(TARGETS)), ids=[each.name for each in TARGETS])
def test_a_lost_parameter_and_an_unknown_member_are_seen(number, requests, outcomes):
    """The test above can fail: in every place, and for every parameter that is ever said."""
    target, judge = TARGETS[number], TARGETS[number].judge()
    places, said, unseen = set(), set(), []
    for key, outcome in outcomes(number).items():
        for path, place in objects(outcome.sent):
            if path in places or any(f"{path}.".startswith(f"{free}.") for free in target.free):
                continue
            places.add(path)
            place["unknown"] = 1
            if not schemas.problems(judge, outcome.sent):
                unseen.append(f"{path}.unknown")
            del place["unknown"]
        body = requests[key] if outcome.sent else {}
        says = any(words.strip() for message in body.get("messages", ()) for words in words_of(message))
        if says and not list(lost_words(body, {})):
            unseen.append(f"messages of {key}")
        for name in body.keys() - said - OF_THE_CALL - set(outcome.dropped):
            if not places_of(target, name, outcome.sent) or asks_for_nothing(name, body) or (
                    body[name] in target.nothing.get(name, ())):
                continue
            said.add(name)
            cut = dataclasses.replace(outcome, sent=without(target, name, outcome.sent))
            if name not in lost_parameters(target, body, cut):
                unseen.append(name)
    assert not unseen
    assert said >= {"max_tokens", "temperature", "top_p", "stop", "tools", "response_format"}
