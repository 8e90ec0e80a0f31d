"""What a service does instead of its work: an answer of its own form, none, or the end of whoever asked."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto.core.models import botocore_stubber

from lambdas.common import aws

if TYPE_CHECKING:
    from tests.flow.world import World


class KilledError(BaseException):
    """The function's machine is gone in the middle of it: no handler catches that."""


@dataclass(frozen=True)
class Call:
    world: "World"
    name: str
    request: Any

    def forward(self) -> AWSResponse:
        """What the service does when nothing is wrong; one at a time, since moto knows no other."""
        with self.world.lock:
            answer: AWSResponse = botocore_stubber(self.name, self.request)
            return answer


Act = Callable[[Call], AWSResponse | None]


def refuse(code: str, status: int = 400) -> Act:
    """The service says no."""

    def act(call: Call) -> AWSResponse:
        if ".s3." in call.name:
            body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            return AWSResponse(call.request.url, status, {"content-type": "application/xml"}, _Raw(body))
        return _json(call, {"__type": code, "message": "no"}, status)

    return act


def hang(call: Call) -> AWSResponse:
    """Nobody answers."""
    call.world.clock.pass_(aws.READ_SECONDS[call.name.split(".")[1]])
    raise ReadTimeoutError(endpoint_url=call.request.url)


def kill(call: Call) -> AWSResponse:
    raise KilledError


def after(act: Act) -> Act:
    """The service does as it was asked, and then."""

    def both(call: Call) -> AWSResponse | None:
        call.forward()
        return act(call)

    return both


def busy(writes: int) -> Act:
    """DynamoDB takes so many writes of one item a second, as its partitions do, and refuses the others."""
    taken: Counter[tuple[str, int]] = Counter()

    def act(call: Call) -> AWSResponse | None:
        item = json.loads(call.request.body)["Item"]["pk"]["S"]
        second = item, int(call.world.clock.seconds())
        if taken[second] == writes:
            return refuse("ThrottlingException")(call)
        taken[second] += 1
        return None

    return act


def refuse_some(*positions: int) -> Act:
    """The service takes all records of a call but these."""

    def act(call: Call) -> AWSResponse:
        asked = json.loads(call.request.body)
        records = asked["Records"]
        call.request.body = json.dumps({**asked, "Records": [r for n, r in enumerate(records) if n not in positions]})
        taken = iter(_results(json.loads(call.forward().content)) if len(positions) < len(records) else [])
        no = {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "no"}
        results = [no if number in positions else next(taken) for number in range(len(records))]
        if ".firehose." in call.name:
            return _json(call, {"FailedPutCount": len(positions), "RequestResponses": results})
        return _json(call, {"FailedRecordCount": len(positions), "Records": results})

    return act


def _json(call: Call, body: dict[str, Any], status: int = 200) -> AWSResponse:
    content = json.dumps(body).encode()
    return AWSResponse(call.request.url, status, {"content-type": "application/x-amz-json-1.1"}, _Raw(content))


def _results(answer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.get("RequestResponses") or answer["Records"]
    return found


class _Raw(io.BytesIO):
    """A body as urllib3 hands it on."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
