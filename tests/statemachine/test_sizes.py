"""Step Functions ends an execution whose payload is over 256 KiB, and nothing can catch that.

The largest recipe on the longest name, with characters that JSON spells longest, through the
state machines; what the functions answer is made by their own code.
"""

from __future__ import annotations

import functools
import io
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from boto3.dynamodb.types import TypeSerializer
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bench.steps import planned
from darkroom.contracts import Batch, MadeFile, MadeVariant, Mastered, Upload, parse, plain
from darkroom.errors import ImageError
from darkroom.keyring import Key, Keyring
from darkroom.keys import MAX_KEY_BYTES, RAW_PREFIX, manifest_key
from darkroom.links import sign
from darkroom.masters import joined
from darkroom.recipes import MAX_VARIANTS, Recipe, parse_recipes
from darkroom.reviewers import MAX_NAME, MAX_REASON
from darkroom.storage import Fetched
from optimize.files import output_formats
from review.decisions import read_decision
from review.pages import APPROVE, MAX_NOTE, REJECT
from tests.statemachine.definitions import PIPELINE, PROCESS, WITHDRAW
from tests.statemachine.walk import CONTEXT, Failure, Json, Step, Walk
from validate.flags import MAX_DETAIL, Subject, Thresholds, find_flags
from validate.limits import Limits
from validate.rights import MAX_COPYRIGHT
from validate.verdict import MAX_CAPTION, accept, refuse

# Of a state's input, arguments, result and output, and of a variable; SNS takes as much for a
# message: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MAX_PAYLOAD = 262_144
# Of all of a function's variables together: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_ENVIRONMENT = 4096

# One byte in a key, six in JSON, seven in JSON within JSON.
LONG = "\x01"
# The same, of what may stand in a watermark.
LONG_TEXT = "\u2122"
WIDTH, HEIGHT = 16_000, 8
VERSION = "0123456789abcdef"


def recipe() -> Recipe:
    """As much as a recipe may ask for: half of it renditions, half the most wordy filter."""
    half = MAX_VARIANTS // 2
    value = {
        "renditions": [
            {"name": f"{number:-<40}", "width": 15_000 + number} for number in range(half)
        ],
        "filters": [
            {
                "name": f"{number:-<40}",
                "width": 15_000 + number,
                "filter": "watermark",
                "text": LONG_TEXT * 80,
                "position": "south-east",
            }
            for number in range(half, MAX_VARIANTS)
        ],
        "formats": ["avif", "webp", "jpeg", "png"],
        "animation": "keep",
        "keep": ["copyright"],
    }
    return parse_recipes(json.dumps({"default": value}))["default"]


@functools.cache
def picture() -> bytes:
    """It moves, and has the longest copyright line of the characters that JSON spells longest."""
    buffer = io.BytesIO()
    info = PngInfo()
    info.add_itxt("Copyright", "\U0001f4f7" * MAX_COPYRIGHT)
    frames = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ("teal", "navy")]
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:], pnginfo=info)
    return buffer.getvalue()


def fetched() -> Fetched:
    return Fetched(picture(), {"caption": '"' * MAX_CAPTION}, datetime(2025, 11, 20, tzinfo=UTC))


LIMITS = Limits(*[10**9] * 9)
OFF = Thresholds((), 0, 0, -1)


def upload(image: str) -> Upload:
    return Upload(
        bucket="b" * 63,
        key=RAW_PREFIX + image,
        etag="0" * 32 + "-10000",
        image=image,
        version=VERSION,
        execution=CONTEXT["Execution"]["Id"] + "_" + "0" * 80,
        version_id="v" * 1024,
    )


@functools.cache
def longest_accepted() -> str:
    """The longest name that Validate takes with this recipe: it says so itself."""
    longest = LONG * (MAX_KEY_BYTES - len(RAW_PREFIX))
    with pytest.raises(ImageError) as refused:
        accept(upload(longest), fetched(), LIMITS, OFF, {"default": recipe()}, list)
    assert refused.value.code == "name_too_long" and refused.value.limit
    return LONG * int(refused.value.limit)


def accepted(flags: list[Json]) -> Json:
    verdict = accept(
        upload(longest_accepted()), fetched(), LIMITS, OFF, {"default": recipe()}, list
    )
    renditions, filters = planned(verdict, "renditions"), planned(verdict, "filters")
    assert len(renditions) + len(filters) == MAX_VARIANTS
    assert all(rendition["animated"] for rendition in renditions)
    assert len(verdict["copyright"]) == MAX_COPYRIGHT
    return verdict | {"flags": flags}


def many_flags() -> list[Json]:
    flags: list[Json] = [{"rule": "keyword", "detail": LONG * MAX_DETAIL} for _ in range(19)]
    resembled = {"image": longest_accepted(), "version": "0" * 16}
    return [
        *flags,
        {"rule": "resembles_rejected", "detail": LONG * MAX_DETAIL, "resembles": resembled},
    ]


def flags_of_a_full_environment() -> list[Json]:
    """Somebody's caption has every word of the longest list that ReviewKeywords can be."""
    words = [f"word{number:04}" for number in range(MAX_ENVIRONMENT // len("word0000,"))]
    subject = Subject("a.jpg", [" ".join(words)], WIDTH, HEIGHT, None, ())
    return [
        msgspec.to_builtins(flag)
        for flag in find_flags(subject, Thresholds(tuple(words), 0, 0, -1))
    ]


class Process:
    """The Express workflow's Tasks."""

    def __init__(self, verdict: Json) -> None:
        self.verdict = verdict

    def __call__(self, name: str, arguments: Any) -> Json:
        if name == "Recall":
            return _old_records(self.verdict, arguments["Limit"])
        if name == "Claim":
            return {"Attributes": arguments["Key"] | _old_record(self.verdict)}
        if name == "TidyOne":
            return {}
        payload = arguments["Payload"]
        if name == "Publish":
            return _published(payload)
        parse(Upload, payload["upload"])
        if name == "Validate":
            return {"StatusCode": 200, "Payload": self.verdict}
        if name in ("ResizeOne", "FilterOne"):
            batch = parse(Batch, payload["batch"])
            parts = [b"x" * 10**6] * len(batch.variants)
            return {"StatusCode": 200, "Payload": {"variants": plain(joined(batch, parts)[1])}}
        variant = parse(Mastered, payload["variant"])
        assert name == "OptimizeOne"
        files = tuple(
            MadeFile(format, 10**9, animated=True if format == "webp" else None)
            for format in output_formats(payload["formats"], False)
        )
        made = MadeVariant(
            variant.name, variant.kind, variant.width, variant.height, files, variant.filter
        )
        return {"StatusCode": 200, "Payload": plain(made)}


class Pipeline:
    """The pipeline's Tasks; `process` keeps the walk through the Express workflow."""

    def __init__(self, verdict: Json, decision: str) -> None:
        self.verdict = verdict
        self.decision = decision
        self.process: Walk | None = None

    def __call__(self, name: str, arguments: Any) -> Json:
        match name:
            case "Process":
                self.process = Walk(Process(self.verdict), CONTEXT)
                output = self.process.run(PROCESS.definition, json.loads(arguments["Input"]))
                return {
                    "Status": "SUCCEEDED",
                    "Input": arguments["Input"],
                    "Output": _dumped(output),
                    "ExecutionArn": "a" * 300,
                    "StateMachineArn": "a" * 300,
                }
            case "Answer":
                return {"Item": {"execution": {"S": CONTEXT["Execution"]["Id"]}, **self.reviewed()}}
            case "Publish":
                return _published(arguments["Payload"])
        return {}

    def reviewed(self) -> Json:
        """The record of a picture that waits, once it is decided; with the token and the outline
        that are still there."""
        form = {
            "decision": self.decision,
            "reviewer": '"' * MAX_NAME,
            "reason": '"' * MAX_REASON,
            "note": LONG * MAX_NOTE,
        }
        review = read_decision(form).to_record("2025-11-20T07:00:00.000Z")
        return {
            "review": {"M": {name: {"S": text} for name, text in review.items()}},
            "task_token": {"S": "t" * 1024},
            "outline": {
                "S": _dumped(planned(self.verdict, "renditions") + planned(self.verdict, "filters"))
            },
            **_old_record(self.verdict),
        }


def _old_record(verdict: Json) -> Json:
    """What Claim finds and hands back: an earlier run's fields."""
    fields = {key: verdict[key] for key in ("source", "flags") if key in verdict}
    return {"everything": {"S": _dumped(fields)}}


def _old_records(verdict: Json, count: int) -> Json:
    """A page of what Recall finds: a decision in so many words on each version of the picture."""
    said = {"by": LONG * MAX_NAME, "reason": LONG * MAX_REASON, "note": LONG * MAX_NOTE}
    record = {
        "version": VERSION,
        "status": "REJECTED",
        "recipe": LONG * MAX_NAME,
        "review": said | {"decision": "reject", "decided_at": "2026-11-20T06:00:00.000Z"},
        "flags": verdict.get("flags", []),
    }
    return {"Items": [TypeSerializer().serialize(record)["M"]] * count}


def _published(payload: Json) -> Json:
    return {"Payload": {"manifest_key": manifest_key(payload["image"]), "superseded_by": VERSION}}


def _dumped(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def event(image: str) -> Json:
    announced = upload(image)
    return {
        "version": "0",
        "detail": {
            "bucket": {"name": announced.bucket},
            "object": {
                "key": announced.key,
                "etag": announced.etag,
                "version-id": announced.version_id,
                "sequencer": "0" * 40,
            },
        },
    }


def walked(image: str, verdict: Json, decision: str = APPROVE, failing: str = "") -> list[Step]:
    """All that both state machines did with one upload."""
    services = Pipeline(verdict, decision)

    def answer(name: str, arguments: Any) -> Any:
        if name == failing:
            raise Failure("Some.Error", LONG * 32_768)
        return services(name, arguments)

    context = {**CONTEXT, "Execution": {**CONTEXT["Execution"], "Input": event(image)}}
    context["Task"] = {"Token": "t" * 1024}
    walk = Walk(answer, context)
    try:
        walk.run(PIPELINE.definition, event(image))
    except Failure:
        assert failing
    assert services.process is not None
    return [*services.process.steps, *walk.steps]


def largest(steps: list[Step]) -> tuple[int, str]:
    """Bytes, and where."""
    sizes = []
    for step in steps:
        payloads = {
            "input": step.input,
            "arguments": step.arguments,
            "result": step.result,
            "output": step.output,
            **step.variables,
        }
        for kind, payload in payloads.items():
            sizes.append((len(_dumped(payload).encode()), f"{step.name}, {kind}"))
    return max(sizes)


@pytest.mark.parametrize("flags", [many_flags, flags_of_a_full_environment])
@pytest.mark.parametrize("decision", [APPROVE, REJECT])
def test_the_largest_run_fits_into_every_state(flags: Any, decision: str) -> None:
    steps = walked(longest_accepted(), accepted(flags()), decision)
    assert {"OptimizeOne", "Assemble", "Answer", "Trail", "Record", "Notify"} <= {
        one.name for one in steps
    }
    size, where = largest(steps)
    assert size < MAX_PAYLOAD, where


def test_the_largest_clean_run_fits_into_every_state() -> None:
    steps = walked(longest_accepted(), accepted([]))
    assert [step.name for step in steps].count("Publish") == 1
    size, where = largest(steps)
    assert size < MAX_PAYLOAD, where


@pytest.mark.parametrize("failing", ["Review", "Publish", "Record", "Notify"])
def test_a_failure_with_the_longest_cause_fits_into_every_state(failing: str) -> None:
    steps = walked(longest_accepted(), accepted(many_flags()), failing=failing)
    assert steps[-1].name == "Failed"
    size, where = largest(steps)
    assert size < MAX_PAYLOAD, where


def test_a_refusal_of_the_longest_key_fits_into_every_state() -> None:
    image = LONG * (MAX_KEY_BYTES - len(RAW_PREFIX))
    error = ImageError("name_too_long", LONG * 500, measured=1020, limit=900)
    verdict = refuse(upload(image), {"default": recipe()}, error, fetched())
    steps = walked(image, verdict)
    assert [step.name for step in steps][-2:] == ["Record", "Notify"]
    size, where = largest(steps)
    assert size < MAX_PAYLOAD, where


@pytest.mark.parametrize("action", ["reopen", "retract"])
@pytest.mark.parametrize("failing", ["", "Withdraw"])
def test_the_largest_withdrawal_fits_into_every_state(action: str, failing: str) -> None:
    image, flags = longest_accepted(), many_flags()
    announced = event(image)["detail"]["object"]
    upload = {name.replace("-", "_"): {"S": value} for name, value in announced.items()}
    flag = {name: {"S": flags[0][name]} for name in flags[0]}
    record = {
        **Pipeline(accepted(flags), REJECT).reviewed(),
        "upload": {"M": upload},
        "flags": {"L": [{"M": flag}] * len(flags)},
        "recipe": {"S": "r" * 40},
    }
    order = {
        "action": action,
        "image": image,
        "version": VERSION,
        "execution": CONTEXT["Execution"]["Id"],
        "by": '"' * MAX_NAME,
        "reason": LONG * MAX_NOTE,
        "at": "2025-11-20T07:00:00.000Z",
    }

    def answer(name: str, _: Any) -> Json:
        if name == failing:
            raise Failure("Some.Error", LONG * 32_768)
        return {"Attributes": record} if name in ("Reopen", "Retract") else {}

    walk = Walk(answer, CONTEXT)
    try:
        walk.run(WITHDRAW.definition, order)
    except Failure:
        assert failing
    size, where = largest(walk.steps)
    assert size < MAX_PAYLOAD, where


def test_the_measure_counts_what_grows() -> None:
    """So that the tests above cannot pass by measuring nothing."""
    small, _ = largest(walked("a.jpg", accepted([]) | {"renditions": [], "filters": []}))
    large, where = largest(walked(longest_accepted(), accepted(many_flags())))
    assert large > small + 40_000, (small, large)
    doubled = accepted([flag for _ in range(12) for flag in many_flags()])
    over, where = largest(walked(longest_accepted(), doubled))
    assert over > MAX_PAYLOAD, (over, where)


def test_the_longest_name_makes_a_link_that_fits_into_a_message() -> None:
    # SNS ends a message at 256 KiB, mail programs a line long before; browsers take 2,000.
    token = sign(
        Keyring((Key("secret"),)), "é" * (len(longest_accepted()) // 2), VERSION, 2_000_000_000
    )
    assert len(token) < 1_500
