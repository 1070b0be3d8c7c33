"""The `darkroom` command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from cli import (
    backfilling,
    completing,
    deployment,
    engine,
    parameters,
    replaying,
    reporting,
    rerunning,
    reviewing,
)
from cli import demo as demonstration
from cli.costing import command as costing
from cli.errors import CommandError
from cli.group import Group
from cli.logs import command as logs
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.previewing import command as previewing
from cli.reconciling import command as reconciling
from cli.sheets import command as contact_sheets
from cli.stack import connect, local_session
from cli.style import json_text, plain
from cli.uploading import command as uploading
from cli.watching import command as watching


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="darkroom")
def main() -> None:
    """Pictures in, reviewed and published pictures out."""


for command in (
    *uploading.COMMANDS,
    *reporting.COMMANDS,
    *watching.COMMANDS,
    *logs.COMMANDS,
    *backfilling.COMMANDS,
    *reviewing.COMMANDS,
    *costing.COMMANDS,
    *reconciling.COMMANDS,
    *rerunning.COMMANDS,
    *replaying.COMMANDS,
    *contact_sheets.COMMANDS,
    *previewing.COMMANDS,
    *completing.COMMANDS,
):
    main.add_command(command)

parameter_option = click.option(
    "--parameter",
    "parameter_words",
    multiple=True,
    metavar="NAME=VALUE",
    help="A template parameter, such as ReviewTimeoutSeconds=60. May be given again. It stays so.",
)
reset_option = click.option(
    "--reset-parameters",
    is_flag=True,
    help="Go back to the template's defaults for all that --parameter does not name.",
)


@main.command()
@parameter_option
@reset_option
def up(parameter_words: Sequence[str], reset_parameters: bool) -> None:
    """Start the embedded engine, deploy to it, and return."""
    _up(parameter_words, reset_parameters)
    console.print(
        "Ready. Next:\n"
        '  eval "$(.venv/bin/darkroom env)"\n'
        '  .venv/bin/aws s3 cp samples/logo.png "s3://$UPLOAD_BUCKET/raw/brand/"\n'
        "  .venv/bin/darkroom status\n"
        "  .venv/bin/darkroom down",
        soft_wrap=True,
    )


@main.command()
def down() -> None:
    """End the embedded engine that `up` started."""
    if engine.stop(home()):
        console.print("The engine has ended; its state is kept for the next `darkroom up`.")
    else:
        console.print("No engine is running.")


@main.command()
@stack_option
@json_option
def env(stack_name: str | None, as_json: bool) -> None:
    """Print export lines for a shell: eval "$(darkroom env)"."""
    stack = connect(home(), stack_name)
    running = engine.running(home()) if stack_name is None else None
    variables = (running.environment() if running else {}) | stack.variables()
    if as_json:
        click.echo(json_text(variables))
        return
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@main.command()
@click.option(
    "--images",
    type=click.Path(path_type=Path),
    help="A folder with pictures of your own. Without it, the samples.",
)
@parameter_option
def demo(images: Path | None, parameter_words: Sequence[str]) -> None:
    """Start everything, upload pictures, and show what became of them."""
    batch = demonstration.own(images) if images else demonstration.samples()
    running = _up(parameter_words)
    stack = connect(home(), None)
    surprises = demonstration.run(stack, running, batch, home(), console)
    console.print(
        "\nThe engine is still running. Next:\n"
        '  eval "$(.venv/bin/darkroom env)"\n'
        '  .venv/bin/aws s3 cp samples/logo.png "s3://$UPLOAD_BUCKET/raw/brand/"\n'
        "  .venv/bin/darkroom status            # what became of everything\n"
        "  .venv/bin/darkroom reviews           # what waits for a reviewer, with links\n"
        "  .venv/bin/darkroom reviewers add Me  # your own link, to the whole queue\n"
        "  make demo IMAGES=folder              # pictures of your own\n"
        "  make down                            # to stop",
        soft_wrap=True,
    )
    if surprises:
        raise CommandError("Not everything came out as expected:\n  " + "\n  ".join(surprises))


def _up(words: Sequence[str], reset: bool = False) -> engine.Engine:
    given = parameters.read(words)
    with engine.one_at_a_time(home()):
        lacking = engine.aftermath(home())
        console.print("[bold]Starting[/] the embedded engine")
        running = engine.start(home())
        if lacking:
            next_step = ".venv/bin/darkroom reconcile --repair"
            console.print(f"{lacking} Next: {next_step}", soft_wrap=True, highlight=False)
        console.print(f"[bold]Deploying[/] template.yaml to {running.endpoint} with sam deploy")
        own = deployment.own_parameters(running)
        defaults = {name: parameters.default_of(name) for name in parameters.declared()}
        deployment.deploy(running, home(), (defaults | own if reset else {}) | given)
        _say_what_differs(running, own)
        engine.save(home())
    return running


def _say_what_differs(running: engine.Engine, own: Mapping[str, str]) -> None:
    """`sam deploy` keeps a stack's values without a word."""
    deployed = deployment.values(local_session(), running.endpoint, deployment.STACK)
    differing = parameters.changed(deployed, own)
    for word in differing:
        console.print("  with", plain(word), soft_wrap=True)
    if differing:
        console.print(
            "Values stay from one `darkroom up` to the next; --reset-parameters goes back to the "
            "defaults.",
            soft_wrap=True,
        )
