"""Every limit of what a request may hold, in one place; docs/reference/http.md lists them."""

from typing import Final

# Bytes of a decoded body. API Gateway passes on 10 MB, Lambda takes 6; a tracker's batch is under 60.
BODY_BYTES: Final = 1_000_000
EVENTS_PER_BATCH: Final = 500
# Bytes of a batch without its events. They are written once for each event, so that this times
# EVENTS_PER_BATCH bounds what one request can grow to: 8 MB.
SHARED_BYTES: Final = 16_384
# Containers in containers, `props` (or `user`) itself being the first.
DEPTH: Final = 32
# Characters of a key at any depth.
KEY_CHARACTERS: Final = 256
SITE_CHARACTERS: Final = 255
# Characters of `sid` and `uid`.
ID_CHARACTERS: Final = 512
FLAGS: Final = 32
FLAG_CHARACTERS: Final = 64
# Times and counters are below this: what a JavaScript number holds exactly.
INTEGER: Final = 2**53
