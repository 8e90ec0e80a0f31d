"""What the opt-out page says of where it stands."""

from dataclasses import replace

from tests.unit.tracker_build.test_spec import GIVEN
from tracker_build.pages import opt_out_page
from tracker_build.spec import BuildSpec

FOREIGN = "does not reach sites at other domains"
LINK = "?penstock_optout=1"


def page(base_url: str, *modules: str) -> str:
    spec = BuildSpec.from_properties(GIVEN)
    return opt_out_page(replace(spec, base_url=base_url, tracker=replace(spec.tracker, modules=modules))).decode()


def test_at_the_sites_own_domain_there_is_nothing_to_add() -> None:
    assert FOREIGN not in page("https://t.example.com", "consent")


def test_at_cloudfronts_domain_it_says_that_the_choice_stays_there() -> None:
    said = page("https://d1.cloudfront.net", "consent")
    assert "This page is at d1.cloudfront.net." in said
    assert FOREIGN in said
    assert LINK in said


def test_a_link_that_the_tracker_does_not_know_is_not_offered() -> None:
    said = page("https://d1.cloudfront.net", "pageviews")
    assert FOREIGN in said
    assert LINK not in said
