-- How many come back: cohorts by week (from Monday, UTC), of visitors by their first visit and of accounts by the day
-- they were created (user.account.created_at: an ISO date or time, or epoch seconds or ms).
-- A week still running counts what it has so far: see complete.
-- reads: visitor_events
-- scans: all days of the sites asked for, by nature; of the files si, dt, uid, ts, flags, user.
-- column si varchar: Site
-- column cohort_by varchar: first visit, or account created
-- column cohort date: Monday of the cohort's week
-- column week bigint: Weeks since then; 0 is the cohort's own week
-- column size bigint: Visitors, or accounts, of the cohort that were ever seen from that week on
-- column active bigint: Those of them with an event in this week
-- column share double: active / size
-- column complete boolean: Whether the week is over
WITH activity AS (
  SELECT
    si,
    'first visit' AS cohort_by,
    uid AS member,
    cast(NULL AS date) AS created,
    cast(date_trunc('week', date(dt)) AS date) AS monday
  FROM visitor_events
  WHERE is_person
  UNION ALL
  SELECT
    si,
    'account created' AS cohort_by,
    account_id AS member,
    coalesce(
      try_cast(substr(created_at, 1, 10) AS date),
      date(
        from_unixtime(
          CASE
            WHEN try_cast(created_at AS double) BETWEEN 1e11 AND 1e14 THEN try_cast(created_at AS double) / 1e3
            WHEN try_cast(created_at AS double) BETWEEN 0e0 AND 1e11 THEN try_cast(created_at AS double)
          END
        )
      )
    ) AS created,
    cast(date_trunc('week', date(dt)) AS date) AS monday
  FROM (
    SELECT si, dt, account_id, json_extract_scalar(user_props, '$.account.created_at') AS created_at
    FROM visitor_events
    WHERE is_person AND account_id IS NOT NULL
  ) AS of_accounts
),
members AS (
  SELECT si, cohort_by, member, cast(date_trunc('week', coalesce(created, seen)) AS date) AS cohort
  FROM (
    SELECT si, cohort_by, member, min(created) AS created, min(monday) AS seen
    FROM activity
    GROUP BY si, cohort_by, member
  ) AS firsts
  WHERE cohort_by = 'first visit' OR created IS NOT NULL
),
active AS (
  SELECT a.si, a.cohort_by, m.cohort, a.monday, count(DISTINCT a.member) AS active
  FROM activity AS a
  JOIN members AS m ON m.si = a.si AND m.cohort_by = a.cohort_by AND m.member = a.member
  GROUP BY a.si, a.cohort_by, m.cohort, a.monday
),
cohorts AS (
  SELECT si, cohort_by, cohort, count(*) AS size
  FROM members
  GROUP BY si, cohort_by, cohort
),
weeks AS (
  SELECT DISTINCT si, monday
  FROM activity
)
SELECT
  c.si,
  c.cohort_by,
  c.cohort,
  date_diff('day', c.cohort, w.monday) / 7 AS week,
  c.size,
  coalesce(a.active, 0) AS active,
  coalesce(a.active, 0) / cast(c.size AS double) AS share,
  cast(date_add('day', 7, w.monday) AS date) <= current_date AS complete
FROM cohorts AS c
JOIN weeks AS w ON w.si = c.si AND w.monday >= c.cohort
LEFT JOIN active AS a
  ON a.si = c.si AND a.cohort_by = c.cohort_by AND a.cohort = c.cohort AND a.monday = w.monday
