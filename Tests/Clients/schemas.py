# SPDX-License-Identifier: Apache-2.0
"""The providers' published schemas, made ready to judge single values."""

import copy
import functools
import json

import jsonschema_rs

from mock_upstream import SHARED

# Keywords whose value maps names to schemas, and keywords whose value is a schema or a list of them.
BY_NAME = ("properties", "$defs", "schemas", "patternProperties")


@functools.cache
def document(name):
    """A file of ../shared/specs."""
    return json.loads((SHARED / "specs" / name).read_text())


def is_here():
    return (SHARED / "specs").exists()


def prepared(schema, closed):
    """A copy with `nullable` said as JSON Schema says it.

    `closed` allows no unknown member, unless the schema says that any is allowed; "even if open",
    also where it says so and names some.
    """
    if isinstance(schema, list):
        return [prepared(part, closed) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {}
    for key, value in schema.items():
        if key in BY_NAME and isinstance(value, dict):
            result[key] = {name: prepared(part, closed) for name, part in value.items()}
        elif key in ("enum", "const", "example", "examples", "default", "required"):
            result[key] = value
        else:
            result[key] = prepared(value, closed)
    openings = (None, True) if closed == "even if open" else (None,)
    if closed and result.get("properties") and result.get("additionalProperties") in openings:
        result["additionalProperties"] = False
    if result.pop("nullable", False):
        return {"anyOf": [result, {"type": "null"}]}
    return result


def extended(schema, extensions):
    """`schema` with the members of {path: schema}; a path goes through `[]` and member names."""
    for path, member in extensions.items():
        *steps, name = path.split(".")
        for place in places(schema, schema, steps):
            place["properties"][name] = copy.deepcopy(member)
    return schema


def places(root, schema, steps):
    """Every object schema at the end of `steps`, through references and alternatives."""
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from places(root, target, steps)
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, ()):
            yield from places(root, part, steps)
    if not steps:
        if "properties" in schema:
            yield schema
    elif steps[0] == "[]":
        if "items" in schema:
            yield from places(root, schema["items"], steps[1:])
    elif steps[0] in schema.get("properties", {}):
        yield from places(root, schema["properties"][steps[0]], steps[1:])


def validator(name, reference, closed=False, extensions=None):
    """Judges values against a schema of a file.

    `reference`: its place in the file, `components/schemas/Name`. `extensions`: members that are
    allowed beside those of the schema, by path.
    """
    whole = document(name)
    root = {"$ref": f"#/{reference}", "components": prepared(whole["components"], closed)}
    if reference.startswith("paths/"):
        root["paths"] = prepared(whole["paths"], closed)
    if extensions:
        extended(root, extensions)
    return jsonschema_rs.Draft202012Validator(root)


def problems(judge, value):
    """What is wrong with a value: [(path, words)], paths with `[]` for any element."""
    return [problem for error in judge.iter_errors(value) for problem in leaves(error)]


def here(error):
    return ".".join("[]" if isinstance(step, int) else str(step) for step in error.instance_path)


def leaves(error):
    """An error as (path, words); of alternatives, the words of the one that fits best."""
    kind = error.kind
    if kind.name in ("anyOf", "oneOf") and getattr(kind, "context", None):
        parts = [[leaf for part in branch for leaf in leaves(part)] for branch in kind.context]
        return min(parts, key=lambda part: (
            (here(error), "is no null") in part, sum(map(is_of_another_kind, part)), len(part)))
    return [(here(error), words_of(error))]


def is_of_another_kind(leaf):
    """Whether a problem says that an alternative is not the one which was meant."""
    path, words = leaf
    return path.rpartition(".")[2] in ("type", "role") and words.startswith("is ")


def words_of(error):
    kind, value = error.kind, error.instance
    if kind.name == "required":
        return f"lacks {kind.property}"
    if kind.name == "additionalProperties":
        return "has " + ", ".join(sorted(kind.unexpected))
    if kind.name == "type" and list(kind.types) == ["null"]:
        return "is no null"
    if value is None:
        return "is null"
    if kind.name == "enum" or kind.name == "constant":
        return f"is {json.dumps(value)[:60]}"
    if kind.name == "type":
        return f"is of type {type(value).__name__}"
    return error.message[:120]


def standalone(name, reference, extensions=None):
    """Judges values against a schema that stands for itself, with `$defs` of its own.

    It is an SDK's, whose types of answers are open, and may be sent back.
    """
    root = prepared(document(name)[reference], "even if open")
    return jsonschema_rs.Draft202012Validator(extended(root, extensions or {}))


def composed(name, parts, lists, others):
    """Judges objects whose members have schemas of a file: {member: schema}, or lists of such."""
    definitions, properties = {}, dict(others)
    for member, reference in {**parts, **lists}.items():
        schema = prepared(document(name)[reference], True)
        definitions |= schema.pop("$defs", {})
        properties[member] = {"type": "array", "items": schema} if member in lists else schema
    return jsonschema_rs.Draft202012Validator({
        "$defs": definitions, "properties": properties, "additionalProperties": False})


def closed(**properties):
    """A schema of objects that have no other members."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def service_model(name, shape, members):
    """Judges values against a shape of an AWS service model.

    `members`: schemas of the shape's members that the model takes anything for.
    """
    shapes = document(name)["shapes"]
    root = {"$ref": f"#/$defs/{shape}", "$defs": {
        key: from_shape(key, value) for key, value in shapes.items()}}
    root["$defs"][shape]["properties"] |= members
    # What is in the path, not in the body.
    root["$defs"][shape]["required"] = []
    return jsonschema_rs.Draft202012Validator(root)


def from_shape(name, shape):
    """JSON Schema of one shape; unions have exactly one member, documents are anything."""
    kind = shape["type"]
    if shape.get("document"):
        return {}
    if kind == "structure":
        members = {key: {"$ref": f"#/$defs/{value['shape']}"} for key, value in shape["members"].items()}
        schema = closed(**members) | {"required": shape.get("required", [])}
        return schema | ({"minProperties": 1, "maxProperties": 1} if shape.get("union") else {})
    if kind == "list":
        return {"type": "array", "items": {"$ref": f"#/$defs/{shape['member']['shape']}"},
                "minItems": shape.get("min", 0)}
    if kind == "map":
        return {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{shape['value']['shape']}"}}
    plain = {"string": "string", "blob": "string", "boolean": "boolean", "integer": "integer",
             "long": "integer", "float": "number", "double": "number", "timestamp": "number"}
    schema = {"type": plain[kind]}
    if "enum" in shape:
        schema["enum"] = shape["enum"]
    if kind == "string" and shape.get("min"):
        schema["minLength"] = shape["min"]
    if kind in ("integer", "float"):
        schema |= {key: shape[old] for key, old in (("minimum", "min"), ("maximum", "max"))
                   if old in shape}
    return schema
