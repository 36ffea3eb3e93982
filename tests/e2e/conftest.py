"""What the end-to-end tests share: one emulated AWS with two accounts, and one deployed Rowferry."""

import datetime
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy import ROOT, Stack, deploy
from ministack import REGION, ROOT_SECRET, MiniStack, exit_on_signals

HOME = "111122223333"
PARTNER = "444455556666"
EXTERNAL_ID = "rowferry-7f3a"
PARTNER_ROLE = f"arn:aws:iam::{PARTNER}:role/rowferry-writer"
PARTNER_READER = f"arn:aws:iam::{PARTNER}:role/rowferry-reader"
TABLES = {
    HOME: ["orders", "forbidden", "mirrored", "scheduled", "held", "catalog-people", "catalog-large"],
    PARTNER: ["partner-orders", "partner-mirrored", "partner-actions", "partner-catalog", "arrivals"],
}


@dataclass
class World:
    """The emulated AWS, the stack under test, and the tables of both accounts."""

    cloud: MiniStack
    stack: Stack

    def settings(self) -> dict[str, str]:
        """The environment of a function that runs outside the emulated AWS, as the home account's root user."""
        return {
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.cloud.url,
            "AWS_ACCESS_KEY_ID": HOME,
            "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
            "SSL_CERT_FILE": str(self.cloud.authority),
            "DATA_BUCKET": self.stack.bucket,
            "RUNS_TABLE": self.stack.outputs["RunsTableName"],
        }

    def items(self, table: str, account: str = HOME) -> dict[str, dict]:
        """The items of a table, by their partition key."""
        found = self.cloud.client("dynamodb", account).scan(TableName=table, ConsistentRead=True)["Items"]
        return {item["id"]["S"]: item for item in found}


def binaries() -> Path:
    """The folder in which `make functions` left the functions' binaries."""
    return Path(os.environ["ROWFERRY_BINARIES"]).resolve()


@pytest.fixture(scope="session")
def world():
    exit_on_signals()
    with MiniStack(ROOT / "target" / "e2e") as cloud:
        for account, tables in TABLES.items():
            for table in tables:
                _create_table(cloud, account, table)
        secret = _keys_in_a_secret(cloud)
        stack = deploy(
            cloud,
            HOME,
            binaries(),
            TargetTableArns=table_arns(HOME, "orders", "mirrored", "scheduled", "held"),
            RoleArns=PARTNER_ROLE,
            SecretArns=secret,
            # Tables that the tests of actions create for themselves.
            ActionTableArns=table_arns(HOME, "action-*"),
            ActionAccess="tables",
            ActionRoleArns=PARTNER_ROLE,
            ActionSecretArns=secret,
            CatalogTableArns=table_arns(HOME, "catalog-*"),
            CatalogRoleArns=PARTNER_READER,
        )
        writers = [stack.outputs[f"{name}RoleArn"] for name in ("LoadExtract", "MirrorTable", "TableAction")]
        _let_in(cloud, writers, "rowferry-writer", _write_policy())
        _let_in(cloud, [stack.outputs["ExportCatalogRoleArn"]], "rowferry-reader", _read_policy())
        yield World(cloud, stack)


def table_arns(account: str, *tables: str) -> str:
    """The ARNs of tables, as the stack's parameter takes them."""
    return ",".join(f"arn:aws:dynamodb:{REGION}:{account}:table/{table}" for table in tables)


def schedule(cloud: MiniStack, account: str, resource: str) -> dict:
    """The stack's schedule of a name in template.yaml."""
    scheduler = cloud.client("scheduler", account)
    (name,) = [found["Name"] for found in scheduler.list_schedules()["Schedules"] if resource in found["Name"]]
    return scheduler.get_schedule(Name=name)


def once_now(cloud: MiniStack, account: str, name: str, target: dict):
    """Lets a target go off once, at once, as a schedule would."""
    cloud.client("scheduler", account).create_schedule(
        Name=name,
        ScheduleExpression=at_once(),
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target=target,
    )


def at_once() -> str:
    """The expression of a schedule that goes off once, now."""
    return f"at({datetime.datetime.now(datetime.UTC):%Y-%m-%dT%H:%M:%S})"


def _create_table(cloud: MiniStack, account: str, table: str):
    cloud.client("dynamodb", account).create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )


def _write_policy() -> str:
    actions = [
        "DescribeTable",
        "DescribeTimeToLive",
        "BatchWriteItem",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchGetItem",
        "GetItem",
        "Query",
        "Scan",
    ]
    statement = {
        "Effect": "Allow",
        "Action": [f"dynamodb:{action}" for action in actions],
        "Resource": f"arn:aws:dynamodb:{REGION}:{PARTNER}:table/partner-*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _read_policy() -> str:
    """What a catalog takes: names of all tables, and the tables of some."""
    actions = ["DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups", "ListTagsOfResource", "Scan"]
    statements = [
        {"Effect": "Allow", "Action": "dynamodb:ListTables", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": [f"dynamodb:{action}" for action in actions],
            "Resource": f"arn:aws:dynamodb:{REGION}:{PARTNER}:table/partner-catalog",
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _let_in(cloud: MiniStack, function_roles: list[str], role: str, policy: str):
    """Lets functions' roles into the partner's account by a role of it, if they know the external id."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": function_roles},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
            }
        ],
    }
    iam = cloud.client("iam", PARTNER)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName=role, PolicyName="tables", PolicyDocument=policy)


def _keys_in_a_secret(cloud: MiniStack) -> str:
    """Puts the access keys of a user of the partner's account into a secret of ours; returns its ARN."""
    iam = cloud.client("iam", PARTNER)
    iam.create_user(UserName="rowferry")
    iam.put_user_policy(UserName="rowferry", PolicyName="write", PolicyDocument=_write_policy())
    key = iam.create_access_key(UserName="rowferry")["AccessKey"]
    secret = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    answer = cloud.client("secretsmanager", HOME).create_secret(Name="partner-keys", SecretString=json.dumps(secret))
    return answer["ARN"]
