//! The way of a request through a function: event to verified principal, answer or error to response.
