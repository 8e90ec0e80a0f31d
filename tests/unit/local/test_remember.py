"""A deployment gives up no setting of the one before by saying nothing of it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.remember import refuse_to_forget
from local.stack import LocalError

DOMAIN = "domain.name=t.example.com domain.certificate_arn=arn:aws:acm:us-east-1:123456789012:certificate/x"


class CloudFormation:
    """Answers as CloudFormation does; `outputs` by stage."""

    def __init__(self, **outputs: dict[str, str]) -> None:
        self._outputs = {f"Penstock-{stage}-Core": found for stage, found in outputs.items()}

    def describe_stacks(self, StackName: str) -> Any:
        if StackName not in self._outputs:
            said = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": said}, "DescribeStacks")
        outputs = self._outputs[StackName].items()
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs]}]}


STANDS = CloudFormation(
    prod={"Settings": f"stage=prod sink=kinesis {DOMAIN}"},
    again={"Settings": "stage=again bucket=the-kept-one"},
    old={"RawBucket": "data"},
)


def test_a_sink_or_a_domain_that_is_not_named_again_stops_the_deployment() -> None:
    with pytest.raises(LocalError) as caught:
        refuse_to_forget(["sites=example.com"], STANDS)
    assert str(caught.value) == (
        f"Stage prod stands with sink=kinesis {DOMAIN}, of which nothing is said now: add sink=kinesis {DOMAIN} to SET "
        "(or to cdk.json) to keep it, or sink= domain.name= domain.certificate_arn= to go back to the default."
    )


@pytest.mark.parametrize("given", [f"sink=kinesis {DOMAIN}", "sink= domain.name= domain.certificate_arn="])
def test_what_the_sentence_says_to_add_is_let_through(given: str) -> None:
    refuse_to_forget(given.split(), STANDS)


def test_another_stage_a_first_deployment_and_an_older_one_are_let_through() -> None:
    for stage in ("test", "old"):
        refuse_to_forget([f"stage={stage}"], STANDS)


@pytest.mark.parametrize(
    "given", ["stage=old bucket=the-kept-one", "stage=again bucket=another", "stage=again bucket="]
)
def test_the_bucket_of_a_standing_stage_stays(given: str) -> None:
    with pytest.raises(LocalError, match=r"^Stage \w+ stands, with the bucket it has: `make destroy` first"):
        refuse_to_forget(given.split(), STANDS)
    refuse_to_forget(["stage=again", "bucket=the-kept-one"], STANDS)
    refuse_to_forget(["stage=new", "bucket=the-kept-one"], STANDS)
