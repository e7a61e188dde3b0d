# SPDX-License-Identifier: Apache-2.0
"""One walk over all recordings: which of them are served, and what the gateway answers to each.

A newly served endpoint or format is one row of `SERVED`; what is not served is a row of `NOT_SERVED`
with the reason that `docs/providers.md` gives.
"""

import collections
import dataclasses
import json
import typing

import recordings
from gateway import Gateway
from mock_upstream import SHARED
from replay_client import Received, run_all
from replay_upstream import ReplayUpstream


def chat_body(record, row, form):
    """The recorded request where it is OpenAI's, else a plain question."""
    options = {"stream_options": {"include_usage": True}} if record["stream"] else {}
    if row.is_openai:
        return json.loads(recordings.request_body(record, "", **options))
    question = {"messages": [{"role": "user", "content": "Hello"}]}
    return question | {"stream": record["stream"]} | options


def embeddings_body(record, row, form):
    """The recorded request where it is OpenAI's, else as many texts as there are vectors."""
    document = record["request"]["body"] if row.is_openai else None
    if not document:
        count = max(len(recordings.recorded_vectors(record)), 1)
        document = {"input": [f"text {number}" for number in range(count)]}
        # One of the types of vectors that only Cohere has.
        if type_ := recordings.vector_type(record):
            document["embedding_types"] = [type_]
            return document
    return document | {"encoding_format": form}


def completions_body(record, row, form):
    """The recorded request where it is OpenAI's, else a plain prompt."""
    document = record["request"]["body"] if row.is_openai else {}
    options = {"stream_options": {"include_usage": True}} if record["stream"] else {}
    return {"prompt": "Hello"} | document | {"stream": record["stream"]} | options


def embeddings_forms(record):
    """The forms in which vectors are asked for: both, where the recording can answer to both."""
    vectors = recordings.recorded_vectors(record)
    asked = (record["request"]["body"] or {}).get("encoding_format")
    if asked == "base64" and any(isinstance(vector, str) for vector in vectors):
        return ["base64"]
    return ["float"] if not vectors or recordings.vector_type(record) else ["float", "base64"]


@dataclasses.dataclass(frozen=True)
class Operation:
    """What clients ask the gateway for."""
    name: str
    path: str                           # behind /v1
    body: typing.Callable               # (record, row, form) → the client's request but its model
    forms: typing.Callable = lambda record: [""]


CHAT = Operation("chat", "/chat/completions", chat_body)
EMBEDDINGS = Operation("embeddings", "/embeddings", embeddings_body, embeddings_forms)
COMPLETIONS = Operation("completions", "/completions", completions_body)


@dataclasses.dataclass(frozen=True)
class Served:
    """One kind of exchange that the gateway serves."""
    dialect: str                        # as the recordings name it
    endpoints: frozenset
    speaks: str                         # the provider's `dialect` in martlet.yaml
    version: str = ""                   # what the base URL ends in
    settings: typing.Mapping = dataclasses.field(default_factory=dict)
    operation: Operation = CHAT
    provider: str | None = None         # the only one whose recordings these are

    @property
    def is_openai(self):
        """Whether answers pass as the provider sent them."""
        return self.speaks in ("openai", "azure-openai")


# The first row that fits a recording is its row. Clouds with addresses of their own for what others
# have too have a row with `provider` above the general one.
SERVED = [
    Served("openai-chat", frozenset({"chat"}), "openai", "/v1"),
    Served("anthropic-messages", frozenset({"messages"}), "anthropic"),
    Served("gemini", frozenset({"generateContent", "streamGenerateContent"}), "gemini"),
    Served("bedrock-converse", frozenset({"converse"}), "bedrock-converse"),
    Served("cohere-v2", frozenset({"chat"}), "cohere-v2"),
    Served("ollama", frozenset({"ollama_chat"}), "ollama"),
    Served("openai-embeddings", frozenset({"embeddings"}), "azure-openai", operation=EMBEDDINGS,
           provider="azure"),
    Served("openai-embeddings", frozenset({"embeddings"}), "openai", "/v1", operation=EMBEDDINGS),
    Served("gemini", frozenset({"embeddings"}), "vertex", operation=EMBEDDINGS, provider="vertex"),
    Served("gemini", frozenset({"embeddings"}), "gemini", operation=EMBEDDINGS),
    Served("vertex-predict", frozenset({"embeddings"}), "vertex", operation=EMBEDDINGS),
    Served("cohere-v2", frozenset({"embeddings"}), "cohere-v2", operation=EMBEDDINGS),
    # The first version's answers have the second's shape.
    Served("cohere-v1", frozenset({"embeddings"}), "cohere-v2", operation=EMBEDDINGS),
    Served("ollama", frozenset({"embeddings"}), "ollama", operation=EMBEDDINGS),
    Served("bedrock-invoke", frozenset({"embeddings"}), "bedrock-converse", operation=EMBEDDINGS),
    Served("openai-completions", frozenset({"completions"}), "azure-openai", operation=COMPLETIONS,
           provider="azure"),
    Served("openai-completions", frozenset({"completions"}), "openai", "/v1",
           operation=COMPLETIONS),
    Served("ollama", frozenset({"ollama_generate"}), "ollama", operation=COMPLETIONS),
]

NOT_SERVED = {
    ("*", "responses"): "another API: OpenAI's Responses",
    ("*", "responses_other"): "another API: OpenAI's Responses",
    ("*", "interactions"): "another API: Google's Interactions",
    ("*", "models"): "no model call: lists of models",
    ("*", "countTokens"): "no model call: token counts",
    ("*", "batches"): "another API: batches",
    ("*", "files"): "another API: files",
    ("*", "images"): "another API: images",
    ("*", "audio"): "another API: speech and transcripts",
    ("*", "moderations"): "another API: moderations",
    ("*", "rerank"): "another API: reranking",
    ("*", "ocr"): "another API: documents",
    ("*", "invoke"): "Bedrock's older call, whose bodies differ by model: chat goes by Converse",
    ("*", "generate"): "Cohere's retired generate",
    ("cohere-v1", "chat"): "Cohere's retired first version; the second serves the same models",
    ("*", "hf_inference"): "tasks that are no chat, on Hugging Face's older host",
    ("*", "predictions"): "Replicate: jobs whose inputs differ by model; no language model's answer is recorded",
}


@dataclasses.dataclass
class Exchange:
    """One recorded exchange, and what a client of the gateway got for it."""
    record: dict
    served: Served
    received: Received
    form: str = ""                      # of vectors: `float` or `base64`

    @property
    def is_stream(self):
        return self.received.headers.get("content-type", "").startswith("text/event-stream")


def index():
    """All rows of the recordings' index; empty where the shared folder is absent."""
    file = SHARED / "recordings" / "index.jsonl"
    return [json.loads(line) for line in file.open()] if file.exists() else []


def row_of(entry):
    """The row of `SERVED` for a recording, or None."""
    return next((row for row in SERVED
                 if row.dialect == entry["dialect"] and entry["endpoint"] in row.endpoints
                 and row.provider in (None, entry["provider"])), None)


def reason_of(entry):
    """Why a recording is not served; None where nobody has said it."""
    return NOT_SERVED.get((entry["dialect"], entry["endpoint"]),
                          NOT_SERVED.get(("*", entry["endpoint"])))


def provider_id(record, row):
    """What the provider is called in the gateway's configuration: quirks come with a vendor's name."""
    name = recordings.vendor_of(record)
    return name if row.speaks == "openai" else f"{row.speaks}.{name}"


def configured_providers(records, base_url):
    """A provider for each pair of vendor and format."""
    return {
        provider_id(record, row): {
            "dialect": row.speaks, "base_url": base_url + row.version, "api_key": "sk-replay",
            # Some vendors' keys would be exchanged for tokens first.
            "authentication": "bearer"}
        | dict(row.settings)
        for record, row in records.values()}


def body_of(record, row, form):
    """The client's request."""
    model = f"{provider_id(record, row)}/{record['id']}"
    if row.dialect == "bedrock-invoke":
        # The format of a body there is known by the model's name.
        model += f"--{record['model']}"
    return json.dumps(
        row.operation.body(record, row, form) | {"model": model}, ensure_ascii=False).encode()


def walk(directory):
    """Replays every served recording as the provider; returns the exchanges."""
    folder = SHARED / "recordings"
    records = {
        entry["id"]: (json.loads((folder / entry["file"]).read_text()), row)
        for entry in index() if (row := row_of(entry))}
    upstream = ReplayUpstream({name: record for name, (record, _) in records.items()})
    gateway = Gateway(
        directory, configured_providers(records, upstream.base_url.removesuffix("/v1"))).start()
    calls = [
        ((name, form), body_of(record, row, form), row.operation.path)
        for name, (record, row) in records.items() for form in row.operation.forms(record)]
    try:
        received = run_all(gateway, calls)
    finally:
        gateway.stop()
        upstream.stop()
    return [Exchange(*records[name], got, form) for (name, form), got in received.items()]


def table(verdicts):
    """The printed table: provider × endpoint × passed, failed, not applicable and why.

    `verdicts`: a list of (provider, endpoint, outcome, reason).
    """
    counts = collections.defaultdict(collections.Counter)
    reasons = collections.defaultdict(set)
    for provider, endpoint, outcome, reason in verdicts:
        counts[provider, endpoint][outcome] += 1
        if reason:
            reasons[provider, endpoint].add(reason)
    lines = ["| provider | endpoint | passed | failed | not applicable | why |", "|---|---|--:|--:|--:|---|"]
    for key in sorted(counts):
        count = counts[key]
        lines.append(
            f"| {key[0]} | {key[1]} | {count['passed']} | {count['failed']} | "
            f"{count['not applicable']} | {'; '.join(sorted(reasons[key]))} |")
    total = sum(counts.values(), collections.Counter())
    lines.append(f"| **all** | | {total['passed']} | {total['failed']} | {total['not applicable']} | |")
    return "\n".join(lines)
