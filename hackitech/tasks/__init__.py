"""Long work, done by the clock a chunk at a time: begun, followed, stopped, and what it produced."""
