# SPDX-License-Identifier: Apache-2.0
"""Real provider exchanges, and what the gateway owes a client for each of them."""

import functools
import json
import re

from mock_upstream import REPOSITORY, SHARED
from raw_http import events

# What the client's error says of a provider's status, where it is not the provider's own word.
CLIENT_CODES = {
    401: "upstream_authentication", 402: "upstream_quota", 403: "upstream_authentication",
    408: "upstream_timeout", 429: "rate_limit_exceeded", 500: "upstream_error",
    501: "upstream_error", 502: "upstream_error", 503: "upstream_overloaded",
    504: "upstream_timeout", 529: "upstream_overloaded"}
INSERTED_COST = re.compile(r'^,?\s*"cost"\s*:\s*(null|\d+(\.\d+)?)$')


@functools.cache
def load(**wanted):
    """All records by id that have the `wanted` values in the index, by default those of the OpenAI
    chat dialect; empty where the shared folder is absent."""
    wanted = wanted or {"dialect": "openai-chat"}
    folder = SHARED / "recordings"
    if not (folder / "index.jsonl").exists():
        return {}
    with (folder / "index.jsonl").open() as lines:
        entries = [json.loads(line) for line in lines]
    return {
        entry["id"]: json.loads((folder / entry["file"]).read_text())
        for entry in entries if wanted.items() <= entry.items()}


def providers_of(records):
    return sorted({record["provider"] for record in records.values()})


@functools.cache
def quirks():
    """What `Config/providers.json` says of each vendor's ways, by id."""
    rows = json.loads((REPOSITORY / "Config" / "providers.json").read_text())
    return {row["id"]: row.get("quirks", {}) for row in rows}


def vendor_of(record):
    """The provider's id in `Config/providers.json`, by which its ways are known."""
    return {"voyageai": "voyage"}.get(record["provider"], record["provider"])


def recorded_vectors(record):
    """The vectors of a recorded answer as they came, numbers or text; none of a failure."""
    if record["response"]["status"] >= 400:
        return []
    body = json.loads(record["response"]["body"])
    if "data" in body:
        return [item["embedding"] for item in body["data"]]
    if "predictions" in body:
        return [item["embeddings"]["values"] for item in body["predictions"]]
    found = body["embeddings"] if "embeddings" in body else [body["embedding"]]
    if isinstance(found, dict):
        found, = found.values()
    return [item["values"] if isinstance(item, dict) else item for item in found]


def vector_type(record):
    """The type of vectors that Cohere was asked for where they are not floats, else None."""
    types = (record["request"]["body"] or {}).get("embedding_types") or ["float"]
    return None if types == ["float"] else types[0]


def in_openai_words(provider, text):
    """A recorded answer with the vendor's finish reasons renamed, its own word beside each."""
    for own, name in quirks().get(provider, {}).get("finish_reason_aliases", {}).items():
        beside = "" if '"native_finish_reason"' in text else f',"native_finish_reason":"{own}"'
        text = re.sub(
            rf'("finish_reason"\s*:\s*)"{own}"', rf'\g<1>"{name}"{beside}', text)
    return text


def client_status(status):
    """The status that the client gets for a provider's one, as `docs/providers.md` has it."""
    if status is None:
        return 502
    if status in (503, 504) or 400 <= status < 500 and status not in (401, 402, 403):
        return status
    return 503 if status == 529 else 502


def failed_status(record):
    """The status of a recorded failure: the reply's, or what the error inside of it stands for;
    None where the provider names no failure, but ends without an answer."""
    status, body = record["response"]["status"], record["response"]["body"]
    if status >= 400:
        # At Google a wrong key is a 400.
        return 401 if "API_KEY_INVALID" in body else status
    parts = events(body) if body.lstrip().startswith(("data:", "event:", ":")) else [body]
    for part in parts:
        document = json.loads(part) if part.strip().startswith("{") else {}
        if error := document.get("error"):
            told = isinstance(error, dict) and (error.get("status_code") or error.get("code"))
            return told if told in range(400, 600) else 500
    return None


def request_body(record, model, **more):
    """What the recording's client sent, with the model replaced, as bytes."""
    document = record["request"]["body"]
    if not isinstance(document, dict) or not document.get("messages"):
        document = {"messages": [{"role": "user", "content": "Hello"}]}
    document = {**document, "model": model, "stream": record["stream"]} | more
    if not record["stream"]:
        document.pop("stream_options", None)
    return json.dumps(document, ensure_ascii=False).encode()


def has_usage_alone(payload):
    """Whether an event brings usage and no choice: the chunk that a client has to ask for."""
    if '"usage"' not in payload:
        return False
    chunk = json.loads(payload)
    return bool(chunk.get("usage")) and chunk.get("choices") == []


def flattened(text):
    """A recorded answer or chunk with contents as texts; None where none of them came as parts."""
    if '"content":[' not in text:
        return None
    document, is_flat = json.loads(text), False
    for choice in document["choices"]:
        holder = choice.get("message") or choice["delta"]
        parts = holder.get("content")
        if not isinstance(parts, list):
            continue
        is_flat = True
        texts = [part["text"] for part in parts if "text" in part]
        thoughts = "".join(
            piece["text"] for part in parts for piece in part.get("thinking", ()))
        holder["content"] = "".join(texts) if texts else None
        if thoughts:
            holder["reasoning_content"] = thoughts
    return document if is_flat else None


def cost_edit(before, after):
    """None where `after` is `before` but for an inserted `usage.cost`, else what is wrong."""
    if before == after:
        return None
    if (document := flattened(before)) is not None:
        got = json.loads(after)
        (got.get("usage") or {}).pop("cost", None)
        return None if got == document else f"parts became {after[:200]}"
    grown = len(after) - len(before)
    if grown <= 0:
        return f"shorter by {-grown} or changed"
    same = next(
        (i for i, (x, y) in enumerate(zip(before, after)) if x != y), len(before))
    inserted = after[same:same + grown]
    if after != before[:same] + inserted + before[same:]:
        return f"differs at {same}: {before[same:same + 60]!r} became {after[same:same + 60]!r}"
    if not INSERTED_COST.match(inserted):
        return f"inserted {inserted!r}"
    if "cost" in json.loads(before)["usage"]:
        return "the usage had a cost already"
    if "cost" not in json.loads(after)["usage"]:
        return "the cost is not in the usage"
    return None


def is_failed(record):
    """Whether a recorded stream reports an error inside itself."""
    return any(
        '"error"' in payload and json.loads(payload).get("error")
        for payload in events(record["response"]["body"]) if payload != "[DONE]")


def is_finished(payloads):
    """Whether each choice that appears in a stream has a finish reason."""
    seen, finished = set(), set()
    for payload in payloads:
        for choice in json.loads(payload).get("choices") or []:
            seen.add(choice.get("index", 0))
            if choice.get("finish_reason"):
                finished.add(choice.get("index", 0))
    return bool(seen) and seen == finished


def is_complete(record):
    """Whether a recorded stream is a whole answer. `[DONE]` is neither enough nor needed."""
    payloads = events(record["response"]["body"])
    chunks = [payload for payload in payloads if payload != "[DONE]"]
    may_omit = "[DONE]" in payloads and quirks().get(record["provider"], {}).get(
        "may_omit_finish_reason", False)
    return (is_finished(chunks) or may_omit) and not is_failed(record)
