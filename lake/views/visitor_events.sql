-- Every event once, with what people ask of it already worked out. The other views read this one.
-- reads: all_events
-- scans: the days and sites asked for; of the files only the columns asked for.
-- column si varchar: Site
-- column dt varchar: Day of the event, UTC, YYYY-MM-DD
-- column time timestamp: When it happened, UTC
-- column eid varchar: Event id
-- column sid varchar: Session id
-- column uid varchar: Visitor id
-- column name varchar: Event name
-- column seq bigint: The visitor's counter
-- column ts bigint: When it happened, epoch ms
-- column received_at bigint: The server's clock at arrival, epoch ms
-- column moment bigint: Orders the events of a visitor: by time, then by counter
-- column url varchar: Address of the page
-- column host varchar: Its host
-- column path varchar: Its path
-- column title varchar: Its title
-- column referrer varchar: Where the page was reached from
-- column referrer_host varchar: The host of that, where it is another one than the page's
-- column channel varchar: Marketing channel as the tracker told it; for other clients campaign, referral or direct
-- column source varchar: Campaign source, or the referrer's host
-- column medium varchar: Campaign medium
-- column campaign varchar: Campaign name
-- column term varchar: Campaign term
-- column content varchar: Campaign content
-- column click_id varchar: Click id of an advertisement
-- column country varchar: Country, ISO 3166-1 alpha-2
-- column region varchar: Region
-- column city varchar: City
-- column lang varchar: Language of the browser
-- column browser varchar: Edge, Opera, Samsung Internet, Firefox, Chrome, Safari, Internet Explorer or Other, by the user agent
-- column os varchar: iOS, Android, Windows, macOS, ChromeOS, Linux or Other, by the user agent
-- column device_type varchar: desktop, mobile or tablet, by the user agent
-- column ua varchar: User agent
-- column user_id varchar: Who it is, where the visitor is identified
-- column account_id varchar: The visitor's account
-- column props varchar: What was sent, JSON text
-- column user_props varchar: Persistent properties of the user, JSON text
-- column flags array(varchar): Flags
-- column is_person boolean: Not flagged bot, staging or impersonating
-- column api varchar: The way in: batch, url, pixel …
SELECT
  si,
  dt,
  cast(from_unixtime(ts / 1e3) AS timestamp) AS time,
  eid,
  sid,
  uid,
  name,
  seq,
  ts,
  received_at,
  ts * 1000000 + greatest(least(coalesce(seq, 0), 999999), 0) AS moment,
  page.url AS url,
  url_extract_host(page.url) AS host,
  page.path AS path,
  page.title AS title,
  page.referrer AS referrer,
  nullif(nullif(url_extract_host(page.referrer), url_extract_host(page.url)), '') AS referrer_host,
  coalesce(
    campaign.channel,
    CASE
      WHEN coalesce(campaign.source, campaign.medium, campaign.name, campaign.click_id) IS NOT NULL THEN 'campaign'
      WHEN nullif(nullif(url_extract_host(page.referrer), url_extract_host(page.url)), '') IS NOT NULL THEN 'referral'
      ELSE 'direct'
    END
  ) AS channel,
  coalesce(
    campaign.source,
    nullif(nullif(url_extract_host(page.referrer), url_extract_host(page.url)), '')
  ) AS source,
  campaign.medium AS medium,
  campaign.name AS campaign,
  campaign.term AS term,
  campaign.content AS content,
  campaign.click_id AS click_id,
  geo.country AS country,
  geo.region AS region,
  geo.city AS city,
  device.lang AS lang,
  CASE
    WHEN device.ua IS NULL THEN NULL
    WHEN regexp_like(device.ua, 'Edg(e|A|iOS)?/') THEN 'Edge'
    WHEN regexp_like(device.ua, 'OPR/|Opera') THEN 'Opera'
    WHEN regexp_like(device.ua, 'SamsungBrowser/') THEN 'Samsung Internet'
    WHEN regexp_like(device.ua, 'Firefox/|FxiOS/') THEN 'Firefox'
    WHEN regexp_like(device.ua, 'Chrome/|Chromium/|CriOS/') THEN 'Chrome'
    WHEN regexp_like(device.ua, 'Version/.*Safari/') THEN 'Safari'
    WHEN regexp_like(device.ua, 'MSIE |Trident/') THEN 'Internet Explorer'
    ELSE 'Other'
  END AS browser,
  CASE
    WHEN device.ua IS NULL THEN NULL
    WHEN regexp_like(device.ua, 'iPhone|iPad|iPod') THEN 'iOS'
    WHEN regexp_like(device.ua, 'Android') THEN 'Android'
    WHEN regexp_like(device.ua, 'Windows') THEN 'Windows'
    WHEN regexp_like(device.ua, 'Macintosh|Mac OS X') THEN 'macOS'
    WHEN regexp_like(device.ua, 'CrOS') THEN 'ChromeOS'
    WHEN regexp_like(device.ua, 'Linux|X11') THEN 'Linux'
    ELSE 'Other'
  END AS os,
  CASE
    WHEN device.ua IS NULL THEN NULL
    WHEN regexp_like(device.ua, 'iPad|Tablet') THEN 'tablet'
    WHEN regexp_like(device.ua, 'Mobi|iPhone|iPod') THEN 'mobile'
    WHEN regexp_like(device.ua, 'Android') THEN 'tablet'
    ELSE 'desktop'
  END AS device_type,
  device.ua AS ua,
  json_extract_scalar("user", '$.user_id') AS user_id,
  json_extract_scalar("user", '$.account_id') AS account_id,
  props,
  "user" AS user_props,
  flags,
  NOT coalesce(arrays_overlap(flags, ARRAY['bot', 'staging', 'impersonating']), false) AS is_person,
  src.api AS api
FROM all_events
