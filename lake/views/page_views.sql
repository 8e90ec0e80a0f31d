-- Page views of people: one row for each.
-- reads: visitor_events
-- scans: the days and sites asked for; of the files only the columns asked for.
-- column si varchar: Site
-- column dt varchar: Day, UTC, YYYY-MM-DD
-- column time timestamp: When the page was seen, UTC
-- column eid varchar: Event id
-- column sid varchar: Session id
-- column uid varchar: Visitor id
-- column user_id varchar: Who it is, where the visitor is identified
-- column url varchar: Address
-- column host varchar: Host
-- column path varchar: Path
-- column title varchar: Title
-- column referrer varchar: Where the page was reached from
-- column referrer_host varchar: The host of that, where it is another one than the page's
-- column channel varchar: Marketing channel of the session
-- column source varchar: Campaign source, or the referrer's host
-- column medium varchar: Campaign medium
-- column campaign varchar: Campaign name
-- column country varchar: Country, ISO 3166-1 alpha-2
-- column lang varchar: Language of the browser
-- column browser varchar: Browser, by the user agent
-- column os varchar: Operating system, by the user agent
-- column device_type varchar: desktop, mobile or tablet, by the user agent
-- column props varchar: What was sent with it, JSON text
SELECT
  si,
  dt,
  time,
  eid,
  sid,
  uid,
  user_id,
  url,
  host,
  path,
  title,
  referrer,
  referrer_host,
  channel,
  source,
  medium,
  campaign,
  country,
  lang,
  browser,
  os,
  device_type,
  props
FROM visitor_events
WHERE name = 'page_view' AND is_person
