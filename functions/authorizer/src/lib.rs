//! API Gateway authorizer: the Authorization header to a policy.
