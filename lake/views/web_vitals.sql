-- Core Web Vitals as visitors felt them: one row for each measurement (module vitals).
-- reads: visitor_events
-- scans: the days and sites asked for; of the files only the columns asked for.
-- column si varchar: Site
-- column dt varchar: Day, UTC, YYYY-MM-DD
-- column time timestamp: When it was measured, UTC
-- column sid varchar: Session id
-- column uid varchar: Visitor id
-- column path varchar: Path of the page
-- column metric varchar: LCP, INP, CLS, FCP or TTFB
-- column value double: Milliseconds; CLS a number
-- column rating varchar: good, needs-improvement or poor
-- column navigation varchar: How the page was reached: navigate, reload, back-forward …
-- column country varchar: Country, ISO 3166-1 alpha-2
-- column browser varchar: Browser, by the user agent
-- column device_type varchar: desktop, mobile or tablet, by the user agent
SELECT
  si,
  dt,
  time,
  sid,
  uid,
  path,
  json_extract_scalar(props, '$.metric') AS metric,
  try_cast(json_extract_scalar(props, '$.value') AS double) AS value,
  json_extract_scalar(props, '$.rating') AS rating,
  json_extract_scalar(props, '$.navigation') AS navigation,
  country,
  browser,
  device_type
FROM visitor_events
WHERE name = 'web_vital' AND is_person
