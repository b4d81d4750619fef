"""The WebSocket stream: one Redis subscriber per process, many sockets."""
