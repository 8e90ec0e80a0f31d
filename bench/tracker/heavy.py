"""A page of some 12,000 elements, and somebody who uses it."""

from playwright.sync_api import Page

_ROW = (
    '<tr id="row-{n}"><td class="cell name">Product {n}</td><td><a href="#row-{n}">Details</a></td>'
    '<td><button class="buy primary" data-penstock-name="buy" data-penstock-row="{n}"><span>Buy</span></button></td>'
    "<td><div class=box><p>Text of row {n} that says a little more about it</p></div></td></tr>"
)
_FORM = (
    '<form id="form-{n}" action="/order?from=list" onsubmit="return false">'
    + "".join(f'<label>Field {field}<input name="field-{field}"></label>' for field in range(12))
    + "<button type=submit>Send</button></form>"
)
HEAVY = (
    "<main><table>"
    + "".join(_ROW.format(n=number) for number in range(1200))
    + "</table>"
    + "".join(_FORM.format(n=number) for number in range(60))
    + "</main><script>document.addEventListener('click', e => { const b = e.target.closest('.buy');"
    " if (b) b.textContent = 'Bought'; });</script>"
)


def visit(page: Page) -> None:
    """Clicks, three of them in a rage, scrolling, typing, a form that is submitted, a step of a single-page app."""
    for number in range(5):
        page.locator(".buy").nth(number).click()
    page.locator("#row-1 p").click(click_count=3, delay=40)
    for _ in range(10):
        page.mouse.wheel(0, 600)
    page.locator("#form-3 input").first.click()
    page.keyboard.type("Nobody reads this")
    page.locator("#form-3 button").click()
    page.evaluate("history.pushState({}, '', '/heavy/next')")
    page.locator("#row-900 a").click()
