"""What reaches a member, by which channel, and unsubscribing."""
