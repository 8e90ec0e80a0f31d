"""What a shop's events tell: `make notebook` opens it, `python notebooks/shop.py` runs it without a browser.

It asks the local stack (`make up`, `make demo-traffic`), or an account's deployment where STAGE names one; nothing else
differs between the two.
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Penstock: a shop's events")


@app.cell
def imports():
    import os
    import sys
    from datetime import datetime, timedelta, timezone
    from pathlib import Path

    import altair as alt
    import marimo as mo
    import polars as pl

    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from local import features
    from local.query import shipped
    from local.query.engine import QueryError
    from local.stack import LocalError
    from local.stored.deployed import deployed

    faults = (LocalError, QueryError)

    def wide(chart, height):
        return chart.properties(width=640, height=height)

    return alt, datetime, deployed, faults, features, mo, os, pl, shipped, timedelta, timezone, wide


@app.cell
def lake(datetime, deployed, faults, features, mo, os, timedelta, timezone):
    midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = features.Asked(
        os.environ.get("GOAL", "purchase"), midnight - timedelta(days=7), si=os.environ.get("SI", "")
    )
    try:
        it = deployed(os.environ.get("STAGE"))
        si = features.site(it, wanted)
    except faults as error:
        mo.stop(True, mo.callout(str(error), kind="danger"))
    days = {"si": si, "from": f"{midnight - timedelta(days=35):%Y-%m-%d}", "to": f"{midnight:%Y-%m-%d}"}
    mo.md(f"# {si}\n\nFrom {days['from']} to {days['to']}, UTC. The goal is `{wanted.goal}`.")
    return days, it, si, wanted


@app.cell
def asking(it, pl, shipped):
    kinds = {"bigint": pl.Int64, "double": pl.Float64, "boolean": pl.Boolean, "date": pl.Date}

    def ask(name, **given):
        """The rows of a query of lake/queries, typed."""
        question = shipped.load(name)
        result = it.engine.run(question.sql, question.literals(given))
        rows = pl.DataFrame(list(result.rows), schema=[column.name for column in question.columns], orient="row")
        return rows.cast(pl.String).with_columns(
            (pl.col(column.name) == "true").alias(column.name)
            if column.type == "boolean"
            else pl.col(column.name).str.to_date().alias(column.name)
            if column.type == "date"
            else pl.col(column.name).cast(kinds.get(column.type, pl.String)).alias(column.name)
            for column in question.columns
        )

    return (ask,)


@app.cell
def traffic(alt, ask, days, mo, pl, wide):
    by_day = ask("traffic", **days)
    _over = by_day.filter(pl.col("dt") < days["to"])  # today would look like a fall
    mo.vstack(
        [
            mo.md("## Visitors by day"),
            wide(
                alt.Chart(_over if len(_over) else by_day)
                .mark_area(opacity=0.6)
                .encode(x=alt.X("dt:T", title=None), y="visitors:Q", tooltip=["dt", "visitors", "sessions"]),
                220,
            ),
        ]
    )
    return (by_day,)


@app.cell
def channel_mix(alt, ask, days, mo, wanted, wide):
    channels = ask("channels", **days, goal=wanted.goal)
    mo.vstack(
        [
            mo.md("## What brought them, and what came of it"),
            wide(
                alt.Chart(channels)
                .mark_bar()
                .encode(
                    x="sessions:Q",
                    y=alt.Y("channel:N", sort="-x", title=None),
                    color=alt.Color("rate:Q", title=f"with {wanted.goal}", legend=alt.Legend(format=".0%")),
                    tooltip=["channel", "sessions", "visitors", "converted"],
                ),
                160,
            ),
        ]
    )
    return (channels,)


@app.cell
def funnel(alt, ask, days, mo, wide):
    steps = ask(
        "funnel",
        **days,
        step1="page_view",
        step2="view_item",
        step3="add_to_cart",
        step4="begin_checkout",
        step5="purchase",
        hours="24",
    )
    _bars = alt.Chart(steps).encode(
        x="visitors:Q", y=alt.Y("name:N", sort=None, title=None), tooltip=["of_first", "of_previous"]
    )
    _shares = _bars.mark_text(align="left", dx=4).encode(text=alt.Text("of_first:Q", format=".0%"))
    mo.vstack([mo.md("## How far they come within a day"), wide(_bars.mark_bar() + _shares, 160)])
    return (steps,)


@app.cell
def retention(alt, ask, mo, pl, si, wide):
    cohorts = ask("retention_by_week", si=si, cohort_by="first visit")
    _later = cohorts.filter(pl.col("week") > 0)
    _squares = alt.Chart(_later.with_columns(pl.col("cohort").cast(pl.String))).encode(
        x=alt.X("week:O", title="weeks after the first visit", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("cohort:O", title="week of the first visit"),
        tooltip=["size", "active"],
    )
    _shares = _squares.mark_text(color="black").encode(text=alt.Text("share:Q", format=".0%"))
    _colours = _squares.mark_rect().encode(
        color=alt.Color("share:Q", legend=None, scale=alt.Scale(range=["#eff3ff", "#6baed6"]))
    )
    mo.vstack(
        [mo.md("## Who comes back"), wide(_colours + _shares, 220) if len(_later) else mo.md("No week is over yet.")]
    )
    return (cohorts,)


@app.cell
def load_features(features, it, mo, pl, si, wanted):
    def load(table):
        files = features.read(it, features.unload(it, table, wanted.parameters(table, si)))
        return pl.read_parquet(files) if files else pl.DataFrame({"label": []}, schema={"label": pl.Boolean})

    visitors = load("users")
    visits = load("sessions")
    _came = visits["label"].sum()
    mo.stop(
        len(visits) < 200 or not 20 <= _came <= len(visits) - 20,
        mo.callout(
            f"{len(visits):,} sessions, {_came:,} of which came to {wanted.goal}: too few to learn from. On the local"
            " stack `make demo-traffic` makes more."
        ),
    )
    return visitors, visits


@app.cell
def training(pl, visits):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.metrics import roc_auc_score

    def fit(table, moment):
        """Learns from the earlier three quarters and is judged by the later quarter, as it would be in use."""
        table = table.sort(moment)
        kinds = {
            name: kind for name, kind in table.schema.items() if kind.is_numeric() or kind in (pl.Boolean, pl.String)
        }
        told = [name for name in kinds if name not in ("si", "sid", "uid", "label", "label_events")]
        matrix = table.select(
            pl.col(name).cast(pl.Categorical).to_physical().cast(pl.Float64)
            if kinds[name] == pl.String
            else pl.col(name).cast(pl.Float64)
            for name in told
        ).to_numpy()
        labels = table["label"].to_numpy()
        edge = len(labels) * 3 // 4
        model = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, random_state=0)
        model.fit(matrix[:edge], labels[:edge])
        chances = model.predict_proba(matrix[edge:])[:, 1]
        return model, told, matrix[edge:], labels[edge:], roc_auc_score(labels[edge:], chances)

    model, names, unseen, truth, auc = fit(visits, "cutoff")
    return auc, model, names, truth, unseen


@app.cell
def result(alt, auc, mo, model, names, pl, truth, unseen, wanted, wide):
    from sklearn.inspection import permutation_importance

    found = permutation_importance(model, unseen, truth, scoring="roc_auc", n_repeats=5, random_state=0)
    importance = pl.DataFrame({"feature": names, "importance": found.importances_mean}).sort(
        "importance", descending=True
    )
    mo.vstack(
        [
            mo.md(
                f"## Will this session come to `{wanted.goal}`?\n\nAfter its first {wanted.minutes:g} minutes, of two"
                f" sessions of which one will and one will not, the model names the right one in {auc:.0%} of cases"
                f" (AUC; {len(truth):,} sessions it had not seen)."
            ),
            wide(
                alt.Chart(importance.head(12))
                .mark_bar()
                .encode(
                    x=alt.X("importance:Q", title="what the AUC loses without it"),
                    y=alt.Y("feature:N", sort="-x", title=None),
                ),
                240,
            ),
        ]
    )
    return (importance,)


if __name__ == "__main__":
    app.run()
