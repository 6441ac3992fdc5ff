"""Asynchronous invocations as Lambda makes them: one request id, retries, and both destinations."""

import contextvars
import datetime
import json
import os
import threading
import time
import uuid

import boto3
from ministack.core import lambda_runtime
from ministack.services import cloudwatch, lambda_svc

POLL = 0.2  # seconds until an event for which there was no room is tried again
request_id = contextvars.ContextVar("request_id", default=None)


def execute(function, config, event, own_id, *rest, run=lambda_svc._execute_function_dispatch):
    """An event that is tried again keeps its request id."""
    return run(function, config, event, request_id.get() or own_id, *rest)


def invoke(function, event):
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(deliver, function, event), daemon=True).start()


def deliver(function, event):
    request_id.set(str(uuid.uuid4()))
    config = function["config"]
    settings = lambda_svc._event_invoke_config(function, None) or {}
    retries = settings.get("MaximumRetryAttempts", 2)
    until = time.time() + settings.get("MaximumEventAgeInSeconds", 21_600)
    condition, count, answer = "EventAgeExceeded", 0, {}
    while time.time() < until:
        result = lambda_svc._execute_function_with_config_scope(function, event)
        if result.get("throttle"):
            time.sleep(POLL)
            continue
        count, answer = count + 1, result
        condition = "RetriesExhausted" if answer.get("error") else "Success"
        if condition == "Success" or count > retries:
            break
    side = "OnSuccess" if condition == "Success" else "OnFailure"
    target = settings.get("DestinationConfig", {}).get(side, {}).get("Destination")
    if target:
        send(config, target, json.dumps(record(config, event, condition, count, answer)))


def record(config, event, condition, count, answer):
    """What a destination gets; of a function that never ran, no answer."""
    made = {
        "version": "1.0",
        "timestamp": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        "requestContext": {
            "requestId": request_id.get(),
            "functionArn": config["FunctionArn"].removesuffix(":$LATEST") + ":$LATEST",
            "condition": condition,
            "approximateInvokeCount": count,
        },
        "requestPayload": event,
    }
    if count:
        error = {"functionError": "Unhandled"} if answer.get("error") else {}
        made["responseContext"] = {"statusCode": 200, "executedVersion": "$LATEST", **error}
        made["responsePayload"] = answer.get("body")
    return made


def send(config, target, body):
    """By the right of the function's role; what it may not send is lost, and counted."""
    name, keys = config["FunctionName"], lambda_runtime.execution_credentials(config)
    session = boto3.Session(
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=keys["AWS_SESSION_TOKEN"],
        region_name=os.environ["AWS_DEFAULT_REGION"],
    )
    try:
        if ":sqs:" in target:
            region, account, queue = target.split(":")[3:]
            url = f"{os.environ['AWS_ENDPOINT_URL']}/{account}/{queue}"
            session.client("sqs").send_message(QueueUrl=url, MessageBody=body)
        else:
            session.client("lambda").invoke(FunctionName=target, InvocationType="Event", Payload=body)
    except Exception as error:
        print(f"{name} could not send to {target}: {error}", flush=True)
        cloudwatch.record_metric("AWS/Lambda", "DestinationDeliveryFailures", 1, "Count", {"FunctionName": name})
