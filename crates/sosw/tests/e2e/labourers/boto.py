"""What an operator may do with boto3 beside a `sosw local`: send a job, read a table."""
import json
import sys
import time

import boto3

answer = boto3.client("lambda").invoke(
    FunctionName="sosw_scheduler",
    Payload=json.dumps({"job": {"lambda_name": "plain", "ns": ["1", "2", "3"], "isolate_ns": True}}),
)
assert "FunctionError" not in answer, answer
job = json.load(answer["Payload"])
assert job["tasks"] == 3, job

closed = boto3.resource("dynamodb").Table("sosw_closed_tasks")
deadline = time.monotonic() + 60
while closed.scan(Select="COUNT")["Count"] < 3:
    assert time.monotonic() < deadline, "the tasks were not closed"
    time.sleep(0.1)

logs = boto3.client("lambda").get_function_configuration(FunctionName="plain")
json.dump({"job": job["job_id"], "timeout": logs["Timeout"]}, sys.stdout)
