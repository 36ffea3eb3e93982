"""Deploys the unmodified template.yaml as `sam deploy` does: binaries into zips, zips into a bucket, a stack from both."""

import io
import json
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

import yaml

from ministack import REGION, MiniStack

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
DEPLOY_SECONDS = 60
RUN_SECONDS = 30
POLL_SECONDS = 0.1


class Stack:
    """A deployed Rowferry, as its user meets it: a bucket to drop things in, and reports that come back."""

    def __init__(self, cloud: MiniStack, account: str, outputs: dict[str, str]):
        self.outputs = outputs
        self.bucket = outputs["DataBucketName"]
        self.s3 = cloud.client("s3", account)
        self.functions = cloud.client("lambda", account)

    def put(self, object_key: str, body: bytes | str) -> dict:
        """Writes an object of the data bucket; returns S3's answer."""
        return self.s3.put_object(Bucket=self.bucket, Key=object_key, Body=body)

    def read(self, object_key: str) -> bytes:
        """Reads an object of the data bucket."""
        return self.s3.get_object(Bucket=self.bucket, Key=object_key)["Body"].read()

    def reports(self, sync: str) -> list[dict]:
        """The reports of all runs of `sync`, in the order in which the runs started."""
        prefix = f"runs/{sync}/"
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        reports = [json.loads(self.read(key)) for key in keys if key.endswith("/report.json")]
        return sorted(reports, key=lambda report: report["started_at"])

    def wait(self, sync: str, count: int = 1, seconds: float = RUN_SECONDS) -> list[dict]:
        """Waits until `count` runs of `sync` have left their reports, and returns these."""
        reports = until(lambda: found if len(found := self.reports(sync)) >= count else None, seconds)
        if reports is None:
            raise AssertionError(f"{count} reports of sync `{sync}` did not come within {seconds} seconds")
        return reports

    def invoke(self, function: str, payload: dict) -> tuple[dict, bool]:
        """Invokes a function directly; returns its answer and whether the invocation failed."""
        answer = self.functions.invoke(FunctionName=self.outputs[f"{function}Name"], Payload=json.dumps(payload))
        return json.loads(answer["Payload"].read()), "FunctionError" in answer


def until(look, seconds: float):
    """Looks again and again until there is something to see; None when the time is over."""
    deadline = time.monotonic() + seconds
    while (found := look()) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found


def deploy(cloud: MiniStack, account: str, binaries: Path, stack: str = "rowferry", **parameters: str) -> Stack:
    """Creates the stack in `account`.

    `binaries` is the folder in which cargo left the functions' binaries, each under its function's name.
    """
    s3, cloudformation = cloud.client("s3", account), cloud.client("cloudformation", account)
    bucket = f"packages-{account}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    packaged = template()
    for name, function in packaged["Resources"].items():
        if function["Type"] == "AWS::Serverless::Function":
            package = f"{name}.zip"
            s3.put_object(Bucket=bucket, Key=package, Body=_package(binaries / _binary(name)))
            function["Properties"]["CodeUri"] = f"s3://{bucket}/{package}"
    s3.put_object(Bucket=bucket, Key="template.json", Body=json.dumps(packaged))
    cloudformation.create_stack(
        StackName=stack,
        TemplateURL=f"{cloud.url}/{bucket}/template.json",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    return Stack(cloud, account, _outputs(cloudformation, stack))


def _outputs(cloudformation, stack: str) -> dict[str, str]:
    deadline = time.monotonic() + DEPLOY_SECONDS
    while True:
        state = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if state["StackStatus"] == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in state["Outputs"]}
        if state["StackStatus"] != "CREATE_IN_PROGRESS" or time.monotonic() > deadline:
            events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            reasons = [
                f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
                for event in reversed(events)
                if "FAILED" in event["ResourceStatus"] and event.get("ResourceStatusReason")
            ]
            raise RuntimeError("\n".join([f"the stack is {state['StackStatus']}", *reasons]))
        time.sleep(POLL_SECONDS)


def _binary(function: str) -> str:
    """`LoadExtractFunction` runs the binary `load-extract`."""
    words = re.findall("[A-Z][a-z0-9]*", function.removesuffix("Function"))
    return "-".join(word.lower() for word in words)


def _package(binary: Path) -> bytes:
    """The deployment package: a zip with the binary, without its debug symbols, as `bootstrap`."""
    with tempfile.TemporaryDirectory() as folder:
        bootstrap = Path(folder) / "bootstrap"
        shutil.copy(binary, bootstrap)
        subprocess.run(["strip", bootstrap], check=True)
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o100755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w", compresslevel=1) as archive:
            archive.writestr(entry, bootstrap.read_bytes())
        return package.getvalue()


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Sub x` becomes `{"Fn::Sub": "x"}`."""


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)


def template() -> dict:
    """template.yaml, with CloudFormation's long forms."""
    return yaml.load(TEMPLATE.read_text(), _Loader)
