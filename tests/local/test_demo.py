"""The demo shop in a real browser: every click is seen to be sent, stored and folded, and off means off."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.local.conftest import PATIENCE, Deployment


@pytest.fixture
def shop(deployment: Deployment, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(deployment.outputs["demo_url"])
    yield page
    context.close()
    assert faults == []


# What the shop itself sends. The tracker's modules add their own (clicks, web vitals, ...), some in their own time.
SHOPS = re.compile("^(page_view|view_item|add_to_cart|view_cart|begin_checkout|purchase|login)$")


def arrived(page: Page, *names: str) -> None:
    """Each of these stands in the panel with its whole way behind it, newest first."""
    name = page.locator(".sent b").filter(has_text=SHOPS)
    expect(page.locator(".event").filter(has=name)).to_have_count(len(names), timeout=PATIENCE * 1000)
    expect(page.locator(".event.whole").filter(has=name)).to_have_count(len(names), timeout=PATIENCE * 1000)
    assert name.all_inner_texts() == list(names)


def test_a_purchase_is_seen_on_its_whole_way_to_s3_and_state(shop: Page, deployment: Deployment) -> None:
    shop.get_by_role("link", name="Slow River").click()
    expect(shop.get_by_role("heading", name="Slow River", level=1)).to_be_visible()
    shop.get_by_role("button", name="Add to bag").click()
    shop.get_by_role("button", name="Bag, 1 tin").click()
    shop.get_by_role("link", name="Check out").click()
    for label, text in {"Name": "Kim Secret", "E-mail": "kim@secret.example", "Street and number": "Secret 1"}.items():
        shop.get_by_label(label, exact=True).fill(text)
    shop.get_by_label("Postcode").fill("1000")
    shop.get_by_label("Town").fill("Secret")
    shop.get_by_role("button", name="Pay").click()
    arrived(
        shop,
        *("page_view", "purchase", "begin_checkout", "page_view", "view_cart"),
        *("add_to_cart", "view_item", "page_view", "page_view"),
    )
    # What the panel shows as stored is what S3 has.
    shop.locator(".event .sent").filter(has=shop.locator("b", has_text=re.compile("^purchase$"))).click()
    said = shop.locator(".texts pre").nth(1).inner_text()
    # By eid: on a busy machine an answer may come too late, and raw then holds the retried event twice.
    (bought,) = {line["eid"]: line for line in deployment.lines() if line["name"] == "purchase"}.values()
    assert f'"eid": "{bought["eid"]}"' in said
    assert bought["props"]["value"] == 19
    shop.get_by_role("tab", name="Session").click()
    expect(shop.locator(".record pre")).to_contain_text('"order_id"')
    # What was typed into the form is nowhere.
    assert not [line for line in deployment.lines() if "ecret" in str(line)]


def test_signing_in_shows_in_the_user_record_and_signing_out_starts_anew(shop: Page) -> None:
    shop.get_by_role("button", name="Sign in").click()
    shop.get_by_role("button", name="Kim").click()
    arrived(shop, "login", "page_view")
    shop.get_by_role("tab", name="User").click()
    expect(shop.locator(".record pre")).to_contain_text('"user_id": "kim"')
    before = shop.evaluate("() => penstock.ids().uid")
    shop.get_by_role("button", name="sign out").click()
    assert shop.evaluate("() => penstock.ids().uid") != before


def test_off_means_off_at_once_and_on_again(shop: Page) -> None:
    arrived(shop, "page_view")
    shop.locator(".pipe .switch").click()
    expect(shop.get_by_role("alert")).to_have_text("Tracking is off for you: the tracker stores and sends nothing.")
    shop.get_by_role("link", name="Night Ferry").click()
    expect(shop.get_by_role("heading", name="Night Ferry", level=1)).to_be_visible()
    shop.locator(".pipe .switch").click()
    shop.get_by_role("button", name="Add to bag").click()
    arrived(shop, "add_to_cart", "page_view")


def test_what_cannot_be_sent_is_kept_and_arrives_later(deployment: Deployment, browser: Browser) -> None:
    page = browser.new_page()
    collector = deployment.outputs["collect_url"]
    page.route(collector, lambda route: route.abort())
    page.goto(deployment.outputs["demo_url"])
    view = page.locator(".event").filter(has=page.locator(".sent b", has_text="page_view"))
    expect(view.locator(".steps")).to_contain_text("No answer", timeout=PATIENCE * 1000)
    page.unroute(collector)
    arrived(page, "page_view")
    page.close()


def test_on_a_phone_the_panel_is_a_sheet_that_opens(deployment: Deployment, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(deployment.outputs["demo_url"])
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    expect(page.get_by_role("tab", name="Events")).not_to_be_visible()
    page.get_by_role("button", name="Through the pipe").click()
    expect(page.get_by_role("tab", name="Events")).to_be_in_viewport()
    arrived(page, "page_view")
    context.close()
