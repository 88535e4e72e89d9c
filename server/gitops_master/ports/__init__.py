"""What the use cases need from outside, as Protocols with their requests. No implementation, no I/O library."""
