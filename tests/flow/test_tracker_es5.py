"""The published bundle in an ES5 engine (Duktape): it parses, runs, keeps its events and sends them.

The engine has no DOM, no fetch, no Promise, no crypto, no typed array view of it: what an old browser lacks.
"""

import json
from typing import Any

import dukpy
import pytest

from tracker_build.bundle import bundle
from tracker_build.spec import TrackerSpec
from tracker_build.stage import tools

# As much of an old browser as the tracker touches.
BROWSER = """
var window = this, listeners = {}, timers = [], sent = [], cookies = {}, attributes = {'data-site': 'old.example'};
function addEventListener(type, listener) { (listeners[type] = listeners[type] || []).push(listener) }
function setTimeout(fn, after) { timers.push([fn, after]); return timers.length }
function clearTimeout(id) { if (id) timers[id - 1] = null }
function tick() {
  var due = timers;
  timers = [];
  due.forEach(function (timer) { if (timer && timer[1] < 1e4) timer[0]() });
}
var location = {hostname: 'old.example', pathname: '/p', href: 'http://old.example/p?q=1', protocol: 'http:',
  search: '?q=1', origin: 'http://old.example'};
var navigator = {language: 'de', userAgent: 'Old'}, screen = {width: 800, height: 600};
var innerWidth = 700, innerHeight = 500, outerWidth = 700, outerHeight = 500, pageYOffset = 0;
var history = {pushState: function (s, t, url) { location.pathname = url; location.href = 'http://old.example' + url },
  replaceState: function () {}};
var localStorage = {};
function stored() { try { return Object.keys(localStorage) } catch (e) { return [] } }
var document = {title: 'Old page', referrer: '', hidden: false, visibilityState: 'visible',
  addEventListener: addEventListener, documentElement: {getAttribute: function () { return null }, scrollHeight: 500},
  currentScript: {src: '/t.js', getAttribute: function (name) { return name in attributes ? attributes[name] : null }}};
Object.defineProperty(document, 'cookie', {
  get: function () { return Object.keys(cookies).map(function (name) { return name + '=' + cookies[name] })
    .join('; ') },
  set: function (text) {
    var pair = text.split(';')[0].split('='), age = /max-age=(\\d+)/.exec(text)[1];
    if (/domain=example(;|$)/.test(text)) return;  // a public suffix
    if (+age) cookies[pair[0]] = pair[1]; else delete cookies[pair[0]];
  }
});
function XMLHttpRequest() {}
XMLHttpRequest.prototype = {
  open: function (method, url) { this.url = method + ' ' + url },
  send: function (body) { sent.push([this.url, body]); this.status = 200; this.onloadend() }
};
"""


def run(modules: tuple[str, ...], act: str, lacking: tuple[str, str] = ("", "")) -> dict[str, Any]:
    """What has been sent, is stored and is set once `act` was done on a page with the tracker.

    `lacking` puts its second part in the place of its first in BROWSER.
    """
    spec = TrackerSpec(endpoint="http://t.old.example/e", modules=modules)
    script = bundle(spec, tools()).script.decode()
    assert lacking[0] in BROWSER
    browser = BROWSER.replace(*lacking)
    result = "JSON.stringify({sent: sent, stored: stored(), cookies: cookies})"
    return dict(json.loads(dukpy.evaljs([browser, script, act, "tick(); tick();", result])))


def test_page_views_and_events_are_sent() -> None:
    done = run(("pageviews",), "penstock.track('äpfel', {n: 1, deep: {er: [1]}}); history.pushState(0, '', '/next');")
    [[url, body]] = done["sent"]
    assert url == "POST http://t.old.example/e"
    batch = json.loads(body)
    assert batch["si"] == "old.example"
    assert [(event["name"], event["seq"]) for event in batch["events"]] == [
        ("page_view", 1),
        ("äpfel", 2),
        ("page_view", 3),
    ]
    assert batch["events"][1]["props"] == {"n": 1, "deep": {"er": [1]}}
    assert len({event["eid"] for event in batch["events"]}) == 3
    assert done["stored"] == ["_ps_id", "_ps_s"]
    assert set(done["cookies"]) == {"_ps_id", "_ps_s"}


@pytest.mark.parametrize(
    "lacking",
    [
        ("var localStorage = {};", "var localStorage = null;"),
        ("var localStorage = {};", "Object.defineProperty(this, 'localStorage', {get: function () { throw 1 }});"),
        ("get: function () { return Object.keys(cookies)", "get: function () { throw 1; return Object.keys(cookies)"),
        ("  currentScript: {", "  script: {"),
        ("screen = {width: 800, height: 600}", "screen = {}"),
    ],
    ids=["null storage", "no storage", "no cookies", "no currentScript", "no screen"],
)
def test_it_goes_on_without(lacking: tuple[str, str]) -> None:
    done = run(("pageviews",), "penstock.track('on');", lacking)
    assert [event["name"] for event in json.loads(done["sent"][0][1])["events"]] == ["page_view", "on"]


def test_with_every_module_the_core_runs_on() -> None:
    done = run((*TrackerSpec("http://x/e").modules,), "penstock.track('on', {}); otus.track('otus');")
    names = [event["name"] for event in json.loads(done["sent"][0][1])["events"]]
    assert names == ["page_view", "on", "otus"]


def test_opted_out_nothing_is_stored_or_sent() -> None:
    done = run(("pageviews",), "penstock.optOut(); penstock.track('no');")
    assert done["sent"] == []
    assert done["stored"] == ["penstock_optout"]
    assert done["cookies"] == {"penstock_optout": "1"}
