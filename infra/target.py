"""Where the stacks go: an AWS account, or the emulator on this machine. Every difference between the two."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import CliCredentialsStackSynthesizer, DefaultStackSynthesizer, Fn, IStackSynthesizer, Stack
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_lambda as lambda_


@dataclass(frozen=True)
class Target:
    """Both ports are None on AWS."""

    emulator_port: int | None = None
    athena_port: int | None = None

    @property
    def on_emulator(self) -> bool:
        return self.emulator_port is not None

    @property
    def architecture(self) -> lambda_.Architecture:
        """arm64 on AWS, a fifth cheaper; the emulator runs functions as processes of this machine."""
        if self.on_emulator and platform.machine() not in ("arm64", "aarch64"):
            return lambda_.Architecture.X86_64
        return lambda_.Architecture.ARM_64

    @property
    def tls_only(self) -> bool:
        """The emulator speaks HTTP on loopback, and would refuse its own functions."""
        return not self.on_emulator

    @property
    def metric_math_alarms(self) -> bool:
        """The emulator refuses an alarm on an expression over metrics."""
        return not self.on_emulator

    @property
    def map_batches(self) -> bool:
        """Whether a distributed map makes batches of its items: the emulator's hands them on one by one."""
        return not self.on_emulator

    @property
    def environment(self) -> dict[str, str]:
        """Of every function. The emulator's own Athena knows no Trino, so boto3 is told of another one."""
        return {"AWS_ENDPOINT_URL_ATHENA": f"http://localhost:{self.athena_port}"} if self.athena_port else {}

    def synthesizer(self) -> IStackSynthesizer:
        """With IAM enforced the emulator cannot publish assets through the bootstrap roles."""
        return CliCredentialsStackSynthesizer() if self.on_emulator else DefaultStackSynthesizer()

    def api_origin(self, api: apigw.HttpApi, headers: Mapping[str, str]) -> origins.HttpOrigin:
        """The API as CloudFront's origin; `headers` are added to each request.

        The emulator answers for an API on its own port under a path, since the machine's resolver does not
        know the API's host name.
        """
        if self.on_emulator:
            return origins.HttpOrigin(
                "localhost",
                origin_path=Fn.join("", ["/_aws/execute-api/", api.api_id, "/$default"]),
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTP_ONLY,
                custom_headers=headers,
                http_port=self.emulator_port,
            )
        stack = Stack.of(api)
        return origins.HttpOrigin(
            f"{api.api_id}.execute-api.{stack.region}.{stack.url_suffix}",
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            custom_headers=headers,
        )

    def api_url(self, api: apigw.HttpApi) -> str:
        """Where the API itself is reached, without a trailing slash."""
        if self.on_emulator:
            return f"http://localhost:{self.emulator_port}/_aws/execute-api/{api.api_id}/$default"
        return api.api_endpoint

    def base_url(self, distribution: cloudfront.Distribution, domain: str | None) -> str:
        """The one address of tracker and collector, without a trailing slash."""
        if self.on_emulator:
            label = Fn.select(0, Fn.split(".", distribution.distribution_domain_name))
            return f"http://{label}.cloudfront.localhost:{self.emulator_port}"
        return f"https://{domain or distribution.distribution_domain_name}"

    @property
    def viewer_protocol(self) -> cloudfront.ViewerProtocolPolicy:
        if self.on_emulator:
            return cloudfront.ViewerProtocolPolicy.ALLOW_ALL
        return cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS
