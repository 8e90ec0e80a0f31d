"""The npm package: packed, installed, bundled into a site and visited; and what importing it does, which is nothing."""

import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.collector import until
from tests.browser.drivers.protocol import Context
from tests.browser.shop import Shop
from tracker_build import npm
from tracker_build.spec import MODULES
from tracker_build.stage import node, tools

ROOT = Path(__file__).resolve().parents[2]
NODE_MODULES = ROOT / "tracker_build" / "node_modules"

MakeShop = Callable[..., Shop]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Site:
    """A project that has installed the package from its archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        installed = folder / "node_modules" / npm.NAME
        made = folder / "made"
        npm.package(made)
        # npm is a script of Node's, beside it or in its package.
        packer = Path(node()).with_name("npm")
        run(packer, "pack", "--silent", "--offline", "--pack-destination", folder, made, cwd=folder)
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as packed:
            self.files = sorted(member.name.removeprefix("package/") for member in packed.getmembers())
            packed.extractall(folder, filter="data")
        installed.parent.mkdir()
        (folder / "package").rename(installed)
        (installed.parent / "web-vitals").symlink_to((NODE_MODULES / "web-vitals").resolve())

    def bundle(self, program: str) -> bytes:
        (self.folder / "site.js").write_text(program, encoding="utf-8")
        run(
            tools().esbuild, "site.js", "--bundle", "--minify", "--outfile=out.js", "--log-level=warning",
            cwd=self.folder,
        )  # fmt: skip
        return (self.folder / "out.js").read_bytes()


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("project"))


def visit(make_shop: MakeShop, context: Context, project: Site, program: str) -> tuple[Shop, Any]:
    shop = make_shop(modules=("pageviews",))
    shop.site.script("/site.js", project.bundle(program.replace("ENDPOINT", shop.spec.endpoint)))
    shop.site.page("/", "<!doctype html><title>Shop</title><script src='/site.js'></script>")
    page = context.tab()
    page.goto(shop.url("/"))
    return shop, page


def test_the_archive_holds_what_it_must(project: Site) -> None:
    assert project.files == ["LICENSE", "README.md", "index.d.ts", "index.js", "package.json"]
    manifest = json.loads((project.folder / "node_modules" / npm.NAME / "package.json").read_text())
    assert manifest["sideEffects"] is False
    assert manifest["type"] == "module"


def test_a_site_that_bundles_it_sends_events(make_shop: MakeShop, context: Context, project: Site) -> None:
    shop, page = visit(
        make_shop,
        context,
        project,
        f"""import {{ init, users, clicks, pageviews }} from "{npm.NAME}";
        const modules = [users, clicks, pageviews];
        const t = init({{ endpoint: "ENDPOINT", site: "app.example", prefix: "x-", modules }});
        t.identify(42); t.track("bought", {{ n: 1 }});
        window.same = init({{ endpoint: "https://other.example/e" }}) === t;""",
    )
    shop.collector.wait(lambda: {"page_view", "bought"} <= set(shop.collector.names()), "the events")
    (bought,) = (event for event in shop.collector.events if event["name"] == "bought")
    assert (bought["si"], bought["props"], bought["user"]) == ("app.example", {"n": 1}, {"user_id": 42})
    assert sorted(event["seq"] for event in shop.collector.events) == [1, 2]
    until(lambda: not page.evaluate("Object.keys(localStorage).some(key => key.startsWith('x-q'))"), "an empty queue")
    assert page.evaluate("[window.same, 'penstock' in window]") == [True, False]
    assert {cookie["name"] for cookie in context.cookies()} == {"x-id", "x-s"}


def test_its_settings_are_those_of_a_deployment(make_shop: MakeShop, context: Context, project: Site) -> None:
    shop, page = visit(
        make_shop,
        context,
        project,
        f"""import {{ init, pageviews }} from "{npm.NAME}";
        window.t = init({{ endpoint: "ENDPOINT", storage: "none", optOut: "opt-in", modules: [pageviews] }});
        t.track("refuted");""",
    )
    assert page.evaluate("localStorage.length") == 0
    page.evaluate("t.optIn(); t.track('agreed')")
    shop.collector.wait(lambda: {"page_view", "agreed"} == set(shop.collector.names()), "the events")
    assert all("cookieless" in event["flags"] for event in shop.collector.events)
    assert {cookie["name"] for cookie in context.cookies()} == {"penstock_optout"}


def test_importing_it_does_nothing(make_shop: MakeShop, context: Context, project: Site) -> None:
    everything = f"""const before = Object.keys(window).concat(String(history.pushState), String(Array.prototype.push));
        window.listened = 0; const listen = EventTarget.prototype.addEventListener;
        EventTarget.prototype.addEventListener = function () {{ window.listened++; listen.apply(this, arguments) }};
        const all = require("{npm.NAME}");
        window.names = Object.keys(all).sort();
        window.added = Object.keys(window).concat(String(history.pushState), String(Array.prototype.push))
          .filter(name => before.indexOf(name) < 0);"""
    shop, page = visit(make_shop, context, project, everything)
    assert page.evaluate("names") == sorted(["init", *MODULES])
    assert set(page.evaluate("added")) <= {"listened", "names", "added"}
    assert page.evaluate("[listened, localStorage.length, sessionStorage.length]") == [0, 0, 0]
    seen = set(page.evaluate("performance.getEntriesByType('resource').map(each => each.name)"))
    assert seen - {shop.url("/favicon.ico"), shop.url("/watch.js")} == {shop.url("/site.js")}
    assert not context.cookies()


def test_importing_and_starting_it_on_a_server_does_nothing(project: Site) -> None:
    (project.folder / "server.mjs").write_text(
        f"""const before = new Set(Object.getOwnPropertyNames(globalThis));
        const all = await import("{npm.NAME}");
        const t = all.init({{ endpoint: "https://t.example.com/e", modules: [all.users, all.pageviews] }});
        t.identify(1); t.track("x"); t.flush(); t.optOut();
        console.log(JSON.stringify([t.ids() === undefined,
          Object.getOwnPropertyNames(globalThis).filter(name => !before.has(name))]));"""
    )
    assert json.loads(run(node(), "server.mjs", cwd=project.folder)) == [True, []]


def test_what_a_site_does_not_name_is_left_out(project: Site) -> None:
    assert len(project.bundle(f'import "{npm.NAME}";')) < 50
    some = len(project.bundle(f'import {{ init, pageviews }} from "{npm.NAME}"; init({{modules: [pageviews]}});'))
    every = len(project.bundle(f'import * as all from "{npm.NAME}"; all.init({{modules: Object.values(all)}});'))
    assert some * 2 < every


@pytest.mark.parametrize("resolution", ["Bundler", "NodeNext"])
def test_its_types_tell_right_from_wrong(project: Site, resolution: str) -> None:
    (project.folder / "typed.mts").write_text(
        f"""import {{ init, pageviews, type Plugin, type Tracker }} from "{npm.NAME}";
        const mine: Plugin = (tracker) => tracker.track("mine", {{ deep: [1] }}, {{ link: "a" }});
        const t: Tracker = init({{ endpoint: "https://t.example.com/e", modules: [pageviews, mine],
          site: "a", hash: true, domains: ["b.example"], optOut: "opt-in", gpc: "ignore", storage: "none",
          optOutCookie: "c", prefix: "d" }});
        t.page({{ n: 1 }}); t.page(); t.track("x"); t.reset(); t.optOut(); t.optIn(); t.flush(); t.use(mine);
        const ids: {{ si: string; uid: string; sid: string; seq: number }} | undefined = t.ids();
        t.identify?.(1, {{ plan: "free" }}); t.identify?.("u"); t.account?.("acme", {{ seats: 3 }}); t.account?.(7);
        t.set?.({{ plan: "free" }}); t.unset?.("plan", "seats"); t.screen?.("Cart", {{ step: 2 }}); t.screen?.("Cart");
        t.consent?.(true); t.consent?.("granted");
        // @ts-expect-error there may be no ids
        ids.uid;
        // @ts-expect-error a module may have been left out
        t.identify(1);
        // @ts-expect-error an id is text or a number
        t.identify?.({{}});
        // @ts-expect-error no such option
        t.track("x", {{}}, {{ links: "a" }});
        // @ts-expect-error an endpoint is needed
        init({{}});
        // @ts-expect-error a name is text
        t.track(1);
        // @ts-expect-error internal
        t.emit_("x");
        // @ts-expect-error no constant of the build is a global of the site's
        ENDPOINT;"""
    )
    module = "ESNext" if resolution == "Bundler" else "NodeNext"
    run(
        node(), NODE_MODULES / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "--target", "ES2022",
        "--module", module, "--moduleResolution", resolution, "typed.mts", cwd=project.folder,
    )  # fmt: skip
