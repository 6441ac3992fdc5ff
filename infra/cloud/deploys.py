"""Deployments out of the ordinary: one that fails half-way and is repeated, one with many labourers."""

import json
import time

import boto3
import stack

MOST_IN_A_ROLE = 10_240  # characters of inline policies, without white space


def check_repeated(cloud, template, name, checks):
    """More concurrency than the account has makes a function fail, after the tables it names exist."""
    parameters = {"Prefix": name, "Ticking": "DISABLED", **stack.labourer_arns(["words"])}
    first = cloud.deploy(name, template, check=False, AssistantConcurrency=10_000, **parameters)
    states = {each["ResourceType"] for each in events(cloud, name) if each["ResourceStatus"] == "CREATE_COMPLETE"}
    left = tables(name)
    figures = f"exit {first.returncode}, {status(cloud, name)}, left: {', '.join(left) or 'no table'}"
    has_failed_late = first.returncode and "AWS::DynamoDB::Table" in states
    checks.that("a deploy fails half-way, when there are tables", has_failed_late, figures)
    again = cloud.deploy(name, template, check=False, **parameters)
    reason = last_error(cloud, name, again)
    holds = again.returncode == 0 and status(cloud, name) in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    checks.that("the same deploy succeeds once the cause is gone", holds, f"{status(cloud, name)} {reason}".strip())


def check_many(cloud, template, name, checks, count):
    """Each labourer may be invoked: Lambda does not know the functions, but it does not refuse them."""
    labourers = [f"labourer-{number:03}-of-the-department" for number in range(count)]
    # A parameter has no room for so many names.
    parameters = {"Prefix": name, "Ticking": "DISABLED", **stack.labourer_arns(["labourer-*"])}
    done = cloud.deploy(name, template, check=False, **parameters)
    checks.that(f"a stack takes {count} labourers", done.returncode == 0, last_error(cloud, name, done))
    if done.returncode:
        return
    sizes = {role: inline_size(cloud, role) for key, role in cloud.resources(name).items() if key.endswith("Role")}
    figures = f"at most {max(sizes.values())} of {MOST_IN_A_ROLE} characters"
    checks.that("the roles' policies are as small as IAM wants them", max(sizes.values()) <= MOST_IN_A_ROLE, figures)
    cloud.push_config(name, {"labourers": {labourer: {} for labourer in labourers}})
    with boto3.resource("dynamodb").Table(f"{name}_tasks").batch_writer() as batch:
        for labourer in labourers:
            task = {
                "task_id": labourer,
                "labourer_id": labourer,
                "payload": "{}",
                "greenfield": 1000,
                "attempts": 0,
                "created_at": int(time.time()),
            }
            batch.put_item(task)
    error, answer = stack.invoke(cloud, f"{name}_orchestrator", {})
    turns = answer.get("labourers", {})
    unknown = [
        labourer
        for labourer, turn in turns.items()
        if turn.get("refused") == 1 and "has no function" in turn.get("remark", "")
    ]
    figures = f"{len(unknown)} of {count}{f', {json.dumps(answer)[:300]}' if len(unknown) < count else ''}"
    checks.that("each of them may be invoked", not error and len(unknown) == count, figures)


def inline_size(cloud, role):
    iam = cloud.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    return sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)


def tables(name):
    return [table for table in boto3.client("dynamodb").list_tables()["TableNames"] if table.startswith(f"{name}_")]


def events(cloud, name):
    pages = cloud.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    return [event for page in pages for event in page["StackEvents"]]


def status(cloud, name):
    try:
        return cloud.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    except cloud.client("cloudformation").exceptions.ClientError:
        return "no stack"


def last_error(cloud, name, done):
    """What `sam deploy` says at its end, if it failed; it is long, and repeats the parameters."""
    if done.returncode == 0:
        return ""
    return done.stdout[done.stdout.rfind("Error:") :].strip()[-300:]
