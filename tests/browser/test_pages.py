"""The published pages in a browser, each under the policy it carries."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page

from tests.browser.shop import Shop
from tracker_build.bundle import bundle
from tracker_build.pages import opt_out_page, snippet_page
from tracker_build.spec import BuildSpec
from tracker_build.stage import tools


def spec_of(shop: Shop) -> BuildSpec:
    return BuildSpec(shop.spec, base_url=shop.server.origin(), bucket="files", distribution_id="E1")


def open_opt_out(shop: Shop, context: BrowserContext) -> tuple[Page, list[str]]:
    shop.site.page("/optout.html", opt_out_page(spec_of(shop)).decode())
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(shop.url("/optout.html"))
    return page, complaints


def test_the_opt_out_page_opts_out_and_in_again(shop: Shop, context: BrowserContext) -> None:
    visit = shop.open(context)
    shop.settle(visit)
    page, complaints = open_opt_out(shop, context)
    button = page.get_by_role("button")
    assert page.get_by_role("status").inner_text().startswith("Your visits are recorded")
    button.click()
    assert page.get_by_role("status").inner_text().startswith("Nothing about your visits")
    assert [cookie["name"] for cookie in context.cookies()] == ["penstock_optout"]
    visit.evaluate("penstock.track('refuted')")
    page.reload()
    assert page.get_by_role("status").inner_text().startswith("Nothing about your visits")
    button.click()
    visit.evaluate("penstock.track('expected')")
    shop.expect(
        visit, [{"name": "expected"}], [{"name": "refuted"}, {"name": "page_view", "page": {"path": "/optout.html"}}]
    )
    assert complaints == []


def test_the_opt_out_page_can_be_used_by_keyboard_alone(shop: Shop, context: BrowserContext) -> None:
    page, _ = open_opt_out(shop, context)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "change"
    page.keyboard.press("Enter")
    assert [cookie["value"] for cookie in context.cookies()] == ["1"]


def test_the_opt_out_page_asks_for_consent_where_that_is_the_mode(
    make_shop: Callable[..., Shop], context: BrowserContext
) -> None:
    shop = make_shop(modules=("pageviews",), opt_out="opt-in")
    page, _ = open_opt_out(shop, context)
    assert page.get_by_role("status").inner_text().startswith("Nothing about your visits")
    page.get_by_role("button", name="Allow").click()
    assert [cookie["value"] for cookie in context.cookies()] == ["0"]
    shop.expect(shop.open(context), [{"name": "page_view"}])


def test_the_snippet_page_shows_what_to_paste(shop: Shop, context: BrowserContext) -> None:
    spec = spec_of(shop)
    shop.site.page("/snippet.html", snippet_page(spec, bundle(spec.tracker, tools())).decode())
    page = context.new_page()
    page.goto(shop.url("/snippet.html"))
    pasted = page.locator("pre").first.inner_text()
    shop.site.page("/pasted", f"<!doctype html><title>x</title>{pasted}<p>text")
    shop.expect(shop.open(context, "/pasted"), [{"name": "page_view", "page": {"path": "/pasted"}}])
