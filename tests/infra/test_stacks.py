"""What the stacks promise: who may do what, which settings reach which function, what is kept and for how long."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk.assertions import Template

from infra.edge import CACHED_ERRORS, FORWARDED_HEADERS
from infra.lake_columns import BAD_COLUMNS, COLUMNS, PARTITION_KEYS
from lambdas.collect.settings import Settings as CollectSettings
from lambdas.common import env
from lambdas.read.query import ROUTES as READ_ROUTES
from lambdas.read.settings import Settings as ReadSettings
from lambdas.state.settings import Settings as StateSettings
from local.person.writers import COMPACTION

Synth = Callable[..., tuple[Template, Template]]


def functions(template: Template, service: str) -> list[dict[str, Any]]:
    found = template.find_resources("AWS::Lambda::Function").values()
    return [
        function["Properties"]
        for function in found
        if function["Properties"].get("Environment", {}).get("Variables", {}).get("POWERTOOLS_SERVICE_NAME") == service
    ]


def statements(template: Template, role_part: str) -> set[tuple[str, str]]:
    """(action, resource as JSON) of every inline policy of the roles whose logical id has `role_part` in it."""
    found = set()
    for policy in template.find_resources("AWS::IAM::Policy").values():
        roles = json.dumps(policy["Properties"]["Roles"])
        if role_part not in roles:
            continue
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            actions, resources = statement["Action"], statement["Resource"]
            for action in [actions] if isinstance(actions, str) else actions:
                for resource in resources if isinstance(resources, list) else [resources]:
                    found.add((action, json.dumps(resource)))
    return found


def state_machine(template: Template, name: str) -> dict[str, Any]:
    """Of the stage `prod`."""
    machines = [found["Properties"] for found in template.find_resources("AWS::StepFunctions::StateMachine").values()]
    (found,) = [machine for machine in machines if machine["StateMachineName"] == f"penstock-prod-{name}"]
    return dict(found)


@pytest.mark.parametrize("sink", ["firehose", "kinesis"])
def test_collect_reads_exactly_the_environment_it_is_given(synth: Synth, sink: str) -> None:
    core, _ = synth(sink=sink, sites="a.com,b.com", ip="truncate", gpc="ignore", collect_path="/events")
    (function,) = functions(core, "collect")
    variables = {
        name: value if isinstance(value, str) else "token"
        for name, value in function["Environment"]["Variables"].items()
    }
    settings = env.load(CollectSettings, variables)
    assert settings.sink == sink
    assert settings.sites == ("a.com", "b.com")
    assert (settings.ip, settings.gpc, settings.collect_path) == ("truncate", "ignore", "/events")
    assert bool(settings.state_table) is (sink == "firehose")
    own = {name for name in variables if not name.startswith("POWERTOOLS_")}
    assert own == set(env.dump(settings))


def test_the_stream_function_reads_exactly_the_environment_it_is_given(synth: Synth) -> None:
    core, _ = synth(sink="kinesis", state_ttl_days="7")
    (function,) = functions(core, "state")
    variables = {
        name: value if isinstance(value, str) else "token"
        for name, value in function["Environment"]["Variables"].items()
    }
    assert env.load(StateSettings, variables).ttl_days == 7


def test_without_kinesis_nothing_costs_when_idle(synth: Synth) -> None:
    core, _ = synth()
    core.resource_count_is("AWS::Kinesis::Stream", 0)
    core.has_resource_properties("AWS::DynamoDB::Table", {"BillingMode": "PAY_PER_REQUEST"})


LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_collect_may_write_to_its_sinks_and_nothing_else(synth: Synth) -> None:
    firehose, _ = synth()
    allowed = statements(firehose, "CollectFunctionRole")
    actions = {action for action, _ in allowed}
    assert actions == {
        *LOG, "firehose:PutRecordBatch", "s3:PutObject", "dynamodb:BatchGetItem", "dynamodb:PutItem", "sqs:SendMessage",
    }  # fmt: skip
    assert all('"*"' not in resource for _, resource in allowed)
    objects = {resource for action, resource in allowed if action == "s3:PutObject"}
    assert len(objects) == 2
    assert all(any(f"/{prefix}/*" in resource for resource in objects) for prefix in ("raw", "bad"))

    kinesis, _ = synth(sink="kinesis")
    # Those of the other sink stay: while a deployment changes the sink, the code of before still runs.
    also = {action for action, _ in statements(kinesis, "CollectFunctionRole")} - actions
    assert also == {"kinesis:PutRecords"}


def test_the_days_salt_is_the_collectors_alone_and_nothing_brings_it_back(synth: Synth) -> None:
    core, _ = synth()
    (table,) = (
        (name, resource["Properties"])
        for name, resource in core.find_resources("AWS::DynamoDB::Table").items()
        if "Salt" in name
    )
    name, properties = table
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": False}
    assert "StreamSpecification" not in properties
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    for policy in core.find_resources("AWS::IAM::Policy").values():
        text = json.dumps(policy["Properties"])
        assert (name in text) is ("CollectFunctionRole" in text)
    allowed = {action for action, resource in statements(core, "CollectFunctionRole") if name in resource}
    assert allowed == {"dynamodb:PutItem"}


def test_records_are_read_under_iam_by_a_function_that_may_do_nothing_else(synth: Synth) -> None:
    core, _ = synth()
    assert {action for action, _ in statements(core, "ReadFunctionRole")} == {*LOG, "dynamodb:BatchGetItem"}
    routes = [route["Properties"] for route in core.find_resources("AWS::ApiGatewayV2::Route").values()]
    protected = {route["RouteKey"] for route in routes if route["AuthorizationType"] == "AWS_IAM"}
    assert protected == set(READ_ROUTES)
    assert {route["RouteKey"] for route in routes} - protected == {"$default"}
    (function,) = functions(core, "read")
    variables = {name: v if isinstance(v, str) else "token" for name, v in function["Environment"]["Variables"].items()}
    assert env.load(ReadSettings, variables).ttl_days == 60


def test_the_stream_function_may_read_the_stream_and_fold(synth: Synth) -> None:
    core, _ = synth(sink="kinesis")
    actions = {action for action, _ in statements(core, "StateFoldRole")}
    assert actions >= {"dynamodb:BatchGetItem", "dynamodb:PutItem", "kinesis:GetRecords", *LOG}
    assert all(action.split(":")[0] in ("logs", "dynamodb", "kinesis", "sqs") for action in actions)
    core.has_resource_properties(
        "AWS::Lambda::EventSourceMapping",
        {"FunctionResponseTypes": ["ReportBatchItemFailures"], "StartingPosition": "TRIM_HORIZON"},
    )


def test_the_tracker_build_may_fill_its_bucket_and_invalidate_its_distribution(synth: Synth) -> None:
    _, tracker = synth()
    allowed = statements(tracker, "TrackerBuildFunctionRole")
    assert {action for action, _ in allowed} == {
        *LOG, "s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "cloudfront:CreateInvalidation",
    }  # fmt: skip
    assert all(resource != '"*"' for _, resource in allowed)


def test_every_bucket_is_private_encrypted_and_tls_only(synth: Synth) -> None:
    core, _ = synth()
    buckets = core.find_resources("AWS::S3::Bucket")
    policies = core.find_resources("AWS::S3::BucketPolicy").values()
    for name, bucket in buckets.items():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert properties["BucketEncryption"]
        (policy,) = [policy for policy in policies if policy["Properties"]["Bucket"] == {"Ref": name}]
        assert any(
            statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        )


def test_events_outlive_the_stack_and_retention_is_by_setting(synth: Synth) -> None:
    kept, _ = synth()
    (bucket,) = [
        b for b in kept.find_resources("AWS::S3::Bucket").values() if "LifecycleConfiguration" in b["Properties"]
    ]
    assert bucket["DeletionPolicy"] == "RetainExceptOnCreate"
    assert bucket["UpdateReplacePolicy"] == "Retain"
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert not [rule for rule in rules if rule.get("Prefix") == "raw/"]

    expiring, _ = synth(raw_retention_days="400")
    (rules,) = [
        bucket["Properties"]["LifecycleConfiguration"]["Rules"]
        for bucket in expiring.find_resources("AWS::S3::Bucket").values()
        if "LifecycleConfiguration" in bucket["Properties"]
    ]
    by_prefix = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    # Whatever holds events, or what was made of them; answers of Athena never live long.
    assert {prefix for prefix, days in by_prefix.items() if days == 400} == {
        "raw/",
        "bad/",
        "undelivered/",
        "events/",
        "replayed/",
    }
    assert by_prefix["athena-results/"] == 7


def test_state_expires_by_the_attribute_the_store_writes(synth: Synth) -> None:
    core, _ = synth()
    core.has_resource_properties(
        "AWS::DynamoDB::Table",
        {
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        },
    )


def test_logs_are_kept_as_long_as_the_setting_says(synth: Synth) -> None:
    for template in synth(log_retention_days="7"):
        for group in template.find_resources("AWS::Logs::LogGroup").values():
            assert group["Properties"]["RetentionInDays"] in (7, 30)
    (function,) = functions(synth(log_retention_days="7")[0], "collect")
    assert function["LoggingConfig"]["SystemLogLevel"] == "WARN"


def test_firehose_packs_and_partitions_by_arrival(synth: Synth) -> None:
    core, _ = synth()
    for prefix in ("raw/", "bad/"):
        core.has_resource_properties(
            "AWS::KinesisFirehose::DeliveryStream",
            {
                "ExtendedS3DestinationConfiguration": {
                    "CompressionFormat": "GZIP",
                    "Prefix": f"{prefix}dt=!{{timestamp:yyyy-MM-dd}}/hour=!{{timestamp:HH}}/",
                    "BufferingHints": {"IntervalInSeconds": 300, "SizeInMBs": 64},
                }
            },
        )


def test_a_change_of_sink_deletes_no_stream_that_holds_events(synth: Synth) -> None:
    direct = synth()[0].find_resources("AWS::KinesisFirehose::DeliveryStream")
    streamed = synth(sink="kinesis")[0].find_resources("AWS::KinesisFirehose::DeliveryStream")
    assert {name: direct[name] for name in direct} == {name: streamed[name] for name in direct}
    (added,) = streamed.keys() - direct.keys()
    assert streamed[added]["Properties"]["DeliveryStreamType"] == "KinesisStreamAsSource"


def test_the_stream_is_written_only_once_something_reads_it(synth: Synth) -> None:
    core, _ = synth(sink="kinesis")
    streams = core.find_resources("AWS::KinesisFirehose::DeliveryStream")
    (reader,) = [n for n, s in streams.items() if s["Properties"]["DeliveryStreamType"] == "KinesisStreamAsSource"]
    (collect,) = [
        function
        for function in core.find_resources("AWS::Lambda::Function").values()
        if "STREAM_NAME" in function["Properties"].get("Environment", {}).get("Variables", {})
    ]
    assert reader in collect["DependsOn"]
    for stream in streams.values():
        assert any("Role" in name and "DefaultPolicy" in name for name in stream["DependsOn"])


def test_setting_a_domain_takes_nothing_from_the_tracker_that_stands(synth: Synth) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/abc"
    before, _ = synth()
    after, _ = synth(**{"domain.name": "t.example.com", "domain.certificate_arn": arn})
    exported = [{o["Export"]["Name"] for o in t.find_outputs("*").values() if "Export" in o} for t in (before, after)]
    assert exported[0] <= exported[1]


def test_two_regions_do_not_fight_for_cloudfronts_names(stacks: Callable[..., tuple[Any, Any]]) -> None:
    core, _ = stacks()
    text = json.dumps(Template.from_stack(core).to_json())
    for part in ("to-collector", "files", "answers"):
        assert f'"penstock-prod-{part}-", {{"Ref": "AWS::Region"}}' in text.replace('["", [', "").replace("]]", "")


def test_an_error_at_the_origin_is_never_served_from_the_cache(synth: Synth) -> None:
    core, _ = synth()
    (distribution,) = core.find_resources("AWS::CloudFront::Distribution").values()
    config = distribution["Properties"]["DistributionConfig"]
    kept = {error["ErrorCode"]: error["ErrorCachingMinTTL"] for error in config["CustomErrorResponses"]}
    assert kept == dict.fromkeys(CACHED_ERRORS, 0)


def test_the_edge_stays_within_cloudfronts_quota_of_headers(synth: Synth) -> None:
    assert len(FORWARDED_HEADERS) <= 10
    core, _ = synth()
    core.has_resource_properties(
        "AWS::CloudFront::OriginRequestPolicy",
        {
            "OriginRequestPolicyConfig": {
                "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": list(FORWARDED_HEADERS)},
                "QueryStringsConfig": {"QueryStringBehavior": "all"},
                "CookiesConfig": {"CookieBehavior": "whitelist", "Cookies": ["_ps_id", "penstock_optout"]},
            }
        },
    )


def test_tracker_files_come_from_the_bucket_and_all_else_from_the_collector(synth: Synth) -> None:
    core, _ = synth(**{"tracker.script_name": "app.js"})
    (distribution,) = core.find_resources("AWS::CloudFront::Distribution").values()
    config = distribution["Properties"]["DistributionConfig"]
    origins = {origin["Id"]: origin for origin in config["Origins"]}
    assert {b["PathPattern"] for b in config["CacheBehaviors"]} == {"/app.*", "/optout.html", "/snippet.html"}
    for behavior in config["CacheBehaviors"]:
        assert origins[behavior["TargetOriginId"]]["OriginAccessControlId"]
        assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    default = config["DefaultCacheBehavior"]
    assert origins[default["TargetOriginId"]]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert "POST" in default["AllowedMethods"]


def test_a_domain_brings_its_certificate_and_addresses(synth: Synth) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/abc"
    given, _ = synth(**{"domain.name": "t.example.com", "domain.certificate_arn": arn})
    given.has_resource_properties(
        "AWS::CloudFront::Distribution",
        {
            "DistributionConfig": {
                "Aliases": ["t.example.com"],
                "ViewerCertificate": {"AcmCertificateArn": arn, "MinimumProtocolVersion": "TLSv1.2_2021"},
            }
        },
    )
    made, tracker = synth(**{"domain.name": "t.example.com", "domain.zone_id": "Z1", "domain.zone_name": "example.com"})
    made.has_resource_properties("AWS::CertificateManager::Certificate", {"ValidationMethod": "DNS"})
    for kind in ("A", "AAAA"):
        made.has_resource_properties("AWS::Route53::RecordSet", {"Name": "t.example.com.", "Type": kind})
    tracker.has_resource_properties("Custom::PenstockTracker", {"Endpoint": "https://t.example.com/e"})


def test_the_tracker_sends_straight_to_the_api_where_that_is_set(synth: Synth) -> None:
    core, tracker = synth(collect_through="api")
    (api,) = core.find_resources("AWS::ApiGatewayV2::Api")
    exports = {name: output["Value"] for name, output in core.to_json()["Outputs"].items()}
    (built,) = tracker.find_resources("Custom::PenstockTracker").values()
    ((imported, path),) = [part[1] for part in [built["Properties"]["Endpoint"]["Fn::Join"]]]
    (export,) = [name for name in exports if imported["Fn::ImportValue"].endswith(name)]
    assert (exports[export], path) == ({"Fn::GetAtt": [api, "ApiEndpoint"]}, "/e")
    # The files still come from CloudFront, and what a change of the setting takes away is still exported.
    before, _ = synth()
    assert {"Fn::GetAtt": [api, "ApiEndpoint"]} in [output["Value"] for output in before.to_json()["Outputs"].values()]


def test_a_bucket_that_was_kept_is_not_made_again(synth: Synth) -> None:
    core, _ = synth(bucket="kept-by-an-earlier-one")
    assert core.to_json()["Outputs"]["RawBucket"]["Value"] == "kept-by-an-earlier-one"
    assert len(core.find_resources("AWS::S3::Bucket")) == 1  # the tracker's files
    policies = [p["Properties"] for p in core.find_resources("AWS::S3::BucketPolicy").values()]
    (policy,) = [p["PolicyDocument"] for p in policies if p["Bucket"] == "kept-by-an-earlier-one"]
    before, _ = synth()
    made = [p["Properties"]["PolicyDocument"] for p in before.find_resources("AWS::S3::BucketPolicy").values()]
    (as_made,) = [document["Statement"] for document in made if len(document["Statement"]) == 1]
    assert [{**s, "Resource": ""} for s in policy["Statement"]] == [{**s, "Resource": ""} for s in as_made]
    (function,) = functions(core, "collect")
    assert function["Environment"]["Variables"]["RAW_BUCKET"] == "kept-by-an-earlier-one"


def test_cloudfront_alone_has_the_key_by_which_the_collector_knows_it(synth: Synth) -> None:
    core, _ = synth()
    (distribution,) = core.find_resources("AWS::CloudFront::Distribution").values()
    added = [
        o["OriginCustomHeaders"]
        for o in distribution["Properties"]["DistributionConfig"]["Origins"]
        if "OriginCustomHeaders" in o
    ]
    (function,) = functions(core, "collect")
    key = function["Environment"]["Variables"]["EDGE_KEY"]
    assert added == [[{"HeaderName": "x-penstock-edge", "HeaderValue": key}]]
    assert key == {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}


def test_the_id_cookie_is_kept_for_the_site_that_the_domain_is_below(synth: Synth) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/abc"
    given = {"domain.name": "t.example.com", "domain.certificate_arn": arn}
    for sites, domain in (("other.org,example.com", "example.com"), ("other.org", ""), ("", "")):
        core, _ = synth(**given, sites=sites)
        (function,) = functions(core, "collect")
        assert function["Environment"]["Variables"]["COOKIE_DOMAIN"] == domain


def test_the_lake_has_the_columns_of_the_contract_and_a_limit(synth: Synth) -> None:
    core, _ = synth(athena_bytes_limit="20000000")
    tables = {
        table["Properties"]["TableInput"]["Name"]: table["Properties"]["TableInput"]
        for table in core.find_resources("AWS::Glue::Table").values()
    }
    for name, columns in (("raw", COLUMNS), ("bad", BAD_COLUMNS)):
        described = tables[name]["StorageDescriptor"]["Columns"]
        assert [(c["Name"], c["Type"]) for c in described] == [(c.name, c.glue_type) for c in columns]
        assert [key["Name"] for key in tables[name]["PartitionKeys"]] == [key.name for key in PARTITION_KEYS]
        assert tables[name]["Parameters"]["projection.hour.digits"] == "2"
        assert f"/{name}/dt=" in json.dumps(tables[name]["Parameters"]["storage.location.template"])
    core.has_resource_properties(
        "AWS::Athena::WorkGroup",
        {
            "WorkGroupConfiguration": {
                "BytesScannedCutoffPerQuery": 20_000_000,
                "EnforceWorkGroupConfiguration": True,
                "ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}},
            }
        },
    )


def test_what_would_mean_loss_sends_a_mail(synth: Synth) -> None:
    core, _ = synth(alarm_email="ops@example.com", sink="kinesis")
    core.has_resource_properties("AWS::SNS::Subscription", {"Endpoint": "ops@example.com", "Protocol": "email"})
    alarms = core.find_resources("AWS::CloudWatch::Alarm")
    watched = {name.removeprefix("Monitoring")[:-8] for name in alarms}
    assert watched == {
        *(
            "CollectErrors",
            "CompactionFailed",
            "SinkFallback",
            "StateFailed",
            "BadRows",
        ),
        *("RawStale", "StateLate", "RawBehind", "StateBehind", "StateErrors", "StreamThrottles"),
    }
    assert all(alarm["Properties"]["AlarmActions"] for alarm in alarms.values())
    assert all(alarm["Properties"]["TreatMissingData"] == "notBreaching" for alarm in alarms.values())

    (policy,) = core.find_resources("AWS::SNS::TopicPolicy").values()
    allowed = [s for s in policy["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    assert [(s["Principal"], s["Action"]) for s in allowed] == [
        ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    ]

    quiet, _ = synth()
    alarms = [alarm["Properties"] for alarm in quiet.find_resources("AWS::CloudWatch::Alarm").values()]
    billed = [metric for alarm in alarms for metric in alarm.get("Metrics", [{"MetricStat": alarm}])]
    assert len([metric for metric in billed if "MetricStat" in metric]) == 10, "ten metrics in alarms are free"
    quiet.resource_count_is("AWS::SNS::Topic", 0)
    assert all("AlarmActions" not in a["Properties"] for a in quiet.find_resources("AWS::CloudWatch::Alarm").values())


def test_the_tracker_is_built_again_when_a_setting_or_a_source_changes(synth: Synth) -> None:
    _, tracker = synth(**{"tracker.opt_out": "opt-in", "gpc": "ignore"})
    (resource,) = tracker.find_resources("Custom::PenstockTracker").values()
    properties = resource["Properties"]
    assert (properties["OptOut"], properties["Gpc"], properties["ScriptName"]) == ("opt-in", "ignore", "t.js")
    assert len(properties["SourceHash"]) == 64


def test_functions_run_on_arm_in_an_account(synth: Synth) -> None:
    core, tracker = synth()
    for function in (*functions(core, "collect"), *functions(tracker, "tracker-build")):
        assert function["Architectures"] == ["arm64"]


def test_an_erasure_looks_for_writers_where_the_compaction_asks(synth: Synth) -> None:
    core, _ = synth()
    names = {group["Properties"]["Name"] for group in core.find_resources("AWS::Athena::WorkGroup").values()}
    outputs = core.find_outputs("AthenaWorkgroup")["AthenaWorkgroup"]
    assert names == {outputs["Value"], outputs["Value"] + COMPACTION}
