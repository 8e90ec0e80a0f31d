"""cdk-nag over every stack: a finding fails the synth, unless it is suppressed here, one by one, with its reason."""

from aws_cdk import App, Aspects
from cdk_nag import AwsSolutionsChecks, NagPackSuppression, NagSuppressions
from constructs import IConstruct


def check(app: App) -> None:
    """Adds the AWS Solutions rules to the app, and what they find that is meant to be."""
    Aspects.of(app).add(AwsSolutionsChecks(verbose=True))


def suppress(construct: IConstruct | None, **reasons: str) -> None:
    """`AwsSolutions_S1="why"` suppresses rule AwsSolutions-S1 on this construct and what is in it."""
    assert construct is not None, "a role made here is never imported"
    NagSuppressions.add_resource_suppressions(
        construct,
        [NagPackSuppression(id=rule.replace("_", "-"), reason=reason) for rule, reason in reasons.items()],
        apply_to_children=True,
    )
