"""scim2-server with its storage in memory, behind waitress and one token: scim2.py PORT TOKEN."""

import secrets
import sys

from scim2_models import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)
from waitress import serve


def main() -> None:
    port, token = sys.argv[1:]
    config = load_default_service_provider_config()
    config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(), load_default_resource_types().values(), config=config
    )
    service = ScimService(provider, secret=secrets.token_urlsafe(32))
    application = BearerTokenApplication(InMemoryStorage(), provider, service=service, bearer_tokens=[token])
    serve(application, host="127.0.0.1", port=int(port), threads=16)


if __name__ == "__main__":
    main()
