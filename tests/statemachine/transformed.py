"""The template as CloudFormation gets it: with the roles and permissions that SAM makes."""

from __future__ import annotations

import os
from copy import deepcopy
from typing import Any
from unittest import mock

from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

from tests.statemachine.definitions import TEMPLATE, Json

# `sam package` puts code and definitions into a bucket and writes where, which changes no role.
PLACES = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


def _packaged() -> Json:
    template: Json = deepcopy(TEMPLATE)
    for resource in template["Resources"].values():
        if place := PLACES.get(resource["Type"]):
            resource["Properties"][place] = "s3://bucket/key"
    return template


def _transform() -> Json:
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        translator = Translator(managed_policy_map=None, sam_parser=Parser())
        made: Json = translator.translate(_packaged(), parameter_values={})
    return made


TRANSFORMED: Json = _transform()["Resources"]


def of_type(kind: str) -> dict[str, Any]:
    """The properties of all resources of a type, by logical name."""
    return {
        name: resource.get("Properties", {})
        for name, resource in TRANSFORMED.items()
        if resource["Type"] == kind
    }
