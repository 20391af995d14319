//! Directories, credentials, users and groups in one DynamoDB table.
