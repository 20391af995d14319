"""An AWS on this machine, and the stack of template.yaml in it."""

import os
import re
import zipfile
from contextlib import contextmanager
from pathlib import Path

import boto3
from samtranslator.yaml_helper import yaml_parse

from machine import FUNCTIONS, REPO, command, free_port, running, wait_for

REGION = "eu-central-1"
STACK = "muster"
BUCKET = "artifacts"
TEMPLATE = (REPO / "template.yaml").read_text()
# To a tag such as `!Sub` a parsed value stands in an object of its own.
PROPERTIES = yaml_parse(TEMPLATE)["Resources"]
GATEWAY_RESPONSES = PROPERTIES["Api"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
# A name that needs no resolver, is not the one under which AWS's own API is reached, and is this machine.
DOMAIN = "127.0.0.2"


class LocalAws:
    def __init__(self, port):
        self.endpoint = f"http://127.0.0.1:{port}"
        # With the keys of the account's root, which it knows as `test`.
        self.environment = os.environ | {
            "AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        self.port = port

    def client(self, service):
        return boto3.client(
            service, REGION, endpoint_url=self.endpoint, aws_access_key_id="test", aws_secret_access_key="test")

    def deploy(self, target, scratch):
        """template.yaml as it is, but for where its code is, with the functions in `target`."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        template = TEMPLATE
        for function in FUNCTIONS:
            s3.upload_file(str(archive(target / function, scratch)), BUCKET, f"{function}.zip")
            template, found = re.subn(rf"CodeUri: functions/{function}\b", f"CodeUri: s3://{BUCKET}/{function}.zip", template)
            assert found == 1, f"template.yaml names functions/{function} {found} times"
        s3.put_object(Bucket=BUCKET, Key="template.yaml", Body=template)
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(
            StackName=STACK, TemplateURL=f"{self.endpoint}/{BUCKET}/template.yaml",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": "Architecture", "ParameterValue": "x86_64"},
                        {"ParameterKey": "EndpointUrl", "ParameterValue": self.endpoint}])
        cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
        resources = cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
        self.names = {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in resources}
        self.table = self.names["Table"]
        self.complete()
        return f"{len(resources)} resources"

    def complete(self):
        """What the local AWS does not take from a template: time to live, recovery, gateway responses; and a domain for the API."""
        table = PROPERTIES["Table"]["Properties"]
        dynamodb = self.client("dynamodb")
        dynamodb.update_time_to_live(TableName=self.table, TimeToLiveSpecification=table["TimeToLiveSpecification"])
        dynamodb.update_continuous_backups(
            TableName=self.table, PointInTimeRecoverySpecification=table["PointInTimeRecoverySpecification"])
        gateway, api = self.client("apigateway"), self.names["Api"]
        for response, answer in GATEWAY_RESPONSES.items():
            gateway.put_gateway_response(
                restApiId=api, responseType=response, statusCode=str(answer["statusCode"]),
                responseParameters=answer["responseParameters"], responseTemplates=answer["responseTemplates"])
        gateway.create_deployment(restApiId=api, stageName="prod")
        gateway.create_domain_name(domainName=DOMAIN, endpointConfiguration={"types": ["REGIONAL"]})
        gateway.create_base_path_mapping(domainName=DOMAIN, restApiId=api)
        self.base_url = f"http://{DOMAIN}:{self.port}/prod/scim/v2"
        self.admin_url = f"http://{DOMAIN}:{self.port}/prod/admin/v1"
        self.environment |= {"MUSTER_STACK": STACK}

    def function_logs(self, scratch):
        """The functions' logs, as files."""
        logs = self.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
            name = group["logGroupName"].rsplit("/")[-1]
            lines = [it["message"].rstrip() for it in events]
            said = [line for line in lines if not line.startswith(("START ", "END ", "REPORT "))]
            (scratch / f"{name}.log").write_text("\n".join(said))


@contextmanager
def local_aws(scratch):
    """One that verifies signatures and policies (AUTH). What it keeps on disk is gone with `scratch`."""
    aws = LocalAws(free_port())
    environment = os.environ | {
        "GATEWAY_PORT": str(aws.port), "AUTH": "true", "LAMBDA_EXECUTOR": "local", "IOT_MTLS_ENABLED": "0", "TMPDIR": str(scratch)}
    for inherited in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        environment.pop(inherited, None)
    log = scratch / "aws.log"
    with running(["ministack"], log, env=environment) as process:
        wait_for("the local AWS", lambda: ready(aws), process=process, log=log)
        yield aws


def ready(aws):
    try:
        return aws.client("sts").get_caller_identity()
    except Exception:
        return None


def archive(binary, scratch):
    """The function as Lambda wants it: `bootstrap`, executable, without the symbols that it does not need."""
    stripped, packed = scratch / "bootstrap", scratch / f"{binary.name}.zip"
    command("strip", "-o", stripped, binary)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.write(stripped, "bootstrap")
    return packed
