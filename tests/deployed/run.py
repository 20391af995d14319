"""Deploys template.yaml on an AWS on this machine, and verifies it there. Usage: run.py TARGET"""

import json
import re
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_aws import GATEWAY_RESPONSES, REGION, local_aws
from machine import OKTA, REPO, Checks, command, event, expect, request, scim_error, spec_suite, wait_for

SCHEMAS = "urn:ietf:params:scim:"
MEMBERS = 5_000
# Time would have to go by in these.
NOT_TO_PLAY = ["guide_axis", "okta_credentials"]


class Deployment:
    def __init__(self, aws, target):
        self.aws = aws
        self.target = target

    def muster(self, *arguments):
        return command(self.target / "muster", *arguments, env=self.aws.environment)

    def as_in_readme(self):
        """The commands of README.md's section Deploy, as they are printed; the stack's own base URL is not to be reached from here."""
        section = (REPO / "README.md").read_text().split("\n## Deploy\n")[1].split("\n## ")[0]
        commands = re.findall(r"^\$ muster (.*)$", section, re.MULTILINE)
        assert len(commands) >= 4, section
        for arguments in map(str.split, commands):
            own = ["--base-url", self.aws.base_url] if arguments[0] in ("setup", "doctor") else []
            printed = self.muster(*arguments, *own)
            assert arguments[0] != "setup" or self.aws.base_url in printed, printed
        return f"{len(commands)} commands"

    def prepare(self):
        """Three customers with a directory each, and a token of it."""
        for name in ("acme", "globex", "large"):
            if name != "acme":
                self.muster("organization", "create", name)
            self.muster("directory", "create", f"{name}/main")
        self.token, self.stranger, self.large = (self.issue(f"{name}/main")["token"] for name in ("acme", "globex", "large"))

    def issue(self, directory):
        return json.loads(self.muster("credential", "issue", directory, "--json"))

    def request(self, method, path, token, body=None):
        return request(method, self.aws.base_url + path, token and f"Bearer {token}", body)

    def create_user(self, token, name):
        user = {"schemas": [f"{SCHEMAS}schemas:core:2.0:User"], "userName": name, "active": True,
                "name": {"givenName": "Ada", "familyName": "Lovelace"}, "emails": [{"value": name, "primary": True}]}
        answer = self.request("POST", "/Users", token, user)
        expect(answer.status, 201, f"status of {answer}")
        return answer.body["id"]


# What the template says, and the gateway does.

def gateway_responses(it):
    """Each response that AWS knows, by the model of its API, is a SCIM error."""
    known = it.aws.client("apigateway").meta.service_model.shape_for("GatewayResponseType").enum
    expect(sorted(GATEWAY_RESPONSES), sorted(known), "template.yaml")
    for name, response in GATEWAY_RESPONSES.items():
        status = str(response["statusCode"])
        expect(response["responseParameters"], {"gatewayresponse.header.Content-Type": "'application/scim+json'"}, name)
        body = json.loads(response["responseTemplates"]["application/json"])
        expect(body, {"schemas": [f"{SCHEMAS}api:messages:2.0:Error"], "status": status}, name)
        assert body["detail"] and 400 <= int(status) < 600, name
    return f"{len(known)} responses"


def refusals(it):
    """The gateway's own answers, and the authorizer's refusal."""
    for token in (None, "wrong", "mst_0197c3f0000070008000000000000001_Cred000001_x_y"):
        answer = it.request("GET", "/Users", token)
        scim_error(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), answer
    scim_error(it.request("GET", "/Nothing", None), 404)


# What identity providers see.

def okta(it):
    it.create_user(it.token, "ada@acme.example")
    return spec_suite(it.aws.base_url, it.token)


def transcripts(it):
    """Every transcript in which no time has to go by, each in a directory of its own."""
    environment = it.aws.environment | {"TABLE_NAME": it.aws.table, "MUSTER_TEST_BASE_URL": it.aws.base_url}
    skipped = [part for name in NOT_TO_PLAY for part in ("--skip", name)]
    played = command(
        "cargo", "test", "--quiet", "--locked", "--workspace", "--test", "transcripts", "--", "--test-threads", "1", *skipped,
        env=environment, cwd=REPO)
    return next(line for line in played.splitlines() if line.startswith("test result"))


def isolation(it):
    """A resource of one directory does not exist for a credential of another."""
    user = f"/Users/{it.create_user(it.token, 'only@acme.example')}"
    group = {"schemas": [f"{SCHEMAS}schemas:core:2.0:Group"], "displayName": "Only acme"}
    group = f"/Groups/{it.request('POST', '/Groups', it.token, group).body['id']}"
    patch = {"schemas": [f"{SCHEMAS}api:messages:2.0:PatchOp"], "Operations": [{"op": "replace", "value": {"active": False}}]}
    for path in (user, group):
        before = it.request("GET", path, it.token)
        expect(before.status, 200, path)
        for method, body in (("GET", None), ("PATCH", patch), ("PUT", before.body), ("DELETE", None)):
            scim_error(it.request(method, path, it.stranger, body), 404)
        expect(it.request("GET", path, it.token).body, before.body, path)
    expect(it.request("GET", "/Users", it.stranger).body["totalResults"], 0, "stranger's users")


def revocation(it):
    """A revoked credential is refused at once, by the function: the authorizer's cached answer still lets it pass."""
    issued = it.issue("acme/main")
    expect(it.request("GET", "/Users", issued["token"]).status, 200, "before")
    it.muster("credential", "revoke", "acme/main", issued["id"])
    answer = it.request("GET", "/Users", issued["token"])
    scim_error(answer, 401)
    assert "WWW-Authenticate" not in answer.headers, f"not the function's answer: {answer}"


# What follows from changes.

def large_change(it):
    """A change of so many members is finished by `changes`: everybody shows the group, and everything agrees."""
    user = {"schemas": [f"{SCHEMAS}schemas:core:2.0:User"]}
    ids = []
    for begin in range(0, MEMBERS, 500):
        operations = [{"method": "POST", "path": "/Users", "bulkId": str(number), "data": user | {"userName": f"user-{number}"}}
                      for number in range(begin, begin + 500)]
        bulk = {"schemas": [f"{SCHEMAS}api:messages:2.0:BulkRequest"], "Operations": operations}
        answers = it.request("POST", "/Bulk", it.large, bulk).body["Operations"]
        expect({answer["status"] for answer in answers}, {"201"}, "statuses")
        ids += [answer["location"].rsplit("/")[-1] for answer in answers]
    group = {"schemas": [f"{SCHEMAS}schemas:core:2.0:Group"], "displayName": "Everybody"}
    group = it.request("POST", "/Groups", it.large, group).body["id"]
    add = [{"op": "add", "path": "members", "value": [{"value": user} for user in ids]}]
    patch = {"schemas": [f"{SCHEMAS}api:messages:2.0:PatchOp"], "Operations": add}
    expect(it.request("PATCH", f"/Groups/{group}", it.large, patch).status, 204, "status")

    def shows_the_group(user):
        groups = it.request("GET", f"/Users/{user}?attributes=groups", it.large).body.get("groups", [])
        return [one["value"] for one in groups] == [group]

    sample = ids[::250] + ids[-1:]
    wait_for("users show the group", lambda: all(shows_the_group(user) for user in sample), 120)
    checked = it.muster("directory", "check", "large/main")
    assert f"memberships {MEMBERS}," in checked and "Nothing is wrong." in checked and "Pending" not in checked, checked


def audit_trail(it):
    """What is changed arrives in the audit trail by the table's stream, what is refused by the function."""
    user = it.create_user(it.token, "audited@acme.example")
    it.request("POST", "/Users", it.token, {"schemas": [f"{SCHEMAS}schemas:core:2.0:User"], "userName": "audited@acme.example"})

    def arrived():
        lines = [line for line in it.muster("audit", "acme/main").splitlines() if "create user" in line]
        return any(user in line and "done" in line for line in lines) and any(" 409 " in line for line in lines)

    wait_for("both entries", arrived)


def sweep(it):
    """The hourly event is scheduled, and what it sends is understood."""
    events, function = it.aws.client("events"), it.aws.names["Changes"]
    arn = it.aws.client("lambda").get_function_configuration(FunctionName=function)["FunctionArn"]
    rules = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    expect(events.describe_rule(Name=rules[0])["ScheduleExpression"], "rate(1 hour)", "rule")
    [target] = events.list_targets_by_rule(Rule=rules[0])["Targets"]
    answer = it.aws.client("lambda").invoke(FunctionName=function, Payload=target["Input"])
    assert "FunctionError" not in answer, answer["Payload"].read()


# What administrators do.

def doctor(it):
    findings = it.muster("doctor", "acme/main", "--base-url", it.aws.base_url).splitlines()[1:]
    return f"{len(findings)} findings"


def admin_api(it):
    """It answers to a signature of who may call it, and to no other; what it changes, `muster` shows."""
    iam = it.aws.client("iam")
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    impostor = Credentials(key["AccessKeyId"], "wrong")
    expect(signed(it, alice, "GET", "/environments").status, 403, "status before she may")
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"arn:aws:execute-api:*:*:{it.aws.names['Api']}/*/admin/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="alice", PolicyName="admin", PolicyDocument=policy)
    expect(signed(it, alice, "GET", "/organizations/acme").body, {"name": "acme"}, "body")
    created = signed(it, alice, "POST", "/environments", {"name": "staging"})
    expect(created.status, 201, f"status of {created}")
    assert "staging" in it.muster("environment", "list")
    scim_error(signed(it, impostor, "GET", "/environments"), 403)
    scim_error(request("GET", f"{it.aws.admin_url}/environments"), 404)


def signed(it, credentials, method, path, body=None):
    """The answer to a request with AWS's signature."""
    url = it.aws.admin_url + path
    data = None if body is None else json.dumps(body)
    sent = AWSRequest(method, url, {"Host": urlsplit(url).netloc, "Content-Type": "application/json"}, data)
    SigV4Auth(credentials, "execute-api", REGION).add_auth(sent)
    return request(method, url, body=body, headers=dict(sent.headers))


def cargo_lambda(it):
    """`cargo lambda deploy` makes a function beside the stack's, and `cargo lambda invoke` gets its answer."""
    environment = it.aws.environment
    deployed = it.aws.client("lambda").get_function_configuration(FunctionName=it.aws.names["Discovery"])
    settings = ",".join(f"{name}={value}" for name, value in deployed["Environment"]["Variables"].items())
    command("cargo", "lambda", "deploy", "probe", "--binary-path", it.target / "discovery", "--role", deployed["Role"],
            "--env-var", settings, env=environment, cwd=REPO)
    sent = json.dumps(event("discovery", token=it.token, directory="acme"))
    answer = command("cargo", "lambda", "invoke", "--remote", "probe", "--data-ascii", sent, env=environment, cwd=REPO)
    answer = json.loads(answer)
    expect(answer["statusCode"], 200, f"status of {answer}")
    expect(json.loads(answer["body"]), {"id": "User", "endpoint": "/Users"}, "body")


def logs(it, scratch):
    """No error in any function, but for the authorizer's refusals, which Lambda's runtime calls so."""
    it.aws.function_logs(scratch)
    errors = [line for log in scratch.glob("*Log.log") for line in log.read_text().splitlines()
              if re.search(r'"level":"ERROR"|panicked', line) and '"message":"Unauthorized"' not in line]
    assert not errors, "\n".join(errors)


def main():
    target = Path(sys.argv[1])
    checks = Checks()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        with local_aws(scratch) as aws:
            it = Deployment(aws, target)
            checks("deploy template.yaml", aws.deploy, target, scratch)
            if not checks.failed:
                checks("README.md's commands", it.as_in_readme)
            if not checks.failed:
                checks("organizations, directories, credentials", it.prepare)
            if not checks.failed:
                verify(it, checks)
                checks("functions' logs", logs, it, scratch)
        checks.end(sorted(scratch.glob("*.log")))


def verify(it, checks):
    checks("gateway responses", gateway_responses, it)
    checks("refusals", refusals, it)
    checks("transcripts", transcripts, it)
    if OKTA.is_dir():
        checks("Okta's SPEC suite", okta, it)
    else:
        checks.skipped("Okta's SPEC suite", f"There is no {OKTA}.")
    checks("another directory's credential", isolation, it)
    checks("revocation", revocation, it)
    checks("audit trail", audit_trail, it)
    checks(f"a change of {MEMBERS:,} memberships", large_change, it)
    checks("sweep", sweep, it)
    checks("muster doctor", doctor, it)
    checks("admin API", admin_api, it)
    checks("cargo lambda deploy", cargo_lambda, it)


main()
