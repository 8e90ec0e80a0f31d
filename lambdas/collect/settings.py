"""What the collector is told by its environment, which `infra` builds from this very class."""

from dataclasses import dataclass
from typing import Final, Literal

# In which CloudFront sends its `edge_key`.
EDGE_HEADER: Final = "x-penstock-edge"


@dataclass(frozen=True)
class Settings:
    """Field `stream_name` is the variable `STREAM_NAME`; see `lambdas.common.env`."""

    stage: str
    sink: Literal["firehose", "kinesis"]
    # Firehose delivery stream or Kinesis stream, as `sink` says; bad rows always go to Firehose.
    stream_name: str
    bad_stream_name: str
    raw_bucket: str
    raw_prefix: str = "raw/"
    bad_prefix: str = "bad/"
    # Host names; each covers its subdomains. Empty: any site.
    sites: tuple[str, ...] = ()
    collect_path: str = "/e"
    # Given with sink=firehose, where the collector folds state itself; empty with kinesis.
    state_table: str = ""
    state_ttl_days: int = 60
    # URL of the queue for what the state function is to fold: records too busy to be written at once, and with
    # sink=kinesis events that went past the stream.
    later_queue: str = ""
    ip: Literal["drop", "truncate", "keep"] = "drop"
    # What CloudFront adds to its requests, and nobody else knows; empty: everybody is believed.
    edge_key: str = ""
    gpc: Literal["honour", "ignore"] = "honour"
    opt_out_cookie: str = "penstock_optout"
    # The site's registrable domain, which the collector's host is below; empty: no cookie is set.
    cookie_domain: str = ""
    # Start of the tracker's cookie names.
    cookie_prefix: str = "_ps_"
    # Where instances agree on the day's salt; empty: each has its own.
    salt_table: str = ""
