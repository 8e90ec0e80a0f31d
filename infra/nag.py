"""cdk-nag over every stack: a finding fails the synth, unless it is suppressed here, one by one, with its reason."""

from aws_cdk import App, Aspects, Stack
from cdk_nag import AwsSolutionsChecks, NagPackSuppression, NagSuppressions


def check(app: App) -> None:
    """Adds the AWS Solutions rules to the app, and what they find that is meant to be."""
    Aspects.of(app).add(AwsSolutionsChecks(verbose=True))


def suppress(construct: object, **reasons: str) -> None:
    """`AwsSolutions_S1="why"` suppresses rule AwsSolutions-S1 on this construct and what is in it."""
    NagSuppressions.add_resource_suppressions(
        construct,
        [NagPackSuppression(id=rule.replace("_", "-"), reason=reason) for rule, reason in reasons.items()],
        apply_to_children=True,
    )
