# SPDX-License-Identifier: Apache-2.0
"""What the official SDKs understand of vectors, in a provider's bytes and in the gateway's.

Numbers are compared as the doubles that JSON's text stands for. Where base64 is asked for, they are
compared bit by bit as 32-bit floats, each the one nearest to its number.
"""

import base64
import dataclasses
import json
import struct

import botocore.parsers
import cohere
import httpx
import ollama
import openai
from google.genai import types as google

import sdk_readings as sdk
from sdk_readings import Canned, Failed


@dataclasses.dataclass
class Vectors:
    """What a reader understands, in the order of the answer."""
    form: str = "float"               # `float`, `base64`
    vectors: list = dataclasses.field(default_factory=list)
    indexes: list = dataclasses.field(default_factory=list)
    input: int | None = None          # tokens; None where they are not told


COHERE_1 = cohere.Client("x", httpx_client=Canned.client(httpx))


def of(vectors, tokens):
    """Vectors that have no index of their own: their order is that of the texts."""
    return Vectors(
        vectors=vectors, indexes=list(range(len(vectors))), input=tokens)


def as_floats(reading, form):
    """The same in the form that was asked for: `base64` as the bytes of 32-bit floats."""
    if form == "base64":
        reading.form = form
        reading.vectors = [struct.pack(f"<{len(vector)}f", *vector) for vector in reading.vectors]
    return reading


def with_openai(reply, form):
    """By `openai`, which decodes base64 where it was not asked for something else."""
    Canned.reply = reply
    options = {"encoding_format": "float"} if form == "float" else {}
    try:
        answer = sdk.OPENAI.embeddings.create(model="x", input="x", **options)
    except openai.APIError as error:
        raise Failed(error.message) from error
    usage = answer.usage
    reading = Vectors(
        vectors=[item.embedding for item in answer.data],
        indexes=[item.index for item in answer.data])
    if usage and not (usage.model_extra or {}).get("estimated"):
        assert usage.prompt_tokens is None or usage.prompt_tokens == usage.total_tokens
        # Voyage tells the sum alone.
        reading.input = usage.total_tokens
    return as_floats(reading, form)


def of_gateway(reply, form):
    """By `openai`; the form is that of the bytes, which the SDK does not tell."""
    reading = with_openai(reply, form)
    kinds = {type(item["embedding"]) for item in json.loads(reply.body)["data"]}
    reading.form = {str: "base64", list: "float"}[kinds.pop()] if len(kinds) == 1 else "mixed"
    return reading


def with_mistral(reply, form):
    """By `mistralai`."""
    Canned.reply = reply
    try:
        answer = sdk.MISTRAL.embeddings.create(model="x", inputs="x")
    except Exception as error:
        if not hasattr(error, "status_code"):
            raise
        raise Failed(str(error)) from error
    return Vectors(
        vectors=[item.embedding for item in answer.data],
        indexes=[item.index for item in answer.data], input=answer.usage.prompt_tokens)


def plainly(reply, form):
    """Voyage's answers, which its SDK takes from OpenAI's old one: by JSON alone.

    Source: Voyage's API reference, and recorded exchanges: base64 is of 32-bit floats.
    """
    body = json.loads(reply.body)
    if reply.status >= 400:
        raise Failed(body["detail"])

    def numbers(vector):
        if not isinstance(vector, str):
            return vector
        data = base64.b64decode(vector)
        return list(struct.unpack(f"<{len(data) // 4}f", data))
    return Vectors(
        vectors=[numbers(item["embedding"]) for item in body["data"]],
        indexes=[item["index"] for item in body["data"]], input=body["usage"]["total_tokens"])


def with_signed_bytes(reply, form):
    """Perplexity's answers, by JSON alone.

    Source: its API reference: base64 is of signed bytes where nothing else is asked for.
    """
    body = json.loads(reply.body)
    vectors = [base64.b64decode(item["embedding"]) for item in body["data"]]
    return Vectors(
        vectors=[list(struct.unpack(f"{len(vector)}b", vector)) for vector in vectors],
        indexes=[item["index"] for item in body["data"]], input=body["usage"]["prompt_tokens"])


def with_google(reply, form):
    """By the types of `google-genai`, of one vector, of several, and of Vertex AI's predictions."""
    body = json.loads(reply.body)
    if reply.status >= 400:
        raise Failed(str(body["error"]))
    usage = body.pop("usageMetadata", {})
    if "embedding" in body:
        body = {"embeddings": [body["embedding"]]}
    if "predictions" in body:
        body = {"embeddings": [item["embeddings"] for item in body["predictions"]]}
    answer = google.EmbedContentResponse._from_response(response=body, kwargs={})
    tokens = usage.get("promptTokenCount")
    if any(item.statistics for item in answer.embeddings):
        tokens = sum(int(item.statistics.token_count) for item in answer.embeddings)
    return of([item.values for item in answer.embeddings], tokens)


def with_cohere(reply, form):
    """By `cohere`."""
    Canned.reply = reply
    try:
        answer = sdk.COHERE.embed(model="x", input_type="search_query", texts=[])
    except cohere.core.ApiError as error:
        raise Failed(str(error.body)) from error
    return of(by_type(answer.embeddings), answer.meta.billed_units.input_tokens)


def by_type(embeddings):
    """The vectors of the one type that an answer has."""
    found, = [vectors for vectors in vars(embeddings).values() if vectors]
    return found


def with_ollama(reply, form):
    """By `ollama`, whose older endpoint has one vector and no counts."""
    Canned.reply = reply
    try:
        if "embedding" in json.loads(reply.body):
            return of([list(sdk.OLLAMA.embeddings("x", "x").embedding)], None)
        answer = sdk.OLLAMA.embed("x", "x")
    except ollama.ResponseError as error:
        raise Failed(error.error) from error
    return of([list(vector) for vector in answer.embeddings], answer.prompt_eval_count)


def with_botocore(reply, form):
    """By botocore's model of InvokeModel, and its body by the SDK of the model's maker.

    Amazon's own Titan has none: `embedding` and `inputTextTokenCount`, by AWS's user guide.
    """
    operation = sdk.BEDROCK.operation_model("InvokeModel")
    answer = botocore.parsers.create_parser("rest-json").parse(
        {"status_code": reply.status, "headers": reply.headers, "body": reply.body},
        operation.output_shape)
    if reply.status >= 400:
        raise Failed(str(answer["Error"]))
    body = json.loads(answer["body"])
    if "embedding" in body:
        return of([body["embedding"]], body["inputTextTokenCount"])
    if "data" in body:
        return of([item["embedding"] for item in body["data"]], None)
    Canned.reply = sdk.Reply(200, {"content-type": "application/json"}, answer["body"], False)
    answer = COHERE_1.embed(texts=["x"], model="x", input_type="search_query", batching=False)
    vectors = answer.embeddings
    return of(vectors if isinstance(vectors, list) else by_type(vectors), None)


READERS = {
    "openai": with_openai, "azure-openai": with_openai, "mistral": with_mistral,
    "voyage": plainly, "perplexity": with_signed_bytes, "gemini": with_google,
    "vertex": with_google, "cohere-v2": with_cohere, "ollama": with_ollama,
    "bedrock-converse": with_botocore}
