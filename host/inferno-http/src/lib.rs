//! The public HTTP API: routes, OpenAPI, streams, errors as responses.
