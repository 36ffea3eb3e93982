"""table-action, deployed from template.yaml: every action as IAM allows it, here and in another account."""

import json

import pytest

from conftest import EXTERNAL_ID, HOME, PARTNER, PARTNER_ROLE, World, binaries, table_arns
from deploy import ROOT, Stack, deploy, until
from invoke import under_emulator
from ministack import REGION

# Digits beyond 64 bits.
MANY_DIGITS = 12345678901234567890123456789012345678
LOG_SECONDS = 30
EXECUTION_SECONDS = 60
# An account with a stack whose parameters the tests change.
LEVELS = "777788889999"
LEVEL_TABLE = "level-items"
PARTNER_TABLE = "partner-actions"


def ask(stack: Stack, action: str, **inputs) -> tuple[dict, bool]:
    """Asks for an action; returns the answer and whether it failed."""
    return stack.invoke("TableActionFunction", {"action": action, **inputs})


def act(stack: Stack, action: str, **inputs) -> dict:
    """Does an action that does not fail; returns its answer."""
    answer, failed = ask(stack, action, **inputs)
    assert not failed, answer
    return answer


def refused(stack: Stack, action: str, **inputs) -> dict:
    """Asks for an action that fails; returns the error."""
    answer, failed = ask(stack, action, **inputs)
    assert failed, answer
    assert set(answer) >= {"errorType", "errorMessage"}
    return answer


def lines_of_the_log(world: World, until_table: str) -> list[str]:
    """All lines of the function's log, once one that names a table has arrived."""
    logs = world.cloud.client("logs", HOME)
    group = world.stack.outputs["TableActionLogGroupName"]

    def look() -> list[str] | None:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = [entry["message"] for page in pages for entry in page["events"]]
        return lines if any(until_table in line for line in lines) else None

    lines = until(look, LOG_SECONDS)
    assert lines is not None, f"no line of the log names {until_table}"
    return lines


@pytest.fixture(scope="module")
def stack(world) -> Stack:
    """The stack under test, its function able to run PartiQL on MiniStack too.

    AWS asks for PartiQLSelect and its like on the table. MiniStack knows none of them: it asks for an action that AWS
    does not have, on no table in particular.
    """
    statement = {"Effect": "Allow", "Action": "dynamodb:ExecuteStatement", "Resource": "*"}
    world.cloud.client("iam", HOME).put_role_policy(
        RoleName=world.stack.outputs["TableActionRoleArn"].rsplit("/", 1)[1],
        PolicyName="partiql-on-ministack",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    return world.stack


@pytest.fixture(scope="module")
def orders(world) -> str:
    """A table with a sort key and an index, that actions may use."""
    name = "action-orders"
    world.cloud.client("dynamodb", HOME).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "order_no", "AttributeType": "N"},
            {"AttributeName": "status", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "order_no", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-status",
                "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return name


def test_a_table_lives_from_its_creation_to_its_end(world, stack):
    name = "action-lives"
    created = act(
        stack,
        "createTable",
        tableName=name,
        attributeDefinition=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        keySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        billingMode="PAY_PER_REQUEST",
        globalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        timeToLive={"AttributeName": "expires", "Enabled": True},
        tags=[{"Key": "team", "Value": "data"}],
        wait=True,
    )
    assert created["waited"] is True
    assert (created["table"]["TableName"], created["table"]["TableStatus"]) == (name, "ACTIVE")
    dynamodb = world.cloud.client("dynamodb", HOME)
    stands = dynamodb.describe_table(TableName=name)["Table"]
    assert stands["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in stands["GlobalSecondaryIndexes"]] == ["by-kind"]
    expires = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert (expires["AttributeName"], expires["TimeToLiveStatus"]) == ("expires", "ENABLED")
    tags = dynamodb.list_tags_of_resource(ResourceArn=stands["TableArn"])["Tags"]
    assert {"Key": "team", "Value": "data"} in tags

    described = act(stack, "describeTable", tableName=name)["table"]
    assert described["TableArn"] == stands["TableArn"]
    assert described["KeySchema"] == stands["KeySchema"]
    listed = act(stack, "listTables", fetchAll=True)
    # Also of tables that no parameter opens: IAM knows no resource for ListTables.
    assert {name, "forbidden"} <= set(listed["tableNames"])

    deleted = act(stack, "deleteTable", tableName=name, wait=True)
    assert deleted["waited"] is True
    assert name not in act(stack, "listTables", fetchAll=True)["tableNames"]
    assert refused(stack, "describeTable", tableName=name)["errorType"] == "ResourceNotFoundException"


def test_a_table_is_provisioned_with_five_units_each_where_nothing_is_said(stack):
    key = {
        "attributeDefinition": [{"AttributeName": "id", "AttributeType": "S"}],
        "keySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    created = act(stack, "createTable", tableName="action-provisioned", **key)
    assert created["waited"] is False
    throughput = created["table"]["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (5, 5)
    again = refused(stack, "createTable", tableName="action-provisioned", **key)
    assert again["errorType"] == "ResourceInUseException"
    act(stack, "deleteTable", tableName="action-provisioned")


def test_an_item_lives_from_its_creation_to_its_end(world, stack, orders):
    key = {"tableName": orders, "value": "C1", "rangeKeyValue": 1}
    item = {
        "customer": "C1",
        "order_no": 1,
        "status": "new",
        "amount": MANY_DIGITS,
        "address": {"city": "Köln", "zip": None},
        "tags": ["b", "a"],
        "paid": False,
    }
    assert act(stack, "upsertItem", tableName=orders, item=item, itemTypes={"tags": "SS"}) == {"attributes": None}
    stored = world.cloud.client("dynamodb", HOME).get_item(
        TableName=orders, Key={"customer": {"S": "C1"}, "order_no": {"N": "1"}}
    )["Item"]
    assert stored["amount"] == {"N": str(MANY_DIGITS)}
    assert sorted(stored["tags"]["SS"]) == ["a", "b"]
    assert stored["address"] == {"M": {"city": {"S": "Köln"}, "zip": {"NULL": True}}}

    found = act(stack, "getItem", **key)["item"]
    assert found | {"tags": sorted(found["tags"])} == item | {"tags": ["a", "b"]}
    typed = act(stack, "getItem", format="typed", **(key | {"value": {"S": "C1"}, "rangeKeyValue": {"N": "1"}}))
    assert typed["item"]["amount"] == {"N": str(MANY_DIGITS)}

    # `status` is a reserved word.
    updated = act(
        stack,
        "updateItem",
        updateExpression="SET #status = :paid, paid = :true REMOVE address",
        conditionExpression="#status = :new",
        expressionAttributeNames={"#status": "status"},
        expressionAttributeValues={":paid": "paid", ":true": True, ":new": "new"},
        returnValues="UPDATED_NEW",
        **key,
    )
    assert updated == {"attributes": {"status": "paid", "paid": True}}
    assert "address" not in act(stack, "getItem", consistentRead=True, **key)["item"]

    act(stack, "createItem", tableName=orders, item={"customer": "C1", "order_no": 2, "status": "new"})
    act(stack, "createItem", tableName=orders, item={"customer": "C1", "order_no": 3, "status": "new"})
    later = act(
        stack,
        "queryItems",
        tableName=orders,
        keyConditionExpression="customer = :customer AND order_no > :order_no",
        expressionAttributeValues={":customer": "C1", ":order_no": 1},
        scanIndexForward=False,
    )
    assert [item["order_no"] for item in later["items"]] == [3, 2]
    assert (later["count"], later["nextToken"]) == (2, None)
    # An index is a resource of its own to IAM.
    fresh = act(
        stack,
        "queryItems",
        tableName=orders,
        indexName="by-status",
        keyConditionExpression="#status = :new",
        expressionAttributeNames={"#status": "status"},
        expressionAttributeValues={":new": "new"},
    )
    assert sorted(item["order_no"] for item in fresh["items"]) == [2, 3]

    numbers, token = [], None
    while True:
        page = act(stack, "scanItems", tableName=orders, limit=2, **({"nextToken": token} if token else {}))
        assert len(page["items"]) <= 2
        numbers += [item["order_no"] for item in page["items"]]
        if (token := page["nextToken"]) is None:
            break
    assert sorted(numbers) == [1, 2, 3]
    assert act(stack, "scanItems", tableName=orders, indexName="by-status", fetchAll=True)["count"] == 3

    gone = act(stack, "deleteItem", returnValues="ALL_OLD", **key)
    assert gone["attributes"]["amount"] == MANY_DIGITS
    assert act(stack, "getItem", **key) == {"item": None}


def test_statements_read_and_write(stack, orders):
    key = {"tableName": orders, "value": "P1", "rangeKeyValue": 1}
    insert = f"""INSERT INTO "{orders}" VALUE {{'customer': ?, 'order_no': ?, 'status': ?}}"""
    act(stack, "rawRequest", statement=insert, parameters=["P1", 1, "new"])
    again = refused(stack, "rawRequest", statement=insert, parameters=["P1", 1, "new"])
    assert again["errorType"] == "DuplicateItemException"
    where = "WHERE customer = ? AND order_no = ?"
    act(stack, "rawRequest", statement=f"""UPDATE "{orders}" SET amount = ? {where}""", parameters=[MANY_DIGITS, "P1", 1])
    found = act(stack, "rawRequest", statement=f"""SELECT * FROM "{orders}" WHERE customer = 'P1'""")
    assert found["items"] == [{"customer": "P1", "order_no": 1, "status": "new", "amount": MANY_DIGITS}]
    act(stack, "rawRequest", statement=f"""DELETE FROM "{orders}" {where}""", parameters=["P1", 1])
    assert act(stack, "getItem", **key) == {"item": None}


def test_a_failed_condition_brings_the_item_and_the_log_has_none_of_it(world, stack, orders):
    value = "only-the-caller-may-see-this"
    item = {"customer": "F1", "order_no": 1, "note": value}
    act(stack, "upsertItem", tableName=orders, item=item)
    failure = refused(
        stack, "upsertItem", tableName=orders, item=item, conditionExpression="attribute_not_exists(customer)"
    )
    assert failure["errorType"] == "ConditionalCheckFailedException"
    assert json.loads(failure["errorMessage"])["item"] == item
    refused(stack, "describeTable", tableName="action-after-the-condition")
    log = lines_of_the_log(world, "action-after-the-condition")
    assert any("ConditionalCheckFailedException" in line for line in log), log
    assert not any(value in line for line in log)


def permissions(answer: dict) -> dict[str, bool]:
    """Which permissions testConnection found, but for those that MiniStack does not know."""
    found = {each["action"]: each["allowed"] for each in answer["permissions"]}
    return {action: allowed for action, allowed in found.items() if "PartiQL" not in action}


def test_the_policy_that_the_test_of_a_connection_prints_is_enough(world, stack, orders):
    test = {"tableNames": ["forbidden"], "functions": ["load-extract", "mirror-table", "table-action"]}
    shut = act(stack, "testConnection", **test)
    assert shut["ok"] is False
    found = permissions(shut)
    assert found.pop("dynamodb:ListTables") is True
    assert len(found) >= 10 and not any(found.values()), found
    assert all(each["message"] for each in shut["permissions"] if not each["allowed"])
    iam = world.cloud.client("iam", HOME)
    iam.create_user(UserName="as-printed")
    iam.put_user_policy(UserName="as-printed", PolicyName="printed", PolicyDocument=json.dumps(shut["policy"]))
    key = iam.create_access_key(UserName="as-printed")["AccessKey"]
    user = {"region": REGION, "access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    assert all(permissions(act(stack, "testConnection", connection=user, **test)).values())
    assert world.items("forbidden") == {}
    # And of a table that the stack opens.
    assert act(stack, "testConnection", tableName=orders, functions=["table-action"])["ok"] is True


def partner(**more: str) -> dict:
    """A connection to the partner's account."""
    return {"region": REGION, "role_arn": PARTNER_ROLE, "source_identity": "rowferry", "external_id": EXTERNAL_ID} | more


def partner_keys(world: World) -> dict:
    """The access keys of a user of the partner's account."""
    secrets = world.cloud.client("secretsmanager", HOME)
    return json.loads(secrets.get_secret_value(SecretId="partner-keys")["SecretString"])


@pytest.fixture(params=["by name", "inline", "with keys", "with keys of a secret"])
def connection(request, world) -> str | dict:
    """Each way into the partner's account."""
    secret = world.cloud.client("secretsmanager", HOME).describe_secret(SecretId="partner-keys")["ARN"]
    world.stack.put("connections.yaml", json.dumps({"partner": partner()}))
    return {
        "by name": "partner",
        "inline": partner(),
        "with keys": {"region": REGION} | partner_keys(world),
        "with keys of a secret": {"region": REGION, "access_key_secret": secret},
    }[request.param]


def test_items_of_another_account_live_as_those_of_our_own(world, stack, connection):
    table = {"connection": connection, "tableName": PARTNER_TABLE}
    act(stack, "upsertItem", item={"id": "a", "amount": MANY_DIGITS}, **table)
    assert world.items(PARTNER_TABLE, PARTNER)["a"] == {"id": {"S": "a"}, "amount": {"N": str(MANY_DIGITS)}}
    assert act(stack, "getItem", value="a", **table) == {"item": {"id": "a", "amount": MANY_DIGITS}}
    act(
        stack,
        "updateItem",
        value="a",
        updateExpression="SET amount = :amount",
        expressionAttributeValues={":amount": 1},
        **table,
    )
    found = act(
        stack, "queryItems", keyConditionExpression="id = :id", expressionAttributeValues={":id": "a"}, **table
    )
    assert found["items"] == [{"id": "a", "amount": 1}]
    act(stack, "deleteItem", value="a", **table)
    assert act(stack, "scanItems", **table)["items"] == []
    tested = act(stack, "testConnection", functions=["mirror-table"], **table)
    assert tested["ok"] is True, tested
    # What the role or the user may not do, no parameter of the stack allows.
    shut = refused(stack, "deleteTable", **table)
    assert shut["errorType"] == "AccessDeniedException"
    assert "dynamodb:DeleteTable" in shut["errorMessage"] and PARTNER_TABLE in shut["errorMessage"]


@pytest.mark.parametrize("named", [True, False])
def test_a_wrong_external_id_is_a_clear_error(world, stack, named):
    mistaken = partner(external_id="somebody-else")
    world.stack.put("connections.yaml", json.dumps({"mistaken": mistaken}))
    failure = refused(
        stack, "getItem", connection="mistaken" if named else mistaken, tableName=PARTNER_TABLE, value="a"
    )
    assert failure["errorType"] == "config"
    assert PARTNER_ROLE in failure["errorMessage"]
    assert "external_id" in failure["errorMessage"]
    assert "somebody-else" not in failure["errorMessage"]


def test_a_connection_that_is_not_there_is_told_apart_from_one_that_may_not_be_read(world, stack):
    world.stack.s3.delete_object(Bucket=world.stack.bucket, Key="connections.yaml")
    failure = refused(stack, "listTables", connection="partner")
    assert "connections.yaml" in failure["errorMessage"]
    assert "denied" not in failure["errorMessage"].lower()
    world.stack.put("connections.yaml", json.dumps({"partner": partner()}))
    assert "partner" in refused(stack, "listTables", connection="partnr")["errorMessage"]


def test_secrets_of_connections_stand_in_no_log_and_no_error(world, stack):
    keys = partner_keys(world)
    connection = {"region": REGION} | keys
    act(stack, "getItem", connection=connection, tableName=PARTNER_TABLE, value="a")
    wrong = connection | {"secret_access_key": keys["secret_access_key"][::-1]}
    mistyped = connection | {"secret_acess_key": keys["secret_access_key"]}
    failures = [
        refused(stack, "getItem", connection=wrong, tableName=PARTNER_TABLE, value="a"),
        refused(stack, "getItem", connection=mistyped, tableName=PARTNER_TABLE, value="a"),
        refused(stack, "describeTable", connection=connection, tableName="partner-after-the-secrets"),
    ]
    told = json.dumps(failures) + "\n".join(lines_of_the_log(world, "partner-after-the-secrets"))
    for secret in (keys["secret_access_key"], wrong["secret_access_key"]):
        assert secret not in told


@pytest.fixture(scope="module")
def levels(world):
    """A stack in an account of its own; returns what deploys it again with other parameters."""
    cloudformation = world.cloud.client("cloudformation", LEVELS)
    world.cloud.client("dynamodb", LEVELS).create_table(
        TableName=LEVEL_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-kind",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    stack = deploy(world.cloud, LEVELS, binaries(), MirrorScheduleState="DISABLED")

    def with_parameters(**parameters: str) -> Stack:
        given = {"MirrorScheduleState": "DISABLED"} | parameters
        try:
            cloudformation.update_stack(
                StackName="rowferry",
                UsePreviousTemplate=True,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
        except cloudformation.exceptions.ClientError as error:
            # They are as wanted already.
            if "No updates" not in str(error):
                raise
            return stack
        cloudformation.get_waiter("stack_update_complete").wait(StackName="rowferry", WaiterConfig={"Delay": 1})
        return stack

    return with_parameters


def assert_refused(stack: Stack, parameter: str, operation: str, action: str, **inputs):
    """Asserts that an action is refused, and that the message says what of which table by which parameter."""
    failure = refused(stack, action, **inputs)
    assert failure["errorType"] == "AccessDeniedException"
    for named in (f"dynamodb:{operation}", f"`{action}`", inputs["tableName"], parameter):
        assert named in failure["errorMessage"], failure


def test_as_deployed_no_table_is_open(levels):
    stack = levels()
    assert LEVEL_TABLE in act(stack, "listTables")["tableNames"]
    assert_refused(stack, "ActionTableArns", "DescribeTable", "describeTable", tableName=LEVEL_TABLE)
    assert_refused(stack, "ActionTableArns", "Scan", "scanItems", tableName=LEVEL_TABLE)


def test_read_reads_and_refuses_every_write(world, levels):
    world.cloud.client("dynamodb", LEVELS).put_item(TableName=LEVEL_TABLE, Item={"id": {"S": "r"}, "kind": {"S": "k"}})
    # `read` is the default. No `*` stands in for the index of the second table.
    stack = levels(ActionTableArns=table_arns(LEVELS, "level-other", LEVEL_TABLE))
    table = {"tableName": LEVEL_TABLE}
    assert act(stack, "describeTable", **table)["table"]["TableName"] == LEVEL_TABLE
    item = {"id": "r", "kind": "k"}
    assert act(stack, "getItem", value="r", **table) == {"item": item}
    assert item in act(stack, "scanItems", **table)["items"]
    by_kind = {"keyConditionExpression": "kind = :kind", "expressionAttributeValues": {":kind": "k"}}
    assert act(stack, "queryItems", indexName="by-kind", **by_kind, **table)["items"] == [item]
    before = world.items(LEVEL_TABLE, LEVELS)
    assert_refused(stack, "ActionAccess", "PutItem", "upsertItem", item={"id": "w"}, **table)
    update = {"updateExpression": "SET a = :a", "expressionAttributeValues": {":a": 1}}
    assert_refused(stack, "ActionAccess", "UpdateItem", "updateItem", value="r", **update, **table)
    assert_refused(stack, "ActionAccess", "DeleteItem", "deleteItem", value="r", **table)
    assert_refused(stack, "ActionAccess", "DeleteTable", "deleteTable", **table)
    assert world.items(LEVEL_TABLE, LEVELS) == before


def test_items_writes_items_and_leaves_tables_alone(world, levels):
    stack = levels(ActionTableArns=table_arns(LEVELS, "level-*"), ActionAccess="items")
    table = {"tableName": LEVEL_TABLE}
    act(stack, "upsertItem", item={"id": "i"}, **table)
    act(stack, "updateItem", value="i", updateExpression="SET a = :a", expressionAttributeValues={":a": 1}, **table)
    assert world.items(LEVEL_TABLE, LEVELS)["i"] == {"id": {"S": "i"}, "a": {"N": "1"}}
    act(stack, "deleteItem", value="i", **table)
    assert_refused(
        stack,
        "ActionAccess",
        "CreateTable",
        "createTable",
        tableName="level-new",
        attributeDefinition=[{"AttributeName": "id", "AttributeType": "S"}],
        keySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    assert_refused(stack, "ActionAccess", "DeleteTable", "deleteTable", **table)
    assert "level-new" not in act(stack, "listTables")["tableNames"]


@pytest.fixture(scope="module")
def stock(world, stack) -> str:
    """The table of the example's state machine."""
    world.cloud.client("dynamodb", HOME).create_table(
        TableName="action-stock",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    act(stack, "upsertItem", tableName="action-stock", item={"id": "stock#tea", "left": 5})
    for order, product, quantity in [("O-1", "tea", 3), ("O-2", "tea", 3), ("O-3", "coffee", 1)]:
        item = {"id": f"order#{order}", "product": product, "quantity": quantity}
        act(stack, "upsertItem", tableName="action-stock", item=item)
    return "action-stock"


@pytest.fixture(scope="module")
def machine(world):
    """The state machine of docs/examples; returns what runs it and hands back its output."""
    iam, states = world.cloud.client("iam", HOME), world.cloud.client("stepfunctions", HOME)
    function = world.stack.outputs["TableActionFunctionArn"]
    trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [statement]}) for statement in (trust, allow)]
    role = iam.create_role(RoleName="takes-from-the-stock", AssumeRolePolicyDocument=documents[0])["Role"]["Arn"]
    iam.put_role_policy(RoleName="takes-from-the-stock", PolicyName="invoke", PolicyDocument=documents[1])
    example = (ROOT / "docs" / "examples" / "actions.asl.json").read_text()
    arn = states.create_state_machine(
        name="takes-from-the-stock",
        roleArn=role,
        definition=example.replace("${TableActionFunctionArn}", function),
    )["stateMachineArn"]

    def run(payload: dict) -> dict:
        execution = states.start_execution(stateMachineArn=arn, input=json.dumps(payload))["executionArn"]

        def ended() -> dict | None:
            found = states.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        found = until(ended, EXECUTION_SECONDS)
        assert found is not None and found["status"] == "SUCCEEDED", found
        return json.loads(found["output"])

    return run


def test_the_example_of_a_state_machine_takes_both_ways(world, stock, machine):
    assert machine({"tableName": stock, "order": "O-1"}) == {"status": "taken", "left": 2}
    # The condition fails, and brings the item that stood in the way.
    tea = {"id": "stock#tea", "left": 2}
    assert machine({"tableName": stock, "order": "O-2"}) == {"status": "waiting", "found": tea}
    # There is no coffee at all.
    assert machine({"tableName": stock, "order": "O-3"}) == {"status": "waiting", "found": None}
    items = world.items(stock)
    assert items["stock#tea"]["left"] == {"N": "2"}
    assert {key for key in items if key.startswith("waiting#")} == {"waiting#order#O-2", "waiting#order#O-3"}
    assert items["waiting#order#O-2"]["found"] == {"M": {"id": {"S": "stock#tea"}, "left": {"N": "2"}}}


def test_the_same_binary_runs_under_the_runtime_interface_emulator(world, orders, monkeypatch, capfd, tmp_path):
    digits = "0.12345678901234567890123456789012345678"
    world.cloud.client("dynamodb", HOME).put_item(
        TableName=orders, Item={"customer": {"S": "E1"}, "order_no": {"N": "1"}, "rate": {"N": digits}}
    )
    payload = tmp_path / "event.json"
    payload.write_text(json.dumps({"action": "getItem", "tableName": orders, "value": "E1", "rangeKeyValue": 1}))
    for name, value in world.settings().items():
        monkeypatch.setenv(name, value)
    # Only connections by name take the one, and nothing the other.
    monkeypatch.delenv("DATA_BUCKET")
    monkeypatch.delenv("RUNS_TABLE")
    assert under_emulator("table-action", binaries() / "table-action", payload) == 0
    answer = json.loads(capfd.readouterr().out, parse_float=str)
    assert answer == {"item": {"customer": "E1", "order_no": 1, "rate": digits}}
