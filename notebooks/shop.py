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
    from local.stored.deployed import deployed

    return alt, datetime, deployed, features, mo, os, pl, shipped, timedelta, timezone


@app.cell
def lake(datetime, deployed, features, mo, os, timedelta, timezone):
    it = deployed(os.environ.get("STAGE"))
    midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = features.Asked(
        os.environ.get("GOAL", "purchase"), midnight - timedelta(days=7), si=os.environ.get("SI", "")
    )
    si = features.site(it, wanted)
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
def traffic(alt, ask, days, mo):
    by_day = ask("traffic", **days)
    mo.vstack(
        [
            mo.md("## Visitors by day"),
            alt.Chart(by_day)
            .mark_area(opacity=0.6)
            .encode(x="dt:T", y="visitors:Q", tooltip=["dt", "visitors", "sessions"]),
        ]
    )
    return (by_day,)


@app.cell
def channel_mix(alt, ask, days, mo, wanted):
    channels = ask("channels", **days, goal=wanted.goal)
    mo.vstack(
        [
            mo.md("## What brought them, and what came of it"),
            alt.Chart(channels)
            .mark_bar()
            .encode(x="sessions:Q", y=alt.Y("channel:N", sort="-x"), color=alt.Color("rate:Q", title=wanted.goal)),
        ]
    )
    return (channels,)


@app.cell
def funnel(alt, ask, days, mo):
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
    mo.vstack(
        [
            mo.md("## How far they come within a day"),
            alt.Chart(steps)
            .mark_bar()
            .encode(x="visitors:Q", y=alt.Y("name:N", sort=None), tooltip=["of_first", "of_previous"]),
        ]
    )
    return (steps,)


@app.cell
def retention(alt, ask, mo, si):
    cohorts = ask("retention_by_week", si=si, cohort_by="first visit")
    mo.vstack(
        [
            mo.md("## Who comes back"),
            alt.Chart(cohorts)
            .mark_rect()
            .encode(x="week:O", y="cohort:O", color="share:Q", tooltip=["size", "active"]),
        ]
    )
    return (cohorts,)


@app.cell
def load_features(features, it, pl, si, wanted):
    def load(table):
        keys = features.unload(it, table, wanted.parameters(table, si))
        return pl.read_parquet(features.read(it, keys))

    visitors = load("users")
    visits = load("sessions")
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
def result(alt, auc, mo, model, names, pl, truth, unseen, wanted):
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
            alt.Chart(importance.head(12)).mark_bar().encode(x="importance:Q", y=alt.Y("feature:N", sort="-x")),
        ]
    )
    return (importance,)


if __name__ == "__main__":
    app.run()
