"""The description of the addresses of the first release, made of that of `/v1`."""

import copy
from collections.abc import Mapping
from typing import Any

from api.old_names import RENAMED
from api.openapi import PLACE
from api.versions import ADDED, OLD_PATHS, STAYING, V1, without_version

BEFORE = """
The addresses of the first release, which have no version. They are deprecated: each answer says
until when it can be had there (`Sunset`), and leads to what takes its place (`Link`). Answers are
those of `/v1` under the names of then, and with all digits of their numbers. `POST /events` stays.
"""
TOLD_OF_OLD = {
    "Deprecation": "since when the address is deprecated (RFC 9745)",
    "Sunset": "from when on it may be gone (RFC 8594)",
    "Link": "`rel=successor-version`: what takes its place, and the next page where there is one",
}
"""What the headers of answers at deprecated addresses say."""


def before_v1(described: dict[str, Any]) -> dict[str, Any]:
    """The description of the addresses of the first release, made of that of `/v1`."""
    schema = copy.deepcopy(described)
    schemas = schema["components"]["schemas"]
    renamed = {name: names for name in schemas if (names := _names_of(name))}
    for name, names in renamed.items():
        _rename_fields(schemas[name], names)
    schema["paths"] = {path: schema["paths"][V1 + path] for path in OLD_PATHS}
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            for response in operation["responses"].values():
                led_to = _led_to(response, schemas)
                names = {k: v for name in led_to & renamed.keys() for k, v in renamed[name].items()}
                _rename_examples(response, names)
                if path != STAYING:
                    response.setdefault("headers", {}).update(_headers(TOLD_OF_OLD))
            if added := ADDED.get(path):
                taken = operation["parameters"]
                operation["parameters"] = [one for one in taken if one["name"] not in added]
            operation["deprecated"] = path != STAYING
    led_to = _led_to(schema["paths"], schemas)
    schema["components"]["schemas"] = {name: schemas[name] for name in schemas if name in led_to}
    tags = {
        tag for path in schema["paths"].values() for one in path.values() for tag in one["tags"]
    }
    schema["tags"] = [tag for tag in schema["tags"] if tag["name"] in tags]
    schema["info"]["description"] = BEFORE
    return schema


def _headers(told: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {"description": about, "schema": {"type": "string"}} for name, about in told.items()
    }


def _names_of(schema: str) -> dict[str, str]:
    """The names that fields of a schema had, by those of today; every frame is an `Answer`."""
    framed = RENAMED["Answer"] if schema.endswith(("Answer", "Page")) else dict[str, str]()
    return framed | RENAMED.get(schema, dict[str, str]())


def _rename_fields(schema: dict[str, Any], names: Mapping[str, str]) -> None:
    fields = schema["properties"].items()
    schema["properties"] = {names.get(name, name): field for name, field in fields}
    if "required" in schema:
        schema["required"] = [names.get(name, name) for name in schema["required"]]


def _rename_examples(response: dict[str, Any], names: Mapping[str, str]) -> None:
    for content in response.get("content", {}).values():
        if "example" in content:
            content["example"] = _renamed(content["example"], names)


def _renamed(example: Any, names: Mapping[str, str]) -> Any:
    """An example under the names of then; one of a CSV has them in its first line."""
    if isinstance(example, dict):
        return {names.get(name, name): _renamed(part, names) for name, part in example.items()}
    if isinstance(example, list):
        return [_renamed(part, names) for part in example]
    if isinstance(example, str):
        head, line, rows = example.partition("\r\n")
        if line:
            head = ",".join(names.get(name, name) for name in head.split(","))
        return without_version(head) + line + rows
    return example


def _led_to(node: Any, schemas: Mapping[str, Any]) -> set[str]:
    """The names of the schemas to which a part of the description leads, in however many steps."""
    found: set[str] = set()
    left = [node]
    while left:
        part = left.pop()
        if isinstance(part, list):
            left += part
        elif isinstance(part, dict):
            left += part.values()
            name = str(part.get("$ref", "")).removeprefix(PLACE)
            if name in schemas and name not in found:
                found.add(name)
                left.append(schemas[name])
    return found
