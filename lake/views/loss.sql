-- Events that were sent and never stored, by the gaps in the visitors' counters (seq).
-- A gap counts on the day and for the browser of the event after it. What was lost before the first event that the
-- lake has of a visitor, or after the last, leaves no gap: before_first tells the former, which may be older than the
-- lake instead. A gap whose next event came less than a day ago may yet be filled from the visitor's queue: pending.
-- Two tabs may use one number for two events. That is no gap, and if one of the two is lost none is left: then the page's
-- own count tells, which the tracker's event ids begin with (their first eight digits; the rest is the page load's).
-- reads: visitor_events
-- scans: all days of the sites asked for, by nature; of the files si, dt, uid, eid, seq, ts, received_at, device, flags.
-- column si varchar: Site
-- column dt varchar: Day of the event after the gap, UTC, YYYY-MM-DD
-- column browser varchar: Its browser
-- column visitors bigint: Visitors
-- column arrived bigint: Events with a counter that are there
-- column lost bigint: Events missing between two that are there
-- column pending bigint: Likewise, but the event after them came less than a day ago
-- column share double: lost / (lost + arrived)
-- column largest_gap bigint: The most numbers missing in one place; thousands say that a counter jumped
-- column before_first bigint: Numbers before the first event of a visitor: lost, or older than the lake
WITH steps AS (
  SELECT
    si,
    dt,
    uid,
    browser,
    seq,
    ts,
    eid,
    received_at,
    lag(seq) OVER (PARTITION BY si, uid ORDER BY seq, ts, eid) AS previous,
    cast(regexp_extract(eid, '^1[0-9]{7}') AS bigint) AS number
  FROM visitor_events
  WHERE seq > 0
),
counted AS (
  SELECT
    *,
    greatest(coalesce(seq - previous - 1, 0), 0) AS gap,
    cast(sum(greatest(coalesce(seq - previous - 1, 0), 0)) OVER (
      PARTITION BY si, uid ORDER BY seq, ts, eid ROWS UNBOUNDED PRECEDING
    ) AS bigint) AS gaps_so_far
  FROM steps
),
loads AS (
  SELECT
    *,
    lag(number) OVER (PARTITION BY si, uid, substr(eid, 9) ORDER BY number) AS number_before,
    lag(gaps_so_far) OVER (PARTITION BY si, uid, substr(eid, 9) ORDER BY number) AS gaps_before
  FROM counted
),
gaps AS (
  SELECT
    si,
    dt,
    uid,
    browser,
    CASE WHEN previous IS NULL THEN seq - 1 ELSE 0 END AS opening,
    gap + greatest(coalesce(number - number_before - 1 - greatest(gaps_so_far - gaps_before, 0), 0), 0) AS missing,
    received_at > (to_unixtime(current_timestamp) - 86400) * 1e3 AS fresh
  FROM loads
)
SELECT
  si,
  dt,
  browser,
  count(DISTINCT uid) AS visitors,
  count(*) AS arrived,
  coalesce(sum(missing) FILTER (WHERE NOT fresh), 0) AS lost,
  coalesce(sum(missing) FILTER (WHERE fresh), 0) AS pending,
  coalesce(sum(missing) FILTER (WHERE NOT fresh), 0)
    / cast(coalesce(sum(missing) FILTER (WHERE NOT fresh), 0) + count(*) AS double) AS share,
  coalesce(max(missing), 0) AS largest_gap,
  sum(opening) AS before_first
FROM gaps
GROUP BY si, dt, browser
