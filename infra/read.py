"""Reading records back: sessions and users as JSON, for callers that IAM lets in."""

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.collect import Collect
from infra.config import Config
from infra.python_function import python_function
from infra.state import State
from infra.target import Target
from lambdas.common import env
from lambdas.read.settings import Settings

# As lambdas/read/query.py knows them; tests compare the two.
ROUTES = ("/session/{sid+}", "/user/{uid+}", "/user/{uid}/sessions")


class Read(Construct):
    """A function of its own, so that the one anybody can call may not read."""

    def __init__(
        self, scope: Construct, id: str, *, config: Config, target: Target, collect: Collect, state: State
    ) -> None:
        super().__init__(scope, id)
        self.function = python_function(
            self,
            "Function",
            target=target,
            service="read",
            handler="lambdas.read.handler.handler",
            environment=env.dump(
                Settings(stage=config.stage, table=state.table.table_name, ttl_days=config.state_ttl_days)
            ),
            # The handler gives up on DynamoDB after 8 s.
            timeout=Duration.seconds(15),
            config=config,
            description="Answers for session and user records",
        )
        state.table.grant(self.function, "dynamodb:BatchGetItem")
        integration = integrations.HttpLambdaIntegration("Integration", self.function)
        for path in ROUTES:
            collect.api.add_routes(
                path=path,
                methods=[apigw.HttpMethod.GET],
                integration=integration,
                authorizer=authorizers.HttpIamAuthorizer(),
            )
