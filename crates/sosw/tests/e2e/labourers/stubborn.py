"""A labourer that works for ten minutes, with a child that does, and ends by force only."""
import http.client
import os
import signal
import subprocess
import time

signal.signal(signal.SIGTERM, signal.SIG_IGN)
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
connection.request("GET", "/2018-06-01/runtime/invocation/next")
connection.getresponse().read()
child = subprocess.Popen(["sleep", "600"])
with open(os.environ["NOTES"], "a") as notes:
    notes.write(f"{os.getpid()} {child.pid}\n")
time.sleep(600)
