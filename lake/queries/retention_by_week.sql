-- Cohorts and how many of them come back, week by week.
-- reads: retention
-- scans: all days of one site, by nature; si, dt, uid, flags, user: about 3 bytes an event.
-- parameter si varchar: Site
-- parameter cohort_by varchar: first visit, or account created
-- column cohort date: Monday of the cohort's week
-- column week bigint: Weeks since then
-- column size bigint: Its visitors, or accounts
-- column active bigint: Those with an event in this week
-- column share double: active / size
SELECT cohort, week, size, active, share
FROM retention
WHERE si = ? AND cohort_by = ? AND complete
ORDER BY cohort, week
