# Asks the guard as any program would: the endpoint and the credentials come from the environment.
import json
import boto3
from botocore.exceptions import ClientError

db = boto3.client("dynamodb")
card = lambda i: "planted-card-%d" % i
db.put_item(TableName="orders", Item={"id": {"S": "p1"}, "card": {"S": card(1)}, "note": {"S": "n"}, "amount": {"N": "3"}})
got = db.get_item(TableName="orders", Key={"id": {"S": "p1"}})["Item"]
assert got["card"]["S"] == card(1) and got["amount"]["N"] == "3" and "aws_dbe_head" not in got, got
found = db.scan(TableName="orders", FilterExpression="card = :c", ExpressionAttributeValues={":c": {"S": card(1)}})["Items"]
assert [i["id"]["S"] for i in found] == ["p1"], found
found = db.query(TableName="orders", KeyConditionExpression="id = :i", ExpressionAttributeValues={":i": {"S": "p1"}})["Items"]
assert len(found) == 1 and found[0]["card"]["S"] == card(1), found
db.batch_write_item(RequestItems={"orders": [{"PutRequest": {"Item": {"id": {"S": "p%d" % i}, "card": {"S": card(i)}}}} for i in range(2, 6)]})
batch = db.batch_get_item(RequestItems={"orders": {"Keys": [{"id": {"S": "p%d" % i}} for i in range(2, 6)]}})["Responses"]["orders"]
assert sorted(i["card"]["S"] for i in batch) == [card(i) for i in range(2, 6)], batch
db.transact_write_items(TransactItems=[
    {"Put": {"TableName": "orders", "Item": {"id": {"S": "p6"}, "card": {"S": card(6)}}}},
    {"Delete": {"TableName": "orders", "Key": {"id": {"S": "p2"}}}},
])
t = db.transact_get_items(TransactItems=[{"Get": {"TableName": "orders", "Key": {"id": {"S": "p6"}}}}])["Responses"]
assert t[0]["Item"]["card"]["S"] == card(6), t
new = db.update_item(TableName="orders", Key={"id": {"S": "p6"}}, UpdateExpression="SET card = :c", ExpressionAttributeValues={":c": {"S": card(7)}}, ReturnValues="ALL_NEW")["Attributes"]
assert new["card"]["S"] == card(7), new
try:
    db.put_item(TableName="orders", Item={"id": {"S": "p6"}, "card": {"S": card(8)}}, ConditionExpression="attribute_not_exists(id)", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    raise SystemExit("the condition held")
except db.exceptions.ConditionalCheckFailedException as e:
    assert e.response["Item"]["card"]["S"] == card(7), e.response
try:
    db.transact_write_items(TransactItems=[{"Put": {"TableName": "orders", "Item": {"id": {"S": "p6"}}, "ConditionExpression": "attribute_not_exists(id)"}}])
    raise SystemExit("the transaction was done")
except db.exceptions.TransactionCanceledException as e:
    assert e.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed", e.response
try:
    db.execute_statement(Statement="SELECT * FROM orders")
    raise SystemExit("PartiQL passed")
except ClientError as e:
    assert e.response["Error"]["Code"] == "ValidationException", e.response
pages = list(db.get_paginator("scan").paginate(TableName="orders", PaginationConfig={"PageSize": 2}))
assert len(pages) > 2 and sum(len(p["Items"]) for p in pages) >= 5
assert db.describe_table(TableName="orders")["Table"]["TableName"] == "orders"
print(json.dumps({"done": True}))
