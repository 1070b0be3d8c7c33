"""What each role may do is what the lists say, and every other call on every resource is refused.

The roles' keys are taken as the services take them. State machines' roles are tried as well: the
engine runs state machines without asking what theirs allow.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from cli.engine import Engine
from darkroom import statuses
from tests.conftest import Darkroom
from tests.iam import guarded
from tests.iam.conftest import APPROVED
from tests.iam.guarded import Caller
from tests.iam.probe import Probe, Scene
from tests.iam.probes import PLACES, PREFIXES, all_probes, drastic_probes
from tests.statemachine.definitions import BUCKETS, FUNCTIONS, MACHINES, statements
from tests.statemachine.test_template import GRANTS, STATE_MACHINES

pytestmark = pytest.mark.engine

PROBES = all_probes()
# A listing is allowed below these prefixes; the template's condition is no part of a grant.
LISTED = {
    ("ValidateFunction", "UploadBucket.Arn"): {"raw/"},
    ("ReviewFunction", "WorkBucket.Arn"): {"waiting/", "rejected/"},
    ("PublishFunction", "WorkBucket.Arn"): {"waiting/"},
    ("PublishFunction", "PublishedBucket.Arn"): {""},
    ("Backfill", "UploadBucket.Arn"): {"raw/"},
}
# What SAM makes for a rule: it starts one state machine.
RULES = {"PipelineUpload": "Pipeline", "SettleEnded": "Settle", "MeasureTick": "Measure"}
NAMES = (*FUNCTIONS, *(machine.name for machine in MACHINES), *RULES)


@pytest.fixture(scope="package")
def scene(guarded_darkroom: Darkroom, ids: dict[str, str], token: str, decided: None) -> Scene:
    guarded_darkroom.wait(APPROVED, *statuses.ENDED)
    return Scene(ids, token)


def allowed(name: str) -> set[tuple[str, str]]:
    """What `name` may do, in the probes' spelling."""
    if name in RULES:
        return {("states:StartExecution", RULES[name])}
    if name in GRANTS:
        logs = ("logs:PutLogEvents", name.replace("Function", "LogGroup"))
        return {(action, _canonical(resource)) for action, resource in GRANTS[name]} | {logs}
    return {
        (action, _canonical(resource))
        for statement in statements(name)
        if statement.condition is None and statement.resources != ("*",)
        for action, resource in statement.grants()
    }


def _canonical(resource: str) -> str:
    """A state machine by its logical name, however a policy spells it."""
    for machine in MACHINES:
        if resource == f"{STATE_MACHINES}AWS::StackName-{machine.name.lower()}":
            return machine.name
    return resource


def _is_allowed(name: str, probe: Probe) -> bool:
    if (probe.action, probe.resource) not in allowed(name):
        return False
    return probe.prefix is None or probe.prefix in LISTED[name, probe.resource]


@pytest.mark.parametrize("name", NAMES)
def test_a_role_may_do_what_is_listed_and_nothing_else(
    name: str, guarded_engine: Engine, scene: Scene
) -> None:
    keys = guarded.in_the_place_of_a_service(guarded_engine, scene.ids[f"{name}Role"])

    wrong = [
        f"{'refused' if _is_allowed(name, probe) else 'allowed'}: {probe}"
        for probe in (*PROBES, *drastic_probes())
        if probe.is_refused(keys, scene) is _is_allowed(name, probe)
    ]

    assert wrong == []


def test_none_of_it_is_refused_to_whoever_may_do_everything(operator: Caller, scene: Scene) -> None:
    assert [str(probe) for probe in PROBES if probe.is_refused(operator, scene)] == []


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_somebody_may_do_is_tried_with_all(name: str) -> None:
    tried = {(probe.action, probe.resource) for probe in PROBES}
    assert allowed(name) <= tried


def test_every_place_in_a_bucket_is_tried() -> None:
    places = {
        resource
        for name in NAMES
        for action, resource in allowed(name)
        if resource.partition(".")[0] in BUCKETS and not resource.endswith(".Arn")
    }
    assert places <= set(PLACES)
    assert set(PREFIXES) == set(BUCKETS)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_may_take_a_services_place(name: str, operator: Caller, scene: Scene) -> None:
    arn = operator.client("iam").get_role(RoleName=scene.ids[f"{name}Role"])["Role"]["Arn"]

    with pytest.raises(ClientError) as refusal:
        operator.client("sts").assume_role(RoleArn=arn, RoleSessionName="probe")

    assert refusal.value.response["Error"]["Code"] == "AccessDenied"


def test_an_uploader_uploads_and_does_nothing_else(uploader: Caller, scene: Scene) -> None:
    through = [
        (probe.action, probe.resource) for probe in PROBES if not probe.is_refused(uploader, scene)
    ]
    assert through == [("s3:PutObject", "UploadBucket.Arn/raw/*")]
