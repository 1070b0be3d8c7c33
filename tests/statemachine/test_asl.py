"""The state machines' definitions: whole, bounded, and caught alike everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonata import Jsonata

from darkroom import statuses
from darkroom.metrics import NAMESPACE as NAME
from tests.statemachine.definitions import (
    EXPRESS,
    FUNCTIONS,
    MACHINES,
    PARAMETERS,
    PIPELINE,
    PROCESS,
    REMINDER,
    RESOURCES,
    SETTLE,
    SUBSTITUTION,
    WITHDRAW,
    Json,
    StateMachine,
    is_alone,
    scopes,
    statements,
    states,
    strings,
    target,
    tasks,
)

LAMBDA = "arn:aws:states:::lambda:invoke"
CALLBACK = "arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken"

# What IAM asks of the role for a Task's Resource, and on which of its arguments.
NEEDED = {
    LAMBDA: ("lambda:InvokeFunction", "FunctionName"),
    CALLBACK: ("dynamodb:UpdateItem", "TableName"),
    "arn:aws:states:::aws-sdk:dynamodb:query": ("dynamodb:Query", "TableName"),
    "arn:aws:states:::dynamodb:updateItem": ("dynamodb:UpdateItem", "TableName"),
    "arn:aws:states:::dynamodb:getItem": ("dynamodb:GetItem", "TableName"),
    "arn:aws:states:::dynamodb:putItem": ("dynamodb:PutItem", "TableName"),
    "arn:aws:states:::sns:publish": ("sns:Publish", "TopicArn"),
    "arn:aws:states:::aws-sdk:s3:deleteObject": ("s3:DeleteObject", "Bucket"),
    "arn:aws:states:::aws-sdk:sfn:startSyncExecution": (
        "states:StartSyncExecution",
        "StateMachineArn",
    ),
    "arn:aws:states:::states:startExecution": ("states:StartExecution", "StateMachineArn"),
}
COUNT = "arn:aws:states:::aws-sdk:cloudwatch:putMetricData"
MODERATION = "arn:aws:states:::aws-sdk:rekognition:detectModerationLabels"
INVALIDATION = "arn:aws:states:::aws-sdk:cloudfront:createInvalidation"
# What a Task is allowed only where a parameter says that it is called: the template's condition.
DISTRIBUTION = "arn:AWS::Partition:cloudfront::AWS::AccountId:distribution/Distribution"
CONDITIONAL = {
    MODERATION: {
        ("Moderates", "rekognition:DetectModerationLabels", "*"),
        ("Moderates", "s3:GetObject", "WorkBucket.Arn/masters/*"),
    },
    INVALIDATION: {("Delivers", "cloudfront:CreateInvalidation", DISTRIBUTION)},
}
# What Step Functions does with the role beside the tasks. A log line needs no PutLogEvents: the log
# service writes it, by a delivery that the role may set up.
UNSEEN = {
    "Trace": {
        *("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
        *("xray:GetSamplingRules", "xray:GetSamplingTargets"),
    },
    "DeliverLogs": {
        *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery"),
        *("logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy"),
        *("logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
    },
}
# What a Distributed Map does with the role beside its children's tasks; see test_backfill.py.
OF_CHILDREN = {"ListUploads", "StartChildren", "FollowChildren", "WriteResults"}
# What bounds a metric, in place of a resource.
NAMESPACE = {"StringEquals": {"cloudwatch:namespace": "Darkroom"}}
# How a policy spells what a substitution names by a Ref: a table by its ARN, of a bucket the part.
ARN_OF = {
    "ImagesTable": "ImagesTable.Arn",
    "TrailTable": "TrailTable.Arn",
    "WorkBucket": "WorkBucket.Arn/masters/*",
}

ENDS = ("Succeed", "Fail")
# Where a query has more pages.
PAGES = {("Recalled", "Recall"), ("Further", "More")}

CONTEXT = {
    *("Execution.Id", "Execution.Input", "Execution.Name", "Execution.StartTime"),
    *("State.Name", "State.EnteredTime", "Task.Token"),
}

every_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
every_task = pytest.mark.parametrize(
    ("machine", "name"),
    [
        pytest.param(machine, name, id=f"{machine.name}-{name}")
        for machine in MACHINES
        for name in tasks(machine)
    ],
)
# Those of an image and version, which end with a record and a message.
every_told_task = pytest.mark.parametrize(
    ("machine", "name"),
    [
        pytest.param(machine, name, id=f"{machine.name}-{name}")
        for machine in (PIPELINE, WITHDRAW)
        for name in tasks(machine)
    ],
)


# ── Substitutions and expressions ────────────────────────────────────────────────────────────────


@every_machine
def test_every_substitution_is_defined_and_every_defined_one_is_used(machine: StateMachine) -> None:
    assert set(SUBSTITUTION.findall(machine.text)) == set(machine.substitutions)


@every_machine
def test_every_substitution_names_something_that_exists(machine: StateMachine) -> None:
    known = {*RESOURCES, *PARAMETERS, "AWS::StackName"}
    named = {
        name: target(source).split(".")[0]
        for name, source in machine.substitutions.items()
        if "Fn::If" not in source  # the address of the review page, the distribution
    }
    assert {name: source for name, source in named.items() if source not in known} == {}


def test_a_number_is_substituted_as_a_number() -> None:
    numbers = [
        (machine, name)
        for machine in MACHINES
        for name, source in machine.substitutions.items()
        if PARAMETERS.get(target(source), {}).get("Type") == "Number"
    ]
    assert numbers
    assert [name for machine, name in numbers if f'"${{{name}}}"' in machine.text] == []


@every_machine
def test_nothing_of_an_account_stands_in_the_file(machine: StateMachine) -> None:
    resources = {state.get("Resource") for _, state in states(machine.definition)}
    for _, state in states(machine.definition):
        resources |= {
            state.get(field, {}).get("Resource") for field in ("ItemReader", "ResultWriter")
        }
    arns = set(re.findall(r"arn:[^\"' ]+", machine.text))
    assert arns <= resources


@every_machine
def test_every_expression_can_be_parsed(machine: StateMachine) -> None:
    broken = []
    for text in strings(machine.definition):
        if text.startswith("{%"):
            try:
                Jsonata.jsonata(text[2:-2].strip())
            except Exception as error:
                broken.append((text, error))
    assert broken == []


@every_machine
def test_an_expression_fills_its_field(machine: StateMachine) -> None:
    """Step Functions takes a field that only has an expression within it for plain text."""
    mixed = [
        text
        for text in strings(machine.definition)
        if ("{%" in text or "%}" in text or "$states" in text)
        and not re.fullmatch(r"\{%((?!%\}).)*%\}", text)
    ]
    assert mixed == []


@every_machine
def test_expressions_ask_the_context_only_for_what_it_has(machine: StateMachine) -> None:
    asked = set(re.findall(r"\$states\.context\.(\w+\.\w+)", machine.text))
    assert asked <= CONTEXT


@every_machine
def test_a_variable_is_assigned_on_every_way_that_leads_to_it(machine: StateMachine) -> None:
    """An engine may take an unassigned one for an error, even within $exists."""
    for workflow in _workflows(machine):
        outer = set(workflow["States"])
        assigned: dict[str, set[str]] = {workflow["StartAt"]: set()}
        for name, state in workflow["States"].items():  # in the order of the flow
            here = assigned[name]
            for text in strings(_without_children(state)):
                assert _variables(text) <= here, (name, text)
            for rule in (state, *state.get("Choices", ()), *state.get("Catch", ())):
                for following in {rule.get("Next"), rule.get("Default")} & outer:
                    after = here | set(rule.get("Assign", ()))
                    assigned[following] = assigned.get(following, after) & after


def _workflows(machine: StateMachine) -> list[Json]:
    """What has variables of its own."""
    return [scope for scope in scopes(machine.definition) if is_alone(machine, scope)]


def _without_children(state: Json) -> Json:
    """Without what runs as executions of its own."""
    left_out = {"ItemProcessor"} if _is_distributed(state) else set()
    return {name: value for name, value in state.items() if name not in left_out}


def _is_distributed(state: Json) -> bool:
    mode: str | None = state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode")
    return mode == "DISTRIBUTED"


def _variables(text: str) -> set[str]:
    """Those of the state machine that an expression reads: neither its own nor functions."""
    if not text.startswith("{%"):
        return set()
    own = set(re.findall(r"\$(\w+) :=", text)) | {"states"}
    for parameters in re.findall(r"function\(([^)]*)\)", text):
        own |= set(re.findall(r"\$(\w+)", parameters))
    return set(re.findall(r"\$(\w+)\b(?!\()", text)) - own


def test_the_task_token_goes_into_the_record_and_nowhere_else() -> None:
    holders = [
        name
        for machine in MACHINES
        for name, state in states(machine.definition)
        if "Task.Token" in " ".join(strings({key: state[key] for key in _own_fields(state)}))
    ]
    assert holders == ["Review"]
    assert PIPELINE.state("Review")["Resource"] == CALLBACK


@every_machine
def test_no_state_within_a_map_or_a_parallel_assigns(machine: StateMachine) -> None:
    """On AWS such a variable ends with its iteration or branch; on the local engine it does not."""
    inner = [scope for scope in scopes(machine.definition) if scope not in _workflows(machine)]
    assigning = [
        name
        for scope in inner
        for name, state in scope["States"].items()
        if "Assign" in state or any("Assign" in one for one in state.get("Catch", []))
    ]
    assert assigning == []


# ── Flow ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_pipeline_may_wait_for_days_and_the_short_steps_are_cheap() -> None:
    assert {machine.name: machine.properties["Type"] for machine in MACHINES} == {
        "Pipeline": "STANDARD",
        "Process": "EXPRESS",
        "Reminder": "STANDARD",
        "Withdraw": "STANDARD",
        "Settle": "STANDARD",
        "Backfill": "STANDARD",
        "Measure": "EXPRESS",
    }


@every_machine
def test_a_definition_is_in_jsonata_throughout(machine: StateMachine) -> None:
    assert machine.definition["QueryLanguage"] == "JSONata"
    path_fields = {"InputPath", "OutputPath", "ResultPath", "ResultSelector", "Parameters"}
    for name, state in states(machine.definition):
        assert path_fields.isdisjoint(state), name
        assert "QueryLanguage" not in state, name


def test_an_express_workflow_waits_for_nothing_outside() -> None:
    waiting = (".waitForTaskToken", ".sync", ".sync:2", ":activity:")
    assert [
        name
        for machine in EXPRESS
        for name, state in tasks(machine).items()
        if any(word in state["Resource"] for word in waiting)
    ] == []


@every_machine
def test_states_stand_in_the_order_of_the_flow(machine: StateMachine) -> None:
    for scope in scopes(machine.definition):
        order = list(scope["States"])
        assert order[0] == scope["StartAt"]
        backwards = [
            (name, following)
            for name, state in scope["States"].items()
            for following in _following(state)
            if order.index(following) <= order.index(name)
            and scope["States"][following]["Type"] not in ENDS
            and state["Type"] != "Wait"  # to try again later
            and (name, following) not in PAGES
        ]
        assert backwards == []


@every_machine
def test_every_state_is_reached_and_leads_somewhere(machine: StateMachine) -> None:
    for scope in scopes(machine.definition):
        reached = {scope["StartAt"]}
        for name, state in scope["States"].items():
            assert name in reached, "stands before every state that leads to it, or none does"
            reached |= set(_following(state))
            leads_on = "Next" in state or "Default" in state
            assert leads_on is not (state.get("End", False) or state["Type"] in ENDS), name
        assert reached == set(scope["States"])


def test_every_choice_has_a_default() -> None:
    choices = [
        (machine.name, name, state)
        for machine in MACHINES
        for name, state in states(machine.definition)
        if state["Type"] == "Choice"
    ]
    assert choices
    assert [one for one in choices if "Default" not in one[2]] == []


@every_machine
def test_every_map_is_bounded(machine: StateMachine) -> None:
    maps = {
        name: one
        for name, one in states(machine.definition)
        if one["Type"] == "Map" and not _is_distributed(one)
    }
    bound = PARAMETERS["StepConcurrency"]["Default"]
    assert {name: state["MaxConcurrency"] for name, state in maps.items()} == dict.fromkeys(
        maps, bound
    )


def test_only_the_word_approve_leads_to_publishing() -> None:
    decision = PIPELINE.state("Decision")
    assert [(one["Condition"], one["Next"]) for one in decision["Choices"]] == [
        ("{% $review.decision = 'approve' %}", "Publish"),
        ("{% $not($exists($review.decision)) %}", "Expired"),
    ]
    assert decision["Default"] == "Discard"


def _following(state: Json) -> Iterator[str]:
    for one in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        yield from (one[key] for key in ("Next", "Default") if key in one)


def _own_fields(state: Json) -> set[str]:
    """Of a state, without the states that it holds."""
    return state.keys() - {"Branches", "ItemProcessor"}


# ── Timeouts, retries, catches ───────────────────────────────────────────────────────────────────


@every_task
def test_every_task_ends_after_a_literal_number_of_seconds(
    machine: StateMachine, name: str
) -> None:
    seconds = tasks(machine)[name]["TimeoutSeconds"]
    assert isinstance(seconds, int) and seconds > 0, seconds


@every_task
def test_a_function_may_time_out_before_its_task_does(machine: StateMachine, name: str) -> None:
    state = tasks(machine)[name]
    if state["Resource"] != LAMBDA:  # a callback waits for a person, not for its function
        return
    function = _argument(machine, state, "FunctionName").removesuffix(".Arn")
    assert state["TimeoutSeconds"] > FUNCTIONS[function]["Timeout"], function


def test_the_review_ends_after_the_seconds_of_the_parameter() -> None:
    assert '"TimeoutSeconds": ${ReviewTimeoutSeconds}' in PIPELINE.text


def test_the_reminder_waits_for_the_seconds_of_the_parameter() -> None:
    assert REMINDER.state("Wait")["Seconds"] == PARAMETERS["ReviewReminderSeconds"]["Default"]


def test_a_run_waits_once_and_under_one_token() -> None:
    """So that the first link and the reminder's lead to the same review."""
    waiting = [
        name
        for machine in MACHINES
        for name, state in tasks(machine).items()
        if state["Resource"].endswith((".waitForTaskToken", ".sync", ".sync:2"))
    ]
    assert waiting == ["Review"]


def test_the_express_workflow_may_time_out_before_its_task_does() -> None:
    # An Express workflow ends after five minutes:
    # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
    assert PIPELINE.state("Process")["TimeoutSeconds"] > 300


@every_told_task
def test_whatever_fails_for_an_image_is_recorded_and_announced(
    machine: StateMachine, name: str
) -> None:
    # A review without a reminder is better than none.
    # What cannot be recorded here, `settle` records and announces, so that there is one message.
    # A metric must never change what becomes of a picture.
    expected = {
        "RecordFailure": "Failed",
        "Count": "NotifyFailure",
        "NotifyFailure": "Failed",
        "Remind": "Review",
    }
    assert _catch_all(machine.state(name))["Next"] == expected.get(name, "RecordFailure")


def test_a_reminder_that_fails_fails_alone() -> None:
    assert [name for name, state in states(REMINDER.definition) if "Catch" in state] == []


@every_told_task
def test_a_failure_is_kept_with_its_step_its_error_and_its_cause(
    machine: StateMachine, name: str
) -> None:
    catcher = _catch_all(machine.state(name))
    # What failed first is what counts, and a reminder that fails, fails alone.
    if name in ("RecordFailure", "Count", "NotifyFailure", "Remind"):
        assert "Assign" not in catcher
        return
    assert catcher["Assign"]["failure"] == {
        "step": "{% $states.context.State.Name %}",
        "error": "{% $states.errorOutput.Error %}",
        "cause": "{% $substring($states.errorOutput.Cause & '', 0, 2000) %}",
    }


def test_whatever_fails_in_the_express_workflow_ends_it_with_the_steps_name() -> None:
    for scope in scopes(PROCESS.definition):
        for name, state in scope["States"].items():
            if state["Type"] not in ("Task", "Map") or name.endswith("One"):
                continue  # what fails within a Map fails the Map
            if name in ("Tidy", "Count"):
                continue  # fails nothing: masters go within a day, and a metric is only one
            catcher = _catch_all(state)
            failed = scope["States"][catcher["Next"]]
            assert catcher["Output"]["step"] == name
            assert failed["Cause"] == "{% $states.input.step & ': ' & $states.input.cause %}"


# Where a condition that does not hold is an answer, and where it leads.
REFUSED = {
    "Pipeline": {
        "Review": "Answer",
        "Expire": "Answer",
        "Trail": "Decision",
        "Record": "Superseded",
        "RecordFailure": "Superseded",
    },
    "Process": {"Claim": "Duplicate"},
    "Reminder": {},
    "Withdraw": {
        "Reopen": "Duplicate",
        "Retract": "Duplicate",
        "Trail": "Purpose",
    },
    "Settle": {"Settle": "Settled"},
    "Backfill": {},
    "Measure": {},
}


@every_machine
def test_what_another_run_did_first_is_no_failure(machine: StateMachine) -> None:
    refused = {
        name: catcher["Next"]
        for name, state in tasks(machine).items()
        for catcher in state.get("Catch", ())
        if any("ConditionalCheckFailed" in error for error in catcher["ErrorEquals"])
    }
    assert refused == REFUSED[machine.name]


def test_a_run_that_has_nothing_to_say_ends_in_silence() -> None:
    for machine, name in (
        (PIPELINE, "Duplicate"),
        (PIPELINE, "Superseded"),
        (PROCESS, "Duplicate"),
        (WITHDRAW, "Duplicate"),
        (SETTLE, "Settled"),
    ):
        assert machine.state(name)["Type"] == "Succeed"


def _catch_all(state: Json) -> Json:
    last: Json = state["Catch"][-1]
    assert last["ErrorEquals"] == ["States.ALL"]
    return last


# ── Permissions ──────────────────────────────────────────────────────────────────────────────────


@every_machine
def test_a_state_machine_may_do_what_its_tasks_need_and_nothing_else(
    machine: StateMachine,
) -> None:
    needed = set()
    for state in tasks(machine).values():
        if state["Resource"] == COUNT:
            needed.add(("cloudwatch:PutMetricData", "*"))
        elif state["Resource"] not in CONDITIONAL:
            action, argument = NEEDED[state["Resource"]]
            resource = _argument(machine, state, argument)
            resource = ARN_OF.get(resource, resource)
            arguments = state["Arguments"]
            index = arguments.get("IndexName") if isinstance(arguments, dict) else None
            needed.add((action, f"{resource}/index/{index}" if index else resource))
    granted = {
        grant
        for statement in statements(machine.name)
        if statement.condition is None and statement.sid not in {*UNSEEN, *OF_CHILDREN}
        for grant in statement.grants()
    }
    assert granted == needed


@every_machine
def test_metrics_are_put_into_our_namespace_and_no_other(machine: StateMachine) -> None:
    counting = {
        state["Arguments"]["Namespace"]
        for state in tasks(machine).values()
        if state["Resource"] == COUNT
    }
    allowed = [
        statement["Condition"]
        for policy in machine.properties["Policies"]
        for statement in policy["Statement"]
        if statement.get("Action") == "cloudwatch:PutMetricData"
    ]
    assert (counting, allowed) == (({NAME}, [NAMESPACE]) if counting else (set(), []))


@every_machine
def test_what_is_called_only_sometimes_is_allowed_only_then(machine: StateMachine) -> None:
    granted = {
        (statement.condition, *grant)
        for statement in statements(machine.name)
        if statement.condition is not None
        for grant in statement.grants()
    }
    called = {state["Resource"] for state in tasks(machine).values()} & set(CONDITIONAL)
    assert granted == {grant for resource in called for grant in CONDITIONAL[resource]}


@every_machine
def test_traces_and_logs_are_allowed_where_they_are_on(machine: StateMachine) -> None:
    on = {
        "Trace": machine.properties.get("Tracing", {}).get("Enabled", False),
        "DeliverLogs": "Logging" in machine.properties,
    }
    found = {one.sid: set(one.actions) for one in statements(machine.name) if one.sid in on}
    assert found == {sid: UNSEEN[sid] for sid, is_on in on.items() if is_on}
    sids = [one.sid for one in statements(machine.name)]
    assert len(sids) == len(set(sids))


def _argument(machine: StateMachine, state: Json, name: str) -> str:
    """What a Task calls, as the template names it."""
    arguments = state["Arguments"]
    filled = (
        re.findall(rf"'{name}': '(\w+)'", arguments)[0]
        if isinstance(arguments, str)
        else arguments[name]
    )
    sources = {target(source) for source in machine.substitutions.values()}
    assert filled in sources, filled
    return str(filled)


# ── Statuses ─────────────────────────────────────────────────────────────────────────────────────


def test_the_pipeline_writes_the_statuses_that_are_its_own() -> None:
    by_others = {statuses.IN_REVIEW}
    written = {*_statuses(PIPELINE.definition), *_statuses(PROCESS.definition)}
    assert written == {*statuses.OPEN, *statuses.ENDED} - by_others


def test_withdrawals_know_what_can_be_withdrawn() -> None:
    never = {statuses.IN_REVIEW, statuses.INVALID}
    assert set(_statuses(WITHDRAW.definition)) == {*statuses.OPEN, *statuses.ENDED} - never


def _statuses(value: Any) -> Iterator[str]:
    """In expressions, as a value of DynamoDB, or in a message's attribute."""
    other_words = ("FULL", "ALL_NEW", "INLINE")
    for text in strings(value):
        if text.startswith("{%"):
            yield from re.findall(r"(?:'status'|'S'): '([A-Z_]{4,})'", text)
        elif re.fullmatch(r"[A-Z_]{4,}", text) and text not in other_words:
            yield text
