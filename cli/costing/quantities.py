"""How much of everything that AWS bills was used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cli.costing.express import gb_seconds, is_billed
from cli.costing.gathering import Gathered
from cli.costing.histories import Run
from cli.costing.invocations import Invocation
from cli.costing.sizes import read_units, write_units
from cli.costing.starts import start_gb_seconds
from cli.costing.work import Operations, operations

# How a quantity is known.
READ = "read"
MEASURED_LOCALLY = "measured locally"
COUNTED = "counted"

S3_PUTS = ("PutObject", "CopyObject", "ListObjectsV2")
S3_GETS = ("GetObject", "HeadObject")
# Days until WorkBucket's lifecycle rule removes a master; it acts at midnight UTC, so that one
# lies there for half a day more. tests/unit/test_costing_bill.py compares it with the template.
MASTER_DAYS = 1
LATER_DAYS = 0.5
DAYS_PER_MONTH = 30
# X-Ray's default rule, of many: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
SAMPLED = 0.05
GB = 1024**3
# A protocol's price; the others are free, or not known here.
DELIVERIES = {"email": "sns_email", "email-json": "sns_email", "http": "sns_http",
              "https": "sns_http"}  # fmt: skip
FREE_DELIVERIES = ("sqs", "lambda")


@dataclass(frozen=True)
class Quantity:
    """`amount` in the unit of `price`, a key of the price table. `known`: how."""

    item: str
    price: str
    amount: float
    known: str


def quantities(gathered: Gathered) -> list[Quantity]:
    """Each item of the bill, those of which there is nothing left out."""
    return [
        quantity
        for part in (_workflows, _functions, _requests, _others)
        for quantity in part(gathered)
        if quantity.amount
    ]


def _workflows(gathered: Gathered) -> Iterator[Quantity]:
    answers = [answer for run in gathered.runs for answer in run.answers]
    known = READ if all(map(is_billed, answers)) else MEASURED_LOCALLY
    transitions = sum(run.transitions for run in gathered.runs)
    seconds = sum(gb_seconds(answer, gathered.definition) for answer in answers)
    yield Quantity("Standard transitions", "transition", transitions, READ)
    yield Quantity("Express requests", "express_request", len(answers), READ)
    yield Quantity("Express duration", "express_gb_s", seconds, known)


def _functions(gathered: Gathered) -> Iterator[Quantity]:
    known = MEASURED_LOCALLY if gathered.is_local else READ
    yield Quantity("Lambda requests", "lambda_request", len(gathered.invocations), READ)
    architectures = sorted({function.architecture for function in gathered.functions})
    for architecture in architectures:
        own = [one for one in gathered.invocations if one.function.architecture == architecture]
        billed = sum((one.billed_ms or 0) / 1000 * one.gb for one in own)
        starts = start_gb_seconds(own)
        price = f"lambda_gb_s_{architecture}"
        yield Quantity("Lambda duration", price, billed - starts, known)
        yield Quantity("Lambda cold starts", price, starts, known)


def _requests(gathered: Gathered) -> Iterator[Quantity]:
    done = asked_of_services(gathered)
    uploads = sum(run.upload_bytes is not None for run in gathered.runs)
    puts = sum(done[name] for name in S3_PUTS)
    kept_months = (MASTER_DAYS + LATER_DAYS) / DAYS_PER_MONTH
    writes, reads = _record_units(gathered, done)
    yield Quantity("S3 PUT of the upload", "s3_put", uploads, READ)
    yield Quantity("S3 PUT, COPY, LIST", "s3_put", puts, COUNTED)
    yield Quantity("S3 GET, HEAD", "s3_get", sum(done[name] for name in S3_GETS), COUNTED)
    yield Quantity(
        "S3 masters",
        "s3_gb_month",
        gathered.master_bytes / GB * kept_months,
        READ,
    )
    yield Quantity("DynamoDB writes", "dynamodb_write", writes, COUNTED)
    yield Quantity("DynamoDB reads", "dynamodb_read", reads, COUNTED)
    yield Quantity("Secrets Manager calls", "secret_call", done["GetSecretValue"], COUNTED)


def _others(gathered: Gathered) -> Iterator[Quantity]:
    calls = _calls(gathered.runs)
    asked = asked_of_services(gathered)["Publish"]
    published = {"OutcomeTopicArn": calls["sns:publish"], "ReviewTopicArn": asked}
    yield Quantity("SNS messages", "sns_publish", sum(published.values()), COUNTED)
    delivered: Counter[str] = Counter()
    for topic, protocols in gathered.subscriptions.items():
        for protocol in protocols:
            delivered[protocol] += published[topic]
    for protocol, price in DELIVERIES.items():
        yield Quantity(f"SNS deliveries, {protocol}", price, delivered[protocol], COUNTED)
    events = sum(run.upload_bytes is not None for run in gathered.runs)
    yield Quantity("EventBridge events of S3", "eventbridge_event", events, READ)
    log_bytes = sum(one.log_bytes for one in gathered.invocations)
    known = MEASURED_LOCALLY if gathered.is_local else READ
    yield Quantity("CloudWatch log lines", "log_gb", log_bytes / GB, known)
    if any(function.is_traced for function in gathered.functions):
        yield Quantity("X-Ray traces", "xray_trace", len(gathered.runs) * SAMPLED, COUNTED)
    yield Quantity("Rekognition", "rekognition_image", _moderated(gathered), COUNTED)


def asked_of_services(gathered: Gathered) -> Operations:
    """Operations of all functions, by what their steps are known to do."""
    runs = {run.arn: run for run in gathered.runs}
    done = Operations()
    for one in gathered.invocations:
        run = runs.get(str(one.said.get("execution")))
        done.update(operations(one.function.step, one.said, run) or {})
    done["PutObject"] += _moderated(gathered)  # the picture that Rekognition is shown
    return done


def silent(gathered: Gathered) -> list[Invocation]:
    """Invocations of which nobody knows what they asked for, visits to the review page included."""
    return [
        one for one in gathered.invocations if operations(one.function.step, one.said, None) is None
    ]


def _moderated(gathered: Gathered) -> int:
    return sum(
        one.said.get("message") == "accepted"
        and one.function.environment.get("MODERATION") == "rekognition"
        for one in gathered.invocations
    )


def _calls(runs: Iterable[Run]) -> Counter[str]:
    return sum((run.calls for run in runs), Counter())


def _record_units(gathered: Gathered, done: Operations) -> tuple[float, float]:
    """Write and read units: of the state machines, by the size of each record as it is now, and
    of the functions, whose entries are small but for the record that a review is asked for in."""
    writes, reads = 0.0, 0.0
    for run in gathered.runs:
        size = gathered.records.get((run.image, run.version or ""), 0)
        into_and_out_of_the_queue = 2 * run.states["Review"]
        updates = run.calls["dynamodb:updateItem"] + len(run.answers) + run.states["Request"]
        writes += updates * write_units(size)
        writes += run.calls["dynamodb:putItem"] + into_and_out_of_the_queue
        # An Express workflow begins with a look at the record, and at others of the image.
        reads += (run.calls["dynamodb:getItem"] + len(run.answers)) * read_units(size)
    writes += done["PutItem"] + done["BatchWriteItem"]
    return writes, reads + done["GetItem"] + done["Query"] / 2
