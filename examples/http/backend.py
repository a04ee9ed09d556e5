"""The calls of a backend to Tidings, by plain HTTP: python3 backend.py"""
import json
import os
import urllib.request
import uuid


def call(query, variables):
    """Asks the API. What failed is an exception; which errors can be repeated is in docs/api.md."""
    request = urllib.request.Request(
        os.environ["TIDINGS_URL"].rstrip("/").removesuffix("/graphql") + "/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"content-type": "application/json", "x-api-key": os.environ["TIDINGS_API_KEY"]},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    if "errors" in answer:
        raise RuntimeError(answer["errors"][0]["message"])
    return answer["data"]


registered = call(
    "mutation ($input: RegisterRecipientInput!) { registerRecipient(input: $input) { connectionUri } }",
    {"input": {"recipient": "user-1", "expiresIn": 3600}},
)
print("connect:", registered["registerRecipient"]["connectionUri"].split("token=")[0])

message = {"title": "Report", "text": "Your report is ready", "link": "/reports/7", "kind": "report"}
pushed = call(
    "mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id status } error { code message } } }",
    # With the key the call can be repeated until it is answered.
    {"input": {"recipients": ["user-1"], "message": json.dumps(message), "idempotencyKey": str(uuid.uuid4())}},
)
item = pushed["pushMessage"][0]["item"]
print("pushed:", item["status"])

asked = call("query ($id: ID!) { message(id: $id) { status } }", {"id": item["id"]})
print("asked:", asked["message"]["status"])

recalled = call(
    "mutation ($input: CancelMessagesInput!) { cancelMessages(input: $input) { cancelled } }",
    {"input": {"ids": [item["id"]]}},
)
print("cancelled:", recalled["cancelMessages"]["cancelled"])
