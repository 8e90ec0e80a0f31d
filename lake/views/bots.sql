-- What programs sent: events flagged bot, counted by day, sign and user agent. No other view but visitor_events and
-- loss counts them.
-- reads: visitor_events
-- scans: the days and sites asked for; of the files si, dt, flags, device, name, sid, uid.
-- column si varchar: Site
-- column dt varchar: Day, UTC, YYYY-MM-DD
-- column reason varchar: The signs the tracker saw (webdriver, language …), with commas between; user agent where that alone says so
-- column ua varchar: User agent
-- column events bigint: Events
-- column page_views bigint: Pages seen
-- column sessions bigint: Sessions
-- column visitors bigint: Visitors
SELECT
  si,
  dt,
  reason,
  ua,
  count(*) AS events,
  count_if(name = 'page_view') AS page_views,
  count(DISTINCT sid) AS sessions,
  count(DISTINCT uid) AS visitors
FROM (
  SELECT
    *,
    coalesce(
      nullif(
        array_join(
          array_sort(
            transform(filter(flags, flag -> starts_with(flag, 'bot:')), flag -> substr(flag, 5))
          ),
          ', '
        ),
        ''
      ),
      'user agent'
    ) AS reason
  FROM visitor_events
  WHERE contains(flags, 'bot')
) AS flagged
GROUP BY si, dt, reason, ua
