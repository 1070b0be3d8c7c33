"""The review function behind its URL, and people and programs that visit it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from boto3.dynamodb.types import TypeSerializer

import review.clients
from darkroom import statuses
from darkroom.items import plain_item
from darkroom.reviewers import sign_in_token

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws, Handler

IMAGE, VERSION = "trip/forbidden a b+ü.jpg", "0123456789abcdef"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:darkroom-pipeline:1"
TASK_TOKEN = "AQCMAAAAKgAAAAMAAAAAAAAAAf" + "x" * 600
DOMAIN = "abcdef.lambda-url.us-east-1.on.aws"
FLAGS = [{"rule": "keyword", "detail": 'the word "forbidden" is in the file name'}]
VARIANTS = [
    {
        "name": "w320",
        "kind": "rendition",
        "width": 320,
        "height": 200,
        "files": [{"format": "avif", "bytes": 5}, {"format": "jpeg", "bytes": 6}],
    }
]
MADE = {
    "recipe": "default",
    "source": {
        "key": f"raw/{IMAGE}",
        "bytes": 4_312_889,
        "uploaded_at": "2025-11-20T06:04:11Z",
        "format": "jpeg",
        "width": 2560,
        "height": 1600,
    },
    "flags": FLAGS,
    "caption": "Near the station",
    "variants": VARIANTS,
}
APPROVE = {"decision": "approve", "reviewer": "Ana Ruiz", "note": "Only the word."}
REJECT = {"decision": "reject", "reviewer": "Bo Lee", "reason": "Copyright"}

_serialize = TypeSerializer().serialize

Refusing = Callable[[str], Exception]


class Executions:
    """Step Functions, as far as task tokens go: each is good for one answer."""

    def __init__(self, refusing: Refusing) -> None:
        self.waiting = {TASK_TOKEN}
        self.heard: list[dict[str, Any]] = []
        self.started: list[dict[str, Any]] = []
        self.trouble: list[str] = []
        self.closed_code = "TaskTimedOut"
        self._refusing = refusing

    def send_task_success(self, *, taskToken: str, output: str) -> None:
        self.heard.append(json.loads(output))
        if self.trouble:
            raise self._refusing(self.trouble.pop())
        if taskToken not in self.waiting:
            raise self._refusing(self.closed_code)
        self.waiting.remove(taskToken)

    def start_execution(self, *, stateMachineArn: str, input: str) -> None:
        assert stateMachineArn.endswith("-withdraw")
        self.started.append(json.loads(input))


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What a reader sees."""
        page = re.sub(r"<[^>]*>", " ", self.body.decode())
        return " ".join(unescape(page).split())

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Reviewer:
    """The function behind its URL, and a review that waits there."""

    def __init__(self, aws: Aws, executions: Executions) -> None:
        self.aws = aws
        self.executions = executions
        self._claims = -1
        self.invoke: Handler = aws.function("ReviewFunction")
        sqs = aws.client("sqs")
        self._sqs, self._queue = sqs, sqs.create_queue(QueueName="reviewers")["QueueUrl"]
        aws.client("sns").subscribe(
            TopicArn=aws["ReviewTopic"],
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:reviewers",
        )

    def claim(self, execution: str = EXECUTION, image: str = IMAGE, version: str = VERSION) -> None:
        """The record as the pipeline's first state leaves it."""
        self._claims += 1
        self.aws.dynamodb.put_item(
            TableName=self.aws["ImagesTable"],
            Item={
                "image": {"S": image},
                "version": {"S": version},
                "status": {"S": statuses.PROCESSING},
                "execution": {"S": execution},
                "upload": {"M": {"key": {"S": f"raw/{image}"}, "etag": {"S": "0" * 32}}},
                "created_at": {"S": f"2025-11-20T06:04:12.{self._claims:03}Z"},
                "updated_at": {"S": "2025-11-20T06:04:12.000Z"},
            },
        )

    def request(self, **changes: Any) -> dict[str, Any]:
        """The event with which the pipeline asks for a review; it is sent as well."""
        event = self.event(**changes)
        assert self.invoke(event) is None
        return event

    def queue_up(self, *images: str, flags: Any = None) -> None:
        """Pictures that wait, oldest first."""
        for number, image in enumerate(images):
            self.claim(image=image)
            requested_at = datetime.now(UTC) - timedelta(hours=len(images) - number)
            review = {
                "requested_at": stamp(requested_at),
                "deadline_at": stamp(requested_at + timedelta(days=7)),
            }
            made = MADE | {"flags": flags or FLAGS}
            self.invoke(self.event(image=image, review=review, made=made))

    def event(
        self, days: float = 7, review_url: str = f"https://{DOMAIN}/", **changes: Any
    ) -> dict[str, Any]:
        requested_at = datetime.now(UTC)
        review = {
            "requested_at": stamp(requested_at),
            "deadline_at": stamp(requested_at + timedelta(days=days)),
        }
        return {
            "action": "request",
            "image": IMAGE,
            "version": VERSION,
            "execution": EXECUTION,
            "review_url": review_url,
            "review": review,
            "made": MADE,
            **changes,
        }

    def wait(self) -> None:
        """The pipeline's next state puts its task token into the record."""
        self.change(task_token=TASK_TOKEN)

    def messages(self) -> list[dict[str, Any]]:
        found = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]

    def link(self) -> str:
        """The path of the link in the one message that was sent."""
        (message,) = self.messages()
        return self.path_in(message)

    @staticmethod
    def path_in(message: dict[str, Any]) -> str:
        (url,) = re.findall(r"^https?://\S+$", message["Message"], re.MULTILINE)
        return str(urlsplit(url).path)

    def record(self, image: str = IMAGE) -> dict[str, Any]:
        return plain_item(self._item(image))

    def everything(self) -> list[Any]:
        """All that a page could change."""
        tables = [
            self.aws.dynamodb.scan(TableName=self.aws[name])["Items"]
            for name in ("ImagesTable", "TrailTable", "ReviewersTable")
        ]
        return [
            tables,
            self.aws.keys("WorkBucket"),
            list(self.executions.heard),
            list(self.executions.started),
        ]

    def trail(self, image: str = IMAGE) -> list[dict[str, Any]]:
        answer = self.aws.dynamodb.query(
            TableName=self.aws["TrailTable"],
            KeyConditionExpression="image = :image",
            ExpressionAttributeValues={":image": {"S": image}},
        )
        return [plain_item(item) for item in answer["Items"]]

    def add(self, name: str, key: str = "0123456789abcdef") -> str:
        """Put a reviewer on the list; the path of the sign-in link."""
        self.aws.dynamodb.put_item(
            TableName=self.aws["ReviewersTable"],
            Item={"name": {"S": name}, "key": {"S": key}},
        )
        return f"/sign-in/{sign_in_token(review.clients.link_keys(), name, key)}"

    def remove(self, name: str) -> None:
        self.aws.dynamodb.delete_item(
            TableName=self.aws["ReviewersTable"], Key={"name": {"S": name}}
        )

    def sign_in(self, name: str) -> str:
        """The cookie of a reviewer who has just signed in."""
        answer = self.visit("POST", self.add(name), b"")
        assert answer.status == 303, answer.text
        return answer.cookies[0].partition(";")[0]

    def change(self, **fields: Any) -> None:
        """Set fields of the record, as the pipeline would; at the end it removes the token."""
        item = self._item()
        item |= {name: _serialize(value) for name, value in fields.items()}
        if item["status"]["S"] != statuses.IN_REVIEW:
            for name in ("task_token", "outline", "review_queue", "review_requested_at"):
                item.pop(name, None)
        self.aws.dynamodb.put_item(TableName=self.aws["ImagesTable"], Item=item)

    def leave_the_queue(self) -> None:
        """The record as the pipeline leaves it when the time is over."""
        item = self._item()
        for name in ("review_queue", "review_requested_at", "task_token"):
            del item[name]
        self.aws.dynamodb.put_item(TableName=self.aws["ImagesTable"], Item=item)

    def _item(self, image: str = IMAGE) -> dict[str, Any]:
        key = {"image": {"S": image}, "version": {"S": VERSION}}
        answer = self.aws.dynamodb.get_item(TableName=self.aws["ImagesTable"], Key=key)
        return dict(answer["Item"])

    def visit(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        query: str = "",
        base64_encoded: bool = True,
        cookie: str | None = None,
        browser: bool = True,
    ) -> Answer:
        """One request as a function URL passes it on, payload format 2.0.

        Whoever has a cookie is a `browser`, which says where a form comes from.
        """
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": query,
            "headers": {
                "host": DOMAIN,
                "x-forwarded-proto": "https",
                **({} if body is None else {"content-type": "application/x-www-form-urlencoded"}),
                **({"sec-fetch-site": "same-origin"} if cookie and browser else {}),
                **(headers or {}),
            },
            "requestContext": {
                "accountId": "anonymous",
                "apiId": "abcdef",
                "domainName": DOMAIN,
                "domainPrefix": "abcdef",
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "203.0.113.9",
                    "userAgent": "a browser",
                },
                "requestId": "6f747f83-1f26-4b2b-9b1e-7b6a4b6d9c11",
                "routeKey": "$default",
                "stage": "$default",
                "time": "20/Nov/2025:06:04:11 +0000",
                "timeEpoch": 1763618651000,
            },
            "isBase64Encoded": False,
        }
        if cookie is not None:
            event["cookies"] = [cookie]
        path, _, in_path = path.partition("#")[0].partition("?")
        event |= {"rawPath": path, "rawQueryString": query or in_path}
        event["queryStringParameters"] = dict(parse_qsl(query or in_path))
        if body is not None:
            event["isBase64Encoded"] = base64_encoded
            event["body"] = base64.b64encode(body).decode() if base64_encoded else body.decode()
        answer = self.invoke(event)
        content = answer.get("body") or ""
        return Answer(
            answer["statusCode"],
            {name.lower(): value for name, value in answer["headers"].items()},
            base64.b64decode(content) if answer["isBase64Encoded"] else content.encode(),
            answer.get("cookies") or [],
        )

    def get(self, path: str, **more: Any) -> Answer:
        return self.visit("GET", path, **more)

    def post(
        self, path: str, form: dict[str, str], action: str = "decision", **more: Any
    ) -> Answer:
        return self.visit("POST", f"{path}/{action}", urlencode(form).encode(), **more)

    def post_json(self, path: str, value: Any, **more: Any) -> Answer:
        """What a program sends, and what it gets."""
        headers = {"accept": "application/json", "content-type": "application/json"}
        body = json.dumps(value).encode()
        return self.visit("POST", f"{path}/decision", body, headers, **more)


def stamp(at: datetime) -> str:
    """As Step Functions writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
