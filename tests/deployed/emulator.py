"""Each function answers an event under the emulator of Lambda's runtime interface. Usage: emulator.py TARGET EMULATOR"""

import json
import os
import sys
import tempfile
from pathlib import Path

from machine import Checks, command, event, expect, free_port, listens, muster_dev, request, running, wait_for

# In this order: a function, and what is essential in its answer to the event of its name.
ANSWERS = {
    "authorizer": lambda credentials: {"principalId": credentials["basic"]["username"], "policyDocument": {"Statement": [{"Effect": "Allow"}]}},
    "users": lambda _: {"statusCode": 201, "body": {"userName": "ada@example.com", "active": True, "meta": {"version": 'W/"1.1"'}}},
    "bulk": lambda _: {"statusCode": 200, "body": {"Operations": [
        {"bulkId": "bob", "status": "201"}, {"bulkId": "support", "status": "201"}]}},
    "groups": lambda _: {"statusCode": 200, "body": {"totalResults": 1, "Resources": [{"displayName": "Support"}]}},
    "discovery": lambda _: {"statusCode": 200, "body": {"id": "User", "endpoint": "/Users"}},
    "admin": lambda credentials: {"statusCode": 200, "body": {"id": credentials["directory"], "state": "enabled"}},
    "changes": lambda _: {"batchItemFailures": []},
}


def answers(function, binary, emulator, credentials, log):
    address, runtime_api = (f"127.0.0.1:{free_port()}" for _ in range(2))
    environment = os.environ | {
        "AWS_LAMBDA_FUNCTION_NAME": function, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_REGION": "local", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": credentials["dynamodb"], "TABLE_NAME": "muster", "RUST_LOG": "info"}
    parts = [emulator, "--runtime-interface-emulator-address", address, "--runtime-api-address", runtime_api, binary]
    with running(parts, log, env=environment) as process:
        wait_for("the emulator", lambda: listens(int(address.rsplit(":")[1])), process=process, log=log)
        sent = event(function, token=credentials["token"], directory=credentials["directory"])
        answer = request("POST", f"http://{address}/2015-03-31/functions/function/invocations", body=sent).body
    if isinstance(answer.get("body"), str):
        expect(answer["multiValueHeaders"], {"content-type": [content_type(function)]}, "headers")
        answer["body"] = json.loads(answer["body"])
    expect(answer, ANSWERS[function](credentials), "answer")


def content_type(function):
    return "application/json" if function == "admin" else "application/scim+json"


def audit_trail(muster, credentials):
    """The function `changes` has written what its event is about: that credential is no other's."""
    trail = command(muster, "audit", "acme/main", "--dynamodb", credentials["dynamodb"])
    assert "koeAiOa73h" in trail, trail


def main():
    target, emulator = Path(sys.argv[1]), Path(sys.argv[2])
    checks = Checks()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        with muster_dev(target, scratch) as credentials:
            for function in ANSWERS:
                checks(function, answers, function, target / function, emulator, credentials, scratch / f"{function}.log")
            checks("audit trail", audit_trail, target / "muster", credentials)
        checks.end(scratch.glob("*.log"))


main()
