"""Starts ministack with what it lacks of AWS and sosw depends on.

Each function takes the place of one of ministack's, and says what AWS does there. What is bridged is
our reading of AWS: a stack on this machine proves nothing about it.
"""

import json

import asynchronous
from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb, eventbridge, lambda_svc
from ministack.services.cloudformation import _stacks, handlers, helpers, provisioners

QUOTA = 1000  # concurrent executions of the account


def alarm(name, props, record=provisioners._cw_metric_alarm_record):
    """One with metric math exists; here it never rings."""
    math = {"Namespace": "none", "MetricName": "math"} if props.get("Metrics") else {}
    return record(name, {**props, **math, "Metrics": None})


def function(provision):
    """A template's reserved concurrency is within the quota, and counts; so does RecursiveLoop."""

    def provisioned(*args, **kwargs):
        # (logical_id, props, …) to create, (physical_id, old props, props, …) to update.
        props = [arg for arg in args if isinstance(arg, dict)][-1]
        reserved = props.get("ReservedConcurrentExecutions")
        reserved = None if reserved is None else int(reserved)
        if (reserved or 0) > QUOTA - 100:
            raise ValueError(f"a reservation of {reserved} leaves less than 100 of {QUOTA} executions")
        name, attributes = provision(*args, **kwargs)
        loop = props.get("RecursiveLoop", "Terminate")
        lambda_svc._functions[name].update(concurrency=reserved, recursive_loop=loop)
        return name, attributes

    return provisioned


def create_table(logical_id, props, *rest, create=provisioners._ddb_create):
    """A table that is there already is not made again."""
    if props.get("TableName") in dynamodb._tables:
        raise ValueError(f"table {props['TableName']} already exists")
    return create(logical_id, props, *rest)


def delete_table(name, props, delete=provisioners._ddb_delete):
    """A table that is protected is not deleted."""
    if str(dynamodb._tables.get(name, {}).get("DeletionProtectionEnabled")).lower() == "true":
        raise ValueError(f"table {name} has deletion protection")
    delete(name, props)


def create_change_set(params, *rest, create=handlers._ACTION_HANDLERS["CreateChangeSet"]):
    """A stack whose creation was rolled back can only be deleted."""
    name = helpers._p(params, "StackName")
    state = (_stacks.get(name) or {}).get("StackStatus")
    if state in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
        return helpers._error("ValidationError", f"Stack {name} is in {state} state and can not be updated.")
    return create(params, *rest)


def iam_action(service, method, path, *rest, read=iam_actions.extract_iam_action):
    """CloudWatch asks for rights in the protocol, too, that the SDK for Rust speaks."""
    found = read(service, method, path, *rest)
    return found or (f"cloudwatch:{path.rpartition('/')[2]}" if "/operation/" in path else None)


def resource_arn(service, method, path, *rest, read=iam_actions.extract_resource_arn):
    return "*" if "/operation/" in path else read(service, method, path, *rest)


def condition_key(key, context, resolve=iam_evaluator._resolve_condition_key):
    """ministack speaks no TLS: what comes over the loopback interface counts as if it had."""
    return "true" if key.lower() == "aws:securetransport" else resolve(key, context)


def put_event_invoke_config(name, qualifier, data, put=lambda_svc._put_event_invoke_config):
    """Its numbers are numbers, also those that a template's parameters gave."""
    numbers = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds")
    return put(name, qualifier, {**data, **{key: int(data[key]) for key in numbers if key in data}})


def event_invoke_config(function, qualifier, read=lambda_svc._event_invoke_config):
    """Without a qualifier, it is that of $LATEST."""
    return read(function, qualifier) or read(function, "$LATEST")


def tick(arn, payload):
    """A rule invokes asynchronously, which the function's metrics count."""
    function, config, name = lambda_svc._get_func_record_for_ref(arn)
    lambda_svc._emit_lambda_metrics(name, duration_ms=0, error=False, throttle=False)
    asynchronous.invoke(lambda_svc._execution_record_for_config(function, config), json.loads(payload))


provisioners._cw_metric_alarm_record = alarm
provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"].update(create=create_table, delete=delete_table)
lifecycle = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
lifecycle.update(create=function(lifecycle["create"]), update=function(lifecycle["update"]))
handlers._ACTION_HANDLERS["CreateChangeSet"] = create_change_set
iam_actions.extract_iam_action, iam_actions.extract_resource_arn = iam_action, resource_arn
iam_evaluator._resolve_condition_key = condition_key
lambda_svc._put_event_invoke_config = put_event_invoke_config
lambda_svc._event_invoke_config = event_invoke_config
lambda_svc._execute_function_dispatch = asynchronous.execute
lambda_svc.invoke_async_with_retry = asynchronous.invoke
eventbridge._dispatch_to_lambda = tick
app.main()
