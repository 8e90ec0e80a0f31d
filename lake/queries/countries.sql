-- Sessions and visitors by country.
-- reads: sessions
-- scans: the days asked for of one site; si, dt, sid, uid, ts, seq, geo, flags: about 10 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column country varchar: Country, ISO 3166-1 alpha-2
-- column sessions bigint: Sessions
-- column visitors bigint: Visitors
WITH visits AS (
  SELECT
    sid,
    min_by(uid, started) AS uid,
    min_by(country, started) FILTER (WHERE country IS NOT NULL) AS country
  FROM sessions
  WHERE si = ? AND dt BETWEEN ? AND ?
  GROUP BY sid
)
SELECT country, count(*) AS sessions, count(DISTINCT uid) AS visitors
FROM visits
GROUP BY country
ORDER BY sessions DESC, country
