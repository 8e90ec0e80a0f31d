"""`make schema`: a view with typed columns for each event name, from what has been sent under it."""
