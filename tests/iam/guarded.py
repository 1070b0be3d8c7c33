"""An engine with its IAM on: signatures and policies count, and everybody has keys of their own.

Over TLS, since the buckets refuse anything else. Nobody leaves verification out: the certificate
is made here and is what clients and the functions' processes trust.
"""

from __future__ import annotations

import datetime
import functools
import http.client
import ipaddress
import json
import ssl
import urllib.parse
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cli import engine as engines
from cli.engine import Engine

# Whose keys these are stands above every policy, on the engine: it uses them itself to act as a
# service. Here they make the first user, and take a service's place towards a role.
ROOT = ("test", "test")


def start(home: Path) -> Engine:
    certificate, key = self_signed(home)
    return engines.start(
        home,
        {
            "AUTH": "true",
            "USE_SSL": "1",
            "MINISTACK_SSL_CERT": str(certificate),
            "MINISTACK_SSL_KEY": str(key),
            # What the functions' processes trust.
            "AWS_CA_BUNDLE": str(certificate),
        },
    )


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for the loopback, good for a day, and its key; both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "darkroom tests")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "tls.crt", folder / "tls.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret


def _core(certificate: str) -> botocore.session.Session:
    core = botocore.session.Session()
    core.set_config_variable("ca_bundle", certificate)
    return core


# One for all clients, so that a service's model is read once.
_shared_core = functools.cache(_core)


@dataclass(frozen=True)
class Caller:
    """Somebody with keys: `name` as a failing test shall say it."""

    name: str
    engine: Engine
    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    clients: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def session(self) -> boto3.Session:
        """boto3 keeps the keys in the core, so this has one of its own."""
        assert self.engine.certificate
        return boto3.Session(
            self.access_key_id,
            self.secret_access_key,
            self.session_token,
            engines.REGION,
            _core(self.engine.certificate),
        )

    def client(self, service: str) -> Any:
        if service not in self.clients:
            assert self.engine.certificate
            self.clients[service] = _shared_core(self.engine.certificate).create_client(
                service,
                region_name=engines.REGION,
                endpoint_url=self.engine.endpoint,
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                aws_session_token=self.session_token,
                config=Config(inject_host_prefix=False, retries={"max_attempts": 0}),
            )
        return self.clients[service]


@dataclass(frozen=True)
class Desk(Engine):
    """The engine as somebody's shell knows it: with their keys in the environment."""

    caller: Caller | None = None

    @classmethod
    def of(cls, caller: Caller) -> Desk:
        return cls(**asdict(caller.engine), caller=caller)

    def environment(self) -> dict[str, str]:
        assert self.caller
        return super().environment() | {
            "AWS_ACCESS_KEY_ID": self.caller.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.caller.secret_access_key,
        }


def root(engine: Engine) -> Caller:
    return Caller("root", engine, *ROOT)


def user(maker: Caller, name: str, *statements: Mapping[str, Any]) -> Caller:
    """A new IAM user with a key pair and these statements."""
    iam = maker.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(
        UserName=name,
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Caller(name, maker.engine, key["AccessKeyId"], key["SecretAccessKey"])


def in_the_place_of_a_service(engine: Engine, role: str) -> Caller:
    """What Lambda, Step Functions or EventBridge gets for a role that trusts it."""
    found = root(engine).client("iam").get_role(RoleName=role)["Role"]
    keys = (
        root(engine)
        .client("sts")
        .assume_role(RoleArn=found["Arn"], RoleSessionName="probe")["Credentials"]
    )
    return Caller(role, engine, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


Answer = tuple[int, dict[str, str], str]


def ask(engine: Engine, method: str, url: str, cookie: str = "", **form: str) -> Answer:
    """Over TLS, as a browser does: status, headers, text. Redirects are not followed."""
    where = urllib.parse.urlsplit(url)
    trust = ssl.create_default_context(cafile=engine.certificate)
    connection = http.client.HTTPSConnection(where.netloc, timeout=60, context=trust)
    try:
        connection.request(
            method,
            where.path + (f"?{where.query}" if where.query else ""),
            urllib.parse.urlencode(form) if form else None,
            {
                "Cookie": cookie,
                "Content-Type": "application/x-www-form-urlencoded",
                "Sec-Fetch-Site": "same-origin",
            },
        )
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read().decode(errors="replace")
    finally:
        connection.close()
