"""OpenTelemetry's protocol, in JSON and in protobuf: log records and the spans of requests become entries."""
