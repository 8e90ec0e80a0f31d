"""`make query`: Athena SQL over the events, on the local stack or in an AWS account, by one interface."""
