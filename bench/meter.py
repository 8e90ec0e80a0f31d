"""Counts what DynamoDB bills for the calls of a client, by the sizes of what goes in and comes out.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html: a write costs a
unit for each KB begun of the larger of the item before and after, failed conditions too; a strongly consistent
read one for each 4 KB begun of each item, and one where there is none; in a transaction twice that.
"""

import threading
from dataclasses import dataclass, field
from typing import Any

from bench.prices import steps

KB = 1024


@dataclass
class Meter:
    """`sizes`: bytes of the items this meter saw written; `items`: how they stand."""

    write_units: int = 0
    writes: int = 0
    read_units: float = 0.0
    reads: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attach(self, client: Any) -> None:
        """From now on every call of `client` is counted. Raises ValueError for one whose bill it cannot tell."""
        client.meta.events.register("provide-client-params.dynamodb", self._asked)
        client.meta.events.register("after-call.dynamodb", self._answered)

    def reset(self) -> None:
        self.write_units = self.writes = self.reads = 0
        self.read_units = 0.0

    def _asked(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        with self._lock:
            match model.name:
                case "PutItem":
                    self._write(params["Item"], 1)
                case "TransactWriteItems":
                    for entry in params["TransactItems"]:
                        self._write(entry["Put"]["Item"], 2)
                case "BatchGetItem":
                    ((_, wanted),) = params["RequestItems"].items()
                    context["asked"] = len(wanted["Keys"]), wanted.get("ConsistentRead", False)
                case "GetItem":
                    context["asked"] = 1, params.get("ConsistentRead", False)
                case name:
                    raise ValueError(f"the meter cannot bill {name}")

    def _answered(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if "asked" not in context or "Error" in parsed:
            return
        asked, consistent = context["asked"]
        found = [parsed["Item"]] if "Item" in parsed else []
        found += [item for items in parsed.get("Responses", {}).values() for item in items]
        left = sum(len(wanted["Keys"]) for wanted in parsed.get("UnprocessedKeys", {}).values())
        units = sum(steps(item_bytes(item), 4 * KB) for item in found) + asked - left - len(found)
        with self._lock:
            self.reads += asked - left
            self.read_units += units if consistent else units / 2

    def _write(self, item: dict[str, Any], weight: int) -> None:
        size, key = item_bytes(item), item["pk"]["S"]
        self.writes += 1
        self.write_units += weight * steps(max(size, self.sizes.get(key, 0)), KB)
        self.sizes[key], self.items[key] = size, item


def item_bytes(item: dict[str, Any]) -> int:
    """Bytes of an item as DynamoDB counts them: names and values."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return -(-len(content.lstrip("-").replace(".", "").strip("0")) // 2) + 1 + content.startswith("-")
        case "M":
            return 3 + sum(len(name.encode()) + _value_bytes(inner) + 1 for name, inner in content.items())
        case "L":
            return 3 + sum(_value_bytes(inner) + 1 for inner in content)
        case "BOOL" | "NULL":
            return 1
        case _:
            raise ValueError(f"the meter knows no type {kind}")
