"""The tracker's files in S3 and CloudFront: the one place of this package that calls AWS."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client

# Long enough to spare most page views a request, short enough for a deployment to reach every page soon.
SHORT = "public, max-age=300, stale-while-revalidate=86400"
IMMUTABLE = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class File:
    """One object as browsers shall get it."""

    key: str
    body: bytes
    content_type: str
    cache_control: str


def upload(s3: "S3Client", bucket: str, files: tuple[File, ...]) -> None:
    """Puts the files in their order: the caller's, so that a stop half-way leaves alone what pages load."""
    for file in files:
        s3.put_object(
            Bucket=bucket,
            Key=file.key,
            Body=file.body,
            ContentType=file.content_type,
            CacheControl=file.cache_control,
        )


def invalidate(cloudfront: "CloudFrontClient", distribution_id: str, paths: tuple[str, ...], reference: str) -> None:
    """Has CloudFront fetch `paths` anew; the same `reference` again does nothing."""
    cloudfront.create_invalidation(
        DistributionId=distribution_id,
        InvalidationBatch={
            "Paths": {"Quantity": len(paths), "Items": list(paths)},
            "CallerReference": reference,
        },
    )


def empty(s3: "S3Client", bucket: str) -> int:
    """Removes every object, old versions of the script among them, and gives their number.

    The bucket is the stack's own and holds nothing else; one that is gone already is empty.

    Raises:
        ClientError: S3 refused.
        RuntimeError: S3 took the call and kept some objects.
    """
    removed = 0
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            keys = [{"Key": found["Key"]} for found in page.get("Contents", [])]
            if keys:
                answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})  # type: ignore[typeddict-item]  # a list of TypedDicts
                if answer.get("Errors"):
                    raise RuntimeError(f"S3 kept {len(answer['Errors'])} files of the tracker: {answer['Errors'][0]}")
                removed += len(keys)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise
    return removed
