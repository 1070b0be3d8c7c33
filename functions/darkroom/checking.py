"""What is wrong with plain JSON that is to become msgspec Structs: every place, in plain words."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import inspect

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 80


class FieldError(ValueError):
    """To be raised in `__post_init__`: what is wrong with one field because of the others."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


def problems(value: Any, kind: Any, path: str) -> Iterator[str]:
    """A line for each place where `value` is not what `kind` wants: "PATH: expected X, got Y".

    `kind`: a Struct, a union of tagged ones, a tuple of such, or what may stand in their fields.
    """
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    found = list(_within(value, bare, path))
    yield from found
    if found:
        return
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        if isinstance(cause, FieldError):
            yield f"{path}.{cause.field}: {cause}"
        elif isinstance(cause, ValueError):
            yield f"{path}: {cause}"
        else:
            yield f"{path}: expected {expectation(kind)}{_got(value)}"


def expectation(kind: Any) -> str:
    """What may stand where `kind` is wanted, with its bounds: "a whole number from 1 to 9"."""
    if get_origin(kind) is Literal:
        return _one_of(get_args(kind))
    return _in_words(inspect.type_info(kind))


def _within(value: Any, kind: Any, path: str) -> Iterator[str]:
    """The problems of the parts of `value`, where it has parts."""
    structs = _structs(kind)
    if structs and isinstance(value, dict):
        yield from _in_object(value, structs, path)
    elif get_origin(kind) is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            yield from problems(item, get_args(kind)[0], f"{path}[{index}]")


def _in_object(
    value: dict[str, Any], structs: dict[Any, type[msgspec.Struct]], path: str
) -> Iterator[str]:
    tag_field = next(iter(structs.values())).__struct_config__.tag_field
    if tag_field is None:
        struct = structs[None]
    else:
        tag = value.get(tag_field)
        if not isinstance(tag, str) or tag not in structs:
            got = _got(tag) if tag_field in value else ", got none"
            yield f"{path}.{tag_field}: expected {_one_of(structs)}{got}"
            return
        struct = structs[tag]
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    names = [name for name in (tag_field, *fields) if name]
    for key in value:
        if key not in names:
            yield f"{path}: expected {_one_of(names)} for a field, got {_SHORT.repr(key)}"
    for name, field in fields.items():
        if name in value:
            yield from problems(value[name], field.type, f"{path}.{name}")
        elif field.required:
            yield f"{path}.{name}: expected {expectation(field.type)}, got none"


def _structs(kind: Any) -> dict[Any, type[msgspec.Struct]]:
    """The Structs that `kind` is or may be, each under its tag."""
    kinds = [part for part in (kind, *get_args(kind)) if isinstance(part, type)]
    return {part.__struct_config__.tag: part for part in kinds if issubclass(part, msgspec.Struct)}


def _in_words(info: Any) -> str:
    if isinstance(info, inspect.Metadata):
        # A description serves where a pattern would have to be read.
        return str((info.extra_json_schema or {}).get("description") or _in_words(info.type))
    if isinstance(info, inspect.UnionType):
        # Where null may stand, the field may as well be left out.
        return _in_words(info.types[0])
    if isinstance(info, inspect.IntType | inspect.FloatType):
        whole = "whole " if isinstance(info, inspect.IntType) else ""
        return f"a {whole}number{_bounds(info)}"
    if isinstance(info, inspect.StrType):
        return f"a text{_length(info)}"
    if isinstance(info, inspect.VarTupleType):
        return "a list of at least one" if info.min_length else "a list"
    return "an object"


def _bounds(info: inspect.IntType | inspect.FloatType) -> str:
    if info.gt is not None:
        return f" above {info.gt} and up to {info.le}"
    return f" from {info.ge} to {info.le}" if info.le is not None else ""


def _length(info: inspect.StrType) -> str:
    return f" of {info.min_length} to {info.max_length} characters" if info.max_length else ""


def _one_of(names: Any) -> str:
    names = tuple(names)
    return f"one of {', '.join(names)}" if len(names) > 1 else names[0]


def _got(value: Any) -> str:
    """The offending value, or nothing where that is an object or a list too long to show."""
    return "" if isinstance(value, dict | list) else f", got {_SHORT.repr(value)}"
