-- Sessions by campaign tags.
-- reads: sessions
-- scans: the days asked for of one site; si, dt, sid, uid, name, ts, seq, campaign, page, flags: about 12 bytes an event.
-- parameter si varchar: Site
-- parameter from varchar: First day, UTC, YYYY-MM-DD
-- parameter to varchar: Last day, UTC, YYYY-MM-DD
-- column source varchar: Campaign source, or the referrer's host
-- column medium varchar: Campaign medium
-- column campaign varchar: Campaign name
-- column sessions bigint: Sessions
-- column visitors bigint: Visitors
-- column bounce_rate double: Share of sessions with one page and nothing done
SELECT
  source,
  medium,
  campaign,
  count(*) AS sessions,
  count(DISTINCT uid) AS visitors,
  avg(CASE WHEN bounce THEN 1e0 ELSE 0e0 END) AS bounce_rate
FROM sessions
WHERE si = ? AND dt BETWEEN ? AND ? AND channel <> 'direct'
GROUP BY source, medium, campaign
ORDER BY sessions DESC, source, medium, campaign
