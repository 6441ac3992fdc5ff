"""`make cloud`: the stack on this machine, from `sam deploy` to a job that is done. Read it from `main`."""

import argparse
import dataclasses
import json
import signal
import sys
import time

import checks
import deploys
import rights
import stack

HOME = stack.ROOT / "target/cloud/run"
DEADLINE = 420  # seconds that the job may take; it ends in the third tick, if the machine has time for it
GROUPS = {"steady": (40, 0), "flaky": (6, 1), "broken": (4, 9)}  # words, failing attempts
MOST_ATTEMPTS = 2  # as config.json says
BEGAN = time.monotonic()


def main(statements):
    stack.require()
    found = checks.Checks()
    with stack.Cloud(HOME) as cloud:
        template = stack.build(cloud.home)
        cloud.deploy("sosw", template, EventLog="yes", **stack.labourer_arns(["words"]))
        cloud.deploy("words", stack.ROOT / "infra/labourer.yaml", **stack.upload_labourer(cloud, "words"))
        news = subscribe(cloud)
        cloud.push_config("sosw", json.loads((stack.HERE / "config.json").read_text()))
        job = submit(cloud)
        say(f"a job of {len(job.expected)} tasks is submitted; its retries and its end need ticks, one a minute")

        say("meanwhile: a stack of which one right after the other is removed")
        rights.check(cloud, template, "rights", found, statements)
        say("meanwhile: deployments out of the ordinary")
        deploys.check_repeated(cloud, template, "again", found)
        deploys.check_many(cloud, template, "many", found, 200)

        say("the job")
        found.that("the job ends", wait(cloud, job))
        checks.check_job(cloud, "sosw", job, found)
        checks.check_functions(cloud, "sosw", found, ticks(cloud))
        checks.check_news(read(cloud, news), job, found)
        checks.check_doctor(cloud, "sosw", found)
        checks.check_ministack(cloud, found)
    say(f"done; the log of ministack is {stack.relative(cloud.log)}")
    print(f"cloud: {found.holding} passed, {found.missing} failed")
    return 1 if found.missing else 0


@dataclasses.dataclass
class Job:
    id: str
    expected: dict  # of each word: does it succeed, and in how many attempts?


def submit(cloud):
    groups, expected = {}, {}
    for group, (count, fails) in GROUPS.items():
        words = [f"{group}-{number}" for number in range(count)]
        groups[group] = {"words": words, "fails": fails}
        expected |= {word: (fails < MOST_ATTEMPTS, min(fails + 1, MOST_ATTEMPTS)) for word in words}
    job = {
        "lambda_name": "words",
        "isolate_groups": True,
        "isolate_words": True,
        "groups": groups,
        "max_failed_percent": 10,
        "on_complete": {"topic": cloud.outputs("sosw")["News"]},
    }
    error, answer = stack.invoke(cloud, "sosw_scheduler", job)
    if error or answer["tasks"] != len(expected):
        raise stack.Failed(f"the scheduler did not make the tasks of {json.dumps(job)}: {answer}")
    return Job(answer["job_id"], expected)


def wait(cloud, job):
    """Until a tick of the scavenger has ended it."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        states = [
            item["state"] for item in checks.items("sosw_jobs") if (item["job_id"], item["part"]) == (job.id, "job")
        ]
        if states and states != ["open"]:
            return True
        time.sleep(1)
    return False


def subscribe(cloud):
    """A queue that gets what is published to people."""
    queue = cloud.client("sqs")
    url = queue.create_queue(QueueName="news")["QueueUrl"]
    arn = f"arn:aws:sqs:{stack.REGION}:{stack.ACCOUNT}:news"
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    queue.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})}
    )
    topic = cloud.outputs("sosw")["News"]
    cloud.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return url


def read(cloud, url):
    messages = []
    while batch := cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        messages += [json.loads(message["Body"]) for message in batch]
    return messages


def ticks(cloud):
    """Of the functions that nothing but their schedules invokes."""
    counted = {}
    for function in ("orchestrator", "scavenger"):
        statistics = cloud.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Period=60,
            Statistics=["Sum"],
            Dimensions=[{"Name": "FunctionName", "Value": f"sosw_{function}"}],
            StartTime=time.time() - 3600,
            EndTime=time.time() + 60,
        )
        counted[function] = int(sum(point["Sum"] for point in statistics["Datapoints"]))
    return counted


def say(what):
    print(f"\n== {time.monotonic() - BEGAN:3.0f} s: {what}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=100, help="of each role, at most so many are removed")
    # Whatever ends this, ends ministack.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(parser.parse_args().statements))
    except stack.Failed as failed:
        sys.exit(f"cloud: {failed}")
    except KeyboardInterrupt:
        sys.exit(130)
