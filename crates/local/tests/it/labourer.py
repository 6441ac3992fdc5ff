"""A labourer on the bare Runtime API, standard library only: does what its payload says."""
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

API = "/2018-06-01/runtime/"
HOST = os.environ["AWS_LAMBDA_RUNTIME_API"]
mode = sys.argv[1]


def post(path, body, headers=None):
    connection = http.client.HTTPConnection(HOST)
    connection.request("POST", API + path, body, headers or {})
    return connection.getresponse().read()


def invoke(event, trace):
    url = os.environ["AWS_ENDPOINT_URL_LAMBDA"] + "/2015-03-31/functions/%s/invocations" % os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    headers = {"X-Amz-Invocation-Type": "Event", "X-Amzn-Trace-Id": trace}
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(event).encode(), headers)).read()


def work(event, headers):
    what = event.get("do")
    if what == "environment":
        return dict(os.environ)
    if what == "headers":
        return {key.lower(): value for key, value in headers.items()}
    if what == "pid":
        return os.getpid()
    if what == "loop":
        print("round", 1)
        invoke(event, headers["Lambda-Runtime-Trace-Id"])
    if what == "fail":
        raise ValueError("no such picture")
    if what == "exit":
        print("last words", flush=True)
        os._exit(event.get("code", 1))
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("pid", os.getpid())
        print("pid", subprocess.Popen(["sleep", "600"]).pid)
        time.sleep(600)
    if what == "print":
        print("work", event["n"])
        print("end", event["n"], end="", file=sys.stderr)
    if what == "garbage":
        sys.stdout.buffer.write(b"\xff\xfe\x00" * 50_000 + b"\n")
        sys.stdout.flush()
    return event


print("started", os.getpid())
if mode == "exit":
    sys.exit("cannot find my configuration")
if mode == "sleep":
    time.sleep(600)
if mode == "init-error":
    post("init/error", json.dumps({"errorType": "ImportError", "errorMessage": "No module named resize"}))
    sys.exit(1)
if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

connection = http.client.HTTPConnection(HOST)
while True:
    connection.request("GET", API + "invocation/next")
    response = connection.getresponse()
    event = json.loads(response.read())
    if response.status != 200:
        sys.exit(0)
    request = "invocation/" + response.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        post(request + "/response", json.dumps(work(event, response.headers)))
    except ValueError as error:
        body = {"errorType": "ValueError", "errorMessage": str(error), "stackTrace": ["line 1"]}
        post(request + "/error", json.dumps(body), {"Lambda-Runtime-Function-Error-Type": "Unhandled"})
    if mode == "once":
        sys.exit(0)
