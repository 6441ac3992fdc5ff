"""ministack as a process, and what is deployed on it, as one would deploy it on AWS."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile

import boto3

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DEBUG = ROOT / "target/debug"
SAM = ROOT / "target/lint/sam/bin/sam"
REGION, ACCOUNT = "us-east-1", "000000000000"
BUCKET = "code"
FUNCTIONS = ["orchestrator", "scavenger", "worker_assistant", "scheduler"]


class Failed(Exception):
    """Says what is missing, and the remedy."""


def require():
    """Before anything is started: what is missing, and where it comes from."""
    if not shutil.which("strip"):
        raise Failed("strip is missing. On Debian: apt-get install binutils")
    if not SAM.exists():
        raise Failed(f"{relative(SAM)} is missing: `make cloud` makes it")
    for name in [*FUNCTIONS, "sosw"]:
        binary = DEBUG / name.replace("_", "-")
        if not binary.exists():
            raise Failed(f"{relative(binary)} is missing: `make build` builds it")


class Cloud:
    """A ministack of our own, below `home`; it ends with the `with`."""

    def __init__(self, home):
        self.home, self.clients = home, {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SOSW_"))},
            # Of this account, and of no other: nothing of the user's own is read.
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TMPDIR": str(home / "tmp"),
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(home / "sam"),
        }
        os.environ.update({name: self.environment[name] for name in self.environment if name.startswith("AWS_")})

    def __enter__(self):
        shutil.rmtree(self.home, ignore_errors=True)
        (self.home / "tmp").mkdir(parents=True)
        self.log = self.home / "ministack.log"
        settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": self.port, "AUTH": "true", "LOG_LEVEL": "INFO"}
        with open(self.log, "wb") as log:
            # A session of its own, so that the functions, which are its children, end with it.
            self.process = subprocess.Popen(
                [sys.executable, HERE / "shim.py"],
                env={**self.environment, **settings},
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self.wait_until_it_answers()
            self.client("s3").create_bucket(Bucket=BUCKET)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.home / "tmp", ignore_errors=True)

    def wait_until_it_answers(self):
        for _ in range(300):
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_ministack/health", timeout=2).close()
                return
            time.sleep(0.1)
        raise Failed(f"ministack does not answer; its log is {relative(self.log)}")

    def client(self, service):
        if service not in self.clients:
            self.clients[service] = boto3.client(service)
        return self.clients[service]

    def run(self, *command, check=True, **environment):
        done = subprocess.run(
            command,
            env={**self.environment, **environment},
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if check and done.returncode:
            raise Failed(f"{relative(command[0])} {' '.join(map(str, command[1:]))}\n{done.stdout}")
        return done

    def deploy(self, stack, template, check=True, **parameters):
        """`sam deploy` with the defaults of samconfig.toml, without questions."""
        return self.run(
            SAM,
            "deploy",
            "--config-file",
            ROOT / "samconfig.toml",
            "--no-confirm-changeset",
            "--no-progressbar",
            "--stack-name",
            stack,
            "--template-file",
            template,
            "--region",
            REGION,
            "--parameter-overrides",
            *(f"{name}={value}" for name, value in parameters.items()),
            check=check,
        )

    def outputs(self, stack):
        described = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}

    def resources(self, stack):
        described = self.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in described}

    def push_config(self, prefix, config):
        file = self.home / f"{prefix}.json"
        file.write_text(json.dumps(config))
        self.run(DEBUG / "sosw", "config", "push", file, "--table", f"{prefix}_config")


def build(home):
    """What stands for `sam build`: the template as it is, beside its `CodeUri: .`

    All four functions have the same small code, by which each starts its own binary of the dev profile.
    """
    code, binaries = home / "code", home / "binaries"
    code.mkdir()
    binaries.mkdir()
    shutil.copy(ROOT / "template.yaml", code)
    for name in FUNCTIONS:
        # Kept apart, whatever is built meanwhile; without what only a debugger reads.
        done = subprocess.run(
            ["strip", "-o", binaries / name, DEBUG / name.replace("_", "-")], stderr=subprocess.PIPE, text=True
        )
        if done.returncode:
            raise Failed(
                f"a binary of the dev profile cannot be used, build it again (make build): {done.stderr.strip()}"
            )
    bootstrap = code / "bootstrap"
    bootstrap.write_text(f'#!/bin/sh\nexec "{binaries}/${{AWS_LAMBDA_FUNCTION_NAME#*_}}"\n')
    bootstrap.chmod(0o755)
    return code / "template.yaml"


def upload_labourer(cloud, name):
    """The parameters of infra/labourer.yaml; the event age is what config.json's cooldown allows."""
    code = cloud.home / "labourer.zip"
    with zipfile.ZipFile(code, "w") as zipped:
        zipped.write(HERE / "labourer.py", "labourer.py")
    cloud.client("s3").upload_file(str(code), BUCKET, code.name)
    function = {"Name": name, "Timeout": 20, "EventAge": 60, "Handler": "labourer.handler"}
    return {**function, "CodeBucket": BUCKET, "CodeKey": code.name}


def labourer_arns(names):
    """How a stack is told its labourers; they need not exist."""
    return {"LabourerArns": ",".join(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" for name in names)}


def invoke(cloud, function, event):
    answer = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    return answer.get("FunctionError"), json.load(answer["Payload"])


def relative(path):
    return os.path.relpath(path, ROOT)
