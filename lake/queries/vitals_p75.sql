-- Core Web Vitals by page: the 75th percentile, which is what Google rates, and the share rated good.
-- reads: web_vitals
-- scans: the days asked for of one site; si, dt, name, page, props, flags: about 10 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column metric varchar: LCP, INP, CLS, FCP or TTFB
-- column path varchar: Path of the page
-- column measured bigint: Measurements
-- column p75 double: 75th percentile; milliseconds, CLS a number
-- column good double: Share rated good
SELECT
  metric,
  path,
  count(*) AS measured,
  approx_percentile(value, 0.75) AS p75,
  avg(CASE WHEN rating = 'good' THEN 1e0 ELSE 0e0 END) AS good
FROM web_vitals
WHERE si = ? AND dt BETWEEN ? AND ? AND value IS NOT NULL
GROUP BY metric, path
ORDER BY metric, measured DESC, path
