"""What the tools that change a deployment's data know of it: its settings, clients, and Athena."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.collect.settings import Settings
from lambdas.common.env import EnvironmentInvalidError, load
from local.aws import account_session, client_options, emulator_session, load_outputs
from local.query.__main__ import account_engine, emulator_engine
from local.query.engine import Engine
from local.stack import LocalError, LocalStack
from local.where import account_outputs, local_outputs

# What names the function whose settings are the deployment's.
FUNCTION: Final = "CollectFunction"


@dataclass(frozen=True)
class Deployed:
    """`settings` and `environ` are the deployed collector's own; `tables` are those of the Glue database."""

    settings: Settings
    environ: Mapping[str, str]
    state_table: str
    database: str
    workgroup: str
    tables: frozenset[str]
    engine: Engine
    client: Callable[[str], Any]

    @property
    def bucket(self) -> str:
        return self.settings.raw_bucket


def deployed(stage: str | None) -> Deployed:
    """The account's deployment of `stage`, or the local stack where that is None. Raises LocalError."""
    try:
        return _account(stage) if stage else _emulator(LocalStack.from_environ())
    except (ClientError, BotoCoreError) as error:
        raise LocalError(f"AWS cannot be asked: {error}") from None
    except EnvironmentInvalidError:
        raise LocalError("The deployed collector is older than this command: deploy it again.") from None


def _emulator(stack: LocalStack) -> Deployed:
    outputs = load_outputs(stack)
    session: Any = emulator_session(outputs)
    found = local_outputs(stack, "collect_function")

    def client(service: str) -> Any:
        endpoint = {"endpoint_url": outputs.athena_endpoint_url} if service == "athena" else {}
        return session.client(service, **client_options(outputs) | endpoint)

    return _deployed(
        found["collect_function"],
        outputs.state_table,
        outputs.glue_database,
        outputs.athena_workgroup,
        emulator_engine(stack),
        client,
    )


def _account(stage: str) -> Deployed:
    session: Any = account_session()
    outputs = account_outputs(stage, session.client("cloudformation"), FUNCTION)
    return _deployed(
        outputs[FUNCTION],
        outputs["StateTable"],
        outputs["GlueDatabase"],
        outputs["AthenaWorkgroup"],
        account_engine(stage),
        session.client,
    )


def _deployed(
    function: str, table: str, database: str, workgroup: str, engine: Engine, client: Callable[[str], Any]
) -> Deployed:
    client = cache(client)
    environ = client("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    pages = client("glue").get_paginator("get_tables").paginate(DatabaseName=database)
    tables = frozenset(entry["Name"] for page in pages for entry in page["TableList"])
    return Deployed(load(Settings, environ), environ, table, database, workgroup, tables, engine, client)
