"""Amazon Athena on this machine: its API over the emulator's Glue and S3, with DuckDB where Athena has Trino."""
