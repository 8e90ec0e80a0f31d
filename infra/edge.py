"""The one domain: CloudFront serves the tracker's files from S3 and sends everything else to the collector."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.collect import Collect
from infra.config import Config, DomainConfig
from infra.nag import suppress
from infra.target import Target
from lambdas.collect.settings import EDGE_HEADER

# A CloudFront origin request policy carries ten headers at most (its default quota); CloudFront adds
# X-Forwarded-For and Via by itself.
FORWARDED_HEADERS = (
    "Origin",
    "Referer",
    "User-Agent",
    "Accept-Language",
    "Content-Type",
    "Sec-GPC",
    "DNT",
    "CloudFront-Viewer-Country",
    "CloudFront-Viewer-Country-Region",
    "CloudFront-Viewer-City",
)
# CloudFront keeps an origin's error for 10 s by default, without looking at the query: one bad request at `/`
# would answer for everybody's good ones.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
CACHED_ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


class Edge(Construct):
    """`base_url` is the address of both, without a trailing slash; `collect_url` is where the tracker sends to."""

    def __init__(self, scope: Construct, id: str, *, config: Config, target: Target, collect: Collect) -> None:
        super().__init__(scope, id)
        self._stage = config.stage
        # Emptied by the custom resource that filled it, so it can go with the stack.
        self.bucket = s3.Bucket(
            self,
            "Files",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=target.tls_only,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.DESTROY,
        )
        files = cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(
                self.bucket,
                origin_access_control=cloudfront.S3OriginAccessControl(
                    self, "Access", origin_access_control_name=self._global_name("files")
                ),
            ),
            viewer_protocol_policy=target.viewer_protocol,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=self._headers("FileHeaders", script=True),
            compress=True,
        )
        stem = config.tracker.script_name.removesuffix(".js")
        domain = config.domain
        zone = _zone(self, domain)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Penstock {config.stage}: tracker and collector",
            default_behavior=cloudfront.BehaviorOptions(
                origin=target.api_origin(collect.api, {EDGE_HEADER: collect.edge_key}),
                viewer_protocol_policy=target.viewer_protocol,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
                origin_request_policy=cloudfront.OriginRequestPolicy(
                    self,
                    "ToCollector",
                    origin_request_policy_name=self._global_name("to-collector"),
                    comment="What the collector reads of a request",
                    header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list(*FORWARDED_HEADERS),
                    query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
                    # Not the site's own cookies, its sessions among them: the opt-out, and the visitor's id, which the
                    # answer keeps alive in Safari.
                    cookie_behavior=cloudfront.OriginRequestCookieBehavior.allow_list(
                        f"{config.tracker.prefix}id", config.opt_out_cookie
                    ),
                ),
                response_headers_policy=self._headers("AnswerHeaders", script=False),
                compress=False,
            ),
            additional_behaviors=dict.fromkeys((f"/{stem}.*", "/optout.html", "/snippet.html"), files),
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0)) for status in CACHED_ERRORS
            ],
            domain_names=[domain.name] if domain else None,
            certificate=_certificate(self, domain, zone),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if domain else None,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_ALL,
        )
        suppress(
            self.bucket,
            AwsSolutions_S1="Public files, read by CloudFront alone, whose metrics count requests.",
        )
        suppress(
            self.distribution,
            AwsSolutions_CFR1="Visitors come from everywhere.",
            AwsSolutions_CFR2="A firewall costs $5 a month idle and would drop events; add one where you need it.",
            AwsSolutions_CFR3="Access logs hold visitors' addresses, which are not kept by default.",
            **({} if domain else {"AwsSolutions_CFR4": "CloudFront's own domain allows no choice; set `domain`."}),
        )
        if not target.tls_only:
            suppress(self.bucket, AwsSolutions_S10="The emulator speaks HTTP on loopback.")
            suppress(self.distribution, AwsSolutions_CFR5="The emulator speaks HTTP on loopback.")
        if domain and zone:
            alias = route53.RecordTarget.from_alias(targets.CloudFrontTarget(self.distribution))
            route53.ARecord(self, "Address", zone=zone, record_name=domain.name, target=alias)
            route53.AaaaRecord(self, "Address6", zone=zone, record_name=domain.name, target=alias)
        self.base_url = target.base_url(self.distribution, domain.name if domain else None)
        through_api = config.collect_through == "api"
        self.collect_url = (target.api_url(collect.api) if through_api else self.base_url) + config.collect_path

    def _global_name(self, part: str) -> str:
        """CloudFront's names are the account's, and the CDK's own do not tell one region's stack from another's."""
        return f"penstock-{self._stage}-{part}-{Stack.of(self).region}"

    def _headers(self, id: str, *, script: bool) -> cloudfront.ResponseHeadersPolicy:
        """Security headers for both; the script also says that any page may load it, with integrity checked."""
        return cloudfront.ResponseHeadersPolicy(
            self,
            id,
            response_headers_policy_name=self._global_name("files" if script else "answers"),
            comment="Penstock tracker files" if script else "Penstock collector answers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=False, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
            ),
            cors_behavior=cloudfront.ResponseHeadersCorsBehavior(
                access_control_allow_credentials=False,
                access_control_allow_headers=["*"],
                access_control_allow_methods=["GET", "HEAD"],
                access_control_allow_origins=["*"],
                origin_override=True,
            )
            if script
            else None,
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(
                        header="Cross-Origin-Resource-Policy", value="cross-origin", override=True
                    )
                ]
            ),
        )


def _zone(scope: Construct, domain: DomainConfig | None) -> route53.IHostedZone | None:
    if domain is None or domain.zone_id is None or domain.zone_name is None:
        return None
    return route53.HostedZone.from_hosted_zone_attributes(
        scope, "Zone", hosted_zone_id=domain.zone_id, zone_name=domain.zone_name
    )


def _certificate(
    scope: Construct, domain: DomainConfig | None, zone: route53.IHostedZone | None
) -> acm.ICertificate | None:
    if domain is None:
        return None
    if domain.certificate_arn:
        return acm.Certificate.from_certificate_arn(scope, "Certificate", domain.certificate_arn)
    return acm.Certificate(
        scope,
        "Certificate",
        domain_name=domain.name,
        validation=acm.CertificateValidation.from_dns(zone),
    )
