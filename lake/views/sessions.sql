-- Visits of people: one row for each session and day, so that a question for some days reads those alone.
-- A session over midnight UTC is two rows; count(DISTINCT sid) counts it once.
-- reads: visitor_events
-- scans: the days and sites asked for; of the files only the columns asked for.
-- column si varchar: Site
-- column dt varchar: Day, UTC, YYYY-MM-DD
-- column sid varchar: Session id
-- column uid varchar: Visitor id
-- column user_id varchar: Who it was, where identified in this session: the last one
-- column account_id varchar: The account, likewise
-- column started timestamp: First event, UTC
-- column ended timestamp: Last event, UTC
-- column duration_seconds double: From first to last event
-- column engaged_seconds double: Of these, how long pages were looked at (module engagement)
-- column events bigint: Events
-- column page_views bigint: Pages seen, views of screens included
-- column pages bigint: Different paths among them
-- column entry_path varchar: Path of the first page seen
-- column exit_path varchar: Path of the last page seen
-- column bounce boolean: One page or none, and no event but those the tracker sends by itself (engagement, web_vital, error)
-- column channel varchar: Marketing channel that brought it: the first that is not direct
-- column source varchar: Campaign source, or the referrer's host
-- column medium varchar: Campaign medium
-- column campaign varchar: Campaign name
-- column referrer_host varchar: The first host it came from
-- column country varchar: Country of the first event that has one
-- column lang varchar: Language, likewise
-- column browser varchar: Browser, likewise
-- column os varchar: Operating system, likewise
-- column device_type varchar: desktop, mobile or tablet, likewise
SELECT
  si,
  dt,
  sid,
  min_by(uid, moment) AS uid,
  max_by(user_id, moment) FILTER (WHERE user_id IS NOT NULL) AS user_id,
  max_by(account_id, moment) FILTER (WHERE account_id IS NOT NULL) AS account_id,
  min(time) AS started,
  max(time) AS ended,
  (max(ts) - min(ts)) / 1000e0 AS duration_seconds,
  coalesce(
    sum(try_cast(json_extract_scalar(props, '$.seconds') AS double)) FILTER (WHERE name = 'engagement'), 0e0
  ) AS engaged_seconds,
  count(*) AS events,
  count_if(name IN ('page_view', 'screen_view')) AS page_views,
  count(DISTINCT CASE WHEN name IN ('page_view', 'screen_view') THEN path END) AS pages,
  min_by(path, moment) FILTER (WHERE name IN ('page_view', 'screen_view')) AS entry_path,
  max_by(path, moment) FILTER (WHERE name IN ('page_view', 'screen_view')) AS exit_path,
  count_if(name IN ('page_view', 'screen_view')) <= 1
    AND count_if(name NOT IN ('page_view', 'screen_view', 'engagement', 'web_vital', 'error')) = 0 AS bounce,
  coalesce(min_by(channel, moment) FILTER (WHERE channel <> 'direct'), 'direct') AS channel,
  min_by(source, moment) FILTER (WHERE channel <> 'direct') AS source,
  min_by(medium, moment) FILTER (WHERE channel <> 'direct') AS medium,
  min_by(campaign, moment) FILTER (WHERE channel <> 'direct') AS campaign,
  min_by(referrer_host, moment) FILTER (WHERE referrer_host IS NOT NULL) AS referrer_host,
  min_by(country, moment) FILTER (WHERE country IS NOT NULL) AS country,
  min_by(lang, moment) FILTER (WHERE lang IS NOT NULL) AS lang,
  min_by(browser, moment) FILTER (WHERE browser IS NOT NULL) AS browser,
  min_by(os, moment) FILTER (WHERE os IS NOT NULL) AS os,
  min_by(device_type, moment) FILTER (WHERE device_type IS NOT NULL) AS device_type
FROM visitor_events
WHERE is_person
GROUP BY si, dt, sid
