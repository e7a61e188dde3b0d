# SPDX-License-Identifier: Apache-2.0
"""What the gateway answers to every recorded exchange, against OpenAI's own schema.

Answers that the gateway writes itself have no member that the schema lacks, but for `EXTENSIONS`.
Answers of OpenAI-speaking providers pass byte for byte: what of them is not as the schema has it
is theirs, and has a row in `NOT_OURS`. A row that nothing needs any more is a failure too.
"""

import collections
import json

import pytest

import schemas
import walk
from raw_http import events

TEXT, COUNT, ANY = {"type": "string"}, {"type": "integer"}, {}
OBJECTS = {"type": "array", "items": {"type": "object"}}
URL_CITATION = {
    "type": "object", "required": ["type", "url_citation"], "additionalProperties": False,
    "properties": {"type": {"const": "url_citation"}, "url_citation": {
        "type": "object", "required": ["start_index", "end_index", "url", "title"],
        "additionalProperties": False,
        "properties": {"start_index": COUNT, "end_index": COUNT, "url": TEXT, "title": TEXT,
                       "content": TEXT}}}}

# Ours beside OpenAI's: where, what, why. `docs/providers.md` tells them to users.
EXTENSIONS = [
    ("usage.cost", {"type": ["number", "null"]}, "what the call cost, USD; null where unknown"),
    ("usage.server_tool_use", {"type": "object"}, "searches by the provider are billed each"),
    ("choices.[].native_finish_reason", TEXT, "the provider's own word is kept"),
    ("choices.[].{message}.reasoning_content", TEXT, "reasoning to read; DeepSeek's name"),
    ("choices.[].{message}.reasoning_details", OBJECTS, "reasoning to give back; OpenRouter's shape"),
    ("choices.[].{message}.citations", OBJECTS, "sources without an address: not a url_citation"),
    ("choices.[].{message}.images", OBJECTS, "pictures that the model made; OpenRouter's shape"),
    ("choices.[].{message}.tool_calls.[].extra_content", {"type": "object"},
     "signatures of calls; the shape of Google's own OpenAI API"),
]
EXTENSIONS_OF_ANSWERS = [
    ("choices.[].message.annotations.[].url_citation.content", TEXT,
     "the words that are cited; OpenRouter's name"),
]
EXTENSIONS_OF_CHUNKS = [
    ("choices.[].delta.annotations", {"type": "array", "items": URL_CITATION},
     "as in a whole answer: OpenAI streams them too, its schema has no word of it"),
]
COST, NATIVE_REASON = EXTENSIONS[0], EXTENSIONS[2]
EXTENSIONS_OF_VECTORS = [
    COST,
    ("usage.estimated", {"const": True}, "tokens that the provider did not count"),
]
EXTENSIONS_OF_BASE64 = [
    ("data.[].embedding", TEXT, "where base64 is asked for: OpenAI sends it, its schema lacks it"),
]
EXTENSIONS_OF_TEXTS = [COST, NATIVE_REASON]
EXTENSIONS_OF_TEXT_CHUNKS = [
    ("choices.[].finish_reason", {"enum": ["stop", "length", "content_filter", None]},
     "null until the end: OpenAI's chunks have it, its schema is of whole answers"),
]
EXTENSIONS_OF_ERRORS = [
    ("error.upstream", {"type": "object"}, "which provider said it, and with which status"),
]
# The last chunk of a stream that failed after its 200: OpenAI has no form for that.
ERROR_CHOICES = {
    walk.CHAT: {"const": [{"index": 0, "delta": {}, "finish_reason": "error"}]},
    walk.COMPLETIONS: {
        "const": [{"index": 0, "text": "", "logprobs": None, "finish_reason": "error"}]}}

# What OpenAI-speaking providers send otherwise: answer (R) or chunk (S), vectors (V), texts (T) and
# their chunks (U), where, what; who; why it harms no client: openai's SDK, LiteLLM and the like
# read all of them.
NULL = "null where the schema has no member: the same to every client"
LEFT_OUT = "left out where the schema has null: the same to every client"
OWN_TIER = "the provider's own tiers"
NOT_OURS = {
    ("R", "", "lacks created"): ({"github-copilot"}, "its models by others have no date"),
    ("R", "", "lacks object"): ({"github-copilot", "zai"}, "the kind is known from the request"),
    ("S", "", "lacks object"): ({"github-copilot", "zai"}, "the kind is known from the request"),
    ("R", "created", "is of type str"): ({"writer"}, "a number as text"),
    ("S", "object", 'is ""'): ({"azure"}, "the chunk of the prompt's filter results"),
    ("S", "object", 'is "chat.completion"'): ({"perplexity"}, "its word for a chunk"),
    ("S", "object", 'is "chat.completion.done"'): ({"perplexity"}, "its word for the last chunk"),
    ("R", "choices.[]", "lacks finish_reason"): ({"openrouter"}, "cut off by its provider"),
    ("R", "choices.[].finish_reason", 'is ""'): ({"snowflake"}, "it gives no reason"),
    ("S", "choices.[]", "lacks finish_reason"): ({
        "alibaba", "azure", "baseten", "cerebras", "cloudflare", "doubleword", "github-copilot",
        "huggingface", "minimax", "perplexity", "snowflake", "xai", "zai"}, LEFT_OUT),
    ("S", "choices.[]", "lacks delta"): ({"azure"}, "filter results that come behind the text"),
    ("R", "choices.[]", "lacks logprobs"): ({
        "anthropic", "azure", "baseten", "cerebras", "databricks", "doubleword", "fireworks",
        "gemini", "github-copilot", "heroku", "llamacpp", "minimax", "mistral", "ollama", "openai",
        "perplexity", "writer", "xai", "zai", "zenmux"}, LEFT_OUT),
    ("R", "choices.[].logprobs", "lacks content"): ({"deepseek"}, "of its reasoning alone"),
    ("R", "choices.[].logprobs", "lacks refusal"): ({"deepseek", "llamacpp"}, LEFT_OUT),
    ("S", "choices.[].logprobs", "lacks content"): ({"deepseek"}, "of its reasoning alone"),
    ("S", "choices.[].logprobs", "lacks refusal"): ({"deepseek"}, LEFT_OUT),
    ("R", "choices.[].message", "lacks content"): ({
        "cerebras", "doubleword", "gemini", "github-copilot", "groq", "huggingface", "minimax"},
        LEFT_OUT),
    ("R", "choices.[].message", "lacks refusal"): ({
        "alibaba", "anthropic", "azure", "baseten", "cerebras", "databricks", "deepseek",
        "doubleword", "fireworks", "gemini", "github-copilot", "groq", "huggingface", "llamacpp",
        "minimax", "mistral", "mistralrs", "ollama", "openai", "perplexity", "together", "venice",
        "vercel-gateway", "zai", "zenmux"}, LEFT_OUT),
    ("R", "choices.[].message.annotations", "is null"): ({
        "bedrock", "crusoe", "huggingface", "ollama", "snowflake", "venice", "vllm"}, NULL),
    ("R", "choices.[].message.annotations.[]", "lacks url_citation"): (
        {"openrouter"}, "the text that it read from a PDF"),
    ("R", "choices.[].message.annotations.[].type", 'is "file"'): (
        {"openrouter"}, "the text that it read from a PDF"),
    ("R", "choices.[].message.content", "is of type dict"): (
        {"cloudflare"}, "structured output as JSON instead of its text"),
    ("R", "choices.[].message.function_call", "is null"): (
        {"bedrock", "crusoe", "huggingface", "ollama", "venice", "vllm"}, NULL),
    ("S", "choices.[].delta.function_call", "is null"): (
        {"bedrock", "ollama", "vllm", "watsonx"}, NULL),
    ("R", "choices.[].message.tool_calls", "is null"): (
        {"bedrock", "mistral", "mistralrs", "ollama", "snowflake", "writer"}, NULL),
    ("S", "choices.[].delta.tool_calls", "is null"): ({
        "azure", "bedrock", "mistralrs", "ollama", "snowflake", "venice", "vllm", "watsonx",
        "writer"}, NULL),
    ("R", "choices.[].message.tool_calls.[]", "lacks type"): ({"mistral"}, "all are functions"),
    ("S", "choices.[].delta.role", "is null"): (
        {"azure", "bedrock", "venice", "vllm", "watsonx"}, NULL),
    ("S", "choices.[].delta.tool_calls.[].function.arguments", "is null"): (
        {"openai", "vllm", "writer"}, NULL),
    ("S", "choices.[].delta.tool_calls.[].function.name", "is null"): (
        {"bedrock", "venice", "vllm", "writer"}, NULL),
    ("S", "choices.[].delta.tool_calls.[].id", "is null"): (
        {"bedrock", "venice", "vllm", "watsonx", "writer"}, NULL),
    ("S", "choices.[].delta.tool_calls.[].type", "is null"): ({"vllm", "watsonx", "writer"}, NULL),
    ("R", "service_tier", 'is ""'): ({"snowflake"}, OWN_TIER),
    ("S", "service_tier", 'is ""'): ({"snowflake"}, OWN_TIER),
    ("R", "service_tier", 'is "on_demand"'): ({"groq", "huggingface"}, OWN_TIER),
    ("S", "service_tier", 'is "on_demand"'): ({"groq", "huggingface"}, OWN_TIER),
    ("R", "service_tier", 'is "provisioned"'): ({"venice"}, OWN_TIER),
    ("R", "service_tier", 'is "standard"'): ({"writer"}, OWN_TIER),
    ("R", "system_fingerprint", "is null"): ({
        "alibaba", "azure", "bedrock", "crusoe", "huggingface", "openai", "openrouter", "vllm"},
        NULL),
    ("S", "system_fingerprint", "is null"): ({
        "alibaba", "azure", "bedrock", "groq", "openai", "openrouter", "vllm", "watsonx"}, NULL),
    ("R", "usage.completion_tokens_details", "is null"): (
        {"bedrock", "huggingface", "ollama", "openrouter", "vllm", "writer"}, NULL),
    ("S", "usage.completion_tokens_details", "is null"): (
        {"bedrock", "huggingface", "ollama", "vllm", "watsonx", "writer"}, NULL),
    ("R", "usage.prompt_tokens_details", "is null"): (
        {"bedrock", "huggingface", "ollama", "openrouter", "vllm"}, NULL),
    ("S", "usage.prompt_tokens_details", "is null"): (
        {"bedrock", "huggingface", "ollama", "vllm", "watsonx"}, NULL),
    **{(kind, f"usage.completion_tokens_details.{name}", "is null"): ({"doubleword"}, NULL)
       for kind in "RS"
       for name in ("accepted_prediction_tokens", "audio_tokens", "rejected_prediction_tokens")},
    **{("S", f"usage.{name}", "is null"): ({"databricks"}, "counts that are not known yet")
       for name in ("completion_tokens", "total_tokens")},
    ("R", "usage.prompt_tokens_details.audio_tokens", "is null"): ({"doubleword"}, NULL),
    **{(kind, "", f"lacks {name}"): ({"github-copilot"}, "known from the request")
       for kind in "VB" for name in ("model", "object")},
    **{("T", "", f"lacks {name}"): ({"writer"}, "it sends texts and the model's name alone")
       for name in ("created", "id", "object")},
    **{("T", "choices.[]", f"lacks {name}"): ({"writer"}, "it sends texts alone")
       for name in ("finish_reason", "index", "logprobs")},
    ("T", "object", 'is "text.completion"'): ({"together"}, "its word for an answer"),
    ("U", "object", 'is "completion.chunk"'): ({"together"}, "its word for a chunk"),
    ("U", "object", 'is "chat.completion.chunk"'): ({"ollama"}, "a chat's messages were sent"),
    ("U", "choices.[]", "lacks text"): ({"ollama"}, "a chat's messages were sent"),
    ("T", "system_fingerprint", "is null"): ({"vllm"}, NULL),
    ("T", "usage", "lacks completion_tokens"): ({"openai"}, "of an empty answer"),
    ("U", "usage", "is null"): (
        {"ollama", "openai", "together"}, "null until the end; its chats have it in the schema"),
    **{("T", f"usage.{name}_tokens_details", "is null"): ({"ollama", "vllm"}, NULL)
       for name in ("completion", "prompt")},
}


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory):
    if not walk.index() or not schemas.is_here():
        pytest.skip("recordings and schemas are not here: they come from the shared folder")
    return walk.walk(tmp_path_factory.mktemp("walk"))


def judge(name, closed, *lists, message="", always=False):
    extensions = {
        path.format(message=message): member for rows in lists for path, member, _ in rows}
    return schemas.validator(
        "openai.openapi.json", f"components/schemas/{name}", closed,
        extensions if closed or always else None)


def judges(closed):
    vectors = "CreateEmbeddingResponse"
    texts = "CreateCompletionResponse"
    return {
        "V": judge(vectors, closed, EXTENSIONS_OF_VECTORS),
        # Base64 is asked for, whoever answers.
        "B": judge(vectors, closed, *([EXTENSIONS_OF_VECTORS] if closed else []),
                   EXTENSIONS_OF_BASE64, always=True),
        "T": judge(texts, closed, EXTENSIONS_OF_TEXTS),
        "U": judge(texts, closed, *([EXTENSIONS_OF_TEXTS] if closed else []),
                   EXTENSIONS_OF_TEXT_CHUNKS, always=True),
        "R": judge("CreateChatCompletionResponse", closed, EXTENSIONS, EXTENSIONS_OF_ANSWERS,
                   message="message"),
        "S": judge("CreateChatCompletionStreamResponse", closed, EXTENSIONS, EXTENSIONS_OF_CHUNKS,
                   message="delta"),
        "E": judge("ErrorResponse", True, EXTENSIONS_OF_ERRORS)}


def values(exchange):
    """What a client got, as (kind, value): an answer, chunks, an error E, an error chunk X."""
    operation = exchange.served.operation
    if not exchange.is_stream:
        kind = {walk.CHAT: "R", walk.COMPLETIONS: "T", walk.EMBEDDINGS: "V"}[operation]
        kind = "B" if exchange.form == "base64" else kind
        return [(kind if exchange.received.status == 200 else "E", json.loads(exchange.received.body))]
    kind = {walk.CHAT: "S", walk.COMPLETIONS: "U"}[operation]
    chunks = [json.loads(event) for event in events(exchange.received.body) if event != "[DONE]"]
    return [("X" if "error" in chunk else kind, chunk) for chunk in chunks]


def problems_of(kind, value, judging, operation):
    if kind != "X":
        return schemas.problems(judging[kind], value)
    chunk = schemas.jsonschema_rs.Draft202012Validator({
        "type": "object", "required": ["error", "choices", "id", "object", "created", "model"],
        "properties": {"choices": ERROR_CHOICES[operation]}})
    return schemas.problems(chunk, value) + schemas.problems(judging["E"], {"error": value["error"]})


def test_all_that_the_gateway_writes_is_as_openai_has_it(exchanges):
    judging, found, count = judges(closed=True), collections.Counter(), 0
    for exchange in exchanges:
        if exchange.served.is_openai:
            continue
        for kind, value in values(exchange):
            count += 1
            for problem in problems_of(kind, value, judging, exchange.served.operation):
                found[exchange.served.speaks, kind, *problem, exchange.record["id"]] += 1
    assert count > 9_500
    assert not found


def test_all_that_the_gateway_passes_on_differs_only_where_its_provider_does(exchanges):
    judging, unexpected, used = judges(closed=False), collections.Counter(), set()
    for exchange in exchanges:
        if not exchange.served.is_openai:
            continue
        provider = exchange.record["provider"]
        for kind, value in values(exchange):
            for problem in problems_of(kind, value, judging, exchange.served.operation):
                row = (kind, *problem)
                if provider in NOT_OURS.get(row, [()])[0]:
                    used.add((row, provider))
                else:
                    unexpected[provider, *row, exchange.record["id"]] += 1
    assert not unexpected, sorted({row[:4] for row in unexpected})
    unneeded = {(row, name) for row, (names, _) in NOT_OURS.items() for name in names} - used
    assert not unneeded


def test_a_failed_stream_says_so_once_and_at_its_end(exchanges):
    for exchange in exchanges:
        kinds = [kind for kind, _ in values(exchange)]
        assert kinds.count("X") <= 1 and "X" not in kinds[:-1], exchange.record["id"]
        assert ("X" in kinds) == (not exchange.received.whole), exchange.record["id"]
