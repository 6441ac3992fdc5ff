"""A labourer that knows nothing of sosw, not even of AWS: the Lambda Runtime API and no more.

What it does with a task is in the task: its `do`, or else it works for a moment, and fails as long as
there is a file of the name in ILL.
"""
import json
import os
import signal
import sys
import time
import urllib.request

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
# No proxy of the caller's environment stands between a process and its own machine.
HTTP = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(path, body):
    HTTP.open(urllib.request.Request(f"{API}/{path}", data=body, method="POST")).read()


def note(event):
    """One short line, appended at once: other processes write to the same file."""
    if "NOTES" in os.environ:
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(json.dumps([os.getpid(), event["task_id"], event["sosw"]["attempt"]]) + "\n")


def work_on_block(request, event):
    """Each task of it for a moment, with a result of its own."""
    print("block of", len(event["tasks"]), flush=True)
    results = {}
    for task in event["tasks"]:
        time.sleep(float(os.environ.get("SECONDS", "0")))
        results[task["task_id"]] = {"did": task.get("ns")}
    post(f"{request}/response", json.dumps({"results": results}).encode())


def work(request, event):
    note(event)
    if "tasks" in event and not os.path.exists(os.environ.get("ILL", "")):
        return work_on_block(request, event)
    what = event.get("dos", ["work"])[0]
    if what == "crash":
        print("about to crash", file=sys.stderr, flush=True)
        os._exit(7)
    if what.startswith("print"):
        attempt = event["sosw"]["attempt"]
        print(f"{what}: attempt {attempt}", flush=True)
        print("\x1b[2J no end of line", end="", file=sys.stderr, flush=True)
        if attempt == 1:
            error = {"errorType": "Refused", "errorMessage": "not yet"}
            return post(f"{request}/error", json.dumps(error).encode())
    if what == "flood":
        print("\n".join(f"line {n}" for n in range(40_000)), flush=True)
    if what == "hang":
        time.sleep(600)
    if what == "raise":
        error = {"errorType": "Refused", "errorMessage": "not this one"}
        return post(f"{request}/error", json.dumps(error).encode())
    if what == "paint":
        # It would clear the screen, name the window, and turn the direction of writing.
        error = {"errorType": "Pa\x1b[31mint", "errorMessage": "\x1b[2J\x1b]0;window\x07\u202e\nmore\r"}
        return post(f"{request}/error", json.dumps(error).encode())
    if what == "lease":
        lease = event["sosw"]["expires_at"] - event["created_at"]
        return post(f"{request}/response", json.dumps({"lease": lease}).encode())
    if what == "garbage":
        return post(f"{request}/response", b"\xff\xfe no JSON at all")
    time.sleep(float(os.environ.get("SECONDS", "0")))
    if os.path.exists(os.environ.get("ILL", "")):
        error = {"errorType": "Ill", "errorMessage": "not now"}
        return post(f"{request}/error", json.dumps(error).encode())
    post(f"{request}/response", json.dumps({"did": event.get("ns")}).encode())


if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    with HTTP.open(f"{API}/next") as answer:
        work(answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer))
