"""The OpenAPI document: what the views declare, completed by what holds for all of them."""

import copy
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask

from hackitech.core.api import api
from hackitech.core.security import SAFE_METHODS
from hackitech.docs.conventions import ABOUT, HEADERS, IF_MATCH, PROBLEM, PROBLEMS, SECURITY_SCHEMES

Document = dict[str, Any]
CHANGES = ("PUT", "PATCH", "DELETE")
ERRORS = "application/problem+json"


def build_document(app: Flask) -> Document:
    """Return the OpenAPI 3.1 document of every view under `core.api`."""
    document: Document = copy.deepcopy(api.spec.to_dict())
    document["info"]["description"] = re.sub(r"(?<!\n)\n(?!\n)", " ", ABOUT.strip())
    components = document["components"]
    components |= {
        "securitySchemes": SECURITY_SCHEMES,
        "headers": HEADERS,
        "parameters": {"IfMatch": IF_MATCH},
    }
    components["responses"] = {_name(status): _problem(status) for status in PROBLEMS}
    components["schemas"]["Problem"] = PROBLEM
    for view, path, method, operation in _operations(app, document):
        operation["operationId"] = view.__name__
        operation["security"] = _security(view)
        _complete(operation, method, document["paths"][path])
    _require_what_answers_hold(document)
    _drop_unused(document)
    return document


def _operations(app: Flask, document: Document) -> Iterator[tuple[Any, str, str, Document]]:
    """Yield the view, path, method and operation of each view in the document."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in sorted(rule.methods or ()):
            operation = document["paths"].get(path, {}).get(method.lower())
            if operation is not None:
                yield app.view_functions[rule.endpoint], path, method, operation


def _complete(operation: Document, method: str, item: Document) -> None:
    """Add the errors that any caller of this operation may get, and the headers that it takes."""
    statuses: set[int | str] = {422, 429, 503, "default"}
    if operation["security"]:
        statuses |= {401, 403}
    if method not in SAFE_METHODS:
        statuses |= {400, 415}
    if item.get("parameters"):
        statuses.add(404)
    if method in CHANGES and "200" in item.get("get", {}).get("responses", {}):
        statuses.add(412)
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IfMatch"})
    responses = operation["responses"]
    if method == "GET" and "200" in responses:
        responses["200"]["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
        responses["304"] = {"description": "Not changed since the ETag in If-None-Match."}
    for status, response in responses.items():
        if status[0] in "45" and "$ref" not in response:
            response["content"] = _content()
    for status in map(str, statuses):
        if "content" not in responses.get(status, {}):
            responses[status] = {"$ref": f"#/components/responses/{_name(status)}"}
    operation["responses"] = dict(sorted(responses.items()))


def _name(status: int | str) -> str:
    return "Error" if status == "default" else HTTPStatus(int(status)).phrase.replace(" ", "")


def _problem(status: int | str) -> Document:
    description, headers = PROBLEMS[status]
    named = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return {"description": description, "content": _content()} | ({"headers": named} if named else {})


def _content() -> Document:
    return {ERRORS: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _security(view: Any) -> list[Document]:
    """Return who may call: whoever holds the scope, anybody signed in, or simply anybody."""
    if not hasattr(view, "required_scope"):
        return []
    scopes = [view.required_scope] if view.required_scope else []
    return [{"bearer": scopes}, {"session": scopes}]


def _require_what_answers_hold(document: Document) -> None:
    """Say that answers always hold all their fields, and that they may grow by further ones."""
    paths, schemas = document["paths"], document["components"]["schemas"]
    answered, asked = set[str](), set[str]()
    for item in paths.values():
        for operation in filter(lambda found: isinstance(found, dict), item.values()):
            answered |= _reachable(operation["responses"], schemas)
            asked |= _reachable(operation.get("requestBody"), schemas)
    for name in answered - asked - {"Problem"}:
        schemas[name].pop("additionalProperties", None)
        if schemas[name].get("properties"):
            schemas[name]["required"] = list(schemas[name]["properties"])


def _reachable(part: Any, schemas: Document) -> set[str]:
    """Return the names of the schemas that a part of the document refers to, directly or not."""
    found, waiting = set[str](), [part]
    while waiting:
        text = repr(waiting.pop())
        for name in set(re.findall(r"'#/components/schemas/(\w+)'", text)) - found:
            found.add(name)
            waiting.append(schemas[name])
    return found


def _drop_unused(document: Document) -> None:
    schemas = document["components"]["schemas"]
    used = _reachable([document["paths"], document["components"]["responses"]], schemas)
    document["components"]["schemas"] = {name: schemas[name] for name in schemas if name in used}
