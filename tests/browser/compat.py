"""What pages of other trackers have on them, by those trackers' own documents, and what becomes of such a page."""

import json

from lambdas.common.event import parse_line
from lambdas.state.fold import fold
from lambdas.state.record import Key, State
from tests.browser.drivers.protocol import Context, Tab
from tests.browser.shop import Shop

PIPES = """<script>!function(){
window.pipes = window.pipes || [];
if (pipes.init) return;
if (pipes.invoked) { console.error('Pipes tracker included twice'); return }
pipes.invoked = true; pipes.init = false;
['identity','track','page','screen','trackLink','trackForm','disable'].forEach(function (name) {
  pipes[name] = function () { pipes.push([name].concat([].slice.call(arguments))); return pipes }
});
var script = document.createElement('script'); script.async = true; script.src = '/t.js';
document.head.appendChild(script);
}()</script>"""

DATA_LAYER = """<script>var dataLayer = dataLayer || []; dataLayer.push({
"identity": {"account": {"id": "acme"}, "user": {"id": "u7"}},
"context": {"staging": "true", "impersonating": "true"},
"accountProperties": {"created_at": "1700000000"}});</script>"""


def innertrends(name: str = "_itl", key: str = "shop-key") -> str:
    """The snippet of its documents."""
    return (
        "<script type='text/javascript'>(function(w,o,d,s) {"
        "w['_itlt']=[]; w['_itlq']=[];w['_itld']=s;w[o]=w[o]||{log:function(t,v,p){w['_itlt'].push([t,v,p])},"
        "stream:function(q){w['_itlq'].push([q])}};"
        "var pa = d.createElement('script'), ae = d.getElementsByTagName('script')[0];"
        "pa.async = 1; pa.src = '/t.js'; pa.type = 'text/javascript'; ae.parentNode.insertBefore(pa, ae);"
        f"}})(window,'{name}',document,'{key}');</script>"
    )


def visit(shop: Shop, context: Context, html: str, path: str = "/") -> Tab:
    """A page that is `html` and nothing else, with its script loaded."""
    shop.site.page(
        path.partition("?")[0], f"<!doctype html><html><head><title>Shop</title></head><body>{html}</body></html>"
    )
    return shop.open(context, path)


def folded(shop: Shop, key: Key) -> State:
    """The record that the collected lines make."""
    state = fold(key, None, [parse_line(json.dumps(event).encode()) for event in shop.collector.events])
    assert state
    return state
