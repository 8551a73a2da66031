// Asks the guard as any program would: the endpoint and the credentials come from the environment.
import { createRequire } from "node:module";
import assert from "node:assert";
const require = createRequire(process.argv[2] + "/package.json");
const { DynamoDB } = require("@aws-sdk/client-dynamodb");

const db = new DynamoDB({});
const card = (i) => `planted-card-j${i}`;
await db.putItem({ TableName: "orders", Item: { id: { S: "j1" }, card: { S: card(1) }, amount: { N: "3" }, blob: { B: new Uint8Array([1, 2, 255]) } } });
const got = (await db.getItem({ TableName: "orders", Key: { id: { S: "j1" } } })).Item;
assert.equal(got.card.S, card(1));
assert.deepEqual([...got.blob.B], [1, 2, 255]);
const found = (await db.scan({ TableName: "orders", FilterExpression: "card = :c", ExpressionAttributeValues: { ":c": { S: card(1) } } })).Items;
assert.deepEqual(found.map((i) => i.id.S), ["j1"]);
const asked = (await db.query({ TableName: "orders", KeyConditionExpression: "id = :i", ExpressionAttributeValues: { ":i": { S: "j1" } } })).Items;
assert.equal(asked[0].card.S, card(1));
await db.batchWriteItem({ RequestItems: { orders: [2, 3].map((i) => ({ PutRequest: { Item: { id: { S: `j${i}` }, card: { S: card(i) } } } })) } });
const batch = (await db.batchGetItem({ RequestItems: { orders: { Keys: [2, 3].map((i) => ({ id: { S: `j${i}` } })) } } })).Responses.orders;
assert.deepEqual(batch.map((i) => i.card.S).sort(), [card(2), card(3)]);
await db.transactWriteItems({ TransactItems: [{ Put: { TableName: "orders", Item: { id: { S: "j4" }, card: { S: card(4) } } } }, { Delete: { TableName: "orders", Key: { id: { S: "j2" } } } }] });
const t = (await db.transactGetItems({ TransactItems: [{ Get: { TableName: "orders", Key: { id: { S: "j4" } } } }] })).Responses;
assert.equal(t[0].Item.card.S, card(4));
await assert.rejects(db.putItem({ TableName: "orders", Item: { id: { S: "j4" } }, ConditionExpression: "attribute_not_exists(id)" }), { name: "ConditionalCheckFailedException" });
await assert.rejects(db.getItem({ TableName: "orders" }), { name: "ValidationException" });
console.log(JSON.stringify({ done: true }));
