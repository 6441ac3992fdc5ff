"""What a job leaves behind, held against what it was."""

import collections
import json
import re

import boto3
import stack

# What `sosw doctor` says of a stack in order, and why.
EXPECTED = {
    r"cost: table \w+ has provisioned capacity, 5 write units": "ministack describes on-demand tables with 5 units",
    r"hint: nothing keeps tables from being deleted": "it is a stack of its first deployment, without DeletionProtection",
    r"hint: labourer \w+: .* none shows a report without a claim": "advice for a labourer with destinations only",
}


class Checks:
    """Each is a guarantee, and printed when it is judged."""

    def __init__(self):
        self.holding = self.missing = 0

    def that(self, guarantee, holds, figures=""):
        self.holding += bool(holds)
        self.missing += not holds
        print(f"{'ok     ' if holds else 'MISSING'}  {guarantee}{': ' if figures else ''}{figures}", flush=True)


def items(table):
    """All of a table, as Python values."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    read = boto3.dynamodb.types.TypeDeserializer().deserialize
    return [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]


def check_job(cloud, name, job, checks):
    """`job` has its id and, for each word, whether it succeeds and in how many attempts."""
    tasks, parked, closed = (items(f"{name}_{table}") for table in ("tasks", "retry_tasks", "closed_tasks"))
    log = items(f"{name}_tasks_meta")
    parts = [item for item in items(f"{name}_jobs") if item["job_id"] == job.id]

    figures = f"{len(tasks)} queued or running, {len(parked)} parked"
    checks.that("no task is left over", not tasks and not parked, figures)

    found = {word: [] for word in job.expected}
    for task in closed:
        word = json.loads(task["payload"])["words"][0]
        found[word].append((task["labourer_id_task_status"].endswith("_1"), int(task["attempts"])))
    wrong = {word: found[word] for word, expected in job.expected.items() if found[word] != [expected]}
    checks.that(
        "every task is closed once, as its job says", not wrong, f"{len(closed)} closed, {wrong or 'none'} wrong"
    )

    actions = collections.Counter((entry["task_id"], entry["action"]) for entry in log)
    ends = [actions[task["task_id"], "archived"] + actions[task["task_id"], "archived_dead"] for task in closed]
    starts = sum(count for (_, action), count in actions.items() if action == "invoked")
    attempts = sum(attempts for _, attempts in job.expected.values())
    figures = f"{starts} attempts of {attempts}, {sum(ends)} ends of {len(job.expected)}"
    checks.that(
        "the event log has each attempt, and one end of each task", starts == attempts and set(ends) == {1}, figures
    )

    results = [task for task in closed if task.get("result_word")]
    is_own = all(json.loads(task["payload"])["words"][0] == task["result_word"] for task in results)
    succeeded = sum(succeeds for succeeds, _ in job.expected.values())
    figures = f"{len(results)} of {succeeded}"
    checks.that("what the function returned is the result of its task", is_own and len(results) == succeeded, figures)

    counted = collections.Counter()
    for part in parts:
        if part["part"].startswith("count-"):
            counted.update({key: int(part.get(key, 0)) for key in ("succeeded", "exhausted", "retried")})
    expected = {
        "succeeded": succeeded,
        "exhausted": len(job.expected) - succeeded,
        "retried": attempts - len(job.expected),
    }
    checks.that(
        "the job counts what the tables hold", dict(counted) == expected, f"{dict(counted)}, expected {expected}"
    )

    rows = [row for row in items(f"{name}_labourers") if "running" in row or "freed" in row]
    running = sum(int(row.get("running", 0)) - int(row.get("freed", 0)) for row in rows)
    checks.that("no slot is taken", rows and running == 0, f"{running} in {len(rows)} rows")


def check_functions(cloud, name, checks, ticks):
    logged = [
        event["message"]
        for function in stack.FUNCTIONS
        for page in cloud.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/aws/lambda/{name}_{function}")
        for event in page["events"]
    ]
    errors = [line for line in logged if '"level":"ERROR"' in line or "[ERROR]" in line]
    checks.that(
        "no function logs an error", logged and not errors, f"{len(errors)} in {len(logged)} lines {errors[:1] or ''}"
    )

    figures = ", ".join(f"{function} {count}" for function, count in ticks.items())
    checks.that("the schedules ticked", all(count >= 2 for count in ticks.values()), figures)

    queue = cloud.client("sqs")
    letters = {
        kind: queue.get_queue_attributes(
            QueueUrl=queue.get_queue_url(QueueName=f"{name}_dead_{kind}")["QueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages"],
        )["Attributes"]["ApproximateNumberOfMessages"]
        for kind in ("ticks", "reports", "jobs")
    }
    checks.that("no event ended among the dead letters", set(letters.values()) == {"0"}, str(letters))


def check_news(messages, job, checks):
    """Exhausted tasks and the end of the job, each published once."""
    exhausted = [task["task_id"] for message in messages for task in message.get("exhausted", [])]
    ended = [message["state"] for message in messages if message.get("job_id") == job.id]
    expected = sum(not succeeds for succeeds, _ in job.expected.values())
    holds = len(exhausted) == len(set(exhausted)) == expected and ended == ["succeeded"]
    checks.that(
        "people are told of each failed task and of the end of the job",
        holds,
        f"{len(exhausted)} of {expected}, {ended}",
    )


def check_doctor(cloud, name, checks):
    """With the environment of a function, as infra/README.md says."""
    configuration = cloud.client("lambda").get_function_configuration(FunctionName=f"{name}_orchestrator")
    variables = configuration["Environment"]["Variables"]
    said = cloud.run(stack.DEBUG / "sosw", "doctor", "--items", check=False, **variables)
    findings = [line for line in said.stdout.splitlines() if line and not line.startswith("  ")]
    reasons = collections.Counter()
    unexplained = []
    for finding in findings:
        reason = next((reason for pattern, reason in EXPECTED.items() if re.match(pattern, finding)), None)
        if reason:
            reasons[reason] += 1
        elif finding != "no faults found":
            unexplained.append(finding)
    figures = "; ".join([*unexplained, *(f"{count} times explained: {reason}" for reason, count in reasons.items())])
    checks.that("`sosw doctor --items` finds no fault", said.returncode == 0 and not unexplained, figures)


def check_ministack(cloud, checks):
    """A call that it could not answer was sent again by whoever made it, and would pass unnoticed."""
    log = cloud.log.read_text(errors="replace")
    failed = len(re.findall(r"^\S+ \S+ ERROR .*ASGI", log, re.MULTILINE))
    checks.that("ministack itself answers every call", log and not failed, f"{failed} failed")
