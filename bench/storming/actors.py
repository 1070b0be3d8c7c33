"""Who acts in a storm. Each is called in a thread of its own and returns when its part is done."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from bench.storming.log import Kill, Log
from bench.storming.plan import Plan, Upload
from bench.storming.processes import Start, is_ready, kill, load, workers
from bench.storming.stage import Stage
from bench.storming.state import Message, Name
from cli.decisions import post_decision
from cli.errors import CommandError
from cli.records import Record
from cli.reviews import review_link
from darkroom.items import plain_item
from darkroom.statuses import IN_REVIEW

UPLOADERS = 8
# So often a decision is tried where the page refuses it: a newer upload makes it void for good.
TRIES = 8
KILL_SECONDS = 1.0


class Storm:
    """`over`: set from outside, ends everybody who still acts."""

    def __init__(self, stage: Stage, plan: Plan, log: Log) -> None:
        self.stage, self.plan, self.log = stage, plan, log
        self.over = threading.Event()
        self.first_over = {
            upload.image: upload for upload in plan.overwrites if upload.over == "at once"
        }
        self.tries: dict[Name, int] = {}

    def upload(self) -> None:
        """Everything at full speed; a picture that replaces another at once comes right behind."""
        with ThreadPoolExecutor(UPLOADERS) as uploaders:
            list(uploaders.map(self._upload, self.plan.firsts))

    def _upload(self, upload: Upload) -> None:
        self._put(upload)
        if behind := self.first_over.get(upload.image):
            self._put(behind)

    def overwrite(self) -> None:
        """The others: while the first is worked on, or when its run has ended."""
        firsts = {upload.image: upload for upload in self.plan.firsts}
        pending = [upload for upload in self.plan.overwrites if upload.over != "at once"]
        while pending and not self.over.wait(0.5):
            for upload in list(pending):
                first = firsts[upload.image]
                worked_on = upload.over == "during" and self._has_masters(first)
                if worked_on or self.log.has_ended(first):
                    self._put(upload)
                    pending.remove(upload)

    def _has_masters(self, upload: Upload) -> bool:
        image, version = self.log.name(upload)
        answer = self.stage.stack.s3.list_objects_v2(
            Bucket=self.stage.stack.outputs["WorkBucket"],
            Prefix=f"masters/{image}/{version}/",
            MaxKeys=1,
        )
        return answer["KeyCount"] > 0

    def _put(self, upload: Upload) -> None:
        asked = time.time()
        self.stage.stack.s3.put_object(
            Bucket=self.stage.stack.outputs["UploadBucket"],
            Key=f"raw/{upload.image}",
            Body=upload.data,
        )
        self.log.put(upload, asked)

    def start_again(self) -> None:
        """The very same events, some as soon as they come, some late and in another order."""
        left = {(upload.image, upload.etag): upload for upload in self.plan if upload.again}
        late: list[tuple[float, str]] = []
        while (left or late) and not self.over.is_set():
            for event in self.stage.events.receive():
                announced = json.loads(event)["detail"]["object"]
                upload = left.pop((announced["key"].removeprefix("raw/"), announced["etag"]), None)
                if upload is not None and upload.again == "at once":
                    self._start(event)
                elif upload is not None:
                    late.append((upload.late, event))
            share = self.log.ended / len(self.plan)
            # What waits for a reviewer does not end: the last ones start when all else has.
            due = [one for one in late if one[0] <= share or self._is_calm()]
            for one in due:
                self._start(one[1])
                late.remove(one)

    def _is_calm(self) -> bool:
        """Whether every upload is there and has ended or waits."""
        log = self.log
        return len(log.puts) == len(self.plan) and all(map(log.has_ended, self.plan))

    def _start(self, event: str) -> None:
        self.stage.stack.stepfunctions.start_execution(
            stateMachineArn=self.stage.stack.outputs["PipelineArn"], input=event
        )
        self.log.again.append(time.time())

    def listen(self) -> None:
        """Hears the outcome messages, the last ones after the end too."""
        while (found := self.stage.outcomes.receive()) or not self.over.is_set():
            for body in map(json.loads, found):
                self.log.hear(Message(body["image"], body["version"], body["status"]))

    def review(self) -> None:
        """Decides on what is to be decided as soon as it is in the queue."""
        meant = {self.log.name(upload): upload.decision for upload in self.plan}
        while not self.over.wait(1):
            for record in self._queue():
                name = _name(record)
                self.log.seen.add(name)
                if meant.get(name) and self.tries.get(name, 0) < TRIES:
                    self._decide(record, meant[name])

    def _decide(self, record: Record, decision: str) -> None:
        name = _name(record)
        self.tries[name] = self.tries.get(name, 0) + 1
        order = {"decision": decision, "reviewer": "Storm", "reason": "Poor quality", "note": ""}
        try:
            post_decision(review_link(self.stage.stack, record), order)
            self.log.decided[name] = decision
        except CommandError as error:
            self.log.refused[str(error)] += 1

    def is_undecided(self, name: Name) -> bool:
        """Whether a reviewer will still try to decide on it."""
        return name not in self.log.decided and self.tries.get(name, 0) < TRIES

    def _queue(self) -> list[Record]:
        pages = self.stage.stack.dynamodb.get_paginator("query").paginate(
            TableName=self.stage.stack.outputs["ImagesTable"],
            IndexName="review-queue",
            KeyConditionExpression="review_queue = :waiting",
            ExpressionAttributeValues={":waiting": {"S": IN_REVIEW}},
        )
        return [plain_item(item) for page in pages for item in page["Items"]]

    def kill(self, start: Start) -> None:
        """A function's process each second, until nothing moves.

        Where processes take longer to start than they live, nothing is ever done. So of two killed
        one after the other only one may have been still starting, and where a start took longer
        than a second before the storm, as on a slow or busy machine, so does the pause.
        """
        dice = random.Random(self.plan.seed)
        may_be_starting = True
        while not self.over.wait(max(KILL_SECONDS, start.seconds)):
            found = workers(self.stage.engine.pid)
            ready = [pid for pid in sorted(found) if is_ready(pid, start)]
            chosen = sorted(found) if may_be_starting else ready
            if chosen and kill(pid := dice.choice(chosen)):
                may_be_starting = pid in ready
                self.log.kills.append(Kill(time.time(), found[pid]))

    def measure(self) -> None:
        while not self.over.wait(1):
            self.log.loads.append(load(self.stage.engine.pid))


def _name(record: Record) -> Name:
    return record["image"], record["version"]
