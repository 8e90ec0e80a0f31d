-- How many visitors take steps in this order, each after the one before, all within hours of the first.
-- Other events may lie between. A visitor who begins anew counts with the attempt that came furthest.
-- reads: visitor_events
-- scans: the days asked for of one site; si, dt, uid, name, ts, seq, eid, flags: about 27 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- parameter step1 varchar: Event name of the first step, such as page_view
-- parameter step2 varchar: Of the second, such as add_to_cart
-- parameter step3 varchar: Of the third; '' for none
-- parameter step4 varchar: Of the fourth; '' for none
-- parameter step5 varchar: Of the fifth; '' for none
-- parameter hours double: How long the whole may take
-- column step bigint: 1, 2 …
-- column name varchar: Event name
-- column visitors bigint: Visitors who came as far
-- column of_first double: Share of those of the first step
-- column of_previous double: Share of those of the step before
-- column median_seconds double: Median time from the first step, of the quickest attempt
WITH events AS (
  SELECT uid, eid, name, ts, moment
  FROM visitor_events
  WHERE si = ? AND dt BETWEEN ? AND ? AND is_person
),
steps AS (
  SELECT step, name
  FROM (VALUES (1, ?), (2, ?), (3, ?), (4, ?), (5, ?)) AS given (step, name)
  WHERE name <> ''
),
allowed AS (
  SELECT ? * 3600e3 AS ms
),
-- For each event and step: the latest beginning from which the step before was reached in time. The latest is enough,
-- since whatever is in time from an earlier beginning is in time from it.
marked AS (
  SELECT
    e.uid,
    e.eid,
    e.moment,
    e.ts,
    count_if(s.step = 1) > 0 AS is1,
    count_if(s.step = 2) > 0 AS is2,
    count_if(s.step = 3) > 0 AS is3,
    count_if(s.step = 4) > 0 AS is4,
    count_if(s.step = 5) > 0 AS is5,
    max(a.ms) AS ms
  FROM events AS e
  JOIN steps AS s ON s.name = e.name
  CROSS JOIN allowed AS a
  GROUP BY e.uid, e.eid, e.moment, e.ts
),
first_step AS (
  SELECT *, CASE WHEN is1 THEN ts END AS began1
  FROM marked
),
second_step AS (
  SELECT
    *,
    CASE
      WHEN is2 THEN max(began1) OVER (
        PARTITION BY uid ORDER BY moment, eid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      )
    END AS reached2
  FROM first_step
),
third_step AS (
  SELECT
    *,
    CASE
      WHEN is3 THEN max(CASE WHEN ts - reached2 <= ms THEN reached2 END) OVER (
        PARTITION BY uid ORDER BY moment, eid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      )
    END AS reached3
  FROM second_step
),
fourth_step AS (
  SELECT
    *,
    CASE
      WHEN is4 THEN max(CASE WHEN ts - reached3 <= ms THEN reached3 END) OVER (
        PARTITION BY uid ORDER BY moment, eid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      )
    END AS reached4
  FROM third_step
),
fifth_step AS (
  SELECT
    *,
    CASE
      WHEN is5 THEN max(CASE WHEN ts - reached4 <= ms THEN reached4 END) OVER (
        PARTITION BY uid ORDER BY moment, eid ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      )
    END AS reached5
  FROM fourth_step
),
reached AS (
  SELECT uid, 1 AS step, ts - began1 AS took FROM fifth_step WHERE began1 IS NOT NULL
  UNION ALL
  SELECT uid, 2 AS step, ts - reached2 AS took FROM fifth_step WHERE ts - reached2 <= ms
  UNION ALL
  SELECT uid, 3 AS step, ts - reached3 AS took FROM fifth_step WHERE ts - reached3 <= ms
  UNION ALL
  SELECT uid, 4 AS step, ts - reached4 AS took FROM fifth_step WHERE ts - reached4 <= ms
  UNION ALL
  SELECT uid, 5 AS step, ts - reached5 AS took FROM fifth_step WHERE ts - reached5 <= ms
),
quickest AS (
  SELECT uid, step, min(took) AS took
  FROM reached
  GROUP BY uid, step
),
counted AS (
  SELECT step, count(*) AS visitors, approx_percentile(took / 1000e0, 0.5) AS median_seconds
  FROM quickest
  GROUP BY step
)
SELECT
  cast(s.step AS bigint) AS step,
  s.name,
  coalesce(c.visitors, 0) AS visitors,
  coalesce(c.visitors, 0) / nullif(cast(first_value(c.visitors) OVER (ORDER BY s.step) AS double), 0e0) AS of_first,
  coalesce(c.visitors, 0) / nullif(cast(lag(c.visitors) OVER (ORDER BY s.step) AS double), 0e0) AS of_previous,
  c.median_seconds
FROM steps AS s
LEFT JOIN counted AS c ON c.step = s.step
ORDER BY 1
