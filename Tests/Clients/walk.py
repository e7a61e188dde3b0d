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


@dataclasses.dataclass(frozen=True)
class Served:
    """One kind of exchange that the gateway serves."""
    dialect: str                        # as the recordings name it
    endpoints: frozenset
    speaks: str                         # the provider's `dialect` in martlet.yaml
    version: str = ""                   # what the base URL ends in
    settings: typing.Mapping = dataclasses.field(default_factory=dict)


SERVED = [
    Served("openai-chat", frozenset({"chat"}), "openai", "/v1"),
    Served("anthropic-messages", frozenset({"messages"}), "anthropic"),
    Served("gemini", frozenset({"generateContent", "streamGenerateContent"}), "gemini"),
    Served("bedrock-converse", frozenset({"converse"}), "bedrock-converse"),
    Served("cohere-v2", frozenset({"chat"}), "cohere-v2"),
    Served("ollama", frozenset({"ollama_chat"}), "ollama"),
]

NOT_SERVED = {
    ("*", "embeddings"): "not served yet: embeddings",
    ("*", "completions"): "not served yet: legacy completions",
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
    ("*", "invoke"): "Bedrock's older call, whose bodies differ by model; Converse serves the same models",
    ("*", "generate"): "Cohere's retired generate",
    ("cohere-v1", "chat"): "Cohere's retired first version; the second serves the same models",
    ("*", "ollama_generate"): "a prompt without messages; Ollama's chat serves the same models",
    ("*", "hf_inference"): "tasks that are no chat, on Hugging Face's older host",
    ("*", "predictions"): "not served yet: Replicate",
}


@dataclasses.dataclass
class Exchange:
    """One recorded exchange, and what a client of the gateway got for it."""
    record: dict
    served: Served
    received: Received

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
                 if row.dialect == entry["dialect"] and entry["endpoint"] in row.endpoints), None)


def reason_of(entry):
    """Why a recording is not served; None where nobody has said it."""
    return NOT_SERVED.get((entry["dialect"], entry["endpoint"]),
                          NOT_SERVED.get(("*", entry["endpoint"])))


def provider_id(record, row):
    """What the provider is called in the gateway's configuration: quirks come with a vendor's name."""
    return record["provider"] if row.speaks == "openai" else f"{row.speaks}.{record['provider']}"


def configured_providers(records, base_url):
    """A provider for each pair of vendor and format."""
    return {
        provider_id(record, row): {
            "dialect": row.speaks, "base_url": base_url + row.version, "api_key": "sk-replay",
            # Some vendors' keys would be exchanged for tokens first.
            "authentication": "bearer"}
        | dict(row.settings)
        for record, row in records.values()}


def body_of(record, row):
    """The client's request: the recorded one where it is OpenAI's, else a plain question."""
    model = f"{provider_id(record, row)}/{record['id']}"
    options = {"stream_options": {"include_usage": True}} if record["stream"] else {}
    if row.speaks == "openai":
        return recordings.request_body(record, model, **options)
    question = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    return json.dumps(question | {"stream": record["stream"]} | options).encode()


def walk(directory):
    """Replays every served recording as the provider; returns the exchanges."""
    folder = SHARED / "recordings"
    records = {
        entry["id"]: (json.loads((folder / entry["file"]).read_text()), row)
        for entry in index() if (row := row_of(entry))}
    upstream = ReplayUpstream({name: record for name, (record, _) in records.items()})
    gateway = Gateway(
        directory, configured_providers(records, upstream.base_url.removesuffix("/v1"))).start()
    try:
        received = run_all(
            gateway, [(name, body_of(*pair)) for name, pair in records.items()])
    finally:
        gateway.stop()
        upstream.stop()
    return [Exchange(*records[name], received[name]) for name in records]


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
