"""The custom resource `Custom::PenstockTracker`: composes the tracker and publishes it, on every deployment.

Protocol: aws_cdk.custom_resources.Provider. An exception fails the deployment with its message.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from lambdas.common.observability import logger
from tracker_build.pages import opt_out_page, snippet, snippet_page
from tracker_build.publish import IMMUTABLE, SHORT, File, empty, invalidate, upload
from tracker_build.script import Bundle, load
from tracker_build.spec import BuildSpec

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client

_CLIENT = Config(connect_timeout=3, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})


def on_event(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Create and Update publish; Delete removes what was published."""
    request, properties = event["RequestType"], event["ResourceProperties"]
    logger.info("tracker build", extra={"request": request})
    if request == "Delete":
        # The bucket alone is read: a build that could not be understood must still be removable.
        removed = empty(_s3(), str(properties["Bucket"]))
        logger.info("tracker removed", extra={"files": removed})
        return {"PhysicalResourceId": event["PhysicalResourceId"]}
    spec = BuildSpec.from_properties(properties)
    built = load(spec.tracker).at(spec.tracker.endpoint)
    try:
        upload(_s3(), spec.bucket, files(spec, built))
    except Exception:
        if request == "Create":
            # The framework never asks to delete what failed to be created, and a bucket with a file in it
            # would keep the stack from being rolled back.
            empty(_s3(), spec.bucket)
        raise
    if request == "Update":
        changed = (f"/{spec.script_name}", "/optout.html", "/snippet.html")
        invalidate(_cloudfront(), spec.distribution_id, changed, event["RequestId"])
    logger.info("tracker published", extra={"script": versioned_key(spec, built), "gzip_bytes": built.gzip_bytes})
    return {
        # Another bucket is another resource, whose predecessor CloudFormation deletes. Anything else that
        # changes is an Update of the same one.
        "PhysicalResourceId": f"penstock-tracker-{spec.bucket}",
        "Data": {
            "Url": f"{spec.base_url}/{spec.script_name}",
            "VersionedUrl": f"{spec.base_url}/{versioned_key(spec, built)}",
            "Integrity": built.integrity,
            "Bytes": str(len(built.script)),
            "GzipBytes": str(built.gzip_bytes),
            "Snippet": snippet(spec),
            "ScriptKey": spec.script_name,
        },
    }


def versioned_key(spec: BuildSpec, built: Bundle) -> str:
    return f"{spec.stem}.{built.digest}.js"


def files(spec: BuildSpec, built: Bundle) -> tuple[File, ...]:
    """Everything published, in the order of upload: what pages load already changes last, in one write."""
    javascript, html = "text/javascript; charset=utf-8", "text/html; charset=utf-8"
    key = versioned_key(spec, built)
    return (
        File(f"{key}.map", built.source_map, "application/json", IMMUTABLE),
        File(key, built.script, javascript, IMMUTABLE),
        File(spec.script_name, built.script, javascript, SHORT),
        File("optout.html", opt_out_page(spec), html, SHORT),
        File("snippet.html", snippet_page(spec, built), html, SHORT),
    )


@cache
def _s3() -> "S3Client":
    return boto3.client("s3", config=_CLIENT)


@cache
def _cloudfront() -> "CloudFrontClient":
    return boto3.client("cloudfront", config=_CLIENT)
