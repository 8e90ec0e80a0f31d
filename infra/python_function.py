"""The one way a function is made: shared code and layer, its own role and log group, env from its settings."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from aws_cdk import AssetHashType, Duration, IgnoreMode, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import Config
from infra.target import Target

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / ".local" / "assets"
RUNTIME = lambda_.Runtime.PYTHON_3_14


class BuildError(Exception):
    """Something a deployment is made of could not be built; the message is for the person who deploys."""


_RETENTION = {
    1: "ONE_DAY",
    3: "THREE_DAYS",
    5: "FIVE_DAYS",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    60: "TWO_MONTHS",
    90: "THREE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
}


def metrics_namespace(config: Config) -> str:
    """One for each stage: what goes wrong in one must not trip the alarms of another."""
    return f"Penstock/{config.stage}"


def log_retention(days: int) -> logs.RetentionDays:
    """The CDK's name for a number of days that `log_retention_days` allows."""
    return logs.RetentionDays[_RETENTION[days]]


def lambdas_code(*beside: str) -> lambda_.Code:
    """`lambdas/…`, so that import paths are the same in tests and in Lambda, and the folders `beside` it."""
    return lambda_.Code.from_asset(
        str(ROOT),
        exclude=[
            "**",
            *(f"!{name}{under}" for name in ("lambdas", *beside) for under in ("", "/**")),
            "**/__pycache__",
        ],
        ignore_mode=IgnoreMode.GIT,
    )


def python_function(
    scope: Construct,
    id: str,
    *,
    target: Target,
    service: str,
    handler: str,
    environment: Mapping[str, str],
    timeout: Duration,
    config: Config,
    memory_mb: int = 512,
    code: lambda_.Code | None = None,
    description: str = "",
) -> lambda_.Function:
    """A Lambda function that may write its own log and nothing else, until it is granted more.

    `service` is the name its logs and metrics carry, `handler` a dotted path; `timeout` and `memory_mb` are
    what the service allows (15 minutes, 128–10,240 MB).
    """
    log_group = logs.LogGroup(
        scope,
        f"{id}Log",
        retention=log_retention(config.log_retention_days),
        removal_policy=RemovalPolicy.DESTROY,
    )
    role = iam.Role(scope, f"{id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    # Not log_group.grant_write: its resource is the same, its actions are these two.
    role.add_to_policy(
        iam.PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn])
    )
    return lambda_.Function(
        scope,
        id,
        code=code or lambdas_code(),
        handler=handler,
        runtime=RUNTIME,
        architecture=target.architecture,
        layers=[_dependencies(Stack.of(scope), target)],
        environment={
            "POWERTOOLS_SERVICE_NAME": service,
            "POWERTOOLS_METRICS_NAMESPACE": metrics_namespace(config),
            "POWERTOOLS_LOG_LEVEL": "INFO",
            **target.environment,
            **environment,
        },
        timeout=timeout,
        memory_size=memory_mb,
        role=role,
        log_group=log_group,
        # START, END and REPORT lines cost more to keep than the collector's own work; their figures are metrics.
        logging_format=lambda_.LoggingFormat.JSON,
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
        description=description or f"Penstock {service}",
    )


def _dependencies(stack: Stack, target: Target) -> lambda_.ILayerVersion:
    """The layer of pinned packages, one a stack: a layer shared over stacks could never be replaced."""
    existing = stack.node.try_find_child("Dependencies")
    if isinstance(existing, lambda_.LayerVersion):
        return existing
    directory = _install_dependencies()
    return lambda_.LayerVersion(
        stack,
        "Dependencies",
        code=lambda_.Code.from_asset(str(directory), asset_hash_type=AssetHashType.CUSTOM, asset_hash=directory.name),
        compatible_runtimes=[RUNTIME],
        description="Penstock's pinned Python packages",
        removal_policy=RemovalPolicy.DESTROY,
    )


def _install_dependencies() -> Path:
    """Packages of lambdas/requirements.txt, installed once for each state of the pins. Pure Python, any CPU."""
    requirements, constraints = ROOT / "lambdas" / "requirements.txt", ROOT / "constraints.txt"
    digest = hashlib.sha256(requirements.read_bytes() + constraints.read_bytes()).hexdigest()
    directory = ASSETS / f"layer-{digest[:32]}"
    if not directory.exists():
        put_once(directory, lambda partial: _pip_install(partial / "python", requirements, constraints))
    return directory


def put_once(directory: Path, make: Callable[[Path], None]) -> None:
    """Has `make` fill a directory of its own, which then takes its place whole; who comes second changes nothing."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent, ignore_cleanup_errors=True) as own:
        partial = Path(own) / directory.name
        make(partial)
        try:
            partial.rename(directory)
        except OSError:
            if not directory.exists():
                raise


def _pip_install(target: Path, requirements: Path, constraints: Path) -> None:
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--upgrade"),
        *("--disable-pip-version-check", "--target", str(target)),
        *("--requirement", str(requirements), "--constraint", str(constraints)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own pip
    if done.returncode:
        raise BuildError(f"The functions' packages could not be installed: {done.stderr.strip()[-500:]}")
