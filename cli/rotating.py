"""The command that changes what signs links, sign-in links and sessions."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from cli.options import stack_option
from cli.places import home
from cli.stack import connect
from darkroom.keyring import KEPT_FOR, Key, Keyring
from darkroom.moments import now

REVOCATION = (
    "All links of messages, sign-in links and sessions that were made until now end within five "
    "minutes; whatever the review function still signs in those minutes ends with them."
)
NEXT = (
    "Then `darkroom reviews` prints the new link of every picture that waits, and\n"
    "`darkroom reviewers add NAME` a new sign-in link for each reviewer "
    "(`darkroom reviewers list` has the names)."
)


@click.command("rotate-secret")
@click.option("--revoke", is_flag=True, help="After a leak: end everything signed until now.")
@click.option("--yes", is_flag=True, help="Do not ask at a terminal before --revoke.")
@stack_option
def rotate_secret(revoke: bool, yes: bool, stack_name: str | None) -> None:
    """Sign links and sessions with a new key; open ones keep working."""
    secret = connect(home(), stack_name).link_secret
    at = now()
    before = secret.read(at)
    if revoke:
        if not yes and is_at_a_terminal():
            click.confirm(f"{REVOCATION} Go on?", abort=True)
        after = before.keyring.revoked()
        secret.replace(before, after)
        click.echo(f"The key {after.signing().id} signs from now on, and no other is kept.")
        click.echo(f"{REVOCATION}\n{NEXT}")
        return
    after = before.keyring.rotated(at)
    secret.replace(before, after)
    click.echo(f"The key {after.signing().id} signs from now on.")
    click.echo("\n".join(_fates(after, before.keyring.signing())))


def _fates(ring: Keyring, former: Key) -> Iterable[str]:
    """What becomes of the earlier keys, a line each."""
    for key in ring.keys[1:]:
        word = "signed until now" if key.id == former.id else "was retired earlier"
        yield f"The key {key.id} {word}; what it signed is good until {key.ends_at:%Y-%m-%d}."
    yield (
        f"Within those {KEPT_FOR.days} days every message's link and session ends by itself. "
        "A sign-in link does not:\none made before now is void from that day on, and "
        "`darkroom reviewers add NAME` makes a new one."
    )


def is_at_a_terminal() -> bool:
    return sys.stdin.isatty()
