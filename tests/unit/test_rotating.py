"""`darkroom rotate-secret`: what it writes, what it says, and two at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from click.testing import CliRunner, Result
from moto import mock_aws

from cli import rotating
from cli.errors import CommandError
from cli.link_secret import LinkSecret
from cli.main import main
from cli.stack import Stack
from darkroom.keyring import KEPT_FOR, Key, Keyring, read_keyring
from tests.statemachine.definitions import RESOURCES

GENERATED = "k3Yq" * 16
AT = datetime(2026, 11, 20, 6, 4, 11, tzinfo=UTC)


class StackInAws(Stack):
    """CloudFormation knows one resource of it; all else is moto's."""

    secret: ClassVar[str]

    def client(self, service: str) -> Any:
        made = super().client(service)
        if service == "cloudformation":
            detail = {
                "PhysicalResourceId": self.secret,
                "LogicalResourceId": "LinkSecret",
                "ResourceType": RESOURCES["LinkSecret"]["Type"],
                "ResourceStatus": "CREATE_COMPLETE",
                "LastUpdatedTimestamp": AT,
            }
            asked = {"StackName": "tests", "LogicalResourceId": "LinkSecret"}
            stubber = Stubber(made)
            stubber.add_response("describe_stack_resource", {"StackResourceDetail": detail}, asked)
            stubber.activate()
        return made


class Office:
    """An operator's machine, and the secret of a stack as CloudFormation made it."""

    def __init__(self, session: boto3.Session) -> None:
        self.client = session.client("secretsmanager")
        self.secret = self.client.create_secret(Name="LinkSecret", SecretString=GENERATED)["ARN"]
        StackInAws.secret = self.secret
        self.stack = StackInAws("tests", session, None, {})

    def write(self, value: str) -> None:
        self.client.put_secret_value(SecretId=self.secret, SecretString=value)

    def ring(self, at: datetime = AT) -> Keyring:
        # Named, because moto's default does not follow the label.
        answer = self.client.get_secret_value(SecretId=self.secret, VersionStage="AWSCURRENT")
        return read_keyring(answer["SecretString"], at)

    def labels(self) -> list[str]:
        found = self.client.list_secret_version_ids(SecretId=self.secret)["Versions"]
        return sorted(label for version in found for label in version["VersionStages"])

    def run(self, *arguments: str, typed: str | None = None, fails: bool = False) -> Result:
        result = CliRunner().invoke(main, ["rotate-secret", *arguments], input=typed)
        assert result.exit_code == (1 if fails else 0), result.output
        return result


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        office = Office(boto3.Session(region_name="us-east-1"))
        monkeypatch.setattr(rotating, "connect", lambda home, name: office.stack)
        monkeypatch.setattr(rotating, "now", lambda: AT)
        yield office


def test_the_secret_is_found_by_its_name_in_the_template(office: Office) -> None:
    assert office.stack.link_keys == Keyring((Key(GENERATED),), bare=True)


def test_a_rotation_keeps_the_key_that_cloudformation_generated(office: Office) -> None:
    office.run()

    new, former = office.ring().keys
    assert former == Key(GENERATED, AT)
    assert new.text != GENERATED
    assert office.labels() == ["AWSCURRENT", "AWSPREVIOUS"]


def test_a_rotation_says_what_ends_and_when(office: Office) -> None:
    said = office.run().output

    new, former = office.ring().keys
    assert f"The key {new.id} signs from now on." in said
    assert f"{former.id} signed until now; what it signed is good until 2026-12-27" in said
    assert "Within those 37 days every message's link and session ends by itself" in said
    assert "A sign-in link does not" in said and "darkroom reviewers add NAME" in said


def test_rotations_drop_what_has_ended(office: Office) -> None:
    ended = AT - KEPT_FOR
    office.write(Keyring((Key("c"), Key("b", AT - timedelta(days=1)), Key("a", ended))).to_value())

    said = office.run().output

    assert [key.text for key in office.ring(ended).keys[1:]] == ["c", "b"]
    assert f"{Key('b').id} was retired earlier; what it signed is good until 2026-12-26" in said


def test_a_revocation_leaves_nothing_of_before_and_says_what_to_do(office: Office) -> None:
    office.run()
    before = office.ring()

    said = office.run("--revoke").output

    [new] = office.ring().keys
    assert before.find(new.id) is None
    assert f"The key {new.id} signs from now on, and no other is kept." in said
    assert "end within five minutes" in said
    assert "`darkroom reviews`" in said and "`darkroom reviewers add NAME`" in said


@pytest.mark.parametrize(
    ("arguments", "typed", "revoked"),
    [((), "n\n", False), ((), "", False), ((), "y\n", True), (("--yes",), "", True)],
)
def test_at_a_terminal_a_revocation_asks_first(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    typed: str,
    revoked: bool,
) -> None:
    monkeypatch.setattr(rotating, "is_at_a_terminal", lambda: True)

    office.run("--revoke", *arguments, typed=typed, fails=not revoked)

    assert (office.ring().find(Key(GENERATED).id) is None) is revoked


def test_nothing_that_is_said_has_a_key_in_it(office: Office) -> None:
    office.write('{"keys": [{"key": "swordfish"')
    said = office.run(fails=True).output
    office.write(GENERATED)
    said += office.run().output
    keys = office.ring().keys
    said += office.run("--revoke").output
    keys += office.ring().keys

    assert not any(key.text in said for key in keys)
    assert "swordfish" not in said


def test_a_secret_that_cannot_be_used_is_named_and_left_alone(office: Office) -> None:
    office.write('{"keys": []}')

    said = office.run(fails=True).output

    assert office.secret in said and "for LinkSecret" in said and "AWSPREVIOUS" in said
    answer = office.client.get_secret_value(SecretId=office.secret)
    assert answer["SecretString"] == '{"keys": []}'


def test_of_two_rotations_at_once_one_counts_and_the_other_is_told(office: Office) -> None:
    secret = LinkSecret(office.client, office.secret)
    first, second = secret.read(AT), secret.read(AT)
    secret.replace(first, counted := first.keyring.rotated(AT))

    with pytest.raises(CommandError, match="another rotation came between"):
        secret.replace(second, second.keyring.rotated(AT))

    assert office.ring() == counted
    assert office.labels() == ["AWSCURRENT", "AWSPREVIOUS"]
    secret.replace(secret.read(AT), counted.rotated(AT))
    assert [key.id for key in office.ring().keys[1:]] == [key.id for key in counted.keys]


class Broken:
    """A client whose labels do not move."""

    def __init__(self, client: Any, refusing: Callable[[dict[str, Any]], bool]) -> None:
        self._client = client
        self._refusing = refusing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_secret_version_stage(self, **call: Any) -> Any:
        if self._refusing(call):
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": ""}}, "Update")
        return self._client.update_secret_version_stage(**call)


def test_what_is_refused_for_another_reason_is_not_called_a_race(office: Office) -> None:
    client = Broken(office.client, lambda call: call["VersionStage"] == "AWSCURRENT")
    secret = LinkSecret(client, office.secret)  # type: ignore[arg-type]
    before = secret.read(AT)

    with pytest.raises(ClientError, match="AccessDenied"):
        secret.replace(before, before.keyring.rotated(AT))

    assert office.ring() == before.keyring


def test_a_label_that_stays_does_not_hide_that_the_secret_changed(office: Office) -> None:
    client = Broken(office.client, lambda call: call["VersionStage"] != "AWSCURRENT")
    secret = LinkSecret(client, office.secret)  # type: ignore[arg-type]
    before = secret.read(AT)

    secret.replace(before, after := before.keyring.rotated(AT))

    assert office.ring() == after
