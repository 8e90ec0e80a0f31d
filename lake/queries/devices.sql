-- Sessions by device, operating system and browser.
-- reads: sessions
-- scans: the days asked for of one site; si, dt, sid, uid, ts, seq, device, flags: about 12 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column device_type varchar: desktop, mobile or tablet
-- column os varchar: Operating system
-- column browser varchar: Browser
-- column sessions bigint: Sessions
-- column visitors bigint: Visitors
WITH visits AS (
  SELECT
    sid,
    min_by(uid, started) AS uid,
    min_by(device_type, started) FILTER (WHERE device_type IS NOT NULL) AS device_type,
    min_by(os, started) FILTER (WHERE os IS NOT NULL) AS os,
    min_by(browser, started) FILTER (WHERE browser IS NOT NULL) AS browser
  FROM sessions
  WHERE si = ? AND dt BETWEEN ? AND ?
  GROUP BY sid
)
SELECT
  device_type,
  os,
  browser,
  count(*) AS sessions,
  count(DISTINCT uid) AS visitors
FROM visits
GROUP BY device_type, os, browser
ORDER BY sessions DESC, device_type, os, browser
