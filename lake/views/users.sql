-- Visitors: one row for each, over everything the lake has of them.
-- reads: visitor_events
-- scans: all days of the sites asked for, by nature; of the files only the columns asked for.
-- column si varchar: Site
-- column uid varchar: Visitor id
-- column user_id varchar: Who it is, where identified: the last one
-- column account_id varchar: The account, likewise
-- column first_seen timestamp: First event, UTC
-- column last_seen timestamp: Last event, UTC
-- column first_dt varchar: Day of the first event
-- column last_dt varchar: Day of the last event
-- column days bigint: Days with an event
-- column sessions bigint: Sessions
-- column events bigint: Events
-- column page_views bigint: Pages seen, views of screens included
-- column engaged_seconds double: How long pages were looked at (module engagement)
-- column country varchar: Country, the last that is known
-- column lang varchar: Language, likewise
-- column browser varchar: Browser, likewise
-- column os varchar: Operating system, likewise
-- column device_type varchar: desktop, mobile or tablet, likewise
-- column user_props varchar: Persistent properties as they were last, JSON text
SELECT
  si,
  uid,
  max_by(user_id, moment) FILTER (WHERE user_id IS NOT NULL) AS user_id,
  max_by(account_id, moment) FILTER (WHERE account_id IS NOT NULL) AS account_id,
  min(time) AS first_seen,
  max(time) AS last_seen,
  min(dt) AS first_dt,
  max(dt) AS last_dt,
  count(DISTINCT dt) AS days,
  count(DISTINCT sid) AS sessions,
  count(*) AS events,
  count_if(name IN ('page_view', 'screen_view')) AS page_views,
  coalesce(
    sum(try_cast(json_extract_scalar(props, '$.seconds') AS double)) FILTER (WHERE name = 'engagement'), 0e0
  ) AS engaged_seconds,
  max_by(country, moment) FILTER (WHERE country IS NOT NULL) AS country,
  max_by(lang, moment) FILTER (WHERE lang IS NOT NULL) AS lang,
  max_by(browser, moment) FILTER (WHERE browser IS NOT NULL) AS browser,
  max_by(os, moment) FILTER (WHERE os IS NOT NULL) AS os,
  max_by(device_type, moment) FILTER (WHERE device_type IS NOT NULL) AS device_type,
  max_by(user_props, moment) FILTER (WHERE user_props <> '{}') AS user_props
FROM visitor_events
WHERE is_person
GROUP BY si, uid
