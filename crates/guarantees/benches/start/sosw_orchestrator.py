"""sosw 0.7's orchestrator, as its examples deploy it."""

from sosw.app import LambdaGlobals, get_lambda_handler
from sosw.orchestrator import Orchestrator

global_vars = LambdaGlobals()
lambda_handler = get_lambda_handler(Orchestrator, global_vars)
