"""What the reference says that a browser has is what it has."""

from tests.browser.drivers.protocol import Context
from tests.browser.scenarios import FEATURES, table
from tests.browser.shop import Shop


def test_what_the_reference_says_of_this_engine(shop: Shop, context: Context, engine: str) -> None:
    page = context.tab()
    page.goto(shop.url("/bare"))
    [heading, *rows] = table("What degrades where")
    column = [name.split()[0].lower() for name in heading].index(engine)
    said = {row[0]: row[column] for row in rows if row[0] in FEATURES}
    assert said == {name: "yes" if page.evaluate(asked) else "no" for name, asked in FEATURES.items()}
