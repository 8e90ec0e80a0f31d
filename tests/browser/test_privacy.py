"""What a visitor was promised, with every module and every API on the page at once."""

import json
from collections.abc import Callable

import pytest

from tests.browser.collector import until
from tests.browser.compat import DATA_LAYER, PIPES, innertrends
from tests.browser.drivers.protocol import Context, Tab
from tests.browser.shop import Shop, complaints

MakeShop = Callable[..., Shop]

SIGNAL = "<script>Object.defineProperty(navigator, '{0}', {{value: {1}}})</script>"
# But for the tests' own list of complaints.
STORED = "[...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter(name => name != 'complaints')"
# Everything there is to call, and acts that modules hear.
CALLS = """
document.cookie = 'pipes_disabled=;max-age=0';
penstock.track('refuted'); penstock.page(); penstock.screen('refuted'); penstock.identify('refuted', {a: 1});
penstock.account('refuted'); penstock.set({refuted: 1}); penstock.unset('a'); penstock.ids(); penstock.flush();
OTLogService.sendEvent('refuted'); otus.track('refuted'); otus.setUserProperties({refuted: 1}); otus.clearVisitorId();
pipes.track('refuted'); pipes.identity('refuted'); _itl.log('refuted'); _itl.stream({refuted: 1});
dataLayer.push({identity: {user: {id: 'u8'}}}); history.pushState(0, '', '/refuted');
document.querySelector('form').addEventListener('submit', event => event.preventDefault());
document.querySelector('button').click(); scrollTo(0, 500); dispatchEvent(new Event('pagehide'));
setTimeout(() => { throw new Error('refuted') });
"""
FORM = """<form id=login action=/in method=post>
<input name=user><input name=password type=password><textarea name=note></textarea><input type=hidden name=token>
<select name=size><option>S<option>hunter2</select><input type=checkbox name=terms value=hunter2>
<p contenteditable>hunter2</p><label>Name <input name=name></label><button>Send</button></form>
<div style="height:3000px"></div>"""


def everything(make_shop: MakeShop, context: Context, head: str = "", **settings: object) -> tuple[Shop, Tab]:
    """A page with every module, and with what pages of all five other trackers have on them."""
    shop = make_shop(**settings)
    html = f"<!doctype html><html><head><title>Shop</title>{head}</head><body>{DATA_LAYER}{PIPES}"
    shop.site.page("/", f"{html}{innertrends()}{FORM}</body></html>")
    return shop, shop.open(context, "/?utm_source=letter&ot_customerId=7")


@pytest.mark.parametrize(
    ("head", "settings"),
    [
        ("", {"opt_out": "opt-in"}),
        (SIGNAL.format("globalPrivacyControl", "true"), {}),
        (SIGNAL.format("doNotTrack", "'1'"), {}),
    ],
    ids=["no consent yet", "GPC", "DNT"],
)
def test_nothing_is_stored_or_sent(
    make_shop: MakeShop, context: Context, head: str, settings: dict[str, object]
) -> None:
    shop, page = everything(make_shop, context, head, **settings)
    page.evaluate(f"void (() => {{ {CALLS} }})()")
    page.evaluate("new Promise(done => setTimeout(done, 600))")  # longer than events wait for company
    shop.go(page, "/?utm_source=letter")
    assert page.evaluate(STORED) == []
    assert context.cookies() == []
    assert shop.collector.begun == 0
    if settings:
        page.evaluate("penstock.consent(true), penstock.track('agreed')")
        shop.expect(page, [{"name": "agreed", "user": {"user_id": "u7"}, "campaign": {"source": "letter"}}])
        assert "refuted" not in json.dumps(shop.collector.events)
    assert [each for each in complaints(page) if "refuted" not in each] == []


def test_no_value_of_a_field_ever_leaves(make_shop: MakeShop, context: Context) -> None:
    shop, page = everything(make_shop, context)
    page.evaluate("pipes.trackForm(document.getElementById('login'), 'log in')")
    page.evaluate(
        """void document.querySelectorAll('input, textarea, select').forEach(field => {
        field.value = 'hunter2'; if (field.type == 'checkbox') field.checked = true;
        for (const type of ['input', 'change', 'blur']) field.dispatchEvent(new Event(type, {bubbles: true}));
        field.click() })"""
    )
    page.click("[contenteditable]", times=4)
    page.click("label", at=(2, 2), times=4)
    page.evaluate("document.querySelector('form').addEventListener('submit', event => event.preventDefault())")
    page.click("button")
    until(lambda: {"form_submit", "log in"} <= set(shop.collector.names()), "the form")
    shop.go(page, "/next")
    shop.collector.wait(lambda: "engagement" in shop.collector.names(), "the end of the page")
    assert {"click", "form_submit", "log in"} <= set(shop.collector.names())
    sent = [request.body + request.query.encode() for request in (*shop.collector.batches, *shop.collector.refused)]
    assert sent
    assert not [each for each in sent if b"hunter2" in each]
