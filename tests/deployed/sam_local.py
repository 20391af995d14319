"""`sam local start-api` on the DynamoDB of a `muster dev`, and Okta's SPEC suite over it. Usage: sam_local.py TARGET"""

import ipaddress
import json
import os
import re
import sys
import tempfile
from pathlib import Path

from machine import FUNCTIONS, REPO, Checks, command, free_port, listens, muster_dev, running, spec_suite, wait_for

# SAM answers 502 where API Gateway answers 401: it does not understand that an authorizer refuses by an error.
FAILING = ["Check status 401"]


def built(target, scratch):
    """template.yaml with each function where `sam build` would have put it."""
    template = (REPO / "template.yaml").read_text()
    for function in FUNCTIONS:
        (scratch / function).mkdir()
        command("strip", "-o", scratch / function / "bootstrap", target / function)
        template = re.sub(rf"CodeUri: functions/{function}\b", f"CodeUri: {function}", template)
    path = scratch / "template.yaml"
    path.write_text(template)
    return path


def host():
    """This machine's address for containers, and for nobody outside it: the first of their network."""
    subnet = command("docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Subnet}}").strip()
    return next(ipaddress.ip_network(subnet).hosts())


def start_api(template, dynamodb, port, scratch):
    (scratch / "env.json").write_text(json.dumps({"Parameters": {"TABLE_NAME": "muster", "AWS_ENDPOINT_URL": dynamodb}}))
    parts = ["sam", "local", "start-api", "--template", template, "--port", port, "--env-vars", scratch / "env.json",
             "--warm-containers", "EAGER", "--no-watch", "--parameter-overrides", f"EndpointUrl={dynamodb} Architecture=x86_64"]
    image = os.environ.get("MUSTER_LAMBDA_IMAGE")
    if image:
        parts += ["--skip-pull-image", "--invoke-image", image]
    environment = os.environ | {
        "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
        "SAM_CLI_TELEMETRY": "0"}
    return running(parts, scratch / "sam.log", env=environment, cwd=scratch)


def main():
    target = Path(sys.argv[1])
    checks = Checks()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        template, port = built(target, scratch), free_port()
        with muster_dev(target, scratch, "--users", "3", "--dynamodb-listen", f"{host()}:0") as credentials:
            with start_api(template, credentials["dynamodb"], port, scratch) as process:
                wait_for("sam local start-api", lambda: listens(port), 300, process, scratch / "sam.log")
                # Now and then SAM waits for a second before it gives an answer on.
                base_url = f"http://127.0.0.1:{port}/scim/v2"
                checks("Okta's SPEC suite", spec_suite, base_url, credentials["token"], FAILING, False)
        checks.end([scratch / "sam.log", scratch / "dev.log"])


main()
