"""A handler for batches of SQS as Powertools' documentation has it. It knows nothing of sosw.

A record fails at its first delivery if its body lists it in `fail_once`, and always if in `fail_always`.
"""
import json
import os

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

processor = BatchProcessor(event_type=EventType.SQS)
logger = Logger()


def record_handler(record: SQSRecord):
    payload: dict = record.json_body
    item = payload["ns"][0]
    delivery = int(record.attributes.approximate_receive_count)
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(json.dumps([item, delivery]) + "\n")
    if item in payload["fail_always"] or (item in payload["fail_once"] and delivery == 1):
        raise ValueError(f"{item} is not to be had")


@logger.inject_lambda_context
def lambda_handler(event, context: LambdaContext):
    return process_partial_response(
        event=event, record_handler=record_handler, processor=processor, context=context
    )
