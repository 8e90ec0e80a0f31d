"""The published pages in a browser, each under the policy it carries."""

from collections.abc import Callable
from dataclasses import replace

from tests.browser.drivers.protocol import Context, Tab
from tests.browser.shop import Shop, complaints, text
from tracker_build.bundle import bundle
from tracker_build.pages import opt_out_page, snippet_page
from tracker_build.spec import BuildSpec
from tracker_build.stage import tools


def spec_of(shop: Shop) -> BuildSpec:
    return BuildSpec(shop.spec, base_url=shop.server.origin(), bucket="files", distribution_id="E1")


def open_opt_out(shop: Shop, context: Context) -> Tab:
    shop.site.page("/optout.html", opt_out_page(spec_of(shop)).decode())
    page = context.tab()
    page.goto(shop.url("/optout.html"))
    return page


def test_the_opt_out_page_opts_out_and_in_again(shop: Shop, context: Context) -> None:
    visit = shop.open(context)
    shop.settle(visit)
    page = open_opt_out(shop, context)
    assert text(page, "[role=status]").startswith("Your visits are recorded")
    page.click("button")
    assert text(page, "[role=status]").startswith("Nothing about your visits")
    assert [cookie["name"] for cookie in context.cookies()] == ["penstock_optout"]
    visit.evaluate("penstock.track('refuted')")
    page.reload()
    assert text(page, "[role=status]").startswith("Nothing about your visits")
    page.click("button")
    visit.evaluate("penstock.track('expected')")
    shop.expect(
        visit, [{"name": "expected"}], [{"name": "refuted"}, {"name": "page_view", "page": {"path": "/optout.html"}}]
    )
    assert complaints(page) == []


def test_the_opt_out_page_can_be_used_by_keyboard_alone(shop: Shop, context: Context) -> None:
    page = open_opt_out(shop, context)
    page.press("Tab")
    assert page.evaluate("document.activeElement.id") == "change"
    page.press("Enter")
    assert [cookie["value"] for cookie in context.cookies()] == ["1"]


def test_the_opt_out_page_fits_a_phone(shop: Shop, context: Context) -> None:
    spec = replace(spec_of(shop), base_url="http://d111111abcdef8.cloudfront.localhost:4566")
    shop.site.page("/optout.html", opt_out_page(spec).decode())
    shop.site.page("/phone", "<!doctype html><iframe width=320 height=640 src=/optout.html></iframe>")
    page = context.tab()
    page.goto(shop.url("/phone"))
    assert "d111111abcdef8" in page.evaluate("frames[0].document.body.innerText")
    assert page.evaluate("frames[0].document.documentElement.scrollWidth") <= 320


def test_the_opt_out_page_asks_for_consent_where_that_is_the_mode(
    make_shop: Callable[..., Shop], context: Context
) -> None:
    shop = make_shop(modules=("pageviews",), opt_out="opt-in")
    page = open_opt_out(shop, context)
    assert text(page, "[role=status]").startswith("Nothing about your visits")
    page.click("button")
    assert [cookie["value"] for cookie in context.cookies()] == ["0"]
    shop.expect(shop.open(context), [{"name": "page_view"}])


def test_the_snippet_page_shows_what_to_paste(shop: Shop, context: Context) -> None:
    spec = spec_of(shop)
    shop.site.page("/snippet.html", snippet_page(spec, bundle(spec.tracker, tools())).decode())
    page = context.tab()
    page.goto(shop.url("/snippet.html"))
    pasted = text(page, "pre")
    shop.site.page("/pasted", f"<!doctype html><title>x</title>{pasted}<p>text")
    shop.expect(shop.open(context, "/pasted"), [{"name": "page_view", "page": {"path": "/pasted"}}])
