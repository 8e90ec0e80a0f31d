"""What a stage was deployed with, so that no deployment gives up a setting by saying nothing of it."""

from collections.abc import Sequence
from typing import Any

from infra.config import chosen
from local.cdk import given, load
from local.stack import LocalError
from local.where import outputs_of


def refuse_to_forget(settings: Sequence[str], cloudformation: Any) -> None:
    """Raises LocalError where a setting of the standing deployment is neither in cdk.json nor among `settings`, and
    where it would get another bucket."""
    said = given(settings)
    config = load(said)
    now, stood = chosen(config), deployed_with(config.stage, cloudformation)
    if stood is None:
        return
    if now.get("bucket") != stood.get("bucket") and ("bucket" in now or "bucket" in said):
        raise LocalError(
            f"Stage {config.stage} stands, with the bucket it has: `make destroy` first, which leaves the bucket, and "
            "deploy then."
        )
    lost = {name: value for name, value in stood.items() if name not in now and name not in said}
    if lost:
        kept = " ".join(f"{name}={value}" for name, value in lost.items())
        default = " ".join(f"{name}=" for name in lost)
        raise LocalError(
            f"Stage {config.stage} stands with {kept}, of which nothing is said now: add {kept} to SET (or to "
            f"cdk.json) to keep it, or {default} to go back to the default."
        )


def deployed_with(stage: str, cloudformation: Any) -> dict[str, str] | None:
    """The settings that are not defaults, as far as its outputs tell; None where no such stage stands."""
    outputs = outputs_of(stage, cloudformation)
    if outputs is None:
        return None
    pairs = (setting.partition("=") for setting in outputs.get("Settings", "").split())
    return {name: value for name, _, value in pairs if name != "stage"}
