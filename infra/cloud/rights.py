"""Takes one statement at a time out of a role, and reads where its absence is reported.

Each function has a round of work that needs all its rights. A refusal is reported by an error of the
function, by its log, by the row of a labourer, or by the metric of what could not be sent to a queue of
dead letters. With all rights nothing may be reported; so what is reported without a statement is due to that.
"""

import collections
import contextlib
import decimal
import json
import time

import boto3
import stack

LABOURERS = ["steady", "once", "gone"]
DELTA = 31_557_600  # seconds that a claim adds to its time (greenfield_invocation_delta)
TABLES = {
    "tasks": ["task_id"],
    "retry_tasks": ["labourer_id", "task_id"],
    "closed_tasks": ["task_id"],
    "labourers": ["labourer_id"],
    "jobs": ["job_id", "part"],
}
SIGNS = ("AccessDenied", "not authorized")
DEAD_LETTERS = {
    "orchestrator": "dead_ticks",
    "scavenger": "dead_ticks",
    "worker_assistant": "dead_reports",
    "scheduler": "dead_jobs",
}
# ministack writes the logs itself, without asking for the right.
NOT_JUDGED = ["logs:CreateLogStream", "logs:PutLogEvents"]

CONFIG = {
    "labourers": {
        # Its function returns, and nobody reports it: each round does that as it needs it.
        "steady": {
            "cooldown": 100,
            "max_simultaneous_invocations": 10,
            "breaker": {},
            "after_expiry": {"growth": "linear", "base": 300},
            "health_metrics": {
                "Load": {
                    "details": {"Namespace": "Test", "MetricName": "Load"},
                    "feelings": {"4": 10},
                    "missing": 4,
                }
            },
        },
        "once": {"cooldown": 100, "max_attempts": 1},
        "gone": {"cooldown": 100},
    },
}


class Round:
    """One function of a stack that nothing else uses, and what it says."""

    def __init__(self, cloud, name, function):
        self.cloud, self.name, self.function = cloud, name, f"{name}_{function}"
        self.tables = {table: boto3.resource("dynamodb").Table(f"{name}_{table}") for table in TABLES}
        self.heard = []

    def empty_the_tables(self):
        for name, key in TABLES.items():
            items = self.tables[name].scan()["Items"]
            with self.tables[name].batch_writer() as batch:
                for item in items:
                    batch.delete_item({field: item[field] for field in key})

    def put(self, table, task, labourer="steady", **fields):
        item = {
            "task_id": task,
            "labourer_id": labourer,
            "created_at": time.time() - 60,
            "payload": "{}",
            "attempts": 0,
            "greenfield": 2000,
            **fields,
        }
        self.tables[table].put_item(Item=json.loads(json.dumps(item), parse_float=decimal.Decimal))

    def put_running(self, task, labourer="steady", ago=10, **fields):
        self.put("tasks", task, labourer, attempts=1, greenfield=time.time() - ago + DELTA, **fields)

    def others(self, function, event):
        """Somebody else's part of the round."""
        return stack.invoke(self.cloud, f"{self.name}_{function}", event)

    def start_anew(self):
        """The next invocation is a cold start."""
        client = self.cloud.client("lambda")
        variables = client.get_function_configuration(FunctionName=self.function)["Environment"]["Variables"]
        variables["COLD_START"] = str(time.time())
        client.update_function_configuration(FunctionName=self.function, Environment={"Variables": variables})
        self.since = int(time.time() * 1000)

    def works(self, event):
        """An answer without an error is not heard: nobody reads that of a tick."""
        error, answer = stack.invoke(self.cloud, self.function, event)
        if error:
            self.heard.append(("error", json.dumps(answer)))

    def lost(self):
        """Events that could be sent to no queue, as Lambda counts them."""
        counted = self.cloud.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="DestinationDeliveryFailures",
            Period=60,
            Statistics=["Sum"],
            Dimensions=[{"Name": "FunctionName", "Value": self.function}],
            StartTime=time.time() - 600,
            EndTime=time.time() + 60,
        )
        return sum(point["Sum"] for point in counted["Datapoints"])

    def listen(self):
        """To the log, and to what `sosw labourers` shows."""
        request = {"logGroupName": f"/aws/lambda/{self.function}", "startTime": self.since}
        for page in self.cloud.client("logs").get_paginator("filter_log_events").paginate(**request):
            self.heard += [("log", event["message"]) for event in page["events"]]
        rows = self.tables["labourers"].scan()["Items"]
        self.heard += [("labourers", row["health"]) for row in rows if "health" in row]


def orchestrate(round):
    round.put("tasks", "unreadable", payload=5, job_id="job")
    round.put("tasks", "queued")
    round.put("tasks", "refused", "gone")
    round.works({})
    # The outcomes since the tick before.
    round.works({})


def scavenge(round):
    round.others("orchestrator", {})
    # Somebody tidied up: Lambda is asked again.
    round.tables["labourers"].delete_item(Key={"labourer_id": "once"})
    round.put_running("silent", ago=10_000)
    round.put_running("given-up", "once", ago=10_000, job_id="job")
    round.put_running("done", completed_at=1)
    round.put("retry_tasks", "due", attempts=1, desired_launch_time=1)
    exhausted = {"labourer_id_task_status": "once_0", "closed_at": time.time() - 60}
    round.put("closed_tasks", "exhausted", "once", attempts=1, **exhausted)
    _, made = round.others("scheduler", {"lambda_name": "gone"})
    # As if its scheduler had died before it made the first task.
    round.tables["jobs"].update_item(
        Key={"job_id": made["job_id"], "part": "range-00"},
        UpdateExpression="SET #cursor = :zero, updated_at = :long_ago, started_at = :long_ago",
        ExpressionAttributeNames={"#cursor": "cursor"},
        ExpressionAttributeValues={":zero": 0, ":long_ago": 1},
    )
    round.works({})


def assist(round):
    for task in ("succeeds", "fails"):
        round.put("tasks", task, job_id="job")
    round.others("orchestrator", {})
    # The slot that becomes free is handed over to it.
    round.put("tasks", "next")
    round.works(record("succeeds", "Success"))
    round.works(record("fails", "RetriesExhausted"))
    # It succeeded after all.
    round.works(record("fails", "Success"))
    round.works(record("unknown", "Success"))


def schedule(round):
    round.others("orchestrator", {})
    round.put("tasks", "unreadable", payload=5)
    for labourer in LABOURERS:
        round.works({"lambda_name": labourer})


def fail_for_good(round):
    """An event that no try can help ends in the queue of dead letters, or it is lost, and counted."""
    round.cloud.client("lambda").invoke(
        FunctionName=round.function, InvocationType="Event", Payload=json.dumps({"labourer_id": "nobody"})
    )
    queue = round.cloud.client("sqs")
    letters = DEAD_LETTERS[round.function.removeprefix(f"{round.name}_")]
    url = queue.get_queue_url(QueueName=f"{round.name}_{letters}")["QueueUrl"]
    for _ in range(100):
        for message in queue.receive_message(QueueUrl=url).get("Messages", []):
            queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return
        if round.lost():
            round.heard.append(("metric", f"DestinationDeliveryFailures: {SIGNS[0]}"))
            return
        time.sleep(0.1)
    raise stack.Failed(f"an event that {round.function} refused is neither kept in {letters} nor counted as lost")


def record(task, condition):
    return {
        "version": "1.0",
        "requestContext": {"condition": condition, "approximateInvokeCount": 1},
        "requestPayload": {"task_id": task, "labourer_id": "steady"},
        "responsePayload": {},
    }


ROUNDS = {
    "OrchestratorRole": ("orchestrator", orchestrate),
    "ScavengerRole": ("scavenger", scavenge),
    "WorkerAssistantRole": ("worker_assistant", assist),
    "SchedulerRole": ("scheduler", schedule),
}


def check(cloud, template, name, checks, most):
    """At most so many statements of each role, evenly chosen."""
    arns = stack.labourer_arns(LABOURERS)
    cloud.deploy(name, template, Prefix=name, EventLog="yes", Ticking="DISABLED", **arns)
    prepare(cloud, name)
    iam, roles = cloud.client("iam"), cloud.resources(name)
    for role, (function, work) in ROUNDS.items():
        refused = reports(cloud, name, function, work) | reports(cloud, name, function, fail_for_good)
        checks.that(f"with all its rights, the {function} is refused nothing", not refused, " and ".join(refused))
        judged = [each for each in statements(iam, roles[role]) if each[-1]["Action"] != NOT_JUDGED]
        missed, heard, chosen = [], collections.Counter(), judged[:: -(-len(judged) // most)]
        for policy, document, place, statement in chosen:
            with removed(iam, roles[role], policy, document, place):
                is_for_dead_letters = statement["Action"] == "sqs:SendMessage"
                where = reports(cloud, name, function, fail_for_good if is_for_dead_letters else work)
            heard.update(where)
            if not where:
                missed.append(f"{statement['Action']} on {statement['Resource']}")
        figures = f"{len(chosen) - len(missed)} of {len(chosen)} statements ({len(judged)} in the role)"
        figures += "".join(f", {where} {count}" for where, count in sorted(heard.items()))
        checks.that(f"a right that the {function} lacks is reported", not missed, "; ".join([figures, *missed]))


def prepare(cloud, name):
    """Functions that return, a topic that only the role's own right opens, the config."""
    role = f"arn:aws:iam::{stack.ACCOUNT}:role/{cloud.resources(name)['SchedulerRole']}"
    for function in ("steady", "once"):
        cloud.client("lambda").create_function(
            FunctionName=function,
            Role=role,
            Runtime="python3.11",
            Handler="labourer.handler",
            Code={"ZipFile": (cloud.home / "labourer.zip").read_bytes()},
        )
    # By default, a topic lets every principal of its account publish.
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("sns").set_topic_attributes(
        TopicArn=cloud.outputs(name)["News"], AttributeName="Policy", AttributeValue=policy
    )
    cloud.push_config(name, CONFIG)


def reports(cloud, name, function, work):
    """Where the function reports that it was refused something."""
    round = Round(cloud, name, function)
    round.empty_the_tables()
    round.start_anew()
    work(round)
    round.listen()
    return {where for where, text in round.heard if any(sign in text for sign in SIGNS)}


def statements(iam, role):
    """Each, with the policy that it is in, and its place there."""
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        for place, statement in enumerate(document["Statement"]):
            yield policy, document, place, statement


@contextlib.contextmanager
def removed(iam, role, policy, document, place):
    def put(statements):
        whole = json.dumps({**document, "Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=whole)

    put(document["Statement"][:place] + document["Statement"][place + 1 :])
    try:
        yield
    finally:
        put(document["Statement"])
